"""What a reader mended in the translated book itself, taken back into its catalog."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import accumulate
from typing import TYPE_CHECKING

from bilingual.diagnostics import BilingualError, Diagnostic, Place, Severity
from bilingual.links import sites
from bilingual.markdown.document import canonical, grains
from bilingual.markdown.parse import parse
from bilingual.project.book import catalog_at, read_document
from bilingual.project.files import decode
from bilingual.project.merging import translated, would_write
from bilingual.text import Edit, substitute
from bilingual.unit import units, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilingual.catalog import Catalog, Entry
    from bilingual.config import Config
    from bilingual.markdown.document import Document, Segment
    from bilingual.merge import Merged
    from bilingual.project.book import Chapter


def corrections(
    config: Config, code: str, chapter: Chapter, data: bytes, shown: str
) -> tuple[Catalog, tuple[Diagnostic, ...]]:
    """Return the catalog of a chapter with what a reader changed in the file that `merge` wrote.

    By I4 the texts of a merged document are those that merging wrote, in order; each one that differs is a correction
    of its entry. Links that merging had rewritten are what they were before.

    Args:
        config: The project.
        code: The code of the target.
        chapter: The chapter that was merged.
        data: The file as it is now.
        shown: Its path, for diagnostics.

    Returns:
        The catalog, and a diagnostic for each change that has no place in it.

    Raises:
        BilingualError: If something cannot be read, or there is no catalog.
    """
    path = str(config.catalog_path(code, chapter.rel))
    document = read_document(config, chapter)
    catalog, problems = catalog_at(config.root, path)
    if catalog is None:
        hint = "run bilingual extract"
        raise BilingualError(Diagnostic("path-unknown", "there is no such catalog yet", Place(path), hint=hint))
    outputs, _ = would_write(config, code, [chapter])
    written = outputs.get(str(config.target_path(code, chapter.rel)))
    if written is None:
        hint = "bilingual merge --check says why"
        raise BilingualError(Diagnostic("path-unknown", "merge does not write this file", Place(shown), hint=hint))
    paired = units(document, catalog)
    made = translated(config, code, chapter.rel, document, paired)
    merged = made.document
    before, now = (parse(decode(each, shown), path=shown, dialect=config.dialect) for each in (written, data))
    notes = list(problems)
    entries = {entry.key: entry for entry in catalog.entries if not entry.obsolete}
    changed: dict[tuple[str | None, str], Entry] = {}
    numbers = dict(_numbers(document, made)) if len(before.segments) == len(merged.segments) else {}
    language = config.target(code)
    for number, new in _changes(before, now, notes, shown):
        if number not in numbers:
            notes.append(_note("this is no text of one entry, so its change has no place in the catalog", shown, new))
            continue
        segment = document.segments[numbers[number]]
        key = (segment.context, segment.text)
        text = _unlinked(merged.segments[number], before.segments[number], new, merged, before, now, config)
        entry = entries.get(key)
        if entry is None or not wanted(segment, config.dialect, config.source, language, latin=config.latin):
            notes.append(_note("this text is not translated, so its change has no place in the catalog", shown, new))
            continue
        known = changed.get(key)
        if known is not None and known.msgstr != text:
            notes.append(_note("the same text was mended differently above, so this is left out", shown, new))
            continue
        changed[key] = replace(entry, msgstr=text)
    result = tuple(entry if entry.obsolete else changed.get(entry.key, entry) for entry in catalog.entries)
    return replace(catalog, entries=result), tuple(notes)


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


def _changes(before: Document, now: Document, notes: list[Diagnostic], shown: str) -> list[tuple[int, Segment]]:
    """Return the segments that differ, each with the number of what it was; note what was added or removed."""
    old = [(segment.kind, segment.text) for segment in before.segments]
    new = [(segment.kind, segment.text) for segment in now.segments]
    found = []
    for what, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        kinds = [kind for kind, _ in old[start:end]], [kind for kind, _ in new[first:last]]
        if kinds[0] == kinds[1]:
            found += [(start + k, now.segments[first + k]) for k in range(end - start)]
            continue
        message = "this was added or is of another kind now, so it has no place in the catalog"
        notes += [_note(message, shown, segment) for segment in now.segments[first:last]]
        if first == last:
            text = before.segments[start].text
            line = now.segments[first].line if first < len(now.segments) else 0
            message = f"{end - start} text(s) were removed here, which is a matter of the source"
            notes.append(Diagnostic("import-structure", message, Place(shown, line), Severity.WARNING, text[:200]))
    return found


def _note(message: str, shown: str, segment: Segment) -> Diagnostic:
    place = Place(shown, segment.line)
    return Diagnostic("import-structure", message, place, Severity.WARNING, segment.text.split("\n")[0][:200])


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
