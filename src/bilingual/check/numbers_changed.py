"""A number is missing or has another value.

Numbers are compared by value: 1.5 亿 is 150 million, 第三章 is Chapter 3 or the third chapter, 百分之五 is 5 %.
Only numbers in digits must be there on the other side, in digits or words. `numbers-scaled` is the mistake that
comes up most: 3 亿 is 300 million, not 3 billion.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from bilingual.check import Check, Finding, Side
from bilingual.diagnostics import Severity
from bilingual.numerals import Number, numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilingual.check import NoOptions, Pair, Project

_EXACT = 8
_DIGIT = re.compile("[\\d亿]")
_UNITS = {"亿": "billion", "千万": "million", "万": "thousand", "万亿": "billion"}


def of(side: Side) -> list[Number]:
    """Return the numbers of one side."""
    return numbers(side.prose, han=side.language.han)


def _check(pair: Pair, _options: NoOptions, _project: Project) -> Iterator[Finding]:
    if not (pair.into_latin or pair.into_han):
        return
    if not (_DIGIT.search(pair.source.text) or _DIGIT.search(pair.target.text)):
        return
    ours, theirs = of(pair.source), of(pair.target)
    scaled = _scaled(ours, theirs) if pair.into_latin else _scaled(theirs, ours)
    if scaled:
        yield Finding("numbers-scaled", scaled, "亿 is 100 million, 万亿 a trillion")
        return
    for one, other, what in ((ours, theirs, "is missing or changed"), (theirs, ours, "is not in the source")):
        side, opposite = (pair.source, pair.target) if one is ours else (pair.target, pair.source)
        known = {value for number in other for value in number.values}
        lost = [number for number in one if number.hard and not number.values & known and not _close(number, other)]
        if lost and opposite.atoms:
            # What stands in a formula, in code or in an address may say it too.
            anywhere = numbers(opposite.text.replace("$", ""), han=opposite.language.han)
            known = {value for number in anywhere for value in number.values}
            lost = [number for number in lost if not number.values & known and not _close(number, anywhere)]
        if lost:
            number = lost[0]
            text = side.text[number.start : number.end].strip()
            place = (number.start, number.end) if one is theirs else (-1, -1)
            yield Finding("numbers-changed", f"the number {text} {what}", "compare both by value", *place)
            return
    for number in ours:
        scales = {each.scale for each in theirs if each.scale}
        # Below a hundred million, 千万 and "millions" are but ways to say that there are many.
        near = any(abs(number.scale - scale) <= (number.scale < _EXACT) for scale in scales)
        if number.scale and scales and not near and not _magnitude(number, theirs):
            text = pair.source.text[number.start : number.end]
            yield Finding("numbers-changed", f"{text} is another order of magnitude", "count the zeros")
            return


def _scaled(han: Sequence[Number], latin: Sequence[Number]) -> str:
    """Say which number has its coefficient beside the wrong word, as 3 亿 and 3 billion."""
    values = {value for number in latin for value in number.values}
    for one in han:
        wrong = _UNITS.get(one.unit)
        if wrong and one.coefficient and not one.values & values:
            for other in latin:
                if other.unit == wrong and Decimal(other.coefficient.replace(",", "")) == _decimal(one.coefficient):
                    return f"{one.coefficient} {one.unit} is not {other.coefficient} {other.unit}"
    return ""


def _decimal(digits: str) -> Decimal:
    return Decimal(digits.replace(",", "")) if digits.count(".") < 2 else Decimal(-1)


def _close(number: Number, others: Sequence[Number]) -> bool:
    """Return whether a fraction or a rounded number stands for it: 0.5 is half, 50 % is 0.5."""
    if len(number.values) != 1:
        return False
    (text,) = number.values
    if text.count(".") > 1:
        return False
    value = Decimal(text)
    return any(
        each.count(".") < 2 and Decimal(each) != 0 and value / Decimal(each) in (Decimal(100), Decimal("0.01"))
        for other in others
        for each in other.values
    )


def _magnitude(number: Number, others: Sequence[Number]) -> bool:
    low = Decimal(10) ** number.scale
    return any(each.count(".") < 2 and low <= Decimal(each) < low * 10 for other in others for each in other.values)


CHECK = Check({"numbers-changed": Severity.WARNING, "numbers-scaled": Severity.ERROR}, pair=_check)
