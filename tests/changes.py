"""What authors do to a book, by a pinned script: paragraphs edited, sections moved, files renamed and deleted."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bilingual.catalog import read_bytes, write
from bilingual.language import HAN
from bilingual.markdown.document import Kind
from bilingual.markdown.inline import Inline
from bilingual.markdown.parse import parse
from bilingual.text import Edit, substitute

if TYPE_CHECKING:
    from pathlib import Path

    from bilingual.markdown.dialect import Dialect
    from bilingual.markdown.document import Segment

#: What tells translations apart that would read the same otherwise.
MARK = re.compile(r"⟦\d+⟧")
_SECTION = re.compile(r"^## .*?(?=^##? |\Z)", re.MULTILINE | re.DOTALL)
_PROSE = (Kind.PARAGRAPH, Kind.LIST_ITEM, Kind.QUOTE)
_CLAUSES = ("此外，", "一般来说，", "需要说明的是，", "在实践中，", "同样地，")


@dataclass
class Changes:
    """What was done: the paragraphs that were edited by their new text, and how many of each other kind."""

    edited: dict[str, str] = field(default_factory=dict)
    moved: int = 0
    renamed: int = 0
    deleted: int = 0


def changed(text: str, chance: random.Random, alphabet: str) -> str:
    """A text with 3 to 30 % of its characters changed, removed or added."""
    made = list(text)
    for _ in range(max(1, round(len(made) * chance.uniform(0.03, 0.3)))):
        place = chance.randrange(len(made))
        kind = chance.random()
        if kind < 0.4:
            made[place] = chance.choice(alphabet)
        elif kind < 0.7 and len(made) > 1:
            del made[place]
        else:
            made.insert(place, chance.choice(alphabet))
    return "".join(made)


def change(folder: Path, dialect: Dialect, seed: int = 20260101) -> Changes:
    """Edit 10 % of the paragraphs of a book, move 20 sections, rename 10 files, delete 5; the same every time."""
    rng = random.Random(seed)
    done = Changes()
    files = sorted(folder.rglob("*.md"))
    texts = {path: path.read_bytes().decode() for path in files}
    taken = {segment.text for text in texts.values() for segment in parse(text, dialect=dialect).segments}
    alphabet = sorted({char for text in texts.values() for char in HAN.findall(text)})
    for path in files:
        edits = []
        document = parse(texts[path], dialect=dialect)
        for segment in document.segments:
            if segment.kind in _PROSE and HAN.search(segment.text) and rng.random() < 0.1:
                new = _edited(segment, dialect, alphabet, rng)
                if new not in taken:
                    taken.add(new)
                    done.edited[new] = segment.text
                    edits.append(Edit(segment.span, new))
        texts[path] = substitute(texts[path], edits)
    for path in rng.sample(files, 5):
        del texts[path]
        path.unlink()
        done.deleted += 1
    for index in range(20):
        _move(texts, rng, elsewhere=index % 2 == 1)
        done.moved += 1
    for path in rng.sample(sorted(texts), 10):
        new_path = path.with_name(f"new-{path.name}")
        texts[new_path] = texts.pop(path)
        path.unlink()
        done.renamed += 1
    for path, text in texts.items():
        path.write_bytes(text.encode())
    return done


def _edited(segment: Segment, dialect: Dialect, alphabet: list[str], rng: random.Random) -> str:
    """Change a paragraph as authors do: a typo, a new clause, a clause less, or up to 30 % of its characters."""
    text = segment.text.replace("\n", " ")
    kept = [False] * len(text)
    for atom in Inline(text, dialect).atoms():
        kept[atom.span.start : atom.span.end] = [True] * (atom.span.end - atom.span.start)
    places = [place for place, char in enumerate(text) if HAN.match(char) and not kept[place]]
    how = rng.random()
    if not places or how > 0.85:
        return rng.choice(_CLAUSES) + text
    chars = list(text)
    if how > 0.7:
        start = rng.choice(places)
        for place in range(start, min(len(text), start + max(1, len(text) // 6))):
            if not kept[place] and (HAN.match(text[place]) or text[place] in "，。；"):
                chars[place] = ""
    else:
        share = 0.0 if how < 0.45 else rng.uniform(0.03, 0.3)
        for place in rng.sample(places, max(1, int(len(places) * share))):
            chars[place] = rng.choice(alphabet)
    return "".join(chars) if "".join(chars).strip() else text + "了"


def _move(texts: dict[Path, str], rng: random.Random, *, elsewhere: bool) -> None:
    while True:
        source = rng.choice(sorted(texts))
        sections = list(_SECTION.finditer(texts[source]))
        if len(sections) < 3:
            continue
        section = rng.choice(sections)
        text = section.group().rstrip("\n") + "\n\n"
        rest = texts[source][: section.start()] + texts[source][section.end() :]
        target = rng.choice(sorted(texts.keys() - {source})) if elsewhere else source
        into = texts[target] if elsewhere else rest
        places = [match.start() for match in _SECTION.finditer(into)]
        if not places:
            continue
        place = rng.choice(places)
        if not elsewhere and place == section.start():
            continue
        texts[source] = rest
        texts[target] = into[:place] + text + into[place:]
        return


def pseudo_translate(locale: Path) -> dict[str, set[str]]:
    """Fill every entry with a translation of its own; return the marks of each msgid's translations."""
    marks: dict[str, set[str]] = {}
    number = 0
    for path in sorted(locale.rglob("*.po")):
        catalog = read_bytes(path.read_bytes(), path.name)
        entries = []
        for entry in catalog.entries:
            number += 1
            mark = f"⟦{number}⟧"
            marks.setdefault(entry.msgid, set()).add(mark)
            entries.append(replace(entry, msgstr=mark + HAN.sub("译", entry.msgid)))
        path.write_bytes(write(replace(catalog, entries=tuple(entries))).encode())
    return marks
