"""Documents, their blocks and their segments, as values; how a document is parsed lies elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from bilingual.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

    from bilingual.diagnostics import Diagnostic

#: The version of the rules that make msgids; catalogs record it, so that a change of the rules can migrate them.
SEGMENTATION = 1


class Kind(StrEnum):
    """What a segment is in its document; the value is what translators read."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list item"
    QUOTE = "quote"
    CELL = "table cell"
    TERM = "term"
    DEFINITION = "definition"
    FOOTNOTE = "footnote"
    TITLE = "title"
    FRONT_MATTER = "front matter"
    HTML_TEXT = "html text"
    HTML_ATTRIBUTE = "html attribute"
    CODE_COMMENT = "code comment"
    CODE_STRING = "code string"
    DIAGRAM_LABEL = "diagram label"


#: Kinds whose text stands in the code of another language.
CODE_KINDS = frozenset({Kind.CODE_COMMENT, Kind.CODE_STRING, Kind.DIAGRAM_LABEL})
#: Kinds whose text is no Markdown.
NO_MARKDOWN = CODE_KINDS | {Kind.FRONT_MATTER, Kind.HTML_TEXT, Kind.HTML_ATTRIBUTE}
#: Kinds whose text stands on one line of the document, whatever its length.
SINGLE_LINE = frozenset(
    {Kind.HEADING, Kind.CELL, Kind.TERM, Kind.TITLE, Kind.HTML_TEXT, Kind.HTML_ATTRIBUTE} | CODE_KINDS,
)


@dataclass(frozen=True, slots=True)
class Segment:
    r"""A translatable stretch of one source block.

    Attributes:
        kind: What it is.
        text: The msgid: the segment's own Markdown, container prefixes removed, soft line breaks folded, hard
            line breaks as `\n`.
        spans: Where it stands in the document, one span a physical line, in order.
        prefix: What each further line of the segment must begin with (quote marks, blanks).
        breaks: How the document writes each `\n` of `text`: two or more blanks and a newline, a backslash and a
            newline, or a bare newline where line breaks are kept.
        style: How a front-matter value or an HTML attribute is written (its quotes or block header).
        level: The level of a heading, else 0.
        context: The msgctxt that the author asked for.
        comment: What translators should know: type, place, the author's comment; lines joined by `\n`.
        line: 1-based line of the document on which it begins.
    """

    kind: Kind
    text: str
    spans: tuple[Span, ...]
    prefix: str = ""
    breaks: tuple[str, ...] = ()
    style: str = ""
    level: int = 0
    context: str | None = None
    comment: str = ""
    line: int = field(default=0, compare=False)

    @property
    def span(self) -> Span:
        """The stretch of the document that a translation replaces."""
        return Span(self.spans[0].start, self.spans[-1].end)

    @property
    def single_line(self) -> bool:
        """Whether a newline cannot stand in the segment's text."""
        return self.kind in SINGLE_LINE or (self.kind is Kind.FRONT_MATTER and "\n" not in self.text)


class BlockKind(StrEnum):
    """What a block is; leaf blocks are the grain of an edition's rows."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    CODE = "code block"
    MATH = "display formula"
    DIAGRAM = "diagram"
    HTML = "HTML block"
    RULE = "rule"
    FRONT_MATTER = "front matter"
    TABLE = "table"
    LIST = "list"
    ITEM = "list item"
    QUOTE = "quote"
    CONTAINER = "container"
    FOOTNOTE = "footnote"
    DEFINITIONS = "definition list"
    TERM = "term"
    DEFINITION = "definition"


def language_of(info: str) -> str:
    """Return the language that a fence's info string names: `python` for `python`, `{python}`, `{.python .input}`."""
    return info.split(maxsplit=1)[0].lower().strip("{}.") if info.strip() else ""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a document.

    Attributes:
        kind: What it is.
        span: Its lines, from the start of the first to the end of the last, line ends included.
        segments: Its own segments; those of its children are theirs.
        children: The blocks inside it, in order.
        info: The language of a code block, the level of a heading, the marker of a list; else empty.
        pieces: All text of its own in order, for those who show it: its segments, the texts in it that are not
            translated, and its lines that are wholly syntax.
        tokens: What the parser made of it: the opening token of a block that has children, and all tokens of
            code, formulas, HTML and tables.
    """

    kind: BlockKind
    span: Span
    segments: tuple[Segment, ...] = ()
    children: tuple[Block, ...] = ()
    info: str = ""
    pieces: tuple[Segment | str, ...] = field(default=(), compare=False, repr=False)
    tokens: tuple[Token, ...] = field(default=(), compare=False, repr=False)

    @property
    def language(self) -> str:
        """The language of a code block, as `language_of` reads it."""
        return language_of(self.info)

    def leaves(self) -> Iterator[Block]:
        """Return the leaf blocks at and below this one, in document order."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


@dataclass(frozen=True, slots=True)
class Document:
    """A document is its text plus spans; nothing of it is ever rendered again.

    Attributes:
        path: Where the text came from, for diagnostics.
        text: All characters, byte-order mark and line ends included.
        blocks: The top-level blocks, in order.
        segments: All segments, in order; their spans do not overlap.
        shape: What must be the same in a translation: the tree of blocks and all that is not translated.
        skipped: Stretches that are not translated at all, because the author said so or their lines cannot be
            joined; their links lead somewhere all the same.
        references: Link definitions: the label as the parser compares it, the destination, the 1-based line.
        diagnostics: What could not be made a segment, and why.
    """

    path: str
    text: str
    blocks: tuple[Block, ...]
    segments: tuple[Segment, ...]
    shape: tuple[object, ...] = field(compare=False, repr=False)
    references: tuple[tuple[str, str, int], ...] = ()
    skipped: tuple[Segment, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = field(default=(), compare=False)

    @property
    def skeleton(self) -> tuple[str, ...]:
        """What lies before, between and after the spans of the segments: one more piece than there are spans."""
        pieces = []
        position = 0
        for segment in self.segments:
            for span in segment.spans:
                pieces.append(self.text[position : span.start])
                position = span.end
        pieces.append(self.text[position:])
        return tuple(pieces)


def grains(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield the blocks that rows are made of: leaves, and blocks with children that have text of their own."""
    for block in blocks:
        if not block.children or block.pieces:
            yield block
        yield from grains(block.children)


_BLANKS = " \t\r\f\v"
_BARE_BAR = re.compile(r"(?<!\\)\|")
_EMPTY_LINES = re.compile(r"\n(?:[ \t\r\f\v]*\n)+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
#: What ends a line, and with it a comment or string, in some programming languages, though not in Markdown.
_CODE_LINE_END = re.compile("[\x85\u2028\u2029]")
#: The white space that a Markdown parser trims from the ends of a block's text.
TRIM = " \t\n\r\f\v\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"


def paragraphs(msgstr: str) -> list[str]:
    """Return the stretches of a translation between its empty lines."""
    return [each for each in _EMPTY_LINES.split(msgstr) if each.strip(TRIM)]


def canonical(segment: Segment, msgstr: str) -> str:
    """Return what is written of a translation, in the form of a msgid.

    Blanks at the ends of lines and empty lines go; in a single-line kind a newline becomes one space; a bare
    bar in a table cell is escaped; control characters that no text holds become spaces, and so do further line
    ends in code; a quote that would end an HTML attribute becomes an entity. Extracting the merged document gives
    exactly this text (DESIGN I4).

    Args:
        segment: The segment that is translated.
        msgstr: Its translation as the catalog has it.
    """
    if segment.kind is Kind.FRONT_MATTER:
        text = _CONTROL.sub(" ", msgstr.replace("\r\n", "\n").replace("\r", "\n")).strip(TRIM)
        return re.sub(r"[ \t]*\n[ \t\n]*", " ", text) if segment.single_line else text
    text = _CONTROL.sub(" ", msgstr)
    if "\n" in text:
        lines = [line.strip(_BLANKS) for line in text.split("\n")]
        text = (" " if segment.single_line else "\n").join(line for line in lines if line)
    text = text.strip(TRIM)
    if segment.kind is Kind.CELL:
        text = _BARE_BAR.sub(r"\\|", text)
    elif segment.kind in CODE_KINDS:
        text = _CODE_LINE_END.sub(" ", text).strip(TRIM)
    elif segment.kind is Kind.HTML_ATTRIBUTE:
        text = text.replace(segment.style, "&quot;" if segment.style == '"' else "&#39;")
    return text
