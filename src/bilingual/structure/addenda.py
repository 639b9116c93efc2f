"""Addenda: text that only the translation has, and the blocks of the source that it stands behind.

A file of addenda is Markdown. Each one begins with a line that names a block of the source by its permalink, then that
of the block before it, which is a help once the first one is gone, then the first words for those who read the file:

    <!-- bilingual:after r-5m2kq3zvya r-ejd4t6bw7c 每个词元都要变成一个向量 -->

    *Translator's note: “token” is a word or a part of one.*

`<!-- bilingual:start -->` stands for the beginning of the chapter. A file that `align` wrote begins with
`<!-- bilingual:aligned 5f0c1e2a -->`, a mark of the rest, so that it can be told whether a person changed it.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

from bilingual.diagnostics import Diagnostic, Place, Severity
from bilingual.markdown.document import grains
from bilingual.suggest import similarity
from bilingual.text import LINE_END, text_mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bilingual.markdown.document import Block, Document

_ID = r"r-[a-z2-7]{10}"
_MARK = re.compile(rf"<!-- bilingual:(?:start|after ({_ID})(?: ({_ID}))?(?: (.*?))?) ?-->[ \t]*")
_ALIGNED = re.compile(r"<!-- bilingual:aligned ([0-9a-f]{8}) -->[ \t]*")
_OPENS = "<!-- bilingual:"
#: Of so many equal blocks that went away the names are still understood.
_LOST = 8
#: How many characters of a block stand in the line that names it.
_WORDS = 40
_BLANKS = " \t"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A block of the source, as a file of addenda names it.

    Attributes:
        id: Its permalink.
        before: The permalink of the block before it; empty if there is none, or if nobody says.
        words: Its first words.
    """

    id: str
    before: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Addendum:
    r"""Text that only the translation has.

    Attributes:
        anchor: The block of the source that it stands behind; None for the beginning of the chapter.
        text: Its Markdown as it stands in the translation, lines joined by `\n`.
        path: The file that it is from.
        line: 1-based line of that file which names the block.
    """

    anchor: Anchor | None
    text: str
    path: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)


# --- names of blocks -------------------------------------------------------------------------------------------------


def identity(text: str, count: int) -> str:
    """Return `r-` and ten letters and digits; of a thousand rows two are alike once in two billion books."""
    digest = blake2b(f"{count}\0{text}".encode("utf-8", "surrogatepass"), digest_size=7).digest()
    return "r-" + base64.b32encode(digest).decode("ascii")[:10].lower()


def text_of(block: Block, document: Document) -> str:
    """Return what tells a block from others, whatever it stands in and however its lines are broken."""
    if block.pieces:
        return "\n".join(piece if isinstance(piece, str) else piece.text for piece in block.pieces)
    return "\n".join(line.strip(" \t>") for line in block.span.of(document.text).split("\n")).strip()


def first_words(text: str) -> str:
    """Return the beginning of a block's text, as it can stand in an HTML comment."""
    words = re.sub("-{2,}", "-", " ".join(text.split()))[:_WORDS]
    return words.replace("->", ">").strip(" -")


def addendum_anchors(document: Document) -> dict[int, Anchor]:
    """Return what an addendum behind a block of a source is to name, by the identity of the block.

    Blocks that rows are made of have names; for a list or a quote that of the last one in it counts.

    Args:
        document: The source.
    """
    found: dict[int, Anchor] = {}
    seen: Counter[str] = Counter()
    last = Anchor("")

    def walk(blocks: Sequence[Block]) -> None:
        nonlocal last
        for block in blocks:
            if not block.children or block.pieces:
                text = text_of(block, document)
                seen[text] += 1
                last = found[id(block)] = Anchor(identity(text, seen[text]), last.id, first_words(text))
            walk(block.children)
            found.setdefault(id(block), last)

    walk(document.blocks)
    return found


def addendum_anchor(document: Document, block: Block) -> Anchor:
    """Return what an addendum behind one block of a source is to name; for many, see `addendum_anchors`."""
    return addendum_anchors(document)[id(block)]


# --- files -----------------------------------------------------------------------------------------------------------


def marker(anchor: Anchor | None) -> str:
    """Return the line of a file of addenda that names a block, or the beginning of the chapter."""
    if anchor is None:
        return f"{_OPENS}start -->"
    return f"{_OPENS}after {' '.join(filter(None, (anchor.id, anchor.before, anchor.words)))} -->"


def write_addenda(addenda: Iterable[tuple[Anchor | None, str]], *, aligned: bool = False) -> str:
    r"""Return the file that holds addenda, in the given order; one without text is left out.

    Args:
        addenda: Anchors of blocks of the source, None for the beginning of the chapter, each with Markdown as it stands
            in the translation, with the marks of the lists and quotes around it.
        aligned: Whether the file is to say that `align` wrote it, for `are_untouched`.
    """
    parts = []
    for anchor, markdown in addenda:
        lines = _trimmed(LINE_END.split(markdown))
        if lines:
            # A line that looks like one of ours gets a second colon.
            told = [line.replace(_OPENS, f"{_OPENS}:", 1) if line.startswith(_OPENS) else line for line in lines]
            parts.append("\n".join([marker(anchor), "", *told]) + "\n")
    text = "\n".join(parts)
    return f"{_OPENS}aligned {text_mark(text.strip())} -->\n\n{text}" if aligned and text else text


def are_untouched(text: str) -> bool:
    """Return whether a file of addenda says that `align` wrote it, and nobody has changed it since."""
    head, _, rest = LINE_END.sub("\n", text.removeprefix("\ufeff")).partition("\n")
    match = _ALIGNED.fullmatch(head)
    return match is not None and match[1] == text_mark(rest.strip())


def read_addenda(text: str, path: str = "") -> tuple[tuple[Addendum, ...], tuple[Diagnostic, ...]]:
    """Return the addenda that a file holds, and what in it cannot be understood.

    What `write_addenda` wrote is read as it was.

    Args:
        text: The whole file.
        path: Where it is, for diagnostics.
    """
    found: list[Addendum] = []
    problems: list[Diagnostic] = []
    anchor: Anchor | None = None
    begun = 0
    lines: list[str] = []

    def end() -> None:
        body = _trimmed(lines)
        if body and begun:
            found.append(Addendum(anchor, "\n".join(body), path, begun))
        lines.clear()

    for number, line in enumerate(LINE_END.split(text.removeprefix("\ufeff")), 1):
        if number == 1 and _ALIGNED.fullmatch(line):
            continue
        if not line.startswith(_OPENS) or line.startswith(f"{_OPENS}:"):
            if not begun and line.strip(_BLANKS) and not problems:
                problems.append(_unread(path, number, line, "this text says nowhere which block it stands behind"))
            lines.append(line.replace(f"{_OPENS}:", _OPENS, 1) if line.startswith(_OPENS) else line)
            continue
        end()
        match = _MARK.fullmatch(line)
        begun = number if match is not None else 0
        if match is None:
            problems.append(_unread(path, number, line, "this line does not say which block its text stands behind"))
            continue
        anchor = None if match.group(1) is None else Anchor(match[1], match[2] or "", match[3] or "")
    end()
    return tuple(found), tuple(problems)


def _unread(path: str, line: int, excerpt: str, message: str) -> Diagnostic:
    hint = f"write {marker(Anchor('r-…'))} above it, with the permalink of the block, or {marker(None)}"
    place = Place(path, line)
    return Diagnostic("addendum-syntax", f"{message}, so it is left out", place, Severity.ERROR, excerpt, None, hint)


def _trimmed(lines: Sequence[str]) -> list[str]:
    """Return lines without empty ones at both ends."""
    found = list(lines)
    while found and not found[0].strip(_BLANKS):
        found.pop(0)
    while found and not found[-1].strip(_BLANKS):
        found.pop()
    return found


# --- places ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """Where an addendum belongs.

    Attributes:
        place: The number of the block of the source that it stands behind, -1 for the beginning of the chapter.
        anchor: What names that block now; None for the beginning.
        sure: Whether it is the block that the addendum names.
    """

    place: int
    anchor: Anchor | None
    sure: bool = True


def located(addenda: Sequence[Addendum], document: Document) -> list[Found]:
    """Return where addenda belong in a source that may have changed since they were written.

    A block that is gone is looked for by its first words, at first behind the one that stood before it; then that one
    counts, and then the place of the addendum above in the file.

    Args:
        addenda: The addenda of a chapter.
        document: Its source.
    """
    index = _Index(document)
    found: list[Found] = []
    for each in addenda:
        if each.anchor is None:
            found.append(Found(-1, None))
            continue
        place = index.exact(each.anchor)
        sure = place is not None
        if place is None:
            place = index.likely(each.anchor)
        if place is None:
            place = found[-1].place if found else len(index.anchors) - 1
        found.append(Found(place, index.anchors[place] if place >= 0 else None, sure))
    return found


class _Index:
    """The blocks of a source by their names."""

    def __init__(self, document: Document) -> None:
        names = addendum_anchors(document)
        blocks = list(grains(document.blocks))
        self.anchors = [names[id(block)] for block in blocks]
        self.places = {anchor.id: place for place, anchor in enumerate(self.anchors)}
        self.texts = [text_of(block, document) for block in blocks]
        self.equal: dict[str, list[int]] = {}
        for place, text in enumerate(self.texts):
            self.equal.setdefault(text, []).append(place)

    def exact(self, anchor: Anchor) -> int | None:
        """Return the block that is named; of equal ones, if some came or went, the one behind the same block."""
        place = self.places.get(anchor.id)
        if place is not None and (not anchor.before or self.anchors[place].before == anchor.before):
            return place
        alike = self.alike(anchor.id) if place is None else self.equal[self.texts[place]]
        return next((other for other in alike if self.anchors[other].before == anchor.before), place)

    def alike(self, name: str) -> Sequence[int]:
        """Return the blocks of the text that a name stands for of which there were more."""
        for text, places in self.equal.items():
            if any(identity(text, len(places) + more) == name for more in range(1, _LOST + 1)):
                return places
        return ()

    def likely(self, anchor: Anchor) -> int | None:
        """Return the block that the named one seems to have become, or the one that stood before it."""
        before = self.places.get(anchor.before)
        if not anchor.words:
            return before
        behind = before + 1 if before is not None else 0
        if behind < len(self.anchors) and similarity(anchor.words, self.anchors[behind].words):
            return behind
        scores = [(similarity(anchor.words, each.words), -place) for place, each in enumerate(self.anchors)]
        score, place = max(scores, default=(0.0, 0))
        return -place if score else before
