"""What hearing costs: the memory of a speech worker that many voices have spoken to."""

import itertools
from collections.abc import Iterable

import attrs
import psutil
import trio

from benchmarks._hearing_cases import HOTWORD, Case
from tars.server.stt.recogniser import HotwordAlone, Utterance
from tars.server.stt.workers import WorkerRecogniser, open_speech_workers
from tars.server.workers.policy import WorkerPolicy
from tests.support.limits import HANG

UTTERANCES = 200
EARLY = 20
"""Utterances after which every buffer has been needed once."""


@attrs.frozen
class Memory:
    """Resident memory of one speech worker, in MB."""

    ready: float
    early: float
    """After the first utterances."""
    late: float
    """After all of them."""


async def measure_memory(cases: Iterable[Case]) -> Memory:
    """Let one worker hear `UTTERANCES` cases, each in a session of its own."""
    policy = WorkerPolicy(processes=1)
    async with open_speech_workers(hotwords=[HOTWORD], policy=policy) as recogniser:
        await recogniser.pool.wait_ready()
        worker = psutil.Process().children()[-1]
        ready, early = _resident(worker), 0.0
        for number, case in enumerate(itertools.islice(itertools.cycle(cases), UTTERANCES), start=1):
            with trio.fail_after(HANG):
                await _hear(recogniser, case)
            if number == EARLY:
                early = _resident(worker)
        return Memory(ready, early, _resident(worker))


def _resident(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 1e6


async def _hear(recogniser: WorkerRecogniser, case: Case) -> None:
    async with recogniser.open("memory") as listening:
        listening.feed(case.pcm)
        listening.finish()
        async for event in listening.events:
            if isinstance(event, Utterance | HotwordAlone):
                return
