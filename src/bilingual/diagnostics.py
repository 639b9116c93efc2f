"""Diagnostics and the forms they are shown in; nothing here prints or decides an exit code."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Severity(StrEnum):
    """How much a diagnostic matters."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is: a path as the user knows it, and a line and column counted in characters from 1."""

    path: str
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding, as data.

    The message is a phrase that names what is wrong, the hint says what to do. `mark` is the range of
    characters of `excerpt` that the finding is about; `related` names further places, each with the word
    that says what is there.
    """

    code: str
    message: str
    place: Place
    severity: Severity = Severity.ERROR
    excerpt: str = ""
    mark: tuple[int, int] | None = None
    hint: str = ""
    related: tuple[tuple[str, Place], ...] = ()


class BilingualError(Exception):
    """Work cannot go on; the diagnostics say why."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__(*diagnostics)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        return "\n".join(concise(each) for each in self.diagnostics)


_EXCERPT_WIDTH = 100
_COLOURS = {Severity.ERROR: "\x1b[31m", Severity.WARNING: "\x1b[33m", Severity.INFO: "\x1b[36m"}
_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_GITHUB_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}

# Fillers and joiners that are letters or marks to Unicode, yet nothing to the eye.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# Controls, formats (zero-width, bidirectional, tags), line and paragraph separators, lone surrogates and
# unassigned code points. Private use stays: fonts of Chinese books hold rare characters there.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Cn"})
_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _shown(char: str) -> str:
    """One character as `printable` shows it."""
    if " " <= char <= "~":
        return char
    if char in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[char]
    if unicodedata.category(char) not in _HIDDEN_CATEGORIES and char not in _UNSEEN:
        return char
    point = ord(char)
    if point <= 0xFF:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"


def printable(text: str) -> str:
    r"""Make every character visible that could move, hide or reorder what a terminal shows.

    Control characters, ESC included, bidirectional controls, zero-width characters, line separators and lone
    surrogates become escapes such as `\x1b` and `\u202e`; all else is left as it is. The result is one line.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def _width(text: str) -> int:
    """Columns that printable text takes on a terminal: wide characters take two, combining marks none."""
    if text.isascii():
        return len(text)
    columns = 0
    for char in text:
        if unicodedata.category(char) in {"Mn", "Me"}:
            continue
        columns += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return columns


def _position(place: Place) -> str:
    parts = [printable(place.path)]
    if place.line is not None:
        parts.append(str(place.line))
        if place.column is not None:
            parts.append(str(place.column))
    return ":".join(parts)


def _title(diagnostic: Diagnostic, *, colour: bool) -> str:
    label = f"{diagnostic.severity}[{printable(diagnostic.code)}]"
    position = _position(diagnostic.place)
    if colour:
        label = f"{_BOLD}{_COLOURS[diagnostic.severity]}{label}{_RESET}"
        position = f"{_BOLD}{position}{_RESET}"
    return f"{position}: {label} {printable(diagnostic.message)}"


def concise(diagnostic: Diagnostic) -> str:
    """The diagnostic in one line: `path:line:col: severity[code] message`."""
    return _title(diagnostic, colour=False)


def _fit(text: str, columns: int) -> str:
    """The longest beginning of `text` whose printable form takes at most that many columns."""
    for index, char in enumerate(text):
        columns -= _width(_shown(char))
        if columns < 0:
            return text[:index]
    return text


def _window(text: str, mark: tuple[int, int]) -> tuple[str, str, str]:
    """Split an excerpt into what is before, in and after its mark, printable and cut to a screen."""
    start = min(max(mark[0], 0), len(text))
    end = min(max(mark[1], start), len(text))
    # Only what could fit is looked at, so that a line of megabytes costs no more than a short one.
    marked = _fit(text[start : min(end, start + _EXCERPT_WIDTH)], _EXCERPT_WIDTH)
    end_shown = start + len(marked)
    if end_shown < end:
        return ("…" if start else ""), printable(marked), "…"
    rest = _EXCERPT_WIDTH - _width(printable(marked))
    following = _fit(text[end : end + rest], rest)
    room = max(rest // 2, rest - _width(printable(following)))
    before = _fit(text[max(0, start - room) : start][::-1], room)[::-1]
    after = _fit(following, rest - _width(printable(before)))
    return (
        ("…" if len(before) < start else "") + printable(before),
        printable(marked),
        printable(after) + ("…" if end + len(after) < len(text) else ""),
    )


def full(diagnostic: Diagnostic, *, colour: bool = False) -> str:
    """The diagnostic over several lines: title, excerpt and mark, hint, related places; no final newline.

    The carets stand under the marked characters by display columns. Escape sequences are written only with
    `colour`, and never come from the diagnostic's own texts.
    """
    lines = [_title(diagnostic, colour=colour)]
    if diagnostic.excerpt:
        before, marked, after = _window(diagnostic.excerpt, diagnostic.mark or (0, 0))
        lines.append(f"  | {before}{marked}{after}".rstrip())
        if diagnostic.mark is not None:
            carets = "^" * max(1, _width(marked))
            if colour:
                carets = f"{_COLOURS[diagnostic.severity]}{carets}{_RESET}"
            lines.append(f"  | {' ' * _width(before)}{carets}")
    if diagnostic.hint:
        label = f"{_BOLD}hint:{_RESET}" if colour else "hint:"
        lines.append(f"  {label} {printable(diagnostic.hint)}")
    for word, place in diagnostic.related:
        label = f"{_DIM}{printable(word)}:{_RESET}" if colour else f"{printable(word)}:"
        lines.append(f"  {label} {_position(place)}")
    return "\n".join(lines)


def _place_json(place: Place) -> dict[str, object]:
    return {"path": place.path, "line": place.line, "column": place.column}


def to_json(diagnostic: Diagnostic) -> dict[str, object]:
    """The diagnostic as values for `json.dumps`: every key is always there, and texts are exact."""
    return {
        "code": diagnostic.code,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        **_place_json(diagnostic.place),
        "excerpt": diagnostic.excerpt,
        "mark": list(diagnostic.mark) if diagnostic.mark is not None else None,
        "hint": diagnostic.hint,
        "related": [{"what": word, **_place_json(place)} for word, place in diagnostic.related],
    }


_SARIF_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def sarif(diagnostics: Iterable[Diagnostic], pages: Mapping[str, str], version: str) -> dict[str, object]:
    """The diagnostics as a SARIF 2.1.0 log, which code hosts and editors show.

    Source: "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", OASIS, 2020.

    Args:
        diagnostics: The findings.
        pages: What each code means, in Markdown.
        version: The version of this program.
    """
    found = list(diagnostics)
    rules = [
        {
            "id": code,
            "shortDescription": {"text": pages.get(code, code).split("\n", 1)[0]},
            "help": {"text": pages.get(code, code), "markdown": pages.get(code, code)},
        }
        for code in sorted({each.code for each in found})
    ]
    results = [
        {
            "ruleId": each.code,
            "level": _SARIF_LEVELS[each.severity],
            "message": {"text": each.message + (f" ({each.hint})" if each.hint else "")},
            "locations": [_sarif_place(each.place)],
            "relatedLocations": [_sarif_place(place) | {"message": {"text": word}} for word, place in each.related],
        }
        for each in found
    ]
    driver = {"name": "bilingual", "version": version, "rules": rules}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results, "columnKind": "unicodeCodePoints"}],
    }


def _sarif_place(place: Place) -> dict[str, object]:
    physical: dict[str, object] = {"artifactLocation": {"uri": quote(place.path)}}
    if place.line is not None:
        physical["region"] = {"startLine": max(1, place.line)}
    return {"physicalLocation": physical}


def _github_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _github_property(text: str) -> str:
    return _github_data(text).replace(":", "%3A").replace(",", "%2C")


def github(diagnostic: Diagnostic) -> str:
    """The diagnostic as a workflow command of GitHub Actions, which shows it beside the changed line.

    Source: "Workflow commands for GitHub Actions" in the documentation of GitHub; the escaping is that
    of `actions/toolkit` (`%`, CR and LF in the message, also `:` and `,` in properties).
    """
    place = diagnostic.place
    properties = [("file", printable(place.path))]
    if place.line is not None:
        properties.append(("line", str(place.line)))
        if place.column is not None:
            properties.append(("col", str(place.column)))
    properties.append(("title", printable(diagnostic.code)))
    message = printable(diagnostic.message)
    if diagnostic.hint:
        message += f"\nhint: {printable(diagnostic.hint)}"
    fields = ",".join(f"{name}={_github_property(value)}" for name, value in properties)
    return f"::{_GITHUB_COMMANDS[diagnostic.severity]} {fields}::{_github_data(message)}"
