"""SVG pictures as documents: what a reader reads in them, and what a screen reader says."""

from __future__ import annotations

import re

from bilingual.diagnostics import Diagnostic, Place, Severity
from bilingual.markdown.document import Block, BlockKind, Document, Kind, Segment
from bilingual.markdown.html import folded
from bilingual.text import Lines, Span

_TAG = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<[!?]|<(/?)([A-Za-z][\w:.-]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?(/?)>",
    re.DOTALL,
)
_TEXTS = frozenset(["text", "tspan", "textPath", "title", "desc"])
_NEVER = frozenset(["style", "script", "metadata"])
_LINE = re.compile(r"[^\s](?:[^\r\n]*[^\s])?")
_LETTER = re.compile(r"[^\W\d_]")


def parse_svg(text: str, *, path: str = "") -> Document:
    """Return the document that an SVG file is: each run of text in `text`, `title` and `desc` is a segment.

    Total, as `parse`. A file with a document type is left as it is, since its entities could be anything.

    Args:
        text: All characters of the file.
        path: Where it came from, for diagnostics.
    """
    lines = Lines(text)
    segments: list[Segment] = []
    stack: list[str] = []
    skeleton = []
    last = position = 0
    for match in _TAG.finditer(text):
        if match.group() in ("<!", "<?"):
            note = Diagnostic(
                "svg-doctype",
                "the picture has a document type or is no well-formed XML, so its text is not translated",
                Place(path, lines.number(match.start())),
                Severity.INFO,
                hint="remove the line that begins with <!DOCTYPE",
            )
            return Document(path, text, (), (), (text,), diagnostics=(note,))
        found = _run(text, position, match.start(), stack, lines)
        if found is not None:
            segments.append(found)
            skeleton.append(text[last : found.span.start])
            last = found.span.end
        position = match.end()
        closing, name, empty = match.groups()
        name = name and name.rpartition(":")[2]
        if name and closing and name in stack:
            del stack[len(stack) - 1 - stack[::-1].index(name) :]
        elif name and not closing and not empty:
            stack.append(name)
    skeleton.append(text[last:])
    whole = Block(BlockKind.HTML, Span(0, len(text)), tuple(segments))
    return Document(path, text, (whole,), tuple(segments), tuple(skeleton))


def _run(text: str, start: int, end: int, stack: list[str], lines: Lines) -> Segment | None:
    """Return the segment that a run of characters between two tags is, if it is one."""
    run = text[start:end]
    if not _LETTER.search(run) or not _TEXTS.intersection(stack) or _NEVER.intersection(stack):
        return None
    spans = tuple(Span(start + match.start(), start + match.end()) for match in _LINE.finditer(run))
    comment = f"type: {Kind.DIAGRAM_LABEL.value}\nin: {stack[-1]}"
    line = lines.number(spans[0].start)
    return Segment(Kind.DIAGRAM_LABEL, folded(run.strip()), spans, comment=comment, line=line)
