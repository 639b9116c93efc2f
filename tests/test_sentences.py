"""Sentences of several languages, and how they are paired with those of a translation."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilingual.align.sentences import pair_sentences, parallel_sentences, without_empty
from bilingual.language import language, sentences
from support import shared

# Texts with their sentences separated by bars.
CASES = {
    "zh": (
        "今天下雨。|我们不出门！|你呢？|好。",
        "第一步是安装；第二步是运行，很简单：开始吧。|完成。",
        "值是 3.14，版本是 v2.0。|文件叫 main.rs。|打开 https://example.org/a?b=c 看看。",
        "他……走了。|等等……因此我们留下。",
        "“走吧。”他说。|“好！”|“等一下。”她说。",
        "他说：“走吧。天黑了。”|我们走了。",
        "（这是注释。有两句。）|后文。",
        "例如（是否康复？）这样的问题。|《你好，李焕英！》很好看。",
        "数组（长度为 3。|后面没有括号。|再来一句。",
        "“忘了关。|下一句“又开一个。|" + "很长的文字" * 30 + "”。|结束。",
        "真的吗?|是的.|好!|行。",
        "程序打印 Hello, World! 然后退出。|见Fig. 3，等等。",
        "用 \ufffc。|\ufffc 返回\ufffc；它很快。|\ufffc。",
        "他问。|“谁？”|“我。”",
        '他说。|"好的。"她笑了。',
        "这里的“为什么？”是个问题。|为什么？！|不知道……。|好",
        "圆周率是３．１４。|完．|了",
        "没有句号",
        "  前面有空白。 |后面也有。 ",
    ),
    "en": (
        "It rains. |We stay! |Do you? |Yes.",
        "Dr. Smith met J. R. Jones, e.g. in Fig. 3, i.e. the blue one. |They talked.",
        "Version 3.14 is in file.name.txt, see https://example.org/a?b=c. |Node.js runs it.",
        "It is in the U.S. |The U.S. Government knows. |Smith et al. (2014) say so.",
        "You go from A to C. |Centralized control is not needed. |So do I. |See J. Smith.",
        "1. Install it. |2. Run it. |That was in 1999. |It was no. 5, not no. 6. |The answer is no. |Really.",
        "Next one... then more. |Wait... |What? |He said “go!” and went.",
        "(A note. In brackets.) |After. |Use dogs, cats, etc. |Then stop (or not, etc.), please.",
        '"It works." |Then he left. |"Why? How?" he asked. |The 3.5" and 2.5" disks. |End.',
        "Use \ufffc. |\ufffc is next, e.g. \ufffc works. |The end.\ufffc |Next.",
        "Come at 5 p.m. sharp. |I came at 5 p.m. |The shop was closed.",
        "She asked why? and left. |一句中文。|Then English.",
        "No end",
    ),
    "ja": ("今日は雨です。|「行こう。」と言った。|本当？|はい！\u3000|次の文。",),
    "fr": ("Bonjour ! |Ça va ? |«\u00a0Oui. Merci.\u00a0» |Elle sourit à M. Dupont… |Puis elle part.",),
    "de": ("Am 3. Oktober ist z. B. frei. |Das ist gut. |Wirklich?",),
    "hi": ("यह एक वाक्य है। |यह दूसरा है।",),
    "ar": ("هل أنت بخير؟ |نعم. |شكرا لك.",),
    "ru": ("Это А. С. Пушкин. |Он поэт.",),
    "ko": ("안녕하세요. |저는 학생입니다. |정말요?",),
}


def pieces(text: str, code: str) -> list[str]:
    return [text[start:end] for start, end in pairwise((0, *sentences(text, language(code)), len(text)))]


@pytest.mark.parametrize(("code", "case"), [(code, case) for code, cases in CASES.items() for case in cases])
def test_sentences_of_a_text(code: str, case: str) -> None:
    assert "|".join(pieces(case.replace("|", ""), code)) == case


@given(
    st.lists(
        st.sampled_from(
            ["。", "”", "“", "（", "）", '"', ".", "...", "…", "?", "!", " ", "A", "b", "好", "1", "\ufffc", "，"]
        )
        | st.text(max_size=3)
    ),
    st.sampled_from(["zh", "en", "ja", "fr", "ar"]),
)
def test_sentences_tile_any_text(parts: list[str], code: str) -> None:
    text = "".join(parts)
    starts = sentences(text, language(code))
    assert list(starts) == sorted(set(starts))
    assert all(0 < start < len(text) for start in starts)
    assert not any(text[start].isspace() for start in starts)


@pytest.mark.parametrize("code", ["zh", "en"])
@pytest.mark.parametrize(
    "text",
    [
        "." * 300_000,
        ". " * 150_000,
        "(“" * 150_000 + "。 " * 9,
        ". " + "(" * 300_000,
        "." + ")" * 300_000,
        '."' * 150_000,
        "。”" * 150_000,
        ".\u00a0" * 150_000,
        "A. " * 100_000,
        "a" * 300_000 + ". B",
        ". " + " " * 300_000 + "x",
    ],
    ids=range(11),
)
def test_a_text_that_is_made_to_be_slow_is_read_all_the_same(code: str, text: str) -> None:
    # A scan that is not linear would take hours.
    assert all(0 < start < len(text) for start in sentences(text, language(code)))


def test_equally_long_sentences_pair_one_to_one() -> None:
    chinese = ["今天下雨。", "我们决定留在家里读一本很长的书。"]
    english = ["It rains today. ", "We decide to stay at home and read a very long book."]
    assert pair_sentences(chinese, english, language("zh"), language("en")) == (
        (range(1), range(1)),
        (range(1, 2), range(1, 2)),
    )


def test_a_sentence_that_was_split_in_the_translation_pairs_with_both() -> None:
    source = "服务器重新启动以后，所有的连接都会断开，客户端必须再次登录。请稍等。谢谢。"
    target = "After a restart of the server all connections are lost. Clients must log in again. Please wait. Thanks."
    ours, theirs = parallel_sentences(source, target, language("zh"), language("en"))
    assert [source[start:].split("。", 1)[0] for start in ours] == ["请稍等", "谢谢"]
    assert [target[start:].split(".", 1)[0] for start in theirs] == ["Please wait", "Thanks"]


def test_a_paragraph_of_one_sentence_is_not_cut() -> None:
    assert parallel_sentences("一句。", "One. Two. Three.", language("zh"), language("en")) == ((), ())


@given(st.lists(st.text(max_size=40), max_size=12), st.lists(st.text(max_size=40), max_size=12))
def test_beads_hold_each_sentence_once(source: list[str], target: list[str]) -> None:
    beads = pair_sentences(source, target, language("zh"), language("en"))
    for joined in (beads, without_empty(beads)):
        assert [number for ours, _ in joined for number in ours] == list(range(len(source)))
        assert [number for _, theirs in joined for number in theirs] == list(range(len(target)))
    if source and target:
        assert all(ours and theirs for ours, theirs in without_empty(beads))


def test_texts_of_many_sentences_are_paired_too() -> None:
    source = [f"这是第{'很' * (i % 9)}长的句子。" for i in range(3_000)]
    target = [f"This is a sentence that is {'very ' * (i % 9)}long." for i in range(3_000)]
    del target[1_000]
    beads = pair_sentences(source, target, language("zh"), language("en"))
    assert beads[900] == (range(900, 901), range(900, 901))
    assert beads[-1] == (range(2_999, 3_000), range(2_998, 2_999))


@cache
def gold() -> list[dict[str, Any]]:
    rows = (shared() / "gold/dev/sentences.jsonl").read_text("utf-8").splitlines()
    assert len(rows) == 459
    return [json.loads(row) for row in rows]


@pytest.mark.parametrize(("read", "least"), [(True, 0.92), (False, 0.985)])
def test_sentences_of_published_translations_find_their_partners(read: bool, least: float) -> None:
    # Plain Gale-Church, which counts characters, has 0.848 where the pairs were read by eye.
    right = found = wanted = 0
    for row in gold():
        if read and row["checked"] != "read by eye":
            continue
        beads = {
            (tuple(ours), tuple(theirs))
            for ours, theirs in pair_sentences(row["zh"], row["en"], language("zh"), language("en"))
            if ours and theirs
        }
        expected = {(tuple(ours), tuple(theirs)) for ours, theirs in row["beads"] if ours and theirs}
        right += len(beads & expected)
        found += len(beads)
        wanted += len(expected)
    assert wanted >= (134 if read else 1_348)
    assert 2 * right / (found + wanted) >= least


@pytest.mark.parametrize(("code", "join"), [("zh", ""), ("en", " ")])
def test_sentences_of_published_books_are_found(code: str, join: str) -> None:
    right = found = wanted = 0
    for row in gold():
        parts = [part + join for part in row[code]]
        starts = set(sentences("".join(parts), language(code)))
        expected = {sum(map(len, parts[:number])) for number in range(1, len(parts))}
        right += len(starts & expected)
        found += len(starts)
        wanted += len(expected)
    assert wanted > 800
    assert 2 * right / (found + wanted) >= 0.98
