"""Templates from documents, and the update of a catalog to a new template."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bilingual.catalog import Catalog, Entry, similarity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bilingual.markdown.document import Document, Segment


@dataclass(frozen=True, slots=True)
class Change:
    """What an update did, counted in entries: new, kept as they were, kept as fuzzy, and made obsolete."""

    new: int = 0
    kept: int = 0
    changed: int = 0
    obsolete: int = 0

    def __add__(self, other: Change) -> Change:
        """Return the sums."""
        return Change(
            self.new + other.new,
            self.kept + other.kept,
            self.changed + other.changed,
            self.obsolete + other.obsolete,
        )


def template(
    documents: Iterable[Document],
    header: Sequence[tuple[str, str]],
    wanted: Callable[[Segment], bool],
) -> Catalog:
    """Return the entries that translators of `documents` need, in document order, each msgid once.

    Args:
        documents: The documents of one catalog.
        header: The header of the template.
        wanted: Whether a segment is to be translated.

    Returns:
        A catalog whose references are `path:line`, one for each place.
    """
    found: dict[tuple[str | None, str], tuple[Segment, list[str]]] = {}
    for document in documents:
        for segment in document.segments:
            if not wanted(segment):
                continue
            reference = f"{document.path}:{segment.line}"
            key = (segment.context, segment.text)
            known = found.get(key)
            if known is None:
                found[key] = (segment, [reference])
            else:
                known[1].append(reference)
    return Catalog(
        tuple(
            Entry(
                msgid,
                msgctxt=context,
                references=tuple(references),
                extracted=segment.comment,
            )
            for (context, msgid), (segment, references) in found.items()
        ),
        tuple(header),
    )


def without_lines(entry: Entry) -> Entry:
    """Return `entry` with each referenced file once and no line numbers, which would churn in a PO file."""
    files = dict.fromkeys(reference.rpartition(":")[0] or reference for reference in entry.references)
    return replace(entry, references=tuple(files))


def update(
    catalog: Catalog,
    template: Catalog,
    repeat: Callable[[Entry], str | None] = lambda _: None,
    *,
    complete: bool = True,
) -> tuple[Catalog, Change]:
    """Return `catalog` with the entries of `template`, and what that changed.

    No msgid with a translation or a translator comment, no msgstr, comment, or flag is lost: what vanished
    becomes obsolete, what came back is revived, and what changed in place keeps its translation as fuzzy with
    the previous msgid. Updating again changes nothing (DESIGN I6).

    Args:
        catalog: The translations so far.
        template: The entries that are wanted now, references with lines.
        repeat: Asked of each new entry; returns the translation that it has elsewhere in the book, or None.
        complete: False if a part of the source could not be read: then nothing is made obsolete.
    """
    live = {entry.key: entry for entry in catalog.entries if not entry.obsolete}
    past = _past(catalog)
    fresh = {entry.key for entry in template.entries}
    vanished = {key: entry for key, entry in live.items() if key not in fresh}
    successors = _successors(catalog, template, live, past, vanished)
    entries: list[Entry] = []
    new = kept = changed = 0
    for wanted in map(without_lines, template.entries):
        old = live.get(wanted.key)
        if old is not None:
            kept += 1
            double = past.pop(wanted.key, None)
            if double is not None:
                old = _joined(old, double) if old.msgstr else _joined(replace(double, obsolete=False), old)
            entries.append(replace(old, references=wanted.references, extracted=wanted.extracted))
            continue
        old = past.pop(wanted.key, None)
        if old is not None:
            kept += 1
            entries.append(
                replace(old, references=wanted.references, extracted=wanted.extracted, obsolete=False),
            )
            continue
        old = successors.get(wanted.key)
        if old is not None:
            del vanished[old.key]
            if old.fuzzy and (old.previous_context, old.previous) == wanted.key:
                # The source is what it was when this was translated.
                kept += 1
                flags = tuple(flag for flag in old.flags if flag != "fuzzy")
                entries.append(replace(wanted, msgstr=old.msgstr, flags=flags, comment=old.comment))
                continue
            changed += 1
            # A fuzzy translation belongs to the text that it was made for; a draft, to none.
            previous_context, previous = (old.previous_context, old.previous) if old.fuzzy else old.key
            entries.append(
                replace(
                    wanted,
                    msgstr=old.msgstr,
                    flags=old.flags if old.fuzzy else ("fuzzy", *old.flags),
                    comment=old.comment,
                    previous=previous,
                    previous_context=previous_context,
                ),
            )
            continue
        new += 1
        filled = repeat(wanted)
        entries.append(wanted if filled is None else replace(wanted, msgstr=filled))
    if not complete:
        entries.extend(vanished.values())
        vanished = {}
    obsolete = []
    for entry in vanished.values():
        gone = replace(entry, obsolete=True, references=(), extracted="")
        double = past.pop(entry.key, None)
        if double is not None:
            gone = _joined(gone, double) if gone.msgstr else _joined(double, gone)
        if gone.msgstr or gone.comment or gone.plural:
            obsolete.append(gone)
    updated = Catalog(
        (*entries, *obsolete, *past.values()),
        catalog.header or template.header,
        catalog.path,
        catalog.header_comment,
        catalog.header_flags,
    )
    return updated, Change(new, kept, changed, len(vanished))


def _past(catalog: Catalog) -> dict[tuple[str | None, str], Entry]:
    """Return the obsolete entries by key; gettext accepts no two for one msgid, so doubles are joined."""
    past: dict[tuple[str | None, str], Entry] = {}
    for entry in catalog.entries:
        if entry.obsolete:
            known = past.get(entry.key)
            past[entry.key] = entry if known is None else _joined(known, entry)
    return past


def _joined(entry: Entry, double: Entry) -> Entry:
    """Return `entry` with what only its double has: its comment, and another translation as a comment."""
    lines = [entry.comment] if entry.comment else []
    if double.comment and double.comment not in lines:
        lines.append(double.comment)
    if double.msgstr and double.msgstr != entry.msgstr:
        other = "bilingual: other translation: " + double.msgstr.replace("\n", "\\n")
        if other not in entry.comment.split("\n"):
            lines.append(other)
    return replace(entry, comment="\n".join(lines))


def kind_of(entry: Entry) -> str:
    """Return the type comment of an entry, such as "type: heading level 2"."""
    return entry.extracted.split("\n", 1)[0]


def _successors(
    catalog: Catalog,
    template: Catalog,
    live: Mapping[tuple[str | None, str], Entry],
    past: Mapping[tuple[str | None, str], Entry],
    vanished: Mapping[tuple[str | None, str], Entry],
) -> dict[tuple[str | None, str], Entry]:
    """Pair new entries with vanished ones that stood between the same unchanged neighbours and are similar."""
    if not any(entry.msgstr for entry in vanished.values()):
        return {}
    before: dict[object, list[Entry]] = {}
    anchor: object = None
    for entry in catalog.entries:
        if entry.obsolete:
            continue
        if entry.key in vanished:
            if entry.msgstr:
                before.setdefault(anchor, []).append(entry)
        else:
            anchor = entry.key
    pairs: dict[tuple[str | None, str], Entry] = {}
    anchor = None
    for entry in template.entries:
        if entry.key in live:
            anchor = entry.key
            continue
        if entry.key in past:
            continue
        candidates = before.get(anchor, [])
        best = max(
            ((similarity(entry.msgid, old.msgid), -index, old) for index, old in enumerate(candidates)),
            key=lambda scored: scored[:2],
            default=None,
        )
        if best is not None and best[0] > 0:
            pairs[entry.key] = best[2]
            candidates.remove(best[2])
    return pairs
