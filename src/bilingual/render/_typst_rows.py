"""The rows of a chapter as code of Typst: what `_rows` says in HTML, said in the functions of `book.typ`."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bilingual.diagnostics import Diagnostic, Place, Severity
from bilingual.render import Artifact
from bilingual.render._formula_svg import formula_svg
from bilingual.render._markup import Element, tree
from bilingual.render._rows import ROOT, Shown, columns_of, digest, seen, words_of
from bilingual.render._typst import EXTENSIONS, picture_problem
from bilingual.render._typst_code import EMPTY, NONE, TRUE, Code, array, call, joined, name, number, quoted, truth
from bilingual.render._typst_math import equation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bilingual.edition import Edition
    from bilingual.render import Places
    from bilingual.render._rows import Body

_BLANKS = re.compile(r"[ \t\n\r\f]+")
_CHAPTER = re.compile(r"(c\d+)?(?:#(.*))?", re.DOTALL)
_SCHEME = re.compile(r"(?:https?|mailto|tel|ftp):", re.IGNORECASE)
_NOTE = re.compile(r"fn-(\d+)")
_DATA = re.compile(r"data:image/(png|gif|jpeg|webp);base64,([A-Za-z0-9+/=]+)")
_VIEW = re.compile(r'viewBox="-?[\d.e-]+ -?[\d.e-]+ ([\d.]+) [\d.]+"')
#: How many units of a drawn formula are an em.
_DRAWN = 16
#: Where a long word of code may be broken: behind these signs, and everywhere in a row of so many others.
_JOINTS = re.compile(r"(?<=[_./:,;(\[{=&?%#@|+-])(?=[^\s])|(?<=[a-z])(?=[A-Z])|(?<=[^\W_]{24})(?=[^\W_]{24})")
_LONG_WORD = re.compile(r"\S{14,}")
_BLOCKS = frozenset(
    "address article aside blockquote center details div dl dd dt figure footer h1 h2 h3 h4 h5 h6 header hr li nav ol "
    "p pre section table ul summary figcaption".split()
)
#: What is not shown, as the pages' style sheets have it or since paper has no use for it.
_HIDDEN = frozenset(["sr-only", "backref-hidden"])
_MARKS = {"missing": "mark_missing", "put-back": "mark_put_back", "draft": "mark_draft", "stale": "mark_stale"}
#: A place where a word may be broken.
GAP = Code("gap")
#: A place where no line ends.
JOINER = quoted("\u2060")
#: More columns than this are given the whole width of the page, one language below the other.
_NARROW = 3
#: Boxes that stand deeper in one another are left out: the text would have no room.
_BOXES = 5
#: Lists and quotes that stand deeper are not moved in further.
_STEPS = 6
#: What is nested deeper in a cell is plain text: Typst ends with an error where too much is nested.
_DEEPEST = 12
#: A row of so few characters in both languages is not broken across pages.
_SHORT = 400


@dataclass(slots=True)
class Volume:
    """What rows add to the book beside their text.

    Attributes:
        defined: The anchors of the chapter.
        wanted: The anchors that its links lead to, as `c3:lists`; `c3:` is the start of a chapter.
        images: The files that it shows, by the names that they have for Typst.
        diagnostics: What could not be shown.
    """

    defined: set[str] = field(default_factory=set)
    wanted: set[str] = field(default_factory=set)
    images: dict[str, Artifact] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)


@lru_cache(maxsize=8192)
def _formula(markup: str) -> Code | None:
    """Return the code of a formula, by its MathML."""
    return equation(tree(markup).elements()[0])


class Converter:
    """Turns the HTML of rows into code.

    Args:
        chapter: The name of the chapter in this book, such as `c3`.
        path: The path of its source, for diagnostics.
        artifacts: The files that its HTML refers to, by path.
        places: What knows the files of the book.
    """

    def __init__(self, chapter: str, path: str, artifacts: Mapping[str, Artifact], places: Places) -> None:
        self.chapter = chapter
        self.path = path
        self.artifacts = artifacts
        self.places = places
        self.volume = Volume()
        self.prefix = ""
        self.depth = 0

    def report(self, code: str, message: str, hint: str, excerpt: str = "") -> None:
        """Report what cannot be shown, on the chapter as a whole: HTML has no lines."""
        self.volume.diagnostics.append(
            Diagnostic(code, message, Place(self.path), Severity.WARNING, excerpt[:200], None, hint)
        )

    # --- anchors and links ---------------------------------------------------------------------------------------

    def anchor(self, identity: str) -> Code:
        """Return a place that links lead to."""
        label = f"{self.chapter}:{self.prefix}{identity}"
        if label in self.volume.defined:
            return EMPTY
        self.volume.defined.add(label)
        return call("at", quoted(label))

    def link(self, href: str, inner: Code) -> Code:
        """Return a link; what leads to a file of the book has no place in a PDF."""
        if _SCHEME.match(href):
            return call("out", quoted(href), inner)
        match = _CHAPTER.fullmatch(href)
        if href.startswith(ROOT) or match is None:
            return inner
        label = f"{match.group(1) or self.chapter}:{self.prefix}{unquote(match.group(2) or '')}"
        self.volume.wanted.add(label)
        return call("go", quoted(label), inner)

    # --- blocks --------------------------------------------------------------------------------------------------

    def cell(
        self, markup: str, before: Sequence[Code] = (), after: Sequence[Code] = (), *, paragraph: bool = False
    ) -> Code:
        """Return what stands in a cell, with something before and after it, as a paragraph if it is one."""
        children = tree(markup).children
        if any(map(_is_block, children)) or (not paragraph and _alone(children) is not None):
            return joined([*before, self.flow(children), *after])
        made = joined([*before, self.inline(children), *after])
        return call("para", made) if paragraph and made != EMPTY else made

    def flow(self, children: Sequence[Element | str]) -> Code:
        """Return blocks, and between them paragraphs of what is inline; a picture that stands alone is a block."""
        if (picture := _alone(children)) is not None:
            return self.image(picture, inline=False)
        if not any(map(_is_block, children)):
            return self.inline(children)
        parts: list[Code] = []
        line: list[Element | str] = []

        def end() -> None:
            if (picture := _alone(line)) is not None:
                parts.append(self.image(picture, inline=False))
            elif any(not isinstance(each, str) or each.strip() for each in line):
                parts.append(call("para", self.inline(line)))
            line.clear()

        for child in children:
            if isinstance(child, Element) and _is_block(child):
                end()
                parts.append(call("formula", self.math(child), NONE) if child.name == "math" else self.block(child))
            else:
                line.append(child)
        end()
        return joined(parts)

    def block(self, element: Element) -> Code:
        """Return an element that stands on lines of its own."""
        tag = element.name
        if _HIDDEN.intersection(element.classes) or (tag == "details" and "source" in element.classes):
            return EMPTY
        if self.depth > _DEEPEST:
            return quoted(_BLANKS.sub(" ", element.text()))
        self.depth += 1
        made = self.block_without_anchor(element)
        self.depth -= 1
        if identity := element.attributes.get("id"):
            return joined([self.anchor(identity), made])
        return made

    def block_without_anchor(self, element: Element) -> Code:
        tag = element.name
        if tag == "table":
            return self.table(element)
        if tag == "pre":
            return self.listing(element)
        if tag in ("ul", "ol"):
            return self.items(element)
        if tag == "hr":
            return call("rule")
        if tag == "figure":
            return call("figured", self.flow(element.children))
        if tag == "figcaption":
            return call("caption", self.inline(element.children))
        if tag == "div" and "formula" in element.classes:
            return self.display(element)
        inner = self.flow(element.children)
        if tag == "blockquote":
            return call("quoted", inner)
        if tag == "dd":
            return call("inset", inner)
        if tag in ("dt", "summary", "caption", "h1", "h2", "h3", "h4", "h5", "h6"):
            return call("title", inner)
        if tag == "center" or "a-center" in element.classes:
            return call("centred", inner)
        if "a-right" in element.classes:
            return call("flush", inner)
        return call("para", inner) if tag == "p" else inner

    def display(self, element: Element) -> Code:
        number_of = next((each for each in element.elements() if "eqno" in each.classes), None)
        label = quoted(number_of.text().strip()) if number_of is not None else NONE
        parts = [
            self.math(child) if isinstance(child, Element) and child.name == "math" else self.inline([child])
            for child in element.children
            if child is not number_of
        ]
        return call("formula", joined(parts), label)

    def items(self, element: Element) -> Code:
        """Return a list that an HTML block has."""
        start = element.attributes.get("start", "1")
        count = int(start) if re.fullmatch(r"-?\d{1,6}", start) else 1
        parts = []
        for child in element.elements():
            marker = f"{count}." if element.name == "ol" else "•"
            parts.append(call("entry", quoted(marker), self.flow(child.children)))
            count += 1
        return joined(parts)

    def table(self, element: Element) -> Code:
        """Return a table; cells that span several columns or rows do so as far as there are any."""
        lines = [(row, head) for row, head in _rows_of(element)]
        grid = [[(cell, *_spans(cell)) for cell in row.elements() if cell.name in ("td", "th")] for row, _ in lines]
        width = max((sum(each[1] for each in row) for row in grid), default=0)
        if not width:
            return EMPTY
        head: list[Code] = []
        body: list[Code] = []
        taken: set[tuple[int, int]] = set()
        heads = 0
        while heads < len(lines) and lines[heads][1]:
            heads += 1
        for y, row in enumerate(grid):
            x = 0
            for cell, columns, rows in row:
                while (x, y) in taken:
                    x += 1
                if x >= width:
                    break
                columns = min(columns, next((n for n in range(1, columns) if (x + n, y) in taken), columns), width - x)  # noqa: PLW2901 - what there is room for
                rows = min(rows, (heads if y < heads else len(grid)) - y)  # noqa: PLW2901 - as above
                taken.update((x + i, y + j) for i in range(columns) for j in range(rows))
                (head if y < heads else body).append(self.table_cell(cell, x, y, columns, rows, head=y < heads))
                x += columns
        header = [call("table.header", *head)] if head else []
        caption = next((each for each in element.elements() if each.name == "caption"), None)
        parts = [call("title", self.inline(caption.children))] if caption is not None else []
        return joined([*parts, call("sheet", number(width), *header, *body)])

    def table_cell(self, cell: Element, x: int, y: int, columns: int, rows: int, *, head: bool) -> Code:
        inner = self.flow(cell.children)
        if head or cell.name == "th":
            inner = call("strong", inner) if inner != EMPTY else inner
        named = {"x": number(x), "y": number(y)}
        if columns > 1:
            named["colspan"] = number(columns)
        if rows > 1:
            named["rowspan"] = number(rows)
        side = next((each for each in ("right", "center") if f"a-{each}" in cell.classes), "left")
        if side != "left":
            named["align"] = name(side)
        return call("table.cell", inner, **named)

    def listing(self, element: Element) -> Code:
        """Return a block of code: of each line how wide it is, how far it is moved in, and its longest piece."""
        pieces: list[tuple[str, str]] = []
        _coloured(element, "", pieces)
        lines: list[list[tuple[str, str]]] = [[]]
        for colour, text in pieces:
            first, *rest = text.expandtabs(4).split("\n")
            if first:
                lines[-1].append((colour, first))
            lines.extend([(colour, line)] if line else [] for line in rest)
        while lines and not any(text.strip() for _, text in lines[-1]):
            lines.pop()
        made = []
        for line in lines:
            text = "".join(text for _, text in line)
            pieces_of = [piece for word in text.split() for piece in _pieces(word)]
            sizes = (columns_of(text), len(text) - len(text.lstrip()), max(map(len, pieces_of), default=0))
            made.append(array([*map(number, sizes), _line(line, text)]))
        return call("code", array(made))

    # --- inline --------------------------------------------------------------------------------------------------

    def inline(self, children: Iterable[Element | str]) -> Code:
        """Return what stands in a line."""
        parts: list[Code] = []
        for child in children:
            if isinstance(child, str):
                text = _BLANKS.sub(" ", child)
                if text:
                    parts.append(quoted(text))
            else:
                parts.append(self.span(child))
        return joined(parts)

    def span(self, element: Element) -> Code:
        """Return an element that stands in a line."""
        if _HIDDEN.intersection(element.classes):
            return EMPTY
        if element.name in _BLOCKS:
            return self.block(element)
        if self.depth > _DEEPEST:
            return quoted(_BLANKS.sub(" ", element.text()))
        self.depth += 1
        made = self.span_without_anchor(element)
        self.depth -= 1
        if identity := element.attributes.get("id"):
            return joined([self.anchor(identity), made])
        return made

    def span_without_anchor(self, element: Element) -> Code:
        tag, classes = element.name, element.classes
        if tag == "math":
            # A block cannot stand in a line, so that a large formula there only looks like one.
            element.attributes.pop("display", None)
            return self.math(element)
        if tag == "img":
            return self.image(element, inline=True)
        if tag == "br":
            return call("linebreak")
        if tag == "code":
            return call("mono", _breakable(element.text()))
        if tag == "a":
            inner = self.inline(element.children)
            href = element.attributes.get("href", "")
            return self.link(href, inner) if href and inner != EMPTY else inner
        if tag == "wbr":
            return GAP
        if tag == "rt":
            return call("reading", self.inline(element.children))
        if tag in ("rp", "source", "colgroup", "col", "input"):
            return EMPTY
        if "tie" in classes:
            # Typst ends lines between a formula and a semicolon, unless a word joiner stands there.
            pieces = [self.inline([child]) for child in element.children]
            return joined([part for piece in pieces for part in (JOINER, piece)][1:])
        inner = self.inline(element.children)
        if inner == EMPTY:
            return EMPTY
        if "missing-image" in classes:
            return call("missing", inner)
        if "task-box" in classes:
            return call("ticked", inner)
        if tag == "q":
            return joined([quoted("“"), inner, quoted("”")])
        function = _INLINE.get(tag)
        return inner if function is None else call(function, inner)

    def math(self, element: Element) -> Code:
        """Return a formula; one that is nested too deeply for Typst is a picture of it if there is one, else LaTeX."""
        markup = _markup(element)
        made = _formula(markup)
        if made is not None:
            return made
        latex = next((each.text() for each in element.all("annotation")), "")
        drawing = formula_svg(markup, latex, display="display" in element.attributes)
        view = _VIEW.search(drawing or "")
        found = "a picture of it" if drawing and view else "its LaTeX"
        self.report(
            "formula-unreadable",
            f"this formula is nested too deeply for a page, so {found} stands there",
            "split it, or write it with fewer levels",
            latex,
        )
        if not drawing or not view:
            return call("mono", _breakable(latex))
        data = drawing.replace("currentColor", "black").encode()
        file = f"{digest(data)}.svg"
        self.volume.images[file] = Artifact(file, data)
        return call("drawn", quoted(file), quoted(latex), number(round(float(view.group(1)) / _DRAWN, 3)))

    def image(self, element: Element, *, inline: bool) -> Code:
        """Return a picture, or its alternative text if Typst cannot show it."""
        attributes = element.attributes
        source, alternative = attributes.get("src", ""), attributes.get("alt", "")
        stand_in = call("missing", quoted(alternative or "…"))
        found = self.file(source)
        if found is None:
            if _SCHEME.match(source):
                self.report(
                    "picture-remote",
                    f"a PDF holds no pictures from elsewhere: {source}",
                    "download it into the book; its alternative text stands in its place, as a link",
                )
                return call("out", quoted(source), quoted(alternative or source))
            return stand_in
        file, artifact = found
        if file not in self.volume.images:
            data = artifact.data if artifact.data is not None else self.places.data(artifact.source)
            problem = "this picture cannot be read" if data is None else picture_problem(data, file.rpartition(".")[2])
            if problem:
                shown = source.removeprefix(ROOT)[:100]
                self.report("picture-unreadable", f"{problem}: {shown}", "its alternative text stands in its place")
                return stand_in
            if file.endswith(".svg") and data is not None:
                artifact = Artifact(file, safe_svg(data))
            self.volume.images[file] = artifact
        width, height = (_pixels(attributes.get(key, "")) for key in ("width", "height"))
        return call(
            "picture", quoted(file), quoted(alternative or "…"), number(width), number(height), inline=truth(inline)
        )

    def file(self, source: str) -> tuple[str, Artifact] | None:
        """Return the name that a picture has for Typst, and the picture."""
        if match := _DATA.fullmatch(source):
            try:
                data = base64.b64decode(match.group(2))
            except ValueError:
                return None
            file = f"{digest(data)}.{match.group(1).replace('jpeg', 'jpg')}"
            return file, Artifact(file, data)
        if not source.startswith(ROOT):
            return None
        path = unquote(source.removeprefix(ROOT))
        artifact = self.artifacts.get(path)
        if artifact is None:
            return None
        suffix = path.rpartition(".")[2].lower()
        return f"{digest(path.encode('utf-8', 'surrogatepass'))}.{EXTENSIONS.get(suffix, suffix)}", artifact

    # --- rows ----------------------------------------------------------------------------------------------------

    def rows(self, body: Body, edition: Edition, *, side: str = "") -> Code:
        """Return all rows of a chapter, those of its footnotes last.

        Args:
            body: The rows.
            edition: The edition.
            side: "source" or "target" for one language alone; both otherwise.
        """
        self.prefix = "t:" if side == "target" else ""
        writer = _Writer(self, edition, side)
        parts = [writer.code(seen(body.events, side or "both"))]
        notes = seen(body.notes, side or "both")
        if notes:
            ours, theirs = words_of(edition.source), words_of(edition.target)
            parts.append(call("notes", *writer.pair(quoted(ours["footnotes"]), quoted(theirs["footnotes"]))))
            parts.append(writer.code(notes, notes=True))
        self.prefix = ""
        return joined(parts)


class _Writer:
    """Writes rows one after another, and keeps what they stand in."""

    def __init__(self, converter: Converter, edition: Edition, side: str) -> None:
        self.converter = converter
        self.edition = edition
        self.side = side
        words = words_of(edition.target)
        self.words = words
        #: The levels of headings so far: an outline must not leave one out.
        self.level = 0

    def pair(self, source: Code, target: Code) -> tuple[Code, Code]:
        """Return both sides, or the one that is shown and nothing."""
        if self.side == "source":
            return source, NONE
        return (NONE, target) if self.side == "target" else (source, target)

    def code(self, events: Sequence[object], *, notes: bool = False) -> Code:
        """Return events as code: boxes around rows become calls, lists and quotes become what is before each row."""
        parts: list[list[Code]] = [[]]
        frames: list[_Frame] = [_Frame("notes", count=1)] if notes else []
        for event in events:
            if isinstance(event, Shown):
                parts[-1].append(self.row(event, frames))
            elif isinstance(event, str) and event.startswith("</"):
                frame = frames.pop() if frames else None
                if frame is not None and frame.kind == "box" and len(parts) > 1:
                    inner = parts.pop()
                    parts[-1].append(call("callout", quoted(frame.look), Code("{" + "\n".join(inner) + "}")))
            elif isinstance(event, str):
                boxes = sum(frame.kind == "box" for frame in frames)
                frame = _frame(event, frames, room=boxes < _BOXES)
                frames.append(frame)
                if frame.anchor:
                    parts[-1].append(self.converter.anchor(frame.anchor))
                if frame.kind == "box":
                    parts.append([])
        while len(parts) > 1:
            inner = parts.pop()
            parts[-1].extend(inner)
        return Code("{" + "\n".join(each for each in parts[0] if each != EMPTY) + "}")

    def row(self, shown: Shown, frames: Sequence[_Frame]) -> Code:
        converter = self.converter
        anchors = [converter.anchor(each) for each in (shown.id, *shown.anchors) if each]
        kind = shown.kind.split()[0]
        if shown.tag == "hr":
            return joined([*anchors, call("rule")])
        place = _place(frames, first=shown.kind.split()[-1] == "first")
        if shown.source is None:
            markup = shown.mono if self.side == "target" and shown.mono else shown.shared
            if not markup:
                return joined(anchors)
            inner = converter.cell(markup, before=anchors)
            theirs = (
                "target" in (self.side, shown.only) or f'lang="{self.edition.target.tag}"' in markup.partition(">")[0]
            )
            return call("shared", inner, place, target=truth(theirs), keep=truth(_is_figure(markup)))
        heading = bool(shown.level)
        alone = {"alone": TRUE} if shown.only and not self.side else {}
        paragraph = kind in ("p", "lead") and not heading
        source = target = NONE
        if "target" not in (self.side, shown.only):
            source = converter.cell(shown.source, before=anchors, paragraph=paragraph)
        if self.side != "source" and (shown.only != "source" or shown.state):
            mark = []
            if shown.state:
                key = "mark_partly" if shown.state == "missing" and not shown.untranslated else _MARKS[shown.state]
                mark.append(call("state", quoted(self.words.get(key) or self.words[_MARKS[shown.state]])))
            before = anchors if self.side or shown.only == "target" else ()
            target = converter.cell(shown.target or "", before=before, after=mark, paragraph=paragraph)
        if heading:
            self.level = min(shown.level, self.level + 1)
            return call("head", number(self.level), source, target, **alone)
        foreign = truth(shown.untranslated)
        columns = _columns(shown.source or shown.target or "")
        wide = "stacked" in shown.kind.split() or (kind == "table" and columns > _NARROW)
        if wide and self.side == "":
            return call("wide", source, target, place, untranslated=foreign)
        return call(
            "row",
            source,
            target,
            place,
            kind=quoted(kind),
            untranslated=foreign,
            tight=truth(any(frame.tight for frame in frames[-2:])),
            keep=truth(_is_kept(shown, paragraph=paragraph)),
            **alone,
        )


def _is_kept(shown: Shown, *, paragraph: bool) -> bool:
    """Return whether no page ends in a row: short ones are kept whole, and pictures with the words below them."""
    source, target = shown.source or "", shown.target or ""
    if paragraph:
        return len(source) + len(target) < _SHORT
    return _is_figure(source) and _is_figure(target)


def _is_figure(markup: str) -> bool:
    """Return whether some HTML is a picture with few words above or below it, so that they fit on a page."""
    if markup.count("<img") != 1:
        return False
    element = tree(markup)
    hidden = sum(len(each.text()) for each in element.all("details"))
    return len(list(element.all("img"))) == 1 and len(element.text()) - hidden < _SHORT


@dataclass(slots=True)
class _Frame:
    """Something that rows stand in.

    Attributes:
        kind: "list", "item", "quote", "definition", "box", "notes", or "" for what does not show.
        marker: The marker of an item.
        count: The number of the next item of a list, 0 if it is not ordered.
        look: How a box looks.
        anchor: The anchor that it has.
        tight: Whether the items of a list stand close together.
    """

    kind: str
    marker: str = ""
    count: int = 0
    look: str = ""
    anchor: str = ""
    tight: bool = False


_BULLETS = ("•", "–", "◦")


def _frame(event: str, frames: Sequence[_Frame], *, room: bool) -> _Frame:
    """Return what an opening tag between rows begins."""
    element = next(iter(tree(event).elements()), None)
    if element is None:
        return _Frame("")
    identity = element.attributes.get("id", "")
    if element.name == "li":
        parent = frames[-1] if frames else None
        marker = "•"
        if parent is not None and parent.kind in ("list", "notes"):
            note = _NOTE.fullmatch(identity)
            if parent.count:
                marker = f"{note.group(1) if note is not None else parent.count}."
                parent.count += 1
            else:
                depth = sum(frame.kind == "list" for frame in frames)
                marker = _BULLETS[(depth - 1) % len(_BULLETS)]
        if "task" in element.classes:
            marker = ""
        return _Frame("item", marker, anchor=identity)
    if element.name in ("ol", "ul"):
        start = element.attributes.get("start", "1") if element.name == "ol" else "0"
        count = int(start) if re.fullmatch(r"\d{1,9}", start) else 1
        return _Frame("list", count=count, anchor=identity, tight="tight" in element.classes)
    if element.name == "blockquote":
        return _Frame("quote", anchor=identity)
    if element.name == "dd":
        return _Frame("definition", anchor=identity)
    if element.name in ("div", "aside", "details") and room:
        if "callout" in element.classes:
            look = next((each for each in element.classes if each != "callout"), "note")
            return _Frame("box", look=look, anchor=identity)
        if "container" in element.classes or element.name == "details":
            return _Frame("box", look="container", anchor=identity)
    return _Frame("", anchor=identity)


def _place(frames: Sequence[_Frame], *, first: bool) -> Code:
    """Return what stands before a row in both of its columns: how far it is moved in, its marker, bars of quotes."""
    steps: list[Code] = []
    items = [index for index, frame in enumerate(frames) if frame.kind in ("item", "definition")]
    for index, frame in enumerate(frames):
        if frame.kind == "quote":
            steps.append(quoted("|"))
        elif frame.kind in ("item", "definition"):
            steps.append(quoted(frame.marker if first and index == items[-1] else ""))
    return array(steps if len(steps) <= _STEPS else [*steps[: _STEPS - 1], steps[-1]])


# --- pieces ------------------------------------------------------------------------------------------------------

_INLINE = {
    "b": "strong",
    "cite": "emph",
    "del": "strike",
    "dfn": "emph",
    "em": "emph",
    "i": "emph",
    "ins": "underline",
    "kbd": "key",
    "mark": "highlight",
    "s": "strike",
    "samp": "mono",
    "small": "smaller",
    "strong": "strong",
    "sub": "sub",
    "sup": "super",
    "u": "underline",
    "var": "emph",
}


def _alone(children: Sequence[Element | str]) -> Element | None:
    """Return the picture that children consist of, blanks aside; None if there is anything else or it is inline."""
    found = [child for child in children if not isinstance(child, str) or child.strip()]
    only = found[0] if len(found) == 1 else None
    return only if isinstance(only, Element) and only.name == "img" and "inline" not in only.classes else None


def _is_block(child: Element | str) -> bool:
    """Return whether something stands on lines of its own."""
    if isinstance(child, str):
        return False
    return child.name in _BLOCKS or (child.name == "math" and child.attributes.get("display") == "block")


def _markup(element: Element) -> str:
    """Return a formula's element as markup again, the key of what is remembered."""
    from html import escape  # noqa: PLC0415 - used once

    attributes = "".join(f' {key}="{escape(value)}"' for key, value in element.attributes.items())
    inner = "".join(
        escape(child, quote=False) if isinstance(child, str) else _markup(child) for child in element.children
    )
    return f"<{element.name}{attributes}>{inner}</{element.name}>"


def _rows_of(element: Element, *, head: bool = False) -> Iterator[tuple[Element, bool]]:
    for child in element.elements():
        if child.name == "tr":
            yield child, head
        elif child.name in ("thead", "tbody", "tfoot"):
            yield from _rows_of(child, head=child.name == "thead")


def _spans(cell: Element) -> tuple[int, int]:
    def said(key: str) -> int:
        value = cell.attributes.get(key, "1")
        return max(1, min(50, int(value))) if re.fullmatch(r"\d{1,4}", value) else 1

    return said("colspan"), said("rowspan")


def _columns(markup: str) -> int:
    """Return how many columns the first row of a table has."""
    row = markup.partition("<tr>")[2].partition("</tr>")[0]
    return len(re.findall(r"<t[hd]\b", row))


def _pixels(value: str) -> int:
    return min(10_000, int(value)) if re.fullmatch(r"\d{1,5}", value) else 0


def _coloured(element: Element, colour: str, pieces: list[tuple[str, str]]) -> None:
    """Add the pieces of code in an element with the class that each is coloured by."""
    for child in element.children:
        if isinstance(child, str):
            pieces.append((colour, child))
        elif child.name == "br":
            pieces.append((colour, "\n"))
        else:
            _coloured(child, child.classes[0] if child.name == "span" and child.classes else colour, pieces)


def _line(line: Sequence[tuple[str, str]], text: str) -> Code:
    """Return a line of code in its colours; what they part may be one long word."""
    parts = []
    gaps = _gaps(text)
    start = 0
    for colour, piece in line:
        made = _with_gaps(piece, [gap - start for gap in gaps if start <= gap < start + len(piece)])
        shade = _colour(colour)
        parts.append(call("k", quoted(shade), made) if shade and piece.strip() else made)
        start += len(piece)
    return joined(parts)


def _pieces(word: str) -> list[str]:
    """Return the pieces that a word of code may be broken into."""
    return _JOINTS.split(word) if _LONG_WORD.fullmatch(word) else [word]


def _gaps(text: str) -> list[int]:
    """Return the places in code where long words may be broken."""
    return [
        match.start() + end
        for match in _LONG_WORD.finditer(text)
        for end in list(accumulate(map(len, _pieces(match.group()))))[:-1]
    ]


def _with_gaps(text: str, gaps: Sequence[int]) -> Code:
    """Return code with places where it may be broken; nothing is added that would be copied."""
    parts: list[Code] = []
    for start, end in pairwise([0, *gaps, len(text)]):
        if end > start:
            parts.append(quoted(text[start:end]))
        if end < len(text):
            parts.append(GAP)
    return joined(parts)


def _breakable(text: str) -> Code:
    """Return code in which long words may be broken where their parts end."""
    return _with_gaps(text, _gaps(text))


def _colour(kind: str) -> str:
    """Return the colour that a class of Pygments has, by the longest name that is known; empty for none."""
    while kind and kind not in _COLOURS:
        kind = kind[:-1]
    return _COLOURS.get(kind, "")


#: Colours of code that stand out from paper as text must (a contrast of 4.5 or more on light grey).
_COLOURS = {
    "c": "comment",
    "cp": "keyword",
    "gd": "deleted",
    "gi": "inserted",
    "gu": "keyword",
    "k": "keyword",
    "kc": "number",
    "kt": "type",
    "l": "number",
    "m": "number",
    "na": "type",
    "nb": "builtin",
    "nc": "type",
    "nd": "builtin",
    "ne": "type",
    "nf": "function",
    "nt": "keyword",
    "nv": "function",
    "o": "operator",
    "ow": "keyword",
    "s": "string",
}
_FILTER = re.compile(rb"<filter\b.*?</filter\s*>|<filter\b[^>]*/>", re.DOTALL | re.IGNORECASE)
_FILTERED = re.compile(rb"\sfilter\s*=\s*(?:\"[^\"]*\"|'[^']*')|\bfilter\s*:\s*url\([^)]*\)\s*;?", re.IGNORECASE)


def safe_svg(data: bytes) -> bytes:
    """Return an SVG picture without filters: Typst draws what has one as a coarse bitmap, or not at all."""
    return _FILTERED.sub(b"", _FILTER.sub(b"", data))
