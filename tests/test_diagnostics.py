"""The forms in which a diagnostic reaches a person, a script and GitHub."""

from __future__ import annotations

import json
import pickle
import time
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilingual.diagnostics import (
    BilingualError,
    Diagnostic,
    Place,
    Severity,
    concise,
    full,
    github,
    printable,
    to_json,
)

SAMPLE = Diagnostic(
    "math-changed",
    "$y^2$ is missing",
    Place("locale/en/LC_MESSAGES/ch1.po", 214),
    excerpt='msgstr "Take $y$ real."',
    mark=(13, 16),
    hint="copy it from the msgid",
    related=(("source", Place("content/zh/ch1.md", 88)),),
)


def columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def test_concise_is_one_line_that_editors_can_jump_to() -> None:
    assert concise(SAMPLE) == "locale/en/LC_MESSAGES/ch1.po:214: error[math-changed] $y^2$ is missing"
    there = replace(SAMPLE, place=Place("a b.md", 3, 7), severity=Severity.WARNING)
    assert concise(there) == "a b.md:3:7: warning[math-changed] $y^2$ is missing"
    assert concise(replace(SAMPLE, place=Place("a.md"))).startswith("a.md: error[")


def test_full_is_the_form_of_the_design() -> None:
    assert full(SAMPLE) == (
        "locale/en/LC_MESSAGES/ch1.po:214: error[math-changed] $y^2$ is missing\n"
        '  | msgstr "Take $y$ real."\n'
        "  |              ^^^\n"
        "  hint: copy it from the msgid\n"
        "  source: content/zh/ch1.md:88"
    )


def test_carets_stand_under_wide_characters() -> None:
    shown = full(replace(SAMPLE, excerpt="取实数$y$，即可。", mark=(3, 7)))
    _, excerpt, carets, *_ = shown.splitlines()
    assert excerpt == "  | 取实数$y$，即可。"
    assert carets == "  |       ^^^^^"


def test_carets_stand_under_escapes_and_after_combining_marks() -> None:
    shown = full(replace(SAMPLE, excerpt="e\u0301\x1bX", mark=(3, 4)))
    _, excerpt, carets, *_ = shown.splitlines()
    assert excerpt == "  | e\u0301\\x1bX"
    assert carets == "  |      ^"


def test_an_empty_mark_is_one_caret_and_no_mark_is_none() -> None:
    assert "\n  |    ^\n" in full(replace(SAMPLE, excerpt="abc", mark=(3, 3)))
    assert "^" not in full(replace(SAMPLE, message="m", excerpt="abc", mark=None))


@pytest.mark.parametrize("mark", [(0, 4), (300, 304), (596, 600), (0, 600), (250, 500), None])
def test_long_excerpts_are_cut_around_the_mark(mark: tuple[int, int] | None) -> None:
    text = ("中文" * 150) + ("Latin " * 50)
    lines = full(replace(SAMPLE, excerpt=text, mark=mark)).splitlines()
    assert columns(lines[1]) <= 110
    assert "…" in lines[1]
    if mark is not None:
        assert "^" in lines[2]
        assert columns(lines[2]) <= 110
    if mark in {(0, 4), (300, 304)}:
        assert text[mark[0] : mark[1]].strip() in lines[1]


def test_an_excerpt_of_megabytes_costs_nothing() -> None:
    start = time.process_time()
    full(replace(SAMPLE, excerpt="中" * 5_000_000, mark=(10, 4_999_990)))
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("价格 $5", "价格 $5"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("\x00\x7f\x85\x9b", "\\x00\\x7f\\x85\\x9b"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\udcff", "\\udcff"),
        ("\U000e0041", "\\U000e0041"),
        ("全角\u3000é 𠮷 \ue000", "全角\u3000é 𠮷 \ue000"),
    ],
)
def test_what_could_deceive_the_reader_is_made_visible(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters(), max_size=300), st.integers(-5, 400), st.integers(-5, 400))
def test_no_form_lets_a_control_character_through(text: str, start: int, end: int) -> None:
    diagnostic = Diagnostic(
        text,
        text,
        Place(text, 1, 1),
        excerpt=text,
        mark=(start, end),
        hint=text,
        related=((text, Place(text)),),
    )
    for shown in (concise(diagnostic), *full(diagnostic).split("\n"), github(diagnostic)):
        assert not [char for char in shown if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    json.loads(json.dumps(to_json(diagnostic)))


def test_colours_only_when_asked() -> None:
    assert "\x1b" not in full(SAMPLE)
    assert "\x1b[31m" in full(SAMPLE, colour=True)
    assert "\x1b[33m" in full(replace(SAMPLE, severity=Severity.WARNING), colour=True)


def test_json_has_the_same_keys_always() -> None:
    assert to_json(SAMPLE) == {
        "code": "math-changed",
        "severity": "error",
        "message": "$y^2$ is missing",
        "path": "locale/en/LC_MESSAGES/ch1.po",
        "line": 214,
        "column": None,
        "excerpt": 'msgstr "Take $y$ real."',
        "mark": [13, 16],
        "hint": "copy it from the msgid",
        "related": [{"what": "source", "path": "content/zh/ch1.md", "line": 88, "column": None}],
    }
    assert to_json(Diagnostic("x", "y", Place("z"))).keys() == to_json(SAMPLE).keys()


def test_github_escapes_what_would_end_a_field_or_a_line() -> None:
    odd = Diagnostic("x:y", "100%\r\nsure: a, b", Place("a,b:c%.md", 3, 7), Severity.WARNING, hint="go on")
    assert github(odd) == (
        "::warning file=a%2Cb%3Ac%25.md,line=3,col=7,title=x%3Ay::100%25\\r\\nsure: a, b%0Ahint: go on"
    )
    assert github(Diagnostic("x", "y", Place("z"), Severity.INFO)) == "::notice file=z,title=x::y"
    assert github(Diagnostic("x", "y", Place("z", 1))).startswith("::error file=z,line=1,title=x::y")


def test_an_error_carries_its_diagnostics_between_processes() -> None:
    error = pickle.loads(pickle.dumps(BilingualError(SAMPLE, SAMPLE)))  # noqa: S301  # our own bytes
    assert error.diagnostics == (SAMPLE, SAMPLE)
    assert str(error).splitlines() == [concise(SAMPLE)] * 2
