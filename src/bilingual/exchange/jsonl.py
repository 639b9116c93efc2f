"""JSON Lines for people who train or measure translation programs, and for scripts: one entry a line.

`bilingual export --format jsonl` writes the pairs that are translated, each with what it is, where it is from, its
state and its licence. With `minimum = "missing"` and `obsolete = true` the file holds all of the catalogs, and is read
back without loss; a line whose source text was changed is refused.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bilingual.diagnostics import BilingualError, Diagnostic, Place
from bilingual.exchange import Format, _corpus, _table, fingerprint
from bilingual.text import json_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.exchange import Bundle


@dataclass(frozen=True, slots=True)
class Options(_corpus.Options):
    """Which pairs the file holds, and what of them.

    Attributes:
        comments: Whether what translators wrote to each other is written; it may name them.
    """

    comments: bool = True


def write(bundle: Bundle, options: Options) -> Iterator[bytes]:
    """Yield the file, line by line."""
    for pair in _corpus.pairs(bundle, options):
        entry = pair.entry
        plural = {"source": entry.plural[0], "targets": entry.plural[1]} if entry.plural else None
        value = {
            "id": pair.id,
            "source": pair.source,
            "target": pair.target,
            "source_language": bundle.source.tag,
            "target_language": bundle.target.tag,
            "state": pair.state.value,
            "score": pair.score,
            "type": pair.kind,
            "headings": pair.headings,
            "file": pair.file,
            "title": bundle.title,
            "licence": bundle.licence,
            "text": options.text,
            "catalog": pair.portion.path,
            "context": entry.msgctxt,
            "note": entry.extracted,
            "references": entry.references,
            "comment": entry.comment if options.comments else None,
            "flags": entry.flags,
            "previous": entry.previous,
            "previous_context": entry.previous_context,
            "obsolete": entry.obsolete,
            "plural": plural,
            "sent": fingerprint(entry),
        }
        yield json_line(value).encode() + b"\n"


class _UnusableError(ValueError):
    """What is wrong with a line."""


def read(data: bytes, path: str) -> Bundle:
    """Return the bundle that a file holds.

    Raises:
        BilingualError: If no line of it is an entry.
    """
    reading = _table.Reading(path)
    about: dict[str, str] = {}
    good = 0
    for number, line in enumerate(io.BytesIO(data), 1):
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if not text.strip():
            continue
        try:
            rows = list(_rows(text, about))
        except _UnusableError as error:
            reading.complain(number, "exchange-row", str(error), "put the line back as it was sent")
            continue
        good += 1
        for row in rows if about["text"] != "plain" else ():
            reading.take(number, row)
    if not good and reading.problems:
        hint = "each line must be a JSON object with a source and a target"
        raise BilingualError(Diagnostic("exchange-syntax", reading.problems[0].message, Place(path, 1), hint=hint))
    if not good or about["text"] == "plain":
        message, hint = "the file holds no entries", 'perhaps nothing was translated; export with `minimum = "missing"`'
        if good:
            message = "the texts of this file are without their markup, so that they fit no catalog"
            hint = 'export with `text = "markdown"`'
        reading.complain(1, "exchange-empty", message, hint)
    reading.languages = {
        _table.SOURCE: about.get("source_language", ""),
        _table.TRANSLATION: about.get("target_language", ""),
    }
    return replace(reading.bundle(""), title=about.get("title", ""), licence=about.get("licence", ""))


def _rows(line: bytes, about: dict[str, str]) -> Iterator[dict[str, str | None]]:
    """Yield what a line says, as rows of a table; what it says of the file goes into `about`.

    Raises:
        _UnusableError: If it is no entry.
    """
    try:
        value = json.loads(line)
        line.decode()
        if b"\\u" in line:  # which may be half a character
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise _UnusableError(f"this line is no JSON: {error}"[:200]) from None
    if not isinstance(value, dict):
        raise _UnusableError("this line is no JSON object")
    for name in ("text", "source_language", "target_language", "title", "licence"):
        about.setdefault(name, _text(value, name) or "")
    row = {
        _table.ID: _text(value, "id"),
        _table.FILE: _text(value, "catalog"),
        _table.SOURCE: _text(value, "source"),
        _table.TRANSLATION: _text(value, "target") or None,
        _table.CONTEXT: _text(value, "context"),
        _table.NOTE: _text(value, "note"),
        _table.REFERENCES: "\n".join(_texts(value, "references")),
        _table.FLAGS: ", ".join(_texts(value, "flags")),
        _table.PREVIOUS: _text(value, "previous"),
        _table.PREVIOUS_CONTEXT: _text(value, "previous_context"),
        _table.OBSOLETE: "yes" if value.get("obsolete") is True else None,
        _table.SENT: _text(value, "sent"),
        _table.REVIEWER: _text(value, "reviewer"),
    }
    if value.get("comment") is not None:
        row[_table.COMMENT] = _text(value, "comment")
    if row[_table.SOURCE] is None:
        raise _UnusableError("this line has no source")
    if value.get("state") is not None:
        row[_table.STATE] = _text(value, "state")
    elif any(flag.strip() == "fuzzy" for flag in _texts(value, "flags")):
        row[_table.STATE] = "draft"
    plural = value.get("plural")
    if plural is None:
        yield row
        return
    if not isinstance(plural, dict):
        raise _UnusableError("`plural` is no object")
    row[_table.PLURAL] = _text(plural, "source") or ""
    targets = _texts(plural, "targets")
    if not targets:
        yield row
    for form, text in enumerate(targets):
        yield {**row, _table.TRANSLATION: text or None, _table.FORM: str(form)}


def _text(value: dict[str, object], name: str) -> str | None:
    found = value.get(name)
    if found is not None and not isinstance(found, str):
        raise _UnusableError(f"`{name}` is no text")
    return found


def _texts(value: dict[str, object], name: str) -> list[str]:
    found = value.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise _UnusableError(f"`{name}` is no list of texts")
    return found


FORMAT = Format(".jsonl", write, read, Options, count=_corpus.count)
