"""JSON in the answers of models: found among what they think and say, with the keys that were asked for, each once."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_THOUGHT = re.compile(r"<(think|thinking|thought|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_FENCED = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n]*\n(.*?)\n[ \t]*\1", re.DOTALL | re.MULTILINE)
#: How many places at which an object may begin are tried.
_TRIES = 400


class _Pairs(list[tuple[str, object]]):
    """The pairs of an object, as they stand there: keys may come twice."""


_DECODER = json.JSONDecoder(object_pairs_hook=_Pairs, strict=False)


def answers(text: str, wanted: Collection[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the texts that an answer has for the keys that are wanted, and what is wrong with some, by key.

    Of several objects, the one that has most of the keys is taken, and of equals the last.

    Args:
        text: The answer.
        wanted: The keys.

    Raises:
        ValueError: If there is no object with any of the keys; the message is a phrase.
    """
    best: _Pairs | None = None
    for pairs in _objects(text):
        hits = len({key for key, _ in pairs} & set(wanted))
        if hits and (best is None or hits >= len({key for key, _ in best} & set(wanted))):
            best = pairs
    if best is None:
        cut = "{" in text
        raise ValueError("the answer holds no whole JSON object" if cut else "the answer holds no JSON object")
    found: dict[str, str] = {}
    complaints: dict[str, str] = {}
    for key, value in best:
        if key not in wanted:
            continue
        if not isinstance(value, str):
            complaints[key] = "the value is no string"
        elif found.setdefault(key, value) != value:
            complaints[key] = "the key is there twice, with different values"
    strangers = sorted({key for key, _ in best} - set(wanted))
    for key in wanted:
        if key not in found and key not in complaints:
            stranger = f"; there is an unknown key {strangers[0][:40]!r}" if strangers else ""
            complaints[key] = f"the key is missing{stranger}"
    return {key: value for key, value in found.items() if key not in complaints}, complaints


def _objects(text: str) -> Iterator[_Pairs]:
    """Yield the objects in an answer, and those right inside of them."""
    text = _THOUGHT.sub("", text)
    places = [text, *(match[2] for match in _FENCED.finditer(text))]
    tries = 0
    for place in places:
        position = place.find("{")
        while position >= 0 and tries < _TRIES:
            tries += 1
            try:
                value, end = _DECODER.raw_decode(place, position)
            except (ValueError, RecursionError):
                position = place.find("{", position + 1)
                continue
            if isinstance(value, _Pairs):
                yield value
                yield from (each for _, each in value if isinstance(each, _Pairs))
            position = place.find("{", end)
