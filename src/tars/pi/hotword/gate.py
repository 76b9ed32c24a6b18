"""A cheap ear that hears whether anything is going on at all.

It follows the power of a few frequency bands and compares each with the quietest it has been in the last seconds.
A steady noise, however loud, is the floor after those seconds; speech never is, because it pauses and changes.
Bands, because a voice well below a noise still stands out of it somewhere, and the hotword models recognise it
there. Pure arithmetic without a clock: time is counted in chunks.
"""

import attrs
import numpy as np
from numpy.typing import NDArray

from tars.audio.formats import MICROPHONE
from tars.pi.hotword.chunk import CHUNK
from tars.pi.hotword.features import Samples

Powers = NDArray[np.float32]

_BLOCK = 320  # samples, 20 ms: about as long as speech stays the same
_EDGES_HZ = (150, 450, 900, 1800, 3600)  # below are hum and rumble, above mostly hiss
_EDGES = np.array([hertz * _BLOCK // MICROPHONE.rate for hertz in _EDGES_HZ])
_WIDTHS = np.diff(_EDGES).astype(np.float32)
_WINDOW = np.hanning(_BLOCK).astype(np.float32)
_SMOOTHING = np.float32(0.4)  # of the newest chunk: the average of some 300 ms, about the length of a syllable
_LEAST = _WIDTHS * (_WINDOW**2).sum(dtype=np.float32) * np.float32(CHUNK // _BLOCK)
"""Power of white noise with an rms of 1 (of 32,768): a room quieter than that counts as that quiet."""


@attrs.frozen
class GatePolicy:
    """How easily the gate opens, and how long it stays open.

    Smoothed noise scatters about its mean by a share that shrinks with the square root of a band's width, so the
    limits are given as that many of these shares above the floor. Steady noise passes 4 about once in ten minutes
    and 5 not in an hour; the faintest hotwords that the models recognise, 10 dB below the noise, reach 9.
    """

    opens_at: float = 6.0
    closes_at: float = 4.0
    hang_over: float = 1.2
    """Seconds that it stays open after the last sound: a hotword may be recognised 0.6 s after it has ended."""
    memory: float = 4.0
    """Seconds whose quietest moment is the floor. So long does it take to get used to a louder noise."""


class Gate:
    """Open while something is to be heard, and a little longer; and at first, until it knows the room."""

    def __init__(self, policy: GatePolicy = GatePolicy()) -> None:
        self._opens_at = _ratios(policy.opens_at)
        self._closes_at = _ratios(policy.closes_at)
        self._hang_over = _chunks(policy.hang_over)
        self._recent = np.full((_chunks(policy.memory), len(_LEAST)), np.inf, np.float32)
        self._next = 0
        self._smooth: Powers | None = None
        self._left_open = len(self._recent)

    @property
    def closed(self) -> bool:
        """Whether the last chunk was silence."""
        return self._left_open == 0

    def hears(self, chunk: Samples) -> bool:
        """Whether the gate is open for `chunk`."""
        excess = self._excess(chunk)
        if (excess >= (self._closes_at if self._left_open else self._opens_at)).any():
            self._left_open = max(self._left_open, self._hang_over)
        elif self._left_open:
            self._left_open -= 1
        return not self.closed

    def _excess(self, chunk: Samples) -> Powers:
        """How many times louder each band is now than it was at its quietest."""
        powers = np.maximum(_band_powers(chunk), _LEAST)
        last = powers if self._smooth is None else self._smooth
        self._smooth = last + _SMOOTHING * (powers - last)
        self._recent[self._next] = self._smooth
        self._next = (self._next + 1) % len(self._recent)
        floor: Powers = self._recent.min(axis=0)
        return self._smooth / floor


def _ratios(limit: float) -> Powers:
    return (1 + limit / np.sqrt(_WIDTHS)).astype(np.float32)


def _chunks(seconds: float) -> int:
    return max(1, round(seconds * MICROPHONE.rate / CHUNK))


def _band_powers(chunk: Samples) -> Powers:
    spectrum = np.fft.rfft(chunk.reshape(-1, _BLOCK) * _WINDOW)
    power = (spectrum.real**2 + spectrum.imag**2).sum(axis=0)
    bands: Powers = np.add.reduceat(power, _EDGES)[:-1]
    return bands
