"""The most similar of many texts, by characters: candidates from an index of n-grams, then edit distance.

The only file that knows rapidfuzz. Token measures are of no use here: Chinese has no words for them to compare.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: How similar a changed text must still be for its translation to be kept, as stale rather than as a draft.
SIMILAR = 0.6
#: How many postings a query looks at, rarest n-grams first, and how many candidates are compared in full. With
#: these no true match was missed among 10,000 paragraphs with 3-30 % of their characters changed.
_POSTINGS = 300
_CANDIDATES = 16
#: Shorter texts are looked up by single characters too, since few of their pairs survive a change.
_SHORT = 20


@dataclass(frozen=True, slots=True)
class Match:
    """A translation that may fit a text.

    Attributes:
        msgid: The text that it is the translation of.
        msgstr: The translation.
        score: How similar that text is: 1 if it is the same, more if it has the same context too.
        origin: Where it is from, for people.
    """

    msgid: str
    msgstr: str
    score: float
    origin: str = ""


class Suggester(Protocol):
    """What suggests translations."""

    def suggest(self, msgids: Sequence[str]) -> Sequence[Match | None]:
        """Return the best translation of each text, in their order, None where there is none."""


def similarity(one: str, other: str, cutoff: float = SIMILAR) -> float:
    """Return how similar two texts are, from 0 to 1; 0 if it is less than `cutoff`.

    It is the normalized Indel similarity: twice the length of the longest common subsequence over the sum of the
    lengths.
    """
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - reading a catalog needs no comparison

    return float(Indel.normalized_similarity(one, other, score_cutoff=cutoff))


def contained(part: str, whole: str) -> float:
    """Return which part of the characters of `part` stand in `whole` in that order, from 0 to 1."""
    from rapidfuzz.distance import LCSseq  # noqa: PLC0415 - as above

    return float(LCSseq.similarity(part, whole)) / len(part) if part else 1.0


def ranked(text: str, texts: Sequence[str], minimum: float = SIMILAR, limit: int = 1) -> list[tuple[float, int]]:
    """Return up to `limit` pairs of similarity and index of a text, best first, of those that are similar enough."""
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - as above
    from rapidfuzz.process import extract  # noqa: PLC0415 - as above

    found = extract(text, texts, scorer=Indel.normalized_similarity, score_cutoff=minimum, limit=limit)
    return [(float(score), place) for _, score, place in found]


#: What a difference is made of: words of Latin letters and digits, runs of blanks, other characters one by one.
_PIECE = re.compile(r"[A-Za-z0-9]+|\s+|.", re.DOTALL)


def difference(old: str, new: str) -> list[tuple[str, str]]:
    """Return what became what between two texts, in order: pairs of pieces, which are equal where nothing changed."""
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - as above

    before, after = _PIECE.findall(old), _PIECE.findall(new)
    steps: list[tuple[bool, str, str]] = []
    for step in Indel.opcodes(before, after):
        equal = step.tag == "equal"
        removed = "".join(before[step.src_start : step.src_end])
        added = "".join(after[step.dest_start : step.dest_end])
        if steps and steps[-1][0] == equal:
            _, earlier, later = steps.pop()
            removed, added = earlier + removed, later + added
        steps.append((equal, removed, added))
    return [(removed, added) for _, removed, added in steps]


class Fuzzy:
    """An index of texts that finds the most similar ones to a text in nearly constant time.

    Texts that share the rarest pairs of characters with it are candidates; only these are compared in full.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = list(texts)
        self._postings: dict[str, list[int]] = {}
        for number, text in enumerate(self._texts):
            for gram in _grams(text):
                self._postings.setdefault(gram, []).append(number)

    def nearest(self, text: str, limit: int = 1) -> Sequence[tuple[float, int]]:
        """Return up to `limit` pairs of similarity and index of a text, best first, of those that are similar."""
        lists = [numbers for gram in _grams(text) if (numbers := self._postings.get(gram)) is not None]
        lists.sort(key=len)
        seen = 0
        for end, numbers in enumerate(lists):
            seen += len(numbers)
            if seen > _POSTINGS and end:
                del lists[end:]
                break
        counts = Counter(chain.from_iterable(lists))
        chosen = sorted(number for number, _ in counts.most_common(_CANDIDATES))
        texts = [self._texts[number] for number in chosen]
        return [(score, chosen[place]) for score, place in ranked(text, texts, limit=limit)]


def _grams(text: str) -> Iterable[str]:
    """Return the different n-grams of a text in their order, which must not hang on the hashes of strings."""
    pairs = [one + other for one, other in pairwise(text)]
    return dict.fromkeys(pairs + list(text) if len(text) < _SHORT else pairs)
