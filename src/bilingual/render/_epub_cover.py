"""The cover of an EPUB whose book has none: its titles on a plain colour, as SVG."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from bilingual.render._rows import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHEETS = ("#1f3a4d", "#3b2f4f", "#24453a", "#5a2e2a", "#2f3550", "#4a3a22")


def drawn(titles: Sequence[str], subtitles: Sequence[str], people: Sequence[str], languages: Sequence[str]) -> bytes:
    """Return a cover as an SVG picture; its colour comes from the first title.

    Args:
        titles: The title of the book in its languages.
        subtitles: Its subtitle in them.
        people: Who wrote it.
        languages: The names of the languages.
    """
    sheet = _SHEETS[int(digest("".join(titles[:1]).encode()), 16) % len(_SHEETS)]
    parts = []
    top = 560.0
    for index, title in enumerate(titles):
        sizes = (150, 126, 104, 86, 70) if not index else (92, 80, 68, 58, 48)
        size, lines = _fitted(title, sizes)
        if index:
            top += 75
            parts.append(f'<rect x="160" y="{top:.0f}" width="220" height="6" fill="#d9a441"/>')
            top += 60
        for line in lines:
            top += size * 1.25
            parts.append(_line(line, top, size, "#ffffff" if not index else "#e8e4da", bold=not index))
    top += 60
    for text in subtitles:
        size, lines = _fitted(text, (56, 46))
        for line in lines[:3]:
            top += size * 1.35
            parts.append(_line(line, top, size, "#cfc9bb"))
    size, lines = _fitted(" · ".join(people), (58, 48, 40))
    parts.extend(_line(line, 2290 + index * size * 1.3, size, "#ffffff") for index, line in enumerate(lines[:2]))
    parts.append(_line(" · ".join(languages), 250, 46, "#d9a441"))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1600 2400" width="1600" height="2400" '
        "font-family=\"'Noto Serif', 'Noto Serif CJK SC', 'Source Han Serif SC', 'Songti SC', Georgia, serif\">\n"
        f'<rect width="1600" height="2400" fill="{sheet}"/>\n'
        '<rect width="56" height="2400" fill="#000000" opacity="0.22"/>\n'
        '<rect x="160" y="300" width="1280" height="4" fill="#d9a441"/>\n' + "\n".join(parts) + "\n</svg>\n"
    ).encode()


def _line(text: str, top: float, size: int, colour: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="160" y="{top:.0f}" font-size="{size}" fill="{colour}"{weight}>{escape(text, quote=False)}</text>'


def _fitted(text: str, sizes: Sequence[int]) -> tuple[int, list[str]]:
    """Return the greatest of some sizes that needs no more than four lines for a text, and the lines."""
    size, lines = sizes[-1], [text]
    for size in sizes:
        lines = _wrapped(text, 1260 / size)
        if len(lines) <= 4:
            break
    return size, lines


def _wrapped(text: str, width: float) -> list[str]:
    """Break a text into lines of so many em: between wide characters, and at blanks."""
    lines: list[str] = []
    line, room = "", width
    for word in re.findall(r"[\u2e80-\uffef][，。：；、！？》」』）]*|[^\s\u2e80-\uffef]+\s*|\s+", text):
        need = sum(1 if char >= "\u2e80" else 0.58 for char in word.rstrip())
        if line and need > room:
            lines.append(line.rstrip())
            line, room = "", width
        line += word
        room -= sum(1 if char >= "\u2e80" else 0.58 for char in word)
    return [*lines, line.rstrip()] if line.strip() else lines
