"""Translations whose structure differs from their source's: what is left out, split and added, and who sees it."""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, note, settings
from hypothesis import strategies as st

from bilingual.align import pair
from bilingual.catalog import Catalog, Entry, State, omission, read, state, write
from bilingual.edition import rows
from bilingual.markdown.dialect import PRESETS, dialect
from bilingual.markdown.document import BlockKind, Kind, canonical, grains, paragraphs
from bilingual.markdown.parse import parse
from bilingual.merge import Merged, prove
from bilingual.reconcile import combine
from bilingual.structure import (
    Addendum,
    Anchor,
    addendum_anchor,
    addendum_anchors,
    read_addenda,
    restructured,
    write_addenda,
)
from bilingual.unit import Unit
from bilingual.update import template, update
from book import CONFIG, OUT, PO, edit, entries, make, translate
from invariants import pseudo
from strategies import ANY, BLOCKS, BOOKS
from support import done, run, system_program
from test_rows import article

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bilingual.markdown.dialect import Dialect
    from bilingual.markdown.document import Block, Document

OMIT, SPLIT = "bilingual: omit", "bilingual: split"
ADDENDA = "locale/en/addenda/a.md"
PRESET = st.sampled_from(PRESETS)
RELAXED = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=200)


# --- the proof -----------------------------------------------------------------------------------------------------


def entry(text: str, how: str) -> Entry | None:
    """A translation of a text: left out, in several paragraphs, or as usual."""
    if how == "omit":
        return Entry(text, comment=OMIT)
    if how == "split":
        return Entry(text, f"{pseudo(text)}\n\n另一段\n\n{pseudo(text)}", comment=SPLIT)
    return Entry(text, pseudo(text)) if how else None


def changed(
    document: Document, hows: Sequence[str], texts: Sequence[tuple[int, str]], chosen: Dialect
) -> tuple[list[Unit], Merged, Merged]:
    """A document merged as it is, and with the structure that entries and addenda ask for."""
    units = [
        Unit(segment, entry(segment.text, hows[index % len(hows)])) for index, segment in enumerate(document.segments)
    ]
    anchors = addendum_anchors(document)
    names = [None, *(anchors[id(block)] for block in grains(document.blocks))]
    addenda, problems = read_addenda(write_addenda([(names[place % len(names)], text) for place, text in texts]), "x.md")
    assert not problems
    merged = prove(document, units, chosen)
    return units, merged, restructured(document, merged, units, chosen, State.STALE, addenda)


def texts_of(block: Block) -> list[str]:
    return [piece if isinstance(piece, str) else piece.text for piece in block.pieces]


def hold(
    text: str, chosen: Dialect, hows: Sequence[str], texts: Sequence[tuple[int, str]], *, flush: bool = False
) -> Merged:
    """Assert I3, I4, I7 and I8 for a document some of whose blocks are left out, split or added.

    Args:
        text: The source.
        chosen: Its dialect.
        hows: What becomes of its segments, in turn.
        texts: Addenda, each with the number of the block that it stands behind, counted from 1.
        flush: Whether none of these is indented, so that its blocks do not depend on where it stands.
    """
    document = parse(text, path="a.md", dialect=chosen)
    units, merged, made = changed(document, hows, texts, chosen)
    if made.origins is None:
        assert made is merged
        return made
    note(made.document.text)
    assert changed(document, hows, texts, chosen)[2] == made
    again = parse(made.document.text, path="a.md", dialect=chosen)
    assert again == made.document
    assert again.text.startswith("\ufeff") is text.startswith("\ufeff")
    found = list(grains(again.blocks))
    assert len(made.origins) == len(found)
    known = [origin for origin in made.origins if origin is not None]
    assert known == sorted(known)
    told = Counter(each.code for each in made.diagnostics)
    # Each block of the merge stands there as it was, or not at all, or as the paragraphs that its entry has.
    position = 0
    for place, (source, plain) in enumerate(zip(grains(document.blocks), grains(merged.document.blocks), strict=True)):
        mine = range(position, position + len(source.segments))
        position = mine.stop
        here = [block for block, origin in zip(found, made.origins, strict=True) if origin == place]
        said = {hows[index % len(hows)] for index in mine}
        if not here:
            assert "omit" in said
            assert said <= {"omit", ""}
            continue
        if "omit" in said:
            assert told["omit-impossible"]
            assert {index for index in mine if hows[index % len(hows)] == "omit"} <= made.put_back
        assert {block.kind for block in here} == {plain.kind}
        if len(here) == 1:
            assert texts_of(here[0]) == texts_of(plain)
            continue
        assert "split" in said
        assert plain.kind is BlockKind.PARAGRAPH
        parts = []
        for piece in plain.pieces:
            index = next((i for i in mine if merged.document.segments[i] is piece), -1)
            split = index >= 0 and hows[index % len(hows)] == "split" and index not in made.put_back
            owner = units[index].entry
            if split and owner is not None and not units[index].segment.single_line:
                parts += [canonical(units[index].segment, each) for each in paragraphs(owner.msgstr)]
            else:
                parts.append(piece if isinstance(piece, str) else piece.text)
        assert [each for block in here for each in texts_of(block)] == parts
    if flush and not told["addendum-impossible"]:
        # Every block of an addendum is there, and says what it says alone.
        alone = Counter(
            "".join(texts_of(block)) for _, text in texts for block in grains(parse(f"\n{text}\n", dialect=chosen).blocks)
        )
        added = Counter(
            "".join(texts_of(block)) for block, origin in zip(found, made.origins, strict=True) if origin is None
        )
        assert added == alone
    states = [unit.state for unit in units]
    alignment = pair(
        document, again, units, states, made.put_back, target_origins=made.origins, target_behind=made.behind
    )
    tiled(document, [block for bead in alignment.beads for block in bead.source])
    tiled(again, [block for bead in alignment.beads for block in bead.target])
    made_rows = rows(alignment)
    assert len({row.id for row in made_rows}) == len(made_rows)
    return made


def tiled(document: Document, blocks: Sequence[Block]) -> None:
    assert list(map(id, grains(document.blocks))) == list(map(id, blocks))


HOWS = st.lists(st.sampled_from(["yes", "yes", "", "omit", "split"]), min_size=1, max_size=7)
TEXTS = st.lists(st.tuples(st.integers(0, 12), st.one_of(BLOCKS, BLOCKS.map(pseudo))), max_size=3)


@RELAXED
@given(BOOKS, HOWS, TEXTS, PRESET)
@example("- 甲\n- 乙\n\n丙", ["yes", "omit", "omit"], [], "github")
@example("- 甲\n\n  - 乙\n  - 丙\n", ["omit", "omit", "yes"], [], "github")
@example("甲\n\n- 乙\n", ["yes"], [(1, "- 丁"), (1, "戊")], "github")
@example("\ufeff甲\r\n\r\n> 乙\r\n", ["omit", "split"], [(0, "丙"), (2, "> 丁")], "github")
def test_books_get_the_structure_that_entries_and_addenda_say(
    text: str, hows: list[str], texts: list[tuple[int, str]], preset: str
) -> None:
    hold(text, dialect(preset), hows, texts, flush=True)


@RELAXED
@given(ANY, HOWS, st.lists(st.tuples(st.integers(0, 5), ANY), max_size=2), PRESET)
@example("- [ ] 甲\n\n\t乙\n", ["omit", "yes"], [(1, "<!-- no end"), (2, "```")], "mkdocs")
def test_whatever_is_asked_for_the_rest_stays(
    text: str, hows: list[str], texts: list[tuple[int, str]], preset: str
) -> None:
    hold(text, dialect(preset), hows, texts)


def test_a_book_without_marks_is_the_merge_itself() -> None:
    chosen = dialect()
    document = parse("# 甲\n\n乙\n", dialect=chosen)
    units = [Unit(segment, Entry(segment.text, pseudo(segment.text), comment="注")) for segment in document.segments]
    merged = prove(document, units, chosen)
    assert restructured(document, merged, units, chosen, State.STALE) is merged


def test_many_marks_that_cannot_be_followed_are_found_one_by_one() -> None:
    # Each item's definition of a link would be lost; the items between them have none.
    text = "".join(f"- 甲{number}\n\n  [x{number}]: a.md\n- 乙{number}\n" for number in range(40))
    made = hold(text, dialect(), ["omit", "omit"], [])
    assert [each.code for each in made.diagnostics] == ["omit-impossible"] * 40
    assert "乙" not in made.document.text
    assert made.document.text.count("甲") == 40


# --- files of addenda ------------------------------------------------------------------------------------------------


RAW = st.one_of(ANY, BLOCKS, st.sampled_from(["<!-- bilingual:start -->", "<!-- bilingual::x", "> a", "    code"]))


@RELAXED
@given(st.lists(st.tuples(st.one_of(st.none(), ANY), RAW), max_size=4))
def test_addenda_come_back_as_they_were(texts: list[tuple[str | None, str]]) -> None:
    given_: list[tuple[Anchor | None, str]] = []
    for source, raw in texts:
        blocks = parse(source, dialect=dialect()) if source is not None else None
        anchors = list(addendum_anchors(blocks).values()) if blocks is not None else []
        given_.append((anchors[-1] if anchors else None, raw))
    found, problems = read_addenda(write_addenda(given_))
    assert not problems
    lines = [(anchor, re.split("\r\n|\n|\r", raw)) for anchor, raw in given_]
    wanted = []
    for anchor, raw in lines:
        while raw and not raw[0].strip(" \t"):
            raw.pop(0)
        while raw and not raw[-1].strip(" \t"):
            raw.pop()
        if raw:
            wanted.append((anchor, "\n".join(raw)))
    assert [(each.anchor, each.text) for each in found] == wanted


def test_a_block_is_named_by_what_it_says_and_what_stands_before_it() -> None:
    document = parse("甲\n\n---\n\n乙\n\n---\n\n- 丙\n- 丁\n", dialect=dialect())
    anchors = addendum_anchors(document)
    blocks = list(grains(document.blocks))
    names = [anchors[id(block)] for block in blocks]
    assert len({name.id for name in names}) == len(names)
    assert [name.before for name in names] == ["", *(name.id for name in names[:-1])]
    assert [name.words for name in names] == ["甲", "", "乙", "", "丙", "丁"]
    assert anchors[id(document.blocks[-1])] == names[-1]
    assert addendum_anchor(document, blocks[2]) == names[2]


def placed(before: str, after: str, place: int) -> tuple[str, list[str]]:
    """Where a note behind a block of one text stands in the merge of another one."""
    chosen = dialect()
    old, new = parse(before, dialect=chosen), parse(after, dialect=chosen)
    anchor = addendum_anchors(old)[id(list(grains(old.blocks))[place])]
    units = [Unit(segment) for segment in new.segments]
    addenda = [Addendum(anchor, "NOTE", "x.md", 3)]
    made = restructured(new, prove(new, units, chosen), units, chosen, State.STALE, addenda)
    assert made.document.text.replace("NOTE\n\n", "").replace("\n\nNOTE", "") == after
    return made.document.text, [each.code for each in made.diagnostics]


FOUR = "第一段在这里说话。\n\n第二段讲另外的事情。\n\n---\n\n第三段有更多的文字。\n\n---\n\n第四段是最后一段了。\n"


@pytest.mark.parametrize(
    ("change", "place", "behind", "codes"),
    [
        (("", ""), 1, "第二段讲另外的事情。", []),
        (("第一段在这里说话。\n\n", ""), 1, "第二段讲另外的事情。", []),
        (("另外的", "其他的"), 1, "第二段讲其他的事情。", ["addendum-moved"]),
        (("第二段讲另外的事情。\n\n", ""), 1, "第一段在这里说话。", ["addendum-moved"]),
        # Of two rules the first went away: the second is behind the same paragraph as before.
        (("---\n\n第三", "第三"), 4, "第三段有更多的文字。\n\n---", []),
        (("第一段在这里说话。\n\n", "新的开头。\n\n"), 0, "", ["addendum-moved"]),
    ],
)
def test_a_note_follows_its_block(change: tuple[str, str], place: int, behind: str, codes: list[str]) -> None:
    text, told = placed(FOUR, FOUR.replace(*change, 1), place)
    assert told == codes
    assert text.endswith("\n\nNOTE\n") if not behind else f"{behind}\n\nNOTE" in text


# --- catalogs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comment", "msgstr", "flags", "expected"),
    [
        ("bilingual: omit", "", (), State.TRANSLATED),
        ("一句话\nbilingual: omit\nbilingual: ignore=spaces", "", (), State.TRANSLATED),
        ("bilingual: omit stale", "", (), State.STALE),
        ("bilingual: omit draft", "", (), State.DRAFT),
        ("bilingual: omit draft", "text", (), State.DRAFT),
        ("bilingual: omit", "text", ("fuzzy",), State.DRAFT),
        ("bilingual: omitted", "", (), State.MISSING),
        ("see bilingual: omit", "", (), State.MISSING),
        ("bilingual: split", "", (), State.MISSING),
    ],
)
def test_how_far_an_entry_that_is_left_out_is(
    comment: str, msgstr: str, flags: tuple[str, ...], expected: State
) -> None:
    made = Entry("甲", msgstr, flags=flags, comment=comment)
    assert state(made) is expected
    again = read(write(Catalog((made,), (("Language", "en"),)))).entries[0]
    assert state(again) is expected


LONG = "注意力机制让模型在每一步都能看到所有的输入。"
OTHER = "训练大模型需要很多数据，也需要很多机器。"


def updated(before: dict[str, Entry], after: str) -> dict[str, Entry]:
    """The live entries of a catalog that is updated to another source."""
    fresh = template([parse(after, path="a.md", dialect=dialect())], (), lambda _: True)
    catalog, _ = update(Catalog(tuple(before.values())), fresh)
    assert update(catalog, fresh)[0] == catalog
    return {each.msgid: each for each in catalog.entries if not each.obsolete}


def test_an_omission_follows_its_text_and_is_in_doubt_when_that_changes() -> None:
    before = {text: Entry(text, comment=OMIT) for text in (LONG,)} | {OTHER: Entry(OTHER, "Training")}
    assert updated(before, f"{OTHER}\n\n{LONG}\n")[LONG].comment == OMIT
    edited = LONG.replace("所有的", "全部的")
    found = updated(before, f"{edited}\n\n{OTHER}\n")[edited]
    assert (found.comment, found.msgstr, state(found)) == (f"{OMIT} stale", "", State.STALE)
    assert updated({found.msgid: found}, f"{LONG}\n")[LONG].comment == f"{OMIT} stale"
    # An omission is no guess about texts elsewhere.
    elsewhere = updated(before, f"{OTHER}\n\n前言\n\n{edited}\n\n后记\n")
    assert state(elsewhere["后记"]) is State.MISSING
    loose = LONG.replace("，", ",").replace("。", "．")
    assert omission(updated(before, f"{loose}\n\n{OTHER}\n")[loose]) is not None


def test_what_is_joined_with_a_translated_text_is_not_left_out() -> None:
    before = {LONG: Entry(LONG, "Attention."), OTHER: Entry(OTHER, comment=OMIT)}
    (joined,) = updated(before, f"{LONG}{OTHER}\n").values()
    assert joined.msgstr == "Attention."
    assert omission(joined) is None
    before = {LONG: Entry(LONG, comment=OMIT), OTHER: Entry(OTHER, comment=OMIT)}
    (joined,) = updated(before, f"{LONG}{OTHER}\n").values()
    assert state(joined) is State.STALE


def test_the_paragraphs_of_a_translation_go_to_those_of_a_source_that_is_split_now() -> None:
    before = {LONG + OTHER: Entry(LONG + OTHER, "Attention.\n\nTraining.", comment=f"注\n{SPLIT}")}
    found = updated(before, f"{LONG}\n\n{OTHER}\n")
    assert [found[LONG].msgstr, found[OTHER].msgstr] == ["Attention.", "Training."]
    assert {each.comment for each in found.values()} == {"注"}
    assert all(each.fuzzy for each in found.values())


def test_an_omission_that_became_obsolete_comes_back() -> None:
    before = {LONG: Entry(LONG, comment=OMIT), OTHER: Entry(OTHER, "Training")}
    fresh = template([parse(f"{OTHER}\n", path="a.md", dialect=dialect())], (), lambda _: True)
    without, _ = update(Catalog(tuple(before.values())), fresh)
    assert [(each.obsolete, each.comment) for each in without.entries if each.msgid == LONG] == [(True, OMIT)]
    again = {each.msgid: each for each in without.entries}
    assert updated(again, f"{OTHER}\n\n{LONG}\n")[LONG].comment == OMIT


def test_in_git_a_translation_beats_an_omission() -> None:
    base = Catalog((Entry(LONG),))
    omits, says = Catalog((Entry(LONG, comment=OMIT),)), Catalog((Entry(LONG, "Attention."),))
    for ours, theirs in ((omits, says), (says, omits)):
        (made,) = combine(base, ours, theirs).catalog.entries
        assert (made.msgstr, omission(made)) == ("Attention.", None)
    (made,) = combine(says, Catalog((Entry(LONG, "Attention.", comment=OMIT),)), says).catalog.entries
    assert omission(made) is State.TRANSLATED
    (made,) = combine(base, omits, base).catalog.entries
    assert made.comment == OMIT
