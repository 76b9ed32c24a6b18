"""Text from people and recognisers, as the plain words that the templates are made of."""

import re
import unicodedata

from tars.server.brains.numbers import ORDINALS

_WORD = re.compile(r"\d+(?:\.\d+)?|[a-z]+(?:'[a-z]+)*|[%+*/×÷=^°$-]")
_DIGIT_GROUPS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_ORDINAL = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b")
_ACCENT = re.compile(r"[\u0300-\u036f]")
_HALF_OF_DAY = re.compile(r"(?<![a-z'])([ap])\.? ?m\b\.?")
_SPLIT_DIGITS = re.compile(r"(?<=\d)(?=[a-z°])|(?<=[a-z])(?=\d)")
_SIGNS = {
    "%": ("percent",),
    "+": ("plus",),
    "*": ("times",),
    "×": ("times",),
    "/": ("divided", "by"),
    "÷": ("divided", "by"),
    "^": ("to", "the", "power", "of"),
    "=": ("is",),
    "°": ("degrees",),
    "$": (),
    "x": ("times",),
    "-": ("minus",),
}
_AMERICAN = {
    "humour": "humor",
    "metre": "meter",
    "metres": "meters",
    "litre": "liter",
    "litres": "liters",
    "kilometre": "kilometer",
    "kilometres": "kilometers",
    "centimetre": "centimeter",
    "centimetres": "centimeters",
    "millimetre": "millimeter",
    "millimetres": "millimeters",
    "millilitre": "milliliter",
    "millilitres": "milliliters",
    "gramme": "gram",
    "grammes": "grams",
    "tonne": "ton",
    "tonnes": "tons",
    "centigrade": "celsius",
    "ok": "okay",
}
_WITHOUT_APOSTROPHE = {
    word.replace("'", ""): word
    for word in (
        *(
            "what's",
            "how's",
            "who's",
            "where's",
            "when's",
            "that's",
            "there's",
            "today's",
            "tomorrow's",
            "yesterday's",
        ),
        *("i'm", "i've", "you're", "you've", "they're", "don't", "didn't", "doesn't", "isn't", "aren't", "can't"),
        *("couldn't", "won't", "wasn't", "haven't", "o'clock"),
    )
}
_ONE_WAY = {**_AMERICAN, **_WITHOUT_APOSTROPHE, "timezone": "time zone", "timezones": "time zones"}
"""How a word is spelled in the templates."""
NAME = "tars"


def words_of(text: str) -> list[str]:
    """Lower-case words in American spelling, signs as words, numbers as plain digits or as their words."""
    text = _ACCENT.sub("", unicodedata.normalize("NFD", text.lower().replace("’", "'")))
    text = _DIGIT_GROUPS.sub("", text)
    text = _ORDINAL.sub(_ordinal, text)
    text = _HALF_OF_DAY.sub(r"\1m ", text)  # 5 p.m.
    text = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", text)  # seventy-five
    text = _SPLIT_DIGITS.sub(" ", text)  # 20c, d20
    words: list[str] = []
    for word in _WORD.findall(text):
        words.extend(_SIGNS.get(word, _ONE_WAY.get(word, word).split()))
    return words


def _ordinal(found: re.Match[str]) -> str:
    """ "21st" as "twenty first"."""
    number = int(found[1])
    return ORDINALS[number - 1] if 0 < number <= len(ORDINALS) else found[0]


def without_name(words: list[str]) -> list[str]:
    """The words without "tars" at either end."""
    while words and words[0] == NAME:
        words = words[1:]
    while len(words) > 1 and words[-1] == NAME:
        words = words[:-1]
    return words
