"""Many devices in one process: each has the link of `tars-pi`, its greeting, its backoff and an id of its own, and
nothing above it. They note when they dial, and whether they are up."""

import random
import resource
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import attrs
import trio

from tars.link import LinkState, open_connection
from tars.link.policy import CLIENT_POLICY, LinkPolicy
from tars.link.states import Dialling
from tars.messages import FromServer, Hello, Resume, Welcome
from tars.pi.websocket_client import WebSocketClient

SPARE_DESCRIPTORS = 256
"""For everything in this process that is not a device's socket."""
STARTING_SPREAD = 0.008
"""Seconds from one device's first dial to the next one's: how they come up is not what is measured."""
LAG_EVERY = 0.02
"""Seconds between two looks at how late this process is."""


@attrs.define(eq=False)
class Fleet:
    """The devices, and what they have noted."""

    clients: list[WebSocketClient] = attrs.field(factory=list)
    dials: list[float] = attrs.field(factory=list)
    """When any of them began to dial, by the monotonic clock."""
    up: set[str] = attrs.field(factory=set)
    """The ids of those whose link stands."""
    lag: float = 0.0
    """Seconds that this process was late, at most: what the devices' own crowd costs the measurement."""
    _changed: trio.Event = attrs.field(factory=trio.Event)

    async def until_up(self, count: int, *, within: float) -> None:
        """Return when exactly so many links stand; raises `RuntimeError` when that takes too long."""
        with trio.move_on_after(within):
            while len(self.up) != count:
                await self._changed.wait()
        if len(self.up) != count:
            raise RuntimeError(f"{len(self.up)} devices were up after {within:g} s, not {count}")

    def changed(self) -> None:
        """Let those who wait look again."""
        self._changed.set()
        self._changed = trio.Event()

    async def watch_lag(self) -> None:
        """Keep `lag` up to date."""
        while True:
            due = trio.current_time() + LAG_EVERY
            await trio.sleep_until(due)
            self.lag = max(self.lag, trio.current_time() - due)


@attrs.define(eq=False)
class Member:
    """One device, as its link tells it what happens (`tars.pi.websocket_client.LinkListener`)."""

    fleet: Fleet
    device_id: str

    def on_link_state(self, state: LinkState) -> None:
        """Note the dials."""
        if isinstance(state, Dialling):
            self.fleet.dials.append(time.monotonic())

    def on_connected(self, welcome: Welcome | None) -> None:
        """It is up."""
        self.fleet.up.add(self.device_id)
        self.fleet.changed()

    def on_connection_lost(self, reason: str) -> None:
        """It is not."""
        self.fleet.up.discard(self.device_id)
        self.fleet.changed()

    def on_message(self, message: FromServer) -> None:
        """Of no interest."""

    def on_audio(self, pcm: bytes) -> None:
        """Of no interest."""

    def resume(self) -> Resume | None:
        """Nothing: no session outlives its link here."""
        return None


@asynccontextmanager
async def open_fleet(url: str, count: int, *, policy: LinkPolicy = CLIENT_POLICY) -> AsyncIterator[Fleet]:
    """So many devices, that dial `url` until the end of the block; all have begun to when it begins."""
    _allow_descriptors(count + SPARE_DESCRIPTORS)
    fleet = Fleet()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(fleet.watch_lag)
        for number in range(count):
            client = WebSocketClient(
                partial(open_connection, url, policy=policy),
                Hello(protocol=1, device_id=f"storm-{number}"),
                rng=random.Random(f"device {number}"),
            )
            fleet.clients.append(client)
            client.start(nursery, Member(fleet, f"storm-{number}"))
            await trio.sleep(STARTING_SPREAD)
        yield fleet
        nursery.cancel_scope.cancel()


def _allow_descriptors(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise RuntimeError(f"{wanted} open files are needed, and the system allows {hard} (ulimit -Hn)")
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
