"""The translation makes another structure: a list, a heading, a table cell, or a line break more or less.

`structure-changed` finds what merging would not use: a line that begins like a list, heading, quote or table. Put a
backslash before the sign. `hard-break-changed` compares the line breaks, each of which the reader sees.
`newline-in-line` finds a line break in a heading, a table cell or a title, where merging makes a blank of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bilingual.catalog import is_split
from bilingual.check import Check, Finding
from bilingual.diagnostics import Severity
from bilingual.markdown.document import Kind, canonical, paragraphs
from bilingual.merge import LINE_BREAK, LINE_BREAK_HINT, breaks_alone, loses_newline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.check import NoOptions, Pair, Project

_SUSPECT = re.compile(r"^[ \t]*(?:[#>\-+*=|~`:!<\[\\{]|\d{1,9}[.)])|\t|[#|]\s*$|^ {4}", re.MULTILINE)


def _check(pair: Pair, _options: NoOptions, _project: Project) -> Iterator[Finding]:
    segment, text = pair.segment, pair.target.text
    entry = pair.unit.entry
    apart = entry is not None and is_split(entry) and not segment.single_line
    parts = [canonical(segment, each) for each in (paragraphs(text) if apart else [text])]
    if any(_SUSPECT.search(part) and breaks_alone(segment, part, pair.target.dialect) for part in parts):
        found = _SUSPECT.search(text)
        place = found.span() if found else (-1, -1)
        message = "this makes another structure of the page"
        yield Finding("structure-changed", message, "put a backslash before the sign that begins the line", *place)
    elif segment.single_line:
        if loses_newline(pair.unit):
            yield Finding("newline-in-line", LINE_BREAK.format(segment.kind.value), LINE_BREAK_HINT)
    elif segment.kind is not Kind.FRONT_MATTER:
        ours, theirs = segment.text.count("\n"), sum(part.count("\n") for part in parts)
        if ours != theirs:
            message = f"the source has {ours} line breaks, the translation {theirs}"
            yield Finding("hard-break-changed", message, "break the lines as the source does")


CHECK = Check(
    {
        "structure-changed": Severity.ERROR,
        "hard-break-changed": Severity.WARNING,
        "newline-in-line": Severity.WARNING,
    },
    pair=_check,
)
