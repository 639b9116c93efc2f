from __future__ import annotations

import csv
import io
import json
import random
import struct
import subprocess
import sys
import zipfile
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bilingual.catalog import Catalog, Entry, write
from bilingual.diagnostics import BilingualError, Diagnostic, full
from bilingual.exchange import FORMATS, Bundle, Portion
from bilingual.language import language
from support import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ENTRIES = (
    Entry("一", "One", comment="c", extracted="type: paragraph", references=("a.md",)),
    Entry("二\n三", "Two\x08", flags=("fuzzy",), previous="二"),
    Entry("四", "=4", "ctx", obsolete=True),
    Entry("五", plural=("六", ("five", "six"))),
)
GIVEN = Bundle(language("zh"), language("en"), (Portion(Catalog(ENTRIES), "po/a.po", ("a.md",)),), "CC0", "书")
SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
CLOSING = "</sheetData></worksheet>"
SHEET, STRINGS, BOOK = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"


def made(name: str) -> bytes:
    chosen = FORMATS[name]
    whole = {"minimum": "missing", "obsolete": True} if name == "jsonl" else {}
    return b"".join(chosen.write(GIVEN, chosen.options(**whole)))


GOOD = {name: made(name) for name in ("csv", "xlsx", "jsonl")}


def outcome(name: str, data: bytes) -> tuple[Bundle | None, tuple[Diagnostic, ...]]:
    """What a format makes of a file: what it took and what it said, in a form that a user can read."""
    read = FORMATS[name].read
    assert read is not None
    try:
        found = read(data, f"mail/x.{name}")
    except BilingualError as error:
        found, said = None, error.diagnostics
        assert said
    else:
        assert isinstance(found, Bundle)
        said = found.diagnostics
        for portion in found.portions:
            write(portion.catalog).encode()
    for each in said:
        assert each.place.path.startswith(f"mail/x.{name}")
        assert each.code.startswith("exchange-")
        assert each.hint
        assert full(each).isprintable() or "\n" in full(each)
        assert len(each.message) < 500
    return found, said


def refusal(name: str, data: bytes) -> str:
    found, said = outcome(name, data)
    assert found is None
    (problem,) = said
    return f"{problem.code}: {problem.message}"


def packed(parts: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


def parts(data: bytes = GOOD["xlsx"]) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_part(name: str, data: bytes) -> bytes:
    return packed({**parts(), name: data})


def sheet(rows: str, before: str = "") -> bytes:
    head = "".join(
        f'<c r="{n}1" t="inlineStr"><is><t>{name}</t></is></c>' for n, name in (("A", "source"), ("B", "target"))
    )
    return f'{before}<worksheet xmlns="{SPACE}"><sheetData><row r="1">{head}</row>{rows}{CLOSING}'.encode()


# --- zips ----------------------------------------------------------------------------------------------------------

BILLION = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)


def test_a_workbook_that_is_none_says_so() -> None:
    assert "no workbook" in refusal("xlsx", b"")
    assert "no workbook" in refusal("xlsx", b"id,source,translation\r\n")
    assert "no workbook" in refusal("xlsx", b"PK\3\4" + bytes(100))
    assert "password" in refusal("xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000))
    assert "OpenDocument" in refusal("xlsx", packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}))
    assert "no workbook" in refusal("xlsx", packed({"a.txt": b"a"}))
    document = parts()["_rels/.rels"].replace(b"xl/workbook.xml", b"word/document.xml")
    found = packed({**parts(), "_rels/.rels": document, "word/_rels/document.xml.rels": parts()["_rels/.rels"]})
    assert "no part 'word/document.xml'" in refusal("xlsx", found)
    found = with_part("word/document.xml", b"<document/>")
    word = packed({**parts(found), "_rels/.rels": document, "word/_rels/document.xml.rels": parts()["_rels/.rels"]})
    assert "<document>" in refusal("xlsx", word)
    binary = parts()["_rels/.rels"].replace(b"xl/workbook.xml", b"xl/workbook.bin")
    assert "binary" in refusal("xlsx", with_part("_rels/.rels", binary))


def test_a_workbook_that_is_packed_oddly_is_refused() -> None:
    assert "unusual" in refusal("xlsx", packed(parts(), zipfile.ZIP_LZMA))
    assert "unusual" in refusal("xlsx", packed(parts(), zipfile.ZIP_BZIP2))
    assert outcome("xlsx", packed(parts(), zipfile.ZIP_STORED)) == (outcome("xlsx", GOOD["xlsx"])[0], ())
    encrypted = bytearray(GOOD["xlsx"])
    for magic, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        position = encrypted.find(magic)
        while position >= 0:
            encrypted[position + offset] |= 1
            position = encrypted.find(magic, position + 1)
    assert "password" in refusal("xlsx", bytes(encrypted))


def test_a_workbook_with_macros_links_and_pictures_is_read_as_data() -> None:
    found = packed(
        {
            **parts(),
            "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(500),
            "xl/externalLinks/externalLink1.xml": BILLION.encode() + b"<x>&j;</x>",
            "xl/media/image1.png": bytes(500),
            "inner.zip": GOOD["xlsx"],
            "../../etc/passwd": b"x",
            "xl/_rels/workbook.xml.rels": parts()["xl/_rels/workbook.xml.rels"].replace(
                b"</Relationships>",
                b'<Relationship Id="rId90" Type="http://x/worksheet" Target="file:///etc/passwd" '
                b'TargetMode="External"/><Relationship Id="rId91" Type="http://x/externalLink" '
                b'Target="externalLinks/externalLink1.xml"/></Relationships>',
            ),
        }
    )
    assert outcome("xlsx", found) == outcome("xlsx", GOOD["xlsx"])


@pytest.mark.parametrize("name", [SHEET, STRINGS, BOOK, "_rels/.rels", "xl/_rels/workbook.xml.rels"])
def test_document_types_are_refused(name: str) -> None:
    data = parts()[name]
    body = data[data.index(b"?>") + 2 :]
    for declared in (
        BILLION.encode(),
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        b"<!DOCTYPE x>",
    ):
        for text in (declared + body, (declared + body).decode().encode("utf-16")):
            assert refusal("xlsx", with_part(name, text)).startswith("exchange-unsafe")


@pytest.mark.parametrize("name", [SHEET, STRINGS, BOOK, "_rels/.rels", "xl/_rels/workbook.xml.rels"])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"<",
        b"<a>",
        b"<a></b>",
        b"\xff\xfe<",
        bytes(9),
        b"<?xml version='1.0' encoding='utf-7'?><a/>",
        b"<a>&b;</a>",
        b"<?xml version='1.0' encoding='rot13'?><a/>",
        b"<" + b"a:" * 9 + b"/>",
        b"<a>" * 3000,
    ],
    ids=range(12),
)
def test_what_is_no_xml_is_refused(name: str, data: bytes) -> None:
    found, said = outcome("xlsx", with_part(name, data))
    assert found is None
    assert said


def test_parts_that_are_missing_are_named() -> None:
    for name in (SHEET, BOOK, "_rels/.rels", "xl/_rels/workbook.xml.rels"):
        refusal("xlsx", packed({other: data for other, data in parts().items() if other != name}))
    missing = packed({other: data for other, data in parts().items() if other != STRINGS})
    assert "text that is not there" in refusal("xlsx", missing)
    for number in ("99", "-1", "1e3", "", "१", "9" * 5000):
        row = f'<row r="2"><c r="A2" t="s"><v>{number}</v></c></row>'
        assert "text that is not there" in refusal("xlsx", with_part(SHEET, sheet(row)))


def test_places_of_cells_may_be_anything() -> None:
    rows = '<row r="0"/><row r="x"/><row r="-3"/><row r="99999999999"/><row r="१"/>' + "".join(
        f'<row r="{number}"><c r="{place}" t="inlineStr"><is><t>x</t></is></c></row>'
        for number in ("1", "1048576", "9999999", "")
        for place in ("", "A", "1", "ZZZZ1", "XFD1048576", "a1", "A1:B2", "Z" * 999)
    )
    found, _ = outcome("xlsx", with_part(SHEET, sheet(rows)))
    assert found is not None


# Runs in a process whose memory is bounded, and prints what became of the file.
BOUNDED = """
import resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000))
resource.setrlimit(resource.RLIMIT_CPU, (100, 100))
from bilingual.diagnostics import BilingualError
from bilingual.exchange import FORMATS
try:
    found = FORMATS[sys.argv[1]].read(sys.stdin.buffer.read(), "mail/x")
    print("read", sum(len(portion.catalog.entries) for portion in found.portions), len(found.diagnostics))
except BilingualError as error:
    print(error)
"""


def bounded(name: str, data: bytes) -> str:
    done = subprocess.run(
        [sys.executable, "-c", BOUNDED, name], input=data, capture_output=True, check=False, cwd=ROOT / "tests"
    )
    assert done.stderr.decode() == ""
    assert done.returncode == 0
    return done.stdout.decode()


def bomb(name: str, before: bytes, filling: bytes, times: int) -> bytes:
    """A workbook with a part that is far larger than the file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for other, data in parts().items():
            if other != name:
                archive.writestr(other, data)
        with archive.open(name, "w", force_zip64=True) as stream:
            stream.write(before)
            block = filling * (1_000_000 // len(filling))
            for _ in range(times):
                stream.write(block)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "before", "filling"),
    [
        (SHEET, sheet("").removesuffix(CLOSING.encode()), b'<row><c t="n"><v>1</v></c></row>'),
        (SHEET, sheet("").removesuffix(CLOSING.encode()), b"<row/>"),
        (SHEET, sheet("").removesuffix(CLOSING.encode()), b" "),
        (SHEET, b"<worksheet ", b"a"),
        (SHEET, b"<!--", b"-a"),
        (STRINGS, f'<sst xmlns="{SPACE}">'.encode(), b"<si/>"),
        (STRINGS, f'<sst xmlns="{SPACE}"><si><t>'.encode(), b"a"),
        (STRINGS, f'<sst xmlns="{SPACE}">'.encode(), b"<a>"),
        (BOOK, f'<workbook xmlns="{SPACE}">'.encode(), b"<a/>"),
        ("xl/_rels/workbook.xml.rels", b"<Relationships>", b"<Relationship/>"),
    ],
    ids=range(10),
)
def test_bombs_are_refused_at_little_cost(name: str, before: bytes, filling: bytes) -> None:
    said = bounded("xlsx", bomb(name, before, filling, 60))
    assert "exchange-unsafe" in said


def test_a_part_that_lies_about_its_size_is_refused() -> None:
    data = bytearray(bomb(STRINGS, f'<sst xmlns="{SPACE}"><si><t>'.encode(), b"a", 40))
    # In the list at the end of the file, the part claims to be as long as its packed form.
    position = data.rfind(STRINGS.encode())
    size = struct.unpack_from("<I", data, position - 26)[0]
    struct.pack_into("<I", data, position - 22, size)
    said = bounded("xlsx", bytes(data))
    assert "error[exchange-" in said


def test_parts_that_share_their_bytes_are_counted_each_time() -> None:
    sheets = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="rId1"/>' for n in range(1, 5000))
    book = (
        f'<workbook xmlns="{SPACE}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        f"<sheets>{sheets}</sheets></workbook>"
    )
    large = sheet('<row><c t="n"><v>1</v></c></row>' * 10_000)
    assert "exchange-unsafe" in bounded("xlsx", packed({**parts(), BOOK: book.encode(), SHEET: large}))


def test_a_workbook_of_very_many_parts_is_refused() -> None:
    assert "parts" in refusal("xlsx", packed({**parts(), **{f"p{n}": b"" for n in range(20_000)}}, zipfile.ZIP_STORED))
    many = {f"{'p' * 200}{n}": b"" for n in range(20_000)}
    assert "too long" in refusal("xlsx", packed({**parts(), **many}, zipfile.ZIP_STORED))


def test_a_sheet_with_its_cells_far_apart_costs_nothing() -> None:
    far = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>far</t></is></c></row>'
    assert bounded("xlsx", with_part(SHEET, sheet(far))) == "read 0 0\n"
    wide = "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(2, 50_000))
    assert bounded("xlsx", with_part(SHEET, sheet(wide))) == "read 0 0\n"


# --- texts ---------------------------------------------------------------------------------------------------------


def test_csv_that_is_none_says_so() -> None:
    assert "no row names the columns" in refusal("csv", b"")
    assert "no row names the columns" in refusal("csv", b"\r\n" * 1000)
    assert "no row names the columns" in refusal("csv", b"a,b\r\n1,2\r\n")
    assert "exchange-syntax" in refusal("csv", b'id,source,translation\r\n,"a')
    assert "exchange-syntax" in refusal("csv", b'id,source,translation\r\n,"a"b",c\r\n')
    assert "exchange-encoding" in refusal("csv", b"id,source,translation\r\n,\xff\xff,x")
    assert "exchange-encoding" in refusal("csv", b"\xff\xfei\0d")
    assert "exchange-" in refusal("csv", zlib.compress(GOOD["csv"]))
    assert "exchange-" in refusal("csv", GOOD["xlsx"])


def test_csv_that_was_cut_off_is_refused_or_lacks_its_last_rows() -> None:
    for end in range(0, len(GOOD["csv"]), 7):
        outcome("csv", GOOD["csv"][:end])


def test_large_tables_cost_little() -> None:
    head = b"source,translation\r\n"
    assert "field larger" in bounded("csv", head + b'"' + b"a" * 50_000_000 + b'",x\r\n')
    assert bounded("csv", b"," * 2_000_000 + b"\r\n" + head + b"a,b\r\n") == "read 1 0\n"
    assert bounded("csv", head + b"\r\n" * 500_000 + b"a,b\r\n") == "read 1 0\n"
    assert bounded("csv", head + b",y\r\n" * 200_000) == "read 0 101\n"


def test_headers_that_take_long_to_understand_are_none() -> None:
    assert "no row names" in refusal("csv", b"source" + b" " * 50_000 + b"x,translation" + b"[" * 50_000 + b"\r\n")


def test_a_cell_that_names_a_file_elsewhere_stays_a_text() -> None:
    found, said = outcome("csv", b"source,translation,file\r\na,b,../../../etc/passwd\r\n")
    assert said == ()
    assert found is not None
    assert found.portions[0].path == "../../../etc/passwd"


@pytest.mark.parametrize(
    "line",
    [
        b"x",
        b"[]",
        b"1",
        b"null",
        b'"a"',
        b"{}",
        b'{"source": 1}',
        b'{"source": null}',
        b'{"source": "a", "target": ["b"]}',
        b'{"source": "a", "references": "b"}',
        b'{"source": "a", "flags": [1]}',
        b'{"source": "a", "plural": 1}',
        b'{"source": "a", "plural": {"source": 1}}',
        b'{"source": "a", "plural": {"source": "b", "targets": "c"}}',
        b'{"source": "\\ud800"}',
        b'{"source": "a", "x": "\\udfff"}',
        b'{"source": "a\xff"}',
        b'{"source": "a", "x": ' + b"9" * 5000 + b"}",
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"source": "a"',
        '{"source": "a"}'.encode("utf-16"),
    ],
    ids=range(22),
)
def test_a_line_that_is_no_entry_is_reported(line: bytes) -> None:
    assert refusal("jsonl", line).startswith("exchange-syntax")
    found, said = outcome("jsonl", GOOD["jsonl"] + line.replace(b"\n", b"") + b"\n")
    assert found is not None
    assert len(found.portions[0].catalog.entries) == len(ENTRIES)
    assert [each.place.line for each in said] == [len(ENTRIES) + 1]


def test_plural_forms_may_be_anything() -> None:
    line = json.loads(GOOD["jsonl"].splitlines()[-1])
    for several in ([], ["x"] * 99, ["x"] * 101, ["", "", "x"]):
        line["plural"] = {"source": "六", "targets": several}
        outcome("jsonl", json.dumps(line).encode())
    for form in ("[0]", "0", "[99]", "[100]", "[-1]", "१", "x", "[]"):
        outcome("csv", f"source,target,source plural,plural form\r\na,b,c,{form}\r\na,b,c,[1]\r\n".encode())
        outcome("csv", f"source,target,plural form\r\na,b,{form}\r\n".encode())


# --- anything ------------------------------------------------------------------------------------------------------

NASTY = (
    b"",
    b"\0",
    b'"',
    b"'",
    b"\n",
    b"\r",
    b",",
    b"<",
    b">",
    b"&",
    b"</",
    b"]]>",
    b"\xff",
    b"\xef\xbb\xbf",
    b"[",
    b"{",
    b"9",
)


def mutated(data: bytes, dice: random.Random) -> bytes:
    """A file in which some bytes were changed, taken out, doubled or moved."""
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 5, 30))):
        if not changed:
            break
        start = dice.randrange(len(changed))
        end = min(len(changed), start + dice.choice((0, 1, 1, 2, 8, 60)))
        how = dice.randrange(4)
        if how == 0:
            changed[start:end] = dice.choice(NASTY)
        elif how == 1:
            changed[start:end] = bytes(dice.randrange(256) for _ in range(end - start))
        elif how == 2:
            changed[start:start] = changed[start:end]
        else:
            other = dice.randrange(len(changed))
            changed[other:other] = changed[start:end]
    return bytes(changed)


@pytest.mark.parametrize("name", ["csv", "jsonl", "xlsx"])
def test_no_damage_to_a_file_makes_an_exception(name: str) -> None:
    dice = random.Random(7)
    for _ in range(1500):
        outcome(name, mutated(GOOD[name], dice))


def test_no_damage_to_the_parts_of_a_workbook_makes_an_exception() -> None:
    dice = random.Random(11)
    good = parts()
    taken = 0
    for _ in range(1500):
        name = dice.choice((SHEET, SHEET, STRINGS, STRINGS, BOOK, "_rels/.rels", "xl/_rels/workbook.xml.rels"))
        found, _ = outcome("xlsx", packed({**good, name: mutated(good[name], dice)}, zipfile.ZIP_STORED))
        taken += found is not None
    assert 100 < taken < 1400


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=300))
@pytest.mark.parametrize("name", ["csv", "jsonl", "xlsx"])
def test_any_bytes_are_read_or_refused(name: str, data: bytes) -> None:
    outcome(name, data)
    outcome(name, b"source,translation\r\n" + data)


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(
        st.lists(
            st.sampled_from(["source", "translation", "id", "state", "plural form", "source plural", "comment"])
            | st.sampled_from(["source (2)", "source [x]", "translation (99)", "e-aaaaaaaaaa", "[0]", "reviewed", "'"])
            | st.text(max_size=4),
            max_size=7,
        ),
        max_size=6,
    ),
)
def test_any_table_is_read_or_refused(rows: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    outcome("csv", out.getvalue().encode())


def test_what_is_shown_of_a_hostile_file_cannot_act() -> None:
    def shown(change: Callable[[Entry], Entry]) -> str:
        given_ = replace(GIVEN, portions=(Portion(Catalog((change(ENTRIES[0]),)), "po/a.po"),))
        chosen = FORMATS["csv"]
        data = b"".join(chosen.write(given_, chosen.options())).replace("一".encode(), "一\x1b[31m\u202e".encode())
        return "\n".join(full(each) for each in outcome("csv", data)[1])

    text = shown(lambda entry: entry)
    assert "\\x1b[31m\\u202e" in text
    assert "\x1b" not in text
