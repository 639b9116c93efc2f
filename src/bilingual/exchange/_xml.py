"""XML, read with suspicion and written by hand: no declarations, no entities, bounded depth; knows no format.

Files come from strangers. A document type that declares something is refused, so there are no entities to expand and
nothing to fetch; the one exception is the line that names a format's own DTD and nothing else, which most programs
write into a TMX file. It is skipped, never followed.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn
from xml.parsers import expat

from bilingual.diagnostics import BilingualError, Diagnostic, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

_XML = "http://www.w3.org/XML/1998/namespace"
#: How deep elements may stand in each other; no format needs a tenth of it.
_DEPTH = 256
#: How many elements may be held at once; a unit of a translation has some dozens.
_ELEMENTS = 500_000
#: The longest tag, comment or stretch of text, in characters: the parser rereads what is not yet complete.
_PIECE = 16_000_000


@dataclass(slots=True)
class Element:
    """An element with what is in it.

    Attributes:
        name: Its name; if its namespace is not that of the root element, with the namespace and a blank before it.
        attributes: Its attributes; names are formed likewise, but for `xml:lang` and `xml:space`.
        content: Its texts and elements, in order.
        line: The line that it begins on.
    """

    name: str
    attributes: dict[str, str]
    content: list[Element | str] = field(default_factory=list)
    line: int = 0

    def get(self, name: str, default: str = "") -> str:
        """Return the value of an attribute."""
        return self.attributes.get(name, default)

    def all(self, *names: str) -> Iterator[Element]:
        """Yield the elements right inside that have one of these names."""
        for each in self.content:
            if isinstance(each, Element) and each.name in names:
                yield each

    def find(self, name: str) -> Element | None:
        """Return the first element right inside that has this name."""
        return next(self.all(name), None)

    def text(self) -> str:
        """Return all text in the element."""
        return "".join(each if isinstance(each, str) else each.text() for each in self.content)

    def within(self, name: str) -> str:
        """Return the text of the first element right inside that has this name, empty if there is none."""
        found = self.find(name)
        return found.text() if found is not None else ""


# --- reading -----------------------------------------------------------------------------------------------------

_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z][\w.:-]{0,40})["']""")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
#: Encodings of texts; Python knows others, some of which run programs of their own.
_ENCODINGS = re.compile(
    r"ascii|utf-8|utf-16(?:-[bl]e)?|iso8859-\d+|cp\d+|gb2312|gbk|gb18030|hz|big5(?:hkscs)?|shift_jis(?:x0213)?|"
    r"euc_(?:jp|kr)|koi8-[rut]|mac-\w+|tis-620"
)


def refused(code: str, message: str, path: str, line: int | None = None, hint: str = "") -> NoReturn:
    """Raise the error that says why a file is not read."""
    raise BilingualError(Diagnostic(code, message, Place(path, line), hint=hint)) from None


def _encoding(data: bytes, path: str) -> tuple[str, int]:
    """Return the name of the encoding that a file has, and how many bytes its byte order mark takes."""
    mark, encoding = next(((mark, name) for mark, name in _BOMS if data.startswith(mark)), (b"", ""))
    if encoding:
        return encoding, len(mark) if b"<" not in mark else 0
    declared = _DECLARED.match(data[:400])
    encoding = declared.group(1).decode("ascii") if declared else "utf-8"
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        name = ""
    if not _ENCODINGS.fullmatch(name):
        refused("exchange-encoding", f"the encoding {encoding!r} is not read", path, 1, "save the file as UTF-8")
    # What could be read byte by byte is not in two or four bytes a character, whatever it says.
    return "utf-8" if name.startswith(("utf-16", "utf-32")) else name, 0


def decoded(data: bytes, path: str) -> str:
    """Return the text of an XML file by its byte order mark or its declaration.

    Raises:
        BilingualError: If it is in another encoding than it says, or in one that is not known.
    """
    name, skipped = _encoding(data, path)
    try:
        return data[skipped:].decode(name)
    except UnicodeDecodeError as error:
        line = data[skipped : skipped + error.start].decode(name, "ignore").count("\n") + 1
        refused("exchange-encoding", f"the file is not in {name}, as it says", path, line, "save it as UTF-8")


def root(data: bytes) -> tuple[str, str]:
    """Return the name of the root element and its `version`, as far as the beginning of a file shows them."""
    try:
        name, skipped = _encoding(data, "")
    except BilingualError:
        return "", ""
    text = data[skipped:8192].decode(name, "ignore")
    found = re.search(r"<(?![?!])(?:[\w.-]+:)?([\w.-]+)((?:\s[^<>]*)?)>", text) if text.lstrip()[:1] == "<" else None
    if found is None:
        return "", ""
    version = re.search(r"""\sversion\s*=\s*["']([^"'<>]*)["']""", found.group(2))
    return found.group(1), version.group(1) if version else ""


def read(
    data: bytes,
    path: str,
    roots: Sequence[str],
    handle: Mapping[str, Callable[[Element, Sequence[Element]], None]],
    dtds: Collection[tuple[str | None, str]] = (),
) -> Element:
    """Read an XML file, element by element, so that no more than one unit of it is in memory.

    Args:
        data: The file.
        path: Its path, for diagnostics.
        roots: Names that the root element may have.
        handle: For names of elements, what is done with each when it is complete. It is called with the element and
            with those that it stands in, outermost first, as far as they are read; the element is dropped after that.
        dtds: The public and system identifiers, letter for letter, of document types that are passed over if they
            declare nothing.

    Returns:
        The root element, without the elements that were handled.

    Raises:
        BilingualError: If the file is not well-formed, or holds what no such file needs.
    """
    text = decoded(data, path)
    _measure(text, path)
    reader = _Reader(path, roots, handle, dtds)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.buffer_size = 1 << 16
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.EntityDeclHandler = reader.entity
    parser.SkippedEntityHandler = reader.entity
    parser.ExternalEntityRefHandler = reader.entity
    reader.parser = parser
    try:
        parser.Parse(text, True)  # noqa: FBT003 - the parser takes no names
    except expat.ExpatError as error:
        what = expat.ErrorString(error.code)
        refused("exchange-syntax", f"this is no XML: {what}", path, error.lineno, "was the file cut off, or edited?")
    if reader.root is None:  # unreachable: a file without an element is not well-formed
        refused("exchange-syntax", "this is no XML: no element found", path)
    return reader.root


def _measure(text: str, path: str) -> None:
    """Refuse a file with a piece of markup or text that is longer than any needs."""
    longest = max(map(len, text.split("<")))
    for opener, closer in (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")):
        position = text.find(opener)
        while position >= 0:
            end = text.find(closer, position)
            end = len(text) if end < 0 else end
            longest = max(longest, end - position)
            position = text.find(opener, end)
    if longest > _PIECE:
        refused("exchange-unsafe", f"a tag or text of the file is longer than {_PIECE} characters", path)


class _Reader:
    """What the parser calls."""

    def __init__(
        self,
        path: str,
        roots: Sequence[str],
        handle: Mapping[str, Callable[[Element, Sequence[Element]], None]],
        dtds: Collection[tuple[str | None, str]],
    ) -> None:
        self.path = path
        self.roots = roots
        self.handle = handle
        self.dtds = dtds
        self.root: Element | None = None
        self.namespace = ""
        self.open: list[Element] = []
        self.held = 0
        self.parser: expat.XMLParserType

    def line(self) -> int:
        return self.parser.CurrentLineNumber

    def name(self, name: str) -> str:
        space, blank, local = name.rpartition(" ")
        return local if not blank or space == self.namespace else name

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self.root is None:
            self.namespace = name.rpartition(" ")[0]
            if self.name(name) not in self.roots:
                expected = " or ".join(f"<{each}>" for each in self.roots)
                message = f"the file begins with <{self.name(name)[:60]}>, not with {expected}"
                refused("exchange-syntax", message, self.path, self.line(), "--format says what a file is")
        if len(self.open) >= _DEPTH:
            refused("exchange-unsafe", f"elements stand more than {_DEPTH} deep in each other", self.path, self.line())
        self.held += 1
        if self.held > _ELEMENTS:
            refused("exchange-unsafe", "the file holds too many elements outside of its units", self.path, self.line())
        named = {
            f"xml:{key[len(_XML) + 1 :]}" if key.startswith(f"{_XML} ") else key: value
            for key, value in attributes.items()
        }
        element = Element(self.name(name), named, [], self.line())
        if self.root is None:
            self.root = element
        else:
            self.open[-1].content.append(element)
        self.open.append(element)

    def end(self, _name: str) -> None:
        element = self.open.pop()
        action = self.handle.get(element.name)
        if action is None or not self.open:
            return
        action(element, tuple(self.open))
        outer = self.open[-1].content
        outer.pop()
        while outer and isinstance(outer[-1], str):
            outer.pop()
        self.held -= _count(element)

    def characters(self, text: str) -> None:
        self.open[-1].content.append(text)

    def doctype(self, name: str, system: str | None, public: str | None, internal: int) -> None:
        if internal or (public, system) not in self.dtds or name not in self.roots:
            message, hint = "the file has a document type, which may hide anything", "take the <!DOCTYPE … > out of it"
            refused("exchange-unsafe", message, self.path, self.line(), hint)

    def entity(self, *_: object) -> NoReturn:
        message = "the file uses an entity that is none of the five of XML"
        refused("exchange-unsafe", message, self.path, self.line(), "write the character itself in its place")


def _count(element: Element) -> int:
    return 1 + sum(_count(each) for each in element.content if isinstance(each, Element))


# --- writing -----------------------------------------------------------------------------------------------------

#: What XML 1.0 cannot hold, not even escaped (section 2.2 of the specification).
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPELLED = re.compile(r"\{U\+([0-9A-F]{4})\}")
_SPECIAL = re.compile("[&<>\r]")
_SPECIAL_IN_ATTRIBUTES = re.compile('[&<>"\t\n\r]')


def spelled(text: str) -> str:
    """Return a text with every character that XML cannot hold written as `{U+0008}`; `unspelled` is the inverse."""
    if "{U+" in text:
        text = _SPELLED.sub(lambda match: f"{{U+007B}}{match.group()[1:]}" if _meant(match) else match.group(), text)
    return ILLEGAL.sub(lambda match: f"{{U+{ord(match.group()):04X}}}", text)


def unspelled(text: str) -> str:
    """Return a text with its `{U+0008}` as characters; those that XML can hold were never written so, but `{`."""
    if "{U+" not in text:
        return text
    return _SPELLED.sub(lambda match: chr(int(match.group(1), 16)) if _meant(match) else match.group(), text)


def _meant(match: re.Match[str]) -> bool:
    char = chr(int(match.group(1), 16))
    return char == "{" or (ILLEGAL.match(char) is not None and not "\ud800" <= char <= "\udfff")


def escaped(text: str) -> str:
    """Return a text as it stands between tags; XML must be able to hold it."""
    return _SPECIAL.sub(_reference, text)


def _reference(match: re.Match[str]) -> str:
    char = match.group()
    return {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}.get(char) or f"&#{ord(char)};"


def tag(name: str, attributes: Iterable[tuple[str, str]] = (), content: str | None = None) -> str:
    """Return an element.

    Args:
        name: Its name.
        attributes: Its attributes, not escaped; those that are empty are left out.
        content: What is in it, escaped; None if nothing.
    """
    start = name + "".join(
        f' {key}="{_SPECIAL_IN_ATTRIBUTES.sub(_reference, spelled(value))}"' for key, value in attributes if value
    )
    return f"<{start}/>" if content is None else f"<{start}>{content}</{name}>"


def written(text: str) -> str:
    """Return a text as it stands between tags, whatever is in it."""
    return escaped(spelled(text))


DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
