"""Measure the website as a ratio to the bare parser, and how it grows with the book.

Usage: python benchmarks/web.py BOOK [--rounds 5] [--large]

BOOK is a folder of Markdown, such as d2l-zh. It is copied into a temporary project, without its pictures, and
pseudo-translated from end to end. Each round is one process that parses the book and then publishes it, in CPU time;
figures are medians of the rounds' ratios.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
from benchmarks.speed import bare, project, upstream

import pseudo
from bilingual.config import load
from bilingual.project import extract, publish

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: What is measured: the title, the goal, and what stands in the configuration.
WAYS = {
    "all": ("website / bare parse", 9, ""),
    "plain": ("the same without coloured code", 6, "[render.html]\nhighlight = false\n"),
}


def translated(folder: Path, book: Path, copies: int = 1) -> None:
    """Make a project of `copies` different copies of the book, translated from end to end."""
    folder.mkdir()
    project(folder, book, copies)
    config = load(folder / "bilingual.toml")
    extract(config)
    pseudo.fill(folder / "locale", config.dialect)


def configure(folder: Path, settings: str) -> None:
    """Give a project settings for its website and forget what was published."""
    path = folder / "bilingual.toml"
    path.write_text(path.read_text("utf-8").split("[render", maxsplit=1)[0] + settings, "utf-8")
    shutil.rmtree(folder / "build", ignore_errors=True)


def measure(folder: Path) -> None:
    """Print what one round takes: the ratio of the website to the bare parse, its CPU seconds, and the peak in MiB.

    The sample book goes first, so that no library is loaded while the clock runs. Each chapter is parsed right before
    it is worked on, and all once more behind the last, since a shared machine changes its pace within seconds: what is
    done chapter by chapter is set against the first, the pages, the search and the writing against the second.
    """
    config = load(folder / "bilingual.toml")
    texts = {
        f"content/zh/{path.relative_to(folder / 'content/zh').as_posix()}": path.read_bytes().decode()
        for path in sorted((folder / "content/zh").rglob("*.md"))
    }
    publish(load(ROOT / "bilingual.toml"), ["html"], check=True)
    md = upstream()
    bare(list(texts.values())[:20])
    clock = time.process_time
    parsed = 0.0
    behind = 0.0

    def parse_first(chapters: Iterable[Any], _: str) -> Iterator[Any]:
        nonlocal parsed, behind
        for chapter in chapters:
            start = clock()
            md.parse(texts[chapter.path])
            parsed += clock() - start
            yield chapter
        behind = clock()

    gc.collect()
    start = clock()
    publish(config, ["html"], jobs=1, progress=parse_first)
    end = clock()
    gc.disable()
    bare(list(texts.values()))
    again = clock() - end
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ratio = (behind - start - parsed) / parsed + (end - behind) / again
    print(json.dumps({"ratio": ratio, "site": end - start - parsed, "peak": peak}))


def round_of(folder: Path, way: str) -> dict[str, float]:
    """Measure one round in a process of its own, so that nothing is known from the one before."""
    configure(folder, WAYS[way][2])
    command = [sys.executable, str(Path(__file__).resolve()), "--measure", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("book", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--large", action="store_true", help="also ten different copies, with peak memory")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.book)
        return
    with tempfile.TemporaryDirectory() as temporary:
        one = Path(temporary, "one")
        translated(one, options.book)
        rounds: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
        for _ in range(options.rounds):
            for way, found in rounds.items():
                found.append(round_of(one, way))
        files = sum(1 for path in (one / "build").rglob("*.html"))
        size = sum(path.stat().st_size for path in (one / "build").rglob("*.html")) / 1e6
        print(f"{files} pages, {size:.0f} MB, {options.rounds} rounds")
        for way, (title, goal, _) in WAYS.items():
            ratio = statistics.median(each["ratio"] for each in rounds[way])
            print(f"{title:<34} {ratio:.2f}   (goal {goal})")
        print(f"{'peak memory of one book':<34} {max(each['peak'] for each in rounds['all']):.0f} MiB")
        if options.large:
            ten = Path(temporary, "ten")
            translated(ten, options.book, 10)
            pairs = [(round_of(one, "all"), round_of(ten, "all")) for _ in range(3)]
            ratio = statistics.median(tenfold["site"] / single["site"] for single, tenfold in pairs)
            peak = max(tenfold["peak"] for _, tenfold in pairs)
            print(f"{'ten copies / one':<34} {ratio:.1f}   (goal 11), peak {peak:.0f} MiB")


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    main()
