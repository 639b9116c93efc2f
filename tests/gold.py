"""Published translations, from gold alignments beside the checkout."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from bilingual.catalog import Entry
from bilingual.check import Pair, pairs
from bilingual.language import language
from bilingual.markdown.dialect import dialect
from bilingual.markdown.parse import parse
from bilingual.unit import Unit
from support import shared

if TYPE_CHECKING:
    from bilingual.markdown.document import Document

#: The kinds of blocks of the gold alignments, as the aligner sorts them.
SORTS = {"para": 0, "heading": 1, "item": 2, "quote": 3, "table": 4, "code": 5, "math": 6, "html": 7}
_STARTS = {"heading": ("# ", " "), "quote": ("> ", "\n> "), "item": ("- ", "\n  "), "para": ("", "\n")}


def _document(block: dict[str, str], name: str) -> Document:
    start, join = _STARTS[block["type"]]
    return parse(start + block["text"].strip("\n").replace("\n", join) + "\n", path=name, dialect=dialect("myst"))


@cache
def gold_pairs(into: str) -> list[Pair]:
    """The one-to-one pairs of prose of the development set, as a translation into `en` or `zh`."""
    result = []
    for path in sorted((shared() / "gold/dev").glob("*.json")):
        data = json.loads(path.read_bytes())
        for ours, theirs in data["gold"]:
            if len(ours) != 1 or len(theirs) != 1:
                continue
            zh, en = data["zh"][ours[0]], data["en"][theirs[0]]
            if zh["type"] != en["type"] or zh["type"] not in _STARTS:
                continue
            documents = [_document(each, path.name) for each in (zh, en)]
            source, target = documents if into == "en" else documents[::-1]
            if len(source.segments) != 1 or len(target.segments) != 1:
                continue
            unit = Unit(source.segments[0], Entry(source.segments[0].text, target.segments[0].text), path.name)
            codes = ("zh", "en") if into == "en" else ("en", "zh")
            result.extend(pairs(source, [unit], dialect("myst"), language(codes[0]), language(codes[1])))
    return result
