"""Frames: what lists, quotes and notes are to the lines inside of them, so that lines can be moved in and out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bilingual.markdown.document import BlockKind
from bilingual.text import LINE_END

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bilingual.markdown.document import Block, Document

#: What each line in a quote begins with.
QUOTE = "> "
_QUOTE_MARK = re.compile(" *> ?")
_ITEM_MARK = re.compile(r" *(?:[-+*]|\d{1,9}[.)])( *)")
#: What the first line of a footnote or definition begins with; their further lines are indented by four.
_LABEL = re.compile(r" *(?:\[\^[^\]\n]+\]:|[:~](?= )) *")
_MARKS = re.compile(r"[ \t>]*")


@dataclass(frozen=True, slots=True)
class Frame:
    """What a container is to the lines inside of it.

    Attributes:
        start: Where its first line begins.
        mark: What its further lines begin with: a quote mark or blanks.
    """

    start: int
    mark: str


@dataclass(frozen=True, slots=True)
class Depth:
    """Where a block stands: the outermost block that it is in, and the frames around it, the outermost first."""

    top: Block
    frames: tuple[Frame, ...] = ()


def depths(document: Document) -> dict[int, Depth]:
    """Return where each block stands, by the identity of the block."""
    found: dict[int, Depth] = {}

    def walk(blocks: Iterable[Block], outer: Depth) -> None:
        for block in blocks:
            found[id(block)] = outer
            if block.children:
                inner = frame(document.text, block, outer.frames)
                walk(block.children, Depth(outer.top, (*outer.frames, inner) if inner is not None else outer.frames))

    for block in document.blocks:
        walk([block], Depth(block))
    return found


def first(block: Block) -> int:
    """Return where the first line of a block begins; definitions behind the first of a term say it wrongly."""
    return block.children[0].span.start if block.kind is BlockKind.DEFINITION and block.children else block.span.start


def frame(text: str, block: Block, outer: Sequence[Frame]) -> Frame | None:
    """Return what a block with children is to the lines inside of it, None if it is nothing to them.

    Args:
        text: The text of its document.
        block: The block.
        outer: The frames around it.
    """
    mark = _mark(text, block, outer)
    return Frame(first(block), mark) if mark else None


def _mark(text: str, block: Block, outer: Sequence[Frame]) -> str:
    """Return what each further line in a container begins with, counted from where its parent's text begins."""
    if block.kind is BlockKind.QUOTE:
        return QUOTE
    if block.kind in (BlockKind.FOOTNOTE, BlockKind.DEFINITION) or (
        block.tokens and block.tokens[0].type == "admonition_open"
    ):
        return "    "
    if block.kind is not BlockKind.ITEM:
        return ""
    end = LINE_END.search(text, block.span.start)
    line = text[block.span.start : end.start() if end else len(text)].expandtabs(4)
    begin = column(line, block.span.start, outer)
    match = _ITEM_MARK.match(line, begin)
    if match is None:
        return "  "
    blanks = len(match.group(1))
    # With more than four, what follows is code, which begins behind the first of them.
    is_text = 1 <= blanks <= 4 and match.end() < len(line)
    return " " * (match.start(1) - begin + (blanks if is_text else 1))


def column(line: str, start: int, frames: Iterable[Frame]) -> int:
    """Return where the text inside of frames begins on the first line of a block; tabs are blanks already.

    Args:
        line: The line.
        start: Where it begins in the document.
        frames: The frames around the block.
    """
    found = 0
    for each in frames:
        match = None
        if each.mark == QUOTE:
            match = _QUOTE_MARK.match(line, found)
        elif each.start == start:
            match = _LABEL.match(line, found)
        found = match.end() if match else found + len(each.mark)
    return found


def unframed(line: str, frames: Iterable[Frame]) -> str:
    """Return a further line of a block without the marks of frames, as far as it has them."""
    match = _MARKS.match(line)
    marks = match.group() if match else ""
    if "\t" in marks:
        line = marks.expandtabs(4) + line[len(marks) :]
    for each in frames:
        if each.mark == QUOTE:
            quote_mark = _QUOTE_MARK.match(line)
            if quote_mark is None:
                break  # a paragraph goes on without the marks
            line = line[quote_mark.end() :]
        else:
            line = line[min(len(each.mark), len(line) - len(line.lstrip(" "))) :]
    return line
