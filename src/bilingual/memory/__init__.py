"""A translation memory: pairs of texts in one SQLite file, found by the same text, its neighbours, or a similar one.

Pairs come from catalogs, with all that their entries say, so that they can be written out again as they came. Reading
the files that they stand in, and filling catalogs from the memory, is for others.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING, Any, Self

from bilingual.catalog import Catalog, Entry, State, state
from bilingual.diagnostics import BilingualError, Diagnostic, Place
from bilingual.language import closest
from bilingual.memory import index
from bilingual.suggest import SIMILAR, Match, ranked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from bilingual.language import Language

#: What SQLite files of ours say they are, "blTM", and the form of the tables.
_APPLICATION = 0x626C544D
_VERSION = 1
_SCHEMA = (
    "CREATE TABLE languages(id INTEGER PRIMARY KEY, tag TEXT NOT NULL UNIQUE)",
    # Where pairs are from: a catalog of a collection, that is, of a project or a file.
    "CREATE TABLE origins(id INTEGER PRIMARY KEY, collection TEXT NOT NULL, path TEXT NOT NULL, source INTEGER NOT "
    "NULL, target INTEGER NOT NULL, header TEXT NOT NULL, UNIQUE(collection, path, source, target))",
    "CREATE TABLE texts(id INTEGER PRIMARY KEY, key INTEGER NOT NULL, text TEXT NOT NULL)",
    "CREATE INDEX texts_by_key ON texts(key)",
    "CREATE TABLE pairs(id INTEGER PRIMARY KEY, text INTEGER NOT NULL, origin INTEGER NOT NULL, target TEXT NOT NULL, "
    "state INTEGER NOT NULL, context TEXT, before INTEGER NOT NULL, after INTEGER NOT NULL, facts TEXT)",
    "CREATE INDEX pairs_by_text ON pairs(text)",
    "CREATE INDEX pairs_by_origin ON pairs(origin)",
    *index.SCHEMA,
)
#: What SQLite may keep of the file in memory, in KiB, and how long it waits for another program, in seconds.
_CACHE = 65_536
_PATIENCE = 30.0
#: How many pairs are written at once.
_ROWS = 2_000
#: Below this state a translation is kept, but not suggested.
_USABLE = State.TRANSLATED.rank
#: How similar a text is that is the same, and one that has the same context or neighbours too.
EXACT, IN_CONTEXT = 1.0, 1.01
#: The fields of an entry that a pair keeps as they are, besides its texts and context.
_FACTS = ("flags", "comment", "extracted", "references", "previous", "previous_context", "obsolete", "plural")
_BLANK = Entry("")
#: What SQLite says where the file is right and its place is not.
_ITS_PLACE = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_AUTH")


_REBUILD = "if this is the right file, it is damaged: remove it, and make it anew with bilingual memory add"


class _OddError(Exception):
    """The file holds what this program does not write; the message is a phrase."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where pairs of a memory are from.

    Attributes:
        collection: The project or file; empty for the project that the memory belongs to.
        path: The catalog; empty if the file does not say it.
        source: The code of the language of the texts.
        target: The code of the language of the translations.
        pairs: How many there are.
    """

    collection: str
    path: str
    source: str
    target: str
    pairs: int = 0

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.collection, self.path)))


def _key(text: str) -> int:
    """Return a number that stands for a text; 0 stands for none."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


class Memory:
    """A translation memory in a file.

    What is done in a `with` block is kept if the block ends without an error, and else not at all, whenever the process
    dies.

    Args:
        path: The file; it is made if it is missing.
        shown: Its path for messages.

    Raises:
        BilingualError: If it cannot be opened, or is no memory of this form.
    """

    def __init__(self, path: Path, shown: str) -> None:
        self.shown = shown
        with self._told():
            self._database = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            with self._told():
                self._prepare()
        except BilingualError:
            self._database.close()
            raise
        self._languages: dict[str, int] = {}
        self._alike: dict[str, tuple[int, ...]] = {}
        self._found: index.Index | None = None
        self._dropped = False

    def _prepare(self) -> None:
        database = self._database
        # The file may come from a stranger: nothing that its schema says is carried out.
        database.execute("PRAGMA trusted_schema = OFF")
        database.execute(f"PRAGMA cache_size = -{_CACHE}")
        (application,) = database.execute("PRAGMA application_id").fetchone()
        (version,) = database.execute("PRAGMA user_version").fetchone()
        schema = [sql for (sql,) in database.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
        if not schema and application == version == 0:
            database.execute("PRAGMA page_size = 8192")
            database.execute("BEGIN IMMEDIATE")
            if database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone() == (0,):
                for statement in _SCHEMA:
                    database.execute(statement)
                database.execute(f"PRAGMA application_id = {_APPLICATION}")
                database.execute(f"PRAGMA user_version = {_VERSION}")
            database.execute("COMMIT")
        elif application != _APPLICATION or version != _VERSION or sorted(schema) != sorted(_SCHEMA):
            ours = application == _APPLICATION
            message = "this memory is of another version" if ours else "this is no translation memory"
            hint = "name another file, or export it with the version that made it" if ours else "name another file"
            raise BilingualError(Diagnostic("memory-format", message, Place(self.shown), hint=hint))

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what SQLite says, and what a file of strangers may hold, into a diagnostic."""
        try:
            yield
        except sqlite3.Error as error:
            busy = "locked" in str(error)
            message = "another program is writing to the memory" if busy else f"the memory cannot be used: {error}"
            hint = "run the command again" if busy else _REBUILD
            if str(getattr(error, "sqlite_errorname", "")).startswith(_ITS_PLACE):
                hint = "check its permissions and free space, or name another file"
            code = "memory-busy" if busy else "memory-unusable"
            raise BilingualError(Diagnostic(code, message, Place(self.shown), hint=hint)) from None
        except _OddError as error:
            message = f"the memory cannot be used: {error}"
            raise BilingualError(Diagnostic("memory-unusable", message, Place(self.shown), hint=_REBUILD)) from None

    def close(self) -> None:
        """Close the file; what was added outside of a `with` block is kept already."""
        self._database.close()

    def __enter__(self) -> Self:
        with self._told():
            self._database.execute("BEGIN IMMEDIATE")
        self._forget()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            with self._told():
                self._settle()
                self._database.execute("COMMIT")
        else:
            self._database.rollback()
            self._forget()

    def _settle(self) -> None:
        """Bring the index up to date; write it anew if most of what is in it is gone."""
        if self._dropped:
            (there,) = self._database.execute("SELECT COUNT(*) FROM texts").fetchone()
            if self._index.size > 2 * there + _ROWS:
                self._index.rebuild(there)
        self._index.flush()

    def _forget(self) -> None:
        """Forget what may have changed in the file."""
        self._found = None
        self._dropped = False
        self._languages.clear()
        self._alike.clear()

    @property
    def _index(self) -> index.Index:
        if self._found is None:
            self._found = index.Index(self._database)
            if not self._found.sound:
                raise _OddError("its index counts with something else than numbers")
        return self._found

    # --- in --------------------------------------------------------------------------------------------------

    def add(
        self,
        entries: Iterable[Entry],
        source: Language,
        target: Language,
        *,
        collection: str = "",
        path: str = "",
        header: Sequence[tuple[str, str]] = (),
        header_comment: str = "",
        header_flags: Sequence[str] = (),
    ) -> int:
        """Take the entries of a catalog in the place of those that it had before; call it in a `with` block.

        Args:
            entries: The entries, in the order of the catalog; those without translation and comment are left out.
            source: The language of the msgids.
            target: The language of the msgstrs.
            collection: The project or file that the catalog is of.
            path: The catalog.
            header: Its header.
            header_comment: The comment above that.
            header_flags: Its flags.

        Returns:
            How many pairs there are of it now.
        """
        with self._told():
            ours, theirs = self._number_of(source.tag), self._number_of(target.tag)
            database = self._database
            where = (collection, path, ours, theirs)
            known = database.execute(
                "SELECT id FROM origins WHERE (collection, path, source, target) = (?, ?, ?, ?)", where
            ).fetchone()
            above: list[object] = [{"comment": header_comment, "flags": header_flags}]
            told = json.dumps([*header, *(above if header_comment or header_flags else ())], ensure_ascii=False)
            database.execute(
                "INSERT INTO origins(collection, path, source, target, header) VALUES(?, ?, ?, ?, ?) "
                "ON CONFLICT DO UPDATE SET header = excluded.header",
                (*where, told),
            )
            if known is not None:
                self._take_out(*known)
            (origin,) = known or database.execute("SELECT last_insert_rowid()").fetchone()
            count = self._insert(entries, origin, ours)
            if known is not None:
                self._drop_unused()
            if not count:
                database.execute("DELETE FROM origins WHERE id = ?", (origin,))
            return count

    def _insert(self, entries: Iterable[Entry], origin: int, language: int) -> int:
        count = 0
        told = (each for each in _with_neighbours(entries) if each[0].msgstr or each[0].comment or each[0].plural)
        while rows := list(islice(told, _ROWS)):
            numbers = self._numbers_of([(entry.msgid, key) for entry, key, _, _ in rows], language)
            self._database.executemany(
                "INSERT INTO pairs(text, origin, target, state, context, before, after, facts) "
                "VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (numbers[entry.msgid], origin, entry.msgstr, rank, entry.msgctxt, before, after, _facts(entry))
                    for entry, _, before, after in rows
                    for rank in (state(entry).rank if entry.msgstr and entry.plural is None else 0,)
                ],
            )
            count += len(rows)
        return count

    def _numbers_of(self, texts: Sequence[tuple[str, int]], language: int) -> dict[str, int]:
        """Return the numbers of texts, given with their keys; new ones get one."""
        keys = list(dict.fromkeys(key for _, key in texts))
        found = {
            text: number
            for number, text in self._database.execute(
                f"SELECT id, text FROM texts WHERE key IN ({','.join('?' * len(keys))})",  # noqa: S608 - question marks
                keys,
            )
            if number >> 40 == language
        }
        new = []
        for text, key in texts:
            if text not in found:
                number = found[text] = self._index.number(language, len(text))
                new.append((number, key, text))
        self._database.executemany("INSERT INTO texts VALUES(?, ?, ?)", new)
        self._index.settle()
        return found

    def _take_out(self, origin: int) -> None:
        """Remove the pairs of an origin; `_drop_unused` sees to their texts."""
        self._database.execute("CREATE TEMP TABLE was AS SELECT text FROM pairs WHERE origin = ?", (origin,))
        self._database.execute("DELETE FROM pairs WHERE origin = ?", (origin,))

    def _drop_unused(self) -> None:
        """Remove texts that have lost their last pair."""
        database = self._database
        dropped = database.execute(
            "DELETE FROM texts WHERE id IN (SELECT text FROM was) AND NOT EXISTS "
            "(SELECT 1 FROM pairs WHERE pairs.text = texts.id)"
        ).rowcount
        database.execute("DROP TABLE temp.was")
        self._dropped |= dropped > 0

    def _number_of(self, tag: str) -> int:
        if tag not in self._languages:
            self._database.execute("INSERT OR IGNORE INTO languages(tag) VALUES(?)", (tag,))
            self._alike.clear()
            (number,) = self._database.execute("SELECT id FROM languages WHERE tag = ?", (tag,)).fetchone()
            self._languages[tag] = number
        return self._languages[tag]

    # --- look-ups --------------------------------------------------------------------------------------------

    def search(
        self,
        text: str,
        source: Language,
        target: Language,
        *,
        context: str | None = None,
        neighbours: tuple[str | None, str | None] | None = None,
        minimum: float = SIMILAR,
        limit: int = 1,
    ) -> list[Match]:
        """Return the best translations of a text or of similar ones, best first.

        A text that is the same counts 1, and 1.01 if it has the same msgctxt, or the same text before and behind it.
        Of equals, one that was reviewed goes first, then the translation that is there most often, then the latest.

        Args:
            text: The text; what is no character in it is none that a text of the memory could have.
            source: Its language.
            target: The language to translate into.
            context: Its msgctxt.
            neighbours: The texts before and behind it, None for none; None as a whole if nobody knows.
            minimum: How similar a text must be.
            limit: How many translations to return at most.
        """
        text = text.encode("utf-8", "replace").decode()
        with self._told():
            ours, theirs = self._numbers_like(source), self._numbers_like(target)
            if not ours or not theirs or not text:
                return []
            around = tuple(0 if each is None else _key(each) for each in neighbours) if neighbours else None
            found: list[Match] = []
            for number, known in self._database.execute("SELECT id, text FROM texts WHERE key = ?", (_key(text),)):
                if known == text and number >> 40 in ours:
                    found += self._translations(number, text, EXACT, theirs, context, around)
            found = _distinct(found)
            if len(found) < limit and minimum <= EXACT:
                found = _distinct([*found, *self._similar(text, ours, theirs, minimum, limit)])
        return [match for match in found if match.score >= minimum][:limit]

    def _similar(
        self, text: str, ours: Sequence[int], theirs: Sequence[int], minimum: float, limit: int
    ) -> Iterator[Match]:
        try:
            numbers = self._index.candidates(text, ours, minimum)
        except (ValueError, TypeError):
            raise _OddError("its index has something else than lists of numbers") from None
        marks = ",".join("?" * len(numbers))
        targets = ",".join("?" * len(theirs))
        rows = self._database.execute(
            f"SELECT id, text FROM texts WHERE id IN ({marks}) AND EXISTS (SELECT 1 FROM pairs JOIN origins ON "  # noqa: S608 - question marks alone
            f"origins.id = origin WHERE pairs.text = texts.id AND state >= ? AND origins.target IN ({targets}))",
            (*numbers, _USABLE, *theirs),
        ).fetchall()
        texts = {number: _text(known) for number, known in rows if known != text}
        # The same text in two regions' languages is one to be compared.
        places: dict[str, list[int]] = {}
        for number in numbers:
            if number in texts:
                places.setdefault(texts[number], []).append(number)
        order = list(places)
        for score, place in ranked(text, order, minimum, min(limit, len(order))):
            for number in places[order[place]]:
                yield from self._translations(number, order[place], score, theirs, None, None)

    def _translations(
        self,
        number: int,
        text: str,
        score: float,
        targets: Sequence[int],
        context: str | None,
        around: tuple[int, ...] | None,
    ) -> list[Match]:
        """Return the translations of a text, the best first."""
        marks = ",".join("?" * len(targets))
        rows = self._database.execute(
            "SELECT pairs.target, state, context, before, after, collection, path, pairs.id FROM pairs JOIN origins "  # noqa: S608 - question marks alone
            f"ON origins.id = origin WHERE text = ? AND state >= ? AND origins.target IN ({marks})",
            (number, _USABLE, *targets),
        ).fetchall()
        often = Counter(row[0] for row in rows)
        found = []
        for given, rank, own, before, after, collection, path, place in rows:
            msgstr = _text(given)
            if not isinstance(rank, int):
                raise _OddError("it has a state that is no number")
            if context is not None:
                same = own == context
            else:
                same = own is None and around is not None and any(around) and (before, after) == around
            value = IN_CONTEXT if same and score == EXACT else score
            origin = str(Origin(_text(collection), _text(path), "", ""))
            found.append(((value, rank, often[msgstr], place), Match(text, msgstr, value, origin)))
        found.sort(key=lambda each: each[0], reverse=True)
        return [match for _, match in found]

    def _numbers_like(self, of: Language) -> tuple[int, ...]:
        """Return the languages of the memory that are this one, in whatever region."""
        if of.tag not in self._alike:
            rows = self._database.execute("SELECT id, tag FROM languages ORDER BY id")
            self._alike[of.tag] = tuple(number for number, tag in rows if closest(of, (_text(tag),)) is not None)
        return self._alike[of.tag]

    def suggester(self, source: Language, target: Language, minimum: float = SIMILAR) -> Recall:
        """Return the memory as what suggests translations from one language into another."""
        return Recall(self, source, target, minimum)

    # --- out -------------------------------------------------------------------------------------------------

    def origins(self) -> list[Origin]:
        """Return where the pairs are from, in the order in which that was added."""
        with self._told():
            rows = self._database.execute(
                "SELECT collection, path, ours.tag, theirs.tag, (SELECT COUNT(*) FROM pairs WHERE origin = origins.id) "
                "FROM origins JOIN languages AS ours ON ours.id = source "
                "JOIN languages AS theirs ON theirs.id = target ORDER BY origins.id"
            )
            return [
                Origin(_text(collection), _text(path), _text(ours), _text(theirs), count)
                for collection, path, ours, theirs, count in rows
            ]

    def catalog(self, origin: Origin) -> Catalog:
        """Return the entries that are from one place, as they were added, with the header of their catalog."""
        with self._told():
            number, told = self._known(origin)
            rows = self._database.execute(
                "SELECT texts.text, target, context, facts FROM pairs JOIN texts ON texts.id = pairs.text "
                "WHERE origin = ? ORDER BY pairs.id",
                (number,),
            )
            entries = tuple(_entry(*row) for row in rows)
            header, comment, flags = _header(told)
        return Catalog(entries, header, origin.path, comment, flags)

    def drop(self, origin: Origin) -> int:
        """Forget what is from one place; call it in a `with` block. Return how many pairs are gone."""
        with self._told():
            number, _ = self._known(origin)
            self._take_out(number)
            self._drop_unused()
            self._database.execute("DELETE FROM origins WHERE id = ?", (number,))
        return origin.pairs

    def _known(self, origin: Origin) -> tuple[int, object]:
        """Return the number of an origin that is there, and its header."""
        number, header = self._database.execute(
            "SELECT origins.id, header FROM origins JOIN languages AS ours ON ours.id = source JOIN languages AS "
            "theirs ON theirs.id = target WHERE (collection, path, ours.tag, theirs.tag) = (?, ?, ?, ?)",
            (origin.collection, origin.path, origin.source, origin.target),
        ).fetchone()
        return number, header


class Recall:
    """A memory as a `Suggester` for two languages.

    Args:
        memory: The memory.
        source: The language of the texts.
        target: The language to translate them into.
        minimum: How similar a text must be.
    """

    def __init__(self, memory: Memory, source: Language, target: Language, minimum: float = SIMILAR) -> None:
        self.memory = memory
        self.source = source
        self.target = target
        self.minimum = minimum

    def suggest(self, msgids: Sequence[str]) -> Sequence[Match | None]:
        """Return the best translation of each text, None where there is none.

        Args:
            msgids: Texts in their order, so that each is the neighbour of the next one.
        """
        around = [None, *msgids, None]
        found = (
            self.memory.search(
                text, self.source, self.target, neighbours=(around[place], around[place + 2]), minimum=self.minimum
            )
            for place, text in enumerate(msgids)
        )
        return [matches[0] if matches else None for matches in found]


def _with_neighbours(entries: Iterable[Entry]) -> Iterator[tuple[Entry, int, int, int]]:
    """Yield each entry with the keys of its text, of the one before and of the one behind it, if it is not obsolete."""
    held: tuple[Entry, int, int] | None = None
    for entry in entries:
        key = _key(entry.msgid)
        if entry.obsolete:
            if held is not None:
                yield *held, 0
                held = None
            yield entry, key, 0, 0
            continue
        before = 0
        if held is not None:
            yield *held, key
            before = held[1]
        held = entry, key, before
    if held is not None:
        yield *held, 0


def _facts(entry: Entry) -> str | None:
    said = {name: getattr(entry, name) for name in _FACTS if getattr(entry, name) != getattr(_BLANK, name)}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")) if said else None


def _distinct(found: Sequence[Match]) -> list[Match]:
    """Return matches, the best first, of those that say the same the best alone."""
    distinct: dict[tuple[str, str], Match] = {}
    for match in sorted(found, key=lambda each: -each.score):
        distinct.setdefault((match.msgid, match.msgstr), match)
    return list(distinct.values())


# --- what a file of strangers may hold -----------------------------------------------------------------------------


def _text(value: object) -> str:
    """Return a value as the text that it is to be.

    Raises:
        _OddError: If it is something else.
    """
    if not isinstance(value, str):
        raise _OddError("it has something else where a text is to be")
    return value


def _parsed(value: object, kind: type) -> Any:  # noqa: ANN401 - JSON
    """Return the list or object that a text says in JSON.

    Raises:
        _OddError: If it does not.
    """
    try:
        found = json.loads(_text(value))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, kind):
        raise _OddError("it has something that is not said as this program says it")
    return found


def _texts(value: object) -> tuple[str, ...]:
    """Return a list of texts; raises as `_text` does."""
    if not isinstance(value, list):
        raise _OddError("it has something else where a list is to be")
    return tuple(map(_text, value))


def _entry(msgid: object, msgstr: object, context: object, facts: object) -> Entry:
    said = _parsed(facts, dict) if facts is not None else {}
    more: dict[str, Any] = {name: _fact(name, value) for name, value in said.items()}
    return Entry(_text(msgid), _text(msgstr), None if context is None else _text(context), **more)


def _fact(name: str, value: object) -> object:
    """Return what a field of an entry holds that stands in JSON."""
    if name in {"flags", "references"}:
        return _texts(value)
    if name == "plural" and isinstance(value, list) and len(value) == 2:
        return _text(value[0]), _texts(value[1])
    if name == "obsolete" and isinstance(value, bool):
        return value
    if name not in _FACTS or name in {"plural", "obsolete"}:
        raise _OddError("it has an entry that is not said as this program says it")
    return _text(value)


def _header(told: object) -> tuple[tuple[tuple[str, str], ...], str, tuple[str, ...]]:
    """Return the fields of a header, the comment above it, and its flags."""
    fields: list[tuple[str, str]] = []
    comment, flags = "", _texts([])
    for each in _parsed(told, list):
        if isinstance(each, dict):
            comment, flags = _text(each.get("comment")), _texts(each.get("flags"))
            continue
        pair = _texts(each)
        if len(pair) != 2:
            raise _OddError("it has a header that is not said as this program says it")
        fields.append((pair[0], pair[1]))
    return tuple(fields), comment, flags
