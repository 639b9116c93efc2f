"""Words of languages that part them by blanks: stems, and words that say nothing about what a text is about."""

from __future__ import annotations

from functools import lru_cache

STOP_WORDS = frozenset(
    "a an the of to in on at by for from with as is are was were be been being am it its this that these those and or "
    "but if then than so not no nor do does did done have has had having will would shall should can could may might "
    "must we you they he she i me my our your their his her them us one ones there here which who whom whose what "
    "when where why how all any each some such other another more most much many very also just only own same too "
    "into onto over under about after before between through during out up down off again once both few further "
    "etc e.g i.e eg ie via per sb sth".split()
)
#: Endings of English words, the longest first, and how much of a word must be left without them.
_ENDINGS = tuple(
    (ending, least)
    for endings, least in (
        ("isations izations isation ization itions ations ition ation ments nesses ment ness", 4),
        ("ings", 3),
        ("ions ities ised ized ises izes ise ize", 4),
        ("ing", 3),
        ("ion ity", 4),
        ("ies ied", 3),
        ("ers ors ate", 4),
        ("ed es", 3),
        ("er or ly al", 4),
        ("s e y i", 3),
    )
    for ending in endings.split()
)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return what is common to the forms of an English word in lower case: `containers` and `contain` are `contain`.

    It is cruder than a stemmer for a search engine, since a word that is taken for another one costs less here than
    one that is not found.
    """
    for _ in range(2):
        for ending, least in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= least and not word.endswith("ss"):
                word = word[: -len(ending)]
                break
        else:
            break
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "ls":
        word = word[:-1]  # running, stopped
    return word
