"""A formula of the translation is not whole.

Its braces or environments are not balanced, a `$` is left over that opens no formula, or a formula is written `$ x
$`, which most renderers do not take for one. Compare it with the source text sign by sign.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bilingual.check import Check, Finding
from bilingual.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.check import NoOptions, Pair, Project

_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)
_ENVIRONMENT = re.compile(r"\\(begin|end)\s*\{([^{}]*)\}")
#: A sign without a partner; one before a number is a price.
_DOLLAR = re.compile(r"(?<!\\)\$+(?![\d$])")
_SPACED = re.compile(r"\$[ \t]|\$[^$]*[ \t]\$$")


def whole(formula: str) -> bool:
    """Return whether the braces and environments of a formula are balanced."""
    depth = 0
    for match in _BRACES.finditer(formula):
        depth += {"{": 1, "}": -1}.get(match.group(), 0)
        if depth < 0:
            return False
    stack = []
    for match in _ENVIRONMENT.finditer(formula):
        if match.group(1) == "begin":
            stack.append(match.group(2))
        elif not stack or stack.pop() != match.group(2):
            return False
    return depth == 0 and not stack


def _check(pair: Pair, _options: NoOptions, _project: Project) -> Iterator[Finding]:
    text = pair.target.text
    if "$" not in text and "\\" not in text:
        return
    spaced = any(_SPACED.match(atom.content) for atom in pair.source.atoms if atom.kind == "math")
    for atom in pair.target.atoms:
        place = atom.span.start, atom.span.end
        if atom.kind == "math" and not whole(atom.content):
            message = "the braces or environments of this formula are not balanced"
            yield Finding("math-broken", message, "compare it with the msgid", *place)
        elif atom.kind == "math" and not spaced and _SPACED.match(atom.content):
            message = "blanks inside of the dollar signs, so many renderers take this for no formula"
            yield Finding("math-broken", message, "write $x$ without blanks inside", *place)
    if not pair.target.dialect.has("math"):
        return
    left = list(_DOLLAR.finditer(pair.target.prose))
    if len(left) > len(_DOLLAR.findall(pair.source.prose)):
        message = "this dollar sign opens or closes no formula"
        yield Finding("math-broken", message, "add the other one, or write \\$ for the sign itself", *left[-1].span())


CHECK = Check({"math-broken": Severity.ERROR}, pair=_check)
