from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bilingual import project
from bilingual.config import load
from book import CONFIG, OUT, PO, edit, entries, make, translate, tree
from support import ROOT, done, run

if TYPE_CHECKING:
    from pathlib import Path

ZH = "# 标题\n\n第一段，\n第二行 $x_1$。\n$$\ny\n$$\n\n- 项 `code`\n\n```python\n# 注释\n```\n"
EN = "# Title\n\nFirst paragraph,\nsecond line $x_1$.\n$$\ny\n$$\n\n- Item `code`\n\n```python\n# a comment\n```\n"
ZH_EN = {"标题": "Title", "第一段，第二行 $x_1$。": "First paragraph, second line $x_1$.", "项 `code`": "Item `code`"}
EN_ZH = {"Title": "标题", "First paragraph, second line $x_1$.": "第一段，第二行 $x_1$。", "Item `code`": "项 `code`"}


@pytest.mark.parametrize(
    ("source", "target", "text", "texts"),
    [("zh", "en", ZH, ZH_EN), ("en", "zh", EN, EN_ZH), ("zh-Hans", "pt-BR", ZH, ZH_EN)],
)
def test_from_an_empty_folder_to_a_translated_book(
    tmp_path: Path, source: str, target: str, text: str, texts: dict[str, str]
) -> None:
    folder = tmp_path / "content" / source
    folder.mkdir(parents=True)
    (folder / "a.md").write_text(text, "utf-8")
    assert "bilingual.toml" in done(tmp_path, "init", "--source", source, "--target", target)
    done(tmp_path, "init", code=2)
    assert f"{target}: 3 new, 0 kept, 0 changed, 0 obsolete" in done(tmp_path, "extract")
    assert entries(tmp_path / f"locale/{target}/LC_MESSAGES/a.po").keys() == texts.keys()
    assert "0 % translated (3 missing)" in done(tmp_path, "merge")
    translate(tmp_path, texts, target)
    assert "100 % translated (3 translated)" in done(tmp_path, "merge")
    merged = (tmp_path / "content" / target / "a.md").read_text("utf-8")
    for translated in texts.values():
        assert translated in merged
    assert "$$\ny\n$$" in merged
    assert "```python" in merged
    assert "0 new, 3 kept" in done(tmp_path, "extract", "--check")
    done(tmp_path, "merge", "--check")


def test_checks_exit_with_one_and_write_nothing(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": ZH})
    before = tree(tmp_path)
    assert f"would write {PO}" in done(tmp_path, "extract", "--check", code=1)
    assert f"would write {OUT}" in done(tmp_path, "merge", "--check", code=1)
    assert tree(tmp_path) == before


def test_fail_under(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": ZH})
    done(tmp_path, "extract")
    translate(tmp_path, dict(list(ZH_EN.items())[:2]))
    assert "66 % translated" in done(tmp_path, "merge", "--fail-under", "66")
    assert "less than 67 %" in done(tmp_path, "merge", "--fail-under", "67", code=1)


def test_minimum_and_states(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": "甲乙丙丁\n\n戊己庚辛\n\n三\n"})
    done(tmp_path, "extract")
    translate(tmp_path, {"甲乙丙丁": "draft", "戊己庚辛": "stale", "三": "three"})
    edit(
        tmp_path / PO,
        lambda entry: (
            entry
            if entry.msgid == "三"
            else replace(entry, flags=("fuzzy",), previous="戊己庚" if entry.msgstr == "stale" else None)
        ),
    )
    assert "1 translated, 1 stale, 1 draft" in done(tmp_path, "merge")
    assert (tmp_path / OUT).read_text("utf-8") == "甲乙丙丁\n\nstale\n\nthree\n"
    (tmp_path / "bilingual.toml").write_text(CONFIG + 'minimum = "translated"\n')
    done(tmp_path, "merge")
    assert (tmp_path / OUT).read_text("utf-8") == "甲乙丙丁\n\n戊己庚辛\n\nthree\n"


def test_machine_readable_reports(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": ZH, "content/zh/b.md": "# 题\n"})
    done(tmp_path, "extract")
    translate(tmp_path, {**ZH_EN, "题": "The F #"})
    result = run("merge", "--report", "json", cwd=tmp_path)
    report = json.loads(result.stdout)
    assert result.returncode == 1
    assert report["targets"]["en"]["translated"] == 3
    assert report["targets"]["en"]["percent"] == 75
    assert report["targets"]["en"]["put back"] == 1
    assert report["diagnostics"][0]["code"] == "structure-changed"
    assert OUT in report["files"]
    github = run("merge", "--report", "github", cwd=tmp_path).stdout
    assert "::error file=locale/en/LC_MESSAGES/b.po,line=" in github
    full = run("merge", cwd=tmp_path).stderr
    assert "error[structure-changed]" in full
    assert "hint:" in full
    assert "source: content/zh/b.md:1" in full
    assert (tmp_path / "content/en/b.md").read_text("utf-8") == "# 题\n"


def test_a_person_s_change_is_not_overwritten(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": ZH, "content/zh/b.md": "乙\n"})
    done(tmp_path, "extract")
    done(tmp_path, "merge")
    (tmp_path / OUT).write_text("mine\n", "utf-8")
    translate(tmp_path, {**ZH_EN, "乙": "b"})
    output = done(tmp_path, "merge", code=2)
    assert f"{OUT}: error[file-changed]" in output
    assert f"hint: `bilingual import {OUT}` takes the change into the catalog, --keep leaves" in output
    assert "--force" in output
    assert (tmp_path / OUT).read_text("utf-8") == "mine\n"
    assert (tmp_path / "content/en/b.md").read_text("utf-8") == "b\n"  # the others are done
    done(tmp_path, "merge", "--check", code=2)
    done(tmp_path, "merge", "--force")
    assert (tmp_path / OUT).read_text("utf-8").startswith("# Title")
    (tmp_path / OUT).write_text("mine again\n", "utf-8")
    done(tmp_path, "merge", "--keep", "--force", code=2)
    passed = f"en: passed over 1 file that a person keeps: {OUT}"
    assert passed in done(tmp_path, "merge", "--keep")
    translate(tmp_path, {"标题": "Another title"})
    assert passed in done(tmp_path, "merge")
    assert json.loads(done(tmp_path, "merge", "--report", "json"))["kept"] == [OUT]
    assert (tmp_path / OUT).read_text("utf-8") == "mine again\n"
    done(tmp_path, "merge", "--check")
    assert passed not in done(tmp_path, "merge", "--force")


def test_a_file_that_merge_did_not_make_is_not_overwritten(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": ZH, OUT: "written by hand\n"})
    assert "`bilingual align` takes its text into the catalog" in done(tmp_path, "merge", code=2)
    assert (tmp_path / OUT).read_text("utf-8") == "written by hand\n"


def test_extract_merge_and_status_count_the_same(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": "甲\n\n甲\n\n乙\n\n`code`\n\nInt\n", "content/zh/b.md": "甲\n\n丙\n\n丙\n"})
    assert "en: 4 new" in done(tmp_path, "extract")
    translate(tmp_path, {"甲": "a", "丙": "# c"})
    assert "en: 50 % translated (2 translated, 1 missing, 1 put back)" in done(tmp_path, "merge", code=1)
    translate(tmp_path, {"丙": "c"})
    assert "en: 75 % translated (3 translated, 1 missing)" in done(tmp_path, "merge", "--fail-under", "75")
    assert "75 % (3 translated, 0 fuzzy, 1 missing)" in done(tmp_path, "status", "--fail-under", "75")


def test_what_vanishes_from_the_source_vanishes_from_the_translation(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": ZH, "content/zh/x/b.md": "乙\n", "content/zh/x/c.md": "丙\n"})
    done(tmp_path, "extract")
    done(tmp_path, "merge")
    (tmp_path / "content/en/x/c.md").write_text("changed\n")
    (tmp_path / "content/zh/x/b.md").unlink()
    (tmp_path / "content/zh/x/c.md").unlink()
    assert "would remove content/en/x/b.md" in done(tmp_path, "merge", "--check", code=2)
    output = done(tmp_path, "merge", code=2)
    assert "content/en/x/c.md" in output
    assert not (tmp_path / "content/en/x/b.md").exists()
    assert (tmp_path / "content/en/x/c.md").exists()
    done(tmp_path, "merge", "--force")
    assert not (tmp_path / "content/en/x").exists()


def test_a_fresh_clone_has_nothing_to_do_and_can_go_on(tmp_path: Path) -> None:
    root = make(tmp_path / "book", {"content/zh/a.md": ZH, ".gitignore": "build/\n"})
    done(root, "extract")
    translate(root, ZH_EN)
    done(root, "merge")
    for command in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=root, check=True, capture_output=True)
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(root), str(clone)], check=True, capture_output=True)
    done(clone, "extract", "--check")
    done(clone, "merge", "--check")
    translate(clone, {"标题": "New title"})
    done(clone, "merge")
    assert "# New title" in (clone / OUT).read_text("utf-8")


def test_selected_paths_and_targets(tmp_path: Path) -> None:
    config = 'source = "zh"\ntargets = ["en", "ja"]\n'
    make(tmp_path, {"content/zh/a.md": "甲\n", "content/zh/x/b.md": "乙\n"}, config)
    done(tmp_path, "extract", "content/zh/x")
    assert [path for path in tree(tmp_path) if path.endswith(".po")] == [
        "locale/en/LC_MESSAGES/x.b.po",
        "locale/ja/LC_MESSAGES/x.b.po",
    ]
    done(tmp_path, "extract")
    done(tmp_path, "merge", "--target", "ja", "content/zh/a.md")
    assert [path for path in tree(tmp_path / "content") if not path.startswith("zh/")] == ["ja/a.md"]
    assert "fr" in done(tmp_path, "merge", "--target", "fr", code=2)
    assert "no chapter" in done(tmp_path, "merge", "content/zh/none.md", code=2)
    assert "there are: markdown" in done(tmp_path, "merge", "--format", "markdwn", code=2)


def test_links_and_assets(tmp_path: Path) -> None:
    make(
        tmp_path,
        {
            "content/zh/a.md": (
                "# 旧标题\n\n## 安装\n\n## 安装\n\n## 固定 {#fixed}\n\n"
                "见[上](#旧标题)、[二](#安装-1)、[三](#fixed)、[乙](x/b.md#第一-节)、[网](https://a.org/#旧标题)。\n\n"
                "![图](img/fig.png) <img src='img/other.png'>\n\n"
                "[引用]\n\n[引用]: x/b.md#第一-节\n\n"
                '<a href="#旧标题">文</a>\n'
            ),
            "content/zh/x/b.md": "# 第一 节\n\n[回](../a.md#旧标题)\n",
            "content/zh/img/fig.png": b"zh",
            "content/zh/img/fig.en.png": b"en",
            "content/zh/img/other.png": b"other",
            "content/zh/img/unused.png": b"unused",
        },
    )
    done(tmp_path, "extract")
    translate(tmp_path, {"旧标题": "New Title!", "安装": "Install", "第一 节": "Part `1`", "固定": "Fixed"})
    done(tmp_path, "merge")
    merged = (tmp_path / OUT).read_text("utf-8")
    assert (
        "[上](#new-title)、[二](#install-1)、[三](#fixed)、[乙](x/b.md#part-1)、[网](https://a.org/#旧标题)" in merged
    )
    assert "[引用]: x/b.md#part-1" in merged
    assert '<a href="#new-title">' in merged
    assert "[回](../a.md#new-title)" in (tmp_path / "content/en/x/b.md").read_text("utf-8")
    assert (tmp_path / "content/en/img/fig.png").read_bytes() == b"en"
    assert (tmp_path / "content/en/img/other.png").read_bytes() == b"other"
    assert not (tmp_path / "content/en/img/unused.png").exists()
    before = tree(tmp_path / "content/en")
    done(tmp_path, "merge", "content/zh/x/b.md")
    assert tree(tmp_path / "content/en") == before
    (tmp_path / "bilingual.toml").write_text(CONFIG + "rewrite-links = false\n")
    done(tmp_path, "merge")
    assert "[上](#旧标题)" in (tmp_path / OUT).read_text("utf-8")
    assert (tmp_path / "content/en/img/fig.png").read_bytes() == b"en"


def test_links_from_another_depth(tmp_path: Path) -> None:
    config = CONFIG + '[paths]\nsource = "docs/{path}"\ntarget = "docs/{stem}.{lang}.md"\n'
    make(
        tmp_path,
        {"docs/a.md": "# 甲\n\n[乙](b.md#乙) ![图](f.png)\n", "docs/b.md": "# 乙\n", "docs/f.png": b"f"},
        config,
    )
    done(tmp_path, "extract")
    translate(tmp_path, {"乙": "Second"})
    done(tmp_path, "merge")
    assert "[乙](b.en.md#second) ![图](f.png)" in (tmp_path / "docs/a.en.md").read_text("utf-8")
    done(tmp_path, "extract", "--check")


@pytest.mark.parametrize(
    ("paths", "line", "translated"),
    [
        ('target = "{stem}.{lang}.md"', "[中](a.md) [英](a.en.md)", "[中](a.md) [英](a.en.md)"),
        ('target = "{lang}/{path}"', "[中](a.md) [英](en/a.md)", "[中](../a.md) [英](a.md)"),
        # Without a link to the translation, it is the link of a page to itself.
        ('target = "{lang}/{path}"', "[首页](a.md) [乙](b.md)", "[首页](a.md) [乙](b.md)"),
    ],
)
def test_a_line_that_offers_both_languages_works_in_both(
    tmp_path: Path, paths: str, line: str, translated: str
) -> None:
    config = f'{CONFIG}[paths]\nsource = "{{path}}"\n{paths}\n'
    make(tmp_path, {"a.md": f"{line}\n\n见[本页](a.md#题)。\n\n# 题\n", "b.md": "# 乙\n"}, config)
    done(tmp_path, "extract")
    translate(tmp_path, {"题": "Title"})
    for _ in range(2):  # at first the translation that is linked to is not there yet
        done(tmp_path, "merge")
        (merged,) = {"a.en.md", "en/a.md"} & set(tree(tmp_path))
        text = (tmp_path / merged).read_text("utf-8")
        assert text.startswith(f"{translated}\n")
        assert f"[本页]({'a.en.md' if merged == 'a.en.md' else 'a.md'}#title)" in text


def test_links_cannot_copy_from_outside(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"secret")
    root = make(tmp_path / "book", {"content/zh/a.md": "![甲](../../../secret.png) ![乙](link.png)\n"})
    (root / "content/zh/link.png").symlink_to(tmp_path / "secret.png")
    done(root, "merge")
    assert b"secret" not in tree(root / "content/en").values()


def test_what_comes_back_is_revived_with_everything(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": "甲乙丙\n\n丁戊己\n"})
    done(tmp_path, "extract")
    edit(
        tmp_path / PO,
        lambda entry: replace(entry, msgstr=f"en {entry.msgid}", comment="注", flags=("fuzzy", "x-flag")),
    )
    (tmp_path / "content/zh/a.md").write_text("丁戊己\n", "utf-8")
    assert "1 kept, 0 changed, 1 obsolete" in done(tmp_path, "extract")
    found = entries(tmp_path / PO)["甲乙丙"]
    assert (found.obsolete, found.msgstr, found.comment) == (True, "en 甲乙丙", "注")
    (tmp_path / "content/zh/a.md").unlink()
    done(tmp_path, "extract")
    assert all(entry.obsolete for entry in entries(tmp_path / PO).values())
    (tmp_path / "content/zh/a.md").write_text("甲乙丙\n\n丁戊己\n", "utf-8")
    done(tmp_path, "extract")
    for entry in entries(tmp_path / PO).values():
        assert (entry.obsolete, entry.comment, entry.flags) == (False, "注", ("fuzzy", "x-flag"))
        assert entry.msgstr == f"en {entry.msgid}"


def test_a_changed_paragraph_keeps_its_translation_as_fuzzy(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": "# 题\n\n这是第一段文字，很长。\n"})
    done(tmp_path, "extract")
    translate(tmp_path, {"题": "T", "这是第一段文字，很长。": "A long first paragraph."})
    (tmp_path / "content/zh/a.md").write_text("# 题\n\n这是第一段文字，非常长。\n", "utf-8")
    assert "0 new, 1 kept, 1 changed" in done(tmp_path, "extract")
    found = entries(tmp_path / PO)["这是第一段文字，非常长。"]
    assert (found.msgstr, found.fuzzy, found.previous) == ("A long first paragraph.", True, "这是第一段文字，很长。")
    assert "1 translated, 1 stale" in done(tmp_path, "merge")


def test_exact_repeats_are_filled_in_if_all_agree(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": "同\n\n异\n", "content/zh/b.md": "异\n"})
    done(tmp_path, "extract")
    translate(tmp_path, {"同": "same", "异": "one"})
    edit(tmp_path / "locale/en/LC_MESSAGES/b.po", lambda entry: replace(entry, msgstr="another"))
    (tmp_path / "content/zh/c.md").write_text("同\n\n异\n\n# 同\n", "utf-8")
    done(tmp_path, "extract")
    found = entries(tmp_path / "locale/en/LC_MESSAGES/c.po")
    assert found["同"].msgstr == "same"
    assert found["异"].msgstr == ""


def test_the_cache_changes_nothing(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": ZH, "content/zh/b.md": "乙\n"}, CONFIG + "templates = true\n")
    first = done(tmp_path, "extract")
    cached = tree(tmp_path / "locale")
    assert "0 new, 4 kept" in done(tmp_path, "extract")
    (tmp_path / "content/zh/b.md").write_text("乙二\n", "utf-8")
    done(tmp_path, "extract")
    warm = tree(tmp_path / "locale")
    for path in (tmp_path / "build").rglob("*.json"):
        path.write_bytes(b"{broken")
    done(tmp_path, "extract")
    assert tree(tmp_path / "locale") == warm
    (tmp_path / "content/zh/b.md").write_text("乙\n", "utf-8")
    done(tmp_path, "extract")
    assert tree(tmp_path / "locale") == cached
    assert "4 new" in first


def test_catalogs_nested_and_single(tmp_path: Path) -> None:
    files = {"content/zh/p/a.md": "甲\n\n共\n", "content/zh/p/b.md": "乙\n\n共\n"}
    nested = make(tmp_path / "n", files, CONFIG + 'catalogs = "nested"\n')
    done(nested, "extract")
    assert set(tree(nested / "locale")) == {"en/LC_MESSAGES/p/a.po", "en/LC_MESSAGES/p/b.po"}
    single = make(tmp_path / "s", files, CONFIG + 'catalogs = "single"\ntemplates = true\n')
    done(single, "extract")
    assert set(tree(single / "locale")) == {"book.pot", "en/LC_MESSAGES/book.po"}
    assert len(entries(single / "locale/en/LC_MESSAGES/book.po")) == 3
    translate(single, {"甲": "a", "乙": "b", "共": "c"})
    done(single, "merge")
    assert (single / "content/en/p/b.md").read_text("utf-8") == "b\n\nc\n"


@pytest.mark.parametrize("encoding", ["gbk", "ascii", "latin-1"])
def test_any_console(tmp_path: Path, encoding: str) -> None:
    make(tmp_path, {"content/zh/章 😀.md": "# 题 😀\n", "content/zh/gbk.md": "中".encode("gbk")})
    for command in ("extract", "merge"):
        result = run(command, cwd=tmp_path, env={"PYTHONIOENCODING": encoding})
        assert "Traceback" not in result.stderr
        assert result.returncode == 2
        assert "gbk.md" in result.stderr


def test_nothing_untrusted_reaches_the_terminal_raw(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a\x1b[31m.md": "# 题\x1b]0;x\x07\u202e\n"})
    done(tmp_path, "extract")
    for path in (tmp_path / "locale").rglob("*.po"):
        edit(path, lambda entry: replace(entry, msgstr="\x1b[31m #"))
    output = done(tmp_path, "merge", "--check", code=1) + done(tmp_path, "merge", code=1)
    assert "structure-changed" in output
    assert "\x1b" not in output
    assert "\u202e" not in output


def test_configuration_errors_and_help(tmp_path: Path) -> None:
    assert "bilingual init" in done(tmp_path, "extract", code=2)
    make(tmp_path, {"content/zh/a.md": ZH}, 'sorce = "zh"\ntargets = ["en"]\n')
    output = done(tmp_path, "extract", code=2)
    assert "bilingual.toml:1" in output
    assert 'did you mean "source"' in output
    assert "extract" in done(tmp_path, "--help")
    assert "bilingual 0" in done(tmp_path, "--version")
    make(tmp_path / "none", {}, CONFIG)
    assert "no source folder content/zh" in done(tmp_path / "none", "extract", code=2)


def test_the_project_is_found_from_below_and_by_option(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/x/a.md": ZH})
    done(tmp_path / "content/zh/x", "extract", "a.md")
    assert (tmp_path / "locale/en/LC_MESSAGES/x.a.po").exists()
    done(ROOT, "merge", "--project", str(tmp_path))
    assert (tmp_path / "content/en/x/a.md").exists()


def test_a_memory_without_such_a_text_says_so(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": ZH})
    done(tmp_path, "extract")
    translate(tmp_path, ZH_EN)
    done(tmp_path, "memory", "add")
    assert "no text that is 60 % like this one" in done(tmp_path, "memory", "search", "完全不同的话")
    assert "Title" in done(tmp_path, "memory", "search", "标题")


def test_two_books_in_one_folder(tmp_path: Path) -> None:
    """The second names its configuration; neither touches what the other wrote, though both have the same target."""
    manual = CONFIG + 'include = ["b.md"]\nbuild = "build/manual"\n[paths]\n'
    manual += 'source = "{path}"\ntarget = "{stem}.{lang}.md"\ncatalog = "po/{lang}/{name}.po"\n'
    make(tmp_path, {"content/zh/a.md": ZH, "b.md": ZH, "manual.toml": manual})
    for option in ((), ("--project", "manual.toml")):
        for command in ("extract", "merge"):
            done(tmp_path, command, *option)
    assert {PO, OUT, "po/en/b.po", "b.en.md", ".bilingual/en.sha256", ".bilingual/manual.en.sha256"} <= set(
        tree(tmp_path)
    )
    before = tree(tmp_path)
    for option in ((), ("--project", str(tmp_path / "manual.toml"))):
        for command in ("extract", "merge"):
            done(tmp_path / "content", command, "--check", *option)
            done(tmp_path / "content", command, *option)
    assert tree(tmp_path) == before
    (tmp_path / "manual.toml").write_text('sorce = "zh"\n' + manual, "utf-8")
    assert "manual.toml:1:1: error[config-key]" in done(tmp_path, "status", "--project", "manual.toml", code=2)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a.md", "content/zh/a.md:1:"),
        ("a.md", "not TOML"),
        ("manul.toml", "manul.toml: error[config-missing] there is no such folder or file"),
        ("folder", "folder: error[config-missing] there is no such folder or file"),
    ],
)
def test_what_is_no_configuration_is_no_project(tmp_path: Path, name: str, told: str) -> None:
    make(tmp_path, {"content/zh/a.md": "标题\n"})
    shown = done(tmp_path, "extract", "--project", f"content/zh/{name}", code=2)
    assert told in shown.replace("\\", "/")
    assert not (tmp_path / "locale").exists()


def test_init_takes_a_folder(tmp_path: Path) -> None:
    make(tmp_path / "book", {"content/zh/a.md": ZH})
    assert "is a file" in done(tmp_path, "init", "--project", "book/bilingual.toml", code=2)
    (tmp_path / "book/bilingual.toml").unlink()
    done(tmp_path, "init", "--project", "book")
    assert (tmp_path / "book/bilingual.toml").is_file()


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, ["no Markdown files are here", "next: bilingual extract, when there is Markdown in content/zh/"]),
        ({"content/zh/a.md": ZH}, ["from zh into en", "next: bilingual extract\n"]),
        ({"content/zh/a.md": ZH, OUT: EN}, [f"next: bilingual align, since there is a translation: {OUT}"]),
        ({"content/zh/a.md": ZH, "content/en/b.md": EN}, ["next: bilingual align"]),
        ({"README.md": ZH, "old/README.en.md": EN}, ["without any Chinese: 1 of 2 chapters, such as old/README.en.md"]),
        (
            {"mkdocs.yml": "site_name: 书\n", "docs/index.md": ZH},
            ["recognised MkDocs\n  mkdocs.yml is there", "left to do in MkDocs\n  the plugin mkdocs-static-i18n"],
        ),
    ],
)
def test_init_says_what_it_recognised_and_what_comes_next(
    tmp_path: Path, files: dict[str, str], told: list[str]
) -> None:
    make(tmp_path, files)
    (tmp_path / "bilingual.toml").unlink()
    output = done(tmp_path, "init")
    for each in told:
        assert each in output


def test_the_sample_book_is_fresh() -> None:
    done(ROOT, "extract", "--check")
    assert "100 % translated" in done(ROOT, "merge", "--check")


def test_large_books_are_spread_over_processes_with_the_same_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: dict[str, str | bytes] = {f"content/zh/c{number}.md": f"# 第{number}章\n\n{ZH}" for number in range(12)}
    files |= {"content/zh/gbk.md": "中".encode("gbk"), "content/zh/deep.md": ">" * 300 + " 甲\n"}
    found = []
    for name, size in (("one", 10**9), ("many", 1)):
        root = make(tmp_path / name, files, CONFIG + "templates = true\n")
        monkeypatch.setattr("bilingual.project.book._LARGE", size)
        config = load(root / "bilingual.toml")
        first = project.extract(config)
        translate(root, ZH_EN)
        second = project.merge(config)
        found.append((tree(root), first, second))
    trees = [{path: data for path, data in each[0].items() if not path.startswith("build/")} for each in found]
    assert trees[0] == trees[1]
    assert len([path for path in trees[0] if path.startswith("content/en/")]) == 13
    assert found[0][1:] == found[1][1:]
    assert {each.code for each in found[0][2].diagnostics} == {"file-encoding", "text-unreached"}


def test_catalogs_and_templates_of_vanished_chapters(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": "甲\n", "content/zh/b.md": "乙\n"}, CONFIG + "templates = true\n")
    foreign = make(tmp_path, {"locale/other.pot": 'msgid "x"\nmsgstr ""\n'}) / "locale/other.pot"
    (tmp_path / "bilingual.toml").write_text(CONFIG + "templates = true\n")
    done(tmp_path, "extract")
    translate(tmp_path, {"甲": "a"})
    (tmp_path / "content/zh/a.md").unlink()
    (tmp_path / "content/zh/b.md").write_text("`code`\n")
    done(tmp_path, "extract")
    assert entries(tmp_path / PO)["甲"].obsolete
    assert set(tree(tmp_path / "locale")) == {"en/LC_MESSAGES/a.po", "other.pot"}
    assert foreign.exists()
    done(tmp_path, "extract", "--check")


def test_temporary_files_of_killed_runs_go(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": "甲\n", "locale/en/LC_MESSAGES/.0123456789ab.123.tmp": "half"})
    old, young = (
        tmp_path / "locale/en/LC_MESSAGES/.0123456789ab.123.tmp",
        tmp_path / "locale/en/LC_MESSAGES/.0123456789ab.9.tmp",
    )
    young.write_text("half")
    os.utime(old, (0, 0))
    done(tmp_path, "extract")
    assert not old.exists()
    assert young.exists()


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    found = []
    for name, env in (
        ("one", {"PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai", "LC_ALL": "C"}),
        ("two", {"PYTHONHASHSEED": "77", "TZ": "America/Lima", "LC_ALL": "C.UTF-8"}),
    ):
        root = make(
            tmp_path / name,
            {
                "content/zh/a.md": ZH,
                "content/zh/b.md": "# 题\n\n[甲](a.md#标题) ![](f.png)\n",
                "content/zh/f.png": b"f",
            },
            CONFIG.replace('["en"]', '["en", "ja", "fr"]') + "templates = true\n",
        )
        assert run("extract", cwd=root, env=env).returncode == 0
        translate(root, ZH_EN)
        (root / "content/zh/b.md").write_text("# 题目\n\n[甲](a.md#标题) ![](f.png)\n", "utf-8")
        assert run("extract", cwd=root, env=env).returncode == 0
        assert run("merge", cwd=root, env=env).returncode == 0
        found.append(tree(root))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("source", "msgid", "msgstr", "kind"),
    [
        ("甲\n", "甲", "- a list", "paragraph"),
        ("甲\n", "甲", "1. a list", "paragraph"),
        ("甲\n", "甲", "# a heading", "paragraph"),
        ("甲\n乙\n", "甲乙", "a heading\n---", "paragraph"),
        ("甲\n", "甲", "> a quote", "paragraph"),
        ("甲\n", "甲", "```\ncode", "paragraph"),
        ("- 甲\n", "甲", "# a heading", "list item"),
        ("- 甲\n", "甲", "- a list in it", "list item"),
        ("> 甲\n", "甲", "> a quote in it", "quote"),
        ("|甲|乙|\n|-|-|\n|丙|丁|\n", "丙", "\\", "table cell"),
    ],
)
def test_a_translation_that_changes_the_structure_is_put_back(
    tmp_path: Path, source: str, msgid: str, msgstr: str, kind: str
) -> None:
    make(tmp_path, {"content/zh/a.md": source, "content/zh/b.md": "乙\n"})
    done(tmp_path, "extract")
    translate(tmp_path, {msgid: msgstr, "乙": "b"})
    output = done(tmp_path, "merge", code=1)
    assert "error[structure-changed]" in output
    assert f"so the {kind} stays untranslated" in output
    assert "1 put back" in output
    assert (tmp_path / OUT).read_text("utf-8").count(msgid[0]) == 1
    assert msgstr not in (tmp_path / OUT).read_text("utf-8")
    assert (tmp_path / "content/en/b.md").read_text("utf-8") == "b\n"  # the others are done


def test_what_translators_wrote_survives(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": "甲\n\n乙\n"})
    done(tmp_path, "extract")
    path = tmp_path / PO
    text = path.read_text("utf-8")
    text = text.replace("FULL NAME <EMAIL@ADDRESS>", "张三 <zhang@example.org>").replace(
        "YEAR-MO-DA HO:MI+ZONE", "2026-11-23 08:00+0800"
    )
    text = "# The book\n" + text.replace('msgid ""\nmsgstr ""\n', 'msgid ""\nmsgstr ""\n"X-Own: 1\\n"\n', 1)
    text = text.replace(
        "#. type: paragraph\n", "# bilingual: ignore=math-changed\n#  two  blanks\n#. type: paragraph\n", 1
    )
    text = text.replace('msgid "乙"', '#, fuzzy, no-wrap\nmsgid "乙"').replace(
        'msgid "乙"\nmsgstr ""', 'msgid "乙"\nmsgstr "b"'
    )
    path.write_text(text, "utf-8")
    (tmp_path / "content/zh/a.md").write_text("乙\n\n甲\n\n丙\n", "utf-8")
    done(tmp_path, "extract")
    after = path.read_text("utf-8")
    for kept in (
        "# The book\n",
        '"Last-Translator: 张三 <zhang@example.org>\\n"',
        '"PO-Revision-Date: 2026-11-23 08:00+0800\\n"',
        '"X-Own: 1\\n"',
        "# bilingual: ignore=math-changed\n#  two  blanks\n#. type: paragraph\n",
    ):
        assert kept in after
    found = entries(path)
    assert list(found) == ["乙", "甲", "丙"]
    assert (found["乙"].flags, found["乙"].msgstr) == (("fuzzy", "no-wrap"), "b")
    # A comment is work too: what vanishes untranslated but commented comes back with its comment.
    (tmp_path / "content/zh/a.md").write_text("丙\n", "utf-8")
    done(tmp_path, "extract")
    (tmp_path / "content/zh/a.md").write_text("甲\n\n丙\n", "utf-8")
    done(tmp_path, "extract")
    assert entries(path)["甲"].comment == "bilingual: ignore=math-changed\n two  blanks"


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (("merge", "--target", "fr"), "the targets are en"),
        (("merge", "--format", "markdwn"), "there are: markdown"),
        (("merge", "content/zh/none.md"), "such as content/zh/a.md"),
        (("extract", "content/zh/none.md"), "such as content/zh/a.md"),
        (("extract", "../elsewhere"), "such as content/zh/a.md"),
        (("merge", "--report", "xml"), "'concise', 'full', 'json', 'github'"),
        (("merge", "--fail-under", "101"), "100"),
        (("marge",), "--help"),
        (("extract", "--chek"), "--help"),
    ],
)
def test_words_that_the_command_does_not_know_exit_with_two_and_a_hint(
    tmp_path: Path, args: tuple[str, ...], hint: str
) -> None:
    make(tmp_path, {"content/zh/a.md": ZH})
    before = tree(tmp_path)
    assert hint in done(tmp_path, *args, code=2)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("report", ["concise", "full", "json", "github"])
def test_no_report_lets_a_terminal_sequence_through(tmp_path: Path, report: str) -> None:
    make(
        tmp_path,
        {
            "content/zh/a\x1b[31m.md": "---\ntitle: [题\x1b[31m\n---\n\n# 题\x1b]0;x\x07\u202e\n",
            "content/zh/\x1b[2J.md": "中".encode("gbk"),
            "locale/en/LC_MESSAGES/c\x1b[1m.po": "msgid \x1b[31m\n",
            "content/zh/c\x1b[1m.md": "丙\n",
        },
    )
    for command in ("extract", "merge"):
        output = done(tmp_path, command, "--report", report, code=2)
        assert not set(output) & set("\x1b\x07\u202e")
        assert "[2J.md" in output


@pytest.mark.parametrize("option", [("--report", "json"), ("--report=json",)])
def test_errors_that_end_a_command_are_reported_as_asked(tmp_path: Path, option: tuple[str, ...]) -> None:
    result = run("extract", *option, cwd=tmp_path)
    assert result.returncode == 2
    assert json.loads(result.stdout)["diagnostics"][0]["code"] == "config-missing"
