"""Bytes made by hypothesis, on both sides of the link, in memory and in virtual time.

Whatever comes in, the side that it comes to ends this link with `LinkLost` and nothing else, within its limits and
without keeping more than they allow, and serves or dials again. What it makes of frames is what wsproto makes of
them.
"""

import base64
import hashlib
from collections.abc import Sequence
from contextlib import suppress

import attrs
import trio
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from wsproto import events
from wsproto.connection import Connection as WsprotoConnection
from wsproto.connection import ConnectionType

from tars.link import CLIENT_POLICY, SERVER_POLICY, Connection, LinkLost, open_connection
from tars.link.transport import accept
from tests.attacks.bytes_of import HEADS, answers, cut, frames
from tests.attacks.raw import UPGRADE
from tests.link.pairs import URL, serving
from tests.support.faulty_network import FaultyNetwork, Wire, make_wire
from tests.support.virtual import run_virtual

SEEDS = st.integers(0, 999)
SERVERS_LIMITS = SERVER_POLICY.handshake_timeout + 2 * SERVER_POLICY.close_timeout + 0.1
"""Seconds after which a client that hangs up after its bytes is gone from the server."""
LIMIT = 1000
"""Bytes of a message in the comparison with wsproto: short enough for many to be too long."""
LONGEST_HEAD = 14
Heard = list[str | bytes | tuple[str, bytes]]


@attrs.define
class Ear:
    """A sink that notes what it is told."""

    heard: Heard = attrs.field(factory=list)

    def on_life(self) -> None: ...

    def on_message(self, message: str | bytes) -> bool:
        self.heard.append(message)
        return True

    def on_frame(self) -> bool:
        return True

    def on_ping(self, payload: bytes) -> None:
        self.heard.append(("ping", payload))

    def on_pong(self, payload: bytes) -> None:
        self.heard.append(("pong", payload))

    def on_lost(self, lost: LinkLost) -> None: ...


def by_transport(pieces: Sequence[bytes]) -> tuple[Heard, int | None]:
    """What the transport tells of these bytes after the request in them, and the close code at the end."""

    async def send(wire: Wire) -> None:
        with suppress(trio.BrokenResourceError):
            for piece in pieces:
                await wire.client.send_all(piece)
                await trio.testing.wait_all_tasks_blocked()
            wire.client.outgoing.end()

    async def main() -> LinkLost:
        wire = make_wire()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(send, wire)
            request = await accept(wire.server, limit=LIMIT, close_timeout=1.0)
            lost = await (await request.accept(None)).run(ear)
            nursery.cancel_scope.cancel()
        return lost

    ear = Ear()
    return ear.heard, run_virtual(main, steps=100_000).code


def by_wsproto(data: bytes) -> tuple[Heard, int | None, bool]:
    """The same by wsproto alone; and whether a message is so near the limit that its fragments' heads decide."""
    receiver = WsprotoConnection(ConnectionType.SERVER)
    receiver.receive_data(data)
    heard: Heard = []
    parts: list[str | bytes] = []
    close = False
    for event in receiver.events():
        match event:
            case events.Ping():
                heard.append(("ping", bytes(event.payload)))
            case events.Pong():
                heard.append(("pong", bytes(event.payload)))
            case events.CloseConnection():
                return heard, int(event.code), close
            case events.Message():
                parts.append(event.data if isinstance(event.data, str) else bytes(event.data))
                size = sum(len(part.encode()) if isinstance(part, str) else len(part) for part in parts)
                if size > LIMIT:
                    return heard, 1009, close
                close = close or size + LONGEST_HEAD * len(parts) > LIMIT
                if event.message_finished:
                    heard.append(joined(parts))
                    parts = []
    return heard, None, close


def joined(parts: Sequence[str | bytes]) -> str | bytes:
    """A message from its pieces."""
    if isinstance(parts[0], str):
        return "".join(map(str, parts))
    return b"".join(part for part in parts if isinstance(part, bytes))


@given(data=frames(masked=True), seed=SEEDS, completed=st.booleans())
def test_frames_mean_what_wsproto_says_they_mean(data: bytes, seed: int, completed: bool) -> None:
    if completed:  # whatever the last frame claims within the limit, it is whole then
        data += bytes(LIMIT)
    heard, code = by_transport(cut(UPGRADE + data, seed))
    right, right_code, close = by_wsproto(data)
    if close and code == 1009:
        assert heard == right[: len(heard)]
        return
    assert heard == right
    # wsproto objects to a frame by its first bytes; the transport, when it is whole, but to its size by its claim
    early = code is None and not completed
    by_claim = code == 1009 and (right_code is not None or not completed)
    assert code == right_code or early or by_claim


@given(head=HEADS, data=frames(masked=True), seed=SEEDS, hangs_up=st.booleans())
def test_no_bytes_of_a_client_harm_the_server(head: bytes, data: bytes, seed: int, hangs_up: bool) -> None:
    async def echo(connection: Connection) -> None:
        while True:
            await connection.send(await connection.receive())

    async def main() -> None:
        network = FaultyNetwork()
        async with serving(network, echo), open_connection(URL, open_stream=network.open_stream) as honest:
            stream = await network.open_stream()
            try:
                for piece in cut(head + data, seed):
                    await stream.send_all(piece)
                    await trio.testing.wait_all_tasks_blocked()
                if hangs_up:
                    await stream.aclose()
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                pass
            wire = network.wires[-1]
            await trio.sleep(SERVERS_LIMITS + SERVER_POLICY.heartbeat.timeout)
            assert wire.server.closed, "still there"
            await honest.send("well?")
            assert await honest.receive() == "well?"

    with capture_logs() as logs:
        run_virtual(main, steps=100_000)
    assert [line for line in logs if line["log_level"] in ("error", "critical")] == []


@given(
    data=st.data(),
    seed=SEEDS,
    end=st.sampled_from(["hangs up", "stays", "resets"]),
)
def test_no_bytes_of_a_server_harm_a_device(data: st.DataObject, seed: int, end: str) -> None:
    """The dialling side gets a link or `LinkLost`, in time; a link that then says such things ends too, or falls
    silent and is found dead."""

    async def mad_server(network: FaultyNetwork) -> None:
        stream = await network.accept()
        head = b""
        while b"\r\n\r\n" not in head:
            head += await stream.receive_some()
        (key,) = [line[19:] for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key: ")]
        token = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        said = data.draw(answers(accept=token)) + data.draw(frames(masked=False))
        try:
            for piece in cut(said, seed):
                await stream.send_all(piece)
                await trio.testing.wait_all_tasks_blocked()
            if end == "hangs up":
                await stream.aclose()
            elif end == "resets":
                network.inflict("cut")
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass

    async def dial(network: FaultyNetwork) -> LinkLost:
        try:
            async with open_connection(URL, open_stream=network.open_stream) as connection:
                while True:
                    await connection.receive()
        except LinkLost as lost:
            return lost

    async def main() -> None:
        network = FaultyNetwork()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(mad_server, network)
            limit = CLIENT_POLICY.dial_timeout + CLIENT_POLICY.heartbeat.timeout + 2 * CLIENT_POLICY.close_timeout
            with trio.fail_after(limit + 0.1):
                lost = await dial(network)
            assert 5 < len(lost.reason) < 400
            assert network.wires[0].client.closed
            nursery.cancel_scope.cancel()

    run_virtual(main, steps=100_000)
