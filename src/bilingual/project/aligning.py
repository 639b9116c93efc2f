"""From a translation that somebody made by hand to the catalogs: `align`."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from bilingual import manifest
from bilingual.align.documents import align
from bilingual.align.embedding import local
from bilingual.align.harvest import ALIGNED, Addition, Harvest, harvest
from bilingual.align.review import Verdict, apply, doubtful, lines, page, read_verdicts
from bilingual.catalog import Catalog, Entry, State, new_header, now, omission, revised, write
from bilingual.diagnostics import BilingualError, Diagnostic, Place, Severity
from bilingual.markdown.document import SEGMENTATION, BlockKind
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
    manifest_path,
    no_progress,
    read_document,
    select,
    wants,
)
from bilingual.project.files import decode, digest, read_file, read_optional, run_git, write_file
from bilingual.project.merging import hand_over, would_write
from bilingual.provider._embeddings import endpoint
from bilingual.structure import addendum_anchors, write_addenda
from bilingual.suggest import similarity
from bilingual.update import template, update

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bilingual.align.embedding import Embedder
    from bilingual.align.review import Doubt
    from bilingual.config import Config
    from bilingual.markdown.document import Block, Document

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
        chapters: The chapters that have a translation.
        files: The files that were written, or would be.
        adopted: What merging changes in the files that it may overwrite from now on.
        doubts: The pairs that are not sure, and what is left over beside them.
        diagnostics: Everything to report.
    """

    chapters: tuple[Paired, ...] = ()
    files: tuple[str, ...] = ()
    adopted: tuple[Changed, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


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

    A translation that a catalog has already stays, and a file that `merge` wrote is no translation to learn from.

    Args:
        config: The project.
        paths: The files and folders of the source to do; none means all.
        folder: The folder of the translation; None means where the project's translations are.
        targets: The code of its language; may be left out if the book has one target, or the folder's name says it.
        revision: The revision of the source that was translated: one of git, a date, or `auto`, which looks for it.
            None takes the source as it is.
        omit: Take what has no translation for left out on purpose. With a revision that is so anyhow.
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
    changes = run.adopt([chapter for chapter in chapters if chapter.path in found], found) if adopt else ()
    return Aligned(
        tuple(run.paired), tuple(run.written), changes, tuple(run.doubts), tuple(dict.fromkeys(run.problems))
    )


def write_review(config: Config, path: Path, result: Aligned) -> None:
    """Write a page of the doubtful pairs, and beside it the same as JSON Lines for those who edit by hand.

    Raises:
        BilingualError: If it cannot be written.
    """
    codes = config.source.tag, next((config.target(code).tag for code in config.target_codes), "")
    write_file(path, page(result.doubts, codes, config.title).encode(), str(path))
    beside = path.with_suffix(".jsonl")
    write_file(beside, lines(result.doubts).encode(), str(beside))


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
            inside = base.relative_to(config.root)
            expected = {chapter.path: (inside / chapter.rel).as_posix() for chapter in chapters}
        if not base.is_dir():
            message, hint = "there is no such folder", "name the folder that has the translation"
            raise BilingualError(Diagnostic("path-unknown", message, Place(str(folder or base)), hint=hint))
        known = self.known()
        sources = {chapter.path for chapter in chapters}
        there = [
            path.relative_to(config.root).as_posix()
            for path in sorted(base.rglob("*.md"))
            if path.is_file() and not any(part.startswith(".") for part in path.relative_to(base).parts)
        ]
        there = [path for path in there if path not in sources]
        mine = [
            path
            for path in there
            if (data := read_optional(config.root / path, path)) is not None
            and known.wrote(path, manifest.digest(data.replace(b"\r\n", b"\n")))
        ]
        if mine:
            self.problems.append(
                Diagnostic(
                    "align-generated",
                    f"{len(mine)} of the files were written by merge and have nothing to teach the catalogs",
                    Place(fixed_folder(mine[0] + "{x}").as_posix()),
                    Severity.INFO,
                )
            )
        free = [path for path in there if path not in mine]
        found = {chapter.path: expected[chapter.path] for chapter in chosen if expected[chapter.path] in free}
        left = [path for path in free if path not in expected.values()]
        open_chapters = [
            chapter for chapter in chosen if chapter.path not in found and expected[chapter.path] not in mine
        ]
        for chapter, path in self.similar(open_chapters, left):
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

    def known(self) -> manifest.Manifest:
        path = manifest_path(self.config, self.code)
        data = read_optional(self.config.root / path, path)
        return manifest.read(data.decode("utf-8", "replace") if data else "")

    def similar(self, chapters: Sequence[Chapter], paths: Sequence[str]) -> Iterator[tuple[Chapter, str]]:
        """Yield chapters and files that belong together by name or by what they keep: code, formulas, addresses."""
        if not chapters or not paths:
            return
        traces = {path: self.trace(path) for path in (*(chapter.path for chapter in chapters), *paths)}
        scores = []
        for chapter in chapters:
            for path in paths:
                one, other = _stem(chapter.rel), _stem(path)
                name = 1.0 if one == other else similarity(one, other)
                mine, theirs = traces[chapter.path], traces[path]
                both = len(mine | theirs)
                content = len(mine & theirs) / both if both else 0.0
                score = name + 2 * content
                if name == 1.0 or content >= 0.3 or (name >= _ALIKE and content >= 0.05):
                    scores.append((-score, chapter.path, path, chapter))
        taken: set[str] = set()
        for _, source, path, chapter in sorted(scores, key=lambda each: each[:3]):
            if source not in taken and path not in taken:
                taken.update((source, path))
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
        learned = False
        for chapter in group:
            if chapter.path not in found:
                continue
            try:
                catalog = self.chapter(chapter, documents[chapter.path], found[chapter.path], catalog, path)
                learned = True
            except BilingualError as error:
                self.problems.extend(error.diagnostics)
        if not learned:
            return
        if old is None or catalog != old:
            if old is None or _texts(catalog) != _texts(old):
                catalog = replace(catalog, header=revised(catalog.header, now()))
            data = write(catalog).encode()
            if data != old_data:
                self.put(path, data, old_data)

    def chapter(self, chapter: Chapter, document: Document, target_path: str, catalog: Catalog, path: str) -> Catalog:
        """Return a catalog with the translations of one chapter."""
        config, code = self.config, self.code
        languages = config.source, config.target(code)
        wanted = wants(config, languages[1])
        translation = self.document(target_path)
        revision, then = self.source_then(chapter, translation)
        source = then or document
        alignment = align(source, translation, *languages, self.embed)
        alignment = apply(alignment, self.verdicts, chapter.rel)
        result = harvest(alignment, wanted, languages, omit=self.omit or bool(revision))
        gathered = Catalog(result.entries)
        if then is not None:
            gathered, _ = update(gathered, template([document], (), wanted), dialect=config.dialect)
        texts = gathered.live
        counts: dict[str, int] = dict.fromkeys(("sure", "unsure", "stale", "left_out", "missing"), 0)
        entries = []
        keys = {(segment.context, segment.text) for segment in document.segments if wanted(segment)}
        for entry in catalog.entries:
            new = texts.get(entry.key)
            if entry.obsolete or entry.key not in keys:
                entries.append(entry)
                continue
            mine = entry.fuzzy and ALIGNED in entry.comment  # a draft of an earlier run
            if new is not None and (mine or self.force or not (entry.msgstr or entry.comment)):
                taken = replace(
                    new, references=entry.references, extracted=entry.extracted, line=entry.line, plural=entry.plural
                )
                entry = taken if mine or taken.msgstr or taken.comment else entry  # noqa: PLW2901 - what it becomes
            counts[_group(entry)] += 1
            entries.append(entry)
        self.paired.append(
            Paired(chapter.path, target_path, path, **counts, added=len(result.target_only), revision=revision)
        )
        self.report(result, source if then is None else document, translation, stale=then is not None)
        self.doubts.extend(doubtful(alignment, result, chapter.rel))
        self.addenda(chapter, source, result.additions)
        return replace(catalog, entries=tuple(entries))

    def report(self, result: Harvest, source: Document, translation: Document, *, stale: bool) -> None:
        if not stale:
            for block in result.source_only:
                line, excerpt = _where(source, block)
                message = "this has no translation" if not self.omit else "this is left out in the translation"
                self.tell("align-source-only", message, source.path, line, excerpt)
        for block in result.target_only:
            line, excerpt = _where(translation, block)
            self.tell("align-target-only", "the translation alone has this", translation.path, line, excerpt)
        for bead in result.unsure:
            line, excerpt = _where(translation, bead.target[0])
            message = f"the pair is {100 * bead.score:.0f} % sure, so the translation is a draft"
            self.tell("align-unsure", message, translation.path, line, excerpt)

    def addenda(self, chapter: Chapter, source: Document, additions: Sequence[Addition]) -> None:
        """Write what the translation alone has to where `merge` looks for it."""
        if not additions:
            return
        path = str(self.config.addenda_path(self.code, chapter.rel))
        anchors = addendum_anchors(source)
        text = write_addenda(
            (anchors[id(each.after)] if each.after is not None else None, each.text) for each in additions
        )
        old = read_optional(self.config.root / path, path)
        if old is not None and old != text.encode() and not (self.force or self.verdicts):
            self.problems.append(
                Diagnostic(
                    "align-addenda",
                    "there are addenda for this chapter already, so they are left as they are",
                    Place(path),
                    Severity.WARNING,
                    hint="--force replaces them",
                )
            )
            return
        if old != text.encode():
            self.put(path, text.encode(), old)

    def put(self, path: str, data: bytes, old: bytes | None) -> None:
        if not self.check:
            write_file(self.config.root / path, data, path, digest(old))
        self.written.append(path)

    # --- the source as it was --------------------------------------------------------------------------------------

    def source_then(self, chapter: Chapter, translation: Document) -> tuple[str, Document | None]:
        """Return the revision of the source that was translated, and the source as it was then; None if it is the same.

        Raises:
            BilingualError: If there is no such revision.
        """
        if self.revision is None:
            return "", None
        revision = self.auto(translation) if self.revision == "auto" else self.commit(self.revision, chapter.path)
        if not revision:
            self.tell("align-revision", "git does not know since when this translation is there", translation.path)
            return "", None
        data = self.at(revision, chapter.path)
        if data is None:
            self.tell("align-revision", f"the source has no version of {revision[:12]}", chapter.path)
            return "", None
        now = read_file(self.config.root / chapter.path, chapter.path)
        if data.replace(b"\r\n", b"\n") == now.replace(b"\r\n", b"\n"):
            return revision[:12], None
        return revision[:12], self.document(chapter.path, data)

    def auto(self, translation: Document) -> str:
        """Return what the front matter says, or else the last commit that changed the text of the translation."""
        front = translation.blocks[0] if translation.blocks else None
        if front is not None and front.kind is BlockKind.FRONT_MATTER:
            text = front.span.of(translation.text)
            for key in _REVISION_KEYS:
                match = re.search(rf"^\s*{re.escape(key)}\s*:\s*[\"']?({_COMMIT.pattern})", text, re.MULTILINE)
                if match:
                    return self.commit(match.group(1), translation.path)
        done = run_git(self.config.root, "log", "-n", "1", "--format=%H", "-w", "--", translation.path)
        return (done or b"").decode().strip()

    def commit(self, name: str, shown: str) -> str:
        """Return the commit that a revision or a date names.

        Raises:
            BilingualError: If there is none.
        """
        root = self.config.root
        found = run_git(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if found is None and re.match(r"\d{4}-\d{2}", name):
            found = run_git(root, "rev-list", "-n", "1", f"--before={name}", "HEAD")
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
        names = run_git(root, "log", "--follow", "--format=%x00%H", "--name-only", "--", path) or b""
        for part in names.decode("utf-8", "replace").split("\0")[1:]:
            _, *rest = part.split("\n")
            older = next((line for line in rest if line), "")
            data = run_git(root, "show", f"{revision}:{older}") if older else None
            if data is not None:
                return data
        return None

    # --- handing over ----------------------------------------------------------------------------------------------

    def adopt(self, chapters: Sequence[Chapter], found: Mapping[str, str]) -> tuple[Changed, ...]:
        """Tell the manifest that merge may overwrite the translation, and return what it changes in it."""
        config, code = self.config, self.code
        mine = [chapter for chapter in chapters if found[chapter.path] == str(config.target_path(code, chapter.rel))]
        for chapter in chapters:
            if chapter not in mine:
                message = f"merge writes {config.target_path(code, chapter.rel)}, so this file is left alone"
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
