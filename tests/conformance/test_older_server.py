"""The real `tars-pi` and an older server on loopback. All that can be told in virtual time is told in
`tests/pi/test_older_server.py`; here is the rest: real sockets, a real program, its log and its sound."""

import os
import signal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.conformance.devices import heard_of, room, tars_pi, tone, write_wav
from tests.conformance.elder_server import serving_elder
from tests.end_to_end.programs import Program
from tests.support.limits import HANG

pytestmark = [pytest.mark.real, pytest.mark.trio]


@pytest.fixture
def quiet(tmp_path: Path) -> Path:
    """A room in which nobody speaks."""
    return write_wav(tmp_path / "quiet.wav", room(0.5))


async def logged(device: Program, event: str, count: int = 1) -> dict[str, Any]:
    """Wait for a line of its log, while the server goes on."""
    return await trio.to_thread.run_sync(partial(device.until, event, count))


def press(device: Program) -> None:
    """Press its button."""
    os.kill(device.process.pid, signal.SIGUSR1)


async def test_answers_are_heard_to_their_overtaken_ends_and_an_interruption_is_told(
    tmp_path: Path, quiet: Path
) -> None:
    spoken = tmp_path / "spoken.wav"
    async with serving_elder() as (elder, url), trio.open_nursery() as nursery:
        with tars_pi(tmp_path, url, quiet, "--speaker", f"wav:{spoken}") as device, trio.fail_after(HANG):
            await logged(device, "microphone_open")
            await logged(device, "link_up")
            press(device)
            await elder.until("active")
            await elder.answer(tone(1.5, 4_000), overtaken=8)
            nursery.start_soon(elder.answer, tone(120, 4_200))
            await logged(device, "playback_started", 2)
            press(device)
            await elder.until("active")
            await elder.until_sent()
            await elder.answer(tone(0.5, 4_400), overtaken=100)
            device.process.send_signal(signal.SIGTERM)
            assert await trio.to_thread.run_sync(device.wait) == 0
    assert heard_of(spoken, 4_000) == pytest.approx(1.5, abs=0.03)
    assert heard_of(spoken, 4_400) == pytest.approx(0.5, abs=0.03)
    assert heard_of(spoken, 4_200) < 100
    assert elder.kinds == ["hotword_detected", *["playback_complete"] * 3, "session_end"]
    assert "trouble" not in [line["event"] for line in device.events]


async def test_a_full_server_is_down_until_it_has_room(tmp_path: Path, quiet: Path) -> None:
    async with serving_elder() as (elder, url):
        elder.admit = lambda: 1013
        with tars_pi(tmp_path, url, quiet, "--speaker", "null") as device, trio.fail_after(HANG):
            await logged(device, "link_down", 4)
            assert "link_up" not in [line["event"] for line in device.events]
            elder.admit = lambda: None
            await logged(device, "link_up")
            device.process.send_signal(signal.SIGTERM)
            assert await trio.to_thread.run_sync(device.wait) == 0
    assert elder.refused >= 4
