from __future__ import annotations

import importlib.util
import os
import re
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import pseudo
from bilingual.config import load
from bilingual.diagnostics import BilingualError, Severity
from bilingual.formula import formula
from bilingual.markdown.content import formula_of
from bilingual.markdown.dialect import dialect
from bilingual.markdown.document import BlockKind
from bilingual.markdown.inline import Inline
from bilingual.markdown.parse import parse
from bilingual.project.publishing import publish
from bilingual.render import _typst as press
from bilingual.render import pdf
from bilingual.render._markup import tree
from bilingual.render._typst_math import equation
from book import edit, make
from support import ROOT, done, shared, system_program

if TYPE_CHECKING:
    from pathlib import Path

    from bilingual.catalog import Entry
    from bilingual.diagnostics import Diagnostic
    from bilingual.project.publishing import Published


def need(module: str) -> None:
    """Skip where a package is absent, unless BILINGUAL_REQUIRE_SYSTEM asks to fail."""
    if importlib.util.find_spec(module) is None:
        if os.environ.get("BILINGUAL_REQUIRE_SYSTEM") == "1":
            pytest.fail(f"{module} is not installed, and BILINGUAL_REQUIRE_SYSTEM=1")
        pytest.skip(f"{module} is not installed")


@pytest.fixture(autouse=True)
def fonts() -> None:
    need("typst")
    need("pypdf")
    families = {each.family for each in press._fonts(()).fonts()}
    if not any(re.search(r"(Noto|Source Han) S(erif|ans).* SC$", each) for each in families):
        if os.environ.get("BILINGUAL_REQUIRE_SYSTEM") == "1":
            pytest.fail("no Chinese font is installed, and BILINGUAL_REQUIRE_SYSTEM=1")
        pytest.skip("no Chinese font is installed")


CONFIG = """\
source = "zh"
targets = ["en"]
minimum = "draft"

[markdown.extensions]
definition_lists = true
containers = true

[book]
title = { zh = "印刷的书", en = "A Printed Book" }
subtitle = { zh = "用来检查", en = "For Checking" }
description = "Every kind of passage."
authors = ["王芳"]
translators = ["Lena Vogt"]
licence = "CC BY 4.0"
date = "2026-03-09"

[[book.parts]]
title = { zh = "上篇", en = "Part One" }
chapters = ["one.md"]

[[book.parts]]
title = { zh = "下篇", en = "Part Two" }
chapters = ["two.md"]
"""
PARAGRAPHS = "\n\n".join(
    f"始{number:03}终。" + "这一段的字数不同，用来把页面填满。" * (1 + number % 7) for number in range(60)
)
TABLE = "\n".join(f"| 行{number} | 值{number} |" for number in range(60))
ONE = f"""\
# 第一章 {{#first}}

说明见[下一章](two.md#second)和[网站](https://example.org/a?b=1&c=2)，还有脚注[^n]。

[^n]: 注释的内容。

{PARAGRAPHS}
"""
TWO = f"""\
# 第二章 {{#second}}

## 列表与引用

3. 三
   - 内层
4. 四

- [x] 完成
- [ ] 未完成

> 引用的话。

> [!WARNING]
> 小心。

词条
: 解释。

还没有译文的话。

#### 跳过一级的标题

回到[第一章](one.md#first)，公式 $x_i^2$，代码 `a_very_long_identifier.with_parts/and_more.that_has_no_blank_in_it`。

$$
\\sum_{{i=1}}^{{n}} \\frac{{a_i}}{{b_i}} = \\begin{{bmatrix}} 1 & 2 \\\\ 3 & 4 \\end{{bmatrix}}
$$

```python
def f(value):  # 说明
    return {{"key": value, "long": "{"x" * 90}", "and": ["a", "b", "c", "d", "e", "f", "g", "h"]}}


print(f(1))
```

```mermaid
graph LR
  A[开始] --> B[结束]
```

| 列甲 | 列乙 |
|------|-----:|
{TABLE}

![一张图](img/a.png)

![坏图](img/broken.png)

![画](img/b.svg)

<table><tr><th colspan="2">头</th></tr><tr><td rowspan="2">左</td><td>右一</td></tr><tr><td>右二</td></tr></table>

H<sub>2</sub>O 与 <kbd>Ctrl</kbd>
"""
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="60"><filter id="f"><feGaussianBlur stdDeviation="2"/>'
    '</filter><rect width="120" height="60" fill="#cde" filter="url(#f)"/><text x="10" y="30">图中的字</text></svg>'
)


def _png() -> bytes:
    import web  # noqa: PLC0415 - only its picture is wanted

    return web.png(90, 30, 120)


def project(root: Path, options: str = "", files: dict[str, str | bytes] | None = None) -> Path:
    """Make a book of two chapters and translate it, all but one sentence."""
    given: dict[str, str | bytes] = files or {
        "content/zh/one.md": ONE,
        "content/zh/two.md": TWO,
        "content/zh/img/a.png": _png(),
        "content/zh/img/broken.png": _png()[:60],
        "content/zh/img/b.svg": SVG,
    }
    make(root, given, CONFIG + f"\n[render.pdf]\n{options}\n")
    done(root, "extract")
    pseudo.fill(root / "locale", load(root / "bilingual.toml").dialect)

    def change(entry: Entry) -> Entry:
        if entry.msgid.startswith("还没有"):
            return replace(entry, msgstr="")
        if found := re.match(r"始(\d+)终", entry.msgid):
            return replace(entry, msgstr=f"Row{found[1]}begins. {entry.msgstr}")
        return entry

    for path in (root / "locale").rglob("*.po"):
        edit(path, change)
    return root


def printed(root: Path) -> tuple[Published, bytes]:
    made = publish(load(root / "bilingual.toml"), ["pdf"])
    return made, (root / "build/en/pdf/en.pdf").read_bytes()


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Published]:
    need("typst")
    root = project(tmp_path_factory.mktemp("book"))
    return root, printed(root)[0]


@pytest.fixture(scope="module")
def pages(book: tuple[Path, Published]) -> list[str]:
    return text_of(book[0] / "build/en/pdf/en.pdf")


def layout_of(path: Path) -> str:
    return subprocess.run(
        [system_program("pdftotext"), "-layout", str(path), "-"], capture_output=True, check=True, encoding="utf-8"
    ).stdout


def text_of(path: Path) -> list[str]:
    # Where Chinese and Latin letters meet there is a space on paper, though none in the text.
    return [re.sub(r"\s+", "", page) for page in layout_of(path).split("\f")[:-1]]


def reader(path: Path) -> Any:  # noqa: ANN401 - a library of the tests
    import pypdf  # noqa: PLC0415 - the fixture says whether it is there

    return pypdf.PdfReader(path)


def test_both_sides_of_each_row_are_on_the_same_page_or_the_next(pages: list[str]) -> None:
    for number in range(60):
        (ours,) = [index for index, page in enumerate(pages) if f"始{number:03}终" in page]
        (theirs,) = [index for index, page in enumerate(pages) if f"Row{number:03}begins" in page]
        assert ours <= theirs <= ours + 1


def test_a_picture_and_the_words_below_it_are_on_one_page(tmp_path: Path) -> None:
    import web  # noqa: PLC0415 - only its pictures are wanted

    pictures = {f"content/zh/img/p{number}.png": web.png(300, 260, 90 + number) for number in range(24)}
    parts = [
        f"段落{'的字' * (7 * number % 60)}。\n\n"
        f'<div align="center">\n<img src="img/p{number}.png" alt="图" width="400">\n<p>图{number:02}完</p>\n</div>\n'
        for number in range(24)
    ]
    texts = {"content/zh/one.md": "# 图\n\n" + "\n".join(parts), "content/zh/two.md": "# 完\n"}
    root = project(tmp_path, "", {**texts, **pictures})
    printed(root)
    path = root / "build/en/pdf/en.pdf"
    shown = [len(re.findall(r"图\d\d完", page)) for page in text_of(path)]
    held = [
        sum(each.get_object()["/Subtype"] == "/Image" for each in page["/Resources"].get("/XObject", {}).values())
        for page in reader(path).pages
    ]
    assert sum(shown) == 24
    assert len([count for count in shown if count]) > 4
    assert shown == held


def test_no_line_begins_with_the_mark_behind_a_formula(tmp_path: Path) -> None:
    text = "\n\n".join("字" * number + "$x_i + y$；后面的字，还有（$z$）：又是字。" * 3 for number in range(30))
    root = project(tmp_path, "", {"content/zh/one.md": f"# 题\n\n{text}\n", "content/zh/two.md": "# 完\n"})
    printed(root)
    made = layout_of(root / "build/en/pdf/en.pdf")
    lines = [line.strip().lstrip("\u2060") for line in made.split("\n") if line.strip()]
    assert sum("；" in line for line in lines) > 60
    assert [line for line in lines if re.match("[；：，。）]", line)] == []


def test_no_word_stands_outside_of_the_margins(book: tuple[Path, Published]) -> None:
    path = book[0] / "build/en/pdf/en.pdf"
    made = subprocess.run(
        [system_program("pdftotext"), "-bbox", str(path), "-"], capture_output=True, check=True, encoding="utf-8"
    ).stdout
    words = re.findall(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>', made)
    assert len(words) > 500
    for left, top, right, bottom, word in words:  # the margins are 54 points wide, and full stops hang into them
        assert float(left) >= 51, word
        assert float(right) <= 595.28 - 51, word
        assert 20 < float(top) < float(bottom) < 841.89 - 20, word


Word = tuple[str, float, float, float]


def words_of(path: Path) -> list[list[Word]]:
    """The words of each page with where they begin, where they end, and how far down they stand."""
    made = subprocess.run(
        [system_program("pdftotext"), "-bbox", str(path), "-"], capture_output=True, check=True, encoding="utf-8"
    ).stdout
    found = r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="[\d.]+">(.*?)</word>'
    return [
        [(word, float(left), float(right), float(top)) for left, top, right, word in re.findall(found, page)]
        for page in made.split("</page>")
    ]


CODE = """\
def f(a):  # 注释
    start_narrow = np.random(0).size(22)
    return a
"""
WIDE = f"""\
    start_words = {"word " * 40}
    start_call = {"np.random.default_rng(0).normal(size=(2,8))." * 4}
        start_deep = {"x" * 150}
end = 1
"""


def test_what_is_broken_off_a_line_of_code_is_moved_in_and_stays_in_its_box(tmp_path: Path) -> None:
    text = f"# 题\n\n```python\n{CODE}```\n\n```python\n{WIDE}```\n"
    listed = "".join(f"{'  ' * depth}- 项\n\n" for depth in range(3)) + "".join(
        f"      {line}\n" for line in f"```python\n{WIDE}```\n".splitlines()
    )
    files: dict[str, str | bytes] = {"content/zh/one.md": text, "content/zh/two.md": f"# 完\n\n{listed}"}
    root = project(tmp_path, 'paper = "b5"\n\n[extract]\ncode = "comments+strings"', files)
    printed(root)
    narrow = wide = 0
    for page in words_of(root / "build/en/pdf/en.pdf"):
        # The margins are 44 points wide, and a column is 41 hundredths of what is between them and the gap.
        edge = 44 + 0.41 * (498.9 - 88 - 17.1)
        for word, start, _, top in page:
            if not word.startswith("start"):
                continue
            end = edge if word == "start_narrow" and start < edge else 498.9 - 44
            column = [each for each in page if start - 40 < each[1] < end]
            nexts = [y for each, _, _, y in column if each.startswith(("start", "return", "end")) and y > top + 1]
            own = [each for each in column if top - 1 < each[3] < min(nexts, default=800) - 1]
            broken = [each for each in own if each[3] > top + 1]
            assert all(right < end - 5 for _, _, right, _ in own), word
            assert all(left > start + 10 for _, left, _, _ in broken), word
            narrow += bool(broken) and word == "start_narrow"
            wide += bool(broken) and word != "start_narrow"
            assert not any(each.startswith(("mal(", "g(")) for each, _, _, _ in broken)
    assert (narrow, wide) == (1, 6)


def test_a_comma_in_a_number_has_no_space_behind_it(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "content/zh/one.md": "# 题\n\n$12{,}288$ 与 $f(1, 2)$\n",
        "content/zh/two.md": "# 完\n",
    }
    root = project(tmp_path, "", files)
    printed(root)
    text = "".join(
        subprocess.run(
            [system_program("pdftotext"), str(root / "build/en/pdf/en.pdf"), "-"],
            capture_output=True,
            check=True,
            encoding="utf-8",
        ).stdout
    )
    assert text.count("12,288") == 2
    assert "(1, 2)" in text


def test_no_line_is_torn_apart_by_a_formula_that_does_not_fit(tmp_path: Path) -> None:
    text = "\n\n".join("字" * number + "$x_1 + x_2 + x_3 + x_4 + x_5$ 又是字。" * 3 for number in range(30))
    root = project(tmp_path, "", {"content/zh/one.md": f"# 题\n\n{text}\n", "content/zh/two.md": "# 完\n"})
    printed(root)
    made = layout_of(root / "build/en/pdf/en.pdf")
    assert made.count("字") > 300
    assert "字 字" not in made
    found = [word for page in words_of(root / "build/en/pdf/en.pdf") for word in page if set(word[0]) == {"字"}]
    assert len(found) > 10
    for word, left, right, _ in found:
        assert right - left < 1.02 * 9.5 * len(word), word


def test_everything_that_is_written_is_there(pages: list[str]) -> None:
    text = "".join(pages)
    for each in (
        "3.",
        "4.",
        "☑",
        "☐",
        "引用的话",
        "小心",
        "词条",
        "解释",
        "注释的内容",
        "开始",
        "结束",
        "右二",
        "Ctrl",
    ):
        assert each in text
    assert "跳过一级的标题" in text
    assert "nottranslated" in text
    # The head of the table stands on each page that it goes on to.
    assert sum(bool(re.search("行[0-9]", page)) for page in pages) >= 2
    assert all("列甲" in page for page in pages if re.search(r"行\d", page))
    # Long words of code are broken without signs that a search would stumble over.
    assert "\u200b" not in text


def test_the_outline_and_the_labels_of_pages(book: tuple[Path, Published]) -> None:
    read = reader(book[0] / "build/en/pdf/en.pdf")

    def titles(outline: list[Any]) -> list[Any]:
        return [titles(each) if isinstance(each, list) else each.title for each in outline]

    found = titles(read.outline)
    assert found[0] == "目录 · Contents"
    assert found[1] == "上篇 · Part One"
    assert [each[:4] for each in found[2]] == ["第一章 "]
    assert found[3] == "下篇 · Part Two"
    assert found[4][1][0].startswith("列表与引用 · ")
    assert read.page_labels[:3] == ["i", "ii", "iii"]
    first = next(index for index, page in enumerate(read.pages) if "上篇" in page.extract_text() and index > 2)
    assert read.page_labels[first] == "1"
    assert first % 2 == 0  # a right-hand page: the first of all is one


def test_what_the_file_says_about_the_book(book: tuple[Path, Published]) -> None:
    read = reader(book[0] / "build/en/pdf/en.pdf")
    assert read.metadata.title == "印刷的书 · A Printed Book"
    assert read.metadata.author == "王芳"
    assert read.metadata.creation_date.isoformat().startswith("2026-03-09")
    assert read.trailer["/Root"]["/Lang"].startswith("zh")
    assert read.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_links_lead_to_other_chapters_and_to_the_web(book: tuple[Path, Published]) -> None:
    read = reader(book[0] / "build/en/pdf/en.pdf")
    addresses = []
    inner = 0
    for page in read.pages:
        for annotation in page.get("/Annots", []):
            action = annotation.get_object().get("/A", {})
            if "/URI" in action:
                addresses.append(action["/URI"])
            else:
                inner += 1
    assert set(addresses) == {"https://example.org/a?b=1&c=2"}
    # Two links of the text in two languages, marks of the note and ways back, and the lines of the contents.
    assert inner >= 2 * 2 + 4 + 4


def test_a_damaged_picture_is_its_alternative_text_and_a_warning(
    book: tuple[Path, Published], pages: list[str]
) -> None:
    assert [each.code for each in book[1].diagnostics] == ["picture-unreadable"]
    assert "[坏图]" in "".join(pages)


def test_the_same_book_is_the_same_bytes(book: tuple[Path, Published], tmp_path: Path) -> None:
    assert printed(project(tmp_path))[1] == (book[0] / "build/en/pdf/en.pdf").read_bytes()


def test_the_time_that_the_environment_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project(tmp_path, files={"content/zh/one.md": "# 一\n", "content/zh/two.md": "# 二\n"})
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    printed(root)
    made = reader(root / "build/en/pdf/en.pdf").metadata.creation_date
    assert made.isoformat().startswith("2001-09-09")


@pytest.mark.parametrize(("paper", "size"), [("a4", (595, 842)), ("b5", (499, 709)), ("letter", (612, 792))])
@pytest.mark.parametrize("layout", ["stacked", "facing"])
def test_papers_and_layouts(tmp_path: Path, paper: str, size: tuple[int, int], layout: str) -> None:
    root = project(tmp_path, f'paper = "{paper}"\nlayout = "{layout}"')
    printed(root)
    pages = text_of(root / "build/en/pdf/en.pdf")
    box = reader(root / "build/en/pdf/en.pdf").pages[0].mediabox
    assert (round(box.width), round(box.height)) == size
    ours = [index for index, page in enumerate(pages) if "始059终" in page]
    theirs = [index for index, page in enumerate(pages) if "Row000begins" in page]
    assert (ours[0] < theirs[0]) == (layout == "facing")


@pytest.mark.parametrize("standard", ["ua-1", "a-2b"])
def test_standards(tmp_path: Path, standard: str) -> None:
    data = printed(project(tmp_path, f'standard = ["{standard}"]'))[1]
    assert (b"pdfuaid:part" if standard == "ua-1" else b"pdfaid:part") in data


HOSTILE = r"""
# #import "x.typ" `#eval("1")` \#panic() "] #[ ") #panic("

#import "@preview/cetz:0.3.0" #eval("panic()") \" \\" "); panic("a"); ("

@reference <label> $x$ ~ -- --- ... `raw` ```` ``` ```` /* comment */ // comment

```python
#panic("in code") \" "); #panic() \u{41} ${x}
```

```typ
#panic("in typ")
```

$\text{"); panic("} \text{\\"} \mathrm{"#panic()"} \%$

[a "] #panic("](https://example.org/"\#panic\(\)) <b title='"); panic("'>x"); panic("</b>

<p id='"); panic("'>"#panic()"</p>

![#panic() "]](img/a.png "\"#panic()")

| #panic() | "); panic(" |
|---|---|
| `"); panic("` | $"); panic("$ |

[^"#panic()]: x

NEST
"""


@pytest.mark.filterwarnings("ignore:path is deprecated:DeprecationWarning")  # of ziamath
def test_nothing_in_a_book_is_code(tmp_path: Path) -> None:
    nested = "<blockquote><ul><li><b>" * 60 + "tief" + "</b></li></ul></blockquote>" * 60
    quotes = "> " * 40 + "unten\n\n" + "\n".join("  " * level + "- ebene" for level in range(40))
    deep = "$" + "\\sqrt{\\frac{1}{" * 40 + "x" + "}}" * 40 + "$\n\n$" + "\\sqrt{" * 11 + "x" + "}" * 11 + "$"
    boxes = "\n".join(f"{':' * (40 - level)} tip" for level in range(20))
    text = HOSTILE.replace("NEST", f"{nested}\n\n{quotes}\n\n{deep}\n\n{boxes}\n\ninnen\n")
    files: dict[str, str | bytes] = {
        "content/zh/one.md": text,
        "content/zh/two.md": text,
        "content/zh/img/a.png": _png(),
    }
    root = project(tmp_path, files=files)
    made, _ = printed(root)
    shown = "".join(text_of(root / "build/en/pdf/en.pdf"))
    for each in (
        '#import"@preview/cetz:0.3.0"#eval("panic()")',
        '#panic("incode")\\""',
        "@reference",
        '#panic("intyp")',
    ):
        assert each in shown
    for each in ("tief", "unten", "innen"):
        assert each in shown
    assert {each.code for each in made.diagnostics if each.severity != "info"} >= {"formula-unreadable"}


def reason(root: Path) -> Diagnostic:
    """Why no PDF is made, and that none is."""
    try:
        found = publish(load(root / "bilingual.toml"), ["pdf"])
    except BilingualError as refused:
        return refused.diagnostics[0]
    assert found.editions == ()
    assert not (root / "build/en/pdf").exists()
    (error,) = (each for each in found.diagnostics if each.severity is Severity.ERROR)
    return error


SMALL: dict[str, str | bytes] = {"content/zh/one.md": "# 一\n", "content/zh/two.md": "# 二\n"}


def test_without_a_chinese_font_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedded = press._embedded()
    monkeypatch.setattr(press, "_fonts", lambda _: embedded)
    found = reason(project(tmp_path, files=SMALL))
    assert found.code == "font-missing"
    assert "fonts-noto-cjk" in found.hint
    assert 'pip install "bilingual-editions[fonts]"' in found.hint


def test_a_font_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "No Such Font" in reason(project(tmp_path, 'target-font = "No Such Font"', SMALL)).message


def test_without_typst_the_hint_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project(tmp_path, files=SMALL)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    found = reason(root)
    assert (found.code, found.hint) == ("typst-missing", 'pip install "bilingual-editions[pdf]"')


def test_a_large_book_is_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project(tmp_path)
    monkeypatch.setattr(pdf, "VOLUME", 5_000)
    publish(load(root / "bilingual.toml"), ["pdf"])
    assert sorted(each.name for each in (root / "build/en/pdf").iterdir()) == ["en-1.pdf", "en-2.pdf"]
    assert "第二章" not in "".join(text_of(root / "build/en/pdf/en-1.pdf"))


@pytest.mark.parametrize(
    "options", ['paper = "a5"', 'layout = "two"', 'columns = "1"', "size = 40", 'accent = "red"', 'standard = ["x"]']
)
def test_wrong_options_are_named(tmp_path: Path, options: str) -> None:
    found = reason(make(tmp_path, SMALL, CONFIG + f"\n[render.pdf]\n{options}\n"))
    assert options.split(" ", maxsplit=1)[0] in found.message + found.excerpt


def formulas(text: str, path: str) -> set[tuple[str, bool]]:
    """The formulas of a file, each with whether it stands on lines of its own."""
    chosen = dialect()
    document = parse(text, path=path, dialect=chosen)
    found = set()
    for block in document.blocks:
        for leaf in block.leaves():
            if leaf.kind is BlockKind.MATH:
                found.add((formula_of(leaf)[0], True))
    for segment in document.segments:
        for atom in Inline(segment.text, chosen).atoms():
            if atom.kind == "math":
                latex = segment.text[atom.span.start : atom.span.end]
                found.add((latex.strip("$"), latex.startswith("$$")))
    return found


def compiled(found: set[tuple[str, bool]]) -> bytes:
    codes = []
    for latex, display in sorted(found):
        made = formula(latex, display=display)
        assert made is not None, latex
        code = equation(tree(made.mathml).elements()[0])
        assert code is not None, latex
        codes.append(code)
    fonts = '(serif: "Libertinus Serif", sans: "Libertinus Serif")'
    settings = (
        f'#let settings = (accent: "#000000", size: 10pt, layout: "side", mono: "DejaVu Sans Mono", '
        f"source: {fonts}, target: {fonts})\n#let known = (:)\n"
    )
    main = '#import "book.typ": *\n#set page(height: auto)\n#{\n' + "\n".join(codes) + "\n}\n"
    files = {"settings.typ": settings.encode(), "main.typ": main.encode()}
    return press.make(files, (), standards=(), timestamp=0)


def test_every_formula_of_a_whole_book_becomes_mathematics() -> None:
    folder = shared() / "corpora" / "d2l-zh"
    found: set[tuple[str, bool]] = set()
    for path in sorted(folder.rglob("*.md")):
        found |= formulas(path.read_bytes().decode(), path.name)
    assert len({latex for latex, _ in found}) >= 2_103
    assert compiled(found).startswith(b"%PDF")


def test_every_formula_of_the_sample_book_becomes_mathematics() -> None:
    found: set[tuple[str, bool]] = set()
    for path in sorted((ROOT / "content").rglob("*.md")):
        found |= formulas(path.read_text("utf-8"), path.name)
    assert compiled(found | {("x", False)}).startswith(b"%PDF")


@pytest.mark.parametrize(
    "latex",
    [
        r"\hat{y}\bar{x}\vec{a}\overline{abc}\tilde{x}\dot{x}\widehat{abc}\overrightarrow{AB}\underline{x}",
        r"\underbrace{a+b}_{n}+\overbrace{c}^{m} \xrightarrow[b]{a} \overset{!}{=} \stackrel{d}{\to}",
        r"\begin{cases}1 & x>0\\0 &\text{否}\end{cases}\begin{array}{|c|c|}\hline a & b\\ \hline c&d\end{array}",
        r"\binom{n}{k} \sqrt[3]{x} \color{red}{x} \boxed{x} \cancel{x} \bcancel{x} \xcancel{x} \phantom{x} x\tag{1}",
        r"\left.\frac{df}{dx}\right|_{x=0} \left(\frac{a}{b}\middle|c\right] \big( \Big[ x \Bigg) \lVert x",
        r"{}_a^b X_c^d f'''(x)'' \int\limits_0^1 \iint \bigcup_{i} \lim_{n\to\infty} \mathop{\mathrm{arg\,max}}_x",
        r"\mathbb{R}\mathcal{L}\mathfrak{g}\mathbf{12}\boldsymbol{\theta}\mathrm{d}\textbf{粗体}\texttt{a_b}\text{\"'}",
        r"\begin{pmatrix}\end{pmatrix} {} \frac{}{} \sqrt{} x^{} _{} \\ \! \quad \hspace{-1em} \hspace{99em}",
        r"\displaystyle \tfrac12 \textstyle \dfrac12 \scriptstyle x \smash{y} \mathrlap{z} \raisebox{1em}{x}",
    ],
)
@pytest.mark.parametrize("display", [True, False])
def test_unusual_formulas_compile(latex: str, display: bool) -> None:
    assert compiled({(each, display) for each in latex.split(" ") if formula(each, display=display)} | {("x", display)})
    if formula(latex, display=display):
        assert compiled({(latex, display)})


def test_the_signs_of_a_formula_can_be_copied(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(compiled({(r"\alpha + \frac{12}{\beta} \le \sin(y)", False)}))
    assert set("𝛼+12𝛽≤sin(𝑦)") <= set("".join(text_of(path)))
