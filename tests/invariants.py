"""The invariants of DESIGN §7 as functions, for the cases, the corpora and Hypothesis alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bilingual.catalog import Entry
from bilingual.markdown.document import canonical
from bilingual.markdown.parse import parse
from bilingual.merge import merge, prove, verify
from bilingual.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilingual.markdown.dialect import Dialect
    from bilingual.markdown.document import Document
    from bilingual.merge import Merged

HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")


def pseudo(text: str) -> str:
    """Replace every Han character by another one."""
    return HAN.sub(lambda match: "文" if match.group() == "译" else "译", text)


def latin(text: str) -> str:
    """Replace every Han character by a Latin letter."""
    return HAN.sub("Q", text)


def rejoined(document: Document) -> str:
    """I1: the skeleton and the spans, joined."""
    skeleton = iter(document.skeleton)
    parts = [next(skeleton)]
    for segment in document.segments:
        for span in segment.spans:
            parts.append(document.text[span.start : span.end])
            parts.append(next(skeleton))
    return "".join(parts)


def translated(document: Document, dialect: Dialect, translate: Callable[[str], str]) -> tuple[list[Unit], Merged]:
    """Merge `document` with every segment translated by `translate`."""
    units = [
        Unit(segment, Entry(segment.text, translate(segment.text), segment.context)) for segment in document.segments
    ]
    return units, prove(document, units, dialect)


def hold(text: str, dialect: Dialect, translate: Callable[[str], str], *, put_back: bool = False) -> Merged:
    """Assert I1 to I4 for one text; `put_back` allows translations that break the structure to be put back."""
    document = parse(text, dialect=dialect)
    assert rejoined(document) == text
    assert merge(document, [Unit(segment) for segment in document.segments]) == text
    same = [Unit(segment, Entry(segment.text, segment.text, segment.context)) for segment in document.segments]
    assert merge(document, same) == text
    units, merged = translated(document, dialect, translate)
    if not put_back:
        assert not merged.put_back, [units[index] for index in merged.put_back]
    expected = []
    for index, unit in enumerate(units):
        msgstr = unit.entry.msgstr if unit.entry else ""
        used = msgstr and msgstr != unit.segment.text and index not in merged.put_back
        expected.append((canonical(unit.segment, msgstr) if used else "") or unit.segment.text)
    assert [segment.text for segment in merged.document.segments] == expected
    assert merged.document.shape == document.shape
    if not merged.put_back:
        assert verify(document, merged.document, units) == ()
    else:
        assert [each.code for each in merged.diagnostics if each.code == "structure-changed"]
    return merged
