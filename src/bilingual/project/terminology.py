"""The terms of a book: `glossary extract` finds what the glossary lacks, `glossary export` writes it for others."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bilingual import glossary
from bilingual.config import options_of
from bilingual.diagnostics import BilingualError, Diagnostic, Place, Severity
from bilingual.exchange import Terms
from bilingual.glossary import Glossary, Term
from bilingual.language import has_han
from bilingual.markdown.document import CODE_KINDS, NO_MARKDOWN, Kind
from bilingual.markdown.inline import prose
from bilingual.project.book import (
    Progress,
    catalog_at,
    codes_of,
    discover,
    glossary_file,
    no_progress,
    read_document,
    select_catalogued,
    wants,
)
from bilingual.project.exchanging import below, format_named
from bilingual.project.files import decode, digest, read_optional, write_file
from bilingual.terms import Candidate, Passage, extract
from bilingual.unit import units

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilingual.config import Config
    from bilingual.project.book import Chapter

#: What candidates and glossaries are written as.
FORMATS = ("csv", "tbx", "json")
_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Found:
    """What `glossary extract` found.

    Attributes:
        code: The target whose translations were looked at.
        candidates: What may be terms and the glossary lacks, the most probable first.
        diagnostics: What could not be read.
    """

    code: str
    candidates: tuple[Candidate, ...]
    diagnostics: tuple[Diagnostic, ...]


def find_terms(
    config: Config,
    paths: Sequence[Path] = (),
    *,
    target: str | None = None,
    least: int = 3,
    limit: int = 200,
    progress: Progress = no_progress,
) -> Found:
    """Return what may be terms of the book and the glossary lacks, with what the catalogs call them.

    Args:
        config: The project.
        paths: The files and folders of the source to look at; none means all.
        target: The target whose translations are looked at; None means the first.
        least: How often a term must occur, unless a text names it in the other language.
        limit: How many candidates are wanted at most.
        progress: Wraps the chapters for a progress bar.

    Raises:
        BilingualError: If the work cannot begin.
    """
    code = codes_of(config, [target] if target is not None else [])[0]
    _, known = _read_glossary(config)
    passages, problems = passages_of(config, code, paths, progress)
    found = extract(
        passages, config.source, config.target(code), known.terms if known else (), least=least, limit=limit
    )
    return Found(code, found, tuple(problems))


def passages_of(
    config: Config, code: str, paths: Sequence[Path] = (), progress: Progress = no_progress
) -> tuple[list[Passage], list[Diagnostic]]:
    """Return the texts of chapters with their translations into a target, and what could not be read.

    Raises:
        BilingualError: If there is no source folder, or a path holds no chapter.
    """
    chapters, problems = discover(config)
    passages: list[Passage] = []
    for chapter in progress(select_catalogued(config, chapters, paths, problems), "terms"):
        try:
            passages.extend(_passages(config, chapter, code))
        except BilingualError as error:
            problems.extend(error.diagnostics)
    return passages, problems


def _read_glossary(config: Config) -> tuple[str, Glossary | None]:
    """Return the text of the book's glossary and what it holds; empty and None if there is none."""
    path, data = glossary_file(config)
    if data is None:
        return "", None
    text = decode(data, path)
    return text, glossary.read(text, path)


def _passages(config: Config, chapter: Chapter, code: str) -> Iterator[Passage]:
    """Yield the texts of a chapter with their translations, without what translators keep."""
    document = read_document(config, chapter)
    catalog, _ = catalog_at(config.root, str(config.catalog_path(code, chapter.rel)))
    want = wants(config, config.target(code))
    for unit in units(document, catalog):
        kind = unit.segment.kind
        if kind in CODE_KINDS or not want(unit.segment) or (config.source.han and not has_han(unit.segment.text)):
            continue
        translation = unit.entry.msgstr if unit.entry is not None and unit.entry.translated else ""
        ours, theirs = (_prose(config, text, kind) for text in (unit.segment.text, translation))
        yield Passage(ours, theirs, chapter.path, unit.segment.line, kind is Kind.HEADING)


def _prose(config: Config, text: str, kind: Kind) -> str:
    if kind is Kind.HTML_TEXT:
        text = _TAG.sub(" ", text)
    return prose(text, config.dialect, markup=kind not in NO_MARKDOWN)


# --- out -----------------------------------------------------------------------------------------------------------


def found_as(config: Config, found: Found, form: str) -> tuple[bytes, tuple[Diagnostic, ...]]:
    """Return candidates as a file in one of `FORMATS`, and what the format could not hold."""
    terms = [(_term(each), each) for each in found.candidates]
    if form == "json":
        return _json(config, found.code, [_fields(each) for each in found.candidates]), ()
    if form == "tbx":
        held = [term for term, _ in terms if term.target or term.keep]
        left = len(terms) - len(held)
        message = f"{left} candidates have no translation yet, and are left out"
        note = Diagnostic("glossary-term", message, Place("--format"), Severity.INFO, hint="--format csv has them all")
        return _tbx(config, found.code, held), (note,) if left else ()
    text, _ = _read_glossary(config)
    return glossary.candidates(((term, _evidence(each)) for term, each in terms), text).encode(), ()


def glossary_as(config: Config, form: str, *, target: str | None = None) -> tuple[bytes, int]:
    """Return the glossary of the book as a file in one of `FORMATS`, and how many terms it has.

    Raises:
        BilingualError: If there is no glossary, or it cannot be read.
    """
    code = codes_of(config, [target] if target is not None else [])[0]
    path, _ = glossary_file(config)
    _, known = _read_glossary(config)
    if known is None:
        message, hint = "the book has no glossary", "bilingual glossary extract proposes terms for one"
        raise BilingualError(Diagnostic("glossary-missing", message, Place(path), hint=hint))
    terms = tuple(known.terms.values())
    if form == "json":
        return _json(config, code, [_term_fields(term) for term in terms]), len(terms)
    if form == "tbx":
        return _tbx(config, code, terms), len(terms)
    return glossary.extended("", terms, path).encode(), len(terms)


def _term(candidate: Candidate) -> Term:
    best = candidate.proposals[0] if candidate.proposals else None
    if best is None:
        return Term(candidate.source, "", keep=candidate.keep)
    return Term(candidate.source, best.text, (best.short,) if best.short else ())


def _evidence(candidate: Candidate) -> tuple[str, ...]:
    """Return the cells that say why something may be a term: how often, how surely translated so, where first."""
    share = f"{candidate.proposals[0].share:.2f}" if candidate.proposals and candidate.translated else ""
    where = " ".join(f"{path}:{line}" for path, line in candidate.places[:1])
    # What a spreadsheet would take for a formula is none.
    return str(candidate.count), share, f"./{where}" if where.startswith(("=", "+", "-", "@")) else where


def _fields(candidate: Candidate) -> dict[str, object]:
    fields = asdict(candidate) | {"score": round(candidate.score, 3)}
    fields["places"] = [{"path": path, "line": line} for path, line in candidate.places]
    fields["proposals"] = [asdict(each) | {"share": round(each.share, 4)} for each in candidate.proposals]
    return fields


def _term_fields(term: Term) -> dict[str, object]:
    fields = asdict(term)
    del fields["line"]
    return fields


def _json(config: Config, code: str, terms: list[dict[str, object]]) -> bytes:
    data = {"source": config.source_code, "target": code, "terms": terms}
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()


def _tbx(config: Config, code: str, terms: Sequence[Term]) -> bytes:
    chosen = format_named("tbx")
    options: Any = options_of(config, ("exchange", "tbx"), chosen.options)
    title, licence = config.book.title.of(config.source_code), config.book.licence
    return b"".join(chosen.write(Terms(config.source, config.target(code), tuple(terms), licence, title), options))


def write_terms(config: Config, data: bytes, output: Path, *, force: bool = False) -> str:
    """Write candidates or a glossary to a file, and return its path as messages show it.

    Raises:
        BilingualError: If the file is the book's own glossary, or holds something else and `force` does not say that
            it may go; or if it cannot be written.
    """
    place = Path.cwd() / output
    shown = below(output, config.root)
    path, _ = glossary_file(config)
    if place.resolve() == (config.root / path).resolve():
        hint = "write them to another file, and copy the lines that are right"
        raise BilingualError(Diagnostic("file-work", "this is the glossary of the book", Place(shown), hint=hint))
    before = read_optional(place, shown)
    if before is not None and before != data and not force:
        message, hint = "there is a file already, and it may have been edited", "name another one, or use --force"
        raise BilingualError(Diagnostic("file-work", message, Place(shown), hint=hint))
    if before != data:
        write_file(place, data, shown, digest(before))
    return shown
