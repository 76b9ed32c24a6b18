"""A small HTTP server for small pages: one request a connection, and a limit for everything.

hypercorn, which can do far more, sends its answers shielded from cancellation and without a limit: one client
that does not read keeps it, and with it the whole program, from ever ending. For a few pages without a body this
is less code than guarding against that.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import attrs
import h11
import trio
from structlog import get_logger

from tars.link.http_head import join_headers, text_answer
from tars.link.sockets import client_address

REQUEST_LIMIT = 5.0
"""Seconds from the connection to the end of the request; a scraper is a few milliseconds away."""
ANSWER_LIMIT = 5.0
"""Seconds to take the answer."""
MOST_CLIENTS = 16
"""At once; beyond, whoever has been there longest gives way. A request and its answer take milliseconds, so it is
hardly ever somebody who is being served."""
ANSWER_GRACE = 0.05
"""Seconds for an answer to a client that gives way: its place and its file descriptor are wanted."""
LONGEST_HEAD = 8 * 1024
"""Bytes."""
EXHAUSTION_PAUSE = 0.5
"""Seconds before the next accept, when the system has no file descriptor left: the devices' links go first."""

log = get_logger()


@attrs.frozen
class Request:
    """What a client wants to see."""

    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    address: str | None = None
    """Of the other end of the connection; None in memory."""


@attrs.frozen
class Page:
    """What it gets to see."""

    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


Answer = Callable[[Request], Awaitable[Page]]
Listeners = Sequence[trio.SocketListener]


async def serve_pages(listeners: Listeners, answer: Answer) -> None:
    """Answer GET and HEAD requests with what `answer` returns, until cancelled; then the listeners are closed."""
    room = _Room()
    async with trio.open_nursery() as nursery:
        for listener in listeners:
            nursery.start_soon(_accept, listener, room, nursery, answer)


class _Room:
    """The clients of the moment."""

    def __init__(self) -> None:
        self._clients: dict[_Client, None] = {}  # in the order of their coming

    @contextmanager
    def visit(self) -> Iterator["_Client"]:
        """Have a place there, until too many others have come since."""
        if len(self._clients) >= MOST_CLIENTS:
            oldest = next(iter(self._clients))
            del self._clients[oldest]
            oldest.scope.cancel()
        client = _Client()
        with client.scope:
            self._clients[client] = None
            try:
                yield client
            finally:
                self._clients.pop(client, None)


@attrs.define(eq=False)
class _Client:
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    answered: bool = False
    """Whether an answer has begun."""

    @property
    def gave_way(self) -> bool:
        """Whether it had to go without an answer."""
        return self.scope.cancelled_caught and not self.answered


async def _accept(listener: trio.SocketListener, room: _Room, nursery: trio.Nursery, answer: Answer) -> None:
    told = False
    async with listener:
        while True:
            try:
                stream = await listener.accept()
            except OSError as exc:
                if not told:  # once for each shortage: a log that fills the disk would be the next one
                    log.warning("web_accept_failed", error=str(exc))
                told = True
                await trio.sleep(EXHAUSTION_PAUSE)
                continue
            told = False
            nursery.start_soon(_visit, stream, room, answer)


async def _visit(stream: trio.SocketStream, room: _Room, answer: Answer) -> None:
    """All that one client can do. A bug in a page is an error on that page, and nothing to the devices."""
    try:
        with room.visit() as client:
            await _serve(stream, answer, client)
        if client.gave_way:
            with trio.move_on_after(ANSWER_GRACE):
                await stream.send_all(text_answer(503, "too many others are here\n", b"Retry-After: 1"))
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        pass  # it has left
    except Exception:
        log.exception("page_failed")
    finally:
        with trio.CancelScope(shield=True):
            await trio.aclose_forcefully(stream)


async def _serve(stream: trio.SocketStream, answer: Answer, client: _Client) -> None:
    http = h11.Connection(h11.SERVER, max_incomplete_event_size=LONGEST_HEAD)
    request: h11.Request | None = None
    with trio.move_on_after(REQUEST_LIMIT) as limit:
        try:
            request = await _read_request(stream, http)
        except h11.RemoteProtocolError as exc:
            client.answered = True
            page = Page(f"{exc}\n".encode(), status=exc.error_status_hint)
            await _send(stream, http, page, with_body=True)
            return
    if request is None:
        if limit.cancelled_caught and not client.answered:
            client.answered = True
            await _send(stream, http, Page(b"the request took too long\n", status=408), with_body=True)
        return
    client.answered = True
    path = request.target.decode("ascii").partition("?")[0]
    headers = join_headers(request.headers)
    if request.method in (b"GET", b"HEAD"):
        page = await answer(Request(path, headers, client_address(stream)))
    else:
        page = Page(b"only GET and HEAD are of use here\n", status=405, headers=(("Allow", "GET, HEAD"),))
    await _send(stream, http, page, with_body=request.method != b"HEAD")


async def _read_request(stream: trio.SocketStream, http: h11.Connection) -> h11.Request | None:
    while True:
        match http.next_event():
            case h11.Request() as request:
                return request
            case h11.ConnectionClosed():
                return None
        http.receive_data(bytes(await stream.receive_some(LONGEST_HEAD)))


async def _send(stream: trio.SocketStream, http: h11.Connection, page: Page, *, with_body: bool) -> None:
    """Send `page`, and hang up in the order that lets a client read all of it."""
    headers = [
        ("Content-Type", page.content_type),
        ("Content-Length", str(len(page.body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Connection", "close"),
        *page.headers,
    ]
    head = http.send(h11.Response(status_code=page.status, headers=headers, reason=b""))
    assert head is not None
    with trio.move_on_after(ANSWER_LIMIT):
        await stream.send_all(head + (page.body if with_body else b""))
        await stream.send_eof()
        while await stream.receive_some(LONGEST_HEAD):
            pass  # closing a socket with unread data in it would destroy the answer on its way
