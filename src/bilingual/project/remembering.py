"""The translation memory of a project: where it is, what goes into it, and what is looked up or written out."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from bilingual.catalog import read_bytes, write
from bilingual.config import FILE_NAME, find, load, options_of
from bilingual.diagnostics import BilingualError, Diagnostic, Place
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
        name: What their pairs are called; empty means the name of the file, or the title of the other project.
        memory: The file of the memory; None means as configured.

    Raises:
        BilingualError: If the work cannot begin.
    """
    codes = codes_of(config, targets)
    pairs: dict[str, int] = {}
    problems: list[Diagnostic] = []
    opened = open_memory(config, memory, make=True)
    assert opened is not None  # noqa: S101 - for the type checker: it was made
    try:
        for file in files or (None,):
            with opened:
                seen = set()
                for each in _arrivals(config, file, codes, format, name, problems):
                    count = opened.add(
                        each.catalog.entries,
                        each.source,
                        each.target,
                        collection=each.collection,
                        path=each.path,
                        header=each.catalog.header,
                    )
                    origin = Origin(each.collection, each.path, each.source.tag, each.target.tag)
                    pairs[str(origin)] = pairs.get(str(origin), 0) + count
                    seen.add(origin)
                if file is not None and (Path.cwd() / file).is_file() and seen:
                    _drop_others(opened, seen)
    finally:
        opened.close()
    return Remembered(pairs, tuple(dict.fromkeys(problems)))


def _drop_others(memory: Memory, seen: Collection[Origin]) -> None:
    """Forget what a file had when it was added before, and has no more."""
    kept = {(origin.collection, origin.path, origin.source, origin.target) for origin in seen}
    pairs = {(origin.collection, origin.source, origin.target) for origin in seen}
    for origin in memory.origins():
        here = (origin.collection, origin.path, origin.source, origin.target)
        if here not in kept and (origin.collection, origin.source, origin.target) in pairs:
            memory.drop(origin)


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
    title = other.book.title.of(other.source_code)
    yield from _of_project(other, theirs, name or title or folder.absolute().name, problems)


def _of_file(config: Config, file: Path, codes: Sequence[str], given: str, name: str) -> Iterator[_Arrival]:
    shown = below(file, config.root)
    data = read_file(Path.cwd() / file, shown)
    format_name = recognised(data, file.name, given)
    if format_name == PO:
        catalog = read_bytes(data, shown)
        fields = dict(catalog.header)
        target = _language_of(fields.get("Language", ""), [config.target(code) for code in codes], shown)
        yield _Arrival(catalog, config.source, target, name or file.name, "")
        return
    for held in read_as(format_name, data, shown, config.source, [config.target(code) for code in codes]):
        if isinstance(held, Terms):
            message, hint = "the file holds terms, and no translations of texts", f"bilingual import {shown}"
            raise BilingualError(Diagnostic("exchange-format", message, Place(shown), hint=hint))
        target = held.target
        if held.target.tag == "und":
            target = _language_of("", [config.target(code) for code in codes], shown)
        elif closest(config.source, (held.source.tag,)) is None and held.source.tag != "und":
            message = f"the file translates from {held.source.tag}, the book is in {config.source.tag}"
            raise BilingualError(Diagnostic("exchange-language", message, Place(shown)))
        for portion in held.portions:
            yield _Arrival(portion.catalog, config.source, target, name or file.name, portion.path)


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

    Raises:
        BilingualError: If there is no memory, or nothing of that name in it.
    """
    opened = _existing(config, memory)
    try:
        known = dict.fromkeys(origin.collection for origin in opened.origins())
        if name not in known:
            hint = f"there are: {', '.join(each or 'this project, as an empty name' for each in known)}"
            message = f"the memory has nothing that is called {name!r}"
            raise BilingualError(Diagnostic("path-unknown", message, Place(opened.shown), hint=hint))
        with opened:
            return sum(opened.drop(origin) for origin in opened.origins() if origin.collection == name)
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
                    files[place] = (write(portion.catalog).encode(), len(portion.catalog.entries))
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


def _file_of(origin: Origin, code: str) -> PurePosixPath:
    """Return the path below a folder for the pairs of one place; a stranger's path does not lead out of the folder."""
    parts = [origin.collection, *PurePosixPath(origin.path.replace("\\", "/")).parts]
    safe = [_UNSAFE.sub("_", part) for part in parts if part.strip("./ ")]
    path = PurePosixPath(*safe) if safe else PurePosixPath(code)
    return path if path.suffix == ".po" else path.with_name(f"{path.name}.po")
