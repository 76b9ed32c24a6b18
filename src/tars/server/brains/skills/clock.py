"""Time and date, from the server's own clock."""

from datetime import date, datetime, timedelta

from tars.server.brains.numbers import MONTHS, ORDINALS
from tars.server.brains.skills.skill import Call, Reply, Skill, Value

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FEASTS = {
    "christmas [day]": "Christmas|12-25",
    "christmas eve": "Christmas Eve|12-24",
    "halloween": "Halloween|10-31",
    "(new year's day|new year's|new year|the new year)": "New Year's Day|1-1",
    "new year's eve": "New Year's Eve|12-31",
    "valentine's [day]": "Valentine's Day|2-14",
}
_DAYS: dict[str, Value] = {"today": 0, "tomorrow": 1, "yesterday": -1}


def spoken_time(now: datetime) -> str:
    """The time of day, in a form that reads and sounds right: "2:05 PM"."""
    return f"{now.hour % 12 or 12}:{now.minute:02d} {'AM' if now.hour < 12 else 'PM'}"


def spoken_date(day: date, *, with_year: bool = True) -> str:
    """A date: "Friday, March 7, 2025"."""
    text = f"{day:%A}, {day:%B} {day.day}"
    return f"{text}, {day.year}" if with_year else text


def _tell_time(call: Call) -> Reply:
    return Reply(f"It's {spoken_time(call.request.now)}.")


def _tell_date(call: Call) -> Reply:
    offset = int(call.number("day_offset"))
    day = call.request.now.date() + timedelta(days=offset)
    return Reply(f"{_begin(offset)} {spoken_date(day)}.")


def _tell_weekday(call: Call) -> Reply:
    offset = int(call.number("day_offset"))
    return Reply(f"{_begin(offset)} {call.request.now + timedelta(days=offset):%A}.")


def _begin(offset: int) -> str:
    return {0: "Today is", 1: "Tomorrow is", -1: "Yesterday was"}[offset]


def _tell_year(call: Call) -> Reply:
    return Reply(f"It's {call.request.now.year}.")


def _days_until(call: Call) -> Reply:
    today = call.request.now.date()
    if "weekday" in call.slots:
        ahead = (WEEKDAYS.index(call.word("weekday")) - today.weekday()) % 7
        name = call.word("weekday").capitalize()
        return Reply(_count_days(ahead, name))
    if "feast" in call.slots:
        name, _, when = call.word("feast").partition("|")
        month, day = map(int, when.split("-"))
    else:
        month, day = int(call.number("month")), int(call.number("ordinal"))
        name = f"{MONTHS[month - 1].capitalize()} {day}"
    target = _next_date(today, month, day)
    if target is None:
        return Reply(f"There is no {name}. I checked twice.")
    return Reply(_count_days((target - today).days, name))


def _next_date(today: date, month: int, day: int) -> date | None:
    """The next such date, today included; None for a date that no year has."""
    for year in range(today.year, today.year + 9):  # the 29th of February is at most eight years away
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    return None


def _count_days(days: int, name: str) -> str:
    match days:
        case 0:
            return f"{name} is today."
        case 1:
            return f"{name} is tomorrow. 1 day."
        case _:
            return f"{days} days until {name}."


TELL_TIME = Skill(
    name="tell_time",
    description="Tell the time of day.",
    sentences=(
        "(what time is it|what is the time|what's the time|what time it is|the time)",
        "(do you have|have you got|got|give me) the time",
        "do you know what time it is",
    ),
    handle=_tell_time,
)
TELL_DATE = Skill(
    name="tell_date",
    description="Tell today's date, tomorrow's or yesterday's.",
    sentences=(
        "(what is|what's) (the date|today's date) [today]",
        "(what date is it|what date it is|the date|today's date)",
        "what date is [it] {day_offset}",
        "(what is|what's) (the date|the date of) {day_offset}",
        "(what is|what's|what was) {day_of:day_offset} date",
    ),
    handle=_tell_date,
    lists={"day_offset": _DAYS, "day_of": {"tomorrow's": 1, "yesterday's": -1}},
)
TELL_WEEKDAY = Skill(
    name="tell_weekday",
    description="Tell the day of the week.",
    sentences=(
        "(what day is it|what day it is|what day of the week is it|what is the day of the week)",
        "(what day|what day of the week|which day) (is|is it|was|will it be) {day_offset}",
    ),
    handle=_tell_weekday,
)
TELL_YEAR = Skill(
    name="tell_year",
    description="Tell the year.",
    sentences=("(what year is it|what year it is|which year is it|what is the year) [now]",),
    handle=_tell_year,
)
DAYS_UNTIL = Skill(
    name="days_until",
    description="Count the days until a date, a weekday or a holiday.",
    sentences=(
        "how many days (until|till|to|before) {feast}",
        "how many days (until|till|to) {weekday}",
        "how many days (until|till|to) {month} [the] {ordinal}",
        "how many days (until|till|to) the {ordinal} of {month}",
        "how (long|many days) is it (until|till|to) {feast}",
        "when is {feast}",
    ),
    handle=_days_until,
    lists={
        "feast": dict(_FEASTS),
        "weekday": {name: name for name in WEEKDAYS},
        "month": {name: number for number, name in enumerate(MONTHS, start=1)},
        "ordinal": {name: number for number, name in enumerate(ORDINALS[:31], start=1)},
    },
)
CLOCK = (TELL_TIME, TELL_DATE, TELL_WEEKDAY, TELL_YEAR, DAYS_UNTIL)
