"""The HTML of rows as XHTML that readers of EPUB take: well-formed, in the content model of HTML 5, with MathML 3.

What does not fit its place becomes a `div` or a `span`, so that no text is lost. EPUBCheck is the judge of all of this.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape, unescape
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from xml.etree.ElementTree import Element

#: Begins an address that the book completes once it knows all ids; no text holds it, as `_rows` sees to.
OPEN = "\ufdd0"
_HELD = re.compile("\ufdd1(\\d+)\ufdd2")
#: A formula as `bilingual.formula` writes it; those that authors write have no such annotation.
_MATH = re.compile(
    r'<math(?: display="(?P<display>block)")?><semantics>(?P<body>(?:[^<]++|<(?!math\b|annotation\b))*+)'
    r'<annotation encoding="application/x-tex">(?P<latex>[^<]*+)</annotation></semantics></math>'
)
_VOID = re.compile(r"<((?:br|hr|img|wbr|col)\b[^<>]*?)\s*/?>")
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot);)[A-Za-z][A-Za-z0-9]*;")
_TAG = re.compile(r"<[^<>]*>")
#: Most cells: text and tags that stand anywhere in a line.
_SIMPLE = re.compile(
    r'(?:[^<&]++|&(?:amp|lt|gt|quot|#x27|#39);|</?(?:strong|em|code|del|sub|sup|small)>|<span class="s">|</span>)*+'
)
_LISTING = re.compile(r'<pre class="code" tabindex="0"><code( class="[^"]*")?(?: data-language="[^"]*")?>')
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|\d{3}))?", re.IGNORECASE)
_UNFIT = re.compile(r"[^\w.-]")
#: Deeper elements than people nest are shown as text.
_DEEPEST = 60

_PHRASING = frozenset(
    "a abbr b bdi bdo br cite code del dfn em i img ins kbd mark q s samp small span strong sub sup u var wbr".split()
)
_FLOW = frozenset("blockquote div figure h1 h2 h3 h4 h5 h6 ol p pre ul".split())
#: Elements whose children may be blocks; those of `a`, `del` and `ins` may where they may be themselves.
_HOLDERS = frozenset("blockquote colgroup dd div dl figcaption figure li ol table tbody td tfoot thead tr ul".split())
_TRANSPARENT = frozenset(["a", "del", "ins"])
#: Elements that stand in certain others alone.
_PARENTS = {
    "caption": ("table",),
    "col": ("colgroup",),
    "colgroup": ("table",),
    "dd": ("dl",),
    "dt": ("dl",),
    "figcaption": ("figure",),
    "li": ("ol", "ul"),
    "rt": ("ruby",),
    "tbody": ("table",),
    "td": ("tr",),
    "tfoot": ("table",),
    "th": ("tr",),
    "thead": ("table",),
    "tr": ("tbody", "tfoot", "thead", "table"),
}
_TABLE = re.compile(r"(?:caption )?(?:colgroup )*(?:thead )?(?:(?:tbody )*|(?:tr )+)(?:tfoot )?")
_INSTEAD = {"acronym": "abbr", "big": "span", "center": "div", "strike": "s", "tt": "code"}
_ANYWHERE = frozenset(["dir", "title"])
_ALLOWED = {
    "img": frozenset(["width", "height"]),
    "ol": frozenset(["reversed", "start", "type"]),
    "td": frozenset(["colspan", "rowspan"]),
    "th": frozenset(["colspan", "rowspan", "scope"]),
}
#: What elements of notes are, for readers that show notes in a window.
_TYPES = {"doc-noteref": "noteref", "doc-backlink": "backlink"}


class NotXhtmlError(ValueError):
    """A fragment could not be read as XML."""


@lru_cache(maxsize=16_384)
def identifier(name: str) -> str:
    """Return an anchor's name as XML has names of ids; two names that differ stay different.

    Args:
        name: The name, such as `1-引言` or `eq:loss`.
    """
    if name and (name[0].isalpha() or name[0] == "_") and not _UNFIT.search(name) and is_sound(f"<{name}/>"):
        return name
    return "_" + "".join(char if char.isascii() and char.isalnum() else f"_{ord(char):x}_" for char in name)


def is_sound(xhtml: str) -> bool:
    """Return whether XHTML is well-formed."""
    parser = expat.ParserCreate()
    try:
        parser.Parse(f"<div>{xhtml}</div>", True)  # noqa: FBT003 - the parameter has no name
    except expat.ExpatError:
        return False
    return True


def text_of(fragment: str) -> str:
    """Return the text of a fragment without its tags, as XHTML."""
    return escape(unescape(_TAG.sub("", fragment)), quote=False)


class Fragments:
    """Writes fragments of HTML as XHTML.

    Args:
        link: Returns the address for the address of a link, None for no link.
        picture: Returns the path of a picture in the EPUB for its address and alternative text, None if there is none.
        formula: Returns what shows some MathML, for the MathML itself, its LaTeX and whether it stands on lines of
            its own.
    """

    def __init__(
        self,
        link: Callable[[str], str | None],
        picture: Callable[[str, str], str | None],
        formula: Callable[[str, str, bool], str],
    ) -> None:
        self.link = link
        self.picture = picture
        self.formula = formula
        self.held: list[str] = []

    def write(self, fragment: str, *, phrasing: bool) -> str:
        """Return a fragment as XHTML.

        Args:
            fragment: HTML whose tags are closed, as `_rows` makes it.
            phrasing: Whether it stands where no blocks may stand.

        Raises:
            NotXhtmlError: If it is not well-formed, or nested too deeply.
        """
        if _SIMPLE.fullmatch(fragment):
            return fragment
        if fragment.startswith('<pre class="code"') and not phrasing:
            return _LISTING.sub(r'<pre class="code" dir="ltr"><code\1>', fragment, count=1)
        self.held = []
        xml = _MATH.sub(self._hold, fragment) if "<math" in fragment else fragment
        xml = _VOID.sub(r"<\1/>", xml)
        if "&" in xml:
            xml = _ENTITY.sub(lambda match: escape(unescape(match.group())), xml)
        try:
            root = ET.fromstring(f"<div>{xml}</div>")  # noqa: S314 - inside of an element no entities are declared
        except ET.ParseError as error:
            raise NotXhtmlError(str(error)) from error
        out: list[str] = []
        self._children(root, out, flow=not phrasing, parent="div", inside=frozenset(), depth=0)
        return "".join(out)

    # --- formulas ------------------------------------------------------------------------------------------------

    def _hold(self, match: re.Match[str]) -> str:
        display = bool(match["display"])
        made = self.formula(mathml(match["body"], match["latex"], display), unescape(match["latex"]), display)
        self.held.append(made)
        return f"\ufdd1{len(self.held) - 1}\ufdd2"

    # --- elements ------------------------------------------------------------------------------------------------

    def _text(self, text: str | None, out: list[str]) -> None:
        if text:
            made = escape(text, quote=False)
            out.append(_HELD.sub(lambda match: self.held[int(match.group(1))], made) if "\ufdd1" in made else made)

    def _children(
        self, element: Element, out: list[str], *, flow: bool, parent: str, inside: frozenset[str], depth: int
    ) -> None:
        if depth > _DEEPEST:
            raise NotXhtmlError("nested too deeply")
        listed = parent in ("ol", "ul")
        structure = parent in ("dl", "table", "thead", "tbody", "tfoot", "tr", "colgroup")

        def text(found: str | None) -> None:
            if structure or (listed and not (found or "").strip()):
                return
            if listed:
                out.append("<li>")
            self._text(found, out)
            if listed:
                out.append("</li>")

        text(element.text)
        for child in element:
            wrapped = listed and child.tag != "li"
            if wrapped:
                out.append("<li>")
            self._element(child, out, flow=flow, parent="li" if wrapped else parent, inside=inside, depth=depth + 1)
            if wrapped:
                out.append("</li>")
            text(child.tail)

    def _element(
        self, element: Element, out: list[str], *, flow: bool, parent: str, inside: frozenset[str], depth: int
    ) -> None:
        tag = element.tag
        if tag == "img":
            self._image(element, out, inside)
            return
        if tag in ("rp", "source") or (tag == "details" and element.get("class") == "source"):
            return
        if tag == "math":
            made = _written_by_hand(element)
            if made is None:
                self._text("".join(element.itertext()), out)
            else:
                out.append(made)
            return
        if tag == "hr":
            out.append("<hr/>" if flow else " ")
            return
        href = self.link(element.get("href", "")) if tag == "a" else None
        name = self._name(element, flow=flow, parent=parent, inside=inside, linked=href is not None)
        said = list(_attributes(element, name, parent))
        if name == "a":
            said.append(("href", href or ""))
        start = _written(said)
        if name in ("br", "col", "wbr"):
            out.append(f"<{name}{start}/>")
            return
        out.append(f"<{name}{start}>")
        inner = flow if name in _TRANSPARENT else name in _HOLDERS
        within = "div" if name == "figure" and not _is_figure(element) else name
        below = inside | {name} if name in ("a", "dfn") else inside
        self._children(element, out, flow=inner, parent=within, inside=below, depth=depth)
        out.append(f"</{name}>")

    @staticmethod
    def _name(element: Element, *, flow: bool, parent: str, inside: frozenset[str], linked: bool) -> str:
        """Return the name that an element has where it stands."""
        tag = _INSTEAD.get(element.tag, element.tag)
        if tag in _PHRASING:
            if (
                tag in inside
                or (tag == "a" and not linked)
                or (tag == "bdo" and element.get("dir") not in ("ltr", "rtl"))
            ):
                return "span"
            return tag
        if tag == "ruby":
            return tag if _is_ruby(element) else "span"
        if tag == "rt":
            return tag if parent == "ruby" else "span"
        if not flow:
            return "span"
        if tag in _PARENTS:
            return tag if parent in _PARENTS[tag] else "div"
        if tag in _FLOW or (tag == "dl" and _is_list(element)) or (tag == "table" and _is_table(element)):
            return tag
        return "div"

    def _image(self, element: Element, out: list[str], inside: frozenset[str]) -> None:
        src, alt = element.get("src", ""), element.get("alt", "")
        path = self.picture(src, alt)
        said = dict(_attributes(element, "img", ""))
        if path is not None:
            attributes = {"src": path, "alt": alt, **said}
            out.append(f"<img{_written(attributes.items())}/>")
            return
        language = _written((key, said[key]) for key in ("lang", "xml:lang") if key in said)
        address = self.link(src) if src.startswith(("http:", "https:")) and "a" not in inside else None
        text = escape(alt or (src if address else "…"), quote=False)
        if address:
            out.append(f'<a class="remote-image" href="{escape(address)}"{language}>{text}</a>')
        else:
            out.append(f'<span class="missing-image"{language}>{text}</span>')


def _written(attributes: Iterable[tuple[str, str]]) -> str:
    return "".join(f' {key}="{escape(value)}"' for key, value in attributes)


def _attributes(element: Element, name: str, parent: str) -> Iterator[tuple[str, str]]:
    """Yield the attributes that an element may have where it stands."""
    own = element.tag if element.tag in ("details", "summary") else ""
    names = " ".join(filter(None, (own, element.get("class", ""))))
    if names:
        yield "class", names
    allowed = _ALLOWED.get(name, frozenset())
    for key, value in element.attrib.items():
        if key == "lang":
            if _LANGUAGE.fullmatch(value):
                yield "lang", value
                yield "xml:lang", value
        elif key == "id":
            yield "id", identifier(value)
        elif key == "role":
            if value in _TYPES:
                if name == "a":
                    yield "epub:type", _TYPES[value]
                    yield key, value
            elif value != "list":
                yield key, value
        elif key == "reversed" and name == "ol":
            yield key, key
        elif key in _ANYWHERE or key in allowed or (key == "value" and name == "li" and parent == "ol"):
            yield key, value


def _blank(element: Element) -> bool:
    """Return whether no text stands between the children of an element."""
    return not any((text or "").strip() for text in (element.text, *(child.tail for child in element)))


def _is_figure(element: Element) -> bool:
    captions = [index for index, child in enumerate(element) if child.tag == "figcaption"]
    if len(captions) != 1:
        return not captions
    place = captions[0]
    first = place == 0 and not (element.text or "").strip()
    return first or (place == len(element) - 1 and not (element[place].tail or "").strip())


def _is_ruby(element: Element) -> bool:
    """Return whether each reading has something before it that it is the reading of."""
    base = bool((element.text or "").strip())
    last = ""
    for child in element:
        if child.tag == "rp":
            continue
        last = child.tag
        if last == "rt":
            if not base:
                return False
            base = False
        else:
            base = True
        tail = bool((child.tail or "").strip())
        base = base or tail
        last = "" if tail else last
    return last == "rt"


def _is_list(element: Element) -> bool:
    """Return whether a list of definitions has a definition for each term."""
    names = " ".join(child.tag for child in element)
    return _blank(element) and re.fullmatch(r"(?:(?:dt )+(?:dd ?)+)+", names) is not None


def _is_table(element: Element) -> bool:
    """Return whether the parts of a table are those of a table, in order."""
    for part in element.iter():
        if part.tag in ("table", "thead", "tbody", "tfoot", "tr", "colgroup") and not _blank(part):
            return False
        names = {child.tag for child in part}
        if part.tag in ("thead", "tbody", "tfoot") and names - {"tr"}:
            return False
        if part.tag == "tr" and names - {"td", "th"}:
            return False
        if part.tag == "colgroup" and names - {"col"}:
            return False
    return _TABLE.fullmatch("".join(f"{child.tag} " for child in element)) is not None


# --- MathML ------------------------------------------------------------------------------------------------------

_MATH_TAG = re.compile(r'<([a-z]+)((?: [a-z-]+="[^"]*")+)(/?)>')
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_TOKENS = frozenset("mi mn mo ms mspace mtext".split())
#: How many children elements have; one of those with none may have any number.
_CHILDREN = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3}
_COLOUR = re.compile(
    r"#[0-9A-Fa-f]{3}(?:[0-9A-Fa-f]{3})?"
    r"|(?i:aqua|black|blue|fuchsia|gray|green|lime|maroon|navy|olive|purple|red|silver|teal|white|yellow)"
)
#: Attributes of formulas that authors write as MathML.
_MATH_ATTRIBUTES = frozenset(
    "accent accentunder fence form largeop linethickness mathvariant movablelimits separator stretchy symmetric".split()
)
_SIDES = {"tex-left": "left", "tex-right": "right"}


def mathml(body: str, latex: str, display: bool) -> str:
    """Return a formula as MathML 3, with its LaTeX as the text that stands for it.

    Args:
        body: What is inside of `math`, as MathML Core has it.
        latex: The LaTeX, escaped.
        display: Whether it stands on lines of its own.

    MathML Core has attributes on more elements than MathML 3; there they become styles.
    """
    text = " ".join(latex.split()).replace('"', "&quot;")
    kind = ' display="block"' if display else ""
    made = _MATH_TAG.sub(lambda match: _math_tag(match.group()), body)
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML"{kind} alttext="{text}">{made}</math>'


@lru_cache(maxsize=4096)
def _math_tag(tag: str) -> str:
    match = _MATH_TAG.fullmatch(tag)
    assert match is not None  # noqa: S101 - matched before
    name, said, end = match.groups()
    kept: dict[str, str] = {}
    styles: list[str] = []
    for key, value in _ATTRIBUTE.findall(said):
        text = value.removeprefix("+") if key != "voffset" and name != "mpadded" else value
        if key in ("mathcolor", "mathbackground"):
            if _COLOUR.fullmatch(value):
                kept[key] = value
            else:
                styles.append(f"{'color' if key == 'mathcolor' else 'background-color'}: {value}")
        elif key == "displaystyle" and name not in ("mstyle", "mtable"):
            styles.append(f"math-style: {'normal' if value == 'true' else 'compact'}")
        elif key == "scriptlevel" and name != "mstyle":
            styles.append(f"math-depth: {f'add({int(value)})' if value[0] in '+-' else value}")
        elif key == "mathsize" and name not in _TOKENS and name != "mstyle":
            styles.append(f"font-size: {text}")
        elif not _is_lost(key, name, value):
            kept[key] = value if key == "scriptlevel" else text
    if name == "mtd":  # readers that take MathML 3 and no style sheets for it know no classes
        side = next((_SIDES[each] for each in kept.get("class", "").split() if each in _SIDES), "")
        if side:
            kept["columnalign"] = side
    if styles:
        kept["style"] = "; ".join(styles)
    written = "".join(f' {key}="{value}"' for key, value in kept.items())  # escaped as it was
    return f"<{name}{written}{end}>"


def _is_lost(key: str, name: str, value: str) -> bool:
    """Return whether an element has no such attribute in MathML 3, and no style stands for it."""
    return (
        (key == "dir" and name not in _TOKENS and name not in ("mrow", "mstyle"))
        or (key == "accent" and name == "munder")
        or (key == "accentunder" and name == "mover")
        or (key in ("columnspan", "rowspan") and not int(value))
    )


def _written_by_hand(root: Element) -> str | None:
    """Return a formula that an author wrote as MathML, None if it is not what MathML 3 allows."""
    text = "".join(root.itertext())
    if "\ufdd1" in text or not all(map(_is_math, root.iter())):
        return None
    body = "".join(map(_math_text, root))
    return mathml(body, escape(" ".join(text.split()), quote=False), root.get("display") == "block")


def _is_math(element: Element) -> bool:
    """Return whether an element of MathML has as many children as it must, and text only if it is made for text."""
    tag, count = element.tag, len(element)
    if tag in _TOKENS:
        return not count
    inner = {child.tag for child in element}
    fits = {
        "mtable": inner <= {"mtr"},
        "mtr": inner <= {"mtd"},
        "mmultiscripts": count % 2 == 1,
    }.get(tag, not inner & {"mtr", "mtd"})
    known = tag.startswith("m") and tag not in ("mark", "mprescripts")
    return known and "math" not in inner and _blank(element) and count == _CHILDREN.get(tag, count) and fits


def _math_text(element: Element) -> str:
    said = _written(item for item in element.attrib.items() if item[0] in _MATH_ATTRIBUTES)
    inner = escape(element.text or "", quote=False) if element.tag in _TOKENS else "".join(map(_math_text, element))
    return f"<{element.tag}{said}>{inner}</{element.tag}>"
