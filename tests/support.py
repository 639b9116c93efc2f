"""What tests share: the corpora beside the checkout, system programs, and the real command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def shared() -> Path:
    """The folder of corpora: BILINGUAL_SHARED, or `shared` beside the checkout; skips where there is none."""
    folder = Path(os.environ.get("BILINGUAL_SHARED") or ROOT.parent / "shared")
    if not (folder / "corpora").is_dir():
        if os.environ.get("BILINGUAL_SHARED"):
            pytest.fail(f"BILINGUAL_SHARED names {folder}, which has no corpora")
        pytest.skip("the corpora are not there; BILINGUAL_SHARED names their folder")
    return folder


def system_program(name: str) -> str:
    """The path of a system program; skips where it is absent, unless BILINGUAL_REQUIRE_SYSTEM asks to fail."""
    found = shutil.which(name)
    if found is None:
        if os.environ.get("BILINGUAL_REQUIRE_SYSTEM") == "1":
            pytest.fail(f"{name} is not installed, and BILINGUAL_REQUIRE_SYSTEM=1")
        pytest.skip(f"{name} is not installed")
    return found


def tools(module: str) -> str:
    """The Python that BILINGUAL_TOOLS names, of an environment that has `module`; skips or fails as system_program."""
    python = os.environ.get("BILINGUAL_TOOLS")
    if not python:
        if os.environ.get("BILINGUAL_REQUIRE_SYSTEM") == "1":
            pytest.fail("BILINGUAL_TOOLS is not set, and BILINGUAL_REQUIRE_SYSTEM=1")
        pytest.skip(f"BILINGUAL_TOOLS does not name a Python that has {module}")
    if shutil.which(python) is None:
        pytest.fail(f"BILINGUAL_TOOLS names {python}, which is no program")
    if subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False).returncode:
        pytest.fail(f"BILINGUAL_TOOLS names {python}, which has no {module}")
    return python


def run(
    *args: str,
    cwd: Path,
    env: dict[str, str] | None = None,
    timeout: float = 60,
    wrapper: tuple[str, ...] = (),
) -> subprocess.CompletedProcess[str]:
    """Run the real command in `cwd`, under `wrapper` if there is one; its output is decoded, whatever its encoding."""
    return subprocess.run(
        [*wrapper, sys.executable, "-m", "bilingual", *args],
        cwd=cwd,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1", **(env or {})},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=timeout,
        check=False,
    )


def done(root: Path, *args: str, code: int = 0) -> str:
    """Run a command, assert its exit status and that no traceback shows, and return its output."""
    result = run(*args, cwd=root)
    output = result.stdout + result.stderr
    assert "Traceback" not in output
    assert result.returncode == code, output
    return output
