"""Stories of links that break without a session: kills, cuts, short and long."""

import time

import psutil
import trio

from benchmarks._programs import Event, Program
from tests.netlab.lab import Lab
from tests.netlab.table import Note
from tests.support.limits import HANG


def moment(event: Event) -> float:
    """When something was logged, on the clock that all processes share."""
    return float(event["monotonic"])


async def both_notice(device: Program, server: Program, cut: float, note: Note) -> None:
    """Note how long after the cut each side says that the link is dead."""
    down = await device.event("link_down", within=HANG)
    gone = await server.event("device_disconnected", within=HANG)
    note("the device knows after", moment(down) - cut)
    note("the server knows after", moment(gone) - cut)


async def server_killed(lab: Lab, note: Note) -> None:
    """The server dies and is started again, while nobody talks."""
    async with lab.scripted_server() as server, lab.linked_device() as device:
        await lab.wait(0.3, 2)
        server.process.kill()
        note("first redial due after", (await device.event("link_down", within=HANG))["retry_in"])
        await lab.wait(0, 1)
        async with lab.scripted_server() as again:
            up = await device.event("link_up", within=HANG)
            note("device ready after the server listens", moment(up) - moment(again.logged("listening")[0]))


async def server_away(lab: Lab, note: Note) -> None:
    """The server is away for long; what the waiting costs, and how soon the device is back."""
    away = 600.0 if lab.full else 60.0
    async with lab.scripted_server() as server, lab.linked_device() as device:
        await trio.sleep(5)  # whatever loads has loaded
        process = psutil.Process(device.process.pid)
        linked = await cpu_share(process, 10)
        server.process.kill()
        down = await cpu_share(process, away)
        waits = device.logged("link_down")
        note("processor, of a core", 100 * down)
        note("processor, more than with a link", 100 * (down - linked))
        note("longest wait for a dial", max(event["retry_in"] for event in waits))
        note(f"dials in {away:g} s", len(waits) - 1)
        async with lab.scripted_server() as again:
            up = await device.event("link_up", within=HANG)
            note("device ready after the server listens", moment(up) - moment(again.logged("listening")[0]))


async def cpu_share(process: psutil.Process, seconds: float) -> float:
    """The share of a core that a process uses over that time."""
    before, began = process.cpu_times(), time.monotonic()
    await trio.sleep(seconds)
    after = process.cpu_times()
    return float(after.user + after.system - before.user - before.system) / (time.monotonic() - began)


async def silent_cut(lab: Lab, note: Note) -> None:
    """The way is cut without a word, while nobody talks."""
    async with lab.scripted_server() as server, lab.linked_device() as device:
        await lab.wait(0.5, 4)  # any point of the heartbeat's round
        await both_notice(device, server, lab.cut(), note)


async def short_cuts(lab: Lab, note: Note) -> None:
    """Twenty cuts of half a second, the first ones with a session under way."""
    heard = lab.record((1.5, "hey jarvis"), seconds=3)
    async with lab.scripted_server() as server, lab.linked_device(microphone=heard) as device:
        await server.event("session_started", within=HANG)
        for _ in range(20):
            await lab.wait(0.3, 1.5)
            lab.cut()
            await trio.sleep(0.5)
            lab.heal()
        await trio.sleep(6)  # longer than any silence that is not yet a dead link
        note("reconnects", device.count("link_down") + server.count("device_disconnected"))


async def blackouts(lab: Lab, note: Note) -> None:
    """Blackouts of two seconds, the first ones with a session under way."""
    heard = lab.record((1.5, "hey jarvis"), seconds=3)
    async with lab.scripted_server() as server, lab.linked_device(microphone=heard) as device:
        await server.event("session_started", within=HANG)
        for _ in range(8):
            await lab.wait(1.5, 3.5)
            lab.cut()
            await trio.sleep(2)
            lab.heal()
        await trio.sleep(6)
        note("reconnects", device.count("link_down") + server.count("device_disconnected"))


async def plug_pulled(lab: Lab, note: Note) -> None:
    """The plug is pulled at the device's end, and put in again after a while."""
    async with lab.scripted_server(), lab.linked_device() as device:
        await lab.wait(0.3, 1)
        lab.path.plug(in_=False)
        await device.event("link_down", within=HANG)
        await lab.wait(8, 12)  # the waits for a dial have grown long, and a dial to nowhere takes its time
        lab.path.plug(in_=True)
        plugged = time.monotonic()
        note("device ready after the plug is in", moment(await device.event("link_up", within=HANG)) - plugged)
