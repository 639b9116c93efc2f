"""Fenced directives of MyST, ```` ```{note} 标题 ````, whose body is Markdown.

Only those that are known to hold prose count; `{code-block}`, `{math}` and the like stay code.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bilingual.markdown.dialect import Extension, NoOptions
from bilingual.markdown.ext.containers import rule

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

#: Directives of MyST and Sphinx whose body is prose.
PROSE = frozenset(
    "admonition attention caution danger error hint important note seealso tip warning todo versionadded "
    "versionchanged deprecated topic sidebar margin epigraph pull-quote highlights dropdown card grid "
    "grid-item grid-item-card tab-set tab-item figure list-table exercise solution proof theorem definition "
    "lemma remark example".split()
)

_FENCE = re.compile(r"(`{3,}|~{3,})[ \t]*\{([\w:-]+)\}")


def _opening(line: str) -> str | None:
    match = _FENCE.match(line)
    return match.group(1) if match and match.group(2) in PROSE else None


def _install(md: MarkdownIt, _options: NoOptions) -> None:
    md.block.ruler.before(
        "fence",
        "directive",
        rule(("```", "~~~"), _opening),
        {"alt": ["paragraph", "reference", "blockquote", "list"]},
    )


EXTENSION = Extension(_install, frozenset({"myst"}))
