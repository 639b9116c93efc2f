"""DeepL. Tokens go as XML tags, which its engine places by itself; what breaks is asked for again with braces.

The headings and the texts around a batch go along as its context, which DeepL does not charge for.

Source: "API reference: translate text", DeepL.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bilingual.language import regional
from bilingual.masking import BRACES, TAGS
from bilingual.provider import BrokenReplyError, Limits, Price, Provider, Reply, Usage, characters, out_of_bounds
from bilingual.provider._http import Client, key_of, url_complaint, variable_complaint

if TYPE_CHECKING:
    from bilingual.language import Language
    from bilingual.provider import Batch, Surroundings

_PAID, _FREE = "https://api.deepl.com/v2", "https://api-free.deepl.com/v2"
#: How many texts a question may have, and how much context is sent.
_TEXTS = 50
_CONTEXT = 1000
#: Targets that must say which variety is meant.
_VARIETIES = frozenset(["en", "pt"])


@dataclass(frozen=True, slots=True)
class Options:
    """The account, and how it translates.

    Attributes:
        key_variable: The environment variable that holds the key.
        base_url: The address that `/translate` is added to; if it is not set, that of the free or the paid service,
            which the key tells.
        formality: How formal the translation is, where the language knows that.
        model_type: Which models are asked; if it is not set, DeepL decides.
        glossary_id: A glossary of the account.
        entries: The most texts in a question, 50 at most.
        characters: The most characters of text in a question.
        concurrency: The most questions at once.
        timeout: How many seconds an answer may take.
        retries: How often a server that is overloaded is asked again.
        price: The price of a million characters.
        currency: The currency of the price.
        allow_http: Whether the key may go over http to another machine.
    """

    key_variable: str = "DEEPL_API_KEY"
    base_url: str = ""
    formality: Literal["default", "more", "less", "prefer_more", "prefer_less"] = "default"
    model_type: Literal["", "quality_optimized", "prefer_quality_optimized", "latency_optimized"] = ""
    glossary_id: str = ""
    entries: int = 40
    characters: int = 20_000
    concurrency: int = 4
    timeout: float = 60
    retries: int = 5
    price: float = 0
    currency: str = "EUR"
    allow_http: bool = False

    def __post_init__(self) -> None:
        for complaint in (
            url_complaint("base_url", self.base_url) if self.base_url else "",
            variable_complaint("key_variable", self.key_variable),
            "" if 1 <= self.entries <= _TEXTS else f"entries is no number from 1 to {_TEXTS}",
            out_of_bounds(self, characters=1, concurrency=1, timeout=1, retries=0, price=0),
        ):
            if complaint:
                raise ValueError(complaint)


class _Service:
    def __init__(self, options: Options, surroundings: Surroundings) -> None:
        key = key_of(options.key_variable, needed=surroundings.asks)
        url = options.base_url or (_FREE if key.endswith(":fx") else _PAID)
        self._client = Client(
            url,
            key,
            ("Authorization", "DeepL-Auth-Key "),
            timeout=options.timeout,
            retries=options.retries,
            allow_http=options.allow_http,
        )
        self._options = options
        self.name = "deepl" + (f" {options.model_type}" if options.model_type else "")
        self.identity = f"{self.name} {options.formality} {options.glossary_id}"
        self.limits = Limits(options.entries, options.characters, options.concurrency)
        self.price = Price("characters", options.price, 0.0, options.currency)

    def ask(self, batch: Batch) -> Reply:
        value = self._client.post("translate", self._question(batch), batch.repeat)
        usage = self.estimate(batch)
        found = value.get("translations") if isinstance(value, dict) else None
        if not isinstance(found, list) or len(found) != len(batch.items):
            count = len(found) if isinstance(found, list) else 0
            raise BrokenReplyError(f"{len(batch.items)} texts were asked for, and {count} came back", usage)
        texts: dict[str, str] = {}
        complaints: dict[str, str] = {}
        for item, each in zip(batch.items, found, strict=True):
            text = each.get("text") if isinstance(each, dict) else None
            if isinstance(text, str):
                texts[item.id] = text
            else:
                complaints[item.id] = "the answer is no text"
        return Reply(texts, complaints, usage=usage)

    def estimate(self, batch: Batch) -> Usage:
        return characters(batch)

    def close(self) -> None:
        self._client.close()

    def _question(self, batch: Batch) -> dict[str, Any]:
        options = self._options
        question: dict[str, Any] = {
            "text": [item.text for item in batch.items],
            "source_lang": batch.source.tag.split("-")[0].upper(),
            "target_lang": _target(batch.target),
            "preserve_formatting": True,
        }
        context = _around(batch)
        if context:
            question["context"] = context
        if batch.tokens is TAGS:
            question |= {"tag_handling": "xml", "tag_handling_version": "v2"}
        if options.formality != "default":
            question["formality"] = options.formality
        if options.model_type:
            question["model_type"] = options.model_type
        if options.glossary_id:
            question["glossary_id"] = options.glossary_id
        return question


def _target(of: Language) -> str:
    """Return the code of a target as DeepL has it: EN-US, PT-PT, ZH-HANS, DE."""
    first = of.tag.split("-")[0]
    if first in {"zh", "cmn"}:
        return "ZH-HANT" if regional(of).rpartition("-")[2] in {"TW", "HK", "MO"} else "ZH-HANS"
    if first in _VARIETIES:
        known = of.tag.upper()
        return known if known in {"EN-GB", "EN-US", "PT-BR", "PT-PT"} else {"en": "EN-US", "pt": "PT-PT"}[first]
    return first.upper()


def _around(batch: Batch) -> str:
    """Return what stands above and around the texts of a batch."""
    first, last = batch.items[0], batch.items[-1]
    parts = (first.trail, first.before or "", last.after or "")
    return "\n".join(part for part in parts if part)[:_CONTEXT]


def _open(options: Options, surroundings: Surroundings) -> _Service:
    return _Service(options, surroundings)


PROVIDER = Provider(_open, Options, (TAGS, BRACES))
