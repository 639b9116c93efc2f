"""Full-text search: what the index holds, and what a reader finds with it in a real browser, from a folder on disk."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from bilingual.render._search import Indexed, Page, fold, search_files, tokens
from browser import chromium

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Tab

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; "
    "form-action 'none'"
)


def row(name: str, source: str, target: str = "", *, heading: bool = False) -> Indexed:
    return Indexed(f"r-{name}", heading, source, target)


ATTENTION = Page(
    "ch1.html",
    ("注意力", "Attention"),
    [
        row("title", "注意力机制", "Attention mechanisms", heading=True),
        row("query", "Transformer 由注意力机制组成。", "A Transformer consists of attention mechanisms."),
        row("cross", "变换器", "The state-of-the-art model pays attention <b>everywhere</b>."),
        row("scattered", "注意:力量不足。", "Mechanisms that need no Attention."),
        row("code", "print(batch_size)", "print(batch_size)"),
        row("open", "尚未翻译的段落。"),
    ],
)
LETTERS = Page(
    "part1/ch2.html",
    ("文字", "Letters"),
    [
        row("width", "ＦＵＬＬ　ｗｉｄｔｈ：ｶﾞｰﾄﾞ", "Café, naïve, Straße, ﬁne"),
        row("greek", "第3章 ΟΔΟΣ", "Ёлка и ёж"),
        row("hangul", "사람에게 한국어를", "İstanbul שָׁלוֹם"),
        row("rare", "𠮷野家的𠀀字", "हिन्दी ภาษาไทย"),
        row("single", "犬", "Dog"),
        row("breaks", "一\u2028二\u2029三</script>四", "five & six"),
    ],
)


def loaded(pages: Sequence[Page]) -> dict[str, object]:
    """What the scripts would hand to `bilingualSearch`, by name."""
    found = {}
    for _, data in search_files(pages):
        match = re.fullmatch(r'bilingualSearch\("([^"]+)",(.*)\);\n', data.decode())
        assert match is not None
        found[match[1]] = json.loads(match[2])
    return found


def test_words_and_pairs_are_found_whatever_their_case_width_and_accents() -> None:
    assert tokens("Transformer模型，v2 的 batch_size") == {"transformer", "模型", "型", "v2", "的", "batch", "size"}
    assert tokens("ＦＵＬＬ Café ﬁne STRASSE Straße ΟΔΟΣ") == {"full", "cafe", "fine", "strasse", "οδοσ"}
    assert tokens("ｶﾞｰﾄﾞ 한국어") == tokens("ガード 한국어") == {"ガー", "ード", "ド", "한국", "국어", "어"}
    assert tokens("nǐ hǎo") == tokens("ni hao")
    assert tokens("，。 — $ \ud800") == tokens("") == set()
    assert fold("𠮷野") == "𠮷野"
    assert tokens("𠮷野") == {"𠮷野", "野"}


def test_the_index_is_safe_inside_scripts_and_keeps_the_texts() -> None:
    written = list(search_files([LETTERS]))
    assert all(path.startswith("_static/search/") for path, _ in written)
    for _, data in written:
        assert not re.search("[<\u2028\u2029]", data.decode())
    (texts,) = (data for name, data in loaded([LETTERS]).items() if name.startswith("texts-"))
    assert texts == [[row.id, row.source, row.target] for row in LETTERS.rows]


def test_equal_texts_are_written_once_and_odd_ones_do_not_stop_the_build() -> None:
    pages = [
        Page("a.html", ("甲", "A"), []),
        Page("b.html", ("乙", "B"), [row("x", "same", "same"), row("y", "\ud800")]),
    ]
    found = loaded(pages)
    assert next(data for name, data in found.items() if name.startswith("texts-")) == [
        ["r-x", "same"],
        ["r-y", "?", ""],
    ]
    assert found["index"]["pages"] == [["a.html", "甲", "A", 0], ["b.html", "乙", "B", 0]]  # type: ignore[index]


def test_a_book_without_text_has_an_index() -> None:
    assert [path for path, _ in search_files([])] == ["_static/search/index.js"]


def long_book(paragraphs: int) -> list[Page]:
    """A book of paragraphs that all differ, with one heading a chapter."""
    chapters = []
    for chapter in range(paragraphs // 100):
        rows = [row(f"h{chapter}", f"第{chapter}章", f"Chapter {chapter}", heading=True)]
        for number in range(chapter * 100, chapter * 100 + 99):
            han = "".join(chr(0x4E00 + (number * 37 + k * k * 101) % 9000) for k in range(60))
            latin = " ".join(f"{chr(97 + (number + k) % 26)}{number * 7 + k * 13:x}" for k in range(25))
            rows.append(row(f"p{number}", f"常见{han}", f"common {latin}"))
        chapters.append(Page(f"ch{chapter}.html", (f"第{chapter}章", f"Chapter {chapter}"), rows))
    return chapters


def test_files_are_many_and_small_in_a_long_book_and_few_in_a_short_one() -> None:
    written = {path: len(data) for path, data in search_files(long_book(1500))}
    assert sum("words-" in path for path in written) > 5
    assert sum("texts-" in path for path in written) > 10
    assert max(written.values()) < 100_000
    assert len(list(search_files([ATTENTION, LETTERS]))) == 3


def test_the_same_book_makes_the_same_bytes() -> None:
    program = (
        "import hashlib, sys; sys.path[:0] = sys.argv[1:]; import test_search as t; "
        "written = list(t.search_files([t.ATTENTION, t.LETTERS, *t.long_book(300)])); "
        "print(hashlib.sha256(repr(written).encode()).hexdigest())"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program, *sys.path],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


# In the browser.

PAGE = """<!doctype html>
<html lang="en" data-root="{root}" data-view="{view}" data-source="zh" data-target="en">
<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{csp}"><title>{url}</title>
<script src="{root}_static/search.js" defer></script></head>
<body><button class="open-search">Search</button><input type="radio" id="radio"><input id="field">
<dialog id="search" data-none="Nothing found" data-count="Found: {{n}}" data-loading="Searching" data-more="More"
 data-failed="The search is not available"><input type="search" aria-label="Search">
<p class="search-status" role="status"></p><ol class="search-results"></ol></dialog>
{rows}</body></html>
"""


def site(folder: Path, pages: Sequence[Page]) -> Path:
    """A site with a page in both languages, and one in each, for each page of the index."""
    for path, data in search_files(pages):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    script = files("bilingual.render") / "assets" / "search.js"
    (folder / "_static/search.js").write_bytes(script.read_bytes())
    for page in pages:
        for view, url in (("both", page.url), ("zh", f"zh/{page.url}"), ("en", f"en/{page.url}")):
            rows = "".join(f'<p id="{row.id}">{escape(row.source)} {escape(row.target)}</p>\n' for row in page.rows)
            place = folder / url
            place.parent.mkdir(parents=True, exist_ok=True)
            text = PAGE.format(root="../" * url.count("/"), view=view, csp=CSP, url=url, rows=rows)
            place.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site(tmp_path_factory.mktemp("site"), [ATTENTION, LETTERS])


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    """An empty page; whatever the scripts complain about fails the test."""
    page = browser.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text))
    yield page
    page.close()
    assert [problem for problem in problems if "ERR_FILE_NOT_FOUND" not in problem] == []


def opened(tab: Tab, folder: Path, url: str = "ch1.html") -> Tab:
    tab.goto((folder / url).as_uri())
    tab.click(".open-search")
    return tab


CLEAR = "document.querySelector('.search-status').textContent = ''"
WAIT = """async () => {
    const status = document.querySelector(".search-status");
    while (["", "Searching"].includes(status.textContent)) await new Promise((resolve) => setTimeout(resolve, 5));
    return [...document.querySelectorAll(".search-hit")].map((link) => link.href);
}"""


def results(tab: Tab, folder: Path, query: str) -> list[str]:
    """Type a query and return the addresses of what it finds, below the site folder."""
    tab.evaluate(CLEAR)
    tab.locator("#search input").fill(query)
    return [link.removeprefix(folder.as_uri() + "/") for link in tab.evaluate(WAIT)]


def said(tab: Tab) -> str:
    return tab.locator(".search-status").inner_text()


FOUND = {
    "注意力机制": "title query",
    "注意力": "title query",
    "注意": "title query scattered",
    "力": "title query scattered",
    "犬": "single",
    "𠀀": "rare",
    "𠮷野": "rare",
    "attention": "title query cross scattered",
    "ATTENT": "title query cross scattered",
    "attent mech": "",
    "attention mechanisms": "title query scattered",
    '"attention mechanisms"': "title query",
    "“attention mechanisms”": "title query",
    '"attention mech': "title query",
    '"attention mech"': "",
    "mechanisms that attention": "scattered",
    "Transformer 注意力": "query",
    "transformer变换器": "",
    "model 变换": "cross",
    "state-of-the-art": "cross",
    "state of art": "cross",
    "batch_size": "code",
    "full WIDTH": "width",
    "ガード": "width",
    "cafe": "width",
    "Naïve": "width",
    "STRASSE": "width",
    "straße": "width",
    "fine": "width",
    "第3章": "greek",
    "οδος": "greek",
    "елка": "greek",
    "한국어": "hangul",
    "사람": "hangul",
    "istanbul": "hangul",
    "שלום": "hangul",
    "हिन्दी": "rare",
    "ไทย": "rare",
    "三</script>四": "breaks",
    "尚未": "open",
    "nowhere": "",
}


def test_a_query_finds_its_rows_best_first(tab: Tab, book: Path) -> None:
    page = {row.id: page.url for page in (ATTENTION, LETTERS) for row in page.rows}
    opened(tab, book)
    assert {query: results(tab, book, query) for query in FOUND} == {
        query: [f"{page[f'r-{name}']}#r-{name}" for name in names.split()] for query, names in FOUND.items()
    }


def test_results_show_both_languages_with_marks_under_the_titles_of_their_pages(tab: Tab, book: Path) -> None:
    results(opened(tab, book), book, "机制")
    assert said(tab) == "Found: 2"
    assert tab.locator(".search-page-title").evaluate_all("all => all.map(e => e.innerText)") == ["注意力Attention"]
    texts = tab.locator(".search-hit").nth(1).locator(".search-text")
    assert texts.evaluate_all("all => all.map(e => [e.lang, e.innerText])") == [
        ["zh", "Transformer 由注意力机制组成。"],
        ["en", "A Transformer consists of attention mechanisms."],
    ]
    assert tab.locator(".search-hit mark").all_inner_texts() == ["机制", "机制"]
    results(tab, book, "everywhere b")
    assert tab.locator(".search-text").all_inner_texts() == [
        "变换器",
        "The state-of-the-art model pays attention <b>everywhere</b>.",
    ]
    assert tab.locator(".search-hit mark").all_inner_texts() == ["b", "everywhere", "b"]
    results(tab, book, "batch_size")
    assert tab.locator(".search-text").all_inner_texts() == ["print(batch_size)"]
    results(tab, book, "naive strass")
    assert tab.locator("mark").all_inner_texts() == ["naïve", "Straß"]


def test_a_page_of_one_language_shows_and_links_that_language_and_finds_both(tab: Tab, book: Path) -> None:
    opened(tab, book, "zh/part1/ch2.html")
    assert results(tab, book, "consists of") == ["zh/ch1.html#r-query"]
    assert tab.locator(".search-text").all_inner_texts() == ["Transformer 由注意力机制组成。"]
    assert tab.locator(".search-page-title").all_inner_texts() == ["注意力"]
    opened(tab, book, "en/ch1.html")
    assert results(tab, book, "犬") == ["en/part1/ch2.html#r-single"]
    assert tab.locator(".search-text").all_inner_texts() == ["Dog"]
    results(tab, book, "尚未")
    assert tab.locator(".search-text").evaluate_all("all => all.map(e => [e.lang, e.innerText])") == [
        ["zh", "尚未翻译的段落。"]
    ]


def test_the_keyboard_opens_walks_and_closes(tab: Tab, book: Path) -> None:
    def opens(keys: str) -> bool:
        tab.keyboard.press(keys)
        shown = tab.locator("#search").evaluate("dialog => dialog.open")
        tab.keyboard.press("Escape")
        assert not tab.locator("#search").is_visible()
        return bool(shown)

    tab.goto((book / "ch1.html").as_uri())
    assert opens("/")
    assert opens("Control+k")
    assert opens("Meta+K")
    tab.locator("#radio").focus()
    assert opens("/")
    tab.locator("#field").focus()
    assert not opens("/")
    assert tab.locator("#field").input_value() == "/"
    assert opens("Control+k")
    tab.keyboard.press("Control+k")
    results(tab, book, "attention")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowDown")
    assert str(tab.evaluate("document.activeElement.href")).endswith("ch1.html#r-query")
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("ArrowUp")
    assert tab.evaluate("document.activeElement.type") == "search"
    tab.keyboard.press("Escape")
    assert not tab.locator("#search").is_visible()


def test_enter_opens_the_first_result_even_before_it_is_shown(tab: Tab, book: Path) -> None:
    opened(tab, book)
    tab.locator("#search input").fill("犬")
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    assert tab.url == (book / "part1/ch2.html").as_uri() + "#r-single"
    tab.keyboard.press("/")
    results(tab, book, "dog")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")  # a result on the page itself
    assert not tab.locator("#search").is_visible()


def test_letters_of_an_input_method_are_no_query(tab: Tab, book: Path) -> None:
    opened(tab, book)
    keys = tab.context.new_cdp_session(tab)
    keys.send("Input.imeSetComposition", {"text": "zhuyi", "selectionStart": 5, "selectionEnd": 5})
    tab.wait_for_timeout(200)
    assert said(tab) == ""
    keys.send("Input.insertText", {"text": "注意"})
    assert len(tab.evaluate(WAIT)) == 3


def test_fifty_results_are_shown_and_more_on_demand(tab: Tab, tmp_path: Path) -> None:
    folder = site(tmp_path, long_book(700))
    opened(tab, folder)
    found = results(tab, folder, "common")
    assert said(tab) == "Found: 693"
    assert len(found) == 50
    assert found[0] == "ch0.html#r-p0"
    assert all(len(text) < 170 for text in tab.locator(".search-text").all_inner_texts())
    tab.click(".search-more button")
    hits = tab.locator(".search-hit")
    hits.nth(99).wait_for()
    assert hits.count() == 100
    assert tab.evaluate("document.activeElement === document.querySelectorAll('.search-hit')[50]")
    assert tab.locator(".search-page-title").all_inner_texts() == ["第0章Chapter 0", "第1章Chapter 1"]
    assert len(results(tab, folder, "章")) == 7
    assert len(results(tab, folder, "chapter 3")) == 1
    assert len(results(tab, folder, "常见一")) == 1


def test_a_long_text_without_blanks_can_be_searched(tab: Tab, tmp_path: Path) -> None:
    folder = site(
        tmp_path, [Page("a.html", ("长", "Long"), [row("long", "甲乙" * 100_000 + "丙", "x" * 200_000 + " end")])]
    )
    opened(tab, folder, "a.html")
    assert results(tab, folder, "乙丙 end") == ["a.html#r-long"]
    assert tab.locator("mark").all_inner_texts() == ["乙丙", "end"]


def test_a_missing_or_changed_file_is_said_and_asked_for_again(tab: Tab, tmp_path: Path) -> None:
    folder = site(tmp_path, [ATTENTION])
    words, other = folder / "_static/search/words-0.js", folder / "other.js"
    words.rename(other)
    opened(tab, folder)
    assert results(tab, folder, "attention") == []
    assert said(tab) == "The search is not available"
    words.write_bytes(dict(search_files([LETTERS]))["_static/search/words-0.js"])
    assert results(tab, folder, "dog") == []
    assert said(tab) == "The search is not available"
    other.replace(words)
    assert len(results(tab, folder, "attention")) == 4


def test_only_the_files_that_a_query_needs_are_loaded(tab: Tab, tmp_path: Path) -> None:
    folder = site(tmp_path, long_book(1500))
    loads: list[str] = []
    tab.on("request", lambda request: loads.append(request.url.partition("/search/")[2]))
    opened(tab, folder)
    assert len(results(tab, folder, "第7章 chapter 7")) == 1
    assert sum(load.startswith("words") for load in loads) < 6 < len(list(folder.glob("_static/search/words-*.js")))
    assert sum(load.startswith("texts") for load in loads) == 1
