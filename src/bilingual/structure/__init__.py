"""Where a translation differs in structure from its source: what it leaves out, splits, and has of its own.

The translator's comment `bilingual: omit` leaves a text out with the block that it is, `bilingual: split` makes the
empty lines of a msgstr part paragraphs, and a file of addenda holds what stands in the translation alone. All of it is
done to a merge that is proved already, and proved again: parsed, the result has the blocks of that merge without those
left out, with the paragraphs of the split ones and the blocks of the addenda between them, and nothing else. What
breaks that is not done, and a diagnostic says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from bilingual.catalog import is_split, omission
from bilingual.diagnostics import Diagnostic, Place, Severity
from bilingual.markdown.document import BlockKind, Segment, canonical, grains, paragraphs
from bilingual.markdown.parse import parse
from bilingual.merge import breaks_alone, finding, translation
from bilingual.structure.addenda import (
    Addendum,
    Anchor,
    addendum_anchor,
    addendum_anchors,
    identity,
    located,
    marker,
    read_addenda,
    text_of,
    write_addenda,
)
from bilingual.structure.insert import Inserter, Insertion, Split
from bilingual.structure.omit import Omitter
from bilingual.structure.places import Places
from bilingual.structure.tree import Tree, agree, tree
from bilingual.text import Edit, Span, substitute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bilingual.catalog import State
    from bilingual.markdown.dialect import Dialect
    from bilingual.markdown.document import Block, Document
    from bilingual.merge import Merged
    from bilingual.structure.addenda import Found
    from bilingual.structure.insert import Item
    from bilingual.structure.tree import Node
    from bilingual.unit import Unit

__all__ = [
    "Addendum",
    "Anchor",
    "addendum_anchor",
    "addendum_anchors",
    "heading_origins",
    "identity",
    "read_addenda",
    "restructured",
    "text_of",
    "write_addenda",
]

#: How often a document is parsed to find the changes that break it; all that are left then are not made.
_TRIES = 300
_T = TypeVar("_T")
_Result = tuple["Document", Tree]


def is_omitted(unit: Unit, minimum: State) -> bool:
    """Return whether the translation leaves the text of a unit out."""
    return unit.entry is not None and omission(unit.entry) is not None and unit.state >= minimum


def restructured(
    document: Document,
    merged: Merged,
    units: Sequence[Unit],
    dialect: Dialect,
    minimum: State,
    addenda: Sequence[Addendum] = (),
) -> Merged:
    """Return a merge with the structure that the translation is to have.

    A merge in which nothing is left out or split, and that has no addenda, is returned as it is.

    Args:
        document: The source.
        merged: What was merged from it, of its shape.
        units: One unit for each of its segments, in order.
        dialect: The dialect that both were parsed with.
        minimum: The lowest state of a translation, or of an omission, that is used.
        addenda: The text that the translation alone has.
    """
    marked = [
        index
        for index, unit in enumerate(units)
        if unit.entry is not None and "bilingual: " in unit.entry.comment and _is_marked(unit, minimum)
    ]
    if not marked and not addenda:
        return merged
    work = _Work(document, merged, units, dialect, minimum)
    work.insert(marked, addenda)
    work.omit(marked)
    work.count()
    return work.result()


def _is_marked(unit: Unit, minimum: State) -> bool:
    entry = unit.entry
    return entry is not None and unit.state >= minimum and (omission(entry) is not None or is_split(entry))


def heading_origins(document: Document, origins: Sequence[int | None] | None) -> list[int | None]:
    """Return, for each heading of a document, the number of the block of the source that it comes from.

    Args:
        document: The source, or what was merged from it.
        origins: As `Merged.origins` has it; None if each block has its own.
    """
    blocks = list(grains(document.blocks))
    places = range(len(blocks)) if origins is None else origins
    return [place for block, place in zip(blocks, places, strict=True) if block.kind is BlockKind.HEADING]


@dataclass(slots=True)
class _Work:
    """A merge whose structure is being changed."""

    document: Document
    merged: Merged
    units: Sequence[Unit]
    dialect: Dialect
    minimum: State
    now: _Result = field(init=False)
    put_back: set[int] = field(init=False)
    notes: list[Diagnostic] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = self.merged.document, tree(self.merged.document)
        self.put_back = set(self.merged.put_back)

    def result(self) -> Merged:
        """Return the merge as it is now."""
        document, known = self.now
        return replace(
            self.merged,
            document=document,
            put_back=frozenset(self.put_back),
            diagnostics=(*self.merged.diagnostics, *self.notes),
            origins=tuple(grain.origin for grain in known.grains()),
            behind=tuple(grain.behind for grain in known.grains() if grain.origin is None),
        )

    # --- what there is more of

    def insert(self, marked: Sequence[int], addenda: Sequence[Addendum]) -> None:
        """Split paragraphs, and put addenda in their places."""
        items: list[Item] = list(self.splits(marked))
        if not items and not addenda:
            return
        inserter = Inserter(*self.now, self.dialect)
        found = located(addenda, self.document)
        insertions = [
            Insertion(order, where.place, inserter.slots(where.place, addendum.text))
            for order, (addendum, where) in enumerate(zip(addenda, found, strict=True))
        ]
        left_out = {each.order for each in insertions if not each.slots}
        items += (each for each in insertions if each.slots)
        again = True
        while again:
            made, refused = _settled(items, inserter.attempt)
            again = False
            for each in refused:
                if isinstance(each, Insertion) and each.chosen + 1 < len(each.slots):
                    each.chosen += 1
                    again = True
                    continue
                items.remove(each)
                if isinstance(each, Split):
                    self.notes.append(_unsplit(self.document, self.units[each.segment]))
                else:
                    left_out.add(each.order)
        self.now = made or self.now
        for order, (addendum, where) in enumerate(zip(addenda, found, strict=True)):
            if order in left_out:
                self.notes.append(_left_out(addendum))
            elif not where.sure:
                self.notes.append(_moved(addendum, where))

    def splits(self, marked: Sequence[int]) -> Iterator[Split]:
        """Yield the translations in several paragraphs; those that cannot be are reported."""
        leaves = {
            segment.span.start
            for block in grains(self.document.blocks)
            if block.kind is BlockKind.PARAGRAPH
            for segment in block.segments
        }
        for index in marked:
            unit = self.units[index]
            entry = unit.entry
            if entry is None or not is_split(entry) or index in self.put_back or is_omitted(unit, self.minimum):
                continue
            texts = tuple(filter(None, (canonical(unit.segment, text) for text in paragraphs(entry.msgstr))))
            if len(texts) < 2 or translation(unit, self.minimum) is None:
                continue
            possible = unit.segment.span.start in leaves and not unit.segment.single_line
            if not possible or any(breaks_alone(unit.segment, text, self.dialect) for text in texts):
                self.notes.append(_unsplit(self.document, unit))
            else:
                yield Split(index, texts, unit.segment.breaks)

    # --- what there is less of

    def omit(self, marked: Sequence[int]) -> None:
        """Leave blocks out."""
        left_out = frozenset(index for index in marked if is_omitted(self.units[index], self.minimum))
        if not left_out:
            return
        segments: list[range] = []
        wanted: set[int] = set()
        for place, block in enumerate(grains(self.document.blocks)):
            start = segments[-1].stop if segments else 0
            segments.append(range(start, start + len(block.segments)))
            if self.is_whole(block, segments[-1], left_out):
                wanted.add(place)
        omitter = Omitter(*self.now, self.dialect)
        found, reasons = omitter.omissions(wanted)
        made, refused = _settled(found, omitter.attempt)
        self.now = made or self.now
        for each in refused:
            reasons.update(dict.fromkeys(each.origins, "what is around it would become something else"))
        for place, indexes in enumerate(segments):
            mine = [index for index in indexes if index in left_out]
            if mine and (place not in wanted or place in reasons):
                reason = reasons.get(place, "other text of the same block stays")
                self.notes.append(_stays(self.document, self.units[mine[0]], reason))
                self.put_back.update(index for index in mine if translation(self.units[index], self.minimum) is None)

    def is_whole(self, block: Block, indexes: range, left_out: frozenset[int]) -> bool:
        """Return whether a block says nothing that is not to be left out; what nobody translates does not count."""
        rest = any(self.units[index].entry is not None for index in indexes if index not in left_out)
        skipped = any(isinstance(piece, Segment) and piece not in block.segments for piece in block.pieces)
        return not rest and not skipped and any(index in left_out for index in indexes)

    # --- numbers

    def count(self) -> None:
        """Number the items of ordered lists that have other ones now, as far as that moves no text."""
        document, known = self.now
        places = Places(document)
        edits = [edit for root in known.roots for node in root.walk() for edit in _numbers(places, node)]
        if not edits:
            return
        numbered = parse(substitute(document.text, edits), path=document.path, dialect=self.dialect)
        found = tree(numbered)
        if agree(known.roots, found.roots) and found.links == known.links:
            self.now = numbered, found


def _numbers(places: Places, node: Node) -> Iterator[Edit]:
    """Yield the edits that number the items of a list whose items became others."""
    if node.count is None or node.block is None:
        return
    number, step = node.count
    for item in node.block.children if step >= 0 else node.block.children[:1]:
        match = places.number(item)
        shorter = len(match.group(1)) - len(str(number)) if match is not None else -1
        if match is None or shorter < 0:
            return
        # What stands behind the number stays where it is, since further lines are level with it.
        yield Edit(Span(*match.span()), f"{number}{match.group(2)}{' ' * shorter}")
        number += step


def _settled(items: Sequence[_T], attempt: Callable[[Sequence[_T]], _Result | None]) -> tuple[_Result | None, list[_T]]:
    """Return what comes of as many items as go together, None for none, and the items that do not.

    What cannot be is told by looking at it, for the most part; of what is left, a few are looked for by trying halves.
    """
    kept: list[_T] = []
    refused: list[_T] = []
    result: _Result | None = None
    tries = 0

    def settle(some: Sequence[_T]) -> None:
        nonlocal result, tries
        tries += 1
        made = attempt([*kept, *some]) if tries <= _TRIES else None
        if made is not None:
            kept.extend(some)
            result = made
        elif len(some) == 1 or tries > _TRIES:
            refused.extend(some)
        else:
            middle = len(some) // 2
            settle(some[:middle])
            settle(some[middle:])

    if items:
        settle(items)
    return result, refused


# --- diagnostics -----------------------------------------------------------------------------------------------------


def _stays(document: Document, unit: Unit, reason: str) -> Diagnostic:
    return finding(
        document,
        unit,
        "omit-impossible",
        f"this {unit.segment.kind.value} is not left out, since {reason}",
        "translate it, or take bilingual: omit out of its comment",
    )


def _unsplit(document: Document, unit: Unit) -> Diagnostic:
    return finding(
        document,
        unit,
        "split-impossible",
        f"this {unit.segment.kind.value} cannot be several paragraphs here, so the empty lines in it are taken out",
        "take bilingual: split out of its comment, or the empty lines out of the msgstr",
        Severity.WARNING,
    )


def _moved(addendum: Addendum, where: Found) -> Diagnostic:
    there = f"behind “{where.anchor.words}”" if where.anchor is not None else "at the beginning of the chapter"
    return _about(
        addendum,
        "addendum-moved",
        f"the text that this stood behind has changed or is gone, so it stands {there} now",
        f"if that is right, write {marker(where.anchor)} above it",
        Severity.WARNING,
    )


def _left_out(addendum: Addendum) -> Diagnostic:
    return _about(
        addendum,
        "addendum-impossible",
        "this text cannot stand where it belongs without a change of what is around it, so it is left out",
        "close its fences, formulas and HTML, or put it behind another block",
        Severity.ERROR,
    )


def _about(addendum: Addendum, code: str, message: str, hint: str, severity: Severity) -> Diagnostic:
    excerpt = addendum.text.split("\n", 1)[0][:200]
    return Diagnostic(code, message, Place(addendum.path, addendum.line or None), severity, excerpt, None, hint)
