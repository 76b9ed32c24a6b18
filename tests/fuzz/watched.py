"""The programs' own classes, with an eye on what passes through them. They behave as they do without it."""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import trio

from tars.messages import FromDevice, FromServer, Restarting, SessionEnd, Welcome
from tars.pi import status
from tars.pi.websocket_client import LinkListener, WebSocketClient
from tars.server.devices import Device
from tars.server.main import TARSAssistant
from tests.fuzz.evidence import Evidence, Unit
from tests.fuzz.marks import Microphones
from tests.fuzz.overtaking import Overtaking
from tests.fuzz.providers import SeededBug


class Watcher(Protocol):
    """Who wants to know what a device's link does."""

    evidence: Evidence
    nursery: trio.Nursery
    """In which the device runs."""

    def on_linked(self) -> None:
        """It is up."""

    def on_unlinked(self, reason: str) -> None:
        """It is gone."""

    def on_told_about(self, session_id: str) -> None:
        """It hears something about a session."""

    def on_end_told(self, session_id: str) -> None:
        """A session is over, the server says."""

    def on_restarting(self, retry_after: float) -> None:
        """The server will be back."""


class WatchedClient(WebSocketClient):
    """The device's end of the link."""

    def __init__(self, watcher: Watcher, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._watcher = watcher

    async def connect(self, listener: LinkListener) -> None:
        await super().connect(_Tap(listener, self._watcher))


class _Tap:
    """Passes on to a `LinkListener`, whatever that is these days, and tells the watcher."""

    def __init__(self, listener: LinkListener, watcher: Watcher) -> None:
        self._listener = listener
        self._watcher = watcher
        self._order = Overtaking("device", watcher.evidence)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._listener, name)

    def on_connected(self, welcome: Welcome | None) -> None:
        self._listener.on_connected(welcome)
        self._watcher.on_linked()

    def on_connection_lost(self, reason: str) -> None:
        self._order.release()
        self._listener.on_connection_lost(reason)
        self._watcher.on_unlinked(reason)

    def on_message(self, message: FromServer) -> None:
        self._order.take(message, lambda: self._on_message(message), self._watcher.nursery)

    def _on_message(self, message: FromServer) -> None:
        if isinstance(message, Restarting):
            self._watcher.on_restarting(message.retry_after_s)
        self._watcher.on_told_about(getattr(message, "session_id", None) or "")
        if isinstance(message, SessionEnd):
            self._watcher.on_end_told(message.session_id)
        evidence = self._watcher.evidence
        if evidence.bugs_due:
            evidence.bugs_due -= 1
            evidence.bugs_met += 1
            raise SeededBug("in the device")
        self._listener.on_message(message)


class WatchedFeed(status.StatusFeed):
    """What the device shows."""

    def __init__(self, on_published: Callable[[status.StatusEvent], None]) -> None:
        super().__init__()
        self._on_published = on_published

    def publish(self, event: status.StatusEvent) -> None:
        self._on_published(event)
        super().publish(event)


class WatchedAssistant(TARSAssistant):
    """The server."""

    evidence: Evidence
    lines: dict[str, Microphones]
    orders: dict[str, Overtaking]

    def _on_audio(self, device: Device, pcm: bytes) -> None:
        if device.session is not None:
            now, session_id = trio.current_time(), device.session.session_id
            server = self.evidence.servers
            self.evidence.received.extend(
                Unit(now, session_id, unit, server) for unit in self.lines[session_id].feed(pcm)
            )
        super()._on_audio(device, pcm)

    def _on_message(self, device: Device, message: FromDevice) -> None:
        assert self._nursery is not None
        take = partial(super()._on_message, device, message)
        self.orders[device.device_id].take(message, take, self._nursery)

    def _on_client_disconnected(self, device: Device) -> None:
        self.orders[device.device_id].release()
        super()._on_client_disconnected(device)
