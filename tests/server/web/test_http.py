"""The small HTTP server: what it answers, and whom it does not wait for."""

import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

import pytest
import structlog
import trio

from tars.server.web import http
from tars.server.web.http import Page, Request, serve_pages
from tests.support.limits import HANG

pytestmark = pytest.mark.trio


LONG = bytes(20_000_000)
"""More than the kernel keeps for somebody who does not read."""


async def answer(request: Request) -> Page:
    if request.path == "/bug":
        raise ValueError("a bug")
    if request.path == "/long":
        return Page(LONG)
    return Page(f"{request.path} {request.headers['x-thing']}".encode())


@asynccontextmanager
async def serving() -> AsyncIterator[int]:
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    with trio.fail_after(HANG):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve_pages, listeners, answer)
            yield listeners[0].socket.getsockname()[1]
            nursery.cancel_scope.cancel()


async def ask(port: int, request: bytes) -> bytes:
    """All that it says before it hangs up."""
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    async with stream:
        await stream.send_all(request)
        return b"".join([chunk async for chunk in stream])


GET = b"GET /a?b=1 HTTP/1.1\r\nHost: tars\r\nX-Thing: c\r\n\r\n"


async def test_get_and_head_get_the_page_and_the_connection_ends() -> None:
    async with serving() as port:
        head, _, body = (await ask(port, GET)).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        assert b"content-length: 4" in head.lower()
        assert body == b"/a c"
        assert (await ask(port, GET.replace(b"GET", b"HEAD"))).endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (GET.replace(b"GET", b"POST"), b"405"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00", b"400"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 10_000, b"431"),
    ],
)
async def test_what_is_no_request_for_a_page_gets_an_error(request_: bytes, status: bytes) -> None:
    async with serving() as port:
        assert (await ask(port, request_)).startswith(b"HTTP/1.1 " + status)


async def test_a_bug_in_a_page_is_nothing_to_the_others() -> None:
    async with serving() as port:
        assert await ask(port, GET.replace(b"/a", b"/bug")) == b""
        assert (await ask(port, GET)).endswith(b"/a c")


async def test_a_crowd_that_says_nothing_keeps_nobody_waiting() -> None:
    async with serving() as port:
        crowd = [await trio.open_tcp_stream("127.0.0.1", port) for _ in range(5 * http.MOST_CLIENTS)]
        began = trio.current_time()
        assert (await ask(port, GET)).endswith(b"/a c")
        assert trio.current_time() - began < http.REQUEST_LIMIT / 2
        gone = bytes(await crowd[0].receive_some())  # the first to come were the first to go
        assert gone.startswith(b"HTTP/1.1 503 ")
        assert await crowd[0].receive_some() == b""
        for stream in crowd:
            await trio.aclose_forcefully(stream)


@pytest.mark.parametrize("kind", ["says nothing", "half a request", "does not read", "leaves"])
async def test_nobody_keeps_it_from_answering_others_or_from_ending(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "REQUEST_LIMIT", 0.5)
    monkeypatch.setattr(http, "ANSWER_LIMIT", 0.5)
    async with serving() as port:
        streams = []
        for _ in range(2 * http.MOST_CLIENTS):
            streams.append(stream := await trio.open_tcp_stream("127.0.0.1", port))
            if kind == "half a request":
                await stream.send_all(GET[:20])
            elif kind == "does not read":
                await stream.send_all(GET.replace(b"/a", b"/long"))
            elif kind == "leaves":
                await stream.send_all(GET.replace(b"/a", b"/long"))
                await stream.aclose()
        began = trio.current_time()
        assert (await ask(port, GET)).endswith(b"/a c")
        assert trio.current_time() - began < 3
        streams.append(await trio.open_tcp_stream("127.0.0.1", port))
        await streams[-1].send_all(GET.replace(b"/a", b"/long"))
        ending = trio.current_time()
    assert trio.current_time() - ending < 0.3
    for stream in streams:
        await trio.aclose_forcefully(stream)


async def test_a_shortage_of_descriptors_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "EXHAUSTION_PAUSE", 0.01)

    async def accept(_: trio.SocketListener) -> NoReturn:
        await trio.lowlevel.checkpoint()
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(trio.SocketListener, "accept", accept)
    with structlog.testing.capture_logs() as log:
        async with serving():
            await trio.sleep(0.1)
    assert [entry["event"] for entry in log] == ["web_accept_failed"]
