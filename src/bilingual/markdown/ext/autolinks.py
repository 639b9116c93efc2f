"""Bare addresses (`https://…`, `www.…`, mail addresses) that the renderer turns into links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

from bilingual.markdown.dialect import Extension, NoOptions

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


def _install(md: MarkdownIt, _options: NoOptions) -> None:
    gfm_autolink_plugin(md)


EXTENSION = Extension(_install, frozenset({"github", "vitepress"}))
