"""Checks of translations and sources: one a file, each a value; this file has what they share and runs them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bilingual.catalog import State, omission
from bilingual.diagnostics import Diagnostic, Place, Severity
from bilingual.markdown.content import references_of
from bilingual.markdown.dialect import Dialect, default_dialect
from bilingual.markdown.document import NO_MARKDOWN
from bilingual.markdown.inline import Inline, formulas
from bilingual.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from bilingual.glossary import Glossary
    from bilingual.language import Language
    from bilingual.markdown.document import Document, Segment
    from bilingual.markdown.inline import Atom
    from bilingual.unit import Unit

#: A text without any of these is one piece of prose.
_MARKUP = re.compile(r"[`$<\[\\*_]|~~|&#?\w+;|//|www\.|\S@\S")
_KEPT = re.compile(r"[^\n]")


class Side:
    """One side of a pair: a text with what is in it, found out when it is asked for.

    Attributes:
        text: The text.
        language: Its language.
        dialect: The dialect of its book.
        markup: Whether it is Markdown.
    """

    def __init__(
        self, text: str, language: Language, dialect: Dialect, references: Mapping[str, Any], *, markup: bool = True
    ) -> None:
        self.text = text
        self.language = language
        self.dialect = dialect
        self.references = references
        self.markup = markup and _MARKUP.search(text) is not None
        self._plain = not markup

    @cached_property
    def inline(self) -> Inline:
        """Its inline structure."""
        return Inline(self.text, self.dialect, self.references)

    @cached_property
    def atoms(self) -> tuple[Atom, ...]:
        """What a translator keeps; of a text that is no Markdown, its formulas."""
        if self._plain:
            return formulas(self.text)
        return self.inline.atoms() if self.markup else ()

    @cached_property
    def tokens(self) -> Sequence[Any]:
        """All inline tokens, those inside of images too."""
        return tuple(_flat(self.inline.tokens)) if self.markup else ()

    @cached_property
    def prose(self) -> str:
        """The text with a blank for each character of what a translator keeps: places in it are places in the text."""
        return self.covered(" ")

    def covered(self, cover: str) -> str:
        """Return the text with a character for each one of what a translator keeps."""
        parts = []
        position = 0
        for atom in self.atoms:
            parts.append(self.text[position : atom.span.start])
            parts.append(_KEPT.sub(cover, self.text[atom.span.start : atom.span.end]))
            position = atom.span.end
        return "".join(parts) + self.text[position:]

    def atoms_of(self, *kinds: str) -> Counter[str]:
        """Return the contents of the atoms of some kinds."""
        return Counter(atom.content for atom in self.atoms if atom.kind in kinds)

    def count(self, token: str) -> int:
        """Return how many tokens of a type there are."""
        return sum(each.type == token for each in self.tokens)


def _flat(tokens: Iterable[Any]) -> Iterator[Any]:
    for token in tokens:
        yield token
        if token.children:
            yield from _flat(token.children)


@dataclass(slots=True)
class Pair:
    """A translated unit of a chapter, as checks look at it."""

    unit: Unit
    source: Side
    target: Side
    document: Document

    @property
    def segment(self) -> Segment:
        """The segment of the source."""
        return self.unit.segment

    @property
    def into_latin(self) -> bool:
        """Whether it is translated from Han characters into Latin letters."""
        return self.source.language.han and self.target.language.latin

    @property
    def into_han(self) -> bool:
        """Whether it is translated from Latin letters into Han characters."""
        return self.source.language.latin and self.target.language.han

    def translated(self, msgstr: str) -> Pair:
        """Return the pair with another translation."""
        entry = self.unit.entry
        if entry is None or msgstr == self.target.text:
            return self
        ours = self.source
        unit = replace(self.unit, entry=replace(entry, msgstr=msgstr))
        markup = self.segment.kind not in NO_MARKDOWN
        target = Side(msgstr, self.target.language, ours.dialect, ours.references, markup=markup)
        return Pair(unit, ours, target, self.document)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found in a pair or a source.

    Attributes:
        code: The finding's code, one of the check's.
        message: What is wrong.
        hint: What to do.
        start: Where it begins in the msgstr (for a source, in the document); -1 if it is nowhere in particular.
        end: Where it ends.
        pair: The pair it is about, where a check looks at all at once.
    """

    code: str
    message: str
    hint: str = ""
    start: int = -1
    end: int = -1
    pair: Pair | None = None


@dataclass(frozen=True, slots=True)
class NoOptions:
    """The options of a check that has none."""


@dataclass(frozen=True, slots=True)
class Project:
    """What some checks need to know of the book: its dialect and glossary, and which files and anchors there are."""

    dialect: Dialect = field(default_factory=default_dialect)
    glossary: Glossary | None = None
    exists: Callable[[str, str], bool] = lambda _document, _path: True
    anchors: Callable[[str, str], frozenset[str] | None] = lambda _document, _path: None


@dataclass(frozen=True, slots=True)
class Check:
    """A check.

    Attributes:
        codes: The codes of its findings, each with how much it matters.
        pair: Looks at one pair; gets the options and the project too.
        book: Looks at all pairs of a target.
        source: Looks at a chapter of the source.
        fix: Returns the msgstr without what is certainly wrong in it.
        options: A frozen dataclass; its fields are the keys of the check's table.
    """

    codes: Mapping[str, Severity]
    pair: Callable[[Pair, Any, Project], Iterable[Finding]] | None = None
    book: Callable[[Sequence[Pair], Any, Project], Iterable[Finding]] | None = None
    source: Callable[[Document, Any, Project], Iterable[Finding]] | None = None
    fix: Callable[[Pair], str] | None = None
    options: type = NoOptions


CHECKS: Registry[Check] = Registry("bilingual.check", "CHECK", "bilingual.checks")


def codes() -> dict[str, str]:
    """Return the names of the checks by the codes of their findings."""
    return {code: name for name in CHECKS for code in CHECKS[name].codes}


def pairs(
    document: Document, units: Iterable[Unit], dialect: Dialect, source: Language, target: Language
) -> list[Pair]:
    """Return the pairs of a chapter that are translated, not fuzzy and not left out, each entry once."""
    references = references_of(document)
    found: dict[object, Pair] = {}
    for unit in units:
        entry = unit.entry
        if entry is None or unit.state < State.TRANSLATED or entry.key in found or omission(entry) is not None:
            continue
        markup = unit.segment.kind not in NO_MARKDOWN
        ours = Side(unit.segment.text, source, dialect, references, markup=markup)
        theirs = Side(entry.msgstr, target, dialect, references, markup=markup)
        found[entry.key] = Pair(unit, ours, theirs, document)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Selection:
    """Which findings are wanted.

    Attributes:
        select: Codes, or beginnings of codes, to look for; none means all.
        ignore: Codes, or beginnings of codes, not to report.
        options: The options of checks, by name.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)

    def __contains__(self, code: str) -> bool:
        """Return whether findings with this code are wanted."""
        if any(code.startswith(each) for each in self.ignore):
            return False
        return not self.select or any(code.startswith(each) for each in self.select)

    def checks(self) -> list[tuple[str, Check, object]]:
        """Return the checks that can find something that is wanted, with their options."""
        return [
            (name, CHECKS[name], self.options.get(name) or CHECKS[name].options())
            for name in CHECKS
            if any(code in self for code in CHECKS[name].codes)
        ]


_SUPPRESSION = re.compile(r"^bilingual: ignore=([\w,\s-]+)$", re.MULTILINE)


def suppressed(comment: str) -> set[str]:
    """Return the codes that a translator's comment says to ignore: `bilingual: ignore=math-changed, han-left`."""
    return {
        code.strip() for match in _SUPPRESSION.finditer(comment) for code in match.group(1).split(",") if code.strip()
    }


def in_pairs(pairs: Iterable[Pair], selection: Selection, project: Project) -> list[tuple[int, Finding]]:
    """Return what the checks of single pairs find, each with the index of its pair."""
    checks = [(check.pair, options) for _, check, options in selection.checks() if check.pair is not None]
    return [
        (index, found)
        for index, pair in enumerate(pairs)
        for look, options in checks
        for found in look(pair, options, project)
        if found.code in selection
    ]


def in_book(pairs: Sequence[Pair], selection: Selection, project: Project) -> list[tuple[int, Finding]]:
    """Return what the checks of all pairs of a target find, each with the index of its pair."""
    places = {id(pair): index for index, pair in enumerate(pairs)}
    return [
        (places[id(found.pair)], found)
        for _, check, options in selection.checks()
        if check.book is not None
        for found in check.book(pairs, options, project)
        if found.code in selection
    ]


def report(
    pairs: Sequence[Pair], findings: Iterable[tuple[int, Finding]], selection: Selection
) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each finding that its entry does not suppress, and for suppressions of nothing."""
    severities = {code: severity for name in CHECKS for code, severity in CHECKS[name].codes.items()}
    used: set[tuple[int, str]] = set()
    for index, found in findings:
        entry = pairs[index].unit.entry
        if entry is not None and entry.comment and found.code in suppressed(entry.comment):
            used.add((index, found.code))
        else:
            yield _diagnostic(pairs[index], found, severities[found.code])
    for index, pair in enumerate(pairs):
        entry = pair.unit.entry
        for code in sorted(suppressed(entry.comment)) if entry is not None and "ignore=" in entry.comment else ():
            if code not in severities:
                message = f"there is no check {code!r} to ignore"
            elif code in selection and (index, code) not in used:
                message = f"this entry need not ignore {code!r}"
            else:
                continue
            unused = Finding("unused-suppression", message, "take it out of the comment")
            yield _diagnostic(pair, unused, Severity.INFO)


def in_source(document: Document, selection: Selection, project: Project) -> Iterator[Diagnostic]:
    """Yield what the checks find in a chapter itself."""
    for _, check, options in selection.checks():
        for found in check.source(document, options, project) if check.source is not None else ():
            if found.code in selection:
                yield _in_source(document, found, check.codes[found.code])


def _diagnostic(pair: Pair, finding: Finding, severity: Severity) -> Diagnostic:
    entry = pair.unit.entry
    line, mark = _excerpt(entry.msgstr if entry is not None else "", finding)
    source = Place(pair.document.path, pair.segment.line)
    place = Place(pair.unit.path, entry.line if entry is not None else None)
    return Diagnostic(finding.code, finding.message, place, severity, line, mark, finding.hint, (("source", source),))


def _in_source(document: Document, finding: Finding, severity: Severity) -> Diagnostic:
    line, mark = _excerpt(document.text, finding, "\r")
    place = Place(document.path, document.text.count("\n", 0, max(finding.start, 0)) + 1)
    return Diagnostic(finding.code, finding.message, place, severity, line, mark, finding.hint)


def _excerpt(text: str, finding: Finding, end: str = "") -> tuple[str, tuple[int, int] | None]:
    """Return the line that a finding begins on, without `end` at its end, and the range that it is about."""
    start = max(finding.start, 0)
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", start)
    line = text[first : last if last >= 0 else len(text)].removesuffix(end)
    marked = finding.end > finding.start >= 0
    return line, (start - first, min(finding.end - first, len(line))) if marked else None


def differences(ours: Counter[str], theirs: Counter[str]) -> tuple[list[str], list[str]]:
    """Return what the source has and the translation lacks, and what the translation has of its own."""
    return sorted((ours - theirs).elements()), sorted((theirs - ours).elements())


def find(text: str, part: str) -> tuple[int, int]:
    """Return where a part stands in a text: (-1, -1) if it does not."""
    start = text.find(part)
    return (start, start + len(part)) if start >= 0 else (-1, -1)
