"""The short cut for lines of letters: the blocks are those that the parser finds without it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given

from bilingual.markdown.dialect import PRESETS, Dialect, block_parser, dialect, new_parser
from bilingual.markdown.prose import shorten
from strategies import ANY, BOOKS
from support import shared


def blocks(text: str, chosen: Dialect, *, short: bool) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The block tokens of a text, and the definitions in it."""
    md = block_parser(chosen) if short else new_parser(chosen)
    env: dict[str, Any] = {}
    found = md.block.parse(text, md, env, [])
    return [dict(token.as_dict()) for token in found or ()], env


@given(ANY)
@example("词\n: 定义\n\n词\n\n: 定义")
@example("表 | 头\n--|--\n甲 | 乙\n丙\n===\n丁\n- 戊\n")
@example("- 甲\n乙\n# 丙\n  丁\n    戊\n\n己\n---\n")
@example("> 甲\n乙\n\n1. a\n   b\n2. c\n```\nd\n")
def test_any_text_has_the_same_blocks(text: str) -> None:
    for preset in PRESETS:
        chosen = dialect(preset)
        assert blocks(text, chosen, short=True) == blocks(text, chosen, short=False)


@given(BOOKS)
def test_books_have_the_same_blocks(text: str) -> None:
    chosen = dialect("mkdocs")
    assert blocks(text, chosen, short=True) == blocks(text, chosen, short=False)


def test_a_real_book_has_the_same_blocks() -> None:
    chosen = dialect()
    paths = sorted((shared() / "corpora/d2l-zh").rglob("*.md"))
    assert len(paths) > 100
    for path in paths:
        text = path.read_text("utf-8")
        assert blocks(text, chosen, short=True) == blocks(text, chosen, short=False), path.name


@pytest.mark.parametrize("preset", PRESETS)
def test_every_dialect_takes_the_short_cut(preset: str) -> None:
    assert "prose" in block_parser(dialect(preset)).block.ruler.get_active_rules()


def test_a_rule_from_outside_is_asked_about_every_line() -> None:
    chosen = dialect("github")
    md = new_parser(chosen)
    md.block.ruler.before("paragraph", "shout", lambda *_: False)

    shorten(md)
    assert "prose" not in md.block.ruler.get_active_rules()
