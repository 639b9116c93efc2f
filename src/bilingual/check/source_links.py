"""A link or an image of the source leads nowhere, or two headings have one address.

`source-image-missing` and `source-link-broken` look at relative addresses, `source-anchor-broken` at `#fragments`
of the book's own headings, `source-heading-double` at headings of one chapter that get the same address, so that
links reach the first of them alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from bilingual.check import Check, Finding
from bilingual.diagnostics import Severity
from bilingual.links import anchors, sites

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.check import NoOptions, Project
    from bilingual.markdown.document import Document

_IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif", ".bmp")


def _check(document: Document, _options: NoOptions, project: Project) -> Iterator[Finding]:
    for site in sites(document, project.dialect):
        path, mark, fragment = site.destination.partition("#")
        path = unquote(path.partition("?")[0])
        place = (site.span.start, site.span.end)
        if path and not project.exists(document.path, path):
            if path.lower().endswith(_IMAGES):
                yield Finding("source-image-missing", f"there is no image {path}", "mend its address", *place)
            else:
                yield Finding("source-link-broken", f"there is no file {path}", "mend the address", *place)
        elif mark and fragment:
            known = project.anchors(document.path, path)
            if known is not None and unquote(fragment).lower() not in known:
                message = f"no heading has the address #{fragment}"
                yield Finding("source-anchor-broken", message, "mend the address", *place)
    seen: set[str] = set()
    for block, anchor in zip(_headings(document), anchors(document, project.dialect), strict=False):
        base, _, number = anchor.rpartition("-")
        if number.isdigit() and base in seen:
            message = f"another heading above has the address #{base} too"
            yield Finding("source-heading-double", message, "give one of them an id, if it is linked to", *block)
        seen.add(anchor)


def _headings(document: Document) -> Iterator[tuple[int, int]]:
    for block in document.blocks:
        for leaf in block.leaves():
            if leaf.kind == "heading":
                yield leaf.span.start, leaf.span.end


CHECK = Check(
    {
        "source-image-missing": Severity.WARNING,
        "source-link-broken": Severity.WARNING,
        "source-anchor-broken": Severity.WARNING,
        "source-heading-double": Severity.INFO,
    },
    source=_check,
)
