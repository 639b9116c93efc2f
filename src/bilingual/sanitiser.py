"""Raw HTML and SVG of authors and translators: allow-lists, and addresses that the caller decides on.

The only file that knows nh3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

#: Presentation MathML as browsers have it; nothing in it can act.
_MATH = frozenset(
    "annotation math mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle "
    "msub msubsup msup mtable mtd mtext mtr munder munderover semantics".split()
)
#: Tags that may stand inside of a line.
INLINE = _MATH | frozenset(
    "a abbr acronym b bdi bdo big br cite code del dfn em i img ins kbd mark q rp rt ruby s samp small span strike "
    "strong sub sup time tt u var wbr".split()
)
#: Tags that may stand in an HTML block.
BLOCK = INLINE | frozenset(
    "address article aside blockquote caption center col colgroup dd details div dl dt figcaption figure footer h1 h2 "
    "h3 h4 h5 h6 header hr li nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
#: Tags whose content is no text for readers.
_CONTENT = frozenset(["script", "style", "title", "template", "noembed", "iframe"])
#: Tags without which a page says the same.
_SILENT = frozenset("body font head html main noscript picture source".split())
_TRUTH = re.compile("true|false")
_LENGTH = re.compile(r"(\d{1,5})(?:px)?")
_NUMBER = re.compile(r"-?\d{1,6}")
_SPAN = re.compile(r"[1-9]\d{0,2}")
_DATE = re.compile(r"\d{4}(?:-[01]\d(?:-[0-3]\d(?:[T ][0-2]\d:[0-5]\d(?::[0-5]\d)?(?:Z|[+-][0-2]\d:[0-5]\d)?)?)?)?")
_SIDE = re.compile("(?i:(left|right|center))")
#: What is kept of attributes that could be more than what their names say: the group, or all if there is none.
_VALUES = {
    "accent": _TRUTH,
    "accentunder": _TRUTH,
    "align": _SIDE,
    "colspan": _SPAN,
    "datetime": _DATE,
    "dir": re.compile("(?i:(ltr|rtl|auto))"),
    "display": re.compile("block|inline"),
    "fence": _TRUTH,
    "form": re.compile("prefix|infix|postfix"),
    "height": _LENGTH,
    "lang": re.compile(r"([A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*)"),
    "largeop": _TRUTH,
    "linethickness": re.compile("0|0?[.][0-9]{1,3}em|[0-9]{1,2}px"),
    "mathvariant": re.compile("normal"),
    "movablelimits": _TRUTH,
    "open": re.compile("(?s:.*)()"),
    "reversed": re.compile("(?s:.*)()"),
    "rowspan": _SPAN,
    "scope": re.compile(r"(?i:(row|col|rowgroup|colgroup))"),
    "separator": _TRUTH,
    "start": _NUMBER,
    "stretchy": _TRUTH,
    "style": re.compile(r"(?is:(?:.*;)?\s*text-align\s*:\s*(left|right|center)\s*(?:;.*)?)"),
    "symmetric": _TRUTH,
    "type": re.compile(r"([aAiI1])"),
    "value": _NUMBER,
    "width": _LENGTH,
}
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"align", "dir", "id", "lang", "name", "style", "title"},
    "a": {"href"},
    "del": {"datetime"},
    "details": {"open"},
    "img": {"alt", "height", "src", "width"},
    "ins": {"datetime"},
    "li": {"value"},
    "math": {"display"},
    "mfrac": {"linethickness"},
    "mi": {"mathvariant"},
    "mo": {"fence", "form", "largeop", "movablelimits", "separator", "stretchy", "symmetric"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "munderover": {"accent", "accentunder"},
    "ol": {"reversed", "start", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
#: Tags that HTML has no more, and what stands for them.
_INSTEAD = {"acronym": "abbr", "big": "span", "center": "div", "strike": "s", "tt": "code"}
#: Tags that stand in certain others alone, these, and what stands for them elsewhere.
_PARENTS = {
    "annotation": (("semantics",), "mtext"),
    "dd": (("dl",), "div"),
    "dt": (("dl",), "div"),
    "figcaption": (("figure",), "div"),
    "li": (("ol", "ul"), "div"),
    "mprescripts": (("mmultiscripts",), "mrow"),
    "mtd": (("mtr",), "mrow"),
    "mtr": (("mtable",), "mrow"),
    "rp": (("ruby",), "span"),
    "rt": (("ruby",), "span"),
    "summary": (("details",), "div"),
}
#: How many children elements of MathML have.
_COUNTS = {"mfrac": 2, "mover": 2, "mroot": 2, "msub": 2, "msubsup": 3, "msup": 2, "munder": 2, "munderover": 3}
#: Elements of MathML that hold elements, not text.
_FORMULAS = _MATH - {"annotation", "mi", "mn", "mo", "ms", "mtext"}
#: Elements whose children may be blocks.
_HOLDERS = frozenset(
    "article aside blockquote caption colgroup dd details div dl dt figcaption figure footer header li nav ol section "
    "table tbody td tfoot th thead tr ul".split()
)
#: Elements whose children may be what they may be themselves.
_TRANSPARENT = frozenset(["a", "del", "ins"])
_DEEPEST = 60
_VOID = frozenset(["br", "col", "hr", "img", "wbr"])
_TAG = re.compile(r"<([a-zA-Z][a-zA-Z0-9-]*)")
_COMMENT = re.compile(r"<!--(?:-?>|.*?(?:--!?>|\Z))", re.DOTALL)
_HANDLER = re.compile(r"<[a-zA-Z][^<>]*?[\s\"'/](on[a-zA-Z]+)\s*=")
#: A tag as nh3 writes it: it escapes `<`, `>` and `&` in text and values, and `"` in values.
_WRITTEN = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z-]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_LINK = re.compile(r"<(/?)a((?: [^>]*)?)>")
_BLANK = re.compile(r"[\x00-\x20]+")
_SCHEME = re.compile("[a-z][a-z0-9+.-]*(?=:)")
#: Schemes of the addresses that may stand on a page, whatever anybody decides.
_SCHEMES = frozenset(["ftp", "http", "https", "mailto", "tel"])
_IMAGE = re.compile("data:image/(?!svg)", re.IGNORECASE)
_REFERENCE = re.compile(r"&#(?:[xX]([0-9A-Fa-f]+)|([0-9]+));?")
_NONCHARACTERS = range(0xFDD0, 0xFDF0)


def tags(html: str) -> frozenset[str]:
    """Return the names of the tags in some HTML that `clean` keeps."""
    if "<" not in html:
        return frozenset()
    import nh3  # noqa: PLC0415 - few pages have raw HTML

    made = nh3.clean(html, tags=set(BLOCK), clean_content_tags=set(_CONTENT), attributes={}, link_rel=None)
    return frozenset(_TAG.findall(made))


def removed(html: str) -> tuple[str, ...]:
    """Return what `clean` takes out of some HTML that would have done or shown something, as an author writes it."""
    bare = _COMMENT.sub("", html)
    names = {match.group(1).lower() for match in _TAG.finditer(bare)} - BLOCK - _SILENT
    handlers = {match.group(1).lower() for match in _HANDLER.finditer(bare)}
    return (*(f"<{name}>" for name in sorted(names)), *sorted(handlers))


def clean(
    html: str,
    address: Callable[[str, str, str], str | None],
    *,
    allowed: Collection[str] = BLOCK,
) -> str:
    """Return `html` without anything that could act: balanced, with known tags and attributes alone.

    No script, style, handler, form, frame or picture format that runs code is left, no class, and no attribute whose
    value could be more than what its name says. What HTML has no more becomes what it has: `align` and `text-align`
    become classes (`a-center`). A picture without an address becomes its alternative text.

    Args:
        html: A fragment of HTML.
        address: Called with a tag, an attribute (`href`, `src`, `id` or `name`) and its value; returns the value to
            write, or None to leave the attribute out.
        allowed: The tags to keep; the content of all others stays, save for that of scripts and the like.
    """
    import nh3  # noqa: PLC0415 - few pages have raw HTML

    def attribute(tag: str, name: str, value: str) -> str | None:
        if name in ("href", "src", "id", "name"):
            made = address(tag, name, value)
            return made if made is not None and _is_safe(made) else None
        known = _VALUES.get(name)
        if known is None:
            return value
        match = known.fullmatch(value.strip())
        if match is None:
            return None
        kept = match.group(known.groups)
        return kept if name == "type" else kept.lower()

    kept = BLOCK & frozenset(allowed)
    made = nh3.clean(
        _REFERENCE.sub(_character, html),
        tags=set(kept),
        clean_content_tags=set(_CONTENT),
        attributes={tag: names for tag, names in _ATTRIBUTES.items() if tag == "*" or tag in kept},
        attribute_filter=attribute,
        link_rel=None,
        # `address` hears of every scheme, so that it can tell the author.
        url_schemes={*_SCHEME.findall(_BLANK.sub("", unescape(html)).lower()), "https"},
    )
    return _valid(made)


def _is_safe(address: str) -> bool:
    """Return whether an address cannot run, whatever stands between its characters."""
    bare = _BLANK.sub("", address).lower()
    scheme = _SCHEME.match(bare)
    return scheme is None or scheme.group() in _SCHEMES or _IMAGE.match(bare) is not None


def _character(match: re.Match[str]) -> str:
    """Return a character reference, U+FFFD for one of a noncharacter: renderers have a use of their own for these."""
    code = int(match.group(1), 16) if match.group(1) else int(match.group(2)) if len(match.group(2)) < 9 else 0
    return "\ufffd" if code in _NONCHARACTERS else match.group()


@dataclass(slots=True)
class _Element:
    """An element; `name` is empty for the fragment as a whole."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[_Element | str] = field(default_factory=list)

    def names(self) -> list[str]:
        """Return the names of its children, "#" for text that is not blank."""
        return ["#" if isinstance(each, str) else each.name for each in self.children if not _is_blank(each)]


def _is_blank(child: _Element | str) -> bool:
    return isinstance(child, str) and not child.strip(" \t\r\n\f")


def _valid(made: str) -> str:
    """Return what nh3 wrote in the content model of HTML: what does not fit its place becomes a `div` or a `span`."""
    if "<" not in made:
        return made
    root = _Element("")
    stack = [root]
    position = 0
    deeper = 0  # elements that are nested deeper than people nest; their content stays
    for match in _WRITTEN.finditer(made):
        if match.start() > position:
            stack[-1].children.append(made[position : match.start()])
        position = match.end()
        closing, name, said = match.groups()
        if closing:
            if deeper:
                deeper -= 1
            else:
                stack.pop()
        elif name in _VOID or len(stack) < _DEEPEST:
            element = _Element(name, dict(_ATTRIBUTE.findall(said)))
            stack[-1].children.append(element)
            if name not in _VOID:
                stack.append(element)
        else:
            deeper += 1
    root.children.append(made[position:])
    return "".join(_inner(root, "", flow=True))


def _inner(element: _Element, name: str, *, flow: bool) -> Iterator[str]:
    """Yield what stands in an element that is written as `name`; blocks may stand there if `flow`."""
    children = element.children
    if name in ("ol", "ul"):
        children = _items(children)
    elif name == "table":
        children = sorted(children, key=lambda each: isinstance(each, str) or each.name != "caption")
    shown = [each for each in children if not _is_blank(each)]
    for each in children:
        if isinstance(each, str):
            yield f"<mtext>{each}</mtext>" if name in _FORMULAS and not _is_blank(each) else each
            continue
        # Summaries come first, captions of figures first or last.
        at_home = each is shown[0] or (each.name == "figcaption" and each is shown[-1])
        parent = "" if each.name in ("figcaption", "summary") and not at_home else name
        yield from _outer(each, parent, flow=flow)


def _items(children: Sequence[_Element | str]) -> list[_Element | str]:
    """Return the children of a list, those that are no items in items of their own."""
    found: list[_Element | str] = []
    fresh = False
    for each in children:
        if _is_blank(each) or (isinstance(each, _Element) and each.name == "li"):
            found.append(each)
            fresh = False
        elif fresh and isinstance(found[-1], _Element):
            found[-1].children.append(each)
        else:
            found.append(_Element("li", children=[each]))
            fresh = True
    return found


def _outer(element: _Element, parent: str, *, flow: bool) -> Iterator[str]:
    attributes = dict(element.attributes)
    centred = "center" if element.name == "center" else ""
    side = next(filter(None, (attributes.pop("style", ""), attributes.pop("align", ""), centred)), "")
    if side:
        attributes["class"] = f"a-{side}"
    if element.name == "img":
        if "src" not in attributes:
            yield f'<span class="missing-image">{attributes.get("alt") or "…"}</span>'
            return
        attributes.setdefault("alt", "")
    name = _fitting(element, parent, flow=flow)
    if not name:
        return
    if name in ("div", "span", "mrow") and name != element.name:
        attributes = {key: value for key, value in attributes.items() if key in ("class", "dir", "lang", "title")}
    parts = [name, *(f'{key}="{value}"' for key, value in attributes.items())]
    yield f"<{' '.join(parts)}>"
    if name not in _VOID:
        yield from _inner(element, name, flow=flow and (name in _TRANSPARENT or name in _HOLDERS))
        yield f"</{name}>"


def _fitting(element: _Element, parent: str, *, flow: bool) -> str:
    """Return the name that an element has in its place; empty if it is left out."""
    name = _INSTEAD.get(element.name, element.name)
    if name in _PARENTS and parent not in _PARENTS[name][0]:
        name = _PARENTS[name][1]
    elif name == "math" and parent in _FORMULAS:
        name = "mrow"
    names = element.names()
    if (
        (name == "dl" and not re.fullmatch("(?:(?:dt )+(?:dd )+)+", "".join(f"{each} " for each in names)))
        or (name == "details" and names[:1] != ["summary"])
        or (name == "ruby" and ("rt" not in names or names[0] in ("rt", "rp")))
    ):
        name = "div" if name in BLOCK - INLINE else "span"
    if name in _COUNTS and len(names) != _COUNTS[name]:
        name = "mrow"
    if not flow and name in BLOCK - INLINE:
        return {"col": "", "hr": "br"}.get(name, "span")
    return name


def unnested(html: str) -> str:
    """Return HTML whose links hold no links, which HTML forbids: the inner ones keep their text, class and id.

    Args:
        html: HTML in which `>` stands in no attribute.
    """
    depth = 0

    def write(match: re.Match[str]) -> str:
        nonlocal depth
        closing, said = match.groups()
        if closing:
            depth -= 1
            return "</span>" if depth > 0 else match.group()
        depth += 1
        if depth == 1:
            return match.group()
        kept = [f'{key}="{value}"' for key, value in _ATTRIBUTE.findall(said) if key in ("class", "id", "lang")]
        return f"<{' '.join(['span', *kept])}>"

    return _LINK.sub(write, html) if html.count("<a") > 1 else html


# --- pictures --------------------------------------------------------------------------------------------------

_XHTML = "http://www.w3.org/1999/xhtml"
_ACTIVE = frozenset(["embed", "handler", "iframe", "listener", "object", "script"])
#: What drawing programs write into `foreignObject`: their texts.
_TEXTS = frozenset(
    "a b blockquote body br center code div em font h1 h2 h3 h4 h5 h6 hr i li ol p pre s small span strong sub sup "
    "table tbody td th thead tr u ul".split()
)
#: Attributes that hold an address, or that animations take one from.
_ADDRESSES = frozenset(["by", "from", "href", "src", "to", "values"])
_RUNS = re.compile(r"(?:.*;)?(?:(?:java|vb)script:|data:(?!image/))", re.IGNORECASE)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:(?<!data:)|//", re.IGNORECASE)


class _UnsafeError(Exception):
    """Says why a picture is not safe."""


def danger(svg: bytes) -> str:
    """Return why an SVG picture must not be published, as a phrase; empty if it may be.

    Within a page no picture runs; this is about one that is opened by itself.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = _element
    parser.EntityDeclHandler = _refuse_entity
    parser.ProcessingInstructionHandler = _instruction
    try:
        parser.Parse(svg, True)  # noqa: FBT003 - the parameter has no name
    except _UnsafeError as error:
        return str(error)
    except (expat.ExpatError, ValueError, LookupError):
        return "is no well-formed SVG"
    return ""


def _element(name: str, attributes: Mapping[str, str]) -> None:
    space, _, local = name.rpartition(" ")
    if local.lower() in _ACTIVE or (space == _XHTML and local.lower() not in _TEXTS):
        raise _UnsafeError("holds scripts")
    for key, value in attributes.items():
        of, _, what = key.rpartition(" ")
        bare = _BLANK.sub("", value)
        if (not of and what.lower().startswith("on")) or (what in _ADDRESSES and _RUNS.match(bare)):
            raise _UnsafeError("holds scripts")
        if what in ("href", "src") and local != "a" and _ELSEWHERE.match(bare):
            raise _UnsafeError("shows something from elsewhere")


def _refuse_entity(*_declared: object) -> None:
    raise _UnsafeError("declares entities")


def _instruction(target: str, _data: str) -> None:
    if target.lower() == "xml-stylesheet":
        raise _UnsafeError("has a style sheet of its own")
