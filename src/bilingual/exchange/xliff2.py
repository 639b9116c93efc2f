"""XLIFF 2.1, the present standard of bilingual files, which memoQ, Trados, Phrase and OmegaT open too.

Each catalog is a `<file>`, each entry a unit of one segment that no program may cut. Formulas, code and addresses are
codes that stand beside the text. The state is `initial` for what is missing or fuzzy, `translated`, or `final` for
what is reviewed. What else an entry says is in the modules for metadata and for matches. Obsolete entries are not to be
translated. A program may drop, add and reorder what it likes, as long as a unit keeps its source text.

Sources: "XLIFF Version 2.1", OASIS, 2018.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from bilingual.catalog import State
from bilingual.exchange import Bundle, Format
from bilingual.exchange._entries import Collector, Names, Unit, facts, forms, language_of, pieces, standing
from bilingual.exchange._xml import DECLARATION, ILLEGAL, Element, escaped, read, refused, root, tag, unspelled, written
from bilingual.language import regional

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bilingual.catalog import Entry
    from bilingual.exchange import Portion
    from bilingual.exchange._entries import Piece


@dataclass(frozen=True, slots=True)
class Options:
    """How an XLIFF file is written.

    Attributes:
        protect: Whether formulas, code, tags and addresses are codes, which a translator cannot damage.
        version: What the file says it is; some programs read what is in it only if it says 2.0.
    """

    protect: bool = True
    version: Literal["2.1", "2.0"] = "2.1"


_NAMESPACE = "urn:oasis:names:tc:xliff:document:2.0"
_METADATA = "urn:oasis:names:tc:xliff:metadata:2.0"
_MATCHES = "urn:oasis:names:tc:xliff:matches:2.0"
_CATEGORY = "bilingual"
_HEADER = "gettext-header"
_PLURALS = "bilingual:plural"
_PREVIOUS = "bilingual:previous"
_FACTS = frozenset(
    ["context", "plural", "previous-context", "previous", "flag", "reference", "obsolete", "sent"],
)
_HEX = re.compile("[0-9A-Fa-f]{4,5}|0[0-9A-Fa-f]{5}|10[0-9A-Fa-f]{4}")

# --- writing -----------------------------------------------------------------------------------------------------

_STATES = {
    State.MISSING: (("state", "initial"),),
    State.DRAFT: (("state", "initial"), ("subState", "bilingual:draft")),
    State.STALE: (("state", "initial"), ("subState", "bilingual:stale")),
    State.TRANSLATED: (("state", "translated"),),
    State.REVIEWED: (("state", "final"),),
}


def _write(bundle: Bundle, options: Options) -> Iterator[bytes]:
    attributes = (
        ("version", options.version),
        ("xmlns", _NAMESPACE),
        ("xmlns:mda", _METADATA),
        ("xmlns:mtc", _MATCHES),
        ("srcLang", regional(bundle.source)),
        ("trgLang", regional(bundle.target)),
        ("xml:space", "preserve"),
    )
    yield f"{DECLARATION}{_open('xliff', attributes)}\n".encode()
    dialect = bundle.dialect if options.protect else None
    for number, portion in enumerate(bundle.portions, 1):
        # A file must hold a unit.
        if not portion.catalog.entries:
            continue
        named = (("id", f"f{number}"), ("original", portion.path), ("canResegment", "no"))
        yield f"  {_open('file', named)}\n{_about_file(portion)}".encode()
        about = (("title", bundle.title), ("licence", bundle.licence), ("header", portion.catalog.header_comment))
        yield _notes(about, "    ").encode()
        names = Names()
        for entry in portion.catalog.entries:
            texts = [pieces(entry, pair, dialect) for pair in forms(entry)]
            yield _entry(entry, names.of(entry), texts).encode()
        yield b"  </file>\n"
    yield b"</xliff>\n"


def _open(name: str, attributes: Iterable[tuple[str, str]]) -> str:
    return tag(name, attributes, "").removesuffix(f"</{name}>")


def _about_file(portion: Portion) -> str:
    """Return the metadata of a catalog: its header, field by field, and its chapters."""
    fields = [*portion.catalog.header, *(("chapter", path) for path in portion.source_paths)]
    return _metadata(_HEADER, [(name or "-", text) for name, text in fields], "    ")


def _metadata(category: str, said: Sequence[tuple[str, str]], indent: str) -> str:
    if not said:
        return ""
    lines = "".join(f"{indent}    {tag('mda:meta', (('type', name),), written(text))}\n" for name, text in said)
    group = tag("mda:metaGroup", (("category", category),), f"\n{lines}{indent}  ")
    whole = tag("mda:metadata", (), f"\n{indent}  {group}\n{indent}")
    return f"{indent}{whole}\n"


def _notes(said: Iterable[tuple[str, str]], indent: str) -> str:
    lines = "".join(
        f"{indent}  {tag('note', (('category', category),), written(text))}\n" for category, text in said if text
    )
    if not lines:
        return ""
    whole = tag("notes", (), f"\n{lines}{indent}")
    return f"{indent}{whole}\n"


def _entry(entry: Entry, name: str, texts: Sequence[tuple[tuple[Piece, ...], ...]]) -> str:
    if entry.plural is None:
        return _unit(entry, name, texts[0], _about(entry, "      "))
    units = "".join(_unit(entry, f"{name}-{form}", pair, "") for form, pair in enumerate(texts))
    group = tag("group", (("id", name), ("type", _PLURALS)), f"\n{_about(entry, '      ')}{units}    ")
    return f"    {group}\n"


def _about(entry: Entry, indent: str) -> str:
    """Return what precedes the texts of an entry: what it was before, facts and notes."""
    said = list(facts(entry))
    before = ""
    if entry.previous is not None and entry.plural is None:
        said = [each for each in said if each[0] != "previous"]
        content = tag("source", (), _text(entry.previous)) + tag("target", (), _text(entry.msgstr))
        match = tag("mtc:match", (("ref", "#s"), ("type", "other"), ("subType", _PREVIOUS)), content)
        before = f"{indent}{tag('mtc:matches', (), match)}\n"
    notes = (("developer", entry.extracted), ("translator", entry.comment))
    return before + _metadata(_CATEGORY, said, indent) + _notes(notes, indent)


def _unit(entry: Entry, name: str, texts: tuple[tuple[Piece, ...], ...], about: str) -> str:
    source, target = texts
    attributes = [("id", name), ("translate", "no" if entry.obsolete else "")]
    content = f"        {tag('source', (), _inline(source))}\n"
    if target:
        content += f"        {tag('target', (), _inline(target))}\n"
    codes = {_datum(each): each.text for each in (*source, *target) if each.number}
    data = "".join(f"        {tag('data', (('id', key),), escaped(text))}\n" for key, text in codes.items())
    if data:
        whole = tag("originalData", (), f"\n{data}      ")
        data = f"      {whole}\n"
    state = standing(entry) if target else State.MISSING
    segment = tag("segment", (("id", "s"), *_STATES[state]), f"\n{content}      ")
    unit = tag("unit", attributes, f"\n{about}{data}      {segment}\n    ")
    return f"    {unit}\n"


def _datum(part: Piece) -> str:
    return f"{'e' if part.role == 'close' else 'd'}{part.number}"


def _inline(parts: Iterable[Piece]) -> str:
    content = []
    for part in parts:
        number = str(part.number)
        kind = part.kind if part.kind in {"link", "image"} else "other"
        said = [("type", kind), ("subType", f"bilingual:{part.kind}" if kind == "other" else ""), ("disp", part.text)]
        if part.role == "text":
            content.append(_text(part.text))
        elif part.role == "single":
            content.append(tag("ph", (("id", number), ("dataRef", _datum(part)), *said)))
        elif part.role == "open":
            content.append(tag("sc", (("id", number), ("dataRef", _datum(part)), *said)))
        else:
            content.append(tag("ec", (("startRef", number), ("dataRef", _datum(part)), said[2])))
    return "".join(content)


def _text(text: str) -> str:
    """Return a text as it stands in a source or target: what XML cannot hold is a code point."""
    return ILLEGAL.sub(lambda match: f'<cp hex="{ord(match.group()):04X}"/>', escaped(text))


# --- reading -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _File:
    """One file of an XLIFF document, as it is read."""

    original: str
    header: dict[str, str]
    collector: Collector
    marked: bool = False


@dataclass(slots=True)
class _Files:
    """The files of an XLIFF document."""

    path: str
    files: dict[int, _File] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def unit(self, element: Element, around: Sequence[Element]) -> None:
        found = next((each for each in around if each.name == "file"), None)
        if found is None:
            refused("exchange-syntax", "this unit is in no <file>", self.path, element.line)
        if id(found) not in self.files:
            self.files[id(found)] = _File(unspelled(found.get("original")), dict(_said(found, _HEADER)), Collector())
            self.notes = self.notes or dict(_noted(found))
        group = next((each for each in reversed(around) if each.get("type") == _PLURALS), None)
        holders = [element] if group is None else [group, element]
        notes = [each for holder in holders for each in _noted(holder)]
        source, target, states = _segments(element)
        given = [state for state in states if state]
        file = self.files[id(found)]
        file.marked = file.marked or bool(given)
        file.collector.add(
            Unit(
                source,
                target,
                [each for holder in holders for each in _facts(holder)],
                "\n".join(text for category, text in notes if category != "developer"),
                "\n".join(text for category, text in notes if category == "developer"),
                fuzzy="initial" in given,
                approved=bool(given) and len(given) == len(states) and set(given) <= {"reviewed", "final"},
                group=id(group) if group is not None else None,
                line=element.line,
            )
        )


def _said(holder: Element, category: str) -> Iterator[tuple[str, str]]:
    """Yield the metadata of a category that an element has."""
    for metadata in holder.all(f"{_METADATA} metadata"):
        for group in metadata.all(f"{_METADATA} metaGroup"):
            if group.get("category") == category:
                for each in group.all(f"{_METADATA} meta"):
                    yield each.get("type"), unspelled(each.text())


def _facts(holder: Element) -> Iterator[tuple[str, str]]:
    yield from (each for each in _said(holder, _CATEGORY) if each[0] in _FACTS)
    for matches in holder.all(f"{_MATCHES} matches"):
        for match in matches.all(f"{_MATCHES} match"):
            former = match.find("source")
            if match.get("subType") == _PREVIOUS and former is not None:
                yield "previous", _content(former, {}, {})


def _noted(holder: Element) -> Iterator[tuple[str, str]]:
    for notes in holder.all("notes"):
        for each in notes.all("note"):
            text = unspelled(each.text())
            if text:
                yield each.get("category"), text


def _segments(unit: Element) -> tuple[str, str, list[str]]:
    """Return the text of a unit, its translation and its states, joined where a program cut it into segments.

    The translation is empty if that of a segment is missing: half of it is none.
    """
    data = {
        each.get("id"): _content(each, {}, {}) for holder in unit.all("originalData") for each in holder.all("data")
    }
    codes: dict[str, str] = {}
    sources: list[str] = []
    targets: list[tuple[int, str]] = []
    states: list[str] = []
    whole = True
    for number, segment in enumerate(unit.all("segment", "ignorable"), 1):
        source, target = segment.find("source"), segment.find("target")
        text = _content(source, data, codes)
        sources.append(text)
        translation = _content(target, data, codes)
        if segment.name == "ignorable":
            translation = translation if target is not None else text
        else:
            states.append(segment.get("state"))
            whole = whole and bool(translation or not text.strip())
        order = target.get("order") if target is not None else ""
        targets.append((int(order) if order.isascii() and order.isdigit() and len(order) < 6 else number, translation))
    targets.sort(key=lambda each: each[0])
    return "".join(sources), "".join(text for _, text in targets) if whole else "", states


def _content(element: Element | None, data: dict[str, str], codes: dict[str, str]) -> str:
    """Return the text of a source, target or datum, with what its codes stand for.

    Args:
        element: The element; None for none.
        data: The data of the unit, by their ids.
        codes: What the codes of the unit stood for so far; a program may leave the reference out of a translation.
    """
    parts = []
    for each in element.content if element is not None else ():
        if isinstance(each, str):
            parts.append(each)
        elif each.name == "cp":
            code = each.get("hex")
            if _HEX.fullmatch(code) and not 0xD800 <= int(code, 16) <= 0xDFFF:
                parts.append(chr(int(code, 16)))
        elif each.name in {"ph", "sc", "ec"}:
            key = f"{each.name} {each.get('startRef') or each.get('id')}"
            text = data.get(each.get("dataRef"), "") or codes.get(key, "") or each.get("equiv")
            codes.setdefault(key, text)
            parts.append(text)
        elif each.name == "pc":
            inner = _content(each, data, codes)
            parts += [data.get(each.get("dataRefStart"), ""), inner, data.get(each.get("dataRefEnd"), "")]
        elif " " not in each.name:
            parts.append(_content(each, data, codes))
    return "".join(parts)


def _read(data: bytes, path: str) -> Bundle:
    files = _Files(path)
    document = read(data, path, ("xliff",), {"unit": files.unit})
    version = document.get("version")
    if not version.startswith("2."):
        hint = "XLIFF 1.2 is another format: --format xliff"
        refused(
            "exchange-format", f"this is XLIFF {version[:20] or 'of no version'}, not 2.1", path, document.line, hint
        )
    if not files.files:
        refused("exchange-empty", "the file holds no unit", path, 1)
    if not document.get("trgLang"):
        refused("exchange-language", "the file names no target language", path, document.line)
    source = language_of(document.get("srcLang"), path, document.line)
    target = language_of(document.get("trgLang"), path, document.line)
    portions = tuple(
        each.collector.portion(target, each.original, each.header, marked=each.marked) for each in files.files.values()
    )
    return Bundle(source, target, portions, files.notes.get("licence", ""), files.notes.get("title", ""))


def _detects(beginning: bytes) -> bool:
    name, version = root(beginning)
    return name == "xliff" and version.startswith("2.")


FORMAT = Format(".xliff", _write, _read, Options, detects=_detects)
