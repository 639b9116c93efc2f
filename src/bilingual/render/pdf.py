"""The PDF: a book on paper, both languages side by side, one below the other, or chapter by chapter.

Typst sets it. Text reaches Typst as strings alone, so nothing in a book is ever read as code.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bilingual.diagnostics import BilingualError, Diagnostic, Place
from bilingual.render import Artifact, Rendered, Renderer
from bilingual.render import _typst as press
from bilingual.render._rows import Rows, words_of
from bilingual.render._typst_code import (
    EMPTY,
    NONE,
    TRUE,
    Code,
    array,
    call,
    name,
    number,
    quoted,
    table,
    truth,
)
from bilingual.render._typst_rows import Converter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bilingual.edition import Chapter, Edition, Pair
    from bilingual.language import Language
    from bilingual.render import Places

_RATIO = re.compile(r"\s*([1-9]\d?(?:\.\d+)?)\s*:\s*([1-9]\d?(?:\.\d+)?)\s*")
_COLOUR = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?!\d)|(\d{4})(?!\d)")
#: Width and height of paper, its margins (top, sides, bottom) and the size of its letters, in points.
_PAPERS = {
    "a4": (595.28, 841.89, 74.0, 54.0, 66.0, 10.0),
    "b5": (498.9, 708.66, 64.0, 44.0, 56.0, 9.0),
    "letter": (612.0, 792.0, 72.0, 57.0, 64.0, 10.0),
}
_LAYOUTS = ("side", "stacked", "facing")
#: Larger books are split: so many characters of code take Typst some 4 GB (see docs/pdf.md).
VOLUME = 10_000_000
#: A row of so few characters is not broken across pages.
_TITLE = 60


@dataclass(frozen=True, slots=True)
class Options:
    """How the PDF looks.

    Attributes:
        paper: The size of its pages: "a4", "b5" or "letter".
        layout: "side" sets each passage beside its translation, "stacked" above it, "facing" gives each language a
            chapter of its own, one after the other.
        columns: How wide the columns of source and target are.
        size: The size of the letters in points; 0 is what fits the paper.
        contents: How many levels of headings the contents list.
        standard: A standard that the PDF conforms to, such as "ua-1" or "a-2b", or several.
        accent: The colour of links and rules.
        source_font: The family of fonts for the source.
        target_font: The family of fonts for the target.
        fonts: Files of fonts: paths below the project's folder.
        keywords: Words that catalogs of books find it by.
        highlight: Whether code is coloured.
    """

    paper: str = "a4"
    layout: str = "side"
    columns: str = "41:59"
    size: int = 0
    contents: int = 2
    standard: tuple[str, ...] = ()
    accent: str = "#1f5f8b"
    source_font: str = ""
    target_font: str = ""
    fonts: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    highlight: bool = True

    def __post_init__(self) -> None:
        for key, known in (("paper", tuple(_PAPERS)), ("layout", _LAYOUTS)):
            if getattr(self, key) not in known:
                raise ValueError(f"{key} must be one of {', '.join(known)}")
        if _RATIO.fullmatch(self.columns) is None:
            raise ValueError('columns must be two numbers such as "41:59"')
        if not (self.size == 0 or 6 <= self.size <= 24):
            raise ValueError("size must be from 6 to 24, or 0")
        if not 0 <= self.contents <= 6:
            raise ValueError("contents must be from 0 to 6")
        if _COLOUR.fullmatch(self.accent) is None:
            raise ValueError('accent must be a colour such as "#0a7d5a"')
        for each in self.standard:
            if each not in press.STANDARDS:
                raise ValueError(f"standard must be of {', '.join(press.STANDARDS)}")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading for the contents: its level, its anchor, its text, and the side that alone has it, or empty."""

    level: int
    anchor: str
    text: Pair
    only: str = ""


@dataclass(frozen=True, slots=True)
class ChapterCode:
    """What the PDF needs of a chapter.

    Attributes:
        title: Its title.
        headings: Its headings.
        code: Its rows as code of Typst: one piece, or one a language where these have chapters of their own.
        defined: The anchors that it has.
        wanted: The anchors that it links to.
        images: The pictures that it shows, by the names that they have for Typst.
    """

    title: Pair
    headings: tuple[Heading, ...]
    code: tuple[Code, ...]
    defined: frozenset[str]
    wanted: frozenset[str]
    images: Mapping[str, Artifact]


# --- chapters --------------------------------------------------------------------------------------------------


def chapter(chapter: Chapter, edition: Edition, places: Places, options: Options) -> Rendered:
    """Return what the PDF needs of a chapter.

    Raises:
        BilingualError: If Typst is not installed.
    """
    press.require()
    names = {rel: f"c{index}" for index, rel in enumerate(edition.chapters, 1)}
    rows = Rows(chapter, edition, places, names.__getitem__, highlight=options.highlight)
    body = rows.render()
    own = names[chapter.rel]
    converter = Converter(own, chapter.alignment.source.path, rows.artifacts, places)
    sides = ("source", "target") if options.layout == "facing" else ("",)
    code = tuple(converter.rows(body, edition, side=side) for side in sides)
    headings = tuple(Heading(each.level, f"{own}:{each.id}", each.text, each.only) for each in body.headings)
    value = ChapterCode(
        body.title,
        headings,
        code,
        frozenset(converter.volume.defined),
        frozenset(converter.volume.wanted),
        converter.volume.images,
    )
    diagnostics = [*rows.diagnostics, *converter.volume.diagnostics]
    return Rendered(chapter.rel, value, (), tuple(dict.fromkeys(diagnostics)))


# --- the book --------------------------------------------------------------------------------------------------


def book(edition: Edition, chapters: Sequence[Rendered], places: Places, options: Options) -> Iterator[Artifact]:
    """Yield the PDF, or several of a large book.

    Raises:
        BilingualError: If a font is not there, or Typst refuses the book.
    """
    press.require()
    made: dict[str, ChapterCode] = {each.rel: each.value for each in chapters}
    with tempfile.TemporaryDirectory() as folder:
        for index, path in enumerate(options.fonts):
            data = places.data(path)
            if data is None:
                raise BilingualError(
                    Diagnostic(
                        "font-missing", "this font cannot be read", Place(path), hint="see fonts of [render.pdf]"
                    )
                )
            Path(folder, f"{index}{Path(path).suffix}").write_bytes(data)
        folders = (folder,) if options.fonts else ()
        sides = _Sides(
            press.family(edition.source, options.source_font, folders),
            press.family(edition.target, options.target_font, folders),
        )
        volumes = _volumes(edition, made)
        for index, rels in enumerate(volumes, 1):
            mark = f"-{index}" if len(volumes) > 1 else ""
            files = _Book(edition, made, places, options, sides, rels, index if mark else 0).files()
            time = _time(edition)
            data = press.make(files, folders, standards=options.standard, timestamp=time, apart=bool(mark))
            yield Artifact(f"{edition.name}{mark}.pdf", data)


@dataclass(frozen=True, slots=True)
class _Sides:
    """The fonts of both languages."""

    source: press.Family
    target: press.Family


def _volumes(edition: Edition, made: Mapping[str, ChapterCode]) -> list[tuple[str, ...]]:
    """Return the chapters of each volume: all in one if they fit, else whole parts as far as these fit."""
    sizes = {rel: sum(map(len, value.code)) for rel, value in made.items()}
    volumes: list[list[str]] = [[]]
    size = 0
    for part in edition.parts:
        rels = [rel for rel in part.chapters if rel in sizes]
        whole = sum(sizes[rel] for rel in rels)
        if volumes[-1] and size + whole > VOLUME:
            volumes.append([])
            size = 0
        for rel in rels:
            if volumes[-1] and size + sizes[rel] > VOLUME:
                volumes.append([])
                size = 0
            volumes[-1].append(rel)
            size += sizes[rel]
    return [tuple(volume) for volume in volumes if volume]


def _time(edition: Edition) -> int:
    """Return when the PDF says it was made; of a book without a date that is 1980."""
    day = _day(edition) or dt.date(1980, 1, 1)
    return int(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp())


def _day(edition: Edition) -> dt.date | None:
    """Return the day that SOURCE_DATE_EPOCH names, else that of the book, if it has one."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    match = _DATE.match(edition.date)
    try:
        if re.fullmatch(r"\d{1,11}", given):
            return dt.datetime.fromtimestamp(int(given), dt.UTC).date()
        if match is None:
            return None
        year, month, day, only = match.groups()
        return dt.date(int(only), 1, 1) if only else dt.date(int(year), int(month), int(day))
    except (ValueError, OverflowError, OSError):
        return None


class _Book:
    """Writes the files of one PDF."""

    def __init__(
        self,
        edition: Edition,
        made: Mapping[str, ChapterCode],
        places: Places,
        options: Options,
        sides: _Sides,
        rels: tuple[str, ...],
        volume: int,
    ) -> None:
        self.edition = edition
        self.made = made
        self.places = places
        self.options = options
        self.sides = sides
        self.rels = rels
        self.volume = volume
        self.names = {rel: f"c{index}" for index, rel in enumerate(edition.chapters, 1)}
        self.parts = [part for part in edition.parts if part.title and set(part.chapters) & set(rels)]
        self.facing = options.layout == "facing"

    def files(self) -> dict[str, bytes]:
        """Return the files by path."""
        files: dict[str, bytes] = {"settings.typ": self.settings().encode(), "main.typ": self.main().encode()}
        for rel in self.rels:
            value = self.made[rel]
            text = '#import "book.typ": *\n' + "\n".join(f"#{code}" for code in self.chapter_code(rel)) + "\n"
            files[f"{self.names[rel]}.typ"] = text.encode()
            for path, artifact in value.images.items():
                data = artifact.data if artifact.data is not None else self.places.data(artifact.source)
                files[f"images/{path}"] = data or b""
        return files

    def known(self) -> set[str]:
        """Return the anchors that something leads to."""
        starts = {f"{self.names[rel]}:" for rel in self.rels}
        if self.facing:
            starts |= {f"{each}t:" for each in starts}
        defined = starts.union(*(self.made[rel].defined for rel in self.rels))
        wanted = {each.anchor for rel in self.rels for each in self.made[rel].headings}
        return starts | (defined & wanted.union(*(self.made[rel].wanted for rel in self.rels)))

    def settings(self) -> str:
        """Return the file that holds what the template is to know."""
        edition, options = self.edition, self.options
        width, height, top, side, bottom, size = _PAPERS[options.paper]
        if options.size:
            size = float(options.size)
        match = _RATIO.fullmatch(options.columns)
        assert match  # noqa: S101 - the options were checked
        columns = [float(each) or 1.0 for each in match.groups()]
        room = width - 2 * side
        narrow = (room - 1.9 * size) * min(columns) / sum(columns) if options.layout == "side" else room
        title = " · ".join(dict.fromkeys(each for each in (edition.title.source, edition.title.target) if each))
        day = _day(edition)
        if day is None and any(each.startswith("a-") for each in options.standard):
            day = dt.datetime.fromtimestamp(_time(edition), dt.UTC).date()
        values = {
            "title": quoted(f"{title} {self.volume}" if self.volume else title),
            "authors": array([quoted(each) for each in edition.authors]),
            "keywords": array([quoted(each) for each in options.keywords]),
            "description": quoted(edition.description.source or edition.description.target),
            "date": NONE if day is None else Code(f"(year: {day.year}, month: {day.month}, day: {day.day})"),
            "width": _points(width),
            "height": _points(height),
            "margin": Code(f"(top: {_points(top)}, x: {_points(side)}, bottom: {_points(bottom)})"),
            "size": _points(size),
            "layout": quoted(options.layout),
            "columns": array([number(each) for each in columns]),
            "narrow": _points(0.85 * narrow),
            "tall": _points(0.62 * (height - top - bottom)),
            "accent": quoted(options.accent),
            "shift": number(1 if self.parts else 0),
            "mono": self.fonts((press.MONO,), self.sides.source.sans, self.sides.target.sans),
            "math": self.fonts((press.MATH,), self.sides.source.serif, self.sides.target.serif),
            "source": self.side(edition.source, self.sides.source),
            "target": self.side(edition.target, self.sides.target),
        }
        known = table(dict.fromkeys(sorted(self.known()), TRUE))
        return f"#let settings = {_record(values)}\n#let known = {known}\n"

    @staticmethod
    def fonts(*groups: Sequence[str]) -> Code:
        """Return families of fonts, each once."""
        return array([quoted(each) for each in dict.fromkeys(each for group in groups for each in group)])

    def side(self, language: Language, family: press.Family) -> Code:
        """Return what the template is to know of a language."""
        # Latin letters in Chinese text are those of the other text; quotation marks and dashes are not.
        latin = Code(f'(name: {quoted(press.LATIN)}, covers: "latin-in-cjk")')
        other = self.sides.target if family is self.sides.source else self.sides.source
        rest = [quoted(each) for each in dict.fromkeys((*other.serif, press.LATIN))]
        own = [quoted(each) for each in family.serif]
        sans = [quoted(each) for each in dict.fromkeys((*family.sans, *other.sans))]
        parts = language.tag.split("-")
        region = next((part.lower() for part in parts[1:] if re.fullmatch(r"[A-Z]{2}", part)), "")
        if family.cjk and parts[0] == "zh":
            region = {"SC": "cn", "TC": "tw", "HK": "hk"}[press.script_of(language)]
        values = {
            "lang": quoted(parts[0].lower()[:3]),
            "region": quoted(region) if region else NONE,
            "rtl": truth(language.rtl),
            "serif": array([latin, *own, *rest] if family.cjk else [*own, *rest]),
            "sans": array([latin, *sans] if family.cjk and other.cjk is False else sans),
            "cjk": truth(family.cjk),
            "heavy": truth(family.heavy),
            "scale": number(0.95 if family.cjk else 1.04),
        }
        return _record(values)

    def main(self) -> str:
        """Return the file that puts the book together."""
        lines = ['#import "book.typ": *', "#show: book"]
        lines += [f"#{self.cover()}", *self.contents(), "#begin()"]
        for part in self.edition.parts:
            rels = [rel for rel in part.chapters if rel in self.rels]
            if rels and part in self.parts and part.title:
                ours, theirs = (quoted(part.title.of(target=target)) for target in (False, True))
                lines.append(f"#{call('part', quoted(self.part_anchor(rels)), ours, theirs)}")
            lines += [f'#include "{self.names[rel]}.typ"' for rel in rels]
        return "\n".join(lines) + "\n"

    def part_anchor(self, rels: Sequence[str]) -> str:
        """Return the anchor of a part, by its first chapter."""
        return f"p{self.names[rels[0]]}"

    def chapter_code(self, rel: str) -> Iterator[Code]:
        """Yield a chapter, or one in each language."""
        value = self.made[rel]
        own = f"{self.names[rel]}:"
        ours, theirs = (quoted(_short(value.title.of(target=target))) for target in (False, True))
        if self.facing:
            yield call("chapter", quoted(own), ours, NONE, value.code[0])
            yield call("chapter", quoted(f"{own}t:"), NONE, theirs, value.code[1])
        else:
            yield call("chapter", quoted(own), ours, theirs, value.code[0])

    def cover(self) -> Code:
        """Return the title page and the page behind it."""
        edition = self.edition

        def both(pair: Pair) -> Code:
            return array([quoted(pair.source or pair.target), quoted(pair.target or pair.source)])

        words = words_of(edition.target)
        people = [quoted("  ·  ".join(edition.authors))] if edition.authors else []
        if edition.translators:
            people.append(quoted(words["translators"] + " " + words["comma"].join(edition.translators)))
        imprint = []
        if self.volume:
            people.append(quoted(str(self.volume)))
        for pair in (edition.description,):
            imprint += [
                call(side, quoted(text)) for side, text in (("ours", pair.source), ("theirs", pair.target)) if text
            ]
        if edition.licence:
            shown = quoted(f"{words['licence']}{words['colon']}{edition.licence}")
            imprint.append(call("out", quoted(edition.licence_url), shown) if edition.licence_url else shown)
        if edition.date:
            imprint.append(quoted(edition.date))
        return call("cover", both(edition.title), both(edition.subtitle), array(people), array(imprint))

    def contents(self) -> list[str]:
        """Return the contents."""
        if not self.options.contents:
            return []
        ours, theirs = words_of(self.edition.source), words_of(self.edition.target)
        lines: list[Code] = []
        for part in self.edition.parts:
            rels = [rel for rel in part.chapters if rel in self.rels]
            if rels and part in self.parts and part.title:
                lines.append(self.line(0, f"{self.names[rels[0]]}:", part.title))
            for rel in rels:
                value = self.made[rel]
                lines.append(self.line(1, f"{self.names[rel]}:", value.title))
                shown = [each for each in value.headings if 1 < each.level <= self.options.contents]
                lines.extend(self.line(each.level, each.anchor, each.text, each.only) for each in shown)
        inner = Code("{" + "\n".join(lines) + "}") if lines else EMPTY
        return [f"#{call('contents', quoted(ours['contents']), quoted(theirs['contents']), inner)}"]

    @staticmethod
    def line(level: int, anchor: str, text: Pair, only: str = "") -> Code:
        """Return a line of the contents; `only` is the side that alone has it, or empty."""
        sides = [
            NONE if only and (only == "target") is not target else quoted(text.of(target=target))
            for target in (False, True)
        ]
        return call("toc-line", number(level), quoted(anchor), *sides)


def _record(values: Mapping[str, Code]) -> Code:
    """Return a dictionary whose keys are names."""
    return Code("(" + ", ".join(f"{name(key)}: {value}" for key, value in values.items()) + ")")


def _points(length: float) -> Code:
    return Code(f"{length:.2f}pt")


def _short(title: str) -> str:
    """Return a title that fits into the head of a page."""
    return title if len(title) <= _TITLE else title[: _TITLE - 1].rstrip() + "…"


RENDERER = Renderer(chapter, book, Options)
