"""Typst, the typesetter: fonts, the probing of pictures, the making of a PDF; the only file that imports typst."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bilingual.diagnostics import BilingualError, Diagnostic, Place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bilingual.language import Language

#: The formats of pictures that Typst shows, by the suffix of a file, and the suffix by which it knows each.
EXTENSIONS = {"jpeg": "jpg", "jpg": "jpg", "png": "png", "gif": "gif", "webp": "webp", "svg": "svg"}
#: Standards that this version of Typst can be asked for.
STANDARDS = (
    *("1.4", "1.5", "1.6", "1.7", "2.0"),
    *("a-1a", "a-1b", "a-2a", "a-2b", "a-2u", "a-3a", "a-3b", "a-3u", "a-4", "a-4e", "a-4f", "ua-1"),
)
LATIN = "Libertinus Serif"
MONO = "DejaVu Sans Mono"
MATH = "New Computer Modern Math"
#: Where there is no place in a file to name.
_PLACE = Place("[render.pdf]")
#: Wheels that hold fonts, by the script that they are for.
_WHEELS = {
    "SC": "pylopdf-fonts-zh-cn",
    "TC": "pylopdf-fonts-zh-tw",
    "HK": "pylopdf-fonts-zh-tw",
    "JP": "pylopdf-fonts-jp",
    "KR": "pylopdf-fonts-ko",
}
#: Families for each script, the best first, after those of Noto and Source Han, whose names follow a pattern.
_SERIF = {
    "SC": ("Songti SC", "SimSun", "NSimSun", "AR PL UMing CN"),
    "TC": ("Songti TC", "PMingLiU", "MingLiU", "AR PL UMing TW"),
    "HK": ("Songti TC", "PMingLiU", "MingLiU", "AR PL UMing HK"),
    "JP": ("Hiragino Mincho ProN", "Yu Mincho", "MS Mincho", "IPAMincho"),
    "KR": ("AppleMyungjo", "Batang", "UnBatang"),
}
_SANS = {
    "SC": ("PingFang SC", "Microsoft YaHei", "SimHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei"),
    "TC": ("PingFang TC", "Microsoft JhengHei", "WenQuanYi Micro Hei"),
    "HK": ("PingFang HK", "Microsoft JhengHei", "WenQuanYi Micro Hei"),
    "JP": ("Hiragino Sans", "Yu Gothic", "MS Gothic", "IPAGothic"),
    "KR": ("Apple SD Gothic Neo", "Malgun Gothic", "NanumGothic"),
}
_REGIONS = {"SC": ("CN",), "TC": ("TW",), "HK": ("HK",), "JP": ("",), "KR": ("K",)}


@dataclass(frozen=True, slots=True)
class Family:
    """The fonts of one language.

    Attributes:
        serif: Families for running text, the first that has a character counts.
        sans: Families for what stands out.
        cjk: Whether it is written in Chinese characters, kana or Hangul.
        heavy: Whether the families for running text have a bold weight.
    """

    serif: tuple[str, ...]
    sans: tuple[str, ...]
    cjk: bool
    heavy: bool


def require() -> None:
    """Make sure that Typst is there.

    Raises:
        BilingualError: If it is not; the hint says what to install.
    """
    if importlib.util.find_spec("typst") is None:
        raise BilingualError(
            Diagnostic(
                "typst-missing",
                "PDFs are made by Typst, which is not installed",
                _PLACE,
                hint='pip install "bilingual-editions[pdf]"',
            )
        )


@cache
def _fonts(folders: tuple[str, ...]) -> Any:  # noqa: ANN401 - the type is of a library that few commands load
    """Return the fonts of the system, of Typst itself, of wheels, and of some folders."""
    import typst  # noqa: PLC0415 - few commands make PDFs

    wheels = []
    for package in sorted(set(_WHEELS.values())):
        found = importlib.util.find_spec(package.replace("-", "_"))
        if found is not None and found.origin:
            wheels.append(str(Path(found.origin).parent))
    return typst.Fonts(font_paths=[*folders, *wheels])


@cache
def _embedded() -> Any:  # noqa: ANN401 - as above
    import typst  # noqa: PLC0415 - few commands make PDFs

    return typst.Fonts(include_system_fonts=False)


def script_of(language: Language) -> str:
    """Return the script of a language for which its fonts are named: SC, TC, HK, JP, KR, or nothing for all others."""
    parts = language.tag.split("-")
    if parts[0] in ("zh", "cmn", "yue"):
        if "HK" in parts or "MO" in parts or parts[0] == "yue":
            return "HK"
        return "TC" if "Hant" in parts or "TW" in parts else "SC"
    return {"ja": "JP", "ko": "KR"}.get(parts[0], "")


def family(language: Language, chosen: str, folders: Sequence[str]) -> Family:
    """Return the fonts of a language.

    Args:
        language: The language.
        chosen: A family that the configuration names; may be empty.
        folders: Folders of further fonts.

    Raises:
        BilingualError: If the chosen family is not there, or none for a language in Chinese characters, kana or
            Hangul: a book of empty boxes helps nobody.
    """
    weights: dict[str, int] = {}
    for each in _fonts(tuple(folders)).fonts():
        weights[each.family] = max(weights.get(each.family, 0), int(each.weight))
    if chosen and chosen not in weights:
        raise BilingualError(
            Diagnostic(
                "font-missing",
                f"there is no font called {chosen}",
                _PLACE,
                hint="install it, or name its file in fonts of [render.pdf]",
            )
        )
    script = script_of(language)
    if not script:
        serif = (chosen or LATIN, LATIN)
        return Family(tuple(dict.fromkeys(serif)), serif[:1], cjk=False, heavy=weights.get(serif[0], 0) >= 600)
    found = {}
    for style, others in (("Serif", _SERIF), ("Sans", _SANS)):
        names = [f"Source Han {style} {script}", f"Noto {style} CJK {script}", f"Noto {style} {script}"]
        names += [f"Source Han {style} {region}".strip() for region in _REGIONS[script]]
        found[style] = next((name for name in (*names, *others[script]) if name in weights), "")
    serif_name = chosen or found["Serif"] or found["Sans"]
    if not serif_name:
        raise BilingualError(
            Diagnostic(
                "font-missing",
                f"there is no font for {language.tag}",
                _PLACE,
                hint=f"install Noto Serif CJK or Source Han Serif (Debian: apt install fonts-noto-cjk), "
                f"or pip install {_package(script)}",
            )
        )
    sans_name = found["Sans"] or serif_name
    return Family((serif_name,), (sans_name,), cjk=True, heavy=weights[serif_name] >= 600)


def _package(script: str) -> str:
    return '"bilingual-editions[fonts]"' if script == "SC" else _WHEELS[script]


def picture_problem(data: bytes, suffix: str) -> str:
    """Return why Typst cannot show a picture, as a phrase; empty if it can.

    Args:
        data: The picture.
        suffix: The suffix of its file, lowered and without the dot.
    """
    if suffix not in EXTENSIONS.values():
        return "a PDF cannot hold pictures of this kind"
    return _probed(blake2b(data).digest(), suffix, _Held(data))


class _Held:
    """Bytes that take no part in what is remembered."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=4096)
def _probed(_: bytes, suffix: str, held: _Held) -> str:
    """Return what Typst says to a picture: a broken one would end the making of the whole book."""
    import typst  # noqa: PLC0415 - few commands make PDFs

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"picture.{suffix}")
        file.write_bytes(held.data)
        main = Path(folder, "main.typ")
        main.write_text(f'#image("picture.{suffix}", width: 10pt)', "utf-8")
        try:
            typst.compile(str(main), root=folder, font_paths=_embedded())
        except typst.TypstError:
            return "this picture is damaged"
    return ""


def make(
    files: Mapping[str, bytes], folders: Sequence[str], *, standards: Sequence[str], timestamp: int, apart: bool = False
) -> bytes:
    """Return the PDF that some files of Typst make.

    Args:
        files: The files by path, `main.typ` among them; the template `book.typ` is added.
        folders: Folders of further fonts.
        standards: Standards of PDF that it is to conform to.
        timestamp: The time of creation that it says, in seconds since 1970.
        apart: Whether a process of its own does it: Typst gives no memory back while its process lives.

    Raises:
        BilingualError: If Typst refuses it; what a standard forbids is such a case.
    """
    with tempfile.TemporaryDirectory() as folder:
        template = resources.files("bilingual") / "render" / "assets" / "pdf" / "book.typ"
        for path, data in {**files, "book.typ": template.read_bytes()}.items():
            full = Path(folder, path)
            full.parent.mkdir(parents=True, exist_ok=True)
            full.write_bytes(data)
        order = _Order(folder, tuple(folders), tuple(standards), timestamp)
        problem = _told(order) if apart else _compiled(order)
        if problem:
            hint = f"it is to conform to {', '.join(standards)}" if standards else "please report this with the chapter"
            raise BilingualError(Diagnostic("pdf-failed", f"Typst cannot make the PDF: {problem}", _PLACE, hint=hint))
        return Path(folder, _MADE).read_bytes()


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be made: the folder of the files, folders of fonts, standards, the time."""

    folder: str
    fonts: tuple[str, ...]
    standards: tuple[str, ...]
    timestamp: int


def _compiled(order: _Order) -> str:
    """Make the PDF in the folder of its files; return why it cannot be made, or nothing."""
    import typst  # noqa: PLC0415 - few commands make PDFs

    try:
        typst.compile(
            str(Path(order.folder, "main.typ")),
            output=str(Path(order.folder, _MADE)),
            root=order.folder,
            font_paths=_fonts(order.fonts),
            pdf_standards=list(order.standards),  # type: ignore[arg-type]
            timestamp=order.timestamp,
        )
    except typst.TypstError as error:
        return re.sub(r"\s+", " ", str(error.message)).strip() or "it does not say why"
    return ""


def _told(order: _Order) -> str:
    """Do as `_compiled` in a process of its own, which is no fork and imports nothing but this module."""
    told = json.dumps([sys.path, order.folder, order.fonts, order.standards, order.timestamp])
    done = subprocess.run([sys.executable, "-c", _TOLD], input=told.encode(), capture_output=True, check=False)
    if done.returncode:
        return "its process ended early, it may need more memory"
    return done.stdout.decode("utf-8", "replace")


_MADE = "main.pdf"
_TOLD = """
import json, sys
sys.path, folder, fonts, standards, timestamp = json.load(sys.stdin)
from bilingual.render._typst import _compiled, _Order
sys.stdout.buffer.write(_compiled(_Order(folder, tuple(fonts), tuple(standards), timestamp)).encode())
"""
