"""The beads that could be between two sequences of texts, along a band, and what speaks for and against each.

Nothing here knows what a text says: that is `bilingual.align.evidence`. Everything is done in arrays of one row a
source text and one column a place of the band, so that the cost grows with the length of the texts alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bilingual.align.evidence import Sort
from bilingual.align.search import COMBOS, FAR, Scores, full

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from bilingual.align.evidence import Evidence, Text
    from bilingual.align.lexicon import Lexicon
    from bilingual.align.search import Band, Floats

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

_RUNS = (1, 2, 3)
_ONE, _ZERO = np.float32(1), np.float32(0)
_SORTS = tuple((int(sort), sort.name.lower()) for sort in Sort)
_HEADING, _ITEM, _TABLE = int(Sort.HEADING), int(Sort.ITEM), int(Sort.TABLE)
_PROSE = frozenset({Sort.PARAGRAPH, Sort.HEADING, Sort.ITEM, Sort.QUOTE, Sort.TABLE})
#: The variance of a length per unit of length, by Gale and Church.
_VARIANCE = 6.8
#: So many bytes are added to lengths before their ratio is taken: short texts differ more.
_FLOOR = 8
#: In long texts, tokens that more texts than this share have say nothing, and there are many.
_COMMON = 0.25
_LONG = 400
#: So many pairs of equal tokens are looked at in one go.
_BATCH = 4_000_000
#: Vectors are compared for so many rows in one go, and with so many of the nearest.
_ROWS = 256
_NEAREST = 4
#: Smaller lattices are filled by products of matrices; for larger ones these would start threads.
_DENSE = 200_000


@dataclass(frozen=True, slots=True)
class Side:
    """The texts of one side, with their evidence, and their embeddings if there are any: rows of length one."""

    texts: Sequence[Text]
    evidence: Sequence[Evidence]
    vectors: Floats | None = None

    def __len__(self) -> int:
        return len(self.texts)


# --- what texts have in common --------------------------------------------------------------------------------------


class _Tokens(NamedTuple):
    """Which tokens stand in which texts: numbers of both, sorted, each pair once."""

    token: Ints
    text: Ints


def _numbered(sets: Sequence[frozenset[str]], known: Mapping[str, int]) -> _Tokens:
    count = max(len(sets), 1)
    sizes = np.fromiter(map(len, sets), np.int64, len(sets))
    tokens = np.fromiter((known[token] for each in sets for token in each), np.int64, int(sizes.sum()))
    keys = tokens * count + np.repeat(np.arange(len(sets)), sizes)
    keys.sort()
    return _Tokens(keys // count, keys % count)


def _runs(tokens: _Tokens, count: int, length: int) -> _Tokens:
    """Return the tokens of every run of `length` texts; a run has the number of its last text."""
    if length == 1 or not len(tokens.token):
        return tokens
    token = np.tile(tokens.token, length)
    text = np.concatenate([tokens.text + further for further in range(length)])
    inside = (text < count) & (text >= length - 1)
    keys = token[inside] * count + text[inside]
    keys.sort()
    keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)]]
    return _Tokens(keys // count, keys % count)


def _matrices(tokens: _Tokens, count: int, size: int) -> dict[int, Floats]:
    """Return, for runs of each length, which tokens (columns) are in each (rows), as `_runs` does for many."""
    single = np.zeros((count, size), np.float32)
    single[tokens.text, tokens.token] = 1.0
    found = {1: single}
    for length in _RUNS[1:]:
        found[length] = np.zeros_like(single)
        before = length - 1
        np.maximum(found[before][before:], single[: max(count - before, 0)], out=found[length][before:])
    return found


class _Class:
    """One class of evidence: the tokens of both sides, weighed by how rare they are.

    A token that all texts have weighs next to nothing (Karen Spärck Jones, "A statistical interpretation of term
    specificity and its application in retrieval", Journal of Documentation 28, 1972).
    """

    def __init__(self, source: Sequence[frozenset[str]], target: Sequence[frozenset[str]], band: Band) -> None:
        known = {token: number for number, token in enumerate(sorted(set().union(*source, *target)))}
        rows, columns, size = len(source), len(target), len(known)
        self.band = band
        self.rows, self.columns, self.size = rows, columns, size
        if not size:
            return
        ours, theirs = _numbered(source, known), _numbered(target, known)
        share = (
            np.bincount(ours.token, minlength=size) / max(rows, 1)
            + np.bincount(theirs.token, minlength=size) / max(columns, 1)
        ) / 2
        total = rows + columns
        self.weights = np.maximum(np.log2((1 + total) / (1 + share * total)), 0.07)
        self.dense = band.width == columns + 1 and rows * columns * size <= _DENSE and total <= _LONG
        if self.dense:
            one, other = _matrices(ours, rows, size), _matrices(theirs, columns, size)
            self.matrices = {k: each * self.weights.astype(np.float32) for k, each in one.items()}, other
            masses = [
                {k: (each @ self.weights).astype(np.float32) for k, each in runs.items()} for runs in (one, other)
            ]
        else:
            if total > _LONG:
                ours, theirs = (
                    _Tokens(*(values[share[each.token] <= _COMMON] for values in each)) for each in (ours, theirs)
                )
            self.source = {length: _runs(ours, rows, length) for length in _RUNS}
            self.target = {length: _runs(theirs, columns, length) for length in _RUNS}
            masses = [
                {k: self._mass(tokens, count) for k, tokens in runs.items()}
                for runs, count in ((self.source, rows), (self.target, columns))
            ]
        self.source_mass = {k: mass[:, None] for k, mass in masses[0].items()}
        self.target_mass = masses[1]

    def _mass(self, tokens: _Tokens, count: int) -> Floats:
        return np.bincount(tokens.text, self.weights[tokens.token], count)[:count].astype(np.float32)

    def matched(self, a: int, b: int) -> Floats:
        """Return the weight of the tokens that `a` source and `b` target texts share, at each place of the band."""
        if self.dense:
            result = np.zeros((self.rows, self.columns + 1), np.float32)
            result[:, 1:] = self.matrices[0][a] @ self.matrices[1][b].T
            return result
        return self._sparse(self.source[a], self.target[b])

    def _sparse(self, source: _Tokens, target: _Tokens) -> Floats:
        rows, width = self.rows, self.band.width
        result = np.zeros(rows * width)
        columns = self.columns + 1
        keys = target.token * columns + target.text
        first = self.band.starts[source.text + 1] - 1
        low = np.searchsorted(keys, source.token * columns + np.maximum(first, 0))
        high = np.searchsorted(keys, source.token * columns + np.minimum(first + width, columns))
        counts = np.maximum(high - low, 0)
        done = np.cumsum(counts)
        begin = 0
        while begin < len(counts):
            end = max(int(np.searchsorted(done, (done[begin - 1] if begin else 0) + _BATCH)), begin + 1)
            part = slice(begin, end)
            owner = np.repeat(np.arange(begin, end), counts[part])
            before = done[part] - counts[part]
            place = np.arange(len(owner)) + before[0] - done[owner] + counts[owner] + low[owner]
            flat = source.text[owner] * width + (target.text[place] - first[owner])
            result += np.bincount(flat, self.weights[source.token[owner]], rows * width)
            begin = end
        return result.reshape(rows, width).astype(np.float32)


def _translated(
    source: Sequence[Evidence], target: Sequence[Evidence], lexicon: Lexicon | None, band: Band
) -> tuple[_Class, _Class]:
    """Return the words of the source that the target has translations of, and those of the target from the source."""
    stems: dict[str, list[str]] = {}
    for each in source:
        for word in each.words:
            if word not in stems:
                stems[word] = lexicon.stems(word) if lexicon is not None and not word.isascii() else [word]
    back: dict[str, list[str]] = {}
    present = {stem for each in target for stem in each.words}
    for word, found in stems.items():
        for stem in found:
            if stem in present:
                back.setdefault(stem, []).append(word)
    reached = [frozenset(word for stem in each.words for word in back.get(stem, ())) for each in target]
    offered = [frozenset(stem for word in each.words for stem in stems[word] if stem in present) for each in source]
    return (
        _Class([each.words for each in source], reached, band),
        _Class(offered, [each.words for each in target], band),
    )


# --- the lattice ----------------------------------------------------------------------------------------------------


def _share(part: Floats, whole: Floats) -> Floats:
    return part / np.where(whole > 0, whole, 1.0)


class _Runs:
    """Properties of the runs of one side's texts; a run has the number of its last text."""

    def __init__(self, side: Side, scale: float) -> None:
        evidence, texts = side.evidence, side.texts
        self.sorts = np.array([int(text.sort) for text in texts], np.int64)
        self.levels = np.array([text.level for text in texts], np.int64)
        self.prose = np.array([text.sort in _PROSE for text in texts], np.bool_)
        self.ends = np.array([" ,.:!?;".find(each.end or " ") for each in evidence], np.int64)
        leads = np.array([each.lead for each in evidence], np.int64)
        lengths = np.array([each.length * scale for each in evidence], np.float32)
        lines = np.array([each.lines for each in evidence], np.float32)
        self.lengths = {length: _summed(lengths, length) for length in _RUNS}
        self.lines = {length: np.log(np.maximum(_summed(lines, length), 1.0)) for length in _RUNS}
        self.leads = {length: _before(leads, length - 1) for length in _RUNS}

    @cached_property
    def headings(self) -> dict[int, Floats]:
        """How many headings are in each run."""
        return {length: _summed((self.sorts == _HEADING) * 1.0, length) for length in _RUNS}

    @cached_property
    def others(self) -> dict[int, Floats]:
        """How many texts that are no prose are in each run."""
        return {length: _summed((self.sorts >= _TABLE) * 1.0, length) for length in _RUNS}

    @cached_property
    def mixed(self) -> dict[int, Floats]:
        """How many texts of each run are of another sort than its last."""
        found: dict[int, Floats] = {1: np.zeros(len(self.sorts))}
        for length in _RUNS[1:]:
            found[length] = found[length - 1] + (_before(self.sorts, length - 1) != self.sorts)
        return found


def _before(values: NDArray[Any], by: int) -> NDArray[Any]:
    """Return for each place the value that stands so many places before it; 0 where there is none."""
    if not by:
        return values
    result = np.zeros_like(values)
    result[by:] = values[:-by]
    return result


def _summed(values: NDArray[Any], length: int) -> NDArray[Any]:
    return sum((_before(values, by) for by in range(1, length)), start=values)


class Lattice:
    """All beads along a band, with what speaks for and against each.

    Args:
        source: The source's texts.
        target: The target's.
        lexicon: What Han words of the source are in the target, if that is known.
        band: Where to look; everywhere if None.
    """

    def __init__(self, source: Side, target: Side, lexicon: Lexicon | None, band: Band | None = None) -> None:
        self.source, self.target = source, target
        self.band = band or full(len(source), len(target))
        ours, theirs = source.evidence, target.evidence
        forward, backward = _translated(ours, theirs, lexicon, self.band)
        classes = {
            "kept": _Class([each.kept for each in ours], [each.kept for each in theirs], self.band),
            "numbers": _Class([each.numbers for each in ours], [each.numbers for each in theirs], self.band),
            "names": _Class([each.names for each in ours], [each.names for each in theirs], self.band),
            "forward": forward,
            "backward": backward,
        }
        # What neither side has says nothing.
        self._classes = {name: each for name, each in classes.items() if each.size}
        #: The number of the target text that ends a bead at each place.
        self.columns = self.band.starts[1:, None] + np.arange(self.band.width)[None, :] - 1
        self._at = np.clip(self.columns, 0, max(self.band.columns - 1, 0))
        # Half the ratio of the languages on each side, so that no side's lengths weigh more than the other's.
        totals = [
            sum(each.length for text, each in zip(side.texts, side.evidence, strict=True) if text.sort in _PROSE)
            for side in (source, target)
        ]
        ratio = min(max(totals[0] / totals[1], 0.5), 2.0) if all(totals) else 1.0
        self.ours, self.theirs = _Runs(source, ratio**-0.5), _Runs(target, ratio**0.5)
        # What is 0 everywhere is not worked out: sentences are paragraphs alone, and there are many small lattices.
        both = (self.ours, self.theirs)
        self._uniform = all(not each.sorts.any() and not each.levels.any() for each in both)
        self._leading = any(each.leads[1].any() for each in both)

    @property
    def empty(self) -> bool:
        """Whether there is no text on one of the sides."""
        return not len(self.source) or not len(self.target)

    def valid(self, a: int, b: int) -> Bools:
        """Return where a bead of `a` source and `b` target texts can end."""
        rows = np.arange(self.band.rows)[:, None]
        return (rows >= a - 1) & (self.columns >= b - 1) & (self.columns < self.band.columns)

    def features(self, a: int, b: int) -> Iterator[tuple[str, Floats]]:
        """Yield what speaks for the beads of `a` source and `b` target texts: a name, and a value at each place."""
        at, ours, theirs = self._at, self.ours, self.theirs
        source_vectors, target_vectors = self.source.vectors, self.target.vectors
        pair = (a, b) == (1, 1)
        kind = "" if pair else "+"
        yield f"bead {min(a, b)}{max(a, b)}", np.ones(at.shape)
        shares = {}
        for name, known in self._classes.items():
            matched = self._pairs[name] if pair else known.matched(a, b)
            source, target = known.source_mass[a], known.target_mass[b][at]
            yield f"{name} matched{kind}", np.log1p(matched)
            if name in ("kept", "numbers"):
                yield f"{name} missed{kind}", np.log1p(np.maximum(source + target - 2 * matched, 0.0))
                yield f"{name} share{kind}", _share(2 * matched, source + target)
            elif name == "backward":
                shares[name] = _share(matched, target)
                yield f"{name} share{kind}", shares[name]
            else:
                shares[name] = _share(matched, source)
                yield f"{name} missed{kind}", np.log1p(np.maximum(source - matched, 0.0))
                yield f"{name} share{kind}", shares[name]
        if "forward" in shares and "backward" in shares:
            yield f"both shares{kind}", np.sqrt(shares["forward"] * shares["backward"])
        one, other = ours.lengths[a][:, None], theirs.lengths[b][at]
        ratio = np.minimum(np.abs(np.log(one + _FLOOR) - np.log(theirs.lengths[b] + _FLOOR)[at]), 2.0)
        yield f"length{kind}", np.where(self._prose, ratio, _ZERO)
        if not self._uniform:
            yield f"length other{kind}", np.where(self._prose, _ZERO, ratio)
        # As Gale and Church have it: what a difference means hangs on how long the texts are.
        normal = np.abs(one - other) / np.sqrt(_VARIANCE / 2 * (one + other) + 1)
        yield f"length normal{kind}", np.where(self._prose, np.minimum(normal, 8.0), _ZERO)
        yield f"lines{kind}", np.minimum(np.abs(ours.lines[a][:, None] - theirs.lines[b][at]), 2.0)
        yield f"place{kind}", self._distance
        yield f"end same{kind}", self._same_end
        yield f"end colon{kind}", self._one_colon
        one_lead, other_lead = ours.leads[a][:, None], theirs.leads[b][at]
        if not self._leading:
            pass
        elif a == b:
            yield f"lead{kind}", np.where(self._prose & (one_lead != other_lead), _ONE, _ZERO)
        else:
            # A bold line of its own on one side, and on the other side the paragraph that it begins.
            longer, shorter = (one_lead, other_lead) if a > b else (other_lead, one_lead)
            yield "lead split+", np.where(self._prose & (longer == 2) & (shorter == 1), _ONE, _ZERO)
        if source_vectors is not None and target_vectors is not None:
            yield f"meaning{kind}", self._meaning(a, b)
        if pair:
            yield from self._sorts()
            yield from self._margins()
        else:
            if not self._uniform:
                differ = ours.sorts[:, None] != theirs.sorts[at]
                yield "mixed+", np.minimum(ours.mixed[a][:, None] + theirs.mixed[b][at] + differ, 2.0)
                yield "headings+", np.minimum(ours.headings[a][:, None] + theirs.headings[b][at], 2.0)
                yield "no prose+", np.minimum(ours.others[a][:, None] + theirs.others[b][at], 2.0)
            # Each text of the longer side should show something of the other side.
            yield "weakest part+", self._weakest(a, b)

    @cached_property
    def _pairs(self) -> dict[str, Floats]:
        return {name: known.matched(1, 1) for name, known in self._classes.items()}

    @cached_property
    def _prose(self) -> Bools:
        both: Bools = self.ours.prose[:, None] & self.theirs.prose[self._at]
        return both

    @cached_property
    def _distance(self) -> Floats:
        rows = np.arange(self.band.rows)[:, None] / max(self.band.rows, 1)
        return np.abs(rows - self.columns / max(self.band.columns, 1))

    @cached_property
    def _same_end(self) -> Floats:
        return np.where(self._prose & (self.ours.ends[:, None] == self.theirs.ends[self._at]), _ONE, _ZERO)

    @cached_property
    def _one_colon(self) -> Floats:
        colons = (self.ours.ends == 3)[:, None] != (self.theirs.ends == 3)[self._at]
        return np.where(self._prose & colons, _ONE, _ZERO)

    def _sorts(self) -> Iterator[tuple[str, Floats]]:
        one, other = self.ours.sorts[:, None], self.theirs.sorts[self._at]
        same = one == other
        for number, name in _SORTS:
            if (self.ours.sorts == number).any():
                yield f"sort {name}", np.where(same & (one == number), _ONE, _ZERO)
        if self._uniform:
            return
        level = self.ours.levels[:, None] != self.theirs.levels[self._at]
        yield "heading level", np.where(same & (one == _HEADING) & level, _ONE, _ZERO)
        yield "item level", np.where(same & (one == _ITEM) & level, _ONE, _ZERO)
        body = (one != _HEADING) & (one < _TABLE) & (other != _HEADING) & (other < _TABLE)
        heading = (one == _HEADING) != (other == _HEADING)
        yield "sorts of prose", np.where(~same & body, _ONE, _ZERO)
        yield "sorts with heading", np.where(heading, _ONE, _ZERO)
        yield "sorts other", np.where(~same & ~heading & ~body, _ONE, _ZERO)

    def _cosines(self, a: int, b: int) -> Floats:
        """Return the cosines of the summed vectors of runs."""
        one, other = (
            _summed(np.asarray(side.vectors), length) for side, length in ((self.source, a), (self.target, b))
        )
        if a > 1 or b > 1:
            one, other = (each / np.maximum(np.linalg.norm(each, axis=1, keepdims=True), 1e-9) for each in (one, other))
        result = np.empty(self._at.shape, np.float32)
        for start in range(0, len(one), _ROWS):
            part = slice(start, start + _ROWS)
            result[part] = np.einsum("rd,rwd->rw", one[part], other[self._at[part]])
        return result

    @cached_property
    def _usual(self) -> Floats:
        """How near the nearest are to each text: the mean of a few, of both sides together at each place."""
        cosines = np.where(self.valid(1, 1), self._cosines(1, 1), -1.0)
        row = np.sort(cosines, axis=1)[:, -_NEAREST:].mean(axis=1)
        best = np.full((max(self.band.columns, 1), _NEAREST), -1.0)
        for each, columns in zip(cosines, self._at, strict=True):
            # The least of the few so far gives way.
            least = best[columns].argmin(axis=1)
            better = each > best[columns, least]
            best[columns[better], least[better]] = each[better]
        usual: Floats = (row[:, None] + best.mean(axis=1)[self._at]) / 2
        return usual

    def _meaning(self, a: int, b: int) -> Floats:
        """How much nearer two texts are than their neighbours are to either of them.

        The measure is that of Mikel Artetxe and Holger Schwenk, "Margin-based parallel corpus mining with multilingual
        sentence embeddings", ACL 2019, as a difference; it means the same whichever model made the vectors.
        """
        margin: Floats = np.clip(self._cosines(a, b) - self._usual, -0.5, 0.5)
        return margin

    @cached_property
    def _similarity(self) -> Floats:
        """How much of what two texts have they have both, from 0 to 1."""
        total, mass = np.zeros(self._at.shape, np.float32), np.full(self._at.shape, 1e-9, np.float32)
        for name, matched in self._pairs.items():
            known = self._classes[name]
            source, target = known.source_mass[1], known.target_mass[1][self._at]
            if name == "kept":
                total += 4 * matched
                mass += 2 * (source + target)
            elif name == "numbers":
                total += 2 * matched
                mass += source + target
            else:
                total += matched
                mass += target if name == "backward" else source
        return np.where(self.valid(1, 1), total / mass, 0.0)

    def _weakest(self, a: int, b: int) -> Floats:
        parts = ((0, 0), (1, 1)) if a == b else tuple((up, left) for up in range(a) for left in range(b))
        result = self._shifted(*parts[0])
        for part in parts[1:]:
            result = np.minimum(result, self._shifted(*part))
        return result

    def _shifted(self, up: int, left: int) -> Floats:
        """Return the similarity of the texts so many places before each place."""
        values, starts = self._similarity, self.band.starts[1:]
        rows, width = values.shape
        if not up and not left:
            return values
        result = np.zeros(values.shape)
        if rows <= up:
            return result
        if self.band.width == self.band.columns + 1:
            if left < width:
                result[up:, left:] = values[: rows - up, : width - left]
            return result
        index = np.arange(width)[None, :] - left + (starts[up:] - starts[: rows - up])[:, None]
        inside = (index >= 0) & (index < width)
        found = np.take_along_axis(values[: rows - up], np.clip(index, 0, width - 1), 1)
        result[up:] = np.where(inside, found, 0.0)
        return result

    def _margins(self) -> Iterator[tuple[str, Floats]]:
        """How much more similar two texts are than either is to the next best."""
        similar = self._similarity
        yield "similar", similar
        yield "margin row", np.clip(similar - _rivals(similar), -0.5, 0.5)
        if self.band.width == self.band.columns + 1:
            rivals = _rivals(similar.T).T
        else:
            flat, best = self._at, np.zeros(max(self.band.columns, 1))
            np.maximum.at(best, flat, similar)
            top = similar >= best[flat]
            alone = top & (np.bincount(flat[top], minlength=len(best))[flat] == 1)
            second = np.zeros_like(best)
            np.maximum.at(second, flat, np.where(alone, 0.0, similar))
            rivals = np.where(alone, second[flat], best[flat])
        yield "margin column", np.clip(similar - rivals, -0.5, 0.5)

    def alone(self, *, source: bool) -> Iterator[tuple[str, Floats]]:
        """Yield what speaks for each text of one side having no partner."""
        runs = self.ours if source else self.theirs
        for number, name in _SORTS:
            alike = runs.sorts == number
            if alike.any():
                yield f"alone {name}", alike * 1.0
        yield "alone length", np.log1p(runs.lengths[1])
        yield "alone side", np.full(len(runs.sorts), 1.0 if source else 0.0)


def _rivals(values: Floats) -> Floats:
    """Return for each value the greatest of the others in its row, not less than 0."""
    if values.shape[0] == 0 or values.shape[1] < 2:
        return np.zeros(values.shape)
    two = np.partition(values, -2, axis=1)[:, -2:]
    return np.maximum(np.where(values == two[:, 1:], two[:, :1], two[:, 1:]), 0.0)


def scored(lattice: Lattice, weights: Mapping[str, float]) -> Scores:
    """Return what each bead of a lattice is worth: the sum of what speaks for it, each times its weight.

    Args:
        lattice: The lattice.
        weights: The weights by the names of what speaks for beads; others weigh nothing. `opening` is what the first of
            several texts without a partner is worth besides.
    """
    beads = {}
    shape = lattice.columns.shape
    for a, b in COMBOS:
        if lattice.empty or a > len(lattice.source) or b > len(lattice.target):
            beads[a, b] = np.full(shape, FAR)
            continue
        total = np.zeros(shape, np.float32)
        for name, values in lattice.features(a, b):
            weight = weights.get(name, 0.0)
            if weight:
                total += np.float32(weight) * values
        beads[a, b] = np.where(lattice.valid(a, b), total.astype(np.float64), FAR)
    ours, theirs = (
        sum((weights.get(name, 0.0) * values for name, values in lattice.alone(source=each)), np.zeros(len(side)))
        for each, side in ((True, lattice.source), (False, lattice.target))
    )
    return Scores(lattice.band, beads, ours, theirs, weights.get("opening", 0.0))
