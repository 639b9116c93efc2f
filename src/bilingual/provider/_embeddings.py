"""Sentence embeddings from an endpoint that speaks OpenAI's protocol, as evidence for `bilingual align`.

Source: "API reference: embeddings", OpenAI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bilingual.diagnostics import BilingualError, Diagnostic, Place
from bilingual.provider import BrokenReplyError, UnavailableError
from bilingual.provider._http import Client, key_of, url_complaint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bilingual.align.embedding import Embedder

#: The environment variable that holds the key.
KEY = "BILINGUAL_EMBEDDINGS_KEY"
_TIMEOUT = 60.0
_RETRIES = 4


def endpoint(url: str, model: str) -> Embedder:
    """Return what asks an endpoint for vectors; each call raises BilingualError if there is no usable answer.

    Args:
        url: The address that `/embeddings` is added to.
        model: The name of the model.

    Raises:
        BilingualError: If this is no address, or if a key would go over the network for everyone to read.
    """
    complaint = url_complaint("--embeddings", url) or ("" if model else "the model has no name")
    if complaint:
        hint = "write local, or an address such as https://api.example.org/v1 with --embeddings-model"
        raise BilingualError(Diagnostic("config-embeddings", complaint, Place("--embeddings"), hint=hint))
    client = Client(url, key_of(KEY, needed=False), ("Authorization", "Bearer "), timeout=_TIMEOUT, retries=_RETRIES)

    def embed(texts: Sequence[str]) -> Any:  # noqa: ANN401 - numbers in lists, which are looked at as arrays
        try:
            answer = client.post("embeddings", {"model": model, "input": list(texts), "encoding_format": "float"})
            rows = sorted(answer["data"], key=lambda each: each["index"])
            return [[float(value) for value in row["embedding"]] for row in rows]
        except BrokenReplyError as error:
            message = str(error)
        except UnavailableError as error:
            raise BilingualError(error.diagnostic) from None
        except (KeyError, TypeError, ValueError, IndexError):
            message = "the server answered with something that is no list of vectors"
        raise BilingualError(Diagnostic("embeddings-answer", message, Place(client.shown)))

    return embed
