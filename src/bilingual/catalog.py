"""Catalogs: PO files as values, read from what any editor writes and written as `msgcat --no-wrap` writes them.

The only file that knows polib, which models PO files for scripts (`to_polib`, `from_polib`). Its parser is not
used: it cuts lines at U+2028 and form feeds, strips ideographic spaces from comments, drops `#~|` lines and
trailing comments, splits file names with blanks, keeps one of two equal header fields, and takes a string that
is cut off for a whole one.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from bilingual.diagnostics import BilingualError, Diagnostic, Place, Severity
from bilingual.suggest import similarity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import polib

#: The longest `#:` line, in bytes of UTF-8: GNU gettext counts those, not display columns.
_WIDTH = 79

_RANKS = ("missing", "draft", "stale", "translated", "reviewed")


class State(StrEnum):
    """How far the translation of an entry is, from least to most; states compare in that order."""

    MISSING = "missing"
    DRAFT = "draft"
    STALE = "stale"
    TRANSLATED = "translated"
    REVIEWED = "reviewed"

    @property
    def rank(self) -> int:
        """The state's place in the order, from 0."""
        return _RANKS.index(self.value)

    def __lt__(self, other: str) -> bool:
        return _RANKS.index(self.value) < _RANKS.index(other)

    def __le__(self, other: str) -> bool:
        return _RANKS.index(self.value) <= _RANKS.index(other)

    def __gt__(self, other: str) -> bool:
        return _RANKS.index(self.value) > _RANKS.index(other)

    def __ge__(self, other: str) -> bool:
        return _RANKS.index(self.value) >= _RANKS.index(other)


@dataclass(frozen=True, slots=True)
class Entry:
    r"""One entry of a catalog.

    Attributes:
        msgid: The source text.
        msgstr: The translation, empty if there is none.
        msgctxt: The context, or None.
        references: What stands in `#:` lines, each once, as text: `content/zh/a b.md:12`.
        flags: What stands in `#,` lines, `fuzzy` included, in order.
        comment: The translators' comment, lines joined by `\n`, without `# `.
        extracted: The author's and the tool's comment (`#.`), lines joined by `\n`.
        previous: The previous msgid (`#| msgid`), or None.
        previous_context: The previous msgctxt, or None.
        obsolete: Whether the entry is commented out (`#~`).
        line: 1-based line of its msgid in the file, 0 if it is from no file.
        plural: For an entry with plural forms, msgid_plural and the forms; this toolkit makes none but keeps them.
    """

    msgid: str
    msgstr: str = ""
    msgctxt: str | None = None
    references: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    comment: str = ""
    extracted: str = ""
    previous: str | None = None
    previous_context: str | None = None
    obsolete: bool = False
    line: int = field(default=0, compare=False)
    plural: tuple[str, tuple[str, ...]] | None = None

    @property
    def key(self) -> tuple[str | None, str]:
        """What identifies an entry in its catalog: msgctxt and msgid."""
        return self.msgctxt, self.msgid

    @property
    def fuzzy(self) -> bool:
        """Whether the translation waits for a person's approval."""
        return "fuzzy" in self.flags

    @property
    def translated(self) -> bool:
        """Whether there is a translation that is not fuzzy."""
        return bool(self.msgstr) and not self.fuzzy


@dataclass(frozen=True, slots=True)
class Catalog:
    """The entries of one PO or POT file, obsolete ones last.

    Attributes:
        entries: All entries but the header.
        header: Pairs of a header field's name and its value, in order.
        path: Where it was read from, for diagnostics.
        header_comment: The comment above the header, lines joined by newlines.
        header_flags: The flags of the header.
    """

    entries: tuple[Entry, ...] = ()
    header: tuple[tuple[str, str], ...] = ()
    path: str = field(default="", compare=False)
    header_comment: str = ""
    header_flags: tuple[str, ...] = ()

    @property
    def live(self) -> dict[tuple[str | None, str], Entry]:
        """The entries that are not obsolete, by key, in order."""
        return {entry.key: entry for entry in self.entries if not entry.obsolete}


# --- states ------------------------------------------------------------------------------------------------------

_DRAFTED_BY = "bilingual: drafted by "
_REVIEWED = re.compile(r"^bilingual: reviewed=(.*) (\S+) ([0-9a-f]{8})$", re.MULTILINE)


#: What a translator's comment says of a text that the translation leaves out, and of one that it writes as several.
_OMISSION = re.compile(r"^bilingual: omit(?: (stale|draft))?[ \t]*$", re.MULTILINE)
_SPLIT = re.compile(r"^bilingual: split[ \t]*$", re.MULTILINE)


def omission(entry: Entry) -> State | None:
    """Return how sure it is that the translation leaves the text of `entry` out; None if it does not.

    The comment line is `bilingual: omit`; with `stale` behind it the text has changed since a person wrote that, and
    with `draft` nobody has approved it.
    """
    if "bilingual: omit" not in entry.comment:
        return None
    found = [State(match.group(1) or "translated") for match in _OMISSION.finditer(entry.comment)]
    return min(found, default=None)


def is_split(entry: Entry) -> bool:
    """Return whether empty lines in the msgstr of `entry` part paragraphs: `bilingual: split` in its comment."""
    return "bilingual: split" in entry.comment and _SPLIT.search(entry.comment) is not None


def without_omission(comment: str) -> str:
    """Return a translator's comment without the mark of an omission."""
    if "bilingual: omit" not in comment:
        return comment
    return "\n".join(line for line in comment.split("\n") if _OMISSION.fullmatch(line) is None)


def without_split(comment: str) -> str:
    """Return a translator's comment without the mark of a translation in several paragraphs."""
    return "\n".join(line for line in comment.split("\n") if _SPLIT.fullmatch(line) is None)


def doubted(entry: Entry, before: str) -> Entry:
    """Return `entry` with the mark that it is left out made doubtful, since that was said of the text `before`."""
    if omission(entry) is None:
        return entry
    word = "stale" if similarity(before, entry.msgid) else "draft"
    comment = _OMISSION.sub(
        lambda match: match.group().rstrip() if match.group(1) == "draft" else f"bilingual: omit {word}", entry.comment
    )
    return replace(entry, comment=comment)


def state(entry: Entry) -> State:
    """Return how far the translation of `entry` is (DESIGN §5); an obsolete entry counts as any other.

    A text that the translation leaves out on purpose is translated, unless that is in doubt.
    """
    left_out = omission(entry)
    if left_out is not None and left_out < State.TRANSLATED:
        return left_out
    if not entry.msgstr and left_out is None:
        return State.MISSING
    if entry.msgstr and entry.fuzzy:
        if entry.previous is not None and not _is_draft(entry) and similarity(entry.previous, entry.msgid):
            return State.STALE
        return State.DRAFT
    if entry.comment and any(match.group(3) == _review_hash(entry) for match in _REVIEWED.finditer(entry.comment)):
        return State.REVIEWED
    return State.TRANSLATED


def review_mark(entry: Entry, name: str, date: str) -> str:
    """Return the comment line that says that `name` has reviewed `entry`; it is void once msgid or msgstr change."""
    return f"bilingual: reviewed={' '.join(name.split())} {date} {_review_hash(entry)}"


def draft_mark(by: str, previous: str | None) -> str:
    """Return the comment line that says that a translation is a draft.

    Args:
        by: Who or what made it, and of what.
        previous: The text that it is the translation of, if that is another one. As long as it is the previous msgid,
            the entry stays a draft, however similar the texts are.
    """
    mark = f" {_text_hash(previous)}" if previous is not None else ""
    return f"{_DRAFTED_BY}{' '.join(by.split())}{mark}"


def drafted_by(comment: str) -> str:
    """Return who or what made a draft, as the mark in its comment says, without its details; empty if there is none."""
    line = next((line for line in comment.split("\n") if line.startswith(_DRAFTED_BY)), "")
    return re.sub(r" [0-9a-f]{8}$", "", line.removeprefix(_DRAFTED_BY)).partition(",")[0].strip()


def without_draft_mark(comment: str) -> str:
    """Return a comment without the lines that say that a translation is a draft."""
    return "\n".join(line for line in comment.split("\n") if not line.startswith(_DRAFTED_BY))


def _is_draft(entry: Entry) -> bool:
    """Return whether a fuzzy translation with a previous msgid never was that of an earlier text of the book."""
    if _DRAFTED_BY not in entry.comment or entry.previous is None:
        return False
    mark = f" {_text_hash(entry.previous)}"
    return any(line.startswith(_DRAFTED_BY) and line.endswith(mark) for line in entry.comment.split("\n"))


def still_reviewed(entry: Entry, before: Entry) -> Entry:
    """Return `entry` with the mark of the review that `before`, of which it is a trivial change, had."""
    if entry.comment == "" or state(before) is not State.REVIEWED:
        return entry
    mark, valid = _review_hash(before), _review_hash(entry)
    comment = _REVIEWED.sub(
        lambda match: match.group()[: -len(mark)] + valid if match.group(3) == mark else match.group(), entry.comment
    )
    return replace(entry, comment=comment)


def is_void_review(line: str, entry: Entry) -> bool:
    """Return whether a line of a comment is the mark of a review, but of other texts than those of `entry`."""
    match = _REVIEWED.fullmatch(line)
    return match is not None and match.group(3) != _review_hash(entry)


def _review_hash(entry: Entry) -> str:
    return _text_hash(f"{entry.msgid}\0{entry.msgstr}")


def _text_hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


# --- writing -----------------------------------------------------------------------------------------------------

_ESCAPES = {"\t": "\\t", "\r": "\\r", "\a": "\\a", "\b": "\\b", "\f": "\\f", "\v": "\\v"}
_RARE = re.compile("[\t\r\a\b\f\v]")


def _escaped(text: str) -> str:
    """Return `text` as it stands between quotes, without its newlines' escapes."""
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if '"' in text:
        text = text.replace('"', '\\"')
    return _RARE.sub(lambda match: _ESCAPES[match.group()], text) if _RARE.search(text) else text


def _quoted(keyword: str, text: str, mark: str = "") -> str:
    if "\n" not in text:
        return f'{mark}{keyword} "{_escaped(text)}"\n'
    pieces = _escaped(text).split("\n")
    if len(pieces) == 2 and not pieces[1]:
        return f'{mark}{keyword} "{pieces[0]}\\n"\n'
    lines = [f'{mark}{keyword} ""\n']
    lines.extend(f'{mark}"{piece}\\n"\n' for piece in pieces[:-1])
    if pieces[-1]:
        lines.append(f'{mark}"{pieces[-1]}"\n')
    return "".join(lines)


#: What ends a name in a `#:` line, and a percent sign that would be read as an escape of these.
_UNSAFE = re.compile(r"[ \t\r\n]|%(?=20|09|0D|0A|25)")
_SAFE = re.compile(r"%(20|09|0D|0A|25)")


def _escaped_reference(reference: str) -> str:
    """Write blanks as `%20`: gettext before 0.22 takes a name with blanks for several, and drops repeated ones."""
    while reference.startswith("./"):
        reference = reference[2:]  # as gettext does
    return _UNSAFE.sub(lambda match: f"%{ord(match.group()):02X}", reference)


def _reference_lines(references: Iterable[str]) -> str:
    lines = []
    line = "#:"
    width = 2
    for reference in dict.fromkeys(references):
        piece = _escaped_reference(reference)
        length = len(piece.encode())
        if width > 2 and width + 1 + length > _WIDTH:
            lines.append(line + "\n")
            line, width = "#:", 2
        line += " " + piece
        width += 1 + length
    if width > 2:
        lines.append(line + "\n")
    return "".join(lines)


#: gettext takes a backslash at the end of any line, a comment's too, for a continuation.
_CONTINUED = re.compile(r"\\ *$", re.MULTILINE)


def _comment_lines(mark: str, text: str) -> str:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\\" in text:
        text = _CONTINUED.sub(r"\g<0> ", text)
    return "".join(f"{mark} {line}\n" if line else f"{mark}\n" for line in text.split("\n"))


def _entry(entry: Entry) -> str:
    parts = []
    if entry.comment:
        parts.append(_comment_lines("#", entry.comment))
    if entry.extracted:
        parts.append(_comment_lines("#.", entry.extracted))
    if entry.references:
        parts.append(_reference_lines(entry.references))
    if entry.flags:
        has_text = entry.msgstr or (entry.plural and any(entry.plural[1]))
        # gettext does not write that an empty translation is fuzzy.
        flags = entry.flags if has_text else [flag for flag in entry.flags if flag != "fuzzy"]
        if flags:
            parts.append(f"#, {', '.join(flags)}\n")
    previous, mark = ("#~| ", "#~ ") if entry.obsolete else ("#| ", "")
    if entry.previous_context is not None:
        parts.append(_quoted("msgctxt", entry.previous_context, previous))
    if entry.previous is not None:
        parts.append(_quoted("msgid", entry.previous, previous))
    if entry.msgctxt is not None:
        parts.append(_quoted("msgctxt", entry.msgctxt, mark))
    parts.append(_quoted("msgid", entry.msgid, mark))
    if entry.plural is None:
        parts.append(_quoted("msgstr", entry.msgstr, mark))
    else:
        parts.append(_quoted("msgid_plural", entry.plural[0], mark))
        parts.extend(_quoted(f"msgstr[{index}]", form, mark) for index, form in enumerate(entry.plural[1]))
    return "".join(parts)


def write(catalog: Catalog) -> str:
    """Return the text of a PO file, byte for byte as `msgcat --no-wrap` writes it, obsolete entries last."""
    parts = []
    if catalog.header or catalog.header_comment:
        text = "".join(f"{name}: {value}\n" if name else f"{value}\n" for name, value in catalog.header)
        header = _comment_lines("#", catalog.header_comment) if catalog.header_comment else ""
        if catalog.header_flags:
            header += f"#, {', '.join(catalog.header_flags)}\n"
        parts.append(f'{header}msgid ""\n{_quoted("msgstr", text)}')
    parts.extend(_entry(entry) for entry in catalog.entries if not entry.obsolete)
    parts.extend(_entry(entry) for entry in catalog.entries if entry.obsolete)
    return "\n".join(parts)


# --- headers -----------------------------------------------------------------------------------------------------


def now() -> datetime:
    """Return the present time in UTC, or the one that SOURCE_DATE_EPOCH asks for."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isdigit():
        return datetime.fromtimestamp(int(epoch), UTC)
    return datetime.now(UTC)


def new_header(
    *,
    source: str,
    target: str | None,
    project: str = "",
    version: int | None = 1,
) -> tuple[tuple[str, str], ...]:
    """Return the header of a new catalog, or of a template if `target` is None.

    Args:
        source: The code of the source language.
        target: The code of the target language.
        project: The title of the book.
        version: The version of the segmentation that made the msgids; None if another program made them.

    Raises:
        ValueError: If a code stands for no known language.
    """
    from bilingual.language import language  # noqa: PLC0415 - reading a catalog needs no language data

    into = language(target) if target is not None else None
    team = into.name(language("en")) if into is not None else ""
    fields = [
        ("Project-Id-Version", " ".join(project.split()) or "book"),
        ("Report-Msgid-Bugs-To", ""),
        ("PO-Revision-Date", "YEAR-MO-DA HO:MI+ZONE"),
        ("Last-Translator", "FULL NAME <EMAIL@ADDRESS>"),
        ("Language-Team", team or "LANGUAGE <LL@li.org>"),
        ("Language", into.gettext if into is not None else ""),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=UTF-8"),
        ("Content-Transfer-Encoding", "8bit"),
    ]
    if into is not None:
        fields.append(("Plural-Forms", into.plural_forms))
    fields.append(("X-Source-Language", language(source).gettext))
    if version is not None:
        fields.append(("X-Bilingual-Segmentation", str(version)))
    return tuple(fields)


def revised(header: Sequence[tuple[str, str]], when: datetime) -> tuple[tuple[str, str], ...]:
    """Return `header` with its PO-Revision-Date set; only commands that write a msgstr do so."""
    stamp = when.strftime("%Y-%m-%d %H:%M%z")
    return tuple((name, stamp if name == "PO-Revision-Date" else value) for name, value in header)


# --- reading -----------------------------------------------------------------------------------------------------

_KEYWORD = re.compile(r"(msgctxt|msgid_plural|msgid|msgstr(?:\[(\d+)\])?|domain)[ \t]*(?=\"|$)")
_STRINGS = re.compile(r'(?:"[^"\\]*(?:\\.[^"\\]*)*"[ \t]*)+')
#: An escape that C does not know; gettext refuses it, and dropping its backslash would damage a formula.
_UNKNOWN_ESCAPE = re.compile(r'(?<!\\)(?:\\\\)*\\(?![\\"abfnrtv0-7]|x[0-9A-Fa-f])')
_STRING = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"')
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]+)|(.))")
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_CONFLICT = re.compile(r"(?:<{7}|>{7}|\|{7})(?: |$)|={7}$")
#: The header is the entry with an empty msgid; other texts may speak of charsets too.
_CHARSET = re.compile(r'^"?(?:msgstr ")?Content-Type:[^"\n]*charset=([\w.:-]+)', re.IGNORECASE | re.MULTILINE)
#: Only blanks and tabs part names: a name may hold U+3000.
_REFERENCE = re.compile(r"\u2068([^\u2069]*)\u2069(:\d+)?|([^ \t]+)")


def _unescaped(match: re.Match[str]) -> str:
    octal, hexadecimal, char = match.groups()
    if octal:
        return chr(int(octal, 8) & 0xFF)
    if hexadecimal:
        return chr(int(hexadecimal[-2:], 16))
    return _SIMPLE.get(char, char)


def _text(raw: str) -> str:
    if "\\" not in raw:
        return raw
    # A run of backslashes begins with an escape, so cutting at pairs cuts no escape in two.
    parts = [part.replace('\\"', '"').replace("\\n", "\n").replace("\\t", "\t") for part in raw.split("\\\\")]
    if not any("\\" in part for part in parts):
        return "\\".join(parts)
    if "\\x" in raw or re.search(r"\\[0-7]", raw):
        # Numeric escapes are bytes of UTF-8, as in C.
        data = _ESCAPE.sub(_unescaped, "".join(chr(byte) for byte in raw.encode()))
        try:
            return data.encode("latin-1").decode()
        except UnicodeError:
            return data
    return _ESCAPE.sub(_unescaped, raw)


def _comment_text(rest: str) -> str:
    text = rest.removeprefix(" ")
    # The blank that `write` puts after a backslash is not the translator's.
    return text[:-1] if text.endswith(" ") and text.rstrip(" ").endswith("\\") else text


class _Reader:
    """A line-by-line scanner; strings are checked to the last quote before anything is kept."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.entries: list[Entry] = []
        self.problems: list[Diagnostic] = []
        self.header: Entry | None = None
        self.whole = True  # the last line is a whole one
        self.reset()

    def reset(self) -> None:
        self.comment: list[str] = []
        self.extracted: list[str] = []
        self.references: list[str] = []
        self.flags: list[str] = []
        self.fields: dict[str, list[str]] = {}
        self.previous: dict[str, list[str]] = {}
        self.current: list[str] | None = None
        self.obsolete = False
        self.line = 0
        self.complete = False  # a msgstr has been seen

    def problem(self, number: int, message: str, excerpt: str, hint: str, code: str = "catalog-syntax") -> None:
        self.problems.append(
            Diagnostic(code, message, Place(self.path, number), Severity.ERROR, excerpt[:200], None, hint),
        )

    def read(self, text: str) -> None:
        lines = text.split("\n")
        last = len(lines) - (1 if lines and lines[-1] == "" else 0)
        self.whole = text.endswith("\n")
        for number, line in enumerate(lines, 1):
            if not line or line.isspace():
                continue
            first = line[0]
            if first == "#":
                self.comment_line(line, number)
            elif first in "<>=|" and _CONFLICT.match(line):
                self.problem(
                    number,
                    "this is a conflict marker of a git merge",
                    line,
                    "decide which side to keep and take the markers out",
                    "catalog-conflict",
                )
                self.reset()
            else:
                self.string_line(line.strip(" \t"), number, last, obsolete=False)
            if len(self.problems) >= 20:
                return
        self.flush(last, at_end=True)

    def comment_line(self, line: str, number: int) -> None:
        mark = line[1:2]
        if mark == "~":
            rest = line[2:]
            if rest.startswith("|"):
                self.begin()
                self.previous_line(rest[1:].strip(" \t"), line, number)
                self.obsolete = True
                return
            rest = rest.strip(" \t")
            if rest.startswith("#"):
                self.comment_line(rest, number)
                return
            if rest:
                self.string_line(rest, number, 0, obsolete=True)
            return
        self.begin()
        rest = line[2:]
        if mark == ".":
            self.extracted.append(_comment_text(rest))
        elif mark == ":":
            for match in _REFERENCE.finditer(rest):
                isolated, number_text, plain = match.groups()
                if plain is None:
                    self.references.append(isolated + (number_text or ""))
                elif "%" in plain:
                    self.references.append(_SAFE.sub(lambda found: chr(int(found.group(1), 16)), plain))
                else:
                    self.references.append(plain)
        elif mark in (",", "="):
            self.flags.extend(flag for flag in (part.strip() for part in rest.split(",")) if flag)
        elif mark == "|":
            self.previous_line(rest.strip(" \t"), line, number)
        else:
            self.comment.append(_comment_text(line[1:]))

    def begin(self) -> None:
        """A comment after a msgstr belongs to the next entry."""
        if self.complete:
            self.flush(0)

    def previous_line(self, rest: str, line: str, number: int) -> None:
        match = _KEYWORD.match(rest)
        if match is not None:
            self.current = self.previous.setdefault(match.group(1), [])
            rest = rest[match.end() :]
        if self.current is None or (rest and _STRINGS.fullmatch(rest) is None):
            self.problem(number, "this is no previous msgid", line, 'write `#| msgid "…"`')
            return
        self.current.extend(_text(raw) for raw in _STRING.findall(rest))

    def string_line(self, rest: str, number: int, last: int, *, obsolete: bool) -> None:
        line = rest
        if rest[0] != '"':
            match = _KEYWORD.match(rest)
            if match is None:
                cut = number == last
                self.problem(
                    number,
                    "the file seems to be cut off here" if cut else "this is neither a keyword, a string nor a comment",
                    line,
                    "restore the file from a backup or from git"
                    if cut
                    else "a PO line begins with msgid, msgstr, a quote or #",
                )
                return
            keyword = match.group(1)
            rest = rest[match.end() :]
            if keyword == "domain":
                self.begin()
                self.current = []
            else:
                if self.fields and not self.complete and obsolete != self.obsolete:
                    self.problem(
                        number, "this entry is obsolete in part only", line, "write #~ on all its lines or on none"
                    )
                self.keyword(keyword, number, line)
                self.obsolete = obsolete
        if self.current is None:
            self.problem(number, "this string belongs to no keyword", line, "put msgid or msgstr in front of it")
            return
        if len(rest) > 1 and rest[0] == '"' and rest[-1] == '"' and "\\" not in rest and rest.count('"') == 2:
            self.current.append(rest[1:-1])
        elif rest and _STRINGS.fullmatch(rest):
            if _UNKNOWN_ESCAPE.search(rest):
                self.problem(number, "this string has an unknown escape", line, "write \\\\ for a backslash")
                return
            self.current.extend(_text(raw) for raw in _STRING.findall(rest))
        elif number == last:
            self.problem(
                number,
                "the file seems to be cut off here",
                line,
                "restore the file from a backup or from git",
            )
        else:
            self.problem(
                number,
                "this string is not closed, or has a quote inside",
                line,
                'end it with a quote, and write \\" for a quote inside',
            )

    def keyword(self, keyword: str, number: int, line: str) -> None:
        if keyword in ("msgctxt", "msgid"):
            if self.complete:
                self.flush(0)
            if keyword == "msgid":
                if "msgid" in self.fields:
                    self.problem(self.line, "this msgid has no msgstr", "", 'add `msgstr ""` below it')
                    self.fields = {}
                self.line = number
        elif "msgid" not in self.fields:
            self.problem(number, f"this {keyword} has no msgid", line, "put its msgid in front of it")
        elif keyword in self.fields:
            self.problem(number, f"this is a second {keyword}", line, "keep one of the two")
        if keyword.startswith("msgstr"):
            self.complete = True
        self.current = self.fields.setdefault(keyword, [])

    def flush(self, last: int, *, at_end: bool = False) -> None:
        fields = self.fields
        if "msgid" not in fields:
            loose = self.extracted or self.references or self.flags or self.previous or fields
            if at_end and (loose or (self.comment and not self.whole)):
                self.problem(
                    last,
                    "the file seems to be cut off: this belongs to no msgid",
                    "",
                    "restore the file from a backup or from git",
                )
            self.reset()
            return
        if not self.complete:
            if at_end:
                self.problem(
                    self.line,
                    "the file seems to be cut off: this msgid has no msgstr",
                    "",
                    "restore the file from a backup or from git",
                )
            self.reset()
            return
        plural = None
        msgstr = "".join(fields.get("msgstr", ()))
        if "msgid_plural" in fields:
            forms = sorted((int(name[7:-1]), "".join(parts)) for name, parts in fields.items() if "[" in name)
            plural = ("".join(fields["msgid_plural"]), tuple(text for _, text in forms))
        context = fields.get("msgctxt")
        previous = self.previous.get("msgid")
        previous_context = self.previous.get("msgctxt")
        entry = Entry(
            "".join(fields["msgid"]),
            msgstr,
            None if context is None else "".join(context),
            tuple(self.references),
            tuple(self.flags),
            "\n".join(self.comment),
            "\n".join(self.extracted),
            None if previous is None else "".join(previous),
            None if previous_context is None else "".join(previous_context),
            self.obsolete,
            self.line,
            plural,
        )
        if not entry.msgid and entry.msgctxt is None and not entry.obsolete and self.header is None:
            self.header = entry
        else:
            self.entries.append(entry)
        self.reset()


def read(text: str, path: str = "") -> Catalog:
    """Return the catalog that a PO file holds.

    Args:
        text: The whole file; lines may end with LF, CRLF or CR.
        path: Where it came from, for diagnostics.

    Raises:
        BilingualError: With every place that cannot be understood: a syntax error, a conflict marker, a file that
            is cut off, two entries for one msgid with different translations.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    reader = _Reader(path)
    reader.read(text.removeprefix("\ufeff"))
    entries = _without_duplicates(reader.entries, reader, path)
    if reader.problems:
        raise BilingualError(*reader.problems)
    header = reader.header
    if header is None:
        return Catalog(entries, (), path)
    fields = []
    for line in header.msgstr.split("\n"):
        name, colon, value = line.partition(":")
        if colon and name and " " not in name:
            fields.append((name, value.removeprefix(" ")))
        elif line:
            fields.append(("", line))
    return Catalog(entries, tuple(fields), path, header.comment, header.flags)


def _without_duplicates(entries: list[Entry], reader: _Reader, path: str) -> tuple[Entry, ...]:
    found: dict[tuple[object, ...], Entry] = {}
    for entry in entries:
        key = (entry.key, entry.obsolete) if not entry.obsolete else (entry.key, True, entry.msgstr)
        known = found.get(key)
        if known is None:
            found[key] = entry
            continue
        if known.msgstr and entry.msgstr and known.msgstr != entry.msgstr:
            reader.problems.append(
                Diagnostic(
                    "catalog-duplicate",
                    "this msgid was translated before, and differently",
                    Place(path, entry.line),
                    Severity.ERROR,
                    entry.msgid.split("\n")[0][:200],
                    None,
                    "keep one of the two entries",
                    (("first", Place(path, known.line)),),
                ),
            )
            continue
        better, other = (known, entry) if known.msgstr else (entry, known)
        comments = [text for text in dict.fromkeys((known.comment, entry.comment)) if text]
        found[key] = replace(
            better,
            comment="\n".join(comments),
            references=tuple(dict.fromkeys((*known.references, *entry.references))),
            extracted=better.extracted or other.extracted,
        )
    return tuple(sorted(found.values(), key=lambda entry: entry.obsolete))


def read_bytes(data: bytes, path: str) -> Catalog:
    """Return the catalog that the bytes of a PO file hold.

    Raises:
        BilingualError: As `read`, and if the file is not in UTF-8.
    """
    declared = _CHARSET.search(data[:4096].decode("latin-1"))
    charset = declared.group(1).upper() if declared else "UTF-8"
    hint = f"convert it: msgconv --to-code=UTF-8 --output-file={path} {path}"
    if charset not in ("UTF-8", "UTF8", "ASCII", "US-ASCII", "CHARSET"):
        raise BilingualError(
            Diagnostic("catalog-charset", f"the catalog is in {charset}, not in UTF-8", Place(path, 1), hint=hint),
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BilingualError(
            Diagnostic("catalog-charset", "the catalog is not in UTF-8", Place(path, line), hint=hint),
        ) from None
    return read(text, path)


# --- broken backslashes ------------------------------------------------------------------------------------------

_CONTROL = re.compile(r"([\a\b\f\n\r\t\v])([A-Za-z]+)")
_CONTROLS = re.compile(r"[\a\b\f\r\t\v]|\n[A-Za-z]")
_LETTERS = {"\a": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v"}
_COMMAND = re.compile(r"\\([A-Za-z]+)")


def repair_backslashes(msgid: str, msgstr: str) -> str:
    r"""Return `msgstr` with the LaTeX commands restored that an editor took for escapes.

    Poedit stores a typed `\frac` as a form feed and `rac`. A control character that together with the letters
    after it spells a command of the msgid becomes that command again; all others stay.
    """
    commands = {match.group(1) for match in _COMMAND.finditer(msgid)}

    def restored(match: re.Match[str]) -> str:
        name = _LETTERS[match.group(1)] + match.group(2)
        return "\\" + name if name in commands else match.group()

    return _CONTROL.sub(restored, msgstr)


def repaired(catalog: Catalog) -> tuple[Catalog, tuple[Diagnostic, ...]]:
    """Return `catalog` with every broken backslash repaired, and a note for each entry that had one."""
    entries = list(catalog.entries)
    notes = []
    for index, entry in enumerate(entries):
        if "\\" not in entry.msgid or _CONTROLS.search(entry.msgstr) is None:
            continue
        msgstr = repair_backslashes(entry.msgid, entry.msgstr)
        if msgstr != entry.msgstr:
            entries[index] = replace(entry, msgstr=msgstr)
            notes.append(
                Diagnostic(
                    "backslash-repaired",
                    "an editor had turned backslashes of LaTeX commands into control characters; they are restored",
                    Place(catalog.path, entry.line),
                    Severity.INFO,
                    msgstr.split("\n")[0][:200],
                ),
            )
    return (replace(catalog, entries=tuple(entries)) if notes else catalog), tuple(notes)


# --- polib -------------------------------------------------------------------------------------------------------


def to_polib(catalog: Catalog) -> polib.POFile:
    """Return the catalog as a polib file, for scripts written against polib."""
    import polib  # noqa: PLC0415 - only scripts need it

    result = polib.POFile(wrapwidth=0)
    result.header = catalog.header_comment
    result.metadata = dict(catalog.header)
    for entry in catalog.entries:
        references = []
        for reference in entry.references:
            path, colon, number = reference.rpartition(":")
            references.append((path, number) if colon and number.isdigit() else (reference, ""))
        result.append(
            polib.POEntry(
                msgid=entry.msgid,
                msgstr=entry.msgstr,
                msgctxt=entry.msgctxt,
                occurrences=references,
                flags=list(entry.flags),
                tcomment=entry.comment,
                comment=entry.extracted,
                previous_msgid=entry.previous,
                previous_msgctxt=entry.previous_context,
                obsolete=int(entry.obsolete),
                msgid_plural=entry.plural[0] if entry.plural else "",
                msgstr_plural=dict(enumerate(entry.plural[1])) if entry.plural else {},
            ),
        )
    return result


def from_polib(file: polib.POFile) -> Catalog:
    """Return the catalog that a polib file holds."""
    entries = []
    for entry in file:
        plural = (entry.msgid_plural, tuple(entry.msgstr_plural.values())) if entry.msgid_plural else None
        entries.append(
            Entry(
                entry.msgid,
                entry.msgstr,
                entry.msgctxt,
                tuple(f"{path}:{line}" if line else path for path, line in entry.occurrences),
                tuple(entry.flags),
                entry.tcomment,
                entry.comment,
                entry.previous_msgid,
                entry.previous_msgctxt,
                bool(entry.obsolete),
                entry.linenum or 0,
                plural,
            ),
        )
    return Catalog(tuple(entries), tuple(file.metadata.items()), "", file.header)
