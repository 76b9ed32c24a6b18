"""Sample rates: mono 16-bit audio from one to another, piece by piece."""

import numpy as np
import soxr


class Resampler:
    """Mono 16-bit PCM at `source` hertz in, the same at `target` hertz out.

    The filter looks ahead, so that what comes out is some milliseconds behind what went in (48 to 16 kHz: 9 ms)
    until `flush` gives the rest. With equal rates audio passes as it is, at once.
    """

    def __init__(self, source: int, target: int) -> None:
        self._source, self._target = source, target
        self._stream = self._new_stream()

    def feed(self, pcm: bytes) -> bytes:
        """The audio that can be given after hearing `pcm`, which holds whole samples."""
        return self._resample(pcm, last=False)

    def flush(self) -> bytes:
        """The rest; the resampler is as new afterwards."""
        rest = self._resample(b"", last=True)
        self._stream = self._new_stream()
        return rest

    def _new_stream(self) -> "soxr.ResampleStream | None":
        if self._source == self._target:
            return None
        return soxr.ResampleStream(self._source, self._target, 1, dtype="int16", quality="HQ")

    def _resample(self, pcm: bytes, *, last: bool) -> bytes:
        if self._stream is None:
            return pcm
        samples = np.frombuffer(pcm, "<i2").astype(np.int16, copy=False)
        resampled: np.ndarray = self._stream.resample_chunk(samples, last=last)
        return resampled.astype("<i2", copy=False).tobytes()
