"""A provider that damages every answer in a way of its own, and texts with much to lose."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

_WORDS = "模型 数据 训练 注意力 参数 梯度 损失 输入 输出 样本 层 词元 概率 向量 矩阵 优化 批量 学习率".split()


def _piece(chance: random.Random, *, markdown: bool) -> str:
    word = chance.choice(_WORDS)
    number = chance.randrange(1000)
    pieces = [
        f"${chance.choice('xyzw')}_{{{number}}}$",
        f"$\\frac{{{number}}}{{b}}$",
        f"`{chance.choice('abc')}[{number}]`",
        f"<b>{word}</b>",
        f"{{{{ v{number} }}}}",
        f"{word}（{number}）",
    ]
    if markdown:
        pieces += [
            f"[{word}](c{number}.md)",
            f"[**{word}**](https://example.org/{number})",
            f"![{word}](f{number}.png)",
            f"**{word}**",
        ]
    return chance.choice(pieces)


def text_to_damage(chance: random.Random, number: int) -> str:
    """A paragraph, or a caption in HTML, with formulas, code, links, tags and placeholders; each number its own."""
    markdown = number % 5 > 0
    parts = [f"第{number}段"]
    parts += [f"{chance.choice(_WORDS)}与{_piece(chance, markdown=markdown)}，" for _ in range(chance.randint(1, 5))]
    text = "".join(parts)[:-1] + "。"
    return text if markdown else f"<figure><figcaption>{text}</figcaption></figure>"


def formulas(text: str) -> Counter[str]:
    """What must not be lost, found without the code under test."""
    return Counter(re.findall(r"\$[^$]+\$|`[^`]+`|\]\([^()]*\)|<[a-z/][^<>]*>|\{\{.*?\}\}", text))


#: A program for the provider `command`: it damages each answer, the second one of a text mostly less than the first.
DAMAGED = r"""
import hashlib, json, random, re, sys

TOKEN = re.compile(r"\{/?\d+\}")

def lose(text, chance):
    found = TOKEN.findall(text)
    return text.replace(chance.choice(found), "", 1) if found else text

def double(text, chance):
    found = TOKEN.findall(text)
    token = chance.choice(found) if found else ""
    return text.replace(token, token + " " + token, 1) if token else text

def renumber(text, chance):
    return TOKEN.sub(lambda match: "{" + str(chance.randrange(1, 9)) + "}", text)

def swap(text, chance):
    found = TOKEN.findall(text)
    chance.shuffle(found)
    return TOKEN.sub(lambda match: found.pop(), text)

HARMLESS = (
    lambda text, chance: text.replace("{", "｛").replace("}", "｝"),
    lambda text, chance: text.replace("{", "{ ").replace("}", " }"),
    lambda text, chance: text.replace("{", "{{").replace("}", "}}"),
    lambda text, chance: text.replace("{", "[").replace("}", "]"),
    lambda text, chance: text.replace("{", "【").replace("}", "】"),
    lambda text, chance: text.replace("，", ", ").replace("。", ".\n"),
    lambda text, chance: "  " + text + "\n\n",
    lambda text, chance: TOKEN.sub(lambda match: "7" + match.group() + "x", text),
)
HARMFUL = (
    lose,
    double,
    renumber,
    swap,
    lambda text, chance: TOKEN.sub("", text),
    lambda text, chance: text + " $y^2$",
    lambda text, chance: text + " `rm -rf`",
    lambda text, chance: text + " [more](http://evil.example)",
    lambda text, chance: text[: len(text) // 2],
    lambda text, chance: "",
    lambda text, chance: text.replace("}", ""),
    lambda text, chance: TOKEN.sub("$x_{1}$", text),
    lambda text, chance: "`" + text,
    lambda text, chance: text + " <script>",
    lambda text, chance: "\\" + text.replace("{", "\\{"),
    lambda text, chance: text + " {{ secret }}",
    lambda text, chance: text.replace("{", "\x00{"),
)
for line in sys.stdin:
    item = json.loads(line)
    seed = hashlib.sha256((item["text"] + item.get("problem", "")).encode()).hexdigest()
    chance = random.Random(seed)
    again = "problem" in item
    harmful = chance.random() < (0.3 if again else 0.7)
    text = chance.choice(HARMFUL if harmful else HARMLESS)("In " + item["text"], chance)
    answer = {"id": item["id"], "text": text}
    kind = chance.randrange(30)
    if kind == 0:
        continue
    if kind == 1:
        answer["text"] = [text]
    if kind == 2:
        print(json.dumps({**answer, "text": text + "!"}))
    if kind == 3:
        print(json.dumps(answer)[:-3])
        continue
    if kind == 4:
        answer["id"] = "zzzz"
    print(json.dumps(answer))
"""
