from __future__ import annotations

import unicodedata

import pytest

from bilingual.language import count, has_han, language, parse_tag, same, wide


def test_codes_of_one_language_are_the_same() -> None:
    chinese = ["zh", "zh-CN", "zh_CN", "zh-Hans", "zh_hans_cn", "cmn-Hans", "ZH-cn"]
    assert all(same(one, other) for one in chinese for other in chinese)
    assert same("zh-TW", "zh-Hant")
    assert not same("zh", "zh-TW")
    assert not same("zh", "en")
    assert not same("pt", "pt-BR")
    assert parse_tag("zh_hans_cn") == "zh-Hans-CN"


@pytest.mark.parametrize("code", ["", "z", "中文", "en US", "../x", "qqqq", "xx-yy-zz"])
def test_what_is_no_language_is_refused_with_a_hint(code: str) -> None:
    with pytest.raises(ValueError, match="write"):
        language(code)


@pytest.mark.parametrize(
    ("code", "gettext", "han", "latin", "rtl"),
    [
        ("zh", "zh", True, False, False),
        ("zh-Hans", "zh_CN", True, False, False),
        ("zh-Hant", "zh_TW", True, False, False),
        ("zh-TW", "zh_TW", True, False, False),
        ("en", "en", False, True, False),
        ("pt-BR", "pt_BR", False, True, False),
        ("ja", "ja", True, False, False),
        ("ko", "ko", False, False, False),
        ("ar", "ar", False, False, True),
        ("ru", "ru", False, False, False),
        ("sr-Latn", "sr@latn", False, True, False),
    ],
)
def test_scripts(code: str, gettext: str, han: bool, latin: bool, rtl: bool) -> None:
    found = language(code)
    assert (found.gettext, found.han, found.latin, found.rtl) == (gettext, han, latin, rtl)
    assert found.plural_forms.startswith("nplurals=")


def test_names() -> None:
    assert language("zh").name() == "中文"
    assert language("zh").name(language("en")) == "Chinese"
    assert language("en").name(language("zh")) == "英语"


def test_counting() -> None:
    assert count("用 PyTorch 2.0 训练 GPT-4 模型。", language("zh")) == 8
    assert count("Don't panic: it's a well-known end.", language("en")) == 6
    assert has_han("a中")
    assert not has_han("한국어 かな, abc")


def test_wide_characters() -> None:
    assert all(map(wide, "中，。《》？１あア㊙"))
    assert not any(map(wide, "aé“—…·한글ㄱ½ "))
    assert not wide("")
    for code in range(0x1100, 0x3400):
        char = chr(code)
        if "HANGUL" not in unicodedata.name(char, "HANGUL"):
            assert wide(char) == (unicodedata.east_asian_width(char) in "WF"), hex(code)
