"""Published websites that tests read: the sample book, and a book that has a row of every kind."""

from __future__ import annotations

import os
import shutil
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pseudo
from bilingual.config import load
from book import edit, make
from support import ROOT, done

if TYPE_CHECKING:
    from bilingual.catalog import Entry

#: Where the website of a project is.
SITE = "build/en/html"
ADDRESS = "https://books.example.org/sequences/"


def node_module(path: str) -> Path:
    """A file of the node modules in the folder that BILINGUAL_NODE_MODULES names; skips or fails as system_program."""
    required = os.environ.get("BILINGUAL_REQUIRE_SYSTEM") == "1"
    folder = os.environ.get("BILINGUAL_NODE_MODULES")
    if not folder:
        if required:
            pytest.fail("BILINGUAL_NODE_MODULES is not set, and BILINGUAL_REQUIRE_SYSTEM=1")
        pytest.skip(f"BILINGUAL_NODE_MODULES does not name a folder that has {path}")
    found = Path(folder, path)
    if not found.is_file():
        pytest.fail(f"BILINGUAL_NODE_MODULES names {folder}, which has no {path}")
    return found


def png(width: int, height: int, shade: int) -> bytes:
    """A picture of one grey."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    lines = (b"\0" + bytes([shade]) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


CONFIG = f"""\
source = "zh"
targets = ["en"]
minimum = "draft"

[markdown.extensions]
definition_lists = true
containers = true

[book]
title = {{ zh = "数列三讲", en = "Three Lectures on Sequences" }}
subtitle = {{ zh = "写给测试的书", en = "A Book for Tests" }}
description = {{ zh = "每一种段落都有。", en = "It has every kind of passage." }}
authors = ["陈明"]
translators = ["Anna Meier"]
licence = "CC BY-SA 4.0"
licence-url = "https://creativecommons.org/licenses/by-sa/4.0/"

[[book.parts]]
title = {{ zh = "第一部分 文字", en = "Part I: Text" }}
chapters = ["text/README.md", "text/objects.md"]

[[book.parts]]
title = {{ zh = "第二部分 状态", en = "Part II: States" }}
chapters = ["states.md"]

[render.html]
site-url = "{ADDRESS}"
repository = "https://git.example.org/chen/sequences"
"""

#: Translations that tests look for; the rest is translated by `pseudo.english`.
TEXTS = {
    "数列与文字": "Sequences and Text",
    "数列是一列有顺序的数。每一个数叫做一项，例如 $a_1$ 和 $a_2$。"
    "**等差数列**的相邻两项之差相同，见[下一章](objects.md#formulas)。": (
        "A sequence is an ordered list of numbers. Each number is called a term, such as $a_1$ and $a_2$. Neighbouring "
        "terms of an **arithmetic progression** have the same difference, see the [next chapter](objects.md#formulas)."
    ),
    "没有第二句的段落，里面有 `code_of(x)` 和 Transformer 这样的 Latin words。": (
        "A paragraph without a second sentence, with `code_of(x)` and Latin words such as Transformer."
    ),
    "列表": "Lists",
    "公式": "Formulas",
    "公式、代码与图": "Formulas, Code and Figures",
    "译文的状态": "States of Translations",
    "![一张两种语言共用的图](../img/shared.png)": "![A figure that both languages share](../img/shared.png)",
    "机器翻译的草稿。": "A draft of a machine.",
    "原文改过的一段话。": "A paragraph whose source has changed.",
    "译文坏了的一段话。": "- not a paragraph",
}
MISSING = ("还没有翻译的一段话。它有两句。", "没有翻译的标题", "没有翻译的一项。")


def published(root: Path, code: int = 0) -> Path:
    """Publish the website of a project with the real command and return its folder."""
    done(root, "merge", "--format", "html", code=code)
    return root / SITE


def sample(root: Path) -> Path:
    """Publish the book that comes with the project."""
    for name in ("content", "locale"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "bilingual.toml", root)
    return published(root)


def everything(root: Path, config: str = CONFIG) -> Path:
    """Publish a book of three chapters that has a row of every kind and in every state."""
    chapters = ROOT / "tests/everything"
    files: dict[str, str | bytes] = {
        **{f"content/zh/{path.relative_to(chapters).as_posix()}": path.read_bytes() for path in chapters.rglob("*.md")},
        "content/zh/img/shared.png": png(120, 60, 160),
        "content/zh/img/fig.png": png(900, 40, 80),
        "content/zh/img/fig.en.png": png(900, 40, 200),
        "logo.png": png(52, 52, 100),
    }
    make(root, files, config)
    done(root, "extract")
    pseudo.fill(root / "locale", load(root / "bilingual.toml").dialect, TEXTS)
    edit(root / "locale/en/LC_MESSAGES/states.po", _with_state)
    return published(root, code=1)  # one translation is put back


def _with_state(entry: Entry) -> Entry:
    if entry.msgid in MISSING:
        return replace(entry, msgstr="")
    if entry.msgid.startswith("机器"):
        return replace(entry, flags=("fuzzy",))
    if entry.msgid.startswith("原文"):
        return replace(entry, flags=("fuzzy",), previous="原文没有改过的一段话。")
    return entry
