"""Drafts: what is asked of a provider and how, what of its answers is taken, and the entries that it makes.

An answer is trusted only as far as it is proved: what broke is asked for once more, with the reason, and then left
empty. Nothing here touches the disk or the network; providers do the one, `bilingual.project` the other.
"""

from __future__ import annotations

import hashlib
import json
import math
import threading
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from bilingual.catalog import State, draft_mark, state, without_draft_mark
from bilingual.diagnostics import BilingualError
from bilingual.masking import BrokenError, Masked, accepted, labels_in, lost, mask, unfit
from bilingual.provider import Batch, BrokenReplyError, Item, Price, Reply, UnavailableError, Usage
from bilingual.update import kind_of, transferred

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from bilingual.catalog import Catalog, Entry
    from bilingual.glossary import Glossary
    from bilingual.language import Language
    from bilingual.markdown.dialect import Dialect
    from bilingual.provider import Limits, Provider, Service
    from bilingual.suggest import Match
    from bilingual.update import Key

_IN = "in: "
_NO_WHYS: Mapping[Key, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Task:
    """An entry that is to get a draft.

    Attributes:
        path: The catalog that it is in.
        entry: The entry.
        item: What goes to the provider.
        key: What the answer is remembered by; empty while nobody asked.
        labels: The labels of reference links that are texts of links in it.
    """

    path: str
    entry: Entry
    item: Item
    key: str = ""
    labels: frozenset[str] = frozenset()


def tasks(
    catalog: Catalog,
    path: str,
    glossary: Glossary,
    *,
    masked: bool = True,
    labels: Callable[[Entry], Collection[str]] = lambda _: (),
) -> tuple[list[Task], list[tuple[Entry, str]]]:
    """Return what is to be drafted in a catalog, in order, and the entries that cannot be, with the reason.

    Args:
        catalog: The catalog.
        path: Its path.
        glossary: The terms of the book.
        masked: Whether the texts are to be masked, which some cannot be.
        labels: Returns the labels of reference links in the chapters that an entry stands in, in their normal form.
    """
    live = list(catalog.live.values())
    found = []
    left: list[tuple[Entry, str]] = []
    for place, entry in enumerate(live):
        if entry.msgstr or entry.plural is not None or state(entry) is not State.MISSING or not entry.msgid.strip():
            continue
        reason = unfit(entry.msgid) if masked else ""
        if reason:
            left.append((entry, reason))
            continue
        before = live[place - 1] if place else None
        after = live[place + 1] if place + 1 < len(live) else None
        lines = entry.extracted.split("\n")
        trail = next((line.removeprefix(_IN) for line in lines if line.startswith(_IN)), "")
        notes = [line for line in lines[1:] if not line.startswith(_IN)]
        item = Item(
            "",
            entry.msgid,
            kind_of(entry).removeprefix("type: "),
            trail,
            "\n".join(notes),
            entry.msgctxt,
            before.msgid if before is not None else None,
            after.msgid if after is not None else None,
            before.msgstr if before is not None and before.plural is None else "",
            tuple(glossary.find(entry.msgid)),
        )
        found.append(Task(path, entry, item, labels=labels_in(entry, labels)))
    return found, left


def key(task: Task, service: Service, source: Language, target: Language) -> str:
    """Return what an answer is remembered by: all that it must depend on, and nothing of where the text stands."""
    terms = [(term.source, term.target, term.variants, term.keep) for term in task.item.terms]
    asked: list[object] = [
        service.identity,
        source.tag,
        target.tag,
        task.entry.msgid,
        task.entry.msgctxt,
        task.item.kind,
        terms,
    ]
    asked += [sorted(task.labels)] if task.labels else []
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:32]


def batches(found: Sequence[Task], limits: Limits) -> Iterator[tuple[Task, ...]]:
    """Yield tasks in portions that a provider takes at once, in order; each is of one catalog."""
    batch: list[Task] = []
    size = 0
    for task in found:
        length = len(task.entry.msgid)
        full = len(batch) >= limits.entries or size + length > limits.characters
        if batch and (full or task.path != batch[0].path):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(task)
        size += length
    if batch:
        yield tuple(batch)


# --- costs -------------------------------------------------------------------------------------------------------

#: How much longer an answer may be than it is likely to be: so many times, and so much more, for models that think.
_SLACK = 3
_LEAST_SLACK = 2_000


@dataclass(slots=True)
class Budget:
    """What may be spent, and what was; for several threads.

    What an answer costs is known when it is there. So for each question as much is put aside as its answer may cost at
    most, and the provider is told where to stop. One that does not stop teaches the budget what to reckon with.

    Attributes:
        price: What the provider costs.
        limit: How much may be spent; None if it does not matter.
        spent: What was used, as far as it is known.
    """

    price: Price
    limit: float | None = None
    spent: Usage = field(default_factory=Usage)
    _guessed: Usage = field(default_factory=Usage)
    _promised: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, estimate: Usage) -> Usage | None:
        """Put aside what a question may use at most, and return it; None if there is not enough."""
        if self.limit is None:
            return estimate
        with self._lock:
            likely = Usage(
                _scaled(estimate.read, self.spent.read, self._guessed.read),
                _scaled(estimate.written, self.spent.written, self._guessed.written),
            )
            left = self.limit - self.price.of(self.spent) - self._promised
            if self.price.of(likely) > left:
                return None
            written = likely.written
            if self.price.written:
                spare = (left - self.price.of(likely)) / self.price.written * 1_000_000
                written += min(int(spare), _SLACK * written + _LEAST_SLACK)
            aside = Usage(likely.read, written)
            self._promised += self.price.of(aside)
            return aside

    def settle(self, estimate: Usage, aside: Usage, used: Usage | None) -> None:
        """Count what a question used in the place of what was put aside for it.

        Args:
            estimate: What it was thought to use.
            aside: What `take` returned.
            used: What it used; None if nobody knows, which counts as if it was as thought.
        """
        with self._lock:
            if self.limit is not None:
                self._promised -= self.price.of(aside)
            self.spent += estimate if used is None else used
            if used is None or used != Usage():  # what was refused says nothing about the others
                self._guessed += estimate


def _scaled(estimate: int, counted: int, guessed: int) -> int:
    """Return an estimate made larger as others turned out too small."""
    return estimate if counted <= guessed or not guessed else math.ceil(estimate * counted / guessed)


# --- asking ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Draft:
    """A translation that may be filled in, and the translation of a similar text that it was taken from, if it was."""

    msgstr: str
    match: Match | None = None


@dataclass(slots=True)
class Outcome:
    """What became of some tasks.

    Attributes:
        drafts: The tasks that got a draft.
        complaints: Those whose answer could not be used, with the reason.
        silent: Those to which the provider had nothing to say.
        unasked: Those that there was not enough money for, or that an error kept from being asked.
        short: Whether there was not enough money.
        error: What went wrong with the provider.
    """

    drafts: list[tuple[Task, Draft]] = field(default_factory=list)
    complaints: list[tuple[Task, str]] = field(default_factory=list)
    silent: list[Task] = field(default_factory=list)
    unasked: list[Task] = field(default_factory=list)
    short: bool = False
    error: UnavailableError | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Where questions are asked.

    Attributes:
        provider: The provider.
        service: The provider, ready to be asked.
        source: The language of the book.
        target: The language to translate into.
        dialect: The Markdown of the book.
        budget: What may be spent.
        title: The title of the book.
        keep: Called with what was answered and can be used, as soon as it is there; may raise BilingualError, after
            which nothing more is to be asked.
    """

    provider: Provider
    service: Service
    source: Language
    target: Language
    dialect: Dialect
    budget: Budget
    title: str = ""
    keep: Callable[[Sequence[tuple[Task, Draft]]], None] = lambda _: None

    def answer(self, found: Sequence[Task]) -> Outcome:
        """Return what becomes of tasks that are asked for at once, and for once more where an answer is broken."""
        outcome = Outcome()
        whole = self._round(found, outcome, {}, again=False)
        if self.provider.tokens is None or not outcome.complaints or outcome.error is not None:
            return outcome
        broken, outcome.complaints = outcome.complaints, []
        # An answer that is broken as a whole may have been too long.
        middle = (len(broken) + 1) // 2 if not whole else len(broken)
        for part in (broken[:middle], broken[middle:]):
            if part and outcome.error is None:
                self._round(
                    [task for task, _ in part], outcome, {task.entry.key: why for task, why in part}, again=True
                )
            elif part:
                outcome.complaints += part
        return outcome

    def batch(self, found: Sequence[Task], masks: Sequence[Masked | None], whys: Mapping[Key, str] = _NO_WHYS) -> Batch:
        """Return the question about some tasks."""
        items = []
        used: set[str] = set()
        for task, masked in zip(found, masks, strict=True):
            name = _name(task.entry, used)
            text = masked.text if masked is not None else task.entry.msgid
            items.append(replace(task.item, id=name, text=text, complaint=whys.get(task.entry.key, "")))
        tokens = masks[0].tokens if masks[0] is not None else None
        return Batch(self.source, self.target, tuple(items), self.title, tokens)

    def masks(self, found: Sequence[Task], *, again: bool) -> list[Masked | None]:
        """Return the texts of tasks as the provider wants them."""
        if self.provider.tokens is None:
            return [None] * len(found)
        tokens = self.provider.tokens[again]
        return [mask(task.entry, self.dialect, tokens, task.labels) for task in found]

    def _round(self, found: Sequence[Task], outcome: Outcome, whys: Mapping[Key, str], *, again: bool) -> bool:
        """Ask once, and sort the answers; return whether there was an answer as a whole."""
        masks = self.masks(found, again=again)
        batch = self.batch(found, masks, whys)
        estimate = self.service.estimate(batch)
        aside = self.budget.take(estimate)
        if aside is None:
            outcome.short = True
            self._leave(found, outcome, whys)
            return True

        def repeat() -> bool:
            """Count a question that was not answered and may have to be paid for, and put the same aside once more."""
            nonlocal aside
            self.budget.settle(estimate, aside or estimate, None)
            aside = self.budget.take(estimate)
            return aside is not None

        most = aside.written if self.budget.limit is not None and self.budget.price.written else None
        used: Usage | None = None
        try:
            reply = self.service.ask(replace(batch, most=most, repeat=repeat))
            used = reply.usage
        except BrokenReplyError as error:
            used = error.usage
            outcome.complaints += [(task, str(error)) for task in found]
            return False
        except UnavailableError as error:
            used, outcome.error = error.usage, error
            self._leave(found, outcome, whys)
            return True
        finally:
            if aside is not None:
                self.budget.settle(estimate, aside, used)
        drafts = self._sorted(found, masks, batch, reply, outcome)
        # They are paid for, so they are taken even if they cannot be kept for later.
        outcome.drafts += drafts
        try:
            self.keep(drafts)
        except BilingualError as error:
            outcome.error = UnavailableError(error.diagnostics[0], final=True)
        return True

    def _leave(self, found: Sequence[Task], outcome: Outcome, whys: Mapping[Key, str]) -> None:
        """Note that there is no answer; what was broken before stays so."""
        outcome.complaints += [(task, whys[task.entry.key]) for task in found if task.entry.key in whys]
        outcome.unasked += [task for task in found if task.entry.key not in whys]

    def _sorted(
        self,
        found: Sequence[Task],
        masks: Sequence[Masked | None],
        batch: Batch,
        reply: Reply,
        outcome: Outcome,
    ) -> list[tuple[Task, Draft]]:
        drafts = []
        for task, masked, item in zip(found, masks, batch.items, strict=True):
            text = reply.texts.get(item.id)
            if item.id in reply.complaints:
                outcome.complaints.append((task, reply.complaints[item.id]))
            elif text is None:
                outcome.silent.append(task)
            elif masked is None:
                drafts.append((task, Draft(text, reply.matches.get(item.id))))
            else:
                try:
                    drafts.append((task, Draft(accepted(task.entry, masked, text, self.dialect, task.labels))))
                except BrokenError as error:
                    outcome.complaints.append((task, str(error)))
        return drafts


def _name(entry: Entry, used: set[str]) -> str:
    """Return the id of a text in its batch: letters that hang on the text, for models count badly."""
    digest = hashlib.sha256(f"{entry.msgctxt or ''}\0{entry.msgid}".encode()).digest()
    letters = "".join("abcdefghijkmnpqrstuvwxyz"[byte % 24] for byte in digest)
    name = next(letters[:length] for length in range(4, len(letters) + 1) if letters[:length] not in used)
    used.add(name)
    return name


# --- entries -----------------------------------------------------------------------------------------------------


def usable(entry: Entry, msgstr: str, dialect: Dialect, labels: Collection[str] = ()) -> bool:
    """Return whether a translation that was remembered still fits an entry, which has these labels of links."""
    return bool(msgstr.strip()) and not lost(entry, msgstr, dialect, labels)


def drafted(entry: Entry, draft: Draft, by: str, dialect: Dialect) -> Entry:
    """Return an entry with a draft: fuzzy, with a comment that says who made it.

    The translation of a similar text keeps that as the previous msgid; formulas, code, addresses and numbers that
    differ are made those of the entry, where that is clear.

    Args:
        entry: The entry.
        draft: The draft.
        by: The provider and its model.
        dialect: The Markdown of the book.
    """
    msgstr, previous = draft.msgstr, None
    if draft.match is not None:
        by = f"{by}, {percent(draft.match.score)} %" + (f", from {draft.match.origin}" if draft.match.origin else "")
        if draft.match.msgid != entry.msgid:
            previous = draft.match.msgid
            msgstr = transferred(previous, entry.msgid, msgstr, dialect)
    comment = without_draft_mark(entry.comment)
    flags = ("fuzzy", *(flag for flag in entry.flags if flag != "fuzzy"))
    mark = draft_mark(by, previous)
    return replace(
        entry,
        msgstr=msgstr,
        flags=flags,
        comment=f"{comment}\n{mark}" if comment else mark,
        previous=previous,
        previous_context=None,
    )


def percent(score: float) -> int:
    """Return a similarity in percent, rounded down, so that 100 means the same text."""
    return int(score * 100 + 1e-6)


# --- what was answered before --------------------------------------------------------------------------------------


#: The lines around the answers of a run that is to ask for everything anew.
AFRESH, DONE = b'{"fresh": true}\n', b'{"fresh": false}\n'


@dataclass(frozen=True, slots=True)
class Known:
    """What a journal says.

    Attributes:
        answers: The translations by their keys; of several for one key the last.
        afresh: Those of a run that is to ask for everything anew and has not come to its end; None if there is none.
    """

    answers: dict[str, str]
    afresh: dict[str, str] | None = None


def remembered(data: bytes) -> Known:
    """Return what a journal says; a line that a killed run left behind is none."""
    answers: dict[str, str] = {}
    afresh: dict[str, str] | None = None
    for line in data.split(b"\n"):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if not isinstance(value, dict):
            continue
        if isinstance(value.get("fresh"), bool):
            afresh = {} if value["fresh"] else None
        if isinstance(value.get("key"), str) and isinstance(value.get("msgstr"), str):
            for found in (answers, afresh):
                if found is not None:
                    found[value["key"]] = value["msgstr"]
    return Known(answers, afresh)


def recorded(answers: Iterable[tuple[str, str, str]]) -> bytes:
    """Return the lines of a journal for keys, their translations and who made them."""
    lines = (
        json.dumps({"key": name, "by": by, "msgstr": msgstr}, ensure_ascii=False) + "\n" for name, msgstr, by in answers
    )
    return "".join(lines).encode()
