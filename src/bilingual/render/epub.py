"""EPUB 3.3: one book with both languages, and one in each language alone, for e-readers.

Cells that readers can switch off have the classes `cp-original` and `cp-translation`, beside `src` and `tgt` for style
sheets of a reader's own; everything says its language. The same input makes the same bytes.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import io
import os
import posixpath
import re
import uuid
import zipfile
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, unquote

from bilingual.diagnostics import Diagnostic, Place, Severity
from bilingual.edition import Pair
from bilingual.links import slug
from bilingual.render import Artifact, Rendered, Renderer
from bilingual.render._epub_cover import drawn
from bilingual.render._epub_pictures import image
from bilingual.render._formula_svg import available, formula_svg
from bilingual.render._rows import ROOT, Heading, Rows, Shown, digest, seen, words_of
from bilingual.render._words import WORDS
from bilingual.render._xhtml import OPEN, Fragments, NotXhtmlError, identifier, is_sound, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bilingual.edition import Chapter, Edition, Part
    from bilingual.language import Language
    from bilingual.render import Places
    from bilingual.render._rows import Event

View = Literal["both", "source", "target"]
Order = Literal["source-first", "target-first"]
Layout = Literal["auto", "stacked"]
Math = Literal["mathml", "svg"]

#: A time for books that say none: readers show it nowhere, and the same input must make the same bytes.
_LONG_AGO = "2000-01-01T00:00:00Z"
_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"]+")
_LINK = re.compile(f' href="{OPEN}([^"#]*)(?:#([^"]*))?"')
_ID = re.compile(r' id="([^"]*)"')
_NOTE = re.compile(r'<li id="fn-(\d+)">')
_SRC = re.compile(r' src="\.\./(images/[^"]*)"')
_EXTERNAL = re.compile(
    r"(?P<site>(?:https?|ftp)://(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?)(?P<rest>(?:[/?#].*)?)|(?:mailto|tel):.+",
    re.IGNORECASE | re.DOTALL,
)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
#: EPUB leaves this to attributes, and formulas have it by themselves.
_DIRECTION = re.compile(rb"\n\s*direction:[^;}]*;")
#: The deepest headings that the contents list.
_LISTED = 2
#: The word for each state that a row's mark shows, as a key of `WORDS`.
_MARKS = {"missing": "mark_missing", "put-back": "mark_put_back", "draft": "mark_draft", "stale": "mark_stale"}
_MEDIA = {
    ".css": "text/css",
    ".gif": "image/gif",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".xhtml": "application/xhtml+xml",
}
#: Files that are packed already.
_PACKED = frozenset([".gif", ".jpg", ".png", ".webp", ".woff2"])
_FONT = "vendor/stix-two-math/stix-two-math.woff2"
_SAID = {
    "en": {
        "cover": "Cover",
        "title_page": "Title page",
        "summary": "All text can be read aloud and set in any size; every passage says its language.",
        "summary_math": "Formulas are MathML with their LaTeX as alternative text.",
        "summary_svg": "Formulas are pictures with their LaTeX as alternative text.",
        "summary_pictures": "Pictures have alternative texts.",
        "summary_silent": "Some pictures have no alternative text.",
    },
    "zh": {
        "cover": "封面",
        "title_page": "书名页",
        "summary": "全部文字可朗读、可调整字号，每段文字都标明了语言。",
        "summary_math": "公式为 MathML，并以 LaTeX 作为替代文字。",
        "summary_svg": "公式为图片，并以 LaTeX 作为替代文字。",
        "summary_pictures": "图片都有替代文字。",
        "summary_silent": "部分图片没有替代文字。",
    },
}


@dataclass(frozen=True, slots=True)
class Options:
    """What the EPUB is like.

    Attributes:
        order: Which language comes first in each row.
        layout: "auto" puts both languages side by side where a page is at least 42 em wide; "stacked" never does.
        single_language: Whether there is an EPUB in each language alone too.
        math: What formulas are; "svg" is for readers that know no MathML, and needs the extra `svg`.
        highlight: Whether code is coloured.
        identifier: An address that names the book for ever, such as `urn:isbn:…`; by default made from the titles.
        publisher: Who publishes it.
    """

    order: Order = "source-first"
    layout: Layout = "auto"
    single_language: bool = True
    math: Math = "mathml"
    highlight: bool = True
    identifier: str = ""
    publisher: str = ""

    def __post_init__(self) -> None:
        if self.identifier and not _URI.fullmatch(self.identifier):
            raise ValueError('identifier must be one such as "urn:isbn:9780000000002" or an address')


@dataclass(frozen=True, slots=True)
class ChapterText:
    """What a chapter's files are made of.

    Attributes:
        title: The title of the chapter.
        headings: Its headings.
        bodies: Its XHTML by view; addresses of links inside of the book are to be completed.
        pictures: Where its pictures come from, by their paths in the EPUB.
        silent: Whether a picture has no alternative text.
    """

    title: Pair
    headings: tuple[Heading, ...]
    bodies: Mapping[View, str]
    pictures: Mapping[str, Artifact]
    silent: bool


# --- chapters ------------------------------------------------------------------------------------------------------


@cache
def names(rels: tuple[str, ...]) -> Mapping[str, str]:
    """Return the name of each chapter's file: its place in the order of reading, and its own name if it is ASCII."""
    width = max(3, len(str(len(rels))))
    found = {}
    for index, rel in enumerate(rels, 1):
        own = _ascii(posixpath.splitext(rel)[0])
        found[rel] = f"{index:0{width}d}{f'-{own}' if own else ''}.xhtml"
    return found


def _ascii(name: str) -> str:
    """Return a name in small letters, digits and hyphens: names that differ in case alone may not be in an EPUB."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[-40:].strip("-")


def chapter(chapter: Chapter, edition: Edition, places: Places, options: Options) -> Rendered:
    """Return what the files of a chapter are made of."""
    files = names(edition.chapters)
    rows = Rows(chapter, edition, places, files.__getitem__, highlight=options.highlight)
    body = rows.render()
    made = _Chapter(rows, frozenset(files.values()), places, options)
    views: tuple[View, ...] = ("both", "source", "target") if options.single_language else ("both",)
    whole = made.ready(body.events), made.ready(body.notes)
    ready = {view: (made.seen(body.events, view, whole[0]), made.seen(body.notes, view, whole[1])) for view in views}
    bodies = {view: _Layout(edition, view, options).body(*ready[view]) for view in views}
    if not all(map(is_sound, bodies.values())):  # what could come of an outside extension; readers would show nothing
        bodies = {view: _Layout(edition, view, options).body(*map(made.sound, ready[view])) for view in views}
    value = ChapterText(
        body.title,
        tuple(body.headings),
        bodies,
        made.pictures,
        made.silent,
    )
    return Rendered(chapter.rel, value, (), tuple(dict.fromkeys((*rows.diagnostics, *made.diagnostics))))


@dataclass(frozen=True, slots=True)
class _Ready:
    """A row whose cells are XHTML."""

    shown: Shown
    source: str | None
    target: str | None
    shared: str
    mono: str


class _Chapter:
    """Makes XHTML of the rows of one chapter, and finds the pictures in it."""

    def __init__(self, rows: Rows, files: frozenset[str], places: Places, options: Options) -> None:
        self.rows = rows
        self.files = files
        self.places = places
        self.path = rows.chapter.alignment.source.path
        self.drawn = options.math == "svg"
        self.fragments = Fragments(self.link, self.picture, self.formula)
        self.pictures: dict[str, Artifact] = {}
        self.found: dict[str, str | None] = {}
        self.silent = False
        self.diagnostics: list[Diagnostic] = []
        if self.drawn and not available():
            self.drawn = False
            self.diagnostics.append(
                Diagnostic(
                    "formula-undrawn",
                    'math = "svg" needs the package ziamath, so formulas are MathML',
                    Place("[render.epub] math"),
                    Severity.ERROR,
                    hint="pip install 'bilingual-editions[svg]'",
                )
            )

    def report(
        self, code: str, message: str, hint: str, severity: Severity = Severity.WARNING, excerpt: str = ""
    ) -> None:
        self.diagnostics.append(Diagnostic(code, message, Place(self.path), severity, excerpt[:200], None, hint))

    def ready(self, events: Iterable[Event]) -> list[str | _Ready]:
        """Return rows as XHTML, and the tags around them as readers know them."""
        return [_tag(event) if isinstance(event, str) else self.row(event) for event in events]

    def seen(self, events: Sequence[Event], view: View, ready: Sequence[str | _Ready]) -> Sequence[str | _Ready]:
        """Return those rows that a view shows, as XHTML; `ready` has all of them, which is what most views show."""
        found = seen(events, view)
        return ready if found is events else self.ready(found)

    def row(self, shown: Shown) -> _Ready:
        phrasing = shown.cell in ("p", "span")
        return _Ready(
            shown,
            None if shown.source is None else self.xhtml(shown.source, phrasing=phrasing),
            None if shown.target is None else self.xhtml(shown.target, phrasing=phrasing),
            self.xhtml(shown.shared, phrasing=False),
            self.xhtml(shown.mono, phrasing=False),
        )

    def xhtml(self, fragment: str, *, phrasing: bool) -> str:
        try:
            return self.fragments.write(fragment, phrasing=phrasing)
        except NotXhtmlError as error:
            return self.as_text(fragment, f" ({error})")

    def as_text(self, fragment: str, why: str = "") -> str:
        self.report(
            "html-malformed",
            f"this HTML cannot be in an EPUB{why}, so its text alone stands there",
            "close its tags, and nest fewer of them",
            excerpt=fragment,
        )
        return text_of(fragment)

    def sound(self, events: Iterable[str | _Ready]) -> list[str | _Ready]:
        """Return rows whose cells are all well-formed."""

        def cell(text: str) -> str:
            return text if is_sound(text) else self.as_text(text)

        return [
            event
            if isinstance(event, str)
            else _Ready(
                event.shown,
                None if event.source is None else cell(event.source),
                None if event.target is None else cell(event.target),
                cell(event.shared),
                cell(event.mono),
            )
            for event in events
        ]

    def formula(self, mathml: str, latex: str, display: bool) -> str:
        if not self.drawn:
            return mathml
        made = formula_svg(mathml, latex, display=display)
        if made is None or not is_sound(made):
            made = None
            self.report("formula-undrawn", "this formula cannot be drawn, so it is MathML", "", Severity.INFO, latex)
        return made or mathml

    def link(self, href: str) -> str | None:
        """Return the address for that of a link: one to be completed if it is in the book."""
        file, _, fragment = href.partition("#")
        if not href or href.startswith(ROOT):
            if href:
                message = f"this file is not in the EPUB: {unquote(href[1:])}"
                self.report("link-unpublished", message, "its text stands there without a link", Severity.INFO)
            return None
        if not file or file in self.files:
            return f"{OPEN}{file}{f'#{identifier(unquote(fragment))}' if fragment else ''}"
        match = _EXTERNAL.fullmatch(href)
        if match is None:
            return None
        site = match["site"] or ""
        rest, mark, last = (match["rest"] if site else href).partition("#")
        written = quote(re.sub("%(?![0-9A-Fa-f]{2})", "%25", rest), safe="/:?@!$&'()*+,;=%~-._")
        return site + written + mark + quote(re.sub("%(?![0-9A-Fa-f]{2})", "%25", last), safe="/:?@!$&'()*+,;=%~-._")

    def picture(self, src: str, alt: str) -> str | None:
        """Return the path of a picture in the EPUB, seen from a chapter; None if it cannot be in one."""
        if src not in self.found:
            self.found[src] = self._picture(src)
        path = self.found[src]
        if path is not None and not alt.strip():
            self.silent = True
        return path

    def _picture(self, src: str) -> str | None:
        if src.startswith("data:"):
            try:
                artifact = Artifact("inline", base64.b64decode(src.partition(",")[2], validate=True))
            except binascii.Error:
                return None
        elif src.startswith(ROOT):
            path = unquote(src[1:])
            artifact = self.rows.artifacts.get(path, Artifact(path))
        else:
            return None
        found = image(_bytes(artifact, self.places))
        if found is None:
            self.report(
                "picture-kind",
                f"readers of EPUB do not show pictures of this kind: {artifact.path.removeprefix('_assets/')}",
                "its alternative text stands in its place; PNG, JPEG, GIF, WebP and SVG are shown",
            )
            return None
        stem = posixpath.splitext(artifact.path.removeprefix("_assets/"))[0]
        own = digest(artifact.path.encode() + (artifact.data or b""))
        name = f"images/{'-'.join(filter(None, (_ascii(stem), own[:8])))}{found[0]}"
        self.pictures[name] = artifact
        return f"../{name}"


def _tag(tag: str) -> str:
    """Return a tag around rows; what is folded away elsewhere is open here, since many readers cannot unfold it."""
    if tag.startswith("<details"):
        return '<div class="details">'
    return "</div>" if tag == "</details>" else tag.replace(' role="list"', "")


def _bytes(artifact: Artifact, places: Places) -> bytes:
    data = artifact.data if artifact.data is not None else places.data(artifact.source) if artifact.source else None
    return data or b""


# --- rows ----------------------------------------------------------------------------------------------------------


class _Layout:
    """Puts the cells of a chapter together, for one view."""

    def __init__(self, edition: Edition, view: View, options: Options) -> None:
        self.edition = edition
        self.view = view
        self.words = words_of(edition.source if view == "source" else edition.target)
        self.said = _language(edition.target if words_of(edition.target) is not WORDS["en"] else None)
        self.target_first = options.order == "target-first"

    def body(self, events: Iterable[str | _Ready], notes: Sequence[str | _Ready]) -> str:
        """Return the rows of a chapter, its notes below them."""
        parts = ['<section class="chapter" epub:type="chapter" role="doc-chapter">', *self.rows(events)]
        if notes:
            parts.append(
                f'<section class="footnotes" epub:type="footnotes" aria-label="{escape(self.words["footnotes"])}">'
            )
            parts.extend(self.rows(notes, notes=True))
            parts.append("</section>")
        return "\n".join([*parts, "</section>"])

    def rows(self, events: Iterable[str | _Ready], *, notes: bool = False) -> Iterator[str]:
        """Yield rows and the tags around them; each note is an element that readers can show in a window."""
        parents: list[str] = []
        for event in events:
            if not isinstance(event, str):
                made = self.row(event)
                within = parents[-1] if parents else ""
                if made and within in ("ul", "ol"):
                    made = f"<li>{made}</li>"
                elif made and within == "dl" and event.shown.tag != "dt":
                    made = f"<dd>{made}</dd>"
                if made:
                    yield made
            elif event.startswith("</"):
                parents.pop()
                yield "</aside>" if notes and not parents else event
            else:
                parents.append(event.strip("<>").split(" ", 1)[0])
                number = _NOTE.fullmatch(event) if notes and len(parents) == 1 else None
                if number is None:
                    yield event
                else:
                    yield f'<aside class="footnote" id="fn-{number[1]}" epub:type="footnote" role="doc-footnote">'
                    yield f'<span class="note-number">{number[1]}</span>'

    def row(self, ready: _Ready) -> str:
        shown = ready.shown
        own = f' id="{identifier(shown.id)}"' if shown.id else ""
        anchors = "".join(f'<span class="anchor" id="{escape(identifier(each))}"></span>' for each in shown.anchors)
        if shown.tag == "hr":
            return f'<hr class="row rule"{own}/>'
        state = f" state-{shown.state}" if shown.state and self.view != "source" else ""
        name = "div" if shown.tag == "summary" else shown.tag
        start = f'<{name} class="row {escape(shown.kind)}{state}"{own}>'
        if ready.source is None:
            inner = ready.mono if self.view == "target" and ready.mono else ready.shared
            return f"{start}{anchors}{inner}</{name}>" if anchors or inner else ""
        cells = list(self.cells(ready))
        inner = "".join(cells[::-1] if self.target_first else cells)
        if anchors:
            # They stand in the first cell, since the elements of some rows hold nothing else.
            inner = re.sub("<(?:p|span|div) [^>]*>", lambda match: match.group() + anchors, inner, count=1)
        if shown.level:
            inner = f"<h{shown.level}>{inner}</h{shown.level}>"
        return f"{start}{inner}</{name}>"

    def cells(self, ready: _Ready) -> Iterator[str]:
        """Yield the cells of a row, that of the source first."""
        shown, view = ready.shown, self.view
        both = view == "both"
        if view != "target" and shown.only != "target":
            # What is not translated stays when a reader hides the original.
            toggle = " cp-original" if both and not shown.untranslated else ""
            language = self.edition.own if shown.source_untranslated else self.edition.source
            yield self.cell(shown, f"src{toggle}", language, ready.source or "")
        if view != "source" and (shown.only != "source" or shown.state):
            alone = both and shown.untranslated
            inner = "" if alone else (ready.target or "")
            if shown.state:
                word = self.words[
                    "mark_partly" if shown.state == "missing" and not shown.untranslated else _MARKS[shown.state]
                ]
                inner += f' <span class="mark"{self.said}>{word}</span>'
            language = self.edition.own if shown.untranslated and not alone else self.edition.target
            names = f"tgt{' cp-translation' if both else ''}{' untranslated' if shown.untranslated else ''}"
            yield self.cell(shown, names, language, inner)

    @staticmethod
    def cell(shown: Shown, names: str, language: Language, inner: str) -> str:
        return f'<{shown.cell} class="cell {names}"{_language(language)}>{inner}</{shown.cell}>'


def _language(language: Language | None) -> str:
    """Return the attributes that say a language, English for None."""
    tag = language.tag if language is not None else "en"
    return f' lang="{tag}" xml:lang="{tag}"' + (' dir="rtl"' if language is not None and language.rtl else "")


# --- the book ------------------------------------------------------------------------------------------------------


def book(
    edition: Edition, rendered: Sequence[Rendered], places: Places, options: Options
) -> Iterator[Artifact | Diagnostic]:
    """Yield the EPUB in both languages, and that in each of them."""
    chapters = {each.rel: each.value for each in rendered}
    cover: tuple[str, bytes] | None = None
    if edition.cover:
        cover = image(places.data(edition.cover) or b"")
        if cover is None:
            yield Diagnostic(
                "render-file",
                f"the cover is no picture that readers of EPUB show, or it is not there: {edition.cover}",
                Place("[book] cover"),
                hint="name a PNG or JPEG picture below the folder of the configuration",
            )
    shelf = _Pictures(places)
    name = slug(edition.title.of(target=True))[:60].strip("-_") or edition.name
    views: dict[View, str] = {"both": f"{name}.epub"}
    if options.single_language:
        views |= {"source": f"{name}.{edition.source_code}.epub", "target": f"{name}.{edition.target_code}.epub"}
    for view, path in views.items():
        yield Artifact(path, _Book(edition, view, chapters, shelf, cover, options).data())


class _Pictures:
    """The bytes of the pictures of all chapters, read once."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.read: dict[str, bytes] = {}

    def data(self, name: str, artifact: Artifact) -> bytes:
        if name not in self.read:
            found = image(_bytes(artifact, self.places))
            self.read[name] = found[1] if found else b""
        return self.read[name]


@dataclass(frozen=True, slots=True)
class _Item:
    """A file of an EPUB: its id and properties in the manifest, and whether it is among what is read in order."""

    id: str
    path: str
    properties: str = ""
    read: bool = False


class _Book:
    """One EPUB."""

    def __init__(
        self,
        edition: Edition,
        view: View,
        chapters: Mapping[str, ChapterText],
        pictures: _Pictures,
        cover: tuple[str, bytes] | None,
        options: Options,
    ) -> None:
        self.edition = edition
        self.view = view
        self.options = options
        self.chapters = {rel: chapters[rel] for rel in edition.chapters if rel in chapters}
        self.parts = [part for part in edition.parts if any(rel in self.chapters for rel in part.chapters)]
        self.pictures = pictures
        self.cover = cover
        self.files: dict[str, bytes] = {}
        self.items: list[_Item] = []
        sides = {
            "source": [edition.source],
            "target": [edition.target],
            "both": [edition.target, edition.source]
            if options.order == "target-first"
            else [edition.source, edition.target],
        }
        #: The languages as they are shown; the first one is that of the book.
        self.languages: list[Language] = sides[view]
        self.names = names(edition.chapters)
        self.texts = {rel: _unique(made.bodies[view]) for rel, made in self.chapters.items()}
        self.ids = {self.names[rel]: frozenset(_ID.findall(text)) for rel, text in self.texts.items()}
        self.math = any("<math" in text for text in self.texts.values())
        self.drawn = any("<svg" in text for text in self.texts.values())
        self.shown = bool(self.cover)

    # --- words

    def is_target(self, language: Language) -> bool:
        return language is self.edition.target

    def pair(self, pair: Pair) -> list[tuple[Language, str]]:
        """Return a text in the languages of the book, once if it is the same in both."""
        found: list[tuple[Language, str]] = []
        for language in self.languages:
            text = _FORBIDDEN.sub("\ufffd", pair.of(target=self.is_target(language))).strip()
            if text and text not in [other for _, other in found]:
                found.append((language, text))
        return found

    def plain(self, pair: Pair) -> str:
        return " · ".join(text for _, text in self.pair(pair))

    def spans(self, pair: Pair, only: str = "") -> str:
        """Return a text in the languages of the book as XHTML; `only` is the side that alone has it, or empty."""
        found = self.pair(pair)
        if only:
            found = [(self.edition.target if only == "target" else self.edition.source, text) for _, text in found]
        return '<span class="dot"> · </span>'.join(
            f'<span class="{"one" if not index else "other"}"{_language(language)}>{escape(text, quote=False)}</span>'
            for index, (language, text) in enumerate(found)
        )

    def word(self, key: str) -> Pair:
        return Pair(*(words_of(language)[key] for language in (self.edition.source, self.edition.target)))

    def own_word(self, key: str) -> Pair:
        sides = (self.edition.source, self.edition.target)
        return Pair(*((_SAID.get(each.tag) or _SAID.get(each.tag.split("-")[0]) or _SAID["en"])[key] for each in sides))

    # --- files

    def data(self) -> bytes:
        """Return the EPUB."""
        self.cover_page()
        self.title_page()
        self.add(_Item("nav", "nav.xhtml", "nav", read=True), "")
        for number, part in enumerate(self.parts, 1):
            if part.title is not None:
                self.part_page(number, part)
            for rel in part.chapters:
                if rel in self.chapters:
                    self.chapter(rel)
        self.files["nav.xhtml"] = self.navigation().encode()
        self.style()
        self.files["package.opf"] = self.package().encode()
        return _packed({f"EPUB/{path}": data for path, data in self.files.items()})

    def add(self, item: _Item, text: str | bytes) -> None:
        self.items.append(item)
        self.files[item.path] = text.encode() if isinstance(text, str) else text

    def page(self, title: str, body: str, *, kind: str, root: str = "../", math: bool = False) -> str:
        """Return a page."""
        sheets = ["book.css", *(["columns.css"] if self.in_columns() else []), *(["math.css"] if math else [])]
        links = "".join(f'<link rel="stylesheet" type="text/css" href="{root}style/{each}"/>\n' for each in sheets)
        direction = "rtl" if self.languages[0].rtl else "ltr"
        tag = self.languages[0].tag
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
            '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" '
            f'lang="{tag}" xml:lang="{tag}" dir="{direction}">\n'
            f"<head>\n<title>{escape(title, quote=False)}</title>\n{links}</head>\n"
            f'<body class="{kind} {self.view}{self.narrow()}">\n{body}\n</body>\n</html>\n'
        )

    def in_columns(self) -> bool:
        return self.view == "both" and self.options.layout == "auto"

    def narrow(self) -> str:
        """Return the class for the side that needs less room: Chinese does."""
        if self.view != "both" or self.languages[0].han == self.languages[1].han:
            return ""
        return " narrow-first" if self.languages[0].han else " narrow-second"

    def cover_page(self) -> None:
        suffix, data = self.cover or (".svg", self.drawn_cover())
        path = f"images/cover{suffix}"
        self.add(_Item("cover-image", path, "cover-image"), data)
        title = self.plain(self.own_word("cover"))
        alt = escape(f"{title}: {self.plain(self.edition.title)}")
        body = f'<section epub:type="cover"><img role="doc-cover" src="../{path}" alt="{alt}"/></section>'
        self.add(_Item("cover", "text/cover.xhtml", read=True), self.page(title, body, kind="cover"))

    def drawn_cover(self) -> bytes:
        titles, subtitles = (
            [text for _, text in self.pair(each)] for each in (self.edition.title, self.edition.subtitle)
        )
        people = [_FORBIDDEN.sub("\ufffd", each) for each in self.edition.authors or self.edition.translators]
        return drawn(titles, subtitles, people, [language.name() for language in self.languages])

    def title_page(self) -> None:
        edition = self.edition
        parts = [f"<h1>{self.spans(edition.title)}</h1>"]
        if edition.subtitle.of(target=True):
            parts.append(f'<p class="subtitle" role="doc-subtitle">{self.spans(edition.subtitle)}</p>')
        for key, people in (("authors", edition.authors), ("translators", edition.translators)):
            if people:
                names_of = ", ".join(escape(_FORBIDDEN.sub("\ufffd", each), quote=False) for each in people)
                parts.append(
                    f'<p class="people"><span class="label">{self.spans(self.word(key))}</span> {names_of}</p>'
                )
        if edition.description.of(target=True):
            parts.append(f'<p class="description">{self.spans(edition.description)}</p>')
        said = [escape(each, quote=False) for each in (self.options.publisher, edition.date) if each]
        if edition.licence:
            name = escape(edition.licence, quote=False)
            url = escape(edition.licence_url)
            said.append(f'<a href="{url}">{name}</a>' if url.startswith("https://") else name)
        if said:
            parts.append(f'<p class="imprint">{" · ".join(said)}</p>')
        body = "\n".join(['<section epub:type="titlepage">', *parts, "</section>"])
        title = self.plain(edition.title)
        self.add(_Item("title-page", "text/title.xhtml", read=True), self.page(title, body, kind="title-page"))

    def part_page(self, number: int, part: Part) -> None:
        title = part.title or Pair()
        body = f'<section epub:type="part" role="doc-part">\n<h1>{self.spans(title)}</h1>\n</section>'
        page = self.page(self.plain(title) or str(number), body, kind="part-page")
        self.add(_Item(f"part-{number}", f"text/part-{number}.xhtml", read=True), page)

    def chapter(self, rel: str) -> None:
        made, file = self.chapters[rel], self.names[rel]
        text = _LINK.sub(lambda match: self.way(file, match.group(1), match.group(2) or ""), self.texts[rel])
        properties = [name for name, tag in (("mathml", "<math"), ("svg", "<svg")) if tag in text]
        for name in _SRC.findall(text):
            if name not in self.files:
                self.shown = True
                self.add(
                    _Item(f"image-{posixpath.splitext(name[7:])[0]}", name),
                    self.pictures.data(name, made.pictures[name]),
                )
        page = self.page(self.plain(made.title), text, kind="text", math="<math" in text)
        item = _Item(f"chapter-{posixpath.splitext(file)[0]}", f"text/{file}", " ".join(properties), read=True)
        self.add(item, page)

    def way(self, here: str, file: str, anchor: str) -> str:
        """Return the address of a link inside of the book; nothing if it leads nowhere."""
        there = file or here
        if there not in self.ids:
            return ""
        if anchor and anchor in self.ids[there]:
            return f' href="{file}#{anchor}"'
        return f' href="{file}"' if file else ""

    def style(self) -> None:
        """Add style sheets, and the font of formulas if there are any."""
        assets = resources.files("bilingual.render") / "assets"
        self.add(_Item("style", "style/book.css"), (assets / "epub" / "epub.css").read_bytes())
        if self.in_columns():
            self.add(_Item("style-columns", "style/columns.css"), (assets / "epub" / "columns.css").read_bytes())
        if self.math:
            self.add(_Item("style-math", "style/math.css"), _DIRECTION.sub(b"", (assets / "math.css").read_bytes()))
            self.add(_Item("font-math", "style/fonts/stix-two-math.woff2"), (assets / _FONT).read_bytes())

    # --- contents

    def navigation(self) -> str:
        """Return the page of contents, which is also what readers show as such."""
        entries: list[str] = []
        for number, part in enumerate(self.parts, 1):
            inner = [self.entry(rel) for rel in part.chapters if rel in self.chapters]
            if part.title is None:
                entries.extend(inner)
            else:
                link = f'<a href="text/part-{number}.xhtml">{self.spans(part.title) or number}</a>'
                entries.append("\n".join([f'<li class="part">{link}', "<ol>", *inner, "</ol></li>"]))
        title = self.word("contents")
        marks = (
            ("cover", "text/cover.xhtml", self.own_word("cover")),
            ("titlepage", "text/title.xhtml", self.own_word("title_page")),
            ("toc", "nav.xhtml#toc", title),
            ("bodymatter", self.first(), self.word("start")),
        )
        landmarks = [
            f'<li><a epub:type="{kind}" href="{path}">{escape(self.plain(name), quote=False)}</a></li>'
            for kind, path, name in marks
        ]
        body = [
            f'<nav epub:type="toc" role="doc-toc" id="toc">\n<h1>{self.spans(title)}</h1>\n<ol>',
            *entries,
            '</ol>\n</nav>\n<nav epub:type="landmarks" hidden="hidden">\n<ol>',
            *landmarks,
            "</ol>\n</nav>",
        ]
        return self.page(self.plain(title), "\n".join(body), kind="contents", root="")

    def first(self) -> str:
        """Return the page that the text begins on."""
        return next(item.path for item in self.items if item.id.startswith(("part-", "chapter-")))

    def entry(self, rel: str) -> str:
        """Return a chapter in the contents, and its sections."""
        made, file = self.chapters[rel], self.names[rel]
        sections = [
            f'<li><a href="text/{file}#{identifier(each.id)}">{self.spans(each.text, each.only)}</a></li>'
            for index, each in enumerate(made.headings)
            if index
            and each.level <= _LISTED
            and self.plain(each.text)
            and identifier(each.id) in self.ids[file]
            and (self.view == "both" or each.only in ("", self.view))
        ]
        inner = "\n".join(['\n<ol class="sections">', *sections, "</ol>"]) if sections else ""
        return f'<li><a href="text/{file}">{self.spans(made.title) or escape(rel, quote=False)}</a>{inner}</li>'

    # --- the package

    def package(self) -> str:
        """Return what the EPUB says about itself."""
        manifest = "\n".join(
            f'<item id="{item.id}" href="{item.path}" media-type="{_MEDIA[posixpath.splitext(item.path)[1]]}"'
            + (f' properties="{item.properties}"' if item.properties else "")
            + "/>"
            for item in sorted(self.items, key=lambda each: each.path)
        )
        spine = "\n".join(f'<itemref idref="{item.id}"/>' for item in self.items if item.read)
        direction = ' page-progression-direction="rtl"' if self.languages[0].rtl else ""
        metadata = "\n".join(self.metadata())
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" '
            f'xml:lang="{self.languages[0].tag}">\n'
            f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">\n{metadata}\n</metadata>\n'
            f"<manifest>\n{manifest}\n</manifest>\n<spine{direction}>\n{spine}\n</spine>\n</package>\n"
        )

    def metadata(self) -> Iterator[str]:
        """Yield what says what the book is."""
        edition = self.edition

        def element(name: str, text: str, attributes: str = "") -> str:
            shown = escape(_FORBIDDEN.sub("\ufffd", text).strip(), quote=False)
            return f"<{name}{attributes}>{shown}</{name}>"

        def meta(name: str, text: str, attributes: str = "") -> str:
            return element("meta", text, f' property="{name}"{attributes}')

        yield element("dc:identifier", self.identifier(), ' id="id"')
        yield element("dc:title", self.plain(edition.title), ' id="title"')
        yield meta("title-type", "main", ' refines="#title"')
        for language, text in self.pair(edition.title)[1:]:
            yield meta("alternate-script", text, f' refines="#title" xml:lang="{language.tag}"')
        if edition.subtitle.of(target=True):
            yield element("dc:title", self.plain(edition.subtitle), ' id="subtitle"')
            yield meta("title-type", "subtitle", ' refines="#subtitle"')
        # That of the source first: by it, readers tell the original from its translation.
        for language in sorted(self.languages, key=self.is_target):
            yield element("dc:language", language.tag)
        yield meta("dcterms:modified", self.modified())
        for role, tag, people in (("aut", "creator", edition.authors), ("trl", "contributor", edition.translators)):
            for number, person in enumerate(filter(str.strip, people), 1):
                yield element(f"dc:{tag}", person, f' id="{role}-{number}"')
                yield meta("role", role, f' refines="#{role}-{number}" scheme="marc:relators"')
        description = self.plain(edition.description)
        if description:
            yield element("dc:description", description)
        if self.options.publisher.strip():
            yield element("dc:publisher", self.options.publisher)
        if _DATE.fullmatch(edition.date):
            yield element("dc:date", edition.date)
        if edition.licence or edition.licence_url:
            url = f"({edition.licence_url})" if edition.licence and edition.licence_url else edition.licence_url
            yield element("dc:rights", " ".join(filter(None, (edition.licence, url))))
        yield '<meta name="cover" content="cover-image"/>'
        yield from (meta(f"schema:{name}", text) for name, text in self.accessibility())

    def accessibility(self) -> Iterator[tuple[str, str]]:
        """Yield what people with a disability can expect."""
        silent = any(made.silent for made in self.chapters.values())
        seen = self.shown or self.drawn
        yield "accessMode", "textual"
        if seen:
            yield "accessMode", "visual"
        yield "accessModeSufficient", "textual,visual" if silent else "textual"
        features = ["displayTransformability", "readingOrder", "structuralNavigation", "tableOfContents"]
        features += ["alternativeText"] if seen and not silent else []
        features += ["MathML"] if self.math else []
        features += ["describedMath", "latex"] if self.math or self.drawn else []
        yield from (("accessibilityFeature", each) for each in sorted(features, key=str.lower))
        moving = any(item.path.endswith(".gif") for item in self.items)
        yield "accessibilityHazard", "unknown" if moving else "none"
        keys = ["summary"]
        keys += ["summary_math"] if self.math else ["summary_svg"] if self.drawn else []
        keys += ["summary_silent"] if silent else ["summary_pictures"] if seen else []
        texts = []
        for language in self.languages:
            said = [self.own_word(key).of(target=self.is_target(language)) for key in keys]
            texts.append(("" if language.han else " ").join(said))
        yield "accessibilitySummary", " ".join(dict.fromkeys(texts))

    def identifier(self) -> str:
        """Return what names this EPUB for ever."""
        own = self.options.identifier
        if own and self.view == "both":
            return own
        edition = self.edition
        said = (
            own or f"{edition.title.source}\0{edition.title.target}",
            edition.source.tag,
            edition.target.tag,
            self.view,
        )
        name = uuid.uuid5(uuid.NAMESPACE_URL, "\0".join(said))
        return f"urn:uuid:{name}"

    def modified(self) -> str:
        """Return when the book was last changed: SOURCE_DATE_EPOCH, or its date, or a fixed time."""
        epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
        if epoch.isascii() and epoch.isdigit() and len(epoch) < 12:
            return dt.datetime.fromtimestamp(int(epoch), dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            return dt.date.fromisoformat(self.edition.date).strftime("%Y-%m-%dT00:00:00Z")
        except ValueError:
            return _LONG_AGO


def _unique(text: str) -> str:
    """Return XHTML in which the first of several equal ids counts."""
    found = _ID.findall(text)
    if len(found) == len(set(found)):
        return text
    seen: set[str] = set()

    def once(match: re.Match[str]) -> str:
        if match.group(1) in seen:
            return ""
        seen.add(match.group(1))
        return match.group()

    return _ID.sub(once, text)


def _packed(files: Mapping[str, bytes]) -> bytes:
    """Return files as an EPUB; the one that says what it is comes first, and none says when it was made."""
    container = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">\n<rootfiles>\n'
        '<rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>\n'
        "</rootfiles>\n</container>\n"
    )
    entries = [
        ("mimetype", b"application/epub+zip"),
        ("META-INF/container.xml", container.encode()),
        *sorted(files.items()),
    ]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for path, data in entries:
            entry = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            stored = path == "mimetype" or posixpath.splitext(path)[1] in _PACKED
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return made.getvalue()


RENDERER = Renderer(chapter, book, Options)
