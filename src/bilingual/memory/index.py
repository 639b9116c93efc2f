"""Which of a million texts are similar to one: n-grams of characters in SQLite, rarest first.

A text is known by a number that says its language and its length class, so that a look-up reads only what could be long
enough. For each n-gram and each 65,536 numbers there is one row, with the lower halves of the numbers of the texts that
have it, two bytes each. The rows of new texts are new, so adding costs the same however much is there.

A look-up reads the shortest of the lists, since two similar texts share some of the rarest n-grams of either.

Sources: for n-grams against edit distance, Ukkonen, "Approximate string-matching with q-grams and maximal matches",
1992; for the rarest first, Chaudhuri, Ganti and Kaushik, "A primitive operator for similarity joins in data cleaning",
2006.
"""

from __future__ import annotations

import math
import re
import sys
from array import array
from bisect import bisect
from collections import Counter, defaultdict
from functools import cache
from heapq import nsmallest
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

SCHEMA = (
    "CREATE TABLE counters(band INTEGER PRIMARY KEY, next INTEGER NOT NULL)",
    "CREATE TABLE grams(part INTEGER NOT NULL, gram TEXT NOT NULL, texts BLOB NOT NULL, PRIMARY KEY(part, gram)) "
    "WITHOUT ROWID",
)

#: Scripts without blanks between words: Han, kana, Hangul, Thai, Lao, Burmese, Khmer.
_COMMON = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3041-\ud7ff\uf900-\ufaff"
_RARE = "\U00020000-\U0003ffff"
_UNSPACED = _COMMON + _RARE
_WIDE = re.compile(f"[{_UNSPACED}]")
#: Of a word, the beginning counts; what follows is mostly inflection.
_WORD = re.compile(rf"(?<![^\W_{_UNSPACED}])[^\W_{_UNSPACED}]{{1,6}}")
_PIECE = re.compile(rf"(?=([^\W_{_UNSPACED}]{{3}}))")
#: Shorter texts have single characters, and all pieces of words, too: few of their other n-grams survive a change.
_SHORT, _SHORT_OF_WORDS = 32, 128
#: From these lengths on, a half of the n-grams is enough, then a quarter, and so on. All these are powers of two, as
#: the limits of the classes are, so that of texts in one class those that share more n-grams are more similar.
_LONG = (128, 256, 512)

#: How many bits of a number stand in a row; the others say which row.
_PART = 16
#: The number of a class that none has: in its place stands how many numbers the index had lost when it was made anew.
_LOST = -1
_LOW = (1 << _PART) - 1
#: How many n-grams of a text are looked up; in each class, how many numbers are read, and how many texts are compared.
_LOOKED_UP = 256
_READ = 30_000
_CANDIDATES = 128


@cache
def _pairs(level: int) -> re.Pattern[str]:
    """Return what finds pairs of characters of which the first is one of every so many, 2 to the power of `level`."""
    first = _UNSPACED
    if level:
        kept = (start for begin, end in _BLOCKS for start in range(begin, end, 8 << level))
        first = "".join(f"{chr(start)}-{chr(start + 7)}" for start in kept) + _RARE
    return re.compile(f"(?=([{first}][{_UNSPACED}]))")


@cache
def _long_pieces(level: int) -> re.Pattern[str]:
    """Return what finds pieces of words of four letters of which the first is one of every so many, likewise."""
    first = "".join(char for char in map(chr, range(0x600)) if char.isalnum() and ord(char) * 5 % 8 < 8 >> level)
    return re.compile(rf"(?=([{first}][^\W_{_UNSPACED}]{{3}}))")


#: The common scripts, as numbers.
_BLOCKS = tuple((ord(each[0]), ord(each[2])) for each in re.findall(".-.", _COMMON))


def grams(text: str, *, asked: bool = False) -> set[str]:
    """Return the n-grams that a text is found by: pairs of Han characters and their like, words and pieces of words.

    Args:
        text: The text.
        asked: Whether it is looked up: then with all n-grams that a text of another length may have in common with it.
    """
    # A text that is similar may be more than twice as long, or less than half as long.
    slack = 3 if asked else 1
    level = 0 if asked else bisect(_LONG, len(text))
    small = text.lower()
    found = set(_pairs(level).findall(text))
    found.update(_WORD.findall(small))
    if len(text) < _SHORT * slack:
        found.update(_WIDE.findall(text))
    if len(text) < _SHORT_OF_WORDS * slack:
        found.update(_PIECE.findall(small))
    if len(text) * slack >= _SHORT_OF_WORDS:
        found.update(_long_pieces(level).findall(small))
    return found


def band_of(language: int, length: int) -> int:
    """Return the class of texts of a language that are about as long."""
    return language << 8 | length.bit_length()


class Index:
    """The n-grams of the texts of a memory.

    Texts are indexed a part at a time, when the part is full or when `flush` is called, so that the memory that this
    takes does not grow with their number, and each row of a full part is written once.

    Args:
        database: The memory.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        self._next: dict[int, int] = dict(database.execute("SELECT band, next FROM counters"))
        #: Whether the file counts with numbers.
        self.sound = all(isinstance(each, int) for each in self._next.values())
        self._lost = self._next.pop(_LOST, 0)
        #: How far each class is indexed.
        self._done = dict(self._next)

    @property
    def size(self) -> int:
        """How many texts the index has, those that are gone since it was made included."""
        return sum(self._next.values()) - self._lost

    def number(self, language: int, length: int) -> int:
        """Return the number of a new text; none is given out twice."""
        band = band_of(language, length)
        number = self._next.get(band, 0)
        self._next[band] = number + 1
        return (band << 32) | number

    def settle(self) -> None:
        """Index the parts that are full; their texts must be in the table."""
        for band, count in self._next.items():
            full = count & ~_LOW
            if self._done.get(band, 0) < full:
                self._index(band, self._done.get(band, 0), full)

    def flush(self) -> None:
        """Index all texts that are not yet; they must be in the table."""
        for band in sorted(self._next):
            done, count = self._done.get(band, 0), self._next[band]
            if done < count:
                self._index(band, done, count)
                self.database.execute("INSERT OR REPLACE INTO counters VALUES(?, ?)", (band, count))

    def rebuild(self, there: int) -> None:
        """Write the index anew, without the numbers of texts that are gone.

        Args:
            there: How many texts there are.
        """
        self.database.execute("DELETE FROM grams")
        self._done.clear()
        self.flush()
        # The numbers themselves are never given out again, so they go on counting.
        self._lost = sum(self._next.values()) - there
        self.database.execute("INSERT OR REPLACE INTO counters VALUES(?, ?)", (_LOST, self._lost))

    def _index(self, band: int, start: int, stop: int) -> None:
        """Index the texts of a class from one number to another."""
        for first in range(start & ~_LOW, stop, 1 << _PART):
            begin, end = ((band << 32) | each for each in (max(start, first), min(stop, first + (1 << _PART))))
            found: defaultdict[str, list[int]] = defaultdict(list)
            for number, text in self.database.execute(
                "SELECT id, text FROM texts WHERE id >= ? AND id < ?", (begin, end)
            ):
                low = number & _LOW
                for gram in grams(text):
                    found[gram].append(low)
            self.database.executemany(
                "INSERT INTO grams VALUES(?, ?, ?) "
                "ON CONFLICT DO UPDATE SET texts = CAST(texts || excluded.texts AS BLOB)",
                ((begin >> _PART, gram, _stored(found[gram])) for gram in sorted(found)),
            )
        self._done[band] = stop

    def candidates(self, text: str, languages: Sequence[int], minimum: float) -> list[int]:
        """Return the numbers of texts that may be similar to one, the most promising first.

        Args:
            text: The text.
            languages: The languages that the texts may be in.
            minimum: How similar they must be, by normalized Indel similarity.
        """
        wanted = sorted(grams(text, asked=True))
        if len(wanted) > _LOOKED_UP:
            step = len(wanted) / _LOOKED_UP
            wanted = [wanted[int(place * step)] for place in range(_LOOKED_UP)]
        best: list[tuple[int, int]] = []
        for parts in self._parts(len(text), languages, minimum) if wanted else ():
            best += self._best(wanted, parts)
        return [number for _, number in sorted(best)]

    def _best(self, wanted: Sequence[str], parts: Sequence[int]) -> list[tuple[int, int]]:
        """Return the numbers in some parts of one class that have most of the rarest n-grams, after their counts."""
        within = f"part IN ({_marks(parts)}) AND gram IN ({_marks(wanted)})"
        sizes: Counter[str] = Counter()
        for gram, size in self.database.execute(
            f"SELECT gram, LENGTH(texts) FROM grams WHERE {within}",  # noqa: S608 - question marks alone
            (*parts, *wanted),
        ):
            sizes[gram] += size // 2
        chosen: list[str] = []
        read = 0
        for gram in sorted(sizes, key=lambda gram: (sizes[gram], gram)):
            read += sizes[gram]
            if chosen and read > _READ:
                break
            chosen.append(gram)
        counts: defaultdict[int, Counter[int]] = defaultdict(Counter)
        within = f"part IN ({_marks(parts)}) AND gram IN ({_marks(chosen)})"
        for part, texts in self.database.execute(
            f"SELECT part, texts FROM grams WHERE {within} ORDER BY part, gram",  # noqa: S608 - as above
            (*parts, *chosen),
        ):
            counts[part].update(_read(texts))
        # Few share many n-grams: only those are put in order.
        least = _least(Counter(chain.from_iterable(found.values() for found in counts.values())))
        found = (
            (-count, (part << _PART) | low)
            for part, found in counts.items()
            for low, count in found.items()
            if count >= least
        )
        return nsmallest(_CANDIDATES, found)

    def _parts(self, length: int, languages: Sequence[int], minimum: float) -> list[list[int]]:
        """Return the parts of each class whose texts are neither too short nor too long to be similar."""
        ratio = minimum / (2 - minimum)
        least, most = max(1, math.ceil(length * ratio)), math.floor(length / ratio)
        classes = []
        for language in languages:
            for band in range(band_of(language, least), band_of(language, most) + 1):
                count = self._next.get(band, 0)
                if count:
                    first = band << (32 - _PART)
                    classes.append(list(range(first, first + ((count + _LOW) >> _PART))))
        return classes


def _least(sizes: Counter[int]) -> int:
    """Return the count that enough candidates have, or more, given how many have each."""
    enough = 0
    for count in sorted(sizes, reverse=True):
        enough += sizes[count]
        if enough >= _CANDIDATES:
            return count
    return 1


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _stored(lows: list[int]) -> bytes:
    numbers = array("H", lows)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _read(data: bytes) -> array[int]:
    numbers = array("H", data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
