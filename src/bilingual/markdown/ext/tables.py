"""Tables in the form that GitHub made common: cells between bars, a rule of dashes below the head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilingual.markdown.dialect import Extension, NoOptions

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


def _install(md: MarkdownIt, _options: NoOptions) -> None:
    md.enable("table")


EXTENSION = Extension(_install, frozenset({"github", "mkdocs", "myst", "vitepress"}))
