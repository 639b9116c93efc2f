"""A code span of the source is missing, or the translation has one of its own.

Code spans are compared with counts, in any order. A span with Chinese characters in it may be translated, and one that
the source has once may come up more often, or as a plain word. `code-translated` is about a span of letters alone, such
as `tests`, that the translation may have as a word of its language; `code-added` about one that the source has not.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bilingual.check import Check, Finding, Side, find
from bilingual.diagnostics import Severity
from bilingual.language import has_han

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.check import NoOptions, Pair, Project


def spans(side: Side) -> Counter[str]:
    """Return the contents of the code spans of one side."""
    return Counter(" ".join(token.content.split()) for token in side.tokens if token.type == "code_inline")


def said(code: str, side: Side) -> bool:
    """Return whether prose has what a code span has: who knows a name may set it as a word."""
    text = side.text.lower()
    return code.lower() in text or ("-" in code and code.lower().replace("-", " ") in text)


def _check(pair: Pair, _options: NoOptions, _project: Project) -> Iterator[Finding]:
    if "`" not in pair.source.text and "`" not in pair.target.text:
        return
    ours, theirs = spans(pair.source), spans(pair.target)
    missing = sorted(code for code in ours if code not in theirs and not has_han(code) and not said(code, pair.target))
    extra = sorted(code for code in theirs if code not in ours and not said(code, pair.source))
    free = sum(count for code, count in ours.items() if has_han(code))
    for code in missing:
        if code.isalpha():
            yield Finding("code-translated", f"the code `{code}` is missing, or translated", "is it meant?")
        else:
            yield Finding("code-changed", f"the code `{code}` is missing or changed", "copy it from the msgid")
    if not missing and len(extra) > free:
        code = extra[-1]
        message = f"the code `{code}` is not in the source"
        yield Finding("code-added", message, "is it meant?", *find(pair.target.text, f"`{code}`"))


CHECK = Check(
    {"code-changed": Severity.ERROR, "code-translated": Severity.WARNING, "code-added": Severity.WARNING}, pair=_check
)
