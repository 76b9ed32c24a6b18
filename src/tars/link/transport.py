"""One WebSocket over one stream. The only module that knows trio_websocket and wsproto.

trio-websocket 0.12.2 brings the opening handshake and the protocol's state. Its tasks are replaced here, because

- its reader waits for its consumer, for the pongs that it sends and, at the end, for the peer: then it hears no
  pong, and answers no ping, on a link that is well;
- a ping that arrives while this side closes raises `LocalProtocolError` in its reader, which at a server ends
  every connection and at a client leaks a `Cancelled` into the caller's nursery;
- its `ping()` never returns once the connection is over, and leaves an entry behind when it is given up;
- a handshake that stalls, and a close that is not answered, keep it waiting for ever.

So nothing here runs in a task of its own: whoever dials or accepts makes the handshake, and one task is in `run`.
Frames of the usual kind take the short way through `FrameReader`; all others go through wsproto.
"""

import contextlib
from collections.abc import Mapping

import attrs
import trio
import wsproto
from trio_websocket import ConnectionClosed, WebSocketConnection, WebSocketRequest
from wsproto import events
from wsproto.connection import ConnectionState
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from tars.link import http_head
from tars.link.drain import DeafPeer, Drain
from tars.link.errors import LinkLost, lost_by_code, os_reason
from tars.link.frames import BINARY, TEXT, FrameReader, TooBig, Uncommon, write_frame
from tars.link.head_reader import read_first_line, read_head
from tars.link.http_answers import HttpAnswer, NotUpgraded
from tars.link.leeway import UnderWay
from tars.link.sink import Sink
from tars.link.sockets import begins_like_tls, under_way
from tars.link.source import Source
from tars.link.upgrade import NoUpgrade, Refusal, write_refusal
from tars.messages import CloseCode

GONE = (LinkLost, trio.BrokenResourceError, trio.ClosedResourceError)
"""What a peer that left before its goodbye causes."""
FRAMES_IN_A_ROW = 100
"""Frames of one link after which the others have their turn: one read may bring thousands of empty ones."""


class Transport(WebSocketConnection):
    """A WebSocket whose reader waits for nothing but the network."""

    def __init__(
        self,
        stream: trio.abc.Stream,
        wsconnection: wsproto.WSConnection,
        *,
        limit: int,
        close_timeout: float,
        request: events.Request | None = None,
    ) -> None:
        # The library's own queue stays empty: messages go to the sink.
        super().__init__(stream, wsconnection, host="", path="", max_message_size=limit, message_queue_size=0)
        self._initial_request = request
        self._limit = limit
        self._close_timeout = close_timeout
        self._frames = FrameReader(masked=not wsconnection.client, limit=limit)
        self.source = Source(stream)
        self._drain = Drain(stream)
        self._early = b""
        self._parts: list[bytes | str] = []
        self.torn = False
        """A send was given up after a part of its frame had left: nothing can be sent any more."""

    # -- the opening handshake --

    async def ask(self) -> None:
        """Make the client's side of the upgrade; `LinkLost` says why there is none."""
        assert self._initial_request is not None
        try:
            await self._stream.send_all(self._wsproto.send(self._initial_request))
            self._wsproto.receive_data(await self._head(http_head.AN_ANSWER))
            for event in self._wsproto.events():
                if isinstance(event, events.RejectConnection):
                    raise await self._not_upgraded(event)
                if isinstance(event, events.AcceptConnection):
                    await self._handle_accept_connection_event(event)
                    self.established()
        except (LocalProtocolError, RemoteProtocolError, UnicodeError) as exc:
            raise LinkLost(f"the answer to the upgrade is not a WebSocket's: {exc}") from exc

    async def _not_upgraded(self, event: events.RejectConnection) -> NotUpgraded:
        """The answer in place of an upgrade, with the first line of its body where that is for people."""
        answer = HttpAnswer(event.status_code, tuple(event.headers))
        if (length := answer.text_length) is None:
            return NotUpgraded(answer)
        remark = await read_first_line(self.source, self._early, length)
        return NotUpgraded(attrs.evolve(answer, remark=remark))

    async def hear_request(self) -> WebSocketRequest:
        """Read the client's request for an upgrade; `NoUpgrade` where it is anything else."""
        secure = isinstance(self._stream, trio.SSLStream)
        head = b""
        try:
            head = await self._head(http_head.A_REQUEST)
            self._wsproto.receive_data(head)
            for event in self._wsproto.events():
                if isinstance(event, events.Request):
                    if (problem := http_head.objection(event.extra_headers)) is None:
                        return WebSocketRequest(self, event)
                    break
            else:
                problem = "it was not complete"
        except http_head.NoHttp as exc:
            problem = exc.reason
        except RemoteProtocolError as exc:
            problem = str(exc)
        except (LocalProtocolError, UnicodeError):
            problem = "its headers hold characters that none may hold"
        if head.startswith(http_head.HTTP2_PREFACE):
            problem = "it speaks HTTP/2, and a WebSocket needs HTTP/1.1"
        wanted = b"upgrade" in head.lower() or not head or head.startswith(http_head.HTTP2_PREFACE)
        status, answer = http_head.plain_answer(head, problem if wanted else "", secure=secure)
        raise NoUpgrade(f"the request was no upgrade: {problem}", status, answer, self.turn_away)

    async def hear_in_the_clear(self) -> NoUpgrade:
        """Read the request of a client that does not encrypt where it has to, and object to it."""
        head = b""
        with contextlib.suppress(http_head.NoHttp):
            head = await self._head(http_head.A_REQUEST)
        return NoUpgrade(
            "the client does not speak TLS", *http_head.plain_answer(head, needs_tls=True), self.turn_away
        )

    async def turn_away(self, answer: bytes) -> None:
        """Send an HTTP answer in place of an upgrade, and let the client read it."""
        await self._stream.send_all(answer)
        await self.let_go()

    async def let_go(self) -> None:
        """Let the peer read the last answer; takes no longer than `close_timeout`."""
        with trio.move_on_after(self._close_timeout), contextlib.suppress(*GONE):
            await self.source.run_dry()

    async def _head(self, shape: bytes) -> bytes:
        """The peer's HTTP head, which has to begin like `shape`; what follows it is kept for the reader."""
        head, self._early = await read_head(self.source, shape)
        return head

    def established(self) -> None:
        """Let go of the handshake: with all that it needed, h11 and the headers, a link would be 4 KiB larger."""
        assert self._wsproto.connection is not None
        self._protocol = self._wsproto.connection
        del self._wsproto

    # -- reading --

    async def run(self, sink: Sink) -> LinkLost:
        """Hand on what arrives until the link is over, and say why it is. Then the stream is closed."""
        try:
            return await self._read(sink)
        finally:
            with trio.CancelScope(shield=True):  # does not wait: the stream is closed without a word
                await trio.aclose_forcefully(self._stream)

    async def _read(self, sink: Sink) -> LinkLost:
        data = self._early
        self._early = b""
        while True:
            if data:
                sink.on_life()
                for number, found in enumerate(self._frames.feed(data), 1):
                    if number % FRAMES_IN_A_ROW == 0:
                        await trio.lowlevel.checkpoint()
                    if not isinstance(found, (bytes, str)):
                        if (lost := await self._unusual(sink, found)) is not None:
                            return lost
                    elif not sink.on_message(found):
                        return await self._refuse(sink, CloseCode.POLICY, "too many messages at once")
            data = await self.source.receive()
            if not data:
                return LinkLost(self.source.broken)

    async def _unusual(self, sink: Sink, found: Uncommon | TooBig) -> LinkLost | None:
        if isinstance(found, TooBig):
            return await self._refuse(sink, CloseCode.TOO_BIG, f"messages have at most {self._limit} bytes")
        if not sink.on_frame():
            return await self._refuse(sink, CloseCode.POLICY, "too many frames at once")
        self._protocol.receive_data(found.data)
        for event in self._protocol.events():
            match event:
                case events.Ping():
                    sink.on_ping(bytes(event.payload))
                case events.Pong():
                    sink.on_pong(bytes(event.payload))
                case events.Message():
                    self._parts.append(event.data)
                    if event.message_finished and not sink.on_message(self._join()):
                        return await self._refuse(sink, CloseCode.POLICY, "too many messages at once")
                case events.CloseConnection():
                    return await self._closed(sink, event)
        return None

    def _join(self) -> bytes | str:
        parts, self._parts = self._parts, []
        if isinstance(parts[0], str):
            return "".join(str(part) for part in parts)
        return b"".join(bytes(part) for part in parts if not isinstance(part, str))

    # -- closing --

    async def _closed(self, sink: Sink, event: events.CloseConnection) -> LinkLost:
        """The peer said goodbye, or answered this side's, or wsproto found nonsense and stands at its code."""
        code = int(event.code)
        if self._protocol.state is ConnectionState.OPEN:
            return await self._refuse(sink, code, event.reason or "")
        lost = lost_by_code(code, event.reason or "")
        if self._protocol.state is ConnectionState.REMOTE_CLOSING:
            sink.on_lost(lost)
            with trio.move_on_after(self._close_timeout), contextlib.suppress(LinkLost):
                await self._send_event(event.response())
        return lost

    async def _refuse(self, sink: Sink, code: int, reason: str) -> LinkLost:
        """End the link because of what the peer sent. It hears why, even if it is sending still."""
        lost = LinkLost(f"the peer broke the rules: {reason}", code=code)
        sink.on_lost(lost)
        with trio.move_on_after(self._close_timeout), contextlib.suppress(*GONE):
            await self.send_close(code, reason)
            await self.let_go()
        return lost

    async def send_close(self, code: int, reason: str) -> None:
        """Say goodbye; the peer's answer ends `run`."""
        await self._send_event(events.CloseConnection(code=code, reason=reason or None))

    def forget_unsent(self) -> None:
        """Let the end of the stream be a reset: what the kernel still holds is stale, and nobody may get it."""
        self._drain.forget_unsent()

    # -- sending --

    def under_way(self) -> UnderWay | None:
        """What was sent and has not arrived yet; None where nobody can tell."""
        return under_way(self._stream)

    async def send(self, message: str | bytes) -> None:
        """Send a message; `LinkLost` when the link is over. Where this is cancelled, look at `torn`."""
        if isinstance(message, str):
            frame = write_frame(TEXT, message.encode(), masked=self._protocol.client)
        else:
            frame = write_frame(BINARY, message, masked=self._protocol.client)
        await self._write(frame)

    async def send_ping(self, payload: bytes) -> None:
        """Send a ping without waiting for its pong; `LinkLost` when the link is over."""
        await self._send_event(events.Ping(payload=payload))

    async def send_pong(self, payload: bytes) -> None:
        """Answer a ping; `LinkLost` when the link is over."""
        await self._send_event(events.Pong(payload=payload))

    async def _send_event(self, event: events.Event) -> None:
        try:
            frame = bytes(self._protocol.send(event))
        except LocalProtocolError:
            raise LinkLost("the link is closing") from None
        await self._write(frame, closing=isinstance(event, events.CloseConnection))

    async def _write(self, frame: bytes, *, closing: bool = False) -> None:
        """Write a whole frame, or nothing, or be `torn`. Frames of several tasks never mix."""
        await trio.lowlevel.checkpoint()
        sent = 0
        if not self._stream_lock.locked():
            self._check_open(closing)
            sent = self._drain.send_now(frame)
            if sent == len(frame):
                return
            self._stream_lock.acquire_nowait()
        else:
            await self._stream_lock.acquire()
        try:
            self._check_open(closing)
            await self._drain.send_rest(memoryview(frame)[sent:])
        except (trio.BrokenResourceError, trio.ClosedResourceError) as exc:
            raise LinkLost(f"the connection broke ({os_reason(exc)})") from exc
        except (DeafPeer, trio.Cancelled):
            self.torn = True
            raise
        finally:
            self._stream_lock.release()

    def _check_open(self, closing: bool) -> None:
        if self.torn or not (closing or self._protocol.state is ConnectionState.OPEN):
            raise LinkLost("the link is closing")


class Request:
    """An upgrade that a client asks for."""

    def __init__(self, request: WebSocketRequest, transport: Transport) -> None:
        self._request = request
        self._transport = transport
        self.path = request.path
        self.headers: Mapping[str, str] = http_head.join_headers(request.headers)
        self.subprotocols = request.proposed_subprotocols

    async def accept(self, subprotocol: str | None) -> Transport:
        """Grant it; `LinkLost` when the client is gone."""
        try:
            await self._request.accept(subprotocol=subprotocol)
        except ConnectionClosed:
            raise LinkLost("the client left during the upgrade") from None
        self._transport.established()
        return self._transport

    async def reject(self, refusal: Refusal) -> None:
        """Refuse it. The caller closes the stream: the client might hold it for ever."""
        await self._transport.turn_away(write_refusal(refusal))


async def dial(
    stream: trio.abc.Stream,
    *,
    host: str,
    resource: str,
    subprotocol: str,
    headers: list[tuple[bytes, bytes]],
    limit: int,
    close_timeout: float,
) -> Transport:
    """Make the client's side of the upgrade over `stream`; `LinkLost` says why there is none."""
    request = events.Request(host=host, target=resource, subprotocols=[subprotocol], extra_headers=headers)
    client = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
    transport = Transport(stream, client, limit=limit, close_timeout=close_timeout, request=request)
    await transport.ask()
    return transport


async def accept(stream: trio.abc.Stream, *, limit: int, close_timeout: float) -> Request:
    """Wait for the client's request over `stream`; `NoUpgrade` when something else comes, `LinkLost` when nothing
    does."""
    server = wsproto.WSConnection(wsproto.ConnectionType.SERVER)
    if isinstance(stream, trio.SSLStream) and not await begins_like_tls(stream):
        bare = Transport(stream.transport_stream, server, limit=limit, close_timeout=close_timeout)
        raise await bare.hear_in_the_clear()
    transport = Transport(stream, server, limit=limit, close_timeout=close_timeout)
    return Request(await transport.hear_request(), transport)
