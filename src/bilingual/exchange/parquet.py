"""Parquet for people who train or measure translation programs: the pairs of a book as one table, compressed.

`bilingual export --format parquet` writes the pairs that are translated, for pandas, Polars, DuckDB, Spark and the
`datasets` library. It is not read back; JSON Lines are. It needs the extra `parquet`.
"""

from __future__ import annotations

import io
import json
from itertools import accumulate, chain
from typing import TYPE_CHECKING

from bilingual.exchange import Format, _corpus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arro3.core import Array

    from bilingual.exchange import Bundle

#: The version of the table; it grows when a column changes its meaning.
VERSION = 1
#: How many rows are unpacked at once by who reads the file.
_GROUP = 100_000


def write(bundle: Bundle, options: _corpus.Options) -> Iterator[bytes]:
    """Yield the file, in one piece.

    Raises:
        ImportError: If the extra `parquet` is not installed.
    """
    from arro3.core import Array, DataType, Field, Schema, Table, list_array  # noqa: PLC0415 - only this format needs it
    from arro3.io import write_parquet  # noqa: PLC0415 - as above

    string = DataType.string()
    strings = DataType.list(Field("item", string, nullable=True))
    fields: list[Field] = []
    columns: list[Array] = []

    def add(name: str, values: Sequence[str | None], *, nullable: bool = False) -> None:
        fields.append(Field(name, string, nullable=nullable))
        columns.append(Array(values, type=string))

    pairs = _corpus.pairs(bundle, options)
    headings = [pair.headings for pair in pairs]
    add("id", [pair.id for pair in pairs])
    add("source", [pair.source for pair in pairs])
    add("target", [pair.target for pair in pairs])
    add("source_language", [bundle.source.tag] * len(pairs))
    add("target_language", [bundle.target.tag] * len(pairs))
    add("state", [pair.state.value for pair in pairs])
    fields.append(Field("score", DataType.float64(), nullable=True))
    columns.append(Array([pair.score for pair in pairs], type=DataType.float64()))
    add("type", [pair.kind for pair in pairs])
    fields.append(Field("headings", strings, nullable=False))
    offsets = Array(list(accumulate(map(len, headings), initial=0)), type=DataType.int32())
    columns.append(list_array(offsets, Array(list(chain.from_iterable(headings)), type=string), type=strings))
    add("file", [pair.file for pair in pairs])
    add("context", [pair.entry.msgctxt for pair in pairs], nullable=True)
    add("title", [bundle.title] * len(pairs))
    add("licence", [bundle.licence] * len(pairs))
    about = {
        "version": VERSION,
        "title": bundle.title,
        "licence": bundle.licence,
        "source_language": bundle.source.tag,
        "target_language": bundle.target.tag,
        "text": options.text,
    }
    file = io.BytesIO()
    write_parquet(
        Table.from_arrays(columns, schema=Schema(fields)),
        file,
        compression="zstd(9)",
        # Of several keys the library does not keep the order.
        key_value_metadata={"bilingual": json.dumps(about, ensure_ascii=False)},
        max_row_group_size=_GROUP,
    )
    yield file.getvalue()


def _detects(beginning: bytes) -> bool:
    return beginning.startswith(b"PAR1")


FORMAT = Format(".parquet", write, None, _corpus.Options, "parquet", detects=_detects, count=_corpus.count)
