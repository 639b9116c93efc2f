from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from bilingual.catalog import Entry, read, write
from bilingual.language import language
from bilingual.markdown.dialect import PRESETS, dialect
from bilingual.markdown.document import BlockKind
from bilingual.markdown.inline import Inline
from bilingual.markdown.parse import parse
from bilingual.merge import prove
from bilingual.unit import Unit, wanted
from bilingual.update import template
from invariants import HAN, hold, latin, pseudo
from support import shared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.markdown.document import Block, Document

# A line that holds nothing but a label, a tab or a directive (the corpus has 1,651 of them).
LABEL = re.compile(r"^[ \t]*:[A-Za-z][\w+.-]*:(`[^`]*`)?[ \t]*$", re.MULTILINE)
_EXAMPLE = re.compile(r"^`{32} example\n(.*?)^\.\n(.*?)^`{32}$", re.MULTILINE | re.DOTALL)


@cache
def book() -> dict[str, str]:
    folder = shared() / "corpora" / "d2l-zh"
    files = {path.relative_to(folder).as_posix(): path.read_bytes().decode() for path in sorted(folder.rglob("*.md"))}
    assert len(files) == 294
    return files


@cache
def examples() -> list[str]:
    text = (shared() / "corpora" / "commonmark" / "spec.txt").read_bytes().decode()
    found = [match.group(1).replace("→", "\t") for match in _EXAMPLE.finditer(text)]
    assert len(found) == 655
    return found


def leaves(document: Document) -> Iterator[Block]:
    for block in document.blocks:
        yield from block.leaves()


@pytest.mark.parametrize("preset", PRESETS)
def test_every_example_of_the_specification_keeps_its_bytes_and_html(preset: str) -> None:
    chosen = dialect(preset)
    for example in examples():
        merged = hold(example, chosen, lambda text: text)
        assert merged.document.text == example


def test_examples_with_other_words_keep_their_structure() -> None:
    # Words change, markup does not: only letters outside of tags, entities, links and code.
    word = re.compile(r"(?<![\w<&/\\:.`\"'=#\[!])[bf](?=[ao]{2}?[a-z]?\b)")
    chosen = dialect("commonmark")
    html = MarkdownIt("commonmark")
    changed = 0
    tags = re.compile(r"<[^>]*>")
    for example in examples():
        merged = hold(example, chosen, lambda text: word.sub("t", text), put_back=True)
        if "]:" in example:
            continue  # a link's label is a word here, and its definition is not translated
        changed += merged.document.text != example
        assert len(tags.findall(html.render(merged.document.text))) == len(tags.findall(html.render(example)))
    assert changed > 100


@pytest.mark.parametrize("preset", PRESETS)
def test_the_book_survives_a_pseudo_translation(preset: str) -> None:
    chosen = dialect(preset)
    unlocated = 0
    segments = 0
    for path, text in book().items():
        merged = hold(text, chosen, pseudo)
        segments += len(merged.document.segments)
        unlocated += sum(each.severity != "info" for each in parse(text, path=path, dialect=chosen).diagnostics)
    assert segments > 12_000
    assert unlocated == 0


def test_lines_that_are_wholly_syntax_stand_alone_after_a_translation() -> None:
    chosen = dialect()
    count = 0
    for text in book().values():
        merged = hold(text, chosen, latin)
        before = [match.group().strip() for match in LABEL.finditer(text)]
        after = [match.group().strip() for match in LABEL.finditer(merged.document.text)]
        assert after == [latin(each) if HAN.search(each) and "`" not in each else each for each in before]
        count += len(before)
    assert count >= 1_651


def test_every_formula_code_block_code_span_and_link_target_is_in_the_translation() -> None:
    chosen = dialect()
    counts: dict[str, int] = {}

    def translate(text: str) -> str:
        """Change the Han characters outside of atoms, as a translator would."""
        parts = []
        position = 0
        for atom in Inline(text, chosen).atoms():
            parts += [latin(text[position : atom.span.start]), text[atom.span.start : atom.span.end]]
            position = atom.span.end
        return "".join([*parts, latin(text[position:])])

    for text in book().values():
        source = parse(text, dialect=chosen)
        units = [Unit(each, Entry(each.text, translate(each.text), each.context)) for each in source.segments]
        merged = prove(source, units, chosen)
        assert not merged.put_back
        for ours, theirs in zip(leaves(source), leaves(merged.document), strict=True):
            if ours.kind in (BlockKind.CODE, BlockKind.MATH, BlockKind.DIAGRAM):
                assert ours.span.of(text) == theirs.span.of(merged.document.text)
                counts[ours.kind] = counts.get(ours.kind, 0) + 1
        for one, other in zip(source.segments, merged.document.segments, strict=True):
            atoms = [(atom.kind, atom.content) for atom in Inline(one.text, chosen).atoms()]
            assert [(atom.kind, atom.content) for atom in Inline(other.text, chosen).atoms()] == atoms
            for kind, _ in atoms:
                counts[kind] = counts.get(kind, 0) + 1
    # Counted once; a parser that loses formulas would find fewer.
    assert counts["math"] >= 7_736
    assert counts["display formula"] >= 706
    assert counts["code block"] >= 4_743
    assert counts["code"] + counts["role"] >= 5_088
    assert counts["link"] >= 941
    assert counts["image"] >= 377


def test_each_han_character_of_the_book_is_in_a_segment_or_protected() -> None:
    chosen = dialect()
    comment = re.compile(r"<!--.*?-->", re.DOTALL)
    for path, text in book().items():
        document = parse(text, path=path, dialect=chosen)
        rest = list(text)
        for segment in document.segments:
            for span in segment.spans:
                rest[span.start : span.end] = " " * (span.end - span.start)
        for block in leaves(document):
            if block.kind in (BlockKind.CODE, BlockKind.MATH, BlockKind.DIAGRAM):
                rest[block.span.start : block.span.end] = " " * (block.span.end - block.span.start)
        left = comment.sub("", "".join(rest))
        assert not [line for line in left.split("\n") if HAN.search(line)], path


def test_catalogs_of_the_book_read_back_as_they_were() -> None:
    chosen = dialect()
    source, target = language("zh"), language("en")
    entries = 0
    for path, text in book().items():
        made = template(
            [parse(text, path=path, dialect=chosen)],
            (("Language", "en"),),
            lambda each: wanted(each, chosen, source, target),
        )
        assert read(write(made)) == made
        entries += len(made.entries)
    assert entries > 4_000
