"""The two ends of the link benchmark, each a process in its own network namespace.

    python -m benchmarks._link_peers server HOST PORT [CERTIFICATE KEY]
    python -m benchmarks._link_peers client URL persistent|dialling ROUNDS [CA]

Both print one JSON object a line, with times of the monotonic clock, which all processes of a machine share.
The link is the project's own, as tars-pi and tars-server use it; what they do above it is left out.
"""

import json
import ssl
import sys
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress

import trio

from tars.audio.formats import MICROPHONE
from tars.link import Connection, LinkLost, open_connection, serve_connections
from tars.messages import EndReason, HotwordDetected, SessionEnd, decode_from_device, encode

PRE_ROLL_SECONDS = 1.5
FRAME_SECONDS = 0.04
"""As tars-pi sends by default."""
BETWEEN_SECONDS = 0.12
"""Rest between two hotwords, so that one does not meet the other's packets on a wire of 100 ms round trip."""


def say(**line: object) -> None:
    print(json.dumps(line), flush=True)


async def serve(host: str, port: int, tls: ssl.SSLContext | None) -> None:
    """Say when each session's first audio byte arrived, and when its whole pre-roll had."""
    sockets = await trio.open_tcp_listeners(port, host=host)
    listeners: Sequence[trio.abc.Listener[trio.abc.Stream]] = sockets
    if tls is not None:
        listeners = [trio.SSLListener(listener, tls) for listener in sockets]
    async with trio.open_nursery() as nursery:
        await nursery.start(serve_connections, listeners, hear)
        say(event="listening", port=sockets[0].socket.getsockname()[1])


async def hear(connection: Connection) -> None:
    with suppress(LinkLost):
        while True:
            await hear_session(connection)


async def hear_session(connection: Connection) -> None:
    started = await connection.receive()
    assert isinstance(started, str)
    hotword = decode_from_device(started)
    assert isinstance(hotword, HotwordDetected)
    first, received = 0.0, 0
    while isinstance(message := await connection.receive(), bytes):
        first = first or time.monotonic()
        received += len(message)
        if received == hotword.pre_roll_bytes:
            say(event="heard", session=hotword.session_id, first=first, whole=time.monotonic())


async def speak(connection: Connection, said: float) -> None:
    """What tars-pi sends at a hotword: the message, the pre-roll in frames, later the session's end."""
    session_id = str(uuid.uuid4())
    size = MICROPHONE.bytes_in(PRE_ROLL_SECONDS)
    frame = bytes(MICROPHONE.bytes_in(FRAME_SECONDS))
    await connection.send(encode(HotwordDetected(session_id, "hey_jarvis", 0.9, pre_roll_bytes=size)))
    for start in range(0, size, len(frame)):
        await connection.send(frame[: size - start])
    await connection.send(encode(SessionEnd(session_id, EndReason.DEVICE)))
    say(event="hotword", session=session_id, at=said)  # last, so that saying so costs the measurement nothing


async def persistent(url: str, rounds: int, tls: ssl.SSLContext | None) -> None:
    async with open_connection(url, ssl_context=tls) as connection, trio.open_nursery() as nursery:
        nursery.start_soon(drain, connection)
        for _ in range(rounds):
            await trio.sleep(BETWEEN_SECONDS)
            said = time.monotonic()
            await speak(connection, said)
        await trio.sleep(1)
        nursery.cancel_scope.cancel()


async def dialling(url: str, rounds: int, tls: ssl.SSLContext | None) -> None:
    for _ in range(rounds):
        await trio.sleep(BETWEEN_SECONDS)
        said = time.monotonic()
        async with open_connection(url, ssl_context=tls) as connection:
            await speak(connection, said)
            await trio.sleep(0.3)  # three round trips of the longest wire: what is under way arrives


async def drain(connection: Connection) -> None:
    while True:
        await connection.receive()


def main(role: str, *arguments: str) -> None:
    if role == "server":
        host, port, *files = arguments
        tls = None
        if files:
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            tls.load_cert_chain(*files)
        trio.run(serve, host, int(port), tls)
    else:
        url, way, rounds, *ca = arguments
        context = ssl.create_default_context(cafile=ca[0]) if ca else None
        trio.run(persistent if way == "persistent" else dialling, url, int(rounds), context)
        say(event="done")


if __name__ == "__main__":
    main(*sys.argv[1:])
