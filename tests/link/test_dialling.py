"""A dial either makes a link in time or says what the matter is."""

import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import attrs
import pytest
import trio
import trustme

from tars.link import CLIENT_POLICY, Connection, LinkLost, Patience, open_connection, serve_connections
from tars.link.head_reader import REMARK_TIMEOUT
from tars.pi.link_words import in_plain_words
from tests.link.pairs import URL, serving
from tests.support.faulty_network import End, FaultyNetwork, make_wire
from tests.support.virtual import run_virtual

HTTP2_SETTINGS = bytes.fromhex("000012040000000000") + bytes(18)
"""The first frame of a server that speaks HTTP/2 without having been asked (RFC 9113, 3.4)."""

Server = Callable[[End], Awaitable[None]]


def dial(server: Server) -> tuple[LinkLost, float]:
    """Dial a server that behaves like that; the loss, and when it came."""

    async def main() -> tuple[LinkLost, float]:
        wire = make_wire()
        async with trio.open_nursery() as nursery:

            async def open_stream() -> trio.abc.Stream:
                nursery.start_soon(server, wire.server)
                return wire.client

            with pytest.raises(LinkLost) as caught:
                async with open_connection(URL, open_stream=open_stream):
                    pytest.fail("there is no link")
            when = trio.current_time()
            assert wire.client.closed
            nursery.cancel_scope.cancel()
        return caught.value, when

    return run_virtual(main)


def answering(answer: bytes, *, hang_up: bool = False) -> Server:
    async def server(stream: End) -> None:
        await stream.receive_some()
        await stream.send_all(answer)
        if hang_up:
            await stream.aclose()
        else:
            await trio.sleep_forever()

    return server


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: webso"])
def test_a_handshake_that_stalls_is_given_up_at_the_limit(answer: bytes) -> None:
    lost, when = dial(answering(answer))
    assert when == CLIENT_POLICY.dial_timeout
    assert lost.reason == "no answer to the upgrade from tars.example:7456 within 5 s"


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 101 Swi"])
def test_an_end_in_the_handshake_is_noticed_at_once(answer: bytes) -> None:
    lost, when = dial(answering(answer, hang_up=True))
    assert when == 0
    assert "hung up" in lost.reason


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"220 mail.example ESMTP, how may we help?\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "not a WebSocket's"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "does not reach the TARS server behind it (HTTP 502)"),
        (HTTP2_SETTINGS, "speaks HTTP/2 only"),
        (b"HTTP/1.1 101 X\r\n" + b"A: b\r\n" * 4000 + b"\r\n", "head is longer than"),
        (b"HTTP/1.1 \xff\xff\r\n\r\n", "not a WebSocket's"),
    ],
)
def test_an_answer_that_is_no_upgrade_is_named_at_once(answer: bytes, reason: str) -> None:
    lost, when = dial(answering(answer))
    assert when == 0
    assert reason in lost.reason
    assert lost.patience is Patience.BACKOFF


def test_a_refused_token_waits_for_a_person() -> None:
    lost, _ = dial(answering(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"))
    assert (lost.code, lost.patience) == (401, Patience.CAP)
    assert "token" in lost.reason


def test_a_proxy_that_asks_for_a_user_is_not_taken_for_a_server_that_refuses_the_token() -> None:
    lost, _ = dial(answering(b'HTTP/1.1 401 X\r\nWWW-Authenticate: Basic realm="home"\r\n\r\n'))
    assert in_plain_words(lost).reason == (
        "a proxy at tars.example:7456 asks for a user and a password (HTTP 401); write them in the address:"
        " ws://USER:PASSWORD@tars.example:7456/"
    )
    lost, _ = dial(answering(b"HTTP/1.1 401 X\r\nWWW-Authenticate: Bearer\r\n\r\n"))
    assert "this device's token" in in_plain_words(lost).reason


def test_what_a_stranger_says_for_people_is_quoted_in_one_short_line() -> None:
    body = b"here is the web port\x1b[31m \xe2\x80\xae" + b"!" * 2000
    head = b"HTTP/1.1 404 X\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % len(body)
    lost, when = dial(answering(head + body))
    assert when == 0
    assert 'it says: "here is the web port\\x1b[31m \\u202e!!!' in lost.reason
    assert len(lost.reason) < 400


def test_a_body_that_does_not_come_is_not_waited_for_long() -> None:
    lost, when = dial(
        answering(b"HTTP/1.1 404 X\r\nContent-Type: text/plain\r\nContent-Length: 900\r\n\r\nno page\nhere")
    )
    assert when == REMARK_TIMEOUT
    assert 'it says: "no page"' in lost.reason


def test_a_server_may_say_when_to_come_back() -> None:
    lost, _ = dial(answering(b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\n\r\n"))
    assert (lost.code, lost.retry_after) == (503, 7.0)


def test_messages_that_come_with_the_upgrade_are_not_lost() -> None:
    """A server's first frames may arrive in the same packet as its answer, whole or in part."""

    async def main() -> None:
        network = FaultyNetwork()

        async def handler(connection: Connection) -> None:
            for n in range(50):
                await connection.send(str(n))
            await trio.sleep_forever()

        async with serving(network, handler), open_connection(URL, open_stream=network.open_stream) as connection:
            assert [await connection.receive() for _ in range(50)] == [str(n) for n in range(50)]

    run_virtual(main)


@pytest.mark.parametrize("token", ["two words", "schlüssel", "line\nbreak"])
def test_a_token_that_no_header_can_carry_is_refused(token: str) -> None:
    async def main() -> None:
        with pytest.raises(ValueError, match="plain ASCII"):
            async with open_connection(URL, token=token, open_stream=FaultyNetwork().open_stream):
                pass

    run_virtual(main)


def test_a_user_in_the_address_is_sent_as_basic_and_a_zone_stays_here() -> None:
    """RFC 7617's own example, and RFC 6874: what a zone is called means nothing to the peer."""
    heard: list[bytes] = []

    async def server(stream: End) -> None:
        heard.append(bytes(await stream.receive_some()))
        await stream.aclose()

    async def main() -> None:
        wire = make_wire()
        async with trio.open_nursery() as nursery:

            async def open_stream() -> trio.abc.Stream:
                nursery.start_soon(server, wire.server)
                return wire.client

            url = "ws://Aladdin:open%20sesame@[fe80::1%25eth0]:7456/"
            with pytest.raises(LinkLost):
                async with open_connection(url, token="secret", open_stream=open_stream):
                    pytest.fail("there is no link")

    run_virtual(main)
    lines = heard[0].split(b"\r\n")
    assert b"Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" in lines
    assert b"Host: [fe80::1]:7456" in lines
    assert b"secret" not in heard[0]


def test_what_the_way_to_the_server_raises_by_mistake_comes_out() -> None:
    async def broken() -> trio.abc.Stream:
        raise ZeroDivisionError

    async def main() -> None:
        with pytest.raises(ZeroDivisionError):
            async with open_connection(URL, open_stream=broken):
                pass

    run_virtual(main)


# -- over real sockets --

QUICK = attrs.evolve(CLIENT_POLICY, dial_timeout=0.3)


async def dial_for_real(url: str, context: ssl.SSLContext | None = None) -> LinkLost:
    with pytest.raises(LinkLost) as caught:
        async with open_connection(url, policy=QUICK, ssl_context=context):
            pytest.fail("there is no link")
    return caught.value


@asynccontextmanager
async def tcp_server(
    handler: Callable[[trio.SocketStream], Awaitable[None]],
) -> AsyncIterator[int]:
    async with trio.open_nursery() as nursery:
        (listener,) = await nursery.start(partial(trio.serve_tcp, handler, 0, host="127.0.0.1"))
        yield listener.socket.getsockname()[1]
        nursery.cancel_scope.cancel()


async def silent(stream: trio.SocketStream) -> None:
    await trio.sleep_forever()


@pytest.mark.trio
async def test_refusals_and_unknown_names_are_called_by_their_names() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    lost = await dial_for_real(f"ws://127.0.0.1:{port}/")
    assert lost.reason == f"connection refused by 127.0.0.1:{port}"
    lost = await dial_for_real("ws://nobody.invalid:7456/")
    assert lost.reason in ("no address is known for nobody.invalid",) or "within 0.3 s" in lost.reason


@pytest.mark.trio
@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_a_frozen_server_is_given_up_in_time(scheme: str) -> None:
    async with tcp_server(silent) as port:
        start = trio.current_time()
        lost = await dial_for_real(f"{scheme}://127.0.0.1:{port}/")
        assert 0.3 <= trio.current_time() - start < 0.6
        what = "TLS handshake with" if scheme == "wss" else "answer to the upgrade from"
        assert lost.reason == f"no {what} 127.0.0.1:{port} within 0.3 s"


@pytest.mark.trio
async def test_tls_works_and_a_certificate_that_is_not_accepted_is_named() -> None:
    authority = trustme.CA()
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server_context)
    client_context = ssl.create_default_context()
    authority.configure_trust(client_context)

    async def echo(connection: Connection) -> None:
        while True:
            await connection.send(await connection.receive())

    async with trio.open_nursery() as nursery:
        listeners = await trio.open_ssl_over_tcp_listeners(
            0, server_context, host="127.0.0.1", https_compatible=True
        )
        await nursery.start(partial(serve_connections, listeners, echo))
        tcp = listeners[0].transport_listener
        assert isinstance(tcp, trio.SocketListener)
        port = tcp.socket.getsockname()[1]
        async with open_connection(f"wss://127.0.0.1:{port}/", ssl_context=client_context) as connection:
            await connection.send(bytes(60_000))
            assert await connection.receive() == bytes(60_000)
        lost = await dial_for_real(f"wss://127.0.0.1:{port}/")
        assert "comes from an authority that this device does not trust" in lost.reason
        lost = await dial_for_real(f"ws://127.0.0.1:{port}/")
        assert "hung up" in lost.reason or "reset" in lost.reason or "HTTP" in lost.reason
        nursery.cancel_scope.cancel()


@pytest.mark.trio
async def test_plain_tcp_where_tls_is_expected_is_named() -> None:
    async def plain(stream: trio.SocketStream) -> None:
        await stream.send_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await trio.sleep_forever()

    async with tcp_server(plain) as port:
        lost = await dial_for_real(f"wss://127.0.0.1:{port}/")
        assert lost.reason.startswith(f"no TLS with 127.0.0.1:{port}: ")
