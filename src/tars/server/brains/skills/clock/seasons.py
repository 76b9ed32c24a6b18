"""The seasons, by the sun. TARS does not know where it stands: it tells both halves of the world."""

from datetime import date, datetime

from tars.server.brains.skills.clock.solstices import POINTS, turning_point
from tars.server.brains.skills.clock.spoken import capital, counted, listed, spoken_date
from tars.server.brains.skills.clock.wording import NOW, WHICH, plain
from tars.server.brains.skills.skill import Call, Reply, Skill

_SEASONS = ("spring", "summer", "fall", "winter")
"""Of the north, by the turning point that each begins with."""
_AHEAD = {"north": 0, "south": 2}
"""The halves of the world, and how many seasons each is ahead of the north."""
_FULLY = {"north": "in the northern half of the world", "south": "in the southern half of the world"}
_HALVES = {**_FULLY, "south": "in the southern half"}
"""For a sentence that has named the northern one."""


def _season_now(call: Call) -> Reply:
    now = call.request.now
    passed = [(year, number) for year in (now.year - 1, now.year) for number in range(len(POINTS))]
    _, last = max(point for point in passed if turning_point(*point) <= now)
    seasons = [f"{_SEASONS[(last + _AHEAD[half]) % len(POINTS)]} {where}" for half, where in _asked(call)]
    return Reply(f"By the sun, it's {listed(seasons)}.")


def _season_edge(call: Call) -> Reply:
    """When a season begins; it ends where the next one begins."""
    name, ends = call.word("season"), call.word("edge") == "end"
    first = _SEASONS.index(name) + ends
    verb = "ends" if ends else "begins"
    (where, day), *others = [
        (where, _coming(call.request.now, (first - _AHEAD[half]) % len(POINTS))) for half, where in _asked(call)
    ]
    parts = [f"{capital(where)} {name} {verb} {day}", *(f"{where} {day}" for where, day in others)]
    return Reply(f"{'; '.join(parts)}.")


def _point(call: Call) -> Reply:
    """The next equinox or solstice of a kind."""
    today = call.request.now
    number = min(map(int, call.word("point").split()), key=lambda each: _next_day(today, each))
    return Reply(f"The {POINTS[number]} is {_coming(today, number)}.")


def _asked(call: Call) -> list[tuple[str, str]]:
    """The halves of the world that the question is about, with the words for each."""
    half = call.word("half")
    return [(half, _FULLY[half])] if half else list(_HALVES.items())


def _coming(now: datetime, number: int) -> str:
    """When the turning point is: "on Saturday, June 21, 2025, in 106 days"."""
    day = _next_day(now, number)
    ahead = (day - now.date()).days
    if ahead == 0:
        return f"today, {spoken_date(day)}"
    return f"on {spoken_date(day)}, in {counted(ahead, 'day')}"


def _next_day(now: datetime, number: int) -> date:
    """The day of the next such turning point on the clocks here, today included."""
    days = [turning_point(year, number).astimezone(now.tzinfo).date() for year in (now.year, now.year + 1)]
    return next(day for day in days if day >= now.date())


_WHICH_DAY = f"{WHICH} (day|date) is"
_HALF = "[(in|for)] [the] {season_half:half}"
_THE_SEASON = "[(the|this|next)] {season}"
_THIS_YEAR = "[(this year|next year)]"
_FIRST_DAY = "[the] {season_end:edge} of"
_HOW_LONG = (
    "[(how long|how many days|how many weeks|how much longer)] "
    "[(is it|are there|is there|do we have|left|to go)] (until|till|til|to|before)"
)
SEASON_NOW = Skill(
    name="season",
    description="Tell which season it is.",
    sentences=(),
    handle=_season_now,
    loose=(
        f"{WHICH} season (is it|are we in|is this|do we have|is) [{NOW}] [{_HALF}]",
        f"(what is|what's) the [(current|present)] season [{_HALF}]",
        f"(the|current|the current) season [{_HALF}]",
        f"(is it|are we in|is it already) {{season:asked}} [(yet|already|{NOW})] [{_HALF}]",
    ),
)
SEASON_START = Skill(
    name="season_start",
    description="Tell when a season begins or ends.",
    sentences=(),
    handle=_season_edge,
    lists={
        "season": plain({"(spring|springtime)": "spring", "(summer|summertime)": "summer"})
        | plain({"(fall|autumn)": "fall", "(winter|wintertime)": "winter"}),
        "season_verb": plain(
            {
                "[officially] (start|starts|begin|begins|come|comes|arrive|arrives|get here)": "start",
                "[officially] (end|ends|finish|be over|go away)": "end",
            }
        ),
        "season_end": plain({"(first day|start|beginning)": "start", "(last day|end)": "end"}),
        "season_half": plain(
            {
                "(north|northern hemisphere|northern half of the world)": "north",
                "(south|southern hemisphere|southern half of the world)": "south",
            }
        ),
    },
    loose=(
        f"(when|{WHICH} day|{WHICH} date|on {WHICH} day) (does|will|is|did) {_THE_SEASON} {{season_verb:edge}} "
        f"{_THIS_YEAR} [{_HALF}]",
        f"when (is|will be|will it be|is it) {_THE_SEASON} {_THIS_YEAR} [{_HALF}]",
        f"when's {_THE_SEASON} {_THIS_YEAR} [{_HALF}]",
        f"[(when is|when's|when will be|{WHICH} day is|{WHICH} date is|what is|what's|what is the date of)] "
        f"{_FIRST_DAY} {_THE_SEASON} {_THIS_YEAR} [{_HALF}]",
        f"[(when is|when's|{_WHICH_DAY})] [the] [next] {{season}} (solstice|equinox) {_THIS_YEAR} [{_HALF}]",
        f"{_HOW_LONG} {_THE_SEASON} [{_HALF}]",
        f"{_HOW_LONG} {_THE_SEASON} {{season_verb:edge}} [{_HALF}]",
        f"{_HOW_LONG} {_FIRST_DAY} {_THE_SEASON} [{_HALF}]",
        f"how (soon|far away|far off) is {_THE_SEASON} [{_HALF}]",
    ),
)
TURNING_POINT = Skill(
    name="solstice",
    description="Tell when the next solstice or equinox is.",
    sentences=(),
    handle=_point,
    lists={
        "turning_point": plain(
            {
                "(march|vernal) equinox": "0",
                "june solstice": "1",
                "(september|autumnal) equinox": "2",
                "december solstice": "3",
                "equinox": "0 2",
                "solstice": "1 3",
            }
        )
    },
    loose=(
        f"[(when is|when's|{WHICH} (day|date) is|{_HOW_LONG})] [the] [next] {{turning_point:point}} {_THIS_YEAR}",
    ),
)
SEASONS = (SEASON_NOW, SEASON_START, TURNING_POINT)
