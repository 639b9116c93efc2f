"""Formulas and the marks that belong to them: what may not be parted by the end of a line.

A formula in a line is one object to browsers, which may end a line before and behind it, whatever stands there. So a
line could begin with the comma or the bracket that follows a formula, or end with the one before it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bilingual.markdown.content import Node, NodeKind

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What stands right behind a formula: the `th` of `$n$th`, and marks that cannot begin a line.
_BEHIND = re.compile(
    r"(?:['’]?[A-Za-z]{1,3}(?![A-Za-z]))?[-‐‑–)\]}）】》〉」』〕〗”’…，、；。：！？,.;:!?%‰°℃\"'/]{0,8}"
)
#: What stands right before one, and cannot end a line.
_BEFORE = re.compile(r"[(\[{（【《〈「『〔〖“‘\"']{1,8}$")
#: What is closed and opened again where it is parted.
_PARTED = frozenset([NodeKind.STRONG, NodeKind.EMPHASIS, NodeKind.DELETED])
_NOTES = frozenset([NodeKind.REFERENCE, NodeKind.NOTE])


def ties(found: Sequence[Node]) -> list[tuple[Node, ...]]:
    """Return inline nodes in groups: what is in one with others stays on a line with them.

    Joined, the groups are the same text. Bold and italic text is parted where a formula is its first or last piece.
    """
    groups: list[list[Node]] = []

    def add(node: Node | None, *, tied: bool = False) -> None:
        if node is not None and tied:
            groups[-1].append(node)
        elif node is not None:
            groups.append([node])

    for node in found:
        last = groups[-1][-1] if groups else None
        if last is not None and _at_end(last) and (size := _behind(node)):
            rest, formula = _parted(last, last=True)
            if rest is not None:
                groups[-1][-1] = rest
                groups.append([formula])
            if node.kind is NodeKind.TEXT:
                add(node._replace(text=node.text[:size]), tied=True)
                add(node._replace(text=node.text[size:]) if node.text[size:] else None)
            else:
                add(node, tied=True)
        elif (
            last is not None and last.kind is NodeKind.TEXT and _at_start(node) and (mark := _BEFORE.search(last.text))
        ):
            rest, formula = _parted(node, last=False)
            if mark.start():
                groups[-1][-1] = last._replace(text=last.text[: mark.start()])
                groups.append([last._replace(text=mark.group())])
            add(formula, tied=True)
            add(rest)
        else:
            add(node)
    return [tuple(group) for group in groups]


def _behind(node: Node) -> int:
    """Return how much of a node stays with the formula before it."""
    if node.kind is NodeKind.TEXT:
        match = _BEHIND.match(node.text)
        return match.end() if match is not None else 0
    return int(node.kind in _NOTES)


def _at_end(node: Node) -> bool:
    """Return whether a node ends in a formula that can be parted from the rest of it, or is nothing else."""
    if node.kind is NodeKind.LINK:
        return len(node.children) == 1 and _at_end(node.children[0])
    return node.kind is NodeKind.MATH or (node.kind in _PARTED and bool(node.children) and _at_end(node.children[-1]))


def _at_start(node: Node) -> bool:
    """Return whether a node begins with a formula that can be parted from the rest of it, or is nothing else."""
    if node.kind is NodeKind.LINK:
        return len(node.children) == 1 and _at_start(node.children[0])
    return node.kind is NodeKind.MATH or (node.kind in _PARTED and bool(node.children) and _at_start(node.children[0]))


def _parted(node: Node, *, last: bool) -> tuple[Node | None, Node]:
    """Return a node without the formula at its end or start, None if it is nothing else, and the formula."""
    if node.kind not in _PARTED:
        return None, node
    *rest, formula = node.children if last else node.children[::-1]
    before, inner = _parted(formula, last=last)
    kept = [*rest, before] if before is not None else rest
    if not kept:
        return None, node._replace(children=(inner,))
    return node._replace(children=tuple(kept if last else kept[::-1])), node._replace(children=(inner,))
