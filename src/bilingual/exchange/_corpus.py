"""Catalogs as corpora: pairs of texts, chosen and cleaned for programs that learn from them; knows no file format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bilingual.catalog import State
from bilingual.exchange._entries import score, standing
from bilingual.exchange._table import identities
from bilingual.markdown.content import nodes, plain_text
from bilingual.markdown.document import NO_MARKDOWN
from bilingual.update import kind_of

if TYPE_CHECKING:
    from collections.abc import Hashable

    from bilingual.catalog import Entry
    from bilingual.exchange import Bundle, Portion
    from bilingual.markdown.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Options:
    """Which pairs a corpus holds.

    Attributes:
        minimum: The least state of a translation that is written; `missing` writes what is not translated too.
        deduplicate: What is written once: a `pair` that stands in several places, or each `source` with the
            translation that is furthest on, the first of several; `none` writes all.
        text: Whether texts are `markdown`, as in the catalogs, or `plain`: without markup, formulas as LaTeX.
        obsolete: Whether translations of texts that are no longer in the book are written too.
    """

    minimum: Literal["missing", "draft", "stale", "translated", "reviewed"] = "translated"
    deduplicate: Literal["none", "pair", "source"] = "none"
    text: Literal["markdown", "plain"] = "markdown"
    obsolete: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """A text with its translation.

    Attributes:
        source: The text.
        target: Its translation, empty if there is none; of several plural forms the first.
        id: What identifies the text in its catalog.
        state: How far the translation is.
        entry: The entry that it is from.
        portion: The catalog of that entry.
    """

    source: str
    target: str
    id: str
    state: State
    entry: Entry
    portion: Portion

    @property
    def kind(self) -> str:
        """What the text is in the book, such as `heading level 2`; empty if nobody knows."""
        return _told(kind_of(self.entry), "type: ")

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings that it stands below, outermost first, as far as they are known."""
        second = self.entry.extracted.split("\n", 2)[1:2] if self.kind else []
        trail = _told(second[0], "in: ") if second else ""
        return tuple(trail.split(" › ")) if trail else ()

    @property
    def file(self) -> str:
        """The chapter that it is from, below the project's folder; empty if nobody knows."""
        if len(self.portion.source_paths) == 1:
            return self.portion.source_paths[0]
        path, colon, line = self.entry.references[0].rpartition(":") if self.entry.references else ("", "", "")
        return path if colon and line.isdigit() else f"{path}{colon}{line}"

    @property
    def score(self) -> float | None:
        """How sure it is that the two say the same, from 0 to 1; None if nobody knows."""
        return score(self.entry)


def _told(line: str, name: str) -> str:
    return line.removeprefix(name) if line.startswith(name) else ""


def pairs(bundle: Bundle, options: Options) -> list[Pair]:
    """Return the pairs of a bundle, in the order of the catalogs."""
    found = []
    for portion in bundle.portions:
        for entry, identity in identities(portion.catalog):
            state = standing(entry)
            if state < State(options.minimum) or (entry.obsolete and not options.obsolete):
                continue
            texts = (entry.msgid, entry.msgstr or (entry.plural[1][0] if entry.plural and entry.plural[1] else ""))
            if options.text == "plain":
                texts = (_plain(texts[0], entry, bundle.dialect), _plain(texts[1], entry, bundle.dialect))
            found.append(Pair(*texts, identity, state, entry, portion))
    if options.deduplicate == "none":
        return found
    best: dict[Hashable, int] = {}
    for index, pair in enumerate(found):
        known = best.setdefault(_key(pair, options), index)
        if found[known].state < pair.state:
            best[_key(pair, options)] = index
    return [pair for index, pair in enumerate(found) if best[_key(pair, options)] == index]


def count(bundle: Bundle, options: Options) -> int:
    """Return how many pairs of a bundle are written."""
    return len(pairs(bundle, options))


def _key(pair: Pair, options: Options) -> Hashable:
    return pair.source if options.deduplicate == "source" else (pair.source, pair.target)


_PLAIN_KINDS = frozenset(f"type: {kind.value}" for kind in NO_MARKDOWN)


def _plain(text: str, entry: Entry, dialect: Dialect) -> str:
    return text if kind_of(entry) in _PLAIN_KINDS else plain_text(nodes(text, dialect)).strip()
