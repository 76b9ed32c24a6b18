"""Bytes into a stream: at once as far as the kernel takes them, then with an eye on a peer that does not read."""

import os
import socket
import struct

import trio

from tars.link.errors import LinkLost
from tars.link.sockets import is_unread, raw_socket

UNREAD = 1.25
"""Seconds without reading after which a peer is deaf. A blackout looks different (see `is_unread`), so this can be
shorter than `LinkPolicy.send_timeout`; and before it begins, all buffers on the way are full: seconds of audio."""
LOOK = 0.1
"""Seconds between two looks at a send that waits."""


class DeafPeer(LinkLost):
    """Its system takes what is sent, and its program does not."""


class Drain:
    """The sending half of a stream, for one sender at a time."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._socket = stream.socket if isinstance(stream, trio.SocketStream) else None

    def send_now(self, data: bytes) -> int:
        """How many bytes the kernel took at once. An error is left for `send_rest` to find."""
        if self._socket is None:
            return 0
        try:
            return os.write(self._socket.fileno(), data)
        except OSError:
            return 0

    async def send_rest(self, rest: memoryview) -> None:
        """Send what the kernel did not take at once. Raises `DeafPeer`, and trio's errors of a broken stream."""
        if self._socket is None or self._socket.fileno() < 0:  # it knows what to say of a stream that is closed
            await self._stream.send_all(rest)
            return
        progress_at = trio.current_time()
        while True:
            with trio.move_on_after(LOOK):
                await trio.lowlevel.wait_writable(self._socket)
            try:
                rest = rest[os.write(self._socket.fileno(), rest) :]
                progress_at = trio.current_time()
            except BlockingIOError:
                pass
            except OSError as exc:
                raise trio.BrokenResourceError from exc
            if not rest:
                return
            if trio.current_time() - progress_at >= UNREAD and is_unread(self._socket):
                raise DeafPeer(f"the peer has read nothing for {UNREAD:g} s")

    def forget_unsent(self) -> None:
        """Let the end of the stream be a reset, and throw away what the kernel still holds."""
        sock = raw_socket(self._stream)
        if sock is not None and sock.fileno() >= 0:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
