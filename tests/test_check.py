"""Checks: case files, one a check, in both directions; real translations; defects that are put into them."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bilingual import glossary
from bilingual.catalog import Entry
from bilingual.check import CHECKS, Pair, Project, Selection, codes, in_book, in_pairs, in_source, pairs, report
from bilingual.diagnostics import BilingualError, Severity
from bilingual.language import language
from bilingual.markdown.dialect import dialect
from bilingual.markdown.parse import parse
from bilingual.numerals import numbers
from bilingual.unit import Unit
from book import CONFIG, PO, edit, entries, make, translate
from defects import DEFECTS, inject
from gold import gold_pairs
from support import ROOT, done, run, system_program

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
TERMS = glossary.read(
    "source,target,variants,forbidden,case,keep\n大语言模型,large language model,LLM,big language model,,\n"
    "注意力,attention,,,,\n自注意力,self-attention,,,,\n结构化剪枝,structured pruning,,,,\n分词器,tokenizer,,,,\n"
    "Transformer,,,,,yes\n",
    "glossary.csv",
)
CHOSEN = dialect("github", {"roles": True})
PROJECT = Project(CHOSEN, TERMS, lambda _document, path: not path.startswith("none"), lambda *_: frozenset())


def pair(source: str, target: str, into: str) -> Pair:
    ours, theirs = (language(code) for code in (("zh", "en") if into == "en" else ("en", "zh")))
    document = parse(source, path="a.md", dialect=CHOSEN)
    (segment,) = document.segments
    (made,) = pairs(document, [Unit(segment, Entry(segment.text, target, line=1), "a.po")], CHOSEN, ours, theirs)
    return made


def stanzas(path: Path) -> Iterator[tuple[str, Pair]]:
    for stanza in path.read_text("utf-8").strip().split("\n\n"):
        first, second, *_ = stanza.split("\n")
        source, target = first[4:], second[4:].replace("\\n", "\n").replace("\\fraction", "\x0craction")
        yield f"{first}\n{second}\n", pair(source, target, second[:2])


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_cases(name: str, request: pytest.FixtureRequest) -> None:
    path = HERE / "checks" / f"{name}.md"
    found = list(stanzas(path))
    chosen = Selection(tuple(CHECKS[name].codes))
    every = [each for _, each in found]
    told: dict[int, list[str]] = {}
    for index, finding in (*in_pairs(every, chosen, PROJECT), *in_book(every, chosen, PROJECT)):
        told.setdefault(index, []).append(f"! {finding.code}: {finding.message}")
    for index, each in enumerate(every):
        told.setdefault(index, []).extend(f"! {d.code}: {d.message}" for d in in_source(each.document, chosen, PROJECT))
    text = "\n".join(head + "".join(f"{line}\n" for line in told[index]) for index, (head, _) in enumerate(found))
    if request.config.getoption("--accept"):
        path.write_text(text, "utf-8")
    assert path.read_text("utf-8") == text
    shown = {line.split(":")[0][2:] for lines in told.values() for line in lines}
    assert shown >= set(CHECKS[name].codes) - {"spacing", "source-heading-double"}
    assert not all(told.values()) or name in {"source_links", "escaped_latex"}


def test_every_code_is_of_one_check_and_has_a_page() -> None:
    every = [code for name in CHECKS for code in CHECKS[name].codes]
    assert len(every) == len(set(every))
    for name in CHECKS:
        page = CHECKS.doc(name)
        assert len(page) > 100
        assert all(code in page or code.replace("-", "_") == name for code in CHECKS[name].codes), name


def test_the_manual_has_the_page_of_every_check(request: pytest.FixtureRequest) -> None:
    head = (
        "# Checks\n\nWhat [`bilingual check`](check.md) looks for. `bilingual check --explain CODE` shows the same.\n"
    )
    parts = []
    for name in sorted(CHECKS, key=lambda name: (name.startswith("source"), name)):
        table = ", ".join(f"`{code}` ({severity})" for code, severity in CHECKS[name].codes.items())
        parts.append(f"\n## {name.replace('_', '-')}\n\n{table}\n\n{CHECKS.doc(name)}\n")
    path = ROOT / "docs/checks.md"
    if request.config.getoption("--accept"):
        path.write_text(head + "".join(parts), "utf-8")
    assert path.read_text("utf-8") == head + "".join(parts)


# --- the command ---------------------------------------------------------------------------------------------------

A = "content/zh/a.md"
TEXT = "公式 $x^2$ 与 `a.b` 的值。"


def book(root: Path, translation: str, settings: str = CONFIG) -> Path:
    make(root, {A: TEXT + "\n"}, settings)
    done(root, "extract")
    translate(root, {TEXT: translation})
    return root


def test_a_lost_formula_turns_the_build_red(tmp_path: Path) -> None:
    book(tmp_path, "The values of $x^2$ and `a.b`.")
    assert "0 errors, 0 warnings" in done(tmp_path, "check")
    translate(tmp_path, {TEXT: "The values of $x^3$ and `a.b`."})
    output = done(tmp_path, "check", code=1)
    assert f"{PO}:" in output
    assert "error[math-changed] the formula x^2 is missing or changed" in output
    assert f"source: {A}:1" in output
    assert "::error file=" in done(tmp_path, "check", "--format", "github", code=1)
    (found,) = json.loads(run_json(tmp_path))["diagnostics"]
    assert found["code"] == "math-changed"
    log = json.loads(done(tmp_path, "check", "--format", "sarif", code=1))
    (result,) = log["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("math-changed", "error")
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == PO


def run_json(root: Path) -> str:
    return done(root, "check", "--format", "json", code=1)


def test_formulas_in_front_matter_html_and_diagrams_are_compared_too(tmp_path: Path) -> None:
    chapter = (
        "---\ntitle: 关于 $x^2$ 的一章\n---\n\n<figure><figcaption>图一：公式 $y=x$ 的图像</figcaption></figure>\n\n"
        '```mermaid\nflowchart LR\n    A["能量 $$E=mc^2$$"] --> B["价格 $5 到 $8"]\n```\n'
    )
    make(tmp_path, {"content/zh/a.md": chapter}, f"{CONFIG}[extract]\ndiagrams = true\n")
    done(tmp_path, "extract")
    english = {
        "关于 $x^2$ 的一章": "A chapter about a square",
        "图一：公式 $y=x$ 的图像": "Figure 1: the graph of $y=2x$",
        "能量 $$E=mc^2$$": "Energy $$E=mc$$",
        "价格 $5 到 $8": "Price 5 to 8 dollars",
    }
    edit(tmp_path / PO, lambda entry: replace(entry, msgstr=english[entry.msgid]))
    shown = done(tmp_path, "check", "--select", "math", code=1)
    assert re.findall(r"math-changed\] the formula (\S+) is missing", shown) == ["x^2", "y=x", "E=mc^2"]


def test_short_cells_and_headings_are_compared_within_their_chapter(tmp_path: Path) -> None:
    head, long = "# 小结", "训练时更新的参数占全部参数的比例"
    table = f"{head}\n\n| 策略 | {long} |\n|---|---|\n| 一 | 1 |\n"
    names = "abcd"
    make(tmp_path, {f"content/zh/{name}.md": table for name in names})
    done(tmp_path, "extract")

    def say(name: str, **texts: str) -> list[str]:
        known = {"小结": texts.get("head", "Summary"), "策略": texts.get("cell", "Strategy"), "一": "One"}
        known[long] = texts.get("long", "Share of all parameters that training updates")
        edit(tmp_path / f"locale/en/LC_MESSAGES/{name}.po", lambda entry: replace(entry, msgstr=known[entry.msgid]))
        found = json.loads(run("check", "--format", "json", cwd=tmp_path).stdout)["diagnostics"]
        return [f"{Path(each['path']).stem} {each['excerpt']}" for each in found if each["code"] == "inconsistent"]

    for name in names:
        say(name)
    assert say("a") == []
    # What two chapters call in their own way each may mean two things; what all others agree on does not.
    assert say("a", cell="Policy") == ["a Policy"]
    assert say("b", cell="Policy") == []
    assert say("a") == ["b Policy"]
    assert say("b", head="Conclusion") == ["b Conclusion"]
    assert say("b", long="Trained share of all the parameters") == ["b Trained share of all the parameters"]


def test_fuzzy_entries_are_not_checked(tmp_path: Path) -> None:
    book(tmp_path, "Nothing.")
    edit(tmp_path / PO, lambda entry: replace(entry, flags=("fuzzy",)))
    done(tmp_path, "check")


def test_findings_are_selected_ignored_and_suppressed(tmp_path: Path) -> None:
    book(tmp_path, "The value.")
    assert "2 errors" in done(tmp_path, "check", code=1)
    assert "1 error" in done(tmp_path, "check", "--select", "math", code=1)
    assert "1 error" in done(tmp_path, "check", "--ignore", "math-changed", code=1)
    for option in ("--select", "--ignore"):
        told = f"{option}: error[config-value] no check has the code 'maths'"
        assert told in done(tmp_path, "check", option, "maths", code=2)
    (tmp_path / "bilingual.toml").write_text(
        CONFIG + '[check]\nignore = ["code"]\n[check.per-file]\n"a.md" = ["math"]\n'
    )
    done(tmp_path, "check")
    (tmp_path / "bilingual.toml").write_text(CONFIG)
    edit(tmp_path / PO, lambda entry: replace(entry, comment="bilingual: ignore=math-changed, han-left"))
    output = done(tmp_path, "check", code=1)
    assert "math-changed]" not in output
    assert "info[unused-suppression] this entry need not ignore 'han-left'" in output


def test_the_example_of_the_manual_ignores_what_is_there(tmp_path: Path) -> None:
    page = (ROOT / "docs/check.md").read_text("utf-8")
    code, source, text = re.findall(r'# bilingual: ignore=(.+)\nmsgid "(.+)"\nmsgstr "(.+)"', page)[0]
    make(tmp_path, {A: source})
    done(tmp_path, "extract")
    translate(tmp_path, {source: text})
    assert f"[{code}]" in done(tmp_path, "check")
    edit(tmp_path / PO, lambda entry: replace(entry, comment=f"bilingual: ignore={code}"))
    assert "0 errors, 0 warnings, 0 notes" in done(tmp_path, "check")


def test_a_baseline_lets_an_old_project_start_green(tmp_path: Path) -> None:
    book(tmp_path, "The value.")
    assert "2 known" in done(tmp_path, "check", "--baseline", "known.json")
    assert "0 errors, 0 warnings, 0 notes, 2 known" in done(tmp_path, "check", "--baseline", "known.json")
    translate(tmp_path, {TEXT: "Other."})
    translate(tmp_path, {})
    (tmp_path / A).write_text(TEXT + "\n\n别的 $y$。\n", "utf-8")
    done(tmp_path, "extract")
    translate(tmp_path, {TEXT: "The value.", "别的 $y$。": "Else."})
    output = done(tmp_path, "check", "--baseline", "known.json", code=1)
    assert "the formula y is missing" in output
    assert "1 error" in output


def test_only_what_is_certain_is_repaired(tmp_path: Path) -> None:
    book(tmp_path, " The  values，of  $x ^2$  and `a.b`。")
    assert f"{PO}: 1 repaired" in done(tmp_path, "check", "--fix")
    assert entries(tmp_path / PO)[TEXT].msgstr == "The values, of $x^2$ and `a.b`."
    before = (tmp_path / PO).read_bytes()
    done(tmp_path, "check", "--fix")
    assert (tmp_path / PO).read_bytes() == before


def test_a_msgid_that_changed_under_its_translation_is_found(tmp_path: Path) -> None:
    git = system_program("git")
    book(tmp_path, "The values of $x^2$ and `a.b`.")
    for command in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-q", "-m", "x"],
    ):
        subprocess.run([git, *command], cwd=tmp_path, check=True)
    edit(tmp_path / PO, lambda entry: replace(entry, msgid=entry.msgid.replace("值", "数值")))
    (tmp_path / A).write_text(TEXT.replace("值", "数值") + "\n", "utf-8")
    assert "error[mispaired]" in done(tmp_path, "check", "--since", "HEAD", code=1)
    done(tmp_path, "check")


def test_blanks_between_scripts_are_a_matter_of_house_style(tmp_path: Path) -> None:
    config = 'source = "en"\ntargets = ["zh"]\n'
    make(tmp_path, {"content/en/a.md": "The GPU works.\n"}, config)
    done(tmp_path, "extract")
    for text, style, count in (("GPU可用", "require", 1), ("GPU 可用", "require", 0), ("GPU 可用", "forbid", 1)):
        translate(tmp_path, {"The GPU works.": text}, "zh")
        (tmp_path / "bilingual.toml").write_text(f'{config}[check.punctuation-width]\nspacing = "{style}"\n')
        assert f"{count} warning" in done(tmp_path, "check", "--select", "spacing")
    (tmp_path / "bilingual.toml").write_text(f'{config}[check.punctuation-width]\nspacing = "no"\n')
    assert "expected one of off, require, forbid" in done(tmp_path, "check", code=2)


def test_the_glossary_of_the_book_is_used(tmp_path: Path) -> None:
    make(tmp_path, {A: "注意力很重要。\n", "glossary.csv": "source,target\n注意力,attention\n"})
    done(tmp_path, "extract")
    translate(tmp_path, {"注意力很重要。": "Awareness matters."})
    output = done(tmp_path, "check")
    assert "warning[term-missed] '注意力' is 'attention' in the glossary" in output
    (tmp_path / "glossary.csv").write_text("source,goal\n")
    assert "glossary-syntax" in done(tmp_path, "check", code=2)


def test_a_glossary_into_chinese_finds_its_terms_inside_of_sentences(tmp_path: Path) -> None:
    terms = "source,target,forbidden\ntranslator,译者,翻译人员\nrepository,仓库,\ntoken,token,\n"
    config = 'source = "en"\ntargets = ["zh"]\n'
    text = "A translator takes a token of the repository."
    make(tmp_path, {"content/en/a.md": f"{text}\n", "glossary.csv": terms}, config)
    done(tmp_path, "extract")
    for translation, found in (
        ("每位译者从该仓库取一个token来。", []),
        ("每位翻译人员从该库取一个tokens1来。", ["term-forbidden", "term-missed", "term-missed"]),
    ):
        translate(tmp_path, {text: translation}, "zh")
        output = done(tmp_path, "check", "--select", "term", "--format", "concise")
        assert sorted(re.findall(r"\[(term-\w+)\]", output)) == found


def test_links_of_the_source_are_followed(tmp_path: Path) -> None:
    text = "# 一\n\n见[二](b.md#二)、[三](b.md#三)、[无](c.md)、![图](f.png)。\n\n# 一\n"
    make(tmp_path, {A: text, "content/zh/b.md": "# 二\n"})
    done(tmp_path, "extract")
    output = done(tmp_path, "check")
    assert "source-anchor-broken] no heading has the address #三" in output
    assert "source-link-broken] there is no file c.md" in output
    assert "source-image-missing] there is no image f.png" in output
    assert "source-heading-double] another heading above has the address #一 too" in output
    assert "3 warnings, 1 note" in output


def test_addresses_that_differ_by_rule_are_mapped(tmp_path: Path) -> None:
    text = "见[文档](https://zh.x.org/a)。"
    make(tmp_path, {A: text + "\n"})
    done(tmp_path, "extract")
    translate(tmp_path, {text: "See the [docs](https://x.org/a)."})
    assert "link-changed" in done(tmp_path, "check", code=1)
    rule = '[check.link-changed]\nmap = { "https://zh.x.org/" = "https://x.org/" }\n'
    (tmp_path / "bilingual.toml").write_text(CONFIG + rule)
    done(tmp_path, "check")


def test_directives_of_the_book_are_named(tmp_path: Path) -> None:
    settings_ = CONFIG + '[markdown]\ndialect = "myst"\n'
    make(tmp_path, {A: "```{note}\n正文\n```\n\n```{nte}\n正文\n```\n\n:::{own}\n正文\n:::\n"}, settings_)
    done(tmp_path, "extract")
    assert "2 warnings" in done(tmp_path, "check")
    (tmp_path / "bilingual.toml").write_text(settings_ + '[check.source-directive-unknown]\nknown = { own = "ours" }\n')
    output = done(tmp_path, "check")
    assert "no directive nte is known" in output
    assert "1 warning" in output


def test_codes_are_explained() -> None:
    assert "compared by value" in done(ROOT, "check", "--explain", "numbers-scaled")
    assert "no check has the code" in done(ROOT, "check", "--explain", "x", code=2)


def test_the_sample_book_is_clean() -> None:
    assert "0 errors, 0 warnings, 0 notes" in done(ROOT, "check")


def test_glossaries_with_mistakes_are_refused() -> None:
    with pytest.raises(BilingualError) as caught:
        glossary.read("source,target\n一,\n,two\n", "g.csv")
    assert [each.place.line for each in caught.value.diagnostics] == [2, 3]


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=60), st.text(max_size=60), st.booleans())
def test_no_text_makes_a_check_fail(source: str, target: str, into_english: bool) -> None:
    ours, theirs = (language(code) for code in (("zh", "en") if into_english else ("en", "zh")))
    document = parse("段 " + source, path="a.md", dialect=CHOSEN)
    made = [Unit(each, Entry(each.text, target or "x")) for each in document.segments]
    every = pairs(document, made, CHOSEN, ours, theirs)
    list(report(every, [*in_pairs(every, Selection(), PROJECT), *in_book(every, Selection(), PROJECT)], Selection()))
    list(in_source(document, Selection(), PROJECT))


@pytest.mark.parametrize("piece", ["(", "*", "$", "{{", "1,", "亿", "one hundred ", "[", "“", "a\n", "**a ", "`", "9"])
def test_a_text_that_repeats_itself_is_checked_too(piece: str) -> None:
    every = [pair("公式 $x$ 与**重点**，3 个。", piece * 5000, "en")]
    list(report(every, in_pairs(every, Selection(), PROJECT), Selection()))
    for name in CHECKS:
        if (fix := CHECKS[name].fix) is not None:
            fix(every[0])


@pytest.mark.parametrize(
    ("text", "han", "values"),
    [
        ("1.5 亿", True, {"150000000"}),
        ("三千五百万", True, {"35000000"}),
        ("一万二千三百四十五", True, {"12345"}),
        ("二〇一七", True, {"2017"}),
        ("3万亿", True, {"3000000000000"}),
        ("三点一四", True, {"3.14"}),
        ("5千米", True, {"5"}),
        ("1亿5000万", True, {"150000000"}),
        ("2万2000", True, {"22000"}),
        ("3-0万", True, {"3", "30000", "0"}),
        ("3至5万", True, {"30000", "50000"}),
        ("100多万", True, {"1000000"}),
        ("two hundred and five", False, {"205", "2", "5"}),
        ("hundreds of billions", False, {"100000000000"}),
        ("twenty-first", False, {"21", "20", "1"}),
        ("1,234.50", False, {"1234.5"}),
        ("Part IV", False, {"4"}),
        ("1.8.0", False, {"1.8.0"}),
    ],
)
def test_numbers_have_values(text: str, han: bool, values: set[str]) -> None:
    assert {value for number in numbers(text, han=han) for value in number.values} >= values


# --- real translations -----------------------------------------------------------------------------------------------

#: Per direction, the most findings among the pairs of the development set; what fires was read, see docs/benchmarks.md.
CEILINGS = {Severity.ERROR: 0.045, Severity.WARNING: 0.015, Severity.INFO: 0.01}


@pytest.mark.parametrize("into", ["en", "zh"])
def test_published_translations_give_few_findings(into: str) -> None:
    every = gold_pairs(into)
    assert len(every) > 1200
    found = Counter(
        finding.code
        for _, finding in {(i, f.code): (i, f) for i, f in in_pairs(every, Selection(), Project())}.values()
    )
    severities = {code: severity for name in CHECKS for code, severity in CHECKS[name].codes.items()}
    for code, count in found.items():
        assert count <= CEILINGS[severities[code]] * len(every), code


@pytest.mark.parametrize("kind", sorted(DEFECTS))
def test_defects_are_found(kind: str) -> None:
    wanted, least = DEFECTS[kind]
    clean = [
        pair
        for into in ("en", "zh")
        for every in [gold_pairs(into)]
        for bad in [{index for index, _ in in_pairs(every, Selection(), Project())}]
        for index, pair in enumerate(every)
        if index not in bad
    ]
    broken = inject(kind, clean, 400)
    assert len(broken) >= 200
    found = {index for index, finding in in_pairs(broken, Selection(), Project()) if finding.code in wanted}
    assert len(found) >= least * len(broken), f"{len(found)} of {len(broken)}"


def test_codes_know_their_checks() -> None:
    assert codes()["numbers-scaled"] == "numbers_changed"
    assert re.fullmatch(r"[a-z][a-z-]+", "".join(codes()).replace("-", ""))
