"""Case files: each heading is a case; a `po catalog` says what is extracted, and `md merged` what merging it gives.

A case may begin with a line `dialect: PRESET, EXTENSION, -EXTENSION, EXTENSION.OPTION=true`. `md addenda` is what the
translation alone has.
`pytest --accept` rewrites what is expected:
the catalog keeps its translations, and the diff is read like code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bilingual.catalog import Catalog, State, read, write
from bilingual.diagnostics import concise
from bilingual.language import language
from bilingual.markdown.dialect import Dialect, dialect
from bilingual.markdown.parse import parse
from bilingual.merge import prove
from bilingual.structure import read_addenda, restructured
from bilingual.unit import units, wanted
from bilingual.update import template, update
from invariants import hold, pseudo

CASES = Path(__file__).parent / "cases"
_CASE = re.compile(r"^# (.+)\n((?:(?!^# ).*\n?)*)", re.MULTILINE)
_BLOCK = re.compile(
    r"^(`{4,}|~{4,})(md source|md addenda|po catalog|md merged|text findings)\n(.*?)^\1$\n?", re.MULTILINE | re.DOTALL
)
_DIALECT = re.compile(r"^dialect: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    path: Path
    title: str
    body: str

    def block(self, name: str) -> str | None:
        for match in _BLOCK.finditer(self.body):
            if match.group(2) == name:
                return match.group(3)
        return None

    @property
    def dialect(self) -> Dialect:
        match = _DIALECT.search(self.body.split("````", 1)[0])
        preset, *names = [part.strip() for part in match.group(1).split(",")] if match else ["github"]
        keep = "line-breaks=keep" in names
        switches: dict[str, bool | dict[str, object]] = {
            name.lstrip("-"): not name.startswith("-") for name in names if "=" not in name
        }
        for name in names:
            if option := re.fullmatch(r"(\w+)\.(\w+)=(true|false)", name):
                switches[option[1]] = {option[2]: option[3] == "true"}
        return dialect(preset, switches, line_breaks="keep" if keep else "fold")


def _text(path: Path) -> list[Case]:
    text = path.read_bytes().decode()
    cases = []
    # A heading inside a fenced block is none.
    position = 0
    starts = []
    fence = ""
    for line in text.split("\n"):
        if fence:
            fence = "" if line == fence else fence
        elif line.startswith(("````", "~~~~")):
            fence = line[: len(line) - len(line.lstrip(line[0]))]
        elif line.startswith("# "):
            starts.append(position)
        position += len(line) + 1
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        title, _, body = text[start:end].partition("\n")
        cases.append(Case(path, title[2:], body))
    return cases


def _all() -> list[Case]:
    return [case for path in sorted(CASES.rglob("*.md")) for case in _text(path)]


@pytest.mark.parametrize("case", _all(), ids=lambda case: f"{case.path.parent.name}/{case.path.stem}: {case.title}")
def test_case(case: Case, request: pytest.FixtureRequest) -> None:
    source = case.block("md source")
    assert source is not None, "a case has a source"
    chosen = case.dialect
    document = parse(source, path="a.md", dialect=chosen)
    zh, en = language("zh"), language("en")
    fresh = template([document], (), lambda segment: wanted(segment, chosen, zh, en))
    given = read(case.block("po catalog") or "", "a.po")
    updated, _ = update(replace(given, header=()), fresh)
    updated = Catalog(tuple(replace(entry, references=()) for entry in updated.entries))
    # Read back, so that findings name the lines that the case file has.
    paired = units(document, read(write(updated), "a.po"))
    addenda, unread = read_addenda(case.block("md addenda") or "", "addenda.md")
    merged = restructured(document, prove(document, paired, chosen), paired, chosen, State.STALE, addenda)
    findings = "".join(f"{concise(each)}\n" for each in (*document.diagnostics, *merged.diagnostics, *unread))
    expected = {
        "po catalog": write(updated) or None,
        # A case file cannot hold an empty text.
        "md merged": (merged.document.text or "\n") if merged.document.text != source else None,
        "text findings": findings or None,
    }
    hold(source, chosen, pseudo)
    if request.config.getoption("--accept"):
        _accept(case, expected)
        return
    for name, text in expected.items():
        assert case.block(name) == text


def _accept(case: Case, expected: dict[str, str | None]) -> None:
    text = case.path.read_bytes().decode()
    body = _BLOCK.sub(lambda match: match.group() if match.group(2) in ("md source", "md addenda") else "\0", case.body)
    body = re.sub("\\n*\0", "", body).rstrip("\n") + "\n"
    for name, block in expected.items():
        if block is not None:
            mark = "`" * max(4, *(len(run) + 1 for run in re.findall("`+", block) or [""]))
            body += f"\n{mark}{name}\n{block}{'' if block.endswith(chr(10)) else chr(10)}{mark}\n"
    old = f"# {case.title}\n{case.body}"
    assert old in text
    tail = "\n" if text.split(old, 1)[1] else ""
    case.path.write_bytes(text.replace(old, f"# {case.title}\n{body}{tail}").encode())
