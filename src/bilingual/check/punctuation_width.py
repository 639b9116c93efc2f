"""Punctuation has the width of the other language.

`fullwidth-left` finds `，` or `。` in a text of Latin letters, and `bilingual check --fix` repairs it;
`halfwidth-in-chinese` finds a comma or another mark of that width between Chinese characters; `spacing` looks at
blanks between Chinese characters and Latin words, which is a matter of house style and off by default:

    [check.punctuation-width]
    spacing = "require"   # or "forbid"
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bilingual.check import Check, Finding
from bilingual.check.han_left import QUOTED
from bilingual.diagnostics import Severity
from bilingual.language import HAN, has_han
from bilingual.markdown.document import canonical
from bilingual.merge import breaks_alone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.check import Pair, Project

_WIDE = re.compile("[，。；：！？（）、]")
_NARROW = {"，": ", ", "。": ". ", "；": "; ", "：": ": ", "！": "! ", "？": "? ", "（": " (", "）": ") ", "、": ", "}
#: No blank before what closes, nor behind what opens; stars open if a word follows them.
_CLOSES = re.compile(r"[*_]*(?:[\s)\]}\"'”’.,;:!?]|$)")
_OPENS = re.compile(r"(?:^|[\s(\[{\"'“‘])[*_]*$")
_BETWEEN = re.compile(r"[\dA-Za-z]$")
_AFTER = re.compile(r"\d|//")
_HALF = re.compile(rf"(?<={HAN.pattern})[,;!?](?=\s*{HAN.pattern}|$)|(?<={HAN.pattern}):(?={HAN.pattern})")
_TOUCHING = re.compile(rf"(?<={HAN.pattern})[A-Za-z0-9]|[A-Za-z0-9](?={HAN.pattern})")
_APART = re.compile(rf"(?<={HAN.pattern}) +(?=[A-Za-z0-9])|(?<=[A-Za-z0-9]) +(?={HAN.pattern})")


@dataclass(frozen=True, slots=True)
class Options:
    """Whether blanks between Chinese characters and Latin words are required, forbidden, or not looked at."""

    spacing: Literal["off", "require", "forbid"] = "off"


def _check(pair: Pair, options: Options, _project: Project) -> Iterator[Finding]:
    if pair.target.language.latin:
        found = _wide(pair)
        if found:
            message = f"{found.group()} is a full-width mark"
            yield Finding("fullwidth-left", message, f"write {_NARROW[found.group()].strip()}", *found.span())
        return
    if not pair.target.language.han or not has_han(pair.target.text):
        return
    half = _HALF.search(pair.target.prose)
    if half:
        message = f"{half.group()} is a half-width mark between Chinese characters"
        yield Finding("halfwidth-in-chinese", message, "write the full-width one", *half.span())
    if options.spacing == "require" and (found := _TOUCHING.search(pair.target.prose)):
        yield Finding("spacing", "a Latin word touches a Chinese character", "put a blank between", *found.span())
    elif options.spacing == "forbid" and (found := _APART.search(pair.target.prose)):
        yield Finding("spacing", "a blank parts a Latin word from a Chinese one", "take it out", *found.span())


def _wide(pair: Pair) -> re.Match[str] | None:
    prose = pair.target.prose
    if not _WIDE.search(prose):
        return None
    return _WIDE.search(QUOTED.sub(lambda match: " " * len(match.group()), prose) if has_han(prose) else prose)


def _fix(pair: Pair) -> str:
    """Return the translation with narrow marks, where it has no Chinese left that they may belong to."""
    text, prose = pair.target.text, pair.target.prose
    if not pair.target.language.latin or has_han(prose):
        return text
    for match in reversed(list(_WIDE.finditer(prose))):
        before, after = text[: match.start()], text[match.end() :]
        if _BETWEEN.search(before) and _AFTER.match(after):
            continue  # a time, a ratio, a number, an address
        mark = _NARROW[match.group()]
        if not after or _CLOSES.match(after):
            mark = mark.rstrip(" ")
        if not before or _OPENS.search(before):
            mark = mark.lstrip(" ")
        text = before + mark + after
    merged = canonical(pair.segment, text)
    return pair.target.text if breaks_alone(pair.segment, merged, pair.target.dialect) else text


CHECK = Check(
    {"fullwidth-left": Severity.WARNING, "halfwidth-in-chinese": Severity.WARNING, "spacing": Severity.WARNING},
    pair=_check,
    fix=_fix,
    options=Options,
)
