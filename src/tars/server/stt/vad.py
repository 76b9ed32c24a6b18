"""Voice activity: how probable it is that somebody speaks."""

import math
from typing import Protocol

import numpy as np

from tars.audio.formats import MICROPHONE

FRAME_BYTES = 1024
"""What is judged at once: 512 samples, 32 ms."""
FRAME = MICROPHONE.seconds(FRAME_BYTES)
"""Seconds."""


class VoiceActivity(Protocol):
    """A voice activity detector for one session, which remembers what it heard before."""

    def __call__(self, frame: bytes, /) -> float:
        """Return the probability that somebody speaks in a frame of `FRAME_BYTES`."""

    def reset(self) -> None:
        """Forget what was heard."""


def loudness(frame: bytes) -> float:
    """Return the loudness of a frame: decibels, 0 for the loudest square wave there is."""
    samples = np.frombuffer(frame, "<i2").astype(np.float32)
    return 10 * math.log10(max(1.0, float(samples @ samples) / len(samples))) - 90.3
