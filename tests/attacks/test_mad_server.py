"""A device whose server has gone mad: it leaves within its limits, dials again at its own pace, keeps next to
nothing of what it was sent, and is there again as soon as the server is sane. In virtual time."""

import base64
import hashlib
import itertools
import random
import tracemalloc
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import attrs
import pytest
import trio

from tars.link import BackoffPolicy, Connection, LinkState, open_connection, serve_connections
from tars.messages import FromServer, Hello, Welcome, decode_from_device, encode
from tars.pi.devices import Devices
from tars.pi.hotword.detection import Detection
from tars.pi.listening import Listening
from tars.pi.playback import open_player
from tars.pi.session_manager import SessionManager
from tars.pi.session_states import SessionState
from tars.pi.speaker.clocked_speaker import open_null_speaker
from tars.pi.status import StatusFeed
from tars.pi.websocket_client import WebSocketClient
from tests.attacks.raw import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame, header
from tests.pi.test_websocket_client import Listener
from tests.support.faulty_network import FaultyNetwork
from tests.support.virtual import run_virtual

MAD_FOR = 30.0
"""Seconds."""
MOST_DIALS = 25
"""In that time; row 16 of the acceptance table has 45 in a minute for a server that accepts and drops."""
LEAVES_WITHIN = 1.1
"""Seconds after which the device has left a server that talks nonsense: a goodbye, and a second for its answer."""
SILENCE = 5.6
"""Seconds for which it bears one that says nothing, or too little."""
SANE_AGAIN = 15.0
"""Seconds until the device is connected when the server is sane: the longest wait, and a dial under way."""
MEMORY = 4 * 1024 * 1024
"""Bytes that the device may take more at any moment: a message of 64 KiB has a few copies, 1,000 others wait."""
MANY = 1100
"""More than a device takes of anything at once."""

raw = partial(frame, masked=False)
_WELCOME = encode(Welcome(protocol=1, server="mad", device_id="kitchen")).encode()
_SPEECH = b'{"type":"start_of_tts_stream","utterance_id":"u","rate":16000,"channels":1,"width":2}'
_RESTART = b'{"type":"restarting","retry_after_s":1e300}'

Madness = Callable[[trio.abc.Stream, bytes], Awaitable[None]]
"""What a server does to a device that has asked for an upgrade with this key."""


def say(data: bytes) -> Madness:
    """Say this where the answer to the upgrade is expected, and nothing more."""

    async def madness(stream: trio.abc.Stream, _: bytes) -> None:
        await stream.send_all(data)

    return madness


def after_welcome(data: bytes) -> Madness:
    """Greet the device as a server should, and go on with this."""

    async def madness(stream: trio.abc.Stream, key: bytes) -> None:
        await stream.send_all(_accept(key) + raw(TEXT, _WELCOME))
        await stream.send_all(data)

    return madness


async def hang_up(stream: trio.abc.Stream, _: bytes) -> None:
    """Leave."""
    await stream.aclose()


async def drip(stream: trio.abc.Stream, key: bytes) -> None:
    """Answer one byte a second."""
    for byte in _accept(key):
        await stream.send_all(bytes([byte]))
        await trio.sleep(1)


def _accept(key: bytes) -> bytes:
    token = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Protocol: tars.v1\r\nSec-WebSocket-Accept: " + token + b"\r\n\r\n"
    )


MADNESS: dict[str, Madness] = {
    "silence": say(b""),
    "hangs up": hang_up,
    "one byte a second": drip,
    "half an answer": say(b"HTTP/1.1 101 Switching"),
    "another protocol": say(b"220 mail.example ESMTP\r\n" * 1000),
    "a head without end": say(b"HTTP/1.1 101 X\r\n" + b"A: b\r\n" * 2**20),
    "an answer to somebody else": say(_accept(b"another key")),
    "a redirect": say(b"HTTP/1.1 301 X\r\nLocation: http://evil.example/\r\nContent-Length: 0\r\n\r\n"),
    "nothing after the welcome, no pong either": after_welcome(b""),
    "noise": after_welcome(random.Random(1).randbytes(5000)),
    "masked frames": after_welcome(frame(TEXT, b"{}")),
    "a claim of 2**62 bytes": after_welcome(header(0x82, 2**62, masked=False)),
    "a message of 5 MiB": after_welcome(raw(BINARY, bytes(5 * 2**20))),
    "fragments without end": after_welcome(raw(TEXT, b"[", final=False) + raw(CONTINUATION, final=False) * MANY),
    "bad JSON": after_welcome(raw(TEXT, b"{") * 150),
    "unknown types": after_welcome(raw(TEXT, b'{"type":"new"}') * 150),
    "unknown types without end": after_welcome(raw(TEXT, b'{"type":"new"}') * MANY),
    "welcomes without end": after_welcome(raw(TEXT, _WELCOME) * MANY),
    "pings without end": after_welcome(raw(PING, b"x") * MANY),
    "pongs without end": after_welcome(raw(PONG, b"x") * MANY),
    "utterances without end": after_welcome(raw(TEXT, _SPEECH) * MANY),
    "a close with a code that is none": after_welcome(raw(CLOSE, b"\0\1")),
    "full, again and again": after_welcome(raw(CLOSE, (1013).to_bytes(2))),
    "come back in 10**300 s": after_welcome(raw(TEXT, _RESTART) + raw(CLOSE, (1001).to_bytes(2))),
}
TACITURN = {name for name in MADNESS if name.startswith(("silence", "one byte", "half an", "nothing"))}
AWAY = {"come back in 10**300 s": BackoffPolicy().longest_absence}
"""How long the device is away at most where it was asked to be."""


class Deaf(Listener):
    """Keeps nothing of what it is told, so that what is kept is the link's."""

    def on_link_state(self, state: LinkState) -> None: ...

    def on_connected(self, welcome: Welcome | None) -> None: ...

    def on_connection_lost(self, reason: str) -> None: ...

    def on_message(self, message: FromServer) -> None: ...


async def treat(stream: trio.abc.Stream, madness: Madness, borne: list[float]) -> None:
    """Be mad at one device, and note for how long it bears that."""
    began, head = trio.current_time(), b""
    while b"\r\n\r\n" not in head:
        head += await stream.receive_some()
    key = next(line[19:] for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key: "))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_until_broken, madness, stream, key)
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            while await stream.receive_some():
                pass
        nursery.cancel_scope.cancel()
    borne.append(trio.current_time() - began)


async def _until_broken(madness: Madness, stream: trio.abc.Stream, key: bytes) -> None:
    with suppress(trio.BrokenResourceError):
        await madness(stream, key)


async def be_mad(network: FaultyNetwork, madness: Madness, borne: list[float]) -> None:
    """Be so at every device that comes, for as long as anybody may bear it."""
    async with trio.open_nursery() as nursery:
        with trio.move_on_after(MAD_FOR):
            while True:
                nursery.start_soon(treat, await network.accept(), madness, borne)
        network.inflict("refuse")
        nursery.cancel_scope.deadline = trio.current_time() + SILENCE


async def be_sane(connection: Connection) -> None:
    """Welcome a device, as a server should."""
    while True:
        message = await connection.receive()
        if isinstance(message, str) and isinstance(hello := decode_from_device(message), Hello):
            await connection.send(encode(Welcome(protocol=1, server="sane", device_id=hello.device_id)))


@pytest.mark.parametrize(("name", "madness"), MADNESS.items(), ids=MADNESS)
def test_the_device_leaves_keeps_nothing_and_comes_back(name: str, madness: Madness) -> None:
    network = FaultyNetwork(delay=0.01)
    borne: list[float] = []

    async def main() -> None:
        dial = partial(open_connection, "ws://server/", open_stream=network.open_stream)
        client = WebSocketClient(dial, Hello(protocol=1, device_id="kitchen"), rng=random.Random(5))
        async with trio.open_nursery() as nursery:
            client.start(nursery, Deaf())
            await be_mad(network, madness, borne)
            dials = [at for at in network.dials if at < MAD_FOR]
            network.inflict("ok")
            nursery.start_soon(serve_connections, [network], be_sane)
            await trio.sleep(SANE_AGAIN + AWAY.get(name, 0.0))
            assert client.connected
            nursery.cancel_scope.cancel()
        assert (1 if name in AWAY else 2) <= len(dials) <= MOST_DIALS
        assert len(borne) >= len(dials) - 1
        assert max(borne) <= (SILENCE if name in TACITURN else LEAVES_WITHIN)
        assert all(b - a >= BackoffPolicy().spacing for a, b in itertools.pairwise(network.dials))

    tracemalloc.start()
    try:
        run_virtual(main, steps=100_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= MEMORY


# ---- speech without end

MINUTE = 60 * 32_000
OVERHEAD = 2 * 1024 * 1024
"""Bytes: the device, and what is on its way from the wire to the loudspeaker."""


@attrs.frozen
class Endless:
    """A server that begins to speak, and sends audio without end as fast as it is taken."""

    older: bool
    frame: int
    start: bytes = _SPEECH
    keeps: int = MINUTE
    """Bytes that the device may keep of it."""

    async def __call__(self, stream: trio.abc.Stream, key: bytes) -> None:
        accept = _accept(key)
        if self.older:
            accept = accept.replace(b"Sec-WebSocket-Protocol: tars.v1\r\n", b"")
            start = raw(TEXT, b'{"type":"start_of_tts_stream"}')
        else:
            start = raw(TEXT, _WELCOME) + raw(TEXT, self.start)
        await stream.send_all(accept + start)
        audio = raw(BINARY, b"\x10\x20" * (self.frame // 2)) * (65_536 // self.frame)
        while True:
            await stream.send_all(audio)


ENDLESS = {
    "a server that should pace": Endless(older=False, frame=4_000),
    "one that says that it is an older one": Endless(older=True, frame=4_000, keeps=5 * MINUTE),
    "small frames": Endless(older=False, frame=64),
    "large ones": Endless(older=False, frame=65_536),
    "an expensive format": Endless(
        older=False,
        frame=65_536,
        start=_SPEECH.replace(b"16000", b"192000").replace(b'"channels":1', b'"channels":8'),
        keeps=12 * 1024 * 1024,
    ),
}


@pytest.mark.parametrize("endless", ENDLESS.values(), ids=ENDLESS)
def test_speech_without_end_is_played_and_what_waits_is_bounded(endless: Endless) -> None:
    network = FaultyNetwork(delay=0.01)

    async def main() -> None:
        dial = partial(open_connection, "ws://server/", open_stream=network.open_stream)
        client = WebSocketClient(dial, Hello(protocol=1, device_id="kitchen"), rng=random.Random(5))
        feed = StatusFeed()
        manager = SessionManager(client, feed, Listening())
        _, blocks = trio.open_memory_channel[bytes](1)
        _, detections = trio.open_memory_channel[Detection](1)
        async with (
            open_null_speaker() as speaker,
            open_player(speaker, trio.current_time) as player,
            trio.open_nursery() as nursery,
        ):

            @asynccontextmanager
            async def open_devices() -> AsyncGenerator[Devices, None]:
                yield Devices(blocks, trio.Event(), lambda block: None, detections, player)

            nursery.start_soon(manager.run, open_devices)
            nursery.start_soon(treat, await network.accept(), endless, [])
            await trio.sleep(12)
            assert client.connected
            assert manager.state is SessionState.ANNOUNCING
            assert speaker.buffer.gaps == 0
            assert speaker.buffer.heard(trio.current_time()) == pytest.approx(12 * speaker.buffer.rate, rel=0.01)
            with trio.fail_after(2):
                await client.stop()
            nursery.cancel_scope.cancel()

    tracemalloc.start()
    try:
        run_virtual(main, steps=100_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= endless.keeps + OVERHEAD
