from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bilingual.catalog import Catalog
from bilingual.language import language
from bilingual.markdown.dialect import PRESETS, dialect
from bilingual.markdown.document import Kind
from bilingual.markdown.parse import parse
from bilingual.unit import wanted
from bilingual.update import template, update
from invariants import hold, pseudo
from strategies import ANY, BOOKS

PRESET = st.sampled_from(PRESETS)
RELAXED = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=400)


@RELAXED
@given(ANY, PRESET)
@example("\ufeff# 题\r\n\0", "github")
@example("> - 文\t\n>\t  - 字", "github")
def test_any_text_survives(text: str, preset: str) -> None:
    hold(text, dialect(preset), lambda msgid: msgid)


@RELAXED
@given(ANY, PRESET)
def test_any_text_is_translated_or_put_back(text: str, preset: str) -> None:
    hold(text, dialect(preset), pseudo, put_back=True)


@RELAXED
@given(BOOKS, PRESET)
def test_books_survive_a_pseudo_translation(text: str, preset: str) -> None:
    hold(text, dialect(preset), pseudo)


@RELAXED
@given(BOOKS, ANY, PRESET)
def test_any_translation_keeps_the_structure_or_is_put_back(text: str, msgstr: str, preset: str) -> None:
    hold(text, dialect(preset), lambda _: msgstr, put_back=True)


@settings(RELAXED, max_examples=150)
@given(st.lists(BOOKS, min_size=2, max_size=4))
def test_updates_lose_nothing_and_repeat_without_a_change(books: list[str]) -> None:
    chosen = dialect()
    catalog = Catalog()
    ever: set[str] = set()
    for number, book in enumerate([*books, books[0]]):
        fresh = template([parse(book, path="a.md", dialect=chosen)], (), lambda _: True)
        catalog, _ = update(catalog, fresh)
        assert update(catalog, fresh)[0] == catalog
        assert {entry.key for entry in catalog.entries if not entry.obsolete} == {entry.key for entry in fresh.entries}
        assert ever <= {entry.msgstr for entry in catalog.entries}
        entries = tuple(
            entry
            if entry.msgstr or entry.obsolete
            else replace(entry, msgstr=f"{number} {entry.msgid}", comment=f"注 {number}")
            for entry in catalog.entries
        )
        catalog = Catalog(entries)
        ever |= {entry.msgstr for entry in entries}


def test_the_strategy_makes_every_kind() -> None:
    seen: set[Kind] = set()
    presets = [dialect(name, code="comments+strings", diagrams=True) for name in PRESETS]

    @settings(RELAXED, max_examples=300, database=None, derandomize=True)
    @given(BOOKS)
    def look(text: str) -> None:
        for each in presets:
            seen.update(segment.kind for segment in parse(text, dialect=each).segments)

    look()
    assert seen == set(Kind)


def test_what_holds_nothing_to_translate_is_not_extracted() -> None:
    chosen = dialect()
    source, target = language("zh"), language("en")
    text = "$x$ `码`\n\nint32\n\n<https://中.org>\n\n文字\n\n| `a` | 表 |\n|--|--|\n| 1 | $\\alpha$ |\n"
    found = [each.text for each in parse(text, dialect=chosen).segments if wanted(each, chosen, source, target)]
    assert found == ["文字", "表"]
    found = [
        each.text for each in parse(text, dialect=chosen).segments if wanted(each, chosen, source, target, latin=True)
    ]
    assert found == ["int32", "文字", "表"]
    found = [each.text for each in parse(text, dialect=chosen).segments if wanted(each, chosen, target, source)]
    assert found == ["int32", "文字", "表"]
