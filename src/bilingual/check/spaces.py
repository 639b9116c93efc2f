"""A word comes twice, or there are too many blanks.

`repeated-word` finds `the the`; `double-space` two blanks in a row inside a line, where the source has none;
`edge-space` a blank at an end. `bilingual check --fix` takes the blanks out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bilingual.check import Check, Finding
from bilingual.diagnostics import Severity
from bilingual.markdown.document import CODE_KINDS
from bilingual.text import Edit, Span, substitute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.check import NoOptions, Pair, Project

_TWICE = re.compile(r"(?<![\w.'’-])([A-Za-z]{2,}) +\1(?![\w'’-])", re.IGNORECASE)
_RIGHT = frozenset(["that", "had", "is", "no", "so", "very", "many", "bye", "ha", "la", "do", "in", "on"])
_DOUBLE = re.compile(r"(?<=\S) {2,}(?=\S)")
_EDGE = re.compile(r"^[ \t]+|[ \t]+$")


def _check(pair: Pair, _options: NoOptions, _project: Project) -> Iterator[Finding]:
    text = pair.target.text
    for match in _TWICE.finditer(pair.target.prose) if pair.target.language.latin else ():
        if text[slice(*match.span())] != match.group():
            continue  # what stands between the two is no prose
        if match.group(1).lower() not in _RIGHT and match.group().lower() not in pair.source.text.lower():
            yield Finding("repeated-word", f"{match.group(1)} comes twice", "take one out", *match.span())
    double = next(_doubles(pair), None)
    if double is not None:
        yield Finding("double-space", "two blanks in a row", "take one out", *double.span())
    edge = _EDGE.search(text)
    if edge and _EDGE.search(pair.source.text) is None:
        yield Finding("edge-space", "a blank at the end that the source has not", "take it out", *edge.span())


def _doubles(pair: Pair) -> Iterator[re.Match[str]]:
    """Yield the double blanks of a translation that stand in no formula, code or the like."""
    if "  " in pair.target.text and pair.segment.kind not in CODE_KINDS and "  " not in pair.source.text:
        yield from _DOUBLE.finditer(pair.target.covered("x"))


def _fix(pair: Pair) -> str:
    """Return the translation without blanks at its ends and double ones in its prose."""
    text = substitute(pair.target.text, [Edit(Span(*each.span()), " ") for each in _doubles(pair)])
    return _EDGE.sub("", text) if _EDGE.search(pair.source.text) is None else text


CHECK = Check(
    {"repeated-word": Severity.WARNING, "double-space": Severity.WARNING, "edge-space": Severity.WARNING},
    pair=_check,
    fix=_fix,
)
