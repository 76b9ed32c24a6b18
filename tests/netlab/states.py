"""Devices that are lost in every state of a session, in every way."""

import socket
import struct
import uuid
from collections import Counter
from itertools import product

import trio

from tars.link.sockets import raw_socket
from tests.netlab.lab import Lab
from tests.netlab.raw import BINARY, CLOSE, Raw
from tests.netlab.stalls import bugs
from tests.netlab.table import Note
from tests.support.limits import HANG

STATES = ("idle", "begun", "listening", "thinking", "speaking", "waiting", "interrupted", "ended")
WAYS = ("reset", "end", "close", "takeover")
AUDIO = bytes(2_560)


async def lost_in_every_state(lab: Lab, note: Note) -> None:
    """Each state with each way, at once and again and again; then every device is served as ever."""
    rounds = 315 if lab.full else 4  # 32 pairs each, so 10,080 in full
    walks, served = 0, 0
    async with lab.scripted_server(utter_after=0.3, think=0.4, speak=0.5) as server:
        for _ in range(rounds):
            async with trio.open_nursery() as nursery:
                for state, way in product(STATES, WAYS):
                    nursery.start_soon(_lose, lab, f"{state}-{way}", state, way)
                    walks += 1
        await trio.sleep(1)
        for state, way in product(STATES, WAYS):
            async with lab.raw_device(f"{state}-{way}") as raw:
                await _reach(raw, "thinking")
                served += 1
        await trio.sleep(1)
        begun, ended = (
            [line["session_id"] for line in server.logged(name)] for name in ("session_started", "session_end")
        )
        note("devices lost", walks)
        note("devices not served afterwards", len(STATES) * len(WAYS) - served)
        note(
            "sessions without exactly one end",
            len(Counter(begun) - Counter(ended)) + len(Counter(ended) - Counter(begun)),
        )
        note("ears left open", server.count("ears_opened") - server.count("ears_closed"))
        note("traces of a bug", len(bugs(server)))


async def _lose(lab: Lab, device_id: str, state: str, way: str) -> None:
    async with lab.raw_device(device_id) as raw:
        with trio.fail_after(HANG):
            await _reach(raw, state)
        if way == "reset":
            sock = raw_socket(raw.stream)
            assert sock is not None
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif way == "close":
            await raw.send(CLOSE, struct.pack("!H", 1000))
        elif way == "takeover":
            async with lab.raw_device(device_id):
                await trio.sleep(0.05)


async def _reach(raw: Raw, state: str) -> None:
    """Hold a conversation until that state."""
    if state == "idle":
        return
    session_id = str(uuid.uuid4())
    await raw.say("hotword_detected", session_id=session_id, hotword="hey_jarvis", score=0.9)
    if state == "begun":
        return
    await raw.until("session_started")
    if state == "listening":
        await raw.send(BINARY, AUDIO)
        return
    for _ in range(5):
        await raw.send(BINARY, AUDIO)
    await raw.until("transcript")
    if state == "thinking":
        return
    utterance_id = (await raw.until("start_of_tts_stream"))["utterance_id"]
    if state == "interrupted":
        await raw.say("interrupt", utterance_id=utterance_id)
        await raw.send(BINARY, AUDIO)
    elif state != "speaking":
        await raw.until("tts_stream_end")
        await raw.say("playback_complete", utterance_id=utterance_id)
        if state == "ended":
            await raw.say("session_end", session_id=session_id, reason="device")
