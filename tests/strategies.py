"""Hypothesis strategies: documents that hold every kind of segment, and any text at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = st.sampled_from(
    [
        "模型",
        "注意力",
        "训练，",
        "推理。",
        "“引用”",
        "《书名》",
        "Transformer",
        "token",
        "是",
        "$x_1$",
        "$\\frac{a}{b}$",
        "`int32`",
        "`多 词`",
        "**粗体**",
        "**重点：**",
        "*斜体*",
        '[链接](a.md#锚 "题")',
        "![图](f.png)",
        "<b>标签</b>",
        "<https://x.org>",
        "[^1]",
        ":numref:`sec_x`",
        "\\*",
        "&amp;",
        "3.5%",
        "——",
        "…",
        "한국어",
        "emoji 🎉",
        "\u3000",
    ],
)
TEXT = st.lists(WORDS, min_size=1, max_size=6).map("".join)
SPACED = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)
LINE = st.one_of(TEXT, SPACED)
BREAKS = st.sampled_from(["\n", "\n", "\n", "  \n", "\\\n", "\n  ", "   \n"])


@st.composite
def paragraphs(draw: Callable[..., object]) -> str:
    lines = draw(st.lists(LINE, min_size=1, max_size=4))
    assert isinstance(lines, list)
    text = str(lines[0])
    for line in lines[1:]:
        text += f"{draw(BREAKS)}{line}"
    return text


LEAVES = st.one_of(
    paragraphs(),
    paragraphs(),
    st.builds(lambda level, text: f"{'#' * level} {text}", st.integers(1, 6), LINE),
    st.builds(lambda text: f"## {text} {{#id}}", LINE),
    st.builds(lambda text: f"{text}\n===", LINE),
    st.builds(lambda one, other: f"| {one} | 数 |\n|---|:-:|\n| {other} | a\\|b |", LINE, LINE),
    st.builds(lambda one, other: f"{one} | b\n--|--\n{other}", LINE, LINE),
    st.builds(lambda text: f"[^1]: {text}", LINE),
    st.builds(lambda text: f"{text}\n: {text}", LINE),
    st.builds(lambda text: f"> [!NOTE]\n> {text}", LINE),
    st.builds(lambda text: f"> [!tip] {text}\n> 正文", LINE),
    st.builds(lambda text: f"::: tip {text}\n\n正文\n\n:::", LINE),
    st.builds(lambda text: f'!!! note "{text}"\n\n    正文', st.sampled_from(["标题", "题 two"])),
    st.builds(
        lambda text: f'<div align="center">\n<img src="a.png" alt="{text}">\n<p>图 1 {text}</p>\n</div>',
        st.sampled_from(["结构图", "两\n行", "a 图"]),
    ),
    st.just("```python\n# 注释\nprint('串')\n```"),
    st.just("$$\nx = 1\n$$\n$$\ny = 2\n$$"),
    st.just("```mermaid\ngraph LR\nA[中] --> B\n```\n紧跟的段落"),
    st.just("<!-- i18n:comment: 说明 -->"),
    st.just("<!-- i18n:skip -->"),
    st.just("文字\n:label:`x`\n后文"),
    st.just("[参考]: https://x.org '题'"),
    st.just("---"),
    st.just("$$\n未关闭"),
    st.just("```\n未关闭"),
)


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in text.split("\n"))


def _item(marker: str) -> Callable[[str], str]:
    def made(text: str) -> str:
        blanks = " " * len(marker)
        return marker + text.replace("\n", "\n" + blanks)

    return made


BLOCKS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(_quoted),
        inner.map(_item("- ")),
        inner.map(_item("*   ")),
        inner.map(_item("1. ")),
        inner.map(_item("- [ ] ")),
        st.lists(inner, min_size=2, max_size=3).map("\n\n".join),
        st.lists(inner.map(_item("- ")), min_size=2, max_size=3).map("\n".join),
    ),
    max_leaves=5,
)
FRONT = st.sampled_from(
    [
        "",
        "",
        '---\ntitle: 前言\ndescription: "说明：一"\n---\n\n',
        "---\ntitle: '它''是'\nhero:\n  text: |\n    两行\n    文字\n---\n",
        "---\ntitle: [坏\n---\n",
        "+++\ntitle = '题'\n+++\n",
    ],
)
DOCUMENTS = st.builds(
    lambda front, blocks, tail, bom: bom + front + "\n\n".join(blocks) + tail,
    FRONT,
    st.lists(BLOCKS, min_size=0, max_size=5),
    st.sampled_from(["", "\n", "\n\n", "  "]),
    st.sampled_from(["", "", "", "\ufeff"]),
)
LINE_ENDS = st.sampled_from(["\n", "\n", "\r\n", "\r"])
BOOKS = st.builds(lambda text, end: text.replace("\n", end), DOCUMENTS, LINE_ENDS)

_NASTY = "\0\ufeff\u2028\u3000\xa0\r\n\t |`$*_#>-+[](){}<>!:\\~^&=\"'%译文a1😀\x0b\x0c\x1b"
ANY = st.one_of(
    st.text(st.sampled_from(_NASTY), max_size=60),
    st.text(max_size=40),
    st.lists(st.one_of(LEAVES, st.text(st.sampled_from(_NASTY), max_size=8)), max_size=8).map("\n".join),
)
