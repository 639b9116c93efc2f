"""What a block says, as nodes that know neither Markdown nor an output format; all editions are made from them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from bilingual.markdown import front_matter
from bilingual.markdown.dialect import Dialect, NoOptions, new_parser
from bilingual.markdown.document import Block, BlockKind, Document, Segment
from bilingual.markdown.inline import joint, rendered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_HEADING_END = re.compile(r"[ \t]+\{[#.:][^{}]*\}$")
_ENVIRONMENT = re.compile(r"\\begin\{[A-Za-z]+\*?\}.*\\end\{[A-Za-z]+\*?\}", re.DOTALL)
_LABEL = re.compile(r":(?:eq)?label:`([^`]+)`|\(([\w.:-]+)\)=|\{:?[^{}]*#([\w.:-]+)[^{}]*\}")
#: A text without any of these is one text node.
_MARKUP = re.compile(r"[`$<\[\]\\*_~&^\n@{]|:[A-Za-z/]|www\.")
#: A text of nothing but plain characters, code between single backticks, formulas between single dollars, roles, links
#: to common addresses, and bold or italic text that begins and ends with letters or digits: most texts that have
#: markup. What these are does not depend on anything around them, so no parser is asked.
_PLAIN = r"(?:[^`$<\[\]\\*_~&^\n@{:w]|:(?![A-Za-z/])|w(?!ww\.)BRACKETS)++"
#: Brackets that are no link, in a document that defines none.
_BRACKETS = r"|\[(?!\^|[^\[\]]*\]\()|\](?!\()"
_CODE = r"`([^`]++)`(?!`)"
_FORMULA = r"(?<![\d$])\$(?![\s$])([^$`\\]*+(?:\\.[^$`\\]*+)*+)(?<!\s)\$(?![\d$])"
_ROLE = r"(?<![A-Za-z]):([A-Za-z][\w+.-]*+):`([^`]++)`(?!`)"
_STRONG = r"(?<!\*)\*\*(?=[^\W_])((?:PIECES)++)(?<=[^\W_])\*\*(?!\*)"
_LINK = (
    r"(?<!!)\[((?:PIECES)++)\]\("
    r"((?:https?://[a-z0-9.-]++(?:/[A-Za-z0-9/._-]*+)?|[A-Za-z0-9/._-]++)(?:\#[A-Za-z0-9._-]++)?)\)"
)
_EMPHASIS = r"(?<!\*)\*(?=[^\W_])((?:PIECES)++)(?<=[^\W_])\*(?!\*)"
_GROUP = re.compile(r"(?<!\\)\((?!\?)")
_CONTAINER = re.compile(r"[ \t]*\{?([\w:-]+)\}?")
_ADMONITION = re.compile(r"(?:!!!|\?\?\?\+?)[ \t]+([\w-]+)")


class NodeKind(StrEnum):
    """What an inline node is."""

    TEXT = "text"
    STRONG = "strong"
    EMPHASIS = "emphasis"
    DELETED = "deleted"
    CODE = "code"
    MATH = "math"
    DISPLAY = "display formula"
    LINK = "link"
    IMAGE = "image"
    BREAK = "line break"
    HTML = "html"
    REFERENCE = "footnote reference"
    NOTE = "footnote in place"
    ROLE = "role"


class Node(NamedTuple):
    """A piece of inline text.

    Attributes:
        kind: What it is.
        text: The text of a leaf: LaTeX of a formula, the tag of HTML, the label of a footnote reference, the content
            of a role; the alternative text of an image.
        children: What is inside of the others.
        destination: Where a link leads, what an image shows, the name of a role; as the author wrote it, save that
            the parser encodes what a URL cannot hold.
        title: The title of a link or image.
    """

    kind: NodeKind
    text: str = ""
    children: tuple[Node, ...] = ()
    destination: str = ""
    title: str = ""


class Run(NamedTuple):
    """Inline text that stands together; `segment` is what it came from, if that is a segment of its document."""

    nodes: tuple[Node, ...]
    segment: Segment | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    r"""A formula in a paragraph's lines, `\begin{align}` … `\end{align}`."""

    latex: str


@dataclass(frozen=True, slots=True)
class Directive:
    """A line that is wholly syntax; `label` is the anchor that it sets, if it does."""

    text: str
    label: str = ""


Piece = Run | Environment | Directive


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        head: The rows of its head.
        body: All other rows.
        alignments: The alignment of each column: left, right, center, or empty.
        labels: The labels right below it, which the parser takes for its last rows.
    """

    head: tuple[tuple[Run, ...], ...]
    body: tuple[tuple[Run, ...], ...]
    alignments: tuple[str, ...]
    labels: tuple[str, ...] = ()


#: Looked up once: there are many texts, and members of enumerations are found slowly.
_TEXT = NodeKind.TEXT
_PAIRS = {
    "strong": NodeKind.STRONG,
    "em": NodeKind.EMPHASIS,
    "s": NodeKind.DELETED,
    "link": NodeKind.LINK,
}


#: Rules that match nothing in a text without one of the strings; each that is left out spares a call a character.
_NEEDED = {
    "math_inline": "$",
    "role": "`",
    "backticks": "`",
    "strikethrough": "~~",
    "footnote_inline": "^[",
    "footnote_ref": "[^",
    "link": "[",
    "image": "![",
    "autolink": "<",
    "html_inline": "<",
    "entity": "&",
    "gfm_autolink_www": "ww.",
    "gfm_autolink_protocol": ":",
    "gfm_autolink_email": "@",
}


@cache
def _parser(dialect: Dialect, without: frozenset[str] = frozenset()) -> MarkdownIt:
    """The parser for what readers see: `**重点：**后文` is bold there, whatever plain CommonMark makes of it.

    Args:
        dialect: The dialect of the book.
        without: Rules that are left out.
    """
    extra = () if dialect.has("cjk_emphasis") else (("cjk_emphasis", NoOptions()),)
    md = new_parser(replace(dialect, extensions=(*dialect.extensions, *extra)))
    md.inline.ruler.disable(list(without), ignoreInvalid=True)
    return md


def nodes(
    text: str, dialect: Dialect, references: Mapping[str, Any] | None = None, breaks: Sequence[str] = ()
) -> tuple[Node, ...]:
    r"""Return the nodes of a segment's Markdown.

    Args:
        text: The Markdown, as a msgid has it.
        dialect: The dialect of its book.
        references: The link definitions of the document, as `references_of` gives them.
        breaks: How the document writes each `\n` of `text`, as `Segment.breaks` has it.
    """
    if _MARKUP.search(text) is None:
        return (Node(_TEXT, text),) if text else ()
    whole, piece = _simple_patterns(brackets=not references)
    if (
        whole.fullmatch(text)
        and ("$" not in text or _has_dollars(dialect))
        and (":`" not in text or dialect.has("roles"))
    ):
        return tuple(_simple(text, piece))
    source = rendered(text, breaks, "") if "\n" in text else text
    md = _parser(dialect, frozenset([name for name, needed in _NEEDED.items() if needed not in source]))
    env: dict[str, Any] = {"references": references or {}}
    tokens: list[Token] = md.inline.parse(source, md, env, [])
    return _tree(tokens, env, keep=dialect.line_breaks == "keep")


@cache
def _has_dollars(dialect: Dialect) -> bool:
    """Return whether single dollars enclose formulas."""
    return any(name == "math" and getattr(options, "single", True) for name, options in dialect.extensions)


@cache
def _simple_patterns(*, brackets: bool) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what a text matches that no parser need be asked for, and what each piece of it matches.

    Args:
        brackets: Whether brackets that are no link are plain characters.
    """
    plain = _PLAIN.replace("BRACKETS", _BRACKETS if brackets else "")
    # What a link or bold text holds has no brackets of its own.
    inner = "|".join(_GROUP.sub("(?:", each) for each in (_PLAIN.replace("BRACKETS", ""), _CODE, _FORMULA, _ROLE))
    pieces = (_CODE, _FORMULA, _ROLE, *(each.replace("PIECES", inner) for each in (_STRONG, _EMPHASIS, _LINK)))
    whole = "|".join([plain, *(_GROUP.sub("(?:", each) for each in pieces)])
    return re.compile(f"(?:{whole})*+"), re.compile("|".join([f"({plain})", *pieces]))


def _simple(text: str, piece: re.Pattern[str]) -> Iterator[Node]:
    """Yield the nodes of a text that the first of `_simple_patterns` matches; `piece` is the second."""
    for match in piece.finditer(text):
        # Which group is the last says which of the patterns it was.
        last = match.lastindex
        if last == 1:
            yield Node(_TEXT, match[1])
        elif last == 2:
            code = match[2]
            both = code.startswith(" ") and code.endswith(" ") and code.strip(" ")
            yield Node(NodeKind.CODE, code[1:-1] if both else code)
        elif last == 3:
            yield Node(NodeKind.MATH, match[3])
        elif last == 5:
            yield Node(NodeKind.ROLE, match[5], destination=match[4])
        elif last == 6:
            yield Node(NodeKind.STRONG, children=tuple(_simple(match[6], piece)))
        elif last == 7:
            yield Node(NodeKind.EMPHASIS, children=tuple(_simple(match[7], piece)))
        else:
            yield Node(NodeKind.LINK, children=tuple(_simple(match[8], piece)), destination=match[9])


def _tree(tokens: Sequence[Token], env: dict[str, Any], *, keep: bool) -> tuple[Node, ...]:
    stack: list[tuple[Token | None, list[Node]]] = [(None, [])]
    for index, token in enumerate(tokens):
        kind = token.type
        found = stack[-1][1]
        if kind in ("text", "text_special"):
            if found and found[-1].kind is NodeKind.TEXT:
                found[-1] = Node(NodeKind.TEXT, found[-1].text + token.content)
            elif token.content:
                found.append(Node(NodeKind.TEXT, token.content))
        elif token.nesting == 1:
            stack.append((token, []))
        elif token.nesting == -1:
            if len(stack) == 1:
                continue
            opened, children = stack.pop()
            name = opened.type.removesuffix("_open") if opened else ""
            attrs: Mapping[str, Any] = opened.attrs if opened else {}
            if name in _PAIRS:
                node = Node(
                    _PAIRS[name],
                    children=tuple(children),
                    destination=str(attrs.get("href", "")),
                    title=str(attrs.get("title", "")),
                )
                stack[-1][1].append(node)
            else:
                stack[-1][1].extend(children)
        elif kind == "softbreak":
            before = found[-1].text[-1:] if found and found[-1].kind is NodeKind.TEXT else ""
            after = tokens[index + 1].content[:1] if index + 1 < len(tokens) else ""
            found.append(Node(NodeKind.BREAK) if keep else Node(NodeKind.TEXT, joint(before, after)))
        else:
            found.append(_leaf(token, env, keep=keep))
    while len(stack) > 1:  # an outside extension may leave something open
        _, children = stack.pop()
        stack[-1][1].extend(children)
    return tuple(node for node in stack[0][1] if node.kind is not NodeKind.TEXT or node.text)


def _leaf(token: Token, env: dict[str, Any], *, keep: bool) -> Node:
    kind = token.type
    meta = token.meta or {}
    if kind == "image":
        children = _tree(token.children or (), env, keep=keep)
        attrs = token.attrs
        return Node(
            NodeKind.IMAGE,
            plain_text(children),
            destination=str(attrs.get("src", "")),
            title=str(attrs.get("title", "")),
        )
    if kind == "footnote_ref":
        if "label" in meta:
            return Node(NodeKind.REFERENCE, str(meta["label"]))
        note = env.get("footnotes", {}).get("list", {}).get(meta.get("id"), {})
        return Node(NodeKind.NOTE, children=_tree(note.get("tokens") or (), env, keep=keep))
    if kind == "role":
        return Node(NodeKind.ROLE, token.content, destination=token.markup.strip(":{}"))
    simple = {
        "code_inline": NodeKind.CODE,
        "math_inline": NodeKind.MATH,
        "math_inline_double": NodeKind.DISPLAY,
        "hardbreak": NodeKind.BREAK,
        "html_inline": NodeKind.HTML,
    }
    return Node(simple.get(kind, NodeKind.TEXT), token.content)


def plain_text(found: Sequence[Node]) -> str:
    """Return what a reader reads of nodes, as text; formulas as LaTeX, tags as nothing."""
    parts = []
    for node in found:
        if node.kind is NodeKind.BREAK:
            parts.append(" ")
        elif node.kind in (NodeKind.HTML, NodeKind.REFERENCE):
            continue
        else:
            parts.append(node.text or plain_text(node.children))
    return "".join(parts)


def references_of(document: Document) -> dict[str, Any]:
    """Return the link definitions of a document as `nodes` takes them."""
    return {label: {"href": href, "title": ""} for label, href, _ in document.references}


def pieces(block: Block, dialect: Dialect, references: Mapping[str, Any]) -> tuple[Piece, ...]:
    r"""Return what stands in a paragraph, heading, term or title of a container, in order.

    Lines that are wholly syntax are directives, save for `\begin{…}` … `\end{…}`, which is a formula.
    """
    found: list[Piece] = []
    environment: list[str] = []
    for piece in block.pieces:
        if isinstance(piece, str):
            if environment or piece.startswith("\\begin{"):
                environment.append(piece)
                latex = "\n".join(environment)
                if _ENVIRONMENT.fullmatch(latex):
                    found.append(Environment(latex))
                    environment = []
                continue
            match = _LABEL.search(piece)
            label = next((each for each in match.groups() if each), "") if match else ""
            found.append(Directive(piece, label))
            continue
        text = piece.text
        if block.kind is BlockKind.HEADING:
            text = _HEADING_END.sub("", text)
        found.append(Run(nodes(text, dialect, references, piece.breaks), piece))
    found.extend(Directive(line) for line in environment)
    return tuple(found)


def table(block: Block, dialect: Dialect, references: Mapping[str, Any]) -> Table:
    """Return the cells of a table."""
    rows: dict[str, list[tuple[Run, ...]]] = {"thead": [], "tbody": []}
    alignments: list[str] = []
    labels: list[str] = []
    part = "thead"
    row: list[Run] = []
    written: list[str] = []
    for token in block.tokens:
        if token.type in ("thead_open", "tbody_open"):
            part = token.tag
        elif token.type == "tr_open":
            row, written = [], []
        elif token.type == "tr_close":
            label = _LABEL.fullmatch(written[0]) if written and not any(written[1:]) else None
            if label is not None and part == "tbody":
                labels.extend(each for each in label.groups() if each)
            else:
                rows[part].append(tuple(row))
        elif token.type == "th_open":
            alignments.append(str(token.attrs.get("style", "")).removeprefix("text-align:"))
        elif token.type == "inline":
            written.append(token.content.strip())
            row.append(Run(nodes(token.content, dialect, references)))
    return Table(tuple(rows["thead"]), tuple(rows["tbody"]), tuple(alignments), tuple(labels))


def code_of(block: Block) -> str:
    """Return the text of a code block, formula, diagram or HTML block, without fences and container prefixes."""
    return block.tokens[0].content if block.tokens else ""


def formula_of(block: Block) -> tuple[str, str]:
    """Return the LaTeX of a display formula, and its label or an empty string."""
    token = block.tokens[0]
    latex = token.content.strip()
    if token.markup == "\\[":
        latex = latex.removeprefix("\\[").removesuffix("\\]").strip()
    return latex, token.info if token.type == "math_block_label" else ""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a block with children is around them.

    Attributes:
        kind: What it is.
        name: The name of a callout or container (`note`, `tip`, `details`), the label of a footnote.
        start: The number of an ordered list's first item; 0 if it is not ordered.
        tight: Whether a list's items stand close together.
        checked: Whether a task is done; None if it is no task.
    """

    kind: BlockKind
    name: str = ""
    start: int = 0
    tight: bool = False
    checked: bool | None = None


def frame_of(block: Block) -> Frame:
    """Return what a block with children is around them."""
    token = block.tokens[0] if block.tokens else None
    if token is None:
        return Frame(block.kind)
    meta = token.meta or {}
    if block.kind is BlockKind.LIST:
        start = int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else 0
        return Frame(block.kind, "ordered" if token.type == "ordered_list_open" else "", start, tight=_tight(block))
    if block.kind is BlockKind.ITEM:
        return Frame(block.kind, checked=meta.get("checked"))
    if token.type == "alert_open":
        return Frame(BlockKind.CONTAINER, str(meta.get("kind", "note")).lower())
    if token.type == "admonition_open":
        match = _ADMONITION.match(token.info)
        name = match.group(1).lower() if match else "tab"
        return Frame(block.kind, "details" if token.info.startswith("???") else name)
    if token.type == "container_open":
        match = _CONTAINER.match(token.info)
        return Frame(block.kind, match.group(1).lower() if match else "")
    return Frame(block.kind, str(meta.get("label", "")))


def _tight(block: Block) -> bool:
    return not any(
        inner.kind is BlockKind.PARAGRAPH and inner.tokens and not inner.tokens[0].hidden
        for item in block.children
        for inner in item.children
    )


def metadata(block: Block, keys: Sequence[str]) -> dict[str, str]:
    """Return the values of some keys of YAML front matter, those that are plain texts."""
    found = {}
    token = block.tokens[0]
    if token.markup == "---":
        for key in keys:
            try:
                values = front_matter.values(token.content, (key,))
            except front_matter.FrontMatterError:
                return {}
            if values:
                found[key] = values[0].text
    return found


def headings(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield every heading of some blocks, in order."""
    for block in blocks:
        if block.kind is BlockKind.HEADING:
            yield block
        else:
            yield from headings(block.children)


def wholly(found: Sequence[Node], kind: NodeKind) -> Node | None:
    """Return the one node of a kind that nodes consist of, blanks aside; None if there is anything else."""
    rest = [node for node in found if node.kind is not NodeKind.TEXT or node.text.strip()]
    return rest[0] if len(rest) == 1 and rest[0].kind is kind else None
