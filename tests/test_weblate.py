from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from book import make
from support import done, tools

if TYPE_CHECKING:
    from pathlib import Path

CHAPTERS = {
    "content/zh/preface.md": "# 前言\n\n给读者。\n",
    "content/zh/part1/ch1.md": "# 第一章\n\n数列。\n",
    "content/zh/part1/ch2.md": "# 第二章\n\n极限。\n",
}
#: What Weblate asks when a component is made: the gettext components of the folder, each with its template.
DISCOVER = """
import json
from translation_finder import discover

found = discover(".", source_language="zh_Hans")
assert not found.truncated
print(json.dumps({each["filemask"]: each.get("new_base") for each in found if each["file_format"] == "po"}))
"""


def components(root: Path, catalogs: str) -> dict[str, str | None]:
    """What Weblate's discovery makes of a book of three chapters: from the mask of catalogs to their template."""
    python = tools("translation_finder")
    config = f'source = "zh"\ntargets = ["en", "de"]\ntemplates = true\ncatalogs = "{catalogs}"\n'
    done(make(root, CHAPTERS, config), "extract")
    found = subprocess.run([python, "-c", DISCOVER], cwd=root, capture_output=True, encoding="utf-8", check=True)
    masks: dict[str, str | None] = json.loads(found.stdout)
    catalog_files = {path.relative_to(root).as_posix() for path in (root / "locale").rglob("*.po")}
    assert {mask.replace("*", target) for mask in masks for target in ("en", "de")} == catalog_files
    return masks


@pytest.mark.parametrize(("catalogs", "names"), [("flat", ["preface", "part1.ch1", "part1.ch2"]), ("single", ["book"])])
def test_weblate_pairs_each_catalog_with_its_template(catalogs: str, names: list[str], tmp_path: Path) -> None:
    assert components(tmp_path, catalogs) == {f"locale/*/LC_MESSAGES/{name}.po": f"locale/{name}.pot" for name in names}
    assert all((tmp_path / f"locale/{name}.pot").is_file() for name in names)


def test_weblate_gives_nested_catalogs_a_wrong_template_as_its_page_says(tmp_path: Path) -> None:
    found = components(tmp_path, "nested")
    assert (tmp_path / "locale/part1/ch1.pot").is_file()
    assert found["locale/*/LC_MESSAGES/part1/ch1.po"] == "locale/preface.pot"
