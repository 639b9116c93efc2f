"""What an alignment gives a catalog: entries for what is sure, drafts with a reason for the rest, and what is left."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bilingual.align.documents import pairs
from bilingual.align.evidence import Text
from bilingual.catalog import Entry
from bilingual.markdown.document import BlockKind, Kind, grains
from bilingual.text import LINE_END, text_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bilingual.align import Alignment, Bead
    from bilingual.language import Language
    from bilingual.markdown.document import Block, Segment

_Key = tuple[str | None, str]
#: Pairs that are at least so probable are taken for translations: on documents that the weights were not trained on,
#: more than 99 % of those are right.
SURE = 0.98
#: Kinds of text that can be written in several paragraphs.
_PARAGRAPHS = frozenset({Kind.PARAGRAPH, Kind.LIST_ITEM, Kind.QUOTE, Kind.FOOTNOTE, Kind.DEFINITION})
#: The marks of an entry whose text the translation leaves out, or has in several paragraphs.
OMIT = "bilingual: omit"
SPLIT = "bilingual: split"
#: What the comment of a draft begins with; it ends with a mark of the text, which tells whether that is still the same.
ALIGNED = "bilingual: aligned"
_DRAFT = re.compile(rf"^{ALIGNED}\b.* ([0-9a-f]{{8}})$", re.MULTILINE)
#: Where more than this share of the texts has no partner, a translation is rather unfinished than abridged.
_MUCH = 1 / 3
_COMMENTS = re.compile(r"(?:\s*<!--.*?-->)*\s*", re.DOTALL)


def is_untouched(entry: Entry) -> bool:
    """Return whether an entry is a draft of an alignment, and still reads as that wrote it."""
    return entry.fuzzy and any(mark == text_mark(entry.msgstr) for mark in _DRAFT.findall(entry.comment))


@dataclass(frozen=True, slots=True)
class Addition:
    """What the translation alone has.

    Attributes:
        after: The block of the source behind which it stands; None at the beginning.
        text: Its lines as they stand in the translation.
        line: The 1-based line of the translation on which it begins.
    """

    after: Block | None
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """Text of the translation that gets nowhere.

    Attributes:
        line: The 1-based line of the translation on which it begins.
        text: The text.
        reason: Why, as a phrase.
    """

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Harvest:
    """What an alignment gives.

    Attributes:
        entries: An entry for each text of the source that is to be translated, in order, each msgid once.
        additions: What the translation alone has, in its order.
        source_only: Blocks of the source without a partner that have something to translate.
        target_only: Blocks of the translation without a partner that have text.
        unsure: The beads whose entries are drafts, since they are not sure.
        joined: The keys of entries that are empty since the one before them has their translation too.
        dropped: What of the translation is in none of these.
    """

    entries: tuple[Entry, ...] = ()
    additions: tuple[Addition, ...] = ()
    source_only: tuple[Block, ...] = ()
    target_only: tuple[Block, ...] = ()
    unsure: tuple[Bead, ...] = ()
    joined: frozenset[_Key] = frozenset()
    dropped: tuple[Dropped, ...] = ()


@dataclass(slots=True)
class _Found:
    """A translation that was found for a segment: an empty text is one that was left out."""

    text: str
    score: float
    line: int = 0
    reason: str = ""
    marks: tuple[str, ...] = ()


def harvest(
    alignment: Alignment,
    wanted: Callable[[Segment], bool],
    languages: tuple[Language, Language],
    *,
    omit: bool = False,
    finished: bool = True,
    doubt: str = "",
) -> Harvest:
    """Return the entries that an alignment gives, and what is left over on both sides.

    Args:
        alignment: A document with its translation.
        wanted: Whether a segment is to be translated.
        languages: The language of the source and that of the translation.
        omit: Whether what has no translation was left out on purpose.
        finished: Whether that holds of all of it. If not, what stands behind the last pair may just not be translated
            yet, as may everything where much is missing; it is left out as a draft, for a person to approve.
        doubt: Why everything is a draft; empty if it is not.
    """
    work = _Harvest(alignment, wanted, languages, doubt=doubt)
    beads = alignment.beads
    leave = len(beads) if omit and not doubt else 0
    if leave and not finished:
        leave = max((number for number, bead in enumerate(beads, 1) if bead.target and work.is_sure(bead)), default=0)
        partners = [bool(bead.target) for bead in beads if work.texts(bead)]
        leave = leave if partners.count(False) <= _MUCH * len(partners) else 0
    for number, bead in enumerate(beads):
        work.take(bead, OMIT if number < leave else f"{OMIT} draft" if omit else "")
    return work.result()


class _Harvest:
    def __init__(
        self,
        alignment: Alignment,
        wanted: Callable[[Segment], bool],
        languages: tuple[Language, Language],
        *,
        doubt: str,
    ) -> None:
        self.alignment = alignment
        self.wanted = wanted
        self.languages = languages
        self.doubt = doubt
        self.found: dict[_Key, _Found] = {}
        self.order: dict[_Key, Segment] = {}
        self.additions: list[Addition] = []
        self.source_only: list[Block] = []
        self.target_only: list[Block] = []
        self.unsure: list[Bead] = []
        self.joined_keys: set[_Key] = set()
        self.dropped: list[Dropped] = []
        self.last: Block | None = None
        self.end = 0  # of the last addition
        # A text that stands at several places cannot be left out at one of them.
        counts: dict[_Key, int] = {}
        for segment in alignment.source.segments:
            counts[segment.context, segment.text] = counts.get((segment.context, segment.text), 0) + 1
        self.once = {key for key, count in counts.items() if count == 1}

    def is_sure(self, bead: Bead) -> bool:
        """Return whether a pair that has something to translate is a translation and no draft."""
        return bool(self.texts(bead)) and bead.score >= SURE

    def texts(self, bead: Bead) -> list[Segment]:
        """Return what is to be translated in the source of a bead."""
        return [segment for block in bead.source for segment in block.segments if self.wanted(segment)]

    def take(self, bead: Bead, omitted: str) -> None:
        """Note what a bead gives; `omitted` is the mark of what has no translation."""
        texts = self.texts(bead)
        for segment in texts:
            self.order.setdefault((segment.context, segment.text), segment)
        if not bead.target:
            self.leave(bead.source[0], texts, omitted)
        elif not bead.source:
            self.add(bead.target[0])
        else:
            for segment, found in self.pairs(bead):
                self.note(segment, found)
            if texts and not self.is_sure(bead):
                self.unsure.append(bead)
        if bead.source:
            self.last = bead.source[-1]

    def leave(self, block: Block, texts: Sequence[Segment], omitted: str) -> None:
        """Note a block of the source without a partner."""
        if not texts:
            return
        self.source_only.append(block)
        if omitted and all(self.can_go(segment) for segment in texts):
            for segment in texts:
                self.note(segment, _Found("", 1.0, marks=(omitted,)))

    def can_go(self, segment: Segment) -> bool:
        return (segment.context, segment.text) in self.once and segment.kind is not Kind.FRONT_MATTER

    def add(self, block: Block) -> None:
        """Note a block of the translation without a partner; what stood right before it belongs to it."""
        target = self.alignment.target
        text = block.span.of(target.text)
        if block.kind in (BlockKind.RULE, BlockKind.FRONT_MATTER) or not text.strip():
            return
        line = target.text.count("\n", 0, block.span.start) + 1
        if block.kind is BlockKind.HTML and not block.segments:
            if _COMMENTS.fullmatch(text) is None:
                self.drop(line, text, "HTML without text is not taken over")
            return
        self.target_only.append(block)
        between = target.text[self.end : block.span.start]
        self.append(text, line, between if not between.strip() else "\n")
        self.end = block.span.end

    def append(self, text: str, line: int, joint: str) -> None:
        """Note lines that the translation alone has behind the last block of the source."""
        previous = self.additions[-1] if self.additions else None
        if previous is not None and previous.after is self.last:
            before = previous.text if previous.text.endswith("\n") else f"{previous.text}\n"
            self.additions[-1] = replace(previous, text=before + joint + text)
        else:
            self.additions.append(Addition(self.last, text, line))

    def define(self) -> None:
        """Note the link definitions that the translation alone has, since its texts may need them."""
        document = self.alignment.target
        known = {label: destination for label, destination, _ in self.alignment.source.references}
        lines = LINE_END.split(document.text)
        ends = {line for _, _, line in document.references}
        ends.update(document.text.count("\n", 0, block.span.start) + 1 for block in grains(document.blocks))
        found = []
        for label, destination, line in sorted(document.references, key=lambda each: each[2]):
            end = line
            while end < len(lines) and lines[end].strip() and end + 1 not in ends:
                end += 1
            text = "\n".join(each.lstrip(" \t>") for each in lines[line - 1 : end])
            if label not in known:
                found.append((line, text))
            elif known[label] != destination:
                self.drop(line, text, "the source defines the same label, and that counts")
        if found:
            self.append("\n".join(text for _, text in found) + "\n", found[0][0], "\n")

    def drop(self, line: int, text: str, reason: str) -> None:
        self.dropped.append(Dropped(line, text.strip(), reason))

    def note(self, segment: Segment, found: _Found) -> None:
        if not self.wanted(segment):
            if found.text and found.text != segment.text:
                self.drop(found.line, found.text, "the text of the source is not translated, so it stands here")
            return
        key = (segment.context, segment.text)
        known = self.found.get(key)
        if known is None or (found.score > known.score and found.text):
            self.found[key], found = found, known or found
        if found.text and found.text != self.found[key].text:
            self.drop(found.line, found.text, "the same text has another translation elsewhere, and there can be one")

    # --- which text belongs to which segment -----------------------------------------------------------------------

    def pairs(self, bead: Bead) -> Iterator[tuple[Segment, _Found]]:
        """Yield the segments of a bead with what translates them."""
        source, target, score = bead.source, bead.target, bead.score
        ours = [segment for block in source for segment in block.segments]
        theirs = [segment for block in target for segment in block.segments]
        if not ours:
            for other in theirs:
                self.drop(other.line, other.text, "the source has no text here")
        if not ours or not theirs:
            return
        if len(source) == len(target):
            yield from self.one_by_one(ours, theirs, score)
        elif len(source) == 1:
            yield from self.split(ours, theirs, score)
        else:
            yield from self.joined(ours, theirs, score)

    def one_by_one(
        self, ours: Sequence[Segment], theirs: Sequence[Segment], score: float
    ) -> Iterator[tuple[Segment, _Found]]:
        if len(ours) == len(theirs):
            for segment, other in zip(ours, theirs, strict=True):
                alike = segment.kind is other.kind or (segment.kind in _PARAGRAPHS and other.kind in _PARAGRAPHS)
                reason = "" if alike else f"the {segment.kind.value} is a {other.kind.value} in the translation"
                yield segment, _Found(other.text, score, other.line, reason)
            return
        # The cells of a table, or the texts of an HTML block, of which one side has more.
        one, other_one = ([Text(segment.text) for segment in segments] for segments in (ours, theirs))
        left = dict(enumerate(theirs))
        for found in pairs(one, other_one, *self.languages):
            if len(found.source) == len(found.target) == 1:
                other = left.pop(found.target[0])
                reason = "the translation has other parts"
                yield ours[found.source[0]], _Found(other.text, min(score, found.score), other.line, reason)
        for other in left.values():
            self.drop(other.line, other.text, "the source has no such part here")

    def split(
        self, ours: Sequence[Segment], theirs: Sequence[Segment], score: float
    ) -> Iterator[tuple[Segment, _Found]]:
        segment = ours[0]
        if len(ours) > 1 or segment.kind not in _PARAGRAPHS:
            yield from self.one_by_one(ours, theirs, min(score, 0.5))
            return
        text = "\n\n".join(each.text for each in theirs)
        strange = next((each for each in theirs if each.kind not in _PARAGRAPHS), None)
        reason = "" if strange is None else f"a {strange.kind.value} of the translation belongs to it"
        sure = score if strange is None else min(score, 0.5)
        yield segment, _Found(text, sure, theirs[0].line, reason, (SPLIT,))

    def joined(
        self, ours: Sequence[Segment], theirs: Sequence[Segment], score: float
    ) -> Iterator[tuple[Segment, _Found]]:
        first, *rest = ours
        if not all(map(self.can_go, rest)) or (len(theirs) > 1 and first.kind not in _PARAGRAPHS):
            yield from self.one_by_one(ours, theirs, min(score, 0.5))
            return
        marks = (SPLIT,) if len(theirs) > 1 else ()
        yield first, _Found("\n\n".join(each.text for each in theirs), score, theirs[0].line, "", marks)
        for segment in rest:
            self.joined_keys.add((segment.context, segment.text))
            # Where the pair is a draft, nothing is left out before somebody has approved of it.
            mark = OMIT if score >= SURE and not self.doubt else f"{OMIT} draft"
            yield segment, _Found("", score, marks=(mark,))

    # --- the result ------------------------------------------------------------------------------------------------

    def result(self) -> Harvest:
        self.define()
        entries = []
        for (context, msgid), segment in self.order.items():
            found = self.found.get((context, msgid))
            entry = Entry(msgid, msgctxt=context, extracted=segment.comment)
            if found is not None:
                comment = list(found.marks)
                reason = found.reason or self.doubt
                fuzzy = bool(found.text) and (found.score < SURE or bool(reason))
                if fuzzy:
                    said = f"{100 * found.score:.0f} % sure{reason and ': '}{reason}"
                    comment.append(f"{ALIGNED}, {said} {text_mark(found.text)}")
                entry = replace(entry, msgstr=found.text, flags=("fuzzy",) if fuzzy else (), comment="\n".join(comment))
            entries.append(entry)
        return Harvest(
            tuple(entries),
            tuple(self.additions),
            tuple(self.source_only),
            tuple(self.target_only),
            tuple(self.unsure),
            frozenset(self.joined_keys),
            tuple(self.dropped),
        )
