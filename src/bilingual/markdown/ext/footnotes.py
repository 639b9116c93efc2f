"""Footnotes: `[^1]` in the text, `[^1]: …` for the note, and `^[…]` for a note in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdit_py_plugins.footnote import footnote_plugin

from bilingual.markdown.dialect import Extension

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


@dataclass(frozen=True, slots=True)
class Options:
    """`inline`: `^[…]` is a note in place."""

    inline: bool = True


def _install(md: MarkdownIt, options: Options) -> None:
    # The plugin's tail rule would move definitions and drop the unreferenced ones.
    footnote_plugin(md, inline=options.inline, move_to_end=False, always_match_refs=True)


EXTENSION = Extension(_install, frozenset({"github", "mkdocs", "myst", "vitepress"}), Options)
