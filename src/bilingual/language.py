"""Languages: codes, names, plurals, scripts, counting, sentences; the only file that knows Babel."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from babel import Locale

#: A character that only a text in Han characters has.
HAN = re.compile(r"[\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_TAG = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*")
#: The script each region of Chinese writes; without a region or script it is the simplified one.
_TRADITIONAL = frozenset(["TW", "HK", "MO"])
_CHINESE = frozenset(["zh", "cmn"])
_LATIN_FREE = frozenset(["Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm"])

#: Marks that end a sentence without a blank behind them: full-width ones, and those of Arabic, Hindi and others.
_FULL_STOPS = frozenset("。！？｡．؟۔।॥։።፧။។‼⁇⁈⁉")
_OPENERS = "([{（［｛【〔〈《「『“‘«\"'¿¡"
_CLOSERS = ")]}）］｝】〕〉》」』”’»\"'"
#: A run of marks, the quotes and brackets that close behind it or the reference of a note, and blanks. It matches at
#: each mark, whatever follows, so that long runs are read once.
_STOP = re.compile(
    rf"([.!?…{''.join(sorted(_FULL_STOPS))}]+)((?:[\u00a0\u202f]?[{re.escape(_CLOSERS)}])*(?:(?<=[.!?])\ufffc(?=\s))?)(\s*)"
)
_BRACKET = re.compile(r"[()\[\]{}（）［］｛｝【】〔〕〈〉《》「」『』“”«»\"]")
_OPENER_OF = dict(zip(")]}）］｝】〕〉》」』”»", "([{([{【〔〈《「『“«", strict=True))
_HALF_WIDTH = {"（": "(", "［": "[", "｛": "{"}
#: What stands right before a quote that is a sentence of its own.
_INTRODUCTION = frozenset("：:，,")
#: The letters, digits and periods that run up to a period, without wide characters.
_LAST = re.compile(r"(?:[^\W_\u2e80-\ud7ff]|\.)*\Z")
_NEXT = re.compile(r"[^\W\d_]+")
_ACRONYM = re.compile(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,2}")
#: English abbreviations: those that end no sentence, none before a number, and one only before a common first word.
_ABBREVIATIONS = frozenset(
    "approx ca capt cf cor def dr e.g eg eq eqs fig figs gen gov hon i.e ie lem lt messrs mr mrs ms prof prop resp rev "
    "sgt st thm viz vs".split()
)
_BEFORE_NUMBERS = frozenset(
    "apr art aug ch chap dec ex feb jan no nos nov oct p pp ref refs sec sect sep tab vol".split()
)
_BEFORE_NAMES = frozenset("al bros co corp dept ed eds inc jr ltd sr univ".split())
_FIRST_WORDS = frozenset(
    "A After All Although An And Another Any As At Because Before Both But By Each Every Finally First For From He "
    "Her Here His How However I If In It Its Let Many More Most My No Not Note Now On Once One Or Other Our She Since "
    "So Some Such That The Their Then There These They This Those Though Thus To Two Unlike Until We What When Where "
    "Which While Who Why With You Your".split()
)


def parse_tag(text: str) -> str:
    """Return a language code in the form of BCP 47: `zh_cn` is `zh-CN`, `ZH-hans` is `zh-Hans`.

    Args:
        text: A code with hyphens or underscores, in any case.

    Raises:
        ValueError: If it has not the form of a code.
    """
    if _TAG.fullmatch(text) is None:
        raise ValueError(f"{text!r} is no language code; write one such as zh, zh-Hans, en or pt-BR")
    first, *rest = text.replace("_", "-").split("-")
    parts = [first.lower()]
    for part in rest:
        if len(part) == 4 and part.isalpha():
            parts.append(part.title())
        elif len(part) == 2 or (len(part) == 3 and part.isdigit()):
            parts.append(part.upper())
        else:
            parts.append(part.lower())
    return "-".join(parts)


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the project.

    Attributes:
        tag: Its code in the form of BCP 47.
        gettext: Its code as gettext writes it in a `Language` header: `zh_CN`, `pt_BR`; `zh` stays `zh`.
        han: It is written with Han characters.
        latin: It is written in Latin letters.
        rtl: It is written from right to left.
    """

    tag: str
    gettext: str
    han: bool = False
    latin: bool = True
    rtl: bool = False

    def name(self, within: Language | None = None) -> str:
        """Return the language's name in the language `within`, or in itself."""
        locale = _locale(self.tag)
        shown = locale.get_display_name(_locale((within or self).tag))
        return shown or self.tag

    @property
    def plural_forms(self) -> str:
        """The value of a `Plural-Forms` header, by the rules of CLDR."""
        if self.tag.split("-")[0] == "en":
            return "nplurals=2; plural=(n != 1);"  # the spelling that most catalogs have
        from babel.messages.plurals import get_plural  # noqa: PLC0415 - Babel is slow to import

        return f"{get_plural(str(_locale(self.tag))).plural_forms}"


@lru_cache(maxsize=64)
def _locale(tag: str) -> Locale:
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - Babel is slow to import

    try:
        return Locale.parse(tag, sep="-")
    except UnknownLocaleError:
        return Locale.parse(tag.split("-", maxsplit=1)[0])


@cache
def language(code: str) -> Language:
    """Return the language that a code stands for.

    Raises:
        ValueError: If it has not the form of a code, or no such language is known; the message says what is expected.
    """
    tag = parse_tag(code)
    first, *rest = tag.split("-")
    script = next((part for part in rest if len(part) == 4), "")
    if first in _CHINESE:  # the usual case, without Babel
        return Language(tag, _gettext(tag), han=True, latin=False)
    if tag == "en" or tag.startswith("en-"):
        return Language(tag, _gettext(tag))
    from babel import UnknownLocaleError  # noqa: PLC0415 - Babel is slow to import
    from babel.core import get_global  # noqa: PLC0415 - as above

    try:
        locale = _locale(tag)
    except (UnknownLocaleError, ValueError):
        raise ValueError(f"no language {code!r} is known; write a code such as zh, zh-Hans, en or pt-BR") from None
    if not script:
        likely = get_global("likely_subtags")
        full = likely.get(tag.replace("-", "_")) or likely.get(first) or ""
        script = next((part for part in full.split("_") if len(part) == 4), "Latn")
    return Language(
        tag,
        _gettext(tag),
        han=script in ("Jpan", "Hani", "Hans", "Hant"),
        latin=script == "Latn",
        rtl=locale.text_direction == "rtl",
    )


def _gettext(tag: str) -> str:
    first, *rest = tag.split("-")
    region = next((part for part in rest if len(part) in (2, 3) and part.isupper()), "")
    script = next((part for part in rest if len(part) == 4), "")
    if first in _CHINESE:
        # gettext has no scripts: the regions stand for them.
        region = region or {"Hans": "CN", "Hant": "TW"}.get(script, "")
        return f"zh_{region}" if region else "zh"
    if region:
        return f"{first}_{region}"
    return f"{first}@{script.lower()}" if script and first != "zh" else first


def same(one: str, other: str) -> bool:
    """Return whether two codes stand for one written language: zh, zh-CN, zh_CN, zh-Hans and cmn-Hans do."""

    def key(code: str) -> str:
        tag = parse_tag(code)
        first, *rest = tag.split("-")
        if first not in _CHINESE:
            return tag
        traditional = "Hant" in rest or ("Hans" not in rest and any(part in _TRADITIONAL for part in rest))
        return "zh-Hant" if traditional else "zh-Hans"

    return key(one) == key(other)


def regional(of: Language) -> str:
    """Return a language's code with a region, as translation tools want it: `zh-Hans` is `zh-CN`, `en` is `en-US`.

    A region that is not given is the likely one of CLDR ("Likely Subtags" in Unicode Technical Standard 35).
    """
    first, *rest = of.tag.split("-")
    if first in _CHINESE:
        return f"zh-{of.gettext.partition('_')[2] or 'CN'}"
    script = next((part for part in rest if len(part) == 4), "")
    return "-".join(filter(None, (first, script, _region(rest) or _likely(of.tag)[1])))


def closest(wanted: Language, codes: Sequence[str]) -> int | None:
    """Return the index of the code that stands for a language, in the script that it is written in; None if none does.

    The region that is wanted goes before one that is not said, and that before another one; of equals the first is
    taken. Codes may be spelled as programs do: `zh_CN`, `ZH-CN`, `zho`.
    """
    found = [(distance, index) for index, code in enumerate(codes) if (distance := _distance(wanted, code)) is not None]
    return min(found)[1] if found else None


@lru_cache(maxsize=256)
def _distance(wanted: Language, code: str) -> int | None:
    try:
        first, *rest = parse_tag(code.strip()).split("-")
    except ValueError:
        return None
    one, *ours = wanted.tag.split("-")
    if len(first) == 3 and first != one:
        from babel.core import get_global  # noqa: PLC0415 - Babel is slow to import

        first = str(get_global("language_aliases").get(first, first))
    tag = "-".join((first, *rest))
    if first in _CHINESE and one in _CHINESE:
        if not same(wanted.tag, tag):
            return None
    elif first != one or _script(wanted.tag) != _script(tag):
        return None
    region, own = _region(rest), _region(ours)
    if region == own:
        return 0
    return 1 if (not region if own else region == regional(wanted).rpartition("-")[2]) else 2


def _region(parts: Iterable[str]) -> str:
    return next((each for each in parts if each.isupper() or (len(each) == 3 and each.isdigit())), "")


def _script(tag: str) -> str:
    return next((part for part in tag.split("-") if len(part) == 4), "") or _likely(tag)[0]


def _likely(tag: str) -> tuple[str, str]:
    """Return the script and region that a code without them most likely means; empty ones if nobody knows."""
    from babel.core import get_global  # noqa: PLC0415 - Babel is slow to import

    known = get_global("likely_subtags")
    parts = str(known.get(tag.replace("-", "_")) or known.get(tag.split("-", maxsplit=1)[0], "")).split("_")
    return next((part for part in parts if len(part) == 4), ""), _region(parts[1:])


def has_han(text: str) -> bool:
    """Return whether `text` has a Han character."""
    return HAN.search(text) is not None


def count(text: str, language: Language) -> int:
    """Return the length of `text` as translators count it: Han characters plus words in other scripts."""
    if not language.han:
        return len(_WORD.findall(text))
    return len(HAN.findall(text)) + len(_WORD.findall(HAN.sub(" ", text)))


def sentences(text: str, language: Language) -> tuple[int, ...]:
    """Return the offsets in `text` at which a new sentence begins, without the first, which begins at 0.

    So the sentences tile the text; blanks belong to the sentence before. Nothing is cut inside quotes and brackets,
    unless they are longer than a few sentences, nor after an ellipsis that an ordinary word follows.

    Args:
        text: Running text without markup; U+FFFC stands for code, a formula or another thing that is not read.
        language: Its language. The marks of others count too, since texts are mixed.
    """
    result: list[int] = []
    begin = reach = 0
    partners: dict[int, int] | None = None
    openers: list[int] = []
    for match in _STOP.finditer(text):
        end = match.end()
        if end == len(text):
            break
        full = not _FULL_STOPS.isdisjoint(match.group(1))
        if full:
            if match.group() == "．" and text[end].isdigit():
                continue
        elif not _ends(text, begin, match, language):
            continue
        if partners is None:
            partners = _partners(text, 120 if language.han else 360)
            openers = sorted((opener for opener, closer in partners.items() if opener < closer), reverse=True)
        close = match.end(2)
        if match.end(1) < close and partners.get(match.end(1), 0) > match.end(1):
            close = end = match.end(1)  # the straight quote behind the mark opens the next sentence
        while openers and openers[-1] < close:
            reach = max(reach, partners[openers.pop()])
        if close <= reach:
            continue
        if full and match.end(1) < close == end and not _is_quoted_sentence(text, begin, close, partners):
            continue
        result.append(end)
        begin = end
    return tuple(result)


def _partners(text: str, limit: int) -> dict[int, int]:
    """Return the offset of each quote's and bracket's partner; without pairs that are longer than `limit`.

    A long pair holds whole sentences, or is none: a partner was forgotten, and another one taken for it.
    """
    opened: dict[str, list[int]] = {}
    result: dict[int, int] = {}
    for match in _BRACKET.finditer(text):
        char, position = match.group(), match.start()
        if char == '"':
            opener = char if opened.get(char) else None
            if opener is None and text[position - 1 : position].isdigit():
                continue  # inches
        else:
            opener = _OPENER_OF.get(char)
        if opener is None:
            opened.setdefault(_HALF_WIDTH.get(char, char), []).append(position)
        elif opened.get(opener):
            start = opened[opener].pop()
            if position - start <= limit:
                result[start] = position
                result[position] = start
    return result


def _is_quoted_sentence(text: str, begin: int, close: int, partners: Mapping[int, int]) -> bool:
    """Return whether a sentence ends at `close`, behind a quote or bracket that closes right after a full stop.

    It does after `他说：“走吧。”` and after brackets around a whole sentence; `“走吧。”他说` and `《走！》好看` go on.
    """
    opener = partners.get(close - 1)
    if opener is None:
        return True
    if text[opener] in "《〈":
        return False
    if text[close] in "“「『" or text[opener - 1 : opener] in _INTRODUCTION:
        return True
    return text[opener] in "（([【" and not text[begin:opener].strip()


def _ends(text: str, begin: int, match: re.Match[str], language: Language) -> bool:
    """Return whether a sentence that began at `begin` ends with a run of marks that are not full-width."""
    marks, closers, blanks = match.groups()
    start, end = match.start(1), match.end()
    before = text[max(begin, start - 1) : start]
    ellipsis = len(marks.rstrip(".…")) == 0 and marks != "."
    if not blanks:
        return not closers and not ellipsis and wide(before) and wide(text[end])
    while end < len(text) - 1 and text[end] in _OPENERS:
        end += 1
    first = text[end]
    if first.islower() or first in ",;:.)，；：。）、":
        return False
    if ellipsis:
        return not wide(first) and not before.isspace()
    if marks != ".":
        return wide(before) or not wide(first) or "?" in marks  # `Hello, World! 程序` goes on
    return not _abbreviates(text, begin, start, end, language)


def _abbreviates(text: str, begin: int, period: int, following: int, language: Language) -> bool:
    """Return whether the period belongs to an abbreviation, an initial or the number of a list item."""
    found = _LAST.search(text, max(begin, period - 24), period)
    word = found.group() if found else ""
    if not word:
        return False
    earlier = text[max(begin, period - 48) : period - len(word)].rstrip(_OPENERS).split()
    if not earlier and (len(word) == 1 or word.replace(".", "").isdigit()):
        return True
    if not language.han and not language.tag.startswith("en"):
        return len(word) == 1 or (len(word) == 2 and word.isdigit()) or _ACRONYM.fullmatch(word) is not None
    key = word.lower()
    if key in _ABBREVIATIONS:
        return True
    if key in _BEFORE_NUMBERS:
        return text[following].isdigit() or text[following] == "\ufffc"
    then = _NEXT.match(text, following)
    if len(word) == 1 and word.isupper() and word != "I":
        # `J. R. Jones` and `by J. Jones` are names, `from A to B. Then` is none.
        last = earlier[-1]
        named = last[0].isupper() or last[-1] == "." or last in ("by", "and", "of", "&")
        if not named and (then is None or len(then.group()) > 1 or text[then.end() : then.end() + 1] != "."):
            return False
    elif key not in _BEFORE_NAMES and not _ACRONYM.fullmatch(word):
        return False
    return then is None or then.group() not in _FIRST_WORDS


def _is_wide(char: str) -> bool:
    code = ord(char)
    hangul = (
        0x1100 <= code <= 0x11FF or 0x3130 <= code <= 0x318F or 0xA960 <= code <= 0xA97F or 0xAC00 <= code <= 0xD7FF
    )
    return east_asian_width(char) in "WF" and not hangul


_wide = lru_cache(maxsize=8192)(_is_wide)


def wide(char: str) -> bool:
    """Return whether a character is wide or full-width (Unicode annex 11) and not Hangul; False for no character."""
    return char > "\u10ff" and _wide(char)
