"""A thousand devices whose server restarts, and two hundred that all speak at once.

python -m benchmarks.storm [--devices 1000] [--streams 200] [--json]
"""

import argparse
import signal
import socket
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import psutil
import trio

from benchmarks._fleet import Fleet, open_fleet
from benchmarks._programs import Program, module, open_program, script
from benchmarks._storm_report import Storm, Streaming, report, show
from benchmarks._table import publish
from tars.audio.formats import MICROPHONE
from tars.link.heartbeat import HeartbeatPolicy
from tars.link.policy import CLIENT_POLICY
from tars.messages import EndReason, HotwordDetected, SessionEnd
from tests.support.limits import HANG

DOWN = {signal.SIGKILL: 4.0, signal.SIGTERM: 0.0}
"""Seconds from the server's end to its new start: a crash takes its time, a restart has nothing to wait for."""
STABLE = 12.0
"""Seconds after which the links are stable, and what the devices went through before is forgotten."""
SETTLE = 3.0
"""Seconds after the last handshake, until its traces are gone from memory, and in the log."""
BACK_LIMIT = 90.0
"""Seconds after which devices that are not back have lost."""
FRAME_SECONDS = 0.04
"""As tars-pi sends by default."""
TICKS = 10
"""In the time of a frame: at each of them a tenth of the devices sends, for devices in life are not in step."""
ROUND_TRIP_EVERY = 0.5
"""Seconds between two round trips that a streaming device measures."""


def dropped_connections() -> int:
    """How many connections the kernel has turned away so far because nobody accepted them in time."""
    lines = [line.split() for line in Path("/proc/net/netstat").read_text(encoding="ascii").splitlines()]
    (names, values), *_ = [pair for pair in zip(lines[::2], lines[1::2], strict=True) if pair[0][0] == "TcpExt:"]
    return int(values[names.index("ListenDrops")])


def cpu_of(process: psutil.Process) -> float:
    """Seconds of processor time, user and system, of the process itself."""
    times = process.cpu_times()
    return float(times.user + times.system)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def server(port: int) -> AsyncIterator[Program]:
    """A tars-server with everything that it has."""
    command = [script("tars-server"), "--port", str(port), "--web.port", "0", "--log-format", "json"]
    async with open_program([*command, "--limits.connections", "5000"]) as program:
        yield program


async def memory(count: int) -> float:
    """KiB of the server's memory for each of so many devices that do nothing."""
    port = free_port()
    async with server(port) as program:
        await program.event("ready", within=HANG)
        process = psutil.Process(program.process.pid)
        before = int(process.memory_info().rss)
        async with open_fleet(f"ws://127.0.0.1:{port}/", count) as fleet:
            await fleet.until_up(count, within=BACK_LIMIT)
            await trio.sleep(SETTLE)
            return (int(process.memory_info().rss) - before) / count / 1024


async def restart(count: int, number: signal.Signals) -> Storm:
    """End the server of so many devices by that signal, start it again, and see how they come back."""
    port = free_port()
    async with open_fleet(f"ws://127.0.0.1:{port}/", count) as fleet:
        async with server(port) as program:
            await fleet.until_up(count, within=BACK_LIMIT)
            await trio.sleep(STABLE)
            gone_at = time.monotonic()
            program.process.send_signal(number)
            await program.process.wait()
        await fleet.until_up(0, within=HANG)
        await trio.sleep(DOWN[number])
        fleet.lag, dropped = 0.0, dropped_connections()
        async with server(port) as program:
            process = psutil.Process(program.process.pid)
            listening = (await program.event("listening", within=HANG))["monotonic"]
            before = cpu_of(process)
            await fleet.until_up(count, within=BACK_LIMIT)
            cpu = cpu_of(process) - before
            await trio.sleep(SETTLE)
            greeted = program.logged("device_connected")
    return Storm(
        name=number.name,
        devices=count,
        away=listening - gone_at,
        greeted=[event["monotonic"] - listening for event in greeted],
        dials=[at - listening for at in fleet.dials if at >= listening],
        dropped=dropped_connections() - dropped,
        cpu=cpu,
        lag=fleet.lag,
    )


async def streaming(count: int, seconds: float) -> Streaming:
    """So many devices with a session each, all sending what a microphone gives, to ears that count it."""
    policy = attrs.evolve(CLIENT_POLICY, heartbeat=HeartbeatPolicy(measure_interval=ROUND_TRIP_EVERY))
    async with open_program(module("benchmarks._stub_server")) as program:
        url = (await program.event("listening", within=HANG))["url"]
        async with open_fleet(url, count, policy=policy) as fleet:
            await fleet.until_up(count, within=BACK_LIMIT)
            sessions = [str(uuid.uuid4()) for _ in fleet.clients]
            for client, session_id in zip(fleet.clients, sessions, strict=True):
                client.send(HotwordDetected(session_id, "hey_jarvis", 0.9))
            await trio.sleep(1)
            process = psutil.Process(program.process.pid)
            fleet.lag, before, began = 0.0, cpu_of(process), time.monotonic()
            round_trips = await speak(fleet, seconds)
            cpu = (cpu_of(process) - before) / (time.monotonic() - began)
            lag = fleet.lag
            await trio.sleep(1)
            for client, session_id in zip(fleet.clients, sessions, strict=True):
                client.send(SessionEnd(session_id, EndReason.DEVICE))
            heard = [(await program.event("heard", within=HANG))["bytes"] for _ in sessions]
    sent = round(seconds / FRAME_SECONDS) * count
    lost = sent - sum(heard) / MICROPHONE.bytes_in(FRAME_SECONDS)
    return Streaming(devices=count, sent=sent, lost=lost, round_trips=round_trips, cpu=cpu, lag=lag)


async def speak(fleet: Fleet, seconds: float) -> list[float]:
    """Let every device send a frame each 40 ms; the round trips that their heartbeats measured meanwhile."""
    frame = bytes(MICROPHONE.bytes_in(FRAME_SECONDS))
    tick_seconds = FRAME_SECONDS / TICKS
    round_trips: list[float] = []
    began = trio.current_time()
    for tick in range(round(seconds / FRAME_SECONDS) * TICKS):
        for client in fleet.clients[tick % TICKS :: TICKS]:
            client.send_audio(frame)
        if tick % round(ROUND_TRIP_EVERY / tick_seconds) == 0:
            round_trips += [client.round_trip for client in fleet.clients if client.round_trip is not None]
        await trio.sleep_until(began + (tick + 1) * tick_seconds)
    return round_trips


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storm", description="A fleet in trouble.")
    parser.add_argument("--devices", type=int, default=1000)
    parser.add_argument("--streams", type=int, default=200, help="devices that speak at once")
    parser.add_argument("--seconds", type=float, default=20.0, help="of streaming")
    parser.add_argument("--json", action="store_true", help="print the report for `python -m benchmarks`")
    asked = parser.parse_args()
    kib = trio.run(memory, asked.devices)
    storms = [trio.run(restart, asked.devices, number) for number in DOWN]
    show(storms)
    publish(report(storms, kib, trio.run(streaming, asked.streams, asked.seconds)))


if __name__ == "__main__":
    main()
