"""The clocks of other places, by the time zone database of the machine."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from tars.server.brains.normalise import words_of
from tars.server.brains.skills.clock.places import PLACES, STATE_LETTERS, Clock, Place
from tars.server.brains.skills.clock.spoken import counted, listed, spoken_moment


class UnknownPlace(Exception):
    """A place that the table does not have; its text is the sentence to say."""


class NoZoneData(Exception):
    """The machine has no data for a zone; its text is the sentence to say."""


@attrs.frozen
class Zone:
    """A time zone by its own name, as people say "Eastern time"."""

    key: str
    said: str
    """Its names, as a template."""


ZONES: tuple[Zone, ...] = (
    Zone("America/New_York", "(eastern|est|edt|e s t)"),
    Zone("America/Chicago", "(central|cst|cdt|c s t)"),
    Zone("America/Denver", "(mountain|mst|mdt|m s t)"),
    Zone("America/Los_Angeles", "(pacific|pst|pdt|p s t|pacific coast)"),
    Zone("America/Halifax", "atlantic"),
    Zone("America/Anchorage", "akst"),
    Zone("Pacific/Honolulu", "(hst|hawaiian)"),
    Zone("UTC", "(gmt|g m t|greenwich|greenwich mean|utc|u t c|coordinated universal|universal|zulu)"),
    Zone("Europe/London", "(bst|british|british summer)"),
    Zone("Europe/Lisbon", "(wet|western european)"),
    Zone("Europe/Berlin", "(cet|cest|central european)"),
    Zone("Europe/Athens", "(eet|eest|eastern european)"),
    Zone("Europe/Moscow", "msk"),
    Zone("Asia/Kolkata", "(ist|indian|indian standard)"),
    Zone("Asia/Tokyo", "(jst|japanese)"),
    Zone("Asia/Seoul", "kst"),
    Zone("Asia/Singapore", "sgt"),
    Zone("Asia/Hong_Kong", "hkt"),
    Zone("Australia/Sydney", "(aest|aedt|australian eastern)"),
    Zone("Australia/Adelaide", "(acst|australian central)"),
    Zone("Australia/Perth", "(awst|australian western)"),
    Zone("Pacific/Auckland", "(nzst|nzdt)"),
)
_NAMES = {
    "EST": "Eastern Standard Time",
    "EDT": "Eastern Daylight Time",
    "CST": "Central Standard Time",
    "CDT": "Central Daylight Time",
    "MST": "Mountain Standard Time",
    "MDT": "Mountain Daylight Time",
    "PST": "Pacific Standard Time",
    "PDT": "Pacific Daylight Time",
    "AKST": "Alaska Standard Time",
    "AKDT": "Alaska Daylight Time",
    "HST": "Hawaii Standard Time",
    "AST": "Atlantic Standard Time",
    "ADT": "Atlantic Daylight Time",
    "NST": "Newfoundland Standard Time",
    "NDT": "Newfoundland Daylight Time",
    "GMT": "Greenwich Mean Time",
    "BST": "British Summer Time",
    "UTC": "Coordinated Universal Time",
    "WET": "Western European Time",
    "WEST": "Western European Summer Time",
    "CET": "Central European Time",
    "CEST": "Central European Summer Time",
    "EET": "Eastern European Time",
    "EEST": "Eastern European Summer Time",
    "MSK": "Moscow Time",
    "JST": "Japan Standard Time",
    "KST": "Korea Standard Time",
    "HKT": "Hong Kong Time",
    "PKT": "Pakistan Time",
    "SAST": "South African Standard Time",
    "WAT": "West Africa Time",
    "CAT": "Central Africa Time",
    "EAT": "East Africa Time",
    "AEST": "Australian Eastern Standard Time",
    "AEDT": "Australian Eastern Daylight Time",
    "ACST": "Australian Central Standard Time",
    "ACDT": "Australian Central Daylight Time",
    "AWST": "Australian Western Standard Time",
    "ChST": "Chamorro Standard Time",
    "NZST": "New Zealand Standard Time",
    "NZDT": "New Zealand Daylight Time",
    "WIB": "Western Indonesia Time",
    "WITA": "Central Indonesia Time",
    "WIT": "Eastern Indonesia Time",
}
_OWN_NAMES = {
    "Asia/Shanghai": "China Standard Time",
    "Asia/Macau": "China Standard Time",
    "Asia/Taipei": "Taipei Standard Time",
    "Asia/Kolkata": "India Standard Time",
    "Asia/Manila": "Philippine Standard Time",
    "Europe/Dublin": "Irish time",
    "America/Havana": "Cuba time",
    "Asia/Jerusalem": "Israel time",
}
"""Zones whose letters mean another zone elsewhere."""


def zone_of(key: str) -> tzinfo:
    """The zone of that name. Raises `NoZoneData`."""
    if key == "UTC":
        return UTC
    try:
        return ZoneInfo(key)
    except ZoneInfoNotFoundError:
        raise NoZoneData("This machine has no time zone data. The Python package tzdata brings it.") from None


_OTHER_TIMES = frozenset(("when", "if", "while", "once", "after", "before"))
"""Words that no place's name has: "in London when it is noon in Rome" is not about Rome."""


def place_of(words: str) -> Place:
    """The place of that name, perhaps a town with what it lies in: "Portland Maine". Raises `UnknownPlace`."""
    first, *rest = words_of(words) or [""]
    words = " ".join((first, *(STATE_LETTERS.get(word, word) for word in rest)))
    if words in PLACES:
        return PLACES[words]
    all_words = words.split()
    if not _OTHER_TIMES.isdisjoint(all_words):
        raise UnknownPlace("I can only tell what time it is there now.")
    for cut in range(1, len(all_words)):
        town, region = " ".join(all_words[:cut]), " ".join(all_words[cut:])
        if region in PLACES:
            return _within(town, PLACES[region])
    raise UnknownPlace(f"I don't know the time in {named(words)}.")


def clocks_of(words: str) -> tuple[Clock, ...]:
    """The clocks of the place that the words name, or of several: "Tokyo and London". Raises `UnknownPlace`."""
    whole = " ".join(words_of(words))
    names = [words] if whole in PLACES else whole.split(" and ")
    return tuple(clock for name in names for clock in place_of(name).clocks)


def named(words: str) -> str:
    """A name as it is written: "Fort Collins"."""
    return " ".join(word if word in ("of", "the", "in", "and") else word.capitalize() for word in words.split())


def _within(town: str, region: Place) -> Place:
    """A town of a region, where both are known and agree; else as much as is known of the region."""
    zones = {clock.zone for clock in region.clocks}
    for clock in PLACES[town].clocks if town in PLACES else ():
        nearby = len(zones) > 1 and clock.zone.split("/")[0] in {zone.split("/")[0] for zone in zones}
        if clock.zone in zones or nearby:
            return Place(named(town), (Clock(clock.zone, named(town)),))
    if len(zones) > 1:
        known = " or ".join(clock.where for clock in region.clocks[:2])
        raise UnknownPlace(
            f"I don't know {named(town)} in {region.name}, which has several time zones. Try {known}."
        )
    return region


def spoken_clocks(clocks: Sequence[Clock], moment: datetime, today: date) -> str:
    """What the clocks show: "3:05 AM tomorrow in Tokyo"; each once, where several show the same."""
    shown: dict[str, list[str]] = {}
    for clock in clocks:
        there = moment.astimezone(zone_of(clock.zone))
        shown.setdefault(spoken_moment(there, today), []).append(clock.where)
    return listed([f"{time} in {listed(places)}" for time, places in shown.items()])


def zone_name(key: str, moment: datetime) -> str:
    """What a zone is called at that moment: "Central European Summer Time"; empty where it has digits only."""
    return _OWN_NAMES.get(key) or own_name(moment.astimezone(zone_of(key)))


def own_name(there: datetime) -> str:
    """What the zone of a moment is called, by its letters; empty where they are unknown."""
    return _NAMES.get(there.tzname() or "", "")


def from_utc(there: datetime) -> str:
    """How far the zone of a moment is from UTC: "5 hours and 30 minutes ahead of UTC"."""
    offset = there.utcoffset() or timedelta()
    if not offset:
        return "the same as UTC"
    return f"{_hours(abs(offset))} {'ahead of' if offset > timedelta() else 'behind'} UTC"


def ahead_of(one: tzinfo, other: tzinfo, moment: datetime) -> timedelta:
    """How far the clocks of `one` are ahead of those of `other`; negative: behind."""
    return (moment.astimezone(one).utcoffset() or timedelta()) - (
        moment.astimezone(other).utcoffset() or timedelta()
    )


def _hours(length: timedelta) -> str:
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    return listed([counted(count, unit) for count, unit in ((hours, "hour"), (minutes, "minute")) if count])


def spoken_difference(length: timedelta) -> str:
    """A difference of clocks, without its sign: "8 hours"."""
    return _hours(abs(length))
