"""The seasons: in which half of the world, and on which day by the clocks here."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tars.server.brains.skills.clock.solstices import turning_point
from tests.server.brains.asking import ask_at
from tests.server.brains.everything import GRAMMAR

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2025, 3, 7, 14, 5, 20, tzinfo=BERLIN)
SUMMER = (
    "In the northern half of the world summer begins on Saturday, June 21, 2025, in 106 days;"
    " in the southern half on Sunday, December 21, 2025, in 289 days."
)
NOW_WINTER = "By the sun, it's winter in the northern half of the world and summer in the southern half."


@pytest.mark.parametrize(
    ("year", "number", "published"),
    [
        (2000, 0, "2000-03-20 07:35"),
        (2000, 1, "2000-06-21 01:48"),
        (2000, 2, "2000-09-22 17:28"),
        (2000, 3, "2000-12-21 13:37"),
        (2024, 0, "2024-03-20 03:06"),
        (2024, 1, "2024-06-20 20:51"),
        (2024, 2, "2024-09-22 12:44"),
        (2024, 3, "2024-12-21 09:20"),
        (2025, 1, "2025-06-21 02:42"),
        (2025, 3, "2025-12-21 15:03"),
    ],
)
def test_equinoxes_and_solstices_are_right_to_two_minutes(year: int, number: int, published: str) -> None:
    expected = datetime.fromisoformat(published).replace(tzinfo=UTC)
    assert abs(turning_point(year, number) - expected) <= timedelta(minutes=2)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("when does summer start", SUMMER),
        ("when is the first day of summer", SUMMER),
        ("what day does summer officially begin this year", SUMMER),
        ("how many days until summer", SUMMER),
        ("when is the next summer solstice", SUMMER),
        ("when's summer", SUMMER),
        (
            "when does winter end in the northern hemisphere",
            "In the northern half of the world winter ends on Thursday, March 20, 2025, in 13 days.",
        ),
        (
            "when is autumn in the southern hemisphere",
            "In the southern half of the world fall begins on Thursday, March 20, 2025, in 13 days.",
        ),
        ("what season is it", NOW_WINTER),
        ("is it summer yet", NOW_WINTER),
        ("which season are we in right now", NOW_WINTER),
        ("what season is it in the south", "By the sun, it's summer in the southern half of the world."),
        ("when is the next equinox", "The March equinox is on Thursday, March 20, 2025, in 13 days."),
        ("the next solstice", "The June solstice is on Saturday, June 21, 2025, in 106 days."),
        (
            "what date is the december solstice",
            "The December solstice is on Sunday, December 21, 2025, in 289 days.",
        ),
    ],
)
def test_seasons_are_told_for_the_half_of_the_world_that_they_are_of(text: str, answer: str) -> None:
    assert ask_at(NOW, text)[0] == answer


@pytest.mark.parametrize(
    ("now", "season"),
    [
        (datetime(2025, 3, 20, 9, 0, tzinfo=UTC), "winter"),
        (datetime(2025, 3, 20, 9, 4, tzinfo=UTC), "spring"),
        (datetime(2025, 12, 31, 12, 0, tzinfo=UTC), "winter"),
        (datetime(2025, 1, 1, 12, 0, tzinfo=UTC), "winter"),
        (datetime(2025, 10, 1, 12, 0, tzinfo=UTC), "fall"),
    ],
)
def test_a_season_changes_at_its_moment(now: datetime, season: str) -> None:
    assert ask_at(now, "what season is it")[0].startswith(f"By the sun, it's {season} in the north")


def test_the_day_is_the_one_on_the_clocks_here() -> None:
    june = "In the northern half of the world summer begins "
    for zone, day in (("America/New_York", "on Friday, June 20, 2025"), ("Europe/Berlin", "on Saturday, June 21")):
        now = datetime(2025, 6, 1, 12, 0, tzinfo=ZoneInfo(zone))
        assert ask_at(now, "when does summer start")[0].startswith(june + day)
    today = datetime(2025, 6, 21, 23, 0, tzinfo=BERLIN)
    assert ask_at(today, "when does summer start")[0].startswith(f"{june}today, Saturday, June 21, 2025")


@pytest.mark.parametrize(
    "text", ["how long is winter", "what is spring water", "summer", "i fall", "spring cleaning"]
)
def test_what_only_names_a_season_is_no_question_about_it(text: str) -> None:
    assert "half of the world" not in ask_at(NOW, text)[0]


def test_seasons_are_for_text_alone_and_draw_no_near_command_in() -> None:
    for text in ("what season is it", "when does summer start", "next friday"):
        assert not GRAMMAR.is_complete(text)
