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
    if "  " in text and pair.segment.kind not in CODE_KINDS and "  " not in pair.source.text:
        double = _DOUBLE.search(text)
        if double and not pair.target.prose[double.start() - 1].isspace():
            yield Finding("double-space", "two blanks in a row", "take one out", *double.span())
    edge = _EDGE.search(text)
    if edge and _EDGE.search(pair.source.text) is None:
        yield Finding("edge-space", "a blank at the end that the source has not", "take it out", *edge.span())


def _fix(pair: Pair) -> str:
    """Return the translation without blanks at its ends and double ones in its prose."""
    text = _EDGE.sub("", pair.target.text) if _EDGE.search(pair.source.text) is None else pair.target.text
    if "  " not in text or "  " in pair.source.text or pair.segment.kind in CODE_KINDS or pair.target.atoms:
        return text
    return _DOUBLE.sub(" ", text)


CHECK = Check(
    {"repeated-word": Severity.WARNING, "double-space": Severity.WARNING, "edge-space": Severity.WARNING},
    pair=_check,
    fix=_fix,
)
