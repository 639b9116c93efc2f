"""The translation memory of a project: where it is, what goes into it, and what is looked up or written out."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from bilingual.catalog import new_header, read_bytes, write
from bilingual.config import FILE_NAME, find, load, options_of
from bilingual.diagnostics import BilingualError, Diagnostic, Place, Severity
from bilingual.exchange import Bundle, Portion, Terms
from bilingual.language import closest
from bilingual.memory import Memory, Origin
from bilingual.project.book import catalog_at, codes_of, discover
from bilingual.project.exchanging import PO, below, format_named, read_as, recognised
from bilingual.project.files import digest, read_file, read_optional, refused, write_file
from bilingual.provider import PROVIDERS
from bilingual.suggest import SIMILAR, difference

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from bilingual.catalog import Catalog
    from bilingual.config import Config
    from bilingual.language import Language
    from bilingual.suggest import Match

#: Files that belong to this clone alone, in the folder that has the manifest.
PRIVATE = ".bilingual"
_IGNORED = (
    b"# The translation memory and the answers of providers belong to this clone alone.\n/*.sqlite*\n/drafts.jsonl\n"
)


def memory_path(config: Config, given: Path | None = None) -> tuple[Path, str]:
    """Return where the memory of a project is, and how messages call it.

    Args:
        config: The project.
        given: Where the user says that it is; None means as configured.

    Raises:
        BilingualError: If the configuration of the memory is wrong.
    """
    if given is not None:
        return Path.cwd() / given, below(given, config.root)
    options: Any = options_of(config, ("provider", "memory"), PROVIDERS["memory"].options)
    path = config.root / options.path
    return path, below(path, config.root)


def keep_private(config: Config) -> None:
    """See that git leaves alone what belongs to this clone, unless somebody has decided about that.

    Raises:
        BilingualError: If the folder cannot be written to.
    """
    shown = f"{PRIVATE}/.gitignore"
    if not os.path.lexists(config.root / shown):
        write_file(config.root / shown, _IGNORED, shown)


def open_memory(config: Config, given: Path | None = None, *, make: bool = False) -> Memory | None:
    """Return the memory of a project, None if there is none.

    Args:
        config: The project.
        given: As in `memory_path`.
        make: Make one if there is none.

    Raises:
        BilingualError: If it cannot be opened or made.
    """
    path, shown = memory_path(config, given)
    if not os.path.lexists(path):
        if not make:
            return None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BilingualError(refused("memory-unusable", "the folder cannot be made", error, shown)) from None
        if path.parent == config.root / PRIVATE:
            keep_private(config)
    return Memory(path, shown)


def _existing(config: Config, given: Path | None) -> Memory:
    memory = open_memory(config, given)
    if memory is None:
        _, shown = memory_path(config, given)
        message, hint = "there is no translation memory yet", "bilingual memory add makes one"
        raise BilingualError(Diagnostic("memory-missing", message, Place(shown), hint=hint))
    return memory


#: What a name of a file may not have on some system.
_UNSAFE = re.compile(r'[<>:"|?*/\\\x00-\x1f\x7f]')


# --- in ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Remembered:
    """What `memory add` did: how many pairs of each catalog or file the memory has now, and what went wrong."""

    pairs: dict[str, int]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A catalog on its way into the memory."""

    catalog: Catalog
    source: Language
    target: Language
    collection: str
    path: str


def remember(
    config: Config,
    files: Sequence[Path] = (),
    *,
    targets: Sequence[str] = (),
    format: str = "",  # noqa: A002 - the option's name
    name: str = "",
    memory: Path | None = None,
) -> Remembered:
    """Take translations into the memory: those of the project, of files, or of other projects.

    What was added before under the same name is brought up to date.

    Args:
        config: The project.
        files: Files in the formats of `export`, PO files, and folders of other projects; none means this project.
        targets: Codes of the targets; none means all.
        format: What the files are; empty looks at each.
        name: What their pairs are called; empty means the path of the file or folder, as `_called` has it.
        memory: The file of the memory; None means as configured.

    Raises:
        BilingualError: If the work cannot begin.
    """
    codes = codes_of(config, targets)
    pairs: dict[str, int] = {}
    problems: list[Diagnostic] = []
    opened = open_memory(config, memory, make=True)
    assert opened is not None  # noqa: S101 - for the type checker: it was made
    #: What each origin came from in this run.
    seen: dict[Origin, Path | None] = {}
    try:
        for place, file in enumerate(files or (None,)):
            with opened:
                for each in _arrivals(config, file, codes, format, name, problems):
                    origin = Origin(each.collection, each.path, each.source.tag, each.target.tag)
                    if seen.setdefault(origin, file) != file:
                        problems.append(_twice(origin, seen[origin], file))
                        continue
                    count = opened.add(
                        each.catalog.entries,
                        each.source,
                        each.target,
                        collection=each.collection,
                        path=each.path,
                        header=each.catalog.header,
                        header_comment=each.catalog.header_comment,
                        header_flags=each.catalog.header_flags,
                    )
                    pairs[str(origin)] = pairs.get(str(origin), 0) + count
                # Under a name that all files share, what is gone is known when the last one is in.
                whole = not any(each.severity is Severity.ERROR for each in problems)
                if whole and (not name or place + 1 == len(files)):
                    problems.extend(_drop_others(opened, [each for each, source in seen.items() if _is_file(source)]))
    finally:
        opened.close()
    return Remembered(pairs, tuple(dict.fromkeys(problems)))


def _is_file(path: Path | None) -> bool:
    return path is not None and (Path.cwd() / path).is_file()


def _twice(origin: Origin, first: Path | None, second: Path | None) -> Diagnostic:
    message = f"the pairs of {first} are called {origin} too, so these are left out"
    hint = "add one after the other, each with a --name of its own"
    return Diagnostic("memory-twice", message, Place(str(second)), hint=hint)


def _drop_others(memory: Memory, seen: Collection[Origin]) -> Iterator[Diagnostic]:
    """Forget what files had when they were added before, and have no more; yield what is to be known of that."""
    names = {(origin.collection, origin.source, origin.target) for origin in seen}
    for origin in memory.origins():
        name = (origin.collection, origin.source, origin.target)
        if name in names and replace(origin, pairs=0) not in seen:
            count = memory.drop(origin)
            message = f"{count} {'pair' if count == 1 else 'pairs'} of this are gone, since nothing of it was added now"
            hint = "what has another name is kept: --name"
            yield Diagnostic("memory-replaced", message, Place(str(origin)), Severity.INFO, hint=hint)


def _called(config: Config, file: Path) -> str:
    """Return what the pairs of a file or folder are called: its path, of which outside of the project two parts do."""
    place = Path(os.path.normpath(Path.cwd() / file))
    root = config.root.absolute()
    parts = place.relative_to(root).parts if place.is_relative_to(root) else place.parts[1:][-2:]
    return "/".join(parts)


def _arrivals(
    config: Config, file: Path | None, codes: Sequence[str], given: str, name: str, problems: list[Diagnostic]
) -> Iterator[_Arrival]:
    """Yield what a file or project has; what cannot be read is reported."""
    try:
        if file is None:
            yield from _of_project(config, codes, name, problems)
            return
        place = Path.cwd() / file
        if place.is_dir() or place.name == FILE_NAME:
            yield from _of_other_project(config, place, codes, name, problems)
        else:
            yield from _of_file(config, file, codes, given, name)
    except BilingualError as error:
        problems.extend(error.diagnostics)


def _of_project(config: Config, codes: Sequence[str], name: str, problems: list[Diagnostic]) -> Iterator[_Arrival]:
    chapters, found = discover(config)
    problems.extend(found)
    for code in codes:
        for path in dict.fromkeys(str(config.catalog_path(code, chapter.rel)) for chapter in chapters):
            try:
                catalog, notes = catalog_at(config.root, path)
            except BilingualError as error:
                problems.extend(error.diagnostics)
                continue
            problems.extend(notes)
            if catalog is not None:
                yield _Arrival(catalog, config.source, config.target(code), name, path)


def _of_other_project(
    config: Config, place: Path, codes: Sequence[str], name: str, problems: list[Diagnostic]
) -> Iterator[_Arrival]:
    folder = place if place.is_dir() else place.parent
    path = find(folder)
    if path is None or path.parent != folder.absolute():
        message, hint = "this folder is no project", f"name one that has a {FILE_NAME}, or a file"
        raise BilingualError(Diagnostic("path-unknown", message, Place(str(place)), hint=hint))
    other = load(path)
    known = [config.target(code) for code in codes]
    theirs = [
        code
        for code, target in zip(other.target_codes, other.targets, strict=True)
        if any(closest(each, (target.tag,)) is not None for each in known)
    ]
    if closest(config.source, (other.source.tag,)) is None or not theirs:
        message = f"this project translates from {other.source_code} into {', '.join(other.target_codes)}"
        hint = f"this one needs {config.source_code} into {', '.join(codes)}"
        raise BilingualError(Diagnostic("exchange-language", message, Place(str(place)), hint=hint))
    yield from _of_project(other, theirs, name or _called(config, folder), problems)


def _of_file(config: Config, file: Path, codes: Sequence[str], given: str, name: str) -> Iterator[_Arrival]:
    shown = below(file, config.root)
    data = read_file(Path.cwd() / file, shown)
    # Several files may share a name that was given; then their paths tell them apart.
    called, of_file = (name, _called(config, file)) if name else (_called(config, file), "")
    format_name = recognised(data, file.name, given)
    if format_name == PO:
        catalog = read_bytes(data, shown)
        fields = dict(catalog.header)
        _check_source(config, fields.get("X-Source-Language", ""), shown)
        target = _language_of(fields.get("Language", ""), [config.target(code) for code in codes], shown)
        yield _Arrival(catalog, config.source, target, called, of_file)
        return
    for held in read_as(format_name, data, shown, config.source, [config.target(code) for code in codes]):
        if isinstance(held, Terms):
            message, hint = "the file holds terms, and no translations of texts", f"bilingual import {shown}"
            raise BilingualError(Diagnostic("exchange-format", message, Place(shown), hint=hint))
        target = held.target
        if held.target.tag == "und":
            target = _language_of("", [config.target(code) for code in codes], shown)
        else:
            _check_source(config, held.source.tag, shown)
        for portion in held.portions:
            yield _Arrival(portion.catalog, config.source, target, called, portion.path or of_file)


def _check_source(config: Config, code: str, shown: str) -> None:
    """Check that a file translates from the language of the book; a file that does not say it may.

    Raises:
        BilingualError: If it translates from another one.
    """
    if code not in {"", "und"} and closest(config.source, (code,)) is None:
        message = f"the file translates from {code}, the book is in {config.source.tag}"
        raise BilingualError(Diagnostic("exchange-language", message, Place(shown)))


def _language_of(code: str, targets: Sequence[Language], shown: str) -> Language:
    """Return the target that a file is in, which may not say so.

    Raises:
        BilingualError: If it is in another language, or could be in several.
    """
    fitting = [each for each in targets if not code or closest(each, (code,)) is not None]
    if len(fitting) == 1 or (fitting and code):
        return fitting[0]
    message = f"the file is in {code}" if code else "the file does not say its language"
    hint = f"--target says which one it is: {', '.join(each.tag for each in targets)}"
    raise BilingualError(Diagnostic("exchange-language", message, Place(shown), hint=hint))


# --- look-ups ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """A translation that the memory has, with the target's code, and how its text differs from the one asked."""

    code: str
    match: Match
    difference: list[tuple[str, str]]


def recall(
    config: Config,
    text: str,
    *,
    targets: Sequence[str] = (),
    minimum: float = SIMILAR,
    limit: int = 5,
    memory: Path | None = None,
) -> list[Found]:
    """Return the translations of a text, and of similar ones, that the memory has; the best first for each target.

    Args:
        config: The project.
        text: The text.
        targets: Codes of the targets; none means all.
        minimum: How similar a text must be, from 0 to 1.
        limit: How many translations to return for each target at most.
        memory: The file of the memory; None means as configured.

    Raises:
        BilingualError: If there is no memory.
    """
    opened = _existing(config, memory)
    try:
        return [
            Found(code, match, difference(match.msgid, text))
            for code in codes_of(config, targets)
            for match in opened.search(text, config.source, config.target(code), minimum=minimum, limit=limit)
        ]
    finally:
        opened.close()


# --- out and away ----------------------------------------------------------------------------------------------------


def origins(config: Config, memory: Path | None = None) -> list[Origin]:
    """Return what the memory is made of.

    Raises:
        BilingualError: If there is no memory.
    """
    opened = _existing(config, memory)
    try:
        return opened.origins()
    finally:
        opened.close()


def forget(config: Config, name: str, memory: Path | None = None) -> int:
    """Remove what was added under a name; return how many pairs that were.

    Args:
        config: The project.
        name: The name, or one of the origins under it, as `str` has it; empty means the project itself.
        memory: The file of the memory; None means as configured.

    Raises:
        BilingualError: If there is no memory, or nothing of that name in it.
    """
    opened = _existing(config, memory)
    try:
        known = opened.origins()
        named = [origin for origin in known if name in {origin.collection, str(origin)}]
        if not named:
            names = dict.fromkeys(origin.collection or str(origin) for origin in known)
            hint = f"there are: {', '.join(names)}" if names else "it is empty"
            message = f"the memory has nothing that is called {name!r}"
            raise BilingualError(Diagnostic("path-unknown", message, Place(opened.shown), hint=hint))
        with opened:
            return sum(map(opened.drop, named))
    finally:
        opened.close()


def export_memory(
    config: Config,
    name: str,
    output: Path,
    *,
    targets: Sequence[str] = (),
    memory: Path | None = None,
    force: bool = False,
) -> dict[str, int]:
    """Write the memory into files for other programs.

    Args:
        config: The project.
        name: The format; `po` writes one PO file for each catalog.
        output: The file, or a folder, which PO files and several targets need.
        targets: Codes of the targets; none means all.
        memory: The file of the memory; None means as configured.
        force: Write over files that are there.

    Returns:
        How many pairs each file has, by its path.

    Raises:
        BilingualError: If the work cannot be done.
    """
    codes = codes_of(config, targets)
    chosen = format_named(name) if name != PO else None
    if chosen is not None and chosen.holds is Terms:
        message, hint = f"the format {name} holds terms, and no texts", "tmx is the format of translation memories"
        raise BilingualError(Diagnostic("config-options", message, Place("--format"), hint=hint))
    opened = _existing(config, memory)
    try:
        files: dict[Path, tuple[bytes, int]] = {}
        folder = Path.cwd() / output
        for code in codes:
            portions = list(_portions(opened, config.source, config.target(code)))
            count = sum(len(portion.catalog.entries) for _, portion in portions)
            if chosen is None:
                for origin, portion in portions:
                    place = folder / _file_of(origin, code)
                    while place in files:  # two names may differ by what no file may be called
                        place = place.with_name(f"{place.stem}-{code}.po")
                    catalog = _with_header(portion.catalog, config, code)
                    files[place] = (write(catalog).encode(), len(catalog.entries))
            elif portions:
                options: Any = options_of(config, ("exchange", name), chosen.options)
                bundle = Bundle(
                    config.source,
                    config.target(code),
                    tuple(portion for _, portion in portions),
                    dialect=config.dialect,
                )
                whole = len(codes) > 1 or folder.is_dir()
                place = folder / f"{code}{chosen.suffix}" if whole else folder
                files[place] = b"".join(chosen.write(bundle, options)), count
        if not files:
            message = f"the memory has nothing from {config.source_code} into {', '.join(codes)}"
            raise BilingualError(Diagnostic("path-unknown", message, Place(opened.shown)))
    finally:
        opened.close()
    shown = {place: below(place, config.root) for place in files}
    known = {place: read_optional(place, shown[place]) for place in files}
    there = [place for place, (data, _) in files.items() if known[place] not in (None, data)]
    if there and not force:
        message, hint = "there is a file already", "name another one, or use --force"
        raise BilingualError(*(Diagnostic("file-work", message, Place(shown[place]), hint=hint) for place in there))
    for place, (data, _) in files.items():
        if known[place] != data:
            write_file(place, data, shown[place], digest(known[place]))
    return {shown[place]: count for place, (_, count) in files.items()}


def _portions(memory: Memory, source: Language, target: Language) -> Iterator[tuple[Origin, Portion]]:
    for origin in memory.origins():
        fits = (closest(source, (origin.source,)), closest(target, (origin.target,)))
        if None not in fits:
            yield origin, Portion(memory.catalog(origin), origin.path, marked=True)


def _with_header(catalog: Catalog, config: Config, code: str) -> Catalog:
    """Return a catalog with what gettext wants of a header, which other formats do not say."""
    known = dict(catalog.header)
    if "Content-Type" in known:
        return catalog
    usual = new_header(source=config.source_code, target=code, version=None)
    fields = [(name, known.pop(name, value)) for name, value in usual]
    return replace(catalog, header=(*fields, *known.items()))


def _file_of(origin: Origin, code: str) -> PurePosixPath:
    """Return the path below a folder for the pairs of one place; a stranger's path does not lead out of the folder."""
    parts = [origin.collection, *PurePosixPath(origin.path.replace("\\", "/")).parts]
    safe = [_UNSAFE.sub("_", part) for part in parts if part.strip("./ ")]
    path = PurePosixPath(*safe) if safe else PurePosixPath(code)
    return path if path.suffix == ".po" else path.with_name(f"{path.name}.po")
