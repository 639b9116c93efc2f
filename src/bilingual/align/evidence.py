"""What speaks for two texts being translations of each other: what both have unchanged, numbers, words, lengths."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from bilingual.align.words import STOP_WORDS, stem
from bilingual.language import HAN
from bilingual.numerals import numbers

if TYPE_CHECKING:
    from bilingual.align.lexicon import Lexicon
    from bilingual.language import Language


class Sort(IntEnum):
    """What a text is, as far as a translation keeps it."""

    PARAGRAPH = 0
    HEADING = 1
    ITEM = 2
    QUOTE = 3
    TABLE = 4
    CODE = 5
    MATH = 6
    HTML = 7


@dataclass(frozen=True, slots=True)
class Text:
    """A text to be aligned: a block's, or a sentence."""

    text: str
    sort: Sort = Sort.PARAGRAPH
    level: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a text shows of itself.

    Attributes:
        kept: What a translator copies: code, formulas, addresses, names of pictures.
        numbers: Its numbers, by value.
        words: Its words: Han words that the lexicon knows, stems of the words of other scripts.
        names: Words in Latin letters, which a text in Han characters has only as names and terms; between two languages
            that write them, those that are no ordinary words.
        length: How long its prose is, in bytes of UTF-8.
        lines: How many lines or sentences it has.
        end: The mark at its end, in its ASCII form; empty if there is none.
        lead: 1 if it begins with bold text, 2 if it is wholly bold, else 0.
    """

    kept: frozenset[str]
    numbers: frozenset[str]
    words: frozenset[str]
    names: frozenset[str]
    length: int
    lines: int
    end: str
    lead: int


_CODE_SPAN = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_FORMULA = re.compile(
    r"\$\$(.+?)\$\$|(?<![\\$])\$(?!\s)([^$]+?)(?<![\s\\])\$(?!\d)|\\\[(.+?)\\\]|\\\((.+?)\\\)", re.DOTALL
)
_FORMULA_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}")
_DESTINATION = re.compile(r"\]\(\s*<?([^\s()<>]*(?:\([^\s()]*\)[^\s()]*)*)>?(?:\s+\"[^\"]*\")?\s*\)")
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]{}\"'`\u3000-\u9fff\uff00-\uffef]+")
_SHORTCODE = re.compile(r"\{\{[<%]\s*(.+?)\s*[%>]\}\}|:[a-z_]+:`([^`]*)`", re.DOTALL)
_QUOTED = re.compile(r"\w+=\"[^\"]*\"")
_ID = re.compile(r"\s*\{#([^\s}]+)[^}]*\}")
_TAG = re.compile(r"<(/?[A-Za-z][\w-]*)([^<>]*)>|<!--.*?-->", re.DOTALL)
_PICTURE = re.compile(
    r"<(?:img|video|audio|iframe|object|embed)\b[^<>]*?\b(?:src|data)\s*=\s*[\"']?([^\s\"'>]+)", re.IGNORECASE
)
_FOREIGN = re.compile(r"(?:alt|title)=(?:\"[^\"]*\"|'[^']*')|[^\x00-\x7f]+")
_ATTRIBUTE = re.compile(r"(?:src|href|id)\s*=\s*[\"']?([^\s\"'>]+)")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:['’.][A-Za-z0-9]+)*")
_LETTERS = re.compile(r"[^\W\d_]+")
_CODE_WORD = re.compile(r"[^\s\"'()\[\]{},;:=]+")
_LANGUAGE_FOLDER = re.compile(r"^(?:zh|en|ja|ko|de|fr|es|pt|ru|it)(?:[-_][A-Za-z]+)?$", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_SENTENCE_END = re.compile(r"[。！？!?]|\.(?=\s|$)")
_LAST = re.compile(r"([:：.。!！?？;；,，])[\s*_`\"”’)）\]]*\Z")
_BOLD = re.compile(r"\s*(\*\*|__)(?=\S).{1,200}?\1", re.DOTALL)
_ASCII = str.maketrans("：。！？；，", ":.!?;,")


def _address(raw: str) -> str:
    """Return what is the same of an address in a page and in its translation."""
    address = raw.split("#", 1)[0].split("?", 1)[0].rstrip("/.,;:。，").lower()
    parts = [part for part in address.split("/") if not _LANGUAGE_FOLDER.match(part)]
    return "/".join(parts[-2:]) if len(parts) > 1 else "".join(parts) or raw.lower()


@lru_cache(maxsize=65536)
def _is_name(word: str) -> bool:
    """Whether a word of Latin text is none of its ordinary words: it has a capital inside, a digit or a period."""
    return not word.isalpha() or not (word.islower() or word[1:].islower())


def pictures(html: str) -> frozenset[str]:
    """Return what pictures raw HTML shows, by what is the same of their addresses in a page and its translation."""
    return frozenset(_address(each) for each in _PICTURE.findall(html))


def evidence(text: Text, language: Language, other: Language, lexicon: Lexicon | None) -> Evidence:
    """Return what a text shows of itself.

    Args:
        text: The text, in Markdown.
        language: Its language.
        other: The language of what it is compared with.
        lexicon: What Han words are in the other language, if that is known.
    """
    kept: set[str] = set()
    names: set[str] = set()
    body = text.text

    def code(match: re.Match[str]) -> str:
        inner = " ".join(match.group(2).split())
        kept.add("`" + inner.lower())
        names.update(each.lower() for each in _WORD.findall(inner))
        return " \ufffc "

    def formula(match: re.Match[str]) -> str:
        inner = next(group for group in match.groups() if group is not None)
        kept.add("$" + "".join(inner.split()))
        names.update(each.lower() for each in _FORMULA_WORD.findall(inner))
        return " \ufffc "

    def destination(match: re.Match[str]) -> str:
        raw = match.group(1)
        kept.add("@" + (_address(raw) if not raw.startswith("#") else raw.lower()))
        return "] "

    def address(match: re.Match[str]) -> str:
        kept.add("@" + _address(match.group()))
        return " "

    def tag(match: re.Match[str]) -> str:
        kept.update("@" + _address(each) for each in _ATTRIBUTE.findall(match.group(2) or ""))
        if text.sort is Sort.HTML:
            # Tags and comments are all that some blocks have; what is translated in them says nothing.
            kept.add("<" + " ".join(_FOREIGN.sub("", match.group()).lower().split()))
        return " "

    def shortcode(match: re.Match[str]) -> str:
        inner = match.group(1) or match.group(2)
        kept.update("{" + each for each in inner.lower().split() if not each.startswith("text="))
        return " " + " ".join(_QUOTED.findall(inner)) + " "

    if text.sort is Sort.CODE:
        lines = [" ".join(line.split()) for line in body.splitlines()]
        kept.update("|" + line for line in lines if line)
        names.update(each.lower() for each in _CODE_WORD.findall(body))
        return Evidence(
            frozenset(kept), frozenset(), frozenset(), frozenset(names), len(body.encode()), len(lines), "", 0
        )
    if text.sort is Sort.MATH:
        inner = "".join(body.replace("$$", "").split())
        kept.add("$" + inner)
        names.update(re.findall(r"\\[A-Za-z]+|[A-Za-z]+|\d+", inner))
        return Evidence(frozenset(kept), frozenset(), frozenset(), frozenset(names), len(inner), 1, "", 0)
    lead = 0
    bold = _BOLD.match(body)
    if bold:
        lead = 1 if _LETTERS.search(body, bold.end()) else 2
    if "`" in body:
        body = _CODE_SPAN.sub(code, body)
    if "$" in body or "\\" in body:
        body = _FORMULA.sub(formula, body)
    if "{" in body or ":`" in body:
        if text.sort is Sort.HEADING:
            anchor = _ID.search(body)
            if anchor:
                kept.add("#" + anchor.group(1).lower())
                body = body[: anchor.start()] + body[anchor.end() :]
        body = _SHORTCODE.sub(shortcode, body)
    if "](" in body:
        body = _DESTINATION.sub(destination, body)
    if "://" in body:
        body = _ADDRESS.sub(address, body)
    if "<" in body:
        body = _TAG.sub(tag, body)
    words: set[str] = set()
    found = set(_WORD.findall(body))
    if language.han:
        lowered = {word.lower() for word in found}
        names |= lowered
        words.update(map(stem, lowered))
        if lexicon is not None:
            words.update(lexicon.words(body))
        if text.sort is Sort.HEADING and not HAN.search(body):
            kept.add("#" + "-".join(each.lower() for each in _WORD.findall(body)))
    else:
        for word in found:
            lower = word.lower()
            if lower in STOP_WORDS:
                continue
            words.add(stem(lower))
            if other.han or _is_name(word):
                names.add(lower)
        if not language.latin:
            words.update(each.lower() for each in _LETTERS.findall(body))
        if text.sort is Sort.HEADING:
            kept.add("#" + "-".join(each.lower() for each in _WORD.findall(body)))
    values: set[str] = set()
    # Without a digit there are number words at most, which stand in idioms as often as not.
    for number in numbers(body, han=language.han) if _DIGIT.search(body) else ():
        if number.hard or not (language.han and number.end - number.start == 1):
            values.update(number.values)
    last = _LAST.search(body)
    return Evidence(
        frozenset(kept),
        frozenset(values),
        frozenset(words),
        frozenset(names),
        len(" ".join(body.split()).encode("utf-8", "surrogatepass")),
        len(_SENTENCE_END.findall(body)) or 1,
        last.group(1).translate(_ASCII) if last else "",
        lead,
    )
