"""SVG pictures as documents: what a reader reads in them, and what a screen reader says."""

from __future__ import annotations

import re

from bilingual.diagnostics import Diagnostic, Place, Severity
from bilingual.markdown.document import Block, BlockKind, Document, Kind, Segment
from bilingual.text import Span

_TAG = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<!|<(/?)([A-Za-z][\w:.-]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?(/?)>",
    re.DOTALL,
)
_TEXTS = frozenset(["text", "tspan", "textPath", "title", "desc"])
_NEVER = frozenset(["style", "script", "metadata"])
_LETTER = re.compile(r"[^\W\d_]")


def parse_svg(text: str, *, path: str = "") -> Document:
    """Return the document that an SVG file is: each run of text in `text`, `title` and `desc` is a segment.

    Total, as `parse`. A file with a document type is left as it is, since its entities could be anything.

    Args:
        text: All characters of the file.
        path: Where it came from, for diagnostics.
    """
    segments: list[Segment] = []
    stack: list[str] = []
    skeleton = []
    last = position = 0
    for match in _TAG.finditer(text):
        if match.group() == "<!":
            note = Diagnostic(
                "svg-doctype",
                "the picture has a document type, so its text is not translated",
                Place(path, text.count("\n", 0, match.start()) + 1),
                Severity.INFO,
                hint="remove the line that begins with <!DOCTYPE",
            )
            return Document(path, text, (), (), (text,), diagnostics=(note,))
        found = _run(text, position, match.start(), stack)
        if found is not None:
            segments.append(found)
            skeleton.append(text[last : found.span.start])
            last = found.span.end
        position = match.end()
        closing, name, empty = match.groups()
        if name and closing and name in stack:
            del stack[len(stack) - 1 - stack[::-1].index(name) :]
        elif name and not closing and not empty:
            stack.append(name)
    skeleton.append(text[last:])
    whole = Block(BlockKind.HTML, Span(0, len(text)), tuple(segments))
    return Document(path, text, (whole,), tuple(segments), tuple(skeleton))


def _run(text: str, start: int, end: int, stack: list[str]) -> Segment | None:
    """Return the segment that a run of characters between two tags is, if it is one."""
    if not stack or stack[-1] not in _TEXTS or _NEVER.intersection(stack):
        return None
    run = text[start:end]
    if not _LETTER.search(run):
        return None
    start += len(run) - len(run.lstrip())
    end = start + len(run.strip())
    comment = f"type: {Kind.DIAGRAM_LABEL.value}\nin: {stack[-1]}"
    span = Span(start, end)
    line = text.count("\n", 0, start) + 1
    return Segment(Kind.DIAGRAM_LABEL, text[start:end], (span,), comment=comment, line=line)
