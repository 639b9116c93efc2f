"""Numbers in Chinese and English text, by value: 1.5 亿 is 150 million, 第三章 is Chapter 3."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from math import prod

_WIDE = str.maketrans("０１２３４５６７８９．，％", "0123456789.,%")
_HAN_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "○": 0}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
_HAN_LARGE = {"万": 10**4, "亿": 10**8}
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth"
).split()
_MONTHS = "january february march april may june july august september october november december".split()
_WORDS = {
    **{word: value for value, word in enumerate(_SMALL)},
    **{word: value for value, word in enumerate(_ORDINALS)},
    **{word: 10 * value for value, word in enumerate(_TENS, 2)},
    **{word[:-1] + "ieth": 10 * value for value, word in enumerate(_TENS, 2)},
}
_ALONE = {
    **{word: value for value, word in enumerate(_MONTHS, 1)},
    **{word[:3]: value for value, word in enumerate(_MONTHS, 1)},
    "sept": 9,
    "once": 1,
    "twice": 2,
    "thrice": 3,
    "double": 2,
    "triple": 3,
    "both": 2,
    "pair": 2,
    "half": 2,
    "couple": 2,
    "dozen": 12,
    "single": 1,
    "quarter": 4,
    "halves": 2,
    "thirds": 3,
    "twofold": 2,
    "doubled": 2,
}
_SCALES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_LETTERS = {"k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}

_DIGITS = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)*"
_HAN_NUMBER = re.compile(
    rf"(?:百分之)?(?:(?<![A-Za-z_\d.])(?P<digits>{_DIGITS})\s*[多余]?(?P<unit>(?:[十百万亿]|千(?![米克瓦赫字兆伏卡帕焦]))*)"
    rf"|(?P<stuck>(?<=[A-Za-z_.])(?:{_DIGITS}))"
    r"|(?P<han>[零〇○一二两三四五六七八九十百千万亿]+(?:点[零〇一二三四五六七八九]+)?))"
)
_WORD = r"(?:" + "|".join(sorted({*_WORDS, *_SCALES}, key=len, reverse=True)) + r")s?"
_LATIN_DIGITS = re.compile(
    rf"(?<![A-Za-z_\d.])(?P<digits>{_DIGITS})(?:[\s-]*(?P<scale>hundred|thousand|million|billion|trillion)s?\b"
    rf"|(?P<letter>[KMBTkmbt])(?![A-Za-z]))?(?P<era>s\b|'s\b)?"
    rf"|(?P<stuck>(?<=[A-Za-z_.])(?:{_DIGITS}))",
    re.IGNORECASE,
)
_LATIN_WORD = re.compile(r"(?<![^\W_])[A-Za-z]+(?![^\W_])")
_LATIN_WORDS = re.compile(rf"{_WORD}(?:(?:[\s-]+(?:and\s+)?|\s+of\s+){_WORD}){{0,12}}(?![^\W_])", re.IGNORECASE)
_BEGINNINGS = frozenset({*_WORDS, *_SCALES, *(word + "s" for word in (*_WORDS, *_SCALES))})
#: No number, whatever it is: longer ones could not be reckoned with.
_ENDLESS = re.compile(r"[\d,.]{40,}|[零〇○一二两三四五六七八九十百千万亿]{24,}")
_RANGES = frozenset(["-", "~", "～", "至", "到", "–", "—"])
_ROMAN = re.compile(r"\b(?=[IVX])(?:X{0,3})(?:IX|IV|V?I{0,3})\b")


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text.

    Attributes:
        start: Where it begins.
        end: Where it ends.
        values: What it may be: versions are texts, all else is normalized decimals as texts.
        hard: Whether it is written in digits and stands by itself, so that a translation must have it.
        scale: The power of ten that a word for it says without a coefficient, such as 11 for 千亿; else 0.
        coefficient: The digits alone, where a unit follows them.
        unit: That unit.
    """

    start: int
    end: int
    values: frozenset[str]
    hard: bool
    scale: int = 0
    coefficient: str = ""
    unit: str = ""


def numbers(text: str, *, han: bool) -> list[Number]:
    """Return the numbers of a text, in order.

    Args:
        text: Prose.
        han: Whether it is Chinese; else it is read as English.
    """
    text = text.translate(_WIDE)
    if _ENDLESS.search(text):
        text = _ENDLESS.sub(lambda match: " " * len(match.group()), text)
    return _joined([_han(match) for match in _HAN_NUMBER.finditer(text)], text) if han else _latin(text)


def _joined(found: list[Number], text: str) -> list[Number]:
    """Return Chinese numbers, those joined that are one (1亿5000万), the unit of a range on both (3-5万)."""
    result: list[Number] = []
    for number in found:
        last = result[-1] if result else None
        if last is not None and last.coefficient and number.coefficient:
            between = text[last.end : number.start]
            (one,), (other,) = last.values, number.values
            whole = one.count(".") < 2 and other.count(".") < 2
            if not between and last.unit and whole and Decimal(one) > Decimal(other):
                values = frozenset({_value(Decimal(one) + Decimal(other))})
                result[-1] = Number(last.start, number.end, values, hard=True)
                continue
            if between in _RANGES and number.unit and not last.unit and whole:
                result[-1] = replace(last, values=last.values | {_value(Decimal(one) * _scale(number.unit))})
        century = text.startswith("世纪", number.end)
        result.append(replace(number, hard=False) if century else number)
    return result


def _value(number: Decimal | int) -> str:
    return f"{Decimal(number).normalize():f}"


def _plain(digits: str) -> set[str]:
    """Return what digits may mean: a version, or a number; leading zeros count for neither."""
    if digits.count(".") > 1:
        return {digits}
    return {_value(Decimal(digits.replace(",", "")))}


def _han(match: re.Match[str]) -> Number:
    digits, unit, stuck, han = match.group("digits", "unit", "stuck", "han")
    if stuck is not None:
        return Number(*match.span(), frozenset(_plain(stuck)), hard=False)
    if digits is not None:
        values = _plain(digits)
        if unit and digits.count(".") <= 1:
            values = {_value(Decimal(digits.replace(",", "")) * _scale(unit))}
        return Number(*match.span(), frozenset(values), hard=True, coefficient=digits, unit=unit)
    value = _han_value(han)
    scale = len(str(value)) - 1 if han and han[0] in "百千万亿" and value >= 10**6 else 0
    return Number(*match.span(), frozenset({_value(value)} | _by_digit(han)), hard=False, scale=scale)


def _scale(unit: str) -> int:
    return prod(_HAN_UNITS.get(char) or _HAN_LARGE[char] for char in unit)


def _by_digit(text: str) -> set[str]:
    """Return what a row of Chinese digits means when it is read as one: 二〇一七 is 2017."""
    digits = [_HAN_DIGITS.get(char) for char in text]
    return {str(int("".join(map(str, digits))))} if all(digit is not None for digit in digits) else set()


def _han_value(text: str) -> Decimal:
    whole, _, fraction = text.partition("点")
    total = section = digit = 0
    for char in whole:
        if char in _HAN_DIGITS:
            digit = _HAN_DIGITS[char]
        elif char in _HAN_UNITS:
            section += (digit or 1) * _HAN_UNITS[char]
            digit = 0
        else:
            section = section + digit
            if char == "亿":
                total = (total + section or 1) * _HAN_LARGE[char]
            else:
                total += (section or 1) * _HAN_LARGE[char]
            section = digit = 0
    value = Decimal(total + section + digit)
    if fraction:
        value += Decimal("0." + "".join(str(_HAN_DIGITS[char]) for char in fraction))
    return value


def _latin(text: str) -> list[Number]:
    found = []
    taken = 0
    for match in _LATIN_DIGITS.finditer(text):
        digits, scale, letter, era, stuck = match.group("digits", "scale", "letter", "era", "stuck")
        start, end = match.span()
        if stuck is not None:
            found.append(Number(start, end, frozenset(_plain(stuck)), hard=False))
            continue
        values = _plain(digits)
        if digits.count(".") <= 1:
            number = Decimal(digits.replace(",", ""))
            if scale:
                values = {_value(number * _SCALES[scale.lower()])}
            elif letter:
                values |= {_value(number * _LETTERS[letter.lower()])}
            elif era:
                values |= {_value(number % 100)}
        unit = (scale or "").lower()
        found.append(Number(start, end, frozenset(values), hard=not letter, coefficient=digits, unit=unit))
    for match in _LATIN_WORD.finditer(text):
        word = match.group().lower()
        if match.start() < taken:
            continue
        if word in _ALONE:
            found.append(Number(*match.span(), frozenset({str(_ALONE[word])}), hard=False))
        elif word in _BEGINNINGS and (words := _LATIN_WORDS.match(text, match.start())):
            taken = words.end()
            value, size = _words_value(words.group())
            found.append(Number(*words.span(), frozenset(value), hard=False, scale=size))
    found.extend(
        Number(*match.span(), frozenset({str(_roman(match.group()))}), hard=False)
        for match in _ROMAN.finditer(text)
        if match.group()
    )
    return found


def _roman(text: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10}[char] for char in text]
    return sum(-one if one < other else one for one, other in zip(values, [*values[1:], 0], strict=True))


def _words_value(text: str) -> tuple[set[str], int]:
    """Return the values of a row of number words, and its power of ten if it is a scale alone: hundreds of billions."""
    words = [word for word in re.split(r"[\s-]+", text.lower()) if word not in ("and", "of")]
    words = [word if word in _WORDS or word in _SCALES else word.removesuffix("s") for word in words]
    total = current = 0
    for word in words:
        if word in _WORDS:
            current += _WORDS[word]
        elif word == "hundred":
            current = (current or 1) * 100
        else:
            total += (current or 1) * _SCALES[word]
            current = 0
    value = total + current
    scale = len(str(value)) - 1 if words[0] in _SCALES and value >= 10**6 else 0
    each = {str(_WORDS[word]) for word in words if word in _WORDS}
    return {str(value), *each}, scale
