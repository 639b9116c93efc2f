from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from book import edit, entries, make, translate, tree
from support import run

if TYPE_CHECKING:
    from pathlib import Path

GOOD = {"content/zh/good.md": "# 好\n"}


def outcome(root: Path, *args: str) -> tuple[int, str]:
    done = run(*args, cwd=root, timeout=120)
    output = done.stdout + done.stderr
    assert "Traceback" not in output
    assert "fault of bilingual" not in output
    return done.returncode, output


def others_are_done(root: Path) -> None:
    assert entries(root / "locale/en/LC_MESSAGES/good.po").keys() == {"好"}
    assert (root / "content/en/good.md").read_text("utf-8") == "# 好\n"
    assert not [name for name in tree(root) if name.endswith(".tmp")]


ODD = {
    "NUL": "甲\0乙\n",
    "BOM": "\ufeff# 题\n\n甲\n",
    "CRLF": "# 题\r\n\r\n甲\r\n乙\r\n\r\n- 丙\r\n",
    "CR": "# 题\r\r甲\r乙\r",
    "no final newline": "# 题\n\n甲",
    "U+2028": "甲\u2028乙\n\x0c\n丙\x0b丁\x85\n",
    "unclosed fence": "题\n\n```\n甲\n",
    "unclosed formula": "$$\n甲\n\n# 题\n",
    "empty": "",
    "blank": " \n\t\n",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_but_good_text_comes_back_byte_for_byte(tmp_path: Path, name: str) -> None:
    source = ODD[name].encode()
    make(tmp_path, {**GOOD, "content/zh/odd.md": source})
    assert outcome(tmp_path, "extract")[0] == 0
    assert outcome(tmp_path, "merge")[0] == 0
    assert (tmp_path / "content/en/odd.md").read_bytes() == source
    others_are_done(tmp_path)
    catalog = tmp_path / "locale/en/LC_MESSAGES/odd.po"
    if catalog.exists():
        edit(catalog, lambda entry: replace(entry, msgstr=entry.msgid))
        assert outcome(tmp_path, "merge")[0] == 0
        assert (tmp_path / "content/en/odd.md").read_bytes() == source


def test_line_ends_and_the_mark_survive_a_translation(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": "\ufeff# 题\r\n\r\n甲  \r\n乙\r\n"})
    outcome(tmp_path, "extract")
    translate(tmp_path, {"题": "Title", "甲\n乙": "one\ntwo"})
    assert outcome(tmp_path, "merge")[0] == 0
    merged = (tmp_path / "content/en/a.md").read_bytes().decode()
    assert merged == "\ufeff# Title\r\n\r\none  \r\ntwo\r\n"


DEEP = {
    "quotes": ">" * 10_000 + " 甲\n",
    "lists on one line": "- " * 10_000 + "甲\n",
    "lists by indentation": "".join("  " * level + "- 甲\n" for level in range(1_000)),
}


@pytest.mark.parametrize("name", DEEP)
def test_nesting_beyond_reason_is_reported_and_kept(tmp_path: Path, name: str) -> None:
    make(tmp_path, {**GOOD, "content/zh/deep.md": DEEP[name]})
    code, output = outcome(tmp_path, "extract")
    assert code == 0
    assert "text-unreached" in output
    assert output.count("text-unreached") == 1
    assert outcome(tmp_path, "merge")[0] == 0
    assert (tmp_path / "content/en/deep.md").read_text("utf-8") == DEEP[name]
    others_are_done(tmp_path)


LARGE = {
    "a line of 5 MB": "中文 `a` $x$ [b](c) " * 210_000 + "\n",
    "a table of 100,000 rows": "|甲|乙|\n|--|--|\n" + "".join(f"|中{row}|值|\n" for row in range(100_000)),
}


@pytest.mark.parametrize("name", LARGE)
def test_size_is_no_trouble(tmp_path: Path, name: str) -> None:
    make(tmp_path, {**GOOD, "content/zh/large.md": LARGE[name]})
    assert outcome(tmp_path, "extract")[0] == 0
    assert outcome(tmp_path, "merge")[0] == 0
    assert (tmp_path / "content/en/large.md").read_text("utf-8") == LARGE[name]
    others_are_done(tmp_path)


def test_a_file_in_another_encoding_is_left_alone(tmp_path: Path) -> None:
    data = "中文\n第二行\n".encode("gbk")
    make(tmp_path, {**GOOD, "content/zh/gbk.md": data})
    for command in ("extract", "merge"):
        code, output = outcome(tmp_path, command)
        assert code == 2
        assert "content/zh/gbk.md:1" in output
        assert "UTF-8" in output
    assert (tmp_path / "content/zh/gbk.md").read_bytes() == data
    assert not (tmp_path / "content/en/gbk.md").exists()
    others_are_done(tmp_path)


def test_names_with_blanks_and_chinese(tmp_path: Path) -> None:
    make(tmp_path, {**GOOD, "content/zh/第一 部/章 一.md": "# 题\n"})
    assert outcome(tmp_path, "extract")[0] == 0
    translate(tmp_path, {"题": "Title"})
    assert outcome(tmp_path, "merge")[0] == 0
    assert (tmp_path / "content/en/第一 部/章 一.md").read_text("utf-8") == "# Title\n"
    (found,) = entries(tmp_path / "locale/en/LC_MESSAGES/第一 部.章 一.po").values()
    assert found.references == ("content/zh/第一 部/章 一.md",)


def test_links_out_of_the_project_and_unreadable_files(tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text("# 外\n", "utf-8")
    root = make(tmp_path / "book", GOOD)
    (root / "content/zh/out.md").symlink_to(outside)
    (root / "content/zh/loop.md").symlink_to("loop.md")
    (root / "content/zh/gone.md").symlink_to("nowhere.md")
    code, output = outcome(root, "extract")
    assert code == 2
    for name, word in (("out", "leads out"), ("loop", "cannot be read"), ("gone", "cannot be read")):
        assert any(f"content/zh/{name}.md" in line and word in line for line in output.split("\n")), output
    outcome(root, "merge")
    assert not (root / "content/en/out.md").exists()
    others_are_done(root)


@pytest.mark.skipif(getattr(os, "geteuid", int)() == 0, reason="the superuser reads everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    make(tmp_path, {**GOOD, "content/zh/secret.md": "# 密\n"})
    (tmp_path / "content/zh/secret.md").chmod(0)
    code, output = outcome(tmp_path, "extract")
    assert code == 2
    assert "content/zh/secret.md" in output


def test_names_that_differ_by_case_alone(tmp_path: Path) -> None:
    make(tmp_path, {**GOOD, "content/zh/Case.md": "甲\n", "content/zh/case.md": "乙\n"})
    if len(list((tmp_path / "content/zh").iterdir())) < 3:
        pytest.skip("this file system does not tell the names apart")
    code, output = outcome(tmp_path, "extract")
    assert code == 2
    assert "case alone" in output
    outcome(tmp_path, "merge")
    assert (tmp_path / "content/en/Case.md").read_text("utf-8") == "甲\n"
    assert not (tmp_path / "content/en/case.md").exists()
    others_are_done(tmp_path)


def test_chapters_that_would_share_a_catalog(tmp_path: Path) -> None:
    make(tmp_path, {**GOOD, "content/zh/a.b.md": "甲\n", "content/zh/a/b.md": "乙\n"})
    code, output = outcome(tmp_path, "extract")
    assert code == 2
    assert 'catalogs = "nested"' in output
    assert entries(tmp_path / "locale/en/LC_MESSAGES/a.b.po").keys() == {"甲"}


def test_formats_that_are_not_read_are_named(tmp_path: Path) -> None:
    make(tmp_path, {**GOOD, "content/zh/a.mdx": "# 题\n", "content/zh/b.ipynb": "{}", "content/zh/c.qmd": "题\n"})
    code, output = outcome(tmp_path, "extract")
    assert code == 0
    for name in ("a.mdx", "b.ipynb", "c.qmd"):
        assert f"content/zh/{name}" in output


HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
BAD = {
    "a syntax error": (HEAD + 'msgid "题"\nmsgstr "Title\n\nmsgid "x"\nmsgstr "y"\n', "catalog-syntax", 5),
    "a stray word": (HEAD + 'msgid "题"\nmsgstr "Title"\nnonsense\n\n# x\n', "catalog-syntax", 6),
    "a conflict": (
        HEAD + 'msgid "题"\n<<<<<<< HEAD\nmsgstr "Title"\n=======\nmsgstr "Heading"\n>>>>>>> other\n',
        "catalog-conflict",
        5,
    ),
    "a duplicate": (
        HEAD + 'msgid "题"\nmsgstr "Title"\n\nmsgid "题"\nmsgstr "Heading"\n',
        "catalog-duplicate",
        7,
    ),
    "a cut inside a string": (HEAD + 'msgid "题"\nmsgstr "Ti', "catalog-syntax", 5),
    "a cut before the msgstr": (HEAD + 'msgid "题"\n', "catalog-syntax", 4),
}


@pytest.mark.parametrize("name", BAD)
def test_a_catalog_that_cannot_be_read_is_left_alone(tmp_path: Path, name: str) -> None:
    text, code, line = BAD[name]
    path = "locale/en/LC_MESSAGES/bad.po"
    make(tmp_path, {**GOOD, "content/zh/bad.md": "# 题\n\n新\n", path: text})
    for command in ("extract", "merge"):
        status, output = outcome(tmp_path, command)
        assert status == 2
        assert f"{path}:{line}: error[{code}]" in output
        assert "hint:" in output
        assert (tmp_path / path).read_text("utf-8") == text
    assert not (tmp_path / "content/en/bad.md").exists()
    others_are_done(tmp_path)


def test_a_catalog_in_another_charset_is_left_alone(tmp_path: Path) -> None:
    data = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=GBK\\n"\n\nmsgid "题"\nmsgstr "x"\n'.encode("gbk")
    path = "locale/en/LC_MESSAGES/bad.po"
    make(tmp_path, {**GOOD, "content/zh/bad.md": "# 题\n", path: data})
    status, output = outcome(tmp_path, "extract")
    assert status == 2
    assert "GBK" in output
    assert "msgconv" in output
    assert (tmp_path / path).read_bytes() == data
    outcome(tmp_path, "merge")
    others_are_done(tmp_path)


def test_benign_duplicates_are_joined(tmp_path: Path) -> None:
    text = HEAD + '# one\nmsgid "题"\nmsgstr ""\n\n# two\nmsgid "题"\nmsgstr "Title"\n'
    make(tmp_path, {"content/zh/a.md": "# 题\n", "locale/en/LC_MESSAGES/a.po": text})
    assert outcome(tmp_path, "extract")[0] == 0
    found = entries(tmp_path / "locale/en/LC_MESSAGES/a.po")["题"]
    assert found.msgstr == "Title"
    assert found.comment == "one\ntwo"
