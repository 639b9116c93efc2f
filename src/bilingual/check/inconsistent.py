"""The same text is translated in different ways.

Texts of the same kind are compared in the whole book. `inconsistent-source` is the reverse: different texts with
one translation, which may be as it should be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilingual.check import Check, Finding
from bilingual.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilingual.check import NoOptions, Pair, Project

#: Shorter translations (`Yes`, `Notes`) may well stand for several texts.
_SHORT = 20


def _check(pairs: Sequence[Pair], _options: NoOptions, _project: Project) -> Iterator[Finding]:
    by_source: dict[object, dict[str, list[Pair]]] = {}
    by_target: dict[object, dict[str, list[Pair]]] = {}
    for pair in pairs:
        kind, context = pair.segment.kind, pair.segment.context
        by_source.setdefault((kind, context, pair.source.text), {}).setdefault(pair.target.text, []).append(pair)
        by_target.setdefault((kind, context, pair.target.text), {}).setdefault(pair.source.text, []).append(pair)
    for found in by_source.values():
        if len(found) > 1:
            usual = max(found, key=lambda text: len(found[text]))
            for text, some in found.items():
                if text != usual:
                    message = f"elsewhere this text is translated as {usual[:60]!r}"
                    for pair in some:
                        yield Finding("inconsistent", message, "choose one, or give the texts contexts", pair=pair)
    for found in by_target.values():
        if len(found) > 1 and len(next(iter(found.values()))[0].target.text) > _SHORT:
            first, *others = found.values()
            message = f"this is the translation of another text too: {first[0].source.text[:60]!r}"
            for some in others:
                yield Finding("inconsistent-source", message, "is it the right one here?", pair=some[0])


CHECK = Check({"inconsistent": Severity.WARNING, "inconsistent-source": Severity.INFO}, book=_check)
