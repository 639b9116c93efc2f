"""How far a translation is: entries and amounts of text by state, per chapter; as a table, Markdown, or a badge."""

from __future__ import annotations

import html
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bilingual.catalog import State
from bilingual.language import HAN, count
from bilingual.markdown.document import BlockKind
from bilingual.markdown.inline import prose
from bilingual.unit import entry_states, units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bilingual.catalog import Catalog
    from bilingual.language import Language
    from bilingual.markdown.dialect import Dialect
    from bilingual.markdown.document import Document, Segment

#: The groups that a reader of a status thinks in, with the states they hold.
GROUPS: dict[str, tuple[State, ...]] = {
    "translated": (State.TRANSLATED, State.REVIEWED),
    "fuzzy": (State.STALE, State.DRAFT),
    "missing": (State.MISSING,),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """Entries by state, and the amount of source text in them: Han characters plus words, or words alone."""

    entries: Counter[State] = field(default_factory=Counter)
    amount: Counter[State] = field(default_factory=Counter)

    def __add__(self, other: Tally) -> Tally:
        """Return the sums."""
        return Tally(self.entries + other.entries, self.amount + other.amount)

    def entries_in(self, group: str) -> int:
        """Return how many entries are in one of `GROUPS`."""
        return sum(self.entries[each] for each in GROUPS[group])

    def amount_in(self, group: str) -> int:
        """Return how much text is in one of `GROUPS`."""
        return sum(self.amount[each] for each in GROUPS[group])

    @property
    def left(self) -> int:
        """How much text is not translated, or fuzzy."""
        return self.amount_in("fuzzy") + self.amount_in("missing")

    @property
    def percent(self) -> float:
        """The share of entries that are translated, from 0 to 100; 100 if there are none."""
        total = self.entries.total()
        return 100.0 * self.entries_in("translated") / total if total else 100.0


@dataclass(frozen=True, slots=True)
class ChapterStatus:
    """How far one chapter is in one target.

    Attributes:
        path: The chapter's source.
        catalog: The path of its catalog.
        tally: Its entries.
        code: Han characters in its code and diagrams that are not extracted; 0 unless the source is written in them.
        revised: The date on which a translator last changed its catalog, as the catalog says; empty if never.
        changed: Whether the source has changed since its last extraction.
    """

    path: str
    catalog: str
    tally: Tally
    code: int = 0
    revised: str = ""
    changed: bool = False


def survey(
    document: Document,
    catalog: Catalog,
    wanted: Callable[[Segment], bool],
    source: Language,
    dialect: Dialect,
    *,
    whole: bool,
) -> ChapterStatus:
    """Return how far the translation of a document is.

    Args:
        document: The chapter.
        catalog: Its catalog, empty if there is none yet.
        wanted: Whether a segment is to be translated.
        source: The language of the book.
        dialect: The dialect of the book.
        whole: Whether the catalog belongs to this chapter alone.
    """
    live = catalog.live
    tally = Tally()
    states = entry_states(units(document, catalog), wanted)
    for (_, msgid), how in states.items():
        tally.entries[how] += 1
        tally.amount[how] += count(prose(msgid, dialect), source)
    changed = states.keys() != live.keys() if whole else not states.keys() <= live.keys()
    revised = dict(catalog.header).get("PO-Revision-Date", "")
    return ChapterStatus(
        document.path,
        catalog.path,
        tally,
        _han_in_code(document) if source.han else 0,
        revised[:10] if revised[:1].isdigit() else "",
        changed,
    )


def _han_in_code(document: Document) -> int:
    total = 0
    for block in document.blocks:
        for leaf in block.leaves():
            if leaf.kind in (BlockKind.CODE, BlockKind.DIAGRAM):
                total += len(HAN.findall(document.text, leaf.span.start, leaf.span.end))
                for segment in leaf.segments:
                    total -= sum(len(HAN.findall(document.text, span.start, span.end)) for span in segment.spans)
    return total


def total(chapters: Iterable[ChapterStatus]) -> Tally:
    """Return the sum of what the chapters have."""
    return sum((chapter.tally for chapter in chapters), Tally())


def by_work_left(chapters: Iterable[ChapterStatus]) -> list[ChapterStatus]:
    """Return the chapters with the most work left first, finished ones by path."""
    return sorted(chapters, key=lambda chapter: (-chapter.tally.left, chapter.path))


# --- forms ---------------------------------------------------------------------------------------------------------


def bar(tally: Tally, width: int, marks: str = "█▒░") -> str:
    """Return a bar of `width` characters: translated, fuzzy and missing entries; nothing that is there is left out."""
    entries = tally.entries.total()
    if not entries:
        return marks[0] * width
    fuzzy = _share(tally.entries_in("fuzzy"), entries, width)
    missing = _share(tally.entries_in("missing"), entries, width)
    return marks[0] * max(0, width - fuzzy - missing) + marks[1] * fuzzy + marks[2] * missing


def _share(part: int, whole: int, width: int) -> int:
    return max(1, round(width * part / whole)) if part else 0


def markdown(targets: Sequence[tuple[str, Sequence[ChapterStatus]]], unit: str) -> str:
    """Return a Markdown table of the chapters of each target, those with the most work first.

    Args:
        targets: Codes and chapters.
        unit: What the amounts count, such as "characters".
    """
    lines = []
    for code, chapters in targets:
        tally = total(chapters)
        lines += [f"## {code}: {int(tally.percent)} %", ""]
        lines += [
            f"| chapter | translated | fuzzy | missing | {unit} left | last revision |",
            "|---|--:|--:|--:|--:|---|",
        ]
        for chapter in by_work_left(chapters):
            each = chapter.tally
            name = chapter.path.replace("|", "\\|")
            numbers = " | ".join(str(each.entries_in(group)) for group in GROUPS)
            note = f"{chapter.revised or 'never'}{', source changed since' if chapter.changed else ''}"
            lines.append(f"| {name} | {numbers} | {each.left} | {note} |")
        numbers = " | ".join(f"**{tally.entries_in(group)}**" for group in GROUPS)
        lines += [f"| **total** | {numbers} | **{tally.left}** | |", ""]
    return "\n".join(lines)


def badge(targets: Sequence[tuple[str, float]], label: str = "translated") -> str:
    """Return a badge in SVG that says how many percent of each target are translated."""
    percent = min((value for _, value in targets), default=100.0)
    colour = "#2e7d32" if percent >= 90 else "#8d6708" if percent >= 50 else "#b3261e"
    value = ", ".join(f"{code} {int(each)} %" if len(targets) > 1 else f"{int(each)} %" for code, each in targets)
    left, right = 6 * len(label) + 12, 6 * len(value) + 12
    shown = html.escape(f"{label}: {value}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{shown}">\n'
        f"<title>{shown}</title>\n"
        f'<clipPath id="r"><rect width="{left + right}" height="20" rx="3"/></clipPath>\n'
        f'<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#444"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{colour}"/></g>\n'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">\n'
        f'<text x="{left / 2:g}" y="14" textLength="{left - 12}">{html.escape(label)}</text>\n'
        f'<text x="{left + right / 2:g}" y="14" textLength="{right - 12}">{html.escape(value)}</text>\n'
        "</g>\n</svg>\n"
    )
