from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilingual import glossary
from bilingual.catalog import Catalog, Entry, new_header, write
from bilingual.config import load
from bilingual.exchange import FORMATS, Terms
from bilingual.language import language
from bilingual.terms import Passage, abbreviates, extract
from bilingual.terms.evidence import Gloss, emphasised, glosses
from bilingual.terms.phrases import Vocabulary, companies
from support import ROOT, done, run
from terminology import deep_learning, found, reversed_sides, rightly, sample

if TYPE_CHECKING:
    from pathlib import Path

    from bilingual.terms import Candidate

ZH, EN = language("zh"), language("en")


def words(text: str) -> list[str]:
    vocabulary = Vocabulary()
    return [vocabulary.spelled(run.words) for run in vocabulary.runs(text)]


# --- phrases -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("我们使用循环神经网络来预测词元。", ["循环神经网络", "预测词元"]),
        ("softmax 回归和 Adam 算法", ["softmax回归", "adam算法"]),
        ("用 8 张卡训练了三个大模型", ["用", "卡训练", "大模型"]),
        ("编码器与解码器；参与者", ["编码器", "解码器", "参与者"]),
        ("不同时间步的上下文", ["时间步", "上下文"]),
        ("饱和，总和，图像，行为", ["饱和", "总和", "图像", "行为"]),
        ("The mixtures of experts, GPUs and Zipf's laws", ["mixture of expert", "gpu", "zipf law"]),
        ("Matrices, indices, analyses, classes, boxes", ["matrix", "index", "analyse", "class", "box"]),
        ("甲段\n乙行", ["甲段", "乙行"]),
        ("", []),
    ],
)
def test_texts_are_cut_where_no_term_goes_on(text: str, runs: list[str]) -> None:
    assert words(text) == runs


@given(st.text())
def test_runs_are_where_they_say(text: str) -> None:
    vocabulary = Vocabulary()
    last = 0
    for each in vocabulary.runs(text):
        first, end = each.span(0, len(each.words))
        assert last <= first < end <= len(text)
        assert vocabulary.phrase(text[first:end]) == each.words
        last = end


def test_counts_are_exact_and_neighbours_are_known() -> None:
    runs = ["甲乙丙", "丁乙丙", "乙丙", "乙戊"]
    known = companies(runs, 2)
    assert {phrase: each.count for phrase, each in known.items()} == {"乙": 4, "丙": 3, "乙丙": 3}
    # Before 乙丙 there is 甲, 丁 or an end: all different. Behind 乙 there is 丙 three times of four.
    assert known["乙丙"].before == pytest.approx(1)
    assert known["乙"].behind == pytest.approx(0.405, abs=0.001)
    assert known["丙"].before == pytest.approx(0)


# --- what authors say ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("这叫*困惑度*（perplexity）。", [Gloss("困惑度", "perplexity")]),
        (
            "**长短期记忆网络**（long short-term memory，LSTM）",
            [Gloss("长短期记忆网络", "long short-term memory", "LSTM")],
        ),
        ("也称为“词元”(token)", [Gloss("词元", "token")]),
        ("混合专家（英文：Mixture of Experts）", [Gloss("混合专家", "Mixture of Experts")]),
        ("我们用到一种名为梯度下降（gradient descent）的方法", [Gloss("梯度下降", "gradient descent")]),
        ("the perplexity (困惑度) of a model", [Gloss("困惑度", "perplexity")]),
        ("屋顶线模型（roofline，Williams 等人，2009）", [Gloss("屋顶线模型", "roofline")]),
        ("混合精度训练（Micikevicius 等人，2017）", []),
        ("否则误差会被低估（Miller，2024）", []),
        ("形状是（批量大小）", []),
        ("模型（见下文）", []),
        ("（perplexity）", []),
        ("它（it）", []),
    ],
)
def test_names_in_parentheses_are_found(text: str, expected: list[Gloss]) -> None:
    assert list(glosses(text, Vocabulary(), {})) == expected


def test_what_occurs_elsewhere_says_where_a_term_begins() -> None:
    vocabulary = Vocabulary()
    others = ["训练误差很小", "看训练误差", "训练误差", "计算误差", "误差"]
    known = companies([each.words for text in others for each in vocabulary.runs(text)], 2)
    text = "于是得出模型训练误差（training error）"
    assert [each.han for each in glosses(text, vocabulary, known)] == ["训练误差"]


def test_what_is_set_apart_is_found_if_it_is_one_phrase() -> None:
    vocabulary = Vocabulary()
    text = "**自注意力**机制，*梯度*，__词元__，**我们要记住这个**，a*b*c，2*3*4，***"
    assert [vocabulary.spelled(each) for each in emphasised(text, vocabulary)] == ["自注意力", "梯度", "词元", "b"]


@pytest.mark.parametrize(
    ("short", "text", "is_short"),
    [
        ("RNNs", "recurrent neural network", True),
        ("MLP", "multilayer perceptron", True),
        ("CBOW", "continuous bag of words", True),
        ("GRU", "gated recurrent unit", True),
        ("GPU", "graphics card", False),
        ("Adam", "adaptive moment estimation", False),
        ("A", "attention", False),
        ("", "", False),
    ],
)
def test_abbreviations_are_known(short: str, text: str, is_short: bool) -> None:
    assert abbreviates(short, text) is is_short


# --- candidates ----------------------------------------------------------------------------------------------------

TEXTS = [
    ("注意力机制", "Attention Mechanisms"),
    ("我们首先介绍注意力机制，它是模型的核心。", "We first introduce the attention mechanism, the core of the model."),
    ("注意力机制可以看到整个序列。", "An attention mechanism sees the whole sequence."),
    ("有了注意力机制，循环神经网络就不再需要。", "With attention mechanisms, RNNs are no longer needed."),
    ("循环神经网络", "Recurrent Neural Networks"),
    (
        "循环神经网络（recurrent neural network，RNN）逐个读取词元。",
        "A recurrent neural network (RNN) reads tokens one by one.",
    ),
    ("每个词元都经过循环神经网络。", "Each token passes through the RNN."),
    ("训练循环神经网络需要很多词元。", "Training an RNN needs many tokens."),
    ("词元", "Tokens"),
    ("例如，一个词元是一个词。因此我们可以说词元是单位。", "For example, a token is a word. So a token is a unit."),
    ("GPU 很快。因此我们使用 GPU。", "A GPU is fast. Hence we use a GPU."),
    ("再买一块 GPU。", "Buy another GPU."),
    ("天气很好。", "The weather is fine."),
    ("猫在睡觉。", "The cat sleeps."),
]
PASSAGES = [
    Passage(source, target, f"{number // 5}.md", number + 1, "。" not in source)
    for number, (source, target) in enumerate(TEXTS)
]


def by_name(candidates: tuple[Candidate, ...]) -> dict[str, Candidate]:
    return {each.source: each for each in candidates}


def test_terms_are_found_with_their_translations() -> None:
    terms = by_name(extract(PASSAGES, ZH, EN))
    assert {"注意力机制", "循环神经网络", "词元", "GPU"} <= set(terms)
    assert not {"我们", "例如", "因此", "可以", "一个", "经网络", "循环神经", "天气"} & set(terms)
    attention = terms["注意力机制"]
    assert (attention.count, attention.chapters, attention.headings, attention.translated) == (4, 1, 1, 4)
    assert attention.places[:2] == (("0.md", 1), ("0.md", 2))
    best = attention.proposals[0]
    assert (best.text, best.passages, best.share) == ("attention mechanism", 4, 1)
    networks = terms["循环神经网络"].proposals[0]
    assert (networks.text, networks.short, networks.share, networks.named) == ("recurrent neural network", "RNN", 1, 1)
    assert terms["词元"].proposals[0].text == "token"
    assert terms["GPU"].keep
    assert terms["GPU"].proposals == ()


def test_terms_are_found_from_english_too() -> None:
    turned = [Passage(each.target, each.source, each.path, each.line, each.heading) for each in PASSAGES]
    terms = by_name(extract(turned, EN, ZH))
    assert terms["attention mechanism"].proposals[0].text == "注意力机制"
    assert terms["token"].proposals[0].text == "词元"
    assert terms["GPU"].keep
    assert not {"we", "example", "whole", "first"} & set(terms)


def test_a_book_without_translations_has_terms() -> None:
    terms = by_name(extract([Passage(each.source, "", each.path, each.line) for each in PASSAGES], ZH, EN))
    assert terms["注意力机制"].proposals == ()
    assert terms["注意力机制"].translated == 0
    # What the author says in parentheses is a proposal all the same.
    assert [(each.text, each.short) for each in terms["循环神经网络"].proposals] == [
        ("recurrent neural network", "RNN")
    ]


def test_known_terms_are_left_out_and_still_stand_for_themselves() -> None:
    passages = [
        Passage(f"{text}。", path="a.md") for text in ("深度学习模型", "用深度学习模型", "深度学习模型好", "学习模型")
    ]
    assert "深度学习模型" in by_name(extract(passages, ZH, EN))
    left = by_name(extract(passages, ZH, EN, ["深度学习模型"]))
    assert "深度学习模型" not in left
    assert by_name(extract(PASSAGES, ZH, EN, ["循环神经网络", "gpu"])).keys().isdisjoint({"循环神经网络", "GPU"})


def test_a_word_that_the_translation_alone_has_is_no_term_of_the_book() -> None:
    passages = [Passage("狗叫了。", "The kitten (小猫咪) sleeps."), Passage("小狗（puppy）叫了。", "A puppy.")]
    assert set(by_name(extract(passages, ZH, EN))) == {"小狗"}


def test_the_limits_hold() -> None:
    assert len(extract(PASSAGES, ZH, EN, limit=2)) == 2
    assert "GPU" in by_name(extract(PASSAGES, ZH, EN, least=3))
    assert "GPU" not in by_name(extract(PASSAGES, ZH, EN, least=4))
    # What is named in the other language counts however rare it is.
    assert "循环神经网络" in by_name(extract(PASSAGES, ZH, EN, least=100))
    assert extract([], ZH, EN) == ()


@given(st.lists(st.tuples(st.text(), st.text(), st.booleans()), max_size=6))
def test_no_text_is_too_odd(texts: list[tuple[str, str, bool]]) -> None:
    passages = [Passage(source * 3, target, "a.md", 1, heading) for source, target, heading in texts]
    for source, target in ((ZH, EN), (EN, ZH)):
        for each in extract(passages, source, target, least=1):
            assert each.source
            assert each.count >= 1
            assert all(0 <= proposal.share <= 1 for proposal in each.proposals)


def test_the_result_does_not_hang_on_hashes() -> None:
    code = (
        "import sys; sys.path[:0] = ['tests']\n"
        "from test_terms import *\n"
        "print(extract(PASSAGES, ZH, EN), extract(sample()[0][:200], ZH, EN, limit=50))\n"
    )
    shown = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8", "PATH": ""},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(shown) == 1


# --- whole books ---------------------------------------------------------------------------------------------------


def test_the_terms_of_the_sample_book_are_found_and_translated() -> None:
    passages, table = sample()
    for (texts, known), codes in (((passages, table), (ZH, EN)), (reversed_sides(passages, table), (EN, ZH))):
        candidates = extract(texts, *codes, limit=400)
        text = "\n".join(each.source.lower() for each in texts)
        often = [term for term in known if text.count(term.lower()) >= 3]
        terms = found(candidates, known)
        assert len(terms) >= 0.85 * len(often)
        assert len(found(candidates[:100], known)) >= 35
        assert len(rightly(terms, known)) >= 0.85 * len(terms)


def test_the_terms_of_a_large_book_are_found_and_translated() -> None:
    passages, table = deep_learning()
    candidates = extract(passages, ZH, EN, limit=400)
    assert len(found(candidates[:100], table)) >= 28
    terms = found(candidates, table)
    assert len(terms) >= 65
    assert len(rightly(terms, table)) >= 0.8 * len(terms)


# --- the commands --------------------------------------------------------------------------------------------------


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "content/zh").mkdir(parents=True)
    text = "".join(f"{'## ' if '。' not in source else ''}{source}\n\n" for source, _ in TEXTS)
    (tmp_path / "content/zh/a.md").write_text(text + "```python\n注意力机制 = 0\n```\n", "utf-8", newline="\n")
    (tmp_path / "bilingual.toml").write_text('source = "zh"\ntargets = ["en"]\n', "utf-8")
    path = tmp_path / "locale/en/LC_MESSAGES/a.po"
    path.parent.mkdir(parents=True)
    entries = [Entry(source, target) for source, target in TEXTS[:-1]]
    draft = Entry(*TEXTS[-1], flags=("fuzzy",))
    path.write_text(write(Catalog((*entries, draft), new_header(source="zh", target="en"))), "utf-8", newline="\n")
    return tmp_path


def test_extract_writes_a_table_that_can_go_into_the_glossary(book: Path) -> None:
    table = done(book, "glossary", "extract")
    rows = {row["source"]: row for row in csv.DictReader(io.StringIO(table))}
    assert list(rows["词元"]) == [*glossary.COLUMNS, *glossary.EVIDENCE]
    assert rows["循环神经网络"]["variants"] == "RNN"
    assert rows["GPU"]["keep"] == "yes"
    assert (rows["词元"]["count"], rows["词元"]["share"], rows["词元"]["where"]) == ("6", "1.00", "content/zh/a.md:11")
    # As the glossary, with the columns of evidence, and the lines behind an older one.
    lines = [line for line in table.splitlines(keepends=True) if line.split(",")[1] or ",yes," in line]
    for head, body in ((lines[0], lines[1:]), ("source,target,variants,forbidden,case,keep,note\n", lines[1:])):
        (book / "glossary.csv").write_text(head + "".join(body), "utf-8", newline="\n")
        done(book, "check")
        assert (
            list(csv.reader(io.StringIO(done(book, "glossary", "extract"))))[1:]
            == [row for row in csv.reader(io.StringIO(table)) if not (row[1] or row[5])][1:]
        )


def test_the_columns_are_in_the_order_of_the_glossary(book: Path) -> None:
    (book / "glossary.csv").write_text("note,target,source\n,cat,猫\n", "utf-8")
    head = done(book, "glossary", "extract").splitlines()[0]
    assert head == "note,target,source,variants,forbidden,case,keep,count,share,where"


def test_extract_tells_everything_as_json(book: Path) -> None:
    data = json.loads(done(book, "glossary", "extract", "--format", "json", "--limit", "3", "--min-count", "2"))
    assert (data["source"], data["target"], len(data["terms"])) == ("zh", "en", 3)
    first = data["terms"][0]
    assert {"source", "count", "chapters", "places", "translated", "proposals", "keep", "score"} <= set(first)
    assert {"text", "passages", "share", "named", "short"} == set(first["proposals"][0])
    assert run("glossary", "extract", "--target", "fr", cwd=book).returncode == 2
    assert run("glossary", "extract", "missing.md", cwd=book).returncode == 2


def read_tbx(data: bytes) -> Terms:
    read = FORMATS["tbx"].read
    assert read is not None
    terms = read(data, "a.tbx")
    assert isinstance(terms, Terms)
    return terms


def test_terms_go_to_other_programs(book: Path) -> None:
    shown = run("glossary", "extract", "--format", "tbx", "--output", "found.tbx", cwd=book)
    assert shown.returncode == 0
    assert re.search(r"^found\.tbx: \d+ candidates, \d+ with a translation$", shown.stdout, re.MULTILINE)
    terms = {term.source: term for term in read_tbx((book / "found.tbx").read_bytes()).terms}
    assert (terms["循环神经网络"].target, terms["循环神经网络"].variants) == ("recurrent neural network", ("RNN",))
    assert terms["GPU"].keep
    # They come back as the glossary of the book.
    done(book, "import", "found.tbx")
    known = glossary.read((book / "glossary.csv").read_text("utf-8"), "glossary.csv").terms
    assert known.keys() == terms.keys()


def test_export_writes_the_glossary_in_each_format(book: Path) -> None:
    assert run("glossary", "export", cwd=book).returncode == 2
    text = "source,target,forbidden,keep\n注意力,attention,attentiveness,\nGPU,,,yes\n"
    (book / "glossary.csv").write_text(text, "utf-8")
    wanted = glossary.read(text, "glossary.csv").terms
    assert done(book, "glossary", "export", "--output", "terms.csv") == "terms.csv: 2 terms\n"
    assert glossary.read((book / "terms.csv").read_text("utf-8"), "terms.csv").terms == wanted
    data = json.loads(done(book, "glossary", "export", "--format", "json"))
    assert data["terms"][0] == {
        "source": "注意力",
        "target": "attention",
        "variants": [],
        "forbidden": ["attentiveness"],
        "case": False,
        "keep": False,
        "note": "",
    }
    done(book, "glossary", "export", "--format", "tbx", "--output", "terms.tbx")
    exported = read_tbx((book / "terms.tbx").read_bytes())
    assert [(term.source, term.target, term.forbidden, term.keep) for term in exported.terms] == [
        ("注意力", "attention", ("attentiveness",), False),
        ("GPU", "", (), True),
    ]


def test_a_report_for_programs_does_not_hide_what_went_wrong(book: Path) -> None:
    (book / "content/zh/bad.md").write_bytes(b"\xff\xfe")
    shown = run("glossary", "extract", "--report", "json", cwd=book)
    assert shown.returncode == 2
    assert shown.stdout.startswith("source,target,")
    assert [each["code"] for each in json.loads(shown.stderr)["diagnostics"]] == ["file-encoding"]
    shown = run("glossary", "extract", "--report", "json", "--output", "found.csv", cwd=book)
    found = json.loads(shown.stdout)
    assert (found["file"], [each["code"] for each in found["diagnostics"]]) == ("found.csv", ["file-encoding"])
    (book / "glossary.csv").write_text("source,target\n猫,cat\n", "utf-8")
    report = json.loads(done(book, "glossary", "export", "--report", "json", "--output", "terms.csv"))
    assert report == {"file": "terms.csv", "diagnostics": []}


@pytest.mark.skipif(os.name != "posix", reason="there are no pseudo-terminals")
@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_glossary_does_nothing_to_the_terminal(book: Path, form: str) -> None:
    (book / "glossary.csv").write_text("source,target\n猫\x1b]0;x\x07,c\u202eat\n", "utf-8")
    ours, theirs = os.openpty()
    subprocess.run(
        [sys.executable, "-m", "bilingual", "glossary", "export", "--format", form], cwd=book, stdout=theirs, check=True
    )
    os.close(theirs)
    shown = os.read(ours, 65_536).decode()
    os.close(ours)
    assert "猫" in shown
    assert not re.search("[\x1b\x07\u202e]", shown)
    if form == "json":
        assert json.loads(shown)["terms"][0]["target"] == "c\u202eat"


def test_nothing_that_was_edited_is_written_over(book: Path) -> None:
    done(book, "glossary", "extract", "--output", "found.csv")
    before = (book / "found.csv").read_bytes()
    done(book, "glossary", "extract", "--output", "found.csv")
    (book / "found.csv").write_bytes(before + b"edited\n")
    shown = run("glossary", "extract", "--output", "found.csv", cwd=book)
    assert shown.returncode == 2
    assert "error[file-work]" in shown.stderr
    done(book, "glossary", "extract", "--output", "found.csv", "--force")
    assert (book / "found.csv").read_bytes() == before
    (book / "glossary.csv").write_text("source,target\n猫,cat\n", "utf-8")
    for name in ("glossary.csv", "./content/../glossary.csv"):
        shown = run("glossary", "extract", "--output", name, "--force", cwd=book)
        assert shown.returncode == 2
        assert (book / "glossary.csv").read_text("utf-8") == "source,target\n猫,cat\n"


def test_a_glossary_with_faults_stops_the_work(book: Path) -> None:
    (book / "glossary.csv").write_text("source,target\n猫\n", "utf-8")
    for args in (("extract",), ("export",)):
        shown = run("glossary", *args, cwd=book)
        assert shown.returncode == 2
        assert "glossary.csv:2: error[glossary-term]" in shown.stderr


def test_the_sample_book_has_its_terms_in_its_glossary() -> None:
    config = load(ROOT / "bilingual.toml")
    assert config.source == ZH
    candidates = done(ROOT, "glossary", "extract", "--limit", "20")
    assert len(candidates.splitlines()) == 21
