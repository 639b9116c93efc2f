"""LibreTranslate, on a machine of your own or hosted: open models, no account needed.

Tokens go as braces; a text whose tokens do not come back is asked for again as HTML, whose tags the server keeps.

Source: "API: /translate", LibreTranslate.
"""

from __future__ import annotations

import json
from collections.abc import Mapping  # noqa: TC003 - options are read by their types
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bilingual.language import regional
from bilingual.masking import BRACES, TAGS
from bilingual.provider import BrokenReplyError, Limits, Price, Provider, Reply, Usage, characters, out_of_bounds
from bilingual.provider._http import Client, key_of, url_complaint, variable_complaint

if TYPE_CHECKING:
    from bilingual.language import Language
    from bilingual.provider import Batch, Surroundings


@dataclass(frozen=True, slots=True)
class Options:
    """The server.

    Attributes:
        base_url: The address that `/translate` is added to.
        key_variable: The environment variable that holds the key, if the server wants one.
        codes: What the server calls languages, by their codes here, where it is unusual.
        entries: The most texts in a question.
        characters: The most characters of text in a question.
        concurrency: The most questions at once.
        timeout: How many seconds an answer may take.
        retries: How often a server that is overloaded is asked again.
        price: The price of a million characters.
        currency: The currency of the price.
        allow_http: Whether the key may go over http to another machine.
    """

    base_url: str = "http://127.0.0.1:5000"
    key_variable: str = "LIBRETRANSLATE_API_KEY"
    codes: Mapping[str, str] = field(default_factory=dict)
    entries: int = 20
    characters: int = 4000
    concurrency: int = 2
    timeout: float = 120
    retries: int = 5
    price: float = 0
    currency: str = "USD"
    allow_http: bool = False

    def __post_init__(self) -> None:
        for complaint in (
            url_complaint("base_url", self.base_url),
            variable_complaint("key_variable", self.key_variable),
            out_of_bounds(self, entries=1, characters=1, concurrency=1, timeout=1, retries=0, price=0),
        ):
            if complaint:
                raise ValueError(complaint)


class _Service:
    def __init__(self, options: Options) -> None:
        # The key goes into the question itself, as this protocol has it.
        self._key = key_of(options.key_variable, needed=False)
        self._client = Client(
            options.base_url,
            self._key,
            None,
            timeout=options.timeout,
            retries=options.retries,
            allow_http=options.allow_http,
        )
        self._options = options
        self.name = "libretranslate"
        self.identity = f"{self.name} {options.base_url}"
        if options.codes:
            self.identity += f" {json.dumps(dict(options.codes), sort_keys=True)}"
        self.limits = Limits(options.entries, options.characters, options.concurrency)
        self.price = Price("characters", options.price, 0.0, options.currency)

    def ask(self, batch: Batch) -> Reply:
        question: dict[str, Any] = {
            "q": [item.text for item in batch.items],
            "source": self._code(batch.source),
            "target": self._code(batch.target),
            "format": "html" if batch.tokens is TAGS else "text",
        }
        if self._key:
            question["api_key"] = self._key
        value = self._client.post("translate", question, batch.repeat)
        usage = self.estimate(batch)
        found = value.get("translatedText") if isinstance(value, dict) else None
        if not isinstance(found, list) or len(found) != len(batch.items):
            count = len(found) if isinstance(found, list) else 0
            raise BrokenReplyError(f"{len(batch.items)} texts were asked for, and {count} came back", usage)
        texts = {item.id: text for item, text in zip(batch.items, found, strict=True) if isinstance(text, str)}
        complaints = {item.id: "the answer is no text" for item in batch.items if item.id not in texts}
        return Reply(texts, complaints, usage=usage)

    def estimate(self, batch: Batch) -> Usage:
        return characters(batch)

    def close(self) -> None:
        self._client.close()

    def _code(self, of: Language) -> str:
        """Return what the server calls a language: `zt` is Chinese in traditional characters."""
        known = self._options.codes.get(of.tag) or self._options.codes.get(of.gettext)
        if known:
            return known
        first = of.tag.split("-")[0]
        if first in {"zh", "cmn"}:
            return "zt" if regional(of).rpartition("-")[2] in {"TW", "HK", "MO"} else "zh"
        return first


def _open(options: Options, _: Surroundings) -> _Service:
    return _Service(options)


PROVIDER = Provider(_open, Options, (BRACES, TAGS))
