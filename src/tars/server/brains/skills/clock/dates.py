"""The day or days that somebody named, found on the calendar: arithmetic on what was said and today's date."""

import calendar
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from fractions import Fraction

import attrs

from tars.server.brains.numbers import MONTHS
from tars.server.brains.skills.clock.holidays import HOLIDAYS, coming, gone, next_month, nth_weekday
from tars.server.brains.skills.clock.spoken import counted, ordinal
from tars.server.brains.skills.skill import Call

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NEAR = {
    0: "today",
    1: "tomorrow",
    -1: "yesterday",
    2: "the day after tomorrow",
    -2: "the day before yesterday",
}
_WEEKEND = 5
"""Saturday's number."""


class NoSuchDay(Exception):
    """What was named is on no calendar; its text is the sentence to say."""


@attrs.frozen
class Days:
    """A day, or several in a row, by the name that somebody gave."""

    name: str
    """In the middle of a sentence: "Christmas", "next Friday"."""
    first: date
    last: date

    @property
    def one(self) -> bool:
        """Whether it is a single day."""
        return self.first == self.last


@attrs.frozen
class _Named:
    """What was said of a day, and when."""

    call: Call
    today: date
    past: bool
    """Whether it was spoken of as past ("what day was …"): then the last such day, not the next."""

    @property
    def which(self) -> str:
        """ "next", "last", "this" or nothing."""
        return self.call.word("which")

    def whole(self, slot: str) -> int:
        """The number in `slot`. `NoSuchDay` where it is none of days."""
        value = self.call.exact(slot)
        if value.denominator != 1:
            raise NoSuchDay("I count in whole days, weeks, months and years.")
        return int(value)

    @property
    def year(self) -> int | None:
        """The year that was named."""
        return self.whole("year") if "year" in self.call.slots else None


def find(call: Call, today: date, *, past: bool = False) -> Days:
    """The days of the slot `date` and what belongs to it. Raises `NoSuchDay`."""
    try:
        return _KINDS[call.word("date")](_Named(call, today, past))
    except (ValueError, OverflowError):
        raise NoSuchDay("That is not on my calendar, which runs from the year 1 to 9999.") from None


def _one(name: str, day: date) -> Days:
    return Days(name, day, day)


def _offset(said: _Named) -> Days:
    offset = said.whole("day_offset")
    return _one(_NEAR[offset], said.today + timedelta(days=offset))


def weekday_from(today: date, weekday: int, which: str) -> date:
    """Such a weekday: "last" and "next" leave today out; else it is the next one, or today."""
    if which == "last":
        return today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)
    if which == "next":
        return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    return today + timedelta(days=(weekday - today.weekday()) % 7)


def _weekday(said: _Named) -> Days:
    name = said.call.word("weekday")
    which = said.which or ("last" if said.past else "")
    day = weekday_from(said.today, WEEKDAYS.index(name), which)
    return _one(f"{which} {name.capitalize()}".strip(), day)


def on_date(today: date, month: int, day: int, year: int | None, *, past: bool) -> date:
    """The date in `year`, else the next such (or the last, of the past). Raises `NoSuchDay` for February 30."""
    name = f"{MONTHS[month - 1].capitalize()} {day}"
    if not 1 <= day <= 31 or (year is None and not _ever(month, day)):
        raise NoSuchDay(f"There is no {name}. I checked twice.")
    if year is not None:
        if 1 <= year <= 9999 and day > calendar.monthrange(year, month)[1]:
            raise NoSuchDay(f"There is no {name} in {year}. I checked twice.")
        return date(year, month, day)
    step = -1 if past else 1
    for candidate in range(
        today.year, today.year + 9 * step, step
    ):  # a 29th of February is eight years away at most
        if day <= calendar.monthrange(candidate, month)[1]:
            found = date(candidate, month, day)
            if found < today if past else found >= today:
                return found
    raise ValueError("no such date within the calendar")


def _ever(month: int, day: int) -> bool:
    return 1 <= day <= calendar.monthrange(2000, month)[1]


def _date(said: _Named) -> Days:
    month, day, year = said.whole("month"), said.whole("ordinal"), said.year
    name = f"{MONTHS[month - 1].capitalize()} {day}" + ("" if year is None else f", {year}")
    return _one(name, on_date(said.today, month, day, year, past=said.past))


def _ordinal(said: _Named) -> Days:
    """ "The 15th": of this month, or of the next one that has it."""
    number = said.whole("ordinal")
    first = said.today.replace(day=1)
    for _ in range(3):
        if number <= calendar.monthrange(first.year, first.month)[1]:
            day = first.replace(day=number)
            if (day < said.today) if said.past else (day >= said.today):
                return _one(f"the {ordinal(number)}", day)
        first = (first - timedelta(days=1)).replace(day=1) if said.past else next_month(first)
    raise NoSuchDay(f"No month has a {ordinal(number)}.")


def _feast(said: _Named) -> Days:
    holiday = HOLIDAYS[said.call.word("feast")]
    if said.year is not None:
        return _one(f"{holiday.name} {said.year}", holiday.on(said.year))
    past = said.which == "last" or (said.past and not said.which)
    return _one(holiday.name, gone(holiday, said.today) if past else coming(holiday, said.today))


def add(day: date, count: int, unit: str) -> date:
    """`day` so much later. In a month that is too short for its day, the last day."""
    if unit in ("day", "week"):
        return day + timedelta(days=count * (7 if unit == "week" else 1))
    months = day.year * 12 + day.month - 1 + count * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _ahead(said: _Named) -> Days:
    return _span(said, 1)


def _ago(said: _Named) -> Days:
    return _span(said, -1)


def _span(said: _Named, sign: int) -> Days:
    unit = said.call.word("day_unit")
    count = said.whole("count") if "count" in said.call.slots else 1
    length = counted(count, unit)
    start = said.whole("day_offset") if "day_offset" in said.call.slots else 0
    day = add(said.today + timedelta(days=start), sign * count, unit)
    if start:
        return _one(f"{length} {'from' if sign > 0 else 'before'} {_NEAR[start]}", day)
    return _one(f"in {length}" if sign > 0 else f"{length} ago", day)


def _after_weekday(said: _Named) -> Days:
    """ "A week from Friday"."""
    unit = said.call.word("day_unit")
    count = said.whole("count") if "count" in said.call.slots else 1
    name = said.call.word("weekday")
    day = weekday_from(said.today, WEEKDAYS.index(name), said.which)
    return _one(f"{counted(count, unit)} from {name.capitalize()}", add(day, count, unit))


def _period(said: _Named) -> Days:
    which = said.which or ("last" if said.past else "")
    step = {"next": 1, "last": -1}.get(which, 0)
    unit = said.call.word("period")
    if unit == "weekend":
        return Days(f"{which or 'the'} weekend", *_weekend(said.today, which))
    if unit == "week":
        start = said.today + timedelta(days=7 * step - said.today.weekday())
        return Days(f"{which or 'this'} week", start, start + timedelta(days=6))
    if unit == "year":
        year = said.today.year + step
        return Days(f"{which or 'this'} year", date(year, 1, 1), date(year, 12, 31))
    start = add(said.today.replace(day=1), step, "month")
    return Days(
        f"{which or 'this'} month", start, start.replace(day=calendar.monthrange(start.year, start.month)[1])
    )


def _weekend(today: date, which: str) -> tuple[date, date]:
    """Saturday and Sunday; a weekend that has begun is this one."""
    saturday = weekday_from(today, _WEEKEND, "") if today.weekday() != 6 else today - timedelta(days=1)
    if which == "next" and saturday <= today:
        saturday += timedelta(days=7)
    if which == "last":
        saturday -= timedelta(days=7)
    return saturday, saturday + timedelta(days=1)


def _end_of(said: _Named) -> Days:
    """ "The end of the month"."""
    period = _period(said)
    return _one(f"the end of {period.name}", period.last)


def _month(said: _Named) -> Days:
    month, year = said.whole("month"), said.year
    name = MONTHS[month - 1].capitalize()
    if year is None:
        year = said.today.year
        back = said.past or said.which == "last"
        if back and month >= said.today.month:
            year -= 1
        elif not back and (month < said.today.month or (said.which == "next" and month == said.today.month)):
            year += 1
    return Days(f"{name} {year}", date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))


def _year(said: _Named) -> Days:
    year = said.whole("year")
    return Days(f"{year}", date(year, 1, 1), date(year, 12, 31))


def _nth(said: _Named) -> Days:
    """ "The last Monday of March"."""
    month, weekday = said.whole("month"), said.call.word("weekday")
    nth = said.whole("nth")
    place = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}[nth]
    name = f"the {place} {weekday.capitalize()} of {MONTHS[month - 1].capitalize()}"
    years = (
        (said.year,) if said.year is not None else (said.today.year, said.today.year + (-1 if said.past else 1))
    )
    for year in years:
        try:
            day = nth_weekday(year, month, WEEKDAYS.index(weekday), nth)
        except ValueError:
            raise NoSuchDay(
                f"{MONTHS[month - 1].capitalize()} {year} has no {place} {weekday.capitalize()}."
            ) from None
        if said.year is not None or (day < said.today) == said.past:
            return _one(name, day)
    raise NoSuchDay(f"I can't find {name}.")


_KINDS: Mapping[str, Callable[[_Named], Days]] = {
    "offset": _offset,
    "weekday": _weekday,
    "date": _date,
    "ordinal": _ordinal,
    "feast": _feast,
    "ahead": _ahead,
    "ago": _ago,
    "after_weekday": _after_weekday,
    "period": _period,
    "end_of": _end_of,
    "month": _month,
    "year": _year,
    "nth": _nth,
}


def months_between(start: date, end: date) -> tuple[int, int]:
    """Whole months from `start` to a later `end`, and the days that are left."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if add(start, months, "month") > end:
        months -= 1
    return months, (end - add(start, months, "month")).days


def is_leap(year: Fraction) -> bool:
    """Whether a year of the Gregorian calendar has a 29th of February."""
    return year.denominator == 1 and calendar.isleap(int(year))
