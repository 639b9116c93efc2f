"""Front matter: YAML between `---` lines, or TOML between `+++` lines, at the very start of a file.

The configured keys of YAML front matter are translated; TOML front matter is kept as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilingual.markdown.dialect import Extension, NoOptions

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

_CLOSERS = {"---": ("---", "..."), "+++": ("+++",)}


def _rule(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if start_line != 0 or state.level != 0 or state.src[:3] not in _CLOSERS:
        return False
    marker = state.src[: state.eMarks[0]].rstrip(" \t")
    if marker not in _CLOSERS:
        return False
    for line in range(1, end_line):
        begin = state.bMarks[line]
        if state.src[begin : state.eMarks[line]].rstrip(" \t") in _CLOSERS[marker]:
            break
    else:
        return False
    if silent:
        return True
    token = state.push("front_matter", "", 0)
    token.hidden = True
    token.markup = marker
    token.content = state.src[state.bMarks[1] : begin]
    token.map = [0, line + 1]
    state.line = line + 1
    return True


def _install(md: MarkdownIt, _options: NoOptions) -> None:
    md.block.ruler.before("table", "front_matter", _rule)


EXTENSION = Extension(_install, frozenset({"github", "mkdocs", "myst", "vitepress"}))
