"""One WebSocket over one stream. The only module that knows trio_websocket and wsproto.

trio-websocket makes the opening handshake and keeps the protocol's state. What it does with a message, a ping, a
pong and a close is replaced here, because its reader waits for its consumer, for the pongs that it sends and,
at the end, for the peer.
"""

import contextlib
from collections.abc import Mapping
from typing import Protocol, cast

import trio
import trio_websocket
import wsproto
from trio_websocket import ConnectionClosed, WebSocketConnection
from wsproto import events
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from tars.link.errors import LinkLost, Patience

REFUSALS = frozenset({401, 403, 4401, 4409})
"""Codes that a person has to look into: dialling more often changes nothing."""


class Sink(Protocol):
    """Who hears what arrives. None of these may wait."""

    def on_message(self, message: str | bytes) -> None:
        """A whole message."""

    def on_ping(self, payload: bytes) -> None:
        """The peer asks; a pong with this payload is owed."""

    def on_pong(self, payload: bytes) -> None:
        """The peer answered a ping."""


class Transport(WebSocketConnection):
    """A WebSocket whose reader never waits for anything but the network."""

    _sink: Sink | None = None

    def attach(self, sink: Sink) -> None:
        """Say who hears what arrives; before the first message."""
        self._sink = sink

    async def run(self) -> LinkLost:
        """Read until the link is over, and say why it is."""
        await self._over.wait()
        return lost_by(self.closed)

    async def send(self, message: str | bytes) -> None:
        """Send a message; LinkLost when the link is over."""
        try:
            await self.send_message(message)
        except (ConnectionClosed, LocalProtocolError):
            raise lost_by(self.closed) from None

    async def send_ping(self, payload: bytes) -> None:
        """Send a ping without waiting for its pong; LinkLost when the link is over."""
        await self._send_control(events.Ping(payload=payload))

    async def send_pong(self, payload: bytes) -> None:
        """Answer a ping; LinkLost when the link is over."""
        await self._send_control(events.Pong(payload=payload))

    async def _send_control(self, event: events.Event) -> None:
        try:
            await self._send(event)
        except (ConnectionClosed, LocalProtocolError):
            raise lost_by(self.closed) from None

    async def abort(self) -> None:
        """End the link without a word."""
        await trio.aclose_forcefully(self._stream)
        self._over.set()

    async def _handle_ping_event(self, event: events.Ping) -> None:
        if self._sink is not None:
            self._sink.on_ping(bytes(event.payload))

    async def _handle_pong_event(self, event: events.Pong) -> None:
        if self._sink is not None:
            self._sink.on_pong(bytes(event.payload))

    async def _reader_task(self) -> None:
        self._over = trio.Event()
        try:
            with contextlib.suppress(LocalProtocolError, RemoteProtocolError):
                await super()._reader_task()
        finally:
            self._over.set()

    async def pump(self) -> None:
        """Hand the library's messages on, forever."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                message = await self.get_message()
                if self._sink is not None:
                    self._sink.on_message(message)


def lost_by(closed: trio_websocket.CloseReason | None) -> LinkLost:
    """The loss that a close code means."""
    if closed is None or closed.code == 1006:
        return LinkLost("the connection broke")
    patience = Patience.CAP if closed.code in REFUSALS else Patience.BACKOFF
    return LinkLost(closed.reason or f"closed with code {closed.code}", code=int(closed.code), patience=patience)


async def dial(
    nursery: trio.Nursery,
    stream: trio.abc.Stream,
    *,
    host: str,
    resource: str,
    subprotocol: str,
    headers: list[tuple[bytes, bytes]],
    max_message_bytes: int,
) -> Transport:
    """Make the client's side of the upgrade over `stream`."""
    transport = Transport(
        stream,
        wsproto.WSConnection(wsproto.ConnectionType.CLIENT),
        host=host,
        path=resource,
        client_subprotocols=[subprotocol],
        client_extra_headers=headers,
        message_queue_size=64,
        max_message_size=max_message_bytes,
    )
    refused: list[LinkLost] = []

    async def read() -> None:
        try:
            await transport._reader_task()
        except trio_websocket.ConnectionRejected as exc:
            refused.append(LinkLost(f"the server answered HTTP {exc.status_code}", code=exc.status_code,
                patience=Patience.CAP if exc.status_code in REFUSALS else Patience.BACKOFF))

    nursery.start_soon(read)
    await transport._open_handshake.wait()
    return transport


class Request:
    """An upgrade that a client asks for."""

    def __init__(self, request: trio_websocket.WebSocketRequest, transport: Transport) -> None:
        self._request = request
        self._transport = transport
        self.headers: Mapping[str, str] = {
            name.decode("ascii", "replace").lower(): value.decode("latin-1") for name, value in request.headers
        }
        self.subprotocols = request.proposed_subprotocols

    async def accept(self, subprotocol: str | None) -> Transport:
        """Grant it."""
        await self._request.accept(subprotocol=subprotocol)
        return self._transport

    async def reject(self, status: int) -> None:
        """Refuse it, and hang up."""
        await self._request.reject(status)
        await self._transport._close_stream()


async def accept(nursery: trio.Nursery, stream: trio.abc.Stream, *, max_message_bytes: int) -> Request:
    """Wait for the client's request over `stream`."""
    transport = Transport(
        stream,
        wsproto.WSConnection(wsproto.ConnectionType.SERVER),
        message_queue_size=64,
        max_message_size=max_message_bytes,
    )
    nursery.start_soon(transport._reader_task)
    return Request(cast("trio_websocket.WebSocketRequest", await transport._get_request()), transport)
