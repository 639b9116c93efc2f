"""TMX 1.4b, the format of translation memories: what OmegaT, Trados, memoQ and Phrase search while one translates.

Written are translations, each with the chapter and catalog that it is from, its state, and what its entry says
besides; a text without a translation is written only if a translator left a comment on it. A program takes each pair of
a memory for right. So a stale translation stands with the text that it was made for, and a draft is a property, which
programs pass over; `import` makes of both what they were. A file holds two languages, named with a region, since Trados
reads no other; `srclang` says which one is the source. Read is any TMX, in UTF-8 or UTF-16, with any number of
languages. Tags of Trados and its kin are text where they stand for text.

Sources: "TMX 1.4b Specification", LISA OSCAR, 2005.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from bilingual import __version__
from bilingual.catalog import Catalog, State
from bilingual.exchange import Bundle, Format
from bilingual.exchange._entries import (
    Collector,
    Names,
    Unit,
    facts,
    field_of,
    forms,
    language_of,
    pieces,
    revision,
    score,
    standing,
)
from bilingual.exchange._xml import DECLARATION, escaped, read, refused, root, tag, unspelled, written
from bilingual.language import closest, regional

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bilingual.catalog import Entry
    from bilingual.exchange import Portion
    from bilingual.exchange._entries import Piece
    from bilingual.exchange._xml import Element
    from bilingual.language import Language


@dataclass(frozen=True, slots=True)
class Options:
    """What a TMX file holds.

    Attributes:
        minimum: The least state of a translation that is written; a memory for others rather has `translated`.
        dedupe: Whether a pair of texts is written once, wherever in the book it stands.
        protect: Whether formulas, code and addresses are tags; programs then compare texts without them.
    """

    minimum: Literal["draft", "stale", "translated", "reviewed"] = "draft"
    dedupe: bool = False
    protect: bool = False


# --- writing -----------------------------------------------------------------------------------------------------


def _write(bundle: Bundle, options: Options) -> Iterator[bytes]:
    source, target = regional(bundle.source), regional(bundle.target)
    yield f'{DECLARATION}<tmx version="1.4">\n'.encode()
    attributes = (
        ("creationtool", "bilingual"),
        ("creationtoolversion", __version__),
        ("segtype", "paragraph"),
        ("o-tmf", "PO"),
        ("adminlang", "en-US"),
        ("srclang", source),
        ("datatype", "plaintext"),
    )
    about = [("x-title", bundle.title), ("x-licence", bundle.licence), ("targetlang", target)]
    if not options.dedupe:
        about += [("x-header", _heading(portion)) for portion in bundle.portions]
    props = _props((each for each in about if each[1]), 4)
    header = tag("header", attributes, f"\n{props}  " if props else None)
    yield f"  {header}\n  <body>\n".encode()
    names = Names()
    dialect = bundle.dialect if options.protect else None
    for portion, entry, state in _chosen(bundle, options):
        name = names.of(entry)
        pairs = forms(entry)
        for form, texts in enumerate(pairs):
            valid, rest = _valid(entry, texts, state)
            first, second = pieces(entry, valid, dialect)
            said = [*_said(entry, "" if options.dedupe else portion.path, state), *rest]
            if entry.plural is not None:
                said += [("x-group", name), ("x-form", str(form))]
            note = f"      {tag('note', (), written(entry.comment))}\n" if entry.comment else ""
            worked = _worked(portion)
            content = f"\n{note}{_props(said, 6)}{_tuv(source, first, () if second else worked)}"
            if second:
                content += _tuv(target, second, worked)
            unit = tag("tu", (("tuid", name if len(pairs) == 1 else f"{name}-{form}"),), f"{content}    ")
            yield f"    {unit}\n".encode()
    yield b"  </body>\n</tmx>\n"


def _heading(portion: Portion) -> str:
    """Return the path of a catalog and its header, as a PO file has it; empty if it has none."""
    catalog = portion.catalog
    comment = catalog.header_comment.split("\n") if catalog.header_comment else []
    lines = [portion.path, *(f"# {line}".rstrip() for line in comment)]
    lines += [f"#, {', '.join(catalog.header_flags)}"] if catalog.header_flags else []
    lines += [f"{name}: {value}" if name else value for name, value in catalog.header]
    return "\n".join(lines) if len(lines) > 1 else ""


def _chosen(bundle: Bundle, options: Options) -> Iterator[tuple[Portion, Entry, State]]:
    """Yield what is written: of a pair of texts that stands in several places, on demand the one furthest on."""
    best: dict[tuple[str, str], int] = {}
    found: list[tuple[Portion, Entry, State]] = []
    for portion in bundle.portions:
        for entry in portion.catalog.entries:
            state = standing(entry)
            # What a translator asks about a text is worth a unit without a translation.
            if state < State(options.minimum) and (state is not State.MISSING or not entry.comment):
                continue
            if options.dedupe and entry.plural is None:
                place = best.setdefault((entry.msgid, entry.msgstr), len(found))
                if place < len(found):
                    if found[place][2] < state:
                        found[place] = (portion, entry, state)
                    continue
            found.append((portion, entry, state))
    yield from found


def _count(bundle: Bundle, options: Options) -> int:
    return sum(1 for _ in _chosen(bundle, options))


#: The text that a stale translation is not made for yet, and a translation that nobody has approved.
_CURRENT, _DRAFT = "x-current", "x-draft"


def _valid(entry: Entry, texts: tuple[str, str], state: State) -> tuple[tuple[str, str], tuple[tuple[str, str], ...]]:
    """Return the pair that a program may take for right, and as properties what it must not see as one."""
    source, target = texts
    if state is State.STALE and entry.previous is not None:
        return (entry.previous, target), ((_CURRENT, source),)
    if state in (State.DRAFT, State.STALE):
        return (source, ""), ((_DRAFT, target),)
    return texts, ()


def _said(entry: Entry, path: str, state: State) -> list[tuple[str, str]]:
    """Return the properties of an entry; without a path it may stand for several, so none say which one it is."""
    sure = score(entry)
    said = [
        ("x-catalog", path),
        ("x-state", str(state)),
        ("x-score", "" if sure is None else f"{sure:g}"),
        ("x-extracted", entry.extracted),
    ]
    said = [(name, text) for name, text in said if text]
    hidden = set() if path else {"context", "sent"}
    if state is State.STALE:
        hidden.add("previous")  # the text of the unit says it
    shown = (each for each in facts(entry) if each[0] not in hidden)
    return [*said, *((_PROPS.get(name, f"x-{name}"), text) for name, text in shown)]


#: What facts are called, where it is not their name.
_PROPS = {"reference": "x-file"}


def _props(said: Iterable[tuple[str, str]], indent: int) -> str:
    return "".join(f"{' ' * indent}{tag('prop', (('type', name),), written(text))}\n" for name, text in said)


def _worked(portion: Portion) -> tuple[tuple[str, str], ...]:
    """Return the attributes that say when a catalog was worked on, and by whom."""
    when = revision(portion.catalog.header)
    if when is None:
        return ()
    return ("changedate", f"{when:%Y%m%dT%H%M%SZ}"), ("changeid", field_of(portion.catalog.header, "Last-Translator"))


def _tuv(code: str, parts: Sequence[Piece], worked: Sequence[tuple[str, str]] = ()) -> str:
    content = []
    for part in parts:
        number, kind = str(part.number), ("type", f"x-{part.kind}")
        if part.role == "text":
            content.append(written(part.text))
        elif part.role == "single":
            content.append(tag("ph", (("x", number), kind), escaped(part.text)))
        elif part.role == "open":
            content.append(tag("bpt", (("i", number), ("x", number), kind), escaped(part.text)))
        else:
            content.append(tag("ept", (("i", number),), escaped(part.text)))
    seg = tag("seg", (), "".join(content))
    variant = tag("tuv", (("xml:lang", code), *worked), f"\n        {seg}\n      ")
    return f"      {variant}\n"


# --- reading -----------------------------------------------------------------------------------------------------

#: The document types that other programs name; they are never looked at.
_DTDS = frozenset((None, f"tmx1{version}.dtd") for version in range(1, 5))
_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)T(\d\d):?(\d\d):?(\d\d)Z")
_FACTS = {
    **{f"x-{name}": name for name in ("context", "plural", "previous-context", "previous", "flag", "obsolete", "sent")},
    **{prop: name for name, prop in _PROPS.items()},
}


@dataclass(slots=True)
class _Memory:
    """What a TMX file says, before anybody chose its languages."""

    source: str = ""
    target: str = ""
    rtf: bool = False
    title: str = ""
    licence: str = ""
    units: list[_TU] = field(default_factory=list)
    headings: dict[str, Catalog] = field(default_factory=dict)

    def header(self, element: Element, _around: Sequence[Element]) -> None:
        self.source = element.get("srclang")
        # The first Trados wrote the codes of Word into its tags.
        self.rtf = element.get("datatype").lower() == "rtf" or element.get("o-tmf").startswith("TW4Win")
        props = {each.get("type"): unspelled(each.text()) for each in element.all("prop")}
        self.title, self.licence = props.get("x-title", ""), props.get("x-licence", "")
        self.target = props.get("targetlang", "")
        for each in element.all("prop"):
            if each.get("type") == "x-header":
                path, _, rest = unspelled(each.text()).partition("\n")
                self.headings[path] = _heading_of(rest.split("\n"))

    def unit(self, element: Element, _: Sequence[Element]) -> None:
        variants = tuple(element.all("tuv"))
        props = [
            (each.get("type"), unspelled(each.text())) for holder in (element, *variants) for each in holder.all("prop")
        ]
        notes = (each.text() for holder in (element, *variants) for each in holder.all("note"))
        self.units.append(
            _TU(
                [
                    (each.get("xml:lang") or each.get("lang"), unspelled(self.text(each.find("seg"))))
                    for each in variants
                ],
                props,
                "\n".join(unspelled(note) for note in notes if note),
                max(((_date(each), each.get("changeid")) for each in (element, *variants)), default=("", "")),
                element.line,
            )
        )

    def text(self, element: Element | None) -> str:
        """Return the text of a segment: native codes are text, but for those of word processors."""
        parts = []
        for each in element.content if element is not None else ():
            if isinstance(each, str):
                parts.append(each)
            elif each.name == "hi":
                parts.append(self.text(each))
            elif each.name in {"bpt", "ept", "it", "ph"} and not self.rtf:
                parts.append(each.text())
        return "".join(parts)


@dataclass(slots=True)
class _TU:
    """A translation unit: its texts by language, properties, note, and when it was changed by whom."""

    texts: list[tuple[str, str]]
    props: list[tuple[str, str]]
    note: str
    changed: tuple[str, str]
    line: int

    def told(self, name: str) -> str | None:
        """Return the value of a property, None if there is none."""
        return next((text for key, text in self.props if key == name), None)

    def prop(self, name: str) -> str:
        return self.told(name) or ""


def _date(element: Element) -> str:
    found = _DATE.fullmatch(element.get("changedate"))
    return "{}-{}-{} {}:{}+0000".format(*found.groups()) if found else ""


def _heading_of(lines: Sequence[str]) -> Catalog:
    """Return a catalog without entries that has the header that some lines say."""
    fields = [line.partition(":") for line in lines if line and not line.startswith("#")]
    comment = [line.removeprefix("#").removeprefix(" ") for line in lines if re.match("#(?!,)", line)]
    flags = [flag for line in lines if line.startswith("#, ") for flag in line[3:].split(", ")]
    header = tuple((name, value.removeprefix(" ")) if colon else ("", name) for name, colon, value in fields)
    return Catalog((), header, "", "\n".join(comment), tuple(flags))


def _memory(data: bytes, path: str) -> _Memory:
    memory = _Memory()
    read(data, path, ("tmx",), {"header": memory.header, "tu": memory.unit}, _DTDS)
    return memory


def _read(data: bytes, path: str) -> Bundle:
    memory = _memory(data, path)
    codes = list(dict.fromkeys(code for unit in memory.units for code, _ in unit.texts))
    first = memory.source if memory.source.lower() not in {"", "*all*"} else (codes or [""])[0]
    source = language_of(first, path, 1)
    others = [code for code in codes if closest(source, (code,)) is None] or ([memory.target] if memory.target else [])
    if len(others) != 1:
        message = f"the file is in {len(codes)} languages" if others else "the file is in one language"
        refused("exchange-language", message, path, 1, "say which one is meant: --target")
    return _pair(memory, path, source, language_of(others[0], path, 1))


def _read_pair(data: bytes, path: str, source: Language, target: Language) -> Bundle:
    return _pair(_memory(data, path), path, source, target)


def _pair(memory: _Memory, path: str, source: Language, target: Language) -> Bundle:
    """Return what a memory has in two languages, whatever it calls them."""
    collectors: dict[str, Collector] = {}
    changed: dict[str, tuple[str, str]] = {}
    marked: set[str] = set()
    for unit in memory.units:
        codes = [code for code, _ in unit.texts]
        first, second = closest(source, codes), closest(target, codes)
        form, current, draft = unit.prop("x-form"), unit.told(_CURRENT), unit.told(_DRAFT)
        if first is None or (second is None and draft is None and not unit.note and not form):
            continue
        text, translation = unit.texts[first][1], unit.texts[second][1] if second is not None else ""
        said = [(_FACTS[name], value) for name, value in unit.props if name in _FACTS]
        if current is not None:
            said.append(("previous", text))
        place, state = unit.prop("x-catalog"), unit.prop("x-state")
        if state:
            marked.add(place)
        changed[place] = max(changed.get(place, ("", "")), unit.changed)
        collectors.setdefault(place, Collector()).add(
            Unit(
                text if current is None else current,
                translation if draft is None else draft,
                said,
                unit.note,
                unit.prop("x-extracted"),
                state in {"draft", "stale"},
                group=unit.prop("x-group") or None,
                form=int(form) if form.isascii() and form.isdigit() and len(form) < 4 else None,
                line=unit.line,
            )
        )
    if memory.units and not collectors:
        found = ", ".join(dict.fromkeys(code for unit in memory.units[:1000] for code, _ in unit.texts))
        message = f"nothing in the file is both in {source.tag} and in {target.tag}"
        refused("exchange-language", message, path, 1, f"it is in {found[:200]}")
    portions = []
    for place, collector in collectors.items():
        when, who = changed[place]
        header = {"PO-Revision-Date": when, "Last-Translator": who} if when else {}
        portion = collector.portion(target, place, header, marked=place in marked)
        if place in memory.headings:
            catalog = replace(memory.headings[place], entries=portion.catalog.entries)
            portion = replace(portion, catalog=catalog)
        portions.append(portion)
    return Bundle(source, target, tuple(portions), memory.licence, memory.title)


def _detects(beginning: bytes) -> bool:
    return root(beginning)[0] == "tmx"


FORMAT = Format(".tmx", _write, _read, Options, detects=_detects, read_pair=_read_pair, count=_count)
