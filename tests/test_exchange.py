"""TMX, XLIFF and TBX: out to other programs and back, by the real command, and files as those programs write them."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bilingual.catalog import Catalog, Entry, State, new_header, read_bytes, review_mark, state, write
from bilingual.diagnostics import BilingualError
from bilingual.exchange import FORMATS, Bundle, Portion, Terms, fingerprint
from bilingual.exchange import tmx as tmx_module
from bilingual.glossary import Term
from bilingual.glossary import read as read_glossary
from bilingual.language import closest, language, regional
from book import CONFIG, PO, edit, entries, make, tree
from strategies import ANY, TEXT
from support import done, run, tools

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ZH, EN = language("zh"), language("en")
BILINGUAL = ("tmx", "xliff", "xliff2")
FIRST = "注意力机制让模型在每一步都能看到所有的输入。"
SECOND = '公式 $\\frac{a}{b}$ 与 `code`，见[这里](b.md "题")和![图](f.png)。'
THIRD = "推理时，模型一个词一个词地写出答案。"
FOURTH = "训练大模型需要很多数据，也需要很多机器。"
BOOK = {
    "content/zh/a.md": f"# 前言\n\n{FIRST}\n\n{SECOND}\n\n{THIRD}\n",
    "content/zh/b.md": f"{FOURTH}\n\n{FIRST}\n\n不译。\n",
}
OTHER = "locale/en/LC_MESSAGES/b.po"


def written(name: str, bundle: Bundle | Terms, **options: object) -> bytes:
    made = FORMATS[name]
    return b"".join(made.write(bundle, made.options(**options)))


def read_back(name: str, data: bytes) -> Bundle:
    reads = FORMATS[name].read
    assert reads is not None
    found = reads(data, f"x.{name}")
    assert isinstance(found, Bundle)
    return found


def bundle(*found: Entry, header: tuple[tuple[str, str], ...] = ()) -> Bundle:
    return Bundle(ZH, EN, (Portion(Catalog(found, header), PO, ("content/zh/a.md",)),), "CC-BY-4.0", "书")


# --- nothing is lost --------------------------------------------------------------------------------------------------

_NASTY = st.text(
    st.sampled_from(
        "\x00\x01\x08\x0b\x0c\x1b\x7f\x85\ufffe\uffff\u2028\u2029\u202e\u0627א\U0001f600\ufeff \t\r\n]>&<\"'{}U+0a字"
    ),
    max_size=12,
)
_TEXTS = st.one_of(
    _NASTY, TEXT, ANY, st.sampled_from(["", "]]>", "{U+0008}", "{U+007B}U+0008}", " 前 ", "\n", "&amp;", "<![CDATA["])
)
_LINES = st.one_of(st.just(""), _NASTY, TEXT)


@st.composite
def catalogs(draw: st.DrawFn) -> tuple[Entry, ...]:
    made: dict[object, Entry] = {}
    for _ in range(draw(st.integers(0, 5))):
        several = draw(st.booleans()) and draw(st.booleans())
        plural = (draw(_TEXTS), tuple(draw(st.lists(_TEXTS, min_size=1, max_size=3)))) if several else None
        msgstr = "" if plural else draw(_TEXTS)
        filled = any(plural[1]) if plural else bool(msgstr)
        flags = (("fuzzy",) if filled and draw(st.booleans()) else ()) + draw(st.sampled_from([(), ("no-wrap", "x")]))
        entry = Entry(
            draw(_TEXTS),
            msgstr,
            draw(st.one_of(st.none(), _TEXTS)),
            tuple(dict.fromkeys(draw(st.lists(st.sampled_from(["content/zh/a b.md", "c.md:12", ":3"]), max_size=2)))),
            flags,
            draw(_LINES),
            draw(_LINES),
            draw(st.one_of(st.none(), _TEXTS)),
            draw(st.one_of(st.none(), _TEXTS)),
            draw(st.booleans()),
            plural=plural,
        )
        if not plural and msgstr and "fuzzy" not in flags and draw(st.booleans()):
            mark = review_mark(entry, "王", "2026-01-01")
            entry = replace(entry, comment=f"{entry.comment}\n{mark}" if entry.comment else mark)
        made.setdefault(entry.key, entry)
    return tuple(sorted(made.values(), key=lambda entry: entry.obsolete))


@pytest.mark.parametrize("protect", [True, False])
@pytest.mark.parametrize("name", BILINGUAL)
@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(catalogs())
def test_a_file_holds_all_that_a_catalog_says(name: str, protect: bool, found: tuple[Entry, ...]) -> None:
    if name == "tmx":
        # A memory has no use for a text without a translation, unless somebody says something about it.
        found = tuple(e for e in found if e.msgstr or (e.plural and any(e.plural[1])) or e.comment)
    if not found:
        return
    back = read_back(name, written(name, bundle(*found), protect=protect))
    assert (back.title, back.licence) == ("书", "CC-BY-4.0")
    assert (regional(back.source), regional(back.target)) == ("zh-CN", "en-US")
    (portion,) = back.portions
    assert portion.catalog.entries == found
    assert portion.path == PO
    assert portion.sent == {entry.key: fingerprint(entry) for entry in found}


def translated(root: Path) -> Path:
    """A book with a translation in each state, comments, a question, and an obsolete entry."""
    make(root, BOOK)
    done(root, "extract")

    def change(entry: Entry) -> Entry:
        if entry.msgid == FIRST:
            entry = replace(entry, msgstr="Attention sees everything.")
            return replace(entry, comment=f"译注\n\n# 二\n{review_mark(entry, '王 小', '2026-01-01')}")
        if entry.msgid == SECOND:
            return replace(entry, msgstr='$\\frac{a}{b}$ and `code`, see [here](b.md "t"), ![f](f.png) ]]> & <b>')
        if entry.msgid == THIRD:
            return replace(entry, msgstr="Word by word.", flags=("fuzzy",), previous=THIRD.replace("答案", "回答"))
        if entry.msgid == FOURTH:
            return replace(entry, comment="这里是什么意思？")
        return replace(entry, msgstr="前言", flags=("fuzzy",)) if entry.msgid == "前言" else entry

    for path in (PO, OTHER):
        edit(root / path, change)
        edit(root / path, lambda entry: replace(entry, comment="bilingual: omit") if entry.msgid == "不译。" else entry)
        catalog = read_bytes((root / path).read_bytes(), path)
        dated = tuple(
            (
                key,
                {"PO-Revision-Date": "2026-02-03 04:05+0000", "Last-Translator": "李 <li@example.org>"}.get(key, value),
            )
            for key, value in catalog.header
        )
        past = Entry(
            "旧的一段。",
            "Old.",
            flags=("fuzzy",),
            previous="更旧的一段。",
            comment="旧注",
            obsolete=True,
            references=(),
        )
        (root / path).write_text(write(replace(catalog, header=dated, entries=(*catalog.entries, past))), "utf-8")
    return root


def test_a_memory_shows_no_program_an_old_translation_or_a_draft_as_a_match(tmp_path: Path) -> None:
    translated(tmp_path)
    done(tmp_path, "export", "--format", "tmx", "--output", "m.tmx")
    matches = {}
    for unit in ET.parse(tmp_path / "m.tmx").iter("tu"):  # noqa: S314 - the file is our own
        texts = ["".join(seg.itertext()) for seg in unit.iter("seg")]
        if len(texts) == 2:
            matches[texts[0]] = texts[1]
    assert THIRD not in matches
    assert matches[THIRD.replace("答案", "回答")] == "Word by word."
    assert matches[FIRST] == "Attention sees everything."
    assert "前言" not in matches


def test_a_catalog_of_drafts_alone_says_who_made_them() -> None:
    header = (("PO-Revision-Date", "2026-02-03 04:05+0000"), ("Last-Translator", "李"), ("Language", "en_US"))
    back = read_back("tmx", written("tmx", bundle(Entry("甲", "A", flags=("fuzzy",)), header=header)))
    assert dict(back.portions[0].catalog.header) == dict(header)


@pytest.mark.parametrize("name", BILINGUAL)
def test_fresh_catalogs_and_an_export_make_the_old_ones(name: str, tmp_path: Path) -> None:
    translated(tmp_path)
    before = tree(tmp_path / "locale")
    done(tmp_path, "export", "--format", name, "--output", "work/")
    (file,) = (tmp_path / "work").iterdir()
    shutil.rmtree(tmp_path / "locale")
    done(tmp_path, "extract")
    assert tree(tmp_path / "locale") != before
    assert not entries(tmp_path / PO)[FIRST].msgstr
    done(tmp_path, "import", str(file))
    assert tree(tmp_path / "locale") == before
    # Twice does nothing, and the same catalogs make the same bytes.
    done(tmp_path, "import", str(file), "--check")
    data = file.read_bytes()
    assert "as it was" in done(tmp_path, "export", "--format", name, "--output", "work/")
    assert file.read_bytes() == data


# --- both sides work --------------------------------------------------------------------------------------------------


def sent_out(root: Path, name: str, *, git: bool = False) -> Path:
    make(root, BOOK)
    done(root, "extract")
    edit(root / PO, lambda entry: replace(entry, msgstr=f"T {entry.msgid[:1]}"))
    assert not git
    done(root, "export", "--format", name, "--output", f"mail/en.{name}")
    return root / f"mail/en.{name}"


def replaced(file: Path, *pairs: tuple[str, str]) -> None:
    text = file.read_text("utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, "utf-8")


@pytest.mark.parametrize("name", BILINGUAL)
def test_later_work_of_a_translator_is_never_overwritten(name: str, tmp_path: Path) -> None:
    file = sent_out(tmp_path, name)
    # Here somebody mends two entries; there, one of them and another one.
    edit(
        tmp_path / PO,
        lambda entry: replace(entry, msgstr="Ours.") if entry.msgid in {FIRST, SECOND} else entry,
    )
    replaced(file, ("T 注", "Theirs."), ("T 推", "Word by word."))
    output = done(tmp_path, "import", str(file), code=2)
    assert "catalog-both" in output
    found = entries(tmp_path / PO)
    assert found[SECOND].msgstr == "Ours."
    assert not found[SECOND].fuzzy
    assert found[THIRD].msgstr == "Word by word."
    assert found[FIRST].fuzzy
    assert {"Ours.", "Theirs."} <= set(found[FIRST].msgstr.split("\n"))


@pytest.mark.parametrize("name", BILINGUAL)
def test_work_on_a_text_that_changed_meanwhile_becomes_fuzzy(name: str, tmp_path: Path) -> None:
    file = sent_out(tmp_path, name)
    new = THIRD.replace("答案", "回答")
    path = tmp_path / "content/zh/a.md"
    path.write_text(path.read_text("utf-8").replace(THIRD, new), "utf-8")
    done(tmp_path, "extract")
    replaced(file, ("T 推", "Word by word."))
    done(tmp_path, "import", str(file))
    entry = entries(tmp_path / PO)[new]
    assert (entry.msgstr, entry.previous, entry.fuzzy) == ("Word by word.", THIRD, True)


def test_a_question_about_an_untranslated_text_comes_back(tmp_path: Path) -> None:
    make(tmp_path, BOOK)
    done(tmp_path, "extract")
    done(tmp_path, "export", "--format", "xliff", "--output", "en.xlf")
    text = (tmp_path / "en.xlf").read_text("utf-8")
    head, tail = text.split(f"<source>{FOURTH}</source>")
    (tmp_path / "en.xlf").write_text(f"{head}<source>{FOURTH}</source><note>哪一种机器？</note>{tail}", "utf-8")
    done(tmp_path, "import", "en.xlf")
    assert (entries(tmp_path / OTHER)[FOURTH].msgstr, entries(tmp_path / OTHER)[FOURTH].comment) == ("", "哪一种机器？")


def test_what_was_sent_may_be_named(tmp_path: Path) -> None:
    file = sent_out(tmp_path, "xliff")
    shutil.copyfile(file, tmp_path / "sent.xlf")
    edit(tmp_path / PO, lambda entry: replace(entry, msgstr="Ours.") if entry.msgid == FIRST else entry)
    # A program that drops what it does not know.
    text = re.sub(r"<context-group.*?</context-group>", "", file.read_text("utf-8"))
    file.write_text(text.replace("T 推", "Word by word."), "utf-8")
    done(tmp_path, "import", str(file), "--sent", "sent.xlf")
    found = entries(tmp_path / PO)
    assert (found[FIRST].msgstr, found[THIRD].msgstr) == ("Ours.", "Word by word.")


# --- export -----------------------------------------------------------------------------------------------------------


def test_an_export_does_not_replace_a_file_that_somebody_works_in(tmp_path: Path) -> None:
    file = sent_out(tmp_path, "xliff")
    replaced(file, ("T 推", "Word by word."))
    worked = file.read_bytes()
    output = done(tmp_path, "export", "--format", "xliff", "--output", str(file), code=2)
    assert "1 translations in this file are not in the catalogs" in output
    assert file.read_bytes() == worked
    done(tmp_path, "import", str(file))
    done(tmp_path, "export", "--format", "xliff", "--output", str(file))
    assert entries(tmp_path / PO)[THIRD].msgstr == "Word by word."
    file.write_bytes(worked.replace(b"Word by word.", b"Letter by letter."))
    done(tmp_path, "export", "--format", "xliff", "--output", str(file), "--force")
    assert b"Word by word." in file.read_bytes()
    file.write_text("notes of mine", "utf-8")
    assert "no export" in done(tmp_path, "export", "--format", "xliff", "--output", str(file), code=2)
    assert file.read_text("utf-8") == "notes of mine"


def test_what_was_refused_is_not_written_over(tmp_path: Path) -> None:
    make(tmp_path, BOOK)
    done(tmp_path, "extract")
    done(tmp_path, "export", "--format", "csv", "--output", "en.csv")
    replaced(tmp_path / "en.csv", (f"{THIRD},,", f"{THIRD}改了,Word by word.,"))
    worked = (tmp_path / "en.csv").read_bytes()
    assert "exchange-source" in done(tmp_path, "import", "en.csv", code=1)
    assert "import en.csv" in done(tmp_path, "export", "--format", "csv", "--output", "en.csv", code=2)
    assert (tmp_path / "en.csv").read_bytes() == worked


def test_a_format_that_is_not_read_replaces_nothing_but_its_own(tmp_path: Path) -> None:
    make(tmp_path, BOOK)
    done(tmp_path, "extract")
    edit(tmp_path / PO, lambda entry: replace(entry, msgstr="T"))
    before = tree(tmp_path)
    output = done(tmp_path, "export", "--format", "parquet", "--output", "content/zh/a.md", code=2)
    assert "no export" in output
    assert tree(tmp_path) == before
    for text in ("T", "U"):
        edit(tmp_path / PO, lambda entry, text=text: replace(entry, msgstr=text))  # type: ignore[misc]
        done(tmp_path, "export", "--format", "parquet", "--output", "x.parquet")


def test_each_target_has_a_file_of_its_own(tmp_path: Path) -> None:
    make(tmp_path, BOOK, 'source = "zh"\ntargets = ["en", "de"]\n')
    done(tmp_path, "extract")
    output = done(tmp_path, "export", "--format", "xliff2")
    assert output == "build/exchange/en.xliff: 7 entries\nbuild/exchange/de.xliff: 7 entries\n"
    assert b'trgLang="de-DE"' in (tmp_path / "build/exchange/de.xliff").read_bytes()
    assert "one file cannot hold the 2 targets" in done(
        tmp_path, "export", "--format", "tmx", "--output", "x.tmx", code=2
    )
    done(tmp_path, "export", "content/zh/b.md", "--format", "xliff", "--target", "de", "--output", "b.xlf")
    found = read_back("xliff", (tmp_path / "b.xlf").read_bytes())
    assert [portion.path for portion in found.portions] == ["locale/de/LC_MESSAGES/b.po"]


def test_reports_are_for_machines_too(tmp_path: Path) -> None:
    make(tmp_path, BOOK)
    assert "run bilingual extract" in done(tmp_path, "export", "--format", "xliff", code=2)
    done(tmp_path, "extract")
    result = run("export", "--format", "xliff", "--report", "json", cwd=tmp_path)
    assert json.loads(result.stdout) == {
        "entries": {"build/exchange/en.xlf": 7},
        "files": ["build/exchange/en.xlf"],
        "diagnostics": [],
    }
    (tmp_path / "build/exchange/en.xlf").write_text("<xliff", "utf-8")
    result = run("import", "build/exchange/en.xlf", "--report", "json", "--format", "xliff", cwd=tmp_path)
    assert result.returncode == 2
    assert [each["code"] for each in json.loads(result.stdout)["diagnostics"]] == ["exchange-syntax"]
    assert 'did you mean "xliff"?' in done(tmp_path, "export", "--format", "xlif", code=2)


def test_options_stand_in_the_configuration(tmp_path: Path) -> None:
    make(tmp_path, BOOK, f'{CONFIG}[exchange.tmx]\nminimum = "translated"\ndedupe = true\n')
    done(tmp_path, "extract")
    for path in (PO, OTHER):
        edit(
            tmp_path / path,
            lambda entry: replace(entry, msgstr="T", flags=("fuzzy",) if entry.msgid == THIRD else ()),
        )
    # The one translation that is a draft is left out, and one stands in both chapters.
    assert "5 entries" in done(tmp_path, "export", "--format", "tmx", "--output", "m.tmx")
    assert (tmp_path / "m.tmx").read_text("utf-8").count("<tu ") == 5
    assert FIRST in (tmp_path / "m.tmx").read_text("utf-8")
    make(tmp_path, {}, f'{CONFIG}[exchange.tmx]\nminimum = "good"\ndedup = true\n')
    output = done(tmp_path, "export", "--format", "tmx", code=2)
    assert 'unknown option "exchange.tmx.dedup"' in output
    assert "expected one of draft, stale, translated, reviewed" in output


def test_a_pair_that_stands_twice_is_written_once_as_the_better_one() -> None:
    text = replace(Entry("甲", "A"), comment=review_mark(Entry("甲", "A"), "王", "2026-01-01"))
    two = Bundle(ZH, EN, tuple(Portion(Catalog((each,)), f"{n}.po") for n, each in enumerate((Entry("甲", "A"), text))))
    (portion,) = read_back("tmx", written("tmx", two, dedupe=True)).portions
    assert [state(entry) for entry in portion.catalog.entries] == [State.REVIEWED]
    assert portion.path == ""


# --- what other programs read ----------------------------------------------------------------------------------------


SAMPLE = bundle(
    Entry("第一章", "Chapter 1", extracted="type: heading level 1", references=("content/zh/a.md",)),
    Entry(SECOND, 'See [here](b.md "t") and ![f](f.png), $\\frac{a}{b}$, `code`. <b>]]>', comment="译注"),
    Entry("三", "Three", flags=("fuzzy",), previous="二", comment="a\x08b"),
    Entry("四", "F\x0cour", "语境"),
    Entry("五"),
    Entry("六", plural=("多六", ("six", "sixes")), comment="复"),
    replace(Entry("七", "Seven"), comment=review_mark(Entry("七", "Seven"), "王", "2026-01-01")),
    Entry("旧", "Old", obsolete=True),
    header=new_header(source="zh", target="en", project="书"),
)
#: The grammar of TMX 1.4b and what we use of XLIFF, in our own words.
GRAMMARS = {
    "tmx": """
        <!ELEMENT tmx (header, body)> <!ATTLIST tmx version CDATA #FIXED "1.4">
        <!ELEMENT header (note|prop|ude)*>
        <!ATTLIST header creationtool CDATA #REQUIRED creationtoolversion CDATA #REQUIRED
            segtype (block|paragraph|sentence|phrase) #REQUIRED o-tmf CDATA #REQUIRED adminlang CDATA #REQUIRED
            srclang CDATA #REQUIRED datatype CDATA #REQUIRED>
        <!ELEMENT ude EMPTY> <!ELEMENT body (tu*)> <!ELEMENT note (#PCDATA)> <!ELEMENT prop (#PCDATA)>
        <!ATTLIST prop type CDATA #REQUIRED>
        <!ELEMENT tu ((note|prop)*, tuv+)> <!ATTLIST tu tuid CDATA #IMPLIED>
        <!ELEMENT tuv ((note|prop)*, seg)>
        <!ATTLIST tuv xml:lang CDATA #REQUIRED changedate CDATA #IMPLIED changeid CDATA #IMPLIED>
        <!ELEMENT seg (#PCDATA|bpt|ept|ph)*> <!ELEMENT bpt (#PCDATA)> <!ELEMENT ept (#PCDATA)> <!ELEMENT ph (#PCDATA)>
        <!ATTLIST bpt i CDATA #REQUIRED x CDATA #IMPLIED type CDATA #IMPLIED> <!ATTLIST ept i CDATA #REQUIRED>
        <!ATTLIST ph x CDATA #IMPLIED type CDATA #IMPLIED>
    """,
    "xliff": """
        <!ELEMENT xliff (file+)> <!ATTLIST xliff version CDATA #FIXED "1.2" xmlns CDATA #REQUIRED>
        <!ELEMENT file (header?, body)>
        <!ATTLIST file original CDATA #REQUIRED source-language CDATA #REQUIRED target-language CDATA #IMPLIED
            datatype CDATA #REQUIRED xml:space (default|preserve) #IMPLIED tool-id CDATA #IMPLIED>
        <!ELEMENT header (note*, tool*)> <!ELEMENT note (#PCDATA)> <!ATTLIST note from CDATA #IMPLIED>
        <!ELEMENT tool EMPTY>
        <!ATTLIST tool tool-id CDATA #REQUIRED tool-name CDATA #REQUIRED tool-version CDATA #IMPLIED>
        <!ELEMENT body (group|trans-unit)*>
        <!ELEMENT group (context-group*, note*, (group|trans-unit)*)>
        <!ATTLIST group id ID #IMPLIED restype CDATA #IMPLIED>
        <!ELEMENT trans-unit (source, target?, (context-group|note|alt-trans)*)>
        <!ATTLIST trans-unit id CDATA #REQUIRED approved (yes|no) #IMPLIED translate (yes|no) #IMPLIED
            restype CDATA #IMPLIED xml:space (default|preserve) #IMPLIED>
        <!ELEMENT source (#PCDATA|ph|bpt|ept)*> <!ELEMENT target (#PCDATA|ph|bpt|ept)*>
        <!ATTLIST target state (new|needs-translation|needs-review-translation|translated|signed-off|final) #IMPLIED>
        <!ELEMENT ph (#PCDATA)> <!ATTLIST ph id CDATA #REQUIRED ctype CDATA #IMPLIED>
        <!ELEMENT bpt (#PCDATA)> <!ATTLIST bpt id CDATA #REQUIRED rid CDATA #IMPLIED ctype CDATA #IMPLIED>
        <!ELEMENT ept (#PCDATA)> <!ATTLIST ept id CDATA #REQUIRED rid CDATA #IMPLIED>
        <!ELEMENT context-group (context+)>
        <!ATTLIST context-group purpose (location|match|information) #IMPLIED>
        <!ELEMENT context (#PCDATA)> <!ATTLIST context context-type CDATA #REQUIRED>
        <!ELEMENT alt-trans (source?, target+, context-group*)>
        <!ATTLIST alt-trans alttranstype CDATA #IMPLIED xml:space (default|preserve) #IMPLIED>
    """,
    "xliff2": """
        <!ELEMENT xliff (file+)>
        <!ATTLIST xliff version CDATA #REQUIRED srcLang NMTOKEN #REQUIRED trgLang NMTOKEN #IMPLIED
            xml:space (default|preserve) #IMPLIED
            xmlns CDATA #REQUIRED xmlns:mda CDATA #REQUIRED xmlns:mtc CDATA #REQUIRED>
        <!ELEMENT file (mda:metadata?, notes?, (unit|group)+)>
        <!ATTLIST file id NMTOKEN #REQUIRED original CDATA #IMPLIED canResegment (yes|no) #IMPLIED>
        <!ELEMENT group (mtc:matches?, mda:metadata?, notes?, (unit|group)*)>
        <!ATTLIST group id NMTOKEN #REQUIRED type CDATA #IMPLIED>
        <!ELEMENT unit (mtc:matches?, mda:metadata?, notes?, originalData?, segment+)>
        <!ATTLIST unit id NMTOKEN #REQUIRED translate (yes|no) #IMPLIED>
        <!ELEMENT mtc:matches (mtc:match+)> <!ELEMENT mtc:match (source, target)>
        <!ATTLIST mtc:match ref CDATA #REQUIRED type (am|mt|icm|idm|tb|tm|other) #IMPLIED subType CDATA #IMPLIED>
        <!ELEMENT mda:metadata (mda:metaGroup+)> <!ELEMENT mda:metaGroup (mda:meta+)>
        <!ATTLIST mda:metaGroup category CDATA #IMPLIED>
        <!ELEMENT mda:meta (#PCDATA)> <!ATTLIST mda:meta type CDATA #REQUIRED>
        <!ELEMENT notes (note+)> <!ELEMENT note (#PCDATA)> <!ATTLIST note category CDATA #IMPLIED>
        <!ELEMENT originalData (data+)> <!ELEMENT data (#PCDATA|cp)*> <!ATTLIST data id NMTOKEN #REQUIRED>
        <!ELEMENT segment (source, target?)>
        <!ATTLIST segment id NMTOKEN #IMPLIED state (initial|translated|reviewed|final) #IMPLIED
            subState CDATA #IMPLIED>
        <!ELEMENT source (#PCDATA|cp|ph|sc|ec)*> <!ELEMENT target (#PCDATA|cp|ph|sc|ec)*>
        <!ELEMENT cp EMPTY> <!ATTLIST cp hex NMTOKEN #REQUIRED>
        <!ELEMENT ph EMPTY> <!ELEMENT sc EMPTY> <!ELEMENT ec EMPTY>
        <!ATTLIST ph id NMTOKEN #REQUIRED dataRef NMTOKEN #IMPLIED type (fmt|ui|quote|link|image|other) #IMPLIED
            subType CDATA #IMPLIED disp CDATA #IMPLIED>
        <!ATTLIST sc id NMTOKEN #REQUIRED dataRef NMTOKEN #IMPLIED type (fmt|ui|quote|link|image|other) #IMPLIED
            subType CDATA #IMPLIED disp CDATA #IMPLIED>
        <!ATTLIST ec startRef NMTOKEN #IMPLIED dataRef NMTOKEN #IMPLIED disp CDATA #IMPLIED>
    """,
}


@pytest.mark.parametrize("protect", [True, False])
@pytest.mark.parametrize("name", BILINGUAL)
def test_files_follow_the_grammar_of_their_format(name: str, protect: bool, tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_bytes(written(name, SAMPLE, protect=protect))
    (tmp_path / "x.dtd").write_text(GRAMMARS[name], "utf-8")
    code = (
        "from lxml import etree; dtd = etree.DTD('x.dtd')\n"
        "assert dtd.validate(etree.parse('x.xml')), str(dtd.error_log)\n"
    )
    subprocess.run([tools("lxml"), "-c", code], cwd=tmp_path, check=True)


TOOLKIT = """
import json, sys
from translate.storage.{0} import {1} as store
file = store.parsefile(sys.argv[1])
units = [unit for unit in file.units if unit.istranslatable()]
print(json.dumps([[str(unit.source), str(unit.target or ""), unit.getnotes()] for unit in units]))
"""


def through_toolkit(module: str, kind: str, data: bytes, folder: Path) -> list[tuple[str, str, str]]:
    """What Weblate's library reads in a file."""
    (folder / "x").write_bytes(data)
    command = [tools("translate"), "-c", TOOLKIT.format(module, kind), "x"]
    result = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    assert result.returncode == 0, result.stderr
    return [tuple(each) for each in json.loads(result.stdout)]


@pytest.mark.parametrize(
    ("name", "module", "kind"),
    [("tmx", "tmx", "tmxfile"), ("xliff", "xliff", "xlifffile"), ("xliff2", "xliff2", "Xliff2File")],
)
def test_the_library_of_weblate_reads_the_same_texts(name: str, module: str, kind: str, tmp_path: Path) -> None:
    found = through_toolkit(module, kind, written(name, SAMPLE, protect=False), tmp_path)
    texts = {source: target for source, target, *_ in found}
    for entry in SAMPLE.portions[0].catalog.entries:
        if entry.plural is None and (entry.msgstr or name != "tmx") and not entry.obsolete and entry.msgid != "四":
            # A memory has no draft as a match.
            assert texts[entry.msgid] == ("" if name == "tmx" and entry.fuzzy else entry.msgstr)
    assert ("旧" in texts) == (name == "tmx")  # what is obsolete is not to be translated, but worth remembering
    if name == "xliff":
        assert ("第一章", "Chapter 1", "type: heading level 1") in found


def test_weblates_library_writes_what_we_read(tmp_path: Path) -> None:
    """A unit translated, one marked for work, and one approved, by the calls that Weblate makes."""
    (tmp_path / "x").write_bytes(written("xliff", SAMPLE))
    code = """
from translate.storage.xliff import xlifffile
file = xlifffile.parsefile("x")
units = {str(unit.source): unit for unit in file.units}
units["五"].target = "Five"
units["第一章"].markapproved()
units["三"].target = "Three!"
units["三"].markfuzzy()
file.save()
"""
    subprocess.run([tools("translate"), "-c", code], cwd=tmp_path, check=True)
    (portion,) = read_back("xliff", (tmp_path / "x").read_bytes()).portions
    found = {entry.msgid: entry for entry in portion.catalog.entries}
    assert found["五"].msgstr == "Five"
    assert state(found["第一章"]) is State.REVIEWED
    assert (found["三"].msgstr, found["三"].fuzzy, found["三"].previous) == ("Three!", True, "二")
    assert found[SECOND].msgstr == SAMPLE.portions[0].catalog.entries[1].msgstr


# --- what other programs write ----------------------------------------------------------------------------------------

OMEGAT = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4">
  <header creationtool="OmegaT" o-tmf="OmegaT TMX" adminlang="EN-US" datatype="plaintext"
      creationtoolversion="6.0.1" segtype="paragraph" srclang="ZH-CN"/>
  <body>
    <!-- Default translations -->
    <tu>
      <note>是不是太长？</note>
      <tuv xml:lang="ZH-CN"><seg>{FIRST}</seg></tuv>
      <tuv xml:lang="EN" changeid="li" changedate="20260405T060708Z" creationid="li" creationdate="20260401T000000Z">
        <seg>Attention &lt;sees&gt; everything.</seg>
      </tuv>
    </tu>
    <!-- Alternative translations -->
    <tu>
      <prop type="file">b.po</prop><prop type="prev">甲</prop>
      <tuv xml:lang="ZH-CN"><seg>公式 <ph x="0">$\\frac{{a}}{{b}}$</ph> 与 <bpt i="0" x="1">`</bpt>code<ept
      i="0">`</ept>，见[这里](b.md "题")和![图](f.png)。</seg></tuv>
      <tuv xml:lang="EN"><seg>Formula <ph x="0">$\\frac{{a}}{{b}}$</ph>.</seg></tuv>
    </tu>
    <tu><tuv xml:lang="ZH-CN"><seg>没有这一段。</seg></tuv><tuv xml:lang="EN"><seg>Nowhere.</seg></tuv></tu>
  </body>
</tmx>
"""
TRADOS = f"""<?xml version="1.0" encoding="utf-16"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4">
  <header creationtool="TRADOS Translator's Workbench for Windows" creationtoolversion="Edition 8" segtype="sentence"
      o-tmf="TW4Win 2.0 Format" adminlang="EN-US" srclang="ZH-CN" datatype="rtf"/>
  <body>
    <tu creationdate="20060101T000000Z" creationid="X" changedate="20060102T000000Z" changeid="Y">
      <prop type="Att::Client">P</prop>
      <tuv xml:lang="ZH-CN"><seg><bpt i="1">{{\\b </bpt>{FIRST}<ept i="1">}}</ept></seg></tuv>
      <tuv xml:lang="EN-US"><seg><ut>{{\\cs6 </ut><hi>Attention</hi> sees<ut>}}</ut> everything.</seg></tuv>
    </tu>
  </body>
</tmx>
"""


def test_the_memory_of_omegat_fills_in_what_is_missing(tmp_path: Path) -> None:
    make(tmp_path, {**BOOK, "mail/project_save.tmx": OMEGAT})
    done(tmp_path, "extract")
    edit(tmp_path / OTHER, lambda entry: replace(entry, msgstr="Kept as it is.") if entry.msgid == FIRST else entry)
    output = done(tmp_path, "import", "mail/project_save.tmx")
    assert "import-unknown" in output
    assert "1 texts are translated differently in the catalog, which stays as it is" in output
    found = entries(tmp_path / PO)
    assert (found[FIRST].msgstr, found[FIRST].comment) == ("Attention <sees> everything.", "是不是太长？")
    assert found[SECOND].msgstr == "Formula $\\frac{a}{b}$."
    assert entries(tmp_path / OTHER)[FIRST].msgstr == "Kept as it is."
    assert "没有这一段。" not in found
    assert 'Last-Translator: li\\n"' in (tmp_path / PO).read_text("utf-8")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-8", "gb18030"])
def test_trados_writes_utf16_and_codes_of_word(encoding: str) -> None:
    text = TRADOS.replace('encoding="utf-16"', 'encoding="GB18030"') if encoding == "gb18030" else TRADOS
    data = text.encode(encoding)
    (portion,) = read_back("tmx", data).portions
    (entry,) = portion.catalog.entries
    assert (entry.msgid, entry.msgstr) == (FIRST, "Attention sees everything.")
    assert ("PO-Revision-Date", "2006-01-02 00:00+0000") in portion.catalog.header


def test_of_many_languages_two_are_chosen_however_they_are_spelled(tmp_path: Path) -> None:
    variant = '<tuv xml:lang="{}"><seg>{}</seg></tuv>'
    units = "".join(
        f"<tu>{''.join(variant.format(code, text) for code, text in texts)}</tu>"
        for texts in (
            [("EN-gb", "colour"), ("de", "Farbe"), ("ZH-CN", "颜色"), ("zh-TW", "顏色"), ("en_US", "color")],
            [("fr", "un"), ("zh_Hans", "一"), ("eng", "one")],
            [("zh-Hant", "二"), ("en", "two")],
            [("fr", "trois"), ("zho", "三")],
        )
    )
    header = 'creationtool="x" creationtoolversion="1" segtype="phrase" o-tmf="x" adminlang="en" datatype="unknown"'
    data = f'<tmx version="1.4"><header {header} srclang="*all*"/><body>{units}</body></tmx>'.encode()
    read_pair = tmx_module.FORMAT.read_pair
    assert read_pair is not None

    def pairs(source: str, target: str) -> dict[str, str]:
        found = read_pair(data, "x", language(source), language(target))
        assert isinstance(found, Bundle)
        return {entry.msgid: entry.msgstr for portion in found.portions for entry in portion.catalog.entries}

    assert pairs("zh", "en") == {"颜色": "color", "一": "one"}
    assert pairs("zh-Hans", "en-GB") == {"颜色": "colour", "一": "one"}
    assert pairs("zh-TW", "en") == {"顏色": "color", "二": "two"}
    assert pairs("de", "zh") == {"Farbe": "颜色"}
    with pytest.raises(BilingualError) as caught:
        pairs("zh", "ja")
    assert "fr" in caught.value.diagnostics[0].hint
    with pytest.raises(BilingualError):
        read_back("tmx", data)
    # The command asks for each target of the book.
    make(tmp_path, {"content/zh/a.md": "颜色\n\n一\n", "m.tmx": data}, 'source = "zh"\ntargets = ["en", "de"]\n')
    done(tmp_path, "extract")
    done(tmp_path, "import", "m.tmx")
    assert entries(tmp_path / PO)["颜色"].msgstr == "color"
    assert entries(tmp_path / "locale/de/LC_MESSAGES/a.po")["颜色"].msgstr == "Farbe"


def xliff(units: str, *, attributes: str = "", head: str = "") -> bytes:
    return (
        f'<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2" {attributes}>'
        f'<file original="a.po" source-language="zh-cn" target-language="en" datatype="po">{head}<body>{units}</body>'
        "</file></xliff>"
    ).encode()


WEBLATE = [
    ('<target state="needs-translation">T</target>', "", State.DRAFT),
    ('<target state="needs-review-translation">T</target>', "", State.DRAFT),
    ('<target state="new">T</target>', "", State.DRAFT),
    ('<target state="needs-l10n">T</target>', 'approved="yes"', State.DRAFT),
    ("<target>T</target>", "", State.TRANSLATED),
    ('<target state="translated">T</target>', 'approved="no"', State.TRANSLATED),
    ("<target>T</target>", 'approved="yes"', State.REVIEWED),
    ('<target state="signed-off">T</target>', "", State.REVIEWED),
    ('<target state-qualifier="mt-suggestion">T</target>', "", State.DRAFT),
    ("<target/>", 'approved="yes"', State.MISSING),
    ("", "", State.MISSING),
    # memoQ, and Phrase.
    ("<target>T</target>", 'mq:status="PartiallyEdited"', State.DRAFT),
    ("<target>T</target>", 'mq:status="ManuallyConfirmed"', State.TRANSLATED),
    ("<target>T</target>", 'mq:status="Proofread"', State.REVIEWED),
    ("<target>T</target>", 'm:confirmed="0"', State.DRAFT),
    ("<target>T</target>", 'm:confirmed="1"', State.TRANSLATED),
]
SPACES = 'xmlns:mq="MQXliff" xmlns:m="http://www.memsource.com/mxlf/2.0"'


@pytest.mark.parametrize(("target", "attributes", "expected"), WEBLATE)
def test_states_are_those_of_weblate_and_others(target: str, attributes: str, expected: State) -> None:
    phase = '<phase phase-name="p" process-name="r" contact-name="王" date="2026-03-04T05:06:07Z"/>'
    head = f"<header><phase-group>{phase}</phase-group></header>"
    data = xliff(
        f'<trans-unit id="1" {attributes}><source>甲</source>{target}</trans-unit>', attributes=SPACES, head=head
    )
    (portion,) = read_back("xliff", data).portions
    (entry,) = portion.catalog.entries
    assert state(entry) is expected
    assert portion.marked == bool("state=" in target or attributes)
    if expected is State.REVIEWED:
        assert entry.comment.startswith("bilingual: reviewed=王 2026-03-04 ")


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        ('<sdl:seg id="1" conf="Draft" origin="mt"/>', State.DRAFT),
        ('<sdl:seg id="1" origin="mt"/>', State.DRAFT),
        ('<sdl:seg id="1" conf="RejectedTranslation"/>', State.DRAFT),
        ('<sdl:seg id="1" conf="Translated" origin="interactive"/>', State.TRANSLATED),
        ('<sdl:seg id="1" conf="Translated"/><sdl:seg id="2" conf="Draft"/>', State.DRAFT),
        ('<sdl:seg id="1" conf="Translated"/><sdl:seg id="2" conf="ApprovedTranslation"/>', State.TRANSLATED),
        ('<sdl:seg id="1" conf="ApprovedSignOff"/><sdl:seg id="2" conf="ApprovedTranslation"/>', State.REVIEWED),
    ],
)
def test_states_of_trados_count(segments: str, expected: State) -> None:
    unit = (
        f'<trans-unit id="1"><source>甲</source><target>T</target><sdl:seg-defs>{segments}</sdl:seg-defs></trans-unit>'
    )
    data = xliff(unit, attributes='xmlns:sdl="http://sdl.com/FileTypes/SdlXliff/1.0"')
    (portion,) = read_back("xliff", data).portions
    assert [state(entry) for entry in portion.catalog.entries] == [expected]
    assert portion.marked


@pytest.mark.parametrize("date", ["2026-13-99", "yesterday", "20\n6"])
def test_a_review_has_a_date_that_is_one(date: str) -> None:
    phase = f'<phase phase-name="p" process-name="r" contact-name="王" date="{date}"/>'
    head = f"<header><phase-group>{phase}</phase-group></header>"
    unit = '<trans-unit id="1" approved="yes"><source>甲</source><target>T</target></trans-unit>'
    (entry,) = read_back("xliff", xliff(unit, head=head)).portions[0].catalog.entries
    assert re.fullmatch(r"bilingual: reviewed=王 \d{4}-\d\d-\d\d [0-9a-f]{8}", entry.comment)
    assert date not in entry.comment
    assert state(entry) is State.REVIEWED


def test_who_changes_a_reviewed_text_does_not_review_it() -> None:
    entry = Entry("甲", "A")
    entry = replace(entry, comment=review_mark(entry, "王", "2026-01-01"))
    data = written("xliff", bundle(entry)).replace(b">A</target>", b">A!</target>")
    (changed,) = read_back("xliff", data).portions[0].catalog.entries
    assert state(changed) is State.TRANSLATED


def test_programs_may_cut_reorder_and_empty_what_is_in_a_unit() -> None:
    source = '公式<ph id="1">$x$</ph>与<bpt id="2" rid="2">[</bpt>这里<ept id="2-end" rid="2">](b.md)</ept>。好。'
    parts = f'<mrk mtype="seg" mid="0">{source[:-2]}</mrk><mrk mtype="seg" mid="1">好。</mrk>'
    first = '<mrk mtype="seg" mid="0"><bpt id="2"/>Here<ept id="2-end"/> is <x id="1"/><g id="9">bold</g>. </mrk>'
    whole = f'{first}<mrk mtype="seg" mid="1">Good.</mrk>'
    half = f'{first}<mrk mtype="seg" mid="1"></mrk>'
    texts = "<source>{}</source><seg-source>{}</seg-source><target>{}</target>"
    unit = f'<trans-unit id="{{}}" mq:segmentguid="g">{texts}<mq:warnings40/></trans-unit>'
    data = xliff(unit.format(1, source, parts, whole) + unit.format(2, f"又{source}", parts, half), attributes=SPACES)
    one, two = read_back("xliff", data).portions[0].catalog.entries
    assert (one.msgid, one.msgstr) == ("公式$x$与[这里](b.md)。好。", "[Here](b.md) is $x$bold. Good.")
    assert (two.msgid, two.msgstr) == ("又公式$x$与[这里](b.md)。好。", "")


def test_xliff_2_may_come_back_in_segments() -> None:
    data = (
        '<xliff version="2.0" xmlns="urn:oasis:names:tc:xliff:document:2.0" srcLang="zh-CN" trgLang="en-US">'
        '<file id="f" original="a.po"><group id="g"><unit id="u"><originalData><data id="d">$x$</data>'
        '<data id="a">[</data><data id="b">](b.md)</data></originalData>'
        '<segment state="translated"><source>公式<ph id="1" dataRef="d"/>与<pc id="2" dataRefStart="a" dataRefEnd="b">'
        '这里</pc>。</source><target><pc id="2" dataRefStart="a" dataRefEnd="b">Here</pc> is <ph id="1"/>.</target>'
        "</segment><ignorable><source> </source></ignorable>"
        '<segment state="final"><source>好。</source><target><mrk id="m" type="comment">Good</mrk>.</target></segment>'
        "</unit>"
        '<unit id="v"><segment><source>二</source><target>Two<cp hex="0008"/></target></segment></unit>'
        '<unit id="w"><segment state="initial"><source>三</source><target>Three</target></segment></unit>'
        '<unit id="x"><segment state="reviewed"><source>四</source><target>Four</target></segment></unit>'
        "</group></file></xliff>"
    ).encode()
    found = read_back("xliff2", data).portions[0].catalog.entries
    assert [(entry.msgid, entry.msgstr, state(entry)) for entry in found] == [
        ("公式$x$与[这里](b.md)。 好。", "[Here](b.md) is $x$. Good.", State.TRANSLATED),
        ("二", "Two\x08", State.TRANSLATED),
        ("三", "Three", State.DRAFT),
        ("四", "Four", State.REVIEWED),
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda text: text.replace('original="locale/en', 'original="C:\\Work\\locale\\en'), "Word by word."),
        (lambda text: text.replace('target-language="en-US"', 'target-language="fr-FR"'), "T 推"),
        (lambda text: text.replace('source-language="zh-CN"', 'source-language="ja"'), "T 推"),
        (lambda text: re.sub("<(/?)(xliff|file|body|header|trans-unit|source|target)", r"<\1x:\2", text)
            .replace("xmlns=", "xmlns:x="), "Word by word."),
        (lambda text: text.replace("\n", "\r\n"), "Word by word."),
    ],
)  # fmt: skip
def test_files_are_recognised_by_what_they_say(change: Callable[[str], str], expected: str, tmp_path: Path) -> None:
    file = sent_out(tmp_path, "xliff")
    replaced(file, ("T 推", "Word by word."))
    text = change(file.read_text("utf-8"))
    (tmp_path / "back.txt").write_bytes(text.encode())
    result = run("import", "back.txt", cwd=tmp_path)
    assert result.returncode == (0 if expected == "Word by word." else 2), result.stderr
    assert entries(tmp_path / PO)[THIRD].msgstr == expected


def test_what_a_file_is_may_be_said_and_must_be_known(tmp_path: Path) -> None:
    file = sent_out(tmp_path, "xliff")
    shutil.copyfile(file, tmp_path / "x")
    done(tmp_path, "import", "x", "--format", "xliff")
    assert "XLIFF 1.2 is another format: --format xliff" in done(tmp_path, "import", "x", "--format", "xliff2", code=2)
    (tmp_path / "y").write_text("hello", "utf-8")
    assert "nothing tells what format this is" in done(tmp_path, "import", "y", code=2)
    assert "no format 'z'" in done(tmp_path, "import", "y", "--format", "z", code=2)


# --- glossaries -------------------------------------------------------------------------------------------------------

GLOSSARY = (
    "source,target,variants,forbidden,case,keep,note\n"
    '注意力,attention,attention mechanism|attending,focus,,,"see ""2.1"" & <b>"\n'
    "GPT,,,,yes,yes,\n"
    "词元,token,,word,yes,,\n"
)
_STATUS = "<min:administrativeStatus>{}Term-admn-sts</min:administrativeStatus>"
TBX3 = f"""<?xml version="1.0" encoding="UTF-8"?>
<tbx style="dct" type="TBX-Basic" xml:lang="en" xmlns="urn:iso:std:iso:30042:ed-2" xmlns:min="http://www.tbxinfo.net/ns/min"
    xmlns:basic="http://www.tbxinfo.net/ns/basic">
  <tbxHeader><fileDesc><sourceDesc><p>x</p></sourceDesc></fileDesc></tbxHeader>
  <text><body>
    <conceptEntry id="c1"><basic:definition>一种权重</basic:definition>
      <langSec xml:lang="en"><termSec><term>focus</term>{_STATUS.format("deprecated")}</termSec>
        <termSec><term>attn</term>{_STATUS.format("admitted")}</termSec>
        <termSec><term>attention</term>{_STATUS.format("preferred")}</termSec></langSec>
      <langSec xml:lang="zh"><termSec><term>注意力</term></termSec><termSec><term>关注</term></termSec></langSec>
      <langSec xml:lang="fr"><termSec><term>attention</term></termSec></langSec>
    </conceptEntry>
    <conceptEntry id="c2"><langSec xml:lang="zh"><termSec><term>只有</term></termSec></langSec></conceptEntry>
  </body></text>
</tbx>"""


def terms(path: Path) -> dict[str, Term]:
    found = read_glossary(path.read_text("utf-8"), path.name).terms
    return {source: replace(term, line=0) for source, term in found.items()}


def test_a_glossary_goes_out_and_comes_back(tmp_path: Path) -> None:
    make(tmp_path, {**BOOK, "glossary.csv": GLOSSARY})
    assert done(tmp_path, "export", "--format", "tbx", "--output", "g.tbx") == "g.tbx: 3 entries\n"
    before = terms(tmp_path / "glossary.csv")
    (tmp_path / "glossary.csv").unlink()
    assert "glossary.csv: 3 changed" in done(tmp_path, "import", "g.tbx")
    assert terms(tmp_path / "glossary.csv") == before
    # What is there stays, and what is new goes below it.
    own = "source,target\r\n词元,lexeme\r\n"
    (tmp_path / "glossary.csv").write_bytes(own.encode())
    output = done(tmp_path, "import", "g.tbx", "--check", code=1)
    assert "the glossary has this term otherwise, as 'lexeme'; that stays" in output
    assert (tmp_path / "glossary.csv").read_bytes() == own.encode()
    done(tmp_path, "import", "g.tbx")
    found = terms(tmp_path / "glossary.csv")
    assert list(found) == ["词元", "注意力", "GPT"]
    assert found["词元"].target == "lexeme"
    (tmp_path / "glossary.csv").write_text("source,target,note\n词元,lexeme,", "utf-8")
    (tmp_path / "h.tbx").write_bytes(written("tbx", Terms(ZH, EN, (Term("甲", "A"),))))
    done(tmp_path, "import", "h.tbx")
    assert (tmp_path / "glossary.csv").read_text("utf-8") == "source,target,note\n词元,lexeme,\n甲,A,\n"
    (tmp_path / "glossary.csv").unlink()
    assert "the book has no glossary" in done(tmp_path, "export", "--format", "tbx", code=2)


def test_no_term_of_a_stranger_acts_on_a_program(tmp_path: Path) -> None:
    made = (Term("=cmd|' /C calc'!A0", "@x", ("+1", "a"), note="-n"), Term("词元", "token"))
    sent = (*made, Term("红", "red\x1b[31m"))
    make(tmp_path, {**BOOK, "g.tbx": written("tbx", Terms(ZH, EN, sent))})
    assert "import-control" in done(tmp_path, "import", "g.tbx", code=1)
    rows = list(csv.reader((tmp_path / "glossary.csv").read_text("utf-8").splitlines()))
    assert rows[1][:3] == ["'=cmd|' /C calc'!A0", "'@x", "'+1|a"]
    assert rows[2][:2] == ["词元", "token"]
    # The apostrophes are none of the terms.
    assert terms(tmp_path / "glossary.csv") == {term.source: term for term in made}
    done(tmp_path, "export", "--format", "tbx", "--output", "out.tbx")
    assert "=cmd" in (tmp_path / "out.tbx").read_text("utf-8")
    assert "'=cmd" not in (tmp_path / "out.tbx").read_text("utf-8")
    assert "'=cmd" in done(tmp_path, "glossary", "export")


def test_the_present_edition_of_tbx_is_read(tmp_path: Path) -> None:
    make(tmp_path, {**BOOK, "g.xml": TBX3})
    done(tmp_path, "import", "g.xml")
    assert terms(tmp_path / "glossary.csv") == {
        source: Term(source, "attention", ("attn",), ("focus",), note="一种权重") for source in ("注意力", "关注")
    }


def test_the_library_of_weblate_reads_glossaries(tmp_path: Path) -> None:
    made = (Term("注意力", "attention", ("attending",), ("focus",), note="n"), Term("GPT", "", keep=True))
    (tmp_path / "x").write_bytes(written("tbx", Terms(ZH, EN, made)))
    code = """
import json
from translate.storage.tbx import tbxfile
file = tbxfile.parsestring(open("x", "rb").read(), sourcelanguage="zh-CN", targetlanguage="en-US")
print(json.dumps([[u.source, [[t.text, t.deprecated] for t in u.get_target_terms()]] for u in file.units]))
"""
    result = subprocess.run([tools("translate"), "-c", code], cwd=tmp_path, capture_output=True, check=True)
    assert json.loads(result.stdout) == [
        ["注意力", [["attention", False], ["attending", False], ["focus", True]]],
        ["GPT", [["GPT", False]]],
    ]


_FORM = st.text(st.sampled_from("ab 字&<'\"\x08;,-"), min_size=1, max_size=6).map(str.strip).filter(bool)


@settings(deadline=None, max_examples=150)
@given(st.dictionaries(_FORM, st.tuples(_FORM, st.lists(_FORM, max_size=2, unique=True), st.booleans()), max_size=4))
def test_terms_come_back_as_they_were(found: dict[str, tuple[str, list[str], bool]]) -> None:
    made = tuple(
        Term(source, target, tuple(each for each in others if each != target), ("no no",), case, note="n\n二")
        for source, (target, others, case) in found.items()
    )
    reads = FORMATS["tbx"].read
    assert reads is not None
    if made:
        assert reads(written("tbx", Terms(ZH, EN, made)), "x") == replace(
            Terms(language("zh-CN"), language("en-US"), made), licence="", title=""
        )


# --- languages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("zh", "zh-CN"), ("zh-Hans", "zh-CN"), ("zh-Hant", "zh-TW"), ("zh_HK", "zh-HK"), ("cmn", "zh-CN"),
        ("en", "en-US"), ("en-GB", "en-GB"), ("pt", "pt-BR"), ("sr-Latn", "sr-Latn-RS"), ("ar", "ar-EG"),
    ],
)  # fmt: skip
def test_codes_get_a_region(code: str, expected: str) -> None:
    assert regional(language(code)) == expected


@pytest.mark.parametrize(
    ("wanted", "codes", "expected"),
    [
        ("zh", ["en", "ZH-CN"], 1), ("zh-Hans", ["zh_TW", "zho"], 1), ("zh-Hant", ["zh-CN", "zh"], None),
        ("en", ["en-GB", "en-US"], 1), ("en-GB", ["en-US", "en"], 1), ("en-GB", ["en-US"], 0), ("en", ["", "x!"], None),
        ("sr", ["sr-Latn", "sr-RS"], 1), ("de", ["deu"], 0), ("ja", ["zh"], None),
    ],
)  # fmt: skip
def test_the_closest_code_is_chosen(wanted: str, codes: list[str], expected: int | None) -> None:
    assert closest(language(wanted), codes) == expected
