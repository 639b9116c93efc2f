"""Markdown with both languages in one file a chapter, for repositories and for site generators that read Markdown.

`style = "interleaved"` puts the translation of each paragraph below it, in a quote. `table` puts both side by side in
an HTML table with Markdown in its cells, `details` folds the source away below the translation, and `div` makes pairs
of `<div>` with joined headings, for the styles of a MkDocs, VitePress or docsify site.

Like the translated book, it is the authors' text: nothing is rendered, pieces of both files are put together.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from bilingual.diagnostics import Diagnostic, Place, Severity
from bilingual.links import sites
from bilingual.markdown.document import BlockKind, Kind
from bilingual.render import Artifact, Rendered, Renderer
from bilingual.text import Edit, Span, substitute

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bilingual.edition import Chapter, Edition
    from bilingual.markdown.document import Block, Document
    from bilingual.render import Places

Style = Literal["interleaved", "table", "details", "div"]
_OPENING = re.compile(r"<([a-zA-Z][\w-]*)\b[^<>]*?(/?)>")
_CLOSING = re.compile(r"</([a-zA-Z][\w-]*)\s*>")
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_ATTRIBUTES = re.compile(r"[ \t]+\{[#.:][^{}\n]*\}[ \t]*$")
_MARKS = re.compile(r"[ \t]*#{1,6}[ \t]+|[ \t]+#+[ \t]*$")
_LINE_END = re.compile(r"\r\n?|\n")


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
    """Blocks of both sides that belong together, from the outermost level of their documents."""

    source: tuple[Block, ...]
    target: tuple[Block, ...]


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
        tops = [_tops(document) for document in self.documents]
        source: list[Block] = []
        target: list[Block] = []
        for row in self.chapter.rows:
            ours = [tops[0][id(block)] for block in row.bead.source]
            theirs = [tops[1][id(block)] for block in row.bead.target]
            shared = (source and ours and ours[0] is source[-1]) or (target and theirs and theirs[0] is target[-1])
            if not shared and (source or target):
                yield _Group(tuple(source), tuple(target))
                source, target = [], []
            source.extend(block for block in ours if not source or block is not source[-1])
            target.extend(block for block in theirs if not target or block is not target[-1])
        if source or target:
            yield _Group(tuple(source), tuple(target))

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
            alone = left == right or not left or not right or kind is BlockKind.FRONT_MATTER or _is_unbalanced(left)
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
        """Return both sides of a group in the style that is asked for."""
        tags = (self.edition.source.tag, self.edition.target.tag)
        if self.options.style == "details":
            name = escape(self.edition.source.name())
            return f"{right}\n\n<details>\n<summary>{name}</summary>\n\n{left}\n\n</details>"
        sides = [(tags[0], left), (tags[1], right)]
        if self.options.target_first:
            sides.reverse()
        if self.options.style == "div":
            if len(group.source) == len(group.target) == 1 and group.source[0].kind is BlockKind.HEADING:
                return _joined(left, right, first=sides[0][1] is left)
            cells = "\n".join(f'<div lang="{tag}" markdown="1">\n\n{text}\n\n</div>' for tag, text in sides)
            return f'<div class="bilingual" markdown="1">\n{cells}\n</div>'
        cells = "\n".join(f'<td lang="{tag}" valign="top">\n\n{text}\n\n</td>' for tag, text in sides)
        return f"<tr>\n{cells}\n</tr>"

    def of(self, blocks: Sequence[Block], *, target: bool) -> str:
        """Return the text of blocks that stand together, as their author wrote it."""
        return "\n\n".join(self.written(block.span, target=target) for block in blocks)

    def written(self, span: Span, *, target: bool) -> str:
        """Return a stretch of a document, with links that lead somewhere from where the file is."""
        edits = [
            Edit(Span(each.span.start - span.start, each.span.end - span.start), each.text)
            for each in self.edits[target]
            if span.start <= each.span.start and each.span.end <= span.end
        ]
        text = substitute(span.of(self.documents[target].text), edits)
        return _LINE_END.sub("\n", text.removeprefix("\ufeff")).rstrip("\n \t")

    # --- interleaved

    def interleaved(self) -> Iterator[str]:
        """Yield the source's blocks, with their translations in quotes below what they translate."""
        for group in self.groups():
            yield self.quoted_below(group)

    def quoted_below(self, group: _Group) -> str:
        """Return blocks of the source with the translation of each leaf below it, in a quote at the same depth."""
        first = self.options.target_first
        main, other = (group.target, group.source) if first else (group.source, group.target)
        if not main or not other:
            return self.of(main or other, target=first if main else not first)
        document = self.documents[first]
        added: list[Edit] = []
        inside = {id(block) for block in main}
        tops = _tops(document)
        for row in self.chapter.rows:
            mine, theirs = (row.bead.target, row.bead.source) if first else (row.bead.source, row.bead.target)
            if not mine or not theirs or id(tops[id(mine[-1])]) not in inside:
                continue
            if mine[-1].kind is BlockKind.HTML:
                added.extend(self.beside(mine[-1], theirs[-1], target=not first))
                continue
            below = self.below(row.path, mine[-1], theirs, target=not first)
            if below:
                end = mine[-1].span.end
                while end > mine[-1].span.start and document.text[end - 1] in "\r\n \t":
                    end -= 1
                rest = document.text[end:].split("\n", 2)
                follows = len(rest) > 1 and rest[1].strip(" \t\r>")
                added.append(Edit(Span(end, end), below if follows else below.rstrip(" \t>\n")))
        span = Span(main[0].span.start, main[-1].span.end)
        edits = [
            Edit(Span(each.span.start - span.start, each.span.end - span.start), each.text)
            for each in (*self.edits[first], *added)
            if span.start <= each.span.start and each.span.end <= span.end
        ]
        text = substitute(span.of(document.text), edits)
        return _LINE_END.sub("\n", text.removeprefix("\ufeff")).rstrip("\n \t")

    def below(self, path: Sequence[Block], main: Block, others: Sequence[Block], *, target: bool) -> str:
        """Return what stands below a leaf: the other side's text as a quote, or nothing if it is the same."""
        if (
            main.kind is BlockKind.FRONT_MATTER
            or main.children
            or (not main.segments and main.kind is not BlockKind.TABLE)
        ):
            return ""
        lines = []
        for block in others:
            text = self.written(block.span, target=target)
            if block.kind is BlockKind.HEADING:
                text = f"**{_bare(text)}**"
            elif block.segments and block.kind is not BlockKind.TABLE:
                # Without the marks of the containers around it, which the other side has already.
                spans = [span for segment in block.segments for span in segment.spans]
                text = self.written(Span(spans[0].start, spans[-1].end), target=target)
                prefix = block.segments[0].prefix
                text = "\n".join(
                    line.removeprefix(prefix).lstrip(" \t>") if index else line
                    for index, line in enumerate(text.split("\n"))
                )
            lines.extend(text.split("\n"))
        if self.written(main.span, target=not target) == "\n".join(lines):
            return ""
        prefix = main.segments[0].prefix if main.segments and main.kind is not BlockKind.HEADING else ""
        if path and path[-1].kind is BlockKind.FOOTNOTE:
            prefix = "    "  # further paragraphs of a note are indented by four, wherever its first one begins
        quoted = "\n".join(f"{prefix}> {line}" if line else f"{prefix}>" for line in lines)
        return f"\n{prefix.rstrip()}\n{quoted}\n{prefix.rstrip()}"

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
        return edits


def _tops(document: Document) -> dict[int, Block]:
    """Return the outermost block that each block is in, by the identity of the block."""
    found: dict[int, Block] = {}

    def walk(blocks: Iterable[Block], top: Block) -> None:
        for block in blocks:
            found[id(block)] = top
            walk(block.children, top)

    for block in document.blocks:
        found[id(block)] = block
        walk(block.children, block)
    return found


def _is_unbalanced(text: str) -> bool:
    """Return whether HTML begins or ends in other blocks."""
    if not text.startswith("<"):
        return False
    opened = [match.group(1).lower() for match in _OPENING.finditer(text) if not match.group(2)]
    closed = [match.group(1).lower() for match in _CLOSING.finditer(text)]
    return sorted(name for name in opened if name not in _VOID) != sorted(closed)


def _bare(heading: str) -> str:
    """Return the text of a heading without its marks."""
    line = heading.split("\n", 1)[0]
    return _MARKS.sub("", _ATTRIBUTES.sub("", line)).strip()


def _joined(left: str, right: str, *, first: bool) -> str:
    """Return one heading for both languages, `## 中文 · English`; attributes of the source stay."""
    line = left.split("\n", 1)[0]
    attributes = _ATTRIBUTES.search(line)
    match = re.match(r"[ \t]*(#{1,6})[ \t]", line)
    underlined = left.split("\n")[1:]
    level = match.group(1) if match else "#" if underlined and underlined[-1].lstrip().startswith("=") else "##"
    one, other = (_bare(left), _bare(right)) if first else (_bare(right), _bare(left))
    return f"{level} {one} · {other}{attributes.group().rstrip() if attributes else ''}"
