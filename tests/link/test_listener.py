"""The accept loop: nothing that one client does reaches another, or the program."""

import contextlib
import errno
import io
import json
import os
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import attrs
import pytest
import trio
import trustme
import wsproto
from structlog.testing import capture_logs
from wsproto import events

from tars.link import SERVER_POLICY, Connection, LinkLost, LinkPolicy, Patience, open_connection, serve_connections
from tars.link.frames import BINARY, PING, TEXT, write_frame
from tars.link.upgrade import Refusal, UpgradeRequest
from tars.logs import LogFormat, configure_logs
from tests.link.pairs import URL, drain, serving
from tests.support.faulty_network import End, FaultyNetwork
from tests.support.limits import HANG
from tests.support.virtual import run_virtual

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
    + KEY
    + b"\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
QUICK = attrs.evolve(SERVER_POLICY, handshake_timeout=0.5, close_timeout=0.3)


async def echo(connection: Connection) -> None:
    while True:
        await connection.send(await connection.receive())


@asynccontextmanager
async def echo_server(policy: LinkPolicy = QUICK, *, secure: bool = False) -> AsyncIterator[int]:
    """A real server on a port of its own; where it is `secure`, with a certificate that nobody knows."""
    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        listeners: list[trio.abc.Listener[trio.abc.Stream]] = [listener]
        if secure:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
            listeners = [trio.SSLListener(listener, context, https_compatible=True)]
        await nursery.start(partial(serve_connections, listeners, echo, policy=policy))
        yield listener.socket.getsockname()[1]
        nursery.cancel_scope.cancel()


async def must_still_echo(port: int) -> None:
    async with open_connection(f"ws://127.0.0.1:{port}/") as connection:
        await connection.send("well?")
        assert await connection.receive() == "well?"


def reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


ATTACKS: dict[str, bytes] = {
    "nothing": b"",
    "noise": os.urandom(3000),
    "zeros": bytes(40_000),
    "TLS where there is none": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(200),
    "a plain request": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a post": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
    "no host": UPGRADE.replace(b"Host: x\r\n", b""),
    "a host that is no name": UPGRADE.replace(b"Host: x", b"Host: " + b"x" * 70 + b"\xff"),
    "no key": UPGRADE.replace(b"Sec-WebSocket-Key: " + KEY + b"\r\n", b""),
    "another version": UPGRADE.replace(b": 13", b": 99"),
    "a target in another script": UPGRADE.replace(b"GET / ", b"GET /\xff\xfe "),
    "a subprotocol in another script": UPGRADE[:-2] + b"Sec-WebSocket-Protocol: \xff\xfe\r\n\r\n",
    "half a request": UPGRADE[:60],
    "an endless head": UPGRADE[:-2] + b"A: b\r\n" * 20_000,
    "an unmasked message": UPGRADE + write_frame(TEXT, b"hi", masked=False),
    "text that is none": UPGRADE + write_frame(TEXT, b"\xff\xfe", masked=True),
    "a reserved bit": UPGRADE + b"\xf2\x80abcd",
    "a reserved opcode": UPGRADE + b"\x87\x80abcd",
    "a fragmented ping": UPGRADE + b"\x09\x80abcd",
    "a long ping": UPGRADE + write_frame(PING, bytes(200), masked=True),
    "a continuation of nothing": UPGRADE + b"\x80\x80abcd",
    "too long a message": UPGRADE + write_frame(BINARY, bytes(70_000), masked=True),
    "a claim of 2**63-1 bytes": UPGRADE + b"\x82\xff" + (2**63 - 1).to_bytes(8, "big"),
    "a claim of 2**64-1 bytes": UPGRADE + b"\x82\xff" + (2**64 - 1).to_bytes(8, "big"),
    "a close with one byte": UPGRADE + b"\x88\x81abcd\x03",
    "a close with a code that is none": UPGRADE + b"\x88\x82\0\0\0\0\0\x05",
    "a close whose reason is not text": UPGRADE + b"\x88\x84\0\0\0\0\x03\xe8\xff\xfe",
    "two closes": UPGRADE + b"\x88\x82\0\0\0\0\x03\xe8" * 2,
    "a storm of pings": UPGRADE + write_frame(PING, b"x", masked=True) * 2000,
    "a storm of messages": UPGRADE + write_frame(TEXT, b"x", masked=True) * 2000,
}


@pytest.mark.trio
@pytest.mark.parametrize("end", ["hangs up", "resets", "stays"])
async def test_no_client_harms_another(end: str) -> None:
    with capture_logs() as logs:
        async with echo_server() as port, open_connection(f"ws://127.0.0.1:{port}/") as bystander:
            sockets: list[socket.socket] = []
            for attack in ATTACKS.values():
                sock = socket.create_connection(("127.0.0.1", port))
                sock.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    sock.send(attack)
                sockets.append(sock)
                await trio.sleep(0.002)
                if end == "hangs up":
                    sock.close()
                elif end == "resets":
                    reset(sock)
            await bystander.send("still there?")
            assert await bystander.receive() == "still there?"
            await must_still_echo(port)
            if end == "stays":
                await every_stream_is_hung_up(sockets)
            for sock in sockets:
                sock.close()
            await must_still_echo(port)
    assert [line for line in logs if line["log_level"] == "error"] == []


async def every_stream_is_hung_up(sockets: list[socket.socket]) -> None:
    """All attackers are sent away in time, but for those that made a proper link."""
    left = {name for name, sock in zip(ATTACKS, sockets, strict=True) if not await hung_up(sock)}
    assert left <= {"a storm of pings", "a storm of messages"}


async def hung_up(sock: socket.socket) -> bool:
    with trio.move_on_after(1):
        while True:
            await trio.lowlevel.wait_readable(sock)
            try:
                if not sock.recv(65536):
                    return True
            except OSError:
                return True
    return False


async def exchange(stream: trio.abc.Stream, request: bytes) -> tuple[bytes, dict[bytes, bytes], bytes]:
    """Send a request, read to the end; status line, headers (names in lower case) and body."""
    async with stream:
        await stream.send_all(request)
        answer = b"".join([chunk async for chunk in stream])
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    pairs = [line.split(b": ", 1) for line in lines]
    return status, {name.lower(): value for name, value in pairs}, body


BROKEN_UPGRADE = UPGRADE.replace(b"Sec-WebSocket-Key: " + KEY + b"\r\n", b"")
PLAIN_REQUESTS = {
    "a browser": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 426),
    "an old browser": (b"GET /index.html HTTP/1.0\r\n\r\n", 426),
    "a person with netcat": (b"GET / HTTP/1.0\n\n", 426),
    "a form": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n" + bytes(500_000), 426),
    "a proxy": (b"CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n", 426),
    "an upgrade without its key": (BROKEN_UPGRADE, 400),
    "an old version": (UPGRADE.replace(b": 13", b": 8"), 400),
    "a key that is none": (UPGRADE.replace(KEY, b"short"), 400),
    "two keys": (UPGRADE.replace(b"Upgrade: w", b"Sec-WebSocket-Key: " + KEY + b"\r\nUpgrade: w"), 400),
    "an upgrade with a body": (UPGRADE[:-2] + b"Content-Length: 5\r\n\r\nhello", 400),
    "a head of 17 KiB": (UPGRADE[:-2] + b"A: " + b"b" * 17_000 + b"\r\n\r\n", 400),
    "another protocol": (b"EHLO example.org, how do you do?\r\n", 400),
    "a head without end": (UPGRADE[:-2] + b"A: b\r\n" * 20_000, 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)), 400),
}


@pytest.mark.trio
@pytest.mark.parametrize(("request_bytes", "status"), PLAIN_REQUESTS.values(), ids=PLAIN_REQUESTS)
async def test_whoever_wants_no_websocket_gets_a_page(request_bytes: bytes, status: int) -> None:
    async with echo_server() as port:
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        line, headers, body = await exchange(stream, request_bytes)
    assert line.startswith(b"HTTP/1.1 %d " % status)
    assert int(headers[b"content-length"]) == len(body)
    assert b"close" in headers[b"connection"]
    assert b"tars-pi --server ws://" in body
    assert (b"What was wrong" in body) == (status == 400)


@pytest.mark.trio
async def test_a_client_that_speaks_http_2_is_told_what_is_spoken_here() -> None:
    async with echo_server() as port:
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        line, _, body = await exchange(stream, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9))
    assert line.startswith(b"HTTP/1.1 426 ")
    assert b"it speaks HTTP/2, and a WebSocket needs HTTP/1.1" in body


@pytest.mark.trio
async def test_head_gets_no_body() -> None:
    async with echo_server() as port:
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        line, headers, body = await exchange(stream, b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert line.startswith(b"HTTP/1.1 426 ")
    assert int(headers[b"content-length"]) > 0
    assert body == b""


@pytest.mark.trio
async def test_the_page_of_a_port_that_speaks_tls() -> None:
    authority = trustme.CA()
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server_context)
    client_context = ssl.create_default_context()
    authority.configure_trust(client_context)
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_ssl_over_tcp_listeners(
            0, server_context, host="127.0.0.1", https_compatible=True
        )
        await nursery.start(partial(serve_connections, [listener], echo, policy=QUICK))
        port = listener.transport_listener.socket.getsockname()[1]  # type: ignore[attr-defined]
        secure = await trio.open_ssl_over_tcp_stream(
            "127.0.0.1", port, ssl_context=client_context, https_compatible=True
        )
        line, _, body = await exchange(secure, request)
        assert line.startswith(b"HTTP/1.1 426 ")
        assert b"wss://" in body
        for plain in (request, UPGRADE, b"220 mail.example.org\r\n"):
            line, _, body = await exchange(await trio.open_tcp_stream("127.0.0.1", port), plain)
            assert line.startswith(b"HTTP/1.1 400 ")
            assert b"This port speaks TLS" in body
        nursery.cancel_scope.cancel()


@pytest.mark.trio
async def test_a_refused_client_reads_why_even_if_it_sends_on() -> None:
    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        await nursery.start(
            partial(serve_connections, listeners, echo, policy=QUICK, authorise=lambda _: Refusal(401, "token"))
        )
        stream = await trio.open_tcp_stream("127.0.0.1", listeners[0].socket.getsockname()[1])
        line, headers, body = await exchange(stream, UPGRADE + bytes(100_000))
        assert line.startswith(b"HTTP/1.1 401 ")
        assert headers[b"www-authenticate"] == b"Bearer"
        assert b"token" in body
        nursery.cancel_scope.cancel()


@pytest.mark.trio
async def test_a_client_may_send_before_the_upgrade_is_answered() -> None:
    async with echo_server() as port:
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        async with stream:
            await stream.send_all(UPGRADE + write_frame(TEXT, b"early", masked=True))
            got = b""
            while b"early" not in got:
                got += await stream.receive_some()


@pytest.mark.trio
async def test_a_client_that_is_sent_away_hears_why_on_the_wire() -> None:
    """Real peers look at the close frame, and unread data must not turn it into a reset."""
    async with echo_server() as port:
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        async with stream:
            client = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
            await stream.send_all(client.send(events.Request(host="x", target="/")))
            closes: list[int] = []
            sent = False
            while not closes:
                client.receive_data(await stream.receive_some())
                closes += [event.code for event in client.events() if isinstance(event, events.CloseConnection)]
                if not sent:
                    sent = True
                    await stream.send_all(client.send(events.BytesMessage(bytes(70_000))))
                    await stream.send_all(client.send(events.BytesMessage(bytes(30_000))) * 20)
            assert closes == [1009]


# -- in virtual time --


def test_a_handler_that_fails_ends_its_own_link_and_tells_the_log() -> None:
    async def handler(connection: Connection) -> None:
        if await connection.receive() == "fail":
            raise ZeroDivisionError
        await echo(connection)

    async def main() -> None:
        network = FaultyNetwork()
        async with serving(network, handler), open_connection(URL, open_stream=network.open_stream) as good:
            await good.send("well")
            async with open_connection(URL, open_stream=network.open_stream) as bad:
                await bad.send("fail")
                with pytest.raises(LinkLost) as caught:
                    await bad.receive()
                assert caught.value.code == 1011
            await good.send("still well")
            assert await good.receive() == "still well"

    output = io.StringIO()
    configure_logs(LogFormat.JSON, stream=output)
    run_virtual(main)
    records = [json.loads(line) for line in output.getvalue().splitlines()]
    (failure,) = [record for record in records if record["event"] == "handler_failed"]
    assert "ZeroDivisionError" in failure["exception"]
    assert "in handler" in failure["exception"]


@pytest.mark.parametrize(
    "lost", [LinkLost("its own"), ExceptionGroup("", [LinkLost("a"), LinkLost("b")])], ids=["bare", "grouped"]
)
def test_a_lost_link_is_no_failure_of_the_handler(lost: Exception) -> None:
    async def handler(connection: Connection) -> None:
        raise lost

    async def main() -> None:
        network = FaultyNetwork()
        async with serving(network, handler), open_connection(URL, open_stream=network.open_stream) as connection:
            with pytest.raises(LinkLost):
                await connection.receive()

    with capture_logs() as logs:
        run_virtual(main)
    assert {line["event"] for line in logs} == {"link_lost"}


def test_a_handler_that_returns_says_goodbye() -> None:
    async def handler(connection: Connection) -> None:
        await connection.send("that was all")

    async def main() -> None:
        network = FaultyNetwork()
        async with serving(network, handler), open_connection(URL, open_stream=network.open_stream) as connection:
            assert await connection.receive() == "that was all"
            with pytest.raises(LinkLost) as caught:
                await connection.receive()
            assert caught.value.code == 1000

    run_virtual(main)


def test_a_server_that_stops_says_so_and_does_not_wait_for_the_dead() -> None:
    async def main() -> None:
        network = FaultyNetwork()
        async with trio.open_nursery() as nursery:
            stop = trio.CancelScope()

            async def serve(task_status: trio.TaskStatus[None]) -> None:
                task_status.started()
                with stop:
                    await serve_connections([network], drain)
                stopped.set()

            stopped = trio.Event()
            await nursery.start(serve)
            async with (
                open_connection(URL, open_stream=network.open_stream) as alive,
                open_connection(URL, open_stream=network.open_stream),
            ):
                network.wires[1].set_stalled(True)
                stop.cancel()
                with pytest.raises(LinkLost) as caught:
                    await alive.receive()
                assert caught.value.code == 1001
                await stopped.wait()
                assert trio.current_time() <= SERVER_POLICY.close_timeout
                nursery.cancel_scope.cancel()

    run_virtual(main)


def test_a_token_is_asked_for_before_the_upgrade() -> None:
    served: list[str] = []

    async def handler(connection: Connection) -> None:
        served.append(connection.request.headers["authorization"])

    def authorise(request: UpgradeRequest) -> Refusal | None:
        return None if request.headers.get("authorization") == "Bearer right" else Refusal(401, "token")

    async def attempt(network: FaultyNetwork, token: str | None) -> LinkLost | None:
        try:
            async with open_connection(URL, token=token, open_stream=network.open_stream):
                return None
        except LinkLost as lost:
            return lost

    async def main() -> None:
        network = FaultyNetwork()
        async with serving(network, handler, authorise=authorise):
            for token in (None, "wrong"):
                lost = await attempt(network, token)
                assert lost is not None
                assert (lost.code, lost.patience) == (401, Patience.CAP)
                assert "token" in lost.reason
            assert await attempt(network, "right") is None
        assert all(wire.server.closed for wire in network.wires)

    with capture_logs() as logs:
        run_virtual(main)
    assert served == ["Bearer right"]
    assert "wrong" not in str(logs)


def test_one_client_too_many_is_told_so_and_may_come_back() -> None:
    policy = attrs.evolve(SERVER_POLICY, max_connections=1)

    async def main() -> None:
        network = FaultyNetwork()
        async with serving(network, echo, policy=policy):
            async with (
                open_connection(URL, open_stream=network.open_stream),
                open_connection(URL, open_stream=network.open_stream) as second,
            ):
                with pytest.raises(LinkLost) as caught:
                    await second.receive()
                assert caught.value.code == 1013
            await trio.sleep(0.1)
            async with open_connection(URL, open_stream=network.open_stream) as third:
                await third.send("now")
                assert await third.receive() == "now"

    run_virtual(main)


def test_stalled_handshakes_are_bounded_in_number_and_in_time() -> None:
    policy = attrs.evolve(SERVER_POLICY, max_handshakes=3)

    async def main() -> None:
        network = FaultyNetwork()
        async with serving(network, echo, policy=policy):
            for _ in range(6):  # twice as many as may be under way
                await network.open_stream()
            start = trio.current_time()
            async with open_connection(
                URL, policy=attrs.evolve(policy, dial_timeout=60), open_stream=network.open_stream
            ) as connection:
                await connection.send("at last")
                assert await connection.receive() == "at last"
            # three are at the door, three in the queue: one of each makes room, at once and after its grace
            assert trio.current_time() - start == pytest.approx(2 * policy.handshake_grace)

    run_virtual(main)


async def dial_from(host: str, port: int) -> trio.SocketStream:
    return await trio.open_tcp_stream("127.0.0.1", port, local_address=host)


@pytest.mark.trio
async def test_one_address_takes_no_more_than_its_share_of_the_links() -> None:
    policy = attrs.evolve(QUICK, split_loopback=True, max_connections=4, max_connections_per_address=2)
    async with echo_server(policy) as port, AsyncExitStack() as links:

        async def link(host: str) -> Connection:
            dial = open_connection(URL, open_stream=partial(dial_from, host, port))
            connection = await links.enter_async_context(dial)
            await connection.send("well?")
            return connection

        for host in ("127.0.0.2", "127.0.0.2", "127.0.0.3"):
            assert await (await link(host)).receive() == "well?"
        with pytest.raises(LinkLost) as caught:
            await (await link("127.0.0.2")).receive()
        assert caught.value.code == 1013
        assert await (await link("127.0.0.3")).receive() == "well?"


async def everything(stream: trio.abc.ReceiveStream) -> bytes:
    """All that comes until the other end hangs up."""
    return b"".join([chunk async for chunk in stream])


@pytest.mark.trio
@pytest.mark.parametrize("secure", [False, True])
async def test_one_address_takes_no_more_than_its_share_of_the_door(secure: bool) -> None:
    """And whoever stands there without a word is hung up on in time, in the middle of TLS too."""
    policy = attrs.evolve(QUICK, split_loopback=True, max_handshakes=4, max_handshakes_per_address=2)
    async with echo_server(policy, secure=secure) as port:
        silent = [await dial_from(host, port) for host in ("127.0.0.2", "127.0.0.3", "127.0.0.2")]
        began = trio.current_time()
        silent.append(await dial_from("127.0.0.2", port))
        with trio.fail_after(HANG):
            answer = await everything(silent[0])
            assert trio.current_time() - began < policy.handshake_timeout / 2
            assert secure or answer.startswith(b"HTTP/1.1 503 ")
            assert secure or b"\r\nRetry-After: 1\r\n" in answer
            for stream in silent[1:]:
                answer = await everything(stream)
                assert secure or answer.startswith(b"HTTP/1.1 408 ")
        assert trio.current_time() - began == pytest.approx(policy.handshake_timeout, abs=0.4)
        for stream in silent:
            await stream.aclose()


@attrs.define
class Exhausted(trio.abc.Listener[trio.abc.Stream]):
    """A listener whose system has no file descriptors for a while."""

    network: FaultyNetwork
    failures: int

    async def accept(self) -> End:
        if self.failures:
            self.failures -= 1
            await trio.lowlevel.checkpoint()
            raise OSError(errno.EMFILE, "Too many open files")
        return await self.network.accept()

    async def aclose(self) -> None:
        await self.network.aclose()


def test_a_lack_of_file_descriptors_is_sat_out() -> None:
    async def main() -> None:
        network = FaultyNetwork()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve_connections, [Exhausted(network, failures=10)], echo)
            async with open_connection(URL, open_stream=network.open_stream) as connection:
                await connection.send("back")
                assert await connection.receive() == "back"
            assert trio.current_time() == pytest.approx(1.0)
            nursery.cancel_scope.cancel()

    with capture_logs() as logs:
        run_virtual(main)
    assert [line["event"] for line in logs].count("accept_failed") == 1


def test_where_descriptors_are_short_those_at_the_door_make_room() -> None:
    async def main() -> None:
        network = FaultyNetwork()
        short = Exhausted(network, failures=0)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve_connections, [short], echo)
            for _ in range(5):
                await network.open_stream()
            await trio.testing.wait_all_tasks_blocked()
            short.failures = 3
            async with open_connection(URL, open_stream=network.open_stream) as first:
                async with open_connection(URL, open_stream=network.open_stream) as second:
                    await second.send("well?")
                    assert await second.receive() == "well?"
                assert trio.current_time() < 0.1
                assert [wire.server.closed for wire in network.wires[:5]] == [True, True, True, False, False]
                await first.send("and you?")
                assert await first.receive() == "and you?"
            nursery.cancel_scope.cancel()

    run_virtual(main)


def test_a_server_that_is_merely_busy_sends_nobody_away() -> None:
    """More devices than may be at the door all dial in one moment, and all need a round trip."""
    policy = attrs.evolve(SERVER_POLICY, max_handshakes=10)

    async def main() -> None:
        network = FaultyNetwork(delay=0.02)
        up: list[float] = []

        async def device() -> None:
            async with open_connection(URL, open_stream=network.open_stream) as connection:
                up.append(trio.current_time())
                await connection.send("well?")
                assert await connection.receive() == "well?"

        async with serving(network, echo, policy=policy), trio.open_nursery() as nursery:
            for _ in range(60):
                nursery.start_soon(device)
        assert len(up) == 60

    run_virtual(main)


def test_an_older_client_without_a_subprotocol_is_served() -> None:
    async def main() -> None:
        network = FaultyNetwork()
        subprotocols: list[str | None] = []

        async def handler(connection: Connection) -> None:
            subprotocols.append(connection.subprotocol)

        async with serving(network, handler):
            stream = await network.open_stream()
            await stream.send_all(UPGRADE)
            answer = bytes(await stream.receive_some())
            assert answer.startswith(b"HTTP/1.1 101 ")
            assert b"Sec-WebSocket-Protocol" not in answer
            assert b"Sec-WebSocket-Extensions" not in answer
        assert subprotocols == [None]

    run_virtual(main)


def test_everyone_who_is_turned_away_is_counted_and_told_once() -> None:
    codes: list[int] = []

    async def main() -> None:
        network = FaultyNetwork()
        async with trio.open_nursery() as nursery:
            refuse = Refusal(401, "token wrong")
            serve = partial(
                serve_connections, [network], echo, authorise=lambda _: refuse, on_refused=codes.append
            )
            await nursery.start(serve)
            for _ in range(2):
                for request in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", BROKEN_UPGRADE, UPGRADE, UPGRADE[:60], b""):
                    stream = await network.open_stream()
                    await stream.send_all(request)
                    while await stream.receive_some():
                        pass
            nursery.cancel_scope.cancel()

    with capture_logs() as logs:
        run_virtual(main)
    assert codes == [426, 400, 401, 408, 408] * 2
    told = [line for line in logs if line["event"] == "connection_refused"]
    assert [line["status"] for line in told] == codes
    assert [line["status"] for line in told if line["log_level"] == "info"] == [426, 400, 408]
    assert [line["status"] for line in told if line["log_level"] == "warning"] == [401]


def test_each_reason_of_an_address_is_told() -> None:
    reasons = ["origin 'a'", "origin 'b'", "origin 'a'"]

    async def main() -> None:
        network = FaultyNetwork()
        ask = iter(reasons)
        async with serving(network, echo, authorise=lambda _: Refusal(403, next(ask))):
            for _ in reasons:
                with pytest.raises(LinkLost):
                    async with open_connection(URL, open_stream=network.open_stream):
                        pass

    with capture_logs() as logs:
        run_virtual(main)
    told = [(line["reason"], line["log_level"]) for line in logs if line["event"] == "connection_refused"]
    assert told == list(zip(reasons, ["warning", "warning", "debug"], strict=True))


def test_who_gives_way_at_the_door_reads_why() -> None:
    policy = attrs.evolve(SERVER_POLICY, max_handshakes=2)

    async def main() -> None:
        network = FaultyNetwork()
        async with serving(network, echo, policy=policy):
            silent = [await network.open_stream() for _ in range(2)]
            async with open_connection(URL, open_stream=network.open_stream):
                answer = bytes(await silent[0].receive_some())
                assert answer.startswith(b"HTTP/1.1 503 ")
                assert b"\r\nRetry-After: 1\r\n" in answer
                assert answer.endswith(b"\r\n\r\ntoo many others are at the door\n")
                assert await silent[0].receive_some() == b""

    run_virtual(main)
