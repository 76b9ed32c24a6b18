"""What the calendar says of today: year, month, week and day."""

import calendar
from datetime import date

from tars.server.brains.numbers import MONTHS
from tars.server.brains.skills.clock.dates import NoSuchDay, find
from tars.server.brains.skills.clock.spoken import counted, ordinal, spoken_date
from tars.server.brains.skills.clock.wording import NOW, WHICH
from tars.server.brains.skills.skill import Call, Reply, Skill


def _year(call: Call) -> Reply:
    return Reply(f"It's {call.request.now.year}.")


def _month(call: Call) -> Reply:
    now = call.request.now
    step = int(call.exact("month_step"))
    months = now.year * 12 + now.month - 1 + step
    name = f"{MONTHS[months % 12].capitalize()} {months // 12}"
    return Reply(
        f"{ {0: 'It is', 1: 'Next month is', -1: 'Last month was'}[step] } {name}.".replace("It is", "It's")
    )


def _week(call: Call) -> Reply:
    week = call.request.now.isocalendar().week
    return Reply(f"It's week {week} of the year, by the ISO calendar.")


def _day_of_month(call: Call) -> Reply:
    today = call.request.now.date()
    return Reply(f"It's the {ordinal(today.day)}: {spoken_date(today, with_year=False)}.")


def _day_of_year(call: Call) -> Reply:
    today = call.request.now.date()
    number = today.timetuple().tm_yday
    left = date(today.year, 12, 31).timetuple().tm_yday - number
    return Reply(f"It's the {ordinal(number)} day of {today.year}. {counted(left, 'day')} left.")


def _length(call: Call) -> Reply:
    """How many days a month or a year has."""
    now = call.request.now
    slots = {"year": now.year, **call.slots} if call.word("date") == "month" else call.slots
    try:
        days = find(call.with_slots(slots), now.date())
    except NoSuchDay as error:
        return Reply(str(error))
    if days.name.endswith("year"):
        return Reply(f"{days.first.year} has {365 + calendar.isleap(days.first.year)} days.")
    length = (days.last - days.first).days + 1
    return Reply(f"{days.first:%B} {days.first.year} has {length} days.")


_ARE_WE = f"(is it|it is|is this|are we in|we are in|we're in|is now|are we {NOW} in)"
TELL_YEAR = Skill(
    name="tell_year",
    description="Tell the year.",
    sentences=(
        f"{WHICH} [(calendar|current)] year {_ARE_WE} [(now|today|currently)]",
        f"{WHICH} year is today",
        "(what is|what's) (the|this) [(current|present)] year [today]",
        "[the] [(current|present)] year",
    ),
    handle=_year,
)
TELL_MONTH = Skill(
    name="tell_month",
    description="Tell the month.",
    sentences=(
        f"{WHICH} month {_ARE_WE} [(now|today|currently|already)]",
        f"{WHICH} month (is|was|will it be) {{month_step}}",
        "(what is|what's) (the|this) [(current|present)] month [(today|called)]",
        "[(what is|what's)] the name of (this|the [current]) month",
        "(the [(current|present)]|current|present) month",
        "the month (it is|we're in|we are in)",
    ),
    handle=_month,
    lists={"month_step": {"next month": 1, "last month": -1}},
)
TELL_WEEK = Skill(
    name="tell_week",
    description="Tell the number of the week.",
    sentences=(
        f"{WHICH} (week|calendar week|week number|week of the year) {_ARE_WE} [(now|today|currently)]",
        "(what is|what's) the [current] (week|week number|calendar week|number of the week)",
        "(week number|calendar week)",
    ),
    handle=_week,
)
DAY_OF_MONTH = Skill(
    name="day_of_month",
    description="Tell the day of the month.",
    sentences=(
        f"{WHICH} day of the (month|calendar) (is it|is today|it is|are we on|is) [today]",
        "[(what is|what's)] the [current] day of the (month|calendar) [today]",
        "[the] current day of the (month|calendar)",
    ),
    handle=_day_of_month,
)
DAY_OF_YEAR = Skill(
    name="day_of_year",
    description="Tell the day of the year.",
    sentences=(
        f"{WHICH} day of the year (is it|is today|it is|are we on) [today]",
        "(what is|what's) the day of the year",
        "how many days (are left|are there left|left|remain) (in|of) (the|this) year",
    ),
    handle=_day_of_year,
)
DAYS_IN = Skill(
    name="days_in",
    description="Tell how many days a month or a year has.",
    sentences=("how many days (are in|are there in|does|in|has) {month_or_year:date} [have]",),
    handle=_length,
    lists={
        "month_or_year": {
            "{month} [[(in|of)] {calendar_year:year}]": "month",
            "[(the|this)] {month_or_year_period:period}": "period",
            "{which} {month_or_year_period:period}": "period",
        },
        "month_or_year_period": {"month": "month", "year": "year"},
    },
)
FACTS = (TELL_YEAR, TELL_MONTH, TELL_WEEK, DAY_OF_MONTH, DAY_OF_YEAR, DAYS_IN)
