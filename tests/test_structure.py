"""Translations whose structure differs from their source's: what is left out, split and added, and who sees it."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, currently_in_test_context, example, given, note, settings
from hypothesis import strategies as st

from bilingual.align import pair
from bilingual.catalog import Catalog, Entry, State, omission, read, state, write
from bilingual.edition import rows
from bilingual.language import language
from bilingual.markdown.dialect import PRESETS, dialect
from bilingual.markdown.document import BlockKind, canonical, grains, paragraphs
from bilingual.markdown.parse import parse
from bilingual.merge import Merged, prove
from bilingual.reconcile import combine, returned
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
from test_epub import judged
from test_rows import article
from test_server import serving

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
    addenda, problems = read_addenda(
        write_addenda([(names[place % len(names)], text) for place, text in texts]), "x.md"
    )
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
    if currently_in_test_context():
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
            "".join(texts_of(block))
            for _, text in texts
            for block in grains(parse(f"\n{text}\n", dialect=chosen).blocks)
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
@example("> > 甲", ["yes"], [(1, ">"), (1, "> 乙\n\n丙")], "github")
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
    wanted = []
    for anchor, raw in given_:
        lines = re.split("\r\n|\n|\r", raw)
        while lines and not lines[0].strip(" \t"):
            lines.pop(0)
        while lines and not lines[-1].strip(" \t"):
            lines.pop()
        if lines:
            wanted.append((anchor, "\n".join(lines)))
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


def test_work_that_comes_back_translates_what_was_left_out() -> None:
    sent = Catalog((Entry(LONG, comment=OMIT), Entry(OTHER)))
    back = Catalog((Entry(LONG, "Attention."), Entry(OTHER, comment=OMIT)))
    taken = returned(sent, sent, back, source=language("zh"), target=language("en"))
    assert [(each.msgstr, omission(each)) for each in taken.catalog.entries] == [
        ("Attention.", None),
        ("", State.TRANSLATED),
    ]


@pytest.mark.parametrize("mark", ["omit", "omit stale", "omit draft"])
def test_a_program_that_keeps_comments_translates_what_was_left_out_too(mark: str) -> None:
    sent = Catalog((Entry(LONG, comment=f"注\nbilingual: {mark}"),))
    back = Catalog((replace(sent.entries[0], msgstr="Attention."),))
    taken = returned(sent, sent, back, source=language("zh"), target=language("en"))
    assert [(each.msgstr, each.comment) for each in taken.catalog.entries] == [("Attention.", "注")]
    assert taken.taken == 1
    # Nobody has, where a program filled in the source.
    copied = Catalog((replace(sent.entries[0], msgstr=LONG),))
    taken = returned(sent, sent, copied, source=language("zh"), target=language("en"))
    assert (taken.catalog, taken.taken) == (sent, 0)


@pytest.mark.parametrize(
    ("before", "came"), [("Attention.", "Attention."), ("Attention.", ""), ("Old.", "New."), ("", "N")]
)
def test_no_comment_from_outside_takes_a_translation_out_of_the_book(before: str, came: str) -> None:
    sent = Catalog((Entry(LONG, before),))
    back = Catalog((Entry(LONG, came, comment=f"why?\n{OMIT}"),))
    for unchanged in ((), [(None, LONG)] if before == came else ()):
        taken = returned(sent, sent, back, source=language("zh"), target=language("en"), unchanged=unchanged)
        assert [(each.msgstr, each.comment) for each in taken.catalog.entries] == [(came or before, "why?")]
        assert [each.code for each in taken.diagnostics] == ["import-omitted"]


def test_a_whole_catalog_comes_back_with_its_omissions() -> None:
    sent = Entry(LONG, "Attention.", comment=f"注\n{OMIT} draft")
    fresh = Catalog((Entry(LONG),))
    taken = returned(
        fresh, fresh, Catalog((sent,)), source=language("zh"), target=language("en"), unchanged=[(None, LONG)]
    )
    assert taken.catalog.entries == (sent,)
    # What was left out when it was sent stays so, if nobody translated it.
    before = Catalog((sent,))
    taken = returned(before, before, before, source=language("zh"), target=language("en"))
    assert (taken.catalog, taken.taken, taken.diagnostics) == (before, 0, ())


# --- books -----------------------------------------------------------------------------------------------------------

CHAPTER = """\
# 第一章

引言，参见[省略](#省略的小节)与[别的](b.md#另一节)

要分成两段的一段。这里是第二句话。

被省略的一段。

- 第一项
- 省略的一项
- 第三项[^1]

1. 第一步
2. 第二步

> 引文一

## 省略的小节

小节里的话。[^2]

| 列甲 | 列乙 |
|---|---|
| 值一 | 值二 |

- [ ] 任务甲

  任务的说明

结尾的一段。

[^1]: 脚注一。

[^2]: 脚注二。
"""
WORDS = {
    "第一章": "Chapter one",
    "引言，参见[省略](#省略的小节)与[别的](b.md#另一节)": "See [left out](#省略的小节) and [other](b.md#另一节).",
    "要分成两段的一段。这里是第二句话。": "A paragraph to split.\n\nHere is the second sentence.",
    "第一项": "First item",
    "第三项[^1]": "Third item[^1]",
    "第一步": "Step one",
    "第二步": "Step two",
    "引文一": "A quote",
    "小节里的话。[^2]": "Words of the section.",
    "列甲": "Column A",
    "列乙": "Column B",
    "值一": "Value one",
    "值二": "Value two",
    "任务的说明": "What the task is",
    "结尾的一段。": "The last paragraph.[^tn]",
    "脚注一。": "Note one.",
    "第二章": "Chapter two",
}
LEFT_OUT = ("被省略的一段。", "省略的一项", "省略的小节", "任务甲", "脚注二。", "另一节")
NOTES = (
    ("第一章", "*Note of the translator: **shortened**.*"),
    ("第一项", "- An item of the translator"),
    ("第二步", "3. Step three"),
    ("引文一", "> A paragraph of the quote"),
    ("小节里的话。[^2]", "## A section of the translator\n\n```python\ny = 2\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |"),
    ("脚注一。", "[^tn]: A note of the translator."),
)
MERGED = """\
# Chapter one

*Note of the translator: **shortened**.*

See [left out](#chapter-one) and [other](b.md#chapter-two).

A paragraph to split.

Here is the second sentence.

- First item
- An item of the translator
- Third item[^1]

1. Step one
2. Step two
3. Step three

> A quote
>
> A paragraph of the quote

Words of the section.

## A section of the translator

```python
y = 2
```

| a | b |
|---|---|
| 1 | 2 |

| Column A | Column B |
|---|---|
| Value one | Value two |

- [ ] What the task is

The last paragraph.[^tn]

[^1]: Note one.

[^tn]: A note of the translator.
"""


def book(root: Path, settings: str = CONFIG) -> Path:
    """A book whose translation leaves texts out, splits one, and has notes of its own."""
    files = {"content/zh/a.md": CHAPTER, "content/zh/b.md": "# 第二章\n\n## 另一节\n"}
    make(root, files, settings)
    done(root, "extract")
    translate(root, WORDS)

    def marked(each: Entry) -> Entry:
        if each.msgid in LEFT_OUT:
            return replace(each, comment=OMIT)
        return replace(each, comment=SPLIT) if "\n\n" in each.msgstr else each

    for path in (root / PO, root / "locale/en/LC_MESSAGES/b.po"):
        edit(path, marked)
    anchors = {each.words: each for each in addendum_anchors(parse(CHAPTER, dialect=dialect())).values()}
    make(root, {ADDENDA: write_addenda((anchors[words], text) for words, text in NOTES)}, settings)
    return root


def test_a_book_is_merged_with_its_structure(tmp_path: Path) -> None:
    book(tmp_path)
    assert "100 % translated" in done(tmp_path, "merge", "--fail-under", "100")
    assert (tmp_path / OUT).read_text("utf-8") == MERGED
    assert "100 %" in done(tmp_path, "status", "--fail-under", "100")
    done(tmp_path, "merge", "--check")
    # The notes are a source like any other.
    notes = tmp_path / ADDENDA
    notes.write_text(notes.read_text("utf-8").replace("Step three", "Step 3"), "utf-8")
    assert OUT in done(tmp_path, "merge", "--check", code=1)
    done(tmp_path, "merge")
    assert "3. Step 3\n" in (tmp_path / OUT).read_text("utf-8")


def test_checks_pass_over_what_is_left_out_and_read_paragraphs_one_by_one(tmp_path: Path) -> None:
    book(tmp_path)
    wanted = "structure-changed,hard-break-changed,han-left"
    done(tmp_path, "check", *(f"--select={code}" for code in wanted.split(",")))
    edit(tmp_path / PO, lambda each: replace(each, msgstr=each.msgstr.replace("\n\nHere", "\n\n- Here")))
    output = done(tmp_path, "check", "--select=structure-changed", code=1)
    assert "Here is the second sentence" in output


def test_marks_survive_extraction(tmp_path: Path) -> None:
    book(tmp_path)
    before = (tmp_path / PO).read_bytes()
    done(tmp_path, "extract")
    assert (tmp_path / PO).read_bytes() == before
    source = tmp_path / "content/zh/a.md"
    source.write_text(CHAPTER.replace("被省略的一段。", "被省略了的一段。").replace("第二句话", "第二句"), "utf-8")
    done(tmp_path, "extract")
    found = entries(tmp_path / PO)
    assert found["被省略了的一段。"].comment == f"{OMIT} stale"
    split = found["要分成两段的一段。这里是第二句。"]
    assert (split.comment, split.fuzzy, state(split)) == (SPLIT, True, State.STALE)
    assert "(21 translated, 2 stale)" in done(tmp_path, "merge")
    assert (tmp_path / OUT).read_text("utf-8") == MERGED
    done(tmp_path, "status", "--fail-under", "100", code=1)
    # A translator who decides on another minimum gets the source instead.
    make(tmp_path, {}, f'{CONFIG}minimum = "translated"\n')
    done(tmp_path, "merge")
    assert "被省略了的一段。" in (tmp_path / OUT).read_text("utf-8")


def test_what_cannot_be_is_told_with_its_place(tmp_path: Path) -> None:
    book(tmp_path)
    edit(tmp_path / PO, lambda each: replace(each, comment=OMIT, msgstr="") if each.msgid == "列甲" else each)
    notes = tmp_path / ADDENDA
    first = notes.read_text("utf-8").split("\n", 1)[0]
    notes.write_text(f"lost\n\n{first}\n\n```\nno end\n\n{notes.read_text('utf-8')}", "utf-8")
    make(tmp_path, {"locale/en/addenda/old/chapter.md": "<!-- bilingual:start -->\n\nx\n"})
    result = run("merge", "--report", "json", cwd=tmp_path)
    assert result.returncode == 1
    found = {each["code"]: each for each in json.loads(result.stdout)["diagnostics"]}
    assert set(found) == {"omit-impossible", "addendum-syntax", "addendum-impossible", "addendum-unclaimed"}
    assert found["omit-impossible"]["path"] == PO
    assert (found["addendum-syntax"]["path"], found["addendum-syntax"]["line"]) == (ADDENDA, 1)
    assert (found["addendum-impossible"]["path"], found["addendum-impossible"]["line"]) == (ADDENDA, 3)
    assert found["addendum-unclaimed"]["path"] == "locale/en/addenda/old/chapter.md"
    assert (tmp_path / OUT).read_text("utf-8") == MERGED.replace("Column A", "列甲")
    assert json.loads(result.stdout)["targets"]["en"]["put back"] == 1


def test_what_is_left_out_is_no_pair_for_a_corpus(tmp_path: Path) -> None:
    book(tmp_path)
    done(tmp_path, "export", "--format", "tmx")
    (path,) = (tmp_path / "build").rglob("*.tmx")
    text = path.read_text("utf-8")
    assert "结尾的一段。" in text
    units = re.findall(r"<tu .*?</tu>", text, re.DOTALL)
    assert {unit.count("<tuv") for unit in units if "被省略的一段。" in unit} <= {1}


def cells(page: str) -> list[tuple[str, str]]:
    """What stands in each row, on the left and on the right."""
    found = []
    for row in re.split(r'(?=<(?:div|dt|summary|hr) class="row )', page)[1:]:
        sides = [
            re.sub(
                r"<[^<>]*>|↩",
                "",
                "".join(re.findall(rf'<\w+ class="cell {side}[^>]*>(.*?)(?=<\w+ class="cell |$)', row, re.DOTALL)),
            )
            for side in ("src", "tgt")
        ]
        if any(sides):
            found.append((" ".join(sides[0].split()), " ".join(sides[1].split())))
    return found


def test_a_website_shows_each_language_what_it_has(tmp_path: Path) -> None:
    book(tmp_path)
    done(tmp_path, "merge", "--format", "html")
    site = tmp_path / "build/en/html"
    both = article(site / "a.html")
    # What a file of addenda calls a block is its permalink.
    for each in re.findall(r"after (r-\w+)", (tmp_path / ADDENDA).read_text("utf-8")):
        assert f'id="{each}"' in both
    rows_ = cells(both)
    assert ("", "Note of the translator: shortened.") in rows_
    assert ("被省略的一段。", "") in rows_
    assert ("要分成两段的一段。这里是第二句话。", "A paragraph to split.Here is the second sentence.") in rows_
    assert rows_.index(("", "An item of the translator")) < rows_.index(("省略的一项", ""))
    assert both.count("<ol") == 2  # one list of steps, one of notes
    assert "untranslated" not in both
    assert "data-state" not in both
    ours, theirs = article(site / "zh/a.html"), article(site / "en/a.html")
    seen = [re.sub("<[^<>]*>", "", page) for page in (ours, theirs)]
    for text in ("被省略的一段。", "省略的一项", "省略的小节", "任务甲", "脚注二。"):
        assert text in seen[0]
        assert text not in seen[1]
    for text in ("shortened", "An item of", "Step three", "A section of", "y = ", "A note of"):
        assert text not in seen[0]
        assert text in seen[1]
    assert '<ol start="3"><li id="fn-3">' in theirs.replace("\n", "")
    assert not re.search(r"<(li|blockquote|ul|ol)\b[^<>]*>\s*</\1>", both + ours + theirs)
    # Links lead somewhere on every page, also those to the heading that is not there.
    for page in (both, ours, theirs):
        for target in re.findall(r'href="#([^"]+)"', page):
            assert f'id="{unquote(target)}"' in page
    tree_ = (site / "en/a.html").read_text("utf-8")
    assert ">A section of the translator</span></a>" in tree_
    assert "省略的小节" not in tree_.split("<article", 1)[0]


def test_an_epub_shows_each_language_what_it_has(tmp_path: Path) -> None:
    book(tmp_path)
    done(tmp_path, "merge", "--format", "epub")
    texts = {}
    paths = sorted((tmp_path / "build/en/epub").glob("*.epub"))
    for path in paths:
        with zipfile.ZipFile(path) as archive:
            name = next(name for name in archive.namelist() if name.endswith("-a.xhtml"))
            texts[path.name.split(".")[-2]] = archive.read(name).decode()
    both = next(text for name, text in texts.items() if name not in ("zh", "en"))
    assert "被省略的一段。" in both
    assert "Step three" in both
    assert "被省略的一段。" in texts["zh"]
    assert "Step three" not in texts["zh"]
    assert "Step three" in texts["en"]
    assert "被省略的一段。" not in texts["en"]
    assert "<p>A paragraph to split.</p><p>Here is the second sentence.</p>" in both
    for text in texts.values():
        assert "untranslated" not in text
        assert not re.search(r"<(li|blockquote|ul|ol)\b[^<>]*>\s*</\1>", text)


def test_epubcheck_finds_no_fault_in_rows_of_one_side(tmp_path: Path) -> None:
    book(tmp_path)
    done(tmp_path, "merge", "--format", "epub")
    judged(*(tmp_path / "build/en/epub").glob("*.epub"))


def test_a_pdf_shows_both(tmp_path: Path) -> None:
    program = system_program("pdftotext")
    book(tmp_path, f'{CONFIG}\n[render.pdf]\nlayout = "side"\n')
    done(tmp_path, "merge", "--format", "pdf")
    (path,) = (tmp_path / "build/en/pdf").glob("*.pdf")
    text = subprocess.run([program, "-layout", path, "-"], capture_output=True, encoding="utf-8", check=True).stdout
    lines = [line.split() for line in text.split("\n")]
    assert next(line for line in lines if "three" in line)[-2:] == ["Step", "three"]
    assert any(line == ["被省略的一段。"] for line in lines)
    assert any("translator" in line and "section" in line for line in lines)


@pytest.mark.parametrize("style", ["interleaved", "table", "details", "div"])
@pytest.mark.parametrize("first", [False, True])
def test_both_languages_in_one_file_lose_nothing(style: str, first: bool, tmp_path: Path) -> None:
    book(tmp_path, f'{CONFIG}\n[render.parallel]\nstyle = "{style}"\ntarget-first = {str(first).lower()}\n')
    done(tmp_path, "merge", "--format", "parallel")
    text = (tmp_path / "build/en/parallel/a.md").read_text("utf-8")
    for words in (*LEFT_OUT[:5], "Step three", "A section of the translator", "y = 2", "A note of the translator."):
        assert len(re.findall(rf"(?<!#){words}", text)) == 1, words
    if style == "interleaved":
        own, quoted = (
            ("An item of the translator", "省略的一项") if first else ("省略的一项", "An item of the translator")
        )
        assert f"- {own}\n" in text
        assert f"  > {quoted}\n" in text


def test_json_says_what_stands_alone(tmp_path: Path) -> None:
    book(tmp_path)
    done(tmp_path, "merge", "--format", "json")
    lines = [json.loads(line) for line in (tmp_path / "build/en/json/edition.jsonl").read_text("utf-8").splitlines()]
    found = [line for line in lines if line["type"] == "row" and line["chapter"] == "a.md"]
    alone = {(line["source"] or line["target"])["text"] for line in found if not line["source"] or not line["target"]}
    assert set(LEFT_OUT[:5]) < alone
    left_out = next(line for line in found if line["source"] and line["source"]["text"] == "被省略的一段。")
    assert (left_out["target"], left_out["state"], left_out["sentences"]) == (None, "translated", [])
    added = next(line for line in found if line["target"] and line["target"]["text"] == "Step three")
    assert (added["source"], added["state"], added["inside"]) == (None, None, ["list", "list item"])
    split = next(line for line in found if line["source"] and line["source"]["text"].startswith("要分成"))
    assert split["target"]["segments"] == ["A paragraph to split.", "Here is the second sentence."]
    assert len(split["sentences"]) == 2
    targets = [line["target"]["line"] for line in found if line["target"]]
    assert targets == sorted(targets)


def test_an_edition_of_two_translations_has_what_each_has(tmp_path: Path) -> None:
    settings = 'source = "zh"\ntargets = ["en", "fr"]\n[[editions]]\nsource = "en"\ntarget = "fr"\n'
    make(tmp_path, {"content/zh/a.md": "# 甲\n\n乙\n\n丙\n\n[丁](#戊)\n\n## 戊\n\n己\n"}, settings)
    done(tmp_path, "extract")
    english = {"甲": "A", "乙": "B", "丙": "C", "[丁](#戊)": "[D](#戊)", "戊": "E", "己": "F"}
    translate(tmp_path, english)
    translate(
        tmp_path,
        {key: value.lower() + value.lower() for key, value in english.items()} | {"[丁](#戊)": "[d](#戊)"},
        "fr",
    )
    edit(tmp_path / PO, lambda each: replace(each, comment=OMIT) if each.msgid in "乙丙" else each)
    french = tmp_path / "locale/fr/LC_MESSAGES/a.po"
    edit(french, lambda each: replace(each, comment=OMIT) if each.msgid in "丙己" else each)
    make(tmp_path, {ADDENDA: "<!-- bilingual:start -->\n\nENGLISH\n"}, settings)
    make(tmp_path, {"locale/fr/addenda/a.md": "<!-- bilingual:start -->\n\nFRANÇAIS\n"}, settings)
    done(tmp_path, "merge", "--format", "html")
    page = article(tmp_path / "build/en-fr/html/a.html")
    assert cells(page) == [
        *[("ENGLISH", ""), ("", "FRANÇAIS"), ("A", "aa"), ("", "bb"), ("D", "d"), ("E", "ee"), ("F", "")],
    ]
    for target in re.findall(r'href="#([^"]+)"', page):
        assert f'id="{unquote(target)}"' in page


def test_a_note_reaches_the_open_page(tmp_path: Path) -> None:
    book(tmp_path)
    with serving(tmp_path) as live, live.events() as wait:
        assert "A note of the translator." in live.page("/a.html")
        notes = tmp_path / ADDENDA
        notes.write_text(notes.read_text("utf-8").replace("A note of", "One word of"), "utf-8")
        wait("page", "a.html")
        assert "One word of the translator." in live.page("/en/a.html")
        (tmp_path / "locale/en/addenda/b.md").write_text("<!-- bilingual:start -->\n\nBefore it all.\n", "utf-8")
        assert "第二章" in live.until("/b.html", "Before it all.")
        # What is wrong with a note stands with the chapter.
        notes.write_text("lost\n", "utf-8")
        wait("page", "a.html")
        assert "addendum-syntax" in json.dumps(live.notes("a.html"))
        live.stop()
