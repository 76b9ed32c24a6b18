"""A network in memory that can do to a link whatever a real one does, in virtual time."""

import math
from collections import deque

import attrs
import trio

Fault = str
MODES = ("ok", "refuse", "mute", "drop", "garbage")
"""What happens to new dials: they succeed; are refused; reach nobody; are accepted and dropped; are answered with
something that is not HTTP."""
FAULTS = (*MODES, "stall", "cut")
"""`stall`: what stands stays up, and nothing passes, not even its end. `cut`: what stands is reset."""


@attrs.define(eq=False)
class Pipe:
    """One direction of a connection: what is sent arrives `delay` seconds later, unless the pipe is stalled."""

    delay: float = 0.0
    capacity: int = 64 * 1024
    """Bytes that can be under way before the sender has to wait, as in the kernel's buffers."""
    stalled: bool = False
    _chunks: deque[tuple[float, bytes]] = attrs.field(factory=deque)
    _under_way: int = 0
    _ended: bool = False
    _broken: bool = False
    _change: trio.lowlevel.ParkingLot = attrs.field(factory=trio.lowlevel.ParkingLot)

    async def send(self, data: bytes, is_closed: "End") -> None:
        """Send all of `data`; waits while the pipe is full."""
        await trio.lowlevel.checkpoint()
        rest = memoryview(data)
        while rest:
            if is_closed.closed:
                raise trio.ClosedResourceError
            if self._broken and not self.stalled:
                raise trio.BrokenResourceError
            if (room := self.capacity - self._under_way) > 0:
                chunk, rest = bytes(rest[:room]), rest[room:]
                self._chunks.append((trio.current_time() + self.delay, chunk))
                self._under_way += len(chunk)
                self.changed()
            else:
                await self._change.park()

    async def receive(self, limit: int, is_closed: "End") -> bytes:
        """What has arrived; nothing at the end."""
        await trio.lowlevel.checkpoint()
        while True:
            if is_closed.closed:
                raise trio.ClosedResourceError
            if not self.stalled:
                if self._broken:
                    raise trio.BrokenResourceError
                if self._chunks and self._chunks[0][0] <= trio.current_time():
                    return self._take(limit)
                if self._ended and not self._chunks:
                    return b""
            with trio.move_on_at(self._chunks[0][0] if self._chunks and not self.stalled else math.inf):
                await self._change.park()

    def _take(self, limit: int) -> bytes:
        due, chunk = self._chunks.popleft()
        if len(chunk) > limit:
            self._chunks.appendleft((due, chunk[limit:]))
        self._under_way -= len(chunk[:limit])
        self.changed()
        return chunk[:limit]

    def end(self) -> None:
        """The sender is done: FIN."""
        self._ended = True
        self.changed()

    def break_off(self) -> None:
        """The receiver is gone, or the network resets the connection: RST."""
        self._broken = True
        self.changed()

    def changed(self) -> None:
        """Let everyone look again."""
        self._change.unpark_all()


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

    async def aclose(self) -> None:
        if not self.closed:
            self.closed = True
            self.outgoing.end()
            self.incoming.changed()
        await trio.lowlevel.checkpoint()


@attrs.define(eq=False)
class Wire:
    """A connection: two ends, two directions."""

    client: End
    server: End
    accepted: bool = False
    """Whether the server ever saw it."""

    def set_stalled(self, stalled: bool) -> None:
        """Let nothing through any more, or go on."""
        for pipe in (self.client.outgoing, self.server.outgoing):
            pipe.stalled = stalled
            pipe.changed()

    def cut(self) -> None:
        """Reset the connection."""
        for pipe in (self.client.outgoing, self.server.outgoing):
            pipe.break_off()


def make_wire(*, delay: float = 0.0, capacity: int = 64 * 1024) -> Wire:
    """Two ends, each hearing the other `delay` seconds later."""
    up, down = Pipe(delay, capacity), Pipe(delay, capacity)
    return Wire(End(up, down), End(down, up))


@attrs.define(eq=False)
class FaultyNetwork(trio.abc.Listener[trio.abc.Stream]):
    """Everything between a client (`open_stream`) and a server (it is the server's listener)."""

    delay: float = 0.0
    mode: str = "ok"
    wires: list[Wire] = attrs.field(factory=list)
    closed: bool = False
    """The server listens no more."""
    dials: list[float] = attrs.field(factory=list)
    """When each dial began."""
    _backlog: tuple[trio.MemorySendChannel[End], trio.MemoryReceiveChannel[End]] = attrs.field(
        factory=lambda: trio.open_memory_channel[End](math.inf)  # a backlog in the kernel never blocks a client
    )

    async def open_stream(self) -> trio.abc.Stream:
        """Dial."""
        self.dials.append(trio.current_time())
        await trio.lowlevel.checkpoint()
        if self.mode == "refuse" or self.closed:
            raise ConnectionRefusedError(111, "Connection refused")
        wire = make_wire(delay=self.delay)
        self.wires.append(wire)
        if self.mode == "ok":
            wire.accepted = True
            self._backlog[0].send_nowait(wire.server)
        if self.mode == "garbage":
            await wire.server.send_all(b"220 mail.example ESMTP ready, how may we help?\r\n")
        if self.mode in ("drop", "garbage"):
            await wire.server.aclose()
        return wire.client

    async def accept(self) -> End:
        try:
            return await self._backlog[1].receive()
        except trio.EndOfChannel:
            raise trio.ClosedResourceError from None

    async def aclose(self) -> None:
        self.closed = True
        self._backlog[0].close()
        await trio.lowlevel.checkpoint()

    def inflict(self, fault: Fault) -> None:
        """Do one of `FAULTS`."""
        if fault in MODES:
            self.mode = fault
        for wire in self.wires:
            if fault == "stall":
                wire.set_stalled(True)
            if fault == "cut":
                wire.cut()

    def heal(self) -> None:
        """Let new dials succeed, and let through what was stalled."""
        self.mode = "ok"
        for wire in self.wires:
            wire.set_stalled(False)
