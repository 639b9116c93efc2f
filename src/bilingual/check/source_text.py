"""Something in the source itself makes trouble: words in single letters, stars that show.

`source-spaced-out` finds words that a conversion tore into letters, `H ug g i n g Face`. `source-emphasis-literal`
finds stars that show in the page, since they stand beside Chinese punctuation: in plain CommonMark `**重点：**说明`
is not bold; a blank after the stars, or the colon outside of them, makes it so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bilingual.check import Check, Finding
from bilingual.diagnostics import Severity
from bilingual.markdown.document import NO_MARKDOWN
from bilingual.markdown.inline import Inline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.check import NoOptions, Project
    from bilingual.markdown.document import Document

_SPACED = re.compile(r"(?<![A-Za-z0-9$\\])(?:[A-Za-z]{1,2} ){3,}[A-Za-z]{1,4}(?![A-Za-z0-9])")
_STARS = re.compile(r"\*\*+")
#: Short English words that may well stand in a row.
_SHORT = frozenset("a i an as at be by do go he if in is it me my no of on or so to up us we am".split())


def _torn(words: list[str]) -> bool:
    """Return whether pieces look like a word that was torn: most of them single letters, but not all of them."""
    single = sum(len(word) == 1 for word in words)
    return len(words) > single >= len(words) / 2


def _check(document: Document, _options: NoOptions, project: Project) -> Iterator[Finding]:
    for segment in document.segments:
        if segment.kind in NO_MARKDOWN:
            continue
        start = segment.span.start
        for match in _SPACED.finditer(segment.text):
            words = match.group().split()
            odd = [word for word in words[:-1] if word.lower() not in _SHORT]
            if len(odd) >= len(words) - 2 and _torn(odd) and "$" not in segment.text:
                place = document.text.find(match.group(), start)
                end = place + len(match.group())
                message = f"a word in single letters: {match.group()}"
                yield Finding("source-spaced-out", message, "join its letters", place, end)
        if "**" in segment.text:
            for token in Inline(segment.text, project.dialect).tokens:
                if token.type == "text" and _STARS.search(token.content):
                    place = document.text.find("**", start)
                    message = "these stars show in the page, since they stand beside punctuation"
                    hint = "put the punctuation outside of the stars, or a blank behind them"
                    yield Finding("source-emphasis-literal", message, hint, place, place + 2)
                    break


CHECK = Check({"source-spaced-out": Severity.WARNING, "source-emphasis-literal": Severity.WARNING}, source=_check)
