"""Connections in memory: two directions, each of which can be late, slow, stuck, torn or broken by itself."""

import math
from collections import deque

import attrs
import trio

GRAIN = 128
"""Bytes that a slow pipe passes on at a time: a trickle, not a burst now and then."""


@attrs.define(eq=False)
class Pipe:
    """One direction of a connection: what is sent arrives `delay` seconds later, unless the pipe is stalled."""

    delay: float = 0.0
    capacity: int = 64 * 1024
    """Bytes that can be under way before the sender has to wait, as in the kernel's buffers."""
    rate: float = math.inf
    """Bytes per second that the pipe passes on."""
    stalled: bool = False
    dies_at: float = math.inf
    """When the network resets the connection by itself."""
    _chunks: deque[tuple[float, bytes]] = attrs.field(factory=deque)
    _under_way: int = 0
    _busy_until: float = 0.0
    _ended: bool = False
    _broken: bool = False
    _torn: bool = False
    _change: trio.lowlevel.ParkingLot = attrs.field(factory=trio.lowlevel.ParkingLot)

    async def send(self, data: bytes, at: "End") -> None:
        """Send all of `data`; waits while the pipe is full."""
        await trio.lowlevel.checkpoint()
        rest = memoryview(data)
        while rest:
            if at.closed:
                raise trio.ClosedResourceError
            if at.incoming.brings_reset:  # a reset comes by the way back, or is not heard of
                raise trio.BrokenResourceError
            if (room := self._room()) > 0:
                chunk, rest = bytes(rest[:room]), rest[room:]
                self.inject(chunk)
            else:
                # a reset that is due does not come over a way back that is stalled
                with trio.move_on_at(math.inf if at.incoming.stalled else at.incoming.dies_at):
                    await self._change.park()

    async def receive(self, limit: int, at: "End") -> bytes:
        """What has arrived; nothing at the end."""
        await trio.lowlevel.checkpoint()
        while True:
            if at.closed:
                raise trio.ClosedResourceError
            if self.brings_reset:
                raise trio.BrokenResourceError
            if not self.stalled:
                if self._chunks and self._chunks[0][0] <= trio.current_time():
                    return self._take(limit)
                if self._ended and not self._chunks:
                    return b""
            next_due = self._chunks[0][0] if self._chunks else math.inf
            with trio.move_on_at(math.inf if self.stalled else min(next_due, self.dies_at)):
                await self._change.park()

    def inject(self, chunk: bytes) -> None:
        """Put bytes on their way; as the sender does, or as nobody did."""
        if self._torn:
            return
        self._chunks.append((self._due(len(chunk)), chunk))
        self._under_way += len(chunk)
        self.changed()

    def end(self) -> None:
        """The sender is done: FIN."""
        self._ended = True
        self.changed()

    def break_off(self) -> None:
        """The receiver is gone, or the network resets the connection: RST."""
        self._broken = True
        self.changed()

    def tear(self) -> None:
        """Reset the connection in the middle of what is under way; where nothing is, of what is sent next."""
        if not self._chunks:
            self.inject(b"\x82")  # the first byte of a frame whose rest never comes
        half = sum(len(chunk) for _, chunk in self._chunks) // 2 + 1
        kept: deque[tuple[float, bytes]] = deque()
        for due, chunk in self._chunks:
            kept.append((due, chunk[:half]))
            half -= len(chunk)
            if half <= 0:
                break
        self._chunks, self._torn = kept, True
        self.changed()

    def change(self, *, delay: float | None = None, rate: float | None = None) -> None:
        """Be faster or slower from now on, also with what is under way; the order of the bytes stays."""
        self.delay = self.delay if delay is None else delay
        self.rate = self.rate if rate is None else rate
        under_way, self._chunks, self._busy_until = self._chunks, deque(), 0.0
        for _, chunk in under_way:
            self._chunks.append((self._due(len(chunk)), chunk))
        self.changed()

    def changed(self) -> None:
        """Let everyone look again."""
        self._change.unpark_all()

    def _room(self) -> int:
        room = self.capacity - self._under_way
        return room if self.rate == math.inf else min(room, GRAIN)

    def _due(self, byte_count: int) -> float:
        last_due = self._chunks[-1][0] if self._chunks else 0.0
        self._busy_until = max(self._busy_until, trio.current_time()) + byte_count / self.rate
        return max(last_due, self._busy_until + self.delay)

    @property
    def brings_reset(self) -> bool:
        """Whether the end that this pipe leads to has been told that the connection is reset."""
        reset = self._broken or trio.current_time() >= self.dies_at or (self._torn and not self._chunks)
        return reset and not self.stalled

    def _take(self, limit: int) -> bytes:
        due, chunk = self._chunks.popleft()
        if len(chunk) > limit:
            self._chunks.appendleft((due, chunk[limit:]))
        self._under_way -= len(chunk[:limit])
        self.changed()
        return chunk[:limit]


@attrs.define(eq=False)
class End(trio.abc.Stream):
    """One end of a `Wire`."""

    outgoing: Pipe
    incoming: Pipe
    closed: bool = False

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self.outgoing.send(bytes(data), self)

    async def wait_send_all_might_not_block(self) -> None:
        await trio.lowlevel.checkpoint()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        return await self.incoming.receive(max_bytes or 65536, self)

    def hang_up(self) -> None:
        """Close it."""
        if not self.closed:
            self.closed = True
            self.outgoing.end()
            self.incoming.changed()

    async def aclose(self) -> None:
        self.hang_up()
        await trio.lowlevel.checkpoint()


@attrs.define(eq=False)
class Wire:
    """A connection: two ends, two directions."""

    client: End
    server: End
    accepted: bool = False
    """Whether the server ever saw it."""
    owner: str = ""
    """Who dialled."""

    @property
    def server_closed(self) -> bool:
        """Whether no server has it open."""
        return self.server.closed or not self.accepted

    @property
    def up(self) -> Pipe:
        """From the client to the server."""
        return self.client.outgoing

    @property
    def down(self) -> Pipe:
        """From the server to the client."""
        return self.server.outgoing

    def set_stalled(self, stalled: bool) -> None:
        """Let nothing through any more, or go on."""
        for pipe in (self.up, self.down):
            pipe.stalled = stalled
            pipe.changed()

    def cut(self) -> None:
        """Reset the connection."""
        for pipe in (self.up, self.down):
            pipe.break_off()

    def tear(self) -> None:
        """Reset the connection in the middle of a frame."""
        for pipe in (self.up, self.down):
            pipe.tear()

    def die_at(self, when: float) -> None:
        """Be reset at a moment to come."""
        for pipe in (self.up, self.down):
            pipe.dies_at = when
            pipe.changed()


def make_wire(*, delay: float = 0.0, capacity: int = 64 * 1024, owner: str = "") -> Wire:
    """Two ends, each hearing the other `delay` seconds later."""
    up, down = Pipe(delay, capacity), Pipe(delay, capacity)
    return Wire(End(up, down), End(down, up), owner=owner)
