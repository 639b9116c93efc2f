"""A short cut for the commonest block of a book: a paragraph whose lines begin with letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

#: Rules that match no line that begins with a letter or a sign beyond ASCII, unless the line below has one of `_BELOW`.
_OTHERS = frozenset(
    "admonition backslash_math_block blockquote code container deflist directive fence footnote_def front_matter "
    "heading hr html_block lheading list math_block reference table".split()
)
#: What the line below the head of a table, a heading that is underlined, or a term begins with.
_BELOW = frozenset("|-:=~")


def shorten(md: MarkdownIt) -> None:
    """Make a parser ask no other rule about lines that only a paragraph can have; what it finds stays the same.

    A parser with a rule that is not known here, from outside, is left as it is.
    """
    ruler = md.block.ruler
    names = ruler.get_active_rules()
    if names[-1] != "paragraph" or not _OTHERS.issuperset(names[:-1]):
        return
    paragraph = ruler.getRules("")[-1]
    ending = ruler.getRules("paragraph")

    def prose(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        src, begins, shifts, last = state.src, state.bMarks, state.tShift, state.lineMax
        first = src[begins[start] + shifts[start]]
        if first < "\x80" and not first.isalpha():
            return silent and any(rule(state, start, end, silent) for rule in ending)
        below = start + 1
        if not silent:
            if state.sCount[start] - state.blkIndent > 3:
                return False
            while below < last and not state.isEmpty(below):
                if src[begins[below] + shifts[below]] in _BELOW:
                    return False
                below += 1
        # A definition may stand one line further below its term.
        if below < last and state.isEmpty(below):
            below += 1
        if below < last and not state.isEmpty(below) and src[begins[below] + shifts[below]] in _BELOW:
            return silent and any(rule(state, start, end, silent) for rule in ending)
        return not silent and paragraph(state, start, end, silent)

    for rule in ruler.__rules__:
        rule.alt = [name for name in rule.alt if name != "paragraph"]
    ruler.before(names[0], "prose", prose, {"alt": ["paragraph"]})
