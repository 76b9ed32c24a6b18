"""Text from people and recognisers, as the plain words that the templates are made of."""

import re

_WORD = re.compile(r"\d+(?:\.\d+)?|[a-z]+(?:'[a-z]+)*|[%+*/×÷=^°$-]")
_DIGIT_GROUPS = re.compile(r"(?<=\d),(?=\d{3}\b)")
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
NAME = "tars"


def words_of(text: str) -> list[str]:
    """Lower-case words in American spelling, signs as words, numbers as plain digits or as their words."""
    text = _DIGIT_GROUPS.sub("", text.lower().replace("’", "'"))
    text = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", text)  # seventy-five
    text = _SPLIT_DIGITS.sub(" ", text)  # 20c, d20
    words: list[str] = []
    for word in _WORD.findall(text):
        words.extend(_SIGNS.get(word, (_AMERICAN.get(word, word),)))
    return words


def without_name(words: list[str]) -> list[str]:
    """The words without "tars" at either end."""
    while words and words[0] == NAME:
        words = words[1:]
    while len(words) > 1 and words[-1] == NAME:
        words = words[:-1]
    return words
