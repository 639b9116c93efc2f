"""Task lists: `- [ ] …` and `- [x] …`; the box is no part of the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilingual.markdown.dialect import Extension, NoOptions

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


def _install(md: MarkdownIt, _options: NoOptions) -> None:
    md.options["tasklists"] = True


EXTENSION = Extension(_install, frozenset({"github", "mkdocs", "myst", "vitepress"}))
