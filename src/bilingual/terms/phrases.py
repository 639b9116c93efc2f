"""Phrases: texts as strings with a character for each word, so that a phrase is a slice; how often, in what company."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

from bilingual.align.words import STOP_WORDS
from bilingual.language import HAN
from bilingual.terms.words import CUT, CUT_ENGLISH, MEASURES, NO_END, NO_START

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: The longest phrase, in Han characters and words, and the longest one in words alone.
LONGEST = 8
_LONGEST_WORDS = 5
#: Private characters that stand for words, more of them than a book has words.
_PRIVATE = range(0xF0000, 0x10FFFE)
_HAN = HAN.pattern
#: A Han character, or a word in other letters. Hiragana, which hold the grammar of Japanese, are neither.
_LETTER = rf"(?:(?!{_HAN})[^\W\d_\u3041-\u309f])"
_LATER = rf"(?:(?!{_HAN})[^\W_\u3041-\u309f])"
_TOKEN = rf"{_HAN}|{_LETTER}{_LATER}*(?:[-'’./+]{_LATER}+)*\+*"
_WORDS = re.compile(_TOKEN)
_SCANNER = re.compile(rf"(?P<cut>{CUT.pattern})|{_TOKEN}")
#: A word that stands inside of terms, yet not at their ends.
_INNER = "of"
_STOPS = (STOP_WORDS | CUT_ENGLISH) - {_INNER}
#: Plurals that do not tell the singular.
_PLURALS = {
    "matrices": "matrix",
    "indices": "index",
    "vertices": "vertex",
    "caches": "cache",
    "hypotheses": "hypothesis",
    "axes": "axis",
}
_BLANKS = frozenset([" ", "\u00a0"])


@dataclass(frozen=True, slots=True)
class Run:
    """Words of a text that nothing parts, as characters, and where each stands in the text."""

    words: str
    spans: tuple[tuple[int, int], ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the text some of its words stand."""
        return self.spans[start][0], self.spans[end - 1][1]


class Vocabulary:
    """Characters for words: a Han character for itself, a private one for all forms of another word."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._characters: dict[str, str] = {}
        self._inner = self.character(_INNER)

    def character(self, word: str) -> str:
        """Return the character of a word; empty if there are more words than characters."""
        if len(word) == 1 and HAN.match(word):
            return word
        key = _key(word)
        known = self._characters.get(key)
        if known is None:
            if len(self._keys) == len(_PRIVATE):
                return ""
            known = self._characters[key] = chr(_PRIVATE[len(self._keys)])
            self._keys.append(key)
        return known

    def phrase(self, text: str) -> str:
        """Return all words of a text, whatever stands between them."""
        return "".join(self.character(word) for word in _WORDS.findall(text))

    def spelled(self, phrase: str) -> str:
        """Return the words of a phrase in their common forms."""
        text = ""
        for character in phrase:
            word = character if ord(character) < _PRIVATE.start else self._keys[ord(character) - _PRIVATE.start]
            parted = text and not HAN.match(text[-1]) and not HAN.match(word)
            text += f" {word}" if parted else word
        return text

    def size(self, phrase: str) -> int:
        """Return how long a phrase is in Han characters, of which a word of another language takes about two."""
        return sum(
            1 if ord(each) < _PRIVATE.start else 2 + 2 * self._keys[ord(each) - _PRIVATE.start].count("-")
            for each in phrase
        )

    def runs(self, text: str) -> Iterator[Run]:
        """Yield the stretches of a text that phrases lie in: without punctuation, digits and function words."""
        words: list[str] = []
        spans: list[tuple[int, int]] = []
        for match in _SCANNER.finditer(text):
            word = match.group()
            is_cut = match.lastgroup == "cut" or word.lower() in _STOPS or _measures(text, match.start(), word)
            if spans and (is_cut or not _joined(text, spans[-1][1], match.start())):
                yield Run("".join(words), tuple(spans))
                words, spans = [], []
            character = "" if is_cut else self.character(word)
            if character:
                words.append(character)
                spans.append(match.span())
        if spans:
            yield Run("".join(words), tuple(spans))

    def slices(self, run: str) -> Iterator[tuple[int, int]]:
        """Yield where in a run stand phrases that begin and end as terms do: two Han characters or a word at least."""
        size = len(run)
        ends = [self._ends(run, place) for place in range(size)]
        for start in range(size):
            if run[start] == self._inner or NO_START.match(run, start):
                continue
            has_han = False
            for end in range(start + 1, min(size, start + LONGEST) + 1):
                has_han = has_han or ord(run[end - 1]) < _PRIVATE.start
                if not has_han and end - start > _LONGEST_WORDS:
                    break
                if ends[end - 1] and (end - start > 1 or not has_han):
                    yield start, end

    def _ends(self, run: str, place: int) -> bool:
        return run[place] != self._inner and NO_END.match(run, place) is None

    def is_whole(self, phrase: str) -> bool:
        """Return whether a phrase begins and ends as terms do."""
        return (0, len(phrase)) in self.slices(phrase)


def _measures(text: str, start: int, word: str) -> bool:
    """Return whether a word is a measure word behind digits: `8 张卡`."""
    return word in MEASURES and text[max(0, start - 2) : start].rstrip()[-1:].isdigit()


def _joined(text: str, end: int, start: int) -> bool:
    """Return whether what stands between two words leaves them in one phrase; between Han characters nothing may."""
    gap = text[end:start]
    return not gap or (gap in _BLANKS and not (HAN.match(text, end - 1) and HAN.match(text, start)))


def _key(word: str) -> str:
    """Return what the forms of a word have in common: lower case, without the endings of plurals and possessives."""
    word = word.replace("’", "'").removesuffix("'s").removesuffix("'")
    if len(word) > 2 and word[-1] == "s" and word[:-1].isupper():
        return word[:-1].lower()  # GPUs
    key = word.lower()
    if key in _PLURALS:
        return _PLURALS[key]
    if len(key) > 3 and key.endswith("s") and not key.endswith(("ss", "us", "is", "as", "os")):
        if key.endswith("ies") and len(key) > 4:
            return key[:-3] + "y"
        return key[:-2] if key.endswith(("sses", "xes", "ches", "shes", "zzes")) else key[:-1]
    return key


@dataclass(frozen=True, slots=True)
class Company:
    """How often a phrase occurs, and how free what stands before and behind it is, from 0 to 1."""

    count: int
    before: float
    behind: float


def companies(runs: Sequence[str], least: int) -> dict[str, Company]:
    """Return all phrases that occur often enough, with the branching entropy on both sides.

    An end of a run counts as a word of its own each time. The entropy is divided by its greatest value, the logarithm
    of the count.

    Args:
        runs: The words of runs.
        least: How often a phrase must occur.
    """
    found: dict[str, Company] = {}
    counted = Counter(character for run in runs for character in run)
    frequent = {phrase: count for phrase, count in counted.items() if count >= least}
    for length in range(1, LONGEST + 1):
        longer: Counter[str] = Counter()
        for run in runs:
            last = False
            for start in range(len(run) - length + 1):
                here = run[start : start + length] in frequent
                if start and (here or last):
                    longer[run[start - 1 : start + length]] += 1
                last = here
        before: dict[str, float] = defaultdict(float)
        behind: dict[str, float] = defaultdict(float)
        for phrase, count in longer.items():
            if count > 1:
                before[phrase[1:]] += count * log(count)
                behind[phrase[:-1]] += count * log(count)
        for phrase, count in frequent.items():
            most = count * log(count) if count > 1 else 1.0
            found[phrase] = Company(count, 1 - before.get(phrase, 0.0) / most, 1 - behind.get(phrase, 0.0) / most)
        frequent = {phrase: count for phrase, count in longer.items() if count >= least}
    return found
