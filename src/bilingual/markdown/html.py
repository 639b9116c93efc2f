"""The visible text and the translatable attributes of an HTML block, found by a tokenizer that tiles it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bilingual.markdown.inline import joint

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Tags that stand inside a sentence; every other tag ends a run of text.
INLINE = frozenset(
    "a abbr b bdi bdo br cite code data dfn del em font i ins kbd label mark q s samp small span strike strong "
    "sub sup time tt u var wbr".split()
)
#: Elements whose content is no text of the document.
_RAW = frozenset(["script", "style", "pre", "textarea", "svg", "math", "template"])
_ATTRIBUTES = frozenset(["alt", "title"])
#: Elements that have no end.
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())

# CommonMark 0.31.2, section 6.6 (raw HTML).
_ATTRIBUTE = r"""\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?"""
_TAG = re.compile(rf"</?([A-Za-z][A-Za-z0-9-]*)(?:{_ATTRIBUTE})*\s*/?>")
_VALUE = re.compile(r"""\s+([A-Za-z_:][\w.:-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_CLOSERS = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">"))
_VISIBLE = re.compile(r"[^\s]")
_NEWLINE = re.compile(r"[ \t\r]*\n[ \t]*")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an HTML block.

    Attributes:
        kind: "text" (a run of visible text with its inline tags), "attribute" (the value of one) or "comment".
        start: Offset of its first character in the block.
        end: Offset after its last character.
        quote: The quote around an attribute's value, else empty.
    """

    kind: str
    start: int
    end: int
    quote: str = ""


@dataclass(slots=True)
class _Run:
    start: int = -1
    end: int = -1
    visible: bool = False


def _tokens(source: str) -> Iterator[tuple[str, int, int, str]]:
    """Yield (kind, start, end, tag name) for "text", "tag" and "comment" tokens that tile `source`."""
    position = text = 0
    length = len(source)
    missing: set[str] = set()  # closers that do not occur any more
    while True:
        found = source.find("<", position)
        if found < 0:
            break
        end = -1
        kind, name = "tag", ""
        match = _TAG.match(source, found)
        if match is not None:
            end, name = match.end(), match.group(1).lower()
            if not source.startswith("</", found) and name in _RAW and not match.group().endswith("/>"):
                closer = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(source, end)
                end = closer.end() if closer else length
        else:
            for opener, closer_text in _CLOSERS:
                if source.startswith(opener, found):
                    stop = -1 if closer_text in missing else source.find(closer_text, found + len(opener))
                    if stop < 0:
                        missing.add(closer_text)
                        break
                    end = stop + len(closer_text)
                    kind = "comment" if opener == "<!--" else "tag"
                    break
        if end < 0:
            position = found + 1
            continue
        if found > text:
            yield "text", text, found, ""
        yield kind, found, end, name
        position = text = end
    if text < length:
        yield "text", text, length, ""


def pieces(source: str) -> Iterator[Piece]:
    """Yield what translators and directives need of an HTML block, in document order.

    Args:
        source: The block without container prefixes, lines joined by newlines.
    """
    run = _Run()
    held: list[Piece] = []  # attributes inside a run, dropped when the run becomes a segment
    for kind, start, end, name in _tokens(source):
        if kind == "text":
            visible = _VISIBLE.search(source, start, end)
            if visible:
                if run.start < 0:
                    run.start = visible.start()
                run.visible = True
                run.end = start + len(source[start:end].rstrip())
        elif kind == "tag" and name in INLINE:
            if run.start < 0:
                run.start = start
            run.end = end
            held.extend(_attributes(source, start, end))
        else:
            yield from _flush(run, held)
            run = _Run()
            held = []
            if kind == "comment":
                yield Piece("comment", start, end)
            elif name and name not in _RAW:
                yield from _attributes(source, start, end)
    yield from _flush(run, held)


def _flush(run: _Run, held: list[Piece]) -> Iterator[Piece]:
    if run.visible:
        yield Piece("text", run.start, run.end)
    else:
        yield from held


def _attributes(source: str, start: int, end: int) -> Iterator[Piece]:
    if source.startswith("</", start):
        return
    for match in _VALUE.finditer(source, start, end):
        group = 2 if match.group(2) is not None else 3
        value = match.group(group)
        if match.group(1).lower() in _ATTRIBUTES and value and value == value.strip():
            yield Piece("attribute", match.start(group), match.end(group), '"' if group == 2 else "'")


def is_balanced(source: str) -> bool:
    """Return whether no element of HTML begins or ends outside of it."""
    opened: Counter[str] = Counter()
    for kind, start, end, name in _tokens(source):
        if kind == "tag" and name and name not in VOID and name not in _RAW and not source.endswith("/>", start, end):
            opened[name] += -1 if source.startswith("</", start) else 1
    return not any(opened.values())


def folded(source: str) -> str:
    """Return a piece of HTML or XML with its line ends folded as those of Markdown are folded."""
    if "\n" not in source:
        return source
    parts = _NEWLINE.split(source)
    text = parts[0]
    for part in parts[1:]:
        inside_tag = text.rfind("<") > text.rfind(">")
        text += (" " if inside_tag else joint(text[-1:], part[:1])) + part
    return text
