from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bilingual.catalog import (
    Catalog,
    Entry,
    State,
    new_header,
    now,
    read,
    read_bytes,
    repair_backslashes,
    repaired,
    review_mark,
    revised,
    state,
    write,
)
from bilingual.diagnostics import BilingualError

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'


def one(text: str) -> Entry:
    (entry,) = read(HEAD + text, "a.po").entries
    return entry


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('msgid "a"\nmsgstr "b"\n', Entry("a", "b")),
        ('msgid ""\n"a "\n"b"\nmsgstr ""\n"c"\n', Entry("a b", "c")),
        ('msgid "a" "b"\nmsgstr "c"  "d"\n', Entry("ab", "cd")),
        ('#note\n#  two\n#\n# end\nmsgid "a"\nmsgstr ""\n', Entry("a", comment="note\n two\n\nend")),
        ('#. one\n#.\n#. two\nmsgid "a"\nmsgstr ""\n', Entry("a", extracted="one\n\ntwo")),
        ('#: a.md:1 b.md\n#: c.md:3\nmsgid "a"\nmsgstr ""\n', Entry("a", references=("a.md:1", "b.md", "c.md:3"))),
        (
            '#: \u2068a b.md\u2069:1 \u2068c d.md\u2069 e%20f.md\nmsgid "a"\nmsgstr ""\n',
            Entry("a", references=("a b.md:1", "c d.md", "e f.md")),
        ),
        ('#, fuzzy, x\n#= y\nmsgid "a"\nmsgstr "b"\n', Entry("a", "b", flags=("fuzzy", "x", "y"))),
        (
            '#, fuzzy\n#| msgctxt "p"\n#| msgid ""\n#| "o"\n#| "ld"\nmsgctxt "c"\nmsgid "a"\nmsgstr "b"\n',
            Entry("a", "b", "c", flags=("fuzzy",), previous="old", previous_context="p"),
        ),
        (
            '#~| msgid "old"\n#~ msgid ""\n#~ "a"\n#~ msgstr "b"\n',
            Entry("a", "b", previous="old", obsolete=True),
        ),
        (
            '#~ # note\n#~ #, fuzzy\n#~ msgid "a"\n#~ msgstr "b"\n',
            Entry("a", "b", comment="note", flags=("fuzzy",), obsolete=True),
        ),
        ('domain "x"\nmsgid "a"\nmsgstr "b"\n', Entry("a", "b")),
        ('msgid "a\\\\frac\\"\\t\\101\\x41"\nmsgstr "\u2028\x0c\u3000"\n', Entry('a\\frac"\tAA', "\u2028\x0c\u3000")),
        ('msgid "\\xe4\\xb8\\xad"\nmsgstr "中\\344\\270\\255"\n', Entry("中", "中中")),
        (
            'msgid "a"\nmsgid_plural "b"\nmsgstr[0] "c"\nmsgstr[1] "d"\n',
            Entry("a", plural=("b", ("c", "d"))),
        ),
    ],
)  # fmt: skip
def test_what_other_tools_write_is_read(text: str, expected: Entry) -> None:
    assert one(text) == expected
    assert one(text.replace("\n", "\r\n")) == expected
    assert read(write(Catalog((expected,), (("Content-Type", "text/plain; charset=UTF-8"),)))).entries == (expected,)


def test_lines_are_those_of_the_file() -> None:
    assert [
        entry.line for entry in read(HEAD + '# c\nmsgctxt "x"\nmsgid "a"\nmsgstr ""\n\nmsgid "b"\nmsgstr ""\n').entries
    ] == [7, 10]


def test_a_text_that_is_also_a_file_name_is_a_text(tmp_path: object) -> None:
    assert read("").entries == ()
    assert read(str(tmp_path).join(["# ", "\n"])).entries == ()


def test_a_header_is_kept_as_it_is() -> None:
    text = '# comment\n#, fuzzy\nmsgid ""\nmsgstr ""\n"B: 1\\n"\n"A: x: y\\n"\n'
    text += '"odd line\\n"\n"B: 2\\n"\n\nmsgid "a"\nmsgstr "b"\n'
    catalog = read(text)
    assert catalog.header == (("B", "1"), ("A", "x: y"), ("", "odd line"), ("B", "2"))
    assert (catalog.header_comment, catalog.header_flags) == ("comment", ("fuzzy",))
    assert write(catalog) == text


def test_obsolete_entries_come_last() -> None:
    text = write(Catalog((Entry("a", "b", obsolete=True), Entry("c", "d"))))
    assert text == 'msgid "c"\nmsgstr "d"\n\n#~ msgid "a"\n#~ msgstr "b"\n'


def test_bytes_must_be_utf_8() -> None:
    assert read_bytes(b"\xef\xbb\xbf" + HEAD.encode() + b'msgid "a"\nmsgstr "b"\n', "a.po").entries == (
        Entry("a", "b"),
    )
    for data in (HEAD.replace("UTF-8", "GB18030").encode(), HEAD.encode() + b'msgid "\xff"\nmsgstr ""\n'):
        with pytest.raises(BilingualError) as caught:
            read_bytes(data, "a.po")
        assert caught.value.diagnostics[0].code == "catalog-charset"


def test_every_problem_is_told() -> None:
    text = HEAD + 'msgid "a\nmsgstr "b"\n\nnonsense\n\nmsgid "c"\nmsgstr "d" e\n\nmsgid "f"\n\nmsgid "g"\nmsgstr ""\n'
    with pytest.raises(BilingualError) as caught:
        read(text, "a.po")
    assert [each.place.line for each in caught.value.diagnostics] == [5, 8, 11, 13]


def test_states_are_in_order_and_said_of_entries() -> None:
    assert State.MISSING < State.DRAFT < State.STALE < State.TRANSLATED < State.REVIEWED
    assert max(State, key=lambda each: each.rank) is State.REVIEWED
    entry = Entry("甲乙丙丁", "text")
    assert state(Entry("a")) is State.MISSING
    assert state(entry) is State.TRANSLATED
    assert state(replace(entry, flags=("fuzzy",))) is State.DRAFT
    assert state(replace(entry, flags=("fuzzy",), previous="甲乙丙")) is State.STALE
    assert state(replace(entry, flags=("fuzzy",), previous="毫不相干的话")) is State.DRAFT
    reviewed = replace(entry, comment="note\n" + review_mark(entry, "Ann  Lee", "2026-11-23"))
    assert state(reviewed) is State.REVIEWED
    assert state(replace(reviewed, msgstr="other")) is State.TRANSLATED
    assert state(replace(reviewed, msgid="other")) is State.TRANSLATED


@pytest.mark.parametrize(
    "command", ["alpha", "beta", "frac", "nu", "rho", "tau", "vec", "begin", "text", "right", "nabla"]
)
def test_backslashes_that_an_editor_broke_are_restored(command: str) -> None:
    control = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}[command[0]]
    msgid = f"公式 $\\{command}{{x}}$ 好"
    broken = f"formula ${control}{command[1:]}{{x}}$ good"
    assert repair_backslashes(msgid, broken) == f"formula $\\{command}{{x}}$ good"
    catalog, notes = repaired(Catalog((Entry(msgid, broken, line=7),), path="a.po"))
    assert catalog.entries[0].msgstr == f"formula $\\{command}{{x}}$ good"
    assert (notes[0].code, notes[0].place.line) == ("backslash-repaired", 7)


def test_other_control_characters_stay() -> None:
    assert repair_backslashes("$\\frac$ 一\n二", "one\nrac two\ttab") == "one\nrac two\ttab"
    catalog = Catalog((Entry("甲\n乙", "a\nb"),))
    assert repaired(catalog) == (catalog, ())


def test_headers_of_new_catalogs(monkeypatch: pytest.MonkeyPatch) -> None:
    header = dict(new_header(source="zh", target="pt-BR", project="书\n名"))
    assert header["Language"] == "pt_BR"
    # CLDR counts millions apart since its version 38, and Babel since 2.19.
    assert header["Plural-Forms"].startswith(("nplurals=2; plural=", "nplurals=3; plural="))
    assert header["X-Source-Language"] == "zh"
    assert header["Project-Id-Version"] == "书 名"
    assert "POT-Creation-Date" not in dict(new_header(source="zh", target=None))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert now() == datetime(1970, 1, 2, tzinfo=UTC)
    assert dict(revised(tuple(header.items()), now()))["PO-Revision-Date"] == "1970-01-02 00:00+0000"


@pytest.mark.parametrize(
    "text",
    [
        'msgid "a"\nmsgstr "b"\nmsgstr "c"\n',
        'msgid "a"\n#~ msgstr "b"\n',
        'msgid "a"\nmsgstr "\\sum"\n',
        'msgid "a"\nmsgstr "b"\n\nmsgctxt "c"\n',
        'msgid "a"\nmsgstr "b"\n\n#: a.md:1\n#. type',
    ],
)
def test_what_gettext_refuses_or_was_cut_off_is_refused(text: str) -> None:
    with pytest.raises(BilingualError) as caught:
        read(HEAD + text, "a.po")
    assert caught.value.diagnostics[0].code == "catalog-syntax"


def test_texts_that_speak_of_charsets_are_no_header() -> None:
    data = b'msgid "a charset=gbk b"\nmsgstr "c"\n'
    assert read_bytes(data, "a.po").entries == (Entry("a charset=gbk b", "c"),)


@pytest.mark.parametrize("name", ["a\u3000b.md", "a\xa0b.md", "a b.md", "a%20b.md", "a\tb.md", "100%.md"])
def test_names_in_references_come_back(name: str) -> None:
    catalog = Catalog((Entry("a", "b", references=(name, f"{name}:3")),), (("Language", "en"),))
    assert read(write(catalog)) == catalog


def test_comments_that_end_with_a_backslash_come_back() -> None:
    catalog = Catalog((Entry("a", "b", comment="x \\\ny", extracted="$a \\\\"),), (("Language", "en"),))
    assert read(write(catalog)) == catalog
    assert "\\\n" not in write(catalog)
