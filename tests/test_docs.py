from __future__ import annotations

import dataclasses
import functools
import json
import re
import tomllib
import typing
from typing import TYPE_CHECKING

import pytest

from bilingual import config
from bilingual.config import parse
from bilingual.exchange import FORMATS
from bilingual.markdown.dialect import EXTENSIONS, PRESETS
from bilingual.provider import PROVIDERS
from bilingual.render import RENDERERS
from support import ROOT, run

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [
    *(ROOT / name for name in ("README.md", "README.zh.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
CONFIGURATION = ROOT / "docs/configuration.md"
READMES = [ROOT / name for name in ("README.md", "README.zh.md")]
TUTORIALS = [ROOT / f"docs/getting-started{suffix}.md" for suffix in ("", ".zh")]
_FENCE = re.compile(r"^(?:<!-- ([\w ]+)(?:: (\S+))? -->\n)?```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: Options of other programs that the pages name: pytest with the cases, the benchmark.
FOREIGN = {"--accept", "--large"}
COMMANDS = (
    "align",
    "check",
    "extract",
    "merge",
    "init",
    "status",
    "serve",
    "export",
    "import",
    "merge-driver",
    "score",
    "glossary extract",
    "glossary export",
    "memory add",
    "memory search",
    "memory list",
    "memory drop",
    "memory export",
    "translate",
)
SMALLEST = 'source = "zh"\ntargets = ["en"]\n'


class Fence(typing.NamedTuple):
    mark: str
    argument: str
    language: str
    body: str


def fences(path: Path, *languages: str) -> list[Fence]:
    found = [Fence(*each) for each in _FENCE.findall(path.read_text("utf-8"))]
    return [each for each in found if each.language in languages or not languages]


@functools.cache
def options(command: str) -> set[str]:
    shown = run(*command.split(), "--help", cwd=ROOT)
    assert shown.returncode == 0, shown.stderr
    return set(re.findall(r"^  (--[a-z-]+)", shown.stdout, re.MULTILINE))


@pytest.mark.parametrize("block", fences(CONFIGURATION, "toml"), ids=lambda block: block.body.split("\n")[0])
def test_every_configuration_of_the_manual_loads(block: Fence, tmp_path: Path) -> None:
    name = "pyproject.toml" if block.mark == "pyproject" else "bilingual.toml"
    whole = "targets =" in block.body
    loaded = parse(block.body if whole else SMALLEST + block.body, tmp_path / name)
    if block.mark == "defaults":
        assert loaded == parse(SMALLEST, tmp_path / name)
    elif not whole:
        # Each example shows something.
        assert loaded != parse(SMALLEST, tmp_path / name)


def test_every_key_has_its_section_an_example_and_its_place_among_the_defaults() -> None:
    text = CONFIGURATION.read_text("utf-8")
    keys = [key for key in config._KEYS if key not in {"source", "targets"}]
    tables = [f"[{table}] {key}" for table, names in config._TABLES.items() for key in names]
    sections = dict(re.findall(r"^### `([^\n]+)`\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL))
    assert set(sections) == {"source", "targets", *keys, *tables}
    (defaults,) = (each.body for each in fences(CONFIGURATION, "toml") if each.mark == "defaults")
    for name, section in sections.items():
        key = name.rpartition(" ")[2]
        # A table and a list of tables have headers of their own: [markdown.extensions], [[editions]].
        set_there = re.compile(rf"^(?:\[\[?(?:\w+\.)?)?{key}(?: =|\])", re.MULTILINE)
        assert set_there.search(section), name
        assert set_there.search(defaults), name
        assert "Default: " in section or key in {"source", "targets", "formats"}, name


def test_the_manual_names_every_placeholder() -> None:
    rows = re.findall(r"^\| `\{(\w+)\}` \|.*\| (.+) \|$", CONFIGURATION.read_text("utf-8"), re.MULTILINE)
    assert {name for name, _ in rows} == {each for known in config._PLACEHOLDERS.values() for each in known}
    for name, places in rows:
        known = {kind for kind, names in config._PLACEHOLDERS.items() if name in names}
        every = set(config._PLACEHOLDERS)
        meant = every if places == "all" else every - {"template"} if "all but" in places else {"catalog", "template"}
        assert known == meant, name


def test_the_manual_has_the_table_of_extensions_as_it_is() -> None:
    page = (ROOT / "docs/markdown.md").read_text("utf-8")
    assert f"| extension | what it is | {' | '.join(PRESETS)} |" in page
    rows = dict(re.findall(rf"^\| `(\w+)` \|.*?\|((?: ?✓? ?\|){{{len(PRESETS)}}})$", page, re.MULTILINE))
    assert set(rows) == set(EXTENSIONS.names())
    for name, cells in rows.items():
        marked = {preset for preset, cell in zip(PRESETS, cells.split("|"), strict=False) if "✓" in cell}
        assert marked == EXTENSIONS[name].presets, name


def test_the_manual_names_every_option_of_every_extension() -> None:
    page = (ROOT / "docs/markdown.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| `(\w+)` \|", page, re.MULTILINE)
    assert {(extension, option, default) for extension, option, default in rows} == {
        (name, field.name, str(getattr(EXTENSIONS[name].options(), field.name)).lower())
        for name in EXTENSIONS.names()
        for field in dataclasses.fields(EXTENSIONS[name].options)
    }


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_commands_in_the_manual_have_options_that_exist(path: Path) -> None:
    text = path.read_text("utf-8")
    inline = re.findall(r"`(bilingual [^`\n]*)`", text)
    for line in [*inline, *(each.body for each in fences(path, "sh", "yaml", "console"))]:
        for command, rest in re.findall(
            r"\bbilingual (?!is\b)((?:(?:glossary|memory) )?[a-z][a-z-]*)\b([^\n#&|]*)", line
        ):
            assert command in COMMANDS, line
            assert set(re.findall(r"(?<!\S)--[a-z-]+", rest)) <= options(command), line
    ours = {option for command in COMMANDS for option in options(command)}
    # Options that the text names alone.
    assert set(re.findall(r"`(--[a-z][a-z-]*)(?: [^`]*)?`", text)) - FOREIGN <= ours


def test_the_manual_names_every_option() -> None:
    for command, name in (
        ("check", "check"),
        ("extract", "extract"),
        ("merge", "merge"),
        ("status", "status"),
        ("export", "exchange"),
        ("import", "together"),
        ("score", "score"),
        ("glossary extract", "glossary"),
        ("glossary export", "glossary"),
        ("memory add", "memory"),
        ("memory search", "memory"),
        ("memory export", "memory"),
        ("translate", "translate"),
    ):
        page = (ROOT / f"docs/{name}.md").read_text("utf-8")
        assert [each for each in sorted(options(command) - {"--help"}) if f"`{each}" not in page] == []


def heading_anchors(path: Path) -> set[str]:
    prose = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_relative_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target, fragment in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)", text):
        page = path.parent / target if target else path
        assert page.exists(), target
        assert not fragment or fragment in heading_anchors(page), f"{target}#{fragment}"


@pytest.mark.parametrize("name", sorted(RENDERERS))
def test_every_option_of_a_format_has_its_row(name: str) -> None:
    page = (ROOT / f"docs/{'website' if name == 'html' else name}.md").read_text("utf-8")
    listed = {
        key
        for keys in re.findall(r"^\| ((?:`[a-z-]+`(?:, )?)+) \|", page, re.MULTILINE)
        for key in re.findall("`(.+?)`", keys)
    }
    options = {field.name.replace("_", "-") for field in dataclasses.fields(RENDERERS[name].options)}
    assert options <= listed


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_option_of_an_interchange_format_has_its_row(name: str) -> None:
    page = (ROOT / "docs/exchange.md").read_text("utf-8")
    table = rf"^\| (?:`[^`]*`, )?`\[exchange\.{name}\]`[^\n]*\n((?:\|[^\n]*\n)*)"
    (rows,) = re.findall(table, page, re.MULTILINE) or [""]
    options = FORMATS[name].options
    listed = dict(re.findall(r"^\| `([a-z-]+)` \| `([^`]*)` \|", rows, re.MULTILINE))
    for field in dataclasses.fields(options):
        assert listed[field.name.replace("_", "-")] == json.dumps(getattr(options(), field.name)), field.name


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_every_option_of_a_provider_has_its_row(name: str) -> None:
    page = (ROOT / f"docs/{'memory' if name == 'memory' else 'translate'}.md").read_text("utf-8")
    section = page if name == "memory" else page.partition(f"### `{name}`\n")[2].partition("\n#")[0]
    keys = re.findall(r"^\| ((?:`[a-z][a-z-]*`(?:, )?)+) \|", section, re.MULTILINE)
    listed = [key for each in keys for key in re.findall("`(.+?)`", each)]
    assert sorted(listed) == sorted(
        field.name.replace("_", "-") for field in dataclasses.fields(PROVIDERS[name].options)
    )


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs/index.md").read_text("utf-8")
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert [page for page in sorted(pages) if f"({page})" not in index] == []


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.name)
def test_getting_started_works_as_it_says(path: Path, tmp_path: Path) -> None:
    steps = [step for step in fences(path) if step.mark or step.language == "console"]
    assert sum(step.language == "console" for step in steps) >= 5
    for step in steps:
        path = tmp_path / step.argument
        if step.language == "console":
            command, _, output = step.body.partition("\n")
            done = run(*command.removeprefix("$ bilingual ").split(), cwd=tmp_path)
            assert (done.stderr + done.stdout, done.returncode) == (output, 0), command
        elif step.mark == "file":
            path.parent.mkdir(parents=True)
            path.write_text(step.body, "utf-8", newline="\n")
        elif step.mark == "shows":
            assert step.body in path.read_text("utf-8")
        elif step.mark == "translate":
            text = path.read_text("utf-8")
            for msgid, msgstr in re.findall(r"^(msgid .+)\n(msgstr .+)$", step.body, re.MULTILINE):
                assert text.count(f'{msgid}\nmsgstr ""\n') == 1
                text = text.replace(f'{msgid}\nmsgstr ""\n', f"{msgid}\n{msgstr}\n")
            path.write_text(text, "utf-8", newline="\n")
        else:
            assert step.mark == "replace"
            old, new = (line[1:] for line in step.body.splitlines())
            text = path.read_text("utf-8")
            assert text.count(old) == 1
            path.write_text(text.replace(old, new), "utf-8", newline="\n")


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_the_six_lines_of_the_readme_work_in_any_repository(path: Path, tmp_path: Path) -> None:
    (lines,) = (step.body.splitlines() for step in fences(path, "sh") if step.mark == "six lines")
    assert (len(lines), lines[0].split()[0]) == (6, "cd")
    files = {"README.md": "# 甲\n\n见[乙](part/b.md#乙)。\n", "part/b.md": "# 乙\n\n`代码`与文字。\n"}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    *commands, serve = (line.partition("#")[0].split() for line in lines[1:])
    for command in commands:
        done = run(*command[1:], cwd=tmp_path)
        assert (command[0], done.returncode) == ("bilingual", 0), done.stderr
    assert serve == ["bilingual", "serve", "--open"]
    assert {name: (tmp_path / name).read_text("utf-8") for name in files} == files, "nothing is moved"
    assert {"bilingual.toml", "locale", ".bilingual", "en"} <= {each.name for each in tmp_path.iterdir()}


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_the_third_door_takes_a_translation_that_is_there(path: Path, tmp_path: Path) -> None:
    (lines,) = (step.body.splitlines() for step in fences(path, "sh") if step.mark == "third door")
    files = {"书/a.md": "# 排序\n\n用 `sort()` 排序。\n", "书-en/a.md": "# Sorting\n\nSort with `sort()`.\n"}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, "utf-8")
    for line in lines:
        program, *command = line.partition("#")[0].split()
        done = run(*command, cwd=tmp_path)
        assert (program, done.returncode) == ("bilingual", 0), done.stderr
    # It is merge's from now on: what was a draft there stands in the source's language until it is approved.
    assert "passed over" not in done.stdout
    assert "`sort()`" in (tmp_path / "书-en/a.md").read_text("utf-8")
    catalog = (tmp_path / "locale/en/LC_MESSAGES/a.po").read_text("utf-8")
    assert 'msgstr "Sorting"' in catalog


def test_the_readme_has_every_command() -> None:
    shown = run("--help", cwd=ROOT).stdout.partition("Commands:")[2]
    for path in READMES:
        rows = re.findall(r"^\| \[?`bilingual ([a-z-]+)[^`…]*`", path.read_text("utf-8"), re.MULTILINE)
        assert sorted(rows) == sorted(re.findall(r"^  ([a-z-]+) ", shown, re.MULTILINE)), path.name


def test_the_figures_of_the_readme_are_those_of_the_measurements() -> None:
    text = (ROOT / "README.md").read_text("utf-8").partition("## What it protects")[2].partition("\n## ")[0]
    figures = re.findall(r"\d+(?:,\d{3})*", text)
    assert len(figures) > 8
    measured = re.findall(r"\d+(?:,\d{3})*", (ROOT / "docs/benchmarks.md").read_text("utf-8"))
    assert set(figures) <= set(measured)


def test_the_readme_gives_the_two_commands_and_ci_runs_one_of_them() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    commands = dict(re.findall(r"<!-- command: (\w+) -->\n```sh\n([^\n]+)\n```", readme))
    assert list(commands) == ["publish", "test"]
    assert commands["publish"].endswith("bilingual merge")
    assert commands["test"].endswith("pytest")
    # `.ci/run` takes the command from the README, so it cannot differ, and holds no second one.
    ci = (ROOT / ".ci/run").read_text("utf-8")
    assert "'/<!-- command: test -->/,/^```$/p' README.md" in ci
    assert "-m pytest" not in ci
    for step in ("ruff check", "ruff format --check", "mypy", "bilingual extract --check", "bilingual merge --check"):
        assert f"step .venv/bin/{step}\n" in ci
    assert ci.count("--project manual.toml\n") == 3


def test_the_manual_has_every_dependency_with_its_bound() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(each for name in extras if name != "dev" for each in extras[name])]
    bounds = dict(re.split("[,;]", each)[0].split(">=") for each in wanted)
    page = (ROOT / "docs/dependencies.md").read_text("utf-8")
    assert dict(re.findall(r"^\| ([\w-]+) \| ([\d.]+) \|", page, re.MULTILINE)) == bounds
    assert set(re.findall(r"^\* \*\*([\w-]+)\*\*", page, re.MULTILINE)) == set(bounds)
