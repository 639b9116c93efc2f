"""Three-way merges entry by entry, rule by rule, and what holds for all of them."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bilingual.catalog import Catalog, Entry, State, new_header, read, review_mark, state, write
from bilingual.language import language
from bilingual.reconcile import Returned, combine, returned
from support import system_program

ZH, EN = language("zh"), language("en")
FUZZY = ("fuzzy",)
OLD = "注意力机制让模型看到输入。"
FIRST = "注意力机制让模型看到所有输入。"
SECOND = "注意力机制让模型看到所有的输入。"


def catalog(*entries: Entry, date: str = "", who: str = "") -> Catalog:
    header = (("PO-Revision-Date", date), ("Last-Translator", who)) if date else ()
    return Catalog(tuple(sorted(entries, key=lambda entry: entry.obsolete)), header)


def merged(base: Catalog, ours: Catalog, theirs: Catalog) -> tuple[Entry, ...]:
    """The entries of a merge without conflicts, which is the same whichever side is ours."""
    result, turned = combine(base, ours, theirs), combine(base, theirs, ours)
    assert not result.conflicts
    assert not turned.conflicts
    assert {entry.key: entry for entry in result.catalog.entries} == {
        entry.key: entry for entry in turned.catalog.entries
    }
    return result.catalog.entries


# --- translations ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "expected"),
    [
        ("", ("T", False), "", ("T", False)),
        (("T", False), "", ("T", False), ("", False)),
        (("T", False), "", ("U", False), ("U", False)),
        # An approval is a change too: what was deleted meanwhile comes back, and what is still a draft waits.
        (("T", True), "", ("T", False), ("T", False)),
        (("T", True), ("U", True), ("T", False), ("T", False)),
        (("T", True), ("U", False), ("T", False), ("U", False)),
        (("T", False), ("U", True), ("T", True), ("U", True)),
        (("T", True), ("T", False), ("T", True), ("T", False)),
        ("", ("T", True), ("T", False), ("T", False)),
        (None, ("T", True), ("T", False), ("T", False)),
        (None, ("T", True), ("U", False), ("U", False)),
        (None, "", ("U", True), ("U", True)),
    ],
)
def test_which_translation_is_taken(base: object, ours: object, theirs: object, expected: object) -> None:
    def made(text: object) -> Catalog:
        if text is None:
            return Catalog()
        msgstr, fuzzy = text if isinstance(text, tuple) else (str(text), False)
        return catalog(Entry("a", msgstr, flags=FUZZY if fuzzy else ()))

    (entry,) = merged(made(base), made(ours), made(theirs))
    assert (entry.msgstr, entry.fuzzy) == expected
    known = {text[0] for text in (base, expected) if isinstance(text, tuple)}
    lost = {text[0] for text in (ours, theirs) if isinstance(text, tuple)} - known
    assert entry.comment == "\n".join(f"bilingual: other translation: {text}" for text in lost)


def test_a_conflict_is_a_draft_that_no_reader_gets() -> None:
    stale = Entry(FIRST, "B", flags=FUZZY, previous=OLD)
    assert state(stale) is State.STALE
    result = combine(catalog(stale), catalog(replace(stale, msgstr="O")), catalog(replace(stale, msgstr="T\n")))
    (entry,) = result.conflicts
    assert entry.msgstr == "#-#-#-#-#  ours  #-#-#-#-#\nO\n#-#-#-#-#  theirs  #-#-#-#-#\nT\n"
    assert state(entry) is State.DRAFT


def test_plural_forms_are_translations_too() -> None:
    def forms(*texts: str, flags: tuple[str, ...] = ()) -> Catalog:
        return catalog(Entry("a", plural=("as", texts), flags=flags))

    (entry,) = merged(forms("", ""), Catalog(), forms("1", "2"))
    assert (entry.plural, entry.obsolete) == (("as", ("1", "2")), True)
    (entry,) = merged(forms("1", "2"), forms("1", "2", flags=FUZZY), forms("1", "3"))
    assert (entry.plural, entry.fuzzy) == (("as", ("1", "3")), False)
    (entry,) = combine(forms("", ""), forms("1", "2"), forms("1", "3")).conflicts
    assert entry.plural is not None
    assert entry.plural[1][0] == "1"
    assert "2" in entry.plural[1][1]
    assert "3" in entry.plural[1][1]


def test_what_one_side_dropped_and_the_other_worked_on_is_obsolete() -> None:
    for work in (Entry("a", "T"), Entry("a", comment="note"), Entry("a", "T", flags=FUZZY)):
        (entry,) = merged(catalog(Entry("a", references=("a.md",))), Catalog(), catalog(work))
        assert entry == replace(work, obsolete=True)
    assert merged(catalog(Entry("a")), Catalog(), catalog(Entry("a", extracted="type: heading"))) == ()
    (entry,) = merged(catalog(Entry("a", "T", flags=FUZZY)), Catalog(), catalog(Entry("a", "T")))
    assert (entry.msgstr, entry.fuzzy, entry.obsolete) == ("T", False, True)


def test_what_one_side_cleared_away_and_the_other_one_revived_is_live() -> None:
    past = Entry("b", "T", obsolete=True)
    live = replace(past, obsolete=False, references=("a.md",))
    assert merged(catalog(Entry("a"), past), catalog(Entry("a")), catalog(Entry("a"), live)) == (Entry("a"), live)


def test_void_reviews_go() -> None:
    base = Entry("a", "T", comment="one")
    reviewed = replace(base, comment="one\n" + review_mark(base, "王", "2026-01-01"))
    new = replace(base, msgstr="U")
    new = replace(new, comment="one\n" + review_mark(new, "李", "2026-01-02"))
    (entry,) = merged(catalog(base), catalog(reviewed), catalog(new))
    assert (entry, state(entry)) == (new, State.REVIEWED)


def test_of_two_entries_for_one_msgid_nothing_is_lost() -> None:
    side = catalog(Entry("a", references=("a.md",)), Entry("a", "T", obsolete=True))
    assert merged(Catalog(), Catalog(), side) == (Entry("a", "T", references=("a.md",)),)
    side = catalog(Entry("a", "U"), Entry("a", "T", obsolete=True))
    assert merged(Catalog(), Catalog(), side) == (Entry("a", "U", comment="bilingual: other translation: T"),)


# --- changes of the source ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Entry(FIRST, "B"), Entry(SECOND, "B", flags=FUZZY, previous=FIRST)),
        # It was stale already, or a draft of a machine.
        (Entry(FIRST, "B", flags=FUZZY, previous=OLD), Entry(SECOND, "B", flags=FUZZY, previous=OLD)),
        (Entry(FIRST, "B", flags=FUZZY), Entry(SECOND, "B", flags=FUZZY)),
    ],
)
def test_work_on_the_old_text_goes_to_the_new_one(before: Entry, after: Entry) -> None:
    entries = merged(catalog(before), catalog(after), catalog(Entry(FIRST, "T")))
    assert entries == (Entry(SECOND, "T", flags=FUZZY, previous=FIRST),)
    # Both follow the source; one goes on working.
    worked = replace(after, msgstr="T")
    assert merged(catalog(before), catalog(after), catalog(worked)) == (worked,)
    if after.previous:
        result = combine(catalog(before), catalog(worked), catalog(Entry(FIRST, "U")))
        assert [entry.msgid for entry in result.conflicts] == [SECOND]


def test_formulas_that_changed_are_changed_in_the_translation() -> None:
    before, after = Entry("设 $x$ 是输入。", "Let $x$ be it."), "设 $y$ 是输入。"
    ours = Entry(after, "Let $y$ be it.", flags=FUZZY, previous=before.msgid)
    (entry,) = merged(catalog(before), catalog(ours), catalog(replace(before, msgstr="Let $x$ be the input.")))
    assert (entry.msgid, entry.msgstr, entry.previous) == (after, "Let $y$ be the input.", before.msgid)


def test_work_on_a_text_whose_successor_is_done_is_obsolete() -> None:
    done = Entry(SECOND, "S")
    entries = merged(catalog(Entry(FIRST, "B")), catalog(done), catalog(Entry(FIRST, "T")))
    assert entries == (done, Entry(FIRST, "T", obsolete=True))


def test_the_order_is_that_of_the_newer_source() -> None:
    a, b, c, d, e = (Entry(key, key) for key in "abcde")
    assert merged(catalog(a, b, c), catalog(a, b, c), catalog(c, d, a)) == (c, d, a)
    assert combine(catalog(a, b, c), catalog(c, b, a), catalog(a, d, b, c, e)).catalog.entries == (c, e, b, a, d)
    new = Entry(SECOND, "B", flags=FUZZY, previous=FIRST)
    worked = Entry(FIRST, "T")
    found = merged(catalog(a, Entry(FIRST, "B"), c), catalog(a, new, c), catalog(a, worked, d, c))
    assert [entry.msgid for entry in found] == ["a", SECOND, "d", "c"]


# --- headers --------------------------------------------------------------------------------------------------------


def test_the_later_revision_tells_the_translator_whatever_the_time_zone() -> None:
    base = catalog(date="2026-01-01 00:00+0000", who="a")
    ours, theirs = (
        catalog(date="2026-01-02 09:00+0800", who="b"),
        catalog(date="2026-01-02 03:00+0000", who="c"),
    )
    assert combine(base, ours, theirs).catalog.header == theirs.header
    assert combine(base, theirs, ours).catalog.header == theirs.header
    assert combine(base, ours, catalog(date="YEAR-MO-DA HO:MI+ZONE", who="x")).catalog.header == ours.header


def test_fields_are_merged_one_by_one_and_odd_lines_kept() -> None:
    base = Catalog(header=(("A", "1"), ("B", "1"), ("C", "1"), ("", "odd"), ("", "lines")))
    ours = replace(base, header=(("A", "2"), ("B", "1"), ("C", "2"), ("", "odd"), ("", "lines")))
    theirs = replace(base, header=(("A", "1"), ("C", "3"), ("D", "1"), ("", "odd"), ("", "lines")))
    found = combine(base, ours, theirs).catalog.header
    assert found == (("A", "2"), ("C", "2"), ("D", "1"), ("", "odd"), ("", "lines"))
    assert combine(Catalog(), ours, Catalog()).catalog == ours


# --- work that comes back -------------------------------------------------------------------------------------------


def back(
    sent: Entry, came: Entry, current: Entry | None = None, *, into: str = "en", of: str = "zh"
) -> tuple[Returned, Entry]:
    result = returned(
        catalog(sent), catalog(current or sent), catalog(came), source=language(of), target=language(into)
    )
    return result, result.catalog.entries[0]


def codes(result: Returned) -> list[str]:
    return [each.code for each in result.diagnostics]


@pytest.mark.parametrize(
    ("of", "into", "text", "empty"),
    [
        ("zh", "en", "注意力机制", True),
        ("zh", "en", "BERT", False),
        ("zh", "en", "`注意力`", False),
        ("en", "zh", "This is attention.", True),
        ("en", "fr", "This is attention.", True),
        ("zh-Hans", "zh-Hant", "我不知道", False),
        ("en", "en-GB", "This is attention.", False),
    ],
)
def test_the_source_filled_in_is_no_translation(of: str, into: str, text: str, empty: bool) -> None:
    result, entry = back(Entry(text), Entry(text, text), of=of, into=into)
    assert entry.msgstr == ("" if empty else text)
    assert codes(result) == ["import-copied"] * empty
    assert result.taken == (not empty)
    assert back(Entry(text, "T"), Entry(text, text), of=of, into=into)[1].msgstr == text


HALF = "Attention. " + SECOND


@pytest.mark.parametrize(
    ("msgid", "msgstr", "refused"),
    [
        (FIRST + SECOND, HALF, True),
        (FIRST + "\n" + SECOND, "Attention.\n" + SECOND, True),
        ("注意力机制导论", "Introduction to attention（注意力机制导论）", False),
        ("注意力机制导论", 'Introduction to attention or "注意力机制导论"', False),
        ("注意力机制导论", "注意力机制导论 Introduction to attention", False),
        (FIRST + "《注意力机制导论》也这样说。", "Attention, as 《注意力机制导论》 says", False),
    ],
)
def test_only_sentences_of_the_source_are_refused(msgid: str, msgstr: str, refused: bool) -> None:
    result, entry = back(Entry(msgid), Entry(msgid, msgstr))
    assert codes(result) == ["import-mixed"] * refused
    assert entry.msgstr == ("" if refused else msgstr)


def test_what_was_sent_half_translated_may_come_back_so() -> None:
    result, _ = back(Entry(FIRST + SECOND, HALF), Entry(FIRST + SECOND, HALF))
    assert (codes(result), result.taken) == ([], 0)


def test_line_ends_are_those_of_the_source() -> None:
    assert back(Entry("甲\n乙\n"), Entry("甲\r\n乙", "a\r\nb"))[1].msgstr == "a\nb\n"
    assert back(Entry("甲乙"), Entry("甲乙\n", "ab\n"))[1].msgstr == "ab"


def test_an_exact_msgid_is_preferred_to_a_similar_one_and_a_live_entry_to_an_obsolete_one() -> None:
    sent = catalog(Entry("甲"), Entry("乙", "old"))
    came = catalog(Entry("甲", "good"), Entry("甲\n", "bad"), Entry("乙", "new"), Entry("乙", "older", obsolete=True))
    result = returned(sent, sent, came, source=ZH, target=EN)
    assert [(entry.msgid, entry.msgstr, entry.obsolete) for entry in result.catalog.entries] == [
        ("甲", "good", False),
        ("乙", "new", False),
        ("甲\n", "bad", True),
    ]
    assert codes(result) == ["import-unknown"]


def test_neither_strangers_nor_conflicts_count_as_taken() -> None:
    assert back(Entry("甲"), Entry("乙", "B"))[0].taken == 0
    assert back(Entry("甲"), Entry("甲", "B"), Entry("甲", "A"))[0].taken == 0
    assert back(Entry("甲"), Entry("甲", "B"))[0].taken == 1


def test_what_was_said_or_reviewed_counts_as_taken() -> None:
    sent = Entry("甲", "A")
    assert back(sent, replace(sent, comment="why?"))[0].taken == 1
    assert back(sent, replace(sent, comment=review_mark(sent, "王", "2026-01-01")))[0].taken == 1
    assert back(replace(sent, comment="why?"), sent)[0].taken == 0


def test_control_characters_are_taken_only_where_the_source_has_them() -> None:
    result, entry = back(Entry("甲"), Entry("甲", "a\x07\x9b", comment="c"))
    assert (codes(result), entry) == (["import-control"], Entry("甲"))
    assert back(Entry("甲"), Entry("甲", "a\tb\r\nc"))[1].msgstr == "a\tb\nc"
    assert back(Entry("甲\x0c乙"), Entry("甲\x0c乙", "a\x0cb"))[1].msgstr == "a\x0cb"
    # What was there before is nobody's fault.
    result, entry = back(Entry("甲", "\x07"), Entry("甲", "\x07", comment="c\x1b[31m"))
    assert (codes(result), entry.comment) == ([], "c[31m")


def test_an_entry_newer_than_what_was_sent_is_taken() -> None:
    current = catalog(Entry("甲"), Entry("乙"))
    result = returned(catalog(Entry("甲")), current, catalog(Entry("乙", "B")), source=ZH, target=EN)
    assert result.catalog.entries == (Entry("甲"), Entry("乙", "B"))


# --- properties -----------------------------------------------------------------------------------------------------


@st.composite
def versions(draw: st.DrawFn, own: str) -> Catalog:
    """A catalog of few texts, so that sides meet; `own` tells its translations from those of the others."""
    made = []
    for key in draw(st.lists(st.sampled_from("abcdef"), max_size=6, unique=True)):
        texts = st.sampled_from(["", "1", "2", f"{own}1\n", f"{own}2\\"])
        plural = ("s", (draw(texts), draw(texts))) if key == "f" else None
        msgstr = "" if plural else draw(texts)
        filled = bool(msgstr) or (plural is not None and any(plural[1]))
        fuzzy = filled and draw(st.booleans())
        made.append(
            Entry(
                key,
                msgstr,
                flags=(*(FUZZY if fuzzy else ()), *draw(st.sampled_from([(), ("no-wrap",), ("x", "y")]))),
                previous=draw(st.sampled_from([None, *"abcdef"])) if fuzzy else None,
                comment=draw(st.sampled_from(["", "one", "one\n\ntwo", "three\ntwo"])),
                obsolete=filled and draw(st.booleans()),
                plural=plural,
            )
        )
    return catalog(*made, date=draw(st.sampled_from(["2026-01-01 00:00+0000", "2026-01-01 09:00+0800"])), who=own)


def forms(entry: Entry) -> tuple[str, ...]:
    return entry.plural[1] if entry.plural else (entry.msgstr,)


def kept(text: str, entry: Entry) -> bool:
    note = "bilingual: other translation: " + text.replace("\n", "\\n")
    return any(text in form for form in forms(entry)) or note in entry.comment.split("\n")


SETTINGS = settings(deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))


@SETTINGS
@given(versions("b"), versions("o"))
def test_what_only_one_side_did_is_the_result(base: Catalog, side: Catalog) -> None:
    assert combine(base, side, base).catalog == side
    assert combine(base, base, side).catalog == side
    assert combine(base, side, side).catalog == side
    assert combine(Catalog(), side, Catalog()).catalog == side


@SETTINGS
@given(versions("b"), versions("o"), versions("t"))
def test_nothing_is_lost_and_nothing_stands_under_a_wrong_msgid(base: Catalog, ours: Catalog, theirs: Catalog) -> None:
    result = combine(base, ours, theirs)
    entries = {entry.key: entry for entry in result.catalog.entries}
    assert len(entries) == len(result.catalog.entries)
    assert read(write(result.catalog)) == result.catalog
    before = {entry.key: forms(entry) for entry in base.entries}
    said = {(entry.msgid, form) for side in (base, ours, theirs) for entry in side.entries for form in forms(entry)}
    for entry in (*ours.entries, *theirs.entries):
        for form in forms(entry):
            if form and form not in before.get(entry.key, ()) and form[0] in "ot":
                assert any(kept(form, other) for other in entries.values()), form
    for entry in entries.values():
        assert entry.fuzzy or all((entry.msgid, form) in said for form in forms(entry))
    turned = combine(base, theirs, ours)
    others = {entry.key: entry for entry in turned.catalog.entries}
    conflicts = {entry.key for entry in result.conflicts}
    assert conflicts == {entry.key for entry in turned.conflicts}
    assert entries.keys() == others.keys()
    for key in entries.keys() - conflicts:
        assert (forms(entries[key]), entries[key].fuzzy) == (forms(others[key]), others[key].fuzzy)
        assert entries[key].obsolete == others[key].obsolete


@SETTINGS
@given(versions("b"), versions("o"), versions("t"))
def test_no_work_is_lost_that_comes_back(sent: Catalog, current: Catalog, came: Catalog) -> None:
    result = returned(sent, current, came, source=ZH, target=EN)
    assert read(write(result.catalog)) == result.catalog
    for side in (current, came):
        for form in (form for entry in side.entries for form in forms(entry)):
            if form and form[0] in "ot":
                # The ends of what comes back are made those of its msgid.
                text = form if side is current else form.strip("\n")
                assert any(kept(text, entry) for entry in result.catalog.entries), form
    again = returned(sent, result.catalog, sent, source=ZH, target=EN)
    assert (again.catalog, again.taken) == (result.catalog, 0)


def test_gettext_accepts_what_a_merge_makes() -> None:
    header = new_header(source="zh", target="en")
    texts = ("", "T\n", "U\\")
    for number, (one, two, fuzzy) in enumerate(product(texts, texts, (False, True))):
        flags = FUZZY if fuzzy else ()
        sides = (
            Catalog((Entry("甲", one.strip(), flags=flags), Entry("乙\n", one and "x\n", plural=None)), header),
            Catalog((Entry("甲", two.strip()), Entry("丙", two, flags=FUZZY if two else ())), header),
        )
        text = write(combine(Catalog(), *sides).catalog)
        assert text.count("\nmsgid ") == 3, number
        command = [system_program("msgfmt"), "--check", "--output-file=/dev/null", "-"]
        done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
