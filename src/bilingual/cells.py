"""Texts in the cells of spreadsheet programs, which change what they take for anything but text.

`=1+1` becomes a formula, `3-4` a date and `007` a number. So what a program would not leave as it is stands behind an
apostrophe, as does a text of blanks alone. `guarded` and `unguarded` are inverses.
"""

from __future__ import annotations

import re

_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec"
_FULL_MONTHS = "january|february|march|april|june|july|august|september|october|november|december"
#: A formula, also in full width.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
#: A number, date or time of any country, a truth value, an error.
_VALUE = re.compile(
    rf"""
    \s*(?:
        (?=.*\d) (?: [\d\s.,:;/\\'’+\-()%‰$¢£¥€￥．，：／％] | [eE年月日號号時时分秒] | am\b | pm\b | 上午 | 下午
            | (?:{_FULL_MONTHS}|{_MONTHS})\b )+
        | true | false | wahr | falsch | vrai | faux
        | \#[a-z0-9/]+[!?]?
    )\s*
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
#: No program takes a longer text for a number; the pattern need not read it.
_LONGEST_VALUE = 100


def is_value(text: str) -> bool:
    """Return whether a program takes a text for a number, date, time, truth value or error, or has written one so."""
    return len(text) <= _LONGEST_VALUE and _VALUE.fullmatch(text) is not None


def _is_taken(text: str) -> bool:
    """Return whether a program takes a text for anything else, or for nothing."""
    return not text.strip() or _FORMULA.match(text) is not None or is_value(text)


def guarded(text: str) -> str:
    """Return a text as it stands in a cell: behind an apostrophe if a program would not leave it as it is."""
    return f"'{text}" if _is_taken(text.lstrip("'")) else text


def unguarded(cell: str) -> str | None:
    """Return the text that stands in a cell, None if it is empty or holds nothing but blanks."""
    bare = cell.lstrip("'")
    if not _is_taken(bare):
        return cell
    if cell.startswith("'"):
        return cell[1:]
    return cell if cell.strip() else None
