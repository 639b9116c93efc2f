"""Files read and written as a whole; what the operating system refuses becomes a diagnostic."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import re
import subprocess
import time
from typing import TYPE_CHECKING

from bilingual.diagnostics import BilingualError, Diagnostic, Place

if TYPE_CHECKING:
    from pathlib import Path

_TEMPORARY = re.compile(r"\.[0-9a-f]{12}\.\d+\.tmp")
_OLD = 600.0  # seconds


def refused(code: str, message: str, error: OSError, shown: str, hint: str = "check its permissions") -> Diagnostic:
    """Return the diagnostic for what the operating system would not do."""
    return Diagnostic(code, f"{message}: {error.strerror or type(error).__name__}", Place(shown), hint=hint)


def read_file(path: Path, shown: str) -> bytes:
    """Return the bytes of a file.

    Raises:
        BilingualError: If it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        hint = "is its name right?" if isinstance(error, FileNotFoundError) else "check its permissions"
        raise BilingualError(refused("file-unreadable", "the file cannot be read", error, shown, hint)) from None


def read_optional(path: Path, shown: str) -> bytes | None:
    """Return the bytes of a file, or None if there is none.

    Raises:
        BilingualError: If there is one that cannot be read.
    """
    return read_file(path, shown) if os.path.lexists(path) else None


def decode(data: bytes, shown: str) -> str:
    """Return the text of a source file, every character as it is.

    Raises:
        BilingualError: If it is not in UTF-8.
    """
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BilingualError(
            Diagnostic(
                "file-encoding",
                "the file is not in UTF-8, so it is left alone",
                Place(shown, line),
                hint=f"convert it, for example: iconv -f GB18030 -t UTF-8 {shown}",
            ),
        ) from None


def digest(*parts: bytes | None) -> str:
    """Return a short hash of some contents, each of which may be missing."""
    result = hashlib.blake2b(digest_size=16)
    for part in parts:
        result.update(b"-" if part is None else b"+%d:" % len(part))
        result.update(part or b"")
    return result.hexdigest()


@functools.cache
def _sweep(folder: Path) -> None:
    """Remove temporary files that killed runs left in a folder, once a run; young ones may belong to another run."""
    for path in folder.glob(".*.*.tmp"):
        with contextlib.suppress(OSError):
            if _TEMPORARY.fullmatch(path.name) and time.time() - path.stat().st_mtime > _OLD:
                path.unlink()


def write_file(path: Path, data: bytes, shown: str, was: str | None = None) -> None:
    """Replace a file as a whole: whenever the process dies, it is either old or new.

    Args:
        path: The file.
        data: What it is to hold.
        shown: Its path for messages.
        was: The `digest` of what it held when it was read, None if it was not; another program's work is not replaced.

    Raises:
        BilingualError: If it cannot be written, or if another program wrote it in the meantime.
    """
    # Short, since the name itself may be as long as a name can be.
    short = hashlib.blake2b(path.name.encode("utf-8", "surrogateescape"), digest_size=6).hexdigest()
    temporary = path.with_name(f".{short}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path.parent)
        try:
            temporary.write_bytes(data)
            with contextlib.suppress(OSError):
                temporary.chmod(path.stat().st_mode & 0o777)
            _check_unchanged(path, shown, was)
            temporary.replace(path)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
    except OSError as error:
        hint = "check permissions and free space"
        raise BilingualError(refused("file-unwritable", "the file cannot be written", error, shown, hint)) from None


def _check_unchanged(path: Path, shown: str, was: str | None) -> None:
    if was is not None and digest(read_optional(path, shown)) != was:
        raise BilingualError(
            Diagnostic(
                "file-busy",
                "another program saved this file while it was being worked on, so it is left as that program left it",
                Place(shown),
                hint="run the command again",
            ),
        )


def put_file(path: Path, data: bytes | None, shown: str, was: str) -> None:
    """Write a file, or remove it if there is nothing to hold: a catalog without entries is no file to gettext."""
    if data is not None:
        write_file(path, data, shown, was)
    else:
        _check_unchanged(path, shown, was)
        with contextlib.suppress(OSError):
            path.unlink()


def run_git(root: Path, *args: str) -> bytes | None:
    """Return what git prints, None if it fails or is not there."""
    try:
        done = subprocess.run(["git", *args], cwd=root, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout


def check_revision(root: Path, name: str) -> None:
    """Raise an error if git has no revision of a name.

    Raises:
        BilingualError: In that case.
    """
    if run_git(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}") is None:
        hint = "name a commit, branch or tag that this clone has"
        raise BilingualError(Diagnostic("path-unknown", "git has no such revision here", Place(name), hint=hint))
