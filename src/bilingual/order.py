"""The order in which a book is read: parts and chapters, from the configuration or from the files of site generators.

It opens no file itself. The files of generators are looked at, never run, and may hold anything.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cache
from html import unescape
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from bilingual.config import Text, complaint, did_you_mean
from bilingual.diagnostics import Diagnostic, Place, Severity
from bilingual.numerals import numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import yaml

    from bilingual.config import Config, KeyPath

    Read = Callable[[str], str | None]

#: Files of docsify that are parts of its pages.
_PAGE_PARTS = frozenset(["_sidebar.md", "_navbar.md", "_footer.md", "_coverpage.md"])
_SUMMARY = "SUMMARY.md"
# Where books keep their texts, below the source folder or above it, the nearest first.
_FOLDERS = ("src", "docs", "doc", "book", "source", "book/src", "docs/src", "docs/source")
#: Files of data that are longer are not read; no book has so many chapters.
_LONGEST = 1 << 18
#: How many values a file of data may have, once its aliases are followed, and how deep they may be nested.
_MOST, _DEEPEST = 50_000, 50


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the book.

    Attributes:
        title: Its title; empty where chapters stand outside of any part.
        chapters: Its chapters in the order of reading, as paths below the source folder.
        levels: How deep each chapter stands in the contents of the part. The first has 0, and each at most one more
            than the one before.
    """

    title: Text
    chapters: tuple[str, ...]
    levels: tuple[int, ...]


def reading_order(
    chapters: Sequence[str], config: Config, read: Read
) -> tuple[tuple[Part, ...], tuple[Diagnostic, ...]]:
    """Return the parts of a book in the order of reading, and what is wrong with it.

    The order is that of `[book]`; else that of the first file of a site generator that names a chapter; else the
    natural one of names. Each chapter is in one part, but files that hold navigation alone, such as `SUMMARY.md` and
    `_sidebar.md`, are in none, unless `[book]` names them.

    Args:
        chapters: The chapters of the book, as paths below the source folder.
        config: The project.
        read: Returns the text of the file at a path below the project's folder, or None if there is none.
    """
    named = {name for _, _, names in _lists(config) for name in names}
    known = tuple(sorted(set(chapters), key=natural))
    site = _Site(config, known, read)
    rest = tuple(rel for rel in known if rel in named or not _is_navigation(rel, site))
    if named:
        contents, problems = _by_book(rest, config)
        if unlisted := _unlisted(contents, rest):
            message, hint = _unlisted_message(unlisted)
            problems.append(complaint(config, ("book",), "chapter-unlisted", message, hint, Severity.INFO))
    else:
        contents, problems, place = _by_site(_Site(config, rest, read))
        unlisted = _unlisted(contents, rest)
        if place is not None and unlisted:
            message, hint = _unlisted_message(unlisted)
            problems.append(Diagnostic("chapter-unlisted", message, place, Severity.INFO, hint=hint))
    contents.part()
    contents.add_all(unlisted)
    return contents.parts(), tuple(problems)


def _unlisted(contents: _Contents, chapters: Iterable[str]) -> list[str]:
    return [rel for rel in chapters if rel not in contents.seen]


def _unlisted_message(rels: Sequence[str]) -> tuple[str, str]:
    shown = ", ".join(rels[:5]) + (f" and {len(rels) - 5} more" if len(rels) > 5 else "")
    hint = "name what belongs to the book there, leave out the rest with `exclude`"
    if len(rels) == 1:
        return f"1 chapter has no place in the order of the book and comes last: {shown}", hint
    return f"{len(rels)} chapters have no place in the order of the book and come last: {shown}", hint


# --- What is collected


class _Contents:
    """Parts and chapters as they are found; a chapter that comes twice counts where it came first."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._parts: list[tuple[Text, list[tuple[str, int]]]] = [(Text(), [])]
        self._in_section = False

    def part(self, title: Text | str = "") -> None:
        """Begin a part, to which all that follows belongs."""
        self._in_section = False
        if isinstance(title, str):
            title = Text("" if _CONTENTS.fullmatch(title) else " ".join(unescape(title).split()))
        self._parts.append((title, []))

    def outermost(self, title: str, rel: str | None) -> None:
        """Add an outermost entry of nested lists; one without a chapter is the title of what is nested in it."""
        if rel is None:
            self.part(title)
            self._in_section = True
        else:
            if self._in_section:
                self.part()
            self.chapter(rel)

    def chapter(self, rel: str | None, level: int = 0) -> None:
        """Add a chapter to the part."""
        if rel is not None and rel not in self.seen:
            self.seen.add(rel)
            self._parts[-1][1].append((rel, level))

    def add_all(self, rels: Iterable[str]) -> None:
        """Add chapters in their natural order, those of a folder below its `README` or `index`."""
        rels = sorted(rels, key=natural)
        homes = {str(PurePosixPath(rel).parent) for rel in rels if _is_home(rel)} - {"."}
        for rel in rels:
            above = sum(str(folder) in homes for folder in PurePosixPath(rel).parents)
            self.chapter(rel, above - (_is_home(rel) and above > 0))

    def front(self, rel: str | None) -> None:
        """Put a chapter before all others, if there are any and it is not among them."""
        if rel is not None and self.seen and rel not in self.seen:
            self.seen.add(rel)
            self._parts.insert(0, (Text(), [(rel, 0)]))

    def front_page(self, rels: Iterable[str]) -> None:
        """Put the front page of a site before all else, if its navigation does not name one."""
        homes = sorted((rel for rel in rels if _is_home(rel) and "/" not in rel), key=natural)
        if homes and self.seen.isdisjoint(homes):
            self.front(homes[0])

    def parts(self) -> tuple[Part, ...]:
        """What was collected: no part without chapters, and no two without a title in a row."""
        joined: list[tuple[Text, list[tuple[str, int]]]] = []
        for title, chapters in self._parts:
            if chapters and joined and not title and not joined[-1][0]:
                joined[-1][1].extend(chapters)
            elif chapters:
                joined.append((title, list(chapters)))
        parts: list[Part] = []
        for title, chapters in joined:
            levels: list[int] = []
            for _, level in chapters:
                levels.append(min(level, levels[-1] + 1 if levels else 0))
            parts.append(Part(title, tuple(rel for rel, _ in chapters), tuple(levels)))
        return tuple(parts)


# --- [book]

_WILDCARD = r"[*?\[]"


def _lists(config: Config) -> Iterator[tuple[KeyPath, Text, tuple[str, ...]]]:
    """The lists of chapters in `[book]`: where each is, the title of its part, what it names."""
    yield ("book", "chapters"), Text(), config.book.chapters
    for index, part in enumerate(config.book.parts):
        yield ("book", "parts", index, "chapters"), part.title, part.chapters


def _by_book(rels: Sequence[str], config: Config) -> tuple[_Contents, list[Diagnostic]]:
    contents = _Contents()
    problems: list[Diagnostic] = []
    taken = {name for _, _, names in _lists(config) for name in names}.intersection(rels)
    for path, title, names in _lists(config):
        contents.part(title)
        for index, name in enumerate(names):
            if name in taken:
                contents.chapter(name)
                continue
            fitting = _fitting(name, rels, config)
            contents.add_all(rel for rel in fitting if rel not in taken)
            if not fitting:
                problems.append(_missing(name, (*path, index), rels, config))
    return contents, problems


def _fitting(pattern: str, rels: Sequence[str], config: Config) -> list[str]:
    if not re.search(_WILDCARD, pattern):
        return []
    glob = config.glob(pattern)
    return [rel for rel in rels if glob.fullmatch(rel)]


def _missing(name: str, path: KeyPath, rels: Sequence[str], config: Config) -> Diagnostic:
    rel = config.source_name(name)
    message = f'no chapter {"fits" if re.search(_WILDCARD, name) else "is called"} "{name}"'
    hint = did_you_mean(name, rels).removeprefix("; ")
    if rel in rels:
        hint = f'chapters are named as they are below the source folder: "{rel}"'
    elif not hint:
        hint = f"there are {len(rels)} chapters, such as {rels[0]}" if rels else "there are no chapters"
    return complaint(config, path, "chapter-missing", message, hint)


# --- What all generators share


class _UnreadableError(Exception):
    """A file of a generator cannot be read."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line


class _Site:
    """The chapters by the paths that links lead to, and the folders where a generator may have its files."""

    def __init__(self, config: Config, rels: Sequence[str], read: Read) -> None:
        self.config = config
        self.rels = rels
        self.read = read
        # Generators that know of languages link to `ch1.md` and mean `zh/ch1.md` or `ch1.zh.md`.
        pattern = re.sub(r"\{lang\}/|\{locale\}/|[/._-]\{lang\}|[/._-]\{locale\}", "", config.paths.source)
        plain = replace(config, paths=replace(config.paths, source=pattern))
        self._by_path = {str(each.source_path(rel)): rel for each in (plain, config) for rel in rels}
        self._by_folded = {path.casefold(): rel for path, rel in self._by_path.items()}
        filled = config.paths.source.replace("{lang}", config.source_code).replace("{locale}", config.source.gettext)
        base = PurePosixPath(filled.split("{", 1)[0] + "x").parent
        folders = (base, *base.parents, *(folder / each for folder in (base, PurePosixPath()) for each in _FOLDERS))
        self.folders = tuple(dict.fromkeys(map(str, folders)))

    def resolve(self, folder: str, link: object) -> str | None:
        """The chapter that a link of a file in `folder` leads to; `/` at its beginning is that folder."""
        if not isinstance(link, str) or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|//", link):
            return None
        # A file may be called `C#.md`, and be named so where links are no addresses.
        if (rel := self.at(posixpath.normpath(posixpath.join(folder, link.lstrip("/"))))) is not None:
            return rel
        # Links such as `#/guide` are those of sites that are one page.
        target = unquote(re.split(r"[?#]", re.sub(r"^\s*#/", "/", link), maxsplit=1)[0]).strip()
        if not target:
            return None
        path = posixpath.normpath(posixpath.join(folder, target.lstrip("/")))
        homes = [posixpath.normpath(f"{path}/{name}") for name in ("index.md", "README.md", "index.markdown")]
        files = [path, f"{path}.md", f"{path}.markdown", f"{path.removesuffix('.html')}.md"]
        found = map(self.at, (*homes, *files) if target.endswith("/") else (*files, *homes))
        return next((rel for rel in found if rel is not None), None)

    def at(self, path: str) -> str | None:
        """The chapter at a path below the project's folder."""
        return self._by_path.get(path) or self._by_folded.get(path.casefold())

    def glob(self, folder: str, pattern: str) -> list[str]:
        """The chapters in `folder` that fit a generator's glob, whose extension may be left out, in natural order."""
        if pattern.count("*") + pattern.count("?") > 5 or len(pattern) > 200:
            return []  # no one writes that, and regular expressions would take for ever
        try:
            glob = self.config.glob(posixpath.normpath(posixpath.join(folder, pattern.lstrip("/"))))
        except re.error:
            return []
        fitting = {
            rel
            for path, rel in self._by_path.items()
            if glob.fullmatch(path) or glob.fullmatch(posixpath.splitext(path)[0])
        }
        return sorted(fitting, key=natural)


def _by_site(site: _Site) -> tuple[_Contents, list[Diagnostic], Place | None]:
    """What the first file of a generator that names a chapter says, and which it is; nothing if there is none."""
    problems: list[Diagnostic] = []
    for names, fill in _GENERATORS:
        for path, folder in ((posixpath.normpath(f"{each}/{name}"), each) for each in site.folders for name in names):
            text = site.read(path)
            if text is None:
                continue
            contents = _Contents()
            try:
                fill(contents, site, folder, path, text.removeprefix("\ufeff"))
            except _UnreadableError as error:
                message = f"the order of chapters cannot be read: {error}"
                hint = "mend the file, or set the order in [book]"
                place = Place(path, error.line)
                problems.append(Diagnostic("order-unreadable", message, place, Severity.WARNING, hint=hint))
                continue
            if contents.seen:
                return contents, problems, Place(path)
    return _Contents(), problems, None


# --- Lists of links: SUMMARY.md of mdBook (https://rust-lang.github.io/mdBook/format/summary.html) and of GitBook,
# --- _sidebar.md of docsify


_LINK = re.compile(
    r"(?<!!)\[(?P<title>(?:\\.|[^\[\]\\]|\[[^\[\]]*\])*)\]"
    r"\(\s*(?:<(?P<angled>[^<>]*)>|(?P<link>[^\s()]*(?:\([^\s()]*\)[^\s()]*)*))"
)
_ITEM = re.compile(r"(?P<indent>[ \t]*)(?:[-*+]|\d{1,9}[.)])[ \t]+(?P<text>\S.*)")
_HEADING = re.compile(r" {0,3}(?P<marks>#{1,6})[ \t]+(?P<text>.*?)[ \t#]*")
_FENCED = re.compile(r"^[ \t]*(`{3,}|~{3,}).*?(?:^[ \t]*\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_CONTENTS = re.compile(r"(?:table of )?contents|summary|sidebar|目\s*[录錄]|[导導][航览覽]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of a list of links: a heading (1 to 6), an item by its indentation, or a link outside of lists."""

    title: str
    link: str | None
    heading: int = 0
    indent: int | None = None


def _entries(text: str) -> Iterator[_Entry]:
    for line in _FENCED.sub("", _COMMENT.sub("", text)).splitlines():
        if heading := _HEADING.fullmatch(line):
            yield _Entry(_plain(heading["text"]), None, heading=len(heading["marks"]))
            continue
        item = _ITEM.fullmatch(line)
        link = _LINK.search(item["text"] if item else line)
        title = _plain(link["title"] if link else item["text"] if item else "")
        target = (link["angled"] or link["link"] or "") if link else None
        if item:
            yield _Entry(title, target, indent=len(item["indent"].expandtabs(4)))
        elif link:
            yield _Entry(title, target)


def _plain(title: str) -> str:
    """The text of a title without its marks."""
    return re.sub(r"\\([!-/:-@\[-`{-~])|[*`]|<[^<>]*>", r"\1", title).strip()


def _is_navigation(rel: str, site: _Site) -> bool:
    """Whether a file is no chapter, since it holds the navigation of a site."""
    name = posixpath.basename(rel)
    if name != _SUMMARY:
        return name in _PAGE_PARTS
    path = str(site.config.source_path(rel))
    text = site.read(path) or ""
    folder = posixpath.dirname(path) or "."
    return any(entry.indent is not None and site.resolve(folder, entry.link) for entry in _entries(text))


def _links(contents: _Contents, site: _Site, folder: str, path: str, text: str) -> None:
    entries = list(_entries(text))
    if entries and _is_file_title(entries, path):
        del entries[0]
    headed = listed = False
    stack: list[tuple[int, int]] = []
    for entry in entries:
        rel = site.resolve(folder, entry.link)
        if entry.heading:
            contents.part(entry.title)
            headed, listed, stack = True, False, []
        elif entry.indent is None:
            # A link after a list is what mdBook calls a suffix chapter: it stands outside of the parts.
            if listed:
                contents.part()
                headed = listed = False
            contents.chapter(rel)
            stack = []
        else:
            listed = True
            while stack and entry.indent <= stack[-1][0]:
                stack.pop()
            level = stack[-1][1] if stack else 0
            if stack or headed:
                contents.chapter(rel, level)
            else:
                contents.outermost(entry.title, rel)
            # What is nested in a draft, or in a mere title, is no deeper for it.
            stack.append((entry.indent, level + (rel is not None)))
    contents.front_page(site.rels)


def _is_file_title(entries: Sequence[_Entry], path: str) -> bool:
    """Whether the first entry is the title of the file, as mdBook has it, rather than that of a part."""
    first, *others = entries
    if first.heading != 1:
        return False
    return path.endswith(_SUMMARY) or not any(each.heading == 1 for each in others)


# --- Files of data: mkdocs.yml (https://www.mkdocs.org/user-guide/configuration/#nav), _toc.yml
# --- (https://sphinx-external-toc.readthedocs.io) and myst.yml (https://mystmd.org/guide/table-of-contents)


@cache
def _loader() -> type[yaml.SafeLoader]:
    import yaml  # noqa: PLC0415 - books without such files do not pay for it

    class Loader(yaml.SafeLoader):
        """Plain YAML values; what a tag means to another program is dropped, not obeyed."""

    def untagged(loader: Loader, _suffix: str, node: yaml.Node) -> object:
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None

    Loader.add_multi_constructor("", untagged)
    return Loader


def _data(text: str) -> Any:  # noqa: ANN401 - YAML may be anything
    """The value of a YAML text.

    Raises:
        _UnreadableError: It is no YAML, or too large to be the contents of a book.
    """
    import yaml  # noqa: PLC0415 - as above

    if len(text) > _LONGEST:
        raise _UnreadableError("it is too large")
    try:
        value = yaml.load(text, Loader=_loader())  # noqa: S506 - a SafeLoader that knows even fewer tags
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _UnreadableError(error.problem or "bad YAML", mark.line + 1 if mark else None) from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, AttributeError, KeyError) as error:
        raise _UnreadableError(str(error).split("\n", maxsplit=1)[0]) from None
    # Aliases can make a short text endless.
    stack, count = [(value, 0)], 0
    while stack:
        each, depth = stack.pop()
        count += 1
        if count > _MOST or depth > _DEEPEST:
            raise _UnreadableError("its values are too many or nested too deeply")
        inner = each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        stack.extend((one, depth + 1) for one in inner)
    return value


def _mkdocs(contents: _Contents, site: _Site, folder: str, _path: str, text: str) -> None:
    settings = _data(text)
    if not isinstance(settings, dict):
        return
    # Some books copy their texts to `docs_dir` before they are built.
    docs = settings.get("docs_dir")
    places = [posixpath.join(folder, each) for each in (docs, "docs") if isinstance(each, str)] + [site.folders[0]]

    def walk(items: object, *, outermost: bool) -> None:
        for item in items if isinstance(items, list) else ():
            for title, value in item.items() if isinstance(item, dict) else (("", item),):
                rel = next((rel for place in places if (rel := site.resolve(place, value)) is not None), None)
                if outermost:
                    contents.outermost(str(title), rel)
                contents.chapter(rel)
                walk(value, outermost=False)

    walk(settings.get("nav"), outermost=True)
    contents.front_page(site.rels)


_TOC_PARTS = ("parts", "subtrees")
_TOC_LISTS = (*_TOC_PARTS, "chapters", "sections", "entries", "children", "toc")


def _jupyter_book(contents: _Contents, site: _Site, folder: str, _path: str, text: str) -> None:
    settings = _data(text)
    if isinstance(settings, dict) and isinstance(settings.get("project"), dict):
        settings = settings["project"]

    def walk(value: object, level: int, depth: int, *, parts: bool = False) -> None:
        for node in value if isinstance(value, list) else ():
            if not isinstance(node, dict):
                continue
            caption = next((node[key] for key in ("caption", "part", "header") if isinstance(node.get(key), str)), "")
            rel = site.resolve(folder, node.get("file"))
            if caption or parts:
                contents.part(caption)
            elif depth == 0 and (rel is not None or isinstance(node.get("title"), str)):
                contents.outermost(str(node.get("title", "")), rel)
            contents.chapter(rel, level)
            for pattern in (node.get("glob"), node.get("pattern")):
                for each in site.glob(folder, pattern) if isinstance(pattern, str) else ():
                    contents.chapter(each, level)
            inside(node, level + (rel is not None), depth + 1)

    def inside(node: dict[Any, Any], level: int, depth: int) -> None:
        for key in _TOC_LISTS:
            walk(node.get(key), level, depth, parts=key in _TOC_PARTS)

    if isinstance(settings, dict):
        contents.chapter(site.resolve(folder, settings.get("root")))
        inside(settings, 0, 0)
    else:
        walk(settings, 0, 0)


# --- Documents that name their children: the toctree of Sphinx, in Markdown that MyST or d2lbook reads, or in
# --- reStructuredText (https://www.sphinx-doc.org/en/master/usage/restructuredtext/directives.html#directive-toctree)

_FENCE = re.compile(r"[ \t]*(?P<fence>`{3,}|~{3,}|:{3,})[ \t]*(?:\{?(?P<name>toc|toctree|eval[_-]rst)\}?[ \t]*$)?")
_DIRECTIVE = re.compile(r"(?P<indent>[ \t]*)\.\.[ \t]+toctree::[ \t]*")
_OPTION = re.compile(r":?(?P<name>[\w-]+):(?:[ \t]+(?P<value>.*))?")
_TITLED = re.compile(r".*<([^<>]*)>")


@dataclass(frozen=True, slots=True)
class _Toctree:
    """The title that it has, if any, and the documents it names, which are globs if it says so."""

    caption: str
    documents: tuple[str, ...]
    globs: bool


def _toctrees(text: str, *, markdown: bool) -> list[_Toctree]:
    if "toc" not in text:
        return []
    lines = text.splitlines()
    if not markdown:
        return _directives(lines)
    found: list[_Toctree] = []
    index = 0
    while index < len(lines):
        opening = _FENCE.match(lines[index])
        index += 1
        if opening is None or (opening["fence"].startswith(":") and opening["name"] is None):
            continue
        start = index
        while index < len(lines) and not _closes(opening["fence"], lines[index].strip()):
            index += 1
        if opening["name"] in ("toc", "toctree"):
            found.append(_toctree(lines[start:index]))
        elif opening["name"]:
            found += _directives(lines[start:index])
        index += 1
    return found


def _closes(fence: str, line: str) -> bool:
    return line.startswith(fence) and not line.strip(fence[0])


def _directives(lines: Sequence[str]) -> list[_Toctree]:
    """The toctrees among lines of reStructuredText."""
    found: list[_Toctree] = []
    index = 0
    while index < len(lines):
        directive = _DIRECTIVE.fullmatch(lines[index])
        index += 1
        if directive is None:
            continue
        start, indent = index, len(directive["indent"].expandtabs())
        while index < len(lines):
            line = lines[index].expandtabs()
            if line.strip() and len(line) - len(line.lstrip()) <= indent:
                break
            index += 1
        found.append(_toctree(lines[start:index]))
    return found


def _toctree(lines: Iterable[str]) -> _Toctree:
    """The toctree with these lines: options, then documents."""
    options: dict[str, str] = {}
    documents: list[str] = []
    for line in map(str.strip, lines):
        option = _OPTION.fullmatch(line)
        if option and not documents:
            options[option["name"]] = (option["value"] or "").strip("\"' ")
        elif line and line not in ("---", "self"):
            titled = _TITLED.fullmatch(line)
            documents.append(titled[1].strip() if titled else line)
    if "reversed" in options:
        documents.reverse()
    return _Toctree(options.get("caption", ""), tuple(documents), "glob" in options)


def _documents(contents: _Contents, site: _Site, folder: str, path: str, text: str) -> None:
    """Follow the toctrees from the root of a tree of documents; each document is followed by those it names."""
    if not _toctrees(text, markdown=path.endswith(".md")):
        return
    visited: set[str] = set()
    # What is to be done next is at the end: a part to begin, or a document to look at, with its level.
    waiting: list[_Toctree | tuple[str, int]] = [(path, -1)]
    while waiting:
        step = waiting.pop()
        if isinstance(step, _Toctree):
            contents.part(step.caption)
            continue
        document, level = step
        if document in visited:
            continue
        visited.add(document)
        if level >= 0:
            contents.chapter(site.at(document), level)
        following: list[_Toctree | tuple[str, int]] = []
        for toctree in _toctrees(site.read(document) or "", markdown=not document.endswith(".rst")):
            if level < 0:
                following.append(toctree)
            for name in toctree.documents:
                place = folder if name.startswith("/") else posixpath.dirname(document) or "."
                rels = site.glob(place, name) if toctree.globs and "*" in name else [site.resolve(place, name)]
                for rel in rels:
                    other = f"{name.lstrip('/').removesuffix('.rst')}.rst"
                    found = str(site.config.source_path(rel)) if rel else posixpath.normpath(f"{place}/{other}")
                    following.append((found, level + 1))
        waiting.extend(reversed(following))
    contents.front(site.at(path))


# --- VitePress (https://vitepress.dev/reference/default-theme-sidebar); its configuration is a program

_JS_STRING = r"""'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`"""
_JS = re.compile(
    r"(?P<comment>//[^\n]*|/\*(?:.*?\*/|.*))"
    rf"|(?:(?<![\w$.])[\"']?(?P<key>[A-Za-z_$][\w$]*)[\"']?\s*:\s*)?(?P<value>{_JS_STRING})"
    r"|(?<![\w$.])[\"']?(?P<list>sidebar|items)[\"']?\s*:\s*(?=[\[{])"
    r"|(?P<open>[\[{(])|(?P<close>[\]})])",
    re.DOTALL,
)


@dataclass(slots=True)
class _Bracket:
    """A bracket of a program that is open.

    Attributes:
        sidebar: Whether it is in a sidebar.
        outermost: Whether entries that are directly in it are outermost.
        level: How deep they are otherwise.
        text: The title that it has, if it is an entry.
        link: Where it leads, likewise.
        told: Whether it has been added already.
    """

    sidebar: bool = False
    outermost: bool = True
    level: int = 0
    text: str = ""
    link: str | None = None
    told: bool = False


def _vitepress(contents: _Contents, site: _Site, folder: str, _path: str, text: str) -> None:
    if len(text) > _LONGEST:
        raise _UnreadableError("it is too large")
    matches = list(_JS.finditer(text))
    texts = posixpath.join(folder, next((each["value"][1:-1] for each in matches if each["key"] == "srcDir"), ""))

    def tell(entry: _Bracket) -> None:
        """Add an entry; what is nested in it is deeper if it has a page itself."""
        if entry.told or not (entry.text or entry.link):
            return
        rel = site.resolve(texts, entry.link)
        if entry.outermost:
            contents.outermost(entry.text, rel)
        contents.chapter(rel, entry.level)
        entry.told, entry.outermost, entry.level = True, False, entry.level + (rel is not None)

    stack = [_Bracket()]
    name = ""
    for match in matches:
        last = stack[-1]
        if match["open"]:
            if name == "items" and last.sidebar:
                tell(last)
            stack.append(_Bracket(last.sidebar or name == "sidebar", last.outermost, last.level))
        elif match["close"] and len(stack) > 1:
            if last.sidebar:
                tell(last)
            stack.pop()
        elif match["key"] in ("text", "link") and last.sidebar:
            value = re.sub(r"\\(.)", r"\1", match["value"][1:-1])
            if match["key"] == "text":
                last.text = value
            else:
                last.link = value
        name = match["list"] or ""
    contents.front_page(site.rels)


# --- Which files are looked for, and who reads them

_GENERATORS: tuple[tuple[tuple[str, ...], Callable[[_Contents, _Site, str, str, str], None]], ...] = (
    ((_SUMMARY,), _links),
    (("_sidebar.md",), _links),
    (("mkdocs.yml", "mkdocs.yaml"), _mkdocs),
    (("index.md", "index.rst"), _documents),
    (tuple(f".vitepress/config.{end}" for end in ("mts", "ts", "mjs", "js", "cts", "cjs")), _vitepress),
    (("_toc.yml", "myst.yml"), _jupyter_book),
)


# --- The order of names

_HOME = re.compile(r"readme(?:[-_.][a-z]{2}(?:[-_][a-z]{2,4})?)?|_?index", re.IGNORECASE)
_FIRST = re.compile(
    r"(?:chapter[-_ ])?(?:(?:cover|copyright|dedication|foreword|preface|prologue)(?![a-z])|"
    r"(?:intro|introduction|about|welcome)$)|"
    r"封面|版权|扉页|献词|前言|引言|导言|导论|绪论|导读|致读者|"
    r"(?:自|代|总|译|原|再版|译者|作者|推荐)?序(?:言|[一二三四五0-9])?$"
)
_LAST = re.compile(
    r"(?:chapter[-_ ])?(?:(?:appendix|appendices|afterword|epilogue|postscript|acknowledge?ments?)(?![a-z])|"
    r"(?:bibliography|references?|glossary|changelog|licen[cs]e|colophon)$)|"
    r"附录|附錄|后记|後記|跋$|结语|结束语|尾声|参考文献|参考资料|术语表|词汇表|索引$|致谢|更新日志|勘误"
)
_HAN_NUMBER = "[零〇一二两三四五六七八九十百千]+"
_UNIT = "[章节回讲篇卷课部编集册]"
# Characters for numbers are part of words too: 一元函数, 三角形.
_NUMBER = re.compile(
    rf"(?P<digits>[0-9]+)|(?P<han>(?<=第){_HAN_NUMBER}|(?<=附[录錄]){_HAN_NUMBER}|(?<=\(){_HAN_NUMBER}(?=\))|"
    rf"{_HAN_NUMBER}(?={_UNIT})|^{_HAN_NUMBER}(?=[、._\-\s:])|{_HAN_NUMBER}$)|"
    rf"(?P<third>^[上中下](?={_UNIT})|(?<=\()[上中下](?=\))|[上中下]$)"
)


def _is_home(rel: str) -> bool:
    """Whether a chapter is what its folder shows."""
    return _HOME.fullmatch(PurePosixPath(rel).stem) is not None


_Key = tuple[tuple[tuple[int, tuple[tuple[int, int, str], ...], int], ...], str]


def natural(rel: str) -> _Key:
    """Return the key by which paths come in the order of reading.

    Numbers count by value, in digits or in Chinese: `ch9` is before `ch10`, `第九章` before `第十章`. In a folder, its
    `README` or `index` comes first, then prefaces, then all else, then appendices; `part1.md` is before `part1/`.
    """
    *folders, file = PurePosixPath(rel).parts
    names = [*((name, 1) for name in folders), (PurePosixPath(file).stem, 0)]
    keys = []
    for name, is_folder in names:
        folded = unicodedata.normalize("NFKC", name).casefold()
        if not is_folder and _HOME.fullmatch(name):
            rank = 0
        else:
            rank = 1 if _FIRST.match(folded) else 3 if _LAST.match(folded) else 2
        keys.append((rank, tuple(_pieces(folded)), is_folder))
    return tuple(keys), rel


def _pieces(name: str) -> Iterator[tuple[int, int, str]]:
    """The numbers in a name, which compare by value, and the text between them."""
    position = 0
    for match in _NUMBER.finditer(name):
        if match["digits"]:
            digits = match["digits"].lstrip("0")
        elif match["third"]:
            digits = str("上中下".index(match["third"]))
        else:
            digits = str(max((int(value) for each in numbers(match[0], han=True) for value in each.values), default=0))
        if match.start() > position:
            yield 1, 0, name[position : match.start()]
        # Numbers of any length: no number is made of them.
        yield 0, len(digits), digits
        position = match.end()
    if position < len(name):
        yield 1, 0, name[position:]
