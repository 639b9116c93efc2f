"""The order in which books are read, as their authors set it down for all kinds of site generators."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bilingual.config import Config, Text, parse
from bilingual.diagnostics import Diagnostic, Severity, full
from bilingual.order import Part, natural, reading_order
from support import shared

SMALLEST = 'source = "zh"\ntargets = ["en"]\n'
DOCS = '[paths]\nsource = "docs/{path}"\ntarget = "docs/{lang}/{path}"\n'


class Book:
    """Files by their paths below the project's folder, and what their order is."""

    def __init__(self, files: dict[str, str], text: str = DOCS) -> None:
        self.files = files
        self.config = config(text)
        found = (self.config.source_name(path) for path in files if path.endswith(".md"))
        self.chapters = [rel for rel in found if rel is not None]
        self.parts, self.diagnostics = reading_order(self.chapters, self.config, files.get)

    def shown(self) -> list[str]:
        """Titles of parts after `#`, chapters indented by their levels."""
        lines = []
        for part in self.parts:
            lines += [f"# {part.title.of('zh')}"] if part.title else ["#"]
            lines += ["  " * level + rel for rel, level in zip(part.chapters, part.levels, strict=True)]
        return lines


def config(text: str) -> Config:
    return parse(SMALLEST + text, Path("/book/bilingual.toml"))


def chapters(*names: str, folder: str = "docs") -> dict[str, str]:
    return {f"{folder}/{name}": f"# {name}\n" for name in names}


def codes(diagnostics: tuple[Diagnostic, ...]) -> list[tuple[str, str, int | None]]:
    return [(each.code, str(each.severity), each.place.line) for each in diagnostics]


# --- [book]


def test_the_book_says_its_order() -> None:
    book = Book(
        chapters("z.md", "preface.md", "a/1.md", "a/2.md", "a/10.md", "a/README.md", "b/1.md", "end.md", "SUMMARY.md"),
        f"""{DOCS}[book]
chapters = ["preface.md", "z.md"]
[[book.parts]]
title = {{ zh = "第一部分", en = "Part I" }}
chapters = ["a/2.md", "a/*.md"]
[[book.parts]]
chapters = ["b/**", "SUMMARY.md"]
""",
    )
    assert book.shown() == [
        *("#", "preface.md", "z.md"),
        *("# 第一部分", "a/2.md", "a/README.md", "  a/1.md", "  a/10.md"),
        *("#", "b/1.md", "SUMMARY.md", "end.md"),
    ], "a glob takes what is not named, what is not named at all comes last, a file that is named is a chapter"
    assert book.parts[1].title.of("en") == "Part I"
    (found,) = book.diagnostics
    assert (found.code, found.severity, found.place.line) == ("chapter-unlisted", Severity.INFO, 6)
    assert found.message == "1 chapter has no place in the order of the book and comes last: end.md"
    assert "`exclude`" in found.hint


def test_chapters_that_do_not_exist_are_reported_with_their_lines() -> None:
    book = Book(
        chapters("preface.md", "part1/ch1.md"),
        f"""{DOCS}[book]
chapters = [
  "prefac.md",
  "docs/part1/ch1.md",
  "x/*.md",
]
[[book.parts]]
chapters = ["zzz.md"]
""",
    )
    assert [(each.place.line, each.message, each.hint) for each in book.diagnostics[:-1]] == [
        (8, 'no chapter is called "prefac.md"', 'did you mean "preface.md"?'),
        (
            9,
            'no chapter is called "docs/part1/ch1.md"',
            'chapters are named as they are below the source folder: "part1/ch1.md"',
        ),
        (10, 'no chapter fits "x/*.md"', "there are 2 chapters, such as preface.md"),
        (13, 'no chapter is called "zzz.md"', "there are 2 chapters, such as preface.md"),
    ]
    assert {each.code for each in book.diagnostics[:-1]} == {"chapter-missing"}
    assert book.shown() == ["#", "preface.md", "part1/ch1.md"], "they are not lost"


# --- mdBook and GitBook


SUMMARY = """\
# 目录

[前言](preface.md)
<!-- [旧章](old.md) -->

# 第一部分 *数列*

- [第一章](ch1.md)
  - [第一节](ch1/a.md)
    - [小节](<ch1/b c.md> "题")
  - [草稿]()
    - [草稿的一节](ch1/d.md)
- [第二章 [选读]](./ch2.md#top)

---

## Part II &amp; more

1. [第三章](ch3%20x.md)
1. [外面](https://example.org/)
* [第一章又来](ch1.md)

```md
- [不是](no.md)
```

[后记](after.md)
"""


def test_mdbook_and_gitbook() -> None:
    names = ("preface.md", "ch1.md", "ch1/a.md", "ch1/b c.md", "ch1/d.md", "ch2.md", "ch3 x.md", "after.md", "no.md")
    book = Book(
        {**chapters(*names, "old.md", folder="src"), "src/SUMMARY.md": SUMMARY},
        DOCS.replace("docs/{path}", "src/{path}"),
    )
    assert book.shown() == [
        *("#", "preface.md"),
        *("# 第一部分 数列", "ch1.md", "  ch1/a.md", "    ch1/b c.md", "  ch1/d.md", "ch2.md"),
        *("# Part II & more", "ch3 x.md"),
        *("#", "after.md", "no.md", "old.md"),
    ]
    assert "SUMMARY.md" in book.chapters
    assert codes(book.diagnostics) == [("chapter-unlisted", "info", None)]
    assert book.diagnostics[0].place.path == "src/SUMMARY.md"
    assert "no.md, old.md" in book.diagnostics[0].message


def test_gitbook_at_the_root_of_the_project() -> None:
    summary = "# Summary\n\n* [介绍](README.md)\n* [b](docs/b.md)\n\n### 进阶\n\n* [a](docs/a.md)\n"
    book = Book({**chapters("a.md", "b.md"), "SUMMARY.md": summary})
    assert book.shown() == ["#", "b.md", "# 进阶", "a.md"]
    assert not book.diagnostics


def test_a_chapter_that_is_called_summary_stays() -> None:
    book = Book({**chapters("ch1.md", "ch2.md"), "docs/ch1/SUMMARY.md": "# 小结\n\n- 数列\n- [极限](https://x)\n"})
    assert book.shown() == ["#", "ch1.md", "ch1/SUMMARY.md", "ch2.md"]


# --- docsify


def test_docsify() -> None:
    sidebar = """\
* [首页](/)
* **第一部分**
\t* [一](/part1/ch1.md)
\t* [二](part1/ch2 ':ignore')
* [第二部分](#/part2/)
\t* [三](part2/ch3.md?id=x)
"""
    names = ("README.md", "part1/ch1.md", "part1/ch2.md", "part2/README.md", "part2/ch3.md")
    extra = {f"docs/{name}": "x" for name in ("_navbar.md", "_coverpage.md", "part2/_sidebar.md")}
    book = Book({**chapters(*reversed(names)), **extra, "docs/_sidebar.md": sidebar})
    assert book.shown() == [
        *("#", "README.md", "# 第一部分", "part1/ch1.md", "part1/ch2.md"),
        *("#", "part2/README.md", "  part2/ch3.md"),
    ]
    assert not book.diagnostics


def test_the_front_page_comes_first_where_the_sidebar_does_not_name_it() -> None:
    book = Book({**chapters("z.md", "README.md", "a.md"), "docs/_sidebar.md": "- 目录\n  - [z](z.md)\n  - [a](a.md)\n"})
    assert book.shown() == ["#", "README.md", "z.md", "a.md"]
    assert not book.diagnostics


# --- MkDocs


MKDOCS = """\
site_name: 书
plugins:
  - search: !ENV [X, y]
markdown_extensions:
  - pymdownx.emoji:
      emoji_index: !!python/name:material.extensions.emoji.twemoji
nav:
  - index.md
  - 第 1 章 &nbsp; 数列:
    - ch1/index.md
    - 等差: ch1/a.md
    - 更多:
      - ch1/b.md
  - 主页: https://example.org
  - 附录: appendix.md
"""


@pytest.mark.parametrize("file", ["mkdocs.yml", "mkdocs.yaml"])
def test_mkdocs(file: str) -> None:
    names = ("appendix.md", "ch1/b.md", "ch1/a.md", "ch1/index.md", "index.md")
    book = Book({**chapters(*names), file: MKDOCS})
    assert book.shown() == [
        "#",
        "index.md",
        "# 第 1 章 数列",
        "ch1/index.md",
        "ch1/a.md",
        "ch1/b.md",
        "#",
        "appendix.md",
    ]
    assert not book.diagnostics
    copied = Book({**chapters(*names), file: f"docs_dir: build/docs\n{MKDOCS}"})
    assert copied.parts == book.parts, "some books copy their texts before they build"


@pytest.mark.parametrize("source", ["docs/{lang}/{path}", "docs/{stem}.{lang}.md", "docs/{dir}/{lang}/{file}"])
def test_navigation_that_leaves_the_language_to_a_plugin(source: str) -> None:
    names = ("index.md", "ch1/b.md", "ch1/a.md")
    text = f'[paths]\nsource = "{source}"\ntarget = "{source}"\n'
    files = {str(config(text).source_path(name)): "x" for name in names}
    book = Book({**files, "mkdocs.yml": "nav: [index.md, ch1/b.md, {a: ch1/a.md}]\n"}, text)
    assert book.shown() == ["#", "index.md", "ch1/b.md", "ch1/a.md"]


def test_names_that_would_be_something_else_in_an_address() -> None:
    book = Book({**chapters("C#.md", "100%25.md", "a?.md"), "mkdocs.yml": "nav:\n- a?.md\n- C#.md\n- 100%25.md\n"})
    assert book.shown() == ["#", "a?.md", "C#.md", "100%25.md"]


# --- Sphinx


def test_the_toctrees_of_dive_into_deep_learning() -> None:
    root = shared() / "corpora" / "d2l-zh"
    found = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.md"))
    own = config('[paths]\nsource = "{path}"\ntarget = "{lang}/{path}"\n')
    parts, diagnostics = reading_order(
        found, own, lambda path: (root / path).read_text("utf-8") if (root / path).is_file() else None
    )
    (part,) = parts
    assert sorted(part.chapters) == found
    levels = dict(zip(part.chapters, part.levels, strict=True))
    assert part.chapters[:8] == (
        "index.md",
        "chapter_preface/index.md",
        "chapter_installation/index.md",
        "chapter_notation/index.md",
        "chapter_introduction/index.md",
        "chapter_preliminaries/index.md",
        "chapter_preliminaries/ndarray.md",
        "chapter_preliminaries/pandas.md",
    )
    last = part.chapters.index("chapter_references/zreferences.md")
    assert last == 140
    assert part.chapters[last - 1] == "chapter_appendix-tools-for-deep-learning/d2l.md"
    assert {levels[rel] for rel in part.chapters[:last] if rel.endswith("/index.md")} == {0}
    assert {levels[rel] for rel in part.chapters[:last] if not rel.endswith("index.md")} == {1}
    assert [each.code for each in diagnostics] == ["chapter-unlisted"]
    assert diagnostics[0].message.startswith("153 chapters have no place")


MYST = """\
# 书

````md
```{toctree}
no
```
````

```{toctree}
---
caption: 第一部分
maxdepth: 2
---
preface
题目 <part1/index>
https://example.org
```

:::{toctree}
:caption: "附录"
:glob:
:reversed:

appendix/*
/self
:::
"""


def test_myst() -> None:
    names = ("index.md", "no.md", "preface.md", "part1/index.md", "part1/a.md", "part1/b.md", "appendix/1.md")
    part = "# 一\n\n```{toctree}\n:hidden:\nb.md\n/part1/a\n../index\n```\n"
    book = Book({**chapters(*names, "appendix/2.md"), "docs/index.md": MYST, "docs/part1/index.md": part})
    assert book.shown() == [
        *("#", "index.md"),
        *("# 第一部分", "preface.md", "part1/index.md", "  part1/b.md", "  part1/a.md"),
        *("# 附录", "appendix/1.md", "appendix/2.md"),
        *("#", "no.md"),
    ]


def test_sphinx_with_restructuredtext_around_its_markdown() -> None:
    root = "书\n==\n\n.. toctree::\n   :caption: 甲\n   :numbered:\n\n   a\n   more/index\n\n文。\n"
    more = "More\n====\n\n.. toctree::\n   :hidden:\n\n   c\n   b\n"
    names = ("a.md", "more/b.md", "more/c.md")
    book = Book(
        {**chapters(*names, folder="docs/source"), "docs/source/index.rst": root, "docs/source/more/index.rst": more},
        DOCS.replace('"docs/{path}"', '"docs/source/{path}"'),
    )
    assert book.shown() == ["# 甲", "a.md", "  more/c.md", "  more/b.md"]
    evaluated = "# 书\n\n```eval_rst\n.. toctree::\n\n   b\n   a\n```\n"
    assert Book({**chapters("index.md", "a.md", "b.md"), "docs/index.md": evaluated}).shown() == [
        *("#", "index.md", "b.md", "a.md"),
    ]


# --- Jupyter Book


def test_jupyter_book() -> None:
    toc = """\
format: jb-book
root: intro
parts:
  - caption: 第一部分
    chapters:
      - file: one/index.md
        sections:
          - file: one/a
          - glob: one/sub/*
      - file: notebook.ipynb
        sections:
          - file: two
      - url: https://example.org
  - chapters:
      - file: three
"""
    names = ("three.md", "two.md", "one/sub/10.md", "one/sub/9.md", "one/a.md", "one/index.md", "intro.md")
    book = Book({**chapters(*names), "docs/_toc.yml": toc})
    assert book.shown() == [
        *("#", "intro.md"),
        *("# 第一部分", "one/index.md", "  one/a.md", "  one/sub/9.md", "  one/sub/10.md", "two.md"),
        *("#", "three.md"),
    ]


@pytest.mark.parametrize(
    ("file", "toc"),
    [
        ("_toc.yml", "- file: intro\n- part: 甲\n  chapters:\n  - file: b\n    sections:\n    - file: a\n"),
        ("_toc.yml", "root: intro\nsubtrees:\n- caption: 甲\n  entries:\n  - file: b\n    entries: [{file: a}]\n"),
        (
            "myst.yml",
            "project:\n  toc:\n  - file: intro.md\n  - title: 甲\n    children:\n    - file: b.md\n      children:\n"
            "      - file: a.md\n",
        ),
    ],
)
def test_other_tables_of_contents_in_yaml(file: str, toc: str) -> None:
    book = Book({**chapters("a.md", "b.md", "intro.md"), f"docs/{file}": toc})
    assert book.shown() == ["#", "intro.md", "# 甲", "b.md", "  a.md"]


# --- VitePress


VITEPRESS = """\
import { defineConfig } from 'vitepress'
// sidebar: [{ text: 'no', items: [{ text: 'x', link: '/zz' }] }]
export default defineConfig({
  title: "书",
  srcDir: './texts',
  themeConfig: {
    nav: [{ text: '首页', link: '/zz' }],
    sidebar: {
      '/guide/': [
        {
          text: '第一部分', collapsed: false,
          items: [
            { text: '二', link: '/guide/b' },
            { text: "It's", link: "/guide/a.html", },
            { text: '组', items: [{ text: '三', link: '/guide/c#top' }] },
          ]
        },
        { "text": '参考', link: '/ref/', items: [ { text: '丁', link: '/ref/d' } ] },
      ],
      '/zh/': makeSidebar(),
    },
  },
})
"""


@pytest.mark.parametrize("end", ["mts", "ts", "js"])
def test_vitepress(end: str) -> None:
    names = ("guide/a.md", "guide/b.md", "guide/c.md", "ref/d.md", "ref/index.md", "index.md", "zz.md")
    book = Book(
        {**chapters(*names, folder="docs/texts"), f"docs/.vitepress/config.{end}": VITEPRESS},
        DOCS.replace('"docs/{path}"', '"docs/texts/{path}"'),
    )
    assert book.shown() == [
        *("#", "index.md"),
        *("# 第一部分", "guide/b.md", "guide/a.md", "guide/c.md"),
        *("#", "ref/index.md", "  ref/d.md", "zz.md"),
    ]


def test_a_sidebar_that_a_program_makes_is_no_order() -> None:
    book = Book({**chapters("b.md", "a.md"), "docs/.vitepress/config.ts": "export default { sidebar: make('/b') }\n"})
    assert book.shown() == ["#", "a.md", "b.md"]
    assert not book.diagnostics


# --- names


@pytest.mark.parametrize(
    "names",
    [
        "chapter1 chapter2 chapter9 chapter10 chapter10a chapter011",
        "第一章 第二章 第九章 第十章 第十一章 第二十章 第二十一章 第一百零二章",
        "第1章 第２章 第三章 第10章",
        "一、集合 二、函数 十、概率 十一、统计",
        "index README 前言 01 02 附录一 附录二 附录十",
        "readme preface 序 ch1 ch2 appendix-a appendix-b",
        "导论 引言 序列 排序 程序",
        "上册 中册 下册",
        "数列（一） 数列（二） 数列（十）",
        "练习一 练习二 练习九 练习十",
        "chapter_preface chapter_linear-networks chapter_optimization chapter_appendix-tools chapter_references",
    ],
)
def test_names_come_in_the_order_that_people_mean(names: str) -> None:
    listed = names.split()
    shuffled = random.Random(3).sample(listed, len(listed))
    assert sorted((f"{name}.md" for name in shuffled), key=natural) == [f"{name}.md" for name in listed]
    assert max((f"x/{name}/y.md" for name in shuffled), key=natural) == f"x/{listed[-1]}/y.md"


def test_folders_are_read_where_their_names_put_them() -> None:
    rels = [
        *("README.md", "preface.md", "ch1.md", "ch1/README.md", "ch1/preface.md", "ch1/1.md", "ch1/2/index.md"),
        *("ch1/2/x.md", "ch2/a.md", "ch10.md", "appendix/b.md"),
    ]
    book = Book(chapters(*random.Random(7).sample(rels, len(rels))))
    assert [rel for part in book.parts for rel in part.chapters] == rels
    assert book.parts[0].levels == (0, 0, 0, 0, 1, 1, 1, 2, 0, 0, 0)
    assert not book.diagnostics


def test_numbers_that_no_machine_can_count_are_compared_all_the_same() -> None:
    longer, shorter, chinese = f"1{'0' * 5000}.md", f"{'9' * 5000}.md", f"第{'九' * 40}章.md"
    assert sorted([chinese, longer, shorter], key=natural) == [shorter, longer, chinese]


def test_no_chapters_no_parts() -> None:
    assert reading_order([], config(""), lambda _: None) == ((), ())
    assert Book({"docs/_sidebar.md": "- [x](x.md)\n"}).parts == ()


# --- files that are broken or hostile


@pytest.mark.parametrize(
    ("file", "text", "line"),
    [
        ("mkdocs.yml", "nav:\n  - a.md\n - b.md\n", 3),
        ("mkdocs.yml", "nav: [\n", 2),
        ("mkdocs.yml", "nav: &a [*a]\n", None),
        (
            "mkdocs.yml",
            "a: &a [b.md, b.md, b.md]\n"
            + "".join(
                f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
            )
            + "nav: *u\n",
            None,
        ),
        ("mkdocs.yml", "nav: " + "[" * 5000, None),
        ("mkdocs.yml", "nav: 2020-99-99\n", None),
        ("mkdocs.yml", "x: \x07\n", None),
        ("docs/_toc.yml", f"root: a\n#{'x' * (1 << 18)}", None),
        ("docs/.vitepress/config.ts", f"sidebar: [{'[' * (1 << 18)}", None),
    ],
)
def test_what_cannot_be_read_is_reported_and_the_names_count(file: str, text: str, line: int | None) -> None:
    book = Book({**chapters("ch10.md", "ch9.md"), file: text})
    assert book.shown() == ["#", "ch9.md", "ch10.md"]
    assert codes(book.diagnostics) == [("order-unreadable", "warning", line)]
    assert book.diagnostics[0].place.path == file


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("mkdocs.yml", "nav: {a: b}\n"),
        ("mkdocs.yml", "- a\n"),
        ("mkdocs.yml", "docs_dir: [x]\nnav: [1, null, [a], {b: null, 3: 4}]\n"),
        ("docs/_toc.yml", "root: [x]\nparts: {a: b}\nchapters: [a, null, {file: 3, sections: 4}]\n"),
        ("docs/_toc.yml", "chapters:\n- glob: '" + "*a" * 50 + "'\n- glob: '[z-a]'\n"),
        ("docs/SUMMARY.md", "[" * 50_000 + "](" * 50_000),
        ("docs/SUMMARY.md", "- [x](../../../etc/passwd)\n- [y](%00)\n- [z](file:///x)\n- [](#)\n"),
        ("docs/_sidebar.md", "<!--" * 10_000),
        ("docs/index.md", "```{toctree}\n" * 3_000),
        ("docs/index.rst", ".. toctree::\n" * 3_000),
        ("docs/.vitepress/config.js", "sidebar: [ }]{(" + "/*" * 50_000),
        ("docs/.vitepress/config.js", "a" * 200_000),
        ("docs/.vitepress/config.js", "sidebar: " + "[{items:" * 20_000),
    ],
)
def test_hostile_files_are_no_order(file: str, text: str) -> None:
    book = Book({**chapters("ch10.md", "ch9.md"), file: text})
    assert [rel for part in book.parts for rel in part.chapters if rel.startswith("ch")] == ["ch9.md", "ch10.md"]
    assert not book.diagnostics


def test_a_chain_of_a_thousand_toctrees() -> None:
    files = {f"docs/{n}.md": f"```toc\n{n + 1}\n```\n" for n in range(3000)}
    book = Book({**files, "docs/index.md": "```toc\n0\n```\n"})
    assert book.parts[0].chapters[:3] == ("index.md", "0.md", "1.md")
    assert book.parts[0].levels[-1] == 2999


NAMES = st.sampled_from(
    [
        "a.md",
        "b c.md",
        "第十章.md",
        "d/index.md",
        "d/e.md",
        "d/README.md",
        "SUMMARY.md",
        "_sidebar.md",
        "f#.md",
        "g?.md",
    ]
)
NAVIGATION = st.sampled_from(
    [
        *("docs/SUMMARY.md", "docs/_sidebar.md", "mkdocs.yml", "docs/index.md", "docs/index.rst", "docs/_toc.yml"),
        *("docs/myst.yml", "docs/.vitepress/config.mts"),
    ]
)
PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *(
                    "- ",
                    "  - ",
                    "\t* ",
                    "# ",
                    "[x](a.md)",
                    "[y](d/)",
                    "](",
                    "\n",
                    "\n\n",
                    "```toc\n",
                    "```\n",
                    "nav:\n",
                ),
                *("- a.md\n", "  - x: d/e\n", "a", "d/index", ":caption: X\n", ".. toctree::\n", "   b c\n", "{", "}"),
                *(
                    "sidebar: [",
                    "items: [",
                    "]",
                    "text: 'x'",
                    ", link: '/a'",
                    "root: a\n",
                    "chapters:\n",
                    "- file: d/e\n",
                ),
                *("第十章", "<!--", "-->", "'", '"', "`", "/*", "&a ", "*a", "!x ", "glob: '*'\n", "\ufeff", "\x00"),
            ]
        ),
        st.text(max_size=4),
    ),
    max_size=30,
).map("".join)
BOOKS = st.sampled_from(
    [
        "",
        '[book]\nchapters = ["a.md", "*.md"]\n',
        '[[book.parts]]\ntitle = "x"\nchapters = ["d/**", "zz.md", "_sidebar.md"]\n',
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(NAMES, unique=True), st.dictionaries(NAVIGATION, PIECES, max_size=4), BOOKS)
def test_every_chapter_is_in_one_part_whatever_the_files_say(
    names: list[str], files: dict[str, str], text: str
) -> None:
    every = {**chapters(*names), **files}
    book = Book(every, DOCS + text)
    placed = [rel for part in book.parts for rel in part.chapters]
    assert len(placed) == len(set(placed))
    assert set(book.chapters) - set(placed) <= {"SUMMARY.md", "_sidebar.md"}
    assert set(placed) <= set(book.chapters)
    for part in book.parts:
        assert part.chapters
        assert part.levels[0] == 0
        assert all(0 <= later <= level + 1 for level, later in zip(part.levels, part.levels[1:], strict=False))
    assert all(full(each) for each in book.diagnostics)
    again = reading_order(list(reversed(book.chapters)), book.config, every.get)
    assert again == (book.parts, book.diagnostics), "the order in which chapters are found does not matter"


@settings(deadline=None)
@given(st.lists(st.text("第一二十章ab1209._-序 ", min_size=1, max_size=8), unique=True))
def test_the_order_of_names_is_one_order(names: list[str]) -> None:
    rels = [f"{name}.md" for name in names]
    assert len({natural(rel) for rel in rels}) == len(rels)
    ordered = sorted(rels, key=natural)
    assert sorted(random.Random(5).sample(rels, len(rels)), key=natural) == ordered


def test_a_part_without_a_title_has_an_empty_one() -> None:
    (part,) = Book(chapters("a.md")).parts
    assert part == Part(Text(), ("a.md",), (0,))
