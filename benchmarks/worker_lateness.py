"""Fifty idle links, and how late their heartbeats and control messages are while every speech worker is busy.

python -m benchmarks.worker_lateness [--json]
"""

import random
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import attrs
import msgspec
import trio

from benchmarks._table import Goal, Report, Row, Table, percentile, publish
from tars.link.connection import Connection
from tars.link.dialling import open_connection
from tars.link.heartbeat import HeartbeatPolicy
from tars.link.listener import serve_connections
from tars.link.policy import CLIENT_POLICY
from tars.logs import LogFormat, configure_logs
from tars.server.brains.skills.table import SKILLS
from tars.server.brains.templates import spec_of
from tars.server.stt.embedded import load_commands
from tars.server.stt.recogniser import Utterance
from tars.server.stt.settings import SpeechSettings
from tars.server.stt.wire import Setup
from tars.server.stt.workers import WorkerRecogniser, open_speech_workers
from tars.server.workers.policy import usable_cores
from tests.support.voices import in_room, speak

LINKS = 50
SECONDS = 20.0
EVERY = 0.5
"""Seconds between the control messages of one link."""
SETTLE = 2.0
"""Seconds in which the links come up, and nothing is measured."""
HOTWORDS = ["hey_jarvis"]
SENTENCES = ("hey jarvis, what time is it", "the cat sat on the mat and looked at the moon", "flip a coin")
CLIENTS = "--clients"


Load = Callable[..., Awaitable[None]]


@attrs.frozen
class Lateness:
    """Seconds from sending to the answer, over all links."""

    controls: list[float]
    heartbeats: list[float]


def main() -> None:
    """Measure, and print."""
    configure_logs(LogFormat.PRETTY, stream=sys.stderr)
    if CLIENTS in sys.argv:
        sys.stdout.buffer.write(msgspec.json.encode(trio.run(be_clients, int(sys.argv[-1]))))
        return
    quiet = trio.run(measure, None)
    busy = trio.run(measure, busy_workers)
    with busy_thread():
        inside = trio.run(measure, None)
    publish(
        report({"nobody speaks": quiet, "every worker busy": busy, "recognition in the server's process": inside})
    )


def report(cases: dict[str, Lateness]) -> Report:
    """The figures as tables."""
    tables = tuple(
        Table(
            caption,
            ("median, ms", "p99, ms", "longest, ms"),
            tuple(Row(name, _figures(getattr(lateness, kind))) for name, lateness in cases.items()),
            baseline="nobody speaks",
        )
        for caption, kind in (("Control messages there and back", "controls"), ("Heartbeats", "heartbeats"))
    )
    busy = cases["every worker busy"]
    goals = tuple(
        Goal(f"{what}, every worker busy, p99", 10.0, 1000 * percentile(values, 99), "ms")
        for what, values in (("control messages", busy.controls), ("heartbeats", busy.heartbeats))
    )
    return Report(
        "Heartbeats and control messages while others speak",
        f"{LINKS} links from a process of their own over loopback, for {SECONDS:g} s: each sends a control "
        f"message every {EVERY:g} s and is answered, and measures its heartbeats. Meanwhile nobody speaks, or "
        f"each of the {usable_cores()} speech workers (one per core) recognises without a pause, or one thread "
        "of the server's own process does, as a simpler design would have it.",
        tables,
        goals,
        (f"{len(busy.controls)} control messages and {len(busy.heartbeats)} heartbeats in each case, about.",),
    )


def _figures(values: list[float]) -> tuple[float, float, float]:
    return 1000 * percentile(values, 50), 1000 * percentile(values, 99), 1000 * max(values)


async def measure(load: Load | None) -> Lateness:
    """The server's side: answers, with the load beside it."""
    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        port = listeners[0].socket.getsockname()[1]
        await nursery.start(serve_connections, listeners, answer)
        if load is not None:
            await nursery.start(load)
        command = [sys.executable, "-m", "benchmarks.worker_lateness", CLIENTS, str(port)]
        done = await trio.run_process(command, capture_stdout=True)
        nursery.cancel_scope.cancel()
    return msgspec.json.decode(done.stdout, type=Lateness)


async def answer(connection: Connection) -> None:
    """Send back what comes in."""
    while True:
        await connection.send(await connection.receive())


async def busy_workers(*, task_status: trio.TaskStatus[None]) -> None:
    """Every speech worker recognises, one sentence after the other, as fast as it can."""
    async with open_speech_workers(hotwords=HOTWORDS) as recogniser, trio.open_nursery() as nursery:
        await recogniser.pool.wait_ready()
        for number in range(recogniser.pool.policy.processes):
            nursery.start_soon(recognise_for_ever, recogniser, f"busy-{number}")
        task_status.started()


async def recognise_for_ever(recogniser: WorkerRecogniser, session_id: str) -> None:
    """Keep one worker busy, in one session after the other: nobody may speak faster than time for long."""
    sentences = [in_room(speak(text), before=0.3, after=0.3) for text in SENTENCES]
    while True:
        async with recogniser.open(session_id) as listening:
            for sentence in sentences:
                listening.feed(sentence)
                listening.finish()
                async for event in listening.events:
                    if isinstance(event, Utterance):
                        break


@contextmanager
def busy_thread() -> Iterator[None]:
    """The same work in a thread of this process."""
    over = threading.Event()
    thread = threading.Thread(target=_recognise_in_thread, args=(over,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _recognise_in_thread(over: threading.Event) -> None:
    commands = load_commands(Setup(SpeechSettings(), spec_of(SKILLS), HOTWORDS))
    while not over.is_set():
        for text in SENTENCES:
            commands.read(in_room(speak(text), before=0.3, after=0.3), None, lambda: not over.is_set())


@asynccontextmanager
async def client(port: int) -> AsyncIterator[Connection]:
    """One device, whose heartbeat is measured often."""
    heartbeat = HeartbeatPolicy(measure_interval=EVERY)
    policy = attrs.evolve(CLIENT_POLICY, heartbeat=heartbeat)
    async with open_connection(f"ws://127.0.0.1:{port}/", policy=policy) as connection:
        yield connection


async def be_clients(port: int) -> Lateness:
    """The devices' side."""
    lateness = Lateness([], [])
    with trio.move_on_after(SETTLE + SECONDS):
        async with trio.open_nursery() as nursery:
            for number in range(LINKS):
                nursery.start_soon(be_client, port, random.Random(number), lateness)
    return lateness


async def be_client(port: int, rng: random.Random, lateness: Lateness) -> None:
    """One device: a control message now and then."""
    counts_from = trio.current_time() + SETTLE
    await trio.sleep(rng.uniform(0, EVERY))
    last: float | None = None
    async with client(port) as connection:
        while True:
            due = trio.current_time() + rng.uniform(0.5, 1.5) * EVERY
            await trio.sleep_until(due)
            await connection.send("{}")
            await connection.receive()
            if due < counts_from:
                continue
            lateness.controls.append(trio.current_time() - due)
            if connection.round_trip is not None and connection.round_trip != last:
                last = connection.round_trip
                lateness.heartbeats.append(last)


if __name__ == "__main__":
    main()
