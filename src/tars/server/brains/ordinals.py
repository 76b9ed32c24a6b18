"""Numbers that count places: first, second, twenty third."""

from collections.abc import Sequence

FIRSTS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
TEENTHS = (
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def ordinal_words(number: int) -> str:
    """The words for the place `number`, 1 to 99; empty beyond."""
    if not 0 < number < 100:
        return ""
    if number < 20:
        return (*FIRSTS, *TEENTHS)[number - 1]
    tens, ones = divmod(number, 10)
    return f"{_TENS[tens - 2]} {FIRSTS[ones - 1]}" if ones else f"{_TENS[tens - 2].removesuffix('y')}ieth"


ORDINALS = tuple(map(ordinal_words, range(1, 100)))
"""From the first to the ninety ninth."""
_PLACES = {tuple(words.split()): number for number, words in enumerate(ORDINALS, start=1)}
_PLACES |= {("hundredth",): 100, ("thousandth",): 1000, ("millionth",): 1_000_000}


def read_ordinal(words: Sequence[str], start: int) -> tuple[int, int] | None:
    """The place that the words from `start` on name, and the index after them; None where they name none.

    >>> read_ordinal(["the", "twenty", "third"], 1)
    (23, 3)
    """
    for length in (2, 1):
        name = tuple(words[start : start + length])
        if name in _PLACES:
            return _PLACES[name], start + len(name)
    return None
