"""The real browser that tests read pages with."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from support import system_program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium (or the program that BILINGUAL_CHROMIUM names), which reaches this machine only.

    Tests skip where it or playwright is absent, unless BILINGUAL_REQUIRE_SYSTEM asks to fail. A start takes a second,
    so a module shares one: `@pytest.fixture(scope="module")`, and a new page or context in each test.
    """
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - most tests need no browser
    except ImportError:
        if os.environ.get("BILINGUAL_REQUIRE_SYSTEM") == "1":
            pytest.fail("playwright is not installed, and BILINGUAL_REQUIRE_SYSTEM=1")
        pytest.skip("playwright is not installed")
    found = os.environ.get("BILINGUAL_CHROMIUM") or next(filter(shutil.which, _NAMES), _NAMES[0])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=system_program(found), args=_OPTIONS)
        yield browser
        browser.close()
