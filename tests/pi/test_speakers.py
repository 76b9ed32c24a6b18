"""Loudspeakers without a card, and what all loudspeakers share. In virtual time."""

from pathlib import Path

import numpy as np
import pytest
import trio

from tars.audio.formats import AudioFormat
from tars.audio.wav import read_wav
from tars.errors import UserError
from tars.pi.speaker import SpeakerLost, open_speaker
from tars.pi.speaker.clocked_speaker import RATE
from tars.pi.speaker.play_buffer import PlayBuffer
from tars.pi.speaker.pulled_speaker import QUEUED_AHEAD, PulledSpeaker
from tests.support.virtual import run_virtual

SPEECH = AudioFormat(22_050)


def tone(seconds: float) -> bytes:
    return np.full(round(seconds * SPEECH.rate), 8_000, "<i2").tobytes()


def test_the_recording_is_what_was_heard_with_the_silence_in_between(tmp_path: Path) -> None:
    path = tmp_path / "heard.wav"

    async def speak() -> None:
        async with open_speaker(f"wav:{path}") as speaker:
            await trio.sleep(100)
            for seconds in (1, 0.5):
                await speaker.start(SPEECH)
                await speaker.write(tone(seconds))
                await speaker.drain()
                await trio.sleep(30)

    run_virtual(speak)
    audio_format, pcm = read_wav(path)
    assert audio_format == AudioFormat(RATE)
    loud = np.abs(np.frombuffer(pcm, "<i2")) > 4_000
    edges = np.flatnonzero(np.diff(loud)) / RATE
    assert loud[100]
    assert edges == pytest.approx([1, 31], abs=0.03)
    assert len(loud) / RATE == pytest.approx(31.5, abs=0.03)


def test_a_recording_is_readable_while_it_is_made(tmp_path: Path) -> None:
    path = tmp_path / "heard.wav"

    async def speak() -> None:
        async with open_speaker(f"wav:{path}") as speaker:
            await speaker.start(SPEECH)
            await speaker.write(tone(1))
            await speaker.drain()
            await trio.sleep(1)
            assert AudioFormat(RATE).seconds(len(read_wav(path)[1])) == pytest.approx(1, abs=0.03)

    run_virtual(speak)


def test_a_recording_that_cannot_be_made_is_the_users_to_mend(tmp_path: Path) -> None:
    async def speak() -> None:
        async with open_speaker(f"wav:{tmp_path}/nowhere/heard.wav"):
            pass

    with pytest.raises(UserError, match=r"nowhere/heard\.wav: cannot be written"):
        run_virtual(speak)


def test_a_writer_waits_so_that_little_is_queued_and_knows_what_was_played() -> None:
    async def speak() -> None:
        async with open_speaker("null") as speaker:
            await speaker.start(SPEECH)
            for _ in range(20):
                await speaker.write(tone(0.1))
            assert trio.current_time() == pytest.approx(2 - QUEUED_AHEAD, abs=0.1)
            await trio.sleep(0.1)
            assert speaker.played / SPEECH.rate == pytest.approx(trio.current_time(), abs=0.001)
            speaker.discard()
            stopped_at = speaker.played
            await trio.sleep(1)
            assert speaker.played == pytest.approx(stopped_at, abs=0.02 * SPEECH.rate)

    run_virtual(speak)


def test_what_a_waiting_writer_adds_after_the_silence_is_not_heard(tmp_path: Path) -> None:
    path = tmp_path / "heard.wav"

    async def speak() -> None:
        async with open_speaker(f"wav:{path}") as speaker, trio.open_nursery() as nursery:

            async def write() -> None:
                while True:
                    await speaker.write(tone(0.1))

            await speaker.start(SPEECH)
            nursery.start_soon(write)
            await trio.sleep(1)
            speaker.discard()
            nursery.cancel_scope.cancel()  # in the same moment; it is woken all the same, and writes once more
            with trio.CancelScope(shield=True):
                await trio.sleep(1)

    run_virtual(speak)
    _, pcm = read_wav(path)
    assert len(pcm) / 2 / RATE == pytest.approx(1, abs=0.03)


def test_a_loudspeaker_that_takes_nothing_is_lost_after_three_seconds() -> None:
    async def speak() -> None:
        speaker = PulledSpeaker(PlayBuffer(RATE))
        await speaker.start(SPEECH)
        with pytest.raises(SpeakerLost, match="took no audio for 3 s"):
            await speaker.write(tone(1))
        assert trio.current_time() == pytest.approx(3)

    run_virtual(speak)


def test_a_lost_loudspeaker_says_so_to_whoever_waits_and_plays_again_when_found() -> None:
    async def speak() -> None:
        async with open_speaker("null") as speaker, trio.open_nursery() as nursery:
            assert isinstance(speaker, PulledSpeaker)

            async def lose() -> None:
                await trio.sleep(1)
                speaker.lose("it was pulled out")

            nursery.start_soon(lose)
            await speaker.start(SPEECH)
            with pytest.raises(SpeakerLost, match="pulled out"):
                await speaker.write(tone(5))
            await speaker.start(SPEECH)
            with pytest.raises(SpeakerLost, match="pulled out"):
                await speaker.write(tone(1))
            speaker.find()
            await speaker.start(SPEECH)
            await speaker.write(tone(0.1))
            await speaker.drain()
            assert speaker.played == len(tone(0.1)) // 2

    run_virtual(speak)
