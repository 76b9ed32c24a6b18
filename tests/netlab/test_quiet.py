"""No program looks up a name, opens a connection or leaves a file that its user has not asked for."""

import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ctypes.util import find_library
from pathlib import Path

import attrs
import pytest
import trio

from benchmarks._programs import Program, script
from tests.netlab.lab import PORT, SECRET, Lab, open_lab
from tests.netlab.recorder import ANYWHERE, IPV6, Recorder, open_recorder
from tests.netlab.rooms import HOME, Room, make_room
from tests.support.limits import HANG
from tests.support.real import need
from tests.support.wire import LEFT, RIGHT, Router, obstacle
from tests.support.wire.namespaces import inside

MINUTE = 60.0
"""Seconds; onnxruntime's telemetry dials about 11, 17 and 27 s after the start."""
THIRD = "192.0.2.3"
OWN = (f"{HOME}/.config/tars/", f"{HOME}/.local/state/tars/")
"""The folders that are ours."""
NOSY = """
import pathlib, socket, tempfile
for name in ("telemetry.example", "2001:db8:1::1"):
    try:
        socket.create_connection((name, 443), timeout=5)
    except OSError:
        pass
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.sendto(b"", ("203.0.113.1", 1900))
(pathlib.Path.home() / ".cache").mkdir()
(pathlib.Path.home() / ".cache" / "identity").touch()
tempfile.mkdtemp(prefix="left-")
"""


@attrs.frozen
class World:
    """Three ends of one router, each with a room, and whoever writes down what they do."""

    lab: Lab
    router: Router
    recorder: Recorder
    third: int

    @asynccontextmanager
    async def program(self, room: Room, end: int, *command: str, **variables: str) -> AsyncIterator[Program]:
        async with self.lab.program(inside(end, room.command(command, **variables))) as running:
            yield running

    def room(self, name: str) -> Room:
        return make_room(self.lab.folder / name, self.lab.folder)


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    missing = obstacle()
    need(missing is None, missing or "")
    with open_lab(router=True) as lab:
        router = lab.path
        assert isinstance(router, Router)
        ends = (router.left, router.right, router.further_end(THIRD))
        async with open_recorder(router, *ends) as recorder:
            yield World(lab, router, recorder, ends[2])


@pytest.mark.trio
@pytest.mark.real
async def test_what_a_program_looks_up_dials_and_leaves_is_seen() -> None:
    async with world() as here:
        room = here.room("nosy")
        async with here.program(room, here.third, sys.executable, "-c", NOSY) as nosy:
            with trio.fail_after(HANG):
                assert await nosy.process.wait() == 0
        seen, written = here.recorder, room.written()
    assert set(seen.lookups) == {"telemetry.example"}
    dialled = {(packet.destination, packet.to_port) for packet in seen.packets}
    wanted = {(ANYWHERE, 443), ("203.0.113.1", 1900)}
    if IPV6:
        wanted.add(("2001:db8:1::1", 443))
    assert dialled == wanted
    left = {path.rpartition("/left-")[0] or path for path in written}
    assert left == {f"{HOME}/.cache/identity", "/tmp"}


WATCHING = """
from urllib.request import urlopen
for page in ("", "healthz", "metrics"):
    urlopen(f"http://127.0.0.1:7457/{page}", timeout=120).read()
"""
COMPLETION = frozenset({f"{HOME}/.bashrc", f"{HOME}/.local/share/bash-completion/completions/tars-pi"})
"""What `--install-completion` is for; its help says so."""
SOUND_SERVERS = (f"{HOME}/.config/pulse/", f"{HOME}/.pulse-cookie", "/tmp/pulse-", "/dev/shm/jack", "/tmp/jack")
"""What the client libraries of PulseAudio and JACK leave where `audio-devices` lets PortAudio look for cards; so
SECURITY.md says."""
COMMANDS = (
    ("tars-server", "--version"),
    ("tars-server", "ask", "--json", "what", "time", "is", "it"),
    ("tars-server", "make-token"),
    ("tars-server", "make-certificate"),
    ("tars-server", "pair", "kitchen"),
    ("tars-server", "pair", "hall", "--address", "wss://tars.example:443/"),
    ("tars-server", "pair", "attic", "--legacy"),
    ("tars-server", "rename", "kitchen", "scullery"),
    ("tars-server", "devices"),
    ("tars-server", "unpair", "scullery"),
    ("tars-server", "systemd-unit", "--user", "daemon"),
    ("tars-pi", "--help"),
    ("tars-pi", "audio-devices"),
    ("tars-pi", "--install-completion", "--shell", "bash"),
    ("tars-pi", "pair", "ws://192.0.2.77:7456/", "a-token-that-somebody-made-up", "--device-id", "kitchen"),
)


@pytest.mark.trio
@pytest.mark.real
async def test_the_commands_keep_to_themselves() -> None:
    need(find_library("portaudio") is not None, "PortAudio (apt: libportaudio2)")
    async with world() as here:
        room = here.room("commands")
        for name, *arguments in COMMANDS:
            async with here.program(room, here.third, script(name), *arguments) as command:
                with trio.fail_after(HANG):
                    assert await command.process.wait() == 0, (name, *arguments)
        seen, written = here.recorder, room.written()
    assert (seen.lookups, seen.packets) == ([], set())
    assert {path for path in written if not path.startswith((*OWN, *SOUND_SERVERS))} == COMPLETION
    assert any(path.endswith("/tls/ca.pem") for path in written)


@pytest.mark.trio
@pytest.mark.real
@pytest.mark.slow
@pytest.mark.timeout(MINUTE + 4 * HANG)
async def test_the_programs_keep_to_themselves() -> None:
    async with world() as here:
        asked = here.lab.record((3, "hey jarvis, what time is it?"), seconds=8)
        rooms = {name: here.room(name) for name in ("tars-server", "tars-pi", "tars-demo")}
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_demonstrate, here, rooms["tars-demo"])
            await _converse(here, rooms["tars-server"], rooms["tars-pi"], asked)
        seen, written = here.recorder, {name: room.written() for name, room in rooms.items()}
    assert not seen.lookups
    assert not [packet for packet in seen.packets if not packet.is_between(LEFT, RIGHT, PORT)]
    assert [packet for packet in seen.packets if packet.is_between(LEFT, RIGHT, PORT)]
    assert seen.missed == 0
    # a folder of ours that is empty again at the end is listed by its own name
    foreign = {name: {path for path in paths if not f"{path}/".startswith(OWN)} for name, paths in written.items()}
    assert foreign["tars-server"] == set()
    assert foreign["tars-pi"] == {f"{HOME}/spoken.wav"}
    shown = {path.rpartition("/") for path in foreign["tars-demo"]}
    assert {name for _, _, name in shown} == {"heard.wav", "spoken.wav", "tars-pi.log", "tars-server.log"}
    (folder,) = {folder for folder, _, _ in shown}
    assert re.fullmatch(rf"{re.escape(HOME)}/tars-demo-\d{{8}}-\d{{6}}", folder), "where it was started"


async def _converse(here: World, server_room: Room, device_room: Room, asked: Path) -> None:
    """A question and its answer, and the rest of a minute."""
    start = trio.current_time()
    serve = [script("tars-server"), "--host", RIGHT, "--log-format", "json", "--speech.processes", "1"]
    hear = [script("tars-pi"), "--server", here.lab.url, "--device-id", "quiet", "--log-format", "json"]
    hear += ["--microphone", f"wav:{asked}", "--speaker", f"wav:{HOME}/spoken.wav"]
    words = {"TARS_SESSION_OFFLINE_QUESTIONS": "true"}  # spoken by a process of its own
    async with here.program(server_room, here.router.right, *serve, TARS_SERVER_TOKEN=SECRET) as server:
        await server.event("ready", within=HANG)
        async with here.program(device_room, here.router.left, *hear, **words, TARS_TOKEN=SECRET) as device:
            await device.event("playback_complete", within=HANG)
            async with here.program(server_room, here.router.right, sys.executable, "-c", WATCHING) as watching:
                with trio.fail_after(HANG):
                    assert await watching.process.wait() == 0
            await trio.sleep_until(start + MINUTE)
            assert (server.process.returncode, device.process.returncode) == (None, None)


async def _demonstrate(here: World, room: Room) -> None:
    async with here.program(room, here.third, script("tars-demo")) as demo:
        with trio.fail_after(2 * HANG):
            assert await demo.process.wait() == 0
