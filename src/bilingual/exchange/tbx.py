"""TBX-Basic, the format of terminology: the glossary of the book, for the term windows of translation programs.

Written is the edition that all programs read (`<martif type="TBX-Basic">`): an entry each term, with its translation as
the preferred one, variants as admitted and forbidden forms as deprecated ones. What TBX has no word for, `case` and
`keep`, is a note. Read are this edition and the present one (`<tbx>`, ISO 30042:2019), in any number of languages.

Sources: "TBX-Basic", LISA Terminology SIG, 2008, and TerminOrgs, 2014; ISO 30042:2019.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bilingual.exchange import Format, NoOptions, Terms
from bilingual.exchange._entries import language_of
from bilingual.exchange._xml import DECLARATION, Element, read, refused, root, tag, unspelled, written
from bilingual.glossary import Term
from bilingual.language import closest, regional

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilingual.language import Language

_PREFERRED, _ADMITTED, _DEPRECATED = (f"{each}Term-admn-sts" for each in ("preferred", "admitted", "deprecated"))
_MARK = "bilingual: "

# --- writing -----------------------------------------------------------------------------------------------------


def _write(terms: Terms, _: NoOptions) -> Iterator[bytes]:
    yield f'{DECLARATION}<martif type="TBX-Basic" xml:lang="{regional(terms.source)}">\n'.encode()
    said = "; ".join(filter(None, (terms.title, terms.licence))) or "bilingual"
    source = tag("sourceDesc", (), tag("p", (), written(said)))
    yield f"  <martifHeader>\n    {tag('fileDesc', (), source)}\n  </martifHeader>\n  <text>\n    <body>\n".encode()
    for term in terms.terms:
        lines = [tag("note", (), written(text)) for text in (term.note, _marks(term)) if text]
        lines.append(_set(regional(terms.source), [(term.source, "")]))
        forms = [(term.target or term.source, _PREFERRED)]
        forms += [(each, _ADMITTED) for each in term.variants]
        forms += [(each, _DEPRECATED) for each in term.forbidden]
        lines.append(_set(regional(terms.target), forms))
        name = f"t{hashlib.sha256(term.source.encode()).hexdigest()[:16]}"
        content = "".join(f"        {line}\n" for line in lines)
        entry = tag("termEntry", (("id", name),), f"\n{content}      ")
        yield f"      {entry}\n".encode()
    yield b"    </body>\n  </text>\n</martif>\n"


def _marks(term: Term) -> str:
    marks = [name for name, is_set in (("case", term.case), ("keep", term.keep)) if is_set]
    return _MARK + ", ".join(marks) if marks else ""


def _set(code: str, forms: Sequence[tuple[str, str]]) -> str:
    groups = []
    for text, status in forms:
        note = tag("termNote", (("type", "administrativeStatus"),), status) if status else ""
        groups.append(tag("tig", (), tag("term", (), written(text)) + note))
    return tag("langSet", (("xml:lang", code),), "".join(groups))


# --- reading -----------------------------------------------------------------------------------------------------

#: The document types of the editions of TBX; they are never looked at.
_DTDS = frozenset(
    (
        (None, "TBXcoreStructV02.dtd"),
        (None, "TBXBasiccoreStructV02.dtd"),
        ("ISO 12200:1999A//DTD MARTIF core (DXFcdV04)//EN", "TBXcdv04.dtd"),
    )
)


@dataclass(slots=True)
class _Concepts:
    """The entries of a TBX file, before anybody chose their languages."""

    entries: list[_Concept] = field(default_factory=list)

    def entry(self, element: Element, _: Sequence[Element]) -> None:
        sets = list(element.all("langSet", "langSec"))
        forms = [(each.get("xml:lang"), list(_forms(each))) for each in sets]
        notes = [note for holder in (element, *sets) for note in _notes(holder)]
        self.entries.append(_Concept(forms, list(dict.fromkeys(notes)), element.line))


@dataclass(slots=True)
class _Concept:
    """An entry: the forms of its term in each language, each with its status; and its notes."""

    languages: list[tuple[str, list[tuple[str, str]]]]
    notes: list[str]
    line: int


def _forms(holder: Element) -> Iterator[tuple[str, str]]:
    for group in holder.all("tig", "ntig", "termSec"):
        inner = group.find("termGrp") or group
        text = unspelled(inner.within("term")).strip()
        if text:
            yield text, _status(inner)


def _status(holder: Element) -> str:
    """Return "preferred", "admitted", "deprecated" or nothing, by whatever name the file's edition has for it."""
    for each in holder.content:
        if not isinstance(each, Element):
            continue
        if each.name == "termNoteGrp":
            return _status(each)
        local = each.name.rpartition(" ")[2]
        if local == "administrativeStatus" or (local == "termNote" and each.get("type") == "administrativeStatus"):
            said = each.text().strip().lower()
            for status, words in (
                ("deprecated", ("deprecated", "superseded", "forbidden", "obsolete")),
                ("preferred", ("preferred",)),
                ("admitted", ("admitted",)),
            ):
                if said.startswith(words):
                    return status
    return ""


def _notes(holder: Element) -> Iterator[str]:
    for each in holder.content:
        if isinstance(each, Element):
            local = each.name.rpartition(" ")[2]
            if local == "descripGrp":
                yield from _notes(each)
            elif local in {"note", "definition"} or (local == "descrip" and each.get("type") == "definition"):
                text = unspelled(each.text()).strip()
                if text:
                    yield text


def _concepts(data: bytes, path: str) -> list[_Concept]:
    concepts = _Concepts()
    read(data, path, ("martif", "tbx"), {"termEntry": concepts.entry, "conceptEntry": concepts.entry}, _DTDS)
    return concepts.entries


def _read(data: bytes, path: str) -> Terms:
    entries = _concepts(data, path)
    codes = list(dict.fromkeys(code for entry in entries for code, _ in entry.languages))
    if len(codes) != 2:
        refused("exchange-language", f"the file is in {len(codes)} languages", path, 1, "two are needed")
    return _pair(entries, path, *(language_of(code, path, 1) for code in codes))


def _read_pair(data: bytes, path: str, source: Language, target: Language) -> Terms:
    return _pair(_concepts(data, path), path, source, target)


def _pair(entries: Sequence[_Concept], path: str, source: Language, target: Language) -> Terms:
    terms: list[Term] = []
    for entry in entries:
        codes = [code for code, _ in entry.languages]
        first, second = closest(source, codes), closest(target, codes)
        if first is None or second is None:
            continue
        marks = {each for note in entry.notes if note.startswith(_MARK) for each in re.findall(r"\w+", note)}
        note = "\n".join(each for each in entry.notes if not each.startswith(_MARK))
        forms = entry.languages[second][1]
        forbidden = [text for text, status in forms if status == "deprecated"]
        good = sorted(((status != "preferred", text) for text, status in forms if status != "deprecated"), key=_rank)
        right = [part for _, text in good for part in _parts(text)]
        term = Term(
            "",
            right[0] if right else "",
            tuple(dict.fromkeys(right[1:])),
            tuple(part for text in forbidden for part in _parts(text)),
            "case" in marks,
            "keep" in marks,
            note,
        )
        for text, status in entry.languages[first][1]:
            if status == "deprecated" or not (term.target or term.keep):
                continue
            own = "" if term.keep and term.target == text else term.target
            terms.append(replace(term, source=text, target=own))
    if entries and not terms:
        found = ", ".join(dict.fromkeys(code for entry in entries for code, _ in entry.languages))
        message = f"no term of the file is both in {source.tag} and in {target.tag}"
        refused("exchange-language", message, path, 1, f"it is in {found[:200]}")
    return Terms(source, target, tuple(terms))


def _rank(form: tuple[bool, str]) -> bool:
    return form[0]


def _parts(text: str) -> list[str]:
    """Return the forms that a cell of the glossary would make of a text: a bar parts them there."""
    return [part.strip() for part in text.split("|") if part.strip()]


def _detects(beginning: bytes) -> bool:
    return root(beginning)[0] in {"martif", "tbx"}


FORMAT = Format(".tbx", _write, _read, holds=Terms, detects=_detects, read_pair=_read_pair)
