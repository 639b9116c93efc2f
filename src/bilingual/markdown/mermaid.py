"""The labels of Mermaid diagrams: what a reader of the picture reads, found line by line for each kind of diagram."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Span = tuple[int, int]

_LETTER = re.compile(r"[^\W\d_]")
_TITLE = re.compile(r"\s*(?:title|accTitle\s*:|accDescr\s*:|section)\s*:?\s+(?P<label>\S.*?)\s*;?\s*$")
_NODE = re.compile(
    r"""(?<=[\w\u00b7-\uffff])(?:
      \(\(\((?P<a>"[^"]*"|[^"()\[\]{}]*)\)\)\)
    | \(\((?P<b>"[^"]*"|[^"()\[\]{}]*)\)\)
    | \(\[(?P<c>"[^"]*"|[^"()\[\]{}]*)\]\)
    | \[\[(?P<d>"[^"]*"|[^"()\[\]{}]*)\]\]
    | \[\((?P<e>"[^"]*"|[^"()\[\]{}]*)\)\]
    | \[[/\\](?P<f>"[^"]*"|[^"()\[\]{}]*?)[/\\]\]
    | \{\{(?P<g>"[^"]*"|[^"()\[\]{}]*)\}\}
    | \{(?P<h>"[^"]*"|[^"()\[\]{}]*)\}
    | \[(?P<i>"[^"]*"|[^"()\[\]{}]*)\]
    | \((?P<j>"[^"]*"|[^"()\[\]{}]*)\)
    | >(?P<k>"[^"]*"|[^"()\[\]{}<>|-]*)\]
    )""",
    re.VERBOSE,
)
_EDGE = re.compile(
    r"\|(?P<a>\"[^\"]*\"|[^|\"]*)\|"
    r"|(?<![-=.])(?:--(?![ox]\s)|==|-\.)\s*(?P<b>\"[^\"]*\"|[^-=.|>\"\s][^|>\"\[\](){}]*?)\s*(?:--+[>xo-]|==+[>=]|\.+->)"
)
_SUBGRAPH = re.compile(
    r"\s*subgraph\s+(?:[^\s\[\"]+\s*\[(?P<a>\"[^\"]*\"|[^\]\"]*)\]|(?P<b>\"[^\"]*\")|(?P<c>\S.*?))\s*$"
)
_NO_LABELS = re.compile(r"\s*(?:%%|classDef\b|class\b|style\b|linkStyle\b|click\b|direction\b|end\b|subgraph\b)")
_MESSAGE = re.compile(r"[^:%]*?(?:--?(?:>>|>|x|\))|<<--?>>)[+-]?[^:]*:\s*(?P<label>\S.*?)\s*$")
_NAMED = re.compile(r"\s*(?:participant|actor)\s+\S+\s+as\s+(?P<label>\S.*?)\s*$")
_NOTE = re.compile(
    r"\s*note\s+(?:left of|right of|over|for)\s+[^:\"]*(?::\s*(?P<a>\S.*?)|(?P<b>\"[^\"]*\"))\s*$", re.IGNORECASE
)
_BLOCK = re.compile(r"\s*(?:loop|alt|else|opt|par|and|critical|option|break)\s+(?P<label>\S.*?)\s*$")
_AFTER_COLON = re.compile(r"[^:\"]*\S\s*:(?!:)\s*(?P<label>\"[^\"]*\"|\S.*?)\s*$")
_CLASS = re.compile(r"\s*class\s+[^\s\[\"]+\s*\[(?P<label>\"[^\"]*\")\]")
_STATE = re.compile(r"\s*state\s+(?P<label>\"[^\"]*\")\s+as\b")
_SLICE = re.compile(r"\s*(?P<label>\"[^\"]*\")\s*:")
_TASK = re.compile(r"\s*(?P<label>[^\s:%][^:]*?)\s*:")
_PIE = re.compile(r"\s*pie\b(?:\s+showData\b)?(?:\s+title\s+(?P<label>\S.*?))?\s*$")
_BRANCH = re.compile(r"\s*(?:[\w-]+(?=[\[({)]))?(?P<label>[^\s:%].*?)\s*$")
_SHAPE = re.compile(r"[\[({)]+(.*?)[\])}(]+")
_GANTT = re.compile(
    r"\s*(?:dateFormat|axisFormat|tickInterval|excludes|includes|todayMarker|weekday|inclusiveEndDates)\b"
)


def labels(content: str) -> list[Span]:
    """Return the start and end of each label of a diagram, in order; of what is not understood, none.

    Args:
        content: The source of the diagram.
    """
    kind = ""
    found: list[Span] = []
    front_matter = False
    position = 0
    for number, line in enumerate(content.split("\n")):
        start, position = position, position + len(line) + 1
        text = line.strip()
        if text == "---" and (front_matter or number == 0):
            front_matter = not front_matter
            continue
        if front_matter or not text or text.startswith("%%"):
            continue
        scan = _SCANS.get(kind)
        if not kind:
            kind = re.split(r"[\s;:]", text, maxsplit=1)[0].removesuffix("-v2")
            if kind == "pie":
                found.extend(_matched(_PIE, line, start))
            if _SCANS.get(kind) is not _flowchart:
                continue
            scan = _flowchart  # `graph TD; A[label]` may be all on one line
        found.extend(_titles(line, start) or (scan(line, start, content) if scan else ()))
    outer: list[Span] = []
    for first, last in sorted(found):
        if _LETTER.search(content, first, last) and (not outer or first >= outer[-1][1]):
            outer.append((first, last))
    return outer


def _span(line: str, start: int, first: int, last: int) -> Span:
    """Return the place of a label in the diagram, without quotes and blanks around it."""
    text = line[first:last].strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = text[1:-1].strip()
    start += line.index(text, first, last)
    return start, start + len(text)


def _matched(pattern: re.Pattern[str], line: str, start: int) -> list[Span]:
    match = pattern.match(line)
    if match is None or match.lastgroup is None:
        return []
    return [_span(line, start, *match.span(match.lastgroup))]


def _titles(line: str, start: int) -> list[Span]:
    return _matched(_TITLE, line, start)


def _flowchart(line: str, start: int, content: str) -> Iterator[Span]:
    match = _SUBGRAPH.match(line)
    if match is not None and match.lastgroup is not None:
        # A title without brackets is the subgraph's name too, so it stays if anything else uses it.
        if match.lastgroup != "c" or content.count(match.group("c")) == 1:
            yield _span(line, start, *match.span(match.lastgroup))
        return
    if _NO_LABELS.match(line):
        return
    for pattern in (_NODE, _EDGE):
        for match in pattern.finditer(line):
            if match.lastgroup is not None:
                yield _span(line, start, *match.span(match.lastgroup))
        # What looks like an arrow inside a label is none.
        line = _NODE.sub(lambda match: "_" * len(match.group()), line)


def _first_of(*patterns: re.Pattern[str]) -> Callable[[str, int, str], list[Span]]:
    def scan(line: str, start: int, _content: str) -> list[Span]:
        for pattern in patterns:
            found = _matched(pattern, line, start)
            if found:
                return found
        return []

    return scan


def _gantt(line: str, start: int, _content: str) -> list[Span]:
    return [] if _GANTT.match(line) else _matched(_TASK, line, start)


def _timeline(line: str, start: int, _content: str) -> Iterator[Span]:
    first = 0
    for part in line.split(":"):
        if part.strip():
            yield _span(line, start, first, first + len(part))
        first += len(part) + 1


def _journey(line: str, start: int, _content: str) -> Iterator[Span]:
    rest = line.split(":")[1:]
    yield from _matched(_TASK, line, start)
    if len(rest) == 2:
        first = len(line) - len(rest[1])
        for actor in rest[1].split(","):
            yield _span(line, start, first, first + len(actor))
            first += len(actor) + 1


def _mindmap(line: str, start: int, _content: str) -> list[Span]:
    if line.strip().startswith(":::") or "::icon" in line:
        return []
    match = _BRANCH.match(line)
    if match is None:
        return []
    shape = _SHAPE.fullmatch(line, *match.span("label"))
    return [_span(line, start, *(shape.span(1) if shape else match.span("label")))]


_SCANS: dict[str, Callable[[str, int, str], list[Span] | Iterator[Span]]] = {
    "graph": _flowchart,
    "flowchart": _flowchart,
    "sequenceDiagram": _first_of(_NAMED, _NOTE, _BLOCK, _MESSAGE),
    "pie": _first_of(_SLICE),
    "gantt": _gantt,
    "journey": _journey,
    "timeline": _timeline,
    "mindmap": _mindmap,
    "stateDiagram": _first_of(_STATE, _NOTE, _AFTER_COLON),
    "classDiagram": _first_of(_NOTE, _CLASS, re.compile(r".*(?:--|\.\.)[^:]*:\s*(?P<label>\S.*?)\s*$")),
    "erDiagram": _first_of(re.compile(r".*(?:--|\.\.)[^:]*:\s*(?P<label>\"[^\"]*\"|\S.*?)\s*$")),
}
