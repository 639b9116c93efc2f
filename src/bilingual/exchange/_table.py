"""Catalogs as tables, one entry a row: columns, words and cells; how a file stores cells lies with its format.

Spreadsheet programs change what they are given, so some texts stand behind an apostrophe (`bilingual.cells`); a cell
holds no more than 32,767 characters, so a long text goes on in a further column.

What comes back was edited by people. A column is known by its name in any order, a row by its id, and the id says
whether the source beside it is still the one that was sent.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from enum import Enum
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal
from unicodedata import normalize

from bilingual.catalog import Catalog, Entry, State, is_void_review, now, review_mark, state
from bilingual.cells import guarded, is_value, unguarded
from bilingual.diagnostics import BilingualError, Diagnostic, Place, Severity
from bilingual.exchange import Bundle, Portion, fingerprint
from bilingual.exchange._entries import day, standing
from bilingual.language import Language, language
from bilingual.reconcile import normal_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

#: The languages that the columns and states are named in.
Words = Literal["en", "zh"]

ID = "id"
FILE = "file"
SOURCE = "source"
TRANSLATION = "translation"
STATE = "state"
CONTEXT = "context"
NOTE = "note"
COMMENT = "comment"
REVIEWER = "reviewer"
PREVIOUS = "previous"
REFERENCES = "references"
PLURAL = "plural"
FORM = "form"
FLAGS = "flags"
PREVIOUS_CONTEXT = "previous context"
OBSOLETE = "obsolete"
SENT = "sent"

#: What each column is called, in English and in Chinese, and what people call it. Those of the second half are only
#: there if an entry has something for them.
_NAMES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    ID: ("id", "编号", ()),
    FILE: ("file", "文件", ()),
    SOURCE: ("source", "原文", ("source text", "original", "msgid", "源文")),
    TRANSLATION: ("translation", "译文", ("target", "target text", "translated text", "msgstr", "翻译")),
    STATE: ("state", "状态", ("status",)),
    CONTEXT: ("context", "语境", ("msgctxt", "上下文")),
    NOTE: ("note for translators", "给译者的说明", ("note", "notes", "说明")),
    COMMENT: ("comment", "译者备注", ("comments", "translator's comment", "备注")),
    REVIEWER: ("reviewer", "审校者", ("reviewed by",)),
    PREVIOUS: ("previous source", "修改前的原文", ("previous", "old source")),
    REFERENCES: ("references", "出处", ("reference",)),
    PLURAL: ("source plural", "原文复数", ("msgid_plural",)),
    FORM: ("plural form", "复数形式", ()),
    FLAGS: ("flags", "标记", ()),
    PREVIOUS_CONTEXT: ("previous context", "修改前的语境", ()),
    OBSOLETE: ("obsolete", "已弃用", ()),
    SENT: ("as sent", "发出时", ()),
}
_RARE = frozenset((PLURAL, FORM, FLAGS, PREVIOUS_CONTEXT, OBSOLETE))
#: Columns that make a row one of another entry if they are wrong.
_TELLING = frozenset((ID, FILE, SOURCE, CONTEXT, PLURAL, FORM))

_STATES: dict[State, tuple[str, str, tuple[str, ...]]] = {
    State.MISSING: ("untranslated", "未翻译", ("missing", "new", "to do", "todo", "empty", "待翻译", "待译")),
    State.DRAFT: ("draft", "草稿", ("fuzzy", "unsure", "needs work", "needs review", "待校对", "待确认", "初稿")),
    State.STALE: ("source changed", "原文已修改", ("stale", "outdated", "changed", "原文已改", "过期")),
    State.TRANSLATED: ("translated", "已翻译", ("done", "ok", "yes", "final", "finished", "已译", "完成", "已完成")),
    State.REVIEWED: ("reviewed", "已审校", ("approved", "checked", "proofread", "signed off", "已校对", "已审阅")),
}
_FUZZY = (State.DRAFT, State.STALE)
_ASKED = {
    State.MISSING: ("nothing is translated yet", "还没有译文"),
    State.DRAFT: ("a suggestion that somebody must check", "建议的译文，有待核对"),
    State.STALE: ("the source was changed after it was translated", "翻译之后原文又改过"),
    State.TRANSLATED: ("ready for readers", "可以给读者看"),
    State.REVIEWED: ("checked by a second person, named in the column reviewer", "另有人审校过，姓名写在“审校者”一栏"),
}

#: A header may say which language a column is in and which part of its texts: `source [zh] (2)`.
_HEAD = re.compile(r"(.*?)\s*(?:[\[［]\s*([\w-]+)\s*[\]］])?\s*(?:[(（]\s*(\d{1,4})\s*[)）])?", re.DOTALL)
#: No header is longer.
_LONGEST_HEAD = 200
#: Rows above the header, in which people write titles and remarks.
ABOVE = 20
#: How many rows a file may complain about one by one.
_COMPLAINTS = 100
_IDENTITY = re.compile(r"(e-[a-z2-7]{10})(?:-\d+)?")
_FORM = re.compile(r"\s*\[?(\d{1,2})\]?\s*", re.ASCII)
#: What stands last in a row, empty if somebody added it: it tells whether the cells have moved.
_SENT = re.compile(r"\s*(?:(?:s-)?([0-9a-f]{12}))?\s*")
_UNKNOWN = Language("und", "und", latin=False)


def label(name: str, words: Words) -> str:
    """Return what a column is called."""
    en, zh, _ = _NAMES[name]
    return zh if words == "zh" else en


def state_word(reached: State, words: Words) -> str:
    """Return the word for a state."""
    en, zh, _ = _STATES[reached]
    return zh if words == "zh" else en


def state_help(words: Words) -> str:
    """Return what the states mean, one a line."""
    colon = "：" if words == "zh" else ": "
    return "\n".join(f"{state_word(each, words)}{colon}{_ASKED[each][words == 'zh']}" for each in State)


def _key(name: str) -> str:
    return " ".join(normalize("NFKC", name).casefold().replace("_", " ").split())


_COLUMN_OF = {_key(each): name for name, (en, zh, others) in _NAMES.items() for each in (en, zh, *others)}
_STATE_OF = {_key(each): name for name, (en, zh, others) in _STATES.items() for each in (name, en, zh, *others)}


def named(row: Iterable[str]) -> int:
    """Return how many columns of ours a row names."""
    return sum(_column(text)[0] is not None for text in row)


def _column(text: str) -> tuple[str | None, str, int]:
    """Return which column a header names, in which language it is, and which part of the texts it holds."""
    match = _HEAD.fullmatch(text.strip()) if len(text) <= _LONGEST_HEAD else None
    if match is None:
        return None, "", 1
    name, language, part = match.groups()
    return _COLUMN_OF.get(_key(name)), language or "", int(part or 1)


# --- cells -------------------------------------------------------------------------------------------------------

#: The longest text of a cell, in code units of UTF-16: Excel has 32,767, and one is for the apostrophe.
LONGEST = 32_766


def _pieces(text: str | None) -> tuple[str, ...]:
    """Return a text cut so that each piece fits into a cell; none if there is no text."""
    if text is None:
        return ()
    if len(text) <= LONGEST // 2:
        return (text,)
    pieces = []
    start = units = 0
    for position, char in enumerate(text):
        units += 1 + (char > "\uffff")
        if units > LONGEST:
            pieces.append(text[start:position])
            start, units = position, 1 + (char > "\uffff")
    return (*pieces, text[start:])


# --- writing -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name here, its header, and which part of long texts it holds, from 1."""

    name: str
    head: str
    part: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """A row: a cell for each column, and whether its entry is obsolete."""

    cells: tuple[str, ...]
    obsolete: bool


@dataclass(frozen=True, slots=True)
class Table:
    """What a bundle is as a table: its columns, and the bundle that the rows are made of."""

    columns: tuple[Column, ...]
    bundle: Bundle
    words: Words

    def rows(self) -> Iterator[Row]:
        """Yield the rows, in the order of the catalogs; an entry with plural forms has a row for each."""
        for texts in _texts(self.bundle, self.words):
            pieces = {name: _pieces(text) for name, text in texts.items()}
            yield Row(
                tuple(
                    guarded(pieces[column.name][column.part - 1]) if column.part <= len(pieces[column.name]) else ""
                    for column in self.columns
                ),
                texts[OBSOLETE] is not None,
            )


def table(bundle: Bundle, words: Words) -> Table:
    """Return a bundle as a table whose columns and states are named in a language."""
    parts = Counter({name: 1 for name in _NAMES if name not in _RARE})
    for texts in _texts(bundle, words):
        for name, text in texts.items():
            if text is not None:
                parts[name] = max(parts[name], len(_pieces(text)))
    tags = {SOURCE: f" [{bundle.source.tag}]", TRANSLATION: f" [{bundle.target.tag}]"}
    columns = [
        Column(name, f"{label(name, words)}{tags.get(name, '')}{f' ({part})' if part > 1 else ''}", part)
        for name in _NAMES
        for part in range(1, parts[name] + 1)
    ]
    return Table(tuple(columns), bundle, words)


def identity(entry: Entry) -> str:
    """Return `e-` and ten letters and digits made of an entry's msgctxt and msgid.

    White space and composed characters, which programs change, make no difference; see `reconcile.normal_form`.
    """
    context, msgid = normal_form(entry.key)
    data = msgid if context is None else f"{context}\x04{msgid}"  # as gettext joins them
    digest = blake2b(data.encode("utf-8", "surrogatepass"), digest_size=7).digest()
    return "e-" + base64.b32encode(digest).decode("ascii")[:10].lower()


def identities(catalog: Catalog) -> Iterator[tuple[Entry, str]]:
    """Yield each entry with its identity; of those that are alike the second gets `-2`, and so on."""
    seen: Counter[str] = Counter()
    for entry in catalog.entries:
        found = identity(entry)
        seen[found] += 1
        yield entry, f"{found}-{seen[found]}" if seen[found] > 1 else found


def _texts(bundle: Bundle, words: Words) -> Iterator[dict[str, str | None]]:
    """Yield what stands in each row, by column; None for nothing."""
    for portion in bundle.portions:
        for entry, found in identities(portion.catalog):
            reached = standing(entry)
            flags = entry.flags[1:] if entry.flags[:1] == ("fuzzy",) else entry.flags
            texts: dict[str, str | None] = {
                ID: found,
                FILE: portion.path or None,
                SOURCE: entry.msgid,
                TRANSLATION: entry.msgstr or None,
                STATE: state_word(reached, words),
                CONTEXT: entry.msgctxt,
                NOTE: entry.extracted or None,
                COMMENT: entry.comment or None,
                REVIEWER: next(_reviews(entry, void=False), None) if reached is State.REVIEWED else None,
                PREVIOUS: entry.previous,
                REFERENCES: "\n".join(entry.references) or None,
                PLURAL: entry.plural[0] if entry.plural else None,
                FORM: None,
                FLAGS: ", ".join(flags) or None,
                PREVIOUS_CONTEXT: entry.previous_context,
                OBSOLETE: label(OBSOLETE, words) if entry.obsolete else None,
                SENT: f"s-{fingerprint(entry)}",
            }
            if entry.plural is None or not entry.plural[1]:
                yield texts
                continue
            for number, form in enumerate(entry.plural[1]):
                yield {**texts, TRANSLATION: form or None, FORM: f"[{number}]"}  # as in `msgstr[0]`


_REVIEW = "bilingual: reviewed="


def _reviews(entry: Entry, *, void: bool) -> Iterator[str]:
    """Yield `NAME DATE` of the marks of reviews in the comment that are valid, or of those that are void."""
    for line in entry.comment.split("\n"):
        if line.startswith(_REVIEW) and is_void_review(line, entry) == void:
            yield line.removeprefix(_REVIEW).rpartition(" ")[0]


# --- reading -----------------------------------------------------------------------------------------------------


class CellKind(Enum):
    """What a program has made of a cell; the value is how a diagnostic calls it."""

    TEXT = "a text"
    NUMBER = "a number or a date"
    TRUTH = "a truth value"
    ERROR = "an error"
    FORMULA = "a formula"
    #: In a file that says nothing of its cells but their texts.
    UNTOLD = "a number, a date, a truth value or an error"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that is not empty."""

    text: str
    kind: CellKind = CellKind.TEXT


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its name, empty if a file has but one, and its rows as their numbers and cells by column, from 0."""

    name: str
    rows: Iterable[tuple[int, Mapping[int, Cell]]]


_Columns = dict[str, tuple[int, ...]]


@dataclass(slots=True)
class _Found:
    """An entry as its rows say it: the first of them, its plural forms, and all that is said about its translation.

    The reviewer is None where it cannot be told who reviewed what, since the comments are not there.
    """

    entry: Entry
    word: State | None
    reviewer: str | None
    sent: str
    forms: dict[int, str] = field(default_factory=dict)
    refused: bool = False


def read(sheets: Iterable[Sheet], path: str, *, guessed: str = "") -> Bundle:
    """Return the bundle that tables hold.

    Args:
        sheets: The sheets of a file; those without a header of ours are passed over.
        path: The path of the file, for diagnostics.
        guessed: The encoding that was guessed for the file; then a row must prove by its id that it was the right one.

    Raises:
        BilingualError: If there is no table of ours, or its rows are mixed up.
    """
    reading = Reading(path)
    for sheet in sheets:
        reading.sheet(sheet)
    if not reading.tables:
        hint = "the first row must name the columns as they were sent: source, translation, …"
        missing = Diagnostic("exchange-columns", "no row names the columns", Place(path, 1), hint=hint)
        raise BilingualError(reading.incomplete or missing)
    return reading.bundle(guessed)


class Reading:
    """Collects rows and makes entries of them.

    Args:
        path: The path of the file, for diagnostics.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.place = path
        self.problems: list[Diagnostic] = []
        self.complaints = 0
        self.tables = 0
        self.incomplete: Diagnostic | None = None
        self.right = 0
        self.wrong = 0
        self.languages: dict[str, str] = {}
        self.portions: dict[str, dict[tuple[object, ...], _Found]] = {}
        self.marked: dict[str, bool] = {}

    def complain(
        self, number: int, code: str, message: str, hint: str, excerpt: str = "", severity: Severity = Severity.ERROR
    ) -> None:
        """Report what is wrong with a row; of a file full of wrong rows, only the first ones."""
        self.complaints += 1
        if self.complaints <= _COMPLAINTS:
            line = excerpt[:200].partition("\n")[0]
            self.problems.append(Diagnostic(code, message, Place(self.place, number), severity, line, hint=hint))

    # --- columns

    def sheet(self, sheet: Sheet) -> None:
        """Take the rows of a sheet, if it has a header of ours."""
        columns: _Columns | None = None
        for above, (number, cells) in enumerate(sheet.rows):
            if columns is not None:
                texts = self.texts(columns, number, cells)
                if texts is not None:
                    self.take(number, texts)
                continue
            columns = self.columns(number, cells)
            if columns is not None:
                self.tables += 1
                self.place = f"{self.path} ({sheet.name})" if self.tables > 1 and sheet.name else self.path
            elif above >= ABOVE:
                return

    def columns(self, number: int, cells: Mapping[int, Cell]) -> _Columns | None:
        """Return which columns hold what, None if the row is no header.

        Raises:
            BilingualError: If it is one that cannot be used.
        """
        found: dict[str, dict[int, int]] = {}
        languages: dict[str, str] = {}
        twice = ""
        for index, cell in sorted(cells.items()):
            name, language, part = _column(cell.text)
            if name is None:
                continue
            if found.setdefault(name, {}).setdefault(part, index) != index:
                twice = twice or cell.text.strip()
            languages.setdefault(name, language)
        if len(found) < 2:
            return None
        seen = ", ".join(cell.text.strip()[:30] for _, cell in sorted(cells.items())[:20])
        for name in (SOURCE, TRANSLATION):
            if name not in found:
                message = f"no column is called {label(name, 'en')!r} or {label(name, 'zh')!r}"
                hint = f"give the column that holds it this name again; the columns are: {seen}"
                place = Place(self.path, number)
                self.incomplete = self.incomplete or Diagnostic("exchange-columns", message, place, hint=hint)
                return None  # another sheet may be the one
        if twice:
            self.refuse(number, f"two columns are called {twice!r}", "delete the column that is not meant")
        self.languages = {**languages, **self.languages}
        for name, parts in found.items():
            lost = next((part for part in range(1, max(parts) + 1) if part not in parts), None)
            if lost is not None:
                text = f"{label(name, 'en')} ({lost})" if lost > 1 else label(name, "en")
                self.refuse(number, f"the column {text!r} is missing", "texts go on in it; put it back")
        return {name: tuple(index for _, index in sorted(parts.items())) for name, parts in found.items()}

    def refuse(self, number: int, message: str, hint: str) -> None:
        raise BilingualError(Diagnostic("exchange-columns", message, Place(self.path, number), hint=hint))

    # --- rows

    def take(self, number: int, texts: Mapping[str, str | None]) -> None:
        """Take a row.

        Args:
            number: Its number.
            texts: What stands in it, by column; None for nothing. A column that is not there has no text either.
        """
        source, translation = texts.get(SOURCE), texts.get(TRANSLATION)
        if source is None:
            if translation is not None:
                hint = "copy the source beside it again from the file as it was sent"
                self.complain(number, "exchange-source", "this translation has no source text", hint, translation)
            return
        entry = Entry(
            source,
            translation or "",
            texts.get(CONTEXT),
            tuple(filter(None, _lines(texts.get(REFERENCES)).split("\n"))),
            tuple(filter(None, (flag.strip() for flag in (texts.get(FLAGS) or "").split(",")))),
            _lines(texts.get(COMMENT)),
            _lines(texts.get(NOTE)),
            texts.get(PREVIOUS),
            texts.get(PREVIOUS_CONTEXT),
            texts.get(OBSOLETE) is not None,
            number,
            None if (plural := texts.get(PLURAL)) is None else (plural, ()),
        )
        sent = _SENT.fullmatch(texts.get(SENT) or "")
        if sent is None:
            hint = "put every cell back below its name; a text with separators in it needs quotes"
            self.complain(number, "exchange-row", "the cells of this row are not where they were", hint, source)
            return
        if not self.is_sent(entry, (texts.get(ID) or "").strip(), number):
            return
        file = texts.get(FILE) or ""
        self.marked[file] = STATE in texts
        form = texts.get(FORM)
        match = _FORM.fullmatch(form) if form is not None else None
        if form is not None and (match is None or entry.plural is None):
            hint = "put back what was sent"
            self.complain(number, "exchange-row", f"{form[:20]!r} is no plural form of this entry", hint, source)
            return
        found = _Found(
            replace(entry, msgstr="") if match else entry,
            self.word(texts.get(STATE), entry, number),
            (texts.get(REVIEWER) or "").strip() if COMMENT in texts else None,
            sent.group(1) or "",
        )
        self.add(file, found, int(match.group(1)) if match else None, entry.msgstr)

    def texts(self, columns: _Columns, number: int, cells: Mapping[int, Cell]) -> dict[str, str | None] | None:
        """Return what stands in a row, by column; None if that cannot be trusted."""
        texts: dict[str, str | None] = {}
        good = True
        source = [cells[index].text for index in columns[SOURCE] if index in cells]
        for name, indexes in columns.items():
            parts = []
            for index in indexes:
                cell = cells.get(index)
                if cell is None:
                    continue
                kind = cell.kind
                if kind is CellKind.UNTOLD and not (name == TRANSLATION and _is_made(cell.text, source)):
                    kind = CellKind.TEXT
                if kind is CellKind.TEXT or (kind is not CellKind.FORMULA and name in _TELLING):
                    parts.append(unguarded(cell.text))  # an id proves what stands in a column that tells entries apart
                elif kind in (CellKind.FORMULA, CellKind.ERROR) or name == TRANSLATION:
                    hint = "format the cell as text and type it again; an apostrophe in front keeps it a text"
                    message = f"the program took what was typed as {label(name, 'en')} for {kind.value}"
                    if kind is CellKind.UNTOLD:
                        hint = "if it is meant so, the file must have an apostrophe in front of it; or save it as .xlsx"
                        message = f"a program may have made this translation: it is {kind.value}"
                    self.complain(number, "exchange-cell", message, hint, cell.text)
                    good = good and name not in _TELLING and name != TRANSLATION
                else:
                    parts.append(cell.text)
            whole = [part for part in parts if part is not None]
            texts[name] = "".join(whole) if whole else None
        return texts if good else None

    def is_sent(self, entry: Entry, found: str, number: int) -> bool:
        """Return whether the source beside an id is the one that was sent; a row that was added has no id."""
        if not found:
            return True
        match = _IDENTITY.fullmatch(found)
        if match is not None and match.group(1) == identity(entry):
            self.right += 1
            return True
        self.wrong += 1
        message = "the source text of this row, its context or its id was changed, so its translation is not taken"
        hint = "put back what was sent; if the source has a mistake, tell the author"
        self.complain(number, "exchange-source", message, hint, entry.msgid)
        return False

    def word(self, text: str | None, entry: Entry, number: int) -> State | None:
        """Return the state that a row names; None if it names none."""
        if text is None:
            return None
        known = _STATE_OF.get(_key(text))
        if known is None and entry.msgstr:
            hint = f"the states are: {', '.join(state_word(each, 'en') for each in State)}"
            message = f"{text[:60]!r} is no state; the translation is taken as a draft"
            self.complain(number, "exchange-state", message, hint, entry.msgid, Severity.WARNING)
        return known or State.DRAFT

    def add(self, file: str, found: _Found, form: int | None, text: str) -> None:
        """Put a row to the others of its entry."""
        entry = found.entry
        key = (entry.key, entry.obsolete and (True, entry.msgstr))
        portion = self.portions.setdefault(file, {})
        known = portion.setdefault(key, found)
        if form is not None and not known.forms.get(form):
            known.forms[form] = text
        if known is found:
            return
        if form is None:
            if not entry.msgstr or entry.msgstr == known.entry.msgstr:
                return
            if not known.entry.msgstr:
                portion[key] = found
                return
        elif not text or text == known.forms[form]:
            if known.word is None or found.word in _FUZZY:
                known.word = found.word
            return
        known.refused = True
        message = "this source was translated in another row, and differently; neither is taken"
        hint = f"keep one of the two rows; the other one is row {known.entry.line}"
        self.complain(entry.line, "exchange-duplicate", message, hint, entry.msgid)

    # --- the whole

    def bundle(self, guessed: str) -> Bundle:
        """Return what was read.

        Args:
            guessed: As for `read`.

        Raises:
            BilingualError: If the rows are mixed up.
        """
        if guessed and not self.right:
            raise BilingualError(
                Diagnostic(
                    "exchange-encoding",
                    "the file is neither in UTF-8 nor in UTF-16",
                    Place(self.path, 1),
                    hint="save it again as “CSV UTF-8”",
                )
            )
        if self.wrong > max(10, self.right):
            raise BilingualError(
                Diagnostic(
                    "exchange-source",
                    f"in {self.wrong} rows the source text does not belong to the id beside it; nothing is taken",
                    self.problems[0].place,
                    hint="was one column sorted without the others? sort whole rows, or take the file as it was sent",
                )
            )
        portions = [self.portion(path, found) for path, found in self.portions.items()]
        if self.complaints > _COMPLAINTS:
            message = f"there is as much to say about {self.complaints - _COMPLAINTS} further rows"
            self.problems.append(Diagnostic("exchange-row", message, Place(self.path), hint="mend those above first"))
        source, target = (_language(self.languages.get(name, "")) for name in (SOURCE, TRANSLATION))
        return Bundle(source, target, tuple(portions), diagnostics=tuple(self.problems))

    def portion(self, path: str, rows: Mapping[tuple[object, ...], _Found]) -> Portion:
        found = sorted((each for each in rows.values() if not each.refused), key=lambda each: each.entry.obsolete)
        entries = tuple(self.entry(each) for each in found)
        sent: dict[tuple[str | None, str], str] = {}
        for each in found:
            if each.sent:
                sent.setdefault(each.entry.key, each.sent)
        return Portion(Catalog(entries, (), self.path), path, sent=sent, marked=self.marked[path])

    def entry(self, found: _Found) -> Entry:
        entry, word = found.entry, found.word
        if found.forms and entry.plural is not None:
            forms = tuple(found.forms.get(number, "") for number in range(max(found.forms) + 1))
            entry = replace(entry, plural=(entry.plural[0], forms))
        some = bool(entry.msgstr or any(found.forms.values()))
        fuzzy = some and word in _FUZZY
        if fuzzy != entry.fuzzy:
            others = tuple(flag for flag in entry.flags if flag != "fuzzy")
            entry = replace(entry, flags=("fuzzy", *others) if fuzzy else others)
        return self.reviewed(entry, found.reviewer) if some and word is State.REVIEWED else entry

    def reviewed(self, entry: Entry, reviewer: str | None) -> Entry:
        """Return an entry that its row calls reviewed, with the mark of the review if it has none."""
        if reviewer is None or entry.plural or state(entry) is State.REVIEWED:
            return entry
        if not reviewer or reviewer in _reviews(entry, void=True):
            message = f"this translation was changed after the review by {reviewer[:60]}"
            if not reviewer:
                message = "nobody is named who reviewed this translation"
            hint = "it counts as translated; name who reviewed it in the column reviewer"
            self.complain(entry.line, "exchange-state", message, hint, entry.msgid, Severity.WARNING)
            return entry
        name, date = reviewer, ""
        if match := re.fullmatch(r"(.+?)\s+(\d{4}-\d{2}-\d{2})", reviewer, re.DOTALL):
            name, date = match[1], day(match[2])
            if not date:
                message, hint = f"there is no day {match[2]}; the review counts as one of today", "write YYYY-MM-DD"
                self.complain(entry.line, "exchange-state", message, hint, entry.msgid, Severity.WARNING)
        mark = review_mark(entry, name, date or now().strftime("%Y-%m-%d"))
        comment = "\n".join(filter(None, (entry.comment, mark)))
        return replace(entry, comment=comment)


def _is_made(translation: str, source: Iterable[str]) -> bool:
    """Return whether a program may have made a translation of another; that of a number or a date is one itself."""
    return (
        is_value(translation)
        and not translation.startswith("'")
        and not any(is_value(part.lstrip("'")) for part in source)
    )


def _lines(text: str | None) -> str:
    """Return a text of lines as a catalog has them, whatever ends them in the file."""
    return (text or "").replace("\r\n", "\n").replace("\r", "\n")


def _language(code: str) -> Language:
    try:
        return language(code)
    except ValueError:
        return _UNKNOWN
