"""A folder of modules, a wheel and a foreign distribution as registries."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import textwrap
import zipfile
from typing import TYPE_CHECKING

import pytest

from bilingual.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = {
    "shelf/__init__.py": '"""A shelf."""\n',
    "shelf/apple.py": '"""An apple.\n\n    Red.\n"""\nFRUIT = "apple"\n',
    "shelf/green_pear.py": 'FRUIT = "pear"\n',
    "shelf/broken.py": '"""Defines nothing."""\n',
    "shelf/_private.py": "",
    "shelf/stall/__init__.py": 'FRUIT = "stall"\n',
    "orchard.py": '"""From elsewhere."""\nFRUIT = "plum"\nOTHER = "sloe"\n',
    "orchard-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: orchard\nVersion: 1.0\n",
    "orchard-1.0.dist-info/entry_points.txt": (
        "[shelf.fruit]\nplum = orchard\nsloe = orchard:OTHER\napple = orchard:OTHER\n"
    ),
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    yield tmp_path
    for name in [name for name in sys.modules if name.split(".")[0] in {"shelf", "orchard"}]:
        del sys.modules[name]


def fruit() -> Registry[str]:
    return Registry("shelf", "FRUIT", "shelf.fruit")


@pytest.mark.usefixtures("site")
def test_the_folder_and_entry_points_together() -> None:
    registry = fruit()
    assert registry.names() == ("apple", "broken", "green_pear", "plum", "sloe", "stall")
    assert list(registry) == list(registry.names())
    assert len(registry) == 6
    assert registry["apple"] == "apple", "the folder wins over an entry point of the same name"
    assert registry["stall"] == "stall"
    assert registry["plum"] == "plum", "an entry point may name a module"
    assert registry["sloe"] == "sloe", "or an object"
    assert "plum" in registry
    assert "grape" not in registry
    with pytest.raises(KeyError, match="grape"):
        registry["grape"]
    with pytest.raises(KeyError, match="grape"):
        registry.doc("grape")
    assert registry.get("grape") is None


@pytest.mark.usefixtures("site")
def test_the_module_docstring_is_the_manual_page() -> None:
    registry = fruit()
    assert registry.doc("apple") == "An apple.\n\nRed."
    assert registry.doc("sloe") == "From elsewhere."
    assert registry.doc("green_pear") == ""


@pytest.mark.usefixtures("site")
def test_a_module_without_the_constant_tells_its_developer() -> None:
    with pytest.raises(TypeError, match=r"shelf\.broken does not define FRUIT"):
        fruit()["broken"]


@pytest.mark.usefixtures("site")
def test_names_are_listed_and_one_entry_is_had_without_importing_the_others() -> None:
    registry = fruit()
    registry.names()
    assert "shelf.apple" not in sys.modules
    assert registry["apple"] == "apple"
    assert "shelf.green_pear" not in sys.modules


def test_entry_points_are_not_read_for_a_name_of_the_folder(site: Path) -> None:
    program = """
        import sys
        from bilingual.registry import Registry
        registry = Registry("shelf", "FRUIT", "shelf.fruit")
        def audit(event, arguments):
            if event == "open" and str(arguments[0]).endswith("entry_points.txt"):
                raise SystemExit("entry points were read")
        sys.addaudithook(audit)
        assert registry["apple"] == "apple" and "apple" in registry and registry.doc("apple")
        try:
            registry["plum"]
        except SystemExit:
            sys.exit(0)
        sys.exit("the hook saw nothing")
    """
    environment = {**os.environ, "PYTHONPATH": str(site)}
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True, env=environment)


def test_a_registry_inside_a_zip_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "shelf.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name, text in FILES.items():
            file.writestr(name, text)
    monkeypatch.syspath_prepend(str(archive))
    try:
        assert fruit()["apple"] == "apple"
        assert "green_pear" in fruit().names()
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == "shelf"]:
            del sys.modules[name]
