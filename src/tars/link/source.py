"""Bytes off a stream, with one system call less than trio's own, and with the reason when they end."""

import os

import trio

from tars.link.errors import os_reason

RECEIVE_BYTES = 16 * 1024
"""What one system call may bring: six frames of audio. More would only be allocated in vain."""
MAX_DRAINED = 8 * 1024 * 1024
"""Bytes that are read, for the sake of a last answer, of what a peer was sending already."""


class Source:
    """The receiving half of a stream."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.broken = "the connection broke"
        """How the peer went, once it has."""
        self._stream = stream
        self._pause: trio.Event | None = None
        self._socket = stream.socket if isinstance(stream, trio.SocketStream) else None

    async def receive(self) -> bytes:
        """The next bytes, but not in a pause; none when the peer is gone, and then `broken` says how."""
        while self._pause is not None:
            await self._pause.wait()
        try:
            if self._socket is None:
                data = bytes(await self._stream.receive_some(RECEIVE_BYTES))
            else:
                data = await _receive_from(self._socket)
        except (trio.BrokenResourceError, trio.ClosedResourceError, OSError) as exc:
            self.broken = f"the connection broke ({os_reason(exc)})"
            return b""
        if not data:
            self.broken = "the peer hung up"
        return data

    def pause(self) -> None:
        """Read nothing more until `go_on`: TCP then holds the peer back."""
        if self._pause is None:
            self._pause = trio.Event()

    def go_on(self) -> None:
        """Read again."""
        if self._pause is not None:
            self._pause.set()
            self._pause = None

    async def run_dry(self) -> None:
        """Send no more, and read on until the peer has left too, so that it can read a last answer. It may be
        sending still, and closing a stream with unread data in it would reset the connection and destroy the
        answer on its way. The caller limits the time; raises trio's errors of a broken stream."""
        if isinstance(self._stream, trio.SocketStream):
            await self._stream.send_eof()
        drained = 0
        while drained < MAX_DRAINED and (data := await self.receive()):
            drained += len(data)


async def _receive_from(sock: trio.socket.SocketType) -> bytes:
    """Like `SocketStream.receive_some`, without its first system call, which in a reader nearly always finds
    nothing."""
    while (number := sock.fileno()) >= 0:
        await trio.lowlevel.wait_readable(number)
        try:
            return os.read(sock.fileno(), RECEIVE_BYTES)
        except BlockingIOError:
            continue
    return b""
