"""What authors do to terms: they set them apart, and name them in the other language in parentheses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bilingual.language import has_han
from bilingual.terms.phrases import LONGEST, Company

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bilingual.terms.phrases import Vocabulary

_MARKED = re.compile(r"(?<![*_])(\*{1,2}|_{1,2})(?=[^\s*_])([^*_\n]{1,60}?)(?<=\S)\1(?![*_])")
_PARENTHESES = re.compile(r"[ \u00a0]?[（(]([^（()）]{2,90})[）)]")
#: A term that is set apart, right before parentheses.
_APART = re.compile(r"(?:\*{1,2}|_{1,2}|[“「『\"])([^*_“”「」『』\"]{1,60})(?:\*{1,2}|_{1,2}|[”」』\"])\Z")
_SAID = re.compile(r"(?:英文|英语|英語|简称|簡稱|全称|全稱|即|中文|译作|譯作|译为|譯為)(?:名|为|為|是)?[：: ]*")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9.'’/+ -]*[A-Za-z0-9+.]|[A-Za-z]")
_YEAR = re.compile(r"\d{4}[a-z]?\b")
#: How much of a text before parentheses is looked at.
_BEFORE = 90
#: More words than this are no name of a term.
_WORDS = 6
#: What is known of a phrase that occurs once.
_ONCE = Company(1, 0.8, 0.8)
#: How well a phrase fits that is a character longer or shorter than its name lets expect. These figures, and the
#: exponents below, find 93 % of 501 terms that a book sets apart, where nothing sets them apart.
_LONGER, _SHORTER = 0.8, 0.9


@dataclass(frozen=True, slots=True)
class Gloss:
    """A term that a text names in both languages.

    Attributes:
        han: The term in Han characters.
        latin: The same in Latin letters.
        short: An abbreviation that stands behind them; empty if none.
    """

    han: str
    latin: str
    short: str = ""


def emphasised(text: str, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield the phrases that a text sets apart by stars or underscores and that are one run of words."""
    for match in _MARKED.finditer(text):
        whole = _whole(match.group(2), vocabulary)
        if whole:
            yield whole


def _whole(text: str, vocabulary: Vocabulary) -> str:
    """Return the phrase that a text is; empty if it is more or less than one."""
    text = text.strip()
    runs = list(vocabulary.runs(text))
    if len(runs) != 1 or len(runs[0].words) > LONGEST or runs[0].span(0, len(runs[0].words)) != (0, len(text)):
        return ""
    return runs[0].words


def glosses(text: str, vocabulary: Vocabulary, known: Mapping[str, Company]) -> Iterator[Gloss]:
    """Yield the terms that a text names in both languages: 困惑度（perplexity）, perplexity（困惑度）.

    Args:
        text: The text.
        vocabulary: Its words.
        known: The phrases of its book, which say where a term begins that nothing sets apart.
    """
    for match in _PARENTHESES.finditer(text):
        inside = [each.strip(" *_“”\"'") for each in re.split(r"[，,；;、]", match.group(1))]
        said = _SAID.match(inside[0])
        name = inside[0][said.end() :] if said else inside[0]
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        if has_han(name):
            latin = _before(before, name, vocabulary, known)
            if _whole(name, vocabulary) and latin and not has_han(latin) and len(inside) == 1:
                yield Gloss(name, latin)
        elif _LATIN.fullmatch(name) and len(name.split()) <= _WORDS and not _cites(name, inside[1:]):
            han = _before(before, name, vocabulary, known)
            if has_han(han):
                yield Gloss(han, name, next((each for each in inside[1:] if each.isascii() and each.isupper()), ""))


def _cites(first: str, rest: Sequence[str]) -> bool:
    """Return whether what stands in parentheses is an author and a year."""
    return "et al" in first or (bool(rest) and _YEAR.match(rest[0]) is not None and first[0].isupper())


def _before(before: str, name: str, vocabulary: Vocabulary, known: Mapping[str, Company]) -> str:
    """Return the term at the end of a text that a name in parentheses stands for; empty if there is none.

    What is set apart is the term. Else it is the phrase that occurs most, and most freely, among those that are about
    as long as the name.
    """
    apart = _APART.search(before)
    if apart:
        return apart.group(1) if _whole(apart.group(1), vocabulary) else ""
    last = None
    for last in vocabulary.runs(before):  # noqa: B007 - the last one is wanted
        pass
    if last is None or last.spans[-1][1] != len(before):
        return ""
    wanted = vocabulary.size(vocabulary.phrase(name))
    is_han = not has_han(name)
    best, best_value = "", 0.0
    for start, end in vocabulary.slices(last.words):
        phrase = last.words[start:end]
        if end < len(last.words) or has_han(phrase) != is_han:
            continue
        company = known.get(phrase) or _ONCE
        size = vocabulary.size(phrase)
        fits = _LONGER ** (size - wanted) if size > wanted else _SHORTER ** (wanted - size)
        value = (0.05 + company.before) * company.count**0.15 * size**1.5 * fits
        if value > best_value:
            best, best_value = before[last.spans[start][0] : last.spans[-1][1]], value
    return best
