"""Stories of many at once: devices that return together, strangers, attackers, and a long run of faults."""

import signal
import time
from collections.abc import Sequence
from contextlib import suppress

import psutil
import trio

from benchmarks._programs import Program, module
from tests.netlab.lab import SECRET, Lab
from tests.netlab.outages import moment
from tests.netlab.raw import BINARY, CLOSE, TEXT, Raw, request
from tests.netlab.table import Note
from tests.support.limits import HANG

CROWD = 50
RESTART_SEC = 1.0
"""Seconds from a server's death to its successor's start, as tars-server.service has it. One that listened again
within a second would find more of fifty devices in the same tenth of it: see tests/link/test_backoff.py."""


async def crowd_restarted(lab: Lab, note: Note) -> None:
    """Fifty devices, and a server that restarts as its service manager asks it to."""
    await _crowd(lab, note, signal.SIGTERM)


async def crowd_killed(lab: Lab, note: Note) -> None:
    """Fifty devices, and a server that dies and is started again."""
    await _crowd(lab, note, signal.SIGKILL)


async def _crowd(lab: Lab, note: Note, how: signal.Signals) -> None:
    command = lab.path.at_left(module("tests.netlab.crowd", lab.url, CROWD))
    async with lab.scripted_server() as server, lab.program(command) as crowd:
        await _all_up(crowd, CROWD)
        await trio.sleep(11)  # longer than what makes a link stable
        server.process.send_signal(how)
        await server.process.wait()
        if how == signal.SIGKILL:
            await trio.sleep(RESTART_SEC)
        async with lab.scripted_server() as again:
            ups = [moment(event) for event in await _all_up(crowd, 2 * CROWD)][CROWD:]
            listening = moment(again.logged("listening")[0])
    for up in ups:
        note("device ready after the server listens", up - listening)
    note("handshakes in 100 ms", most_within(sorted(ups), 0.1))


async def _all_up(crowd: Program, number: int) -> list[dict[str, object]]:
    while len(crowd.logged("up")) < number:
        await crowd.event("up", within=HANG)
    return crowd.logged("up")


def most_within(moments: Sequence[float], window: float) -> int:
    """The most of these moments, in order, that lie within so many seconds."""
    return max(sum(1 for other in moments if at <= other < at + window) for at in moments)


async def strangers(lab: Lab, note: Note) -> None:
    """Three hundred that connect and leave, two hundred that never finish a request, and 256 descriptors."""
    async with lab.scripted_server(descriptors=256) as server, trio.open_nursery() as nursery:
        for _ in range(200):
            nursery.start_soon(_slowly, lab)
        for _ in range(300):
            nursery.start_soon(_come_and_go, lab)
        await trio.sleep(2)
        note("a legitimate client is served after", await _served(lab))
        async with lab.device() as device:
            up = await device.event("link_up", within=HANG)
            note("dials of tars-pi", up["attempt"])
        note("server alive", server.process.returncode is None)
        nursery.cancel_scope.cancel()


async def _served(lab: Lab) -> float:
    """Seconds until a client is served that dials again when a crowd has pushed it out."""
    began = time.monotonic()
    with trio.fail_after(HANG):
        while True:
            try:
                async with lab.raw_device("honest"):
                    return time.monotonic() - began
            except (EOFError, OSError, trio.BrokenResourceError):
                await trio.sleep(0.25)


async def _come_and_go(lab: Lab) -> None:
    await trio.sleep(lab.rng.uniform(0, 4))
    with suppress(OSError):  # it may find no room
        await trio.aclose_forcefully(await lab.stream())


async def _slowly(lab: Lab) -> None:
    """A request of which a byte comes now and then, again and again."""
    while True:
        try:
            async with await lab.stream() as stream:
                for byte in request(SECRET):
                    await stream.send_all(bytes([byte]))
                    await trio.sleep(lab.rng.uniform(0.5, 1.5))
        except (OSError, trio.BrokenResourceError):
            await trio.sleep(lab.rng.uniform(0.1, 1))


async def bad_input(lab: Lab, note: Note) -> None:
    """Wrong tokens, too large messages, and such as are none: each a thousand times (in CI a hundred)."""
    times = 1000 if lab.full else 100
    async with lab.scripted_server() as server:
        process = psutil.Process(server.process.pid)
        for kind in (_wrong_token, _oversize, _bad_json):  # what is made once is there
            await kind(lab, 1)
        descriptors = process.num_fds()
        closed = [took for kind in (_wrong_token, _oversize, _bad_json) for took in await kind(lab, times)]
        await trio.sleep(1)
        note("closed after", max(closed))
        note("connections", len(closed))
        note("descriptors more than before", process.num_fds() - descriptors)
        said = "".join(map(str, server.seen))
        note("tokens in the log", said.count(WRONG) + said.count(SECRET))


WRONG = "wrong-wrong-wrong-wrong-wrong-wrong"
BAD_MESSAGES = 100
"""On one link: more than the server bears."""


async def _wrong_token(lab: Lab, times: int) -> list[float]:
    took = []
    for _ in range(times):
        async with await lab.stream() as stream:
            raw = Raw(stream)
            began = time.monotonic()
            assert await raw.upgrade(WRONG) == 401
            with trio.fail_after(HANG):
                async for _ in stream:  # a page for people follows
                    pass
            took.append(time.monotonic() - began)
    return took


async def _oversize(lab: Lab, times: int) -> list[float]:
    took = []
    for _ in range(times):
        async with lab.raw_device("large") as raw:
            began = time.monotonic()
            with suppress(trio.BrokenResourceError):
                await raw.send(BINARY, bytes(70_000))
            await _until_end(raw)
            took.append(time.monotonic() - began)
    return took


async def _bad_json(lab: Lab, times: int) -> list[float]:
    took = []
    for _ in range(max(1, times // BAD_MESSAGES)):
        async with lab.raw_device("mad") as raw:
            began = time.monotonic()
            with suppress(trio.BrokenResourceError):
                for _ in range(BAD_MESSAGES):
                    await raw.send(TEXT, b"{")
            await _until_end(raw)
            took.append(time.monotonic() - began)
    return took


async def _until_end(raw: Raw) -> None:
    """Read, and answer a close, until the server hangs up."""
    with trio.fail_after(HANG):
        try:
            while True:
                await raw.read()
                for opcode, payload in raw.frames():
                    if opcode == CLOSE:
                        await raw.send(CLOSE, payload)
        except (EOFError, OSError, trio.BrokenResourceError):
            return


async def long_run(lab: Lab, note: Note) -> None:
    """A fault every five minutes for a day; in CI one every few seconds, twelve of them."""
    faults, pause = (288, 300.0) if lab.full else (12, 5.0)
    async with lab.scripted_server() as server, lab.linked_device() as device:
        processes = [psutil.Process(program.process.pid) for program in (server, device)]
        for _ in range(3):  # what is made once is there
            await _fault(lab, device)
        before = [(process.memory_info().rss, process.num_fds()) for process in processes]
        recovered = 0
        for _ in range(faults):
            began = trio.current_time()
            await _fault(lab, device)
            recovered += 1
            await trio.sleep_until(began + pause)
        after = [(process.memory_info().rss, process.num_fds()) for process in processes]
        for name, (rss, fds), (rss_after, fds_after) in zip(("server", "device"), before, after, strict=True):
            note(f"memory of the {name}, growth", 100 * (rss_after / rss - 1))
            note(f"descriptors of the {name}, growth", fds_after - fds)
        note("faults without recovery", faults - recovered)


async def _fault(lab: Lab, device: Program) -> None:
    """A cut that neither side can miss, or a takeover; then wait until the device is back."""
    if lab.rng.random() < 0.7:
        lab.cut()
        await device.event("link_down", within=HANG)
        await lab.wait(0, 2)
        lab.heal()
        await device.event("link_up", within=HANG)
    else:
        lab.cut()
        await trio.sleep(2)
        lab.heal()
