from __future__ import annotations

import codecs
import csv
import io
import json
import os
import re
import subprocess
import sys
import warnings
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from bilingual.catalog import Catalog, Entry, State, read_bytes, review_mark, state
from bilingual.catalog import write as po
from bilingual.cells import guarded, unguarded
from bilingual.diagnostics import BilingualError, Severity
from bilingual.exchange import FORMATS, Bundle, Portion, _table, fingerprint
from bilingual.exchange._table import identity
from bilingual.exchange._workbook import ROWS, unescaped
from bilingual.language import language
from bilingual.reconcile import returned
from book import CONFIG, edit, make, tree
from book import PO as BOOK_PO
from book import entries as entries_of
from support import ROOT, run, system_program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

ZH, EN = language("zh"), language("en")
PO = "locale/en/LC_MESSAGES/ch1.po"
BOTH = pytest.mark.parametrize("name", ["csv", "xlsx"])
TABLES = pytest.mark.parametrize("name", ["csv", "xlsx", "jsonl"])
#: Options by which a format holds everything.
WHOLE: dict[str, dict[str, object]] = {"jsonl": {"minimum": "missing", "obsolete": True}}


def bundle(*entries: Entry, path: str = PO, target: str = "en") -> Bundle:
    chapters = ("content/zh/ch1.md",)
    return Bundle(ZH, language(target), (Portion(Catalog(entries), path, chapters),), "CC-BY-4.0", "书")


def written(name: str, given: Bundle, **options: object) -> bytes:
    chosen = FORMATS[name]
    return b"".join(chosen.write(given, chosen.options(**{**WHOLE.get(name, {}), **options})))


def back(name: str, data: bytes) -> Bundle:
    read = FORMATS[name].read
    assert read is not None
    found = read(data, f"mail/back.{name}")
    assert isinstance(found, Bundle)
    return found


def codes(found: Bundle) -> list[str]:
    return [each.code for each in found.diagnostics]


def rows_of(name: str, data: bytes) -> list[list[str]]:
    """The cells of a file, as another program reads them."""
    if name == "csv":
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    return [[str(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]


def file_of(name: str, rows: Iterable[Sequence[str]], separator: str = ",") -> bytes:
    """A file as a spreadsheet program saves it."""
    if name == "csv":
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=separator).writerows(rows)
        return codecs.BOM_UTF8 + out.getvalue().encode()
    import openpyxl  # type: ignore[import-untyped]  # noqa: PLC0415 - few tests write workbooks

    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
        for cell in book.active[book.active.max_row]:
            if isinstance(cell.value, str):
                cell.data_type = "s"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


FULL = Entry(
    "变换 $x$",
    "Transform $x$",
    "标题",
    ("content/zh/ch1.md:3", "content/zh/a b.md"),
    ("fuzzy", "no-wrap"),
    "ask the author\nbilingual: ignore=math-changed",
    "type: heading level 2\nin: 前言 › 符号\nafter: display formula\n给译者的话",
    "变换 $y$",
    "旧标题",
)
DONE = Entry("看过", "Seen")
ENTRIES = (
    Entry("没有译文"),
    FULL,
    replace(DONE, comment="好\n" + review_mark(DONE, "王 明", "2026-01-02")),
    Entry("改过", "Edited", flags=("fuzzy",), previous="改过了的"),
    Entry("三个", plural=("三些", ("one", "many"))),
    Entry("四个", plural=("四些", ("", "")), flags=("c-format",)),
    Entry("空语境", "Empty context", msgctxt=""),
    Entry("空语境", "No context"),
    Entry("旧的", "Old", obsolete=True, comment="gone"),
    Entry("旧的", "Older", obsolete=True, previous=""),
    Entry("行一\n行二\n", "Line 1\nLine 2\n", extracted="type: paragraph"),
)

# --- nothing is lost -----------------------------------------------------------------------------------------------

ODD = [
    "=1+1",
    "+7",
    "-1",
    "@SUM(A1)",
    "＝1",
    '=HYPERLINK("http://x.org","x")',
    " =1",
    "\t=1",
    "'",
    "''=1",
    "'=1",
    "'text",
    "1/2",
    "3-4",
    "2026年1月2日",
    "5月",
    "Mar 5",
    "10:30",
    "007",
    "1E5",
    "3.5%",
    "１２",
    "TRUE",
    "#N/A",
    " lead",
    "trail ",
    "\u3000全角\u3000",
    "\u3000",
    " ",
    "\n",
    "a\x08b\x0c\x0b\x1b",
    "\0",
    "\ufffe\uffff",
    "a\rb\r\nc\n",
    "_x0041_",
    "_x005F_x0041_",
    "_x0008_",
    "_x0008\x08",
    "__x0041_x0041_",
    "_X0041_",
    "<r><t>x</t></r>",
    "<r>",
    '"quoted", and; so\ton',
    "a,b;c\td",
    "\u2028\u2029\x85",
    "𝕏😀",
    "\ufeffBOM",
    "文" * 40_000,
    "😀" * 20_000,
    "=" * 70_000,
    " " * 70_000,
    "sep=;",
    "id",
    "NULL",
]
TEXT = st.one_of(st.sampled_from(ODD), st.text(max_size=8), st.text("'=_x0041 \n\t-x\x08", max_size=9))
#: What stands in comments and lists is cut into lines, so CR is none of their characters.
LINES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n,"), min_size=1, max_size=6), max_size=3)
FLAGS = st.lists(st.sampled_from(["fuzzy", "c-format", "no-wrap"]), unique=True)


@st.composite
def entries(draw: Callable[..., Any]) -> Entry:
    plural = draw(st.none() | st.tuples(TEXT, st.lists(TEXT, max_size=3).map(tuple)))
    return Entry(
        draw(TEXT),
        "" if plural else draw(TEXT | st.just("")),
        draw(st.none() | st.just("") | TEXT),
        tuple(draw(LINES)),
        tuple(each.strip() for each in draw(FLAGS)),
        "\n".join(draw(LINES)),
        "\n".join(draw(LINES)),
        draw(st.none() | st.just("") | TEXT),
        draw(st.none() | TEXT),
        draw(st.booleans()),
        0,
        plural,
    )


def expected(catalog: Catalog) -> str:
    """The text of a catalog as a PO file: gettext does not write that an empty translation is fuzzy."""
    return po(Catalog(tuple(sorted(catalog.entries, key=lambda entry: entry.obsolete))))


def unique(found: Iterable[Entry]) -> tuple[Entry, ...]:
    """Entries as a catalog may hold them: one for each msgid, of obsolete ones one for each msgstr."""
    kept: dict[object, Entry] = {}
    for entry in found:
        kept.setdefault((entry.key, entry.obsolete and ("obsolete", entry.msgstr)), entry)
    return tuple(kept.values())


def assert_same(name: str, given: Bundle, found: Bundle) -> None:
    assert found.diagnostics == ()
    assert (found.source, found.target) == (given.source, given.target)
    assert [portion.path for portion in found.portions] == [portion.path for portion in given.portions]
    for before, after in zip(given.portions, found.portions, strict=True):
        assert po(after.catalog) == expected(before.catalog), name
        assert after.marked
        for entry in before.catalog.live.values():
            assert after.sent[entry.key] == fingerprint(entry)


@TABLES
def test_a_catalog_comes_back_as_it_was(name: str) -> None:
    given = bundle(*ENTRIES)
    given = replace(given, portions=(*given.portions, replace(given.portions[0], path="locale/en/b.po")))
    assert_same(name, given, back(name, written(name, given)))


@TABLES
def test_every_odd_text_comes_back_as_it_was(name: str) -> None:
    given = bundle(*(Entry(f"第 {n} 条 {text[:9]}", text, comment=f"{n}") for n, text in enumerate(ODD)))
    assert_same(name, given, back(name, written(name, given)))
    given = bundle(*(Entry(text, str(n), text, previous=text, extracted="x") for n, text in enumerate(ODD)))
    assert_same(name, given, back(name, written(name, given)))


@TABLES
@settings(max_examples=150, deadline=None)
@given(found=st.lists(entries(), min_size=1, max_size=4).map(unique))
@example(found=(Entry("a", obsolete=True, plural=("b", ("c", "d"))), Entry("a", plural=("b", ("e",)))))
def test_any_catalog_comes_back_as_it_was(name: str, found: tuple[Entry, ...]) -> None:
    given = bundle(*found)
    assert_same(name, given, back(name, written(name, given)))


def samples() -> list[Path]:
    return sorted((ROOT / "locale/en/LC_MESSAGES").glob("*.po"))


def sample() -> Bundle:
    """The catalogs of the sample book, with every third translation taken away or made fuzzy."""
    portions = []
    for path in samples()[:4]:
        catalog = read_bytes(path.read_bytes(), path.name)
        changed = [
            replace(entry, msgstr="") if n % 3 == 0 else replace(entry, flags=("fuzzy",) if n % 3 == 1 else ())
            for n, entry in enumerate(catalog.entries)
        ]
        portions.append(Portion(replace(catalog, entries=tuple(changed), header=()), path.name))
    return Bundle(ZH, EN, tuple(portions))


@TABLES
def test_the_sample_book_comes_back_as_it_was(name: str) -> None:
    given = sample()
    assert sum(len(portion.catalog.entries) for portion in given.portions) > 10
    assert_same(name, given, back(name, written(name, given)))


@pytest.mark.parametrize("name", ["csv", "xlsx", "jsonl", "parquet"])
def test_the_same_catalogs_make_the_same_bytes(name: str) -> None:
    code = (
        "import sys\n"
        f"sys.path.insert(0, {str(ROOT / 'tests')!r})\n"
        "from test_exchange_tables import ENTRIES, bundle, written\n"
        f"sys.stdout.buffer.write(written({name!r}, bundle(*ENTRIES)))\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Shanghai"))
    }
    assert len(found) == 1
    assert len(found.pop()) > 100


@given(text=TEXT)
def test_cells_are_guarded_and_unguarded(text: str) -> None:
    assert unguarded(guarded(text)) == text
    # What a person types comes back as typed, unless it is the apostrophe itself that keeps a text a text.
    if text.strip() and not text.startswith("'"):
        assert unguarded(text) == text


@pytest.mark.parametrize("text", [each for each in ODD if re.match(r"\s*[=+\-@＝\d１]|TRUE|#N|5月|Mar", each)])
def test_what_a_program_would_change_stands_behind_an_apostrophe(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["设 x = 1", "第 3 章", "a-b", "图 1", "x86", "GPT-4", "《书》", "e.g. 5", "C++"])
def test_other_texts_stand_as_they_are(text: str) -> None:
    assert guarded(text) == text


# --- as other programs see it ------------------------------------------------------------------------------------


@BOTH
def test_a_row_says_all_that_a_translator_needs(name: str) -> None:
    head, *rows = rows_of(name, written(name, bundle(*ENTRIES)))
    assert head[:11] == [
        "id",
        "file",
        "source [zh]",
        "translation [en]",
        "state",
        "context",
        "note for translators",
        "comment",
        "reviewer",
        "previous source",
        "references",
    ]
    found = [dict(zip(head, row, strict=True)) for row in rows]
    assert [row["state"] for row in found] == [
        "untranslated",
        "source changed",
        "reviewed",
        "source changed",
        *["translated"] * 2,
        *["untranslated"] * 2,
        *["translated"] * 5,
    ]
    full = found[1]
    assert full["id"] == identity(FULL)
    assert full["file"] == PO
    assert full["source [zh]"] == "变换 $x$"
    assert full["previous source"] == "变换 $y$"
    assert full["note for translators"] == FULL.extracted
    assert full["references"] == "content/zh/ch1.md:3\ncontent/zh/a b.md"
    assert found[2]["reviewer"] == "王 明 2026-01-02"
    assert [(row["translation [en]"], row["plural form"]) for row in found[4:6]] == [("one", "[0]"), ("many", "[1]")]
    assert len({row["id"] for row in found}) == len(ENTRIES)  # plural forms share one


@BOTH
def test_columns_and_states_are_in_chinese_on_demand(name: str) -> None:
    data = written(name, bundle(*ENTRIES), words="zh")
    head, *rows = rows_of(name, data)
    assert head[:5] == ["编号", "文件", "原文 [zh]", "译文 [en]", "状态"]
    assert {row[4] for row in rows} == {"未翻译", "原文已修改", "已审校", "已翻译"}
    assert_same(name, bundle(*ENTRIES), back(name, data))


def test_excel_is_told_that_a_csv_file_is_in_utf_8() -> None:
    data = written("csv", bundle(*ENTRIES))
    assert data.startswith(codecs.BOM_UTF8)
    assert b"\r\n" in data


@pytest.mark.parametrize(("separator", "char"), [("comma", ","), ("semicolon", ";"), ("tab", "\t")])
def test_the_separator_of_csv_can_be_chosen(separator: str, char: str) -> None:
    given = bundle(Entry("一；二;三,四\t五", "1;2,3\t4"), *ENTRIES)
    data = written("csv", given, separator=separator)
    assert data.decode("utf-8-sig").startswith(f"id{char}file{char}source [zh]{char}")
    assert_same("csv", given, back("csv", data))


def test_the_cells_of_a_workbook_are_the_texts_as_two_other_programs_read_them() -> None:
    texts = [each for each in ODD if not re.search("[\ufffe\uffff]|\0", each)]
    given = bundle(*(Entry(f"第 {n} 条", text) for n, text in enumerate(texts)))
    data = written("xlsx", given)
    wanted = [row.cells for row in _table.table(given, "en").rows()]
    assert [tuple(row) for row in rows_of("xlsx", data)[1:]] == wanted
    book = workbook(data)
    for number, row in enumerate(wanted, 2):
        for column, cell in enumerate(row, 1):
            seen = book.active.cell(number, column)
            assert seen.data_type != "f"
            if not re.search("_x|[\x00-\x08\x0b-\x1f]", cell):  # openpyxl reads none of the escapes
                assert (seen.value or "") == cell


def workbook(data: bytes) -> Any:  # noqa: ANN401 - the library has no types
    import openpyxl  # noqa: PLC0415 - few tests read workbooks so

    with warnings.catch_warnings():
        return openpyxl.load_workbook(io.BytesIO(data))


def test_a_workbook_is_made_for_translators() -> None:
    sheet = workbook(written("xlsx", bundle(*ENTRIES))).active
    assert sheet.title == "translations"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:{sheet.cell(1, sheet.max_column).column_letter}{sheet.max_row}"
    heads = {sheet.cell(1, column).value: sheet.cell(1, column).column_letter for column in range(1, 12)}
    (rule,) = sheet.data_validations.dataValidation
    assert rule.formula1 == '"untranslated,draft,source changed,translated,reviewed"'
    assert str(rule.sqref) == f"{heads['state']}2:{heads['state']}{sheet.max_row}"
    assert len(rule.prompt) <= 255
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    assert not sheet.protection.autoFilter  # false: not forbidden
    unlocked = {head for head, letter in heads.items() if not sheet[f"{letter}2"].protection.locked}
    assert unlocked == {"translation [en]", "state", "comment", "reviewer"}
    cell = sheet[f"{heads['source [zh]']}2"]
    assert (cell.font.name, cell.number_format, cell.alignment.wrap_text) == ("Microsoft YaHei", "@", True)
    assert sheet.column_dimensions[heads["source [zh]"]].width > 50
    hidden = {head for head, letter in heads.items() if sheet.column_dimensions[letter].hidden}
    assert hidden == {"id"}
    rows = {sheet[f"{heads['translation [en]']}{row}"].value: row for row in range(2, sheet.max_row + 1)}
    assert [sheet.row_dimensions[rows[text]].hidden for text in ("Old", "Edited")] == [True, False]
    # A row has room for its text, and grows with what is typed.
    assert sheet.row_dimensions[rows["Line 1\nLine 2\n"]].height > sheet.row_dimensions[rows["Edited"]].height
    assert b"customHeight" not in zipfile.ZipFile(io.BytesIO(written("xlsx", bundle(*ENTRIES)))).read(
        "xl/worksheets/sheet1.xml"
    )


def test_a_workbook_need_not_be_protected() -> None:
    assert not workbook(written("xlsx", bundle(*ENTRIES), protect=False)).active.protection.sheet


@pytest.mark.parametrize(
    ("code", "font", "rtl"),
    [
        ("zh-TW", "Microsoft JhengHei", False),
        ("ja", "Yu Gothic", False),
        ("ko", "Malgun Gothic", False),
        ("ar", "Calibri", True),
        ("de", "Calibri", False),
    ],
)
def test_a_workbook_suits_the_language_of_the_translation(code: str, font: str, rtl: bool) -> None:
    sheet = workbook(written("xlsx", bundle(Entry("书", "x"), target=code))).active
    assert sheet["D2"].font.name == font
    assert bool(sheet.sheet_view.rightToLeft) == rtl
    assert sheet["D2"].alignment.readingOrder == (2 if rtl else 1)


def test_a_sheet_that_is_full_goes_on_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ROWS == 1_048_576
    monkeypatch.setattr("bilingual.exchange._workbook.ROWS", 5)
    given = bundle(*(Entry(f"第 {n} 条", str(n)) for n in range(11)))
    data = written("xlsx", given)
    assert CalamineWorkbook.from_filelike(io.BytesIO(data)).sheet_names == [
        "translations",
        "translations 2",
        "translations 3",
    ]
    assert_same("xlsx", given, back("xlsx", data))


def test_no_cell_is_longer_than_excel_allows() -> None:
    given = bundle(Entry("文" * 70_000, "😀" * 40_000), Entry("短", "short"))
    for name in ("csv", "xlsx"):
        rows = rows_of(name, written(name, given))
        assert rows[0][2:8] == [
            "source [zh]",
            "source [zh] (2)",
            "source [zh] (3)",
            "translation [en]",
            "translation [en] (2)",
            "translation [en] (3)",
        ]
        assert max(len(cell.encode("utf-16-le")) // 2 for row in rows for cell in row) <= 32_767


@settings(max_examples=300)
@given(text=TEXT)
def test_escapes_of_xml_are_undone(text: str) -> None:
    from bilingual.exchange.xlsx import _escaped  # noqa: PLC0415 - an invariant may look inside

    assert unescaped(_escaped(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")) == text


# --- through LibreOffice -------------------------------------------------------------------------------------------


def through_libreoffice(folder: Path, data: bytes, suffix: str, *arguments: str) -> bytes:
    """What LibreOffice saves of a file that it opened."""
    program = system_program("soffice")
    (folder / f"in.{suffix}").write_bytes(data)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    done = subprocess.run(
        [program, "--headless", profile, *arguments, "--outdir", str(folder / "out"), str(folder / f"in.{suffix}")],
        capture_output=True,
        check=False,
        timeout=150,
        env={**os.environ, "HOME": str(folder)},
    )
    (made,) = (folder / "out").iterdir()
    assert done.returncode == 0
    return made.read_bytes()


CSV_FILTER = "Text - txt - csv (StarCalc)"
XLSX_FILTER = "xlsx:Calc MS Excel 2007 XML"
#: Commas, quotes, UTF-8, from the first line on, no column typed, English; then whether numbers are looked for.
CSV_IN = f"--infilter={CSV_FILTER}:44,34,76,1,,1033,false,true,false,false,false,-1"


def office_texts() -> list[str]:
    """Texts that a spreadsheet program holds at all."""
    # LibreOffice writes `_x0041_x0041_` so that it reads as another text.
    return [
        text
        for text in ODD
        if not re.search("[\x00-\x08\x0b-\x1f\x85\ufffe\uffff]|_x[0-9A-F]{4}_?x", text) and len(text) < 9999
    ]


@pytest.mark.parametrize(
    ("name", "out", "arguments"),
    [
        ("xlsx", "xlsx", ["--convert-to", XLSX_FILTER]),
        ("xlsx", "csv", ["--convert-to", f"csv:{CSV_FILTER}:44,34,76,1"]),
        ("xlsx", "csv", ["--convert-to", f"csv:{CSV_FILTER}:59,34,76,1"]),
        ("csv", "xlsx", [CSV_IN, "--convert-to", XLSX_FILTER]),
        ("csv", "csv", [CSV_IN, "--convert-to", f"csv:{CSV_FILTER}:9,34,65535,1"]),
    ],
)
def test_libreoffice_changes_nothing(tmp_path: Path, name: str, out: str, arguments: list[str]) -> None:
    texts = office_texts()
    given = bundle(*ENTRIES, *(Entry(f"第 {n} 条", text, previous=text) for n, text in enumerate(texts)))
    data = through_libreoffice(tmp_path, written(name, given), name, *arguments)
    found = back(out, data)
    assert found.diagnostics == ()
    assert po(found.portions[0].catalog) == expected(given.portions[0].catalog)
    if out == "xlsx":
        assert all(cell.data_type in {"s", "n"} for row in workbook(data).active.iter_rows() for cell in row)


# --- what people do ----------------------------------------------------------------------------------------------

PLAIN = (
    Entry("一"),
    Entry("二", "Two"),
    Entry("三", "Three", flags=("fuzzy",)),
    Entry("四", "Four", flags=("fuzzy",), previous="四四"),
)
SHORT = bundle(*PLAIN)


def edited(
    name: str, change: Callable[[list[list[str]]], object], given: Bundle = SHORT, saved: str | None = None
) -> Bundle:
    """What comes back of a bundle whose rows were changed."""
    rows = rows_of(name, written(name, given))
    change(rows)
    return back(saved or name, file_of(saved or name, rows))


def live(found: Bundle) -> dict[str, Entry]:
    return {entry.msgid: entry for portion in found.portions for entry in portion.catalog.entries}


def column(rows: list[list[str]], head: str) -> int:
    return rows[0].index(head)


def fill(rows: list[list[str]], row: int, head: str, text: str) -> bool:
    rows[row][column(rows, head)] = text
    return True


@BOTH
@pytest.mark.parametrize(
    ("word", "fuzzy"),
    [
        ("translated", False),
        ("Translated ", False),
        ("DONE", False),
        ("已翻译", False),
        ("draft", True),
        ("fuzzy", True),
        ("needs_work", True),
        ("草稿", True),
        ("stale", True),
        ("source changed", True),
        ("原文已修改", True),
        ("untranslated", False),
        ("", False),
    ],
)
def test_a_state_is_understood_as_people_write_it(name: str, word: str, fuzzy: bool) -> None:
    def change(rows: list[list[str]]) -> None:
        fill(rows, 1, "translation [en]", "One")
        fill(rows, 1, "state", word)

    found = edited(name, change)
    assert found.diagnostics == ()
    assert (live(found)["一"].msgstr, live(found)["一"].fuzzy) == ("One", fuzzy)


@BOTH
def test_a_draft_that_was_confirmed_is_translated(name: str) -> None:
    found = edited(name, lambda rows: [fill(rows, row, "state", "translated") for row in (3, 4)])
    assert [state(each) for each in live(found).values()] == [State.MISSING, *[State.TRANSLATED] * 3]
    assert all(portion.marked for portion in found.portions)


@BOTH
def test_an_unknown_state_makes_a_draft(name: str) -> None:
    found = edited(name, lambda rows: fill(rows, 2, "state", "hmm?"))
    (problem,) = found.diagnostics
    assert (problem.code, problem.severity, problem.place.line) == ("exchange-state", Severity.WARNING, 3)
    assert "hmm?" in problem.message
    assert "source changed" in problem.hint
    assert live(found)["二"].fuzzy


@BOTH
def test_who_reviewed_is_named(name: str) -> None:
    def change(rows: list[list[str]]) -> None:
        for row, who in ((1, "x"), (2, "李 雷 2026-03-04"), (3, ""), (4, "Ann")):
            fill(rows, row, "state", "reviewed")
            fill(rows, row, "reviewer", who)

    found = edited(name, change)
    one, two, three, four = live(found).values()
    assert (one.comment, state(one)) == ("", State.MISSING)
    assert two.comment == review_mark(two, "李 雷", "2026-03-04")
    assert [state(each) for each in (two, three, four)] == [State.REVIEWED, State.TRANSLATED, State.REVIEWED]
    assert re.fullmatch(r"bilingual: reviewed=Ann \d{4}-\d\d-\d\d [0-9a-f]{8}", four.comment)
    (problem,) = found.diagnostics
    assert (problem.place.line, "nobody is named" in problem.message) == (4, True)


@BOTH
def test_a_review_of_a_day_that_is_none_is_one_of_today(name: str) -> None:
    def change(rows: list[list[str]]) -> None:
        fill(rows, 2, "state", "reviewed")
        fill(rows, 2, "reviewer", "Li 2026-13-99")

    found = edited(name, change)
    (problem,) = found.diagnostics
    assert (problem.code, problem.place.line) == ("exchange-state", 3)
    assert "no day 2026-13-99" in problem.message
    assert re.fullmatch(r"bilingual: reviewed=Li \d{4}-[01]\d-\d\d [0-9a-f]{8}", live(found)["二"].comment)
    assert "2026-13-99" not in live(found)["二"].comment


@pytest.mark.parametrize("text", ["#NAME?", "#VALUE!", "4-Mar", "Mar-26", "TRUE", "FALSE", "1.23457E+15", "2", "12:00"])
def test_what_a_program_made_of_a_cell_is_no_translation_in_csv_either(text: str) -> None:
    found = edited("csv", lambda rows: fill(rows, 1, "translation [en]", text))
    (problem,) = found.diagnostics
    assert (problem.code, problem.place.line, problem.excerpt) == ("exchange-cell", 2, text)
    assert "apostrophe" in problem.hint
    assert "一" not in live(found)
    # It may be meant so.
    found = edited("csv", lambda rows: fill(rows, 1, "translation [en]", f"'{text}"))
    assert (found.diagnostics, live(found)["一"].msgstr) == ((), text)


@pytest.mark.parametrize(
    ("source", "translation"),
    [
        ("3-4", "3/4"),
        ("2026年1月2日", "2 Jan 2026"),
        ("=1", "=1"),
        ("——你好", "- Hello"),
        ("约 5", "+ 5 or so"),
        ("0", "TRUE"),
    ],
)
def test_a_number_may_be_the_translation_of_a_number(source: str, translation: str) -> None:
    given = bundle(Entry(source))
    found = edited("csv", lambda rows: fill(rows, 1, "translation [en]", translation), given)
    assert (found.diagnostics, live(found)[source].msgstr) == ((), translation)


@BOTH
def test_a_review_does_not_outlive_a_change_of_its_translation(name: str) -> None:
    given = bundle(replace(DONE, comment=review_mark(DONE, "王", "2026-01-02")))
    found = edited(name, lambda rows: fill(rows, 1, "translation [en]", "Seen it"), given)
    (problem,) = found.diagnostics
    assert "changed after the review by 王" in problem.message
    assert state(live(found)["看过"]) is State.TRANSLATED

    def again(rows: list[list[str]]) -> None:
        fill(rows, 1, "translation [en]", "Seen it")
        fill(rows, 1, "reviewer", "Ann 2026-02-03")

    found = edited(name, again, given)
    assert state(live(found)["看过"]) is State.REVIEWED


@BOTH
def test_columns_may_be_moved_added_hidden_and_deleted(name: str) -> None:
    def change(rows: list[list[str]]) -> None:
        heads = ["my notes", "state", "translation [en]", "", "source [zh]", "id"]
        places = [rows[0].index(head) if head in rows[0] else -1 for head in heads]
        for row in rows:
            row[:] = [row[place] if place >= 0 else "mine" for place in places]
        rows[0][0], rows[0][3] = heads[0], ""
        fill(rows, 1, "translation [en]", "One")

    found = edited(name, change)
    assert found.diagnostics == ()
    assert found.portions[0].path == ""
    texts = {entry.msgid: (entry.msgstr, entry.fuzzy) for entry in live(found).values()}
    assert texts == {"一": ("One", False), "二": ("Two", False), "三": ("Three", True), "四": ("Four", True)}


@BOTH
def test_columns_may_be_called_otherwise(name: str) -> None:
    def change(rows: list[list[str]]) -> None:
        rows[0][column(rows, "source [zh]")] = "原文"
        rows[0][column(rows, "translation [en]")] = " Target（1）"
        rows[0][column(rows, "state")] = "STATUS"

    found = edited(name, change)
    assert found.diagnostics == ()
    assert (found.source.tag, found.target.tag) == ("und", "und")
    assert live(found)["三"].fuzzy


@BOTH
def test_a_column_that_cannot_be_spared_is_asked_for(name: str) -> None:
    with pytest.raises(BilingualError) as caught:
        edited(name, lambda rows: fill(rows, 0, "translation [en]", "english"))
    (problem,) = caught.value.diagnostics
    assert problem.code == "exchange-columns"
    assert "'translation'" in problem.message
    assert "english" in problem.hint
    with pytest.raises(BilingualError) as caught:
        edited(name, lambda rows: fill(rows, 0, "comment", "Translation"))
    assert "two columns are called 'Translation'" in caught.value.diagnostics[0].message


@BOTH
def test_without_states_a_file_says_nothing_of_them(name: str) -> None:
    def change(rows: list[list[str]]) -> None:
        place = column(rows, "state")
        for row in rows:
            del row[place]

    found = edited(name, change)
    assert not found.portions[0].marked
    assert [entry.flags for entry in live(found).values()] == [(), (), (), ()]


@BOTH
def test_rows_may_be_sorted_deleted_and_parted_by_blank_ones(name: str) -> None:
    def change(rows: list[list[str]]) -> None:
        blank = [" "] * len(rows[0])
        rows[1:] = [rows[4], blank, rows[2], [""] * len(rows[0]), rows[1]]
        rows.insert(0, ["Translations of the book", *[""] * 3])

    found = edited(name, change)
    assert found.diagnostics == ()
    assert [entry.msgid for entry in live(found).values()] == ["四", "二", "一"]
    assert [entry.line for entry in live(found).values()] == [3, 5, 7]


@BOTH
def test_a_row_whose_source_was_changed_is_refused(name: str) -> None:
    def change(rows: list[list[str]]) -> None:
        fill(rows, 2, "source [zh]", "二二")
        fill(rows, 3, "id", "e-aaaaaaaaaa")
        fill(rows, 4, "source [zh]", "")

    found = edited(name, change)
    assert [(each.code, each.place.path, each.place.line) for each in found.diagnostics] == [
        ("exchange-source", f"mail/back.{name}", 3),
        ("exchange-source", f"mail/back.{name}", 4),
        ("exchange-source", f"mail/back.{name}", 5),
    ]
    assert list(live(found)) == ["一"]


@BOTH
def test_white_space_that_a_program_changed_in_the_source_does_no_harm(name: str) -> None:
    given = bundle(Entry("一 二\n三 e\u0301", "x"))
    found = edited(name, lambda rows: fill(rows, 1, "source [zh]", " 一  二 三 \u00e9 "), given)
    assert found.diagnostics == ()
    catalog = given.portions[0].catalog
    result = returned(catalog, catalog, found.portions[0].catalog, source=ZH, target=EN)
    assert result.diagnostics == ()


@BOTH
def test_a_column_that_was_sorted_alone_takes_nothing(name: str) -> None:
    given = bundle(*(Entry(f"第 {n} 条", f"Item {n}") for n in range(40)))

    def change(rows: list[list[str]]) -> None:
        place = column(rows, "source [zh]")
        for row, text in zip(rows[1:], reversed([row[place] for row in rows[1:]]), strict=True):
            row[place] = text

    with pytest.raises(BilingualError) as caught:
        edited(name, change, given)
    (problem,) = caught.value.diagnostics
    assert "in 40 rows" in problem.message
    assert "sorted" in problem.hint


@BOTH
def test_a_copied_row_is_taken_once_or_reported(name: str) -> None:
    def change(rows: list[list[str]]) -> None:
        rows += [list(rows[1]), list(rows[2]), list(rows[3])]
        fill(rows, 5, "translation [en]", "One")
        fill(rows, 7, "translation [en]", "Drei")

    found = edited(name, change)
    (problem,) = found.diagnostics
    assert (problem.code, problem.place.line) == ("exchange-duplicate", 8)
    assert "row 4" in problem.hint
    assert {msgid: entry.msgstr for msgid, entry in live(found).items()} == {"一": "One", "二": "Two", "四": "Four"}


@BOTH
def test_a_row_whose_cells_have_moved_is_refused(name: str) -> None:
    def change(rows: list[list[str]]) -> None:
        place = column(rows, "translation [en]")
        rows[2][place : place + 1] = ["Two", " and a half"]

    given = bundle(*(replace(entry, references=("a.md",)) for entry in PLAIN))
    found = edited(name, change, given)
    (problem,) = found.diagnostics
    assert (problem.code, problem.place.line, problem.excerpt) == ("exchange-row", 3, "二")
    assert "二" not in live(found)


@BOTH
def test_line_ends_that_a_program_changed_are_no_news(name: str) -> None:
    given = bundle(replace(DONE, comment="one\ntwo", extracted="a\nb", references=("a.md", "b.md")))
    for end in ("\r\n", "\r"):

        def change(rows: list[list[str]], end: str = end) -> None:
            for row in rows:
                row[:] = [cell.replace("\n", end) for cell in row]

        assert_same(name, given, edited(name, change, given, "csv"))


@BOTH
def test_a_row_without_an_id_is_taken_by_its_text(name: str) -> None:
    found = edited(name, lambda rows: [fill(rows, 2, head, "") for head in ("id", "file", "as sent")])
    assert found.diagnostics == ()
    assert [portion.path for portion in found.portions] == [PO, ""]


@BOTH
def test_of_a_file_full_of_faults_the_first_are_named(name: str) -> None:
    given = bundle(*(Entry(f"第 {n} 条", f"Item {n}") for n in range(400)))
    found = edited(name, lambda rows: [fill(rows, row, "source [zh]", "x") for row in range(1, 151)], given)
    assert len(found.diagnostics) == 101
    assert "50 further rows" in found.diagnostics[-1].message
    assert len(live(found)) == 250


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_is_read_however_a_program_saved_it(encoding: str, separator: str) -> None:
    given = bundle(*PLAIN, Entry("分；号;逗,号\t制表", "a;b,c\td"))
    text = file_of("csv", rows_of("csv", written("csv", given)), separator).decode("utf-8-sig")
    assert_same("csv", given, back("csv", text.encode(encoding)))
    if encoding == "utf-8":
        assert_same("csv", given, back("csv", f"sep={separator}\r\n{text}".encode(encoding)))


def test_csv_in_an_encoding_of_china_is_read_with_a_warning() -> None:
    data = written("csv", bundle(Entry("二", "Two—“x”"), Entry("\u00f1二", "Two"))).decode("utf-8-sig")
    found = back("csv", data.encode("gb18030"))
    (problem,) = found.diagnostics
    assert (problem.code, problem.severity) == ("exchange-encoding", Severity.WARNING)
    assert live(found)["二"].msgstr == "Two—“x”"
    # Excel knows GBK only; what it lacks is a question mark, and the source says so.
    found = back("csv", data.encode("gbk", "replace"))
    assert codes(found) == ["exchange-encoding", "exchange-source"]


@pytest.mark.parametrize("encoding", ["big5", "shift_jis", "cp1252", "latin-1"])
def test_csv_in_another_encoding_is_refused(encoding: str) -> None:
    data = written("csv", bundle(Entry("中文", "caf\u00e9 \u00fc"))).decode("utf-8-sig")
    with pytest.raises(BilingualError) as caught:
        back("csv", data.encode(encoding, "replace"))
    (problem,) = caught.value.diagnostics
    assert problem.code == "exchange-encoding"
    assert "CSV UTF-8" in problem.hint


# --- workbooks of other programs -----------------------------------------------------------------------------------


def workbook_with(cells: Mapping[str, object], given: Bundle = SHORT) -> bytes:
    """A workbook of ours in which somebody typed."""
    book = workbook(written("xlsx", given))
    for place, value in cells.items():
        book.active[place] = value
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_what_became_no_text_is_refused() -> None:
    data = workbook_with({"D2": "=1+1", "D3": 5.5, "D4": True, "D5": "#REF!"})
    found = back("xlsx", data)
    assert [(each.code, each.place.line) for each in found.diagnostics] == [
        ("exchange-cell", row) for row in (2, 3, 4, 5)
    ]
    kinds = ["a formula", "a number or a date", "a truth value", "an error"]
    assert [kind in each.message for kind, each in zip(kinds, found.diagnostics, strict=True)] == [True] * 4
    assert all("apostrophe" in each.hint for each in found.diagnostics)
    assert found.diagnostics[0].excerpt == "=1+1"
    assert live(found) == {}


def test_a_formula_in_a_comment_costs_the_comment_alone() -> None:
    found = back("xlsx", workbook_with({"H3": "=> see chapter 1", "M3": "=1"}))
    assert codes(found) == ["exchange-cell"]
    assert (live(found)["二"].msgstr, live(found)["二"].comment) == ("Two", "")


def test_other_sheets_are_passed_over() -> None:
    book = workbook(written("xlsx", SHORT))
    other = book.create_sheet("glossary", 0)
    for row in (["source", "note"], ["词", "=1+1"], *[["x", "y"]] * 40):
        other.append(row)
    book.create_sheet("empty")
    file = io.BytesIO()
    book.save(file)
    assert_same("xlsx", SHORT, back("xlsx", file.getvalue()))


def with_sheet(data: bytes, sheet: str, strings: str | None = None) -> bytes:
    """A workbook with another XML for its sheet."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            text = old.read(info)
            if info.filename == "xl/worksheets/sheet1.xml":
                text = sheet.encode()
            elif info.filename == "xl/sharedStrings.xml" and strings is not None:
                text = strings.encode()
            new.writestr(info.filename, text)
    return result.getvalue()


@pytest.mark.parametrize(
    "space",
    ["http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main"],
)
def test_texts_are_read_in_every_form_that_programs_write(space: str) -> None:
    entry = Entry("汉字 x\n二", "Kanji")
    strings = (
        f'<x:sst xmlns:x="{space}"><x:si><x:t>source [zh]</x:t></x:si><x:si><x:r><x:rPr><x:b/></x:rPr><x:t>汉</x:t>'
        '</x:r><x:r><x:t xml:space="preserve">字 x&#10;二</x:t></x:r><x:rPh sb="0" eb="1"><x:t>han</x:t></x:rPh></x:si>'
        "</x:sst>"
    )
    sheet = (
        f'<x:worksheet xmlns:x="{space}"><x:cols/><x:sheetData><x:row><x:c t="s"><x:v>0</x:v></x:c>'
        '<x:c t="inlineStr"><x:is><x:t>translation</x:t></x:is></x:c><x:c t="str"><x:v>id</x:v></x:c></x:row>'
        '<x:row r="7"><x:c r="B7" t="inlineStr"><x:is><x:r><x:t>Kan</x:t></x:r><x:r><x:t>ji</x:t></x:r></x:is></x:c>'
        f'<x:c r="A7" t="s"><x:v>1</x:v></x:c><x:c r="C7" t="str"><x:v>{identity(entry)}</x:v></x:c></x:row>'
        "</x:sheetData></x:worksheet>"
    )
    found = back("xlsx", with_sheet(written("xlsx", SHORT), sheet, strings))
    assert found.diagnostics == ()
    assert [(each.msgid, each.msgstr, each.line) for each in live(found).values()] == [("汉字 x\n二", "Kanji", 7)]
    assert found.source == ZH


# --- taken into the catalog ----------------------------------------------------------------------------------------


@TABLES
def test_what_was_translated_is_taken_and_nothing_else_changes(name: str) -> None:
    given = bundle(*ENTRIES)
    data = written(name, given)
    if name == "jsonl":
        lines = [json.loads(line) for line in data.splitlines()]
        lines[0].update(target="No translation", state="translated")
        lines[1].update(state="translated")
        data = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    else:
        rows = rows_of(name, data)
        fill(rows, 1, "translation [en]", "No translation")
        fill(rows, 2, "state", "translated")
        data = (
            file_of(name, rows) if name == "csv" else workbook_with({"D2": "No translation", "E3": "translated"}, given)
        )
    found = back(name, data).portions[0]
    catalog = given.portions[0].catalog
    result = returned(catalog, catalog, found.catalog, source=ZH, target=EN)
    assert result.diagnostics == ()
    changed = [
        (after.msgid, after.msgstr, after.fuzzy)
        for before, after in zip(catalog.entries, result.catalog.entries, strict=False)
        if before != after
    ]
    assert ("没有译文", "No translation", False) in changed
    assert ("变换 $x$", "Transform $x$", False) in changed


# --- corpora -----------------------------------------------------------------------------------------------------

CORPUS = bundle(
    Entry("没有译文"),
    Entry(
        "**重点：**设 $x_1$ 与 `code`，见[书](a.md)。",
        "**Key:** let $x_1$ and `code`, see [the book](a.md).",
        extracted="type: list item\nin: 前言 › 符号\nnote",
        references=("content/zh/ch2.md:7",),
    ),
    Entry("名字*", "Name*", extracted="type: front matter"),
    Entry("一句", "A sentence", flags=("fuzzy",)),
    Entry("很长的一句话。", "A long sentence.", flags=("fuzzy",), previous="很长的两句话。"),
    Entry("重复", "Again", msgctxt="a"),
    Entry("重复", "Again", msgctxt="b"),
    Entry("重复", "Once more", msgctxt="c", comment=review_mark(Entry("重复", "Once more"), "王", "2026-01-01")),
    Entry("旧的", "Old", obsolete=True),
    Entry("三个", plural=("三些", ("one", "many"))),
)


def lines(**options: object) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written("jsonl", CORPUS, **options).split(b"\n") if line]


def test_a_corpus_holds_what_is_translated() -> None:
    chosen = FORMATS["jsonl"]
    found = [json.loads(line) for line in chosen.write(CORPUS, chosen.options())]
    assert [line["target"] for line in found[1:]] == ["Name*", "Again", "Again", "Once more", "one"]
    assert {line["state"] for line in found} == {"translated", "reviewed"}
    assert found[0] == {
        "id": identity(CORPUS.portions[0].catalog.entries[1]),
        "source": "**重点：**设 $x_1$ 与 `code`，见[书](a.md)。",
        "target": "**Key:** let $x_1$ and `code`, see [the book](a.md).",
        "source_language": "zh",
        "target_language": "en",
        "state": "translated",
        "score": 1.0,
        "type": "list item",
        "headings": ["前言", "符号"],
        "file": "content/zh/ch1.md",
        "title": "书",
        "licence": "CC-BY-4.0",
        "text": "markdown",
        "catalog": PO,
        "context": None,
        "note": "type: list item\nin: 前言 › 符号\nnote",
        "references": ["content/zh/ch2.md:7"],
        "comment": "",
        "flags": [],
        "previous": None,
        "previous_context": None,
        "obsolete": False,
        "plural": None,
        "sent": fingerprint(CORPUS.portions[0].catalog.entries[1]),
    }


def test_a_corpus_can_hold_less_or_more() -> None:
    def targets(**options: object) -> list[str]:
        return [line["target"] for line in lines(**{"minimum": "translated", "obsolete": False, **options})]

    every = targets()
    assert targets(minimum="reviewed") == ["Once more"]
    assert set(targets(minimum="stale")) - set(every) == {"A long sentence."}
    assert set(targets(minimum="draft")) - set(every) == {"A long sentence.", "A sentence"}
    assert set(targets(minimum="missing")) - set(every) == {"A long sentence.", "A sentence", ""}
    assert set(targets(obsolete=True)) - set(every) == {"Old"}
    assert targets(deduplicate="pair").count("Again") == 1
    assert "Once more" in targets(deduplicate="pair")
    assert [each for each in targets(deduplicate="source") if each in {"Again", "Once more"}] == ["Once more"]


def test_a_corpus_says_how_sure_its_pairs_are() -> None:
    scores = {line["target"]: line["score"] for line in lines()}
    assert scores["Name*"] == scores["one"] == 1.0
    assert scores["A sentence"] is scores[""] is None
    assert scores["A long sentence."] == 0.8571


def test_plain_texts_are_without_markup() -> None:
    found = lines(text="plain")
    assert (found[1]["source"], found[1]["target"]) == (
        "重点：设 x_1 与 code，见书。",
        "Key: let x_1 and code, see the book.",
    )
    assert found[2]["target"] == "Name*"  # front matter is no Markdown
    kept = back("jsonl", written("jsonl", CORPUS, text="plain"))
    assert kept.portions == ()
    assert "without their markup" in kept.diagnostics[0].message


def test_a_corpus_need_not_tell_what_translators_said() -> None:
    data = written("jsonl", CORPUS, comments=False)
    assert "王" not in data.decode()
    found = back("jsonl", data)
    assert found.diagnostics == ()
    assert live(found)["重复"].comment == ""


def test_every_line_is_one_line_to_every_program() -> None:
    data = written("jsonl", bundle(*(Entry(f"{n}", text) for n, text in enumerate(ODD)))).decode()
    assert len(data.splitlines()) == len(ODD)


def test_a_script_can_translate_lines() -> None:
    found = [json.loads(line) for line in written("jsonl", SHORT).splitlines()]
    found[0] = {"source": "一", "target": "One"}
    found[1].update(target="Two!", state="reviewed", reviewer="Ann 2026-02-03")
    found[2] = {"source": "三", "target": "Three", "flags": ["fuzzy"], "extra": 1}
    result = live(back("jsonl", b"\n".join(json.dumps(line).encode() for line in found)))
    assert (result["一"].msgstr, state(result["二"]), result["三"].fuzzy) == ("One", State.REVIEWED, True)


def table(data: bytes, folder: Path, query: str) -> list[tuple[Any, ...]]:
    path = folder / "corpus.parquet"
    path.write_bytes(data)
    return duckdb.connect().execute(query.format(path)).fetchall()


def test_parquet_is_read_by_another_program(tmp_path: Path) -> None:
    data = written("parquet", CORPUS)
    schema = table(data, tmp_path, "SELECT name, type, logical_type FROM parquet_schema('{}') WHERE type IS NOT NULL")
    assert [name for name, _, _ in schema] == [
        "id",
        "source",
        "target",
        "source_language",
        "target_language",
        "state",
        "score",
        "type",
        "item",
        "file",
        "context",
        "title",
        "licence",
    ]
    assert {(kind, str(logical).startswith("String")) for name, kind, logical in schema if name != "score"} == {
        ("BYTE_ARRAY", True)
    }
    assert {
        compression for (compression,) in table(data, tmp_path, "SELECT compression FROM parquet_metadata('{}')")
    } == {"ZSTD"}
    about = dict(table(data, tmp_path, "SELECT decode(key), decode(value) FROM parquet_kv_metadata('{}')"))
    assert json.loads(about["bilingual"]) == {
        "version": 1,
        "title": "书",
        "licence": "CC-BY-4.0",
        "source_language": "zh",
        "target_language": "en",
        "text": "markdown",
    }
    query = "SELECT source, target, state, score, type, headings, file, context, licence FROM '{}'"
    names = query.removeprefix("SELECT ").partition(" FROM")[0].split(", ")
    rows = table(data, tmp_path, query)
    assert rows == [tuple(line[name] for name in names) for line in lines(minimum="translated", obsolete=False)]
    assert rows[0][5] == ["前言", "符号"]
    assert rows[1][5] == []


def test_parquet_takes_the_options_of_corpora(tmp_path: Path) -> None:
    data = written("parquet", CORPUS, minimum="reviewed", deduplicate="source", text="plain", obsolete=True)
    assert table(data, tmp_path, "SELECT target, context, score FROM '{}'") == [("Once more", "c", 1.0)]
    data = written("parquet", bundle(Entry("没有译文")))
    assert table(data, tmp_path, "SELECT count(*) FROM '{}'") == [(0,)]
    odd = [text for text in ODD if "\0" not in text]
    data = written("parquet", bundle(*(Entry(f"{n}", text) for n, text in enumerate(odd))))
    assert [text for (text,) in table(data, tmp_path, "SELECT target FROM '{}'")] == odd


def test_parquet_asks_for_its_extra(tmp_path: Path) -> None:
    root = project(tmp_path)
    code = (
        "import sys; sys.modules['arro3.core'] = None\n"
        "sys.argv = ['bilingual', 'export', '--format', 'parquet']\n"
        "from bilingual.cli import main; main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert 'pip install "bilingual-editions[parquet]"' in done.stderr
    assert "Traceback" not in done.stderr


# --- by the real command -------------------------------------------------------------------------------------------


def project(root: Path, config: str = "") -> Path:
    make(root, {"content/zh/a.md": "# 前言\n\n你好，世界。\n\n第二段。\n"}, CONFIG + config)
    assert run("extract", cwd=root).returncode == 0
    edit(root / BOOK_PO, lambda entry: replace(entry, msgstr="Preface") if entry.msgid == "前言" else entry)
    return root


@BOTH
def test_a_table_goes_out_and_comes_back(tmp_path: Path, name: str) -> None:
    root = project(tmp_path, '[exchange.csv]\nwords = "zh"\n[exchange.xlsx]\nwords = "zh"\n')
    done = run("export", "--format", name, cwd=root)
    assert (done.returncode, done.stdout) == (0, f"build/exchange/en.{name}: 3 entries\n")
    file = root / f"build/exchange/en.{name}"
    before = tree(root)
    assert run("import", str(file), cwd=root).returncode == 0
    assert tree(root) == before
    rows = rows_of(name, file.read_bytes())
    for row, text, word in ((2, "Hello, world.", "草稿"), (3, "=2", "")):
        fill(rows, row, "译文 [en]", text)
        fill(rows, row, "状态", word)
    fill(rows, 1, "原文 [zh]", "前言二")
    (root / f"back.{name}").write_bytes(file_of(name, rows))
    done = run("import", f"back.{name}", cwd=root)
    assert done.returncode == 1
    assert f"back.{name}:2: error[exchange-source]" in done.stderr
    assert done.stdout == f"{BOOK_PO}: 2 changed\n"
    found = entries_of(root / BOOK_PO)
    assert [(entry.msgstr, entry.fuzzy) for entry in found.values()] == [
        ("Preface", False),
        ("Hello, world.", True),
        ("=2", False),
    ]
    # What is in the file, is not written over before it was imported.
    file.write_bytes(file_of(name, [rows[0], [*rows[2][:3], "Hello!", *rows[2][4:]]]))
    assert run("export", "--format", name, cwd=root).returncode == 2
    assert run("export", "--format", name, "--force", cwd=root).returncode == 0


def test_corpora_go_out_with_the_options_of_the_project(tmp_path: Path) -> None:
    root = project(tmp_path, '[book]\nlicence = "CC0"\n[exchange.jsonl]\ntext = "plain"\n')
    for name in ("jsonl", "parquet"):
        assert run("export", "--format", name, cwd=root).returncode == 0
    (line,) = (root / "build/exchange/en.jsonl").read_text("utf-8").splitlines()
    assert (json.loads(line)["target"], json.loads(line)["licence"]) == ("Preface", "CC0")
    done = run("import", "build/exchange/en.jsonl", cwd=root)
    assert done.returncode == 2
    assert "without their markup" in done.stderr
    assert run("import", "build/exchange/en.parquet", cwd=root).returncode == 2
    edit(root / BOOK_PO, lambda entry: replace(entry, msgstr=""))
    for _ in range(2):
        assert run("export", "--format", "jsonl", cwd=root).returncode == 0
    assert (root / "build/exchange/en.jsonl").read_bytes() == b""
    (root / "bilingual.toml").write_text(CONFIG + '[exchange.jsonl]\nminimum = "all"\n', "utf-8")
    done = run("export", "--format", "jsonl", cwd=root)
    assert done.returncode == 2
    assert "one of missing, draft, stale, translated, reviewed" in done.stderr.replace('"', "").replace("\u201c", "")


@TABLES
def test_a_broken_file_is_refused_by_the_command(tmp_path: Path, name: str) -> None:
    root = project(tmp_path)
    (root / f"back.{name}").write_bytes(written(name, SHORT)[:-40] + b"\x00\xff")
    before = tree(root)
    done = run("import", f"back.{name}", cwd=root)
    assert done.returncode == (1 if name == "jsonl" else 2)  # other lines are whole
    assert f"back.{name}" in done.stderr
    assert "hint:" in done.stderr
    assert "Traceback" not in done.stderr
    assert tree(root) == before
