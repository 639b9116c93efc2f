"""Registries: the modules of a folder, and entry points for outsiders; knows nothing of what they hold."""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar, cast

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """A mapping from the stem of each module in a package to the constant that the module defines.

    Entry points of `group`, each named after its entry and pointing at such a constant, or at a module that
    has it, stand beside the folder; the folder wins. Modules that begin with an underscore are not entries.
    Listing names imports no entry, and asking for a name imports that one alone. Installed entry points are
    only looked at when a name is not in the folder or when all are listed, since that costs milliseconds.

    Args:
        package: The dotted name of the package whose modules are the entries.
        constant: The constant each module must define, such as `EXTENSION`.
        group: The entry-point group for other distributions, such as `bilingual.extensions`.
    """

    def __init__(self, package: str, constant: str, group: str) -> None:
        self.package = package
        self.constant = constant
        self.group = group
        self._values: dict[str, T] = {}
        self._own: dict[str, str] | None = None
        self._foreign: dict[str, importlib.metadata.EntryPoint] | None = None

    def _modules(self) -> dict[str, str]:
        """Names in the folder, each with its module's dotted name."""
        if self._own is None:
            path = importlib.import_module(self.package).__path__
            self._own = {
                each.name: f"{self.package}.{each.name}"
                for each in pkgutil.iter_modules(path)
                if not each.name.startswith("_")
            }
        return self._own

    def _entry_points(self) -> dict[str, importlib.metadata.EntryPoint]:
        """Names that other distributions add; of two for one name the first on Python's path wins."""
        if self._foreign is None:
            self._foreign = {}
            for point in importlib.metadata.entry_points(group=self.group):
                self._foreign.setdefault(point.name, point)
        return self._foreign

    def _find(self, name: str) -> str | importlib.metadata.EntryPoint:
        """The dotted name of the module, or the entry point, that is called `name`."""
        return self._modules().get(name) or self._entry_points()[name]

    def names(self) -> tuple[str, ...]:
        """All names, sorted; no entry is imported."""
        return tuple(sorted({*self._modules(), *self._entry_points()}))

    def __getitem__(self, name: str) -> T:
        """The entry called `name`.

        Raises:
            KeyError: Nothing has this name.
            TypeError: The module that has this name does not define the constant; an error of its developer.
        """
        if name not in self._values:
            found = self._find(name)
            value = importlib.import_module(found) if isinstance(found, str) else found.load()
            if inspect.ismodule(value):
                if not hasattr(value, self.constant):
                    raise TypeError(f"{value.__name__} does not define {self.constant}")
                value = getattr(value, self.constant)
            self._values[name] = cast("T", value)
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._modules() or name in self._entry_points()

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self.names())

    def doc(self, name: str) -> str:
        """The manual page of `name`: its module's docstring, without indentation; empty when there is none.

        Raises:
            KeyError: Nothing has this name.
        """
        found = self._find(name)
        module = importlib.import_module(found if isinstance(found, str) else found.module)
        return inspect.cleandoc(module.__doc__ or "")
