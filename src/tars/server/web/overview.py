"""The server as a whole, for its pages to look at; nothing is gathered in advance, all is read on demand."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Protocol

import attrs
import trio

import tars
from tars.server.certificate_state import CertificateState
from tars.server.devices import DeviceRegistry
from tars.server.findings import Check
from tars.server.stopping import Stop
from tars.server.web.health import Health, Workers, judge


class Pool(Protocol):
    """Worker processes of one kind."""

    name: str
    deaths: int

    @property
    def pids(self) -> list[int]:
        """Those that are ready."""

    @property
    def wanted(self) -> int:
        """How many there should be."""


@attrs.define(eq=False)
class Overview:
    """What there is to look at."""

    devices: DeviceRegistry
    pools: Sequence[Pool]
    stop: Stop
    url: str = "ws://127.0.0.1:7456/"
    """Where devices connect."""
    listening: bool = False
    """Whether devices can connect, unless the server stops."""
    checks: Sequence[Check] = ()
    """What else conversations need."""
    certificate: CertificateState = attrs.field(factory=CertificateState)
    """Of TLS."""
    device_labels: bool = False
    """Whether metrics may name devices."""
    last_seen: Callable[[], Iterable[tuple[str, datetime]]] = tuple
    """When each paired device was last here, of those that ever were."""
    since: float = attrs.field(factory=trio.current_time)
    version: str = tars.__version__

    @property
    def links(self) -> int:
        """Devices that are connected."""
        return sum(device.link is not None for device in self.devices)

    @property
    def sessions(self) -> int:
        """Conversations under way."""
        return sum(device.session is not None for device in self.devices)

    @property
    def uptime(self) -> float:
        """Seconds."""
        return trio.current_time() - self.since

    def status(self) -> str:
        """The same in one line for people."""
        health = self.health()
        seen = f"{self.links} devices connected, {self.sessions} in conversation"
        warnings = [f"warning: {warning}" for warning in health.warnings]
        return "; ".join((health.status.value, seen, *health.problems, *warnings))

    def workers(self) -> list[Workers]:
        """How each pool is."""
        return [Workers(pool.name, len(pool.pids), pool.wanted) for pool in self.pools]

    def health(self) -> Health:
        """How it is, all in all."""
        return judge(
            stopping=self.stop.asked,
            listening=self.listening,
            workers=self.workers(),
            findings=[finding for check in self.checks for finding in check()],
        )
