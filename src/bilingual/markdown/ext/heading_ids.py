"""Attributes at the end of a heading, `## 标题 {#id .class}`: kept as they are, and the id is its anchor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilingual.markdown.dialect import Extension, NoOptions

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


def _install(md: MarkdownIt, _options: NoOptions) -> None:
    md.options["heading_ids"] = True


EXTENSION = Extension(_install, frozenset({"github", "mkdocs", "myst", "vitepress"}))
