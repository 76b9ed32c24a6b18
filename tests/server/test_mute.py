"""A mute remembers the volume before it, and does not outlive its night."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tars.server.brains.brain import Outcome
from tars.server.brains.skills.loudness import BEFORE_MUTE
from tars.server.device_settings import DEFAULTS
from tars.server.devices import Device
from tars.server.mute import MUTED_UNTIL, ended, with_memory
from tests.server.house import open_house
from tests.support.virtual import run_virtual

BERLIN = ZoneInfo("Europe/Berlin")
MUTE = {"volume": 0}
EVENING = datetime(2026, 3, 28, 21, 30, tzinfo=BERLIN)


def muted(at: datetime, volume: int = 40) -> dict[str, int]:
    before = {**DEFAULTS, "volume": volume}
    return {**before, **with_memory(before, MUTE, at)}


@pytest.mark.parametrize(
    ("at", "silent", "over"),
    [
        (EVENING, datetime(2026, 3, 29, 4, 59, tzinfo=BERLIN), datetime(2026, 3, 29, 5, tzinfo=BERLIN)),
        (
            datetime(2026, 3, 28, 2, tzinfo=BERLIN),
            datetime(2026, 3, 28, 4, 59, tzinfo=BERLIN),
            datetime(2026, 3, 28, 5, tzinfo=BERLIN),
        ),
        (
            datetime(2026, 3, 28, 5, tzinfo=BERLIN),
            datetime(2026, 3, 29, 4, 59, tzinfo=BERLIN),
            datetime(2026, 3, 30, 12, tzinfo=BERLIN),
        ),
    ],
)
def test_it_is_silent_for_the_night_and_over_in_the_morning(
    at: datetime, silent: datetime, over: datetime
) -> None:
    settings = muted(at)
    assert ended(settings, silent) == {}
    assert ended(settings, over) == {"volume": 40}


def test_a_mute_that_is_muted_again_keeps_the_volume_before_the_first() -> None:
    settings = muted(EVENING)
    assert with_memory(settings, MUTE, EVENING + timedelta(hours=1)) == MUTE
    assert settings[BEFORE_MUTE] == 40


def test_what_mutes_nothing_has_nothing_to_remember() -> None:
    assert with_memory(DEFAULTS, {"volume": 30, "humor": 5}, EVENING) == {"volume": 30, "humor": 5}
    assert with_memory(DEFAULTS, {"humor": 0}, EVENING) == {"humor": 0}
    assert ended(DEFAULTS, EVENING) == {}


def test_a_mute_of_which_nothing_is_known_is_over() -> None:
    assert ended({"volume": 0}, EVENING) == {"volume": 30}


def test_a_device_comes_back_as_loud_as_it_was_and_only_then() -> None:
    now = [EVENING]
    device = Device("kitchen", lambda: now[0], own_settings={"volume": 55})
    device.remember("Muted.", Outcome(settings=MUTE))
    assert device.settings["volume"] == 0
    assert device.settings[BEFORE_MUTE] == 55
    assert device.shown_settings == {**DEFAULTS, "volume": 0}, "what the device is told"
    device.end_mute()
    assert device.settings["volume"] == 0
    now[0] += timedelta(hours=10)
    device.end_mute()
    assert device.settings["volume"] == 55
    now[0] += timedelta(days=10)
    device.remember("Volume 20 percent.", Outcome(settings={"volume": 20}))
    device.end_mute()
    assert device.settings["volume"] == 20


def test_the_first_session_of_another_day_ends_it_and_tells_the_device() -> None:
    async def story() -> None:
        async with open_house() as house:
            device = await house.dial()
            await device.hello("kitchen", capabilities=("volume",))
            kitchen = house.devices["kitchen"]
            kitchen.own_settings.update({"volume": 0, BEFORE_MUTE: 35, MUTED_UNTIL: int(EVENING.timestamp())})
            kitchen.now = lambda: EVENING - timedelta(minutes=1)
            await device.hotword("s1")
            assert kitchen.settings["volume"] == 0
            kitchen.now = lambda: EVENING
            await device.hotword("s2")
            assert device.all("settings") == [{"type": "settings", "settings": {"volume": 35}}]

    run_virtual(story)
