"""Measure terminology extraction: how many of the first candidates are known terms, and how many translations right.

Usage: BILINGUAL_SHARED=FOLDER python benchmarks/terms.py

FOLDER has Dive into Deep Learning with its table of terms; the sample book has a glossary. With --show, what is found
is there to be read.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from bilingual.language import language
from bilingual.terms import extract

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from terminology import deep_learning, found, reversed_sides, rightly, sample

_RANKS = (100, 200, 400)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    for title, (passages, table), codes in (
        ("Dive into Deep Learning", deep_learning(), ("zh", "en")),
        ("the same, from English", reversed_sides(*deep_learning()), ("en", "zh")),
        ("the sample book", sample(), ("zh", "en")),
        ("the same, from English", reversed_sides(*sample()), ("en", "zh")),
    ):
        source, target = map(language, codes)
        start = time.process_time()
        candidates = extract(passages, source, target, limit=_RANKS[-1])
        seconds = time.process_time() - start
        text = "\n".join(passage.source.lower() for passage in passages)
        often = [term for term in table if text.count(term.lower()) >= 3]
        print(f"{title}: {len(passages)} passages, {sum(bool(each.target) for each in passages)} translated")
        print(f"  {len(table)} terms in the table, {len(often)} of them three times or more; {seconds:.1f} s")
        for rank in _RANKS:
            print(f"  of the first {rank}: {len(found(candidates[:rank], table))} in the table")
        known = found(candidates, table)
        right = rightly(known, table)
        print(f"  translations: {len(right)} of {len(known)} as in the table")
        if options.show:
            marks = Counter(each.source for each in known)
            print("  " + " ".join(each.source + "*" * marks[each.source] for each in candidates[:100]))
            for each in known:
                if each not in right:
                    print(f"  - {each.source}: {[(best.text, round(best.share, 2)) for best in each.proposals]}")


if __name__ == "__main__":
    main()
