"""The date and the day of the week, of today or of any day that somebody names."""

from collections.abc import Callable
from datetime import date

from tars.server.brains.skills.clock.dates import Days, NoSuchDay, find
from tars.server.brains.skills.clock.spoken import capital, spoken_date
from tars.server.brains.skills.clock.wording import DATE_LISTS, FULL, IS, WHAT_IS, WHICH
from tars.server.brains.skills.skill import Call, Reply, Skill


def named(answer: Callable[[Call, Days], str]) -> Callable[[Call], Reply]:
    """A handler that answers for the days of the slot `date`, or says why there are none."""

    def handle(call: Call) -> Reply:
        """Find the days, and answer for them."""
        today = call.request.now.date()
        try:
            return Reply(answer(call, find(call, today, past=call.word("tense") == "last")))
        except NoSuchDay as error:
            return Reply(str(error))

    return handle


def _date_of(call: Call) -> Reply:
    if "date" in call.slots:
        return _of_named(call)
    offset = call.word("day_offset", "0")
    return _of_named(call.with_slots({**call.slots, "date": "offset", "day_offset": offset}))


def describe(days: Days, today: date) -> str:
    """When the days are, as a sentence: "Christmas is Thursday, December 25, 2025."."""
    be = _be(days, today)
    if days.one:
        return _describe_day(days, be)
    if (days.last - days.first).days == 1:
        end = spoken_date(days.last, with_year=True)
        return f"{capital(days.name)} {be} {spoken_date(days.first, with_year=False)} and {end}."
    if (days.last - days.first).days == 6:
        start = spoken_date(days.first, with_year=False)
        return f"{capital(days.name)} {be} from {start} to {spoken_date(days.last)}."
    first = days.first
    if first.month == 1 and days.last.month == 12:
        return f"{capital(days.name)} {be} {first.year}."
    if days.name.startswith(f"{first:%B}"):
        verb = "begins" if first > today else "began"
        end = "ends" if days.last >= today else "ended"
        return f"{days.name} {verb} on a {first:%A} and {end} on a {days.last:%A}."
    return f"{capital(days.name)} {be} {first:%B} {first.year}."


def _describe_day(days: Days, be: str) -> str:
    """What the name does not say yet: of a date the weekday, of a weekday the date."""
    day = days.first
    if days.name.startswith(f"{day:%B} {day.day}"):
        return f"{day:%B} {day.day}, {day.year} {be} a {day:%A}."
    if f"{day:%A}" in days.name:
        return f"{capital(days.name)} {be} {day:%B} {day.day}, {day.year}."
    it = "it " if days.name.startswith("in ") or days.name.endswith(" ago") else ""
    return f"{capital(days.name)} {it}{be} {spoken_date(day)}."


def _be(days: Days, today: date) -> str:
    """ "Is", "was" or "will be": the two that people say of what is to come."""
    if days.last < today:
        return "was"
    return "will be" if days.name.startswith("in ") else "is"


@named
def _of_named(call: Call, days: Days) -> str:
    return describe(days, call.request.now.date())


def _weekday_of(call: Call) -> Reply:
    if "date" in call.slots:
        return _weekday_of_named(call)
    return Reply(f"Today is {spoken_date(call.request.now.date(), with_year=False)}.")


@named
def _weekday_of_named(call: Call, days: Days) -> str:
    today = call.request.now.date()
    if not days.one:
        return describe(days, today)
    near = abs((days.first - today).days) <= 2
    if near and call.word("date") == "offset":
        return f"{capital(days.name)} {_be(days, today)} {spoken_date(days.first, with_year=False)}."
    return describe(days, today)


_THE_DATE = f"[the] [{FULL}] date"
_DAY = "(day|weekday|day of the week|week day)"

TELL_DATE = Skill(
    name="tell_date",
    description="Tell the date, of today or of any day by its name.",
    sentences=(
        f"{WHAT_IS} {_THE_DATE} [(of|for|on)] [{{date}}]",
        f"({_THE_DATE}|dates) [(of|for|on|in)] [{{date}}]",
        f"{WHICH} [{FULL}] (date|dates) {IS} [(on|for)] [{{date}}]",
        f"{WHICH} date {{date}} {IS}",
        "what the date {tense} [for] [{date}]",
        "the date [it] {tense} {date}",
        "what (will|would) {day_of:day_offset} date be",
        f"[({WHAT_IS}|what)] {{day_of:day_offset}} [{FULL}] date [{{tense}}]",
        "(today's date|today|the date today|the date {date}) is (what|what date|what day)",
        "what date today",
        "(do you have|have you got) the date [today]",
        f"{{date}} {WHICH} (day|date) {IS}",
        "{date} what (is|will be|will|was) the date [be]",
        f"what {IS} the date {{date}}",
        f"what will {_THE_DATE} be [{{date}}]",
        f"{WHAT_IS} the [exact] (dates|days) [(of|for)] {{date}}",
        "what days {tense} {date}",
        "which days (make|made) up {date}",
        f"(what's|what is) the [{FULL}] date [today] [(including|with|and)] [the] (month and year|year|month|day)",
        f"{WHICH} (day and month|date and month|day month and year|date month and year) {IS} [{{date}}]",
        f"{WHAT_IS} [(the|today's)] [(current|full)] "
        "(day and month|month and day|day month and year|month day and year) [{date}]",
    ),
    handle=_date_of,
    lists=DATE_LISTS,
)
_CLEAR_ALONE = ("offset", "weekday", "date", "ordinal", "feast", "ahead", "ago", "after_weekday", "nth")
"""Kinds of days whose names are a question by themselves; "may" and "week" mean other things."""
DATE_ALONE = Skill(
    name="date_alone",
    description="Tell the date of a day that is named and not asked about.",
    sentences=(),
    handle=_date_of,
    lists={
        "date_alone": {said: kind for said, kind in DATE_LISTS["date"].items() if kind in _CLEAR_ALONE}
        | {"[the] {which} {period}": "period"}
    },
    loose=("{date_alone:date}",),
)
TELL_WEEKDAY = Skill(
    name="tell_weekday",
    description="Tell the day of the week, of today or of any day.",
    sentences=(
        f"{WHICH} {_DAY} {IS} [on] [{{date}}] [(on|again|this year)]",
        f"{WHICH} {_DAY} {{date}} {IS}",
        "(what is|what's|what was) {date}",
        f"{WHAT_IS} (the|today's) [current] {_DAY} [(of|for|on)] [{{date}}]",
        f"[the] {_DAY} [(of|for|on)] {{date}}",
        f"the [current] {_DAY}",
        f"on {WHICH} {_DAY} {IS} [on] {{date}}",
        f"[on] {WHICH} {_DAY} (does|did|will) {{date}} fall [on]",
        "what (day of the week|weekday) are we on",
        f"{WHICH} {_DAY} is it (going to|gonna) be {{date}}",
    ),
    handle=_weekday_of,
)
