"""What a reader mended in the translated book itself, taken back into its catalog."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import accumulate
from typing import TYPE_CHECKING

from bilingual import manifest
from bilingual.catalog import omission
from bilingual.diagnostics import BilingualError, Diagnostic, Place, Severity
from bilingual.links import sites
from bilingual.markdown.document import canonical, grains
from bilingual.markdown.parse import parse
from bilingual.project.book import manifest_path, read_document
from bilingual.project.files import decode, read_optional, run_git
from bilingual.project.merging import translated, would_write
from bilingual.suggest import Fuzzy
from bilingual.text import Edit, substitute
from bilingual.unit import units, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilingual.catalog import Catalog, Entry
    from bilingual.config import Config
    from bilingual.markdown.document import Document, Segment
    from bilingual.merge import Merged
    from bilingual.project.book import Chapter

#: How many of the most similar texts are looked at, since others of the run may fit these better.
_NEAREST = 8


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a reader did to a file that merge wrote.

    Attributes:
        catalog: The chapter's catalog with the corrections.
        written: What merge had written; None if nobody knows.
        diagnostics: What has no place in the catalog.
    """

    catalog: Catalog
    written: bytes | None
    diagnostics: tuple[Diagnostic, ...]


def read_manifest(config: Config, code: str) -> manifest.Manifest:
    """Return the manifest of a target.

    Raises:
        BilingualError: If it cannot be read.
    """
    path = manifest_path(config, code)
    return manifest.read(read_optional(config.root / path, path))


def corrections(config: Config, code: str, chapter: Chapter, catalog: Catalog, data: bytes, shown: str) -> Corrected:
    """Return what a reader changed in the file that `merge` wrote.

    By I4 the texts of a merged document are those that merging wrote, in order; one that is similar to what stood
    there is a correction of its entry. A text that is not goes, as a draft, into an entry without a translation. Links
    that merging had rewritten are what they were before.

    The file is compared with what merge wrote, which git may have, not with what it would write by now: what the
    catalog has gained since is no work of the reader.

    Args:
        config: The project.
        code: The code of the target.
        chapter: The chapter that was merged.
        catalog: Its catalog as it is.
        data: The file as it is now.
        shown: Its path below the project's folder.

    Raises:
        BilingualError: If something cannot be read, merge did not write this file, or nothing is left of it.
    """
    document = read_document(config, chapter)
    known = read_manifest(config, code)
    if shown not in known.hashes:
        message = "merge did not write this file, so it is no correction"
        hint = "bilingual align takes translations that were made by hand"
        raise BilingualError(Diagnostic("path-unknown", message, Place(shown), hint=hint))
    outputs, _ = would_write(config, code, [chapter])
    would = outputs.get(shown)
    if would is None:
        hint = "bilingual merge --check says why"
        raise BilingualError(Diagnostic("path-unknown", "merge does not write this file", Place(shown), hint=hint))
    written = _written(config, known, shown, would)
    merged = translated(config, code, chapter.rel, document, units(document, catalog))
    made = merged.document
    current, before, now = (
        parse(decode(each, shown), path=shown, dialect=config.dialect) for each in (would, written or would, data)
    )
    if before.segments and not now.segments:
        message, hint = "no text is left in this file, so nothing is taken", "git or bilingual merge --force has it"
        raise BilingualError(Diagnostic("import-structure", message, Place(shown), hint=hint))
    places = dict(_same(before, current))
    numbers = dict(_numbers(document, merged)) if len(current.segments) == len(made.segments) else {}
    entries = catalog.live
    language = config.target(code)
    notes: list[Diagnostic] = []
    changed: dict[tuple[str | None, str], Entry] = {}
    for number, new, alike in _changes(before, now, notes, shown):
        place = places.get(number)
        if place is None:
            notes.append(_note("the catalog has a newer text for this, so the change is not taken", shown, new))
            continue
        if place not in numbers:
            notes.append(_note("this is no text of one entry, so its change has no place in the catalog", shown, new))
            continue
        segment = document.segments[numbers[place]]
        key = (segment.context, segment.text)
        entry = entries.get(key)
        if entry is None or not wanted(segment, config.dialect, config.source, language, latin=config.latin):
            notes.append(_note("this text is not translated, so its change has no place in the catalog", shown, new))
            continue
        # Where the source's text stands, nothing is a correction of a translation.
        alike = alike and made.segments[place].text != segment.text  # noqa: PLW2901 - what it becomes
        if (entry.msgstr or omission(entry) is not None) and not (alike and written is not None):
            message = (
                "this differs so much from what stood here that it may be another text, so it is not taken"
                if written is not None
                else "nobody knows whether this is older or newer than the catalog, so it is not taken"
            )
            notes.append(_note(message, shown, new, "if it is the translation, write it into the catalog"))
            continue
        text = _unlinked(made.segments[place], current.segments[place], new, made, current, now, config)
        mended = replace(entry, msgstr=text, flags=entry.flags if alike else ("fuzzy", *entry.flags))
        if changed.setdefault(key, mended) != mended:
            notes.append(_note("the same text was mended differently above, so this is left out", shown, new))
    result = tuple(entry if entry.obsolete else changed.get(entry.key, entry) for entry in catalog.entries)
    return Corrected(replace(catalog, entries=result), written, tuple(notes))


def is_contained(written: bytes | None, data: bytes, would: bytes) -> bool:
    """Return whether all that a reader changed in a file is in what merge would write now.

    Args:
        written: What merge had written; None if nobody knows.
        data: The file as the reader left it.
        would: What merge would write now.
    """
    return _hunks(written or b"", data) <= _hunks(written or b"", would)


def _hunks(old: bytes, new: bytes) -> set[tuple[int, int, tuple[bytes, ...]]]:
    """Return what became of which lines."""
    one, other = (data.replace(b"\r\n", b"\n").split(b"\n") for data in (old, new))
    steps = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    return {(start, end, tuple(other[first:last])) for what, start, end, first, last in steps if what != "equal"}


def _written(config: Config, known: manifest.Manifest, path: str, would: bytes) -> bytes | None:
    """Return what merge wrote to a path: what it would write now, or a version that git has; None if it is neither."""
    if known.wrote(path, would):
        return would
    revisions = (run_git(config.root, "log", "-n", "100", "--format=%H", "--", path) or b"").decode().split()
    versions = (run_git(config.root, "show", f"{revision}:./{path}") for revision in ("", *revisions))
    return next((data for data in versions if data is not None and known.wrote(path, data)), None)


def _texts(document: Document) -> list[tuple[str, str]]:
    return [(segment.kind.value, segment.text) for segment in document.segments]


def _same(one: Document, other: Document) -> Iterator[tuple[int, int]]:
    """Yield the numbers of the texts of two documents that are the same."""
    for block in SequenceMatcher(None, _texts(one), _texts(other), autojunk=False).get_matching_blocks():
        yield from ((block.a + k, block.b + k) for k in range(block.size))


def _numbers(document: Document, merged: Merged) -> Iterator[tuple[int, int]]:
    """Yield the number of each segment of a merge with that of the segment of the source that it translates."""
    if merged.origins is None:
        yield from ((number, number) for number in range(len(document.segments)))
        return
    starts = list(accumulate((len(block.segments) for block in grains(document.blocks)), initial=0))
    alone = Counter(merged.origins)
    position = 0
    for block, origin in zip(grains(merged.document.blocks), merged.origins, strict=True):
        # One that is written as several paragraphs is in one entry with the others.
        if origin is not None and alone[origin] == 1 and len(block.segments) == starts[origin + 1] - starts[origin]:
            yield from ((position + place, starts[origin] + place) for place in range(len(block.segments)))
        position += len(block.segments)


def _changes(
    before: Document, now: Document, notes: list[Diagnostic], shown: str
) -> Iterator[tuple[int, Segment, bool]]:
    """Yield the segments that differ, each with the number of what it was, and whether they are similar.

    Where texts of the same kinds are left over in the same place, they are pairs too, if unlike ones; what else was
    added or removed is noted.
    """
    old, new = _texts(before), _texts(now)
    for what, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        alike = _alike(old[start:end], new[first:last])
        yield from ((start + number, now.segments[first + place], True) for place, number in alike.items())
        gone = [number for number in range(start, end) if number - start not in alike.values()]
        come = [place for place in range(first, last) if place - first not in alike]
        if [old[number][0] for number in gone] == [new[place][0] for place in come]:
            yield from ((number, now.segments[place], False) for number, place in zip(gone, come, strict=True))
            continue
        message = "this was added or is of another kind now, so it has no place in the catalog"
        notes += [_note(message, shown, now.segments[place]) for place in come]
        if gone:
            text = old[gone[0]][1]
            line = now.segments[min(first, len(new) - 1)].line if new else None
            message = f"{len(gone)} text(s) were removed here, which is a matter of the source"
            notes.append(Diagnostic("import-structure", message, Place(shown, line), Severity.WARNING, text[:200]))


def _alike(old: Sequence[tuple[str, str]], new: Sequence[tuple[str, str]]) -> dict[int, int]:
    """Return which new text was which old one, by number: the most similar of the same kind first."""
    index = Fuzzy(text for _, text in old)
    scores = sorted(
        (-score, abs(number - place), place, number)
        for place, (kind, text) in enumerate(new)
        for score, number in index.nearest(text, _NEAREST)
        if old[number][0] == kind
    )
    found: dict[int, int] = {}
    for _, _, place, number in scores:
        if place not in found and number not in found.values():
            found[place] = number
    return found


def _note(message: str, shown: str, segment: Segment, hint: str = "") -> Diagnostic:
    place = Place(shown, segment.line)
    excerpt = segment.text.split("\n")[0][:200]
    return Diagnostic("import-structure", message, place, Severity.WARNING, excerpt, hint=hint)


def _unlinked(
    merged: Segment,
    before: Segment,
    new: Segment,
    merged_document: Document,
    before_document: Document,
    now: Document,
    config: Config,
) -> str:
    """Return a mended text with the destinations that merging had rewritten as they are in the catalog."""
    if merged.text == before.text or not config.rewrite_links:
        return canonical(new, new.text)
    back = {}
    for segment, document in ((merged, merged_document), (before, before_document)):
        back[id(segment)] = [
            site.destination
            for site in sites(document, config.dialect)
            if segment.span.start <= site.span.start and site.span.end <= segment.span.end
        ]
    restored = dict(zip(back[id(before)], back[id(merged)], strict=False))
    edits = [
        Edit(site.span, restored[site.destination])
        for site in sites(now, config.dialect)
        if new.span.start <= site.span.start and site.span.end <= new.span.end and site.destination in restored
    ]
    if not edits:
        return canonical(new, new.text)
    text = substitute(now.text, edits)
    again = parse(text, path=now.path, dialect=config.dialect)
    return again.segments[now.segments.index(new)].text
