"""Translations of terms: which phrase stands in the translations of the texts that have a term, and in no others.

Sources: the coefficient of Dice ranks the phrases, as in Smadja, McKeown and Hatzivassiloglou ("Translating
Collocations for Bilingual Lexicons: A Statistical Approach", 1996); the log-likelihood ratio of Dunning ("Accurate
Methods for the Statistics of Surprise and Coincidence", 1993) leaves out what chance explains.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

from bilingual.terms.phrases import companies

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from bilingual.terms.phrases import Vocabulary

#: A log-likelihood ratio that chance gives once in a thousand times.
_SIGNIFICANT = 10.83
#: A coefficient below which a phrase is no translation.
_LEAST = 0.25
#: What each Han character counts by which a phrase is longer or shorter than the term.
_LONGER = 0.05
#: How free what stands beside a phrase must be, or it is a piece of a word.
_FREE = 0.2
#: How many translations of one term are told.
_TOLD = 3


@dataclass(frozen=True, slots=True)
class Link:
    """A phrase that translates a term.

    Attributes:
        phrase: The phrase.
        together: How many translated texts have the term and the phrase.
        dice: Their coefficient of Dice, from 0 to 1.
    """

    phrase: str
    together: int
    dice: float


def links(
    terms: Sequence[Iterable[str]], translations: Sequence[Sequence[str]], source: Vocabulary, target: Vocabulary
) -> dict[str, list[Link]]:
    """Return the translations of terms, the most probable first.

    Args:
        terms: The terms that each translated text has, each once.
        translations: The runs of each translation.
        source: The words of the texts.
        target: The words of the translations.
    """
    with_term = Counter(term for each in terms for term in each)
    known = companies([run for runs in translations for run in runs], 2)
    whole = {phrase for phrase, company in known.items() if min(company.before, company.behind) >= _FREE}
    phrases = [_phrases(runs, target, whole) for runs in translations]
    with_phrase = Counter(phrase for each in phrases for phrase in each)
    together: dict[str, Counter[str]] = defaultdict(Counter)
    for ours, theirs in zip(terms, phrases, strict=True):
        for term in ours:
            together[term].update(list(theirs))
    found = {}
    for term, counts in together.items():
        fitting = _fitting(counts, with_term[term], with_phrase, len(terms))
        sizes = {link.phrase: abs(source.size(term) - target.size(link.phrase)) for link in fitting}
        fitting.sort(key=lambda link: (sizes[link.phrase] * _LONGER - link.dice, -link.together, link.phrase))
        found[term] = _apart(fitting)
    return found


def _phrases(runs: Iterable[str], vocabulary: Vocabulary, whole: Collection[str]) -> dict[str, None]:
    slices = ((run, *each) for run in runs for each in vocabulary.slices(run))
    return {run[start:end]: None for run, start, end in slices if run[start:end] in whole}


def _fitting(counts: Mapping[str, int], term: int, phrases: Mapping[str, int], texts: int) -> list[Link]:
    """Return the phrases that go with a term more often than chance would have it."""
    found = []
    for phrase, both in counts.items():
        dice = 2 * both / (term + phrases[phrase])
        if both > 1 and dice >= _LEAST and _likelihood_ratio(both, term, phrases[phrase], texts) >= _SIGNIFICANT:
            found.append(Link(phrase, both, dice))
    return found


def _apart(found: Sequence[Link]) -> list[Link]:
    """Return the first of some phrases, none of which lies in another one."""
    chosen: list[Link] = []
    for link in found:
        if not any(link.phrase in each.phrase or each.phrase in link.phrase for each in chosen):
            chosen.append(link)
    return chosen[:_TOLD]


def _likelihood_ratio(both: int, term: int, phrase: int, texts: int) -> float:
    """Return how much likelier the texts are if term and phrase belong together than if they do not."""
    table = (both, term - both, phrase - both, texts - term - phrase + both)
    sums = (term, texts - term, phrase, texts - phrase)
    return 2 * (sum(map(_n_log_n, table)) - sum(map(_n_log_n, sums)) + _n_log_n(texts))


def _n_log_n(count: int) -> float:
    return count * log(count) if count > 0 else 0.0
