"""Stories of links that break while somebody talks, or is talked to."""

import re
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import psutil
import trio

from benchmarks._programs import Event, Program
from tars.audio.formats import MICROPHONE
from tests.netlab.lab import Lab
from tests.netlab.outages import both_notice, moment
from tests.netlab.scripted_server import LEVEL
from tests.netlab.table import Note
from tests.support.limits import HANG
from tests.support.wav import read_wav

HOTWORD = "hey jarvis"
LONG = "hey jarvis, what can you do?"  # every answer to it takes seconds
TIME = "hey jarvis, what time is it?"


async def cut_while_streaming(lab: Lab, note: Note) -> None:
    """The way is cut without a word while the microphone is heard."""
    heard = lab.record((1.5, HOTWORD), seconds=3)
    async with lab.server() as server, lab.linked_device(microphone=heard) as device:
        await server.event("session_started", within=HANG)
        await lab.wait(1, 5)
        await both_notice(device, server, lab.cut(), note)


async def cut_and_healed(lab: Lab, note: Note) -> None:
    """A cut of ten seconds while the microphone is heard, and a second question afterwards."""
    heard = lab.record((1.5, HOTWORD), (32, HOTWORD), seconds=38)
    async with (
        lab.scripted_server() as server,
        lab.linked_device("--log-level", "debug", microphone=heard) as device,
    ):
        await server.event("session_started", within=HANG)
        await lab.wait(3, 5)
        cut = lab.cut()
        await device.event("link_down", within=HANG)
        await trio.sleep(cut + 10 - time.monotonic())
        healed = lab.heal()
        up = await device.event("link_up", within=HANG)
        note("device ready after the heal", moment(up) - healed)
        await server.event("session_started", within=HANG)
        await trio.sleep(5)
        opened = moment(device.logged("microphone_open")[0])
        ages = [age for file in lab.ears.glob("*.pcm") for age in ages_of(file, heard, opened)]
        note("frames heard later than 500 ms", sum(age > 0.5 for age in ages))
        note("frames heard", len(ages))
        note("oldest frame heard", max(ages))


def ages_of(ears: Path, heard: Path, opened: float) -> Sequence[float]:
    """How old each frame was when it reached the recogniser, without the pre-roll and what followed at once.

    A sample's position in the recording says when the microphone, opened at `opened`, gave it.
    """
    _, recording = read_wav(heard)
    pcm, ages, at, place = ears.read_bytes(), [], 0, 0
    for line in ears.with_suffix(".times").read_text().splitlines():
        when, size = line.split()
        frame, at = pcm[at : at + int(size)], at + int(size)
        place = recording.find(frame, place)
        if place >= 0 and at > MICROPHONE.bytes_in(3):
            ages.append(float(when) - opened - MICROPHONE.seconds(place + len(frame)))
        place = max(place, 0)
    return ages


async def lost_without_session(lab: Lab, note: Note) -> None:
    """The way is cut while nobody talks: that is logged, and nothing else happens."""
    async with lab.server() as server, lab.linked_device() as device:
        await server.event("worker_ready", within=HANG, worker="speech-0")
        await trio.sleep(2)  # whatever loads has loaded
        pids = family(server, device)
        before = len(server.seen)
        await both_notice(device, server, lab.cut(), note)
        lab.heal()
        await device.event("link_up", within=HANG)
        await server.event("device_connected", within=HANG)
        await trio.sleep(1)
        lines = [line["event"] for line in server.seen[before:]]
        note("lines at the server", len(lines) - lines.count("device_connected"))
        told = server.seen[before:] + device.seen
        note("lines about sessions", sum("session" in line["event"] for line in told))
        note("microphones opened", device.count("microphone_open"))
        note("processes exchanged", len(pids ^ family(server, device)))


def family(*programs: Program) -> set[int]:
    """The processes of these programs and of their workers."""
    heads = [psutil.Process(program.process.pid) for program in programs]
    return {process.pid for head in heads for process in (head, *head.children(recursive=True))}


async def lost_in_session(lab: Lab, note: Note) -> None:
    """The way is cut while the answer is spoken; afterwards the device is asked again."""
    heard = lab.record((1.5, LONG), (26, TIME), seconds=31)
    async with lab.server() as server:
        await server.event("worker_ready", within=HANG, worker="speech-0")
        async with lab.linked_device(microphone=heard) as device:
            await device.event("playback_started", within=HANG)
            pids = family(server, device)
            lab.cut()
            await server.event("device_disconnected", within=HANG)
            await device.event("link_down", within=HANG)
            lab.heal()
            await device.event("link_up", within=HANG)
            await device.event("session_started", within=HANG)
            await device.event("reply", within=HANG)
            note("processes exchanged", len(pids ^ family(server, device)))
        gone = moment(server.logged("device_disconnected")[0])
        _note_session_ends(server, gone, note)
        first, second = (line["session_id"] for line in server.logged("session_started"))
        note("sessions with an id of their own", len({first, second}))
        told = [text for text in texts(device.logged("reply")) if re.search(r"\d:\d\d [AP]M", text)]
        note("second question answered", len(told))


def _note_session_ends(server: Program, gone: float, note: Note) -> None:
    ends = server.logged("session_end", reason="disconnect")
    note("session ends of the lost one", len(ends))
    note("session ended after the loss was known", abs(moment(ends[0]) - gone))


async def work_stops(lab: Lab, note: Note) -> None:
    """The way is cut while the brain thinks, and again while the voice speaks."""
    for doing, acts in (("brain", {"think": 14}), ("voice", {"speak": 30})):
        heard = lab.record((1.5, HOTWORD), seconds=3)
        async with (
            lab.scripted_server(utter_after=2.5, **acts) as server,
            lab.linked_device(microphone=heard) as device,
        ):
            await server.event(f"{doing}_began", within=HANG)
            await lab.wait(0.5, 1.5)
            lab.cut()
            gone = await server.event("device_disconnected", within=HANG)
            await trio.sleep(1)  # what was to stop has been told by now, before that line or behind it
            ended = server.logged(f"{doing}_ended")[-1]
            note(f"{doing} cancelled", ended["cancelled"])
            note(f"{doing} stopped after the loss was known", abs(moment(ended) - moment(gone)))
            await device.event("link_down", within=HANG)
            lab.heal()


async def killed_while_speaking(lab: Lab, note: Note) -> None:
    """The server dies while its answer is spoken, and comes back: the device falls silent, and stays so."""
    heard, spoken = lab.record((1.5, HOTWORD), seconds=3), lab.folder / "spoken.wav"
    async with lab.scripted_server(utter_after=2.5, speak=20) as server:
        async with lab.linked_device("--speaker", f"wav:{spoken}", microphone=heard) as device:
            started = await device.event("playback_started", within=HANG)
            await lab.wait(1.5, 4)
            server.process.kill()
            down = await device.event("link_down", within=HANG)
            async with lab.scripted_server():
                await device.event("link_up", within=HANG)
                await trio.sleep(3)
        note("voice heard after the loss was known", voice_in(spoken) - (moment(down) - moment(started)))
        note("seconds of voice heard", voice_in(spoken))


def voice_in(recording: Path) -> float:
    """Seconds of a recording that are the scripted server's voice."""
    form, pcm = read_wav(recording)
    samples = np.frombuffer(pcm, "<i2").astype(int)
    return float(np.count_nonzero(np.abs(samples - LEVEL) < 200)) / form.rate


def texts(events: Sequence[Event]) -> list[str]:
    """What was said in these lines."""
    return [str(event["text"]) for event in events]
