"""A translation that nobody had to write: English words in the place of Chinese ones, all markup as it was."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bilingual.catalog import read_bytes, write
from bilingual.markdown.inline import Inline

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bilingual.markdown.dialect import Dialect

_WORDS = (
    "the model of a network and its data we use to train here for every layer with one more step than before".split()
)
_START = re.compile(r"(?:^|(?<=[.?!] ))[a-z](?=[a-z]*[ ,])")
_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
#: Full-width signs, and what an English text has in their place.
_SIGNS = str.maketrans(
    {"，": ", ", "、": ", ", "。": ". ", "：": ": ", "；": "; ", "？": "? ", "！": "! ", "（": " (", "）": ") "}
    | {"“": '"', "”": '"', "《": "“", "》": "”", "…": "..."}
)


def english(text: str, dialect: Dialect) -> str:
    """Return `text` with a word for each two Chinese characters; formulas, code, links and tags stay as they are."""
    parts = []
    position = 0
    for atom in Inline(text, dialect).atoms():
        parts += [_prose(text[position : atom.span.start]), text[atom.span.start : atom.span.end]]
        position = atom.span.end
    made = re.sub(r" {2,}", " ", "".join([*parts, _prose(text[position:])])).strip()
    return _START.sub(lambda match: match.group().upper(), made)


def _prose(text: str) -> str:
    return _RUN.sub(_words, text).translate(_SIGNS)


def _words(match: re.Match[str]) -> str:
    return " ".join(_WORDS[ord(char) % len(_WORDS)] for char in match.group()[::2])


def fill(locale: Path, dialect: Dialect, texts: Mapping[str, str] | None = None) -> None:
    """Translate every live entry of the catalogs below a folder: as `texts` has it, else by `english`."""
    known = texts or {}
    for path in sorted(locale.rglob("*.po")):
        catalog = read_bytes(path.read_bytes(), path.name)
        entries = tuple(
            entry if entry.obsolete else replace(entry, msgstr=known.get(entry.msgid) or english(entry.msgid, dialect))
            for entry in catalog.entries
        )
        path.write_bytes(write(replace(catalog, entries=entries)).encode())
