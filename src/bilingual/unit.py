"""Units: segments with their catalog entries, and whether a segment is to be translated at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bilingual.catalog import State, state
from bilingual.language import HAN
from bilingual.markdown.document import NO_MARKDOWN, Kind
from bilingual.markdown.inline import LETTER, has_prose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bilingual.catalog import Catalog, Entry
    from bilingual.language import Language
    from bilingual.markdown.dialect import Dialect
    from bilingual.markdown.document import Document, Segment

_WORDS = re.compile(r"[^\W\d_]{2,}[,:]? +[^\W\d_]{2,}")
_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Unit:
    """A segment with its catalog entry, if the catalog has one; `path` is the catalog's."""

    segment: Segment
    entry: Entry | None = None
    path: str = ""

    @property
    def key(self) -> tuple[str | None, str]:
        """What its entry is known by: msgctxt and msgid."""
        return (self.segment.context, self.segment.text)

    @property
    def state(self) -> State:
        """How far its translation is."""
        return State.MISSING if self.entry is None else state(self.entry)


def units(document: Document, catalog: Catalog | None) -> tuple[Unit, ...]:
    """Pair every segment of `document` with the entry of the same msgctxt and msgid, in document order."""
    if catalog is None:
        return tuple(Unit(segment) for segment in document.segments)
    entries = catalog.live
    return tuple(
        Unit(segment, entries.get((segment.context, segment.text)), catalog.path) for segment in document.segments
    )


def entry_states(units: Iterable[Unit], wanted: Callable[[Segment], bool]) -> dict[tuple[str | None, str], State]:
    """Return the state of each entry that a translator of the units is to see, however often its text comes up."""
    return {unit.key: unit.state for unit in units if wanted(unit.segment)}


def wanted(segment: Segment, dialect: Dialect, source: Language, target: Language, *, latin: bool = False) -> bool:
    """Return whether a translator into `target` needs to see `segment`.

    A segment of formulas, code, numbers, addresses and punctuation alone holds nothing to translate. From a
    language written in Han characters into one in Latin letters, neither does a segment without a Han
    character (`int32`, a bibliography in English). A comment or string in a language without Han characters must have
    two words.

    Args:
        segment: The segment.
        dialect: The dialect of its book.
        source: The language of the book.
        target: The language that it is translated into.
        latin: True extracts segments without Han characters all the same.
    """
    letter = HAN if source.han and target.latin and not latin else LETTER
    markup = segment.kind not in NO_MARKDOWN
    text = segment.text
    if segment.kind in (Kind.CODE_COMMENT, Kind.CODE_STRING):
        # Most strings in code are names and formats: Han characters or several words make a text.
        return (HAN if source.han else _WORDS).search(text) is not None
    if segment.kind is Kind.HTML_TEXT:
        text = _TAG.sub(" ", text)
    return has_prose(text, dialect, letter, markup=markup)
