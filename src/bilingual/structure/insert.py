"""What a translation has more of than its source: paragraphs that it splits, and addenda."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from bilingual.markdown.document import BlockKind
from bilingual.markdown.frames import QUOTE, frame, unframed
from bilingual.markdown.inline import rendered
from bilingual.markdown.parse import parse
from bilingual.structure.places import Places, is_blank, is_list
from bilingual.structure.tree import Node, Tree, agree, said, tree
from bilingual.text import LINE_END, Edit, Span, substitute

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilingual.markdown.dialect import Dialect
    from bilingual.markdown.document import Block, Document
    from bilingual.markdown.frames import Frame

#: A paragraph that is tried behind an addendum.
_BEHIND = "behind"
#: What an addendum can stand in, among other blocks.
_HOLDERS = frozenset(
    [BlockKind.QUOTE, BlockKind.ITEM, BlockKind.CONTAINER, BlockKind.FOOTNOTE, BlockKind.DEFINITION],
)


@dataclass(frozen=True, slots=True)
class Split:
    """A translation in several paragraphs: the number of its segment, the texts, and how the source breaks lines."""

    segment: int
    texts: tuple[str, ...]
    breaks: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Slot:
    """A place for an addendum.

    Attributes:
        place: The number of the block of the source that it belongs to; -1 for the beginning of the document.
        node: What it stands behind; None for the beginning of the document.
        parent: What that stands in; None for the document.
        depth: How many blocks that is.
        lines: The addendum's lines as they are there, without the marks of what it stands in.
        items: Whether its items go on with the list of an item.
        dialect: The dialect of the book.
    """

    place: int
    node: Node | None
    parent: Node | None
    depth: int
    lines: tuple[str, ...]
    dialect: Dialect
    items: bool = False

    @cached_property
    def part(self) -> Document:
        """The addendum as a document; it begins with an empty line, so that no front matter is seen in it."""
        return parse("\n".join(["", *self.lines, ""]), dialect=self.dialect)

    @property
    def ends(self) -> bool:
        """Whether what stands behind the addendum is no part of it."""
        blocks = parse("\n".join(["", *self.lines, "", _BEHIND, ""]), dialect=self.dialect).blocks
        return len(blocks) > len(self.part.blocks) and said(blocks[-1], blocks[-1].pieces)[-1] == (_BEHIND,)


@dataclass(eq=False)
class Insertion:
    """An addendum: its number, that of the block which it belongs to, and the places that it can have, best first."""

    order: int
    place: int
    slots: list[Slot]
    chosen: int = 0


Item = Split | Insertion


@dataclass(frozen=True, slots=True)
class _Piece:
    """Lines to be put somewhere.

    Attributes:
        offset: Where.
        depth: How many blocks they stand in there.
        prefix: What each of them begins with.
        lines: The lines.
        follows: Whether no empty line is needed before them.
        leads: Whether none is needed behind them.
    """

    offset: int
    depth: int
    prefix: str
    lines: tuple[str, ...]
    follows: bool = False
    leads: bool = False


class Inserter:
    """Puts paragraphs and addenda into a document.

    Args:
        document: The document, of the shape of the source.
        known: Its tree.
        dialect: Its dialect.
    """

    def __init__(self, document: Document, known: Tree, dialect: Dialect) -> None:
        self.document = document
        self.tree = known
        self.dialect = dialect
        self.places = Places(document)
        self.ways: dict[int, list[Node]] = {}
        self._learn([], known.roots)
        self.nodes = {each.origin: each for each in known.grains()}
        self.owners = {
            segment.span.start: node
            for node in known.grains()
            if node.block is not None
            for segment in node.block.segments
        }

    def _learn(self, way: list[Node], nodes: Sequence[Node]) -> None:
        for node in nodes:
            self.ways[id(node)] = [*way, node]
            self._learn([*way, node], node.children)

    # --- places --------------------------------------------------------------------------------------------------

    def slots(self, place: int, text: str) -> list[Slot]:
        """Return the places that an addendum can have behind a block, the deepest first; none if it has no end.

        Its lines carry the marks of what it stands in, as far as they have them: behind a paragraph of a quote, one
        that begins with `>` stands in that quote too. The items of a list go on with the list that the block stands
        in. The last place is behind all that the block stands in.

        Args:
            place: The number of the block; -1 for the beginning of the document.
            text: The addendum.
        """
        lines = tuple(text.split("\n"))
        if place < 0:
            first = self.tree.roots[0] if self.tree.roots else None
            if first is not None and first.kind is not BlockKind.FRONT_MATTER:
                first = None
            slot = Slot(place, first, None, 0, lines, self.dialect)
            return [slot] if slot.ends else []
        way = self.ways[id(self.nodes[place])]
        found = [Slot(place, way[0], None, 0, lines, self.dialect)]
        frames: tuple[Frame, ...] = ()
        waiting: list[Slot] = []
        for depth, (outer, inner) in enumerate(pairwise(way), 1):
            assert outer.block is not None  # noqa: S101 - the tree is that of a document
            own = frame(self.document.text, outer.block, frames)
            if own is not None:
                if not self._carries(lines, outer.block, own):
                    break
                frames = (*frames, own)
                lines = tuple(unframed(line, [own]) for line in lines)
                found += waiting
                waiting = []
            items = outer.kind is BlockKind.LIST
            inside = _without_indentation(lines) if items else lines
            slot = Slot(place, inner, outer, depth, inside, self.dialect, items)
            if items:
                if self._goes_on(slot, outer):
                    found.append(slot)
            elif outer.kind in _HOLDERS:
                # Where lines do not show that they are inside, the block behind it does.
                (found if own is not None or inner is not outer.children[-1] else waiting).append(slot)
        slots = [found[-1], *(replace(slot, lines=_without_indentation(slot.lines)) for slot in found[-2::-1])]
        return [slot for slot in slots if slot.ends]

    def _carries(self, lines: Sequence[str], outer: Block, own: Frame) -> bool:
        """Return whether lines begin with what lines in a container begin with, those behind empty lines too."""
        begins = [line.expandtabs(4) for before, line in pairwise(("", *lines)) if line.strip() and not before.strip()]
        blanks = [len(line) - len(line.lstrip(" ")) for line in begins]
        if not begins:
            return False
        if own.mark == QUOTE:
            return max(blanks) < 4 and all(line.lstrip(" ").startswith(">") for line in begins)
        least = len(own.mark)
        if outer.kind is BlockKind.ITEM:
            # The translation may have shorter marks, but what is level with the mark stands beside the item.
            least = min(least, self.places.indentation(outer) + 2)
        elif outer.kind is BlockKind.DEFINITION:
            least = 2
        return min(blanks) >= least

    @staticmethod
    def _goes_on(slot: Slot, known: Node) -> bool:
        """Return whether an addendum is one list of the kind that another one is."""
        blocks = slot.part.blocks
        return len(blocks) == 1 and said(blocks[0], ()) == known.said

    # --- the whole -----------------------------------------------------------------------------------------------

    def attempt(self, items: Sequence[Item]) -> tuple[Document, Tree] | None:
        """Return the document with all of the items in it, and its tree; None if that is not what comes of it."""
        splits = [each for each in items if isinstance(each, Split)]
        made = _Made(self, splits, self.placed([each for each in items if isinstance(each, Insertion)]))
        document = parse(made.text(), path=self.document.path, dialect=self.dialect)
        found = tree(document)
        expected = made.tree()
        if not agree(expected.roots, found.roots) or found.links != expected.links:
            return None
        return document, found

    @staticmethod
    def placed(insertions: Sequence[Insertion]) -> list[Slot]:
        """Return the places of addenda in order; of those behind one block, none is further in than one before it."""
        found: list[Slot] = []
        ordered = sorted(insertions, key=lambda each: (each.place, each.order))
        for _, group in groupby(ordered, key=lambda each: each.place):
            deepest: int | None = None
            for each in group:
                slots = each.slots[each.chosen :]
                slot = next((slot for slot in slots if deepest is None or slot.depth <= deepest), slots[-1])
                deepest = slot.depth
                found.append(slot)
        return found


class _Made:
    """A document that is being made of another one."""

    def __init__(self, base: Inserter, splits: Sequence[Split], slots: Sequence[Slot]) -> None:
        self.base = base
        self.places = base.places
        self.links = dict(base.tree.links)
        self.behind: dict[int, list[Node]] = {}
        self.pieces: list[_Piece] = []
        self.split: dict[int, dict[int, tuple[str, ...]]] = {}
        self.changed: set[int] = set()
        self.edits = [self.splitting(each) for each in splits]
        last = {id(slot.node): slot for slot in slots}
        for slot in slots:
            self.put(slot, last=last[id(slot.node)] is slot)

    # --- paragraphs

    def splitting(self, split: Split) -> Edit:
        segment = self.base.document.segments[split.segment]
        node = self.base.owners[segment.span.start]
        assert node.block is not None  # noqa: S101 - the tree is that of a document
        self.split.setdefault(id(node), {})[segment.span.start] = split.texts
        prefix = self.places.prefix(node.block)
        written = f"\n{prefix.rstrip()}\n{prefix}".join(rendered(each, split.breaks, prefix) for each in split.texts)
        return Edit(segment.span, written.replace("\n", self.places.line_end))

    def parts(self, node: Node) -> Iterator[Node]:
        """Yield the paragraphs that a paragraph becomes."""
        block = node.block
        assert block is not None  # noqa: S101 - as above
        texts = self.split[id(node)]
        pieces: list[str] = []
        for piece in block.pieces:
            if isinstance(piece, str):
                pieces.append(piece)
                continue
            first, *rest = texts.get(piece.span.start, (piece.text,))
            pieces.append(first)
            for text in rest:
                yield Node((*node.said[:-1], tuple(pieces)), [], None, node.origin, grain=True)
                pieces = [text]
        yield Node((*node.said[:-1], tuple(pieces)), [], None, node.origin, grain=True)

    # --- addenda

    def put(self, slot: Slot, *, last: bool) -> None:
        """Put an addendum in its place, in the tree and among the pieces of text.

        Args:
            slot: The place.
            last: Whether no other addendum comes behind it in the same place.
        """
        part = slot.part
        made = tree(part, added=True)
        self.links = {**made.links, **self.links}
        place = Places(part)
        edits: list[Edit] = []
        nodes = made.roots
        met: list[Node | None] = [None, None]
        if slot.items and slot.parent is not None:
            edits = list(_marked(place, nodes[0], slot.parent.mark))
            nodes = nodes[0].children
            self.changed.add(id(slot.parent))
        else:
            before, after = self.neighbours(slot)
            for side, other in enumerate((before, after if last else None)):
                node = (nodes[0], nodes[-1])[side] if nodes else None
                # Lists of one kind that meet are to be one list, and not two with different marks.
                if node is None or other is None or not is_list(node.block) or node.said != other.said:
                    continue
                met[side] = other
                if not edits or node is not nodes[0]:
                    edits.extend(_marked(place, node, other.mark))
                    node.mark = other.mark
        lines = tuple(substitute(part.text, edits).split("\n")[1:-1])
        for grain in (grain for node in nodes for grain in node.grains()):
            grain.behind = slot.place
        self.behind.setdefault(id(slot.node), []).extend(nodes)
        self.pieces.append(self.piece(slot, lines, *met))

    def neighbours(self, slot: Slot) -> tuple[Node | None, Node | None]:
        """Return what will stand before and behind an addendum."""
        added = self.behind.get(id(slot.node))
        siblings = slot.parent.children if slot.parent is not None else self.base.tree.roots
        index = next((number for number, each in enumerate(siblings) if each is slot.node), -1)
        after = siblings[index + 1] if index + 1 < len(siblings) else None
        return (added[-1] if added else slot.node), after

    def piece(self, slot: Slot, lines: tuple[str, ...], before: Node | None, after: Node | None) -> _Piece:
        """Return the lines of an addendum with where they go.

        Args:
            slot: Its place.
            lines: Its lines.
            before: The list before it that it is a part of.
            after: The list behind it that it is a part of.
        """
        places = self.places
        if after is not None and after.block is not None and before is None and len(slot.part.blocks) == 1:
            tight = not self.is_loose(after)
            prefix = places.prefix(after.block) + " " * places.indentation(after.block)
            return _Piece(places.first(after.block), slot.depth, prefix, lines, follows=True, leads=tight)
        if slot.node is None:
            return _Piece(places.begin, 0, "", lines, follows=True)
        block = slot.node.block
        assert block is not None  # noqa: S101 - as above
        prefix = places.prefix(block)
        if slot.items and slot.parent is not None:
            tight = not self.is_loose(slot.parent)
            prefix += " " * places.indentation(block)
            return _Piece(places.end(block), slot.depth, prefix, lines, follows=tight, leads=True)
        tight = before is not None and before.block is not None and not before.added and not self.is_loose(before)
        return _Piece(places.end(block), slot.depth, prefix, lines, follows=tight)

    def is_loose(self, known: Node) -> bool:
        """Return whether there is an empty line between the items of a list, or in its only one."""
        items = [each.block for each in known.children if each.block is not None]
        if len(items) == 1:
            items = list(items[0].children)
        return any(self.places.has_gap(one, other) for one, other in pairwise(items))

    # --- the result

    def text(self) -> str:
        """Return the text of the document."""
        ordered = sorted(self.pieces, key=lambda each: (each.offset, -each.depth))
        edits = [
            Edit(Span(offset, offset), self.between(offset, list(pieces)))
            for offset, pieces in groupby(ordered, key=lambda each: each.offset)
        ]
        return substitute(self.base.document.text, (*self.edits, *edits))

    def between(self, offset: int, pieces: Sequence[_Piece]) -> str:
        """Return the text of the pieces that go to one place."""
        text, end = self.base.document.text, self.places.line_end
        lines: list[str] = []
        for index, piece in enumerate(pieces):
            if not piece.follows or (index and not pieces[index - 1].leads):
                lines.append(piece.prefix.rstrip())
            lines.extend(f"{piece.prefix}{line}" if line else piece.prefix.rstrip() for line in piece.lines)
        last = pieces[-1]
        match = LINE_END.search(text, offset)
        rest = text[offset : match.start() if match else len(text)]
        if not last.leads and not is_blank(rest, quotes=QUOTE in last.prefix):
            lines.append(last.prefix.rstrip())
        if offset > self.places.begin and text[offset - 1] not in "\r\n":
            return end + end.join(lines)  # the document ends without a line end, and goes on doing so
        return "".join(line + end for line in lines)

    def tree(self) -> Tree:
        """Return the tree that the document is to have."""
        return Tree(self.level(self.base.tree.roots, self.behind.get(id(None), ())), self.links)

    def level(self, nodes: Sequence[Node], begun: Sequence[Node] = ()) -> list[Node]:
        """Return what becomes of blocks that stand together, with what is put between them."""
        found = list(begun)
        for node in nodes:
            if id(node) in self.split:
                found.extend(self.parts(node))
            else:
                copy = replace(node, children=self.level(node.children))
                if id(node) in self.changed:
                    copy.count = self.counting(node)
                found.append(copy)
            found.extend(self.behind.get(id(node), ()))
        return self.joined(found)

    def counting(self, node: Node) -> tuple[int, int] | None:
        """Return how a list of the document is numbered; None if it is not."""
        block = node.block
        if node.added or block is None or node.said[1] != "ordered_list_open":
            return None
        return self.places.counting(block.children)

    def joined(self, nodes: Sequence[Node]) -> list[Node]:
        """Return nodes with an addendum's list as a part of the list that it meets."""
        found: list[Node] = []
        for node in nodes:
            last = found[-1] if found else None
            meet = last is not None and node.kind is last.kind is BlockKind.LIST and node.mark == last.mark
            if last is not None and meet and node.said == last.said and (node.added or last.added):
                kept = last if node.added else node
                count = kept.count or self.counting(kept)
                found[-1] = replace(kept, children=[*last.children, *node.children], count=count)
            else:
                found.append(node)
        return found


def _marked(places: Places, node: Node, mark: str) -> Iterator[Edit]:
    """Yield the edits that give the items of a list another mark."""
    for item in node.children:
        block = item.block
        assert block is not None  # noqa: S101 - the tree is that of a document
        offset = places.content(block)
        match = places.number(block)
        if match is not None:
            offset = match.end(1)
        yield Edit(Span(offset, offset + 1), mark)


def _without_indentation(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return lines without the blanks that all of them begin with; tabs among these are blanks."""
    widths = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip()]
    common = min(widths, default=0)
    return tuple(line[common:] for line in lines)
