"""Formulas as SVG, for readers of e-books that know no MathML; the only file that knows ziamath."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from html import escape
from importlib import import_module
from typing import Any

#: What a formula is drawn at; all lengths are given in em of it.
_SIZE = 16
_OPENING = re.compile(r"<svg [^<>]*>")
_VIEW = re.compile(r'viewBox="(-?[\d.e-]+) (-?[\d.e-]+) ([\d.e-]+) ([\d.e-]+)"')
_ALTERNATIVE = re.compile(r' alttext="[^"]*"')


@cache
def available() -> bool:
    """Return whether formulas can be drawn: whether ziamath is installed."""
    return _ziamath() is not None


@cache
def _ziamath() -> Any:  # noqa: ANN401 - the type is of a library that need not be installed
    try:
        ziamath = import_module("ziamath")
    except ImportError:
        return None
    ziamath.config.svg2 = False  # outlines in place, so that no ids of two formulas are alike
    return ziamath


@lru_cache(maxsize=16_384)
def formula_svg(mathml: str, latex: str, *, display: bool) -> str | None:
    """Return a formula as an `svg` element of the size and on the baseline of the text around it.

    It has the colour of the text, so that it can be read in the dark too.

    Args:
        mathml: The formula as MathML 3.
        latex: What stands for it where nobody sees it.
        display: Whether it stands on lines of its own.

    Returns:
        The element, or None if it cannot be drawn.
    """
    library = _ziamath()
    if library is None:
        return None
    try:
        made: str = library.Math(_ALTERNATIVE.sub("", mathml), size=_SIZE).svg()
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - it raises whatever the standard library raises
        return None
    view = _VIEW.search(made)
    if view is None:
        return None
    _, top, width, height = (float(each) for each in view.groups())
    place = "" if display else f' style="vertical-align: {-(top + height) / _SIZE:.3f}em"'
    label = escape(" ".join(latex.split()))
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="formula-svg" role="img" aria-label="{label}" '
        f'width="{width / _SIZE:.3f}em" height="{height / _SIZE:.3f}em" {view.group()} fill="currentColor"{place}>'
    )
    body = _OPENING.sub("", made, count=1)
    return opening + body.replace('"black"', '"currentColor"')
