"""The chapters of a project and their catalogs on disk."""

from __future__ import annotations

import contextlib
import functools
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from bilingual.catalog import Catalog, read_bytes, repaired
from bilingual.config import FILE_NAME, GLOSSARY, PICTURE, PYPROJECT
from bilingual.diagnostics import BilingualError, Diagnostic, Place, Severity
from bilingual.markdown.parse import parse
from bilingual.project.files import decode, read_file, read_optional, refused
from bilingual.unit import wanted

if TYPE_CHECKING:
    from bilingual.config import Config
    from bilingual.language import Language
    from bilingual.markdown.document import Document


#: Text formats that a book may have beside its Markdown and that are named, since they are not read.
UNREAD = frozenset([".mdx", ".ipynb", ".qmd", ".rmd", ".rst", ".adoc"])
#: What no file name may hold, since catalogs and the manifest are lines of UTF-8.
_UNHOLDABLE = re.compile("[\t\n\v\f\r\ud800-\udfff]")
_LEFT_OUT = frozenset(["folder-unreadable", "file-name", "file-case", "catalog-collision"])
_SKIPPED = frozenset(["node_modules", "site-packages", "__pycache__"])
Progress = Callable[[Iterable[Any], str], Iterable[Any]]


def no_progress(items: Iterable[Any], _title: str) -> Iterable[Any]:
    """Return `items`; what is used where nobody watches."""
    return items


@dataclass(frozen=True, slots=True)
class Chapter:
    """A source file: its path below the source folder, and below the project's folder."""

    rel: str
    path: str


def discover(config: Config) -> tuple[list[Chapter], list[Diagnostic]]:
    """Return the chapters of a project, sorted by path, and what is wrong with its source tree.

    A link that leads out of the project is not followed, of two names that differ by case alone the second is
    left out, and files in formats that are not read are named.

    Raises:
        BilingualError: If there is no source folder.
    """
    root = config.root
    pattern = config.paths.source.replace("{lang}", config.source_code).replace("{locale}", config.source.gettext)
    fixed = fixed_folder(pattern)
    base = root / fixed
    if not base.is_dir():
        raise BilingualError(
            Diagnostic(
                "source-missing",
                f"there is no source folder {fixed}",
                Place(config_name(config)),
                hint="create it, or say in [paths] where the source is",
            ),
        )
    chapters: list[Chapter] = []
    problems: list[Diagnostic] = []
    names: dict[str, str] = {}

    def unreadable(error: OSError) -> None:
        shown = Path(str(error.filename)).relative_to(root).as_posix()
        problems.append(refused("folder-unreadable", "the folder cannot be read", error, shown))

    for folder, folders, files in os.walk(base, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        for name in folders:
            linked = Path(folder, name)
            if linked.is_symlink():
                problems.append(
                    Diagnostic(
                        "file-outside",
                        "this link to a folder is not followed",
                        Place(linked.relative_to(root).as_posix()),
                        Severity.WARNING,
                        hint="name the folder itself in [paths], or copy it",
                    ),
                )
        for name in sorted(files):
            if name.startswith("."):
                continue
            full = Path(folder, name)
            shown = full.relative_to(root).as_posix()
            rel = config.source_name(shown)
            if rel is None:
                continue
            if full.suffix.lower() in UNREAD:
                problems.append(
                    Diagnostic(
                        "file-format",
                        f"{full.suffix} files are not read, so this one stays untranslated",
                        Place(shown),
                        Severity.INFO,
                        hint="move its prose into a .md file if it is to be translated",
                    ),
                )
                continue
            if not config.included(rel):
                continue
            if _UNHOLDABLE.search(shown):
                problems.append(
                    Diagnostic(
                        "file-name",
                        "the name holds a line break, a tab or bytes that are not UTF-8, so the file is left out",
                        Place(shown.encode("utf-8", "backslashreplace").decode()),
                        hint="rename it, or run in a UTF-8 locale if the name looks right to you",
                    ),
                )
                continue
            if full.is_symlink() and not inside(full, root):
                problems.append(
                    Diagnostic(
                        "file-outside",
                        "this link leads out of the project and is not followed",
                        Place(shown),
                        Severity.WARNING,
                        hint="copy the file into the source folder",
                    ),
                )
                continue
            folded = shown.casefold()
            if folded in names:
                problems.append(
                    Diagnostic(
                        "file-case",
                        f"the name differs from {names[folded]} by case alone, so it is left out",
                        Place(shown),
                        hint="rename it: many file systems cannot hold both",
                    ),
                )
                continue
            names[folded] = shown
            if not config.target_codes or not all(by_hand(config, shown, code) for code in config.target_codes):
                chapters.append(Chapter(rel, shown))
    chapters.sort(key=lambda chapter: chapter.path)
    return chapters, problems


@functools.cache
def _real(root: Path) -> str:
    return os.path.realpath(root)


def inside(path: Path, root: Path) -> bool:
    """Return whether `path`, its links followed, is `root` or below it."""
    real = os.path.realpath(path)
    return real == _real(root) or real.startswith(_real(root) + os.sep)


def fixed_folder(pattern: str) -> PurePosixPath:
    """Return the folder that everything that fits a pattern is in."""
    return PurePosixPath(pattern.split("{", 1)[0] + "x").parent


def fitting(config: Config, pattern: str) -> Iterator[str]:
    """Yield the paths of the files that fit a pattern, whatever their placeholders stand for."""
    folder = config.root / fixed_folder(pattern)
    if not folder.is_dir():
        return
    shape = "".join(
        "(?:.+/)?" if part == "{dir}/" else ".+" if part.startswith("{") else re.escape(part)
        for part in re.split(r"(\{dir\}/|\{\w+\})", str(PurePosixPath(pattern)))
    )
    for full in folder.rglob(f"*{PurePosixPath(pattern).suffix}"):
        path = full.relative_to(config.root).as_posix()
        if not full.name.startswith(".") and full.is_file() and re.fullmatch(shape, path):
            yield path


def config_name(config: Config) -> str:
    """Return the name of the file that has the configuration."""
    return config.file.name if config.file is not None else FILE_NAME


def manifest_path(config: Config, code: str) -> str:
    """Return the path of the manifest of a target.

    A book whose configuration has a name of its own may share the folder with another one, so its manifest has that
    name too: merge removes what only the manifest knows.
    """
    name = config_name(config)
    own = "" if name in (FILE_NAME, PYPROJECT) else f"{PurePosixPath(name).stem}."
    return f".bilingual/{own}{code}.sha256"


def select(config: Config, chapters: Sequence[Chapter], paths: Sequence[Path]) -> list[Chapter]:
    """Return the chapters at or below `paths`, all of them if there are no paths.

    Raises:
        BilingualError: If a path holds no chapter.
    """
    if not paths:
        return list(chapters)
    chosen: dict[str, Chapter] = {}
    missing = []
    for path in paths:
        absolute = Path(os.path.normpath(Path.cwd() / path))
        try:
            shown = absolute.relative_to(config.root).as_posix()
        except ValueError:
            shown = ""
        found = [
            chapter
            for chapter in chapters
            if shown in (".", chapter.path) or (shown and chapter.path.startswith(shown + "/"))
        ]
        if not found:
            missing.append(
                Diagnostic(
                    "path-unknown",
                    "no chapter of the book is here",
                    Place(str(path)),
                    hint=f"name files or folders of the source, such as {chapters[0].path}" if chapters else "",
                ),
            )
        chosen.update((chapter.path, chapter) for chapter in found)
    if missing:
        raise BilingualError(*missing)
    return [chapter for chapter in chapters if chapter.path in chosen]


def groups(
    config: Config,
    chapters: Sequence[Chapter],
    place: Callable[[str], PurePosixPath],
) -> tuple[dict[str, list[Chapter]], list[Diagnostic]]:
    """Return the chapters of each catalog path, and a diagnostic for each name that two chapters would share."""
    found: dict[str, list[Chapter]] = {}
    problems = []
    for chapter in chapters:
        path = str(place(chapter.rel))
        known = found.setdefault(path, [])
        if known and config.catalogs != "single":
            problems.append(
                Diagnostic(
                    "catalog-collision",
                    f"{known[0].path} has the same catalog, {path}, so this chapter is left out",
                    Place(chapter.path),
                    hint='rename one of them, or set catalogs = "nested"',
                ),
            )
            continue
        known.append(chapter)
    return found, problems


def catalog_groups(config: Config, chapters: Sequence[Chapter], problems: list[Diagnostic]) -> dict[str, list[Chapter]]:
    """Return the chapters of each catalog, by the name of the catalog; collisions are added to `problems`."""
    if not config.target_codes:
        return {}
    found, collisions = groups(config, chapters, lambda rel: config.catalog_path(config.target_codes[0], rel))
    problems.extend(collisions)
    return {group[0].rel if config.catalogs != "single" else "": group for group in found.values()}


def select_catalogued(
    config: Config, chapters: Sequence[Chapter], paths: Sequence[Path], problems: list[Diagnostic]
) -> list[Chapter]:
    """Return the chapters at or below `paths` that have a catalog; collisions are added to `problems`.

    Raises:
        BilingualError: If a path holds no chapter.
    """
    chosen = select(config, chapters, paths)
    kept = {chapter.path for group in catalog_groups(config, chapters, problems).values() for chapter in group}
    return [chapter for chapter in chosen if chapter.path in kept]


def codes_of(config: Config, targets: Sequence[str]) -> list[str]:
    """Return the codes of the targets that are asked for, as the configuration spells them; none means all.

    Raises:
        BilingualError: If the book is not translated into one of them.
    """
    return [config.code(config.target(code)) for code in targets] or list(config.target_codes)


def complete(problems: Iterable[Diagnostic]) -> bool:
    """Return whether no chapter had to be left out, so that what is missing from the source is really gone."""
    return not any(each.code in _LEFT_OUT for each in problems)


#: Books smaller than this many bytes are done in one process: starting another one costs more than it gives.
_LARGE = 8_000_000


def ahead(function: Callable[[Any], Any], items: Sequence[Any], size: int, jobs: int | None) -> Iterator[Any]:
    """Yield `function(item)` of each item, in order; large books are spread over the processors.

    Args:
        function: A function that other processes can import, or a partial one.
        items: What to call it with.
        size: Bytes of source that the items stand for.
        jobs: How many processes to use at most; None means as many as there are processors.
    """
    processors = jobs or os.cpu_count() or 1
    if size < _LARGE or processors < 2 or len(items) < 2:
        yield from map(function, items)
        return
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - small books do not pay for it

    with ProcessPoolExecutor(min(processors, 8)) as pool:
        # A few at a time, so that results do not pile up in memory.
        step = 64
        for start in range(0, len(items), step):
            yield from pool.map(function, items[start : start + step], chunksize=4)


def size_of(path: Path) -> int:
    """Return the size of a file in bytes, 0 if there is none."""
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0


def read_document(config: Config, chapter: Chapter) -> Document:
    """Return a chapter, parsed.

    Raises:
        BilingualError: If it cannot be read.
    """
    text = decode(read_file(config.root / chapter.path, chapter.path), chapter.path)
    return parse(text, path=chapter.path, dialect=config.dialect)


def localised(config: Config, path: str, code: str) -> str | None:
    """Return the file with the suffix of a target, `fig.en.png` for `fig.png`, if there is one."""
    stem, dot, suffix = path.rpartition(".")
    if not dot:
        return None
    language = config.target(code)
    for each in dict.fromkeys((code, language.tag, language.gettext)):
        candidate = f"{stem}.{each}.{suffix}"
        if (config.root / candidate).is_file():
            return candidate
    return None


def by_hand(config: Config, path: str, code: str) -> bool:
    """Return whether a chapter is a picture that somebody translated by hand: `fig.svg` beside `fig.en.svg`."""
    return path.lower().endswith(PICTURE) and localised(config, path, code) is not None


def wants(config: Config, language: Language) -> Callable[[Any], bool]:
    """Return what tells whether a segment is to be translated into a language."""
    return lambda segment: wanted(segment, config.dialect, config.source, language, latin=config.latin)


def glossary_file(config: Config) -> tuple[str, bytes | None]:
    """Return the path of the book's glossary, and what is in it, None if there is none.

    Raises:
        BilingualError: If it cannot be read.
    """
    path = str(config.check.get("glossary", GLOSSARY))
    return path, read_optional(config.root / path, path)


def catalog_at(root: Path, path: str) -> tuple[Catalog | None, tuple[Diagnostic, ...]]:
    """Return the catalog at a path, None if there is none, and what was repaired in it.

    Raises:
        BilingualError: If it cannot be read.
    """
    return read_catalog(read_optional(root / path, path), path)


@functools.lru_cache(maxsize=1)
def read_catalog(data: bytes | None, path: str) -> tuple[Catalog | None, tuple[Diagnostic, ...]]:
    """Read a catalog, None where there is none; remembered, since all chapters of a book may share one."""
    return repaired(read_bytes(data, path)) if data is not None and data.strip() else (None, ())
