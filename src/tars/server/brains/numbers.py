"""Numbers as people say them: the way from words or digits to values.

Nothing here is negative: a sign is a word of the sentence, and what it means there is for the skill to say.
"""

import math
import re
from collections.abc import Sequence
from fractions import Fraction

import attrs

from tars.server.brains.number_templates import ONES, SCALES, TEENS, TENS
from tars.server.brains.ordinals import FIRSTS, read_ordinal
from tars.server.brains.ordinals import ORDINALS as ORDINALS

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)

_SMALL = {word: value for value, word in enumerate((*ONES, *TEENS))}
_TENS = {word: 10 * value for value, word in enumerate(TENS, start=2)}
_DIGITS = re.compile(r"\d+(\.\d+)?")
_WRITTEN_FRACTION = re.compile(r"(\d{1,15})/(\d{1,15})")
_LONGEST_DIGITS = 200
_LARGEST = 10**40
"""Of a numerator or denominator; longer numbers nobody says or hears."""
_PARTS = {"half": 2, "halves": 2, "quarter": 4, "quarters": 4}
_BEGINNINGS = frozenset((*_SMALL, *_TENS, *SCALES, "hundred", "a", "point", "oh"))
MAX_NUMBERS = 6
"""Numbers in one sentence; more than any skill asks for."""


@attrs.frozen
class Reading:
    """A number, and where it ended."""

    value: Fraction
    end: int
    """Index of the first word after the number."""


def is_number_word(word: str) -> bool:
    """Whether a word may stand in a number: "seven", "thousand"; "a", "and" and "point" alone do not count."""
    return word in _SMALL or word in _TENS or word in SCALES or word in ("hundred", "dozen", "half")


def take_numbers(words: Sequence[str]) -> tuple[list[str], list[Fraction]]:
    """The words with each number replaced by a token ("n0", "n1", …), and the values of the tokens."""
    out: list[str] = []
    values: list[Fraction] = []
    index = 0
    while index < len(words):
        read = read_number(words, index) if len(values) < MAX_NUMBERS else None
        if read is None:
            out.append(words[index])
            index += 1
        else:
            out.append(token(len(values)))
            values.append(read.value)
            index = read.end
    return out, values


def token(index: int) -> str:
    """What stands in a sentence for its `index`th number."""
    return f"n{index}"


def read_number(words: Sequence[str], start: int, *, mixed: bool = True) -> Reading | None:
    """The number that begins at `start`, as long as it goes; None where none begins there.

    A fraction counts only behind a whole number ("two and a half"), as "half" and "third" mean other things
    elsewhere; `read_fraction` reads one alone. Without `mixed`, "and" never belongs to a number: "two hundred and
    fifty" is two of them.
    """
    if words[start] not in _BEGINNINGS and not words[start][0].isdigit():  # most words are no numbers
        return None
    read = None if _is_ordinal(words, start) else _any_number(words, start, mixed=mixed)
    if read is None or max(read.value.numerator, read.value.denominator) > _LARGEST:
        return None
    return read


def _any_number(words: Sequence[str], start: int, *, mixed: bool) -> Reading | None:
    year = _year(words, start)
    if year is not None:
        return year
    whole = _whole(words, start, glue=mixed)
    if whole is None:
        return _decimals_alone(words, start)
    precise = _with_decimals(words, whole)
    if precise is not whole:
        return _scaled(words, precise)
    return _dozens(words, whole) or (_with_fraction(words, whole) if mixed else None) or whole


def read_fraction(words: Sequence[str], start: int) -> Reading | None:
    """The fraction that begins at `start`: "half", "a third", "three quarters", "1/2", "half a million"."""
    written = _WRITTEN_FRACTION.fullmatch(words[start]) if start < len(words) else None
    if written is not None:
        return Reading(Fraction(int(written[1]), int(written[2])), start + 1) if int(written[2]) else None
    count = _small_count(words, start)
    part = _part(words, count.end, plural=count.value != 1) if count else None
    if count is not None and part is not None:
        return Reading(count.value * part.value, part.end)
    if words[start : start + 1] != ["half"]:
        return None
    if words[start + 1 : start + 2] == ["a"] and start + 2 < len(words):
        scale = {**SCALES, "hundred": 100, "dozen": 12}.get(words[start + 2])
        if scale is not None:
            return Reading(Fraction(scale, 2), start + 3)
    return Reading(Fraction(1, 2), start + 1)


def _small_count(words: Sequence[str], start: int) -> Reading | None:
    """How many parts: "a", "three", "3"."""
    if start >= len(words):
        return None
    if words[start] in ("a", "an"):
        return Reading(Fraction(1), start + 1)
    if words[start].isdigit() and len(words[start]) < 4:
        return Reading(Fraction(words[start]), start + 1)
    return _below_hundred(words, start)


def _part(words: Sequence[str], start: int, *, plural: bool) -> Reading | None:
    """What the parts are: "third", "quarters", "twentieths"; "second" and "seconds" never are."""
    if start >= len(words):
        return None
    if words[start] in _PARTS:
        return Reading(Fraction(1, _PARTS[words[start]]), start + 1)
    for length in (2, 1):
        name = list(words[start : start + length])
        if plural and not name[-1].endswith("s"):
            continue
        place = read_ordinal([*name[:-1], name[-1].removesuffix("s")], 0)
        if place is not None and place[1] == len(name) and place[0] > 2:
            return Reading(Fraction(1, place[0]), start + len(name))
    return None


def _is_ordinal(words: Sequence[str], start: int) -> bool:
    """ "Twenty first" is a day; but "twenty second" is one only in a date."""
    if words[start] not in _TENS or start + 1 >= len(words) or words[start + 1] not in FIRSTS:
        return False
    named = start > 0 and words[start - 1] in {"the", *MONTHS}
    return words[start + 1] != "second" or named or (list(words[start + 2 : start + 3]) == ["of"])


def _year(words: Sequence[str], start: int) -> Reading | None:
    """ "Nineteen eighty four", "twenty twenty five", "nineteen oh five".

    Not "ten thirty", which is a time of day, nor twenty "twenty sided dice".
    """
    first = _SMALL.get(words[start], _TENS.get(words[start], 0))
    if not 13 <= first <= 20:
        return None
    zero = words[start + 1 : start + 2] in (["oh"], ["o"])
    rest = _below_hundred(words, start + 1 + zero)
    if rest is None or (rest.value < 10) != zero or words[rest.end : rest.end + 1] == ["sided"]:
        return None
    return Reading(first * 100 + rest.value, rest.end)


def _whole(words: Sequence[str], start: int, *, glue: bool = True) -> Reading | None:
    """A number in groups: "two million three hundred thousand and five", "3 million 200"."""
    total = Fraction(0)
    limit: float = math.inf
    index = start
    read = None
    while (group := _below_thousand(words, index, glue=glue)) is not None:
        scale, end = _scale(words, group.end)
        if scale >= limit or (read is not None and group.value >= limit):
            break
        total += group.value * scale
        limit = scale
        index = end
        read = Reading(total, index)
        if scale == 1:
            break
        if glue and words[index : index + 1] == ["and"] and read_fraction(words, index + 1) is None:
            index += 1
    return read


def _scale(words: Sequence[str], start: int) -> tuple[int, int]:
    """What the words from `start` on multiply by, such as "thousand million", and the index after them."""
    scale = 1
    while start < len(words) and words[start] in SCALES:
        scale *= SCALES[words[start]]
        start += 1
    return scale, start


def _below_thousand(words: Sequence[str], start: int, *, glue: bool) -> Reading | None:
    """Digits, or up to "nine hundred and ninety nine", and "twelve hundred", "a hundred", "a thousand"."""
    if start >= len(words):
        return None
    after = words[start + 1] if start + 1 < len(words) else ""
    first: Reading | None
    if words[start] in ("hundred", *SCALES):  # "hundred percent"
        first = Reading(Fraction(1), start)
    elif words[start] == "a" and (after == "hundred" or after in SCALES or after == "dozen"):
        first = Reading(Fraction(1), start + 1)
    elif _DIGITS.fullmatch(words[start]) and len(words[start]) <= _LONGEST_DIGITS:
        first = Reading(Fraction(words[start]), start + 1)
    else:
        first = _below_hundred(words, start)
    if first is None or words[first.end : first.end + 1] != ["hundred"]:
        return first
    end = first.end + 1
    rest = _below_hundred(words, end)
    if rest is None and glue and words[end : end + 1] == ["and"] and read_fraction(words, end + 1) is None:
        rest = _below_hundred(words, end + 1)
    if rest is None:
        return Reading(first.value * 100, end)
    return Reading(first.value * 100 + rest.value, rest.end)


def _below_hundred(words: Sequence[str], start: int) -> Reading | None:
    if start >= len(words):
        return None
    word = words[start]
    if word in _SMALL:
        return Reading(Fraction(_SMALL[word]), start + 1)
    if word not in _TENS:
        return None
    ones = _SMALL.get(words[start + 1], 0) if start + 1 < len(words) else 0
    if 1 <= ones <= 9:
        return Reading(Fraction(_TENS[word] + ones), start + 2)
    return Reading(Fraction(_TENS[word]), start + 1)


def _with_decimals(words: Sequence[str], whole: Reading) -> Reading:
    """The number with its "point two five", if it has one."""
    decimals = _decimals(words, whole.end)
    return whole if decimals is None else Reading(whole.value + decimals.value, decimals.end)


def _decimals_alone(words: Sequence[str], start: int) -> Reading | None:
    """ "Point five", "oh point five"."""
    start += words[start : start + 2] == ["oh", "point"]
    decimals = _decimals(words, start)
    return decimals and _scaled(words, decimals)


def _decimals(words: Sequence[str], start: int) -> Reading | None:
    """ "point", and the digits behind it: one by one, or as people read two of them ("point twenty five")."""
    if words[start : start + 1] != ["point"]:
        return None
    end = start + 1
    digits = ""
    while end < len(words) and (digit := "0" if words[end] in ("oh", "o") else _digit(words[end])):
        digits += digit
        end += 1
    if len(digits) > _LONGEST_DIGITS:
        return None
    if not digits:
        pair = _below_hundred(words, end)
        if pair is None or pair.value < 10:
            return None
        digits, end = str(pair.value), pair.end
    return Reading(Fraction(int(digits), 10 ** len(digits)), end)


def _digit(word: str) -> str:
    if word.isdecimal():
        return word
    return str(_SMALL[word]) if word in ONES else ""


def _scaled(words: Sequence[str], read: Reading) -> Reading:
    """A decimal with a word after it: "one point five million"."""
    scale, end = _scale(words, read.end)
    return Reading(read.value * scale, end)


def _dozens(words: Sequence[str], read: Reading) -> Reading | None:
    if words[read.end : read.end + 1] != ["dozen"]:
        return None
    return Reading(read.value * 12, read.end + 1)


def _with_fraction(words: Sequence[str], whole: Reading) -> Reading | None:
    """ "Two and a half", "2 and half", "5 1/2"; not "a million and a half", which people mean otherwise."""
    end = whole.end
    if words[end - 1] in SCALES:
        return None
    if words[end : end + 1] == ["and"]:
        end += 1
    elif end >= len(words) or "/" not in words[end]:
        return None
    part = read_fraction(words, end)
    if part is None or part.value >= 1 or whole.value.denominator != 1:
        return None
    return Reading(whole.value + part.value, part.end)
