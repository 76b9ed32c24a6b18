"""Microphone and loudspeaker on a sound card: what is spoken is heard, and the player tells the truth about it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tars.audio.formats import AudioFormat
from tars.audio.wav import WavWriter
from tests.support.limits import HANG
from tests.support.sound_card import RECORDING_RATE, SoundCard, open_sound_card

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.alone]

Samples = npt.NDArray[np.float64]


@pytest.fixture
def card() -> Iterator[SoundCard]:
    with open_sound_card() as card:
        yield card


def noise(seconds: float, rate: int) -> Samples:
    """Noise below 2 kHz: half a sample's shift, which resampling makes, changes it little; a lost block much."""
    samples = np.random.default_rng(1).normal(size=round(seconds * rate))
    smooth = np.convolve(samples, np.hanning(round(rate / 1000)), mode="same")
    loud: Samples = smooth * (0.5 / np.max(np.abs(smooth)))
    return loud


def write(path: Path, samples: Samples, rate: int) -> Path:
    writer = WavWriter(str(path), AudioFormat(rate))
    writer.write((samples * 32_767).astype("<i2").tobytes())
    writer.close()
    return path


def find(needle: Samples, pcm: bytes | bytearray, rate: int) -> tuple[float, int]:
    """How well `needle` (at `rate`) is found in `pcm` (at 16 kHz; 1 is perfectly), and where it begins there."""
    wanted = np.interp(np.arange(0, len(needle), rate / RECORDING_RATE), np.arange(len(needle)), needle)
    heard = np.frombuffer(bytes(pcm), "<i2").astype(np.float64)
    size = 1 << (len(heard) + len(wanted)).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(wanted, size))
    begins = int(np.argmax(np.fft.irfft(spectrum, size)[: len(heard)]))
    part = heard[begins : begins + len(wanted)]
    return float(np.corrcoef(part, wanted[: len(part)])[0, 1]), begins


@contextmanager
def program(card: SoundCard, *arguments: str) -> Iterator[Iterator[dict[str, Any]]]:
    """Run a program of `card_programs`; what it tells."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.pi.card_programs", *arguments], env=card.env, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        try:
            yield (json.loads(line) for line in process.stdout if line.startswith(b"{"))
            assert process.wait(HANG) == 0
        finally:
            process.kill()


def test_the_microphone_hears_what_is_spoken(card: SoundCard, tmp_path: Path) -> None:
    spoken = noise(2, 48_000)
    heard = tmp_path / "heard.pcm"
    with program(card, "hear", str(heard), "6") as told:
        assert next(told)["event"] == "open"
        card.say(write(tmp_path / "spoken.wav", spoken, 48_000))
        assert next(told)["lost"] == 0
    likeness, _ = find(spoken, heard.read_bytes(), 48_000)
    assert likeness > 0.98
    assert len(heard.read_bytes()) == pytest.approx(6 * 32_000, rel=0.1)


def test_playback_is_complete_when_the_last_sample_has_left_the_loudspeaker(
    card: SoundCard, tmp_path: Path
) -> None:
    spoken = noise(2, 22_050)
    wav = write(tmp_path / "spoken.wav", spoken, 22_050)
    with card.record() as recording, program(card, "say", str(wav)) as told:
        told_of = {event["event"]: event for event in told}
    likeness, begins = find(spoken, recording.pcm, 22_050)
    assert likeness > 0.98
    first, last = (recording.heard_at(begins + round(at * RECORDING_RATE)) for at in (0, 2))
    # the recorder is up to 30 ms late; a player that forgot what the card still holds would be 60 ms early
    assert -0.03 < told_of["PlaybackStarted"]["at"] - first < 0.1
    assert -0.03 < told_of["PlaybackComplete"]["at"] - last < 0.1
    assert told_of["PlaybackStarted"]["at"] - told_of["offered"]["now"] < 0.2
    assert told_of["PlaybackComplete"]["played_bytes"] == 2 * 2 * 22_050


def test_an_interruption_silences_the_loudspeaker(card: SoundCard, tmp_path: Path) -> None:
    wav = write(tmp_path / "spoken.wav", noise(3, 22_050), 22_050)
    with card.record() as recording, program(card, "interrupt", str(wav), "1") as told:
        (interrupted,) = told
    loud = np.flatnonzero(np.abs(np.frombuffer(bytes(recording.pcm), "<i2")) > 100)
    silent_at = recording.heard_at(int(loud[-1]))
    assert silent_at - interrupted["now"] < 0.2
    _, played_bytes = interrupted["heard"]
    assert played_bytes / 2 / 22_050 == pytest.approx(1, abs=0.05)
    assert (loud[-1] - loud[0]) / RECORDING_RATE == pytest.approx(1, abs=0.15)
