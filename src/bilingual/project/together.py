"""Several people at one book: git's merge driver, and work that comes back by mail."""

from __future__ import annotations

import contextlib
import functools
import sys
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from bilingual.catalog import Catalog, Entry, read, read_bytes, repaired, write
from bilingual.diagnostics import BilingualError, Diagnostic, Place, Severity
from bilingual.exchange import Bundle, Terms
from bilingual.project.book import codes_of, discover, read_catalog
from bilingual.project.corrections import corrections, is_contained
from bilingual.project.exchanging import (
    PO,
    Arrival,
    arrivals,
    as_sent,
    below,
    read_as,
    recognised,
    take_terms,
    unsent,
)
from bilingual.project.files import digest, read_file, read_optional, run_git, write_file
from bilingual.project.merging import hand_over, would_write
from bilingual.reconcile import combine, returned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bilingual.config import Config
    from bilingual.project.book import Chapter


def merge_catalogs(base: Path, ours: Path, theirs: Path, shown: str) -> tuple[Diagnostic, ...]:
    """Merge two versions of a PO file, as git asks its merge drivers to; the result takes the place of `ours`.

    Args:
        base: The common ancestor, an empty file if there is none.
        ours: This branch's version.
        theirs: The other branch's version.
        shown: The path of the file in the repository.

    Returns:
        A diagnostic for each entry in which both sides translated differently.

    Raises:
        BilingualError: If one of them cannot be read, or the result not written.
    """
    catalogs = []
    for path, what in ((base, "the common ancestor"), (ours, "this branch"), (theirs, "the other branch")):
        data = read_file(path, shown)
        try:
            catalogs.append(read_bytes(data, shown) if data.strip() else Catalog((), (), shown))
        except BilingualError as error:
            notes = [replace(each, message=f"{each.message} (in the version of {what})") for each in error.diagnostics]
            raise BilingualError(*notes) from None
    combined = combine(*catalogs)
    text = write(combined.catalog)
    write_file(ours, text.encode(), shown)
    return _conflicts(combined.conflicts, text, shown)


def _conflicts(entries: Sequence[Entry], text: str, path: str) -> tuple[Diagnostic, ...]:
    """Return a diagnostic for each entry that both sides translated, at its line in the catalog's text."""
    lines = {entry.key: entry.line for entry in read(text, path).entries} if entries else {}
    return tuple(
        Diagnostic(
            "catalog-both",
            "both sides translated this entry, and differently; it holds both texts and is fuzzy",
            Place(path, lines.get(entry.key, 0)),
            Severity.ERROR,
            entry.msgid.split("\n")[0][:200],
            hint="choose one of the texts and take the fuzzy mark away",
        )
        for entry in entries
    )


@dataclass(frozen=True, slots=True)
class Imported:
    """What `import` did: how many entries of each catalog it changed, the files it wrote, and what it refused."""

    taken: dict[str, int]
    files: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


def import_catalogs(
    config: Config,
    files: Sequence[Path],
    *,
    targets: Sequence[str] = (),
    format: str = "",  # noqa: A002 - the option's name
    sent: str | None = None,
    check: bool = False,
) -> Imported:
    """Take translations that come back by mail or from a platform into the project's catalogs.

    Args:
        config: The project.
        files: What came back: PO files, each with the name of a catalog, files in the formats of `export`, or files
            that `merge` wrote and a reader has mended.
        targets: Codes of the targets they may belong to; none means all.
        format: What the files are; empty looks at each.
        sent: A git revision, or a file or folder, of what was sent. None looks for it: what the file itself says was
            sent, or the version of the catalog in git that differs least from what came back, or else the catalog as
            it is.
        check: Write nothing.

    Raises:
        BilingualError: If the work cannot begin.
    """
    chapters, _ = discover(config)
    codes = codes_of(config, targets)
    places = {str(config.catalog_path(code, chapter.rel)): code for code in codes for chapter in chapters}
    merged = {str(config.target_path(code, chapter.rel)): (code, chapter) for code in codes for chapter in chapters}
    problems: list[Diagnostic] = []
    taken: dict[str, int] = {}
    written: list[str] = []
    for file in files:
        shown = below(file, config.root)
        try:
            data = read_file(file, shown)
            if shown in merged:
                code, chapter = merged[shown]
                path = str(config.catalog_path(code, chapter.rel))
                current = _existing(read_optional(config.root / path, path), path)
                mended = corrections(config, code, chapter, current, data, shown)
                said = [*mended.diagnostics]
                arrived = Arrival(path, mended.catalog)
                count, changed = _take(config, arrived, code, said, current, file.name, check=check)
                taken[path] = taken.get(path, 0) + count
                written += [path] if changed and path not in written else []
                if not check:
                    said += _handed_over(config, code, chapter, mended.written, data, shown, said=bool(said))
                problems.extend(said)
                continue
            name = recognised(data, file.name, format)
            came: list[Arrival] = []
            if name == PO:
                back, notes = repaired(read_bytes(data, shown))
                problems.extend(notes)
                came.append(Arrival(_home(config, file, shown, back, places), back))
            else:
                for held in read_as(name, data, shown, config.source, [config.target(code) for code in codes]):
                    if isinstance(held, Terms):
                        path, count, changed, differing = take_terms(config, held, check=check)
                        problems.extend(differing)
                        taken[path] = taken.get(path, 0) + count
                        written += [path] if changed else []
                        break  # a book has one glossary
                    found, unread = arrivals(config, held, shown, places)
                    came += found
                    problems.extend(unread)
        except BilingualError as error:
            problems.extend(error.diagnostics)
            continue
        for arrival in came:
            try:
                count, changed = _take(config, arrival, places[arrival.path], problems, sent, file.name, check=check)
            except BilingualError as error:
                problems.extend(error.diagnostics)
                continue
            taken[arrival.path] = taken.get(arrival.path, 0) + count
            written += [arrival.path] if changed and arrival.path not in written else []
    return Imported(taken, tuple(written), tuple(dict.fromkeys(problems)))


def _take(
    config: Config,
    arrival: Arrival,
    code: str,
    problems: list[Diagnostic],
    sent: Catalog | str | None,
    name: str,
    *,
    check: bool,
) -> tuple[int, bool]:
    """Merge what came back for a catalog into it; return how many entries changed, and whether the file does.

    `sent` is the catalog as it was sent, or says where that is, as in `import_catalogs`.

    Raises:
        BilingualError: If there is no such catalog, or it cannot be read or written.
    """
    path = arrival.path
    back = arrival.catalog
    if arrival.portion is not None:
        back, notes = repaired(back)
        problems.extend(notes)
        arrival = replace(arrival, catalog=back)
    data = read_optional(config.root / path, path)
    current = _existing(data, path)
    if isinstance(sent, Catalog):
        before = sent
    elif arrival.stray and sent is None:
        before, notes = unsent(arrival, current)
        problems.extend(notes)
    else:
        found = functools.partial(_sent, config, path, code, sent, name, back, current)
        marked = sent is None and arrival.portion is not None and arrival.portion.sent
        before = as_sent(arrival, current, found) if marked else found()
    result = returned(
        before,
        current,
        back,
        source=config.source,
        target=config.target(code),
        marked=arrival.portion is not None and arrival.portion.marked,
        unchanged=arrival.unchanged,
    )
    problems.extend(result.diagnostics)
    text = write(result.catalog)
    changed = text.encode() != data
    if changed and not check:
        write_file(config.root / path, text.encode(), path, digest(data))
    problems.extend(_conflicts(result.conflicts, text, path))
    return result.taken, changed


def _handed_over(
    config: Config,
    code: str,
    chapter: Chapter,
    written: bytes | None,
    data: bytes,
    shown: str,
    *,
    said: bool,
) -> tuple[Diagnostic, ...]:
    """Let merge write a file again if all that the reader did is in the catalog now; say so if it is not.

    Args:
        config: The project.
        code: The code of the target.
        chapter: The chapter that was merged.
        written: What merge had written.
        data: The file as it is.
        shown: Its path below the project's folder.
        said: Whether it is said already what is not in the catalog.
    """
    outputs, _ = would_write(config, code, [chapter])
    if shown in outputs and is_contained(written, data, outputs[shown]):
        hand_over(config, code, {shown: data})
        return ()
    if said:
        return ()
    message = "this file differs in more than its texts from what merge writes, so merge leaves it alone"
    hint = "bilingual merge --force drops the rest, --adopt keeps the file"
    return (Diagnostic("import-structure", message, Place(shown), Severity.WARNING, hint=hint),)


def _existing(data: bytes | None, path: str) -> Catalog:
    catalog, _ = read_catalog(data, path)
    if catalog is None:
        raise BilingualError(
            Diagnostic("path-unknown", "there is no such catalog yet", Place(path), hint="run bilingual extract")
        )
    return catalog


def _home(config: Config, file: Path, shown: str, back: Catalog, places: Mapping[str, str]) -> str:
    """Return the path of the catalog that a file is a version of: of the same name, and language if there are several.

    Raises:
        BilingualError: If there is none, or several.
    """
    if shown in places:
        raise BilingualError(
            Diagnostic("path-unknown", "this is the project's own catalog", Place(shown), hint="name what came back")
        )
    parts = file.absolute().parts
    found = [path for path in places if PurePosixPath(path).name == file.name]
    language = next((value for name, value in back.header if name == "Language"), "")
    for fitting in (
        [path for path in found if parts[-len(PurePosixPath(path).parts) :] == PurePosixPath(path).parts],
        [path for path in found if config.target(places[path]).gettext == language],
        [path for path in found if places[path] in parts],
    ):
        if len(found) > 1:
            found = [path for path in found if path in fitting] or found
    if len(found) != 1:
        message = "several catalogs have this name" if found else "no catalog of the book has this name"
        hint = "--target says which language it is" if found else "give it the name of the catalog, such as "
        hint += "" if found else next((PurePosixPath(path).name for path in places), "chapter.po")
        raise BilingualError(Diagnostic("path-unknown", message, Place(shown), hint=hint))
    return found[0]


def _sent(
    config: Config, path: str, code: str, sent: str | None, name: str, back: Catalog, current: Catalog
) -> Catalog:
    """Return the catalog as it was sent to the translator.

    Args:
        config: The project.
        path: The catalog's path.
        code: The code of its target.
        sent: A git revision, file or folder that was named; None if none was.
        name: The name of the file that came back; a folder has the one that was sent under the same name.
        back: What came back.
        current: The catalog as it is.

    Raises:
        BilingualError: If `sent` names nothing that can be read.
    """
    if sent is not None:
        place = Path.cwd() / sent
        if place.is_dir():
            place /= name if (place / name).is_file() else PurePosixPath(path).name
        if place.is_file():
            return _sent_in(config, place, path, code, sent)
        data = run_git(config.root, "show", f"{sent}:./{path}")
        if data is None:
            raise BilingualError(
                Diagnostic(
                    "path-unknown",
                    f"{path} is in no file, folder or git revision of this name",
                    Place(sent),
                    hint="name the revision from which the file was sent",
                )
            )
        return read_bytes(data, path)
    texts = {entry.key: entry.msgstr for entry in back.entries}
    revisions = (run_git(config.root, "log", "-n", "100", "--format=%H", "--", path) or b"").decode().split()
    best, least = current, _differences(current, texts)
    for revision in revisions:
        data = run_git(config.root, "show", f"{revision}:./{path}")
        with contextlib.suppress(BilingualError):
            catalog = read_bytes(data, path) if data else current
            count = _differences(catalog, texts)
            if count < least:
                best, least = catalog, count
    return best


def _sent_in(config: Config, file: Path, path: str, code: str, shown: str) -> Catalog:
    """Return a catalog as a file has it that was sent.

    Raises:
        BilingualError: If it cannot be read, or does not have it.
    """
    data = read_file(file, shown)
    name = recognised(data, file.name)
    if name == PO:
        return read_bytes(data, shown)
    for held in read_as(name, data, shown, config.source, (config.target(code),)):
        if isinstance(held, Bundle):
            found, _ = arrivals(config, held, shown, {path: code})
            if found:
                return found[0].catalog
    raise BilingualError(Diagnostic("path-unknown", f"this file has nothing of {path}", Place(shown)))


def _differences(catalog: Catalog, texts: Mapping[tuple[str | None, str], str]) -> int:
    live = {key: entry.msgstr for key, entry in catalog.live.items()}
    return sum(texts.get(key) != live.get(key) for key in live.keys() | texts.keys())


def install_merge_driver(root: Path) -> list[str]:
    """Tell git to merge PO files entry by entry; return what was changed.

    Raises:
        BilingualError: If this is no git repository, or .gitattributes cannot be written.
    """
    top = run_git(root, "rev-parse", "--show-toplevel")
    if top is None:
        raise BilingualError(
            Diagnostic("path-unknown", "this folder is in no git repository", Place(str(root)), hint="run: git init")
        )
    command = f'"{sys.executable}" -m bilingual merge-driver %O %A %B %P'
    changed = []
    for key, value in (("name", "PO files, entry by entry"), ("driver", command)):
        if (run_git(root, "config", "--get", f"merge.bilingual.{key}") or b"").decode().rstrip("\n") != value:
            if run_git(root, "config", f"merge.bilingual.{key}", value) is None:
                raise BilingualError(Diagnostic("path-unknown", "git refuses to be configured", Place(str(root))))
            changed.append(f"git config merge.bilingual.{key}")
    path = root / ".gitattributes"
    data = read_optional(path, path.name) or b""
    line = b"*.po merge=bilingual"
    if not any(each.split()[:1] == [b"*.po"] and b"merge=bilingual" in each.split() for each in data.splitlines()):
        gap = b"" if not data or data.endswith(b"\n") else b"\n"
        write_file(path, data + gap + line + b"\n", path.name)
        changed.append(path.name)
    return changed
