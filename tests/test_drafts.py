"""Drafts: what is masked comes back, what breaks is asked for again, and no killed run loses or pays anything twice."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bilingual.catalog import Catalog, Entry, State, read_bytes, state
from bilingual.config import load
from bilingual.drafts import Budget, Desk, batches, tasks, usable
from bilingual.glossary import Glossary, Term
from bilingual.language import language
from bilingual.markdown.dialect import default_dialect, dialect
from bilingual.markdown.inline import Inline
from bilingual.markdown.parse import parse
from bilingual.masking import BRACES, TAGS, BrokenError, Tokens, accepted, mask, unmask
from bilingual.project import extract
from bilingual.provider import PROVIDERS, Batch, Limits, Price, Reply, Usage
from book import CONFIG, PO, edit, entries, make
from damage import DAMAGED, formulas, text_to_damage
from strategies import ANY, LINE
from support import done, run, shared

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


PLAIN = default_dialect()

# --- masking ---------------------------------------------------------------------------------------------------------

_LIKE_TOKENS = st.text(st.sampled_from("{}｛｝<>/m a1２[]()$`\\&;*_|%文字 \n"), max_size=24)


@settings(deadline=None, max_examples=400, suppress_health_check=list(HealthCheck))
@given(st.one_of(ANY, LINE, _LIKE_TOKENS, st.builds("{}{}{}".format, LINE, _LIKE_TOKENS, LINE)))
def test_what_is_masked_is_the_text_again_when_it_is_unmasked(text: str) -> None:
    for tokens in (BRACES, TAGS):
        masked = mask(Entry(text), PLAIN, tokens)
        assert unmask(masked, masked.text) == text


def test_every_segment_of_a_book_is_masked_and_accepted_back() -> None:
    count = kept = 0
    for path in sorted((shared() / "corpora/d2l-zh").rglob("*.md"))[::3]:
        found = dialect("myst")
        for segment in parse(path.read_text("utf-8"), path=path.name, dialect=found).segments:
            entry = Entry(segment.text, extracted=segment.comment)
            for tokens in (BRACES, TAGS):
                masked = mask(entry, found, tokens)
                assert accepted(entry, masked, masked.text, found) == segment.text
                for atom in Inline(segment.text, found).atoms() if "type: front" not in segment.comment else ():
                    if atom.kind in {"math", "code"}:
                        assert atom.content not in masked.text or len(atom.content) < 4
                        kept += 1
            count += 1
    assert count > 3000
    assert kept > 3000


TEXT = '设 $x$ 与 `c`，见[这里](b.md#a "题")、![图](f.png)、<b>粗</b>、{{ book.title }}、%(n)s 与 [官网][官网]。'


@pytest.mark.parametrize("tokens", [BRACES, TAGS], ids=["braces", "tags"])
def test_formulas_code_links_tags_and_placeholders_are_tokens(tokens: Tokens) -> None:
    masked = mask(Entry(TEXT), PLAIN, tokens)
    for hidden in ("$x$", "`c`", "b.md", "f.png", "<b>", "</b>", "book.title", "%(n)s", "][官网]"):
        assert hidden not in masked.text
    for shown in ("这里", "题", "图", "粗"):
        assert shown in masked.text


def test_texts_that_are_no_markdown_keep_their_tags_entities_and_escapes() -> None:
    for kind in ("html text", "code string", "front matter"):
        entry = Entry('图 1&nbsp;<b class="x">结构</b>，\\n共 {0} 个\\"', extracted=f"type: {kind}")
        masked = mask(entry, PLAIN, BRACES)
        assert masked.text == "图 1{1}{2}结构{3}，{4}共 {5} 个{6}"
        answer = "Figure 1{1}{2}structure{3},{4}{5} in all{6}"
        expected = 'Figure 1&nbsp;<b class="x">structure</b>,\\n{0} in all\\"'
        assert accepted(entry, masked, answer, PLAIN) == expected
        with pytest.raises(BrokenError, match="placeholder <i>"):
            accepted(entry, masked, f"<i>{answer}", PLAIN)


@pytest.mark.parametrize("kind", ["html text", "html attribute", "front matter", "diagram label", "code string"])
def test_formulas_code_and_addresses_are_kept_where_the_text_is_no_markdown(kind: str) -> None:
    text = "图一：$y=x$、$$E=mc^2$$、\\(a\\)、\\[b\\] 与 `c`，见 https://example.org/a?b=1，价 $5 和 $6。"
    entry = Entry(text, extracted=f"type: {kind}")
    for tokens in (BRACES, TAGS):
        masked = mask(entry, PLAIN, tokens)
        for hidden in ("y=x", "mc^2", "(a", "[b", "`c`", "example"):
            assert hidden not in masked.text
        assert "价 $5 和 $6" in masked.text
        assert accepted(entry, masked, masked.text, PLAIN) == text
    for lost_one in ("$y=x$", "$$E=mc^2$$", "\\(a\\)", "`c`", "https://example.org/a?b=1"):
        assert not usable(entry, text.replace(lost_one, "formula"), PLAIN)


@pytest.mark.parametrize(
    ("text", "answer", "reason"),
    [
        ("链接[文字](u)。", "Link {1}{/1} text.", "there is no text between {1} and {/1}"),
        ("a <span>b</span> c", "a {2}b{1} c", "the tag </span>"),
        ("<b>甲<i>乙</i></b>", "{1}A{2}B{4}{3}", "the tag </b>"),
    ],
)
def test_pairs_have_text_between_them_and_stand_in_order(text: str, answer: str, reason: str) -> None:
    with pytest.raises(BrokenError, match=re.escape(reason)):
        braces(answer, text)
    assert braces("{1} {/1}", "[](u)") == "[ ](u)"


def test_a_reference_keeps_its_label_when_its_text_is_translated() -> None:
    for text in ("见[官网]。", "见[官网][]。"):
        (task,) = tasks(Catalog((Entry(text),)), "a.po", Glossary(()), labels=lambda _: {"官网", "别的"})[0]
        masked = mask(task.entry, PLAIN, BRACES, task.labels)
        assert masked.text == "见{1}官网{/1}。"
        answer = accepted(task.entry, masked, "See {1}the site{/1}.", PLAIN, task.labels)
        assert answer == "See [the site][官网]."
        assert accepted(task.entry, masked, masked.text, PLAIN, task.labels) == "见[官网]。"
        assert usable(task.entry, answer, PLAIN, task.labels)
        assert not usable(task.entry, "See [the site].", PLAIN, task.labels)
    # What is no label is text.
    assert mask(Entry("见[官网]。"), PLAIN, BRACES).text == "见[官网]。"


def braces(answer: str, text: str = "设 $x$ 与 `c`。") -> str:
    entry = Entry(text)
    return accepted(entry, mask(entry, PLAIN, BRACES), answer, PLAIN)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Let {2} be {1}.", "Let `c` be $x$."),
        ("Let ｛1｝ be { 2 }.", "Let $x$ be `c`."),
        ("Let {{1}} be ｛ ２ ｝.", "Let $x$ be `c`."),
        ("Let [1] be 【2】.", "Let $x$ be `c`."),
        ("Let (1) be <2>.", "Let $x$ be `c`."),
        ("  Let {1}\nbe {2}. \n", "Let $x$ be `c`."),
        ("Take 3{1} and {2}.", "Take 3 $x$ and `c`."),
    ],
)
def test_an_answer_is_read_tolerantly(answer: str, expected: str) -> None:
    assert braces(answer) == expected


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("Let {1} be.", "{2} is missing"),
        ("Let it be.", "{1}, {2} are missing"),
        ("Let {1} be {1} {2}.", "{1} is more than once"),
        ("Let {1} be {2} {3}.", "{3} is not in the text"),
        ("Let {1} be {2} $y$.", "the math $y$ is not in the text"),
        ("Let {1} be {2} `d`.", "the code `d` is not in the text"),
        ("Let {1} be \\{2}.", "the code `c` is missing"),
        ("Let `{1} be {2}.", "is missing"),
        ("", "missing"),
        ("Let {1} be {2}\x07.", "control"),
    ],
)
def test_an_answer_that_lost_or_added_something_is_refused_with_the_reason(answer: str, reason: str) -> None:
    with pytest.raises(BrokenError, match=re.escape(reason)):
        braces(answer)


def test_links_keep_their_text_and_their_order() -> None:
    text = "见[这里](a.md)和[那里](b.md)。"
    masked = mask(Entry(text), PLAIN, BRACES)
    assert masked.text == "见{1}这里{/1}和{2}那里{/2}。"
    assert braces("See {2}there{/2} and {1}here{/1}.", text) == "See [there](b.md) and [here](a.md)."
    with pytest.raises(BrokenError, match=re.escape("{/1} stands before {1}")):
        braces("See {/1}there{1} and {2}here{/2}.", text)
    with pytest.raises(BrokenError, match="link"):
        braces("See {1}th]ere{/1} and {2}here{/2}.", text)


def test_brackets_of_the_text_itself_are_never_taken_for_tokens() -> None:
    text = "函数 (1) 与 $x$，集合 {1}。"
    with pytest.raises(BrokenError):
        braces("Function (1) and [1], set {2}.", text)
    masked = mask(Entry(text), PLAIN, BRACES)
    assert braces(masked.text.replace("函数", "F").replace("集合", "S"), text) == "F (1) 与 $x$，S {1}。"


def test_xml_is_read_as_engines_write_it() -> None:
    text = "设 $x$ 与 a < b & c，见[这里](a.md)。"
    entry = Entry(text)
    masked = mask(entry, PLAIN, TAGS)
    assert masked.text == "设 <m1/> 与 a &lt; b &amp; c，见<a2>这里</a2>。"
    for answer in (
        "Let <m1/>, a &lt; b &amp; c, see <a2>here</a2>.",
        "Let <m1></m1>, a &lt; b &amp; c, see <A2>here</ a2 >.",
        "Let < m1 / >, a &#60; b &#x26; c, see <a2>here</a2>.",
    ):
        assert accepted(entry, masked, answer, PLAIN) == "Let $x$, a < b & c, see [here](a.md)."
    with pytest.raises(BrokenError):
        accepted(entry, masked, "Let <m1/>, see <a2>here.", PLAIN)


def test_line_breaks_and_the_white_space_at_the_ends_are_those_of_the_text() -> None:
    entry = Entry("\u3000前一行\n后一行 ")
    masked = mask(entry, PLAIN, BRACES)
    assert accepted(entry, masked, "one\r\ntwo", PLAIN) == "\u3000one\ntwo "
    with pytest.raises(BrokenError, match="1 line breaks, the translation 0"):
        accepted(entry, masked, "one two", PLAIN)


# --- asking ----------------------------------------------------------------------------------------------------------


class Parrot:
    """A service whose answers a test decides."""

    name = identity = "parrot"
    limits = Limits(10, 1000, 1)

    def __init__(self, reply: Callable[[Batch, int], Reply], price: Price) -> None:
        self.reply = reply
        self.price = price
        self.asked: list[Batch] = []

    def ask(self, batch: Batch) -> Reply:
        self.asked.append(batch)
        return self.reply(batch, len(self.asked))

    def estimate(self, batch: Batch) -> Usage:
        return Usage(1000 * len(batch.items))

    def close(self) -> None:
        """Do nothing."""


def desk(reply: Callable[[Batch, int], Reply], limit: float | None = None) -> tuple[Desk, Parrot]:
    price = Price("tokens", 1000.0, 0.0, "EUR")
    parrot = Parrot(reply, price)
    provider = PROVIDERS["openai"]
    return Desk(provider, parrot, language("zh"), language("en"), PLAIN, Budget(price, limit)), parrot


def some(*texts: str) -> list[Entry]:
    return [Entry(text, extracted="type: paragraph\nin: 第一章 › 节\nfor translators", line=1) for text in texts]


def test_only_what_broke_is_asked_for_again_and_with_the_reason() -> None:
    found, _ = tasks(Catalog(tuple(some("一 $x$", "二 $y$", "三"))), "a.po", Glossary([Term("三", "three")]))

    def reply(batch: Batch, time: int) -> Reply:
        texts = {item.id: f"T {item.text}" for item in batch.items}
        if time == 1:
            texts[batch.items[1].id] = "lost"
        return Reply(texts)

    made, parrot = desk(reply)
    outcome = made.answer(found)
    assert [draft.msgstr for _, draft in outcome.drafts] == ["T 一 $x$", "T 三", "T 二 $y$"]
    assert not outcome.complaints
    first, second = parrot.asked
    assert [item.text for item in second.items] == [first.items[1].text]
    assert second.items[0].complaint == "{1} is missing"
    third = first.items[2]
    assert (third.kind, third.trail, third.notes) == ("paragraph", "第一章 › 节", "for translators")
    assert (third.before, third.after, third.terms[0].target) == ("二 $y$", None, "three")
    # The id hangs on the text, and on nothing else.
    assert second.items[0].id == first.items[1].id
    assert len({item.id for item in first.items}) == 3


def test_what_breaks_twice_is_left_empty() -> None:
    found, _ = tasks(Catalog(tuple(some("一 $x$", "二"))), "a.po", Glossary(()))
    made, parrot = desk(lambda batch, _: Reply({item.id: "no" for item in batch.items}))
    outcome = made.answer(found)
    assert len(parrot.asked) == 2
    assert [(task.entry.msgid, why) for task, why in outcome.complaints] == [("一 $x$", "{1} is missing")]


def test_a_budget_is_never_exceeded() -> None:
    found, _ = tasks(Catalog(tuple(some(*"一二三四五六七八"))), "a.po", Glossary(()))
    made, parrot = desk(lambda batch, _: Reply({item.id: "t" for item in batch.items}), limit=5)
    outcomes = [made.answer(batch) for batch in batches(found, Limits(2, 1000, 1))]
    assert [len(outcome.drafts) for outcome in outcomes] == [2, 2, 0, 0]
    assert len(parrot.asked) == 2
    assert made.budget.price.of(made.budget.spent) == pytest.approx(4)
    assert sum(len(outcome.unasked) for outcome in outcomes) == 4


def test_texts_that_cannot_be_masked_are_left_out_with_the_reason() -> None:
    odd, odder, long = Entry("公式 $a\x0b$ 坏了"), Entry("代码 `\ufffe` 坏了"), Entry("长" * 20_001)
    found, left = tasks(Catalog((odd, odder, Entry("好的"), long)), "a.po", Glossary(()))
    assert [task.entry.msgid for task in found] == ["好的"]
    assert [(entry, reason.split(" has ")[1]) for entry, reason in left] == [
        (odd, "control characters"),
        (odder, "control characters"),
        (long, "more than 20000 characters"),
    ]


def test_batches_are_of_one_catalog_and_no_larger_than_a_provider_takes() -> None:
    found = [
        task
        for path in ("a.po", "b.po")
        for task in tasks(Catalog(tuple(some(*(f"第{n}段" * n for n in range(1, 30))))), path, Glossary(()))[0]
    ]
    made = list(batches(found, Limits(5, 60, 1)))
    assert [task for batch in made for task in batch] == found
    for batch in made:
        assert len(batch) <= 5
        assert len({task.path for task in batch}) == 1
        assert len(batch) == 1 or sum(len(task.entry.msgid) for task in batch) <= 60


# --- the command -----------------------------------------------------------------------------------------------------

FIRST = "注意力机制让模型在每一步都能看到所有的输入。"
FORMULA = "公式 $\\frac{a}{b}$ 与 `code`，见[这里](b.md)。"
ECHO = """
import json, sys
for line in sys.stdin:
    item = json.loads(line)
    with open("asked", "a") as file:
        file.write(item["text"] + "\\n")
    print(json.dumps({"id": item["id"], "text": "T " + item["text"]}))
"""


def command_book(root: Path, program: str, files: dict[str, str], more: str = "") -> Path:
    (root / "provider.py").parent.mkdir(parents=True, exist_ok=True)
    (root / "provider.py").write_text(program, "utf-8")
    config = f'{CONFIG}[provider.command]\ncommand = ["{sys.executable}", "provider.py"]\n{more}'
    make(root, files, config)
    extract(load(root / "bilingual.toml"))
    return root


def asked(root: Path) -> list[str]:
    path = root / "asked"
    return path.read_text("utf-8").splitlines() if path.exists() else []


def test_drafts_are_fuzzy_say_who_made_them_and_are_asked_for_once(tmp_path: Path) -> None:
    files = {"content/zh/a.md": f"# 题\n\n{FIRST}\n\n{FORMULA}\n", "content/zh/b.md": f"{FIRST}\n\n另一段。\n"}
    command_book(tmp_path, ECHO, files, 'name = "echo 1"\nprice = 20\ncurrency = "EUR"\n')
    edit(tmp_path / PO, lambda entry: replace(entry, msgstr="Title") if entry.msgid == "题" else entry)
    before = (tmp_path / PO).read_bytes()
    output = done(tmp_path, "translate", "--provider", "command", "--dry-run")
    assert "en: 4 missing" in output
    assert re.search(r"about \d+ characters, 0\.00 EUR", output)
    assert (tmp_path / PO).read_bytes() == before
    assert not asked(tmp_path)
    report = json.loads(done(tmp_path, "translate", "--provider", "command", "--report", "json"))
    assert report["by"] == "command echo 1"
    assert report["targets"]["en"] | {"characters": 0} == {
        "missing": 4,
        "drafted": 3,
        "remembered": 1,
        "left": 0,
        "characters": 0,
    }
    assert sorted(report["files"]) == [PO, "locale/en/LC_MESSAGES/b.po"]
    assert report["usage"]["read"] > 40
    found = entries(tmp_path / PO)
    assert found["题"].msgstr == "Title"
    draft = found[FORMULA]
    assert draft.msgstr == f"T {FORMULA}"
    assert (draft.flags, draft.previous) == (("fuzzy",), None)
    assert draft.comment == "bilingual: drafted by command echo 1"
    assert state(draft) is State.DRAFT
    assert entries(tmp_path / "locale/en/LC_MESSAGES/b.po")[FIRST].msgstr == f"T {FIRST}"
    header = dict(read_bytes((tmp_path / PO).read_bytes(), PO).header)
    assert header["PO-Revision-Date"].startswith("2")
    # Each text once; again there is nothing to do, and a draft that was thrown away is there again without a question.
    assert sorted(asked(tmp_path)) == sorted([FIRST, "公式 {1} 与 {2}，见{3}这里{/3}。", "另一段。"])
    done(tmp_path, "translate", "--provider", "command")
    edit(tmp_path / PO, lambda entry: replace(entry, msgstr="", flags=(), comment="") if entry.fuzzy else entry)
    assert "2 known from before, 0 left" in done(tmp_path, "translate", "--provider", "command")
    assert len(asked(tmp_path)) == 3
    assert entries(tmp_path / PO)[FORMULA] == draft
    # --fresh asks again; another program is asked, too.
    edit(tmp_path / PO, lambda entry: replace(entry, msgstr="", flags=()) if entry.fuzzy else entry)
    assert "2 drafted" in done(tmp_path, "translate", "--provider", "command", "--fresh")
    assert len(asked(tmp_path)) == 5
    assert entries(tmp_path / PO)[FORMULA].comment == draft.comment


def test_chosen_chapters_targets_and_existing_work_are_respected(tmp_path: Path) -> None:
    files = {"content/zh/a.md": f"{FIRST}\n\n{FORMULA}\n", "content/zh/b.md": "另一段。\n"}
    command_book(tmp_path, ECHO, files)
    make(tmp_path, {}, (tmp_path / "bilingual.toml").read_text("utf-8").replace('["en"]', '["en", "de"]'))
    extract(load(tmp_path / "bilingual.toml"))
    edit(tmp_path / PO, lambda entry: replace(entry, msgstr="mine", flags=("fuzzy",)) if "公" in entry.msgid else entry)
    output = done(tmp_path, "translate", "--provider", "command", "--target", "en", "content/zh/a.md")
    assert "en: 1 drafted" in output
    assert "de" not in output
    assert entries(tmp_path / PO)[FORMULA].msgstr == "mine"
    assert not entries(tmp_path / "locale/en/LC_MESSAGES/b.po")["另一段。"].msgstr
    assert "path-unknown" in done(tmp_path, "translate", "--provider", "command", "content/zh/none.md", code=2)
    assert "config-provider" in done(tmp_path, "translate", "--provider", "comand", code=2)


def test_a_limit_of_costs_needs_prices_and_stops_in_time(tmp_path: Path) -> None:
    text = "\n\n".join(f"第{number}段，内容是{number * 3}。" for number in range(40))
    command_book(tmp_path, ECHO, {"content/zh/a.md": text}, "entries = 10\n")
    limited = ("translate", "--provider", "command", "--max-cost", "0.003")
    assert "config-options" in done(tmp_path, *limited, code=2)
    with (tmp_path / "bilingual.toml").open("a") as file:
        file.write("price = 10\n")
    output = done(tmp_path, *limited, code=1)
    assert "draft-cost" in output
    assert len(asked(tmp_path)) == 20
    assert "20 drafted by command" in output
    assert "20 left" in output
    # The rest comes later, and only the rest.
    done(tmp_path, "translate", "--provider", "command")
    assert len(asked(tmp_path)) == len(set(asked(tmp_path))) == 40


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("raise SystemExit('no model here')", "provider-unavailable"),
        ("print('{')", "draft-broken"),
        ("import time; time.sleep(60)", "provider-unavailable"),
        ("import sys\nwhile True: sys.stdout.write('x' * 1_000_000)", "draft-broken"),
        ("import sys; print(sys.stdin.read())", None),
    ],
    ids=["fails", "nonsense", "hangs", "floods", "echo"],
)
def test_a_program_that_misbehaves_is_a_diagnostic(tmp_path: Path, program: str, code: str | None) -> None:
    timeout = 60 if "while" in program else 2
    command_book(tmp_path, program, {"content/zh/a.md": f"{FIRST}\n"}, f"timeout = {timeout}\n")
    result = run("translate", "--provider", "command", cwd=tmp_path)
    assert "Traceback" not in result.stderr
    if code is None:
        assert result.returncode == 0, result.stderr
        return
    assert code in result.stderr
    assert result.returncode == (2 if code.startswith("provider") else 1)
    assert not entries(tmp_path / PO)[FIRST].msgstr
    if "no model" in program:
        assert "no model here" in result.stderr


def test_a_program_that_fails_shows_no_key(tmp_path: Path) -> None:
    program = "import os, sys; sys.exit('no: ' + os.environ['OTHER_API_KEY'] + ' ' + os.environ['ODD_NAME'])"
    table = '[provider.openai]\nmodel = "m"\nkey-variable = "ODD_NAME"\n'
    command_book(tmp_path, program, {"content/zh/a.md": f"{FIRST}\n"}, table)
    keys = {"OTHER_API_KEY": "sk-other-123456", "ODD_NAME": "sk-odd-123456"}
    result = run("translate", "--provider", "command", cwd=tmp_path, env=keys)
    assert result.returncode == 2
    assert "no: … …" in result.stderr
    assert "123456" not in result.stderr


@pytest.mark.skipif(os.name != "posix", reason="this system ends programs without a signal")
def test_a_program_ends_with_the_run_that_started_it(tmp_path: Path) -> None:
    program = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(120)"
    command_book(tmp_path, program, {"content/zh/a.md": f"{FIRST}\n"})
    process = subprocess.Popen(
        [sys.executable, "-m", "bilingual", "translate", "--provider", "command"],
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
    )
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        time.sleep(0.02)
    process.terminate()
    assert process.wait(60) == 128 + signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_program_that_is_not_there_and_a_table_without_one(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": "一段。\n"})
    extract(load(tmp_path / "bilingual.toml"))
    assert "command must be set" in done(tmp_path, "translate", "--provider", "command", code=2)
    make(tmp_path, {}, f'{CONFIG}[provider.command]\ncommand = ["no-such-program-here"]\n')
    assert "cannot be started" in done(tmp_path, "translate", "--provider", "command", code=2)


# --- damage ----------------------------------------------------------------------------------------------------------

#: How many drafts are damaged here; `benchmarks/drafts.py` does it with 10,000.
MANY = 1500


def test_whatever_a_provider_damages_nothing_is_lost(tmp_path: Path) -> None:
    chance = random.Random(20261127)
    body = "\n\n".join(text_to_damage(chance, number) for number in range(MANY)) + "\n"
    command_book(tmp_path, DAMAGED, {"content/zh/a.md": body}, "entries = 250\ncharacters = 100000\nconcurrency = 2\n")
    result = run("translate", "--provider", "command", "--report", "json", cwd=tmp_path, timeout=300)
    assert result.returncode == 1, result.stderr
    report = json.loads(result.stdout)
    refused = {each["excerpt"] for each in report["diagnostics"] if each["code"] == "draft-broken"}
    empty = set()
    catalog = entries(tmp_path / PO)
    assert len(catalog) == MANY
    for msgid, entry in catalog.items():
        if entry.msgstr:
            assert formulas(entry.msgstr) == formulas(msgid), (msgid, entry.msgstr)
        else:
            empty.add(msgid[:200])
    assert empty == refused
    tally = report["targets"]["en"]
    assert tally["left"] == len(empty)
    # Most is saved by tolerance or the second question, and some things cannot be.
    assert 10 < tally["left"] < MANY * 0.4


# --- killed runs -----------------------------------------------------------------------------------------------------

SLOW = """
import json, sys, time
items = [json.loads(line) for line in sys.stdin]
time.sleep(0.05)
print("\\n".join(json.dumps({"id": item["id"], "text": "T " + item["text"]}) for item in items), flush=True)
with open("asked", "a") as file:
    file.write("".join(item["text"] + "\\n" for item in items))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL on this system")
def test_killed_runs_lose_nothing_and_pay_nothing_twice(tmp_path: Path) -> None:
    files = {
        f"content/zh/{name}.md": "\n\n".join(f"{name}章第{number}段，说{number * 3}。" for number in range(30)) + "\n"
        for name in ("a", "b", "c")
    }
    command_book(tmp_path, SLOW, files, "entries = 5\nconcurrency = 2\n")
    chance = random.Random(20261127)
    kills = 0
    journal = tmp_path / ".bilingual/drafts.jsonl"
    for _ in range(12):
        start = len(asked(tmp_path))
        process = subprocess.Popen(
            [sys.executable, "-m", "bilingual", "translate", "--provider", "command"],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None and len(asked(tmp_path)) == start:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.4))
        killed = process.poll() is None
        process.kill()
        process.wait()
        kills += killed
        for path in (tmp_path / "locale").rglob("*.po"):
            read_bytes(path.read_bytes(), path.name)  # old or new, never half
        if not killed:
            break
        if kills == 2:
            with journal.open("ab") as file:
                file.write(b'{"key": "half a li')
        time.sleep(0.3)  # programs that were under way end on their own
    assert kills >= 3
    done(tmp_path, "translate", "--provider", "command")
    for name in ("a", "b", "c"):
        found = entries(tmp_path / f"locale/en/LC_MESSAGES/{name}.po")
        assert len(found) == 30
        assert all(entry.msgstr == f"T {msgid}" for msgid, entry in found.items())
    counts = Counter(asked(tmp_path))
    # Only what was under way when a run was killed, two batches of five, can have been answered in vain.
    assert sum(count - 1 for count in counts.values()) <= kills * 10
    assert len(counts) == 90


def test_labels_of_references_and_formulas_outside_of_markdown_survive_a_run(tmp_path: Path) -> None:
    program = r"""
import json, re, sys
for line in sys.stdin:
    item = json.loads(line)
    text = re.sub(r"\$+[^$]*\$+", "formula", item["text"]).replace("官网", "site")
    print(json.dumps({"id": item["id"], "text": "In " + text}))
"""
    body = "---\ntitle: 关于 $x$ 的书\n---\n\n<figure><figcaption>图一：$y=x$</figcaption></figure>\n\n见[官网]。\n\n"
    files = {"content/zh/a.md": body + "[官网]: https://example.org\n"}
    command_book(tmp_path, program, files)
    output = done(tmp_path, "translate", "--provider", "command")
    assert "3 drafted" in output
    found = {msgid: entry.msgstr for msgid, entry in entries(tmp_path / PO).items()}
    assert found["关于 $x$ 的书"] == "In 关于 $x$ 的书"
    assert found["图一：$y=x$"] == "In 图一：$y=x$"
    assert found["见[官网]。"] == "In 见[site][官网]。"


def test_a_catalog_that_a_person_saves_meanwhile_keeps_their_work(tmp_path: Path) -> None:
    program = """
import json, re, sys
items = [json.loads(line) for line in sys.stdin]
path = "locale/en/LC_MESSAGES/a.po"
text = open(path, encoding="utf-8").read()
if "by hand" not in text:
    text = text.replace('msgid "第0段。"\\nmsgstr ""', 'msgid "第0段。"\\nmsgstr "by hand"')
    open(path, "w", encoding="utf-8").write(text)
print("\\n".join(json.dumps({"id": item["id"], "text": "T"}) for item in items))
"""
    command_book(tmp_path, program, {"content/zh/a.md": "\n\n".join(f"第{n}段。" for n in range(6)) + "\n"})
    done(tmp_path, "translate", "--provider", "command")
    found = entries(tmp_path / PO)
    assert found["第0段。"].msgstr == "by hand"
    assert not found["第0段。"].fuzzy
    assert {found[f"第{n}段。"].msgstr for n in range(1, 6)} == {"T"}
