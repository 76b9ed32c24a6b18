"""A whole server in memory, and devices that connect to it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, nullcontext
from functools import partial
from typing import Any

import attrs
import structlog
import trio

from tars.link import CLIENT_POLICY, Connection, LinkLost, open_connection
from tars.link.connection import running
from tars.link.dialling import authorisation
from tars.link.transport import dial
from tars.server.authorisation import Gatekeeper
from tars.server.conversation.policy import SessionPolicy
from tars.server.device_settings import SettingsFile
from tars.server.devices import DeviceRegistry
from tars.server.limits import LimitSettings
from tars.server.main import TARSAssistant
from tars.server.stopping import Stop
from tests.server.fakes import FakeProviders, HandDevice
from tests.support.faulty_network import FaultyNetwork

DEFAULT_POLICY = SessionPolicy()
DEFAULT_LIMITS = LimitSettings()
Headers = Sequence[tuple[bytes, bytes]]
URL = "ws://tars.example:7456/"


@attrs.define(eq=False)
class House:
    """The server, the network before it, and what it logs."""

    nursery: trio.Nursery
    providers: FakeProviders
    devices: DeviceRegistry
    network: FaultyNetwork
    stop: Stop
    log: list[dict[str, Any]]
    assistant: TARSAssistant
    stopped: trio.Event = attrs.field(factory=trio.Event)

    async def dial(
        self, *, token: str | None = None, original: bool = False, headers: Headers = (), path: str = "/"
    ) -> HandDevice:
        """Connect a device; it is read until it goes, or the house is torn down."""
        way = (
            _dial_by_hand(self.network, "" if original else "tars.v1", [*authorisation(token), *headers], path)
            if original or headers or path != "/"
            else open_connection(URL, token=token, open_stream=self.network.open_stream)
        )
        device = await self.nursery.start(_live, way)
        if isinstance(device, LinkLost):
            raise device
        assert isinstance(device, HandDevice)
        return device

    def problems(self, *, warnings: bool = False) -> list[str]:
        """What keeps conversations from succeeding; or what will."""
        return [finding.text for finding in self.assistant.findings() if finding.minor == warnings]

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log's events of that name."""
        return [entry for entry in self.log if entry["event"] == name]


async def _live(
    way: AbstractAsyncContextManager[Connection],
    task_status: trio.TaskStatus[HandDevice | LinkLost] = trio.TASK_STATUS_IGNORED,
) -> None:
    try:
        async with way as connection:
            device = HandDevice(connection)
            task_status.started(device)
            try:
                while True:
                    device.take(await connection.receive())
            except LinkLost as lost:
                device.code = lost.code
                device.lost.set()
    except LinkLost as refused:
        task_status.started(refused)


@asynccontextmanager
async def _dial_by_hand(
    network: FaultyNetwork, subprotocol: str, headers: list[tuple[bytes, bytes]], path: str
) -> AsyncIterator[Connection]:
    stream = await network.open_stream()
    wire = await dial(
        stream,
        host="tars.example:7456",
        resource=path,
        subprotocol=subprotocol,
        headers=headers,
        limit=65536,
        close_timeout=1,
    )
    async with running(Connection(wire, CLIENT_POLICY, peer="server")) as connection:
        yield connection


@asynccontextmanager
async def open_house(
    *,
    providers: FakeProviders | None = None,
    policy: SessionPolicy = DEFAULT_POLICY,
    token: str | None = None,
    gatekeeper: Gatekeeper | None = None,
    file: SettingsFile | None = None,
    delay: float = 0.001,
    limits: LimitSettings = DEFAULT_LIMITS,
    capture: bool = True,
) -> AsyncIterator[House]:
    """A server that runs for the length of the block. Without `capture` its log goes where logs go."""
    providers = providers or FakeProviders()
    devices = DeviceRegistry(file, most=limits.devices)
    network = FaultyNetwork(delay=delay)
    gatekeeper, service_policy = gatekeeper or Gatekeeper(token), limits.service_policy()
    assistant = TARSAssistant(devices, providers.real, policy, gatekeeper, service_policy)
    stop = Stop()
    captured: AbstractContextManager[Any] = structlog.testing.capture_logs() if capture else nullcontext([])
    with captured as log:
        async with trio.open_nursery() as nursery:
            house = House(nursery, providers, devices, network, stop, log, assistant)

            async def serve(task_status: trio.TaskStatus[None]) -> None:
                async with trio.open_nursery() as server:
                    await server.start(partial(assistant.run, [network], stop, link_policy=limits.link_policy()))
                    task_status.started()
                house.stopped.set()

            await nursery.start(serve)
            yield house
            stop.leave()
            await house.stopped.wait()
            nursery.cancel_scope.cancel()
