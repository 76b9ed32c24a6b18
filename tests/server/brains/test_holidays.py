"""Holidays fall where the almanacs say, and the rules hold for every year."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.server.brains.skills.clock.holidays import (
    HOLIDAYS,
    coming,
    easter,
    gone,
    hanukkah,
    nth_weekday,
    orthodox_easter,
    passover,
    rosh_hashanah,
)

YEARS = st.integers(1900, 2100)


@pytest.mark.parametrize(
    ("name", "year", "month", "day"),
    [
        ("Easter", 1818, 3, 22),  # the earliest
        ("Easter", 1943, 4, 25),  # the latest
        ("Easter", 2000, 4, 23),
        ("Easter", 2025, 4, 20),
        ("Easter", 2038, 4, 25),
        ("Orthodox Easter", 2024, 5, 5),
        ("Orthodox Easter", 2025, 4, 20),
        ("Good Friday", 2025, 4, 18),
        ("Mardi Gras", 2025, 3, 4),
        ("Pentecost", 2025, 6, 8),
        ("Thanksgiving in the United States", 2024, 11, 28),
        ("Thanksgiving in the United States", 2025, 11, 27),
        ("Thanksgiving in Canada", 2025, 10, 13),
        ("Black Friday", 2024, 11, 29),
        ("Memorial Day", 2025, 5, 26),
        ("Labor Day in the United States", 2025, 9, 1),
        ("Martin Luther King Day", 2025, 1, 20),
        ("Election Day in the United States", 2022, 11, 8),
        ("Election Day in the United States", 2024, 11, 5),
        ("Mother's Day in the United States", 2025, 5, 11),
        ("Father's Day", 2025, 6, 15),
        ("Mothering Sunday", 2025, 3, 30),
        ("the first Sunday of Advent", 2022, 11, 27),
        ("the first Sunday of Advent", 2023, 12, 3),
        ("Rosh Hashanah", 2024, 10, 3),
        ("Rosh Hashanah", 2025, 9, 23),
        ("Yom Kippur", 2024, 10, 12),
        ("Passover", 2024, 4, 23),
        ("Passover", 2025, 4, 13),
        ("Purim", 2025, 3, 14),
        ("Shavuot", 2025, 6, 2),
        ("Hanukkah", 2023, 12, 8),
        ("Hanukkah", 2024, 12, 26),
        ("Hanukkah", 2025, 12, 15),
    ],
)
def test_holidays_fall_where_the_almanacs_say(name: str, year: int, month: int, day: int) -> None:
    assert HOLIDAYS[name].on(year) == date(year, month, day)


@given(year=YEARS)
def test_easter_is_a_sunday_in_its_season(year: int) -> None:
    assert easter(year).weekday() == orthodox_easter(year).weekday() == 6
    assert date(year, 3, 22) <= easter(year) <= date(year, 4, 25)
    apart = orthodox_easter(year) - easter(year)
    assert apart in [timedelta(weeks=weeks) for weeks in (0, 1, 4, 5)]


@given(year=YEARS)
def test_the_hebrew_new_year_keeps_its_rules(year: int) -> None:
    assert rosh_hashanah(year).weekday() not in (6, 2, 4)  # never a Sunday, Wednesday or Friday
    assert (rosh_hashanah(year + 1) - rosh_hashanah(year)).days in (353, 354, 355, 383, 384, 385)
    assert passover(year).weekday() not in (0, 2, 4)
    assert hanukkah(year) - rosh_hashanah(year) in (timedelta(days=83), timedelta(days=84))


@given(year=YEARS, month=st.integers(1, 12), weekday=st.integers(0, 6), nth=st.sampled_from([1, 2, 3, 4, -1]))
def test_the_nth_weekday_is_found(year: int, month: int, weekday: int, nth: int) -> None:
    found = nth_weekday(year, month, weekday, nth)
    days = [date(year, month, 1) + timedelta(days=offset) for offset in range(31)]
    such = [day for day in days if day.month == month and day.weekday() == weekday]
    assert found == such[nth - 1 if nth > 0 else nth]


@given(name=st.sampled_from(sorted(HOLIDAYS)), today=st.dates(date(1950, 1, 1), date(2090, 1, 1)))
def test_the_coming_one_is_next_and_the_one_gone_is_last(name: str, today: date) -> None:
    holiday = HOLIDAYS[name]
    all_days = [holiday.on(year) for year in range(today.year - 2, today.year + 3)]
    assert coming(holiday, today) == min(day for day in all_days if day >= today)
    assert gone(holiday, today) == max(day for day in all_days if day < today)
