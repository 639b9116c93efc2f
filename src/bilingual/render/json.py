"""The edition as JSON Lines, one object a line, for everything that is not published here: corpora, other sites, tools.

The first line describes the edition, then come each chapter and its rows, in the order of reading. Keys are always
there, and texts are exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilingual.markdown.content import Node, NodeKind, Run, pieces, plain_text, references_of, table
from bilingual.markdown.document import BlockKind, grains
from bilingual.render import Artifact, NoOptions, Rendered, Renderer
from bilingual.render._sentences import spans
from bilingual.text import Lines, json_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bilingual.edition import Chapter, Edition, Row
    from bilingual.markdown.document import Block, Document
    from bilingual.render import Places

#: The version of the format; it grows when a key changes its meaning.
VERSION = 1


def chapter(chapter: Chapter, edition: Edition, _places: Places, _options: NoOptions) -> Rendered:
    """Return the lines of a chapter."""
    alignment = chapter.alignment
    sides = (_Side(alignment.source, edition), _Side(alignment.target, edition))
    lines = [_row(row, chapter, edition, sides) for row in chapter.rows]
    title = [side.title for side in sides]
    head = {
        "type": "chapter",
        "chapter": chapter.rel,
        "path": alignment.source.path,
        "catalog": chapter.catalog,
        "title": {"source": title[0], "target": title[1]},
        "rows": len(lines),
    }
    return Rendered(chapter.rel, "\n".join(map(json_line, [head, *lines])))


def book(edition: Edition, rendered: Sequence[Rendered], _places: Places, _options: NoOptions) -> Iterator[Artifact]:
    """Yield the one file of the edition."""
    head = {
        "type": "edition",
        "version": VERSION,
        "name": edition.name,
        "title": {"source": edition.title.source, "target": edition.title.target},
        "language": {"source": edition.source.tag, "target": edition.target.tag},
        "authors": list(edition.authors),
        "translators": list(edition.translators),
        "licence": edition.licence,
        "licence_url": edition.licence_url,
        "parts": [
            {
                "title": None if part.title is None else {"source": part.title.source, "target": part.title.target},
                "chapters": list(part.chapters),
            }
            for part in edition.parts
        ],
    }
    yield Artifact("edition.jsonl", ("\n".join([json_line(head), *(each.value for each in rendered)]) + "\n").encode())


RENDERER = Renderer(chapter, book, NoOptions)


class _Side:
    """One side of a chapter."""

    def __init__(self, document: Document, edition: Edition) -> None:
        self.document = document
        self.dialect = edition.dialect
        self.references = references_of(document)
        self.lines = Lines(document.text)

    @property
    def title(self) -> str:
        """The text of the first heading."""
        found = (block for block in grains(self.document.blocks) if block.kind is BlockKind.HEADING)
        return next((self.plain(self.runs(block)) for block in found), "")

    def runs(self, block: Block) -> tuple[Run, ...]:
        """Return the inline text of a block."""
        if block.kind is BlockKind.TABLE:
            made = table(block, self.dialect, self.references)
            return tuple(cell for line in (*made.head, *made.body) for cell in line)
        found = pieces(block, self.dialect, self.references)
        return tuple(piece for piece in found if isinstance(piece, Run))

    @staticmethod
    def plain(runs: Sequence[Run]) -> str:
        """Return what a reader reads of them, white space at the ends aside."""
        return " ".join(text for run in runs if (text := plain_text(run.nodes).strip()))

    def described(self, blocks: Sequence[Block]) -> Mapping[str, object] | None:
        """Return what one side of a row says; None if it has nothing."""
        if not blocks:
            return None
        runs = [run for block in blocks for run in self.runs(block)]
        return {
            "text": self.plain(runs),
            "markdown": "\n\n".join(block.span.of(self.document.text).rstrip("\r\n") for block in blocks),
            "segments": [segment.text for block in blocks for segment in block.segments],
            "line": self.lines.number(blocks[0].span.start),
            "links": [destination for run in runs for destination in _destinations(run.nodes)],
        }


def _destinations(nodes: Sequence[Node]) -> Iterator[str]:
    for node in nodes:
        if node.kind in (NodeKind.LINK, NodeKind.IMAGE):
            yield node.destination
        yield from _destinations(node.children)


def _row(row: Row, chapter: Chapter, edition: Edition, sides: tuple[_Side, _Side]) -> dict[str, object]:
    bead = row.bead
    block = (bead.source or bead.target)[0]
    entries = [unit.entry for unit in bead.units if unit.entry is not None]
    return {
        "type": "row",
        "id": row.id,
        "chapter": chapter.rel,
        "kind": block.kind.value,
        "level": int(block.info) if block.kind is BlockKind.HEADING else 0,
        "inside": [each.kind.value for each in row.path],
        "state": bead.state.value if bead.state is not None else None,
        "put_back": bead.put_back,
        "score": bead.score,
        "source": sides[0].described(bead.source),
        "target": sides[1].described(bead.target),
        "sentences": _sentences(row, edition, sides),
        "references": [f"{chapter.catalog}:{entry.line}" for entry in entries if entry.line],
    }


def _sentences(row: Row, edition: Edition, sides: tuple[_Side, _Side]) -> list[dict[str, str]]:
    """Return the pairs of sentences of a row that is translated."""
    bead = row.bead
    if bead.untranslated or bead.source_untranslated or not bead.source or not bead.target:
        return []
    ours, theirs = (
        [run for block in blocks for run in side.runs(block)]
        for side, blocks in zip(sides, (bead.source, bead.target), strict=True)
    )
    if len(bead.source) != len(bead.target):
        ours, theirs = [_joined(ours)], [_joined(theirs)]  # one side has a paragraph that is several on the other
    if len(ours) != len(theirs):
        return []
    return [
        {"source": one, "target": other}
        for mine, other_run in zip(ours, theirs, strict=True)
        for one, other in _texts(spans(mine.nodes, other_run.nodes, edition))
        if one or other
    ]


def _joined(runs: Sequence[Run]) -> Run:
    """Return paragraphs as one."""
    blank = Node(NodeKind.TEXT, " ")
    return Run(tuple(node for run in runs for node in (blank, *run.nodes))[1:])


def _texts(pairs: Iterable[tuple[Sequence[Node], Sequence[Node]]]) -> Iterator[tuple[str, str]]:
    for one, other in pairs:
        yield plain_text(one).strip(), plain_text(other).strip()
