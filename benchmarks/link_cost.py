"""What a link costs the server: CPU per audio frame and memory per idle device.

Every server takes the same load in the same run: devices that each send a 2,560-byte frame every 80 ms, one
after the other, not all at once, over loopback, from another process. The servers take every message in a handler
and forget it. The baseline is a bare `websockets` asyncio server.
"""

import argparse
import asyncio
import base64
import contextlib
import os
import select
import socket
import statistics
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks._table import Goal, Report, Row, Table, publish

ROOT = Path(__file__).parents[1]
BASELINE = "websockets asyncio"
TARS = "tars.link"
SERVERS = (BASELINE, "trio-websocket as it comes", TARS)
FRAME = bytes(2560)
PERIOD = 0.08


# -- the servers, each in a process of its own --


def serve_websockets() -> None:
    from websockets import ConnectionClosed
    from websockets.asyncio.server import ServerConnection, serve

    async def handler(connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for _ in connection:
                pass

    async def main() -> None:
        async with serve(handler, "127.0.0.1", 0, compression=None, max_size=65536, backlog=2048) as server:
            announce(next(iter(server.sockets)).getsockname()[1])
            await server.serve_forever()

    asyncio.run(main())


def serve_trio_websocket() -> None:
    import trio
    from trio_websocket import ConnectionClosed, WebSocketRequest, serve_websocket

    async def handler(request: WebSocketRequest) -> None:
        connection = await request.accept()
        with contextlib.suppress(ConnectionClosed):
            while True:
                await connection.get_message()

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            server = await nursery.start(serve_websocket, handler, "127.0.0.1", 0, None)
            announce(server.port)

    trio.run(main)


def serve_tars() -> None:
    import attrs
    import structlog
    import trio

    from tars.link import SERVER_POLICY, Connection, serve_connections

    async def handler(connection: Connection) -> None:
        while True:
            await connection.receive()

    async def main() -> None:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("error"))
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1", backlog=2048)
        announce(listeners[0].socket.getsockname()[1])
        policy = attrs.evolve(SERVER_POLICY, max_connections=100_000)
        await serve_connections(listeners, handler, policy=policy)

    trio.run(main)


PROGRAMS = dict(zip(SERVERS, (serve_websockets, serve_trio_websocket, serve_tars), strict=True))


def announce(port: int) -> None:
    print(port, flush=True)


@contextmanager
def running(name: str) -> Iterator[tuple[psutil.Process, int]]:
    """A server process and its port."""
    command = [sys.executable, "-m", "benchmarks.link_cost", "--serve", name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield psutil.Process(process.pid), int(process.stdout.readline())
        finally:
            process.kill()


# -- the devices --


def connect(port: int) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    key = base64.b64encode(os.urandom(16))
    sock.sendall(
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: " + key + b"\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += sock.recv(4096)
    assert answer.startswith(b"HTTP/1.1 101"), answer
    sock.setblocking(False)
    return sock


def masked(opcode: int, payload: bytes) -> bytes:
    """A frame with a mask that costs the sender nothing; the receiver cannot tell."""
    length = len(payload)
    header = (
        bytes((0x80 | opcode, 0x80 | length)) if length < 126 else struct.pack("!BBH", 0x80 | opcode, 254, length)
    )
    return header + b"\1\2\3\4" + payload


def answer_pings(sockets: list[socket.socket]) -> None:
    """Read what has come, which can only be pings, and answer it."""
    ready, _, _ = select_readable(sockets)
    for sock in ready:
        data = sock.recv(65536)
        while len(data) >= 2:
            length = data[1] & 0x7F
            if data[0] == 0x89:
                sock.send(masked(0xA, data[2 : 2 + length]))
            data = data[2 + length :]


def select_readable(sockets: list[socket.socket]) -> tuple[list[socket.socket], None, None]:
    poll = select.poll()
    by_number = {sock.fileno(): sock for sock in sockets}
    for number in by_number:
        poll.register(number, select.POLLIN)
    return [by_number[number] for number, _ in poll.poll(0)], None, None


def stream(sockets: list[socket.socket], seconds: float) -> int:
    """Send audio from all devices, evenly spread over the period; how many frames it was."""
    frame = masked(0x2, FRAME)
    start = time.perf_counter()
    sent = 0
    total = int(seconds / PERIOD) * len(sockets)
    while sent < total:
        due = min(total, int((time.perf_counter() - start) / PERIOD * len(sockets)))
        while sent < due:
            sockets[sent % len(sockets)].send(frame)
            sent += 1
        time.sleep(0.0005)
    return sent


def cpu_per_frame(name: str, devices: int, seconds: float) -> float:
    """Microseconds of the server's CPU, user and system, for one frame."""
    with running(name) as (process, port):
        sockets = [connect(port) for _ in range(devices)]
        stream(sockets, 1.0)
        before = process.cpu_times()
        sent = stream(sockets, seconds)
        time.sleep(0.05)
        after = process.cpu_times()
        for sock in sockets:
            sock.close()
    used: float = after.user + after.system - before.user - before.system
    return used / sent * 1e6


def memory_per_device(name: str, devices: int) -> float:
    """KiB of the server's resident memory for one idle device, after some pings."""
    with running(name) as (process, port):
        warm = [connect(port) for _ in range(20)]
        time.sleep(0.3)
        before: int = process.memory_info().rss
        sockets: list[socket.socket] = []
        for _ in range(devices):
            sockets.append(connect(port))
            if len(sockets) % 50 == 0:
                answer_pings(warm + sockets)
        end = time.monotonic() + 3
        while time.monotonic() < end:
            answer_pings(warm + sockets)
            time.sleep(0.05)
        after: int = process.memory_info().rss
        for sock in warm + sockets:
            sock.close()
    return (after - before) / devices / 1024


def report(costs: dict[str, list[float]], memory: dict[str, float], options: argparse.Namespace) -> Report:
    """The tables and the goals."""
    cpu = {name: statistics.median(values) for name, values in costs.items()}
    return Report(
        "What a link costs the server",
        f"{options.devices} devices stream 2,560-byte frames, one every 80 ms each, evenly spread, over loopback "
        f"from another process; {options.rounds} rounds of {options.seconds:g} s for each server in turn. Then "
        f"{options.idle} devices are idle and answer pings.",
        (
            Table(
                "CPU of the server's process for one frame, user and system",
                ("median, µs", "least, µs", "most, µs"),
                tuple(Row(name, (cpu[name], min(costs[name]), max(costs[name]))) for name in SERVERS),
                BASELINE,
            ),
            Table(
                "Resident memory for one idle device",
                ("KiB",),
                tuple(Row(name, (memory[name],)) for name in SERVERS),
                BASELINE,
            ),
        ),
        (
            Goal("CPU per frame against a bare websockets server", 1, cpu[TARS] / cpu[BASELINE], "×"),
            Goal("memory per idle device", 40, memory[TARS], "KiB"),
        ),
        ("tars.link sends heartbeats and measures round trips meanwhile; the others have their defaults.",),
    )


def main() -> None:
    """The command, and the servers that it starts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.link_cost", description="What a link costs.")
    parser.add_argument("--devices", type=int, default=200, help="that stream at once")
    parser.add_argument("--seconds", type=float, default=4.0, help="of streaming a round")
    parser.add_argument("--rounds", type=int, default=5, help="each server takes its turn in every one")
    parser.add_argument("--idle", type=int, default=1000, help="devices for the memory")
    parser.add_argument("--json", action="store_true", help="print the report for `python -m benchmarks`")
    parser.add_argument("--serve", choices=SERVERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        PROGRAMS[options.serve]()
        return
    costs: dict[str, list[float]] = {name: [] for name in SERVERS}
    for turn in range(options.rounds):
        print(f"round {turn + 1} of {options.rounds}", file=sys.stderr, flush=True)
        for name in SERVERS:
            costs[name].append(cpu_per_frame(name, options.devices, options.seconds))
    publish(report(costs, {name: memory_per_device(name, options.idle) for name in SERVERS}, options))


if __name__ == "__main__":
    main()
