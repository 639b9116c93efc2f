"""Dialects of Markdown: which extensions a book's renderer has, and the configured parser for them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from bilingual.markdown.prose import shorten
from bilingual.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from markdown_it import MarkdownIt

#: The renderers whose habits a preset switches on; "commonmark" has no extension at all.
PRESETS: tuple[str, ...] = ("commonmark", "github", "mkdocs", "myst", "vitepress")

#: Front-matter keys whose values are translated unless the configuration names others.
FRONT_MATTER: tuple[str, ...] = (
    "title",
    "subtitle",
    "description",
    "summary",
    "hero.name",
    "hero.text",
    "hero.tagline",
    "hero.actions.*.text",
    "features.*.title",
    "features.*.details",
)

#: Lines that are wholly syntax, whatever the dialect: they are cut out of the paragraph that they stand in.
#: Folded into prose they would lose their meaning, and most renderers need them alone on their line.
SYNTAX_LINES: tuple[str, ...] = (
    r":[A-Za-z][\w+.-]*:(?:`[^`]*`|[ \t][^`\u2e80-\u9fff\uac00-\ud7af\u3040-\u30ff]*)?",  # :label:`x`, :width: 1
    r":{3,}.*",  # ::: note
    r"\{[:#.][^{}]*\}",  # {: .class }, {#id}
    r"\{\{.*\}\}",  # {{ template }}
    r"\{%.*%\}",  # {% tag %}
    r"\[TOC\]|\[\[_?TOC_?\]\]|@\[toc\].*",
    r"\[![A-Za-z-]+\][+-]?",  # [!NOTE]
    r"\([\w.:-]+\)=",  # (label)=
    r"\\(?:newpage|pagebreak|clearpage|noindent)",
)


#: The same for one preset: comments and block breaks of MyST.
_PRESET_LINES = {"myst": (r"%.*", r"\+\+\+.*")}


@dataclass(frozen=True, slots=True)
class NoOptions:
    """The options of an extension that has none."""


@dataclass(frozen=True, slots=True)
class Extension:
    """A Markdown extension.

    Attributes:
        install: Called with the parser and an instance of `options`; registers rules.
        presets: The presets that switch the extension on.
        options: A frozen dataclass; its fields are the keys of the extension's table.
    """

    install: Callable[[MarkdownIt, Any], None]
    presets: frozenset[str]
    options: type = NoOptions


EXTENSIONS: Registry[Extension] = Registry("bilingual.markdown.ext", "EXTENSION", "bilingual.extensions")


#: What may be translated inside code blocks.
CODE = ("off", "comments", "comments+strings")


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the parser must know about a book's Markdown.

    Attributes:
        preset: One of `PRESETS`.
        extensions: Pairs of an extension's name and its options, sorted by name.
        front_matter: Dotted keys whose values are translated; `*` stands for any key or list index.
        line_breaks: "fold" (soft line breaks are layout) or "keep" (the renderer shows them).
        syntax_lines: Regular expressions for further lines that are wholly syntax.
        code: What is translated inside code blocks, one of `CODE`.
        diagrams: Whether the labels of diagrams are translated.
    """

    preset: str = "github"
    extensions: tuple[tuple[str, object], ...] = field(default=())
    front_matter: tuple[str, ...] = FRONT_MATTER
    line_breaks: str = "fold"
    syntax_lines: tuple[str, ...] = ()
    code: str = "off"
    diagrams: bool = False

    def has(self, name: str) -> bool:
        """Return whether the extension `name` is on."""
        return any(name == other for other, _ in self.extensions)


def dialect(
    preset: str = "github",
    switches: Mapping[str, bool | Mapping[str, object]] | None = None,
    *,
    front_matter: tuple[str, ...] = FRONT_MATTER,
    line_breaks: str = "fold",
    syntax_lines: tuple[str, ...] = (),
    code: str = "off",
    diagrams: bool = False,
) -> Dialect:
    """Return the dialect of `preset` with single extensions switched on, off, or given options.

    Args:
        preset: One of `PRESETS`.
        switches: By extension name: True, False, or a mapping of option values (which switches it on).
        front_matter: As in `Dialect`.
        line_breaks: As in `Dialect`.
        syntax_lines: As in `Dialect`.
        code: As in `Dialect`.
        diagrams: As in `Dialect`.

    Raises:
        ValueError: If the preset, an extension or an option does not exist.
    """
    if preset not in PRESETS:
        raise ValueError(f"no dialect {preset!r}; there are {', '.join(PRESETS)}")
    switches = switches or {}
    known = EXTENSIONS.names()
    for name in switches:
        if name not in known:
            raise ValueError(f"no Markdown extension {name!r}; there are {', '.join(sorted(known))}")
    chosen: list[tuple[str, object]] = []
    for name in sorted(known):
        extension = EXTENSIONS[name]
        switch = switches.get(name, preset in extension.presets)
        if switch is False:
            continue
        values = {} if switch is True else {key.replace("-", "_"): value for key, value in switch.items()}
        try:
            chosen.append((name, extension.options(**values)))
        except TypeError as error:
            raise ValueError(f"the Markdown extension {name!r}: {error}") from None
    return Dialect(preset, tuple(chosen), front_matter, line_breaks, syntax_lines, code, diagrams)


@cache
def default_dialect() -> Dialect:
    """Return the dialect of a project that says nothing about its Markdown."""
    return dialect()


@cache
def syntax_line(dialect: Dialect) -> re.Pattern[str]:
    """Return the pattern that a line, stripped of blanks, matches in full when it is wholly syntax."""
    own = _PRESET_LINES.get(dialect.preset, ())
    return re.compile("|".join(f"(?:{pattern})" for pattern in (*SYNTAX_LINES, *own, *dialect.syntax_lines)))


@cache
def block_parser(dialect: Dialect) -> MarkdownIt:
    """Return the parser for documents; only its block rules are meant to be run."""
    md = new_parser(dialect)
    shorten(md)
    return md


def new_parser(dialect: Dialect) -> MarkdownIt:
    """Return a parser of its own for `dialect`, which the caller may change."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - `--help` must not pay for it

    md = MarkdownIt("commonmark")
    # The default of 20 drops the text of lists that are ten levels deep.
    md.options["maxNesting"] = 100
    for name, options in dialect.extensions:
        EXTENSIONS[name].install(md, options)
    return md
