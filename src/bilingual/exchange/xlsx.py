"""A workbook for translators who work in Excel, LibreOffice, WPS or Google Sheets: one row an entry.

`bilingual export --format xlsx` writes one sheet for all catalogs, with a column that says which one an entry is of.
What translators fill in is unlocked: the translation, the state, which is chosen from a list, a comment and the
reviewer. The rest is protected against slips, without a password.

It is read back as it was saved, with rows sorted, hidden or deleted, and columns moved, hidden, added or deleted. A row
whose source text was changed is refused, and so is a translation that has become a formula, a number or a date.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from bilingual.catalog import State
from bilingual.exchange import Format, _table, _workbook
from bilingual.language import same

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilingual.exchange import Bundle
    from bilingual.language import Language


@dataclass(frozen=True, slots=True)
class Options:
    """How the workbook is written.

    Attributes:
        words: The language of the columns' names and of the states: `en` or `zh`.
        protect: Whether the cells that are not to be changed are protected, without a password.
    """

    words: _table.Words = "en"
    protect: bool = True


#: What a translator fills in.
_OPEN = frozenset((_table.TRANSLATION, _table.STATE, _table.COMMENT, _table.REVIEWER))
_HIDDEN = frozenset((_table.ID, _table.FLAGS, _table.PREVIOUS_CONTEXT, _table.SENT))
#: Widths in characters of the default font, and heights in points.
_WIDTH = 12
_LINE = 16
_HIGHEST = 400
_WIDTHS = {
    _table.FILE: 18,
    _table.SOURCE: 60,
    _table.TRANSLATION: 60,
    _table.STATE: 15,
    _table.NOTE: 30,
    _table.COMMENT: 30,
    _table.PREVIOUS: 40,
    _table.REFERENCES: 24,
    _table.PLURAL: 40,
}
_ALLOWED = (
    "autofilter",
    "format_cells",
    "format_columns",
    "format_rows",
    "insert_columns",
    "select_locked_cells",
    "select_unlocked_cells",
    "sort",
)
#: Nothing in the file tells when it was made: the zip's own dates begin with this one.
_DATE = datetime(1980, 1, 1, tzinfo=UTC)
_STRINGS = "xl/sharedStrings.xml"
#: What XML cannot hold or a parser would change, and what would be read as the escape of such a character.
_CONTROL = "\x00-\x08\x0b-\x1f\ufffe\uffff"
_ESCAPED = re.compile(f"[{_CONTROL}]|_(?=x[0-9A-Fa-f]{{4}}[_{_CONTROL}])")


def write(bundle: Bundle, options: Options) -> Iterator[bytes]:
    """Yield the workbook, in one piece."""
    import xlsxwriter  # type: ignore[import-untyped]  # noqa: PLC0415 - only this format needs it

    table = _table.table(bundle, options.words)
    file = io.BytesIO()
    texts = _Texts()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"title": bundle.title, "created": _DATE.replace(tzinfo=None)})
        title = "译文" if options.words == "zh" else "translations"
        for number, rows in enumerate(_pages(table), 1):
            sheet = book.add_worksheet(f"{title} {number}" if number > 1 else title)
            _sheet(book, sheet, table, rows, texts, options)
    yield _with_texts(file, texts)


def _pages(table: _table.Table) -> Iterator[list[_table.Row]]:
    """Yield the rows of each sheet; of an empty table, one sheet without rows."""
    rows = table.rows()
    page = list(islice(rows, _workbook.ROWS - 1))
    yield page
    while page := list(islice(rows, _workbook.ROWS - 1)):
        yield page


class _Texts:
    """The texts of all cells, each once, in the order of their first use.

    XlsxWriter is given their numbers and never sees them: it takes a text between `<r>` and `</r>` for XML, and its
    escape of `_x005F_x0041_` reads as another text.
    """

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.uses = 0

    def number(self, text: str) -> str:
        self.uses += 1
        return str(self.numbers.setdefault(text, len(self.numbers)))


def _sheet(book: Any, sheet: Any, table: _table.Table, rows: list[_table.Row], texts: _Texts, options: Options) -> None:  # noqa: ANN401 - the library has no types
    bundle, columns = table.bundle, table.columns
    languages = {
        _table.SOURCE: bundle.source,
        _table.PREVIOUS: bundle.source,
        _table.PLURAL: bundle.source,
        _table.TRANSLATION: bundle.target,
    }
    head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#D9E2EC", "valign": "top", "text_wrap": True})
    formats = [book.add_format(_format(column.name, languages.get(column.name))) for column in columns]
    for index, column in enumerate(columns):
        hidden = {"hidden": True} if column.name in _HIDDEN else {}
        sheet.set_column(index, index, _WIDTHS.get(column.name, _WIDTH), formats[index], hidden)
        sheet.write_string(0, index, texts.number(column.head), head)
    for number, row in enumerate(rows, 1):
        for index, cell in enumerate(row.cells):
            if cell:
                sheet.write_string(number, index, texts.number(cell), formats[index])
            elif columns[index].name in _OPEN:
                sheet.write_blank(number, index, None, formats[index])
        sheet.set_row(number, _height(row, columns), None, {"hidden": True} if row.obsolete else {})
    last = max(len(rows), 1)
    states = next(index for index, column in enumerate(columns) if column.name == _table.STATE)
    sheet.data_validation(
        1,
        states,
        last,
        states,
        {
            "validate": "list",
            "source": [_table.state_word(each, options.words) for each in State],
            "input_title": columns[states].head,
            "input_message": _table.state_help(options.words),
        },
    )
    sheet.autofilter(0, 0, last, len(columns) - 1)
    sheet.freeze_panes(1, 0)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{last + 1}"})
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    if bundle.target.rtl:
        sheet.right_to_left()
    if options.protect:
        sheet.protect("", dict.fromkeys(_ALLOWED, True))


def _format(name: str, language: Language | None) -> dict[str, object]:
    """Return how the cells of a column look: texts that are never taken for numbers, and grey if they are given."""
    result: dict[str, object] = {"num_format": "@", "text_wrap": True, "valign": "top", "locked": name not in _OPEN}
    result |= {"border": 1, "border_color": "#D9DDE3"}
    if name not in _OPEN:
        result["bg_color"] = "#F3F4F6"
    if language is not None:
        result["reading_order"] = 2 if language.rtl else 1
        font = _font(language)
        if font:
            result["font_name"] = font
    return result


def _height(row: _table.Row, columns: Sequence[_table.Column]) -> int:
    """Return how high a row is by its longest cell, in points; LibreOffice does not find out by itself."""
    lines = 1
    for cell, column in zip(row.cells, columns, strict=True):
        if cell and column.name not in _HIDDEN:
            room = 2 * _WIDTHS.get(column.name, _WIDTH)
            # Of UTF-8 a letter has one byte and a Han character three; it is twice as wide.
            lines = max(lines, sum(-(-(len(line) + len(line.encode())) // room) or 1 for line in cell.split("\n")))
    return min(lines * _LINE, _HIGHEST)


def _font(language: Language) -> str:
    """Return a font that has the language's characters where Excel runs; other programs take their own."""
    first = language.tag.split("-")[0]
    if first == "ja":
        return "Yu Gothic"
    if first == "ko":
        return "Malgun Gothic"
    if not language.han:
        return ""
    return "Microsoft JhengHei" if same(language.tag, "zh-Hant") else "Microsoft YaHei"


def _with_texts(file: io.BytesIO, texts: _Texts) -> bytes:
    """Return a workbook with the texts in the place of their numbers, and rows that grow with what is typed."""
    result = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = old.read(info).replace(b' customHeight="1"', b"")
            new.writestr(info, _strings(texts) if info.filename == _STRINGS else data)
    return result.getvalue()


def _strings(texts: _Texts) -> bytes:
    """Return the part that holds the texts of all cells."""
    items = "".join(f'<si><t xml:space="preserve">{_escaped(text)}</t></si>' for text in texts.numbers)
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        f'count="{texts.uses}" uniqueCount="{len(texts.numbers)}">{items}</sst>'
    ).encode()


def _escaped(text: str) -> str:
    """Return a text as XML, with `_x0008_` for what XML cannot hold; `_workbook.unescaped` is the inverse."""
    return escape(_ESCAPED.sub(lambda match: f"_x{ord(match.group()):04X}_", text))


def read(data: bytes, path: str) -> Bundle:
    """Return the bundle that a workbook holds.

    Raises:
        BilingualError: If it is none, or has no table of ours.
    """
    return _table.read(_workbook.sheets(data, path), path)


FORMAT = Format(".xlsx", write, read, Options)
