"""What was heard, without the ways of writing it: a transcript has capitals, punctuation and digits."""

import re

from tars.server.brains.number_templates import ONES, TEENS, TENS

_AS_SAID = {"%": "percent", "+": "plus", "humour": "humor"}


def plain_words(text: str) -> str:
    """The words of a text in lower case, numbers up to ninety-nine and signs spelt out."""
    found = re.findall(r"\d+|[a-z]+(?:'[a-z]+)*|[%+]", text.lower().replace("-", " "))
    return " ".join(_spelt(word) for word in found)


def _spelt(word: str) -> str:
    if not word.isdigit() or int(word) > 99:
        return _AS_SAID.get(word, word)
    tens, ones = divmod(int(word), 10)
    if tens < 2:
        return (*ONES, *TEENS)[int(word)]
    return f"{TENS[tens - 2]} {ONES[ones]}" if ones else TENS[tens - 2]
