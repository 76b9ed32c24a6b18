"""Values as text: true to the last digit, or "about"."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tars.server.brains.expressions import evaluate
from tars.server.brains.figures import figure, fraction_in_words, in_full, money
from tars.server.brains.normalise import words_of
from tars.server.brains.sums import read_expression

VALUES = st.one_of(
    st.fractions(),
    st.integers(-(10**40), 10**40).map(Fraction),
    st.builds(lambda top, places: Fraction(top, 10**places), st.integers(-(10**9), 10**9), st.integers(0, 40)),
    st.builds(lambda base, power: Fraction(base) ** power, st.integers(2, 99), st.integers(-60, 60)),
)


def read_back(text: str) -> Fraction:
    """What a text of a figure says, by the reader of what people say."""
    tree = read_expression(words_of(text))
    assert tree is not None, text
    return evaluate(tree).value


@given(VALUES, st.integers(0, 6), st.integers(0, 3))
@example(Fraction(0), 6, 3)
@example(Fraction(-1, 3_000_000), 6, 3)
@example(Fraction("999999999999999.9999"), 6, 3)
@example(Fraction("0.0009999"), 3, 3)
@example(Fraction(99996, 10**11), 6, 3)
def test_a_figure_reads_back_as_its_value_or_says_about(value: Fraction, exact_to: int, round_to: int) -> None:
    shown = figure(value, exact_to=exact_to, round_to=round_to)
    said = read_back(shown.text)
    assert str(shown) == (shown.text if said == value else f"about {shown.text}")
    if said != value:
        assert abs(said - value) <= abs(value) / 199  # three figures, or 0.5 of the last of them
        assert (said < 0) == (value < 0)


@given(
    st.one_of(st.fractions(), VALUES.filter(lambda value: max(abs(value.numerator), value.denominator) < 10**40))
)
@example(Fraction(287, 143))
def test_what_was_said_is_said_back_in_full(value: Fraction) -> None:
    assert read_back(in_full(value)) == value


@given(VALUES)
def test_money_is_whole_or_has_cents(value: Fraction) -> None:
    shown = money(value)
    assert (read_back(shown.text) == value) == shown.exact
    if not shown.exact and abs(value) > 1:
        assert abs(read_back(shown.text) - value) <= max(Fraction(1, 200), abs(value) / 1999)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(25), "25"),
        (Fraction(1250), "1,250"),
        (Fraction(-4), "minus 4"),
        (Fraction(5, 2), "2.5"),
        (Fraction(10, 3), "about 3.333"),
        (Fraction("2.999"), "2.999"),
        (Fraction("2.9999999"), "about 3"),
        (Fraction(1, 1000), "0.001"),
        (Fraction(1, 81), "about 0.0123"),
        (Fraction(1, 2**64), "about 5.421 times 10 to the power of minus 20"),
        (Fraction(2**64), "about 1.845 times 10 to the power of 19"),
        (Fraction(-(10**20)), "minus 10 to the power of 20"),
        (Fraction(2 * 10**20), "2 times 10 to the power of 20"),
        (Fraction(99_999 * 10**15), "about 10 to the power of 20"),
        (Fraction(0), "0"),
        (Fraction(123_456_789_012_345), "123,456,789,012,345"),
    ],
)
def test_shows_a_number(value: Fraction, text: str) -> None:
    assert str(figure(value)) == text


def test_what_was_rounded_before_is_never_exact() -> None:
    assert str(figure(Fraction(2), exact=False)) == "about 2"
    assert str(figure(Fraction(0), exact=False)) == "about 0"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction("3.6"), "3.60"),
        (Fraction(36), "36"),
        (Fraction(10, 3), "about 3.33"),
        (Fraction(-5, 4), "minus 1.25"),
    ],
)
def test_shows_money(value: Fraction, text: str) -> None:
    assert str(money(value)) == text


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Fraction(1, 2), "one half"),
        (Fraction(3, 4), "three quarters"),
        (Fraction(5, 8), "five eighths"),
        (Fraction(7, 23), "seven twenty thirds"),
        (Fraction(3, 1000), "three thousandths"),
        (Fraction(8, 1001), "8 divided by 1,001"),
    ],
)
def test_fractions_have_names(value: Fraction, words: str) -> None:
    assert fraction_in_words(value) == words
    assert read_back(words) == value
