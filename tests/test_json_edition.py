"""The edition as JSON Lines: documented keys, exact texts, places that can be found again."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from book import make, translate
from support import ROOT, done

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "# 题\n\n第一句。第二句！\n\n- 项 **重**\n\n未译的段落。\n\n$$\nx\n$$\n"
WORDS = {"题": "Title", "第一句。第二句！": "One. Two!", "项 **重**": "Item **bold**"}


def lines(root: Path) -> list[dict[str, Any]]:
    make(root, {"content/zh/a.md": TEXT}, 'source = "zh"\ntargets = ["en"]\n[book]\ntitle = {zh = "书", en = "Book"}\n')
    done(root, "extract")
    translate(root, WORDS)
    done(root, "merge", "--format", "json")
    return [json.loads(line) for line in (root / "build/en/json/edition.jsonl").read_text("utf-8").splitlines()]


def test_each_line_is_what_the_manual_says(tmp_path: Path) -> None:
    made = lines(tmp_path)
    assert [each["type"] for each in made] == ["edition", "chapter", *["row"] * 5]
    page = (ROOT / "docs/json.md").read_text("utf-8")
    for kind in ("edition", "chapter", "row"):
        keys = set(next(each for each in made if each["type"] == kind))
        section = page.split(f"## `{kind}`")[1].split("\n## ")[0]
        assert set(re.findall(r"^\| `(\w+)`", section, re.MULTILINE)) == keys - {"type"}


def test_rows_hold_both_sides_and_their_sentences(tmp_path: Path) -> None:
    edition, chapter, title, paragraph, item, missing, formula = lines(tmp_path)
    assert edition["title"] == {"source": "书", "target": "Book"}
    assert (chapter["rows"], chapter["title"]) == (5, {"source": "题", "target": "Title"})
    assert (title["kind"], title["level"]) == ("heading", 1)
    assert paragraph["sentences"] == [
        {"source": "第一句。", "target": "One."},
        {"source": "第二句！", "target": "Two!"},
    ]
    assert (item["inside"], item["target"]["text"]) == (["list", "list item"], "Item bold")
    assert item["target"]["segments"] == ["Item **bold**"]
    assert (missing["state"], missing["sentences"]) == ("missing", [])
    assert (formula["state"], formula["source"]["markdown"]) == (None, "$$\nx\n$$")


def test_references_name_the_line_of_the_catalog(tmp_path: Path) -> None:
    _, _, _, paragraph, *_ = lines(tmp_path)
    path, _, line = paragraph["references"][0].rpartition(":")
    text = (tmp_path / path).read_text("utf-8").split("\n")
    assert text[int(line) - 1] == 'msgid "第一句。第二句！"'
    source = (tmp_path / "content/zh/a.md").read_text("utf-8").split("\n")
    assert source[paragraph["source"]["line"] - 1] == "第一句。第二句！"
