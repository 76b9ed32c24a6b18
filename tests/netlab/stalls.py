"""Stories of peers that stand still: frozen, deaf, slow, or rude."""

import json
import os
import signal
import sys
import time
import uuid

import psutil
import trio

from benchmarks._programs import Event, Program
from benchmarks._table import percentile
from tars.link import Connection, LinkLost, serve_connections
from tars.messages import Hello, Welcome, decode_from_device, encode
from tests.netlab.lab import PORT, Lab
from tests.netlab.outages import moment
from tests.netlab.raw import BINARY, CLOSE, PING, PONG, TEXT, Raw
from tests.netlab.scripted_server import LEVEL
from tests.netlab.sessions import HOTWORD
from tests.netlab.table import Note
from tests.support.limits import HANG
from tests.support.wire import RIGHT, socket_inside


async def frozen_server(lab: Lab, note: Note) -> None:
    """The server stands still, on a link and in a handshake: its kernel still accepts, and acknowledges."""
    async with lab.scripted_server() as server, lab.linked_device() as device:
        await lab.wait(0.5, 3)
        server.process.send_signal(signal.SIGSTOP)
        stopped = time.monotonic()
        down = await device.event("link_down", within=HANG)
        note("device leaves a frozen link after", moment(down) - stopped)
        stalled = await device.event("link_down", within=HANG)
        note("device leaves a stalled handshake after", moment(stalled) - moment(down) - down["retry_in"])
        server.process.send_signal(signal.SIGCONT)
        await device.event("link_up", within=HANG)


async def accept_then_drop(lab: Lab, note: Note) -> None:
    """For a minute a server hangs up on everyone as soon as TCP has accepted."""
    connects = 0
    listener = _listener(lab)
    async with lab.device(), trio.open_nursery() as nursery:
        with trio.move_on_after(HANG):
            await (await listener.accept()).aclose()  # the first dial: from here on it is a minute
        with trio.move_on_after(60):
            while True:
                await (await listener.accept()).aclose()
                connects += 1
        nursery.cancel_scope.cancel()
    await listener.aclose()
    note("dials in a minute", connects)


async def welcome_then_drop(lab: Lab, note: Note) -> None:
    """For a minute a server welcomes everyone, and hangs up: a handshake alone is no success."""
    connects: list[float] = []

    async def handle(connection: Connection) -> None:
        connects.append(time.monotonic())
        try:
            hello = decode_from_device(str(await connection.receive()))
            assert isinstance(hello, Hello)
            await connection.send(encode(Welcome(1, "mad/1", hello.device_id)))
        except LinkLost:
            pass

    async with lab.device() as device, trio.open_nursery() as nursery:
        await nursery.start(serve_connections, [_listener(lab)], handle)
        await device.event("link_up", within=HANG)
        await trio.sleep(60)
        nursery.cancel_scope.cancel()
    note("dials in a minute", len(connects) - 1)


def _listener(lab: Lab) -> trio.SocketListener:
    plain = socket_inside(lab.path.right)
    plain.bind((RIGHT, PORT))
    plain.listen()
    return trio.SocketListener(trio.socket.from_stdlib_socket(plain))


async def deaf_device(lab: Lab, note: Note) -> None:
    """A device asks, and reads nothing of an answer of two minutes (4 MB), beside five that are well."""
    lab.few_buffers()
    async with (
        lab.scripted_server(utter_after=0.5, sentences=20, speak=6, pace=20) as server,
        trio.open_nursery() as nursery,
    ):
        honest, process = Honest(lab), psutil.Process(server.process.pid)
        for number in range(5):
            nursery.start_soon(honest.ping, number)
        await _deaf(lab, server, process)  # what is made once is there
        await trio.sleep(3)
        honest.take()
        await trio.sleep(5)
        before, memory = honest.take(), process.memory_info().rss
        for _ in range(3):
            given_up, most = await _deaf(lab, server, process)
            note("send given up after", given_up)
            note("memory more than before", (most - memory) / 2**20)
        during = honest.take()
        note("others' p99, more than before", 1e3 * (percentile(during, 99) - percentile(before, 99)))
        nursery.cancel_scope.cancel()


async def _deaf(lab: Lab, server: Program, process: psutil.Process) -> tuple[float, int]:
    """One such device: seconds until the server gives it up, and the most memory that it had meanwhile."""
    sizes = []

    async def watch() -> None:
        while True:
            sizes.append(process.memory_info().rss)
            await trio.sleep(0.02)

    async with trio.open_nursery() as nursery, lab.raw_device("deaf", receive_buffer=2_048) as deaf:
        nursery.start_soon(watch)
        await wake_and_speak(deaf)
        began = moment(await server.event("voice_began", within=HANG))
        gone = await server.event("device_disconnected", within=HANG, device_id="deaf")
        nursery.cancel_scope.cancel()
    return moment(gone) - began, max(sizes)


async def wake_and_speak(raw: Raw) -> None:
    """Start a session and say so much that the scripted ears have heard something whole."""
    await raw.say("hotword_detected", session_id=str(uuid.uuid4()), hotword="hey_jarvis", score=0.9)
    for _ in range(10):
        await raw.send(BINARY, bytes(2_560))


class Honest:
    """Devices that ask for a sign of life ten times a second, and answer the server's questions for it."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._round_trips: list[float] = []

    async def ping(self, number: int) -> None:
        """One such device, for as long as it is let."""
        async with self._lab.raw_device(f"honest-{number}") as raw:
            while True:
                began = time.monotonic()
                await raw.send(PING, b"honest")
                with trio.fail_after(HANG):
                    await self._pong(raw)
                self._round_trips.append(time.monotonic() - began)
                await trio.sleep(0.1)

    async def _pong(self, raw: Raw) -> None:
        while True:
            for opcode, payload in raw.frames():
                if opcode == PING:
                    await raw.send(PONG, payload)
                if opcode == PONG:
                    return
            await raw.read()

    def take(self) -> list[float]:
        """The round trips since the last call, in seconds."""
        taken, self._round_trips = self._round_trips, []
        return taken


async def slow_handler(lab: Lab, note: Note) -> None:
    """The server's ears take ten seconds to open, and its brain ten more to think."""
    heard = lab.record((1.5, HOTWORD), seconds=3)
    async with (
        lab.scripted_server(open=10, utter_after=8, think=10) as server,
        lab.linked_device(microphone=heard) as device,
    ):
        await server.event("brain_ended", within=HANG + 20)
        await trio.sleep(1)
        note("links lost", device.count("link_down") + server.count("device_disconnected"))
        note("answers", server.count("voice_began"))


async def cancelled_send(lab: Lab, note: Note) -> None:
    """A device stops reading in the middle of an answer; what it reads later is whole messages, and the end."""
    lab.few_buffers()
    async with (
        lab.scripted_server(utter_after=0.5, speak=20) as server,
        lab.raw_device("deaf", receive_buffer=2_048) as deaf,
    ):
        await wake_and_speak(deaf)
        await server.event("device_disconnected", within=HANG)
        corrupt, frames, ended = 0, 0, False
        with trio.move_on_after(5):
            try:
                while True:
                    await deaf.read()
                    for opcode, payload in deaf.frames():
                        frames += 1
                        corrupt += not is_whole(opcode, payload)
            except (EOFError, trio.BrokenResourceError):
                ended = True
            except ValueError:
                corrupt += 1
    note("connection dropped", ended)
    note("messages read", frames)
    note("corrupt messages", corrupt)


def is_whole(opcode: int, payload: bytes) -> bool:
    """Whether a frame is what the scripted server means to send."""
    if opcode == BINARY:
        return payload == LEVEL.to_bytes(2, "little") * (len(payload) // 2)
    if opcode == TEXT:
        return "type" in json.loads(payload)
    return opcode in (PING, PONG, CLOSE)


async def cancelled_by_device(lab: Lab, note: Note) -> None:
    """The server stands still while it is spoken to, and later hears what had come: it is whole."""
    lab.few_buffers()
    heard = lab.record((1.5, HOTWORD), seconds=12)
    async with lab.scripted_server() as server, lab.linked_device(microphone=heard) as device:
        await server.event("session_started", within=HANG)
        await trio.sleep(1)
        server.process.send_signal(signal.SIGSTOP)
        await device.event("link_down", within=HANG)
        server.process.send_signal(signal.SIGCONT)
        await device.event("link_up", within=HANG)
        await trio.sleep(1)
    recording = heard.read_bytes()
    (ears,) = lab.ears.glob("*.pcm")
    pcm = ears.read_bytes()
    note("seconds heard", len(pcm) / 32_000)
    note("audio that was not said", recording.find(pcm) < 0)
    note("traces of a bug", len(bugs(server)))


def bugs(program: Program) -> list[Event]:
    """Lines that tell of a bug; they are printed as well."""
    lines = [line for line in program.seen if "exception" in line or line.get("level") == "error"]
    for line in lines:
        print(line, file=sys.stderr)
    return lines


async def narrow_way(lab: Lab, note: Note) -> None:
    """64 kbit/s, a quarter of what speech needs, and somebody who talks again and again, and then never minds."""
    async with lab.server() as server, lab.linked_device() as device:
        await server.event("worker_ready", within=HANG, worker="speech-0")
        lab.narrow(8_000)
        process = psutil.Process(device.process.pid)
        await trio.sleep(2)
        memory = process.memory_info().rss
        for _ in range(5 if lab.full else 3):
            os.kill(device.process.pid, signal.SIGUSR1)  # the button: a session begins
            await device.event("session_started", within=HANG)
            await trio.sleep(11)
            os.kill(device.process.pid, signal.SIGUSR1)  # and again: never mind
            said = await device.event("session_end", within=HANG)
            heard = await server.event("session_end", within=HANG)
            note("control message there after", moment(heard) - moment(said))
        note("links lost", device.count("link_down"))
        note("memory more than before", (process.memory_info().rss - memory) / 2**20)
        dropped = [line["dropped_bytes"] for line in device.logged("audio_dropped")]
        note("seconds of audio dropped", max(dropped, default=0) / 32_000)
