"""How every story ends: the faults are over, people ask, get their answers, and leave. Then look what is left."""

from collections import Counter

import trio

from tars.pi.session_states import SessionState
from tests.fuzz import oracle
from tests.fuzz.device import DeviceProcess
from tests.fuzz.evidence import Evidence
from tests.fuzz.schedules import schedule
from tests.fuzz.story import Network, Story
from tests.fuzz.world import LOOK, World
from tests.support.pipes import Wire
from tests.support.virtual import run_virtual

GHOSTS_GONE = 14.0
"""Seconds until the server has given up every connection that nobody speaks on: a handshake or a `hello` that
never comes (5 each), silence (5.5), a goodbye that is not answered (1.5)."""
STEPS = 50_000
"""Task steps in one moment that nothing sensible needs: more is a livelock."""


def live(story: Story) -> Evidence:
    """Live through a story and judge it; raises `Broken`, with the story's timeline."""
    evidence = Evidence(resume=story.resume)
    try:
        with schedule(story.seed), evidence.recording():
            run_virtual(_live, story, evidence, steps=STEPS)
        oracle.judge(evidence)
    except BaseException as exc:
        exc.add_note(f"\n{story!r}\n\n{evidence.story()}\n")
        raise
    return evidence


async def _live(story: Story, evidence: Evidence) -> None:
    async with trio.open_nursery() as nursery:
        world = World(story, nursery, evidence)
        await world.open()
        before = count_tasks()
        nursery.start_soon(watch_connections, world)
        for move in story.moves:
            await world.make(move)
            await world.revive()
        await world.calm_down()
        await be_answered(world)
        await look_what_is_left(world, before)
        await leave(world)
        nursery.cancel_scope.cancel()


async def be_answered(world: World) -> None:
    """Everybody gets an answer within the promised time, and later at the first attempt."""
    for device in world.devices:
        await ask_until_answered(world, device)
    for device in world.devices:
        await rest(world, device)
    await trio.sleep(GHOSTS_GONE)
    dials = [len(device.seen.dials) for device in world.devices]
    for device in world.devices:
        if not await ask_and_wait(world, device):
            oracle.fail(f"{device.name} was asked again, much later, and had no answer")
        await rest(world, device)
    if dials != [len(device.seen.dials) for device in world.devices]:
        oracle.fail("a link was lost though nothing was wrong any more")
    if world.notes(world.kitchen.device_id):
        await be_answered_later(world)


async def be_answered_later(world: World) -> None:
    """What is asked in the kitchen without a link is answered when there is one."""
    device = world.kitchen
    await world.make(Network("refuse"))
    await world.make(Network("cut"))
    await world.until(lambda: not device.linked, LOOK)
    device.hotword()
    question = world.ask(device, "short")
    await trio.sleep(oracle.NOTED_WITHIN)
    world.network.relieve()
    if not await world.until(lambda: device.answered(question), oracle.PATIENCE):
        oracle.fail(f"{device.name} was asked without a link, and gave no answer when there was one")
    await world.until(lambda: all(device.linked for device in world.devices), oracle.PATIENCE)
    for device in world.devices:
        await rest(world, device)


async def ask_until_answered(world: World, device: DeviceProcess) -> None:
    """Ask again and again, as people do, whenever the device looks ready."""
    device.microphone.wake()
    end = trio.current_time() + oracle.RECOVERS_WITHIN
    while trio.current_time() < end:
        if await world.until(lambda: device.linked, LOOK) and await ask_and_wait(world, device):
            return
    oracle.fail(f"{device.name} had no answer for {oracle.RECOVERS_WITHIN:g} s after the last fault")


async def ask_and_wait(world: World, device: DeviceProcess) -> bool:
    """Hotword and question; whether the reply was heard to its end while one would wait for it."""
    device.hotword()
    await trio.sleep(0.3)
    question = world.ask(device, "short")
    return await world.until(lambda: device.answered(question), oracle.PATIENCE)


async def rest(world: World, device: DeviceProcess) -> None:
    """Wait until the session is over, at both ends."""

    def quiet() -> bool:
        assert world.server is not None
        known = world.server.devices[device.device_id]
        return device.manager.state is SessionState.IDLE and known.session is None

    if not await world.until(quiet, oracle.QUIET_WITHIN):
        oracle.fail(f"{device.name} and its server did not come to rest within {oracle.QUIET_WITHIN:g} s")


async def look_what_is_left(world: World, before: Counter[str]) -> None:
    """The same tasks as before the story, one connection for each device, and no other."""
    after = count_tasks()
    after.subtract({watch_connections.__module__ + "." + watch_connections.__qualname__: 1})
    if more := {name: after[name] - before[name] for name in before | after if after[name] != before[name]}:
        oracle.fail(f"tasks were left behind: {more}")
    for device in world.devices:
        if (count := len(open_wires(world, device.name))) != 1:
            oracle.fail(f"{device.name} has {count} connections")
    strays = [wire.owner for wire in world.network.wires if not wire.client.closed or not wire.server_closed]
    if len(strays) != len(world.devices):
        oracle.fail(f"connections were left open: {strays}")
    if left := (world.providers.open_ears, world.providers.thinking, world.providers.speaking) != ([], 0, 0):
        oracle.fail(f"workers are still busy: {left}")


def open_wires(world: World, owner: str) -> list[Wire]:
    """Connections whose ends are both open."""
    wires = world.network.wires
    return [wire for wire in wires if wire.owner == owner and not (wire.client.closed or wire.server_closed)]


async def leave(world: World) -> None:
    """Switch everything off, and see that everything closes."""
    for device in world.devices:
        await device.stop()
    assert world.server is not None
    await world.server.stop()
    if left := [wire for wire in world.network.wires if not wire.client.closed or not wire.server_closed]:
        oracle.fail(f"{len(left)} connections outlived their programs")


async def watch_connections(world: World) -> None:
    """Look at the network now and then: no program has two connections open, nor believes in a dead one."""
    dead_since: dict[Wire, float] = {}
    while True:
        now = trio.current_time()
        standing = [wire for wire in world.network.wires if not wire.client.closed]
        for owner, count in Counter(wire.owner for wire in standing).items():
            if count > 1:
                oracle.fail(f"{owner} had {count} connections open")
        dead_since = {wire: dead_since.get(wire, now) for wire in standing if wire.down.stalled}
        for wire, since in dead_since.items():
            if now > since + oracle.NOTICED_WITHIN:
                oracle.fail(f"{wire.owner} said that it was linked {now - since:.1f} s after its link was dead")
        await trio.sleep(0.5)


def count_tasks() -> Counter[str]:
    """All tasks there are, by name."""
    root = trio.lowlevel.current_root_task()
    assert root is not None
    names: Counter[str] = Counter()
    waiting = [root]
    while waiting:
        task = waiting.pop()
        names[task.name] += 1
        for nursery in task.child_nurseries:
            waiting.extend(nursery.child_tasks)
    return names
