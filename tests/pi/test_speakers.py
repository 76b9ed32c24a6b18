"""Loudspeakers without a card, and what all loudspeakers share. In virtual time."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
import trio

from tars.audio.formats import AudioFormat
from tars.errors import UserError
from tars.pi.speaker import SpeakerLost, open_speaker
from tars.pi.speaker.play_buffer import PlayBuffer
from tars.pi.speaker.pulled_speaker import QUEUED_AHEAD, PulledSpeaker
from tars.pi.speaker.recording import CLOSE_LIMIT, RATE
from tests.support.virtual import hang, run_virtual
from tests.support.wav import read_wav

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

    run_virtual(speak, threads_in_no_time=True)
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

    run_virtual(speak, threads_in_no_time=True)


def test_a_recording_that_cannot_be_made_is_the_users_to_mend(tmp_path: Path) -> None:
    async def speak() -> None:
        async with open_speaker(f"wav:{tmp_path}/nowhere/heard.wav"):
            pass

    with pytest.raises(UserError, match=r"nowhere/heard\.wav: cannot be written"):
        run_virtual(speak, threads_in_no_time=True)


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

    run_virtual(speak, threads_in_no_time=True)


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

    run_virtual(speak, threads_in_no_time=True)
    _, pcm = read_wav(path)
    assert len(pcm) / 2 / RATE == pytest.approx(1, abs=0.03)


def test_a_loudspeaker_that_takes_nothing_is_lost_after_three_seconds() -> None:
    async def speak() -> None:
        speaker = PulledSpeaker(PlayBuffer(RATE))
        await speaker.start(SPEECH)
        with pytest.raises(SpeakerLost, match="took no audio for 3 s"):
            await speaker.write(tone(1))
        assert trio.current_time() == pytest.approx(3)

    run_virtual(speak, threads_in_no_time=True)


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

    run_virtual(speak, threads_in_no_time=True)


def test_a_disk_that_is_full_ends_it_with_one_sentence_and_a_whole_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, pwrite = tmp_path / "heard.wav", os.pwrite
    room = 44 + 2 * 2 * RATE

    def write_where_there_is_room(descriptor: int, content: bytes, at: int) -> int:
        if at >= room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return pwrite(descriptor, content[: room - at], at)

    async def speak() -> None:
        async with open_speaker(f"wav:{path}") as speaker:
            await speaker.start(SPEECH)
            await speaker.write(tone(9))
            await speaker.drain()

    monkeypatch.setattr(os, "pwrite", write_where_there_is_room)
    with pytest.RaisesGroup(
        pytest.RaisesExc(UserError, match=r"heard\.wav: .*No space left on device; the 2\.0 s before are whole"),
        flatten_subgroups=True,
    ):
        run_virtual(speak, threads_in_no_time=True)
    _, pcm = read_wav(path)
    assert len(pcm) == 2 * 2 * RATE
    assert np.abs(np.frombuffer(pcm, "<i2"))[1_000:].min() > 4_000


def test_a_disk_that_hangs_holds_up_the_loudspeaker_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pwrite = os.pwrite

    def write_or_hang(descriptor: int, content: bytes, at: int) -> int:
        if at > 2 * RATE:
            hang()
        return pwrite(descriptor, content, at)

    async def speak() -> None:
        async with open_speaker(f"wav:{tmp_path}/heard.wav") as speaker, trio.open_nursery() as nursery:
            ticks = 0

            async def tick() -> None:
                nonlocal ticks
                while True:
                    await trio.sleep(1)
                    ticks += 1

            nursery.start_soon(tick)
            await speaker.start(SPEECH)
            with pytest.raises(SpeakerLost, match="took no audio for 3 s"):
                await speaker.write(tone(60))
            assert ticks == int(trio.current_time())
            ended_at = trio.current_time()
            nursery.cancel_scope.cancel()
        assert trio.current_time() - ended_at <= CLOSE_LIMIT

    monkeypatch.setattr(os, "pwrite", write_or_hang)
    run_virtual(speak, threads_in_no_time=True)


def test_what_was_said_last_is_in_the_recording_when_the_program_is_stopped(tmp_path: Path) -> None:
    async def speak() -> None:
        async with open_speaker(f"wav:{tmp_path}/heard.wav") as speaker:
            await speaker.start(SPEECH)
            with trio.move_on_after(1.5) as scope:
                await speaker.write(tone(9))
            assert scope.cancelled_caught

    run_virtual(speak, threads_in_no_time=True)
    assert len(read_wav(tmp_path / "heard.wav")[1]) / 2 / RATE == pytest.approx(1.5, abs=0.06)
