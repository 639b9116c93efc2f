"""The command line: words become calls, values become lines on the screen."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from bilingual import __version__
from bilingual.diagnostics import (
    BilingualError,
    Diagnostic,
    Place,
    Severity,
    concise,
    full,
    github,
    printable,
    sarif,
    to_json,
)

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bilingual.catalog import State
    from bilingual.config import Config
    from bilingual.project.scoring import Edited
    from bilingual.project.translating import Translated
    from bilingual.score import Spent
    from bilingual.status import ChapterStatus

app = typer.Typer(
    name="bilingual",
    help="Translate Markdown books with PO files; math, code and diagrams stay untouched.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

glossary_app = typer.Typer(
    help="Find the terms of the book, and write its glossary for other programs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(glossary_app, name="glossary")
memory_app = typer.Typer(
    help="Remember translations, and look them up by the same text or a similar one.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(memory_app, name="memory")

#: Codes that begin so mean that a part of the work could not be done.
_UNDONE = (
    *("file-", "folder-", "catalog-", "config-", "path-", "source-", "parser-"),
    *("typst-", "font-", "pdf-", "render-", "embeddings-"),
    *("exchange-syntax", "exchange-unsafe", "exchange-encoding", "exchange-format", "exchange-language"),
    *("exchange-empty", "exchange-columns", "glossary-missing", "provider-", "memory-"),
)


class StatusFormat(StrEnum):
    """How a status is shown."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    SVG = "svg"


class ScoreFormat(StrEnum):
    """How scores are shown."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class TermFormat(StrEnum):
    """What terms are written as."""

    CSV = "csv"
    TBX = "tbx"
    JSON = "json"


class CheckFormat(StrEnum):
    """How findings of checks are shown."""

    CONCISE = "concise"
    FULL = "full"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


class Report(StrEnum):
    """How diagnostics are shown."""

    CONCISE = "concise"
    FULL = "full"
    JSON = "json"
    GITHUB = "github"


_Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[PATHS]",
        help="Files and folders of the source; none means the whole book.",
        show_default=False,
    ),
]
_Project = Annotated[
    Path | None,
    typer.Option(
        "--project",
        metavar="PATH",
        help="The folder of the book, if it is not this one or above; or its configuration file.",
        show_default=False,
    ),
]
_Folder = Annotated[
    Path | None,
    typer.Option(
        "--project", metavar="DIR", file_okay=False, help="The folder of the book, if not this one.", show_default=False
    ),
]
_Memory = Annotated[
    Path | None,
    typer.Option(
        "--memory",
        metavar="FILE",
        help="The file of the translation memory. Default: as configured.",
        show_default=False,
    ),
]
_Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs", metavar="N", min=1, help="Processes for a large book. Default: one a processor.", show_default=False
    ),
]
_REPORTS = {CheckFormat.FULL: Report.FULL, CheckFormat.CONCISE: Report.CONCISE, CheckFormat.GITHUB: Report.GITHUB}
#: The reports that were asked for, for errors that end a command.
_asked = [Report.FULL]


def _remember(report: Report) -> Report:
    _asked.append(report)
    return report


_Report = Annotated[Report, typer.Option("--report", help="How findings are shown.", callback=_remember)]


@app.callback(invoke_without_command=True)
def _main(
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    if version:
        typer.echo(f"bilingual {__version__}")
        raise typer.Exit


@app.command()
def init(
    source: Annotated[
        str | None,
        typer.Option(help="The language the book is written in, such as zh.", show_default=False),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(help="A language to translate into; may be repeated.", show_default=False),
    ] = None,
    git: Annotated[
        bool, typer.Option("--git", help="Have git merge PO files entry by entry, in this clone; twice does no harm.")
    ] = False,
    project: _Folder = None,
) -> None:
    """Write a commented bilingual.toml that fits the book at hand; nothing is moved."""
    from bilingual.config import find, load  # noqa: PLC0415 - commands import what they need
    from bilingual.init import plan, write  # noqa: PLC0415 - as above
    from bilingual.project.outlook import outlook  # noqa: PLC0415 - as above

    if git:
        from bilingual.project import install_merge_driver  # noqa: PLC0415 - as above

        for changed in install_merge_driver(project or Path.cwd()):
            typer.echo(f"wrote {printable(changed)}")
        if find(project or Path.cwd()) is not None:
            return
    proposal = plan(Path(os.path.abspath(project or Path.cwd())), source, tuple(target or ()))  # noqa: PTH100 - links stay
    path = write(proposal)
    typer.echo(f"recognised {proposal.generator or 'no site generator'}")
    for each in proposal.evidence:
        typer.echo(f"  {printable(each)}")
    typer.echo(f"wrote {printable(path.name)}, from {proposal.source} into {', '.join(proposal.targets)}")
    if proposal.advice:
        typer.echo(f"left to do in {proposal.generator}")
    for each in proposal.advice:
        typer.echo(f"  {printable(each)}")
    for each in outlook(load(path)):
        typer.echo(each)


@app.command()
def extract(
    paths: _Paths = None,
    trivial: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH",
            help="A file or folder whose changes mean nothing to translators; may be repeated.",
            show_default=False,
        ),
    ] = None,
    from_templates: Annotated[
        bool, typer.Option("--from-templates", help="Update the catalogs from POT files that are there already.")
    ] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Remove obsolete entries.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write even if many translations would no longer be usable.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if something would change.")] = False,
    jobs: _Jobs = None,
    project: _Project = None,
    report: _Report = Report.FULL,
) -> None:
    """Write what is to be translated into the PO files; translations, comments and flags are kept."""
    from bilingual.project import extract as run  # noqa: PLC0415 - as above

    if from_templates and trivial:
        raise BilingualError(
            Diagnostic(
                "config-options",
                "--trivial names chapters, and --from-templates reads none",
                Place("--trivial"),
                hint="name one of the two",
            )
        )
    result = run(
        _config(project),
        paths or (),
        trivial=trivial or (),
        from_templates=from_templates,
        prune=prune,
        force=force,
        check=check,
        jobs=jobs,
        progress=_progress,
    )
    failed = _show(result.diagnostics, report)
    if report is Report.JSON:
        _json(
            {
                "targets": {
                    code: {
                        "new": change.new,
                        "kept": change.kept,
                        "changed": change.changed,
                        "obsolete": change.obsolete,
                    }
                    for code, change in result.changes.items()
                },
                "files": list(result.files),
                "diagnostics": [to_json(each) for each in result.diagnostics],
            }
        )
    else:
        for code, change in result.changes.items():
            typer.echo(
                f"{code}: {change.new} new, {change.kept} kept, {change.changed} changed, {change.obsolete} obsolete",
            )
        if check:
            for path in result.files:
                typer.echo(f"would write {printable(path)}")
    raise typer.Exit(failed or (1 if check and result.files else 0))


@app.command()
def merge(
    paths: _Paths = None,
    target: Annotated[
        list[str] | None,
        typer.Option(help="A target language to write; may be repeated. Default: all.", show_default=False),
    ] = None,
    format: Annotated[  # noqa: A002 - the option's name
        list[str] | None,
        typer.Option(
            "--format",
            help="An edition to make; may be repeated. Default: as configured.",
            show_default=False,
        ),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if something would change.")] = False,
    fail_under: Annotated[
        float | None,
        typer.Option(metavar="PERCENT", min=0, max=100, help="Exit 1 if less is translated.", show_default=False),
    ] = None,
    keep: Annotated[
        bool,
        typer.Option("--keep", help="Leave files that a person changed or made to that person from now on."),
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Overwrite files that a person changed or made."),
    ] = False,
    jobs: _Jobs = None,
    project: _Project = None,
    report: _Report = Report.FULL,
) -> None:
    """Write the translated book, and publish editions in both languages."""
    from bilingual.config import MARKDOWN  # noqa: PLC0415 - as above
    from bilingual.project import MergedBook, Published, publish  # noqa: PLC0415 - as above
    from bilingual.project import merge as run  # noqa: PLC0415 - as above

    config = _config(project)
    editions = _editions(config, format, whole=not paths)
    if keep and force:
        raise BilingualError(
            Diagnostic("config-options", "--keep and --force exclude each other", Place("--keep"), hint="name one"),
        )
    if fail_under is not None and MARKDOWN not in (format or config.formats):
        message, hint = "--fail-under counts what the translated book has", "add --format markdown"
        raise BilingualError(Diagnostic("config-options", message, Place("--fail-under"), hint=hint))
    result, published = MergedBook({}, {}, (), (), {}, (), ()), Published()
    if MARKDOWN in (format or config.formats):
        result = run(
            config,
            paths or (),
            targets=target or (),
            check=check,
            force=force,
            keep=keep,
            jobs=jobs,
            progress=_progress,
        )
    if editions:
        published = publish(config, editions, targets=target or (), check=check, jobs=jobs, progress=_progress)
    problems = tuple(dict.fromkeys((*result.diagnostics, *published.diagnostics)))
    failed = _show(problems, report)
    percents = {code: _percent(states, result.put_back[code]) for code, states in result.states.items()}
    if report is Report.JSON:
        _json(
            {
                "targets": {
                    code: {
                        **{
                            state.value: count for state, count in sorted(states.items(), key=lambda each: each[0].rank)
                        },
                        "put back": result.put_back[code],
                        "percent": round(percents[code], 2),
                    }
                    for code, states in result.states.items()
                },
                "files": list(result.files),
                "removed": list(result.removed),
                "kept": [path for paths in result.kept.values() for path in paths],
                "conflicts": list(result.conflicts),
                "editions": [
                    {
                        "folder": each.folder,
                        "files": each.files,
                        "written": list(each.written),
                        "removed": list(each.removed),
                    }
                    for each in published.editions
                ],
                "diagnostics": [to_json(each) for each in problems],
            }
        )
    else:
        for code, states in result.states.items():
            typer.echo(_states(code, states, result.put_back[code], percents[code]))
            if kept := result.kept[code]:
                count = "1 file that a person keeps" if len(kept) == 1 else f"{len(kept)} files that persons keep"
                typer.echo(f"{code}: passed over {count}: {printable(kept[0])}{', …' if kept[1:] else ''}")
        for each in published.editions:
            count = f"{each.files} file{'' if each.files == 1 else 's'}"
            done = "" if check else f", {len(each.written)} written"
            if each.removed and not check:
                done += f", {len(each.removed)} removed"
            typer.echo(f"{printable(each.folder)}: {count}{done}")
        if check:
            for path in result.files:
                typer.echo(f"would write {printable(path)}")
        for path in result.removed:
            typer.echo(f"{'would remove' if check else 'removed'} {printable(path)}")
    if not failed and check and (result.files or result.removed):
        failed = 1
    if not failed and fail_under is not None and any(percent < fail_under for percent in percents.values()):
        typer.echo(f"less than {fail_under:g} % is translated", err=True)
        failed = 1
    raise typer.Exit(failed)


def _editions(config: Config, given: Sequence[str] | None, *, whole: bool) -> list[str]:
    """Return the formats of editions that are asked for; those are made of the whole book."""
    from bilingual.config import EDITIONS, MARKDOWN, did_you_mean, formats_known  # noqa: PLC0415 - as above

    for name in given or ():
        if name != MARKDOWN and name not in EDITIONS:
            place = Place("--format")
            hint = f"there are: {', '.join(formats_known())}{did_you_mean(name, formats_known())}"
            raise BilingualError(Diagnostic("config-format", f"there is no format {name!r}", place, hint=hint))
    editions = [name for name in dict.fromkeys(given or config.formats) if name != MARKDOWN]
    if whole:
        return editions
    if given and editions:
        raise BilingualError(
            Diagnostic(
                "config-options",
                "editions are made of the whole book",
                Place("--format"),
                hint="name no chapters, or use --format markdown",
            )
        )
    return []


@app.command()
def check(
    paths: _Paths = None,
    target: Annotated[
        list[str] | None,
        typer.Option(help="A target language to check; may be repeated. Default: all.", show_default=False),
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE", help="Look for this alone, or codes that begin so.", show_default=False),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE", help="Do not report this, or codes that begin so.", show_default=False),
    ] = None,
    format: Annotated[CheckFormat, typer.Option("--format", help="How findings are shown.")] = CheckFormat.FULL,  # noqa: A002 - the option's name
    fix: Annotated[bool, typer.Option("--fix", help="Repair what is certain in the catalogs.")] = False,
    baseline: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Report what FILE does not have; made if missing.", show_default=False),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="REF", help="Look for msgids that changed since a git revision.", show_default=False),
    ] = None,
    explain: Annotated[
        str | None, typer.Option(metavar="CODE", help="Show what a finding means.", show_default=False)
    ] = None,
    jobs: _Jobs = None,
    project: _Project = None,
) -> None:
    """Check translations for what translators break: formulas, code, links, numbers, terms."""
    if explain is not None:
        _explain(explain)
        return
    from bilingual.project import check as run  # noqa: PLC0415 - as above

    _asked.append(_REPORTS.get(format, Report.CONCISE))
    result = run(
        _config(project),
        paths or (),
        targets=target or (),
        wanted=select or (),
        unwanted=ignore or (),
        baseline=baseline,
        since=since,
        fix=fix,
        jobs=jobs,
        progress=_progress,
    )
    if format is CheckFormat.SARIF:
        from bilingual.check import CHECKS  # noqa: PLC0415 - as above

        pages = {code: CHECKS.doc(name) for name in CHECKS for code in CHECKS[name].codes}
        _json(sarif(result.diagnostics, pages, __version__))
    failed = _show(result.diagnostics, _REPORTS.get(format, Report.JSON))
    if format is CheckFormat.JSON:
        _json(
            {
                "diagnostics": [to_json(each) for each in result.diagnostics],
                "fixed": dict(result.fixed),
                "known": result.known,
            }
        )
    elif format in (CheckFormat.FULL, CheckFormat.CONCISE):
        for path, count in result.fixed.items():
            typer.echo(f"{printable(path)}: {count} repaired")
        counts = []
        for severity, word in ((Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "note")):
            count = sum(each.severity is severity for each in result.diagnostics)
            counts.append(f"{count} {word}{'' if count == 1 else 's'}")
        if baseline is not None:
            counts.append(f"{result.known} known")
        typer.echo(", ".join(counts))
    raise typer.Exit(failed)


def _explain(code: str) -> None:
    from bilingual.check import CHECKS, codes  # noqa: PLC0415 - as above

    known = codes()
    if code not in known:
        hint = f"there are: {', '.join(sorted(known))}"
        raise BilingualError(
            Diagnostic("config-value", f"no check has the code {code!r}", Place("--explain"), hint=hint)
        )
    typer.echo(CHECKS.doc(known[code]))


@app.command()
def align(
    source: Annotated[
        Path | None,
        typer.Argument(metavar="[SOURCE]", help="A file or folder of the source. Default: all.", show_default=False),
    ] = None,
    translation: Annotated[
        Path | None,
        typer.Argument(
            metavar="[TRANSLATION]", help="The folder of the translation. Default: as configured.", show_default=False
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="The language of the translation, if there are several.", show_default=False)
    ] = None,
    source_rev: Annotated[
        str | None,
        typer.Option(
            "--source-rev",
            metavar="REV",
            help="The source that was translated: a git revision, a date, or auto.",
            show_default=False,
        ),
    ] = None,
    omit: Annotated[
        bool, typer.Option("--omit", help="What has no translation was left out on purpose, and stays out.")
    ] = False,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Show what merging changes in the translation, and let it from now on.")
    ] = False,
    review: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a page of the doubtful pairs, to be judged.", show_default=False),
    ] = None,
    apply: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Take what was said of doubtful pairs (JSON Lines).", show_default=False),
    ] = None,
    embeddings: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Sentence embeddings: local, or an address.", show_default=False),
    ] = None,
    embeddings_model: Annotated[
        str, typer.Option("--embeddings-model", metavar="MODEL", help="The model at that address.", show_default=False)
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace translations that the catalogs have.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if something would change.")] = False,
    project: _Project = None,
    report: _Report = Report.FULL,
) -> None:
    """Take a translation that was made without catalogs into the catalogs, block by block."""
    from bilingual.project.aligning import align_book, embedder, read_judged, write_review  # noqa: PLC0415 - as above

    config = _config(project)
    result = align_book(
        config,
        [source] if source is not None else [],
        translation,
        targets=[target] if target is not None else [],
        revision=source_rev,
        omit=omit,
        adopt=adopt,
        force=force,
        check=check,
        verdicts=read_judged(apply) if apply is not None else (),
        embed=embedder(embeddings, embeddings_model) if embeddings is not None else None,
        progress=_progress,
    )
    failed = _show(result.diagnostics, report)
    if review is not None:
        write_review(config, review, result)
    if report is Report.JSON:
        _json(
            {
                "chapters": [_fields(each) for each in result.chapters],
                "files": list(result.files),
                "adopted": [_fields(each) for each in result.adopted],
                "diagnostics": [to_json(each) for each in result.diagnostics],
            }
        )
        raise typer.Exit(failed or (1 if check and result.files else 0))
    for each in result.chapters:
        counts = [f"{each.sure} translated", f"{each.unsure} unsure"]
        counts += [f"{each.stale} stale"] if each.stale else []
        counts += [f"{each.left_out} left out"] if each.left_out else []
        counts += [f"{each.missing} missing"]
        counts += [f"{each.added} added"] if each.added else []
        typer.echo(f"{printable(each.target)}: {', '.join(counts)}")
    for change in result.adopted:
        typer.echo(f"{printable(change.path)}: merging removes {change.removed} lines and writes {change.added}")
        for line in change.difference.splitlines():
            typer.echo(f"  {printable(line)}")
    if check:
        for path in result.files:
            typer.echo(f"would write {printable(path)}")
    if review is not None:
        wrote = "would write" if check else "wrote"
        typer.echo(f"{wrote} {printable(str(review))} with {len(result.doubts)} doubtful pairs")
    raise typer.Exit(failed or (1 if check and result.files else 0))


def _fields(value: Any) -> dict[str, object]:  # noqa: ANN401 - any dataclass
    from dataclasses import asdict  # noqa: PLC0415 - as above

    return asdict(value)


@app.command()
def serve(
    target: Annotated[
        str,
        typer.Option(
            metavar="LANG", help="The edition to show, by its target. Default: the first.", show_default=False
        ),
    ] = "",
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="The port; 0 takes any that is free.")
    ] = 8000,
    host: Annotated[str, typer.Option(metavar="HOST", help="The address to listen on.")] = "127.0.0.1",
    open_: Annotated[bool, typer.Option("--open", help="Open the book in the browser.")] = False,
    project: _Project = None,
) -> None:
    """Show the book in both languages in the browser; open pages follow the files as they are saved."""
    from functools import partial  # noqa: PLC0415 - as above

    from bilingual.server import serve as run  # noqa: PLC0415 - as above

    report = partial(_show, report=Report.FULL)
    run(_config(project), host=host, port=port, target=target, browse=open_, tell=_tell, report=report)


def _tell(line: str) -> None:
    # Whoever reads it through a pipe reads it now.
    typer.echo(printable(line))
    sys.stdout.flush()


@app.command()
def export(
    format: Annotated[  # noqa: A002 - the option's name
        str,
        typer.Option("--format", metavar="FORMAT", help="tmx, xliff, xliff2, csv, xlsx, jsonl, parquet or tbx."),
    ],
    paths: _Paths = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="FILE",
            help="The file, or a folder. Default: below the build folder.",
            show_default=False,
        ),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(help="A target language to export; may be repeated. Default: all.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file with work that was not imported.")] = False,
    project: _Project = None,
    report: _Report = Report.FULL,
) -> None:
    """Write catalogs, or the glossary, for other programs: a file for each target language."""
    from bilingual.project import export as run  # noqa: PLC0415 - as above

    result = run(_config(project), format, paths or (), targets=target or (), output=output, force=force)
    failed = _show(result.diagnostics, report)
    if report is Report.JSON:
        _json(
            {
                "entries": result.entries,
                "files": list(result.files),
                "diagnostics": [to_json(each) for each in result.diagnostics],
            }
        )
    else:
        for path, count in result.entries.items():
            done = "" if path in result.files else ", as it was"
            typer.echo(f"{printable(path)}: {count} {'entry' if count == 1 else 'entries'}{done}")
    raise typer.Exit(failed)


@app.command("import")
def import_(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILES", help="What came back: PO files, or files in a format of export.", show_default=False
        ),
    ],
    format: Annotated[  # noqa: A002 - the option's name
        str,
        typer.Option("--format", metavar="FORMAT", help="What the files are. Default: looks.", show_default=False),
    ] = "",
    target: Annotated[
        list[str] | None,
        typer.Option(help="The target language they are in; may be repeated. Default: any.", show_default=False),
    ] = None,
    sent: Annotated[
        str | None,
        typer.Option(
            metavar="SENT",
            help="What was sent: a git revision, a file, or a folder. Default: what in git differs least.",
            show_default=False,
        ),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if something would change.")] = False,
    project: _Project = None,
    report: _Report = Report.FULL,
) -> None:
    """Take translations that come back by mail or from a platform into the catalogs, entry by entry."""
    from bilingual.project import import_catalogs  # noqa: PLC0415 - as above

    result = import_catalogs(_config(project), files, targets=target or (), format=format, sent=sent, check=check)
    failed = _show(result.diagnostics, report)
    if report is Report.JSON:
        _json(
            {
                "taken": result.taken,
                "files": list(result.files),
                "diagnostics": [to_json(each) for each in result.diagnostics],
            }
        )
    else:
        for path, count in result.taken.items():
            typer.echo(f"{printable(path)}: {count} {'would change' if check else 'changed'}")
    raise typer.Exit(failed or (1 if check and result.files else 0))


@app.command()
def translate(
    provider: Annotated[
        str,
        typer.Option(
            "--provider", metavar="NAME", help="Who makes the drafts: openai, deepl, libretranslate, command or memory."
        ),
    ],
    paths: _Paths = None,
    target: Annotated[
        list[str] | None,
        typer.Option(help="A target language to translate into; may be repeated. Default: all.", show_default=False),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Ask and write nothing; count, and estimate the cost.")
    ] = False,
    max_cost: Annotated[
        float | None,
        typer.Option(metavar="AMOUNT", min=0, help="What this run may cost at most.", show_default=False),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Ask again for what was answered before.")] = False,
    memory: _Memory = None,
    project: _Project = None,
    report: _Report = Report.FULL,
) -> None:
    """Fill in drafts where there is no translation: from a model, an engine, a program or the memory."""
    from bilingual.project.translating import translate as run  # noqa: PLC0415 - as above

    _end_in_order()
    result = run(
        _config(project),
        provider,
        paths or (),
        targets=target or (),
        dry_run=dry_run,
        max_cost=max_cost,
        fresh=fresh,
        memory=memory,
        progress=_progress,
    )
    failed = _show(result.diagnostics, report)
    if report is Report.JSON:
        _json(
            {
                "by": result.by,
                "targets": {
                    code: {
                        "missing": each.missing,
                        "drafted": each.drafted,
                        "remembered": each.remembered,
                        "left": each.left,
                        "characters": each.characters,
                    }
                    for code, each in result.targets.items()
                },
                "files": list(result.files),
                "usage": {"unit": result.unit, "read": result.usage.read, "written": result.usage.written},
                "cost": result.cost,
                "currency": result.currency,
                "diagnostics": [to_json(each) for each in result.diagnostics],
            }
        )
    else:
        for line in _translated_lines(result, dry_run=dry_run):
            typer.echo(line)
    raise typer.Exit(failed)


def _end_in_order() -> None:
    """See that a signal that ends this program ends what it has started, too."""
    import signal  # noqa: PLC0415 - as above

    def end(number: int, _: object) -> NoReturn:
        raise SystemExit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, end)


def _translated_lines(result: Translated, *, dry_run: bool) -> Iterator[str]:
    for code, each in result.targets.items():
        known = f", {each.remembered} known from before" if each.remembered else ""
        if dry_run:
            yield f"{code}: {each.missing} missing{known}; {each.characters} characters for {printable(result.by)}"
        else:
            yield f"{code}: {each.drafted} drafted by {printable(result.by)}{known}, {each.left} left"
    amount = result.usage.read + result.usage.written
    if amount:
        cost = "" if result.cost is None else f", {result.cost:.2f} {printable(result.currency)}"
        yield f"{'about ' if dry_run else ''}{amount} {result.unit}{cost}"


@memory_app.command("add")
def memory_add(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILES]",
            help="Files in the formats of export, PO files, folders of other projects; none means this project.",
            show_default=False,
        ),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(help="A target language to take; may be repeated. Default: all.", show_default=False),
    ] = None,
    format: Annotated[  # noqa: A002 - the option's name
        str,
        typer.Option("--format", metavar="FORMAT", help="What the files are. Default: looks.", show_default=False),
    ] = "",
    name: Annotated[
        str, typer.Option(metavar="NAME", help="What they are called. Default: the file's path.", show_default=False)
    ] = "",
    memory: _Memory = None,
    project: _Project = None,
    report: _Report = Report.FULL,
) -> None:
    """Take translations into the memory; what was added before is brought up to date."""
    from bilingual.project.remembering import remember  # noqa: PLC0415 - as above

    result = remember(_config(project), files or (), targets=target or (), format=format, name=name, memory=memory)
    failed = _show(result.diagnostics, report)
    if report is Report.JSON:
        _json({"pairs": result.pairs, "diagnostics": [to_json(each) for each in result.diagnostics]})
    else:
        for origin, count in result.pairs.items():
            typer.echo(f"{printable(origin)}: {count} {'pair' if count == 1 else 'pairs'}")
    raise typer.Exit(failed)


@memory_app.command("search")
def memory_search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The text to look for.", show_default=False)],
    target: Annotated[
        list[str] | None,
        typer.Option(help="A target language; may be repeated. Default: all.", show_default=False),
    ] = None,
    minimum: Annotated[
        float, typer.Option(metavar="PERCENT", min=50, max=100, help="How similar a text must be.")
    ] = 60,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="How many translations to show at most.")] = 5,
    memory: _Memory = None,
    project: _Project = None,
    report: _Report = Report.FULL,
) -> None:
    """Show the translations of a text and of similar ones, and what is different in those."""
    from bilingual.drafts import percent  # noqa: PLC0415 - as above
    from bilingual.project.remembering import recall  # noqa: PLC0415 - as above

    found = recall(_config(project), text, targets=target or (), minimum=minimum / 100, limit=limit, memory=memory)
    if report is Report.JSON:
        _json(
            {
                "matches": [
                    {
                        "target": each.code,
                        "score": round(each.match.score, 4),
                        "origin": each.match.origin,
                        "msgid": each.match.msgid,
                        "msgstr": each.match.msgstr,
                        "difference": each.difference,
                    }
                    for each in found
                ],
                "diagnostics": [],
            }
        )
        return
    if not found:
        typer.echo(f"the memory has no text that is {minimum:g} % like this one, or more")
    for each in found:
        changed = "".join(
            old if old == new else (f"[-{old}-]" if old else "") + (f"{{+{new}+}}" if new else "")
            for old, new in each.difference
        )
        origin = f"  {each.match.origin}" if each.match.origin else ""
        typer.echo(f"{each.code}  {percent(each.match.score)} %{printable(origin)}")
        typer.echo(f"  {printable(changed)}")
        typer.echo(f"  {printable(each.match.msgstr)}")


@memory_app.command("list")
def memory_list(memory: _Memory = None, project: _Project = None, report: _Report = Report.FULL) -> None:
    """Show what the memory is made of."""
    from bilingual.project.remembering import origins  # noqa: PLC0415 - as above

    found = origins(_config(project), memory)
    if report is Report.JSON:
        _json(
            {
                "origins": [
                    {
                        "name": each.collection,
                        "path": each.path,
                        "source": each.source,
                        "target": each.target,
                        "pairs": each.pairs,
                    }
                    for each in found
                ],
                "diagnostics": [],
            }
        )
        return
    for each in found:
        name = printable(str(each)) or "this project"
        typer.echo(f"{name}: {each.pairs} {'pair' if each.pairs == 1 else 'pairs'}, {each.source} to {each.target}")


@memory_app.command("drop")
def memory_drop(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What list calls it; '' for this project.", show_default=False)
    ],
    memory: _Memory = None,
    project: _Project = None,
    report: _Report = Report.FULL,
) -> None:
    """Forget a file or another project."""
    from bilingual.project.remembering import forget  # noqa: PLC0415 - as above

    count = forget(_config(project), name, memory)
    if report is Report.JSON:
        _json({"name": name, "pairs": count, "diagnostics": []})
        return
    shown = printable(name) or "this project"
    typer.echo(f"{shown}: {count} {'pair' if count == 1 else 'pairs'} forgotten")


@memory_app.command("export")
def memory_export(
    output: Annotated[
        Path, typer.Option("--output", metavar="FILE", help="The file, or a folder.", show_default=False)
    ],
    format: Annotated[  # noqa: A002 - the option's name
        str, typer.Option("--format", metavar="FORMAT", help="A format of export, or po.")
    ] = "tmx",
    target: Annotated[
        list[str] | None,
        typer.Option(help="A target language to write; may be repeated. Default: all.", show_default=False),
    ] = None,
    memory: _Memory = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
    project: _Project = None,
    report: _Report = Report.FULL,
) -> None:
    """Write the memory into files for other programs."""
    from bilingual.project.remembering import export_memory  # noqa: PLC0415 - as above

    made = export_memory(_config(project), format, output, targets=target or (), memory=memory, force=force)
    if report is Report.JSON:
        _json({"files": made, "diagnostics": []})
        return
    for path, count in made.items():
        typer.echo(f"{printable(path)}: {count} {'pair' if count == 1 else 'pairs'}")


@app.command("merge-driver")
def merge_driver(
    base: Annotated[Path, typer.Argument(metavar="BASE", help="The common ancestor (%O).", show_default=False)],
    ours: Annotated[Path, typer.Argument(metavar="OURS", help="This branch (%A), and the result.", show_default=False)],
    theirs: Annotated[Path, typer.Argument(metavar="THEIRS", help="The other branch (%B).", show_default=False)],
    path: Annotated[str, typer.Argument(metavar="[PATH]", help="The file's name (%P).", show_default=False)] = "",
    report: _Report = Report.FULL,
) -> None:
    """Merge PO files entry by entry, for git, which calls this; init --git sets it up."""
    from bilingual.project import merge_catalogs  # noqa: PLC0415 - as above

    raise typer.Exit(_show(merge_catalogs(base, ours, theirs, path or str(ours)), report))


@app.command()
def status(
    paths: _Paths = None,
    target: Annotated[
        list[str] | None,
        typer.Option(help="A target language to show; may be repeated. Default: all.", show_default=False),
    ] = None,
    format: Annotated[StatusFormat, typer.Option("--format", help="How the status is shown.")] = StatusFormat.TEXT,  # noqa: A002 - the option's name
    fail_under: Annotated[
        float | None,
        typer.Option(metavar="PERCENT", min=0, max=100, help="Exit 1 if less is translated.", show_default=False),
    ] = None,
    jobs: _Jobs = None,
    project: _Project = None,
    report: _Report = Report.FULL,
) -> None:
    """Show how far each chapter is translated, those with the most work left first."""
    from bilingual.project import status as run  # noqa: PLC0415 - as above
    from bilingual.status import badge, markdown, total  # noqa: PLC0415 - as above

    config = _config(project)
    found, problems = run(config, paths or (), targets=target or (), jobs=jobs, progress=_progress)
    failed = _show(problems, report)
    unit = "characters" if config.source.han else "words"
    percents = {code: total(chapters).percent for code, chapters in found.items()}
    if format is StatusFormat.JSON:
        _json(
            {
                "unit": unit,
                "targets": {code: _status_json(chapters) for code, chapters in found.items()},
                "diagnostics": [to_json(each) for each in problems],
            }
        )
    elif format is StatusFormat.MARKDOWN:
        typer.echo(markdown(list(found.items()), unit), nl=False)
    elif format is StatusFormat.SVG:
        typer.echo(badge(list(percents.items())), nl=False)
    else:
        for line in _status_lines(found, unit):
            typer.echo(line)
    if not failed and fail_under is not None and any(percent < fail_under for percent in percents.values()):
        typer.echo(f"less than {fail_under:g} % is translated", err=True)
        failed = 1
    raise typer.Exit(failed)


@app.command()
def score(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILES]",
            help="Translations: catalogs, text files or folders; the first is what others are compared with.",
            show_default=False,
        ),
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The file or folder to score them against.", show_default=False)
    ] = None,
    edited: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Show what translators did to the one catalog or folder named.", show_default=False
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="REF", help="Show what translators did to the drafts of a git revision.", show_default=False
        ),
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(help="bleu, chrf, chrf++ or ter; may be repeated. Default: all but ter.", show_default=False),
    ] = None,
    tokenize: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="The tokenizer of BLEU: 13a, intl, zh, char, none, ja-mecab, ko-mecab. Default: by the language.",
            show_default=False,
        ),
    ] = "",
    resamples: Annotated[
        int, typer.Option(metavar="N", min=0, help="Resamples for intervals and p-values; 0 for neither.")
    ] = 1000,
    target: Annotated[
        str | None,
        typer.Option(metavar="LANG", help="The language of the texts. Default: as they say.", show_default=False),
    ] = None,
    format: Annotated[ScoreFormat, typer.Option("--format", help="How the scores are shown.")] = ScoreFormat.TEXT,  # noqa: A002 - the option's name
    project: _Project = None,
    report: _Report = Report.FULL,
) -> None:
    """Score translations against a reference (BLEU, chrF, TER), or show what editing drafts took."""
    from bilingual.config import find  # noqa: PLC0415 - as above

    if format is ScoreFormat.JSON:
        _asked.append(Report.JSON)
    _one_of({"--reference": reference, "--edited": edited, "--since": since})
    if since is not None:
        from bilingual.project.scoring import edited_since  # noqa: PLC0415 - as above

        targets = [target] if target is not None else []
        _show_effort(
            edited_since(_config(project), since, files or (), targets=targets, progress=_progress), format, report
        )
    config = _config(project) if project is not None or find(Path.cwd()) is not None else None
    if edited is not None:
        from bilingual.project.scoring import edited_files  # noqa: PLC0415 - as above

        if len(files or ()) != 1:
            message, hint = "--edited compares two versions of one thing", "name the catalog or folder of the drafts"
            raise BilingualError(Diagnostic("config-options", message, Place("--edited"), hint=hint))
        _show_effort(edited_files((files or [])[0], edited, config, target=target, progress=_progress), format, report)
    from bilingual.project.scoring import score_files  # noqa: PLC0415 - as above
    from bilingual.score import METRICS, USUAL  # noqa: PLC0415 - as above

    unknown = next((each for each in metric or () if each not in METRICS), None)
    if unknown is not None or not files or reference is None:
        message = f"there is no metric {unknown!r}" if unknown is not None else "nothing is named that could be scored"
        hint = f"there are: {', '.join(METRICS)}" if unknown is not None else "name catalogs, texts or folders"
        place = Place("--metric" if unknown is not None else "score")
        raise BilingualError(Diagnostic("config-options", message, place, hint=hint))
    result = score_files(
        files,
        reference,
        config,
        target=target,
        metrics=metric or USUAL,
        tokenizer=tokenize,
        resamples=resamples,
        progress=_progress,
    )
    failed = _show(result.diagnostics, report)
    from bilingual.score import signed, tables  # noqa: PLC0415 - as above

    if format is ScoreFormat.JSON:
        _json(
            {
                "language": result.language.tag,
                "reference": str(reference),
                **_fields(result.scores),
                "diagnostics": [to_json(each) for each in result.diagnostics],
            }
        )
    else:
        _tables(tables(result.scores), signed(result.scores), format)
    raise typer.Exit(failed)


def _one_of(options: Mapping[str, object]) -> None:
    """Raise an error unless exactly one of some options is given."""
    given = [name for name, value in options.items() if value is not None]
    if len(given) != 1:
        message = f"{' and '.join(given)} exclude each other" if given else "it is not said what to compare with"
        hint = f"name one of {', '.join(options)}"
        raise BilingualError(Diagnostic("config-options", message, Place(given[0] if given else "score"), hint=hint))


def _show_effort(result: Edited, format: ScoreFormat, report: Report) -> NoReturn:  # noqa: A002 - as the option
    from bilingual.score import effort_tables  # noqa: PLC0415 - as above

    failed = _show(result.diagnostics, report)
    if format is ScoreFormat.JSON:
        _json(
            {
                "targets": {
                    code: {
                        "total": _spent(effort.total),
                        "origins": {name or None: _spent(spent) for name, spent in effort.origins.items()},
                        "files": {name: _spent(spent) for name, spent in effort.files.items()},
                        "signature": effort.signature,
                    }
                    for code, effort in result.efforts.items()
                },
                "diagnostics": [to_json(each) for each in result.diagnostics],
            }
        )
        raise typer.Exit(failed)
    for code, effort in result.efforts.items():
        (_, total), *others = effort_tables(effort)
        _tables([(code, total), *others], [f"TER|{effort.signature}"], format)
    raise typer.Exit(failed)


def _spent(spent: Spent) -> dict[str, object]:
    return {**_fields(spent), "rate": spent.rate, "kept": spent.kept}


def _tables(
    found: Sequence[tuple[str, Sequence[Sequence[str]]]],
    signatures: Sequence[str],
    format: ScoreFormat,  # noqa: A002 - as the option
) -> None:
    from bilingual.score import aligned, markdown  # noqa: PLC0415 - as above

    if format is ScoreFormat.MARKDOWN:
        typer.echo(markdown(found, signatures), nl=False)
        return
    for title, rows in found:
        if title:
            typer.echo(f"{title}:")
        for line in aligned(rows):
            typer.echo(f"  {line}" if title else line)
        typer.echo()
    for each in signatures:
        typer.echo(each)


_Output = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The file to write. Default: the screen.", show_default=False)
]
_OneTarget = Annotated[
    str | None,
    typer.Option(metavar="LANG", help="The target language of the terms. Default: the first.", show_default=False),
]


@glossary_app.command("extract")
def glossary_extract(
    paths: _Paths = None,
    target: _OneTarget = None,
    min_count: Annotated[
        int, typer.Option(metavar="N", min=1, help="How often a term must occur, unless its text explains it.")
    ] = 3,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="How many candidates to show at most.")] = 200,
    format: Annotated[TermFormat, typer.Option("--format", help="What to write.")] = TermFormat.CSV,  # noqa: A002 - the option's name
    output: _Output = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    project: _Project = None,
    report: _Report = Report.FULL,
) -> None:
    """Find what may be terms and the glossary lacks, each with what the translations call it."""
    from bilingual.project.terminology import find_terms, found_as  # noqa: PLC0415 - as above

    config = _config(project)
    found = find_terms(config, paths or (), target=target, least=min_count, limit=limit, progress=_progress)
    data, notes = found_as(config, found, format)
    diagnostics = (*found.diagnostics, *notes)
    failed = _show(diagnostics, report)
    translated = sum(bool(each.proposals or each.keep) for each in found.candidates)
    summary = f"{len(found.candidates)} candidates, {translated} with a translation"
    _deliver(config, data, output, summary, report, diagnostics, force=force)
    raise typer.Exit(failed)


@glossary_app.command("export")
def glossary_export(
    target: _OneTarget = None,
    format: Annotated[TermFormat, typer.Option("--format", help="What to write.")] = TermFormat.CSV,  # noqa: A002 - the option's name
    output: _Output = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    project: _Project = None,
    report: _Report = Report.FULL,
) -> None:
    """Write the glossary of the book for other programs."""
    from bilingual.project.terminology import glossary_as  # noqa: PLC0415 - as above

    config = _config(project)
    data, count = glossary_as(config, format, target=target)
    _deliver(config, data, output, f"{count} {'term' if count == 1 else 'terms'}", report, force=force)


def _deliver(
    config: Config,
    data: bytes,
    output: Path | None,
    summary: str,
    report: Report,
    diagnostics: Sequence[Diagnostic] = (),
    *,
    force: bool,
) -> None:
    """Write a file and say so, or show what it would hold; a report that a program reads then goes to the errors."""
    from bilingual.project.terminology import write_terms  # noqa: PLC0415 - as above

    told = {"diagnostics": [to_json(each) for each in diagnostics]}
    if output is not None:
        shown = write_terms(config, data, output, force=force)
        if report is Report.JSON:
            _json({"file": shown, **told})
        else:
            typer.echo(f"{printable(shown)}: {summary}")
        return
    if report is Report.JSON:
        _json(told, err=True)
    if not sys.stdout.isatty():
        typer.echo(data, nl=False)
        return
    for line in data.decode().splitlines():
        typer.echo(printable(line))


def _status_json(chapters: Sequence[ChapterStatus]) -> object:
    from bilingual.catalog import State  # noqa: PLC0415 - as above
    from bilingual.status import Tally, by_work_left, total  # noqa: PLC0415 - as above

    def numbers(tally: Tally) -> dict[str, object]:
        return {
            "percent": round(tally.percent, 2),
            "entries": {each.value: tally.entries[each] for each in State},
            "amount": {each.value: tally.amount[each] for each in State},
        }

    return {
        **numbers(total(chapters)),
        "code": sum(chapter.code for chapter in chapters),
        "chapters": [
            {
                "source": chapter.path,
                "catalog": chapter.catalog,
                **numbers(chapter.tally),
                "code": chapter.code,
                "revised": chapter.revised or None,
                "changed": chapter.changed,
            }
            for chapter in by_work_left(chapters)
        ],
    }


def _status_lines(found: Mapping[str, Sequence[ChapterStatus]], unit: str) -> Iterator[str]:
    from bilingual.status import bar, by_work_left, total  # noqa: PLC0415 - as above

    marks = "█▒░"
    try:
        marks.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        marks = "#=."
    for code, chapters in found.items():
        tally = total(chapters)
        groups = ", ".join(f"{tally.entries_in(group)} {group}" for group in ("translated", "fuzzy", "missing"))
        done = tally.amount_in("translated")
        yield f"{code} {bar(tally, 30, marks)} {int(tally.percent)} % ({groups}); {done} of {done + tally.left} {unit}"
        code_han = sum(chapter.code for chapter in chapters)
        if code_han:
            yield f"   not counted: {code_han} characters in code and diagrams"
        for chapter in by_work_left(chapters):
            each = chapter.tally
            notes = [f"{each.left} {unit} left"] if each.left else []
            if each.entries_in("fuzzy"):
                notes.append(f"{each.entries_in('fuzzy')} fuzzy")
            if chapter.changed:
                notes.append("source changed since extract")
            if chapter.revised:
                notes.append(f"revised {chapter.revised}")
            told = f"  {', '.join(notes)}" if notes else ""
            yield f"   {bar(each, 12, marks)} {int(each.percent):3} %  {printable(chapter.path)}{told}"


def _percent(states: Counter[State], put_back: int) -> float:
    from bilingual.catalog import State  # noqa: PLC0415 - as above

    total = sum(states.values()) + put_back
    done = states[State.TRANSLATED] + states[State.REVIEWED]
    return 100.0 * done / total if total else 100.0


def _states(code: str, states: Counter[State], put_back: int, percent: float) -> str:
    counts = [
        f"{count} {state.value}" for state, count in sorted(states.items(), key=lambda each: -each[0].rank) if count
    ]
    if put_back:
        counts.append(f"{put_back} put back")
    # Rounded down, so that 100 % means all.
    return f"{code}: {int(percent)} % translated ({', '.join(counts) or 'nothing to translate'})"


def _config(project: Path | None) -> Config:
    from bilingual.config import find, load  # noqa: PLC0415 - as above

    start = project or Path.cwd()
    if not os.path.lexists(start):
        # Going up from a mistyped name could find another book.
        raise BilingualError(Diagnostic("config-missing", "there is no such folder or file", Place(str(start))))
    path = find(start)
    if path is None:
        raise BilingualError(
            Diagnostic(
                "config-missing",
                "no bilingual.toml here or above",
                Place(str(start)),
                hint="write one with: bilingual init",
            ),
        )
    return load(path)


def _show(diagnostics: Iterable[Diagnostic], report: Report) -> int:
    """Print diagnostics and return the exit status that they ask for."""
    failed = 0
    colour = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    for each in diagnostics:
        if each.severity is Severity.ERROR:
            failed = max(failed, 2 if each.code.startswith(_UNDONE) or each.code == "file-changed" else 1)
        if report is Report.FULL:
            typer.echo(full(each, colour=colour), err=True, color=colour)
        elif report is Report.CONCISE:
            typer.echo(concise(each), err=True)
        elif report is Report.GITHUB:
            typer.echo(github(each))
    return failed


def _json(value: object, *, err: bool = False) -> None:
    import json  # noqa: PLC0415 - `--help` must not pay for it

    # Escaped, so that it survives any console.
    typer.echo(json.dumps(value, ensure_ascii=True, indent=2), err=err)


def _progress(items: Iterable[Any], title: str) -> Iterator[Any]:
    if not sys.stderr.isatty():
        yield from items
        return
    with typer.progressbar(list(items), label=title, file=sys.stderr) as bar:
        yield from bar


def _stop(error: BaseException) -> NoReturn:
    if os.environ.get("BILINGUAL_TRACEBACK"):
        raise error
    if isinstance(error, BilingualError):
        report = _asked[-1]
        _show(error.diagnostics, report)
        if report is Report.JSON:
            _json({"diagnostics": [to_json(each) for each in error.diagnostics]})
    else:
        typer.echo(
            f"error: this is a fault of bilingual {__version__}: {type(error).__name__}: {printable(str(error))}\n"
            "  hint: please report it; BILINGUAL_TRACEBACK=1 shows where it happened",
            err=True,
        )
    raise SystemExit(2)


def main() -> None:
    """Run the command line; exits 0 (clean), 1 (findings) or 2 (could not work), never with a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A GBK or ASCII console shows what it cannot print as an escape.
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except Exception as error:  # noqa: BLE001 - the one place where errors end
        _stop(error)
