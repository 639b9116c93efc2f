"""The files of the website: valid HTML, links that lead somewhere, what search engines are told, a whole real book."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlsplit

import pytest

import pseudo
from bilingual.config import load
from bilingual.markdown.document import BlockKind, grains
from bilingual.markdown.parse import parse
from book import make, translate
from browser import chromium
from support import done, run, shared, system_program
from web import ADDRESS, CONFIG, SITE, everything, node_module, published, sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Tab


@dataclass
class Page:
    """What a page has: tags with their attributes, and its text."""

    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    text: str = ""

    def all(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        return [found for name, found in self.tags if name == tag and wanted.items() <= found.items()]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.page.text += data


@cache
def page(path: Path) -> Page:
    reader = _Reader()
    reader.feed(path.read_text("utf-8"))
    return reader.page


def pages(site: Path) -> dict[str, Page]:
    return {path.relative_to(site).as_posix(): page(path) for path in sorted(site.rglob("*.html"))}


# A whole book is too much for a parser. Text on these pages has no bare quotation mark, so this is exact.
_ADDRESS = re.compile(r' (?:href|src)="([^"]*)"')
_ID = re.compile(r' id="([^"]*)"')


@cache
def ids(path: Path) -> list[str]:
    return [html.unescape(each) for each in _ID.findall(path.read_text("utf-8"))]


# --- the sites --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return everything(tmp_path_factory.mktemp("everything"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample(tmp_path_factory.mktemp("sample"))


@dataclass(frozen=True)
class Corpus:
    root: Path
    site: Path
    findings: list[dict[str, str]]


@pytest.fixture(scope="module")
def d2l(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """A whole real book, translated from end to end by nobody."""
    root = tmp_path_factory.mktemp("d2l")
    book = shared() / "corpora/d2l-zh"
    files = {f"content/zh/{path.relative_to(book).as_posix()}": path.read_bytes() for path in book.rglob("*.md")}
    make(root, files)
    done(root, "extract")
    pseudo.fill(root / "locale", load(root / "bilingual.toml").dialect)
    result = run("merge", "--format", "html", "--report", "json", cwd=root, timeout=300)
    assert result.returncode in (0, 1), result.stderr
    return Corpus(root, root / SITE, json.loads(result.stdout)["diagnostics"])


# --- HTML -------------------------------------------------------------------------------------------------------


def nu(paths: Iterable[Path]) -> list[str]:
    """What the Nu checker of the W3C says against HTML files."""
    jar = node_module("vnu-jar/build/dist/vnu.jar")
    result = subprocess.run(
        [system_program("java"), "-jar", str(jar), "--format", "json", "--stdout", *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = []
    for each in json.loads(result.stdout)["messages"]:
        if each["type"] == "error" or each.get("subType") == "warning":
            name = "/".join(Path(each["url"]).parts[-3:])
            found.append(f"{name}:{each.get('lastLine')}: {each['message']}: {each.get('extract', '')}")
    return found


#: Warnings that are no faults: a checker of files does not know which files are the site's own; without the role,
#: Safari keeps quiet about lists whose markers are drawn.
TOLERATED = re.compile("Content Security Policy|“list” role is unnecessary")


def test_every_page_is_valid_html(site: Path, small: Path) -> None:
    found = nu([*site.rglob("*.html"), *small.rglob("*.html")])
    assert [each for each in found if not TOLERATED.search(each)] == []


def test_pages_of_a_real_book_are_valid_html(d2l: Corpus) -> None:
    names = (
        "chapter_attention-mechanisms/transformer.html",
        "chapter_appendix-tools-for-deep-learning/d2l.html",
        "chapter_computer-vision/anchor.html",
        "chapter_linear-networks/softmax-regression.html",
        "chapter_notation/index.html",
        "chapter_preliminaries/linear-algebra.html",
        "chapter_recurrent-neural-networks/bptt.html",
        "chapter_references/zreferences.html",
        "en/chapter_multilayer-perceptrons/backprop.html",
        "zh/chapter_optimization/convexity.html",
        "index.html",
    )
    found = nu(d2l.site / name for name in names)
    assert [each for each in found if not TOLERATED.search(each)] == []


def test_no_page_has_inline_styles_or_scripts(site: Path, small: Path) -> None:
    for name, found in [*pages(site).items(), *pages(small).items()]:
        for tag, attributes in found.tags:
            assert "style" not in attributes, name
            assert not any(attribute.startswith("on") for attribute in attributes), name
            assert tag != "style", name
            assert tag != "script" or "src" in attributes, name
            assert not any(value.lower().startswith("javascript:") for value in attributes.values()), name


# --- links ------------------------------------------------------------------------------------------------------


def broken(site: Path) -> Iterator[str]:
    """Yield each address in a site that leads to no file of it, or to no place on its page."""
    places = {path: set(ids(path)) for path in sorted(site.rglob("*.html"))}

    @cache
    def file(folder: Path, way: str) -> Path | None:
        target = Path(os.path.normpath(folder / unquote(way)))
        return target if target.is_relative_to(site) and target.is_file() else None

    for path, here in places.items():
        for address in dict.fromkeys(_ADDRESS.findall(path.read_text("utf-8"))):
            way, _, fragment = html.unescape(address).partition("#")
            if urlsplit(way).scheme:
                continue
            target = file(path.parent, way) if way else path
            if target is None:
                yield f"{path.relative_to(site)}: {address}"
            elif fragment and unquote(fragment) not in (here if target == path else places.get(target, [fragment])):
                yield f"{path.relative_to(site)}: {address}: no such place"


def test_every_link_leads_somewhere(site: Path, small: Path) -> None:
    assert list(broken(site)) == []
    assert list(broken(small)) == []


def test_every_link_of_a_real_book_leads_somewhere(d2l: Corpus) -> None:
    assert list(broken(d2l.site)) == []


def test_no_id_stands_twice_on_a_page(site: Path, small: Path, d2l: Corpus) -> None:
    for each in (site, small, d2l.site):
        for path in each.rglob("*.html"):
            assert [key for key, count in Counter(ids(path)).items() if count > 1] == [], path


# --- a whole book -----------------------------------------------------------------------------------------------


def chapters(d2l: Corpus) -> Iterator[tuple[Path, Path]]:
    """Yield the source and the page of each chapter."""
    source = d2l.root / "content/zh"
    for path in sorted(source.rglob("*.md")):
        rel = path.relative_to(source)
        stem = rel.with_suffix("")
        if rel.parent.name and rel.name.lower() in ("readme.md", "index.md"):
            stem = rel.parent / "index"
        if rel.as_posix().lower() in ("index.md", "readme.md"):
            continue  # their names depend on each other
        yield path, d2l.site / f"{stem}.html"


def text_of(path: Path) -> str:
    return html.unescape(re.sub("<[^>]*>", "", path.read_text("utf-8")))


def test_every_passage_of_a_real_book_is_on_its_pages(d2l: Corpus) -> None:
    dialect = load(d2l.root / "bilingual.toml").dialect
    count = 0
    for source, path in chapters(d2l):
        blocks = list(grains(parse(source.read_text("utf-8"), dialect=dialect).blocks))
        for folder in ("", "zh", "en"):
            place = d2l.site / folder / path.relative_to(d2l.site)
            assert sum(re.fullmatch(r"r-[a-z2-7]{10}", each) is not None for each in ids(place)) == len(blocks), place
        text = text_of(path)
        for block in blocks:
            if block.kind is BlockKind.CODE:
                assert block.tokens[0].content.strip() in text, path
        count += len(blocks)
    assert count > 9000


def test_formulas_and_pictures_of_a_real_book_are_shown_or_reported(d2l: Corpus) -> None:
    codes = Counter(each["code"] for each in d2l.findings)
    written = [path.read_text("utf-8") for _, path in chapters(d2l)]
    assert sum(text.count("<math") for text in written) > 12000
    assert sum(text.count('<code class="tex') for text in written) == 2 * codes["formula-unreadable"]
    missing = [text for each in written for text in re.findall(r'<span class="missing-image"[^>]*>([^<]*)', each)]
    assert len(missing) > 600
    assert sum(text in ("", "…") for text in missing) < 40
    assert len({(each["path"], each["line"]) for each in d2l.findings if each["code"] == "picture-missing"}) * 2 >= len(
        missing
    )
    assert [each for each in d2l.findings if each["severity"] == "error"] == []


# --- in a browser -----------------------------------------------------------------------------------------------


LOOKS = """\
# 题

第一段的文字不长，可是后面有一个放不下的公式 $x_1 + x_2 + x_3 + x_4 + x_5$，再后面还有一些字，
也放不下 $y_1 + y_2 + y_3 + y_4$。

```python
def first(value):  # 注释
    return [each for each in value if each is not None and each > 0]
```

```python
x = 1  # 短
```

```
1
```

```mermaid
flowchart LR
  A[甲的标签] --> B[乙的标签] --> C[丙的标签] --> D[丁的标签] --> E[戊的标签] --> F[己的标签]
```

| 模型 | 总参数 | 激活参数 | 激活比例 | 每层的路由专家 | 每个 token 选几个 |
|---|---:|---:|---:|:--:|:--:|
| Llama 3.1（稠密） | 405B | 405B | 100% | 没有 | 没有 |
| DeepSeek-V2 | 236B | 21B | 8.9% | 160，另有 2 个共享 | 6 |
"""
ENGLISH = {
    "模型": "Model",
    "总参数": "Total parameters",
    "激活参数": "Active parameters",
    "激活比例": "Share active",
    "每层的路由专家": "Routed experts per layer",
    "每个 token 选几个": "Chosen per token",
    "160，另有 2 个共享": "160, plus 2 shared",
    "短": "short",
}


@pytest.fixture(scope="module")
def looks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("looks")
    config = 'source = "zh"\ntargets = ["en"]\n\n[book]\ntitle = {zh = "书", en = "Book"}\n\n[extract]\n'
    make(root, {"content/zh/a.md": LOOKS}, config + 'code = "comments+strings"\n')
    done(root, "extract")
    pseudo.fill(root / "locale", load(root / "bilingual.toml").dialect, ENGLISH)
    return published(root)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@contextmanager
def opened(browser: Browser, path: Path, width: int) -> Iterator[Tab]:
    tab = browser.new_page(viewport={"width": width, "height": 900})
    tab.goto(path.as_uri())
    yield tab
    tab.close()


@pytest.mark.parametrize("width", [1280, 360])
def test_boxes_of_code_stand_in_the_grid_and_hold_their_lines(looks: Path, browser: Browser, width: int) -> None:
    with opened(browser, looks / "a.html", width) as tab:
        left, right, boxes = tab.evaluate(
            """() => {
              const { left, right } = document.querySelector(".row.h").getBoundingClientRect();
              return [left, right, [...document.querySelectorAll(".row.code pre")].map((pre) => {
                const box = pre.getBoundingClientRect();
                return [box.left, box.right, pre.scrollWidth - pre.clientWidth];
              })];
            }"""
        )
    assert len(boxes) == 5
    if width == 1280:
        # The long one is above its translation, the short one beside it, and each shows its lines.
        assert [round(start - left) == 0 for start, _, _ in boxes] == [True, True, True, False, True]
        assert [round(end - right) == 0 for _, end, _ in boxes] == [True, True, False, True, True]
        assert [over for _, _, over in boxes] == [0] * 5
    else:
        assert {(round(start - left), round(end - right)) for start, end, _ in boxes} == {(0, 0)}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_can_be_scrolled_has_a_shadow_where_it_goes_on(
    looks: Path, browser: Browser, scheme: Literal["light", "dark"]
) -> None:
    tab = browser.new_page(viewport={"width": 360, "height": 900}, color_scheme=scheme)
    tab.goto((looks / "a.html").as_uri())
    for selector in (".row.diagram figure", ".row.code pre"):
        box = tab.locator(selector).first
        box.scroll_into_view_if_needed()
        edge = box.bounding_box()
        assert edge

        def strip(x: float, top: float = edge["y"]) -> bytes:
            # Above the first line, where nothing else is drawn.
            return tab.screenshot(clip={"x": x, "y": top + 5, "width": 4, "height": 4})

        sides = edge["x"] + 1, edge["x"] + edge["width"] - 5
        start = [strip(side) for side in sides]
        tab.evaluate("(selector) => { document.querySelector(selector).scrollLeft = 10000; }", selector)
        end = [strip(side) for side in sides]
        assert start[0] == end[1] != start[1], selector
        assert start[0] != end[0], selector
    tab.close()


def test_chinese_lines_are_not_torn_apart(looks: Path, browser: Browser) -> None:
    with opened(browser, looks / "a.html", 1280) as tab:
        gaps = tab.evaluate(
            """() => {
              const cell = document.querySelector(".row.p .src");
              const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
              const gaps = [];
              for (let text = texts.nextNode(); text; text = texts.nextNode()) {
                if (text.parentElement.closest("math")) continue;
                let last = null;
                for (let place = 0; place < text.length; place += 1) {
                  const range = document.createRange();
                  range.setStart(text, place);
                  range.setEnd(text, place + 1);
                  const box = range.getBoundingClientRect();
                  if (last && Math.abs(last.top - box.top) < 2) gaps.push(box.left - last.left);
                  last = box;
                }
              }
              return gaps;
            }"""
        )
    assert len(gaps) > 30
    assert max(gaps) < 17


def test_heads_and_names_in_tables_are_not_broken(looks: Path, browser: Browser) -> None:
    with opened(browser, looks / "a.html", 1280) as tab:
        lines = tab.evaluate(
            """() => Object.fromEntries([...document.querySelectorAll(".table :is(th, td)")].map((cell) => {
              const range = document.createRange();
              range.selectNodeContents(cell);
              const tops = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
              return [cell.textContent, tops.size];
            }))"""
        )
    for whole in ("模型", "总参数", "激活参数", "激活比例", "没有", "DeepSeek-V2", "Model"):
        assert lines[whole] == 1, whole
    assert lines["每层的路由专家"] == 2


def test_titles_have_the_letters_of_headings(looks: Path, browser: Browser) -> None:
    family = "(each) => getComputedStyle(each).fontFamily"
    with opened(browser, looks / "a.html", 1280) as tab:
        heads = [tab.locator(f"h1 > .cell:lang({code})").evaluate(family) for code in ("zh", "en")]
    with opened(browser, looks / "index.html", 1280) as tab:
        titles = [tab.locator(f".title-page h1 > :lang({code})").evaluate(family) for code in ("zh", "en")]
    assert titles == heads


# --- what search engines and others are told --------------------------------------------------------------------


def test_pages_name_their_addresses_their_other_languages_and_a_preview(site: Path) -> None:
    for name, found in pages(site).items():
        if name == "404.html":
            continue
        (canonical,) = found.all("link", rel="canonical")
        assert canonical["href"] == ADDRESS + name
        bare = re.sub(r"^(?:zh|en)/", "", name)
        alternates = {each["hreflang"]: each["href"] for each in found.all("link", rel="alternate")}
        assert alternates == {
            "zh": f"{ADDRESS}zh/{bare}",
            "en": f"{ADDRESS}en/{bare}",
            "x-default": f"{ADDRESS}{bare}",
        }
        preview = {each["property"]: each["content"] for each in found.all("meta") if "property" in each}
        assert preview["og:url"] == canonical["href"]
        assert preview["og:title"]
    english, chinese = page(site / "en/text/index.html"), page(site / "zh/text/index.html")
    assert english.all("meta", property="og:title")[0]["content"] == "Sequences and Text"
    assert chinese.all("meta", property="og:title")[0]["content"] == "数列与文字"
    assert english.all("html")[0]["lang"] == "en"
    assert chinese.all("html")[0]["lang"] == "zh"
    assert chinese.all("meta", name="description")[0]["content"] == "这一章有各种文字。"


def test_the_sitemap_lists_every_page(site: Path) -> None:
    listed = re.findall("<loc>([^<]*)</loc>", (site / "sitemap.xml").read_text("utf-8"))
    assert sorted(listed) == sorted(ADDRESS + name for name in pages(site) if name != "404.html")


def test_without_an_address_there_is_nothing_that_needs_one(small: Path) -> None:
    assert not (small / "sitemap.xml").exists()
    for name, found in pages(small).items():
        assert not found.all("link", rel="canonical"), name
        assert not found.all("link", rel="alternate"), name
        assert not [each for each in found.all("meta") if "property" in each], name


def test_a_page_that_does_not_exist_leads_to_the_contents(site: Path) -> None:
    lost = page(site / "404.html")
    assert "Page not found" in lost.text
    assert lost.all("meta", name="robots")[0]["content"] == "noindex"
    # A server shows this page at any depth, so its links must be whole addresses.
    for key, tag in (("href", "a"), ("href", "link"), ("src", "script")):
        own = [each[key] for each in lost.all(tag) if key in each and not each[key].startswith("#")]
        assert own
        assert [each for each in own if not each.startswith(("https://", "data:"))] == []


def test_chapters_lead_to_their_source_and_to_an_issue(site: Path) -> None:
    links = [each.get("href") for each in page(site / "text/objects.html").all("a")]
    assert "https://git.example.org/chen/sequences/edit/main/content/zh/text/objects.md" in links
    assert "https://git.example.org/chen/sequences/issues/new" in links


# --- configuration ----------------------------------------------------------------------------------------------


def test_what_the_settings_switch_off_is_not_there(tmp_path: Path) -> None:
    config = CONFIG + "search = false\nsingle-language = false\nhighlight = false\n"
    found = everything(tmp_path, config)
    assert not (found / "_static/search").exists()
    assert not (found / "zh").exists()
    assert not (found / "en").exists()
    assert "language-python" in (found / "text/objects.html").read_text("utf-8")
    assert not [each for each in page(found / "text/objects.html").all("span") if each.get("class") == "k"]
    assert not page(found / "index.html").all("link", rel="alternate")


PAIRS = """\
source = "zh"
targets = ["en", "ja"]

[[editions]]
target = "en"

[[editions]]
source = "en"
target = "ja"
"""


def test_translations_of_one_book_stand_side_by_side(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": "# 数列\n\n第一段。\n\n只有英文。\n"}, PAIRS)
    done(tmp_path, "extract")
    translate(tmp_path, {"数列": "Sequences", "第一段。": "A paragraph.", "只有英文。": "English alone."})
    translate(tmp_path, {"数列": "数列 (ja)", "第一段。": "段落です。"}, target="ja")
    done(tmp_path, "merge", "--format", "html")
    site = tmp_path / "build/en-ja/html"
    assert "第一段。" in page(tmp_path / SITE / "a.html").text
    both = page(site / "a.html")
    for text in ("Sequences", "数列 (ja)", "A paragraph.", "段落です。", "English alone."):
        assert text in both.text
    assert "第一段。" not in both.text
    assert len(both.all("p", **{"class": "cell src", "lang": "en"})) == 2
    assert both.all("p", **{"class": "cell tgt", "lang": "ja"})
    assert (site / "en/a.html").is_file()
    assert (site / "ja/a.html").is_file()
    assert list(broken(site)) == []


def test_a_second_run_writes_nothing_and_a_chapter_that_is_gone_leaves(tmp_path: Path) -> None:
    site = everything(tmp_path)
    assert "0 written" in done(tmp_path, "merge", "--format", "html", code=1)
    (tmp_path / "content/zh/states.md").unlink()
    config = (tmp_path / "bilingual.toml").read_text("utf-8")
    (tmp_path / "bilingual.toml").write_text(
        config.replace('["states.md"]', '["text/objects.md"]').replace(', "text/objects.md"', ""), "utf-8"
    )
    shutil.rmtree(tmp_path / "locale")
    done(tmp_path, "extract")
    published(tmp_path)
    assert not list(site.rglob("states.html"))
    assert (site / "text/objects.html").is_file()
