"""From the catalogs to the translated book: `merge`."""

from __future__ import annotations

import contextlib
import functools
import html
import posixpath
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from bilingual import manifest
from bilingual.diagnostics import BilingualError, Diagnostic, Place, Severity
from bilingual.links import Site, anchors, sites
from bilingual.merge import prove
from bilingual.project.book import (
    Chapter,
    Progress,
    ahead,
    by_hand,
    catalog_at,
    codes_of,
    complete,
    discover,
    fitting,
    fixed_folder,
    inside,
    localised,
    manifest_path,
    no_progress,
    read_document,
    select_catalogued,
    size_of,
    wants,
)
from bilingual.project.files import decode, read_file, read_optional, write_file
from bilingual.structure import heading_origins, read_addenda, restructured
from bilingual.text import Edit, substitute
from bilingual.unit import entry_states, units

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bilingual.catalog import State
    from bilingual.config import Config
    from bilingual.markdown.document import Document
    from bilingual.merge import Merged
    from bilingual.unit import Unit


_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


@dataclass(frozen=True, slots=True)
class MergedBook:
    """What `merge` did.

    Attributes:
        states: Per target the number of entries in each state, without the ones that are put back. As `status`
            counts: an entry once a chapter.
        put_back: Per target the number of entries whose translation could not be used.
        files: The files that were written, or would be.
        removed: The files that were removed, or would be.
        kept: Per target the files that were passed over, since a person keeps them.
        conflicts: The files that a person changed or made where merge wants to write; they are left alone.
        diagnostics: Everything to report.
    """

    states: dict[str, Counter[State]]
    put_back: dict[str, int]
    files: tuple[str, ...]
    removed: tuple[str, ...]
    kept: dict[str, tuple[str, ...]]
    conflicts: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A merged chapter whose links are not rewritten yet, and what is to be told of it.

    `anchors` maps those of the source's headings that differ to those of the translation's.
    """

    chapter: Chapter
    text: str
    sites: tuple[Site, ...]
    anchors: dict[str, str]
    states: Counter[State]
    put_back: int
    notes: tuple[Diagnostic, ...]


def translated(config: Config, code: str, rel: str, document: Document, paired: Sequence[Unit]) -> Merged:
    """Return the translation of a chapter: merged, proved, with what it leaves out, splits, and has besides.

    Raises:
        BilingualError: If its addenda cannot be read.
    """
    merged = prove(document, paired, config.dialect, config.minimum)
    path = str(config.addenda_path(code, rel))
    data = read_optional(config.root / path, path)
    addenda, notes = read_addenda(decode(data, path), path) if data is not None else ((), ())
    merged = restructured(document, merged, paired, config.dialect, config.minimum, addenda)
    return replace(merged, diagnostics=(*merged.diagnostics, *notes)) if notes else merged


def _unclaimed(config: Config, code: str, chapters: Iterable[Chapter]) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each file of addenda whose chapter is gone, or has another name now."""
    pattern = config.paths.addenda.replace("{lang}", code).replace("{locale}", config.target(code).gettext)
    known = {str(config.addenda_path(code, chapter.rel)) for chapter in chapters}
    if str(fixed_folder(pattern)) == ".":
        return  # everything would have to be looked through
    for path in sorted(fitting(config, pattern)):
        if path not in known and path.endswith((".md", ".markdown")):
            yield Diagnostic(
                "addendum-unclaimed",
                "there is no chapter that this text belongs to, so it stands nowhere",
                Place(path),
                Severity.WARNING,
                hint="call it as the chapter is called now, or remove it",
            )


def _anchors(document: Document, merged: Merged, config: Config) -> Iterator[tuple[str, str]]:
    """Yield the anchors of the source's headings that differ in the translation, with those that they have there."""
    ours, theirs = anchors(document, config.dialect), anchors(merged.document, config.dialect)
    pairs: Iterable[tuple[str, str]] = zip(ours, theirs, strict=False)
    if merged.origins is not None:
        known = dict(zip(heading_origins(merged.document, merged.origins), theirs, strict=True))
        known.pop(None, None)
        places = [place for place in heading_origins(document, None) if place is not None]
        # Of a heading that is left out, the one before it has the text, or else the first one.
        heirs = [max((each for each in known if each is not None and each <= place), default=None) for place in places]
        pairs = [(old, known.get(heir, next(iter(known.values()), old))) for old, heir in zip(ours, heirs, strict=True)]
    yield from ((old, new) for old, new in pairs if old != new)


def _draft(config: Config, code: str, chapter: Chapter) -> _Draft | BilingualError:
    path = str(config.catalog_path(code, chapter.rel))
    try:
        document = read_document(config, chapter)
        catalog, repairs = catalog_at(config.root, path)
    except BilingualError as error:
        return error
    paired = units(document, catalog)
    try:
        merged = translated(config, code, chapter.rel, document, paired)
    except BilingualError as error:
        return error
    states = entry_states(paired, wants(config, config.target(code)))
    put_back = {paired[index].key for index in merged.put_back} & states.keys()
    return _Draft(
        chapter,
        merged.document.text,
        sites(merged.document, config.dialect),
        dict(_anchors(document, merged, config)) if config.rewrite_links else {},
        Counter(state for key, state in states.items() if key not in put_back),
        len(put_back),
        (*document.diagnostics, *repairs, *merged.diagnostics),
    )


def merge(
    config: Config,
    paths: Sequence[Path] = (),
    *,
    targets: Sequence[str] = (),
    check: bool = False,
    force: bool = False,
    keep: bool = False,
    jobs: int | None = None,
    progress: Progress = no_progress,
) -> MergedBook:
    """Write the translated Markdown of the targets.

    Args:
        config: The project.
        paths: The files and folders of the source to do; none means all.
        targets: Codes of the targets to do; none means all.
        check: Write nothing.
        force: Overwrite and remove files that a person changed or made.
        keep: Leave such files to that person from now on.
        jobs: As in `extract`.
        progress: Wraps the chapters for a progress bar.

    Raises:
        BilingualError: If the work cannot begin.
    """
    chapters, problems = discover(config)
    chosen = select_catalogued(config, chapters, paths, problems)
    if not config.target_codes:
        return MergedBook({}, {}, (), (), {}, (), tuple(problems))
    result = MergedBook({}, {}, (), (), {}, (), ())
    for code in codes_of(config, targets):
        part = _Target(config, code, chapters, problems, progress, jobs)
        outputs = part.outputs(chosen, whole=not paths)
        if not paths:
            problems.extend(_unclaimed(config, code, chapters))
        store = _Store(config, code, part.by_path, check=check, force=force, keep=keep)
        store.apply(outputs, part.failed, whole=not paths and complete(problems))
        problems.extend(store.problems)
        result = MergedBook(
            {**result.states, code: part.states},
            {**result.put_back, code: part.put_back},
            (*result.files, *store.files),
            (*result.removed, *store.removed),
            {**result.kept, code: tuple(store.passed)},
            (*result.conflicts, *store.conflicts),
            (),
        )
    unique = tuple(dict.fromkeys(problems))
    return replace(result, diagnostics=unique)


def would_write(
    config: Config, code: str, chosen: Sequence[Chapter]
) -> tuple[dict[str, bytes], tuple[Diagnostic, ...]]:
    """Return what merging some chapters would write, by path, whoever wrote what is there; nothing is written."""
    chapters, problems = discover(config)
    target = _Target(config, code, chapters, problems, no_progress, None)
    return target.outputs(chosen, whole=False), tuple(problems)


def hand_over(config: Config, code: str, files: Mapping[str, bytes]) -> str:
    """Let merge overwrite files as if it had written them; return the path of the manifest if that changes.

    Args:
        config: The project.
        code: The code of the target.
        files: What is in the files now, by path.

    Raises:
        BilingualError: If the manifest cannot be read or written.
    """
    path = manifest_path(config, code)
    data = read_optional(config.root / path, path)
    known = manifest.read(data)
    hashes = dict(known.hashes)
    hashes.update({name: frozenset({manifest.digest(held)}) for name, held in files.items()})
    new = manifest.write(manifest.Manifest(hashes, known.kept - files.keys())).encode()
    if new == data:
        return ""
    write_file(config.root / path, new, path)
    return path


def _decoded(destination: str) -> str:
    """Return the path that a destination in Markdown or HTML stands for."""
    return unquote(html.unescape(_ESCAPED.sub(r"\1", destination)))


class _Target:
    """Merges the chapters of one target."""

    def __init__(
        self,
        config: Config,
        code: str,
        chapters: Sequence[Chapter],
        problems: list[Diagnostic],
        progress: Progress,
        jobs: int | None,
    ) -> None:
        self.config = config
        self.jobs = jobs
        self.code = code
        self.language = config.target(code)
        self.problems = problems
        self.progress = progress
        self.by_path = {each.path: each for each in chapters if not by_hand(config, each.path, code)}
        self.states: Counter[State] = Counter()
        self.put_back = 0
        self.failed: set[str] = set()
        self.anchors: dict[str, dict[str, str]] = {}
        self.assets: dict[str, str] = {}

    def outputs(self, chosen: Sequence[Chapter], *, whole: bool) -> dict[str, bytes]:
        """Return the bytes of each file to write, by path below the project's folder."""
        config = self.config
        drafts: list[_Draft] = []
        chosen = [chapter for chapter in chosen if chapter.path in self.by_path]
        size = sum(size_of(config.root / chapter.path) for chapter in chosen)
        made = ahead(functools.partial(_draft, config, self.code), chosen, size, self.jobs)
        for chapter, draft in zip(self.progress(chosen, f"merge {self.code}"), made, strict=True):
            if isinstance(draft, BilingualError):
                self.problems.extend(draft.diagnostics)
                self.failed.add(str(config.target_path(self.code, chapter.rel)))
                continue
            drafts.append(draft)
            self.problems.extend(draft.notes)
            self.states += draft.states
            self.put_back += draft.put_back
            self.anchors[chapter.path] = draft.anchors
        if config.rewrite_links and not whole:
            self.other_anchors(drafts)
        result: dict[str, bytes] = {}
        for draft in drafts:
            path = str(config.target_path(self.code, draft.chapter.rel))
            result[path] = self.linked(draft, path).encode()
        for path, source in self.assets.items():
            try:
                result.setdefault(path, read_file(config.root / source, source))
            except BilingualError as error:
                self.problems.extend(error.diagnostics)
                self.failed.add(path)
        return result

    def other_anchors(self, drafts: Sequence[_Draft]) -> None:
        """Learn the anchors of chapters that are linked to but not merged in this run."""
        for draft in drafts:
            for site in draft.sites:
                path, hash_mark, _ = site.destination.partition("#")
                chapter = self.chapter_at(self.resolve(draft.chapter, path)) if hash_mark and path else None
                if chapter is not None and chapter.path not in self.anchors:
                    other = _draft(self.config, self.code, chapter)
                    self.anchors[chapter.path] = {} if isinstance(other, BilingualError) else other.anchors

    def resolve(self, chapter: Chapter, path: str) -> str:
        """Return where a relative destination in `chapter` leads, below the project's folder."""
        path = _decoded(path.split("?", 1)[0])
        return posixpath.normpath(posixpath.join(posixpath.dirname(chapter.path), path)) if path else chapter.path

    def chapter_at(self, path: str) -> Chapter | None:
        found = self.by_path.get(path) or self.by_path.get(path + ".md")
        if found is None and path.endswith(".html"):
            found = self.by_path.get(path[:-5] + ".md")
        return found

    def linked(self, draft: _Draft, path: str) -> str:
        edits = []
        offered = self.offered(draft)
        for site in draft.sites:
            destination = self.destination(draft.chapter, site.destination, path, offered)
            if destination != site.destination and self.config.rewrite_links:
                edits.append(Edit(site.span, destination))
        return substitute(draft.text, edits) if edits else draft.text

    def offered(self, draft: _Draft) -> frozenset[str]:
        """Return where a chapter is in each language, if it links to its translation, as a line of languages does."""
        own = {str(self.config.target_path(code, draft.chapter.rel)) for code in self.config.target_codes}
        if any(self.resolve(draft.chapter, site.destination.partition("#")[0]) in own for site in draft.sites):
            return frozenset({draft.chapter.path, *own})
        return frozenset()

    def destination(self, chapter: Chapter, destination: str, path: str, offered: frozenset[str]) -> str:
        """Return what a link in `chapter` reads in the translation at `path`; notes the assets to copy.

        Links to what is `offered` lead there, whatever the language.
        """
        before, hash_mark, fragment = destination.partition("#")
        bare, question, query = before.partition("?")
        resolved = self.resolve(chapter, bare)
        other = self.chapter_at(resolved)
        if other is not None and hash_mark:
            known = self.anchors.get(other.path, {})
            anchor = known.get(unquote(fragment)) or known.get(unquote(fragment).lower())
            if anchor is not None:
                fragment = quote(anchor) if "%" in fragment else anchor
        if bare:
            if resolved in offered and not hash_mark:
                moved: str | None = posixpath.relpath(resolved, posixpath.dirname(path) or ".")
            else:
                moved = self.moved(other, resolved, path)
            if moved is not None and moved != posixpath.normpath(_decoded(bare)):
                bare = quote(moved, safe="/:@!$&'*+,;=~") if "%" in bare else moved.replace(" ", "%20")
        return bare + question + query + hash_mark + fragment

    def moved(self, other: Chapter | None, resolved: str, path: str) -> str | None:
        """Return the relative path that leads from the translation to what `resolved` is, or None to leave it."""
        config = self.config
        here = posixpath.dirname(path)
        if other is not None:
            if resolved != other.path:
                return None  # a link without suffix, as site generators have them
            return posixpath.relpath(str(config.target_path(self.code, other.rel)), here or ".")
        if resolved.startswith("../") or resolved in ("..", "."):
            return None
        full = config.root / resolved
        try:
            if not full.is_file() or not inside(full, config.root):
                return None
        except OSError:
            return None
        own = localised(config, resolved, self.code) or resolved
        rel = config.source_name(resolved)
        if rel is not None and ("{path}" in config.paths.target or "{file}" in config.paths.target):
            target = str(config.target_path(self.code, rel))
            if target != resolved:
                self.assets[target] = own
                return posixpath.relpath(target, here or ".")
        return posixpath.relpath(own, here or ".")


def _unix(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")


def _same(old: bytes, new: bytes) -> bool:
    """Return whether a file is as it should be; git may have given its lines other ends when checking it out."""
    return old == new or _unix(old) == new


class _Store:
    """Writes the files of one target, and nothing over what a person changed or made."""

    def __init__(
        self,
        config: Config,
        code: str,
        sources: Iterable[str],
        *,
        check: bool,
        force: bool,
        keep: bool,
    ) -> None:
        self.config = config
        self.sources = frozenset(sources)
        self.check = check
        self.force = force
        self.keep = keep
        self.path = manifest_path(config, code)
        self.files: list[str] = []
        self.removed: list[str] = []
        self.passed: list[str] = []
        self.conflicts: list[str] = []
        self.problems: list[Diagnostic] = []
        self.known = manifest.Manifest({})
        self.hashes: dict[str, frozenset[str]] = {}
        self.kept: set[str] = set()

    def apply(self, outputs: Mapping[str, bytes], failed: set[str], *, whole: bool) -> None:
        root = self.config.root
        data = read_optional(root / self.path, self.path)
        known = self.known = manifest.read(data)
        hashes = self.hashes = dict(known.hashes)
        kept = self.kept = set(known.kept)
        pending: dict[str, bytes] = {}
        for path, new in outputs.items():
            if path in kept and not self.force:
                self.passed.append(path)
                continue
            try:
                old = read_optional(root / path, path)
            except BilingualError as error:
                self.problems.extend(error.diagnostics)
                continue
            if not self.safe(path):
                continue
            fresh = old is not None and _same(old, new)
            message = "this file was changed or made by a person, so it is not overwritten"
            if fresh or self.may(path, old, message, self.remedy(path)):
                kept.discard(path)
                hashes[path] = frozenset({manifest.digest(new)})
                if not fresh:
                    pending[path] = new
        # Where a chapter failed, nobody knows which assets it refers to, so nothing is removed.
        gone = [path for path in known.hashes if whole and not failed and path not in outputs]
        remove = []
        for path in gone:
            if path in self.sources or not self.safe(path):
                continue
            try:
                old = read_optional(root / path, path)
            except BilingualError as error:
                self.problems.extend(error.diagnostics)
                continue
            if self.may(path, old, "the source of this file is gone, but a person changed it, so it is not removed"):
                hashes.pop(path, None)
                if old is not None:
                    remove.append(path)
        self.files.extend(pending)
        self.removed.extend(remove)
        final = self.manifest(hashes)
        if not _same(data or b"", final) and (hashes or kept or data is not None):
            self.files.append(self.path)
        if self.check:
            return
        if pending or remove:
            # While the run is under way both the old and the new hashes count, so that a killed one is harmless.
            both = {
                path: known.hashes.get(path, frozenset()) | hashes.get(path, frozenset())
                for path in (*known.hashes, *hashes)
            }
            write_file(root / self.path, self.manifest(both), self.path)
        for path, new in pending.items():
            try:
                write_file(root / path, new, path)
            except BilingualError as error:
                self.problems.extend(error.diagnostics)
                self.files.remove(path)
                hashes.pop(path)
                if path in known.hashes:
                    hashes[path] = known.hashes[path]
        for path in remove:
            with contextlib.suppress(OSError):
                (root / path).unlink()
                for parent in (root / path).parents:
                    if parent == root:
                        break
                    parent.rmdir()  # stops at the first folder that is not empty
        if self.path in self.files:
            write_file(root / self.path, self.manifest(hashes), self.path)  # less what failed

    def manifest(self, hashes: dict[str, frozenset[str]]) -> bytes:
        return manifest.write(manifest.Manifest(hashes, frozenset(self.kept))).encode()

    def remedy(self, path: str) -> str:
        """Return how what a person wrote into a translation gets into the catalog, for a hint."""
        if not path.endswith((".md", ".markdown")):
            return ""
        if path in self.known.hashes:
            return f"`bilingual import {path}` takes the change into the catalog, "
        return "`bilingual align` takes its text into the catalog, and `align --adopt` lets merge write it; "

    def may(self, path: str, old: bytes | None, message: str, remedy: str = "") -> bool:
        """Return whether a file may be replaced or removed; one that a person changed is kept or reported."""
        if old is None or self.force or self.known.wrote(path, old):
            return True
        if self.keep:
            self.kept.add(path)
            self.passed.append(path)
            self.hashes.pop(path, None)
        else:
            self.conflict(path, message, remedy)
        return False

    def safe(self, path: str) -> bool:
        """Return whether `path` is a place below the project's folder, links followed; report it if it is not."""
        if inside((self.config.root / path).parent, self.config.root):
            return True
        self.problems.append(
            Diagnostic(
                "file-outside",
                "a link leads this file out of the project, so it is neither written nor removed",
                Place(path),
                hint="replace the link by a folder",
            ),
        )
        return False

    def conflict(self, path: str, message: str, remedy: str) -> None:
        self.conflicts.append(path)
        self.problems.append(
            Diagnostic(
                "file-changed",
                message,
                Place(path),
                hint=f"{remedy}--keep leaves it to its author from now on, --force drops it",
            ),
        )
