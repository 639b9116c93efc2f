"""Rows: every block of both sides in exactly one, permalinks that last, states that are told."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilingual.align import pair
from bilingual.catalog import Entry, State
from bilingual.edition import rows
from bilingual.markdown.dialect import PRESETS, dialect
from bilingual.markdown.document import BlockKind, grains
from bilingual.markdown.parse import parse
from bilingual.merge import prove
from bilingual.unit import Unit
from invariants import pseudo, translated
from strategies import ANY, BOOKS
from support import ROOT, shared

if TYPE_CHECKING:
    from bilingual.edition import Row
    from bilingual.markdown.dialect import Dialect
    from bilingual.markdown.document import Block, Document

_EXAMPLE = re.compile(r"^`{32} example\n(.*?)^\.\n(.*?)^`{32}$", re.MULTILINE | re.DOTALL)


def edition_of(text: str, chosen: Dialect) -> tuple[Document, Document, tuple[Row, ...]]:
    source = parse(text, dialect=chosen)
    units, merged = translated(source, chosen, pseudo)
    states = [State.TRANSLATED] * len(units)
    return source, merged.document, rows(pair(source, merged.document, units, states, merged.put_back))


def leaves(document: Document) -> list[Block]:
    return [leaf for block in document.blocks for leaf in block.leaves()]


def hold(text: str, chosen: Dialect) -> int:
    """I7: every block of both sides in exactly one row, in order; every segment too; no two permalinks alike."""
    source, target, made = edition_of(text, chosen)
    for document, blocks in (
        (source, [block for row in made for block in row.bead.source]),
        (target, [block for row in made for block in row.bead.target]),
    ):
        assert [id(block) for block in blocks] == [id(block) for block in grains(document.blocks)]
        assert {id(leaf) for leaf in leaves(document)} <= {id(block) for block in blocks}
        assert [segment for block in blocks for segment in block.segments] == list(document.segments)
    assert [unit.segment for row in made for unit in row.bead.units] == list(source.segments)
    assert len({row.id for row in made}) == len(made)
    return len(made)


@cache
def d2l() -> dict[str, str]:
    folder = shared() / "corpora" / "d2l-zh"
    return {path.name: path.read_bytes().decode() for path in sorted(folder.rglob("*.md"))}


def test_every_block_of_a_real_book_is_in_one_row() -> None:
    assert sum(hold(text, dialect()) for text in d2l().values()) > 8_000


@pytest.mark.parametrize("preset", PRESETS)
def test_every_block_of_the_specification_is_in_one_row(preset: str) -> None:
    text = (shared() / "corpora" / "commonmark" / "spec.txt").read_bytes().decode()
    examples = [match.group(1).replace("→", "\t") for match in _EXAMPLE.finditer(text)]
    assert sum(hold(example, dialect(preset)) for example in examples) > 900


@given(st.one_of(BOOKS, ANY))
def test_every_block_of_any_text_is_in_one_row(text: str) -> None:
    hold(text, dialect("myst"))


def test_the_sample_book_has_rows_of_every_common_kind() -> None:
    text = (ROOT / "content/zh/preface.md").read_bytes().decode()
    _, _, made = edition_of(text, dialect())
    kinds = {row.bead.source[0].kind for row in made}
    assert {BlockKind.CODE, BlockKind.MATH, BlockKind.DIAGRAM, BlockKind.TABLE, BlockKind.HTML} < kinds


def ids(text: str) -> dict[str, str]:
    """Permalinks by the text of the row."""
    return {row.bead.source[0].segments[0].text: row.id for row in edition_of(text, dialect())[2] if row.bead.units}


def test_permalinks_last_when_other_things_change() -> None:
    before = ids("# 标题\n\n第一段。\n\n- 项目一\n- 项目二\n")
    after = ids("新的开头。\n\n# 标题\n\n第一段。\n\n> 引文\n\n- 项目零\n- 项目一\n  * 更深\n- 项目二\n")
    assert {text: after[text] for text in before} == before


def test_permalinks_last_when_lines_are_wrapped_or_quoted() -> None:
    before = ids("中文段落，\n第二行。\n")
    assert ids("中文段落，第二行。\n") == before
    assert ids("> 中文段落，\n> 第二行。\n") == before


def test_equal_blocks_have_permalinks_of_their_own() -> None:
    _, _, made = edition_of("相同。\n\n相同。\n\n相同。\n", dialect())
    first = [row.id for row in made]
    assert len(set(first)) == 3
    _, _, fewer = edition_of("相同。\n\n相同。\n", dialect())
    assert [row.id for row in fewer] == first[:2]


def test_a_row_says_the_least_of_its_states() -> None:
    text = "| 甲 | 乙 |\n|---|---|\n| 丙 | 1 |\n\n段落。\n"
    source = parse(text, dialect=dialect())
    texts = {"甲": "A", "乙": "B", "丙": "", "段落。": "A paragraph."}
    units = [Unit(segment, Entry(segment.text, texts.get(segment.text, ""))) for segment in source.segments]
    states = [unit.state if unit.segment.text in texts else None for unit in units]
    merged = prove(source, units, dialect())
    table, paragraph = rows(pair(source, merged.document, units, states, merged.put_back))
    assert (table.bead.state, table.bead.untranslated) == (State.MISSING, False)
    assert (paragraph.bead.state, paragraph.bead.untranslated) == (State.TRANSLATED, False)


def test_a_translation_that_was_put_back_is_none() -> None:
    source = parse("段落。\n", dialect=dialect())
    units = [Unit(source.segments[0], Entry("段落。", "# heading"))]
    merged = prove(source, units, dialect())
    (row,) = rows(pair(source, merged.document, units, [units[0].state], merged.put_back))
    assert (row.bead.state, row.bead.untranslated, row.bead.put_back) == (State.MISSING, True, True)
