"""A short cut for the commonest block of a book: a paragraph of one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

#: Rules that match no line that begins with a letter or a sign beyond ASCII and has no line right below it.
_OTHERS = frozenset(
    "admonition backslash_math_block blockquote code container deflist directive fence footnote_def front_matter "
    "heading hr html_block lheading list math_block reference table".split()
)
#: What begins a definition, which may stand one line further below its term.
_DEFINING = (":", "~")


def shorten(md: MarkdownIt) -> None:
    """Make a parser ask no other rule about paragraphs of one line; what it finds stays the same.

    A parser with a rule that is not known here, from outside, is left as it is.
    """
    ruler = md.block.ruler
    names = ruler.get_active_rules()
    if names[-1] != "paragraph" or not _OTHERS.issuperset(names[:-1]):
        return
    paragraph = ruler.getRules("")[-1]
    defining = "deflist" in names

    def prose(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as the parser calls it
        first = state.src[state.bMarks[start] + state.tShift[start]]
        if first < "\x80" and not first.isalpha():
            return False
        below = start + 1
        if below < state.lineMax and state.bMarks[below] + state.tShift[below] < state.eMarks[below]:
            return False
        if state.sCount[start] - state.blkIndent > 3:
            return False
        if defining and below + 1 < state.lineMax:
            place = state.bMarks[below + 1] + state.tShift[below + 1]
            if state.src.startswith(_DEFINING, place):
                return False
        return paragraph(state, start, end, silent)

    ruler.before(names[0], "prose", prose)
