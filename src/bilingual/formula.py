r"""LaTeX formulas as MathML; the only file that knows math-core and quickjs.

math-core makes nearly all of them. What it does not know is left to Temml, which runs in QuickJS. Neither is trusted:
whatever they write passes a filter that knows the elements and attributes of MathML Core, and nothing else comes out.
Pages forbid styles in attributes, so what the engines say in styles becomes attributes, or classes of `math.css`.
"""

from __future__ import annotations

import html
import json
import os
import re
import threading
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import ThreadPoolExecutor

#: Longer formulas are not converted.
LONGEST = 10_000
#: MathML that nests deeper is refused; parsers of HTML give up at some 500 levels.
_DEEPEST = 200
#: MathML that is longer is refused, since no formula that people wrote is.
_LARGEST = 1_000_000
# math-core recurses without a limit and ends the process when the stack is full. A backslash or an opening brace takes
# at most 2 kB of it (measured over 25 constructs), so this many fit into the smallest stacks that threads have, 512 kB.
_SHALLOW = 150
# Formulas with more of them are converted on a stack of this size, which is enough for as many as are let through.
_STACK = 48 << 20
# What the scripts of Temml may take for one formula: seconds, bytes, and bytes of stack.
_TIME, _MEMORY, _SCRIPT_STACK = 2, 128 << 20, 8 << 20


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as a reader's browser shows it.

    Attributes:
        mathml: One `math` element. It is well-formed XML and valid HTML, holds nothing active, and keeps the LaTeX
            source as an annotation.
        engine: Who made it, "math-core" or "temml".
    """

    mathml: str
    engine: str


class _RefusedError(Exception):
    """What an engine wrote is no formula that can be published."""


@lru_cache(maxsize=4096)
def formula(latex: str, *, display: bool) -> Formula | None:
    r"""Return a formula as MathML.

    Equations are not numbered, since a number needs the rest of the book; `\tag` says one. Labels are left out, and
    references show the label.

    Args:
        latex: The formula, without the dollars or brackets around it.
        display: Whether it stands on lines of its own.

    Returns:
        The formula, or None if no engine can make it. Nothing is raised, whatever the text.
    """
    if len(latex) > LONGEST or _UNFIT.search(latex):
        return None
    source = _prepared(latex, display=display)
    if len(source) > 2 * LONGEST:
        return None
    engines: tuple[tuple[str, Callable[[str, bool], str]], ...] = (("math-core", _by_math_core), ("temml", _by_temml))
    # The macros of math-core have no bound on what they expand to; those of Temml end at the limits of its interpreter.
    for name, convert in engines[1:] if _MACROS.search(source) or _UNDERLINED.search(source) else engines:
        try:
            return Formula(_filtered(convert(source, display), latex, display=display), name)
        except _RefusedError:
            continue
    return None


# --- what authors write -----------------------------------------------------------------------------------------------

# Characters that XML cannot hold.
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MACROS = re.compile(r"\\(?:let|[gex]?def|(?:new|renew|provide)command|newenvironment|global|futurelet)(?![A-Za-z])")
# math-core draws the line under the last row of a table as one more row.
_UNDERLINED = re.compile(r"\\h(?:dash)?line\s*\\end(?![A-Za-z])")
# Where a command begins: whoever looks for `\label` must not find the end of `\\label`.
_COMMAND = r"(?<!\\)((?:\\\\)*+)\\"
_GROUP = r"\s*\{([^{}]*+)\}"
_END = "(?![A-Za-z])"
# What is rewritten: a word that must be there, a pattern, and what stands for it.
_REWRITTEN = tuple(
    (word, re.compile(pattern), replacement)
    for word, pattern, replacement in (
        ("label", rf"{_COMMAND}label{_GROUP}", r"\1"),
        ("no", rf"{_COMMAND}no(?:tag|number){_END}", r"\1"),
        ("require", rf"{_COMMAND}require{_GROUP}", r"\1"),
        # Nothing is left of links, names and styles; what they are put on is.
        ("href", rf"{_COMMAND}href{_GROUP}", r"\1"),
        ("url", rf"{_COMMAND}url{_END}", r"\1\\text"),
        ("html", rf"{_COMMAND}html(?:Class|Id|Style|Data){_GROUP}", r"\1"),
        ("class", rf"{_COMMAND}class{_GROUP}", r"\1"),
        ("cssId", rf"{_COMMAND}cssId{_GROUP}", r"\1"),
        ("style", rf"{_COMMAND}style{_GROUP}", r"\1"),
        # The engines print the distance to the next line: `\\[2em]`.
        ("\\\\", r"(\\\\)\*?\s*\[\s*-?[\d.]+\s*(?:em|ex|pt|px|mm|cm|in|pc|sp|bp|mu)\s*\]", r"\1 "),
        # Digits stay thin in the bold letters of math-core.
        ("boldsymbol", rf"{_COMMAND}boldsymbol\s*\{{\s*(\d+)\s*\}}", r"\1\\mathbf{\2}"),
        ("bm", rf"{_COMMAND}bm\s*\{{\s*(\d+)\s*\}}", r"\1\\mathbf{\2}"),
        ("mathds", rf"{_COMMAND}mathds{_END}", r"\1\\mathbb"),
        ("mathbbm", rf"{_COMMAND}mathbbm{_END}", r"\1\\mathbb"),
        ("box", rf"{_COMMAND}[mh]box{_END}", r"\1\\text"),
        ("hspace*", rf"{_COMMAND}hspace\*", r"\1\\hspace"),
        ("ensuremath", rf"{_COMMAND}ensuremath{_END}", r"\1"),
        (
            "DeclareMathOperator",
            rf"{_COMMAND}DeclareMathOperator(\*?)\s*\{{?\s*(\\[A-Za-z]+)\s*\}}?{_GROUP}",
            r"\1\\newcommand{\3}{\\operatorname\2{\4}}",
        ),
        # math-core puts limits beside an operator unless it knows that it is one.
        (
            "mathop",
            rf"{_COMMAND}mathop\s*\{{\s*\\(?:mathrm|text)\s*\{{([A-Za-z ]+)\}}\s*\}}(?:\s*\\limits{_END})?",
            r"\1\\operatorname*{\2}",
        ),
        (
            "mathop",
            rf"{_COMMAND}mathop\s*\{{\s*\\rm\s+([A-Za-z]+)\s*\}}(?:\s*\\limits{_END})?",
            r"\1\\operatorname*{\2}",
        ),
        ("cancelto", rf"{_COMMAND}cancelto{_GROUP}{_GROUP}", r"\1{\\cancel{\3}}^{\2}"),
        ("eqnarray", rf"{_COMMAND}begin\s*\{{eqnarray\*?\}}", r"\1\\begin{array}{rcl}"),
        ("eqnarray", rf"{_COMMAND}end\s*\{{eqnarray\*?\}}", r"\1\\end{array}"),
        ("split", rf"{_COMMAND}(begin|end)\s*\{{split\}}", r"\1\\\2{aligned}"),
    )
)
_REFERENCE = re.compile(rf"{_COMMAND}(eq)?ref{_GROUP}")
_COLUMNS = re.compile(rf"{_COMMAND}begin\s*\{{array\}}\s*(\[[tbc]\])?\s*\{{((?:[^{{}}]|\{{[^{{}}]*+\}})*+)\}}")
_TAG = re.compile(rf"{_COMMAND}tag\*?\s*\{{")
_NUMBERED = re.compile(rf"{_COMMAND}(begin|end)\s*\{{(equation|align|flalign|alignat|gather|multline)\*?\}}")
_COUNT = re.compile(r"(\\begin\{aligned\})\s*\{\d+\}")
# One search tells that nothing of all this is in a formula.
_PREPARED = re.compile(
    "|".join(["begin", "ref", "tag", *(re.escape(word) for word in sorted({word for word, _, _ in _REWRITTEN}))]),
)
_LEVELS = re.compile(r"\\(?:begin|left|end|right)(?![A-Za-z])|\\.|[{}]", re.DOTALL)
#: The environments that number their equations, and those without a number that look the same.
_UNNUMBERED = {
    "equation": "",
    "align": "aligned",
    "flalign": "aligned",
    "alignat": "aligned",
    "gather": "gathered",
    "multline": "multline*",
}


def _prepared(latex: str, *, display: bool) -> str:
    """Return a formula in the words that both engines know and take for the same thing."""
    source = latex.strip()
    if not _PREPARED.search(source):
        return source
    for word, pattern, replacement in _REWRITTEN:
        if word in source:
            source = pattern.sub(replacement, source)
    if "ref" in source:
        source = _REFERENCE.sub(_reference, source)
    if "array" in source:
        source = _COLUMNS.sub(_columns, source)
    if "tag" not in source or not _TAG.search(source):
        # Numbers of equations mean nothing in one formula, and the environments that have none are narrower.
        source = _NUMBERED.sub(_unnumbered, source)
        source = _COUNT.sub(r"\1", source)
        if display and _broken(source):
            return f"\\begin{{gathered}}{source}\n\\end{{gathered}}"
        return source
    if _NUMBERED.search(source):
        return _NUMBERED.sub(lambda found: f"{found[1]}\\{found[2]}{{{found[3].replace('flalign', 'align')}*}}", source)
    if _broken(source):
        return f"\\begin{{gather*}}{source}\n\\end{{gather*}}"
    return f"\\begin{{equation*}}{source}\n\\end{{equation*}}"


def _unnumbered(found: re.Match[str]) -> str:
    """Return the environment without numbers that stands for a `begin` or `end` of one with them."""
    name = _UNNUMBERED[found[3]]
    return f"{found[1]}\\{found[2]}{{{name}}}" if name else found[1]


def _reference(found: re.Match[str]) -> str:
    """Return what a reference shows: its label."""
    label = re.sub(r"([_#%&$])", r"\\\1", re.sub(r"[\\^~]", "", found[3]))
    return f"{found[1]}\\text{{({label})}}" if found[2] else f"{found[1]}\\text{{{label}}}"


def _columns(found: re.Match[str]) -> str:
    """Return the beginning of an array without what stands between its columns, which no engine can show."""
    columns = re.sub(r"\*\s*\{(\d{1,2})\}\s*\{([^{}]*)\}", lambda many: many[2] * int(many[1]), found[3])
    columns = re.sub(r"[@!><]\s*\{[^{}]*\}", "", columns)
    return f"{found[1]}\\begin{{array}}{found[2] or ''}{{{re.sub(r'[pmb]{[^{}]*}', 'l', columns)}}}"


def _broken(source: str) -> bool:
    r"""Return whether a `\\` ends a line outside of all braces and environments."""
    if "\\\\" not in source:
        return False
    depth = 0
    for found in _LEVELS.finditer(source):
        sign = found[0]
        if sign in ("{", "\\begin", "\\left"):
            depth += 1
        elif sign in ("}", "\\end", "\\right"):
            depth -= 1
        elif sign == "\\\\" and not depth and source[found.end() :].strip():
            return True
    return False


# --- the engines ------------------------------------------------------------------------------------------------------


@cache
def _math_core() -> Any:  # noqa: ANN401 - the type is of a library that few commands load
    """Return the converter of math-core."""
    from math_core import LatexToMathML  # noqa: PLC0415 - few commands show formulas

    return LatexToMathML(fancy_error=False, allow_unreliable_rendering=True)


def _by_math_core(source: str, display: bool) -> str:
    """Return what math-core makes of a formula.

    Raises:
        _RefusedError: It cannot, or what it made is nested too deeply to be shown.
    """
    if source.count("\\") + source.count("{") <= _SHALLOW:
        return _convert(source, display)
    made = _deep().submit(_convert, source, display).result()
    if _depth(made) > _DEEPEST:
        raise _RefusedError
    return made


def _convert(source: str, display: bool) -> str:
    """Return what math-core makes of a formula, on the stack of this thread."""
    converter = _math_core()
    from math_core import LatexError  # noqa: PLC0415 - few commands show formulas

    try:
        made: str = converter.convert_with_local_state(source, displaystyle=display)
    except LatexError as error:
        raise _RefusedError from error
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the engine is no Exception
        raise _RefusedError from error
    return made


@cache
def _deep() -> ThreadPoolExecutor:
    """Return a thread with a stack that is large enough for what recurses, whatever thread asks."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - few formulas need it

    size = threading.stack_size(_STACK)
    try:
        pool = ThreadPoolExecutor(1)
        pool.submit(int).result()  # the thread begins now, while the size holds
    finally:
        threading.stack_size(size)
    return pool


if hasattr(os, "register_at_fork"):
    # A process that another one forked has the pool, but not its thread.
    os.register_at_fork(after_in_child=_deep.cache_clear)

# The function of Temml, in the thread that loaded it: scripts cannot change threads. All of them are in the list too,
# so that no other thread takes them down, which happens in a forked process.
_THREAD = threading.local()
_loaded: list[Any] = []
# The result is an object, since QuickJS hands out joined strings in a form that its Python package does not know.
_CONVERT = """
const options = {throwOnError: true, trust: false, maxExpand: 1000, maxSize: [40, 400]};
function convert(source, display) {
  return {mathml: temml.renderToString(source, {...options, displayMode: display, macros: {}})};
}
"""


def _by_temml(source: str, display: bool) -> str:
    """Return what Temml makes of a formula.

    Raises:
        _RefusedError: It cannot, or not within the limits, or what it made is nested too deeply to be shown.
    """
    made = _deep().submit(_run, source, display).result()
    if len(made) > _LARGEST or _depth(made) > _DEEPEST:
        raise _RefusedError
    return made


def _run(source: str, display: bool) -> str:
    """Return what Temml makes of a formula, in the thread that its scripts belong to."""
    import quickjs  # type: ignore[import-untyped]  # noqa: PLC0415 - few formulas need it

    if not hasattr(_THREAD, "convert"):
        script = resources.files("bilingual") / "render" / "assets" / "vendor" / "temml" / "temml.min.js"
        context = quickjs.Context()
        context.set_memory_limit(_MEMORY)
        context.set_max_stack_size(_SCRIPT_STACK)
        context.eval(script.read_text(encoding="utf-8"))
        context.eval(_CONVERT)
        context.set_time_limit(_TIME)
        _THREAD.convert = context.get("convert")
        _loaded.append(_THREAD.convert)
    try:
        made: str = json.loads(_THREAD.convert(source, display).json())["mathml"]
    except (quickjs.JSException, MemoryError, TypeError, ValueError) as error:
        if not str(error).startswith("ParseError"):
            _loaded.remove(_THREAD.convert)  # an interpreter that ran into a limit is not used again
            del _THREAD.convert
        raise _RefusedError from error
    return made


def _depth(mathml: str) -> int:
    """Return how deep the elements of some MathML are nested."""
    depth = deepest = 0
    for tag in re.findall(r"<(/?)[^>]*?(/?)>", mathml):
        if tag[0]:
            depth -= 1
        elif not tag[1]:
            depth += 1
            deepest = max(deepest, depth)
    return deepest


# --- the filter -------------------------------------------------------------------------------------------------------

#: A length as MathML and CSS write it.
LENGTH = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(em|ex|rem|px|pt|pc|mm|cm|in|%)?")
#: How many em a unit is, where the letters of a formula are ten points high as in LaTeX, and a percent of a line.
EM = {
    "em": 1,
    "rem": 1,
    "ex": 0.5,
    "pt": 0.1,
    "px": 0.075,
    "pc": 1.2,
    "mm": 0.2845,
    "cm": 2.845,
    "in": 7.227,
    "%": 0.1,
}
#: A longer space would only push a formula off its page.
_WIDEST = 40
_TRUTH = re.compile("true|false")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{3,8}|[A-Za-z]{3,20}")
_ANYWHERE = {
    "dir": re.compile("ltr|rtl"),
    "displaystyle": _TRUTH,
    "mathbackground": _COLOUR,
    "mathcolor": _COLOUR,
    "mathsize": LENGTH,
    "scriptlevel": re.compile(r"[+-]?\d"),
}
_LIMITS = {"accent": _TRUTH, "accentunder": _TRUTH}
_CELL = {"columnspan": re.compile(r"\d{1,2}"), "rowspan": re.compile(r"\d{1,2}")}
# The elements of MathML Core and their attributes. A value is what the whole of an attribute's value must match.
_ELEMENTS: dict[str, dict[str, re.Pattern[str]]] = {
    "math": {"display": re.compile("block|inline")},
    "mfrac": {"linethickness": LENGTH},
    "mi": {"mathvariant": re.compile("normal")},
    "mmultiscripts": {},
    "mn": {},
    "mo": {
        **dict.fromkeys(("fence", "largeop", "movablelimits", "separator", "stretchy", "symmetric"), _TRUTH),
        **dict.fromkeys(("lspace", "maxsize", "minsize", "rspace"), LENGTH),
        "form": re.compile("prefix|infix|postfix"),
    },
    "mover": _LIMITS,
    "mpadded": dict.fromkeys(("depth", "height", "lspace", "voffset", "width"), LENGTH),
    "mphantom": {},
    "mprescripts": {},
    "mroot": {},
    "mrow": {},
    "ms": {},
    "mspace": dict.fromkeys(("depth", "height", "width"), LENGTH),
    "msqrt": {},
    "mstyle": {},
    "msub": {},
    "msubsup": {},
    "msup": {},
    "mtable": {},
    "mtd": _CELL,
    "mtext": {},
    "mtr": {},
    "munder": _LIMITS,
    "munderover": _LIMITS,
}
# Elements that cannot stand in an `mstyle`.
_PARTS = ("mprescripts", "mtd", "mtr")
# Elements that MathML Core has no more, as those that stand for them.
_INSTEAD = {"menclose": "mrow"}
# What the engines say in classes, notations and styles, as classes of `math.css`. What is not here is left out.
_CLASSES = {
    "mathscr": "tex-script",
    "tml-left": "tex-left",
    "tml-prime": "tex-prime",
    "tml-right": "tex-right",
    "tml-small": "tex-small",
}
_NOTATIONS = {
    "actuarial": "tex-angle",
    "bottom": "tex-under",
    "box": "tex-box",
    "circle": "tex-circle",
    "downdiagonalstrike": "tex-down",
    "downdiagonalstrike updiagonalstrike": "tex-cross",
    "horizontalstrike": "tex-through",
    "phasorangle": "tex-phase",
    "roundedbox": "tex-box",
    "top": "tex-over",
    "updiagonalstrike": "tex-up",
    "updiagonalstrike downdiagonalstrike": "tex-cross",
}
_STYLES = {
    "display:flex": "tex-clap",
    "font-style:italic": "tex-italic",
    "font-variant-caps:small-caps": "tex-caps",
    "font-weight:bold": "tex-bold",
    "math-shift:compact": "tex-compact",
    "padding-bottom:0": "tex-flat",
    "padding-top:0": "tex-flat",
    "padding-top:0.1667em": "tex-cfrac",
    "padding:0": "tex-bare",
    "padding:0.3em": "tex-pad",
    "position:absolute": "tex-lap-over",
    "position:relative": "tex-lap",
    "text-align:left": "tex-left",
    "text-align:right": "tex-right",
    "transform:scaleX(-1)": "tex-mirror",
    "width:100%": "tex-wide",
    "width:50%": "tex-half",
    "width:7.5%": "tex-narrow",
}
_STYLE_ATTRIBUTES = {
    "background-color": "mathbackground",
    "color": "mathcolor",
    "font-size": "mathsize",
    "math-depth": "scriptlevel",
}
# Widths of padding in the unit of LaTeX's spaces, an eighteenth of an em, that `math.css` has a class for; the
# browsers' own padding of a cell is seven.
_PADDINGS = (0, 2, 3, 4, 5, 7, 11, 18)
_TEXTS = {
    "<b>": "tex-bold",
    "<code>": "tex-mono",
    "<em>": "tex-italic",
    "<i>": "tex-italic",
    "<s>": "tex-through",
    "<u>": "tex-underline",
    '<span class="math-core-sans-serif-font">': "tex-sans",
    '<span class="math-core-serif-font">': "",
    '<span style="font-variant-caps: small-caps">': "tex-caps",
}

_PIECES = re.compile(r"(<[^>]*>)")
_OPENING = re.compile(r"<([a-z]+)((?:\s+[a-z-]+=(?:\"[^\"<>]*\"|'[^'<>]*'))*)\s*(/?)>")
_ATTRIBUTE = re.compile(r"([a-z-]+)=[\"']([^\"']*)[\"']")
_STYLE = (re.compile(' (?:displaystyle|scriptlevel)="[^"]*"'), re.compile(' scriptlevel="[^"]*"'))
_MARKED_TEXT = re.compile(r"<mtext([^>]*)>((?:<(?:b|i|em|code|s|u|span)(?: [^>]*)?>)+)([^<]*)(?:</[a-z]+>)+</mtext>")
_STRAY = re.compile(r"[<>]|&(?!(?:amp|lt|gt|quot|#39|#x27);)")
# Accents of math-core that browsers or fonts do not stretch, or stretch beside the letters, as those that they do.
_STRETCHED = re.compile('(?<=<mo stretchy="true">)([~\u0302\u030c\u0332])(?=</mo></(mover|munder))')
_ACCENTS = {"~": "˜", "\u0302": "ˆ", "\u030c": "ˇ", "\u0332": "‾"}
# Chromium draws a delimiter of a given size at that size in a row alone, not where scripts are put right on it.
_SIZED = re.compile(r'(<(?:msub|msup|msubsup|munder|mover|munderover)(?: [^>]*)?>)(<mo [^>]*minsize="[^>]*>[^<]*</mo>)')
# The engines name some characters as only HTML can.
_ENTITY = re.compile("&(?!(?:amp|lt|gt|quot);)[A-Za-z]+;")
# Operators that `math.css` must know: primes, and accents that have no width.
_PRIMES = "′″‴⁗"
_SPECIAL = re.compile(f"[{_PRIMES}\u20d7\u20db\u20dc]")
_OPERATOR = re.compile(f'<mo((?: [a-z]+="[^"]*")*)>(?=({_SPECIAL.pattern})</mo>)')
# The letters of \mathcal and \mathscr are the same; a selector behind them says which.
_SCRIPT = re.compile("([ℊℋℐℒℛℬℯℰℱℳℴ\U0001d49c-\U0001d503])[\ufe00\ufe01]")
_SCRIPTS = re.compile("<mi>([^<\ufe01]*\ufe01[^<]*)</mi>")


def _filtered(made: str, latex: str, *, display: bool) -> str:
    """Return what an engine wrote, as MathML Core with the source of the formula.

    Args:
        made: What the engine wrote.
        latex: The source.
        display: Whether the formula stands on lines of its own.

    Raises:
        _RefusedError: What the engine wrote has an element that MathML Core does not have, or is not well-formed.
    """
    if not (made.startswith("<math") and made.endswith("</math>")):
        raise _RefusedError
    if "<mtext" in made:
        made = _MARKED_TEXT.sub(_text, made)
    if "\ufe01" in made or "\ufe00" in made:
        made = _SCRIPTS.sub(lambda found: f'<mi class="mathscr">{found[1]}</mi>', made)
        made = _SCRIPT.sub(r"\1", made)
    if '"true">' in made:
        made = _STRETCHED.sub(lambda found: "_" if found[2] == "munder" else _ACCENTS[found[1]], made)
    if "minsize=" in made:
        made = _SIZED.sub(r"\1<mrow>\2</mrow>", made)
    if _SPECIAL.search(made):
        made = _OPERATOR.sub(_operator, made)
    if "&" in made:
        made = _ENTITY.sub(_character, made)
    pieces = _PIECES.split(made)
    # The first piece is empty, the second is `<math …>`, the last but one is `</math>`.
    pieces[3:-3:2] = map(_tag, pieces[3:-3:2])
    if "scriptlevel=" in made or "displaystyle=" in made or "math-depth" in made:
        _wrap(pieces)
    body = "".join(pieces[2:-2])
    if _STRAY.search("".join(pieces[2::2])):
        raise _RefusedError
    source = latex.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    annotation = f'<annotation encoding="application/x-tex">{source}</annotation>'
    opening = '<math display="block">' if display else "<math>"
    mathml = f"{opening}<semantics><mrow>{body}</mrow>{annotation}</semantics></math>"
    try:
        expat.ParserCreate().Parse(mathml, True)  # noqa: FBT003 - the parameter has no name
    except expat.ExpatError as error:
        raise _RefusedError from error
    return mathml


def _wrap(pieces: list[str]) -> None:
    """Put elements with a style of formulas into an `mstyle`, the one element that may say it in HTML today.

    Args:
        pieces: Text and filtered tags by turns; they are changed. A table keeps its `displaystyle`, which it alone
            would not take over from outside.
    """
    wrapped: list[bool] = []
    for index in range(3, len(pieces) - 3, 2):
        tag = pieces[index]
        if tag.startswith("</"):
            if wrapped and wrapped.pop():
                pieces[index] = f"{tag}</mstyle>"
        elif not tag.endswith("/>"):
            said = "" if tag.startswith("<mstyle") else "".join(_STYLE[tag.startswith("<mtable")].findall(tag))
            wrapped.append(bool(said))
            if said:
                pieces[index] = f"<mstyle{said}>{_STYLE[tag.startswith('<mtable')].sub('', tag)}"


def _character(found: re.Match[str]) -> str:
    """Return a character for its name in HTML, with nothing in it that XML reads as markup."""
    return html.escape(html.unescape(found[0]))


def _operator(found: re.Match[str]) -> str:
    """Return the tag of an operator that `math.css` must know."""
    return f'<mo{found[1]} class="{"tex-prime" if found[2] in _PRIMES else "tex-mark"}">'


def _text(found: re.Match[str]) -> str:
    """Return a text with the elements of HTML inside it as classes."""
    classes = {_TEXTS.get(tag, "") for tag in re.findall("<[^>]*>", found[2])} - {""}
    marked = f' class="{" ".join(sorted(classes))}"' if classes else ""
    return f"<mtext{found[1]}{marked}>{found[3]}</mtext>"


@lru_cache(maxsize=16_384)
def _tag(tag: str) -> str:
    """Return a tag with nothing but what MathML Core has.

    Raises:
        _RefusedError: It is no tag of MathML.
    """
    if tag.startswith("</"):
        name = tag[2:-1]
        name = _INSTEAD.get(name, name)
        if name not in _ELEMENTS or name == "math":
            raise _RefusedError
        return f"</{name}>"
    found = _OPENING.fullmatch(tag)
    name = _INSTEAD.get(found[1], found[1]) if found else ""
    if not found or name not in _ELEMENTS or name == "math":
        raise _RefusedError
    allowed = _ELEMENTS[name] if name in _PARTS else _ANYWHERE | _ELEMENTS[name]
    attributes: dict[str, str] = {}
    classes: set[str] = set()
    for key, value in _said(found[2]):
        if key == "class":
            classes.add(value)
        elif key in allowed and (valid := allowed[key].fullmatch(value)):
            attributes[key] = _bounded(valid[1], valid[2]) if allowed[key] is LENGTH else value
    if classes:
        attributes["class"] = " ".join(sorted(classes))
    said = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{name}{said}{found[3]}>"


def _said(attributes: str) -> Iterator[tuple[str, str]]:
    """Yield what the attributes of a tag say, styles and notations as classes and attributes."""
    for key, value in _ATTRIBUTE.findall(attributes):
        if key == "style":
            for declaration in value.split(";"):
                yield from _declared(*(part.strip() for part in declaration.partition(":")[::2]))
        elif key == "notation":
            if value in _NOTATIONS:
                yield "class", _NOTATIONS[value]
        elif key == "class":
            for name in value.split():
                if name in _CLASSES or name.startswith("tex-"):
                    yield "class", _CLASSES.get(name, name)
        else:
            yield key, value


def _declared(name: str, value: str) -> Iterator[tuple[str, str]]:
    """Yield what a declaration of a style says."""
    if f"{name}:{value}" in _STYLES:
        yield "class", _STYLES[f"{name}:{value}"]
    elif name in _STYLE_ATTRIBUTES:
        yield _STYLE_ATTRIBUTES[name], value
    elif name == "border":
        yield "class", "tex-box"
    elif name.startswith("border-"):
        for line in ("dashed", "double", "solid"):
            if line in value:
                yield "class", f"tex-{name.removeprefix('border-')}-{line}"
    elif name in ("padding-left", "padding-right") and (length := LENGTH.fullmatch(value)):
        width = 18 * float(length[1]) * EM[length[2] or "em"]
        yield "class", f"tex-{name[8]}{min(_PADDINGS, key=lambda step: abs(step - width))}"
    elif name == "margin-left" and (length := LENGTH.fullmatch(value)):
        # A negative space has no attribute. Its width in eighteenths of an em is the sum of the classes' powers of two.
        width = min(127, round(-18 * float(length[1]) * EM[length[2] or "em"]))
        for bit in range(7):
            if width > 0 and width >> bit & 1:
                yield "class", f"tex-back{1 << bit}"


def _bounded(number: str, unit: str) -> str:
    """Return a length that is not longer than a page, in a unit that all browsers know."""
    if not unit:
        return "0"
    limit = _WIDEST / EM[unit]
    within = number if abs(float(number)) <= limit else f"{limit if float(number) > 0 else -limit:g}"
    return f"{within}{'em' if unit == 'rem' else unit}"
