"""The sentences of a paragraph paired with those of its translation."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import accumulate, pairwise
from math import erfc, prod, sqrt
from typing import TYPE_CHECKING

from bilingual.language import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bilingual.language import Language

#: Sentences of one text, by their numbers, and those of the other that say the same; one of the two can be empty.
SentenceBead = tuple[range, range]

#: Any other way to pair equally many sentences than one by one is less probable than this beside it: it has a bead of
#: two against two, or one that has more on the one side and one that has more on the other (Gale and Church).
_SURE = 0.011 / 0.89
#: The variance of a length per unit of length, by Gale and Church.
_VARIANCE = 6.8
_OBJECT = re.compile("\ufffc")


@lru_cache(maxsize=8192)
def parallel_sentences(
    source: str,
    target: str,
    source_language: Language,
    target_language: Language,
    source_objects: tuple[str, ...] = (),
    target_objects: tuple[str, ...] = (),
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return where to cut a paragraph and its translation so that the pieces of both are translations of each other.

    Args:
        source: Running text without markup, as `bilingual.language.sentences` takes it.
        target: Its translation.
        source_language: The language of `source`.
        target_language: The language of `target`.
        source_objects: What each U+FFFC of `source` stands for, in Markdown, in order.
        target_objects: The same of `target`.

    Returns:
        Equally many offsets in both texts, in order, without 0 and the ends. Each piece holds one sentence or more.
    """
    ours = (0, *sentences(source, source_language), len(source))
    if len(ours) == 2:
        return (), ()
    theirs = (0, *sentences(target, target_language), len(target))
    if len(theirs) == 2:
        return (), ()
    beads = without_empty(
        pair_sentences(
            _filled([source[start:end] for start, end in pairwise(ours)], source_objects),
            _filled([target[start:end] for start, end in pairwise(theirs)], target_objects),
            source_language,
            target_language,
        )
    )
    return tuple(ours[bead[0].start] for bead in beads[1:]), tuple(theirs[bead[1].start] for bead in beads[1:])


def _filled(texts: Sequence[str], objects: Sequence[str]) -> list[str]:
    if not objects:
        return list(texts)
    left = iter(objects)
    return [_OBJECT.sub(lambda _: next(left, "\ufffc"), text) for text in texts]


def pair_sentences(
    source: Sequence[str], target: Sequence[str], source_language: Language, target_language: Language
) -> tuple[SentenceBead, ...]:
    """Pair the sentences of a paragraph with those of its translation.

    Equally many whose lengths go together are paired one by one; how probable lengths are is what William A. Gale and
    Kenneth W. Church say in "A Program for Aligning Sentences in Bilingual Corpora", Computational Linguistics 19
    (1993), with lengths in bytes of UTF-8: a Han character has three, about as many as English needs letters for it.
    All others are paired by what they say, as blocks are; without the lexicon, so that an edition is the same
    everywhere.

    Args:
        source: The sentences of the paragraph, in Markdown or as running text.
        target: The sentences of its translation.
        source_language: The language of the paragraph.
        target_language: The language of the translation.

    Returns:
        Beads in order; each sentence is in exactly one.
    """
    left, right = _lengths(source), _lengths(target)
    # Half the ratio on each side, so that no side's lengths weigh more than the other's.
    scale = left[-1] / right[-1] if left[-1] and right[-1] else 1.0
    one, other = 1 / sqrt(scale), sqrt(scale)
    if len(source) == len(target) and (
        prod(_likelihood((left[i + 1] - left[i]) * one, (right[i + 1] - right[i]) * other) for i in range(len(source)))
        >= _SURE
    ):
        return tuple((range(i, i + 1), range(i, i + 1)) for i in range(len(source)))
    from bilingual.align.documents import pairs  # noqa: PLC0415 - most texts do without arrays
    from bilingual.align.evidence import Text  # noqa: PLC0415 - as above

    found = pairs(
        [Text(text) for text in source],
        [Text(text) for text in target],
        source_language,
        target_language,
        grain="sentences",
        lexical=False,
    )
    beads: list[SentenceBead] = []
    i = j = 0
    for each in found:
        beads += [(range(n, n + 1), range(j, j)) for n in range(i, each.source[0])]
        beads += [(range(each.source[0], each.source[0]), range(n, n + 1)) for n in range(j, each.target[0])]
        i, j = each.source[-1] + 1, each.target[-1] + 1
        beads.append((range(each.source[0], i), range(each.target[0], j)))
    beads += [(range(n, n + 1), range(j, j)) for n in range(i, len(source))]
    beads += [(range(len(source), len(source)), range(n, n + 1)) for n in range(j, len(target))]
    return tuple(beads)


def _lengths(texts: Sequence[str]) -> list[float]:
    """Return how long the texts are up to each of their borders, 0 first."""
    return list(accumulate((len(text.encode("utf-8", "surrogatepass")) for text in texts), initial=0.0))


def _likelihood(ours: float, theirs: float) -> float:
    """Return how probable it is that translations differ in length by so much or more."""
    both = ours + theirs
    # With the mean of the lengths and both tails: 2 (1 - Φ(|d| / √(s² both / 2))).
    return erfc(abs(ours - theirs) / sqrt(_VARIANCE * both)) if both else 1.0


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
