"""The best way through a lattice of beads, and how sure each bead of it is: dynamic programming along a band.

Texts without a partner come in runs, so that the first of a run costs more than the others, as gaps do in the alignment
of sequences (Osamu Gotoh, "An improved algorithm for matching biological sequences", Journal of Molecular Biology 162,
1982). Within a run those of the source come first, so that each alignment has one way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

#: How many texts of the source stand against how many of the target in a bead.
COMBOS = ((1, 1), (1, 2), (2, 1), (2, 2), (1, 3), (3, 1))
#: Less than any score that beads add up to.
FAR = -1e9
_NEAR = 1e-7


@dataclass(frozen=True, slots=True)
class Band:
    """Where the search goes.

    Attributes:
        starts: For each number of source texts that are behind, from 0 to all, the least number of target texts.
        width: How many numbers from there on are looked at.
        columns: The number of target texts.
    """

    starts: NDArray[np.int64]
    width: int
    columns: int

    @property
    def rows(self) -> int:
        """The number of source texts."""
        return len(self.starts) - 1


def full(rows: int, columns: int) -> Band:
    """Return the band that holds everything."""
    return Band(np.zeros(rows + 1, dtype=np.int64), columns + 1, columns)


@dataclass(frozen=True, slots=True)
class Scores:
    """What each bead and each text without a partner is worth.

    Attributes:
        band: Where beads are looked for.
        beads: For each of `COMBOS` an array of one row a source text and one column a place of the band: the bead
            that ends with that source text and with the target text before `starts[row + 1] + place`.
        source: For each source text, what it is worth to have no partner.
        target: The same of the target.
        opening: What a run of texts without partners is worth besides.
    """

    band: Band
    beads: Mapping[tuple[int, int], Floats]
    source: Floats
    target: Floats
    opening: float


#: So many places of `FAR` stand before each row, so that a look to the left of the band finds them.
_PAD = 3
#: How many rows before a row a bead begins.
_BACK = (1, 2, 3)


def _rows(band: Band) -> tuple[Floats, NDArray[np.int64]]:
    """Return rows of `FAR` for the places of a band, with more on both sides, and how far each row starts after others.

    The second value has for each row how many places later than the rows one, two and three before it begins.
    """
    starts = band.starts
    steps = np.stack(
        [np.concatenate([np.zeros(a, np.int64), starts[a:] - starts[:-a]])[: band.rows + 1] for a in _BACK]
    )
    return np.full((band.rows + 1, _PAD + band.width + int(steps.max(initial=0))), FAR), steps


class _Forward:
    """What the best ways to each place are worth, or all ways together: after a bead, after a text left out."""

    def __init__(self, scores: Scores, *, total: bool) -> None:
        band = scores.band
        join = np.logaddexp if total else np.maximum
        width = band.width
        self.best, self.steps = _rows(band)
        inner = slice(_PAD, _PAD + width)
        self.paired = np.full((band.rows + 1, width), FAR)
        self.removed, self.added = self.paired.copy(), self.paired.copy()
        if band.starts[0] == 0:
            self.paired[0, 0] = 0.0
        self.removed_wide = np.full(self.best.shape, FAR)  # after a bead or a text left out, with the opening
        place = band.starts[:, None] + np.arange(width)
        outside = place > band.columns
        sums = np.concatenate([[0.0], np.cumsum(scores.target), [0.0]])[np.minimum(place, band.columns + 1)]
        gains = np.roll(sums, -1, 1)
        steps = self.steps.tolist()
        single, twice, thrice = ([(b, scores.beads[a, b]) for x, b in COMBOS if x == a] for a in _BACK)
        groups = tuple(zip(_BACK, (single, twice, thrice), strict=True))
        for i in range(band.rows + 1):
            paired = self.paired[i]
            for a, members in groups:
                if i >= a:
                    before, step = self.best[i - a], steps[a - 1][i] + _PAD
                    for b, beads in members:
                        join(paired, before[step - b : step - b + width] + beads[i - 1], out=paired)
            if i:
                step = steps[0][i] + _PAD
                np.add(self.removed_wide[i - 1, step : step + width], scores.source[i - 1], out=self.removed[i])
            opened = join(paired + scores.opening, self.removed[i])
            self.removed_wide[i, inner] = opened
            np.add(join.accumulate(opened - sums[i])[:-1], gains[i, :-1], out=self.added[i, 1:])
            self.added[i, outside[i]] = FAR
            best = self.best[i, inner]
            join(paired, self.removed[i], out=best)
            join(best, self.added[i], out=best)
        place_of_end = band.columns - int(band.starts[-1])
        #: What everything is worth.
        self.end = float(self.best[-1, _PAD + place_of_end]) if 0 <= place_of_end < width else FAR


Step = tuple[int, int, int, int]


def best(scores: Scores) -> list[Step]:
    """Return the best beads, in order: how many source and target texts each has, and how many are behind it then.

    Those without a partner stand alone.
    """
    table = _Forward(scores, total=False)
    starts = scores.band.starts
    i, j = scores.band.rows, scores.band.columns
    steps: list[Step] = []
    last = ""

    def at(values: Floats, row: int, column: int) -> float:
        place = column - int(starts[row])
        return float(values[row, place]) if row >= 0 and 0 <= place < scores.band.width else FAR

    whole = table.best[:, _PAD:]

    while i or j:
        if not last:
            value = at(whole, i, j)
            last = next(
                name
                for name, values in (("paired", table.paired), ("removed", table.removed), ("added", table.added))
                if at(values, i, j) >= value - _NEAR
            )
        if last == "paired":
            value = at(table.paired, i, j)
            a, b = max(
                (combo for combo in COMBOS if i >= combo[0] and j >= combo[1]),
                key=lambda combo: at(whole, i - combo[0], j - combo[1]) + at_bead(scores, combo, i, j),
            )
            steps.append((a, b, i, j))
            i, j, last = i - a, j - b, ""
        elif last == "removed":
            steps.append((1, 0, i, j))
            i -= 1
            last = "paired" if at(table.paired, i, j) + scores.opening >= at(table.removed, i, j) else "removed"
        else:
            steps.append((0, 1, i, j))
            j -= 1
            _, last = max(
                (at(table.paired, i, j) + scores.opening, "paired"),
                (at(table.removed, i, j), "removed"),
                (at(table.added, i, j), "added"),
            )
    steps.reverse()
    return steps


def at_bead(scores: Scores, combo: tuple[int, int], i: int, j: int) -> float:
    """Return what a bead is worth that ends behind `i` source texts and `j` target texts."""
    place = j - int(scores.band.starts[i])
    return float(scores.beads[combo][i - 1, place]) if 0 <= place < scores.band.width else FAR


def probabilities(scores: Scores) -> dict[tuple[int, int], Floats]:
    """Return how probable each bead is, if scores are logarithms of what ways are worth, over all ways.

    The method is the forward-backward algorithm; the arrays have the form of `Scores.beads`.
    """
    band = scores.band
    width, starts = band.width, band.starts
    forward = _Forward(scores, total=True)
    # What all ways on from a place are worth: after a bead, and after a text of the source was left out.
    widest = width + 2 * _PAD
    paired, removed = np.full((band.rows + 1, widest), FAR), np.full((band.rows + 1, widest), FAR)
    place = starts[:, None] + np.arange(width)
    sums = np.concatenate([[0.0], np.cumsum(scores.target), [0.0]])[np.minimum(place, band.columns + 1)]
    gains = np.roll(sums, -1, 1) - sums
    last = place >= band.columns
    steps = forward.steps.tolist()
    beads = {}
    for combo, values in scores.beads.items():
        beads[combo] = np.full((len(values), widest), FAR)
        beads[combo][:, _PAD : _PAD + width] = values
    onward, add = np.empty(width), np.full(width, FAR)
    for i in range(band.rows, -1, -1):
        onward.fill(FAR)
        if i == band.rows:
            onward[place[i] == band.columns] = 0.0
        for a, b in COMBOS:
            if i + a <= band.rows:
                step = b - steps[a - 1][i + a]
                after = _window(paired[i + a], step, width) + _window(beads[a, b][i + a - 1], step, width)
                np.logaddexp(onward, after, out=onward)
        added = np.logaddexp.accumulate((onward + sums[i])[::-1])[::-1] - sums[i]
        np.add(added[1:], gains[i, :-1], out=add[:-1])
        add[last[i]] = FAR
        leave = add
        if i < band.rows:
            remove = _window(removed[i + 1], -steps[0][i + 1], width) + scores.source[i]
            leave = np.logaddexp(add, remove)
        inner = slice(_PAD, _PAD + width)
        np.logaddexp(onward, leave, out=removed[i, inner])
        np.logaddexp(onward, leave + scores.opening, out=paired[i, inner])
    result = {}
    for (a, b), values in scores.beads.items():
        before = np.full(values.shape, FAR)
        if a <= band.rows:
            index = np.arange(width)[None, :] + forward.steps[a - 1][a:, None] + _PAD - b
            before[a - 1 :] = np.take_along_axis(forward.best[: band.rows + 1 - a], index, 1)
        sure = before + values + paired[1:, _PAD : _PAD + width] - forward.end
        result[a, b] = np.exp(np.minimum(sure, 0.0, out=sure), out=sure)
    return result


def _window(row: Floats, step: int, width: int) -> Floats:
    """Return the places of a padded row from `step` on, `FAR` for those that it has not."""
    start = _PAD + step
    if start >= 0 and start + width <= len(row):
        return row[start : start + width]
    return _shifted(row[_PAD : _PAD + width], step)


def _shifted(row: Floats, step: int) -> Floats:
    """Return the values of a row from `step` on, `FAR` for those that it has not."""
    if step == 0:
        return row
    result = np.full(len(row), FAR)
    if 0 < step < len(row):
        result[:-step] = row[step:]
    elif -len(row) < step < 0:
        result[-step:] = row[:step]
    return result
