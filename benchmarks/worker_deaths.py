"""Recognisers and voices that die, while somebody asks.

python -m benchmarks.worker_deaths [--json]
"""

import signal
import statistics
import sys
import time
from collections import defaultdict

import psutil
import trio

from benchmarks._device import Clip, Device, clip, open_device
from benchmarks._programs import Program, open_program, script
from benchmarks._table import Goal, Report, Row, Table, publish
from tests.support.limits import HANG
from tests.support.voices import VOICES

TIMES = 5
"""How often each of them dies in each way."""
READY = 10.0
"""Seconds until the next one is ready: a recogniser loads its models."""
TOLD = 1.0
"""Seconds until somebody whose question is lost is told so."""
STABLE = 10.5
"""Seconds that a process must live so that its death counts as a first one."""
LISTENING = 0.6
"""Seconds after the hotword at which the question is being said."""
POOLS = {"recogniser": "speech", "voice": "voice"}
MODULES = {"recogniser": "tars.server.stt.worker", "voice": "tars.server.tts.espeak_worker"}

Figures = defaultdict[str, list[float]]
"""Seconds, by what was measured."""
Counts = defaultdict[str, int]
"""Questions that were answered, by how they were asked."""


async def measure() -> tuple[Figures, Counts, int]:
    """Kill the only process of each kind, again and again; and how many links were lost."""
    figures, answered = Figures(list), Counts(int)
    question = clip("what time is it", voice=VOICES[0])
    command = [script("tars-server"), "--port", "0", "--no-web", "--log-format", "json"]
    async with open_program([*command, "--speech.processes", "1"]) as server:
        url = (await server.event("listening", within=HANG))["url"]
        for pool in POOLS.values():
            await server.nth("worker_ready", 1, within=HANG, worker=f"{pool}-0")
        async with open_device(url, "kitchen") as device:
            for number in range(TIMES):
                print(f"{number + 1} of {TIMES}", file=sys.stderr)
                for part in POOLS:
                    await trio.sleep(STABLE)
                    await _die_idle(server, part, device, question, figures, answered)
                await trio.sleep(STABLE)
                await _die_listening(server, device, question, figures, answered)
            return figures, answered, server.count("device_disconnected")


async def _die_idle(
    server: Program, part: str, device: Device, question: Clip, figures: Figures, answered: Counts
) -> None:
    """Kill it while nobody asks; somebody asks as soon as it is gone, when there is no other one yet."""
    async with trio.open_nursery() as nursery:
        await nursery.start(_kill, server, part, figures)
        answer = await device.ask(question)
    answered[f"asked while there was no {part}"] += answer.first_sample is not None


async def _die_listening(
    server: Program, device: Device, question: Clip, figures: Figures, answered: Counts
) -> None:
    """Kill the recogniser while it hears a question; it is asked again as soon as that has failed."""

    async def kill() -> None:
        await trio.sleep(LISTENING)
        killed_at.append(time.monotonic())
        await _kill(server, "recogniser", figures)

    killed_at: list[float] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(kill)
        lost = await device.ask(question)
        figures["somebody whose question is lost is told after"] += [at - killed_at[0] for at, _ in lost.errors]
        again = await device.ask(question)
    answered["asked again after one was lost"] += again.first_sample is not None


async def _kill(
    server: Program, part: str, figures: Figures, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Kill its only process; started when the server knows, over when there is another one that is ready."""
    worker = f"{POOLS[part]}-0"
    deaths, starts = (len(server.logged(event, worker=worker)) for event in ("worker_died", "worker_ready"))
    (process,) = [
        child for child in psutil.Process(server.process.pid).children() if MODULES[part] in child.cmdline()
    ]
    killed_at = time.monotonic()
    process.send_signal(signal.SIGKILL)
    await server.nth("worker_died", deaths + 1, within=HANG, worker=worker)
    task_status.started()
    ready = await server.nth("worker_ready", starts + 1, within=HANG, worker=worker)
    figures[f"{part} killed, the next one is ready after"].append(ready["monotonic"] - killed_at)


def report(figures: Figures, answered: Counts, lost: int) -> Report:
    """A line for every figure, and the goals."""
    rows = [Row(name, (statistics.median(times), max(times), len(times))) for name, times in figures.items()]
    return Report(
        "Recognisers and voices that die",
        "A tars-server with one process of each kind, and one device that asks. The process is killed (SIGKILL) "
        "just before a question begins, and, the recogniser, in the middle of one; that one is lost, and asked "
        "again.",
        (Table("Seconds", ("median", "longest", "times"), tuple(rows)),),
        (
            *(Goal(f"workers: {name}", _limit(name), max(times), "s") for name, times in figures.items()),
            *(
                Goal(f"workers: of {TIMES} questions {how}, answered", TIMES, count, "questions", at_least=True)
                for how, count in answered.items()
            ),
            Goal("workers: links lost meanwhile", 0, lost, "links"),
        ),
    )


def _limit(name: str) -> float:
    return READY if name.endswith("ready after") else TOLD


if __name__ == "__main__":
    publish(report(*trio.run(measure)))
