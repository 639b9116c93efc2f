"""A book on disk: the only room that reads and writes content and catalogs."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import html
import json
import os
import posixpath
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from bilingual import __version__, manifest
from bilingual.catalog import Catalog, Entry, State, new_header, read, read_bytes, repaired, write
from bilingual.diagnostics import BilingualError, Diagnostic, Place, Severity
from bilingual.links import Site, anchors, sites
from bilingual.markdown.document import SEGMENTATION, Document
from bilingual.markdown.parse import parse
from bilingual.merge import prove
from bilingual.reconcile import combine, returned
from bilingual.status import ChapterStatus, survey
from bilingual.text import Edit, substitute
from bilingual.unit import units, wanted
from bilingual.update import Change, Draft, begin, finish, resolve, template

if TYPE_CHECKING:
    from bilingual.config import Config
    from bilingual.language import Language

#: Text formats that a book may have beside its Markdown and that are named, since they are not read.
UNREAD = frozenset([".mdx", ".ipynb", ".qmd", ".rmd", ".rst", ".adoc"])
_TEMPORARY = re.compile(r"\.[0-9a-f]{12}\.\d+\.tmp")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_OLD = 600.0  # seconds
#: What no file name may hold, since catalogs and the manifest are lines of UTF-8.
_UNHOLDABLE = re.compile("[\t\n\v\f\r\ud800-\udfff]")
_LEFT_OUT = frozenset(["folder-unreadable", "file-name", "file-case", "catalog-collision"])
_SKIPPED = frozenset(["node_modules", "site-packages", "__pycache__"])

#: A loss of fewer translations than this is no sign of a mistake.
_FEW = 10

Progress = Callable[[Iterable[Any], str], Iterable[Any]]


def no_progress(items: Iterable[Any], _title: str) -> Iterable[Any]:
    """Return `items`; what is used where nobody watches."""
    return items


@dataclass(frozen=True, slots=True)
class Chapter:
    """A source file: its path below the source folder, and below the project's folder."""

    rel: str
    path: str


@dataclass(frozen=True, slots=True)
class Extracted:
    """What `extract` did: per target its changes, the files it wrote (or would write), and what went wrong."""

    changes: dict[str, Change]
    files: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class MergedBook:
    """What `merge` did.

    Attributes:
        states: Per target the number of units in each state, of those that a translator is to see; without the
            ones that are put back.
        put_back: Per target the number of units whose translation could not be used.
        files: The files that were written, or would be.
        removed: The files that were removed, or would be.
        conflicts: The files that a person changed or made where merge wants to write; they are left alone.
        diagnostics: Everything to report.
    """

    states: dict[str, Counter[State]]
    put_back: dict[str, int]
    files: tuple[str, ...]
    removed: tuple[str, ...]
    conflicts: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


# --- files ---------------------------------------------------------------------------------------------------------


def _refused(code: str, message: str, error: OSError, shown: str, hint: str = "check its permissions") -> Diagnostic:
    """Return the diagnostic for what the operating system would not do."""
    return Diagnostic(code, f"{message}: {error.strerror or type(error).__name__}", Place(shown), hint=hint)


def read_file(path: Path, shown: str) -> bytes:
    """Return the bytes of a file.

    Raises:
        BilingualError: If it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise BilingualError(_refused("file-unreadable", "the file cannot be read", error, shown)) from None


def decode(data: bytes, shown: str) -> str:
    """Return the text of a source file, every character as it is.

    Raises:
        BilingualError: If it is not in UTF-8.
    """
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BilingualError(
            Diagnostic(
                "file-encoding",
                "the file is not in UTF-8, so it is left alone",
                Place(shown, line),
                hint=f"convert it, for example: iconv -f GB18030 -t UTF-8 {shown}",
            ),
        ) from None


@functools.cache
def _sweep(folder: Path) -> None:
    """Remove temporary files that killed runs left in a folder, once a run; young ones may belong to another run."""
    for path in folder.glob(".*.*.tmp"):
        with contextlib.suppress(OSError):
            if _TEMPORARY.fullmatch(path.name) and time.time() - path.stat().st_mtime > _OLD:
                path.unlink()


def write_file(path: Path, data: bytes, shown: str, was: str | None = None) -> None:
    """Replace a file as a whole: whenever the process dies, it is either old or new.

    Args:
        path: The file.
        data: What it is to hold.
        shown: Its path for messages.
        was: The `_hash` of what it held when it was read, None if it was not; another program's work is not replaced.

    Raises:
        BilingualError: If it cannot be written, or if another program wrote it in the meantime.
    """
    # Short, since the name itself may be as long as a name can be.
    short = hashlib.blake2b(path.name.encode("utf-8", "surrogateescape"), digest_size=6).hexdigest()
    temporary = path.with_name(f".{short}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path.parent)
        try:
            temporary.write_bytes(data)
            with contextlib.suppress(OSError):
                temporary.chmod(path.stat().st_mode & 0o777)
            _check_unchanged(path, shown, was)
            temporary.replace(path)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
    except OSError as error:
        hint = "check permissions and free space"
        raise BilingualError(_refused("file-unwritable", "the file cannot be written", error, shown, hint)) from None


def _check_unchanged(path: Path, shown: str, was: str | None) -> None:
    if was is not None and _hash(read_optional(path, shown)) != was:
        raise BilingualError(
            Diagnostic(
                "file-busy",
                "another program saved this file while it was being worked on, so it is left as that program left it",
                Place(shown),
                hint="run the command again",
            ),
        )


def _put(path: Path, data: bytes | None, shown: str, was: str) -> None:
    """Write a file, or remove it if there is nothing to hold: a catalog without entries is no file to gettext."""
    if data is not None:
        write_file(path, data, shown, was)
    else:
        _check_unchanged(path, shown, was)
        with contextlib.suppress(OSError):
            path.unlink()


def read_optional(path: Path, shown: str) -> bytes | None:
    """Return the bytes of a file, or None if there is none.

    Raises:
        BilingualError: If there is one that cannot be read.
    """
    return read_file(path, shown) if os.path.lexists(path) else None


def discover(config: Config) -> tuple[list[Chapter], list[Diagnostic]]:
    """Return the chapters of a project, sorted by path, and what is wrong with its source tree.

    A link that leads out of the project is not followed, of two names that differ by case alone the second is
    left out, and files in formats that are not read are named.

    Raises:
        BilingualError: If there is no source folder.
    """
    root = config.root
    pattern = config.paths.source.replace("{lang}", config.source_code).replace("{locale}", config.source.gettext)
    fixed = _fixed(pattern)
    base = root / fixed
    if not base.is_dir():
        raise BilingualError(
            Diagnostic(
                "source-missing",
                f"there is no source folder {fixed}",
                Place(_shown(config)),
                hint="create it, or say in [paths] where the source is",
            ),
        )
    chapters: list[Chapter] = []
    problems: list[Diagnostic] = []
    names: dict[str, str] = {}

    def unreadable(error: OSError) -> None:
        shown = Path(str(error.filename)).relative_to(root).as_posix()
        problems.append(_refused("folder-unreadable", "the folder cannot be read", error, shown))

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
            if full.is_symlink() and not _inside(full, root):
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
            chapters.append(Chapter(rel, shown))
    chapters.sort(key=lambda chapter: chapter.path)
    return chapters, problems


@functools.cache
def _real(root: Path) -> str:
    return os.path.realpath(root)


def _inside(path: Path, root: Path) -> bool:
    """Return whether `path`, its links followed, is `root` or below it."""
    real = os.path.realpath(path)
    return real == _real(root) or real.startswith(_real(root) + os.sep)


def _fixed(pattern: str) -> PurePosixPath:
    """Return the folder that everything that fits a pattern is in."""
    return PurePosixPath(pattern.split("{", 1)[0] + "x").parent


def _shown(config: Config) -> str:
    return config.file.name if config.file is not None else "bilingual.toml"


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


#: Books smaller than this many bytes are done in one process: starting another one costs more than it gives.
_LARGE = 8_000_000


def _ahead(function: Callable[[Any], Any], items: Sequence[Any], size: int, jobs: int | None) -> Iterator[Any]:
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


# --- extract -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Cache:
    """What the last run knew, so that unchanged chapters need no parse; safe to delete."""

    path: Path
    key: str
    old: dict[str, Any]
    new: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, config: Config, name: str) -> _Cache:
        path = config.root / config.build / "cache" / f"{name}.json"
        key = f"{__version__} {SEGMENTATION} {config.fingerprint()}"
        old: dict[str, Any] = {}
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            data = json.loads(path.read_bytes())
            if data["key"] == key:
                old = dict(data["entries"])
        return cls(path, key, old)

    def save(self) -> None:
        if self.new == self.old:
            return
        text = json.dumps({"key": self.key, "entries": self.new}, ensure_ascii=False, separators=(",", ":"))
        with contextlib.suppress(BilingualError):
            write_file(self.path, text.encode("utf-8", "surrogatepass"), str(self.path))


def _hash(*parts: bytes | None) -> str:
    result = hashlib.blake2b(digest_size=16)
    for part in parts:
        result.update(b"-" if part is None else b"+%d:" % len(part))
        result.update(part or b"")
    return result.hexdigest()


@dataclass(slots=True)
class _Task:
    """A catalog of each target to be brought up to date, with what is on disk.

    Attributes:
        name: What the cache knows it by; empty for catalogs whose chapters are gone.
        group: The chapters; or the template that stands for them.
        complete: Whether all of the chapters could be read.
        size: Bytes of source.
        source: A hash of the source.
        template_path: Where the POT file is, empty if there is to be none.
        template: The POT file's bytes.
        paths: The path of the catalog of each target, by code.
        catalogs: Their bytes.
        trivial: Whether the author says that the changes mean nothing to translators.
        drafts: The updates that wait until all catalogs are read.
        done: What the cache keeps of each target: hash, live entries, translated ones.
        made: What parsing the chapters gave.
    """

    name: str
    group: tuple[Chapter, ...]
    complete: bool
    size: int
    source: str
    template_path: str
    template: bytes | None
    paths: dict[str, str]
    catalogs: dict[str, bytes | None]
    trivial: bool = False
    drafts: dict[str, Draft] = field(default_factory=dict)
    done: dict[str, list[Any]] = field(default_factory=dict)
    made: _Prepared | None = None


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What parsing the chapters of one catalog gave: a hash of them, a template per kind of target, a POT file."""

    source: str
    templates: dict[tuple[bool, bool], Catalog]
    pot: bytes | None
    notes: tuple[Diagnostic, ...]


@dataclass(slots=True)
class _Balance:
    """The live and the translated entries of a target, before and after."""

    live: int = 0
    translated: int = 0
    live_after: int = 0
    translated_after: int = 0
    losses: Counter[str] = field(default_factory=Counter)

    def count(self, path: str, before: Catalog, after: Catalog) -> None:
        live, translated = _counts(before)
        live_after, translated_after = _counts(after)
        self.live += live
        self.live_after += live_after
        self.translated += translated
        self.translated_after += translated_after
        if translated > translated_after:
            self.losses[path] = translated - translated_after


def _counts(catalog: Catalog) -> tuple[int, int]:
    live = [entry for entry in catalog.entries if not entry.obsolete]
    return len(live), sum(entry.translated for entry in live)


def extract(
    config: Config,
    paths: Sequence[Path] = (),
    *,
    trivial: Sequence[Path] = (),
    from_templates: bool = False,
    prune: bool = False,
    force: bool = False,
    check: bool = False,
    jobs: int | None = None,
    progress: Progress = no_progress,
) -> Extracted:
    """Bring the catalogs of every target, and the templates if there are any, up to the source.

    A chapter that cannot be read, or whose catalog cannot, is reported and left alone; the others are done.

    Args:
        config: The project.
        paths: The files and folders to do; none means all.
        trivial: Files and folders whose changes mean nothing to translators: translations stay translated.
        from_templates: Take the POT files for the source; no chapter is read.
        prune: Remove the obsolete entries.
        force: Write even if many translations would no longer be usable.
        check: Write nothing.
        jobs: How many processes to use at most on a large book; None means as many as there are processors.
        progress: Wraps the chapters for a progress bar.

    Raises:
        BilingualError: If the work cannot begin.
    """
    run = _Extraction(config, force=force, prune=prune, check=check)
    if from_templates:
        run.take_templates(paths, progress)
    else:
        run.take_chapters(paths, trivial, jobs, progress)
    return run.finish()


class _Extraction:
    """One run of `extract`."""

    def __init__(self, config: Config, *, force: bool, prune: bool, check: bool) -> None:
        self.config = config
        self.force = force
        self.prune = prune
        self.check = check
        self.cache: _Cache | None = None
        self.changes = {code: Change() for code in config.target_codes}
        self.balances = {code: _Balance() for code in config.target_codes}
        self.files: list[str] = []
        self.problems: list[Diagnostic] = []
        self.pending: list[_Task] = []
        self.known: dict[str, set[str]] = {code: set() for code in config.target_codes}
        self.emptied = False

    # --- where the work comes from -----------------------------------------------------------------------------

    def take_chapters(
        self, paths: Sequence[Path], trivial: Sequence[Path], jobs: int | None, progress: Progress
    ) -> None:
        config = self.config
        chapters, problems = discover(config)
        self.problems.extend(problems)
        chosen = {chapter.path for chapter in select(config, chapters, paths)}
        same = {chapter.path for chapter in select(config, chapters, trivial)} if trivial else set()
        cache = self.cache = _Cache.load(config, "extract")
        names = _catalog_groups(config, chapters, self.problems)
        todo: list[_Task] = []
        for name, group in names.items():
            for code in config.target_codes:
                self.known[code].add(str(config.catalog_path(code, group[0].rel)))
            if paths and not any(chapter.path in chosen for chapter in group):
                if name in cache.old:
                    cache.new[name] = cache.old[name]
                continue
            try:
                task = _task(config, name, group, self.problems)
            except BilingualError as error:
                self.problems.extend(error.diagnostics)
                continue
            task.trivial = any(chapter.path in same for chapter in group)
            if self.prune or not self.unchanged(task):
                todo.append(task)
        size = sum(task.size for task in todo)
        prepared = _ahead(functools.partial(_prepare, config), [task.group for task in todo], size, jobs)
        for task, made in zip(progress(todo, "extract"), prepared, strict=True):
            if isinstance(made, BilingualError):
                self.problems.extend(made.diagnostics)
            else:
                self.begin(task, made)
        if not paths and _complete(self.problems):
            self.emptied = not names
            self.take_orphans(names)

    def take_templates(self, paths: Sequence[Path], progress: Progress) -> None:
        """The POT files are the source: they come from another program, and may be all there is."""
        config = self.config
        found = [Chapter(path, path) for path in _template_files(config)]
        for pot in progress(select(config, found, paths), "extract"):
            try:
                data = read_file(config.root / pot.path, pot.path)
                catalog = read_bytes(data, pot.path)
                names = {code: str(config.catalog_of_template(code, pot.path)) for code in config.target_codes}
                catalogs = {code: read_optional(config.root / path, path) for code, path in names.items()}
            except BilingualError as error:
                self.problems.extend(error.diagnostics)
                continue
            for code, path in names.items():
                self.known[code].add(path)
            live = replace(catalog, entries=tuple(entry for entry in catalog.entries if not entry.obsolete))
            templates = {(language.han, language.latin): live for language in config.targets}
            task = _Task("", (pot,), True, len(data), "", "", None, names, catalogs)  # noqa: FBT003
            self.begin(task, _Prepared("", templates, None, ()))

    def take_orphans(self, names: Mapping[str, Sequence[Chapter]]) -> None:
        """Make the entries of catalogs whose chapter vanished obsolete; those with translations stay."""
        config = self.config
        rels = [group[0].rel for group in names.values()]
        # Of all targets: where the language is a part of the name, their catalogs stand in one folder.
        expected = {str(config.catalog_path(code, rel)) for code in config.target_codes for rel in rels}
        for language, code in zip(config.targets, config.target_codes, strict=True):
            pattern = config.paths.catalog.replace("{lang}", code).replace("{locale}", language.gettext)
            for path, data, catalog in _strays(config, pattern, expected, self.problems):
                task = _Task("", (), True, 0, "", "", None, {code: path}, {code: data})  # noqa: FBT003
                task.drafts[code] = begin(catalog, Catalog())
                self.known[code].add(path)
                self.pending.append(task)
        if config.templates:
            expected = {str(config.template_path(rel)) for rel in rels}
            for path, data, _ in _strays(config, config.paths.template, expected, self.problems):
                self.put(path, data, None)

    def unchanged(self, task: _Task) -> bool:
        """Take over what the cache knows of a catalog's chapters, if neither they nor the catalogs changed."""
        cache = self.cache
        known = cache.old.get(task.name) if cache is not None else None
        try:
            if known is None or known["source"] != task.source or known["template"] != _hash(task.template):
                return False
            stored = known["targets"]
            if any(code not in stored or stored[code][0] != _hash(data) for code, data in task.catalogs.items()):
                return False
            counts = {code: (int(stored[code][1]), int(stored[code][2])) for code in task.catalogs}
            notes = [
                Diagnostic(code, message, Place(*place), Severity(severity), excerpt, None, hint)
                for code, message, place, severity, excerpt, hint in known["notes"]
            ]
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            return False  # a damaged cache is no cache
        if cache is not None:
            cache.new[task.name] = known
        for code, (live, translated) in counts.items():
            self.changes[code] += Change(kept=live)
            balance = self.balances[code]
            balance.live += live
            balance.live_after += live
            balance.translated += translated
            balance.translated_after += translated
        self.problems.extend(notes)
        return True

    # --- the work ----------------------------------------------------------------------------------------------

    def begin(self, task: _Task, made: _Prepared) -> None:
        """Update the catalogs of a task, unless something of them may stand in other catalogs."""
        self.problems.extend(made.notes)
        if not task.group:
            return
        task.made = made
        for language, code in zip(self.config.targets, self.config.target_codes, strict=True):
            fresh = made.templates[language.han, language.latin]
            try:
                catalog = self.old_catalog(task, code)
            except BilingualError as error:
                self.problems.extend(error.diagnostics)
                continue
            task.drafts[code] = begin(catalog, fresh, complete=task.complete, trivial=task.trivial)
        if all(draft.settled for draft in task.drafts.values()):
            for code in task.drafts:
                self.store(task, code)
            self.close(task)
        else:
            self.pending.append(task)

    def old_catalog(self, task: _Task, code: str) -> Catalog:
        path = task.paths[code]
        catalog, notes = _read_catalog(task.catalogs[code], path)
        self.problems.extend(notes)
        if catalog is not None:
            return catalog
        version = SEGMENTATION if task.name else None
        header = new_header(source=self.config.source_code, target=code, project=self.config.title, version=version)
        return Catalog((), header, path)

    def finish(self) -> Extracted:
        """Do what waited for all catalogs to be read, and return what was done."""
        for code in self.config.target_codes:
            tasks = [task for task in self.pending if code in task.drafts]
            mine = {task.paths[code] for task in tasks}
            others = functools.partial(self.others, sorted(self.known[code] - mine))
            resolve([task.drafts[code] for task in tasks], others, self.config.dialect)
            if self.may(code, tasks):
                # What moved out of a catalog whose chapter is gone leaves it once it is written elsewhere.
                stored = [self.store(task, code) for task in tasks if task.group]
                for task in tasks:
                    if not task.group:
                        self.store(task, code, moved=all(stored))
        for task in self.pending:
            self.close(task)
        if self.cache is not None and not self.check:
            self.cache.save()
        return Extracted(self.changes, tuple(self.files), tuple(self.problems))

    def others(self, paths: Sequence[str]) -> Iterator[Catalog]:
        for path in paths:
            with contextlib.suppress(BilingualError):
                catalog, _ = _catalog(self.config.root, path)
                if catalog is not None:
                    yield catalog

    def may(self, code: str, tasks: Sequence[_Task]) -> bool:
        """Return whether a target's catalogs may be written: not if many translations would be lost unasked."""
        balance = self.balances[code]
        for task in tasks:
            draft = task.drafts[code]
            balance.count(task.paths[code], draft.catalog, finish(draft)[0])
        gone = 0 if self.emptied else max(0, balance.live - balance.live_after)
        lost = balance.translated - balance.translated_after - gone
        if self.force or lost < _FEW or lost <= balance.translated * self.config.max_loss / 100:
            return True
        self.problems.append(
            Diagnostic(
                "catalog-loss",
                f"of {balance.translated} translations into {code}, {balance.translated - balance.translated_after} "
                f"would no longer be usable, and only {gone} of them because their text is gone; nothing is written",
                Place(_shown(self.config)),
                hint="look whether the configuration or the source changed by mistake; "
                "--force writes all the same, max-loss in [extract] says how many percent may go",
            )
        )
        self.problems.extend(
            Diagnostic("catalog-loss", f"here {count} translations would go", Place(path), Severity.INFO)
            for path, count in balance.losses.most_common(20)
        )
        return False

    def store(self, task: _Task, code: str, *, moved: bool = False) -> bool:
        """Write a catalog; return whether that was possible."""
        draft = task.drafts[code]
        updated, change = finish(draft, prune=self.prune, moved=moved)
        path = task.paths[code]
        new = write(updated).encode() if updated.entries else None
        if not task.group and not change.obsolete and not self.prune and new is not None:
            return True  # a chapter that went long ago
        try:
            self.put(path, task.catalogs[code], new)
        except BilingualError as error:
            self.problems.extend(error.diagnostics)
            return False
        self.changes[code] += change
        task.done[code] = [_hash(new), *_counts(updated)]
        if task not in self.pending:
            self.balances[code].count(path, draft.catalog, updated)
        return True

    def close(self, task: _Task) -> None:
        """Write the POT file of a task, and remember it."""
        made = task.made
        if made is None or len(task.done) < len(self.config.targets):
            return
        if task.template_path and task.complete:
            try:
                self.put(task.template_path, task.template, made.pot)
            except BilingualError as error:
                self.problems.extend(error.diagnostics)
                return
        if self.cache is not None:
            self.cache.new[task.name] = {
                "source": made.source,
                "template": _hash(made.pot if task.template_path and task.complete else task.template),
                "targets": task.done,
                "notes": [
                    [
                        note.code,
                        note.message,
                        [note.place.path, note.place.line],
                        note.severity,
                        note.excerpt,
                        note.hint,
                    ]
                    for note in made.notes
                ],
            }

    def put(self, path: str, old: bytes | None, new: bytes | None) -> None:
        if new != old:
            if not self.check:
                _put(self.config.root / path, new, path, _hash(old))
            self.files.append(path)


def _complete(problems: Iterable[Diagnostic]) -> bool:
    """Return whether no chapter had to be left out, so that what is missing from the source is really gone."""
    return not any(each.code in _LEFT_OUT for each in problems)


def _catalog_groups(
    config: Config, chapters: Sequence[Chapter], problems: list[Diagnostic]
) -> dict[str, list[Chapter]]:
    if not config.target_codes:
        return {}
    found, collisions = groups(config, chapters, lambda rel: config.catalog_path(config.target_codes[0], rel))
    problems.extend(collisions)
    return {group[0].rel if config.catalogs != "single" else "": group for group in found.values()}


def _task(config: Config, name: str, group: Sequence[Chapter], problems: list[Diagnostic]) -> _Task:
    sources = []
    readable = []
    for chapter in group:
        try:
            data = read_file(config.root / chapter.path, chapter.path)
            if len(group) > 1:
                decode(data, chapter.path)
        except BilingualError as error:
            if len(group) == 1:
                raise
            problems.extend(error.diagnostics)  # the other chapters of the catalog are done
            continue
        readable.append(chapter)
        sources.append(data)
    rel = group[0].rel
    paths = {code: str(config.catalog_path(code, rel)) for code in config.target_codes}
    catalogs = {code: read_optional(config.root / path, path) for code, path in paths.items()}
    template_path = str(config.template_path(rel)) if config.templates else ""
    old_template = read_optional(config.root / template_path, template_path) if template_path else None
    complete = len(readable) == len(group)
    size = sum(map(len, sources))
    source = _source_hash(readable, sources)
    return _Task(name, tuple(readable), complete, size, source, template_path, old_template, paths, catalogs)


def _source_hash(chapters: Sequence[Chapter], sources: Sequence[bytes]) -> str:
    parts = (part for chapter, data in zip(chapters, sources, strict=True) for part in (chapter.path.encode(), data))
    return _hash(*parts)


def _document(config: Config, chapter: Chapter) -> Document:
    text = decode(read_file(config.root / chapter.path, chapter.path), chapter.path)
    return parse(text, path=chapter.path, dialect=config.dialect)


def _prepare(config: Config, group: Sequence[Chapter]) -> _Prepared | BilingualError:
    try:
        sources = [read_file(config.root / chapter.path, chapter.path) for chapter in group]
        documents = [
            parse(decode(data, chapter.path), path=chapter.path, dialect=config.dialect)
            for chapter, data in zip(group, sources, strict=True)
        ]
    except BilingualError as error:
        return error
    templates = {}
    for language in config.targets:
        kind = (language.han, language.latin)
        if kind not in templates:
            templates[kind] = template(documents, (), _wanted(config, language))
    notes = tuple(note for document in documents for note in document.diagnostics)
    pot = _template(config, documents) if config.templates else None
    return _Prepared(_source_hash(group, sources), templates, pot, notes)


def _wanted(config: Config, language: Language) -> Callable[[Any], bool]:
    return lambda segment: wanted(segment, config.dialect, config.source, language, latin=config.latin)


def _template(config: Config, documents: Sequence[Document]) -> bytes | None:
    wants = [_wanted(config, language) for language in config.targets]
    header = new_header(source=config.source_code, target=None, project=config.title, version=SEGMENTATION)
    catalog = template(documents, header, lambda segment: any(want(segment) for want in wants))
    return write(catalog).encode() if catalog.entries else None


def _template_files(config: Config) -> list[str]:
    """Return the paths of all POT files, sorted.

    Raises:
        BilingualError: If there are none, or if they do not tell where the catalogs are.
    """
    pattern = config.paths.template
    found = sorted(_fitting(config, pattern))
    if not found:
        raise BilingualError(
            Diagnostic(
                "path-unknown",
                f"there are no templates at {pattern}",
                Place(_shown(config)),
                hint="write them with the program that makes them, or say in [paths] where they are",
            )
        )
    return found


def _strays(
    config: Config,
    pattern: str,
    expected: set[str],
    problems: list[Diagnostic],
) -> Iterator[tuple[str, bytes, Catalog]]:
    """Yield catalogs of ours that fit `pattern` but belong to no chapter: path, bytes, content."""
    for path in sorted(_fitting(config, pattern)):
        if path in expected:
            continue
        try:
            data = read_file(config.root / path, path)
            catalog = read_bytes(data, path)
        except BilingualError as error:
            problems.extend(error.diagnostics)
            continue
        if any(name == "X-Bilingual-Segmentation" for name, _ in catalog.header):
            yield path, data, catalog


def _fitting(config: Config, pattern: str) -> Iterator[str]:
    """Yield the paths of the files that fit a pattern, whatever their placeholders stand for."""
    folder = config.root / _fixed(pattern)
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


# --- working together ------------------------------------------------------------------------------------------------


def merge_catalogs(base: Path, ours: Path, theirs: Path, shown: str) -> tuple[Diagnostic, ...]:
    """Merge two versions of a PO file, as git asks its merge drivers to; the result takes the place of `ours`.

    Args:
        base: The common ancestor, an empty file if there is none.
        ours: This branch's version.
        theirs: The other branch's version.
        shown: The path of the file in the repository.

    Returns:
        A diagnostic for each entry in which both sides translated differently.

    Raises:
        BilingualError: If one of them cannot be read, or the result not written.
    """
    catalogs = []
    for path, what in ((base, "the common ancestor"), (ours, "this branch"), (theirs, "the other branch")):
        data = read_file(path, shown)
        try:
            catalogs.append(read_bytes(data, shown) if data.strip() else Catalog((), (), shown))
        except BilingualError as error:
            notes = [replace(each, message=f"{each.message} (in the version of {what})") for each in error.diagnostics]
            raise BilingualError(*notes) from None
    combined = combine(*catalogs)
    text = write(combined.catalog)
    write_file(ours, text.encode(), shown)
    lines = {entry.key: entry.line for entry in read(text, shown).entries}
    return tuple(_conflict(entry, lines.get(entry.key, 0), shown) for entry in combined.conflicts)


def _conflict(entry: Entry, line: int, path: str) -> Diagnostic:
    return Diagnostic(
        "catalog-both",
        "both sides translated this entry, and differently; it holds both texts and is fuzzy",
        Place(path, line),
        Severity.ERROR,
        entry.msgid.split("\n")[0][:200],
        hint="choose one of the texts and take the fuzzy mark away",
    )


@dataclass(frozen=True, slots=True)
class Imported:
    """What `import` did: how many entries of each catalog it changed, the files it wrote, and what it refused."""

    taken: dict[str, int]
    files: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


def import_catalogs(
    config: Config,
    files: Sequence[Path],
    *,
    targets: Sequence[str] = (),
    sent: str | None = None,
    check: bool = False,
) -> Imported:
    """Take translations that come back by mail or from a platform into the project's catalogs.

    Args:
        config: The project.
        files: PO files that came back, each with the name of a catalog.
        targets: Codes of the targets they may belong to; none means all.
        sent: A git revision, or a file or folder, of what was sent. None looks for it: the version of the catalog in
            git that differs least from what came back, or else the catalog as it is.
        check: Write nothing.

    Raises:
        BilingualError: If the work cannot begin.
    """
    chapters, _ = discover(config)
    codes = [config.code(config.target(code)) for code in targets] or list(config.target_codes)
    places = {str(config.catalog_path(code, chapter.rel)): code for code in codes for chapter in chapters}
    problems: list[Diagnostic] = []
    taken: dict[str, int] = {}
    written = []
    for file in files:
        shown = _below(file, config.root)
        try:
            data = read_file(file, shown)
            back, notes = repaired(read_bytes(data, shown))
            problems.extend(notes)
            path = _home(config, file, shown, back, places)
            current_data = read_optional(config.root / path, path)
            current = _existing(current_data, path)
            before = _sent(config, path, sent, back, current)
            result = returned(before, current, back, source=config.source, target=config.target(places[path]))
            problems.extend(result.diagnostics)
            text = write(result.catalog)
            if text.encode() != current_data and not check:
                write_file(config.root / path, text.encode(), path, _hash(current_data))
        except BilingualError as error:
            problems.extend(error.diagnostics)
            continue
        lines = {entry.key: entry.line for entry in read(text, path).entries}
        problems.extend(_conflict(entry, lines.get(entry.key, 0), path) for entry in result.conflicts)
        taken[path] = taken.get(path, 0) + result.taken
        if text.encode() != current_data:
            written.append(path)
    return Imported(taken, tuple(written), tuple(problems))


def _existing(data: bytes | None, path: str) -> Catalog:
    catalog, _ = _read_catalog(data, path)
    if catalog is None:
        raise BilingualError(
            Diagnostic("path-unknown", "there is no such catalog yet", Place(path), hint="run bilingual extract")
        )
    return catalog


def _below(path: Path, root: Path) -> str:
    """Return a path as a message shows it: below the project's folder if it is there."""
    absolute = Path(os.path.normpath(Path.cwd() / path))
    return absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else str(path)


def _home(config: Config, file: Path, shown: str, back: Catalog, places: Mapping[str, str]) -> str:
    """Return the path of the catalog that a file is a version of: of the same name, and language if there are several.

    Raises:
        BilingualError: If there is none, or several.
    """
    if shown in places:
        raise BilingualError(
            Diagnostic("path-unknown", "this is the project's own catalog", Place(shown), hint="name what came back")
        )
    parts = file.absolute().parts
    found = [path for path in places if PurePosixPath(path).name == file.name]
    language = next((value for name, value in back.header if name == "Language"), "")
    for fitting in (
        [path for path in found if parts[-len(PurePosixPath(path).parts) :] == PurePosixPath(path).parts],
        [path for path in found if config.target(places[path]).gettext == language],
        [path for path in found if places[path] in parts],
    ):
        if len(found) > 1:
            found = [path for path in found if path in fitting] or found
    if len(found) != 1:
        message = "several catalogs have this name" if found else "no catalog of the book has this name"
        hint = "--target says which language it is" if found else "give it the name of the catalog, such as "
        hint += "" if found else next((PurePosixPath(path).name for path in places), "chapter.po")
        raise BilingualError(Diagnostic("path-unknown", message, Place(shown), hint=hint))
    return found[0]


def _sent(config: Config, path: str, sent: str | None, back: Catalog, current: Catalog) -> Catalog:
    """Return the catalog as it was sent to the translator.

    Raises:
        BilingualError: If `sent` names nothing that can be read.
    """
    if sent is not None:
        place = Path.cwd() / sent
        if place.is_dir():
            place /= PurePosixPath(path).name
        if place.is_file():
            return read_bytes(read_file(place, sent), sent)
        data = _git(config.root, "show", f"{sent}:./{path}")
        if data is None:
            raise BilingualError(
                Diagnostic(
                    "path-unknown",
                    f"{path} is in no file, folder or git revision of this name",
                    Place(sent),
                    hint="name the revision from which the file was sent",
                )
            )
        return read_bytes(data, path)
    texts = {entry.key: entry.msgstr for entry in back.entries}
    revisions = (_git(config.root, "log", "-n", "100", "--format=%H", "--", path) or b"").decode().split()
    best, least = current, _differences(current, texts)
    for revision in revisions:
        data = _git(config.root, "show", f"{revision}:./{path}")
        with contextlib.suppress(BilingualError):
            catalog = read_bytes(data, path) if data else current
            count = _differences(catalog, texts)
            if count < least:
                best, least = catalog, count
    return best


def _differences(catalog: Catalog, texts: Mapping[tuple[str | None, str], str]) -> int:
    live = {entry.key: entry.msgstr for entry in catalog.entries if not entry.obsolete}
    return sum(texts.get(key) != live.get(key) for key in live.keys() | texts.keys())


def _git(root: Path, *args: str) -> bytes | None:
    """Return what git prints, None if it fails or is not there."""
    try:
        done = subprocess.run(["git", *args], cwd=root, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout


def install_merge_driver(root: Path) -> list[str]:
    """Tell git to merge PO files entry by entry; return what was changed.

    Raises:
        BilingualError: If this is no git repository, or .gitattributes cannot be written.
    """
    top = _git(root, "rev-parse", "--show-toplevel")
    if top is None:
        raise BilingualError(
            Diagnostic("path-unknown", "this folder is in no git repository", Place(str(root)), hint="run: git init")
        )
    command = f'"{sys.executable}" -m bilingual merge-driver %O %A %B %P'
    changed = []
    for key, value in (("name", "PO files, entry by entry"), ("driver", command)):
        if (_git(root, "config", "--get", f"merge.bilingual.{key}") or b"").decode().rstrip("\n") != value:
            if _git(root, "config", f"merge.bilingual.{key}", value) is None:
                raise BilingualError(Diagnostic("path-unknown", "git refuses to be configured", Place(str(root))))
            changed.append(f"git config merge.bilingual.{key}")
    path = root / ".gitattributes"
    data = read_optional(path, path.name) or b""
    line = b"*.po merge=bilingual"
    if not any(each.split()[:1] == [b"*.po"] and b"merge=bilingual" in each.split() for each in data.splitlines()):
        gap = b"" if not data or data.endswith(b"\n") else b"\n"
        write_file(path, data + gap + line + b"\n", path.name)
        changed.append(path.name)
    return changed


# --- status --------------------------------------------------------------------------------------------------------


def status(
    config: Config,
    paths: Sequence[Path] = (),
    *,
    targets: Sequence[str] = (),
    jobs: int | None = None,
    progress: Progress = no_progress,
) -> tuple[dict[str, list[ChapterStatus]], tuple[Diagnostic, ...]]:
    """Return how far each chapter is in each target, and what could not be read.

    Args:
        config: The project.
        paths: The files and folders of the source to look at; none means all.
        targets: Codes of the targets; none means all.
        jobs: As in `extract`.
        progress: Wraps the chapters for a progress bar.

    Raises:
        BilingualError: If the work cannot begin.
    """
    chapters, problems = discover(config)
    codes = [config.code(config.target(code)) for code in targets] or list(config.target_codes)
    kept = {chapter.path for group in _catalog_groups(config, chapters, problems).values() for chapter in group}
    chosen = [chapter for chapter in select(config, chapters, paths) if chapter.path in kept]
    result: dict[str, list[ChapterStatus]] = {code: [] for code in codes}
    size = sum(_size(config.root / chapter.path) for chapter in chosen)
    made = _ahead(functools.partial(_chapter_status, config, codes), chosen, size, jobs)
    for _, each in zip(progress(chosen, "status"), made, strict=True):
        if isinstance(each, BilingualError):
            problems.extend(each.diagnostics)
        else:
            for code, found in zip(codes, each, strict=True):
                result[code].append(found)
    return result, tuple(problems)


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0


def _chapter_status(config: Config, codes: Sequence[str], chapter: Chapter) -> list[ChapterStatus] | BilingualError:
    try:
        document = _document(config, chapter)
        found = []
        for code in codes:
            path = str(config.catalog_path(code, chapter.rel))
            catalog, _ = _catalog(config.root, path)
            want = _wanted(config, config.target(code))
            whole = config.catalogs != "single"
            each = survey(document, catalog, want, config.source, config.dialect, whole=whole)
            found.append(replace(each, catalog=path))
    except BilingualError as error:
        return error
    return found


# --- merge ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Draft:
    """A merged chapter whose links are not rewritten yet, and what is to be told of it.

    `anchors` maps those of the source's headings that differ to those of the translation's.
    """

    chapter: Chapter
    text: str
    sites: tuple[Site, ...]
    anchors: dict[str, str]
    states: Counter[State]
    put_back: int
    notes: tuple[Diagnostic, ...]


def _draft(config: Config, code: str, chapter: Chapter) -> _Draft | BilingualError:
    language = config.target(code)
    path = str(config.catalog_path(code, chapter.rel))
    try:
        document = _document(config, chapter)
        catalog, repairs = _catalog(config.root, path)
    except BilingualError as error:
        return error
    paired = units(document, catalog)
    merged = prove(document, paired, config.dialect, config.minimum)
    states: Counter[State] = Counter()
    for index, unit in enumerate(paired):
        if index in merged.put_back:
            continue
        if unit.entry is not None or wanted(unit.segment, config.dialect, config.source, language, latin=config.latin):
            states[unit.state] += 1
    pairs: Iterable[tuple[str, str]] = ()
    if config.rewrite_links:
        pairs = zip(anchors(document, config.dialect), anchors(merged.document, config.dialect), strict=False)
    return _Draft(
        chapter,
        merged.document.text,
        sites(merged.document, config.dialect),
        {old: new for old, new in pairs if old != new},
        states,
        len(merged.put_back),
        (*document.diagnostics, *repairs, *merged.diagnostics),
    )


def _catalog(root: Path, path: str) -> tuple[Catalog | None, tuple[Diagnostic, ...]]:
    return _read_catalog(read_optional(root / path, path), path)


@functools.lru_cache(maxsize=1)
def _read_catalog(data: bytes | None, path: str) -> tuple[Catalog | None, tuple[Diagnostic, ...]]:
    """Read a catalog, None where there is none; remembered, since all chapters of a book may share one."""
    return repaired(read_bytes(data, path)) if data is not None and data.strip() else (None, ())


def merge(
    config: Config,
    paths: Sequence[Path] = (),
    *,
    targets: Sequence[str] = (),
    check: bool = False,
    force: bool = False,
    adopt: bool = False,
    jobs: int | None = None,
    progress: Progress = no_progress,
) -> MergedBook:
    """Write the translated Markdown of the targets.

    Args:
        config: The project.
        paths: The files and folders of the source to do; none means all.
        targets: Codes of the targets to do; none means all.
        check: Write nothing.
        force: Overwrite and remove files that a person changed or made.
        adopt: Leave such files to that person from now on.
        jobs: As in `extract`.
        progress: Wraps the chapters for a progress bar.

    Raises:
        BilingualError: If the work cannot begin.
    """
    chapters, problems = discover(config)
    chosen = select(config, chapters, paths)
    if not config.target_codes:
        return MergedBook({}, {}, (), (), (), tuple(problems))
    names = _catalog_groups(config, chapters, problems)
    kept = {chapter.path for group in names.values() for chapter in group}
    chosen = [chapter for chapter in chosen if chapter.path in kept]
    wanted_codes = [config.code(config.target(code)) for code in targets] or list(config.target_codes)
    result = MergedBook({}, {}, (), (), (), ())
    for code in wanted_codes:
        part = _Target(config, code, chapters, problems, progress, jobs)
        outputs = part.outputs(chosen, whole=not paths)
        store = _Store(config, code, part.by_path, check=check, force=force, adopt=adopt)
        store.apply(outputs, part.failed, whole=not paths and _complete(problems))
        problems.extend(store.problems)
        result = MergedBook(
            {**result.states, code: part.states},
            {**result.put_back, code: part.put_back},
            (*result.files, *store.files),
            (*result.removed, *store.removed),
            (*result.conflicts, *store.conflicts),
            (),
        )
    unique = tuple(dict.fromkeys(problems))
    return replace(result, diagnostics=unique)


def _decoded(destination: str) -> str:
    """Return the path that a destination in Markdown or HTML stands for."""
    return unquote(html.unescape(_ESCAPED.sub(r"\1", destination)))


class _Target:
    """Merges the chapters of one target."""

    def __init__(
        self,
        config: Config,
        code: str,
        chapters: Sequence[Chapter],
        problems: list[Diagnostic],
        progress: Progress,
        jobs: int | None,
    ) -> None:
        self.config = config
        self.jobs = jobs
        self.code = code
        self.language = config.target(code)
        self.problems = problems
        self.progress = progress
        self.by_path = {chapter.path: chapter for chapter in chapters}
        self.states: Counter[State] = Counter()
        self.put_back = 0
        self.failed: set[str] = set()
        self.anchors: dict[str, dict[str, str]] = {}
        self.assets: dict[str, str] = {}

    def outputs(self, chosen: Sequence[Chapter], *, whole: bool) -> dict[str, bytes]:
        """Return the bytes of each file to write, by path below the project's folder."""
        config = self.config
        drafts: list[_Draft] = []
        size = sum(_size(config.root / chapter.path) for chapter in chosen)
        made = _ahead(functools.partial(_draft, config, self.code), chosen, size, self.jobs)
        for chapter, draft in zip(self.progress(chosen, f"merge {self.code}"), made, strict=True):
            if isinstance(draft, BilingualError):
                self.problems.extend(draft.diagnostics)
                self.failed.add(str(config.target_path(self.code, chapter.rel)))
                continue
            drafts.append(draft)
            self.problems.extend(draft.notes)
            self.states += draft.states
            self.put_back += draft.put_back
            self.anchors[chapter.path] = draft.anchors
        if config.rewrite_links and not whole:
            self.other_anchors(drafts)
        result: dict[str, bytes] = {}
        for draft in drafts:
            path = str(config.target_path(self.code, draft.chapter.rel))
            result[path] = self.linked(draft, path).encode()
        for path, source in self.assets.items():
            try:
                result.setdefault(path, read_file(config.root / source, source))
            except BilingualError as error:
                self.problems.extend(error.diagnostics)
                self.failed.add(path)
        return result

    def other_anchors(self, drafts: Sequence[_Draft]) -> None:
        """Learn the anchors of chapters that are linked to but not merged in this run."""
        for draft in drafts:
            for site in draft.sites:
                path, hash_mark, _ = site.destination.partition("#")
                chapter = self.chapter_at(self.resolve(draft.chapter, path)) if hash_mark and path else None
                if chapter is not None and chapter.path not in self.anchors:
                    other = _draft(self.config, self.code, chapter)
                    self.anchors[chapter.path] = {} if isinstance(other, BilingualError) else other.anchors

    def resolve(self, chapter: Chapter, path: str) -> str:
        """Return where a relative destination in `chapter` leads, below the project's folder."""
        path = _decoded(path.split("?", 1)[0])
        return posixpath.normpath(posixpath.join(posixpath.dirname(chapter.path), path)) if path else chapter.path

    def chapter_at(self, path: str) -> Chapter | None:
        found = self.by_path.get(path) or self.by_path.get(path + ".md")
        if found is None and path.endswith(".html"):
            found = self.by_path.get(path[:-5] + ".md")
        return found

    def linked(self, draft: _Draft, path: str) -> str:
        edits = []
        for site in draft.sites:
            destination = self.destination(draft.chapter, site.destination, path)
            if destination != site.destination and self.config.rewrite_links:
                edits.append(Edit(site.span, destination))
        return substitute(draft.text, edits) if edits else draft.text

    def destination(self, chapter: Chapter, destination: str, path: str) -> str:
        """Return what a link in `chapter` reads in the translation at `path`; notes the assets to copy."""
        before, hash_mark, fragment = destination.partition("#")
        bare, question, query = before.partition("?")
        resolved = self.resolve(chapter, bare)
        other = self.chapter_at(resolved)
        if other is not None and hash_mark:
            known = self.anchors.get(other.path, {})
            anchor = known.get(unquote(fragment)) or known.get(unquote(fragment).lower())
            if anchor is not None:
                fragment = quote(anchor) if "%" in fragment else anchor
        if bare:
            moved = self.moved(other, resolved, path)
            if moved is not None and moved != posixpath.normpath(_decoded(bare)):
                bare = quote(moved, safe="/:@!$&'*+,;=~") if "%" in bare else moved.replace(" ", "%20")
        return bare + question + query + hash_mark + fragment

    def moved(self, other: Chapter | None, resolved: str, path: str) -> str | None:
        """Return the relative path that leads from the translation to what `resolved` is, or None to leave it."""
        config = self.config
        here = posixpath.dirname(path)
        if other is not None:
            if resolved != other.path:
                return None  # a link without suffix, as site generators have them
            return posixpath.relpath(str(config.target_path(self.code, other.rel)), here or ".")
        if resolved.startswith("../") or resolved in ("..", "."):
            return None
        full = config.root / resolved
        try:
            if not full.is_file() or not _inside(full, config.root):
                return None
        except OSError:
            return None
        localised = self.localised(resolved)
        rel = config.source_name(resolved)
        if rel is not None and ("{path}" in config.paths.target or "{file}" in config.paths.target):
            target = str(config.target_path(self.code, rel))
            if target != resolved:
                self.assets[target] = localised or resolved
                return posixpath.relpath(target, here or ".")
        return posixpath.relpath(localised or resolved, here or ".")

    def localised(self, path: str) -> str | None:
        """Return the asset with the target's suffix, `fig.en.png` for `fig.png`, if there is one."""
        stem, dot, suffix = path.rpartition(".")
        if not dot:
            return None
        for code in dict.fromkeys((self.code, self.language.tag, self.language.gettext)):
            candidate = f"{stem}.{code}.{suffix}"
            if (self.config.root / candidate).is_file():
                return candidate
        return None


def _unix(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")


def _same(old: bytes, new: bytes) -> bool:
    """Return whether a file is as it should be; git may have given its lines other ends when checking it out."""
    return old == new or _unix(old) == new


def _wrote(known: manifest.Manifest, path: str, data: bytes) -> bool:
    return known.wrote(path, manifest.digest(data)) or known.wrote(path, manifest.digest(_unix(data)))


class _Store:
    """Writes the files of one target, and nothing over what a person changed or made."""

    def __init__(
        self,
        config: Config,
        code: str,
        sources: Iterable[str],
        *,
        check: bool,
        force: bool,
        adopt: bool,
    ) -> None:
        self.config = config
        self.sources = frozenset(sources)
        self.check = check
        self.force = force
        self.adopt = adopt
        self.path = f".bilingual/{code}.sha256"
        self.files: list[str] = []
        self.removed: list[str] = []
        self.conflicts: list[str] = []
        self.problems: list[Diagnostic] = []
        self.known = manifest.Manifest({})
        self.hashes: dict[str, frozenset[str]] = {}
        self.kept: set[str] = set()

    def apply(self, outputs: Mapping[str, bytes], failed: set[str], *, whole: bool) -> None:
        root = self.config.root
        data = read_optional(root / self.path, self.path)
        known = self.known = manifest.read(data.decode("utf-8", "replace") if data else "")
        hashes = self.hashes = dict(known.hashes)
        kept = self.kept = set(known.kept)
        pending: dict[str, bytes] = {}
        for path, new in outputs.items():
            if path in kept and not self.force:
                continue
            try:
                old = read_optional(root / path, path)
            except BilingualError as error:
                self.problems.extend(error.diagnostics)
                continue
            if not self.safe(path):
                continue
            fresh = old is not None and _same(old, new)
            if fresh or self.may(path, old, "this file was changed or made by a person, so it is not overwritten"):
                kept.discard(path)
                hashes[path] = frozenset({manifest.digest(new)})
                if not fresh:
                    pending[path] = new
        # Where a chapter failed, nobody knows which assets it refers to, so nothing is removed.
        gone = [path for path in known.hashes if whole and not failed and path not in outputs]
        remove = []
        for path in gone:
            if path in self.sources or not self.safe(path):
                continue
            try:
                old = read_optional(root / path, path)
            except BilingualError as error:
                self.problems.extend(error.diagnostics)
                continue
            if self.may(path, old, "the source of this file is gone, but a person changed it, so it is not removed"):
                hashes.pop(path, None)
                if old is not None:
                    remove.append(path)
        self.files.extend(pending)
        self.removed.extend(remove)
        final = self.manifest(hashes)
        if not _same(data or b"", final) and (hashes or kept or data is not None):
            self.files.append(self.path)
        if self.check:
            return
        if pending or remove:
            # While the run is under way both the old and the new hashes count, so that a killed one is harmless.
            both = {
                path: known.hashes.get(path, frozenset()) | hashes.get(path, frozenset())
                for path in (*known.hashes, *hashes)
            }
            write_file(root / self.path, self.manifest(both), self.path)
        for path, new in pending.items():
            try:
                write_file(root / path, new, path)
            except BilingualError as error:
                self.problems.extend(error.diagnostics)
                self.files.remove(path)
                hashes.pop(path)
                if path in known.hashes:
                    hashes[path] = known.hashes[path]
        for path in remove:
            with contextlib.suppress(OSError):
                (root / path).unlink()
                for parent in (root / path).parents:
                    if parent == root:
                        break
                    parent.rmdir()  # stops at the first folder that is not empty
        if self.path in self.files:
            write_file(root / self.path, self.manifest(hashes), self.path)  # less what failed

    def manifest(self, hashes: dict[str, frozenset[str]]) -> bytes:
        return manifest.write(manifest.Manifest(hashes, frozenset(self.kept))).encode()

    def may(self, path: str, old: bytes | None, message: str) -> bool:
        """Return whether a file may be replaced or removed; one that a person changed is adopted or reported."""
        if old is None or self.force or _wrote(self.known, path, old):
            return True
        if self.adopt:
            self.kept.add(path)
            self.hashes.pop(path, None)
        else:
            self.conflict(path, message)
        return False

    def safe(self, path: str) -> bool:
        """Return whether `path` is a place below the project's folder, links followed; report it if it is not."""
        if _inside((self.config.root / path).parent, self.config.root):
            return True
        self.problems.append(
            Diagnostic(
                "file-outside",
                "a link leads this file out of the project, so it is neither written nor removed",
                Place(path),
                hint="replace the link by a folder",
            ),
        )
        return False

    def conflict(self, path: str, message: str) -> None:
        self.conflicts.append(path)
        self.problems.append(
            Diagnostic(
                "file-changed",
                message,
                Place(path),
                hint="--adopt leaves it to its author from now on, --force drops the change; "
                "a change of the text belongs into the catalog",
            ),
        )
