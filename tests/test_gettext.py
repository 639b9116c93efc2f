from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bilingual.catalog import Catalog, Entry, from_polib, new_header, read, to_polib, write
from support import run, shared, system_program

if TYPE_CHECKING:
    from pathlib import Path

# Everything but NUL and lone surrogates, which no PO file holds; the control characters are those of C's escapes.
CHARS = st.one_of(
    st.sampled_from("\n\n\t\r\a\b\f\v\\\"'%#~|,: \u2028\u3000\xa0\u0085\u202e\ufeff译文a\U0001f600"),
    st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]),
)
TEXT = st.text(CHARS, max_size=40)
FULL = TEXT.filter(bool)
# What a comment line holds: neither line ends nor the marks that would make it another kind of line.
COMMENT = st.lists(st.text(st.characters(categories=["L", "N"], include_characters="\\"), max_size=20), max_size=3).map(
    "\n".join
)
NAME = st.text(st.characters(categories=["L", "N"], include_characters="/._-"), min_size=1, max_size=30).filter(
    lambda name: not name.startswith("./")
)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    msgid = draw(FULL)
    msgstr = draw(TEXT)
    # msgfmt demands that both begin and end with a newline or neither does, which `canonical` sees to.
    if msgstr:
        msgid, msgstr = msgid.strip("\n") or "x", msgstr.strip("\n") or "y"
    fuzzy = bool(msgstr) and draw(st.booleans())
    obsolete = bool(msgstr) and draw(st.booleans())
    return Entry(
        msgid,
        msgstr,
        draw(st.one_of(st.none(), FULL)),
        ()
        if obsolete
        else tuple(draw(st.lists(st.builds("{}.md:{}".format, NAME, st.integers(1, 9999)), max_size=4, unique=True))),
        ("fuzzy",) if fuzzy else (),
        draw(COMMENT),
        "" if obsolete else draw(COMMENT),
        draw(FULL) if fuzzy else None,
        None,
        obsolete,
    )


HEADER = new_header(source="zh", target="en", project="书")
CATALOGS = st.lists(entries(), min_size=1, max_size=8, unique_by=lambda entry: entry.key).map(
    lambda made: Catalog(tuple(sorted(made, key=lambda entry: entry.obsolete)), HEADER)
)


def gettext(*args: str, text: str, cwd: Path | None = None) -> tuple[int, str, str]:
    done = subprocess.run(args, input=text.encode(), capture_output=True, check=False, cwd=cwd)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(CATALOGS)
def test_reading_what_was_written_gives_the_same_catalog(catalog: Catalog) -> None:
    assert read(write(catalog)) == catalog


@settings(deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))
@given(CATALOGS)
def test_msgcat_changes_no_byte_and_msgfmt_accepts(catalog: Catalog) -> None:
    text = write(catalog)
    code, out, errors = gettext(system_program("msgcat"), "--no-wrap", "-", text=text)
    assert code == 0, errors
    assert out == text
    code, _, errors = gettext(system_program("msgfmt"), "--check", "--output-file=/dev/null", "-", text=text)
    assert code == 0, errors


@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(CATALOGS)
def test_polib_and_back_loses_nothing(catalog: Catalog) -> None:
    assert from_polib(to_polib(catalog)).entries == catalog.entries


def test_every_catalog_and_template_of_a_real_book_is_as_gettext_writes_it(tmp_path: Path) -> None:
    book = shared() / "corpora" / "d2l-zh"
    msgcat, msgfmt = system_program("msgcat"), system_program("msgfmt")
    folder = tmp_path / "content" / "zh 书"
    for path in sorted(book.rglob("*.md"))[:60]:
        target = folder / path.relative_to(book)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    (tmp_path / "bilingual.toml").write_text(
        'source = "zh"\ntargets = ["en", "ja"]\ntemplates = true\n[paths]\nsource = "content/zh 书/{path}"\n',
        "utf-8",
    )
    assert run("extract", cwd=tmp_path).returncode == 0
    catalogs = sorted((tmp_path / "locale").rglob("*.po*"))
    assert len(catalogs) > 100
    for path in catalogs:
        text = path.read_bytes().decode()
        code, out, errors = gettext(msgcat, "--no-wrap", str(path), text="")
        assert (code, out) == (0, text), errors
        code, _, errors = gettext(msgfmt, "--check", "--output-file=/dev/null", str(path), text="")
        assert code == 0, errors
