"""`tars-server` as it is put together in earnest, with marked providers instead of models."""

from collections import defaultdict

import attrs
import trio

from tars.server.authorisation import Gatekeeper
from tars.server.conversation.policy import SessionPolicy
from tars.server.devices import DeviceRegistry
from tars.server.stopping import Stop
from tests.fuzz.evidence import Evidence
from tests.fuzz.marks import Microphones
from tests.fuzz.overtaking import Overtaking
from tests.fuzz.providers import MarkedProviders
from tests.fuzz.watched import WatchedAssistant
from tests.support.faulty_network import FaultyNetwork

SILENCE = 8.0
"""Seconds after which a session ends in which nobody speaks: stories are short."""


@attrs.define(eq=False)
class ServerProcess:
    """One run of the program. It ends by `stop` or by `kill`."""

    network: FaultyNetwork
    providers: MarkedProviders
    evidence: Evidence
    resume: float = 0.0
    """Seconds for which a session waits for its device."""
    devices: DeviceRegistry = attrs.field(factory=DeviceRegistry)
    ended: trio.Event = attrs.field(factory=trio.Event)
    _stop: Stop = attrs.field(factory=Stop)
    _scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:  # noqa: ASYNC128
        """Serve; started when it accepts."""
        policy = SessionPolicy(timeout=SILENCE, resume_window=self.resume)
        assistant = WatchedAssistant(self.devices, self.providers.real, policy, Gatekeeper(None))
        assistant.evidence, assistant.lines = self.evidence, defaultdict(Microphones)
        assistant.orders = defaultdict(lambda: Overtaking("server", self.evidence))
        self.evidence.servers += 1
        self.network.listen()
        try:
            with self._scope:
                await assistant.run([self.network], self._stop, task_status=task_status)
        finally:
            self.ended.set()

    async def stop(self) -> None:
        """End as by SIGTERM."""
        self.evidence.note("server", "is stopped")
        self._stop.restart()
        await self.ended.wait()

    async def kill(self) -> None:
        """End as by SIGKILL: the kernel resets all connections, and nothing more is said or logged."""
        self.evidence.note("server", "is killed")
        self.evidence.dying = True
        self.evidence.kills.append(trio.current_time())
        await self.network.aclose()
        for wire in self.network.wires:
            if wire.accepted and not wire.server.closed:
                wire.cut()
        self._scope.cancel()
        await self.ended.wait()
        self.evidence.dying = False
