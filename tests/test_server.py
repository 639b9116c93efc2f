"""The live preview over real sockets and real files, and the page that follows them in a real browser."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from book import edit, make
from browser import chromium
from support import done, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, FloatRect

CONFIG = 'source = "zh"\ntargets = ["en"]\ntitle = "书"\nformats = ["html"]\n'
PARAGRAPHS = "\n\n".join(f"第{number}段讲一件事。" for number in range(1, 61))
DIAGRAM = "```python\nprint(1)\n```"
FILES: dict[str, str | bytes] = {
    "content/zh/a.md": f"# 第一章\n\n公式 $x$ 在这里。\n\n![图](fig.png)\n\n{DIAGRAM}\n\n{PARAGRAPHS}\n",
    "content/zh/part/b.md": "# 第二章\n\n见[第一章](../a.md)。\n",
    "content/zh/part/README.md": "# 部分\n\n文字。\n",
    "content/zh/fig.png": b"\x89PNG\r\n\x1a\n",
    "secret.txt": "not for readers",
}
PO = "locale/en/LC_MESSAGES/a.po"
#: How long a test waits for what must come.
PATIENCE = 30.0


def written(root: Path) -> Path:
    """A book of three chapters, of which the first is translated."""
    make(root, FILES, CONFIG)
    done(root, "extract")
    edit(root / PO, lambda entry: replace(entry, msgstr=english(entry.msgid)))
    return root


def english(text: str) -> str:
    number = re.fullmatch(r"第(\d+)段讲一件事。", text)
    if number:
        return f"Paragraph {number[1]} is about one thing."
    return {
        "第一章": "Chapter one",
        "公式 $x$ 在这里。": "The formula $x$ is here.",
        "![图](fig.png)": "![Figure](fig.png)",
    }[text]


def translated(root: Path, number: int, text: str) -> None:
    """Translate a paragraph anew."""
    edit(root / PO, lambda entry: replace(entry, msgstr=text) if entry.msgid == f"第{number}段讲一件事。" else entry)


class Live:
    """A running `bilingual serve`."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        body = response.read().decode(errors="replace")
        connection.close()
        return response.status, dict(response.getheaders()), body

    def page(self, path: str) -> str:
        status, _, body = self.get(path)
        assert status == 200
        return body

    def notes(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.page(f"/_live/{path}"))
        return found

    @contextmanager
    def events(self) -> Iterator[Callable[[str, str], None]]:
        """Give a function that waits for an event that is about a page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", "/_live")
        response = connection.getresponse()
        assert response.headers["Content-Type"] == "text/event-stream"

        def wait(event: str, page: str) -> None:
            name = ""
            while True:
                line = response.readline().decode().strip()
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: ") and name == event:
                    pages = json.loads(line[6:])
                    if pages == "*" or page in pages:
                        return

        try:
            yield wait
        finally:
            response.close()
            connection.close()

    def until(self, path: str, text: str) -> str:
        """Wait for a page that holds a text."""
        end = time.monotonic() + PATIENCE
        while text not in (body := self.get(path)[2]):
            assert time.monotonic() < end, body
            time.sleep(0.02)
        return body

    def complete(self) -> None:
        """Wait until all chapters are there, as the search does."""
        self.page("/_static/search/index.js")

    def stop(self) -> str:
        """Press Ctrl-C; return what was shown."""
        self.process.send_signal(signal.SIGINT)
        shown, _ = self.process.communicate(timeout=PATIENCE)
        return shown


@contextmanager
def serving(root: Path, *args: str) -> Iterator[Live]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bilingual", "serve", "--port", "0", *args],
        cwd=root,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if match := re.match(r"http://[^ ]*:(\d+)/ ", line):
                live = Live(process, int(match[1]))
                break
        else:
            pytest.fail(f"serve ended with {process.wait()}")
        yield live
    finally:
        if process.poll() is None:
            shown = live.stop()
            assert "Traceback" not in shown
            assert process.returncode == 0, shown
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return written(tmp_path)


def test_it_serves_what_the_published_site_has(book: Path) -> None:
    done(book, "merge")
    site = book / "build/en/html"
    with serving(book) as live:
        live.complete()
        for path in sorted(site.rglob("*")):
            name = path.relative_to(site).as_posix()
            if not path.is_file() or name in {"404.html", ".nojekyll"}:
                continue
            status, headers, body = live.get(f"/{quote(name)}")
            assert status == 200, name
            if name.endswith(".html"):
                assert headers["Content-Type"] == "text/html; charset=utf-8"
                body = re.sub(r".*_static/live\..*\n", "", body).replace("connect-src 'self'; ", "")
            if path.suffix in {".html", ".js", ".css"}:
                assert body == path.read_text("utf-8"), name
        assert live.page("/part/") == live.page("/part/index.html")
        status, headers, _ = live.get("/part")
        assert (status, headers["Location"]) == (302, "/part/")


def test_a_saved_catalog_or_source_reaches_the_open_page(book: Path) -> None:
    with serving(book) as live, live.events() as wait:
        assert "Paragraph 7 is about one thing." in live.page("/a.html")
        translated(book, 7, "The seventh, at last.")
        wait("page", "a.html")
        assert "The seventh, at last." in live.page("/a.html")
        assert "The seventh, at last." in live.page("/en/a.html")
        # As editors save: into another file that takes the place of the old one.
        source = book / "content/zh/a.md"
        new = source.with_name("a.md.new")
        new.write_text(source.read_text("utf-8").replace("第9段", "第九段"), "utf-8")
        new.replace(source)
        wait("page", "zh/a.html")
        assert "第九段讲一件事。" in live.page("/zh/a.html")
        # In two steps, and empty in between.
        text = source.read_text("utf-8")
        with source.open("w", encoding="utf-8") as file:
            file.flush()
            time.sleep(0.05)
            file.write(text.replace("第九段", "第玖段"))
        assert "第60段" in live.until("/a.html", "第玖段讲一件事。")
        shown = live.stop()
    assert re.search(rf"^{PO} → a.html, \d+ ms$", shown, re.MULTILINE)
    assert re.search(r"^content/zh/a.md → a.html, \d+ ms$", shown, re.MULTILINE)


def test_an_edit_makes_no_other_chapter_anew(book: Path) -> None:
    with serving(book) as live:
        live.complete()
        with live.events() as wait:
            translated(book, 7, "The seventh.")
            wait("page", "a.html")
            (book / PO).touch()
            translated(book, 8, "The eighth.")
            wait("page", "a.html")
        shown = live.stop()
    assert shown.count(" → ") == shown.count(" → a.html, ") == 2


def test_a_broken_catalog_leaves_the_last_page_and_says_why(book: Path) -> None:
    catalog = book / PO
    with serving(book) as live, live.events() as wait:
        live.page("/a.html")
        good = catalog.read_bytes()
        catalog.write_bytes(good[: len(good) // 2] + b'\nmsgid "\n')
        wait("page", "a.html")
        assert "Paragraph 7 is about one thing." in live.page("/a.html")
        notes = live.notes("a.html")
        assert notes["held"]
        assert notes["top"][0]["place"].startswith(PO)
        catalog.write_bytes(good.replace(b"Paragraph 7 is", b"Paragraph seven is"))
        wait("page", "a.html")
        assert "Paragraph seven is about" in live.page("/a.html")
        assert not live.notes("a.html")["held"]
        shown = live.stop()
    assert f"{PO} → the page stays as it was" in shown
    assert "error[catalog-" in shown


def test_a_chapter_that_was_broken_from_the_start_has_a_page_too(book: Path) -> None:
    good = (book / PO).read_bytes()
    (book / PO).write_bytes(b'msgid "\n')
    with serving(book) as live:
        live.page("/a.html")
        assert live.notes("a.html")["top"][0]["severity"] == "error"
        with live.events() as wait:
            (book / PO).write_bytes(good)
            wait("page", "a.html")
        assert "Chapter one" in live.page("/a.html")


def test_a_broken_configuration_leaves_every_page_and_says_why(book: Path) -> None:
    config = book / "bilingual.toml"
    with serving(book) as live, live.events() as wait:
        live.page("/a.html")
        config.write_text(CONFIG + "minimun = 3\n", "utf-8")
        wait("notes", "a.html")
        assert "Chapter one" in live.page("/a.html")
        for page in ("a.html", "index.html", "part/b.html"):
            notes = live.notes(page)
            assert notes["held"]
            assert notes["top"][0]["place"] == "bilingual.toml:5"
            assert "minimun" in notes["top"][0]["message"]
        # Chapters follow their files all the same.
        translated(book, 7, "The seventh.")
        wait("page", "a.html")
        assert "The seventh." in live.page("/a.html")
        config.write_text(CONFIG.replace("书", "新书"), "utf-8")
        wait("page", "a.html")
        live.until("/a.html", "新书")  # the news may still be that of the catalog
        assert not live.notes("a.html")["held"]
        shown = live.stop()
    assert 'error[config-key] unknown key "minimun"' in shown
    assert re.search(r"^bilingual.toml → all pages, \d+ ms$", shown, re.MULTILINE)


def test_chapters_and_pictures_come_and_go(book: Path) -> None:
    with serving(book) as live, live.events() as wait:
        assert live.get("/new/c.html")[0] == 404
        (book / "content/zh/new").mkdir()
        (book / "content/zh/new/c.md").write_text("# 新章\n\n![图](d.png)\n", "utf-8")
        assert "missing-image" in live.until("/new/c.html", "新章")
        live.until("/", "新章")
        (book / "content/zh/new/d.png").write_bytes(b"\x89PNG")
        live.until("/new/c.html", "_assets/zh/new/d.png")
        assert live.get("/_assets/zh/new/d.png")[1]["Content-Type"] == "image/png"
        (book / "content/zh/new/d.png").write_bytes(b"\x89PNG again")
        wait("assets", "_assets/zh/new/d.png")
        (book / "content/zh/new/c.md").unlink()
        live.until("/new/c.html", "There is no page")
        assert "新章" not in live.page("/")


def test_findings_of_merge_and_checks_stand_with_their_rows(book: Path) -> None:
    edit(
        book / PO,
        lambda entry: replace(entry, msgstr="No formula.") if "$x$" in entry.msgid else entry,
    )
    translated(book, 3, "- a list")
    (book / "content/zh/a.md").write_text(str(FILES["content/zh/a.md"]).replace("fig.png", "gone.png"), "utf-8")
    with serving(book) as live, live.events() as wait:
        page = live.page("/a.html")
        live.notes("a.html")
        wait("notes", "a.html")
        notes = live.notes("a.html")
        found = {each["code"]: row for row, listed in notes["rows"].items() for each in listed}
        assert {"math-changed", "structure-changed", "picture-missing"} <= set(found)
        row = re.search(r'id="(r-\w+)"[^>]*>(?:(?!id="r-).)*在这里。', page, re.DOTALL)
        assert row is not None
        assert found["math-changed"] == row[1]
        origin, entries = notes["places"][row[1]]
        assert origin == "content/zh/a.md:3"
        path, line = entries[0][0].rsplit(":", 1)
        assert path == PO
        assert "公式" in "".join((book / PO).read_text("utf-8").split("\n")[int(line) - 1 : int(line) + 4])
        assert live.notes("index.html")["top"] == []


def test_the_index_of_the_search_is_that_of_the_whole_book(book: Path) -> None:
    with serving(book) as live:
        assert "第二章" in live.page("/_static/search/index.js")
        with live.events() as wait:
            translated(book, 7, "Something about zebras.")
            wait("page", "a.html")
        words = re.findall(r'"words-(\d+)\.', live.page("/_static/search/index.js"))
        assert any("zebras" in live.page(f"/_static/search/words-{number}.js") for number in words)


# --- what it refuses


def raw(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def test_only_artifacts_are_served(book: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "outside.png"
    outside.write_bytes(b"outside")
    (book / "content/zh/link.png").symlink_to(outside)
    (book / "content/zh/part/b.md").write_text(
        "# 二\n\n![图](../link.png) ![图](../../../secret.txt) [文](../../../secret.txt)\n", "utf-8"
    )
    with serving(book) as live:
        assert "missing-image" in live.page("/part/b.html")
        for path in (
            "/secret.txt",
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/_assets/../../../secret.txt",
            "/_assets/..%2f..%2f..%2fsecret.txt",
            "/_assets/%2e%2e/%2e%2e/%2e%2e/secret.txt",
            "/_assets/..%5c..%5csecret.txt",
            "/_assets/zh/link.png",
            "/_assets/",
            "/_static/",
            "/_static/../../pyproject.toml",
            "/_static/own/secret.txt",
            f"/{book}/secret.txt",
            f"/{quote(str(book), safe='')}%2fsecret.txt",
            "/%00",
            "/%ff%fe",
            "/bilingual.toml",
            "/content/zh/a.md",
            f"/{PO}",
            "/_live/../../secret.txt",
        ):
            status, headers, body = live.get(path)
            assert (status == 404) != path.startswith("/_live/"), path
            assert "not for readers" not in body
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Cache-Control"] == "no-store"
        for target in (b"http://127.0.0.1/a.html", b"secret.txt", b"*"):
            answer = raw(live.port, b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 400"), target
        assert "<script>" not in live.get("/%3Cscript%3E")[2]


def test_only_requests_that_name_this_machine_are_answered(book: Path) -> None:
    with serving(book) as live:
        for host in (f"localhost:{live.port}", "127.0.0.1", f"LOCALHOST:{live.port}", f"[::1]:{live.port}"):
            assert live.get("/a.html", Host=host)[0] == 200
        for host in ("example.org", f"example.org:{live.port}", "localhost.example.org", "", "127.0.0.1.example.org"):
            for path in ("/a.html", "/_live", "/_live/a.html"):
                status, _, body = live.get(path, Host=host)
                assert status == 403
                assert "第一章" not in body
        assert raw(live.port, b"GET /a.html HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 403")


def test_methods(book: Path) -> None:
    with serving(book) as live:
        status, headers, body = live.get("/a.html", "HEAD")
        assert (status, body) == (200, "")
        assert int(headers["Content-Length"]) == len(live.page("/a.html").encode())
        assert live.get("/_live", "HEAD")[0] == 200
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"):
            assert live.get("/a.html", method)[0] == 501
        # A body is no second request.
        smuggled = b"GET /part/b.html HTTP/1.1\r\nHost: localhost\r\n\r\n"
        head = b"GET /a.html HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(smuggled)
        assert raw(live.port, head + smuggled).count(b"HTTP/1.1 ") == 1


def test_slow_and_vanished_clients_stop_nobody(book: Path) -> None:
    with serving(book) as live:
        clients = []
        for start in (
            b"",
            b"GET /a.html HT",
            b"GET /a.html HTTP/1.1\r\nHost: localhost\r\n",
            b"GET /_live HTTP/1.1\r\n",
        ):
            for _ in range(10):
                client = socket.create_connection(("127.0.0.1", live.port), timeout=PATIENCE)
                client.sendall(start)
                clients.append(client)
        for _ in range(10):
            client = socket.create_connection(("127.0.0.1", live.port), timeout=PATIENCE)
            client.sendall(b"GET /_live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.close()
        assert "Chapter one" in live.page("/a.html")
        with live.events() as wait:
            translated(book, 7, "The seventh.")
            wait("page", "a.html")
        for client in clients:
            client.close()


# --- the command


def test_ctrl_c_ends_it_whoever_listens(book: Path) -> None:
    with serving(book) as live, live.events():
        shown = live.stop()
        assert live.process.returncode == 0
        assert "Traceback" not in shown
        assert "KeyboardInterrupt" not in shown


def test_a_port_in_use_is_named(book: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("serve", "--port", str(port), cwd=book)
    assert result.returncode == 2
    assert result.stdout == ""
    assert "error[serve-address]" in result.stderr
    assert f"127.0.0.1:{port}" in result.stderr
    assert "hint: take another one, such as --port" in result.stderr


def test_hosts(book: Path) -> None:
    result = run("serve", "--host", "no-such-host.invalid", "--port", "0", cwd=book)
    assert result.returncode == 2
    assert "--host: error[serve-address]" in result.stderr
    with serving(book, "--host", "0.0.0.0") as live:  # noqa: S104 - what is tested
        assert live.get("/a.html", Host="example.org")[0] == 200
        shown = live.stop()
    assert "Traceback" not in shown


def test_a_warning_says_who_else_can_read(book: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bilingual", "serve", "--port", "0", "--host", "0.0.0.0"],  # noqa: S104 - as above
        cwd=book,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("http://0.0.0.0:")
        assert "warning[serve-host]" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0


def test_the_edition_is_chosen_by_its_target(book: Path) -> None:
    result = run("serve", "--target", "fr", "--port", "0", cwd=book)
    assert result.returncode == 2
    assert "--target: error[config-value] there is no edition 'fr'" in result.stderr
    assert "hint: the editions are: en" in result.stderr
    with serving(book, "--target", "en") as live:
        assert 'data-target="en"' in live.page("/")


# --- in the browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def assert_still(now: FloatRect | None, before: FloatRect | None) -> None:
    """Browsers scroll by whole pixels."""
    assert now is not None
    assert before is not None
    assert abs(now["y"] - before["y"]) <= 1


def test_the_open_page_changes_in_place(book: Path, browser: Browser) -> None:
    with serving(book) as live:
        tab = browser.new_page(viewport={"width": 1200, "height": 700})
        problems: list[str] = []
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on("console", lambda message: problems.append(str(message.location)) if message.type == "error" else None)
        with tab.expect_response("**/_live/a.html"):
            tab.goto(f"http://127.0.0.1:{live.port}/a.html")
        tab.evaluate("window.sameDocument = true")
        row = tab.locator(".row", has_text="第40段")
        row.evaluate("node => { node.tabIndex = -1; node.focus(); node.scrollIntoView({ block: 'center' }); }")
        row.evaluate("node => getSelection().selectAllChildren(node.querySelector('.src'))")
        top = row.bounding_box()
        translated(book, 5, "Five. " + "A long translation that moves everything below it. " * 30)
        tab.get_by_text("A long translation that moves").first.wait_for(timeout=1000 * PATIENCE)
        assert_still(row.bounding_box(), top)
        assert row.evaluate("node => document.activeElement === node")
        assert tab.evaluate("getSelection().toString()") == "第40段讲一件事。"
        # Rows that come, go and change in the source.
        source = book / "content/zh/a.md"
        text = source.read_text("utf-8")
        source.write_text(
            text.replace("第3段", "第三段").replace("第4段讲", "加一段。\n\n```sh\nls\n```\n\n第4段讲"), "utf-8"
        )
        tab.get_by_text("加一段。").first.wait_for(timeout=1000 * PATIENCE)
        assert tab.get_by_text("第三段讲一件事。").count()
        assert not tab.get_by_text("第3段讲一件事。").count()
        assert_still(row.bounding_box(), top)
        assert row.evaluate("node => document.activeElement === node")
        assert tab.evaluate("window.sameDocument")
        # The document is what the server would show now.
        tab.locator(".row", has_text="第60段").wait_for()
        shown = tab.locator("article .row").evaluate_all("nodes => nodes.map((node) => node.id)")
        tab.goto(f"http://127.0.0.1:{live.port}/a.html")
        assert shown == tab.locator("article .row").evaluate_all("nodes => nodes.map((node) => node.id)")
        # Browsers ask for an icon on their own.
        assert [each for each in problems if "/favicon.ico" not in each] == []
        tab.close()


def test_the_page_shows_findings_and_where_rows_come_from(book: Path, browser: Browser) -> None:
    edit(book / PO, lambda entry: replace(entry, msgstr="") if "第2段" in entry.msgid else entry)
    with serving(book) as live:
        tab = browser.new_page(viewport={"width": 1200, "height": 700})
        tab.goto(f"http://127.0.0.1:{live.port}/a.html")
        edit(
            book / PO,
            lambda entry: replace(entry, msgstr="<img src=x onerror=alert(1)> $y$") if "$x$" in entry.msgid else entry,
        )
        note = tab.locator(".live-beside li", has_text="math-changed")
        note.wait_for(timeout=1000 * PATIENCE)
        assert "<img src=x onerror=alert(1)>" in note.inner_text()
        assert not tab.locator(".live-notes img").count()
        assert note.evaluate("node => node.parentElement.previousElementSibling.textContent.includes('在这里')")
        tab.locator(".mark", has_text="not translated").first.click()
        where = tab.locator(".live-where")
        assert re.search(rf"{PO}:\d+", where.inner_text())
        assert re.search(r"content/zh/a\.md:\d+", where.inner_text())
        tab.keyboard.press("Escape")
        assert not where.is_visible()
        tab.locator(".row", has_text="第10段").hover()
        tab.locator(".tools .live-open").click()
        assert where.is_visible()
        tab.locator(".live-where button").first.click()
        tab.locator(".live-where button", has_text="Copied").wait_for(timeout=1000 * PATIENCE)
        tab.keyboard.press("Escape")
        (book / "bilingual.toml").write_text("source = 3\n", "utf-8")
        tab.locator(".live-held").wait_for(timeout=1000 * PATIENCE)
        assert "bilingual.toml:1" in tab.locator(".live-top").inner_text()
        (book / "bilingual.toml").write_text(CONFIG, "utf-8")
        tab.locator(".live-held").wait_for(state="detached", timeout=1000 * PATIENCE)
        tab.close()


def test_the_page_finds_a_server_that_was_started_again(book: Path, browser: Browser) -> None:
    tab = browser.new_page()
    with serving(book) as live:
        port = live.port
        with tab.expect_response("**/_live/a.html"):
            tab.goto(f"http://127.0.0.1:{port}/a.html")
    translated(book, 7, "While nobody served.")
    with serving(book, "--port", str(port)):
        tab.get_by_text("While nobody served.").first.wait_for(timeout=1000 * PATIENCE)
    tab.close()
