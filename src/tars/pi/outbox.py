"""What one link still has to send: in order, control never dropped, audio only up to a limit."""

from collections import deque

import attrs
import trio

from tars.audio.formats import MICROPHONE
from tars.pi.tape import CAPACITY

AUDIO_LIMIT = MICROPHONE.bytes_in(5.0)
"""The longest pre-roll and what may come with it at once (see `listening`), or the 2 s of blackout that must break
nothing. A link that is slower than speech for longer is better served by the newest audio than by the oldest."""
RESUMING_LIMIT = CAPACITY + AUDIO_LIMIT
"""Where a session goes on over the next link, its whole tape may wait to be sent, and what comes meanwhile; a
question that was recorded without a link is shorter. Audio that is dropped here is lost to the session, and it
could not go on again."""
CONTROL_LIMIT = 256
"""Messages. A conversation makes a few in a second, and a blocked link is given up within seconds."""


class OutboxOverflow(Exception):
    """More control messages wait than a working link would ever leave waiting."""


@attrs.define(eq=False)
class Outbox:
    """A queue of frames that belongs to one link and dies with it, so that no old audio follows a reconnect."""

    audio_limit: int = AUDIO_LIMIT
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
        while not self._frames:
            if self._closed:
                raise trio.EndOfChannel
            self._news = trio.Event()
            await self._news.wait()
        if self._controls > CONTROL_LIMIT:
            raise OutboxOverflow
        frame = self._frames.popleft()
        if isinstance(frame, bytes):
            self._audio_bytes -= len(frame)
        else:
            self._controls -= 1
        return frame

    def _drop_oldest_audio(self) -> None:
        for index, frame in enumerate(self._frames):
            if isinstance(frame, bytes):
                del self._frames[index]
                self._audio_bytes -= len(frame)
                self.dropped_audio_bytes += len(frame)
                return
