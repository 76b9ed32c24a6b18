"""Times, dates and lengths of time as text that reads and sounds right, and can mean one thing only."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))


def spoken_time(moment: datetime) -> str:
    """The time of day: "2:05 PM". "12:00 PM" is what people mix up, so it is "noon"."""
    if moment.minute == 0 and moment.hour in (0, 12):
        return "noon" if moment.hour else "midnight"
    return f"{moment.hour % 12 or 12}:{moment.minute:02d} {'AM' if moment.hour < 12 else 'PM'}"


def spoken_moment(moment: datetime, today: date) -> str:
    """The time of day, with the day where that is not `today`, and which of two where the clock shows it twice."""
    text = spoken_time(moment)
    others = moment.replace(fold=1 - moment.fold)
    if others.utcoffset() != moment.utcoffset() and is_shown(others) and is_shown(moment):
        text += ", after the clocks go back" if moment.fold else ", before the clocks go back"
    day = moment.date()
    if day == today:
        return text
    if text == "midnight":
        text = "midnight, at the start of"
    near = {1: "tomorrow", -1: "yesterday"}.get((day - today).days)
    if near is None:
        near = ("" if text.endswith("of") else "on ") + spoken_date(day, with_year=day.year != today.year)
    return f"{text}{',' if 'clocks' in text else ''} {near}"


def is_shown(moment: datetime) -> bool:
    """Whether a clock of its zone ever shows `moment`: not what is left out when the clocks go forward."""
    return moment.astimezone(UTC).astimezone(moment.tzinfo).replace(tzinfo=None) == moment.replace(tzinfo=None)


def spoken_date(day: date, *, with_year: bool = True) -> str:
    """A date: "Friday, March 7, 2025"."""
    text = f"{day:%A}, {day:%B} {day.day}"
    return f"{text}, {day.year}" if with_year else text


def counted(count: int, unit: str) -> str:
    """A number of things: "1 day", "1,000 days"."""
    return f"{count:,} {unit}" if count == 1 else f"{count:,} {unit}s"


def listed(items: Sequence[str]) -> str:
    """Several things in a row: "one, two and three"."""
    return " and ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def spoken_length(length: timedelta, largest: str = "day") -> str:
    """A length of time in whole units, `largest` at most: "2 hours and 5 minutes"."""
    seconds = int(length.total_seconds())
    parts = []
    for name, size in _UNITS[[name for name, _ in _UNITS].index(largest) :]:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(counted(count, name))
    return listed(parts) or "no time at all"


def ordinal(number: int) -> str:
    """A number's place in a row: "21st"."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 not in (11, 12, 13) else "th"
    return f"{number}{ending}"


def capital(text: str) -> str:
    """The text with a capital letter at its front."""
    return text[:1].upper() + text[1:]
