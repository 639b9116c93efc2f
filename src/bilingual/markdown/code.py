"""Code in other languages, as Pygments reads it: comments, strings, colours; the only file that knows Pygments."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from bilingual.markdown.document import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pygments.lexer import Lexer
    from pygments.token import _TokenType

Piece = tuple[Kind, int, int]

#: What begins a line of a comment, whatever the language, and what ends it.
_OPENING = re.compile(
    r"\s*(?:#+'?|//+[!-]?|/\*+!?|--+\[\[|--+(?:\s*[|^](?=\s))?|%+|;+|!+|:+|<!--|\(\*+|\{[-#]|\"+|'+|(?i:rem)\b)?\s*"
)
_CONTINUED = re.compile(r"\s*(?:\*(?![*/])|#+'?|//+[!-]?|--+|%+|;+)?\s*")
_CLOSING = re.compile(r"\s*(?:\*+/|-->|\*+\)|[-#]\}|\]\]|\"{3}|'{3})?\s*$")
#: What begins a comment with tags for its readers (`@param`); in other comments they are for programs (`#@save`).
_DOCUMENTATION = re.compile(r"\s*(?:/\*|//[/!])")
#: Comments for programs: linters, editors, notebooks, documentation tests.
_PRAGMAS = (
    r"noqa\b|type:|(?:pragma|pylint|flake8|mypy|ruff|isort|fmt|yapf|vim?|(?:en)?coding)\s*[:=]|"
    r"(?:eslint|prettier|stylelint|tslint)[-:]|@ts-|-\*-|%%|\|\s*\w+:|!|>>>"
)
_PRAGMA = re.compile(rf"(?:(?:#|//)\s*)?(?:{_PRAGMAS})")
_PRAGMA_BEHIND = re.compile(rf"\s+(?:#|//)\s*(?:{_PRAGMAS}|@\w)")
_STRING = re.compile(r"([A-Za-z$@]*)(#*)(\"{3}|'{3}|[\"'`])(.*)\3\2", re.DOTALL)
#: A line of an interactive session: what it prints would no longer be what follows.
_PROMPT = re.compile(r"[ \t]*(?:>>>|\.\.\.)(?:[ \t]|$)")
_LETTER = re.compile(r"[^\W\d_]")


@lru_cache(maxsize=1024)
def pieces(content: str, language: str, *, strings: bool) -> tuple[Piece, ...]:
    """Return the kind, start and end of each line of comment or string in code that has letters, in order.

    Args:
        content: The code.
        language: What its info string says that it is; nothing is found in a language that Pygments does not know.
        strings: Whether strings count, not comments alone.
    """
    lexer = _lexer(language, "<?" not in content)
    if lexer is None:
        return ()
    found: list[Piece] = []
    try:
        for kind, start, end in _regions(lexer, content):
            if kind is Kind.CODE_COMMENT:
                found.extend(_comment(content, start, end))
            elif strings:
                found.extend(_string(content, start, end))
    except Exception:  # noqa: BLE001 - a lexer that fails knows nothing of this code
        return ()
    return tuple(piece for piece in found if not _PROMPT.match(content, content.rfind("\n", 0, piece[1]) + 1))


#: Classes that no theme colours: white space, names that nothing is known of, punctuation.
_PLAIN = frozenset(["", "n", "p", "w"])


def highlighted(content: str, language: str) -> tuple[tuple[str, str], ...] | None:
    """Return code as pieces, each with the short class that Pygments' style sheets give it, "" for plain text.

    Args:
        content: The code.
        language: What its info string says that it is.

    Returns:
        Pieces that joined are the code; None if Pygments does not know the language, or fails.
    """
    lexer = _lexer(language, "<?" not in content)
    if lexer is None or "\r" in content:
        return None
    found: list[tuple[str, str]] = []
    try:
        for _, kind, text in lexer.get_tokens_unprocessed(content):
            name = _class_of(kind)
            if found and (found[-1][0] == name or not text.strip()):
                found[-1] = (found[-1][0], found[-1][1] + text)
            else:
                found.append((name, text))
    except Exception:  # noqa: BLE001 - a lexer that fails knows nothing of this code
        return None
    return tuple(found) if "".join(text for _, text in found) == content else None


@cache
def _class_of(kind: _TokenType) -> str:
    """Return the class that style sheets give a kind of token, an empty string for plain text."""
    from pygments.token import STANDARD_TYPES  # noqa: PLC0415 - few commands colour code

    name = next(STANDARD_TYPES[each] for each in reversed(kind.split()) if each in STANDARD_TYPES)
    return "" if name in _PLAIN else name


@lru_cache(maxsize=64)
def _lexer(language: str, inline: bool) -> Lexer | None:
    """Return the lexer of a language; PHP without its opening tag is `inline`."""
    from pygments.lexers import get_lexer_by_name  # noqa: PLC0415 - few books have text in code
    from pygments.util import ClassNotFound  # noqa: PLC0415 - as above

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False, tabsize=0, startinline=inline)
    except ClassNotFound:
        return None


def _regions(lexer: Lexer, content: str) -> Iterator[Piece]:
    """Yield each comment and each string as a whole; what is interpolated in a string belongs to it.

    Raises:
        ValueError: If the lexer loses its place, as some of consoles do.
    """
    from pygments.token import Comment, Name, String, is_token_subtype  # noqa: PLC0415 - as above

    no_text = (Comment.Preproc, Comment.PreprocFile, Comment.Hashbang, String.Char, String.Regex, String.Symbol)
    region: Piece | None = None
    depth = position = 0
    for start, token, value in lexer.get_tokens_unprocessed(content):
        end = start + len(value)
        if start < position or content[start:end] != value:
            raise ValueError(start)
        position = end
        kind = None
        if token in no_text:
            pass
        elif is_token_subtype(token, Comment) or (
            token is String.Doc and value.lstrip().startswith(("//", "/*", "#", "--", ";", "%"))
        ):
            kind = Kind.CODE_COMMENT
        elif is_token_subtype(token, String):
            kind = Kind.CODE_STRING
            if token is String.Interpol:
                depth = max(depth + value.count("{") - value.count("}"), 0)
        elif (
            region is not None
            and region[0] is Kind.CODE_STRING
            and (depth > 0 or (is_token_subtype(token, Name) and not _STRING.fullmatch(content, *region[1:])))
        ):
            kind = Kind.CODE_STRING
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
    tags = _DOCUMENTATION.match(content, start, end) is not None
    for number, (first, last) in enumerate(_lines(content, start, end)):
        opening = (_CONTINUED if number else _OPENING).match(content, first, last)
        first = opening.end() if opening else first  # noqa: PLW2901 - what is left of the line
        closing = _PRAGMA_BEHIND.search(content, first, last) or _CLOSING.search(content, first, last)
        last = closing.start() if closing else last  # noqa: PLW2901 - as above
        text = content[first:last]
        if _LETTER.search(text) and not _PRAGMA.match(text) and (tags or not text.startswith("@")):
            yield Kind.CODE_COMMENT, first, last


def _string(content: str, start: int, end: int) -> Iterator[Piece]:
    match = _STRING.fullmatch(content, start, end)
    if match is None or "b" in match.group(1).lower():
        return
    test = False
    for first, last in _lines(content, *match.span(4)):
        line = content[first:last]
        text = line.strip()
        if (len(text) - len(text.rstrip("\\"))) % 2:
            text = text[:-1].rstrip()  # the line goes on
        # What a documentation test prints stands below it, up to an empty line.
        test = bool(text) and (test or text.startswith(">>>"))
        if not test and _LETTER.search(text):
            begin = first + len(line) - len(line.lstrip())
            yield Kind.CODE_STRING, begin, begin + len(text)
