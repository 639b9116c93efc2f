"""Cases that a careful reader found: each was wrong once."""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from book import CONFIG, OUT, PO, edit, entries, make, translate, tree
from support import done, system_program

if TYPE_CHECKING:
    from pathlib import Path


def test_a_link_in_a_code_span_is_code(tmp_path: Path) -> None:
    text = (
        "# 旧\n\n写 `[x](#旧)`，得 [x](#旧)。\n\n<img src='../s/a.png'> 与 <img src='../s/a.png'>\n\n"
        "前 <a\nhref='#旧'>甲</a>\n乙 [丙](#旧)\n"
    )
    make(
        tmp_path,
        {"content/zh/a.md": text, "content/s/a.png": b"a"},
        CONFIG + '[paths]\ntarget = "out/{lang}/x/{path}"\n',
    )
    done(tmp_path, "extract")
    translate(tmp_path, {"旧": "New"})
    done(tmp_path, "merge")
    merged = (tmp_path / "out/en/x/a.md").read_text("utf-8")
    assert "写 `[x](#旧)`，得 [x](#new)。" in merged
    assert merged.count("../../../content/s/a.png") == 2
    assert "href='#new'" in merged
    assert "[丙](#new)" in merged


def test_links_in_skipped_text_lead_on(tmp_path: Path) -> None:
    text = "# 旧\n\n<!-- i18n:skip -->\n\n![图](f.png) 见 [旧](#旧)\n\n公式 $a % x\n+ b$ ![图](g.png)\n"
    make(tmp_path, {"content/zh/a.md": text, "content/zh/f.png": b"f", "content/zh/g.png": b"g"})
    done(tmp_path, "extract")
    translate(tmp_path, {"旧": "New"})
    done(tmp_path, "merge")
    assert "[旧](#new)" in (tmp_path / OUT).read_text("utf-8")
    assert set(tree(tmp_path / "content/en")) == {"a.md", "f.png", "g.png"}


def test_assets_with_escaped_names_are_copied(tmp_path: Path) -> None:
    make(
        tmp_path,
        {
            "content/zh/a.md": "![图](f\\_1.png) ![图](f&amp;3.png)\n",
            "content/zh/f_1.png": b"1",
            "content/zh/f&3.png": b"3",
        },
    )
    done(tmp_path, "merge")
    assert set(tree(tmp_path / "content/en")) == {"a.md", "f_1.png", "f&3.png"}
    assert (tmp_path / OUT).read_text("utf-8") == "![图](f\\_1.png) ![图](f&amp;3.png)\n"


def test_a_manifest_names_nothing_outside(tmp_path: Path) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_bytes(b"dear")
    mark = hashlib.sha256(b"dear").hexdigest()
    root = make(tmp_path / "book", {"content/zh/a.md": "甲\n", "content/zh/b.md": "dear"})
    lines = [f"{mark}  {path}\n" for path in ("../victim.txt", str(victim), "content/zh/b.md", "x/../../victim.txt")]
    make(root, {".bilingual/en.sha256": "".join(lines)})
    done(root, "merge")
    assert victim.read_bytes() == b"dear"
    assert (root / "content/zh/b.md").exists()


def test_merge_does_not_write_through_a_link_out_of_the_project(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    root = make(tmp_path / "book", {"content/zh/a.md": "甲\n"})
    (root / "content/en").symlink_to(outside)
    assert "leads this file out" in done(root, "merge", code=2)
    assert not list(outside.iterdir())


def test_a_checkout_with_other_line_ends_is_known(tmp_path: Path) -> None:
    root = make(tmp_path / "book", {"content/zh/a.md": "甲\n\n乙\n", ".gitignore": "build/\n"})
    done(root, "extract")
    done(root, "merge")
    for command in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=root, check=True, capture_output=True)
    clone = tmp_path / "clone"
    command = ["git", "clone", "-q", "-c", "core.autocrlf=true", str(root), str(clone)]
    subprocess.run(command, check=True, capture_output=True)
    assert b"\r\n" in (clone / OUT).read_bytes()
    done(clone, "merge")
    translate(clone, {"甲": "one"})
    done(clone, "merge")
    assert "one" in (clone / OUT).read_text("utf-8")


def test_a_draft_stays_a_draft_when_the_source_changes(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": "# 题\n\n这一段会有小的改动。\n"})
    done(tmp_path, "extract")
    edit(tmp_path / PO, lambda entry: replace(entry, msgstr="MACHINE", flags=("fuzzy",)))
    (tmp_path / "content/zh/a.md").write_text("# 题\n\n这一段会有很小的改动。\n", "utf-8")
    done(tmp_path, "extract")
    assert "2 draft" in done(tmp_path, "merge")
    assert "MACHINE" not in (tmp_path / OUT).read_text("utf-8")


def test_a_reverted_edit_gives_the_translation_back(tmp_path: Path) -> None:
    first = "# 题\n\n这一段会有小的改动。\n"
    make(tmp_path, {"content/zh/a.md": first})
    done(tmp_path, "extract")
    translate(tmp_path, {"题": "T", "这一段会有小的改动。": "A paragraph."})
    before = tree(tmp_path / "locale")
    (tmp_path / "content/zh/a.md").write_text("# 题\n\n这一段会有很小的改动。\n", "utf-8")
    assert "1 changed" in done(tmp_path, "extract")
    (tmp_path / "content/zh/a.md").write_text(first, "utf-8")
    done(tmp_path, "extract")
    assert tree(tmp_path / "locale") == before


@pytest.mark.parametrize("target", ["b", "0"])
def test_a_paragraph_that_moves_to_another_chapter_keeps_its_translation(tmp_path: Path, target: str) -> None:
    make(tmp_path, {"content/zh/a.md": "留\n\n移走的\n", f"content/zh/{target}.md": "乙\n"})
    done(tmp_path, "extract")
    translate(tmp_path, {"移走的": "Moved"})
    make(tmp_path, {"content/zh/a.md": "留\n", f"content/zh/{target}.md": "乙\n\n移走的\n"})
    done(tmp_path, "extract")
    assert entries(tmp_path / f"locale/en/LC_MESSAGES/{target}.po")["移走的"].msgstr == "Moved"


def test_an_entry_that_is_also_obsolete_is_one_entry(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": "甲\n\n乙\n"})
    done(tmp_path, "extract")
    translate(tmp_path, {"乙": "two"})
    with (tmp_path / PO).open("a", encoding="utf-8") as file:
        file.write(
            '\n#~ msgid "甲"\n#~ msgstr "one"\n\n#~ msgid "乙"\n#~ msgstr "other"\n\n#~ msgid "丙"\n#~ msgstr "3"\n'
        )
        file.write('\n#~ msgid "丙"\n#~ msgstr "three"\n')
    done(tmp_path, "extract")
    found = entries(tmp_path / PO)
    assert (found["甲"].msgstr, found["乙"].msgstr, found["丙"].msgstr) == ("one", "two", "3")
    assert "other" in found["乙"].comment
    assert "three" in found["丙"].comment
    check = [system_program("msgfmt"), "--check", "-o", "/dev/null", str(tmp_path / PO)]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0
    done(tmp_path, "extract", "--check")


def test_a_damaged_cache_is_no_cache(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": "甲\n"})
    done(tmp_path, "extract")
    (cache,) = (tmp_path / "build").rglob("extract.json")
    data = json.loads(cache.read_bytes())
    damages: tuple[object, ...] = ({}, {"source": 1}, [], None, {**data["entries"]["a.md"], "notes": [[1]]})
    for damage in damages:
        cache.write_text(json.dumps({**data, "entries": {"a.md": damage}}))
        done(tmp_path, "extract", "--check")


def test_names_as_long_as_names_can_be(tmp_path: Path) -> None:
    name = "章" * 82
    make(tmp_path, {f"content/zh/{name}.md": "甲\n"})
    done(tmp_path, "extract")
    done(tmp_path, "merge")
    assert (tmp_path / f"content/en/{name}.md").exists()


def test_comments_of_myst_are_no_text(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": "% 作者注\n正文。\n+++\n后文\n"}, CONFIG + '[markdown]\ndialect = "myst"\n')
    done(tmp_path, "extract")
    translate(tmp_path, {"正文。": "Text.", "后文": "More"})
    done(tmp_path, "merge")
    assert (tmp_path / OUT).read_text("utf-8") == "% 作者注\nText.\n+++\nMore\n"


def test_one_bad_chapter_does_not_stop_a_catalog_that_all_share(tmp_path: Path) -> None:
    config = CONFIG + 'catalogs = "single"\ntemplates = true\n'
    make(tmp_path, {"content/zh/a.md": "甲\n", "content/zh/b.md": "乙\n"}, config)
    done(tmp_path, "extract")
    translate(tmp_path, {"甲": "one", "乙": "two"})
    make(tmp_path, {"content/zh/a.md": "甲\n\n新\n", "content/zh/b.md": "乙".encode("gbk")}, config)
    assert "1 new" in done(tmp_path, "extract", code=2)
    found = entries(tmp_path / "locale/en/LC_MESSAGES/book.po")
    assert {msgid: (entry.msgstr, entry.obsolete) for msgid, entry in found.items()} == {
        "甲": ("one", False),
        "新": ("", False),
        "乙": ("two", False),
    }
    assert "GB18030" in done(tmp_path, "extract", code=2)
    make(tmp_path, {"content/zh/b.md": "乙\n"}, config)
    done(tmp_path, "extract")
    assert not any(entry.obsolete for entry in entries(tmp_path / "locale/en/LC_MESSAGES/book.po").values())
