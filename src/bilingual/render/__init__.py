"""Output formats: one a file, each a value; this file has what they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from bilingual.config import EDITIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bilingual.diagnostics import Diagnostic
    from bilingual.edition import Chapter, Edition
    from bilingual.registry import Registry


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that an edition is made of.

    Attributes:
        path: Its path below the folder of the edition, written with slashes.
        data: Its bytes; None if it is a copy of `source`.
        source: The path below the project's folder of the file that it is a copy of.
    """

    path: str
    data: bytes | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture's address leads to.

    Attributes:
        path: Where the picture is among the artifacts; empty if it is none of them.
        artifact: The file that must be among the artifacts for that.
        url: The address of a picture elsewhere that is to be shown or linked.
        linked: Whether such a picture is linked instead of shown.
        width: Its width in pixels, 0 if nobody knows.
        height: Its height in pixels, 0 if nobody knows.
        problem: Why there is no picture, as a phrase; empty if there is one.
    """

    path: str = ""
    artifact: Artifact | None = None
    url: str = ""
    linked: bool = False
    width: int = 0
    height: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads.

    Attributes:
        url: An address elsewhere; else empty.
        rel: The chapter that it leads to; else empty.
        fragment: The anchor in that chapter, or in the chapter itself.
        artifact: A file of the book that it leads to, which must be among the artifacts.
        problem: Why it leads nowhere, as a phrase; empty if it leads somewhere.
    """

    url: str = ""
    rel: str = ""
    fragment: str = ""
    artifact: Artifact | None = None
    problem: str = ""


class Places(Protocol):
    """What a renderer asks about the files of a book; a project answers."""

    def picture(self, path: str, destination: str, *, target: bool) -> Picture:
        """Return what the picture `destination` in the file `path` is, on the target's side or on the source's."""

    def link(self, path: str, destination: str) -> Link:
        """Return where the link `destination` in the file `path` leads."""

    def label(self, name: str) -> str:
        """Return the `rel` of the chapter that has a label such as `sec_attention`; empty if none has."""

    def data(self, path: str) -> bytes | None:
        """Return the bytes of a file of the project that the configuration names, None if it cannot be read."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a renderer made of one chapter.

    Attributes:
        rel: The chapter.
        value: What the renderer needs to know of it later on; other processes can be handed it.
        artifacts: Files that the chapter needs.
        diagnostics: What could not be shown as it is.
    """

    rel: str
    value: Any
    artifacts: tuple[Artifact, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Renderer:
    """An output format.

    Attributes:
        chapter: Makes what it needs of one chapter; called for each of them, in any process.
        book: Makes the files of the edition out of all chapters, in the order of the edition; what is to be reported
            about the book as a whole comes among them.
        options: A frozen dataclass; its fields are the keys of the table `[render.NAME]`.
    """

    chapter: Callable[[Chapter, Edition, Places, Any], Rendered]
    book: Callable[[Edition, Sequence[Rendered], Places, Any], Iterable[Artifact | Diagnostic]]
    options: type


@dataclass(frozen=True, slots=True)
class NoOptions:
    """The options of a format that has none."""


RENDERERS = cast("Registry[Renderer]", EDITIONS)


__all__ = [
    "RENDERERS",
    "Artifact",
    "Link",
    "NoOptions",
    "Picture",
    "Places",
    "Rendered",
    "Renderer",
]
