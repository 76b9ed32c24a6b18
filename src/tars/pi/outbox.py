"""What one link still has to send: in order, control never dropped, audio only up to a limit."""

import math
from collections import deque
from collections.abc import Callable

import attrs
import trio

from tars.audio.formats import MICROPHONE
from tars.pi.tape import CAPACITY, RESERVE

AUDIO_LIMIT = MICROPHONE.bytes_in(5.0)
"""The longest pre-roll and what may come with it at once (see `listening`), or the 2 s of blackout that must break
nothing. A link that is slower than speech for longer is better served by the newest audio than by the oldest."""
RESUMING_LIMIT = CAPACITY + RESERVE + AUDIO_LIMIT
"""Where a session goes on over the next link, its whole tape may wait to be sent, and what comes meanwhile; a
question that was recorded without a link is shorter. Audio that is dropped here is lost to the session, and it
could not go on again."""
CONTROL_LIMIT = 256
"""Messages. A conversation makes a few in a second, and a blocked link is given up within seconds."""
LOOK = 0.02
"""Seconds between two looks whether audio that is held back may go: nobody tells when the network has room again.
Half a frame; and 16 KiB each time are 25 times as fast as speech, for what has to be caught up with."""


class OutboxOverflow(Exception):
    """More control messages wait than a working link would ever leave waiting."""


@attrs.define(eq=False)
class Outbox:
    """A queue of frames that belongs to one link and dies with it, so that no old audio follows a reconnect."""

    audio_limit: int = AUDIO_LIMIT
    takes_audio: Callable[[int], bool] = lambda byte_count: True
    """Whether the link should get so many bytes of audio now. Until then they wait here, and all behind them."""
    dropped_audio_bytes: int = 0
    _frames: deque[str | bytes] = attrs.field(factory=deque)
    _audio_bytes: int = 0
    _controls: int = 0
    _closed: bool = False
    _news: trio.Event = attrs.field(factory=trio.Event)

    def put(self, frame: str | bytes) -> None:
        """Queue a message (text) or microphone audio (bytes); never waits. Too much audio drops the oldest."""
        if self._closed:
            return
        self._frames.append(frame)
        if isinstance(frame, str):
            self._controls += 1
        else:
            self._audio_bytes += len(frame)
            while self._audio_bytes > self.audio_limit:
                self._drop_oldest_audio()
        self._news.set()

    def forget_audio(self) -> None:
        """Throw away the audio that waits: nobody needs it any more, and what comes next need not wait for it."""
        self._frames = deque(frame for frame in self._frames if isinstance(frame, str))
        self._audio_bytes = 0

    def close(self) -> None:
        """Take nothing more; `get` gives out what is queued, then raises `trio.EndOfChannel`."""
        self._closed = True
        self._news.set()

    async def get(self) -> str | bytes:
        """The next frame. Raises `OutboxOverflow`, and `trio.EndOfChannel` when closed and empty."""
        await trio.lowlevel.checkpoint()
        while not self._goes():
            if self._closed and not self._frames:
                raise trio.EndOfChannel
            self._news = trio.Event()
            with trio.move_on_after(LOOK if self._frames else math.inf):
                await self._news.wait()
        frame = self._frames.popleft()
        if isinstance(frame, bytes):
            self._audio_bytes -= len(frame)
        else:
            self._controls -= 1
        return frame

    def _goes(self) -> bool:
        """Whether there is a frame, and it may go."""
        if self._controls > CONTROL_LIMIT:
            raise OutboxOverflow
        if not self._frames:
            return False
        first = self._frames[0]
        return isinstance(first, str) or self.takes_audio(len(first))

    def _drop_oldest_audio(self) -> None:
        for index, frame in enumerate(self._frames):
            if isinstance(frame, bytes):
                del self._frames[index]
                self._audio_bytes -= len(frame)
                self.dropped_audio_bytes += len(frame)
                return
