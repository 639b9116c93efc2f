from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from book import edit, entries, make, translate, tree
from support import run, system_program

if TYPE_CHECKING:
    from pathlib import Path

GOOD = {"content/zh/good.md": "# 好\n"}


def outcome(root: Path, *args: str, wrapper: tuple[str, ...] = ()) -> tuple[int, str]:
    done = run(*args, cwd=root, timeout=60, wrapper=wrapper)
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


TRANSLATED = {
    "NUL": ("甲\0乙\n\n丙\n", "甲\ufffd乙|丙", "<甲\ufffd乙>\n\n<丙>\n"),
    "CR": ("# 题\r\r甲\r乙\r\r丙  \r丁\r", "题|甲乙|丙\n丁", "# <题>\r\r<甲乙>\r\r<丙  \r丁>\r"),
    "CRLF": ("> 甲\r\n> 乙\\\r\n> 丙\r\n", "甲乙\n丙", "> <甲乙\\\r\n> 丙>\r\n"),
    "mixed": ("# 题\r\n\r甲\r\n乙\r丙\n", "题|甲乙丙", "# <题>\r\n\r<甲乙丙>\n"),
    "U+2028": ("甲\u2028乙\n\n丙\x85丁\n", "甲\u2028乙|丙\x85丁", "<甲\u2028乙>\n\n<丙\x85丁>\n"),
    "blank lines of U+3000": (
        "\u3000\n甲\n\u3000\u3000\n\n\u3000\u3000乙\n\xa0\n",
        "甲|乙",
        "\u3000\n<甲>\n\u3000\u3000\n\n\u3000\u3000<乙>\n\xa0\n",
    ),
    "no final newline": ("# 题\n\n甲", "题|甲", "# <题>\n\n<甲>"),
    "unclosed fence": ("题\n\n```\n甲\n", "题", "<题>\n\n```\n甲\n"),
    "unclosed formula": ("题\n\n$$\nx\n\n# 尾\n", None, "<题>\n\n$$\nx\n\n# <尾>\n"),
}


@pytest.mark.parametrize("name", TRANSLATED)
def test_odd_text_is_translated_in_place(tmp_path: Path, name: str) -> None:
    source, msgids, merged = TRANSLATED[name]
    make(tmp_path, {**GOOD, "content/zh/odd.md": source})
    assert outcome(tmp_path, "extract")[0] == 0
    catalog = tmp_path / "locale/en/LC_MESSAGES/odd.po"
    if msgids is not None:
        assert list(entries(catalog)) == msgids.split("|")
    translated = {"题", "尾"} if msgids is None else set(msgids.split("|"))
    edit(catalog, lambda entry: replace(entry, msgstr=f"<{entry.msgid}>") if entry.msgid in translated else entry)
    assert outcome(tmp_path, "merge")[0] == 0
    assert (tmp_path / "content/en/odd.md").read_bytes().decode() == merged
    others_are_done(tmp_path)


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


@pytest.mark.parametrize("name", ["第一 部/章 一", "第\u3000章", "一\u2028二", 'a"b:12 %20#x$'])
def test_names_with_blanks_and_chinese(tmp_path: Path, name: str) -> None:
    make(tmp_path, {**GOOD, f"content/zh/{name}.md": "# 题\n"})
    assert outcome(tmp_path, "extract")[0] == 0
    translate(tmp_path, {"题": "Title"})
    assert outcome(tmp_path, "merge")[0] == 0
    assert (tmp_path / f"content/en/{name}.md").read_text("utf-8") == "# Title\n"
    (found,) = entries(tmp_path / f"locale/en/LC_MESSAGES/{name.replace('/', '.')}.po").values()
    assert found.references == (f"content/zh/{name}.md",)
    assert outcome(tmp_path, "extract", "--check")[0] == 0
    assert outcome(tmp_path, "merge", "--check")[0] == 0


def test_links_out_of_the_project_and_unreadable_files(tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text("# 外\n", "utf-8")
    root = make(tmp_path / "book", GOOD)
    (root / "content/zh/out.md").symlink_to(outside)
    (root / "content/zh/loop.md").symlink_to("loop.md")
    (root / "content/zh/gone.md").symlink_to("nowhere.md")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/x.md").write_text("# 外\n", "utf-8")
    (root / "content/zh/folder").symlink_to(tmp_path / "folder")
    code, output = outcome(root, "extract")
    assert code == 2
    assert "content/zh/folder" in output
    for name, word in (("out", "leads out"), ("loop", "cannot be read"), ("gone", "cannot be read")):
        assert any(f"content/zh/{name}.md" in line and word in line for line in output.split("\n")), output
    outcome(root, "merge")
    assert not (root / "content/en/out.md").exists()
    others_are_done(root)


def unprivileged() -> tuple[str, ...]:
    """What to run a command under so that permissions bind it, even if the tests are run by the superuser."""
    if not hasattr(os, "geteuid"):
        pytest.skip("this system has no such permissions")
    if os.geteuid() != 0:
        return ()
    return (system_program("setpriv"), "--bounding-set=-dac_override,-dac_read_search")


def test_what_permissions_forbid_is_named_and_the_rest_is_done(tmp_path: Path) -> None:
    wrapper = unprivileged()
    make(
        tmp_path,
        {
            **GOOD,
            "content/zh/secret.md": "# 密\n",
            "content/zh/folder/inner.md": "# 内\n",
            "content/zh/zoo.md": "# 兽\n",
        },
    )
    assert outcome(tmp_path, "extract")[0] == 0
    assert outcome(tmp_path, "merge")[0] == 0
    before = tree(tmp_path)
    (tmp_path / "content/zh/secret.md").chmod(0)
    (tmp_path / "content/zh/folder").chmod(0)
    (tmp_path / "content/zh/zoo.md").write_text("# 狮\n", "utf-8")
    try:
        for command in ("extract", "merge"):
            code, output = outcome(tmp_path, command, wrapper=wrapper)
            assert code == 2
            assert "content/zh/secret.md: error[file-unreadable]" in output
            assert "content/zh/folder: error[folder-unreadable]" in output
    finally:
        (tmp_path / "content/zh/folder").chmod(0o755)
        (tmp_path / "content/zh/secret.md").chmod(0o644)
    others_are_done(tmp_path)
    assert "狮" in entries(tmp_path / "locale/en/LC_MESSAGES/zoo.po")
    assert (tmp_path / "content/en/zoo.md").read_text("utf-8") == "# 狮\n"
    after = tree(tmp_path)
    for hidden in ("secret", "folder.inner"):
        path = f"locale/en/LC_MESSAGES/{hidden}.po"
        assert after[path] == before[path]
    for hidden in ("secret.md", "folder/inner.md"):
        assert after[f"content/en/{hidden}"] == before[f"content/en/{hidden}"]


@pytest.mark.parametrize("command", ["extract", "merge"])
def test_what_cannot_be_written_is_named_and_the_rest_is_done(tmp_path: Path, command: str) -> None:
    # A file stands where a folder is wanted, and a folder where a file is wanted; `a` sorts before what is well.
    make(
        tmp_path,
        {**GOOD, "content/zh/a/b.md": "# 甲\n", "content/zh/c.md": "# 丙\n"},
        'source = "zh"\ntargets = ["en"]\ncatalogs = "nested"\n',
    )
    assert outcome(tmp_path, "extract")[0] == 0
    folder, suffix = ("locale/en/LC_MESSAGES", "po") if command == "extract" else ("content/en", "md")
    for path in (tmp_path / folder).rglob("*") if command == "extract" else ():
        if path.is_file():
            path.unlink()
    if command == "extract":
        (tmp_path / folder / "a").rmdir()
    (tmp_path / folder / f"c.{suffix}").mkdir(parents=True)
    (tmp_path / folder / "a").write_text("in the way")
    code, output = outcome(tmp_path, command)
    assert code == 2
    assert f"{folder}/a/b.{suffix}: error[file-unwritable]" in output
    assert f"{folder}/c.{suffix}: error[file-unreadable]" in output
    assert (tmp_path / folder / "a").read_text() == "in the way"
    (tmp_path / folder / "a").unlink()
    (tmp_path / folder / f"c.{suffix}").rmdir()
    assert (tmp_path / folder / f"good.{suffix}").exists()
    assert outcome(tmp_path, "extract")[0] == 0
    assert outcome(tmp_path, "merge")[0] == 0
    assert outcome(tmp_path, "merge", "--check")[0] == 0
    others_are_done(tmp_path)


def test_a_folder_in_the_place_of_a_vanished_chapter_stops_nothing(tmp_path: Path) -> None:
    make(tmp_path, {**GOOD, "content/zh/a.md": "# 甲\n"})
    outcome(tmp_path, "extract")
    assert outcome(tmp_path, "merge")[0] == 0
    (tmp_path / "content/zh/a.md").unlink()
    (tmp_path / "content/en/a.md").unlink()
    (tmp_path / "content/en/a.md").mkdir()
    (tmp_path / "content/zh/good.md").write_text("# 更好\n", "utf-8")
    outcome(tmp_path, "extract")
    code, output = outcome(tmp_path, "merge")
    assert code == 2
    assert "content/en/a.md: error[file-unreadable]" in output
    assert (tmp_path / "content/en/good.md").read_text("utf-8") == "# 更好\n"


def test_a_folder_with_the_name_of_a_chapter(tmp_path: Path) -> None:
    make(tmp_path, {**GOOD, "content/zh/x.md/inner.md": "# 内\n"})
    assert outcome(tmp_path, "extract")[0] == 0
    assert outcome(tmp_path, "merge")[0] == 0
    assert (tmp_path / "content/en/x.md/inner.md").read_text("utf-8") == "# 内\n"
    others_are_done(tmp_path)


@pytest.mark.parametrize("name", [b"\xd6\xd0.md", b"a\nb.md", b"tab\t.md"])
def test_names_that_no_catalog_can_hold(tmp_path: Path, name: bytes) -> None:
    make(tmp_path, GOOD)
    try:
        (tmp_path / "content/zh" / os.fsdecode(name)).write_text("# 题\n", "utf-8")
    except OSError:
        pytest.skip("this file system refuses the name itself")
    for command in ("extract", "merge"):
        code, output = outcome(tmp_path, command)
        assert code == 2
        assert "error[file-name]" in output
        assert "hint: rename it" in output
    others_are_done(tmp_path)


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


@pytest.mark.parametrize(
    ("newcomer", "left_out"),
    [("content/zh/P/b.md", "p/b.md"), ("content/zh/p.b.md", "p/b.md"), ("content/zh/P.B.md", "")],
)
def test_a_chapter_that_is_left_out_loses_nothing(tmp_path: Path, newcomer: str, left_out: str) -> None:
    make(tmp_path, {**GOOD, "content/zh/p/b.md": "乙\n"})
    outcome(tmp_path, "extract")
    translate(tmp_path, {"乙": "b"})
    assert outcome(tmp_path, "merge")[0] == 0
    before = tree(tmp_path)
    (tmp_path / newcomer).parent.mkdir(exist_ok=True)
    (tmp_path / newcomer).write_text("新\n", "utf-8")
    if len(list((tmp_path / "content/zh").rglob("*.md"))) < 3:
        pytest.skip("this file system does not tell the names apart")
    for command in ("extract", "merge"):
        code, output = outcome(tmp_path, command)
        if left_out:
            assert code == 2
            assert f"content/zh/{left_out}: error[" in output
    after = tree(tmp_path)
    assert after["content/en/p/b.md"] == before["content/en/p/b.md"]
    found = entries(tmp_path / "locale/en/LC_MESSAGES/p.b.po")["乙"]
    assert found.msgstr == "b"
    others_are_done(tmp_path)


def test_a_locale_that_cannot_name_the_files_harms_nothing(tmp_path: Path) -> None:
    make(tmp_path, {**GOOD, "content/zh/章.md": "# 题\n"})
    outcome(tmp_path, "extract")
    translate(tmp_path, {"题": "Title", "好": "Good"})
    assert outcome(tmp_path, "merge")[0] == 0
    shutil.rmtree(tmp_path / "build")
    before = tree(tmp_path)
    ascii_names = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for command in ("extract", "merge"):
        done = run(command, cwd=tmp_path, env=ascii_names)
        assert done.returncode == 2
        assert "error[file-name]" in done.stderr
        assert "locale" in done.stderr
        assert "Traceback" not in done.stderr
    shutil.rmtree(tmp_path / "build")  # the cache
    assert tree(tmp_path) == before


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


def test_a_catalog_cut_anywhere_is_left_alone_or_read_as_far_as_it_goes(tmp_path: Path) -> None:
    texts = {"# 第一题": "First title", "第二段“话”。": 'Second “part”, "quoted".', "第三段。": "Third."}
    msgids = [text.removeprefix("# ") for text in texts]
    make(tmp_path, {"content/zh/c.md": "\n\n".join(texts) + "\n"})
    outcome(tmp_path, "extract")
    whole = tmp_path / "locale/en/LC_MESSAGES/c.po"
    edit(whole, lambda entry: replace(entry, msgstr=dict(zip(msgids, texts.values(), strict=True))[entry.msgid]))
    data = whole.read_bytes()
    assert len(data) > 700
    start = data.index(b"msgid", 20)
    cuts = {f"content/zh/c{cut:04}.md": cut for cut in (*range(40, start, 37), *range(start, len(data), 3))}
    source = (tmp_path / "content/zh/c.md").read_text("utf-8")
    catalogs = {path: path.replace("content/zh", "locale/en/LC_MESSAGES").replace(".md", ".po") for path in cuts}
    root = make(
        tmp_path / "cut",
        {
            **GOOD,
            **dict.fromkeys(cuts, source),
            **{catalogs[path]: data[:cut] for path, cut in cuts.items()},
            # Two chapters that disagree, so that no translation is taken over from another chapter.
            "content/zh/a.md": source,
            "content/zh/b.md": source,
            "locale/en/LC_MESSAGES/b.po": data,
            "locale/en/LC_MESSAGES/a.po": data.replace(b'msgstr "', b'msgstr "Not '),
        },
    )
    code, output = outcome(root, "extract")
    assert code == 2
    assert outcome(root, "merge")[0] == 2
    others_are_done(root)
    refused = 0
    for path, cut in cuts.items():
        merged = root / path.replace("/zh/", "/en/")
        if f"{catalogs[path]}:" in output:
            refused += 1
            assert (root / catalogs[path]).read_bytes() == data[:cut]
            assert not merged.exists()
            continue
        # Every translation that the cut file holds as a whole is still there, and nothing is taken for a whole one.
        found = entries(root / catalogs[path])
        for msgid, msgstr in zip(msgids, texts.values(), strict=True):
            end = data.index(b"msgstr", data.index(f'msgid "{msgid}"'.encode()))
            end = data.index(b"\n", end)
            assert found[msgid].msgstr == (msgstr if end <= cut else "")
        assert merged.exists()
    assert refused > len(cuts) / 2
