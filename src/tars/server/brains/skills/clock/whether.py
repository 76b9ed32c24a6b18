"""Yes or no: is it Monday, is it a leap year, is it already May, does Christmas fall on a Friday."""

from datetime import datetime, timedelta
from fractions import Fraction

from tars.server.brains.normalise import words_of
from tars.server.brains.skills.clock.dates import WEEKDAYS, Days, NoSuchDay, find, is_leap
from tars.server.brains.skills.clock.hours import read_clock
from tars.server.brains.skills.clock.spoken import spoken_date, spoken_time
from tars.server.brains.skills.clock.tell_date import named
from tars.server.brains.skills.clock.wording import IS, NOW
from tars.server.brains.skills.skill import Call, Reply, Skill

_PARTS = {"morning": (5, 12), "afternoon": (12, 18), "evening": (18, 22), "night": (22, 5)}
"""The hours from which to which people call it so."""


def _is_day(call: Call) -> Reply:
    today = call.request.now.date()
    try:
        days = find(call, today)
    except NoSuchDay as error:
        return Reply(str(error))
    truth = f"today is {spoken_date(today)}"
    return Reply(f"Yes, {truth}." if days.first <= today <= days.last else f"No, {truth}.")


@named
def _falls_on(call: Call, days: Days) -> str:
    asked = WEEKDAYS.index(call.word("asked_weekday"))
    truth = f"{days.name} {'was' if days.first < call.request.now.date() else 'is'} {spoken_date(days.first)}"
    return f"Yes, {truth}." if days.first.weekday() == asked else f"No, {truth}."


def _is_month(call: Call) -> Reply:
    now = call.request.now
    yes = now.month == int(call.exact("month"))
    return Reply(f"{'Yes' if yes else 'No'}, it's {now:%B} {now.year}.")


def _is_leap_year(call: Call) -> Reply:
    now = call.request.now
    year = call.exact("year") if "year" in call.slots else Fraction(now.year + int(call.exact("step")))
    if not (year.denominator == 1 and 1 <= year <= 9999):
        return Reply("My calendar runs from the year 1 to 9999.")
    be = "is" if year == now.year else "was" if year < now.year else "will be"
    if is_leap(year):
        return Reply(f"Yes, {year} {be} a leap year.")
    return Reply(f"No, {year} {be} not a leap year.".replace("will be not", "will not be"))


def _next_leap_year(call: Call) -> Reply:
    now = call.request.now
    year = next(year for year in range(now.year + 1, now.year + 9) if is_leap(Fraction(year)))
    this = f"{now.year} is one. " if is_leap(Fraction(now.year)) else ""
    return Reply(f"{this}The next leap year is {year}.")


def _is_time(call: Call) -> Reply:
    now = call.request.now
    moment = read_clock(call, now)
    truth = f"it's {spoken_time(now)}"
    if moment is None:
        return Reply("There is no such time on a clock.")
    whole = "half_day" in call.slots or call.word("clock") in ("noon", "midnight")
    round_of_clock = 24 * 60 if whole else 12 * 60
    since = (_minutes(now) - _minutes(moment)) % round_of_clock
    if {"yet", "already"} & set(words_of(call.request.text)):  # it is so from then on, not in that minute alone
        return Reply(f"Yes, {truth}." if since < round_of_clock / 2 else f"No, {truth}.")
    return Reply(f"No, {truth}." if since else f"Yes, {truth}.")


def _minutes(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def _is_part(call: Call) -> Reply:
    now = call.request.now
    start, end = _PARTS[call.word("day_part")]
    yes = (now - timedelta(hours=start)).hour < (end - start) % 24
    return Reply(f"{'Yes' if yes else 'No'}, it's {spoken_time(now)}.")


_ALREADY = "[(already|currently|now|really|still|yet)]"
IS_IT_DAY = Skill(
    name="is_it_day",
    description="Say whether today is a day of the week or a holiday.",
    sentences=(
        f"is it {_ALREADY} [a] ({{weekday_asked:date}}|{{feast_asked:date}}) [(today|yet|now)]",
        f"(is today|today is|are we on|is it) {_ALREADY} {{date}} [yet]",
        "is it almost {date} [yet]",
        "is {date} here [(yet|already)]",
    ),
    handle=_is_day,
    lists={
        "weekday_asked": {"{weekday}": "weekday"},
        "feast_asked": {"{feast}": "feast"},
    },
)
FALLS_ON = Skill(
    name="falls_on",
    description="Say whether a day falls on a day of the week.",
    sentences=(
        f"{IS} {{date}} [(on|a|on a)] {{weekday:asked_weekday}}",
        "(does|will|did) {date} (fall|be) on [a] {weekday:asked_weekday}",
    ),
    handle=_falls_on,
)
IS_IT_MONTH = Skill(
    name="is_it_month",
    description="Say whether it is a month.",
    sentences=(
        f"(is it|is this month|are we [{NOW}] in|have we (reached|entered)) {_ALREADY} {{month}}",
        "are we already in {month}",
    ),
    handle=_is_month,
)
LEAP_YEAR = Skill(
    name="leap_year",
    description="Say whether a year is a leap year.",
    sentences=(
        "(is|was|will) (it|this [year]|the [current] year|{year_step:step}|{calendar_year:year}) [be] a leap year",
        "is this year a leap year or [the] next",
        "is it a leap year this year",
        "are we in a leap year",
        "does ({year_step:step}|this year|{calendar_year:year}) have "
        "(an extra day|a leap day|a february [the] twenty ninth)",
        "is there a (leap day|february [the] twenty ninth) [this year]",
    ),
    handle=_is_leap_year,
    lists={"year_step": {"next year": 1, "last year": -1}},
)
NEXT_LEAP_YEAR = Skill(
    name="next_leap_year",
    description="Tell the next leap year.",
    sentences=(
        "(when|what|which) [(year|date)] (is|will be|does|will) [the] next leap year [(be|happen|start|begin)]",
        "when [the] next leap year is",
        "when is february [the] twenty ninth [happening] (again|next)",
        "(when's|what's) the next leap year",
        "when (will|do) we (get|have|see) [a] leap year [again]",
        "(when is|what is|when's|what's) the next year (with|that has) "
        "([an] extra day [in february]|february [the] twenty ninth)",
    ),
    handle=_next_leap_year,
)
IS_IT_TIME = Skill(
    name="is_it_time",
    description="Say whether it is a time of day.",
    sentences=(f"is it {_ALREADY} {{clock}} [yet]",),
    handle=_is_time,
)
PART_OF_DAY = Skill(
    name="part_of_day",
    description="Say whether it is morning, afternoon, evening or night.",
    sentences=(f"is it {_ALREADY} [(the|in the)] {{day_part}} [(yet|already|now)]",),
    handle=_is_part,
    lists={"day_part": {name: name for name in _PARTS}},
)
WHETHER = (IS_IT_MONTH, IS_IT_DAY, FALLS_ON, LEAP_YEAR, NEXT_LEAP_YEAR, IS_IT_TIME, PART_OF_DAY)
