"""How unlike two texts sound, by their letters alone. Pure.

The free words are often wrong, and yet they sound like what was said: "Set the mile into 40%" is "set the volume
to forty percent". A sentence of the grammar that does not sound like them at all was forced upon the sound.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from tars.server.brains.digits import spoken

_VOWEL = "a"
_VOWEL_WEIGHT = 0.5
"""Of a vowel against a consonant: voices differ in their vowels, and English spells them in any way."""
_CLASSES = {
    "aeiouyw": _VOWEL,
    "bpfv": "p",
    "td": "t",
    "ckgqx": "k",
    "szj": "s",
    "mn": "n",
    "lr": "l",
    "h": "",
}
"""Letters that are mistaken for one another."""
_CLASS_OF = {letter: name for letters, name in _CLASSES.items() for letter in letters}
_DIGITS = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SPELLINGS = ((r"ph", "f"), (r"th", "t"), (r"[cs]h", "s"), (r"c(?=[eiy])", "s"), (r"[^a-z]", ""))


def unlikeness(words: Sequence[str], others: Sequence[str], *, anything_before: bool = False) -> float:
    """Return how unlike `words` sound to `others`: 0 for the same sounds, 1 where they share nothing.

    `anything_before`: there may be more in front of the `others`, which does not count.
    """
    sounds, heard = _sounds(tuple(words)), _sounds(tuple(others))
    longest = max(_weight(sounds), 0.0 if anything_before else _weight(heard), 1.0)
    return min(1.0, _distance(sounds, heard, anything_before=anything_before) / longest)


@lru_cache(maxsize=512)
def _sounds(words: tuple[str, ...]) -> str:
    """The classes of the letters; what is doubled counts once."""
    text = "".join(map(_in_letters, words)).lower()
    for spelling, plain in _SPELLINGS:
        text = re.sub(spelling, plain, text)
    return re.sub(r"(.)\1+", r"\1", "".join(_CLASS_OF[letter] for letter in text))


def _in_letters(word: str) -> str:
    if _DIGITS.fullmatch(word):
        return "".join(next(iter(spoken(word)), ()))
    return word


def _weight(sounds: str) -> float:
    return sum(map(_weight_of, sounds))


def _weight_of(sound: str) -> float:
    return _VOWEL_WEIGHT if sound == _VOWEL else 1.0


def _distance(sounds: str, heard: str, *, anything_before: bool) -> float:
    """What must be put in, left out or exchanged to make one of the other (Levenshtein's distance, weighted)."""
    row = [0.0]
    for other in heard:
        row.append(0.0 if anything_before else row[-1] + _weight_of(other))
    for sound in sounds:
        weight = _weight_of(sound)
        corner, row[0] = row[0], row[0] + weight
        for place, other in enumerate(heard, start=1):
            more = _weight_of(other)
            exchanged = corner + (0.0 if sound == other else max(weight, more))
            corner = row[place]
            row[place] = min(exchanged, row[place] + weight, row[place - 1] + more)
    return row[-1]
