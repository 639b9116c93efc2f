"""Comments and strings in the code of other languages, found by Pygments' lexers; the only file that knows Pygments."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from bilingual.markdown.document import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pygments.lexer import Lexer

Piece = tuple[Kind, int, int]

#: What begins a line of a comment, whatever the language, and what ends it.
_OPENING = re.compile(r"\s*(?:#+!?|//+[/!]?|/\*+!?|--+\[\[|--+|%+|;+|<!--|\(\*|\{-|'|\"{3}|'{3})?\s*")
_CONTINUED = re.compile(r"\s*(?:\*(?![*/])|#|//)?\s*")
_CLOSING = re.compile(r"\s*(?:\*+/|-->|\*\)|-\}|\]\]|\"{3}|'{3})?\s*$")
#: Comments for programs: linters, editors, notebooks, documentation tests.
_PRAGMA = re.compile(
    r"(?:noqa|type:|pragma|pylint|flake8|mypy|ruff|isort|fmt:|eslint|prettier|@ts-|@\w+\b|-\*-|vim?:|(?:en)?coding[:=]|"
    r"%%|\|\s*\w+:|region\b|endregion\b|!|>>>)"
)
_STRING = re.compile(r"([A-Za-z]*)(\"{3}|'{3}|[\"'`])(.*)\2", re.DOTALL)
_LETTER = re.compile(r"[^\W\d_]")


def pieces(content: str, language: str, *, strings: bool) -> list[Piece]:
    """Return the kind, start and end of each line of comment or string in code that has letters, in order.

    Args:
        content: The code.
        language: What its info string says that it is; nothing is found in a language that Pygments does not know.
        strings: Whether strings count, not comments alone.
    """
    lexer = _lexer(language)
    if lexer is None:
        return []
    found: list[Piece] = []
    try:
        for kind, start, end in _regions(lexer, content):
            if kind is Kind.CODE_COMMENT:
                found.extend(_comment(content, start, end))
            elif strings:
                found.extend(_string(content, start, end))
    except Exception:  # noqa: BLE001 - a lexer that fails knows nothing of this code
        return []
    return found


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer | None:
    from pygments.lexers import get_lexer_by_name  # noqa: PLC0415 - few books have text in code
    from pygments.util import ClassNotFound  # noqa: PLC0415 - as above

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False, tabsize=0)
    except ClassNotFound:
        return None


def _regions(lexer: Lexer, content: str) -> Iterator[Piece]:
    """Yield each comment and each string as a whole; what is interpolated in a string belongs to it."""
    from pygments.token import Comment, String, is_token_subtype  # noqa: PLC0415 - as above

    region: Piece | None = None
    depth = 0
    for start, token, value in lexer.get_tokens_unprocessed(content):
        end = start + len(value)
        kind = None
        if is_token_subtype(token, String):
            kind = Kind.CODE_STRING
            if token is String.Interpol:
                depth += (value.rstrip()[-1:] == "{") - (value.lstrip()[:1] == "}")
        elif is_token_subtype(token, Comment) and token not in (Comment.Preproc, Comment.PreprocFile, Comment.Hashbang):
            kind = Kind.CODE_COMMENT
        elif depth > 0 and region is not None:
            kind = region[0]
        if region is not None and kind is region[0] and region[2] == start:
            region = (kind, region[1], end)
            continue
        if region is not None:
            yield region
        depth = 0 if kind is not Kind.CODE_STRING else depth
        region = None if kind is None else (kind, start, end)
    if region is not None:
        yield region


def _lines(content: str, start: int, end: int) -> Iterable[tuple[int, int]]:
    while start < end:
        stop = content.find("\n", start, end)
        stop = end if stop < 0 else stop
        yield start, stop
        start = stop + 1


def _comment(content: str, start: int, end: int) -> Iterator[Piece]:
    for number, (first, last) in enumerate(_lines(content, start, end)):
        opening = (_CONTINUED if number else _OPENING).match(content, first, last)
        first = opening.end() if opening else first  # noqa: PLW2901 - what is left of the line
        closing = _CLOSING.search(content, first, last)
        last = closing.start() if closing else last  # noqa: PLW2901 - as above
        text = content[first:last]
        if _LETTER.search(text) and not _PRAGMA.match(text):
            yield Kind.CODE_COMMENT, first, last


def _string(content: str, start: int, end: int) -> Iterator[Piece]:
    match = _STRING.fullmatch(content, start, end)
    if match is None or "b" in match.group(1).lower():
        return
    for first, last in _lines(content, *match.span(3)):
        line = content[first:last]
        text = line.strip()
        if _LETTER.search(text) and not text.startswith((">>>", "...")):
            begin = first + len(line) - len(line.lstrip())
            yield Kind.CODE_STRING, begin, begin + len(text)
