"""Terminology extraction: the terms of a book, and what its translations call them, by statistics of its texts alone.

Neither a segmenter nor a dictionary is needed. Where texts come from, and where terms go to, is for others to know;
nothing here touches the disk.

Sources: for words that no blanks part, the branching entropy of Jin and Tanaka-Ishii ("Unsupervised Segmentation of
Chinese Text by Use of Branching Entropy", 2006); for terms inside of longer ones, the C-value of Frantzi, Ananiadou and
Mima ("Automatic Recognition of Multi-Word Terms", 2000); for what a book is about, the residual inverse document
frequency of Church and Gale ("Inverse Document Frequency (IDF): A Measure of Deviations from Poisson", 1995), of its
sections.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from math import exp, log2, sqrt
from typing import TYPE_CHECKING

from bilingual.language import has_han
from bilingual.terms.evidence import Gloss, emphasised, glosses
from bilingual.terms.pairs import links
from bilingual.terms.phrases import LONGEST, Company, Vocabulary, companies
from bilingual.terms.words import COMMON, COMMON_ENGLISH, PLACES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from bilingual.language import Language
    from bilingual.terms.pairs import Link

#: How free what stands beside a phrase must be, or it is a piece of a longer one.
_FREE = 0.3
#: What a heading, being set apart, a name in the other language, and letters other than the book's are worth.
_HEADING, _APART, _NAMED, _FOREIGN = 0.6, 3.0, 3.0, 0.5
#: So many times the wanted terms are looked at with their translations.
_ROOM = 3
#: The share of translations in which a term in Latin letters stands as it is, for it to be kept.
_KEPT = 0.8
#: What it is worth, beside the coefficient of Dice, that a text names a translation.
_SAID = 0.5
#: The share of its occurrences that a term must have in the singular, for that to be its form.
_SINGULAR = 0.1
_SHORTEST_WORD = 3
_PLACES = 3


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of a book, with its translation.

    Attributes:
        source: The text, without code, formulas and addresses.
        target: Its translation, in the same way; empty if there is none.
        path: Its chapter.
        line: Its line there.
        heading: Whether it is a heading, so that a section begins.
    """

    source: str
    target: str = ""
    path: str = ""
    line: int = 0
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a term is called in the other language.

    Attributes:
        text: The translation.
        passages: How many translated passages have it, or its abbreviation, where the source has the term.
        share: The same, of all translated passages that have the term, from 0 to 1.
        named: How often a text names it in parentheses beside the term.
        short: Its abbreviation, where translations or texts have one.
    """

    text: str
    passages: int
    share: float
    named: int = 0
    short: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A phrase that may be a term.

    Attributes:
        source: The phrase.
        count: How often it stands in the source.
        chapters: In how many chapters.
        places: Where it stands first: paths and lines.
        translated: How many translated passages have it, and no longer term in its place.
        proposals: Its translations, the best first.
        keep: Whether translations leave it as it is.
        headings: How often it stands in a heading.
        apart: How often it is set apart by stars or underscores.
        score: What the candidates are ranked by.
    """

    source: str
    count: int
    chapters: int
    places: tuple[tuple[str, int], ...] = ()
    translated: int = 0
    proposals: tuple[Proposal, ...] = ()
    keep: bool = False
    headings: int = 0
    apart: int = 0
    score: float = 0.0


@dataclass(slots=True, eq=False)
class _Phrase:
    """A phrase on its way to a candidate; `named` are the texts' own translations of it."""

    phrase: str
    company: Company
    sections: set[int] = field(default_factory=set)
    headings: int = 0
    apart: int = 0
    named: Counter[Gloss] = field(default_factory=Counter)
    score: float = 0.0


@dataclass(slots=True, eq=False)
class _Texts:
    """One side of the passages: their runs, and the words in them."""

    texts: list[str]
    han: bool
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    runs: list[list[str]] = field(init=False)
    known: dict[str, Company] = field(init=False)

    def __post_init__(self) -> None:
        self.runs = [[run.words for run in self.vocabulary.runs(text)] for text in self.texts]
        self.known = companies([run for runs in self.runs for run in runs], 2)


def extract(
    passages: Sequence[Passage],
    source: Language,
    target: Language,
    known: Iterable[str] = (),
    *,
    least: int = 3,
    limit: int = 200,
) -> tuple[Candidate, ...]:
    """Return what may be the terms of a book, the most probable first, each with what its translations call it.

    Args:
        passages: The texts of the book, in order.
        source: The language of the book.
        target: The language of the translations.
        known: Terms that are known; they are left out.
        least: How often a term must occur, unless a text names it in the other language.
        limit: How many candidates are wanted at most.
    """
    ours = _Texts([passage.source for passage in passages], source.han)
    theirs = _Texts([passage.target for passage in passages], target.han)
    taken = {ours.vocabulary.phrase(term) for term in known} - {""}
    ranked = [each for each in _ranked(passages, ours, theirs, least) if each.phrase not in taken][: limit * _ROOM]
    terms = taken.union(each.phrase for each in ranked)
    matched = [sorted({run[a:b] for run in runs for a, b in _matches(run, terms)}) for runs in ours.runs]
    translated = [number for number, text in enumerate(theirs.texts) if text]
    found = links(
        [matched[number] for number in translated],
        [theirs.runs[number] for number in translated],
        ours.vocabulary,
        theirs.vocabulary,
    )
    texts: dict[str, list[int]] = defaultdict(list)
    for number, each in enumerate(matched):
        for phrase in each:
            texts[phrase].append(number)
    for candidate in ranked:
        linked = found.get(candidate.phrase, ())
        if linked:
            candidate.score *= 0.5 + linked[0].dice
    ranked.sort(key=lambda each: (-each.score, each.phrase))
    return tuple(_candidates(passages, ours, theirs, ranked[:limit], texts, found))


# --- which phrases are terms ---------------------------------------------------------------------------------------


def _ranked(passages: Sequence[Passage], ours: _Texts, theirs: _Texts, least: int) -> list[_Phrase]:
    """Return the phrases of a book that may be terms, the most probable first."""
    apart = Counter(phrase for text in ours.texts for phrase in emphasised(text, ours.vocabulary))
    named = _named(ours, theirs)
    found: dict[str, _Phrase] = {}
    for phrase, company in ours.known.items():
        marked = phrase in apart, phrase in named
        if company.count >= least and _may_be_term(phrase, ours, *marked):
            found[phrase] = _Phrase(phrase, company, apart=apart[phrase], named=named[phrase])
    for phrase, names in named.items():
        if phrase not in found and ours.vocabulary.is_whole(phrase):
            company = ours.known.get(phrase) or Company(1, 1.0, 1.0)
            found[phrase] = _Phrase(phrase, company, apart=apart[phrase], named=names)
    sections = _note_places(passages, ours, found)
    inside = _inside(found)
    # What a translation alone names is no term of the book.
    terms = [each for each in found.values() if each.sections]
    for each in terms:
        each.score = _score(each, inside[each.phrase], sections, ours)
    return sorted(terms, key=lambda each: (-each.score, each.phrase))


def _named(ours: _Texts, theirs: _Texts) -> dict[str, Counter[Gloss]]:
    """Return the terms that a text of either side names in both languages."""
    named: dict[str, Counter[Gloss]] = defaultdict(Counter)
    for side in (ours, theirs):
        for text in side.texts:
            for gloss in glosses(text, side.vocabulary, side.known) if ours.han != theirs.han else ():
                term = gloss.han if ours.han else gloss.latin
                named[ours.vocabulary.phrase(term)][gloss] += 1
    return named


def _may_be_term(phrase: str, ours: _Texts, is_apart: bool, is_named: bool) -> bool:
    """Return whether a phrase begins and ends as a term, is no piece of a longer one, and no word of any book."""
    if not ours.vocabulary.is_whole(phrase):
        return False
    if is_named:
        return True
    text = ours.vocabulary.spelled(phrase)
    if text in COMMON or text in COMMON_ENGLISH or (len(phrase) == 1 and len(text) < _SHORTEST_WORD):
        return False
    if is_apart:
        return True
    if text[-1] in PLACES and len(phrase) > 2 and phrase[:-1] in ours.known:
        return False  # 数据集中: what is in a data set
    return min(ours.known[phrase].before, ours.known[phrase].behind) >= _FREE


def _note_places(passages: Sequence[Passage], ours: _Texts, found: Mapping[str, _Phrase]) -> int:
    """Note in which sections and headings phrases stand, and return how many sections there are."""
    section, path = 0, None
    for passage, runs in zip(passages, ours.runs, strict=True):
        if passage.heading or passage.path != path:
            section, path = section + 1, passage.path
        for run in runs:
            for start in range(len(run)):
                for end in range(start + 1, min(len(run), start + LONGEST) + 1):
                    each = found.get(run[start:end])
                    if each is not None:
                        each.sections.add(section)
                        each.headings += passage.heading
    return section


def _inside(found: Mapping[str, _Phrase]) -> dict[str, list[int]]:
    """Return for each phrase how often the longer ones occur that it lies in."""
    inside: dict[str, list[int]] = defaultdict(list)
    for phrase, each in found.items():
        size = len(phrase)
        for part in {phrase[a:b] for a in range(size) for b in range(a + 1, size + 1)} - {phrase}:
            if part in found:
                inside[part].append(each.company.count)
    return inside


def _score(each: _Phrase, inside: Sequence[int], sections: int, ours: _Texts) -> float:
    """Return how much a phrase looks like a term. The weights were chosen on two books with known terms."""
    count = each.company.count
    alone = count - (sum(inside) / len(inside) if inside else 0.0)
    expected = sections * (1 - exp(-count / sections))
    residual = max(0.0, log2(expected / len(each.sections)))
    score: float = log2(1 + max(alone, 1.0)) ** 1.3 * sqrt(0.3 + residual) * log2(1 + len(each.phrase)) ** 1.5
    score *= 1 + _HEADING * log2(1 + each.headings)
    if each.apart:
        score *= _APART
    if each.named:
        score *= _NAMED
    if ours.han and not has_han(each.phrase):
        score *= _FOREIGN
    return score


# --- candidates ----------------------------------------------------------------------------------------------------


def _matches(run: str, terms: Collection[str]) -> Iterator[tuple[int, int]]:
    """Yield where in a run terms stand, at each place the longest."""
    start = 0
    while start < len(run):
        for end in range(min(len(run), start + LONGEST), start, -1):
            if run[start:end] in terms:
                yield start, end
                start = end
                break
        else:
            start += 1


def _candidates(
    passages: Sequence[Passage],
    ours: _Texts,
    theirs: _Texts,
    chosen: Sequence[_Phrase],
    texts: Mapping[str, Sequence[int]],
    found: Mapping[str, Sequence[Link]],
) -> Iterator[Candidate]:
    """Yield phrases as candidates: spelled as they mostly are, with their places and translations."""
    spelled = _spellings(ours, {each.phrase for each in chosen})
    wanted = {link.phrase for each in chosen for link in found.get(each.phrase, ())}
    wanted |= {theirs.vocabulary.phrase(_name(gloss, ours)) for each in chosen for gloss in each.named}
    translations = _spellings(theirs, wanted)
    for each in chosen:
        here = texts.get(each.phrase, ())
        translated = sum(bool(theirs.texts[number]) for number in here)
        keep = not has_han(each.phrase) and _stays(each.phrase, here, ours, theirs, translated)
        proposals = [] if keep else _proposals(each, found.get(each.phrase, ()), here, translations, ours, theirs)
        yield Candidate(
            spelled.get(each.phrase) or ours.vocabulary.spelled(each.phrase),
            each.company.count,
            len({passages[number].path for number in here}),
            tuple((passages[number].path, passages[number].line) for number in here[:_PLACES]),
            translated,
            tuple(proposals),
            keep,
            each.headings,
            each.apart,
            each.score,
        )


def _name(gloss: Gloss, ours: _Texts) -> str:
    return gloss.latin if ours.han else gloss.han


def _stays(phrase: str, here: Sequence[int], ours: _Texts, theirs: _Texts, translated: int) -> bool:
    """Return whether translations leave a term in Latin letters as it is."""
    same = theirs.vocabulary.phrase(ours.vocabulary.spelled(phrase))
    kept = sum(any(same in run for run in theirs.runs[number]) for number in here)
    return translated > 0 and kept >= _KEPT * translated


def _proposals(
    each: _Phrase,
    linked: Sequence[Link],
    here: Sequence[int],
    spelled: Mapping[str, str],
    ours: _Texts,
    theirs: _Texts,
) -> list[Proposal]:
    """Return the translations of a term: those that go with it, and those that texts name."""
    words = theirs.vocabulary
    named: Counter[str] = Counter()
    texts = {link.phrase: spelled.get(link.phrase) or words.spelled(link.phrase) for link in linked}
    for gloss, count in each.named.items():
        phrase = words.phrase(_name(gloss, ours))
        named[phrase] += count
        texts.setdefault(phrase, spelled.get(phrase) or _name(gloss, ours))
    texts.pop(words.phrase(ours.vocabulary.spelled(each.phrase)), None)
    dice = {link.phrase: link.dice for link in linked}
    translated = [theirs.runs[number] for number in here if theirs.texts[number]]
    seen = (
        {phrase for phrase in named if any(phrase in run for runs in translated for run in runs)} if dice else {*named}
    )
    order = sorted(texts, key=lambda phrase: (-dice.get(phrase, 0.0) - _SAID * (phrase in seen), phrase))
    shorts = {words.phrase(gloss.short): gloss.short for gloss in each.named if gloss.short}
    proposals: list[Proposal] = []
    done: set[str] = set()
    for phrase in order:
        if phrase in done:
            continue
        whole, short = _unabbreviated(phrase, [other for other in order if other not in done], texts, shorts)
        done.update((whole, short))
        having = sum(any(whole in run or (short and short in run) for run in runs) for runs in translated)
        share = having / len(translated) if translated else 0.0
        abbreviation = texts.get(short) or shorts.get(short, "")
        proposals.append(Proposal(texts[whole], having, share, named[whole] + named[short], abbreviation))
    return proposals


def _unabbreviated(
    phrase: str, others: Sequence[str], texts: Mapping[str, str], shorts: Mapping[str, str]
) -> tuple[str, str]:
    """Return a translation and its abbreviation, whichever of the two is given; empty if it has none."""
    text = texts[phrase]
    for other in others:
        if other != phrase and abbreviates(text, texts[other]):
            return other, phrase
        if other != phrase and abbreviates(texts[other], text):
            return phrase, other
    return phrase, next((short for short, spelled in shorts.items() if abbreviates(spelled, text)), "")


def abbreviates(short: str, text: str) -> bool:
    """Return whether a text is short for another one: `RNNs` for `recurrent neural network`, `MLP` for `multilayer …`.

    It has the initials of the words, in capitals, and no letter that they lack.
    """
    letters = short.removesuffix("s")
    words = re.findall(r"[^\W\d_]+", text.lower())
    if not 1 < len(letters) <= 8 or not letters.isupper() or letters.lower() == text.lower():
        return False
    return _within("".join(word[0] for word in words), letters.lower()) and _within(letters.lower(), "".join(words))


def _within(part: str, whole: str) -> bool:
    """Return whether letters stand in a text in their order."""
    rest = iter(whole)
    return all(letter in rest for letter in part)


#: What precedes the first word of a sentence.
_BEGINS = re.compile(r"(?:^|[.!?:。！？：][\"'”’]?)[\s*_#>-]*$")


def _spellings(side: _Texts, phrases: Collection[str]) -> dict[str, str]:
    """Return how phrases are mostly spelled; a capital at the beginning of a sentence or in a title hardly counts."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for text, runs in zip(side.texts, side.runs, strict=True):
        if not any(True for run in runs for _ in _matches(run, phrases)):
            continue
        for run in side.vocabulary.runs(text):
            for start, end in side.vocabulary.slices(run.words):
                phrase = run.words[start:end]
                if phrase in phrases:
                    first, last = run.span(start, end)
                    spelled = text[first:last]
                    is_first = spelled[:1].isupper() and _BEGINS.search(text, max(0, first - 8), first) is not None
                    counts[phrase][spelled] += 1 if is_first else 10
    return {phrase: _most(each, side.vocabulary.spelled(phrase)) for phrase, each in counts.items()}


def _most(counts: Counter[str], common: str) -> str:
    """Return the spelling that is seen most; one in the singular, if that is seen at all often."""
    total = counts.total()
    singular = {text: count for text, count in counts.items() if text.lower() == common}
    best = singular if sum(singular.values()) >= _SINGULAR * total else counts
    return min(best, key=lambda text: (-best[text], text.lower() != text, text))
