"""Several people at one book: git merges of catalogs, and work that comes back by mail."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bilingual.catalog import Catalog, Entry, read, read_bytes, review_mark, write
from bilingual.reconcile import combine
from book import CONFIG, PO, edit, entries, make
from support import done, system_program

if TYPE_CHECKING:
    from pathlib import Path

A = "content/zh/a.md"
FIRST = "注意力机制让模型在每一步都能看到所有的输入。"
SECOND = "训练大模型需要很多数据，也需要很多机器。"
THIRD = "推理时，模型一个词一个词地写出答案。"


def git(root: Path, *args: str, code: int = 0) -> str:
    env = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        **{f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    command = [system_program("git"), *args]
    result = subprocess.run(command, cwd=root, env=env, capture_output=True, encoding="utf-8", check=False)
    assert result.returncode == code, result.stdout + result.stderr
    return result.stdout + result.stderr


def commit(root: Path, message: str) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-m", message)


def repository(root: Path, *paragraphs: str) -> Path:
    make(root, {A: "\n\n".join(paragraphs) + "\n", ".gitignore": "build/\n"}, CONFIG)
    git(root, "init", "-b", "main")
    done(root, "extract")
    output = done(root, "init", "--git")
    assert ".gitattributes" in output
    commit(root, "book")
    git(root, "branch", "other")
    return root


def say(root: Path, texts: dict[str, str], *, name: str = "") -> None:
    def change(entry: Entry) -> Entry:
        if entry.msgid not in texts:
            return entry
        done_ = replace(entry, msgstr=texts[entry.msgid], flags=(), previous=None)
        return replace(done_, comment=review_mark(done_, name, "2026-01-01")) if name else done_

    edit(root / PO, change)


# --- git ------------------------------------------------------------------------------------------------------------


def test_branches_that_translate_different_entries_merge(tmp_path: Path) -> None:
    repository(tmp_path, FIRST, SECOND, THIRD)
    say(tmp_path, {FIRST: "First.", SECOND: "Second."})
    commit(tmp_path, "ours")
    git(tmp_path, "checkout", "other")
    say(tmp_path, {THIRD: "Third."}, name="王")
    commit(tmp_path, "theirs")
    git(tmp_path, "checkout", "main")
    git(tmp_path, "merge", "other", "-m", "merge")
    found = entries(tmp_path / PO)
    assert {entry.msgid: entry.msgstr for entry in found.values()} == {
        FIRST: "First.",
        SECOND: "Second.",
        THIRD: "Third.",
    }
    assert not any(entry.fuzzy for entry in found.values())
    done(tmp_path, "extract", "--check")


def test_one_branch_translates_what_the_other_one_changed(tmp_path: Path) -> None:
    repository(tmp_path, FIRST, SECOND, THIRD)
    say(tmp_path, {FIRST: "First.", SECOND: "Second, drafted."})
    commit(tmp_path, "first translation")
    git(tmp_path, "branch", "-f", "other")
    # Ours follows a change of the source.
    new = SECOND.replace("很多数据", "大量的数据")
    (tmp_path / A).write_text(f"{THIRD}\n\n{FIRST}\n\n{new}\n", "utf-8")
    done(tmp_path, "extract")
    commit(tmp_path, "source")
    # Theirs improves a translation of the old text and adds one.
    git(tmp_path, "checkout", "other")
    say(tmp_path, {SECOND: "Second, as it should be.", THIRD: "Third."})
    commit(tmp_path, "work")
    for ours, theirs in (("main", "other"), ("other", "main")):
        git(tmp_path, "checkout", "-B", f"merge-{ours}", ours)
        git(tmp_path, "merge", theirs, "-m", "merge")
        found = entries(tmp_path / PO)
        assert list(found) == [THIRD, FIRST, new]
        assert (found[new].msgstr, found[new].previous) == ("Second, as it should be.", SECOND)
        assert found[new].fuzzy
        assert found[THIRD].msgstr == "Third."
        done(tmp_path, "extract", "--check")


def test_a_translation_of_a_text_that_is_gone_survives_as_obsolete(tmp_path: Path) -> None:
    repository(tmp_path, FIRST, SECOND)
    (tmp_path / A).write_text(f"{FIRST}\n", "utf-8")
    done(tmp_path, "extract")
    assert SECOND not in entries(tmp_path / PO)
    commit(tmp_path, "source")
    git(tmp_path, "checkout", "other")
    say(tmp_path, {SECOND: "Second."})
    commit(tmp_path, "work")
    git(tmp_path, "checkout", "main")
    git(tmp_path, "merge", "other", "-m", "merge")
    gone = entries(tmp_path / PO)[SECOND]
    assert (gone.msgstr, gone.obsolete) == ("Second.", True)


def test_a_conflict_stays_in_its_entry(tmp_path: Path) -> None:
    repository(tmp_path, FIRST, SECOND)
    say(tmp_path, {FIRST: "Our text.", SECOND: "Same."})
    commit(tmp_path, "ours")
    git(tmp_path, "checkout", "other")
    say(tmp_path, {FIRST: "Their text.", SECOND: "Same."})
    commit(tmp_path, "theirs")
    git(tmp_path, "checkout", "main")
    output = git(tmp_path, "merge", "other", "-m", "merge", code=1)
    assert f"{PO}:" in output
    assert "catalog-both" in output
    found = entries(tmp_path / PO)
    assert found[FIRST].fuzzy
    assert "Our text." in found[FIRST].msgstr
    assert "Their text." in found[FIRST].msgstr
    assert found[SECOND].translated
    subprocess.run([system_program("msgfmt"), "--check", "-o", os.devnull, tmp_path / PO], check=True)


def test_a_damaged_version_is_left_to_git(tmp_path: Path) -> None:
    repository(tmp_path, FIRST)
    for name in ("base", "ours", "theirs"):
        shutil.copyfile(tmp_path / PO, tmp_path / name)
    (tmp_path / "theirs").write_text('msgid "a\n', "utf-8")
    before = (tmp_path / "ours").read_bytes()
    output = done(tmp_path, "merge-driver", "base", "ours", "theirs", "x.po", code=2)
    assert "x.po" in output
    assert "in the version of the other branch" in output
    assert (tmp_path / "ours").read_bytes() == before


def test_the_driver_is_installed_once_and_keeps_other_attributes(tmp_path: Path) -> None:
    make(tmp_path, {".gitattributes": "* text=auto"}, CONFIG)
    assert "no git repository" in done(tmp_path, "init", "--git", code=2)
    git(tmp_path, "init")
    done(tmp_path, "init", "--git")
    assert (tmp_path / ".gitattributes").read_text() == "* text=auto\n*.po merge=bilingual\n"
    assert done(tmp_path, "init", "--git") == ""


# --- merging as such ------------------------------------------------------------------------------------------------


def catalog(text: str) -> Catalog:
    return read('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n' + text)


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "expected"),
    [
        # A translation beats a draft, which is kept.
        (
            "",
            '#, fuzzy\nmsgid "a"\nmsgstr "draft"',
            'msgid "a"\nmsgstr "real"',
            ("real", False, "bilingual: other translation: draft"),
        ),
        # An empty one beats nothing, but a deletion on purpose stays one.
        ('msgid "a"\nmsgstr "x"', 'msgid "a"\nmsgstr ""', 'msgid "a"\nmsgstr "y"', ("y", False, "")),
        ('msgid "a"\nmsgstr "x"', 'msgid "a"\nmsgstr ""', 'msgid "a"\nmsgstr "x"', ("", False, "")),
        # One approves, the other one comments.
        (
            '#, fuzzy\nmsgid "a"\nmsgstr "x"',
            'msgid "a"\nmsgstr "x"',
            '# note\n#, fuzzy\nmsgid "a"\nmsgstr "x"',
            ("x", False, "note"),
        ),
        # Comments of both, without the one that was taken away.
        (
            '# one\n# two\nmsgid "a"\nmsgstr "x"',
            '# one\n# three\nmsgid "a"\nmsgstr "x"',
            '# one\n# two\n# four\nmsgid "a"\nmsgstr "x"',
            ("x", False, "one\nthree\nfour"),
        ),
    ],
)
def test_what_either_side_did_is_kept(base: str, ours: str, theirs: str, expected: tuple[str, bool, str]) -> None:
    merged = combine(catalog(base), catalog(ours), catalog(theirs))
    (entry,) = merged.catalog.entries
    assert (entry.msgstr, entry.fuzzy, entry.comment) == expected
    assert not merged.conflicts


@st.composite
def versions(draw: st.DrawFn, own: str) -> Catalog:
    made = []
    for key in draw(st.permutations("abcdef"))[: draw(st.integers(0, 6))]:
        msgstr = draw(st.sampled_from(["", "1", "2", f"{own}1", f"{own}2"]))
        fuzzy = bool(msgstr) and draw(st.booleans())
        previous = draw(st.sampled_from([None, "a", "b", "old"])) if fuzzy else None
        comment = draw(st.sampled_from(["", "one", "one\ntwo", "three"]))
        obsolete = bool(msgstr) and draw(st.booleans())
        flags = ("fuzzy",) if fuzzy else ()
        made.append(Entry(key, msgstr, flags=flags, previous=previous, comment=comment, obsolete=obsolete))
    return Catalog(tuple(sorted(made, key=lambda entry: entry.obsolete)))


@settings(deadline=None, max_examples=400, suppress_health_check=list(HealthCheck))
@given(versions("base"), versions("ours"), versions("theirs"))
def test_no_merge_loses_a_translation_or_puts_it_under_another_msgid(
    base: Catalog, ours: Catalog, theirs: Catalog
) -> None:
    assert combine(base, ours, base).catalog == ours
    assert combine(base, base, ours).catalog == ours
    assert combine(base, ours, ours).catalog == ours
    result = combine(base, ours, theirs).catalog
    assert read(write(result)).entries == result.entries
    keys = [entry.key for entry in result.entries]
    assert len(keys) == len(set(keys))
    was = {entry.key: entry.msgstr for entry in base.entries}
    texts = [(entry.msgid, entry.msgstr + entry.comment) for entry in result.entries]
    for side in (ours, theirs):
        for entry in side.entries:
            # What an update carried from another text of the base is not this side's own work.
            if entry.msgstr and entry.msgstr not in was.values():
                assert any(entry.msgstr in text for _, text in texts), entry
    said = {(entry.msgid, entry.msgstr) for side in (base, ours, theirs) for entry in side.entries}
    for entry in result.entries:
        # A deliberate deletion may follow its text to the new msgid; an empty msgstr translates nothing wrongly.
        assert (entry.msgid, entry.msgstr) in said or entry.fuzzy or not entry.msgstr


# --- work that comes back ---------------------------------------------------------------------------------------------


def sent(root: Path, *paragraphs: str) -> Path:
    """A book of which a catalog was sent to a translator, as a file beside it."""
    make(root, {A: "\n\n".join(paragraphs) + "\n"}, CONFIG)
    done(root, "extract")
    (root / "mail").mkdir()
    shutil.copyfile(root / PO, root / "mail/a.po")
    return root


def answer(root: Path, texts: dict[str, str], **changes: Any) -> None:  # noqa: ANN401 - fields of Entry
    catalog_ = read_bytes((root / "mail/a.po").read_bytes(), "a.po")
    made = [replace(entry, msgstr=texts.get(entry.msgid, entry.msgstr), **changes) for entry in catalog_.entries]
    (root / "mail/a.po").write_text(write(replace(catalog_, entries=tuple(made))), "utf-8")


def test_work_that_comes_back_is_taken_and_nothing_is_emptied(tmp_path: Path) -> None:
    sent(tmp_path, FIRST, SECOND)
    say(tmp_path, {FIRST: "Ours meanwhile."})
    answer(tmp_path, {SECOND: "Second."}, extracted="", references=())
    assert f"{PO}: 1 changed" in done(tmp_path, "import", "mail/a.po")
    found = entries(tmp_path / PO)
    assert (found[FIRST].msgstr, found[SECOND].msgstr) == ("Ours meanwhile.", "Second.")
    assert found[SECOND].references == (A,)
    assert f"{PO}: 0 changed" in done(tmp_path, "import", "mail/a.po")


def test_what_a_tool_dropped_is_kept(tmp_path: Path) -> None:
    sent(tmp_path, FIRST, SECOND)
    edit(tmp_path / PO, lambda entry: replace(entry, msgstr="T", flags=("fuzzy",), previous="旧", comment="译注"))
    shutil.copyfile(tmp_path / PO, tmp_path / "mail/a.po")
    answer(tmp_path, {SECOND: "Second."}, flags=(), previous=None, comment="")
    output = done(tmp_path, "import", "mail/a.po")
    assert "1 entries came back without their fuzzy mark" in output
    found = entries(tmp_path / PO)
    assert (found[FIRST].flags, found[FIRST].previous, found[FIRST].comment) == (("fuzzy",), "旧", "译注")
    assert (found[SECOND].msgstr, found[SECOND].flags, found[SECOND].comment) == ("Second.", (), "译注")


def test_an_editor_that_keeps_marks_approves_by_taking_one_away(tmp_path: Path) -> None:
    sent(tmp_path, FIRST)
    edit(tmp_path / PO, lambda entry: replace(entry, msgstr="T", flags=("fuzzy",)))
    shutil.copyfile(tmp_path / PO, tmp_path / "mail/a.po")
    answer(tmp_path, {}, flags=())
    text = (tmp_path / "mail/a.po").read_text("utf-8").replace('"MIME', '"X-Generator: Poedit 3.9\\n"\n"MIME')
    (tmp_path / "mail/a.po").write_text(text, "utf-8")
    done(tmp_path, "import", "mail/a.po")
    assert entries(tmp_path / PO)[FIRST].translated


def test_half_translated_entries_are_refused_by_name(tmp_path: Path) -> None:
    sent(tmp_path, FIRST + SECOND, THIRD)
    answer(tmp_path, {FIRST + SECOND: "Attention sees all. " + SECOND, THIRD: "Third."})
    output = done(tmp_path, "import", "mail/a.po", code=1)
    assert "mail/a.po:" in output
    assert "import-mixed" in output
    found = entries(tmp_path / PO)
    assert not found[FIRST + SECOND].msgstr
    assert found[THIRD].msgstr == "Third."


def test_quoting_the_source_is_no_half_translation(tmp_path: Path) -> None:
    text = "书里有“训练大模型需要很多数据”这句话。"
    sent(tmp_path, text)
    answer(tmp_path, {text: "The book has the sentence “训练大模型需要很多数据” (training takes data)."})
    done(tmp_path, "import", "mail/a.po")
    assert entries(tmp_path / PO)[text].msgstr


def test_texts_that_changed_meanwhile_get_the_work_as_fuzzy(tmp_path: Path) -> None:
    repository(tmp_path, FIRST, SECOND)
    say(tmp_path, {SECOND: "Second, drafted."})
    commit(tmp_path, "draft")
    (tmp_path / "mail").mkdir()
    shutil.copyfile(tmp_path / PO, tmp_path / "mail/a.po")
    new = SECOND.replace("很多数据", "大量的数据")
    (tmp_path / A).write_text(f"{FIRST}\n\n{new}\n", "utf-8")
    done(tmp_path, "extract")
    commit(tmp_path, "source")
    answer(tmp_path, {SECOND: "Second, done.", FIRST: "First."})
    # What was sent is found in git.
    done(tmp_path, "import", "mail/a.po")
    found = entries(tmp_path / PO)
    assert found[FIRST].translated
    assert (found[new].msgstr, found[new].previous, found[new].fuzzy) == ("Second, done.", SECOND, True)


def test_both_sides_translated(tmp_path: Path) -> None:
    sent(tmp_path, FIRST)
    shutil.copyfile(tmp_path / PO, tmp_path / "sent.po")
    say(tmp_path, {FIRST: "Ours."})
    answer(tmp_path, {FIRST: "Theirs."})
    output = done(tmp_path, "import", "mail/a.po", "--sent", "sent.po", "--check", code=2)
    assert not entries(tmp_path / PO)[FIRST].fuzzy
    output = done(tmp_path, "import", "mail/a.po", "--sent", "sent.po", code=2)
    assert "catalog-both" in output
    entry = entries(tmp_path / PO)[FIRST]
    assert entry.fuzzy
    assert "Ours." in entry.msgstr
    assert "Theirs." in entry.msgstr


def test_what_belongs_nowhere_is_reported_and_kept(tmp_path: Path) -> None:
    sent(tmp_path, FIRST)
    with (tmp_path / "mail/a.po").open("a", encoding="utf-8") as file:
        file.write('\nmsgid "别的"\nmsgstr "Else"\n')
    output = done(tmp_path, "import", "mail/a.po")
    assert "import-unknown" in output
    assert entries(tmp_path / PO)["别的"].obsolete
    shutil.copyfile(tmp_path / "mail/a.po", tmp_path / "mail/z.po")
    assert "no catalog of the book has this name" in done(tmp_path, "import", "mail/z.po", code=2)
    assert "the project's own catalog" in done(tmp_path, "import", PO, code=2)
    assert "git revision" in done(tmp_path, "import", "mail/a.po", "--sent", "nowhere", code=2)


def test_crlf_and_composed_characters_do_no_harm(tmp_path: Path) -> None:
    text = "café 是一个词，后面还有话。"
    sent(tmp_path, text)
    answer(tmp_path, {text: "Café is a word."})
    data = (tmp_path / "mail/a.po").read_bytes().replace(b"\n", b"\r\n")
    (tmp_path / "mail/a.po").write_bytes(data.decode().replace("café", "cafe\u0301").encode())
    done(tmp_path, "import", "mail/a.po")
    assert entries(tmp_path / PO)[text].msgstr == "Café is a word."
