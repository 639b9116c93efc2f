"""Containers: `::: tip 标题` … `:::` and directives between colons, `:::{note}`; their body is Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bilingual.markdown.dialect import Extension, NoOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

_COLON = re.compile(r"(:{3,})[ \t]*(?:\{[\w:-]+\}|\[?[\w:-]+|\{)")


def _opening(line: str) -> str | None:
    match = _COLON.match(line)
    return match.group(1) if match else None


def rule(
    markers: tuple[str, ...],
    opening: Callable[[str], str | None],
) -> Callable[[StateBlock, int, int, bool], bool]:
    """Return a block rule for containers.

    Args:
        markers: What the first three characters of an opening line can be.
        opening: Returns the run of marker characters of an opening line, or None if it opens nothing.
    """

    def container(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
        start = state.bMarks[start_line] + state.tShift[start_line]
        if state.src[start : start + 3] not in markers or state.is_code_block(start_line):
            return False
        line_text = state.src[start : state.eMarks[start_line]]
        marker = opening(line_text)
        if marker is None:
            return False
        if silent:
            return True
        line = start_line + 1
        closed = False
        depth = 0
        while line < end_line:
            begin = state.bMarks[line] + state.tShift[line]
            if begin < state.eMarks[line] and state.sCount[line] < state.blkIndent:
                break
            if state.src.startswith(marker, begin) and not state.is_code_block(line):
                inner = state.src[begin : state.eMarks[line]].strip(" \t")
                if inner.strip(marker[0]) == "":
                    # `:::` closes the innermost open container of its own length.
                    if depth == 0 or len(inner) > len(marker):
                        closed = True
                        break
                    depth -= 1
                elif opening(inner) == marker:
                    depth += 1
            line += 1
        old_parent, old_line_max = state.parentType, state.lineMax
        state.parentType = "container"
        state.lineMax = line
        token = state.push("container_open", "div", 1)
        token.markup = marker
        token.info = line_text[len(marker) :]
        token.map = [start_line, line + (1 if closed else 0)]
        token.meta = {"closed": closed}
        state.md.block.tokenize(state, start_line + 1, line)
        token = state.push("container_close", "div", -1)
        token.markup = marker
        state.parentType, state.lineMax = old_parent, old_line_max
        state.line = line + (1 if closed else 0)
        return True

    return container


def _install(md: MarkdownIt, _options: NoOptions) -> None:
    md.block.ruler.before(
        "fence",
        "container",
        rule((":::",), _opening),
        {"alt": ["paragraph", "reference", "blockquote", "list"]},
    )


EXTENSION = Extension(_install, frozenset({"myst", "vitepress"}))
