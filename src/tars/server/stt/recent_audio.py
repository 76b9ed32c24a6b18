"""The last moments of a session's audio, by position."""

import attrs

from tars.audio.formats import MICROPHONE


@attrs.define(eq=False)
class RecentAudio:
    """Keeps `max_bytes` of audio, and counts what came before."""

    max_bytes: int
    _start: int = 0
    """Position of the oldest byte that is kept."""
    _kept: bytearray = attrs.field(factory=bytearray)

    @property
    def end(self) -> float:
        """Seconds of audio that have come in."""
        return MICROPHONE.seconds(self._start + len(self._kept))

    def append(self, pcm: bytes) -> None:
        """Keep more audio, and drop the oldest of too much."""
        self._kept += pcm
        if (excess := len(self._kept) - self.max_bytes) > 0:
            del self._kept[:excess]
            self._start += excess

    def between(self, start: float, end: float) -> bytes:
        """Return what is kept of the audio from one position to another, in seconds."""
        first, last = (MICROPHONE.bytes_in(max(0.0, position)) - self._start for position in (start, end))
        return bytes(self._kept[max(0, first) : max(0, last)])
