from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from bilingual.catalog import read_bytes, write
from book import CONFIG, PO, edit, make
from support import done

if TYPE_CHECKING:
    from pathlib import Path

A = "# 第一章\n\n这是一个 Transformer 模型，公式 $x_1$。\n\n```python\n# 注释在此\n```\n"
B = "# 第二章\n\n还没有翻译的一段话。\n"
C = "# 第三章\n"


def book(root: Path) -> Path:
    make(root, {"content/zh/a.md": A, "content/zh/b.md": B, "content/zh/c.md": C})
    done(root, "extract")
    edit(root / PO, lambda entry: replace(entry, msgstr="T", flags=("fuzzy",) if "模型" in entry.msgid else ()))
    third = root / "locale/en/LC_MESSAGES/c.po"
    catalog = read_bytes(third.read_bytes(), "c.po")
    header = tuple(
        (name, "2026-03-04 05:06+0000" if name == "PO-Revision-Date" else value) for name, value in catalog.header
    )
    third.write_bytes(write(replace(catalog, header=header)).encode())
    edit(third, lambda entry: replace(entry, msgstr="Chapter three"))
    return root


def test_a_status_counts_entries_and_characters_by_state(tmp_path: Path) -> None:
    shown = json.loads(done(book(tmp_path), "status", "--format", "json"))
    assert shown["unit"] == "characters"
    target = shown["targets"]["en"]
    assert target["entries"] == {"missing": 2, "draft": 1, "stale": 0, "translated": 2, "reviewed": 0}
    # 这是一个模型公式 and Transformer are 9; what stands in a formula is not translated.
    assert target["amount"] == {"missing": 12, "draft": 9, "stale": 0, "translated": 6, "reviewed": 0}
    assert target["percent"] == 40.0
    assert target["code"] == 4
    chapters = target["chapters"]
    assert [each["source"] for each in chapters] == ["content/zh/b.md", "content/zh/a.md", "content/zh/c.md"]
    assert [each["revised"] for each in chapters] == [None, None, "2026-03-04"]
    assert chapters[1]["catalog"] == PO


def test_a_status_says_which_sources_changed_since(tmp_path: Path) -> None:
    book(tmp_path)
    (tmp_path / "content/zh/c.md").write_text(C + "\n新的一段。\n", "utf-8")
    target = json.loads(done(tmp_path, "status", "--format", "json"))["targets"]["en"]
    assert [each["source"] for each in target["chapters"] if each["changed"]] == ["content/zh/c.md"]
    assert target["entries"]["missing"] == 3
    text = done(tmp_path, "status")
    assert "source changed since extract" in text
    assert "not counted: 4 characters in code and diagrams" in text
    assert "(2 translated, 1 fuzzy, 3 missing)" in text


def test_a_status_looks_at_some_chapters_and_fails_below_a_share(tmp_path: Path) -> None:
    book(tmp_path)
    done(tmp_path, "status", "content/zh/c.md", "--fail-under", "100")
    assert "less than 50 % is translated" in done(tmp_path, "status", "--fail-under", "50", code=1)
    done(tmp_path, "status", "--fail-under", "40")
    done(tmp_path, "status", "--target", "fr", code=2)


def test_bars_leave_nothing_out(tmp_path: Path) -> None:
    paragraphs = "\n\n".join(f"第{chr(0x4E00 + number)}段。" for number in range(200))
    make(tmp_path, {"content/zh/a.md": paragraphs})
    done(tmp_path, "extract")
    edit(tmp_path / PO, lambda entry: replace(entry, msgstr="" if entry.msgid == "第一段。" else "T"))
    (line, *_) = done(tmp_path, "status").splitlines()
    assert re.match(r"en █{29}░ 99 % \(199 translated, 0 fuzzy, 1 missing\)", line), line


def test_a_status_is_a_table_or_a_badge_too(tmp_path: Path) -> None:
    book(tmp_path)
    table = done(tmp_path, "status", "--format", "markdown")
    assert "| content/zh/b.md | 0 | 0 | 2 | 12 | never |" in table
    assert "| **total** | **2** | **1** | **2** | **21** | |" in table
    badge = ET.fromstring(done(tmp_path, "status", "--format", "svg"))  # noqa: S314 - our own
    assert badge.attrib["aria-label"] == "translated: 40 %"


def test_a_status_of_an_english_book_counts_words(tmp_path: Path) -> None:
    make(
        tmp_path,
        {"content/en/a.md": "# One two\n\nThree `code` don't four.\n"},
        CONFIG.replace("zh", "_").replace('"en"', '"zh"').replace("_", "en"),
    )
    shown = json.loads(done(tmp_path, "status", "--format", "json"))
    assert shown["unit"] == "words"
    assert shown["targets"]["zh"]["amount"]["missing"] == 5
