"""What a translation has less of than its source: blocks that it leaves out, and what becomes empty by that."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bilingual.markdown.document import BlockKind, Segment
from bilingual.markdown.html import is_balanced
from bilingual.markdown.parse import parse
from bilingual.structure.places import Places, is_blank, is_list
from bilingual.structure.tree import Node, Tree, agree, tree
from bilingual.text import Edit, Span, substitute

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from bilingual.markdown.dialect import Dialect
    from bilingual.markdown.document import Block, Document

#: Leaf blocks that can be left out.
_TEXT = frozenset([BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.TABLE, BlockKind.TERM, BlockKind.HTML])
#: What further lines of these can do without their first one; others need something behind their mark.
_OPEN = frozenset([BlockKind.ITEM, BlockKind.QUOTE])
_NOTE = re.compile(r"\[\^([^\]\s]+)\]")


@dataclass(frozen=True, eq=False)
class Omission:
    """Blocks that can only be left out together, and the numbers of those of the source that they are made from."""

    nodes: tuple[Node, ...]

    @property
    def origins(self) -> tuple[int, ...]:
        """The numbers of the blocks of the source."""
        return tuple(node.origin for node in self.nodes if node.origin is not None)


class Omitter:
    """Leaves blocks of a document out.

    Args:
        document: The document.
        known: Its tree, which knows what each block is made from.
        dialect: Its dialect.
    """

    def __init__(self, document: Document, known: Tree, dialect: Dialect) -> None:
        self.document = document
        self.tree = known
        self.dialect = dialect
        self.places = Places(document)

    def omissions(self, wanted: Collection[int]) -> tuple[list[Omission], dict[int, str]]:
        """Return what is to be left out, and why some of it cannot be, by the number of the block.

        Args:
            wanted: The numbers of the blocks of the source whose whole text is to be left out.
        """
        found: list[Omission] = []
        refused: dict[int, str] = {}
        left = set(wanted)

        def removable(node: Node) -> bool:
            if node.grain and (node.origin not in left or not _is_text(node)):
                return False
            return bool(node.grain or node.children) and all(map(removable, node.children))

        def refuse(nodes: Iterable[Node], why: str) -> None:
            for grain in (grain for node in nodes for grain in node.grains()):
                if grain.origin is not None and grain.origin in left:
                    left.discard(grain.origin)
                    refused[grain.origin] = why

        def terms(group: Sequence[Node]) -> None:
            defined = [node for node in group if node.kind is BlockKind.DEFINITION]
            refuse((node for node in group if node.grain), "its definition stays")
            if defined and all(map(removable, defined)):
                refuse(defined, "its term stays")
            else:
                walk([inner for node in defined for inner in node.children])

        def walk(nodes: Sequence[Node]) -> None:
            for group in _together(nodes):
                first = group[0]
                together = len(group) > 1 or bool(first.grain and first.children)
                if together and all(map(removable, group)):
                    found.append(Omission(tuple(grain for node in group for grain in node.grains())))
                elif first.kind is BlockKind.TERM:
                    terms(group)
                elif first.grain and not first.children:
                    if removable(first):
                        found.append(Omission((first,)))
                    refuse(() if removable(first) else group, "only a whole block of text can be left out")
                else:
                    walk(first.children)
                    if first.grain and first.origin in left:
                        left.discard(first.origin)
                        refused[first.origin] = "the block that it is the title of stays"

        for node in self._defining():
            # What a block begins with holds its mark, and with that the definition.
            whole = all(map(removable, node.children))
            refuse(node.children if whole else node.children[:1], "the definition of a link stands with it")
        rest = (grain for grain in self.tree.grains() if grain.origin not in left)
        noted = {label for text in _texts(rest) for label in _NOTE.findall(text)}
        for node in (node for root in self.tree.roots for node in root.walk()):
            if node.kind is BlockKind.FOOTNOTE and _label(node) in noted and removable(node):
                refuse((node,), "its mark stands in the text")
        walk(self.tree.roots)
        return found, refused

    def _defining(self) -> Iterator[Node]:
        """Yield the innermost blocks around the definitions of links."""
        for _, _, line in self.document.references:
            offset = self.places.start_of(line)
            around: Node | None = None
            inner: Sequence[Node] = self.tree.roots
            while inner:
                index = bisect_right(inner, offset, key=_start) - 1
                node = inner[index]
                if index < 0 or node.block is None or node.block.span.end <= offset or not node.children:
                    break
                around, inner = node, node.children
            if around is not None:
                yield around

    def attempt(self, items: Sequence[Omission]) -> tuple[Document, Tree] | None:
        """Return the document without all of the items, and its tree; None if that is not what comes of it."""
        gone = frozenset(id(node) for item in items for node in item.nodes)
        expected = Tree(self.left(self.tree.roots, gone), self.tree.links)
        lost = _labels(self.tree) - _labels(expected)
        if lost and any(label in lost for text in _texts(expected.grains()) for label in _NOTE.findall(text)):
            return None  # the mark of a note would stand in the text without the note
        text = substitute(self.document.text, self.edits(None, self.tree.roots, gone, joined=False))
        if not self.document.text.endswith(("\n", "\r")):
            text = text.removesuffix(self.places.line_end)
        document = parse(text, path=self.document.path, dialect=self.dialect)
        found = tree(document)
        if not agree(expected.roots, found.roots) or found.links != expected.links:
            return None
        return document, found

    def left(self, nodes: Sequence[Node], gone: frozenset[int]) -> list[Node]:
        """Return what is left of blocks."""
        found: list[Node] = []
        apart = True
        for node in nodes:
            if _is_gone(node, gone):
                apart = False
                continue
            copy = replace(node, children=self.left(node.children, gone))
            last = found[-1] if found and not apart else None
            if last is not None and copy.kind is BlockKind.LIST and (last.said, last.mark) == (copy.said, copy.mark):
                # What stood between two lists is gone, so that they are one.
                found[-1] = replace(last, children=[*last.children, *copy.children])
                self.recount(found[-1])
            else:
                found.append(copy)
            if len(copy.children) < len(node.children):
                self.recount(found[-1])
            apart = True
        return found

    def recount(self, node: Node) -> None:
        """Note how an ordered list was numbered, since its items are others now."""
        if node.count is None and node.block is not None and node.said[1:] == ("ordered_list_open",):
            node.count = self.places.counting(node.block.children)

    # --- edits ---------------------------------------------------------------------------------------------------

    def edits(
        self, parent: Node | None, nodes: Sequence[Node], gone: frozenset[int], *, joined: bool
    ) -> Iterator[Edit]:
        """Yield the edits that take blocks out.

        Args:
            parent: What the blocks stand in; None for the document.
            nodes: The blocks.
            gone: The identities of those that go.
            joined: Whether the first of them has another line before it now, that of a block which went.
        """
        run: list[Node] = []
        before: Node | None = None
        for node in (*nodes, None):
            if node is not None and _is_gone(node, gone):
                run.append(node)
                continue
            inner = joined and before is None
            if run:
                made, inner = self.edit(parent, before, run, node, joined=inner)
                yield made
                run = []
            if node is not None:
                yield from self.edits(node, node.children, gone, joined=inner)
            before = node

    def edit(
        self, parent: Node | None, before: Node | None, run: Sequence[Node], after: Node | None, *, joined: bool
    ) -> tuple[Edit, bool]:
        """Return the edit that takes out blocks that stand together, and whether what follows stands in their place."""
        places = self.places
        first, last = run[0].block, run[-1].block
        behind = after.block if after is not None else None
        ahead = before.block if before is not None else None
        assert first is not None  # noqa: S101 - the tree is that of a document
        assert last is not None  # noqa: S101 - as above
        start, end = places.first(first), places.end(last)
        shared = joined or any(frame.start == start for frame in places.frames(first))
        if behind is not None and ahead is None and shared:
            # The marks that the first line begins with are those of what stays.
            here, there = _text_start(places, first), places.content(behind)
            if parent is not None and parent.kind in _OPEN and is_list(behind) and places.indentation(behind):
                kept = len(places.text[:here].rstrip(" \t"))
                return Edit(Span(kept, places.first(behind)), places.line_end), False
            return Edit(Span(here, there), ""), True
        if behind is not None:
            next_start = places.first(behind)
            gaps = places.text[places.end(ahead) : start] if ahead is not None else "", places.text[end:next_start]
            if all(map(is_blank, gaps)) and (ahead is None or gaps[0]):
                return Edit(Span(start, next_start), ""), False
            apart = any(gaps) or (parent is not None and parent.kind in (BlockKind.LIST, BlockKind.DEFINITIONS))
            return Edit(Span(start, end), "" if apart else places.prefix(first).rstrip() + places.line_end), False
        if ahead is not None and is_blank(places.text[places.end(ahead) : start]):
            start = places.end(ahead)
        return Edit(Span(start, end), ""), False


def _is_gone(node: Node, gone: frozenset[int]) -> bool:
    if node.grain and id(node) not in gone:
        return False
    return bool(node.grain or node.children) and all(_is_gone(child, gone) for child in node.children)


def _together(nodes: Sequence[Node]) -> Iterator[list[Node]]:
    """Yield blocks in groups that can only be left out together: terms with their definitions, others alone."""
    group: list[Node] = []
    for node in nodes:
        begins = node.kind is BlockKind.TERM and not (group and group[-1].kind is BlockKind.TERM)
        if group and (begins or node.kind not in (BlockKind.TERM, BlockKind.DEFINITION)):
            yield group
            group = []
        group.append(node)
    if group:
        yield group


def _text_start(places: Places, block: Block) -> int:
    """Return where the text of a block begins: behind the box of a task."""
    first = block.pieces[0] if block.kind is BlockKind.PARAGRAPH and block.pieces else None
    return first.span.start if isinstance(first, Segment) else places.content(block)


def _is_text(node: Node) -> bool:
    """Return whether a block can be left out, or has a title that can be."""
    if node.kind is BlockKind.HTML:
        tokens = node.block.tokens if node.block is not None else ()
        return bool(tokens) and is_balanced(tokens[0].content)
    return bool(node.children) or node.kind in _TEXT


def _start(node: Node) -> int:
    return node.block.span.start if node.block is not None else 0


def _label(node: Node) -> object:
    """Return the label of a footnote."""
    return (node.block.tokens[0].meta or {}).get("label") if node.block is not None else None


def _labels(known: Tree) -> set[object]:
    """Return the labels of footnotes."""
    nodes = (node for root in known.roots for node in root.walk())
    return {_label(node) for node in nodes if node.kind is BlockKind.FOOTNOTE}


def _texts(grains: Iterable[Node]) -> Iterator[str]:
    """Yield the texts of blocks."""
    for node in grains:
        for piece in node.block.pieces if node.block is not None else ():
            yield piece if isinstance(piece, str) else piece.text
