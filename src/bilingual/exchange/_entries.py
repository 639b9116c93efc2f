"""Entries as XML formats hold them: two texts, a state, and named facts; what the formats share but the XML itself."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from bilingual.catalog import Catalog, Entry, State, is_void_review, now, review_mark, state
from bilingual.exchange import Portion, fingerprint
from bilingual.exchange._xml import ILLEGAL, refused
from bilingual.language import language
from bilingual.markdown.document import NO_MARKDOWN
from bilingual.markdown.inline import Inline
from bilingual.suggest import similarity
from bilingual.update import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bilingual.language import Language
    from bilingual.markdown.dialect import Dialect

# --- out ---------------------------------------------------------------------------------------------------------


class Names:
    """Names of entries in one file: the same for the same msgctxt and msgid, and each but once."""

    def __init__(self) -> None:
        self.used: dict[str, int] = {}

    def of(self, entry: Entry) -> str:
        """Return the name of the next entry."""
        key = entry.msgid if entry.msgctxt is None else f"{entry.msgctxt}\x04{entry.msgid}"
        name = hashlib.sha256(key.encode()).hexdigest()[:16]
        count = self.used[name] = self.used.get(name, 0) + 1
        return name if count == 1 else f"{name}-{count}"


def facts(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield what an entry is besides its texts, comments and state, as names with texts; `collected` reads them."""
    if entry.msgctxt is not None:
        yield "context", entry.msgctxt
    if entry.plural is not None:
        yield "plural", entry.plural[0]
    if entry.previous_context is not None:
        yield "previous-context", entry.previous_context
    if entry.previous is not None:
        yield "previous", entry.previous
    for each in entry.flags:
        yield "flag", each
    for each in entry.references:
        yield "reference", each
    if entry.obsolete:
        yield "obsolete", "yes"
    yield "sent", fingerprint(entry)


def forms(entry: Entry) -> tuple[tuple[str, str], ...]:
    """Return the pairs of texts of an entry: one, or one for each plural form."""
    if entry.plural is None:
        return ((entry.msgid, entry.msgstr),)
    several, texts = entry.plural
    return tuple((several if index else entry.msgid, text) for index, text in enumerate(texts or ("",)))


def standing(entry: Entry) -> State:
    """Return how far the translation of an entry is, which may have plural forms; a text left out has none."""
    if entry.plural is None:
        return state(entry) if entry.msgstr else State.MISSING
    if not any(entry.plural[1]):
        return State.MISSING
    return State.DRAFT if entry.fuzzy else State.TRANSLATED


def score(entry: Entry) -> float | None:
    """Return how sure it is that a text and its translation say the same, from 0 to 1; None if nobody knows.

    A catalog pairs a text with the translation that was made for it. Where the text was changed after that, it is as
    sure as the text is like the one that was translated. Of a draft nobody knows what it was made for.
    """
    reached = standing(entry)
    if reached in (State.TRANSLATED, State.REVIEWED):
        return 1.0
    if reached is State.STALE and entry.previous is not None:
        return round(similarity(entry.previous, entry.msgid), 4)
    return None


def field_of(header: Iterable[tuple[str, str]], name: str) -> str:
    """Return the value of a field of a header, empty if there is none."""
    return next((value for key, value in header if key == name), "")


def revision(header: Iterable[tuple[str, str]]) -> datetime | None:
    """Return when a catalog was last worked on, in UTC; None if it does not say so."""
    try:
        date = datetime.fromisoformat(field_of(header, "PO-Revision-Date"))
        return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def day(text: str) -> str:
    """Return the date that a text begins with, as YYYY-MM-DD; empty if that is none."""
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return ""


# --- protected pieces ----------------------------------------------------------------------------------------------

#: Beyond this length texts are not parsed for what to protect.
_LONG = 20_000
_SPECIAL = re.compile(r"[`$<\[{:\\&!^@]|//|www\.")
_DESTINATION = re.compile(r"[ \t\n]*(?:<[^<>\n]*>|[^ \t\n]*)[ \t\n]*")
_NO_MARKDOWN = frozenset(f"type: {kind.value}" for kind in NO_MARKDOWN)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text.

    Attributes:
        text: Its characters.
        role: "text", "single" for what is protected as a whole, "open" and "close" for the halves of a pair.
        kind: What is protected: "code", "math", "link" and so on; empty for text.
        number: What ties the same piece of a text and its translation, and the halves of a pair; from 1.
    """

    text: str
    role: str = "text"
    kind: str = ""
    number: int = 0


def pieces(entry: Entry, texts: tuple[str, str], dialect: Dialect | None) -> tuple[tuple[Piece, ...], ...]:
    """Return the pieces of a text and those of its translation: what translators keep, and what is between.

    Together the pieces of a text are that text. Of a link and a picture, a pair is protected: its opening bracket, and
    its closing one with the destination; a title stays text.

    Args:
        entry: The entry that the texts are of.
        texts: The text and its translation.
        dialect: The Markdown that they are in; None protects nothing.
    """
    if dialect is None or kind_of(entry) in _NO_MARKDOWN:
        return tuple((Piece(text),) if text else () for text in texts)
    result = []
    free: dict[tuple[str, ...], list[int]] = {}
    last = 0
    for text in texts:
        marks = _marks(text, dialect)
        # What a piece says; of a pair, what both halves say.
        said: dict[int, tuple[str, ...]] = {}
        for mark in marks:
            said[mark.place] = (*said.get(mark.place, ()), text[mark.start : mark.end])
        numbers: dict[int, int] = {}
        given: dict[tuple[str, ...], list[int]] = {}
        for place, key in said.items():
            if free.get(key):
                numbers[place] = free[key].pop(0)
            else:
                last += 1
                numbers[place] = last
            given.setdefault(key, []).append(numbers[place])
        free = given
        parts = []
        position = 0
        for mark in marks:
            parts.append(Piece(text[position : mark.start]))
            parts.append(Piece(text[mark.start : mark.end], mark.role, mark.kind, numbers[mark.place]))
            position = mark.end
        parts.append(Piece(text[position:]))
        result.append(tuple(part for part in parts if part.text))
    return tuple(result)


@dataclass(frozen=True, slots=True, order=True)
class _Mark:
    """A stretch to protect, and which of the atoms of its text it belongs to."""

    start: int
    end: int
    role: str
    kind: str
    place: int


def _marks(text: str, dialect: Dialect) -> list[_Mark]:
    if len(text) > _LONG or not _SPECIAL.search(text):
        return []
    inline = Inline(text, dialect)
    brackets = {event.end: event.start for event in inline.events if event.rule in ("link", "image")}
    marks: list[_Mark] = []
    for place, atom in enumerate(inline.atoms()):
        start, end = atom.span.start, atom.span.end
        opening = brackets.get(end + 1) if atom.kind in ("link", "image") else None
        if opening is None or text[start - 2 : start] != "](":
            found = [_Mark(start, end, "single", atom.kind, place)]
        else:
            destination = _DESTINATION.match(text, start, end)
            whole = destination is None or destination.end() == end
            close = end + 1 if destination is None or whole else destination.end()
            found = [
                _Mark(opening, opening + (2 if atom.kind == "image" else 1), "open", atom.kind, place),
                _Mark(start - 2, close, "close", atom.kind, place),
            ]
        # What XML cannot hold is spelled, and that only in text.
        if not any(ILLEGAL.search(text, mark.start, mark.end) for mark in found):
            marks += found
    marks.sort()
    return marks if all(one.end <= two.start for one, two in pairwise(marks)) else []


# --- back --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Unit:
    """What a file says of one pair of texts.

    Attributes:
        source: The text.
        target: Its translation.
        facts: What `facts` yielded of the entry, as far as it came back.
        comment: What translators wrote.
        extracted: What translators were told.
        fuzzy: Whether the translation waits for a person.
        approved: Whether somebody has reviewed it.
        group: What the units of one entry with plural forms have in common; None if it has none.
        form: Which of the forms it is; None if they are in order.
        line: The line of the file.
    """

    source: str
    target: str
    facts: Sequence[tuple[str, str]] = ()
    comment: str = ""
    extracted: str = ""
    fuzzy: bool = False
    approved: bool = False
    group: object = None
    form: int | None = None
    line: int = 0


@dataclass(slots=True)
class Collector:
    """Makes entries of units, in the order of the file.

    Attributes:
        reviewer: Who reviews, for translations that are approved and do not say by whom.
        date: When, as YYYY-MM-DD; empty for today.
    """

    reviewer: str = ""
    date: str = ""
    entries: list[Entry] = field(default_factory=list)
    sent: dict[tuple[str | None, str], str] = field(default_factory=dict)
    groups: dict[object, tuple[int, dict[int, Unit]]] = field(default_factory=dict)

    def add(self, unit: Unit) -> None:
        """Take a unit."""
        if unit.group is None:
            self.entries.append(self.entry(unit, fuzzy=unit.fuzzy and bool(unit.target)))
            return
        if unit.group not in self.groups:
            self.groups[unit.group] = (len(self.entries), {})
            self.entries.append(Entry(""))
        place, known = self.groups[unit.group]
        known[len(known) if unit.form is None else unit.form] = unit
        units = [known[form] for form in sorted(known)]
        said = dict(units[0].facts)
        several = said.get("plural", units[-1].source)
        fuzzy = any(each.fuzzy and each.target for each in units)
        whole = replace(
            self.entry(units[0], fuzzy=fuzzy), msgstr="", plural=(several, tuple(each.target for each in units))
        )
        self.entries[place] = whole

    def entry(self, unit: Unit, *, fuzzy: bool) -> Entry:
        said: dict[str, list[str]] = {}
        for name, text in unit.facts:
            said.setdefault(name, []).append(text)

        def single(name: str) -> str | None:
            return said[name][0] if name in said else None

        others = [flag for flag in said.get("flag", ()) if flag != "fuzzy"]
        flags = said.get("flag", []) if "fuzzy" in said.get("flag", ()) else ["fuzzy", *others]
        entry = Entry(
            unit.source,
            unit.target,
            single("context"),
            tuple(said.get("reference", ())),
            tuple(flags if fuzzy else others),
            unit.comment,
            unit.extracted,
            single("previous"),
            single("previous-context"),
            "obsolete" in said,
            unit.line,
        )
        sent = single("sent")
        if sent:
            self.sent.setdefault(entry.key, sent)
        return self.reviewed(entry) if unit.approved else entry

    def reviewed(self, entry: Entry) -> Entry:
        """Return an entry that somebody approved with the mark of a review.

        Where there is a mark that a change of the translation made void, the program has only kept what was there.
        """
        if not entry.msgstr or entry.fuzzy or state(entry) is State.REVIEWED:
            return entry
        if any(is_void_review(line, entry) for line in entry.comment.split("\n")):
            return entry
        mark = review_mark(entry, self.reviewer or "XLIFF", self.date or f"{now():%Y-%m-%d}")
        return replace(entry, comment="\n".join(filter(None, (entry.comment, mark))))

    def portion(
        self, target: Language, path: str = "", header: Mapping[str, str] | None = None, *, marked: bool = False
    ) -> Portion:
        """Return the catalog that the units make.

        Args:
            target: The language of the translations.
            path: The catalog's path, if the file says it.
            header: Fields of the catalog's header, besides the language.
            marked: Whether the file says which translations are fuzzy.
        """
        fields = {
            name: " ".join(value.split()) for name, value in {**(header or {}), "Language": target.gettext}.items()
        }
        ordered = sorted(self.entries, key=lambda entry: entry.obsolete)
        return Portion(Catalog(tuple(ordered), tuple(fields.items())), path, (), self.sent, marked)


def language_of(code: str, path: str, line: int) -> Language:
    """Return the language that a file names.

    Raises:
        BilingualError: If no such language is known.
    """
    try:
        return language(code.strip())
    except ValueError as error:
        refused("exchange-language", str(error), path, line)
