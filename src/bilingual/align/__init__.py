"""Texts and their translations aligned.

Here are the alignment as a value and that of our own merge, which is exact. `documents` aligns translations that
somebody else made, `sentences` the sentences inside of paragraphs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bilingual.catalog import State
from bilingual.markdown.document import grains

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bilingual.markdown.document import Block, Document
    from bilingual.unit import Unit


@dataclass(frozen=True, slots=True)
class Bead:
    """Blocks of a source with the blocks of a target that say the same.

    Attributes:
        source: Blocks of the source, in order; none if the target alone has this.
        target: Blocks of the target, in order; none if the source alone has this.
        score: How sure the pairing is, from 0 to 1.
        state: The lowest state of what a translator is to translate in it; None if there is nothing.
        untranslated: Whether nothing of that is translated, so that the target has the text of the book's own language.
        source_untranslated: The same of the source, where that is a translation too.
        put_back: Whether a translation could not be used, so that the source's text stands.
        units: The units of its segments, in order.
    """

    source: tuple[Block, ...]
    target: tuple[Block, ...]
    score: float = 1.0
    state: State | None = None
    untranslated: bool = False
    source_untranslated: bool = False
    put_back: bool = False
    units: tuple[Unit, ...] = ()


@dataclass(frozen=True, slots=True)
class Alignment:
    """Two documents and the beads that tile their blocks, in the order of the source."""

    source: Document
    target: Document
    beads: tuple[Bead, ...]


def pair(
    source: Document,
    target: Document,
    units: Sequence[Unit],
    states: Sequence[State | None],
    put_back: Collection[int] = (),
    source_states: Sequence[State | None] | None = None,
    *,
    original: Document | None = None,
    source_origins: Sequence[int | None] | None = None,
    target_origins: Sequence[int | None] | None = None,
    source_behind: Sequence[int] = (),
    target_behind: Sequence[int] = (),
) -> Alignment:
    """Return the exact alignment of a document with a merge of it.

    Every leaf block of both sides, and every block with text of its own, is in exactly one bead (DESIGN I7). What one
    side leaves out or has of its own stands alone in a bead; of a paragraph that one side writes as several, a bead
    has all of them.

    Args:
        source: The source, or another merge of it.
        target: The merged document.
        units: One unit for each segment of the source, in order.
        states: The state of each segment; None where there is nothing to translate.
        put_back: The indexes of units whose translation could not be used.
        source_states: The same as `states` for the source, where that is a translation too.
        original: What both were merged from, if that is not `source`; needed where one has another structure.
        source_origins: As `Merged.origins` has it for `source`; None if that has the structure of the original.
        target_origins: The same for `target`.
        source_behind: As `Merged.behind` has it for `source`.
        target_behind: The same for `target`.
    """
    beads: list[Bead] = []
    counts = [*(len(block.segments) for block in grains((original or source).blocks)), 0]
    sides = (
        _by_place(source, source_origins, source_behind, len(counts)),
        _by_place(target, target_origins, target_behind, len(counts)),
    )
    position = 0
    for count, (added, ours), (also, theirs) in zip(counts, *sides, strict=True):
        beads.extend(Bead((each,), ()) for each in added)
        beads.extend(Bead((), (each,)) for each in also)
        mine = range(position, position + count)
        position += count
        if not ours and not theirs:
            continue
        if not count:
            beads.append(Bead(ours, theirs))
            continue
        known = [
            State.MISSING if index in put_back else state for index in mine if (state := states[index]) is not None
        ]
        others = [state for index in mine if source_states and (state := source_states[index]) is not None]
        beads.append(
            Bead(
                ours,
                theirs,
                state=min(known, default=None, key=lambda each: each.rank),
                untranslated=bool(known) and all(each is State.MISSING for each in known),
                source_untranslated=bool(others) and all(each is State.MISSING for each in others),
                put_back=any(index in put_back for index in mine),
                units=tuple(units[index] for index in mine),
            )
        )
    return Alignment(source, target, tuple(beads))


def _by_place(
    document: Document, origins: Sequence[int | None] | None, behind: Sequence[int], count: int
) -> list[tuple[Sequence[Block], tuple[Block, ...]]]:
    """Return, for each block of an original and for its end, what a document has of its own before it, and what of it.

    Args:
        document: The document.
        origins: The number of the block of the original that each of its blocks comes from; None if each has its own.
        behind: The number of that which each of those stands behind that it has of its own.
        count: How many blocks the original has, its end among them.
    """
    if origins is None:
        return [*(((), (block,)) for block in grains(document.blocks)), ((), ())]
    added: list[list[Block]] = [[] for _ in range(count)]
    found: list[list[Block]] = [[] for _ in range(count)]
    own = iter(behind)
    reached = -1
    for block, origin in zip(grains(document.blocks), origins, strict=True):
        if origin is None:
            reached = max(reached, next(own, reached))
            added[reached + 1].append(block)
        else:
            reached = origin
            found[origin].append(block)
    return [(before, tuple(blocks)) for before, blocks in zip(added, found, strict=True)]
