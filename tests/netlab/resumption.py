"""Stories in which nothing that was said is lost: resumed sessions, questions asked offline, planned restarts."""

import signal
import time

import trio

from tests.netlab.lab import Lab
from tests.netlab.outages import moment
from tests.netlab.sessions import HOTWORD, texts, voice_in
from tests.netlab.table import Note
from tests.support.limits import HANG
from tests.support.plain_words import plain_words

WINDOW = {"TARS_SESSION_RESUME_WINDOW": "60"}
HUMOR = "set the humor to seventy percent"


async def cut_in_a_sentence(lab: Lab, note: Note) -> None:
    """Five seconds without a way in the middle of a sentence."""
    heard = lab.record((1.5, f"{HOTWORD}, {HUMOR}"), seconds=6)
    async with lab.server(**WINDOW) as server:
        await server.event("worker_ready", within=HANG, worker="speech-0")
        async with lab.linked_device(microphone=heard, **WINDOW) as device:
            await device.event("hotword", within=HANG)
            await lab.wait(0, 0.8)
            lab.cut()
            await trio.sleep(5)
            healed = lab.heal()
            reply = await device.event("reply", within=HANG)
            note("answered after the heal", moment(reply) - healed)
            await device.event("playback_complete", within=HANG)
    final = [line for line in device.logged("transcript") if line["final"]]
    note("understood to the word", list(map(plain_words, texts(final))) == [HUMOR])
    note("answered right", "70" in reply["text"] or "seventy" in reply["text"])
    note("links lost", device.count("link_down"))
    note("sessions", server.count("session_started"))


async def cut_in_an_answer(lab: Lab, note: Note) -> None:
    """Five seconds without a way in the middle of an answer of eight."""
    heard, spoken = lab.record((1.5, HOTWORD), seconds=3), lab.folder / "spoken.wav"
    async with (
        lab.scripted_server(utter_after=2.5, speak=8, resume_window=60) as server,
        lab.linked_device("--speaker", f"wav:{spoken}", microphone=heard, **WINDOW) as device,
    ):
        await device.event("playback_started", within=HANG)
        await lab.wait(0.5, 3)
        lab.cut()
        await device.event("link_down", within=HANG)
        await lab.wait(0, 2)
        lab.heal()
        await device.event("playback_complete", within=HANG)
    note("seconds of voice lost or doubled", abs(voice_in(spoken) - 8))
    note("session ends", server.count("session_end"))


async def asked_offline(lab: Lab, note: Note) -> None:
    """A question while there is no way to the server; it is asked when there is one again."""
    heard = lab.record((9, f"{HOTWORD}, what is two plus two?"), seconds=14)
    async with (
        lab.scripted_server() as first,
        lab.linked_device(microphone=heard, TARS_SESSION_OFFLINE_QUESTIONS="true") as device,
    ):
        first.process.kill()
        await device.event("link_down", within=HANG)
        lab.cut()
        async with lab.server() as again:  # somebody who can answer, and has loaded whatever that takes
            await again.event("worker_ready", within=HANG, worker="speech-0")
            asked = await device.event("hotword", within=HANG)
            await trio.sleep(max(0, moment(asked) + 5 - time.monotonic()))
            healed = lab.heal()
            reply = await device.event("reply", within=HANG)
            note("answered after the heal", moment(reply) - healed)
            note("answered right", "4" in reply["text"] or "four" in reply["text"].lower())
            await device.event("playback_complete", within=HANG)


async def planned_restart(lab: Lab, note: Note) -> None:
    """The server is told to stop, as a service manager does it, and starts again."""
    async with lab.scripted_server() as server, lab.linked_device() as device:
        await lab.wait(1, 3)
        told = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        with trio.fail_after(HANG):
            status = await server.process.wait()
        note("server gone after", time.monotonic() - told)
        note("exit status", status)
        down = await device.event("link_down", within=HANG)
        note("the device knows why", "restart" in down["reason"])
        async with lab.scripted_server() as again:
            up = await device.event("link_up", within=HANG)
            note("device ready after the server listens", moment(up) - moment(again.logged("listening")[0]))
