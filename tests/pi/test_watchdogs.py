"""A microphone that goes deaf and a loudspeaker that sticks, on a sound card, while the link stands all along."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tars.audio.formats import MICROPHONE
from tars.audio.wav import WavWriter
from tests.end_to_end.programs import Program, environment, program, record
from tests.support.sound_card import SoundCard, open_sound_card
from tests.support.voices import noise

pytestmark = [pytest.mark.real, pytest.mark.slow]

NOTICED = 3.0
"""Seconds within which a deaf or stuck device is told of."""
BOTH = ("--microphone", "headset", "--speaker", "headset")
BACK = 12.0
"""Seconds within which it works again: the pause before the next opening, and what the sound server needs."""


@contextmanager
def noisy_room(card: SoundCard, folder: Path) -> Iterator[None]:
    """Keep the microphone from hearing zeros, which no real room is made of."""
    wav = WavWriter(str(folder / "room.wav"), MICROPHONE)
    wav.write(noise(100, 20))
    wav.close()
    with subprocess.Popen(["paplay", "-d", "micfeed", folder / "room.wav"], env=card.env) as player:
        try:
            yield
        finally:
            player.kill()


def is_told(device: Program, event: str, count: int, failed_at: float) -> None:
    """The `count`-th such event comes in time."""
    assert device.until(event, count)["monotonic"] - failed_at < NOTICED, device.log


def test_deaf_and_stuck_devices_are_told_of_and_work_again_and_the_link_does_not_notice(tmp_path: Path) -> None:
    question = record(tmp_path / "question.wav", (0.5, "hey jarvis, what time is it?"), seconds=4)
    with open_sound_card() as card:
        card.stop()
        card.put_at("headset_usb_1")
        card.start()
        env = environment(tmp_path, card.env)
        with program("tars-server", "--port", "0", env=env) as server:
            url = server.until("listening")["url"]
            with program("tars-pi", "--server", url, *BOTH, env=env) as device:
                with noisy_room(card, tmp_path):
                    device.until("microphone_open")
                    device.until("link_up")
                    time.sleep(3)  # the sound server wakes, and hears the room
                    assert not any(event["event"] == "microphone_deaf" for event in device.events), device.log

                    failed_at = time.monotonic()
                    card.control("set-source-mute", "mic", "1")
                    is_told(device, "microphone_deaf", 1, failed_at)
                    assert "muted?" in device.until("microphone_deaf")["reason"]
                    card.control("set-source-mute", "mic", "0")
                    device.until("microphone_back", 1)

                    failed_at = time.monotonic()
                    card.signal(signal.SIGSTOP)
                    is_told(device, "microphone_deaf", 2, failed_at)
                    is_told(device, "speaker_stuck", 1, failed_at)
                    card.signal(signal.SIGCONT)
                    continued_at = time.monotonic()
                    for event, count in (("microphone_back", 2), ("speaker_back", 1)):
                        assert device.until(event, count)["monotonic"] - continued_at < BACK
                # pulled out, and plugged in again where it has another name
                failed_at = time.monotonic()
                card.stop()
                is_told(device, "speaker_stuck", 2, failed_at)
                card.put_at("headset_usb_2")
                card.start()
                with noisy_room(card, tmp_path):
                    device.until("speaker_back", 2)
                    device.until("microphone_back", 3)
                    card.say(question)
                    device.until("transcript", text="what time is it", final=True)
                    device.until("playback_complete")
                device.process.terminate()
                assert device.wait() == 0, device.log
        for seen, name in ((server, "device_connected"), (device, "link_up")):
            assert sum(event["event"] == name for event in seen.events) == 1, seen.log
        assert not any(event["event"] == "link_down" for event in device.events)


def test_a_sound_server_that_stands_still_does_not_keep_the_program_from_ending(tmp_path: Path) -> None:
    with open_sound_card() as card:
        env = environment(tmp_path, card.env)
        with program("tars-pi", "--server", "ws://127.0.0.1:1/", env=env) as device:
            device.until("microphone_open")
            card.signal(signal.SIGSTOP)
            try:
                device.until("speaker_stuck")
                asked_at = time.monotonic()
                device.process.terminate()
                assert device.wait() == 0, device.log
                assert time.monotonic() - asked_at < 4
            finally:
                card.signal(signal.SIGCONT)
