"""Holidays and the days that they fall on, all computed: no table of years.

Easter: the algorithm of Meeus, Jones and Butcher (J. Meeus, "Astronomical Algorithms", chapter 8), and Meeus's for
the Julian calendar. The Hebrew calendar: E. M. Reingold and N. Dershowitz, "Calendrical Calculations", chapter 8.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import attrs

MON, THU, SUN = 0, 3, 6
_UNITED_STATES = " in the United States"


@attrs.frozen
class Holiday:
    """One day of the year that has a name."""

    name: str
    """As it is spoken in the middle of a sentence."""
    said: str
    """What people call it: a template."""
    on: Callable[[int], date]
    """The day in a year. It may raise `ValueError` or `OverflowError` at the ends of the calendar."""


def easter(year: int) -> date:
    """Easter Sunday of the western churches."""
    golden = year % 19
    century, rest = divmod(year, 100)
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    to_sunday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    correction = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * correction + 114, 31)
    return date(year, month, day + 1)


def orthodox_easter(year: int) -> date:
    """Easter Sunday of the eastern churches, as a date of the Gregorian calendar."""
    epact = (19 * (year % 19) + 15) % 30
    to_sunday = (2 * (year % 4) + 4 * (year % 7) - epact + 34) % 7
    month, day = divmod(epact + to_sunday + 114, 31)
    behind = year // 100 - year // 400 - 2
    return date(year, month, day + 1) + timedelta(days=behind)


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The `nth` such weekday of a month, from 1; negative: from its end. `ValueError` where there is none."""
    if nth < 0:
        last = next_month(date(year, month, 1)) - timedelta(days=1)
        return date(year, month, last.day - (last.weekday() - weekday) % 7 + 7 * (nth + 1))
    first = date(year, month, 1)
    return date(year, month, 1 + (weekday - first.weekday()) % 7 + 7 * (nth - 1))


def next_month(day: date) -> date:
    """The first day of the month after the one of `day`."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


_HEBREW_EPOCH = -1_373_428
"""The day before the first of the Hebrew year 1, counted as `date.toordinal` counts."""


def _hebrew_new_year(hebrew_year: int) -> int:
    """The ordinal of 1 Tishri."""
    return _HEBREW_EPOCH + _hebrew_days(hebrew_year) + _hebrew_delay(hebrew_year) + 1


def _hebrew_days(hebrew_year: int) -> int:
    """Days from the epoch to the new year: after the mean new moon, and never on Sunday, Wednesday or Friday."""
    months = (235 * hebrew_year - 234) // 19
    parts = 12_084 + 13_753 * months
    days = 29 * months + parts // 25_920
    return days + 1 if 3 * (days + 1) % 7 < 3 else days


def _hebrew_delay(hebrew_year: int) -> int:
    """Days that a new year is put off, so that no year has a length that is not allowed."""
    before, this, after = (_hebrew_days(hebrew_year + step) for step in (-1, 0, 1))
    if after - this == 356:
        return 2
    return 1 if this - before == 382 else 0


def rosh_hashanah(year: int) -> date:
    """The first day of the Hebrew year that begins in `year`."""
    return date.fromordinal(_hebrew_new_year(year + 3761))


def passover(year: int) -> date:
    """The first day of Passover: 163 days before the next new year."""
    return rosh_hashanah(year) - timedelta(days=163)


def hanukkah(year: int) -> date:
    """The first day of Hanukkah, 25 Kislev. Marheshvan has a thirtieth day in the longest years alone."""
    hebrew_year = year + 3761
    length = _hebrew_new_year(hebrew_year + 1) - _hebrew_new_year(hebrew_year)
    return rosh_hashanah(year) + timedelta(days=84 if length % 10 == 5 else 83)


def _fixed(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


def _after(base: Callable[[int], date], days: int) -> Callable[[int], date]:
    return lambda year: base(year) + timedelta(days=days)


def _nth(month: int, weekday: int, nth: int, days: int = 0) -> Callable[[int], date]:
    return lambda year: nth_weekday(year, month, weekday, nth) + timedelta(days=days)


def _advent(year: int) -> date:
    """The fourth Sunday before Christmas."""
    eve = date(year, 12, 24)
    return eve - timedelta(days=(eve.weekday() + 1) % 7 + 21)


_EASTER = "easter [(sunday|day)]"
_ALL = (
    Holiday("New Year's Day", "([the] new year|new (year's|years) [day])", _fixed(1, 1)),
    Holiday("Epiphany", "epiphany", _fixed(1, 6)),
    Holiday("Martin Luther King Day", "(martin luther king [junior] day|m l k day|mlk day)", _nth(1, MON, 3)),
    Holiday("Australia Day", "australia day", _fixed(1, 26)),
    Holiday("Groundhog Day", "groundhog day", _fixed(2, 2)),
    Holiday("Valentine's Day", "[saint] (valentine's|valentines|valentine) [day]", _fixed(2, 14)),
    Holiday("Presidents' Day", "(presidents|president's) day", _nth(2, MON, 3)),
    Holiday("Mardi Gras", "(mardi gras|shrove tuesday|pancake day)", _after(easter, -47)),
    Holiday("Ash Wednesday", "ash wednesday", _after(easter, -46)),
    Holiday("Purim", "purim", _after(passover, -30)),
    Holiday("Women's Day", "[international] women's day", _fixed(3, 8)),
    Holiday("Pi Day", "pi day", _fixed(3, 14)),
    Holiday("St. Patrick's Day", "[(saint|st)] (patrick's|patricks|patrick) day", _fixed(3, 17)),
    Holiday("Mothering Sunday", "mothering sunday", _after(easter, -21)),
    Holiday("Palm Sunday", "palm sunday", _after(easter, -7)),
    Holiday("Good Friday", "good friday", _after(easter, -2)),
    Holiday("Easter", _EASTER, easter),
    Holiday("Easter Monday", "easter monday", _after(easter, 1)),
    Holiday("Orthodox Easter", f"(orthodox|greek) {_EASTER}", orthodox_easter),
    Holiday("Passover", "passover", passover),
    Holiday("April Fools' Day", "april [(fools|fool's)] day", _fixed(4, 1)),
    Holiday("Earth Day", "earth day", _fixed(4, 22)),
    Holiday("Anzac Day", "anzac day", _fixed(4, 25)),
    Holiday("May Day", "may day", _fixed(5, 1)),
    Holiday("Cinco de Mayo", "cinco de mayo", _fixed(5, 5)),
    Holiday(f"Mother's Day{_UNITED_STATES}", "(mother's|mothers) day", _nth(5, SUN, 2)),
    Holiday("Ascension Day", "ascension [day]", _after(easter, 39)),
    Holiday("Memorial Day", "memorial day", _nth(5, MON, -1)),
    Holiday("Shavuot", "shavuot", _after(passover, 50)),
    Holiday("Pentecost", "(pentecost|whit sunday)", _after(easter, 49)),
    Holiday("Whit Monday", "(whit monday|pentecost monday)", _after(easter, 50)),
    Holiday("Corpus Christi", "corpus christi", _after(easter, 60)),
    Holiday("Father's Day", "(father's|fathers) day", _nth(6, SUN, 3)),
    Holiday("Juneteenth", "juneteenth", _fixed(6, 19)),
    Holiday("Canada Day", "canada day", _fixed(7, 1)),
    Holiday(f"Independence Day{_UNITED_STATES}", "independence day", _fixed(7, 4)),
    Holiday("Bastille Day", "bastille day", _fixed(7, 14)),
    Holiday(f"Labor Day{_UNITED_STATES}", "(labor|labour) day", _nth(9, MON, 1)),
    Holiday("Rosh Hashanah", "(rosh hashanah|rosh hashana|jewish new year)", rosh_hashanah),
    Holiday("Yom Kippur", "yom kippur", _after(rosh_hashanah, 9)),
    Holiday("Sukkot", "sukkot", _after(rosh_hashanah, 14)),
    Holiday("Columbus Day", "(columbus|indigenous peoples) day", _nth(10, MON, 2)),
    Holiday("Thanksgiving in Canada", "canadian thanksgiving", _nth(10, MON, 2)),
    Holiday("Halloween", "halloween", _fixed(10, 31)),
    Holiday("All Saints' Day", "all (saints|saint's) day", _fixed(11, 1)),
    Holiday("Guy Fawkes Night", "(guy fawkes [(day|night)]|bonfire night)", _fixed(11, 5)),
    Holiday(f"Election Day{_UNITED_STATES}", "election day", _nth(11, MON, 1, 1)),
    Holiday("Remembrance Day", "(remembrance|armistice) day", _fixed(11, 11)),
    Holiday("Veterans Day", "(veterans|veteran's) day", _fixed(11, 11)),
    Holiday(f"Thanksgiving{_UNITED_STATES}", "[american] thanksgiving [day]", _nth(11, THU, 4)),
    Holiday("Black Friday", "black friday", _nth(11, THU, 4, 1)),
    Holiday("Cyber Monday", "cyber monday", _nth(11, THU, 4, 4)),
    Holiday("the first Sunday of Advent", "([the] first sunday of advent|advent [sunday])", _advent),
    Holiday("Hanukkah", "(hanukkah|chanukah)", hanukkah),
    Holiday("Christmas Eve", "christmas eve", _fixed(12, 24)),
    Holiday("Christmas", "(christmas [day]|x mas|xmas)", _fixed(12, 25)),
    Holiday("Boxing Day", "boxing day", _fixed(12, 26)),
    Holiday("Kwanzaa", "kwanzaa", _fixed(12, 26)),
    Holiday("New Year's Eve", "new (year's|years) eve", _fixed(12, 31)),
)
HOLIDAYS: Mapping[str, Holiday] = {holiday.name: holiday for holiday in _ALL}
UNCOMPUTED: Mapping[str, str] = {
    "ramadan": "Ramadan",
    "(eid|eid al fitr|eid al adha)": "Eid",
    "diwali": "Diwali",
    "([the] (chinese|lunar) new year)": "the Lunar New Year",
}
"""Feasts that follow the sight of the moon, or calendars that are not computed here: what is said → the name."""


def coming(holiday: Holiday, today: date) -> date:
    """The next such day, today included."""
    day = holiday.on(today.year)
    return day if day >= today else holiday.on(today.year + 1)


def gone(holiday: Holiday, today: date) -> date:
    """The last such day before today."""
    day = holiday.on(today.year)
    return day if day < today else holiday.on(today.year - 1)
