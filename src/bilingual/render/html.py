"""The website: one page a chapter with both languages side by side, one in each language alone, contents and a search.

Static files that need no server and no network; most of it works without JavaScript, and all of it from a disk.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.sax.saxutils import escape as xml_escape

from bilingual import __version__
from bilingual.config import Text as Wording
from bilingual.diagnostics import Diagnostic, Place, Severity
from bilingual.edition import Pair
from bilingual.render import Artifact, Rendered, Renderer
from bilingual.render._rows import ROOT, Heading, Rows, Shown, Text, escape, seen, words_of
from bilingual.render._search import Indexed, Page, search_files
from bilingual.render._words import WORDS
from bilingual.sanitiser import clean, danger

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jinja2 import Environment

    from bilingual.edition import Chapter, Edition
    from bilingual.language import Language
    from bilingual.render import Places
    from bilingual.render._rows import Event

_RATIO = re.compile(r"\s*([1-9]\d?(?:\.\d+)?)\s*:\s*([1-9]\d?(?:\.\d+)?)\s*")
_COLOUR = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")
_COLOURS = ("accent", "accent_dark", "background", "background_dark")
_PICTURES = (".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif")
_STATIC = ("style.css", "math.css", "theme.js", "app.js", "search.js")
_FONT = "vendor/stix-two-math/stix-two-math.woff2"
_NOTE = re.compile(r'<li id="fn-(\d+)">')
#: What stands between the entries of the contents, and between the number of a chapter and its entry.
_PIECE, _MARK = "\ufdd3", "\ufdd4"
#: In a book of more chapters than this, a page's panel does not list all of them, but this many outermost ones.
_MANY, _STRETCH = 100, 40
#: The word for each state that a row's mark shows, as a key of `WORDS`.
_MARKS = {
    "missing": "mark_missing",
    "put-back": "mark_put_back",
    "draft": "mark_draft",
    "stale": "mark_stale",
}


@dataclass(frozen=True, slots=True)
class Options:
    """How the website looks and where it is.

    Attributes:
        site_url: The address of the published site; sitemap, canonical addresses and previews of links need it.
        repository: The address of the repository, for "edit this page" and "improve this translation".
        branch: The branch that these lead to.
        logo: A picture beside the title: a path below the project's folder.
        accent: The colour of links and buttons, such as #0b6.
        accent_dark: The same on a dark page.
        background: The colour of the page.
        background_dark: The same where it is dark.
        columns: How wide the columns of source and target are.
        footer: HTML below each page.
        extra_css: Style sheets of your own: paths below the project's folder.
        highlight: Whether code is coloured.
        search: Whether there is a search.
        single_language: Whether there are pages in each language alone.
    """

    site_url: str = ""
    repository: str = ""
    branch: str = "main"
    logo: str = ""
    accent: str = ""
    accent_dark: str = ""
    background: str = ""
    background_dark: str = ""
    columns: str = "41:59"
    footer: Wording = field(default_factory=Wording)
    extra_css: tuple[str, ...] = ()
    highlight: bool = True
    search: bool = True
    single_language: bool = True

    def __post_init__(self) -> None:
        if _RATIO.fullmatch(self.columns) is None:
            raise ValueError('columns must be two numbers such as "41:59"')
        for name in _COLOURS:
            if (value := getattr(self, name)) and _COLOUR.fullmatch(value) is None:
                raise ValueError(f'{name.replace("_", "-")} must be a colour such as "#0a7d5a"')
        for name in ("site_url", "repository"):
            if (value := getattr(self, name)) and not re.fullmatch(r"https?://[^\s\"'<>]+", value):
                raise ValueError(f"{name.replace('_', '-')} must be an address that begins with https://")


@dataclass(frozen=True, slots=True)
class ChapterPages:
    """What the pages of a chapter are made of.

    Attributes:
        title: The title of the chapter.
        description: What its front matter says it is about.
        headings: Its headings.
        texts: What the search finds.
        wanted: How many rows have something to translate.
        states: How many of these are in each state.
        math: Whether there are formulas.
        events: The rows as HTML and the tags around them, as `Body` has them.
        notes: Those of the footnotes.
        path: The path of its source.
        catalog: The path of the catalog that translates it.
        remote: Whether it shows pictures from elsewhere.
    """

    title: Pair
    description: Pair
    headings: tuple[Heading, ...]
    texts: tuple[Text, ...]
    wanted: int
    states: Mapping[str, int]
    math: bool
    events: Sequence[Event]
    notes: Sequence[Event]
    path: str
    catalog: str
    remote: bool

    @property
    def percent(self) -> int:
        """How much of it is translated, rounded down so that 100 means all."""
        return 100 * self.states.get("translated", 0) // self.wanted if self.wanted else 100


# --- chapters --------------------------------------------------------------------------------------------------


def chapter(chapter: Chapter, edition: Edition, places: Places, options: Options) -> Rendered:
    """Return what the pages of a chapter are made of."""
    urls = page_paths(edition.chapters, (edition.source_code, edition.target_code))
    rows = Rows(chapter, edition, places, urls.__getitem__, highlight=options.highlight)
    body = rows.render()
    value = ChapterPages(
        body.title,
        body.description,
        tuple(body.headings),
        tuple(body.texts) if options.search else (),
        body.wanted,
        dict(body.states),
        body.math,
        tuple(body.events),
        tuple(body.notes),
        chapter.alignment.source.path,
        chapter.catalog,
        rows.remote,
    )
    return Rendered(chapter.rel, value, tuple(rows.artifacts.values()), tuple(dict.fromkeys(rows.diagnostics)))


def article(
    events: Sequence[Event], notes: Sequence[Event], edition: Edition, view: str, *, catalog: bool = False
) -> str:
    """Return the rows of a chapter as HTML.

    Args:
        events: The rows and the tags around them.
        notes: Those of the footnotes.
        edition: The edition.
        view: "both", "source" or "target".
        catalog: Whether rows say on which line of the catalog they are.
    """
    parts = list(_events(seen(events, view), edition, view, catalog=catalog))
    shown = seen(notes, view)
    if shown:
        words = words_of(edition.source if view == "source" else edition.target)
        parts.append(f'<section class="footnotes" aria-label="{escape(words["footnotes"])}"><ol>')
        parts.extend(_events(shown if shown is notes else _numbered(shown), edition, view, catalog=catalog))
        parts.append("</ol></section>")
    return "\n".join(parts)


def _events(events: Iterable[Event], edition: Edition, view: str, *, catalog: bool) -> Iterator[str]:
    words = words_of(edition.source if view == "source" else edition.target)
    for event in events:
        yield event if isinstance(event, str) else _row(event, edition, view, words, catalog=catalog)


def _numbered(notes: Iterable[Event]) -> Iterator[Event]:
    """Yield notes of which some are not shown, each with its own number: a list begins where one is missing."""
    expected = 1
    for event in notes:
        match = _NOTE.fullmatch(event) if isinstance(event, str) else None
        if match is not None:
            number = int(match[1])
            if number != expected:
                yield f'</ol><ol start="{number}">'
            expected = number + 1
        yield event


def _row(shown: Shown, edition: Edition, view: str, words: Mapping[str, str], *, catalog: bool) -> str:
    source, target = edition.source, edition.target
    anchors = "".join(f'<span class="anchor" id="{escape(each)}"></span>' for each in shown.anchors)
    if shown.tag == "hr":
        return f'<hr class="row {shown.kind}" id="{shown.id}">'
    mono = view != "both"
    names = f"row {shown.kind}{' mono' if mono and shown.source is not None else ''}"
    if shown.only and not mono:
        names += f" only-{shown.only}"
    attributes = f' class="{names}"' + (f' id="{shown.id}"' if shown.id else "")
    if shown.state and view != "source":
        attributes += f' data-state="{shown.state}"'
    if catalog and shown.line:
        attributes += f' data-line="{shown.line}"'
    # What a summary holds is a part of its button, so no link can stand in it.
    linked = shown.id and shown.tag != "summary"
    link = f'<a class="permalink" href="#{shown.id}" aria-label="{words["permalink"]}">#</a>' if linked else ""
    if shown.source is None:
        inner = shown.mono if view == "target" and shown.mono else shown.shared
        link = link if inner else ""
        return f"<{shown.tag}{attributes}>{link}{anchors}{inner}</{shown.tag}>"
    cells = []
    if view != "target" and shown.only != "target":
        own = edition.own if shown.source_untranslated else source
        cells.append(_cell(shown, "src", own, anchors + shown.source, words))
        anchors = ""
    if not mono and not shown.only and shown.kind.split()[0] in ("p", "table", "html", "callout-title", "lead"):
        cells.append(f'<input type="checkbox" class="peek" aria-label="{words["peek"]}">')
    if view != "source" and (shown.only != "source" or shown.state):
        inner = anchors + (shown.target or "")
        if shown.state:
            word = words["mark_partly" if shown.state == "missing" and not shown.untranslated else _MARKS[shown.state]]
            inner += f' <span class="mark" lang="{_word_language(target)}">{word}</span>'
        cells.append(_cell(shown, "tgt", edition.own if shown.untranslated else target, inner, words))
    inner = "".join(cells)
    if shown.level:
        inner = f"<h{shown.level}>{inner}</h{shown.level}>"
    return f"<{shown.tag}{attributes}>{link}{inner}</{shown.tag}>"


def _word_language(language: Language) -> str:
    """Return the language of the words that pages in a language have."""
    return language.tag if words_of(language) is not WORDS["en"] else "en"


def _cell(shown: Shown, side: str, language: Language, inner: str, words: Mapping[str, str]) -> str:
    untranslated = shown.untranslated if side == "tgt" else shown.source_untranslated
    names = f"cell {side}{' untranslated' if untranslated else ''}"
    attributes = f' class="{names}" lang="{language.tag}"'
    if language.rtl:
        attributes += ' dir="rtl"'
    if shown.kind.startswith("table"):
        attributes += f' tabindex="0" role="group" aria-label="{words["table"]}"'
    return f"<{shown.cell}{attributes}>{inner}</{shown.cell}>"


# --- pages -----------------------------------------------------------------------------------------------------


@cache
def page_paths(rels: tuple[str, ...], folders: tuple[str, ...] = ()) -> Mapping[str, str]:
    """Return the path of the page of each chapter below the folder of the site, or of a language in it.

    `part/README.md` and `part/index.md` are the pages of their folders. The page of the site's own folder is the
    contents, so `index.md` there is `start.html`.

    Args:
        rels: The chapters.
        folders: Folders that the site has for itself; chapters in folders of these names get an underscore.
    """
    found: dict[str, str] = {}
    taken = {"index.html", "404.html"}
    own = {each.lower() for each in ("_static", "_assets", *folders)}
    for rel in sorted(rels, key=lambda each: (posixpath.basename(each).lower() != "index.md", each)):
        stem = posixpath.splitext(rel)[0]
        top, slash, rest = stem.partition("/")
        while slash and top.lower() in own:
            top += "_"
        stem = top + slash + rest
        folder, name = posixpath.split(stem)
        candidates = [f"{stem}.html", *(f"{stem}-{number}.html" for number in range(2, len(rels) + 3))]
        if name.lower() in ("index", "readme"):
            candidates.insert(0, posixpath.join(folder, "index.html") if folder else "start.html")
        path = next(each for each in candidates if each.lower() not in taken)
        taken.add(path.lower())
        found[rel] = path
    return found


class Site:
    """The pages of an edition.

    Args:
        edition: The edition.
        chapters: What the pages of each chapter are made of, by `rel`.
        places: What knows the files of the book.
        options: How it looks.
        live: Whether the preview server shows it.
    """

    def __init__(
        self,
        edition: Edition,
        chapters: Mapping[str, ChapterPages],
        places: Places,
        options: Options,
        *,
        live: bool = False,
    ) -> None:
        self.edition = edition
        self.chapters = chapters
        self.places = places
        self.options = options
        self.live = live
        self.order = [rel for rel in edition.chapters if rel in chapters]
        self.numbers = {rel: number for number, rel in enumerate(self.order)}
        self.paths = page_paths(edition.chapters, (edition.source_code, edition.target_code))
        self.diagnostics: list[Diagnostic] = []
        self.own = dict(self.own_files())
        self.pieces: dict[tuple[str, str, str], list[str]] = {}
        self.panels: dict[tuple[tuple[str, str, str], tuple[str, int]], tuple[str, dict[int, str]]] = {}
        self.fixed: dict[tuple[object, ...], str] = {}
        self.groups = _groups(edition) if len(self.order) > _MANY else {}
        self.folders = {"both": "", "source": edition.source_code, "target": edition.target_code}
        if not options.single_language:
            self.folders = {"both": ""}
        self.footers = {
            target: clean(options.footer.of(code), _address)
            for target, code in ((False, edition.source_code), (True, edition.target_code))
        }

    def files(self) -> Iterator[Artifact]:
        """Yield every file of the site but the pictures of its chapters."""
        yield from self.static()
        for view in self.folders:
            yield self.file(view, "index.html", self.contents(view))
            for rel in self.order:
                yield self.file(view, self.paths[rel], self.page(rel, view))
        yield Artifact("404.html", self.missing().encode())
        yield Artifact(".nojekyll", b"")
        if self.options.site_url:
            yield Artifact("sitemap.xml", self.sitemap().encode())
        if self.options.search:
            yield from self.search()

    def search(self) -> Iterator[Artifact]:
        """Yield the files of the search index."""
        pages = [
            Page(
                quote(self.paths[rel]),
                (self.chapters[rel].title.of(target=False), self.chapters[rel].title.of(target=True)),
                [
                    Indexed(each.id, each.heading, each.text.source, each.text.target)
                    for each in self.chapters[rel].texts
                ],
            )
            for rel in self.order
        ]
        for path, data in search_files(pages):
            yield Artifact(path, data)

    def file(self, view: str, path: str, text: str) -> Artifact:
        """Return a page as a file, in the folder of its view."""
        return Artifact(posixpath.join(self.folders[view], path), text.encode())

    def static(self) -> Iterator[Artifact]:
        """Yield style sheets, scripts and fonts."""
        assets = resources.files("bilingual.render") / "assets"
        for name in _STATIC:
            data = (assets / name).read_bytes()
            yield Artifact(f"_static/{name}", data + self.settings() if name == "style.css" else data)
        yield Artifact("_static/fonts/stix-two-math.woff2", (assets / _FONT).read_bytes())
        yield from self.own.values()

    def own_files(self) -> Iterator[tuple[str, Artifact]]:
        """Yield the logo and style sheets that the configuration names, each with its path there."""
        for number, path in enumerate(dict.fromkeys((self.options.logo, *self.options.extra_css))):
            data = self.places.data(path) if path else None
            reason = danger(data) if data is not None and path.lower().endswith(".svg") else ""
            name = "extra-css" if path in self.options.extra_css else "logo"
            if name == "logo" and path and not path.lower().endswith(_PICTURES):
                reason = "is no picture"
            if data is None and path:
                self.report(name, f"there is no file {path}")
            elif reason:
                self.report(name, f"{path} {reason}, so it is not published")
            elif data is not None:
                yield path, Artifact(f"_static/own/{number}-{posixpath.basename(path)}", data)

    def report(self, name: str, message: str) -> None:
        """Note what is wrong with an option."""
        place, hint = Place(f"[render.html] {name}"), "give a path below the folder of the configuration"
        self.diagnostics.append(Diagnostic("render-file", message, place, Severity.ERROR, hint=hint))

    def settings(self) -> bytes:
        """Return the rules of the style sheet that the configuration makes."""
        match = _RATIO.fullmatch(self.options.columns)
        rules = []
        if match is not None and self.options.columns != Options().columns:
            rules.append(f"--source-share: {match.group(1)}fr; --target-share: {match.group(2)}fr;")
        colours = ((name.replace("_", "-"), getattr(self.options, name)) for name in _COLOURS)
        rules.extend(f"--{name}: {value};" for name, value in colours if value)
        return f"\n:root {{ {' '.join(rules)} }}\n".encode() if rules else b""

    # --- single pages

    def page(self, rel: str, view: str) -> str:
        """Return the page of a chapter."""
        made = self.chapters[rel]
        path = self.paths[rel]
        index = self.numbers[rel]
        edition = self.edition
        context = self.context(view, path)
        way = context["page"]["way"]

        def neighbour(place: int) -> dict[str, object] | None:
            if not 0 <= place < len(self.order):
                return None
            other = self.order[place]
            return {"title": self.chapters[other].title, "url": way + quote(self.paths[other])}

        repository, branch = self.options.repository.rstrip("/"), quote(self.options.branch)
        edit = f"{repository}/edit/{branch}/{quote(made.path)}" if repository else ""
        catalog = f"{repository}/edit/{branch}/{quote(made.catalog)}" if repository and made.catalog else ""
        part = next((each for each in edition.parts if rel in each.chapters), None)
        crumbs = [{"title": edition.title, "url": f"{way}index.html"}]
        if part is not None and part.title is not None:
            crumbs.append({"title": part.title, "url": ""})
        context["page"] |= {
            "kind": "chapter",
            "title": made.title,
            "description": made.description.of(target=view != "source"),
            "crumbs": crumbs,
            "headings": [
                {"level": each.level, "id": each.id, "source": each.text.source, "target": each.text.target}
                for each in made.headings
                if view == "both" or each.only in ("", view)
            ],
            "previous": neighbour(index - 1),
            "next": neighbour(index + 1),
            "edit_url": edit,
            "catalog_url": catalog,
            "issue_url": f"{repository}/issues/new" if repository else "",
            "article_html": _markup(self.article(made, view).replace(ROOT, str(context["page"]["root"]))),
            "untranslated": sum(made.states.get(each, 0) for each in ("missing", "put-back")),
            "stale": made.states.get("stale", 0),
            "percent": made.percent,
            "math": made.math,
            "img_src": "https: http:" if made.remote else "",
        }
        self.preview(context)
        context["page"]["contents_html"] = _markup(self.contents_of(context, rel))
        return self.rendered("page.html", context)

    def contents(self, view: str) -> str:
        """Return the page with the contents of the book."""
        context = self.context(view, "index.html")
        context["page"] |= {
            "kind": "index",
            "title": self.edition.title,
            "description": self.edition.description.of(target=view != "source"),
        }
        self.preview(context)
        context["site"]["parts"] = self.parts("")
        context["page"]["contents_html"] = _markup(self.contents_of(context, ""))
        return self.rendered("index.html", context)

    def preview(self, context: dict[str, Any]) -> None:
        """Say what is shown where somebody links to a page; that needs whole addresses."""
        page = context["page"]
        if page["canonical"]:
            title = page["title"].of(target=page["view"] != self.edition.source_code)
            page["og"] = {"title": title, "description": page["description"], "url": page["canonical"], "image": ""}

    def missing(self) -> str:
        """Return the page for addresses that lead nowhere; the server may show it at any depth."""
        context = self.context("both", "404.html")
        if self.options.site_url:
            root = self.options.site_url.rstrip("/") + "/"
            context["page"]["base"] = root
        context["page"] |= {
            "kind": "404",
            "title": Pair(words_of(self.edition.source)["not_found"], words_of(self.edition.target)["not_found"]),
            "views": [],
            "canonical": "",
            "alternates": [],
        }
        context["page"]["contents_html"] = _markup(self.contents_of(context, ""))
        return self.rendered("404.html", context)

    def forget(self) -> None:
        """Make again what pages share; the preview says so when a chapter changed."""
        self.pieces.clear()
        self.panels.clear()
        self.fixed.clear()

    def article(self, made: ChapterPages, view: str) -> str:
        """Return the rows of a chapter as HTML; those with both languages say where they are in the catalog."""
        catalog = view == "both" and bool(self.options.repository)
        return article(made.events, made.notes, self.edition, view, catalog=catalog)

    def contents_of(self, context: dict[str, Any], rel: str) -> str:
        """Return the contents for the panel of a page, with the page's own entry marked.

        Pages at the same depth share their entries, which are made once: a book of n chapters would have n² of them.
        """
        page = context["page"]
        mine = self.groups.get(rel, ("", -1))
        place = (page["view"], page["way"], page.get("base", ""))
        if (place, mine) not in self.panels:
            if place not in self.pieces:
                whole = {**context, "site": {**context["site"], "parts": self.parts(page["way"])}}
                self.pieces[place] = self.rendered("_contents.html", whole).split(_PIECE)
            self.panels[place, mine] = self.panel(self.pieces[place], mine)
        panel, entries = self.panels[place, mine]
        if not rel:
            return panel
        entry = entries[self.numbers[rel]]
        own = entry.replace('">', '" aria-current="page">', 1).replace("</li>", f"{self.tree(page)}</li>", 1)
        return panel.replace(entry, own, 1)

    def tree(self, page: Mapping[str, Any]) -> str:
        """Return the headings of a page below its entry in the contents; by no template, since there are many."""
        source, target = self.edition.source, self.edition.target
        view = page["view"]
        lines = []
        for each in page["headings"]:
            if each["level"] < 2:
                continue
            if view == "both":
                inner = f'<span lang="{source.tag}">{escape(each["source"])}</span>' if each["source"] else ""
                if each["target"] and each["target"] != each["source"]:
                    inner += f' <span lang="{target.tag}">{escape(each["target"])}</span>'
            else:
                own, other = ("source", "target") if view == self.edition.source_code else ("target", "source")
                inner = f"<span>{escape(each[own] or each[other])}</span>"
            lines.append(f'<li><a class="l{each["level"]}" href="#{each["id"]}">{inner}</a></li>')
        return f'<ol class="tree">{"".join(lines)}</ol>' if lines else ""

    def panel(self, pieces: Iterable[str], group: tuple[str, int]) -> tuple[str, dict[int, str]]:
        """Return the contents for the pages of a group of chapters, and each entry by the number of its chapter.

        Of a book of many chapters these are the outermost ones around those of the group, and what belongs to the same
        one. The page of the contents has all of them.
        """
        found: list[str] = []
        entries: dict[int, str] = {}
        for piece in pieces:
            number, mark, text = piece.partition(_MARK)
            if not mark:
                found.append(piece)
                continue
            rel = self.order[int(number)]
            outer, stretch = self.groups.get(rel, group)
            if (outer == rel and (stretch == group[1] or group[1] < 0)) or outer == group[0]:
                entries[int(number)] = text
                found.append(text)
        return "".join(found), entries

    def parts(self, way: str) -> list[dict[str, Any]]:
        """Return the contents of the book for templates; `way` leads from the page to the folder of its view."""
        found = []
        for part in self.edition.parts:
            chapters = [
                {
                    "title": self.chapters[rel].title,
                    "url": way + quote(self.paths[rel]),
                    "percent_translated": self.chapters[rel].percent,
                    "level": min(level, 3),
                    "start": _markup(f"{_PIECE}{self.numbers[rel]}{_MARK}"),
                    "end": _markup(_PIECE),
                }
                for rel, level in zip(part.chapters, part.levels or (0,) * len(part.chapters), strict=True)
                if rel in self.chapters
            ]
            if chapters:
                found.append({"title": part.title, "chapters": chapters})
        return found

    def context(self, view: str, path: str) -> dict[str, Any]:
        """Return what all pages have in common."""
        edition = self.edition
        language = edition.source if view == "source" else edition.target
        words = words_of(language)
        full = posixpath.join(self.folders[view], path)
        root = "../" * full.count("/")
        base = self.options.site_url.rstrip("/")
        views = []
        for each, folder in self.folders.items():
            other = posixpath.join(folder, path)
            label = {"both": words["both"], "source": edition.source.name(), "target": edition.target.name()}[each]
            tag = {"both": language.tag, "source": edition.source.tag, "target": edition.target.tag}[each]
            views.append(
                {
                    "key": each if each == "both" else folder,
                    "url": root + quote(other),
                    "label": label,
                    "lang": tag,
                    "current": each == view,
                }
            )
        alternates = []
        if base and len(self.folders) > 1:
            alternates = [
                {"hreflang": tag, "url": f"{base}/{quote(posixpath.join(self.folders[each], path))}"}
                for each, tag in (("source", edition.source.tag), ("target", edition.target.tag))
            ]
            alternates.append({"hreflang": "x-default", "url": f"{base}/{quote(path)}"})
        return {
            "site": {
                "title": edition.title,
                "subtitle": edition.subtitle,
                "authors": list(edition.authors),
                "translators": list(edition.translators),
                "licence": edition.licence,
                "licence_url": edition.licence_url,
                "date": edition.date,
                "source": _language(edition.source, edition.source_code),
                "target": _language(edition.target, edition.target_code),
                "logo": quote(self.own[self.options.logo].path) if self.options.logo in self.own else "",
                "repository": self.options.repository,
                "footer_html": _markup(self.footers[view != "source"]),
                "extra_css": [quote(self.own[each].path) for each in self.options.extra_css if each in self.own],
                "search": self.options.search,
                "parts": [],
                "version": __version__,
            },
            "page": {
                "kind": "",
                "view": "both" if view == "both" else self.folders[view],
                "lang": language.tag,
                "dir": "rtl" if language.rtl else "ltr",
                "root": root,
                "way": "../" * path.count("/"),
                "title": Pair(),
                "description": "",
                "canonical": f"{base}/{quote(full)}" if base else "",
                "alternates": alternates,
                "crumbs": [],
                "headings": [],
                "previous": None,
                "next": None,
                "edit_url": "",
                "catalog_url": "",
                "issue_url": "",
                "article_html": "",
                "contents_html": "",
                "views": views,
                "untranslated": 0,
                "stale": 0,
                "percent": 100,
                "math": False,
                "img_src": "",
                "og": None,
                "live": self.live,
            },
            "ui": words,
        }

    def rendered(self, template: str, context: Mapping[str, Any]) -> str:
        """Return a template, filled; what is the same on all pages of a kind is made once."""
        page = context["page"]
        # The way to the folder of the site: whole where a page may be shown at any depth.
        page["top"] = page.get("base") or page["root"]
        target = page["view"] != self.edition.source_code
        page["name"], context["site"]["name"] = (each["title"].of(target=target) for each in (page, context["site"]))
        # Attributes are found at once, the keys of dictionaries only after a look for attributes.
        given = {name: SimpleNamespace(**values) for name, values in context.items()}
        place = (page["view"], page["kind"], page["root"], page["way"], page["top"])
        crumbs = tuple(each["title"] for each in page["crumbs"])
        for name, key in (
            ("bar", (*place, crumbs)),
            ("panel", place),
            ("end", (page["view"],)),
            ("dialogs", (page["view"], page["kind"], page["catalog_url"])),
        ):
            if (name, *key) not in self.fixed:
                macros: Any = _environment().get_template("_macros.html").module
                self.fixed[name, *key] = getattr(macros, name)(given["site"], given["page"], given["ui"])
            setattr(given["page"], f"{name}_html", self.fixed[name, *key])
        return _environment().get_template(template).render(given)

    def sitemap(self) -> str:
        """Return the list of all pages for search engines."""
        base = self.options.site_url.rstrip("/")
        pages = ["index.html", *(self.paths[rel] for rel in self.order)]
        urls = [
            f"<url><loc>{xml_escape(f'{base}/{quote(posixpath.join(folder, page))}')}</loc></url>"
            for folder in self.folders.values()
            for page in pages
        ]
        lines = "\n".join(urls)
        head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        return f"{head}{lines}\n</urlset>\n"


def _groups(edition: Edition) -> dict[str, tuple[str, int]]:
    """Return, for each chapter, the outermost one that it belongs to, and which stretch of these that one is in."""
    found: dict[str, tuple[str, int]] = {}
    count = -1
    for part in edition.parts:
        outer = ""
        for rel, level in zip(part.chapters, part.levels or (0,) * len(part.chapters), strict=True):
            if not level or not outer:
                outer = rel
                count += 1
            found[rel] = (outer, count // _STRETCH)
    return found


def _language(language: Language, code: str) -> dict[str, str]:
    return {"code": code, "tag": language.tag, "name": language.name(), "dir": "rtl" if language.rtl else "ltr"}


def _address(tag: str, name: str, value: str) -> str | None:
    """Return the address of a link in a footer, None for anything else: a footer stands at any depth of the site."""
    return value if tag == "a" and name == "href" and re.match("https?:|mailto:", value) else None


def _markup(html: str) -> str:
    from markupsafe import Markup  # noqa: PLC0415 - comes with Jinja

    return Markup(html)  # noqa: S704 - made by `_rows` or the sanitiser


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - few commands make pages

    return Environment(
        loader=PackageLoader("bilingual.render", "assets"),
        autoescape=True,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )


def book(
    edition: Edition, rendered: Sequence[Rendered], places: Places, options: Options
) -> Iterable[Artifact | Diagnostic]:
    """Yield the files of the site, and what is wrong with them."""
    site = Site(edition, {each.rel: each.value for each in rendered}, places, options)
    yield from site.diagnostics
    yield from site.files()
    for each in rendered:
        yield from each.artifacts


RENDERER = Renderer(chapter, book, Options)
