"""The clocks of other places, as the time zone database has them."""

import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.server.brains.normalise import words_of
from tars.server.brains.skills.clock import world
from tars.server.brains.skills.clock.places import PLACES, STATE_LETTERS
from tars.server.brains.skills.clock.spoken import spoken_time
from tars.server.brains.skills.clock.world import ZONES, place_of, zone_of
from tests.server.brains.asking import ask_at

NOW = datetime(2025, 3, 7, 14, 5, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))
SUMMER = datetime(2025, 7, 7, 14, 5, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))


def test_there_are_many_places_and_all_their_zones_exist() -> None:
    known = zoneinfo.available_timezones()
    assert len({place.name for place in PLACES.values()}) > 500
    assert {clock.zone for place in PLACES.values() for clock in place.clocks} <= known
    assert {zone.key for zone in ZONES} <= known
    assert set(STATE_LETTERS.values()) <= PLACES.keys()
    for said in PLACES:
        assert " ".join(words_of(said)) == said


@given(said=st.sampled_from(sorted(PLACES)), when=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))
def test_the_time_in_a_place_is_what_its_zone_says(said: str, when: datetime) -> None:
    now = when.replace(tzinfo=UTC)
    reply, _ = ask_at(now, f"what time is it in {said}")
    for clock in place_of(said).clocks:
        assert spoken_time(now.astimezone(zoneinfo.ZoneInfo(clock.zone))) in reply
        assert clock.where in reply


@pytest.mark.parametrize(
    ("now", "text", "answer"),
    [
        (NOW, "what time is it in tokyo", "It's 10:05 PM in Tokyo."),
        (NOW, "tell me the current time in New York City please", "It's 8:05 AM in New York."),
        (NOW, "in São Paulo what time is it", "It's 10:05 AM in São Paulo."),
        (NOW, "what's the time in the UK right now", "It's 1:05 PM in the United Kingdom."),
        (
            NOW,
            "what time is it in the U.S.",
            "It's 8:05 AM in New York, 7:05 AM in Chicago, 6:05 AM in Denver and 5:05 AM in Los Angeles.",
        ),
        (NOW, "time in auckland", "It's 2:05 AM tomorrow in Auckland."),
        (NOW, "what time is it in portland oregon", "It's 5:05 AM in Portland."),
        (NOW, "what time is it in Las Vegas, NV", "It's 5:05 AM in Las Vegas."),
        (NOW, "what's the time in birmingham, alabama", "It's 7:05 AM in Birmingham."),
        (NOW, "what time is it in Fredericksburg, VA", "It's 8:05 AM in Virginia."),
        (
            NOW,
            "what time is it in Paris, Texas",
            "I don't know Paris in Texas, which has several time zones. Try Dallas or El Paso.",
        ),
        (NOW, "what time is it in gondor", "I don't know the time in Gondor."),
        (NOW, "what's the current time in EST", "It's 8:05 AM, Eastern Standard Time."),
        (SUMMER, "what time is it in eastern standard time", "It's 8:05 AM, Eastern Daylight Time."),
        (SUMMER, "what time is it in pacific time", "It's 5:05 AM, Pacific Daylight Time."),
        (NOW, "what's the time in utc", "It's 1:05 PM, Coordinated Universal Time."),
        (SUMMER, "what's the time in gmt", "It's 12:05 PM, Coordinated Universal Time."),
        (NOW, "what's the date in tokyo", "It's Friday, March 7, 2025 in Tokyo."),
        (NOW + timedelta(hours=3), "what day is it in tokyo", "It's Saturday, March 8, 2025 in Tokyo."),
        (NOW, "what time zone is paris in", "Paris is on Central European Time, 1 hour ahead of UTC."),
        (SUMMER, "what time zone is paris in", "Paris is on Central European Summer Time, 2 hours ahead of UTC."),
        (
            NOW,
            "what's the time zone of India",
            "India is on India Standard Time, 5 hours and 30 minutes ahead of UTC.",
        ),
        (NOW, "whats the timezone in quito", "Quito is 5 hours behind UTC."),
        (NOW, "what time zone are we in", "We are on Central European Time, 1 hour ahead of UTC."),
        (NOW, "what's the time difference between London and Tokyo", "London is 9 hours behind Tokyo now."),
        (NOW, "how far ahead is tokyo", "Tokyo is 8 hours ahead of us now."),
        (SUMMER, "what's the time difference to paris", "Paris has the same time as us now."),
    ],
)
def test_the_time_elsewhere(now: datetime, text: str, answer: str) -> None:
    assert ask_at(now, text)[0] == answer


def test_a_machine_without_time_zone_data_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(key: str) -> zoneinfo.ZoneInfo:
        raise zoneinfo.ZoneInfoNotFoundError(key)

    monkeypatch.setattr(world, "ZoneInfo", missing)
    sentence = "This machine has no time zone data. The Python package tzdata brings it."
    assert ask_at(NOW, "what time is it in tokyo")[0] == sentence
    assert ask_at(NOW, "what's the time difference between london and tokyo")[0] == sentence
    assert ask_at(NOW, "what time is it in utc")[0] == "It's 1:05 PM, Coordinated Universal Time."
    assert zone_of("UTC") is UTC


def test_several_places_are_all_told() -> None:
    reply, _ = ask_at(NOW, "what time is it in Tokyo and London")
    assert reply == "It's 10:05 PM in Tokyo and 1:05 PM in London."
    assert ask_at(NOW, "what time is it in Trinidad and Tobago")[0] == "It's 9:05 AM in Trinidad."
    assert ask_at(NOW, "what time is it in Tokyo and Narnia")[0] == "I don't know the time in Narnia."


@pytest.mark.parametrize(
    "text",
    ["what time is it in London when it is 3 pm in New York", "what time is it in Tokyo if it's noon in London"],
)
def test_another_time_than_now_is_not_taken_for_a_part_of_a_name(text: str) -> None:
    assert ask_at(NOW, text)[0] == "I can only tell what time it is there now."
