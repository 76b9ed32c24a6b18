"""A network in memory that can do to a link whatever a real one does, in virtual time."""

import math
from collections.abc import Callable, Mapping

import attrs
import trio

from tests.support.pipes import End, Wire, make_wire

__all__ = ["FAULTS", "MODES", "End", "Fault", "FaultyNetwork", "Wire", "make_wire"]

Fault = str
MODES = ("ok", "refuse", "mute", "drop", "garbage", "flap")
"""What happens to new dials: they succeed; are refused; reach nobody; are accepted and dropped; are answered with
something that is not HTTP; succeed, and are reset `FLAP` seconds later, again and again."""
FLAP = 0.6
"""Seconds: enough for a handshake, a `hello` and a `welcome`."""
LAG = 1.0
"""Seconds that everything takes under `lag`."""
SLOW = 8_000.0
"""Bytes per second under `slow`: Wi-Fi at its worst, a quarter of what speech needs."""
CHOKED = 50.0
"""Bytes per second of a connection whose reader hardly reads: pings pass, speech does not."""
NOISE = b"\x00\xffSSH-2.0-nobody\r\n" * 3
"""What no peer of ours says in the middle of a link."""

_TO_WIRES: Mapping[Fault, Callable[[Wire], None]] = {
    "stall": lambda wire: wire.set_stalled(True),
    "cut": Wire.cut,
    "tear": Wire.tear,
    "stall_up": lambda wire: setattr(wire.up, "stalled", True),
    "stall_down": lambda wire: setattr(wire.down, "stalled", True),
    "choke": lambda wire: wire.up.change(rate=CHOKED),
    "choke_down": lambda wire: wire.down.change(rate=CHOKED),
    "noise_up": lambda wire: wire.up.inject(NOISE),
    "noise_down": lambda wire: wire.down.inject(NOISE),
}
_TO_ALL: Mapping[Fault, Mapping[str, float]] = {"lag": {"delay": LAG}, "slow": {"rate": SLOW}}
FAULTS = (*MODES, *_TO_WIRES, *_TO_ALL)
"""Beside the modes, what happens to the connections that stand. `stall`: nothing passes, not even an end.
`stall_up`, `stall_down`: the same for one direction (half-open). `cut`: reset. `tear`: reset in the middle of a
frame. `choke`, `choke_down`: hardly anything passes to the server, to the client. `noise_up`, `noise_down`: bytes
that nobody sent. And to those that stand and those to come: `lag`, `slow`."""


@attrs.define(eq=False)
class FaultyNetwork(trio.abc.Listener[trio.abc.Stream]):
    """Everything between a client (`open_stream`) and a server (it is the server's listener)."""

    delay: float = 0.0
    capacity: int = 64 * 1024
    """Of each direction of each connection; see `Pipe`."""
    mode: str = "ok"
    wires: list[Wire] = attrs.field(factory=list)
    closed: bool = False
    """The server listens no more."""
    dials: list[float] = attrs.field(factory=list)
    """When each dial began."""
    _trouble: dict[str, float] = attrs.field(factory=dict)
    _backlog: tuple[trio.MemorySendChannel[End], trio.MemoryReceiveChannel[End]] = attrs.field(
        factory=lambda: trio.open_memory_channel[End](math.inf)  # a backlog in the kernel never blocks a client
    )

    async def open_stream(self, owner: str = "") -> trio.abc.Stream:
        """Dial; `owner` says who."""
        self.dials.append(trio.current_time())
        await trio.lowlevel.checkpoint()
        if self.mode == "refuse" or self.closed:
            raise ConnectionRefusedError(111, "Connection refused")
        wire = make_wire(delay=self.delay, capacity=self.capacity, owner=owner)
        self.wires.append(wire)
        if self._trouble:
            self._slow_down(wire)
        if self.mode in ("ok", "flap"):
            wire.accepted = True
            self._backlog[0].send_nowait(wire.server)
        if self.mode == "flap":
            wire.die_at(trio.current_time() + FLAP)
        if self.mode == "garbage":
            wire.down.inject(b"220 mail.example ESMTP ready, how may we help?\r\n")
        if self.mode in (
            "drop",
            "garbage",
        ):  # at once: a cancelled dial leaves no half of it
            wire.server.hang_up()
        return wire.client

    async def accept(self) -> End:
        try:
            return await self._backlog[1].receive()
        except trio.EndOfChannel:
            raise trio.ClosedResourceError from None

    async def aclose(self) -> None:
        """The server stops listening: dials are refused until it does again, and who waits is reset."""
        self.closed = True
        self._backlog[0].close()
        while True:
            try:
                waiting = self._backlog[1].receive_nowait()
            except (trio.WouldBlock, trio.EndOfChannel):
                break
            waiting.outgoing.break_off()
            waiting.incoming.break_off()
            await waiting.aclose()
        await trio.lowlevel.checkpoint()

    def listen(self) -> None:
        """A server listens again, after `aclose`."""
        if self.closed:
            self.closed = False
            self._backlog = trio.open_memory_channel[End](math.inf)

    def inflict(self, fault: Fault) -> None:
        """Do one of `FAULTS`."""
        if fault in MODES:
            self.mode = fault
            return
        self._trouble.update(_TO_ALL.get(fault, {}))
        for wire in self.wires:
            _TO_WIRES.get(fault, self._slow_down)(wire)

    def relieve(self) -> None:
        """Let new dials succeed, and be as quick as ever; what is stalled or choked stays so."""
        self.mode = "ok"
        if self._trouble:
            self._trouble.clear()
            for wire in self.wires:
                for pipe in (wire.up, wire.down):
                    pipe.change(delay=self.delay, rate=math.inf if pipe.rate != CHOKED else CHOKED)

    def heal(self) -> None:
        """Let new dials succeed, and let through what was stalled."""
        self.relieve()
        for wire in self.wires:
            wire.set_stalled(False)
            wire.up.change(rate=math.inf)
            wire.down.change(rate=math.inf)

    def forget_closed(self) -> None:
        """Keep only the wires of which an end is open still."""
        self.wires = [wire for wire in self.wires if not (wire.client.closed and wire.server_closed)]

    def _slow_down(self, wire: Wire) -> None:
        for pipe in (wire.up, wire.down):
            pipe.change(delay=self._trouble.get("delay"), rate=self._trouble.get("rate"))
