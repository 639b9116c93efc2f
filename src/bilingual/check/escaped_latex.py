r"""An editor made a control character of a backslash and a letter: `\frac` became a form feed and `rac`.

Reading a catalog repairs this where the source text has the same command. What is left is reported here; write the
command again, in Poedit with two backslashes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bilingual.check import Check, Finding
from bilingual.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.check import NoOptions, Pair, Project

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\t(?=[a-z])|\r")


def _check(pair: Pair, _options: NoOptions, _project: Project) -> Iterator[Finding]:
    found = _CONTROL.search(pair.target.text)
    if found and not _CONTROL.search(pair.source.text):
        message = "a control character that an editor made of a backslash"
        yield Finding("escaped-latex", message, "write the command again", *found.span())


CHECK = Check({"escaped-latex": Severity.ERROR}, pair=_check)
