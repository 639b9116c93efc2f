"""Interchange formats: bilingual files, translation memories and corpora for other programs; one format a file.

A module of this folder defines `FORMAT`; its stem is the format's name and its docstring the manual page. Nothing here
touches the disk: `bilingual.project` reads and writes the files, and takes what comes back into the catalogs by the
same three-way merge as for PO files.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bilingual.markdown.dialect import default_dialect
from bilingual.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bilingual.catalog import Catalog, Entry
    from bilingual.diagnostics import Diagnostic
    from bilingual.glossary import Term
    from bilingual.language import Language
    from bilingual.markdown.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Portion:
    """One catalog on its way out or back.

    Attributes:
        catalog: Its entries; on the way back, only what the format can say of them.
        path: The path of the catalog below the project's folder; empty if a file that came back does not say it.
        source_paths: The chapters that it translates, below the project's folder.
        sent: On the way back, the `fingerprint` that the translation of an entry had when it was sent, by the entry's
            key; the file carries them, so that it is known what was changed on either side.
        marked: Whether a file that came back says of its translations which of them are fuzzy.
    """

    catalog: Catalog
    path: str = ""
    source_paths: tuple[str, ...] = ()
    sent: Mapping[tuple[str | None, str], str] = field(default_factory=dict)
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Bundle:
    """Catalogs of one pair of languages.

    Attributes:
        source: The language of the msgids.
        target: The language of the msgstrs.
        portions: The catalogs, in the order of their paths.
        licence: The licence of the book; may be empty.
        title: The title of the book; may be empty.
        dialect: The Markdown that the texts are in.
        diagnostics: On the way back, what stands in the file and could not be taken; the rest is in the portions.
    """

    source: Language
    target: Language
    portions: tuple[Portion, ...]
    licence: str = ""
    title: str = ""
    dialect: Dialect = field(default_factory=default_dialect)
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """A glossary of one pair of languages.

    Attributes:
        source: The language of the book.
        target: The language of the translations.
        terms: The terms, in the order of the glossary.
        licence: The licence of the book; may be empty.
        title: The title of the book; may be empty.
    """

    source: Language
    target: Language
    terms: tuple[Term, ...]
    licence: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class NoOptions:
    """A format without options."""


@dataclass(frozen=True, slots=True)
class Format:
    """An interchange format.

    Attributes:
        suffix: The suffix of its files, with the dot, such as `.tmx`.
        write: Returns pieces of the file that holds a bundle, given the format's options.
        read: Returns the bundle that a file holds, given its bytes and the path that diagnostics name; raises
            BilingualError for what cannot be understood. None if the format is not read back.
        options: A frozen dataclass of options, each with a default and a line in its docstring.
        extra: The extra to install for the library that it needs; empty if none.
        holds: What a file holds: a `Bundle`, or `Terms`, which then take its place in `write` and `read`.
        detects: Whether the beginning of a file is that of this format; None if the suffix alone can tell.
        read_pair: Reads of a file in any number of languages what it has in two of them; None if such a file holds
            no more than two.
        count: How many entries of a bundle are written with some options; None if all are.
    """

    suffix: str
    write: Callable[[Any, Any], Iterable[bytes]]
    read: Callable[[bytes, str], Bundle | Terms] | None = None
    options: type = field(default=NoOptions)
    extra: str = ""
    holds: type = Bundle
    detects: Callable[[bytes], bool] | None = None
    read_pair: Callable[[bytes, str, Language, Language], Bundle | Terms] | None = None
    count: Callable[[Any, Any], int] | None = None


#: The interchange formats; outsiders add theirs by entry points of the group `bilingual.formats`.
FORMATS: Registry[Format] = Registry("bilingual.exchange", "FORMAT", "bilingual.formats")


def fingerprint(entry: Entry) -> str:
    """Return a short hash of the translation of an entry and of its fuzzy mark; see `Portion.sent`."""
    forms = entry.plural[1] if entry.plural else (entry.msgstr,)
    fuzzy = "fuzzy" if entry.fuzzy and any(forms) else ""
    return hashlib.sha256("\0".join((fuzzy, *forms)).encode("utf-8", "surrogatepass")).hexdigest()[:12]
