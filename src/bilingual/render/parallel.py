"""Markdown with both languages in one file a chapter, for repositories and for site generators that read Markdown.

`style = "interleaved"` puts the translation of each paragraph below it, in a quote. `table` puts both side by side in
an HTML table with Markdown in its cells, `details` folds the source away below the translation, and `div` makes pairs
of `<div>` with joined headings, for the styles of a MkDocs, VitePress or docsify site.

Like the translated book, it is the authors' text: nothing is rendered, pieces of both files are put together.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from bilingual.diagnostics import Diagnostic, Place, Severity
from bilingual.links import sites
from bilingual.markdown.document import BlockKind, Kind
from bilingual.markdown.frames import column, depths, unframed
from bilingual.markdown.html import is_balanced
from bilingual.render import Artifact, Rendered, Renderer
from bilingual.text import LINE_END, Edit, Span, substitute

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bilingual.edition import Chapter, Edition, Row
    from bilingual.markdown.document import Block, Document
    from bilingual.render import Places

Style = Literal["interleaved", "table", "details", "div"]
_PROSE = (BlockKind.PARAGRAPH, BlockKind.TERM)
#: What one side alone has of these stands in a quote.
_QUOTED = (BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.LIST, BlockKind.QUOTE, BlockKind.TABLE)


@dataclass(frozen=True, slots=True)
class Options:
    """How the two languages stand in the file.

    Attributes:
        style: One of `interleaved`, `table`, `details` and `div`.
        target_first: Whether the translation comes first.
    """

    style: Style = "interleaved"
    target_first: bool = False


def chapter(chapter: Chapter, edition: Edition, places: Places, options: Options) -> Rendered:
    """Return the file of a chapter."""
    made = _Chapter(chapter, edition, places, options)
    text = made.text()
    return Rendered(chapter.rel, text, tuple(made.artifacts.values()), tuple(dict.fromkeys(made.diagnostics)))


def book(edition: Edition, rendered: Sequence[Rendered], _places: Places, _options: Options) -> Iterator[Artifact]:
    """Yield the files of the edition."""
    del edition
    for each in rendered:
        yield Artifact(each.rel, each.value.encode())
        yield from each.artifacts


RENDERER = Renderer(chapter, book, Options)


@dataclass(frozen=True, slots=True)
class _Group:
    """Blocks of both sides that belong together, from the outermost level of their documents, and their rows."""

    source: tuple[Block, ...]
    target: tuple[Block, ...]
    rows: tuple[Row, ...]


class _Chapter:
    def __init__(self, chapter: Chapter, edition: Edition, places: Places, options: Options) -> None:
        self.chapter = chapter
        self.edition = edition
        self.places = places
        self.options = options
        self.artifacts: dict[str, Artifact] = {}
        self.diagnostics: list[Diagnostic] = []
        alignment = chapter.alignment
        self.documents = (alignment.source, alignment.target)
        self.depths = (depths(alignment.source), depths(alignment.target))
        # Links are made right first; what they become has the length of nothing, so places are kept as edits.
        self.edits = (self.linked(alignment.source, target=False), self.linked(alignment.target, target=True))

    # --- the whole

    def text(self) -> str:
        """Return the text of the file."""
        parts = list(self.interleaved() if self.options.style == "interleaved" else self.paired())
        definitions = list(dict.fromkeys(line for target in (False, True) for line in self.definitions(target=target)))
        return "\n\n".join([*parts, *(["\n".join(definitions)] if definitions else [])]) + "\n"

    def groups(self) -> Iterator[_Group]:
        """Yield the outermost blocks of both sides that share rows."""
        source: list[Block] = []
        target: list[Block] = []
        rows: list[Row] = []
        for row in self.chapter.rows:
            ours = [self.depths[False][id(block)].top for block in row.bead.source]
            theirs = [self.depths[True][id(block)].top for block in row.bead.target]
            shared = (source and ours and ours[0] is source[-1]) or (target and theirs and theirs[0] is target[-1])
            if not shared and rows:
                yield _Group(tuple(source), tuple(target), tuple(rows))
                source, target, rows = [], [], []
            rows.append(row)
            source.extend(block for block in ours if not source or block is not source[-1])
            target.extend(block for block in theirs if not target or block is not target[-1])
        if rows:
            yield _Group(tuple(source), tuple(target), tuple(rows))

    def paired(self) -> Iterator[str]:
        """Yield the pieces of a file in which blocks stand in pairs."""
        open_table = False
        notes = []
        for group in self.groups():
            left, right = self.of(group.source, target=False), self.of(group.target, target=True)
            kind = (group.source or group.target)[0].kind
            if kind is BlockKind.FOOTNOTE:
                notes.append(self.quoted_below(group))
                continue
            text = left or right
            alone = (
                left == right
                or kind is BlockKind.FRONT_MATTER
                or (text.startswith("<") and not is_balanced(text))
                or (bool(group.source and group.target) and not (left and right))
            )
            if self.options.style == "table":
                if alone and open_table:
                    yield "</table>"
                if not alone and not open_table:
                    yield "<table>"
                open_table = not alone
            if alone and left and right and kind is BlockKind.HTML:
                yield self.quoted_below(group)
            elif alone:
                yield right if kind is BlockKind.FRONT_MATTER else left or right
            else:
                yield self.pair(group, left, right)
        if open_table:
            yield "</table>"
        yield from notes

    def pair(self, group: _Group, left: str, right: str) -> str:
        """Return both sides of a group in the style that is asked for; one of them may be empty."""
        tags = (self.edition.source.tag, self.edition.target.tag)
        if self.options.style == "details":
            name = escape(self.edition.source.name())
            folded = f"<details>\n<summary>{name}</summary>\n\n{left}\n\n</details>" if left else ""
            return "\n\n".join(filter(None, (right, folded)))
        sides = [(tags[0], left), (tags[1], right)]
        if self.options.target_first:
            sides.reverse()
        if self.options.style == "div":
            sides = [each for each in sides if each[1]]
            if len(group.source) == len(group.target) == 1 and group.source[0].kind is BlockKind.HEADING:
                return _joined(left, right, first=sides[0][1] is left)
            cells = "\n".join(f'<div lang="{tag}" markdown="1">\n\n{text}\n\n</div>' for tag, text in sides)
            return f'<div class="bilingual" markdown="1">\n{cells}\n</div>'
        cells = "\n".join(
            f'<td lang="{tag}" valign="top">\n\n{text}\n\n</td>' if text else "<td></td>" for tag, text in sides
        )
        return f"<tr>\n{cells}\n</tr>"

    def of(self, blocks: Sequence[Block], *, target: bool) -> str:
        """Return the text of blocks that stand together, as their author wrote it."""
        return "\n\n".join(self.written(block.span, target=target) for block in blocks)

    def written(self, span: Span, *, target: bool) -> str:
        """Return a stretch of a document, with links that lead somewhere from where the file is."""
        return self.with_edits(span, self.links(span, target=target), target=target)

    def links(self, span: Span, *, target: bool) -> list[Edit]:
        """Return the edits of links in a stretch of a document."""
        edits = self.edits[target]
        first = bisect_left(edits, span.start, key=_start)
        last = bisect_left(edits, span.end, lo=first, key=_start)
        return [each for each in edits[first:last] if each.span.end <= span.end]

    def with_edits(self, span: Span, edits: Iterable[Edit], *, target: bool) -> str:
        """Return a stretch of a document with edits made in it, without blanks at its end."""
        inside = [Edit(Span(each.span.start - span.start, each.span.end - span.start), each.text) for each in edits]
        text = substitute(span.of(self.documents[target].text), inside)
        return LINE_END.sub("\n", text.removeprefix("\ufeff")).rstrip("\n \t")

    # --- interleaved

    def interleaved(self) -> Iterator[str]:
        """Yield the source's blocks, with their translations in quotes below what they translate."""
        for group in self.groups():
            yield self.quoted_below(group)

    def quoted_below(self, group: _Group) -> str:
        """Return blocks of the source with the translation of each leaf below it, in a quote at the same depth."""
        first = self.options.target_first
        main, other = (group.target, group.source) if first else (group.source, group.target)
        if not other:
            return self.of(main, target=first)
        if not main:
            return "\n\n".join(self.quoted(block, target=not first) for block in other)
        added: list[Edit] = []
        leaf: Block | None = None
        for row in group.rows:
            mine, theirs = (row.bead.target, row.bead.source) if first else (row.bead.source, row.bead.target)
            if not theirs:
                leaf = mine[-1]
                continue
            if not mine:
                added.append(self.quote(theirs, leaf, main[0], target=not first))
                continue
            leaf = mine[-1]
            if leaf.kind is BlockKind.HTML:
                added.extend(self.beside(leaf, theirs[-1], target=not first))
                continue
            if not self.is_translated(mine, theirs):
                continue
            added.append(self.quote(theirs, leaf, main[0], target=not first))
        span = Span(main[0].span.start, main[-1].span.end)
        return self.with_edits(span, (*self.links(span, target=first), *added), target=first)

    def quote(self, blocks: Sequence[Block], leaf: Block | None, main: Block, *, target: bool) -> Edit:
        """Return the edit that puts blocks of the other side into a quote.

        Args:
            blocks: The blocks.
            leaf: The leaf that the quote stands below, at its depth; None if it stands above all.
            main: The first of the outermost blocks that it stands among.
            target: Whether the other side is the target.
        """
        text = self.documents[not target].text
        lines = [line for block in blocks for line in ("", *self.lines(block, target=target))][1:]
        if leaf is None:
            above = "".join(f"> {line}".rstrip() + "\n" for line in lines)
            return Edit(Span(main.span.start, main.span.start), f"{above}\n")
        end = leaf.span.end
        while end > leaf.span.start and text[end - 1] in "\r\n \t":
            end -= 1
        prefix = "".join(frame.mark for frame in self.depths[not target][id(leaf)].frames)
        below = [prefix.rstrip(), *(f"{prefix}> {line}" if line.strip() else f"{prefix}>" for line in lines)]
        if _is_followed(text, end):
            below.append(prefix.rstrip())
        return Edit(Span(end, end), "".join(f"\n{line}" for line in below))

    def quoted(self, block: Block, *, target: bool) -> str:
        """Return an outermost block that one side alone has, in a quote if it has text of that language."""
        if block.kind not in _QUOTED:
            return self.written(block.span, target=target)
        lines = (
            self.written(block.span, target=target).split("\n") if block.children else self.lines(block, target=target)
        )
        return "\n".join(f"> {line}".rstrip() for line in lines)

    def is_translated(self, main: Sequence[Block], others: Sequence[Block]) -> bool:
        """Return whether blocks can have a quote below them, and what it would say is not the same again."""
        leaf = main[-1]
        if leaf.kind is BlockKind.FRONT_MATTER or leaf.children or not (leaf.segments or leaf.kind is BlockKind.TABLE):
            return False
        first = self.options.target_first
        said = []
        for blocks, target in ((main, first), (others, not first)):
            texts = [segment.text for block in blocks for segment in block.segments]
            # A picture may be another one though its name is the same.
            links = [each.text for block in blocks for each in self.links(block.span, target=target)]
            said.append((texts, links))
        return said[0] != said[1]

    def lines(self, block: Block, *, target: bool) -> list[str]:
        """Return the lines of a leaf without the marks of the containers around it, which the other side has."""
        frames = self.depths[target][id(block)].frames
        if block.kind in _PROSE and block.segments:
            # Not the box of a task, nor the mark of an alert.
            span = Span(block.segments[0].span.start, block.segments[-1].span.end)
            begin, *rest = self.written(span, target=target).split("\n")
        else:
            begin, *rest = self.written(block.span, target=target).split("\n")
            if frames:
                begin = begin.expandtabs(4)
                begin = begin[column(begin, block.span.start, frames) :]
        lines = [begin, *(unframed(line, frames) for line in rest)]
        return [f"**{_bare(lines)}**"] if block.kind is BlockKind.HEADING else lines

    def beside(self, main: Block, other: Block, *, target: bool) -> Iterator[Edit]:
        """Yield the texts of an HTML block in the other language, each behind what it translates.

        A second block would be no quote: its tags may begin or end in other blocks.
        """
        for ours, theirs in zip(main.segments, other.segments, strict=False):
            text = self.written(theirs.span, target=target)
            if ours.kind is Kind.HTML_TEXT and ours.text != theirs.text:
                yield Edit(Span(ours.span.end, ours.span.end), f" · {text}")

    # --- links

    def definitions(self, *, target: bool) -> Iterator[str]:
        """Yield the link definitions of a document: what stands between its blocks."""
        document = self.documents[target]
        position = 0
        for block in (*document.blocks, None):
            end = len(document.text) if block is None else block.span.start
            between = self.written(Span(position, max(position, end)), target=target).strip()
            if between.startswith("["):
                yield between
            position = end if block is None else max(position, block.span.end)

    def linked(self, document: Document, *, target: bool) -> list[Edit]:
        """Return the edits that make links right; pictures and files are noted as artifacts."""
        here = posixpath.dirname(self.chapter.rel)
        edits = []
        for site in sites(document, self.edition.dialect):
            destination = site.destination
            found = self.places.link(document.path, destination)
            artifact = found.artifact
            new = ""
            if found.rel:
                if destination.startswith("#"):
                    continue
                fragment = f"#{found.fragment}" if found.fragment else ""
                new = quote(posixpath.relpath(found.rel, here or ".")) + fragment
            elif found.problem or artifact is not None:
                picture = self.places.picture(document.path, destination, target=target)
                artifact = picture.artifact or artifact
                if artifact is None:
                    message = f"{picture.problem or found.problem}: {destination}"
                    place = Place(document.path)
                    hint = "it is left as it is"
                    self.diagnostics.append(Diagnostic("link-unpublished", message, place, Severity.INFO, hint=hint))
                    continue
            if artifact is not None:
                self.artifacts[artifact.path] = artifact
                new = quote(posixpath.relpath(artifact.path, here or "."))
            if new and new != destination:
                edits.append(Edit(site.span, new))
        return sorted(edits, key=_start)


def _start(edit: Edit) -> int:
    return edit.span.start


def _is_followed(text: str, end: int) -> bool:
    """Return whether the line behind the one that ends at `end` has any text."""
    line_end = LINE_END.search(text, end)
    if line_end is None:
        return False
    after = LINE_END.search(text, line_end.end())
    return bool(text[line_end.end() : after.start() if after else len(text)].strip(" \t>"))


def _bare(lines: Sequence[str]) -> str:
    """Return the text of a heading without its marks and attributes."""
    if len(lines) > 1:  # the last line underlines it
        return _attributes(" ".join(line.strip() for line in lines[:-1]))[0]
    text, _ = _attributes(lines[0])
    rest = text.lstrip("#")
    if len(rest) == len(text) or rest[:1] not in ("", " ", "\t"):
        return text
    text = rest.strip()
    rest = text.rstrip("#")
    return rest.rstrip() if rest[-1:] in ("", " ", "\t") else text


def _attributes(heading: str) -> tuple[str, str]:
    """Return a heading's line without its attributes, and those: `{#top}`."""
    heading = heading.strip()
    start = heading.rfind("{")
    inside = heading[start + 1 : -1]
    if start < 1 or heading[start - 1] not in " \t" or not heading.endswith("}"):
        return heading, ""
    if "}" in inside or not inside.startswith(("#", ".", ":")):
        return heading, ""
    return heading[:start].rstrip(), heading[start:]


def _joined(left: str, right: str, *, first: bool) -> str:
    """Return one heading for both languages, `## 中文 · English`; attributes of the source stay."""
    ours, theirs = left.split("\n"), right.split("\n")
    hashes = re.match(r"[ \t]*(#{1,6})(?:[ \t]|$)", ours[0]) if len(ours) == 1 else None
    level = hashes.group(1) if hashes else "#" if ours[-1].lstrip().startswith("=") else "##"
    _, attributes = _attributes(ours[-2] if len(ours) > 1 else ours[0])
    one, other = (_bare(ours), _bare(theirs)) if first else (_bare(theirs), _bare(ours))
    return f"{level} {one} · {other}{attributes and ' ' + attributes}"
