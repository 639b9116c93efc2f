"""Measure updates of catalogs beside GNU msgmerge, and reading and writing beside polib, each pair in one run.

Usage: python benchmarks/updates.py BOOK [--rounds 3]

BOOK is a folder of Markdown, such as d2l-zh. Figures are CPU time; of several rounds, the median ratio.
"""

from __future__ import annotations

import argparse
import os
import random
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

import polib

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from bilingual import config, project
from bilingual.catalog import Catalog, Entry, read, read_bytes, write
from bilingual.language import HAN
from bilingual.markdown.parse import parse
from bilingual.update import update
from changes import MARK, change, pseudo_translate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

HEADER = (("Content-Type", "text/plain; charset=UTF-8"), ("Language", "en"))


def cpu(work: Callable[[], object]) -> float:
    """Seconds of CPU that `work` takes in this process."""
    start = time.process_time()
    work()
    return time.process_time() - start


def msgmerge(old: Path, new: Path, out: Path) -> float:
    """Run GNU msgmerge in one thread and return its seconds of CPU."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = ["msgmerge", "--quiet", "--no-wrap", "-o", str(out), str(old), str(new)]
    subprocess.run(command, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def save(path: Path, entries: Iterable[Entry]) -> Path:
    """Write a catalog of `entries`."""
    path.write_text(write(Catalog(tuple(entries), HEADER)), "utf-8")
    return path


def updated(old: Path, new: Path, out: Path) -> None:
    """Do what msgmerge does."""
    before, fresh = (read(path.read_text("utf-8")) for path in (old, new))
    out.write_text(write(update(before, fresh)[0]), "utf-8")


# --- a real book --------------------------------------------------------------------------------------------------


def joined(locale: Path) -> list[Entry]:
    """All live entries of a project's catalogs, each msgid once."""
    found: dict[str, Entry] = {}
    for path in sorted(locale.rglob("*.po")):
        for entry in read_bytes(path.read_bytes(), path.name).entries:
            if not entry.obsolete:
                found.setdefault(entry.msgid, entry)
    return list(found.values())


def score(entries: Iterable[Entry], edited: dict[str, str], marks: dict[str, set[str]]) -> str:
    """Say how many edited paragraphs have their own old translation as fuzzy, and how many another one."""
    count = right = wrong = 0
    for entry in entries:
        old = edited.get(entry.msgid)
        if old is not None and not entry.obsolete:
            found = set(MARK.findall(entry.msgstr))
            count += 1
            right += entry.fuzzy and bool(found & marks[old])
            wrong += bool(found - marks[old])
    return f"{right} of {count} edited paragraphs right ({right / count:.1%}), {wrong} wrong ({wrong / count:.1%})"


def real_book(folder: Path, book: Path) -> None:
    """Translate a book, change it by the pinned script, and update it."""
    source = folder / "content/zh"
    shutil.copytree(
        book, source, ignore=lambda _, names: [each for each in names if "." in each[1:] and not each.endswith(".md")]
    )
    (folder / "bilingual.toml").write_text('source = "zh"\ntargets = ["en"]\n')
    loaded = config.load(folder / "bilingual.toml")
    project.extract(loaded)
    marks = pseudo_translate(folder / "locale")
    old = save(folder / "old.po", joined(folder / "locale"))
    changes = change(source, loaded.dialect)
    seconds = cpu(lambda: project.extract(loaded))
    after = [e for path in (folder / "locale").rglob("*.po") for e in read_bytes(path.read_bytes(), path.name).entries]
    there = {mark for entry in after for mark in MARK.findall(entry.msgstr)}
    lost = {mark for each in marks.values() for mark in each} - there
    again = project.extract(loaded)
    print(
        f"real book: {score(after, changes.edited, marks)}; {len(lost)} translations lost; "
        f"{len(again.files)} files written by a second update; {seconds:.1f} s with parsing"
    )
    new = save(
        folder / "new.pot", (replace(each, msgstr="", flags=(), previous=None) for each in joined(folder / "locale"))
    )
    seconds = msgmerge(old, new, folder / "out.po")
    theirs = read((folder / "out.po").read_text("utf-8")).entries
    print(f"  msgmerge, all chapters in one catalog: {score(theirs, changes.edited, marks)}; {seconds:.1f} s")


# --- ten thousand changed entries -----------------------------------------------------------------------------------


def shifted(text: str, by: int) -> str:
    """Replace each Han character by another one."""
    return HAN.sub(lambda match: chr(0x4E00 + (ord(match.group()) - 0x4E00 + by) % 20000), text)


def texts_of(book: Path, count: int) -> list[str]:
    """Return `count` different texts of a book; beyond its length, with other characters."""
    found: dict[str, None] = {}
    for path in sorted(book.rglob("*.md")):
        for segment in parse(path.read_bytes().decode()).segments:
            if len(HAN.findall(segment.text)) > 3:
                found.setdefault(segment.text)
    texts = list(found)
    copies = -(-count // len(texts))
    return list(dict.fromkeys(shifted(text, 777 * copy) for copy in range(copies) for text in texts))[:count]


def changed(text: str, alphabet: Sequence[str], rng: random.Random) -> str:
    """Replace 3-30 % of the characters of a text."""
    chars = list(text)
    for place in rng.sample(range(len(chars)), max(1, round(len(chars) * rng.uniform(0.03, 0.3)))):
        chars[place] = rng.choice(alphabet)
    return "".join(chars)


def many_changes(folder: Path, book: Path, rounds: int) -> None:
    """Update 10,000 entries all of which changed: in order, shuffled, and with a tenth inserted, deleted and moved."""
    rng = random.Random(7)
    texts = texts_of(book, 11000)
    alphabet = sorted({char for text in texts[:2000] for char in HAN.findall(text)})
    pairs = [(f"T{number} ", text, changed(text, alphabet, rng)) for number, text in enumerate(texts[:10000])]
    old = save(folder / "old.po", (Entry(text, mark + text) for mark, text, _ in pairs))
    right = {new: mark for mark, _, new in pairs}
    order = [new for _, _, new in pairs]
    shuffled = rng.sample(order, len(order))
    mixed = [new for new in order if rng.random() > 0.1]
    for _ in range(1000):
        mixed.insert(rng.randrange(len(mixed)), mixed.pop(rng.randrange(len(mixed))))
    for text in texts[10000:]:
        mixed.insert(rng.randrange(len(mixed)), text)
    cases = {"in order": order, "shuffled": shuffled, "a tenth inserted, deleted, moved": mixed}
    for name, news in cases.items():
        template = save(folder / "new.pot", map(Entry, dict.fromkeys(news)))
        ratios = []
        for _ in range(rounds):
            theirs = msgmerge(old, template, folder / "out.po")
            ours = cpu(lambda new=template: updated(old, new, folder / "ours.po"))  # type: ignore[misc]
            ratios.append(ours / theirs)
        found = {}
        for tool, path in (("ours", "ours.po"), ("msgmerge", "out.po")):
            entries = read((folder / path).read_text("utf-8")).entries
            found[tool] = sum(e.msgstr.startswith(right.get(e.msgid, "?")) for e in entries if not e.obsolete)
        total = sum(new in right for new in dict.fromkeys(news))
        shares = ", ".join(f"{tool} {count / total:.1%}" for tool, count in found.items())
        print(f"10,000 entries, {name}: {statistics.median(ratios):.2f} x msgmerge's CPU; right: {shares}")


# --- reading and writing --------------------------------------------------------------------------------------------


def reading_and_writing(folder: Path, book: Path, rounds: int) -> None:
    """Load and save 50,000 entries, beside polib."""
    path = save(
        folder / "big.po",
        (
            Entry(
                text,
                "T " + text,
                references=(f"content/zh/ch{number % 100}.md",),
                extracted="type: paragraph\nin: 第一章 › 二",
                flags=("fuzzy",) if number % 5 == 0 else (),
                previous=text[:-1] if number % 5 == 0 else None,
                comment="" if number % 10 else "译注",
            )
            for number, text in enumerate(texts_of(book, 50000))
        ),
    )
    ratios = []
    for _ in range(rounds):
        ours = cpu(lambda: (folder / "a.po").write_text(write(read(path.read_text("utf-8"))), "utf-8"))
        theirs = cpu(lambda: polib.pofile(str(path), wrapwidth=0).save(str(folder / "b.po")))
        ratios.append(ours / theirs)
    print(f"50,000 entries, load and save: {statistics.median(ratios):.2f} x polib's CPU")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("book", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        real_book(Path(temporary), options.book)
    with tempfile.TemporaryDirectory() as temporary:
        many_changes(Path(temporary), options.book, options.rounds)
        reading_and_writing(Path(temporary), options.book, options.rounds)


if __name__ == "__main__":
    main()
