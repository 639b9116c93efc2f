"""Makes the picture of the README: an entry of a catalog, and the page of the website on a wide screen and on a phone.

    python tools/picture.py [FILE]    writes docs/images/sample-book.png, or FILE

The website of the sample book is published into a temporary folder, and Chromium shows it; nothing is drawn by hand. It
needs playwright and Chromium, or the browser that BILINGUAL_CHROMIUM names. The fonts are those of the machine: the
picture in the repository was made with Noto Sans, Noto Serif and Noto CJK, and other fonts give another picture.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import GettextLexer

from bilingual.config import load
from bilingual.project import publish

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "images" / "sample-book.png"
#: GitHub shows a README's pictures from the repository; a heavy one is felt on a phone.
MOST_BYTES = 350_000
#: What is shown: a chapter, and the heading that the screens begin with; the entry is that of the paragraph below it.
CHAPTER, HEADING = "ch01", "什么是语言模型"
#: Pixels of the picture for one of its layout, so that text is sharp where screens have many.
SCALE = 1.4
#: The width of each window, how much of its height is shown, and how large.
WINDOWS = {"wide": (900, 404, 0.72), "phone": (375, 730, 0.72)}
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = ("--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND", "--hide-scrollbars")

_PAGE = Template("""<!doctype html>
<meta charset="utf-8">
<style>
* { box-sizing: border-box; margin: 0; }
body { width: 1000px; padding: 20px; background: #eef0ee; font: 13px/1.5 system-ui, sans-serif; color: #2a2d2a; }
main { display: grid; grid-template-columns: 648px 270px; grid-template-rows: auto 1fr; gap: 18px 42px; }
figure { display: flex; flex-direction: column; gap: 6px; }
figcaption b { font-weight: 650; }
.card { overflow: hidden; border: 1px solid #c9cec9; border-radius: 8px; background: #fff; }
.card img { display: block; width: 100%; }
pre { padding: 12px 14px; font: 12px/1.6 "Noto Sans Mono CJK SC", ui-monospace, monospace; white-space: pre-wrap; }
.c1, .kd { color: #6a716a; } .nv { color: #8a2c5b; } .s { color: #16572f; }
.phone { grid-column: 2; grid-row: 1 / 3; }
.phone .card { border: 7px solid #2f332f; border-radius: 26px; }
</style>
<main>
<figure><figcaption><b>What a translator gets:</b> $catalog</figcaption><div class="card">$entry</div></figure>
<figure><figcaption><b>What readers get:</b> both languages side by side …</figcaption>
<div class="card"><img src="$wide" alt=""></div></figure>
<figure class="phone"><figcaption>… and on a phone</figcaption>
<div class="card"><img src="$phone" alt=""></div></figure>
</main>
""")


def entry(catalog: str) -> str:
    """Return the entry of the paragraph that follows the heading, as it stands in the catalog."""
    found = re.split(r"\n\n", catalog)
    number = next(index for index, text in enumerate(found) if f'\nmsgid "{HEADING}"\n' in text)
    return found[number + 1]


def coloured(text: str) -> str:
    """Return an entry as HTML, with comments, keywords and strings told apart."""
    shown: str = highlight(text, GettextLexer(), HtmlFormatter(nowrap=True))
    return f"<pre>{shown}</pre>"


def screen(browser: Browser, page: Path, width: int, height: int, size: float) -> str:
    """Return what a window of that width shows of a page, down to some height, as the address of a picture."""
    # As high as windows are: the page has no bar at the top of a low one.
    window = browser.new_page(
        viewport={"width": width, "height": 812}, device_scale_factor=SCALE * size, color_scheme="light"
    )
    window.goto(page.as_uri())
    window.evaluate(
        """async (id) => {
            await document.fonts.ready;
            const heading = document.getElementById(id).closest(".row");
            scrollTo({top: heading.getBoundingClientRect().top + scrollY - 40, behavior: "instant"});
        }""",
        HEADING,
    )
    window.wait_for_timeout(500)  # the bar at the top fades in
    data = window.screenshot(animations="disabled", clip={"x": 0, "y": 0, "width": width, "height": height})
    window.close()
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def picture(book: Path) -> bytes:
    """Return the picture of the book in a folder, whose website is published."""
    catalog = f"locale/en/LC_MESSAGES/{CHAPTER}.po"
    page = book / f"build/en/html/{CHAPTER}.html"
    found = os.environ.get("BILINGUAL_CHROMIUM") or next(filter(shutil.which, _CHROMIUM), _CHROMIUM[0])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which(found), args=_OPTIONS)
        text = _PAGE.substitute(
            catalog=catalog,
            entry=coloured(entry((book / catalog).read_text("utf-8"))),
            **{name: screen(browser, page, *window) for name, window in WINDOWS.items()},
        )
        composed = browser.new_page(viewport={"width": 1000, "height": 400}, device_scale_factor=SCALE)
        composed.set_content(text, wait_until="load")
        data = composed.screenshot(full_page=True)
        browser.close()
    return data


def main(target: Path) -> None:
    """Write the picture; exits if it has become too heavy."""
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder)
        for name in ("content", "locale"):
            shutil.copytree(ROOT / name, book / name)
        shutil.copy(ROOT / "bilingual.toml", book)
        publish(load(book / "bilingual.toml"), ["html"])
        data = picture(book)
    if len(data) > MOST_BYTES:
        sys.exit(f"the picture has {len(data)} bytes, more than {MOST_BYTES}")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    print(f"wrote {target}, {len(data)} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE)
