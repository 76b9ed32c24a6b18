"""The last seconds of a stream of audio."""

from tars.audio.formats import MICROPHONE, AudioFormat


class AudioRing:
    """Remembers the last `seconds` of what is appended.

    Positions count the bytes appended since the beginning, so that "from where the hotword fired" can be asked
    for whatever came in meanwhile.
    """

    def __init__(self, seconds: float, audio_format: AudioFormat = MICROPHONE) -> None:
        self._format = audio_format
        self._capacity = audio_format.bytes_in(seconds)
        self._held = bytearray()
        self._end = 0

    @property
    def start(self) -> int:
        """The position of the oldest byte remembered."""
        return self._end - len(self._held)

    @property
    def end(self) -> int:
        """The position after the newest byte."""
        return self._end

    def append(self, pcm: bytes) -> None:
        """Remember `pcm`, and forget as much of the oldest as does not fit."""
        self._held += pcm
        self._end += len(pcm)
        if (excess := len(self._held) - self._capacity) > 0:
            del self._held[:excess]

    def since(self, position: int) -> bytes:
        """What is remembered from `position` on: nothing from the end on, all of it from before the start."""
        return bytes(self._held[max(0, position - self.start) :])

    def last(self, seconds: float) -> bytes:
        """The last `seconds`, or less when there is less."""
        return self.since(self._end - self._format.bytes_in(seconds))

    def clear(self) -> None:
        """Forget the audio; positions go on."""
        self._held.clear()
