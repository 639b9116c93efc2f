"""Translate Markdown books with gettext catalogs; math, code and diagrams stay untouched."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bilingual.catalog import Catalog, Entry, State, read, write
    from bilingual.config import Config, load
    from bilingual.diagnostics import BilingualError, Diagnostic, Place, Severity
    from bilingual.markdown.dialect import Dialect, dialect
    from bilingual.markdown.document import Document, Kind, Segment
    from bilingual.markdown.parse import parse
    from bilingual.merge import prove, verify
    from bilingual.text import Edit, Span
    from bilingual.unit import Unit, units
    from bilingual.update import template

__version__ = "0.1.0"

__all__ = [
    "BilingualError",
    "Catalog",
    "Config",
    "Diagnostic",
    "Dialect",
    "Document",
    "Edit",
    "Entry",
    "Kind",
    "Place",
    "Segment",
    "Severity",
    "Span",
    "State",
    "Unit",
    "dialect",
    "load",
    "parse",
    "prove",
    "read",
    "template",
    "units",
    "verify",
    "write",
]

_HOMES = {
    "catalog": ("Catalog", "Entry", "State", "read", "write"),
    "config": ("Config", "load"),
    "diagnostics": ("BilingualError", "Diagnostic", "Place", "Severity"),
    "markdown.dialect": ("Dialect", "dialect"),
    "markdown.document": ("Document", "Kind", "Segment"),
    "markdown.parse": ("parse",),
    "merge": ("prove", "verify"),
    "text": ("Edit", "Span"),
    "unit": ("Unit", "units"),
    "update": ("template",),
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public name
    """Import a public name when it is first asked for, so that `bilingual --help` pays for none."""
    for home, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(f"bilingual.{home}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'bilingual' has no attribute {name!r}")
