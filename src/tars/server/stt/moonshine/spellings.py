"""How Moonshine may spell what is said: "What's", "litres", "75%", "forty-seven", "21st", "p.m.".

Pure. Every form that is offered here reads back as its words by `words_of`; those that would not are left out.
"""

import enum
from collections.abc import Iterable, Mapping
from functools import lru_cache

from tars.server.brains.normalise import NAME, words_of
from tars.server.brains.numbers import is_number_word
from tars.server.brains.ordinals import ordinal_words
from tars.server.brains.spelling import AMERICAN, APART, HYPHENED, TOGETHER

Words = tuple[str, ...]

_OWN: Mapping[Words, tuple[str, ...]] = {
    ("percent",): ("%",),
    ("degrees",): ("°",),
    ("plus",): ("+",),
    ("minus",): ("-",),
    ("times",): ("x", "×"),
    ("equals",): ("=",),
    ("am",): ("a.m.", "AM"),
    ("pm",): ("p.m.", "PM"),
    ("okay",): ("OK",),
    ("tv",): ("TV",),
    ("mph",): ("MPH",),
    ("online",): ("on line",),
    ("die",): ("dye",),
    ("divided", "by"): ("/", "÷"),
    ("to", "the", "power", "of"): ("^",),
    ("miles", "per", "hour"): ("mph",),
    ("kilometers", "per", "hour"): ("km/h", "kph"),
    ("degrees", "celsius"): ("°C",),
    ("degrees", "fahrenheit"): ("°F",),
    ("a", "half"): ("½",),
    ("one", "half"): ("½", "1/2"),
    ("a", "quarter"): ("¼",),
    ("one", "quarter"): ("¼", "1/4"),
    ("three", "quarters"): ("¾", "3/4"),
}
"""Forms besides the words themselves, for one word and for several that are written as one."""


def _forms() -> dict[Words, list[str]]:
    forms = {words: list(each) for words, each in _OWN.items()}
    for spelling, said in {**AMERICAN, **APART}.items():
        forms.setdefault(tuple(said.split()), []).append(spelling)
    for (first, second), word in {**TOGETHER, **HYPHENED}.items():
        forms.setdefault((word,), []).extend((f"{first} {second}", f"{first}-{second}"))
    for number in range(1, 100):
        forms.setdefault(tuple(ordinal_words(number).split()), []).append(f"{number}{_suffix(number)}")
    return forms


def _suffix(number: int) -> str:
    if number in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


_FORMS = _forms()


def _by_first_word(several: Iterable[Words]) -> dict[str, tuple[Words, ...]]:
    found: dict[str, tuple[Words, ...]] = {}
    for words in several:
        if len(words) > 1:
            found[words[0]] = (*found.get(words[0], ()), words)
    return found


COMPOUNDS = _by_first_word(_FORMS)
"""The words that have a form together, by the first of them."""


@lru_cache(maxsize=20_000)
def forms(words: Words) -> tuple[str, ...]:
    """Return how `words` may be written, where a space or nothing stands before them."""
    alone = words if len(words) == 1 else ()
    candidates = [
        form for each in (*alone, *_FORMS.get(words, ())) for form in (each, each[:1].upper() + each[1:])
    ]
    if words == (NAME,):
        candidates.append(NAME.upper())
    return tuple(form for form in dict.fromkeys(candidates) if needs(form, words) is not None)


class Needs(enum.Enum):
    """What must stand before a form, so that it means its words."""

    NOTHING = enum.auto()
    NUMBER = enum.auto()
    DIGITS = enum.auto()
    DIGITS_BEHIND = enum.auto()
    """Only what follows matters."""


@lru_cache(maxsize=20_000)
def needs(form: str, words: Words) -> Needs | None:
    """Return what `form` needs to mean `words`; None where it never does."""
    if form == "-":
        return Needs.DIGITS_BEHIND  # before anything else it is a dash
    if _is_plain(form, words):
        return Needs.NOTHING
    for neighbour, need in (("so", Needs.NOTHING), ("seven", Needs.NUMBER), ("7", Needs.DIGITS)):
        if words_of(f"{neighbour} {form} {neighbour}") == [neighbour, *words, neighbour]:
            return need
    return None


def _is_plain(form: str, words: Words) -> bool:
    """Whether `form` is a word of letters that means itself wherever it stands: most are, and need no reading."""
    word = form.lower()
    return words == (word,) and word.isalpha() and word.isascii() and word not in AMERICAN and word not in APART


@lru_cache(maxsize=20_000)
def glued(form: str, words: Words) -> bool:
    """Whether `form` may stand right behind a number in digits: "75%", "5km"."""
    if is_sign(form):
        return words_of(f"20{form}") == ["20", *words] and words_of(f"20{form}7") == ["20", *words, "7"]
    return len(form) <= 3 and words_of(f"20{form}") == ["20", *words]


@lru_cache(maxsize=20_000)
def hyphened(form: str, words: Words, *, behind_digits: bool) -> bool:
    """Whether `form` may stand behind a number and a hyphen: "forty-seven", "20-sided"."""
    if not form.islower():
        return False
    before = "20" if behind_digits else "forty"
    return _is_plain(form, words) or words_of(f"{before}-{form}") == [before, *words]


@lru_cache(maxsize=1)
def minutes() -> Mapping[str, Words]:
    """Return what stands behind the hour in a time such as "7:30", and how it is said."""
    times = {f":{minute:02}": tuple(words_of(f"7:{minute:02}")) for minute in range(60)}
    return {form: words[1:] for form, words in times.items() if words[0] == "7"}


def is_sign(form: str) -> bool:
    """Whether `form` is neither a word nor a number: "%", "-"."""
    return not any(map(str.isalnum, form))


def is_numeric(form: str, words: Words) -> bool:
    """Whether `form` counts as a number beside punctuation, which keeps two numbers apart."""
    return form[0].isnumeric() or any(map(is_number_word, words))
