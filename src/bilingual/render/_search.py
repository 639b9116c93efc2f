"""The search index of a website: word lists and texts as small scripts, since a page read from a disk can load no data.

`assets/search.js` reads them. Both split texts in the same way (`tokens`), so `_PAIRED` and `_MARKS` stand in both.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate, pairwise
from operator import add
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: Letters of scripts that put no blanks between words, or marks inside them: Indic and Southeast Asian letters, Han,
#: kana, bopomofo and Hangul. Their texts are indexed by pairs of characters.
_PAIRED = (
    r"\u0900-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u309f\u30a1-\u30fa\u30fc-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    r"\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
#: A run of such letters, and a word of any other script.
_RUN = re.compile(rf"[{_PAIRED}]+")
_WORD = re.compile(rf"[^\W_{_PAIRED}]+")
_ASCII_WORD = re.compile("[a-z0-9]+")
#: Accents, and the vowel marks of Hebrew and Arabic: readers type them or not.
_MARKS = re.compile(r"[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f]+")
#: What ends the text of a script, or a line in old JavaScript.
_UNSAFE = re.compile(r"[<\u2028\u2029]")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
#: How many characters a file of the index holds; three bytes each for Chinese texts, one for word lists.
_WORDS_SIZE = 40_000
_TEXTS_SIZE = 20_000


class Indexed(NamedTuple):
    """The plain texts of a row; either may be empty. A row is found by the words of both."""

    id: str
    heading: bool
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its address below the site folder as it stands in links, its titles in both languages, and its rows."""

    url: str
    titles: tuple[str, str]
    rows: Sequence[Indexed]


def search_files(pages: Sequence[Page]) -> Iterator[tuple[str, bytes]]:
    """Yield the paths below `_static/search/` and the contents of the index; the same pages make the same bytes.

    `texts-N.js` hold the rows in the order of the book, `words-N.js` ranges of the sorted tokens, each with the numbers
    of its rows; `index.js` lists the pages and the other files. Each calls `bilingualSearch` with its name and data.
    The names in the list hold hashes, so that files of two builds are never taken for one index.
    """
    rows = [row for page in pages for row in page.rows]
    starts = accumulate((len(page.rows) for page in pages), initial=0)
    index: dict[str, object] = {
        "pages": [[page.url, *page.titles, start] for page, start in zip(pages, starts, strict=False)],
        "headings": _numbers(
            [number for number, row in enumerate(rows) if row.heading], [_quantity(each) for each in range(len(rows))]
        ),
    }
    parts: Iterable[tuple[int | str, str]]
    for kind, parts in (("texts", _texts(rows)), ("words", _words(rows))):
        names: list[tuple[int | str, str]] = []
        index[kind] = names
        for first, data in parts:
            stem = f"{kind}-{len(names)}"
            name = f"{stem}.{sha256(data.encode('utf-8', 'replace')).hexdigest()[:10]}"
            names.append((first, name))
            yield f"_static/search/{stem}.js", _script(name, data)
    yield "_static/search/index.js", _script("index", _json(index))


def tokens(text: str) -> set[str]:
    """Return the tokens of a text: its words, and the pairs of characters of runs that have no words.

    The last character of such a run is a token too, so that every character begins one and can be looked up alone.
    """
    folded = fold(text)
    if folded.isascii():
        return set(_ASCII_WORD.findall(folded))
    found = set(_WORD.findall(folded))
    for run in _RUN.findall(folded):
        found.update(map(add, run, run[1:]))
        found.add(run[-1])
    return found


def fold(text: str) -> str:
    """Return a text without differences of case, width and accents: NFKC without marks, then Unicode's case folding."""
    if text.isascii():
        return text.lower()
    return normalize("NFC", _MARKS.sub("", normalize("NFKD", text))).casefold()


def _texts(rows: Sequence[Indexed]) -> Iterator[tuple[int, str]]:
    """Yield the number of the first row and the rows of each file of texts; equal texts of a row stand once."""
    lines: list[str] = []
    size = 0
    for number, row in enumerate(rows):
        lines.append(_json([row.id, row.source] if row.source == row.target else [row.id, row.source, row.target]))
        size += len(lines[-1])
        if size >= _TEXTS_SIZE or number + 1 == len(rows):
            yield number + 1 - len(lines), f"[{','.join(lines)}]"
            lines, size = [], 0


def _words(rows: Sequence[Indexed]) -> Iterator[tuple[str, str]]:
    """Yield the first token and the lines of each file of words, in the order in which JavaScript compares strings."""
    postings: defaultdict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        found = tokens(row.source)
        if row.target != row.source:
            found |= tokens(row.target)
        for places in map(postings.__getitem__, found):
            places.append(number)
    quantities = [_quantity(number) for number in range(len(rows))]
    first = ""
    lines: list[str] = []
    size = 0
    # Up to U+FFFF, both ways to compare are one.
    wide = max("".join(postings), default="") > "\uffff"
    for token in sorted(postings, key=(lambda token: token.encode("utf-16-be")) if wide else None):
        line = f"{token} {_numbers(postings[token], quantities)}"
        if lines and size + len(line) > _WORDS_SIZE:
            yield first, _json(",".join(lines))
            lines, size = [], 0
        if not lines:
            first = token
        lines.append(line)
        size += len(line)
    if lines:
        yield first, _json(",".join(lines))


def _numbers(numbers: Sequence[int], quantities: Sequence[str]) -> str:
    """Return ascending numbers as their differences, in base 32, low digits first, 32 added to all but the last digit.

    These are the variable-length quantities of source maps without their sign.

    Args:
        numbers: The numbers.
        quantities: What each number up to the largest is written as.
    """
    if len(numbers) < 2:
        return quantities[numbers[0]] if numbers else ""
    return quantities[numbers[0]] + "".join([quantities[b - a] for a, b in pairwise(numbers)])


def _quantity(number: int) -> str:
    digits = ""
    while number >= 32:
        digits += _DIGITS[32 + number % 32]
        number //= 32
    return digits + _DIGITS[number]


def _json(value: object) -> str:
    """Return JSON that is safe inside a script."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _script(name: str, data: str) -> bytes:
    return f'bilingualSearch("{name}",{data});\n'.encode("utf-8", "replace")
