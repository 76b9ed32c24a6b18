"""A live link: send, receive, close. The same class on both sides."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import trio

from tars.link.errors import LinkLost
from tars.link.inbox import Inbox, again
from tars.link.policy import LinkPolicy
from tars.link.transport import Transport


class Connection:
    """One link to one peer.

    Somebody must be in `receive()` most of the time: it is how one hears that the link is gone. `send` may be
    called by several tasks at once; messages never interleave.
    """

    def __init__(
        self, transport: Transport, policy: LinkPolicy, *, peer: str, headers: Mapping[str, str]
    ) -> None:
        self.peer = peer
        """`host:port` of the other side."""
        self.subprotocol: str | None = transport.subprotocol
        """`tars.v1`, or None where the peer is an older one."""
        self.headers = headers
        """Of the upgrade request, names in lower case; empty at the side that dialled."""
        self.round_trip: float | None = None
        """Seconds, as the heartbeat last measured it."""
        self._transport = transport
        self._policy = policy
        self._lost: LinkLost | None = None
        self._inbox = Inbox(audio_limit=policy.inbox_audio_bytes, control_limit=policy.inbox_controls)
        transport.attach(self)

    @property
    def dropped_audio_bytes(self) -> int:
        """Audio that nobody took in time and that was therefore dropped."""
        return self._inbox.dropped_audio_bytes

    async def send(self, message: str | bytes) -> None:
        """Send one message: text as a text frame, bytes as a binary one.

        Raises `LinkLost` when the link is gone, or when the send takes longer than the policy's `send_timeout`.
        """
        if self._lost is not None:
            raise again(self._lost)
        done = False
        try:
            with trio.move_on_after(self._policy.send_timeout):
                await self._transport.send(message)
                done = True
        except trio.Cancelled:
            await self._drop(LinkLost("a send was cancelled half way"))
            raise
        if not done:
            await self._drop(LinkLost(f"a send was blocked for {self._policy.send_timeout} s"))
            raise again(self._lost or LinkLost("gone"))

    async def receive(self) -> str | bytes:
        """The next message, in the order of arrival; raises `LinkLost` when the link is gone and all is taken."""
        return await self._inbox.get()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye with `code`; takes at most the policy's `close_timeout`, cancelled or not."""
        if self._lost is None:
            with trio.move_on_after(self._policy.close_timeout, shield=True):
                await self._transport.aclose(code, reason)
        await self._drop(LinkLost("closed by this side", code=code))

    def on_message(self, message: str | bytes) -> None:
        self._inbox.put(message)

    def on_ping(self, payload: bytes) -> None:
        self._owed = payload

    def on_pong(self, payload: bytes) -> None:
        pass

    async def _drop(self, lost: LinkLost) -> None:
        if self._lost is None:
            self._lost = lost
        self._inbox.end(lost)
        with trio.CancelScope(shield=True):
            await self._transport.abort()

    async def _run(self) -> None:
        lost = await self._transport.run()
        await self._drop(lost)


@asynccontextmanager
async def running(nursery: trio.Nursery, connection: Connection) -> AsyncIterator[Connection]:
    """Run a connection's own tasks in `nursery`; close it at the end of the block."""
    nursery.start_soon(connection._transport.pump)
    nursery.start_soon(connection._run)
    try:
        yield connection
    finally:
        await connection.close()
        nursery.cancel_scope.cancel()
