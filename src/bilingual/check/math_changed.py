r"""A formula of the source is missing, or the translation has one of its own.

Inline formulas are compared as a set with counts, white space aside, in any order. What stands in `\text{…}` and the
like is prose and may be translated; a bare number may stand outside of dollar signs. Copy the formula from the source
text.
"""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from bilingual.check import Check, Finding, Side, differences, find
from bilingual.diagnostics import Severity
from bilingual.numerals import numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.check import NoOptions, Pair, Project

_DELIMITERS = re.compile(r"^(?:\$\$?|\\[(\[])\s*|\s*(?:\$\$?|\\[)\]])$")
_TEXT = re.compile(r"\\(?:text|mbox|textrm|textbf|textit|mathrm|operatorname)\s*\{([^{}]*)\}")
#: English writes `$i^{\mathrm{th}}$` where Chinese has 第$i$个.
_ORDINAL = re.compile(r"\^\{?\\(?:mathrm|textrm|text|mbox)\{(?:th|st|nd|rd)\}\}?")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LAYOUT = re.compile(r"[\s{}]|\\[,;:! ]|\\(?:left|right)(?![A-Za-z])")


def formulas(side: Side, *, texts: bool) -> Counter[str]:
    """Return the formulas of one side, in a form that white space, delimiters, braces and fonts do not change."""
    return Counter(normal(atom.content, texts=texts) for atom in side.atoms if atom.kind == "math")


def normal(formula: str, *, texts: bool) -> str:
    """Return what a formula is apart from its layout; without the words in it unless `texts`."""
    inner = _ORDINAL.sub("", formula.replace("\u2212", "-"))
    inner = _TEXT.sub(r"\1" if texts else "", inner)
    return _LAYOUT.sub("", _DELIMITERS.sub("", inner)).rstrip(",.;，。；")


def said(formula: str, side: Side) -> bool:
    """Return whether prose says what a formula does: that of a bare number may be the number in digits or words."""
    if _NUMBER.fullmatch(formula) is None:
        return formula.isalnum() and re.search(rf"(?<![A-Za-z0-9]){formula}(?![A-Za-z0-9])", side.prose) is not None
    value = f"{Decimal(formula):f}"
    found = numbers(side.prose, han=side.language.han)
    scales = {formula + "0" * zeros for zeros in range(1, 13)}  # `$10$万` is 100,000
    return any(value in each.values or scales & each.values for each in found)


def _check(pair: Pair, _options: NoOptions, _project: Project) -> Iterator[Finding]:
    if "$" not in pair.source.text + pair.target.text and "\\(" not in pair.source.text + pair.target.text:
        return
    missing, extra = differences(formulas(pair.source, texts=True), formulas(pair.target, texts=True))
    if "\\text" in pair.source.text or "\\mbox" in pair.source.text:
        # The words in formulas may be translated.
        less, more = differences(formulas(pair.source, texts=False), formulas(pair.target, texts=False))
        missing, extra = min((missing, extra), (less, more), key=lambda both: len(both[0]) + len(both[1]))
    missing = [formula for formula in missing if not said(formula, pair.target)]
    known = formulas(pair.source, texts=True)
    extra = [formula for formula in extra if formula not in known and not said(formula, pair.source)]
    hint = "copy the formula from the msgid"
    for formula in missing:
        yield Finding("math-changed", f"the formula {formula} is missing or changed", hint)
    if not missing:
        for formula in extra:
            start, end = find(pair.target.text, formula)
            yield Finding("math-changed", f"the formula {formula} is not in the source", hint, start, end)


def _fix(pair: Pair) -> str:
    """Return the translation with the source's white space in formulas that differ by nothing else."""
    own = {atom.content for atom in pair.source.atoms if atom.kind == "math"}
    by_form: dict[str, set[str]] = {}
    for content in own:
        by_form.setdefault("".join(content.split()), set()).add(content)
    text = pair.target.text
    for atom in reversed(pair.target.atoms):
        alike = by_form.get("".join(atom.content.split()), set()) if atom.kind == "math" else set()
        if len(alike) == 1 and atom.content not in own:
            text = text[: atom.span.start] + next(iter(alike)) + text[atom.span.end :]
    return text


CHECK = Check({"math-changed": Severity.ERROR}, pair=_check, fix=_fix)
