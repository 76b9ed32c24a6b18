"""Numbers, from words and digits to values and back."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.server.brains.normalise import words_of
from tars.server.brains.number_templates import ONES, SCALES, TEENS, TENS
from tars.server.brains.numbers import Reading, read_fraction, read_number, take_numbers


def _say(value: int, *, with_and: bool) -> str:
    """English number words, made in another way than they are read."""
    for word, size in sorted(SCALES.items(), key=lambda scale: -scale[1]):
        if value >= size:
            rest = f" {_say(value % size, with_and=with_and)}" if value % size else ""
            return f"{_say(value // size, with_and=with_and)} {word}{rest}"
    if value >= 100:
        glue = " and " if with_and else " "
        rest = f"{glue}{_say(value % 100, with_and=with_and)}" if value % 100 else ""
        return f"{ONES[value // 100]} hundred{rest}"
    if value >= 20:
        return f"{TENS[value // 10 - 2]} {ONES[value % 10]}" if value % 10 else TENS[value // 10 - 2]
    return (*ONES, *TEENS)[value]


@given(
    value=st.one_of(st.integers(0, 2000), st.integers(0, 10**15 - 1)),
    with_and=st.booleans(),
    decimals=st.text("0123456789", max_size=4),
)
def test_reads_what_is_said(value: int, with_and: bool, decimals: str) -> None:
    words = _say(value, with_and=with_and).split()
    if decimals:
        words += ["point", *(ONES[int(digit)] for digit in decimals)]
    plain, numbers = take_numbers(["about", *words, "miles"])
    assert plain == ["about", "n0", "miles"]
    assert numbers == [Fraction(f"{value}.{decimals or 0}")]


@pytest.mark.parametrize(
    ("text", "plain", "values"),
    [
        ("two and three", "n0 and n1", [2, 3]),
        ("one hundred and five", "n0", [105]),
        ("a hundred and a thousand", "n0 and n1", [100, 1000]),
        ("a mile", "a mile", []),
        ("twelve hundred", "n0", [1200]),
        ("two twenty sided dice", "n0 n1 sided dice", [2, 20]),
        ("one two three", "n0 n1 n2", [1, 2, 3]),
        ("five thousand and twenty", "n0", [5020]),
        ("one thousand million", "n0", [10**9]),
        ("two thousand three million", "n0 n1", [2000, 3_000_000]),
        ("3 million", "n0", [3_000_000]),
        ("seventy-five%", "n0 percent", [75]),
        ("1,250.5", "n0", [Fraction("1250.5")]),
        ("point five", "n0", [Fraction(1, 2)]),
        ("oh point two five", "n0", [Fraction(1, 4)]),
        (".5", "n0", [Fraction(1, 2)]),
        ("three point twenty five", "n0", [Fraction("3.25")]),
        ("three point one four oh", "n0", [Fraction("3.14")]),
        ("3 point 14", "n0", [Fraction("3.14")]),
        ("one point five million", "n0", [1_500_000]),
        ("nineteen eighty four", "n0", [1984]),
        ("nineteen oh five", "n0", [1905]),
        ("twenty twenty five", "n0", [2025]),
        ("ten thirty", "n0 n1", [10, 30]),
        ("twenty twenty sided dice", "n0 n1 sided dice", [20, 20]),
        ("two dozen", "n0", [24]),
        ("a dozen eggs", "n0 eggs", [12]),
        ("1 million twelve hundred", "n0", [1_001_200]),
        ("two and a half hours", "n0 hours", [Fraction(5, 2)]),
        ("2 and half cups", "n0 cups", [Fraction(5, 2)]),
        ("5½ and 1 3/4", "n0 and n1", [Fraction(11, 2), Fraction(7, 4)]),
        ("one hundred and three quarters", "n0", [Fraction(403, 4)]),
        ("three hours and ten minutes", "n0 hours and n1 minutes", [3, 10]),
        ("a million and a half", "n0 and a half", [10**6]),
        ("half past seven", "half past n0", [7]),
        ("the third of march", "the third of march", []),
        ("twenty, five", "n0 , n1", [20, 5]),
        ("twenty. five", "n0 . n1", [20, 5]),
        ("1, 1/2", "n0 , 1/2", [1]),
        ("two point", "n0 point", [2]),
        ("march twenty first", "march twenty first", []),
        ("a twenty second timer", "a n0 second timer", [20]),
        ("1 1 1 1 1 1 1 1", "n0 n1 n2 n3 n4 n5 1 1", [1] * 6),
    ],
)
def test_takes_numbers_out_of_a_sentence(text: str, plain: str, values: list[Fraction]) -> None:
    assert take_numbers(words_of(text)) == (plain.split(), values)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("half", Fraction(1, 2)),
        ("a half", Fraction(1, 2)),
        ("half a dozen", 6),
        ("half a million", 500_000),
        ("a third", Fraction(1, 3)),
        ("an eighth", Fraction(1, 8)),
        ("three quarters", Fraction(3, 4)),
        ("2 fifths", Fraction(2, 5)),
        ("three twenty fifths", Fraction(3, 25)),
        ("3/4", Fraction(3, 4)),
    ],
)
def test_reads_fractions(text: str, value: Fraction) -> None:
    words = words_of(text)
    assert read_fraction([*words, "of"], 0) == Reading(value, len(words))


@pytest.mark.parametrize("text", ["two seconds", "a second", "twenty third", "three third", "the half", "1/0", ""])
def test_reads_no_fraction_where_there_is_none(text: str) -> None:
    assert read_fraction(words_of(text), 0) is None


@pytest.mark.parametrize(
    "text", ["9" * 41, "0." + "1" * 41, "9" * 5000, "trillion " * 4, f"1/{'9' * 5000}", f"point {'1 ' * 5000}"]
)
def test_more_digits_than_anybody_says_are_no_number(text: str) -> None:
    words = words_of(text)
    assert read_number(words, 0) is None
    assert read_fraction(words, 0) is None


def test_numbers_may_be_kept_apart() -> None:
    words = words_of("two hundred and fifty and a half")
    assert read_number(words, 0) == Reading(Fraction("250.5"), 7)
    assert read_number(words, 0, mixed=False) == Reading(Fraction(200), 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Whats todays date", "what's today's date"),
        ("the 21st of May", "the twenty first of may"),
        ("on the 3rd", "on the third"),
        ("the 40th", "the fortieth"),
        ("5pm", "5 pm"),
        ("5:30 a.m. please", "5 30 am please"),
        ("am I late", "am i late"),
        ("São Paulo's timezone", "sao paulo's time zone"),
        ("a minute", "a minute"),
    ],
)
def test_writes_what_people_type_as_the_templates_do(text: str, words: str) -> None:
    assert " ".join(words_of(text)) == words
