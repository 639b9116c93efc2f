"""Hostile interchange files: whatever bytes come back, a diagnostic says what is wrong, and nothing outside is read."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bilingual.catalog import Catalog, Entry, new_header
from bilingual.diagnostics import BilingualError
from bilingual.exchange import FORMATS, Bundle, Portion, Terms
from bilingual.exchange import _xml as xml
from bilingual.glossary import Term
from bilingual.language import language
from book import PO, make, tree
from support import done, run

if TYPE_CHECKING:
    from pathlib import Path

HIDDEN = "what nobody outside may read"
FIRST = "注意力。"
BOOK = {"content/zh/a.md": f"# 前言\n\n{FIRST}\n\n公式 $x$，见[这里](b.md)。\n", "secret.txt": HIDDEN}
XML = ("tmx", "xliff", "xliff2", "tbx")


def sample(name: str) -> bytes:
    """A small valid file in a format."""
    zh, en = language("zh"), language("en")
    entries = (
        Entry(FIRST, "Attention.", comment="译注", flags=("fuzzy",), previous="旧。", references=("a.md",)),
        Entry("公式 $x$，见[这里](b.md)。", "See [here](b.md), $x$.", "语境"),
        Entry("二", plural=("多", ("two", "twos"))),
        Entry("三"),
        Entry("旧", "Old\x08", obsolete=True),
    )
    portion = Portion(Catalog(entries, new_header(source="zh", target="en")), PO)
    held: Bundle | Terms = Bundle(zh, en, (portion,), "CC-BY-4.0", "书")
    if name == "tbx":
        held = Terms(zh, en, (Term("甲", "A", ("a",), ("α",), note="n"), Term("乙", "", keep=True)))
    made = FORMATS[name]
    options = made.options() if name in {"tbx", "xliff", "xliff2"} else made.options(protect=True)
    return b"".join(made.write(held, options))


def fate(name: str, data: bytes) -> str:
    """The codes of the diagnostics with which a file is refused; empty if it is read."""
    reads = FORMATS[name].read
    assert reads is not None
    try:
        reads(data, "x")
    except BilingualError as error:
        found = error.diagnostics
    else:
        return ""
    assert all(each.message and each.place.path == "x" for each in found)
    return ",".join(each.code for each in found)


def with_doctype(name: str, doctype: str, use: str = "") -> bytes:
    text = sample(name).decode()
    head, _, rest = text.partition("\n")
    if use:
        spot = {"tmx": "Attention.", "xliff": "Attention.", "xliff2": "Attention.", "tbx": "<p>bilingual"}[name]
        assert spot in rest
        rest = rest.replace(spot, spot + use)
    return f"{head}\n{doctype}\n{rest}".encode()


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
DOCTYPES = {
    "entity": ('[<!ENTITY x "y">]', "&x;"),
    "laughs": (f'[<!ENTITY l0 "ha">{LAUGHS}]', "&l9;"),
    "file": ('[<!ENTITY x SYSTEM "secret.txt">]', "&x;"),
    "url": ('[<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]', "&x;"),
    "parameter": ('[<!ENTITY % x SYSTEM "secret.txt"> %x;]', ""),
    "quadratic": (f'[<!ENTITY x "{"y" * 5000}">]', "&x;" * 5000),
    "attribute": ('[<!ATTLIST seg x CDATA "y">]', ""),
    "subset": ('SYSTEM "tmx14.dtd" [<!ENTITY x "y">]', "&x;"),
    "other": ('SYSTEM "secret.txt"', ""),
    "etc": ('SYSTEM "file:///etc/passwd"', ""),
    "public": ('PUBLIC "x" "http://127.0.0.1:9/evil.dtd"', ""),
    "bare": ("", ""),
}
ROOTS = {"tmx": "tmx", "xliff": "xliff", "xliff2": "xliff", "tbx": "martif"}


@pytest.mark.parametrize("case", DOCTYPES)
@pytest.mark.parametrize("name", XML)
def test_document_types_are_refused(name: str, case: str) -> None:
    doctype, use = DOCTYPES[case]
    assert fate(name, with_doctype(name, f"<!DOCTYPE {ROOTS[name]} {doctype}>", use)) == "exchange-unsafe"


def test_the_command_refuses_them_too_and_changes_nothing(tmp_path: Path) -> None:
    files = {
        f"{case}.xml": with_doctype("xliff", f"<!DOCTYPE xliff {doctype}>", use)
        for case, (doctype, use) in DOCTYPES.items()
    }
    make(tmp_path, {**BOOK, **files})
    done(tmp_path, "extract")
    before = tree(tmp_path)
    output = done(tmp_path, "import", *files, code=2)
    assert output.count("the file has a document type") == len(DOCTYPES)
    assert HIDDEN not in output
    assert tree(tmp_path) == before


def test_a_document_type_that_declares_nothing_is_passed_over_and_never_followed(tmp_path: Path) -> None:
    # OmegaT, Trados and all others write this line.
    assert fate("tmx", with_doctype("tmx", '<!DOCTYPE tmx SYSTEM "tmx14.dtd">')) == ""
    assert fate("tbx", with_doctype("tbx", '<!DOCTYPE martif SYSTEM "TBXBasiccoreStructV02.dtd">')) == ""
    public = '<!DOCTYPE martif PUBLIC "ISO 12200:1999A//DTD MARTIF core (DXFcdV04)//EN" "TBXcdv04.dtd">'
    assert fate("tbx", with_doctype("tbx", public)) == ""
    # Were it read, this one would have an entity.
    (tmp_path / "tmx14.dtd").write_text('<!ENTITY x "leak">', "utf-8")
    make(tmp_path, {**BOOK, "back.tmx": with_doctype("tmx", '<!DOCTYPE tmx SYSTEM "tmx14.dtd">', "&x;")})
    done(tmp_path, "extract")
    assert "an entity that is none of the five of XML" in done(tmp_path, "import", "back.tmx", code=2)
    assert fate("tmx", with_doctype("tmx", '<!DOCTYPE seg SYSTEM "tmx14.dtd">')) == "exchange-unsafe"


@pytest.mark.parametrize(
    ("name", "doctype"),
    [
        ("tmx", '<!DOCTYPE tmx SYSTEM "tmx14.dtd" []>'),
        ("tmx", '<!DOCTYPE tmx SYSTEM "http://127.0.0.1:9/tmx14.dtd">'),
        ("tmx", '<!DOCTYPE tmx SYSTEM "file:///tmx14.dtd">'),
        ("tmx", '<!DOCTYPE tmx SYSTEM "../tmx14.dtd">'),
        ("tmx", '<!DOCTYPE tmx SYSTEM "tmx19.dtd">'),
        ("tmx", '<!DOCTYPE tmx SYSTEM "TBXcoreStructV02.dtd">'),
        ("tmx", '<!DOCTYPE tmx PUBLIC "x" "tmx14.dtd">'),
        ("tbx", '<!DOCTYPE martif SYSTEM "http://127.0.0.1:9/TBXcoreStructV02.dtd">'),
        ("tbx", '<!DOCTYPE martif SYSTEM "TBXanything.dtd">'),
        ("tbx", '<!DOCTYPE martif PUBLIC "x" "TBXcdv04.dtd">'),
        ("xliff", '<!DOCTYPE xliff SYSTEM "xliff.dtd">'),
        ("xliff2", '<!DOCTYPE xliff SYSTEM "tmx14.dtd">'),
    ],
)
def test_a_document_type_is_passed_over_only_letter_for_letter(name: str, doctype: str) -> None:
    assert fate(name, with_doctype(name, doctype)) == "exchange-unsafe"


@pytest.mark.parametrize("name", ["tmx", "xliff", "xliff2", "jsonl", "xlsx"])
def test_no_control_characters_get_into_a_catalog(name: str, tmp_path: Path) -> None:
    make(tmp_path, {**BOOK, "content/zh/b.md": "一句话。\n"})
    done(tmp_path, "extract")
    nasty = "\x00\x1b[31m\x9b"
    found = (
        Entry(FIRST, f"Attention{nasty}"),
        Entry("公式 $x$，见[这里](b.md)。", "See.", comment=f"note{nasty}"),
        Entry("没有。", f"None{nasty}", flags=("a\nb",), obsolete=True),
    )
    made = FORMATS[name]
    options = made.options(minimum="missing", obsolete=True) if name == "jsonl" else made.options()
    held = Bundle(language("zh"), language("en"), (Portion(Catalog(found), PO),))
    (tmp_path / f"back.{name}").write_bytes(b"".join(made.write(held, options)))
    output = done(tmp_path, "import", f"back.{name}", "--format", name, code=1)
    assert output.count("import-control") == 2
    text = (tmp_path / PO).read_text("utf-8")
    assert not set(nasty[:2] + nasty[-1]) & set(text)
    assert "Attention" not in text
    assert "没有。" not in text
    assert "# note[31m\n" in text  # what is left of it is harmless


@pytest.mark.parametrize("name", XML)
def test_entities_without_a_document_type_are_no_xml(name: str) -> None:
    assert fate(name, with_doctype(name, "", "&nbsp;")) == "exchange-syntax"
    assert fate(name, with_doctype(name, "", "&#8;")) == "exchange-syntax"
    assert fate(name, with_doctype(name, "", "&#xD800;")) == "exchange-syntax"
    assert fate(name, with_doctype(name, "", "&#x41;&lt;&amp;")) == ""


def spoiled(name: str, text: str) -> bytes:
    """A file with something in the middle of it."""
    data = sample(name)
    close = b"</body>" if name != "xliff2" else b"</file>"
    head, tail = data.split(close, 1)
    return head + text.encode() + close + tail


@pytest.mark.parametrize("name", XML)
def test_what_would_take_all_memory_is_refused(name: str) -> None:
    assert fate(name, spoiled(name, "<a>" * 300 + "</a>" * 300)) == "exchange-unsafe"
    assert fate(name, spoiled(name, "<a>" * 100_000)) == "exchange-unsafe"
    assert fate(name, spoiled(name, f'<a b="{"c" * 17_000_000}"/>')) == "exchange-unsafe"
    assert fate(name, spoiled(name, f"<!--{'<' * 17_000_000}-->")) == "exchange-unsafe"
    assert fate(name, spoiled(name, "<a/>" * 600_000)) == "exchange-unsafe"
    # Long, but no longer than that.
    assert fate(name, spoiled(name, f'<a b="{"c" * 1_000_000}"/>{"<a/>" * 1000}<!--{"-x" * 100_000}-->')) == ""


@pytest.mark.parametrize("name", XML)
def test_a_file_that_is_cut_off_is_refused_wherever_that_is(name: str) -> None:
    data = sample(name)
    end = data.rindex(b">")
    for position in range(0, end, 7):
        assert fate(name, data[:position]) in {"exchange-syntax", "exchange-encoding"}, position


@pytest.mark.parametrize("name", XML)
@pytest.mark.parametrize(
    ("encoding", "mark", "expected"),
    [
        ("utf-8", codecs.BOM_UTF8, ""),
        ("utf-16-le", codecs.BOM_UTF16_LE, ""),
        ("utf-16-be", codecs.BOM_UTF16_BE, ""),
        ("utf-16-le", b"", ""),
        ("utf-16-be", b"", ""),
        ("utf-32-le", codecs.BOM_UTF32_LE, ""),
        ("utf-8", codecs.BOM_UTF16_LE, "exchange-encoding"),
        ("utf-16-le", codecs.BOM_UTF8, "exchange-encoding"),
        ("gb18030", b"", "exchange-encoding"),
    ],
)
def test_encodings_are_told_by_their_marks(name: str, encoding: str, mark: bytes, expected: str) -> None:
    data = mark + sample(name).decode().encode(encoding)
    found = fate(name, data)
    assert found == expected or (expected and found == "exchange-syntax")
    assert xml.root(data)[0] == ("" if expected and mark else ROOTS[name])


@pytest.mark.parametrize(
    "said", ["utf-7", "unicode_escape", "rot13", "zlib", "idna", "punycode", "nonsense", "undefined"]
)
def test_encodings_that_are_none_of_texts_are_refused(said: str) -> None:
    data = sample("tmx").replace(b'encoding="UTF-8"', f'encoding="{said}"'.encode())
    assert fate("tmx", data) == "exchange-encoding"


@pytest.mark.parametrize("said", ["GB18030", "gbk", "Big5", "Shift_JIS", "windows-1252", "ISO-8859-1", "US-ASCII"])
def test_encodings_of_texts_are_read_as_they_say(said: str) -> None:
    data = sample("tmx").replace(b'encoding="UTF-8"', f'encoding="{said}"'.encode())
    text = data.decode().encode(said, "xmlcharrefreplace")
    reads = FORMATS["tmx"].read
    assert reads is not None
    found = reads(text, "x")
    assert isinstance(found, Bundle)
    assert found.portions[0].catalog.entries[0].msgid == FIRST


@pytest.mark.parametrize("name", XML)
def test_what_is_no_such_file_is_refused(name: str) -> None:
    for data in (b"", b"\0", b"<", b"<?xml", b"<a/>", b"PK\x03\x04", b"\xff\xfe", b"\xff" * 99, b'msgid "a"\n', b"{}"):
        assert fate(name, data).startswith("exchange-"), data
    assert fate("xliff", sample("xliff2")) == "exchange-format"
    assert fate("xliff2", sample("xliff")) == "exchange-format"
    assert fate("xliff", b'<xliff version="1.2"/>') == "exchange-empty"
    assert (
        fate("xliff", b'<xliff version="1.2"><trans-unit><source>a</source></trans-unit></xliff>') == "exchange-syntax"
    )


@pytest.mark.parametrize(
    "data",
    [
        b'<xliff version="1.2"><file original="a" source-language="../.." target-language="en"><body>'
        b'<trans-unit id="1"><source>a</source></trans-unit></body></file></xliff>',
        b'<xliff version="1.2"><file original="a" source-language="zh" target-language="tlh"><body>'
        b'<trans-unit id="1"><source>a</source></trans-unit></body></file></xliff>',
        b'<xliff version="1.2"><file original="a" source-language="zh"><body>'
        b'<trans-unit id="1"><source>a</source></trans-unit></body></file></xliff>',
    ],
)
def test_languages_that_are_none_are_named(data: bytes) -> None:
    assert fate("xliff", data) == "exchange-language"


def test_no_path_in_a_file_leads_out_of_the_catalogs(tmp_path: Path) -> None:
    outside = "../outside.po", "/etc/passwd", "secret.txt", "bilingual.toml", "locale/en/LC_MESSAGES/../../../x.po"
    make(tmp_path / "book", BOOK)
    done(tmp_path / "book", "extract")
    before = tree(tmp_path)
    for path in outside:
        data = sample("xliff").replace(PO.encode(), path.encode()).replace(FIRST.encode(), "没有。".encode())
        (tmp_path / "back.xlf").write_bytes(data)
        result = run("import", str(tmp_path / "back.xlf"), cwd=tmp_path / "book")
        assert "Traceback" not in result.stderr
        (tmp_path / "back.xlf").unlink()
        changed = {name for name, data in tree(tmp_path).items() if before.get(name) != data}
        assert changed <= {f"book/{PO}"}


def test_escape_sequences_of_a_file_reach_no_terminal(tmp_path: Path) -> None:
    make(tmp_path, BOOK)
    done(tmp_path, "extract")
    nasty = "\x1b[31m红\u202e"
    portion = Portion(Catalog((Entry(f"没有{nasty}", f"None{nasty}"),)), f"a{nasty}.po")
    data = b"".join(
        FORMATS["xliff"].write(Bundle(language("zh"), language("en"), (portion,)), FORMATS["xliff"].options())
    )
    (tmp_path / "back.xlf").write_bytes(data.replace(b"{U+001B}", b"\xc2\x9b"))
    output = done(tmp_path, "import", "back.xlf")
    assert "import-unknown" in output
    assert not {"\x1b", "\x9b", "\u202e"} & set(output)


_MUTATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("flip"), st.floats(0, 1), st.integers(0, 255)),
        st.tuples(st.just("drop"), st.floats(0, 1), st.integers(1, 40)),
        st.tuples(st.just("copy"), st.floats(0, 1), st.integers(1, 400)),
        st.tuples(st.just("put"), st.floats(0, 1), st.sampled_from([
            b"<", b">", b"&", b"\0", b"]]>", b"<![CDATA[", b"<!--", b"<a>", b"</seg>", b"xml:lang", b'="', b"\xff",
            b"<tu>", b"<file>", b"<unit>", b'<ph id="1"/>', b'<cp hex="D800"/>', b'<cp hex="110000"/>', b"{U+D800}",
            b'x-form">999</prop><prop type="', b'order="99999999999999"', b"<mrk mtype='seg'>", b"&#xFFFE;",
        ])),
    ),
    min_size=1,
    max_size=6,
)  # fmt: skip


@pytest.mark.parametrize("name", XML)
@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(_MUTATIONS)
def test_no_change_of_any_byte_makes_a_traceback(name: str, changes: list[tuple[str, float, int | bytes]]) -> None:
    data = sample(name)
    for kind, where, what in changes:
        at = int(where * len(data))
        if isinstance(what, bytes):
            data = data[:at] + what + data[at:]
        elif kind == "flip":
            data = data[:at] + bytes([what]) + data[at + 1 :]
        elif kind == "drop":
            data = data[:at] + data[at + what :]
        else:
            data = data[:at] + data[at : at + what] + data[at:]
    fate(name, data)


@settings(deadline=None, max_examples=200)
@given(
    st.binary(max_size=60),
    st.sampled_from(XML),
    st.sampled_from([b"", b"<?xml version='1.0'?>", b"<tmx>", b"\xff\xfe"]),
)
def test_no_bytes_make_a_traceback(data: bytes, name: str, head: bytes) -> None:
    fate(name, head + data)
    xml.root(head + data)


@settings(deadline=None, max_examples=300)
@given(
    st.text(st.one_of(st.sampled_from("{U+0078BFED}\x00\x08\ufffe\uffff"), st.characters(exclude_categories=["Cs"])))
)
def test_what_xml_cannot_hold_is_spelled(text: str) -> None:
    spelled = xml.spelled(text)
    assert xml.ILLEGAL.search(spelled) is None
    assert xml.unspelled(spelled) == text
