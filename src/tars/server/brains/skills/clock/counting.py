"""How long it is until a day, or since one; and when a day is."""

from datetime import UTC, date, datetime, timedelta

from tars.server.brains.skills.clock.dates import Days, NoSuchDay, find, months_between
from tars.server.brains.skills.clock.holidays import HOLIDAYS, UNCOMPUTED, coming
from tars.server.brains.skills.clock.spoken import capital, counted, listed, spoken_date, spoken_length
from tars.server.brains.skills.clock.tell_date import describe, named
from tars.server.brains.skills.clock.wording import DATE_LISTS, IS, plain, renamed
from tars.server.brains.skills.skill import Call, Reply, Skill

_SECONDS = {"hour": 3600, "minute": 60, "second": 1}


@named
def _until(call: Call, days: Days) -> str:
    today = call.request.now.date()
    if days.first <= today <= days.last:
        return f"{capital(days.name)} is today." if days.one else f"{capital(days.name)} has begun."
    if days.last < today:
        return _since(call, days)
    unit = call.word("count_unit", "day")
    if unit in _SECONDS:
        return f"{_clock_length(call.request.now, days.first, unit)} until {days.name}."
    if days.first - today == timedelta(days=1):
        return f"{capital(days.name)} is tomorrow. 1 day."
    return f"{_length(today, days.first, unit)} until {days.name}."


def _since(call: Call, days: Days) -> str:
    today = call.request.now.date()
    if days.first <= today <= days.last:
        return f"{capital(days.name)} is today." if days.one else f"{capital(days.name)} has begun."
    if days.first > today:
        length = _length(today, days.first, call.word("count_unit", "day"))
        return f"{capital(days.name)} is yet to come, in {length}."
    length = _length(days.last, today, call.word("count_unit", "day"))
    return f"{capital(days.name)} was {length} ago, on {spoken_date(days.last)}."


def _length(start: date, end: date, unit: str) -> str:
    """The days from `start` to a later `end`, in larger units where those were asked for."""
    total = (end - start).days
    if unit == "week":
        large, rest = divmod(total, 7)
    elif unit in ("month", "year"):
        large, rest = months_between(start, end)
        if unit == "year":
            years, months = divmod(large, 12)
            parts = [counted(n, name) for n, name in ((years, "year"), (months, "month"), (rest, "day")) if n]
            return listed(parts)
    else:
        return f"{total} {'day' if total == 1 else 'days'}"
    return listed([counted(count, name) for count, name in ((large, unit), (rest, "day")) if count])


def _clock_length(now: datetime, day: date, unit: str) -> str:
    """The time until `day` begins, as it passes: a day on which the clocks change has 23 or 25 hours."""
    begins = datetime(day.year, day.month, day.day, tzinfo=now.tzinfo).astimezone(UTC)
    left = begins - now.astimezone(UTC)
    whole = timedelta(seconds=int(left.total_seconds()) // min(60, _SECONDS[unit]) * min(60, _SECONDS[unit]))
    return spoken_length(whole, unit)


def _when(call: Call) -> Reply:
    if "unknown_feast" in call.slots:
        name = capital(call.word("unknown_feast"))
        return Reply(f"{name} follows a calendar of the moon that I don't have.")
    return _when_named(call)


@named
def _when_named(call: Call, days: Days) -> str:
    today = call.request.now.date()
    ahead = (days.first - today).days
    text = describe(days, today)
    if call.word("date") not in ("feast", "date", "nth") or not 1 < ahead < 400:
        return text
    return f"{text[:-1]}, in {ahead} days."


def _between(call: Call) -> Reply:
    """Between two days: the first one's slots end in "_from"."""
    today = call.request.now.date()
    first = {name.removesuffix("_from"): value for name, value in call.slots.items() if name.endswith("_from")}
    try:
        start = find(call.with_slots(first), today)
        end = find(call, start.first)
    except NoSuchDay as error:
        return Reply(str(error))
    days = sorted((start, end), key=lambda found: found.first)
    if days[0].first == days[1].first:
        return Reply("That is one and the same day.")
    length = _length(days[0].first, days[1].first, call.word("count_unit", "day"))
    return Reply(f"From {spoken_date(days[0].first)} to {spoken_date(days[1].first)}: {length}.")


def _next_holiday(call: Call) -> Reply:
    today = call.request.now.date()
    found = {holiday.name: coming(holiday, today + timedelta(days=1)) for holiday in HOLIDAYS.values()}
    day = min(found.values())
    names = [name for name, when in found.items() if when == day]
    ahead = (day - today).days
    when = "tomorrow" if ahead == 1 else f"in {ahead} days"
    return Reply(f"The next one I know of is {listed(names)}, {when}: {spoken_date(day)}.")


_LEFT = (
    "[(is it|are there|are left|is left|are we|left|remaining|remain|do we have|do i have|have we got|to go|more)]"
)
_UNTIL = "(until|till|til|to|before)"
_HOW_LONG = f"(how long|how much (time|longer)|how many [more] {{count_unit}}) {_LEFT} {_UNTIL}"
DAYS_UNTIL = Skill(
    name="days_until",
    description="Count the days, weeks, months or hours until a day.",
    sentences=(
        f"{_HOW_LONG} {{date}}",
        "how (far|long) (away|off|from now|from today) is {date} [from (now|today)]",
        "how (soon|many {count_unit}) (from now|from today|away|off|out) (is|until) {date}",
        "(what's|what is) the time (left|remaining) (until|before) {date}",
        "how many {count_unit} away is {date}",
        "how soon is {date}",
        f"{_HOW_LONG} {{year_date:date}}",
        "[the] {count_unit} until {date}",
        "{date} is how (far|long|many {count_unit}) (away|off)",
    ),
    handle=_until,
    lists={
        "count_unit": plain(
            {f"({unit}|{unit}s)": unit for unit in ("day", "week", "month", "year", "hour", "minute", "second")}
            | {"(sleeps|nights)": "day"}
        ),
        "year_date": {"[the year] {calendar_year:year}": "year"},
    },
)
DAYS_SINCE = Skill(
    name="days_since",
    description="Count the days since a day.",
    sentences=(
        "how long ago {past_tense:tense} {date}",
        "how many {count_unit} ago {past_tense:tense} {date}",
        "how (long|many {count_unit}) [(is it|has it been|have passed|has it been)] {since:tense} {date}",
    ),
    handle=named(_since),
    lists={"past_tense": {"was": "last"}, "since": {"since": "last"}},
)
WHEN = Skill(
    name="when_is",
    description="Tell when a holiday or another day is.",
    sentences=(
        f"when [exactly] {IS} {{date}} [(this year|on)]",
        "when's {date} [this year]",
        "when does {date} (fall|start|begin|happen) [on]",
        "when [exactly] (will it be|will) {date} [be]",
        "when {date} {tense}",
        "(when is|when's|when will it be|how long until) {unknown_feast}",
    ),
    handle=_when,
    lists={"unknown_feast": plain(UNCOMPUTED)},
)
NEXT_HOLIDAY = Skill(
    name="next_holiday",
    description="Tell the next holiday.",
    sentences=(
        "(what|which|when) (is|are|will be) the (next|upcoming) (holiday|holidays|public holiday|bank holiday)",
        "(what's|when's) the (next|upcoming) (holiday|public holiday|bank holiday)",
        "[the] next holiday",
        "(what|which) holiday (is|comes) [(coming up|up)] next",
        "what holiday is coming up [next]",
    ),
    handle=_next_holiday,
)
BETWEEN = Skill(
    name="days_between",
    description="Count the days between two days.",
    sentences=(
        "how (long|many {count_unit}) [(is it|are there|is there|are)] (between|from) {date_from} (and|to|until) "
        "{date}",
    ),
    handle=_between,
    lists={"date_from": renamed(DATE_LISTS["date"], "_from")},
)
COUNTING = (DAYS_UNTIL, DAYS_SINCE, WHEN, NEXT_HOLIDAY, BETWEEN)
