"""The live preview: an edition served from memory, and news for the pages that are open when a file of it changes."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import mimetypes
import os
import posixpath
import queue
import socket
import socketserver
import sys
import threading
import time
from bisect import bisect_right
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, unquote

from bilingual import __version__
from bilingual.config import GLOSSARY, load, options_of
from bilingual.diagnostics import BilingualError, Diagnostic, Place, Severity
from bilingual.edition import Pair
from bilingual.project import check
from bilingual.project.book import fixed_folder
from bilingual.project.files import digest, read_optional
from bilingual.project.publishing import Book, aligned
from bilingual.render.html import RENDERER, ChapterPages, Options, Site
from bilingual.text import Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from bilingual.config import Config, EditionPair
    from bilingual.edition import Chapter
    from bilingual.render import Artifact

T = TypeVar("T")

#: Where pages hear of changes, and below it what is to be said about each of them.
LIVE = "_live"
_INDEX = "index.html"
_SEARCH = "_static/search/"
_OWN = ("live.js", "live.css")
#: More edited chapters than this are made again when somebody looks at them.
_MANY = 6
#: How long a file may be missing or empty before that counts: editors write files in several steps.
_PATIENCE = 0.2  # seconds
#: How long the watcher waits for more changes, and how long at most, in milliseconds.
_STEP, _DEBOUNCE = 20, 200
_BEAT = 15.0  # seconds between signs of life to a page
_TIMEOUT = 30.0  # seconds that a client may take for a request, or to read a piece of an answer
_TYPES = {
    ".avif": "image/avif",
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
#: Text that browsers show; some systems call these by types that have them saved or run.
_TEXTS = frozenset(
    ".bib .c .cpp .csv .go .h .java .jsonl .py .r .rs .rst .sh .sql .tex .toml .ts .tsv .txt .yaml .yml".split()
)


# --- what became of a chapter ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spots:
    """Where the rows of a chapter come from.

    Attributes:
        rows: By the id of a row, where its source is (`ch1.md:12`), and its entries, each with its place in the catalog
            and the beginning of its text.
        lines: By path, the lines that rows begin on, ascending, each with the id of its row.
    """

    rows: Mapping[str, tuple[str, tuple[tuple[str, str], ...]]] = field(default_factory=dict)
    lines: Mapping[str, Sequence[tuple[int, str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, chapter: Chapter) -> Spots:
        """Return where the rows of a chapter come from."""
        source = chapter.alignment.source
        numbers = Lines(source.text)
        rows: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {}
        lines: dict[str, dict[int, str]] = {}
        for row in chapter.rows:
            where = source.path
            if row.bead.source:
                line = numbers.number(row.bead.source[0].span.start)
                where = f"{source.path}:{line}"
                lines.setdefault(source.path, {}).setdefault(line, row.id)
            entries: dict[str, str] = {}
            for unit in row.bead.units:
                if unit.entry is not None:
                    entries[f"{unit.path}:{unit.entry.line}"] = unit.entry.msgid[:60]
                    lines.setdefault(unit.path, {}).setdefault(unit.entry.line or 0, row.id)
            rows[row.id] = where, tuple(entries.items())
        return cls(rows, {path: sorted(found.items()) for path, found in lines.items()})

    def row(self, diagnostic: Diagnostic) -> str:
        """Return the id of the row that a diagnostic is about, an empty string if it is about none."""
        for place in (diagnostic.place, *(place for _, place in diagnostic.related)):
            known = self.lines.get(place.path)
            if known and place.line is not None:
                index = bisect_right(known, place.line, key=lambda each: each[0])
                return known[index - 1][1] if index else ""
        return ""


@dataclass(frozen=True, slots=True)
class Made:
    """A chapter as it was made last.

    Attributes:
        key: What it was made of.
        pages: What its pages are made of.
        spots: Where its rows come from.
        diagnostics: What is to be reported about it.
        held: Whether it could not be made, so that `pages` are older.
        findings: What the checks find in it; None if they have not looked yet.
    """

    key: tuple[int | str, ...]
    pages: ChapterPages
    spots: Spots = field(default_factory=Spots)
    diagnostics: tuple[Diagnostic, ...] = ()
    held: bool = False
    findings: tuple[Diagnostic, ...] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered with."""

    data: bytes
    kind: str = "text/html; charset=utf-8"
    status: HTTPStatus = HTTPStatus.OK
    location: str = ""


class News:
    """Hands what changed to every page that listens; may be told from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers: set[queue.SimpleQueue[bytes | None]] = set()

    def tell(self, event: str, pages: Sequence[str]) -> None:
        """Send an event about some pages, paths below the root; no pages means all of them."""
        text = json.dumps(list(pages) or "*")
        self._send(f"event: {event}\ndata: {text}\n\n".encode())

    def close(self) -> None:
        """Let every reader go."""
        self._send(None)

    def _send(self, message: bytes | None) -> None:
        with self._lock:
            for reader in self._readers:
                reader.put(message)

    @contextlib.contextmanager
    def reader(self) -> Iterator[queue.SimpleQueue[bytes | None]]:
        """Give a queue that everything told from now on comes to; None is the end."""
        mine: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        with self._lock:
            self._readers.add(mine)
        try:
            yield mine
        finally:
            with self._lock:
                self._readers.discard(mine)


class Preview:
    """An edition that follows its files. Everything but `ready` belongs to one thread, that of a `Worker`.

    Only the order of the book is known at first. A chapter is made when its page is asked for; the others follow when
    there is nothing else to do, since the contents show their titles. A chapter is made again when its source or its
    catalog holds something new, and all of them when the book does.

    Args:
        config: The project.
        code: The target language, or the name, of the edition; empty for the first one.
        news: What is told of changes.
        tell: Shows a line about what was done.
        report: Shows diagnostics.

    Raises:
        BilingualError: If there is no book, or no such edition.
    """

    def __init__(
        self,
        config: Config,
        code: str,
        news: News,
        tell: Callable[[str], None],
        report: Callable[[Sequence[Diagnostic]], object],
    ) -> None:
        self.code = code
        self.news = news
        self.tell = tell
        self.report = report
        self.ready = threading.Event()
        self.era = 0
        self.round = 0
        self.version = 0
        self.book: Book | None = None
        self.made: dict[str, Made] = {}
        self.assets: dict[str, Artifact] = {}
        self.held: tuple[Diagnostic, ...] = ()
        self.problems: tuple[Diagnostic, ...] = ()
        self.waiting: dict[str, None] = {}
        self.checked: set[str] = set()
        self.due = False
        self.told: dict[str, set[tuple[str, str, str]]] = {}
        self.seen: set[str] = set()
        self.index: tuple[int, Mapping[str, bytes]] = (-1, {})
        self.arrange(config)

    def arrange(self, config: Config) -> bool:
        """Take over the configuration and the files of the book as they are; return whether anything is new.

        Raises:
            BilingualError: If they make no book; then all is as it was.
        """
        problems: list[Diagnostic] = []
        book = Book.of(config, problems)
        which = _chosen(config, self.code)
        options = options_of(config, ("render", "html"), Options)
        edition = book.edition(which)
        files = {rel: book.files[rel] for rel in edition.chapters}
        pages = {
            rel: self.made[rel].pages if rel in self.made else _stub(rel, file.path) for rel, file in files.items()
        }
        shelf = book.shelf(which)
        site = Site(edition, pages, shelf, options, live=True)
        static = {each.path: each.data or b"" for each in site.static()}
        folder = resources.files("bilingual.render") / "assets"
        static.update((f"_static/{name}", (folder / name).read_bytes()) for name in _OWN)
        found = (*problems, *site.diagnostics)
        new = book != self.book or found != self.problems
        self.config, self.book, self.which, self.options = config, book, which, options
        self.edition, self.files, self.pages, self.shelf, self.site = edition, files, pages, shelf, site
        self.static, self.problems = static, found
        self.styles = digest(*(data for path, data in static.items() if path.endswith(".css")))
        codes = [code for code in (which.source, which.target) if code != config.source_code]
        self.parts = {
            rel: (
                file.path,
                *(str(config.catalog_path(code, rel)) for code in codes),
                *(str(config.addenda_path(code, rel)) for code in codes),
            )
            for rel, file in files.items()
        }
        # What translates pictures, and what only orders chapters, is no part of a single one.
        self.beside = {str(config.catalog_path(code, rel)) for rel in book.files if rel not in files for code in codes}
        self.owners: dict[str, list[str]] = {}
        for rel, paths in self.parts.items():
            for path in paths:
                self.owners.setdefault(path, []).append(rel)
        self.urls: dict[str, tuple[str, str]] = {}
        for view, below in site.folders.items():
            self.urls[posixpath.join(below, _INDEX)] = view, ""
            self.urls.update((posixpath.join(below, path), (view, rel)) for rel, path in site.paths.items())
        self.made = {rel: made for rel, made in self.made.items() if rel in files}
        if new:
            self.era += 1
            self.version += 1
            self.ready.clear()
        return new

    # --- making chapters ---------------------------------------------------------------------------------------

    def fresh(self, rel: str, begun: float | None = None) -> Made:
        """Return a chapter as its files have it now; who looks at it, and the terminal, hear of a change of its files.

        Args:
            rel: The chapter.
            begun: When the change was noticed, if that was before now.
        """
        begun = time.perf_counter() if begun is None else begun
        key = self.key(rel)
        before = self.made.get(rel)
        if before is not None and before.key == key:
            return before
        made = self.make(rel, key)
        if before is not None and before.key[:2] == key[:2]:
            changed = (
                path for path, old, new in zip(self.parts[rel], before.key[2:], key[2:], strict=True) if old != new
            )
            listed = (before.pages.title, before.pages.percent) != (made.pages.title, made.pages.percent)
            self.news.tell("page", () if listed else self.addresses(rel))
            page = f"{self.site.paths[rel]}, {1000 * (time.perf_counter() - begun):.0f} ms"
            self.tell(f"{next(changed)} → {'the page stays as it was' if made.held else page}")
        # The pages show everything; the terminal what is new, and at first what keeps pages from being made.
        self._report(rel, made.diagnostics, quiet=before is None and not made.held)
        return made

    def key(self, rel: str) -> tuple[int | str, ...]:
        """Return what tells whether a chapter is still what it was made of: the state of the book, then its files."""
        contents: list[str] = []
        for path in self.parts[rel]:
            data = None
            with contextlib.suppress(BilingualError):
                data = read_optional(self.config.root / path, path)
            contents.append(digest(data))
            if data:
                self.seen.add(path)
        return self.era, self.round, *contents

    def make(self, rel: str, key: tuple[int | str, ...]) -> Made:
        """Make a chapter; where that fails, its pages stay as they were, and the diagnostics say why."""
        try:
            chapter, notes = aligned(self.config, self.which, self.files[rel])
            rendered = RENDERER.chapter(chapter, self.edition, self.shelf, self.options)
        except BilingualError as error:
            made = self._unmade(rel, key, error.diagnostics)
        except Exception as error:  # noqa: BLE001 - the preview outlives a fault of one chapter
            made = self._unmade(rel, key, (_fault(error, self.files[rel].path),))
        else:
            found = tuple(dict.fromkeys((*notes, *rendered.diagnostics)))
            made = Made(key, rendered.value, Spots.of(chapter), found)
            self.assets.update((each.path, each) for each in rendered.artifacts)
            self.seen.update(each.source for each in rendered.artifacts if each.source)
        self.made[rel] = made
        self.pages[rel] = made.pages
        self.site.forget()
        self.version += 1
        return made

    def _unmade(self, rel: str, key: tuple[int | str, ...], diagnostics: tuple[Diagnostic, ...]) -> Made:
        before = self.made.get(rel)
        if before is None:
            return Made(key, self.pages[rel], diagnostics=diagnostics, held=True)
        return replace(before, key=key, diagnostics=diagnostics, held=True, findings=())

    def _report(self, rel: str, diagnostics: Iterable[Diagnostic], *, quiet: bool) -> None:
        """Show what was not shown yet, wherever it has moved to since then."""
        told = self.told.setdefault(rel, set())
        marks = {(each.code, each.message, each.excerpt): each for each in diagnostics}
        new = [each for mark, each in marks.items() if mark not in told]
        told.update(marks)
        if new and not quiet:
            self.report(new)

    def check(self, rel: str) -> None:
        """Have the checks look at a chapter."""
        made = self.made.get(rel)
        if made is None or made.findings is not None:
            return
        paths = self.parts[rel]
        codes = [code for code in (self.which.source, self.which.target) if code != self.config.source_code]
        try:
            found = check(self.config, [self.config.root / paths[0]], targets=codes, jobs=1).diagnostics
            found = tuple(each for each in found if each.place.path in paths and each not in made.diagnostics)
        except BilingualError as error:
            found = error.diagnostics
        self.made[rel] = replace(made, findings=found)
        self._report(rel, found, quiet=rel not in self.checked)
        self.checked.add(rel)
        self.news.tell("notes", self.addresses(rel))

    def guarded(self, work: Callable[[], T], otherwise: T) -> T:
        """Return what `work` gives; where it has a fault, report that and return `otherwise`: the preview goes on."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - that is what this is for
            self.report([_fault(error, self._config_name)])
            return otherwise

    def idle(self) -> bool:
        """Do a piece of the work that nobody waits for; return whether there is more of it."""
        return self.guarded(self._idle, otherwise=False)

    def follow(self, paths: Collection[str]) -> None:
        """Follow changes of files and folders, named by their full paths."""
        self.guarded(partial(self._changed, paths), None)

    def recheck(self, *, pictures: bool) -> None:
        """Follow whatever changed while nobody watched, `pictures` and other files too."""
        if pictures:
            self.guarded(self._restart, None)
        self.follow([str(self.config.root / path) for path in (self._config_name, *self.owners)])
        self.due = True

    def _idle(self) -> bool:
        if self.due:
            self.due = False
            self.look()
            return True
        if self.waiting:
            rel = next(iter(self.waiting))
            del self.waiting[rel]
            self.check(rel)
            return True
        for rel in self.files:
            made = self.made.get(rel)
            if made is None or made.key[:1] != (self.era,):
                self.fresh(rel)
                return True
        if not self.ready.is_set():
            self.news.tell("page", ())
            self.ready.set()
        return False

    # --- changes -----------------------------------------------------------------------------------------------

    def _changed(self, paths: Collection[str]) -> None:
        begun = time.perf_counter()
        shown = {self._shown(path) for path in paths} - {""}
        self._settle(shown)
        edited: set[str] = set()
        others = []
        glossary = str(self.config.check.get("glossary", GLOSSARY))
        for path in sorted(shown):
            owners = self.owners.get(path, ())
            if path == self._config_name:
                self.reload(begun)
            elif path == glossary:
                self.made = {rel: replace(made, findings=None) for rel, made in self.made.items()}
                self.news.tell("notes", ())
            elif owners and (path != self.files[owners[0]].path or (self.config.root / path).is_file()):
                edited.update(owners)
                self.due = self.due or path == self.files[owners[0]].path  # it may hold the order, or labels
            elif path in self.beside or (
                self._counts(path) and (path in self.seen or os.path.lexists(self.config.root / path))
            ):
                others.append(path)
        edited = {rel for rel in edited if rel in self.made and self.made[rel].key != self.key(rel)}
        if len(edited) > _MANY:
            self.made.update((rel, replace(self.made[rel], key=())) for rel in edited)
            self.ready.clear()
            self.news.tell("page", ())
            self.tell(f"{len(edited)} chapters changed")
        else:
            for rel in sorted(edited):
                self.fresh(rel, begun)
                begun = time.perf_counter()
        if others:
            self.round += 1
            self.look(others[0], begun)
            drawn = not self.beside.isdisjoint(others)
            pictures = [
                each.path for each in self.assets.values() if each.source in others or (drawn and not each.source)
            ]
            if pictures:
                self.news.tell("assets", pictures)

    def reload(self, begun: float) -> None:
        """Read the configuration again; a broken one changes nothing but what is said on the pages."""
        if self.config.file is None:
            return
        try:
            config = load(self.config.file)
        except BilingualError as error:
            self._hold(error.diagnostics)
            return
        if self.held or config.text != self.config.text:
            self._follow(config, self._config_name, begun)

    def look(self, path: str = "", begun: float = 0.0) -> None:
        """Look which files the book has; `path` is what made that necessary."""
        if self.held:
            self.reload(begun)
        else:
            self._follow(self.config, path, begun)

    def _follow(self, config: Config, path: str, begun: float) -> None:
        released = bool(self.held)
        try:
            new = self.arrange(config)
        except BilingualError as error:
            self._hold(error.diagnostics)
            return
        self.held = ()
        if new and path:
            self.tell(f"{path} → all pages, {1000 * (time.perf_counter() - begun):.0f} ms")
        if new or released or path:
            self.news.tell("page", ())

    def _hold(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        if diagnostics != self.held:
            self.held = diagnostics
            self.report(diagnostics)
            self.news.tell("notes", ())

    def _restart(self) -> None:
        self.round += 1
        self.look()
        self.news.tell("page", ())

    def folders(self) -> set[str]:
        """Return the folders that files of the book are in, or would be in."""
        config = self.config
        pattern = config.paths.source.replace("{lang}", config.source_code).replace("{locale}", config.source.gettext)
        roots = {config.root / fixed_folder(pattern), *(config.root / each for each in config.assets.map.values())}
        found = {config.root}
        for root in roots:
            for folder, below, _ in os.walk(root):
                here = Path(folder)
                found.add(here)
                below[:] = [name for name in below if self._counts((here / name).relative_to(config.root).as_posix())]
        own = (self.options.logo, *self.options.extra_css, str(config.check.get("glossary", GLOSSARY)))
        for path in (*self.owners, *own):
            folder_of = (config.root / path).parent
            found.add(next(each for each in (folder_of, *folder_of.parents) if each.is_dir()))
        return {str(each) for each in found if each.is_dir()}

    @property
    def _config_name(self) -> str:
        return self.config.file.name if self.config.file is not None else ""

    def _shown(self, path: str) -> str:
        """Return a path below the project's folder, an empty string if it is not below it."""
        for root in (self.config.root, Path(os.path.realpath(self.config.root))):
            with contextlib.suppress(ValueError):
                return Path(path).relative_to(root).as_posix()
        return ""

    def _counts(self, path: str) -> bool:
        """Return whether a file or folder can matter: not what tools leave behind, nor another edition's text."""
        parts = path.split("/")
        if any((part.startswith(".") and part != ".vitepress") or part == "node_modules" for part in parts):
            return False
        if f"{path}/".startswith(f"{self.config.build}/") or path.endswith(("~", ".tmp", ".po", ".pot", ".mo")):
            return False
        if path.lower().endswith((".md", ".markdown")):
            rel = self.config.source_name(path)
            return rel is not None and self.config.included(rel)
        return True

    def _settle(self, paths: Iterable[str]) -> None:
        """Wait a moment for files of the book that are missing or empty: an editor may be about to write them."""
        end = time.monotonic() + _PATIENCE
        for path in paths:
            if path == self._config_name or (path in self.owners and path in self.seen):
                full = self.config.root / path
                while not (full.is_file() and full.stat().st_size) and time.monotonic() < end:
                    time.sleep(0.01)

    # --- answers -----------------------------------------------------------------------------------------------

    def addresses(self, rel: str) -> list[str]:
        """Return the pages of a chapter."""
        return [posixpath.join(below, self.site.paths[rel]) for below in self.site.folders.values()]

    def answer(self, path: str) -> Answer | None:
        """Return what is at a path below the root, None if there is nothing."""
        if not path or path.endswith("/"):
            path += _INDEX
        page = self.urls.get(path)
        if page is not None:
            view, rel = page
            if rel:
                self.fresh(rel)
            text = self.site.page(rel, view) if rel else self.site.contents(view)
            return Answer(_with_news(text, "../" * path.count("/")).encode())
        if f"{path}/{_INDEX}" in self.urls:
            return Answer(b"", status=HTTPStatus.FOUND, location=f"/{quote(path)}/")
        data = self.static.get(path)
        if data is None and path.startswith(_SEARCH):
            data = self._search().get(path)
        if data is None and path in self.assets:
            asset = self.assets[path]
            data = asset.data if asset.data is not None else self.shelf.data(asset.source)
        return None if data is None else Answer(data, _type(path))

    def _search(self) -> Mapping[str, bytes]:
        if self.index[0] != self.version:
            found = self.site.search() if self.options.search else ()
            self.index = self.version, {each.path: each.data or b"" for each in found}
        return self.index[1]

    def notes(self, path: str) -> Answer:
        """Return what is to be said about a page, beside its rows and at its top, as JSON."""
        _, rel = self.urls.get(path, ("", ""))
        top = list(self.held)
        rows: dict[str, list[object]] = {}
        places: Mapping[str, object] = {}
        held = bool(self.held)
        if rel:
            made = self.fresh(rel)
            held = held or made.held
            if made.findings is None:
                self.waiting[rel] = None
            for each in (*made.diagnostics, *(made.findings or ())):
                row = "" if made.held else made.spots.row(each)
                if row:
                    rows.setdefault(row, []).append(_note(each))
                else:
                    top.append(each)
            places = made.spots.rows
        elif path in self.urls:
            top += self.problems
        value = {
            "held": held,
            "styles": self.styles,
            "top": [_note(each) for each in top],
            "rows": rows,
            "places": places,
        }
        return Answer(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"), "application/json")


def _chosen(config: Config, code: str) -> EditionPair:
    """Return the edition that a name or a target language means, the first one if there is neither."""
    if not code:
        return config.editions[0]
    found = next((each for each in config.editions if code in (each.name, each.target)), None)
    if found is None:
        hint = f"the editions are: {', '.join(each.name for each in config.editions)}"
        raise BilingualError(Diagnostic("config-value", f"there is no edition {code!r}", Place("--target"), hint=hint))
    return found


def _stub(rel: str, path: str) -> ChapterPages:
    """Return what stands for a chapter that was not made yet: its name."""
    name = posixpath.splitext(rel)[0]
    return ChapterPages(
        title=Pair(name, name),
        description=Pair(),
        headings=(),
        texts=(),
        wanted=0,
        states={},
        math=False,
        events=(),
        notes=(),
        path=path,
        catalog="",
        remote=False,
    )


def _fault(error: Exception, path: str) -> Diagnostic:
    message = f"this is a fault of bilingual {__version__}: {type(error).__name__}: {error}"
    return Diagnostic("preview-failed", message, Place(path), hint="please report it")


def _note(diagnostic: Diagnostic) -> object:
    place = diagnostic.place
    return {
        "severity": str(diagnostic.severity),
        "code": diagnostic.code,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
        "excerpt": diagnostic.excerpt[:200],
        "place": place.path if place.line is None else f"{place.path}:{place.line}",
    }


def _with_news(page: str, root: str) -> str:
    """Return a page that follows its files.

    The script comes before those of the theme, since it needs to know what the page was before they change it.
    """
    tags = (
        f'<script defer src="{root}_static/live.js"></script>\n<link rel="stylesheet" href="{root}_static/live.css">\n'
    )
    head, meta, rest = page.partition('<script src="')
    return f"{head}{tags}{meta}{rest}"


def _missing(path: str) -> Answer:
    """Return the page for addresses that lead nowhere; it shows the right one as soon as there is one."""
    text = (
        '<!DOCTYPE html>\n<html lang="en" data-root="/" data-missing>\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>Not found</title>\n'
        '<link rel="stylesheet" href="/_static/style.css">\n<link rel="stylesheet" href="/_static/live.css">\n'
        '<script defer src="/_static/live.js"></script>\n</head>\n<body>\n<main class="live-lost">\n'
        f'<p>There is no page <code>/{escape(path)}</code> in this book.</p>\n<p><a href="/">Contents</a></p>\n'
        "</main>\n</body>\n</html>\n"
    )
    return Answer(text.encode("utf-8", "replace"), status=HTTPStatus.NOT_FOUND)


def _type(path: str) -> str:
    suffix = posixpath.splitext(path)[1].lower()
    kind = "text/plain" if suffix in _TEXTS else _TYPES.get(suffix) or mimetypes.guess_type(path)[0]
    if kind is None:
        return "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


# --- threads ---------------------------------------------------------------------------------------------------


class Worker:
    """Runs one call after the other in a thread of its own; while none waits, `idle` as long as that is true.

    All work on a preview is done here: it needs no locks then, and formulas want to stay in one thread.
    """

    def __init__(self, idle: Callable[[], bool]) -> None:
        self._idle = idle
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def do(self, function: Callable[[], T]) -> T:
        """Return what a call of `function` gives; its exceptions are raised here."""
        future: Future[T] = Future()

        def call() -> None:
            try:
                future.set_result(function())
            except BaseException as error:  # noqa: BLE001 - it is raised where the result is awaited
                future.set_exception(error)

        self._calls.put(call)
        return future.result(timeout=60)

    def stop(self) -> None:
        """End the thread after what it is doing."""
        self._calls.put(None)
        self._thread.join(timeout=2)

    def _run(self) -> None:
        more = True
        while True:
            try:
                call = self._calls.get(timeout=0.01 if more else None)
            except queue.Empty:
                more = self._idle()
                continue
            if call is None:
                return
            call()
            more = True


def _watch(preview: Preview, worker: Worker, stop: threading.Event) -> None:
    """Have a preview follow its files until `stop` is set."""
    from watchfiles import watch  # noqa: PLC0415 - only this command watches

    failures = 0
    again = False
    while not stop.is_set():
        folders = worker.do(preview.folders)
        changes = watch(
            *folders,
            watch_filter=None,
            debounce=_DEBOUNCE,
            step=_STEP,
            stop_event=stop,
            rust_timeout=300,
            yield_on_timeout=True,
            raise_interrupt=False,
            force_polling=True if failures > 1 else None,
            recursive=False,
            ignore_permission_denied=True,
        )
        begun = False
        try:
            for found in changes:
                if begun and not found:
                    continue
                if not begun:
                    begun = True
                    failures = 0
                    worker.do(partial(preview.recheck, pictures=again))  # what changed before the watch began
                    again = True
                if found:
                    worker.do(partial(preview.follow, {path for _, path in found}))
                # A folder may have come since the watch was asked for, so that nobody watches it.
                if worker.do(preview.folders) != folders:
                    break
        except (OSError, RuntimeError, ValueError):
            # A folder went away, or the system has no more watches to give: polling needs none.
            failures += 1
            stop.wait(0.2)


class _Server(ThreadingHTTPServer):
    """Answers each client in a thread of its own, so that none waits for another."""

    daemon_threads = True
    request_queue_size = 64
    # On Windows the option would let two programs share the port.
    allow_reuse_address = os.name != "nt"

    def __init__(self, host: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.preview: Preview
        self.worker: Worker
        self.news = News()
        self.loopback = _is_loopback(host)
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        # The inherited one asks a name server what this host is called.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        # Clients come and go; only a fault of ours is worth a line.
        error = sys.exc_info()[1]
        if not isinstance(error, (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD with artifacts, never with a file that a request names."""

    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "bilingual"
    sys_version = ""
    timeout = _TIMEOUT

    def do_GET(self) -> None:
        self.answer()

    def do_HEAD(self) -> None:
        self.answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the inherited name
        """Say nothing: requests are no news."""

    def answer(self) -> None:
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # the body is not read, so nothing after it can be
        if not self.is_for_us():
            self.give(Answer(b"This host is not served here.\n", "text/plain; charset=utf-8", HTTPStatus.FORBIDDEN))
            return
        path = unquote(self.path.partition("?")[0].partition("#")[0], errors="replace")
        if not path.startswith("/"):
            self.give(Answer(b"No such address.\n", "text/plain; charset=utf-8", HTTPStatus.BAD_REQUEST))
            return
        path = path[1:]
        if path == LIVE:
            self.follow()
            return
        try:
            found = self.find(path)
        except Exception as error:  # noqa: BLE001 - the next request may fare better
            fault = _fault(error, path)
            self.server.preview.report([fault])
            found = Answer(
                fault.message.encode("utf-8", "replace"), "text/plain; charset=utf-8", HTTPStatus.INTERNAL_SERVER_ERROR
            )
        self.give(found)

    def find(self, path: str) -> Answer:
        preview, worker = self.server.preview, self.server.worker
        if path.startswith(f"{LIVE}/"):
            return worker.do(partial(preview.notes, path[len(LIVE) + 1 :]))
        if path.startswith(_SEARCH):
            preview.ready.wait(timeout=60)  # it has all chapters
        return worker.do(partial(preview.answer, path)) or _missing(path)

    def is_for_us(self) -> bool:
        """Return whether a request names this machine: other names may be a foreign page's that leads here.

        Source: "DNS rebinding"; a page of another site that resolves its own name to the loopback address could read
        what is served there, but its requests still carry that name.
        """
        if not self.server.loopback:
            return True
        host = self.headers.get("Host", "")
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        return name.strip("[]").lower() in ("localhost", "127.0.0.1", "::1", self.server.server_name)

    def give(self, answer: Answer) -> None:
        self.send_response(answer.status)
        if answer.location:
            self.send_header("Location", answer.location)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.data)))
        if answer.kind == _TYPES[".svg"]:
            self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.data)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        if self.close_connection:
            self.send_header("Connection", "close")
        super().end_headers()

    def follow(self) -> None:
        """Send news to a page for as long as it listens."""
        self.close_connection = True
        with self.server.news.reader() as news:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            if self.command == "HEAD":
                return
            message: bytes | None = b"retry: 500\n\n"
            while message is not None:
                self.wfile.write(message)
                try:
                    message = news.get(timeout=_BEAT)
                except queue.Empty:
                    message = b":\n\n"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# --- the command -----------------------------------------------------------------------------------------------


def serve(
    config: Config,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    target: str = "",
    browse: bool = False,
    tell: Callable[[str], None],
    report: Callable[[Sequence[Diagnostic]], object],
) -> None:
    """Serve an edition, and follow its files, until Ctrl-C.

    Args:
        config: The project.
        host: The address to listen on; anything but this machine's own is reported.
        port: The port; 0 takes any that is free.
        target: The target language, or the name, of the edition; empty for the first one.
        browse: Whether to open it in the browser.
        tell: Shows a line.
        report: Shows diagnostics.

    Raises:
        BilingualError: If there is no book, no such edition, or no such port to listen on.
    """
    with _listening(host, port) as server:
        preview = server.preview = Preview(config, target, server.news, tell, report)
        report(preview.problems)
        if not server.loopback:
            hint = "leave out --host unless others are to read along"
            message = "everyone who reaches this machine can read the book"
            report([Diagnostic("serve-host", message, Place(host), Severity.WARNING, hint=hint)])
        shown = f"[{host}]" if ":" in host else host
        url = f"http://{shown}:{server.server_port}/"
        worker = server.worker = Worker(preview.idle)
        stop = threading.Event()
        watcher = threading.Thread(target=_watch, args=(preview, worker, stop), daemon=True)
        title = preview.edition.title.source
        try:
            with contextlib.suppress(KeyboardInterrupt):
                tell(f"{url} shows {title} ({preview.which.source}, {preview.which.target}); Ctrl-C stops it")
                watcher.start()
                if browse:
                    import webbrowser  # noqa: PLC0415 - rarely wanted

                    threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
                server.serve_forever()
        finally:
            stop.set()
            server.news.close()
            if watcher.ident is not None:
                watcher.join(timeout=2)
            worker.stop()


def _listening(host: str, port: int) -> _Server:
    try:
        return _Server(host, port)
    except (OSError, OverflowError) as error:
        reason = (error.strerror if isinstance(error, OSError) else "") or str(error)
        what = Place("--host") if isinstance(error, socket.gaierror) else Place("--port")
        hint = f"take another one, such as --port {port + 1}; --port 0 takes any that is free"
        if what.path == "--host":
            hint = "name an address of this machine"
        message = f"{host}:{port} cannot be served on: {reason}"
        raise BilingualError(Diagnostic("serve-address", message, what, hint=hint)) from None
