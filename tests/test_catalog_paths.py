from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "pattern",
    [
        "po/{name}.{lang}.po",
        "po/{lang}-{name}.po",
        "po/{dir}/{lang}/{file}.po",
        "locale/{locale}/LC_MESSAGES/{name}.po",
        "locale/{lang}/LC_MESSAGES/{name}.po",
    ],
)
def test_the_catalogs_of_one_target_are_no_strays_of_another(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "content/zh/part").mkdir(parents=True)
    (tmp_path / "content/zh/ch1.md").write_text("你好\n", "utf-8")
    (tmp_path / "content/zh/part/ch2.md").write_text("再见\n", "utf-8")
    settings = 'source = "zh"\ntargets = ["en", "zh-Hant"]\n'
    (tmp_path / "bilingual.toml").write_text(f'{settings}[paths]\ncatalog = "{pattern}"\n', "utf-8")
    assert run("extract", cwd=tmp_path).stdout == (
        "en: 2 new, 0 kept, 0 changed, 0 obsolete\nzh-Hant: 2 new, 0 kept, 0 changed, 0 obsolete\n"
    )
    catalogs = {path: path.read_text("utf-8") for path in tmp_path.rglob("*.po")}
    assert len(catalogs) == 4
    # A language that is no target any more keeps its catalogs as they are.
    (tmp_path / "bilingual.toml").write_text(
        settings.replace(', "zh-Hant"', "") + f'[paths]\ncatalog = "{pattern}"\n', "utf-8"
    )
    assert run("extract", cwd=tmp_path).stdout == "en: 0 new, 2 kept, 0 changed, 0 obsolete\n"
    assert {path: path.read_text("utf-8") for path in tmp_path.rglob("*.po")} == catalogs
    # What vanished is still noticed, in its own language alone.
    (tmp_path / "content/zh/part/ch2.md").unlink()
    assert run("extract", cwd=tmp_path).stdout == "en: 0 new, 1 kept, 0 changed, 1 obsolete\n"
    assert len(list(tmp_path.rglob("*.po"))) == 3
