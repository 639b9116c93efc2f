"""What a book begins with, and what comes next: the last lines of `init`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilingual.diagnostics import BilingualError, printable
from bilingual.language import has_han
from bilingual.project.book import Chapter, discover, fixed_folder
from bilingual.project.files import read_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilingual.config import Config


def outlook(config: Config) -> Iterator[str]:
    """Yield what is to be known before the first command, and at last which one that is."""
    try:
        chapters, _ = discover(config)
    except BilingualError:
        chapters = []
    others = [each for each in chapters if not _has_han(config, each)] if config.source.han else []
    if others and len(chapters) > 1:
        count = f"{len(others)} of {len(chapters)} chapters"
        first = printable(others[0].path)
        yield f"without any Chinese: {count}, such as {first}; `exclude` what is no part of the source"
    there = next((each for code in config.target_codes for each in _translated(config, code, chapters)), "")
    if not chapters:
        folder = fixed_folder(str(config.source_path("x.md")))
        yield f"next: bilingual extract, when there is Markdown in {printable(str(folder))}/"
    elif there:
        yield f"next: bilingual align, since there is a translation: {printable(there)}"
    else:
        yield "next: bilingual extract"


def _has_han(config: Config, chapter: Chapter) -> bool:
    try:
        return has_han(read_file(config.root / chapter.path, chapter.path).decode("utf-8", "ignore"))
    except BilingualError:
        return True


def _translated(config: Config, code: str, chapters: Sequence[Chapter]) -> Iterator[str]:
    """Yield the files of a translation that are there, those that are called as their chapters first."""
    expected = (str(config.target_path(code, each.rel)) for each in chapters)
    yield from (path for path in expected if (config.root / path).is_file())
    folder = fixed_folder(str(config.target_path(code, "x.md")))
    for file in (config.root / folder).rglob("*.md") if str(folder) != "." else ():
        path = file.relative_to(config.root).as_posix()
        if config.source_name(path) is None:
            yield path
