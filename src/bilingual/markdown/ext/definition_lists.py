"""Definition lists: a term on a line of its own, its definitions on lines that begin with a colon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdit_py_plugins.deflist import deflist_plugin

from bilingual.markdown.dialect import Extension, NoOptions

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


def _install(md: MarkdownIt, _options: NoOptions) -> None:
    deflist_plugin(md)


EXTENSION = Extension(_install, frozenset({"mkdocs", "myst"}))
