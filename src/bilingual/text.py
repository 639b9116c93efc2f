"""Spans of a text, edits on them, and line numbers; knows no Markdown."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What ends a line in Markdown; unlike `str.splitlines`, nothing else does (U+2028, form feed, …).
LINE_END = re.compile(r"\r\n|\n|\r")
#: What some programs take for the ends of lines, as JSON can say it.
_LINE_ENDS = str.maketrans({char: f"\\u{ord(char):04x}" for char in "\x85\u2028\u2029"})


def text_mark(text: str) -> str:
    """Return eight letters and digits by which a text is known again."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def json_line(value: object) -> str:
    """Return a value as JSON on one line, whatever a program takes for the end of a line; without the end of it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_LINE_ENDS)


def line_end_of(text: str) -> str:
    """Return how a text ends its lines: as the first of them."""
    first = LINE_END.search(text)
    return first.group() if first else "\n"


class Span(NamedTuple):
    """A stretch of a text, in characters: `text[start:end]`."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """Return the characters of `text` that the span covers."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Edit:
    """`text` takes the place of what `span` covers."""

    span: Span
    text: str


def substitute(text: str, edits: Iterable[Edit]) -> str:
    """Return `text` with every edit made; what lies between the spans is copied as it is.

    Args:
        text: The text that the spans of the edits refer to.
        edits: Edits in any order; their spans may touch but not overlap.

    Raises:
        ValueError: If two spans overlap or one lies outside the text.
    """
    parts: list[str] = []
    position = 0
    for edit in sorted(edits, key=lambda edit: (edit.span.start, edit.span.end)):
        if not position <= edit.span.start <= edit.span.end <= len(text):
            message = f"an edit at {edit.span.start}-{edit.span.end} overlaps another or leaves the text"
            raise ValueError(message)
        parts.append(text[position : edit.span.start])
        parts.append(edit.text)
        position = edit.span.end
    parts.append(text[position:])
    return "".join(parts)


class Lines:
    """The lines of a text: where each begins, where its content ends, and which one an offset is on.

    A line ends with LF, CRLF or CR. `starts[i]` and `ends[i]` are the offsets of the content of line `i`
    (0-based), without its line end; the text after the last line end is a line unless it is empty.
    """

    __slots__ = ("ends", "starts")

    def __init__(self, text: str) -> None:
        if "\r" in text:
            found = list(LINE_END.finditer(text))
            starts = [0, *(match.end() for match in found)]
            ends = [match.start() for match in found]
        else:
            # The usual case, in C: each line is as long as its text and its line end.
            starts = [0, *accumulate(map((1).__add__, map(len, text.split("\n"))))]
            starts.pop()
            ends = [start - 1 for start in starts[1:]]
        if starts[-1] == len(text):
            starts.pop()
        else:
            ends.append(len(text))
        self.starts: list[int] = starts
        self.ends: list[int] = ends

    def __len__(self) -> int:
        return len(self.starts)

    def number(self, offset: int) -> int:
        """Return the 1-based line number of the character at `offset`."""
        return max(bisect_right(self.starts, offset), 1)

    def place(self, offset: int) -> tuple[int, int]:
        """Return the 1-based line and column of the character at `offset`."""
        line = self.number(offset)
        return line, offset - (self.starts[line - 1] if self.starts else 0) + 1
