"""Emphasis beside Chinese, Japanese and Korean, by the CommonMark CJK-friendly amendments."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilingual.markdown.dialect import dialect, new_parser
from bilingual.markdown.inline import Inline
from test_corpora import examples

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

CASES = {
    "**重点：**后文": "<strong>重点：</strong>后文",
    "前文**“引用”**后文": "前文<strong>“引用”</strong>后文",
    "**文字（括号）**后文": "<strong>文字（括号）</strong>后文",
    "前文**（括号）文字**": "前文<strong>（括号）文字</strong>",
    "用**`code`**运行，*[链接](x)*也行": '用<strong><code>code</code></strong>运行，<em><a href="x">链接</a></em>也行',
    "约**$5**元，见**Fig.**和**.NET**": "约<strong>$5</strong>元，见<strong>Fig.</strong>和<strong>.NET</strong>",
    "这是*强调。*接着***都有！***完": "这是<em>强调。</em>接着<em><strong>都有！</strong></em>完",
    "旧的~~说法。~~改了": "旧的<s>说法。</s>改了",
    "これは**「太字」**です。": "これは<strong>「太字」</strong>です。",
    "**안녕(hello)**하세요": "<strong>안녕(hello)</strong>하세요",
    # An underscore inside a word opens nothing, in Chinese too, but beside punctuation it does.
    "前__中__后": "前__中__后",
    "是，__重点。__，对": "是，<strong>重点。</strong>，对",
    "__注意。__后文": "__注意。__后文",
    # Variants of Han characters, and wide quotes, are two characters each.
    "葛\U000e0100**(かずら)**城": "葛\U000e0100<strong>(かずら)</strong>城",
    "塚\ufe00**(x)**": "塚\ufe00<strong>(x)</strong>",
    "a**”\ufe01**b": "a**”\ufe01**b",
    "a**b”\ufe01**c": "a<strong>b”\ufe01</strong>c",
    # Emoji are wide and yet no Chinese.
    "a**😀**b": "a**😀**b",
    "a**㊗**b": "a<strong>㊗</strong>b",
    # What CommonMark reads as no emphasis beside Latin letters stays so.
    "a**“b”**c": "a**“b”**c",
    "文 ** 字 ** 文": "文 ** 字 ** 文",
}


@cache
def parser(*, on: bool) -> MarkdownIt:
    return new_parser(dialect("commonmark", {"cjk_emphasis": on, "strikethrough": True}))


@pytest.mark.parametrize("text", CASES)
def test_emphasis_beside_wide_characters(text: str) -> None:
    assert parser(on=True).render(text) == f"<p>{CASES[text]}</p>\n"


def test_every_example_of_the_specification_has_the_same_html() -> None:
    for example in examples():
        assert parser(on=True).render(example) == parser(on=False).render(example)


@given(
    st.text(
        st.sampled_from("**__~~ab1.()“”’…—é😀 \n\u00a0")
        | st.characters(max_codepoint=0x10FF, exclude_categories=["Cs"])
    )
)
def test_text_without_wide_characters_is_read_as_before(text: str) -> None:
    assert parser(on=True).render(text) == parser(on=False).render(text)


@given(st.text(st.sampled_from("**__~~文。“”（）a. \ufe00\ufe01\U000e0100")))
def test_no_character_is_lost(text: str) -> None:
    inline = Inline(text, dialect("github", {"cjk_emphasis": True}))
    shown = "".join(token.content or token.markup for token in inline.tokens)
    assert shown.replace("\n", "") == text.replace("\n", "")


def test_other_parsers_keep_the_rule_of_commonmark() -> None:
    assert "strong" in parser(on=True).render("**重点：**后文")
    assert "strong" not in parser(on=False).render("**重点：**后文")
