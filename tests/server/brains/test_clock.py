"""What the clock answers: the words that people use, and times that can mean one thing only."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.server.brains.skills.clock.spoken import ordinal, spoken_length, spoken_moment, spoken_time
from tests.server.brains.asking import ask_at

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2025, 3, 7, 14, 5, 20, tzinfo=BERLIN)  # a Friday


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("whats the time", "It's 2:05 PM."),
        ("time please", "It's 2:05 PM."),
        ("what's the current time", "It's 2:05 PM."),
        ("hello, I'd like to know the exact time please", "It's 2:05 PM."),
        ("what time will it be in three hours", "In 3 hours it will be 5:05 PM."),
        ("what time will it be in an hour and ten minutes", "In 1 hour and 10 minutes it will be 3:15 PM."),
        ("what time is it in 12 hours", "In 12 hours it will be 2:05 AM tomorrow."),
        ("what time was it 90 minutes ago", "1 hour and 30 minutes ago it was 12:35 PM."),
        ("what time will it be in ten hours in Tokyo", "In 10 hours it will be 8:05 AM tomorrow in Tokyo."),
        ("how long until 5 p.m.", "2 hours and 55 minutes until 5:00 PM."),
        ("how long till 17:30", "3 hours and 25 minutes until 5:30 PM."),
        ("how long until two", "11 hours and 55 minutes until 2:00 AM tomorrow."),
        ("how long until half past two", "25 minutes until 2:30 PM."),
        ("how long until a quarter to three", "40 minutes until 2:45 PM."),
        ("how long until 2:05", "It's 2:05 PM now."),
        ("how many minutes until noon", "1,315 minutes until noon tomorrow."),
        ("how long until midnight", "9 hours and 55 minutes until midnight."),
        ("how long until thirty o'clock", "There is no such time on a clock."),
        ("is it noon", "No, it's 2:05 PM."),
        ("is it noon yet", "Yes, it's 2:05 PM."),
        ("is it already 2 pm", "Yes, it's 2:05 PM."),
        ("is it 1 o'clock yet", "Yes, it's 2:05 PM."),
        ("is it 3 yet", "No, it's 2:05 PM."),
        ("is it midnight yet", "No, it's 2:05 PM."),
        ("is it 6 pm yet", "No, it's 2:05 PM."),
        ("is it five past two", "Yes, it's 2:05 PM."),
        ("is it 2:05 am", "No, it's 2:05 PM."),
        ("is it already afternoon", "Yes, it's 2:05 PM."),
        ("is it night", "No, it's 2:05 PM."),
        (
            "when do the clocks change",
            "The clocks go forward by 1 hour on Sunday, March 30, 2025. Then it is 3:00 AM.",
        ),
    ],
)
def test_the_time(text: str, answer: str) -> None:
    assert ask_at(NOW, text)[0] == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("what month is it", "It's March 2025."),
        ("which month was last month", "Last month was February 2025."),
        ("whats the current year", "It's 2025."),
        ("tell me the year", "It's 2025."),
        ("can you tell me the day", "Today is Friday, March 7."),
        ("what week is it", "It's week 10 of the year, by the ISO calendar."),
        ("what day of the month is it", "It's the 7th: Friday, March 7."),
        ("how many days are left in the year", "It's the 66th day of 2025. 299 days left."),
        ("how many days are in february", "February 2025 has 28 days."),
        ("how many days does february 2028 have", "February 2028 has 29 days."),
        ("how many days are in next month", "April 2025 has 30 days."),
        ("how many days are there in this year", "2025 has 365 days."),
        ("what's today", "Today is Friday, March 7."),
        ("which weekday is today", "Today is Friday, March 7."),
        ("todays date please", "Today is Friday, March 7, 2025."),
        ("tomorrow's date", "Tomorrow is Saturday, March 8, 2025."),
        ("what is the day after tomorrow", "The day after tomorrow is Sunday, March 9."),
        ("what's the date in five days", "In 5 days it will be Wednesday, March 12, 2025."),
        ("in 100 days what date will it be", "In 100 days it will be Sunday, June 15, 2025."),
        ("what was the date three weeks ago", "3 weeks ago it was Friday, February 14, 2025."),
        ("what day will it be a month from now", "In 1 month it will be Monday, April 7, 2025."),
        ("what is the date in 2.5 weeks", "I count in whole days, weeks, months and years."),
        ("what date is a week from friday", "1 week from Friday is March 14, 2025."),
        ("which day is christmas on", "Christmas is Thursday, December 25, 2025."),
        ("what weekday was july 4th 1976", "July 4, 1976 was a Sunday."),
        ("what day of the week was july fourth nineteen seventy six", "July 4, 1976 was a Sunday."),
        ("on which day does the 1st of May fall", "May 1, 2025 is a Thursday."),
        ("what weekday was March 5", "March 5, 2025 was a Wednesday."),
        ("when is Feb 29", "February 29, 2028 is a Tuesday."),
        ("when is February 29 2027", "There is no February 29 in 2027. I checked twice."),
        ("what day is 12/25/2026", "December 25, 2026 is a Friday."),
        ("what day is 25/12/2026", "December 25, 2026 is a Friday."),
        ("what day was 1999-12-31", "December 31, 1999 was a Friday."),
        ("when is twenty second of February 2026", "February 22, 2026 is a Sunday, in 352 days."),
        ("when is the 31st", "The 31st is Monday, March 31, 2025."),
        ("when is next friday", "Next Friday is March 14, 2025."),
        ("when was last friday", "Last Friday was February 28, 2025."),
        ("what's the date this friday", "This Friday is March 7, 2025."),
        ("when is the weekend", "The weekend is Saturday, March 8 and Sunday, March 9, 2025."),
        ("what were the dates of last weekend", "Last weekend was Saturday, March 1 and Sunday, March 2, 2025."),
        ("what date is the end of the month", "The end of this month is Monday, March 31, 2025."),
        ("when is next week", "Next week is from Monday, March 10 to Sunday, March 16, 2025."),
        ("what is the last monday of march", "The last Monday of March is March 31, 2025."),
        ("when is the fifth monday of february 2025", "February 2025 has no fifth Monday."),
        (
            "what's the date in nine million days",
            "That is not on my calendar, which runs from the year 1 to 9999.",
        ),
        ("next Friday?", "Next Friday is March 14, 2025."),
        ("this friday", "This Friday is March 7, 2025."),
        ("and tomorrow", "Tomorrow is Saturday, March 8, 2025."),
        ("last weekend", "Last weekend was Saturday, March 1 and Sunday, March 2, 2025."),
        ("in three weeks", "In 3 weeks it will be Friday, March 28, 2025."),
        ("February 30", "There is no February 30. I checked twice."),
        ("how about christmas", "Christmas is Thursday, December 25, 2025."),
        ("is it monday", "No, today is Friday, March 7, 2025."),
        ("are we on friday", "Yes, today is Friday, March 7, 2025."),
        ("is it the weekend yet", "No, today is Friday, March 7, 2025."),
        ("is it already march", "Yes, it's March 2025."),
        ("is christmas on a friday", "No, Christmas is Thursday, December 25, 2025."),
        ("is it a leap year", "No, 2025 is not a leap year."),
        ("was 1900 a leap year", "No, 1900 was not a leap year."),
        ("will 2028 be a leap year", "Yes, 2028 will be a leap year."),
        ("when is the next leap year", "The next leap year is 2028."),
    ],
)
def test_the_calendar(text: str, answer: str) -> None:
    assert ask_at(NOW, text)[0] == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("how many weeks until christmas", "41 weeks and 6 days until Christmas."),
        ("how many months until christmas", "9 months and 18 days until Christmas."),
        ("how many hours until tomorrow", "9 hours and 54 minutes until tomorrow."),
        ("how many days until the weekend", "The weekend is tomorrow. 1 day."),
        ("how long until next friday", "7 days until next Friday."),
        ("how many days until December 25th", "293 days until December 25."),
        ("how long is it until the 3rd of may", "57 days until May 3."),
        ("how far away is 12/25/2024", "December 25, 2024 was 72 days ago, on Wednesday, December 25, 2024."),
        ("how many sleeps till easter", "44 days until Easter."),
        ("how many years until 2030", "4 years, 9 months and 25 days until 2030."),
        ("how long ago was christmas", "Christmas was 72 days ago, on Wednesday, December 25, 2024."),
        ("how many days since january 1st", "January 1 was 65 days ago, on Wednesday, January 1, 2025."),
        (
            "how many days between march 1st and april 1st",
            "From Sunday, March 1, 2026 to Wednesday, April 1, 2026: 31 days.",
        ),
        ("when is easter", "Easter is Sunday, April 20, 2025, in 44 days."),
        ("when was easter", "Easter was Sunday, March 31, 2024."),
        ("when is thanksgiving", "Thanksgiving in the United States is Thursday, November 27, 2025, in 265 days."),
        ("when is ramadan", "Ramadan follows a calendar of the moon that I don't have."),
        ("what's the next holiday", "The next one I know of is Women's Day, tomorrow: Saturday, March 8, 2025."),
    ],
)
def test_how_long_it_is(text: str, answer: str) -> None:
    assert ask_at(NOW, text)[0] == answer


@pytest.mark.parametrize(
    ("now", "text", "answer"),
    [
        # the clocks went forward at 2:00 that night
        (datetime(2025, 3, 9, 1, 30), "what time will it be in an hour", "In 1 hour it will be 3:30 AM."),
        (datetime(2025, 3, 9, 0, 0), "how many hours until tomorrow", "23 hours until tomorrow."),
        (datetime(2025, 3, 9, 1, 0), "how long until 5 am", "3 hours until 5:00 AM."),
        (
            datetime(2025, 3, 9, 1, 0),
            "how long until 2:30 am",
            "There is no 2:30 AM on Sunday, March 9: the clocks go forward.",
        ),
        # the clocks went back at 2:00 that night, so one to two came twice
        (datetime(2025, 11, 2, 1, 30), "what time is it", "It's 1:30 AM, before the clocks go back."),
        (datetime(2025, 11, 2, 1, 30, fold=1), "what time is it", "It's 1:30 AM, after the clocks go back."),
        (
            datetime(2025, 11, 2, 0, 30),
            "what time will it be in two hours",
            "In 2 hours it will be 1:30 AM, after the clocks go back.",
        ),
        (datetime(2025, 11, 2, 0, 0), "how many hours until tomorrow", "25 hours until tomorrow."),
    ],
)
def test_when_the_clocks_change(now: datetime, text: str, answer: str) -> None:
    assert ask_at(now.replace(tzinfo=NEW_YORK), text)[0] == answer


@given(moment=st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1), timezones=st.just(NEW_YORK)))
def test_a_spoken_time_reads_back_as_the_time(moment: datetime) -> None:
    words = {"noon": "12:00 PM", "midnight": "12:00 AM"}
    said = spoken_time(moment)
    read = datetime.strptime(words.get(said, said), "%I:%M %p")
    assert (read.hour, read.minute) == (moment.hour, moment.minute)


@given(
    moment=st.datetimes(datetime(2025, 1, 1), datetime(2025, 12, 31), timezones=st.just(UTC)),
    minutes=st.integers(1, 3000),
)
def test_two_moments_of_a_year_are_never_spoken_alike(moment: datetime, minutes: int) -> None:
    one = moment.astimezone(NEW_YORK)
    other = (moment + timedelta(minutes=minutes)).astimezone(NEW_YORK)
    assert spoken_moment(one, one.date()) != spoken_moment(other, one.date())


@given(minutes=st.integers(1, 100_000))
def test_how_long_adds_up(minutes: int) -> None:
    sizes = {"day": 1440, "hour": 60, "minute": 1}
    words = spoken_length(timedelta(minutes=minutes)).replace(",", "").replace(" and ", " ").split()
    total = sum(
        int(count) * sizes[unit.removesuffix("s")] for count, unit in zip(words[::2], words[1::2], strict=True)
    )
    assert total == minutes


@given(ahead=st.integers(1, 10_000), unit=st.sampled_from(["minutes", "hours"]))
def test_a_time_ahead_is_the_time_that_passes(ahead: int, unit: str) -> None:
    later = (NOW.astimezone(UTC) + timedelta(**{unit: ahead})).astimezone(BERLIN)
    reply, _ = ask_at(NOW, f"what time will it be in {ahead} {unit}")
    assert reply.endswith(f" {spoken_moment(later, NOW.date())}.")


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd"), (113, "113th")],
)
def test_ordinals(number: int, text: str) -> None:
    assert ordinal(number) == text
