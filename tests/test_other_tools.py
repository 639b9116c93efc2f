"""Catalogs through the programs that translators and platforms use, and back."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import polib
import pytest

from bilingual.catalog import Catalog, Entry, new_header, read_bytes, review_mark, write
from book import CONFIG, make, tree
from changes import pseudo_translate
from support import done, shared, system_program, tools

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEADER = new_header(source="zh", target="en", project="书")
LONG = "很长的一段话，讲注意力机制和它的公式 $\\frac{a}{b}$，还有 `code` 与“引号”。" * 4
CATALOG = Catalog(
    (
        Entry("一", "One", references=("content/zh/a b.md",), extracted="type: heading level 1"),
        Entry(LONG, 'A "long" one \\frac{a}{b}.  ' * 9, comment="译注\n\n#带井号\nbilingual: ignore=math-changed"),
        Entry("二\n行", "Two\nlines", flags=("fuzzy",), previous="二\t行", comment="为什么？"),
        Entry("一", "One of another kind", "语境"),
        Entry("三"),
        Entry("标\\题 \\alpha", "Title \\alpha", flags=("fuzzy",)),
        Entry("看过", "Seen", comment="bilingual: reviewed=王 2026-01-01 0123abcd"),
        Entry("旧", "Old", comment="旧注", obsolete=True),
        Entry("旧的", "Older", flags=("fuzzy",), previous="更旧的", obsolete=True),
    ),
    HEADER,
)


def through_msgmerge(path: Path) -> None:
    catalog = read_bytes(path.read_bytes(), path.name)
    live = [replace(entry, msgstr="", flags=(), previous=None) for entry in catalog.entries if not entry.obsolete]
    template = path.with_suffix(".pot")
    template.write_text(write(Catalog(tuple(live), HEADER)), "utf-8")
    subprocess.run([system_program("msgmerge"), "--quiet", "--update", "--backup=none", path, template], check=True)


def through_msgcat(path: Path) -> None:
    subprocess.run([system_program("msgcat"), "--width=79", "--output-file", path, path], check=True)


def through_polib(path: Path) -> None:
    polib.pofile(str(path)).save(str(path))


def through_pypo(path: Path) -> None:
    code = (
        "import sys; from translate.storage.pypo import pofile; "
        "store = pofile.parsefile(sys.argv[1]); store.units[1].target = store.units[1].target; store.save()"
    )
    subprocess.run([tools("translate"), "-c", code, path], check=True)


def through_windows(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))


def in_a_row(path: Path) -> None:
    for each in (through_msgcat, through_polib, through_pypo, through_msgmerge, through_windows):
        each(path)


def kept(path: Path) -> dict[tuple[object, ...], tuple[str, str, bool]]:
    """What must not get lost: by msgid, its msgstr, the translator's comment and whether it is fuzzy."""
    return {
        (entry.key, entry.obsolete): (entry.msgstr, entry.comment, entry.fuzzy)
        for entry in read_bytes(path.read_bytes(), path.name).entries
    }


TOOLS = [through_msgmerge, through_msgcat, through_polib, through_pypo, through_windows, in_a_row]


@pytest.mark.parametrize("tool", TOOLS)
def test_no_tool_makes_us_lose_anything(tool: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "a.po"
    path.write_text(write(CATALOG), "utf-8")
    before = kept(path)
    assert len(before) == len(CATALOG.entries)
    tool(path)
    assert kept(path) == before


@pytest.mark.parametrize("tool", TOOLS)
def test_an_extraction_makes_the_bytes_ours_again(tool: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": f"# 一\n\n{LONG}\n\n二段。\n\n三段。\n"}, CONFIG)
    done(tmp_path, "extract")
    po = tmp_path / "locale/en/LC_MESSAGES/a.po"
    catalog = read_bytes(po.read_bytes(), po.name)
    first, second, third, last = catalog.entries
    entries = (
        replace(first, msgstr="One", comment=review_mark(replace(first, msgstr="One"), "王", "2026-01-01")),
        replace(second, msgstr="Long \\frac{a}{b}"),
        replace(third, msgstr="Two", flags=("fuzzy",), previous="二", comment="译注"),
        last,
    )
    po.write_text(write(replace(catalog, entries=entries)), "utf-8")
    before = tree(tmp_path / "locale")
    tool(po)
    (tmp_path / "locale/en/LC_MESSAGES/a.pot").unlink(missing_ok=True)
    done(tmp_path, "extract")
    after = tree(tmp_path / "locale")
    # Header fields are the tools' own, and msgmerge drops previous msgids.
    ours, theirs = (
        [line for line in each["en/LC_MESSAGES/a.po"].partition(b"\n\n")[2].split(b"\n") if line[:2] != b"#|"]
        for each in (before, after)
    )
    assert theirs == ours


def test_a_real_catalog_survives_all_tools_in_a_row(tmp_path: Path) -> None:
    source = shared() / "corpora/d2l-zh/chapter_linear-networks"
    make(tmp_path, {f"content/zh/{path.name}": path.read_bytes() for path in source.glob("*.md")}, CONFIG)
    done(tmp_path, "extract")
    pseudo_translate(tmp_path / "locale")
    paths = sorted((tmp_path / "locale").rglob("*.po"))
    assert len(paths) > 5
    for path in paths[:4]:
        before = kept(path)
        in_a_row(path)
        assert kept(path) == before
