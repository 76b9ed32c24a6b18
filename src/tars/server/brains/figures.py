"""Values as text that reads and sounds right, and that is true: what was rounded is told from what was not.

Every text here reads back, by `words_of` and the sums' own reader, as the value that it stands for.
"""

from fractions import Fraction

import attrs

from tars.server.brains.number_templates import ONES, TEENS
from tars.server.brains.ordinals import ordinal_words

_LARGEST = 10**15
"""Beyond this nobody follows a number that is read aloud digit by digit."""
_SMALLEST = Fraction(1, 10**6)
_FIGURES = 3
"""Significant figures that a rounded number has at least."""


@attrs.frozen
class Figure:
    """A number as text."""

    text: str
    """ "1,250", "minus 3.333", "5.421 times 10 to the power of minus 20"."""
    exact: bool
    """Whether the text is the value, and not near it."""

    def __str__(self) -> str:
        return self.text if self.exact else f"about {self.text}"


def figure(value: Fraction, *, exact_to: int = 6, round_to: int = 3, exact: bool = True) -> Figure:
    """The text of a result.

    In full where `exact_to` decimals are enough for all of it, otherwise rounded to `round_to` decimals, or to
    more where less than three figures would be left. `exact`: whether `value` itself is.
    """
    size = abs(value)
    if size and not _SMALLEST <= size < _LARGEST:
        return _scientific(value, exact=exact)
    places = decimals_of(value)
    if not exact or places is None or places > exact_to:
        places = max(round_to, _FIGURES - 1 - exponent_of(size)) if size else round_to
    return Figure(_sign(value) + _decimal(size, places), exact and round(value, places) == value)


def money(value: Fraction, *, exact: bool = True) -> Figure:
    """The text of an amount of money: whole, or with its cents."""
    if value.denominator == 1 or not Fraction(1, 100) <= abs(value) < _LARGEST:
        return figure(value, exact=exact)
    cents = round(abs(value) * 100)
    return Figure(f"{_sign(value)}{cents // 100:,}.{cents % 100:02d}", exact and round(value, 2) == value)


def in_full(value: Fraction) -> str:
    """The text of what was said: every digit of it, or the words of a fraction that has no end in decimals."""
    places = decimals_of(value)
    if places is not None:
        short = _scientific(value, exact=True) if abs(value) >= _LARGEST else None
        return short.text if short and short.exact else _sign(value) + _decimal(abs(value), places)
    whole, part = divmod(abs(value), 1)
    words = fraction_in_words(part)
    if whole and " divided by " in words:
        return _sign(value) + fraction_in_words(abs(value))
    return _sign(value) + (f"{whole:,} and {words}" if whole else words)


def fraction_in_words(value: Fraction) -> str:
    """ "One half", "three quarters", "7 divided by 1,001"; in lower case."""
    name = {2: "half", 4: "quarter", 100: "hundredth", 1000: "thousandth"}.get(value.denominator)
    name = name or ordinal_words(value.denominator)
    if not name or value.denominator == 1:
        return f"{value.numerator:,} divided by {value.denominator:,}"
    count = (*ONES, *TEENS)[value.numerator] if value.numerator < 20 else str(value.numerator)
    plural = name if value.numerator == 1 else "halves" if name == "half" else f"{name}s"
    return f"{count} {plural}"


def decimals_of(value: Fraction) -> int | None:
    """How many decimals the value has; None where they have no end."""
    rest = value.denominator
    twos = fives = 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None


def exponent_of(size: Fraction) -> int:
    """The power of ten of the first figure: 2 for 345, -3 for 0.00345. `size` is above zero."""
    guess = len(str(size.numerator)) - len(str(size.denominator))
    return guess if Fraction(10) ** guess <= size else guess - 1


def _sign(value: Fraction) -> str:
    return "minus " if value < 0 else ""


def _decimal(size: Fraction, places: int) -> str:
    scaled = round(size * 10**places)
    whole, rest = divmod(scaled, 10**places)
    decimals = f"{rest:0{places}d}".rstrip("0") if places else ""
    return f"{whole:,}.{decimals}" if decimals else f"{whole:,}"


def _scientific(value: Fraction, *, exact: bool) -> Figure:
    size = abs(value)
    exponent = exponent_of(size)
    mantissa = round(size / Fraction(10) ** exponent, 3)
    if mantissa == 10:
        mantissa, exponent = Fraction(1), exponent + 1
    power = f"10 to the power of {in_full(Fraction(exponent))}"
    text = power if mantissa == 1 else f"{_decimal(mantissa, 3)} times {power}"
    return Figure(_sign(value) + text, exact and mantissa * Fraction(10) ** exponent == size)
