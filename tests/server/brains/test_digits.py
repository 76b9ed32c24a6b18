"""Numbers in digits: which may stand where, and how they are said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.server.brains.digits import NUMBER_DIGITS, Digits, spoken
from tars.server.brains.numbers import take_numbers

KINDS = st.builds(
    Digits,
    st.sampled_from((100, 999, 9_999, 999_999, 1_000_000)),
    st.integers(0, 3),
    st.sampled_from((1, 1, 2, 4)),
)


@pytest.mark.parametrize("written", ["0", "7", "100", "1,250", "1250", "999,999", "0.5", "2.25", "1,000.5"])
def test_numbers_as_people_write_them(written: str) -> None:
    assert Digits(999_999, decimals=2).accepts(written)


@pytest.mark.parametrize("written", ["", "007", "1,00", "1,0000", "1000,000", ",5", "1.", "1.234", "1000000", "x"])
def test_nothing_else_is_a_number(written: str) -> None:
    assert not Digits(999_999, decimals=2).accepts(written)


@given(
    kind=KINDS, value=st.integers(0, 1_100_000), decimals=st.text("0123456789", max_size=4), commas=st.booleans()
)
def test_every_beginning_of_a_number_begins_one(kind: Digits, value: int, decimals: str, commas: bool) -> None:
    written = (f"{value:,}" if commas else f"{value}") + (f".{decimals}" if decimals else "")
    fits = value <= kind.largest and len(decimals) <= kind.decimals and len(str(value)) >= kind.shortest
    assert kind.accepts(written) is fits
    if kind.accepts(written):
        assert all(kind.begins(written[:length]) for length in range(1, len(written) + 1))


@given(kind=KINDS, written=st.text("0123456789,.", min_size=1, max_size=9))
def test_what_begins_a_number_can_be_brought_to_an_end(kind: Digits, written: str) -> None:
    ends = ("", "0", "00", "000")
    assert kind.begins(written) is any(kind.accepts(written + end) for end in ends)


@given(kind=KINDS, written=st.text("0123456789,.", min_size=1, max_size=9))
def test_beginnings_of_one_shape_go_on_alike(kind: Digits, written: str) -> None:
    if not kind.begins(written):
        return
    shape = kind.shape(written)
    assert kind.begins(shape)
    for longer in (*"0123456789,.", "00", ",000", ".0"):
        assert kind.begins(shape + longer) is kind.begins(written + longer), (written, shape, longer)
        assert kind.accepts(shape + longer) is kind.accepts(written + longer), (written, shape, longer)


def test_a_year_has_four_digits_and_a_day_is_none() -> None:
    year = NUMBER_DIGITS["calendar_year"]
    assert year.accepts("1984")
    assert not any(year.accepts(written) for written in ("0", "1", "31", "984", "10000"))
    assert not year.begins("0")


@given(value=st.integers(0, 999_999), decimals=st.text("0123456789", max_size=3))
def test_what_is_said_means_what_is_written(value: int, decimals: str) -> None:
    written = f"{value}.{decimals}" if decimals else f"{value}"
    for way in spoken(written):
        assert take_numbers(list(way))[1] == take_numbers([written])[1], way


def test_what_nobody_says_has_no_words() -> None:
    assert spoken("1000000") == []
    assert spoken("105") == [
        ("one", "hundred", "five"),
        ("one", "hundred", "and", "five"),
        ("a", "hundred", "five"),
        ("a", "hundred", "and", "five"),
    ]
