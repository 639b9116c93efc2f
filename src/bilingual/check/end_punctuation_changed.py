"""The last mark of a text is another one: a question that is none any more, a sentence that was cut off.

`。` counts as `.`, `？` as `?`, `：` as `:` and so on; quotation marks, parentheses and emphasis after it do not
count. Chinese closes sentences with commas that English ends, and announces lists with a full stop; so only a
question or exclamation that is lost or made, and a sentence that ends without any mark, are reported.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bilingual.check import Check, Finding, Side
from bilingual.diagnostics import Severity
from bilingual.markdown.document import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.check import NoOptions, Pair, Project

_CLOSING = " \t\n*_~\"'”’」』）)]}】>\\"
_MARKS = {"。": ".", "．": ".", "！": "!", "？": "?", "：": ":", "；": ";", "，": ",", "、": ",", "…": "…"}
_SENTENCES = frozenset({Kind.PARAGRAPH, Kind.LIST_ITEM, Kind.QUOTE, Kind.DEFINITION, Kind.FOOTNOTE})
_BLANKED = re.compile(r"\s+$")


def last(side: Side) -> str:
    """Return the mark that a text ends with, in its narrow form; an empty text if it is none, `a` for an atom."""
    if side.atoms and not side.prose[side.atoms[-1].span.start :].strip(_CLOSING):
        return "a"
    text = side.text.rstrip(_CLOSING)
    mark = text[-1:]
    mark = _MARKS.get(mark, mark)
    return mark if mark in ".!?:;,…" else ""


def _check(pair: Pair, _options: NoOptions, _project: Project) -> Iterator[Finding]:
    if pair.segment.kind not in _SENTENCES:
        return
    ours, theirs = last(pair.source), last(pair.target)
    if ours == theirs or "a" in (ours, theirs):
        return
    end = len(_BLANKED.sub("", pair.target.text))
    questions = {"?", "!"}
    if (ours in questions) != (theirs in questions) or (ours == "." and theirs in ("", ",")):
        shown = {"": "no mark"}
        message = f"the source ends with {shown.get(ours, ours)}, the translation with {shown.get(theirs, theirs)}"
        yield Finding("end-punctuation-changed", message, "is the end missing?", end - 1, end)


CHECK = Check({"end-punctuation-changed": Severity.WARNING}, pair=_check)
