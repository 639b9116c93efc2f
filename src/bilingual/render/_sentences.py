"""The sentences of inline text: nodes are cut where a sentence ends, in both languages at the same places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilingual.align.sentences import parallel_sentences
from bilingual.markdown.content import Node, NodeKind, plain_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilingual.edition import Edition

#: Stands for what is not read in running text: code, formulas, links.
_OBJECT = "\ufffc"
#: What is closed and opened again where a sentence ends inside of it.
_CUT = frozenset([NodeKind.STRONG, NodeKind.EMPHASIS, NodeKind.DELETED])
Nodes = tuple[Node, ...]


def spans(ours: Nodes, theirs: Nodes, edition: Edition) -> list[tuple[Nodes, Nodes]]:
    """Return the sentences of a text with those of its translation, one pair if they cannot be cut.

    Joined, the pairs are both texts. Nothing is cut inside of links, nor in a text with raw HTML.
    """
    whole = [(ours, theirs)]
    one, other = flat(ours), flat(theirs)
    if one is None or other is None:
        return whole
    first, second = parallel_sentences(
        one, other, edition.source, edition.target, tuple(_objects(ours)), tuple(_objects(theirs))
    )
    return list(zip(_cut(ours, first), _cut(theirs, second), strict=True)) if first else whole


def _width(node: Node) -> int:
    """Return how many characters of running text a node counts for: what is not read counts for one."""
    if node.kind is NodeKind.TEXT:
        return len(node.text)
    return sum(map(_width, node.children)) if node.kind in _CUT else 1


def flat(found: Sequence[Node]) -> str | None:
    """Return nodes as running text, U+FFFC for what is not read; None if they hold raw HTML, which cannot be cut."""
    parts = []
    for node in found:
        if node.kind is NodeKind.HTML:
            return None
        if node.kind is NodeKind.TEXT:
            parts.append(node.text)
        elif node.kind in _CUT:
            inner = flat(node.children)
            if inner is None:
                return None
            parts.append(inner)
        else:
            parts.append(_OBJECT)
    return "".join(parts)


def _objects(found: Sequence[Node]) -> Iterator[str]:
    """Yield what each U+FFFC of running text stands for, in Markdown."""
    for node in found:
        if node.kind in _CUT:
            yield from _objects(node.children)
        elif node.kind is NodeKind.CODE:
            yield f"`{node.text}`"
        elif node.kind is NodeKind.MATH:
            yield f"${node.text}$"
        elif node.kind is not NodeKind.TEXT:
            yield plain_text((node,))


def _cut(found: Sequence[Node], ends: Sequence[int]) -> list[tuple[Node, ...]]:
    """Cut nodes at places of their running text; bold and italic text is closed and opened again there."""
    result = []
    rest = tuple(found)
    position = 0
    for end in ends:
        first, rest = _cut_at(rest, end - position)
        result.append(first)
        position = end
    return [*result, rest]


def _cut_at(found: Sequence[Node], place: int) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    before: list[Node] = []
    for index, node in enumerate(found):
        width = _width(node)
        if width <= place:
            before.append(node)
            place -= width
            continue
        after = list(found[index + 1 :])
        if place > 0:
            if node.kind is NodeKind.TEXT:
                one, other = node._replace(text=node.text[:place]), node._replace(text=node.text[place:])
            else:
                left, right = _cut_at(node.children, place)
                one, other = node._replace(children=left), node._replace(children=right)
            before.append(one)
            node = other  # noqa: PLW2901 - the rest of it
        return tuple(before), (node, *after)
    return tuple(before), ()
