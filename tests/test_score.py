from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from bilingual import score
from bilingual.catalog import Catalog, Entry, new_header, write
from bilingual.diagnostics import BilingualError
from bilingual.language import language
from bilingual.score import METRICS, Part, Revision, effort, scores, tokenizer_of
from support import ROOT, done, run, system_program

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bilingual.language import Language

ENGLISH = language("en")
CHINESE = language("zh")


def book(folder: str, count: int) -> list[str]:
    """Lines of the sample book that have words."""
    lines = [
        line
        for path in sorted((ROOT / "content" / folder).glob("*.md"))
        for line in path.read_text("utf-8").splitlines()
        if len(line) > 20 and line[0] not in "$|`!-"
    ]
    assert len(lines) >= count
    return lines[:count]


def worse(lines: Sequence[str], share: float, seed: int, *, by: Callable[[str], list[str]] = str.split) -> list[str]:
    """The lines without a share of their words, and with some of the others exchanged; some are empty."""
    chance = random.Random(seed)
    result = []
    for line in lines:
        words = [word for word in by(line) if chance.random() > share]
        if len(words) > 3 and chance.random() < 0.3:
            place = chance.randrange(len(words) - 1)
            words[place], words[place + 1] = words[place + 1], words[place]
        result.append("" if chance.random() < 0.02 else ("" if by is list else " ").join(words))
    return result


def texts(folder: Path, **files: Sequence[str]) -> None:
    for name, lines in files.items():
        (folder / name).write_text("".join(f"{line}\n" for line in lines), "utf-8", newline="\n")


def parts(ours: Sequence[str], theirs: Sequence[str]) -> list[Part]:
    """The segments as those of three files."""
    cut = len(ours) // 3
    ranges = (slice(cut), slice(cut, 2 * cut), slice(2 * cut, None))
    return [Part(f"{place}", tuple(ours[each]), tuple(theirs[each])) for place, each in enumerate(ranges)]


def sacrebleu(folder: Path, *args: str) -> str:
    shown = subprocess.run(
        [sys.executable, "-m", "sacrebleu", *args, "--quiet"],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return shown.stdout


# --- the figures of sacrebleu --------------------------------------------------------------------------------------

CASES: dict[str, tuple[Language, str, Callable[[str], list[str]], tuple[str, ...]]] = {
    "english": (ENGLISH, "en", str.split, ()),
    "chinese": (CHINESE, "zh", list, ("--tokenize", "zh", "--ter-normalized", "--ter-asian-support")),
}


@pytest.mark.parametrize("case", CASES)
def test_scores_and_intervals_are_those_of_sacrebleu_to_the_last_digit(case: str, tmp_path: Path) -> None:
    into, folder, by, options = CASES[case]
    reference = book(folder, 60)
    ours = worse(reference, 0.1, 1, by=by)
    texts(tmp_path, ref=reference, ours=ours)
    found = scores({"ours": parts(ours, reference)}, into, metrics=METRICS)
    (system,) = found.systems
    for chrf, order in (("chrf", "0"), ("chrf++", "2")):
        wanted = json.loads(
            sacrebleu(
                tmp_path,
                *("ref", "--input", "ours", "--metrics", "bleu", "chrf", "ter", "--chrf-word-order", order),
                *("--confidence", "--width", "12", *options),
            )
        )
        for each, name in zip(wanted, ("bleu", chrf, "ter"), strict=True):
            value = system.values[name]
            assert (each["score"], each["confidence_mean"], each["confidence_var"]) == tuple(
                float(f"{number:.12f}") for number in (value.score, value.mean, value.interval)
            ), name
            assert each["signature"] == found.signatures[name]
            assert each["name"] == score.NAMES[name]


@pytest.mark.parametrize("case", CASES)
def test_comparisons_are_those_of_sacrebleu_to_the_last_digit(case: str, tmp_path: Path) -> None:
    into, folder, by, options = CASES[case]
    reference = book(folder, 60)
    systems = {
        "first": worse(reference, 0.1, 1, by=by),
        "near": worse(reference, 0.105, 2, by=by),
        "far": worse(reference, 0.3, 3, by=by),
    }
    texts(tmp_path, ref=reference, **systems)
    found = scores({name: parts(each, reference) for name, each in systems.items()}, into, metrics=METRICS)
    for chrf, order in (("chrf", "0"), ("chrf++", "2")):
        shown = sacrebleu(
            tmp_path,
            *("ref", "--input", *systems, "--metrics", "bleu", "chrf", "ter", "--chrf-word-order", order),
            *("--paired-bs", "--width", "12", "--format", "text", *options),
        )
        # A row of the table has the scores, and the row below it the probabilities.
        cells = re.findall(r"\d+\.\d{12} \(\d+\.\d{12} ± \d+\.\d{12}\)|\(p = \d\.\d{4}\)", shown)
        wanted = []
        for system in found.systems:
            values = [system.values[name] for name in ("bleu", chrf, "ter")]
            wanted += [f"{each.score:.12f} ({each.mean:.12f} ± {each.interval:.12f})" for each in values]
            wanted += [f"(p = {each.p_value:.4f})" for each in values if each.p_value is not None]
        assert cells == wanted
        for name in ("bleu", chrf, "ter"):
            assert f"{score.NAMES[name]} " in shown
            assert found.signatures[name] in shown
    far, near = found.systems[2].values["chrf"].p_value, found.systems[1].values["chrf"].p_value
    assert far is not None
    assert near is not None
    assert far < 0.01 < near


def test_each_file_has_the_score_that_it_has_alone(tmp_path: Path) -> None:
    reference = book("en", 45)
    ours = worse(reference, 0.15, 4)
    (system,) = scores({"ours": parts(ours, reference)}, ENGLISH, metrics=METRICS, resamples=0).systems
    assert [each.segments for each in system.files] == [15, 15, 15]
    assert sum(each.empty for each in system.files) == system.empty == ours.count("")
    for each, part in zip(system.files, parts(ours, reference), strict=True):
        texts(tmp_path, ref=part.references, ours=part.hypotheses)
        wanted = sacrebleu(tmp_path, *"ref --input ours --metrics bleu chrf ter --width 12 --score-only".split())
        shown = [line.strip() for line in wanted.split()]
        for name, number in zip(("bleu", "chrf", "ter"), re.findall(r"\d+\.\d+", " ".join(shown)), strict=True):
            assert f"{each.values[name].score:.12f}" == number
            assert each.values[name].mean is None


def test_a_large_book_is_resampled_in_pieces_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    reference = book("en", 30)
    systems = {name: parts(worse(reference, 0.1, seed), reference) for name, seed in (("a", 1), ("b", 2))}
    whole = scores(systems, ENGLISH)
    monkeypatch.setattr(score, "_AT_ONCE", 7000)
    assert scores(systems, ENGLISH) == whole


def test_environment_variables_change_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    reference = book("en", 10)
    systems = {"a": parts(worse(reference, 0.1, 1), reference)}
    first = scores(systems, ENGLISH, metrics=["bleu"])
    monkeypatch.setenv("SACREBLEU_SEED", "1")
    assert scores(systems, ENGLISH, metrics=["bleu"]) == first


@pytest.mark.parametrize(
    ("code", "name"),
    [("en", "13a"), ("de", "13a"), ("zh", "zh"), ("zh-TW", "zh"), ("ja", "char"), ("ko", "char"), ("th", "char")],
)
def test_the_tokenizer_fits_the_language(code: str, name: str) -> None:
    assert tokenizer_of(language(code)) == name


@pytest.mark.parametrize("name", ["spm", "flores101", "flores200", "spBLEU-1K", "ja-mecab", "moses", ""])
def test_no_tokenizer_downloads_anything(name: str) -> None:
    if name == "ja-mecab":
        pytest.importorskip("sacrebleu")
        if shutil.which("mecab"):
            pytest.skip("MeCab is here")
    with pytest.raises(BilingualError) as caught:
        score.check_tokenizer(name)
    (found,) = caught.value.diagnostics
    assert found.code == "score-tokenizer"
    assert "13a" in found.hint or "pip install" in found.hint


# --- catalogs ------------------------------------------------------------------------------------------------------


def catalog(path: Path, entries: Sequence[Entry], into: str = "en") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(write(Catalog(tuple(entries), new_header(source="zh", target=into))), "utf-8", newline="\n")


def fuzzy(msgid: str, msgstr: str, comment: str = "", previous: str | None = None) -> Entry:
    return Entry(msgid, msgstr, flags=("fuzzy",), comment=comment, previous=previous)


SENTENCES = [
    ("语言模型预测下一个词。", "A language model predicts the next word."),
    ("它由许多层组成。", "It consists of many layers."),
    ("每一层都有注意力。", "Each of the layers has attention."),
    ("第一行\n第二行。", "A first line\nand a second line of it."),
]


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    entries = [Entry(*each) for each in SENTENCES]
    catalog(
        tmp_path / "ref/a.po",
        [
            *entries,
            fuzzy("草稿", "A draft that nobody has read."),
            Entry("没有译文"),
            Entry("过时的", "Obsolete words.", obsolete=True),
        ],
    )
    catalog(
        tmp_path / "ours/a.po",
        [
            fuzzy(SENTENCES[0][0], "The language model predicts a next word."),
            Entry(SENTENCES[1][0], "It consists of many layers."),
            Entry(SENTENCES[2][0]),
            Entry(SENTENCES[3][0], "A first line\nand a second of it."),
            Entry("草稿", "One more thing."),
        ],
    )
    return tmp_path


def test_all_entries_count_that_the_reference_translates(pair: Path) -> None:
    shown = run("score", "ours/a.po", "--reference", "ref/a.po", "--metric", "bleu", "--format", "json", cwd=pair)
    assert shown.returncode == 0
    found = json.loads(shown.stdout)
    (system,) = found["systems"]
    assert (system["segments"], system["empty"], found["language"]) == (4, 1, "en")
    assert [each["code"] for each in found["diagnostics"]] == ["score-unmatched"]
    # The same as lines of text, scored by sacrebleu.
    texts(pair, r=[text.replace("\n", " ") for _, text in SENTENCES])
    ours = ["The language model predicts a next word.", "It consists of many layers.", ""]
    texts(pair, o=[*ours, "A first line and a second of it."])
    wanted = json.loads(sacrebleu(pair, "r", "--input", "o", "--confidence", "--width", "12"))
    assert float(f"{system['values']['bleu']['score']:.12f}") == wanted["score"]
    assert found["signatures"]["bleu"] == wanted["signature"]


def test_folders_are_compared_file_by_file(pair: Path) -> None:
    catalog(pair / "ref/part/b.po", [Entry("甲", "One."), Entry("乙", "Two words.")])
    catalog(pair / "ours/part/b.po", [Entry("甲", "One."), Entry("乙", "Two word.")])
    catalog(pair / "ref/c.po", [Entry("丙", "Three.")])
    shown = run("score", "ours", "--reference", "ref", cwd=pair)
    assert shown.returncode == 0
    assert "ours/c.po: warning[score-missing]" in shown.stderr
    assert re.search(r"^.* 7 +2  ours$", shown.stdout, re.MULTILINE)
    assert re.search(r"^ .* 4 +1  a\.po$", shown.stdout, re.MULTILINE)
    assert re.search(r"^ .* 2 +0  part/b\.po$", shown.stdout, re.MULTILINE)
    assert re.search(r"^ .* 1 +1  c\.po$", shown.stdout, re.MULTILINE)
    assert "BLEU|nrefs:1|bs:1000|seed:12345|case:mixed|eff:no|tok:13a|smooth:exp|version:" in shown.stdout
    table = done(pair, "score", "ours", "--reference", "ref", "--format", "markdown", "--resamples", "0")
    assert "| system | BLEU | chrF2 | chrF2++ | segments | empty |\n|---|--:|--:|--:|--:|--:|\n| ours | " in table
    assert "* `chrF2++|nrefs:1|case:mixed|" in table


def test_two_systems_are_compared(pair: Path) -> None:
    shutil.copytree(pair / "ours", pair / "better")
    path = pair / "better/a.po"
    path.write_text(path.read_text("utf-8").replace("The language model", "A language model"), "utf-8", newline="\n")
    shown = run("score", "ours", "better", "--reference", "ref", "--format", "json", cwd=pair)
    first, second = json.loads(shown.stdout)["systems"]
    assert (first["name"], second["name"]) == ("ours", "better")
    assert first["values"]["chrf"]["p_value"] is None
    assert 0 < second["values"]["chrf"]["p_value"] <= 1
    assert second["values"]["chrf"]["score"] > first["values"]["chrf"]["score"]
    assert "p = " in done(pair, "score", "ours", "better", "--reference", "ref")


def test_the_language_is_that_of_the_catalogs(pair: Path) -> None:
    for name in ("ref", "ours"):
        catalog(pair / name / "z.po", [Entry("A word.", "一个词。" if name == "ref" else "一词。")], "zh_CN")
    options = ("--metric", "bleu", "--metric", "ter", "--format", "json")
    found = json.loads(done(pair, "score", "ours/z.po", "--reference", "ref/z.po", *options))
    assert found["language"] == "zh-CN"
    assert "|tok:zh|" in found["signatures"]["bleu"]
    assert "|norm:yes|punct:yes|asian:yes|" in found["signatures"]["ter"]
    assert found["systems"][0]["values"]["ter"]["score"] == 25
    char = done(pair, "score", "ours/z.po", "--reference", "ref/z.po", "--tokenize", "char", "--metric", "bleu")
    assert "|tok:char|" in char


def test_a_file_for_another_program_is_scored_against_the_catalogs(tmp_path: Path) -> None:
    (tmp_path / "content/zh").mkdir(parents=True)
    (tmp_path / "content/zh/a.md").write_text("".join(f"{msgid}\n\n" for msgid, _ in SENTENCES[:3]), "utf-8")
    (tmp_path / "bilingual.toml").write_text('source = "zh"\ntargets = ["en"]\n', "utf-8")
    path = tmp_path / "locale/en/LC_MESSAGES/a.po"
    catalog(path, [Entry(*each, references=("content/zh/a.md",)) for each in SENTENCES[:3]])
    done(tmp_path, "export", "--format", "xliff", "--output", "out.xlf")
    back = tmp_path / "out.xlf"
    back.write_text(back.read_text("utf-8").replace("many layers", "several layers"), "utf-8", newline="\n")
    found = json.loads(done(tmp_path, "score", "out.xlf", "--reference", "locale/en/LC_MESSAGES", "--format", "json"))
    (system,) = found["systems"]
    assert (system["segments"], system["empty"]) == (3, 0)
    assert 50 < system["values"]["chrf"]["score"] < 100


# --- refusals ------------------------------------------------------------------------------------------------------


def refused(root: Path, *args: str) -> str:
    shown = run("score", *args, cwd=root)
    assert shown.returncode == 2, shown.stdout
    assert "Traceback" not in shown.stderr
    codes = re.findall(r"error\[([\w-]+)\]", shown.stderr)
    assert len(codes) == 1, shown.stderr
    return str(codes[0])


def test_a_hypothesis_that_is_its_own_reference_is_refused(pair: Path) -> None:
    assert refused(pair, "ref/a.po", "--reference", "ref/a.po") == "score-itself"
    assert refused(pair, "ref", "--reference", "./ref") == "score-itself"
    shutil.copytree(pair / "ref", pair / "copy")
    assert refused(pair, "copy", "--reference", "ref") == "score-itself"
    assert refused(pair, "ours", "copy", "--reference", "ref") == "score-itself"
    texts(pair, a=["one", "two"], b=["one", "two"])
    assert refused(pair, "a", "--reference", "b", "--target", "en") == "score-itself"


def test_parts_of_the_reference_are_found_in_a_folder(pair: Path) -> None:
    # A copy of which a file is gone is a copy.
    catalog(pair / "ref/b.po", [Entry("甲", "One."), Entry("乙", "Two words.")])
    shutil.copytree(pair / "ref", pair / "copy")
    (pair / "copy/b.po").unlink()
    assert refused(pair, "copy", "--reference", "ref") == "score-itself"
    # One file that is its own reference, among others, is told.
    shutil.copy(pair / "ref/b.po", pair / "ours/b.po")
    shown = run("score", "ours", "--reference", "ref", "--resamples", "0", cwd=pair)
    assert shown.returncode == 0
    assert "ours/b.po: warning[score-copied]" in shown.stderr
    assert "ours/a.po: warning[score-copied]" not in shown.stderr
    # A folder in the other would be compared with itself.
    shutil.copytree(pair / "ours", pair / "ref/hyp")
    assert refused(pair, "ref/hyp", "--reference", "ref") == "score-itself"
    assert refused(pair, "ref", "--reference", "ref/hyp") == "score-itself"


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_to_the_reference_is_refused(pair: Path) -> None:
    (pair / "link.po").symlink_to(pair / "ref/a.po")
    assert refused(pair, "link.po", "--reference", "ref/a.po") == "score-itself"


def test_what_cannot_be_compared_is_refused(pair: Path) -> None:
    texts(pair, **{"a.txt": ["one", "two"], "b.txt": ["one", "two", "three"], "c.txt": ["", ""]})
    assert refused(pair, "a.txt", "--reference", "b.txt", "--target", "en") == "score-lines"
    assert refused(pair, "c.txt", "--reference", "a.txt", "--target", "en") == "score-empty"
    assert refused(pair, "a.txt", "--reference", "ref/a.po") == "score-kinds"
    assert refused(pair, "ours/a.po", "--reference", "ref") == "score-kinds"
    assert refused(pair, "ours", "ours", "--reference", "ref") == "score-twice"
    assert refused(pair, "b.txt", "--reference", "a.txt") == "score-languages"
    assert refused(pair, "b.txt", "--reference", "a.txt", "--target", "?") == "score-languages"
    assert refused(pair, "ours", "--reference", "ref", "--tokenize", "flores200") == "score-tokenizer"
    assert refused(pair, "ours", "--reference", "ref", "--metric", "comet") == "config-options"
    assert refused(pair, "ours", "--reference", "ref", "--edited", "ref") == "config-options"
    assert refused(pair, "ours") == "config-options"
    assert refused(pair, "--reference", "ref") == "config-options"
    assert refused(pair, "missing.po", "--reference", "ref/a.po") == "file-unreadable"
    (pair / "empty").mkdir()
    assert refused(pair, "ours", "--reference", "empty") == "path-unknown"
    catalog(pair / "none.po", [Entry("甲")])
    assert refused(pair, "ours/a.po", "--reference", "none.po") == "score-empty"
    (pair / "bad.po").write_text('msgid "a"\n', "utf-8")
    assert refused(pair, "bad.po", "--reference", "ref/a.po") == "catalog-syntax"


def test_text_is_compared_line_by_line(tmp_path: Path) -> None:
    lines = book("en", 20)
    for name, each in (("ref", lines), ("ours", worse(lines, 0.1, 5))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.md").write_bytes("\r\n\r\n".join(each).encode())
    found = json.loads(
        done(tmp_path, "score", "ours", "--reference", "ref", "--target", "en", "--metric", "chrf", "--format", "json")
    )
    wanted = json.loads(
        sacrebleu(tmp_path, *"ref/a.md --input ours/a.md --metrics chrf --confidence --width 12".split())
    )
    (system,) = found["systems"]
    assert system["segments"] == 39
    assert float(f"{system['values']['chrf']['score']:.12f}") == wanted["score"]


# --- effort --------------------------------------------------------------------------------------------------------


def test_effort_is_the_edit_rate_of_the_drafts(tmp_path: Path) -> None:
    final = book("en", 30)
    drafts = [
        line if number % 3 == 0 else changed
        for number, (line, changed) in enumerate(zip(final, worse(final, 0.2, 6), strict=True))
    ]
    found = effort([Revision("a.po", *each) for each in zip(drafts, final, strict=True)], ENGLISH)
    texts(tmp_path, ref=final, drafts=drafts)
    wanted = json.loads(sacrebleu(tmp_path, *"ref --input drafts --metrics ter --width 12".split()))
    assert float(f"{found.total.rate:.12f}") == wanted["score"]
    assert found.signature == wanted["signature"]
    assert found.total.unchanged == sum(map(str.__eq__, drafts, final)) >= 10


def test_effort_of_nothing_is_nothing() -> None:
    found = effort([], ENGLISH)
    assert (found.total.rate, found.total.kept, found.files) == (0, 0, {})
    blank = effort([Revision("a.po", "", "two words")], ENGLISH).total
    assert (blank.rate, blank.kept) == (100, 0)


DRAFTS = [
    fuzzy("语言模型预测下一个词。", "A language model predicts the next word.", comment="bilingual: drafted by deepl"),
    fuzzy(
        "它由许多层组成。",
        "It is made of many layers.",
        comment="read me\nbilingual: drafted by deepl, model 2 0123abcd",
    ),
    fuzzy("每一层都有注意力。", "Every layer has attention.", comment="bilingual: drafted by memory, 97 %, from a.po"),
    fuzzy("这个句子变了。", "This sentence has changed.", previous="这个句子没变。"),
    fuzzy("还没有人读过。", "Nobody has read this."),
    Entry("早就译好了。", "Translated long ago."),
]
FINALS = [
    Entry("语言模型预测下一个词。", "A language model predicts the next word."),
    Entry("它由许多层组成。", "It consists of many layers."),
    Entry("每一层都有注意力。", "Every layer has attention."),
    Entry("这个句子变了。", "This sentence was changed."),
    fuzzy("还没有人读过。", "Nobody has read this."),
    Entry("早就译好了。", "Translated quite long ago."),
]


def check_effort(found: dict[str, Any]) -> None:
    assert (found["total"]["entries"], found["total"]["unchanged"]) == (4, 2)
    # "is made" is two words that became one: two edits; "has" became "was": one.
    assert (found["total"]["edits"], found["total"]["words"]) == (3, 20)
    assert found["total"]["rate"] == 15
    assert found["total"]["kept"] == 50
    counts = {name: (each["entries"], each["unchanged"], each["edits"]) for name, each in found["origins"].items()}
    assert counts == {"deepl": (2, 1, 2), "memory": (1, 1, 0), "update": (1, 0, 1)}
    assert found["signature"].startswith("nrefs:1|case:lc|tok:tercom|norm:no|")


def test_effort_is_found_in_the_history_of_a_book(tmp_path: Path) -> None:
    git = system_program("git")
    (tmp_path / "content/zh").mkdir(parents=True)
    (tmp_path / "content/zh/a.md").write_text("".join(f"{each.msgid}\n\n" for each in DRAFTS), "utf-8")
    (tmp_path / "bilingual.toml").write_text('source = "zh"\ntargets = ["en"]\n', "utf-8")
    path = tmp_path / "locale/en/LC_MESSAGES/a.po"
    catalog(path, DRAFTS)
    name = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for args in (("init", "-q"), ("add", "."), (*name, "commit", "-q", "-m", "drafts"), ("tag", "drafts")):
        subprocess.run([git, *args], cwd=tmp_path, check=True)
    catalog(path, FINALS)
    found = json.loads(done(tmp_path, "score", "--since", "drafts", "--format", "json"))
    check_effort(found["targets"]["en"])
    assert set(found["targets"]["en"]["files"]) == {"locale/en/LC_MESSAGES/a.po"}
    shown = done(tmp_path, "score", "--since", "drafts")
    assert re.search(r"^ +15\.00 +50\.0 % +4 +3 +20  all$", shown, re.MULTILINE)
    assert re.search(r"^ *16\.67 +50\.0 % +2 +2 +12  deepl$", shown, re.MULTILINE)
    assert "TER|nrefs:1|" in shown
    assert "| deepl |" in done(tmp_path, "score", "--since", "drafts", "--format", "markdown")
    assert refused(tmp_path, "--since", "nothing") == "path-unknown"
    assert refused(tmp_path, "content/zh/b.md", "--since", "drafts") == "path-unknown"


def test_effort_is_found_between_two_catalogs(tmp_path: Path) -> None:
    catalog(tmp_path / "was/a.po", DRAFTS)
    catalog(tmp_path / "now/a.po", FINALS)
    catalog(tmp_path / "now/b.po", [Entry("甲", "One.")])
    for one, two in (("was/a.po", "now/a.po"), ("was", "now")):
        shown = run("score", one, "--edited", two, "--format", "json", cwd=tmp_path)
        assert shown.returncode == 0, shown.stderr
        found = json.loads(shown.stdout)
        check_effort(found["targets"]["en"])
        assert [each["code"] for each in found["diagnostics"]] == (["score-missing"] if one == "was" else [])
    assert refused(tmp_path, "was", "now", "--edited", "now") == "config-options"
    texts(tmp_path, a=["one"])
    assert refused(tmp_path, "a", "--edited", "now/a.po") == "score-kinds"


def test_all_translations_are_drafts_where_none_is_fuzzy(tmp_path: Path) -> None:
    catalog(tmp_path / "was.po", [Entry("甲", "One word."), Entry("乙", "Two words.")])
    catalog(tmp_path / "now.po", [Entry("甲", "One word."), Entry("乙", "Two other words.")])
    found = json.loads(done(tmp_path, "score", "was.po", "--edited", "now.po", "--format", "json"))
    assert found["targets"]["en"]["total"] == {
        "entries": 2,
        "unchanged": 1,
        "edits": 1,
        "words": 5,
        "rate": 20.0,
        "kept": 50.0,
    }


def test_names_of_files_cannot_move_the_cursor(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("no such names there")
    catalog(tmp_path / "was/\x1b[31m.po", [Entry("甲", "One word.")])
    catalog(tmp_path / "now/\x1b[31m.po", [Entry("甲", "One other word.")])
    catalog(tmp_path / "was/b.po", [fuzzy("甲", "One word.", comment="bilingual: drafted by \x1b[2J")])
    catalog(tmp_path / "now/b.po", [Entry("甲", "One other word.")])
    for args in (("--reference", "now"), ("--edited", "now"), ("--reference", "now", "--format", "markdown")):
        assert "\x1b" not in done(tmp_path, "score", "was", *args)
