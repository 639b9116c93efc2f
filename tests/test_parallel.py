"""Markdown with both languages, judged by the program that GitHub renders Markdown with."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from cmarkgfm import markdown_to_html_with_extensions  # type: ignore[import-untyped]
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]

from book import make, translate
from support import ROOT, done, shared

if TYPE_CHECKING:
    from pathlib import Path

STYLES = ("interleaved", "table", "details", "div")
TEXT = """---
title: 书
---

# 标题 {#top}

第一段[^n]，见[后文](b.md#后)与[参考]。

- 项目一

  接着说。
- 项目二
  1. 更深的一项
     第二行

> 引文

| 甲 | 乙 |
|---|---|
| 丙 | `code` |

$$
x = 1
$$

![图](fig.png)

<details>
<summary>答案</summary>

里面的话。

</details>

```python
print("代码")
```

[^n]: 脚注一。

    脚注二。

[参考]: https://x.org "题"
"""
WORDS = {
    "书": "Book",
    "标题": "Heading",
    "第一段[^n]，见[后文](b.md#后)与[参考]。": "First paragraph[^n], see [later](b.md#后) and [reference][参考].",
    "项目一": "Item one",
    "接着说。": "It goes on.",
    "项目二": "Item two",
    "更深的一项第二行": "A deeper item",
    "引文": "Quotation",
    "甲": "A",
    "乙": "B",
    "丙": "C",
    "![图](fig.png)": "![figure](fig.png)",
    "答案": "Answer",
    "里面的话。": "Words inside.",
    "脚注一。": "Note one.",
    "脚注二。": "Note two.",
    "后": "Later",
    "完": "The end",
}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 30


def published(root: Path, style: str, more: str = "") -> Path:
    """A small translated book, published in a style."""
    config = (
        f'source = "zh"\ntargets = ["en"]\n[markdown]\ndialect = "github"\n[render.parallel]\nstyle = "{style}"\n{more}'
    )
    make(
        root,
        {"content/zh/a.md": TEXT, "content/zh/b.md": "# 后\n\n完\n", "content/zh/fig.png": PNG},
        config,
    )
    done(root, "extract")
    translate(root, WORDS)
    done(root, "merge", "--format", "parallel")
    return root / "build/en/parallel"


@cache
def rendered(text: str) -> str:
    body = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)  # GitHub shows front matter apart
    options = Options.CMARK_OPT_FOOTNOTES | Options.CMARK_OPT_UNSAFE
    extensions = ["table", "strikethrough", "tasklist"]
    return str(markdown_to_html_with_extensions(body, options=options, extensions=extensions))


class _Reader(HTMLParser):
    """The texts of a page, each with the elements it stands in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.found: dict[str, tuple[str, ...]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        if tag not in ("img", "br", "hr", "input"):
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.found.setdefault(data.strip(), tuple(self.stack))


@pytest.mark.parametrize("style", STYLES)
def test_github_shows_both_languages_of_everything(tmp_path: Path, style: str) -> None:
    page = _Reader(rendered((published(tmp_path, style) / "a.md").read_text("utf-8")))
    assert page.stack == []  # every element that is opened is closed, in order
    texts = " ".join(page.found).replace("\n", "")
    for source, target in WORDS.items():
        if source in ("书", "后", "完") or source.startswith("!"):
            continue
        for text in (source, target):
            for word in re.sub(r"\[\^n\]|\]\([^)]*\)|\[参考\](?=\.)|[\[\]]", " ", text).split(" "):
                assert word in texts, word
    assert not [text for text in page.found if "**" in text or text.startswith((">", "#", "|"))]


def test_translations_stand_in_quotes_at_the_depth_of_what_they_translate(tmp_path: Path) -> None:
    page = _Reader(rendered((published(tmp_path, "interleaved") / "a.md").read_text("utf-8")))
    assert page.found["Item one"] == ("ul", "li", "blockquote", "p")
    assert page.found["A deeper item"] == ("ul", "li", "ol", "li", "blockquote", "p")
    assert page.found["Quotation"] == ("blockquote", "blockquote", "p")
    assert page.found["Words inside."] == ("details", "blockquote", "p")
    assert page.found["答案 · Answer"] == ("details", "summary")
    assert page.found["Note two."][:3] == ("section", "ol", "li")
    assert page.found["C"][:2] == ("blockquote", "table")


def test_both_languages_stand_side_by_side_in_a_table(tmp_path: Path) -> None:
    page = _Reader(rendered((published(tmp_path, "table") / "a.md").read_text("utf-8")))
    for text in ("Item one", "项目一", "Quotation", "引文", "丙", "C"):
        assert page.found[text][:4] == ("table", "tbody", "tr", "td")[:1] + page.found[text][1:4]
        assert "td" in page.found[text]
    assert "td" not in page.found["Words inside."][:1]


def test_headings_are_joined_in_the_style_for_sites(tmp_path: Path) -> None:
    text = (published(tmp_path, "div") / "a.md").read_text("utf-8")
    assert "\n# 标题 · Heading {#top}\n" in text
    assert '<div lang="en" markdown="1">\n\n- Item one' in text


def test_the_source_is_folded_away_below_its_translation(tmp_path: Path) -> None:
    text = (published(tmp_path, "details") / "a.md").read_text("utf-8")
    assert "Quotation\n\n<details>\n<summary>中文</summary>\n\n> 引文\n\n</details>" in text


@pytest.mark.parametrize("style", STYLES)
def test_links_and_pictures_lead_somewhere(tmp_path: Path, style: str) -> None:
    folder = published(tmp_path, style)
    text = (folder / "a.md").read_text("utf-8")
    assert (folder / "_assets/zh/fig.png").read_bytes() == PNG
    assert "](_assets/zh/fig.png)" in text
    assert "[后文](b.md#后)" in text
    assert "[later](b.md#后)" in text
    assert (folder / "b.md").is_file()
    html = rendered(text)
    assert html.count('href="https://x.org"') == 2
    assert unescape(html).count('id="fn-n"') == 1


def test_the_translation_comes_first_if_asked_for(tmp_path: Path) -> None:
    text = (published(tmp_path, "interleaved", "target-first = true\n") / "a.md").read_text("utf-8")
    assert text.index("Item one") < text.index("项目一")


DEPTHS = """- [ ] 未做
- [x] 做了

> [!TIP] 标题
> 内容

段落
    - 续行

1.  甲
    乙
    - [ ] 丙

      | 丁 |
      |---|
      | 戊 |

-\t己

      接着

> - 庚
辛
>   > ## 壬
>   > 癸

[^1]: - 子

    丑见[^1]，按<kbd>寅</kbd>
"""
DEPTH_WORDS = {
    "未做": "Undone",
    "做了": "Done",
    "标题": "Title",
    "内容": "Content",
    "段落 - 续行": "Long",
    "甲乙": "First",
    "丙": "Third",
    "丁": "Fourth",
    "戊": "Fifth",
    "己": "Sixth",
    "接着": "Further",
    "庚辛": "Seventh",
    "壬": "Ninth",
    "癸": "Tenth",
    "子": "Child",
    "丑见[^1]，按<kbd>寅</kbd>": "Press[^1] <kbd>Key</kbd>",
}
SAME = """# 标题

- 二
- [ ]
- 三[后文](b.md)

> 引文

| 1 | 2 |
|---|---|
| 3 | 4 |

```python
x = 1  # 注释
```

末段[^2]

[^2]: https://example.org/
"""


def interleaved(root: Path, text: str, words: dict[str, str], more: str = "") -> str:
    """The file of a chapter with each translation below its source."""
    config = 'source = "zh"\ntargets = ["en"]\n[markdown]\ndialect = "github"\n[render.parallel]\n' + more
    make(root, {"content/zh/a.md": text, "content/zh/b.md": "# 后\n"}, config)
    done(root, "extract")
    translate(root, words)
    done(root, "merge", "--format", "parallel")
    return (root / "build/en/parallel/a.md").read_text("utf-8")


@pytest.mark.parametrize("more", ["", "target-first = true\n"])
def test_a_quote_stands_where_the_text_of_its_container_begins(tmp_path: Path, more: str) -> None:
    html = rendered(interleaved(tmp_path, "参见[^1]\n\n" + DEPTHS, DEPTH_WORDS, more))
    page = _Reader(html)
    assert "<pre>" not in html
    assert not [text for text in page.found if text.startswith((">", "#", "|", "[ ]", "[x]", "-"))]
    if more:
        assert page.found["未做"] == ("ul", "li", "blockquote", "p")
        return
    item = ("ul", "li", "blockquote", "p")
    ordered = ("ol", "li")
    assert page.found["Undone"] == page.found["Done"] == page.found["Sixth"] == page.found["Further"] == item
    assert page.found["Title\nContent"] == ("blockquote", "blockquote", "p")
    assert page.found["Long"] == ("blockquote", "p")
    assert page.found["First"] == (*ordered, "blockquote", "p")
    assert page.found["Third"] == (*ordered, *item)
    assert page.found["Fourth"][:6] == (*ordered, "ul", "li", "blockquote", "table")
    assert page.found["Seventh"] == ("blockquote", *item)
    assert page.found["Ninth"] == ("blockquote", "ul", "li", "blockquote", "blockquote", "p", "strong")
    assert page.found["Tenth"] == ("blockquote", "ul", "li", "blockquote", "blockquote", "p")
    assert page.found["Child"] == ("section", "ol", "li", *item)
    assert page.found["Key"] == ("section", "ol", "li", "blockquote", "p", "kbd")


def test_what_is_the_same_in_both_languages_is_said_once(tmp_path: Path) -> None:
    assert interleaved(tmp_path, SAME, {}) == SAME


def test_a_hard_line_break_stays_one(tmp_path: Path) -> None:
    html = rendered(interleaved(tmp_path, "- 甲  \n  乙\n", {"甲\n乙": "A\nB"}))
    assert "<p>A<br />\nB</p>" in html


def test_headings_of_any_form_are_joined(tmp_path: Path) -> None:
    text = "# C # 语言 #\n\n甲\n乙 {#b}\n---\n\n## 丙" + " " * 2000 + "丁 {x}\n"
    words = {"C # 语言": "The C # language", "甲乙 {#b}": "A", "丙" + " " * 2000 + "丁 {x}": "D"}
    made = interleaved(tmp_path, text, words, 'style = "div"\n')
    assert made == ("# C # 语言 · The C # language\n\n## 甲 乙 · A {#b}\n\n## 丙" + " " * 2000 + "丁 {x} · D\n")


def test_a_long_chapter_takes_time_in_proportion_to_its_length(tmp_path: Path) -> None:
    # The command is given a minute: far more than it takes, far less than comparing all blocks with each other would.
    text = "\n\n".join(f"- 第{i}项[后文](b.md)" for i in range(3000)) + "\n"
    made = interleaved(tmp_path, text, {"第2999项[后文](b.md)": "The last"})
    assert made == text + "\n  > The last\n"


@pytest.mark.parametrize("style", STYLES)
def test_the_same_book_makes_the_same_bytes(tmp_path: Path, style: str) -> None:
    first, second = tmp_path / "one", tmp_path / "two"
    for root in (first, second):
        root.mkdir()
        published(root, style)
    assert (first / "build/en/parallel/a.md").read_bytes() == (second / "build/en/parallel/a.md").read_bytes()


@pytest.mark.parametrize("style", STYLES)
def test_the_preface_renders_right(tmp_path: Path, style: str) -> None:
    for name in ("content", "locale"):
        for path in (ROOT / name).rglob("*"):
            if path.is_file():
                to = tmp_path / path.relative_to(ROOT)
                to.parent.mkdir(parents=True, exist_ok=True)
                to.write_bytes(path.read_bytes())
    make(tmp_path, {}, f'source = "zh"\ntargets = ["en"]\n[render.parallel]\nstyle = "{style}"\n')
    done(tmp_path, "merge", "--format", "parallel")
    html = rendered((tmp_path / "build/en/parallel/preface.md").read_text("utf-8"))
    page = _Reader(html)
    assert page.stack == []
    assert "**" not in html
    assert html.count("cross-entropy") >= 1
    assert html.count("交叉熵") >= 3


def test_a_real_book_keeps_its_elements_in_order(tmp_path: Path) -> None:
    folder = shared() / "corpora" / "d2l-zh"
    files = {
        f"content/zh/{path.parent.name}/{path.name}": path.read_bytes()
        for path in sorted(folder.glob("chapter_attention*/*.md"))
        if not path.name.endswith("_origin.md")
    }
    for style in STYLES:
        root = tmp_path / style
        make(root, files, f'source = "zh"\ntargets = ["en"]\n[render.parallel]\nstyle = "{style}"\n')
        done(root, "extract")
        for path in sorted((root / "locale").rglob("*.po")):
            text = path.read_text("utf-8")
            # The identity, marked at its end so that the two sides differ.
            path.write_text(
                re.sub(r'^msgid (".+)"\nmsgstr ""$', r'msgid \1"\nmsgstr \1 EN"', text, flags=re.MULTILINE), "utf-8"
            )
        done(root, "merge", "--format", "parallel")
        made = sorted((root / "build/en/parallel").rglob("*.md"))
        assert len(made) == len(files)
        for path in made:
            assert _Reader(rendered(path.read_text("utf-8"))).stack == []
