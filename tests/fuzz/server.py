"""`tars-server` as it is put together in earnest, with marked providers instead of models."""

import attrs
import trio

from tars.server.authorisation import Gatekeeper
from tars.server.conversation.policy import SessionPolicy
from tars.server.devices import DeviceRegistry
from tars.server.stopping import Stop
from tests.fuzz.evidence import Evidence
from tests.fuzz.providers import MarkedProviders
from tests.fuzz.watched import WatchedAssistant
from tests.support.faulty_network import FaultyNetwork

POLICY = SessionPolicy(timeout=8.0)
"""Sessions that nobody speaks in end soon: stories are short."""


@attrs.define(eq=False)
class ServerProcess:
    """One run of the program. It ends by `stop` or by `kill`."""

    network: FaultyNetwork
    providers: MarkedProviders
    evidence: Evidence
    policy: SessionPolicy = POLICY
    devices: DeviceRegistry = attrs.field(factory=DeviceRegistry)
    ended: trio.Event = attrs.field(factory=trio.Event)
    _stop: Stop = attrs.field(factory=Stop)
    _scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve; started when it accepts."""
        assistant = WatchedAssistant(self.devices, self.providers.real, self.policy, Gatekeeper(None))
        assistant.evidence = self.evidence
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
