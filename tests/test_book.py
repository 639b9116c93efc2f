"""The book that comes with the project: its programs run and print what it says, nothing in it is missing or broken."""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from functools import cache
from io import StringIO
from itertools import pairwise
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

from bilingual.config import load
from bilingual.diagram import draw
from bilingual.formula import formula
from bilingual.language import has_han
from bilingual.links import anchors, sites
from bilingual.markdown.document import Block, BlockKind, Document
from bilingual.markdown.inline import Inline
from bilingual.markdown.parse import parse
from bilingual.project.checking import check
from bilingual.project.extraction import extract
from bilingual.project.merging import merge
from bilingual.project.survey import status
from support import ROOT

CONFIG = load(ROOT / "bilingual.toml")
SOURCE, TARGET = ROOT / "content/zh", ROOT / "content/en"
NUMBERS = range(1, 14)
CHAPTERS = [f"ch{number:02}.md" for number in NUMBERS]
TEXTS = ["preface.md", *CHAPTERS]
PLACES = [f"{lang}/{name}" for lang in ("zh", "en") for name in TEXTS]
FIGURES = sorted(path.name for path in (SOURCE / "figures").glob("*.svg") if not path.name.endswith(".en.svg"))

_DOLLARS = re.compile(r"\s*(\${1,2})(.+?)\1\s*", re.DOTALL)
_HAN = re.compile(r"[\u4e00-\u9fff]")


@cache
def document(place: str) -> Document:
    path = ROOT / "content" / place
    return parse(path.read_text("utf-8"), path=place, dialect=CONFIG.dialect)


def leaves(place: str) -> list[Block]:
    return [leaf for block in document(place).blocks for leaf in block.leaves()]


def every(blocks: tuple[Block, ...]) -> list[Block]:
    return [each for block in blocks for each in (block, *every(block.children))]


def prose(place: str) -> str:
    """The text without its code and diagrams."""
    text = document(place).text
    for leaf in reversed(leaves(place)):
        if leaf.kind in (BlockKind.CODE, BlockKind.DIAGRAM):
            text = text[: leaf.span.start] + text[leaf.span.end :]
    return text


def section(place: str, title: str) -> Block:
    """The list that follows a heading."""
    blocks = document(place).blocks
    (found,) = [
        after
        for before, after in pairwise(blocks)
        if before.kind is BlockKind.HEADING and before.span.of(document(place).text).strip() == f"## {title}"
    ]
    assert found.kind is BlockKind.LIST
    return found


@pytest.mark.parametrize("place", PLACES)
def test_programs_print_what_the_book_says(place: str) -> None:
    """A program goes on from those before it; what it prints is the block after it, or stands in its own comments."""
    blocks = leaves(place)
    names: dict[str, object] = {"__name__": place}
    ran = 0
    for block, after in pairwise([*blocks, blocks[0]]):
        if block.language != "python":
            continue
        program = block.tokens[0].content
        printed = StringIO()
        with redirect_stdout(printed):
            exec(compile(program, place, "exec"), names)  # noqa: S102 - the programs are what is tested
        if after.language == "text":
            assert printed.getvalue() == after.tokens[0].content
        else:
            assert all(f"# {line}" in program for line in printed.getvalue().splitlines())
        ran += 1
    assert ran > 0


@pytest.mark.parametrize("number", NUMBERS)
def test_a_chapter_has_all_that_it_should(number: int) -> None:
    place = f"zh/ch{number:02}.md"
    found = document(place)
    title = next(block for block in found.blocks if block.kind is BlockKind.HEADING).span.of(found.text).strip()
    assert re.fullmatch(rf"# 第 {number} 章 \S.*", title)
    assert found.text.startswith(f"---\ntitle: {title[2:]}\ndescription: ")
    assert 1_500 <= len(_HAN.findall(prose(place))) <= 3_000
    blocks = every(found.blocks)
    kinds = {block.kind for block in blocks}
    assert {BlockKind.CODE, BlockKind.MATH, BlockKind.TABLE, BlockKind.DIAGRAM, BlockKind.FOOTNOTE} <= kinds
    assert any(re.fullmatch(r"figures/[\w-]+\.svg", site.destination) for site in sites(found, CONFIG.dialect))
    assert any(site.destination.startswith(("ch", "preface")) for site in sites(found, CONFIG.dialect))
    assert 3 <= len(section(place, "练习").children) <= 5
    for item in section(place, "参考文献").children:
        entry = item.span.of(found.text)
        assert re.search(r"[(（](?:19|20)\d\d[a-z]?[)）]", entry), "a reference names its year"


@pytest.mark.parametrize("place", PLACES)
def test_diagrams_and_formulas_can_be_shown(place: str) -> None:
    diagrams = [block for block in leaves(place) if block.kind is BlockKind.DIAGRAM]
    assert all(draw(block.tokens[0].content) for block in diagrams)
    found = document(place)
    formulas = [block.span.of(found.text) for block in leaves(place) if block.kind is BlockKind.MATH]
    for segment in found.segments:
        formulas += [atom.content for atom in Inline(segment.text, CONFIG.dialect).atoms() if atom.kind == "math"]
    assert formulas
    for source in formulas:
        match = _DOLLARS.fullmatch(source)
        assert match, source
        assert formula(match[2], display=match[1] == "$$"), source


@pytest.mark.parametrize("place", PLACES)
def test_every_relative_link_leads_somewhere(place: str) -> None:
    for site in sites(document(place), CONFIG.dialect):
        path, _, fragment = unquote(site.destination).partition("#")
        target = (ROOT / "content" / place).parent / path if path else ROOT / "content" / place
        assert target.is_file(), site.destination
        if fragment:
            other = document(target.relative_to(ROOT / "content").as_posix())
            assert fragment in anchors(other, CONFIG.dialect), site.destination


@pytest.mark.parametrize("place", PLACES)
def test_every_footnote_is_called(place: str) -> None:
    text = prose(place)
    called, defined = (set(re.findall(rf"\[\^([\w-]+)\]{end}", text)) for end in ("(?!:)", ":"))
    assert called == defined != set()


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_has_labels_in_both_languages(name: str) -> None:
    shown = [site.destination for text in TEXTS for site in sites(document(f"zh/{text}"), CONFIG.dialect)]
    assert f"figures/{name}" in shown
    ours, theirs = (
        ET.fromstring((SOURCE / "figures" / each).read_text("utf-8"))  # noqa: S314 - it is our own file
        for each in (name, name.replace(".svg", ".en.svg"))
    )
    assert (ours.get("viewBox"), ours.get("width")) == (theirs.get("viewBox"), theirs.get("width"))
    assert has_han("".join(ours.itertext()))
    assert not has_han("".join(theirs.itertext()))


@pytest.mark.parametrize("name", TEXTS)
def test_code_and_diagrams_are_translated_too(name: str) -> None:
    def shown(place: str) -> list[str]:
        return [block.tokens[0].content for block in leaves(place) if block.kind in (BlockKind.CODE, BlockKind.DIAGRAM)]

    ours, theirs = shown(f"zh/{name}"), shown(f"en/{name}")
    assert len(ours) == len(theirs)
    assert any(map(has_han, ours))
    assert not any(map(has_han, theirs))


def test_the_parts_name_every_chapter_once() -> None:
    parts = [list(part.chapters) for part in CONFIG.book.parts]
    assert [*CONFIG.book.chapters, *(name for part in parts for name in part)] == TEXTS
    assert [len(part) for part in parts] == [3, 4, 3, 3]
    assert sorted(path.name for path in SOURCE.glob("*.md")) == sorted(TEXTS)


def test_the_book_is_translated_and_nothing_is_found_in_it() -> None:
    found, problems = status(CONFIG)
    assert problems == ()
    assert {each.path for each in found["en"]} == {f"content/zh/{name}" for name in TEXTS}
    assert [each.path for each in found["en"] if each.tally.percent < 100 or each.changed] == []
    assert check(CONFIG).diagnostics == ()


def test_catalogs_and_translation_are_fresh() -> None:
    extracted = extract(CONFIG, check=True)
    assert (extracted.files, extracted.diagnostics) == ((), ())
    merged = merge(CONFIG, check=True)
    assert (merged.files, merged.removed, merged.conflicts, merged.diagnostics) == ((), (), (), ())
    assert merged.put_back == {"en": 0}
