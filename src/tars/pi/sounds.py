"""The sounds that TARS makes by itself, each with one meaning. Mono, 16 bits, 16 kHz, under 300 ms."""

from functools import cache

import attrs
import numpy as np
import numpy.typing as npt

from tars.audio.formats import MICROPHONE, AudioFormat
from tars.pi.sound_names import Sound

SOUND_FORMAT = MICROPHONE
PEAK = 10 ** (-12 / 20)
"""Of full scale: -12 dB, as loud as speech."""
RAMP = 0.008
"""Seconds over which a tone comes and goes; shorter ones click."""


Samples = npt.NDArray[np.float64]


@attrs.frozen
class Clip:
    """Audio to be played as it is."""

    audio_format: AudioFormat
    pcm: bytes

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.audio_format.seconds(len(self.pcm))


@cache
def sound(name: Sound) -> bytes:
    """The audio of a sound, in `SOUND_FORMAT`."""
    match name:
        case Sound.LISTENING:
            samples = np.concatenate([_tone(660, 0.07), _tone(990, 0.1)])
        case Sound.NOT_CONNECTED:
            samples = np.concatenate([_tone(440, 0.12), _tone(294, 0.17)])
        case Sound.SERVER_TROUBLE:
            knock = np.concatenate([_tone(196, 0.06, overtones=(1.0, 0.6, 0.4)), np.zeros(_frames(0.04))])
            samples = np.tile(knock, 3)[: -_frames(0.04)]
        case Sound.DONE:
            samples = _tone(523, 0.2) * np.exp(-np.arange(_frames(0.2)) / _frames(0.06))
        case Sound.ASK_LATER:
            samples = np.concatenate([_tone(370, 0.12), np.zeros(_frames(0.03)), _tone(740, 0.12)])
        case Sound.NOTED:
            samples = np.concatenate([_tone(587, 0.08), np.zeros(_frames(0.04)), _tone(587, 0.08)])
        case Sound.GAVE_UP:
            samples = np.concatenate([_tone(466, 0.09), _tone(349, 0.09), _tone(233, 0.11)])
        case Sound.MUTED:
            samples = _tone(262, 0.15)
    pcm: bytes = (samples * (32_767 * PEAK / np.max(np.abs(samples)))).astype("<i2").tobytes()
    return pcm


def _tone(hertz: float, seconds: float, overtones: tuple[float, ...] = (1.0, 0.15)) -> Samples:
    time = np.arange(_frames(seconds)) / SOUND_FORMAT.rate
    tone: Samples = sum(
        (level * np.sin(2 * np.pi * hertz * (n + 1) * time) for n, level in enumerate(overtones)),
        start=np.zeros(len(time)),
    )
    return tone * _envelope(len(time))


def _envelope(length: int) -> Samples:
    ramp = np.sin(np.linspace(0, np.pi / 2, _frames(RAMP))) ** 2
    envelope = np.ones(length)
    envelope[: len(ramp)] = ramp
    envelope[-len(ramp) :] = ramp[::-1]
    return envelope


def _frames(seconds: float) -> int:
    return round(seconds * SOUND_FORMAT.rate)
