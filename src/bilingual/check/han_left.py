"""Chinese is left in a translation into a language that does not use it, or nothing was translated at all.

`han-left` looks at prose alone, and not at what stands in quotation marks, parentheses or titles, where a
translation may quote. `same-as-source` finds a translation that is the source text, character by character.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bilingual.check import Check, Finding
from bilingual.diagnostics import Severity
from bilingual.language import HAN, has_han

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.check import NoOptions, Pair, Project

QUOTED = re.compile(
    r"“[^”]*”|‘[^’]*’|\"[^\"]*\"|'[^']*'|《[^》]*》|「[^」]*」|\([^()]*\)|（[^（）]*）|\[[^\[\]]*\](?=\[)"
)
_RUN = re.compile(rf"{HAN.pattern}+")


def _check(pair: Pair, _options: NoOptions, _project: Project) -> Iterator[Finding]:
    if not pair.source.language.han or pair.target.language.han or not has_han(pair.target.text):
        return
    if pair.source.text == pair.target.text:
        yield Finding("same-as-source", "this is the source text", "translate it, or empty the msgstr")
        return
    prose = QUOTED.sub(lambda match: " " * len(match.group()), pair.target.prose)
    found = _RUN.search(prose)
    if found:
        message = f"{found.group()} is left in the source's language"
        yield Finding("han-left", message, "translate it, or put it in quotation marks", *found.span())


CHECK = Check({"han-left": Severity.ERROR, "same-as-source": Severity.ERROR}, pair=_check)
