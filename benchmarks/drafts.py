"""Measure what damaged answers cost: a provider that damages every answer, and what becomes of 10,000 drafts.

Usage: python benchmarks/drafts.py [--texts 10000]

Every text has formulas, code, links, tags or placeholders; one of five is a caption in HTML, which is no Markdown. The
number of drafts that have others than their text must be 0.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from bilingual.catalog import read_bytes
from bilingual.config import load
from bilingual.project import extract
from bilingual.project.translating import translate
from book import CONFIG, PO, make
from damage import DAMAGED, formulas, text_to_damage


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--texts", type=int, default=10_000)
    options = parser.parse_args()
    chance = random.Random(20261127)
    body = "\n\n".join(text_to_damage(chance, number) for number in range(options.texts)) + "\n"
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        table = f'[provider.command]\ncommand = ["{sys.executable}", "provider.py"]\nentries = 250\nconcurrency = 2\n'
        make(root, {"content/zh/a.md": body, "provider.py": DAMAGED}, CONFIG + table)
        config = load(root / "bilingual.toml")
        extract(config)
        start = time.process_time()
        result = translate(config, "command")
        seconds = time.process_time() - start
        entries = read_bytes((root / PO).read_bytes(), PO).entries
    filled = [entry for entry in entries if entry.msgstr]
    damaged = sum(formulas(entry.msgid) != formulas(entry.msgstr) for entry in filled)
    refused = sum(each.code == "draft-broken" for each in result.diagnostics)
    assert len(filled) + refused == len(entries) == options.texts
    kept = sum(formulas(entry.msgid).total() for entry in filled)
    print(f"{len(entries)} texts: {len(filled)} drafted, {refused} refused with a reason")
    print(f"{kept} formulas, code spans, links, tags and placeholders in the drafts; damaged drafts: {damaged}")
    print(f"{seconds / options.texts * 1e3:.2f} ms of CPU a text")


if __name__ == "__main__":
    main()
