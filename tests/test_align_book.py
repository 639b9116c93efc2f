"""`align` and `import` on projects: an existing translation becomes catalogs, and a reader's corrections find home."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

import pytest

from bilingual.align.documents import align
from bilingual.align.review import _sides, read_verdicts
from bilingual.diagnostics import BilingualError
from bilingual.language import language
from bilingual.markdown.dialect import default_dialect
from bilingual.markdown.parse import parse
from book import CONFIG, OUT, PO, edit, entries, make, translate, tree
from browser import chromium
from support import done
from test_together import commit, git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bilingual.catalog import Entry

A = "content/zh/a.md"
SOURCE = """# 安装

先运行 `pip install bilingual`，大约需要 30 秒。

如果网络很慢，可以使用镜像服务器，例如 https://mirror.example.org/simple。

## 训练模型

损失函数是交叉熵 $L = -\\log p$，学习率为 0.001。

- 准备数据，放入 `data/`；
- 用 `train.py` 开始训练；
- 检查第 2 步的结果。
"""
TARGET = """# Installation

First run `pip install bilingual`, which takes about 30 seconds.

If the network is slow, you can use a mirror server such as https://mirror.example.org/simple.

## Training the model

The loss function is the cross entropy $L = -\\log p$, with a learning rate of 0.001.

* Prepare the data and put it into `data/`;
* start the training with `train.py`;
* check the results of step 2.
"""


def sure(root: Path, path: str = PO) -> dict[str, str]:
    return {key: entry.msgstr for key, entry in entries(root / path).items() if entry.msgstr and not entry.fuzzy}


def test_two_folders_become_catalogs(tmp_path: Path) -> None:
    root = make(tmp_path, {A: SOURCE, OUT: TARGET})
    before = tree(root / "content")
    output = done(root, "align")
    assert "content/en/a.md: 8 translated, 0 unsure, 0 missing" in output
    found = sure(root)
    assert found["训练模型"] == "Training the model"
    assert found["用 `train.py` 开始训练；"] == "start the training with `train.py`;"
    assert tree(root / "content") == before
    assert "would change" not in done(root, "extract", "--check")
    # The second run finds nothing to do.
    assert "would write" not in done(root, "align", "--check")


def test_check_writes_nothing_and_says_what_would_be_written(tmp_path: Path) -> None:
    root = make(tmp_path, {A: SOURCE, OUT: TARGET})
    assert f"would write {PO}" in done(root, "align", "--check", code=1)
    assert not (root / PO).exists()


def test_the_report_is_machine_readable(tmp_path: Path) -> None:
    root = make(tmp_path, {A: SOURCE, OUT: TARGET + "\nA note that only readers of English need.\n"})
    report = json.loads(done(root, "align", "--report", "json"))
    (chapter,) = report["chapters"]
    assert (chapter["source"], chapter["target"], chapter["added"]) == (A, OUT, 1)
    assert chapter["sure"] + chapter["unsure"] == 8
    (finding,) = [each for each in report["diagnostics"] if each["code"] == "align-target-only"]
    assert finding["line"] == 15
    assert set(report["files"]) == {PO, "locale/en/addenda/a.md"}


def test_translations_that_are_there_stay(tmp_path: Path) -> None:
    root = make(tmp_path, {A: SOURCE, OUT: TARGET})
    done(root, "extract")
    translate(root, {"安装": "Setting it up"})
    done(root, "align")
    assert sure(root)["安装"] == "Setting it up"
    assert sure(root)["训练模型"] == "Training the model"
    done(root, "align", "--force")
    assert sure(root)["安装"] == "Installation"


def test_another_folder_and_other_names_are_found(tmp_path: Path) -> None:
    other = SOURCE.replace("安装", "卸载").replace("pip install", "pip uninstall").replace("30", "5")
    root = make(
        tmp_path,
        {
            "content/zh/chapter1.md": SOURCE,
            "content/zh/chapter2.md": other.replace("train.py", "remove.py"),
            "old/english/Chapter01.en.md": TARGET,
            "old/english/leaving.md": TARGET.replace("pip install", "pip uninstall").replace("train.py", "remove.py"),
            "old/english/readme.md": "# About\n\nThis is about something else.\n",
        },
    )
    output = done(root, "align", "content/zh", "old/english")
    assert "old/english/Chapter01.en.md: 8 translated" in output
    assert "old/english/leaving.md: " in output
    assert "old/english/readme.md: info[align-no-chapter]" in output
    assert sure(root, "locale/en/LC_MESSAGES/chapter2.po")["用 `remove.py` 开始训练；"].endswith("`remove.py`;")


def test_english_to_chinese_works_as_well(tmp_path: Path) -> None:
    root = make(
        tmp_path,
        {"content/en/a.md": TARGET, "content/zh/a.md": SOURCE},
        'source = "en"\ntargets = ["zh"]\n',
    )
    done(root, "align")
    assert sure(root, "locale/zh/LC_MESSAGES/a.po")["Training the model"] == "训练模型"


# --- structure that differs ----------------------------------------------------------------------------------------


def test_a_note_of_the_translator_is_put_back_by_merge(tmp_path: Path) -> None:
    note = "> Translator's note: the mirror of your country may be faster than this one."
    root = make(tmp_path, {A: SOURCE, OUT: TARGET.replace("## Training", f"{note}\n\n## Training")})
    old = (root / OUT).read_text("utf-8")
    assert "1 added" in done(root, "align", "--adopt")
    done(root, "merge")
    merged = (root / OUT).read_text("utf-8")
    assert merged == old.replace("* ", "- ")
    assert note in merged


def test_what_was_split_and_joined_is_written_as_it_was(tmp_path: Path) -> None:
    source = SOURCE + (
        "\n**缓存：** 缓存保存在 `~/.cache` 中，最多占用 512 MB。超过之后会删除最旧的文件。\n"
        "\n日志写入 `/var/log/app.log`。\n\n日志每 7 天轮换一次，由 `logrotate` 完成。\n"
    )
    target = TARGET + (
        "\n**Cache:**\n\nThe cache is kept in `~/.cache` and takes 512 MB at most. Beyond that the oldest files are "
        "removed.\n\nThe log is written to `/var/log/app.log`, and rotated every 7 days by `logrotate`.\n"
    )
    root = make(tmp_path, {A: source, OUT: target})
    done(root, "align")
    # Whoever looks at it approves of what was not sure.
    edit(root / PO, approved)
    joined = entries(root / PO)["日志写入 `/var/log/app.log`。"]
    assert joined.msgstr.endswith("by `logrotate`.")
    done(root, "align", "--adopt")
    done(root, "merge")
    assert (root / OUT).read_text("utf-8") == target.replace("* ", "- ")
    assert "100 %" in done(root, "status")


def approved(entry: Entry) -> Entry:
    flags = tuple(flag for flag in entry.flags if flag != "fuzzy")
    return replace(entry, flags=flags, comment=entry.comment.replace("bilingual: omit draft", "bilingual: omit"))


def test_what_translators_left_out_stays_out_on_request(tmp_path: Path) -> None:
    source = SOURCE + "\n这一段只对中文读者有意义：请加入 QQ 群 12345。\n"
    root = make(tmp_path, {A: source, OUT: TARGET})
    assert "1 missing" in done(root, "align", "--check", code=1)
    assert "1 left out" in done(root, "align", "--omit", "--adopt")
    done(root, "merge")
    assert (root / OUT).read_text("utf-8") == TARGET.replace("* ", "- ")
    assert "100 %" in done(root, "status")


# --- history -------------------------------------------------------------------------------------------------------


def history(root: Path) -> None:
    """A source that was translated, and edited since."""
    make(root, {A: SOURCE}, CONFIG)
    git(root, "init", "-b", "main")
    commit(root, "write")
    make(root, {OUT: TARGET}, CONFIG)
    commit(root, "translate")
    now = SOURCE.replace("学习率为 0.001", "学习率为 0.002，每 10 步减半").replace("大约需要 30 秒", "大约需要 20 秒")
    make(root, {A: now + "\n新加的一段，介绍 `bilingual serve`。\n"}, CONFIG)
    commit(root, "edit")


@pytest.mark.parametrize("revision", ["auto", "HEAD~1"])
def test_what_changed_after_it_was_translated_is_stale(tmp_path: Path, revision: str) -> None:
    history(tmp_path)
    output = done(tmp_path, "align", "--source-rev", revision)
    assert "6 translated, 0 unsure, 2 stale, 1 missing" in output
    found = entries(tmp_path / PO)
    stale = next(entry for key, entry in found.items() if "0.002" in key)
    assert stale.fuzzy
    assert stale.previous is not None
    assert "学习率为 0.001" in stale.previous
    assert "0.001" in stale.msgstr or "0.002" in stale.msgstr
    new = next(entry for key, entry in found.items() if "新加" in key)
    assert (new.msgstr, new.comment) == ("", "")


def test_the_front_matter_can_name_the_revision(tmp_path: Path) -> None:
    history(tmp_path)
    first = git(tmp_path, "rev-list", "--max-parents=0", "HEAD").strip()
    make(tmp_path, {OUT: f"---\nl10n:\n  sourceCommit: {first}\n---\n\n{TARGET}"}, CONFIG)
    commit(tmp_path, "note the revision")
    assert "2 stale, 1 missing" in done(tmp_path, "align", "--source-rev", "auto")


def test_what_was_left_out_is_known_by_the_history(tmp_path: Path) -> None:
    source = SOURCE.replace("## 训练", "这一段只对中文读者有意义：请加入 QQ 群 12345。\n\n## 训练")
    make(tmp_path, {A: source}, CONFIG)
    git(tmp_path, "init", "-b", "main")
    commit(tmp_path, "write")
    make(tmp_path, {OUT: TARGET}, CONFIG)
    commit(tmp_path, "translate")
    make(tmp_path, {A: source + "\n后来写的一段，与第 3 步有关。\n"}, CONFIG)
    commit(tmp_path, "edit")
    assert "1 left out, 1 missing" in done(tmp_path, "align", "--source-rev", "auto")


def test_a_revision_that_is_not_there_is_named(tmp_path: Path) -> None:
    history(tmp_path)
    output = done(tmp_path, "align", "--source-rev", "v9.9", code=2)
    assert "git knows no revision or date 'v9.9'" in output


# --- handing over --------------------------------------------------------------------------------------------------


def test_merge_takes_the_translation_over_only_when_told(tmp_path: Path) -> None:
    root = make(tmp_path, {A: SOURCE, OUT: TARGET})
    done(root, "align")
    assert "file-changed" in done(root, "merge", code=2)
    assert (root / OUT).read_text("utf-8") == TARGET
    output = done(root, "align", "--adopt")
    assert f"{OUT}: merging removes 3 lines and writes 3" in output
    assert "-* start the training" in output
    done(root, "merge")
    assert (root / OUT).read_text("utf-8") == TARGET.replace("* ", "- ")


# --- doubtful pairs ------------------------------------------------------------------------------------------------

DOUBTFUL = "# 甲\n\n天气很好。\n\n他们去了公园。\n"
TRANSLATED = "# A\n\nWe stayed at home all day, since it rained.\n\nNobody came.\n\nThe shop had closed.\n"


def test_doubtful_pairs_are_judged_on_a_page(tmp_path: Path) -> None:
    root = make(tmp_path, {A: DOUBTFUL, OUT: TRANSLATED})
    done(root, "align", "--review", "review.html")
    rows = [json.loads(line) for line in (root / "review.jsonl").read_text("utf-8").splitlines()]
    assert rows
    source = next(name for row in rows for name in row["source"] if name.startswith("s2-"))
    target = next(name for row in rows for name in row["target"] if name.startswith("t3-"))
    verdict = {"chapter": "a.md", "verdict": "right", "source": [source], "target": [target]}
    (root / "judged.jsonl").write_text(json.dumps(verdict) + "\n", "utf-8")
    done(root, "align", "--apply", "judged.jsonl")
    assert sure(root)["天气很好。"] == "Nobody came."


def test_a_pair_that_was_judged_wrong_is_none(tmp_path: Path) -> None:
    root = make(tmp_path, {A: SOURCE, OUT: TARGET})
    done(root, "align", "--review", "review.html", "--check", code=1)
    documents = [parse(text, path="a.md", dialect=default_dialect()) for text in (SOURCE, TARGET)]
    alignment = align(documents[0], documents[1], language("zh"), language("en"))
    ours, theirs = _sides(alignment)
    bead = alignment.beads[1]
    line = json.dumps(
        {
            "chapter": "a.md",
            "verdict": "wrong",
            "source": [ours[id(bead.source[0])]],
            "target": [theirs[id(bead.target[0])]],
        }
    )
    (root / "judged.jsonl").write_text(line, "utf-8")
    assert "7 translated" in done(root, "align", "--apply", "judged.jsonl")
    assert not entries(root / PO)["先运行 `pip install bilingual`，大约需要 30 秒。"].msgstr


def test_a_verdict_on_a_text_that_has_changed_is_refused(tmp_path: Path) -> None:
    root = make(tmp_path, {A: DOUBTFUL, OUT: TRANSLATED})
    verdict = {"chapter": "a.md", "verdict": "right", "source": ["s2-00000000"], "target": ["t2-00000000"]}
    (root / "judged.jsonl").write_text(json.dumps(verdict), "utf-8")
    output = done(root, "align", "--apply", "judged.jsonl", code=1)
    assert "judged.jsonl:1: error[align-verdict] there is no block s2-00000000 any more" in output


@pytest.mark.parametrize(
    "line", ["no json", "[]", "{}", '{"chapter": "a", "verdict": "perhaps", "source": [], "target": []}', "[" * 50_000]
)
def test_a_line_that_is_no_verdict_is_named(line: str) -> None:
    with pytest.raises(BilingualError) as caught:
        read_verdicts(f"\n{line}\n", "judged.jsonl")
    assert caught.value.diagnostics[0].place.line == 2


def test_the_page_writes_what_was_judged(tmp_path: Path) -> None:
    root = make(
        tmp_path, {A: DOUBTFUL, OUT: TRANSLATED.replace("Nobody came.", '</script><b>Nobody</b> came & "went".')}
    )
    done(root, "align", "--review", "review.html")
    with chromium() as found:
        opened = found.new_page()
        problems: list[str] = []
        opened.on("pageerror", lambda error: problems.append(str(error)))
        opened.goto((root / "review.html").as_uri())
        assert "Nobody" in opened.inner_text("main")
        assert opened.locator("main b").count() == 0
        opened.locator("input[value=right]").first.check()
        assert opened.inner_text("#said") == "1 judged"
        with opened.expect_download() as caught:
            opened.click("#save")
        saved = [json.loads(line) for line in caught.value.path().read_text("utf-8").splitlines()]
        assert saved[0]["verdict"] == "right"
        assert not problems


# --- a reader's corrections ----------------------------------------------------------------------------------------


def translated(root: Path) -> None:
    make(root, {A: SOURCE, OUT: TARGET}, CONFIG)
    done(root, "align", "--adopt")
    done(root, "merge")


def test_a_correction_of_the_translated_book_goes_into_its_entry(tmp_path: Path) -> None:
    translated(tmp_path)
    mended = (tmp_path / OUT).read_text("utf-8").replace("you can use a mirror", "use a mirror")
    (tmp_path / OUT).write_text(mended, "utf-8")
    assert f"{PO}: 1 changed" in done(tmp_path, "import", OUT)
    assert any(text.startswith("If the network is slow, use a mirror") for text in sure(tmp_path).values())
    done(tmp_path, "merge")
    assert (tmp_path / OUT).read_text("utf-8") == mended


def test_a_paragraph_that_a_reader_added_is_reported_and_stays(tmp_path: Path) -> None:
    translated(tmp_path)
    mended = (tmp_path / OUT).read_text("utf-8") + "\nOne more thing.\n"
    (tmp_path / OUT).write_text(mended, "utf-8")
    output = done(tmp_path, "import", OUT)
    assert f"{OUT}:15: warning[import-structure] this was added" in output
    assert (tmp_path / OUT).read_text("utf-8") == mended
    assert "file-changed" in done(tmp_path, "merge", code=2)


def test_links_that_merge_had_rewritten_come_back_as_they_were(tmp_path: Path) -> None:
    chapter = "# 第一章\n\n参见[第二章的开始](b.md#开始)，以及别处。\n"
    other = "# 第二章\n\n## 开始\n\n文字。\n"
    make(tmp_path, {A: chapter, "content/zh/b.md": other}, CONFIG)
    done(tmp_path, "extract")
    translate(
        tmp_path,
        {
            "第一章": "Chapter one",
            "参见[第二章的开始](b.md#开始)，以及别处。": "See [the beginning of chapter two](b.md#开始), and elsewhere.",  # noqa: E501
            "第二章": "Chapter two",
            "开始": "Beginning",
            "文字。": "Text.",
        },
    )
    done(tmp_path, "merge")
    text = (tmp_path / OUT).read_text("utf-8")
    assert "(b.md#beginning)" in text
    (tmp_path / OUT).write_text(text.replace("and elsewhere", "and some other places"), "utf-8")
    done(tmp_path, "import", OUT)
    found = sure(tmp_path)["参见[第二章的开始](b.md#开始)，以及别处。"]
    assert found == "See [the beginning of chapter two](b.md#开始), and some other places."
    assert "would write" not in done(tmp_path, "merge", "--check")


# --- embeddings from a server ---------------------------------------------------------------------------------------


class _Endpoint(BaseHTTPRequestHandler):
    """A server of embeddings: one number a text, and whatever `answer` makes of that."""

    answer: ClassVar[Callable[[list[str]], object]]
    seen: ClassVar[list[tuple[str, str]]]

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append((self.path, self.headers.get("Authorization", "")))
        body = json.dumps(type(self).answer(question["input"])).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def endpoint(answer: Callable[[list[str]], object]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    seen: list[tuple[str, str]] = []
    handler = type("Handler", (_Endpoint,), {"answer": staticmethod(answer), "seen": seen})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def told(texts: list[str]) -> object:
    """Vectors of one number a letter or mark: what a code span or formula has, both sides have."""
    rows = [
        {"index": number, "embedding": [float(text.count(mark)) + 0.1 for mark in "`$.#:/"]}
        for number, text in enumerate(texts)
    ]
    return {"data": rows[::-1], "model": "m"}


def test_an_endpoint_can_make_the_embeddings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILINGUAL_EMBEDDINGS_KEY", "secret-key")
    root = make(tmp_path, {A: SOURCE, OUT: TARGET})
    with endpoint(told) as (url, seen):
        output = done(root, "align", "--embeddings", url, "--embeddings-model", "m")
    assert "content/en/a.md: " in output
    assert seen[0] == ("/v1/embeddings", "Bearer secret-key")
    assert "secret-key" not in output
    assert sure(root)["训练模型"] == "Training the model"


@pytest.mark.parametrize(
    "answer",
    [{}, {"data": []}, {"data": [{"index": 0, "embedding": ["x"]}]}, {"data": [{"index": 0, "embedding": [1]}]}, []],
)
def test_an_answer_that_is_no_vectors_is_named(tmp_path: Path, answer: object) -> None:
    root = make(tmp_path, {A: SOURCE, OUT: TARGET})
    with endpoint(lambda _: answer) as (url, _):
        output = done(root, "align", "--embeddings", url, "--embeddings-model", "m", code=2)
    assert "error[embeddings-answer]" in output
    assert not (root / PO).exists()


def test_an_address_that_is_none_is_named(tmp_path: Path) -> None:
    root = make(tmp_path, {A: SOURCE, OUT: TARGET})
    assert "--embeddings is no address" in done(root, "align", "--embeddings", "nonsense", code=2)
