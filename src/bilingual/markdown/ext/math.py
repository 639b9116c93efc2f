r"""TeX formulas between dollars: `$…$` in a line, `$$…$$` as a block or in a line.

A formula has no blank line in it, so one unclosed `$$` cannot swallow the rest of a chapter, and prices
(`$5 和 $10`) are no formula. A block may follow a paragraph or another block without a blank line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.dollarmath.index import math_block_dollar, math_inline_dollar

from bilingual.markdown.dialect import Extension

if TYPE_CHECKING:
    from collections.abc import Callable

    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline


def _quiet(
    rule: Callable[[StateBlock, int, int, bool], bool],
) -> Callable[[StateBlock, int, int, bool], bool]:
    """Make a rule leave no token behind when it is only asked whether it would match; the plugin's does."""

    def asked(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
        if not state.src.startswith("$$", state.bMarks[start_line] + state.tShift[start_line]):
            return False  # asked of every line, so the common answer comes first
        if not silent:
            return rule(state, start_line, end_line, silent)
        tokens, line = len(state.tokens), state.line
        matched = rule(state, start_line, end_line, silent)
        del state.tokens[tokens:]
        state.line = line
        return matched

    return asked


@dataclass(frozen=True, slots=True)
class Options:
    """`single`: a single dollar opens a formula; false where it is money and only `$$` is math."""

    single: bool = True


def _double(rule: Callable[[StateInline, bool], bool]) -> Callable[[StateInline, bool], bool]:
    def double(state: StateInline, silent: bool) -> bool:
        return state.src.startswith("$$", state.pos) and rule(state, silent)

    return double


def _begun(rule: Callable[[StateInline, bool], bool]) -> Callable[[StateInline, bool], bool]:
    """Return a rule that finds a formula at the start of a text that ends with a digit.

    The plugin's own takes the last character of the text for the one before its first.
    """

    def begun(state: StateInline, silent: bool) -> bool:
        if state.pos or not state.src[-1].isdigit():
            return rule(state, silent)
        whole = state.src
        state.src = f"{whole} "
        try:
            return rule(state, silent)
        finally:
            state.src = whole

    return begun


def _install(md: MarkdownIt, options: Options) -> None:
    dollarmath_plugin(md, allow_digits=False, allow_blank_lines=False, double_inline=True)
    rule = _begun(math_inline_dollar(allow_space=True, allow_digits=False, allow_double=True))
    md.inline.ruler.at("math_inline", rule if options.single else _double(rule))
    # The plugin's own registration cannot interrupt a paragraph.
    md.block.ruler.at(
        "math_block",
        _quiet(math_block_dollar(allow_labels=True, label_normalizer=str, allow_blank_lines=False)),
        {"alt": ["paragraph", "reference", "blockquote", "list"]},
    )


EXTENSION = Extension(_install, frozenset({"github", "mkdocs", "myst", "vitepress"}), Options)
