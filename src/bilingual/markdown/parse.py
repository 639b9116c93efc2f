"""From a text to a document: tokens of the block parser become blocks, segments and their exact spans."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bilingual.diagnostics import Diagnostic, Place, Severity
from bilingual.markdown import code, front_matter, html, mermaid
from bilingual.markdown.dialect import CODE, Dialect, block_parser, default_dialect, syntax_line
from bilingual.markdown.document import TRIM, Block, BlockKind, Document, Kind, Segment, language_of
from bilingual.markdown.inline import fold
from bilingual.markdown.svg import parse_svg
from bilingual.text import Lines, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

_BOM = "\ufeff"
_DIRECTIVE = re.compile(r"<!--\s*(?:i18n|mdbook-xgettext)\s*:\s*([a-z-]+)\s*(?::\s*(.*?))?\s*-->", re.DOTALL)
_PREFIX = re.compile(r"[ \t]*(?:(?:>|[-+*](?=[ \t]|$)|\d{1,9}[.)](?=[ \t]|$))[ \t]*)*(?:\[[ xX]\][ \t])?")
_NOT_QUOTE = re.compile(r"[^>\s]")
_HEADING_ATTRIBUTES = re.compile(r"[ \t]+\{[#.:][^{}]*\}$")
_WHOLLY_BOLD = re.compile(r"(\*\*|__)(?=\S)((?:(?!\1).)+)\1[：:]?")
_ALERT_TITLE = re.compile(r"(\[![\w-]+\][+-]?[ \t]+)\S")
_CONTAINER_TITLE = re.compile(r"[:`~]{3,}[ \t]*(?:[\w-]+|\{([\w:-]+)\})(?:[ \t]*\{[^{}]*\})?[ \t]+(?=[^\s{])")
_QUOTED_TITLE = re.compile(r'^\S+[^"]*"(.+)"[ \t]*$')
_EMPTY_NOTE = re.compile(r"\[\^[^\]\s]+\]:|:|[>\s]*")
_ENVIRONMENT = re.compile(r"\\begin\{([A-Za-z]+\*?)\}")
#: Directives whose argument is a title; that of the others is a path, a number or a name.
_TITLED = frozenset(
    "note tip hint important warning caution danger error attention seealso admonition topic sidebar "
    "dropdown card tab-item grid-item-card exercise solution proof theorem".split()
)
_DIAGRAMS = frozenset(["mermaid", "plantuml", "puml", "dot", "graphviz", "flow", "sequence", "mindmap", "markmap"])

_CONTAINERS: dict[str, BlockKind] = {
    "bullet_list_open": BlockKind.LIST,
    "ordered_list_open": BlockKind.LIST,
    "list_item_open": BlockKind.ITEM,
    "blockquote_open": BlockKind.QUOTE,
    "alert_open": BlockKind.QUOTE,
    "container_open": BlockKind.CONTAINER,
    "admonition_open": BlockKind.CONTAINER,
    "footnote_reference_open": BlockKind.FOOTNOTE,
    "dl_open": BlockKind.DEFINITIONS,
    "dt_open": BlockKind.TERM,
    "dd_open": BlockKind.DEFINITION,
    "table_open": BlockKind.TABLE,
    "heading_open": BlockKind.HEADING,
    "paragraph_open": BlockKind.PARAGRAPH,
}
_KINDS: dict[BlockKind, Kind] = {
    BlockKind.ITEM: Kind.LIST_ITEM,
    BlockKind.QUOTE: Kind.QUOTE,
    BlockKind.FOOTNOTE: Kind.FOOTNOTE,
    BlockKind.DEFINITION: Kind.DEFINITION,
    BlockKind.TERM: Kind.TERM,
}


@dataclass(slots=True)
class _Open:
    """A block that is being built."""

    kind: BlockKind
    first: int
    last: int
    info: str = ""
    segments: list[Segment] = field(default_factory=list)
    children: list[Block] = field(default_factory=list)
    pieces: list[Segment | str] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)


class _Cannot(Exception):  # noqa: N818 - a signal inside this module
    """A segment cannot be located."""


def parse(text: str, *, path: str = "", dialect: Dialect | None = None) -> Document:
    """Return the document that `text` is.

    Total: it raises for no text. What cannot be located stays as it is and is reported; joined, the skeleton
    and the spans of the segments give `text` again (DESIGN I1).

    Args:
        text: All characters of the file, byte-order mark and line ends included.
        path: Where it came from, for diagnostics; a name in `.svg` means that the text is a picture.
        dialect: What the book's renderer understands; the default is `default_dialect()`.
    """
    if path.lower().endswith(".svg"):
        return parse_svg(text, path=path)
    return _Parser(text, path, dialect or default_dialect()).document()


class _Parser:
    def __init__(self, text: str, path: str, dialect: Dialect) -> None:
        self.text = text
        self.path = path
        self.dialect = dialect
        self.syntax = syntax_line(dialect)
        self.heading_ids = dialect.has("heading_ids")
        lines = Lines(text)
        self.starts = lines.starts
        # A byte-order mark is no part of the first line, or front matter and the first heading would hide.
        if text.startswith(_BOM):
            self.starts[0] = 1
        if "\r" in text or "\0" in text or text.startswith(_BOM):
            self.lines = [text[a:b].replace("\0", "\ufffd") for a, b in zip(lines.starts, lines.ends, strict=True)]
            self.source = "\n".join(self.lines)
            if text.endswith(("\n", "\r")):
                self.source += "\n"
        else:
            self.lines = text.split("\n")
            if self.lines[-1] == "":
                self.lines.pop()
            self.source = text
        self.env: dict[str, Any] = {}
        self.segments: list[Segment] = []
        self.skipped: list[Segment] = []
        self.shape: list[object] = []
        self.diagnostics: list[Diagnostic] = []
        self.covered = bytearray(len(self.lines))
        self.trail: list[tuple[int, str]] = []
        self.neighbour = ""
        self.context: str | None = None
        self.comments: list[str] = []
        self.skip_region = False
        self.skip_level: int | None = None  # the level of the one block to skip, once it has begun
        self.skip_next: int | None = None  # the level at which the next block is to be skipped
        self.trail_text = ""

    # --- the walk ----------------------------------------------------------------------------------------------

    def document(self) -> Document:
        tokens: list[Token] = []
        md = block_parser(self.dialect)
        try:
            md.block.parse(self.source, md, self.env, tokens)
        except Exception as error:  # noqa: BLE001 - parse is total, whatever an outside extension raises
            self.report(
                0,
                "parser-failed",
                f"the Markdown parser failed: {type(error).__name__}",
                "the file is left as it is",
            )
            return Document(self.path, self.text, (), (), (), diagnostics=tuple(self.diagnostics))
        blocks = self.walk(tokens)
        references = self.env.get("references", {})
        found = tuple((label, entry["href"], entry["map"][0] + 1) for label, entry in references.items())
        for entry in (*references.values(), *self.env.get("duplicate_refs", ())):
            self.cover(*entry["map"])
        self.check_coverage()
        return Document(
            self.path,
            self.text,
            blocks,
            tuple(self.segments),
            (*self.shape, tuple(each[:2] for each in found)),
            found,
            tuple(self.skipped),
            tuple(self.diagnostics),
        )

    def walk(self, tokens: Sequence[Token]) -> tuple[Block, ...]:
        root = _Open(BlockKind.CONTAINER, 0, 0)
        stack = [root]
        shape = self.shape.append
        references = self.env.get("references", {})
        row: list[Token] = []
        for token in tokens:
            kind = token.type
            level = token.level
            if stack[-1].kind is BlockKind.TABLE:
                stack[-1].tokens.append(token)
            if token.nesting == 1:
                if self.skip_next is not None and level <= self.skip_next and self.skip_level is None:
                    self.skip_level, self.skip_next = level, None
                shape(
                    (
                        kind,
                        token.tag,
                        token.hidden,
                        token.meta.get("label") or token.meta.get("checked") if token.meta else None,
                    )
                )
                if kind in _CONTAINERS:
                    first, last = token.map or (stack[-1].first, stack[-1].last)
                    opened = _Open(
                        _CONTAINERS[kind],
                        first,
                        last,
                        token.tag[1:] if kind == "heading_open" else token.markup,
                        tokens=[token],
                    )
                    stack.append(opened)
                    if kind == "alert_open":
                        self.cover(first, first + 1)
                    elif kind == "table_open":
                        self.cover(first, last)
                    elif kind == "container_open":
                        self.cover(first, first + 1)
                        if token.meta["closed"]:
                            self.cover(last - 1, last)
                        self.container_title(first, opened)
                    elif kind == "admonition_open":
                        self.cover(first, first + 1)
                        self.admonition_title(first, opened)
                elif kind == "tr_open":
                    row = []
            elif token.nesting == -1:
                if self.skip_level is not None and level <= self.skip_level:
                    self.skip_level = None
                if kind[:-5] + "open" in _CONTAINERS:
                    block = self.close(stack.pop())
                    stack[-1].children.append(block)
                elif kind == "tr_close" and row:
                    self.cells(row, stack[-1])
            elif kind == "inline":
                if token.map is None:
                    continue  # the word "Note" above an alert, which is not in the text
                if stack[-1].kind is BlockKind.TABLE:
                    row.append(token)
                    continue
                self.cover(*token.map)
                self.inline(token, stack, references)
            elif (
                self.skip_next is not None
                and level <= self.skip_next
                and self.skip_level is None
                and not (kind == "html_block" and _DIRECTIVE.search(token.content))
            ):
                self.skip_level = level
                self.leaf(token, stack[-1])
                self.skip_level = self.skip_next = None
            else:
                self.leaf(token, stack[-1])
        return tuple(root.children)

    def close(self, opened: _Open) -> Block:
        return Block(
            opened.kind,
            self.line_span(opened.first, opened.last),
            tuple(opened.segments),
            tuple(opened.children),
            opened.info,
            tuple(opened.pieces),
            tuple(opened.tokens),
        )

    def line_span(self, first: int, last: int) -> Span:
        if first >= len(self.starts):
            return Span(len(self.text), len(self.text))
        end = self.starts[last] if last < len(self.starts) else len(self.text)
        return Span(self.starts[first], max(end, self.starts[first]))

    def cover(self, first: int, last: int) -> None:
        last = min(last, len(self.covered))
        if last > first:
            self.covered[first:last] = b"\1" * (last - first)

    def check_coverage(self) -> None:
        """Report each run of lines that no block, link definition or directive accounts for."""
        first = last = -1
        position = self.covered.find(0)
        while position >= 0:
            line = self.lines[position]
            rest = line[_prefix_length(line) :].strip(TRIM)
            if rest and self.syntax.fullmatch(rest) is None and _EMPTY_NOTE.fullmatch(rest) is None:
                if last >= 0 and position > last + 1:
                    self.unreached(first, last)
                    first = -1
                first, last = (position if first < 0 else first), position
            position = self.covered.find(0, position + 1)
        if first >= 0:
            self.unreached(first, last)

    def unreached(self, first: int, last: int) -> None:
        lines = "this line" if first == last else f"these {last - first + 1} lines"
        self.report(
            first,
            "text-unreached",
            f"the parser did not reach {lines}, so nothing of it is translated",
            "lists and quotes may be nested at most 50 levels deep",
        )

    def report(self, line: int, code: str, message: str, hint: str) -> None:
        excerpt = self.lines[line] if line < len(self.lines) else ""
        self.diagnostics.append(
            Diagnostic(code, message, Place(self.path, line + 1), Severity.WARNING, excerpt[:200], None, hint),
        )

    # --- leaves ------------------------------------------------------------------------------------------------

    def leaf(self, token: Token, parent: _Open) -> None:
        kind = token.type
        first, last = token.map or (parent.first, parent.last)
        self.cover(first, last)
        opened = _Open(BlockKind.RULE, first, last, tokens=[token])
        if kind == "html_block":
            opened.kind = BlockKind.HTML
            self.html_block(token, first, opened)
        elif kind == "front_matter":
            opened.kind = BlockKind.FRONT_MATTER
            self.front_matter_block(token, first, opened)
        elif kind in ("fence", "code_block", "math_block", "math_block_label"):
            info = token.info.strip()
            opened.info = info
            language = language_of(info)
            if kind.startswith("math") or language == "math":
                opened.kind = BlockKind.MATH
            elif language in _DIAGRAMS:
                opened.kind = BlockKind.DIAGRAM
            else:
                opened.kind = BlockKind.CODE
            self.code(token, first, language, opened)
            self.neighbour = f"after: {opened.kind.value}"
        else:
            self.shape.append((kind, token.markup))
        parent.children.append(self.close(opened))

    def code(self, token: Token, first: int, language: str, opened: _Open) -> None:
        """Make segments of the text inside a code block or diagram, as far as the dialect asks for it."""
        content = token.content
        found: Sequence[code.Piece] = ()
        if opened.kind is BlockKind.CODE and self.dialect.code != "off" and language:
            found = code.pieces(content, language, strings=self.dialect.code == CODE[-1])
        elif opened.kind is BlockKind.DIAGRAM and self.dialect.diagrams and language == "mermaid":
            found = [(Kind.DIAGRAM_LABEL, start, end) for start, end in mermaid.labels(content)]
        skeleton = []
        last = 0
        if found:
            rows = content.split("\n")
            line = first + (token.type == "fence")
            starts = [0]
            for row in rows:
                starts.append(starts[-1] + len(row) + 1)
        for kind, start, end in found:
            index = bisect_right(starts, start) - 1
            stripped = rows[index].lstrip(" \t")
            source = self.lines[line + index] if line + index < len(self.lines) else ""
            column = start - starts[index] - len(rows[index]) + len(stripped)
            text = content[start:end]
            if column < 0 or not source.endswith(stripped) or "\ufffd" in text:
                continue
            place = self.starts[line + index] + len(source) - len(stripped) + column
            skeleton.append(content[last:start])
            last = end
            self.emit(kind, text, (Span(place, place + len(text)),), line + index, opened, prefix="")
        skeleton.append(content[last:])
        self.shape.append((token.type, token.info.strip(), tuple(skeleton)))

    def inline(self, token: Token, stack: list[_Open], references: dict[str, Any]) -> None:
        parent = stack[-1]
        first, last = token.map or (0, 0)
        content = token.content
        if not content:
            return
        if parent.kind is BlockKind.TERM:
            last = first + 1  # the map of a term is empty
            self.cover(first, last)
        if parent.kind is BlockKind.HEADING:
            level = int(parent.info)
            self.cover(parent.first, parent.last)
            if parent.last - parent.first == 1:
                spans = self.heading(content, first)
                if spans is not None:
                    self.emit(Kind.HEADING, self.text_of(spans), (spans,), first, parent, level=level)
                else:
                    self.unlocated(first)
            else:
                self.paragraph(content, first, parent.last - 1, Kind.HEADING, parent, references, level)
            return
        kind = Kind.PARAGRAPH
        for opened in reversed(stack):
            if opened.kind in _KINDS:
                kind = _KINDS[opened.kind]
                break
        self.paragraph(content, first, last, kind, parent, references, 0)

    def text_of(self, span: Span) -> str:
        return self.text[span.start : span.end].replace("\0", "\ufffd")

    def heading(self, content: str, line: int) -> Span | None:
        source = self.lines[line]
        if self.heading_ids and (match := _HEADING_ATTRIBUTES.search(content)):
            shorter = content[: match.start()]
        else:
            shorter = content
        position = source.find(content)
        while position >= 0:
            before = source[:position].rstrip(" \t")
            if before.endswith("#") and not source[position + len(content) :].strip(" \t#"):
                break
            position = source.find(content, position + 1)
        if position < 0:
            return None
        start = self.starts[line] + position
        return Span(start, start + len(shorter))

    def locate(self, content: str, first: int, last: int) -> list[tuple[str, int]]:
        """Return each content line without its leading blanks, and its offset in the document."""
        rows = content.split("\n")
        if len(rows) != last - first:
            raise _Cannot
        located = []
        for index, row in enumerate(rows):
            stripped = row.lstrip(" \t") if index else row
            source = self.lines[first + index]
            if source.endswith(stripped):
                column = len(source) - len(stripped)
            else:
                column = len(source.rstrip(TRIM)) - len(stripped)
                if column < 0 or not source.startswith(stripped, column):
                    raise _Cannot
            located.append((stripped, self.starts[first + index] + column))
        return located

    def paragraph(
        self,
        content: str,
        first: int,
        last: int,
        kind: Kind,
        parent: _Open,
        references: dict[str, Any],
        level: int,
    ) -> None:
        # Lines of blanks that are none to Markdown, such as U+3000, are in the paragraph but not in its content.
        surplus = last - first - content.count("\n") - 1
        while surplus > 0 and not self.lines[first].strip(TRIM):
            first, surplus = first + 1, surplus - 1
        while surplus > 0 and not self.lines[last - 1].strip(TRIM):
            last, surplus = last - 1, surplus - 1
        try:
            rows = self.locate(content, first, last)
        except _Cannot:
            self.unlocated(first)
            return
        run: list[tuple[str, int]] = []
        environment = ""
        begin = first
        for index, (row, offset) in enumerate(rows):
            syntax = bool(environment) or self.syntax.fullmatch(row.rstrip(" \t")) is not None
            if not environment and row.startswith("\\begin{") and (match := _ENVIRONMENT.match(row)):
                closer = f"\\end{{{match.group(1)}}}"
                if any(closer in other for other, _ in rows[index:]):
                    environment, syntax = closer, True
            if environment and environment in row:
                environment = ""
            if syntax:
                self.shape.append(("syntax", row.rstrip(" \t")))
                self.run(run, begin, kind, parent, references, level)
                parent.pieces.append(row.rstrip(" \t"))
                run = []
                continue
            if index == 0 and kind is Kind.QUOTE and (match := _ALERT_TITLE.match(row)):
                cut = match.end(1)
                title = row[cut:].rstrip(" \t\\")
                span = Span(offset + cut, offset + cut + len(title))
                self.shape.append(("alert", match.group(1).strip()))
                self.emit(Kind.TITLE, title, (span,), first, parent)
                continue
            if not run:
                begin = first + index
            run.append((row, offset))
        self.run(run, begin, kind, parent, references, level)

    def run(
        self,
        rows: list[tuple[str, int]],
        line: int,
        kind: Kind,
        parent: _Open,
        references: dict[str, Any],
        level: int,
    ) -> None:
        """Make a segment of lines that stand together."""
        if not rows:
            return
        row, offset = rows[-1]
        row = row.rstrip(TRIM)
        if (
            row.endswith("\\")
            and (len(row) - len(row.rstrip("\\"))) % 2
            and self.followed(line + len(rows) - 1, parent)
        ):
            row = row[:-1].rstrip(TRIM)
        rows[-1] = (row, offset)
        if not row:
            rows.pop()
            self.run(rows, line, kind, parent, references, level)
            return
        if len(rows) == 1:
            text = row
            spans: tuple[Span, ...] = (Span(offset, offset + len(row)),)
            breaks: tuple[str, ...] = ()
        else:
            folded = fold([text for text, _ in rows], self.dialect, references)
            if folded is None:
                self.report(
                    line,
                    "segment-unfoldable",
                    "the lines of this paragraph cannot be joined without changing their meaning, so it stays",
                    "write the formula, tag or code that crosses a line end on one line",
                )
                self.shape.append(("left", tuple(text for text, _ in rows)))
                self.skipped.extend(Segment(kind, piece, (Span(start, start + len(piece)),)) for piece, start in rows)
                whole = "\n".join(piece for piece, _ in rows)
                parent.pieces.append(Segment(kind, whole, (Span(rows[0][1], offset + len(row)),), breaks=("\n",)))
                return
            text, breaks = folded.text, folded.breaks
            spans = tuple(Span(start, start + len(piece)) for piece, start in rows)
        self.emit(kind, text, spans, line, parent, breaks=breaks, level=level)

    def followed(self, line: int, parent: _Open) -> bool:
        """Whether another line of the same paragraph comes after `line`."""
        return line + 1 < parent.last

    def unlocated(self, line: int) -> None:
        self.shape.append(("left", self.lines[line]))
        self.report(
            line,
            "segment-unlocated",
            "this text could not be located in the file, so it is not translated",
            "simplify the tabs and markers in front of it",
        )

    def emit(
        self,
        kind: Kind,
        text: str,
        spans: tuple[Span, ...],
        line: int,
        parent: _Open,
        *,
        breaks: tuple[str, ...] = (),
        style: str = "",
        level: int = 0,
        prefix: str | None = None,
    ) -> None:
        if not text:
            return
        shape = self.shape.append
        if self.skip_region or self.skip_level is not None:
            shape(("skipped", text))
            self.skipped.append(Segment(kind, text, spans, breaks=breaks))
            parent.pieces.append(self.skipped[-1])
            return
        shape(kind)
        if prefix is None:
            prefix = self.prefix(spans)
        what = f"type: {kind.value} level {level}" if level else _TYPES[kind]
        comment = what + self.trail_text
        if self.neighbour:
            comment += "\n" + self.neighbour
            self.neighbour = ""
        if self.comments:
            comment += "\n" + "\n".join(self.comments)
            self.comments = []
        segment = Segment(kind, text, spans, prefix, breaks, style, level, self.context, comment, line + 1)
        self.context = None
        self.segments.append(segment)
        parent.segments.append(segment)
        parent.pieces.append(segment)
        if level:
            self.enter(level, text)
        elif kind is Kind.PARAGRAPH and text.startswith(("**", "__")) and (match := _WHOLLY_BOLD.fullmatch(text)):
            self.enter(7, match.group(2))

    def enter(self, level: int, title: str) -> None:
        self.trail = [each for each in self.trail if each[0] < level]
        self.trail.append((level, title if len(title) <= 60 else title[:59] + "…"))
        self.trail_text = "\nin: " + " › ".join(title for _, title in self.trail).replace("\n", " ")

    def prefix(self, spans: Sequence[Span]) -> str:
        """Return what a further line of a segment begins with, copied from its second line if it has one."""
        if len(spans) > 1:
            start = spans[1].start
            return self.text[self.starts[bisect_right(self.starts, start) - 1] : start]
        start = spans[0].start
        return _NOT_QUOTE.sub(" ", self.text[self.starts[bisect_right(self.starts, start) - 1] : start])

    # --- titles, cells -------------------------------------------------------------------------------------------

    def container_title(self, line: int, parent: _Open) -> None:
        source = self.lines[line]
        begin = _prefix_length(source)
        match = _CONTAINER_TITLE.match(source, begin)
        shape = source[begin:].strip()
        if match is not None:
            name = match.group(1)
            title = source[match.end() :].rstrip(" \t")
            if title and (name is None or name.lower() in _TITLED):
                start = self.starts[line] + match.end()
                shape = source[begin : match.end()]
                self.emit(Kind.TITLE, title, (Span(start, start + len(title)),), line, parent)
        self.shape.append(("container", shape))

    def admonition_title(self, line: int, parent: _Open) -> None:
        source = self.lines[line]
        begin = _prefix_length(source)
        match = _QUOTED_TITLE.match(source[begin:])
        shape = source[begin:].strip()
        if match is not None:
            start = self.starts[line] + begin + match.start(1)
            title = match.group(1)
            stripped = title.strip(TRIM)
            if stripped:
                start += len(title) - len(title.lstrip(TRIM))
                shape = source[begin : begin + match.start(1)]
                self.emit(Kind.TITLE, stripped, (Span(start, start + len(stripped)),), line, parent)
        self.shape.append(("admonition", shape))

    def cells(self, row: Sequence[Token], parent: _Open) -> None:
        line = (row[0].map or (0, 0))[0]
        source = self.lines[line]
        contents = [token.content for token in row]
        bounds = [-1, *(match.start() for match in re.finditer(r"(?<!\\)\|", source)), len(source)]
        found = None
        leading = 1 if source[_prefix_length(source, bounds[1]) : bounds[1]].strip() == "" else 0
        for skip in (leading, 1 - leading):
            found = _match_cells(source, bounds, contents, skip)
            if found is not None:
                break
        if found is None:
            self.unlocated(line)
            return
        base = self.starts[line]
        for start, end in found:
            if start < end:
                span = Span(base + start, base + end)
                self.emit(Kind.CELL, self.text_of(span), (span,), line, parent)
            else:
                self.shape.append("empty cell")

    # --- HTML and front matter -----------------------------------------------------------------------------------

    def html_block(self, token: Token, first: int, parent: _Open) -> None:
        rows = token.content.split("\n")
        if rows and rows[-1] == "":
            rows.pop()
        offsets: list[tuple[int, int]] = []  # (offset in the joined text, offset in the document minus it)
        joined: list[str] = []
        position = 0
        for index, row in enumerate(rows):
            source = self.lines[first + index] if first + index < len(self.lines) else ""
            stripped = row.lstrip(" \t")
            column = len(source) - len(stripped)
            if column < 0 or not source.endswith(stripped):
                self.unlocated(first + index)
                return
            joined.append(stripped)
            offsets.append((position, self.starts[first + index] + column - position))
            position += len(stripped) + 1
        source = "\n".join(joined)
        keys = [each for each, _ in offsets]
        skeleton: list[str] = []
        last = 0
        for piece in html.pieces(source):
            if piece.kind == "comment":
                self.directive(source[piece.start : piece.end], token.level)
                continue
            spans = []
            index = bisect_right(keys, piece.start) - 1
            line = first + index
            start = piece.start
            while start < piece.end:
                end = min(piece.end, keys[index + 1] - 1 if index + 1 < len(keys) else piece.end)
                delta = offsets[index][1]
                while end > start and source[end - 1] in " \t":
                    end -= 1
                if end > start:
                    spans.append(Span(start + delta, end + delta))
                index += 1
                start = keys[index] if index < len(keys) else piece.end
            text = html.folded(source[piece.start : piece.end])
            kind = Kind.HTML_TEXT if piece.kind == "text" else Kind.HTML_ATTRIBUTE
            if kind is Kind.HTML_ATTRIBUTE and "\n" in source[piece.start : piece.end]:
                continue
            skeleton.append(source[last : piece.start])
            last = piece.end
            self.emit(kind, text, tuple(spans), line, parent, style=piece.quote, prefix="")
        skeleton.append(source[last:])
        self.shape.append(("html", tuple(skeleton)))
        if (
            not parent.segments
            and not _DIRECTIVE.search(token.content)
            and not token.content.lstrip().startswith("<!--")
        ):
            self.neighbour = "after: HTML block"

    def directive(self, comment: str, level: int) -> None:
        match = _DIRECTIVE.fullmatch(comment)
        if match is None:
            return
        name, value = match.group(1), (match.group(2) or "").strip()
        if name == "skip":
            self.skip_next = level
        elif name == "skip-start":
            self.skip_region = True
        elif name == "skip-end":
            self.skip_region = False
        elif name == "comment" and value:
            self.comments.extend(part.strip() for part in value.split("\n"))
        elif name == "context" and value:
            self.context = " ".join(value.split())

    def front_matter_block(self, token: Token, first: int, parent: _Open) -> None:
        content = token.content
        if token.markup != "---" or not self.dialect.front_matter:
            self.shape.append(("front matter", content))
            return
        try:
            values = front_matter.values(content, self.dialect.front_matter)
        except front_matter.FrontMatterError as error:
            self.shape.append(("front matter", content))
            self.report(
                first + 1 + error.line,
                "front-matter-invalid",
                f"the front matter is no YAML: {error}",
                "it is left as it is",
            )
            return
        starts = Lines(content).starts
        skeleton = []
        last = 0
        for value in values:
            spans = []
            index = bisect_right(starts, value.start) - 1
            line = first + 1 + index
            start = value.start
            indent = ""
            while start < value.end:
                stop = starts[index + 1] if index + 1 < len(starts) else len(content)
                end = min(value.end, stop - 1 if stop > start and content[stop - 1 : stop] == "\n" else stop)
                base = self.starts[first + 1 + index] - starts[index]
                if end > start:
                    spans.append(Span(start + base, end + base))
                    if len(spans) == 2:
                        row = content[starts[index] : end]
                        indent = row[: len(row) - len(row.lstrip(" "))]
                index += 1
                start = stop
            skeleton.append(content[last : value.start])
            last = value.end
            self.emit(
                Kind.FRONT_MATTER,
                value.text.strip(TRIM),
                tuple(spans),
                line,
                parent,
                style=value.style,
                prefix=indent,
            )
        skeleton.append(content[last:])
        self.shape.append(("front matter", tuple(skeleton)))


_TYPES = {kind: f"type: {kind.value}" for kind in Kind}


def _prefix_length(line: str, end: int | None = None) -> int:
    match = _PREFIX.match(line, 0, len(line) if end is None else end)
    return match.end() if match else 0


def _match_cells(
    source: str, bounds: Sequence[int], contents: Sequence[str], skip: int
) -> list[tuple[int, int]] | None:
    found = []
    for index, content in enumerate(contents):
        place = index + skip
        if place + 1 >= len(bounds):
            if content:
                return None
            found.append((0, 0))
            continue
        start, end = bounds[place] + 1, bounds[place + 1]
        while end > start and source[end - 1] in TRIM:
            end -= 1
        while start < end and source[start] in TRIM:
            start += 1
        raw = source[start:end]
        if raw.replace("\\|", "|") != content:
            # The first cell of a table without outer bars begins after the container's marks.
            offset = len(raw) - len(content) - raw.count("\\|")
            if index or offset < 0 or raw[offset:].replace("\\|", "|") != content:
                return None
            start += offset
        found.append((start, end))
    return found
