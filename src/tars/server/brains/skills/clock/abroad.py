"""The time, the date and the time zone of a named place."""

from collections.abc import Callable
from datetime import tzinfo

from tars.server.brains.skills.clock.hours import WHAT_TIME
from tars.server.brains.skills.clock.places import PLACES, Clock
from tars.server.brains.skills.clock.spoken import capital, listed, spoken_date, spoken_moment
from tars.server.brains.skills.clock.wording import FULL, NOW, WHICH, plain
from tars.server.brains.skills.clock.world import (
    ZONES,
    NoZoneData,
    UnknownPlace,
    ahead_of,
    clocks_of,
    from_utc,
    own_name,
    place_of,
    spoken_clocks,
    spoken_difference,
    zone_name,
    zone_of,
)
from tars.server.brains.skills.skill import Call, Reply, Skill


def _abroad(answer: Callable[[Call], str]) -> Callable[[Call], Reply]:
    """A handler that says what it does not know."""

    def handle(call: Call) -> Reply:
        try:
            return Reply(answer(call))
        except (UnknownPlace, NoZoneData) as error:
            return Reply(str(error))

    return handle


def _town(call: Call) -> str:
    """The place as it was said, perhaps with what it lies in."""
    return " ".join(filter(None, (call.word("place"), call.word("region"))))


@_abroad
def _time_in_place(call: Call) -> str:
    now = call.request.now
    if not _town(call):
        return f"It's {spoken_moment(now, now.date())}."
    return f"It's {spoken_clocks(clocks_of(_town(call)), now, now.date())}."


@_abroad
def _time_in_zone(call: Call) -> str:
    now = call.request.now
    if not (key := call.word("zone")):
        return f"It's {spoken_moment(now, now.date())}."
    return f"It's {spoken_moment(now.astimezone(zone_of(key)), now.date())}, {zone_name(key, now)}."


@_abroad
def _date_in_place(call: Call) -> str:
    dates: dict[str, list[str]] = {}
    for clock in clocks_of(_town(call)):
        there = call.request.now.astimezone(zone_of(clock.zone))
        dates.setdefault(spoken_date(there.date()), []).append(clock.where)
    return f"It's {listed([f'{day} in {listed(places)}' for day, places in dates.items()])}."


@_abroad
def _zone_of_place(call: Call) -> str:
    zones: dict[str, list[str]] = {}
    for clock in clocks_of(_town(call)):
        zones.setdefault(_zone(clock.zone, call), []).append(clock.where)
    parts = [f"{listed(places)} {'is' if len(places) == 1 else 'are'} {zone}" for zone, places in zones.items()]
    return f"{capital(listed(parts))}."


def _zone(key: str, call: Call) -> str:
    name, offset = zone_name(key, call.request.now), from_utc(call.request.now.astimezone(zone_of(key)))
    return f"on {name}, {offset}" if name else offset


def _own_zone(call: Call) -> Reply:
    now = call.request.now
    return Reply(f"We are on {own_name(now) or now.tzname()}, {from_utc(now)}.")


@_abroad
def _difference(call: Call) -> str:
    """Between two places, or between a place and here."""
    there = _main_clock(call.word("place"))
    here: tzinfo | None = call.request.now.tzinfo
    other_name = "us"
    if "other_place" in call.slots:
        other = _main_clock(call.word("other_place"))
        here, other_name = zone_of(other.zone), other.where
    if here is None:
        raise UnknownPlace("I don't know which time zone this is.")
    ahead = ahead_of(zone_of(there.zone), here, call.request.now)
    if not ahead:
        return f"{capital(there.where)} has the same time as {other_name} now."
    way = "ahead of" if ahead.total_seconds() > 0 else "behind"
    return f"{capital(there.where)} is {spoken_difference(ahead)} {way} {other_name} now."


def _main_clock(words: str) -> Clock:
    return place_of(words).clocks[0]


_IN = "[over] (in|at|for)"
_WHERE = "{place}"
_TOWN = "{place} {place:region}"
_CORE = "{zone} [(standard|daylight|summer)] [(time|zone|time zone|coast)]"
TIME_IN_PLACE = Skill(
    name="time_in_place",
    description="Tell the time in a city, a country or a state.",
    sentences=(
        f"{WHAT_TIME} [{NOW}] [{_IN} {_WHERE}] [{NOW}]",
        f"[(what is|what's)] [the] time [like] [{NOW}] {_IN} {_WHERE} [{NOW}]",
        f"(in|at|for) {_WHERE} {WHAT_TIME} [{NOW}]",
        f"(what is|what's) [the] [current] {_WHERE} time",
        f"what time (do they have|would it be) in {_WHERE} [{NOW}]",
        "{place} time",
    ),
    handle=_time_in_place,
    lists={"place": {said: said for said in PLACES}},
    afterthoughts=("place",),
    loose=(
        f"{WHAT_TIME} [{NOW}] {_IN} {_TOWN}",
        f"{WHAT_TIME} [{NOW}] {_IN} {{anything:place}}",
        "(what is|what's) the time [right now] in {anything:place}",
        "in {anything:place} (what time is it|what's the time|what is the time)",
        "[the] [current] time in {anything:place}",
    ),
)
TIME_IN_ZONE = Skill(
    name="time_in_zone",
    description="Tell the time in a time zone.",
    sentences=(
        f"{WHAT_TIME} [{NOW}] [[over] [(in|at|for|on)] [the] {_CORE}] [{NOW}]",
        f"in [the] {_CORE} {WHAT_TIME} [{NOW}]",
        f"[(what is|what's)] [the] [current] {_CORE}",
        f"[the] time {_IN} [the] {_CORE}",
    ),
    handle=_time_in_zone,
    lists={"zone": plain({zone.said: zone.key for zone in ZONES})},
    afterthoughts=("zone",),
)
DATE_IN_PLACE = Skill(
    name="date_in_place",
    description="Tell the date in a place.",
    sentences=(
        f"[(what is|what's)] [the] [{FULL}] date [today] (in|for) {_WHERE}",
        f"[(what is|what's)] today's [{FULL}] date (in|for) {_WHERE}",
        f"{WHICH} [{FULL}] (day|date|weekday) is it [{NOW}] in {_WHERE} [{NOW}]",
    ),
    handle=_date_in_place,
)
ZONE_OF_PLACE = Skill(
    name="zone_of_place",
    description="Tell the time zone of a place.",
    sentences=(
        f"{WHICH} time (zone|zones) (is|are|does|do|would) {_WHERE} [(in|be in|have|use|on)]",
        f"in {WHICH} time zone (is|are|does) {_WHERE} [(located|fall)]",
        f"{WHICH} time zone {_WHERE} (is in|is|uses|has)",
        f"[what] the time zone [that] {_WHERE} is in",
        f"[the] time zone (of|in|for|at) {_WHERE} is what",
        f"(in|for) {_WHERE} {WHICH} time zone is it [in]",
        f"what the time zone is in {_WHERE}",
        f"{WHICH} time zone do they (use|have) in {_WHERE}",
        f"[(what is|what's|what are)] [the] [current] time (zone|zones) (of|in|for|at) {_WHERE}",
        f"{_WHERE} time zone",
        f"{_WHERE} is in {WHICH} time zone",
    ),
    handle=_zone_of_place,
    lists={"place_of": {f"{said}'s": said for said in PLACES}},
    loose=(
        "[(what is|what's|what)] {place_of:place} time zone [(is|is what)]",
        f"{WHICH} time zone is {{anything:place}} in",
        "(what is|what's) the time zone (of|in|for) {anything:place}",
    ),
)
OWN_ZONE = Skill(
    name="own_zone",
    description="Tell the time zone of this machine.",
    sentences=(
        f"{WHICH} time zone (are we|am i|is this|is it|are you) [{NOW}] [(in|on|set to)]",
        "(what is|what's) (my|your|our|the) time zone [here]",
    ),
    handle=_own_zone,
)
DIFFERENCE = Skill(
    name="time_difference",
    description="Tell the time difference between two places, or between a place and here.",
    sentences=(
        "(what is|what's) the time difference (between|from) {place} (and|to) {place:other_place}",
        "(what is|what's) the time difference [(to|with|between here and|between us and)] {place}",
        "how (far|many hours|much) (ahead|behind) [of (us|me)] is {place} [of {place:other_place}]",
        "how (far|many hours) (ahead|behind) is {place}",
        "how many hours (between|from) {place} (and|to) {place:other_place}",
        "[the] time difference (between|from) {place} (and|to) {place:other_place}",
    ),
    handle=_difference,
)
ABROAD = (TIME_IN_PLACE, TIME_IN_ZONE, DATE_IN_PLACE, ZONE_OF_PLACE, OWN_ZONE, DIFFERENCE)
