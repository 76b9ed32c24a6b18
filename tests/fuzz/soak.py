"""A day of faults, one every five minutes: does everybody come back each time, and does anything pile up?"""

import gc
import random
from collections.abc import Iterator, Sequence

import attrs
import psutil
import trio

from tests.fuzz import oracle
from tests.fuzz.ending import ask_until_answered, count_tasks, rest
from tests.fuzz.evidence import Evidence
from tests.fuzz.schedules import schedule
from tests.fuzz.story import Ask, Hotword, Kill, Move, Network, PowerCut, Restart, Story, Twin, Until, Wait
from tests.fuzz.world import World
from tests.support.faulty_network import FAULTS, MODES
from tests.support.virtual import run_virtual

EVERY = 300.0
"""Seconds between two faults."""
DAY = 288
"""Faults in a day."""
TROUBLES: Sequence[tuple[Move, ...]] = (
    *((Network(mode), Network("cut")) for mode in MODES if mode != "ok"),
    *((Network(fault),) for fault in FAULTS if fault not in MODES),
    (Restart(down=2),),
    (Kill(down=5),),
    (PowerCut(),),
    (Twin(),),
)
STEPS = 200_000
"""Task steps in one moment that nothing sensible needs."""


@attrs.frozen
class Sample:
    """What the program holds when all is quiet."""

    at: float
    """Virtual seconds since the beginning."""
    tasks: int
    connections: int
    """Open ends at the device and at the server."""
    objects: int
    """That the garbage collector knows."""
    memory: int
    """Resident bytes."""


@attrs.frozen
class Day:
    """How it went."""

    faults: tuple[str, ...]
    recoveries: tuple[float, ...]
    """Virtual seconds from the end of each fault until an answer had been heard."""
    samples: tuple[Sample, ...]
    """One before the first fault, and one after each twelfth, that is, each hour."""

    @property
    def growth(self) -> float:
        """How much more memory is held at the end than after the first hour, as a share of it."""
        first, last = self.samples[1], self.samples[-1]
        return last.memory / first.memory - 1


def soak(faults: int = DAY, *, seed: int = 0, resume: float = 0.0) -> Day:
    """Live through so many faults; raises `Broken` when a promise is not kept."""
    evidence = Evidence(resume=resume)
    try:
        with schedule(seed), evidence.recording():
            return run_virtual(_live, faults, evidence, Story(seed=seed, resume=resume), steps=STEPS, limit=1e7)
    except BaseException as exc:
        exc.add_note(evidence.story())
        raise


def _troubles(rng: random.Random) -> Iterator[tuple[Move, ...]]:
    """Each kind as often as any other, in a new order every time."""
    while True:
        yield from rng.sample(TROUBLES, len(TROUBLES))


def _name(trouble: tuple[Move, ...]) -> str:
    """The fault for people: `refuse, cut`, `Kill`."""
    return ", ".join(move.fault if isinstance(move, Network) else type(move).__name__ for move in trouble)


async def _live(faults: int, evidence: Evidence, story: Story) -> Day:
    rng = random.Random(story.seed)
    recoveries: list[float] = []
    samples: list[Sample] = []
    happened: list[str] = []
    async with trio.open_nursery() as nursery:
        world = World(story, nursery, evidence)
        await world.open()
        began = trio.current_time()
        samples.append(_sample(world, began))
        for number, trouble in zip(range(faults), _troubles(rng), strict=False):
            await _fault(world, trouble, rng)
            recoveries.append(await _recover(world))
            happened.append(_name(trouble))
            await trio.sleep_until(began + (number + 1) * EVERY)
            if (number + 1) % 12 == 0:
                samples.append(_sample(world, began))
        nursery.cancel_scope.cancel()
    return Day(tuple(happened), tuple(recoveries), tuple(samples))


async def _fault(world: World, trouble: tuple[Move, ...], rng: random.Random) -> None:
    """Something breaks, half of the time in the middle of an answer."""
    world.kitchen.microphone.wake()
    await trio.sleep(2)
    if rng.random() < 0.5:
        for said in (Hotword(), Wait(0.3), Ask("long"), Until("speaking")):
            await world.make(said)
    for move in trouble:
        await world.make(move)
    await trio.sleep(rng.uniform(0, 30))


async def _recover(world: World) -> float:
    """The fault is over: how long it takes until there is an answer again."""
    await world.calm_down()
    healed = trio.current_time()
    await ask_until_answered(world, world.kitchen)
    recovery = trio.current_time() - healed
    await rest(world, world.kitchen)
    world.kitchen.microphone.wake(awake=False)
    oracle.judge(world.evidence)
    world.evidence.forget()
    world.providers.asked.clear()
    return recovery


def _sample(world: World, began: float) -> Sample:
    world.network.forget_closed()
    world.network.dials.clear()
    gc.collect()
    wires = world.network.wires
    ends = sum(not wire.client.closed for wire in wires) + sum(not wire.server_closed for wire in wires)
    tasks = sum(count_tasks().values())
    return Sample(
        trio.current_time() - began, tasks, ends, len(gc.get_objects()), psutil.Process().memory_info().rss
    )
