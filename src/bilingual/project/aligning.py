"""From a translation that somebody made by hand to the catalogs: `align`."""

from __future__ import annotations

import contextlib
import difflib
import os
import re
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from bilingual.align.documents import align
from bilingual.align.embedding import local
from bilingual.align.harvest import ALIGNED, Addition, Harvest, harvest, is_untouched
from bilingual.align.review import PAGE_MARK, Verdict, apply, doubtful, lines, page, read_verdicts
from bilingual.catalog import (
    Catalog,
    Entry,
    State,
    is_void_review,
    new_header,
    now,
    omission,
    revised,
    without_draft_mark,
    without_omission,
    without_split,
    write,
)
from bilingual.diagnostics import BilingualError, Diagnostic, Place, Severity
from bilingual.markdown.document import SEGMENTATION, BlockKind, grains
from bilingual.markdown.parse import parse
from bilingual.project.book import (
    Chapter,
    Progress,
    catalog_at,
    catalog_groups,
    codes_of,
    config_name,
    discover,
    fixed_folder,
    inside,
    no_progress,
    read_document,
    select,
    wants,
)
from bilingual.project.corrections import read_manifest
from bilingual.project.files import decode, digest, put_file, read_file, read_optional, run_git, write_file
from bilingual.project.merging import hand_over, would_write
from bilingual.provider._embeddings import endpoint
from bilingual.structure import addendum_anchors, write_addenda
from bilingual.structure.addenda import are_untouched
from bilingual.suggest import similarity
from bilingual.update import template, update

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bilingual.align import Alignment
    from bilingual.align.embedding import Embedder
    from bilingual.align.review import Doubt
    from bilingual.config import Config
    from bilingual.markdown.document import Block, Document, Segment

#: The endings of the files that may be translations.
_MARKDOWN = (".md", ".markdown")
#: File names that are as similar as this are those of one chapter, if their texts are.
_ALIKE = 0.6
_NUMBER = re.compile(r"\d+")
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
#: The keys of front matter in which translators of other projects note the source's revision.
_REVISION_KEYS = ("sourceCommit", "source_commit", "source-commit", "original_commit", "git_commit")


@dataclass(frozen=True, slots=True)
class Paired:
    """A chapter with its translation.

    Attributes:
        source: The path of the chapter.
        target: The path of the translation.
        catalog: The path of the catalog.
        sure: How many texts are translated.
        unsure: How many have a draft, since the pair is not sure.
        stale: How many have a translation of an older text.
        left_out: How many the translation leaves out on purpose.
        missing: How many have none.
        added: How many blocks the translation alone has.
        revision: The revision of the source that the translation was made from; empty if that is the present one.
    """

    source: str
    target: str
    catalog: str
    sure: int = 0
    unsure: int = 0
    stale: int = 0
    left_out: int = 0
    missing: int = 0
    added: int = 0
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """What merging changes in a file that a person made: lines that go and come, and the difference itself."""

    path: str
    removed: int
    added: int
    difference: str


@dataclass(frozen=True, slots=True)
class Aligned:
    """What `align` did.

    Attributes:
        target: The code of the language of the translation.
        chapters: The chapters that have a translation.
        files: The files that were written, or would be.
        adopted: What merging changes in the files that it may overwrite from now on.
        doubts: The pairs that are not sure, and what is left over beside them.
        diagnostics: Everything to report.
        check: Whether nothing was written.
    """

    target: str
    chapters: tuple[Paired, ...] = ()
    files: tuple[str, ...] = ()
    adopted: tuple[Changed, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    check: bool = False


def align_book(
    config: Config,
    paths: Sequence[Path] = (),
    folder: Path | None = None,
    *,
    targets: Sequence[str] = (),
    revision: str | None = None,
    omit: bool = False,
    adopt: bool = False,
    force: bool = False,
    check: bool = False,
    verdicts: Sequence[Verdict] = (),
    embed: Embedder | None = None,
    progress: Progress = no_progress,
) -> Aligned:
    """Take translations that were made without catalogs into the catalogs.

    A translation that a catalog has already stays, but not a draft of an earlier run that nobody has touched since. A
    file that `merge` wrote is no translation to learn from.

    Args:
        config: The project.
        paths: The files and folders of the source to do; none means all.
        folder: The folder of the translation; None means where the project's translations are.
        targets: The code of its language; may be left out if the book has one target, or the folder's name says it.
        revision: The revision of the source that was translated: one of git, a date, or `auto`, which looks for it.
            None takes the source as it is.
        omit: Take what has no translation for left out on purpose. With a revision that is so anyhow, but for what may
            just not be translated yet.
        adopt: Let `merge` overwrite the files of the translation from now on.
        force: Replace translations that the catalogs have.
        check: Write nothing.
        verdicts: What a person said of doubtful pairs.
        embed: Makes vectors of texts, as more evidence.
        progress: Wraps the chapters for a progress bar.

    Raises:
        BilingualError: If the work cannot begin.
    """
    chapters, problems = discover(config)
    chosen = select(config, chapters, paths)
    code = _code(config, targets, folder)
    run = _Alignment(config, code, revision, verdicts, embed, omit=omit, force=force, check=check)
    run.problems.extend(problems)
    found = run.files(chapters, chosen, folder)
    groups = catalog_groups(config, chapters, run.problems)
    wanted = [group for group in groups.values() if any(chapter.path in found for chapter in group)]
    for group in progress(wanted, f"align {code}"):
        try:
            run.group(group, found)
        except BilingualError as error:
            run.problems.extend(error.diagnostics)
    run.unheard(chapter.rel for chapter in chapters if chapter.path in found)
    changes = run.adopt(chapters) if adopt else ()
    return Aligned(
        code,
        tuple(run.paired),
        tuple(run.written),
        changes,
        tuple(run.doubts),
        tuple(dict.fromkeys(run.problems)),
        check,
    )


def write_review(config: Config, path: Path, result: Aligned) -> None:
    """Write a page of the doubtful pairs, and beside it the same as JSON Lines for those who edit by hand.

    They take the place of an earlier page and of lines without verdicts, of nothing else. With `check` nothing is
    written.

    Raises:
        BilingualError: If something else is there, or they cannot be written.
    """
    beside = path.with_suffix(".jsonl")
    if path == beside:
        message, hint = "the page cannot have this name, which the JSON Lines beside it have", "call it review.html"
        raise BilingualError(Diagnostic("file-work", message, Place(str(path)), hint=hint))
    for each, is_ours in ((path, _is_page), (beside, _is_unjudged)):
        held = read_optional(each, str(each))
        if held is not None and not is_ours(held):
            message = "this file is there already, and is no page of doubtful pairs without verdicts"
            raise BilingualError(Diagnostic("file-work", message, Place(str(each)), hint="name another one"))
    if result.check:
        return
    codes = config.source.tag, config.target(result.target).tag
    write_file(path, page(result.doubts, codes, config.title).encode(), str(path))
    write_file(beside, lines(result.doubts).encode(), str(beside))


def _is_page(data: bytes) -> bool:
    return PAGE_MARK.encode() in data[:1000]


def _is_unjudged(data: bytes) -> bool:
    try:
        return not read_verdicts(decode(data, ""), "")
    except BilingualError:
        return False


def read_judged(path: Path) -> tuple[Verdict, ...]:
    """Return what a person said of doubtful pairs.

    Raises:
        BilingualError: If the file cannot be read, with every line that cannot be understood.
    """
    return read_verdicts(decode(read_file(path, str(path)), str(path)), str(path))


def embedder(name: str, model: str) -> Embedder:
    """Return what makes embeddings: `local`, or the endpoint at an address.

    Raises:
        BilingualError: If it is not installed, or if this is no address.
    """
    return local() if name == "local" else endpoint(name, model)


def _code(config: Config, targets: Sequence[str], folder: Path | None) -> str:
    """Return the code of the target that a translation is in.

    Raises:
        BilingualError: If the book has several, and none is named.
    """
    codes = codes_of(config, targets)
    if len(codes) > 1 and folder is not None:
        parts = Path(os.path.normpath(Path.cwd() / folder)).parts
        codes = [code for code in codes if code in parts] or codes
    if len(codes) != 1:
        message = "the book has several target languages" if codes else "the book has no target language"
        hint = "name one with --target" if codes else f"write it into targets in {config_name(config)}"
        raise BilingualError(Diagnostic("path-unknown", message, Place("--target"), hint=hint))
    return codes[0]


@dataclass(slots=True)
class _Alignment:
    """One run of `align`."""

    config: Config
    code: str
    revision: str | None
    verdicts: Sequence[Verdict]
    embed: Embedder | None
    omit: bool
    force: bool
    check: bool
    problems: list[Diagnostic] = field(default_factory=list)
    paired: list[Paired] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    unlike: set[str] = field(default_factory=set)  # paths of chapters whose translation was found by its name alone

    # --- which file translates which -------------------------------------------------------------------------------

    def files(self, chapters: Sequence[Chapter], chosen: Sequence[Chapter], folder: Path | None) -> dict[str, str]:
        """Return the path of the translation of each chapter that has one, both below the project's folder."""
        config, code = self.config, self.code
        if folder is None:
            base = config.root / fixed_folder(str(config.target_path(code, "x.md")).replace("x.md", "{path}"))
            expected = {chapter.path: str(config.target_path(code, chapter.rel)) for chapter in chapters}
        else:
            base = Path(os.path.normpath(Path.cwd() / folder))
            if not base.is_relative_to(config.root):
                message, hint = "this folder is not in the project", "copy it into the project's folder first"
                raise BilingualError(Diagnostic("path-unknown", message, Place(str(folder)), hint=hint))
            below = base.relative_to(config.root)
            expected = {chapter.path: (below / chapter.rel).as_posix() for chapter in chapters}
        if not base.is_dir():
            message, hint = "there is no such folder", "name the folder that has the translation"
            place = Place(str(folder or base.relative_to(config.root)))
            raise BilingualError(Diagnostic("path-unknown", message, place, hint=hint))
        known = read_manifest(config, code)
        sources = {chapter.path for chapter in chapters}
        there = []
        mine = []
        for full in sorted(base.rglob("*")):
            path = full.relative_to(config.root).as_posix()
            hidden = any(part.startswith(".") for part in full.relative_to(base).parts)
            if hidden or path in sources or full.suffix.lower() not in _MARKDOWN or not full.is_file():
                continue
            if not inside(full, config.root):
                message, hint = (
                    "this link leads out of the project and is not followed",
                    "copy the file into the folder",
                )
                self.problems.append(Diagnostic("file-outside", message, Place(path), Severity.WARNING, hint=hint))
                continue
            there.append(path)
            if known.wrote(path, read_file(full, path)):
                mine.append(path)
        if mine:
            self.problems.append(
                Diagnostic(
                    "align-generated",
                    f"{len(mine)} of the files were written by merge and have nothing to teach the catalogs",
                    Place(fixed_folder(mine[0] + "{x}").as_posix()),
                    Severity.INFO,
                )
            )
            self.waiting([chapter for chapter in chosen if expected[chapter.path] in mine])
        free = [path for path in there if path not in mine]
        found = {chapter.path: expected[chapter.path] for chapter in chosen if expected[chapter.path] in free}
        left = [path for path in free if path not in expected.values()]
        open_chapters = [
            chapter for chapter in chosen if chapter.path not in found and expected[chapter.path] not in mine
        ]
        for chapter, path in self.similar(open_chapters, left, expected):
            self.tell("align-file", f"this is taken for the translation of {chapter.path}", path)
            found[chapter.path] = path
            left.remove(path)
        for chapter in open_chapters:
            if chapter.path not in found:
                self.tell("align-no-file", "no translation of this chapter was found", chapter.path)
        for path in left:
            self.tell("align-no-chapter", "no chapter of the book was found that this translates", path)
        return found

    def tell(self, code: str, message: str, path: str, line: int = 0, excerpt: str = "") -> None:
        self.problems.append(Diagnostic(code, message, Place(path, line or None), Severity.INFO, excerpt))

    def waiting(self, chapters: Sequence[Chapter]) -> None:
        """Tell of the drafts that an earlier run left to chapters that merge writes by now."""
        for path in dict.fromkeys(str(self.config.catalog_path(self.code, chapter.rel)) for chapter in chapters):
            catalog, _ = catalog_at(self.config.root, path)
            entries = catalog.live.values() if catalog is not None else ()
            count = sum(entry.fuzzy and ALIGNED in entry.comment for entry in entries)
            if count:
                message = f"{count} drafts of an earlier run are still to be judged, in the catalog itself"
                self.tell("align-waiting", message, path)

    def unheard(self, chapters: Iterable[str]) -> None:
        """Report the verdicts on other chapters than those that are aligned."""
        known = set(chapters)
        for verdict in self.verdicts:
            if verdict.chapter not in known:
                message = f"{verdict.chapter} was not aligned, so this verdict is not taken"
                hint = "a verdict is on a chapter of the run, whose translation merge has not written"
                self.problems.append(Diagnostic("align-verdict", message, verdict.place, hint=hint))

    def similar(
        self, chapters: Sequence[Chapter], paths: Sequence[str], expected: Mapping[str, str]
    ) -> Iterator[tuple[Chapter, str]]:
        """Yield chapters and files that belong together by name or by what they keep: code, formulas, addresses.

        A name alone counts where the file stands in the folder in which it is expected, and gives nothing but drafts.
        """
        if not chapters or not paths:
            return
        traces = {path: self.trace(path) for path in (*(chapter.path for chapter in chapters), *paths)}
        scores = []
        for chapter in chapters:
            for path in paths:
                one, other = _stem(chapter.rel), _stem(path)
                name = 1.0 if one == other else similarity(one, other)
                here = PurePosixPath(path).parent == PurePosixPath(expected[chapter.path]).parent
                mine, theirs = traces[chapter.path], traces[path]
                both = len(mine | theirs)
                content = len(mine & theirs) / both if both else 0.0
                score = name + 2 * content
                if content >= 0.3 or (name >= _ALIKE and content >= 0.05) or (name == 1.0 and here):
                    scores.append((-score, chapter.path, path, chapter, content))
        taken: set[str] = set()
        for _, source, path, chapter, content in sorted(scores, key=lambda each: each[:3]):
            if source not in taken and path not in taken:
                taken.update((source, path))
                if not content:
                    self.unlike.add(source)
                yield chapter, path

    def trace(self, path: str) -> frozenset[str]:
        """Return what of a file a translation keeps."""
        try:
            document = self.document(path)
        except BilingualError:
            return frozenset()
        found: set[str] = set()
        for block in document.blocks:
            for leaf in block.leaves():
                if leaf.kind in (BlockKind.CODE, BlockKind.MATH, BlockKind.DIAGRAM):
                    found.add("".join(leaf.span.of(document.text).split()))
        found.update(re.findall(r"`[^`\n]+`|\$[^$\n]+\$|https?://[^\s)>\]]+", document.text))
        return frozenset(found)

    def document(self, path: str, data: bytes | None = None) -> Document:
        data = read_file(self.config.root / path, path) if data is None else data
        return parse(decode(data, path), path=path, dialect=self.config.dialect)

    # --- the work --------------------------------------------------------------------------------------------------

    def group(self, group: Sequence[Chapter], found: Mapping[str, str]) -> None:
        """Align the chapters of one catalog, and bring it up to date."""
        config, code = self.config, self.code
        language = config.target(code)
        wanted = wants(config, language)
        path = str(config.catalog_path(code, group[0].rel))
        old_data = read_optional(config.root / path, path)
        old, repairs = catalog_at(config.root, path)
        self.problems.extend(repairs)
        documents = {chapter.path: read_document(config, chapter) for chapter in group}
        fresh = template(list(documents.values()), (), wanted)
        header = new_header(source=config.source_code, target=code, project=config.title, version=SEGMENTATION)
        catalog, _ = update(old or Catalog((), header, path), fresh, dialect=config.dialect)
        began = catalog
        paired = []
        for chapter in group:
            if chapter.path not in found:
                continue
            try:
                catalog, done = self.chapter(
                    chapter, documents[chapter.path], found[chapter.path], catalog, began, path
                )
                paired.append(done)
            except BilingualError as error:
                self.problems.extend(error.diagnostics)
        if not paired:
            return
        if old is None or catalog != old:
            if old is None or _texts(catalog) != _texts(old):
                catalog = replace(catalog, header=revised(catalog.header, now()))
            data = write(catalog).encode()
            if data != old_data:
                self.put(path, data, old_data)
        self.paired.extend(paired)

    def chapter(
        self, chapter: Chapter, document: Document, target_path: str, catalog: Catalog, began: Catalog, path: str
    ) -> tuple[Catalog, Paired]:
        """Return a catalog with the translations of one chapter; `began` is what it was before its first chapter."""
        config, code = self.config, self.code
        languages = config.source, config.target(code)
        wanted = wants(config, languages[1])
        translation = self.document(target_path)
        doubt = "the files were found by their names alone" if chapter.path in self.unlike else ""
        revision, then, unknown = self.source_then(chapter, translation)
        source = then or document

        def gathered(alignment: Alignment) -> tuple[Harvest, dict[tuple[str | None, str], Entry]]:
            omit = self.omit or bool(revision)
            got = harvest(alignment, wanted, languages, omit=omit, finished=self.omit, doubt=doubt or unknown)
            entries = Catalog(got.entries)
            if then is not None:
                entries, _ = update(entries, template([document], (), wanted), dialect=config.dialect)
            return got, entries.live

        plain = align(source, translation, *languages, self.embed)
        alignment = apply(plain, self.verdicts, chapter.rel)
        result, texts = gathered(alignment)
        unjudged = gathered(plain)[1] if alignment is not plain else texts
        before = began.live
        counts: dict[str, int] = dict.fromkeys(("sure", "unsure", "stale", "left_out", "missing"), 0)
        entries = []
        keys = {(segment.context, segment.text) for segment in document.segments if wanted(segment)}
        for entry in catalog.entries:
            new = texts.get(entry.key)
            if entry.obsolete or entry.key not in keys:
                entries.append(entry)
                continue
            if new is not None:
                if entry != before.get(entry.key):
                    # Another chapter of this catalog has filled it.
                    fits = not entry.translated and new.translated
                    if new.msgstr and entry.msgstr not in ("", new.msgstr):
                        lost = entry.msgstr if fits else new.msgstr
                        message = "the same text has another translation in another chapter, and there can be one"
                        self.tell("align-dropped", message, target_path, excerpt=lost)
                else:
                    fits = is_untouched(entry) or _was_judged(entry, new, unjudged.get(entry.key)) or _is_open(entry)
                    fits = fits or (self.force and bool(new.msgstr or new.comment))
                if fits:
                    entry = _filled(entry, new)  # noqa: PLW2901 - what it becomes
            counts[_group(entry)] += 1
            entries.append(entry)
        catalog = replace(catalog, entries=tuple(entries))
        self.report(result, translation)
        self.missing(document, catalog, result)
        self.doubts.extend(doubtful(alignment, result, chapter.rel))
        self.addenda(chapter, source, result.additions)
        return catalog, Paired(
            chapter.path, target_path, path, **counts, added=len(result.target_only), revision=revision
        )

    def report(self, result: Harvest, translation: Document) -> None:
        """Tell what of the translation is in no entry, and what is in doubt."""
        for block in result.target_only:
            line, excerpt = _where(translation, block)
            self.tell("align-target-only", "the translation alone has this", translation.path, line, excerpt)
        for each in result.dropped:
            message = f"this text of the translation is not taken: {each.reason}"
            self.tell("align-dropped", message, translation.path, each.line, each.text.split("\n")[0][:120])
        for bead in result.unsure:
            line, excerpt = _where(translation, bead.target[0])
            message = f"the pair is {100 * bead.score:.0f} % sure, so the translation is a draft"
            self.tell("align-unsure", message, translation.path, line, excerpt)

    def missing(self, document: Document, catalog: Catalog, result: Harvest) -> None:
        """Tell which blocks of the source have no translation, and which are left out."""
        entries = catalog.live
        told: set[tuple[str | None, str]] = set(result.joined)
        for block in grains(document.blocks):
            found: dict[str, Segment] = {}
            for segment in block.segments:
                key = (segment.context, segment.text)
                message = _absence(entries[key]) if key in entries and key not in told else ""
                told.add(key)
                if message:
                    found.setdefault(message, segment)
            for message, segment in found.items():
                excerpt = segment.text.split("\n")[0][:120]
                self.tell("align-source-only", message, document.path, segment.line, excerpt)

    def addenda(self, chapter: Chapter, source: Document, additions: Sequence[Addition]) -> None:
        """Write what the translation alone has to where `merge` looks for it."""
        path = str(self.config.addenda_path(self.code, chapter.rel))
        anchors = addendum_anchors(source)
        text = write_addenda(
            ((anchors[id(each.after)] if each.after is not None else None, each.text) for each in additions),
            aligned=True,
        )
        old = read_optional(self.config.root / path, path)
        if (old or b"") == text.encode():
            return
        if old is not None and not (self.force or are_untouched(decode(old, path))):
            self.problems.append(
                Diagnostic(
                    "align-addenda",
                    "these addenda were changed or made by a person, so they are left as they are",
                    Place(path),
                    Severity.WARNING,
                    hint="--force replaces them",
                )
            )
            return
        self.put(path, text.encode() or None, old)

    def put(self, path: str, data: bytes | None, old: bytes | None) -> None:
        if not self.check:
            put_file(self.config.root / path, data, path, digest(old))
        self.written.append(path)

    # --- the source as it was --------------------------------------------------------------------------------------

    def source_then(self, chapter: Chapter, translation: Document) -> tuple[str, Document | None, str]:
        """Return the revision of the source that was translated, the source as it was then, and why that is not known.

        The source is None if it is the same as now, or not known.

        Raises:
            BilingualError: If there is no such revision.
        """
        if self.revision is None:
            return "", None, ""
        revision = self.auto(translation) if self.revision == "auto" else self.commit(self.revision, chapter.path)
        if not revision:
            self.tell("align-revision", "git does not know since when this translation is there", translation.path)
            return "", None, ""
        data = self.at(revision, chapter.path)
        if data is None:
            message = f"the source has no version of {revision[:12]}, so all translations are drafts"
            self.problems.append(Diagnostic("align-revision", message, Place(chapter.path), Severity.WARNING))
            return "", None, "nobody knows which source was translated"
        now = read_file(self.config.root / chapter.path, chapter.path)
        if data.replace(b"\r\n", b"\n") == now.replace(b"\r\n", b"\n"):
            return revision[:12], None, ""
        return revision[:12], self.document(chapter.path, data), ""

    def auto(self, translation: Document) -> str:
        """Return what the front matter says, or else the last commit that changed the text of the translation."""
        path = translation.path
        front = translation.blocks[0] if translation.blocks else None
        if front is not None and front.kind is BlockKind.FRONT_MATTER:
            text = front.span.of(translation.text)
            for key in _REVISION_KEYS:
                match = re.search(rf"^\s*{re.escape(key)}\s*:\s*[\"']?({_COMMIT.pattern})", text, re.MULTILINE)
                if match:
                    try:
                        return self.commit(match.group(1), path)
                    except BilingualError as error:
                        (unknown,) = error.diagnostics
                        hint = "the last commit that changed the translation counts instead"
                        self.problems.append(replace(unknown, severity=Severity.WARNING, hint=hint))
        found, said = "", b""
        revisions = run_git(self.config.root, "log", "--follow", "--format=%H", "--", path) or b""
        for revision in revisions.decode().split():
            data = self.at(revision, path)
            letters = b"".join((data or b"").split())
            if data is None or (found and letters != said):
                break
            found, said = revision, letters
        return found

    def commit(self, name: str, shown: str) -> str:
        """Return the commit that a revision or a date names.

        Raises:
            BilingualError: If there is none.
        """
        root = self.config.root
        found = run_git(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if found is None:
            with contextlib.suppress(ValueError):
                day = date.fromisoformat(name)
                found = run_git(root, "rev-list", "-n", "1", f"--before={day}T23:59:59", "HEAD")
        commit = (found or b"").decode().strip()
        if not commit:
            message, hint = (
                f"git knows no revision or date {name!r}",
                "name a commit, a tag, a date such as 2025-03-31, or auto",
            )
            raise BilingualError(Diagnostic("path-unknown", message, Place(shown), hint=hint))
        return commit

    def at(self, revision: str, path: str) -> bytes | None:
        """Return a file as it was in a revision, under the name that it had then."""
        root = self.config.root
        data = run_git(root, "show", f"{revision}:./{path}")
        if data is not None:
            return data
        # Without this git writes names in Chinese as numbers.
        log = ("-c", "core.quotePath=false", "log", "--follow", "--format=%x00%H", "--name-only")
        names = run_git(root, *log, "--", path) or b""
        for part in names.decode("utf-8", "replace").split("\0")[1:]:
            _, *rest = part.split("\n")
            older = next((line for line in rest if line), "")
            data = run_git(root, "show", f"{revision}:{older}") if older else None
            if data is not None:
                return data
        return None

    # --- handing over ----------------------------------------------------------------------------------------------

    def adopt(self, chapters: Sequence[Chapter]) -> tuple[Changed, ...]:
        """Tell the manifest that merge may overwrite what was aligned, and return what it changes in it."""
        config, code = self.config, self.code
        found = {each.source: each.target for each in self.paired}
        mine = []
        for chapter in chapters:
            if chapter.path not in found:
                continue
            path = str(config.target_path(code, chapter.rel))
            if found[chapter.path] == path:
                mine.append(chapter)
            else:
                message = f"merge writes {path}, so this file is left alone"
                self.tell("align-elsewhere", message, found[chapter.path])
        if self.check:
            self.problems.append(
                Diagnostic(
                    "config-options",
                    "what merging changes is known when the catalogs are written",
                    Place("--check"),
                    hint="leave --check or --adopt out",
                )
            )
            return ()
        outputs, problems = would_write(config, code, mine)
        self.problems.extend(problems)
        changes = []
        held = {}
        for chapter in mine:
            path = found[chapter.path]
            new = outputs.get(path)
            if new is not None:
                held[path] = read_file(config.root / path, path)
                changes.append(_changed(path, held[path], new))
        written = hand_over(config, code, held)
        if written:
            self.written.append(written)
        return tuple(changes)


def _changed(path: str, old: bytes, new: bytes) -> Changed:
    one, other = (data.decode("utf-8", "replace").splitlines(keepends=True) for data in (old, new))
    lines = list(difflib.unified_diff(one, other, path, f"{path} (merged)"))
    body = [line for line in lines if not line.startswith(("---", "+++"))]
    return Changed(
        path,
        sum(line.startswith("-") for line in body),
        sum(line.startswith("+") for line in body),
        "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines),
    )


def _stem(path: str) -> str:
    """Return what of a path names the chapter: no folder, no language, numbers without leading noughts."""
    name = PurePosixPath(path).name.rsplit(".", 1)[0].lower()
    name = re.sub(r"[._-](?:zh|en|ja|ko|de|fr|es|cn|hans|hant)(?:[-_][a-z]+)?$", "", name)
    return _NUMBER.sub(lambda match: str(int(match.group())), name)


def _is_open(entry: Entry) -> bool:
    """Return whether an entry waits for a translation."""
    return not entry.msgstr and omission(entry) in (None, State.DRAFT)


def _was_judged(entry: Entry, new: Entry, unjudged: Entry | None) -> bool:
    """Return whether an entry still says what a verdict took back."""
    said, says = ((each.msgstr, omission(each)) for each in (unjudged or Entry(""), new))
    return said != says and said == (entry.msgstr, omission(entry))


def _filled(entry: Entry, new: Entry) -> Entry:
    """Return an entry with the translation and the marks of another one; what translators wrote beside it stays."""
    entry = replace(entry, msgstr=new.msgstr, flags=(*new.flags, *(flag for flag in entry.flags if flag != "fuzzy")))
    comment = without_draft_mark(without_split(without_omission(entry.comment)))
    kept = [line for line in comment.split("\n") if not line.startswith(ALIGNED) and not is_void_review(line, entry)]
    return replace(
        entry,
        comment="\n".join(filter(None, (*kept, new.comment))),
        previous=new.previous,
        previous_context=new.previous_context,
    )


def _absence(entry: Entry) -> str:
    """Return what is to be told of a text that has no translation; nothing of one that has."""
    if entry.msgstr:
        return ""
    return {
        None: "this has no translation",
        State.TRANSLATED: "this is left out in the translation",
    }.get(omission(entry), "this has no translation; whether it is left out on purpose is for you to say")


def _group(entry: Entry) -> str:
    if not entry.msgstr:
        how = omission(entry)
        return "missing" if how is None else "left_out" if how is State.TRANSLATED else "unsure"
    if entry.fuzzy:
        return "stale" if entry.previous is not None else "unsure"
    return "sure"


def _texts(catalog: Catalog) -> list[tuple[Any, str, bool]]:
    return [(entry.key, entry.msgstr, entry.fuzzy) for entry in catalog.entries]


def _where(document: Document, block: Block) -> tuple[int, str]:
    line = document.text.count("\n", 0, block.span.start) + 1
    text = block.span.of(document.text).strip().split("\n")[0]
    return line, text[:120]
