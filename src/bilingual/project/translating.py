"""Drafts for what has no translation yet: `translate`. Answers are kept as they come; catalogs are written whole."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import re
import sys
import threading
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from bilingual import drafts, glossary
from bilingual.catalog import State, now, revised, state, write
from bilingual.config import did_you_mean, options_of
from bilingual.diagnostics import BilingualError, Diagnostic, Place, Severity
from bilingual.drafts import Budget, Desk, Draft, Outcome
from bilingual.glossary import Glossary
from bilingual.masking import normal
from bilingual.project.book import (
    Progress,
    catalog_at,
    codes_of,
    discover,
    glossary_file,
    no_progress,
    read_catalog,
    read_document,
    select_catalogued,
)
from bilingual.project.files import decode, digest, read_optional, refused, write_file
from bilingual.project.remembering import PRIVATE, keep_private, open_memory
from bilingual.provider import PROVIDERS, Provider, Service, Surroundings, Usage

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from bilingual.catalog import Entry
    from bilingual.config import Config
    from bilingual.drafts import Task
    from bilingual.memory import Memory
    from bilingual.project.book import Chapter

#: What was answered, a line each; only ever added to.
JOURNAL = f"{PRIVATE}/drafts.jsonl"
#: What variables with secrets are called; shorter values than that are none that could be told from words.
_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL", re.IGNORECASE)
_SHORTEST_SECRET = 8
#: After so many batches in a row of which nothing could be used, the rest is not asked for.
_HOPELESS = 3
#: How similar a text must be whose translation is shown to a provider, and how many are.
_LIKE = 0.7
_EXAMPLES = 2
#: A place in the journal that no answer will ever reach.
_NOWHERE = 1 << 30


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the entries of a target that had no translation.

    Attributes:
        missing: How many there were.
        drafted: How many have a draft now that was asked for.
        remembered: How many have one that was answered earlier, or for the same text elsewhere.
        characters: How many characters there are to ask for.
    """

    missing: int = 0
    drafted: int = 0
    remembered: int = 0
    characters: int = 0

    @property
    def left(self) -> int:
        """How many have none."""
        return self.missing - self.drafted - self.remembered


@dataclass(frozen=True, slots=True)
class Translated:
    """What `translate` did, or would do.

    Attributes:
        by: The provider and its model.
        targets: What became of the entries, by the code of the target.
        files: The catalogs that were written.
        usage: How much was read and written; for a trial run, about how much would be.
        unit: What that is counted in.
        cost: What it costs; None if nobody said what the provider costs.
        currency: The currency of that.
        diagnostics: What was found.
    """

    by: str
    targets: dict[str, Tally]
    files: tuple[str, ...]
    usage: Usage
    unit: str
    cost: float | None
    currency: str
    diagnostics: tuple[Diagnostic, ...]


def providers() -> tuple[str, ...]:
    """Return the names of the providers that there are."""
    return PROVIDERS.names()


def provider_named(name: str) -> Provider:
    """Return a provider.

    Raises:
        BilingualError: If there is none of this name, or what it needs is not installed.
    """
    if name not in PROVIDERS:
        hint = f"there are: {', '.join(providers())}{did_you_mean(name, providers())}"
        message = f"there is no provider {name!r}"
        raise BilingualError(Diagnostic("config-provider", message, Place("--provider"), hint=hint))
    try:
        return PROVIDERS[name]
    except ImportError as error:
        message = f"the provider {name} needs a package that is not installed: {error.name}"
        raise BilingualError(Diagnostic("config-provider", message, Place("--provider"))) from None


def translate(
    config: Config,
    name: str,
    paths: Sequence[Path] = (),
    *,
    targets: Sequence[str] = (),
    dry_run: bool = False,
    max_cost: float | None = None,
    fresh: bool = False,
    memory: Path | None = None,
    progress: Progress = no_progress,
) -> Translated:
    """Fill in drafts where there is no translation.

    Args:
        config: The project.
        name: The provider.
        paths: The files and folders of the source to do; none means all.
        targets: Codes of the targets; none means all.
        dry_run: Ask for nothing and write nothing; say what would be asked.
        max_cost: What this run may cost at most; None if it does not matter.
        fresh: Ask again for what was answered before.
        memory: The file of the translation memory; None means as configured.
        progress: Wraps what is asked for a progress bar.

    Raises:
        BilingualError: If the work cannot begin.
    """
    provider = provider_named(name)
    options: Any = options_of(config, ("provider", name), provider.options)
    problems: list[Diagnostic] = []
    with contextlib.ExitStack() as stack:
        opened = None
        if provider.reads_context or not provider.remembered:
            try:
                opened = open_memory(config, memory)
            except BilingualError as error:
                if not provider.remembered:
                    raise
                problems.extend(_as_warnings(error))
        if opened is not None:
            stack.callback(opened.close)
        service = provider.open(options, Surroundings(config.root, opened, _secrets(config), asks=not dry_run))
        stack.callback(service.close)
        if max_cost is not None and not math.isfinite(max_cost):
            message, hint = "this is no amount", "name a number, such as 2.50"
            raise BilingualError(Diagnostic("config-options", message, Place("--max-cost"), hint=hint))
        if max_cost is not None and not service.price.known:
            message = "nobody said what the provider costs, so there is nothing to compare the limit with"
            hint = f"set its prices in [provider.{name}]"
            raise BilingualError(Diagnostic("config-options", message, Place("--max-cost"), hint=hint))
        # Nobody else asks from here on for what the journal will have.
        journal = stack.enter_context(_Journal(config)) if provider.remembered and not dry_run else None
        run = _Run(config, provider, service, Budget(service.price, max_cost), opened, journal)
        chapters, found = discover(config)
        run.problems.extend((*problems, *found))
        run.collect(chapters, paths, codes_of(config, targets))
        run.recall(fresh=fresh, write=not dry_run)
        if not dry_run:
            run.ask(progress)
        return run.finish(dry_run=dry_run)


def _secrets(config: Config) -> tuple[str, ...]:
    """Return what the environment has that no message may show: keys for other services, too."""
    names = {name for name in os.environ if _SECRET.search(name)}
    for table in config.provider.values():
        for key in ("key-variable", "key_variable") if isinstance(table, dict) else ():
            names.add(str(table.get(key, "")))
    values = {os.environ.get(name, "").strip() for name in names if name}
    return tuple(sorted((value for value in values if len(value) >= _SHORTEST_SECRET), key=len, reverse=True))


@dataclass(slots=True)
class _Place:
    """A catalog with what is to be drafted in it.

    Attributes:
        code: The code of its target.
        drafts: What was drafted, by the keys of its entries.
        open: How many entries wait for an answer.
    """

    code: str
    tasks: list[Task]
    drafts: dict[tuple[str | None, str], Draft] = field(default_factory=dict)
    open: int = 0


class _Run:
    """One run of `translate`."""

    def __init__(
        self,
        config: Config,
        provider: Provider,
        service: Service,
        budget: Budget,
        memory: Memory | None,
        journal: _Journal | None,
    ) -> None:
        self.config = config
        self.provider = provider
        self.service = service
        self.budget = budget
        self.memory = memory
        self.journal = journal
        self.problems: list[Diagnostic] = []
        self.places: dict[str, _Place] = {}
        self.files: list[str] = []
        self.missing: Counter[str] = Counter()
        self.drafted: Counter[str] = Counter()
        self.remembered: Counter[str] = Counter()
        #: What is to be asked, by the code of its target; what the same answer goes to, by the key of the answer.
        self.asked: dict[str, list[Task]] = {}
        self.shared: dict[str, list[Task]] = {}
        self.unasked = 0
        self.short = False

    # --- what is to be done --------------------------------------------------------------------------------------

    def collect(self, chapters: Sequence[Any], paths: Sequence[Path], codes: Sequence[str]) -> None:
        """Find the entries without a translation."""
        config = self.config
        chosen = select_catalogued(config, chapters, paths, self.problems)
        sources = {chapter.path for chapter in chosen} if paths and config.catalogs == "single" else None
        terms = _glossary(config)
        labels = _Labels(config, chapters)
        for code in codes:
            for path in dict.fromkeys(str(config.catalog_path(code, chapter.rel)) for chapter in chosen):
                try:
                    catalog, notes = catalog_at(config.root, path)
                except BilingualError as error:
                    self.problems.extend(error.diagnostics)
                    continue
                self.problems.extend(notes)
                if catalog is None:
                    continue
                masked = self.provider.tokens is not None
                found, left = drafts.tasks(catalog, path, terms, masked=masked, labels=labels)
                if sources is not None:
                    found = [task for task in found if sources.intersection(task.entry.references)]
                self.missing[code] += len(found) + len(left)
                self.problems.extend(
                    Diagnostic(
                        "draft-unfit",
                        f"no draft: {reason}",
                        Place(path, entry.line),
                        Severity.WARNING,
                        entry.msgid.split("\n", maxsplit=1)[0][:200],
                    )
                    for entry, reason in left
                )
                self.places[path] = _Place(code, found)

    def recall(self, *, fresh: bool, write: bool) -> None:
        """Take what was answered before, and find what is to be asked: of the same texts the first.

        Args:
            fresh: Take only what a run that was to ask for everything anew, and did not come to its end, was answered.
            write: Whether catalogs are written for which there is nothing to ask.
        """
        config = self.config
        data = read_optional(config.root / JOURNAL, JOURNAL) if self.provider.remembered else None
        said = drafts.remembered(data or b"")
        known = (said.afresh or {}) if fresh else said.answers
        if self.journal is not None:
            self.journal.is_afresh = said.afresh is not None
            if fresh and not self.journal.is_afresh:
                self.journal.begin()
        for path, place in self.places.items():
            target = config.target(place.code)
            asked = self.asked.setdefault(place.code, [])
            for each in place.tasks:
                name = drafts.key(each, self.service, config.source, target)
                task = replace(each, key=name)
                if name in known and drafts.usable(task.entry, known[name], config.dialect, task.labels):
                    place.drafts[task.entry.key] = Draft(known[name])
                    self.remembered[place.code] += 1
                    continue
                place.open += 1
                if not self.provider.remembered:
                    asked.append(task)  # its place decides
                elif name in self.shared:
                    self.shared[name].append(task)
                else:
                    self.shared[name] = []
                    asked.append(task)
            if not place.open and write:
                self.put(path)

    # --- asking ----------------------------------------------------------------------------------------------------

    def ask(self, progress: Progress) -> None:
        """Ask for all batches, several at once, and write each catalog when all of its answers are there."""
        todo = [
            (code, batch) for code, found in self.asked.items() for batch in drafts.batches(found, self.service.limits)
        ]
        desks = {code: self.desk(code) for code in self.asked}
        try:
            with contextlib.closing(self.answers(todo, desks)) as answers:
                for _, outcome in zip(progress(todo, "translate"), answers, strict=True):
                    self.take(outcome)
        finally:
            # Whatever ends the run, what was answered is in the catalogs.
            for path, place in self.places.items():
                if place.drafts:
                    self.put(path)
        if self.journal is not None and not self.unasked:
            self.journal.end()
        self.report_left()

    def desk(self, code: str) -> Desk:
        config = self.config

        def keep(found: Sequence[tuple[Task, Draft]]) -> None:
            if self.journal is not None:
                lines = [(task.key, draft.msgstr, self.service.name) for task, draft in found]
                self.journal.add(drafts.recorded(lines))

        title = config.book.title.of(config.source_code)
        return Desk(
            self.provider, self.service, config.source, config.target(code), config.dialect, self.budget, title, keep
        )

    def answers(
        self, todo: Sequence[tuple[str, tuple[Task, ...]]], desks: dict[str, Desk]
    ) -> Generator[Outcome, None, None]:
        """Yield the outcome of each batch, as they come; those that are not worth asking for are left unasked.

        What is under way when something goes wrong is waited for, since it is paid for; only if the program is to end,
        it is cut off.
        """
        most = self.service.limits.concurrency
        pool = ThreadPoolExecutor(most, "translate")
        # With a limit, the first answer shows what answers cost before several are asked for at once.
        count = 1 if self.budget.limit is not None else most
        fault: Exception | None = None
        waiting: dict[Future[Outcome], tuple[Task, ...]] = {}
        stopped = False
        useless = 0
        rest = iter(todo)
        try:
            while True:
                while not stopped and len(waiting) < count:
                    following = next(rest, None)
                    if following is None:
                        break
                    code, batch = following
                    waiting[pool.submit(desks[code].answer, self.with_matches(code, batch))] = batch
                if not waiting:
                    break
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in [each for each in waiting if each in done]:
                    batch = waiting.pop(future)
                    count = most
                    try:
                        outcome = future.result()
                    except Exception as error:  # noqa: BLE001 - of this program or a provider; it is raised in the end
                        fault, stopped = fault or error, True
                        yield Outcome(unasked=list(batch))
                        continue
                    failed = outcome.complaints or outcome.unasked
                    useless = useless + 1 if failed and not outcome.drafts else 0
                    final = outcome.error is not None and outcome.error.final
                    if not stopped and (final or outcome.short or useless >= _HOPELESS):
                        stopped = True
                        if not final and not outcome.short and outcome.error is None:
                            self.problems.append(_hopeless(self.service))
                    yield outcome
            for _, batch in rest:
                yield Outcome(unasked=list(batch))
            if fault is not None:
                raise fault
        finally:
            if waiting:
                self.service.close()
            pool.shutdown(wait=True, cancel_futures=True)

    def with_matches(self, code: str, batch: tuple[Task, ...]) -> tuple[Task, ...]:
        """Return tasks with the translations of similar texts, if the provider makes use of them."""
        if self.memory is None or not self.provider.reads_context:
            return batch
        source, target = self.config.source, self.config.target(code)
        found = []
        try:
            for task in batch:
                matches = self.memory.search(task.entry.msgid, source, target, minimum=_LIKE, limit=_EXAMPLES)
                found.append(replace(task, item=replace(task.item, matches=tuple(matches))))
        except BilingualError as error:  # examples are a help, and no more
            self.memory = None
            self.problems.extend(_as_warnings(error))
            return batch
        return tuple(found)

    # --- what came of it -------------------------------------------------------------------------------------------

    def take(self, outcome: Outcome) -> None:
        """Sort what became of a batch to the catalogs, and write those that are done."""
        touched: dict[str, None] = {}

        def settle(task: Task, draft: Draft | None) -> None:
            others = self.shared.get(task.key, ())
            for each in (task, *others):
                place = self.places[each.path]
                place.open -= 1
                touched[each.path] = None
                if draft is not None:
                    place.drafts[each.entry.key] = draft
            if draft is not None:
                code = self.places[task.path].code
                self.drafted[code] += 1
                self.remembered[code] += len(others)

        for task, draft in outcome.drafts:
            settle(task, draft)
        for task, complaint in outcome.complaints:
            settle(task, None)
            excerpt = task.entry.msgid.split("\n", maxsplit=1)[0][:200]
            hint = "run the command again, or translate it by hand"
            message = f"no draft, since the answer cannot be used: {complaint}"
            for each in (task, *self.shared.get(task.key, ())):
                place = Place(each.path, each.entry.line)
                self.problems.append(Diagnostic("draft-broken", message, place, Severity.ERROR, excerpt, hint=hint))
        for task in (*outcome.silent, *outcome.unasked):
            settle(task, None)
        if outcome.error is not None:
            self.problems.append(outcome.error.diagnostic)
        self.short |= outcome.short
        self.unasked += sum(1 + len(self.shared.get(task.key, ())) for task in outcome.unasked)
        for path in touched:
            if not self.places[path].open:
                self.put(path)

    def put(self, path: str) -> None:
        """Write the drafts of a catalog into it, where there is still no translation."""
        place = self.places[path]
        found, place.drafts = place.drafts, {}
        if not found:
            return
        try:
            data = read_optional(self.config.root / path, path)
            catalog, _ = read_catalog(data, path)
            if catalog is None:
                return
            entries = tuple(
                drafts.drafted(entry, found[entry.key], self.service.name, self.config.dialect)
                if entry.key in found and not entry.obsolete and state(entry) is State.MISSING
                else entry
                for entry in catalog.entries
            )
            new = replace(catalog, entries=entries, header=revised(catalog.header, now()))
            write_file(self.config.root / path, write(new).encode(), path, digest(data))
            self.files.append(path)
        except BilingualError as error:
            self.problems.extend(error.diagnostics)

    def report_left(self) -> None:
        if self.short:
            message = f"{self.unasked} entries were not asked for, since this run would have cost more than it may"
            hint = "run the command again with another --max-cost"
            self.problems.append(Diagnostic("draft-cost", message, Place("--max-cost"), Severity.ERROR, hint=hint))
        elif self.unasked:
            message = f"{self.unasked} entries were not asked for"
            hint = "run the command again when the provider answers; nothing is asked twice"
            self.problems.append(Diagnostic("draft-left", message, Place("--provider"), Severity.INFO, hint=hint))

    def finish(self, *, dry_run: bool) -> Translated:
        usage, price = self.budget.spent, self.service.price
        if dry_run:
            for code, found in self.asked.items():
                desk = self.desk(code)
                for bare in drafts.batches(found, self.service.limits):
                    batch = self.with_matches(code, bare)
                    usage += self.service.estimate(desk.batch(batch, desk.masks(batch, again=False)))
        targets = {
            code: Tally(
                self.missing[code],
                self.drafted[code],
                self.remembered[code],
                sum(len(task.entry.msgid) for task in self.asked[code]),
            )
            for code in self.asked
        }
        return Translated(
            self.service.name,
            targets,
            tuple(dict.fromkeys(self.files)),
            usage,
            price.unit,
            price.of(usage) if price.known else None,
            price.currency,
            tuple(dict.fromkeys(self.problems)),
        )


def _as_warnings(error: BilingualError) -> list[Diagnostic]:
    return [replace(each, severity=Severity.WARNING) for each in error.diagnostics]


def _hopeless(service: Service) -> Diagnostic:
    message = f"of {_HOPELESS} answers in a row, nothing could be used, so the rest is not asked for"
    return Diagnostic("provider-useless", message, Place(service.name), hint="look at what is said about the entries")


def _glossary(config: Config) -> Glossary:
    """Return the terms of the book, none if it has no glossary.

    Raises:
        BilingualError: If it cannot be read.
    """
    path, data = glossary_file(config)
    return glossary.read(decode(data, path), path) if data is not None else Glossary(())


class _Labels:
    """The labels of reference links in the chapters of a book, of each when it is asked for.

    Args:
        config: The project.
        chapters: The chapters.
    """

    def __init__(self, config: Config, chapters: Sequence[Chapter]) -> None:
        self.config = config
        self.chapters = {chapter.path: chapter for chapter in chapters}
        self.known: dict[str, frozenset[str]] = {}

    def __call__(self, entry: Entry) -> frozenset[str]:
        """Return the labels in the chapters that an entry stands in, in their normal form."""
        return frozenset().union(*map(self.of, entry.references))

    def of(self, path: str) -> frozenset[str]:
        """Return the labels in a chapter; none if it cannot be read, which `extract` reports."""
        if path not in self.known:
            self.known[path] = frozenset()
            if path in self.chapters:
                with contextlib.suppress(BilingualError):
                    found = read_document(self.config, self.chapters[path]).references
                    self.known[path] = frozenset(normal(label) for label, _, _ in found)
        return self.known[path]


class _Journal:
    """The file that answers are added to, each before anything else is done with it; one run at a time has it.

    Attributes:
        is_afresh: Whether it has the beginning of a run that asks for everything anew, and not its end.

    Raises:
        BilingualError: If it cannot be written to, or another run has it.
    """

    def __init__(self, config: Config) -> None:
        self.path = config.root / JOURNAL
        self.lock = threading.Lock()
        self.is_afresh = False
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            keep_private(config)
            self.file = self.path.open("a+b", buffering=0)
        except OSError as error:
            raise BilingualError(_unwritable(error)) from None
        if not _locked(self.file.fileno()):
            self.file.close()
            message, hint = "another run asks for drafts of this book", "run the command again when it has ended"
            raise BilingualError(Diagnostic("file-busy", message, Place(JOURNAL), hint=hint))
        # A killed run may have left half a line behind; the next one begins on a line of its own.
        size = self.file.seek(0, os.SEEK_END)
        self.file.seek(max(0, size - 1))
        if self.file.read(1) not in {b"", b"\n"}:
            self.add(b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def begin(self) -> None:
        """Note that everything is asked for anew from here on."""
        self.add(drafts.AFRESH)
        self.is_afresh = True

    def end(self) -> None:
        """Note that everything was asked for, if it was to be anew."""
        if self.is_afresh:
            self.add(drafts.DONE)

    def add(self, lines: bytes) -> None:
        """Add lines; when this returns, they are on the disk.

        Raises:
            BilingualError: If they cannot be written.
        """
        with self.lock:
            try:
                while lines:  # a disk that is nearly full takes a part
                    lines = lines[self.file.write(lines) or 0 :]
                os.fsync(self.file.fileno())
            except OSError as error:
                raise BilingualError(_unwritable(error)) from None


def _unwritable(error: OSError) -> Diagnostic:
    hint = "check permissions and free space"
    return refused("file-unwritable", "the journal cannot be written", error, JOURNAL, hint)


def _locked(file: int) -> bool:
    """Lock a file until it is closed, or the process ends; return whether nobody else has it."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - there is none elsewhere

            os.lseek(file, _NOWHERE, os.SEEK_SET)  # a lock keeps others from reading there
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - there is none on Windows

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # Some file systems of networks know no locks.
        return error.errno not in {errno.EACCES, errno.EAGAIN, errno.EDEADLK}
    return True
