"""Editions: a book in two languages as rows, each a block with its translation; how it is shown lies elsewhere."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bilingual.align import Alignment, Bead
    from bilingual.language import Language
    from bilingual.markdown.dialect import Dialect
    from bilingual.markdown.document import Block, Document


@dataclass(frozen=True, slots=True)
class Row:
    """One bead of a chapter.

    Attributes:
        id: Its permalink: made of the text of its source and how often that came before in the chapter, so that it
            stays when anything else changes.
        bead: The blocks of both sides.
        path: The blocks that it stands in, the outermost first: those of its source, or of its target if it has none.
    """

    id: str
    bead: Bead
    path: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of an edition.

    Attributes:
        rel: Its path below the source folder.
        alignment: Its two documents and their beads.
        rows: A row for each bead, in order.
        catalog: The path of the catalog that translates it, for those who want to mend it; may be empty.
        anchors: The anchors of its headings in the book's own language, where that is on neither side: links use them.
    """

    rel: str
    alignment: Alignment
    rows: tuple[Row, ...]
    catalog: str = ""
    anchors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """A text in both languages of an edition; a side that is missing is empty."""

    source: str = ""
    target: str = ""

    def of(self, *, target: bool) -> str:
        """Return the text of one side, or of the other one where it is missing."""
        return (self.target or self.source) if target else (self.source or self.target)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the book: its title, if it has one, the `rel` of its chapters, and how deep each stands, from 0."""

    title: Pair | None
    chapters: tuple[str, ...]
    levels: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition of a book without the contents of its chapters, which are made one by one.

    A book may have hundreds of chapters, and one with its tokens takes some fifty times the memory of its text.

    Attributes:
        name: Its name: that of its folder below the build folder.
        title: The title of the book.
        subtitle: Its subtitle.
        description: What it is about.
        source: The language on the left.
        target: The language on the right.
        source_code: The source language as paths spell it.
        target_code: The target language as paths spell it.
        parts: The parts, in the order in which they are read.
        dialect: The dialect of the book.
        authors: Who wrote it.
        translators: Who translated it.
        licence: Under which licence it is published.
        licence_url: Where that licence can be read.
        date: When it was published, as the author writes it.
        cover: The path below the project's folder of the picture on its cover.
        origin: The language that the book is written in, where that is neither of both; None if it is the source.
    """

    name: str
    title: Pair
    source: Language
    target: Language
    source_code: str
    target_code: str
    parts: tuple[Part, ...]
    dialect: Dialect
    subtitle: Pair = field(default_factory=Pair)
    description: Pair = field(default_factory=Pair)
    authors: tuple[str, ...] = ()
    translators: tuple[str, ...] = ()
    licence: str = ""
    licence_url: str = ""
    date: str = ""
    cover: str = ""
    origin: Language | None = None

    @property
    def own(self) -> Language:
        """The language of what is not translated."""
        return self.origin or self.source

    @property
    def chapters(self) -> tuple[str, ...]:
        """The `rel` of every chapter, in order."""
        return tuple(rel for part in self.parts for rel in part.chapters)


def rows(alignment: Alignment) -> tuple[Row, ...]:
    """Return a row for each bead of an alignment, in order."""
    paths = _paths(alignment.source.blocks) | _paths(alignment.target.blocks)
    seen: Counter[str] = Counter()
    found = []
    for bead in alignment.beads:
        blocks = bead.source or bead.target
        text = "\0".join(_text(block, alignment.source if bead.source else alignment.target) for block in blocks)
        seen[text] += 1
        found.append(Row(_identity(text, seen[text]), bead, paths[id(blocks[0])]))
    return tuple(found)


def _identity(text: str, count: int) -> str:
    """Return `r-` and ten letters and digits; of a thousand rows two are alike once in two billion books."""
    digest = blake2b(f"{count}\0{text}".encode("utf-8", "surrogatepass"), digest_size=7).digest()
    return "r-" + base64.b32encode(digest).decode("ascii")[:10].lower()


def _text(block: Block, document: Document) -> str:
    """Return what tells a block from others, whatever it stands in and however its lines are broken."""
    if block.pieces:
        return "\n".join(piece if isinstance(piece, str) else piece.text for piece in block.pieces)
    return "\n".join(line.strip(" \t>") for line in block.span.of(document.text).split("\n")).strip()


def _paths(blocks: Sequence[Block]) -> dict[int, tuple[Block, ...]]:
    """Return the blocks that each block stands in, by the identity of the block: equal ones may stand apart."""
    found: dict[int, tuple[Block, ...]] = {}

    def walk(inner: Sequence[Block], path: tuple[Block, ...]) -> None:
        for block in inner:
            found[id(block)] = path
            # The title of a container stands inside of it.
            if block.children and block.pieces:
                found[id(block)] = (*path, block)
            walk(block.children, (*path, block))

    walk(blocks, ())
    return found
