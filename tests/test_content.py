"""What a block says: nodes of inline text, the same on the short way and by the parser."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilingual.markdown import content
from bilingual.markdown.content import NodeKind, nodes, plain_text
from bilingual.markdown.dialect import Dialect, dialect
from bilingual.markdown.parse import parse
from support import shared

PIECES = st.sampled_from(
    [
        *(
            "中文，",
            "word ",
            "`a b`",
            "` x `",
            "`` y``",
            "$x_1$",
            "$ x$",
            "$",
            "$$",
            "`",
            "5",
            "$a\\$b$",
            "\\",
            ":",
            "w",
        ),
        *("：", "! ", "![", "a:b", "http://x.y", "$x$5", "^", "{", " ", "  ", "`$`", "$`$", "http:", "w$y$w", "。"),
        *(
            "www.a.com",
            "**",
            "*",
            "[a](b)",
            "[甲 `b`](https://x.org/y/z#w)",
            "[文](../a.md#b)",
            "[",
            "]",
            "](",
            "(b)",
            "*斜*",
            "**粗**",
            "**`c` 粗**",
            ":ref:",
            "[^1]",
            "^[c]",
            "<b>",
            "&amp;",
            "a@b.com",
            "~~",
            ":ref:`x`",
            "mailto:a@b.com",
        ),
    ],
)


def by_the_parser(text: str, chosen: Dialect) -> tuple[content.Node, ...]:
    env: dict[str, object] = {"references": {}}
    return content._tree(content._parser(chosen).inline.parse(text, content._parser(chosen), env, []), env, keep=False)


@given(st.lists(PIECES, max_size=8).map("".join).map(str.strip))
def test_the_short_way_leads_where_the_parser_leads(text: str) -> None:
    for chosen in (dialect(), dialect("commonmark"), dialect("myst", {"math": {"single": False}})):
        assert nodes(text, chosen) == by_the_parser(text, chosen)


@cache
def texts() -> list[str]:
    folder = shared() / "corpora" / "d2l-zh"
    documents = [parse(path.read_text("utf-8")) for path in sorted(folder.rglob("*.md"))]
    return [segment.text for document in documents for segment in document.segments]


def test_both_ways_agree_on_a_real_book() -> None:
    chosen = dialect()
    simple, _ = content._simple_patterns(brackets=True)
    short = 0
    for text in texts():
        if "\n" not in text:
            short += bool(content._MARKUP.search(text) and simple.fullmatch(text))
            assert nodes(text, chosen) == by_the_parser(text, chosen)
    assert short > 5_000


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("**重点：**后文", ["strong", "text"]),
        ("a `b` $c$", ["text", "code", "text", "math"]),
        ("价格 $5 和 $10 元", ["text"]),
        ("$$x$$", ["display formula"]),
        ("$d$ 等于 64", ["math", "text"]),
        ("[文](a.md) ![图](b.png)", ["link", "text", "image"]),
        ("注[^1]，^[就地]", ["text", "footnote reference", "text", "footnote in place"]),
        ("<b>粗</b>", ["html", "text", "html"]),
        (":numref:`fig_x`", ["role"]),
    ],
)
def test_nodes_are_what_readers_see(text: str, kinds: list[str]) -> None:
    assert [node.kind for node in nodes(text, dialect())] == [NodeKind(kind) for kind in kinds]


def test_a_soft_line_break_between_wide_characters_is_nothing() -> None:
    (block,) = parse("中文\n后文 and\nwords\n").blocks
    (piece,) = content.pieces(block, dialect(), {})
    assert isinstance(piece, content.Run)
    assert plain_text(piece.nodes) == "中文后文 and words"


def test_a_label_below_a_table_is_no_row_of_it() -> None:
    (block,) = parse("| 甲 | 乙 |\n|---|---|\n| 丙 | 丁 |\n:label:`tab_x`\n").blocks
    made = content.table(block, dialect(), {})
    assert (len(made.body), made.labels) == (1, ("tab_x",))
