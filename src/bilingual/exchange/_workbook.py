"""XLSX workbooks read as rows of cells, with suspicion; writes nothing, and knows nothing of translations.

A workbook is a zip of XML files that comes from strangers. It is unpacked piece by piece and read as it comes, so what
it costs is bounded by what was sent: its parts may have 25 times its size, and no document types. Macros, links to
other files and pictures are never looked at.

The libraries for this read formulas or exact texts, not both: openpyxl takes `x005F_` out of any text, and does not
tell the text `_x0008_` from a backspace; calamine gives no formulas, and makes room for every cell up to the last one,
so that a file of some kilobytes can ask for 500 gigabytes. Format: ECMA-376, parts 1 (18.2-18.4, 22.9.2.19) and 2.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, NoReturn
from xml.parsers import expat

from bilingual.exchange import _xml
from bilingual.exchange._table import Cell, CellKind, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: The first bytes of files by older versions of Excel, and of workbooks with a password.
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: How much may be unpacked: so many times the size of the file, but always so many bytes, and never more than these.
#: Our own workbooks unpack to six times their size; what has no text in it, but formats, to some forty.
_TIMES = 25
_ALWAYS = 8 << 20
_NEVER = 2 << 30
#: The parts that say where others are; those of a thousand sheets are smaller.
_SMALL = 4 << 20
#: How many parts a workbook may have, and how long their list may be.
_PARTS = 10_000
_LIST = 4 << 20
#: The longest tag or comment: the parser rereads what is not yet complete.
_PIECE = 4 << 20
_CHUNK = 1 << 16
#: How much of what a file says is shown.
_LONG = 100
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError, OverflowError)

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})", re.IGNORECASE)
#: The last row that a sheet can have.
ROWS = 1_048_576


def unescaped(text: str) -> str:
    """Return a text with its `_x0008_` as characters: what XML cannot hold, and underscores that begin the like."""
    if "_x" not in text:
        return text
    result = _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text)
    # Halves of characters are joined; a lone one is no text.
    return result.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def sheets(data: bytes, path: str) -> Iterator[Sheet]:
    """Yield the sheets of a workbook; their rows are read while one goes through them.

    Args:
        data: The file.
        path: Its path, for diagnostics.

    Raises:
        BilingualError: If it is no workbook, or one that no program of good will writes.
    """
    package = _Package(data, path)
    book = package.main()
    folder, name = posixpath.split(book)
    links = package.links(posixpath.join(folder, "_rels", f"{name}.rels"), folder)
    strings: list[str] = []
    for kind, target in links.values():
        if kind == "sharedStrings" and package.has(target):
            strings = _Strings(package, target).texts()
    found: list[tuple[str, str]] = []
    _xml.read(
        package.small(book),
        f"{path} ({book})",
        ("workbook",),
        {"sheet": lambda element, _: found.append((element.get("name"), _link_of(element.attributes)))},
    )
    for title, link in found:
        kind, target = links.get(link, ("", ""))
        if kind == "worksheet":
            yield Sheet(title, _Rows(package, target, strings).rows())


def _link_of(attributes: Mapping[str, str]) -> str:
    """Return the id of the link of a sheet, whatever its namespace is called."""
    return next((value for name, value in attributes.items() if name.endswith("/relationships id")), "")


class _Careful(io.BytesIO):
    """A file whose list of parts is not read if it is longer than any."""

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > _LIST:
            raise zipfile.BadZipFile("the list of its parts is too long")
        return super().read(size)


class _Package:
    """The parts of a workbook, and how many bytes of them may still be unpacked."""

    def __init__(self, data: bytes, path: str) -> None:
        self.path = path
        if data.startswith(_OLE):
            hint = "take the password away, and save it as .xlsx"
            self.refuse("the workbook has a password, or is of an old version of Excel", hint)
        try:
            self.archive = zipfile.ZipFile(_Careful(data))
            # Names are alike in any case, and some programs write them with backslashes.
            self.parts = {each.filename.replace("\\", "/").lower(): each for each in self.archive.infolist()}
        except _BROKEN as error:
            hint = "was the file cut off? it must be saved as .xlsx"
            self.refuse(f"this is no workbook: {str(error)[:_LONG]}", hint)
        if len(self.parts) > _PARTS:
            self.unsafe(f"the workbook has {len(self.parts)} parts")
        self.left = min(max(_TIMES * len(data), _ALWAYS), _NEVER)

    def refuse(self, message: str, hint: str) -> NoReturn:
        _xml.refused("exchange-syntax", message, self.path, None, hint)

    def unsafe(self, message: str) -> NoReturn:
        hint = "it was made to harm, or is damaged; open it in a spreadsheet program and save it again"
        _xml.refused("exchange-unsafe", message, self.path, None, hint)

    def has(self, name: str) -> bool:
        return name.lower() in self.parts

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield a part piece by piece."""
        info = self.parts.get(name.lower())
        if info is None:
            self.refuse(f"the workbook has no part {name[:_LONG]!r}", "save it again as .xlsx")
        if info.flag_bits & 1:
            self.refuse("the workbook has a password", "take it away, and save it again")
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            self.unsafe("the workbook is packed in an unusual way")
        try:
            with self.archive.open(info) as stream:
                while piece := stream.read(_CHUNK):
                    self.left -= len(piece)
                    if self.left < 0:
                        message = "the workbook would be far too large unpacked"
                        hint = "delete empty rows and columns below and beside the table, and save it again"
                        _xml.refused("exchange-unsafe", message, self.path, None, hint)
                    yield piece
        except _BROKEN as error:
            hint = "was the file cut off? save it again as .xlsx"
            self.refuse(f"the workbook is damaged in {name[:_LONG]!r}: {str(error)[:_LONG]}", hint)

    def small(self, name: str) -> bytes:
        """Return a part that is small in every workbook."""
        data = bytearray()
        for piece in self.pieces(name):
            data += piece
            if len(data) > _SMALL:
                self.unsafe(f"the part {name!r} is far too large")
        return bytes(data)

    def links(self, name: str, folder: str) -> dict[str, tuple[str, str]]:
        """Return what a part links to in the workbook: the kind and the path of each, by its id."""
        found = {}
        whole = _xml.read(self.small(name), f"{self.path} ({name})", ("Relationships",), {})
        for link in whole.all("Relationship"):
            target = link.get("Target").replace("\\", "/")
            if link.get("TargetMode") != "External":
                kind = link.get("Type").rpartition("/")[2]
                found[link.get("Id")] = (kind, posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/"))
        return found

    def main(self) -> str:
        """Return the path of the part that lists the sheets."""
        if not self.has("_rels/.rels"):
            kind = "an OpenDocument file" if self.has("mimetype") else "no workbook"
            self.refuse(f"this is {kind}", "save it as .xlsx")
        links = self.links("_rels/.rels", "").values()
        main = next((target for kind, target in links if kind == "officeDocument"), "")
        if not main or main.lower().endswith(".bin"):
            self.refuse("this is a binary workbook" if main else "this is no workbook", "save it as .xlsx")
        return main


class _Part:
    """A part that is parsed while it is unpacked."""

    def __init__(self, package: _Package, name: str) -> None:
        self.package = package
        self.shown = f"{package.path} ({name})"
        self.name = name
        self.buffer: list[str] | None = None
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.doctype

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        raise NotImplementedError

    def end(self, name: str) -> None:
        raise NotImplementedError

    def characters(self, text: str) -> None:
        if self.buffer is not None:
            self.buffer.append(text)

    def taken(self) -> str:
        """Return the text that was read since the buffer was opened, and close it."""
        text = "".join(self.buffer or ())
        self.buffer = None
        return text

    def doctype(self, *_: object) -> NoReturn:
        self.package.unsafe(f"the part {self.name!r} has a document type")

    def parse(self) -> Iterator[None]:
        """Parse the part, and yield after each piece.

        Raises:
            BilingualError: If it is no XML.
        """
        seen = 0
        try:
            for piece in self.package.pieces(self.name):
                seen += len(piece)
                self.parser.Parse(piece, False)  # noqa: FBT003 - the parser takes no names
                if seen - self.parser.CurrentByteIndex > _PIECE:
                    self.package.unsafe(f"a tag in the part {self.name!r} is far too long")
                yield
            self.parser.Parse(b"", True)  # noqa: FBT003 - as above
        except expat.ExpatError as error:
            what = expat.ErrorString(error.code)
            hint = "was the file cut off? save it again as .xlsx"
            _xml.refused("exchange-syntax", f"this is no XML: {what}", self.shown, error.lineno, hint)
        except (LookupError, ValueError):
            message = "this is XML in an encoding that is not read"
            _xml.refused("exchange-encoding", message, self.shown, 1, "save it again as .xlsx")
        yield


class _Strings(_Part):
    """The texts that the cells of all sheets refer to by number."""

    def __init__(self, package: _Package, name: str) -> None:
        super().__init__(package, name)
        self.found: list[str] = []
        self.runs: list[str] = []
        self.phonetic = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        del attributes
        name = _local(name)
        if name == "si":
            self.runs = []
        elif name == "rPh":
            self.phonetic = True
        elif name == "t" and not self.phonetic:
            self.buffer = []

    def end(self, name: str) -> None:
        name = _local(name)
        if name == "t" and not self.phonetic:
            self.runs.append(unescaped(self.taken()))
        elif name == "rPh":
            self.phonetic = False
        elif name == "si":
            self.found.append("".join(self.runs))

    def texts(self) -> list[str]:
        """Return the texts, without their formats and their readings."""
        for _ in self.parse():
            pass
        return self.found


class _Rows(_Part):
    """The rows of a sheet."""

    def __init__(self, package: _Package, name: str, strings: list[str]) -> None:
        super().__init__(package, name)
        self.strings = strings
        self.found: list[tuple[int, Mapping[int, Cell]]] = []
        self.inside = False
        self.number = 0
        self.column = -1
        self.cells: dict[int, Cell] = {}
        self.kind = ""
        self.value = ""
        self.formula: str | None = None
        self.phonetic = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        name = _local(name)
        if name == "sheetData":
            self.inside = True
        elif not self.inside:
            return
        elif name == "row":
            told = attributes.get("r", "")
            given = int(told) if told.isascii() and told.isdigit() and len(told) <= 7 else 0
            self.number = given or self.number + 1
            self.column = -1
            self.cells = {}
        elif name == "c":
            place = _PLACE.fullmatch(attributes.get("r", ""))
            self.column = _index(place.group(1)) if place else self.column + 1
            self.kind = attributes.get("t", "n")
            self.value = ""
            self.formula = None
        elif name == "rPh":
            self.phonetic = True
        elif name in {"v", "f"} or (name == "t" and not self.phonetic):
            self.buffer = []

    def end(self, name: str) -> None:
        if not self.inside:
            return
        name = _local(name)
        if name == "sheetData":
            self.inside = False
        elif name == "row":
            if self.cells:
                self.found.append((self.number, self.cells))
        elif name == "c":
            cell = self.cell()
            if cell is not None:
                self.cells[self.column] = cell
        elif name == "rPh":
            self.phonetic = False
        elif name == "f":
            self.formula = self.taken()
        elif name == "v" or (name == "t" and not self.phonetic):
            self.value += self.taken()

    def cell(self) -> Cell | None:
        if self.formula is not None:
            return Cell(f"={self.formula}", CellKind.FORMULA)
        value = self.value
        if self.kind == "s":
            if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) < len(self.strings)):
                message, hint = "a cell refers to a text that is not there", "save it again as .xlsx"
                _xml.refused("exchange-syntax", message, self.shown, self.parser.CurrentLineNumber, hint)
            value = self.strings[int(value)]
        elif self.kind in {"str", "inlineStr"}:
            value = unescaped(value)
        elif value:
            kinds = {"b": CellKind.TRUTH, "e": CellKind.ERROR}
            return Cell(value, kinds.get(self.kind, CellKind.NUMBER))
        return Cell(value) if value else None

    def rows(self) -> Iterator[tuple[int, Mapping[int, Cell]]]:
        """Yield the rows that have something in them."""
        for _ in self.parse():
            yield from self.found
            self.found.clear()


def _local(name: str) -> str:
    """Return a name without its prefix; in these parts no two namespaces share one."""
    return name.rpartition(":")[2] if ":" in name else name


def _index(letters: str) -> int:
    """Return the number of a column, from 0."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1
