from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from bilingual import config
from bilingual.config import parse
from bilingual.markdown.dialect import EXTENSIONS, PRESETS
from support import ROOT, run

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def fences(path: Path, language: str) -> list[str]:
    return [body for name, body in _FENCE.findall(path.read_text("utf-8")) if name == language]


@pytest.mark.parametrize("block", fences(ROOT / "docs/configuration.md", "toml"))
def test_every_configuration_of_the_manual_loads(block: str, tmp_path: Path) -> None:
    parse(block, tmp_path / "bilingual.toml")


def test_the_manual_names_every_key() -> None:
    page = "\n".join(fences(ROOT / "docs/configuration.md", "toml"))
    keys = [*config._KEYS, *(key for table in config._TABLES.values() for key in table)]
    assert len(keys) > 15
    assert [key for key in keys if not re.search(rf"^\[?(?:markdown\.)?{re.escape(key)}\b", page, re.MULTILINE)] == []


def test_the_manual_has_the_table_of_extensions_as_it_is() -> None:
    page = (ROOT / "docs/markdown.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \|.*?\|((?: ?✓? ?\|){5})$", page, re.MULTILINE))
    assert set(rows) == set(EXTENSIONS.names())
    for name, cells in rows.items():
        marked = {preset for preset, cell in zip(PRESETS, cells.split("|"), strict=False) if "✓" in cell}
        assert marked == EXTENSIONS[name].presets, name


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_commands_in_the_manual_have_options_that_exist(path: Path) -> None:
    for block in fences(path, "sh") + fences(path, "yaml"):
        for command, rest in re.findall(r"\bbilingual (extract|merge|init)\b([^\n#&]*)", block):
            known = run(command, "--help", cwd=ROOT).stdout
            for option in re.findall(r"(?<!\S)--[a-z-]+", rest):
                assert option in known


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_relative_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"`[^`\n]*`", "", path.read_text("utf-8"))
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text):
        assert (path.parent / target).exists(), target


def test_the_readme_gives_the_two_commands_and_ci_runs_one_of_them() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    commands = re.findall(r"<!-- command: (\w+) -->\n```sh\n([^\n]+)\n```", readme)
    assert [name for name, _ in commands] == ["publish", "test"]
    assert commands[0][1].endswith("bilingual merge")
    assert "pytest" in commands[1][1]
    assert "README.md" in (ROOT / ".ci/run").read_text("utf-8")
