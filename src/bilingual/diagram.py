"""Mermaid diagrams as pictures; the only file that knows mmdr.

Pictures are published, so what the renderer writes passes a filter: what is not known to be a shape, a text or a colour
does not come out, whatever the source of the diagram says.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape
from unicodedata import east_asian_width
from xml.parsers import expat

#: Longer sources are not drawn. The renderer has limits of its own for what takes long.
LONGEST = 50_000
_LARGEST = 2_000_000
_WIDEST = 100_000


@dataclass(frozen=True, slots=True)
class Drawing:
    """A diagram as a file of its own.

    Attributes:
        svg: The file. It needs nothing but itself and the fonts of the reader's system, and holds nothing active. The
            same source gives the same file.
        width: How wide it is meant to be, in pixels.
        height: How high.
    """

    svg: str
    width: float
    height: float


def renders(source: str) -> bool:
    """Return whether a Mermaid diagram can be drawn.

    Args:
        source: The diagram, without its fence.
    """
    return bool(_rendered(source))


@lru_cache(maxsize=256)
def draw(source: str) -> Drawing | None:
    """Return a Mermaid diagram as a picture.

    Args:
        source: The diagram, without its fence.

    Returns:
        The picture, or None if it cannot be drawn. Nothing is raised, whatever the source.
    """
    if len(source) > LONGEST:
        return None
    rendered = _rendered(source)
    if not rendered or len(rendered) > _LARGEST:
        return None
    cleaner = _Cleaner(rendered)
    try:
        return cleaner.drawing()
    except (expat.ExpatError, ValueError):
        return None


def _rendered(source: str) -> str:
    """Return what the renderer makes of a diagram, or nothing."""
    import mmdr  # noqa: PLC0415 - few commands draw

    try:
        made: str = mmdr.render(_EMPTY.sub("%% ", _configured(source))).svg()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 - a panic of the renderer is no Exception
        return ""
    if _SIZED.search(made) and "fontSize" not in source:
        made = made.replace(f"font-size:{_MEASURED}px", f"font-size:{_DRAWN}px")
    return _LABEL.sub(_widened, made)


# --- settings and sizes -----------------------------------------------------------------------------------------------

# The renderer takes Latin letters for a seventh narrower than Arial's are, and those of Chinese fonts are wider still.
# So boxes are made for larger letters than are drawn in them.
_MEASURED, _DRAWN = 16, 14
_SIZED = re.compile(r'<svg [^>]*aria-roledescription="(?:flowchart-v2|class|classDiagram|stateDiagram|er)"')
# Mermaid's own default, 200 in letters as they are drawn; the renderer has one that breaks Chinese labels after eight.
_WRAPPING = '"flowchart": {"wrappingWidth": 228}'
_SIZE = f'"fontSize": "{_MEASURED}px"'
# White as the boxes: labels of arrows hide the arrow behind them, and nothing else.
_BACKGROUND = '"edgeLabelBackground": "#ffffff"'
# A comment without a word, at which the renderer would wait for ever.
_EMPTY = re.compile(r"^%%(?=\r?$)", re.MULTILINE)
_FRONT_MATTER = re.compile(r"[ \t]*---[ \t]*\r?\n(.*?)\r?\n[ \t]*---[ \t]*\r?\n", re.DOTALL)
_OWN = re.compile(r"^\s*config\s*:", re.MULTILINE)
_THEME = re.compile(r"%%\{(?:(?!\}%%).)*\btheme\b", re.DOTALL)


def _configured(source: str) -> str:
    """Return a diagram with our settings before its own, so that its own prevail."""
    # The background would not fit the letters of another theme.
    variables = _SIZE if _THEME.search(source) else f"{_SIZE}, {_BACKGROUND}"
    settings = f'{_WRAPPING}, "themeVariables": {{{variables}}}'
    found = _FRONT_MATTER.match(source)
    if found is None:
        return f"---\nconfig: {{{settings}}}\n---\n{source}"
    if _OWN.search(found[1]):
        return source
    # A directive prevails over front matter, but there is no configuration in this one.
    return f"{source[: found.end()]}%%{{init: {{{settings}}}}}%%\n{source[found.end() :]}"


# What lies behind the label of an arrow, and the label.
_LABEL = re.compile(r'<rect x="([-\d.]+)" ([^<>]*?)width="([\d.]+)"([^<>]*?)/>((?:<text\b[^<>]*>[^<]*</text>)+)')
_LINE = re.compile(r"font-size:([\d.]+)px[^<>]*>([^<]*)<")


def _widened(found: re.Match[str]) -> str:
    """Return a label with a background that is as wide as it in any font that readers may have.

    The renderer takes `∂`, `→` and all else that its table of Arial does not have for 0.6 em, while Chinese fonts have
    them as wide as their other characters, and Latin letters that are not Arial's are up to an eighth wider.
    """
    more = 0.0
    for size, label in _LINE.findall(found[5]):
        signs = [char for char in unescape(label) if east_asian_width(char) not in "WF"]
        wide = sum(east_asian_width(char) == "A" and not char.isalpha() for char in signs)
        more = max(more, float(size) * (0.6 + 0.4 * wide + 0.07 * (len(signs) - wide)))
    x, width = float(found[1]) - more / 2, float(found[3]) + more
    return f'<rect x="{x:.2f}" {found[2]}width="{width:.2f}"{found[4]}/>{found[5]}'


# --- the filter -------------------------------------------------------------------------------------------------------

# The renderer measures labels in Arial; the fonts behind it are those that systems have for Chinese.
_FONTS = (
    "Arial, Arimo, Liberation Sans, Helvetica, PingFang SC, Hiragino Sans GB, Microsoft YaHei, Noto Sans CJK SC, "
    "Source Han Sans SC, sans-serif"
)
_ELEMENTS = frozenset(
    (
        "circle clipPath defs desc ellipse feDropShadow filter g line linearGradient marker path polygon polyline "
        "radialGradient rect stop style svg symbol text title tspan use"
    ).split(),
)
# A link is a group like any other.
_INSTEAD = {"a": "g"}
_ATTRIBUTES = frozenset(
    (
        "alignment-baseline class clip-path clip-rule cx cy d display dominant-baseline dx dy fill fill-opacity "
        "fill-rule filter flood-color flood-opacity font-size font-style font-weight fx fy gradientTransform "
        "gradientUnits height href id lengthAdjust letter-spacing marker-end marker-mid marker-start markerHeight "
        "markerUnits markerWidth offset opacity orient overflow paint-order pathLength points preserveAspectRatio "
        "r refX refY rotate rx ry spreadMethod stdDeviation stop-color stop-opacity stroke stroke-dasharray "
        "stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width style "
        "text-anchor text-decoration textLength transform transform-origin vector-effect viewBox visibility width "
        "x x1 x2 xml:space y y1 y2"
    ).split(),
)
_PROPERTIES = frozenset(
    (
        "alignment-baseline background background-color color display dominant-baseline fill fill-opacity filter "
        "font-size font-style font-weight height letter-spacing line-height mix-blend-mode opacity overflow paint- "
        "order rx ry scale shape-rendering stroke stroke-dasharray stroke-dashoffset stroke-linecap stroke- "
        "linejoin stroke-miterlimit stroke-opacity stroke-width text-align text-anchor text-decoration transform "
        "transform-origin visibility width"
    ).split(),
)
_FUNCTIONS = frozenset(
    "brightness calc drop-shadow hsl hsla matrix rgb rgba rotate scale skewX skewY translate url var".split(),
)
# A reference leads to another part of the same file.
_REFERENCE = re.compile(r"url\(\s*(?![\"']?#)", re.IGNORECASE)
_TARGET = re.compile(r"url\(\s*[\"']?#([^\"')]*)", re.IGNORECASE)
_FUNCTION = re.compile(r"([\w-]+)\s*\(")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COMMA = re.compile(r",(?![^()]*\))")
_SELECTOR = re.compile(r"[\w\s#.:>*()\[\]=\"~+,-]+")
_NEGATED = re.compile(r":not\([^()]*\)")
_CLASS = re.compile(r"\.([\w-]+)")
_DATA = re.compile(r"\[(data-[\w-]+)(?:=\"?([^\]\"]*)\"?)?\]")


class _Cleaner:
    """Writes a picture anew, with what is known to be harmless."""

    def __init__(self, svg: str) -> None:
        """Begin with a picture as the renderer wrote it."""
        self._svg = svg
        self._written: list[str] = []
        self._skipped = 0
        self._open: list[str] = []
        # Where stylesheets stand in what is written; they are pruned when all classes are known.
        self._sheets: list[int] = []
        self._names: set[str] = set()
        self._ids: set[str] = set()
        self._asked = {name for name, _ in _DATA.findall(svg)}
        self._size = (0.0, 0.0)

    def drawing(self) -> Drawing:
        """Return the picture.

        Raises:
            expat.ExpatError: It is no XML.
            ValueError: It has no size.
        """
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(self._svg, True)  # noqa: FBT003 - the parameter has no name
        for index in self._sheets:
            self._written[index] = escape(self._sheet(self._written[index]), quote=False)
        return Drawing("".join(self._written) + "\n", *self._size)

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        name = _INSTEAD.get(element, element)
        # The line of today in a plan would be another one tomorrow.
        if self._skipped or name not in _ELEMENTS or "today" in attributes.get("class", "").split():
            self._skipped += 1
            return
        root = {} if self._open else self._root(attributes)
        kept = {key.removeprefix("xlink:"): value for key, value in attributes.items()}
        kept = {key: value for key, value in kept.items() if self._harmless(key, value)}
        if "style" in kept:
            kept["style"] = _declarations(kept["style"])
        self._ids.add(kept.get("id", ""))
        self._names.update(kept.get("class", "").split())
        self._names.update(f"{key}={value}" for key, value in kept.items() if key in self._asked)
        said = "".join(f' {key}="{escape(value)}"' for key, value in (root | kept).items() if value or key != "style")
        self._written.append(f"<{name}{said}>")
        self._open.append(name)

    def _root(self, attributes: dict[str, str]) -> dict[str, str]:
        """Return what the outermost element must say, and take from its attributes what only fits inside a page."""
        left, top, width, height = (float(number) for number in attributes.get("viewBox", "").split())
        if not (0 < width <= _WIDEST and 0 < height <= _WIDEST and math.isfinite(left) and math.isfinite(top)):
            raise ValueError(attributes["viewBox"])
        self._size = (round(width, 2), round(height, 2))
        for key in ("height", "style", "width"):
            attributes.pop(key, None)
        return {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": f"{self._size[0]:g}",
            "height": f"{self._size[1]:g}",
            "font-family": _FONTS,
        }

    def _harmless(self, key: str, value: str) -> bool:
        """Return whether an attribute may stay."""
        if key == "href":
            return value.startswith("#")
        if key not in _ATTRIBUTES and key not in self._asked:
            return False
        return "\\" not in value and not _REFERENCE.search(value)

    def _end(self, _element: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        name = self._open.pop()
        self._written.append(f"</{name}>")

    def _text(self, text: str) -> None:
        if self._skipped or not self._open:
            return
        if self._open[-1] == "style":
            self._sheets.append(len(self._written))
            self._written.append(text)
        else:
            self._written.append(escape(text, quote=False))

    def _sheet(self, sheet: str) -> str:
        """Return a stylesheet with the rules that something in the picture needs."""
        rules = []
        for selectors, declarations in _RULE.findall(sheet):
            wanted = [each.strip() for each in _COMMA.split(selectors) if self._meant(each)]
            kept = _declarations(declarations, self._ids)
            if wanted and kept:
                rules.append(f"{','.join(wanted)}{{{kept}}}")
        return "".join(rules)

    def _meant(self, selector: str) -> bool:
        """Return whether a selector is a plain one, and its classes and data are in the picture."""
        if not _SELECTOR.fullmatch(selector) or not selector.strip().startswith("#"):
            return False
        asked = _NEGATED.sub("", selector)
        data = {f"{key}={value}" for key, value in _DATA.findall(asked)}
        return self._names.issuperset(_CLASS.findall(_DATA.sub("", asked))) and self._names.issuperset(data)


def _declarations(style: str, targets: set[str] | None = None) -> str:
    """Return the declarations of a style that say how something looks, with fonts that readers have.

    Args:
        style: The declarations.
        targets: What they may refer to, if it is known.
    """
    kept = []
    for declaration in style.split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name == "font-family":
            kept.append(f"font-family:{_FONTS}")
        elif (
            name in _PROPERTIES
            and value
            and not re.search(r"[\\:<>{}@]", value)
            and not _REFERENCE.search(value)
            and (targets is None or targets.issuperset(_TARGET.findall(value)))
            and _FUNCTIONS.issuperset(_FUNCTION.findall(value))
        ):
            kept.append(f"{name}:{value}")
    return ";".join(kept)
