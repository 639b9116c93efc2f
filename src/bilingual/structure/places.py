"""Where the blocks of a document stand in its text, so that lines can be put between them and taken out."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from bilingual.markdown.document import BlockKind
from bilingual.markdown.frames import QUOTE, column, depths, first
from bilingual.text import LINE_END, Lines, line_end_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bilingual.markdown.document import Block, Document
    from bilingual.markdown.frames import Frame

_NUMBER = re.compile(r"(\d{1,9})([.)])")


class Places:
    """Where the blocks of a document stand in its text.

    Attributes:
        text: The text.
        line_end: How it ends lines.
    """

    def __init__(self, document: Document) -> None:
        self.text = document.text
        self.line_end = line_end_of(document.text)
        self.begin = 1 if self.text.startswith("\ufeff") else 0
        self._lines = Lines(document.text)
        self._depths = depths(document)

    def frames(self, block: Block) -> tuple[Frame, ...]:
        """Return the frames around a block."""
        return self._depths[id(block)].frames

    def prefix(self, block: Block) -> str:
        """Return what a new line beside a block begins with."""
        return "".join(frame.mark for frame in self.frames(block))

    def start_of(self, line: int) -> int:
        """Return where a line begins, counted from 1."""
        return self._lines.starts[min(line, len(self._lines)) - 1]

    def first(self, block: Block) -> int:
        """Return where the first line of a block begins."""
        return first(block)

    def end(self, block: Block) -> int:
        """Return where the last line of a block ends that is not empty, its line end included."""
        start = first(block)
        index = bisect_right(self._lines.starts, start) - 1
        if index < 0:
            return len(self.text)
        stop = max(block.span.end, start + 1)  # the span of a term is empty
        last = bisect_right(self._lines.starts, stop - 1) - 1
        quotes = bool(block.children) or any(frame.mark == QUOTE for frame in self.frames(block))
        while last > index and is_blank(self.text[self._lines.starts[last] : self._lines.ends[last]], quotes=quotes):
            last -= 1
        return self._after(last)

    def _after(self, line: int) -> int:
        starts = self._lines.starts
        return starts[line + 1] if line + 1 < len(starts) else len(self.text)

    def content(self, block: Block) -> int:
        """Return where a block itself begins on its first line, behind the marks of what it stands in."""
        offset, _ = self._behind_frames(block)
        if not (block.tokens and block.tokens[0].type == "code_block"):
            while self.text[offset : offset + 1] in (" ", "\t"):
                offset += 1
        return offset

    def indentation(self, block: Block) -> int:
        """Return how many blanks stand between the marks of what a block stands in and the block itself."""
        _, wanted = self._behind_frames(block)
        start = self._line_start(block)
        return max(0, len(self.text[start : self.content(block)].expandtabs(4)) - wanted)

    def _line_start(self, block: Block) -> int:
        return max(self._lines.starts[bisect_right(self._lines.starts, first(block)) - 1], self.begin)

    def _behind_frames(self, block: Block) -> tuple[int, int]:
        """Return where the marks around a block end on its first line, as an offset and as a column."""
        start = self._line_start(block)
        match = LINE_END.search(self.text, start)
        line = self.text[start : match.start() if match else len(self.text)]
        wanted = column(line.expandtabs(4), first(block), self.frames(block))
        reached = offset = 0
        while offset < len(line) and reached < wanted:
            reached += 4 - reached % 4 if line[offset] == "\t" else 1
            offset += 1
        return start + offset, wanted

    def number(self, item: Block) -> re.Match[str] | None:
        """Return the number of an item of an ordered list, and the sign behind it."""
        return _NUMBER.match(self.text, self.content(item))

    def counting(self, items: Sequence[Block]) -> tuple[int, int]:
        """Return how the items of an ordered list are numbered: see `Node.count`."""
        matches = [self.number(item) for item in items]
        numbers = [int(match.group(1)) if match is not None else 0 for match in matches]
        start = numbers[0]
        if numbers == list(range(start, start + len(numbers))):
            return start, 1
        return start, 0 if len(set(numbers)) == 1 else -1

    def has_gap(self, one: Block, other: Block) -> bool:
        """Return whether there is an empty line between two blocks that follow each other."""
        return first(other) > self.end(one)


def is_blank(text: str, *, quotes: bool = True) -> bool:
    """Return whether there is nothing in a stretch of text, but for the marks of quotes if they count as nothing."""
    return not text.strip(" \t\r\n>" if quotes else " \t\r\n")


def is_list(block: Block | None) -> bool:
    """Return whether a block is a list."""
    return block is not None and block.kind is BlockKind.LIST
