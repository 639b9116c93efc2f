"""Questions to servers over HTTP: one host, a key that goes nowhere else, bounded answers, patience with limits.

The standard library's client is used as it is, a connection a question: a question takes seconds, so saving the
handshake would gain little, and a connection that the other side has closed meanwhile cannot be met. Only https, or a
machine's own address, is handed a key, unless the configuration says otherwise. A proxy is asked for https alone,
through a tunnel, so it sees neither key nor text.

Sources: RFC 9110 for Retry-After and redirects; RFC 6585 for 429.
"""

from __future__ import annotations

import base64
import http.client
import ipaddress
import json
import os
import re
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from bilingual import __version__
from bilingual.diagnostics import BilingualError, Diagnostic, Place
from bilingual.provider import NOTHING, BrokenReplyError, UnavailableError, Usage, without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: The largest answer that is read, in bytes; a batch has some kilobytes.
LARGEST = 8_000_000
#: How long an overloaded server is waited for at most, in seconds, and how the waiting begins.
_LONGEST_WAIT = 300.0
_FIRST_WAIT = 0.5
_MOST_WAIT = 30.0
_REDIRECTS = 3
#: What is worth asking again.
_AGAIN = frozenset([408, 409, 425, 429, 500, 502, 503, 504, 529])
#: What is wrong with one question, and not with all of them.
_OWN_FAULT = frozenset([400, 413, 422])
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_KEY = re.compile(r"[!-~]{1,4096}")
#: Names that variables with keys have; another name may be the key itself, in the wrong place.
_NAME_OF_KEY = re.compile(r"(?:[A-Z0-9]+_)*(?:API|KEY|TOKEN|SECRET|PASSWORD)(?:_[A-Z0-9]+)*")
#: Where the JSON of a refusal has what is meant for people, and how much of that is shown.
_FOR_PEOPLE = ("error", "message", "detail", "msg", "error_description", "title")
_SAID = 200


def url_complaint(name: str, url: str) -> str:
    """Return what is wrong with an address, beginning with the name of its option; empty if nothing is."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return f"{name} is no address"
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0 or not re.fullmatch("[!-~]+", url):
        return f"{name} is no address that begins with https:// or http://"
    if parts.username is not None or parts.password is not None:
        return f"{name} holds a password; keys come from the environment"
    if parts.query or parts.fragment:
        return f"{name} has a query or fragment"
    return ""


def variable_complaint(name: str, variable: str) -> str:
    """Return what is wrong with the name of a variable, beginning with the name of its option; empty if nothing is."""
    if variable and not _VARIABLE.fullmatch(variable):
        return f"{name} is not the name of an environment variable; the key itself belongs into the environment"
    return ""


def key_of(variable: str, *, needed: bool) -> str:
    """Return the key that an environment variable holds, empty if there is none.

    Args:
        variable: The name of the variable; empty if no key is used.
        needed: Whether the service cannot be asked without one.

    Raises:
        BilingualError: If there must be one and is not, or if it is no key. The message never holds it.
    """
    key = os.environ.get(variable, "").strip() if variable else ""
    named = _NAME_OF_KEY.fullmatch(variable)
    shown = f"the environment variable {variable}" if named else "the environment variable that key-variable names"
    place = Place(variable if named else "key-variable")
    if not key and needed:
        message, hint = f"{shown} is not set", "it is to hold the key"
        raise BilingualError(Diagnostic("provider-key", message, place, hint=hint))
    if key and not _KEY.fullmatch(key):
        message = f"what {shown} holds is no key: it has blanks or unusual characters"
        raise BilingualError(Diagnostic("provider-key", message, place))
    return key


def _loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


class _UnansweredError(Exception):
    """A question was sent and did not get a whole answer, which may have to be paid for all the same.

    Attributes:
        reason: The error behind it.
    """

    def __init__(self, reason: Exception) -> None:
        super().__init__(str(reason))
        self.reason = reason


class _Line:
    """A connection that another thread may cut.

    It keeps the socket: a connection that is to be closed gives it away when the headers of the answer are there.

    Attributes:
        connection: The connection.
        sent: Whether the question went out.
        is_cut: Whether somebody has cut it; what seems to be whole then may be a half.
    """

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self.connection = connection
        self.sent = False
        self.is_cut = False
        self._socket: socket.socket | None = None

    def ask(self, path: str, data: bytes, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        """Connect, send a question and return what comes back, as far as its headers."""
        self.connection.connect()
        self._socket = self.connection.sock
        if self.is_cut:  # before there was a socket
            raise ConnectionAbortedError
        self.sent = True
        self.connection.request("POST", path, data, headers)
        return self.connection.getresponse()

    def cut(self) -> None:
        """Shut it down; whoever reads from it gets an error, or an end, at once."""
        self.is_cut = True
        sock = self._socket or self.connection.sock
        if sock is not None:
            with suppress(OSError):
                # The method of an SSL socket would take the encryption away from under its reader.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


class Client:
    """Asks one server.

    Args:
        url: The address that all questions begin with.
        key: The key; empty if none is used.
        header: The header that the key goes into, as a name and what stands before the key; None if it goes elsewhere.
        timeout: How long one answer may take in all, in seconds.
        retries: How often a question is asked again if the server is overloaded or does not answer.
        allow_http: Whether a key may go over plain http to another machine.

    Raises:
        BilingualError: If the key would go over the network for everyone to read.
    """

    def __init__(
        self,
        url: str,
        key: str,
        header: tuple[str, str] | None,
        *,
        timeout: float,
        retries: int,
        allow_http: bool = False,
    ) -> None:
        self.base = url.rstrip("/")
        self._key = key
        self._headers = {"User-Agent": f"bilingual/{__version__}", "Connection": "close"}
        if key and header is not None:
            self._headers[header[0]] = header[1] + key
        self._timeout = timeout
        self._retries = retries
        self._lock = threading.Lock()
        self._open: set[_Line] = set()
        self._closed = threading.Event()
        self._not_before = 0.0
        parts = urlsplit(self.base)
        self.shown = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
        if key and parts.scheme == "http" and not _loopback(parts.hostname or "") and not allow_http:
            message = "the key would go to another machine over http, for everyone on the way to read"
            hint = "use https, or set allow-http = true in the table of the provider if the network is yours"
            raise BilingualError(Diagnostic("provider-unsafe", message, Place(self.shown), hint=hint))

    def close(self) -> None:
        """End all questions that are under way; no more are asked."""
        self._closed.set()
        with self._lock:
            for line in self._open:
                line.cut()

    def post(self, path: str, value: object, repeat: Callable[[], bool] = lambda: True) -> Any:  # noqa: ANN401 - JSON
        """Ask, and return the JSON that the server answers.

        Args:
            path: What the address of the server is followed by.
            value: The question.
            repeat: Asked before a question is repeated that may have to be paid for already; whether it may be.

        Raises:
            BrokenReplyError: If the answer is no JSON or too large, or if the server refuses this question alone.
            UnavailableError: If there is no answer.
        """
        data = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        body = self._patiently(f"{self.base}/{path.lstrip('/')}", data, repeat)
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise BrokenReplyError("the server answered with something that is no JSON") from None

    def _patiently(self, url: str, data: bytes, repeat: Callable[[], bool]) -> bytes:
        attempt = 0
        while True:
            self._wait_for_turn()
            failure, wait, absent = "", 0.0, False
            used: Usage | None = NOTHING
            try:
                status, headers, body = self._once(url, data)
            except (_UnansweredError, OSError, http.client.HTTPException, UnicodeError) as raised:
                error: Exception = raised
                if isinstance(raised, _UnansweredError):
                    error, used = raised.reason, None
                late = isinstance(error, TimeoutError)
                failure = f"no answer within {self._timeout:g} s" if late else self.clean(_told(error))
                absent = isinstance(error, (ConnectionRefusedError, socket.gaierror))
                if isinstance(error, (ssl.SSLCertVerificationError, UnicodeError)):
                    raise self._unavailable(f"cannot be trusted: {failure}", final=True) from None
            else:
                if status in {301, 302, 303, 307, 308}:
                    raise self._unavailable("redirects to nowhere, or without end", final=True)
                if 200 <= status < 300:
                    return body
                if status not in _AGAIN:
                    raise self._refused(status, body)
                failure = f"status {status}{self._said(body)}"
                wait = _retry_after(headers)
            if self._closed.is_set():
                raise self._unavailable("was not waited for", final=True, usage=used)
            if attempt >= self._retries or (used is None and not repeat()):
                times = "once" if attempt == 0 else f"{attempt + 1} times"
                raise self._unavailable(f"does not answer, asked {times}: {failure}", final=absent, usage=used)
            if wait > _LONGEST_WAIT:
                raise self._unavailable(f"asks to be left alone for {wait:.0f} s", final=True)
            pause = max(wait, min(_FIRST_WAIT * 2**attempt, _MOST_WAIT))
            with self._lock:
                self._not_before = max(self._not_before, time.monotonic() + pause)
            attempt += 1

    def _wait_for_turn(self) -> None:
        """Wait until the server may be asked; one thread that was sent away holds the others back too."""
        while True:
            with self._lock:
                left = self._not_before - time.monotonic()
            if self._closed.is_set():
                raise self._unavailable("was not waited for", final=True)
            if left <= 0:
                return
            self._closed.wait(left)

    def _once(self, url: str, data: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """Ask once, and follow redirects within the same server; others are refused, and never see the key."""
        for _ in range(_REDIRECTS + 1):
            parts = urlsplit(url)
            with self._line(parts) as line:
                headers = {**self._headers, "Content-Type": "application/json", "Accept": "application/json"}
                response = line.ask(parts.path or "/", data, headers)
                location = response.getheader("Location", "")
                if response.status not in {301, 302, 303, 307, 308} or not location:
                    body = bytearray()
                    while chunk := response.read(65_536):
                        body += chunk
                        if len(body) > LARGEST:
                            raise BrokenReplyError(f"the answer is larger than {LARGEST // 1_000_000} MB")
                    if response.length:  # what is still to come never will
                        raise http.client.IncompleteRead(b"", response.length)
                    return response.status, dict(response.getheaders()), bytes(body)
                status = response.status
            try:
                url = urljoin(url, location)
                there = urlsplit(url)
                port = _port(there)
            except ValueError:
                raise self._unavailable("redirects to something that is no address", final=True) from None
            if (there.scheme, there.hostname, port) != (parts.scheme, parts.hostname, _port(parts)):
                place = self.clean(f"{there.scheme}://{there.hostname}")
                raise self._unavailable(f"redirects to {place}, which is not asked", final=True)
            if status not in {307, 308}:
                raise self._unavailable(f"redirects with status {status}, which is for pages", final=True)
        return 307, {}, b""

    @contextmanager
    def _line(self, parts: SplitResult) -> Iterator[_Line]:
        """Yield a connection that is cut when the time is over, however slowly something comes.

        Raises:
            _UnansweredError: For what goes wrong after the question was sent.
        """
        line = _Line(self._connection(parts))
        timer = threading.Timer(self._timeout, line.cut)
        timer.daemon = True
        with self._lock:
            self._open.add(line)
        timer.start()
        try:
            yield line
            if line.is_cut:  # an answer without a length seems to be whole
                raise ConnectionAbortedError
        except (OSError, http.client.HTTPException) as raised:
            # Unless the client was closed, it is the timer that cuts.
            error = TimeoutError() if line.is_cut and not self._closed.is_set() else raised
            if line.sent:
                raise _UnansweredError(error) from None
            raise error from None
        finally:
            timer.cancel()
            with self._lock:
                self._open.discard(line)
            line.connection.close()

    def _connection(self, parts: SplitResult) -> http.client.HTTPConnection:
        """Return what connects with a server, through a proxy if https wants one."""
        host, port = parts.hostname or "", _port(parts)
        if parts.scheme != "https":
            return http.client.HTTPConnection(host, port, timeout=self._timeout)
        proxy = "" if proxy_bypass(host) or _loopback(host) else getproxies().get("https", "")
        if not proxy:
            return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=_context())
        try:
            via = urlsplit(proxy if "//" in proxy else f"//{proxy}")
            there = (via.hostname or "", via.port or 8080)
        except ValueError:
            there = ("", 0)
        if not there[0]:  # what it is instead may have a password in it
            message, hint = "the proxy for https is no address", "look at the environment variable https_proxy"
            diagnostic = Diagnostic("provider-unavailable", message, Place("https_proxy"), hint=hint)
            raise UnavailableError(diagnostic, final=True)
        connection = http.client.HTTPSConnection(*there, timeout=self._timeout, context=_context())
        connection.set_tunnel(host, port, _proxy_headers(via))
        return connection

    # --- what goes wrong -----------------------------------------------------------------------------------------

    def clean(self, text: str) -> str:
        """Return a text of the server's, or about it, without the key."""
        return without_secrets(text, [self._key])

    def _unavailable(
        self, what: str, *, final: bool = False, hint: str = "", usage: Usage | None = NOTHING
    ) -> UnavailableError:
        diagnostic = Diagnostic("provider-unavailable", f"the server {what}", Place(self.shown), hint=hint)
        return UnavailableError(diagnostic, final=final, usage=usage)

    def _said(self, body: bytes) -> str:
        """Return what a server says about its refusal, behind a colon; empty if it says nothing."""
        text = body.decode("utf-8", "replace").strip()
        if text.startswith(("{", "[", '"')):
            # Of JSON only what is meant for people: servers repeat the question, and the key may be a part of it.
            try:
                text = _message(json.loads(text))
            except (ValueError, RecursionError):
                text = ""
        text = " ".join(self.clean(text).split())
        return f": {text[:_SAID]}" if text and not text.startswith("<") else ""

    def _refused(self, status: int, body: bytes) -> Exception:
        said = self._said(body)
        if status in _OWN_FAULT:
            return BrokenReplyError(f"the server refuses the question, status {status}{said}", NOTHING)
        hints = {
            401: "is the key right?",
            403: "is the key right, and allowed to do this?",
            404: "are the address and the model right?",
            402: "is the account in credit?",
            456: "the quota of the account is used up",
        }
        return self._unavailable(f"refuses, status {status}{said}", final=True, hint=hints.get(status, ""))


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _message(value: object, depth: int = 4) -> str:
    """Return what the JSON of a refusal says to people, empty if nothing is found."""
    if isinstance(value, str) or not depth:
        return value if isinstance(value, str) else ""
    inner: list[object] = []
    if isinstance(value, dict):
        inner = [value[name] for name in _FOR_PEOPLE if name in value]
    elif isinstance(value, list):
        inner = value
    return next(filter(None, (_message(each, depth - 1) for each in inner)), "")


def _told(error: Exception) -> str:
    if isinstance(error, http.client.IncompleteRead):
        return "the answer broke off"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _retry_after(headers: Mapping[str, str]) -> float:
    """Return how many seconds a server asks to wait, 0 if it does not: a number, or a date."""
    value = next((text for name, text in headers.items() if name.lower() == "retry-after"), "").strip()
    if re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?", value):
        return float(value)
    with suppress(TypeError, ValueError, OverflowError):
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    return 0.0


def _proxy_headers(proxy: SplitResult) -> dict[str, str]:
    if not proxy.username:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
