"""Raw HTML of authors and translators made harmless: an allow-list, and addresses that the caller decides on.

The only file that knows nh3.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

#: Tags that may stand inside of a line.
INLINE = frozenset(
    "a abbr b bdi bdo br cite code data del dfn em i img ins kbd mark q rp rt ruby s samp small span strong sub sup "
    "time u var wbr strike".split()
)
#: Tags that may stand in an HTML block.
BLOCK = INLINE | frozenset(
    "address article aside blockquote caption center col colgroup dd details div dl dt figcaption figure footer h1 h2 "
    "h3 h4 h5 h6 header hr li nav ol p picture pre section source summary table tbody td tfoot th thead tr ul".split()
)
#: Tags whose content is no text for readers.
_CONTENT = frozenset(["script", "style", "title", "template", "noscript", "noembed", "noframes", "xmp", "iframe"])
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"align", "dir", "id", "lang", "name", "title"},
    "a": {"href"},
    "data": {"value"},
    "del": {"datetime"},
    "details": {"open"},
    "img": {"alt", "height", "src", "width"},
    "ins": {"datetime"},
    "li": {"value"},
    "ol": {"reversed", "start", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
_LENGTH = re.compile(r"(\d{1,5})(?:px)?")
_NUMBER = re.compile(r"-?\d{1,6}")
_TAG = re.compile(r"<([a-zA-Z][a-zA-Z0-9-]*)")
_ALIGN = re.compile(r' align="(left|right|center)"')
_OBSOLETE = {
    "<center": '<div class="a-center"',
    "</center>": "</div>",
    "<strike": "<s",
    "</strike>": "</s>",
}
#: What is kept of attributes that hold numbers or one of few words.
_VALUES = {
    "width": _LENGTH,
    "height": _LENGTH,
    "colspan": _NUMBER,
    "rowspan": _NUMBER,
    "start": _NUMBER,
    "value": _NUMBER,
    "align": re.compile("(?i:(left|right|center))"),
    "dir": re.compile("(?i:(ltr|rtl|auto))"),
    "lang": re.compile(r"([A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*)"),
    "type": re.compile(r"([aAiI1])"),
    "scope": re.compile(r"(?i:(row|col|rowgroup|colgroup))"),
}


def tags(html: str) -> frozenset[str]:
    """Return the names of the tags in some HTML, lowered."""
    return frozenset(match.group(1).lower() for match in _TAG.finditer(html))


def clean(
    html: str,
    address: Callable[[str, str, str], str | None],
    *,
    allowed: Collection[str] = BLOCK,
) -> str:
    """Return `html` without anything that could act: balanced, with known tags and attributes alone.

    No script, style, handler, form, frame or picture format that runs code is left, no class, and no attribute whose
    value could be more than what its name says. `align` becomes a class (`a-center`), since HTML has it no more.

    Args:
        html: A fragment of HTML.
        address: Called with a tag, an attribute (`href`, `src`, `id` or `name`) and its value; returns the value to
            write, or None to leave the attribute out.
        allowed: The tags to keep; the content of all others stays, save for that of scripts and the like.
    """
    import nh3  # noqa: PLC0415 - few pages have raw HTML

    def attribute(tag: str, name: str, value: str) -> str | None:
        if name in ("href", "src", "id", "name"):
            return address(tag, name, value)
        known = _VALUES.get(name)
        if known is None or (name == "value" and tag == "data"):
            return value
        match = known.fullmatch(value.strip())
        if match is None:
            return None
        return (match.group(1) if known.groups else match.group()).lower() if name != "type" else match.group(1)

    kept = BLOCK & frozenset(allowed)
    made = nh3.clean(
        html,
        tags=set(kept),
        clean_content_tags=set(_CONTENT),
        attributes={tag: names for tag, names in _ATTRIBUTES.items() if tag == "*" or tag in kept},
        attribute_filter=attribute,
        link_rel=None,
        url_schemes={"http", "https", "mailto", "tel", "data"},
    )
    for old, new in _OBSOLETE.items():
        if old in made:
            made = made.replace(old, new)
    return _ALIGN.sub(r' class="a-\1"', made) if " align=" in made else made
