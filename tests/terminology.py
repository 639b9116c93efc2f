"""Books with known terms: Dive into Deep Learning with its table of terms, and the sample book with its glossary."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from bilingual.config import load
from bilingual.glossary import read
from bilingual.markdown.dialect import dialect
from bilingual.markdown.document import Kind
from bilingual.markdown.inline import prose
from bilingual.markdown.parse import parse
from bilingual.project.terminology import passages_of
from bilingual.terms import Passage
from support import ROOT, shared

if TYPE_CHECKING:
    from bilingual.markdown.document import Document, Segment
    from bilingual.terms import Candidate

_HAN = re.compile("[\u4e00-\u9fff]")


@cache
def deep_learning() -> tuple[list[Passage], dict[str, str]]:
    """The Chinese book, with the original of sections that have the same shape in both, and its table of terms."""
    root = shared() / "corpora/d2l-zh"
    passages = []
    for path in sorted(root.glob("chapter_*/*.md")):
        if path.stem.endswith("_origin"):
            continue
        document = _parsed(path.read_text("utf-8"))
        original = path.with_name(f"{path.stem}_origin.md")
        translated = _paired(document, _parsed(original.read_text("utf-8"))) if original.exists() else {}
        name = path.relative_to(root).as_posix()
        for segment in document.segments:
            if _HAN.search(segment.text):
                theirs = translated.get(segment.line)
                target = _prose(theirs.text) if theirs is not None else ""
                passages.append(Passage(_prose(segment.text), target, name, segment.line, segment.kind is Kind.HEADING))
    table = {}
    for line in (root / "TERMINOLOGY.md").read_text("utf-8").splitlines():
        term, comma, translation = line.strip().partition("，")
        if comma:
            # What stands in parentheses is an abbreviation, or a word that may be left out.
            table.update({each.strip(): re.sub(r" *\(.*?\)", "", translation) for each in term.split("/")})
    return passages, table


def _parsed(text: str) -> Document:
    return parse(text, dialect=dialect("myst"))


def _prose(text: str) -> str:
    return prose(text, dialect("myst"))


def _paired(ours: Document, theirs: Document) -> dict[int, Segment]:
    """The segments of the other document, by the lines of their counterparts, in sections that have the same kinds."""
    one, other = _sections(ours), _sections(theirs)
    if len(one) != len(other):
        return {}
    return {
        mine.line: segment
        for section, counterpart in zip(one, other, strict=True)
        if [each.kind for each in section] == [each.kind for each in counterpart]
        for mine, segment in zip(section, counterpart, strict=True)
    }


def _sections(document: Document) -> list[list[Segment]]:
    sections: list[list[Segment]] = [[]]
    for segment in document.segments:
        if segment.kind is Kind.HEADING:
            sections.append([])
        sections[-1].append(segment)
    return sections


@cache
def sample() -> tuple[list[Passage], dict[str, str]]:
    """The sample book with its English translation, and its glossary."""
    config = load(ROOT / "bilingual.toml")
    terms = read((ROOT / "glossary.csv").read_text("utf-8"), "glossary.csv").terms
    passages, problems = passages_of(config, "en")
    assert not problems
    return passages, {term.source: term.target or term.source for term in terms.values()}


def reversed_sides(passages: list[Passage], table: dict[str, str]) -> tuple[list[Passage], dict[str, str]]:
    """The same book as if it were written in the other language."""
    turned = [Passage(each.target, each.source, each.path, each.line, each.heading) for each in passages if each.target]
    return turned, {target: source for source, target in table.items()}


def found(candidates: tuple[Candidate, ...], table: dict[str, str]) -> list[Candidate]:
    """The candidates that are in a table of terms, however they are spelled."""
    known = {_spelling(term) for term in table}
    return [each for each in candidates if _spelling(each.source) in known]


def rightly(candidates: list[Candidate], table: dict[str, str]) -> list[Candidate]:
    """The candidates whose first translation is that of the table, in any number and case, or short for it."""
    wanted = {_spelling(term): _spelling(target) for term, target in table.items()}
    return [
        each
        for each in candidates
        if each.keep
        or any(wanted[_spelling(each.source)] in (_spelling(best.text), best.short) for best in each.proposals[:1])
    ]


def _spelling(term: str) -> str:
    return re.sub(r"s\b", "", re.sub(r"[\s-]+", "", term.lower()))
