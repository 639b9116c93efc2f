"""Measure the live preview: from a saved file to its page, and how soon a large book shows its first page.

Usage: python benchmarks/serve.py BOOK [--rounds 5]

BOOK is a folder of Markdown, such as d2l-zh. Its text, cut at 100 kB, makes one chapter, translated by
pseudo-translation; a catalog entry and a paragraph of the source are edited in turns. Ratios are CPU times of one
process, divided by the bare parse of the chapter in the same run; milliseconds are for orientation.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import http.client
import pstats
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from bilingual.config import load
from bilingual.project import extract
from bilingual.server import News, Preview

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from pseudo import fill

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIG = 'source = "zh"\ntargets = ["en"]\nformats = ["html"]\n'
SIZE = 100_000
PO = "locale/en/LC_MESSAGES/chapter.po"


def cpu(work: Callable[[], object]) -> float:
    """Seconds of CPU that `work` takes."""
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def chapter(folder: Path, book: Path) -> str:
    """Make a project of one chapter of 100 kB, translated; return its text."""
    texts = sorted((path.read_bytes() for path in book.rglob("*.md")), key=len, reverse=True)
    data = b"\n\n".join(texts)[:SIZE]
    text = data.decode("utf-8", "ignore")
    project(folder, {"chapter.md": text})
    return text


def project(folder: Path, chapters: dict[str, str]) -> None:
    """Make a project of some chapters, translated."""
    for name, text in chapters.items():
        path = folder / "content/zh" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (folder / "bilingual.toml").write_text(CONFIG, "utf-8")
    config = load(folder / "bilingual.toml")
    extract(config)
    fill(folder / "locale", config.dialect)


def edits(folder: Path) -> list[Callable[[int], Path]]:
    """Return what edits the catalog, and what edits the source; each is called with a number that is new."""

    def catalog(number: int) -> Path:
        path = folder / PO
        lines = re.sub(r'^(msgstr ".+?)(?: \d+)?"$', rf'\1 {number}"', path.read_text("utf-8"), flags=re.MULTILINE)
        path.write_text(lines, "utf-8")
        return path

    def source(number: int) -> Path:
        path = folder / "content/zh/chapter.md"
        text = path.read_text("utf-8")
        start = text.index("。", len(text) // 2)
        path.write_text(f"{text[:start]}{number}{text[start:]}", "utf-8")
        return path

    return [catalog, source]


def rebuilds(folder: Path, text: str, rounds: int) -> None:
    """Print what making a page anew costs, and where that time goes."""
    preview = Preview(load(folder / "bilingual.toml"), "", News(), lambda _line: None, lambda _found: None)
    preview.answer("chapter.html")
    profile = cProfile.Profile()
    number = 0
    for name, edit in zip(("catalog", "source"), edits(folder), strict=True):
        ratios, times = [], []
        for _ in range(rounds):
            number += 1
            path = str(edit(number))
            parse = cpu(lambda: MarkdownIt("commonmark").enable("table").parse(text))

            def follow(path: str = path) -> None:
                preview.follow([path])
                preview.answer("chapter.html")

            times.append(cpu(follow))
            ratios.append(times[-1] / parse)
        made = f"{statistics.median(ratios):.1f}"
        print(f"{name} edited: page / bare parse {made}; {1000 * statistics.median(times):.0f} ms of CPU")
        path = str(edit(number + 1000))
        profile.enable()
        preview.follow([path])
        preview.answer("chapter.html")
        profile.disable()
    checks = []
    for _ in range(rounds):
        preview.made["chapter.md"] = preview.fresh("chapter.md")
        preview.follow([str(folder / "glossary.csv")])
        checks.append(cpu(lambda: preview.check("chapter.md")))
    print(f"checks of the chapter, after its page: {1000 * statistics.median(checks):.0f} ms of CPU")
    pstats.Stats(profile).sort_stats("cumulative").print_stats("bilingual", 30)


def to_the_page(folder: Path, rounds: int) -> None:
    """Print how long it takes from the save of a file until the new page has been read, through the real server."""
    with served(folder) as (port, _):
        read(port, "/chapter.html")
        read(port, "/_static/search/index.js")  # until nothing is left to be made
        events = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        events.request("GET", "/_live")
        stream = events.getresponse()
        number = 5000
        for name, edit in zip(("catalog", "source"), edits(folder), strict=True):
            times = []
            for _ in range(rounds):
                time.sleep(1)  # until the checks and all else are done
                number += 1
                edit(number)
                begun = time.perf_counter()
                while stream.readline() != b"event: page\n":
                    pass
                told = time.perf_counter()
                assert str(number) in read(port, "/chapter.html")
                times.append((1000 * (told - begun), 1000 * (time.perf_counter() - begun)))
            first, last = (statistics.median(each) for each in zip(*times, strict=True))
            print(f"{name} saved: the page is told after {first:.0f} ms and read after {last:.0f} ms (goal: 300)")
        events.close()


class served:  # noqa: N801 - reads as a word
    """A running `bilingual serve`: its port, and when it was started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> tuple[int, float]:
        begun = time.perf_counter()
        command = [sys.executable, "-m", "bilingual", "serve", "--port", "0"]
        self.process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self.process.stdout is not None
        match = re.search(rb":(\d+)/", self.process.stdout.readline())
        assert match is not None
        return int(match[1]), begun

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


def read(port: int, path: str) -> str:
    """Return a page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    text = connection.getresponse().read().decode()
    connection.close()
    return text


def first_page(folder: Path, book: Path) -> None:
    """Print how soon the whole book shows a page, and when it shows the titles of all chapters."""
    texts = {path.relative_to(book).as_posix(): path.read_text("utf-8") for path in sorted(book.rglob("*.md"))}
    project(folder, texts)
    with served(folder) as (port, begun):
        started = time.perf_counter() - begun
        preview = Preview(load(folder / "bilingual.toml"), "", News(), lambda _line: None, lambda _found: None)
        page = preview.site.paths[preview.edition.chapters[len(texts) // 2]]
        read(port, f"/{page}")
        first = time.perf_counter() - begun
        read(port, "/_static/search/index.js")
        every = time.perf_counter() - begun
    print(
        f"{len(texts)} chapters: ready after {started:.1f} s, a page from the middle after {first:.1f} s, "
        f"all titles and the search after {every:.1f} s; page / all {first / every:.2f}"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("book", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        text = chapter(Path(name), options.book)
        rebuilds(Path(name), text, options.rounds)
        to_the_page(Path(name), options.rounds)
    with tempfile.TemporaryDirectory() as name:
        first_page(Path(name), options.book)


if __name__ == "__main__":
    main()
