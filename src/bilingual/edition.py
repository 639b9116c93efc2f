"""Editions: a book in two languages as rows, each a block with its translation; how it is shown lies elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from bilingual.structure import identity, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bilingual.align import Alignment, Bead
    from bilingual.language import Language
    from bilingual.markdown.dialect import Dialect
    from bilingual.markdown.document import Block


class Row(NamedTuple):
    """One bead of a chapter.

    Attributes:
        id: Its permalink: made of the text of its source and how often that came before in the chapter, so that it
            stays when anything else changes.
        bead: The blocks of both sides.
        path: The blocks that it stands in, the outermost first: those of its source; if it has none, those of its
            target, or what these are in the source.
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


class Pair(NamedTuple):
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
    ours, theirs = _paths(alignment.source.blocks), _paths(alignment.target.blocks)
    twins: dict[int, Block] | None = None
    seen: Counter[str] = Counter()
    found = []
    for bead in alignment.beads:
        blocks = bead.source or bead.target
        text = "\0".join(text_of(block, alignment.source if bead.source else alignment.target) for block in blocks)
        if bead.source:
            path = ours[id(blocks[0])]
        else:
            # What the source has of the same text keeps its permalink.
            text = f"\0{text}"
            twins = twins if twins is not None else _twins(alignment, ours, theirs)
            path = tuple(twins.get(id(block), block) for block in theirs[id(blocks[0])])
        seen[text] += 1
        found.append(Row(identity(text, seen[text]), bead, path))
    return tuple(found)


def _twins(
    alignment: Alignment, ours: Mapping[int, tuple[Block, ...]], theirs: Mapping[int, tuple[Block, ...]]
) -> dict[int, Block]:
    """Return what each block of the target that rows stand in is in the source, by the identity of the block.

    A list that has an item more in the target is one list all the same.
    """
    found: dict[int, Block] = {}
    taken: set[int] = set()
    for bead in alignment.beads:
        if not bead.source or not bead.target:
            continue
        for one, other in zip(ours[id(bead.source[0])], theirs[id(bead.target[0])], strict=False):
            known = found.get(id(other))
            if known is not one and (known is not None or id(one) in taken or one.kind is not other.kind):
                break
            found[id(other)] = one
            taken.add(id(one))
    return found


def _paths(blocks: Sequence[Block]) -> dict[int, tuple[Block, ...]]:
    """Return the blocks that each block stands in, by the identity of the block: equal ones may stand apart."""
    found: dict[int, tuple[Block, ...]] = {}
    # By no function inside of this one: that would hold the document until the cycle collector runs.
    left: list[tuple[Block, tuple[Block, ...]]] = [(block, ()) for block in blocks]
    while left:
        block, path = left.pop()
        inside = (*path, block)
        # The title of a container stands inside of it.
        found[id(block)] = inside if block.children and block.pieces else path
        left.extend((each, inside) for each in block.children)
    return found
