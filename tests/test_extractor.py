from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bilingual.catalog import Catalog, read_bytes
from book import CONFIG, make

if TYPE_CHECKING:
    from pathlib import Path

CHAPTER = """# 第一章

<!-- i18n:comment: 语气要轻 -->
这是公式 $x$ 的意义。

<!-- i18n:context: 按钮 -->
打开

only Latin
"""


def pybabel(root: Path, mapping: str, *args: str, code: int = 0) -> Catalog:
    (root / "babel.cfg").write_text(mapping, "utf-8")
    command = [sys.executable, "-m", "babel.messages.frontend", "extract", "-F", "babel.cfg", "-o", "out.pot", *args]
    done = subprocess.run([*command, "content"], cwd=root, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == code, done.stderr
    return read_bytes((root / "out.pot").read_bytes(), "out.pot")


def test_pybabel_reads_markdown_with_context_and_comments(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": CHAPTER})
    catalog = pybabel(tmp_path, "[markdown: **.md]\nsource = zh\ntarget = en\n", "--no-wrap")
    found = {entry.key: entry for entry in catalog.entries}
    assert set(found) == {(None, "第一章"), (None, "这是公式 $x$ 的意义。"), ("按钮", "打开")}
    formula = found[None, "这是公式 $x$ 的意义。"]
    assert formula.references == ("content/zh/a.md:4",)
    assert formula.extracted.split("\n") == ["type: paragraph", "in: 第一章", "语气要轻"]


@pytest.mark.parametrize(
    ("options", "count"),
    [("", 4), ("config = bilingual.toml\n", 3), ("source = zh\ntarget = ja\n", 4)],
)
def test_pybabel_takes_languages_from_options_or_the_configuration(tmp_path: Path, options: str, count: int) -> None:
    make(tmp_path, {"content/zh/a.md": CHAPTER}, CONFIG)
    assert len(pybabel(tmp_path, f"[markdown: **.md]\n{options}").entries) == count
