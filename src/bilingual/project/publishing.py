"""From the catalogs to editions in both languages: what `merge` publishes below the build folder."""

from __future__ import annotations

import contextlib
import functools
import os
import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from bilingual import manifest
from bilingual.align import pair
from bilingual.catalog import State
from bilingual.collector import uncollected
from bilingual.config import FILE_NAME, PICTURE, PYPROJECT, complaint, options_of
from bilingual.diagnostics import BilingualError, Diagnostic, Place
from bilingual.edition import Chapter, Edition, Pair, Part, rows
from bilingual.links import anchors
from bilingual.order import reading_order
from bilingual.project.book import (
    Chapter as File,
)
from bilingual.project.book import (
    Progress,
    ahead,
    catalog_at,
    codes_of,
    config_name,
    discover,
    inside,
    localised,
    no_progress,
    read_document,
    select_catalogued,
    size_of,
    wants,
)
from bilingual.project.files import decode, read_file, read_optional, write_file
from bilingual.project.merging import translated
from bilingual.render import RENDERERS, Artifact, Link, Picture, Rendered
from bilingual.sanitiser import danger
from bilingual.structure import heading_origins
from bilingual.unit import units

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bilingual.config import Config, EditionPair
    from bilingual.language import Language
    from bilingual.markdown.document import Document
    from bilingual.unit import Unit

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_LINKED = frozenset(["http", "https", "mailto", "tel", "ftp"])
_PICTURES = frozenset([".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif", ".bmp", ".ico"])
#: Files that links may lead to: nothing that a browser runs.
_FILES = _PICTURES | frozenset(
    ".bib .bz2 .c .cpp .csv .doc .docx .epub .go .gz .h .ipynb .java .json .jsonl .mp3 .mp4 .npy .npz .odt .ods .ogg "
    ".parquet .pdf .ppt .pptx .py .r .rs .rst .sh .sql .tar .tex .toml .ts .tsv .txt .wav .webm .xls .xlsx .xz .yaml "
    ".yml .zip".split()
)
#: How renderers name an option where they cannot know its place.
_OPTION = re.compile(r"\[([\w.]+)\] ([\w-]+)")
_LABEL = re.compile(r"^[ \t>]*:(?:eq)?label:`([^`\n]+)`|^\(([\w.:-]+)\)=[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Output:
    """An edition in one format.

    Attributes:
        folder: Where it is, below the project's folder.
        files: How many files it consists of.
        written: The files that were written, or would be.
        removed: The files of an earlier run that are gone, or would be.
    """

    folder: str
    files: int
    written: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """What `publish` did: the editions, and everything to report."""

    editions: tuple[Output, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def publish(
    config: Config,
    formats: Sequence[str],
    *,
    targets: Sequence[str] = (),
    check: bool = False,
    jobs: int | None = None,
    progress: Progress = no_progress,
) -> Published:
    """Make the editions of a book, each below `BUILD/EDITION/FORMAT`.

    Args:
        config: The project.
        formats: The formats to make, names of `RENDERERS`.
        targets: Codes of the languages on the right whose editions are made; none means all.
        check: Write nothing.
        jobs: As in `extract`.
        progress: Wraps the chapters for a progress bar.

    Raises:
        BilingualError: If the work cannot begin.
    """
    problems: list[Diagnostic] = []
    with uncollected():
        return Published(
            tuple(_outputs(config, formats, problems, targets, check=check, jobs=jobs, progress=progress)),
            tuple(dict.fromkeys(problems)),
        )


def _outputs(
    config: Config,
    formats: Sequence[str],
    problems: list[Diagnostic],
    targets: Sequence[str],
    *,
    check: bool,
    jobs: int | None,
    progress: Progress,
) -> Iterator[Output]:
    """Make the editions, and yield what each consists of; what is to be reported is added to `problems`."""
    book = Book.of(config, problems)
    wanted = codes_of(config, targets)
    options: dict[str, Any] = {name: options_of(config, ("render", name), RENDERERS[name].options) for name in formats}
    for each in config.editions:
        if targets and each.target not in wanted:
            continue
        edition = book.edition(each)
        shelf = book.shelf(each)
        chapters = [book.files[rel] for rel in edition.chapters]
        size = sum(size_of(config.root / chapter.path) for chapter in chapters)
        work = functools.partial(_chapter, config, each, edition, shelf, options)
        made: dict[str, list[Rendered]] = {name: [] for name in formats}
        failed: set[str] = set()
        results = ahead(work, chapters, size, jobs)
        for _, result in zip(progress(chapters, f"publish {each.name}"), results, strict=True):
            problems.extend(result.diagnostics)
            failed |= result.failed
            for name, rendered in result.formats.items():
                made[name].append(rendered)
                problems.extend(_placed(config, problem) for problem in rendered.diagnostics)
        for name in formats:
            folder = posixpath.join(config.build, each.name, name)
            if name in failed:
                continue  # what an earlier run made stays; the other formats are made
            store = _Store(config, folder, check=check)
            store.apply(RENDERERS[name].book(edition, made.pop(name), shelf, options[name]))
            problems.extend(_placed(config, problem) for problem in store.problems)
            if store.count:
                yield Output(folder, store.count, tuple(store.files), tuple(store.removed))


def _placed(config: Config, problem: Diagnostic) -> Diagnostic:
    """Return a diagnostic about an option, `[render.html] logo`, with its place in the configuration."""
    match = _OPTION.fullmatch(problem.place.path)
    if match is None:
        return problem
    path = (*match.group(1).split("."), match.group(2))
    return complaint(config, path, problem.code, problem.message, problem.hint, problem.severity)


@dataclass(frozen=True, slots=True)
class Book:
    """What all editions of a book have in common.

    Attributes:
        config: The project.
        files: Its chapters by `rel`, pictures with text among them.
        order: Its parts, without those pictures.
        labels: Which chapter has which label.
    """

    config: Config
    files: Mapping[str, File]
    order: tuple[Any, ...]
    labels: Mapping[str, str]

    @classmethod
    def of(cls, config: Config, problems: list[Diagnostic]) -> Book:
        """Return the book of a project; what is wrong with it is added to `problems`.

        Raises:
            BilingualError: If it has no source folder, or no chapter.
        """
        found, wrong = discover(config)
        problems.extend(wrong)
        files = {file.rel: file for file in select_catalogued(config, found, (), problems)}
        rels = [rel for rel in files if not rel.lower().endswith(PICTURE)]
        if not rels:
            raise BilingualError(
                Diagnostic(
                    "source-empty",
                    "the book has no chapter",
                    Place(config.paths.source),
                    hint="write one, or see [paths]",
                )
            )
        order, notes = reading_order(rels, config, lambda path: _text(config, path))
        problems.extend(notes)
        labels: dict[str, str] = {}
        for rel in rels:
            for match in _LABEL.finditer(_text(config, files[rel].path) or ""):
                labels.setdefault(match.group(1) or match.group(2), rel)
        return cls(config, files, order, labels)

    def edition(self, which: EditionPair) -> Edition:
        """Return an edition without its chapters."""
        config = self.config
        book = config.book
        source, target = _language(config, which.source), _language(config, which.target)

        def both(text: Any) -> Pair:  # noqa: ANN401 - a text of the configuration
            return Pair(text.of(which.source), text.of(which.target))

        title = both(book.title)
        if not title.source:
            title = Pair(*(config.title or config.root.name,) * 2)
        return Edition(
            which.name,
            title,
            source,
            target,
            which.source,
            which.target,
            tuple(Part(both(part.title) if part.title else None, part.chapters, part.levels) for part in self.order),
            config.dialect,
            both(book.subtitle),
            both(book.description),
            book.authors,
            book.translators,
            book.licence,
            book.licence_url,
            book.date,
            book.cover,
            config.source,
        )

    def shelf(self, which: EditionPair) -> Shelf:
        """Return what knows the files of the book."""
        return Shelf(
            self.config,
            {file.path: rel for rel, file in self.files.items()},
            self.labels,
            tuple("" if code == self.config.source_code else code for code in (which.source, which.target)),
        )


def _language(config: Config, code: str) -> Language:
    return config.source if code == config.source_code else config.target(code)


def _text(config: Config, path: str) -> str | None:
    """Return the text of a file below the project's folder, None if there is none that can be read."""
    try:
        data = read_optional(config.root / path, path) if inside(config.root / path, config.root) else None
        return None if data is None else decode(data, path)
    except BilingualError:
        return None


# --- one chapter -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a chapter, by format; `failed` formats cannot be made, since they would be without it."""

    formats: Mapping[str, Rendered]
    diagnostics: tuple[Diagnostic, ...]
    failed: frozenset[str] = frozenset()


def _chapter(
    config: Config, which: EditionPair, edition: Edition, shelf: Shelf, options: Mapping[str, Any], file: File
) -> Made:
    try:
        chapter, notes = aligned(config, which, file)
    except BilingualError as error:
        return Made({}, error.diagnostics, frozenset(options))
    made = {}
    problems = list(notes)
    for name in options:
        try:
            made[name] = RENDERERS[name].chapter(chapter, edition, shelf, options[name])
        except BilingualError as error:
            problems.extend(error.diagnostics)
    return Made(made, tuple(problems), frozenset(options) - frozenset(made))


def aligned(config: Config, which: EditionPair, file: File) -> tuple[Chapter, tuple[Diagnostic, ...]]:
    """Return a chapter of an edition with its rows, and what is to be reported about it.

    Raises:
        BilingualError: If the chapter or its catalog cannot be read.
    """
    document = read_document(config, file)
    notes = list(document.diagnostics)
    ours = _side(config, which.source, file, document, notes)
    theirs = _side(config, which.target, file, document, notes)
    alignment = pair(
        ours.document,
        theirs.document,
        theirs.units or ours.units,
        theirs.states,
        theirs.put_back,
        [State.MISSING if index in ours.put_back else state for index, state in enumerate(ours.states)],
        original=document,
        source_origins=ours.origins,
        target_origins=theirs.origins,
        source_behind=ours.behind,
        target_behind=theirs.behind,
    )
    both = config.source_code not in (which.source, which.target)
    own = anchors(document, config.dialect) if both else ()
    if own and ours.origins is not None:
        known = dict(zip(heading_origins(document, None), own, strict=True))
        own = tuple(known.get(place, "") for place in heading_origins(ours.document, ours.origins))
    return Chapter(file.rel, alignment, rows(alignment), theirs.catalog or ours.catalog, own), tuple(notes)


@dataclass(frozen=True, slots=True)
class Side:
    """A chapter in one language of the project.

    Attributes:
        document: The source, or what was merged from it.
        states: The state of each segment; None where there is nothing to translate.
        put_back: The segments whose translation could not be used.
        units: Its units; none for the source.
        catalog: The path of its catalog; empty for the source.
        origins: As `Merged.origins` has it.
        behind: As `Merged.behind` has it.
    """

    document: Document
    states: tuple[State | None, ...]
    put_back: frozenset[int] = frozenset()
    units: tuple[Unit, ...] = ()
    catalog: str = ""
    origins: tuple[int | None, ...] | None = None
    behind: tuple[int, ...] = ()


def _side(config: Config, code: str, file: File, document: Document, notes: list[Diagnostic]) -> Side:
    if code == config.source_code:
        return Side(document, (None,) * len(document.segments))
    language = config.target(code)
    path = str(config.catalog_path(code, file.rel))
    catalog, repairs = catalog_at(config.root, path)
    paired = units(document, catalog)
    merged = translated(config, code, file.rel, document, paired)
    notes.extend((*repairs, *merged.diagnostics))
    wanted = wants(config, language)
    states = tuple(
        (unit.state if unit.state >= config.minimum else State.MISSING)
        if unit.entry is not None or wanted(unit.segment)
        else None
        for unit in paired
    )
    return Side(merged.document, states, merged.put_back, paired, path, merged.origins, merged.behind)


# --- files that chapters refer to ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shelf:
    """Knows the files that chapters of a book refer to; see `bilingual.render.Places`.

    Nothing from outside the content folder is published, nothing hidden, and nothing that a browser would run.

    Attributes:
        config: The project.
        chapters: The `rel` of each chapter by its path.
        label_places: The `rel` of the chapter that has a label.
        codes: The codes of both sides, for pictures of their own (`fig.en.png`); empty for the book's own language.
    """

    config: Config
    chapters: Mapping[str, str]
    label_places: Mapping[str, str]
    codes: tuple[str, ...]
    _pictures: dict[tuple[str, str, bool], Picture] = field(default_factory=dict, compare=False, repr=False)

    @property
    def content(self) -> str:
        """The folder that everything that is published must be in: that of the source in all languages."""
        return posixpath.dirname(self.config.paths.source.split("{", 1)[0] + "x")

    def picture(self, path: str, destination: str, *, target: bool) -> Picture:
        """Return what a picture is; see `Places.picture`."""
        folder = posixpath.dirname(path)
        key = (folder, destination, target)
        found = self._pictures.get(key)
        if found is None:
            found = self._pictures[key] = self._picture(path, destination, target=target)
        return found

    def _picture(self, path: str, destination: str, *, target: bool) -> Picture:
        place, remote = self._place(path, destination)
        if remote:
            how = self.config.assets.remote_images
            if how == "error":
                return Picture(problem='this picture is elsewhere, and remote-images = "error"')
            return Picture(url=remote, linked=how == "link")
        if place is None:
            return Picture(problem="there is no picture to publish at this address")
        problem = self._refusal(place, _PICTURES)
        if problem:
            return Picture(problem=problem)
        own = localised(self.config, place, self.codes[target]) if self.codes[target] else None
        if own is not None and self._refusal(own, _PICTURES):
            own = None
        place = own or place
        artifact = self._artifact(place, target=target and own is None)
        if isinstance(artifact, str):
            return Picture(problem=artifact)
        width, height = _size(self.config.root / place)
        return Picture(artifact.path, artifact, width=width, height=height)

    def link(self, path: str, destination: str) -> Link:
        """Return where a link leads; see `Places.link`."""
        address = destination.strip()
        before, _, fragment = address.partition("#")
        fragment = unquote(fragment)
        if not before:
            return Link(rel=self.chapters.get(path, ""), fragment=fragment)
        if not self._mapped(address):
            scheme = _SCHEME.match(address)
            if scheme is not None:
                known = scheme.group(1).lower() in _LINKED
                return Link(url=address) if known else Link(problem="links of this kind are not published")
            if address.startswith("//"):
                return Link(url=f"https:{address}")
        place, _ = self._place(path, before)
        if place is None:
            return Link(problem="this link leads out of the book")
        rel = self._chapter_at(place)
        if rel is not None:
            return Link(rel=rel, fragment=fragment)
        problem = self._refusal(place, _FILES)
        if problem:
            return Link(problem=problem)
        artifact = self._artifact(place, target=False)
        return Link(problem=artifact) if isinstance(artifact, str) else Link(artifact=artifact)

    def label(self, name: str) -> str:
        """Return the chapter that has a label; see `Places.label`."""
        return self.label_places.get(name, "")

    def data(self, path: str) -> bytes | None:
        """Return the bytes of a file that the configuration names; see `Places.data`."""
        full = self.config.root / path
        try:
            return read_file(full, path) if inside(full, self.config.root) else None
        except BilingualError:
            return None

    def _mapped(self, address: str) -> str | None:
        """Return the path that `[assets.map]` gives for an address."""
        for prefix, folder in sorted(self.config.assets.map.items(), key=lambda each: -len(each[0])):
            if address.startswith(prefix):
                rest = unquote(re.split(r"[?#]", address[len(prefix) :], maxsplit=1)[0])
                return posixpath.normpath(posixpath.join(folder, rest.replace("\\", "/").lstrip("/")))
        return None

    def _place(self, path: str, destination: str) -> tuple[str | None, str]:
        """Return the path below the project's folder that a destination means, and the address if it is elsewhere."""
        address = destination.strip()
        mapped = self._mapped(address)
        if mapped is not None:
            return mapped, ""
        scheme = _SCHEME.match(address)
        if scheme is not None:
            return None, address if scheme.group(1).lower() in ("http", "https") else ""
        if address.startswith("//"):
            return None, f"https:{address}"
        bare = unquote(re.split(r"[?#]", address, maxsplit=1)[0])
        if "\0" in bare or "\\" in bare:
            return None, ""
        if bare.startswith("/"):
            # From the root of a site, whose generator may have folders of its own for such files.
            places = [
                posixpath.normpath(posixpath.join(self.content, each, bare.lstrip("/")))
                for each in ("", "public", "static")
            ]
            base = posixpath.dirname(self.config.source_path("x.md").as_posix())
            places.append(posixpath.normpath(posixpath.join(base, bare.lstrip("/"))))
            there = (each for each in places if self._chapter_at(each) or (self.config.root / each).is_file())
            return next(there, places[0]), ""
        return posixpath.normpath(posixpath.join(posixpath.dirname(path), bare)), ""

    def _chapter_at(self, place: str) -> str | None:
        candidates = [place, f"{place}.md", posixpath.join(place, "index.md"), posixpath.join(place, "README.md")]
        if place.endswith(".html"):
            candidates += [
                f"{place[:-5]}.md",
                posixpath.join(posixpath.dirname(place), "README.md") if place.endswith("index.html") else "",
            ]
        found = next((self.chapters[each] for each in candidates if each in self.chapters), None)
        return None if found is None or found.lower().endswith(PICTURE) else found

    def _refusal(self, place: str, suffixes: frozenset[str]) -> str:
        """Return why a file is not published, an empty string if it may be."""
        config = self.config
        folders = [posixpath.normpath(each) for each in (self.content, *config.assets.map.values())]
        allowed = next((each for each in folders if each == "." or place.startswith(f"{each}/")), None)
        if allowed is None or ".." in place.split("/") or place.startswith("/"):
            return "this file is outside of the content folder, so it is not published"
        full = config.root / place
        # A link may be called as it likes; what counts is what it leads to.
        real = posixpath.relpath(os.path.realpath(full), os.path.realpath(config.root)) if "\0" not in place else place
        if any(map(self._hidden, (place, real.replace(os.sep, "/")))):
            return "this file is hidden, so it is not published"
        try:
            if not full.is_file():
                return "there is no such file"
        except (OSError, ValueError):
            return "there is no such file"
        if not inside(full, config.root / allowed):
            return "this file is a link out of the content folder, so it is not published"
        if posixpath.splitext(place)[1].lower() not in suffixes:
            return "files of this kind are not published"
        return ""

    def _hidden(self, place: str) -> bool:
        """Return whether a file below the project's folder is for tools alone: hidden, generated or a configuration."""
        if place.startswith("../"):
            return False
        lowered = place.lower()
        tools = {config_name(self.config).lower(), FILE_NAME, PYPROJECT}
        built = lowered.startswith(self.config.build.lower().rstrip("/") + "/")
        return built or lowered in tools or any(part.startswith(".") for part in place.split("/"))

    def _artifact(self, place: str, *, target: bool) -> Artifact | str:
        """Return the file to publish, or why it must not be."""
        content = self.content
        if not content or place.startswith(f"{content}/"):
            path = f"_assets/{place.removeprefix(f'{content}/') if content else place}"
        else:
            path = f"_assets/_mapped/{place}"  # what is elsewhere may be called as a file of the content is
        if not place.lower().endswith(PICTURE):
            return Artifact(path, source=place)
        data = self._translated(place) if target else None
        try:
            reason = danger(data if data is not None else read_file(self.config.root / place, place))
        except BilingualError:
            reason = "cannot be read"
        if reason:
            return f"this picture {reason}, so it is not published"
        if data is None:
            return Artifact(path, source=place)
        stem, suffix = posixpath.splitext(path)
        return Artifact(f"{stem}.{self.codes[1]}{suffix}", data)

    def _translated(self, place: str) -> bytes | None:
        """Return a picture whose text is translated, None if it is not."""
        rel = self.chapters.get(place)
        code = self.codes[1]
        if rel is None or not code:
            return None
        try:
            file = File(rel, place)
            document = read_document(self.config, file)
            side = _side(self.config, code, file, document, [])
        except BilingualError:
            return None
        return side.document.text.encode() if side.document.text != document.text else None


def _size(path: Path) -> tuple[int, int]:
    """Return the width and height of a picture in pixels, zeros if nobody knows."""
    import imagesize  # type: ignore[import-untyped]  # noqa: PLC0415 - few commands publish

    try:
        width, height = imagesize.get(path)
    except (OSError, ValueError, TypeError, IndexError, KeyError):
        return 0, 0
    return (round(width), round(height)) if width > 0 and height > 0 else (0, 0)


# --- writing ---------------------------------------------------------------------------------------------------


class _Store:
    """Writes the files of one edition in one format, and removes those of an earlier run that are gone."""

    def __init__(self, config: Config, folder: str, *, check: bool) -> None:
        self.root = config.root
        self.folder = folder
        self.check = check
        self.listing = f"{folder}.sha256"
        self.files: list[str] = []
        self.removed: list[str] = []
        self.problems: list[Diagnostic] = []
        self.count = 0

    def apply(self, artifacts: Iterable[Artifact | Diagnostic]) -> None:
        """Bring the folder to the state that the artifacts describe; of several for one path the first counts.

        Each is written when it comes, so that no more than one of them is in memory. If making them fails, what an
        earlier run made and this one did not reach stays.
        """
        hashes: dict[str, frozenset[str]] = {}
        folder = self.root / self.folder
        if not inside(folder, self.root):
            message, hint = "a link leads the build folder out of the project", "replace the link by a folder"
            self.problems.append(Diagnostic("file-outside", message, Place(self.folder), hint=hint))
            return
        before = read_optional(self.root / self.listing, self.listing)
        known = manifest.read(before)
        try:
            for each in artifacts:
                if isinstance(each, Diagnostic):
                    self.problems.append(each)
                elif each.path not in hashes:
                    self.take(each, hashes)
        except BilingualError as error:
            self.problems.extend(error.diagnostics)
            return
        self.count = len(hashes)
        for path in known.hashes:
            if path not in hashes and inside((folder / path).parent, folder):
                self.removed.append(posixpath.join(self.folder, path))
                if not self.check:
                    _remove(folder, path)
        if not self.check:
            new = manifest.write(manifest.Manifest(hashes, frozenset())).encode()
            if new != before:
                write_file(self.root / self.listing, new, self.listing)

    def take(self, artifact: Artifact, hashes: dict[str, frozenset[str]]) -> None:
        """Write an artifact; what cannot be read or written is reported."""
        try:
            data = artifact.data
            if data is None:
                data = read_file(self.root / artifact.source, artifact.source)
            self.put(artifact.path, data)
            hashes[artifact.path] = frozenset({manifest.digest(data)})
        except BilingualError as error:
            self.problems.extend(error.diagnostics)

    @functools.cache  # noqa: B019 - it lives as long as the run
    def is_inside(self, folder: Path) -> bool:
        """Return whether a folder of the edition is where it seems to be, links followed."""
        return inside(folder, self.root / self.folder)

    def put(self, path: str, data: bytes) -> None:
        shown = posixpath.join(self.folder, path)
        full = self.root / shown
        if full.is_file() and read_file(full, shown) == data:
            return
        if not self.is_inside(full.parent):
            raise BilingualError(
                Diagnostic(
                    "file-outside", "a link leads this file out of the edition", Place(shown), hint="remove the link"
                )
            )
        self.files.append(shown)
        if not self.check:
            write_file(full, data, shown)


def _remove(folder: Path, path: str) -> None:
    with contextlib.suppress(OSError):
        (folder / path).unlink()
        for parent in (folder / path).parents:
            if parent == folder:
                break
            parent.rmdir()  # stops at the first folder that is not empty
