"""Measure the checks: what fires on published translations, which defects are found, and how fast.

Usage: BILINGUAL_SHARED=FOLDER python benchmarks/checks.py

FOLDER has the gold alignments. What fires is for reading, pair by pair, with --show CODE; time is CPU time of one core,
as a ratio to the inline parse of both sides in the same run, and in seconds for 50,000 pairs.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from bilingual.check import Pair, Project, Selection, Side, in_pairs
from bilingual.markdown.inline import Inline

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from defects import DEFECTS, inject
from gold import gold_pairs


def fresh(pair: Pair) -> Pair:
    """Return a pair of which nothing is known yet."""
    sides = [
        Side(each.text, each.language, each.dialect, each.references, markup=each.markup)
        for each in (pair.source, pair.target)
    ]
    return Pair(pair.unit, sides[0], sides[1], pair.document)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--show", metavar="CODE", default="")
    options = parser.parse_args()
    clean: list[Pair] = []
    for into in ("en", "zh"):
        every = gold_pairs(into)
        found = in_pairs(every, Selection(), Project())
        counts = Counter(code for _, code in {(index, each.code) for index, each in found})
        print(f"into {into}, {len(every)} pairs:")
        for code, count in counts.most_common():
            print(f"  {code:26} {count:4}  {count / len(every):.2%}")
        for index, each in found:
            if each.code == options.show:
                print(f"- {each.message}\n  {every[index].source.text}\n  {every[index].target.text}")
        bad = {index for index, _ in found}
        clean.extend(pair for index, pair in enumerate(every) if index not in bad)
    for kind, (codes, least) in DEFECTS.items():
        broken = inject(kind, clean, 400)
        seen = {index for index, each in in_pairs(broken, Selection(), Project()) if each.code in codes}
        print(f"{kind:10} {len(seen)} of {len(broken)} found, {len(seen) / len(broken):.1%} (goal {least:.0%})")
    pairs = [fresh(pair) for pair in (*gold_pairs("en"), *gold_pairs("zh")) for _ in range(4)]
    start = time.process_time()
    for pair in pairs:
        for side in (pair.source, pair.target):
            Inline(side.text, side.dialect, side.references)
    middle = time.process_time()
    in_pairs(pairs, Selection(), Project())
    end = time.process_time()
    seconds = (end - middle) / len(pairs) * 50_000
    print(
        f"checks / inline parse of both sides: {(end - middle) / (middle - start):.2f}; 50,000 pairs: {seconds:.1f} s"
    )


if __name__ == "__main__":
    main()
