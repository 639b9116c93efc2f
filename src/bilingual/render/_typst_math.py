"""Formulas for Typst: the MathML that `bilingual.formula` makes, as Typst's own mathematics.

Each element of MathML Core has a function of Typst that does the same, so any such tree becomes code that compiles.
Spaces are those of Typst's classes of characters, which are TeX's, save where the MathML says otherwise.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from bilingual.formula import EM, LENGTH
from bilingual.render._markup import Element
from bilingual.render._typst_code import EMPTY, NONE, TRUE, Code, array, call, em, joined, number, quoted, truth

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Typst ends with an error where elements are nested too deeply; no formula that people wrote comes near.
_DEEPEST = 24
_OPENING, _CLOSING, _EITHER = "([{⟨⌈⌊⟦⟮⎰⌜⌞", ")]}⟩⌉⌋⟧⟯⎱⌝⌟", "|‖∣∥/\\↑↓↕⇑⇓⇕"
_FENCES = frozenset(_OPENING + _CLOSING + _EITHER)
#: Of these, what stretches only where it is said to.
_STIFF = frozenset("∣∥/\\↑↓↕⇑⇓⇕")
_INVISIBLE = frozenset("\u2061\u2062\u2063\u2064\u200b")
_RELATIONS = re.compile(
    r"[=<>:\u2190-\u21ff\u2208-\u220d\u221d\u2223-\u2226\u223c-\u2294\u22a2-\u22b8\u22c8-\u22ed\u27f5-\u27ff\u2a7d-\u2abf∣≔⟂]"
)
_BINARY = frozenset("+−-±∓×÷·⋅∘∗∪∩⊕⊖⊗⊘⊙∧∨∖⋆†‡⊎⊔⊓")
_LARGE = frozenset("∑∏∐∫∬∭∮∯∰⋀⋁⋂⋃⨀⨁⨂⨄⨆")
_ARROWS = re.compile(r"[=\u2190-\u21ff\u27f5-\u27ff\u2900-\u297f]")
_PRIMES = {"′": 1, "″": 2, "‴": 3, "⁗": 4}
#: Accents as MathML writes them, and the combining character or arrow by which Typst knows each.
_ACCENTS = {
    **dict.fromkeys("^ˆ\u0302", "\u0302"), **dict.fromkeys("~˜\u0303", "\u0303"), **dict.fromkeys("¯‾\u0304", "\u0304"),
    **dict.fromkeys("˙\u0307", "\u0307"), **dict.fromkeys("¨\u0308", "\u0308"), **dict.fromkeys("ˇ\u030c", "\u030c"),
    **dict.fromkeys("´\u0301", "\u0301"), **dict.fromkeys("`\u0300", "\u0300"), **dict.fromkeys("˘\u0306", "\u0306"),
    **dict.fromkeys("˚\u030a", "\u030a"), **dict.fromkeys("→⃗", "\u20d7"), **dict.fromkeys("←⃖", "\u20d6"),
    **dict.fromkeys("↔⃡", "\u20e1"), "⃛": "\u20db", "⃜": "\u20dc", "↼": "\u20d0", "⇀": "\u20d1",
}  # fmt: skip
_OVER = {
    **dict.fromkeys("‾¯_", "math.overline"), "⏞": "math.overbrace", "⎴": "math.overbracket", "⏜": "math.overparen",
    "⏠": "math.overshell",
}  # fmt: skip
_UNDER = {
    **dict.fromkeys("_‾\u0332", "math.underline"), "⏟": "math.underbrace", "⎵": "math.underbracket",
    "⏝": "math.underparen", "⏡": "math.undershell",
}  # fmt: skip
_NAMED = {
    "red": "#ff0000", "blue": "#0000ff", "green": "#008000", "gray": "#808080", "grey": "#808080", "black": "#000000",
    "white": "#ffffff", "orange": "#ffa500", "purple": "#800080", "brown": "#a52a2a", "cyan": "#00a0a0",
    "magenta": "#c000c0", "teal": "#008080", "violet": "#8a2be2", "pink": "#e75480",
}  # fmt: skip
#: A string, or a bracket outside of strings.
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[()]')
_HEX = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")
_BACK = re.compile(r"tex-back(\d+)")
_SIDE = re.compile(r"tex-([lr])(\d+)")
#: The padding of a cell on each side, in em, that browsers have.
_PADDING = 0.4


def equation(math: Element) -> Code | None:
    """Return a formula as code of Typst, read aloud as its LaTeX.

    Args:
        math: A `math` element as `bilingual.formula` makes it.

    Returns:
        The code; None if the formula is nested too deeply for Typst.
    """
    alternative = next((each.text() for each in math.all("annotation")), "")
    if _depth(math) > 4 * _DEEPEST:
        return None
    body = math.elements()[0] if math.elements() else math
    if body.name == "semantics" and body.elements():
        body = body.elements()[0]
    made = _row(body)
    if _nesting(made) > _DEEPEST:
        return None
    display = truth(math.attributes.get("display") == "block")
    return call("math.equation", made, block=display, alt=quoted(alternative or "…"))


def _depth(element: Element) -> int:
    return 1 + max(map(_depth, element.elements()), default=0)


def _nesting(code: str) -> int:
    """Return how deep calls are nested in code."""
    deepest = depth = 0
    for sign in _BRACKETS.findall(code):
        if sign == "(":
            depth += 1
            deepest = max(deepest, depth)
        elif sign == ")":
            depth -= 1
    return deepest


# --- leaves ------------------------------------------------------------------------------------------------------


def _sign(char: str) -> Code:
    """Return a character with its class; what Typst takes for no single character is a text."""
    if len(char) == 1 and unicodedata.category(char)[0] not in "CMZ":
        return call("s", quoted(char))
    return quoted(char)


def _identifier(element: Element) -> Code:
    text = element.text().strip()
    if len(text) != 1:
        return quoted(text) if text else EMPTY
    made = _sign(text)
    if element.attributes.get("mathvariant") == "normal":
        return call("math.upright", made)
    return made


def _operator(element: Element) -> Code:
    text = element.text().strip()
    attributes = element.attributes
    if text in _INVISIBLE or not text:
        space = _em(attributes.get("lspace", "0"))
        return call("h", em(space)) if space and text == "\u2061" else EMPTY
    if text in _PRIMES:
        return call("math.primes", number(_PRIMES[text]))
    if len(text) > 1:
        made = quoted(text)
        if _RELATIONS.match(text) or text.endswith("="):
            return call("math.class", quoted("relation"), made)
        return call("math.op", made) if text.isalpha() else made
    made = _sign(text)
    if size := attributes.get("minsize"):
        made = call("math.lr", made, size=em(_em(size)))
    left, right = attributes.get("lspace"), attributes.get("rspace")
    if text in ",;" and left is None:
        left = "0"  # a mark that separates has space behind it alone
    form = attributes.get("form")
    if left is None or right is None:
        if form == "prefix" and text in _BINARY:
            return call("math.class", quoted("unary"), made)
        return made
    before, after = _em(left), _em(right)
    if before == after == 0 and (text in _BINARY or _RELATIONS.match(text) or text == ","):
        return call("math.class", quoted("normal"), made)
    if before and after and text in _FENCES:
        return call("math.class", quoted("relation" if before > 0.25 else "binary"), made)
    return made


def _text(element: Element) -> Code:
    text = element.text().replace("\n", " ")
    if not text:
        return EMPTY
    made = quoted(text)
    for name in element.classes:
        if name == "tex-bold":
            made = call("strong", made)
        elif name == "tex-italic":
            made = call("text", made, style=quoted("italic"))
        elif name == "tex-mono":
            made = call("mono", made)
        elif name == "tex-sans":
            made = call("sans", made)
        elif name == "tex-caps":
            made = call("smallcaps", made)
        elif name == "tex-underline":
            made = call("underline", made)
        elif name == "tex-through":
            made = call("strike", made)
    return made


def _em(length: str) -> float:
    """Return a length in em, at most as wide as a page."""
    found = LENGTH.fullmatch(length)
    if found is None:
        return 0.0
    return max(-40.0, min(40.0, float(found[1]) * EM[found[2] or "em"]))


def _space(element: Element) -> Code:
    width = _em(element.attributes.get("width", "0"))
    width -= sum(int(found[1]) for name in element.classes if (found := _BACK.fullmatch(name))) / 18
    return call("h", em(width)) if width else EMPTY


# --- rows --------------------------------------------------------------------------------------------------------


def _stretches(element: Element) -> bool:
    if element.name != "mo" or "minsize" in element.attributes:
        return False
    text, said = element.text().strip(), element.attributes.get("stretchy")
    return text in _FENCES and said != "false" and (said == "true" or text not in _STIFF)


def _row(element: Element) -> Code:
    """Return the children of an element as one piece, delimiters that stretch around what is between them."""
    found = element.elements()
    ends = len(found) > 1 and all(_stretches(each) or _is_nothing(each) for each in (found[0], found[-1]))
    if ends and (_stretches(found[0]) or _stretches(found[-1])):
        if len(found) == 3 and _is_stacked(found[1]) and (found[0].text(), found[2].text()) == ("(", ")"):
            return call("math.binom", *map(_one, found[1].elements()))
        inner = [call("math.mid", _one(each)) if _stretches(each) else _one(each) for each in found[1:-1]]
        made = call("math.lr", joined([_one(found[0]), *inner, _one(found[-1])]))
    else:
        made = joined([_one(each) for each in found])
    return _styled(element, made)


def _is_nothing(element: Element) -> bool:
    return element.name == "mo" and element.text().strip() in _INVISIBLE | {""}


def _is_stacked(element: Element) -> bool:
    return element.name == "mfrac" and element.attributes.get("linethickness") in ("0", "0px", "0em", "0pt")


def _styled(element: Element, made: Code) -> Code:
    """Return code with what attributes and classes say of an element."""
    attributes = element.attributes
    if made == EMPTY or not attributes:
        return made
    for name in element.classes:
        if name == "tex-box":
            made = call("framed", made)
        elif name in ("tex-up", "tex-through"):
            made = call("math.cancel", made)
        elif name == "tex-down":
            made = call("math.cancel", made, inverted=TRUE)
        elif name == "tex-cross":
            made = call("math.cancel", made, cross=TRUE)
        elif name == "tex-over":
            made = call("math.overline", made)
        elif name == "tex-under":
            made = call("math.underline", made)
        elif found := _SIDE.fullmatch(name):
            space = call("h", em(int(found[2]) / 18))
            made = joined([space, made] if found[1] == "l" else [made, space])
    if (level := attributes.get("scriptlevel")) in ("1", "2"):
        made = call("math.script" if level == "1" else "math.sscript", made)
    if (display := attributes.get("displaystyle")) is not None:
        made = call("math.display" if display == "true" else "math.inline", made)
    colour = attributes.get("mathcolor", "")
    colour = _NAMED.get(colour.lower(), colour)
    if _HEX.fullmatch(colour):
        made = call("text", made, fill=call("rgb", quoted(colour)))
    return made


def _one(element: Element) -> Code:
    """Return what one element is."""
    make = _MAKERS.get(element.name)
    return _row(element) if make is None else make(element)


def _parts(element: Element, count: int) -> list[Code]:
    """Return the children of an element that has a fixed number of them."""
    found = [_one(each) for each in element.elements()]
    return (found + [EMPTY] * count)[:count]


def _fraction(element: Element) -> Code:
    upper, lower = _parts(element, 2)
    if _is_stacked(element):
        return call("math.mat", array([upper]), array([lower]), delim=NONE)
    return _styled(element, call("math.frac", upper, lower))


def _root(element: Element) -> Code:
    base, index = _parts(element, 2)
    return call("math.root", index, base)


def _base(element: Element, *, limits: bool) -> Code:
    """Return what scripts are set to, told whether they stand beside it or above and below."""
    found = element.elements()
    if not found:
        return EMPTY
    base = found[0]
    made = _one(base)
    if limits:
        if base.name == "mo" and base.attributes.get("stretchy") != "false" and _ARROWS.fullmatch(base.text().strip()):
            made = call("math.stretch", made)
        return call("math.limits", made)
    return call("math.scripts", made) if base.name == "mo" and base.text().strip() in _LARGE else made


def _attached(element: Element, *, limits: bool = False, **scripts: Code) -> Code:
    used = {key: value for key, value in scripts.items() if value != EMPTY}
    base = _base(element, limits=limits)
    # Primes have the height of a superscript already.
    if not limits and used.get("t", EMPTY).startswith("math.primes("):
        used["tr"] = used.pop("t")
    return call("math.attach", base, **used) if used else base


def _sub(element: Element) -> Code:
    return _attached(element, b=_parts(element, 2)[1])


def _sup(element: Element) -> Code:
    return _attached(element, t=_parts(element, 2)[1])


def _subsup(element: Element) -> Code:
    _, lower, upper = _parts(element, 3)
    return _attached(element, b=lower, t=upper)


def _mark(element: Element, marks: dict[str, str]) -> tuple[str, Element] | None:
    """Return the mark that an element sets over or below its base, if Typst knows it, and the base."""
    found = element.elements()
    if len(found) == 2 and found[1].name == "mo" and found[1].text().strip() in marks:
        return found[1].text().strip(), found[0]
    return None


def _over(element: Element) -> Code:
    if (found := _mark(element, _OVER)) and (
        found[0] not in _ACCENTS or element.elements()[1].attributes.get("stretchy") != "false"
    ):
        return call(_OVER[found[0]], _one(found[1]))
    if found := _mark(element, _ACCENTS):
        return call("math.accent", _one(found[1]), quoted(_ACCENTS[found[0]]))
    return _attached(element, limits=True, t=_parts(element, 2)[1])


def _under(element: Element) -> Code:
    if found := _mark(element, _UNDER):
        return call(_UNDER[found[0]], _one(found[1]))
    return _attached(element, limits=True, b=_parts(element, 2)[1])


def _underover(element: Element) -> Code:
    _, lower, upper = _parts(element, 3)
    return _attached(element, limits=True, b=lower, t=upper)


def _multiscripts(element: Element) -> Code:
    found = element.elements()
    cut = next((index for index, each in enumerate(found) if each.name == "mprescripts"), len(found))

    def every(parts: Sequence[Element]) -> Code:
        return joined([_one(each) for each in parts])

    after, before = found[1:cut], found[cut + 1 :]
    scripts = {"br": every(after[::2]), "tr": every(after[1::2]), "bl": every(before[::2]), "tl": every(before[1::2])}
    return _attached(element, limits=False, **scripts)


def _table(element: Element) -> Code:
    rows = [each.elements() for each in element.elements() if each.name == "mtr"]
    while rows and not any(cell.children for cell in rows[-1]):
        del rows[-1]  # what a `\\\\` at the end leaves
    width = max(map(len, rows), default=0)
    if not width:
        return EMPTY
    display = element.attributes.get("displaystyle") == "true"
    lines: dict[str, list[int]] = {"hline": [], "vline": []}
    for index, cell in enumerate(rows[0]):
        if any(name.startswith("tex-right-") for name in cell.classes):
            lines["vline"].append(index + 1)
    for index, row in enumerate(rows):
        if row and any(name.startswith("tex-top-") for name in row[0].classes):
            lines["hline"].append(index)
        if row and any(name.startswith("tex-bottom-") for name in row[0].classes):
            lines["hline"].append(index + 1)
    made = [
        array(
            [
                _cell(row[index] if index < len(row) else Element("mtd"), index, width, display=display)
                for index in range(width)
            ]
        )
        for row in rows
    ]
    augment = NONE
    if any(lines.values()):
        kept = {key: array([number(each) for each in dict.fromkeys(places)]) for key, places in lines.items()}
        augment = Code("(" + ", ".join(f"{key}: {value}" for key, value in kept.items()) + ")")
    return call("math.mat", *made, delim=NONE, column_gap=em(0), row_gap=em(0.65 if display else 0.35), augment=augment)


def _cell(cell: Element, index: int, width: int, *, display: bool) -> Code:
    inner = _row(Element("mtd", {}, cell.children))
    if display and inner != EMPTY:
        inner = call("math.display", inner)
    names = cell.classes
    sides = {"l": _PADDING if index else 0.0, "r": _PADDING if index < width - 1 else 0.0}
    for name in names:
        if found := _SIDE.fullmatch(name):
            sides[found[1]] = int(found[2]) / 18
    first = cell.elements()[0] if cell.elements() else None
    # A relation at the start of a cell has nothing before it, so that Typst would set no space there.
    if first is not None and first.name == "mo" and "lspace" not in first.attributes and "tex-l0" in names:
        sign = first.text().strip()
        sides["l"] += (
            5 / 18 if _RELATIONS.fullmatch(sign) else 4 / 18 if sign in _BINARY and len(cell.elements()) > 1 else 0
        )
    before = call("h", em(sides["l"])) if sides["l"] else EMPTY
    after = call("h", em(sides["r"])) if sides["r"] else EMPTY
    point = Code("point")
    if "tex-right" in names:
        return joined([before, inner, after, point])
    if "tex-left" in names:
        return joined([point, before, inner, after])
    return joined([before, inner, after])


def _phantom(element: Element) -> Code:
    return call("hide", _row(element))


def _nothing(element: Element) -> Code:
    del element
    return EMPTY


def _root_of(element: Element) -> Code:
    return call("math.sqrt", _row(element))


def _number(element: Element) -> Code:
    text = element.text().strip()
    return quoted(text) if text else EMPTY


_MAKERS: dict[str, Callable[[Element], Code]] = {
    "annotation": _nothing,
    "mfrac": _fraction,
    "mi": _identifier,
    "mmultiscripts": _multiscripts,
    "mn": _number,
    "mo": _operator,
    "mover": _over,
    "mphantom": _phantom,
    "mprescripts": _nothing,
    "mroot": _root,
    "ms": _text,
    "mspace": _space,
    "msqrt": _root_of,
    "msub": _sub,
    "msubsup": _subsup,
    "msup": _sup,
    "mtable": _table,
    "mtext": _text,
    "munder": _under,
    "munderover": _underover,
}
