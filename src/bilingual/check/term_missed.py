"""A term of the glossary is translated in another way.

`glossary.csv` beside the configuration has the terms, see the page on glossaries. Of terms that overlap the longest
counts. English words may be inflected, and joined with a negation that stands before the term: `unstructured pruning`
for `非结构化剪枝`. Where a term begins inside of a common word, as `自注意力` does in `来自注意力`, the terms in the
rest of it may stand in its place. `term-forbidden` finds a translation that the glossary rules out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilingual.check import Check, Finding
from bilingual.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.check import NoOptions, Pair, Project
    from bilingual.glossary import Glossary, Term

_NEGATIONS = frozenset("非无無不未")


def _check(pair: Pair, _options: NoOptions, project: Project) -> Iterator[Finding]:
    if project.glossary is None:
        return
    text, translation = pair.source.prose, pair.target.text
    missed: dict[Term, None] = {}
    for term, starts in project.glossary.places(text).items():
        refused = term.refused(translation)
        if refused:
            message = f"{refused.group()!r} is not to stand for {term.source!r}"
            yield Finding("term-forbidden", message, f"write {term.target!r}", *refused.span())
        elif not term.accepted(translation):
            missed.update((each, None) for start in starts for each in _missed(term, start, project.glossary, pair))
    for term in missed:
        wanted = term.source if term.keep else term.target
        yield Finding("term-missed", f"{term.source!r} is {wanted!r} in the glossary", term.note)


def _missed(term: Term, start: int, glossary: Glossary, pair: Pair) -> Iterator[Term]:
    """Yield what is missing of a term at a place: the term, or those in the rest of it if a word before it goes on."""
    text, translation = pair.source.prose, pair.target.text
    if text[start - 1 : start] in _NEGATIONS and term.accepted(translation, negated=True):
        return
    from bilingual.terms.words import CUT  # noqa: PLC0415 - most terms are not missed

    end = start + len(term.source)
    word = next((each for each in CUT.finditer(text) if each.start() < start < each.end()), None)
    if word is None:
        yield term
    else:
        yield from (each for each in glossary.find(text[word.end() : end]) if not each.accepted(translation))


CHECK = Check({"term-missed": Severity.WARNING, "term-forbidden": Severity.WARNING}, pair=_check)
