"""Text inside code, diagrams and pictures."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from bilingual.catalog import Entry
from bilingual.diagram import renders
from bilingual.language import HAN, language
from bilingual.markdown.code import pieces
from bilingual.markdown.dialect import CODE, Dialect, dialect
from bilingual.markdown.document import CODE_KINDS, Kind
from bilingual.markdown.mermaid import labels
from bilingual.markdown.parse import parse
from bilingual.merge import merge, prove
from bilingual.unit import Unit, wanted
from book import CONFIG, OUT, PO, edit, entries, make, translate
from invariants import hold, pseudo
from strategies import BOOKS
from support import done, shared

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ALL = dialect(code="comments+strings", diagrams=True)
COMMENTS = dialect(code="comments")


def texts(source: str, chosen: Dialect = ALL) -> list[str]:
    document = parse(source, dialect=chosen)
    for segment in document.segments:
        assert document.text[segment.span.start : segment.span.end] == segment.text
    return [segment.text for segment in document.segments if segment.kind in CODE_KINDS]


def merged(source: str, say: Callable[[str], str], chosen: Dialect = ALL) -> tuple[str, list[str]]:
    """Merge translations of the texts in code; returns the result and the codes of the findings."""
    document = parse(source, dialect=chosen)
    units = [
        Unit(segment, Entry(segment.text, say(segment.text)) if segment.kind in CODE_KINDS else None)
        for segment in document.segments
    ]
    result = prove(document, units, chosen)
    return result.document.text, [each.code for each in result.diagnostics]


@pytest.mark.parametrize(
    ("name", "code", "expected"),
    [
        ("python", "# 注释一 \nx = 1  #行尾\n", ["注释一", "行尾"]),
        ("python", 'def f():\n    """第一行\n\n    第二行\n    >>> 不算\n    """\n', ["第一行", "第二行"]),
        ("python", "print(f'损失: {x[\"中\"]:.4f} 元', b'\\xff', u'好')\n", ['损失: {x["中"]:.4f} 元', "好"]),
        ("py", "x = '路径/文件'  # noqa: E501 不算\n", ["路径/文件"]),
        ("{python}", "#@save\n#@tab all\n# %% 单元\n# 说明\n", ["说明"]),
        ("js", "// 一\n/* 二\n * 三\n */\nlet a = `共 ${n} 个`, b = '四';\n", ["一", "二", "三", "共 ${n} 个", "四"]),
        ("cpp", '#include <a.h>\n/// 文档\nauto s = "串";\n', ["文档", "串"]),
        ("sql", "-- 查\nSELECT '值'; /* 完 */\n", ["查", "值", "完"]),
        ("bash", '# 装\necho "好"\n', ["装", "好"]),
        ("html", "<!-- 注 --><p>文</p>\n", ["注"]),
        ("lua", "-- 一\n--[[ 二\n三 ]]\n", ["一", "二", "三"]),
        ("python", "x = 1  # 说明  # noqa: E501\n#!/usr/bin/env 不\n# type: 不\n", ["说明"]),
        ("python", '"""好\n>>> f(1)\n不\n\n尾"""\n', ["好", "尾"]),
        ("pycon", ">>> x = '不'  # 不\n'不'\n", []),
        ("js", "/**\n * @param {number} n 个数\n */\n// @ts-ignore 不\n", ["@param {number} n 个数"]),
        ("php", "// 注\n$x = '串';\n", ["注", "串"]),
        ("php", "<p>不</p><?php // 注\n", ["注"]),
        ("csharp", 'var a = $"共 {n}", b = @"路径";\n', ["共 {n}", "路径"]),
        ("kotlin", 'val s = "共 $n 个"\n', ["共 $n 个"]),
        ("bash", 'echo "好 $NAME" "$(不 "不")"\n', ["好 $NAME", "不"]),
        ("rust", '/// 文\nlet s = r#"串"#;\n', ["文", "串"]),
        ("c", "char *s = \"中 \\\n文\"; char c = '不';\n", ["中", "文"]),
        ("r", "#' 文\n", ["文"]),
        ("fortran", "! 注\n", ["注"]),
        ("tcshcon", "> echo '不'\n# 不\n", []),
        ("python", "x = f'{n!r:>{w}} 三 {m=}'  # 四\ny = '五'\n", ["{n!r:>{w}} 三 {m=}", "四", "五"]),
        ("text", "# 不知道\n", []),
        ("no-such-language", "# 不知道\n", []),
        ("", "# 不知道\n", []),
    ],
)
def test_comments_and_strings_are_found_without_their_marks(name: str, code: str, expected: list[str]) -> None:
    assert [text for text in texts(f"```{name}\n{code}```\n") if HAN.search(text)] == expected
    comments = [text for text in texts(f"```{name}\n{code}```\n", COMMENTS) if HAN.search(text)]
    assert set(comments) <= set(expected)
    assert not texts(f"```{name}\n{code}```\n", dialect())


@pytest.mark.parametrize(
    ("diagram", "expected"),
    [
        (
            'graph TD\n  A[开始] --> B{"判断 (x)"}\n  B -->|是| C([结束])\n  B -- 否 --> D[[子]]\n  E((圆)) ==> 名\n'
            "  subgraph S1 [外层]\n  end\n  subgraph 独名\n  end\n  subgraph 用名\n  end\n  A --> 用名\n"
            "  style A fill:#f9f\n  %% 注释\n",
            ["开始", "判断 (x)", "是", "结束", "否", "子", "圆", "外层", "独名"],
        ),
        (
            "sequenceDiagram\n  participant U as 用户\n  U->>S: 请求<br/>数据\n"
            "  Note over U,S: 说明\n  loop 每天\n  S-->>U: 答\n  end\n",
            ["用户", "请求<br/>数据", "说明", "每天", "答"],
        ),
        ('pie title 占比\n  "甲" : 40\n  "乙" : 60\n', ["占比", "甲", "乙"]),
        (
            "gantt\n  title 计划\n  dateFormat YYYY-MM-DD\n  section 一期\n  任务 :a1, 2024-01-01, 30d\n",
            ["计划", "一期", "任务"],
        ),
        (
            'stateDiagram-v2\n  state "等待" as W\n  W --> R : 开始\n  note right of W : 空闲\n',
            ["等待", "开始", "空闲"],
        ),
        ("mindmap\n  root((大模型))\n    训练\n      ::icon(fa fa-book)\n    id[推理]\n", ["大模型", "训练", "推理"]),
        ("timeline\n  title 历史\n  2017 : 注意力\n  2020 : 规模 : 少样本\n", ["历史", "注意力", "规模", "少样本"]),
        ("journey\n  title 一天\n  section 早\n    起床: 5: 我\n", ["一天", "早", "起床", "我"]),
        ("---\ntitle: 不\n---\nflowchart LR\n  a[甲]-->b[乙]\n", ["甲", "乙"]),
        ("erDiagram\n  A ||--o{ B : 有\n", ["有"]),
        ('classDiagram\n  class A["甲"]\n  A <|-- B : 继承\n  A : +int 不\n', ["甲", "继承"]),
        ("graph TD; A[甲]-->B(乙)\n", ["甲", "乙"]),
        (
            "graph TD\n  A--一-->B\n  A-.二.->B\n  A == 三 ==> B\n  A <-- 四 --> B\n  A --o 不 --> B\n",
            ["一", "二", "三", "四"],
        ),
        ('graph TD\n  A["甲 -- 乙 --> |丙|"] -->|"丁[戊]"| B[" 己 "]\n', ["甲 -- 乙 --> |丙|", "丁[戊]", "己"]),
        ("未知\n  随便[什么]\n", []),
    ],
)
def test_labels_of_diagrams_are_found(diagram: str, expected: list[str]) -> None:
    assert texts(f"```mermaid\n{diagram}```\n") == expected
    assert not texts(f"```mermaid\n{diagram}```\n", COMMENTS)


NESTED = (
    "- 项\n\n  > ```python\n  > # 注释\n  > x = '串'\n  > ```\n\n"
    "\t```js\n\t// 制表\n\t```\n\n~~~{python}\nif x:\n\ty = 1\t# 深\n~~~\n"
)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_nested_blocks_keep_every_byte(end: str) -> None:
    source = NESTED.replace("\n", end)
    assert texts(source) == ["注释", "串", "制表", "深"]
    text, codes = merged(source, lambda text: "T" + text)
    assert not codes
    assert text == re.sub("注释|串|制表|深", lambda match: "T" + match.group(), source)


EVERYTHING = "".join(
    f"{before}```{name}\n" + "".join(f"{after}{line}\n" for line in code.split("\n")) + f"{after}```\n\n"
    for before, after in (("", ""), ("> ", "> "), ("- ", "  "), ("1.\t> ", "\t> "))
    for name, code in (
        ("python", "# 一\n\tx = f'{n!r} 三'\n\n  #\t四 "),
        ("js", "/* 一\n\n\t* 二 */ `三\n\n${x}五`"),
        ("cpp", '#define A "一" \\\n\t// 二'),
        ("bash", '#!/bin/sh\necho "一 $X" <<E\n二\nE'),
        ("sql", "-- 一\nSELECT 'it''s 二'"),
        ("html", "<!-- 一\n二 --><p title='三'>四</p>"),
        ("yaml", "a: '一'  # 二\nb: |\n  三"),
        ("rust", '/// 一\n//! 二\n"三"'),
        ("mermaid", "graph TD\n\tA[一] -->|二| B"),
    )
)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("code", CODE)
@pytest.mark.parametrize("diagrams", [False, True])
def test_every_option_keeps_every_byte(end: str, code: str, diagrams: bool) -> None:
    source = EVERYTHING.replace("\n", end)
    chosen = dialect(code=code, diagrams=diagrams)
    assert hold(source, chosen, lambda text: text).document.text == source
    result = hold(source, chosen, pseudo)
    assert HAN.sub("", result.document.text) == HAN.sub("", source)
    kinds = {segment.kind for segment in result.document.segments}
    assert (Kind.CODE_COMMENT in kinds) == (code != "off")
    assert (Kind.CODE_STRING in kinds) == (code == "comments+strings")
    assert (Kind.DIAGRAM_LABEL in kinds) == diagrams


def test_skipped_blocks_stay_whole() -> None:
    assert texts("<!-- i18n:skip -->\n```python\n# 一\n```\n\n```python\n# 二\n```\n") == ["二"]


@pytest.mark.parametrize(
    ("code", "say"),
    [
        ("print('好')", "it's"),
        ("print('好')", 'say "hi"\\'),
        ("print(f'共 {n} 个')", "in all {m}"),
        ("print('%d 个')", "some"),
        ("print('一\\n二')", "one two"),
        ('"""好"""', 'a """ b'),
        ("x = f'{x:{w}} 好'", "{y:{w}} good"),
        ("x = '$name 好'", "good"),
        ("x = 1  # 好", "type: int"),
        ("x = 1  # 好", "# noqa"),
        ("x = 1  # 好", ""),
    ],
)
def test_translations_that_break_code_are_put_back(code: str, say: str) -> None:
    source = f"```python\n{code}\n```\n"
    text, codes = merged(source, lambda _: say)
    ast.parse(text.split("\n")[1])
    assert text == source
    assert codes == (["code-broken"] if say else [])


@pytest.mark.parametrize(
    ("code", "say"),
    [
        ("print('占 5% 的')", "5% of the"),
        ("# 区域建议", "region proposal"),
        ("# 检查", "pylint checks it"),
        ("print('共 %d 个 {x}')", "{x} of %d"),
    ],
)
def test_words_that_only_look_like_code_are_used(code: str, say: str) -> None:
    text, codes = merged(f"```python\n{code}\n```\n", lambda _: say)
    assert not codes
    assert say in text


@pytest.mark.parametrize("mark", ["", "> ", "- > "])
def test_code_in_quotes_is_checked_too(mark: str) -> None:
    further = mark.replace("-", " ")
    python = f"{mark}```python\n{further}def f():\n{further}    return f'{{a}}{{b}} 好'\n{further}```\n"
    assert merged(python, lambda _: "{a b}{a} good") == (python, ["code-broken"])
    # Only the parser sees that the braces no longer fit.
    assert merged(python, lambda _: "{a}{b} good }") == (python, ["code-broken"])
    diagram = f"{mark}```mermaid\n{further}erDiagram\n{further}  A ||--o{{ B : 有\n{further}```\n"
    assert merged(diagram, lambda _: "has many") == (diagram, ["code-broken"])
    assert merged(diagram, lambda _: "has") == (diagram.replace("有", "has"), [])


def test_one_bad_translation_does_not_take_the_good_ones_along() -> None:
    source = "```python\nx = '一'\ny = '二'  # 三\n```\n"
    text, codes = merged(source, {"一": "one", "二": "t'o", "三": "three"}.__getitem__)
    assert text == "```python\nx = 'one'\ny = '二'  # three\n```\n"
    assert len(codes) == 1


def test_a_comment_cannot_be_left_by_its_translation() -> None:
    source = "```js\n/* 一 */ run()\n```\n"
    assert merged(source, lambda _: "one */ stop() /*")[0] == source
    assert merged(source, lambda _: "one\ntwo")[0] == "```js\n/* one two */ run()\n```\n"
    # These end a line to JavaScript, but not to Markdown.
    assert merged("```js\n// 一\n```\n", lambda _: "a\x85b\u2028c\u2029d")[0] == "```js\n// a b c d\n```\n"


def test_a_diagram_that_could_be_drawn_can_still_be_drawn() -> None:
    source = "```mermaid\ngraph TD\n    A[开始] --> B{判断}\n    B -->|是| C[结束]\n```\n"
    good = {"开始": "Start", "判断": "Decide", "是": "yes", "结束": "End"}
    text, codes = merged(source, good.__getitem__)
    assert not codes
    assert "A[Start] --> B{Decide}" in text
    assert renders("\n".join(text.split("\n")[1:-2]))
    bad = {**good, "判断": "a (b", "是": 'a"b'}
    text, codes = merged(source, bad.__getitem__)
    assert codes
    assert renders("\n".join(text.split("\n")[1:-2]))
    assert "A[Start]" in text


def test_a_renderer_that_panics_cannot_draw() -> None:
    assert not renders('erDiagram\n A ||\n-o{ \u2028B |: ""\n')


def test_what_is_no_text_is_not_wanted() -> None:
    def extracted(source: str, one: str, other: str) -> list[str]:
        document = parse(source, dialect=ALL)
        return [each.text for each in document.segments if wanted(each, ALL, language(one), language(other))]

    code = "```python\n# Load the data\nx = open('data.csv', 'rb')  # 读\n```\n"
    assert extracted(code, "en", "zh") == ["Load the data"]
    assert extracted(code, "zh", "en") == ["读"]
    assert extracted(code, "zh", "ja") == ["读"]
    diagram = "```mermaid\ngraph TD\n  A[Start] --> B[开始]\n```\n"
    assert extracted(diagram, "en", "zh") == ["Start", "开始"]
    assert extracted(diagram, "zh", "en") == ["开始"]


def test_pictures_are_chapters_with_catalogs(tmp_path: Path) -> None:
    image = "![流程](fig/a.svg)"
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg"><style>text{fill:红}</style>\n'
        '<text x="1">开始<tspan> A &amp; 乙 </tspan></text>\n<title>流程图</title></svg>\n'
    )
    files = {
        "content/zh/a.md": f"{image}\n",
        "content/zh/fig/a.svg": picture,
        "content/zh/fig/b.svg": "<svg><rect/></svg>",
        "content/zh/fig/c.svg": '<!DOCTYPE svg [<!ENTITY x "y">]>\n<svg><text>不</text></svg>',
        "content/zh/fig/d.en.svg": "<svg><text>已</text></svg>",
    }
    make(tmp_path, files, CONFIG + "[extract]\ndiagrams = true\n")
    assert "svg-doctype" in done(tmp_path, "extract")
    po = tmp_path / "locale/en/LC_MESSAGES/fig.a.svg.po"
    assert list(entries(po)) == ["开始", "A &amp; 乙", "流程图"]
    assert len(list((tmp_path / "locale").rglob("*.po"))) == 2
    translate(tmp_path, {"开始": "Start", "A &amp; 乙": "A &amp; B", "流程图": "Flow", image: "![Flow](fig/a.svg)"})
    done(tmp_path, "merge")
    result = (tmp_path / "content/en/fig/a.svg").read_text("utf-8")
    assert result == picture.replace("开始", "Start").replace("乙", "B").replace("流程图", "Flow")
    assert (tmp_path / OUT).read_text("utf-8") == "![Flow](fig/a.svg)\n"
    edit(po, lambda entry: replace(entry, msgstr="A & B" if "乙" in entry.msgid else "<script>x</script>"))
    output = done(tmp_path, "merge", code=1)
    assert "code-broken" in output or "structure-changed" in output
    assert (tmp_path / "content/en/fig/a.svg").read_text("utf-8") == picture


def test_a_picture_that_somebody_translated_is_left_to_them(tmp_path: Path) -> None:
    picture, by_hand = "<svg><text>红</text></svg>", "<svg><text>red, by hand</text></svg>"
    files = {
        "content/zh/a.md": "![红](fig/a.svg)\n",
        "content/zh/fig/a.svg": picture,
        "content/zh/fig/a.en.svg": by_hand,
    }
    make(tmp_path, files, 'source = "zh"\ntargets = ["en", "fr"]\n[extract]\ndiagrams = true\n')
    done(tmp_path, "extract")
    places = sorted(path.relative_to(tmp_path / "locale").as_posix() for path in (tmp_path / "locale").rglob("*.po"))
    assert places == ["en/LC_MESSAGES/a.po", "fr/LC_MESSAGES/a.po", "fr/LC_MESSAGES/fig.a.svg.po"]
    translate(tmp_path, {"![红](fig/a.svg)": "![red](fig/a.svg)"})
    translate(tmp_path, {"红": "rouge", "![红](fig/a.svg)": "![rouge](fig/a.svg)"}, "fr")
    assert "100 %" in done(tmp_path, "status")
    assert "en: 100 % translated (1 translated)" in done(tmp_path, "merge")
    assert (tmp_path / "content/en/fig/a.svg").read_text("utf-8") == by_hand
    assert (tmp_path / "content/fr/fig/a.svg").read_text("utf-8") == picture.replace("红", "rouge")
    assert done(tmp_path, "check") == "0 errors, 0 warnings, 0 notes\n"
    # A picture that is translated by hand later is nobody else's work from then on.
    (tmp_path / "content/zh/fig/a.fr.svg").write_text(by_hand, "utf-8")
    done(tmp_path, "extract")
    assert all(each.obsolete for each in entries(tmp_path / "locale" / places[2]).values())
    assert "fr: 100 % translated (1 translated)" in done(tmp_path, "merge")
    assert (tmp_path / "content/fr/fig/a.svg").read_text("utf-8") == by_hand


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        ("<svg><text>\r\n  一\r\n  二 </text></svg>", ["一二"]),
        ('<svg><text><a href="x">一</a></text><p>不</p></svg>', ["一"]),
        ('\ufeff<?xml version="1.0"?><s:svg xmlns:s="x"><s:title>一</s:title></s:svg>', ["一"]),
        ('<svg><text x="1>2">一<!-- 不 -->二<![CDATA[不]]><style>不</style></text></svg>', ["一", "二"]),
        ("<!-- <text>不</text>", []),
        ("<? <text>不</text>", []),
    ],
)
def test_text_in_pictures_is_found(picture: str, expected: list[str]) -> None:
    document = parse(picture, path="a.svg")
    assert [segment.text for segment in document.segments] == expected
    units = [Unit(each, Entry(each.text, pseudo(each.text))) for each in document.segments]
    result = prove(document, units, ALL)
    assert not result.put_back
    assert [segment.text for segment in result.document.segments] == [pseudo(text) for text in expected]


@pytest.mark.parametrize("say", ["a & b", "a < b", "</text><script>x</script><text>", "&x;", "<b>a</b>"])
def test_translations_that_break_a_picture_are_put_back(say: str) -> None:
    document = parse("<svg><text>一</text></svg>", path="a.svg")
    result = prove(document, [Unit(document.segments[0], Entry("一", say))], ALL)
    assert result.document.text == document.text
    assert [each.code for each in result.diagnostics] == ["code-broken"]


def test_a_book_with_code_goes_round(tmp_path: Path) -> None:
    source = "# 题\n\n```python\n# 学习率\nprint(f'损失: {loss:.4f}')\n```\n"
    make(tmp_path, {"content/zh/a.md": source}, CONFIG + '[extract]\ncode = "comments+strings"\n')
    done(tmp_path, "extract")
    found = entries(tmp_path / PO)
    assert found["学习率"].extracted.startswith("type: code comment")
    translate(tmp_path, {"题": "Title", "学习率": "Learning rate", "损失: {loss:.4f}": "loss"})
    output = done(tmp_path, "merge", code=1)
    assert f"{PO}:" in output
    assert "error[code-broken]" in output
    assert (tmp_path / OUT).read_text(
        "utf-8"
    ) == "# Title\n\n```python\n# Learning rate\nprint(f'损失: {loss:.4f}')\n```\n"


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(BOOKS)
def test_any_book_with_text_in_code_survives(text: str) -> None:
    assert hold(text, ALL, lambda text: text).document.text == text


def test_a_real_book_survives_with_all_its_text_in_code() -> None:
    count = put_back = 0
    for path in sorted((shared() / "corpora/d2l-zh").rglob("*.md")):
        text = path.read_bytes().decode()
        document = parse(text, path=path.name, dialect=ALL)
        found = [segment for segment in document.segments if segment.kind in CODE_KINDS and HAN.search(segment.text)]
        count += len(found)
        assert merge(document, [Unit(each, Entry(each.text, each.text)) for each in document.segments]) == text
        if not found:
            continue
        units = [
            Unit(each, Entry(each.text, pseudo(each.text) if each in found else each.text))
            for each in document.segments
        ]
        result = prove(document, units, ALL)
        put_back += len(result.put_back)
        for unit, segment in zip(units, result.document.segments, strict=True):
            assert unit.entry is not None
            assert segment.text == unit.entry.msgstr
    assert count > 1_700
    assert put_back == 0


def test_finding_nothing_is_no_error() -> None:
    assert not pieces("'", "python", strings=True)
    assert labels("") == []
    assert [segment.kind for segment in parse("```python\n# 一\n```\n", dialect=ALL).segments] == [Kind.CODE_COMMENT]
