"""Masking: formulas, code, links, tags and placeholders as tokens for translators that are machines, and back.

A machine is handed a text in which each thing that it must keep is a token. What comes back is read tolerantly, since
machines change brackets and put blanks into them, and trusted little: every token must be there as often as it was, and
what the parser finds in the translation must be what it finds in the text.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bilingual.exchange._entries import Piece, pieces
from bilingual.markdown.document import NO_MARKDOWN
from bilingual.markdown.inline import FORMULA
from bilingual.update import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from bilingual.catalog import Entry
    from bilingual.markdown.dialect import Dialect

#: Longer texts are not parsed for what is to be kept, so they cannot be drafted.
LONGEST = 20_000
#: What is kept besides what the Markdown parser finds: labels of reference links, variables of templates and formats,
#: escapes, and in texts that are no Markdown, tags and entities. The name of a group is the kind of what it finds.
_ELSE = r"""
    (?P<reference> (?<=\])\[[^\[\]\n]*\] )
  | (?P<placeholder>
        \{\{.*?\}\} | \{%.*?%\} | \{\#.*?\#\} | \$\{[^{}]*\} | \{[\w.:!]*\}
      | %\([A-Za-z_]\w*\)[sdifr] | %[sdif]\b
      | \\(?:[^\w\s]|[a-z]{2,}|[a-z0])
      | </?[A-Za-z][^<>]*> | &(?:\#\d{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});
    )
"""
#: In texts that are no Markdown, but stand in a page with formulas: code and addresses, beside the formulas.
_KEPT_IN_PLAIN = r"""
    (?P<code> (?<!`)(?P<tick>`{1,3})(?!`).{1,1000}?(?<!`)(?P=tick)(?!`) )
  | (?P<link>
        (?:https?|ftp)://[^\s<>"'`\u2e80-\u9fff\uff00-\uffef“”‘’]+
      | [A-Za-z0-9.+_-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+
    )
"""
_IN_MARKDOWN = re.compile(_ELSE, re.VERBOSE)
_IN_PLAIN = re.compile(f"(?P<math>{FORMULA})|{_KEPT_IN_PLAIN}|{_ELSE}", re.VERBOSE | re.DOTALL)
_PLAIN_KINDS = frozenset(f"type: {kind.value}" for kind in NO_MARKDOWN)
#: A link whose text is its label: `[text]` or `[text][]`.
_SHORTCUT = re.compile(r"(?<![\]\\!])\[([^\[\]\n^][^\[\]\n]*)\](?:\[\])?(?![\[(:])")
_TAG = re.compile(r"<(/?)([A-Za-z][\w-]*)[^<>]*>")


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
_UNHOLDABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
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


def normal(label: str) -> str:
    """Return the label of a reference link as labels are compared."""
    return " ".join(label.split()).lower().upper()


def labels_in(entry: Entry, labels: Callable[[Entry], Collection[str]]) -> frozenset[str]:
    """Return the labels that are texts of links in the msgid of an entry, in their normal form.

    Args:
        entry: The entry.
        labels: Returns all labels that it may have; called only if there is need.
    """
    found = frozenset(map(normal, _SHORTCUT.findall(entry.msgid)))
    return found.intersection(labels(entry)) if found and kind_of(entry) not in _PLAIN_KINDS else frozenset()


def mask(entry: Entry, dialect: Dialect, tokens: Tokens, labels: Collection[str] = ()) -> Masked:
    """Return the msgid of an entry with tokens in the place of what is to be kept.

    Args:
        entry: The entry; what kind of text it is decides whether it is Markdown.
        dialect: The Markdown of the book.
        tokens: How the provider wants tokens.
        labels: The labels of links that the text has, as `labels_in` returns them.
    """
    (found, _) = _stretches(entry, "", dialect, labels)
    parts = []
    kept: list[tuple[bool, int, str]] = []
    numbers: dict[int, int] = {}
    last = 0
    for piece in _finer(found, tokens.reserved, "reserved"):
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


def _stretches(
    entry: Entry, msgstr: str, dialect: Dialect, labels: Collection[str]
) -> tuple[Sequence[Piece], Sequence[Piece]]:
    """Return all pieces of the msgid of an entry, and those of a translation."""
    pattern = _IN_PLAIN if kind_of(entry) in _PLAIN_KINDS else _IN_MARKDOWN
    source, target = (
        tuple(_finer(_with_shortcuts(found, labels) if labels else found, pattern))
        for found in pieces(entry, (entry.msgid, msgstr), dialect)
    )
    return source, target


def _with_shortcuts(found: Sequence[Piece], labels: Collection[str]) -> Iterator[Piece]:
    """Yield pieces, with pairs around the texts that are labels; what is behind such a text names the label."""
    number = max((piece.number for piece in found), default=0)
    for piece in found:
        position = 0
        for match in _SHORTCUT.finditer(piece.text) if piece.role == "text" else ():
            if normal(match[1]) in labels:
                number += 1
                yield Piece(piece.text[position : match.start()])
                yield Piece("[", "open", "reference", number)
                yield Piece(match[1])
                yield Piece(f"][{match[1]}]", "close", "reference", number)
                position = match.end()
        yield replace(piece, text=piece.text[position:])


def _finer(found: Iterable[Piece], pattern: re.Pattern[str], kind: str = "") -> Iterator[Piece]:
    """Yield pieces, with what a pattern finds in the text as pieces of their own; its group says the kind."""
    for piece in found:
        if piece.role != "text":
            yield piece
            continue
        position = 0
        for match in pattern.finditer(piece.text):
            if match.start() > position:
                yield Piece(piece.text[position : match.start()])
            yield Piece(match.group(), "single", kind or match.lastgroup or "")
            position = match.end()
        if position < len(piece.text):
            yield Piece(piece.text[position:])


def unmask(masked: Masked, answer: str) -> str:
    """Return an answer with what its tokens stand for in their place; `unmask(mask(t)) = t` (DESIGN I9).

    Args:
        masked: What was asked.
        answer: What came back.

    Raises:
        BrokenError: If a token is missing, doubled or unknown, the end of a stretch stands before its beginning, or
            nothing is left between them.
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
    emptied = _empty(found, answer) - _empty(list(tokens.read.finditer(masked.text)), masked.text)
    if emptied:
        number = min(emptied)
        raise BrokenError(f"there is no text between {tokens.open % number} and {tokens.close % number}")
    contents = {(closes, number): text for closes, number, text in masked.kept}
    parts = []
    position = 0
    for match, name in zip(found, names, strict=True):
        parts += [_plain(answer[position : match.start()], tokens), contents[name]]
        position = match.end()
    parts.append(_plain(answer[position:], tokens))
    whole = "".join(parts)
    for label in {text[1:] for text in contents.values() if text.startswith("][")}:
        whole = whole.replace(label + label, label)  # a link whose text is its label still
    return whole


def _empty(found: Sequence[re.Match[str]], text: str) -> set[int]:
    """Return the numbers of the stretches that have nothing in them."""
    starts: dict[int, int] = {}
    empty = set()
    for closes, number, match in ((*_name(match), match) for match in found):
        if not closes:
            starts[number] = match.end()
        elif number in starts and not text[starts[number] : match.start()].strip():
            empty.add(number)
    return empty


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


def accepted(entry: Entry, masked: Masked, answer: str, dialect: Dialect, labels: Collection[str] = ()) -> str:
    """Return the translation that an answer holds: what is to be kept is in it, and its edges are those of the msgid.

    Args:
        entry: What was to be translated.
        masked: What was asked.
        answer: What came back.
        dialect: The Markdown of the book.
        labels: The labels that it was masked with.

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
    complaint = lost(entry, body, dialect, labels)
    if complaint and "$" in body:
        # A formula beside a letter or digit is none, and machines like to leave blanks out.
        spaced = spaced_formulas(entry, body, dialect)
        if spaced != body:
            body, complaint = spaced, lost(entry, spaced, dialect, labels)
    if complaint:
        raise BrokenError(complaint)
    return before + body + behind


def _edges(text: str) -> tuple[str, str, str]:
    """Return the white space before a text, the text, and the white space behind it."""
    body = text.strip()
    start = text.find(body) if body else len(text)
    return text[:start], body, text[start + len(body) :]


def lost(entry: Entry, msgstr: str, dialect: Dialect, labels: Collection[str] = ()) -> str:
    """Return what a translation lacks of what is to be kept, or has beyond it, as a phrase; empty if nothing.

    Both texts are parsed, so a dollar sign that begins no formula any more is found.
    """
    found = _stretches(entry, msgstr, dialect, labels)
    ours, theirs = (Counter(map(_told, filter(_is_kept, each))) for each in found)
    for words, gone in (("is missing or no longer one", ours - theirs), ("is not in the text", theirs - ours)):
        if gone:
            kind, _, text = min(gone)
            return f"the {kind} {text} {words}"
    before, after = map(_out_of_order, found)
    return f"the tag {after} is out of order" if after and not before else ""


def _is_kept(piece: Piece) -> bool:
    # Of a link whose text is its label, the label is kept; the bracket before the text comes and goes with it.
    return piece.role != "text" and (piece.kind, piece.role) != ("reference", "open")


def _told(piece: Piece) -> tuple[str, str, str]:
    """Return what a piece is, to be compared; a label is the same whether the text before it is one, too, or not."""
    if piece.kind == "reference":
        return piece.kind, "single", normal(piece.text.removeprefix("]"))
    return piece.kind, piece.role, piece.text


def _out_of_order(found: Sequence[Piece]) -> str:
    """Return the first tag that ends what has not begun, or has begun before something that is still open."""
    tags = [match for piece in found if piece.role == "single" and (match := _TAG.fullmatch(piece.text))]
    ended = {match[2] for match in tags if match[1]}
    begun: list[str] = []
    for match in tags:
        if match[2] in ended and not match[1]:
            begun.append(match[2])
        elif match[1] and (not begun or begun.pop() != match[2]):
            return match.group()
    return ""


def spaced_formulas(entry: Entry, msgstr: str, dialect: Dialect) -> str:
    """Return a translation with blanks between letters or digits and the formulas of the msgid."""
    (found, _) = _stretches(entry, "", dialect, ())
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
