"""The address of a link is missing or changed.

Addresses are compared with counts, in any order. A part of the path that names one of the two languages
(`/zh/docs/`, `/en/`) does not count, nor does a fragment (`#…`), since headings are translated. Where addresses
differ by rule, say so:

    [check.link-changed]
    map = { "https://zh.example.org/" = "https://example.org/" }

A reference link whose label was translated (`[官网]` to `[site]`) has no address any more: write `[site][官网]`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping  # noqa: TC003 - options are read by their types
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bilingual.check import Check, Finding, Side, differences, find
from bilingual.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.check import Pair, Project

_BARE = re.compile(r"(?<!\]\()(?:https?|ftp)://[^\s<>\u2e80-\u9fff\uff00-\uffef“”‘’]+")
_SLASHES = re.compile(r"(?<!:)//+")
_LANGUAGE = re.compile(
    r"(^|/)(?:zh|zh-cn|zh-hans|zh-tw|zh-hant|cn|en|en-us|ja|ko|fr|de|es|pt|ru)(?=/|$)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Options:
    """Beginnings of addresses of the source, with what the translation has in their place."""

    map: Mapping[str, str] = field(default_factory=dict)


def links(side: Side, options: Options) -> Counter[str]:
    """Return the addresses of one side, without what a translation may change in them."""
    addresses = [
        str(token.attrs.get("href", "")) for token in side.tokens if token.type == "link_open" and token.info != "auto"
    ]
    if any(token.info == "auto" for token in side.tokens):
        # A bare address ends where Chinese begins, whatever the parser makes of it.
        addresses += [match.group().rstrip(".,;:!?)") for match in _BARE.finditer(side.text)]
    found: Counter[str] = Counter()
    for address in addresses:
        mapped = next(
            (new + address[len(old) :] for old, new in options.map.items() if address.startswith(old)), address
        )
        path = unquote(mapped).partition("#")[0]
        found[_SLASHES.sub("/", _LANGUAGE.sub(r"\1", path)).rstrip("/") or "#"] += 1
    return found


def _check(pair: Pair, options: Options, _project: Project) -> Iterator[Finding]:
    ours, theirs = links(pair.source, options), links(pair.target, options)
    missing, extra = differences(ours, theirs)
    missing = [link for link in dict.fromkeys(missing) if link not in theirs]
    extra = [link for link in dict.fromkeys(extra) if link not in ours]
    for link in missing:
        yield Finding("link-changed", f"the link to {link} is missing or changed", "copy its address from the msgid")
    if not missing:
        for link in extra:
            message = f"the link to {link} is not in the source"
            yield Finding("link-changed", message, "copy the address from the msgid", *find(pair.target.text, link))


CHECK = Check({"link-changed": Severity.ERROR}, pair=_check, options=Options)
