"""Struck-out text between two tildes: `~~…~~`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilingual.markdown.dialect import Extension, NoOptions

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


def _install(md: MarkdownIt, _options: NoOptions) -> None:
    md.enable("strikethrough")


EXTENSION = Extension(_install, frozenset({"github", "mkdocs", "myst", "vitepress"}))
