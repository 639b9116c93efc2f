"""From the source to the catalogs: `extract`."""

from __future__ import annotations

import contextlib
import functools
import json
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bilingual import __version__
from bilingual.catalog import Catalog, new_header, read_bytes, write
from bilingual.diagnostics import BilingualError, Diagnostic, Place, Severity
from bilingual.markdown.document import SEGMENTATION, Document
from bilingual.markdown.parse import parse
from bilingual.project.book import (
    Chapter,
    Progress,
    ahead,
    by_hand,
    catalog_at,
    catalog_groups,
    complete,
    config_name,
    discover,
    fitting,
    no_progress,
    read_catalog,
    select,
    wants,
)
from bilingual.project.files import decode, digest, put_file, read_file, read_optional, write_file
from bilingual.update import Change, Draft, begin, finish, resolve, template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bilingual.config import Config


#: A loss of fewer translations than this is no sign of a mistake.
_FEW = 10


@dataclass(frozen=True, slots=True)
class Extracted:
    """What `extract` did: per target its changes, the files it wrote (or would write), and what went wrong."""

    changes: dict[str, Change]
    files: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


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
    """What parsing the chapters of one catalog gave: a hash of them, a template per target, a POT file."""

    source: str
    templates: dict[str, Catalog]
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

    def add(self, path: str, before: tuple[int, int], after: tuple[int, int]) -> None:
        """Count one catalog: its live and its translated entries, before and after."""
        live, translated = before
        live_after, translated_after = after
        self.live += live
        self.live_after += live_after
        self.translated += translated
        self.translated_after += translated_after
        if translated > translated_after:
            self.losses[path] = translated - translated_after


def _counts(catalog: Catalog) -> tuple[int, int]:
    live = catalog.live.values()
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
        names = catalog_groups(config, chapters, self.problems)
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
        prepared = ahead(functools.partial(_prepare, config), [task.group for task in todo], size, jobs)
        for task, made in zip(progress(todo, "extract"), prepared, strict=True):
            if isinstance(made, BilingualError):
                self.problems.extend(made.diagnostics)
            else:
                self.begin(task, made)
        if not paths and complete(self.problems):
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
            live = replace(catalog, entries=tuple(catalog.live.values()))
            templates = dict.fromkeys(config.target_codes, live)
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
            if known is None or known["source"] != task.source or known["template"] != digest(task.template):
                return False
            stored = known["targets"]
            if any(code not in stored or stored[code][0] != digest(data) for code, data in task.catalogs.items()):
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
        for code, each in counts.items():
            self.changes[code] += Change(kept=each[0])
            self.balances[code].add(task.paths[code], each, each)
        self.problems.extend(notes)
        return True

    # --- the work ----------------------------------------------------------------------------------------------

    def begin(self, task: _Task, made: _Prepared) -> None:
        """Update the catalogs of a task, unless something of them may stand in other catalogs."""
        self.problems.extend(made.notes)
        if not task.group:
            return
        task.made = made
        for code in self.config.target_codes:
            fresh = made.templates[code]
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
        catalog, notes = read_catalog(task.catalogs[code], path)
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
                catalog, _ = catalog_at(self.config.root, path)
                if catalog is not None:
                    yield catalog

    def may(self, code: str, tasks: Sequence[_Task]) -> bool:
        """Return whether a target's catalogs may be written: not if many translations would be lost unasked."""
        balance = self.balances[code]
        for task in tasks:
            draft = task.drafts[code]
            balance.add(task.paths[code], _counts(draft.catalog), _counts(finish(draft)[0]))
        gone = 0 if self.emptied else max(0, balance.live - balance.live_after)
        lost = balance.translated - balance.translated_after - gone
        if self.force or lost < _FEW or lost <= balance.translated * self.config.max_loss / 100:
            return True
        self.problems.append(
            Diagnostic(
                "catalog-loss",
                f"of {balance.translated} translations into {code}, {balance.translated - balance.translated_after} "
                f"would no longer be usable, and only {gone} of them because their text is gone; nothing is written",
                Place(config_name(self.config)),
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
        if not task.group and not (change.obsolete or draft.moved or self.prune) and new is not None:
            return True  # a chapter that went long ago
        try:
            self.put(path, task.catalogs[code], new)
        except BilingualError as error:
            self.problems.extend(error.diagnostics)
            return False
        self.changes[code] += change
        task.done[code] = [digest(new), *_counts(updated)]
        if task not in self.pending:
            self.balances[code].add(path, _counts(draft.catalog), _counts(updated))
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
                "template": digest(made.pot if task.template_path and task.complete else task.template),
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
                put_file(self.config.root / path, new, path, digest(old))
            self.files.append(path)


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
    source = _source_hash(config, readable, sources)
    return _Task(name, tuple(readable), complete, size, source, template_path, old_template, paths, catalogs)


def _source_hash(config: Config, chapters: Sequence[Chapter], sources: Sequence[bytes]) -> str:
    parts = []
    for chapter, data in zip(chapters, sources, strict=True):
        done = [code for code in config.target_codes if by_hand(config, chapter.path, code)]
        parts += [chapter.path.encode(), " ".join(done).encode(), data]
    return digest(*parts)


def _prepare(config: Config, group: Sequence[Chapter]) -> _Prepared | BilingualError:
    try:
        sources = [read_file(config.root / chapter.path, chapter.path) for chapter in group]
        documents = [
            parse(decode(data, chapter.path), path=chapter.path, dialect=config.dialect)
            for chapter, data in zip(group, sources, strict=True)
        ]
    except BilingualError as error:
        return error
    templates: dict[str, Catalog] = {}
    same: dict[object, Catalog] = {}
    for language, code in zip(config.targets, config.target_codes, strict=True):
        mine = [document for document in documents if not by_hand(config, document.path, code)]
        kind = (language.han, language.latin, *(document.path for document in mine))
        if kind not in same:
            same[kind] = template(mine, (), wants(config, language))
        templates[code] = same[kind]
    notes = tuple(note for document in documents for note in document.diagnostics)
    pot = _template(config, documents) if config.templates else None
    return _Prepared(_source_hash(config, group, sources), templates, pot, notes)


def _template(config: Config, documents: Sequence[Document]) -> bytes | None:
    wanted = [wants(config, language) for language in config.targets]
    header = new_header(source=config.source_code, target=None, project=config.title, version=SEGMENTATION)
    catalog = template(documents, header, lambda segment: any(want(segment) for want in wanted))
    return write(catalog).encode() if catalog.entries else None


def _template_files(config: Config) -> list[str]:
    """Return the paths of all POT files, sorted.

    Raises:
        BilingualError: If there are none, or if they do not tell where the catalogs are.
    """
    pattern = config.paths.template
    found = sorted(fitting(config, pattern))
    if not found:
        raise BilingualError(
            Diagnostic(
                "path-unknown",
                f"there are no templates at {pattern}",
                Place(config_name(config)),
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
    for path in sorted(fitting(config, pattern)):
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
