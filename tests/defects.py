"""Defects of translations, put into correct ones by a pinned script, one at a time."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bilingual.catalog import Entry
from bilingual.check import Pair, pairs
from bilingual.language import HAN
from bilingual.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LETTERS = "abcdefghijkmnpqrstuvwxyz"


def _at(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _math(pair: Pair, rng: random.Random) -> str | None:
    found = [atom for atom in pair.target.atoms if atom.kind == "math" and not atom.content.strip("$").isdigit()]
    if not found:
        return None
    atom = rng.choice(found)
    inner = atom.content[1:-1]
    how = rng.randrange(3)
    if how == 0:
        return _at(pair.target.text, atom.span.start, atom.span.end, "")
    letters = [match.start() for match in re.finditer(r"(?<![\\A-Za-z])[A-Za-z](?![A-Za-z])", inner)]
    if how == 1 and letters:
        place = rng.choice(letters)
        other = rng.choice([char for char in _LETTERS if char != inner[place]])
        return _at(pair.target.text, atom.span.start, atom.span.end, f"${_at(inner, place, place + 1, other)}$")
    return _at(pair.target.text, atom.span.start, atom.span.end, f"${inner}+1$")


def _code(pair: Pair, rng: random.Random) -> str | None:
    found = [atom for atom in pair.target.atoms if atom.kind == "code" and len(atom.content) > 4]
    if not found:
        return None
    atom = rng.choice(found)
    if pair.target.text.count(atom.content.strip("`")) > 1:
        return None
    place = rng.randrange(atom.span.start + 1, atom.span.end - 1)
    return None if not pair.target.text[place].isalpha() else _at(pair.target.text, place, place + 1, "")


def _link(pair: Pair, rng: random.Random) -> str | None:
    found = [atom for atom in pair.target.atoms if atom.kind == "link" and "/" in atom.content.split("#")[0]]
    if not found:
        return None
    atom = rng.choice(found)
    address = atom.content.split("#")[0].rstrip(">")
    cut = rng.choice([1, 2, 3])
    return pair.target.text.replace(address, address.rstrip("/")[:-cut] + "/x", 1)


def _structure(pair: Pair, rng: random.Random) -> str | None:
    if pair.segment.kind.value not in ("paragraph", "list item", "quote"):
        return None
    return rng.choice(["- ", "# ", "> ", "1. ", "## ", "* "]) + pair.target.text


def _han(pair: Pair, rng: random.Random) -> str | None:
    if not pair.into_latin:
        return None
    clauses = [each for each in re.split(r"[，。；、：（）“”《》\s]", pair.source.prose) if len(HAN.findall(each)) > 2]
    words = [match.start() for match in re.finditer(r"(?<=[a-z]) (?=[a-z])", pair.target.prose)]
    words = [place for place in words if pair.target.prose[:place].count("(") == pair.target.prose[:place].count(")")]
    if not clauses or not words or any(mark in pair.target.text for mark in "“\"'‘’["):
        return None
    place = rng.choice(words)
    return _at(pair.target.text, place, place, " " + rng.choice(clauses))


def _strong(pair: Pair, rng: random.Random) -> Pair | None:
    """Set a word of the source in bold that the translation has not."""
    if "*" in pair.source.text + pair.target.text or "_" in pair.source.text:
        return None
    words = list(re.finditer(r"(?<![\w$])[A-Za-z]{4,}(?![\w$])|[\u4e00-\u9fff]{4}", pair.source.prose))
    if not words:
        return None
    word = rng.choice(words)
    text = _at(pair.source.text, *word.span(), f"**{word.group()}**")
    segment = replace(pair.segment, text=text)
    unit = Unit(segment, Entry(text, pair.target.text), pair.unit.path)
    sides = pair.source, pair.target
    (made,) = pairs(pair.document, [unit], sides[0].dialect, sides[0].language, sides[1].language)
    return made


def _number(pair: Pair, rng: random.Random) -> str | None:
    found = list(re.finditer(r"(?<![\w.,-])\d+(?![\w.,-])", pair.target.prose))
    if not found:
        return None
    match = rng.choice(found)
    other = str(int(match.group()) + rng.choice([1, 2, 5, 10, 100]))
    return _at(pair.target.text, *match.span(), other)


def _bracket(pair: Pair, rng: random.Random) -> str | None:
    found = list(re.finditer(r"[()（）“”《》]", pair.target.prose))
    if not found:
        return None
    match = rng.choice(found)
    return _at(pair.target.text, *match.span(), "")


def _end(pair: Pair, _rng: random.Random) -> str | None:
    text = pair.target.text
    if pair.segment.kind.value not in ("paragraph", "list item", "quote") or text[-1:] not in ".。?？!！":
        return None
    return text[:-1]


#: By kind: the codes that count as found, the share that must be, and what makes the defect.
_MAKERS: dict[str, tuple[set[str], float, Callable[[Pair, random.Random], str | Pair | None]]] = {
    "math": ({"math-changed", "math-broken"}, 0.95, _math),
    "code": ({"code-changed", "code-translated"}, 0.95, _code),
    "link": ({"link-changed", "image-changed"}, 0.95, _link),
    "structure": ({"structure-changed"}, 0.95, _structure),
    "han left": ({"han-left"}, 0.95, _han),
    "strong": ({"emphasis-changed", "emphasis-literal"}, 0.95, _strong),
    "number": ({"numbers-changed", "numbers-scaled"}, 0.85, _number),
    "bracket": ({"brackets-unbalanced"}, 0.85, _bracket),
    "end": ({"end-punctuation-changed"}, 0.85, _end),
}
DEFECTS = {kind: (codes, least) for kind, (codes, least, _) in _MAKERS.items()}


def inject(kind: str, clean: Sequence[Pair], count: int, seed: int = 20260101) -> list[Pair]:
    """Return up to `count` pairs with one defect each; a pair may come up several times with different ones."""
    rng = random.Random(seed)
    make = _MAKERS[kind][2]
    made: dict[tuple[str, str], Pair] = {}
    for _ in range(12):
        for pair in clean:
            broken = make(pair, rng)
            if isinstance(broken, str) and broken != pair.target.text and broken.strip():
                broken = pair.translated(broken)
            if isinstance(broken, Pair):
                made.setdefault((broken.source.text, broken.target.text), broken)
    chosen = list(made.values())
    rng.shuffle(chosen)
    return chosen[:count]
