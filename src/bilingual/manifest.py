"""The manifest: which files merge wrote, with their hashes, so that a person's work is never overwritten."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

_LINE = re.compile(r"([0-9a-f]{64}|kept) [ *](.+)")
_HEAD = "# What `bilingual merge` wrote: commit this file, do not edit it. Check it with `sha256sum -c`.\n"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Files that merge wrote.

    Attributes:
        hashes: For each path below the project's folder, the SHA-256 of what merge wrote there. More than one
            while a run is under way, so that a killed run's files are still known.
        kept: Paths that a person has taken over; merge leaves them alone.
    """

    hashes: dict[str, frozenset[str]]
    kept: frozenset[str] = frozenset()

    def wrote(self, path: str, data: bytes) -> bool:
        """Return whether merge wrote `data` at `path`; git may have given its lines other ends when checking it out."""
        return not {digest(data), digest(data.replace(b"\r\n", b"\n"))}.isdisjoint(self.hashes.get(path, ()))


def digest(data: bytes) -> str:
    """Return the SHA-256 of `data` in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def read(data: bytes | None) -> Manifest:
    """Return the manifest that a file holds; lines that are none are passed over, as after a bad git merge.

    Args:
        data: What is in the file; None if there is none.
    """
    text = (data or b"").decode("utf-8", "replace")
    hashes: dict[str, frozenset[str]] = {}
    kept = set()
    for line in text.split("\n"):
        match = _LINE.fullmatch(line.rstrip("\r"))
        if match is None:
            continue
        value, path = match.groups()
        if not _safe(path):
            continue
        if value == "kept":
            kept.add(path)
        else:
            hashes[path] = hashes.get(path, frozenset()) | {value}
    return Manifest(hashes, frozenset(kept))


def _safe(path: str) -> bool:
    """Return whether a path stays below the project's folder, so that no manifest can name a file outside."""
    return (
        not path.startswith("/")
        and "\\" not in path
        and ":" not in path.split("/", maxsplit=1)[0]
        and ".." not in path.split("/")
    )


def write(manifest: Manifest) -> str:
    """Return the text of a manifest, in the form of `sha256sum`, sorted by path."""
    lines = [f"{value}  {path}\n" for path, values in manifest.hashes.items() for value in sorted(values)]
    lines.extend(f"kept  {path}\n" for path in manifest.kept)
    return _HEAD + "".join(sorted(lines, key=lambda line: (line.split(" ", 1)[1].strip(), line)))
