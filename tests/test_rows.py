"""Rows as HTML: what a reader of the website sees of the harder constructs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from book import CONFIG, make, translate
from support import done, run

if TYPE_CHECKING:
    from pathlib import Path


def published(root: Path, text: str, words: dict[str, str] | None = None, more: str = "") -> str:
    """The article of a chapter on its page with both languages."""
    make(root, {"content/zh/a.md": text}, CONFIG + more)
    done(root, "extract")
    translate(root, words or {})
    done(root, "merge", "--format", "html")
    return article(root / "build/en/html/a.html")


def article(page: Path) -> str:
    found = re.search(r"<article.*</article>", page.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found.group()


@pytest.mark.parametrize("item", ["`code`", "int32", "$x^2$", "待办"])
def test_a_task_keeps_its_content_and_its_box(tmp_path: Path, item: str) -> None:
    made = published(tmp_path, f"- [ ] {item}\n- [x] 完成\n")
    assert made.count("☐") >= 1
    assert made.count("☑") >= 1
    assert "x" in made if "x" in item else item.strip("`") in made


def test_notes_stand_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    made = published(tmp_path, "先[^b]后[^a]，又^[就地的注]。\n\n[^a]: 甲注\n\n[^b]: 乙注\n\n[^c]: 无人提及\n")
    notes = made[made.index('class="footnotes"') :]
    assert [notes.index(text) for text in ("乙注", "甲注", "就地的注", "无人提及")] == sorted(
        notes.index(text) for text in ("乙注", "甲注", "就地的注", "无人提及")
    )
    assert re.findall(r'<li id="fn-(\d)">', notes) == ["1", "2", "3", "4"]


def test_a_note_that_is_defined_twice_has_one_number(tmp_path: Path) -> None:
    made = published(tmp_path, "文[^a]。\n\n[^a]: 甲\n\n[^a]: 乙\n")
    assert made.count('id="fn-1"') == 1
    assert "甲" in made
    assert "乙" in made


def test_the_way_back_from_a_note_of_an_address(tmp_path: Path) -> None:
    made = published(tmp_path, "见文[^1]。\n\n[^1]: https://example.org/a\n")
    assert made.count('class="backref"') == 1


def test_details_stand_around_the_blocks_inside_of_them(tmp_path: Path) -> None:
    text = "<details>\n<summary>答案</summary>\n\n正文 **粗**。\n\n- 项\n\n</details>\n\n末。\n"
    made = published(tmp_path, text, {"答案": "Answer", "末。": "End."})
    inside = made[made.index("<details>") : made.index("</details>")]
    assert ">Answer<" in inside
    assert "正文" in inside
    assert "<li>" in inside
    assert "End." not in inside


@pytest.mark.parametrize(
    ("text", "together"),
    [
        ("由 $x$，得", ["$x$，"]),
        ("（$x$）。得", ["（$x$）。"]),
        ("称“$x$”；$y$", ["“$x$”；"]),
        ("第 $n$th 个 $n$-gram，$k$ 个", ["$n$th", "$n$-"]),
        ("**甲 $x$**，乙", ["**$x$**，"]),
        ("见 *$x$ 的*（**$y$ 值**）。", ["（**$y$**"]),
        ("[$x$](https://example.org/)。", ["[$x$]。"]),
        ("$x$[^1]，$y$ 与字，字", ["$x$^1"]),
        ("$x$<br>，字<b>$y$，</b>", ["$y$，"]),
        ("$x$ ，字 `y`，字", []),
        ("$\\frac{1}{$，字", []),
    ],
)
def test_a_formula_and_the_marks_at_it_stay_on_a_line(tmp_path: Path, text: str, together: list[str]) -> None:
    make(tmp_path, {"content/zh/a.md": f"{text}\n\n[^1]: 注\n"}, CONFIG)
    done(tmp_path, "extract")
    run("merge", "--format", "html", cwd=tmp_path)
    made = article(tmp_path / "build/en/html/a.html")
    cell = re.search(r'<p (?:class="cell src" )?lang="zh">(.*?)</p>', made)
    assert cell
    short = re.sub(r"<math>.*?<annotation[^>]*>(.*?)</annotation></semantics></math>", r"$\1$", cell[1])
    short = re.sub(r"<sup.*?>(\d)</a></sup>", r"^\1", short)
    found = re.findall(r'<span class="tie">(.*?)</span>', short)
    marks = (("</?strong>", "**"), ("<a [^>]*>", "["), ("</a>", "]"))
    for tag, mark in marks:
        found = [re.sub(tag, mark, each) for each in found]
    assert found == together
    # Nothing is lost or added.
    assert re.sub(r"<[^>]*>|\^1", "", short) == re.sub(r"\*|\[\^1\]|<[^>]*>|[\[`\n]|\]\([^)]*\)", "", text).replace(
        "$\\frac{1}{$", "\\frac{1}{"
    )


def test_references_in_a_chinese_book_are_english(tmp_path: Path) -> None:
    text = "- Vaswani, A. (2017). *Attention*.\n- 2017\n- int32 与\n\n| GPT | BERT |\n|---|---|\n| 1 | 2 |\n"
    made = published(tmp_path, text)
    assert re.findall(r'<p lang="(\w+)">([\w\d]+)', made) == [("en", "Vaswani"), ("zh", "2017")]
    assert '<div class="scroll" tabindex="0" lang="en">' in made


def test_a_heading_level_that_is_left_out_is_no_gap(tmp_path: Path) -> None:
    made = published(tmp_path, "## 二\n\n#### 四\n\n### 三\n")
    assert re.findall(r"<h(\d)>", made) == ["1", "2", "3"]


def test_an_anchor_of_a_name_of_ours_is_found(tmp_path: Path) -> None:
    made = published(tmp_path, "# Search\n\n到[上面](#search)。\n")
    (target,) = set(re.findall(r'href="#(search[^"]*)"', made))
    assert made.count(f'id="{target}"') == 1
    assert target != "search"


def test_the_edit_link_of_each_page_leads_to_its_own_catalog(tmp_path: Path) -> None:
    make(
        tmp_path,
        {"content/zh/a.md": "甲。\n", "content/zh/b.md": "乙。\n"},
        f'{CONFIG}[render.html]\nrepository = "https://example.org/book"\n',
    )
    done(tmp_path, "extract")
    done(tmp_path, "merge", "--format", "html")
    for name in ("a", "b"):
        page = (tmp_path / f"build/en/html/{name}.html").read_text("utf-8")
        assert set(re.findall(r'[^"]+\.po', page)) == {
            f"https://example.org/book/edit/main/locale/en/LC_MESSAGES/{name}.po"
        }


def test_a_chapter_that_cannot_be_read_leaves_what_was_published(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/a.md": "甲。\n", "content/zh/b.md": "乙。\n"})
    done(tmp_path, "extract")
    done(tmp_path, "merge", "--format", "html", "--format", "epub")
    (tmp_path / "content/zh/b.md").write_bytes("乙。".encode("gb18030"))
    result = run("merge", "--format", "html", "--format", "epub", cwd=tmp_path)
    assert result.returncode == 2
    assert "file-encoding" in result.stderr
    assert "fault of bilingual" not in result.stderr
    assert "乙。" in (tmp_path / "build/en/html/b.html").read_text("utf-8")


def test_chapters_in_folders_of_languages_have_pages_of_their_own(tmp_path: Path) -> None:
    make(tmp_path, {"content/zh/en/x.md": "甲。\n", "content/zh/en_/x.md": "乙。\n", "content/zh/x.md": "丙。\n"})
    done(tmp_path, "extract")
    done(tmp_path, "merge", "--format", "html")
    texts = [path.read_text("utf-8") for path in (tmp_path / "build/en/html").rglob("x*.html")]
    for word in ("甲。", "乙。", "丙。"):
        assert sum(word in text.split("<article")[1] for text in texts) == 3


def test_pictures_of_one_name_in_two_folders_are_two(tmp_path: Path) -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"\0" * 16
    make(
        tmp_path,
        {
            "content/zh/a.md": "![一](../img/a.png)\n\n![二](https://cdn.example.org/a.png)\n",
            "content/img/a.png": png + b"1",
            "img/a.png": png + b"2",
        },
        f'{CONFIG}[assets]\nmap = {{ "https://cdn.example.org/" = "img" }}\n',
    )
    done(tmp_path, "extract")
    done(tmp_path, "merge", "--format", "html")
    page = article(tmp_path / "build/en/html/a.html")
    sources = re.findall(r'src="([^"]+)"', page)
    assert [(tmp_path / "build/en/html" / each).read_bytes()[-1:] for each in sources] == [b"1", b"2"]


def test_an_edition_of_two_translations_says_which_language_each_cell_is_in(tmp_path: Path) -> None:
    text = "# 题\n\n一。\n\n二。\n\n见[上](#题)。\n"
    editions = '[[editions]]\nsource = "en"\ntarget = "ja"\n'
    make(tmp_path, {"content/zh/a.md": text}, f'source = "zh"\ntargets = ["en", "ja"]\n{editions}')
    done(tmp_path, "extract")
    translate(tmp_path, {"题": "Title", "一。": "One."}, "en")
    translate(tmp_path, {"题": "見出し", "二。": "二です。"}, "ja")
    done(tmp_path, "merge", "--format", "html")
    (folder,) = (path for path in (tmp_path / "build").iterdir() if (path / "html").is_dir())
    page = article(folder / "html/a.html")
    rows = dict(re.findall(r'<p class="cell (src[^"]*)" lang="(\w+)">[^<]*二。', page))
    assert rows == {"src untranslated": "zh"}
    assert re.search(r'<p class="cell tgt" lang="ja">二です。</p>', page)
    assert re.search(r'<p class="cell tgt untranslated" lang="zh">一。', page)
    assert 'href="#%E9%A2%98"' in page
    assert 'id="题"' in page


def test_english_into_chinese(tmp_path: Path) -> None:
    make(tmp_path, {"content/en/a.md": "# Title\n\nOne. Two.\n"}, 'source = "en"\ntargets = ["zh"]\n')
    done(tmp_path, "extract")
    translate(tmp_path, {"Title": "标题", "One. Two.": "一。二。"}, "zh")
    done(tmp_path, "merge", "--format", "html")
    page = article(tmp_path / "build/zh/html/a.html")
    assert '<p class="cell src" lang="en"><span class="s">One. </span><span class="s">Two.</span></p>' in page
    assert '<p class="cell tgt" lang="zh"><span class="s">一。</span><span class="s">二。</span></p>' in page
