"""The same text is translated in different ways.

Texts of the same kind are compared in the whole book. What a heading, a cell or a label of a few characters means
depends on its chapter, so that these are compared within one; but what three chapters agree on, no single one is to
call otherwise. `inconsistent-source` is the reverse: different texts with one translation, which may be as it should
be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilingual.check import Check, Finding
from bilingual.diagnostics import Severity
from bilingual.language import wide
from bilingual.markdown.document import SINGLE_LINE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bilingual.check import NoOptions, Pair, Project

#: Shorter translations (`Yes`, `Notes`) may well stand for several texts.
_SHORT = 20
#: A heading or a cell of no more columns, of which a Han character takes two, may mean something else elsewhere.
_LABEL = 16
#: What so many chapters agree on is the translation of the book.
_SETTLED = 3


def _check(pairs: Sequence[Pair], _options: NoOptions, _project: Project) -> Iterator[Finding]:
    by_source: dict[object, dict[str, list[Pair]]] = {}
    by_target: dict[object, dict[str, list[Pair]]] = {}
    for pair in pairs:
        kind, context = pair.segment.kind, pair.segment.context
        by_source.setdefault((kind, context, pair.source.text), {}).setdefault(pair.target.text, []).append(pair)
        by_target.setdefault((kind, context, pair.target.text), {}).setdefault(pair.source.text, []).append(pair)
    for found in by_source.values():
        if len(found) > 1:
            yield from _differing(found, label=_is_label(next(iter(found.values()))[0]))
    for found in by_target.values():
        if len(found) > 1 and len(next(iter(found.values()))[0].target.text) > _SHORT:
            first, *others = found.values()
            message = f"this is the translation of another text too: {first[0].source.text[:60]!r}"
            for some in others:
                yield Finding("inconsistent-source", message, "is it the right one here?", pair=some[0])


def _is_label(pair: Pair) -> bool:
    """Return whether a text is so short that what it means depends on where it stands."""
    text = pair.source.text
    return pair.segment.kind in SINGLE_LINE and len(text) + sum(map(wide, text)) <= _LABEL


def _differing(found: Mapping[str, list[Pair]], *, label: bool) -> Iterator[Finding]:
    """Yield the pairs of one text that are not translated as usual.

    Args:
        found: The pairs by their translation.
        label: Whether the text may mean something else in another chapter.
    """
    if not label:
        yield from _unusual(found, max(found, key=lambda text: len(found[text])))
        return
    chapters = {text: {pair.document.path for pair in some} for text, some in found.items()}
    agreed = max(found, key=lambda text: len(chapters[text]))
    settled = len(chapters[agreed]) >= _SETTLED
    for path in dict.fromkeys(path for each in chapters.values() for path in each):
        here = {text: [pair for pair in some if pair.document.path == path] for text, some in found.items()}
        here = {text: some for text, some in here.items() if some}
        usual = max(here, key=lambda text: (len(here[text]), text == agreed))
        if settled and len(here) == 1 and len(chapters[usual]) == 1:
            usual = agreed
        yield from _unusual(here, usual)


def _unusual(found: Mapping[str, list[Pair]], usual: str) -> Iterator[Finding]:
    message = f"elsewhere this text is translated as {usual[:60]!r}"
    for text, some in found.items():
        if text != usual:
            for pair in some:
                yield Finding("inconsistent", message, "choose one, or give the texts contexts", pair=pair)


CHECK = Check({"inconsistent": Severity.WARNING, "inconsistent-source": Severity.INFO}, book=_check)
