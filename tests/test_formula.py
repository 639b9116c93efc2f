"""Formulas as a reader's browser gets them."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import re
import subprocess
import sys
import threading
import unicodedata
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bilingual import formula as module
from bilingual.formula import LONGEST, Formula, formula
from bilingual.markdown.dialect import dialect
from bilingual.markdown.document import BlockKind
from bilingual.markdown.inline import Inline
from bilingual.markdown.parse import parse
from browser import chromium
from support import ROOT, shared

if TYPE_CHECKING:
    from pathlib import Path

ASSETS = resources.files("bilingual") / "render" / "assets"
# MathML Core, and the two elements that hold a source.
ELEMENTS = set(
    "math semantics annotation mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle mpadded mphantom msub msup "
    "msubsup munder mover munderover mmultiscripts mprescripts mtable mtr mtd".split(),
)
ATTRIBUTES = set(
    "accent accentunder class columnspan depth dir display displaystyle encoding fence form height largeop "
    "linethickness lspace mathbackground mathcolor mathsize mathvariant maxsize minsize movablelimits rowspan rspace "
    "scriptlevel separator stretchy symmetric voffset width".split(),
)
_DOLLARS = re.compile(r"\s*\$\$?(.*?)\$\$?\s*(?:\([^()]*\))?\s*", re.DOTALL)


def parsed(mathml: str) -> ET.Element:
    return ET.fromstring(mathml)  # noqa: S314 - our own output


def check(made: Formula, latex: str, *, display: bool) -> ET.Element:
    """Assert what holds for every formula, and return it."""
    assert made.engine in ("math-core", "temml")
    root = parsed(made.mathml)
    assert root.tag == "math"
    assert root.attrib == ({"display": "block"} if display else {})
    (semantics,) = root
    row, annotation = semantics
    assert (semantics.tag, row.tag) == ("semantics", "mrow")
    assert annotation.attrib == {"encoding": "application/x-tex"}
    assert (annotation.text or "") == latex.replace("\r\n", "\n").replace("\r", "\n")
    for element in root.iter():
        assert element.tag in ELEMENTS
        assert set(element.attrib) <= ATTRIBUTES
        for value in element.attrib.values():
            assert re.fullmatch(r"[\w .%#+/-]*", value), value
    return root


def made(latex: str, *, display: bool = True) -> Formula:
    found = formula(latex, display=display)
    assert found is not None, latex
    check(found, latex, display=display)
    return found


def shown(latex: str, *, display: bool = True) -> str:
    """What a reader sees of a formula, without the blanks."""
    row = check(made(latex, display=display), latex, display=display)[0][0]
    return re.sub(r"[\s\u2061-\u2064]", "", "".join(row.itertext()))


def collected(text: str) -> list[tuple[str, bool]]:
    """All formulas of a document, without their dollars, and whether they stand on lines of their own."""
    document = parse(text, dialect=dialect())
    sources = [
        block.span.of(text) for each in document.blocks for block in each.leaves() if block.kind is BlockKind.MATH
    ]
    for segment in document.segments:
        sources += [atom.content for atom in Inline(segment.text, dialect()).atoms() if atom.kind == "math"]
    found = []
    for source in sources:
        match = _DOLLARS.fullmatch(source)
        assert match, source
        found.append((match[1], source.lstrip().startswith("$$")))
    return found


@cache
def formulas() -> list[tuple[str, bool]]:
    files = sorted((shared() / "corpora" / "d2l-zh").rglob("*.md"))
    return sorted({each for path in files for each in collected(path.read_text("utf-8"))})


def test_every_formula_of_a_real_book_is_made() -> None:
    assert len({latex.strip() for latex, _ in formulas()}) > 2_000
    for latex, display in formulas():
        made(latex, display=display)


def test_both_engines_show_the_same() -> None:
    # The engines are independent, so what both say is what the author said. They write accents and dots differently.
    alike = 0
    for latex, display in formulas()[::5]:
        if re.search(r"bar|tilde|hat|line|textrm", latex):
            continue
        source = module._prepared(latex, display=display)
        texts = set()
        for convert in (module._by_math_core, module._by_temml):
            row = parsed(module._filtered(convert(source, display), latex, display=display))[0][0]
            text = re.sub(r"[\s\u2061-\u2064\u200b\ufe00]", "", unicodedata.normalize("NFKC", "".join(row.itertext())))
            texts.add(text.translate(str.maketrans("−∣∥∗·∶", "-|‖*⋅:")))
        alike += 1
        assert len(texts) == 1, (latex, texts)
    assert alike > 300


def test_the_formulas_of_our_own_preface_are_made() -> None:
    found = collected((ROOT / "content" / "zh" / "preface.md").read_text("utf-8"))
    assert len(found) > 10
    for latex, display in found:
        made(latex, display=display)


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\text{对所有 } x", "对所有x"),
        (r"\text{共 $n$ 项}", "共𝑛项|共n项"),
        (r"\mbox{如果}", "如果"),
        ("若 x > 0", "若x>0"),
        (r"\begin{cases} 1 & \text{若 } x\\ 0 & \text{否则} \end{cases}", "{1若x0否则"),
        (r"\begin{aligned} a &= b \\[2em] &= c \end{aligned}", "a=b=c"),
        (r"\begin{split} a &= b \\ &= c \end{split}", "a=b=c"),
        (r"\begin{align} a &= b \\ c &= d \end{align}", "a=bc=d"),
        (r"\begin{align*} a &= b \\ c &= d \end{align*}", "a=bc=d"),
        (r"\begin{eqnarray} a &=& b \\ c &=& d \end{eqnarray}", "a=bc=d"),
        (r"\begin{alignat}{2} a &= b & c &= d \end{alignat}", "a=bc=d"),
        (r"\begin{flalign} a &= b \end{flalign}", "a=b"),
        (r"\begin{gather} a \\ b \end{gather}", "ab"),
        (r"\begin{multline} a \\ b \end{multline}", "ab"),
        (r"\begin{equation} a = b \end{equation}", "a=b"),
        (r"\begin{array}{@{}l@{\quad}r@{}} a & b \end{array}", "ab"),
        (r"\begin{array}{*{2}{c}|p{2cm}} a & b & c \end{array}", "abc"),
        (r"\begin{pmatrix*}[r] 1 \\ -2 \end{pmatrix*}", "(1−2)"),
        (r"\begin{smallmatrix} a & b \end{smallmatrix}", "ab"),
        (r"\begin{CD} A @>a>> B \end{CD}", "A→aB"),
        (r"\sum_{\substack{i<n\\j<m}} x", "∑i<nj<mx"),
        (r"\DeclareMathOperator{\rank}{rank} \rank A", "rankA"),
        (r"\newcommand{\R}[1]{\mathbb{R}^{#1}} \R{3}", "ℝ3"),
        (r"\def\a#1{x_{#1}} \a 3", "x3"),
        (r"\mathds{1}", "𝟙"),
        (r"\boldsymbol{0}", "𝟎"),
        (r"\bm{12}", "𝟏𝟐"),
        (r"\cancelto{0}{x}", "x0"),
        (r"\ensuremath{x}", "x"),
        (r"\require{ams} x", "x"),
        (r"\mathop{\rm lim}\limits_{x} y", "limxy"),
        ("a % 注释\n b", "ab"),
        ("", ""),
    ],
)
def test_what_authors_write_is_shown(latex: str, text: str) -> None:
    assert shown(latex) in text.split("|")


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"a = b \label{eq:a}", "a=b"),
        (r"a = b \label{}", "a=b"),
        (r"\label{eq:中文} a = b", "a=b"),
        (r"\begin{equation} \label{eq:a} a = b \end{equation}", "a=b"),
        (r"\begin{align} a \label{x} \\ b \nonumber \\ c \notag \end{align}", "abc"),
        (r"x \\label{y}", None),
        (r"\eqref{eq:a_1}", "(eq:a_1)"),
        (r"\ref{eq:a}", "eq:a"),
    ],
)
def test_labels_are_left_out_and_references_show_them(latex: str, text: str | None) -> None:
    if text is None:  # a new line, and the word `label`
        assert "l" in shown(latex)
    else:
        assert shown(latex) == text


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"a = b \tag{1}", "a=b(1)"),
        (r"a = b \tag{甲}", "a=b(甲)"),
        (r"a = b \tag*{式 1}", "a=b式1"),
        (r"\tag{2.1} a = b", "a=b(2.1)"),
        (r"\begin{equation} a = b \tag{1} \label{x} \end{equation}", "a=b(1)"),
        (r"\begin{align} a &= b \tag{1} \\ c &= d \end{align}", "a=b(1)c=d"),
        (r"a \\ b \tag{1}", "ab(1)"),
    ],
)
def test_numbers_are_those_that_authors_give(latex: str, text: str) -> None:
    assert shown(latex) == text
    assert "tex-half" in made(latex).mathml


def test_lines_outside_of_environments_stand_below_each_other() -> None:
    assert made(r"a = b \\ c = d").mathml.count("<mtr>") == 2
    assert "<mtr>" not in made(r"a = b \\").mathml
    assert "<mtr>" not in made(r"\frac{a \\ b}{c}").mathml


def test_limits_stand_under_a_word_that_is_an_operator() -> None:
    assert "<munder>" in made(r"\mathop{\mathrm{argmin}}_x f").mathml


@pytest.mark.parametrize("latex", [r"\bigr)^{b}", r"\Bigr]_i", r"\biggr\}_i^2", r"\bigm|^2", r"\bigr\|_2"])
def test_a_delimiter_of_a_size_with_scripts_has_a_row_of_its_own(latex: str) -> None:
    """Chromium draws it in the size of the letters, and too low, if it is the base itself."""
    made = formula(latex, display=False)
    assert made
    (sized,) = (each for each in check(made, latex, display=False).iter() if each.find("mo[@minsize]") is not None)
    assert sized.tag == "mrow"
    assert len(sized) == 1


def test_a_line_under_a_table_is_no_row() -> None:
    mathml = made(r"\begin{array}{|c|} \hline a \\ \hline b \\ \hline \end{array}").mathml
    assert mathml.count("<mtr>") == 2
    assert "tex-bottom-solid" in mathml


def test_script_letters_are_told_apart() -> None:
    assert 'class="tex-script"' not in made(r"\mathcal{L}").mathml
    assert 'class="tex-script"' in made(r"\mathscr{L}").mathml
    assert shown(r"\mathcal{L}") == shown(r"\mathscr{L}") == "ℒ"


def test_colours_and_spaces_are_attributes_and_classes() -> None:
    for latex, said in (
        (r"\color{red} x", 'mathcolor="#FF0000"'),
        (r"\textcolor{#00ff00}{x}", 'mathcolor="#00ff00"'),
        (r"\colorbox{yellow}{x}", 'mathbackground="#FFFF00"'),
        (r"x \! y", 'class="tex-back1 tex-back2"'),
        (r"x \hspace{2em} y", 'width="2em"'),
        (r"x \kern 3pt y", 'width="0.3em"'),
        (r"\textbf{x}", 'class="tex-bold"'),
        (r"\textsf{x}", 'class="tex-sans"'),
        (r"\boxed{x}", 'class="tex-box"'),
        (r"\cancel{x}", 'class="tex-up"'),
        (r"\xcancel{x}", 'class="tex-cross"'),
        (r"f'", 'class="tex-prime"'),
        (r"\vec{x}", 'class="tex-mark"'),
    ):
        assert said in made(latex).mathml, latex


def test_the_source_is_kept_as_it_was_written() -> None:
    latex = ' \\begin{matrix} a < b & \\text{"<b>\\&amp;</b>"} % &lt;\n\\end{matrix}\n'
    kept = ' \\begin{matrix} a &lt; b &amp; \\text{"&lt;b&gt;\\&amp;amp;&lt;/b&gt;"} % &amp;lt;\n\\end{matrix}\n'
    assert f'<annotation encoding="application/x-tex">{kept}</annotation>' in made(latex).mathml


@pytest.mark.parametrize(
    "latex",
    ["&", r"\frac{a", "}", r"\foo", r"\left( a", r"a^b^c", "\x00", "\x0crac", "\ud800", "\ufffe", "x" * (LONGEST + 1)],
)
def test_what_is_no_formula_is_none(latex: str) -> None:
    assert formula(latex, display=True) is None
    assert formula(latex, display=False) is None


HOSTILE = [
    r"\href{javascript:alert(1)}{x}",
    r"\href{https://example.org}{\text{<b onclick=alert(1)>}}",
    r"\url{javascript:alert(1)}",
    r"\includegraphics{http://example.org/x.png}",
    r"\class{evil}{x} \cssId{evil}{y} \style{position:fixed}{z}",
    r"\htmlStyle{position:fixed}{x} \htmlData{a=b}{y} \htmlId{a}{z} \htmlClass{a}{z}",
    r"\id{evil}{x}",
    r"\data{onclick=alert(1)}{x}",
    r"\color{red;position:fixed} x",
    r"\textcolor{url(javascript:x)}{x}",
    r'\colorbox{red" onload="x}{y}',
    r"</annotation></semantics></math><script>alert(1)</script>",
    r"\text{</mtext><img src=x onerror=alert(1)>}",
    r"\verb|<script>alert(1)</script>|",
    r"\def\x{<}\x script>",
    r'\char"3C script>',
    r"\tag{<script>} x",
    r'\label{" onclick="alert(1)} x',
    r"\ref{<script>}",
    r"\operatorname{<img src=x>}",
    r"\rule{9999em}{9999em} \hspace{9999em} \raisebox{9999em}{x} \hspace{-9999em}",
    r"\toggle{a}{b}\endtoggle",
    r"\require{javascript} x",
    r"\text{&lt;script&gt; &#60;script&#62;}",
]


@pytest.mark.parametrize("latex", HOSTILE)
def test_nothing_active_comes_out(latex: str) -> None:
    for display in (True, False):
        found = formula(latex, display=display)
        if found is None:
            continue
        root = check(found, latex, display=display)
        for element in root.iter():
            for name, value in element.attrib.items():
                length = re.fullmatch(r"(-?[\d.]+)em", value)
                assert not length or abs(float(length[1])) <= 40, (name, value)


BOMBS = [
    "{" * 9_999,
    "{" * 4_999 + "}" * 4_999,
    r"\hat" * 2_400 + " x",
    "x^{" * 3_000,
    r"\mathbf{" * 1_100,
    r"\left(" * 1_600,
    r"\begin{pmatrix}" * 600,
    "\\" * 9_999,
    r"\def\a{\a\a}\a",
    r"\newcommand{\a}{\a\a}\a",
    r"\def\a#1{\b{#1}{#1}}\def\b#1#2{\c{#1#2}}\def\c#1{\a{#1#1}}\a{xxxxxxxxxxxxxxxx}",
    r"\newcommand{\a}{" + r"\hat" * 2_000 + "}" + r"\a" * 900 + " x",
    r"\let\a\b\let\b\a\a",
    r"\begin{array}{*{99}{" + "|" * 9_000 + r"}} a \end{array}",
    r"\begin{array}{" * 700,
    r"\cancelto{" * 1_000,
    "x+" * 4_999,
]


@pytest.mark.parametrize("stack", [0, 512 * 1024])
def test_bombs_end_neither_the_program_nor_its_memory(stack: int) -> None:
    # A process of its own, since an overflow of a stack cannot be caught.
    code = (
        "import resource, sys, threading\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from test_formula import BOMBS, formula\n"
        "def run():\n"
        "    for bomb in BOMBS:\n"
        "        for display in (True, False):\n"
        "            formula(bomb, display=display)\n"
        "    print('done')\n"
        f"threading.stack_size({stack})\n"
        "thread = threading.Thread(target=run)\n"
        "thread.start(); thread.join()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT / "tests")], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr[-500:]


TOKENS = st.sampled_from(
    (
        r"\frac \sqrt \left( \right) \text{ { } ^ _ & \\ \begin{array}{c|c} \end{array} \begin{aligned} \end{aligned} "
        r"\hline \hat \widetilde \mathscr \mathbb \boldsymbol \tag{1} \label{a} \color{red} \boxed \cancel \sum "
        r"\limits \! \, ' % < > a 1 中 \alpha \substack \mathclap \prescript \def\a#1{#1} \a [2em] \rule \smash "
        r"\cfrac # ~ $ \xrightarrow[a]{b} \ref{x} \hspace{-1em} \overline \overbrace \operatorname* \middle| \not "
        r"\displaystyle \phantom"
    ).split(" "),
)


@settings(deadline=None)  # the first one loads a library
@given(st.one_of(st.lists(TOKENS, max_size=12).map(" ".join), st.text(max_size=40)), st.booleans())
def test_any_text_is_a_formula_or_none(latex: str, display: bool) -> None:
    found = formula(latex, display=display)
    if found is not None:
        check(found, latex, display=display)


SAMPLES = [
    r"\frac{a}{b}",
    r"\textbf{a} \boxed{\cancel{x}} \color{red} y",
    r"\mathclap{x} \begin{smallmatrix} a & b \end{smallmatrix}",
    r"\begin{array}{|c|} \hline a \\ \hline \end{array} \hspace{-1.3em}",
]


def _made() -> list[str]:
    return [made(latex, display=display).mathml for latex in SAMPLES for display in (True, False)]


def test_the_same_formula_gives_the_same_bytes_in_every_process() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import hashlib, test_formula\n"
        "print(hashlib.sha256(repr(test_formula._made()).encode()).hexdigest())\n"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code, str(ROOT / "tests")],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("0", "1", "77")
    }
    assert seen == {hashlib.sha256(repr(_made()).encode()).hexdigest()}


def test_threads_and_forks_may_ask_at_once() -> None:
    expected = _made()
    formula.cache_clear()
    results: list[list[str]] = []
    threads = [threading.Thread(target=lambda: results.append(_made())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 4
    if "fork" in multiprocessing.get_all_start_methods():
        code = (
            "import sys; sys.path.insert(0, sys.argv[1])\n"
            "import os, test_formula\n"
            "before = test_formula._made()\n"
            "test_formula.formula.cache_clear()\n"
            "child = os.fork()\n"
            "if not child:\n"
            "    os._exit(test_formula._made() != before)\n"
            "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
        )
        command = [sys.executable, "-c", code, str(ROOT / "tests")]
        assert subprocess.run(command, timeout=60, check=False).returncode == 0


def test_the_stylesheet_knows_every_class() -> None:
    sheet = (ASSETS / "math.css").read_text(encoding="utf-8")
    written = {
        *module._CLASSES.values(),
        *module._NOTATIONS.values(),
        *module._STYLES.values(),
        *module._TEXTS.values(),
    }
    written |= {f"tex-back{1 << bit}" for bit in range(7)} | {"tex-prime", "tex-mark"} - {""}
    # Seven eighteenths are what every cell has.
    written |= {f"tex-{side}{width}" for side in "lr" for width in module._PADDINGS if width != 7}
    written |= {
        f"tex-{side}-{line}" for side in ("top", "right", "bottom", "left") for line in ("solid", "dashed", "double")
    }
    known = set(re.findall(r"\.(tex-[\w-]+)", sheet))
    assert written - {""} == known


def test_vendored_files_are_those_that_were_brought() -> None:
    folder = ASSETS / "vendor"
    listed = dict(
        re.findall(
            r"^\| `([^`]+)` \| [\d,]+ \| `([0-9a-f]{64})` \|$", (folder / "README.md").read_text("utf-8"), re.MULTILINE
        )
    )
    assert set(listed) == {
        "stix-two-math/OFL.txt",
        "stix-two-math/stix-two-math.woff2",
        "temml/LICENSE",
        "temml/temml.min.js",
    }
    for path, digest in listed.items():
        assert hashlib.sha256(folder.joinpath(*path.split("/")).read_bytes()).hexdigest() == digest, path


def test_the_font_has_what_a_real_book_needs() -> None:
    fonts = pytest.importorskip("fontTools.ttLib")
    pytest.importorskip("brotli")
    with (ASSETS / "vendor" / "stix-two-math" / "stix-two-math.woff2").open("rb") as file:
        font = fonts.TTFont(file)
        known = set(font.getBestCmap())
        stretched = font["MATH"].table.MathVariants
        vertical = {code for code, glyph in font.getBestCmap().items() if glyph in stretched.VertGlyphCoverage.glyphs}
        features = {record.FeatureTag for record in font["GSUB"].table.FeatureList.FeatureRecord}
        font.close()
    used: set[str] = set()
    for latex, display in formulas():
        row = check(made(latex, display=display), latex, display=display)[0][0]
        used.update(*row.itertext())
    # Chinese is shown in the fonts of the system, and invisible operators need no shape.
    missing = {
        each
        for each in used
        if ord(each) not in known and not re.match(r"[\u2e80-\u9fff\uff00-\uffef\s\u2061-\u2064\ufe00]", each)
    }
    assert not missing
    assert {ord(each) for each in "()[]{}|‖⟨⟩⌈⌉⌊⌋√∑∫/↑↓"} <= vertical
    assert {"ss01", "ss04", "ssty"} <= features


def test_radicals_leave_no_gap_behind_them(tmp_path: Path) -> None:
    font = (ROOT / "src/bilingual/render/assets/vendor/stix-two-math/stix-two-math.woff2").as_uri()
    sheet = f'<style>@font-face {{ font-family: F; src: url("{font}") }} math {{ font: 40px F }}</style>'
    latex = [r"\sqrt{2}", r"\sqrt{d_k}", r"\sqrt{\frac{a}{b}}", r"\sqrt[3]{\sum_{i=1}^d x_i^2}", r"\sqrt{%s}"]
    latex[-1] %= r"\begin{matrix} a \\ b \\ c \\ d \\ e \end{matrix}"
    body = " ".join(made(each, display=True).mathml for each in latex)
    page = tmp_path / "page.html"
    page.write_text(f"<!DOCTYPE html><meta charset=utf-8>{sheet}{body}", "utf-8")
    with chromium() as browser:
        tab = browser.new_page()
        tab.goto(page.as_uri())
        tab.evaluate("document.fonts.ready")
        assert tab.evaluate("document.fonts.check('40px F')")
        gaps = tab.evaluate(
            """[...document.querySelectorAll("msqrt, mroot")].map((root) =>
                 root.getBoundingClientRect().right - root.firstElementChild.getBoundingClientRect().right)"""
        )
    assert len(gaps) == len(latex)
    assert max(gaps) < 2
