"""Catalogs and glossaries in the formats of other programs: `export`, and what `import` makes of such files."""

from __future__ import annotations

import contextlib
import os
import posixpath
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from bilingual import glossary
from bilingual.config import did_you_mean, options_of
from bilingual.diagnostics import BilingualError, Diagnostic, Place, Severity
from bilingual.exchange import FORMATS, Bundle, Format, Portion, Terms, fingerprint
from bilingual.language import closest
from bilingual.project.book import catalog_at, codes_of, discover, glossary_file, inside, select_catalogued
from bilingual.project.files import decode, digest, read_optional, write_file
from bilingual.reconcile import CONTROL, normal_form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bilingual.catalog import Catalog, Entry
    from bilingual.config import Config
    from bilingual.glossary import Term
    from bilingual.language import Language
    from bilingual.update import Key

#: The format that is none of the others: the catalogs themselves.
PO = "po"
#: The folder of the build folder that exports go to.
FOLDER = "exchange"
#: How much of a file is looked at to tell its format.
_BEGINNING = 8192
#: What programs call files of the formats, besides the suffix that we write.
_SUFFIXES = {
    ".po": PO,
    ".pot": PO,
    ".sdlxliff": "xliff",
    ".mqxliff": "xliff",
    ".mxliff": "xliff",
    ".tsv": "csv",
    ".xlsm": "xlsx",
}


# --- formats -----------------------------------------------------------------------------------------------------


def formats() -> tuple[str, ...]:
    """Return the names of the formats that there are, without PO."""
    return FORMATS.names()


def format_named(name: str) -> Format:
    """Return a format.

    Raises:
        BilingualError: If there is none of this name, or what it needs is not installed.
    """
    if name not in FORMATS:
        hint = f"there are: {', '.join(formats())}{did_you_mean(name, formats())}"
        raise BilingualError(Diagnostic("config-format", f"there is no format {name!r}", Place("--format"), hint=hint))
    try:
        return FORMATS[name]
    except ImportError as error:
        raise BilingualError(_uninstalled(name, error, "")) from None


def _uninstalled(name: str, error: ImportError, extra: str) -> Diagnostic:
    message = f"the format {name} needs a package that is not installed: {error.name}"
    hint = f'pip install "bilingual-editions[{extra}]"' if extra else f"pip install {error.name}"
    return Diagnostic("config-format", message, Place("--format"), hint=hint)


def recognised(data: bytes, name: str, given: str = "") -> str:
    """Return the name of the format that a file is in: as given, or by what it begins with, or by its suffix.

    Args:
        data: The file.
        name: Its name.
        given: The format that it is said to have; empty if nobody said.

    Raises:
        BilingualError: If nobody can tell, or there is no such format.
    """
    if given:
        if given != PO:
            format_named(given)
        return given
    suffix = Path(name).suffix.lower()
    if _SUFFIXES.get(suffix) == PO:
        return PO
    known: dict[str, Format] = {}
    for each in formats():
        with contextlib.suppress(BilingualError):  # what is not installed makes no file that comes back
            known[each] = format_named(each)
    # What a file is called counts less than what it begins with: two formats may share a suffix.
    for each in sorted(known, key=lambda each: known[each].suffix != suffix):
        detects = known[each].detects
        if detects is not None and detects(data[:_BEGINNING]):
            return each
    found = _SUFFIXES.get(suffix) or next((each for each in known if known[each].suffix == suffix), "")
    if not found:
        hint = f"--format says what it is: {', '.join((PO, *known))}"
        raise BilingualError(Diagnostic("path-unknown", "nothing tells what format this is", Place(name), hint=hint))
    return found


def read_as(name: str, data: bytes, shown: str, source: Language, targets: Sequence[Language]) -> list[Bundle | Terms]:
    """Return what a file in one of the formats holds: of one in many languages, what it has for each target.

    Args:
        name: The format.
        data: The file.
        shown: Its path for messages.
        source: The language of the book.
        targets: The languages that it may be translated into.

    Raises:
        BilingualError: If it cannot be understood, or the format is not read.
    """
    chosen = format_named(name)
    if chosen.read is None:
        message, hint = f"files in the format {name} are not read", "import a file in another format"
        raise BilingualError(Diagnostic("exchange-format", message, Place(shown), hint=hint))
    found: list[Bundle | Terms] = []
    problems: list[Diagnostic] = []
    try:
        if chosen.read_pair is None:
            return [chosen.read(data, shown)]
        for target in targets:
            try:
                found.append(chosen.read_pair(data, shown, source, target))
            except BilingualError as error:
                problems = problems or list(error.diagnostics)
    except ImportError as error:
        raise BilingualError(_uninstalled(name, error, chosen.extra)) from None
    if not found:
        raise BilingualError(*problems)
    return found


# --- out ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Exported:
    """What `export` did: how many entries each file holds, the files that it wrote, and what it found."""

    entries: dict[str, int]
    files: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


def export(
    config: Config,
    name: str,
    paths: Sequence[Path] = (),
    *,
    targets: Sequence[str] = (),
    output: Path | None = None,
    force: bool = False,
) -> Exported:
    """Write catalogs, or the glossary, for another program: a file for each target.

    Args:
        config: The project.
        name: The format.
        paths: The files and folders of the source to export; none means the whole book.
        targets: Codes of the targets; none means all.
        output: A file, or a folder; None means a folder below the build folder.
        force: Write over a file that holds work which is in no catalog.

    Raises:
        BilingualError: If the work cannot begin.
    """
    chosen = format_named(name)
    options: Any = options_of(config, ("exchange", name), chosen.options)
    codes = codes_of(config, targets)
    places = _places(config, output, chosen, codes)
    catalogs: Sequence[str] = ()
    problems: list[Diagnostic] = []
    if chosen.holds is not Terms:
        chapters, problems = discover(config)
        catalogs = [chapter.rel for chapter in select_catalogued(config, chapters, paths, problems)]
    entries: dict[str, int] = {}
    written = []
    for code, (place, shown) in places.items():
        try:
            held = _terms(config, code) if chosen.holds is Terms else _bundle(config, code, catalogs, problems)
            data = _written(name, chosen, held, options)
            before = read_optional(place, shown)
            if before is not None and before != data and not force:
                _check_free(name, chosen, before, shown, held)
            if before != data:
                write_file(place, data, shown, digest(before))
                written.append(shown)
            entries[shown] = _count(held) if chosen.count is None else chosen.count(held, options)
        except BilingualError as error:
            problems.extend(error.diagnostics)
    return Exported(entries, tuple(written), tuple(dict.fromkeys(problems)))


def _places(config: Config, output: Path | None, chosen: Format, codes: Sequence[str]) -> dict[str, tuple[Path, str]]:
    """Return for each target where its file is, and how messages call it.

    Raises:
        BilingualError: If that cannot be.
    """
    if output is None:
        folder = config.root / config.build / FOLDER
        if not inside(folder, config.root):
            message, hint = "a link leads the build folder out of the project", "replace the link by a folder"
            raise BilingualError(Diagnostic("file-outside", message, Place(config.build), hint=hint))
    else:
        folder = Path.cwd() / output
        if not folder.is_dir() and (folder.is_file() or folder.suffix):
            if len(codes) > 1:
                message = f"one file cannot hold the {len(codes)} targets of the book"
                hint = "name a folder, or one of the targets: --target"
                raise BilingualError(Diagnostic("config-options", message, Place("--output"), hint=hint))
            return {codes[0]: (folder, below(folder, config.root))}
    files = {code: folder / f"{code}{chosen.suffix}" for code in codes}
    return {code: (file, below(file, config.root)) for code, file in files.items()}


def below(path: Path, root: Path) -> str:
    """Return a path as a message shows it: below the project's folder if it is there."""
    absolute = Path(os.path.normpath(Path.cwd() / path))
    return absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else str(path)


def _bundle(config: Config, code: str, chapters: Sequence[str], problems: list[Diagnostic]) -> Bundle:
    """Return the catalogs of some chapters in one target.

    Raises:
        BilingualError: If one cannot be read, or there is none.
    """
    homes: dict[str, list[str]] = {}
    for rel in chapters:
        homes.setdefault(str(config.catalog_path(code, rel)), []).append(str(config.source_path(rel)))
    portions = []
    failed: list[Diagnostic] = []
    for path in sorted(homes):
        try:
            catalog, notes = catalog_at(config.root, path)
        except BilingualError as error:
            failed.extend(error.diagnostics)
            continue
        problems.extend(notes)
        if catalog is not None:
            portions.append(Portion(catalog, path, tuple(homes[path])))
    if failed:
        raise BilingualError(*failed)
    if not any(portion.catalog.entries for portion in portions):
        message = f"there is nothing to export for {code}: no catalog has an entry"
        raise BilingualError(Diagnostic("path-unknown", message, Place(config.build), hint="run bilingual extract"))
    title, licence = config.book.title.of(config.source_code), config.book.licence
    return Bundle(config.source, config.target(code), tuple(portions), licence, title, config.dialect)


def _terms(config: Config, code: str) -> Terms:
    path, data = glossary_file(config)
    if data is None:
        message, hint = "the book has no glossary", "[check] glossary names the file"
        raise BilingualError(Diagnostic("glossary-missing", message, Place(path), hint=hint))
    terms = tuple(glossary.read(decode(data, path), path).terms.values())
    return Terms(
        config.source, config.target(code), terms, config.book.licence, config.book.title.of(config.source_code)
    )


def _written(name: str, chosen: Format, held: Bundle | Terms, options: Any) -> bytes:  # noqa: ANN401 - each format has its own
    try:
        return b"".join(chosen.write(held, options))
    except ImportError as error:
        raise BilingualError(_uninstalled(name, error, chosen.extra)) from None


def _count(held: Bundle | Terms) -> int:
    if isinstance(held, Terms):
        return len(held.terms)
    return sum(len(portion.catalog.entries) for portion in held.portions)


def _check_free(name: str, chosen: Format, before: bytes, shown: str, held: Bundle | Terms) -> None:
    """Raise an error if a file holds what would be lost with it: work that was not imported, or another file."""
    there = None
    if chosen.read is not None:
        with contextlib.suppress(BilingualError):
            (there,) = read_as(name, before, shown, held.source, (held.target,))
    elif chosen.detects(before[:_BEGINNING]) if chosen.detects is not None else Path(shown).suffix == chosen.suffix:
        return  # an older export; nobody works in what is not read back
    if there is None:
        message, hint = "there is a file already that is no export", "name another one, or use --force"
        raise BilingualError(Diagnostic("file-work", message, Place(shown), hint=hint))
    count = _work(there, held)
    if count:
        message = f"{count} translations in this file are not in the catalogs"
        hint = f"bilingual import {shown}; or name another file, or use --force"
        raise BilingualError(Diagnostic("file-work", message, Place(shown), hint=hint))


def _work(there: Bundle | Terms, held: Bundle | Terms) -> int:
    """Return how many entries of a file say something that is new to what is to be written in its place.

    What could not be read of it counts too: it is work that somebody must mend first.
    """
    if isinstance(there, Terms) or isinstance(held, Terms):
        known = {replace(term, line=0) for term in held.terms} if isinstance(held, Terms) else set()
        return sum(replace(term, line=0) not in known for term in there.terms) if isinstance(there, Terms) else 1
    ours: dict[Key, set[str]] = {}
    comments: dict[Key, set[str]] = {}
    for portion in held.portions:
        for entry in portion.catalog.entries:
            ours.setdefault(entry.key, set()).add(fingerprint(entry))
            comments.setdefault(entry.key, set()).update(entry.comment.split("\n"))
    count = sum(each.severity is Severity.ERROR and each.code != "exchange-empty" for each in there.diagnostics)
    for portion in there.portions:
        for entry in portion.catalog.entries:
            mark = fingerprint(entry)
            changed = _has_text(entry) and mark not in ours.get(entry.key, ()) and mark != portion.sent.get(entry.key)
            said = set(entry.comment.split("\n")) - {""} - comments.get(entry.key, set())
            count += changed or bool(said and entry.key in portion.sent)
    return count


def _has_text(entry: Entry) -> bool:
    return any(entry.plural[1]) if entry.plural else bool(entry.msgstr)


# --- back --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came back for one catalog.

    Attributes:
        path: The catalog's path below the project's folder.
        catalog: What came back.
        portion: What the file says about it; None for a PO file.
        stray: Whether the file says nothing about the catalog, so that its texts alone led there.
    """

    path: str
    catalog: Catalog
    portion: Portion | None = None
    stray: bool = False

    @property
    def unchanged(self) -> frozenset[Key]:
        """The keys of the entries that came back as they were sent."""
        marks = self.portion.sent if self.portion is not None else {}
        return frozenset(entry.key for entry in self.catalog.entries if marks.get(entry.key) == fingerprint(entry))


def arrivals(
    config: Config, bundle: Bundle, shown: str, places: Mapping[str, str]
) -> tuple[list[Arrival], list[Diagnostic]]:
    """Return which catalogs the portions of a file belong to, and what of it belongs to none.

    A portion says the path of its catalog; a memory of another program does not, and is shared out by its texts.

    Args:
        config: The project.
        bundle: What the file holds.
        shown: Its path, for messages.
        places: The paths of the catalogs that may be meant, with the codes of their targets.

    Raises:
        BilingualError: If it is in other languages than the book.
    """
    code = _target(config, bundle, shown, dict.fromkeys(places.values()))
    own = [path for path, each in places.items() if each == code]
    found = []
    loose: list[Portion] = []
    for portion in bundle.portions:
        path = _home(portion.path, own)
        if path:
            found.append(Arrival(path, replace(portion.catalog, path=shown), portion))
        else:
            loose.append(portion)
    problems = list(bundle.diagnostics)
    for portion in loose:
        shares, lost = _shared_out(config, portion, own, problems)
        for path, entries in shares.items():
            catalog = replace(portion.catalog, entries=tuple(entries), path=shown)
            found.append(Arrival(path, catalog, portion, stray=not portion.sent))
        if lost:
            message = f"{len(lost)} translations of the file are of texts that no catalog has; they are not taken"
            place, excerpt = Place(shown, lost[0].line or None), lost[0].msgid.split("\n", maxsplit=1)[0][:200]
            problems.append(Diagnostic("import-unknown", message, place, Severity.WARNING, excerpt))
    return found, problems


def _target(config: Config, bundle: Bundle, shown: str, codes: Iterable[str]) -> str:
    """Return the code of the target that a file is in.

    Raises:
        BilingualError: If it is in none of them, or does not say so and there are several.
    """
    known = list(codes)
    source, target = bundle.source.tag, bundle.target.tag
    if source != "und" and closest(config.source, (source,)) is None:
        message = f"the file translates from {source}, the book is in {config.source.tag}"
        raise BilingualError(Diagnostic("exchange-language", message, Place(shown)))
    if target == "und":
        if len(known) == 1:
            return known[0]
        hint = f"--target says which one it is: {', '.join(known)}"
        raise BilingualError(
            Diagnostic("exchange-language", "the file does not say its language", Place(shown), hint=hint)
        )
    place = closest(bundle.target, [config.target(code).tag for code in known])
    if place is None:
        message, hint = f"the file is in {target}", f"the targets are {', '.join(known)}"
        raise BilingualError(Diagnostic("exchange-language", message, Place(shown), hint=hint))
    return known[place]


def _home(path: str, places: Sequence[str]) -> str:
    """Return the catalog that a file names; a program may have put a folder of its own in front of the path."""
    parts = PurePosixPath(path.replace("\\", "/")).parts
    found = [each for each in places if parts and parts[-len(PurePosixPath(each).parts) :] == PurePosixPath(each).parts]
    if not found and len(parts) == 1:
        found = [each for each in places if posixpath.basename(each) == path]
    return found[0] if len(found) == 1 else ""


def _shared_out(
    config: Config, portion: Portion, places: Sequence[str], problems: list[Diagnostic]
) -> tuple[dict[str, list[Entry]], list[Entry]]:
    """Return the entries of a portion for each catalog that has their texts, and those whose text none has."""
    homes: dict[Key, dict[str, Entry]] = {}
    for path in places:
        try:
            catalog, _ = catalog_at(config.root, path)
        except BilingualError as error:
            problems.extend(error.diagnostics)
            continue
        for entry in catalog.live.values() if catalog is not None else ():
            homes.setdefault(normal_form(entry.key), {})[path] = entry
    shares: dict[str, list[Entry]] = {}
    lost = []
    for entry in portion.catalog.entries:
        found = homes.get(normal_form(entry.key)) or homes.get(normal_form((None, entry.msgid)), {})
        for path, ours in found.items():
            shares.setdefault(path, []).append(replace(entry, msgctxt=ours.msgctxt, msgid=ours.msgid))
        if not found and _has_text(entry) and not entry.obsolete:
            lost.append(entry)
    return shares, lost


def as_sent(arrival: Arrival, current: Catalog, guess: Callable[[], Catalog]) -> Catalog:
    """Return a catalog as it was sent, from the marks of what came back.

    A translation whose mark fits is what was sent: that of now, that of a version in git, or the one that came back.
    If none fits, both sides have changed it, and nothing stands in its place.

    Args:
        arrival: What came back, with marks.
        current: The catalog as it is now.
        guess: Returns the version of it in git that comes nearest; asked only if nothing else fits a mark.
    """
    marks = arrival.portion.sent if arrival.portion is not None else {}
    now = {entry.key: entry for entry in reversed(current.entries)}
    old: dict[Key, Entry] | None = None
    moved = {(entry.previous_context, entry.previous): entry for entry in current.entries if entry.previous is not None}
    entries = []
    for entry in arrival.catalog.entries:
        here, mark = now.get(entry.key), marks.get(entry.key)
        after = moved.get(entry.key)
        if here is None and (entry.obsolete or after is None):
            continue
        if here is not None and not _has_text(here):
            entries.append(here)
            continue
        unmarked = replace(after, flags=(), previous=None, previous_context=None) if after is not None else None
        said = next((each for each in (here, entry, unmarked) if each is not None and fingerprint(each) == mark), None)
        if said is None:
            if old is None:
                old = {each.key: each for each in reversed(guess().entries)}
            before = old.get(entry.key)
            said = before if before is not None and fingerprint(before) == mark else None
        entries.append(_saying(here or entry, said))
    return replace(current, entries=tuple(entries))


def unsent(arrival: Arrival, current: Catalog) -> tuple[Catalog, tuple[Diagnostic, ...]]:
    """Return what stands for a catalog as it was sent where nothing was: existing translations are not replaced.

    A memory of another program is no answer to anything; it fills in what is missing, and takes the place of drafts.
    """
    now = {entry.key: entry for entry in reversed(current.entries)}
    entries = []
    kept: list[Entry] = []
    for entry in arrival.catalog.entries:
        here = now[entry.key]
        if _has_text(here) and (entry.fuzzy or not here.fuzzy):
            entries.append(_saying(here, entry))
            if fingerprint(here) != fingerprint(entry) and _has_text(entry):
                kept.append(entry)
        else:
            entries.append(here)
    if not kept:
        return replace(current, entries=tuple(entries)), ()
    message = f"{len(kept)} texts are translated differently in the catalog, which stays as it is"
    place = Place(arrival.catalog.path, kept[0].line or None)
    hint = "--sent says what was sent, if this is an answer to it"
    excerpt = kept[0].msgid.split("\n", maxsplit=1)[0][:200]
    note = Diagnostic("import-kept", message, place, Severity.INFO, excerpt, hint=hint)
    return replace(current, entries=tuple(entries)), (note,)


def _saying(entry: Entry, said: Entry | None) -> Entry:
    """Return an entry with the translation of another one, or with none."""
    others = tuple(flag for flag in entry.flags if flag != "fuzzy")
    if said is None:
        plural = (entry.plural[0], tuple("" for _ in entry.plural[1])) if entry.plural else None
        return replace(entry, msgstr="", plural=plural, flags=others, previous=None, previous_context=None)
    return replace(
        entry,
        msgstr=said.msgstr,
        plural=said.plural,
        flags=("fuzzy", *others) if said.fuzzy else others,
        previous=said.previous,
        previous_context=said.previous_context,
    )


def take_terms(config: Config, terms: Terms, *, check: bool) -> tuple[str, int, bool, list[Diagnostic]]:
    """Add the terms of a file to the glossary of the book; what is there already stays.

    Returns:
        The path of the glossary, how many terms are new, whether it changed, and which terms it has differently or
        cannot hold.

    Raises:
        BilingualError: If the glossary cannot be read or written.
    """
    path, data = glossary_file(config)
    text = decode(data, path) if data is not None else ""
    known = glossary.read(text, path).terms if text.strip() else {}
    new: dict[str, Term] = {}
    problems = []
    for term in terms.terms:
        if CONTROL.search("".join((term.source, term.target, *term.variants, *term.forbidden, term.note))):
            message, hint = "this term holds control characters, so it is not taken", "delete them"
            excerpt = f"{term.source}: {term.target}"[:200]
            problems.append(Diagnostic("import-control", message, Place(path), Severity.ERROR, excerpt, hint=hint))
            continue
        ours = known.get(term.source) or new.get(term.source)
        if ours is None:
            new[term.source] = term
        elif term.source in known and replace(ours, line=0) != replace(term, line=0):
            message = f"the glossary has this term otherwise, as {ours.target or ours.source!r}; that stays"
            place, hint = Place(path, ours.line), "change the glossary itself if the file is right"
            excerpt = f"{term.source}: {term.target or term.source}"[:200]
            problems.append(Diagnostic("glossary-both", message, place, Severity.WARNING, excerpt, hint=hint))
    if not new:
        return path, 0, False, problems
    after = glossary.extended(text, new.values(), path).encode()
    if not check:
        write_file(config.root / path, after, path, digest(data))
    return path, len(new), after != data, problems
