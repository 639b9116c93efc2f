"""A term of the glossary is translated in another way.

`glossary.csv` beside the configuration has the terms, see the page on glossaries. Of terms that overlap the longest
counts. English words may be inflected. `term-forbidden` finds a translation that the glossary rules out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilingual.check import Check, Finding
from bilingual.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.check import NoOptions, Pair, Project


def _check(pair: Pair, _options: NoOptions, project: Project) -> Iterator[Finding]:
    if project.glossary is None:
        return
    for term in project.glossary.find(pair.source.prose):
        refused = term.refused(pair.target.text)
        if refused:
            message = f"{refused.group()!r} is not to stand for {term.source!r}"
            yield Finding("term-forbidden", message, f"write {term.target!r}", *refused.span())
        elif not term.accepted(pair.target.text):
            wanted = term.source if term.keep else term.target
            yield Finding("term-missed", f"{term.source!r} is {wanted!r} in the glossary", term.note)


CHECK = Check({"term-missed": Severity.WARNING, "term-forbidden": Severity.WARNING}, pair=_check)
