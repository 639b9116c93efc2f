"""The rows of a chapter as HTML, in pieces that pages put together: for both languages, or for one of them."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import blake2b
from html import escape as _escape
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from bilingual.catalog import State
from bilingual.diagnostics import Diagnostic, Place, Severity
from bilingual.diagram import draw
from bilingual.edition import Pair
from bilingual.formula import formula
from bilingual.language import has_han
from bilingual.links import anchors
from bilingual.markdown.code import highlighted
from bilingual.markdown.content import (
    Directive,
    Environment,
    Node,
    NodeKind,
    Run,
    code_of,
    formula_of,
    frame_of,
    headings,
    metadata,
    pieces,
    plain_text,
    references_of,
    table,
    wholly,
)
from bilingual.markdown.document import BlockKind
from bilingual.render import Artifact
from bilingual.render._sentences import spans
from bilingual.render._ties import ties
from bilingual.render._words import WORDS
from bilingual.sanitiser import BLOCK, INLINE, clean, danger, removed, tags, unnested
from bilingual.text import Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from bilingual.edition import Chapter, Edition, Row
    from bilingual.language import Language
    from bilingual.markdown.content import Piece
    from bilingual.markdown.document import Block, Document
    from bilingual.render import Picture, Places

#: Stands for the way from a page to the folder of the site; no text holds it, since noncharacters are taken out.
ROOT = "\ufdd0"
_OPENER, _CLOSER = "\ufdd1", "\ufdd2"
_HELD = re.compile(f"{_OPENER}(\\d+){_CLOSER}")
#: What HTML forbids: control characters and noncharacters.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
#: What is not written as it is.
_SPECIAL = re.compile("[&<>\"'" + _FORBIDDEN.pattern[1:])
_TARGETED = re.compile(r"([^<>]*)<([^<>]+)>")
_LINKING_ROLES = frozenset(["ref", "numref", "eqref", "doc", "any", "label", "prf:ref"])
_CALLOUTS = frozenset(
    "note tip important warning caution danger info details hint attention error seealso abstract success question "
    "failure bug example quote todo".split()
)
#: What a callout is called where it is shown; the others look like one of these.
_LOOKS = {
    "hint": "tip",
    "success": "tip",
    "attention": "warning",
    "error": "danger",
    "failure": "danger",
    "bug": "danger",
    "seealso": "info",
    "abstract": "info",
    "question": "info",
    "example": "info",
    "quote": "info",
    "todo": "info",
}
_SCHEMES = frozenset(["http", "https", "mailto", "tel", "ftp"])
#: Ids that the pages have for themselves; an anchor of one of these names gets an underscore.
_RESERVED = frozenset("code-tools content help help-title keys-on search toc tools views".split())
_OURS = re.compile(r"view-|fn-|fnref-|note-\d|r-[a-z2-7]{10}$")
_OPENS = re.compile(
    r"\s*<(details|div|center|section)\b([^<>]*)>\s*(?:<summary\b[^<>]*>(.*?)</summary>\s*)?", re.IGNORECASE | re.DOTALL
)
_NOTE = re.compile(r'<li id="fn-(\d+)">')
#: The tags that a box of a task goes behind.
_INTO = re.compile(r"<(?:p|figure)\b[^>]*>")
_CLOSES = re.compile(r"\s*</(details|div|center|section)\s*>\s*", re.IGNORECASE)
_DATA = re.compile(r"data:image/(?:png|gif|jpeg|webp|avif);base64,[A-Za-z0-9+/=]+")
_SIDES = frozenset(["source", "target"])
#: The box of a task.
_BOX, _DONE = '<span class="task-box">☐</span> ', '<span class="task-box">☑</span> '
#: A diagram may be narrowed to this part of its width, counted in steps of so many pixels that `style.css` has.
_LEGIBLE, _STEP, _STEPS = 0.6, 64, 24
#: A diagram that is wider than this cannot be read in half a page.
_WIDE = 800
#: Half a page holds lines of code of so many letters: the narrower one on paper, and in a window of 1024 pixels.
_COLUMNS = 40
#: What no line ends in: names such as `GPT-4`, and a few wide characters that are all of a cell.
_UNBROKEN = re.compile(r"^[^\x00-\x7f]{2,4}$|\b[A-Za-z][\w.]{0,15}-\w{1,3}\b", re.ASCII)
#: A word in Latin letters; a Japanese text need not have Han characters.
_WORD, _KANA = re.compile(r"[A-Za-z]{2}"), re.compile(r"[\u3041-\u30ff]")
#: The name of an inline tag.
_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)")
#: Looked up once: there are many texts, and members of enumerations are found slowly.
_TEXT = NodeKind.TEXT
_TAGS = {NodeKind.STRONG: "strong", NodeKind.EMPHASIS: "em", NodeKind.DELETED: "del"}


def words_of(language: Language) -> Mapping[str, str]:
    """Return the words of the pages in a language, in English where there are none in it."""
    return WORDS.get(language.tag) or WORDS.get(language.tag.split("-")[0]) or WORDS["en"]


def escape(text: str) -> str:
    """Return text as HTML, fit for attributes too; characters that HTML forbids become U+FFFD."""
    if _SPECIAL.search(text) is None:
        return text  # the usual case
    return _escape(_FORBIDDEN.sub("\ufffd", text))


@dataclass(slots=True)
class Shown:
    """A row as HTML, completed step by step.

    Attributes:
        id: The permalink.
        kind: Its classes beside `row`.
        tag: The element of the row.
        cell: The element of its cells.
        source: The HTML of the source's cell; None if the row is shared.
        target: The HTML of the target's cell.
        shared: The HTML that stands across both columns.
        state: The word for `data-state`; empty if it is translated, or if there is nothing to translate.
        untranslated: Whether the target's cell holds text in the book's own language.
        source_untranslated: Whether the source's cell does, in an edition of two translations.
        level: The level of a heading; else 0.
        anchors: Further ids that links may lead to.
        line: The line of its first entry in the catalog, 0 if it has none.
        mono: For a picture that is shared, the HTML that a page in the target's language alone shows.
        only: "source" or "target" if that language alone has this row; else empty.
    """

    id: str
    kind: str
    tag: str = "div"
    cell: str = "div"
    source: str | None = None
    target: str | None = None
    shared: str = ""
    state: str = ""
    untranslated: bool = False
    source_untranslated: bool = False
    level: int = 0
    anchors: tuple[str, ...] = ()
    line: int = 0
    mono: str = ""
    only: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a chapter, for its tree of contents; `only` is the side that alone has it, or empty."""

    level: int
    id: str
    text: Pair
    only: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a row, for the search."""

    id: str
    heading: bool
    text: Pair


#: An opening or closing tag, or a row.
Event = str | Shown


@dataclass(slots=True)
class Body:
    """What a chapter's pages are made of.

    Attributes:
        events: The rows and the tags around them, in order.
        notes: Those of the footnotes.
        title: The title of the chapter.
        description: What the front matter says it is about.
        headings: Its headings.
        texts: The texts of its rows.
        wanted: How many rows have something to translate.
        translated: How many of these are translated, by state.
        math: Whether there is a formula.
    """

    events: list[Event] = field(default_factory=list)
    notes: list[Event] = field(default_factory=list)
    title: Pair = field(default_factory=Pair)
    description: Pair = field(default_factory=Pair)
    headings: list[Heading] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    wanted: int = 0
    states: Counter[str] = field(default_factory=Counter)
    math: bool = False


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a chapter."""

    document: Document
    references: Mapping[str, Any]
    tag: str
    target: bool


class Rows:
    """Renders the rows of one chapter.

    Args:
        chapter: The chapter.
        edition: The edition that it belongs to.
        places: What knows the files of the book.
        url: Returns the path of a chapter's page below the folder of a language, or of the site.
        highlight: Whether code is coloured.
    """

    def __init__(
        self, chapter: Chapter, edition: Edition, places: Places, url: Callable[[str], str], *, highlight: bool = True
    ) -> None:
        self.chapter = chapter
        self.edition = edition
        self.places = places
        self.url = url
        self.highlight = highlight
        source, target = chapter.alignment.source, chapter.alignment.target
        self.source = _Side(source, references_of(source), edition.source.tag, target=False)
        self.target = _Side(target, references_of(target), edition.target.tag, target=True)
        self.lines = Lines(source.text)
        self.body = Body()
        self.artifacts: dict[str, Artifact] = {}
        self.diagnostics: list[Diagnostic] = []
        self.line = 0
        self.ids: set[str] = set()
        self.row_anchors: list[str] = []
        self.raw_tags: frozenset[str] = frozenset()
        self.numbers: dict[str, int] = {}
        self.seen: Counter[tuple[int, bool]] = Counter()
        self.labels = (set(_footnotes(source.blocks)), set(_footnotes(target.blocks)))
        self.in_place: list[list[str]] = []
        self.row_notes = 0
        self.remote = False
        self.level = 0
        self.only = ""
        found = headings(source.blocks)
        self.own_slugs = {id(block): slug for block, slug in zip(found, chapter.anchors, strict=False)}
        self.slugs = {**self.slugs_of(source), **self.slugs_of(target)}

    def slugs_of(self, document: Document) -> dict[int, str]:
        """Return the anchor of each heading, by the identity of its block."""
        found = headings(document.blocks)
        return {id(block): slug for block, slug in zip(found, anchors(document, self.edition.dialect), strict=True)}

    # --- the chapter -------------------------------------------------------------------------------------------

    def render(self) -> Body:
        """Return the body of the chapter's pages."""
        found = list(self.chapter.rows)
        if len(found) > 1 and _kind(found[0]) is BlockKind.FRONT_MATTER and _kind(found[1]) is BlockKind.HEADING:
            found[0], found[1] = found[1], found[0]  # the description stands below the title
        body, notes = _Stack(self, self.body.events), _Stack(self, self.body.notes)
        wraps = _wraps(found)
        for row in found:
            block = (row.bead.source or row.bead.target)[0]
            path = row.path if block.children or block.kind not in _FRAMES else (*row.path, block)
            place = next((index for index, each in enumerate(path) if each.kind is BlockKind.FOOTNOTE), None)
            shown = self.row(row, block)
            stack, path = (body, path) if place is None else (notes, path[place:])
            opening, closing = wraps.get(row.id, ("", ""))
            if opening:
                shown = self.summary(row, opening, shown)
            stack.add(path, shown, opening and _opening_tag(opening))
            if closing:
                self.body.events.append(closing) if place is None else self.body.notes.append(closing)
        body.finish()
        notes.finish()
        for label, source, target in self.in_place:
            number = self.number(label)
            ways = [self.way_back(label, target=each) for each in (False, True)]
            shown = Shown(
                f"note-{number}", "p first", cell="p", source=source + ways[0], target=(target or source) + ways[1]
            )
            self.body.notes.extend((f'<li id="fn-{number}">', shown, "</li>"))
        self.body.notes = _in_order(self.body.notes)
        if not self.body.title.source:
            self.body.title = Pair(*(_name(self.chapter.rel),) * 2)
        return self.body

    def row(self, row: Row, block: Block) -> Shown:
        bead = row.bead
        # A merge has other lines than the file that authors know.
        self.line = bead.units[0].segment.line if bead.units else self.lines.number(block.span.start)
        self.only = "" if bead.source and bead.target else "source" if bead.source else "target"
        self.row_anchors = []
        self.raw_tags = frozenset()
        if self.only == "target":
            self.line = 0
            self.raw_tags = BLOCK | INLINE  # there is no source whose tags it could have
        self.row_notes = len(self.in_place)
        self.ids.add(row.id)
        ours = bead.source[0] if bead.source else None
        theirs = bead.target[0] if bead.target else None
        kind = block.kind
        if len(bead.source) > 1 or len(bead.target) > 1:
            made = self.several(row, bead.source, bead.target)
        elif kind is BlockKind.TABLE:
            made = self.table(row, ours, theirs)
        elif kind in (BlockKind.CODE, BlockKind.MATH, BlockKind.DIAGRAM, BlockKind.HTML):
            made = self.verbatim(row, ours, theirs)
        elif kind is BlockKind.RULE:
            made = Shown(row.id, "rule shared", "hr")
        elif kind is BlockKind.FRONT_MATTER:
            made = self.front_matter(row, ours, theirs)
        else:
            made = self.text(row, ours, theirs, kind)
        state = ""
        if bead.state is not None:
            self.body.wanted += 1
            state = "put-back" if bead.put_back else bead.state.value if bead.state < State.TRANSLATED else ""
            self.body.states[state or "translated"] += 1
        made.state = state
        made.untranslated = bead.untranslated
        made.source_untranslated = bead.source_untranslated
        made.anchors = tuple(self.row_anchors)
        made.line = next((unit.entry.line for unit in bead.units if unit.entry is not None), 0)
        made.only = self.only
        return made

    def report(
        self, code: str, message: str, hint: str, excerpt: str = "", severity: Severity = Severity.WARNING
    ) -> None:
        place = Place(self.source.document.path, self.line or None)
        line = excerpt.strip().split("\n", 1)[0]
        self.diagnostics.append(Diagnostic(code, message, place, severity, line[:200], None, hint))

    # --- kinds of rows -----------------------------------------------------------------------------------------

    def text(self, row: Row, ours: Block | None, theirs: Block | None, kind: BlockKind) -> Shown:
        source = self.pieces(ours, self.source)
        target = self.pieces(theirs, self.target)
        for piece in source:
            if isinstance(piece, Directive) and piece.label:
                self.anchor(piece.label)
        ours_runs = [piece for piece in source if not isinstance(piece, Directive)]
        theirs_runs = [piece for piece in target if not isinstance(piece, Directive)]
        if kind is BlockKind.PARAGRAPH and not ours_runs and not theirs_runs:
            return Shown(row.id, "directive shared")
        runs = theirs_runs if self.only == "target" else ours_runs
        if runs and all(isinstance(piece, Environment) for piece in runs):
            return Shown(
                row.id,
                "math shared",
                shared="".join(self.display(piece.latex) for piece in runs if isinstance(piece, Environment)),
            )
        picture = _picture(runs)
        if picture is not None and self.only:
            return self.lone_figure(row, picture, self.target if self.only == "target" else self.source)
        if picture is not None:
            return self.figure(row, picture, _picture(theirs_runs) or picture)
        plain = Pair(_plain(ours_runs), _plain(theirs_runs))
        heading = kind is BlockKind.HEADING
        block = ours or theirs
        if heading and block is not None:
            # A level that is left out would be missing from the outline that screen readers give.
            self.level = min(int(block.info), self.level + 1)
        level = self.level if heading else 0
        if plain.source or plain.target:
            self.body.texts.append(Text(row.id, heading, plain))
        if heading:
            for each in (ours, theirs):
                self.anchor(self.slugs.get(id(each), ""))
            self.anchor(self.own_slugs.get(id(ours), ""))
            self.body.headings.append(Heading(level, row.id, plain, self.only))
            title = self.body.title
            if not title.source and not row.path:
                self.body.title = Pair(plain.source, title.target or plain.target)
            elif self.only == "target" and not title.target and not row.path:
                self.body.title = Pair(title.source, plain.target)
        tag, cell, name = "div", "p", "p"
        if heading:
            cell, name = "span", "h"
        elif kind is BlockKind.TERM:
            tag, cell, name = "dt", "span", "term"
        elif kind in (BlockKind.CONTAINER, BlockKind.QUOTE):
            name = "callout-title"
        if row.bead.state is None and name == "p" and _same(ours_runs, theirs_runs):
            inner = self.cell(ours_runs, self.source)
            return Shown(row.id, "p shared", shared=f'<p lang="{self.tongue(plain.source)}">{inner}</p>')
        left, right = self.cells(ours_runs, theirs_runs)
        return Shown(row.id, name, tag, cell, left, right, level=level)

    def tongue(self, text: str) -> str:
        """Return the tag of the language of a text that needs no translation: references in Chinese books are English.

        Args:
            text: The text as it is read.
        """
        if not self.edition.source.han or has_han(text) or _KANA.search(text) or not _WORD.search(text):
            return self.source.tag
        return self.target.tag if self.target.tag.split("-")[0] == "en" else "en"

    def pieces(self, block: Block | None, side: _Side) -> tuple[Piece, ...]:
        return pieces(block, self.edition.dialect, side.references) if block is not None else ()

    def cells(self, ours: Sequence[Piece], theirs: Sequence[Piece]) -> tuple[str, str]:
        """Return the HTML of both cells, their sentences paired where both have several."""
        if len(ours) == len(theirs) and all(isinstance(piece, Run) for piece in (*ours, *theirs)):
            left: list[tuple[Node, ...]] = []
            right: list[tuple[Node, ...]] = []
            for one, other in zip(ours, theirs, strict=True):
                for first, second in spans(one.nodes, other.nodes, self.edition):  # type: ignore[union-attr]
                    left.append(first)
                    right.append(second)
            if len(left) > 1:
                return self.spanned(left, self.source), self.spanned(right, self.target)
        return self.cell(ours, self.source), self.cell(theirs, self.target)

    def spanned(self, parts: Sequence[tuple[Node, ...]], side: _Side) -> str:
        self.allow(side, parts)
        return "".join(f'<span class="s">{self.inline(part, side)}</span>' for part in parts)

    def allow(self, side: _Side, parts: Sequence[Sequence[Node]]) -> None:
        """Learn the tags of the source's cell: the translation may have no others."""
        if not side.target and self.only != "target":
            self.raw_tags = tags("".join(_raw(node) for part in parts for node in part))

    def cell(self, found: Sequence[Piece], side: _Side) -> str:
        self.allow(side, [piece.nodes for piece in found if isinstance(piece, Run)])
        parts = []
        for piece in found:
            if isinstance(piece, Run):
                parts.append(self.inline(piece.nodes, side))
            elif isinstance(piece, Environment):
                parts.append(self.math(piece.latex, display=True))
        return " ".join(parts)

    def several(self, row: Row, ours: Sequence[Block], theirs: Sequence[Block]) -> Shown:
        """Return a row of which one side has several blocks: in each cell, they stand one below the other."""
        found = [
            [[piece for piece in self.pieces(block, side) if not isinstance(piece, Directive)] for block in blocks]
            for side, blocks in ((self.source, ours), (self.target, theirs))
        ]
        runs = [piece for pieces in found[0] for piece in pieces]
        made = []
        for side, blocks in zip((self.source, self.target), found, strict=True):
            cells = [self.cell(pieces, side) for pieces in blocks if pieces]
            if not side.target:
                self.allow(side, [piece.nodes for piece in runs if isinstance(piece, Run)])
            made.append("".join(f"<p>{cell}</p>" for cell in cells))
        text = Pair(*(" ".join(filter(None, map(_plain, blocks))) for blocks in found))
        self.body.texts.append(Text(row.id, heading=False, text=text))
        return Shown(row.id, "p several", source=made[0], target=made[1])

    def table(self, row: Row, ours: Block | None, theirs: Block | None) -> Shown:
        sides = [(self.source, ours), (self.target, theirs)]
        made = []
        plain = []
        for side, block in sides:
            if block is None:
                made.append("")
                plain.append("")
                continue
            found = table(block, self.edition.dialect, side.references)
            for label in found.labels:
                self.anchor(label)
            every = [cell for line in (*found.head, *found.body) for cell in line]
            self.allow(side, [cell.nodes for cell in every])
            plain.append(" ".join(plain_text(cell.nodes) for cell in every))
            head = "".join(self.line_of(line, found.alignments, "th", side) for line in found.head)
            body = "".join(self.line_of(line, found.alignments, "td", side) for line in found.body)
            tbody = f"<tbody>{body}</tbody>" if body else ""
            made.append(f"<table><thead>{head}</thead>{tbody}</table>")
        self.body.texts.append(Text(row.id, heading=False, text=Pair(*plain)))
        if made[0] == made[1] and row.bead.state is None:
            return Shown(
                row.id,
                "table shared",
                shared=f'<div class="scroll" tabindex="0" lang="{self.tongue(plain[0])}">{made[0]}</div>',
            )
        return Shown(row.id, "table", source=made[0], target=made[1])

    def line_of(self, line: Sequence[Run], alignments: Sequence[str], tag: str, side: _Side) -> str:
        parts = []
        for index, cell in enumerate(line):
            align = alignments[index] if index < len(alignments) else ""
            attribute = f' class="a-{align}"' if align in ("left", "right", "center") else ""
            if tag == "th":
                attribute += ' scope="col"' if cell.nodes else ""
            name = tag if cell.nodes else "td"  # an empty header names nothing
            parts.append(f"<{name}{attribute}>{_whole(self.inline(cell.nodes, side))}</{name}>")
        return f"<tr>{''.join(parts)}</tr>"

    def verbatim(self, row: Row, ours: Block | None, theirs: Block | None) -> Shown:
        block = ours or theirs
        assert block is not None  # noqa: S101 - a bead has a side
        show = {
            BlockKind.CODE: self.code,
            BlockKind.MATH: self.formula_block,
            BlockKind.DIAGRAM: self.diagram,
            BlockKind.HTML: self.html,
        }[block.kind]
        name = {BlockKind.MATH: "math", BlockKind.CODE: "code", BlockKind.DIAGRAM: "diagram", BlockKind.HTML: "html"}
        left = show(ours, self.source) if ours is not None else ""
        same = (
            ours is not None
            and theirs is not None
            and code_of(ours) == code_of(theirs)
            and block.kind is not BlockKind.HTML
        )
        right = left if same else show(theirs, self.target) if theirs is not None else ""
        if block.kind is BlockKind.HTML:
            self.body.texts.append(Text(row.id, heading=False, text=Pair(_seen(left), _seen(right))))
        if block.kind is BlockKind.HTML and not left.strip() and not right.strip():
            return Shown(row.id, "directive shared")
        look = name[block.kind]
        if any(_is_wide(each) for each in (ours, theirs) if each is not None):
            look += " stacked"  # no column could hold it
        if left == right or (self.only and block.kind is not BlockKind.HTML):
            return Shown(row.id, f"{look} shared", shared=left or right)
        return Shown(row.id, look, source=left, target=right)

    def code(self, block: Block, _side: _Side) -> str:
        return self.listing(code_of(block), block.language)

    def listing(self, text: str, language: str) -> str:
        return _listing(text.removesuffix("\n"), language, highlight=self.highlight)

    def formula_block(self, block: Block, _side: _Side) -> str:
        latex, label = formula_of(block)
        if label:
            self.anchor(label)
        return self.display(latex, label)

    def display(self, latex: str, label: str = "") -> str:
        number = f'<span class="eqno">({escape(label)})</span>' if label else ""
        return f'<div class="formula">{self.math(latex, display=True)}{number}</div>'

    def math(self, latex: str, *, display: bool) -> str:
        made = formula(latex, display=display)
        if made is None:
            self.report(
                "formula-unreadable",
                "this formula cannot be shown as a formula, so its LaTeX stands there",
                "write it with commands that MathML has; macros are not known",
                latex,
            )
            tag = '<code class="tex block">' if display else '<code class="tex">'
            return f"{tag}{escape(latex)}</code>"
        self.body.math = True
        return made.mathml

    def diagram(self, block: Block, side: _Side) -> str:
        source = code_of(block)
        language = block.language
        drawing = draw(source) if language == "mermaid" else None
        if drawing is None or danger(drawing.svg.encode()):
            what = "this diagram cannot be drawn" if language == "mermaid" else f"diagrams in {language} are not drawn"
            self.report(
                "diagram-undrawn", f"{what}, so its source stands there", "put a picture of it in its place", source
            )
            return self.listing(source, language)
        data = drawing.svg.encode()
        path = f"_assets/diagrams/{digest(data)}.svg"
        self.artifacts[path] = Artifact(path, data)
        width, height = round(drawing.width), round(drawing.height)
        steps = min(int(width * _LEGIBLE // _STEP), _STEPS)
        least = f' class="least-{steps}"' if steps > 1 else ""
        return (
            f'<figure><img{least} src="{ROOT}{path}" alt="{escape(" ".join(source.split()))}" lang="{side.tag}" '
            f'width="{width}" height="{height}" loading="lazy">'
            '<details class="source"><summary>Mermaid</summary>'
            f'<pre tabindex="0"><code>{escape(source)}</code></pre></details></figure>'
        )

    def html(self, block: Block, side: _Side) -> str:
        source = _FORBIDDEN.sub("\ufffd", code_of(block))
        if not side.target:
            self.raw_tags = tags(source)
            self.report_removed(source)
        return clean(source, self.address(side), allowed=self.raw_tags if side.target else BLOCK)

    def summary(self, row: Row, opening: str, shown: Shown) -> Shown:
        """Return the row of an HTML block that opens an element around the blocks behind it: its summary, if any."""
        if not opening.lower().startswith("<details"):
            return replace(shown, kind="directive shared", source=None, shared="")
        words = (words_of(self.edition.source), words_of(self.edition.target))
        cells = []
        for side, blocks, known in zip(
            (self.source, self.target), (row.bead.source, row.bead.target), words, strict=True
        ):
            match = _OPENS.fullmatch(code_of(blocks[0])) if blocks else None
            inner = match.group(3) if match is not None and match.group(3) else ""
            allowed = INLINE & self.raw_tags if side.target else INLINE
            cells.append(clean(inner, self.address(side), allowed=allowed).strip() or escape(known["callout_details"]))
        return replace(shown, kind="summary", tag="summary", cell="span", source=cells[0], target=cells[1], shared="")

    def report_removed(self, source: str) -> None:
        """Say what raw HTML of the source does that editions do not."""
        for what in removed(source):
            self.report(
                "html-removed",
                f"what {what} does is not taken over into editions",
                "use Markdown, or tags that structure text",
                source,
            )

    def front_matter(self, row: Row, ours: Block | None, theirs: Block | None) -> Shown:
        found = [metadata(block, ("title", "description")) if block is not None else {} for block in (ours, theirs)]
        title = Pair(*(each.get("title", "") for each in found))
        self.body.description = Pair(*(each.get("description", "") for each in found))
        has_heading = any(True for _ in headings(self.source.document.blocks))
        if title.source and not has_heading:
            self.body.title = title
            self.body.texts.append(Text(row.id, heading=True, text=title))
            self.body.headings.append(Heading(1, row.id, title))
            return Shown(row.id, "h", cell="span", source=escape(title.source), target=escape(title.target), level=1)
        if self.body.description.source:
            description = self.body.description
            return Shown(row.id, "lead", cell="p", source=escape(description.source), target=escape(description.target))
        return Shown(row.id, "directive shared")

    # --- pictures and links --------------------------------------------------------------------------------------

    def figure(self, row: Row, ours: Node, theirs: Node) -> Shown:
        """Return a picture that stands alone: once for both languages if it is the same for both."""
        self.body.texts.append(Text(row.id, heading=False, text=Pair(ours.text, theirs.text)))
        one = self.places.picture(self.source.document.path, ours.destination, target=False)
        other = self.places.picture(self.target.document.path, theirs.destination, target=True)
        left = self.image(ours, self.source, one)
        right = self.image(theirs, self.target, other, quiet=True)
        caption = _caption(ours, self.source.tag), _caption(theirs, self.target.tag)
        if one != other or one.problem:
            return Shown(
                row.id,
                "picture",
                source=f"<figure>{left}{caption[0]}</figure>",
                target=f"<figure>{right}{caption[1]}</figure>",
            )
        hidden = ""
        if theirs.text and theirs.text != ours.text:
            tag = "span" if caption[0] else "figcaption"  # a figure has one caption
            hidden = f'<{tag} class="sr-only" lang="{self.target.tag}">{escape(theirs.text)}</{tag}>'
        below = caption[0]
        if ours.title and theirs.title not in ("", ours.title):
            spans = ((self.source, ours), (self.target, theirs))
            inner = " ".join(f'<span lang="{side.tag}">{escape(node.title)}</span>' for side, node in spans)
            below = f"<figcaption>{inner}</figcaption>"
        both = f"<figure>{left}{hidden}{below}</figure>"
        return Shown(row.id, "picture shared", shared=both, mono=f"<figure>{right}{caption[1]}</figure>")

    def lone_figure(self, row: Row, node: Node, side: _Side) -> Shown:
        """Return a picture that stands alone in one language."""
        text = Pair(target=node.text) if side.target else Pair(node.text)
        self.body.texts.append(Text(row.id, heading=False, text=text))
        found = self.places.picture(side.document.path, node.destination, target=side.target)
        return Shown(
            row.id,
            "picture shared",
            shared=f"<figure>{self.image(node, side, found)}{_caption(node, side.tag)}</figure>",
        )

    def image(self, node: Node, side: _Side, found: Picture, *, quiet: bool = False, inline: bool = False) -> str:
        alt = escape(node.text)
        if found.problem:
            if not quiet:
                self.report(
                    "picture-missing",
                    f"{found.problem}: {unquote(node.destination)}",
                    "its alternative text stands in its place",
                    severity=Severity.WARNING,
                )
            return f'<span class="missing-image" lang="{side.tag}">{alt or "…"}</span>'
        if found.linked:
            return (
                f'<a class="remote-image" href="{escape(found.url)}" lang="{side.tag}">{alt or escape(found.url)}</a>'
            )
        if found.artifact is not None:
            self.artifacts[found.path] = found.artifact
        self.remote = self.remote or bool(found.url)
        address = escape(found.url) if found.url else ROOT + quote(found.path)
        size = f' width="{found.width}" height="{found.height}"' if found.width and found.height else ""
        title = f' title="{escape(node.title)}"' if node.title and inline else ""
        name = ' class="inline"' if inline else ""
        return f'<img{name} src="{address}" alt="{alt}" lang="{side.tag}"{size}{title} loading="lazy">'

    def href(self, destination: str, side: _Side, *, quiet: bool = False) -> str | None:
        """Return the address for a link, None if it leads nowhere."""
        found = self.places.link(side.document.path, destination)
        if found.problem:
            if not quiet and not side.target:
                self.report(
                    "link-unpublished",
                    f"{found.problem}: {unquote(destination)}",
                    "its text stands there without a link",
                    severity=Severity.INFO,
                )
            return None
        if found.artifact is not None:
            self.artifacts[found.artifact.path] = found.artifact
            return ROOT + quote(found.artifact.path)
        if found.url:
            return found.url if _is_safe(found.url) else None
        fragment = f"#{quote(_free(found.fragment), safe='/:._-~')}" if found.fragment else ""
        if not found.rel or found.rel == self.chapter.rel:
            return fragment or quote(posixpath.basename(self.url(self.chapter.rel)))
        here = posixpath.dirname(self.url(self.chapter.rel))
        return quote(posixpath.relpath(self.url(found.rel), here or ".")) + fragment

    def address(self, side: _Side) -> Callable[[str, str, str], str | None]:
        """Return what decides on the addresses in raw HTML."""

        def decide(tag: str, name: str, value: str) -> str | None:
            if name in ("id", "name"):
                if not side.target and re.fullmatch(r"[^\s]{1,200}", value):
                    self.anchor(value)
                return None
            if name == "src":
                if _DATA.fullmatch(value):
                    return value
                found = self.places.picture(side.document.path, value, target=side.target)
                if found.problem or found.linked:
                    if not side.target:
                        self.report(
                            "picture-missing",
                            f"{found.problem or 'pictures from elsewhere are not shown'}: {value}",
                            "its alternative text stands in its place",
                        )
                    return None
                if found.artifact is not None:
                    self.artifacts[found.path] = found.artifact
                self.remote = self.remote or bool(found.url)
                return found.url or ROOT + quote(found.path)
            return self.href(value, side) if tag == "a" else None

        return decide

    def anchor(self, name: str) -> None:
        """Have a row answer to a further id, unless something else does."""
        name = _free(name)
        if name and name not in self.ids and not _FORBIDDEN.search(name) and not re.search(r"\s", name):
            self.ids.add(name)
            self.row_anchors.append(name)

    # --- inline --------------------------------------------------------------------------------------------------

    def inline(self, found: Sequence[Node], side: _Side) -> str:
        """Return nodes as HTML."""
        if len(found) == 1 and found[0].kind is _TEXT:
            return escape(found[0].text)  # the usual case
        if any(node.kind is NodeKind.HTML for node in found):
            return self.raw(found, side)
        if not any(node.kind is NodeKind.MATH or node.children for node in found):
            return "".join([self.node(node, side) for node in found])
        return "".join([self.group(group, side) for group in ties(found)])

    def group(self, nodes: Sequence[Node], side: _Side) -> str:
        """Return nodes that stay on one line, unless a formula among them is shown as its source."""
        made = "".join([self.node(node, side) for node in nodes])
        return f'<span class="tie">{made}</span>' if len(nodes) > 1 and '<code class="tex' not in made else made

    def raw(self, found: Sequence[Node], side: _Side) -> str:
        """Return nodes among which is raw HTML; only that passes through the sanitiser."""
        held: list[str] = []
        parts = []
        allowed = INLINE & self.raw_tags if side.target else INLINE
        for node, *tied in ties(found):
            if node.kind is not NodeKind.HTML:
                parts.append(f"{_OPENER}{len(held)}{_CLOSER}")
                held.append(self.group((node, *tied), side))
                continue
            name = _NAME.match(node.text)
            if name is not None and name.group(1).lower() in allowed:  # others might take the text behind them away
                parts.append(_FORBIDDEN.sub("\ufffd", node.text))
            if not side.target:
                self.report_removed(node.text)
        made = clean("".join(parts), self.address(side), allowed=allowed)
        return unnested(_HELD.sub(lambda match: held[int(match.group(1))], made))

    def node(self, node: Node, side: _Side) -> str:
        kind = node.kind
        if kind is _TEXT:
            return escape(node.text)
        if kind in _TAGS:
            tag = _TAGS[kind]
            return f"<{tag}>{self.inline(node.children, side)}</{tag}>"
        if kind is NodeKind.CODE:
            return f"<code>{escape(node.text)}</code>"
        if kind is NodeKind.MATH:
            return self.math(node.text, display=False)
        if kind is NodeKind.DISPLAY:
            return self.math(node.text, display=True)
        if kind is NodeKind.BREAK:
            return "<br>"
        if kind is NodeKind.LINK:
            return self.link(node, side)
        if kind is NodeKind.IMAGE:
            if _DATA.fullmatch(node.destination):
                return f'<img class="inline" src="{node.destination}" alt="{escape(node.text)}" lang="{side.tag}">'
            found = self.places.picture(side.document.path, node.destination, target=side.target)
            return self.image(node, side, found, quiet=side.target, inline=True)
        if kind is NodeKind.REFERENCE:
            return self.reference(node.text, side)
        if kind is NodeKind.NOTE:
            return self.note(node, side)
        return self.role(node, side)

    def link(self, node: Node, side: _Side) -> str:
        inner = self.inline(node.children, side)
        address = self.href(node.destination, side)
        title = f' title="{escape(node.title)}"' if node.title else ""
        if address is None:
            return f'<span class="dead-link"{title}>{inner}</span>'
        way = escape(address) if ROOT not in address else ROOT + escape(address[1:])
        return unnested(f'<a href="{way}"{title}>{inner}</a>')

    def number(self, label: str) -> int:
        return self.numbers.setdefault(label, len(self.numbers) + 1)

    def reference(self, label: str, side: _Side) -> str:
        if label not in self.labels[side.target]:
            return escape(f"[^{label}]")
        return self.mark(self.number(label), side)

    def mark(self, number: int, side: _Side) -> str:
        self.seen[number, side.target] += 1
        count = self.seen[number, side.target]
        again = f"-{count}" if count > 1 else ""
        name = f"fnref-{number}-{'t' if side.target else 's'}{again}"
        return f'<sup class="fnref"><a id="{name}" href="#fn-{number}" role="doc-noteref">{number}</a></sup>'

    def note(self, node: Node, side: _Side) -> str:
        """Return the mark of a note that stands in its place, which moves to the notes of the chapter."""
        inner = self.inline(node.children, side)
        if side.target:
            if self.row_notes >= len(self.in_place):
                return f"<small>[{inner}]</small>"
            entry = self.in_place[self.row_notes]
            self.row_notes += 1
            entry[2] = inner
        else:
            entry = [f"\0{len(self.in_place)}", inner, ""]
            self.in_place.append(entry)
        return self.mark(self.number(entry[0]), side)

    def role(self, node: Node, side: _Side) -> str:
        name = node.destination.lower()
        text = label = node.text.strip()
        match = _TARGETED.fullmatch(text)
        if match is not None:
            text, label = match.group(1).strip() or match.group(2), match.group(2)
        if name in _LINKING_ROLES:
            rel = self.places.label(label)
            if rel:
                here = posixpath.dirname(self.url(self.chapter.rel))
                page = "" if rel == self.chapter.rel else quote(posixpath.relpath(self.url(rel), here or "."))
                anchor = escape(quote(_free(label), safe=":/._-"))
                return f'<a class="ref" href="{page}#{anchor}">{escape(text)}</a>'
            if name == "doc":
                address = self.href(label, side, quiet=True)
                if address is not None:
                    return f'<a class="ref" href="{escape(address)}">{escape(text)}</a>'
        kind = re.sub(r"[^\w-]", "-", name)
        return f'<code class="role role-{kind}">{escape(text)}</code>'

    def callout_title(self, start: str) -> Shown:
        """Return the title of a callout that the author gave none."""
        key = f"callout_{start.split()[2].rstrip(chr(34))}"
        ours, theirs = words_of(self.edition.source), words_of(self.edition.target)
        return Shown("", "callout-title", cell="p", source=ours[key], target=theirs[key])

    def way_back(self, label: str, *, target: bool) -> str:
        """Return the link from a note back to the text; a note that nothing refers to has none."""
        number = self.number(label)
        if not self.seen[number, target]:
            return ""
        name = f"fnref-{number}-{'t' if target else 's'}"
        return f' <a class="backref" href="#{name}" role="doc-backlink">↩</a>'


class _Stack:
    """Opens and closes the elements around rows; each block with children is one element for both languages."""

    def __init__(self, rows: Rows, events: list[Event]) -> None:
        self.rows = rows
        self.events = events
        self.open: list[tuple[Block, str]] = []
        self.unmarked: frozenset[str] = frozenset()  # the sides on which the item that is open has no mark yet

    def add(self, path: Sequence[Block], shown: Shown, before: str = "") -> None:
        common = 0
        while common < min(len(path), len(self.open)) and path[common] is self.open[common][0]:
            common += 1
        self.close(common)
        for block in path[common:]:
            start, end = _frame(self.rows, block)
            self.events.append(start)
            if start.startswith('<div class="callout') and not block.pieces:
                self.events.append(self.rows.callout_title(start))
            self.open.append((block, end))
            self.unmarked = _SIDES if block.kind in (BlockKind.ITEM, BlockKind.FOOTNOTE) else frozenset()
        mine = self.unmarked & ({shown.only} if shown.only else _SIDES)
        if mine:
            # What the language alone had that an item begins with has marked its own side.
            again = f" first-{min(mine)}" if not shown.only and mine != _SIDES else ""
            shown = replace(shown, kind=f"{shown.kind} first{again}")
            checked = frame_of(path[-1]).checked
            if checked is not None:
                shown = _before(shown, _DONE if checked else _BOX, mine)
            self.unmarked -= mine
        if before:
            self.events.append(before)
        self.events.append(shown)

    def close(self, depth: int) -> None:
        while len(self.open) > depth:
            block, end = self.open.pop()
            if block.kind is BlockKind.FOOTNOTE:
                self.link_back(frame_of(block).name)
            self.events.append(end)

    def link_back(self, label: str) -> None:
        """Put the way back to the text at the end of a note."""
        shown = next((each for each in reversed(self.events) if isinstance(each, Shown)), None)
        ways = [self.rows.way_back(label, target=each) for each in (False, True)]
        if shown is not None and shown.source is not None:
            shown.source = _with_end(shown.source, ways[0])
            shown.target = _with_end(shown.target or "", ways[1])
        elif shown is not None and shown.shared.endswith("</p>"):
            inner = shown.shared.removesuffix("</p>")
            shown.shared, shown.mono = f"{inner}{ways[0] or ways[1]}</p>", f"{inner}{ways[1]}</p>"

    def finish(self) -> None:
        self.close(0)


_FRAMES = frozenset(
    [
        BlockKind.LIST,
        BlockKind.ITEM,
        BlockKind.QUOTE,
        BlockKind.CONTAINER,
        BlockKind.FOOTNOTE,
        BlockKind.DEFINITIONS,
        BlockKind.DEFINITION,
    ]
)


def _in_order(events: Sequence[Event]) -> list[Event]:
    """Return notes in the order of their numbers; a second definition of one goes on where the first one ends."""
    notes: dict[int, list[Event]] = {}
    note: list[Event] = []
    for event in events:
        match = _NOTE.match(event) if isinstance(event, str) else None
        if match is not None:
            note = notes.setdefault(int(match.group(1)), [])
            if note:
                note.pop()  # its end comes again
                continue
        note.append(event)
    return [event for number in sorted(notes) for event in notes[number]]


def _before(shown: Shown, box: str, sides: Collection[str]) -> Shown:
    """Put the box of a task before a row, in its cells on the given sides."""

    def put(html: str) -> str:
        match = _INTO.match(html)
        return html[: match.end()] + box + html[match.end() :] if match else box + html

    if shown.source is not None:
        inside = "several" in shown.kind.split()
        cells = {"source": shown.source, "target": shown.target or ""}
        made = [html if side not in sides else put(html) if inside else box + html for side, html in cells.items()]
        return replace(shown, source=made[0], target=made[1])
    return replace(shown, shared=put(shown.shared), mono=put(shown.mono) if shown.mono else "")


def _with_end(html: str, end: str) -> str:
    """Return the HTML of a cell with something at the end of its last paragraph."""
    inner = html.removesuffix("</p>")
    return inner + end + html[len(inner) :]


def seen(events: Sequence[Event], view: str) -> Sequence[Event]:
    """Return the events that a view shows: without rows that the other language alone has, and what is empty without.

    What leads to a row that is not shown leads to the next one.

    Args:
        events: The events of a chapter, or of its notes.
        view: "both", "source" or "target".
    """
    if view == "both" or all(isinstance(each, str) or each.only in ("", view) for each in events):
        return events
    found: list[Event] = []
    frames: list[list[Event]] = []  # what stands at the beginning of each open element, as long as that is empty
    waiting: list[str] = []
    for event in events:
        if isinstance(event, str):
            if not event.startswith("</"):
                frames.append([event])
            elif not frames or not frames.pop():
                found.append(event)
        elif event.only not in ("", view):
            waiting += filter(None, (event.id, *event.anchors))
        elif not event.id and frames and frames[-1]:
            frames[-1].append(event)  # the title that a callout has by itself
        else:
            for frame in frames:
                found += frame
                frame.clear()
            found.append(replace(event, anchors=(*waiting, *event.anchors)) if waiting else event)
            waiting = []
    last = next((index for index in reversed(range(len(found))) if isinstance(found[index], Shown)), None)
    if waiting and last is not None:
        shown = found[last]
        assert isinstance(shown, Shown)  # noqa: S101 - that is what was looked for
        found[last] = replace(shown, anchors=(*shown.anchors, *waiting))
    return found


def _frame(rows: Rows, block: Block) -> tuple[str, str]:
    """Return the opening and the closing tag of a block with children."""
    frame = frame_of(block)
    kind = frame.kind
    if kind is BlockKind.LIST:
        name = "list tight" if frame.tight else "list"
        if not frame.name:
            return f'<ul class="{name}" role="list">', "</ul>"
        start = f' start="{frame.start}"' if frame.start != 1 else ""
        return f'<ol class="{name}" role="list"{start}>', "</ol>"
    if kind is BlockKind.ITEM:
        return ("<li>" if frame.checked is None else '<li class="task">'), "</li>"
    if kind is BlockKind.FOOTNOTE:
        return f'<li id="fn-{rows.number(frame.name)}">', "</li>"
    if kind is BlockKind.CONTAINER:
        name = re.sub(r"[^\w-]", "-", frame.name)
        if name in _CALLOUTS:
            return f'<div class="callout {_LOOKS.get(name, name)}" role="note">', "</div>"
        return f'<div class="container {name}">', "</div>"
    tag = {BlockKind.QUOTE: "blockquote", BlockKind.DEFINITIONS: "dl", BlockKind.DEFINITION: "dd"}.get(kind, "div")
    attribute = ' class="definitions"' if kind is BlockKind.DEFINITIONS else ""
    return f"<{tag}{attribute}>", f"</{tag}>"


@lru_cache(maxsize=8192)
def _listing(text: str, language: str, *, highlight: bool) -> str:
    """Return code as HTML; remembered, since both sides have it, and often other chapters too."""
    found = highlighted(text, language) if highlight and language else None
    if found is None:
        inner = escape(text)
    else:
        pieces = [f'<span class="{name}">{escape(piece)}</span>' if name else escape(piece) for name, piece in found]
        inner = "".join(pieces)
    name = re.sub(r"[^\w+-]", "", language)
    attributes = f' class="language-{name}" data-language="{name}"' if name else ""
    return f'<pre class="code" tabindex="0"><code{attributes}>{inner}\n</code></pre>'


def digest(data: bytes) -> str:
    """Return a short name for some bytes."""
    return blake2b(data, digest_size=8).hexdigest()


def _free(name: str) -> str:
    """Return an anchor's name that no id of the pages themselves has."""
    return f"{name}_" if name in _RESERVED or _OURS.match(name) else name


def _wraps(rows: Sequence[Row]) -> dict[str, tuple[str, str]]:
    """Return, by row, the HTML block that opens an element around further blocks, and the tag that closes one.

    `<details>` with Markdown inside is two HTML blocks to the parser, one that opens it and one that closes it. They
    count if they stand at the same depth, so that the element around what is between them is well-formed.
    """
    found: dict[str, tuple[str, str]] = {}
    waiting: list[tuple[str, tuple[int, ...], Row, str]] = []
    for row in rows:
        if _kind(row) is not BlockKind.HTML or not row.bead.source:
            continue
        source = code_of(row.bead.source[0]).strip()
        depth = tuple(id(block) for block in row.path)
        opening, closing = _OPENS.fullmatch(source), _CLOSES.fullmatch(source)
        if opening is not None:
            waiting.append((opening.group(1).lower(), depth, row, source))
        elif closing is not None:
            name = closing.group(1).lower()
            while waiting and waiting[-1][:2] != (name, depth):
                waiting.pop()
            if waiting:
                _, _, first, text = waiting.pop()
                found[first.id] = (text, "")
                found[row.id] = ("", f"</{'div' if name in ('center', 'section') else name}>")
    return found


def _opening_tag(source: str) -> str:
    """Return the tag that an HTML block opens, without what an author may not say in it."""
    match = _OPENS.fullmatch(source)
    name = match.group(1).lower() if match is not None else "div"
    attributes = match.group(2) if match is not None else ""
    if name == "details":
        return "<details open>" if re.search(r"\sopen\b", attributes, re.IGNORECASE) else "<details>"
    align = re.search(r"align\s*=\s*[\"']?(left|right|center)\b", attributes, re.IGNORECASE)
    where = "center" if name == "center" else align.group(1).lower() if align else ""
    return f'<div class="a-{where}">' if where else "<div>"


def _whole(cell: str) -> str:
    """Return a table's cell with its names and short words kept whole."""
    return cell if "<" in cell else _UNBROKEN.sub(r'<span class="tie">\g<0></span>', cell)


def _is_wide(block: Block) -> bool:
    """Return whether half a page is too narrow for a diagram or for some code."""
    code = code_of(block)
    if block.kind is BlockKind.CODE:
        return any(columns_of(line.expandtabs(4)) > _COLUMNS for line in code.splitlines())
    drawing = draw(code) if block.kind is BlockKind.DIAGRAM and block.language == "mermaid" else None
    return drawing is not None and drawing.width > _WIDE


def columns_of(line: str) -> int:
    """Return how wide a line of code is at most, in Latin letters; Chinese ones are nearly as wide as two."""
    return len(line) if line.isascii() else sum(1 if char.isascii() else 2 for char in line)


def _seen(html: str) -> str:
    """Return what a reader reads of cleaned HTML."""
    return unescape(" ".join(re.sub(r"<[^<>]*>", " ", html).split()))


def _kind(row: Row) -> BlockKind:
    return (row.bead.source or row.bead.target)[0].kind


def _name(rel: str) -> str:
    return posixpath.splitext(posixpath.basename(rel))[0]


def _footnotes(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        if block.kind is BlockKind.FOOTNOTE:
            yield frame_of(block).name
        yield from _footnotes(block.children)


def _picture(found: Sequence[Piece]) -> Node | None:
    """Return the picture that a paragraph consists of; None if it has anything else."""
    if len(found) != 1 or not isinstance(found[0], Run):
        return None
    node = wholly(found[0].nodes, NodeKind.IMAGE)
    return None if node is None or _DATA.fullmatch(node.destination) else node


def _same(ours: Sequence[Piece], theirs: Sequence[Piece]) -> bool:
    """Return whether both sides read the same."""

    def read(found: Sequence[Piece]) -> list[object]:
        return [piece.nodes if isinstance(piece, Run) else piece for piece in found]

    return read(ours) == read(theirs)


def _caption(node: Node, tag: str) -> str:
    return f'<figcaption lang="{tag}">{escape(node.title)}</figcaption>' if node.title else ""


def _plain(found: Sequence[Piece]) -> str:
    return " ".join(plain_text(piece.nodes) for piece in found if isinstance(piece, Run))


def _raw(node: Node) -> str:
    """Return the raw HTML in a node and below it."""
    if node.children:
        return "".join(map(_raw, node.children))
    return node.text if node.kind is NodeKind.HTML else ""


def _is_safe(url: str) -> bool:
    scheme, colon, _ = url.partition(":")
    return not colon or scheme.lower() in _SCHEMES
