"""Glossaries: the terms of a book with their translations, from a CSV file; nothing here looks for new terms."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bilingual.cells import guarded, unguarded
from bilingual.diagnostics import BilingualError, Diagnostic, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: The columns of a glossary; all but the first two may be missing.
COLUMNS = ("source", "target", "variants", "forbidden", "case", "keep", "note")
#: Further columns of candidates: why they may be terms. They are read past, so that lines can be copied as they are.
EVIDENCE = ("count", "share", "where")
_YES = frozenset(["yes", "true", "1", "x"])


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the book.

    Attributes:
        source: The term in the language of the book.
        target: Its translation.
        variants: Other translations that are right too.
        forbidden: Translations that are wrong.
        case: Whether upper and lower case must be as they are in `target`.
        keep: Whether the term stays as it is in the source.
        note: What translators should know.
        line: Its line in the file.
    """

    source: str
    target: str
    variants: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    case: bool = False
    keep: bool = False
    note: str = ""
    line: int = 0

    def accepted(self, text: str, *, negated: bool = False) -> bool:
        """Return whether a translation has the term, in one of its forms.

        Args:
            text: The translation.
            negated: Whether the term stands behind a negation, which English joins with it: `unstructured`.
        """
        if self.keep:
            return self.source in text
        forms = (form for form in (self.target, *self.variants) if form)
        return any(_pattern(form, case=self.case, negated=negated).search(text) for form in forms)

    def refused(self, text: str) -> re.Match[str] | None:
        """Return where a translation has a form that is forbidden, None if nowhere."""
        for form in self.forbidden:
            found = _pattern(form, case=self.case).search(text)
            if found:
                return found
        return None


class Glossary:
    """The terms of a book.

    Args:
        terms: The terms; of two with one source text the first counts.
    """

    def __init__(self, terms: Iterable[Term]) -> None:
        self.terms: dict[str, Term] = {}
        for term in terms:
            self.terms.setdefault(term.source, term)
        longest = sorted(self.terms, key=lambda source: (-len(source), source))
        self._found = re.compile("|".join(map(_source_pattern, longest)) or "(?!)")

    def find(self, text: str) -> Iterator[Term]:
        """Yield the terms of a source text: at each place the longest, each term once."""
        yield from self.places(text)

    def places(self, text: str) -> dict[Term, list[int]]:
        """Return the terms of a source text in their order, at each place the longest, with where each begins."""
        found: dict[Term, list[int]] = {}
        for match in self._found.finditer(text):
            found.setdefault(self.terms[match.group()], []).append(match.start())
        return found


def _source_pattern(source: str) -> str:
    """Match a term of Latin letters as a whole word; Chinese has no words to match."""
    start = r"(?<![A-Za-z0-9])" if source[:1].isascii() and source[:1].isalnum() else ""
    end = r"(?![A-Za-z0-9])" if source[-1:].isascii() and source[-1:].isalnum() else ""
    return start + re.escape(source) + end


# Chinese runs on without blanks: a term in it has no edges, and it is an edge for the Latin words in it.
_HAN = r"\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_EDGE = rf"[^\W_{_HAN}]"
_PATTERNS: dict[tuple[str, bool, bool], re.Pattern[str]] = {}


def _pattern(form: str, *, case: bool, negated: bool = False) -> re.Pattern[str]:
    """Match a translation with the inflections of English on each of its words, hyphens for blanks and the reverse."""
    known = _PATTERNS.get((form, case, negated))
    if known is None:
        words = [_inflected(word) for word in re.split(r"[\s-]+", form.strip()) if word]
        start = "" if re.match(f"[{_HAN}]", form.strip()) else f"(?<!{_EDGE})"
        start += "(?i:un|in|im|il|ir|non|dis|mis|anti)?" if negated else ""
        known = re.compile(start + r"[\s\u00a0-]+".join(words), 0 if case else re.IGNORECASE)
        _PATTERNS[form, case, negated] = known
    return known


def _inflected(word: str) -> str:
    if not word.isascii() or not word[-1:].isalpha():
        return re.escape(word)
    stem = word
    if word.endswith("e") and len(word) > 3:
        stem = word[:-1]
    elif word.endswith("y") and len(word) > 3:
        stem = word[:-1]
        return re.escape(stem) + rf"(?:y|ies|ied|ying)(?!{_EDGE})"
    last = re.escape(word[-1])
    return re.escape(stem) + rf"(?:e?s|e?d|e?r|ing|{last}ed|{last}ing|{last}er|e|er's|'s|s')?(?!{_EDGE})"


def read(text: str, path: str) -> Glossary:
    """Return the glossary that a CSV file holds.

    The first line names the columns: `source` and `target`, and if there are such `variants` and `forbidden`
    (several parted by `|`), `case` and `keep` (`yes` or nothing) and `note`. An apostrophe in front of what a
    spreadsheet program would take for a formula, a number or a date is taken off.

    Raises:
        BilingualError: With everything that cannot be understood.
    """
    problems: list[Diagnostic] = []
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        head = [each.strip().lower() for each in next(rows, [])]
        terms = _terms(head, rows, path, problems)
    except csv.Error as error:
        problems.append(Diagnostic("glossary-syntax", f"this is no CSV: {error}", Place(path, rows.line_num)))
        terms = []
    if problems:
        raise BilingualError(*problems)
    return Glossary(terms)


def _terms(head: list[str], rows: Iterator[list[str]], path: str, problems: list[Diagnostic]) -> list[Term]:
    missing = [name for name in COLUMNS[:2] if name not in head]
    unknown = [name for name in head if name not in (*COLUMNS, *EVIDENCE)]
    if missing or unknown:
        message = f"there is no column {missing[0]!r}" if missing else f"a column {unknown[0]!r} has no meaning"
        hint = f"the first line names the columns: {', '.join(COLUMNS)}"
        problems.append(Diagnostic("glossary-syntax", message, Place(path, 1), hint=hint))
        return []
    terms = []
    for number, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row):
            continue
        cells = dict(zip(head, (unguarded(cell.strip()) or "" for cell in row), strict=False))
        keep = cells.get("keep", "").lower() in _YES
        if not cells.get("source") or not (cells.get("target") or keep):
            message = "this term has no source" if not cells.get("source") else "this term has no translation"
            hint = "fill the column, or write yes into keep"
            problems.append(Diagnostic("glossary-term", message, Place(path, number), hint=hint))
            continue
        terms.append(
            Term(
                cells["source"],
                cells.get("target", ""),
                _several(cells.get("variants", "")),
                _several(cells.get("forbidden", "")),
                cells.get("case", "").lower() in _YES,
                keep,
                cells.get("note", ""),
                number,
            )
        )
    return terms


def _several(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split("|") if part.strip())


def extended(text: str, terms: Iterable[Term], path: str) -> str:
    """Return the text of a glossary with further terms at its end; what is there stays as it is.

    Only if a column is missing that the new terms need, the whole is written anew.

    Args:
        text: The glossary as it is; empty if there is none.
        terms: The terms to add.
        path: Where the text is from, for diagnostics.

    Raises:
        BilingualError: If the text cannot be understood.
    """
    new = [_cells(term) for term in terms]
    head = _head(text)
    if any(cell and name not in head for cells in new for name, cell in cells.items()):
        new = [*(_cells(term) for term in (read(text, path).terms.values() if head else ())), *new]
        text, head = "", list(COLUMNS)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n" if "\r\n" in text else "\n")
    if not text:
        writer.writerow(head)
    elif not text.endswith("\n"):
        writer.writerow(())
    writer.writerows([cells.get(name, "") for name in head] for cells in new)
    return text + out.getvalue()


def candidates(terms: Iterable[tuple[Term, tuple[str, ...]]], text: str = "") -> str:
    """Return terms as a table that can be edited and copied into a glossary, each with its `EVIDENCE`.

    Args:
        terms: The terms, each with a cell for each column of evidence.
        text: The glossary of the book, whose columns go first, in their order.
    """
    known = [name for name in _head(text) if name in COLUMNS]
    head = [*dict.fromkeys((*known, *COLUMNS)), *EVIDENCE]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    for term, evidence in terms:
        cells = _cells(term) | dict(zip(EVIDENCE, evidence, strict=True))
        writer.writerow([cells[name] for name in head])
    return out.getvalue()


def _head(text: str) -> list[str]:
    """Return the names of the columns of a glossary."""
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    return [each.strip().lower() for each in next(rows, [])]


def _cells(term: Term) -> dict[str, str]:
    """Return what stands in each column of a term, so that no program takes it for a formula or a number."""
    cells = {
        "source": term.source,
        "target": term.target,
        "variants": "|".join(term.variants),
        "forbidden": "|".join(term.forbidden),
        "case": "yes" if term.case else "",
        "keep": "yes" if term.keep else "",
        "note": term.note,
    }
    return {name: guarded(text) if text else "" for name, text in cells.items()}
