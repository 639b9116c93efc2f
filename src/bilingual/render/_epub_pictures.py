"""Pictures as an EPUB may hold them: of a kind that every reader shows, and complete in themselves."""

from __future__ import annotations

import re
from xml.parsers import expat

_DECLARATIONS = re.compile(r"<\?.*?\?>|<!DOCTYPE[^\[>]*(?:\[[^\]]*\])?[^>]*>", re.DOTALL)
_SVG_TAG = re.compile(r"<(?!!--)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>")
_REFERENCE = re.compile(
    r"""\s(?:xlink:)?href\s*=\s*(?:"(?!\s*(?:#|data:image/))[^"]*"|'(?!\s*(?:#|data:image/))[^']*')"""
)
_SVG_ID = re.compile(r"""\sid\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_OUTSIDE = re.compile(r"url\(\s*(?!['\"]?\s*(?:#|data:))[^)]*\)|@import[^;]*;?")


def image(data: bytes) -> tuple[str, bytes] | None:
    """Return the suffix of a picture that every reader of EPUB shows and its bytes, None if readers need not show it.

    An SVG picture comes without what it refers to elsewhere, which an EPUB must not have.
    """
    for start, suffix in (
        (b"\x89PNG\r\n\x1a\n", ".png"),
        (b"\xff\xd8\xff", ".jpg"),
        (b"GIF87a", ".gif"),
        (b"GIF89a", ".gif"),
    ):
        if data.startswith(start):
            return suffix, data
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ".webp", data
    made = _svg(data)
    return None if made is None else (".svg", made)


def _svg(data: bytes) -> bytes | None:
    if b"<svg" not in data[:20_000]:
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    text = _DECLARATIONS.sub("", text).strip()
    if not re.match(r"(?:<!--.*?-->\s*)*<svg\b", text, re.DOTALL):
        return None
    seen: set[str] = set()

    def once(match: re.Match[str]) -> str:
        name = match.group(1) or match.group(2) or ""
        if not name or name in seen or re.search(r"\s", name):
            return ""
        seen.add(name)
        return match.group()

    def tag(match: re.Match[str]) -> str:
        made = match.group()
        if "href" in made and not made.startswith("<a "):
            made = _REFERENCE.sub("", made)
        return _SVG_ID.sub(once, made) if "id" in made else made

    text = _OUTSIDE.sub("", _SVG_TAG.sub(tag, text)) if "url(" in text or "@import" in text else _SVG_TAG.sub(tag, text)
    head = text[: text.index(">", text.index("<svg"))]
    for name, space in (("xmlns", "http://www.w3.org/2000/svg"), ("xmlns:xlink", "http://www.w3.org/1999/xlink")):
        if not re.search(rf"\s{name}\s*=", head) and (name == "xmlns" or "xlink:" in text):
            text = text.replace("<svg", f'<svg {name}="{space}"', 1)
    made = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(made, True)  # noqa: FBT003 - the parameter has no name
    except expat.ExpatError:
        return None
    return made
