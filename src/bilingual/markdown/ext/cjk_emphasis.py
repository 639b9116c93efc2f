"""Emphasis beside Chinese, Japanese and Korean: `**重点：**后文` is bold, where CommonMark shows the stars.

CommonMark wants a blank or punctuation outside of stars that have punctuation inside, and Chinese sets no blanks. The
rule here is that of the CommonMark CJK-friendly amendments, <https://github.com/tats-u/markdown-cjk-friendly>. Text
without such characters is read as before. Off in every preset: most renderers do not know the rule.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from unicodedata import category, east_asian_width

from markdown_it.common.utils import isWhiteSpace
from markdown_it.rules_inline import emphasis, strikethrough
from markdown_it.rules_inline.state_inline import Scanned, StateInline

from bilingual.markdown.dialect import Extension, NoOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from markdown_it import MarkdownIt

# Wide characters that are shown as emoji, and symbols that have no wide form: no letters of a text.
_EMOJI = re.compile(
    "[\u231a-\u2328\u232b-\u262f\u2638-\u2689\u2690-\u2bff\U0001f000-\U0001f1ff\U0001f201\U0001f21a\U0001f22f"
    "\U0001f232-\U0001f236\U0001f238-\U0001f23a\U0001f250-\U0001f251\U0001f300-\U0001faff]"
)
# Letters of Hangul that are narrow by themselves, since they join a wide one.
_JOINING_HANGUL = re.compile("[\u1160-\u11ff\ud7b0-\ud7fb]")
# Quotes are narrow or wide; this selector makes them wide.
_WIDE_QUOTES = frozenset(quote + "\ufe01" for quote in "‘’“”")


@lru_cache(maxsize=4096)
def _is_cjk(char: str) -> bool:
    if east_asian_width(char) in "WFH":
        return _EMOJI.match(char) is None
    return _JOINING_HANGUL.match(char) is not None


@lru_cache(maxsize=4096)
def _is_punctuation(char: str) -> bool:
    return category(char)[0] in "PS"


class _State(StateInline):
    """An inline state that sorts runs of delimiters by the amendments' rule."""

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803 - names of markdown-it
        marker = self.src[start]
        end = start
        while end < self.posMax and self.src[end] == marker:
            end += 1
        after = self.src[end] if end < self.posMax else " "
        before = self.src[start - 1] if start else " "
        wide_before = False
        if "\ufe00" <= before <= "\ufe0e" and start > 1:  # a variation selector belongs to the character before it
            wide_before = self.src[start - 2 : start] in _WIDE_QUOTES
            before = self.src[start - 2]
        # Ideographic variation selectors follow Han characters only.
        wide_before = wide_before or _is_cjk(before) or "\U000e0100" <= before <= "\U000e01ef"
        wide_after = _is_cjk(after)
        blank_before, blank_after = isWhiteSpace(ord(before)), isWhiteSpace(ord(after))
        mark_before, mark_after = _is_punctuation(before), _is_punctuation(after)
        left = not blank_after and (not mark_after or wide_after or blank_before or mark_before or wide_before)
        right = not blank_before and (not mark_before or wide_before or blank_after or mark_after or wide_after)
        return Scanned(
            left and (canSplitWord or not right or mark_before),
            right and (canSplitWord or not left or mark_after),
            end - start,
        )


def _with_state(rule: Callable[[StateInline, bool], bool]) -> Callable[[StateInline, bool], bool]:
    def friendly(state: StateInline, silent: bool) -> bool:
        if not silent and state.src[state.pos] in "*_~":
            # The parser makes its states itself; this one is turned where the rules of this parser ask it.
            state.__class__ = _State
        return rule(state, silent)

    return friendly


def _install(md: MarkdownIt, _options: NoOptions) -> None:
    md.inline.ruler.at("emphasis", _with_state(emphasis.tokenize))
    md.inline.ruler.at("strikethrough", _with_state(strikethrough.tokenize))


EXTENSION = Extension(_install, frozenset())
