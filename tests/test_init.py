"""Projects of the site generators that people use, as they configure them, and what init proposes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from bilingual.config import Config, load
from bilingual.diagnostics import BilingualError
from bilingual.init import Plan, plan, toml, write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

CHINESE = "# 前言\n\n本书讲解大语言模型。\n"


def project(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def initialised(root: Path, source: str | None = None, targets: Sequence[str] = ()) -> tuple[Plan, Config]:
    """The plan, and the configuration that what was written loads as."""
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    found = plan(root, source, targets)
    file = write(found)
    assert file == root / "bilingual.toml"
    after = {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and path != file}
    assert after == before, "init changes no other file"
    for reason in found.evidence:
        assert f"# - {reason}" in file.read_text(encoding="utf-8")
    return found, load(file)


def chapters(config: Config, *paths: str) -> list[str | None]:
    return [config.source_name(path) for path in paths]


# --- MkDocs

MKDOCS = """\
site_name: 动手学大模型
docs_dir: docs
theme:
  name: material
  language: zh
  custom_dir: !ENV [THEME_DIR, overrides]
plugins:
  - search:
      lang: [zh, en]
{i18n}
markdown_extensions:
  - admonition
  - pymdownx.arithmatex:
      generic: true
  - pymdownx.emoji:
      emoji_index: !!python/name:material.extensions.emoji.twemoji
      emoji_generator: !!python/name:material.extensions.emoji.to_svg
  - toc:
      slugify: !!python/object/apply:pymdownx.slugs.slugify
        kwds: {{case: lower}}
nav:
  - 首页: index.md
"""

I18N = """\
  - i18n:
      docs_structure: {structure}
      languages:
        - locale: zh
          default: true
          name: 简体中文
          build: true
        - locale: en
          name: English
          build: true
"""


def test_mkdocs_with_suffixes(tmp_path: Path) -> None:
    text = MKDOCS.format(i18n=I18N.format(structure="suffix"))
    found, config = initialised(project(tmp_path, {"mkdocs.yml": text, "docs/a/index.md": CHINESE}))
    assert (found.generator, config.dialect.preset, config.title) == ("MkDocs", "mkdocs", "动手学大模型")
    assert (config.source_code, config.target_codes) == ("zh", ("en",))
    assert str(config.target_path("en", "a/index.md")) == "docs/a/index.en.md"
    assert chapters(config, "docs/a/index.md", "docs/a/index.en.md") == ["a/index.md", None]


def test_mkdocs_with_suffixes_whose_default_is_not_the_source(tmp_path: Path) -> None:
    text = MKDOCS.format(i18n=I18N.format(structure="suffix"))
    root = project(tmp_path, {"mkdocs.yml": text, "docs/index.md": "Text"})
    _, config = initialised(root, "en", ["zh"])
    assert str(config.source_path("index.md")) == "docs/index.en.md"
    assert str(config.target_path("zh", "index.md")) == "docs/index.zh.md"


def test_mkdocs_with_folders(tmp_path: Path) -> None:
    text = MKDOCS.format(i18n=I18N.format(structure="folder"))
    _, config = initialised(project(tmp_path, {"mkdocs.yml": text, "docs/zh/index.md": CHINESE}), "zh-CN")
    assert str(config.source_path("index.md")) == "docs/zh/index.md", "the folder is spelled as MkDocs does"
    assert str(config.target_path("en", "index.md")) == "docs/en/index.md"
    assert chapters(config, "docs/zh/index.md", "docs/en/index.md") == ["index.md", None]


def test_mkdocs_with_the_plugin_before_its_version_1(tmp_path: Path) -> None:
    i18n = "  - i18n:\n      default_language: zh\n      languages:\n        en: English\n        ja: 日本語\n"
    text = MKDOCS.format(i18n=i18n) + "  - nl2br\n"
    text = (
        text.replace("nav:\n", "extra: 1\nnav:\n").replace("  - nl2br\n", "").replace("  - admonition\n", "  - nl2br\n")
    )
    _, config = initialised(project(tmp_path, {"mkdocs.yaml": text, "docs/index.md": CHINESE}))
    assert config.target_codes == ("en", "ja")
    assert str(config.target_path("ja", "index.md")) == "docs/index.ja.md"
    assert config.dialect.line_breaks == "keep", "nl2br shows line breaks"


def test_mkdocs_without_the_plugin_and_with_another_folder(tmp_path: Path) -> None:
    text = "site_name: Guide\ndocs_dir: ./manual/\nplugins: [search]\n"
    found, config = initialised(project(tmp_path, {"mkdocs.yml": text, "manual/index.md": "Hello."}))
    assert (config.source_code, config.target_codes) == ("en", ("zh",)), "the texts hold no Chinese"
    assert str(config.target_path("zh", "a.md")) == "manual/zh/a.md"
    assert chapters(config, "manual/a.md", "manual/zh/a.md") == ["a.md", None]
    assert any("mkdocs-static-i18n" in each for each in found.advice)


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "",
        "- 1",
        "docs_dir: /srv/docs",
        "docs_dir: ../docs",
        "docs_dir: 3",
        "date: 2026-99-99",
        "plugins: {i18n: {languages: 3}}",
        "plugins: [i18n: {languages: [3, {locale: null}, {locale: [x]}]}]",
        "? [a]\n: b",
        "&a [*a]",
        "markdown_extensions: {nl2br: null}",
        "!!python/object/apply:os.system [exit 3]",
        'site_name: "\\e[31m\\u202e"',
        "docs_dir: '{lang}'",
        "\x00",
    ],
)
def test_mkdocs_with_a_broken_or_hostile_file(tmp_path: Path, text: str) -> None:
    found, config = initialised(project(tmp_path, {"mkdocs.yml": text, "docs/index.md": CHINESE}))
    assert found.generator == "MkDocs"
    assert config.source_name("docs/index.md") == "index.md"
    assert "\x1b" not in toml(found)


def test_mkdocs_executes_nothing(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    text = f"extra: !!python/object/apply:os.mkdir [{trap}]\nsite_name: x\n"
    initialised(project(tmp_path, {"mkdocs.yml": text, "docs/index.md": CHINESE}))
    assert not trap.exists()


# --- mdBook

BOOK = """\
[book]
authors = ["Zhang San"]
language = "zh-CN"
src = "src"
title = "Rust 程序设计"

[output.html]
mathjax-support = true
git-repository-url = "https://example.org/book"
"""


def test_mdbook(tmp_path: Path) -> None:
    root = project(tmp_path, {"book.toml": BOOK, "src/SUMMARY.md": "# 目录\n", "src/ch01.md": CHINESE})
    found, config = initialised(root)
    assert (found.generator, config.source_code, config.target_codes) == ("mdBook", "zh-CN", ("en",))
    assert config.title == "Rust 程序设计"
    assert config.dialect.has("backslash_math"), "MathJax is on"
    assert str(config.source_path("ch01.md")) == "src/ch01.md"
    assert str(config.target_path("en", "ch01.md")) == "en/src/ch01.md"
    assert chapters(config, "src/SUMMARY.md", "en/src/ch01.md") == ["SUMMARY.md", None]
    assert 'copy book.toml to en/book.toml and set language = "en" there' in found.advice


def test_mdbook_in_a_subfolder_with_a_folder_a_language(tmp_path: Path) -> None:
    text = '[book]\nsrc = "src/zh"\n'
    found, config = initialised(project(tmp_path, {"docs/book.toml": text, "docs/src/zh/SUMMARY.md": "# 目录\n"}))
    assert str(config.source_path("a.md")) == "docs/src/zh/a.md"
    assert str(config.target_path("en", "a.md")) == "docs/src/en/a.md"
    assert found.advice == (
        "`MDBOOK_BOOK__SRC=src/en MDBOOK_BOOK__LANGUAGE=en mdbook build docs -d book/en` builds it",
    )


@pytest.mark.parametrize(
    "text", ["", "[book", "book = 3", '[book]\nsrc = "../x"', '[book]\nlanguage = 3\ntitle = ["x"]']
)
def test_mdbook_with_a_broken_file(tmp_path: Path, text: str) -> None:
    found, config = initialised(project(tmp_path, {"book.toml": text, "src/a.md": CHINESE}))
    assert found.generator == "mdBook"
    assert config.source_name("src/a.md") == "a.md"


# --- VitePress

VITEPRESS = """\
import { defineConfig } from 'vitepress'
// srcDir: './wrong'
export default defineConfig({
  title: "大模型指南", /* title: 'wrong' */
  srcDir: './src',
  srcExclude: ['**/README.md', "drafts/**"],
  themeConfig: {
    search: { provider: 'local', options: { locales: { ja: { translations: { button: { buttonText: 'x' } } } } } },
    nav: [{ text: '首页', link: 'https://example.org/' }],
  },
  locales: {
    root: { label: '简体中文', lang: 'zh-CN' },
    'en': { label: 'English', lang: "en-US", link: `/en/`, themeConfig: { nav: [{ text: 'a,b}' }] } },
    ko: ko,
    ...more,
  },
})
"""


def test_vitepress(tmp_path: Path) -> None:
    root = project(tmp_path, {"docs/.vitepress/config.mts": VITEPRESS, "docs/src/guide/index.md": CHINESE})
    found, config = initialised(root)
    assert (found.generator, config.dialect.preset, config.title) == ("VitePress", "vitepress", "大模型指南")
    assert (config.source_code, config.target_codes) == ("zh-CN", ("en", "ko"))
    assert str(config.source_path("guide/index.md")) == "docs/src/guide/index.md"
    assert str(config.target_path("en", "guide/index.md")) == "docs/src/en/guide/index.md"
    assert chapters(config, "docs/src/guide/index.md", "docs/src/en/guide/index.md") == ["guide/index.md", None]
    assert [config.included(each) for each in ("a/README.md", "drafts/x.md", "a.md")] == [False, False, True]
    assert not found.advice


def test_vitepress_with_english_at_the_root(tmp_path: Path) -> None:
    text = """
        export default {
          locales: { root: { label: 'English', lang: 'en' }, zh: { label: '中文', lang: 'zh-Hans' } },
          srcExclude: ['zh/old/**', 'blog/**'],
        }
    """
    _, config = initialised(project(tmp_path, {".vitepress/config.js": text, "zh/index.md": CHINESE, "index.md": "Hi"}))
    assert (config.source_code, config.target_codes) == ("zh", ("en",))
    assert str(config.source_path("a.md")) == "zh/a.md"
    assert str(config.target_path("en", "a.md")) == "a.md"
    assert chapters(config, "zh/a.md", "a.md") == ["a.md", None]
    assert config.exclude == ("old/**",)


def test_vitepress_without_locales(tmp_path: Path) -> None:
    text = "export default { title: 'x', lang: 'zh-CN' }"
    found, config = initialised(project(tmp_path, {"docs/.vitepress/config.ts": text, "docs/index.md": CHINESE}))
    assert config.source_code == "zh-CN"
    assert str(config.target_path("en", "index.md")) == "docs/en/index.md"
    assert found.advice == ("add en to `locales` in docs/.vitepress/config.ts",)


def test_vitepress_with_a_folder_of_configurations(tmp_path: Path) -> None:
    files = {
        "docs/.vitepress/config/index.ts": "import { zh } from './zh'\nexport default { locales: { root: zh, en } }",
        "docs/.vitepress/config/zh.ts": "export const zh = { lang: 'zh-CN', title: '指南' }",
        "docs/index.md": CHINESE,
    }
    _, config = initialised(project(tmp_path, files))
    assert (config.source_code, config.target_codes) == ("zh-CN", ("en",))


@pytest.mark.parametrize(
    "text",
    ["", "locales: {", "locales: { root", "locales: {'", "srcDir: '/srv'", "{" * 50_000, "locales: {" + "[" * 50_000],
)
def test_vitepress_with_a_broken_file(tmp_path: Path, text: str) -> None:
    found, config = initialised(project(tmp_path, {".vitepress/config.mjs": text, "a.md": CHINESE}))
    assert found.generator == "VitePress"
    assert config.source_name("a.md") == "a.md"


# --- docsify

DOCSIFY = """\
<!DOCTYPE html>
<html><body><div id="app"></div>
<script>
  window.$docsify = {
    name: '算法笔记',
    repo: 'https://github.com/example/notes',
    loadSidebar: true,
    // basePath: '/wrong/',
  }
</script>
<script src="//cdn.jsdelivr.net/npm/docsify@4"></script>
</body></html>
"""


def test_docsify(tmp_path: Path) -> None:
    files = {"docs/index.html": DOCSIFY, "docs/_sidebar.md": "* [首页](/)\n", "docs/README.md": CHINESE}
    found, config = initialised(project(tmp_path, files))
    assert (found.generator, config.title, config.source_code) == ("docsify", "算法笔记", "zh")
    assert str(config.target_path("en", "README.md")) == "docs/en/README.md"
    assert chapters(config, "docs/_sidebar.md", "docs/en/README.md") == ["_sidebar.md", None]


def test_docsify_at_the_root(tmp_path: Path) -> None:
    _, config = initialised(project(tmp_path, {"index.html": DOCSIFY, "README.md": CHINESE}))
    assert str(config.target_path("en", "README.md")) == "en/README.md"


def test_docsify_with_translations_there_already(tmp_path: Path) -> None:
    files = {
        "docs/index.html": DOCSIFY,
        "docs/README.md": "Hi",
        "docs/zh-cn/README.md": CHINESE,
        "docs/de/README.md": "Hallo",
    }
    _, config = initialised(project(tmp_path, files))
    assert config.source_code == "zh-cn"
    assert str(config.source_path("README.md")) == "docs/zh-cn/README.md"
    assert str(config.target_path("de", "README.md")) == "docs/de/README.md"


def test_another_index_html_is_no_docsify(tmp_path: Path) -> None:
    assert plan(project(tmp_path, {"index.html": "<p>docsify</p>", "a.md": CHINESE})).generator == ""


# --- Sphinx and Jupyter Book

CONF = """\
import os, sys
sys.path.insert(0, os.path.abspath('.'))
open({trap!r}, 'w').close()
project = '深度学习'
language: str = 'zh_CN'
extensions = ['myst_parser', 'sphinx.ext.mathjax']
locale_dirs = ['../locale']
exclude_patterns = ['_build', 'Thumbs.db', 'drafts/**', '**/*.rst']
release = os.environ.get('RELEASE', '1')
"""


def test_sphinx(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    text = CONF.format(trap=str(trap))
    found, config = initialised(project(tmp_path, {"docs/conf.py": text, "docs/index.md": CHINESE}))
    assert not trap.exists(), "conf.py is not executed"
    assert (found.generator, config.dialect.preset, config.title) == ("Sphinx", "myst", "深度学习")
    assert (config.source_code, config.target_codes) == ("zh_CN", ("en",))
    assert str(config.source_path("index.md")) == "docs/index.md"
    assert str(config.target_path("en", "index.md")) == "en/docs/index.md"
    assert str(config.catalog_path("en", "index.md")) == "po/en/index.po", "Sphinx has catalogs in locale/"
    assert config.exclude == ("drafts/**",)
    assert "`sphinx-build -c docs -D language=en en/docs build/en/site` builds it" in found.advice


@pytest.mark.parametrize("text", ["extensions = [", "extensions = ['myst_parser']\x00", "extensions = " + "(" * 3000])
def test_sphinx_with_a_broken_file(tmp_path: Path, text: str) -> None:
    found, config = initialised(project(tmp_path, {"docs/source/conf.py": text, "docs/source/a.md": CHINESE}))
    assert found.generator == "Sphinx"
    assert config.source_name("docs/source/a.md") == "a.md"


def test_a_conf_py_of_something_else_is_no_sphinx(tmp_path: Path) -> None:
    assert plan(project(tmp_path, {"conf.py": "DEBUG = True\n", "a.md": CHINESE})).generator == ""


def test_jupyter_book(tmp_path: Path) -> None:
    files = {
        "book/_config.yml": (
            "title: 机器学习\nexclude_patterns: [_build, 'old/*']\nsphinx:\n  config:\n    language: zh_CN\n"
        ),
        "book/_toc.yml": "format: jb-book\nroot: intro\n",
        "book/intro.md": CHINESE,
    }
    found, config = initialised(project(tmp_path, files))
    assert (found.generator, config.dialect.preset, config.title) == ("Jupyter Book", "myst", "机器学习")
    assert str(config.target_path("en", "intro.md")) == "en/book/intro.md"
    assert config.exclude == ("old/*",)
    assert found.advice == ("copy _config.yml and _toc.yml to en/book/ and set the language there",)


def test_jekyll_is_no_jupyter_book(tmp_path: Path) -> None:
    assert plan(project(tmp_path, {"_config.yml": "title: x\n", "a.md": CHINESE})).generator == ""


# --- no generator


def test_content_in_folders_of_languages(tmp_path: Path) -> None:
    files = {"content/zh/a.md": CHINESE, "content/de/a.md": "Hallo", "docs/notes.md": CHINESE}
    _, config = initialised(project(tmp_path, files))
    assert (config.source_code, config.target_codes) == ("zh", ("de",))
    assert str(config.source_path("a.md")) == "content/zh/a.md"


@pytest.mark.parametrize(
    ("files", "source", "target"),
    [
        (("docs/a.md",), "docs/a.md", "docs/en/a.md"),
        (("src/a.md",), "src/a.md", "src/en/a.md"),
        (("a.md",), "a.md", "en/a.md"),
        (("docs/zh-CN/a.md",), "docs/zh-CN/a.md", "docs/en/a.md"),
    ],
)
def test_the_folder_that_holds_chinese(tmp_path: Path, files: Sequence[str], source: str, target: str) -> None:
    english = {"README.md": "Hi", "docs/x.md": "Hi"}
    _, config = initialised(project(tmp_path, {**english, **dict.fromkeys(files, CHINESE)}))
    assert str(config.source_path("a.md")) == source
    assert str(config.target_path("en", "a.md")) == target


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("book/a.md", "book-en/a.md"),
        ("book-zh/a.md", "book-en/a.md"),
        ("docs/book_zh_CN/a.md", "docs/book_en-US/a.md"),
        ("chinese/a.md", "english/a.md"),
        ("cn/a.md", "en/a.md"),
        ("zh-CN/a.md", "en-US/a.md"),
        ("docs/zh-CN/a.md", "docs/en-US/a.md"),
    ],
)
def test_two_folders_that_are_called_after_their_languages(tmp_path: Path, source: str, target: str) -> None:
    files = {source: CHINESE, target: "# Preface\n", "README.md": "Hi", "notes/intro.md": CHINESE}
    found, config = initialised(project(tmp_path, files))
    (code,) = config.target_codes
    assert (found.source[:2], code) == ("zh", "en-US" if "en-US" in target else "en")
    assert chapters(config, source, target, "README.md") == ["a.md", None, None]
    assert str(config.target_path(code, "a.md")) == target


def test_the_folder_without_a_language_has_the_source(tmp_path: Path) -> None:
    files = {"book/a.md": "Hi", "book-zh/a.md": CHINESE, "book-ja/a.md": CHINESE, "intro-ml/a.md": "Hi"}
    _, config = initialised(project(tmp_path, files))
    assert (config.source_code, config.target_codes) == ("en", ("ja", "zh"))
    assert chapters(config, "book/a.md", "book-zh/a.md", "intro-ml/a.md") == ["a.md", None, None]


def test_a_region_stays_where_folders_have_it(tmp_path: Path) -> None:
    files = {"mkdocs.yml": "site_name: 书\n", "docs/zh-CN/a.md": CHINESE, "docs/en-US/a.md": "Hi"}
    _, config = initialised(project(tmp_path, files))
    assert (config.source_code, config.target_codes) == ("zh-CN", ("en-US",))


def test_english_texts_and_an_empty_folder(tmp_path: Path) -> None:
    _, config = initialised(project(tmp_path / "a", {"docs/a.md": "Hello"}))
    assert (config.source_code, config.target_codes) == ("en", ("zh",))
    (tmp_path / "b").mkdir()
    _, config = initialised(tmp_path / "b")
    assert str(config.source_path("a.md")) == "content/zh/a.md"
    (tmp_path / "c").mkdir()
    _, config = initialised(tmp_path / "c", "en", ["zh-Hant", "de"])
    assert (config.source_code, config.target_codes) == ("en", ("zh-Hant", "de"))


# --- what is written


def test_every_key_is_there_with_its_default_in_a_comment(tmp_path: Path) -> None:
    text = toml(plan(tmp_path))
    for key in (
        *("source", "targets", "title", "build", "formats", "minimum", "include", "exclude", "front-matter"),
        *("line-breaks", "syntax-lines", "rewrite-links", "catalogs", "templates", "target", "catalog", "template"),
        *("dialect", "latin"),
    ):
        assert re.search(rf"^(?:# )?{key} = ", text, re.MULTILINE)
    everything = re.sub(r"^# (?=[a-z-]+ = )", "", text, flags=re.MULTILINE)
    (tmp_path / "all").mkdir()
    (tmp_path / "all" / "bilingual.toml").write_text(everything, encoding="utf-8")
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "bilingual.toml").write_text(text, encoding="utf-8")
    one, other = load(tmp_path / "all" / "bilingual.toml"), load(tmp_path / "none" / "bilingual.toml")
    assert one.fingerprint() == other.fingerprint(), "the defaults in the comments are the defaults"
    assert (one.build, one.include, one.minimum, one.formats) == (
        other.build,
        other.include,
        other.minimum,
        other.formats,
    )


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    for name in ("bilingual.toml", "pyproject.toml"):
        root = tmp_path / name.split(".")[0]
        text = '[tool.bilingual]\nsource = "zh"\n'
        project(root, {name: text})
        with pytest.raises(BilingualError) as caught:
            write(plan(root))
        assert caught.value.diagnostics[0].code == "init-exists"
        assert [(each.name, each.read_text(encoding="utf-8")) for each in root.iterdir()] == [(name, text)]


def test_a_configuration_above_does_not_forbid_one_below(tmp_path: Path) -> None:
    project(tmp_path, {"bilingual.toml": "", "pyproject.toml": "[tool.black]\n", "book/docs/a.md": CHINESE})
    assert write(plan(tmp_path / "book")) == tmp_path / "book" / "bilingual.toml"


def test_a_language_that_does_not_exist_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(BilingualError):
        write(plan(tmp_path, "zh", ["xx-nowhere"]))
    assert list(tmp_path.iterdir()) == []
