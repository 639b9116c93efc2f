"""Providers, asked over real sockets: servers that speak their protocols, and servers that do everything wrong."""

from __future__ import annotations

import http.server
import json
import os
import re
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from bilingual.config import load
from bilingual.diagnostics import BilingualError, full, to_json
from bilingual.language import language
from bilingual.masking import BRACES, TAGS, Tokens, accepted
from bilingual.project import extract
from bilingual.project.translating import translate
from bilingual.provider import (
    NOTHING,
    PROVIDERS,
    Batch,
    BrokenReplyError,
    Item,
    Provider,
    Surroundings,
    UnavailableError,
)
from bilingual.provider import _http as http_module
from bilingual.provider._http import LARGEST, Client, key_of
from bilingual.provider._json import answers
from book import CONFIG, PO, edit, entries, make
from support import done, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from bilingual.catalog import Entry

    Serve = Callable[[Callable[["Asked", int], "Answer"]], "Server"]

KEY = "sk-secret-0123456789"
FIRST = "注意力机制让模型在每一步都能看到所有的输入。"
FORMULA = "公式 $\\frac{a}{b}$ 与 `code`，见[这里](b.md)。"
BOOK = {"content/zh/a.md": f"# 题\n\n{FIRST}\n\n{FORMULA}\n"}


@dataclass
class Asked:
    """A question that came in."""

    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass
class Answer:
    """What goes out: a value as JSON, or bytes as they are; a bare answer does not say how long it is."""

    value: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    length: int | None = None
    bare: bool = False
    wait: float = 0
    drip: float = 0


class Server(http.server.ThreadingHTTPServer):
    """A server in a thread, whose answers a function decides."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, answer: Callable[[Asked, int], Answer]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.asked: list[Asked] = []
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """Clients hang up in these tests."""

    def stop(self) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()
        self.thread.join()


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    quiet: ClassVar[bool] = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = Asked(self.path, dict(self.headers), json.loads(body))
        with self.server.lock:
            self.server.asked.append(asked)
            number = len(self.server.asked)
        answer = self.server.answer(asked, number)
        data = answer.raw if answer.raw is not None else json.dumps(answer.value).encode()
        self.server.over.wait(answer.wait)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if not answer.bare:
            self.send_header("Content-Length", str(len(data) if answer.length is None else answer.length))
        self.end_headers()
        if answer.drip:
            for byte in data:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                if self.server.over.wait(answer.drip):
                    break
        else:
            self.wfile.write(data)
        self.close_connection = True

    do_GET = do_POST  # noqa: N815 - the name that the standard library looks for


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[Asked, int], Answer]], Server]]:
    servers: list[Server] = []

    def start(answer: Callable[[Asked, int], Answer]) -> Server:
        servers.append(Server(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(autouse=True)
def _no_keys_and_no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "DEEPL_API_KEY", "LIBRETRANSLATE_API_KEY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)


def said(content: str, finish: str = "stop", **more: object) -> Answer:
    """What a chat model says."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish}
    return Answer({"choices": [choice], "usage": {"prompt_tokens": 100, "completion_tokens": 50}, **more})


def texts(asked: Asked) -> dict[str, dict[str, Any]]:
    found = json.loads(asked.body["messages"][1]["content"])["texts"]
    assert isinstance(found, dict)
    return found


def translated(asked: Asked) -> dict[str, str]:
    return {name: f"T {item['text']}" for name, item in texts(asked).items()}


def good(asked: Asked, _: int = 0) -> Answer:
    return said(json.dumps(translated(asked), ensure_ascii=False))


def chat_book(root: Path, server: Server, more: str = "", files: Mapping[str, str] = BOOK) -> Path:
    table = f'[provider.openai]\nbase-url = "{server.url}/v1"\nmodel = "tiny"\n{more}'
    make(root, files, f'title = "书名"\n{CONFIG}{table}')
    extract(load(root / "bilingual.toml"))
    return root


def draft(root: Path, name: str = "openai") -> set[str]:
    """Fill in drafts, and return the codes of what was found."""
    return {each.code for each in translate(load(root / "bilingual.toml"), name).diagnostics}


def drafts(root: Path) -> dict[str, str]:
    return {msgid: entry.msgstr for msgid, entry in entries(root / PO).items()}


TRANSLATE = ("translate", "--provider", "openai")


# --- chat models -----------------------------------------------------------------------------------------------------


def test_a_model_gets_the_text_with_all_that_helps_and_the_key_in_a_header(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(good)
    more = 'key-variable = "MY_KEY"\ntemperature = 0.3\ninstructions = "Be brief."\nextra = { seed = 7 }\n'
    chat_book(tmp_path, server, more)
    (tmp_path / "glossary.csv").write_text("source,target,keep\n注意力,attention,\n模型,,yes\n", "utf-8")
    near = FIRST.replace("让", "使")
    po = f'msgid ""\nmsgstr "Language: en\\n"\n\nmsgid "{near}"\nmsgstr "Near."\n'
    (tmp_path / "tm.po").write_text(po, "utf-8")
    done(tmp_path, "memory", "add", "tm.po")
    monkeypatch.setenv("MY_KEY", KEY)
    done(tmp_path, *TRANSLATE)
    assert drafts(tmp_path) == {"题": "T 题", FIRST: f"T {FIRST}", FORMULA: f"T {FORMULA}"}
    assert entries(tmp_path / PO)[FIRST].comment == "bilingual: drafted by openai tiny"
    (asked,) = server.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    assert {name: asked.body[name] for name in ("model", "temperature", "seed", "response_format")} == {
        "model": "tiny",
        "temperature": 0.3,
        "seed": 7,
        "response_format": {"type": "json_object"},
    }
    system = asked.body["messages"][0]["content"]
    assert "书名" in system
    assert "Chinese" in system
    assert "English" in system
    assert "Be brief." in system
    by_text = {item["text"]: item for item in texts(asked).values()}
    first = by_text[FIRST]
    assert first["under"] == "题"
    assert first["kind"] == "paragraph"
    assert first["before"] == "题"
    assert first["after"] == FORMULA
    assert first["terms"] == {"注意力": "attention", "模型": "keep"}
    assert first["similar"][0]["translation"] == "Near."
    assert "公式 {1} 与 {2}，见{3}这里{/3}。" in by_text
    # The key is nowhere on the disk.
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes()


@pytest.mark.parametrize(
    "wrap",
    [
        "@",
        "Sure! Here you are:\n\n@\n\nAnything else?",
        "```json\n@\n```",
        '<think>First {"a": 1}, then…</think>\n@',
        'I wondered: {"x": {}} and { and then\n~~~\n@\n~~~',
        '{"translations": @}',
    ],
    ids=["plain", "chatty", "fenced", "thought", "odd", "nested"],
)
def test_the_object_is_found_among_what_a_model_says(tmp_path: Path, serve: Serve, wrap: str) -> None:
    def answer(asked: Asked, _: int) -> Answer:
        return said(wrap.replace("@", json.dumps(translated(asked), ensure_ascii=False)))

    server = serve(answer)
    chat_book(tmp_path, server)
    assert draft(tmp_path) == set()
    assert all(drafts(tmp_path).values())
    assert len(server.asked) == 1


def wrong_count(asked: Asked) -> Answer:
    found = translated(asked)
    found.pop(min(found))
    return said(json.dumps(found))


def twice(asked: Asked) -> Answer:
    pairs = ", ".join(
        f"{json.dumps(k)}: {json.dumps(v)}, {json.dumps(k)}: {json.dumps(v + '!')}"
        for k, v in translated(asked).items()
    )
    return said(f"{{{pairs}}}")


def lost(asked: Asked) -> Answer:
    return said(json.dumps({name: re.sub(r"\{1\}", "", text) for name, text in translated(asked).items()}))


FAULTS: dict[str, Callable[[Asked], Answer]] = {
    "wrong count": wrong_count,
    "lost formula": lost,
    "twice": twice,
    "no json": lambda _: said("I cannot do that."),
    "half": lambda asked: said(json.dumps(translated(asked))[:-20], "length"),
    "shifted": lambda asked: said(json.dumps({f"{n + 1}": t for n, t in enumerate(translated(asked).values())})),
    "numbers": lambda asked: said(json.dumps(dict.fromkeys(translated(asked), 7))),
    "not json at all": lambda _: Answer(raw=b"<html>busy</html>"),
    "another value": lambda _: Answer([1, 2, 3]),
    "silent": lambda _: said(""),
    "bad request": lambda _: Answer({"error": {"message": "too long"}}, 400),
    "huge": lambda _: Answer(raw=b" " * (LARGEST + 1)),
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_broken_answer_is_asked_for_once_more_with_the_reason(tmp_path: Path, serve: Serve, fault: str) -> None:
    def answer(asked: Asked, number: int) -> Answer:
        return FAULTS[fault](asked) if number == 1 else good(asked)

    server = serve(answer)
    chat_book(tmp_path, server)
    assert draft(tmp_path) == set()
    assert drafts(tmp_path)[FORMULA] == f"T {FORMULA}"
    assert all(drafts(tmp_path).values())
    assert 2 <= len(server.asked) <= 3
    for asked in server.asked[1:]:
        assert all(item["problem"] for item in texts(asked).values())
        assert "problem" in asked.body["messages"][0]["content"]


@pytest.mark.parametrize("fault", ["lost formula", "no json", "twice", "bad request"])
def test_what_breaks_twice_is_left_empty_with_a_diagnostic(tmp_path: Path, serve: Serve, fault: str) -> None:
    server = serve(lambda asked, _: FAULTS[fault](asked))
    chat_book(tmp_path, server)
    assert draft(tmp_path) == {"draft-broken"}
    assert not drafts(tmp_path)[FORMULA]
    assert bool(drafts(tmp_path)[FIRST]) is (fault == "lost formula")
    assert len(server.asked) <= 3


def test_an_overloaded_server_is_left_alone_as_long_as_it_asks(serve: Serve) -> None:
    server = serve(lambda _, number: Answer({}, 429, {"Retry-After": "1"}) if number == 1 else Answer({"ok": 1}))
    start = time.monotonic()
    assert Client(server.url, "", None, timeout=60, retries=3).post("x", {}) == {"ok": 1}
    assert time.monotonic() - start >= 0.9
    # An hour is too long: the run ends, and can be taken up later.
    for header in ("3600", formatdate(time.time() + 3600, usegmt=True)):
        busy = serve(lambda *_, header=header: Answer({}, 429, {"Retry-After": header}))
        with pytest.raises(UnavailableError, match="left alone for") as caught:
            Client(busy.url, "", None, timeout=60, retries=3).post("x", {})
        assert caught.value.final
        assert len(busy.asked) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_fails_for_a_while_is_asked_again(serve: Serve, status: int) -> None:
    server = serve(lambda _, number: Answer({}, status) if number < 3 else Answer({"ok": 1}))
    assert Client(server.url, "", None, timeout=5, retries=3).post("x", {}) == {"ok": 1}
    assert len(server.asked) == 3
    broken = serve(lambda *_: Answer({"error": "down"}, status))
    with pytest.raises(UnavailableError, match=rf"asked 2 times: status {status}: down"):
        Client(broken.url, "", None, timeout=5, retries=1).post("x", {})
    assert len(broken.asked) == 2


def test_half_an_answer_and_a_closed_connection_are_asked_for_again(serve: Serve) -> None:
    server = serve(
        lambda _, number: Answer(raw=b'{"ok": ', length=100) if number == 1 else Answer({"ok": number}),
    )
    assert Client(server.url, "", None, timeout=5, retries=2).post("x", {}) == {"ok": 2}


#: Answers that take half a minute and more, which are cut off however the connection is kept.
ENDLESS = {
    "silent": Answer({}, wait=30),
    "drips": Answer({"a": "b" * 200}, drip=0.2),
    "drips and closes": Answer({"a": "b" * 200}, headers={"Connection": "close"}, drip=0.2),
    "drips without a length": Answer({"a": "b" * 200}, bare=True, drip=0.2),
}


@pytest.mark.parametrize("answer", ENDLESS.values(), ids=ENDLESS)
def test_a_server_that_hangs_is_given_up(serve: Serve, answer: Answer) -> None:
    server = serve(lambda *_: answer)
    start = time.monotonic()
    with pytest.raises(UnavailableError, match=r"no answer within 1 s"):
        Client(server.url, "", None, timeout=1, retries=0).post("x", {})
    assert time.monotonic() - start < 25


@pytest.mark.parametrize("answer", ENDLESS.values(), ids=ENDLESS)
def test_threads_that_wait_end_when_the_client_is_closed(serve: Serve, answer: Answer) -> None:
    server = serve(lambda *_: answer)
    client = Client(server.url, "", None, timeout=60, retries=5)
    failures: list[UnavailableError] = []

    def ask() -> None:
        try:
            client.post("x", {})
        except UnavailableError as error:
            failures.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while not server.asked:
        time.sleep(0.01)
    time.sleep(0.3)  # its headers may be there, or not
    client.close()
    thread.join(10)
    assert not thread.is_alive()
    assert failures[0].final


def test_a_redirect_to_another_host_is_refused_and_the_key_stays_here(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    thief = serve(good)
    place = f"http://localhost:{thief.server_port}/v1/chat/completions?k={KEY}"
    server = serve(lambda *_: Answer({}, 307, {"Location": place}))
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    chat_book(tmp_path, server)
    output = done(tmp_path, *TRANSLATE, code=2)
    assert "redirects to http://localhost" in output
    assert KEY not in output
    assert not thief.asked
    # Within one server it is followed, with the method that it came with; pages' redirects are not.
    for status, count in ((308, 2), (302, 1)):

        def moved(asked: Asked, _: int, status: int = status) -> Answer:
            return Answer({}, status, {"Location": "/there"}) if asked.path == "/here" else Answer({"ok": 1})

        own = serve(moved)
        client = Client(own.url, "", None, timeout=5, retries=0)
        if status == 308:
            assert client.post("here", {"a": 1}) == {"ok": 1}
        else:
            with pytest.raises(UnavailableError, match="redirects with status 302"):
                client.post("here", {})
        assert len(own.asked) == count
    for place in ("http://[bad/x", "http://127.0.0.1:99999999/"):
        odd = serve(lambda *_, place=place: Answer({}, 307, {"Location": place}))
        with pytest.raises(UnavailableError, match="no address"):
            Client(odd.url, "", None, timeout=5, retries=0).post("x", {})
    ring = serve(lambda *_: Answer({}, 307, {"Location": "/x"}))
    with pytest.raises(UnavailableError, match="redirects"):
        Client(ring.url, "", None, timeout=5, retries=0).post("x", {})


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refused_key_ends_the_run_and_is_shown_nowhere(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    server = serve(lambda *_: Answer({"error": {"message": f"Incorrect key {KEY}\x1b[31m"}}, status))
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    text = "\n\n".join(f"第{number}段。" for number in range(60)) + "\n"
    chat_book(tmp_path, server, "entries = 2\nconcurrency = 2\n", {"content/zh/a.md": text})
    result = run(*TRANSLATE, cwd=tmp_path)
    assert result.returncode == 2
    output = result.stdout + result.stderr
    assert "provider-unavailable" in output
    assert "Incorrect key …" in output
    assert "60 entries were not asked for" in output
    assert KEY not in output
    assert "\x1b" not in output
    assert "Traceback" not in output
    assert len(server.asked) <= 2


def test_a_server_that_only_talks_nonsense_is_not_asked_for_the_whole_book(tmp_path: Path, serve: Serve) -> None:
    server = serve(lambda *_: said("no"))
    text = "\n\n".join(f"第{number}段。" for number in range(60)) + "\n"
    chat_book(tmp_path, server, "entries = 2\nconcurrency = 1\n", {"content/zh/a.md": text})
    output = done(tmp_path, *TRANSLATE, code=2)
    assert "provider-useless" in output
    assert len(server.asked) <= 9


def test_a_key_does_not_go_over_http_to_another_machine_or_come_from_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    make(tmp_path, BOOK, f'{CONFIG}[provider.openai]\nbase-url = "http://192.0.2.1/v1"\nmodel = "m"\n')
    extract(load(tmp_path / "bilingual.toml"))
    output = done(tmp_path, *TRANSLATE, code=2)
    assert "provider-unsafe" in output
    for table, word in (
        (f'base-url = "https://user:{KEY}@example.org"\nmodel = "m"', "password"),
        (f'model = "m"\nkey-variable = "{KEY}"', "environment variable"),
        (f'model = "m"\napi-key = "{KEY}"', "unknown option"),
        (f'model = "m"\nkey = "{KEY}"\nconcurrency = "{KEY}"', "whole number"),
        ("model = 7", "string"),
        ('base-url = "ftp://x"\nmodel = "m"', "https://"),
        ('model = "m"\nentries = 0', "entries must be at least 1"),
        ('model = "m"\nextra = { model = "x" }', "extra"),
        ('model = "m"\nextra = { since = 2020-01-01 }', "extra"),
        ('model = "m"\nextra = { top_p = nan }', "extra"),
        ('model = "m"\ntimeout = inf', "timeout must be at most"),
        ('model = "m"\ntimeout = 1e10', "timeout must be at most"),
        ('model = "m"\nprice-input = inf', "price_input must be at most"),
    ):
        make(tmp_path, {}, f"{CONFIG}[provider.openai]\n{table}\n")
        with pytest.raises(BilingualError) as caught:
            draft(tmp_path)
        output = "".join(full(each) + json.dumps(to_json(each)) for each in caught.value.diagnostics)
        assert word in output
        assert KEY not in output
    monkeypatch.delenv("OPENAI_API_KEY")
    make(tmp_path, {}, f'{CONFIG}[provider.openai]\nmodel = "m"\n')
    with pytest.raises(BilingualError, match="OPENAI_API_KEY is not set"):
        draft(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\nX-Evil: 1")
    output = done(tmp_path, *TRANSLATE, code=2)
    assert "provider-key" in output
    assert KEY not in output


def test_no_message_has_a_key_however_it_is_spelled(serve: Serve) -> None:
    key = "sk-ab+cd/0123456789"
    spelled = ("sk-ab\\u002Bcd\\/0123456789", "sk-ab%2Bcd%2f0123456789", "sk-ab&#43;cd&#x2F;0123456789", key)
    for text in spelled:
        body = json.dumps({"detail": [{"msg": "odd", "input": "@"}], "question": "@"}).replace("@", text)
        for raw in (body, body[:-1], f"you said {text}, which is odd"):
            server = serve(lambda *_, raw=raw: Answer(raw=raw.encode(), status=422))
            with pytest.raises(BrokenReplyError) as caught:
                Client(server.url, key, ("Authorization", "Bearer "), timeout=5, retries=0).post("x", {})
            assert "0123456789" not in str(caught.value)
            assert ("odd" in str(caught.value)) is (raw != body[:-1])
    with pytest.raises(BilingualError) as wrong:
        key_of("gsk_secretsecret", needed=True)
    assert "gsk_secretsecret" not in full(wrong.value.diagnostics[0])


def test_a_proxy_that_is_no_address_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    for proxy in ("http://user:sec/ret@127.0.0.1:3128", "http://user:secret@[bad", "http://user:secret@host:99999999"):
        monkeypatch.setenv("https_proxy", proxy)
        with pytest.raises(UnavailableError) as caught:
            Client("https://example.org", KEY, ("Authorization", "Bearer "), timeout=5, retries=0).post("x", {})
        assert "the proxy for https is no address" in str(caught.value)
        assert "sec" not in full(caught.value.diagnostic)


def test_a_key_may_go_over_http_where_the_user_says_so() -> None:
    for url in ("http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "https://example.org"):
        Client(url, KEY, ("Authorization", "Bearer "), timeout=1, retries=0)
    for url in ("http://10.0.0.7", "http://example.org", "http://127.0.0.1.example.org"):
        with pytest.raises(BilingualError, match="http"):
            Client(url, KEY, ("Authorization", "Bearer "), timeout=1, retries=0)
        Client(url, KEY, ("Authorization", "Bearer "), timeout=1, retries=0, allow_http=True)
        Client(url, "", None, timeout=1, retries=0)


def test_a_server_that_is_not_there_is_a_diagnostic(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    table = f'[provider.openai]\nbase-url = "http://127.0.0.1:{port}"\nmodel = "m"\nretries = 1\n'
    make(tmp_path, BOOK, CONFIG + table)
    extract(load(tmp_path / "bilingual.toml"))
    output = done(tmp_path, *TRANSLATE, code=2)
    assert "Connection refused" in output
    assert "3 entries were not asked for" in output


def test_what_was_answered_before_the_server_went_away_is_kept(tmp_path: Path, serve: Serve) -> None:
    text = "\n\n".join(f"第{number}段，共{number * 3}字。" for number in range(40)) + "\n"
    server = serve(lambda asked, number: good(asked) if number <= 5 else Answer({}, 403))
    chat_book(tmp_path, server, "entries = 4\nconcurrency = 1\n", {"content/zh/a.md": text})
    assert draft(tmp_path) == {"provider-unavailable", "draft-left"}
    assert sum(bool(msgstr) for msgstr in drafts(tmp_path).values()) == 20
    server.answer = good
    assert draft(tmp_path) == set()
    assert all(drafts(tmp_path).values())
    counts = Counter(
        item["text"] for asked in server.asked if asked is not server.asked[5] for item in texts(asked).values()
    )
    assert set(counts.values()) == {1}


def test_costs_are_counted_as_the_server_counts_and_estimated_before(tmp_path: Path, serve: Serve) -> None:
    server = serve(good)
    chat_book(tmp_path, server, 'price-input = 100\nprice-output = 1000\ncurrency = "EUR"\n')
    output = done(tmp_path, *TRANSLATE, "--dry-run")
    assert re.search(r"about \d+ tokens, 0\.\d\d EUR", output)
    assert not server.asked
    output = done(tmp_path, *TRANSLATE, "--max-cost", "0.00001", code=1)
    assert "draft-cost" in output
    assert not server.asked
    report = json.loads(done(tmp_path, *TRANSLATE, "--max-cost", "5", "--report", "json"))
    assert report["usage"] == {"unit": "tokens", "read": 100, "written": 50}
    assert report["cost"] == pytest.approx((100 * 100 + 50 * 1000) / 1e6)


MANY = {"content/zh/a.md": "\n\n".join(f"第{number}段，共{number * 3}字。" for number in range(24)) + "\n"}
PRICES = "price-input = 1000\nprice-output = 1000\nentries = 2\nconcurrency = 4\n"


@pytest.mark.parametrize("fault", ["not json at all", "silent", "no json", "huge"])
def test_an_answer_that_nobody_counted_is_paid_for_all_the_same(tmp_path: Path, serve: Serve, fault: str) -> None:
    def answer(asked: Asked, _: int) -> Answer:
        found = FAULTS[fault](asked)
        if isinstance(found.value, dict):
            found.value.pop("usage")
        return found

    server = serve(answer)
    chat_book(tmp_path, server, PRICES, MANY)
    config = load(tmp_path / "bilingual.toml")
    one = translate(config, "openai", dry_run=True).cost
    assert one is not None
    limit = one / 12 * 2.5
    result = translate(config, "openai", max_cost=limit)
    assert 1 <= len(server.asked) <= 2
    assert result.cost is not None
    assert one / 12 * 0.5 < result.cost <= limit
    assert "draft-cost" in {each.code for each in result.diagnostics}


def test_a_question_that_was_not_answered_is_repeated_only_if_there_is_money_for_it(serve: Serve) -> None:
    hangs = serve(lambda *_: Answer({}, wait=30))
    with pytest.raises(UnavailableError) as caught:
        Client(hangs.url, "", None, timeout=1, retries=5).post("x", {}, lambda: False)
    assert caught.value.usage is None
    assert len(hangs.asked) == 1
    # What was refused, or never came there, costs nothing.
    busy = serve(lambda *_: Answer({}, 503))
    with pytest.raises(UnavailableError) as caught:
        Client(busy.url, "", None, timeout=5, retries=1).post("x", {}, lambda: False)
    assert caught.value.usage == NOTHING
    assert len(busy.asked) == 2


def test_a_server_is_told_where_to_stop_and_one_that_does_not_is_asked_once(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(asked: Asked, _: int) -> Answer:
        found = good(asked)
        found.value["usage"] = {"prompt_tokens": 100, "completion_tokens": 200_000}
        return found

    server = serve(answer)
    chat_book(tmp_path, server, PRICES.replace("output = 1000", "output = 10").replace("1000", "1"), MANY)
    result = translate(load(tmp_path / "bilingual.toml"), "openai", max_cost=1)
    assert "draft-cost" in {each.code for each in result.diagnostics}
    (asked,) = server.asked
    assert 2_000 <= asked.body["max_tokens"] <= 100_000
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    question = opened("openai", tmp_path, model="m", max_tokens=300)._question(replace(batch("一"), most=2000))
    assert question["max_completion_tokens"] == 300
    assert "max_tokens" not in question
    # Without a limit, nothing is bounded.
    server.answer = good
    translate(load(tmp_path / "bilingual.toml"), "openai")
    assert all("max_tokens" not in each.body for each in server.asked[1:])


def forgotten(root: Path) -> None:
    """Throw all drafts of a catalog away."""
    edit(root / PO, lambda entry: replace(entry, msgstr="", flags=(), comment=""))


def test_a_fresh_run_that_was_cut_short_goes_on_where_it_was(tmp_path: Path, serve: Serve) -> None:
    server = serve(good)
    chat_book(tmp_path, server, "entries = 2\nconcurrency = 1\n", MANY)
    config = load(tmp_path / "bilingual.toml")
    translate(config, "openai")
    forgotten(tmp_path)
    server.asked.clear()
    server.answer = lambda asked, number: good(asked) if number <= 5 else Answer({}, 403)
    translate(config, "openai", fresh=True)
    forgotten(tmp_path)
    server.asked.pop()
    server.answer = good
    translate(config, "openai", fresh=True)
    counts = Counter(item["text"] for asked in server.asked for item in texts(asked).values())
    assert (len(counts), set(counts.values())) == (24, {1})
    forgotten(tmp_path)
    translate(config, "openai", fresh=True)
    assert len(server.asked) == 24
    forgotten(tmp_path)
    translate(config, "openai")
    assert len(server.asked) == 24
    assert all(drafts(tmp_path).values())


def test_two_runs_do_not_ask_for_the_same(tmp_path: Path, serve: Serve) -> None:
    faults: list[str] = []

    def answer(asked: Asked, number: int) -> Answer:
        if number == 1:
            with pytest.raises(BilingualError) as caught:
                translate(load(tmp_path / "bilingual.toml"), "openai")
            faults.extend(each.code for each in caught.value.diagnostics)
        return good(asked)

    server = serve(answer)
    chat_book(tmp_path, server)
    assert draft(tmp_path) == set()
    assert faults == ["file-busy"]
    assert len(server.asked) == 1


@pytest.mark.skipif(os.name != "posix", reason="this system limits no files")
def test_what_was_paid_is_kept_though_the_journal_cannot_be_written(tmp_path: Path, serve: Serve) -> None:
    server = serve(good)
    chat_book(tmp_path, server, "entries = 2\nconcurrency = 2\n", MANY)
    # The limit is 100 KB a file, of which the journal has all but the room for an answer or two.
    (tmp_path / ".bilingual").mkdir(exist_ok=True)
    (tmp_path / ".bilingual/drafts.jsonl").write_bytes(b"\n" * (100 * 1024 - 400))
    result = run(*TRANSLATE, cwd=tmp_path, wrapper=("bash", "-c", 'ulimit -f 100; exec "$@"', "limited"))
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert "file-unwritable" in result.stderr
    assert 1 < len(server.asked) < 6
    paid = {item["text"] for asked in server.asked for item in texts(asked).values()}
    assert {msgid for msgid, msgstr in drafts(tmp_path).items() if msgstr} == paid


def test_a_fault_in_one_question_does_not_cut_off_the_others(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(asked: Asked, _: int) -> Answer:
        found = good(asked)
        found.wait = 0 if "第0段" in str(asked.body) else 1
        return found

    server = serve(answer)
    text = "第0段。\n\n第1段。\n\n第2段。\n"
    chat_book(tmp_path, server, "entries = 2\nconcurrency = 2\n", {"content/zh/a.md": text})

    def odd(entry: Entry, *rest: Any) -> str:  # noqa: ANN401 - whatever comes
        if entry.msgid == "第0段。":
            raise RuntimeError("odd")
        return accepted(entry, *rest)

    monkeypatch.setattr("bilingual.drafts.accepted", odd)
    with pytest.raises(RuntimeError, match="odd"):
        translate(load(tmp_path / "bilingual.toml"), "openai")
    assert drafts(tmp_path)["第2段。"] == "T 第2段。"


def test_a_trial_run_reckons_with_the_examples_and_needs_no_key(tmp_path: Path, serve: Serve) -> None:
    server = serve(good)
    chat_book(tmp_path, server)
    config = load(tmp_path / "bilingual.toml")
    before = translate(config, "openai", dry_run=True).usage.read
    near = FIRST.replace("让", "使")
    po = f'msgid ""\nmsgstr "Language: en\\n"\n\nmsgid "{near}"\nmsgstr "{"Near. " * 40}"\n'
    (tmp_path / "tm.po").write_text(po, "utf-8")
    done(tmp_path, "memory", "add", "tm.po")
    assert translate(config, "openai", dry_run=True).usage.read > before + 50
    assert "characters for deepl" in done(tmp_path, "translate", "--provider", "deepl", "--dry-run")
    assert "provider-key" in done(tmp_path, "translate", "--provider", "deepl", code=2)
    assert "config-options" in done(tmp_path, *TRANSLATE, "--max-cost", "inf", code=2)


def test_every_entry_that_gets_no_draft_is_named(tmp_path: Path, serve: Serve) -> None:
    server = serve(lambda asked, _: lost(asked))
    chat_book(tmp_path, server, files={"content/zh/a.md": f"{FORMULA}\n", "content/zh/b.md": f"{FORMULA}\n"})
    result = translate(load(tmp_path / "bilingual.toml"), "openai")
    places = {each.place.path for each in result.diagnostics if each.code == "draft-broken"}
    assert places == {PO, "locale/en/LC_MESSAGES/b.po"}
    assert len(server.asked) == 2


def test_several_questions_are_under_way_at_once_and_no_more_than_allowed(tmp_path: Path, serve: Serve) -> None:
    now = 0
    most = 0
    lock = threading.Lock()

    def answer(asked: Asked, _: int) -> Answer:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.15)
        with lock:
            now -= 1
        return good(asked)

    server = serve(answer)
    text = "\n\n".join(f"第{number}段。" for number in range(24)) + "\n"
    chat_book(tmp_path, server, "entries = 2\nconcurrency = 3\n", {"content/zh/a.md": text})
    assert draft(tmp_path) == set()
    assert all(drafts(tmp_path).values())
    assert most == 3
    # The order in which answers come changes nothing.
    assert list(drafts(tmp_path)) == [f"第{number}段。" for number in range(24)]


# --- the object in an answer -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found", "wrong"),
    [
        ('{"a": "1", "b": "2"}', {"a": "1", "b": "2"}, {}),
        ('{"a": "1", "b": "2", "c": "3"}', {"a": "1", "b": "2"}, {}),
        ('{"a": "1"}\n{"a": "1", "b": "2"}', {"a": "1", "b": "2"}, {}),
        ('{"a": "1", "a": "1", "b": "2"}', {"a": "1", "b": "2"}, {}),
        ('{"a": "1", "a": "0", "b": "2"}', {"b": "2"}, {"a": "the key is there twice, with different values"}),
        ('{"a": "1", "B": "2"}', {"a": "1"}, {"b": "the key is missing; there is an unknown key 'B'"}),
        ('{"a": null, "b": {"text": "2"}}', {}, {"a": "the value is no string", "b": "the value is no string"}),
        ('{"a": "line\nbreak", "b": "\\u4e2d"}', {"a": "line\nbreak", "b": "中"}, {}),
    ],
)
def test_keys_are_checked(text: str, found: dict[str, str], wrong: dict[str, str]) -> None:
    assert answers(text, ["a", "b"]) == (found, wrong)


@pytest.mark.parametrize("text", ["", "no", "{", "[1]", '{"x": 1}', "{" * 100_000, '{"a":' * 50_000, "[" * 100_000])
def test_what_holds_no_object_is_told_quickly(text: str) -> None:
    with pytest.raises(ValueError, match="object"):
        answers(text, ["a", "b"])


# --- engines ---------------------------------------------------------------------------------------------------------


def opened(name: str, root: Path, **options: object) -> Any:  # noqa: ANN401 - a service, and what is inside of it
    provider: Provider = PROVIDERS[name]
    return provider.open(provider.options(**options), Surroundings(root))


def batch(*found: str, tokens: Tokens = BRACES, target: str = "en") -> Batch:
    items = tuple(Item(f"id{number}", text, trail="章", before="前", after="后") for number, text in enumerate(found))
    return Batch(language("zh"), language(target), items, "书", tokens)


def test_deepl_is_asked_in_xml_first_and_in_braces_then(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(asked: Asked, _: int) -> Answer:
        damaged = [re.sub(r"<m2/>", "", text) for text in asked.body["text"]]
        found = [{"detected_source_language": "ZH", "text": f"T {text}"} for text in damaged]
        return Answer({"translations": found})

    server = serve(answer)
    monkeypatch.setenv("DEEPL_API_KEY", KEY)
    make(tmp_path, BOOK, f'{CONFIG}[provider.deepl]\nbase-url = "{server.url}/v2"\nformality = "more"\nprice = 20\n')
    extract(load(tmp_path / "bilingual.toml"))
    report = json.loads(done(tmp_path, "translate", "--provider", "deepl", "--report", "json"))
    assert drafts(tmp_path)[FORMULA] == f"T {FORMULA}"
    assert entries(tmp_path / PO)[FORMULA].comment == "bilingual: drafted by deepl"
    first, second = server.asked
    assert first.path == "/v2/translate"
    assert first.headers["Authorization"] == f"DeepL-Auth-Key {KEY}"
    assert first.body["source_lang"] == "ZH"
    assert first.body["target_lang"] == "EN-US"
    assert first.body["tag_handling"] == "xml"
    assert first.body["formality"] == "more"
    assert "公式 <m1/> 与 <m2/>，见<a3>这里</a3>。" in first.body["text"]
    assert second.body["text"] == ["公式 {1} 与 {2}，见{3}这里{/3}。"]
    assert "tag_handling" not in second.body
    assert report["usage"]["unit"] == "characters"
    assert report["cost"] > 0


def test_deepl_knows_its_two_services_and_its_codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, url in ((KEY, "https://api.deepl.com"), (f"{KEY}:fx", "https://api-free.deepl.com")):
        monkeypatch.setenv("DEEPL_API_KEY", key)
        assert opened("deepl", tmp_path)._client.shown == url
    from bilingual.provider.deepl import _target  # noqa: PLC0415 - an inner part

    codes = {"en": "EN-US", "en-GB": "EN-GB", "pt-BR": "PT-BR", "pt": "PT-PT", "zh": "ZH-HANS", "zh-TW": "ZH-HANT"}
    assert {code: _target(language(code)) for code in (*codes, "de")} == {**codes, "de": "DE"}


@pytest.mark.parametrize("name", ["deepl", "libretranslate"])
def test_an_engine_that_answers_too_few_texts_is_refused(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("DEEPL_API_KEY", KEY)
    few: list[object] = [{"translations": [{"text": "x"}], "translatedText": ["x"]}, {}, [], {"translatedText": "x"}]
    for value in few:
        server = serve(lambda *_, value=value: Answer(value))
        with pytest.raises(BrokenReplyError, match="2 texts were asked for"):
            opened(name, tmp_path, base_url=server.url).ask(batch("一", "二"))
    server = serve(lambda *_: Answer({"translations": [{"text": 7}, {"text": "t"}], "translatedText": [7, "t"]}))
    reply = opened(name, tmp_path, base_url=server.url).ask(batch("一", "二"))
    assert (reply.texts, list(reply.complaints)) == ({"id1": "t"}, ["id0"])


def test_libretranslate_gets_text_and_for_the_second_time_html(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(asked: Asked, _: int) -> Answer:
        lost_ones = [text.replace("{2}", "") for text in asked.body["q"]]
        return Answer({"translatedText": [f"T {text}" for text in lost_ones]})

    server = serve(answer)
    monkeypatch.setenv("LIBRETRANSLATE_API_KEY", KEY)
    make(
        tmp_path, BOOK, f'{CONFIG}[provider.libretranslate]\nbase-url = "{server.url}"\ncodes = {{ zh = "zh-Hans" }}\n'
    )
    extract(load(tmp_path / "bilingual.toml"))
    done(tmp_path, "translate", "--provider", "libretranslate")
    assert drafts(tmp_path)[FORMULA] == f"T {FORMULA}"
    first, second = server.asked
    assert (first.path, first.body["format"], second.body["format"]) == ("/translate", "text", "html")
    assert (first.body["source"], first.body["target"], first.body["api_key"]) == ("zh-Hans", "en", KEY)
    assert second.body["q"] == ["公式 <m1/> 与 <m2/>，见<a3>这里</a3>。"]
    plain = opened("libretranslate", tmp_path, base_url=server.url)
    assert plain.identity != opened("libretranslate", tmp_path, base_url=server.url, codes={"zh": "zt"}).identity
    plain.ask(batch("一", target="zh-TW", tokens=TAGS))
    assert server.asked[-1].body["target"] == "zt"


def test_every_provider_has_a_page_and_options_with_defaults_that_say_what_is_missing() -> None:
    for name in PROVIDERS:
        assert PROVIDERS.doc(name)
    for name in ("deepl", "libretranslate", "memory"):
        PROVIDERS[name].options()
    for name in ("command", "openai"):
        with pytest.raises(ValueError, match="must be set"):
            PROVIDERS[name].options()


def test_a_proxy_sees_neither_the_key_nor_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def proxy() -> None:
            connection, _ = listener.accept()
            with connection:
                seen.append(connection.recv(65_536))
                connection.sendall(b"HTTP/1.1 403 no\r\n\r\n")

        thread = threading.Thread(target=proxy)
        thread.start()
        monkeypatch.setenv("https_proxy", f"http://me:pass@127.0.0.1:{listener.getsockname()[1]}")
        client = Client("https://example.org/v1", KEY, ("Authorization", "Bearer "), timeout=5, retries=0)
        with pytest.raises(UnavailableError):
            client.post("chat", {"text": "机密"})
        thread.join()
    (request,) = seen
    assert request.startswith(b"CONNECT example.org:443")
    assert b"Proxy-Authorization: Basic " in request
    assert KEY.encode() not in request
    assert "机密".encode() not in request


def test_keys_are_read_from_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", f" {KEY}\n")
    assert key_of("SOME_KEY", needed=True) == KEY
    assert key_of("", needed=False) == ""
    assert key_of("NO_SUCH_KEY", needed=False) == ""
    with pytest.raises(BilingualError, match="NO_SUCH_KEY"):
        key_of("NO_SUCH_KEY", needed=True)
    assert os.environ["SOME_KEY"].strip() == KEY
    assert http_module.LARGEST < 100_000_000
