"""Anchors of headings and the places in a document that link somewhere; what they resolve to is the project's."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bilingual.markdown.document import NO_MARKDOWN, BlockKind
from bilingual.markdown.inline import Inline
from bilingual.text import Lines, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bilingual.markdown.dialect import Dialect
    from bilingual.markdown.document import Block, Document, Segment

_ID = re.compile(r"\{[^{}]*?#([^\s{}]+)[^{}]*\}[ \t]*#*[ \t]*$")
_MARKS = re.compile(r"^[ \t>]*#{1,6}[ \t]+|[ \t]+#+[ \t]*$")
_HTML_LINK = re.compile(r"""\s(?:href|src|poster)\s*=\s*(?:"([^"\n]*)"|'([^'\n]*)')""")
_DEFINITION = re.compile(r"\[(?:[^\]\\]|\\.)+\]:[ \t]*(?:\n[ \t>]*)?(<[^<>\n]*>|[^\s<]\S*)")
_DESTINATION = re.compile(r"[ \t\n]*(<[^<>\n]*>|[^\s<][^\s]*)")
#: A text without any of these is what its reader sees.
_MARKUP = re.compile(r"[`$<\[\]\\*_~:&!^\n@{]|www\.")
#: A longer paragraph is data, not prose; parsing its links would take seconds.
_LONGEST = 200_000
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|/")


@dataclass(frozen=True, slots=True)
class Site:
    """A place that links to something relative: the span of its destination in the text, and the destination."""

    span: Span
    destination: str


def slug(text: str) -> str:
    """Return the anchor that GitHub gives a heading of this plain text, duplicates aside.

    Letters are lowered; everything but letters, marks, digits, `-` and `_` goes; each blank becomes a hyphen.
    """
    kept = (char for char in text.strip().lower() if char in "-_ " or unicodedata.category(char)[0] in "LMN")
    return "".join(kept).replace(" ", "-")


def plain(text: str, dialect: Dialect) -> str:
    """Return what a reader sees of a segment's Markdown, as text."""
    if _MARKUP.search(text) is None:
        return text
    parts = []
    for token in Inline(text, dialect).tokens:
        if token.type in ("text", "text_special", "code_inline", "math_inline", "role"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return "".join(parts)


def anchors(document: Document, dialect: Dialect) -> tuple[str, ...]:
    """Return the anchor of each heading of `document`, in order; of equal ones the second gets `-1`, and so on.

    A heading with an explicit `{#id}` has that one.
    """
    seen: dict[str, int] = {}
    result = []
    for block in _headings(document.blocks):
        line = block.span.of(document.text).split("\n", 1)[0].rstrip("\r")
        explicit = _ID.search(line) if dialect.has("heading_ids") else None
        if explicit is not None:
            result.append(explicit.group(1))
            continue
        text = block.segments[0].text if block.segments else _MARKS.sub("", line)
        anchor = slug(plain(text, dialect))
        count = seen.get(anchor, 0)
        seen[anchor] = count + 1
        result.append(f"{anchor}-{count}" if count else anchor)
    return tuple(result)


def _headings(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        if block.kind is BlockKind.HEADING:
            yield block
        else:
            yield from _headings(block.children)


def sites(document: Document, dialect: Dialect) -> tuple[Site, ...]:
    """Return the relative destinations of links, images, link definitions and HTML, in document order.

    Addresses with a scheme or from the root of a site are left out, since they stay right wherever a file is.
    """
    found: dict[int, Site] = {}
    text = document.text

    def add(start: int, raw: str) -> None:
        destination = raw
        if raw.startswith("<"):
            destination, start = raw[1:-1], start + 1
        if destination and not _SCHEME.match(destination):
            found[start] = Site(Span(start, start + len(destination)), destination)

    for segment in (*document.segments, *document.skipped):
        if segment.kind in NO_MARKDOWN:
            continue  # HTML blocks are looked through as a whole
        if ("](" not in segment.text and "<" not in segment.text) or len(segment.text) > _LONGEST:
            continue
        offsets = _offsets(segment, text)
        for atom in Inline(segment.text, dialect).atoms():
            if atom.kind in ("link", "image") and segment.text[atom.span.start - 1] == "(":
                match = _DESTINATION.match(segment.text, atom.span.start, atom.span.end)
                matches = [] if match is None else [(match.start(1), match.group(1))]
            elif atom.kind == "html":
                matches = list(_html_links(segment.text, atom.span.start, atom.span.end))
            else:
                continue
            for start, destination in matches:
                line = bisect_right(offsets, (start, len(text))) - 1
                place = start - offsets[line][0] + offsets[line][1]
                if text.startswith(destination, place):
                    add(place, destination)
    _blocks(document.blocks, text, add)
    if document.references:
        lines = Lines(text)
        for _, _, line in document.references:
            stop = lines.ends[min(line, len(lines) - 1)]
            match = _DEFINITION.search(text, lines.starts[line - 1], stop)
            if match is not None:
                add(match.start(1), match.group(1))
    return tuple(found[start] for start in sorted(found))


def _offsets(segment: Segment, text: str) -> list[tuple[int, int]]:
    """Return where each line of a segment begins: its offset in the segment's text, and in the document."""
    offsets = []
    position = 0
    for span in segment.spans:
        line = text[span.start : span.end].replace("\0", "\ufffd").rstrip(" \t\\")
        found = max(segment.text.find(line, position), position)
        offsets.append((found, span.start))
        position = found + len(line)
    return offsets


def _blocks(blocks: tuple[Block, ...], text: str, add: Callable[[int, str], None]) -> None:
    for block in blocks:
        if block.kind is BlockKind.HTML:
            for start, destination in _html_links(text, block.span.start, block.span.end):
                add(start, destination)
        _blocks(block.children, text, add)


def _html_links(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    for match in _HTML_LINK.finditer(text, start, end):
        group = 1 if match.group(1) is not None else 2
        yield match.start(group), match.group(group)
