"""The translation memory: what it finds, what it keeps, and what becomes of it when something goes wrong."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bilingual.catalog import Catalog, Entry, State, read_bytes, review_mark, state, write
from bilingual.config import load
from bilingual.diagnostics import BilingualError
from bilingual.language import language
from bilingual.markdown.dialect import dialect
from bilingual.markdown.parse import parse
from bilingual.memory import EXACT, IN_CONTEXT, Memory
from bilingual.memory.index import Index
from bilingual.project import extract
from bilingual.project.remembering import forget, origins, recall, remember
from bilingual.suggest import Match, Suggester, difference, similarity
from book import CONFIG, PO, edit, entries, make, translate, tree
from changes import changed
from strategies import ANY, TEXT
from support import done, run, shared, system_program

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ZH, EN, DE = language("zh"), language("en"), language("de")
FIRST = "注意力机制让模型在每一步都能看到所有的输入。"
SECOND = "训练大模型需要很多数据，也需要很多机器。"
THIRD = "推理时，模型一个词一个词地写出答案。"
FILE = ".bilingual/memory.sqlite"


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    opened = Memory(tmp_path / "m.sqlite", "m.sqlite")
    yield opened
    opened.close()


def add(memory: Memory, found: Iterable[Entry], path: str = "a.po", collection: str = "") -> int:
    with memory:
        return memory.add(found, ZH, EN, path=path, collection=collection)


def best(memory: Memory, text: str, **more: object) -> Match | None:
    found = memory.search(text, ZH, EN, **more)  # type: ignore[arg-type]
    return found[0] if found else None


def scores(memory: Memory, text: str, **more: object) -> list[tuple[str, float]]:
    return [(match.msgstr, match.score) for match in memory.search(text, ZH, EN, limit=9, **more)]  # type: ignore[arg-type]


# --- what is found ---------------------------------------------------------------------------------------------------


def test_the_same_text_the_same_place_and_a_similar_text(memory: Memory) -> None:
    add(memory, [Entry("标题", "Title"), Entry(FIRST, "Attention sees all."), Entry(SECOND, "Much data.")])
    assert best(memory, FIRST) == Match(FIRST, "Attention sees all.", EXACT, "a.po")
    same = best(memory, FIRST, neighbours=("标题", SECOND))
    assert same is not None
    assert same.score == IN_CONTEXT
    for around in (("标题", None), (None, SECOND), ("别的", SECOND), (None, None)):
        other = best(memory, FIRST, neighbours=around)
        assert other is not None
        assert other.score == EXACT
    changed = FIRST.replace("所有的", "全部")
    like = best(memory, changed)
    assert like is not None
    assert like.msgid == FIRST
    assert like.score == pytest.approx(similarity(FIRST, changed))
    assert best(memory, changed, minimum=0.95) is None
    assert best(memory, "完全不同的一句话，与谁都不像。") is None
    assert best(memory, "") is None


def test_a_msgctxt_decides_before_neighbours_do(memory: Memory) -> None:
    add(memory, [Entry("打开", "Open", "verb"), Entry("打开", "On", "state"), Entry("关闭", "Off", "state")])
    assert scores(memory, "打开", context="state") == [("On", IN_CONTEXT), ("Open", EXACT)]
    assert scores(memory, "打开", context="verb")[0] == ("Open", IN_CONTEXT)
    # Without a context, a text that has one is the same, and no more.
    assert {score for _, score in scores(memory, "打开", neighbours=("打开", "关闭"))} == {EXACT}


def test_of_equals_a_reviewed_one_goes_first_then_the_usual_one_then_the_latest(memory: Memory) -> None:
    add(memory, [Entry("模型", "model")], "a.po")
    add(memory, [Entry("模型", "Model")], "b.po")
    assert [msgstr for msgstr, _ in scores(memory, "模型")] == ["Model", "model"]
    add(memory, [Entry("模型", "model")], "c.po")
    assert [msgstr for msgstr, _ in scores(memory, "模型")] == ["model", "Model"]
    reviewed = Entry("模型", "a model")
    add(memory, [replace(reviewed, comment=review_mark(reviewed, "李", "2026-01-01"))], "d.po")
    assert scores(memory, "模型")[0] == ("a model", EXACT)


def test_what_nobody_has_approved_is_kept_but_not_suggested(memory: Memory) -> None:
    drafts = [
        Entry(FIRST, "draft", flags=("fuzzy",)),
        Entry(SECOND, "stale", flags=("fuzzy",), previous=SECOND + "了"),
        Entry(THIRD, "", comment="bilingual: omit"),
        Entry("一个", plural=("几个", ("one", "some"))),
    ]
    assert add(memory, drafts) == 4
    assert [best(memory, each.msgid) for each in drafts] == [None] * 4
    # What is obsolete was right once.
    add(memory, [Entry(FIRST, "old", obsolete=True)], "b.po")
    assert scores(memory, FIRST) == [("old", EXACT)]


def test_languages_are_told_apart_and_regions_are_not(memory: Memory) -> None:
    with memory:
        memory.add([Entry(FIRST, "English")], language("zh-CN"), language("en-US"), path="en.po")
        memory.add([Entry(FIRST, "Deutsch")], language("zh"), DE, path="de.po")
        memory.add([Entry(FIRST, "other side")], language("ja"), EN, path="ja.po")
        memory.add([Entry("English text of some length", "文")], EN, ZH, path="zh.po")
    assert scores(memory, FIRST) == [("English", EXACT)]
    assert [match.msgstr for match in memory.search(FIRST + "！", ZH, DE)] == ["Deutsch"]
    assert memory.search(FIRST, ZH, language("fr")) == []
    assert memory.search(FIRST, language("zh-Hant"), EN) == []
    assert [match.msgstr for match in memory.search("English text of same length", EN, ZH)] == ["文"]


def test_a_memory_is_a_suggester_whose_texts_are_neighbours(memory: Memory) -> None:
    add(memory, [Entry("标题", "Title"), Entry(FIRST, "Attention."), Entry(SECOND, "Data.")])
    suggester: Suggester = memory.suggester(ZH, EN)
    found = suggester.suggest(["标题", FIRST, SECOND, "没有的"])
    assert [match and (match.msgstr, match.score) for match in found] == [
        ("Title", IN_CONTEXT),
        ("Attention.", IN_CONTEXT),
        ("Data.", EXACT),
        None,
    ]


@pytest.mark.parametrize("original", [False, True], ids=["zh", "en"])
def test_nearly_all_similar_texts_of_a_book_are_found(memory: Memory, original: bool) -> None:
    texts: dict[str, None] = {}
    for path in sorted((shared() / "corpora/d2l-zh").rglob("*.md")):
        if path.name.endswith("_origin.md") == original:
            document = parse(path.read_text("utf-8"), path=path.name, dialect=dialect("myst"))
            texts.update(dict.fromkeys(segment.text for segment in document.segments))
    every = list(texts)
    assert len(every) > 5000
    source = EN if original else ZH
    with memory:
        memory.add([Entry(text, "x") for text in every], source, DE)
    chance = random.Random(20261127)
    alphabet = "".join(every[:200])
    asked = found = 0
    for text in chance.sample(every, 400):
        query = changed(text, chance, alphabet)
        score = similarity(query, text)
        if not score or query in texts:
            continue
        asked += 1
        matches = memory.search(query, source, DE)
        found += bool(matches) and matches[0].score >= score - 1e-9
    assert asked > 300
    assert found / asked >= 0.98


def test_similar_texts_of_any_length_and_script_are_found(memory: Memory) -> None:
    texts = [
        "小结",
        "图像分类数据集",
        "x",
        "GPU",
        "Softmax regression from scratch",
        "注意力",
        "한국어 문장을 번역하는 기계",
        "これは日本語の文章です。",
        "ภาษาไทยไม่มีช่องว่างระหว่างคำ",
        "Ещё одно предложение на русском языке.",
        "𠮷野家的故事很长很长",
        "很长的一段。" * 900,
        "A very long English sentence goes on and on. " * 300,
    ]
    with memory:
        memory.add([Entry(text, str(place)) for place, text in enumerate(texts)], ZH, EN)
    queries = {
        1: "图象分类数据集",
        4: "Softmax regression from scratches",
        6: "한국어 문장을 번역한 기계",
        7: "これは日本語の文です。",
        8: "ภาษาไทยไม่มีช่องว่างของคำ",
        9: "Ещё одно предложение на русских языках.",
        10: "𠮷野家的故事很长",
        11: "很长的一段。" * 899,
        12: "A very long English sentence goes on and on. " * 299,
    }
    for place, query in queries.items():
        match = best(memory, query)
        assert match is not None, query[:40]
        assert match.msgstr == str(place)
    assert best(memory, "！？") is None


def test_the_difference_is_shown_word_by_word() -> None:
    steps = difference("The old model sees 每一步.", "The new model sees 每步.")
    assert "".join(old for old, _ in steps) == "The old model sees 每一步."
    assert "".join(new for _, new in steps) == "The new model sees 每步."
    assert ("old", "new") in steps
    assert ("一", "") in steps


# --- what is kept ----------------------------------------------------------------------------------------------------

_ANY = st.one_of(TEXT, ANY, st.sampled_from(["", "\0", "a\nb", "\u2028", "'; DROP TABLE texts; --"]))


@st.composite
def kept(draw: st.DrawFn) -> list[Entry]:
    made: dict[object, Entry] = {}
    for _ in range(draw(st.integers(0, 6))):
        plural = (draw(_ANY), tuple(draw(st.lists(_ANY, min_size=1, max_size=3)))) if draw(st.booleans()) else None
        entry = Entry(
            draw(_ANY),
            "" if plural else draw(_ANY),
            draw(st.one_of(st.none(), _ANY)),
            ("a b.md", "c.md:3")[: draw(st.integers(0, 2))],
            ("fuzzy", "no-wrap")[: draw(st.integers(0, 2))],
            draw(_ANY),
            draw(_ANY),
            draw(st.one_of(st.none(), _ANY)),
            draw(st.one_of(st.none(), _ANY)),
            draw(st.booleans()),
            plural=plural,
        )
        if entry.msgstr or entry.plural or entry.comment:
            made[entry.key, entry.obsolete] = entry
    return sorted(made.values(), key=lambda entry: entry.obsolete)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(kept(), kept())
def test_entries_come_out_as_they_went_in_and_the_last_ones_count(
    tmp_path_factory: pytest.TempPathFactory, first: list[Entry], second: list[Entry]
) -> None:
    memory = Memory(tmp_path_factory.mktemp("m") / "m.sqlite", "m")
    header = (("Language", "en"), ("", "odd line"))
    for found in (first, second):
        with memory:
            assert memory.add(found, ZH, EN, path="a.po", header=header) == len(found)
        origins = memory.origins()
        assert [origin.pairs for origin in origins] == ([len(found)] if found else [])
        assert [memory.catalog(origin) for origin in origins] == ([Catalog(tuple(found), header)] if found else [])
        for entry in found:
            if state(entry) >= State.TRANSLATED and entry.msgstr and entry.msgid and not entry.plural:
                assert entry.msgstr in [msgstr for msgstr, score in scores(memory, entry.msgid) if score >= EXACT]
    memory.close()


def test_what_is_gone_from_a_catalog_is_found_no_more_and_numbers_are_not_given_out_twice(memory: Memory) -> None:
    old = [Entry(f"旧的第{number}段，说的是{number * 7}件事。", "old") for number in range(6000)]
    new = [Entry(f"新的第{number}章，讲了{number * 3}个道理。", "new") for number in range(50)]
    add(memory, old)
    add(memory, [*old[:10], *new])
    assert scores(memory, old[5].msgid)[0] == ("old", EXACT)
    assert all(msgid != old[500].msgid for msgid in (match.msgid for match in memory.search(old[500].msgid, ZH, EN)))
    match = best(memory, new[7].msgid + "好")
    assert match is not None
    assert match.msgid == new[7].msgid


def test_after_a_large_part_is_gone_the_index_is_written_anew_once(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuilt: list[int] = []
    rebuild = Index.rebuild

    def counted(index: Index, there: int) -> None:
        rebuilt.append(there)
        rebuild(index, there)

    monkeypatch.setattr(Index, "rebuild", counted)
    add(memory, [Entry(f"旧的第{number}段，共{number * 7}字。", "x") for number in range(7000)], "old.po")
    add(memory, [Entry(f"新的第{number}段，共{number * 7}字。", "x") for number in range(2000)], "new.po")
    with memory:
        memory.drop(memory.origins()[0])
    for number in range(3):
        add(memory, [Entry(f"小改动{number}的一句话", "y")], "small.po")
    assert rebuilt == [2000]
    found = best(memory, "新的第77段，只有539字。")
    assert found is not None
    assert found.msgid == "新的第77段，共539字。"


def test_what_is_the_same_twice_counts_once_and_the_minimum_holds_for_the_same_text_too(memory: Memory) -> None:
    for name in ("a.po", "b.po", "c.po"):
        add(memory, [Entry(FIRST, "Same.")], name)
    add(memory, [Entry(FIRST + "！", "Similar.")], "d.po")
    assert [match.msgstr for match in memory.search(FIRST, ZH, EN, limit=2)] == ["Same.", "Similar."]
    assert memory.search(FIRST, ZH, EN, minimum=IN_CONTEXT) == []
    assert [match.msgstr for match in memory.search(FIRST, ZH, EN, limit=10**20)] == ["Same.", "Similar."]
    assert memory.search("a\udcff", ZH, EN) == []


def used(memory: Memory) -> None:
    """Read all that a memory has, and look a text up that it has and one that is similar."""
    for origin in memory.origins():
        memory.catalog(origin)
    memory.search("第7段的内容", ZH, EN)
    memory.search("第7段内容", ZH, EN)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE pairs SET facts = 'no'",
        "UPDATE pairs SET facts = '{\"flags\": 7}'",
        'UPDATE pairs SET facts = \'{"odd": ""}\'',
        "UPDATE pairs SET target = x'ff00'",
        "UPDATE pairs SET state = 'high'",
        "UPDATE origins SET header = '[1]'",
        "UPDATE origins SET collection = x'01'",
        "UPDATE grams SET texts = x'01'",
        "UPDATE grams SET texts = 'text'",
        "UPDATE counters SET next = 'many'",
    ],
)
def test_odd_values_in_a_strangers_memory_are_a_diagnostic(tmp_path: Path, change: str) -> None:
    path = tmp_path / "m.sqlite"
    memory = Memory(path, "m.sqlite")
    add(memory, [Entry(f"第{number}段的内容", "x", comment="c") for number in range(50)])
    memory.close()
    with sqlite3.connect(path) as database:
        database.execute(change)
    database.close()
    memory = Memory(path, "m.sqlite")
    with pytest.raises(BilingualError) as caught:
        used(memory)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "memory-unusable"
    assert "bilingual memory add" in diagnostic.hint
    memory.close()


def test_an_error_in_the_middle_leaves_the_memory_as_it_was(memory: Memory) -> None:
    add(memory, [Entry(FIRST, "Attention.")])

    def broken() -> Iterator[Entry]:
        for number in range(5000):
            yield Entry(f"第{number}段", "x")
        raise KeyError

    with pytest.raises(KeyError):
        add(memory, broken())
    assert scores(memory, FIRST) == [("Attention.", EXACT)]
    assert best(memory, "第77段") is None
    add(memory, [Entry("第77段", "x")], "b.po")
    assert scores(memory, "第77段") == [("x", EXACT)]


def answers(memory: Memory, queries: Sequence[str]) -> list[list[Match]]:
    return [memory.search(query, ZH, EN, limit=5) for query in queries]


def test_the_same_pairs_give_the_same_answers_whatever_the_hashes_of_strings(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from bilingual.memory import Memory\n"
        "from bilingual.catalog import Entry\n"
        "from bilingual.language import language; zh, en = language('zh'), language('en')\n"
        "m = Memory(Path(sys.argv[1]), 'm')\n"
        "with m: m.add([Entry(f'第{n % 37}段，内容{n}，说{n % 11}次。', str(n)) for n in range(2000)], zh, en)\n"
        "for n in range(60): print(m.search(f'第{n}段内容{n * 7}，说{n}次', zh, en, limit=9))\n"
    )
    outputs = set()
    for seed in ("0", "1", "77"):
        env = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", code, str(tmp_path / f"{seed}.sqlite")]
        outputs.add(subprocess.run(command, env=env, capture_output=True, check=True).stdout)
    assert len(outputs) == 1
    assert len({(tmp_path / f"{seed}.sqlite").read_bytes() for seed in ("0", "1", "77")}) == 1


# --- files that are no memory, or that others use --------------------------------------------------------------------


def refused(path: Path) -> str:
    with pytest.raises(BilingualError) as caught:
        Memory(path, "m.sqlite")
    return caught.value.diagnostics[0].code


def test_a_file_that_is_no_memory_is_refused_and_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_bytes(b"no database at all" * 100)
    other = tmp_path / "other"
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE notes(text)")
    database.close()
    newer = tmp_path / "newer"
    Memory(newer, "m").close()
    with sqlite3.connect(newer) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    trap = tmp_path / "trap"
    Memory(trap, "m").close()
    with sqlite3.connect(trap) as database:
        database.execute("CREATE TRIGGER t AFTER INSERT ON pairs BEGIN DELETE FROM texts; END")
    database.close()
    before = tree(tmp_path)
    assert refused(text) == "memory-unusable"
    assert refused(other) == "memory-format"
    assert refused(newer) == "memory-format"
    assert refused(trap) == "memory-format"
    assert refused(tmp_path / "no/folder/m") == "memory-unusable"
    assert tree(tmp_path) == before


def test_a_damaged_memory_is_a_diagnostic(tmp_path: Path) -> None:
    path = tmp_path / "m.sqlite"
    memory = Memory(path, "m.sqlite")
    add(memory, [Entry(f"第{number}段的内容", "x") for number in range(3000)])
    memory.close()
    data = bytearray(path.read_bytes())
    data[8192 * 4 :] = b"\xff" * (len(data) - 8192 * 4)
    path.write_bytes(data)
    memory = Memory(path, "m.sqlite")
    with pytest.raises(BilingualError) as caught:
        answers(memory, [f"第{number}段内容" for number in range(200)])
    assert caught.value.diagnostics[0].code == "memory-unusable"
    memory.close()


def test_two_programs_add_one_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "m.sqlite"
    Memory(path, "m").close()

    def work(name: str) -> None:
        memory = Memory(path, "m")
        for part in range(4):
            add(memory, [Entry(f"{name}的第{number}段", name) for number in range(400)], f"{name}{part}.po")
        memory.close()

    threads = [threading.Thread(target=work, args=(name,)) for name in "甲乙丙"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    memory = Memory(path, "m")
    assert sum(origin.pairs for origin in memory.origins()) == 3 * 4 * 400
    for name in "甲乙丙":
        match = best(memory, f"{name}的第399段")
        assert match is not None
        assert (match.msgstr, match.score) == (name, EXACT)
        like = best(memory, f"{name}的，第123段")
        assert like is not None
        assert like.msgstr == name
    memory.close()


# --- the command -----------------------------------------------------------------------------------------------------

BOOK = {
    "content/zh/a.md": f"# 前言\n\n{FIRST}\n\n{SECOND}\n",
    "content/zh/b.md": f"{THIRD}\n\n公式 $x_1$ 与 `code`，共 12 个。\n",
}
TEXTS = {
    "前言": "Preface",
    FIRST: "Attention lets the model see all of its input at every step.",
    SECOND: "Training a large model takes much data, and many machines.",
    THIRD: "In inference, the model writes its answer word by word.",
    "公式 $x_1$ 与 `code`，共 12 个。": "Formula $x_1$ and `code`, 12 in all.",
}
OTHER = "locale/en/LC_MESSAGES/b.po"


def looked_up(root: Path, text: str) -> list[Match]:
    return [found.match for found in recall(load(root / "bilingual.toml"), text)]


def book(root: Path) -> Path:
    make(root, BOOK)
    extract(load(root / "bilingual.toml"))
    translate(root, TEXTS)
    return root


def test_a_project_remembers_and_finds(tmp_path: Path) -> None:
    book(tmp_path)
    assert "memory-missing" in done(tmp_path, "memory", "search", "前言", code=2)
    output = done(tmp_path, "memory", "add")
    assert f"{PO}: 3 pairs" in output
    assert done(tmp_path, "memory", "list").splitlines() == [
        f"{PO}: 3 pairs, zh to en",
        f"{OTHER}: 2 pairs, zh to en",
    ]
    # Git leaves it alone.
    assert "sqlite" in (tmp_path / ".bilingual/.gitignore").read_text("utf-8")
    output = done(tmp_path, "memory", "search", FIRST.replace("所有的", "全部"))
    assert output.splitlines() == [
        f"en  88 %  {PO}",
        "  注意力机制让模型在每一步都能看到[-所有的-]{+全部+}输入。",
        f"  {TEXTS[FIRST]}",
    ]
    found = json.loads(done(tmp_path, "memory", "search", FIRST, "--report", "json", "--limit", "1"))
    assert found["matches"] == [
        {
            "target": "en",
            "score": 1.0,
            "origin": PO,
            "msgid": FIRST,
            "msgstr": TEXTS[FIRST],
            "difference": [[FIRST, FIRST]],
        }
    ]
    assert "has no text" in done(tmp_path, "memory", "search", "毫不相干", "--minimum", "90")
    # A catalog that changed takes the place of what it was.
    translate(tmp_path, {FIRST: "Better."})
    edit(tmp_path / PO, lambda entry: replace(entry, msgstr="Better.") if entry.msgid == FIRST else entry)
    done(tmp_path, "memory", "add")
    assert [match.msgstr for match in looked_up(tmp_path, FIRST)] == ["Better."]


def test_empty_entries_are_filled_as_drafts_with_their_origin(tmp_path: Path) -> None:
    book(tmp_path)
    done(tmp_path, "memory", "add")
    make(
        tmp_path,
        {
            "content/zh/c.md": "# 前言\n\n"
            + FIRST
            + "\n\n"
            + SECOND
            + "\n\n推理时，模型会一个词一个词地写出答案。\n\n公式 $x_2$ 与 `code`，共 15 个。\n\n没有人译过的一段。\n"
        },
    )
    extract(load(tmp_path / "bilingual.toml"))
    path = tmp_path / "locale/en/LC_MESSAGES/c.po"
    edit(path, lambda entry: replace(entry, msgstr="", flags=(), previous=None, comment="我的注"))
    output = done(tmp_path, "translate", "--provider", "memory")
    assert "en: 5 drafted by memory, 1 left" in output
    found = entries(path)
    assert all(state(entry) is State.DRAFT for msgid, entry in found.items() if msgid != "没有人译过的一段。")
    first = found[FIRST]
    assert (first.msgstr, first.previous) == (TEXTS[FIRST], None)
    assert first.comment == f"我的注\nbilingual: drafted by memory, 101 %, from {PO}"
    like = found["推理时，模型会一个词一个词地写出答案。"]
    assert (like.msgstr, like.previous) == (TEXTS[THIRD], THIRD)
    assert f"drafted by memory, 97 %, from {OTHER}" in like.comment
    # What is the same in every language is made that of the new text.
    assert found["公式 $x_2$ 与 `code`，共 15 个。"].msgstr == "Formula $x_2$ and `code`, 15 in all."
    assert not found["没有人译过的一段。"].msgstr
    # A draft is not for readers, even where the texts are similar; and it teaches the memory nothing.
    done(tmp_path, "merge")
    assert "word by word" not in (tmp_path / "content/en/c.md").read_text("utf-8")
    done(tmp_path, "memory", "add")
    assert [match.msgid for match in looked_up(tmp_path, like.msgid)] == [THIRD]
    # A person approves it, and later the source changes: then it is a stale translation like any other.
    edit(path, lambda entry: replace(entry, flags=(), previous=None) if entry.msgstr else entry)
    changed_text = BOOK["content/zh/a.md"] + "\n推理时，模型会一个词一个词地写出全部答案。\n"
    make(tmp_path, {"content/zh/c.md": changed_text})
    done(tmp_path, "extract", "--force")
    stale = entries(path)["推理时，模型会一个词一个词地写出全部答案。"]
    assert stale.previous == like.msgid
    assert state(stale) is State.STALE


def test_the_memory_of_the_configuration_and_its_minimum_are_used(tmp_path: Path) -> None:
    book(tmp_path)
    config = f'{CONFIG}[provider.memory]\npath = "tm/ours.sqlite"\nminimum = 0.99\n'
    make(tmp_path, {"content/zh/c.md": f"{FIRST}\n\n推理时，模型会一个词一个词地写出答案。\n"}, config)
    extract(load(tmp_path / "bilingual.toml"))
    edit(
        tmp_path / "locale/en/LC_MESSAGES/c.po",
        lambda entry: replace(entry, msgstr="", flags=(), previous=None, comment=""),
    )
    done(tmp_path, "memory", "add")
    assert (tmp_path / "tm/ours.sqlite").is_file()
    assert not (tmp_path / ".bilingual/memory.sqlite").exists()
    assert "1 drafted by memory, 1 left" in done(tmp_path, "translate", "--provider", "memory")
    done(tmp_path, "memory", "add", "--memory", "elsewhere.sqlite")
    assert (tmp_path / "elsewhere.sqlite").is_file()
    make(tmp_path, {}, f"{CONFIG}[provider.memory]\nminimum = 7\n")
    assert "minimum" in done(tmp_path, "memory", "list", code=2)


TMX = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4">
<header creationtool="CAT" creationtoolversion="1" segtype="sentence" o-tmf="x" adminlang="en" srclang="zh-CN"
 datatype="plaintext"/>
<body>
<tu tuid="1"><tuv xml:lang="zh-CN"><seg>模型<bpt i="1">&lt;b&gt;</bpt>很大<ept i="1">&lt;/b&gt;</ept>。</seg></tuv>
<tuv xml:lang="en-GB"><seg>The model is <bpt i="1">&lt;b&gt;</bpt>large<ept i="1">&lt;/b&gt;</ept>.</seg></tuv></tu>
<tu><tuv xml:lang="EN-US"><seg>Much data.</seg></tuv><tuv xml:lang="ZH"><seg>很多数据。</seg></tuv>
<tuv xml:lang="fr"><seg>Beaucoup de données.</seg></tuv></tu>
</body>
</tmx>
"""


def test_memories_of_other_programs_and_other_projects_are_taken(tmp_path: Path) -> None:
    root = book(tmp_path / "book")
    other = book(tmp_path / "other")
    edit(other / PO, lambda entry: replace(entry, msgstr=f"Other {entry.msgid}"))
    make(root, {"mail/cat.tmx": TMX, "mail/bad.tmx": "<tmx", "mail/terms.csv": "x"})
    output = done(root, "memory", "add", "mail/cat.tmx", "../other")
    assert "mail/cat.tmx: 2 pairs" in output
    name = f"{tmp_path.name}/other: {PO}"
    assert f"{name}: 3 pairs" in output
    assert looked_up(root, "模型<b>很大</b>。") == [
        Match("模型<b>很大</b>。", "The model is <b>large</b>.", EXACT, "mail/cat.tmx")
    ]
    assert [match.msgstr for match in looked_up(root, "很多数据。")] == ["Much data."]
    assert looked_up(root, FIRST)[0].origin == name
    # A file that has less than before takes what is gone out of the memory; a broken one changes nothing.
    (root / "mail/cat.tmx").write_text(TMX[: TMX.index("<tu><tuv")] + "</body></tmx>", "utf-8")
    output = done(root, "memory", "add", "mail/cat.tmx")
    assert "mail/cat.tmx: 1 pair" in output
    assert "memory-replaced" not in output
    before = tree(root / ".bilingual")
    assert "exchange-syntax" in done(root, "memory", "add", "mail/bad.tmx", code=2)
    assert "path-unknown" in done(root, "memory", "add", "mail", code=2)
    assert "file-unreadable" in done(root, "memory", "add", "mail/none.tmx", code=2)
    assert tree(root / ".bilingual") == before
    assert "2 pairs" in done(root, "memory", "add", "../other/locale/en/LC_MESSAGES/b.po", "--name", "b")
    assert "b: 2 pairs forgotten" in done(root, "memory", "drop", "b")
    assert "path-unknown" in done(root, "memory", "drop", "b", code=2)
    assert "other: 5 pairs forgotten" in done(root, "memory", "drop", f"{tmp_path.name}/other")


def po_file(text: str, msgstr: str, header: str = "Language: en\\n") -> str:
    return f'msgid ""\nmsgstr "{header}"\n\nmsgid "{text}"\nmsgstr "{msgstr}"\n'


def test_files_and_projects_of_one_name_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = book(tmp_path / "book")
    make(root, {"a/ch1.po": po_file("甲的一段。", "A."), "b/ch1.po": po_file("乙的一段。", "B.")})
    for folder in ("one", "two"):
        translate(book(tmp_path / folder / "primer"), dict.fromkeys(TEXTS, folder))
    monkeypatch.chdir(root)
    config = load(root / "bilingual.toml")

    def added(*files: str, name: str = "") -> tuple[dict[str, int], list[str]]:
        result = remember(config, list(map(Path, files)), name=name)
        return result.pairs, [each.code for each in result.diagnostics]

    assert added("a/ch1.po", "b/ch1.po") == ({"a/ch1.po": 1, "b/ch1.po": 1}, [])
    for text in ("甲的一段。", "乙的一段。"):
        assert looked_up(root, text)[0].score == EXACT
    added("../one/primer", "../two/primer")
    assert {match.origin for match in recalled(root, FIRST)} == {f"{each}/primer: {PO}" for each in ("one", "two")}
    # Under one name both are kept, and what a name loses is told.
    both = {"old: a/ch1.po": 1, "old: b/ch1.po": 1}
    for _ in range(2):
        assert added("a/ch1.po", "b/ch1.po", name="old") == (both, [])
    assert {str(each): each.pairs for each in origins(config) if each.collection == "old"} == both
    assert added("b/ch1.po", name="old") == ({"old: b/ch1.po": 1}, ["memory-replaced"])
    assert [str(each) for each in origins(config) if each.collection == "old"] == ["old: b/ch1.po"]
    _, codes = added("../one/primer", "../two/primer", name="same")
    assert codes == ["memory-twice", "memory-twice"]
    assert {match.msgstr for match in recalled(root, FIRST) if match.origin.startswith("same")} <= {"one"}


def recalled(root: Path, text: str) -> list[Match]:
    return [found.match for found in recall(load(root / "bilingual.toml"), text, limit=20)]


def test_what_the_list_shows_can_be_dropped(tmp_path: Path) -> None:
    root = book(tmp_path / "book")
    make(root, {"a/ch1.po": po_file("甲的一段。", "A.")})
    config = load(root / "bilingual.toml")
    remember(config)
    remember(config, [root / "a/ch1.po"], name="old")
    shown = [line.rpartition(": ")[0] for line in done(root, "memory", "list").splitlines()]
    assert shown == [PO, OTHER, "old: a/ch1.po"]
    assert f"{PO}: 3 pairs forgotten" in done(root, "memory", "drop", PO)
    report = json.loads(done(root, "memory", "drop", shown[-1], "--report", "json"))
    assert report == {"name": "old: a/ch1.po", "pairs": 1, "diagnostics": []}
    with pytest.raises(BilingualError) as caught:
        forget(config, "nothing")
    assert OTHER in caught.value.diagnostics[0].hint
    remember(config)
    assert "this project: 5 pairs forgotten" in done(root, "memory", "drop", "")


def test_a_po_file_from_another_language_is_refused(tmp_path: Path) -> None:
    root = book(tmp_path)
    header = "Language: en\\nX-Source-Language: ja\\n"
    make(root, {"ja.po": po_file("日本語の文。", "Text.", header)})
    make(root, {"zh.po": po_file("中", "M", header.replace("ja", "zh_CN"))})
    assert "the file translates from ja" in done(root, "memory", "add", "ja.po", code=2)
    assert "zh.po: 1 pair" in done(root, "memory", "add", "zh.po")
    assert looked_up(root, FIRST) == []


def worked(root: Path) -> Path:
    """A book whose catalogs have an entry in each state, comments, an obsolete and a plural entry."""
    book(root)

    def change(entry: Entry) -> Entry:
        if entry.msgid == FIRST:
            return replace(entry, comment=f"译注\n\n# 二\n{review_mark(entry, '王 小', '2026-01-01')}")
        if entry.msgid == SECOND:
            return replace(entry, flags=("fuzzy", "no-wrap"), previous=SECOND + "了", previous_context="旧")
        if entry.msgid == THIRD:
            return replace(entry, msgstr="", comment="这里是什么意思？")
        return entry

    for name in (PO, OTHER):
        edit(root / name, change)
        catalog = read_bytes((root / name).read_bytes(), name)
        more = (
            Entry("一台机器", plural=("几台机器", ("one", "some"))),
            Entry("旧的一段。", "Old.", flags=("fuzzy",), previous="更旧的。", comment="旧注", obsolete=True),
        )
        (root / name).write_text(write(replace(catalog, entries=(*catalog.entries, *more))), "utf-8")
    return root


def test_from_po_by_tmx_and_the_memory_to_po_nothing_is_lost(tmp_path: Path) -> None:
    worked(tmp_path)
    catalog = read_bytes((tmp_path / PO).read_bytes(), PO)
    catalog = replace(catalog, header_comment="译者：王小\n\n#二", header_flags=("fuzzy",))
    (tmp_path / PO).write_text(write(catalog), "utf-8")
    done(tmp_path, "export", "--format", "tmx", "--output", "a.tmx")
    done(tmp_path, "memory", "add", "a.tmx", "--name", "back")
    done(tmp_path, "memory", "export", "--format", "po", "--output", "out")
    for name in (PO, OTHER):
        ours, theirs = (read_bytes((folder / name).read_bytes(), name) for folder in (tmp_path, tmp_path / "out/back"))
        assert theirs == ours
    # By TMX once more, and from the catalogs straight.
    done(tmp_path, "memory", "export", "--output", "b.tmx")
    done(tmp_path, "memory", "add", "b.tmx", "--name", "again")
    done(tmp_path, "memory", "drop", "back")
    done(tmp_path, "memory", "add")
    done(tmp_path, "memory", "export", "--format", "po", "--output", "second")
    for name in (PO, OTHER):
        assert read_bytes((tmp_path / "second/again" / name).read_bytes(), name) == ours or name == PO
        assert (tmp_path / "second" / name).read_bytes() == (tmp_path / name).read_bytes()
    # Files that are there are not written over unasked.
    (tmp_path / "second" / PO).write_text("mine", "utf-8")
    assert "file-work" in done(tmp_path, "memory", "export", "--format", "po", "--output", "second", code=2)
    assert (tmp_path / "second" / PO).read_text("utf-8") == "mine"
    done(tmp_path, "memory", "export", "--format", "po", "--output", "second", "--force")
    assert "config-options" in done(tmp_path, "memory", "export", "--format", "tbx", "--output", "x.tbx", code=2)


def test_what_came_without_a_header_goes_to_gettext_with_one(tmp_path: Path) -> None:
    root = make(tmp_path, {"content/zh/a.md": "# 题\n", "cat.tmx": TMX})
    done(root, "memory", "add", "cat.tmx")
    done(root, "memory", "export", "--format", "po", "--output", "out")
    header = dict(read_bytes((root / "out/cat.tmx.po").read_bytes(), "x").header)
    assert header["Content-Type"] == "text/plain; charset=UTF-8"
    assert (header["Language"], "nplurals=2" in header["Plural-Forms"]) == ("en", True)
    subprocess.run([system_program("msgfmt"), "-c", "-o", "x.mo", "out/cat.tmx.po"], cwd=root, check=True)


def test_a_path_in_a_strangers_memory_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    root = book(tmp_path / "book")
    unit = (
        '<tu><prop type="x-catalog">{}</prop><tuv xml:lang="zh"><seg>字{}</seg></tuv>'
        '<tuv xml:lang="en"><seg>w</seg></tuv></tu>'
    )
    names = ("../../../evil.po", "/etc/evil.po", "C:\\evil.po", "a/../../evil.po", "..", "con?.po", "con*.po")
    units = "".join(unit.format(name, place) for place, name in enumerate(names))
    body = TMX[: TMX.index("<tu tuid")] + units + "</body></tmx>"
    (root / "evil.tmx").write_text(body, "utf-8")
    done(root, "memory", "add", "evil.tmx")
    before = {path for path in tree(tmp_path) if "out/" not in path}
    done(root, "memory", "export", "--format", "po", "--output", "out")
    made = {path for path in tree(tmp_path) if path not in before}
    assert len(made) == len(names)
    assert all(path.startswith("book/out/") for path in made)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL on this system")
def test_a_killed_add_leaves_the_old_memory_or_the_new_one(tmp_path: Path) -> None:
    root = make(tmp_path / "start", {"content/zh/a.md": "# 题\n"})
    header = (("Language", "en"),)

    def catalog(word: str) -> bytes:
        found = (Entry(f"{word}的第{number}段，共{number * 7}字。", f"{word} {number}") for number in range(6000))
        return write(Catalog(tuple(found), header)).encode()

    (root / "m.po").write_bytes(catalog("旧"))
    done(root, "memory", "add", "m.po")
    (root / "m.po").write_bytes(catalog("新"))
    finished = tmp_path / "finished"
    shutil.copytree(root, finished)
    began = time.perf_counter()
    done(finished, "memory", "add", "m.po")
    length = time.perf_counter() - began
    chance = random.Random(20261127)
    seen: Counter[str] = Counter()
    for attempt in range(8):
        copy = tmp_path / f"killed{attempt}"
        shutil.copytree(root, copy)
        process = subprocess.Popen(
            [sys.executable, "-m", "bilingual", "memory", "add", "m.po"], cwd=copy, stdout=subprocess.DEVNULL
        )
        time.sleep(chance.uniform(0.2, 1) * length)
        process.kill()
        process.wait()
        memory = Memory(copy / FILE, FILE)
        assert memory._database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (origin,) = memory.origins()
        assert origin.pairs == 6000
        words = {entry.msgstr.split()[0] for entry in memory.catalog(origin).entries}
        assert len(words) == 1
        (word,) = words
        seen[word] += 1
        match = best(memory, f"{word}的第77段，只有{77 * 7}字。")
        assert match is not None
        assert match.msgstr == f"{word} 77"
        memory.close()
        shutil.rmtree(copy)
    assert seen["旧"] > 2


def test_commands_fail_with_a_diagnostic_and_no_traceback(tmp_path: Path) -> None:
    book(tmp_path)
    make(tmp_path, {".bilingual/memory.sqlite": b"not a database" * 99})
    for args in (("add",), ("search", "x"), ("export", "--output", "x.tmx")):
        result = run("memory", *args, cwd=tmp_path)
        assert (result.returncode, "memory-unusable" in result.stderr) == (2, True), result.stderr
        assert "Traceback" not in result.stderr
    assert "memory-unusable" in done(tmp_path, "translate", "--provider", "memory", code=2)
    # To others the memory is a help, and no more.
    table = f'[provider.command]\ncommand = ["{sys.executable}", "-c", "import sys; print(sys.stdin.read())"]\n'
    make(tmp_path, {"content/zh/c.md": "新的一段。\n"}, CONFIG + table)
    extract(load(tmp_path / "bilingual.toml"))
    output = done(tmp_path, "translate", "--provider", "command")
    assert "warning[memory-unusable]" in output
    assert "1 drafted" in output


def test_neighbours_are_those_of_the_catalog() -> None:
    from bilingual.memory import _key, _with_neighbours  # noqa: PLC0415 - an inner part

    found = [Entry("一", "1"), Entry("二", "2"), Entry("三", "3"), Entry("旧", "o", obsolete=True)]
    rows = list(_with_neighbours(found))
    keys = [_key(entry.msgid) for entry in found]
    assert [row[0] for row in rows] == found
    assert [row[1] for row in rows] == keys
    for (_, key, _, after), (_, other, before, _) in pairwise(rows[:3]):
        assert (after, before) == (other, key)
    assert (rows[0][2], rows[2][3], *rows[3][2:]) == (0, 0, 0, 0)
