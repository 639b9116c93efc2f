"""`align`, and `import` of the translated book itself, take nothing wrong and lose nothing that a person did."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bilingual.align.documents import align
from bilingual.align.review import _sides, lines, read_verdicts
from bilingual.config import load
from bilingual.diagnostics import BilingualError, Severity
from bilingual.language import language
from bilingual.markdown.dialect import default_dialect
from bilingual.markdown.parse import parse
from bilingual.project import extract, import_catalogs, merge
from bilingual.project.aligning import align_book, write_review
from book import CONFIG, OUT, PO, edit, entries, make, translate
from test_align_book import SOURCE, TARGET, A
from test_together import commit, git

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bilingual.catalog import Entry
    from bilingual.config import Config
    from bilingual.diagnostics import Diagnostic
    from bilingual.project.aligning import Aligned
    from bilingual.project.together import Imported

ADDENDA = "locale/en/addenda/a.md"
MANIFEST = ".bilingual/en.sha256"


def settings(root: Path) -> Config:
    return load(root / "bilingual.toml")


def run(root: Path, **options: object) -> Aligned:
    return align_book(settings(root), **options)  # type: ignore[arg-type]


def told(diagnostics: Iterable[Diagnostic], code: str) -> list[str]:
    return [f"{each.place.path}:{each.place.line}: {each.message}" for each in diagnostics if each.code == code]


def judged(root: Path, right: str, source: Iterable[str], target: Iterable[str], chapter: str = "a.md") -> str:
    """A verdict on the blocks that begin with some texts, as JSON Lines."""
    documents = [
        parse((root / path).read_text("utf-8"), path=path, dialect=default_dialect())
        for path in (f"content/zh/{chapter}", f"content/en/{chapter}")
    ]
    alignment = align(documents[0], documents[1], language("zh"), language("en"))
    names = [
        [
            side[id(block)]
            for text in texts
            for block in {
                id(block): block for bead in alignment.beads for block in (bead.source, bead.target)[number]
            }.values()
            if block.span.of(document.text).lstrip("#*- ").startswith(text)
        ]
        for number, (document, side, texts) in enumerate(
            zip(documents, _sides(alignment), (source, target), strict=True)
        )
    ]
    return json.dumps({"chapter": chapter, "verdict": right, "source": names[0], "target": names[1]})


def apply(root: Path, *verdicts: str, **options: object) -> Aligned:
    return run(root, verdicts=read_verdicts("\n".join(verdicts), "judged.jsonl"), **options)


# --- a reader mends the book ---------------------------------------------------------------------------------------

TEXTS = {
    "总结": "Summary",
    "猫在睡觉，一直睡到晚上。": "The cat sleeps until the evening.",
    "狗在跑，跑过了整条街。": "The dog runs down the whole street.",
    "鸟在飞，飞向了南方。": "The bird flies to the south.",
}
CHAPTER = "# 总结\n\n猫在睡觉，一直睡到晚上。\n\n狗在跑，跑过了整条街。\n\n鸟在飞，飞向了南方。\n"


def merged(root: Path, texts: dict[str, str] = TEXTS, chapter: str = CHAPTER) -> Path:
    make(root, {A: chapter, ".gitignore": "build/\n"}, CONFIG)
    extract(settings(root))
    translate(root, texts)
    merge(settings(root))
    return root / OUT


def brought_back(root: Path) -> Imported:
    return import_catalogs(settings(root), [root / OUT])


def texts_of(root: Path) -> dict[str, str]:
    return {key: entry.msgstr for key, entry in entries(root / PO).items() if not entry.fuzzy}


def knows(root: Path) -> bool:
    """Whether merge leaves the file to nobody but itself."""
    return not merge(settings(root), check=True).conflicts


def test_texts_of_a_reader_are_paired_by_what_they_say(tmp_path: Path) -> None:
    book = merged(tmp_path)
    text = book.read_text("utf-8").replace("# Summary\n", "# Summary\n\nNew paragraph of the reader.\n")
    text = (
        text.replace("evening.", "evening!").replace("street.", "street!").replace("The bird flies to the south.", "")
    )
    book.write_text(text, "utf-8")
    result = brought_back(tmp_path)
    assert texts_of(tmp_path) == {
        **TEXTS,
        "猫在睡觉，一直睡到晚上。": "The cat sleeps until the evening!",
        "狗在跑，跑过了整条街。": "The dog runs down the whole street!",
    }
    assert len(told(result.diagnostics, "import-structure")) == 1  # the new paragraph stands in the place of the bird
    assert not knows(tmp_path)


def test_paragraphs_that_changed_places_keep_their_entries(tmp_path: Path) -> None:
    book = merged(tmp_path)
    cat, dog = "The cat sleeps until the evening.", "The dog runs down the whole street."
    text = book.read_text("utf-8").replace(cat, "1").replace(dog, "2").replace("1", dog + " Fast.").replace("2", cat)
    book.write_text(text.replace(cat, "The cat sleeps till the evening."), "utf-8")
    brought_back(tmp_path)
    found = texts_of(tmp_path)
    assert found["猫在睡觉，一直睡到晚上。"] == "The cat sleeps till the evening."
    assert found["狗在跑，跑过了整条街。"] == f"{dog} Fast."
    assert not knows(tmp_path)


def test_a_text_that_a_reader_translated_is_a_draft(tmp_path: Path) -> None:
    book = merged(tmp_path, {**TEXTS, "鸟在飞，飞向了南方。": ""})
    book.write_text(book.read_text("utf-8").replace("鸟在飞，飞向了南方。", "The bird flies south."), "utf-8")
    brought_back(tmp_path)
    entry = entries(tmp_path / PO)["鸟在飞，飞向了南方。"]
    assert (entry.msgstr, entry.fuzzy) == ("The bird flies south.", True)
    assert not knows(tmp_path)


def test_a_file_that_merge_never_wrote_is_no_correction(tmp_path: Path) -> None:
    book = merged(tmp_path)
    (tmp_path / MANIFEST).unlink()
    book.write_text("# Summary\n\nThe dog runs.\n\nThe cat sleeps.\n\nThe bird flies.\n", "utf-8")
    (problem,) = brought_back(tmp_path).diagnostics
    assert "merge did not write this file" in problem.message
    assert "align" in problem.hint
    assert texts_of(tmp_path) == TEXTS
    assert not (tmp_path / MANIFEST).exists()


@pytest.mark.parametrize("known", [True, False])
def test_a_correction_does_not_take_newer_translations_back(tmp_path: Path, known: bool) -> None:
    book = merged(tmp_path)
    if known:
        git(tmp_path, "init", "-b", "main")
        commit(tmp_path, "book")
    translate(tmp_path, {"总结": "Chapter summary"})
    book.write_text(book.read_text("utf-8").replace("cat sleeps", "cat slept"), "utf-8")
    result = brought_back(tmp_path)
    found = texts_of(tmp_path)
    assert found["总结"] == "Chapter summary"
    assert ("slept" in found["猫在睡觉，一直睡到晚上。"]) is known
    assert len(told(result.diagnostics, "import-structure")) == (0 if known else 2)
    # What the reader did is in the catalog or still in the file.
    assert knows(tmp_path) is known


def test_both_a_reader_and_the_catalog_changed_a_text(tmp_path: Path) -> None:
    book = merged(tmp_path)
    git(tmp_path, "init", "-b", "main")
    commit(tmp_path, "book")
    translate(tmp_path, {"总结": "Chapter summary"})
    book.write_text(book.read_text("utf-8").replace("Summary", "Summaries"), "utf-8")
    result = brought_back(tmp_path)
    assert texts_of(tmp_path)["总结"] == "Chapter summary"
    assert "a newer text" in told(result.diagnostics, "import-structure")[0]
    assert not knows(tmp_path)


def test_a_correction_that_is_refused_stays_in_the_file(tmp_path: Path) -> None:
    book = merged(tmp_path)
    text = book.read_text("utf-8").replace(
        "The cat sleeps until the evening.", "The cat sleeps 猫在睡觉，一直睡到晚上。"
    )
    text = text.replace("The dog runs", "The dog is running")
    book.write_text(text, "utf-8")
    brought_back(tmp_path)
    assert "running" in texts_of(tmp_path)["狗在跑，跑过了整条街。"]
    assert not knows(tmp_path)
    assert book.read_text("utf-8") == text


def test_what_is_no_text_keeps_merge_from_the_file(tmp_path: Path) -> None:
    book = merged(tmp_path)
    book.write_text(book.read_text("utf-8").replace("# Summary", "# Summary\n\n***"), "utf-8")
    assert "more than its texts" in told(brought_back(tmp_path).diagnostics, "import-structure")[0]
    assert not knows(tmp_path)


def test_a_correction_is_taken_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = merged(tmp_path)
    book.write_text(book.read_text("utf-8").replace("sleeps", "slept"), "utf-8")
    monkeypatch.chdir(tmp_path / "content")
    result = import_catalogs(settings(tmp_path), [Path("en/a.md")])
    assert (result.taken, result.diagnostics) == ({PO: 1}, ())


def test_an_empty_file_is_no_correction(tmp_path: Path) -> None:
    merged(tmp_path).write_text("", "utf-8")
    (problem,) = brought_back(tmp_path).diagnostics
    assert (problem.severity, problem.place.line) == (Severity.ERROR, None)
    assert texts_of(tmp_path) == TEXTS


# --- handing over --------------------------------------------------------------------------------------------------


def test_only_what_was_aligned_is_handed_over(tmp_path: Path) -> None:
    text = TARGET.encode().replace(b"network", "网络".encode("gb18030"))
    make(tmp_path, {A: SOURCE, OUT: TARGET, "content/zh/b.md": SOURCE, "content/en/b.md": text})
    result = run(tmp_path, adopt=True)
    assert [each.path for each in result.adopted] == [OUT]
    assert "content/en/b.md" not in (tmp_path / MANIFEST).read_text("utf-8")
    merge(settings(tmp_path))
    assert (tmp_path / "content/en/b.md").read_bytes() == text


# --- what translators did ------------------------------------------------------------------------------------------


def unsure(root: Path) -> None:
    make(root, {A: "# 甲\n\n天气很好。\n\n他们去了公园。\n", OUT: "# A\n\nIt rained.\n\nNobody came.\n\nClosed.\n"})
    run(root)


def test_drafts_that_a_translator_touched_stay(tmp_path: Path) -> None:
    unsure(tmp_path)
    drafts = [entry for entry in entries(tmp_path / PO).values() if entry.fuzzy]
    assert drafts
    mine = drafts[0].msgid

    def change(entry: Entry) -> Entry:
        commented = replace(entry, comment=f"Wang: ask the author\n{entry.comment}") if entry.fuzzy else entry
        return replace(commented, msgstr="My own.") if entry.msgid == mine else commented

    edit(tmp_path / PO, change)
    before = entries(tmp_path / PO)
    run(tmp_path)
    assert entries(tmp_path / PO) == before
    (tmp_path / OUT).write_text((tmp_path / OUT).read_text("utf-8").replace(".", " now."), "utf-8")
    run(tmp_path)
    found = entries(tmp_path / PO)
    assert found[mine].msgstr == "My own."
    assert all(found[each.msgid].comment.count("Wang: ask the author") == 1 for each in drafts)
    run(tmp_path, force=True)
    assert entries(tmp_path / PO)[mine].msgstr != "My own."
    assert "Wang: ask the author" in entries(tmp_path / PO)[mine].comment


def test_an_entry_with_a_comment_gets_its_translation(tmp_path: Path) -> None:
    make(tmp_path, {A: SOURCE})
    extract(settings(tmp_path))
    edit(tmp_path / PO, lambda entry: replace(entry, comment="What is this?"))
    make(tmp_path, {OUT: TARGET})
    run(tmp_path)
    assert entries(tmp_path / PO)["安装"].msgstr == "Installation"
    assert entries(tmp_path / PO)["安装"].comment == "What is this?"


# --- what is left out ----------------------------------------------------------------------------------------------


def test_the_half_that_is_not_translated_yet_is_not_left_out(tmp_path: Path) -> None:
    make(tmp_path, {A: SOURCE, ".gitignore": "build/\n"})
    git(tmp_path, "init", "-b", "main")
    commit(tmp_path, "write")
    make(tmp_path, {OUT: TARGET[: TARGET.index("## Training")]})
    commit(tmp_path, "translate the first half")
    make(tmp_path, {A: SOURCE.replace("30 秒", "20 秒")})
    commit(tmp_path, "edit")
    result = run(tmp_path, revision="auto")
    assert result.chapters[0].left_out == 0
    absent = told(result.diagnostics, "align-source-only")
    assert len(absent) == 5
    assert all("for you to say" in each for each in absent)
    merge(settings(tmp_path))
    assert "训练模型" in (tmp_path / A).read_text("utf-8")


def test_what_is_left_out_is_always_told(tmp_path: Path) -> None:
    left = "这一段只对中文读者有意义：请加入 QQ 群 12345。"
    make(tmp_path, {A: SOURCE.replace("## 训练", f"{left}\n\n## 训练"), ".gitignore": "build/\n"})
    git(tmp_path, "init", "-b", "main")
    commit(tmp_path, "write")
    make(tmp_path, {OUT: TARGET})
    commit(tmp_path, "translate")
    for text in ("30 秒", "20 秒"):
        make(tmp_path, {A: (tmp_path / A).read_text("utf-8").replace("30 秒", text)})
        commit(tmp_path, "edit") if text != "30 秒" else None
        result = run(tmp_path, revision="auto")
        assert result.chapters[0].left_out == 1
        assert told(result.diagnostics, "align-source-only") == [f"{A}:7: this is left out in the translation"]


# --- which file translates which -----------------------------------------------------------------------------------


def test_names_alone_pair_no_files_of_different_folders(tmp_path: Path) -> None:
    source = "# 排序\n\n证明插入排序的正确性。\n\n分析它的时间。\n"
    target = "# Graphs\n\nProve the correctness of the algorithm of Dijkstra.\n\nAnalyse its time.\n"
    make(tmp_path, {"content/zh/a/index.md": source, "content/en/b/index.md": target})
    assert run(tmp_path).chapters == ()
    # In the same folder they are, but with drafts alone.
    make(tmp_path, {"content/zh/a/01.md": source, "content/en/a/1.en.md": target})
    result = run(tmp_path)
    (pair,) = result.chapters
    assert (pair.source, pair.target, pair.sure) == ("content/zh/a/01.md", "content/en/a/1.en.md", 0)
    assert told(result.diagnostics, "align-file") == [
        "content/en/a/1.en.md:None: this is taken for the translation of content/zh/a/01.md"
    ]


def test_files_of_both_endings_are_found_and_links_out_of_the_project_are_not(tmp_path: Path) -> None:
    root = make(tmp_path / "book", {"content/zh/b.markdown": SOURCE, "content/en/b.markdown": TARGET, A: SOURCE})
    make(tmp_path / "other", {"a.md": TARGET})
    (root / OUT).symlink_to(tmp_path / "other/a.md")
    result = run(root, adopt=True)
    assert [each.target for each in result.chapters] == ["content/en/b.markdown"]
    assert told(result.diagnostics, "file-outside") == [
        f"{OUT}:None: this link leads out of the project and is not followed"
    ]
    assert OUT not in (root / MANIFEST).read_text("utf-8")


# --- verdicts ------------------------------------------------------------------------------------------------------


def test_a_block_that_a_verdict_gives_to_another_one_is_taken_from_the_first(tmp_path: Path) -> None:
    make(tmp_path, {A: SOURCE, OUT: TARGET})
    run(tmp_path)
    edit(tmp_path / PO, lambda entry: replace(entry, comment="Wang: looks odd") if entry.msgid == "训练模型" else entry)
    apply(tmp_path, judged(tmp_path, "right", ["安装"], ["Training the model"]))
    found = entries(tmp_path / PO)
    assert found["训练模型"].msgstr == ""
    assert found["训练模型"].comment == "Wang: looks odd"
    assert found["安装"].msgstr == "Training the model"


def test_addenda_follow_the_verdicts(tmp_path: Path) -> None:
    make(tmp_path, {A: SOURCE, OUT: TARGET})
    pair = ["先运行"], ["First run"]
    apply(tmp_path, judged(tmp_path, "wrong", *pair))
    assert "First run" in (tmp_path / ADDENDA).read_text("utf-8")
    apply(tmp_path, judged(tmp_path, "right", *pair))
    assert not (tmp_path / ADDENDA).exists()


def test_addenda_that_a_person_edited_stay(tmp_path: Path) -> None:
    make(tmp_path, {A: SOURCE, OUT: TARGET + "\nA note of the translator, on his own account.\n"})
    run(tmp_path)
    edited = (tmp_path / ADDENDA).read_text("utf-8").replace("his own", "her own")
    (tmp_path / ADDENDA).write_text(edited, "utf-8")
    result = apply(tmp_path, judged(tmp_path, "wrong", ["先运行"], ["First run"]))
    assert told(result.diagnostics, "align-addenda")
    assert (tmp_path / ADDENDA).read_text("utf-8") == edited


def test_what_a_verdict_takes_apart_stands_where_it_stood_in_the_translation(tmp_path: Path) -> None:
    moved = "The loss function is the cross entropy $L = -\\log p$, with a learning rate of 0.001."
    target = TARGET.replace(f"{moved}\n\n", "").replace("First run", f"{moved}\n\nFirst run")
    make(tmp_path, {A: SOURCE, OUT: target})
    apply(tmp_path, judged(tmp_path, "wrong", ["损失函数"], ["The loss function"]))
    merge(settings(tmp_path), force=True)
    text = (tmp_path / OUT).read_text("utf-8")
    assert text.index("# Installation") < text.index("The loss") < text.index("First run")


def test_verdicts_on_what_was_not_aligned_are_told(tmp_path: Path) -> None:
    make(tmp_path, {A: SOURCE, OUT: TARGET})
    verdict = {"chapter": "z.md", "verdict": "wrong", "source": ["s1-00000000"], "target": ["t1-00000000"]}
    result = apply(tmp_path, json.dumps(verdict))
    assert told(result.diagnostics, "align-verdict") == [
        "judged.jsonl:1: z.md was not aligned, so this verdict is not taken"
    ]


def test_drafts_of_chapters_that_merge_writes_are_told(tmp_path: Path) -> None:
    unsure(tmp_path)
    run(tmp_path, adopt=True)
    merge(settings(tmp_path))
    result = run(tmp_path)
    assert not result.doubts
    (message,) = told(result.diagnostics, "align-waiting")
    assert message.startswith(f"{PO}:None: ")


def test_line_separators_inside_texts_end_no_line(tmp_path: Path) -> None:
    make(tmp_path, {A: SOURCE, OUT: TARGET.replace("30 seconds.", "30\u2028seconds.\x85") + "\nA\u2028note.\n"})
    result = run(tmp_path)
    text = lines(result.doubts)
    assert "\u2028" in text
    assert read_verdicts(text.replace('"verdict": ""', '"verdict": "wrong"', 1), "x")


# --- the page ------------------------------------------------------------------------------------------------------


def test_the_page_replaces_pages_and_nothing_else(tmp_path: Path) -> None:
    make(tmp_path, {A: SOURCE, OUT: TARGET + "\nA note.\n"}, 'source = "zh"\ntargets = ["ja", "en"]\n')
    config = settings(tmp_path)
    result = run(tmp_path, targets=["en"])
    page = tmp_path / "build/r.html"
    for _ in range(2):
        write_review(config, page, result)
    assert 'lang="en" dir="auto"' in page.read_text("utf-8")
    assert 'lang="ja"' not in page.read_text("utf-8")
    for path in (tmp_path / A, page):
        before = path.read_bytes()
        beside = page.with_suffix(".jsonl")
        beside.write_text(beside.read_text("utf-8").replace('"verdict": ""', '"verdict": "wrong"'), "utf-8")
        with pytest.raises(BilingualError):
            write_review(config, path, result)
        assert path.read_bytes() == before
    write_review(config, tmp_path / "new.html", replace(result, check=True))
    assert not (tmp_path / "new.html").exists()


# --- nothing disappears --------------------------------------------------------------------------------------------


def test_what_is_not_taken_is_told(tmp_path: Path) -> None:
    source = f"{SOURCE}\n| 名称 | 值 |\n|---|---|\n| 宽度 | 10 |\n\n重复的话。\n\n中间的话，第 7 句。\n\n重复的话。\n"
    target = (
        f"{TARGET}\n| Name | Value |\n|---|---|\n| Width | 10 |\n| Depth | 15 |\n\nThe same words.\n\n"
        'The words between, number 7.\n\nThe same words again.\n\n<hr class="wide">\n'
    )
    make(tmp_path, {A: source, OUT: target})
    result = run(tmp_path)
    dropped = [each.excerpt for each in result.diagnostics if each.code == "align-dropped"]
    assert {"Depth", "15", '<hr class="wide">'} <= set(dropped)
    assert len({"The same words.", "The same words again."} & set(dropped)) == 1


def test_link_definitions_of_the_translation_go_with_it(tmp_path: Path) -> None:
    target = f"{TARGET}\nA note with [a link][ref].\n\n[ref]: https://example.org/note\n"
    make(tmp_path, {A: SOURCE, OUT: target})
    run(tmp_path, adopt=True)
    merge(settings(tmp_path))
    assert (tmp_path / OUT).read_text("utf-8") == target.replace("* ", "- ")


def test_one_catalog_for_all_says_whose_translation_is_dropped(tmp_path: Path) -> None:
    files = {A: "# 安装\n", OUT: "# Installation\n", "content/zh/b.md": "# 安装\n", "content/en/b.md": "# Setting up\n"}
    make(tmp_path, files, f'{CONFIG}catalogs = "single"\n')
    result = run(tmp_path)
    (finding,) = [each for each in result.diagnostics if each.code == "align-dropped"]
    assert (finding.place.path, finding.excerpt) == ("content/en/b.md", "Setting up")


# --- history -------------------------------------------------------------------------------------------------------


def history(root: Path, name: str = "a") -> None:
    """A source that was translated, and edited since."""
    make(root, {f"content/zh/{name}.md": SOURCE, ".gitignore": "build/\n"})
    git(root, "init", "-b", "main")
    commit(root, "write")
    make(root, {f"content/en/{name}.md": TARGET})
    commit(root, "translate")
    make(root, {f"content/zh/{name}.md": SOURCE.replace("30 秒", "50 秒")})
    commit(root, "edit")


def test_chapters_with_chinese_names_are_followed(tmp_path: Path) -> None:
    history(tmp_path, "第一章")
    for folder in ("zh", "en"):
        git(tmp_path, "mv", f"content/{folder}/第一章.md", f"content/{folder}/第二章.md")
    commit(tmp_path, "rename")
    assert run(tmp_path, revision="HEAD~2", check=True).chapters[0].stale == 1
    assert run(tmp_path, revision="auto", check=True).chapters[0].stale == 1


def test_without_the_source_of_that_time_there_are_drafts_alone(tmp_path: Path) -> None:
    make(tmp_path, {OUT: TARGET, ".gitignore": "build/\n"})
    git(tmp_path, "init", "-b", "main")
    commit(tmp_path, "translate")
    make(tmp_path, {A: SOURCE})
    commit(tmp_path, "write")
    result = run(tmp_path, revision="HEAD~1")
    assert (result.chapters[0].sure, result.chapters[0].unsure) == (0, 8)
    assert next(each for each in result.diagnostics if each.code == "align-revision").severity is Severity.WARNING


def test_a_commit_of_white_space_is_no_translation(tmp_path: Path) -> None:
    history(tmp_path)
    make(tmp_path, {OUT: TARGET.replace("30 seconds.", "30 seconds. ")})
    commit(tmp_path, "a blank")
    assert run(tmp_path, revision="auto", check=True).chapters[0].stale == 1


def test_a_date_is_that_whole_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2025-03-31T23:30:00")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2025-03-31T23:30:00")
    history(tmp_path)
    head = git(tmp_path, "rev-parse", "--short=12", "HEAD").strip()
    assert run(tmp_path, revision="2025-03-31", check=True).chapters[0].revision == head
    for name in ("2025-99-99", "2025-03-30"):
        assert "no revision or date" in run(tmp_path, revision=name, check=True).diagnostics[0].message


def test_a_revision_of_another_repository_falls_back_to_the_last_commit(tmp_path: Path) -> None:
    history(tmp_path)
    make(tmp_path, {OUT: f"---\nsourceCommit: {'0123456789' * 4}\n---\n\n{TARGET}"})
    commit(tmp_path, "note a revision")
    result = run(tmp_path, revision="auto", check=True)
    assert len(result.chapters) == 1
    assert result.diagnostics[0].severity is Severity.WARNING
    assert "last commit" in result.diagnostics[0].hint
