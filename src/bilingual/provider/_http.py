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
from bilingual.provider import BrokenReplyError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    if not key and needed:
        message, hint = f"the environment variable {variable} is not set", "it is to hold the key"
        raise BilingualError(Diagnostic("provider-key", message, Place(variable or "key-variable"), hint=hint))
    if key and not _KEY.fullmatch(key):
        message = f"what the environment variable {variable} holds is no key: it has blanks or unusual characters"
        raise BilingualError(Diagnostic("provider-key", message, Place(variable)))
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
        self._open: set[http.client.HTTPConnection] = set()
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
            for connection in self._open:
                _cut(connection)

    def post(self, path: str, value: object) -> Any:  # noqa: ANN401 - JSON
        """Ask, and return the JSON that the server answers.

        Raises:
            BrokenReplyError: If the answer is no JSON or too large, or if the server refuses this question alone.
            UnavailableError: If there is no answer.
        """
        data = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        body = self._patiently(f"{self.base}/{path.lstrip('/')}", data)
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise BrokenReplyError("the server answered with something that is no JSON") from None

    def _patiently(self, url: str, data: bytes) -> bytes:
        attempt = 0
        while True:
            self._wait_for_turn()
            failure, wait, absent = "", 0.0, False
            try:
                status, headers, body = self._once(url, data)
            except TimeoutError:
                failure = f"no answer within {self._timeout:g} s"
            except (OSError, http.client.HTTPException, UnicodeError) as error:
                failure = self.clean(_told(error))
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
                raise self._unavailable("was not waited for", final=True)
            if attempt >= self._retries:
                raise self._unavailable(f"does not answer, asked {attempt + 1} times: {failure}", final=absent)
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
            with self._connection(parts) as connection:
                headers = {**self._headers, "Content-Type": "application/json", "Accept": "application/json"}
                connection.request("POST", parts.path or "/", data, headers)
                response = connection.getresponse()
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
            url = urljoin(url, location)
            there = urlsplit(url)
            if (there.scheme, there.hostname, _port(there)) != (parts.scheme, parts.hostname, _port(parts)):
                place = self.clean(f"{there.scheme}://{there.hostname}")
                raise self._unavailable(f"redirects to {place}, which is not asked", final=True)
            if status not in {307, 308}:
                raise self._unavailable(f"redirects with status {status}, which is for pages", final=True)
        return 307, {}, b""

    @contextmanager
    def _connection(self, parts: SplitResult) -> Iterator[http.client.HTTPConnection]:
        """Yield a connection that is cut when the time is over, however slowly something comes."""
        host, port = parts.hostname or "", _port(parts)
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            proxy = "" if proxy_bypass(host) or _loopback(host) else getproxies().get("https", "")
            if proxy:
                via = urlsplit(proxy if "//" in proxy else f"//{proxy}")
                connection = http.client.HTTPSConnection(
                    via.hostname or "", via.port or 8080, timeout=self._timeout, context=_context()
                )
                connection.set_tunnel(host, port, _proxy_headers(via))
            else:
                connection = http.client.HTTPSConnection(host, port, timeout=self._timeout, context=_context())
        else:
            connection = http.client.HTTPConnection(host, port, timeout=self._timeout)
        late = threading.Event()

        def cut() -> None:
            late.set()
            _cut(connection)

        timer = threading.Timer(self._timeout, cut)
        timer.daemon = True
        with self._lock:
            self._open.add(connection)
        timer.start()
        try:
            yield connection
            if late.is_set():  # an answer without a length seems to be whole
                raise TimeoutError
        except (OSError, http.client.HTTPException):
            if late.is_set():
                raise TimeoutError from None
            raise
        finally:
            timer.cancel()
            with self._lock:
                self._open.discard(connection)
            connection.close()

    # --- what goes wrong -----------------------------------------------------------------------------------------

    def clean(self, text: str) -> str:
        """Return a text of the server's, or about it, without the key."""
        return text.replace(self._key, "…") if self._key else text

    def _unavailable(self, what: str, *, final: bool = False, hint: str = "") -> UnavailableError:
        return UnavailableError(
            Diagnostic("provider-unavailable", f"the server {what}", Place(self.shown), hint=hint), final=final
        )

    def _said(self, body: bytes) -> str:
        """Return what a server says about its refusal, behind a colon; empty if it says nothing."""
        text = body[:4000].decode("utf-8", "replace")
        with suppress(ValueError, RecursionError):
            value = json.loads(text)
            for _ in range(3):
                if isinstance(value, dict):
                    value = value.get("error") or value.get("message") or value.get("detail") or ""
            text = value if isinstance(value, str) else text
        text = " ".join(self.clean(text).split())
        return f": {text[:200]}" if text and not text.startswith("<") else ""

    def _refused(self, status: int, body: bytes) -> Exception:
        said = self._said(body)
        if status in _OWN_FAULT:
            return BrokenReplyError(f"the server refuses the question, status {status}{said}")
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


def _cut(connection: http.client.HTTPConnection) -> None:
    """Shut a connection down from another thread; whoever reads from it gets an error at once."""
    sock = connection.sock
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


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
