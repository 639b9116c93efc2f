"""Measure the translation memory: how fast pairs are taken, and how fast and how surely texts are found in a million.

Usage: BILINGUAL_SHARED=FOLDER python benchmarks/memory.py [--pairs 1000000] [--language zh]

The pairs are made of the texts of d2l-zh: all of them, and then clauses put together at random, as long as its texts
are, so that each clause stands in hundreds of texts. What is looked up are texts with 3 to 30 % of their characters
changed. A look-up is right if what it finds is as similar as the text that was changed, or more; of some, everything is
compared, and it is right if nothing is more similar. Times are CPU time, and in brackets by the clock.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from bilingual.catalog import Entry
from bilingual.language import language
from bilingual.markdown.dialect import dialect
from bilingual.markdown.parse import parse
from bilingual.memory import Memory
from bilingual.suggest import ranked, similarity
from changes import changed
from support import shared

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TRANSLATION = "This is translation number {}, about as long as most translations of a paragraph in a textbook are."


def texts_of_book(original: bool) -> list[str]:
    """Return the texts of the book, in Chinese or as they were in English."""
    found: dict[str, None] = {}
    for path in sorted((shared() / "corpora/d2l-zh").rglob("*.md")):
        if path.name.endswith("_origin.md") == original:
            document = parse(path.read_text("utf-8"), path=path.name, dialect=dialect("myst"))
            found.update(dict.fromkeys(segment.text for segment in document.segments))
    return list(found)


def recombined(texts: Sequence[str], count: int, *, spaced: bool) -> Iterator[str]:
    """Yield different texts: those of the book, then clauses of them at random."""
    chance = random.Random(20261127)
    cut = re.compile(r"(?<=[,.;:!?]) +" if spaced else "(?<=[，。；：！？])")
    clauses = [clause for text in texts for clause in cut.split(text) if clause]
    short = [clause for clause in clauses if len(clause) < (30 if spaced else 12)]
    lengths = [len(text) for text in texts]
    seen = set(texts)
    yield from texts[:count]
    made = len(texts)
    while made < count:
        wanted = chance.choice(lengths)
        parts: list[str] = []
        while sum(map(len, parts)) < wanted:
            parts.append(chance.choice(short if wanted < 30 else clauses))
        text = (" " if spaced else "").join(parts)
        if text not in seen:
            seen.add(text)
            made += 1
            yield text


def bare(folder: Path, texts: Sequence[str]) -> float:
    """Return the seconds that SQLite takes for the same rows with an index on the texts, and nothing else."""
    database = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    start = time.process_time()
    database.execute("CREATE TABLE pairs(source TEXT, target TEXT)")
    database.execute("CREATE INDEX sources ON pairs(source)")
    database.execute("BEGIN")
    rows = ((text, TRANSLATION.format(number)) for number, text in enumerate(texts))
    database.executemany("INSERT INTO pairs VALUES(?, ?)", rows)
    database.execute("COMMIT")
    database.close()
    return time.process_time() - start


def shown(seconds: Sequence[tuple[float, float]]) -> str:
    """Return the median and the 95th percentile of times."""
    cpu, clock = (sorted(each) for each in zip(*seconds, strict=True))
    late = int(len(cpu) * 0.95)
    return (
        f"median {statistics.median(cpu) * 1e3:.2f} ms ({statistics.median(clock) * 1e3:.2f}), "
        f"95 % within {cpu[late] * 1e3:.2f} ms ({clock[late] * 1e3:.2f})"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--pairs", type=int, default=1_000_000)
    parser.add_argument("--language", choices=("zh", "en"), default="zh")
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--compared", type=int, default=100, help="queries that everything is compared with")
    options = parser.parse_args()
    english = options.language == "en"
    source, target = (language(code) for code in (("en", "zh") if english else ("zh", "en")))
    texts = list(recombined(texts_of_book(english), options.pairs, spaced=english))
    print(f"{len(texts)} texts, {sum(map(len, texts)) / len(texts):.0f} characters on average")
    chance = random.Random(7)
    alphabet = "".join(texts[:200])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        memory = Memory(folder / "m.sqlite", "m")
        start, clock = time.process_time(), time.perf_counter()
        with memory:
            # Copies, since SQLite leaves its own form of each string with it, and the list keeps those.
            copies = (f"{text} "[:-1] for text in texts)
            entries = (Entry(text, TRANSLATION.format(number)) for number, text in enumerate(copies))
            memory.add(entries, source, target)
        cpu, clock = time.process_time() - start, time.perf_counter() - clock
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        memory.close()
        size = (folder / "m.sqlite").stat().st_size
        print(f"added: {len(texts) / cpu:,.0f} pairs/s ({len(texts) / clock:,.0f})")
        print(f"  {cpu / bare(folder, texts):.1f} times what SQLite takes for the rows with an index on the texts")
        print(f"file: {size / 1e6:.0f} MB; memory while adding: {grown / 1024:.0f} MiB more")

        memory = Memory(folder / "m.sqlite", "m")
        times = []
        for text in chance.sample(texts, min(options.queries, len(texts))):
            start, clock = time.process_time(), time.perf_counter()
            (match,) = memory.search(text, source, target)
            times.append((time.process_time() - start, time.perf_counter() - clock))
            assert match.msgid == text
        print(f"same text: {shown(times)}")
        times = []
        slow = right = asked = best = compared = 0
        exhaustive = 0.0
        for text in chance.sample(texts, min(options.queries, len(texts))):
            query = changed(text, chance, alphabet)
            least = similarity(query, text)
            if not least or query == text:
                continue
            start, clock = time.process_time(), time.perf_counter()
            found = memory.search(query, source, target)
            times.append((time.process_time() - start, time.perf_counter() - clock))
            score = found[0].score if found else 0.0
            asked += 1
            right += score >= least - 1e-9
            slow += times[-1][0] > 0.1
            if compared < options.compared:
                compared += 1
                start = time.process_time()
                ((most, _),) = ranked(query, texts)
                exhaustive += time.process_time() - start
                best += score >= most - 1e-9
        print(f"similar text: {shown(times)}; {slow} of {asked} took more than 100 ms")
        print(f"right: {right} of {asked}, {right / asked:.1%}")
        if compared:
            print(
                f"as good as comparing all: {best} of {compared}; comparing all takes "
                f"{exhaustive / compared / statistics.mean(cpu for cpu, _ in times):.0f} times as long"
            )
        memory.close()


if __name__ == "__main__":
    main()
