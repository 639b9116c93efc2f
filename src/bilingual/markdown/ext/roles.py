"""Roles of Sphinx-like books, `` :numref:`fig_x` `` and `` {ref}`fig-x` ``: protected, name and content."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bilingual.markdown.dialect import Extension, NoOptions

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

_ROLE = re.compile(r"(?::[A-Za-z][\w+.-]*:|\{[A-Za-z][\w:+.-]*\})(`+)(?!`)((?:.|\n)+?)(?<!`)\1(?!`)")


def _rule(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in ":{":
        return False
    match = _ROLE.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        token = state.push("role", "code", 0)
        token.content = match.group(2)
        token.markup = state.src[state.pos : match.start(1)]
    state.pos = match.end()
    return True


def _install(md: MarkdownIt, _options: NoOptions) -> None:
    md.inline.ruler.before("backticks", "role", _rule)


EXTENSION = Extension(_install, frozenset({"github", "mkdocs", "myst", "vitepress"}))
