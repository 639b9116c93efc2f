"""Providers of drafts: one a file, each a value; this file has what they share, and what they are asked and answer.

A module of this folder defines `PROVIDER`; its stem is the provider's name, its docstring the manual page, and the
fields of its options are the keys of the table `[provider.NAME]`. Nothing here reads or writes catalogs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from bilingual.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from bilingual.diagnostics import Diagnostic
    from bilingual.glossary import Term
    from bilingual.language import Language
    from bilingual.masking import Tokens
    from bilingual.memory import Memory
    from bilingual.suggest import Match


@dataclass(frozen=True, slots=True)
class Item:
    """A text to translate, with what a translator would look at.

    Attributes:
        id: What it is called in the batch; it hangs on the text, so that an answer cannot slip to the next one.
        text: The text, with tokens if the provider wants some.
        kind: What it is, such as "heading level 2"; empty if nobody knows.
        trail: The headings that it stands under.
        notes: What its author tells translators.
        context: Its msgctxt.
        before: The text before it; None if there is none.
        after: The text behind it; None if there is none.
        before_translated: The translation of the text before it; empty if there is none.
        terms: The terms of the glossary that it has.
        matches: Translations of similar texts.
        complaint: What was wrong with the last answer; empty if it was not asked before.
    """

    id: str
    text: str
    kind: str = ""
    trail: str = ""
    notes: str = ""
    context: str | None = None
    before: str | None = None
    after: str | None = None
    before_translated: str = ""
    terms: tuple[Term, ...] = ()
    matches: tuple[Match, ...] = ()
    complaint: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts of one catalog that are asked for at once, in order.

    Attributes:
        source: Their language.
        target: The language to translate them into.
        items: The texts.
        title: The title of the book; may be empty.
        tokens: How what is to be kept is written; None if the texts are as they are.
        most: The most that may be written to answer it, in the unit of the provider; None if it does not matter.
        repeat: Asked before the batch is asked for once more though the first answer, which never came, may have to
            be paid for; whether there is money for it.
    """

    source: Language
    target: Language
    items: tuple[Item, ...]
    title: str = ""
    tokens: Tokens | None = None
    most: int | None = None
    repeat: Callable[[], bool] = lambda: True


@dataclass(frozen=True, slots=True)
class Usage:
    """How much was read and written, in the unit of the provider."""

    read: int = 0
    written: int = 0

    def __add__(self, other: Usage) -> Usage:
        """Return the sums."""
        return Usage(self.read + other.read, self.written + other.written)


NOTHING = Usage()


@dataclass(frozen=True, slots=True)
class Price:
    """What a provider costs.

    Attributes:
        unit: What it counts, such as "tokens".
        read: The price of a million of them in what it is handed; 0 if nobody said.
        written: The price of a million of them in what it answers.
        currency: The currency, for people.
    """

    unit: str = "characters"
    read: float = 0.0
    written: float = 0.0
    currency: str = ""

    @property
    def known(self) -> bool:
        """Whether anybody said what it costs."""
        return bool(self.read or self.written)

    def of(self, usage: Usage) -> float:
        """Return what an amount costs."""
        return (usage.read * self.read + usage.written * self.written) / 1_000_000


@dataclass(frozen=True, slots=True)
class Reply:
    """What a provider answers to a batch.

    Attributes:
        texts: The translations by the ids of their items; an item that is missing got no answer.
        complaints: What is wrong with the answer to an item, by its id.
        matches: What a translation was taken from, where it is that of a similar text.
        usage: How much was read and written; None if nobody counted it.
    """

    texts: Mapping[str, str]
    complaints: Mapping[str, str] = field(default_factory=dict)
    matches: Mapping[str, Match] = field(default_factory=dict)
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is asked at once.

    Attributes:
        entries: The most texts in a batch.
        characters: The most characters in a batch; a text that is longer goes alone.
        concurrency: The most batches under way at once.
    """

    entries: int = 20
    characters: int = 4000
    concurrency: int = 4


class BrokenReplyError(Exception):
    """A whole answer cannot be used; the message is a phrase that says why.

    Attributes:
        usage: How much was read and written for it; None if nobody knows, and it may have to be paid for.
    """

    def __init__(self, reason: str, usage: Usage | None = None) -> None:
        super().__init__(reason)
        self.usage = usage


class UnavailableError(Exception):
    """There is no answer; the diagnostic says why.

    Attributes:
        diagnostic: What to report.
        final: Whether asking for anything else is of no use either.
        usage: As in `BrokenReplyError`; mostly nothing.
    """

    def __init__(self, diagnostic: Diagnostic, *, final: bool = False, usage: Usage | None = NOTHING) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic
        self.final = final
        self.usage = usage


class Service(Protocol):
    """A provider that is ready to be asked, from several threads.

    Attributes:
        name: Its name and model, as the comment of a draft says it; what changes its answers and is no secret is in
            `identity`.
        identity: Answers of services with one identity may stand for each other.
        limits: How much it is asked at once.
        price: What it costs.
    """

    name: str
    identity: str
    limits: Limits
    price: Price

    def ask(self, batch: Batch) -> Reply:
        """Return the answer to a batch.

        Raises:
            BrokenReplyError: If the answer cannot be used.
            UnavailableError: If there is none.
        """

    def estimate(self, batch: Batch) -> Usage:
        """Return about how much a batch will take."""

    def close(self) -> None:
        """End what is under way; threads that wait for an answer get none."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a provider works.

    Attributes:
        root: The project's folder.
        memory: Its memory; None if it has none.
        secrets: What no message may show, such as the keys of other providers.
        asks: Whether anything will be asked; else no key is needed.
    """

    root: Path
    memory: Memory | None = None
    secrets: tuple[str, ...] = ()
    asks: bool = True


@dataclass(frozen=True, slots=True)
class Provider:
    """A source of drafts.

    Attributes:
        open: Makes a service of the options; raises BilingualError if it cannot be asked.
        options: A frozen dataclass; its fields are the keys of the table `[provider.NAME]`.
        tokens: How it wants to see what is to be kept: when it is asked, and when it is asked again after an answer
            that was broken. None if it is handed texts as they are.
        reads_context: Whether it makes use of terms and of translations of similar texts.
        remembered: Whether its answers are worth keeping, so that nothing is asked twice.
    """

    open: Callable[[Any, Surroundings], Service]
    options: type
    tokens: tuple[Tokens, Tokens] | None = None
    reads_context: bool = False
    remembered: bool = True


#: The providers; outsiders add theirs by entry points of the group `bilingual.providers`.
PROVIDERS: Registry[Provider] = Registry("bilingual.provider", "PROVIDER", "bilingual.providers")


#: The most that a number of an option may be: more seconds than any clock of a system can wait for are no time-out.
_MOST = {"timeout": 1_000_000}
_MOST_ELSE = 1_000_000_000


def out_of_bounds(options: object, **least: float) -> str:
    """Return what is wrong with the numbers among some options, beginning with the name of one; empty if nothing is.

    Args:
        options: The options.
        least: The least that each may be; an option that is None is not set.
    """
    for name, bound in least.items():
        value = getattr(options, name)
        most = _MOST.get(name, _MOST_ELSE)
        if value is None or bound <= value <= most:
            continue
        return f"{name} must be at most {most}" if value > most else f"{name} must be at least {bound:g}"
    return ""


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """Return a text without secrets, however JSON or an address would spell their characters.

    Args:
        text: The text, from somebody else.
        secrets: The secrets; empty ones are none.
    """
    for secret in secrets:
        if secret:
            text = re.sub("".join(map(_spelled, secret)), "…", text)
    return text


def _spelled(char: str) -> str:
    r"""Return a pattern for the ways to write a character: itself, `\u002b`, `\x2b`, `%2B`, `&#43;`."""
    plain, code = re.escape(char), f"(?i:{ord(char):02x})"
    return rf"(?:\\?{plain}|\\u00{code}|\\x{code}|%{code}|&\#x?0*(?:{code}|{ord(char)});)"


def characters(batch: Batch) -> Usage:
    """Return how many characters the texts of a batch have, which is what engines count."""
    return Usage(sum(len(item.text) for item in batch.items))


__all__ = [
    "NOTHING",
    "PROVIDERS",
    "Batch",
    "BrokenReplyError",
    "Item",
    "Limits",
    "Price",
    "Provider",
    "Reply",
    "Service",
    "Surroundings",
    "UnavailableError",
    "Usage",
    "characters",
    "out_of_bounds",
    "without_secrets",
]
