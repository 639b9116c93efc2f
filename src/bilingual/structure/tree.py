"""The blocks of a document as a tree that says what is to stand in another one, and compares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bilingual.markdown.document import BlockKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilingual.markdown.document import Block, Document, Segment


@dataclass(slots=True, eq=False)
class Node:
    """A block of a document that is there, or of one that is to be made.

    Attributes:
        said: What it says, whatever it stands in.
        children: The blocks in it.
        block: The block of a document, where there is one.
        origin: The number of the block of the source that it is made from; None for an addendum, and for what rows are
            not made of.
        grain: Whether rows are made of it.
        added: Whether it is an addendum.
        behind: For an addendum, the number of the block of the source that it stands behind, -1 for the beginning.
        mark: What the items of a list are marked with.
        count: For an ordered list whose items became others, its first number and the step to the next, 0 if all are
            equal, -1 if they follow no rule.
    """

    said: tuple[object, ...]
    children: list[Node]
    block: Block | None = None
    origin: int | None = None
    grain: bool = False
    added: bool = False
    behind: int = -1
    mark: str = ""
    count: tuple[int, int] | None = None

    @property
    def kind(self) -> BlockKind:
        """What it is."""
        kind = self.said[0]
        assert isinstance(kind, BlockKind)  # noqa: S101 - `said` makes it so
        return kind

    def walk(self) -> Iterator[Node]:
        """Yield the node and all below it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def grains(self) -> Iterator[Node]:
        """Yield the nodes at and below this one that rows are made of, in order."""
        return (node for node in self.walk() if node.grain)


@dataclass(slots=True)
class Tree:
    """The outermost blocks of a document, and its link definitions: destinations by label."""

    roots: list[Node]
    links: dict[str, str] = field(default_factory=dict)

    def grains(self) -> Iterator[Node]:
        """Yield all nodes that rows are made of, in order."""
        return (grain for root in self.roots for grain in root.grains())


def tree(document: Document, *, added: bool = False) -> Tree:
    """Return the tree of a document; unless it is an addendum, rows are numbered as those of a source."""
    count = 0

    def node(block: Block) -> Node:
        nonlocal count
        grain = not block.children or bool(block.pieces)
        origin = None
        if grain and not added:
            origin, count = count, count + 1
        made = Node(said(block, block.pieces), [], block, origin, grain, added)
        if block.kind is BlockKind.LIST:
            made.mark = block.info
        made.children = [node(child) for child in block.children]
        return made

    roots = [node(block) for block in document.blocks]
    return Tree(roots, {label: destination for label, destination, _ in document.references})


def said(block: Block, pieces: Sequence[Segment | str]) -> tuple[object, ...]:
    """Return what a block says with the given text, but for its children."""
    token = block.tokens[0] if block.tokens else None
    if token is None:
        return (block.kind,)
    if block.kind is BlockKind.LIST:
        return block.kind, token.type
    if block.kind is BlockKind.TABLE:
        return block.kind, *((each.type, each.content, each.attrs.get("style")) for each in block.tokens)
    meta = token.meta or {}
    known = tuple(meta.get(key) for key in ("label", "checked", "kind"))
    # Neither the number of an item nor its mark is a part of what it says.
    infos = () if block.kind is BlockKind.ITEM else (block.info, token.info)
    texts = tuple(piece if isinstance(piece, str) else piece.text for piece in pieces)
    # Whether the document ends with its line or not is no part of a block either.
    return block.kind, token.type, *infos, token.content.rstrip("\n"), known, texts


def agree(expected: Sequence[Node], actual: Sequence[Node]) -> bool:
    """Return whether two trees say the same; `actual` then learns where its blocks are from."""
    if len(expected) != len(actual):
        return False
    for ours, theirs in zip(expected, actual, strict=True):
        if ours.said != theirs.said or not agree(ours.children, theirs.children):
            return False
        theirs.origin, theirs.grain, theirs.added, theirs.count = ours.origin, ours.grain, ours.added, ours.count
        theirs.behind = ours.behind
    return True
