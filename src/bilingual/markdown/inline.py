"""What is inside a segment: protected atoms with exact spans, folding of line breaks, and whether there is text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bilingual.language import wide
from bilingual.markdown.dialect import Dialect, new_parser
from bilingual.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

#: A longer text is not parsed inline just to learn whether it holds prose.
_LONG = 20_000

#: Rules whose whole match is protected: nothing in it is prose.
_ATOM_RULES = {
    "backticks": "code",
    "math_inline": "math",
    "backslash_math": "math",
    "role": "role",
    "html_inline": "html",
    "autolink": "link",
    "gfm_autolink": "link",
    "linkify": "link",
    "footnote_ref": "footnote",
    "entity": "entity",
}


#: A formula in a text that is no Markdown but stands in a page with formulas, as a verbose pattern; a dollar sign with
#: a blank inside of it, or a digit behind it, is money.
FORMULA = r"""
    \$\$[^$]{1,2000}\$\$ | (?<![\\$])\$(?![\s$])[^$\n]{1,1000}(?<![\s\\])\$(?![\d$])
  | \\\(.{1,1000}?\\\) | \\\[.{1,1000}?\\\]
"""
_FORMULA = re.compile(FORMULA, re.VERBOSE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Atom:
    """A stretch of a segment that a translator keeps.

    Attributes:
        kind: "code", "math", "role", "html", "link", "image", "footnote" or "entity".
        span: Where it stands in the segment's text; for "link" and "image" with a destination in parentheses,
            the destination and title alone.
        content: A link's or image's destination as written, else the text of the atom.
    """

    kind: str
    span: Span
    content: str


def formulas(text: str) -> tuple[Atom, ...]:
    """Return the formulas of a text that is no Markdown: front matter, HTML, labels of diagrams, comments in code."""
    if "$" not in text and "\\" not in text:
        return ()
    return tuple(Atom("math", Span(*match.span()), match.group()) for match in _FORMULA.finditer(text))


@dataclass(frozen=True, slots=True)
class _Event:
    """One match of an inline rule: which, from where to where, and the tokens before and after it."""

    rule: str
    start: int
    end: int
    first: int
    last: int


@cache
def inline_parser(dialect: Dialect) -> MarkdownIt:
    """Return a parser whose inline rules record each of their matches in `env["trace"]`.

    Tokens of markdown-it carry no positions inside a line, but every rule moves `state.pos`.
    """
    md = new_parser(dialect)
    for rule in md.inline.ruler.get_all_rules():
        if rule == "text":
            continue
        index = md.inline.ruler.__find__(rule)
        md.inline.ruler.at(rule, _traced(rule, md.inline.ruler.__rules__[index].fn))
    return md


def _traced(name: str, rule: Any) -> Any:  # noqa: ANN401 - a parser rule in, a parser rule out
    def traced(state: StateInline, silent: bool) -> bool:
        start = state.pos
        first = len(state.tokens)
        if not rule(state, silent):
            return False
        if not silent and state.env.get("trace_source") is state.src:
            state.env["trace"].append(_Event(name, start, state.pos, first, len(state.tokens)))
        return True

    return traced


class Inline:
    """The inline structure of one text.

    Attributes:
        text: The text.
        tokens: The inline tokens of markdown-it.
        events: The matches of inline rules with their positions, outer after inner.
    """

    __slots__ = ("events", "text", "tokens")

    def __init__(self, text: str, dialect: Dialect, references: Mapping[str, Any] | None = None) -> None:
        md = inline_parser(dialect)
        # A fresh string object, so that nested parses of a part of the text cannot be taken for this one.
        source = "".join((text[:1], text[1:])) if len(text) > 1 else text
        env: dict[str, Any] = {"trace": [], "trace_source": source, "references": dict(references or {})}
        self.text = source
        self.tokens: list[Token] = md.inline.parse(source, md, env, [])
        self.events: list[_Event] = env["trace"]

    def atoms(self) -> tuple[Atom, ...]:
        """Return the protected stretches, in order, not overlapping."""
        found: list[Atom] = []
        for event in self.events:
            kind = _ATOM_RULES.get(event.rule)
            content = self.text[event.start : event.end]
            if event.rule == "backticks" and event.first == event.last:
                continue  # a run of backticks that opens no code span
            if kind is not None:
                found.append(Atom(kind, Span(event.start, event.end), content))
            elif event.rule in ("link", "image"):
                destination = _destination(self.text, event.start, event.end)
                if destination is not None:
                    found.append(
                        Atom(event.rule, destination, self.text[destination.start : destination.end]),
                    )
        found.sort(key=lambda atom: (atom.span.start, -atom.span.end))
        result: list[Atom] = []
        for atom in found:
            if not result or atom.span.start >= result[-1].span.end:
                result.append(atom)
        return tuple(result)


def _destination(text: str, start: int, end: int) -> Span | None:
    """Return the span of what stands in the parentheses of the link or image at `start`, or None."""
    if text[end - 1] != ")":
        return None
    # The label has balanced brackets outside of code; the last `](` that leaves a valid rest is the one.
    from markdown_it.helpers import parseLinkDestination, parseLinkTitle  # noqa: PLC0415 - few texts have links

    position = start
    while True:
        position = text.find("](", position + 1, end)
        if position < 0:
            return None
        begin = position + 2
        cursor = _skip_space(text, begin)
        result = parseLinkDestination(text, cursor, end - 1)
        if not result.ok:
            continue
        stop = result.pos
        cursor = _skip_space(text, stop)
        if cursor == end - 1:
            return Span(begin, end - 1)
        if cursor > stop:
            title = parseLinkTitle(text, cursor, end - 1)
            if title.ok and _skip_space(text, title.pos) == end - 1:
                return Span(begin, end - 1)


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\n":
        position += 1
    return position


# --- is there anything to translate? -------------------------------------------------------------------------

#: From the first of these on, a letter may be inside an atom; before it, it cannot.
_SPECIAL = re.compile(r"[`$<\[{:\\&!^]|//|www\.|@")
LETTER = re.compile(r"[^\W\d_]")
_URL = re.compile(r"(?:https?|ftp|mailto):[^\s\u2e80-\u9fff\uff00-\uffef]+|www\.[^\s\u2e80-\u9fff\uff00-\uffef]+")


def prose(text: str, dialect: Dialect, *, markup: bool = True) -> str:
    """Return `text` without its atoms and addresses, a space in place of each.

    Args:
        text: A segment's text.
        dialect: The dialect of its book.
        markup: False for texts that are no Markdown (HTML attributes, front matter).
    """
    if markup and len(text) < _LONG and _SPECIAL.search(text):
        parts = []
        position = 0
        for atom in Inline(text, dialect).atoms():
            parts.append(text[position : atom.span.start])
            position = atom.span.end
        parts.append(text[position:])
        text = " ".join(parts)
    return _URL.sub(" ", text) if "//" in text or "www." in text or "mailto:" in text else text


def has_prose(text: str, dialect: Dialect, letter: re.Pattern[str] = LETTER, *, markup: bool = True) -> bool:
    """Return whether `letter` (by default, any letter) matches outside of the atoms of `text`.

    The parser is asked only if the text before the first special character does not settle it.
    """
    if letter.search(text) is None:
        return False
    special = _SPECIAL.search(text)
    if special is None:
        return True
    found = letter.search(text, 0, special.start())
    if found is not None and (letter is not LETTER or not text.startswith(("http", "mailto", "ftp"))):
        return True
    return letter.search(prose(text, dialect, markup=markup)) is not None


# --- folding ---------------------------------------------------------------------------------------------------

_AMBIGUOUS = frozenset("“”‘’—…·")  # wide beside a wide character
#: A line of only such pieces ends outside of every atom, whatever stands on the lines around it, and joining
#: it to the next one changes none of its tokens; any other line is left to the inline parser to judge.
_PLAIN_LINE = re.compile(
    r"""(?:
      [^`$<\[\]!\\^@:w]++                      # no special character
    | `[^`]++`(?!`)                            # a code span with single backticks
    | (?<![\d$])\$(?!\$)[^$`]*+(?<!\\)\$(?![\d$])  # a formula without a digit beside it
    | \\[^(\[] | \\$                           # an escape; a backslash at the end breaks the line
    | <(?![A-Za-z/!?])                         # no tag
    | \[\^[^\]\s]+\] | \[(?!\^)                # a footnote, the opening of a link
    | \]\([^()`$<\\\[\]]*\) | \]\[[^\[\]`$\\]*\] | \](?![(\[])
    | !\[[^\[\]`$\\]*\](?![\[]) | !(?!\[)
    | \^(?!\[)
    | ://[^\s<`$\[\]\\]++(?=[ \t)]) | :(?!//)
    | w(?!ww\.)
    )*+""",
    re.VERBOSE,
)
_UNESCAPED_PERCENT = re.compile(r"(?<!\\)%")
_SPACES = re.compile(r"[ \t\n]+")


def joint(before: str, after: str) -> str:
    """Return what a soft line break between two characters becomes: nothing between wide ones, else a space."""
    if wide(before):
        return "" if wide(after) or after in _AMBIGUOUS else " "
    return "" if before in _AMBIGUOUS and wide(after) else " "


@dataclass(frozen=True, slots=True)
class Folded:
    """A text whose soft line breaks are folded, and how its hard line breaks were written."""

    text: str
    breaks: tuple[str, ...]


def _hard(line: str) -> str:
    """Return the hard break that `line` ends with when a further line follows it, or an empty string."""
    if line.endswith("\\"):
        return "\\\n" if (len(line) - len(line.rstrip("\\"))) % 2 else ""
    stripped = line.rstrip(" ")
    return line[len(stripped) :] + "\n" if len(line) - len(stripped) >= 2 else ""


def fold(lines: Sequence[str], dialect: Dialect, references: Mapping[str, Any]) -> Folded | None:
    """Join the lines of a paragraph as DESIGN §4 says, or return None when that would change what it means.

    Args:
        lines: The lines of the segment: no leading blanks, but the trailing ones that may make a hard break.
        dialect: The dialect of the book.
        references: The link definitions of the document, as markdown-it keeps them.

    Returns:
        The folded text, or None if a line break cannot be folded without changing the inline structure.
    """
    if len(lines) == 1:
        return Folded(lines[0], ())
    keep = dialect.line_breaks == "keep"
    source = "\n".join(lines)
    plain = all(map(_PLAIN_LINE.fullmatch, lines))
    inline = None if plain else Inline(source, dialect, references)
    inside: set[int] = set()
    if inline is not None:
        outer = {event.start for event in inline.events if event.rule == "newline"}
        outer |= {event.start + 1 for event in inline.events if event.rule == "escape"}
        position = -1
        for line in lines[:-1]:
            position += len(line) + 1
            if position not in outer:
                inside.add(position)
    parts: list[str] = []
    breaks: list[str] = []
    joints: list[str] = []
    position = -1
    for line, following in pairwise(lines):
        position += len(line) + 1
        if position in inside:
            parts.append(line + " ")
            continue
        hard = _hard(line)
        content = line[: len(line) - len(hard) + 1] if hard else line
        content = content.rstrip(" \t") if content.strip(" \t") else content
        if hard or keep:
            parts.append(content + "\n")
            breaks.append(hard or "\n")
            if not hard:
                joints.append("\n")
        else:
            join = joint(content[-1:], following[:1])
            parts.append(content + join)
            joints.append(join)
    parts.append(lines[-1])
    text = "".join(parts)
    if inline is not None:
        if inside and any(
            event.rule in ("math_inline", "backslash_math")
            and any(event.start < place < event.end for place in inside)
            and _UNESCAPED_PERCENT.search(source, event.start, event.end)
            for event in inline.events
        ):
            return None  # a TeX comment ends with its line
        folded = Inline(rendered(text, breaks, ""), dialect, references)
        if list(_signature(inline.tokens, joints)) != list(_signature(folded.tokens, ["\n"] * len(joints))):
            return None
    return Folded(text, tuple(breaks))


def rendered(text: str, breaks: Sequence[str], prefix: str) -> str:
    r"""Return `text` with each `\n` written as a hard break followed by `prefix`.

    The n-th break is written as the n-th of `breaks`; where there are none left, as the last one, and
    without any, as two blanks.
    """
    pieces = text.split("\n")
    parts = [pieces[0]]
    for index, piece in enumerate(pieces[1:]):
        style = breaks[min(index, len(breaks) - 1)] if breaks else "  \n"
        parts.append(style + prefix + piece)
    return "".join(parts)


def _signature(tokens: Sequence[Token], joints: Sequence[str]) -> Iterator[tuple[object, ...]]:
    """Yield what inline tokens mean: adjacent texts joined, white space inside atoms collapsed.

    Args:
        tokens: Inline tokens.
        joints: What each soft break, in order, becomes; further ones stay what they are.
    """
    pending = ""
    left = iter(joints)
    for token in tokens:
        if token.type == "softbreak":
            pending += next(left, "\n")
            continue
        if token.type == "hardbreak":
            pending = pending.rstrip(" \t")  # blanks before a backslash are layout
        elif token.type in ("text", "text_special"):
            pending += token.content
            continue
        if pending:
            yield ("text", pending)
            pending = ""
        attrs = tuple((key, _SPACES.sub(" ", str(value))) for key, value in token.attrs.items())
        content = _SPACES.sub(" ", token.content)
        label = token.meta.get("label") if token.meta else None
        yield (token.type, token.nesting, token.markup, attrs, content, label)
    if pending:
        yield ("text", pending)
