"""CSV for translators who work in a spreadsheet program, or in a script: one row an entry, the columns named on top.

`bilingual export --format csv` writes UTF-8 with a byte order mark, without which Excel misreads Chinese. Programs in
countries that write `3,5` expect semicolons between cells: `separator = "semicolon"`.

It is read back as it was saved: with commas, semicolons or tabs, in UTF-8 or UTF-16 (“Unicode text”), with rows sorted
or deleted, and columns moved, hidden, added or deleted. A row whose source text was changed is refused, and so is a
translation that a program may have made of another: `#NAME?`, `4-Mar`, `TRUE`, `1.23457E+15`.
"""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from bilingual.diagnostics import BilingualError, Diagnostic, Place, Severity
from bilingual.exchange import Format, _table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bilingual.exchange import Bundle

_SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t"}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
#: What Excel writes in China where it was not asked for UTF-8.
_GUESS = "gb18030"
#: Where the header is looked for, in characters.
_BEGINNING = 20_000


@dataclass(frozen=True, slots=True)
class Options:
    """How the file is written.

    Attributes:
        separator: What stands between cells: `comma`, `semicolon` or `tab`.
        words: The language of the columns' names and of the states: `en` or `zh`.
    """

    separator: Literal["comma", "semicolon", "tab"] = "comma"
    words: _table.Words = "en"


def write(bundle: Bundle, options: Options) -> Iterator[bytes]:
    """Yield the file, row by row."""
    table = _table.table(bundle, options.words)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=_SEPARATORS[options.separator])
    yield codecs.BOM_UTF8
    for row in _rows(table):
        writer.writerow(row)
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()


def _rows(table: _table.Table) -> Iterator[Iterable[str]]:
    yield [column.head for column in table.columns]
    for row in table.rows():
        yield row.cells


def read(data: bytes, path: str) -> Bundle:
    """Return the bundle that a file holds.

    Raises:
        BilingualError: If it is in another encoding, or no table of ours.
    """
    text, guessed = _decoded(data, path)
    bundle = _table.read([_table.Sheet("", _parsed(text, path))], path, guessed=guessed)
    if not guessed:
        return bundle
    note = Diagnostic(
        "exchange-encoding",
        f"the file is in {guessed.upper()}, not in UTF-8; characters that it lacks came back as question marks",
        Place(path, 1),
        Severity.WARNING,
        hint="save it as “CSV UTF-8”, and look for question marks in the translations",
    )
    return replace(bundle, diagnostics=(note, *bundle.diagnostics))


def _decoded(data: bytes, path: str) -> tuple[str, str]:
    """Return the text of a file, and its encoding if that is a guess.

    Raises:
        BilingualError: If it is in none that is known.
    """
    mark, encoding = next(((mark, name) for mark, name in _BOMS if data.startswith(mark)), (b"", "utf-8"))
    if b"\0" in data[:2]:  # the first letter of a header
        encoding = "utf-16-be" if data.startswith(b"\0") else "utf-16-le"
    try:
        return data[len(mark) :].decode(encoding), ""
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, len(mark) + error.start) + 1
    try:
        if encoding == "utf-8" and not mark:
            return data.decode(_GUESS), _GUESS
    except UnicodeDecodeError:
        pass
    hint = "save it again as “CSV UTF-8”"
    message = "the file is neither in UTF-8 nor in UTF-16"
    raise BilingualError(Diagnostic("exchange-encoding", message, Place(path, line), hint=hint))


def _separator(text: str) -> str:
    """Return what parts the cells of a file: what makes most of our columns' names of one of its first lines."""
    best, most = ",", 0
    for line in text[:_BEGINNING].splitlines()[: _table.ABOVE]:
        for separator in _SEPARATORS.values():
            count = _table.named(cell.strip('"') for cell in line.split(separator))
            if count > most:
                best, most = separator, count
    return best


def _parsed(text: str, path: str) -> Iterator[tuple[int, Mapping[int, _table.Cell]]]:
    """Yield the rows of a file with their numbers.

    Raises:
        BilingualError: If a quote is missing, or a cell longer than any of ours.
    """
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    number = 0
    while True:
        number += 1
        begin = rows.line_num + 1
        try:
            row = next(rows, None)
        except csv.Error as error:
            hint = "was the file cut off, or a quote deleted? take it as it was sent, or save it as .xlsx"
            message = f"row {number} is no CSV: {error}"
            raise BilingualError(Diagnostic("exchange-syntax", message, Place(path, begin), hint=hint)) from None
        if row is None:
            return
        yield number, {index: _table.Cell(cell, _table.CellKind.UNTOLD) for index, cell in enumerate(row) if cell}


FORMAT = Format(".csv", write, read, Options)
