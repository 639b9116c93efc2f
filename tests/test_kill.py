"""Whenever a run is killed, each file is either old or new, and the next run finishes the work."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from bilingual.config import load
from bilingual.project import extract, merge
from book import make, translate, tree
from support import run

if TYPE_CHECKING:
    from pathlib import Path

CHAPTERS = 60
KILLS = 16
MANIFEST = ".bilingual/en.sha256"


def source(chapter: int, *, new: bool) -> str:
    text = "".join(f"第{chapter}章第{part}段，内容{part * chapter}。\n\n" for part in range(12))
    return f"# 第{chapter}章\n\n{text}" + ("新的一段。\n" if new else "")


def book(root: Path, *, new: bool) -> None:
    for chapter in range(CHAPTERS):
        path = root / f"content/zh/c{chapter:02}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source(chapter, new=new), "utf-8")


def generated(root: Path) -> dict[str, bytes]:
    return {
        path: data
        for path, data in tree(root).items()
        if path.startswith(("locale/", "content/en/", ".bilingual/")) and not path.endswith(".tmp")
    }


def left_behind(root: Path) -> list[Path]:
    """The temporary files of killed runs."""
    return [path for path in root.rglob(".*.tmp") if not path.is_relative_to(root / "build")]


def killed(root: Path, command: str, after: float, first: Path | None) -> bool:
    """Start a run, kill it `after` seconds, and return whether it was still running.

    With `first`, the time counts from the moment at which that file is replaced.
    """
    before = first.stat().st_ino if first is not None else 0
    process = subprocess.Popen(
        [sys.executable, "-m", "bilingual", command],
        cwd=root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while first is not None and first.stat().st_ino == before and process.poll() is None:
        pass
    time.sleep(after)
    alive = process.poll() is None
    if alive:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return alive


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL on this system")
@pytest.mark.parametrize("command", ["extract", "merge"])
def test_a_killed_run_leaves_each_file_old_or_new(tmp_path: Path, command: str) -> None:
    # The old state: extracted, translated and merged. The work to be killed: a paragraph more in every chapter.
    start = make(tmp_path / "start", {})
    book(start, new=False)
    assert run("extract", cwd=start).returncode == 0
    translate(start, {f"第{chapter}章": f"Chapter {chapter}" for chapter in range(CHAPTERS)})
    assert run("merge", cwd=start).returncode == 0
    book(start, new=True)
    if command == "merge":
        assert run("extract", cwd=start).returncode == 0
        translate(start, {"新的一段。": "A new paragraph."})
    old = generated(start)
    finished = tmp_path / "finished"
    shutil.copytree(start, finished)
    began = time.perf_counter()
    assert run(command, cwd=finished).returncode == 0
    length = time.perf_counter() - began
    new = generated(finished)
    changing = [path for path in new if new[path] != old.get(path) and path != MANIFEST]
    assert len(changing) >= CHAPTERS
    # The manifest alone has a third state: while a run is under way it holds the old and the new hashes.
    lines = [set(state[MANIFEST].splitlines()) for state in (old, new)]

    chance = random.Random(20261123)
    first = min(changing)
    between = kills = 0
    for attempt in range(60):
        root = tmp_path / f"killed{attempt}"
        shutil.copytree(start, root)
        # Every other kill comes at any moment of the run, the others while files are being written.
        anywhere = attempt % 2 == 0
        moment = chance.uniform(0, length) if anywhere else chance.uniform(0, 0.004)
        kills += killed(root, command, moment, None if anywhere else root / first)
        found = generated(root)
        for path in new:
            if path != MANIFEST:
                assert found.get(path) in (old.get(path), new[path]), path
        assert set(found[MANIFEST].splitlines()) in (*lines, lines[0] | lines[1])
        changed = sum(found.get(path) == new[path] for path in changing)
        between += 0 < changed < len(changing)
        for leftover in left_behind(root):
            os.utime(leftover, (0, 0))  # old enough not to belong to a run that is still under way
        if attempt < 4:
            result = run(command, cwd=root)
            assert result.returncode == 0, result.stdout + result.stderr
        else:  # the same work without the time that a process takes to start
            again = (extract if command == "extract" else merge)(load(root / "bilingual.toml"))
            assert not again.diagnostics
        assert generated(root) == new
        assert not left_behind(root)
        shutil.rmtree(root)
        if kills >= KILLS and between >= 4:
            break
    assert kills >= KILLS
    assert between >= 4, "too few kills landed between the first and the last write"
