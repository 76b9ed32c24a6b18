"""A reply's audio between the voice that makes it and the link that sends it."""

import trio

from tars.audio.formats import AudioFormat

MOST = 60.0
"""Seconds that wait here at most. A sentence of the usual length never comes near it, so that a voice that serves
several devices is held up by none of them; a runaway one is."""


class AudioQueue:
    """One utterance's audio, in whole frames; one producer, one consumer."""

    def __init__(self, audio_format: AudioFormat) -> None:
        self._format = audio_format
        self._held = bytearray()
        self._over = False
        self._changed = trio.Event()

    @property
    def seconds(self) -> float:
        """How much is waiting."""
        return self._format.seconds(len(self._held))

    @property
    def complete(self) -> bool:
        """Whether no more is to come."""
        return self._over

    async def put(self, pcm: bytes) -> None:
        """Add audio; waits only while a minute of it is here already."""
        self._held += pcm
        self._wake()
        await self.room(MOST)

    def close(self) -> None:
        """That was all."""
        self._over = True
        self._wake()

    async def room(self, seconds: float) -> None:
        """Return when no more than `seconds` are waiting."""
        while self.seconds > seconds:
            await self._changed.wait()

    async def take(self, most: int) -> bytes:
        """The next `most` bytes or fewer, as soon as there are any; empty at the end."""
        while not self._held and not self._over:
            await self._changed.wait()
        piece = bytes(self._held[:most])
        del self._held[:most]
        self._wake()
        return piece

    def forget(self) -> None:
        """Nobody takes the rest: a minute of it must not wait for the garbage collector."""
        self._held.clear()
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, trio.Event()
        changed.set()
