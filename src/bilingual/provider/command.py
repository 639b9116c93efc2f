"""Any program that reads JSON Lines and writes JSON Lines: a model of your own, a script around another service.

The program is started once for each batch. It reads one line for each text, `{"id": "…", "text": "…", "source": "zh",
"target": "en"}` and what else is known of it (`kind`, `under`, `before`, `after`, `terms`, `similar`, and `problem` if
its last answer could not be used), and writes one line for each, `{"id": "…", "text": "…"}`, in any order. Tokens such
as `{1}` must come back, each exactly once. What it writes to its standard error is shown if it fails.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bilingual.diagnostics import Diagnostic, Place
from bilingual.masking import BRACES
from bilingual.provider import (
    NOTHING,
    BrokenReplyError,
    Limits,
    Price,
    Provider,
    Reply,
    UnavailableError,
    Usage,
    characters,
    out_of_bounds,
    without_secrets,
)
from bilingual.provider._http import LARGEST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bilingual.provider import Batch, Item, Surroundings

_POSIX = os.name == "posix"
#: How much of what a program says about its failure is shown, of how much that is read.
_SAID = 300
_MOST_SAID = 1_000_000
#: How much it may write, and how often that is looked at, in seconds.
_MOST = 4 * LARGEST
_LOOK = 0.5


@dataclass(frozen=True, slots=True)
class Options:
    """The program.

    Attributes:
        command: The program and its arguments; must be set. It is started in the project's folder, without a shell.
        name: What drafts say about where they are from; if it is not set, the name of the program.
        entries: The most texts that it is handed at once.
        characters: The most characters of text that it is handed at once.
        concurrency: How many of it run at once.
        timeout: How many seconds it may take for a batch.
        price: The price of a million characters.
        currency: The currency of the price.
    """

    command: tuple[str, ...] = ()
    name: str = ""
    entries: int = 100
    characters: int = 50_000
    concurrency: int = 1
    timeout: float = 600
    price: float = 0
    currency: str = "USD"

    def __post_init__(self) -> None:
        for complaint in (
            "" if self.command and self.command[0].strip() else "command must be set to a program and its arguments",
            "command holds a character that no argument may have" if any("\0" in each for each in self.command) else "",
            out_of_bounds(self, entries=1, characters=1, concurrency=1, timeout=1, price=0),
        ):
            if complaint:
                raise ValueError(complaint)


class _Service:
    def __init__(self, options: Options, root: Path, secrets: Sequence[str]) -> None:
        self._options = options
        self._root = root
        self._secrets = secrets
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False
        shown = options.name or os.path.basename(options.command[0])  # noqa: PTH119 - a name, whatever it is
        self.name = f"command {' '.join(shown.split())}"
        self.identity = f"{self.name} {json.dumps(options.command)}"
        self.limits = Limits(options.entries, options.characters, options.concurrency)
        self.price = Price("characters", options.price, 0.0, options.currency)

    def ask(self, batch: Batch) -> Reply:
        data = "".join(json.dumps(_line(item, batch), ensure_ascii=False) + "\n" for item in batch.items)
        output = self._run(data.encode("utf-8", "replace"))
        usage = self.estimate(batch)
        texts: dict[str, str] = {}
        complaints: dict[str, str] = {}
        wanted = {item.id for item in batch.items}
        for line in output.decode("utf-8", "replace").split("\n"):
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                continue  # what a library says about its progress, say
            name = value.get("id") if isinstance(value, dict) else None
            if not isinstance(name, str) or name not in wanted:
                continue
            text = value.get("text")
            if not isinstance(text, str):
                complaints[name] = "the answer is no text"
            elif texts.setdefault(name, text) != text:
                complaints[name] = "there are two different answers"
        if not texts and not complaints:
            raise BrokenReplyError("the program answered nothing that was asked for", usage)
        complaints |= {name: "there is no answer" for name in wanted if name not in texts and name not in complaints}
        return Reply({name: text for name, text in texts.items() if name not in complaints}, complaints, usage=usage)

    def estimate(self, batch: Batch) -> Usage:
        return characters(batch)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for process in self._running:
                _kill(process)

    def _run(self, data: bytes) -> bytes:
        """Return what the program writes when it reads `data`; files hold both, so that no pipe can fill up."""
        options = self._options
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as taken, tempfile.TemporaryFile() as said:
            given.write(data)
            given.seek(0)
            with self._lock:
                if self._closed:
                    raise self._failed("was not waited for", final=True)
                try:
                    process = subprocess.Popen(
                        options.command,
                        stdin=given,
                        stdout=taken,
                        stderr=said,
                        cwd=self._root,
                        start_new_session=_POSIX,
                    )
                except (OSError, ValueError) as error:
                    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
                    raise self._failed(f"cannot be started: {reason}", final=True) from None
                self._running.add(process)
            try:
                status = self._status(process, taken.fileno())
            finally:
                _kill(process)
                process.wait()
                with self._lock:
                    self._running.discard(process)
            if status:
                said.seek(0, os.SEEK_END)
                said.seek(max(0, said.tell() - _MOST_SAID))
                # Whole, lest a part of a key be left of it at the beginning.
                told = without_secrets(said.read().decode("utf-8", "replace"), self._secrets)
                told = " ".join(told.split())[-_SAID:]
                raise self._failed(f"failed with status {status}" + (f": {told}" if told else ""), usage=None)
            taken.seek(0)
            return taken.read(_MOST)

    def _status(self, process: subprocess.Popen[bytes], output: int) -> int:
        """Return the status that the program ends with, in time and before it has written too much."""
        end = time.monotonic() + self._options.timeout
        while True:
            try:
                status = process.wait(min(_LOOK, max(0.0, end - time.monotonic())))
            except subprocess.TimeoutExpired:
                status = None
            if os.fstat(output).st_size > _MOST:
                raise BrokenReplyError(f"the program wrote more than {_MOST // 1_000_000} MB")
            if status is not None:
                return status
            if time.monotonic() >= end:
                raise self._failed(f"took longer than {self._options.timeout:g} s", usage=None)

    def _failed(self, what: str, *, final: bool = False, usage: Usage | None = NOTHING) -> UnavailableError:
        place = Place(os.path.basename(self._options.command[0]))  # noqa: PTH119 - as above
        diagnostic = Diagnostic("provider-unavailable", f"the program {what}", place)
        return UnavailableError(diagnostic, final=final, usage=usage)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a program, and what it started."""
    with suppress(OSError):
        if _POSIX:
            os.killpg(process.pid, signal.SIGKILL)
        elif process.poll() is None:
            process.kill()


def _line(item: Item, batch: Batch) -> dict[str, Any]:
    said: dict[str, Any] = {
        "id": item.id,
        "text": item.text,
        "source": batch.source.tag,
        "target": batch.target.tag,
        "kind": item.kind,
        "under": item.trail,
        "note": item.notes,
        "context": item.context,
        "before": item.before,
        "after": item.after,
        "terms": [
            {"source": term.source, "target": term.target, "variants": list(term.variants), "keep": term.keep}
            for term in item.terms
        ],
        "similar": [{"text": match.msgid, "translation": match.msgstr} for match in item.matches],
        "problem": item.complaint,
    }
    return {name: value for name, value in said.items() if value or name in {"id", "text"}}


def _open(options: Options, surroundings: Surroundings) -> _Service:
    return _Service(options, surroundings.root, surroundings.secrets)


PROVIDER = Provider(_open, Options, (BRACES, BRACES), reads_context=True)
