"""Diagrams as the files that readers get."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bilingual.diagram import LONGEST, Drawing, draw, renders
from browser import chromium
from support import ROOT

SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = set(
    "circle clipPath defs desc ellipse feDropShadow filter g line linearGradient marker path polygon polyline "
    "radialGradient rect stop style svg symbol text title tspan use".split(),
)
# One of each kind, and the words that must be legible in it.
KINDS = {
    """flowchart LR
      A[原始文本] -->|抽取| B{翻译吗?}
      B -->|是| C[(数据库)]
      subgraph 子图
        C
      end
    """: "原始文本 抽取 翻译吗 子图",
    """graph TD
      甲["第一行<br/>第二行"] --> 乙
      style 甲 fill:#f9f
      classDef red fill:#f00
      class 乙 red
    """: "第一行 第二行 乙",
    """sequenceDiagram
      participant 用户
      用户->>服务器: 登录
      loop 每隔五秒
        服务器-->>用户: 心跳
      end
    """: "用户 服务器 登录 心跳",
    """pie title 语言
      "中文" : 45
      "英文" : 55
    """: "语言 中文 英文",
    """gantt
      title 计划
      dateFormat YYYY-MM-DD
      section 第一章
      初译 :a1, 2026-01-01, 10d
      校对 :after a1, 5d
    """: "计划 初译 校对",
    """classDiagram
      class 动物 {
        +吃() void
      }
      动物 <|-- 鸭子
    """: "动物 吃 鸭子",
    """stateDiagram-v2
      [*] --> 草稿
      草稿 --> 已译 : 翻译
      已译 --> [*]
    """: "草稿 已译 翻译",
    """erDiagram
      顾客 ||--o{ 订单 : 下单
    """: "顾客 订单 下单",
    """mindmap
      root((双语))
        抽取
        翻译
    """: "双语 抽取 翻译",
    """timeline
      title 历史
      2025 : 第一版 : 第二版
    """: "历史 第一版 第二版",
    """quadrantChart
      title 优先级
      x-axis 低 --> 高
      项目甲: [0.3, 0.6]
    """: "优先级 项目甲",
    """xychart-beta
      title "销量"
      x-axis [一月, 二月]
      bar [30, 60]
    """: "销量 一月 二月",
    """journey
      title 一天
      section 上班
        泡茶: 5: 我
    """: "一天 上班 泡茶",
    """kanban
      待办
        [写文档]
    """: "待办 写文档",
    "sankey-beta\n甲,乙,10\n": "甲 乙",
    'block-beta\n a["甲"] b["乙"]\n': "甲 乙",
    'C4Context\n Person(a, "用户", "说明")\n': "用户 说明",
    """architecture-beta
      group api(cloud)[接口]
      service db(database)[数据库] in api
    """: "接口 数据库",
    "gitGraph\n commit\n branch b\n commit\n": "main b",
    """%%{init: {"look": "handDrawn", "theme": "forest"}}%%
    flowchart LR
      A[甲] --> B{乙}
    """: "甲 乙",
}
_CHART = "\nflowchart LR\n A-->B\n"
HOSTILE = [
    f'{_CHART} click A callback "tip"\n click B href "javascript:alert(1)" "tip"\n',
    f'{_CHART} click B "https://example.org" _blank\n click A call alert(1)\n',
    f"""%%{{init: {{"securityLevel": "loose", "htmlLabels": true,
        "themeVariables": {{"primaryColor": "red; }} </style><script>alert(1)</script>"}}}}}}%%{_CHART}""",
    f"""%%{{init: {{"themeCSS": ".node rect{{fill:url(http://example.org/z)}} @import url(http://example.org/l);
        </style><script>"}}}}%%{_CHART}""",
    f"""%%{{init: {{"themeCSS": "#merman .node rect{{fill:url(http://example.org/z);background:u\\\\72l(//example.org)}}
        #merman .node{{fill:image-set('http://example.org/z' 1x);cursor:url(#x)}}"}}}}%%{_CHART}""",
    f"""%%{{init: {{"theme": "base", "themeVariables": {{"primaryColor": "url(http://example.org/z)"}},
        "fontFamily": "x</style><script>"}}}}%%{_CHART}""",
    f"""---
title: "<script>alert(1)</script>"
config:
  fontFamily: "x</style><script>alert(1)</script>"
---{_CHART}""",
    f'{_CHART} C["<img src=x onerror=alert(1)>"] --> D["<script>alert(1)</script>"]\n',
    f'{_CHART} C["<a href=javascript:alert(1)>x</a>"]\n',
    f"{_CHART} style A fill:url(#a),stroke:red\n classDef c fill:#f00,stroke:blue\n class B c\n",
    f'{_CHART} C["&quot; onload=&quot;alert(1)"] --> D["]]><script>x</script>"]\n',
    f"{_CHART} accTitle: <script>alert(1)</script>\n accDescr: </desc><script>x</script>\n",
    f'{_CHART} C@{{ img: "http://example.org/z.png", label: "x", w: 60, h: 60 }}\n D["fa:fa-car 车"]\n',
    f"{_CHART} A e1@--> B\n e1@{{ animate: true }}\n",
    """sequenceDiagram
      participant A
      link A: Dash @ javascript:alert(1)
      links A: {"x":"https://example.org"}
      A->>A: hi
    """,
    'classDiagram\n class A\n click A href "javascript:alert(1)"\n callback A "f"\n',
    """gantt
      dateFormat YYYY-MM-DD
      section a
      x :a1, 2026-01-01, 3d
      click a1 href "javascript:alert(1)"
    """,
    "mindmap\n  root((<img src=x onerror=alert(1)>))\n   ::icon(fa fa-book)\n   a\n",
]


def check(drawing: Drawing) -> ET.Element:
    """Assert what holds for every picture, and return it."""
    root = ET.fromstring(drawing.svg)  # noqa: S314 - our own output
    assert root.tag == f"{SVG}svg"
    assert root.get("width") == f"{drawing.width:g}"
    assert root.get("height") == f"{drawing.height:g}"
    assert drawing.width > 0 < drawing.height
    assert len((root.get("viewBox") or "").split()) == 4
    assert not re.search(r"<!|<\?|&(?!amp;|lt;|gt;|quot;|#x27;)", drawing.svg)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in ELEMENTS
        styled = (element.text or "") if element.tag == f"{SVG}style" else ""
        for name, value in (*element.attrib.items(), ("style", styled)):
            assert not name.lower().startswith("on")
            assert name != "href" or value.startswith("#")
            if name == "style" or "url" in value.lower():
                assert "\\" not in value
                assert "@" not in value
                assert not re.search(r"//|image-set|expression|javascript", value)
                for target in re.findall(r"url\(([^)]*)\)", value, re.IGNORECASE):
                    assert target.startswith("#")
                    assert target[1:] in ids
            for fonts in re.findall(r"font-family:([^;}]*)", value):
                assert fonts.endswith("Noto Sans CJK SC, Source Han Sans SC, sans-serif")
    return root


@pytest.mark.parametrize("source", KINDS)
def test_every_kind_is_drawn_with_its_words(source: str) -> None:
    drawing = draw(source)
    assert drawing
    root = check(drawing)
    said = "".join("".join(element.itertext()) for element in root.iter(f"{SVG}text"))
    for word in KINDS[source].split():
        assert word in said.replace(" ", ""), said
    assert renders(source)


def test_what_an_author_styled_keeps_its_colours() -> None:
    drawing = draw(
        "flowchart LR\n A[甲]-->B[乙]\n style A fill:#f9f,stroke:#333\n classDef red fill:#f00\n class B red\n"
    )
    assert drawing
    assert "fill:#f9f" in drawing.svg
    assert "fill:#f00" in drawing.svg


def lines_of(source: str) -> list[str]:
    drawing = draw(source)
    assert drawing
    return ["".join(text.itertext()) for text in check(drawing).iter(f"{SVG}text")]


def test_labels_are_broken_late_and_where_the_author_says() -> None:
    long = "第二阶段：投影层与语言模型"
    assert lines_of(f'flowchart TD\n A["{long}"]\n') == [long]
    assert lines_of(f'flowchart TD\n A["{long}<br>一起"]\n') == [long, "一起"]
    assert lines_of(f'---\ntitle: 题\n---\nflowchart TD\n A["{long}"]\n') == ["题", long]
    # What a diagram says itself prevails.
    narrow = '{"flowchart": {"wrappingWidth": 60}}'
    assert len(lines_of(f'%%{{init: {narrow}}}%%\nflowchart TD\n A["{long}"]\n')) > 2
    assert len(lines_of(f'---\nconfig: {narrow}\n---\nflowchart TD\n A["{long}"]\n')) > 2


def test_labels_of_arrows_stand_on_white_that_is_as_wide_as_they_are() -> None:
    """In Chinese fonts `∂` and `→` are as wide as Han characters, and Latin letters may be wider than Arial's."""
    labels = {"∂L/∂ŷ = −2": 80, "→←↑↓⇒": 70, "不能并行": 56, "the gradient": 80}
    arrows = "\n".join(f' A{n} -->|"{label}"| B{n}' for n, label in enumerate(labels))
    drawing = draw(f"flowchart TD\n{arrows}\n")
    assert drawing
    found = {}
    for group in check(drawing).iter(f"{SVG}g"):
        box, text = group.find(f"{SVG}rect"), group.find(f"{SVG}text")
        if box is not None and text is not None:
            found[text.text] = box
    assert set(found) == set(labels)
    for label, width in labels.items():
        assert found[label].get("fill") == "#ffffff"
        assert width < float(found[label].get("width", "0")) < 1.5 * width
    dark = draw(f'%%{{init: {{"theme": "dark"}}}}%%\nflowchart TD\n{arrows}\n')
    assert dark
    assert "#ffffff" not in dark.svg.partition("</style>")[2]


def test_comments_without_a_word_are_passed_over() -> None:
    for end in ("\n", "\r\n", ""):
        assert lines_of(f"sequenceDiagram\n%%\n 甲->>乙: 问\n%%{end}") == ["乙", "甲", "乙", "甲", "问"]


_INSIDE = """() => [...document.querySelectorAll("text")].map((text) => {
  const label = text.getBoundingClientRect();
  const boxes = [...document.querySelectorAll(".node rect")].map((box) => box.getBoundingClientRect());
  const middle = (label.left + label.right) / 2;
  const height = (label.top + label.bottom) / 2;
  const own = boxes.find(
    (box) => box.left < middle && middle < box.right && box.top < height && height < box.bottom);
  return Math.min(label.left - own.left, own.right - label.right);
})"""


def test_labels_have_room_in_their_boxes() -> None:
    """In the fonts that are there, of which many are wider than the one that the renderer knows."""
    labels = [
        "Compression and deployment",
        "Fine-tuning and alignment",
        "Evaluation and monitoring",
        "压缩、部署与评测",
    ]
    drawing = draw("flowchart LR\n" + "".join(f' n{index}["{label}"]\n' for index, label in enumerate(labels)))
    assert drawing
    with chromium() as browser:
        tab = browser.new_page()
        tab.set_content(drawing.svg)
        room = tab.evaluate(_INSIDE)
    assert len(room) == len(labels)
    assert min(room) > 6


def test_rules_that_nothing_needs_are_left_out() -> None:
    drawing = draw(_CHART)
    assert drawing
    check(drawing)
    assert len(drawing.svg) < 10_000
    assert "edge-animation" not in drawing.svg


@pytest.mark.parametrize("source", HOSTILE)
def test_nothing_active_comes_out(source: str) -> None:
    drawing = draw(source)
    if drawing is None:
        return
    root = check(drawing)
    assert "example.org" not in "".join(root.itertext())
    assert "<script" not in drawing.svg


@pytest.mark.parametrize(
    "source",
    ["", "flowchart LR\n A--", "no diagram", "flowchart LR\n " + "A-->B\n " * 9_000, "\ud800", "x" * (LONGEST + 1)],
)
def test_what_cannot_be_drawn_is_none(source: str) -> None:
    assert draw(source) is None


@pytest.mark.parametrize(
    "source",
    [
        "flowchart LR\n" + "".join(f"subgraph s{n}\n" for n in range(2_000)) + "a-->b\n" + "end\n" * 2_000,
        "mindmap\n" + "".join(" " * n + f"  n{n}\n" for n in range(250)),
        "sequenceDiagram\n" + "loop x\n" * 3_000 + "A->>B: x\n" + "end\n" * 3_000,
        "flowchart LR\n " + "&".join(f"a{n}" for n in range(200)) + "-->" + "&".join(f"b{n}" for n in range(200)),
        "packet-beta\n0-100000000: x\n",
        "timeline\n" + "x : y\n" * 6_000,
        "sankey-beta\na,b,1\nb,a,1\n",
    ],
)
def test_large_and_deep_diagrams_come_to_an_end(source: str) -> None:
    drawing = draw(source)
    if drawing:
        check(drawing)


@settings(deadline=None)  # the first one loads a library
@given(
    st.sampled_from(["flowchart LR\n", "sequenceDiagram\n", "mindmap\n", "pie\n", "stateDiagram-v2\n", ""]),
    st.lists(
        st.sampled_from(
            [
                "A",
                "-->",
                "B",
                "[",
                "]",
                '"',
                "<script>",
                "\n ",
                "style A fill:",
                "url(http://x)",
                "click A ",
                ":",
                "中",
                "{",
                "}",
                "%%",
            ]
        ),
        max_size=12,
    ),
)
def test_any_source_is_a_picture_or_none(kind: str, words: list[str]) -> None:
    drawing = draw(kind + " ".join(words))
    if drawing:
        check(drawing)


def test_the_same_diagram_gives_the_same_bytes_in_every_process() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import hashlib, test_diagram\n"
        "print(hashlib.sha256(repr([test_diagram.draw(each) for each in test_diagram.KINDS]).encode()).hexdigest())\n"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code, str(ROOT / "tests")],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed, zone in (("0", "UTC"), ("1", "Asia/Shanghai"))
    }
    assert seen == {hashlib.sha256(repr([draw(each) for each in KINDS]).encode()).hexdigest()}


def test_plans_do_not_show_what_day_it_is() -> None:
    drawing = draw("gantt\n dateFormat YYYY-MM-DD\n section 甲\n 乙 :a1, 1960-01-01, 36500d\n")
    assert drawing
    assert "today" not in re.sub(r"<style>.*?</style>", "", drawing.svg)
