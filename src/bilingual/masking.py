"""Masking: formulas, code, links, tags and placeholders as tokens for translators that are machines, and back.

A machine is handed a text in which each thing that it must keep is a token. What comes back is read tolerantly, since
machines change brackets and put blanks into them, and trusted little: every token must be there as often as it was, and
what the parser finds in the translation must be what it finds in the text.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bilingual.exchange._entries import Piece, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilingual.catalog import Entry
    from bilingual.markdown.dialect import Dialect

#: Longer texts are not parsed for what is to be kept, so they cannot be drafted.
LONGEST = 20_000
#: What is kept besides what the Markdown parser finds: variables of templates and formats, labels of reference links,
#: escapes, and in texts that are no Markdown, tags and entities.
_PLACEHOLDER = re.compile(
    r"""\{\{.*?\}\} | \{%.*?%\} | \{\#.*?\#\} | \$\{[^{}]*\} | \{[\w.:!]*\}
      | %\([A-Za-z_]\w*\)[sdifr] | %[sdif]\b
      | (?<=\])\[[^\[\]\n]*\]
      | \\(?:[^\w\s]|[a-z]{2,}|[a-z0])
      | </?[A-Za-z][^<>]*> | &(?:\#\d{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """How the things that a provider must keep are written for it.

    Attributes:
        single: A thing that is kept as a whole, with `%d` for its number.
        open: What begins a stretch of text, such as the text of a link.
        close: What ends it.
        read: Finds tokens in an answer, however a machine writes them; the group `number` is the number, the group
            `close` is not empty for what closes.
        loose: Finds what tokens become in the hands of some machines; used only if the text has nothing like it.
        reserved: Finds what of a text could be taken for a token, or breaks the answer; it is kept as well.
        xml: Whether the text between tokens is XML.
    """

    single: str
    open: str
    close: str
    read: re.Pattern[str]
    loose: re.Pattern[str]
    reserved: re.Pattern[str]
    xml: bool = False


#: `{1}`, and `{1}…{/1}` around text: what translations of programs have, so models have seen much of it.
BRACES = Tokens(
    "{%d}",
    "{%d}",
    "{/%d}",
    re.compile(r"[{｛]{1,2}\s*(?P<close>[/／]?)\s*(?P<number>\d{1,6})\s*[}｝]{1,2}"),
    re.compile(r"[{｛\[(<（［【〈《⟨⟦]+\s*(?P<close>[/／]?)\s*(?P<number>\d{1,6})\s*[}｝\])>）］】〉》⟩⟧]+"),
    re.compile(r"[{}｛｝]+"),
)
#: `<m1/>`, and `<a1>…</a1>` around text: for engines that read XML. The number is part of the name, for attributes of
#: tags get lost, and the closing tag has none.
TAGS = Tokens(
    "<m%d/>",
    "<a%d>",
    "</a%d>",
    re.compile(
        r"<\s*(?P<close>/?)\s*[ma]\s*(?P<number>\d{1,6})\s*/?\s*>(?:\s*<\s*/\s*m\s*(?P=number)\s*>)?", re.IGNORECASE
    ),
    re.compile(r"[<＜〈《]\s*(?P<close>[/／]?)\s*[ma]\s*(?P<number>\d{1,6})\s*[/／]?\s*[>＞〉》]", re.IGNORECASE),
    re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]+"),
    xml=True,
)
_UNHOLDABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_CHARACTERS = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_SPECIAL = re.compile("[&<>]")
_REFERENCE = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));")


class BrokenError(ValueError):
    """An answer cannot be used; the message is a phrase that says why, for people and for models."""


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with tokens.

    Attributes:
        text: The text as a provider gets it.
        kept: What each token stands for, the first one first: whether it closes, its number, and the text.
        tokens: How tokens are written.
    """

    text: str
    kept: tuple[tuple[bool, int, str], ...]
    tokens: Tokens


def unfit(msgid: str) -> str:
    """Return why a text cannot be masked, as a phrase; empty if it can."""
    if len(msgid) > LONGEST:
        return f"the text has more than {LONGEST} characters"
    return "the text has control characters" if _UNHOLDABLE.search(msgid) else ""


def mask(entry: Entry, dialect: Dialect, tokens: Tokens) -> Masked:
    """Return the msgid of an entry with tokens in the place of what is to be kept.

    Args:
        entry: The entry; what kind of text it is decides whether it is Markdown.
        dialect: The Markdown of the book.
        tokens: How the provider wants tokens.
    """
    (found, _) = pieces(entry, (entry.msgid, ""), dialect)
    parts = []
    kept: list[tuple[bool, int, str]] = []
    numbers: dict[int, int] = {}
    last = 0
    for piece in _finer(found, tokens.reserved):
        if piece.role == "text":
            parts.append(_SPECIAL.sub(lambda match: _ESCAPES[match.group()], piece.text) if tokens.xml else piece.text)
            continue
        closes = piece.role == "close"
        if not closes:
            last += 1
        if piece.role == "open":
            numbers[piece.number] = last
        number = numbers.get(piece.number, last) if closes else last
        form = {"open": tokens.open, "close": tokens.close}.get(piece.role, tokens.single)
        parts.append(form % number)
        kept.append((closes, number, piece.text))
    return Masked("".join(parts), tuple(kept), tokens)


def _finer(found: Sequence[Piece], reserved: re.Pattern[str]) -> Iterator[Piece]:
    """Yield pieces, with placeholders and reserved characters as pieces of their own."""
    for piece in found:
        if piece.role != "text":
            yield piece
            continue
        for text, kept in _split(piece.text, _PLACEHOLDER):
            if kept:
                yield Piece(text, "single", "placeholder")
                continue
            for part, awkward in _split(text, reserved):
                yield Piece(part, "single", "reserved") if awkward else Piece(part)


def _split(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, bool]]:
    position = 0
    for match in pattern.finditer(text):
        if match.start() > position:
            yield text[position : match.start()], False
        yield match.group(), True
        position = match.end()
    if position < len(text):
        yield text[position:], False


def unmask(masked: Masked, answer: str) -> str:
    """Return an answer with what its tokens stand for in their place; `unmask(mask(t)) = t` (DESIGN I9).

    Args:
        masked: What was asked.
        answer: What came back.

    Raises:
        BrokenError: If a token is missing, doubled or unknown, or the end of a stretch stands before its beginning.
    """
    tokens = masked.tokens
    wanted = Counter((closes, number) for closes, number, _ in masked.kept)
    found = list(tokens.read.finditer(answer))
    if Counter(map(_name, found)) != wanted and not _has_loose(masked):
        loose = list(tokens.loose.finditer(answer))
        found = loose if Counter(map(_name, loose)) == wanted else found
    names = list(map(_name, found))
    _complain(Counter(names), wanted, tokens)
    for (closes, number), place in zip(names, range(len(names)), strict=True):
        if closes and (False, number) in names[place:]:
            raise BrokenError(f"{tokens.close % number} stands before {tokens.open % number}")
    contents = {(closes, number): text for closes, number, text in masked.kept}
    parts = []
    position = 0
    for match, name in zip(found, names, strict=True):
        parts += [_plain(answer[position : match.start()], tokens), contents[name]]
        position = match.end()
    parts.append(_plain(answer[position:], tokens))
    return "".join(parts)


def _name(match: re.Match[str]) -> tuple[bool, int]:
    return bool(match["close"]), int(match["number"])


def _has_loose(masked: Masked) -> bool:
    """Return whether the text itself has what looks like a token of a machine that changes brackets."""
    found = masked.tokens.loose.finditer(masked.text)
    return any(masked.tokens.read.fullmatch(match.group()) is None for match in found)


def _complain(found: Counter[tuple[bool, int]], wanted: Counter[tuple[bool, int]], tokens: Tokens) -> None:
    def shown(each: tuple[bool, int]) -> str:
        return (tokens.close if each[0] else tokens.single) % each[1]

    missing = sorted((wanted - found).keys())
    if missing:
        raise BrokenError(f"{', '.join(map(shown, missing[:5]))} {'are' if len(missing) > 1 else 'is'} missing")
    more = sorted((found - wanted).keys())
    if more:
        known = [each for each in more if each in wanted]
        what = "more than once" if known else "not in the text"
        raise BrokenError(f"{', '.join(map(shown, (known or more)[:5]))} {'are' if len(more) > 1 else 'is'} {what}")


def _plain(text: str, tokens: Tokens) -> str:
    if not tokens.xml or "&" not in text:
        return text
    return _REFERENCE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    name, decimal, hexadecimal = match.groups()
    if name:
        return _CHARACTERS[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else match.group()


# --- trust -------------------------------------------------------------------------------------------------------

_BREAK = re.compile(r"[ \t]*[\n\u2028\u2029]+[ \t]*")


def accepted(entry: Entry, masked: Masked, answer: str, dialect: Dialect) -> str:
    """Return the translation that an answer holds: what is to be kept is in it, and its edges are those of the msgid.

    Args:
        entry: What was to be translated.
        masked: What was asked.
        answer: What came back.
        dialect: The Markdown of the book.

    Raises:
        BrokenError: If it cannot be used.
    """
    before, text, behind = _edges(entry.msgid)
    body = _edges(unmask(masked, answer.replace("\r\n", "\n").replace("\r", "\n")))[1]
    if not body:
        raise BrokenError("the translation is empty")
    if _UNHOLDABLE.search(body):
        raise BrokenError("the translation has control characters")
    breaks = text.count("\n")
    if not breaks:
        body = _BREAK.sub(" ", body)
    elif body.count("\n") != breaks:
        raise BrokenError(f"the text has {breaks} line breaks, the translation {body.count(chr(10))}")
    complaint = lost(entry, body, dialect)
    if complaint and "$" in body:
        # A formula beside a letter or digit is none, and machines like to leave blanks out.
        spaced = spaced_formulas(entry, body, dialect)
        if spaced != body:
            body, complaint = spaced, lost(entry, spaced, dialect)
    if complaint:
        raise BrokenError(complaint)
    return before + body + behind


def _edges(text: str) -> tuple[str, str, str]:
    """Return the white space before a text, the text, and the white space behind it."""
    body = text.strip()
    start = text.find(body) if body else len(text)
    return text[:start], body, text[start + len(body) :]


def lost(entry: Entry, msgstr: str, dialect: Dialect) -> str:
    """Return what a translation lacks of what is to be kept, or has beyond it, as a phrase; empty if nothing.

    Both texts are parsed, so a dollar sign that begins no formula any more is found.
    """
    source, target = pieces(entry, (entry.msgid, msgstr), dialect)
    ours, theirs = (
        Counter((piece.kind, piece.role, piece.text) for piece in found if piece.role != "text")
        for found in (source, target)
    )
    ours.update(("placeholder", "single", each) for each in _placeholders(source))
    theirs.update(("placeholder", "single", each) for each in _placeholders(target))
    for words, gone in (("is missing or no longer one", ours - theirs), ("is not in the text", theirs - ours)):
        if gone:
            kind, _, text = min(gone)
            return f"the {kind} {text} {words}"
    return ""


def _placeholders(found: Sequence[Piece]) -> list[str]:
    return [match.group() for piece in found if piece.role == "text" for match in _PLACEHOLDER.finditer(piece.text)]


def spaced_formulas(entry: Entry, msgstr: str, dialect: Dialect) -> str:
    """Return a translation with blanks between letters or digits and the formulas of the msgid."""
    (found, _) = pieces(entry, (entry.msgid, ""), dialect)
    formulas = sorted({piece.text for piece in found if piece.kind == "math"}, key=lambda text: (-len(text), text))
    if not formulas:
        return msgstr
    whole = re.compile("|".join(map(re.escape, formulas)))
    parts = []
    position = 0
    for match in whole.finditer(msgstr):
        parts.append(msgstr[position : match.start()])
        if msgstr[match.start() - 1 : match.start()].isalnum() and match.start():
            parts.append(" ")
        parts.append(match.group())
        if msgstr[match.end() : match.end() + 1].isalnum():
            parts.append(" ")
        position = match.end()
    return "".join(parts) + msgstr[position:]
