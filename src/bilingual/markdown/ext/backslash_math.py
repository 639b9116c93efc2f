r"""TeX formulas between backslash brackets: `\(…\)` in a line and `\[…\]` as a block or in a line.

Off in every preset: in plain Markdown `\(` is an ordinary escaped bracket.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilingual.markdown.dialect import Extension, NoOptions

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

_CLOSERS = {"(": "\\)", "[": "\\]"}


def _inline(state: StateInline, silent: bool) -> bool:
    start = state.pos
    if state.src[start] != "\\" or start + 1 >= state.posMax:
        return False
    opener = state.src[start + 1]
    if opener not in _CLOSERS:
        return False
    end = state.src.find(_CLOSERS[opener], start + 2, state.posMax)
    if end <= start + 2:
        return False
    if not silent:
        token = state.push("math_inline" if opener == "(" else "math_inline_double", "math", 0)
        token.content = state.src[start + 2 : end]
        token.markup = "\\" + opener
    state.pos = end + 2
    return True


def _block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if state.is_code_block(start_line):
        return False
    start = state.bMarks[start_line] + state.tShift[start_line]
    if not state.src.startswith("\\[", start):
        return False
    line = start_line
    while True:
        begin = start + 2 if line == start_line else state.bMarks[line] + state.tShift[line]
        content = state.src[begin : state.eMarks[line]].rstrip(" \t")
        if content.endswith("\\]"):
            break
        line += 1
        if line >= end_line or state.isEmpty(line) or state.sCount[line] < state.blkIndent:
            return False
    if silent:
        return True
    token = state.push("math_block", "math", 0)
    token.content = state.getLines(start_line, line + 1, state.blkIndent, keepLastLF=True)
    token.markup = "\\["
    token.map = [start_line, line + 1]
    token.block = True
    state.line = line + 1
    return True


def _install(md: MarkdownIt, _options: NoOptions) -> None:
    md.inline.ruler.before("escape", "backslash_math", _inline)
    md.block.ruler.before(
        "fence",
        "backslash_math_block",
        _block,
        {"alt": ["paragraph", "reference", "blockquote", "list"]},
    )


EXTENSION = Extension(_install, frozenset())
