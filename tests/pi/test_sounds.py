"""The device's own sounds: short, without clicks, and each like no other."""

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest

from tars.pi.sound_names import Sound
from tars.pi.sounds import SOUND_FORMAT, sound


def samples(name: Sound) -> npt.NDArray[np.float64]:
    return np.frombuffer(sound(name), "<i2").astype(np.float64) / 32_768


def melody(name: Sound) -> list[float]:
    """The strongest frequency of each 30 ms."""
    pieces = samples(name)[: len(samples(name)) // 480 * 480].reshape(-1, 480)
    spectra = np.abs(np.fft.rfft(pieces * np.hanning(480), 4096))
    return [float(np.argmax(spectrum)) * SOUND_FORMAT.rate / 4096 for spectrum in spectra]


@pytest.mark.parametrize("name", list(Sound))
def test_a_sound_is_short_as_loud_as_speech_and_begins_and_ends_in_silence(name: Sound) -> None:
    heard = samples(name)
    assert len(heard) / SOUND_FORMAT.rate < (0.2 if name is Sound.LISTENING else 0.3)
    assert 20 * np.log10(np.abs(heard).max()) == pytest.approx(-12, abs=0.1)
    assert np.abs(heard[[0, -1]]).max() < 0.01
    power = np.abs(np.fft.rfft(heard, 16_000)) ** 2
    assert power[4_000:].sum() < 1e-7 * power.sum(), "a click is loud where none of the tones is"


def test_listening_rises_and_not_connected_falls() -> None:
    rising, falling = melody(Sound.LISTENING), melody(Sound.NOT_CONNECTED)
    assert rising[-2] > 1.3 * rising[0]
    assert falling[-2] < 0.75 * falling[0]


@pytest.mark.parametrize(("one", "other"), list(combinations(Sound, 2)))
def test_no_two_sounds_are_alike(one: Sound, other: Sound) -> None:
    shorter = min(len(samples(one)), len(samples(other)))
    ours, theirs = (np.abs(np.fft.rfft(samples(name)[:shorter])) for name in (one, other))
    assert np.corrcoef(ours, theirs)[0, 1] < 0.6
