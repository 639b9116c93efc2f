r"""An HTML tag is missing, or the translation has one that the source has not.

Tags are compared by name, with counts. A translation cannot bring tags of its own: `<br>` for a line break is a
Return in the PO editor, and a `<` that is meant is written `\<` or `&lt;`.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from bilingual.check import Check, Finding, Side, differences, find
from bilingual.diagnostics import Severity
from bilingual.markdown.document import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.check import NoOptions, Pair, Project

_TAG = re.compile(r"<(/?[A-Za-z][\w-]*)")


def tags(side: Side, *, raw: bool) -> Counter[str]:
    """Return the names of the tags of one side."""
    contents = [side.text] if raw else [atom.content for atom in side.atoms if atom.kind == "html"]
    return Counter(match.group(1).lower() for text in contents for match in _TAG.finditer(text))


def _check(pair: Pair, _options: NoOptions, _project: Project) -> Iterator[Finding]:
    if "<" not in pair.source.text and "<" not in pair.target.text:
        return
    raw = pair.segment.kind is Kind.HTML_TEXT
    missing, extra = differences(tags(pair.source, raw=raw), tags(pair.target, raw=raw))
    for tag in missing:
        yield Finding("html-tag-changed", f"the tag <{tag}> is missing", "copy it from the msgid")
    for tag in extra:
        message = f"the tag <{tag}> is not in the source"
        yield Finding("html-tag-changed", message, "write \\< for the sign itself", *find(pair.target.text, f"<{tag}"))


CHECK = Check({"html-tag-changed": Severity.ERROR}, pair=_check)
