"""A device that nobody of the project wrote: the `websockets` library, asyncio, and the protocol page.

Nothing here knows the project's own messages or link. What the server sends is kept, frame by frame, with the
time of its arrival; tests wait for frames and then judge the whole record.
"""

import asyncio
import functools
import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, ParamSpec

import attrs
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from tests.support.limits import HANG
from tests.support.plain_words import plain_words
from tests.support.real import need
from tests.support.voices import in_room, speak

Message = dict[str, Any]
P = ParamSpec("P")

BYTES_A_SECOND = 32_000
"""16 kHz, mono, 16 bits: what the protocol says of a microphone."""
TEST_LIMIT = 2 * HANG
"""Seconds for a test of several such waits."""
_SERVER = Path(sys.executable).with_name("tars-server")


def question(words: str, voice: str = "en-us", before: float = 0.3, after: float = 1.2) -> bytes:
    """Somebody who says `words` in a quiet room (about 20 of 32,768)."""
    return in_room(speak(words, voice), rms=20, before=before, after=after)


def asynchronous(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run a test in an asyncio loop of its own, with a limit."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        async def limited() -> None:
            async with asyncio.timeout(TEST_LIMIT):
                await test(*args, **kwargs)

        asyncio.run(limited())

    return run


@attrs.define(eq=False)
class Server:
    """A running `tars-server`, with everything that it logged."""

    process: subprocess.Popen[str]
    lines: list[str] = attrs.field(factory=list)
    _news: threading.Condition = attrs.field(factory=threading.Condition)
    _ended: bool = False

    @property
    def url(self) -> str:
        """Where it listens, on this machine."""
        return str(self.until("listening")["url"]).replace("0.0.0.0", "127.0.0.1")

    def logged(self, event: str, **fields: object) -> list[Message]:
        """All such events so far."""
        entries = [json.loads(line) for line in list(self.lines)]
        return [each for each in entries if each["event"] == event and fields.items() <= each.items()]

    def until(self, event: str, count: int = 1, **fields: object) -> Message:
        """The `count`-th such event, once it has been logged."""

        def there() -> bool:
            return len(self.logged(event, **fields)) >= count

        with self._news:
            self._news.wait_for(lambda: there() or self._ended, HANG)
            assert there(), f"no {event} {fields} in:\n" + "".join(self.lines)
            return self.logged(event, **fields)[count - 1]

    def read(self) -> None:
        """Read its standard output to the end."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.lines.append(line)
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """The environment of a server, and of commands, that keep everything in `folder`."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("TARS_")}
    places = {"XDG_STATE_HOME": str(folder / "state"), "XDG_CONFIG_HOME": str(folder / "config")}
    places["TARS_TTS_USE"] = "espeak"
    return env | places | variables


def tell(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of `tars-server` beside the one that runs."""
    need(_SERVER.exists(), f"the console script {_SERVER}")
    return subprocess.run(
        [_SERVER, *arguments], env=environment(folder), capture_output=True, text=True, timeout=HANG, check=False
    )


def paired_by_address(folder: Path, device_id: str) -> str:
    """Pair an older client, which has no setting but an address; the token in that."""
    made = tell(folder, "pair", device_id, "--legacy")
    assert made.returncode == 0, made.stderr
    url, _, token = made.stdout.strip().rpartition("/")
    assert url == "ws://127.0.0.1:7456"
    return token


def paired(folder: Path, device_id: str) -> str:
    """Pair a device; its token, as the line for the device has it."""
    made = tell(folder, "pair", device_id)
    assert made.returncode == 0, made.stderr
    assert made.stdout.count("\n") == 1
    tars_pi, pair, url, token, flag, name = made.stdout.split()
    assert (tars_pi, pair, url, flag, name) == (
        "tars-pi",
        "pair",
        "ws://127.0.0.1:7456/",
        "--device-id",
        device_id,
    )
    return token


@contextmanager
def running(folder: Path, *arguments: str, port: str = "0", **variables: str) -> Iterator[Server]:
    """A `tars-server` of its own state, configuration and port; killed at the end if it still runs."""
    need(_SERVER.exists(), f"the console script {_SERVER}")
    env = environment(folder, **variables)
    given = [str(_SERVER), "--port", port, "--no-web", "--log-format", "json", "--speech.processes", "1"]
    command = [*given, *arguments]
    with (folder / "stderr").open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=env)
    server = Server(process)
    reader = threading.Thread(target=server.read, daemon=True)
    reader.start()
    try:
        server.until("listening")
        yield server
    finally:
        process.terminate()
        try:
            process.wait(HANG)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join()
        assert process.stdout is not None
        process.stdout.close()


@attrs.frozen
class Frame:
    """One frame from the server."""

    at: float
    """Seconds on this machine's monotonic clock."""
    data: str | bytes

    @property
    def message(self) -> Message:
        """What a text frame says; empty for audio."""
        if isinstance(self.data, bytes):
            return {}
        decoded: Message = json.loads(self.data)
        assert isinstance(decoded, dict)
        return decoded

    @property
    def type(self) -> str:
        """The message's type, or `audio`."""
        return "audio" if isinstance(self.data, bytes) else str(self.message["type"])


@attrs.frozen
class Utterance:
    """One stretch of speech from the server, from `start_of_tts_stream` to its end."""

    start: Frame
    audio: list[Frame]
    end: Frame

    @property
    def id(self) -> str:
        """The utterance's id."""
        return str(self.start.message["utterance_id"])

    @property
    def bytes(self) -> int:
        """How much audio came."""
        return sum(len(frame.data) for frame in self.audio)

    @property
    def seconds(self) -> float:
        """How long the audio lasts."""
        return self.bytes / self.rate

    @property
    def rate(self) -> int:
        """Bytes a second; what is not said is 16 kHz, mono, 16 bits."""
        said = self.start.message
        return int(said.get("rate", 16_000) * said.get("channels", 1) * said.get("width", 2))


@attrs.define(eq=False)
class Device:
    """One connection to the server."""

    socket: ClientConnection
    frames: list[Frame] = attrs.field(factory=list)
    code: int | None = None
    """The close code, once the connection has ended."""
    session_id: str = ""
    seen: int = 0
    """Frames that `until` has gone past."""
    _news: asyncio.Condition = attrs.field(factory=asyncio.Condition)

    async def read(self) -> None:
        """Keep every frame until the connection ends."""
        try:
            while True:
                data = await self.socket.recv()
                async with self._news:
                    self.frames.append(Frame(time.monotonic(), data))
                    self._news.notify_all()
        except ConnectionClosed as closed:
            async with self._news:
                self.code = closed.rcvd.code if closed.rcvd else 1006
                self._news.notify_all()

    async def until(self, wanted: str | Callable[[Frame], bool], limit: float = HANG) -> Frame:
        """The next such frame after the one that was last waited for."""

        def fits(frame: Frame) -> bool:
            return frame.type == wanted if isinstance(wanted, str) else wanted(frame)

        def found() -> int | None:
            return next((at for at in range(self.seen, len(self.frames)) if fits(self.frames[at])), None)

        await self._wait(lambda: found() is not None or self.code is not None, limit, wanted)
        at = found()
        assert at is not None, f"closed with {self.code} before {wanted}; {self.story}"
        self.seen = at + 1
        return self.frames[at]

    async def closed(self, limit: float = HANG) -> int:
        """The code with which the server closes."""
        await self._wait(lambda: self.code is not None, limit, "a close")
        assert self.code is not None
        return self.code

    async def _wait(self, come: Callable[[], bool], limit: float, wanted: object) -> None:
        try:
            async with asyncio.timeout(limit), self._news:
                await self._news.wait_for(come)
        except TimeoutError:
            raise AssertionError(f"no {wanted} within {limit} s; {self.story}") from None

    @property
    def story(self) -> str:
        """What came, for a person who reads a failure."""
        return "the server said:\n" + "\n".join(
            f"{frame.at:.3f} {frame.data if isinstance(frame.data, str) else len(frame.data)}"
            for frame in self.frames[-60:]
        )

    async def error_or_close(self) -> None:
        """The next `error`, or the end of the connection."""
        await self._wait(lambda: self.code is not None or "error" in self.types(self.seen), HANG, "error")
        self.seen = len(self.frames)

    def types(self, since: int = 0) -> list[str]:
        """The types of all frames, audio frames among them."""
        return [frame.type for frame in self.frames[since:]]

    async def send(self, type_: str, **fields: object) -> None:
        """Send a message."""
        await self.socket.send(json.dumps({"type": type_, **fields}))

    async def hello(self, device_id: object, **fields: object) -> Message:
        """Say who this is; the `welcome`."""
        await self.send("hello", **{"protocol": 1, "device_id": device_id, **fields})
        return (await self.until("welcome")).message

    async def hotword(self, **fields: object) -> str:
        """Start a session and wait for nothing; its id."""
        self.session_id = str(uuid.uuid4())
        said = {"session_id": self.session_id, "hotword": "hey_jarvis", "score": 0.9, **fields}
        await self.send("hotword_detected", **said)
        return self.session_id

    async def speak(self, pcm: bytes, size: int = 2_560, real_time: bool = False) -> None:
        """Send microphone audio in frames of `size` bytes, as one burst or as a microphone gives it."""
        began = time.monotonic()
        for at in range(0, len(pcm), size):
            if real_time:
                await asyncio.sleep(began + (at + size) / BYTES_A_SECOND - time.monotonic())
            await self.socket.send(pcm[at : at + size])

    async def played(self, utterance: Utterance, **fields: object) -> None:
        """Say that the loudspeaker has played the utterance."""
        await self.send("playback_complete", utterance_id=utterance.id, **fields)

    async def utterance(self, limit: float = HANG, held: int = 0) -> Utterance:
        """The next whole utterance, or the rest of one of which `held` bytes came over an earlier connection.

        Fails where its frames are not what the protocol says.
        """
        await self.until("start_of_tts_stream", limit)
        first = self.seen - 1
        end = await self.until("tts_stream_end", limit)
        inside = self.frames[first + 1 : self.seen - 1]
        assert "start_of_tts_stream" not in [frame.type for frame in inside], self.story
        whole = Utterance(self.frames[first], [frame for frame in inside if frame.type == "audio"], end)
        if "utterance_id" in whole.start.message:
            assert end.message["utterance_id"] == whole.id
            assert end.message["total_bytes"] == held + whole.bytes
        assert whole.bytes
        return whole

    async def ask(self, words: str, **fields: object) -> Utterance:
        """A session with a question, as one burst; the answer."""
        pcm = question(words)
        await self.hotword(pre_roll_bytes=min(len(pcm), 48_000) // 2 * 2, **fields)
        await self.speak(pcm)
        return await self.utterance()

    async def is_well(self) -> None:
        """Show that the link lives and the server answers on it; says nothing about sessions."""
        await self.send("nobody_knows_this_type")
        await self.until(lambda frame: frame.message.get("code") == "unknown_type")
        await asyncio.wait_for(await self.socket.ping(), HANG)


@asynccontextmanager
async def dial(
    server: Server | str,
    *,
    offers: tuple[str, ...] = ("tars.v1",),
    token: str | None = None,
    reads: bool = True,
    scheme: str = "Bearer",
    origin: str | None = None,
) -> AsyncIterator[Device]:
    """Open a connection; compression is offered, as the library does of itself."""
    # not as a context manager: its exit fails where the server has cut off a large frame
    socket = await connect(
        server if isinstance(server, str) else server.url,
        subprotocols=[Subprotocol(each) for each in offers] or None,
        additional_headers={"Authorization": f"{scheme} {token}"} if token is not None else None,
        origin=None if origin is None else Origin(origin),
        open_timeout=HANG,
        close_timeout=2,
        max_queue=1 if not reads else 64,
        proxy=None,
    )
    device = Device(socket)
    reader = asyncio.create_task(device.read()) if reads else None
    try:
        yield device
    finally:
        if device.code is None:
            await socket.close()
        if reader is not None:
            await asyncio.wait_for(reader, HANG)


@asynccontextmanager
async def greeted(server: Server | str, device_id: str, **fields: object) -> AsyncIterator[Device]:
    """A device that has said hello."""
    async with dial(server) as device:
        await device.hello(device_id, **fields)
        yield device


async def all_of(*scenes: Awaitable[None]) -> None:
    """Several scenes at the same time; the first failure ends them all."""
    async with asyncio.TaskGroup() as group:
        for scene in scenes:
            group.create_task(_play(scene))


async def _play(scene: Awaitable[None]) -> None:
    await scene


def well_logged(server: Server) -> None:
    """Every line is an object with its three fields, and none tells of a crash."""
    for line in server.lines:
        entry = json.loads(line)
        assert isinstance(entry["event"], str)
        assert isinstance(entry["monotonic"], float)
        assert datetime.fromisoformat(entry["time"]).tzinfo is not None
        assert "Traceback" not in line, line
        assert entry.get("level") not in ("error", "critical"), line


def transcribed(device: Device) -> list[str]:
    """What the device's user was told was heard, in the end, however it was written."""
    final = [frame.message for frame in device.frames if frame.type == "transcript" and frame.message["final"]]
    return [plain_words(message["text"]) for message in final]
