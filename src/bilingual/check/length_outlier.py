"""The translation is much longer or shorter than such texts are: something is missing, or belongs elsewhere.

A Chinese character takes 1.3 to 5.2 English letters, in texts of 20 and more. Formulas, code, addresses and Latin
words inside of Chinese do not count.

    [check.length-outlier]
    least = 1.3
    most = 5.2
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bilingual.check import Check, Finding
from bilingual.diagnostics import Severity
from bilingual.language import HAN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.check import Pair, Project

#: Shorter texts vary too much.
_SHORT = 20
_WORD = re.compile(r"[^\s{}]")
_LATIN = re.compile(r"[A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class Options:
    """How many characters of a text in Latin letters a Chinese one may take."""

    least: float = 1.3
    most: float = 5.2


def _check(pair: Pair, options: Options, _project: Project) -> Iterator[Finding]:
    if not (pair.into_latin or pair.into_han):
        return
    chinese, latin = (pair.source, pair.target) if pair.into_latin else (pair.target, pair.source)
    han = len(HAN.findall(chinese.prose))
    if han < _SHORT:
        return
    # Latin words inside of Chinese stay about as long as they are.
    ratio = (len(_WORD.findall(latin.prose)) - len(_LATIN.findall(chinese.prose))) / han
    if not options.least <= ratio <= options.most:
        how = "short" if (ratio < options.least) == pair.into_latin else "long"
        message = f"this is very {how} for a text of {len(pair.source.text)} characters"
        yield Finding("length-outlier", message, "is a sentence missing, or another text's?")


CHECK = Check({"length-outlier": Severity.WARNING}, pair=_check, options=Options)
