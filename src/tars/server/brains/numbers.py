"""Numbers as people say them: their words as templates, and the way from words or digits to values."""

import re
from collections.abc import Sequence
from fractions import Fraction

import attrs

ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEENS = (
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}

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
ORDINALS = (
    *FIRSTS,
    *TEENTHS,
    "twentieth",
    *(f"twenty {ones}" for ones in FIRSTS),
    "thirtieth",
    *(f"thirty {ones}" for ones in FIRSTS),
)
"""From the first to the thirty-ninth: the days of a month, and more powers and centuries than anybody asks for."""

NUMBER_RULES = {
    "digit": f"({'|'.join(ONES[1:])})",
    "below_hundred": f"(<digit>|{'|'.join(TEENS)}|({'|'.join(TENS)}) [<digit>])",
    "below_thousand": "(<below_hundred>|(a|<digit>) hundred [[and] <below_hundred>])",
    "decimals": "point (zero|<digit>) [(zero|<digit>)]",
    "any_number": "(zero|(<below_thousand>|a) thousand [[and] <below_thousand>]|<below_thousand>) [<decimals>]",
    "any_quantity": "(zero|(a|<digit>) thousand|<below_thousand>) [<decimals>]",
    "any_percentage": "(zero|<below_hundred>|(a|one) hundred)",
}
"""What a recogniser listens for where a sentence has {number}, {quantity} or {percentage}: number is wider,
quantity and percentage cost the recogniser less. A brain reads larger numbers than these."""
NUMBER_LISTS = {"number": "<any_number>", "quantity": "<any_quantity>", "percentage": "<any_percentage>"}

_SMALL = {word: value for value, word in enumerate((*ONES, *TEENS))}
_TENS = {word: 10 * value for value, word in enumerate(TENS, start=2)}
_DIGITS = re.compile(r"\d+(\.\d+)?")
MAX_NUMBERS = 6
"""Numbers in one sentence; more than any skill asks for."""


@attrs.frozen
class _Read:
    value: Fraction
    end: int
    """Index of the first word after the number."""


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


def read_number(words: Sequence[str], start: int) -> _Read | None:
    """The number that begins at `start`, as long as it goes; None where none begins there."""
    if _DIGITS.fullmatch(words[start]):
        return _scaled_digits(words, start)
    if _is_ordinal(words, start):
        return None
    whole = _whole(words, start)
    return whole and _with_decimals(words, whole)


def _is_ordinal(words: Sequence[str], start: int) -> bool:
    """ "Twenty first" is a day; but "twenty second" is one only in a date."""
    if words[start] not in _TENS or start + 1 >= len(words) or words[start + 1] not in FIRSTS:
        return False
    return words[start + 1] != "second" or (start > 0 and words[start - 1] in {"the", *MONTHS})


def _scaled_digits(words: Sequence[str], start: int) -> _Read:
    """Digits, perhaps with a word after them: "3 million"."""
    value, end = Fraction(words[start]), start + 1
    while end < len(words) and (words[end] in SCALES or words[end] == "hundred"):
        value *= SCALES.get(words[end], 100)
        end += 1
    return _Read(value, end)


def _whole(words: Sequence[str], start: int) -> _Read | None:
    total = 0
    limit = 10**15
    index = start
    read = None
    while (group := _below_thousand(words, index)) is not None:
        scale = SCALES.get(words[group.end], 1) if group.end < len(words) else 1
        if scale >= limit or (scale == 1 and limit < 10**15 and group.value >= limit):
            break
        total += int(group.value) * scale
        limit = scale
        index = group.end + (scale > 1)
        read = _Read(Fraction(total), index)
        if scale == 1:
            break
        if index + 1 < len(words) and words[index] == "and":
            index += 1
    return read


def _below_thousand(words: Sequence[str], start: int) -> _Read | None:
    """Up to "nine hundred and ninety nine", and "twelve hundred", "a hundred", "a thousand"."""
    if start >= len(words):
        return None
    after = words[start + 1] if start + 1 < len(words) else ""
    if words[start] in ("hundred", "thousand"):  # "hundred percent"
        first = _Read(Fraction(1), start)
    elif words[start] == "a" and (after == "hundred" or after in SCALES):
        first = _Read(Fraction(1), start + 1)
    else:
        below = _below_hundred(words, start)
        if below is None:
            return None
        first = below
    if first.end >= len(words) or words[first.end] != "hundred":
        return first
    rest = _below_hundred(words, first.end + 1)
    if rest is None and words[first.end + 1 : first.end + 2] == ["and"]:
        rest = _below_hundred(words, first.end + 2)
    if rest is None:
        return _Read(first.value * 100, first.end + 1)
    return _Read(first.value * 100 + rest.value, rest.end)


def _below_hundred(words: Sequence[str], start: int) -> _Read | None:
    if start >= len(words):
        return None
    word = words[start]
    if word in _SMALL:
        return _Read(Fraction(_SMALL[word]), start + 1)
    if word not in _TENS:
        return None
    ones = _SMALL.get(words[start + 1], 0) if start + 1 < len(words) else 0
    if 1 <= ones <= 9:
        return _Read(Fraction(_TENS[word] + ones), start + 2)
    return _Read(Fraction(_TENS[word]), start + 1)


def _with_decimals(words: Sequence[str], whole: _Read) -> _Read:
    """The number with its "point two five", if it has one."""
    if words[whole.end : whole.end + 1] != ["point"]:
        return whole
    end = whole.end + 1
    digits = ""
    while end < len(words) and (digit := "0" if words[end] == "oh" else _digit(words[end])):
        digits += digit
        end += 1
    if not digits:
        return whole
    return _Read(whole.value + Fraction(int(digits), 10 ** len(digits)), end)


def _digit(word: str) -> str:
    return str(_SMALL[word]) if word in ONES else ""
