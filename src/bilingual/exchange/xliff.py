"""XLIFF 1.2, the bilingual file that most programs and platforms open: Trados, memoQ, Phrase, OmegaT, Weblate.

Each catalog is a `<file>`, each entry a unit, as the guide for gettext catalogs says. Formulas, code and addresses are
native codes, which programs show as tags and keep. Approved and final translations are reviewed ones; those that need
translation, adaptation or a review are fuzzy. Obsolete entries are not to be translated. A program may drop, add and
reorder what it likes, as long as a unit keeps its source text.

Sources: "XLIFF Version 1.2", OASIS, 2008; "XLIFF 1.2 Representation Guide for Gettext PO", OASIS, 2006; the states are
those of Weblate's manual.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bilingual import __version__
from bilingual.catalog import State
from bilingual.exchange import Bundle, Format
from bilingual.exchange._entries import Collector, Names, Unit, day, facts, forms, language_of, pieces, standing
from bilingual.exchange._xml import DECLARATION, Element, escaped, read, refused, root, tag, unspelled, written
from bilingual.language import regional

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bilingual.catalog import Entry
    from bilingual.exchange import Portion
    from bilingual.exchange._entries import Piece
    from bilingual.language import Language


@dataclass(frozen=True, slots=True)
class Options:
    """How an XLIFF file is written.

    Attributes:
        protect: Whether formulas, code, tags and addresses are native codes, which a translator cannot damage.
    """

    protect: bool = True


_NAMESPACE = "urn:oasis:names:tc:xliff:document:1.2"
#: Where the guide has a name for a fact, besides those of references.
_CONTEXTS = {"context": "x-po-msgctxt", "flag": "x-po-flags"}
_FACTS = {name: fact for fact, name in _CONTEXTS.items()} | {
    f"x-bilingual-{name}": name for name in ("plural", "previous-context", "previous", "obsolete", "sent")
}
_HEADER = "x-gettext-domain-header"
_PLURALS = "x-gettext-plurals"

# --- writing -----------------------------------------------------------------------------------------------------

_STATES = {
    State.DRAFT: "needs-translation",
    State.STALE: "needs-translation",
    State.TRANSLATED: "translated",
    State.REVIEWED: "final",
}


def _write(bundle: Bundle, options: Options) -> Iterator[bytes]:
    yield f'{DECLARATION}<xliff version="1.2" xmlns="{_NAMESPACE}">\n'.encode()
    dialect = bundle.dialect if options.protect else None
    for number, portion in enumerate(bundle.portions, 1):
        attributes = (
            ("original", portion.path or f"catalog-{number}"),
            ("source-language", regional(bundle.source)),
            ("target-language", regional(bundle.target)),
            ("datatype", "po"),
            ("xml:space", "preserve"),
            ("tool-id", "bilingual"),
        )
        tool = tag("tool", (("tool-id", "bilingual"), ("tool-name", "bilingual"), ("tool-version", __version__)))
        notes = [("title", bundle.title), ("licence", bundle.licence), ("header", portion.catalog.header_comment)]
        notes += [("chapter", path) for path in portion.source_paths]
        about = "".join(f"      {tag('note', (('from', name),), written(text))}\n" for name, text in notes if text)
        start = tag("file", attributes, "").removesuffix("</file>")
        yield f"  {start}\n    <header>\n{about}      {tool}\n    </header>\n    <body>\n".encode()
        if portion.catalog.header:
            yield _header(portion).encode()
        names = Names()
        for entry in portion.catalog.entries:
            texts = [pieces(entry, pair, dialect) for pair in forms(entry)]
            yield _entry(entry, names.of(entry), texts).encode()
        yield b"    </body>\n  </file>\n"
    yield b"</xliff>\n"


def _header(portion: Portion) -> str:
    """Return the unit that holds the header of a catalog; translators do not see it."""
    lines = "".join(f"{name}: {value}\n" if name else f"{value}\n" for name, value in portion.catalog.header)
    attributes = (("id", "header"), ("restype", _HEADER), ("translate", "no"), ("approved", "no"))
    content = f"\n        {tag('source', (), written(lines))}\n        {tag('target', (), written(lines))}\n      "
    return f"      {tag('trans-unit', attributes, content)}\n"


def _entry(entry: Entry, name: str, texts: Sequence[tuple[tuple[Piece, ...], ...]]) -> str:
    about = "".join(f"        {line}\n" for line in _about(entry))
    if entry.plural is None:
        return _unit(entry, name, texts[0], about)
    units = "".join(_unit(entry, f"{name}-{form}", pair, "") for form, pair in enumerate(texts))
    attributes = [("id", name), ("restype", _PLURALS)]
    group = tag("group", attributes, f"\n{about}{units}      ")
    return f"      {group}\n"


def _unit(entry: Entry, name: str, texts: tuple[tuple[Piece, ...], ...], about: str) -> str:
    source, target = texts
    state = standing(entry)
    attributes = [("id", name), ("xml:space", "preserve")]
    if entry.obsolete:
        attributes.append(("translate", "no"))
    if state is State.REVIEWED and target:
        attributes.append(("approved", "yes"))
    lines = [tag("source", (), _inline(source))]
    if target:
        lines.append(tag("target", (("state", _STATES.get(state, "")),), _inline(target)))
    content = "".join(f"        {line}\n" for line in lines)
    unit = tag("trans-unit", attributes, f"\n{content}{about}      ")
    return f"      {unit}\n"


def _about(entry: Entry) -> Iterator[str]:
    """Yield what follows the texts of an entry: notes, places, facts, and what it was before."""
    said = list(facts(entry))
    for name, text in said:
        if name == "reference":
            yield _contexts("location", _place(text))
    # What a text was before has an element of its own, which a group of plural forms cannot hold.
    changed = entry.previous is not None and entry.plural is None
    former = {"previous", "previous-context"} if changed else set()
    others = [
        (_CONTEXTS.get(name, f"x-bilingual-{name}"), text) for name, text in said if name not in {"reference", *former}
    ]
    yield _contexts("information", others)
    for author, text in (("developer", entry.extracted), ("translator", entry.comment)):
        if text:
            yield tag("note", (("from", author),), written(text))
    if entry.previous is not None and changed:
        content = tag("source", (), written(entry.previous)) + tag("target", (), written(forms(entry)[0][1]))
        if entry.previous_context is not None:
            content += _contexts("information", [(_CONTEXTS["context"], entry.previous_context)])
        yield tag("alt-trans", (("alttranstype", "previous-version"), ("xml:space", "preserve")), content)


def _contexts(purpose: str, contexts: Iterable[tuple[str, str]]) -> str:
    """Return a group of contexts; it has no name, since the schema wants names to differ in the whole file."""
    lines = "".join(tag("context", (("context-type", kind),), written(text)) for kind, text in contexts)
    return tag("context-group", (("purpose", purpose),), lines)


def _place(reference: str) -> list[tuple[str, str]]:
    path, colon, line = reference.rpartition(":")
    if colon and line.isascii() and line.isdigit():
        return [("sourcefile", path), ("linenumber", line)]
    return [("sourcefile", reference)]


def _inline(parts: Iterable[Piece]) -> str:
    content = []
    for part in parts:
        number = str(part.number)
        if part.role == "text":
            content.append(written(part.text))
        elif part.role == "single":
            content.append(tag("ph", (("id", number), ("ctype", f"x-{part.kind}")), escaped(part.text)))
        elif part.role == "open":
            kind = part.kind if part.kind == "link" else f"x-{part.kind}"
            content.append(tag("bpt", (("id", number), ("rid", number), ("ctype", kind)), escaped(part.text)))
        else:
            content.append(tag("ept", (("id", f"{number}-end"), ("rid", number)), escaped(part.text)))
    return "".join(content)


# --- reading -----------------------------------------------------------------------------------------------------

_MEMOQ = "MQXliff"
_PHRASE = "http://www.memsource.com/mxlf/2.0"
#: What memoQ says of units that nobody has confirmed, and of those that a second person has.
_UNCONFIRMED = frozenset(
    ["NotStarted", "PreTranslated", "PartiallyEdited", "AssembledFromFragments", "MachineTranslated", "Rejected"]
)
_CONFIRMED = frozenset(["Reviewer1Confirmed", "Proofread"])
_GUESSED = frozenset(["fuzzy-match", "mt-suggestion", "leveraged-mt"])
#: What Trados says of the segments of a unit, in its own files, once somebody has confirmed them, and reviewed them. An
#: `.sdlxliff` has no other states.
_TRADOS = "http://sdl.com/FileTypes/SdlXliff/1.0"
_APPROVED = frozenset(["ApprovedTranslation", "ApprovedSignOff"])
_TRANSLATED = frozenset(["Translated", *_APPROVED])


@dataclass(slots=True)
class _Files:
    """The files of an XLIFF document, as they are read."""

    path: str
    files: list[_File] = field(default_factory=list)
    known: dict[int, _File] = field(default_factory=dict)

    def unit(self, element: Element, around: Sequence[Element]) -> None:
        found = next((each for each in around if each.name == "file"), None)
        if found is None:
            refused("exchange-syntax", "this unit is in no <file>", self.path, element.line)
        if id(found) not in self.known:
            self.known[id(found)] = _File.of(found)
            self.files.append(self.known[id(found)])
        self.known[id(found)].unit(element, around)


@dataclass(slots=True)
class _File:
    """One file of an XLIFF document."""

    element: Element
    collector: Collector
    header: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    marked: bool = False

    @classmethod
    def of(cls, element: Element) -> _File:
        """Return a file with what its head says of who worked on it."""
        head = element.find("header") or Element("header", {})
        phases = [each for each in head.all("phase-group") for each in each.all("phase")]
        tools = [each.get("tool-name") for each in head.all("tool")]
        last = phases[-1] if phases else Element("phase", {})
        reviewer = last.get("contact-name") or next((each for each in tools if each), "") or element.get("tool")
        date = day(last.get("date") or element.get("date"))
        notes = {each.get("from"): unspelled(each.text()) for each in head.all("note")}
        return cls(element, Collector(reviewer, date), {}, notes)

    def unit(self, element: Element, around: Sequence[Element]) -> None:
        source, target = element.find("source"), element.find("target")
        codes: dict[str, str] = {}
        text = _text(source, codes)
        translation = _text(target, codes) if not _half(element.find("seg-source"), target) else ""
        if element.get("restype") == _HEADER:
            lines = (line.partition(": ") for line in unspelled(translation or text).split("\n"))
            self.header = {name: value for name, colon, value in lines if colon}
            return
        group = next((each for each in reversed(around) if each.get("restype") == _PLURALS), None)
        holders = [element] if group is None else [group, element]
        said = [each for holder in holders for each in _said(holder)]
        notes = [each for holder in holders for each in holder.all("note")]
        told = [unspelled(each.text()) for each in notes if each.get("from") == "developer"]
        commented = [unspelled(each.text()) for each in notes if each.get("from") != "developer"]
        fuzzy, approved, marked = _state(element, target)
        self.marked = self.marked or marked
        self.collector.add(
            Unit(
                unspelled(text),
                unspelled(translation),
                said,
                "\n".join(dict.fromkeys(filter(None, commented))),
                "\n".join(dict.fromkeys(filter(None, told))),
                fuzzy,
                approved,
                id(group) if group is not None else None,
                line=element.line,
            )
        )


def _half(source: Element | None, target: Element | None) -> bool:
    """Return whether only some of the sentences that a program made of a unit are translated: half of it is none."""
    if source is None or target is None:
        return False
    parts = dict(_sentences(target))
    return bool(parts) and any(text.strip() and not parts.get(name, "").strip() for name, text in _sentences(source))


def _sentences(element: Element) -> Iterator[tuple[str, str]]:
    for each in element.content:
        if isinstance(each, Element):
            if each.name == "mrk" and each.get("mtype") == "seg":
                yield each.get("mid"), _text(each, {})
            else:
                yield from _sentences(each)


def _said(holder: Element) -> Iterator[tuple[str, str]]:
    """Yield the facts that the context groups of a unit, and its former version, hold."""
    for group in holder.all("context-group"):
        contexts = [(each.get("context-type"), unspelled(each.text())) for each in group.all("context")]
        file = next((text for kind, text in contexts if kind == "sourcefile"), None)
        if file is not None:
            line = next((text for kind, text in contexts if kind == "linenumber"), "")
            yield "reference", f"{file}:{line}" if line else file
        for kind, text in contexts:
            if kind in _FACTS:
                yield _FACTS[kind], text
    for former in holder.all("alt-trans"):
        if former.get("alttranstype") == "previous-version" and former.find("source") is not None:
            yield "previous", unspelled(_text(former.find("source"), {}))
            for fact, text in _said(former):
                if fact == "context":
                    yield "previous-context", text
            return


def _state(element: Element, target: Element | None) -> tuple[bool, bool, bool]:
    """Return whether a translation is fuzzy, whether it is approved, and whether the file says so."""
    state = target.get("state") if target is not None else ""
    own = element.get(f"{_MEMOQ} status")
    confirmed = element.get(f"{_PHRASE} confirmed")
    held = [each for holder in element.all(f"{_TRADOS} seg-defs") for each in holder.all(f"{_TRADOS} seg")]
    segments = {each.get("conf") for each in held}
    approved = element.get("approved").lower() == "yes" or state in {"final", "signed-off"} or own in _CONFIRMED
    approved = approved or (bool(segments) and segments <= _APPROVED)
    fuzzy = state == "new" or state.startswith("needs-")
    if not state and not approved:
        guessed = target is not None and target.get("state-qualifier") in _GUESSED
        fuzzy = guessed or own in _UNCONFIRMED or confirmed == "0" or not segments <= _TRANSLATED
    return fuzzy, approved and not fuzzy, bool(state or own or confirmed or segments or element.get("approved"))


def _text(element: Element | None, codes: dict[str, str]) -> str:
    """Return the text of a source or target: native codes are text.

    Args:
        element: The element; None for none.
        codes: The native codes of the source, by their ids; what a program left empty in the target is taken from it.
    """
    parts = []
    for each in element.content if element is not None else ():
        if isinstance(each, str):
            parts.append(each)
        elif each.name in {"ph", "bpt", "ept", "it", "x", "bx", "ex"}:
            key = f"{'ept' if each.name == 'ex' else 'bpt' if each.name == 'bx' else each.name} {each.get('id')}"
            text = each.text()
            codes.setdefault(key, text or each.get("equiv-text"))
            parts.append(text or codes[key] or codes.get(f"ph {each.get('id')}", ""))
        elif " " not in each.name:
            parts.append(_text(each, codes))
    return "".join(parts)


def _read(data: bytes, path: str) -> Bundle:
    files = _Files(path)
    document = read(data, path, ("xliff",), {"trans-unit": files.unit})
    version = document.get("version")
    if not version.startswith("1."):
        hint = "XLIFF 2 is another format: --format xliff2"
        refused(
            "exchange-format", f"this is XLIFF {version[:20] or 'of no version'}, not 1.2", path, document.line, hint
        )
    if not files.files:
        refused("exchange-empty", "the file holds no unit", path, 1)
    first = files.files[0].element
    source = language_of(first.get("source-language"), path, first.line)
    target = _target(files.files, path)
    portions = tuple(
        each.collector.portion(target, unspelled(each.element.get("original")), each.header, marked=each.marked)
        for each in files.files
    )
    notes: Mapping[str, str] = files.files[0].notes
    return Bundle(source, target, portions, notes.get("licence", ""), notes.get("title", ""))


def _target(files: Sequence[_File], path: str) -> Language:
    """Return the language of the translations, which all files of a document have in common."""
    codes = {each.element.get("target-language"): each.element.line for each in files}
    codes.pop("", None)
    if len(codes) != 1:
        message = "the file names several target languages" if codes else "the file names no target language"
        refused("exchange-language", message, path, files[0].element.line, "give each language a file of its own")
    ((code, line),) = codes.items()
    return language_of(code, path, line)


def _detects(beginning: bytes) -> bool:
    name, version = root(beginning)
    return name == "xliff" and version.startswith("1.")


FORMAT = Format(".xlf", _write, _read, Options, detects=_detects)
