"""The HTML and MathML that rows are made of as trees, for the formats that are no HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)((?:\s+[\w:-]+(?:=\"[^\"]*\")?)*)\s*(/?)>")
_ATTRIBUTE = re.compile(r"([\w:-]+)(?:=\"([^\"]*)\")?")
_VOID = frozenset("area br col hr img input link meta source wbr mprescripts mspace".split())
#: Elements that are nested deeper are left out, and what is in them stays; formulas have up to 200 levels.
DEEPEST = 250


@dataclass(slots=True)
class Element:
    """An element.

    Attributes:
        name: The name of its tag; empty for the root of a tree.
        attributes: Its attributes; one without a value has an empty one.
        children: What is in it: elements and texts.
    """

    name: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        """Its classes."""
        return self.attributes.get("class", "").split()

    def elements(self) -> list[Element]:
        """Return the elements right below it."""
        return [child for child in self.children if isinstance(child, Element)]

    def all(self, *names: str) -> Iterator[Element]:
        """Yield the elements of some names anywhere below it, in order."""
        for child in self.elements():
            if child.name in names:
                yield child
            yield from child.all(*names)

    def text(self) -> str:
        """Return all text in it."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)


def tree(markup: str) -> Element:
    """Return the tree of a fragment of HTML; its root has no name.

    It reads what our own code and the sanitiser write: attributes in double quotes, and text without bare `<`. What
    does not fit is taken for text, and an end tag without its start for nothing, so that nothing is raised and no text
    is lost, whatever comes.
    """
    root = Element()
    stack = [root]
    position = 0
    for match in _TAG.finditer(markup):
        if match.start() > position:
            _add(stack[-1], markup[position : match.start()])
        position = match.end()
        closing, name, attributes, empty = match.groups()
        if closing:
            index = next((i for i in range(len(stack) - 1, 0, -1) if stack[i].name == name), 0)
            if index:
                del stack[index:]
            continue
        element = Element(name, {key: unescape(value) for key, value in _ATTRIBUTE.findall(attributes)})
        if len(stack) > DEEPEST:
            continue
        stack[-1].children.append(element)
        if not empty and name not in _VOID:
            stack.append(element)
    if position < len(markup):
        _add(stack[-1], markup[position:])
    return root


def _add(parent: Element, text: str) -> None:
    parent.children.append(unescape(text))
