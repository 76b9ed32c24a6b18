"""An utterance's audio as it is sent, by position, so that a part of it can be sent again."""

from tars.audio.formats import AudioFormat
from tars.audio.resample import Resampler
from tars.server.conversation.audio_queue import AudioQueue

TAKE = 0.08
"""Seconds of audio that are taken from the voice at once."""
FRAME = 0.1
"""Seconds of audio in a frame at most: what was taken, and what resampling may add to it."""


class SpeechTape:
    """Takes the audio as the voice makes it, and keeps the last `kept` seconds of what has been sent."""

    def __init__(self, audio: AudioQueue, made_in: AudioFormat, sent_in: AudioFormat, kept: float) -> None:
        self.audio_format = sent_in
        self.start = 0
        """The position (in bytes) of the oldest audio that is kept."""
        self.whole = False
        """All of the utterance has been taken."""
        self._audio, self._resampler = audio, Resampler(made_in.rate, sent_in.rate)
        self._take, self._frame = made_in.bytes_in(TAKE), sent_in.bytes_in(FRAME)
        self._kept = sent_in.bytes_in(kept)
        self._held = bytearray()

    @property
    def end(self) -> int:
        """The position behind the newest audio."""
        return self.start + len(self._held)

    async def read(self, position: int) -> bytes:
        """The next frame from `position` on, waiting for the voice if need be; empty at the utterance's end."""
        while position >= self.end and not self.whole:
            pcm = await self._audio.take(self._take)
            self._held += self._resampler.feed(pcm) if pcm else self._resampler.flush()
            self.whole = not pcm
        offset = position - self.start
        return bytes(self._held[offset : offset + self._frame])

    def sent(self, position: int) -> None:
        """All before `position` has been sent: forget what lies further back than is to be kept."""
        if (excess := position - self._kept - self.start) > 0:
            del self._held[:excess]
            self.start += excess
