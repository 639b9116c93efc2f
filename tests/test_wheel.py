"""The wheel, installed alone in a clean environment, builds a copy of the sample book."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from typing import TYPE_CHECKING

import pytest

from book import tree
from support import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_the_wheel_alone_builds_the_sample_book(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode and os.environ.get("BILINGUAL_REQUIRE_SYSTEM") != "1":
        pytest.skip("no package index to build the wheel with")
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("bilingual_editions-*.whl")
    venv.create(tmp_path / "env", with_pip=True)
    scripts = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run([scripts / "python", "-m", "pip", "install", "-q", str(wheel)], check=True, capture_output=True)
    book = tmp_path / "book"
    for name in ("content", "locale"):
        shutil.copytree(ROOT / name, book / name)
    shutil.copy(ROOT / "bilingual.toml", book)
    shutil.rmtree(book / "content/en")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    # All formats but the PDF, whose typesetter is an extra.
    formats = [part for name in ("markdown", "html", "epub", "parallel", "json") for part in ("--format", name)]
    for command in (["bilingual", "extract", "--check"], ["bilingual-editions", "merge", *formats]):
        done = subprocess.run(
            [scripts / command[0], *command[1:]], cwd=book, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert tree(book / "content/en") == tree(ROOT / "content/en")
    assert (book / "build/en/html/_static/fonts/stix-two-math.woff2").is_file()
    assert len(list((book / "build/en/epub").glob("*.epub"))) == 3
    assert "<math" in (book / "build/en/html/preface.html").read_text("utf-8")
    packed = subprocess.run(
        [scripts / "python", "-c", "import bilingual, pathlib; print(pathlib.Path(bilingual.__file__).parent)"],
        cwd=book,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert (tmp_path / "env") in list(type(tmp_path)(packed).parents)
    assert (type(tmp_path)(packed) / "py.typed").is_file()
