"""The address of an image is missing or changed.

A localised picture needs no other address: put `fig.en.png` beside `fig.png`, and merging takes it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bilingual.check import Check, Finding, Side, differences
from bilingual.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.check import NoOptions, Pair, Project


def images(side: Side) -> Counter[str]:
    """Return the addresses of the images of one side."""
    return Counter(str(token.attrs.get("src", "")) for token in side.tokens if token.type == "image")


def _check(pair: Pair, _options: NoOptions, _project: Project) -> Iterator[Finding]:
    if "![" not in pair.source.text and "![" not in pair.target.text:
        return
    missing, extra = differences(images(pair.source), images(pair.target))
    for image in missing:
        yield Finding("image-changed", f"the image {image} is missing or changed", "copy its address from the msgid")
    if not missing:
        for image in extra:
            yield Finding("image-changed", f"the image {image} is not in the source", "take it out")


CHECK = Check({"image-changed": Severity.ERROR}, pair=_check)
