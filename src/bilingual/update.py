"""Templates from documents, and the update of catalogs to new templates.

What an entry was before is looked for in this order: the same msgid in its catalog, live or obsolete; the text that
it had before a change was taken back; the same msgid in another catalog of the book; a text that differs by white
space or by the width of its punctuation alone; a similar text at the same place, between neighbours that did not
change; the most similar text anywhere.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from bilingual.catalog import (
    Catalog,
    Entry,
    doubted,
    is_split,
    omission,
    still_reviewed,
    without_omission,
    without_split,
)
from bilingual.markdown.dialect import default_dialect
from bilingual.markdown.document import paragraphs
from bilingual.markdown.inline import Inline, joint
from bilingual.suggest import SIMILAR, Fuzzy, contained, similarity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bilingual.markdown.dialect import Dialect
    from bilingual.markdown.document import Document, Segment

Key = tuple[str | None, str]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Change:
    """What an update did, counted in entries: new, kept as they were, kept as fuzzy, and made obsolete."""

    new: int = 0
    kept: int = 0
    changed: int = 0
    obsolete: int = 0

    def __add__(self, other: Change) -> Change:
        """Return the sums."""
        return Change(
            self.new + other.new,
            self.kept + other.kept,
            self.changed + other.changed,
            self.obsolete + other.obsolete,
        )


def template(
    documents: Iterable[Document],
    header: Sequence[tuple[str, str]],
    wanted: Callable[[Segment], bool],
) -> Catalog:
    """Return the entries that translators of `documents` need, in document order, each msgid once.

    Args:
        documents: The documents of one catalog.
        header: The header of the template.
        wanted: Whether a segment is to be translated.

    Returns:
        A catalog whose references are `path:line`, one for each place.
    """
    found: dict[tuple[str | None, str], tuple[Segment, list[str]]] = {}
    for document in documents:
        for segment in document.segments:
            if not wanted(segment):
                continue
            reference = f"{document.path}:{segment.line}"
            key = (segment.context, segment.text)
            known = found.get(key)
            if known is None:
                found[key] = (segment, [reference])
            else:
                known[1].append(reference)
    return Catalog(
        tuple(
            Entry(
                msgid,
                msgctxt=context,
                references=tuple(references),
                extracted=segment.comment,
            )
            for (context, msgid), (segment, references) in found.items()
        ),
        tuple(header),
    )


def without_lines(entry: Entry) -> Entry:
    """Return `entry` with each referenced file once and no line numbers, which would churn in a PO file."""
    files = dict.fromkeys(reference.rpartition(":")[0] or reference for reference in entry.references)
    return replace(entry, references=tuple(files))


@dataclass(slots=True)
class Draft:
    """The update of one catalog under way: `begin` makes it, `resolve` fills it, `finish` turns it into a catalog.

    Attributes:
        catalog: The translations so far.
        template: The entries that are wanted now, without lines.
        complete: Whether the whole source could be read; if not, nothing is made obsolete.
        trivial: Whether its author says that the changes of the source mean nothing to translators.
        slots: What each entry of the template becomes, None where that is open.
        origins: For each slot, the key that it had in the catalog before, None if it had none.
        vanished: Live entries that the template lacks, in order; those that became another entry leave it.
        past: Obsolete entries; those that are wanted again leave it.
        moved: Those of the vanished that became an entry of another catalog.
        header: The header of a new catalog.
        new: How many open slots were filled by what has no translation.
        changed: How many were filled by the fuzzy translation of a text that changed.
    """

    catalog: Catalog
    template: tuple[Entry, ...]
    complete: bool
    trivial: bool
    slots: list[Entry | None] = field(default_factory=list)
    origins: list[tuple[int, Key] | None] = field(default_factory=list)
    vanished: dict[Key, Entry] = field(default_factory=dict)
    past: dict[Key, Entry] = field(default_factory=dict)
    moved: set[Key] = field(default_factory=set)
    header: tuple[tuple[str, str], ...] = ()
    new: int = 0
    changed: int = 0

    @property
    def open(self) -> list[int]:
        """The indexes of the slots that are open."""
        return [index for index, slot in enumerate(self.slots) if slot is None]

    @property
    def settled(self) -> bool:
        """Whether neither this catalog nor another one can gain by looking any further."""
        return all(self.slots) and not any(map(_is_decided, self.vanished.values()))


def begin(catalog: Catalog, template: Catalog, *, complete: bool = True, trivial: bool = False) -> Draft:
    """Return the update of `catalog` to `template` as far as it is clear without a look around.

    Args:
        catalog: The translations so far.
        template: The entries that are wanted now, references with lines.
        complete: False if a part of the source could not be read: then nothing is made obsolete.
        trivial: True if the changes of the source mean nothing to translators: translations stay translated.
    """
    live = catalog.live
    fresh = {entry.key for entry in template.entries}
    draft = Draft(
        catalog,
        tuple(map(without_lines, template.entries)),
        complete,
        trivial,
        vanished={key: entry for key, entry in live.items() if key not in fresh},
        past=_past(catalog),
        header=template.header,
    )
    for wanted in draft.template:
        old = live.get(wanted.key)
        double = draft.past.pop(wanted.key, None)
        draft.origins.append((id(draft), wanted.key) if old is not None else None)
        if old is None:
            old = double
        elif double is not None:
            old = _joined(old, double) if _is_decided(old) else _joined(double, old)
        draft.slots.append(None if old is None else _same(wanted, old))
    return draft


def finish(draft: Draft, *, prune: bool = False, moved: bool = False) -> tuple[Catalog, Change]:
    """Return the updated catalog, and what the update changed.

    Args:
        draft: An update; what is open in it is new and untranslated.
        prune: Leave the obsolete entries out.
        moved: Leave out what became an entry of another catalog, since that is written.
    """
    opened = len(draft.open)
    entries = [slot or wanted for slot, wanted in zip(draft.slots, draft.template, strict=True)]
    vanished = draft.vanished
    if not draft.complete:
        entries.extend(vanished.values())
        vanished = {}
    past = dict(draft.past)
    if moved:
        vanished = {key: entry for key, entry in vanished.items() if key not in draft.moved}
    obsolete = []
    for entry in vanished.values():
        gone = replace(entry, obsolete=True, references=(), extracted="")
        double = past.pop(entry.key, None)
        if double is not None:
            gone = _joined(gone, double) if _is_decided(gone) else _joined(double, gone)
        if gone.msgstr or gone.comment or gone.plural:
            obsolete.append(gone)
    if not prune:
        entries += [*obsolete, *past.values()]
    catalog = draft.catalog
    updated = Catalog(
        tuple(entries),
        catalog.header or draft.header,
        catalog.path,
        catalog.header_comment,
        catalog.header_flags,
    )
    new = draft.new + opened
    return updated, Change(new, len(draft.slots) - new - draft.changed, draft.changed, len(vanished))


def update(
    catalog: Catalog,
    template: Catalog,
    others: Callable[[], Iterable[Catalog]] = tuple,
    *,
    complete: bool = True,
    trivial: bool = False,
    dialect: Dialect | None = None,
) -> tuple[Catalog, Change]:
    """Return `catalog` with the entries of `template`, and what that changed.

    No msgid with a translation or a translator comment, no msgstr, comment, or flag is lost: what vanished
    becomes obsolete, what came back is revived, and what changed keeps its translation as fuzzy with the previous
    msgid. Updating again changes nothing (DESIGN I6).

    Args:
        catalog: The translations so far.
        template: The entries that are wanted now, references with lines.
        others: Called if something is new; returns the other catalogs of the book for the same target.
        complete: As in `begin`.
        trivial: As in `begin`.
        dialect: As in `resolve`.
    """
    draft = begin(catalog, template, complete=complete, trivial=trivial)
    resolve([draft], others, dialect)
    return finish(draft)


def resolve(
    drafts: Sequence[Draft], others: Callable[[], Iterable[Catalog]] = tuple, dialect: Dialect | None = None
) -> None:
    """Fill the open slots of updates with what their texts were before, wherever in the book that was.

    Args:
        drafts: The updates of all catalogs of one target that are not settled.
        others: Called if a slot is open; returns the other catalogs of the target, as they were before.
        dialect: The dialect of the book, for what translators do not touch; the default dialect if None.
    """
    if any(draft.open for draft in drafts):
        _Resolver(drafts, others(), dialect).run()


def _same(wanted: Entry, old: Entry) -> Entry:
    """Return an entry whose text did not change, with the places and comments that it has now.

    The previous msgid that an editor leaves when it takes the fuzzy mark away means nothing any more.
    """
    same = replace(old, references=wanted.references, extracted=wanted.extracted, obsolete=False)
    return same if same.fuzzy or same.previous is None else replace(same, previous=None, previous_context=None)


@dataclass(slots=True, eq=False)
class _Old:
    """An entry that another one may continue; `home` is the update of its catalog, None if that has none."""

    entry: Entry
    home: Draft | None
    gone: bool = False  # it vanished in this very update
    claimed: bool = False


class _Resolver:
    def __init__(self, drafts: Sequence[Draft], others: Iterable[Catalog], dialect: Dialect | None) -> None:
        self.drafts = drafts
        self.dialect = dialect
        self.gone = [_Old(entry, draft, gone=True) for draft in drafts for entry in draft.vanished.values()]
        self.by_place = {(id(old.home), old.entry.key): old for old in self.gone}
        self.past = [_Old(entry, draft) for draft in drafts for entry in draft.past.values()]
        self.live: list[_Old] = []
        self.repeats: dict[tuple[Key, str], str | None] = {}  # None where translations differ
        for draft in drafts:
            self.note_live(draft.catalog, draft)
        for catalog in others:
            self.note_live(catalog, None)
            self.past.extend(_Old(entry, None) for entry in catalog.entries if entry.obsolete)

    def note_live(self, catalog: Catalog, home: Draft | None) -> None:
        for entry in catalog.entries:
            if entry.translated and not entry.obsolete:
                self.live.append(_Old(entry, home))
                key = (entry.key, kind_of(entry))
                if self.repeats.setdefault(key, entry.msgstr) != entry.msgstr:
                    self.repeats[key] = None

    def run(self) -> None:
        self.exact()
        self.loose()
        self.in_place()
        self.anywhere()
        for draft in self.drafts:
            self.renamed(draft)

    def renamed(self, draft: Draft) -> None:
        """A new catalog that has most of its entries from one whose chapter is gone takes its header over too."""
        if draft.catalog.entries:
            return
        homes = Counter(origin[0] for origin in draft.origins if origin is not None)
        for home in self.drafts:
            if homes[id(home)] * 2 > len(draft.slots) and not home.template:
                catalog = home.catalog
                draft.catalog = replace(catalog, entries=(), path=draft.catalog.path)

    def each_open(self) -> Iterable[tuple[Draft, int, Entry]]:
        for draft in self.drafts:
            for index in draft.open:
                yield draft, index, draft.template[index]

    def take(self, draft: Draft, index: int, olds: Sequence[_Old], entry: Entry, *, used: bool = True) -> None:
        """Fill a slot with what `olds` became; `used` says that they are not to become anything else."""
        draft.slots[index] = entry
        old = olds[0]
        draft.origins[index] = (id(old.home), old.entry.key) if old.gone else None
        if used:
            for each in olds:
                each.claimed = True
                if each.gone and each.home is draft:
                    draft.vanished.pop(each.entry.key, None)
                elif each.gone and each.home is not None:
                    each.home.moved.add(each.entry.key)
        if not _is_decided(entry) and not entry.plural:
            draft.new += 1
        elif (entry.fuzzy or omission(entry) is not None) and entry.key != old.entry.key:
            draft.changed += 1

    # --- the same text -----------------------------------------------------------------------------------------

    def exact(self) -> None:
        """The same msgid and context anywhere: it was moved, or a change is taken back, or it is a repeat."""
        reverted: dict[Key, list[_Old]] = {}
        moved = _Pool()
        for old in self.gone:
            if _is_decided(old.entry) or old.entry.plural:
                moved.add(old.entry.key, old)
            if old.entry.fuzzy and old.entry.msgstr and old.entry.previous is not None:
                reverted.setdefault((old.entry.previous_context, old.entry.previous), []).append(old)
        past: dict[Key, list[_Old]] = {}
        for old in self.past:
            past.setdefault(old.entry.key, []).append(old)
        for draft, index, wanted in self.each_open():
            backs = reverted.pop(wanted.key, [])
            if backs and len({old.entry.msgstr for old in backs}) == 1 and not backs[0].claimed:
                # The source is what it was when this was translated.
                back = backs[0].entry
                flags = tuple(flag for flag in back.flags if flag != "fuzzy")
                self.take(
                    draft, index, backs[:1], replace(wanted, msgstr=back.msgstr, flags=flags, comment=back.comment)
                )
                continue
            mover = moved.first(wanted.key, draft)
            if mover is not None:
                self.take(draft, index, [mover], _same(wanted, mover.entry))
                continue
            repeat = self.repeats.get((wanted.key, kind_of(wanted)))
            if repeat is not None:
                draft.slots[index] = replace(wanted, msgstr=repeat)
                continue
            known = past.get(wanted.key, ())
            if known and len({old.entry.msgstr for old in known}) == 1:
                self.take(draft, index, known[:1], _same(wanted, known[0].entry), used=False)

    def loose(self) -> None:
        """The text differs by white space or by the width of its punctuation alone."""
        pool = _Pool()
        for old in (*self.gone, *self.past):
            if _is_decided(old.entry) and not old.claimed:
                pool.add(_loose(old.entry.msgid), old)
        for draft, index, wanted in self.each_open() if pool else ():
            alike = pool.first(_loose(wanted.msgid), draft)
            if alike is not None:
                before = alike.entry
                spaces = before.msgctxt == wanted.msgctxt and _tight(before.msgid) == _tight(wanted.msgid)
                self.take(draft, index, [alike], self.carried(wanted, before, keep=spaces or draft.trivial))

    # --- the same place ----------------------------------------------------------------------------------------

    def in_place(self) -> None:
        """The text is similar to one that stood between the same neighbours, which did not change."""
        after: dict[object, list[_Old]] = {}
        before: dict[object, list[_Old]] = {}
        for draft in self.drafts:
            for left, run, right in self.old_runs(draft):
                after[left] = run
                before[right] = run
        for draft in self.drafts:
            for left, indexes, right in _new_runs(draft):
                olds = {id(old): old for run in (after.get(left, ()), before.get(right, ())) for old in run}
                free = [old for old in olds.values() if not old.claimed]
                for ours, theirs in _aligned(free, [draft.template[index] for index in indexes]):
                    self.join([free[i] for i in ours], draft, [indexes[j] for j in theirs])

    def old_runs(self, draft: Draft) -> Iterable[tuple[object, list[_Old], object]]:
        """Yield each run of vanished entries with the places of the entries before and after it."""

        def steps() -> Iterable[tuple[_Old | None, object]]:
            for key in draft.catalog.live:
                old = self.by_place.get((id(draft), key))
                yield (None if old is None or old.claimed else old), (id(draft), key)

        return _runs(draft, steps())

    def join(self, olds: Sequence[_Old], draft: Draft, indexes: Sequence[int]) -> None:
        """Fill slots whose texts are, in order, what became of `olds`: one of either, or several of one."""
        old = olds[0].entry
        for other in olds[1:]:
            old = _one(old, other.entry)
        wanted = [draft.template[index] for index in indexes]
        parts = _shares(old, wanted) if len(wanted) > 1 else [old]
        for index, each, part in zip(indexes, wanted, parts, strict=True):
            keep = draft.trivial and len(olds) == len(indexes) == 1
            self.take(draft, index, olds, self.carried(each, part, keep=keep))

    # --- anywhere ----------------------------------------------------------------------------------------------

    def anywhere(self) -> None:
        """The text is similar to one that stood anywhere; of several that want one, the most similar gets it."""
        free = [old for old in (*self.gone, *self.past) if old.entry.msgstr and not old.claimed]
        self.most_similar(free, copies=False)
        # A text that stood in several places and was edited in one of them did not vanish.
        if any(draft.open for draft in self.drafts):
            self.most_similar(self.live, copies=True)

    def most_similar(self, free: Sequence[_Old], *, copies: bool) -> None:
        """Fill open slots from `free`; those that new texts are `copies` of stay what they are, too."""
        if not free:
            return
        least = _COPY if copies else SIMILAR
        index = Fuzzy(old.entry.msgid for old in free)
        found = []
        for number, (draft, slot, wanted) in enumerate(self.each_open()):
            for score, place in index.nearest(wanted.msgid, 4):
                old = free[place]
                if score < least or old.entry.key == wanted.key:  # nobody chose between different translations
                    continue
                found.append((-score, not old.gone, old.home is not draft, number, place, draft, slot))
        found.sort(key=lambda each: each[:5])
        for _, _, _, _, place, draft, slot in found:
            old = free[place]
            if draft.slots[slot] is None and not old.claimed:
                entry = self.carried(draft.template[slot], old.entry, keep=draft.trivial and old.gone)
                self.take(draft, slot, [old], entry, used=not copies)

    def carried(self, wanted: Entry, old: Entry, *, keep: bool) -> Entry:
        """Return `wanted` with the translation of `old`: as it was if `keep`, else as fuzzy."""
        carried = replace(wanted, flags=old.flags, comment=old.comment)
        if not keep:
            carried = doubted(carried, old.msgid)
        if not old.msgstr:
            return carried
        carried = replace(carried, msgstr=transferred(old.msgid, wanted.msgid, old.msgstr, self.dialect))
        if old.fuzzy:
            # A fuzzy translation belongs to the text that it was made for; a draft, to none.
            return replace(carried, previous=old.previous, previous_context=old.previous_context)
        if keep:
            return still_reviewed(carried, old)
        flags = ("fuzzy", *old.flags)
        return replace(carried, flags=flags, previous=old.msgid, previous_context=old.msgctxt)


class _Pool:
    """Entries in queues, by a key; each is given out once, those of the asking catalog first."""

    def __init__(self) -> None:
        self._queues: dict[object, deque[_Old]] = {}

    def __bool__(self) -> bool:
        return bool(self._queues)

    def add(self, key: object, old: _Old) -> None:
        for each in (key, (id(old.home), key)):
            self._queues.setdefault(each, deque()).append(old)

    def first(self, key: object, draft: Draft) -> _Old | None:
        """Return the first that is not claimed: of the catalog of `draft`, or else of any."""
        for each in ((id(draft), key), key):
            queue = self._queues.get(each, ())
            while queue:
                old = queue.popleft()
                if not old.claimed:
                    return old
        return None


def _new_runs(draft: Draft) -> Iterable[tuple[object, list[int], object]]:
    """Yield each run of open slots with the places that the slots before and after it had before."""
    slots = zip(draft.slots, draft.origins, strict=True)
    steps = ((index if slot is None else None, origin) for index, (slot, origin) in enumerate(slots))
    return _runs(draft, ((index, origin) for index, origin in steps if index is not None or origin is not None))


def _runs(draft: Draft, steps: Iterable[tuple[_T | None, object]]) -> Iterable[tuple[object, list[_T], object]]:
    """Yield each run of items with the places before and after it; a step is an item, or None and a place."""
    run: list[_T] = []
    left: object = (id(draft), "start")
    for item, here in steps:
        if item is not None:
            run.append(item)
            continue
        if run:
            yield left, run, here
            run = []
        left = here
    if run:
        yield left, run, (id(draft), "end")


#: Runs longer than this are not searched for paragraphs that were joined or split.
_LONG = 64
#: How similar a new text must be to one that is still there to be taken for an edited copy of it.
_COPY = 0.9
#: How far from the diagonal pairs are compared in a run, and in a long one, whose rest is looked up anywhere.
_BAND = 12
_NARROW = 4
#: How similar two texts must be that alone changed between two neighbours; below `SIMILAR` it makes a draft.
_ALONE = 0.4
#: Which part of each piece must stand in the whole if that was split or joined from it.
_PIECE = 0.7


def _aligned(olds: Sequence[_Old], news: Sequence[Entry]) -> list[tuple[range, range]]:
    """Return which of `olds` became which of `news`: pairs of ranges, one of them of length 1."""
    if not olds or not news:
        return []
    cutoff = _ALONE if len(olds) == len(news) == 1 else SIMILAR
    slope = len(olds) / len(news)
    band = _BAND if max(len(olds), len(news)) <= _LONG else _NARROW
    proposals: list[tuple[float, bool, float, range, range]] = []

    def propose(ours: range, theirs: range, score: float) -> None:
        far = abs(ours.start - theirs.start * slope)
        alike = kind_of(olds[ours.start].entry) == kind_of(news[theirs.start])
        proposals.append((-score, not alike, far, ours, theirs))

    for j, new in enumerate(news):
        middle = round(j * slope)
        for i in range(max(0, middle - band), min(len(olds), middle + band + 1)):
            score = similarity(olds[i].entry.msgid, new.msgid, cutoff)
            if score:
                propose(range(i, i + 1), range(j, j + 1), score)
    if len(olds) != len(news) and max(len(olds), len(news)) <= _LONG:
        before = [old.entry.msgid for old in olds]
        after = [new.msgid for new in news]
        for wholes, texts, swapped in ((before, after, False), (after, before, True)):
            for i, whole in enumerate(wholes):
                single = range(i, i + 1)
                for pieces, score in _pieces(whole, texts):
                    propose(*((pieces, single) if swapped else (single, pieces)), score)
    proposals.sort(key=lambda each: (*each[:3], each[4].start, each[3].start))
    taken: set[tuple[bool, int]] = set()
    result = []
    for _, _, _, ours, theirs in proposals:
        places = {*((False, i) for i in ours), *((True, j) for j in theirs)}
        if not places & taken:
            taken |= places
            result.append((ours, theirs))
    return result


def _pieces(whole: str, texts: Sequence[str]) -> Iterable[tuple[range, float]]:
    """Yield the ranges of two or three of `texts` that `whole` was joined from or split into, with their similarity."""
    inside = [len(text) < len(whole) * 1.2 and contained(text, whole) >= _PIECE for text in texts]
    for start in range(len(texts) - 1):
        for stop in (start + 2, start + 3):
            if stop > len(texts) or not all(inside[start:stop]):
                break
            score = similarity(whole, "".join(texts[start:stop]))
            if score:
                yield range(start, stop), score


def _one(first: Entry, second: Entry) -> Entry:
    """Return what two entries that stood one after the other are together."""

    def text(one: str, other: str) -> str:
        return one + joint(one[-1:], other[:1]) + other if one and other else one or other

    def before(entry: Entry) -> str:
        return entry.previous if entry.fuzzy and entry.previous is not None else entry.msgid

    comments = [first.comment, second.comment]
    if omission(first) is None or omission(second) is None:
        comments = list(map(without_omission, comments))  # what is left of the two is not left out
    # Nobody has approved the two together: the break keeps their previous text from ever being the new one.
    previous = "\n".join(dict.fromkeys((before(first), before(second))))
    return replace(
        first,
        msgid=text(first.msgid, second.msgid),
        msgstr=text(first.msgstr, second.msgstr),
        flags=tuple(dict.fromkeys(("fuzzy", *first.flags, *second.flags))),
        comment="\n".join(dict.fromkeys(each for each in comments if each)),
        previous=previous,
    )


_SENTENCE = re.compile(r"(?:[^。！？!?.]|\.(?!\s))+(?:[。！？!?.]+[”’」』）)\"']*\s*|$)|[。！？!?.]+\s*")


def _shares(old: Entry, news: Sequence[Entry]) -> list[Entry]:
    """Return what a text is in each part it was split into: sentences of it and of its translation, or the whole.

    If the translation has had as many paragraphs all along, each part has one of them.
    """
    parts = paragraphs(old.msgstr) if is_split(old) else []
    if len(parts) == len(news):
        shared = replace(old, flags=tuple(dict.fromkeys(("fuzzy", *old.flags))), comment=without_split(old.comment))
        shared = shared if old.fuzzy else replace(shared, previous=old.msgid, previous_context=old.msgctxt)
        return [replace(shared, msgstr=each) for each in parts]
    counts = [len(_SENTENCE.findall(new.msgid)) for new in news]
    theirs, ours = _SENTENCE.findall(old.msgstr), _SENTENCE.findall(old.msgid)
    if not len(theirs) == len(ours) == sum(counts):
        return [old] * len(news)
    pieces = []
    for count in counts:
        pieces.append(["".join(sentences[:count]).strip() for sentences in (ours, theirs)])
        del ours[:count], theirs[:count]
    # As above, nobody has approved the pieces.
    previous = old.previous if old.fuzzy else "\n".join(msgid for msgid, _ in pieces)
    flags = tuple(dict.fromkeys(("fuzzy", *old.flags)))
    return [replace(old, msgid=msgid, msgstr=msgstr, flags=flags, previous=previous) for msgid, msgstr in pieces]


# --- small changes ------------------------------------------------------------------------------------------------

_WIDTHS = str.maketrans(
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | dict(zip("。、“”‘’「」『』〈〉《》【】〔〕…—～", ".,\"\"''\"\"''<><>[][].-~", strict=True))
)
_SPACE_BETWEEN_WORDS = re.compile(r"(?<=[A-Za-z0-9])\s+(?=[A-Za-z0-9])")
_SPACES = re.compile(r"\s+")


def _tight(text: str) -> str:
    """Return a text without its white space, but for that between two words."""
    return _SPACES.sub("", _SPACE_BETWEEN_WORDS.sub("\0", text))


def _loose(text: str) -> str:
    """Return a text in a form that white space and the width of its punctuation do not change."""
    return _tight(text.translate(_WIDTHS))


_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def _protected(text: str, dialect: Dialect | None) -> tuple[list[str], list[tuple[str, int, int]]]:
    """Return the prose of a text in pieces, and what stands between them: kind, start, end."""
    inline = Inline(text, dialect or default_dialect())
    found = [(atom.kind, atom.span.start, atom.span.end) for atom in inline.atoms()]
    prose = []
    marks: list[tuple[str, int, int]] = []
    position = 0
    for kind, start, end in (*found, ("", len(text), len(text))):
        for number in _NUMBER.finditer(text, position, start):
            prose.append(text[position : number.start()])
            marks.append(("number", *number.span()))
            position = number.end()
        prose.append(text[position:start])
        marks.append((kind, start, end))
        position = end
    return prose, marks[:-1]


def transferred(old: str, new: str, msgstr: str, dialect: Dialect | None = None) -> str:
    """Return the translation of `old` for `new`, if they differ only in what is the same in every language.

    Formulas, code, destinations of links, tags and numbers that changed are changed in the translation too, where
    it has each as often as the old text had; any other difference leaves the translation as it is.

    Args:
        old: The text that was translated.
        new: The text that took its place.
        msgstr: The translation of `old`.
        dialect: The dialect of the book; None is the default one.
    """
    if old == new:
        return msgstr
    before, marks = _protected(old, dialect)
    if not marks or not all(piece.strip() in new for piece in before):
        return msgstr  # as for most changes, and parsing takes time
    after, others = _protected(new, dialect)
    kinds = [kind for kind, _, _ in marks]
    if kinds != [kind for kind, _, _ in others] or list(map(_tight, before)) != list(map(_tight, after)):
        return msgstr
    changed: dict[tuple[str, str], str | None] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for (kind, start, end), (_, first, last) in zip(marks, others, strict=True):
        key = (kind, old[start:end])
        counts[key] += 1
        if changed.setdefault(key, new[first:last]) != new[first:last]:
            changed[key] = None  # one of several equal ones changed: nobody knows which it is in the translation
    _, places = _protected(msgstr, dialect)
    there = Counter((kind, msgstr[start:end]) for kind, start, end in places)
    parts = []
    position = 0
    for kind, start, end in places:
        key = (kind, msgstr[start:end])
        text = changed.get(key)
        if text is not None and there[key] == counts[key]:
            parts += [msgstr[position:start], text]
            position = end
    return "".join(parts) + msgstr[position:]


# --- parts of entries ---------------------------------------------------------------------------------------------


def _is_decided(entry: Entry) -> bool:
    """Return whether a translator has said what becomes of a text: there is a translation, or it is left out."""
    return bool(entry.msgstr) or omission(entry) is not None


def _past(catalog: Catalog) -> dict[tuple[str | None, str], Entry]:
    """Return the obsolete entries by key; gettext accepts no two for one msgid, so doubles are joined."""
    past: dict[tuple[str | None, str], Entry] = {}
    for entry in catalog.entries:
        if entry.obsolete:
            known = past.get(entry.key)
            past[entry.key] = entry if known is None else _joined(known, entry)
    return past


def _joined(entry: Entry, double: Entry) -> Entry:
    """Return `entry` with what only its double has: its comment, and another translation as a comment."""
    lines = [entry.comment] if entry.comment else []
    comment = without_split(without_omission(double.comment)) if _is_decided(entry) else double.comment
    if comment and comment not in lines:
        lines.append(comment)
    if double.msgstr and double.msgstr != entry.msgstr:
        other = other_translation(double.msgstr)
        if other not in entry.comment.split("\n"):
            lines.append(other)
    return replace(entry, comment="\n".join(lines))


def other_translation(msgstr: str) -> str:
    """Return the comment line that keeps a translation which another one beat."""
    return "bilingual: other translation: " + msgstr.replace("\n", "\\n").replace("\r", "\\r")


def kind_of(entry: Entry) -> str:
    """Return the type comment of an entry, such as "type: heading level 2"."""
    return entry.extracted.split("\n", 1)[0]
