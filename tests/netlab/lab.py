"""One lab: a server at the right end of a wire, devices at the left end, and a hand on the wire.

Every repetition of every story has a lab of its own, so that labs can stand side by side.
"""

import random
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import attrs
import trio

from benchmarks._programs import ROOT, Program, module, open_program, script
from tars.audio.formats import MICROPHONE
from tars.audio.wav import WavWriter
from tests.netlab.raw import Raw
from tests.support.certificates import Certificates, make_certificates
from tests.support.limits import HANG
from tests.support.voices import mix, noise, silence, speak
from tests.support.wire import NORMAL, RIGHT, Conditions, Router, Wire, open_router, open_wire, socket_inside
from tests.support.wire.namespaces import system

PORT = 7456
SECRET = "netlab-netlab-netlab-netlab-netlab"
_SECRETS = {"TARS_TOKEN": SECRET, "TARS_SERVER_TOKEN": SECRET}
"""The server listens beyond loopback, which it does for devices with a token only."""
ROOM = 20
"""The noise in every recording, of 32,768: a quiet room."""


@attrs.frozen
class Lab:
    """The two ends and what lies between them."""

    path: Wire | Router
    folder: Path
    rng: random.Random
    """Decides how long stories wait before their faults."""
    tls: Certificates | None
    full: bool
    """Whether there is a night's time."""
    _reaper: subprocess.Popen[str]

    @property
    def url(self) -> str:
        """Where the server is."""
        return f"{'ws' if self.tls is None else 'wss'}://{RIGHT}:{PORT}/"

    @property
    def ears(self) -> Path:
        """The folder in which a scripted server keeps what it heard."""
        return self.folder / "ears"

    @asynccontextmanager
    async def server(self, *arguments: str, **variables: str) -> AsyncIterator[Program]:
        """`tars-server` at the right end, listening."""
        command = [script("tars-server"), "--speech.processes", "1", *arguments]
        async with self._server(command, variables) as program:
            yield program

    @asynccontextmanager
    async def scripted_server(
        self, *, descriptors: int | None = None, resume_window: float = 0, **acts: float
    ) -> AsyncIterator[Program]:
        """`tars-server`, listening, with ears, a brain and a voice that do as `scripted_server.Acts` says.

        It may have so many `descriptors`.
        """
        command = module("tests.netlab.scripted_server")
        if descriptors is not None:
            command = ["prlimit", f"--nofile={descriptors}", *command]
        variables = {f"NETLAB_{name.upper()}": str(value) for name, value in acts.items()}
        if resume_window:
            variables["TARS_SESSION_RESUME_WINDOW"] = str(resume_window)
        async with self._server(command, {"NETLAB_EARS": str(self.ears), **variables}) as program:
            yield program

    @asynccontextmanager
    async def _server(self, command: Sequence[str], variables: Mapping[str, str]) -> AsyncIterator[Program]:
        tls = {}
        if self.tls is not None:
            tls = {"TARS_SERVER_TLS_CERT": self.tls.certificate, "TARS_SERVER_TLS_KEY": self.tls.key}
        asked = [*command, "--host", RIGHT, "--port", str(PORT), "--log-format", "json"]
        async with self.program(self.path.at_right(asked), **tls, **variables) as program:
            await program.event("listening", within=HANG)
            yield program

    @asynccontextmanager
    async def device(
        self, *arguments: str, microphone: Path | None = None, device_id: str = "lab", **variables: str
    ) -> AsyncIterator[Program]:
        """`tars-pi` at the left end; without a `microphone` it hears a quiet room."""
        sound = ["--microphone", f"wav:{microphone or self.record(seconds=1)}"]
        if "--speaker" not in arguments:
            sound += ["--speaker", "null"]
        asked = [script("tars-pi"), "--server", self.url, "--device-id", device_id, "--log-format", "json"]
        ca = {} if self.tls is None else {"TARS_TLS_CA": self.tls.ca}
        async with self.program(self.path.at_left([*asked, *sound, *arguments]), **ca, **variables) as program:
            yield program

    @asynccontextmanager
    async def linked_device(
        self, *arguments: str, microphone: Path | None = None, device_id: str = "lab", **variables: str
    ) -> AsyncIterator[Program]:
        """A `device` that has its link."""
        async with self.device(*arguments, microphone=microphone, device_id=device_id, **variables) as device:
            await device.event("link_up", within=HANG)
            yield device

    @asynccontextmanager
    async def program(self, command: Sequence[str], **variables: str) -> AsyncIterator[Program]:
        """Any program in the lab; it is gone with the block, and with the whole test run."""
        async with open_program(command, env={**_SECRETS, **variables}) as program:
            self._tell_reaper(f"+{program.process.pid}")
            yield program
        self._tell_reaper(f"-{program.process.pid}")

    async def stream(self, *, receive_buffer: int | None = None) -> trio.abc.Stream:
        """A connection of this process, as of any program at the left end, to the server."""
        plain = trio.socket.from_stdlib_socket(socket_inside(self.path.left))
        if receive_buffer is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        with trio.fail_after(HANG):
            await plain.connect((RIGHT, PORT))
            if self.tls is None:
                return trio.SocketStream(plain)
            context = ssl.create_default_context(cafile=self.tls.ca)
            secure = trio.SSLStream(
                trio.SocketStream(plain), context, server_hostname=RIGHT, https_compatible=True
            )
            await secure.do_handshake()
        return secure

    @asynccontextmanager
    async def raw_device(self, device_id: str, *, receive_buffer: int | None = None) -> AsyncIterator[Raw]:
        """A connection that was welcomed, and does nothing by itself."""
        async with await self.stream(receive_buffer=receive_buffer) as stream:
            raw = Raw(stream)
            with trio.fail_after(HANG):
                await raw.upgrade(SECRET)
                await raw.say("hello", protocol=1, device_id=device_id)
                await raw.until("welcome")
            yield raw
            await trio.aclose_forcefully(stream)

    def record(self, *said: tuple[float, str], seconds: float) -> Path:
        """A WAV file in which each thing is said at its moment, in a quiet room."""
        file = self.folder / f"recording-{len(list(self.folder.glob('recording-*')))}.wav"
        with closing(WavWriter(str(file), MICROPHONE)) as writer:
            writer.write(mix(noise(seconds, ROOM), *(silence(at) + speak(words) for at, words in said)))
        return file

    def cut(self) -> float:
        """Cut the way between the ends without a word; when."""
        self.path.change(NORMAL.cut())
        return time.monotonic()

    def heal(self) -> float:
        """Mend it; when."""
        self.path.change(NORMAL)
        return time.monotonic()

    def narrow(self, rate: float) -> None:
        """Let only so many bytes per second through, each way."""
        self.path.change(Conditions(rate=rate))

    def few_buffers(self) -> None:
        """Let the kernel keep little of what peers do not read: a peer's silence is felt at once."""
        for at_end in (self.path.at_left, self.path.at_right):
            for name in ("tcp_wmem", "tcp_rmem"):
                system(at_end(["sh", "-c", f"echo 4096 16384 16384 >/proc/sys/net/ipv4/{name}"]))

    async def wait(self, shortest: float, longest: float) -> None:
        """Wait for a time that is anywhere between the two."""
        await trio.sleep(self.rng.uniform(shortest, longest))

    def _tell_reaper(self, line: str) -> None:
        assert self._reaper.stdin is not None
        self._reaper.stdin.write(line + "\n")
        self._reaper.stdin.flush()


@contextmanager
def open_lab(*, seed: int = 0, tls: bool = False, router: bool = False, full: bool = False) -> Iterator[Lab]:
    """A lab, with a wire or a router between its ends."""
    with (
        tempfile.TemporaryDirectory(prefix="netlab-") as folder,
        open_router() if router else open_wire(seed=seed) as path,
        subprocess.Popen(
            [sys.executable, "-I", "-S", ROOT / "tests" / "support" / "reaper.py"],
            stdin=subprocess.PIPE,
            text=True,
        ) as reaper,
    ):
        Path(folder, "ears").mkdir()
        certificates = make_certificates(Path(folder)) if tls else None
        yield Lab(path, Path(folder), random.Random(seed), certificates, full, reaper)
