"""The project's translation memory: the same text in the same place, the same text, or a similar one.

It costs nothing and asks nobody. What it fills in is fuzzy; where the text was another one, that stands in `#|`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bilingual.diagnostics import BilingualError, Diagnostic, Place
from bilingual.provider import NOTHING, Limits, Price, Provider, Reply, Usage

if TYPE_CHECKING:
    from bilingual.memory import Memory
    from bilingual.provider import Batch, Surroundings
    from bilingual.suggest import Match


@dataclass(frozen=True, slots=True)
class Options:
    """The memory.

    Attributes:
        path: The file of the memory, below the project's folder.
        minimum: How similar a text must be whose translation is filled in, from 0 to 1.
    """

    path: str = ".bilingual/memory.sqlite"
    minimum: float = 0.75

    def __post_init__(self) -> None:
        if not 0.5 <= self.minimum <= 1.01:
            raise ValueError("minimum is no number from 0.5 to 1.01")
        if not self.path.strip():
            raise ValueError("path is empty")


class _Service:
    def __init__(self, memory: Memory, minimum: float) -> None:
        self.name = "memory"
        self.identity = "memory"
        # SQLite answers one question at a time.
        self.limits = Limits(200, 200_000, 1)
        self.price = Price()
        self._memory = memory
        self._minimum = minimum

    def ask(self, batch: Batch) -> Reply:
        found: dict[str, Match] = {}
        for item in batch.items:
            matches = self._memory.search(
                item.text,
                batch.source,
                batch.target,
                context=item.context,
                neighbours=(item.before, item.after),
                minimum=self._minimum,
            )
            if matches:
                found[item.id] = matches[0]
        return Reply({name: match.msgstr for name, match in found.items()}, matches=found, usage=NOTHING)

    def estimate(self, batch: Batch) -> Usage:  # noqa: ARG002 - what all services have
        return NOTHING

    def close(self) -> None:
        """Do nothing: who opened the memory closes it."""


def _open(options: Options, surroundings: Surroundings) -> _Service:
    if surroundings.memory is None:
        message, hint = "there is no translation memory yet", "bilingual memory add makes one of the project's catalogs"
        raise BilingualError(Diagnostic("memory-missing", message, Place(options.path), hint=hint))
    return _Service(surroundings.memory, options.minimum)


PROVIDER = Provider(_open, Options, remembered=False)
