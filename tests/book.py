"""Small books for tests that run the real command."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bilingual.catalog import Entry, read_bytes, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

#: The catalog and the translation of the chapter `a.md`.
PO = "locale/en/LC_MESSAGES/a.po"
OUT = "content/en/a.md"
CONFIG = 'source = "zh"\ntargets = ["en"]\n'


def make(root: Path, files: Mapping[str, str | bytes], config: str = CONFIG) -> Path:
    """Write a project with the given files, paths below its folder."""
    for name, content in {"bilingual.toml": config, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def edit(path: Path, change: Callable[[Entry], Entry]) -> None:
    """Change each live entry of a PO file, as a translator does."""
    catalog = read_bytes(path.read_bytes(), str(path))
    entries = tuple(entry if entry.obsolete else change(entry) for entry in catalog.entries)
    path.write_bytes(write(replace(catalog, entries=entries)).encode())


def translate(root: Path, texts: Mapping[str, str], target: str = "en") -> None:
    """Fill the entries whose msgid is a key of `texts`, in every catalog of the target."""
    for path in sorted((root / "locale" / target).rglob("*.po")):
        edit(path, lambda entry: replace(entry, msgstr=texts.get(entry.msgid, entry.msgstr)))


def entries(path: Path) -> dict[str, Entry]:
    """The entries of a PO file by msgid."""
    return {entry.msgid: entry for entry in read_bytes(path.read_bytes(), str(path)).entries}


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
