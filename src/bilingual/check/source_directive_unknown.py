"""A directive that no program knows: a typing error, most often.

Looked at are the comments for this tool (`<!-- i18n:skip -->`, `skip-start`, `skip-end`, `comment:`, `context:`), and,
where the dialect has them, MyST directives such as `{note}`. Directives of your own extensions are named in the
configuration:

    [check.source-directive-unknown]
    known = { "my-directive" = "what it does" }
"""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003 - options are read by their types
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bilingual.check import Check, Finding
from bilingual.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.check import Project
    from bilingual.markdown.document import Document

_OWN = frozenset(["skip", "skip-start", "skip-end", "comment", "context"])
_COMMENT = re.compile(r"<!--\s*(?:i18n|mdbook-xgettext)\s*:\s*([\w-]*)")
_FENCE = re.compile(r"^[ \t>]*(?:`{3,}|~{3,}|:{3,})[ \t]*\{([A-Za-z][\w:.+-]*)\}", re.MULTILINE)
#: Of Sphinx, docutils, MyST, Jupyter Book and the extensions that most books use.
_DIRECTIVES = frozenset(
    "note tip hint important warning caution danger error attention seealso admonition topic sidebar rubric epigraph "
    "highlights pull-quote compound container dropdown card grid grid-item grid-item-card tab-set tab-item tabbed tabs "
    "tab button-link button-ref badge figure image figure-md table list-table csv-table math code code-block "
    "code-cell highlight literalinclude include raw contents toctree tableofcontents index glossary only ifconfig "
    "versionadded versionchanged deprecated eval-rst mermaid graphviz digraph graph plantuml bibliography "
    "margin fullwidth sidenote exercise exercise-start exercise-end solution solution-start solution-end proof theorem "
    "lemma definition corollary proposition example remark conjecture axiom criterion observation property algorithm "
    "assumption prf:proof prf:theorem prf:lemma prf:definition prf:algorithm prf:example prf:remark prf:corollary "
    "prf:proposition automodule autoclass autofunction autosummary py:function py:class py:method py:module function "
    "class method module data describe doctest testcode testoutput parsed-literal line-block default-role role "
    "substitution-reference replace unicode date meta title target-notes sectnum header footer iframe video embed "
    "bokeh-plot plot ipython jupyter-execute thebe-button aside blockquote div span tableofcontents mystnb "
    "python r julia bash text console sourcecode footbibliography".split()
)


@dataclass(frozen=True, slots=True)
class Options:
    """Further directives, each with a word on what it does."""

    known: Mapping[str, str] = field(default_factory=dict)


def _check(document: Document, options: Options, project: Project) -> Iterator[Finding]:
    for match in _COMMENT.finditer(document.text):
        if match.group(1) not in _OWN:
            message = f"there is no directive i18n:{match.group(1)}"
            yield Finding("source-directive-unknown", message, f"there are: {', '.join(sorted(_OWN))}", *match.span())
    if not project.dialect.has("directives"):
        return
    for match in _FENCE.finditer(document.text):
        name = match.group(1)
        if name.lower() not in _DIRECTIVES and name not in options.known:
            yield Finding(
                "source-directive-unknown", f"no directive {name} is known", "is it spelled right?", *match.span(1)
            )


CHECK = Check({"source-directive-unknown": Severity.WARNING}, source=_check, options=Options)
