"""What `bilingual init` does: recognise the site generator and write a configuration; nothing is moved."""

from __future__ import annotations

import ast
import json
import os
import re
import secrets
import tomllib
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import yaml

from bilingual.config import FILE_NAME, INCLUDE, Paths, find, formats_known, parse
from bilingual.diagnostics import BilingualError, Diagnostic, Place, printable
from bilingual.language import has_han, language, same
from bilingual.markdown.dialect import FRONT_MATTER, PRESETS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

# Where generators and books keep their files, the nearest first.
_FOLDERS = (
    "",
    "docs",
    "doc",
    "book",
    "src",
    "source",
    "website",
    "site",
    "docs/source",
    "doc/source",
    "docs/src",
)
_NEVER = frozenset({"node_modules", "site-packages", "build", "_build", "dist", "site", "public", "target", "venv"})
_MARKDOWN = frozenset({".md", ".markdown"})
_MOST_FILES = 300
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Plan:
    """A proposed configuration, and why.

    Attributes:
        root: The project's folder.
        generator: The site generator's name, or "" where none was recognised.
        evidence: What was seen, a phrase each.
        advice: What is left for a person to do in the generator's own configuration, a sentence each.
        source: The source language as paths spell it.
        targets: The target languages, likewise.
        title: The book's title, or "".
        paths: The patterns.
        dialect: The Markdown preset.
        extensions: Names of Markdown extensions to switch on besides.
        exclude: Globs below the source folder.
        line_breaks: "fold" or "keep".
    """

    root: Path
    generator: str = ""
    evidence: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    source: str = "zh"
    targets: tuple[str, ...] = ("en",)
    title: str = ""
    paths: Paths = Paths()  # noqa: RUF009 - frozen
    dialect: str = "github"
    extensions: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    line_breaks: str = "fold"


def plan(root: Path, source: str | None = None, targets: Sequence[str] = ()) -> Plan:
    """Propose a configuration for the book in folder `root`.

    Args:
        root: The project's folder; it is read, never changed, and nothing in it is executed.
        source: The language the authors write; None asks the generator's configuration and the texts.
        targets: The languages to translate into; empty takes those the generator's configuration has.
    """
    for recognise in (_mkdocs, _mdbook, _vitepress, _jupyter_book, _sphinx, _docsify):
        for folder in _FOLDERS:
            if (root / folder).is_dir():
                found = recognise(_Wish(root, PurePosixPath(folder), source, tuple(targets)))
                if found is not None:
                    return found
    return _plain(_Wish(root, PurePosixPath(), source, tuple(targets)))


def write(proposal: Plan) -> Path:
    """Write the proposed `bilingual.toml`.

    Returns:
        Its path.

    Raises:
        BilingualError: The folder has a configuration already, or the file cannot be written, or the proposal
            makes no configuration (a language code that does not exist).
    """
    file = proposal.root / FILE_NAME
    there = find(proposal.root)
    if os.path.lexists(file) or (there is not None and there.parent == proposal.root.absolute()):
        place = Place(str(there or file))
        hint = "edit it, or move it away and run `bilingual init` again"
        raise BilingualError(Diagnostic("init-exists", "there is a configuration already", place, hint=hint))
    text = toml(proposal)
    parse(text, file)
    draft = file.with_name(f".{FILE_NAME}.{secrets.token_hex(4)}")
    try:
        draft.write_bytes(text.encode("utf-8"))
        draft.replace(file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        message = f"the file cannot be written: {error.strerror or error}"
        raise BilingualError(Diagnostic("init-write", message, Place(str(file)))) from None
    return file


def toml(proposal: Plan) -> str:
    """The text of the proposed `bilingual.toml`: what is not as by default is set, the rest are comments."""
    default = Plan(proposal.root)
    usual = Paths()

    def entry(key: str, value: object, standard: object, comment: str = "") -> Iterator[str]:
        if comment:
            yield from (f"# {line}" for line in comment.split("\n"))
        yield f"{'# ' if value == standard else ''}{key} = {_value(value)}"

    def section(name: str, comment: str, *entries: Iterable[str]) -> Iterator[str]:
        yield from ("", *(f"# {line}" for line in comment.split("\n")), f"[{name}]")
        for each in entries:
            yield from each

    def head() -> Iterator[str]:
        yield "# The configuration of bilingual. Lines that begin with # show the defaults."
        name = proposal.generator
        yield "#"
        yield (f"# `bilingual init` recognised {name}:" if name else "# `bilingual init` recognised no site generator:")
        yield from (f"# - {printable(each)}" for each in proposal.evidence)
        if proposal.advice:
            yield "# What is left to do there:"
            yield from (f"# - {printable(each)}" for each in proposal.advice)
        yield ""
        yield "# The language the authors write, and those they are translated into (zh, zh-Hant, en …)."
        yield f"source = {_value(proposal.source)}"
        yield f"targets = {_value(proposal.targets)}"
        yield ""
        yield from entry("title", proposal.title, "", "The book's title, for editions.")
        yield from entry("build", "build", "build", "The folder of editions and caches; safe to delete.")
        formats = f"What a bare `bilingual merge` makes: {', '.join(formats_known())}."
        yield from entry("formats", ["markdown"], ["markdown"], formats)
        minimum = "Translations in a lower state keep the source text: missing, draft, stale, translated, reviewed."
        yield from entry("minimum", "stale", "stale", minimum)
        globs = "Which files below the source folder are chapters; an excluded folder excludes what is in it."
        yield from entry("include", INCLUDE, INCLUDE, globs)
        yield from entry("exclude", proposal.exclude, ())
        keys = "Front-matter values to translate; * stands for any key or list index."
        yield from entry("front-matter", FRONT_MATTER, FRONT_MATTER, keys)
        breaks = '"fold": line breaks in a paragraph are layout. "keep": the site shows them.'
        yield from entry("line-breaks", proposal.line_breaks, "fold", breaks)
        lines = "Regular expressions of further lines that are syntax, not text, and must stay alone."
        yield from entry("syntax-lines", (), (), lines)
        links = "Links and images keep working from the translation's place, anchors follow its headings."
        yield from entry("rewrite-links", value=True, standard=True, comment=links)
        flat = '"flat": one catalog a chapter, part1.ch1.po. "nested": part1/ch1.po. "single": book.po.'
        yield from entry("catalogs", "flat", "flat", flat)
        yield from entry("templates", value=False, standard=False, comment="Write POT templates too.")

        paths = (
            "For the chapter part1/ch1.md, {path} is part1/ch1.md, {stem} is part1/ch1, {ext} is md,\n"
            "{dir} is part1, {file} is ch1.md; {lang} is the language, {locale} as in gettext (zh_CN),\n"
            "{name} the catalog's name."
        )
        wanted = proposal.paths
        yield from section(
            "paths",
            paths,
            entry("source", wanted.source, usual.source),
            entry("target", wanted.target, usual.target),
            entry("catalog", wanted.catalog, usual.catalog),
            entry("template", wanted.template, usual.template),
        )
        presets = f"The habits of the site's renderer: {', '.join(PRESETS)}."
        yield from section("markdown", presets, entry("dialect", proposal.dialect, default.dialect))
        switches = "Markdown extensions to switch on or off: math = false, or math = { option = value }."
        extensions = (entry(name, value=True, standard=False) for name in proposal.extensions)
        yield from section("markdown.extensions", switches, *extensions)
        latin = "Extract segments without a Chinese character although the target language uses Latin letters."
        yield from section("extract", latin, entry("latin", value=False, standard=False))

    return "\n".join(head()) + "\n"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON's strings are TOML's, but for DEL.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    raise TypeError(value)


# --- What all generators share


@dataclass(frozen=True, slots=True)
class _Wish:
    """A place to look at, and the languages that were asked for."""

    root: Path
    folder: PurePosixPath
    source: str | None
    targets: tuple[str, ...]

    def text(self, *names: str) -> tuple[str, str]:
        """The first of the named files in the folder: its path below the root and its text, or ("", "")."""
        for name in names:
            path = self.root / self.folder / name
            try:
                if path.is_file() and path.stat().st_size <= _MOST_BYTES:
                    return str(self.folder / name), path.read_bytes().decode("utf-8-sig", "replace")
            except OSError:
                continue
        return "", ""

    def below(self, folder: object, default: str = "") -> PurePosixPath | None:
        """A folder that a generator's configuration names, below the root; None when it is outside."""
        name = folder if isinstance(folder, str) and folder.strip() else default
        joined = os.path.normpath(str(self.folder / name)).replace("\\", "/")
        if joined.startswith(("/", "..")) or ":" in joined or "{" in joined:
            return None
        return PurePosixPath(joined)

    def spoken(self, place: PurePosixPath) -> list[str]:
        """The languages that folders with Markdown are named after: those beside the texts, or among them."""
        home = place.parent if _CODE.fullmatch(place.name) else place
        return [name for name in _subfolders(self.root / home) if _CODE.fullmatch(name) and self.holds(home / name)]

    def holds(self, folder: PurePosixPath) -> bool:
        """Whether there is Markdown in a folder."""
        return next(_markdown(self.root / folder), None) is not None

    def languages(self, known: Sequence[str], own: object, place: PurePosixPath) -> tuple[str, tuple[str, ...]]:
        """The source and target languages, spelled as the generator spells them.

        Args:
            known: The languages the generator has.
            own: The language the generator's configuration says the book is in, if any.
            place: The folder of the texts, which are asked when nothing else tells.
        """
        known = [each for each in known if _is_language(each)] or self.spoken(place)
        own = own if isinstance(own, str) and _is_language(own) else None
        source = self.source or own or next((each for each in known if _han(each)), None)
        if source is None:
            source = _guess(self.root / place)
        source = _spelled(source, known)
        targets = tuple(_spelled(each, known) for each in self.targets)
        targets = targets or tuple(each for each in known if not _same(each, source))
        return source, targets or (("en",) if _han(source) else ("zh",))


def _is_language(code: object) -> bool:
    if not isinstance(code, str) or not re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*", code):
        return False
    try:
        language(code)
    except ValueError:
        return False
    return True


def _same(one: str, other: str) -> bool:
    return one == other or (_is_language(one) and _is_language(other) and same(one, other))


def _han(code: str) -> bool:
    return _is_language(code) and language(code).han


def _spelled(code: str, known: Iterable[str]) -> str:
    """The code as one of the known spells the same language, or as it is."""
    return next((each for each in known if _same(each, code)), code)


#: Words that folders are called by instead of a code.
_WORDS = {"chinese": "zh", "中文": "zh", "cn": "zh", "english": "en", "英文": "en"}
#: Codes that mean a language wherever they stand; `ml` and `os` are languages too, and the names of chapters.
_CODE = re.compile("(?:zh|en|ja|ko|fr|de|es|ru|pt|vi)(?:[-_](?:[a-z]{2}|Hans|Hant)){0,2}", re.IGNORECASE)
_BEHIND = re.compile(rf"(.+?)([-_.])({_CODE.pattern}|{'|'.join(_WORDS)})", re.IGNORECASE)


def _tongue(name: str) -> tuple[str, str, str] | None:
    """What the name of a folder says of a language: what stands before it, the name as a pattern, and the code.

    `book-en` is ("book", "book-{lang}", "en"), `english` is ("", "english", "en").
    """
    whole = _CODE.fullmatch(name) is not None or name.lower() in _WORDS
    behind = None if whole else _BEHIND.fullmatch(name)
    if not whole and behind is None:
        return None
    head, gap, word = behind.groups() if behind is not None else ("", "", name)
    code = _WORDS.get(word.lower(), word)
    return head, head + gap + ("{lang}" if code == word else word), code


def _pair(wish: _Wish, place: PurePosixPath) -> Plan | None:
    """A proposal for a folder a language, whatever they are called: `book` and `book-en`, `chinese` and `english`."""
    names = [each for each in _subfolders(wish.root / place) if not each.startswith(".") and each not in _NEVER]
    names = [each for each in names if wish.holds(place / each)]
    books: dict[str, dict[str, tuple[str, str]]] = {}
    for name in names:
        if (said := _tongue(name)) is not None:
            books.setdefault(said[0], {})[name] = said[1:]
    for head, folders in books.items():
        if head in names:
            folders[head] = head, _guess(wish.root / place / head)
        codes = {name: code for name, (_, code) in folders.items()}
        first = [head, *(name for name, code in codes.items() if _han(code)), *codes]
        asked = [name for name, code in codes.items() if wish.source is not None and _same(code, wish.source)]
        source = next((name for name in (asked if wish.source is not None else first) if name in codes), None)
        others = [name for name, code in codes.items() if source is not None and not _same(code, codes[source])]
        others = [name for name in others if not wish.targets or any(_same(codes[name], each) for each in wish.targets)]
        if source is None or not others:
            continue
        pattern = folders[others[0]][0]
        others = [name for name in others if folders[name][0] == pattern]
        targets = tuple(_spelled(each, map(codes.__getitem__, others)) for each in wish.targets)
        if len(targets) > 1 and "{lang}" not in pattern:
            continue
        there = ", ".join(f"{place / name}/" for name in others)
        named = "{lang}" in folders[source][0]
        return Plan(
            wish.root,
            evidence=(f"the texts are in {place / source}/", f"their translation is in {there}"),
            source=codes[source] if named else wish.source or codes[source],
            targets=targets or tuple(codes[name] for name in others),
            paths=_paths(str(place / folders[source][0] / "{path}"), str(place / pattern / "{path}")),
        )
    return None


def _markdown(folder: Path) -> Iterator[Path]:
    """Markdown files below a folder, not those of tools and builds."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if each not in _NEVER and not each.startswith("."))
        yield from (Path(parent, each) for each in sorted(files) if Path(each).suffix.lower() in _MARKDOWN)


def _is_chinese(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return has_han(stream.read(1 << 16).decode("utf-8", "ignore"))
    except OSError:
        return False


def _guess(folder: Path) -> str:
    """The language of the texts in a folder: Chinese, or English where there are some and none is Chinese."""
    files = list(islice(_markdown(folder), _MOST_FILES))
    return "en" if files and not any(map(_is_chinese, files)) else "zh"


def _by_folder(place: PurePosixPath, source: str, wish: _Wish, *, inside: bool) -> tuple[Paths, str]:
    """Patterns for a book whose generator wants a folder a language, and the source's spelling.

    A folder `place` that is named after the source language, or holds one so named, becomes `{lang}`.
    Otherwise the translation goes to `{lang}` inside `place`, or to a tree of its own that mirrors `place`.
    """
    if _is_language(place.name) and _same(place.name, source):
        pattern = str(place.with_name("{lang}") / "{path}")
        return _paths(pattern, pattern), place.name
    for child in _subfolders(wish.root / place):
        if _is_language(child) and _same(child, source):
            pattern = str(place / "{lang}" / "{path}")
            return _paths(pattern, pattern), child
    target = place / "{lang}" / "{path}" if inside else PurePosixPath("{lang}") / place / "{path}"
    return _paths(str(place / "{path}"), str(target)), source


def _subfolders(folder: Path) -> list[str]:
    try:
        return sorted(each.name for each in folder.iterdir() if each.is_dir())
    except OSError:
        return []


def _paths(source: str, target: str) -> Paths:
    return replace(Paths(), source=source, target=target)


def _text(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _strings(value: object) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _table(value: object) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


class _Loader(yaml.SafeLoader):
    """Plain YAML values; a tag that means something to another program alone is dropped, not obeyed."""

    def untagged(self, _suffix: str, node: yaml.Node) -> object:
        """The value of a node as if it had no tag."""
        if isinstance(node, yaml.MappingNode):
            return self.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return self.construct_sequence(node, deep=True)
        return self.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None


_Loader.add_multi_constructor("", _Loader.untagged)


def _yaml(text: str) -> dict[Any, Any]:
    """The mapping in a YAML text; empty where it is broken."""
    try:
        return _table(yaml.load(text, Loader=_Loader))  # noqa: S506 - a SafeLoader that knows even fewer tags
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, AttributeError, KeyError):
        return {}


# --- MkDocs: https://www.mkdocs.org/user-guide/configuration/, the plugin mkdocs-static-i18n


def _mkdocs(wish: _Wish) -> Plan | None:
    name, text = wish.text("mkdocs.yml", "mkdocs.yaml")
    if not name:
        return None
    site = _yaml(text)
    evidence = [f"{name} is there" if site else f"{name} is there, but cannot be read as YAML"]
    place = wish.below(site.get("docs_dir"), "docs")
    if place is None:
        evidence.append("docs_dir lies outside of this folder; docs/ is proposed instead")
        place = PurePosixPath("docs")
    evidence.append(f"the texts are in {place}/ (docs_dir)")

    plugin = _mkdocs_plugin(site.get("plugins"), "i18n")
    theme = _table(site.get("theme"))
    known, default = _mkdocs_languages(plugin or {})
    source, targets = wish.languages(known, default or theme.get("language"), place)
    structure = None
    if plugin is None:
        paths, source = _by_folder(place, source, wish, inside=True)
        evidence.append("no i18n plugin: a folder a language inside docs_dir is proposed")
        advice = ["the plugin mkdocs-static-i18n with `docs_structure: folder` builds such a site"]
    else:
        structure = plugin.get("docs_structure", "suffix")
        advice = []
        if structure == "folder":
            pattern = str(place / "{lang}" / "{path}")
            paths = _paths(pattern, pattern)
        else:
            suffixed = str(place / "{stem}.{lang}.{ext}")
            bare = default is None or _same(default, source)
            paths = _paths(str(place / "{path}") if bare else suffixed, suffixed)
        evidence.append(f"the i18n plugin has docs_structure: {_text(structure) or 'suffix'}")
        missing = [each for each in targets if not any(_same(each, one) for one in known)]
        if missing:
            advice.append(f"add {', '.join(missing)} to the languages of the i18n plugin")
    extensions = site.get("markdown_extensions")
    names = {*_strings(extensions), *(str(key) for each in _many(extensions) for key in _table(each))}
    keep = bool(names & {"nl2br", "markdown.extensions.nl2br"})
    if keep:
        evidence.append("the extension nl2br shows line breaks")
    return Plan(
        root=wish.root,
        generator="MkDocs",
        evidence=tuple(evidence),
        advice=tuple(advice),
        source=source,
        targets=targets,
        title=_text(site.get("site_name")),
        paths=paths,
        dialect="mkdocs",
        line_breaks="keep" if keep else "fold",
    )


def _many(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _mkdocs_plugin(plugins: object, name: str) -> dict[Any, Any] | None:
    """The options of a plugin that is on, or None; both of MkDocs' notations, a list and a mapping."""
    for each in _many(plugins):
        if each == name:
            return {}
        if isinstance(each, dict) and name in each:
            return _table(each[name])
    return None


def _mkdocs_languages(plugin: dict[Any, Any]) -> tuple[list[str], str | None]:
    """The plugin's languages and the default one; before 1.0 it had a mapping and `default_language`."""
    languages = plugin.get("languages")
    if isinstance(languages, dict):
        known = [str(key) for key in languages if key != "default"]
        default = plugin.get("default_language")
        default = default if isinstance(default, str) else None
        return list(dict.fromkeys([*known, *([default] if default else [])])), default
    entries = [_table(each) for each in _many(languages)]
    known = [each["locale"] for each in entries if isinstance(each.get("locale"), str)]
    default = next((each["locale"] for each in entries if each.get("default") is True and "locale" in each), None)
    return known, default if isinstance(default, str) else None


# --- mdBook: https://rust-lang.github.io/mdBook/format/configuration/


def _mdbook(wish: _Wish) -> Plan | None:
    name, text = wish.text("book.toml")
    if not name:
        return None
    try:
        site: dict[str, object] = tomllib.loads(text)
        evidence = [f"{name} is there"]
    except (tomllib.TOMLDecodeError, RecursionError):
        site = {}
        evidence = [f"{name} is there, but cannot be read as TOML"]
    book = _table(site.get("book"))
    place = wish.below(book.get("src"), "src")
    if place is None:
        evidence.append("src lies outside of this folder; src/ is proposed instead")
        place = PurePosixPath("src")
    evidence.append(f"the texts are in {place}/ (src)")
    source, targets = wish.languages((), book.get("language"), place)
    paths, source = _by_folder(place, source, wish, inside=False)
    evidence.append("mdBook builds one language a book, so each translation is a book of its own")
    one = targets[0]
    if paths.target.startswith("{lang}/"):
        advice = [
            f'copy {name} to {one}/{name} and set language = "{one}" there',
            f"`mdbook build {PurePosixPath(one) / wish.folder}` builds it",
        ]
    else:
        there = PurePosixPath(paths.target.replace("{lang}", one).removesuffix("/{path}")).relative_to(wish.folder)
        command = f"MDBOOK_BOOK__SRC={there} MDBOOK_BOOK__LANGUAGE={one} mdbook build {wish.folder} -d book/{one}"
        advice = [f"`{command}` builds it"]
    html = _table(_table(site.get("output")).get("html"))
    mathjax = html.get("mathjax-support") is True
    if mathjax:
        evidence.append("MathJax is on: formulas stand between \\\\( and \\\\)")
    return Plan(
        root=wish.root,
        generator="mdBook",
        evidence=tuple(evidence),
        advice=tuple(advice),
        source=source,
        targets=targets,
        title=_text(book.get("title")),
        paths=paths,
        extensions=("backslash_math",) if mathjax else (),
    )


# --- VitePress: https://vitepress.dev/guide/i18n; its configuration is a program, looked at and never run

_SCRIPTS = tuple(f"config.{end}" for end in ("mts", "ts", "mjs", "js", "cts", "cjs"))
_JS_STRING = r"""(?:'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)"""
_JS_TOKEN = re.compile(rf"(?P<string>{_JS_STRING})|(?P<comment>//[^\n]*|/\*.*?\*/)", re.DOTALL)
_JS_KEY = re.compile(rf"(?:(?P<quoted>{_JS_STRING})|(?P<bare>[A-Za-z_$][\w$]*))\s*(?P<after>[:,}}])")


def _script(text: str) -> str:
    """A JavaScript text without its comments."""
    return _JS_TOKEN.sub(lambda match: match["string"] or " ", text)


def _js_strings(text: str, key: str) -> list[str]:
    """All plain string values that properties called `key` have."""
    return [match[1][1:-1] for match in re.finditer(rf"(?<![\w$.]){key}['\"]?\s*:\s*({_JS_STRING})", text)]


def _js_closing(text: str, start: int) -> int:
    """Where the bracket that opens at `start` closes, or the end of the text."""
    depth = 0
    position = start
    while position < len(text):
        char = text[position]
        if char in "'\"`" and (string := re.compile(_JS_STRING, re.DOTALL).match(text, position)):
            position = string.end()
            continue
        depth += (char in "{[(") - (char in "}])")
        if depth == 0:
            return position
        position += 1
    return len(text)


def _js_object(text: str, start: int) -> dict[str, str]:
    """The properties of the object literal that opens at `start`: names and the text of their values."""
    end = _js_closing(text, start)
    found: dict[str, str] = {}
    position = start + 1
    while position < end:
        match = _JS_KEY.match(text, position)
        if match is None:
            char = text[position]
            position = _js_closing(text, position) + 1 if char in "{[(" else position + 1
            continue
        name = match["bare"] or match["quoted"][1:-1]
        value_start = match.end()
        position = value_start
        if match["after"] == ":":
            while position < end and text[position] != ",":
                char = text[position]
                string = re.compile(_JS_STRING, re.DOTALL).match(text, position)
                position = (
                    string.end() if string else _js_closing(text, position) + 1 if char in "{[(" else position + 1
                )
        found.setdefault(name, text[value_start:position])
    return found


def _vitepress(wish: _Wish) -> Plan | None:
    home = wish.root / wish.folder / ".vitepress"
    name, text = wish.text(
        *(f".vitepress/{each}" for each in _SCRIPTS),
        *(f".vitepress/config/index.{end}" for end in ("mts", "ts", "mjs", "js")),
    )
    if not name:
        return None
    evidence = [f"{name} is there"]
    text = _script(text)
    folder_text = text
    if (home / "config").is_dir():
        for each in sorted((home / "config").iterdir())[:50]:
            folder_text += _script(wish.text(f".vitepress/config/{each.name}")[1])
    place = wish.below(next(iter(_js_strings(folder_text, "srcDir")), ""), "")
    if place is None:
        evidence.append("srcDir lies outside of this folder")
        place = wish.folder
    evidence.append(f"the texts are in {place}/ (srcDir)")
    locales = _vitepress_locales(folder_text)
    own = next(iter(_js_strings(folder_text, "lang")), None)
    root_language = locales.pop("root", None) or own
    known = [*([root_language] if root_language else []), *locales]
    source, targets = wish.languages(known, root_language if root_language and _han(root_language) else None, place)
    advice: list[str] = []
    excluded = [
        each[1:-1]
        for match in re.finditer(r"\bsrcExclude\s*:\s*\[([^\]]*)\]", folder_text)
        for each in re.findall(_JS_STRING, match[1])
    ]
    inside = str(place / "{lang}" / "{path}")
    plain = str(place / "{path}")
    if locales:
        evidence.append(f"its locales are {', '.join(['root', *locales])}")
    if _spelled(source, locales) in locales:
        source = _spelled(source, locales)
        root_is_target = root_language is not None and any(_same(root_language, each) for each in targets)
        paths = _paths(inside, plain if root_is_target and len(targets) == 1 else inside)
        if root_is_target and len(targets) > 1:
            advice.append("one pattern cannot serve a root locale and others: move the root locale to a folder")
        excluded = [each.removeprefix(f"{source}/") for each in excluded if each.startswith(("**", f"{source}/"))]
    else:
        paths, source = _by_folder(place, source, wish, inside=True)
    evidence.append("VitePress has the root language in srcDir and each other in a folder of its own")
    missing = [each for each in targets if each not in locales and not (root_language and _same(each, root_language))]
    if missing:
        advice.append(f"add {', '.join(missing)} to `locales` in {name}")
    if excluded:
        evidence.append(f"srcExclude is {', '.join(excluded)}")
    return Plan(
        root=wish.root,
        generator="VitePress",
        evidence=tuple(evidence),
        advice=tuple(advice),
        source=source,
        targets=targets,
        title=next(iter(_js_strings(text, "title")), ""),
        paths=paths,
        dialect="vitepress",
        exclude=tuple(excluded),
    )


def _vitepress_locales(text: str) -> dict[str, str | None]:
    """The site's locales, each with its language where it says so; local search has other `locales`."""
    for match in re.finditer(r"(?<![\w$.])locales\s*:\s*\{", text):
        entries = _js_object(text, match.end() - 1)
        if "root" in entries or any(_js_strings(each, "(?:lang|label)") for each in entries.values()):
            return {
                name.strip("/"): next(iter(_js_strings(value, "lang")), None)
                for name, value in entries.items()
                if name == "root" or _is_language(name.strip("/"))
            }
    return {}


# --- docsify: https://docsify.js.org/#/configuration


def _docsify(wish: _Wish) -> Plan | None:
    name, text = wish.text("index.html")
    if "$docsify" not in text:
        return None
    text = _script(re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL))
    evidence = [f"{name} sets window.$docsify"]
    base = next(iter(_js_strings(text, "basePath")), "")
    place = wish.below("" if "//" in base else base.strip("/"))
    if place is None:
        place = wish.folder
    if wish.text("_sidebar.md")[0]:
        evidence.append("_sidebar.md is there, and is translated like a chapter")
    known = [each for each in _subfolders(wish.root / place) if _is_language(each)]
    source, targets = wish.languages(known, None, place)
    paths, source = _by_folder(place, source, wish, inside=True)
    evidence.append("docsify serves each translation from a folder of its own beside the texts")
    one = targets[0]
    advice = [f"link to the translation as /{one}/ in _navbar.md"]
    return Plan(
        root=wish.root,
        generator="docsify",
        evidence=tuple(evidence),
        advice=tuple(advice),
        source=source,
        targets=targets,
        title=next(iter(_js_strings(text, "name")), ""),
        paths=paths,
    )


# --- Sphinx and Jupyter Book, whose Markdown is MyST


def _assignments(text: str) -> dict[str, object]:
    """The constants that a Python text assigns at its top level; it is parsed, never run."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    values: dict[str, object] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            names = [each.id for each in statement.targets if isinstance(each, ast.Name)]
            expression: ast.expr | None = statement.value
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            names, expression = [statement.target.id], statement.value
        else:
            continue
        try:
            value = ast.literal_eval(expression) if expression is not None else None
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            continue
        values.update(dict.fromkeys(names, value))
    return values


def _sphinx(wish: _Wish) -> Plan | None:
    name, text = wish.text("conf.py")
    if not name or not re.search(r"sphinx|myst|^(?:extensions|project|html_theme)\s*=", text, re.MULTILINE):
        return None
    site = _assignments(text)
    own = site.get("language")
    evidence = [f"{name} is there" + (f' and says language = "{_text(own)}"' if _text(own) else "")]
    if not any(each.startswith("myst") for each in _strings(site.get("extensions"))):
        evidence.append("it does not name a MyST extension; reStructuredText files are not read")
    found = _myst(wish, "Sphinx", own)
    evidence += found.evidence
    one = found.targets[0]
    home = wish.folder
    there = PurePosixPath(found.paths.target.replace("{lang}", one).removesuffix("/{path}"))
    advice = (f"`sphinx-build -c {home} -D language={one.replace('-', '_')} {there} build/{one}/site` builds it",)
    paths = found.paths
    if any(str(wish.below(each)) == "locale" for each in _strings(site.get("locale_dirs"))):
        paths = replace(paths, catalog="po/{lang}/{name}.po", template="po/{name}.pot")
        evidence.append("Sphinx keeps catalogs of its own in locale/, so ours are in po/")
    return replace(
        found,
        evidence=tuple(evidence),
        advice=advice,
        title=_text(site.get("project")),
        paths=paths,
        exclude=_own_globs(site.get("exclude_patterns")),
    )


def _jupyter_book(wish: _Wish) -> Plan | None:
    name, text = wish.text("_config.yml", "myst.yml")
    if not name or (name.endswith("_config.yml") and not wish.text("_toc.yml")[0]):
        return None
    site = _yaml(text)
    evidence = [f"{name} is there" if site else f"{name} is there, but cannot be read as YAML"]
    own = _table(_table(site.get("sphinx")).get("config")).get("language")
    found = _myst(wish, "Jupyter Book", own)
    one = found.targets[0]
    there = PurePosixPath(found.paths.target.replace("{lang}", one).removesuffix("/{path}"))
    files = "myst.yml" if name.endswith("myst.yml") else "_config.yml and _toc.yml"
    title = site.get("title") or _table(site.get("project")).get("title")
    return replace(
        found,
        evidence=(*evidence, *found.evidence),
        advice=(f"copy {files} to {there}/ and set the language there",),
        title=_text(title),
        exclude=_own_globs(site.get("exclude_patterns")),
    )


def _myst(wish: _Wish, generator: str, own: object) -> Plan:
    """What Sphinx and Jupyter Book have in common."""
    place = wish.folder
    source, targets = wish.languages((), own, place)
    paths, source = _by_folder(place, source, wish, inside=False)
    evidence = (
        f"the texts are in {place}/",
        f"{generator} builds one language a folder, so each translation is a folder of its own",
    )
    return Plan(wish.root, generator, evidence, source=source, targets=targets, paths=paths, dialect="myst")


def _own_globs(patterns: object) -> tuple[str, ...]:
    """Sphinx's exclude patterns as ours; those that concern no Markdown are left out."""
    dropped = {"_build", "**.ipynb_checkpoints", "Thumbs.db", ".DS_Store", "**/.DS_Store"}
    wanted = [each for each in _strings(patterns) if each not in dropped and not each.endswith((".rst", ".txt", ".py"))]
    return tuple(each for each in wanted if not each.startswith(("/", ".")) and ".." not in each and "\\" not in each)


# --- No generator


def _plain(wish: _Wish) -> Plan:
    """A proposal by where the texts are."""
    content = wish.root / "content"
    known = [each for each in _subfolders(content) if _is_language(each)]
    if known and (wish.source is None or any(_same(wish.source, each) for each in known)):
        source, targets = wish.languages(known, None, PurePosixPath("content"))
        evidence = (f"the texts are in content/{source}/",)
        return Plan(wish.root, evidence=evidence, source=source, targets=targets)
    for folder in ("content", "", "docs", "src"):
        found = _pair(wish, PurePosixPath(folder))
        if found is not None:
            return found
    chinese = wish.source is None or _han(wish.source)
    tests: tuple[Callable[[Path], bool], ...] = (_is_chinese, lambda _: True) if chinese else (lambda _: True,)
    for test in tests:
        for folder in ("docs", "src", ""):
            if any(map(test, islice(_markdown(wish.root / folder), _MOST_FILES))):
                place = PurePosixPath(folder)
                source, targets = wish.languages((), None, place)
                paths, source = _by_folder(place, source, wish, inside=True)
                evidence = (f"the Markdown files are in {'this folder' if not folder else f'{folder}/'}",)
                return Plan(wish.root, evidence=evidence, source=source, targets=targets, paths=paths)
    source, targets = wish.languages((), None, PurePosixPath())
    return Plan(
        wish.root,
        evidence=(f"no Markdown files are here; put them into content/{source}/",),
        source=source,
        targets=targets,
    )
