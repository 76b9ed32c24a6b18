"""The time of day: now, in a while, and how long until."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from tars.server.brains.skills.clock.spoken import (
    capital,
    is_shown,
    spoken_date,
    spoken_length,
    spoken_moment,
    spoken_time,
)
from tars.server.brains.skills.clock.wording import EXACT, NOW, plain
from tars.server.brains.skills.clock.world import NoZoneData, UnknownPlace, clocks_of, spoken_clocks
from tars.server.brains.skills.skill import Call, Reply, Skill

_LONGEST = timedelta(days=366 * 1000)


def _tell_time(call: Call) -> Reply:
    now = call.request.now
    return Reply(f"It's {spoken_moment(now, now.date())}.")


def read_clock(call: Call, now: datetime) -> datetime | None:
    """The time of day that was named, as its next coming; None where no clock shows such numbers.

    Without "am" or "pm" it is the nearest of the two that is to come.
    """
    kind = call.word("clock")
    if kind in ("noon", "midnight"):
        return _next(now, [12 if kind == "noon" else 0], 0)
    hour, minute = call.exact("hour"), call.exact("minute")
    if kind == "to":
        hour, minute = hour - 1, 60 - minute
    if hour.denominator != 1 or minute.denominator != 1 or not 0 <= minute < 60 or not 0 <= hour <= 24:
        return None
    hours = _hours_of_day(int(hour), call.word("half_day"))
    return _next(now, hours, int(minute)) if hours else None


def _hours_of_day(hour: int, half: str) -> list[int]:
    """The hours from 0 to 23 that are meant."""
    if half == "night":
        half = "am" if hour < 5 or hour == 12 else "pm"
    if half:
        return [hour % 12 + (12 if half == "pm" else 0)] if hour <= 12 else []
    return [hour % 24] if hour > 12 or hour == 0 else [hour % 12, hour % 12 + 12]


def _next(now: datetime, hours: list[int], minute: int) -> datetime:
    """The first moment from `now` on when a clock shows one of these times."""
    shown = [now.replace(hour=hour, minute=minute, second=0, microsecond=0, fold=0) for hour in hours]
    begun = now.replace(second=0, microsecond=0)  # this very minute counts
    coming = [moment if _at(moment) >= _at(begun) else moment + timedelta(days=1) for moment in shown]
    return min(coming, key=_at)


def _at(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _until(call: Call) -> Reply:
    now = call.request.now
    target = read_clock(call, now)
    if target is None:
        return Reply("There is no such time on a clock.")
    if not is_shown(target):
        day = spoken_date(target.date(), with_year=False)
        return Reply(f"There is no {spoken_time(target)} on {day}: the clocks go forward.")
    left = _at(target) - _at(now.replace(second=0, microsecond=0))
    if not left:
        return Reply(f"It's {spoken_time(target)} now.")
    unit = call.word("clock_unit", "hour")
    until = "midnight" if call.word("clock") == "midnight" else spoken_moment(target, now.date())
    return Reply(f"{spoken_length(left, unit)} until {until}.")


def _ahead(call: Call) -> Reply:
    """The time so much later, as it passes: over a change of the clocks too. With a place: there."""
    now = call.request.now
    seconds = _length_of(call)
    if not seconds or abs(seconds) > _LONGEST.total_seconds():
        return Reply("That is further than I can count.")
    sign = -1 if call.word("direction") == "ago" else 1
    moment = (_at(now) + sign * timedelta(seconds=float(seconds))).astimezone(now.tzinfo)
    said = spoken_length(timedelta(seconds=float(seconds)))
    begin = f"{said} ago it was" if sign < 0 else f"In {said} it will be"
    if "place" not in call.slots:
        return Reply(f"{capital(begin)} {spoken_moment(moment, now.date())}.")
    try:
        return Reply(f"{capital(begin)} {spoken_clocks(clocks_of(call.word('place')), moment, now.date())}.")
    except (UnknownPlace, NoZoneData) as error:
        return Reply(str(error))


def _length_of(call: Call) -> Fraction:
    """Seconds: of one span, or of two ("an hour and ten minutes")."""
    seconds = Fraction(0)
    for suffix in ("", "_more"):
        if f"whole_span{suffix}" in call.slots:
            seconds += call.exact(f"whole_span{suffix}")
        elif f"span_unit{suffix}" in call.slots:
            seconds += call.exact(f"count{suffix}") * call.exact(f"span_unit{suffix}")
    return seconds


def _clock_change(call: Call) -> Reply:
    """When the clocks change next: the first hour that has another offset from UTC."""
    now = call.request.now
    zone = now.tzinfo
    start = _at(now).replace(minute=0, second=0, microsecond=0)
    offsets = [(start + timedelta(hours=hour)).astimezone(zone).utcoffset() for hour in range(366 * 24)]
    change = next((hour for hour in range(1, len(offsets)) if offsets[hour] != offsets[hour - 1]), None)
    if change is None:
        return Reply("The clocks do not change here within a year.")
    before, after = offsets[change - 1] or timedelta(), offsets[change] or timedelta()
    moment = (start + timedelta(hours=change)).astimezone(zone)
    way = "back" if after < before else "forward"
    length = spoken_length(abs(after - before))
    day = spoken_date(moment.date())
    return Reply(f"The clocks go {way} by {length} on {day}. Then it is {spoken_time(moment)}.")


WHAT_TIME = (
    f"(what time is it|what time it is|what's the [{EXACT}] time|what is the [{EXACT}] time|the [{EXACT}] time"
    f"|{EXACT} time|what {EXACT} time is it|what the [{EXACT}] time is|what hour is it|what time of day is it)"
)
_SPAN = "({quantity:count} {span_unit}|{whole_span})"
_MORE = "({quantity:count_more} {span_unit:span_unit_more}|{whole_span:whole_span_more})"
_LONG = f"{_SPAN} [[and] {_MORE}]"
_THERE = "[(in|at) {place}]"
_WILL = (
    "(what time (will|would) it be|what time it will be|what will the time be|what will the clock say"
    "|when will it be|what time does it become|what time will it become)"
)
_IS = "(what time is it|what is the time|what's the time|when is it|when time (will|would) it be|when time is it)"
TELL_TIME = Skill(
    name="tell_time",
    description="Tell the time of day.",
    sentences=(
        f"[{NOW}] {WHAT_TIME} [{NOW}] [here]",
        "(do you have|have you got|have you|got|give me|check|read|show me|look up) the [current] time",
        "do you (know|have) (what time it is|the [current] time)",
        f"[the] time (please|{NOW})",
        "what does the clock say",
        "how late is it",
        "(what is|what's) the hour",
    ),
    handle=_tell_time,
    loose=(
        "(time|clock|current time|what time|the hour)",
        "what (hour and minute|time of the day) is it",
        "what time (do you have|have you got|is it getting to be) {anything}",
        "(what|when) is it right now",
        "(clock|present time|what's the clock say|what does it say on the clock) [now]",
    ),
)
TIME_AHEAD = Skill(
    name="time_ahead",
    description="Tell what time it will be in a while, or was a while ago.",
    sentences=(
        f"{_WILL} {_THERE} (in|after) {_LONG} [from now]",
        f"{_WILL} {_LONG} (from now|later) {_THERE}",
        f"in {_LONG} [from now] {_WILL} {_THERE}",
        f"(what time was it|what was the time) {_LONG} {{direction}} {_THERE}",
        f"{_WILL} if i (wait|spend) {_LONG} {_THERE}",
    ),
    loose=(f"({_IS}|{_WILL}) [(in|after|if i wait)] {_LONG} [(from now|later)] {_THERE}",),
    handle=_ahead,
    lists={
        "direction": {"ago": "ago"},
        "span_unit": plain({"(hour|hours)": 3600, "(minute|minutes)": 60, "(second|seconds)": 1}),
        "whole_span": plain(
            {
                "half an hour": 1800,
                "an hour": 3600,
                "(an hour and a half|an hour and a half)": 5400,
                "[a] quarter of an hour": 900,
                "a minute": 60,
                "half a minute": 30,
            }
        ),
    },
)
TIME_UNTIL = Skill(
    name="time_until",
    description="Tell how long it is until a time of day.",
    sentences=(
        "how (long|much time|much longer|many {clock_unit}) [(is it|is left|are left|left|are there|do we have)] "
        "(until|till|to|before) {clock}",
        "how (long|far) (away|off) is {clock}",
    ),
    handle=_until,
    lists={
        "clock_unit": plain({"(hours|hour)": "hour", "(minutes|minute)": "minute", "(seconds|second)": "second"}),
        "half_day": plain(
            {
                "(am|in the morning)": "am",
                "(pm|in the afternoon|in the evening)": "pm",
                "(at night|tonight)": "night",
            }
        ),
        "noon_word": {"noon": "noon", "midday": "noon"},
        "quarters": {"[a] quarter": 15, "half": 30},
        "clock": {
            "{clock_hour:hour} [o'clock] [{half_day}]": "at",
            "{clock_hour:hour} [oh] {clock_minute:minute} [{half_day}]": "at",
            "{quarters:minute} past {clock_hour:hour} [{half_day}]": "at",
            "{quarter_to:minute} (to|of) {clock_hour:hour} [{half_day}]": "to",
            "{clock_minute:minute} [minutes] (past|after) {clock_hour:hour} [{half_day}]": "at",
            "{clock_minute:minute} [minutes] to {clock_hour:hour} [{half_day}]": "to",
            "(noon|midday)": "noon",
            "midnight": "midnight",
        },
        "quarter_to": {"[a] quarter": 15},
    },
)
CLOCK_CHANGE = Skill(
    name="clock_change",
    description="Tell when the clocks change next.",
    sentences=(
        "when (do|will) the clocks (change|go (back|forward))",
        "when do we change the clocks",
        "when (does|will) (daylight (saving|savings) [time]|summer time) (start|end|begin)",
        "when is the next (clock change|time change)",
        "when does the time change",
    ),
    handle=_clock_change,
)
HOURS = (TELL_TIME, TIME_AHEAD, TIME_UNTIL, CLOCK_CHANGE)
