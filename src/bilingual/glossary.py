"""Glossaries: the terms of a book with their translations, from a CSV file; nothing here looks for new terms."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bilingual.diagnostics import BilingualError, Diagnostic, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: The columns of a glossary; all but the first two may be missing.
COLUMNS = ("source", "target", "variants", "forbidden", "case", "keep", "note")
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

    def accepted(self, text: str) -> bool:
        """Return whether a translation has the term, in one of its forms."""
        if self.keep:
            return self.source in text
        return any(_pattern(form, case=self.case).search(text) for form in (self.target, *self.variants) if form)

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
        seen = set()
        for match in self._found.finditer(text):
            if match.group() not in seen:
                seen.add(match.group())
                yield self.terms[match.group()]


def _source_pattern(source: str) -> str:
    """Match a term of Latin letters as a whole word; Chinese has no words to match."""
    start = r"(?<![A-Za-z0-9])" if source[:1].isascii() and source[:1].isalnum() else ""
    end = r"(?![A-Za-z0-9])" if source[-1:].isascii() and source[-1:].isalnum() else ""
    return start + re.escape(source) + end


_PATTERNS: dict[tuple[str, bool], re.Pattern[str]] = {}


def _pattern(form: str, *, case: bool) -> re.Pattern[str]:
    """Match a translation with the inflections of English on each of its words, hyphens for blanks and the reverse."""
    known = _PATTERNS.get((form, case))
    if known is None:
        words = [_inflected(word) for word in re.split(r"[\s-]+", form.strip()) if word]
        known = re.compile(r"(?<![^\W_])" + r"[\s\u00a0-]+".join(words), 0 if case else re.IGNORECASE)
        _PATTERNS[form, case] = known
    return known


def _inflected(word: str) -> str:
    if not word.isascii() or not word[-1:].isalpha():
        return re.escape(word)
    stem = word
    if word.endswith("e") and len(word) > 3:
        stem = word[:-1]
    elif word.endswith("y") and len(word) > 3:
        stem = word[:-1]
        return re.escape(stem) + r"(?:y|ies|ied|ying)(?![^\W_])"
    last = re.escape(word[-1])
    return re.escape(stem) + rf"(?:e?s|e?d|e?r|ing|{last}ed|{last}ing|{last}er|e|er's|'s|s')?(?![^\W_])"


def read(text: str, path: str) -> Glossary:
    """Return the glossary that a CSV file holds.

    The first line names the columns: `source` and `target`, and if there are such `variants` and `forbidden`
    (several parted by `|`), `case` and `keep` (`yes` or nothing) and `note`.

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
    unknown = [name for name in head if name not in COLUMNS]
    if missing or unknown:
        message = f"there is no column {missing[0]!r}" if missing else f"a column {unknown[0]!r} has no meaning"
        hint = f"the first line names the columns: {', '.join(COLUMNS)}"
        problems.append(Diagnostic("glossary-syntax", message, Place(path, 1), hint=hint))
        return []
    terms = []
    for number, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row):
            continue
        cells = dict(zip(head, (cell.strip() for cell in row), strict=False))
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
