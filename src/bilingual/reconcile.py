"""Catalogs that were changed in two places: a three-way merge entry by entry, for git and for work that comes back."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar
from unicodedata import normalize

from bilingual.catalog import Catalog, Entry, State, state
from bilingual.diagnostics import Diagnostic, Place, Severity
from bilingual.update import other_translation, transferred

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bilingual.language import Language
    from bilingual.update import Key

T = TypeVar("T")

#: What an entry has that is in none of the catalogs.
_NOTHING = Entry("")
_REVIEW = "bilingual: reviewed="


@dataclass(frozen=True, slots=True)
class Combined:
    """A merged catalog, and those of its entries in which both sides translated differently."""

    catalog: Catalog
    conflicts: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Returned:
    """What became of work that came back.

    Attributes:
        catalog: The catalog with that work.
        taken: How many entries have another translation or state than before.
        conflicts: Entries that were translated differently in the meantime; they hold both texts.
        diagnostics: What was refused, kept or not known.
    """

    catalog: Catalog
    taken: int
    conflicts: tuple[Entry, ...]
    diagnostics: tuple[Diagnostic, ...]


def combine(base: Catalog, ours: Catalog, theirs: Catalog) -> Combined:
    """Merge two catalogs that come from a common one, entry by entry.

    What one side changed is taken. Where both translated differently, a translation beats a fuzzy one and any text
    beats none; otherwise both stand in the msgstr, as `msgcat` writes them, and the entry is fuzzy. Where one side
    followed a change of the source and the other one translated the old text, that translation goes to the new
    text as fuzzy, or else becomes obsolete; no translation gets under another msgid without a mark.

    Args:
        base: The common ancestor; empty if there is none.
        ours: One side, which decides where the order is open.
        theirs: The other side.
    """
    merger = _Merger(base, ours, theirs)
    entries = merger.entries()
    catalog = Catalog(
        entries,
        _headers(base, ours, theirs),
        ours.path,
        _three(base.header_comment, ours.header_comment, theirs.header_comment, _lines),
        _three(base.header_flags, ours.header_flags, theirs.header_flags, _flags),
    )
    return Combined(catalog, tuple(entry for entry in entries if entry.key in merger.conflicts))


def _three(base: T, ours: T, theirs: T, merge: Callable[[T, T, T], T] = lambda _base, ours, _theirs: ours) -> T:
    """Return what only one side changed, else what `merge` makes of both (by default, ours)."""
    if ours in (theirs, base):
        return theirs
    return ours if theirs == base else merge(base, ours, theirs)


def _lines(base: str, ours: str, theirs: str) -> str:
    """Return our lines with those that they added, without those that they removed."""
    before, added, other = (text.split("\n") if text else [] for text in (base, ours, theirs))
    kept = [line for line in added if line not in before or line in other]
    return "\n".join(kept + [line for line in other if line not in before and line not in added])


def _flags(base: tuple[str, ...], ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[str, ...]:
    kept = [flag for flag in ours if flag not in base or flag in theirs]
    return tuple(dict.fromkeys(kept + [flag for flag in theirs if flag not in base]))


def _headers(base: Catalog, ours: Catalog, theirs: Catalog) -> tuple[tuple[str, str], ...]:
    before, mine, other = (dict(catalog.header) for catalog in (base, ours, theirs))
    names = dict.fromkeys((*mine, *other))
    merged = {
        name: value
        for name in names
        if (value := _three(before.get(name), mine.get(name), other.get(name))) is not None
    }
    if before not in (mine, other):
        # The later date, and whose it is, belong together.
        later = max(mine, other, key=lambda each: _date(each.get("PO-Revision-Date", "")))
        merged |= {name: later[name] for name in _REVISION if name in later}
    return tuple(merged.items())


_REVISION = ("PO-Revision-Date", "Last-Translator")


def _date(text: str) -> str:
    return text if text[:1].isdigit() else ""


class _Merger:
    def __init__(self, base: Catalog, ours: Catalog, theirs: Catalog) -> None:
        self.catalogs = (base, ours, theirs)
        self.base, self.ours, self.theirs = map(_table, self.catalogs)
        self.conflicts: set[Key] = set()
        # By the key of a text that one side changed: its new key there.
        self.successors = {
            **_successors(self.base, self.theirs, self.ours),
            **_successors(self.base, self.ours, self.theirs),
        }
        self.carried = {new: old for old, new in self.successors.items()}

    def entries(self) -> tuple[Entry, ...]:
        live: list[Entry] = []
        obsolete: list[Entry] = []
        for key in self.order():
            entry = self.entry(key)
            if entry is not None:
                (obsolete if entry.obsolete else live).append(entry)
        return (*live, *obsolete)

    def order(self) -> Iterable[Key]:
        """Return all keys in the order of the side whose source is newer; the other's own follow their neighbours."""
        base, ours, theirs = ([entry.key for entry in catalog.entries] for catalog in self.catalogs)
        main, other = (theirs, ours) if ours == base else (ours, theirs)
        known = set(main)
        after: dict[Key | None, list[Key]] = {}
        left = None
        for key in (*other, *base):
            if key in known:
                left = key
            else:
                known.add(key)
                after.setdefault(left, []).append(key)
        yield from after.get(None, ())
        for key in dict.fromkeys(main):
            yield key
            yield from after.get(key, ())

    def entry(self, key: Key) -> Entry | None:
        base, ours, theirs = self.base.get(key), self.ours.get(key), self.theirs.get(key)
        if key in self.carried:
            return self.successor(key, ours or theirs or _NOTHING)
        if ours in (theirs, base) or theirs == base:
            return theirs if ours == base else ours
        if ours is None or theirs is None:
            # One side removed what the other one changed: a translation must not go with it.
            left = ours or theirs or _NOTHING
            if key in self.successors or not left.msgstr or left.msgstr == (base or _NOTHING).msgstr:
                return None if base is not None else left
            return replace(left, obsolete=True, references=(), extracted="")
        return self.both(base or replace(_NOTHING, msgid=ours.msgid, msgctxt=ours.msgctxt), ours, theirs)

    def both(self, base: Entry, ours: Entry, theirs: Entry) -> Entry:
        """Merge an entry that both sides have and changed."""
        comment = _three(base.comment, ours.comment, theirs.comment, _lines)
        flags = _three(base.flags, ours.flags, theirs.flags, _flags)
        chosen = ours
        if ours.msgstr == theirs.msgstr:
            previous = _three(_previous(base), _previous(ours), _previous(theirs))
            fuzzy = "fuzzy" in flags
        else:
            if base.msgstr in (ours.msgstr, theirs.msgstr):
                chosen = theirs if ours.msgstr == base.msgstr else ours
            elif not ours.msgstr or not theirs.msgstr:
                chosen = ours if ours.msgstr else theirs
            elif ours.fuzzy != theirs.fuzzy:
                chosen, other = (theirs, ours) if ours.fuzzy else (ours, theirs)
                comment = "\n".join(filter(None, (comment, other_translation(other.msgstr))))
            else:
                self.conflicts.add(ours.key)
                text = _both_texts(ours.msgstr, theirs.msgstr)
                chosen = replace(ours, msgstr=text, flags=tuple(dict.fromkeys(("fuzzy", *ours.flags))))
            fuzzy = chosen.fuzzy
            previous = _previous(chosen)
        flags = tuple(flag for flag in flags if flag != "fuzzy")
        merged = replace(
            ours,
            msgstr=chosen.msgstr,
            plural=_three(base.plural, ours.plural, theirs.plural),
            flags=("fuzzy", *flags) if fuzzy else flags,
            previous_context=previous[0],
            previous=previous[1],
            comment=comment,
            references=_three(base.references, ours.references, theirs.references),
            extracted=_three(base.extracted, ours.extracted, theirs.extracted),
            obsolete=_three(base.obsolete, ours.obsolete, theirs.obsolete),
        )
        return _reviewed_once(merged)

    def successor(self, key: Key, new: Entry) -> Entry:
        """Give the new text of a segment what the other side made of its old text."""
        old_key = self.carried[key]
        base = self.base[old_key]
        other = self.theirs[old_key] if key in self.ours else self.ours[old_key]
        comment = _three(base.comment, new.comment, other.comment, _lines)
        if not other.msgstr or other.msgstr == base.msgstr:
            return replace(new, comment=comment)
        return replace(
            new,
            msgstr=transferred(base.msgid, new.msgid, other.msgstr),
            comment=comment,
            flags=tuple(dict.fromkeys(("fuzzy", *new.flags))),
            previous_context=base.msgctxt,
            previous=base.msgid,
        )


def _previous(entry: Entry) -> tuple[str | None, str | None]:
    return entry.previous_context, entry.previous


def _table(catalog: Catalog) -> dict[Key, Entry]:
    """Return the entries by key; a live one before an obsolete one."""
    return {entry.key: entry for entry in sorted(catalog.entries, key=lambda entry: not entry.obsolete)}


def _successors(base: Mapping[Key, Entry], ours: Mapping[Key, Entry], theirs: Mapping[Key, Entry]) -> dict[Key, Key]:
    """Return which new text of ours took the place of which old one, where the other side has the old one alone."""
    found = {}
    for key, entry in ours.items():
        old = (entry.previous_context, entry.previous or "")
        if key in base or key in theirs or entry.obsolete or not entry.fuzzy or old not in base or old not in theirs:
            continue
        here = ours.get(old)
        if (here is None or here.obsolete) and entry.msgstr == transferred(
            base[old].msgid, entry.msgid, base[old].msgstr
        ):
            found[old] = key
    return found


def _both_texts(ours: str, theirs: str) -> str:
    """Return two translations in one msgstr, in the form of `msgcat`."""
    return f"#-#-#-#-#  ours  #-#-#-#-#\n{ours}\n#-#-#-#-#  theirs  #-#-#-#-#\n{theirs}"


def _reviewed_once(entry: Entry) -> Entry:
    """Drop the marks of reviews that are void, if there are several."""
    lines = entry.comment.split("\n")
    marks = [line for line in lines if line.startswith(_REVIEW)]
    if len(marks) < 2:
        return entry
    valid = {line for line in marks if state(replace(entry, flags=(), comment=line)) is State.REVIEWED}
    kept = [line for line in lines if not line.startswith(_REVIEW) or line in valid]
    return replace(entry, comment="\n".join(kept))


# --- work that comes back ------------------------------------------------------------------------------------------

#: Programs that write fuzzy marks back, so that one which is gone was taken away by a person.
_FAITHFUL = re.compile("Poedit|Lokalize|Weblate|Gtranslator|Virtaal|Emacs|Pootle|KBabel", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_SENTENCE = re.compile(r"[^。！？!?；\n]*?(?:[。！？!?；]+|\.(?=\s|$)|\n|$)")
_QUOTED = re.compile(r"`[^`]*`|\$[^$]*\$|“[^”]*”|《[^》]*》|「[^」]*」|\([^()]*\)|\[[^\]]*\]")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]")
_WORDS = re.compile(r"[^\W\d_]{2,}")


def returned(sent: Catalog, current: Catalog, back: Catalog, *, source: Language, target: Language) -> Returned:
    """Merge work that came back by mail or from a platform.

    An empty msgstr replaces none, what a program merely dropped is kept, and a msgstr that is in part still in the
    language of the source is refused. The rest is a three-way merge, as `combine` does it.

    Args:
        sent: The catalog as it was sent.
        current: The catalog as it is now.
        back: What came back.
        source: The language of the book.
        target: The language it is translated into.
    """
    problems: list[Diagnostic] = []
    known = _table(sent)
    now = _table(current)
    by_form: dict[Key, list[Key]] = {}
    for key in (*known, *now):
        by_form.setdefault(_form(key), []).append(key)
    keeps_fuzzy = any(entry.fuzzy for entry in back.entries) or any(
        name == "X-Generator" and _FAITHFUL.search(value) for name, value in back.header
    )
    changed: dict[Key, Entry] = {}
    strangers = []
    dropped = 0
    for entry in back.entries:
        key = entry.key
        if key not in known and key not in now:
            alike = set(by_form.get(_form(key), ()))
            if len(alike) != 1:
                strangers.append(entry)
                continue
            (key,) = alike
        before = known.get(key) or now[key]
        if _mixed(before.msgid, entry.msgstr, source, target):
            problems.append(_refused(entry, back.path))
            continue
        empty = not entry.msgstr and not (entry.plural and any(entry.plural[1]))
        copied = entry.msgstr == before.msgid and not before.msgstr and source.han and target.latin
        if empty or copied:
            continue
        flags = before.flags
        if entry.fuzzy and not before.fuzzy:
            flags = ("fuzzy", *flags)
        elif before.fuzzy and not entry.fuzzy:
            if keeps_fuzzy or entry.msgstr != before.msgstr:
                flags = tuple(flag for flag in flags if flag != "fuzzy")
            else:
                dropped += 1
        comment = "\n".join(filter(None, (before.comment, *_new_lines(before, entry))))
        fuzzy = "fuzzy" in flags
        changed[key] = replace(
            before,
            msgstr=entry.msgstr,
            plural=entry.plural or before.plural,
            flags=flags,
            comment=comment,
            previous=before.previous if fuzzy else None,
            previous_context=before.previous_context if fuzzy else None,
            obsolete=before.obsolete,
        )
    if dropped:
        problems.append(
            Diagnostic(
                "import-fuzzy",
                f"{dropped} entries came back without their fuzzy mark but with the same text; they stay fuzzy, since "
                "the program that wrote the file keeps no such marks",
                Place(back.path),
                Severity.INFO,
            )
        )
    if strangers:
        problems.append(_strangers(strangers, back.path))
    theirs = replace(sent, entries=tuple(changed.get(entry.key, entry) for entry in sent.entries))
    added = tuple(entry for key, entry in changed.items() if key not in known)
    theirs = replace(theirs, entries=(*theirs.entries, *added), header=_dated(sent, back))
    combined = combine(sent, current, theirs)
    there = _table(combined.catalog)
    lost = tuple(
        replace(entry, obsolete=True, references=(), extracted="")
        for entry in strangers
        if (entry.msgstr or entry.plural) and entry.key not in there
    )
    catalog = replace(combined.catalog, entries=(*combined.catalog.entries, *lost), path=current.path)
    after = _table(catalog)
    taken = sum(
        (entry.msgstr, entry.fuzzy) != (now.get(key, _NOTHING).msgstr, now.get(key, _NOTHING).fuzzy)
        for key, entry in after.items()
    )
    return Returned(catalog, taken, combined.conflicts, tuple(problems))


def _form(key: Key) -> Key:
    """Return a key as programs agree on it that change white space or compose characters."""
    return key[0] or None, _SPACES.sub(" ", normalize("NFC", key[1])).strip()


def _new_lines(before: Entry, entry: Entry) -> Sequence[str]:
    known = before.comment.split("\n")
    return [line for line in entry.comment.split("\n") if line and line not in known]


def _dated(sent: Catalog, back: Catalog) -> tuple[tuple[str, str], ...]:
    """Return the header that was sent, with the translator's name and date if they are later."""
    theirs = dict(back.header)
    if _date(theirs.get("PO-Revision-Date", "")) <= _date(dict(sent.header).get("PO-Revision-Date", "")):
        return sent.header
    return tuple((name, theirs.get(name, value) if name in _REVISION else value) for name, value in sent.header)


def _mixed(msgid: str, msgstr: str, source: Language, target: Language) -> bool:
    """Return whether a translation holds whole sentences of the source: what was translated in part only."""
    if not msgstr or msgstr == msgid or source.han == target.han:
        return False
    rest = _QUOTED.sub(" ", msgstr)
    for match in _SENTENCE.finditer(_QUOTED.sub("\n", msgid)):
        sentence = match.group().strip(" \t\n。！？!?；.，,、")
        long = len(_HAN_RUN.findall(sentence)) >= 4 if source.han else len(_WORDS.findall(sentence)) >= 4
        if long and sentence in rest:
            return True
    return False


def _refused(entry: Entry, path: str) -> Diagnostic:
    return Diagnostic(
        "import-mixed",
        "this translation still holds sentences of the source, so it is not taken",
        Place(path, entry.line),
        Severity.ERROR,
        entry.msgstr.split("\n")[0][:200],
        hint="translate it as a whole; in OmegaT, switch sentence segmentation off",
    )


def _strangers(entries: Sequence[Entry], path: str) -> Diagnostic:
    return Diagnostic(
        "import-unknown",
        f"{len(entries)} entries are in no catalog of this chapter; their translations are kept as obsolete",
        Place(path, entries[0].line),
        Severity.WARNING,
        entries[0].msgid.split("\n")[0][:200],
        hint="was the file made for another chapter, or before the texts changed?",
    )
