"""What a reader notices of the website, in a real browser, from a folder on disk."""

from __future__ import annotations

import functools
import gzip
import re
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import unquote, urlsplit

import pytest

from browser import chromium
from web import CONFIG, everything, node_module, sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator
    from playwright.sync_api import Page as Tab

TEXT, OBJECTS, STATES = "text/index.html", "text/objects.html", "states.html"
CHAPTERS = (TEXT, OBJECTS, STATES)
SINGLE = tuple(f"{code}/{page}" for code in ("zh", "en") for page in ("index.html", *CHAPTERS))
VIEWS = ("auto", "side", "stacked", "sentences", "reveal")
#: A page of each kind, one of them in each view.
KINDS = (*(f"{TEXT}?view={view}" for view in VIEWS), OBJECTS, STATES, f"zh/{TEXT}", f"en/{OBJECTS}", "index.html")
#: Every page in every view that it has.
EVERY = (*(f"{page}?view={view}" for page in CHAPTERS for view in VIEWS), *SINGLE, "index.html")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return everything(tmp_path_factory.mktemp("everything"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample(tmp_path_factory.mktemp("sample"))


class Visit(Protocol):
    def __call__(self, url: str, width: int = 1280, **options: Any) -> Tab: ...  # noqa: ANN401 - those of Playwright


def quiet(tab: Tab, origin: str) -> list[str]:
    """Listen to a tab; the list fills with what it complains about and what it asks others for."""
    problems: list[str] = []
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    # Who leaves a page stops what it is still loading; that is no fault of the page.
    aborted = "net::ERR_ABORTED"
    tab.on("requestfailed", lambda each: None if each.failure == aborted else problems.append(f"failed: {each.url}"))
    tab.on("request", lambda request: None if request.url.startswith(origin) else problems.append(request.url))
    return problems


@pytest.fixture
def visit(browser: Browser, site: Path) -> Iterator[Visit]:
    """Opens pages as a new reader each; a complaint or a request that leaves the site fails the test."""
    contexts = []
    heard: list[list[str]] = []

    def opened(url: str, width: int = 1280, **options: Any) -> Tab:  # noqa: ANN401 - as above
        size = {"width": width, "height": 900}
        context = browser.new_context(**{"viewport": size, "reduced_motion": "reduce", **options})
        contexts.append(context)
        tab = context.new_page()
        heard.append(quiet(tab, site.as_uri()))
        tab.goto(f"{site.as_uri()}/{url}")
        return tab

    yield opened
    for context in contexts:
        context.close()
    assert [problem for problems in heard for problem in problems] == []


#: How the first passage of several sentences is arranged, as a reader sees it.
ARRANGEMENT = """() => {
    const row = document.querySelector(".row:has(> .src > .s)");
    const box = (node) => node.getBoundingClientRect();
    const [one, two] = row.querySelectorAll(".src > .s");
    const other = row.querySelector(".tgt > .s");
    if (!other.getClientRects().length) return "reveal";
    if (Math.abs(box(one).top - box(other).top) < 8) return "side";
    return box(other).top < box(two).top ? "sentences" : "stacked";
}"""


def arrangement(tab: Tab) -> str:
    return str(tab.evaluate(ARRANGEMENT))


# --- both languages ----------------------------------------------------------------------------------------------


CELLS = """() => [...document.querySelectorAll(".cell.src")].map((one) => {
    const other = one.parentElement.querySelector(":scope > .tgt");
    if (!other || !one.getClientRects().length || !other.getClientRects().length) return null;
    const [left, right] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
    const edges = [left.left, left.right, right.left, right.right];
    return { text: one.textContent, tops: [left.top, right.top], edges };
}).filter((each) => each)"""


@pytest.mark.parametrize("page", CHAPTERS)
def test_a_passage_and_its_translation_start_side_by_side_in_two_columns(visit: Visit, page: str) -> None:
    cells = visit(page).evaluate(CELLS)
    assert len(cells) > 8
    for cell in cells:
        assert cell["tops"][0] == pytest.approx(cell["tops"][1], abs=0.6), cell["text"]
        assert cell["edges"] == pytest.approx(cells[0]["edges"], abs=1), cell["text"]
    left, middle, start, right = cells[0]["edges"]
    assert (middle - left) / (right - start) == pytest.approx(41 / 59, rel=0.01)


def test_phones_show_a_passage_above_its_translation(visit: Visit) -> None:
    tab = visit(TEXT, 360)
    assert arrangement(tab) == "stacked"
    cells = tab.evaluate(CELLS)
    assert all(cell["tops"][0] < cell["tops"][1] for cell in cells)


def choose(tab: Tab, view: str) -> None:
    tab.locator(".view-button").click()
    tab.locator(f"label:has(#view-{view})").click()


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
@pytest.mark.parametrize("width", [1280, 360])
def test_views_are_chosen_by_mouse(visit: Visit, script: bool, width: int) -> None:
    tab = visit(TEXT, width, java_script_enabled=script)
    for view in ("stacked", "sentences", "reveal", "side"):
        choose(tab, view)
        assert arrangement(tab) == view
        tab.keyboard.press("Escape")


def test_views_are_chosen_by_key_and_remembered_on_the_next_page(visit: Visit) -> None:
    tab = visit(TEXT)
    for key, view in (("2", "stacked"), ("3", "sentences"), ("4", "reveal"), ("1", "side"), ("0", "side")):
        tab.keyboard.press(key)
        assert arrangement(tab) == view
    tab.keyboard.press("v")
    assert arrangement(tab) == "stacked"
    assert tab.url.endswith("?view=stacked")
    tab.keyboard.press("n")
    tab.wait_for_url("**/objects.html*")
    tab.keyboard.press("p")
    tab.wait_for_url("**/text/index.html*")
    assert arrangement(tab) == "stacked"
    tab.goto(tab.url.split("?", maxsplit=1)[0] + "?view=sentences")
    assert arrangement(tab) == "sentences"


def test_each_language_alone_has_pages_of_its_own(visit: Visit) -> None:
    tab = visit(TEXT)
    for code, other in (("zh", "en"), ("en", "zh")):
        tab.locator(".view-button").click()
        tab.locator(f'#views a[data-key="{code}"]').click()
        tab.wait_for_url(f"**/{code}/text/index.html*")
        assert tab.locator(".chapter .cell").count() > 20
        assert tab.locator(f".chapter .cell[lang={other}]").count() == 0
        assert not tab.locator(".chapter .peek").count()
    assert tab.locator("main").inner_text().find("等差数列的相邻") == -1
    tab.locator(".view-button").click()
    tab.locator('#views a[data-key="both"]').click()
    tab.wait_for_url("**/html/text/index.html*")


def test_revealed_translations_are_not_read_out_before_their_button_is_pressed(visit: Visit) -> None:
    tab = visit(f"{TEXT}?view=reveal")
    english = "A sequence is an ordered list of numbers"
    assert "数列是一列有顺序的数" in tab.locator("main").aria_snapshot()
    assert english not in tab.locator("main").aria_snapshot()
    tab.locator(".row:has-text('数列是一列有顺序的数') > .peek").click()
    assert english in tab.locator("main").aria_snapshot()
    assert tab.locator(".tgt:visible").filter(has_text="A paragraph without a second sentence").count() == 0


SENTENCES = """() => [...document.querySelectorAll(".row:has(> .src > .s)")].map((row) =>
    [...row.querySelectorAll(".s")].map((s) => [s.getBoundingClientRect().top, s.parentElement.className])
        .sort((a, b) => a[0] - b[0]).map(([, name]) => name.includes("src") ? "zh" : "en"))"""


@pytest.mark.parametrize("width", [1280, 360])
def test_sentences_stand_above_their_translations(visit: Visit, width: int) -> None:
    rows = visit(f"{TEXT}?view=sentences", width).evaluate(SENTENCES)
    assert sum(len(row) for row in rows) > 30
    assert all(row == ["zh", "en"] * (len(row) // 2) for row in rows)


def test_the_partner_of_a_sentence_lights_up(visit: Visit) -> None:
    tab = visit(TEXT)
    tab.locator(".tgt .s").filter(has_text="Each number is called a term").hover()
    lit = tab.locator(".s.on")
    assert lit.first.inner_text().startswith("每一个数叫做一项")
    assert lit.count() == 2
    colours = lit.evaluate_all("all => all.map((one) => getComputedStyle(one).backgroundColor)")
    assert len(set(colours)) == 1
    assert colours[0] != "rgba(0, 0, 0, 0)"


# --- finding, moving, copying -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("query", "text"), [("neighbouring terms", "Neighbouring"), ("相邻两项", "相邻两项")])
@pytest.mark.parametrize("page", ["index.html", OBJECTS, "en/states.html"])
def test_the_search_leads_to_the_passage(visit: Visit, page: str, query: str, text: str) -> None:
    tab = visit(page)
    tab.keyboard.press("/")
    tab.keyboard.type(query)
    settled(tab.locator(".search-hit"), 1)
    tab.locator(".search-hit").click()
    folder = "/en/" if page.startswith("en/") else "/html/"
    tab.wait_for_url(f"**{folder}text/index.html#r-*")
    row = tab.locator(f"[id='{urlsplit(tab.url).fragment}']")
    assert ("Neighbouring" if folder == "/en/" else text) in row.inner_text()
    assert row.evaluate(IN_VIEW)


def settled(found: Locator, count: int) -> None:
    """Wait until so many elements are there."""
    from playwright.sync_api import expect  # noqa: PLC0415 - tests without a browser skip

    expect(found).to_have_count(count)


IN_VIEW = """row => {
    const box = row.getBoundingClientRect();
    return box.top >= document.querySelector(".bar").getBoundingClientRect().bottom && box.top < innerHeight;
}"""


def focused(tab: Tab) -> str:
    return str(tab.evaluate("document.activeElement.textContent"))


def test_j_and_k_walk_from_passage_to_passage_with_a_visible_mark(visit: Visit) -> None:
    tab = visit(TEXT)
    seen = []
    for _ in range(12):
        tab.keyboard.press("j")
        seen.append(focused(tab))
    assert "数列与文字" in seen[0]
    assert len(set(seen)) == 12
    assert tab.locator(":focus").evaluate(IN_VIEW)
    mark = tab.locator(":focus").evaluate("row => getComputedStyle(row, '::before').boxShadow")
    assert mark != "none"
    tab.keyboard.press("k")
    assert focused(tab) == seen[-2]


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("没有第二句的段落", ["没有第二句的段落，里面有", "A paragraph without a second sentence, with"]),
        ("列表Lists", ["列表", "Lists"]),
    ],
)
def test_c_copies_both_languages(visit: Visit, text: str, pair: list[str]) -> None:
    tab = visit(TEXT, permissions=["clipboard-read", "clipboard-write"])
    row = tab.locator(".row").filter(has_text=re.compile(text)).first
    row.hover()
    tab.keyboard.press("c")
    tab.locator(".toast.on").wait_for()
    copied = tab.evaluate("navigator.clipboard.readText()").split("\n\n")
    assert [each[: len(start)] for each, start in zip(copied, pair, strict=True)] == pair


def test_the_link_of_a_passage_leads_to_it_and_marks_it(visit: Visit) -> None:
    tab = visit(TEXT)
    address = tab.locator(".row:has-text('分隔线以后的段落') > .permalink").get_attribute("href")
    other = visit(f"{TEXT}{address}")
    row = other.locator(":target")
    assert "分隔线以后的段落" in row.inner_text()
    assert row.evaluate(IN_VIEW)
    assert row.evaluate("row => getComputedStyle(row, '::before').backgroundColor") != "rgba(0, 0, 0, 0)"


def test_links_between_chapters_lead_to_their_passages(visit: Visit) -> None:
    tab = visit(STATES)
    tab.locator(".tgt a[href*='objects.html']").click()
    tab.wait_for_url("**/text/objects.html#formulas")
    assert tab.locator(".cell:has(:target)").evaluate(IN_VIEW)


def test_contents_open_by_mouse_and_key_without_javascript_too(visit: Visit) -> None:
    for script in (True, False):
        tab = visit(TEXT, 360, java_script_enabled=script)
        tab.locator(".bar [popovertarget=toc]").click()
        tab.locator("#toc a", has_text="Formulas, Code and Figures").click()
        tab.wait_for_url("**/objects.html")
    tab = visit(TEXT)
    tab.keyboard.press("m")
    assert tab.locator("#toc a", has_text="States of Translations").is_visible()


def test_what_is_folded_up_opens_in_both_languages(visit: Visit) -> None:
    tab = visit(OBJECTS)
    inside = tab.locator("details .row.p .cell")
    assert inside.count() == 2
    assert not inside.first.is_visible()
    tab.locator("summary", has_text="打开看看").click()
    assert inside.first.is_visible()
    assert inside.last.is_visible()


# --- paper, dark, phones ----------------------------------------------------------------------------------------


def test_print_has_two_columns_and_nothing_to_press(visit: Visit) -> None:
    tab = visit(f"{TEXT}?view=reveal", 700)
    tab.emulate_media(media="print")
    cells = tab.evaluate(CELLS)
    assert len(cells) > 20
    assert all(cell["tops"][0] == pytest.approx(cell["tops"][1], abs=0.6) for cell in cells)
    hidden = ".bar, .permalink, .peek, .pager, .tools, .views, .toc, dialog"
    assert not any(each.is_visible() for each in tab.locator(hidden).all())
    paper = tab.pdf(format="A4")
    assert paper.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) > 1


DARK = "() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).every((part) => part < 80)"


def test_dark_follows_the_system_or_the_button_which_is_remembered(visit: Visit) -> None:
    assert visit(TEXT, color_scheme="dark").evaluate(DARK)
    tab = visit(TEXT, color_scheme="light")
    assert not tab.evaluate(DARK)
    tab.locator("button.theme").click()
    tab.locator("button.theme").click()
    assert tab.evaluate(DARK)
    tab.locator(".pager [rel=next]").click()
    tab.wait_for_url("**/objects.html*")
    assert tab.evaluate(DARK)
    tab.keyboard.press("d")
    assert not tab.evaluate(DARK)


@pytest.mark.parametrize("width", [360, 320])
def test_no_page_scrolls_sideways_on_a_phone(browser: Browser, site: Path, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 700})
    tab = context.new_page()
    wide = []
    for url in EVERY:
        tab.goto(f"{site.as_uri()}/{url}")
        if tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append((url, tab.evaluate(TOO_WIDE)))
    context.close()
    assert wide == []


#: The innermost elements that stick out of the page.
TOO_WIDE = """() => [...document.querySelectorAll("body *")].filter((node) => {
    const box = node.getBoundingClientRect();
    return box.width && box.right > innerWidth + 1 && !node.closest("pre *, .formula *, .table *, math *");
}).slice(-3).map((node) => node.outerHTML.slice(0, 120))"""


# --- for everybody ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_no_fault(
    browser: Browser, site: Path, small: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    axe = node_module("axe-core/axe.min.js").read_text("utf-8")
    # In the dark only the colours differ.
    options = {"resultTypes": ["violations"], **({"runOnly": ["color-contrast"]} if scheme == "dark" else {})}
    # The policy of the pages lets no script in but their own, so that of the test needs an exception.
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    tab = context.new_page()
    faults = []
    for url in (*(f"{site.as_uri()}/{page}" for page in KINDS), f"{small.as_uri()}/404.html"):
        tab.goto(url)
        # Formulas have their widths when their font is there, and what is too wide is made focusable after that.
        tab.evaluate("() => document.fonts.ready.then(() => new Promise((done) => requestIdleCallback(done)))")
        tab.evaluate(axe)
        found = tab.evaluate("(options) => axe.run(options).then((result) => result.violations)", options)
        faults += [(url, each["id"], each["nodes"][0]["html"][:200], len(each["nodes"])) for each in found]
    context.close()
    assert faults == []


@pytest.mark.parametrize("page", [*CHAPTERS, "zh/text/index.html", "en/text/index.html"])
def test_screen_readers_meet_each_heading_and_list_once(visit: Visit, page: str) -> None:
    tab = visit(page)
    main = tab.locator("main")
    assert main.get_by_role("heading", level=1).count() == 1
    texts = main.locator("h1, h2, h3, h4").all_inner_texts()
    assert main.get_by_role("heading").count() == tab.locator(".row.h").count() == len(set(texts))
    assert "#" not in "".join(main.get_by_role("heading").all_inner_texts())
    assert tab.locator(".cell :is(ul, ol)").count() == 0
    lists = main.get_by_role("list")
    for place in range(lists.count()):
        assert lists.nth(place).locator("li .cell").count() > 0


def test_pictures_say_in_which_language_they_are_described(visit: Visit) -> None:
    tab = visit(OBJECTS)
    images = tab.locator("main img")
    assert images.count() >= 6
    told = images.evaluate_all("all => all.map((one) => [one.alt, one.closest('[lang]').lang])")
    assert ["一张两种语言共用的图", "zh"] in told
    assert all(bool(re.search("[\u4e00-\u9fff]", alt)) == (lang == "zh") for alt, lang in told if alt)
    assert "A figure that both languages share" in tab.locator("main").aria_snapshot()
    assert tab.locator("figure [lang=en]", has_text="A figure that both languages share").count() == 1
    assert visit(f"en/{OBJECTS}").get_by_alt_text("A figure that both languages share").count() == 1


def test_pictures_load_and_missing_ones_say_what_they_show(visit: Visit) -> None:
    tab = visit(OBJECTS)
    # It is an error to decode a picture that does not load.
    tab.locator("main img").evaluate_all(
        "all => Promise.all(all.map((one) => { one.loading = 'eager'; return one.decode(); }))"
    )
    assert tab.get_by_text("一张不存在的图").is_visible()
    assert tab.get_by_role("link", name="一张别处的图").get_attribute("href") == "https://example.org/elsewhere.png"
    addresses = [str(each.get_attribute("src")) for each in tab.locator(".row.picture .cell img").all()]
    assert [address.rpartition("/")[2] for address in addresses] == ["fig.png", "fig.en.png"]


def test_states_of_translations_are_told(visit: Visit) -> None:
    tab = visit(STATES)
    marks = {
        "还没有翻译的一段话": "not translated",
        "机器翻译的草稿": "unreviewed draft",
        "原文改过的一段话": "source has changed",
        "译文坏了的一段话": "source put back",
    }
    for text, mark in marks.items():
        row = tab.locator(".row.p").filter(has_text=text)
        assert row.locator(".tgt .mark").inner_text() == mark
    assert tab.locator(".tgt.untranslated[lang=zh]", has_text="还没有翻译的一段话").count() == 1
    assert tab.locator(".row:has-text('译好的一段话') .mark").count() == 0
    assert tab.locator(".about").get_by_text("Passages not translated yet: 4").is_visible()


# --- every page -------------------------------------------------------------------------------------------------


def test_no_page_in_any_view_complains_or_asks_others(visit: Visit, site: Path) -> None:
    tab = visit("index.html")
    for url in EVERY:
        tab.goto(f"{site.as_uri()}/{url}")
        tab.evaluate("new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))")


def test_the_sample_book_reads_well_too(browser: Browser, small: Path) -> None:
    tab = browser.new_page()
    problems = quiet(tab, small.as_uri())
    for page in ("index.html", "404.html", "preface.html", "zh/preface.html", "en/preface.html"):
        tab.goto(f"{small.as_uri()}/{page}")
    tab.goto(f"{small.as_uri()}/preface.html")
    assert arrangement(tab) == "side"
    assert tab.locator("math").count() > 0
    tab.close()
    assert problems == []


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address at which a web server of this machine has a folder."""

    class Silent(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Silent, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_web_server_needs_to_send_little_for_the_contents(browser: Browser, site: Path) -> None:
    with served(site) as address:
        tab = browser.new_page()
        problems = quiet(tab, address)
        loaded: list[str] = []
        tab.on("request", lambda request: loaded.append(unquote(urlsplit(request.url).path)))
        tab.goto(f"{address}index.html", wait_until="networkidle")
        sizes = {path: len(gzip.compress((site / path[1:]).read_bytes())) for path in loaded if path != "/favicon.ico"}
        tab.goto(f"{address}{TEXT}")
        assert arrangement(tab) == "side"
        tab.keyboard.press("/")
        tab.keyboard.type("progression")
        tab.locator(".search-hit").first.wait_for()
        tab.close()
    assert len(sizes) >= 4
    assert sum(sizes.values()) <= 60_000, sizes
    assert problems == []


# --- what is wide, and where lines end --------------------------------------------------------------------------


def chapters_of(site: Path) -> list[str]:
    found = sorted(path.name for path in site.glob("*.html") if path.name not in ("index.html", "404.html"))
    assert len(found) == 14
    return found


#: What scrolls inside of the page, and how wide its pictures are meant to be and are.
SCROLLS = """(selector) => [...document.querySelectorAll(selector)].filter((box) => box.clientWidth).map((box) => [
    box.scrollWidth > box.clientWidth,
    ...[...box.querySelectorAll("img")].map((image) => image.clientWidth / image.getAttribute("width")),
])"""


def test_tables_and_diagrams_scroll_only_where_they_would_be_too_narrow(browser: Browser, small: Path) -> None:
    tab = browser.new_page(viewport={"width": 1300, "height": 900})
    tables = diagrams = 0
    for page in chapters_of(small):
        tab.goto(f"{small.as_uri()}/{page}")
        found = tab.evaluate(SCROLLS, ".table > .cell, .scroll")
        tables += len(found)
        assert not any(scrolls for scrolls, *_ in found), page
        for url in (page, f"en/{page}"):
            tab.goto(f"{small.as_uri()}/{url}")
            for scrolls, size in tab.evaluate(SCROLLS, ".diagram figure"):
                assert not scrolls, url
                assert size > 0.55, url
                diagrams += 1
    assert tables > 20
    assert diagrams > 40
    tab.set_viewport_size({"width": 390, "height": 800})
    tab.goto(f"{small.as_uri()}/ch01.html")
    assert all(scrolls and 0.55 < size < 0.65 for scrolls, size in tab.evaluate(SCROLLS, ".diagram figure"))
    tab.close()


#: Formulas in lines with what follows on the next line although it belongs to them, and how many are followed so.
PARTED = r"""() => {
    const parted = [];
    let count = 0;
    for (const math of document.querySelectorAll(".chapter math:not([display])")) {
        let node = math;
        while (node && !node.nextSibling && !node.matches(".cell, p, td")) node = node.parentNode;
        for (node = node?.nextSibling; node?.firstChild; ) node = node.firstChild;
        if (node?.nodeType !== 3 || !/^[)\]），、；。：！？”,.;:!?-]/.test(node.data)) continue;
        const range = document.createRange();
        range.setStart(node, 0);
        range.setEnd(node, 1);
        const [mark, formula] = [range.getBoundingClientRect(), math.getBoundingClientRect()];
        if (!mark.width || !formula.width) continue;
        count += 1;
        if (mark.left < formula.left) parted.push(math.textContent + node.data);
    }
    return [count, parted];
}"""


@pytest.mark.parametrize("width", [1300, 1024, 360])
def test_no_line_begins_with_the_mark_behind_a_formula(browser: Browser, small: Path, width: int) -> None:
    tab = browser.new_page(viewport={"width": width, "height": 900})
    total = 0
    for page in chapters_of(small):
        for url in (page, f"zh/{page}"):
            tab.goto(f"{small.as_uri()}/{url}")
            tab.evaluate("() => document.fonts.ready.then(() => null)")
            count, parted = tab.evaluate(PARTED)
            assert parted == [], url
            total += count
    tab.close()
    assert total > 300


def test_a_formula_that_is_wider_than_a_phone_scrolls_with_its_mark(visit: Visit) -> None:
    tab = visit(OBJECTS, 360)
    tab.evaluate("() => document.fonts.ready.then(() => new Promise((done) => requestIdleCallback(done)))")
    box = tab.locator(".src .tie.wide").first
    assert box.evaluate("box => [box.scrollWidth > box.clientWidth + 100, box.clientWidth < 360]") == [True, True]
    assert box.evaluate("box => box.textContent.slice(-1)") == "，"
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tab.set_viewport_size({"width": 1900, "height": 900})
    settled(tab.locator(".tie.wide"), 0)


DELIMITERS = """() => {
    const math = [...document.querySelectorAll(".chapter .src math")].find((one) => one.textContent.includes("bigl"));
    const signs = [...math.querySelectorAll("mo")].filter((one) => "([{|}])".includes(one.textContent));
    const boxes = signs.map((sign) => sign.getBoundingClientRect());
    return signs.map((sign, place) => [sign.textContent, boxes[place].top, boxes[place].height]);
}"""


def test_delimiters_of_a_size_have_it_with_scripts_on_them_too(visit: Visit) -> None:
    tab = visit(OBJECTS)
    tab.evaluate("() => document.fonts.ready.then(() => null)")
    signs = tab.evaluate(DELIMITERS)
    assert "".join(sign for sign, *_ in signs) == "()[]{}||"
    for (_, top, height), (sign, other, size) in zip(signs[::2], signs[1::2], strict=True):
        assert size == pytest.approx(height, abs=1), sign
        assert other == pytest.approx(top, abs=1), sign


def test_what_needs_no_translation_has_both_columns_and_its_own_language(browser: Browser, small: Path) -> None:
    tab = browser.new_page(viewport={"width": 1300, "height": 900})
    tab.goto(f"{small.as_uri()}/ch09.html")
    entry = tab.locator(".row.shared > p", has_text="Distilling the Knowledge in a Neural Network")
    assert entry.get_attribute("lang") == "en"
    font = "node => getComputedStyle(node).fontFamily"
    assert entry.evaluate(font) == tab.locator(".row.p > .tgt").first.evaluate(font)
    column = tab.locator(".row.p > .src").first.bounding_box()
    box = entry.bounding_box()
    assert box
    assert column
    assert box["width"] > 2 * column["width"]
    assert entry.evaluate("node => getComputedStyle(node, '::before').content").startswith('"•"')
    tab.close()


# --- settings ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def coloured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = """
columns = "50:50"
accent = "#aa0055"
accent-dark = "#ff88bb"
background = "#fffdf0"
background-dark = "#001018"
logo = "logo.png"
extra-css = ["own.css"]
search = false
footer = { zh = "<p>页脚</p>", en = "<p>Made of <b>paper</b></p>" }
"""
    folder = tmp_path_factory.mktemp("coloured")
    (folder / "own.css").write_text("main { outline: 3px solid rgb(1, 2, 3); }\n", "utf-8")
    return everything(folder, CONFIG + settings)


def style(tab: Tab, query: str, name: str) -> str:
    return str(tab.locator(query).first.evaluate("(node, name) => getComputedStyle(node)[name]", name))


def test_settings_change_colours_columns_and_what_there_is(browser: Browser, coloured: Path) -> None:
    tab = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
    problems = quiet(tab, coloured.as_uri())
    tab.goto(f"{coloured.as_uri()}/{TEXT}")
    left, middle, start, right = tab.evaluate(CELLS)[0]["edges"]
    assert middle - left == pytest.approx(right - start, abs=1)
    assert style(tab, "body", "backgroundColor") == "rgb(255, 253, 240)"
    assert style(tab, ".tgt a", "color") == "rgb(170, 0, 85)"
    assert style(tab, "main", "outlineColor") == "rgb(1, 2, 3)"
    assert tab.locator(".brand img").first.evaluate("image => image.naturalWidth") == 52
    assert tab.locator("footer").get_by_text("Made of paper").is_visible()
    assert tab.locator(".open-search").count() == 0
    tab.emulate_media(color_scheme="dark")
    assert style(tab, "body", "backgroundColor") == "rgb(0, 16, 24)"
    assert style(tab, ".tgt a", "color") == "rgb(255, 136, 187)"
    tab.close()
    assert problems == []
