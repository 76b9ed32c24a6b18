"""From any PCM to mono 16 bits at a rate of one's choice."""

import numpy as np
import numpy.typing as npt

from tars.audio.formats import MICROPHONE, AudioFormat
from tars.audio.resample import Resampler

MAX_WIDTH = 4


class UnsupportedFormat(ValueError):
    """Audio that cannot be converted; the text says what about it."""


def check(format: AudioFormat) -> None:  # noqa: A002 - the word of the domain
    """Raise `UnsupportedFormat` unless audio of this format can be converted."""
    if not 1 <= format.width <= MAX_WIDTH:
        raise UnsupportedFormat(f"samples of {format.width} bytes (1 to {MAX_WIDTH} are understood)")
    if format.channels < 1:
        raise UnsupportedFormat(f"{format.channels} channels")
    if format.rate < 1:
        raise UnsupportedFormat(f"{format.rate} samples a second")


class Converter:
    """Any signed integer PCM in, mono 16-bit PCM at `rate` hertz out, piece by piece.

    Pieces may be cut anywhere, also within a sample. Several channels are mixed. Raises `UnsupportedFormat`.
    """

    def __init__(self, source: AudioFormat, rate: int) -> None:
        check(source)
        self._source = source
        self._resampler = Resampler(source.rate, rate)
        self._rest = b""

    def feed(self, pcm: bytes) -> bytes:
        """The audio that can be given after hearing `pcm`."""
        if self._rest:
            pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % self._source.frame_bytes
        self._rest = pcm[whole:]
        return self._resampler.feed(to_mono16(pcm[:whole], self._source))

    def flush(self) -> bytes:
        """The rest; half a frame at the end is dropped."""
        self._rest = b""
        return self._resampler.flush()


def to_mono16(pcm: bytes, source: AudioFormat) -> bytes:
    """Whole frames of any width and number of channels as mono 16-bit samples, at the rate they have."""
    if source.width == 2 and source.channels == 1:
        return pcm
    frames = _to_int16(pcm, source.width).reshape(-1, source.channels)
    mixed: bytes = frames.mean(axis=1, dtype=np.float32).round().astype("<i2").tobytes()
    return mixed


def to_microphone_format(pcm: bytes, source: AudioFormat) -> bytes:
    """A whole recording as 16 kHz mono 16-bit PCM."""
    converter = Converter(source, MICROPHONE.rate)
    return converter.feed(pcm) + converter.flush()


def _to_int16(pcm: bytes, width: int) -> npt.NDArray[np.int16]:
    match width:
        case 1:
            return np.frombuffer(pcm, "i1").astype(np.int16) << 8
        case 2:
            return np.frombuffer(pcm, "<i2").astype(np.int16, copy=False)
        case _:  # the two upper bytes of each sample
            sample_bytes = np.frombuffer(pcm, np.uint8).reshape(-1, width)
            return np.ascontiguousarray(sample_bytes[:, -2:]).view("<i2").reshape(-1)
