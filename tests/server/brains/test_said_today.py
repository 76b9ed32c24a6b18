"""What a device has heard in the last day is known; what was prepared and never spoken is not."""

from datetime import UTC, datetime, timedelta

import attrs

from tars.server.brains.brain import LinkFacts, Request
from tars.server.brains.said_today import SaidToday

NOW = datetime(2025, 3, 7, 14, 5, tzinfo=UTC)
REQUEST = Request("hello", NOW, LinkFacts(None, 0.0, 0), {}, device_id="kitchen")


def _heard(
    said: SaidToday, last_reply: str | None, after: timedelta, device_id: str = "kitchen"
) -> tuple[str, ...]:
    return said.recall(attrs.evolve(REQUEST, last_reply=last_reply, now=NOW + after, device_id=device_id))


def test_a_reply_is_known_for_a_day_and_no_longer() -> None:
    said = SaidToday()
    assert _heard(said, None, timedelta()) == ()
    assert _heard(said, "One.", timedelta()) == ("One.",)
    assert _heard(said, "Two.", timedelta(hours=23)) == ("One.", "Two.")
    assert _heard(said, "Two.", timedelta(hours=24)) == ("Two.",)
    assert _heard(said, "Two.", timedelta(hours=47)) == ()
    assert _heard(said, "Two.", timedelta(hours=48)) == ()  # the same old reply is no news
    assert _heard(said, "One.", timedelta(hours=48)) == ("One.",)


def test_each_device_has_heard_its_own() -> None:
    said = SaidToday()
    assert _heard(said, "One.", timedelta()) == ("One.",)
    assert _heard(said, None, timedelta(), "bedroom") == ()
    assert _heard(said, None, timedelta()) == ("One.",)


def test_strangers_do_not_fill_the_memory() -> None:
    said = SaidToday()
    for number in range(3000):
        _heard(said, "Hello.", timedelta(), f"stranger {number}")
        _heard(said, f"Reply {number}.", timedelta())
    assert len(said._devices) == 1024
    assert len(_heard(said, None, timedelta())) == 200
    assert _heard(said, None, timedelta(), "stranger 5") == ()
