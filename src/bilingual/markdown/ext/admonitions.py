"""Admonitions and tabs of Python-Markdown: `!!! note "标题"`, `??? note`, `=== "标签"`, body indented by four."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bilingual.markdown.dialect import Extension, NoOptions

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

_OPENING = re.compile(r'(?:!!!|\?\?\?\+?)[ \t]+[^\s"].*|===[!+]?[ \t]+".*')


def _rule(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    start = state.bMarks[start_line] + state.tShift[start_line]
    if state.src[start : start + 3] not in ("!!!", "???", "===") or state.is_code_block(start_line):
        return False
    line_text = state.src[start : state.eMarks[start_line]]
    if _OPENING.match(line_text) is None:
        return False
    if silent:
        return True
    indent = state.sCount[start_line] + 4
    line = last = start_line + 1
    while line < end_line:
        if not state.isEmpty(line):
            if state.sCount[line] < indent:
                break
            last = line + 1
        line += 1
    old_parent, old_line_max, old_indent = state.parentType, state.lineMax, state.blkIndent
    state.parentType = "admonition"
    state.lineMax = last
    token = state.push("admonition_open", "div", 1)
    token.info = line_text
    token.markup = line_text[:3]
    token.map = [start_line, last]
    state.blkIndent = indent
    state.md.block.tokenize(state, start_line + 1, last)
    state.push("admonition_close", "div", -1)
    state.parentType, state.lineMax, state.blkIndent = old_parent, old_line_max, old_indent
    state.line = last
    return True


def _install(md: MarkdownIt, _options: NoOptions) -> None:
    md.block.ruler.before(
        "fence",
        "admonition",
        _rule,
        {"alt": ["paragraph", "reference", "blockquote", "list"]},
    )


EXTENSION = Extension(_install, frozenset({"mkdocs"}))
