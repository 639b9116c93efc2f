"""What an alignment gives a catalog: entries for what is sure, drafts with a reason for the rest, and what is left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bilingual.align.documents import pairs
from bilingual.align.evidence import Text
from bilingual.catalog import Entry
from bilingual.markdown.document import BlockKind, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bilingual.align import Alignment, Bead
    from bilingual.language import Language
    from bilingual.markdown.document import Block, Segment

#: Pairs that are at least so probable are taken for translations: on documents that the weights were not trained on,
#: more than 99 % of those are right.
SURE = 0.98
#: Kinds of text that can be written in several paragraphs.
_PARAGRAPHS = frozenset({Kind.PARAGRAPH, Kind.LIST_ITEM, Kind.QUOTE, Kind.FOOTNOTE, Kind.DEFINITION})
#: The marks of an entry whose text the translation leaves out, or has in several paragraphs.
OMIT = "bilingual: omit"
SPLIT = "bilingual: split"
#: What the comment of a draft begins with.
ALIGNED = "bilingual: aligned"


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
class Harvest:
    """What an alignment gives.

    Attributes:
        entries: An entry for each text of the source that is to be translated, in order, each msgid once.
        additions: What the translation alone has, in its order.
        source_only: Blocks of the source without a partner that have something to translate.
        target_only: Blocks of the translation without a partner that have text.
        unsure: The beads whose entries are drafts.
    """

    entries: tuple[Entry, ...] = ()
    additions: tuple[Addition, ...] = ()
    source_only: tuple[Block, ...] = ()
    target_only: tuple[Block, ...] = ()
    unsure: tuple[Bead, ...] = ()


@dataclass(slots=True)
class _Found:
    """A translation that was found for a segment: an empty text is one that was left out."""

    text: str
    score: float
    reason: str = ""
    marks: tuple[str, ...] = ()


def harvest(
    alignment: Alignment,
    wanted: Callable[[Segment], bool],
    languages: tuple[Language, Language],
    *,
    omit: bool = False,
    sure: float = SURE,
) -> Harvest:
    """Return the entries that an alignment gives, and what is left over on both sides.

    Args:
        alignment: A document with its translation.
        wanted: Whether a segment is to be translated.
        languages: The language of the source and that of the translation.
        omit: Whether what has no translation was left out on purpose.
        sure: From which probability on a pair is a translation and no draft.
    """
    work = _Harvest(alignment, wanted, languages, omit=omit, sure=sure)
    for bead in alignment.beads:
        work.take(bead)
    return work.result()


class _Harvest:
    def __init__(
        self,
        alignment: Alignment,
        wanted: Callable[[Segment], bool],
        languages: tuple[Language, Language],
        *,
        omit: bool,
        sure: float,
    ) -> None:
        self.alignment = alignment
        self.wanted = wanted
        self.languages = languages
        self.omit = omit
        self.sure = sure
        self.found: dict[tuple[str | None, str], _Found | None] = {}
        self.order: dict[tuple[str | None, str], Segment] = {}
        self.additions: list[Addition] = []
        self.source_only: list[Block] = []
        self.target_only: list[Block] = []
        self.unsure: list[Bead] = []
        self.last: Block | None = None
        self.end = 0  # of the last addition
        # A text that stands at several places cannot be left out at one of them.
        counts: dict[tuple[str | None, str], int] = {}
        for segment in alignment.source.segments:
            counts[segment.context, segment.text] = counts.get((segment.context, segment.text), 0) + 1
        self.once = {key for key, count in counts.items() if count == 1}

    def take(self, bead: Bead) -> None:
        texts = [segment for block in bead.source for segment in block.segments]
        for segment in texts:
            if self.wanted(segment):
                self.order.setdefault((segment.context, segment.text), segment)
        if not bead.target:
            self.leave(bead.source[0])
        elif not bead.source:
            self.add(bead.target[0])
        else:
            for segment, found in self.pairs(bead):
                self.note(segment, found)
            if any(map(self.wanted, texts)) and bead.score < self.sure:
                self.unsure.append(bead)
        if bead.source:
            self.last = bead.source[-1]

    def leave(self, block: Block) -> None:
        """Note a block of the source without a partner."""
        texts = [segment for segment in block.segments if self.wanted(segment)]
        if not texts:
            return
        self.source_only.append(block)
        if self.omit and all(self.can_go(segment) for segment in texts):
            for segment in texts:
                self.note(segment, _Found("", 1.0, marks=(OMIT,)))

    def can_go(self, segment: Segment) -> bool:
        return (segment.context, segment.text) in self.once and segment.kind is not Kind.FRONT_MATTER

    def add(self, block: Block) -> None:
        """Note a block of the translation without a partner; what stood right before it belongs to it."""
        target = self.alignment.target
        text = block.span.of(target.text)
        if block.kind in (BlockKind.RULE, BlockKind.FRONT_MATTER) or not text.strip():
            return
        if block.kind is BlockKind.HTML and not block.segments:
            return  # comments and the like
        self.target_only.append(block)
        line = target.text.count("\n", 0, block.span.start) + 1
        previous = self.additions[-1] if self.additions else None
        if previous is not None and previous.after is self.last:
            between = target.text[self.end : block.span.start]
            joint = between if not between.strip() else "\n\n"
            self.additions[-1] = replace(previous, text=previous.text + joint + text)
        else:
            self.additions.append(Addition(self.last, text, line))
        self.end = block.span.end

    def note(self, segment: Segment, found: _Found) -> None:
        if not self.wanted(segment):
            return
        key = (segment.context, segment.text)
        known = self.found.get(key)
        if known is None or (found.score > known.score and found.text):
            self.found[key] = found

    # --- which text belongs to which segment -----------------------------------------------------------------------

    def pairs(self, bead: Bead) -> Iterator[tuple[Segment, _Found]]:
        """Yield the segments of a bead with what translates them."""
        source, target, score = bead.source, bead.target, bead.score
        ours = [segment for block in source for segment in block.segments]
        theirs = [segment for block in target for segment in block.segments]
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
                yield segment, _Found(other.text, score, reason)
            return
        # The cells of a table, or the texts of an HTML block, of which one side has more.
        one, other_one = ([Text(segment.text) for segment in segments] for segments in (ours, theirs))
        for found in pairs(one, other_one, *self.languages):
            if len(found.source) == len(found.target) == 1:
                text = theirs[found.target[0]].text
                yield ours[found.source[0]], _Found(text, min(score, found.score), "the translation has other parts")

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
        yield segment, _Found(text, score if strange is None else min(score, 0.5), reason, (SPLIT,))

    def joined(
        self, ours: Sequence[Segment], theirs: Sequence[Segment], score: float
    ) -> Iterator[tuple[Segment, _Found]]:
        first, *rest = ours
        if not all(map(self.can_go, rest)) or (len(theirs) > 1 and first.kind not in _PARAGRAPHS):
            yield from self.one_by_one(ours, theirs, min(score, 0.5))
            return
        marks = (SPLIT,) if len(theirs) > 1 else ()
        yield first, _Found("\n\n".join(each.text for each in theirs), score, "", marks)
        for segment in rest:
            # Where the pair is a draft, nothing is left out before somebody has approved of it.
            yield segment, _Found("", score, "", (OMIT if score >= self.sure else f"{OMIT} draft",))

    # --- the result ------------------------------------------------------------------------------------------------

    def result(self) -> Harvest:
        entries = []
        for (context, msgid), segment in self.order.items():
            found = self.found.get((context, msgid))
            entry = Entry(msgid, msgctxt=context, extracted=segment.comment)
            if found is not None:
                comment = list(found.marks)
                fuzzy = bool(found.text) and (found.score < self.sure or bool(found.reason))
                if fuzzy:
                    reason = f": {found.reason}" if found.reason else ""
                    comment.append(f"{ALIGNED}, {100 * found.score:.0f} % sure{reason}")
                entry = replace(entry, msgstr=found.text, flags=("fuzzy",) if fuzzy else (), comment="\n".join(comment))
            entries.append(entry)
        return Harvest(
            tuple(entries),
            tuple(self.additions),
            tuple(self.source_only),
            tuple(self.target_only),
            tuple(self.unsure),
        )
