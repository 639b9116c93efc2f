from __future__ import annotations

import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import polib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bilingual import config, project
from bilingual.catalog import Catalog, Entry, State, read, read_bytes, review_mark, state, write
from bilingual.markdown.dialect import dialect
from bilingual.markdown.parse import parse
from bilingual.update import begin, finish, resolve, template, transferred, update
from book import CONFIG, PO, edit, entries, make, translate, tree
from changes import MARK, change, pseudo_translate
from strategies import BOOKS
from support import done, shared

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

A = "content/zh/a.md"
B = "content/zh/b.md"
PO_B = "locale/en/LC_MESSAGES/b.po"
FIRST = "注意力机制让模型在每一步都能看到所有的输入。"
SECOND = "训练大模型需要很多数据，也需要很多机器。"
THIRD = "推理时，模型一个词一个词地写出答案。"
ENGLISH = {
    FIRST: "Attention lets the model see all of its input at every step.",
    SECOND: "Training a large model takes a lot of data, and a lot of machines.",
    THIRD: "In inference, the model writes its answer word by word.",
}


def chapter(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs) + "\n"


def translated(root: Path, files: dict[str, str], settings: str = CONFIG) -> Path:
    """A book that was extracted and translated."""
    make(root, files, settings)
    done(root, "extract")
    translate(root, ENGLISH)
    return root


# --- what became of a text ---------------------------------------------------------------------------------------


def test_an_edited_paragraph_keeps_its_translation_as_fuzzy(tmp_path: Path) -> None:
    translated(tmp_path, {A: chapter(FIRST, SECOND, THIRD)})
    new = SECOND.replace("很多数据", "大量的数据")
    (tmp_path / A).write_text(chapter(FIRST, new, THIRD), "utf-8")
    assert "0 new, 2 kept, 1 changed, 0 obsolete" in done(tmp_path, "extract")
    entry = entries(tmp_path / PO)[new]
    assert (entry.msgstr, entry.previous, entry.flags) == (ENGLISH[SECOND], SECOND, ("fuzzy",))
    assert state(entry) is State.STALE


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ('title = "数列"\n[book]\ntitle = "数列十讲"\n', "数列"),
        ('[book]\ntitle = { en = "Ten Lectures", zh = "数列十讲" }\n', "数列十讲"),
        ("", "book"),
    ],
)
def test_a_new_catalog_is_named_after_the_book(tmp_path: Path, title: str, name: str) -> None:
    make(tmp_path, {A: chapter(FIRST)}, CONFIG + title)
    done(tmp_path, "extract")
    assert dict(read_bytes((tmp_path / PO).read_bytes(), PO).header)["Project-Id-Version"] == name


def test_the_previous_msgid_goes_with_the_fuzzy_mark(tmp_path: Path) -> None:
    translated(tmp_path, {A: chapter(FIRST, SECOND, THIRD)})
    new = SECOND.replace("很多数据", "大量的数据")
    (tmp_path / A).write_text(chapter(FIRST, new, THIRD), "utf-8")
    done(tmp_path, "extract")
    # Some editors take the mark away and leave the previous msgid.
    edit(tmp_path / PO, lambda entry: replace(entry, flags=()))
    assert entries(tmp_path / PO)[new].previous == SECOND
    done(tmp_path, "extract")
    assert entries(tmp_path / PO)[new].previous is None
    assert entries(tmp_path / PO)[new].translated


def test_an_edited_paragraph_is_found_wherever_it_went(tmp_path: Path) -> None:
    translated(tmp_path, {A: chapter(FIRST, SECOND), B: chapter(THIRD)})
    new = SECOND.replace("很多数据", "大量的数据")
    (tmp_path / A).write_text(chapter(FIRST), "utf-8")
    (tmp_path / B).write_text(chapter("完全不同的一段话，讲的是别的事情。", new, THIRD), "utf-8")
    done(tmp_path, "extract")
    entry = entries(tmp_path / PO_B)[new]
    assert (entry.msgstr, entry.previous, entry.fuzzy) == (ENGLISH[SECOND], SECOND, True)
    assert not entries(tmp_path / PO_B)["完全不同的一段话，讲的是别的事情。"].msgstr
    assert not done(tmp_path, "extract", "--check").count("would write")


def test_a_moved_paragraph_stays_translated_with_its_comment_and_flags(tmp_path: Path) -> None:
    translated(tmp_path, {A: chapter(FIRST, SECOND), B: chapter(THIRD)})
    edit(tmp_path / PO, lambda entry: replace(entry, comment="说得好", flags=(*entry.flags, "no-wrap")))
    (tmp_path / A).write_text(chapter(FIRST), "utf-8")
    (tmp_path / B).write_text(chapter(THIRD, SECOND), "utf-8")
    done(tmp_path, "extract")
    entry = entries(tmp_path / PO_B)[SECOND]
    assert (entry.msgstr, entry.fuzzy, entry.comment, entry.flags) == (
        ENGLISH[SECOND],
        False,
        "说得好",
        ("no-wrap",),
    )


def test_a_renamed_chapter_takes_its_catalog_along(tmp_path: Path) -> None:
    translated(tmp_path, {A: chapter(FIRST, SECOND)})
    text = (tmp_path / PO).read_text("utf-8").replace("FULL NAME <EMAIL@ADDRESS>", "译者 <a@b.c>")
    (tmp_path / PO).write_text(text, "utf-8")
    new = SECOND.replace("机器", "计算机")
    (tmp_path / A).unlink()
    (tmp_path / B).write_text(chapter(FIRST, new), "utf-8")
    done(tmp_path, "extract")
    assert not (tmp_path / PO).exists()
    found = entries(tmp_path / PO_B)
    assert found[FIRST].translated
    assert found[new].fuzzy
    assert "译者 <a@b.c>" in (tmp_path / PO_B).read_text("utf-8")


def test_a_chapter_that_is_split_leaves_what_did_not_move(tmp_path: Path) -> None:
    translated(tmp_path, {A: chapter(FIRST, SECOND, THIRD)})
    (tmp_path / A).write_text(chapter(FIRST), "utf-8")
    (tmp_path / B).write_text(chapter(THIRD), "utf-8")
    done(tmp_path, "extract")
    assert entries(tmp_path / PO_B)[THIRD].translated
    gone = entries(tmp_path / PO)[SECOND]
    assert gone.obsolete
    assert gone.msgstr == ENGLISH[SECOND]


def test_two_paragraphs_that_are_joined_have_both_translations(tmp_path: Path) -> None:
    translated(tmp_path, {A: chapter(FIRST, SECOND, THIRD)})
    (tmp_path / A).write_text(chapter(FIRST + SECOND, THIRD), "utf-8")
    done(tmp_path, "extract")
    entry = entries(tmp_path / PO)[FIRST + SECOND]
    assert entry.msgstr == f"{ENGLISH[FIRST]} {ENGLISH[SECOND]}"
    assert (entry.previous, entry.fuzzy, state(entry)) == (f"{FIRST}\n{SECOND}", True, State.STALE)


def test_the_parts_of_a_split_paragraph_have_their_sentences(tmp_path: Path) -> None:
    make(tmp_path, {A: chapter(THIRD, FIRST + SECOND)})
    done(tmp_path, "extract")
    translate(tmp_path, {FIRST + SECOND: f"{ENGLISH[FIRST]} {ENGLISH[SECOND]}", THIRD: ENGLISH[THIRD]})
    (tmp_path / A).write_text(chapter(THIRD, FIRST, SECOND), "utf-8")
    done(tmp_path, "extract")
    found = entries(tmp_path / PO)
    for text in (FIRST, SECOND):
        assert (found[text].msgstr, found[text].previous) == (ENGLISH[text], f"{FIRST}\n{SECOND}")
        assert found[text].fuzzy


def test_a_joined_text_that_nobody_approved_stays_fuzzy(tmp_path: Path) -> None:
    make(tmp_path, {A: chapter(THIRD, FIRST, SECOND)})
    done(tmp_path, "extract")
    translate(tmp_path, {THIRD: ENGLISH[THIRD], SECOND: ENGLISH[SECOND]})
    for text in (FIRST + SECOND + "改", FIRST + SECOND):
        (tmp_path / A).write_text(chapter(THIRD, text), "utf-8")
        done(tmp_path, "extract")
        assert entries(tmp_path / PO)[text].fuzzy


def test_a_renamed_chapter_with_obsolete_entries_leaves_them_alone(tmp_path: Path) -> None:
    translated(tmp_path, {A: chapter(FIRST, SECOND)})
    (tmp_path / A).write_text(chapter(FIRST), "utf-8")
    done(tmp_path, "extract")
    (tmp_path / A).rename(tmp_path / B)
    done(tmp_path, "extract")
    assert [(entry.msgid, entry.obsolete) for entry in entries(tmp_path / PO).values()] == [(SECOND, True)]
    done(tmp_path, "extract", "--check")


def test_only_white_space_changed_so_nothing_is_fuzzy(tmp_path: Path) -> None:
    translated(tmp_path, {A: chapter(FIRST, SECOND)})
    edit(
        tmp_path / PO,
        lambda entry: replace(entry, comment=review_mark(entry, "王", "2026-01-01")),
    )
    spaced = FIRST.replace("，", "， ").replace("模型", " 模型  ")
    (tmp_path / A).write_text(chapter(spaced, SECOND), "utf-8")
    assert "2 kept, 0 changed" in done(tmp_path, "extract")
    entry = entries(tmp_path / PO)[spaced]
    assert (entry.msgstr, entry.fuzzy, entry.previous) == (ENGLISH[FIRST], False, None)
    assert state(entry) is State.REVIEWED


def test_the_width_of_punctuation_changed_so_the_translation_is_looked_at(tmp_path: Path) -> None:
    translated(tmp_path, {A: chapter(FIRST), B: chapter(SECOND)})
    (tmp_path / A).write_text(chapter("别的内容。"), "utf-8")
    narrow = SECOND.replace("，", ",").replace("。", ".")
    (tmp_path / B).write_text(chapter(narrow), "utf-8")
    done(tmp_path, "extract")
    entry = entries(tmp_path / PO_B)[narrow]
    assert (entry.msgstr, entry.fuzzy, entry.previous) == (ENGLISH[SECOND], True, SECOND)


def test_words_that_join_are_another_text(tmp_path: Path) -> None:
    make(tmp_path, {A: chapter("见 a part 一节。")})
    done(tmp_path, "extract")
    translate(tmp_path, {"见 a part 一节。": "See the section a part."})
    (tmp_path / A).write_text(chapter("见 apart 一节。"), "utf-8")
    done(tmp_path, "extract")
    assert entries(tmp_path / PO)["见 apart 一节。"].fuzzy


def test_one_of_several_copies_is_edited(tmp_path: Path) -> None:
    translated(tmp_path, {A: chapter(SECOND, THIRD, SECOND)})
    new = SECOND.replace("很多机器", "许多机器")
    (tmp_path / A).write_text(chapter(SECOND, THIRD, new), "utf-8")
    done(tmp_path, "extract")
    found = entries(tmp_path / PO)
    assert found[SECOND].translated
    assert (found[new].msgstr, found[new].previous) == (ENGLISH[SECOND], SECOND)


def test_different_translations_of_one_text_are_not_chosen_from(tmp_path: Path) -> None:
    translated(tmp_path, {A: chapter(FIRST), B: chapter(FIRST)})
    edit(tmp_path / PO_B, lambda entry: replace(entry, msgstr="Another."))
    (tmp_path / "content/zh/c.md").write_text(chapter(FIRST), "utf-8")
    done(tmp_path, "extract")
    assert not entries(tmp_path / "locale/en/LC_MESSAGES/c.po")[FIRST].msgstr


@pytest.mark.parametrize(
    ("old", "new", "msgstr", "expected"),
    [
        ("公式 $a$ 和 $b$。", "公式 $a$ 和 $c$。", "Formulas $b$, $a$.", "Formulas $c$, $a$."),
        ("见[图](a.png)。", "见[图](b.png)。", "See [figure](a.png).", "See [figure](b.png)."),
        ("版本 1.8.0 起", "版本 2.0 起", "Since version 1.8.0", "Since version 2.0"),
        ("用 `pip` 装", "用 `uv` 装", "Install with `pip`", "Install with `uv`"),
        # One of two equal ones changed: nobody knows which it is in the translation.
        ("从 $n$ 到 $n$", "从 $n$ 到 $m$", "From $n$ to $n$", "From $n$ to $n$"),
        # The translation has it more or less often.
        ("有 3 个", "有 4 个", "There are three", "There are three"),
        ("有 3 个", "有 4 个", "3 of 3", "3 of 3"),
        # The prose changed too.
        ("公式 $a$。", "公式是 $b$。", "Formula $a$.", "Formula $a$."),
    ],
)
def test_what_is_the_same_in_every_language_is_changed_in_the_translation(
    old: str, new: str, msgstr: str, expected: str
) -> None:
    assert transferred(old, new, msgstr) == expected


# --- obsolete entries -------------------------------------------------------------------------------------------


def test_obsolete_entries_come_back_and_go_when_asked_to(tmp_path: Path) -> None:
    translated(tmp_path, {A: chapter(FIRST, SECOND)})
    (tmp_path / A).write_text(chapter(FIRST), "utf-8")
    done(tmp_path, "extract")
    assert entries(tmp_path / PO)[SECOND].obsolete
    (tmp_path / A).write_text(chapter(FIRST, SECOND), "utf-8")
    done(tmp_path, "extract")
    assert entries(tmp_path / PO)[SECOND].translated
    (tmp_path / A).write_text(chapter(FIRST), "utf-8")
    done(tmp_path, "extract")
    done(tmp_path, "extract", "--prune")
    assert SECOND not in entries(tmp_path / PO)
    assert entries(tmp_path / PO)[FIRST].translated


def test_pruning_removes_the_catalogs_of_chapters_that_are_gone(tmp_path: Path) -> None:
    translated(tmp_path, {A: chapter(FIRST), B: chapter(THIRD)})
    (tmp_path / A).unlink()
    done(tmp_path, "extract")
    assert entries(tmp_path / PO)[FIRST].obsolete
    done(tmp_path, "extract", "--prune")
    assert not (tmp_path / PO).exists()


def test_an_obsolete_entry_keeps_its_previous_msgid(tmp_path: Path) -> None:
    translated(tmp_path, {A: chapter(FIRST, SECOND)})
    new = SECOND.replace("很多数据", "大量的数据")
    (tmp_path / A).write_text(chapter(FIRST, new), "utf-8")
    done(tmp_path, "extract")
    (tmp_path / A).write_text(chapter(FIRST), "utf-8")
    done(tmp_path, "extract")
    gone = entries(tmp_path / PO)[new]
    assert (gone.obsolete, gone.previous, gone.fuzzy) == (True, SECOND, True)


# --- the guard ----------------------------------------------------------------------------------------------------


def numbered(count: int, word: str = "") -> str:
    return chapter(
        *(f"第{number}段{chr(0x4E00 + 97 * number)}{chr(0x5E00 + 31 * number)}{word}。" for number in range(count))
    )


def test_a_loss_that_no_deletion_explains_is_refused(tmp_path: Path) -> None:
    make(tmp_path, {A: numbered(40)})
    done(tmp_path, "extract")
    edit(tmp_path / PO, lambda entry: replace(entry, msgstr="T " + entry.msgid))
    before = tree(tmp_path / "locale")
    (tmp_path / A).write_text(numbered(40, "啊"), "utf-8")
    output = done(tmp_path, "extract", code=2)
    assert "error[catalog-loss]" in output
    assert "of 40 translations into en, 40 would no longer be usable" in output
    assert "--force" in output
    assert tree(tmp_path / "locale") == before
    done(tmp_path, "extract", "--check", code=2)
    (tmp_path / "bilingual.toml").write_text(CONFIG + "[extract]\nmax-loss = 100\n", "utf-8")
    done(tmp_path, "extract", "--check", code=1)
    (tmp_path / "bilingual.toml").write_text(CONFIG, "utf-8")
    done(tmp_path, "extract", "--force")
    assert all(entry.fuzzy for entry in entries(tmp_path / PO).values())


def test_text_that_was_deleted_is_no_loss_but_an_empty_book_is(tmp_path: Path) -> None:
    make(tmp_path, {A: numbered(40), B: chapter(FIRST)})
    done(tmp_path, "extract")
    edit(tmp_path / PO, lambda entry: replace(entry, msgstr="T " + entry.msgid))
    shutil.move(tmp_path / A, tmp_path / "elsewhere.md")
    shutil.move(tmp_path / B, tmp_path / "other.md")
    assert "catalog-loss" in done(tmp_path, "extract", code=2)
    shutil.move(tmp_path / "other.md", tmp_path / B)
    done(tmp_path, "extract")
    assert all(entry.obsolete for entry in entries(tmp_path / PO).values())


# --- other ways to extract ------------------------------------------------------------------------------------------


def test_a_trivial_change_leaves_translations_translated(tmp_path: Path) -> None:
    translated(tmp_path, {A: chapter(FIRST, SECOND), B: chapter(THIRD)})
    edit(tmp_path / PO, lambda entry: replace(entry, comment=review_mark(entry, "王", "2026-01-01")))
    new = SECOND.replace("很多数据", "大量数据")
    other = THIRD.replace("答案", "回答")
    (tmp_path / A).write_text(chapter(FIRST, new), "utf-8")
    (tmp_path / B).write_text(chapter(other), "utf-8")
    done(tmp_path, "extract", "--trivial", A)
    entry = entries(tmp_path / PO)[new]
    assert (entry.msgstr, entry.fuzzy, state(entry)) == (ENGLISH[SECOND], False, State.REVIEWED)
    assert entries(tmp_path / PO_B)[other].fuzzy


def test_catalogs_follow_templates_that_another_program_makes(tmp_path: Path) -> None:
    make(
        tmp_path,
        {"bilingual.toml": CONFIG + '[paths]\ntemplate = "gettext/{stem}.pot"\ncatalog = "locales/{lang}/{stem}.po"\n'},
    )
    pot = tmp_path / "gettext/guide/intro.pot"
    pot.parent.mkdir(parents=True)
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    pot.write_text(head + f'#: ../guide/intro.rst:3\nmsgid "{FIRST}"\nmsgstr ""\n', "utf-8")
    assert "1 new" in done(tmp_path, "extract", "--from-templates")
    po = tmp_path / "locales/en/guide/intro.po"
    edit(po, lambda entry: replace(entry, msgstr=ENGLISH[FIRST]))
    new = FIRST.replace("每一步", "每一个步骤")
    pot.write_text(head + f'msgid "{new}"\nmsgstr ""\n', "utf-8")
    done(tmp_path, "extract", "--from-templates")
    assert entries(po)[new].previous == FIRST
    assert "config-options" in done(tmp_path, "extract", "--from-templates", "--trivial", "x", code=2)
    shutil.rmtree(tmp_path / "gettext")
    assert "there are no templates" in done(tmp_path, "extract", "--from-templates", code=2)


def test_what_an_editor_saves_meanwhile_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    translated(tmp_path, {A: chapter(FIRST), B: chapter(THIRD)})
    (tmp_path / A).write_text(chapter(FIRST, SECOND), "utf-8")
    (tmp_path / B).write_text(chapter(SECOND + "啊", THIRD), "utf-8")

    def saving(*args: object) -> None:
        # What a translator's editor does between the reading and the writing.
        edit(tmp_path / PO, lambda entry: replace(entry, msgstr="Saved."))
        resolve(*args)  # type: ignore[arg-type]

    monkeypatch.setattr("bilingual.project.extraction.resolve", saving)
    result = project.extract(config.load(tmp_path / "bilingual.toml"))
    (busy,) = [each for each in result.diagnostics if each.code == "file-busy"]
    assert busy.place.path == PO
    assert entries(tmp_path / PO)[FIRST].msgstr == "Saved."
    assert SECOND + "啊" in entries(tmp_path / PO_B)
    monkeypatch.undo()
    done(tmp_path, "extract")
    assert SECOND in entries(tmp_path / PO)


# --- whole books ------------------------------------------------------------------------------------------------


HEADER = (("Content-Type", "text/plain; charset=UTF-8"),)
#: What the programs of translators make of a file.
TOOLS = st.sampled_from(
    [
        lambda text: text,
        lambda text: "\ufeff" + text.replace("\n", "\r\n"),
        lambda text: str(polib.pofile(text, wrapwidth=79)),
        lambda text: re.sub(r"^#[|.:].*\n", "", text, flags=re.MULTILINE),
        lambda text: re.sub(r"^#, fuzzy\n", "", text, flags=re.MULTILINE),
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(BOOKS, min_size=1, max_size=3), min_size=2, max_size=4), st.data())
def test_no_change_of_a_book_of_several_files_loses_a_translation(
    versions: list[list[str]], data: st.DataObject
) -> None:
    chosen = dialect()
    catalogs: dict[int, Catalog] = {}
    marks: set[str] = set()
    number = 0
    for version in versions:
        drafts = {}
        for place in range(max(len(version), len(catalogs))):
            text = version[place] if place < len(version) else ""
            fresh = template([parse(text, path=f"{place}.md", dialect=chosen)], (), lambda _: True)
            drafts[place] = begin(catalogs.get(place, Catalog()), fresh)
        resolve(list(drafts.values()), dialect=chosen)
        for place, draft in drafts.items():
            updated, _ = finish(draft)
            assert update(updated, Catalog(draft.template))[0] == updated
            filled = []
            for entry in updated.entries:
                work = entry
                if not entry.msgstr and not entry.obsolete:
                    number += 1
                    work = replace(entry, msgstr=f"⟦{number}⟧")
                elif entry.fuzzy and not entry.obsolete and number % 3:
                    work = replace(entry, flags=(), previous=None, previous_context=None)
                marks.update(MARK.findall(work.msgstr))
                filled.append(work)
            catalogs[place] = read(data.draw(TOOLS)(write(Catalog(tuple(filled), HEADER))))
        there = {
            mark
            for each in catalogs.values()
            for entry in each.entries
            for mark in MARK.findall(entry.msgstr + entry.comment)
        }
        assert marks <= there


def everything(locale: Path) -> Iterator[Entry]:
    for path in sorted(locale.rglob("*.po")):
        yield from read_bytes(path.read_bytes(), path.name).entries


def test_a_real_book_keeps_its_translations_through_many_changes(tmp_path: Path) -> None:
    source = tmp_path / "content/zh"
    for path in (shared() / "corpora/d2l-zh").rglob("*.md"):
        copy = source / path.relative_to(shared() / "corpora/d2l-zh")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    (tmp_path / "bilingual.toml").write_text(CONFIG)
    book = config.load(tmp_path / "bilingual.toml")
    project.extract(book)
    marks = pseudo_translate(tmp_path / "locale")
    changes = change(source, book.dialect)
    assert (changes.moved, changes.renamed, changes.deleted) == (20, 10, 5)
    assert len(changes.edited) > 400
    result = project.extract(book)
    assert not [each for each in result.diagnostics if each.severity == "error"]
    after = list(everything(tmp_path / "locale"))
    there = {mark for entry in after for mark in MARK.findall(entry.msgstr)}
    assert {mark for each in marks.values() for mark in each} <= there
    count = right = wrong = 0
    for entry in after:
        old = changes.edited.get(entry.msgid)
        if old is not None and not entry.obsolete:
            count += 1
            found = set(MARK.findall(entry.msgstr))
            right += entry.fuzzy and entry.previous is not None and bool(found & marks[old])
            wrong += bool(found - marks[old])
    assert count > 400
    assert right >= 0.97 * count
    assert wrong <= 0.01 * count
    before = tree(tmp_path / "locale")
    shutil.rmtree(tmp_path / "build")
    assert not project.extract(book).files
    assert tree(tmp_path / "locale") == before
