"""Texts and their translations aligned: blocks of a document with those of its merge, sentences with sentences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from math import ceil, erfc, inf, log, prod, sqrt
from typing import TYPE_CHECKING

from bilingual.catalog import State
from bilingual.language import sentences
from bilingual.markdown.document import grains

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from bilingual.language import Language
    from bilingual.markdown.document import Block, Document
    from bilingual.unit import Unit

#: Sentences of one text, by their numbers, and those of the other that say the same; one of the two can be empty.
SentenceBead = tuple[range, range]

#: How many sentences stand against how many, and how probable that is beside one against one. The figures are those of
#: Gale and Church, who had no bead of one against three; in translated books about one in 500 is one.
_BEADS = (
    (1, 1, 1.0),
    (1, 2, 0.089 / 0.89),
    (2, 1, 0.089 / 0.89),
    (2, 2, 0.011 / 0.89),
    (1, 0, 0.0099 / 0.89),
    (0, 1, 0.0099 / 0.89),
    (1, 3, 0.002 / 0.89),
    (3, 1, 0.002 / 0.89),
)
_COSTS = tuple((ours, theirs, -log(probability)) for ours, theirs, probability in _BEADS)
#: Any way to pair equally many sentences, but for one against one throughout, is less probable than this: it has a bead
#: of two against two, or one that has more on the one side and one that has more on the other.
_SURE = 0.011 / 0.89
#: The variance of a length per unit of length, by Gale and Church.
_VARIANCE = 6.8
#: How far from the diagonal the search goes, in sentences of the text that has fewer.
_BAND = 25


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
) -> Alignment:
    """Return the exact alignment of a document with a merge of it: they have the same shape.

    Every leaf block of both sides, and every block with text of its own, is in exactly one bead (DESIGN I7).

    Args:
        source: The source, or another merge of it.
        target: The merged document.
        units: One unit for each segment of the source, in order.
        states: The state of each segment; None where there is nothing to translate.
        put_back: The indexes of units whose translation could not be used.
        source_states: The same as `states` for the source, where that is a translation too.
    """
    beads = []
    position = 0
    for ours, theirs in zip(grains(source.blocks), grains(target.blocks), strict=True):
        count = len(ours.segments)
        mine = range(position, position + count)
        position += count
        known = [
            State.MISSING if index in put_back else state for index in mine if (state := states[index]) is not None
        ]
        others = [state for index in mine if source_states and (state := source_states[index]) is not None]
        beads.append(
            Bead(
                (ours,),
                (theirs,),
                state=min(known, default=None, key=lambda each: each.rank),
                untranslated=bool(known) and all(each is State.MISSING for each in known),
                source_untranslated=bool(others) and all(each is State.MISSING for each in others),
                put_back=any(index in put_back for index in mine),
                units=tuple(units[index] for index in mine),
            )
        )
    return Alignment(source, target, tuple(beads))


@lru_cache(maxsize=8192)
def parallel_sentences(
    source: str, target: str, source_language: Language, target_language: Language
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return where to cut a paragraph and its translation so that the pieces of both are translations of each other.

    Args:
        source: Running text without markup, as `bilingual.language.sentences` takes it.
        target: Its translation.
        source_language: The language of `source`.
        target_language: The language of `target`.

    Returns:
        Equally many offsets in both texts, in order, without 0 and the ends. Each piece holds one sentence or more.
    """
    ours = (0, *sentences(source, source_language), len(source))
    theirs = (0, *sentences(target, target_language), len(target))
    if len(ours) == 2 or len(theirs) == 2:
        return (), ()
    beads = without_empty(
        pair_sentences(
            [source[start:end] for start, end in pairwise(ours)],
            [target[start:end] for start, end in pairwise(theirs)],
        )
    )
    return tuple(ours[bead[0].start] for bead in beads[1:]), tuple(theirs[bead[1].start] for bead in beads[1:])


def pair_sentences(source: Sequence[str], target: Sequence[str]) -> tuple[SentenceBead, ...]:
    """Pair the sentences of a paragraph with those of its translation, by their lengths.

    The method is that of William A. Gale and Kenneth W. Church, "A Program for Aligning Sentences in Bilingual
    Corpora", Computational Linguistics 19 (1993), with two changes. Lengths are counted in bytes of UTF-8: a Han
    character has three, about as many as English needs letters for it, and a Latin word inside Chinese text counts as
    it does in the translation. And the ratio of the two languages is that of the paragraph.

    Args:
        source: The sentences of the paragraph.
        target: The sentences of its translation.

    Returns:
        Beads in order; each sentence is in exactly one.
    """
    rows, columns = len(source), len(target)
    left, right = _lengths(source), _lengths(target)
    scale = left[-1] / right[-1] if left[-1] and right[-1] else 1.0
    # Half the ratio on each side, so that no side's lengths weigh more than the other's.
    left = [length / sqrt(scale) for length in left]
    right = [length * sqrt(scale) for length in right]
    if (
        rows == columns
        and prod(_likelihood(left[i + 1] - left[i], right[i + 1] - right[i]) for i in range(rows)) >= _SURE
    ):
        return tuple((range(i, i + 1), range(i, i + 1)) for i in range(rows))
    return _search(left, right)


def _lengths(texts: Sequence[str]) -> list[float]:
    """Return how long the texts are up to each of their borders, 0 first."""
    return list(accumulate((len(text.encode("utf-8", "surrogatepass")) for text in texts), initial=0.0))


def _likelihood(ours: float, theirs: float) -> float:
    """Return how probable it is that translations differ in length by so much or more."""
    both = ours + theirs
    # With the mean of the lengths and both tails: 2 (1 - Φ(|d| / √(s² both / 2))).
    return erfc(abs(ours - theirs) / sqrt(_VARIANCE * both)) if both else 1.0


def _search(left: Sequence[float], right: Sequence[float]) -> tuple[SentenceBead, ...]:
    """Return the most probable beads between texts with the given borders, by dynamic programming."""
    rows, columns = len(left) - 1, len(right) - 1
    half = _BAND * max(rows, columns) / (rows or 1)
    best: dict[tuple[int, int], float] = {(0, 0): 0.0}
    steps: dict[tuple[int, int], tuple[int, int]] = {}
    for i in range(rows + 1):
        middle = i * columns / (rows or 1)
        for j in range(max(0, ceil(middle - half)), min(columns, int(middle + half)) + 1):
            lowest = best.get((i, j), inf)
            for ours, theirs, cost in _COSTS:
                before = best.get((i - ours, j - theirs), inf) + cost
                if before >= lowest:
                    continue  # the lengths can only add to it
                total = before - log(max(_likelihood(left[i] - left[i - ours], right[j] - right[j - theirs]), 1e-300))
                if total < lowest:
                    lowest = total
                    steps[i, j] = ours, theirs
            best[i, j] = lowest
    beads: list[SentenceBead] = []
    i, j = rows, columns
    while i or j:
        ours, theirs = steps[i, j]
        beads.append((range(i - ours, i), range(j - theirs, j)))
        i, j = i - ours, j - theirs
    return tuple(reversed(beads))


def without_empty(beads: Iterable[SentenceBead]) -> tuple[SentenceBead, ...]:
    """Join each bead that has nothing on one side to the one before it, or at the start to the one behind it.

    Returns:
        Beads that have something on both sides, unless one side of all of them is empty.
    """
    result: list[SentenceBead] = []
    for bead in beads:
        if result and not (all(result[-1]) and all(bead)):
            before = result.pop()
            result.append((range(before[0].start, bead[0].stop), range(before[1].start, bead[1].stop)))
        else:
            result.append(bead)
    return tuple(result)
