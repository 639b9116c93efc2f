"""Two sequences of texts aligned: the lattice along a band, the best way through it, and what moved elsewhere."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bilingual.align.embedding import vectors
from bilingual.align.evidence import Text, evidence
from bilingual.align.lattice import Lattice, Side, scored
from bilingual.align.search import Band, Scores, best, full, probabilities

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bilingual.align.embedding import Embedder
    from bilingual.align.lexicon import Lexicon
    from bilingual.language import Language

#: So many pairs of texts are all looked at; where there are more, those near the anchors are.
_SMALL = 20_000
#: How many target texts are looked at for each of the source where not all are.
_WIDTH = 48
#: Marks that more texts have are no anchors, and these many pairs are looked at for each text of the source.
_RARE = 32
_CANDIDATES = 4
#: Texts with more marks than this make no pairs of marks with their neighbours.
_SEVERAL = 8
#: How far from the diagonal anchors are, as a share of the target, and in texts at least.
_NEAR = 0.15
_LEAST_REACH = 400
#: So many texts in a row that moved together are a section; those that moved alone are no surer than this.
_TOGETHER = 3
_ALONE = 0.9
#: How often texts that have no partner are looked at again, for what moved.
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Link:
    """Texts of the source with those of the target that say the same.

    Attributes:
        source: Their numbers, in order and without gaps.
        target: The same of the target.
        score: How probable the pairing is, from 0 to 1.
        moved: Whether it stands elsewhere than its neighbours do.
    """

    source: tuple[int, ...]
    target: tuple[int, ...]
    score: float
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """Trained weights.

    Attributes:
        weights: What each piece of evidence is worth, by its name.
        sharpness: What scores are multiplied by to be logarithms of probabilities.
        kept: Pairs that are less probable than this are none; 0 means that all of the best way through the texts are.
        moved: Pairs that stand elsewhere than their neighbours must be as probable as this; None means that none do.
    """

    weights: Mapping[str, float]
    sharpness: float = 1.0
    kept: float = 0.3
    moved: float | None = 0.8


@cache
def model(grain: str, kind: str) -> Model:
    """Return a trained model.

    Args:
        grain: What is aligned: "blocks" or "sentences".
        kind: What there is to go by: "lexicon", "plain" (no lexicon), or "vectors" (with or without a lexicon).
    """
    data = json.loads((Path(__file__).parent / f"{grain}.json").read_text("utf-8"))
    return Model(data[kind], data["sharpness"], data["kept"], data["moved"])


def side(
    texts: Sequence[Text],
    language: Language,
    other: Language,
    lexicon: Lexicon | None,
    embed: Embedder | None = None,
) -> Side:
    """Return texts with their evidence, and with their vectors if there is an embedder."""
    found = vectors([text.text for text in texts], embed) if embed is not None else None
    return Side(texts, [evidence(text, language, other, lexicon) for text in texts], found)


def link(source: Side, target: Side, lexicon: Lexicon | None, model: Model) -> list[Link]:
    """Return which texts say the same; each is in one link at most.

    Args:
        source: The texts of the source.
        target: The texts of the target.
        lexicon: What Han words of the source are in the target's language, if that is known.
        model: Trained weights.

    Returns:
        Links in the order of the source.
    """
    ours, theirs = list(range(len(source))), list(range(len(target)))
    links: list[Link] = []
    for turn in range(_ROUNDS if model.moved is not None else 1):
        if not ours or not theirs:
            break
        found = _round(source, target, ours, theirs, lexicon, model, moved=turn > 0)
        if not found:
            break
        links += _doubted(found) if turn else found
        taken = {number for each in found for number in each.source}, {n for each in found for n in each.target}
        ours = [number for number in ours if number not in taken[0]]
        theirs = [number for number in theirs if number not in taken[1]]
    return sorted(links, key=lambda each: each.source)


def _doubted(links: Sequence[Link]) -> list[Link]:
    """Return links of texts that moved; those that moved alone are doubtful, since likeness may be chance."""
    result: list[Link] = []
    run: list[Link] = []
    for each in (*links, None):
        last = run[-1] if run else None
        if each and last and each.source[0] == last.source[-1] + 1 and each.target[0] == last.target[-1] + 1:
            run.append(each)
            continue
        together = len(run) >= _TOGETHER
        result += [each if together else replace(each, score=min(each.score, _ALONE)) for each in run]
        run = [each] if each else []
    return result


def _round(
    source: Side,
    target: Side,
    ours: Sequence[int],
    theirs: Sequence[int],
    lexicon: Lexicon | None,
    model: Model,
    *,
    moved: bool,
) -> list[Link]:
    """Return the links between some texts that stand in the same order on both sides."""
    one, other = (_some(source, ours), _some(target, theirs)) if moved else (source, target)
    scores = scored(Lattice(one, other, lexicon, band(one, other)), model.weights)
    least = (model.moved or 0.0) if moved else model.kept
    sure = probabilities(_sharpened(scores, model.sharpness)) if least else None
    links = []
    for a, b, i, j in best(scores):
        if not a or not b:
            continue
        score = 1.0 if sure is None else float(sure[a, b][i - 1, j - int(scores.band.starts[i])])
        numbers = tuple(ours[i - a : i]), tuple(theirs[j - b : j])
        if score >= least and all(each[-1] - each[0] == len(each) - 1 for each in numbers):
            links.append(Link(*numbers, score, moved))
    return links


def _some(side: Side, numbers: Sequence[int]) -> Side:
    found = side.vectors[list(numbers)] if side.vectors is not None else None
    return Side([side.texts[number] for number in numbers], [side.evidence[number] for number in numbers], found)


def _sharpened(scores: Scores, sharpness: float) -> Scores:
    beads = {combo: values * np.where(values > -1e8, sharpness, 1.0) for combo, values in scores.beads.items()}
    return Scores(scores.band, beads, scores.source * sharpness, scores.target * sharpness, scores.opening * sharpness)


# --- where to look -------------------------------------------------------------------------------------------------


def band(source: Side, target: Side) -> Band:
    """Return where beads are looked for: everywhere in short texts, near the line through the anchors in long ones."""
    rows, columns = len(source), len(target)
    if (rows + 1) * (columns + 1) <= _SMALL or columns < _WIDTH:
        return full(rows, columns)
    known = [(0, 0), *_anchors(source, target), (rows, columns)]
    middle = np.interp(np.arange(rows + 1), [i for i, _ in known], [j for _, j in known])
    starts = np.clip(np.round(middle).astype(np.int64) - _WIDTH // 2, 0, columns + 1 - _WIDTH)
    return Band(np.maximum.accumulate(starts), _WIDTH, columns)


def _anchors(source: Side, target: Side) -> list[tuple[int, int]]:
    """Return pairs of texts that have something rare, those that together weigh most and do not cross.

    It is what Bram Cohen's patience diff does with lines that are unique, for marks that come a few times: where all
    of a book comes again and again, the pairs on its line outweigh the others.
    """
    places = [_places(each) for each in (source, target)]
    weights: list[dict[int, float]] = [{} for _ in range(len(source))]
    scale = len(target) / len(source)
    reach = max(_NEAR * len(target), _LEAST_REACH)
    for mark, ours in places[0].items():
        theirs = places[1].get(mark)
        if theirs is None:
            continue
        weight = 1 / (len(ours) * len(theirs))
        for number in ours:
            middle, row = number * scale, weights[number]
            for other in theirs:
                if abs(other - middle) <= reach:
                    row[other] = row.get(other, 0.0) + weight
    # The heaviest row of pairs that rises on both sides; a Fenwick tree knows the heaviest that ends before a column.
    size = len(target) + 1
    tree: list[tuple[float, int]] = [(0.0, -1)] * (size + 1)
    pairs: list[tuple[int, int, int]] = []
    for number, row in enumerate(weights):
        fresh = []
        for other, weight in sorted(row.items(), key=lambda each: (-each[1], each[0]))[:_CANDIDATES]:
            total, before = 0.0, -1
            place = other
            while place > 0:
                if tree[place][0] > total:
                    total, before = tree[place]
                place -= place & -place
            pairs.append((number, other, before))
            fresh.append((other + 1, total + weight, len(pairs) - 1))
        for first, total, index in fresh:
            place = first
            while place <= size:
                if total > tree[place][0]:
                    tree[place] = (total, index)
                place += place & -place
    index = max(tree)[1]
    chain = []
    while index >= 0:
        number, other, index = pairs[index]
        chain.append((number, other))
    chain.reverse()
    return chain


def _places(side: Side) -> dict[object, list[int]]:
    """Return where each mark is that few texts of a side have; what two texts in a row have is a mark too."""
    found: dict[object, list[int]] = {}
    previous: frozenset[str] = frozenset()
    for number, each in enumerate(side.evidence):
        marks = each.kept | each.numbers
        for mark in marks | each.names:
            found.setdefault(mark, []).append(number)
        if len(marks) > _SEVERAL:
            marks = frozenset()
        for mark in marks:
            for other in previous:
                found.setdefault((other, mark), []).append(number)
        previous = marks
    return {mark: numbers for mark, numbers in found.items() if len(numbers) <= _RARE}
