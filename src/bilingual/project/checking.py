"""Checks over a book: `check`."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bilingual import glossary
from bilingual.catalog import now, read_bytes, revised, write
from bilingual.check import (
    CHECKS,
    Finding,
    Pair,
    Project,
    Selection,
    codes,
    in_book,
    in_pairs,
    in_source,
    pairs,
    report,
)
from bilingual.config import CHECK_KEYS, GLOSSARY, options_of
from bilingual.diagnostics import BilingualError, Diagnostic, Place, Severity
from bilingual.links import anchors
from bilingual.markdown.parse import parse
from bilingual.project.book import (
    Chapter,
    Progress,
    ahead,
    catalog_at,
    codes_of,
    config_name,
    discover,
    glossary_file,
    inside,
    no_progress,
    read_document,
    select_catalogued,
    size_of,
)
from bilingual.project.files import check_revision, decode, digest, read_file, read_optional, run_git, write_file
from bilingual.unit import Unit, units

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bilingual.config import Config
    from bilingual.markdown.dialect import Dialect
    from bilingual.markdown.document import Document


@dataclass(frozen=True, slots=True)
class Checked:
    """What `check` found.

    Attributes:
        diagnostics: The findings, and what could not be read.
        fixed: How many entries of each catalog `--fix` repaired.
        known: How many findings are left out because the baseline has them.
    """

    diagnostics: tuple[Diagnostic, ...]
    fixed: Mapping[str, int]
    known: int


@dataclass(frozen=True, slots=True)
class _Look:
    """What looking at a chapter gave: its units and findings of each target, findings of the source."""

    found: tuple[tuple[str, tuple[Unit, ...], tuple[tuple[int, Finding], ...]], ...]
    source: tuple[Diagnostic, ...]
    document: Document


def selection(config: Config, wanted: Sequence[str] = (), unwanted: Sequence[str] = ()) -> Selection:
    """Return which findings are wanted, by the configuration and the command line.

    Raises:
        BilingualError: If a code, a check or an option does not exist.
    """
    table = config.check
    place = Place(config_name(config))
    problems: list[Diagnostic] = []
    known = codes()

    def listed(key: str, given: object, place: Place = place) -> tuple[str, ...]:
        if not isinstance(given, (list, tuple)) or not all(isinstance(each, str) for each in given):
            problems.append(Diagnostic("config-value", f"check.{key} is no list of codes", place))
            return ()
        for each in given:
            if not each or not any(code.startswith(each) for code in known):
                hint = f"there are: {', '.join(sorted(known))}"
                problems.append(Diagnostic("config-value", f"no check has the code {each!r}", place, hint=hint))
        return tuple(given)

    chosen = listed("select", wanted, Place("--select")) or listed("select", table.get("select", ()))
    ignored = (*listed("ignore", table.get("ignore", ())), *listed("ignore", unwanted, Place("--ignore")))
    options: dict[str, object] = {}
    for key, given in table.items():
        if key in CHECK_KEYS:
            continue
        name = key.replace("-", "_")
        if name not in CHECKS or not isinstance(given, dict):
            problems.append(Diagnostic("config-value", f"there is no check {key!r} to configure", place))
            continue
        try:
            options[name] = options_of(config, ("check", key), CHECKS[name].options)
        except BilingualError as error:
            problems.extend(error.diagnostics)
    per_file = table.get("per-file", {})
    for pattern, given in per_file.items() if isinstance(per_file, dict) else [("", per_file)]:
        listed(f'per-file."{pattern}"', given if isinstance(per_file, dict) else None)
    if not isinstance(table.get("glossary", ""), str):
        problems.append(Diagnostic("config-value", "check.glossary is no path", place))
    if problems:
        raise BilingualError(*problems)
    return Selection(chosen, ignored, options)


def _context(config: Config) -> Project:
    """Return what checks may ask about the book; kept small, since other processes get it too."""
    path, data = glossary_file(config)
    if data is None and path != GLOSSARY:
        raise BilingualError(Diagnostic("glossary-missing", "there is no such glossary", Place(path)))
    terms = glossary.read(decode(data, path), path) if data is not None else None
    return Project(
        config.dialect,
        terms,
        functools.partial(_exists, config.root),
        functools.partial(_anchors, config.root, config.dialect),
    )


def _exists(root: Path, document: str, path: str) -> bool:
    full = (root / document).parent / path
    try:
        # Addresses as site generators write them: without a suffix, or with that of the page.
        return full.suffix in ("", ".html") or full.exists() or full.with_name(full.name + ".md").exists()
    except OSError:
        return False


@functools.lru_cache(maxsize=512)
def _anchors(root: Path, dialect: Dialect, document: str, path: str) -> frozenset[str] | None:
    full = (root / document).parent / unquote(path) if path else root / document
    try:
        if full.suffix.lower() not in (".md", ".markdown") or not inside(full, root):
            return None
        found = parse(decode(read_file(full, str(full)), str(full)), dialect=dialect)
    except (OSError, ValueError, BilingualError):
        return None
    own = frozenset(match.lower() for match in _ID.findall(found.text))
    return frozenset(anchor.lower() for anchor in anchors(found, dialect)) | own


_ID = re.compile(r"""(?:\b(?:id|name)=["']|\{#|^\()([\w:.-]+)""", re.MULTILINE)


def check(
    config: Config,
    paths: Sequence[Path] = (),
    *,
    targets: Sequence[str] = (),
    wanted: Sequence[str] = (),
    unwanted: Sequence[str] = (),
    baseline: Path | None = None,
    since: str | None = None,
    fix: bool = False,
    jobs: int | None = None,
    progress: Progress = no_progress,
) -> Checked:
    """Check the translations and the source of a book.

    Args:
        config: The project.
        paths: The files and folders of the source to look at; none means all.
        targets: Codes of the targets; none means all.
        wanted: Codes, or beginnings of codes, to look for; none means what the configuration says.
        unwanted: Codes not to report.
        baseline: A file of findings that are known. If there is none, it is written with all that is found.
        since: A git revision; msgids that changed since then under an unchanged msgstr are reported.
        fix: Repair what is certain in the catalogs first.
        jobs: As in `extract`.
        progress: Wraps the chapters for a progress bar.

    Raises:
        BilingualError: If the work cannot begin.
    """
    chosen = selection(config, wanted, unwanted)
    context = _context(config)
    _anchors.cache_clear()  # files may have changed since another run of this process
    chapters, problems = discover(config)
    every = codes_of(config, targets)
    mine = select_catalogued(config, chapters, paths, problems)
    fixed: Counter[str] = Counter()
    for chapter in mine if fix else ():
        try:
            _fix(config, every, chapter, chosen, fixed, problems)
        except BilingualError as error:
            problems.extend(error.diagnostics)
    size = sum(size_of(config.root / chapter.path) for chapter in mine) * 4  # checking takes longer than parsing
    findings_of_all: list[Diagnostic] = []
    looks = ahead(functools.partial(_look, config, every, chosen, context), mine, size, jobs)
    together: dict[str, list[Pair]] = {code: [] for code in every}
    found: dict[str, list[tuple[int, Finding]]] = {code: [] for code in every}
    for _, look in zip(progress(mine, "check"), looks, strict=True):
        if isinstance(look, BilingualError):
            problems.extend(look.diagnostics)
            continue
        findings_of_all.extend(look.source)
        for code, each, findings in look.found:
            start = len(together[code])
            together[code] += pairs(look.document, each, config.dialect, config.source, config.target(code))
            found[code] += [(start + index, finding) for index, finding in findings]
    for code in every:
        found[code] += in_book(together[code], chosen, context)
        found[code].sort(key=lambda each: each[0])
        findings_of_all.extend(report(together[code], found[code], chosen))
        if since is not None:
            findings_of_all.extend(_mispaired(config, code, mine, since))
    problems.extend(_per_file(config, findings_of_all))
    return _without_known(problems, baseline, fixed)


def _look(
    config: Config, every: Sequence[str], chosen: Selection, context: Project, chapter: Chapter
) -> _Look | BilingualError:
    try:
        document = read_document(config, chapter)
        found = []
        for code in every:
            catalog, _ = catalog_at(config.root, str(config.catalog_path(code, chapter.rel)))
            made = pairs(document, units(document, catalog), config.dialect, config.source, config.target(code))
            findings = tuple(in_pairs(made, chosen, context))
            found.append((code, tuple(pair.unit for pair in made), findings))
    except BilingualError as error:
        return error
    return _Look(tuple(found), tuple(in_source(document, chosen, context)), replace(document, shape=()))


def _per_file(config: Config, diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Leave out what the configuration ignores in some files: globs of chapters, with codes."""
    table = config.check.get("per-file", {})
    rules = [(config.glob(pattern), tuple(each)) for pattern, each in table.items()] if isinstance(table, dict) else []
    for each in diagnostics:
        source = next((place.path for name, place in each.related if name == "source"), each.place.path)
        rel = config.source_name(source) or source
        if not any(pattern.fullmatch(rel) and each.code.startswith(some) for pattern, some in rules):
            yield each


def _without_known(diagnostics: Sequence[Diagnostic], baseline: Path | None, fixed: Mapping[str, int]) -> Checked:
    if baseline is None:
        return Checked(tuple(diagnostics), fixed, 0)
    marks = [_mark(each) for each in diagnostics]
    data = read_optional(baseline, str(baseline))
    if data is None:
        counts = dict(sorted(Counter(marks).items()))
        text = json.dumps({"version": 1, "findings": counts}, indent=0) + "\n"
        write_file(baseline, text.encode(), str(baseline))
        return Checked((), fixed, len(marks))
    try:
        known = Counter({str(mark): int(count) for mark, count in json.loads(data)["findings"].items()})
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        hint = "remove it, and the next run writes it again"
        raise BilingualError(
            Diagnostic("path-unknown", "this is no baseline", Place(str(baseline)), hint=hint)
        ) from None
    new = []
    for each, mark in zip(diagnostics, marks, strict=True):
        if known[mark] > 0:
            known[mark] -= 1
        else:
            new.append(each)
    return Checked(tuple(new), fixed, len(diagnostics) - len(new))


def _mark(each: Diagnostic) -> str:
    """Return what a finding is known by, wherever its entry moves to."""
    text = f"{each.place.path}\0{each.code}\0{each.message}\0{each.excerpt}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _fix(
    config: Config,
    every: Sequence[str],
    chapter: Chapter,
    chosen: Selection,
    fixed: Counter[str],
    problems: list[Diagnostic],
) -> None:
    """Repair the catalogs of a chapter; a target whose catalog cannot be repaired is reported."""
    document = read_document(config, chapter)
    repairs = [check.fix for _, check, _ in chosen.checks() if check.fix is not None]
    for code in every:
        path = str(config.catalog_path(code, chapter.rel))
        try:
            data = read_optional(config.root / path, path)
            if data is None:
                continue
            catalog = read_bytes(data, path)
            changed: dict[object, str] = {}
            for pair in pairs(document, units(document, catalog), config.dialect, config.source, config.target(code)):
                mended = pair
                for repair in repairs:
                    mended = mended.translated(repair(mended))
                if pair.unit.entry is not None and mended.target.text != pair.target.text:
                    changed[pair.unit.entry.key] = mended.target.text
            if changed:
                entries = tuple(
                    replace(each, msgstr=changed[each.key]) if each.key in changed and not each.obsolete else each
                    for each in catalog.entries
                )
                new = replace(catalog, entries=entries, header=revised(catalog.header, now()))
                write_file(config.root / path, write(new).encode(), path, digest(data))
                fixed[path] += len(changed)
        except BilingualError as error:
            problems.extend(error.diagnostics)


def _mispaired(config: Config, code: str, chapters: Iterable[Chapter], since: str) -> Iterator[Diagnostic]:
    """Yield the entries whose msgid changed since a revision under a msgstr that did not, and that are not fuzzy."""
    check_revision(config.root, since)
    for path in dict.fromkeys(str(config.catalog_path(code, chapter.rel)) for chapter in chapters):
        data = run_git(config.root, "show", f"{since}:./{path}")
        now_data = read_optional(config.root / path, path)
        if data is None or now_data is None:
            continue
        before, after = read_bytes(data, path).live, read_bytes(now_data, path).live
        gone = {entry.msgstr: entry for key, entry in before.items() if key not in after and entry.msgstr}
        for key, entry in after.items():
            old = gone.get(entry.msgstr)
            if key not in before and old is not None and entry.translated and old.msgid != entry.msgid:
                yield Diagnostic(
                    "mispaired",
                    f"since {since} the msgid changed, and the translation did not",
                    Place(path, entry.line),
                    Severity.ERROR,
                    entry.msgid.split("\n")[0][:200],
                    hint=f"before it was: {old.msgid[:80]}",
                )
