"""How far the chapters of a book are translated: `status`."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from bilingual.catalog import Catalog
from bilingual.diagnostics import BilingualError, Diagnostic
from bilingual.project.book import (
    Chapter,
    Progress,
    ahead,
    by_hand,
    catalog_at,
    codes_of,
    discover,
    no_progress,
    read_document,
    select_catalogued,
    size_of,
    wants,
)
from bilingual.status import ChapterStatus, survey

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bilingual.config import Config


def status(
    config: Config,
    paths: Sequence[Path] = (),
    *,
    targets: Sequence[str] = (),
    jobs: int | None = None,
    progress: Progress = no_progress,
) -> tuple[dict[str, list[ChapterStatus]], tuple[Diagnostic, ...]]:
    """Return how far each chapter is in each target, and what could not be read.

    Args:
        config: The project.
        paths: The files and folders of the source to look at; none means all.
        targets: Codes of the targets; none means all.
        jobs: As in `extract`.
        progress: Wraps the chapters for a progress bar.

    Raises:
        BilingualError: If the work cannot begin.
    """
    chapters, problems = discover(config)
    codes = codes_of(config, targets)
    chosen = select_catalogued(config, chapters, paths, problems)
    result: dict[str, list[ChapterStatus]] = {code: [] for code in codes}
    size = sum(size_of(config.root / chapter.path) for chapter in chosen)
    made = ahead(functools.partial(_chapter_status, config, codes), chosen, size, jobs)
    for _, each in zip(progress(chosen, "status"), made, strict=True):
        if isinstance(each, BilingualError):
            problems.extend(each.diagnostics)
        else:
            for code, found in zip(codes, each, strict=True):
                result[code].append(found)
    return result, tuple(problems)


def _chapter_status(config: Config, codes: Sequence[str], chapter: Chapter) -> list[ChapterStatus] | BilingualError:
    try:
        document = read_document(config, chapter)
        found = []
        for code in codes:
            path = str(config.catalog_path(code, chapter.rel))
            catalog, _ = catalog_at(config.root, path)
            done = by_hand(config, chapter.path, code)
            want = (lambda _: False) if done else wants(config, config.target(code))
            whole = config.catalogs != "single"
            catalog = catalog or Catalog(path=path)
            found.append(survey(document, catalog, want, config.source, config.dialect, whole=whole))
    except BilingualError as error:
        return error
    return found
