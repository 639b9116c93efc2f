"""Typst code as a type of its own, which only the functions here make: whatever an author writes stays text.

Text becomes a string literal, the one place where Typst reads no code; nothing else takes text in. mypy holds that,
since a `str` is no `Code`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Code = NewType("Code", str)

NONE = Code("none")
EMPTY = Code("[]")
TRUE = Code("true")
#: What no PDF needs: control characters, noncharacters, and halves of surrogate pairs, which UTF-8 cannot hold.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")


def quoted(text: str) -> Code:
    """Return text as a string literal, in which only the backslash and the double quote mean anything."""
    if _FORBIDDEN.search(text):
        text = _FORBIDDEN.sub("\ufffd", text)
    return Code('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"')


def number(value: float) -> Code:
    """Return a number."""
    return Code(f"{value:g}")


def em(value: float) -> Code:
    """Return a length in em."""
    return Code(f"{value:.4f}".rstrip("0").rstrip(".") + "em")


def truth(value: bool) -> Code:
    """Return a truth value."""
    return Code("true" if value else "false")


def name(word: str) -> Code:
    """Return a word as a name of Typst or a keyword such as `left`.

    Raises:
        ValueError: If it is no plain word; names come from our code, never from a book.
    """
    if re.fullmatch(r"[a-z][a-z0-9.-]*", word) is None:
        raise ValueError(word)
    return Code(word)


def call(function: str, *args: Code, **named: Code) -> Code:
    """Return the call of a function of Typst or of the template; `_` in the names of arguments stands for `-`."""
    every = [*args, *(f"{key.replace('_', '-')}: {value}" for key, value in named.items())]
    return Code(f"{name(function)}({', '.join(every)})")


def array(items: Iterable[Code]) -> Code:
    """Return an array."""
    return Code("(" + "".join(f"{item}, " for item in items) + ")")


def table(items: Mapping[str, Code]) -> Code:
    """Return a dictionary."""
    return Code("(" + (", ".join(f"{quoted(key)}: {value}" for key, value in items.items()) or ":") + ")")


def joined(parts: Iterable[Code]) -> Code:
    """Return what some pieces of content are together."""
    found = [part for part in parts if part != EMPTY]
    if len(found) == 1:
        return found[0]
    return Code("{" + "; ".join(found) + "}") if found else EMPTY
