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
    from bilingual.status import ChapterStatus

app = typer.Typer(
    name="bilingual",
    help="Translate Markdown books with PO files; math, code and diagrams stay untouched.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

#: Codes that begin so mean that a part of the work could not be done.
_UNDONE = (
    *("file-", "folder-", "catalog-", "config-", "path-", "source-", "parser-"),
    *("typst-", "font-", "pdf-", "render-"),
)


class StatusFormat(StrEnum):
    """How a status is shown."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    SVG = "svg"


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
        metavar="DIR",
        help="The folder of the book, if it is not this one or above.",
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
    project: _Project = None,
) -> None:
    """Write a commented bilingual.toml that fits the book at hand; nothing is moved."""
    from bilingual.init import plan, write  # noqa: PLC0415 - commands import what they need

    if git:
        from bilingual.config import find  # noqa: PLC0415 - as above
        from bilingual.project import install_merge_driver  # noqa: PLC0415 - as above

        for changed in install_merge_driver(project or Path.cwd()):
            typer.echo(f"wrote {printable(changed)}")
        if find(project or Path.cwd()) is not None:
            return
    path = write(plan(Path(os.path.abspath(project or Path.cwd())), source, tuple(target or ())))  # noqa: PTH100 - links stay
    typer.echo(f"wrote {printable(path.name)}; next: bilingual extract")


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
    adopt: Annotated[
        bool,
        typer.Option("--adopt", help="Leave generated files that a person changed to that person from now on."),
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Overwrite generated files that a person changed."),
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
    if adopt and force:
        raise BilingualError(
            Diagnostic("config-options", "--adopt and --force exclude each other", Place("--adopt"), hint="name one"),
        )
    if fail_under is not None and MARKDOWN not in (format or config.formats):
        message, hint = "--fail-under counts what the translated book has", "add --format markdown"
        raise BilingualError(Diagnostic("config-options", message, Place("--fail-under"), hint=hint))
    result, published = MergedBook({}, {}, (), (), (), ()), Published()
    if MARKDOWN in (format or config.formats):
        result = run(
            config,
            paths or (),
            targets=target or (),
            check=check,
            force=force,
            adopt=adopt,
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


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILES", help="PO files that came back.", show_default=False)],
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

    result = import_catalogs(_config(project), files, targets=target or (), sent=sent, check=check)
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


def _json(value: object) -> None:
    import json  # noqa: PLC0415 - `--help` must not pay for it

    # Escaped, so that it survives any console.
    typer.echo(json.dumps(value, ensure_ascii=True, indent=2))


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
