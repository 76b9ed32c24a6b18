"""The embedded voice, for real: a worker process with the native library in it."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec

import numpy as np
import pytest
import trio

from tars.errors import UserError
from tars.server.tts import espeak_data
from tars.server.tts.espeak import EspeakSettings, open_espeak_voice
from tars.server.tts.voice import VoiceFailed
from tars.server.tts.worker_voice import FORMAT, WorkerVoice
from tests.support.limits import HANG
from tests.support.real import need

pytestmark = [pytest.mark.real, pytest.mark.trio]

LONG = "This sentence is rather long, so that there is something to hear. " * 20


@asynccontextmanager
async def a_voice(settings: EspeakSettings | None = None) -> AsyncIterator[WorkerVoice]:
    need(find_spec("espeakng_loader") is not None, "espeak-ng")
    with trio.fail_after(HANG):
        async with open_espeak_voice(settings or EspeakSettings()) as voice:
            await voice.pool.wait_ready()
            yield voice


async def audio_of(voice: WorkerVoice, text: str) -> bytes:
    pieces: list[bytes] = []

    async def play(piece: bytes) -> None:
        assert len(piece) % FORMAT.frame_bytes == 0
        pieces.append(piece)

    await voice.speak(text, play)
    return b"".join(pieces)


async def test_speaks_in_small_pieces() -> None:
    pieces: list[bytes] = []

    async def play(piece: bytes) -> None:
        pieces.append(piece)

    async with a_voice() as voice:
        await voice.speak("It's 2:05 PM.", play)
    seconds = [voice.format.seconds(len(piece)) for piece in pieces]
    assert 1.0 < sum(seconds) < 3.0
    assert all(piece == pytest.approx(0.06, abs=0.001) for piece in seconds[:-2])
    speech = np.frombuffer(b"".join(pieces), np.int16)
    assert np.abs(speech).max() > 5000
    pause = voice.format.bytes_in(0.15)
    assert pieces[-1] == bytes(pause)


async def test_settings_are_heard() -> None:
    async with a_voice() as usual, a_voice(EspeakSettings(voice="en-us+f3", speed=300, sentence_pause=0)) as quick:
        slow, fast = await audio_of(usual, "Hello there."), await audio_of(quick, "Hello there.")
    assert len(fast) < 0.75 * len(slow)


async def test_nothing_to_say_is_silence() -> None:
    async with a_voice() as voice:
        assert await audio_of(voice, " \n ") == b""
        assert not any(await audio_of(voice, "..."))


async def test_devices_take_turns_by_the_sentence() -> None:
    """A long reply, whose device takes its time, makes nobody wait."""
    async with a_voice() as voice, trio.open_nursery() as nursery:
        heard = trio.Event()

        async def play_slowly(piece: bytes) -> None:
            heard.set()
            await trio.sleep_forever()

        nursery.start_soon(voice.speak, LONG, play_slowly)
        await heard.wait()
        assert await audio_of(voice, "Okay.")
        nursery.cancel_scope.cancel()


async def test_cancelled_speech_leaves_the_voice_ready() -> None:
    async with a_voice() as voice:
        whole = await audio_of(voice, LONG)
        with trio.CancelScope() as scope:
            count = 0

            async def play(piece: bytes) -> None:
                nonlocal count
                count += len(piece)
                scope.cancel()
                await trio.lowlevel.checkpoint()

            await voice.speak(LONG, play)
        assert scope.cancelled_caught
        assert 0 < count < len(whole) / 10
        assert len(await audio_of(voice, LONG)) == pytest.approx(len(whole), rel=0.01)


async def test_a_worker_that_dies_fails_its_speakers_and_is_replaced() -> None:
    async with a_voice() as voice:
        (pid,) = voice.pool.pids
        os.kill(pid, signal.SIGSTOP)
        async with trio.open_nursery() as nursery:

            async def fail() -> None:
                with pytest.raises(VoiceFailed, match="killed by signal 9"):
                    await audio_of(voice, "Nobody will hear this.")

            nursery.start_soon(fail)
            nursery.start_soon(fail)
            await trio.testing.wait_all_tasks_blocked(0.05)
            os.kill(pid, signal.SIGKILL)
        assert await audio_of(voice, "Back again.")
        assert voice.pool.pids != [pid]


@pytest.mark.parametrize(
    ("voice", "complaint"),
    [
        ("en-gb", "no such voice; try en"),
        ("../../etc/passwd", "no such voice"),
        ("", "no such voice"),
        ("en+nope", "no variant 'nope'"),
    ],
)
async def test_unknown_voices_are_refused_in_one_sentence(voice: str, complaint: str) -> None:
    need(find_spec("espeakng_loader") is not None, "espeak-ng")
    with pytest.raises(UserError, match=complaint):
        async with open_espeak_voice(EspeakSettings(voice=voice)):
            pass


async def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak_data, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"pip install .*\[offline\]"):
        async with open_espeak_voice():
            pass
