"""Languages: codes, names, plurals, scripts, counting; the only file that knows Babel."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

if TYPE_CHECKING:
    from babel import Locale

#: A character that only a text in Han characters has.
HAN = re.compile(r"[\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_TAG = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*")
#: The script each region of Chinese writes; without a region or script it is the simplified one.
_TRADITIONAL = frozenset(["TW", "HK", "MO"])
_CHINESE = frozenset(["zh", "cmn"])
_LATIN_FREE = frozenset(["Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm"])


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


def has_han(text: str) -> bool:
    """Return whether `text` has a Han character."""
    return HAN.search(text) is not None


def count(text: str, language: Language) -> int:
    """Return the length of `text` as translators count it: Han characters plus words in other scripts."""
    if not language.han:
        return len(_WORD.findall(text))
    return len(HAN.findall(text)) + len(_WORD.findall(HAN.sub(" ", text)))


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
