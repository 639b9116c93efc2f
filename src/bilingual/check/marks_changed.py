"""A footnote's mark, a role or a reference in braces is missing or changed.

`footnote-changed` is about `[^1]`, `role-changed` about roles such as `` :ref:`fig_x` ``, `placeholder-changed`
about `{{ … }}`, `{% … %}` and `@@…@@`, which a program fills in. Copy them from the source text.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from bilingual.check import Check, Finding, Side, differences
from bilingual.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.check import NoOptions, Pair, Project

_PLACEHOLDER = re.compile(r"\{\{[<%]?\s*(/?[\w.-]+)[^{}]*\}\}|\{%-?\s*(\w+)[^%]*%\}|@@(\w+)@@")


def placeholders(side: Side) -> Counter[str]:
    """Return what a program fills in: the name of each placeholder."""
    found = _PLACEHOLDER.finditer(side.text) if "{" in side.text or "@@" in side.text else ()
    return Counter(next(filter(None, match.groups())) for match in found)


def _check(pair: Pair, _options: NoOptions, _project: Project) -> Iterator[Finding]:
    both = pair.source.text + pair.target.text
    if not ("[^" in both or "{" in both or ":`" in both or "@@" in both):
        return
    kinds = (
        ("footnote-changed", "footnote's mark", pair.source.atoms_of("footnote"), pair.target.atoms_of("footnote")),
        ("role-changed", "reference", pair.source.atoms_of("role"), pair.target.atoms_of("role")),
        ("placeholder-changed", "placeholder", placeholders(pair.source), placeholders(pair.target)),
    )
    for code, name, ours, theirs in kinds:
        missing, extra = differences(ours, theirs)
        missing = [each for each in dict.fromkeys(missing) if each not in theirs]
        extra = [each for each in dict.fromkeys(extra) if each not in ours]
        for each in missing:
            yield Finding(code, f"the {name} {each} is missing or changed", "copy it from the msgid")
        if not missing:
            for each in extra:
                yield Finding(code, f"the {name} {each} is not in the source", "take it out")


CHECK = Check(
    {
        "footnote-changed": Severity.ERROR,
        "role-changed": Severity.ERROR,
        "placeholder-changed": Severity.ERROR,
    },
    pair=_check,
)
