"""Where the microphone's audio goes: to the hotword, into the pre-roll ring, and to the session that listens.

All three see one stream, and positions in it (bytes since the microphone was opened) tie them together: a
session asks for the audio from a position on and gets it once, without a gap and without a repeat, whether it
was heard a second ago or is still to come.
"""

from collections.abc import Callable

import trio

from tars.audio.formats import MICROPHONE
from tars.audio.frames import Framer
from tars.audio.ring import AudioRing

Sink = Callable[[bytes], None]

LATE_DETECTION = 2.5
"""Seconds that a detection may come after its audio: the models may still be loading, and 2 s wait for them. The
ring holds as much more than the pre-roll."""
MAX_PRE_ROLL = 2.5
"""Seconds; the link's outbox has room for both at once."""


def _no_one(_: bytes) -> None:
    pass


class Listening:
    """The one place that microphone blocks pass through."""

    def __init__(self, *, pre_roll: float = 1.5, frame: float = 0.04) -> None:
        self._pre_roll_bytes = MICROPHONE.bytes_in(pre_roll)
        self._frame_bytes = MICROPHONE.bytes_in(frame)
        self._ring = AudioRing(pre_roll + LATE_DETECTION)
        self._offer: Sink = _no_one
        self._framer = Framer(self._frame_bytes)
        self._sink: Sink | None = None

    @property
    def position(self) -> int:
        """How much has been heard, in bytes."""
        return self._ring.end

    async def run(self, blocks: trio.MemoryReceiveChannel[bytes], offer: Sink) -> None:
        """Pass on the microphone's blocks until there are no more; `offer` is the hotword's ear."""
        self._offer = offer
        async for block in blocks:
            self.hear(block)

    def hear(self, block: bytes) -> None:
        """Pass on one block. Never waits."""
        self._offer(block)
        self._ring.append(block)
        self._pass_on(block)

    def pre_roll(self, position: int, seconds: float | None = None) -> int:
        """Where a session woken at `position` begins: the pre-roll (or `seconds`) earlier, if that is kept."""
        earlier = self._pre_roll_bytes if seconds is None else MICROPHONE.bytes_in(seconds)
        return max(self._ring.start, position - earlier)

    def between(self, start: int, end: int) -> bytes:
        """What is kept of the audio from one position to another."""
        start = max(start, self._ring.start)
        return self._ring.since(start)[: max(0, end - start)]

    def follow(self, start: int, sink: Sink) -> None:
        """Give `sink` the audio from position `start` on, in frames: what is kept of it now, the rest as it comes.

        One session listens at a time; another's `follow` takes over.
        """
        self._framer = Framer(self._frame_bytes)
        self._sink = sink
        self._pass_on(self._ring.since(start))

    def unfollow(self) -> None:
        """The session is over: nobody gets audio any more. Less than a frame may stay unsent."""
        self._sink = None

    def _pass_on(self, pcm: bytes) -> None:
        if self._sink is not None:
            for frame in self._framer.feed(pcm):
                self._sink(frame)
