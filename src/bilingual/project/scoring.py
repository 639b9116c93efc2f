"""Scores of catalogs and files against a reference, and what translators did to drafts: `score`."""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from bilingual.catalog import Catalog, Entry, State, drafted_by, read_bytes, repaired, state
from bilingual.diagnostics import BilingualError, Diagnostic, Place, Severity
from bilingual.exchange import Bundle
from bilingual.language import Language, language
from bilingual.project.book import Progress, catalog_at, codes_of, discover, no_progress, select_catalogued
from bilingual.project.exchanging import PO, below, read_as, recognised
from bilingual.project.files import check_revision, decode, read_file, run_git
from bilingual.score import RESAMPLES, USUAL, Effort, Part, Revision, Scores, effort, scores

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bilingual.config import Config
    from bilingual.update import Key

_CATALOGS = frozenset([".po"])
_TEXTS = frozenset([".md", ".markdown", ".txt"])
#: What the comment of a draft says that was found by aligning a translation.
_ALIGNED = re.compile(r"^bilingual: (aligned)\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Scored:
    """What `score` found: the scores, the language that they were computed for, and what is to be known of them."""

    scores: Scores
    language: Language
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Edited:
    """What translators did to drafts, by target, and what could not be read."""

    efforts: Mapping[str, Effort]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(slots=True)
class _Side:
    """What a path holds: catalogs or lines of text, by their paths below it; a file has the path ""."""

    path: Path
    shown: str
    catalogs: dict[str, Catalog] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)
    is_folder: bool = False
    is_bundle: bool = False
    problems: list[Diagnostic] = field(default_factory=list)

    def name(self, rel: str) -> str:
        """Return how a message calls one of its files."""
        return f"{self.shown}/{rel}" if rel else self.shown

    @property
    def live(self) -> dict[Key, Entry]:
        """The entries of all catalogs that are not obsolete; of those with one key the first."""
        found: dict[Key, Entry] = {}
        for catalog in self.catalogs.values():
            for key, entry in catalog.live.items():
                found.setdefault(key, entry)
        return found


# --- scores --------------------------------------------------------------------------------------------------------


def score_files(
    hypotheses: Sequence[Path],
    reference: Path,
    config: Config | None = None,
    *,
    target: str | None = None,
    metrics: Sequence[str] = USUAL,
    tokenizer: str = "",
    resamples: int = RESAMPLES,
    progress: Progress = no_progress,
) -> Scored:
    """Score files, or folders of them, against a reference.

    Of catalogs, all entries count that the reference has a translation of: live, not fuzzy. What a hypothesis has no
    text for, counts as empty. Of other files, line counts against line.

    Args:
        hypotheses: A file or folder for each system; the first is what others are compared with.
        reference: The file or folder that they are compared with.
        config: The project, if there is one.
        target: The code of the language of the texts; None takes it from the reference or the project.
        metrics: Some of `METRICS`.
        tokenizer: The tokenizer of BLEU; empty chooses by the language.
        resamples: How many resamples are drawn for intervals and p-values.
        progress: Wraps what is slow for a progress bar.

    Raises:
        BilingualError: If something cannot be read or compared, or a hypothesis is its own reference.
    """
    theirs = _side(reference, config)
    into = _language(target, theirs, config)
    problems: list[Diagnostic] = list(theirs.problems)
    systems: dict[str, list[Part]] = {}
    for path in hypotheses:
        _check_apart(path, reference)
        ours = _side(path, config)
        problems += ours.problems
        if ours.shown in systems:
            _refuse("score-twice", "this is named twice", ours.shown, "name each system once")
        parts = list(_parts(ours, theirs, problems))
        if not any(part.references for part in parts):
            hint = "the reference has no translation that is not fuzzy" if theirs.catalogs else "the file is empty"
            _refuse("score-empty", "there is nothing to score against", theirs.shown, hint)
        if all(part.empty == len(part.references) for part in parts):
            hint = "is it a translation of the same texts?"
            _refuse("score-empty", "no segment of the reference has a text here", ours.shown, hint)
        # A file that is missing makes no other text of a copy.
        there = [part for part in parts if part.empty < len(part.references)]
        copies = [part for part in there if part.hypotheses == part.references]
        if copies == there:
            _refuse("score-itself", "this is the reference, word for word", ours.shown, "name what is to be scored")
        problems += [_copied(ours, part) for part in copies if len(part.references) > 1]
        systems[ours.shown] = parts
    found = scores(systems, into, metrics=metrics, tokenizer=tokenizer, resamples=resamples, progress=progress)
    return Scored(found, into, tuple(dict.fromkeys(problems)))


def _check_apart(hypothesis: Path, reference: Path) -> None:
    """Check that neither of two paths holds the other.

    Raises:
        BilingualError: If one does.
    """
    ours, theirs = hypothesis.resolve(), reference.resolve()
    if ours == theirs or (hypothesis.exists() and reference.exists() and hypothesis.samefile(reference)):
        _refuse("score-itself", "this is the reference itself", str(hypothesis), "name what is to be scored")
    if ours.is_relative_to(theirs) or theirs.is_relative_to(ours):
        inner, outer = (hypothesis, reference) if ours.is_relative_to(theirs) else (reference, hypothesis)
        hint = "name two that lie side by side, or two files"
        _refuse("score-itself", f"this is a part of {outer}", str(inner), hint)


def _copied(side: _Side, part: Part) -> Diagnostic:
    message = f"these {len(part.references)} segments are those of the reference, word for word"
    hint = "if it is a copy of the reference, leave it out"
    return Diagnostic("score-copied", message, Place(side.name(part.path)), Severity.WARNING, hint=hint)


def _refuse(code: str, message: str, path: str, hint: str) -> NoReturn:
    raise BilingualError(Diagnostic(code, message, Place(path), hint=hint))


def _side(path: Path, config: Config | None) -> _Side:
    """Return what a file or folder holds.

    Raises:
        BilingualError: If it cannot be read, or holds nothing that can be scored.
    """
    full = Path.cwd() / path
    shown = below(full, config.root) if config is not None else path.as_posix()
    side = _Side(full, shown, is_folder=full.is_dir())
    if not side.is_folder:
        _add(side, full, "", config)
        return side
    files = sorted(_files(full))
    for suffixes in (_CATALOGS, _TEXTS):
        chosen = [each for each in files if Path(each).suffix.lower() in suffixes]
        for rel in chosen:
            _add(side, full / rel, rel, config)
        if chosen:
            return side
    hint = f"files that end in {', '.join(sorted(_CATALOGS | _TEXTS))} are looked for"
    raise BilingualError(Diagnostic("path-unknown", "this folder has nothing to score", Place(shown), hint=hint))


def _files(folder: Path) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith("."):
                yield (Path(place) / name).relative_to(folder).as_posix()


def _add(side: _Side, full: Path, rel: str, config: Config | None) -> None:
    """Read a file into a side: a catalog, a file in an interchange format, or lines of text."""
    shown = side.name(rel)
    data = read_file(full, shown)
    suffix = full.suffix.lower()
    if suffix in _TEXTS:
        side.texts[rel] = _lines(decode(data, shown))
        return
    name = PO if suffix in _CATALOGS else ""
    if not name:
        with contextlib.suppress(BilingualError):
            name = recognised(data, full.name)
    if name == PO:
        side.catalogs[rel], notes = repaired(read_bytes(data, shown))
        side.problems += notes
    elif name and config is not None:
        side.is_bundle = True
        for bundle in read_as(name, data, shown, config.source, config.targets):
            for number, portion in enumerate(bundle.portions if isinstance(bundle, Bundle) else ()):
                side.catalogs[portion.path or f"{rel}#{number}"] = portion.catalog
            side.problems += bundle.diagnostics if isinstance(bundle, Bundle) else ()
    elif name:
        hint = "run this in the folder of the book, or name it with --project"
        _refuse("score-languages", f"a file in the format {name} needs the languages of a project", shown, hint)
    else:
        side.texts[rel] = _lines(decode(data, shown))


def _lines(text: str) -> list[str]:
    """Return the lines of a text as sacrebleu reads them: a line feed ends each, and blanks at its end do not count."""
    lines = text.removeprefix("\ufeff").split("\n")
    return [line.rstrip() for line in (lines[:-1] if lines[-1] == "" else lines)]


def _language(target: str | None, side: _Side, config: Config | None) -> Language:
    """Return the language of a reference: as given, as its catalogs say, or the only one of the project.

    Raises:
        BilingualError: If nobody says it.
    """
    said = dict.fromkeys(
        value for catalog in side.catalogs.values() for name, value in catalog.header if name == "Language" and value
    )
    code = target or (next(iter(said)) if len(said) == 1 else "")
    if not code and config is not None and len(config.targets) == 1:
        return config.targets[0]
    try:
        return language(code)
    except ValueError as error:
        place, hint = Place(side.shown), "say it: --target zh"
        message = str(error) if code else "it is not known in which language these texts are"
        raise BilingualError(Diagnostic("score-languages", message, place, hint=hint)) from None


def _parts(ours: _Side, theirs: _Side, problems: list[Diagnostic]) -> Iterator[Part]:
    """Yield the segments of each file of the reference, with what a system has for them."""
    if bool(ours.catalogs) != bool(theirs.catalogs):
        hint = "compare catalogs with catalogs, and texts with texts"
        _refuse("score-kinds", f"{theirs.shown} is not of this kind", ours.shown, hint)
    if ours.is_folder != theirs.is_folder and not ours.is_bundle and not theirs.is_bundle:
        hint = "compare a file with a file, and a folder with a folder"
        _refuse("score-kinds", f"{theirs.shown} is not of this kind", ours.shown, hint)
    if theirs.catalogs:
        yield from _entries(ours, theirs, problems)
        return
    for rel, references in theirs.texts.items():
        hypotheses = ours.texts.get(rel)
        if hypotheses is None:
            problems.append(_missing(ours, theirs, rel, len(references)))
            hypotheses = [""] * len(references)
        elif len(hypotheses) != len(references):
            message = f"this has {len(hypotheses)} lines, and {theirs.name(rel)} has {len(references)}"
            hint = "texts are compared line by line; catalogs, entry by entry"
            _refuse("score-lines", message, ours.name(rel), hint)
        yield Part(rel or theirs.shown, tuple(hypotheses), tuple(references))


def _missing(ours: _Side, theirs: _Side, rel: str, segments: int) -> Diagnostic:
    message = f"there is no such file here, so {segments} segments of {theirs.name(rel)} count as empty"
    return Diagnostic("score-missing", message, Place(ours.name(rel)), Severity.WARNING)


def _entries(ours: _Side, theirs: _Side, problems: list[Diagnostic]) -> Iterator[Part]:
    loose = ours.live if ours.is_bundle or theirs.is_bundle else None
    known = 0
    for rel, catalog in theirs.catalogs.items():
        wanted = {key: entry for key, entry in catalog.live.items() if entry.translated}
        found: Mapping[Key, Entry] = loose or {}
        if loose is None:
            here = ours.catalogs.get(rel)
            if here is None and wanted:
                problems.append(_missing(ours, theirs, rel, len(wanted)))
            found = here.live if here is not None else {}
        texts = [found[key].msgstr if key in found else "" for key in wanted]
        known += sum(bool(found[key].msgstr) for key in wanted if key in found)
        if wanted:
            yield Part(rel or theirs.shown, tuple(texts), tuple(entry.msgstr for entry in wanted.values()))
    left = sum(bool(entry.msgstr) for each in ours.catalogs.values() for entry in each.live.values()) - known
    if left > 0:
        what = "1 translation has" if left == 1 else f"{left} translations have"
        message = f"{what} no counterpart in the reference, and {'is' if left == 1 else 'are'} left out"
        problems.append(Diagnostic("score-unmatched", message, Place(ours.shown), Severity.INFO))


# --- effort --------------------------------------------------------------------------------------------------------


def edited_since(
    config: Config,
    since: str,
    paths: Sequence[Path] = (),
    *,
    targets: Sequence[str] = (),
    progress: Progress = no_progress,
) -> Edited:
    """Return what translators made of the entries that were fuzzy in a git revision and are translated now.

    Args:
        config: The project.
        since: The revision.
        paths: The files and folders of the source to look at; none means all.
        targets: Codes of the targets; none means all.
        progress: Wraps what is slow for a progress bar.

    Raises:
        BilingualError: If the work cannot begin.
    """
    check_revision(config.root, since)
    chapters, problems = discover(config)
    chosen = select_catalogued(config, chapters, paths, problems)
    efforts = {}
    for code in codes_of(config, targets):
        revisions: list[Revision] = []
        for path in dict.fromkeys(str(config.catalog_path(code, chapter.rel)) for chapter in chosen):
            try:
                before = run_git(config.root, "show", f"{since}:./{path}")
                after, _ = catalog_at(config.root, path)
                if before is not None and after is not None:
                    old, _ = repaired(read_bytes(before, f"{since}:{path}"))
                    drafts = {key: entry for key, entry in old.live.items() if entry.msgstr and entry.fuzzy}
                    revisions.extend(_revisions(path, drafts, after))
            except BilingualError as error:
                problems.extend(error.diagnostics)
        efforts[code] = effort(revisions, config.target(code), progress)
    return Edited(efforts, tuple(problems))


def edited_files(
    drafts: Path,
    edited: Path,
    config: Config | None = None,
    *,
    target: str | None = None,
    progress: Progress = no_progress,
) -> Edited:
    """Return what translators made of drafts, given both as catalogs, or folders of them.

    The drafts are the entries that are fuzzy; if none is, all that have a translation.

    Args:
        drafts: The catalogs as they were.
        edited: The same as they are now.
        config: The project, if there is one.
        target: The code of the language of the texts; None takes it from the catalogs or the project.
        progress: Wraps what is slow for a progress bar.

    Raises:
        BilingualError: If something cannot be read or compared.
    """
    ours, theirs = _side(drafts, config), _side(edited, config)
    into = _language(target, theirs, config)
    for side in (ours, theirs):
        if not side.catalogs:
            _refuse("score-kinds", "this is no catalog", side.shown, "only catalogs say what was a draft")
    filled = {
        rel: {key: entry for key, entry in each.live.items() if entry.msgstr} for rel, each in ours.catalogs.items()
    }
    if any(entry.fuzzy for each in filled.values() for entry in each.values()):
        filled = {rel: {key: entry for key, entry in each.items() if entry.fuzzy} for rel, each in filled.items()}
    if ours.is_bundle or theirs.is_bundle:
        together = {key: entry for each in reversed(filled.values()) for key, entry in each.items()}
        filled = dict.fromkeys(theirs.catalogs, together)
    problems = [*ours.problems, *theirs.problems]
    revisions: list[Revision] = []
    for rel, catalog in theirs.catalogs.items():
        if rel in filled:
            revisions.extend(_revisions(rel or theirs.shown, filled[rel], catalog))
        else:
            message = f"there is no such file here, so nothing of {theirs.name(rel)} counts"
            problems.append(Diagnostic("score-missing", message, Place(ours.name(rel)), Severity.WARNING))
    return Edited({into.tag: effort(revisions, into, progress)}, tuple(dict.fromkeys(problems)))


def _revisions(path: str, drafts: Mapping[Key, Entry], after: Catalog) -> Iterator[Revision]:
    """Yield the drafts of a catalog that are translated now."""
    for key, entry in after.live.items():
        draft = drafts.get(key)
        if draft is not None and entry.translated:
            yield Revision(path, draft.msgstr, entry.msgstr, _origin(draft))


def _origin(draft: Entry) -> str:
    """Return where a draft came from: as its comment says, or an older version of the text."""
    aligned = _ALIGNED.search(draft.comment)
    known = drafted_by(draft.comment) or (aligned.group(1) if aligned is not None else "")
    return known or ("update" if state(draft) is State.STALE else "")
