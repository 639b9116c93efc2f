"""Measure extract, merge and start-up as ratios to the bare parser, all in one interleaved run.

Usage: python benchmarks/speed.py BOOK [--rounds 5] [--large]

BOOK is a folder of Markdown, such as d2l-zh. It is copied into a project in a temporary folder; every figure is CPU
time of this one process (start-up: of a child), a median over the rounds, in the same run as what it is divided by.
"""

from __future__ import annotations

import argparse
import gc
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from bilingual.catalog import read_bytes, write
from bilingual.config import load
from bilingual.project import extract, merge

if TYPE_CHECKING:
    from collections.abc import Callable

HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")


def cpu(work: Callable[[], object]) -> float:
    """Seconds of CPU that `work` takes."""
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def upstream() -> MarkdownIt:
    """Return markdown-it with the upstream plugins alone."""
    md = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    md.use(dollarmath_plugin, allow_digits=False, allow_blank_lines=False, double_inline=True)
    return md.use(footnote_plugin).use(deflist_plugin).use(front_matter_plugin)


def bare(texts: list[str]) -> None:
    """Parse with markdown-it and the upstream plugins alone."""
    md = upstream()
    for text in texts:
        md.parse(text)


def shifted(text: str, by: int) -> str:
    """Replace each Han character by another one, so that copies share nothing."""
    return HAN.sub(lambda match: chr(0x4E00 + (ord(match.group()) - 0x4E00 + by) % 20000), text) if by else text


def project(folder: Path, book: Path, copies: int = 1) -> None:
    """Make a project of `copies` different copies of the book."""
    for copy in range(copies):
        for path in sorted(book.rglob("*.md")):
            target = folder / "content/zh" / f"c{copy}" / path.relative_to(book)
            target.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_bytes().decode()
            target.write_bytes(shifted(text, copy).encode())
    (folder / "bilingual.toml").write_text('source = "zh"\ntargets = ["en"]\nrewrite-links = true\n')


def reset(folder: Path) -> None:
    """Back to a project that was never extracted."""
    for name in ("locale", "build", "content/en", ".bilingual"):
        shutil.rmtree(folder / name, ignore_errors=True)


def translate(folder: Path) -> None:
    """Fill every entry by pseudo-translation."""
    for path in (folder / "locale").rglob("*.po"):
        catalog = read_bytes(path.read_bytes(), path.name)
        entries = tuple(replace(entry, msgstr=HAN.sub("译", entry.msgid)) for entry in catalog.entries)
        path.write_bytes(write(replace(catalog, entries=entries)).encode())


def child(code: str, *args: str, cwd: Path) -> tuple[float, float]:
    """CPU seconds and peak MiB of a Python child."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = subprocess.run(
        [sys.executable, "-c", code, *args], cwd=cwd, check=True, capture_output=True, text=True
    ).stdout.strip()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, float(peak or 0)


RUN = """
import resource, sys
from pathlib import Path
from bilingual.config import load
from bilingual import project
config = load(Path("bilingual.toml").absolute())
getattr(project, sys.argv[1])(config, jobs=1)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
TYPER = """
import typer
from typing import Annotated
from pathlib import Path
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
P = Annotated[list[Path] | None, typer.Argument()]
F = Annotated[bool, typer.Option()]
@app.command()
def init(source: str = "", target: str = "", git: F = False, project: Path = Path()) -> None: ...
@app.command()
def extract(paths: P = None, trivial: P = None, from_templates: F = False, prune: F = False, force: F = False,
            check: F = False, jobs: int = 1, project: Path = Path(), report: str = "") -> None: ...
@app.command()
def merge(paths: P = None, target: str = "", format: str = "", check: F = False, fail_under: float = 0,
          keep: F = False, force: F = False, jobs: int = 1, project: Path = Path(), report: str = "") -> None: ...
@app.command("import")
def import_(files: P = None, target: str = "", sent: str = "", check: F = False, project: Path = Path(),
            report: str = "") -> None: ...
@app.command("merge-driver")
def merge_driver(base: Path, ours: Path, theirs: Path, path: str = "", report: str = "") -> None: ...
@app.command()
def status(paths: P = None, target: str = "", format: str = "", fail_under: float = 0, jobs: int = 1,
           project: Path = Path(), report: str = "") -> None: ...
import sys; sys.argv = ["x", "--help"]
app()
"""
HELP = "import sys; sys.argv = ['bilingual', '--help']; from bilingual.cli import main; main()"


def wall(code: str) -> float:
    """Seconds that a child takes from start to end."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("book", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--large", action="store_true", help="also ten different copies, with peak memory")
    options = parser.parse_args()
    figures: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        figures.setdefault(name, []).append(value)

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        project(folder, options.book)
        config = load(folder / "bilingual.toml")
        files = sorted((folder / "content/zh").rglob("*.md"))
        texts = [path.read_bytes().decode() for path in files]
        size = sum(len(text.encode()) for text in texts) / 1e6
        print(f"{len(texts)} files, {size:.1f} MB, {options.rounds} rounds")
        for _ in range(options.rounds):
            note("bare", cpu(lambda: bare(texts)))
            reset(folder)
            note("cold", cpu(lambda: extract(config)))
            changed = files[len(files) // 2]
            old = changed.read_bytes()
            changed.write_bytes(old + "\n新的一段。\n".encode())
            note("second", cpu(lambda: extract(config)))
            changed.write_bytes(old)
            extract(config)
            translate(folder)
            changed.write_bytes(old + "\n又是新的一段。\n".encode())
            extract(config)
            changed.write_bytes(old + "\n又是新的两段。\n".encode())
            note("second-translated", cpu(lambda: extract(config)))
            changed.write_bytes(old)
            extract(config)
            translate(folder)
            note("merge", cpu(lambda: merge(config)))
            note("again", cpu(lambda: merge(config)))
            note("help", wall(HELP))
            note("typer", wall(TYPER))
    median = {name: statistics.median(values) for name, values in figures.items()}
    print(f"bare parse                         {median['bare']:.2f} s")
    for name, title, limit in (
        ("cold", "cold extract / bare parse", "1.5"),
        ("merge", "merge, translated / bare parse", "3"),
        ("again", "merge with nothing to do / bare", "-"),
    ):
        ratio = statistics.median(a / b for a, b in zip(figures[name], figures["bare"], strict=True))
        print(f"{title:<34} {ratio:.2f}   (goal {limit})")
    for name in ("second", "second-translated"):
        ratio = statistics.median(a / b for a, b in zip(figures[name], figures["cold"], strict=True))
        print(f"{name + ' extract / cold':<34} {ratio:.2f}   (goal 0.2)")
    print(f"bilingual --help - bare typer      {1000 * (median['help'] - median['typer']):.0f} ms (goal 30)")
    if options.large:
        large(options.book)


def large(book: Path) -> None:
    """Ten different copies against one, each in one process: CPU and peak memory."""
    results: dict[tuple[str, int], list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        one, ten = Path(temporary, "one"), Path(temporary, "ten")
        for folder, copies in ((one, 1), (ten, 10)):
            folder.mkdir()
            project(folder, book, copies)
        for _ in range(3):
            for folder, copies in ((one, 1), (ten, 10)):
                reset(folder)
                results.setdefault(("extract", copies), []).append(child(RUN, "extract", cwd=folder))
                results.setdefault(("extract-warm", copies), []).append(child(RUN, "extract", cwd=folder))
                translate(folder)
                results.setdefault(("merge", copies), []).append(child(RUN, "merge", cwd=folder))
    for name in ("extract", "extract-warm", "merge"):
        single, tenfold = (statistics.median(each[0] for each in results[name, copies]) for copies in (1, 10))
        peak = max(each[1] for each in results[name, 10])
        print(f"{name + ': ten copies / one':<34} {tenfold / single:.1f}   (goal 11), peak {peak:.0f} MiB at 42 MB")


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    main()
