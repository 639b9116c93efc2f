"""A bracket or quotation mark of the translation has no partner, though those of the source all have.

Parentheses, square brackets, 《》 and “” are looked at; half- and full-width parentheses may close each other.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bilingual.check import Check, Finding, Side
from bilingual.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.check import NoOptions, Pair, Project

_ALIKE = str.maketrans("（）［］｛｝「」『』", "()[]{}“”“”")
_OPEN = {")": "(", "]": "[", "}": "{", "》": "《", "”": "“"}
_PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}|\{%[^%{}]*%\}")
_ANY = re.compile(r"[()\[\]{}《》“”]")
#: `a)` and `1)` count points; `:)` smiles.
_POINT = re.compile(r"(?:^|(?<=[.;] )|(?<=[；。]))[A-Za-z0-9]{1,3}\)|[:;]-?\)")


def odd(side: Side) -> int:
    """Return where the first mark without a partner stands, -1 if there is none."""
    prose = side.prose.translate(_ALIKE)
    if not _ANY.search(prose):
        return -1
    prose = _PLACEHOLDER.sub(lambda match: " " * len(match.group()), prose)
    prose = _POINT.sub(lambda match: " " * len(match.group()), prose)
    stack: list[tuple[str, int]] = []
    for match in _ANY.finditer(prose):
        mark = match.group()
        if match.start() and side.text[match.start() - 1] == "\\":
            continue
        if mark not in _OPEN:
            stack.append((mark, match.start()))
        elif stack and stack[-1][0] == _OPEN[mark]:
            stack.pop()
        else:
            return match.start()
    return stack[0][1] if stack else -1


def _check(pair: Pair, _options: NoOptions, _project: Project) -> Iterator[Finding]:
    place = odd(pair.target)
    if place >= 0 and odd(pair.source) < 0:
        mark = pair.target.text[place]
        message = f"{mark} has no partner"
        yield Finding("brackets-unbalanced", message, "add the other one, or take it out", place, place + 1)


CHECK = Check({"brackets-unbalanced": Severity.WARNING}, pair=_check)
