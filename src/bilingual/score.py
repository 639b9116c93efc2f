"""Scores of translations against a reference, and what editing drafts took; the only file that knows sacrebleu.

Every figure is the one that `sacrebleu` itself prints for the same texts, to the last digit. What is scored, and where
texts come from, is for others to say.

Sources: BLEU, Papineni and others ("BLEU: a Method for Automatic Evaluation of Machine Translation", 2002); chrF,
Popović ("chrF: character n-gram F-score for automatic MT evaluation", 2015; "chrF++: words helping character n-grams",
2017); TER and, against what a person made of the text, HTER, Snover and others ("A Study of Translation Edit Rate with
Targeted Human Annotation", 2006); the paired bootstrap, Koehn ("Statistical Significance Tests for Machine Translation
Evaluation", 2004); signatures, Post ("A Call for Clarity in Reporting BLEU Scores", 2018).
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bilingual.diagnostics import BilingualError, Diagnostic, Place, printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from sacrebleu.metrics.base import Metric

    from bilingual.language import Language

#: The metrics, in the order in which they are shown; TER, of which fewer is better, takes a second for 30 segments.
METRICS = ("bleu", "chrf", "chrf++", "ter")
USUAL = METRICS[:3]
#: The tokenizers of BLEU that need neither a download nor, but for the last two, another package.
TOKENIZERS = ("13a", "intl", "zh", "char", "none", "ja-mecab", "ko-mecab")
#: Those that fetch a model from the web.
_DOWNLOADING = frozenset(["spm", "flores101", "flores200", "spBLEU-1K"])
#: Languages that are written without blanks, or with few.
_WITHOUT_BLANKS = frozenset(["ja", "ko", "th", "lo", "km", "my", "bo"])
#: How many resamples are drawn for intervals and tests, and the seed; both are what sacrebleu takes.
RESAMPLES = 1000
SEED = 12345
#: So many statistics are gathered at once, so that memory does not grow with the book.
_AT_ONCE = 4_000_000

Progress = Callable[[Iterable[Any], str], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """The segments of one file: what a system wrote, and the reference.

    Attributes:
        path: The file, as users know it.
        hypotheses: The texts of the system.
        references: As many texts of the reference.
    """

    path: str
    hypotheses: tuple[str, ...]
    references: tuple[str, ...]

    @property
    def empty(self) -> int:
        """How many segments have a reference and no hypothesis."""
        pairs = zip(self.hypotheses, self.references, strict=True)
        return sum(not ours.strip() and bool(theirs.strip()) for ours, theirs in pairs)


@dataclass(frozen=True, slots=True)
class Value:
    """A score.

    Attributes:
        score: The score, from 0 to 100; TER may be more.
        mean: The mean of the scores of resamples; None where none were drawn.
        interval: Half of the interval around it that holds 95 % of them.
        p_value: How probable as large a difference from the first system is by chance; None for that one.
    """

    score: float
    mean: float | None = None
    interval: float | None = None
    p_value: float | None = None


@dataclass(frozen=True, slots=True)
class FileScore:
    """The scores of one file."""

    path: str
    segments: int
    empty: int
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class SystemScore:
    """The scores of one system: of each file, and of all segments together."""

    name: str
    segments: int
    empty: int
    values: Mapping[str, Value]
    files: tuple[FileScore, ...] = ()


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of systems, and for each metric the signature that says how it was computed."""

    systems: tuple[SystemScore, ...]
    signatures: Mapping[str, str]


def tokenizer_of(language: Language) -> str:
    """Return the tokenizer of BLEU for a language: never one that downloads anything or needs a further package."""
    first = language.tag.split("-", maxsplit=1)[0]
    if first in {"zh", "cmn", "yue"}:
        return "zh"
    return "char" if first in _WITHOUT_BLANKS else "13a"


def check_tokenizer(name: str) -> None:
    """Raise an error if a tokenizer is not known, needs a download, or is not installed.

    Raises:
        BilingualError: In those cases.
    """
    place = Place("--tokenize")
    hint = f"there are: {', '.join(TOKENIZERS)}"
    if name in _DOWNLOADING:
        message = f"the tokenizer {name} downloads a model, which this program never does"
        raise BilingualError(Diagnostic("score-tokenizer", message, place, hint=hint))
    if name not in TOKENIZERS:
        raise BilingualError(Diagnostic("score-tokenizer", f"there is no tokenizer {name!r}", place, hint=hint))
    if name.endswith("-mecab"):
        try:
            _metric("bleu", name, is_wide=False)
        except RuntimeError:
            hint = f'pip install "sacrebleu[{name[:2]}]"'
            message = f"the tokenizer {name} needs packages that are not installed"
            raise BilingualError(Diagnostic("score-tokenizer", message, place, hint=hint)) from None


def _metric(name: str, tokenizer: str, *, is_wide: bool) -> Metric:
    """Return a metric of sacrebleu; TER parts texts without blanks into characters, which its signature says."""
    from sacrebleu.metrics.bleu import BLEU  # noqa: PLC0415 - sacrebleu imports half a dozen packages
    from sacrebleu.metrics.chrf import CHRF  # noqa: PLC0415 - as above
    from sacrebleu.metrics.ter import TER  # noqa: PLC0415 - as above

    if name == "bleu":
        return BLEU(tokenize=tokenizer, force=True)
    if name == "ter":
        return TER(normalized=is_wide, asian_support=is_wide)
    return CHRF(word_order=2 if name == "chrf++" else 0)


# --- scores --------------------------------------------------------------------------------------------------------


def scores(
    systems: Mapping[str, Sequence[Part]],
    language: Language,
    *,
    metrics: Sequence[str] = USUAL,
    tokenizer: str = "",
    resamples: int = RESAMPLES,
    progress: Progress = lambda items, _title: items,
) -> Scores:
    """Return the scores of systems that translated the same segments; others are compared with the first.

    Args:
        systems: For each name its files; all must have the same references.
        language: The language of the texts.
        metrics: Some of `METRICS`.
        tokenizer: One of `TOKENIZERS` for BLEU; empty chooses by the language.
        resamples: How many resamples are drawn for intervals and p-values; 0 for neither.
        progress: Wraps what is slow for a progress bar.

    Raises:
        BilingualError: If the tokenizer cannot be had.
    """
    chosen = tokenizer or tokenizer_of(language)
    check_tokenizer(chosen)
    values: dict[str, dict[str, Value]] = {name: {} for name in systems}
    by_file: dict[str, list[dict[str, Value]]] = {name: [{} for _ in parts] for name, parts in systems.items()}
    signatures = {}
    for each in [each for each in METRICS if each in metrics]:
        metric = _metric(each, chosen, is_wide=language.han)
        first: tuple[float, np.ndarray] | None = None
        for name, parts in systems.items():
            counted = _counted(metric, each, name, parts, progress)
            for place, part in enumerate(counted):
                by_file[name][place][each] = Value(_score(metric, part))
            together = [segment for part in counted for segment in part]
            score = _score(metric, together)
            resampled = _resampled(metric, together, resamples) if resamples else None
            values[name][each] = _value(score, resampled, first, is_alone=len(systems) == 1)
            first = first or ((score, resampled) if resampled is not None else None)
        signatures[each] = _signature(metric, resamples)
    found = []
    for name, parts in systems.items():
        files = tuple(
            FileScore(part.path, len(part.references), part.empty, scored)
            for part, scored in zip(parts, by_file[name], strict=True)
        )
        segments, empty = (
            sum(numbers) for numbers in zip(*((each.segments, each.empty) for each in files), strict=True)
        )
        found.append(SystemScore(name, segments, empty, values[name], files))
    return Scores(tuple(found), signatures)


def _counted(metric: Metric, name: str, system: str, parts: Sequence[Part], progress: Progress) -> list[list[Any]]:
    """Return what a metric counts in each segment of each file; scores of any set of segments follow from the sums."""
    title = f"{name}: {system}"
    if name != "ter":
        return [
            metric._extract_corpus_statistics(_lines(part.hypotheses), [_lines(part.references)])  # noqa: SLF001 - see below
            for part in progress(parts, title)
        ]
    pairs = [pair for part in parts for pair in zip(_lines(part.hypotheses), _lines(part.references), strict=True)]
    edits = iter([_edits(metric, *pair) for pair in progress(pairs, title)])
    return [[next(edits) for _ in part.references] for part in parts]


# The methods with an underscore are what the modules of sacrebleu call each other by; the tests compare every figure
# with its command line.


def _edits(metric: Metric, hypothesis: str, reference: str) -> Any:  # noqa: ANN401 - a list of numbers
    """Return what TER counts in one segment: edits, and words of the reference."""
    return metric._extract_corpus_statistics([hypothesis], [[reference]])[0]  # noqa: SLF001 - see above


def _lines(texts: Iterable[str]) -> list[str]:
    """Return texts as they would be lines of a file: each in one, without blanks at its end."""
    return [text.replace("\n", " ").rstrip() for text in texts]


def _score(metric: Metric, counted: list[Any]) -> float:
    return float(metric._aggregate_and_compute([list(each) for each in counted]).score)  # noqa: SLF001 - see above


def _resampled(metric: Metric, counted: list[Any], resamples: int) -> np.ndarray:
    """Return the scores of resamples of the segments, the same draws for each system.

    The figures are those of sacrebleu, which gathers the statistics of all resamples at once: gigabytes for a book.
    """
    import numpy as np  # noqa: PLC0415 - as large as all the rest

    generator = np.random.default_rng(SEED)
    counts = np.array(counted, dtype="float32")
    rows = max(1, _AT_ONCE // counts.size)
    found = []
    for start in range(0, resamples, rows):
        size = (min(rows, resamples - start), len(counts))
        for drawn in counts[generator.choice(len(counts), size=size, replace=True)]:
            found.append(metric._compute_score_from_stats(drawn.sum(0)).score)  # noqa: SLF001, PERF401 - see above
    return np.array(found)


def _value(
    score: float, resampled: np.ndarray | None, first: tuple[float, np.ndarray] | None, *, is_alone: bool
) -> Value:
    """Return a score with its interval, and how sure its difference from the first system's is."""
    if resampled is None:
        return Value(score)
    import numpy as np  # noqa: PLC0415 - as above
    from sacrebleu.significance import estimate_ci  # noqa: PLC0415 - as above

    # These scores have seven digits. sacrebleu rounds their mean once if there is one system, else at each addition.
    mean, interval = estimate_ci(resampled)
    if is_alone:
        mean = statistics.mean(resampled)
    if first is None:
        return Value(score, float(mean), float(interval))
    differences = np.abs(resampled - first[1])
    larger = int(np.sum(differences - differences.mean() > abs(first[0] - score)))
    return Value(score, float(mean), float(interval), (larger + 1) / (len(resampled) + 1))


def _signature(metric: Metric, resamples: int) -> str:
    signature = metric.get_signature()
    if resamples:
        signature.update("bs", resamples)
        signature.update("seed", SEED)
    return str(signature)


# --- effort --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Revision:
    """A draft, and what a translator made of it.

    Attributes:
        path: The catalog, as users know it.
        draft: The draft.
        final: The translation.
        origin: Where the draft came from, as its comment says; empty if it does not.
    """

    path: str
    draft: str
    final: str
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Spent:
    """What editing drafts took.

    Attributes:
        entries: How many drafts.
        unchanged: How many were kept as they were.
        edits: Words inserted, deleted, replaced or moved, at least; of Chinese, characters.
        words: Words of the translations.
    """

    entries: int = 0
    unchanged: int = 0
    edits: int = 0
    words: int = 0

    def __add__(self, other: Spent) -> Spent:
        """Return the sums."""
        return Spent(
            self.entries + other.entries,
            self.unchanged + other.unchanged,
            self.edits + other.edits,
            self.words + other.words,
        )

    @property
    def rate(self) -> float:
        """The edits for each hundred words of the translations: HTER."""
        if self.words:
            return 100 * self.edits / self.words
        return 100.0 if self.edits else 0.0

    @property
    def kept(self) -> float:
        """The share of drafts that were kept as they were, from 0 to 100."""
        return 100 * self.unchanged / self.entries if self.entries else 0.0


@dataclass(frozen=True, slots=True)
class Effort:
    """What editing drafts took: in all, by catalog and by where they came from; and how it was measured."""

    total: Spent
    files: Mapping[str, Spent]
    origins: Mapping[str, Spent]
    signature: str


def effort(
    revisions: Sequence[Revision], language: Language, progress: Progress = lambda items, _title: items
) -> Effort:
    """Return what translators did to drafts, measured as TER of the drafts against the translations.

    Args:
        revisions: The drafts.
        language: The language of the texts.
        progress: Wraps the drafts for a progress bar.
    """
    metric = _metric("ter", tokenizer_of(language), is_wide=language.han)
    _edits(metric, "", "")  # the signature is known even if there are no drafts
    total = Spent()
    files: dict[str, Spent] = {}
    origins: dict[str, Spent] = {}
    for each in progress(revisions, "drafts"):
        edits, words = _edits(metric, *_lines((each.draft, each.final)))
        spent = Spent(1, int(each.draft == each.final), int(edits), int(words))
        total += spent
        files[each.path] = files.get(each.path, Spent()) + spent
        origins[each.origin] = origins.get(each.origin, Spent()) + spent
    return Effort(total, files, dict(sorted(origins.items())), _signature(metric, 0))


# --- forms ---------------------------------------------------------------------------------------------------------

#: What sacrebleu calls the metrics.
NAMES = {"bleu": "BLEU", "chrf": "chrF2", "chrf++": "chrF2++", "ter": "TER"}
#: A difference that is less probable than this by chance is marked.
_SIGNIFICANT = 0.05


def signed(scores: Scores) -> list[str]:
    """Return the signature of each metric, as sacrebleu writes it before a score."""
    return [f"{NAMES[metric]}|{signature}" for metric, signature in scores.signatures.items()]


def shown(value: Value) -> str:
    """Return a score with what is known of it: `34.51 (34.49 ± 1.20, p = 0.0120*)`."""
    if value.mean is None or value.interval is None:
        return f"{value.score:.2f}"
    test = ""
    if value.p_value is not None:
        test = f", p = {value.p_value:.4f}{'*' if value.p_value < _SIGNIFICANT else ''}"
    return f"{value.score:.2f} ({value.mean:.2f} ± {value.interval:.2f}{test})"


def tables(scores: Scores) -> list[tuple[str, list[list[str]]]]:
    """Return the scores of the systems, and of the files of each, as tables with a title; names stand at the end."""
    metrics = list(scores.signatures)
    head = [*(NAMES[metric] for metric in metrics), "segments", "empty"]

    def row(scored: SystemScore | FileScore, name: str) -> list[str]:
        values = (shown(scored.values[metric]) for metric in metrics)
        return [*values, str(scored.segments), str(scored.empty), printable(name)]

    found = [("", [[*head, "system"], *(row(system, system.name) for system in scores.systems)])]
    for system in scores.systems:
        if len(system.files) > 1:
            rows = [row(each, each.path) for each in system.files]
            found.append((printable(system.name), [[*head, "file"], *rows]))
    return found


def effort_tables(effort: Effort) -> list[tuple[str, list[list[str]]]]:
    """Return what drafts took, in all, by where they came from and by catalog, as tables; names stand at the end."""
    head = ["HTER", "kept", "drafts", "edits", "words"]
    found = [("", [[*head, ""], _spent(effort.total, "all")])]
    if len(effort.origins) > 1 or any(effort.origins):
        rows = [_spent(spent, origin or "unknown") for origin, spent in effort.origins.items()]
        found.append(("", [[*head, "origin"], *rows]))
    if len(effort.files) > 1:
        found.append(("", [[*head, "file"], *(_spent(spent, path) for path, spent in effort.files.items())]))
    return found


def _spent(spent: Spent, name: str) -> list[str]:
    counts = (spent.entries, spent.edits, spent.words)
    return [f"{spent.rate:.2f}", f"{spent.kept:.1f} %", *map(str, counts), printable(name)]


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows of a table as lines, numbers to the right and the name last."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    return [
        "  ".join([*(cell.rjust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in rows
    ]


def markdown(found: Sequence[tuple[str, Sequence[Sequence[str]]]], signatures: Sequence[str]) -> str:
    """Return tables as Markdown, names first, with the signatures below them."""
    lines = []
    for title, (head, *rows) in found:
        if title:
            lines += [f"### {title}", ""]
        lines.append(f"| {head[-1]} | {' | '.join(head[:-1])} |")
        lines.append(f"|---|{'--:|' * (len(head) - 1)}")
        for row in rows:
            name = row[-1].replace("|", "\\|")
            lines.append(f"| {name} | {' | '.join(row[:-1])} |")
        lines.append("")
    return "\n".join([*lines, *(f"* `{each}`" for each in signatures), ""])
