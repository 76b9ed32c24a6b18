"""How loud audio is, and how to make it less so."""

import numpy as np

FULL_SCALE = 32_768


def rms(pcm: bytes) -> float:
    """Root mean square of mono 16-bit PCM: 0 is silence, 1 a square wave at full scale."""
    if not pcm:
        return 0.0
    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    return float(np.sqrt(np.mean(np.square(samples)))) / FULL_SCALE


def scale(pcm: bytes, gain: float) -> bytes:
    """Mono 16-bit PCM times `gain` (0 to 1)."""
    if gain == 1:
        return pcm
    return (np.frombuffer(pcm, "<i2") * np.float32(gain)).astype("<i2").tobytes()


def fade_out(pcm: bytes) -> bytes:
    """Mono 16-bit PCM that dies away to silence from its first sample to its last."""
    samples = np.frombuffer(pcm, "<i2")
    return (samples * np.linspace(1, 0, len(samples), dtype=np.float32)).astype("<i2").tobytes()
