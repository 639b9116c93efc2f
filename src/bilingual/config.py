"""The configuration: `bilingual.toml` or `[tool.bilingual]` to a frozen `Config`; it walks no content."""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import hashlib
import json
import os
import re
import tomllib
import types
import typing
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar, cast

from bilingual.catalog import State
from bilingual.diagnostics import BilingualError, Diagnostic, Place, Severity, printable
from bilingual.language import Language, language, same
from bilingual.markdown.dialect import CODE, EXTENSIONS, FRONT_MATTER, PRESETS, Dialect, dialect
from bilingual.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

T = TypeVar("T")

#: The name of a configuration file of our own.
FILE_NAME = "bilingual.toml"
#: The file of Python projects that has the configuration in `[tool.bilingual]`.
PYPROJECT = "pyproject.toml"
#: The output format that is the translated book itself; all others are editions.
MARKDOWN = "markdown"
#: The output formats that are editions, by name; what they are is for `bilingual.render` to know.
EDITIONS: Registry[object] = Registry("bilingual.render", "RENDERER", "bilingual.renderers")
#: Which files below the source folder are chapters, unless `include` says otherwise.
INCLUDE: tuple[str, ...] = ("**/*.md", "**/*.markdown")

#: The glossary, unless the configuration names another file.
GLOSSARY = "glossary.csv"
#: The keys of `[check]` that are no tables of single checks.
CHECK_KEYS = ("select", "ignore", "per-file", "glossary")
#: What the names of pictures with text end with.
PICTURE = ".svg"

#: Where a value is: keys, and the indexes of lists.
KeyPath = tuple[str | int, ...]
Catalogs = Literal["flat", "nested", "single"]
RemoteImages = Literal["allow", "link", "error"]
#: How many percent of a target's translations an update may make unusable before it asks.
MAX_LOSS = 25.0
#: The name of the one catalog that `catalogs = "single"` makes.
SINGLE = "book"
#: The folder of the build folder that is not an edition's.
CACHE = "cache"


@dataclass(frozen=True, slots=True)
class Text:
    """What a book says about itself: one wording for all languages, or one for each.

    Attributes:
        plain: The wording that goes for every language, or "".
        wordings: Language codes as the configuration spells them, each with its wording; that of the source first.
    """

    plain: str = ""
    wordings: tuple[tuple[str, str], ...] = ()

    def of(self, code: str) -> str:
        """Return the wording in the language `code`; else that for all, that of the source, any, or ""."""
        own = dict(self.wordings)
        return own.get(code) or self.plain or next((each for each in own.values() if each), "")

    def __bool__(self) -> bool:
        return bool(self.of(""))


@dataclass(frozen=True, slots=True)
class BookPart:
    """A part of the book as `[[book.parts]]` lists it: its title, and paths of chapters or globs."""

    title: Text = Text()
    chapters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """What `[book]` says; fields are called as their keys, with `_` for `-`.

    Attributes:
        title: The title of editions; the plain `title` of the configuration, unless `[book]` has one.
        cover: A path below the project's folder, or "".
        chapters: Paths below the source folder or globs, in the order of reading; they come before the parts.
        parts: The parts, in the order of reading.
    """

    title: Text = Text()
    subtitle: Text = Text()
    description: Text = Text()
    authors: tuple[str, ...] = ()
    translators: tuple[str, ...] = ()
    licence: str = ""
    licence_url: str = ""
    cover: str = ""
    date: str = ""
    chapters: tuple[str, ...] = ()
    parts: tuple[BookPart, ...] = ()


@dataclass(frozen=True, slots=True)
class EditionPair:
    """An edition: the folder below the build folder that it is in, and the codes of its two languages."""

    name: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Assets:
    """What `[assets]` says.

    Attributes:
        map: What addresses begin with, the longest first, and the path below the project's folder that stands for it.
        remote_images: What becomes of a picture from elsewhere.
    """

    map: Mapping[str, str] = field(default_factory=dict)
    remote_images: RemoteImages = "link"


@dataclass(frozen=True, slots=True)
class Paths:
    """Patterns of paths below the project's folder.

    Placeholders, for the chapter `part1/ch1.md`: `{path}` is `part1/ch1.md`, `{dir}` is `part1`, `{file}` is
    `ch1.md`, `{stem}` is `part1/ch1` and `{ext}` is `md`. `{lang}` is the language as configured,
    `{locale}` as gettext does (`zh_CN`). `{name}` is the catalog's name, as `catalogs` has it: `part1.ch1`,
    `part1/ch1` or `book`.
    """

    source: str = "content/{lang}/{path}"
    target: str = "content/{lang}/{path}"
    catalog: str = "locale/{lang}/LC_MESSAGES/{name}.po"
    template: str = "locale/{name}.pot"
    addenda: str = "locale/{lang}/addenda/{path}"


_CHAPTER = ("path", "dir", "file", "stem", "ext")
_PLACEHOLDERS: dict[str, tuple[str, ...]] = {
    "source": (*_CHAPTER, "lang", "locale"),
    "target": (*_CHAPTER, "lang", "locale"),
    "catalog": (*_CHAPTER, "name", "lang", "locale"),
    "template": (*_CHAPTER, "name"),
    "addenda": (*_CHAPTER, "lang", "locale"),
}
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# Folders that hold no chapter wherever they are: those of tools, and installed packages.
_NEVER = frozenset({"node_modules", "site-packages"})


@dataclass(frozen=True, slots=True)
class Config:
    """What the configuration says, complete with defaults and checked.

    `source_code` and `target_codes` are the languages as the configuration spells them, which is how paths
    spell them too. `check`, `render`, `exchange` and `provider` are tables of tables as they are, since what they may
    hold is for the registries of checks, formats and providers to know: see `options_of`. `text` is what the file said.
    """

    root: Path
    file: Path | None
    source: Language
    targets: tuple[Language, ...]
    source_code: str
    target_codes: tuple[str, ...]
    paths: Paths
    build: str
    title: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    dialect: Dialect
    minimum: State
    formats: tuple[str, ...]
    rewrite_links: bool
    catalogs: Catalogs
    templates: bool
    latin: bool
    max_loss: float
    book: Book
    editions: tuple[EditionPair, ...]
    assets: Assets
    check: Mapping[str, object] = field(default_factory=dict)
    render: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    exchange: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    provider: Mapping[str, Mapping[str, object]] = field(default_factory=dict, repr=False)
    text: str = field(default="", repr=False, compare=False)

    def target(self, code: str) -> Language:
        """The target language that `code` names in any spelling.

        Raises:
            BilingualError: The book is not translated into it.
        """
        for each, spelled in zip(self.targets, self.target_codes, strict=True):
            if code == spelled or _is(each, code):
                return each
        place = Place(_shown_file(self))
        hint = f"the targets are {_listed(self.target_codes)}{did_you_mean(code, self.target_codes)}"
        raise BilingualError(Diagnostic("config-value", f"no target {_quoted(code)}", place, hint=hint))

    def code(self, of: Language | str) -> str:
        """How paths spell the language `of`: as the configuration does, or else as given."""
        spelled = (self.source_code, *self.target_codes)
        for each, code in zip((self.source, *self.targets), spelled, strict=True):
            if of in (each, code) or _is(each, of):
                return code
        return of if isinstance(of, str) else of.tag

    def source_path(self, rel: str | PurePosixPath) -> PurePosixPath:
        """The path below the project's folder of the chapter `rel`."""
        return self._fill(self.paths.source, rel, self.source_code)

    def target_path(self, lang: Language | str, rel: str | PurePosixPath) -> PurePosixPath:
        """The path below the project's folder of the translation of chapter `rel`."""
        return self._fill(self.paths.target, rel, self.code(lang))

    def catalog_path(self, lang: Language | str, rel: str | PurePosixPath) -> PurePosixPath:
        """The path below the project's folder of the catalog that translates chapter `rel`."""
        return self._fill(self.paths.catalog, rel, self.code(lang))

    def addenda_path(self, lang: Language | str, rel: str | PurePosixPath) -> PurePosixPath:
        """The path below the project's folder of what the translation of chapter `rel` has besides the chapter."""
        return self._fill(self.paths.addenda, rel, self.code(lang))

    def template_path(self, rel: str | PurePosixPath) -> PurePosixPath:
        """The path below the project's folder of the template of chapter `rel`."""
        return self._fill(self.paths.template, rel, "")

    def catalog_of_template(self, lang: Language | str, path: str | PurePosixPath) -> PurePosixPath:
        """The path below the project's folder of the catalog that belongs to the template at `path`.

        Raises:
            ValueError: If no template can be at `path`.
        """
        rel = _match(self.paths.template, str(path), "", "")
        if rel is None:
            raise ValueError(f"{path} is no path of a template")
        return self.catalog_path(lang, rel)

    def catalog_name(self, rel: str | PurePosixPath) -> str:
        """What `{name}` stands for: `part1/ch1.md` is `part1.ch1`, `part1/ch1` or `book`."""
        if self.catalogs == "single":
            return SINGLE
        # A picture often stands beside the chapter that has its name.
        stem = str(rel if PurePosixPath(rel).suffix.lower() == PICTURE else PurePosixPath(rel).with_suffix(""))
        return stem.replace("/", ".") if self.catalogs == "flat" else stem

    def source_name(self, path: str | PurePosixPath) -> str | None:
        """The chapter whose source is at `path` below the project's folder; None when it cannot be a source.

        The inverse of `source_path`. A path that fits the pattern of a target better than that of the source
        (it fixes more characters) is a translation, so targets may stand inside the source tree. Names that
        begin with a dot, installed packages and the build folder hold no chapters. `include` and `exclude`
        are not asked here: see `included`.
        """
        path = PurePosixPath(path)
        rel = _match(self.paths.source, str(path), self.source_code, _locale(self.source))
        if rel is None or path.is_relative_to(self.build):
            return None
        if any(part.startswith(".") or part in _NEVER for part in PurePosixPath(rel).parts):
            return None
        own = _literal_length(self.paths.source, self.source_code, _locale(self.source))
        for each, code in zip(self.targets, self.target_codes, strict=True):
            for pattern in (self.paths.target, self.paths.addenda):
                if _literal_length(pattern, code, _locale(each)) <= own:
                    continue
                if _match(pattern, str(path), code, _locale(each)) is not None:
                    return None
        return rel

    def included(self, rel: str | PurePosixPath) -> bool:
        """Whether the chapter `rel` is wanted: it fits a glob of `include` and none of `exclude`.

        Pictures in SVG are wanted if text in diagrams is, unless they are excluded.

        Globs are matched against the path below the source folder; an excluded folder excludes what is in it.
        """
        text = str(rel)
        if text.lower().endswith(PICTURE):
            codes = (*self.target_codes, *(each.tag for each in self.targets), *(each.gettext for each in self.targets))
            # `fig.en.svg` is a translation already.
            if not self.dialect.diagrams or text.lower().endswith(tuple(f".{code}{PICTURE}".lower() for code in codes)):
                return False
        elif not any(_glob(pattern).fullmatch(text) for pattern in self.include):
            return False
        folders = [text, *(str(each) for each in PurePosixPath(text).parents)]
        return not any(_glob(pattern).fullmatch(each) for pattern in self.exclude for each in folders)

    def glob(self, pattern: str) -> re.Pattern[str]:
        """The regular expression of a glob over paths below the source folder."""
        return _glob(pattern)

    def fingerprint(self) -> str:
        """A hash of all that changes what extraction makes of a file; the same in every process."""
        relevant = (
            *(self.source, self.targets, self.source_code, self.target_codes, self.paths, self.dialect),
            *(self.catalogs, self.templates, self.latin),
        )
        text = json.dumps(_plain(relevant), sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    def _fill(self, pattern: str, rel: str | PurePosixPath, code: str) -> PurePosixPath:
        chapter = PurePosixPath(rel)

        def value(found: re.Match[str]) -> str:
            match found[1]:
                case "path":
                    return str(chapter)
                case "dir":
                    return "" if chapter.parent == PurePosixPath() else str(chapter.parent)
                case "file":
                    return chapter.name
                case "stem":
                    return str(chapter.with_suffix(""))
                case "ext":
                    return chapter.suffix.removeprefix(".")
                case "name":
                    return self.catalog_name(chapter)
                case "lang":
                    return code
            return self._locale(code)

        return PurePosixPath(_PLACEHOLDER.sub(value, pattern).removeprefix("/"))

    def _locale(self, code: str) -> str:
        for each, spelled in zip((self.source, *self.targets), (self.source_code, *self.target_codes), strict=True):
            if spelled == code:
                return _locale(each)
        return code


def _is(known: Language, other: Language | str) -> bool:
    try:
        return same(known.tag, other if isinstance(other, str) else other.tag)
    except ValueError:
        return False


def _same(one: str, other: str) -> bool:
    try:
        return same(one, other)
    except ValueError:
        return False


def _locale(of: Language) -> str:
    return of.gettext


def formats_known() -> tuple[str, ...]:
    """The output formats that `formats` may name."""
    return (MARKDOWN, *EDITIONS.names())


# --- Patterns of paths


@lru_cache(maxsize=256)
def _compiled(pattern: str, code: str, locale: str) -> tuple[re.Pattern[str], str]:
    """The regular expression that inverts a pattern, and the extension that the pattern itself ends with."""
    groups = {
        "path": r"(?P<path>.+)",
        "dir": r"(?P<dir>.+?)",
        "file": r"(?P<file>[^/]+)",
        "stem": r"(?P<stem>.+)",
        "ext": r"(?P<ext>[^/.]+)",
        "name": r"(?P<name>.+)",
        "lang": re.escape(code),
        "locale": re.escape(locale),
    }
    parts: list[str] = []
    seen: set[str] = set()
    for index, part in enumerate(_PLACEHOLDER.split(str(PurePosixPath(pattern)))):
        if index % 2 == 0:
            parts.append(re.escape(part))
        else:
            parts.append(f"(?P={part})" if part in seen else groups[part])
            if part in (*_CHAPTER, "name"):
                seen.add(part)
    # An empty {dir} takes its slash with it.
    expression = re.sub(r"\(\?P<dir>\.\+\?\)/", "(?:(?P<dir>.+?)/)?", "".join(parts))
    _, dot, suffix = pattern.rpartition("}")[2].rpartition(".")
    return re.compile(expression, re.DOTALL), dot + suffix


def _match(pattern: str, path: str, code: str, locale: str) -> str | None:
    """The chapter that `pattern` puts at `path`, or None."""
    compiled, suffix = _compiled(pattern, code, locale)
    match = compiled.fullmatch(path)
    if match is None:
        return None
    found = match.groupdict()
    if "name" in found:
        return f"{found['name']}.md"
    if "path" in found:
        return found["path"]
    if "stem" in found:
        return found["stem"] + (f".{found['ext']}" if "ext" in found else suffix)
    return f"{found['dir']}/{found['file']}" if found.get("dir") else found["file"]


def _literal_length(pattern: str, code: str, locale: str) -> int:
    """How many characters of a path the pattern fixes."""
    filled = pattern.replace("{lang}", code).replace("{locale}", locale)
    return len(_PLACEHOLDER.sub("", filled))


@lru_cache(maxsize=256)
def _glob(pattern: str) -> re.Pattern[str]:
    """The regular expression of a glob: `**` crosses folders, `*` and `?` do not, `[...]` is a set."""
    parts: list[str] = []
    position = 0
    for match in re.finditer(r"(?:(?<=/)|^)\*\*/|\*\*+|\*|\?|\[!?\]?[^\]]*\]", pattern):
        parts.append(re.escape(pattern[position : match.start()]))
        position = match.end()
        wildcard = match[0]
        if wildcard == "**/":
            parts.append("(?:.*/)?")
        elif wildcard.startswith("**"):
            parts.append(".*")
        elif wildcard == "*":
            parts.append("[^/]*")
        elif wildcard == "?":
            parts.append("[^/]")
        else:
            inside = wildcard[1:-1]
            negated = inside.startswith("!")
            escaped = re.sub(r"([\\\[\]^&|~])", r"\\\1", inside.removeprefix("!"))
            parts.append(f"[{'^/' if negated else ''}{escaped}]")
    parts.append(re.escape(pattern[position:].rstrip("/")))
    return re.compile("".join(parts), re.DOTALL)


def _plain(value: object) -> object:
    """A value as nested lists that serialize the same in every process."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return [type(value).__qualname__, fields]
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(each) for each in value), key=repr)
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return [[_plain(key), _plain(each)] for key, each in value.items()]
    return value if isinstance(value, (str, int, float, bool)) or value is None else repr(value)


# --- Finding and reading the file


def find(start: Path) -> Path | None:
    """The configuration that holds in folder `start`: of the nearest folder, upward, that has one.

    `bilingual.toml` wins over `pyproject.toml`; a `pyproject.toml` without `[tool.bilingual]` does not count.
    Where `start` is a file, it is the configuration itself, whatever its name.
    """
    start = start.absolute()
    if os.path.lexists(start) and not start.is_dir():
        return start
    for folder in (start, *start.parents):
        if os.path.lexists(folder / FILE_NAME):
            return folder / FILE_NAME
        project = folder / PYPROJECT
        if project.is_file() and _has_table(project):
            return project
    return None


def _has_table(project: Path) -> bool:
    try:
        text = project.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return False
    if "bilingual" not in text:
        return False
    try:
        tool = tomllib.loads(text).get("tool")
    except (tomllib.TOMLDecodeError, RecursionError):
        # Its owner should hear of the mistake rather than be told that there is no configuration.
        return re.search(r"^\s*\[\s*tool\s*\.\s*bilingual\b", text, re.MULTILINE) is not None
    return isinstance(tool, dict) and "bilingual" in tool


def load(path: Path) -> Config:
    """Read the configuration file at `path`.

    Raises:
        BilingualError: The file cannot be read, or something in it is wrong; all that is wrong is reported.
    """
    place = Place(_shown_path(path))
    try:
        data = path.read_bytes()
    except IsADirectoryError:
        _refuse(
            "config-file",
            "this is a folder, not a configuration file",
            place,
            f"rename the folder {path.name}",
        )
    except FileNotFoundError:
        _refuse("config-file", "there is no such file", place, "`bilingual init` writes one")
    except (OSError, ValueError) as error:
        # Windows answers for a folder that access is denied.
        if path.is_dir():
            _refuse("config-file", "this is a folder, not a configuration file", place)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        _refuse("config-file", f"the file cannot be read: {reason}", place)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        place = Place(place.path, line)
        _refuse("config-file", f"byte 0x{data[error.start]:02x} is not UTF-8", place, "save the file as UTF-8")
    return parse(text, path)


def parse(text: str, path: Path) -> Config:
    """Make a configuration of the text of the file at `path`; its folder becomes the project's.

    The name `pyproject.toml` means that the keys are in `[tool.bilingual]`.

    Raises:
        BilingualError: With a diagnostic for everything that is wrong.
    """
    shown = _shown_path(path)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        data: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BilingualError(_syntax_error(text, str(error), shown)) from None
    except RecursionError:
        _refuse("config-syntax", "values are nested too deeply", Place(shown))
    reader = _Reader(text, shown, _prefix(path))
    config = reader.config(data, path.absolute())
    if config is None or reader.diagnostics:
        raise BilingualError(*sorted(reader.diagnostics, key=lambda each: each.place.line or 0))
    return config


def options_of(config: Config, path: KeyPath, kind: type[T]) -> T:
    """Return the options that a table of `[check]`, `[render]`, `[exchange]` or `[provider]` holds, or else defaults.

    Args:
        config: The configuration.
        path: Where the table is, such as `("render", "html")`; `-` and `_` are alike.
        kind: A dataclass. Its fields are the keys of the table, their types say what the values may be; a field of
            type `Text` takes a string or a table by language. A `ValueError` of `__post_init__` is reported.

    Raises:
        BilingualError: With a diagnostic for every key that is unknown and every value that is wrong.
    """
    reader = _again(config)
    place: KeyPath = ()
    tables = {"check": config.check, "render": config.render, "exchange": config.exchange, "provider": config.provider}
    given: object = tables
    for part in path:
        table = given if isinstance(given, dict) else {}
        key = next((each for each in table if _field(each) == _field(str(part))), str(part))
        place, given = (*place, key), table.get(key, {})
    if not isinstance(given, dict):
        reader.wrong(place, given, "a table")
        given = {}
    values = reader.options(place, given, kind)
    if reader.diagnostics:
        raise BilingualError(*reader.diagnostics)
    return kind(**values)


def complaint(
    config: Config, path: KeyPath, code: str, message: str, hint: str = "", severity: Severity = Severity.ERROR
) -> Diagnostic:
    """Return a diagnostic about the value at `path`, such as `("book", "chapters", 0)`, with its place in the file."""
    reader = _again(config)
    reader.report(code, path, message, hint)
    return dataclasses.replace(reader.diagnostics[0], severity=severity)


def _again(config: Config) -> _Reader:
    """Return a reader of what the configuration was read from."""
    prefix = _prefix(config.file) if config.file else ()
    return _Reader(config.text, _shown_file(config), prefix, (config.source_code, *config.target_codes))


def _prefix(path: Path) -> tuple[str, ...]:
    return ("tool", "bilingual") if path.name == PYPROJECT else ()


def _field(key: str) -> str:
    return key.replace("-", "_")


def _shown_file(config: Config) -> str:
    return _shown_path(config.file) if config.file else FILE_NAME


def _shown_path(path: Path) -> str:
    """The path as the user would type it: relative to the working folder where that is shorter."""
    path = path.absolute()
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _refuse(code: str, message: str, place: Place, hint: str = "") -> NoReturn:
    raise BilingualError(Diagnostic(code, message, place, hint=hint)) from None


def _syntax_error(text: str, message: str, path: str) -> Diagnostic:
    """The diagnostic for a text that is not TOML; tomllib puts the position at the end of its message."""
    lines = text.split("\n")
    found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    if found is None:
        return Diagnostic("config-syntax", message, Place(path, 1))
    line = int(found[1]) if found[1] else len(lines) if lines[-1] else max(1, len(lines) - 1)
    excerpt = lines[line - 1]
    column = int(found[2]) if found[2] else len(excerpt) + 1
    message = message[: found.start()]
    reason = message[:1].lower() + message[1:]
    return Diagnostic(
        "config-syntax",
        f"not TOML: {reason}",
        Place(path, line, column),
        excerpt=excerpt,
        mark=(column - 1, column),
    )


# --- Where keys and values are in the text: tomllib does not say


@dataclass(frozen=True, slots=True)
class _Where:
    """Character ranges of a key and, where it has one, of its value."""

    key: tuple[int, int]
    value: tuple[int, int] | None


_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BARE = re.compile(r"[^\s,\]}#]+(?: \d[^\s,\]}#]*)?")  # the blank is that of `1979-05-27 07:32:00`
_BARE_KEY = re.compile(r"[^\s.=\]\"']+")
_STRINGS = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")|'
    r"'''.*?'{3,5}(?!')|"
    r'"(?:\\.|[^"\\\n])*"|'
    r"'[^'\n]*'",
    re.DOTALL,
)


class _Locator:
    """Where each key path of a TOML text is.

    The text has been accepted by tomllib, so this scanner takes the grammar for granted; where it does not
    get along after all it stops, and lookups fall back to what is known of the tables around.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._found: dict[KeyPath, _Where] = {}
        self._arrays: dict[KeyPath, int] = {}
        try:
            self._document()
        except (IndexError, ValueError, RecursionError):
            return

    def find(self, path: KeyPath) -> _Where | None:
        """The place of `path`, or of the nearest table around it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._found:
                return self._found[path[:length]]
        return None

    def _blank(self) -> None:
        self._at = cast("re.Match[str]", _BLANK.match(self._text, self._at)).end()

    def _expect(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise ValueError
        self._at = match.end()
        return match[0]

    def _document(self) -> None:
        table: KeyPath = ()
        while True:
            self._blank()
            if self._at >= len(self._text):
                return
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> KeyPath:
        start = self._at
        many = self._text.startswith("[[", self._at)
        self._at += 2 if many else 1
        path: KeyPath = ()
        for part, _ in (keys := self._key()):
            path = (*path, part)
            if path in self._arrays and not (many and len(path) == len(keys)):
                path = (*path, self._arrays[path])
        self._at = self._text.index("]", self._at) + (2 if many else 1)
        where = _Where((start, self._at), None)
        self._found.setdefault(path, where)
        if many:
            self._arrays[path] = self._arrays.get(path, -1) + 1
            path = (*path, self._arrays[path])
            self._found[path] = where
        for length in range(1, len(path)):
            self._found.setdefault(path[:length], where)
        return path

    def _key(self) -> list[tuple[str, tuple[int, int]]]:
        """A dotted key: its parts, each with its range; the scanner is left behind it."""
        parts: list[tuple[str, tuple[int, int]]] = []
        while True:
            self._blank()
            start = self._at
            if self._text[start] in "\"'":
                quoted = self._expect(_STRINGS)
                parts.append((next(iter(tomllib.loads(f"{quoted} = 0"))), (start, self._at)))
            else:
                parts.append((self._expect(_BARE_KEY), (start, self._at)))
            self._blank()
            if self._text[self._at] != ".":
                return parts
            self._at += 1

    def _pair(self, table: KeyPath) -> None:
        keys = self._key()
        self._at = self._text.index("=", self._at) + 1
        path = (*table, *(part for part, _ in keys))
        key_range = (keys[0][1][0], keys[-1][1][1])
        value_range = self._value(path)
        self._found[path] = _Where(key_range, value_range)
        for length in range(len(table) + 1, len(path)):
            self._found.setdefault(path[:length], _Where(key_range, None))

    def _value(self, path: KeyPath) -> tuple[int, int]:
        self._blank()
        start = self._at
        first = self._text[start]
        if first in "[{":
            self._at += 1
            index = 0
            while True:
                self._blank()
                char = self._text[self._at]
                if char in "]}":
                    self._at += 1
                    break
                if char == ",":
                    self._at += 1
                elif first == "{":
                    self._pair(path)
                else:
                    item = self._value((*path, index))
                    self._found[(*path, index)] = _Where(item, item)
                    index += 1
        else:
            self._expect(_STRINGS if first in "\"'" else _BARE)
        return start, self._at


# --- Checking the values


def _listed(values: Iterable[str]) -> str:
    return ", ".join(values)


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Return what follows a hint: `; did you mean "…"?` with the known word that is closest, or ""."""
    folded = {each.casefold(): each for each in known}
    close = difflib.get_close_matches(given[:80].casefold(), folded, n=1, cutoff=0.6)
    return f"; did you mean {_quoted(folded[close[0]])}?" if close else ""


def _quoted(text: str) -> str:
    return f'"{printable(text)}"'


def _value_text(value: object) -> str:
    """A value as a short text in a message, as TOML would have it."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value if len(value) <= 60 else f"{value[:59]}…")
    if isinstance(value, list):
        shown = f"[{_listed(_value_text(each) for each in value[:5])}{', …' if len(value) > 5 else ''}]"
        return shown if len(shown) <= 80 else "a list"
    return printable(str(value))


_KEYS = (
    *("source", "targets", "title", "build", "formats", "minimum", "include", "exclude", "front-matter"),
    *("line-breaks", "rewrite-links", "catalogs", "templates", "syntax-lines", "editions"),
)
_TABLES: dict[str, tuple[str, ...]] = {
    "paths": tuple(field.name for field in dataclasses.fields(Paths)),
    "markdown": ("dialect", "extensions"),
    "extract": ("latin", "code", "diagrams", "max-loss"),
    "check": CHECK_KEYS,
    "book": tuple(field.name.replace("_", "-") for field in dataclasses.fields(Book)),
    "assets": tuple(field.name.replace("_", "-") for field in dataclasses.fields(Assets)),
    "render": (),
    "exchange": (),
    "provider": (),
}
#: Where a person may have written a secret by mistake: of these tables, no value and no line is ever shown.
_SILENT = "provider"


class _Reader:
    """Checks one configuration and collects a diagnostic for everything that is wrong in it."""

    def __init__(self, text: str, path: str, prefix: tuple[str, ...], codes: tuple[str, ...] = ()) -> None:
        self.diagnostics: list[Diagnostic] = []
        #: The languages, the source first; none while they are not known.
        self.codes = codes
        self._text = text
        self._path = path
        self._prefix = prefix
        self._locator = _Locator(text)

    # Reports

    def report(self, code: str, path: KeyPath, message: str, hint: str = "", *, at: str = "value") -> None:
        """Add a diagnostic about the value or the key at `path`."""
        where = self._locator.find((*self._prefix, *path))
        if where is None:
            self.diagnostics.append(Diagnostic(code, message, Place(self._path, 1), hint=hint))
            return
        start, end = where.value if at == "value" and where.value is not None else where.key
        line_start = self._text.rfind("\n", 0, start) + 1
        line_end = self._text.find("\n", start)
        line_end = len(self._text) if line_end < 0 else line_end
        secret = path[:1] == (_SILENT,)
        self.diagnostics.append(
            Diagnostic(
                code,
                message,
                Place(self._path, self._text.count("\n", 0, start) + 1, start - line_start + 1),
                excerpt="" if secret else self._text[line_start:line_end],
                mark=None if secret else (start - line_start, min(end, line_end) - line_start),
                hint=hint,
            )
        )

    def wrong(self, path: KeyPath, value: object, expected: str, known: Iterable[str] = ()) -> None:
        """Report a value that is not what is expected."""
        closest = did_you_mean(value, known) if isinstance(value, str) else ""
        name = _key_text(path)
        shown = f"{name} is wrong" if path[:1] == (_SILENT,) else f"{name} = {_value_text(value)}"
        self.report("config-value", path, shown, f"expected {expected}{closest}")

    def _unknown(self, path: KeyPath, kind: str, known: Sequence[str]) -> None:
        given = str(path[-1])
        closest = did_you_mean(given, known)
        hint = closest.removeprefix("; ") or f"there are {_listed(known)}"
        self.report("config-key", path, f"unknown {kind} {_quoted(_key_text(path))}", hint, at="key")

    # Values by type; each gives the default where the value is missing or wrong

    def _string(self, table: Mapping[str, object], path: KeyPath, default: str) -> str:
        value = table.get(str(path[-1]), default)
        if isinstance(value, str):
            return value
        self.wrong(path, value, "a string")
        return default

    def _boolean(self, table: Mapping[str, object], path: KeyPath, *, default: bool) -> bool:
        value = table.get(str(path[-1]), default)
        if isinstance(value, bool):
            return value
        self.wrong(path, value, "true or false")
        return default

    def _check(self, top: Mapping[str, object]) -> Mapping[str, object]:
        """The table of checks as it is, since which checks and options there are is for their registry to know."""
        value = top.get("check", {})
        if not isinstance(value, dict):
            self.wrong(("check",), value, "a table")
            return {}
        return {"select": [], "ignore": [], "per-file": {}, "glossary": GLOSSARY, **value}

    def _by_format(self, top: Mapping[str, object], name: str, example: str) -> Mapping[str, Mapping[str, object]]:
        """The tables of the formats as they are, likewise."""
        value = top.get(name, {})
        if not isinstance(value, dict):
            self.wrong((name,), value, f"a table of tables, such as [{name}.{example}]")
            return {}
        for key, each in value.items():
            if not isinstance(each, dict):
                self.wrong((name, key), each, "a table of options")
        return value

    def _percent(self, table: Mapping[str, object], path: KeyPath, default: float) -> float:
        value = table.get(str(path[-1]), default)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 100:
            return float(value)
        self.wrong(path, value, "a percentage from 0 to 100")
        return default

    def _choice(self, table: Mapping[str, object], path: KeyPath, default: str, choices: Sequence[str]) -> str:
        value = table.get(str(path[-1]), default)
        if isinstance(value, str) and value in choices:
            return value
        self.wrong(path, value, f"one of {_listed(choices)}", choices)
        return default

    def _strings(
        self,
        table: Mapping[str, object],
        path: KeyPath,
        default: tuple[str, ...],
        complain: Callable[[str], str | None],
    ) -> tuple[str, ...]:
        """A list of strings; `complain` says what is expected instead of one of them, or None."""
        value = table.get(str(path[-1]))
        if value is None:
            return default
        if not isinstance(value, list):
            self.wrong(path, value, "a list of strings")
            return default
        good: list[str] = []
        for index, each in enumerate(value):
            if not isinstance(each, str):
                self.wrong((*path, index), each, "a string")
            elif (expected := complain(each)) is not None:
                self.wrong((*path, index), each, expected)
            else:
                good.append(each)
        return tuple(good)

    def _table(self, data: Mapping[str, object], path: KeyPath, known: Sequence[str]) -> Mapping[str, object]:
        value = data.get(str(path[-1]), {})
        if not isinstance(value, dict):
            self.wrong(path, value, "a table")
            return {}
        for key in value:
            if key not in known:
                self._unknown((*path, key), "key", known)
        return value

    # The whole

    def config(self, data: dict[str, object], file: Path) -> Config | None:
        """The configuration, as far as it can be told; worth nothing when diagnostics were reported."""
        top = self._top(data)
        if top is None:
            return None
        for key, value in top.items():
            if key not in _KEYS and key not in _TABLES:
                kind, known = ("table", tuple(_TABLES)) if isinstance(value, dict) else ("key", _KEYS)
                self._unknown((key,), kind, known)
        source, targets = self._languages(top)
        if source is not None and targets:
            self.codes = (source[0], *(code for code, _ in targets))
        catalogs = cast("Catalogs", self._choice(top, ("catalogs",), "flat", typing.get_args(Catalogs)))
        extract = self._table(top, ("extract",), _TABLES["extract"])
        states = tuple(state.value for state in State)
        # A stand-in language lets all other values be checked where the real one is missing.
        stand_in = ("en", language("en"))
        source_code, source_language = source or stand_in
        pairs = targets or [stand_in]
        title = self._string(top, ("title",), "")
        book = self._book(top, title)
        config = Config(
            root=file.parent,
            file=file,
            source=source_language,
            targets=tuple(each for _, each in pairs),
            source_code=source_code,
            target_codes=tuple(code for code, _ in pairs),
            paths=self._paths(top, catalogs),
            build=self._folder(top, ("build",), "build"),
            title=title or book.title.of(source_code),
            include=self._strings(top, ("include",), INCLUDE, _glob_complaint),
            exclude=self._strings(top, ("exclude",), (), _glob_complaint),
            dialect=self._dialect(top, extract),
            minimum=State(self._choice(top, ("minimum",), State.STALE.value, states)),
            formats=self._formats(top),
            rewrite_links=self._boolean(top, ("rewrite-links",), default=True),
            catalogs=catalogs,
            templates=self._boolean(top, ("templates",), default=False),
            latin=self._boolean(extract, ("extract", "latin"), default=False),
            max_loss=self._percent(extract, ("extract", "max-loss"), MAX_LOSS),
            book=book,
            editions=self._editions(top),
            assets=self._assets(top),
            check=self._check(top),
            render=self._by_format(top, "render", "html"),
            exchange=self._by_format(top, "exchange", "tmx"),
            provider=self._by_format(top, _SILENT, "openai"),
            text=self._text,
        )
        if source is not None and targets and not self.diagnostics:
            self._collisions(config)
        return config

    def _top(self, data: dict[str, object]) -> dict[str, object] | None:
        """The table that holds the keys."""
        table = data
        for index, part in enumerate(self._prefix):
            if part not in table:
                hint = 'add [tool.bilingual] with source = "zh" and targets = ["en"]'
                self.report("config-missing", (), "there is no [tool.bilingual]", hint)
                return None
            value = table[part]
            if not isinstance(value, dict):
                path, self._prefix = self._prefix[: index + 1], ()
                self.wrong(path, value, "a table")
                return None
            table = value
        return table

    def _language(self, path: KeyPath, value: object) -> tuple[str, Language] | None:
        if not isinstance(value, str):
            self.wrong(path, value, 'a language code such as "zh" or "en"')
            return None
        try:
            found = language(value)
        except ValueError as error:
            self.report("config-value", path, f"{_key_text(path)} = {_value_text(value)}", str(error))
            return None
        if _UNSAFE_CODE.search(value):
            self.wrong(path, value, 'a language code of letters, digits, "-" and "_"')
            return None
        return value, found

    def _languages(self, top: Mapping[str, object]) -> tuple[tuple[str, Language] | None, list[tuple[str, Language]]]:
        """The source and the targets, each as it is spelled and as a language."""
        source = None
        if "source" in top:
            source = self._language(("source",), top["source"])
        else:
            hint = 'say which language the authors write, such as source = "zh"'
            self.report("config-missing", (), 'the key "source" is missing', hint)
        if "targets" not in top:
            hint = 'say into which languages the book is translated, such as targets = ["en"]'
            self.report("config-missing", (), 'the key "targets" is missing', hint)
            return source, []
        given = top["targets"]
        if not isinstance(given, (str, list)) or not given:
            self.wrong(("targets",), given, 'a list of language codes such as ["en"]')
            return source, []
        items = [given] if isinstance(given, str) else given
        targets: list[tuple[str, Language]] = []
        for index, value in enumerate(items):
            path: KeyPath = ("targets",) if isinstance(given, str) else ("targets", index)
            found = self._language(path, value)
            if found is None:
                continue
            code, tongue = found
            message = f"{_key_text(path)} = {_quoted(code)}"
            if source is not None and _is(source[1], code):
                hint = f"expected another language than source = {_quoted(source[0])}"
                self.report("config-value", path, message, hint)
            elif twin := next((other for other, each in targets if _is(each, code)), None):
                self.report("config-value", path, message, f"{_quoted(twin)} is the same language; remove one")
            else:
                targets.append((code, tongue))
        return source, targets

    def _folder(self, top: Mapping[str, object], path: KeyPath, default: str) -> str:
        value = self._string(top, path, default)
        if _outside(value) or PurePosixPath(value) == PurePosixPath():
            self.wrong(path, value, "a folder below this file's folder, written with /")
            return default
        return str(PurePosixPath(value))

    def _formats(self, top: Mapping[str, object]) -> tuple[str, ...]:
        formats = self._strings(top, ("formats",), (MARKDOWN,), lambda _: None)
        for index, each in enumerate(formats):
            if each != MARKDOWN and each not in EDITIONS:
                self.wrong(("formats", index), each, f"one of {_listed(formats_known())}", formats_known())
        if top.get("formats") == []:
            self.wrong(("formats",), [], f"at least one of {_listed(formats_known())}")
        return tuple(dict.fromkeys(formats))

    # The book and its editions

    def _book(self, top: Mapping[str, object], title: str) -> Book:
        table = self._table(top, ("book",), _TABLES["book"])
        seen: set[str] = set()
        return Book(
            title=self._wording(table, ("book", "title")) or Text(title),
            subtitle=self._wording(table, ("book", "subtitle")),
            description=self._wording(table, ("book", "description")),
            authors=self._strings(table, ("book", "authors"), (), _name_complaint),
            translators=self._strings(table, ("book", "translators"), (), _name_complaint),
            licence=self._string(table, ("book", "licence"), ""),
            licence_url=self._checked(table, ("book", "licence-url"), _https_complaint),
            cover=self._checked(table, ("book", "cover"), _path_complaint),
            date=self._date(table, ("book", "date")),
            chapters=self._chapters(table, ("book", "chapters"), seen),
            parts=tuple(
                BookPart(self._wording(each, (*path, "title")), self._chapters(each, (*path, "chapters"), seen))
                for path, each in self._tables(table, ("book", "parts"), ("title", "chapters"))
            ),
        )

    def _wording(self, table: Mapping[str, object], path: KeyPath) -> Text:
        """A string, or a table of strings by language."""
        value = table.get(str(path[-1]))
        if value is None or isinstance(value, str):
            return Text(value or "")
        if not isinstance(value, dict):
            self.wrong(path, value, "a string, or a table of strings by language code")
            return Text()
        found: dict[str, str] = {}
        for key, each in value.items():
            code = next((code for code in self.codes if key == code or _same(key, code)), None)
            if not isinstance(each, str):
                self.wrong((*path, key), each, "a string")
            elif code is None and self.codes:
                self._unknown((*path, key), "language", self.codes)
            elif code in found:
                message = f"{_quoted(_key_text((*path, key)))} is a second text in one language"
                self.report("config-value", (*path, key), message, "remove one", at="key")
            elif code is not None:
                found[code] = each
        return Text(wordings=tuple((code, found[code]) for code in self.codes if code in found))

    def _checked(self, table: Mapping[str, object], path: KeyPath, complain: Callable[[str], str | None]) -> str:
        """A string; `complain` says what is expected instead of it, or None. An empty one is as good as none."""
        value = self._string(table, path, "")
        if value and (expected := complain(value)) is not None:
            self.wrong(path, value, expected)
            return ""
        return value

    def _date(self, table: Mapping[str, object], path: KeyPath) -> str:
        value = table.get(str(path[-1]))
        # TOML has dates of its own, and nothing is wrong with one.
        return value.isoformat() if isinstance(value, dt.date) else self._string(table, path, "")

    def _chapters(self, table: Mapping[str, object], path: KeyPath, seen: set[str]) -> tuple[str, ...]:
        """Chapters or globs; `seen` are those of the lists before, to which these are added."""

        def complain(pattern: str) -> str | None:
            if _glob_complaint(pattern) is not None:
                return 'a chapter below the source folder such as "part1/ch1.md", or a glob'
            name = str(PurePosixPath(pattern))
            if name in seen:
                return "each chapter once"
            seen.add(name)
            return None

        return tuple(str(PurePosixPath(each)) for each in self._strings(table, path, (), complain))

    def _tables(
        self, table: Mapping[str, object], path: KeyPath, known: Sequence[str]
    ) -> list[tuple[KeyPath, Mapping[str, object]]]:
        """The tables of a list of tables, each with where it is."""
        value = table.get(str(path[-1]), [])
        if not isinstance(value, list):
            self.wrong(path, value, f"a list of tables, [[{_key_text(path)}]]")
            return []
        found: list[tuple[KeyPath, Mapping[str, object]]] = []
        for index, each in enumerate(value):
            if not isinstance(each, dict):
                self.wrong((*path, index), each, f"a table with {_listed(known)}")
                continue
            found.append(((*path, index), each))
            for key in each:
                if key not in known:
                    self._unknown((*path, index, key), "key", known)
        return found

    def _editions(self, top: Mapping[str, object]) -> tuple[EditionPair, ...]:
        own, *targets = self.codes or ("",)
        if "editions" not in top:
            return tuple(EditionPair(code, own, code) for code in targets)
        if top["editions"] == []:
            self.wrong(("editions",), [], "at least one table, [[editions]]")
        editions: list[EditionPair] = []
        names: set[str] = set()
        for path, table in self._tables(top, ("editions",), ("source", "target", "name")):
            source = self._code(table, (*path, "source")) if "source" in table else own
            if "target" not in table:
                hint = "say which language stands beside the source"
                self.report("config-missing", path, 'the key "target" is missing', hint)
                continue
            target = self._code(table, (*path, "target"))
            name = self._checked(table, (*path, "name"), _edition_complaint)
            if not source or not target:
                continue
            if source == target:
                self.wrong((*path, "target"), table["target"], f"another language than source = {_quoted(source)}")
            name = name or (target if source == own else f"{source}-{target}")
            if name.casefold() in names:
                message = f"{_quoted(name)} is the name of two editions"
                self.report("config-value", (*path, "name") if "name" in table else path, message, "set another name")
            names.add(name.casefold())
            editions.append(EditionPair(name, source, target))
        return tuple(editions)

    def _code(self, table: Mapping[str, object], path: KeyPath) -> str:
        """A language of the book, as the configuration spells it."""
        value = self._string(table, path, "")
        code = next((code for code in self.codes if value == code or _same(value, code)), "")
        if not code and self.codes and isinstance(table[str(path[-1])], str):
            self.wrong(path, value, f"one of {_listed(self.codes)}", self.codes)
        return code

    def _assets(self, top: Mapping[str, object]) -> Assets:
        table = self._table(top, ("assets",), _TABLES["assets"])
        given = table.get("map", {})
        if not isinstance(given, dict):
            self.wrong(("assets", "map"), given, "a table of beginnings of addresses, each with a path")
            given = {}
        for key, value in given.items():
            path = ("assets", "map", key)
            if not key:
                self.report("config-key", path, "an empty beginning fits every address", "write one", at="key")
            elif not isinstance(value, str):
                self.wrong(path, value, "a string")
            elif (expected := _path_complaint(value)) is not None:
                self.wrong(path, value, expected)
        choices = typing.get_args(RemoteImages)
        remote = cast("RemoteImages", self._choice(table, ("assets", "remote-images"), "link", choices))
        return Assets(dict(sorted(given.items(), key=lambda each: -len(each[0]))), remote)

    # Paths

    def _paths(self, top: Mapping[str, object], catalogs: Catalogs) -> Paths:
        table = self._table(top, ("paths",), _TABLES["paths"])
        default = Paths()
        return Paths(
            **{
                kind: self._pattern(table, kind, getattr(default, kind), single=catalogs == "single")
                for kind in _TABLES["paths"]
            }
        )

    def _pattern(self, table: Mapping[str, object], kind: str, default: str, *, single: bool) -> str:
        path = ("paths", kind)
        pattern = self._string(table, path, default)
        known = _PLACEHOLDERS[kind]
        used = _PLACEHOLDER.findall(pattern)
        for each in used:
            if each not in known:
                closest = did_you_mean(each, known).removeprefix("; ")
                hint = closest or f"there are {_listed(f'{{{each}}}' for each in known)}"
                self.report("config-value", path, f"unknown placeholder {_quoted(f'{{{each}}}')}", hint)
        if not set(used) <= set(known):
            return default
        expected = _pattern_complaint(kind, pattern, used, single=single)
        if expected is not None:
            self.wrong(path, pattern, expected)
            return default
        return pattern

    def _collisions(self, config: Config) -> None:
        """Report two languages, or two kinds of file, that would be written to one path."""
        pairs = tuple(zip(config.targets, config.target_codes, strict=True))
        for rel in ("part1/ch1.md", "ch1.md"):
            seen: dict[str, str] = {}
            source = config.source_path(rel)
            files: list[tuple[str, str, PurePosixPath]] = [("source", f"the source ({config.source_code})", source)]
            files += [("target", f"the translation ({code})", config.target_path(each, rel)) for each, code in pairs]
            files += [("catalog", f"the catalog ({code})", config.catalog_path(each, rel)) for each, code in pairs]
            files += [("template", "the template", config.template_path(rel))]
            files += [("addenda", f"the addenda ({code})", config.addenda_path(each, rel)) for each, code in pairs]
            for kind, what, path in files:
                first = seen.setdefault(str(path).casefold(), what)
                if first != what:
                    message = f"{what} has the same path as {first}: {printable(str(path))}"
                    self.report("config-value", ("paths", kind), message, "put {lang} into the pattern")
                if kind in {"source", "catalog", "addenda"} and path.is_relative_to(config.build):
                    message = f"the build folder {_quoted(config.build)} holds {what}: {printable(str(path))}"
                    self.report("config-value", ("build",), message, "choose a folder that may be deleted")
            if not self.diagnostics and config.source_name(source) != rel:
                message = f"the source pattern does not lead from {printable(str(source))} back to {rel}"
                self.report("config-value", ("paths", "source"), message, "put the chapter's path once, and whole")
            if self.diagnostics:
                return

    # Markdown

    def _dialect(self, top: Mapping[str, object], extract: Mapping[str, object]) -> Dialect:
        markdown = self._table(top, ("markdown",), _TABLES["markdown"])
        preset = self._choice(markdown, ("markdown", "dialect"), "github", PRESETS)
        front_matter = self._strings(top, ("front-matter",), FRONT_MATTER, _front_matter_complaint)
        line_breaks = self._choice(top, ("line-breaks",), "fold", ("fold", "keep"))
        syntax_lines = self._strings(top, ("syntax-lines",), (), _regex_complaint)
        if (expected := _regex_complaint("|".join(f"(?:{each})" for each in syntax_lines))) is not None:
            self.wrong(("syntax-lines",), list(syntax_lines), f"patterns that can stand together: {expected}")
            syntax_lines = ()
        switches = self._switches(markdown)
        try:
            return dialect(
                preset,
                switches,
                front_matter=front_matter,
                line_breaks=line_breaks,
                syntax_lines=syntax_lines,
                code=self._choice(extract, ("extract", "code"), CODE[0], CODE),
                diagrams=self._boolean(extract, ("extract", "diagrams"), default=False),
            )
        except ValueError as error:
            self.report("config-value", ("markdown",), str(error))
            return Dialect()

    def _switches(self, markdown: Mapping[str, object]) -> dict[str, bool | Mapping[str, object]]:
        given = markdown.get("extensions", {})
        if not isinstance(given, dict):
            self.wrong(("markdown", "extensions"), given, "a table of names with true, false or options")
            return {}
        switches: dict[str, bool | Mapping[str, object]] = {}
        for key, value in given.items():
            path = ("markdown", "extensions", key)
            name = key.replace("-", "_")
            if name not in EXTENSIONS:
                self._unknown(path, "Markdown extension", EXTENSIONS.names())
            elif isinstance(value, dict):
                switches[name] = self._options(path, name, value)
            elif isinstance(value, bool):
                switches[name] = value
            else:
                self.wrong(path, value, "true, false or a table of options")
        return switches

    def _options(self, path: KeyPath, name: str, given: Mapping[str, object]) -> Mapping[str, object]:
        """The options of an extension."""
        try:
            kind = EXTENSIONS[name].options
            typing.get_type_hints(kind)
        except (ImportError, AttributeError, NameError, TypeError) as error:
            self.report("config-value", path, f"the Markdown extension {_quoted(name)} cannot be loaded: {error}")
            return {}
        return self.options(path, given, kind)

    def options(self, path: KeyPath, given: Mapping[str, object], kind: type) -> dict[str, Any]:
        """The fields of the dataclass `kind` that a table sets; what does not fit them is reported."""
        kinds = typing.get_type_hints(kind)
        known = tuple(field.name for field in dataclasses.fields(kind) if field.init)
        values: dict[str, Any] = {}
        before = len(self.diagnostics)
        for key, value in given.items():
            name = _field(key)
            if name not in known:
                self._unknown((*path, key), "option", tuple(each.replace("_", "-") for each in known))
            elif kinds[name] is Text:
                values[name] = self._wording(given, (*path, key))
            else:
                try:
                    values[name] = _convert(value, kinds[name])
                except _MismatchError as mismatch:
                    self.wrong((*path, key), value, mismatch.expected, mismatch.known)
        if len(self.diagnostics) == before:
            try:
                kind(**values)
            except (TypeError, ValueError) as error:
                # Complaints usually begin with the name of the option that they are about.
                first = _field(str(error).split(" ")[0])
                about = next(((*path, key) for key in given if _field(key) == first), path)
                self.report("config-value", about, f"the options of {_quoted(str(path[-1]))} do not fit: {error}")
                return {}
        return values


class _MismatchError(ValueError):
    """A value is not of its type."""

    def __init__(self, expected: str, known: tuple[str, ...] = ()) -> None:
        super().__init__(expected)
        self.expected = expected
        self.known = known


_SIMPLE: dict[object, tuple[tuple[type, ...], str]] = {
    str: ((str,), "a string"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    bool: ((bool,), "true or false"),
}


def _convert(value: object, kind: Any) -> object:  # noqa: ANN401 - a type annotation may be anything
    """A TOML value as the annotated type of a field has it.

    Raises:
        _MismatchError: It is of another type.
    """
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind in _SIMPLE:
        accepted, expected = _SIMPLE[kind]
        # What is not equal to itself is not a number.
        if isinstance(value, accepted) and (kind is bool or not isinstance(value, bool)) and value == value:  # noqa: PLR0124
            return value
        raise _MismatchError(expected)
    if origin is Literal:
        if any(value == each and type(value) is type(each) for each in arguments):
            return value
        known = tuple(str(each) for each in arguments)
        raise _MismatchError(f"one of {_listed(known)}", known)
    if origin in {tuple, list, set, frozenset}:
        if not isinstance(value, list):
            raise _MismatchError("a list")
        item = arguments[0] if arguments else str
        try:
            items = [_convert(each, item) for each in value]
        except _MismatchError as mismatch:
            raise _MismatchError(f"a list, each item {mismatch.expected}", mismatch.known) from None
        return cast("Callable[[list[object]], object]", origin)(items)
    if origin in {dict, Mapping}:
        if not isinstance(value, dict):
            raise _MismatchError("a table")
        try:
            return {key: _convert(each, arguments[1]) for key, each in value.items()}
        except _MismatchError as mismatch:
            raise _MismatchError(f"a table, each value {mismatch.expected}", mismatch.known) from None
    if origin in {typing.Union, types.UnionType}:
        expected_ones: list[str] = []
        for each in arguments:
            if each is type(None):
                continue
            try:
                return _convert(value, each)
            except _MismatchError as mismatch:
                expected_ones.append(mismatch.expected)
        raise _MismatchError(" or ".join(expected_ones))
    return value


_UNSAFE_CODE = re.compile(r"[^A-Za-z0-9_-]")


def _key_text(path: KeyPath) -> str:
    """A key path as a person writes it: `targets[1]`, `markdown.extensions.math`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _outside(path: str) -> bool:
    """Whether a path is absolute, leaves its folder, is empty or is not written with plain slashes."""
    return (
        not path.strip()
        or path.startswith(("/", "~"))
        or "\\" in path
        or ".." in path.split("/")
        or PureWindowsPath(path).drive != ""
        or printable(path) != path
    )


def _pattern_complaint(kind: str, pattern: str, used: Sequence[str], *, single: bool) -> str | None:
    """What is expected instead of a pattern whose placeholders are known; None when it is good."""
    if _outside(pattern):
        return "a path below this file's folder, written with /, without .."
    if re.search(r"[{}]", _PLACEHOLDER.sub("", pattern)):
        return "every { to have its }"
    if "dir" in used and not re.search(r"(?:^|/)\{dir\}/", pattern):
        return "{dir} to stand between slashes"
    whole = "path" in used or "stem" in used or {"dir", "file"} <= set(used)
    if kind in {"source", "target", "addenda"}:
        if not whole:
            return "{path}, {stem} or {dir}/{file} in it, so that each chapter has a path of its own"
        if not {"path", "file", "ext"} & set(used) and "." not in pattern.rpartition("}")[2]:
            return "an extension, such as {stem}.md or {stem}.{ext}"
        return None
    suffix = ".po" if kind == "catalog" else ".pot"
    if not pattern.endswith(suffix):
        return f"a path that ends in {suffix}"
    if single and set(used) & set(_CHAPTER):
        return '{name} alone, since catalogs = "single"'
    if not single and not whole and "name" not in used:
        return "{name}, {path} or {stem} in it, so that each chapter has a catalog of its own"
    return None


def _glob_complaint(pattern: str) -> str | None:
    try:
        _glob(pattern)
    except re.error:
        return "a glob such as **/*.md"
    return 'a glob below the source folder, such as "**/*.md"' if _outside(pattern) else None


def _path_complaint(path: str) -> str | None:
    return "a path below this file's folder, written with /" if _outside(path) else None


def _name_complaint(name: str) -> str | None:
    return None if name.strip() else "a name"


def _https_complaint(address: str) -> str | None:
    return None if re.fullmatch(r"https://[^\s<>\"]+", address) else "an address that begins with https://"


def _edition_complaint(name: str) -> str | None:
    if _outside(name) or "/" in name or name.startswith("."):
        return "the name of a folder, without /"
    return f"another name than that of the folder {CACHE}" if name.casefold() == CACHE else None


def _front_matter_complaint(key: str) -> str | None:
    if all(part.strip() for part in key.split(".")):
        return None
    return 'a key such as "title", "hero.text" or "features.*.title"'


def _regex_complaint(pattern: str) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # As it will be compiled: among others, where flags such as (?i) are no longer at the beginning.
            re.compile(f"x|(?:{pattern})")
    except (re.error, OverflowError, RecursionError) as error:
        return f"a regular expression ({error})"
    return None
