"""Start, dead links and restarts, with the real programs: how long until each side knows, and is back.

python -m benchmarks.start_up [--json]
"""

import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import attrs
import trio

from benchmarks._programs import Program, open_program, script
from benchmarks._table import Goal, Report, Row, Table, percentile, publish
from tars.audio.formats import MICROPHONE
from tars.audio.wav import WavWriter
from tests.support.limits import HANG
from tests.support.voices import in_room, noise, speak
from tests.support.wire import NORMAL, RIGHT, Wire, open_wire

STARTS = 10
SERVER_STARTS = 5
CUTS = 4
BLACKOUTS = 4
RESTARTS = 4
SETTLE = 4.0
"""Seconds after the hotword was heard before memory is read: everything that loads has loaded."""
SECRET = "benchmark-benchmark-benchmark-benchmark"
TOKEN = {"TARS_TOKEN": SECRET, "TARS_SERVER_TOKEN": SECRET}
"""The server listens beyond loopback in its namespace, which it does for devices with a token only."""


@attrs.frozen
class Microphones:
    """WAV files to be heard in real time."""

    silent: str
    talking: str
    """A hotword after a second, then a quiet room; it is streamed until the session times out."""


@contextmanager
def microphones() -> Iterator[Microphones]:
    """The files, in a folder that goes with the block."""
    with tempfile.TemporaryDirectory() as folder:
        files = Microphones(str(Path(folder, "silent.wav")), str(Path(folder, "talking.wav")))
        for path, pcm in (
            (files.silent, noise(5, rms=20)),
            (files.talking, in_room(speak("hey jarvis"), before=1.5, after=40)),
        ):
            with closing(WavWriter(path, MICROPHONE)) as writer:
                writer.write(pcm)
        yield files


def server_command(host: str, port: int) -> list[str]:
    return [script("tars-server"), "--host", host, "--port", str(port), "--no-web", "--log-format", "json"]


def pi_command(url: str, microphone: str) -> list[str]:
    sound = ["--microphone", f"wav:{microphone}", "--speaker", "null"]
    return [script("tars-pi"), "--server", url, "--device-id", "benchmark", *sound, "--log-format", "json"]


async def measure_start(url: str, files: Microphones) -> list[float]:
    """Seconds from the start of the process to its link being up, for each of several starts."""
    times = []
    for _ in range(STARTS):
        started = time.monotonic()
        async with open_program(pi_command(url, files.silent)) as device:
            times.append((await device.event("link_up", within=HANG))["monotonic"] - started)
    return times


async def measure_server_start() -> list[float]:
    """Seconds from the start of tars-server until it hears and speaks, for each of several starts."""
    times = []
    for _ in range(SERVER_STARTS):
        started = time.monotonic()
        async with open_program(server_command("127.0.0.1", 0)) as server:
            times.append((await server.event("ready", within=HANG))["monotonic"] - started)
    return times


async def measure_memory(url: str, files: Microphones) -> tuple[float, float]:
    """MB that tars-pi holds (resident, and of that its own) once it has heard a hotword."""
    async with open_program(pi_command(url, files.talking)) as device:
        await device.event("hotword", within=HANG)
        await trio.sleep(SETTLE)
        return memory_of(device.process.pid)


def memory_of(pid: int) -> tuple[float, float]:
    """MB that the process has in memory, and how much of it is shared with nobody."""
    kilobytes: Counter[str] = Counter()
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value, _ = line.split()
        kilobytes[name] += int(value)
    own = kilobytes["Private_Clean:"] + kilobytes["Private_Dirty:"]
    return kilobytes["Rss:"] * 1024 / 1e6, own * 1024 / 1e6


@attrs.frozen
class Noticed:
    """Seconds from a cut until each side said that the link is dead."""

    device: list[float]
    server: list[float]


async def measure_cuts(wire: Wire, server: Program, url: str, files: Microphones, *, streaming: bool) -> Noticed:
    """Cut the wire without a word, while idle or in a session, and see who notices when."""
    noticed = Noticed([], [])
    rng = random.Random(1)
    for _ in range(CUTS):
        command = wire.at_left(pi_command(url, files.talking if streaming else files.silent))
        async with open_program(command, env=TOKEN) as device:
            await device.event("session_started" if streaming else "link_up", within=HANG)
            await trio.sleep(3 + 2 * rng.random())  # at any point of the heartbeat's round
            wire.change(NORMAL.cut())
            cut = time.monotonic()
            noticed.device.append((await device.event("link_down", within=HANG))["monotonic"] - cut)
            noticed.server.append((await server.event("device_disconnected", within=HANG))["monotonic"] - cut)
            wire.change(NORMAL)
    return noticed


async def measure_blackouts(wire: Wire, url: str, files: Microphones) -> int:
    """How many links broke in blackouts of two seconds, idle and in a session."""
    broken = 0
    rng = random.Random(2)
    for microphone, ready in ((files.silent, "link_up"), (files.talking, "session_started")):
        async with open_program(wire.at_left(pi_command(url, microphone)), env=TOKEN) as device:
            await device.event(ready, within=HANG)
            for _ in range(BLACKOUTS):
                await trio.sleep(2 + 2 * rng.random())
                wire.change(NORMAL.cut())
                await trio.sleep(2)
                wire.change(NORMAL)
            await trio.sleep(5)
            broken += device.count("link_down")
    return broken


@attrs.frozen
class Back:
    """Seconds until the device was back."""

    after_listening: list[float]
    """From the new server's being ready to the link's being up."""
    first_redial: list[float]
    """What the device waited before its first redial."""


async def measure_restarts(port: int, files: Microphones, outages: Sequence[float]) -> Back:
    """Kill the server, start it again after a while, and see when the device is back."""
    back = Back([], [])
    url = f"ws://127.0.0.1:{port}/"
    async with open_program(pi_command(url, files.silent)) as device:
        for outage in (0.0, *outages):
            async with open_program(server_command("127.0.0.1", port)) as server:
                listening = (await server.event("listening", within=HANG))["monotonic"]
                up = (await device.event("link_up", within=HANG))["monotonic"]
                if outage:
                    back.after_listening.append(up - listening)
                await trio.sleep(11)  # longer than what makes a link stable
                server.process.kill()
            down = await device.event("link_down", within=HANG)
            back.first_redial.append(down["retry_in"])
            await trio.sleep(outage)
    return back


def progress(line: str) -> None:
    print(line, file=sys.stderr)


async def measure() -> Report:
    """All of it."""
    with microphones() as files:
        progress("starts and memory")
        server_starts = await measure_server_start()
        async with open_program(server_command("127.0.0.1", 0)) as server:
            url = (await server.event("listening", within=HANG))["url"]
            starts = await measure_start(url, files)
            rss, own = await measure_memory(url, files)
        progress("cuts and blackouts")
        with open_wire() as wire:
            async with open_program(wire.at_right(server_command(RIGHT, 7456)), env=TOKEN) as server:
                url = (await server.event("listening", within=HANG))["url"]
                idle = await measure_cuts(wire, server, url, files, streaming=False)
                streaming = await measure_cuts(wire, server, url, files, streaming=True)
                broken = await measure_blackouts(wire, url, files)
        progress("restarts")
        back = await measure_restarts(17456, files, (3.0, 10.0, 25.0))
    return report((starts, server_starts), (rss, own), (idle, streaming), broken, back)


def spread(name: str, seconds: Sequence[float]) -> Row:
    """Median, largest and number of some times."""
    return Row(name, (statistics.median(seconds), max(seconds), len(seconds)))


def report(
    starts: tuple[list[float], list[float]],
    memory: tuple[float, float],
    noticed: tuple[Noticed, Noticed],
    broken: int,
    back: Back,
) -> Report:
    """The table and the goals."""
    idle, streaming = noticed
    pi_starts, server_starts = starts
    rows = (
        spread("tars-pi from start to link up", pi_starts),
        spread("tars-server from start to ready", server_starts),
        spread("silent cut, idle: the device knows after", idle.device),
        spread("silent cut, idle: the server knows after", idle.server),
        spread("silent cut, streaming: the device knows after", streaming.device),
        spread("silent cut, streaming: the server knows after", streaming.server),
        spread("server killed: first redial due after", back.first_redial),
        spread("server killed and restarted: device back after the server listens", back.after_listening),
    )
    return Report(
        "Start, dead links, restarts",
        "The real programs as processes, with their defaults. Cuts and blackouts are made on the wire of the link "
        "benchmark: packets vanish, and neither end sees a FIN, a reset or a lost carrier. The restarts follow "
        "outages of 3, 10 and 25 s.",
        (
            Table("Seconds", ("median, s", "longest, s", "times"), rows),
            Table(
                "tars-pi after its first hotword", ("resident, MB", "of it its own, MB"), (Row("tars-pi", memory),)
            ),
        ),
        (
            Goal("tars-pi from start to link up, median", 1, statistics.median(pi_starts), "s"),
            Goal("tars-server from start to ready, longest", 3, max(server_starts), "s"),
            Goal("tars-pi resident with a hotword loaded", 120, memory[0], "MB"),
            Goal("silent cut noticed, idle, both sides, longest", 6, max(*idle.device, *idle.server), "s"),
            Goal(
                "silent cut noticed, streaming, both sides, longest",
                4,
                max(*streaming.device, *streaming.server),
                "s",
            ),
            Goal(f"links broken by {2 * BLACKOUTS} blackouts of 2 s", 0, broken, "links"),
            Goal("first redial after a loss, longest", 0.3, max(back.first_redial), "s"),
            Goal("device back after the server listens again, p95", 6, percentile(back.after_listening, 95), "s"),
        ),
    )


if __name__ == "__main__":
    publish(trio.run(measure))
