"""A cheap ear that hears whether anything is going on at all.

It compares the sound of every chunk with the quietest that each of a few frequency bands has been in the last
seconds. A steady noise, however loud, becomes the floor within those seconds; speech cannot, because it pauses.
Pure arithmetic without a clock: time is counted in chunks.
"""

import attrs
import numpy as np
from numpy.typing import NDArray

from tars.audio.formats import MICROPHONE
from tars.pi.hotword.features import CHUNK, Samples

_BLOCK = 320  # 20 ms: as long as speech stays the same
_EDGES_HZ = (150, 450, 900, 1800, 3600)  # below are hum and rumble, above mostly hiss
_EDGES = tuple(hertz * _BLOCK // 16_000 for hertz in _EDGES_HZ)
_WINDOW = np.hanning(_BLOCK).astype(np.float32)
_LEAST = np.diff(_EDGES).astype(np.float32) * float((_WINDOW**2).sum()) * (CHUNK // _BLOCK)
"""White noise with an rms of 1 (of 32,768) in each band: a room quieter than that counts as that loud."""
Powers = NDArray[np.float32]


@attrs.frozen
class GatePolicy:
    """How easily the gate opens, and how long it stays open. Ratios are of power, against the floor."""

    opens_at: float = 4.0
    closes_at: float = 2.5
    hang_over: float = 1.2
    """Seconds that it stays open after the last sound: hotwords are recognised some time after they end."""
    memory: float = 4.0
    """Seconds whose quietest moment is the floor; so long does it take to get used to a noise."""


class Gate:
    """Open while something is to be heard, and a little longer."""

    def __init__(self, policy: GatePolicy = GatePolicy()) -> None:
        self._policy = policy
        self._recent = np.full((_chunks(policy.memory), len(_LEAST)), np.inf, np.float32)
        self._next = 0
        self._left_open = 0

    def hears(self, chunk: Samples) -> bool:
        """Whether the gate is open for `chunk`."""
        powers = np.maximum(_band_powers(chunk), _LEAST)
        self._recent[self._next] = powers
        self._next = (self._next + 1) % len(self._recent)
        excess = (powers / self._recent.min(axis=0)).max()
        if excess >= (self._policy.closes_at if self._left_open else self._policy.opens_at):
            self._left_open = _chunks(self._policy.hang_over)
        elif self._left_open:
            self._left_open -= 1
        return self._left_open > 0


def _chunks(seconds: float) -> int:
    return max(1, round(seconds * MICROPHONE.rate / CHUNK))


def _band_powers(chunk: Samples) -> Powers:
    spectrum = np.fft.rfft(chunk.reshape(-1, _BLOCK) * _WINDOW)
    power = (spectrum.real**2 + spectrum.imag**2).sum(axis=0)
    bands: Powers = np.add.reduceat(power, _EDGES)[:-1]
    return bands
