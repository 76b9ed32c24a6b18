"""A device's link, seen from the rest of the server: whole messages out, in order, without waiting."""

import trio

from tars.link import Connection, LinkLost
from tars.messages import CloseCode, FromServer, ServerDialect, ServerOriginal

OUTBOX = 256
"""Frames that wait to be sent: 20 s of audio, or more messages than a conversation makes in the time in which a
blocked send is noticed. A device that lets it run full is not reading."""
LAST_WORDS = 0.3
"""Seconds for what was posted before a goodbye; a stopping server has 2 s for everything."""


class DeviceLink:
    """One connection of one device. `deliver` is its sending half, and runs in a task."""

    def __init__(self, connection: Connection, dialect: ServerDialect, capabilities: tuple[str, ...] = ()) -> None:
        self.connection = connection
        self.dialect = dialect
        self.capabilities = capabilities
        self.original = isinstance(dialect, ServerOriginal)
        self.up_since = trio.current_time()
        self.goodbye: tuple[int, str] | None = None
        """The close code and reason, once it is to be closed."""
        self._send, self._outbox = trio.open_memory_channel[str | bytes](OUTBOX)
        self._room = trio.Event()
        self._scope = trio.CancelScope()

    @property
    def open(self) -> bool:
        """Whether what it brings still counts."""
        return self.goodbye is None

    def post(self, message: FromServer) -> None:
        """Send `message` after all that was sent before; nothing happens when the link is being closed."""
        if not self.open or (text := self.dialect.encode(message)) is None:
            return
        try:
            self._send.send_nowait(text)
        except trio.WouldBlock:
            self.close(CloseCode.POLICY, "you do not read what you are sent")
        except trio.BrokenResourceError:
            pass  # `deliver` has ended: the link is gone

    async def send_audio(self, pcm: bytes) -> None:
        """Send a frame of audio; waits while the outbox is full.

        It returns in the very moment in which the frame is in the outbox: whoever stops an utterance must know
        exactly how much of it is on its way.
        """
        while self.open:
            try:
                self._send.send_nowait(pcm)
                return
            except trio.WouldBlock:
                await self._room.wait()
            except trio.BrokenResourceError:
                return  # the link is gone; its reader reports that

    def close(self, code: int, reason: str) -> None:
        """Say goodbye, after a moment for what was posted before; the first goodbye counts."""
        if self.goodbye is None:
            self.goodbye = (code, reason)
            self._send.close()
            self._make_room()
            self._scope.deadline = trio.current_time() + LAST_WORDS

    async def deliver(self) -> None:
        """Send what is posted, until `close`. Raises `LinkLost`."""
        try:
            with self._outbox, self._scope:
                async for frame in self._outbox:
                    self._make_room()
                    await self.connection.send(frame)
        finally:
            self._make_room()
        if self.goodbye is None:
            raise LinkLost("the outbox was closed")

    def _make_room(self) -> None:
        room, self._room = self._room, trio.Event()
        room.set()
