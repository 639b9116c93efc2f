"""Configuration files as people write them, right and wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilingual.catalog import State
from bilingual.check.length_outlier import Options as LengthOptions
from bilingual.check.link_changed import Options as LinkOptions
from bilingual.check.punctuation_width import Options as WidthOptions
from bilingual.config import (
    Book,
    BookPart,
    Config,
    EditionPair,
    Text,
    complaint,
    find,
    formats_known,
    load,
    options_of,
    parse,
)
from bilingual.diagnostics import BilingualError, Severity, full

if TYPE_CHECKING:
    from bilingual.diagnostics import Diagnostic

SMALLEST = 'source = "zh"\ntargets = ["en"]\n'


def config(text: str, name: str = "bilingual.toml") -> Config:
    return parse(text, Path("/book") / name)


def wrong(text: str, name: str = "bilingual.toml") -> tuple[Diagnostic, ...]:
    with pytest.raises(BilingualError) as caught:
        config(text, name)
    return caught.value.diagnostics


def problems(text: str) -> tuple[Diagnostic, ...]:
    """All that is wrong, if anything is."""
    try:
        config(text)
    except BilingualError as error:
        return error.diagnostics
    return ()


def told(text: str, name: str = "bilingual.toml") -> list[tuple[int | None, str, str]]:
    """The line, message and hint of everything that is wrong."""
    return [(each.place.line, each.message, each.hint) for each in wrong(text, name)]


# --- what is right


def test_the_smallest_configuration() -> None:
    found = config(SMALLEST)
    assert found.source.han
    assert found.source_code == "zh"
    assert found.target_codes == ("en",)
    assert found.root == Path("/book").absolute()
    assert found.minimum is State.STALE
    assert found.dialect.preset == "github"
    assert "hero.actions.*.text" in found.dialect.front_matter
    assert (found.build, found.title, found.formats, found.catalogs) == ("build", "", ("markdown",), "flat")
    assert found.rewrite_links
    assert not found.templates
    assert not found.latin
    assert str(found.source_path("part1/ch1.md")) == "content/zh/part1/ch1.md"
    assert str(found.target_path("en", "part1/ch1.md")) == "content/en/part1/ch1.md"
    assert str(found.catalog_path(found.targets[0], "part1/ch1.md")) == "locale/en/LC_MESSAGES/part1.ch1.po"
    assert str(found.template_path("part1/ch1.md")) == "locale/part1.ch1.pot"


def test_one_target_may_be_a_plain_string() -> None:
    assert config('source = "en"\ntargets = "zh-Hans"').target_codes == ("zh-Hans",)


def test_everything_can_be_set() -> None:
    found = config(
        """
        source = "zh_CN"
        targets = ["en", "zh-Hant"]
        title = "书"
        build = "out/editions"
        formats = ["markdown", "html"]
        minimum = "reviewed"
        include = ["**/*.md"]
        exclude = ["drafts", "**/_*.md"]
        front-matter = ["title", "features.*.title"]
        line-breaks = "keep"
        rewrite-links = false
        catalogs = "nested"
        templates = true
        syntax-lines = ['@@.*@@', "(?:a|b)"]
        [paths]
        source = "docs/{path}"
        target = "docs/{lang}/{path}"
        catalog = "po/{locale}/{name}.po"
        template = "po/{name}.pot"
        [markdown]
        dialect = "myst"
        [markdown.extensions]
        backslash_math = true
        task-lists = false
        math = { single = false }
        [extract]
        latin = true
        """
    )
    assert found.minimum is State.REVIEWED
    assert found.dialect.line_breaks == "keep"
    assert found.dialect.syntax_lines == ("@@.*@@", "(?:a|b)")
    assert found.dialect.has("backslash_math")
    assert not found.dialect.has("task_lists")
    assert found.latin
    assert found.templates
    assert not found.rewrite_links
    assert str(found.catalog_path("zh-TW", "a/b.md")) == "po/zh_TW/a/b.po"


def test_pyproject_and_bom_and_crlf() -> None:
    text = '\ufeff[project]\r\nname = "x"\r\n[tool.bilingual]\r\nsource = "zh"\r\ntargets = "en"\r\n'
    assert config(text, "pyproject.toml").target_codes == ("en",)


# --- paths


@pytest.mark.parametrize(
    ("source", "target", "chapter", "source_path", "target_path"),
    [
        ("docs/{path}", "docs/{lang}/{path}", "a/b.md", "docs/a/b.md", "docs/en/a/b.md"),
        ("docs/{path}", "docs/{stem}.{lang}.md", "a/b.md", "docs/a/b.md", "docs/a/b.en.md"),
        (
            "docs/{path}",
            "docs/{stem}.{lang}.{ext}",
            "a/b.c.markdown",
            "docs/a/b.c.markdown",
            "docs/a/b.c.en.markdown",
        ),
        ("docs/{path}", "{lang}/docs/{path}", "b.md", "docs/b.md", "en/docs/b.md"),
        ("{path}", "{lang}/{path}", "a/b.md", "a/b.md", "en/a/b.md"),
        ("{lang}/{path}", "{path}", "a/b.md", "zh/a/b.md", "a/b.md"),
        ("{stem}.{lang}.md", "{stem}.{lang}.md", "a/b.md", "a/b.zh.md", "a/b.en.md"),
        (
            "src/{dir}/{lang}/{file}",
            "src/{dir}/{lang}/{file}",
            "a/b/c.md",
            "src/a/b/zh/c.md",
            "src/a/b/en/c.md",
        ),
        ("src/{dir}/{lang}/{file}", "src/{dir}/{lang}/{file}", "c.md", "src/zh/c.md", "src/en/c.md"),
        ("./docs//{path}", "out/{path}", "a b/中文.md", "docs/a b/中文.md", "out/a b/中文.md"),
    ],
)
def test_patterns_lead_there_and_back(
    source: str, target: str, chapter: str, source_path: str, target_path: str
) -> None:
    found = config(f'{SMALLEST}[paths]\nsource = "{source}"\ntarget = "{target}"')
    assert str(found.source_path(chapter)) == source_path
    assert str(found.target_path("en", PurePosixPath(chapter))) == target_path
    assert found.source_name(source_path) == chapter
    assert found.source_name(target_path) is None, "a target is never a source"


def test_what_is_no_source() -> None:
    found = config(f'{SMALLEST}[paths]\nsource = "{{path}}"\ntarget = "{{lang}}/{{path}}"')
    assert found.source_name("ch1.md") == "ch1.md"
    assert found.source_name("english/ch1.md") == "english/ch1.md"
    for path in ("en/ch1.md", "build/en/ch1.md", ".git/x.md", "a/.hidden/x.md", "node_modules/x/README.md"):
        assert found.source_name(path) is None
    assert config(SMALLEST).source_name("docs/ch1.md") is None


def test_globs() -> None:
    found = config(f'{SMALLEST}exclude = ["drafts", "**/_*", "old/*.md", "x[0-9].md", "notes/**"]')
    wanted = {"ch1.md", "a/b/ch1.markdown", "a/drafts/x.md", "old/a/b.md", "xa.md", "a/old/b.md", "x10.md"}
    unwanted = {
        "drafts/a/b.md",
        "_a.md",
        "a/_b.md",
        "a/_b/c.md",
        "old/a.md",
        "x1.md",
        "a.mdx",
        "a.md/b",
        "notes/a.md",
    }
    assert {each for each in wanted | unwanted if found.included(each)} == wanted


def test_catalog_names() -> None:
    names = {
        how: config(f'{SMALLEST}catalogs = "{how}"').catalog_name("a/b.c.md") for how in ("flat", "nested", "single")
    }
    assert names == {"flat": "a.b.c", "nested": "a/b.c", "single": "book"}


def test_a_target_is_found_in_any_spelling() -> None:
    found = config('source = "en"\ntargets = ["zh-CN", "zh-TW"]')
    assert found.code("zh") == "zh-CN"
    assert found.target("zh_Hans") == found.targets[0]
    assert found.target("zh-Hant") == found.targets[1]
    with pytest.raises(BilingualError) as caught:
        found.target("zg-TW")
    assert 'did you mean "zh-TW"?' in caught.value.diagnostics[0].hint


def test_the_fingerprint_is_stable_and_tells_what_matters(tmp_path: Path) -> None:
    (tmp_path / "bilingual.toml").write_text(SMALLEST, encoding="utf-8")
    program = (
        "from pathlib import Path; from bilingual.config import load; print(load(Path('bilingual.toml')).fingerprint())"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1
    plain = config(SMALLEST).fingerprint()
    editions = (
        'title = "x"\nformats = ["html"]\n[book]\ntitle = "y"\nchapters = ["*.md"]\n[[editions]]\ntarget = "en"\n'
        'name = "x"\n[assets]\nmap = { a = "b" }\n[render.html]\nlogo = "x"\n'
    )
    assert config(SMALLEST + editions).fingerprint() == plain, "what editions say about the book changes no catalog"
    for change in (
        'line-breaks = "keep"',
        'front-matter = ["x"]',
        "[extract]\nlatin = true",
        '[markdown]\ndialect = "myst"',
    ):
        assert config(SMALLEST + change).fingerprint() != plain


# --- the book and its editions


def test_a_book_says_nothing_about_itself() -> None:
    found = config(SMALLEST)
    assert found.book == Book()
    assert not found.book.title
    assert found.editions == (EditionPair("en", "zh", "en"),)
    assert (found.assets.map, found.assets.remote_images, found.render) == ({}, "link", {})


def test_what_a_book_says_about_itself() -> None:
    found = config(
        """
        source = "zh-CN"
        targets = ["en", "ja"]
        title = "shu"
        [book]
        title = { en = "Ten Lectures", zh = "十讲" }
        subtitle = "sub"
        description = { ja = "x" }
        authors = ["陈明", "李华"]
        translators = ["Anna Meier"]
        licence = "CC BY 4.0"
        licence-url = "https://creativecommons.org/licenses/by/4.0/"
        cover = "img/cover.png"
        date = 2026-05-01
        chapters = ["./preface.md", "intro/*.md"]
        [[book.parts]]
        title = { zh_CN = "第一部分", en = "Part I" }
        chapters = ["a.md"]
        [[book.parts]]
        chapters = ["b/**"]
        [assets]
        map = { "/static" = "public", "https://example.org/img/" = "docs/img/" }
        remote-images = "allow"
        """
    )
    assert found.title == "shu"
    assert found.book == Book(
        title=Text(wordings=(("zh-CN", "十讲"), ("en", "Ten Lectures"))),
        subtitle=Text("sub"),
        description=Text(wordings=(("ja", "x"),)),
        authors=("陈明", "李华"),
        translators=("Anna Meier",),
        licence="CC BY 4.0",
        licence_url="https://creativecommons.org/licenses/by/4.0/",
        cover="img/cover.png",
        date="2026-05-01",
        chapters=("preface.md", "intro/*.md"),
        parts=(
            BookPart(Text(wordings=(("zh-CN", "第一部分"), ("en", "Part I"))), ("a.md",)),
            BookPart(Text(), ("b/**",)),
        ),
    )
    assert list(found.assets.map.items()) == [("https://example.org/img/", "docs/img/"), ("/static", "public")]
    assert found.assets.remote_images == "allow"


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ('"x"', {"zh": "x", "en": "x", "ja": "x"}),
        ('{ zh = "书", en = "book" }', {"zh": "书", "en": "book", "ja": "书"}),
        ('{ en = "book", zh = "书" }', {"zh": "书", "en": "book", "ja": "书"}),
        ('{ en = "book" }', {"zh": "book", "en": "book", "ja": "book"}),
        ('{ zh = "", ja = "本" }', {"zh": "本", "en": "本", "ja": "本"}),
        ("{}", {"zh": "", "en": "", "ja": ""}),
    ],
)
def test_a_text_is_there_in_every_language_if_it_is_in_any(value: str, texts: dict[str, str]) -> None:
    title = config(f'source = "zh"\ntargets = ["en", "ja"]\n[book]\ntitle = {value}').book.title
    assert {code: title.of(code) for code in texts} == texts
    assert bool(title) == any(texts.values())


def test_the_title_of_the_book_is_that_of_editions_unless_they_have_one() -> None:
    assert config(f'{SMALLEST}title = "x"').book.title == Text("x")
    found = config(f'{SMALLEST}title = "x"\nbook.title = "y"')
    assert (found.title, found.book.title) == ("x", Text("y"))


def test_editions_and_their_folders() -> None:
    three = 'source = "zh"\ntargets = ["en", "zh-TW"]\n'
    assert config(three).editions == (EditionPair("en", "zh", "en"), EditionPair("zh-TW", "zh", "zh-TW"))
    found = config(
        f'{three}[[editions]]\nsource = "zh_Hans"\ntarget = "en"\n'
        '[[editions]]\nsource = "en"\ntarget = "zh-Hant"\n[[editions]]\ntarget = "zh-TW"\nname = "taiwan"\n'
    )
    assert found.editions == (
        EditionPair("en", "zh", "en"),
        EditionPair("en-zh-TW", "en", "zh-TW"),
        EditionPair("taiwan", "zh", "zh-TW"),
    )


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("book = 3", 3, "book = 3", "a table"),
        ('[book]\ntitel = "x"', 4, 'unknown key "book.titel"', 'did you mean "title"?'),
        ('[book]\nlicense = "x"', 4, 'unknown key "book.license"', 'did you mean "licence"?'),
        ("[book]\ntitle = 3", 4, "book.title = 3", "a string, or a table of strings by language code"),
        ('[book]\ntitle = { zh = "x", fr = "y" }', 4, 'unknown language "book.title.fr"', "there are zh, en"),
        ("[book.title]\nen = 3", 4, "book.title.en = 3", "expected a string"),
        ('[book.title]\nzh = "x"\nzh_CN = "y"', 5, '"book.title.zh_CN" is a second text', "remove one"),
        ('[book]\nauthors = ["x", " "]', 4, 'book.authors[1] = " "', "a name"),
        ('[book]\nauthors = "x"', 4, 'book.authors = "x"', "a list of strings"),
        ('[book]\nlicence-url = "http://x"', 4, 'book.licence-url = "http://x"', "begins with https://"),
        ('[book]\ncover = "../x.png"', 4, 'book.cover = "../x.png"', "below this file's folder"),
        ("[book]\ndate = 2026", 4, "book.date = 2026", "a string"),
        ('[book]\nchapters = ["a.md",\n"/a.md"]', 5, 'book.chapters[1] = "/a.md"', "below the source folder"),
        ('[book]\nchapters = ["a.md",\n"./a.md"]', 5, 'book.chapters[1] = "./a.md"', "each chapter once"),
        (
            '[book]\nchapters = ["a.md"]\n[[book.parts]]\nchapters = ["b.md"]\n[[book.parts]]\nchapters = ["a.md"]',
            *(8, 'book.parts[1].chapters[0] = "a.md"', "each chapter once"),
        ),
        ("[[book.parts]]\nname = 3", 4, 'unknown key "book.parts[0].name"', "there are title, chapters"),
        ('[book]\nparts = ["x"]', 4, 'book.parts[0] = "x"', "a table with title, chapters"),
        ("[book.parts]\ntitle = 'x'", 3, "book.parts = a table", "a list of tables, [[book.parts]]"),
        ("[editions]\ntarget = 'en'", 3, "editions = a table", "a list of tables, [[editions]]"),
        ("editions = []", 3, "editions = []", "at least one table, [[editions]]"),
        ('[[editions]]\nname = "x"', 3, 'the key "target" is missing', "beside the source"),
        ('[[editions]]\ntarget = "eng"', 4, 'editions[0].target = "eng"', 'one of zh, en; did you mean "en"?'),
        ('[[editions]]\ntarget = "zh"', 4, 'editions[0].target = "zh"', 'another language than source = "zh"'),
        ('[[editions]]\ntarget = "en"\nname = "a/b"', 5, 'editions[0].name = "a/b"', "without /"),
        ('[[editions]]\ntarget = "en"\nname = "Cache"', 5, 'editions[0].name = "Cache"', "the folder cache"),
        (
            '[[editions]]\ntarget = "en"\n[[editions]]\nsource = "en"\ntarget = "zh"\nname = "EN"',
            *(8, '"EN" is the name of two editions', "another name"),
        ),
        ("[assets]\nmap = 3", 4, "assets.map = 3", "beginnings of addresses"),
        ('[assets.map]\n"https://x/" = "../y"', 4, 'assets.map.https://x/ = "../y"', "below this file's folder"),
        ('[assets.map]\n"" = "y"', 4, "an empty beginning fits every address", "write one"),
        ("[assets.map]\nx = 3", 4, "assets.map.x = 3", "a string"),
        ('[assets]\nremote-images = "lnk"', 4, 'assets.remote-images = "lnk"', 'did you mean "link"?'),
        ("[render]\nhtml = true", 4, "render.html = true", "a table of options"),
        ("render = 3", 3, "render = 3", "[render.html]"),
        ("[rendr.html]\nx = 1", 3, 'unknown table "rendr"', 'did you mean "render"?'),
    ],
)
def test_what_is_wrong_about_the_book_has_its_line(text: str, line: int, message: str, hint: str) -> None:
    (found,) = told(SMALLEST + text)
    assert found[0] == line
    assert found[1].startswith(message)
    assert hint in found[2]


def test_languages_that_are_wrong_themselves_make_no_further_findings() -> None:
    text = 'source = "xxx"\ntargets = ["en"]\n[book]\ntitle = { zh = "x" }\n[[editions]]\ntarget = "zh"\n'
    assert [line for line, _, _ in told(text)] == [1]


# --- options of checks and output formats


@dataclass(frozen=True, slots=True)
class Options:
    logo: str = ""
    footer: Text = Text()  # noqa: RUF009 - frozen
    depth: int = 3
    base_url: str | None = None

    def __post_init__(self) -> None:
        if self.depth < 0:
            raise ValueError("depth is negative")


def refused_options(text: str, *path: str, kind: type = Options) -> list[tuple[int | None, str, str]]:
    found = config(text)
    with pytest.raises(BilingualError) as caught:
        options_of(found, path, kind)
    return [(each.place.line, each.message, each.hint) for each in caught.value.diagnostics]


def test_options_are_read_by_their_types() -> None:
    text = f'{SMALLEST}[render.web-site]\nlogo = "x.svg"\nfooter = {{ en = "Made by hand" }}\nbase-url = "https://x"\n'
    found = options_of(config(text), ("render", "web_site"), Options)
    assert (found.logo, found.footer.of("zh"), found.depth, found.base_url) == (
        *("x.svg", "Made by hand"),
        *(3, "https://x"),
    )
    assert options_of(config(text), ("render", "pdf"), Options) == Options()


def test_options_that_are_wrong_are_all_told_with_their_lines() -> None:
    text = f'{SMALLEST}[render.html]\nlogo = 3\nbaseurl = "x"\ndepth = 1.5\nfooter = {{ fr = "x" }}\n'
    assert refused_options(text, "render", "html") == [
        (4, "render.html.logo = 3", "expected a string"),
        (5, 'unknown option "render.html.baseurl"', 'did you mean "base-url"?'),
        (6, "render.html.depth = 1.5", "expected a whole number"),
        (7, 'unknown language "render.html.footer.fr"', "there are zh, en"),
    ]
    (line, message, _) = refused_options(f"{SMALLEST}[render.html]\ndepth = -1", "render", "html")[0]
    assert (line, message) == (4, 'the options of "html" do not fit: depth is negative')
    inside = f"[tool.bilingual]\n{SMALLEST}[tool.bilingual.render.html]\nlogo = 3"
    with pytest.raises(BilingualError) as caught:
        options_of(config(inside, "pyproject.toml"), ("render", "html"), Options)
    assert caught.value.diagnostics[0].place.line == 5


def test_options_of_checks_are_read_the_same_way() -> None:
    text = f'{SMALLEST}[check.link-changed]\nmap = {{ "https://a" = "https://b" }}\n[check.length-outlier]\nmost = 9\n'
    found = config(text)
    assert options_of(found, ("check", "link-changed"), LinkOptions).map == {"https://a": "https://b"}
    assert options_of(found, ("check", "length_outlier"), LengthOptions) == LengthOptions(most=9)
    wrong_ones = {
        "[check.link-changed]\nmap = { a = 3 }": (LinkOptions, "expected a table, each value a string"),
        "[check.length-outlier]\nleast = nan": (LengthOptions, "expected a number"),
        '[check.punctuation-width]\nspacing = "on"': (WidthOptions, "expected one of off, require, forbid"),
        "[check]\nlink-changed = 3": (LinkOptions, "expected a table"),
    }
    for text, (kind, hint) in wrong_ones.items():
        name = (
            "link-changed"
            if kind is LinkOptions
            else "length-outlier"
            if kind is LengthOptions
            else "punctuation-width"
        )
        (told_one,) = refused_options(SMALLEST + text, "check", name, kind=kind)
        assert told_one[0] == 4
        assert hint in told_one[2]


def test_a_later_complaint_has_its_line_too() -> None:
    found = config(f'{SMALLEST}[book]\nchapters = [\n"a.md",\n"b.md"]\n')
    diagnostic = complaint(found, ("book", "chapters", 1), "chapter-missing", "gone", "write it", Severity.WARNING)
    assert full(diagnostic).splitlines() == [
        f"{Path('/book/bilingual.toml')}:6:1: warning[chapter-missing] gone",
        '  | "b.md"]',
        "  | ^^^^^^",
        "  hint: write it",
    ]


# --- where it is found


def test_found_upward_and_the_nearest_wins(tmp_path: Path) -> None:
    inner = tmp_path / "book" / "content" / "zh"
    inner.mkdir(parents=True)
    assert find(inner) is None
    (tmp_path / "pyproject.toml").write_text(f"[tool.bilingual]\n{SMALLEST}", encoding="utf-8")
    assert find(inner) == tmp_path / "pyproject.toml"
    (tmp_path / "bilingual.toml").write_text(SMALLEST, encoding="utf-8")
    assert find(inner) == tmp_path / "bilingual.toml", "it wins in the same folder"
    (tmp_path / "book" / "pyproject.toml").write_text('[project]\nname = "bilingual"\n', encoding="utf-8")
    assert find(inner) == tmp_path / "bilingual.toml", "a pyproject without the table does not count"
    (tmp_path / "book" / "pyproject.toml").write_text(f"[tool.bilingual]\n{SMALLEST}", encoding="utf-8")
    assert find(inner) == tmp_path / "book" / "pyproject.toml"


@pytest.mark.parametrize("content", [b"\xff\xfe[tool.bilingual]", b"[tool.black\nbilingual", b"tool = 3 # bilingual"])
def test_a_foreign_pyproject_that_is_broken_does_not_count(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pyproject.toml").write_bytes(content)
    assert find(tmp_path) is None


def test_our_table_in_a_broken_pyproject_counts(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.bilingual]\nsource = zh\n", encoding="utf-8")
    found = find(tmp_path)
    assert found is not None
    with pytest.raises(BilingualError) as caught:
        load(found)
    assert caught.value.diagnostics[0].place.line == 2


def test_a_file_is_its_own_configuration_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "bilingual.toml").write_text(SMALLEST, encoding="utf-8")
    for name in ("manual.toml", "bilingual.conf", "pyproject.toml"):
        (tmp_path / name).write_text("", encoding="utf-8")
        assert find(tmp_path / name) == tmp_path / name
    (tmp_path / "gone.toml").symlink_to(tmp_path / "nowhere")
    assert find(tmp_path / "gone.toml") == tmp_path / "gone.toml"


# --- files that cannot be read


def refused(path: Path) -> Diagnostic:
    with pytest.raises(BilingualError) as caught:
        load(path)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "bilingual.toml"
    assert "no such file" in refused(file).message
    file.mkdir()
    assert find(tmp_path) == file
    assert "folder" in refused(file).message
    file.rmdir()
    file.write_bytes('source = "zh"\n# 说明\n'.encode("gbk"))
    diagnostic = refused(file)
    assert (diagnostic.place.line, diagnostic.message) == (2, "byte 0xc3 is not UTF-8")
    assert diagnostic.hint


def test_an_unreadable_file(tmp_path: Path) -> None:
    file = tmp_path / "bilingual.toml"
    file.symlink_to(file)
    assert find(tmp_path) == file
    assert refused(file).message.startswith("the file cannot be read: ")


def test_paths_are_shown_relative_to_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert refused(tmp_path / "a" / "bilingual.toml").place.path == str(Path("a/bilingual.toml"))
    assert load_error_path(tmp_path.parent / "x.toml") == str(tmp_path.parent / "x.toml")


def load_error_path(path: Path) -> str:
    return refused(path).place.path


def test_an_empty_file_lacks_both_keys() -> None:
    assert [(line, message) for line, message, _ in told("")] == [
        (1, 'the key "source" is missing'),
        (1, 'the key "targets" is missing'),
    ]
    missing = told('[project]\nname = "x"\n\n[tool.bilingual]\ntitle = "x"\n', "pyproject.toml")
    assert [line for line, _, _ in missing] == [4, 4]
    assert told("", "pyproject.toml")[0][1] == "there is no [tool.bilingual]"
    assert told("[tool]\nbilingual = 3", "pyproject.toml") == [(2, "tool.bilingual = 3", "expected a table")]


def test_a_syntax_error_has_its_line_and_column() -> None:
    (diagnostic,) = wrong('source = "zh"\ntargets = [en]\n')
    assert (diagnostic.place.line, diagnostic.place.column) == (2, 12)
    assert diagnostic.message.startswith("not TOML: ")
    assert "targets = [en]" in full(diagnostic)
    (diagnostic,) = wrong('source = "zh"\ntargets = ["en"')
    assert diagnostic.place.line == 2
    assert wrong("a = " + "[" * 100_000)[0].code == "config-syntax"


# --- what is wrong is all told, with its place


def test_everything_wrong_is_told_at_once_with_line_value_and_expectation() -> None:
    text = """\
sorce = "zh"
targets = [
  "en",
  "xx-nowhere-at-all",
  3,
]
minimum = "stael"
formats = ["markdwn"]
rewrite-links = "no"
title = 3
front_matter = ["title"]
syntax-lines = ["("]
exclude = ["../x", "[z-a]"]

[paths]
source = "docs/{pth}"
target = "/srv/{path}"
template = "../{name}.pot"
catalogue = "x"

[markdown]
dialect = "gitub"

[markdown.extensions]
mth = true
math = "yes"
footnotes = { inlin = true, inline = 3 }

[chek]
x = 1
"""
    found = told(text)
    by_line = {line: (message, hint) for line, message, hint in found}
    assert by_line[1][0] in {'the key "source" is missing', 'unknown key "sorce"'}
    assert (1, 'unknown key "sorce"', 'did you mean "source"?') in found
    assert by_line[4][0] == 'targets[1] = "xx-nowhere-at-all"'
    assert by_line[5] == ("targets[2] = 3", "expected a string") or "language code" in by_line[5][1]
    assert by_line[7] == (
        'minimum = "stael"',
        'expected one of missing, draft, stale, translated, reviewed; did you mean "stale"?',
    )
    known = ", ".join(formats_known())
    assert "html" in known
    assert by_line[8] == ('formats[0] = "markdwn"', f'expected one of {known}; did you mean "markdown"?')
    assert by_line[9] == ('rewrite-links = "no"', "expected true or false")
    assert by_line[10] == ("title = 3", "expected a string")
    assert by_line[11] == ('unknown key "front_matter"', 'did you mean "front-matter"?')
    assert "regular expression" in by_line[12][1]
    assert [message for line, message, _ in found if line == 13] == [
        'exclude[0] = "../x"',
        'exclude[1] = "[z-a]"',
    ]
    assert by_line[16] == ('unknown placeholder "{pth}"', 'did you mean "path"?')
    assert by_line[17][0] == 'paths.target = "/srv/{path}"'
    assert by_line[18][0] == 'paths.template = "../{name}.pot"'
    assert by_line[19] == ('unknown key "paths.catalogue"', 'did you mean "catalog"?')
    assert by_line[22][1].endswith('did you mean "github"?')
    assert by_line[25] == ('unknown Markdown extension "markdown.extensions.mth"', 'did you mean "math"?')
    assert by_line[26] == ('markdown.extensions.math = "yes"', "expected true, false or a table of options")
    assert {message for line, message, _ in found if line == 27} == {
        'unknown option "markdown.extensions.footnotes.inlin"',
        "markdown.extensions.footnotes.inline = 3",
    }
    assert by_line[29] == ('unknown table "chek"', 'did you mean "check"?')
    assert [line for line, _, _ in found] == sorted(line or 0 for line, _, _ in found)


def test_the_mark_is_under_the_value() -> None:
    (diagnostic,) = wrong(SMALLEST + 'minimum = "stael"  # 注')
    assert full(diagnostic).splitlines()[1:3] == ['  | minimum = "stael"  # 注', "  |           ^^^^^^^"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('markdown.dialect = "x"', 3),
        ('markdown = { extensions = {}, dialect = "x" }', 3),
        ('[markdown]\n# dialect = "no"\ndialect = "x"', 5),
        ('["markdown"]\n"dialect" = "x"', 4),
        ("[ 'markdown' . extensions ]\n[markdown]\n'dialect'='x'", 5),
        ('title = """\n[markdown]\ndialect = "x"\n"""\n[markdown]\ndialect = "x"', 8),
        ("title = '''\n''''\nmarkdown.dialect = 'x'", 5),
        ('title = "\\"#"\nmarkdown . dialect = "x"', 4),
        ('exclude = [\n "a", # ]\n "[b]",\n]\n[markdown]\ndialect = "x"', 8),
        ('front-matter = ["a\\u4e2d", \'\\\', """x"y""""]\nmarkdown.dialect = "x"', 4),
    ],
)
def test_values_are_located_in_every_notation(text: str, line: int) -> None:
    found = [each for each in told(SMALLEST + text) if each[1] == 'markdown.dialect = "x"']
    assert [each[0] for each in found] == [line]


def test_arrays_of_tables_and_dates_do_not_confuse_the_places() -> None:
    text = (
        "[[x]]\na = 1979-05-27 07:32:00\n[[x]]\nb.c = [1e3, {d = inf}]\n[[x.y]]\nz = 1\n"
        '[tool.bilingual]\nsource = 1\ntargets = "en"'
    )
    assert told(text, "pyproject.toml")[0][:2] == (8, "source = 1")


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ('source = "zh"\ntargets = ["zh-Hans"]', 2, 'another language than source = "zh"'),
        ('source = "zh"\ntargets = ["en", "EN"]', 2, '"en" is the same language'),
        ('source = "zh"\ntargets = []', 2, "a list of language codes"),
        ('source = "zh"\ntargets = ""', 2, "a list of language codes"),
        ('source = ["zh"]\ntargets = ["en"]', 1, "a language code"),
        ('source = "../zh"\ntargets = ["en"]', 1, ""),
        (f'{SMALLEST}build = "/tmp"', 3, "a folder below"),
        (f'{SMALLEST}build = "."', 3, "a folder below"),
        (f'{SMALLEST}build = "content"', 3, "may be deleted"),
        (f"{SMALLEST}formats = []", 3, "at least one of"),
        (f'{SMALLEST}front-matter = ["a..b"]', 3, "a key such as"),
        (f'{SMALLEST}syntax-lines = ["(?P<a>x)", "(?P<a>y)"]', 3, "stand together"),
        (f'{SMALLEST}syntax-lines = ["(?i)x"]', 3, "regular expression"),
        (f"{SMALLEST}paths = 3", 3, "a table"),
        (f"{SMALLEST}markdown.extensions = 3", 3, "a table"),
    ],
)
def test_values_that_make_no_sense(text: str, line: int, hint: str) -> None:
    found = told(text)
    assert [each[0] for each in found] == [line]
    assert hint in found[0][2]


@pytest.mark.parametrize(
    ("kind", "pattern", "hint"),
    [
        ("source", "docs/{lang}/x.md", "{path}, {stem} or {dir}/{file}"),
        ("source", "docs/{file}", "{path}, {stem} or {dir}/{file}"),
        ("source", "docs/{stem}", "an extension"),
        ("source", "docs/{path", "every {"),
        ("source", "docs\\\\{path}", "written with /"),
        ("source", "C:/docs/{path}", "written with /"),
        ("source", "~/docs/{path}", "written with /"),
        ("source", "docs/../{path}", "without .."),
        ("source", "docs/\\u202e{path}", "below this file's folder"),
        ("source", "", "below this file's folder"),
        ("source", "docs/x{dir}/{file}", "between slashes"),
        ("target", "docs/{name}.md", "there are {path}"),
        ("catalog", "locale/{lang}.po", "a catalog of its own"),
        ("catalog", "locale/{lang}/{name}.pot", "ends in .po"),
        ("template", "locale/{lang}/{name}.pot", "there are {path}"),
        ("target", "content/zh/{path}", "put {lang}"),
        ("catalog", "locale/{name}.po", None),
    ],
)
def test_patterns_that_make_no_sense(kind: str, pattern: str, hint: str | None) -> None:
    text = f'{SMALLEST}[paths]\n{kind} = "{pattern}"'
    if hint is None:
        config(text)
        return
    assert [(line, hint in expected) for line, _, expected in told(text)] == [(4, True)]


def test_languages_whose_paths_collide() -> None:
    two = 'source = "zh"\ntargets = ["en", "de"]\n[paths]\n'
    (line, message, _) = told(f'{two}target = "out/{{path}}"')[0]
    assert (line, message) == (
        4,
        "the translation (de) has the same path as the translation (en): out/part1/ch1.md",
    )
    (line, message, _) = told(f'{two}catalog = "po/{{name}}.po"')[0]
    assert (line, message) == (4, "the catalog (de) has the same path as the catalog (en): po/part1.ch1.po")


def test_extension_options_are_checked_by_their_types(tmp_path: Path) -> None:
    (tmp_path / "outsider.py").write_text(
        "from dataclasses import dataclass\n"
        "from typing import Literal\n"
        "from bilingual.markdown.dialect import Extension\n"
        "@dataclass(frozen=True, slots=True)\n"
        "class Options:\n"
        "    style: Literal['round', 'square'] = 'round'\n"
        "    depth: int = 3\n"
        "    ratio: float = 0.5\n"
        "    names: tuple[str, ...] = ()\n"
        "    label: str | None = None\n"
        "    def __post_init__(self):\n"
        "        if self.depth < 0: raise ValueError('depth is negative')\n"
        "EXTENSION = Extension(lambda md, options: None, frozenset(), Options)\n",
        encoding="utf-8",
    )
    information = tmp_path / "outsider-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: outsider\nVersion: 1\n", encoding="utf-8")
    (information / "entry_points.txt").write_text("[bilingual.extensions]\noutsider = outsider\n", encoding="utf-8")

    def run(options: str) -> str:
        (tmp_path / "bilingual.toml").write_text(
            f"{SMALLEST}[markdown.extensions]\noutsider = {options}\n", encoding="utf-8"
        )
        program = (
            "import pathlib\n"
            "from bilingual.config import load\n"
            "from bilingual.diagnostics import BilingualError\n"
            "try: print(dict(load(pathlib.Path('bilingual.toml')).dialect.extensions)['outsider'])\n"
            "except BilingualError as error:\n"
            "    for each in error.diagnostics: print(each.place.line, each.message, '|', each.hint)\n"
        )
        return subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    assert run('{ style = "square", depth = 1, ratio = 2, names = ["a"], label = "x" }') == (
        "Options(style='square', depth=1, ratio=2, names=('a',), label='x')\n"
    )
    assert run('{ style = "squar", depth = true, ratio = "x", names = [1], label = 3 }').splitlines() == [
        '4 markdown.extensions.outsider.style = "squar" | expected one of round, square; did you mean "square"?',
        "4 markdown.extensions.outsider.depth = true | expected a whole number",
        '4 markdown.extensions.outsider.ratio = "x" | expected a number',
        "4 markdown.extensions.outsider.names = [1] | expected a list, each item a string",
        "4 markdown.extensions.outsider.label = 3 | expected a string",
    ]
    assert "depth is negative" in run("{ depth = -1 }")


@given(st.text(max_size=200))
def test_any_text_makes_a_configuration_or_diagnostics(text: str) -> None:
    for each in problems(SMALLEST + text):
        assert full(each)


VALUES = st.recursive(
    st.sampled_from(['"x"', "3", "true", "1979-05-27", '"""\n"""', "'{path}'", '"{lang}"', "inf", '"**"', '"("']),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        inner.map(lambda item: f"{{ a = {item} }}"),
    ),
    max_leaves=4,
)
KEYS = st.sampled_from(
    [
        *(
            "title",
            "build",
            "formats",
            "minimum",
            "include",
            "exclude",
            "front-matter",
            "line-breaks",
            "rewrite-links",
        ),
        *(
            "catalogs",
            "templates",
            "syntax-lines",
            "paths",
            "paths.source",
            "paths.target",
            "paths.catalog",
            "markdown",
        ),
        *(
            "markdown.dialect",
            "markdown.extensions",
            "markdown.extensions.math",
            "extract",
            "extract.latin",
            "x.y",
        ),
        *("book", "book.title", "book.date", "book.chapters", "book.parts", "editions", "assets.map", "render"),
    ]
)


@given(KEYS, VALUES)
def test_any_value_of_any_key_makes_a_configuration_or_diagnostics_in_its_line(key: str, value: str) -> None:
    lines = range(3, 4 + value.count("\n"))
    assert {each.place.line for each in problems(f"{SMALLEST}{key} = {value}")} <= set(lines)
