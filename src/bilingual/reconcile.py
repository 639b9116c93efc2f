"""Catalogs that were changed in two places: a three-way merge entry by entry, for git and for work that comes back."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import zip_longest
from typing import TYPE_CHECKING, TypeVar
from unicodedata import normalize

from bilingual.catalog import Catalog, Entry, is_void_review, omission, without_omission
from bilingual.diagnostics import Diagnostic, Place, Severity
from bilingual.language import HAN
from bilingual.markdown.dialect import default_dialect
from bilingual.markdown.inline import LETTER, has_prose
from bilingual.update import other_translation, transferred

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence

    from bilingual.language import Language
    from bilingual.update import Key

_T = TypeVar("_T")
_H = TypeVar("_H", bound="Hashable")
_Entries = dict["Key", Entry]


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
        taken: How many entries have another translation, state or comment than before.
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
    old, one, two = _by_key(base), _by_key(ours), _by_key(theirs)
    old, two = _followed(old, one, two)
    old, one = _followed(old, two, one)
    merged: _Entries = {}
    conflicts: set[Key] = set()
    for key in dict.fromkeys((*one, *two)):
        entry, conflict = _merged(old.get(key), one.get(key), two.get(key))
        if entry is not None:
            merged[key] = entry
        if conflict:
            conflicts.add(key)
    live = [key for key in _order(*map(_live, (old, one, two))) if key in merged and not merged[key].obsolete]
    past = [key for key in _order(tuple(old), tuple(one), tuple(two)) if key in merged and merged[key].obsolete]
    catalog = Catalog(
        tuple(merged[key] for key in (*live, *past)),
        _header(base.header, ours.header, theirs.header),
        ours.path,
        _lines_woven(base.header_comment, ours.header_comment, theirs.header_comment),
        _woven(base.header_flags, ours.header_flags, theirs.header_flags),
    )
    return Combined(catalog, tuple(entry for entry in catalog.entries if entry.key in conflicts))


# --- values ------------------------------------------------------------------------------------------------------


def _changed(base: _T, ours: _T, theirs: _T) -> _T:
    """Return the value of the side that changed it; ours if both did."""
    return theirs if ours == base else ours


def _woven(base: Sequence[_H], ours: Sequence[_H], theirs: Sequence[_H]) -> tuple[_H, ...]:
    """Return what neither side took out, in our order; what only they have stands behind what precedes it there."""
    if ours == base:
        return tuple(theirs)
    old, own, other = set(base), set(ours), set(theirs)
    kept = [item for item in ours if item in other or item not in old]
    added: dict[_H | None, list[_H]] = {}
    before: _H | None = None
    for item in theirs:
        if item in own:
            before = item
        elif item not in old:
            added.setdefault(before, []).append(item)
    result: list[_H] = []
    waiting = added.pop(None, [])
    for item in kept:
        if item in other:
            result += waiting
            waiting = added.pop(item, [])
        result.append(item)
    return (*result, *waiting)


def _lines(text: str) -> list[str]:
    return text.split("\n") if text else []


def _lines_woven(base: str, ours: str, theirs: str) -> str:
    return "\n".join(_woven(_lines(base), _lines(ours), _lines(theirs)))


def _live(entries: _Entries) -> tuple[Key, ...]:
    return tuple(key for key, entry in entries.items() if not entry.obsolete)


def _order(base: Sequence[Key], ours: Sequence[Key], theirs: Sequence[Key]) -> tuple[Key, ...]:
    """Return the keys of both sides in the order of the side that changed it."""
    return _woven((), theirs, ours) if ours == base else _woven((), ours, theirs)


#: The later date, and whose it is, belong together.
_REVISION = ("PO-Revision-Date", "Last-Translator")


def _header(
    base: Sequence[tuple[str, str]],
    ours: Sequence[tuple[str, str]],
    theirs: Sequence[tuple[str, str]],
) -> tuple[tuple[str, str], ...]:
    """Merge headers field by field; date and translator are those of the later revision."""
    if base in (ours, theirs) or ours == theirs:
        return tuple(_changed(base, ours, theirs))
    # A line that is no field stands for itself.
    old, one, two = ({name or value: (name, value) for name, value in header} for header in (base, ours, theirs))
    later = two if _revision(theirs) > _revision(ours) else one
    result = []
    for name in _woven(tuple(old), tuple(one), tuple(two)):
        if name in one and name in two:
            merged = _changed(old.get(name, ("", "")), one[name], two[name])
            result.append(later[name] if name in _REVISION else merged)
        else:
            result.append(one.get(name) or two[name])
    return tuple(result)


def _revision(header: Iterable[tuple[str, str]]) -> datetime:
    try:
        date = datetime.fromisoformat(dict(header).get("PO-Revision-Date", ""))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return date if date.tzinfo else date.replace(tzinfo=UTC)


# --- entries -----------------------------------------------------------------------------------------------------

_NOTHING = Entry("")


def _by_key(catalog: Catalog) -> _Entries:
    """Return the entries by key; of a live and an obsolete one for the same msgid, one is made."""
    found: _Entries = {}
    for entry in catalog.entries:
        known = found.get(entry.key)
        if known is None:
            found[entry.key] = entry
            continue
        live, past = (entry, known) if known.obsolete else (known, entry)
        better, other = (live, past) if any(_forms(live)) else (past, live)
        found[entry.key] = replace(
            better,
            obsolete=live.obsolete,
            references=live.references,
            extracted=live.extracted,
            comment=_lines_woven("", better.comment, _with_other(other, better, other).comment),
        )
    return found


def _forms(entry: Entry) -> tuple[str, ...]:
    return entry.plural[1] if entry.plural else (entry.msgstr,)


def _translation(entry: Entry) -> tuple[tuple[str, ...], bool]:
    """Return the plural forms, or the msgstr as the only one, and whether they are fuzzy."""
    forms = _forms(entry)
    return forms, entry.fuzzy and any(forms)


def _with_forms(entry: Entry, forms: tuple[str, ...]) -> Entry:
    if entry.plural:
        return replace(entry, msgstr="", plural=(entry.plural[0], forms))
    return replace(entry, msgstr=forms[0])


def _with_fuzzy(flags: Iterable[str], fuzzy: bool) -> tuple[str, ...]:
    others = tuple(flag for flag in flags if flag != "fuzzy")
    return ("fuzzy", *others) if fuzzy else others


def _with_other(entry: Entry, chosen: Entry, other: Entry) -> Entry:
    """Return `entry` with those forms of `other` in its comment that are not the forms of `chosen`."""
    lines = [other_translation(form) for form in _forms(other) if form and form not in _forms(chosen)]
    return replace(entry, comment=_lines_woven("", entry.comment, "\n".join(lines)))


def _gone(entry: Entry) -> Entry:
    return replace(entry, obsolete=True, references=(), extracted="")


def _merged(base: Entry | None, ours: Entry | None, theirs: Entry | None) -> tuple[Entry | None, bool]:
    """Return what becomes of one entry, None if it is dropped, and whether its translations are in conflict."""
    if theirs in (ours, base):
        return ours, False
    if ours == base:
        return theirs, False
    if ours is not None and theirs is not None:
        return _both(base, ours, theirs)
    left = ours or theirs
    if left is None or base is None or base.obsolete:
        return left, False
    # The source gave the entry up on one side; what was done to it on the other is kept.
    worked = _gone(left) != _gone(base) or left.obsolete
    return (_gone(left) if worked and (any(_forms(left)) or left.comment) else None), False


def _both(base: Entry | None, ours: Entry, theirs: Entry) -> tuple[Entry, bool]:
    """Merge two entries field by field; see `_merged`."""
    old = base or Entry(ours.msgid, obsolete=True)
    chosen = _chosen(old, ours, theirs)
    entry = replace(
        chosen or ours,
        references=_woven(old.references, ours.references, theirs.references),
        flags=_with_fuzzy(
            _woven(old.flags, ours.flags, theirs.flags),
            fuzzy=chosen is None or _translation(chosen)[1],
        ),
        comment=_lines_woven(old.comment, ours.comment, theirs.comment),
        extracted=_lines_woven(old.extracted, ours.extracted, theirs.extracted),
        obsolete=_changed(old.obsolete, ours.obsolete, theirs.obsolete),
        line=ours.line,
    )
    if chosen is None:
        # Without a previous msgid it is a draft: readers get a stale translation, but should get no conflict.
        entry = replace(_conflict(old, entry, theirs), previous=None, previous_context=None)
    else:
        if _translation(ours) == _translation(theirs):
            context, previous = _changed(*((each.previous_context, each.previous) for each in (old, ours, theirs)))
            entry = replace(entry, previous=previous, previous_context=context)
        for other in (ours, theirs):
            if _forms(other) != _forms(old):
                entry = _with_other(entry, entry, other)
    if any(omission(each) is None and any(_forms(each)) and _forms(each) != _forms(old) for each in (ours, theirs)):
        # One side has translated what the other one leaves out.
        entry = replace(entry, comment=without_omission(entry.comment))
    valid = (line for line in _lines(entry.comment) if not is_void_review(line, entry))
    entry = replace(entry, comment="\n".join(valid))
    return (_gone(entry) if entry.obsolete else entry), chosen is None


def _chosen(base: Entry, ours: Entry, theirs: Entry) -> Entry | None:
    """Return the side whose translation is taken, None if both are good."""
    old, one, two = _translation(base), _translation(ours), _translation(theirs)
    if two in (old, one) or (one != old and not any(two[0])):
        return ours
    if one == old or not any(one[0]):
        return theirs
    if one[1] != two[1]:
        return theirs if one[1] else ours
    if two[0] == old[0]:
        return ours
    return theirs if one[0] == old[0] else None


def _conflict(base: Entry, ours: Entry, theirs: Entry) -> Entry:
    """Return `ours` with both translations, as `msgcat` writes them."""
    forms = []
    for old, one, two in zip_longest(_forms(base), _forms(ours), _forms(theirs), fillvalue=""):
        if two in (old, one, ""):
            forms.append(one)
        elif one in (old, ""):
            forms.append(two)
        else:
            gap = "" if one.endswith("\n") else "\n"
            forms.append(f"#-#-#-#-#  ours  #-#-#-#-#\n{one}{gap}#-#-#-#-#  theirs  #-#-#-#-#\n{two}")
    return _with_forms(replace(ours, plural=ours.plural or theirs.plural), tuple(forms))


# --- changes of the source ---------------------------------------------------------------------------------------


def _origin(entry: Entry) -> Key | str:
    """Return the key of the text that the translation was made for; for a draft without one, the draft itself."""
    if not entry.fuzzy:
        return entry.key
    return entry.msgstr if entry.previous is None else (entry.previous_context, entry.previous)


def _followed(base: _Entries, side: _Entries, other: _Entries) -> tuple[_Entries, _Entries]:
    """Return `base` and `other` with their translations moved to where a change of the source moved those of `side`.

    Such a change leaves a new fuzzy entry in place of another. Had the other side been updated to the same source,
    its translation would be there too.
    """
    left = {
        _origin(entry): entry.key
        for entry in base.values()
        if not entry.obsolete and (entry.key not in side or side[entry.key].obsolete)
    }
    moves: dict[Key, list[Key]] = {}
    for entry in side.values():
        former = left.get(_origin(entry))
        if former is None or not entry.fuzzy or entry.obsolete or entry.key in base:
            continue
        lives = former in other and not other[former].obsolete
        # A side that has both has a translation of its own; one that has neither, nothing to move.
        if lives != (entry.key in other):
            moves.setdefault(former, []).append(entry.key)
    return (_moved(base, moves), _moved(other, moves)) if moves else (base, other)


def _moved(entries: _Entries, moves: Mapping[Key, Sequence[Key]]) -> _Entries:
    result = {}
    for key, entry in entries.items():
        for new in [new for new in moves.get(key, ()) if new not in entries] or [key]:
            result[new] = _adopted(entry, new)
    return result


def _adopted(entry: Entry, key: Key) -> Entry:
    """Return `entry` under another key, as an update of its catalog would have made it."""
    if entry.key == key:
        return entry
    context, msgid = key
    forms = tuple(transferred(entry.msgid, msgid, form) for form in _forms(entry))
    moved = _with_forms(replace(entry, msgctxt=context, msgid=msgid), forms)
    if entry.fuzzy or not any(_forms(entry)):
        return moved
    return replace(moved, flags=("fuzzy", *entry.flags), previous=entry.msgid, previous_context=entry.msgctxt)


# --- work that comes back ------------------------------------------------------------------------------------------

#: Programs that write fuzzy marks back, so that one which is gone was taken away by a person.
_FAITHFUL = re.compile("Poedit|Lokalize|Weblate|Gtranslator|Virtaal|Emacs|Pootle|KBabel", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_SENTENCE = re.compile(r"[^。！？!?；\n]*?(?:[。！？!?；]+|\.(?=\s|$)|\n|$)")
_END = re.compile(r"[。！？!?；\n]|\.(?=\s|$)")
_QUOTED = re.compile(r"`[^`]*`|\$[^$]*\$|“[^”]*”|\"[^\"]*\"|《[^》]*》|「[^」]*」|\([^()]*\)|（[^（）]*）|\[[^\]]*\]")
_WORDS = re.compile(r"[^\W\d_]{2,}")
#: Characters that nobody types; a terminal may act on them.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def returned(
    sent: Catalog,
    current: Catalog,
    back: Catalog,
    *,
    source: Language,
    target: Language,
    marked: bool = False,
    unchanged: Collection[Key] = (),
) -> Returned:
    """Merge work that came back by mail or from a platform.

    An empty msgstr replaces none, what a program merely dropped is kept, and a msgstr that is in part still in the
    language of the source, or has control characters that the source lacks, is refused. A text that is translated,
    there or here, is not left out because a comment that came back says so. The rest is a three-way merge, as
    `combine` does it.

    Args:
        sent: The catalog as it was sent.
        current: The catalog as it is now.
        back: What came back.
        source: The language of the book.
        target: The language it is translated into.
        marked: Whether what came back says of each translation whether it is fuzzy.
        unchanged: What is known to have come back as it was sent, so that nobody need judge it.
    """
    problems: list[Diagnostic] = []
    now, old = _by_key(current), _by_key(sent)
    known = {**now, **old}
    found, strangers = _matched(back, known)
    keeps_fuzzy = (
        marked
        or any(entry.fuzzy for entry in back.entries)
        or any(name == "X-Generator" and _FAITHFUL.search(value) for name, value in back.header)
    )
    changed: _Entries = {}
    copied = dropped = 0
    kept_in: list[Entry] = []
    for key, came in found.items():
        before, entry = known[key], came
        forms = _forms(entry)
        own = entry.key in unchanged
        if forms != _forms(before) and not own:
            forms = tuple(_fitted(form, before.msgid) for form in forms)
        same = forms == _forms(before)
        if _controls(entry) - _controls(before):
            problems.append(_unclean(entry, back.path))
            continue
        had = any(_forms(before))
        filled = any(forms) and (own or had or not _copied(before, forms, source, target))
        if had or (filled and not own):
            if omission(entry) is not None and omission(before) is None:
                kept_in.append(entry)
            entry = replace(entry, comment=without_omission(entry.comment))
            if filled and not same:
                before = replace(before, comment=without_omission(before.comment))  # it is translated now
        comment = _commented(before, entry)
        if not filled:
            copied += any(forms)
            if comment != before.comment:
                changed[key] = replace(before, comment=comment)  # a question, say
            continue
        if not same and not own and any(_mixed(before.msgid, form, source, target) for form in forms):
            problems.append(_refused(entry, back.path))
            continue
        fuzzy = entry.fuzzy
        if before.fuzzy and not fuzzy and same and not keeps_fuzzy:
            fuzzy = True
            dropped += 1
        stale = before if before.fuzzy else entry
        changed[key] = replace(
            _with_forms(replace(before, plural=before.plural or entry.plural), forms),
            flags=_with_fuzzy(before.flags, fuzzy=fuzzy),
            comment=comment,
            previous=stale.previous if fuzzy else None,
            previous_context=stale.previous_context if fuzzy else None,
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
    if copied:
        problems.append(
            Diagnostic(
                "import-copied",
                f"{copied} entries came back with the source's text as their translation; they stay untranslated",
                Place(back.path),
                Severity.INFO,
                hint="fill in those that are to read the same in both languages in the catalog itself",
            )
        )
    if kept_in:
        problems.append(_kept_in(kept_in, back.path))
    problems += [_unclean(entry, back.path) for entry in strangers if _is_unclean(entry)]
    strangers = [entry for entry in strangers if not _is_unclean(entry)]
    unknown = [entry for entry in strangers if not entry.obsolete]
    if unknown:
        problems.append(_strangers(unknown, back.path))
    theirs = replace(sent, entries=tuple({**old, **changed}.values()), header=_dated(sent, back))
    combined = combine(sent, current, theirs)
    there = _by_key(combined.catalog)
    worth = (entry for entry in strangers if any(_forms(entry)) or (entry.obsolete and entry.comment))
    lost = tuple(_gone(entry) for entry in worth if entry.key not in there)
    both = {entry.key for entry in combined.conflicts}
    taken = sum(_said(entry) != _said(now.get(key, _NOTHING)) for key, entry in there.items() if key not in both)
    catalog = replace(combined.catalog, entries=(*combined.catalog.entries, *lost))
    return Returned(catalog, taken, combined.conflicts, tuple(problems))


def _matched(back: Catalog, known: Mapping[Key, Entry]) -> tuple[_Entries, list[Entry]]:
    """Return what came back by the keys that it has here, and what has none."""
    by_form: dict[Key, list[Key]] = {}
    for key in known:
        by_form.setdefault(normal_form(key), []).append(key)
    came = _by_key(back)
    found = {key: entry for key, entry in came.items() if key in known}
    strangers = []
    for key, entry in came.items():
        alike = by_form.get(normal_form(key), [])
        if key in known:
            continue
        if len(alike) == 1 and alike[0] not in found:
            found[alike[0]] = entry
        else:
            strangers.append(entry)
    return found, strangers


def _fitted(msgstr: str, msgid: str) -> str:
    """Return a translation with the line ends of its msgid, as msgfmt demands: programs change those of both."""
    if not msgstr:
        return ""
    if "\r" not in msgid:
        msgstr = msgstr.replace("\r\n", "\n")
    edges = (len(msgid) - len(msgid.lstrip("\n")), len(msgid) - len(msgid.rstrip("\n")))
    return "\n" * edges[0] + msgstr.strip("\n") + "\n" * edges[1]


def _copied(entry: Entry, forms: Iterable[str], source: Language, target: Language) -> bool:
    """Return whether a program has filled in the source's text where there is something to translate."""
    texts = {normal_form((None, text)) for text in (entry.msgid, *(entry.plural or ())[:1])}
    if not {normal_form((None, form)) for form in forms} <= texts or _relatives(source, target):
        return False
    letter = HAN if source.han and target.latin else LETTER
    return has_prose(entry.msgid, default_dialect(), letter)


def _relatives(one: Language, other: Language) -> bool:
    """Return whether two languages are forms of one, such as zh-Hans and zh-Hant: many texts are the same in both."""
    return one.tag.split("-")[0] == other.tag.split("-")[0]


def normal_form(key: Key) -> Key:
    """Return a key as programs agree on it that change white space or compose characters."""
    return key[0] or None, _SPACES.sub(" ", normalize("NFC", key[1])).strip()


def _commented(before: Entry, entry: Entry) -> str:
    """Return the comment of an entry with the lines that came back and are new, without control characters."""
    if not before.comment:
        return CONTROL.sub("", entry.comment)
    known = before.comment.split("\n")
    new = (CONTROL.sub("", line) for line in entry.comment.split("\n") if line and line not in known)
    return "\n".join((before.comment, *new))


def _said(entry: Entry) -> tuple[tuple[tuple[str, ...], bool], str]:
    """Return what people say in an entry: its translation, and their comment."""
    return _translation(entry), entry.comment


def _controls(entry: Entry) -> set[str]:
    """Return the control characters of what a translator sends back, and of the text that it is the translation of."""
    texts = (entry.msgid, *(entry.plural or ())[:1], *_forms(entry), entry.previous, entry.previous_context)
    return set(CONTROL.findall("".join(filter(None, texts))))


def _is_unclean(stranger: Entry) -> bool:
    """Return whether an entry that no catalog has would put control characters, or lines of its own, into one."""
    texts = (stranger.msgctxt or "", stranger.comment)
    return bool(_controls(stranger)) or any(map(CONTROL.search, texts)) or not "".join(stranger.flags).isprintable()


def _dated(sent: Catalog, back: Catalog) -> tuple[tuple[str, str], ...]:
    """Return the header that was sent, with the translator's name and date if they are later."""
    if _revision(back.header) <= _revision(sent.header):
        return sent.header
    theirs = dict(back.header)
    return tuple(
        (name, CONTROL.sub("", theirs.get(name, value)) if name in _REVISION else value) for name, value in sent.header
    )


def _mixed(msgid: str, msgstr: str, source: Language, target: Language) -> bool:
    """Return whether a translation holds whole sentences of the source: what was translated in part only.

    A title or term without an end of a sentence may stand in its own translation, as a gloss.
    """
    if source.han == target.han or not _END.search(msgid) or normal_form((None, msgstr)) == normal_form((None, msgid)):
        return False
    rest = _QUOTED.sub(" ", msgstr)
    for match in _SENTENCE.finditer(_QUOTED.sub("\n", msgid)):
        sentence = match.group().strip(" \t\n。！？!?；.，,、")
        long = len((HAN if source.han else _WORDS).findall(sentence)) >= 4
        if long and sentence in rest:
            return True
    return False


def _told(
    code: str, message: str, hint: str, entry: Entry, path: str, text: str, severity: Severity = Severity.ERROR
) -> Diagnostic:
    return Diagnostic(
        code, message, Place(path, entry.line), severity, text.split("\n", maxsplit=1)[0][:200], hint=hint
    )


def _refused(entry: Entry, path: str) -> Diagnostic:
    message = "this translation still holds sentences of the source, so it is not taken"
    hint = "translate it as a whole; in OmegaT, switch sentence segmentation off"
    return _told("import-mixed", message, hint, entry, path, entry.msgstr)


def _unclean(entry: Entry, path: str) -> Diagnostic:
    message = "this translation holds control characters that its source has not, so it is not taken"
    hint = "delete them; nobody types such characters, and some programs act on them"
    return _told("import-control", message, hint, entry, path, "".join(_forms(entry)))


def _kept_in(entries: Sequence[Entry], path: str) -> Diagnostic:
    first = entries[0]
    message = (
        f"{len(entries)} translated texts came back with the comment that they are left out; they stay in the book"
    )
    hint = "if they are to be left out, write that comment into the catalog itself"
    return _told("import-omitted", message, hint, first, path, first.msgid, Severity.WARNING)


def _strangers(entries: Sequence[Entry], path: str) -> Diagnostic:
    first = entries[0]
    message = f"{len(entries)} entries are in no catalog of this chapter; their translations are kept as obsolete"
    hint = "was the file made for another chapter, or before the texts changed?"
    return _told("import-unknown", message, hint, first, path, first.msgid, Severity.WARNING)
