"""Containers: `::: tip 标题` … `:::`, and directives whose body is Markdown, `:::{note} 标题` or ```` ```{note} ````.

Fenced directives count as containers only if they are known to hold prose; `{code-block}` and the like stay code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bilingual.markdown.dialect import Extension

if TYPE_CHECKING:
    from collections.abc import Callable

    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

#: Directives of MyST and Sphinx whose body is prose.
PROSE = frozenset(
    "admonition attention caution danger error hint important note seealso tip warning todo versionadded "
    "versionchanged deprecated topic sidebar margin epigraph pull-quote highlights dropdown card grid "
    "grid-item grid-item-card tab-set tab-item figure list-table exercise solution proof theorem definition "
    "lemma remark example".split()
)

_COLON = re.compile(r"(:{3,})[ \t]*(?:\{[\w:-]+\}|\[?[\w:-]+|\{)")
_FENCE = re.compile(r"(`{3,}|~{3,})[ \t]*\{([\w:-]+)\}")


@dataclass(frozen=True, slots=True)
class Options:
    """`directives`: fenced directives (```` ```{note} ````) count as containers too."""

    directives: bool = False


def _opening(line: str, directives: bool) -> str | None:
    """Return the marker run of an opening line, or None."""
    if match := _COLON.match(line):
        return match.group(1)
    if directives and (match := _FENCE.match(line)) and match.group(2) in PROSE:
        return match.group(1)
    return None


def _rule(directives: bool) -> Callable[[StateBlock, int, int, bool], bool]:
    def container(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
        start = state.bMarks[start_line] + state.tShift[start_line]
        if state.src[start : start + 3] not in (":::", "```", "~~~") or state.is_code_block(start_line):
            return False
        line_text = state.src[start : state.eMarks[start_line]]
        marker = _opening(line_text, directives)
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
                elif _opening(inner, directives) == marker:
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


def _install(md: MarkdownIt, options: Options) -> None:
    md.block.ruler.before(
        "fence",
        "container",
        _rule(options.directives),
        {"alt": ["paragraph", "reference", "blockquote", "list"]},
    )


EXTENSION = Extension(_install, frozenset({"myst", "vitepress"}), Options)
