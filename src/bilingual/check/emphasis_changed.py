"""Bold or italic text is missing, or shows its stars.

`emphasis-changed` compares how many pieces of bold text there are, and of italic text in languages that have it:
Chinese often sets bold what English sets in italics, so their sum counts. `emphasis-literal` finds stars that show
in the page, because a star beside a punctuation mark or inside a word opens and closes nothing: write `**bold**
text` with a blank or punctuation outside of the stars.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bilingual.check import Check, Finding, Side, find
from bilingual.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.check import NoOptions, Pair, Project

_STARS = re.compile(r"\*\*+|(?<![\w*])__+(?=\w)")


def literal(side: Side) -> str:
    """Return stars that show in the page, an empty text if there are none."""
    if "**" not in side.text and "__" not in side.text:
        return ""
    for token in side.tokens:
        if token.type == "text" and (match := _STARS.search(token.content)):
            return match.group()
    return ""


def _check(pair: Pair, _options: NoOptions, _project: Project) -> Iterator[Finding]:
    theirs, ours = pair.target, pair.source
    if not ({"*", "_"} & set(ours.text) or {"*", "_"} & set(theirs.text)):
        return
    stars = literal(theirs)
    if stars and not literal(ours):
        message = f"the stars {stars} show in the page, since nothing is bold here"
        hint = "put a blank or punctuation outside of the stars, none inside"
        yield Finding("emphasis-literal", message, hint, *find(theirs.text, stars))
        return
    strong = ours.count("strong_open"), theirs.count("strong_open")
    every = strong[0] + ours.count("em_open"), strong[1] + theirs.count("em_open")
    if every[0] == every[1] or strong[0] == strong[1]:
        return
    message = f"the source has {strong[0]} pieces of bold text, the translation {strong[1]}"
    yield Finding("emphasis-changed", message, "set the same words in bold")


CHECK = Check({"emphasis-changed": Severity.WARNING, "emphasis-literal": Severity.ERROR}, pair=_check)
