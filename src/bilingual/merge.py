"""Merging: translations become edits on a document's spans, and the result is proved by parsing it again."""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bilingual.catalog import State, is_split
from bilingual.diagnostics import Diagnostic, Place, Severity
from bilingual.diagram import renders
from bilingual.markdown import front_matter
from bilingual.markdown.document import CODE_KINDS, NO_MARKDOWN, BlockKind, Document, Kind, Segment, canonical
from bilingual.markdown.inline import rendered
from bilingual.markdown.parse import parse
from bilingual.text import LINE_END, Edit, Span, line_end_of, substitute

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from bilingual.markdown.dialect import Dialect
    from bilingual.markdown.document import Block
    from bilingual.unit import Unit


LINE_BREAK = "the translation of a {} has a line break, which becomes a space"
LINE_BREAK_HINT = "take the line break out of the msgstr"


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged document.

    Attributes:
        document: The merged text, parsed.
        put_back: Indexes of the units whose translation could not be used, so that the source text stands.
        diagnostics: Why, one for each of them, and what else was changed on the way.
        origins: For each block that rows are made of, the number of that of the source which it comes from, None for an
            addendum; None if the merge has the source's shape.
        behind: For each addendum among these, the number of the block of the source that it stands behind, -1 for the
            beginning.
    """

    document: Document
    put_back: frozenset[int]
    diagnostics: tuple[Diagnostic, ...]
    origins: tuple[int | None, ...] | None = None
    behind: tuple[int, ...] = ()


def translation(unit: Unit, minimum: State = State.STALE) -> str | None:
    """Return the canonical text that takes the place of the unit's segment, or None if the source text stays.

    The source text stays where the state is below `minimum`, and where the translation is empty or equal to
    the msgid, so that merging an identity makes no edit at all (DESIGN I2).
    """
    entry = unit.entry
    if entry is None or not entry.msgstr or entry.msgstr == unit.segment.text or unit.state < minimum:
        return None
    text = canonical(unit.segment, entry.msgstr)
    return text if text and text != unit.segment.text else None


def written(segment: Segment, text: str, line_end: str = "\n") -> str:
    """Return the characters that take the place of a segment's span when it is to read `text`."""
    if segment.kind is Kind.FRONT_MATTER:
        result = front_matter.written(text, segment.style, segment.prefix or "  ")
    else:
        result = rendered(text, segment.breaks, segment.prefix)
    return result if line_end == "\n" else result.replace("\n", line_end)


def merge(document: Document, units: Sequence[Unit], minimum: State = State.STALE) -> str:
    """Return the text of `document` with the translations of its units, unproved.

    Args:
        document: The source.
        units: One unit for each of its segments, in order.
        minimum: The lowest state that is used.
    """
    return _merge(document, [translation(unit, minimum) for unit in units])


def _merge(document: Document, texts: Sequence[str | None]) -> str:
    line_end = line_end_of(document.text)
    return substitute(
        document.text,
        [
            Edit(segment.span, written(segment, text, line_end))
            for segment, text in zip(document.segments, texts, strict=True)
            if text is not None
        ],
    )


def verify(
    document: Document, merged: Document, units: Sequence[Unit], minimum: State = State.STALE
) -> tuple[Diagnostic, ...]:
    """Return a diagnostic for the first unit at which `merged` is not what merging the units means.

    Nothing is returned if the shapes are equal and each segment reads exactly as it was written (DESIGN I3, I4).
    """
    texts = [translation(unit, minimum) for unit in units]
    place = _mismatch(document, merged, texts)
    return () if place is None else (_broken(document, units[min(place, len(units) - 1)]),)


def prove(document: Document, units: Sequence[Unit], dialect: Dialect, minimum: State = State.STALE) -> Merged:
    """Merge, parse the result, and put the source text back wherever a translation broke the structure.

    Args:
        document: The source.
        units: One unit for each of its segments, in order.
        dialect: The dialect that `document` was parsed with.
        minimum: The lowest state that is used.

    Returns:
        A merged document of the same shape as the source; each segment reads as its unit says, or as in the
        source if its index is in `put_back`.
    """
    texts = [translation(unit, minimum) for unit in units]
    notes = [_joined(document, unit) for unit, text in zip(units, texts, strict=True) if text and loses_newline(unit)]
    edited = {index for index, text in enumerate(texts) if text is not None}
    broken = _broken_code(document, texts)
    put_back = set(broken)

    def attempt(without: Collection[int]) -> tuple[Document, int | None]:
        chosen = [None if index in without else text for index, text in enumerate(texts)]
        merged = parse(_merge(document, chosen), path=document.path, dialect=dialect)
        return merged, _mismatch(document, merged, chosen)

    merged, place = attempt(put_back)
    if place is not None:
        # Most culprits show when their text is parsed alone; that keeps a bad catalog linear.
        put_back |= {index for index in edited if breaks_alone(document.segments[index], texts[index] or "", dialect)}
        merged, place = attempt(put_back) if put_back != broken else (merged, place)
    while place is not None:
        culprit = None
        for index in (place, place - 1, place + 1):
            if index in edited and index not in put_back:
                candidate, further = attempt(put_back | {index})
                if further is None or further > place:
                    culprit, merged, place = index, candidate, further
                    break
        if culprit is None:
            culprit = _bisect(sorted(edited - put_back), put_back, attempt)
            if culprit is None:
                break
            merged, place = attempt(put_back | {culprit})
        put_back.add(culprit)
    notes.extend(_broken(document, units[index]) for index in sorted(put_back))
    return Merged(merged, frozenset(put_back), tuple(notes))


#: What a program replaces in a string: `{x:{width}}`, `%(name)5.2f`, `$name`, `\\n`; `5% of` is a percentage.
_PLACEHOLDER = re.compile(
    r"\{(?:[^{}]|\{[^{}]*\})*\}|%(?:\(\w+\))?[-+#0]*\d*(?:\.\d+)?[diouxXeEfFgGcrsa]|\$[A-Za-z_]\w*|\\."
)


def _broken_code(document: Document, texts: Sequence[str | None]) -> set[int]:
    """Return the units in code whose translation loses a placeholder, or makes code that no longer parses."""
    edited = {
        segment.span.start: index
        for index, segment in enumerate(document.segments)
        if segment.kind in CODE_KINDS and texts[index] is not None
    }
    if not edited:
        return set()
    broken = {
        index
        for index in edited.values()
        if document.segments[index].kind is Kind.CODE_STRING
        and _placeholders(document.segments[index].text) != _placeholders(texts[index] or "")
    }
    for block in (leaf for each in document.blocks for leaf in each.leaves()):
        mine = [edited[each.span.start] for each in block.segments if each.span.start in edited]
        mine = [index for index in mine if index not in broken]
        parses = _parser_of(block)
        if not mine or parses is None or not parses(_code_of(document, block, texts, ())):
            continue
        if not parses(_code_of(document, block, texts, mine)):
            alone = [index for index in mine if not parses(_code_of(document, block, texts, [index]))]
            broken.update(alone or mine)
    return broken


def _placeholders(text: str) -> list[str]:
    return sorted(_PLACEHOLDER.findall(text))


def _parser_of(block: Block) -> Callable[[str], bool] | None:
    """Return what tells whether the code of a block is right, None if nothing can."""
    if block.kind is BlockKind.HTML:
        return _is_xml
    if block.kind is BlockKind.DIAGRAM:
        return renders
    return _is_python if block.language in ("python", "py", "python3") else None


def _is_python(source: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the book's own, and it does not run
        try:
            ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def _is_xml(source: str) -> bool:
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - few books have text in pictures

    try:
        ET.fromstring(source)  # noqa: S314 - pictures with a document type have no segments
    except (ET.ParseError, ValueError):
        return False
    return True


def _code_of(document: Document, block: Block, texts: Sequence[str | None], chosen: Collection[int]) -> str:
    """Return the code of a block without its fence, with the translations of the chosen units."""
    start = block.span.start
    edits = [
        Edit(Span(segment.span.start - start, segment.span.end - start), texts[index] or "")
        for index, segment in ((index, document.segments[index]) for index in chosen)
    ]
    text = substitute(block.span.of(document.text), edits)
    if block.kind is BlockKind.HTML:
        return text
    fence, *lines = LINE_END.split(text)
    while lines and not lines[-1].strip(" \t>`~"):
        lines.pop()
    quotes = re.compile(rf"^(?:[ \t]*>[ \t]?){{{re.split('[`~]', fence, maxsplit=1)[0].count('>')}}}")
    return textwrap.dedent("\n".join(quotes.sub("", line) for line in lines))


def _bisect(
    candidates: list[int],
    put_back: set[int],
    attempt: Callable[[Collection[int]], tuple[Document, int | None]],
) -> int | None:
    """Return the last unit of the shortest run of edits, from the first on, that breaks the structure."""
    low, high = 0, len(candidates)
    if not candidates:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if attempt(put_back | set(candidates[middle:]))[1] is None:
            low = middle
        else:
            high = middle
    return candidates[low]


def _mismatch(document: Document, merged: Document, texts: Sequence[str | None]) -> int | None:
    """Return the index of the first segment that does not come back as written, or None."""
    count = len(document.segments)
    for index, (segment, found) in enumerate(zip(document.segments, merged.segments, strict=False)):
        text = texts[index]
        if found.text != (segment.text if text is None else text) or found.kind is not segment.kind:
            return index
    if len(merged.segments) != count:
        return min(count, len(merged.segments))
    if document.shape == merged.shape:
        return None
    segments = 0
    for ours, theirs in zip(document.shape, merged.shape, strict=False):
        if ours != theirs:
            break
        if isinstance(ours, Kind):
            segments += 1
    return min(segments, count)


def breaks_alone(segment: Segment, text: str, dialect: Dialect) -> bool:
    """Return whether a canonical translation of a segment makes another structure when it is parsed by itself."""
    if segment.kind in NO_MARKDOWN or segment.kind in (Kind.CELL, Kind.TITLE):
        return False
    start = "# " if segment.kind is Kind.HEADING else ""
    alone = parse(start + rendered(text, segment.breaks, ""), dialect=dialect)
    kind = Kind.HEADING if start else Kind.PARAGRAPH
    return [(each.kind, each.text) for each in alone.segments] != [(kind, text)]


def loses_newline(unit: Unit) -> bool:
    """Return whether a translation has a line break where its segment can have none."""
    entry = unit.entry
    # Of one that is said to be several paragraphs, more is reported than that.
    return unit.segment.single_line and entry is not None and "\n" in entry.msgstr.strip() and not is_split(entry)


def _place(document: Document, unit: Unit) -> tuple[Place, tuple[tuple[str, Place], ...]]:
    source = Place(document.path, unit.segment.line)
    entry = unit.entry
    if entry is None or not entry.line or not unit.path:
        return source, ()
    return Place(unit.path, entry.line), (("source", source),)


def _joined(document: Document, unit: Unit) -> Diagnostic:
    return finding(
        document,
        unit,
        "newline-in-line",
        LINE_BREAK.format(unit.segment.kind.value),
        LINE_BREAK_HINT,
        Severity.WARNING,
    )


def _broken(document: Document, unit: Unit) -> Diagnostic:
    if unit.segment.kind in CODE_KINDS:
        return finding(
            document,
            unit,
            "code-broken",
            f"this translation breaks the code around it, so the {unit.segment.kind.value} stays untranslated",
            "keep placeholders such as {x}, %d and \\n; write no quotes or brackets that the code takes for its own, "
            "and no words at the start that a program looks for, such as type:",
        )
    return finding(
        document,
        unit,
        "structure-changed",
        f"this translation changes the structure of the document, so the {unit.segment.kind.value} stays untranslated",
        "no line may begin like a heading, list, quote, table or code; write a backslash before such a sign",
    )


def finding(
    document: Document, unit: Unit, code: str, message: str, hint: str, severity: Severity = Severity.ERROR
) -> Diagnostic:
    """Return a diagnostic about the translation of a unit."""
    place, related = _place(document, unit)
    return Diagnostic(code, message, place, severity, _excerpt(unit), None, hint, related)


def _excerpt(unit: Unit) -> str:
    return unit.entry.msgstr.split("\n")[0][:200] if unit.entry else unit.segment.text.split("\n")[0][:200]
