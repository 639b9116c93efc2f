"""Doubtful pairs for a person to judge: a page that shows them, and what comes back as JSON Lines."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any

from bilingual.align.documents import beads
from bilingual.align.texts import Link
from bilingual.diagnostics import BilingualError, Diagnostic, Place
from bilingual.text import LINE_END, text_mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bilingual.align import Alignment
    from bilingual.align.harvest import Harvest
    from bilingual.markdown.document import Block, Document

#: What a person says of a pair.
RIGHT, WRONG = "right", "wrong"
#: How much of a text the page shows.
_SHOWN = 2_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A block as the page shows it: its name, its line from 1, its text."""

    id: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """A pair that is not sure, or what has no partner, for a person to judge.

    Attributes:
        chapter: The path of the chapter below the source folder.
        source: Blocks of the source; may be empty.
        target: Blocks of the translation; may be empty.
        score: How probable the pair is; 0 for what has no partner.
    """

    chapter: str
    source: tuple[Piece, ...]
    target: tuple[Piece, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person said: these blocks belong together, or do not."""

    chapter: str
    source: tuple[str, ...]
    target: tuple[str, ...]
    right: bool
    place: Place


def _pieces(document: Document, blocks: Iterable[Block], names: dict[int, str]) -> tuple[Piece, ...]:
    return tuple(
        Piece(
            names[id(block)],
            document.text.count("\n", 0, block.span.start) + 1,
            block.span.of(document.text).strip("\n"),
        )
        for block in blocks
    )


def _names(document: Document, blocks: Iterable[Block], letter: str) -> dict[int, str]:
    """Return a name for each block: its number and a hash of its text, which tells when the file has changed since."""
    return {
        id(block): f"{letter}{number}-{text_mark(block.span.of(document.text))}"
        for number, block in enumerate(blocks, 1)
    }


def _blocks(alignment: Alignment) -> tuple[list[Block], list[Block]]:
    """Return the blocks of both sides that are aligned, each in its own order."""
    ours = (block for bead in alignment.beads for block in bead.source)
    theirs = (block for bead in alignment.beads for block in bead.target)
    return sorted(ours, key=lambda each: each.span.start), sorted(theirs, key=lambda each: each.span.start)


def _sides(alignment: Alignment) -> tuple[dict[int, str], dict[int, str]]:
    ours, theirs = _blocks(alignment)
    return _names(alignment.source, ours, "s"), _names(alignment.target, theirs, "t")


def doubtful(alignment: Alignment, harvest: Harvest, chapter: str) -> tuple[Doubt, ...]:
    """Return what a person should look at: unsure pairs, and what has no partner, in the order of the source."""
    ours, theirs = _sides(alignment)
    unsure = {id(bead) for bead in harvest.unsure}
    alone = {id(block) for block in (*harvest.source_only, *harvest.target_only)}
    result = []
    for bead in alignment.beads:
        blocks = (*bead.source, *bead.target)
        if id(bead) in unsure or (len(blocks) == 1 and id(blocks[0]) in alone):
            result.append(
                Doubt(
                    chapter,
                    _pieces(alignment.source, bead.source, ours),
                    _pieces(alignment.target, bead.target, theirs),
                    bead.score if bead.source and bead.target else 0.0,
                )
            )
    return tuple(result)


def apply(alignment: Alignment, verdicts: Sequence[Verdict], chapter: str) -> Alignment:
    """Return an alignment as a person corrected it: right pairs are sure, wrong ones are taken apart.

    Raises:
        BilingualError: If a verdict names a block that is not there, since the file has changed.
    """
    mine = [verdict for verdict in verdicts if verdict.chapter == chapter]
    if not mine:
        return alignment
    sides = _blocks(alignment)
    places = [
        {names[id(block)]: number for number, block in enumerate(side)}
        for side, names in zip(sides, _sides(alignment), strict=True)
    ]
    problems = [
        Diagnostic(
            "align-verdict",
            f"there is no block {name} any more, since the text has changed",
            verdict.place,
            hint="write the page anew with --review, and judge this pair again",
        )
        for verdict in mine
        for names, known in zip((verdict.source, verdict.target), places, strict=True)
        for name in names
        if name not in known
    ]
    if problems:
        raise BilingualError(*problems)
    numbers = [{id(block): number for number, block in enumerate(side)} for side in sides]
    links = [
        Link(
            tuple(numbers[0][id(block)] for block in bead.source),
            tuple(numbers[1][id(block)] for block in bead.target),
            bead.score,
        )
        for bead in alignment.beads
        if bead.source and bead.target
    ]
    for verdict in mine:
        source, target = (
            tuple(sorted({known[name] for name in names}))
            for names, known in zip((verdict.source, verdict.target), places, strict=True)
        )
        if verdict.right:
            # Whoever says what a block belongs to says that it belongs to nothing else.
            links = [each for each in links if set(source).isdisjoint(each.source)]
            links = [each for each in links if set(target).isdisjoint(each.target)]
            links.append(Link(source, target, 1.0))
        else:
            links = [each for each in links if not (set(each.source) <= {*source} and set(each.target) <= {*target})]
    return replace(alignment, beads=tuple(beads(*sides, links)))


# --- what goes out and comes back ------------------------------------------------------------------------------------


def lines(doubts: Iterable[Doubt]) -> str:
    """Return doubts as JSON Lines; whoever judges them fills `verdict` with "right" or "wrong"."""
    return "".join(
        json.dumps(
            {
                "chapter": doubt.chapter,
                "verdict": "",
                "score": round(doubt.score, 3),
                "source": [piece.id for piece in doubt.source],
                "target": [piece.id for piece in doubt.target],
                "source_text": [piece.text for piece in doubt.source],
                "target_text": [piece.text for piece in doubt.target],
            },
            ensure_ascii=False,
        )
        + "\n"
        for doubt in doubts
    )


def read_verdicts(text: str, path: str) -> tuple[Verdict, ...]:
    """Return the verdicts in JSON Lines; lines without one are passed over.

    Raises:
        BilingualError: With every line that cannot be understood.
    """
    result = []
    problems = []
    for number, line in enumerate(LINE_END.split(text.removeprefix("\ufeff")), 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
            verdict = _verdict(data, Place(path, number))
        except (ValueError, TypeError, KeyError, RecursionError):
            hint = 'a line has "chapter", "verdict" (right, wrong or nothing), "source" and "target" (names of blocks)'
            problems.append(Diagnostic("align-verdict", "this line is no verdict", Place(path, number), hint=hint))
            continue
        if verdict is not None:
            result.append(verdict)
    if problems:
        raise BilingualError(*problems)
    return tuple(result)


def _verdict(data: Any, place: Place) -> Verdict | None:  # noqa: ANN401 - JSON may be anything
    said = str(data["verdict"]).strip().lower()
    if not said:
        return None
    names = [data["source"], data["target"]]
    valid = all(isinstance(side, list) and all(isinstance(name, str) for name in side) for side in names)
    if said not in (RIGHT, WRONG) or not valid or (said == RIGHT and not all(names)):
        raise ValueError(said)
    return Verdict(str(data["chapter"]), tuple(names[0]), tuple(names[1]), said == RIGHT, place)


def page(doubts: Sequence[Doubt], languages: tuple[str, str], title: str) -> str:
    """Return a page that shows doubts and writes what a person says of them as JSON Lines; it needs no network.

    Args:
        doubts: What is to be judged.
        languages: The codes of the source language and of the translation's, as HTML has them.
        title: The title of the book.
    """
    rows = []
    for number, doubt in enumerate(doubts):
        kind = f"{100 * doubt.score:.0f} %" if doubt.source and doubt.target else "no partner"
        sides = "".join(
            f'<div class="side" lang="{escape(code)}" dir="auto">{_shown(side, number, name)}</div>'
            for side, code, name in ((doubt.source, languages[0], "source"), (doubt.target, languages[1], "target"))
        )
        rows.append(
            f'<section data-chapter="{escape(doubt.chapter)}" data-number="{number}"><h2>{number + 1}. '
            f'{escape(doubt.chapter)} <small>{kind}</small></h2><div class="pair">{sides}</div>'
            f"<fieldset><legend>Do these belong together?</legend>{_choices(number, doubt)}</fieldset></section>"
        )
    data = lines(doubts).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    count = f"{len(doubts)} pair{'' if len(doubts) == 1 else 's'} to look at"
    return _PAGE.format(
        mark=PAGE_MARK,
        title=escape(title or "Review"),
        count=count,
        rows="\n".join(rows) or "<p>Nothing is in doubt.</p>",
        data=data,
    )


def _shown(side: Sequence[Piece], number: int, name: str) -> str:
    texts = "".join(
        f'<p class="name">{escape(piece.id)} <small>line {piece.line}</small></p>'
        f"<pre>{escape(piece.text[:_SHOWN])}{'…' if len(piece.text) > _SHOWN else ''}</pre>"
        for piece in side
    )
    names = " ".join(piece.id for piece in side)
    label = "Blocks of the source" if name == "source" else "Blocks of the translation"
    field = (
        f'<label>{label} <input name="{name}-{number}" value="{escape(names)}" size="30" spellcheck="false"></label>'
    )
    return (texts or '<p class="none">nothing</p>') + field


def _choices(number: int, doubt: Doubt) -> str:
    choices = [("", "not judged"), (RIGHT, "yes"), (WRONG, "no")]
    if not doubt.source or not doubt.target:
        choices = [("", "has no partner"), (RIGHT, "belongs to the blocks that I have written in")]
    return " ".join(
        f'<label><input type="radio" name="verdict-{number}" value="{value}"{" checked" if not value else ""}> '
        f"{text}</label>"
        for value, text in choices
    )


#: What a page has near its beginning, so that it can be told from other pages.
PAGE_MARK = '<meta name="generator" content="bilingual align --review">'
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
{mark}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: doubtful pairs</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 80rem; margin: 0 auto; padding: 0 1rem 6rem; }}
h2 {{ font-size: 1rem; margin: 0 0 .5rem; }}
section {{ border: 1px solid #8886; border-radius: .5rem; padding: .75rem; margin: 1rem 0; }}
.pair {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1rem; }}
.side {{ min-width: 0; }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: .25rem 0; }}
.name, .none, small {{ opacity: .75; margin: 0; }}
fieldset {{ border: 0; padding: .5rem 0 0; margin: 0; display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; }}
legend {{ float: left; padding: 0; font-weight: 600; }}
fieldset label {{ min-height: 1.75rem; }}
input:not([type=radio]) {{ font: inherit; max-width: 100%; }}
footer {{ position: fixed; inset: auto 0 0; padding: .75rem 1rem; background: Canvas; border-top: 1px solid #8886; }}
button {{ font: inherit; padding: .5rem 1rem; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{count}. Say of each whether the texts belong together; where another block is the right one, write its name (such as
t12-0a1b2c3d) into the field first. Then save, and run <code>bilingual align --apply</code> with the file.</p>
<main>
{rows}
</main>
<footer><button type="button" id="save">Save as JSON Lines</button> <output id="said">0 judged</output></footer>
<script type="application/x-ndjson" id="data">
{data}</script>
<script>
const rows = document.getElementById("data").textContent.trim().split("\\n").filter(Boolean).map(JSON.parse);
const value = name => document.querySelector(`[name="${{name}}"]:is(:checked, :not([type=radio]))`).value;
const names = name => value(name).split(/[\\s,]+/).filter(Boolean);
const judged = () => rows.map((row, n) => ({{
  ...row,
  verdict: value(`verdict-${{n}}`),
  source: names(`source-${{n}}`),
  target: names(`target-${{n}}`),
}}));
document.addEventListener("change", () => {{
  document.getElementById("said").textContent = `${{judged().filter(row => row.verdict).length}} judged`;
}});
document.getElementById("save").addEventListener("click", () => {{
  const link = document.createElement("a");
  const text = judged().map(row => JSON.stringify(row) + "\\n");
  link.href = URL.createObjectURL(new Blob(text, {{type: "application/x-ndjson"}}));
  link.download = "verdicts.jsonl";
  link.click();
}});
</script>
</body>
</html>
"""
