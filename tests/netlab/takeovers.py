"""Stories of devices that come twice: from the dead, or really."""

import time
import uuid

import trio

from tests.netlab.lab import Lab
from tests.netlab.raw import BINARY, Raw
from tests.netlab.table import Note
from tests.support.limits import HANG
from tests.support.wire import Router


async def power_lost(lab: Lab, note: Note) -> None:
    """The device loses its power, and is back before the server can know."""
    assert isinstance(lab.path, Router)
    async with lab.scripted_server() as server:
        async with lab.linked_device() as device:
            lab.cut()
            device.process.kill()
            lab.path.exchange_left()
            lab.heal()
            began = time.monotonic()
        async with lab.raw_device("lab"):
            note("takeover", time.monotonic() - began)
        ends = [event["reason"] for event in server.logged("device_disconnected")]
        note("ghosts taken over", sum("newer" in reason for reason in ends))
        async with lab.device() as back:
            up = await back.event("link_up", within=HANG)
        note("rejections", up["attempt"] - 1)


async def same_name_twice(lab: Lab, note: Note) -> None:
    """Two devices with the same id, until both know, and for two turns more."""
    async with lab.scripted_server() as server, lab.device() as one, lab.device() as other:
        for device in (one, other):
            await device.event("link_up", within=HANG)
        await trio.sleep(22)
        before = server.count("device_connected")
        await trio.sleep(60)
        note("swaps in 30 s", (server.count("device_connected") - before) / 2)
    lines = [line for line in server.seen if line["event"] in ("device_connected", "device_disconnected")]
    live, most = 0, 0
    for line in lines:
        live += 1 if line["event"] == "device_connected" else -1
        most = max(most, live)
    note("devices live at once", most)
    told = [line for device in (one, other) for line in device.logged("link_down")]
    note("losses that say why", sum("same" in line["reason"] for line in told) / len(told))


async def late_frames(lab: Lab, note: Note) -> None:
    """A connection that was taken over goes on sending audio."""
    before, late, new = (bytes([mark]) * 2_560 for mark in (1, 2, 3))
    async with lab.scripted_server() as server, lab.raw_device("lab") as old:
        session_id = await _wake(old)
        for _ in range(20):
            await old.send(BINARY, before)
        await trio.sleep(0.5)
        async with lab.raw_device("lab") as newer:
            began = time.monotonic()
            new_session = await _wake(newer)
            try:
                while time.monotonic() < began + 2:
                    await old.send(BINARY, late)
                    await newer.send(BINARY, new)
                    await trio.sleep(0.02)
            except trio.BrokenResourceError:  # the server hung up on the old one, as it should
                pass
            for _ in range(50):
                await newer.send(BINARY, new)
            await server.event("session_end", within=HANG, reason="disconnect")
            await trio.sleep(0.5)
            heard = b"".join(file.read_bytes() for file in lab.ears.glob("*.pcm"))
            note("late frames heard", heard.count(2) / 2_560)
            note("frames heard in time", (lab.ears / f"{session_id}.pcm").read_bytes().count(1) / 2_560)
            note("frames of the newer one heard", (lab.ears / f"{new_session}.pcm").read_bytes().count(3) / 2_560)


async def _wake(raw: Raw) -> str:
    session_id = str(uuid.uuid4())
    await raw.say("hotword_detected", session_id=session_id, hotword="hey_jarvis", score=0.9)
    return session_id
