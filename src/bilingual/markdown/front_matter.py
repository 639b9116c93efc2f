"""The translatable values of YAML front matter: where they are and how a translation is written."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import yaml

_JSON_LEFT = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")


@dataclass(frozen=True, slots=True)
class Value:
    """A scalar of the front matter: its text, its span in the YAML, and how it is written there."""

    text: str
    start: int
    end: int
    style: str


class FrontMatterError(Exception):
    """The front matter is no YAML; `line` is the 0-based line inside it."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def _compose(source: str) -> yaml.Node | None:
    import yaml  # noqa: PLC0415 - files without front matter do not pay for it

    try:
        # The C loader's marks are off by one after a byte-order mark.
        return yaml.compose(source, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise FrontMatterError(error.problem or "bad YAML", mark.line if mark else 0) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise FrontMatterError(str(error).split("\n")[0], 0) from None


def values(source: str, keys: Sequence[str]) -> list[Value]:
    """Return the string values of `keys`, in document order.

    Args:
        source: The text between the `---` lines.
        keys: Dotted keys; `*` stands for any key or index.

    Raises:
        FrontMatterError: If the text is no YAML.
    """
    node = _compose(source)
    found: dict[int, Value] = {}
    for key in keys:
        for scalar in _select(node, key.split(".")):
            start, end = scalar.start_mark.index, scalar.end_mark.index
            if scalar.tag != "tag:yaml.org,2002:str" or not scalar.value.strip():
                continue
            style = scalar.style or ""
            text = scalar.value
            if style in ("|", ">"):
                end = start + len(source[start:end].rstrip())
                text = text.rstrip("\n")
                # Newlines of a folded scalar are few; written as a literal one they are plain to see.
                style = "|" + source[start + 1 : start + 2].strip("0123456789 \n#")
            # A scalar with an anchor or a tag starts at its property; its text comes last.
            if not style and not source[start:end].endswith(scalar.value.split("\n")[-1].split(" ")[-1]):
                continue
            if source[start : start + 1] in "&!*" and not style:
                continue
            found[start] = Value(text, start, end, style)
    return [found[start] for start in sorted(found)]


def _select(node: yaml.Node | None, path: Sequence[str]) -> Iterator[yaml.ScalarNode]:
    import yaml  # noqa: PLC0415 - as above

    if node is None:
        return
    if not path:
        if isinstance(node, yaml.ScalarNode):
            yield node
        elif isinstance(node, yaml.SequenceNode):
            for child in node.value:
                if isinstance(child, yaml.ScalarNode):
                    yield child
        return
    step, rest = path[0], path[1:]
    if isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            if step in ("*", key.value):
                yield from _select(child, rest)
    elif isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            if step in ("*", str(index)):
                yield from _select(child, rest)


def written(text: str, style: str, indent: str) -> str:
    """Return the YAML scalar for `text` in the given style if that reads back as `text`, else double-quoted.

    Args:
        text: The value.
        style: "" (plain), a quote, or the block indicator of the value it replaces.
        indent: What the lines of a block scalar begin with.
    """
    candidate = ""
    if style == "'":
        candidate = "'" + text.replace("'", "''") + "'"
    elif style == "":
        candidate = text
    elif style[0] == "|" and "\n" in text:
        body = "\n".join(indent + line if line else "" for line in text.split("\n"))
        candidate = f"{style}\n{body}"
    if candidate:
        try:
            node = _compose(f"{indent[:-1] if style[:1] == '|' else ''}k: {candidate}\n")
            pair = node.value[0] if node is not None and len(node.value) == 1 else None
            if (
                pair is not None
                and pair[1].value.rstrip("\n") == text
                and pair[1].tag == "tag:yaml.org,2002:str"
                # A plain scalar may be ended by what is harmless at the top but not inside brackets.
                and (style or not re.search(r"[\[\]{},]", text))
            ):
                return candidate
        except (FrontMatterError, AttributeError, TypeError):
            pass
    quoted = json.dumps(text, ensure_ascii=False)
    return _JSON_LEFT.sub(lambda match: f"\\u{ord(match.group()):04x}", quoted)
