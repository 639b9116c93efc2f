"""Measure the aligner: how fast it is, how much memory it takes, and how it does on long texts.

Usage: BILINGUAL_SHARED=FOLDER python benchmarks/align.py [BLOCKS]

FOLDER has the gold alignments. How well documents are aligned that the weights were not trained on is what
`tools/train_aligner.py` prints; F1 here is that of the trained documents one behind the other: does length cost
accuracy. Time is CPU time of one core; each figure is also given as a ratio to a parse of the source in the same run.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

from bilingual.align.documents import pairs
from bilingual.align.evidence import Sort, Text
from bilingual.align.lexicon import lexicon
from bilingual.language import language
from bilingual.markdown.dialect import dialect
from bilingual.markdown.parse import parse

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from gold import SORTS
from support import shared

Beads = set[tuple[tuple[int, ...], tuple[int, ...]]]


def documents(limit: int, *, one: bool) -> tuple[list[Text], list[Text], Beads, str]:
    """Return documents one behind the other, or one again and again, until there are enough blocks."""
    paths = sorted((shared() / "gold/dev").glob("*.json"))
    sides: tuple[list[Text], list[Text]] = ([], [])
    beads: Beads = set()
    markdown = []
    turn = 0
    while len(sides[0]) < limit:
        path = paths[0 if one else turn % len(paths)]
        turn += 1
        data = json.loads(path.read_bytes())
        before = len(sides[0]), len(sides[1])
        for ours, theirs in data["gold"]:
            if ours and theirs:
                beads.add((tuple(n + before[0] for n in ours), tuple(n + before[1] for n in theirs)))
        for number, name in enumerate(("zh", "en")):
            sides[number].extend(Text(each["text"], Sort(SORTS[each["type"]]), each["level"]) for each in data[name])
        markdown.append(path.with_suffix(".zh.md").read_text("utf-8"))
    return *sides, beads, "\n\n".join(markdown)


def run(title: str, limit: int, *, one: bool, lexical: bool) -> None:
    """Align long texts, and print what that took."""
    source, target, beads, markdown = documents(limit, one=one)
    start = time.process_time()
    parse(markdown, path="all.md", dialect=dialect("myst"))
    bare = time.process_time() - start
    start = time.process_time()
    links = pairs(source, target, language("zh"), language("en"), lexical=lexical)
    took = time.process_time() - start
    found = {(each.source, each.target) for each in links}
    f1 = 2 * len(found & beads) / (len(found) + len(beads))
    rate = (len(source) + len(target)) / took
    print(
        f"{title:40} {len(source):6} x {len(target):6}  {took:6.1f} s  {rate:6.0f} blocks/s  "
        f"{took / bare:5.1f} parses  F1 {f1:.3f}"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("blocks", type=int, nargs="?", default=20_000)
    options = parser.parse_args()
    lexicon()  # makes its cache
    code = """
import time
from bilingual.align.lexicon import lexicon
start = time.perf_counter()
lexicon()
print(time.perf_counter() - start)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    print(f"lexicon from its cache: {float(done.stdout):.2f} s (goal 0.3)")
    for limit in (options.blocks // 100, options.blocks // 10, options.blocks):
        run("32 documents, with the lexicon", limit, one=False, lexical=True)
    run("32 documents, without", options.blocks, one=False, lexical=False)
    run("one document again and again", options.blocks, one=True, lexical=True)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB (goal 1024)")


if __name__ == "__main__":
    main()
