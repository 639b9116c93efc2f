"""Documents aligned with translations that no merge made: which blocks of the one say what blocks of the other say."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING

from bilingual.align import Alignment, Bead
from bilingual.align.evidence import Sort, Text, pictures
from bilingual.align.lexicon import lexicon
from bilingual.align.texts import Link, link, model, side
from bilingual.collector import uncollected
from bilingual.markdown.document import BlockKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilingual.align.embedding import Embedder
    from bilingual.language import Language
    from bilingual.markdown.document import Block, Document

_SORTS = {
    BlockKind.HEADING: Sort.HEADING,
    BlockKind.TERM: Sort.ITEM,
    BlockKind.TABLE: Sort.TABLE,
    BlockKind.CODE: Sort.CODE,
    BlockKind.DIAGRAM: Sort.CODE,
    BlockKind.MATH: Sort.MATH,
    BlockKind.HTML: Sort.HTML,
    BlockKind.RULE: Sort.HTML,
    BlockKind.FRONT_MATTER: Sort.HTML,
}
#: Blocks whose own lines count, not what translators see of them.
_RAW = frozenset({BlockKind.CODE, BlockKind.DIAGRAM, BlockKind.MATH, BlockKind.HTML, BlockKind.RULE})


def align(
    source: Document,
    target: Document,
    source_language: Language,
    target_language: Language,
    embed: Embedder | None = None,
) -> Alignment:
    """Align a document with a translation of it that somebody made by hand, whatever became of both since.

    Blocks are paired one by one, or one with two or three; what stands elsewhere on the other side is found too. Each
    block of both sides is in exactly one bead, and what has no partner is in a bead with an empty side.

    Args:
        source: The source.
        target: The translation.
        source_language: The language of the source.
        target_language: The language of the translation.
        embed: Makes vectors of texts, as more evidence.

    Returns:
        The beads in the order of the source, those of the target alone behind what they stand behind in the target;
        their scores say how probable the pairing is.
    """
    ours, theirs = list(_texts(source)), list(_texts(target))
    links = [*_front_matter(ours, theirs), *_pictures(ours, theirs)]
    skipped = {each.source[0] for each in links}, {each.target[0] for each in links}
    numbers = tuple(
        [number for number, (block, _) in enumerate(texts) if number not in used and block.kind is not BlockKind.RULE]
        for texts, used in zip((ours, theirs), skipped, strict=True)
    )
    found = pairs(
        [ours[number][1] for number in numbers[0]],
        [theirs[number][1] for number in numbers[1]],
        source_language,
        target_language,
        embed=embed,
    )
    for each in found:
        mine = tuple(numbers[0][number] for number in each.source)
        other = tuple(numbers[1][number] for number in each.target)
        links.append(Link(mine, other, each.score, each.moved))
    return Alignment(source, target, tuple(beads([block for block, _ in ours], [block for block, _ in theirs], links)))


def pairs(
    source: Sequence[Text],
    target: Sequence[Text],
    source_language: Language,
    target_language: Language,
    *,
    grain: str = "blocks",
    lexical: bool = True,
    embed: Embedder | None = None,
) -> list[Link]:
    """Return which texts of a source and of a translation say the same.

    Args:
        source: The texts of the source, in order.
        target: Those of the translation, in order.
        source_language: The language of the source.
        target_language: The language of the translation.
        grain: What the texts are: "blocks" or "sentences".
        lexical: Whether the lexicon helps, if it is installed.
        embed: Makes vectors of blocks, as more evidence.

    Returns:
        Links in the order of the source; each text is in one at most.
    """
    # The weights are those of a source in Han characters; the other way round is the same, seen from behind.
    swapped = target_language.han and not source_language.han
    if swapped:
        source, target = target, source
        source_language, target_language = target_language, source_language
    words = lexicon() if lexical and source_language.han and target_language.tag.startswith("en") else None
    kind = "vectors" if embed is not None else "plain" if words is None else "lexicon"
    with uncollected():
        sides = (
            side(source, source_language, target_language, words, embed),
            side(target, target_language, source_language, words, embed),
        )
        found = link(*sides, words, model(grain, kind))
    if not swapped:
        return found
    return sorted(
        (Link(each.target, each.source, each.score, each.moved) for each in found), key=lambda each: each.source
    )


def _texts(document: Document) -> Iterator[tuple[Block, Text]]:
    """Yield the blocks that are aligned, with their texts."""

    def walk(blocks: Sequence[Block], sort: Sort, level: int) -> Iterator[tuple[Block, Text]]:
        for number, block in enumerate(blocks):
            if not block.children or block.pieces:
                kind = _SORTS.get(block.kind)
                if kind is None:
                    # The first paragraph of an item is the item; further ones are paragraphs in it.
                    kind = Sort.PARAGRAPH if sort is Sort.ITEM and number else sort
                depth = int(block.info) if block.kind is BlockKind.HEADING and block.info.isdigit() else level
                yield block, Text(_text(block, document), kind, depth if kind in (Sort.HEADING, Sort.ITEM) else 0)
            inner, deeper = sort, level
            if block.kind in (BlockKind.ITEM, BlockKind.DEFINITION, BlockKind.FOOTNOTE):
                inner = Sort.ITEM
            elif block.kind is BlockKind.QUOTE:
                inner = Sort.QUOTE
            elif block.kind is BlockKind.LIST:
                deeper = level + 1
            yield from walk(block.children, inner, deeper)

    return walk(document.blocks, Sort.PARAGRAPH, 0)


def _text(block: Block, document: Document) -> str:
    if block.kind in _RAW:
        lines = block.span.of(document.text).strip("\n").split("\n")
        fenced = (
            block.kind is not BlockKind.HTML and len(lines) > 1 and lines[0].lstrip(" >").startswith(("```", "~~~"))
        )
        return "\n".join(lines[1:-1] if fenced else lines)
    return "\n".join(piece if isinstance(piece, str) else piece.text for piece in block.pieces)


def _front_matter(ours: Sequence[tuple[Block, Text]], theirs: Sequence[tuple[Block, Text]]) -> Iterator[Link]:
    """Front matter belongs to front matter, whatever it says."""
    if ours and theirs and ours[0][0].kind is theirs[0][0].kind is BlockKind.FRONT_MATTER:
        yield Link((0,), (0,), 1.0)


def _pictures(ours: Sequence[tuple[Block, Text]], theirs: Sequence[tuple[Block, Text]]) -> Iterator[Link]:
    """Raw HTML with a picture belongs to that with the same one, whatever the captions say, where both are in order."""
    places = []
    for texts in (ours, theirs):
        shown = [
            (pictures(text.text) if block.kind is BlockKind.HTML else frozenset(), number)
            for number, (block, text) in enumerate(texts)
        ]
        counts = Counter(each for each, _ in shown)
        places.append({each: number for each, number in shown if each and counts[each] == 1})
    both = [(number, places[1][each]) for each, number in places[0].items() if each in places[1]]
    # Of those that cross, the most that do not: the longest row that rises, by its ends (patience sorting).
    ends: list[int] = []
    rows: list[tuple[tuple[int, int], ...]] = [()]
    for number, other in both:
        length = bisect_left(ends, other)
        row = (*rows[length], (number, other))
        ends[length : length + 1] = [other]
        rows[length + 1 : length + 2] = [row]
    for number, other in rows[-1]:
        yield Link((number,), (other,), 1.0)


def beads(source: Sequence[Block], target: Sequence[Block], links: Sequence[Link]) -> Iterator[Bead]:
    """Yield beads that hold every block once, in the order of the source.

    What the target alone has stands behind what it stands behind in the target.

    Args:
        source: The blocks of the source, in order.
        target: The blocks of the target, in order.
        links: Which of them belong together, by number; each is in one link at most.
    """
    heads = {each.source[0]: each for each in links}
    linked = {number for each in links for number in each.source}
    of_target = {number for each in links for number in each.target}
    waiting = [number for number in range(len(target)) if number not in of_target]
    place = 0
    while waiting and waiting[0] == place:
        yield Bead((), (target[waiting.pop(0)],))
        place += 1
    for number, block in enumerate(source):
        found = heads.get(number)
        if found is None:
            if number not in linked:
                yield Bead((block,), ())
            continue
        yield Bead(
            tuple(source[each] for each in found.source), tuple(target[each] for each in found.target), found.score
        )
        following = found.target[-1] + 1
        while following in waiting:
            waiting.remove(following)
            yield Bead((), (target[following],))
            following += 1
    for each in waiting:
        yield Bead((), (target[each],))
