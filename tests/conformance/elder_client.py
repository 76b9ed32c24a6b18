"""The client of the TARS that came before: its facts, rewritten on asyncio and the `websockets` library.

What it does, and what it lacks, is what the older client did and lacked:

- one setting, the server's address; no subprotocol, no token, no `hello`;
- three states: it listens for its hotword, is in a session, or plays a reply. Nothing but these messages moves it;
- messages are bare types. From `hotword_detected` on its microphone streams, in blocks of 160 ms, until a reply
  comes or the session ends; nothing of the time before the hotword is sent;
- `start_of_tts_stream` closes the microphone. `tts_stream_end` makes it wait until all that it was sent has been
  played, open the microphone, and say `playback_complete`. There is no interruption;
- `session_end` in a session is answered with `session_end`; outside a session it is ignored;
- a lost connection ends a session, but not a reply, after which it goes on in its session;
- it dials again after 2 to 3 s, then twice as late each time;
- it plays 16 kHz mono 16-bit, whatever was announced, and keeps all that it has not played.

The loudspeaker and the microphone are clocks: a block takes as long as it sounds.
"""

import asyncio
import enum
import json
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.limits import HANG
from tests.support.voices import noise

BYTES_A_SECOND = 32_000
BLOCK = 5_120
"""160 ms of the microphone, which it asks for at once."""
UNDERRUN = 0.1
"""Seconds without audio after which its loudspeaker closes, and counts as having played everything."""


class State(enum.Enum):
    HOTWORD = "listening for the hotword"
    SESSION = "in a session"
    REPLY = "playing a reply"


class ElderClient:
    """One older client at `url`. `run` it in a task; `hotword` and `button` are its owner's doing."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.state = State.HOTWORD
        self.heard: list[str] = []
        """The server's messages by their types, and `audio`, in order."""
        self.said: list[str] = []
        """What was sent: types, and `audio`."""
        self.card = asyncio.Event()
        """Set while the sound card plays; one that is slow to open plays later."""
        self.card.set()
        self.connections = 0
        self.codes: list[int] = []
        """How its connections ended."""
        self._socket: ClientConnection | None = None
        self._microphone: asyncio.Task[None] | None = None
        self._room = bytearray()
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._loudspeaker: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._news = asyncio.Condition()

    async def run(self) -> None:
        """Stay connected, until cancelled."""
        attempts = 0
        while True:
            with suppress(OSError):
                async with connect(self.url, proxy=None) as self._socket:
                    attempts = 0
                    self.connections += 1
                    await self._tell()
                    await self._receive(self._socket)
                await self._lose()
            attempts += 1
            await asyncio.sleep(min(2**attempts + random.uniform(0, 1), 60))

    async def _lose(self) -> None:
        """Its connection is gone: a session ends with it, a reply does not."""
        self._socket = None
        await self._tell()
        if self.state is State.SESSION:
            self._start(self._end_session())

    async def hotword(self) -> None:
        """Somebody says the hotword, or presses the button."""
        assert self._socket is not None, "nothing happens without a connection"
        assert self.state is State.HOTWORD, self.state
        await self._become(State.SESSION)
        self._open_microphone()
        await self._send("hotword_detected")

    async def button(self) -> None:
        """Somebody presses the button in a session, which ends it."""
        await self._end_session()

    def say(self, pcm: bytes) -> None:
        """Somebody speaks; it is heard as soon as the microphone is open."""
        self._room += pcm

    async def until(self, come: Callable[[], bool], what: str) -> None:
        """Wait until `come`."""
        try:
            async with asyncio.timeout(HANG), self._news:
                await self._news.wait_for(come)
        except TimeoutError:
            raise AssertionError(f"not within {HANG:g} s: {what}; {self.story}") from None

    async def until_state(self, state: State) -> None:
        """Wait until it is `state`."""
        await self.until(lambda: self.state is state, state.value)

    async def until_heard(self, kind: str, count: int = 1) -> None:
        """Wait for the `count`-th message of that type."""
        await self.until(lambda: self.heard.count(kind) >= count, f"{kind} {count}")

    @property
    def story(self) -> str:
        """What was said, for a person who reads a failure."""
        return f"{self.state.value}; heard {_abridged(self.heard)}; said {_abridged(self.said)}"

    @property
    def streams(self) -> bool:
        """Whether its microphone is open."""
        return self._microphone is not None

    # What comes in

    async def _receive(self, socket: ClientConnection) -> None:
        try:
            while True:
                await self._take(await socket.recv())
        except ConnectionClosed as closed:
            self.codes.append(closed.rcvd.code if closed.rcvd else 1006)

    async def _take(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            self.heard.append("audio")
            self._play(frame)
        else:
            message: dict[str, Any] = json.loads(frame)
            kind = message["type"]
            self.heard.append(kind)
            if kind == "start_of_tts_stream" and self.state is State.SESSION:
                await self._become(State.REPLY)
                await self._close_microphone()
            elif kind == "tts_stream_end":
                self._start(self._confirm())
            elif kind == "session_end" and self.state is not State.HOTWORD:
                self._start(self._end_session())
        await self._tell()

    async def _confirm(self) -> None:
        await self._all_played()
        if self.state is State.REPLY:
            await self._become(State.SESSION)
            self._open_microphone()
        await self._send("playback_complete")

    async def _end_session(self) -> None:
        if self._socket is not None and self.state is not State.HOTWORD:
            await self._send("session_end")
        await self._all_played()
        await self._close_microphone()
        await self._become(State.HOTWORD)

    # The loudspeaker

    def _play(self, pcm: bytes) -> None:
        assert len(pcm) % 2 == 0, "half a sample breaks its loudspeaker"
        self._queue.put_nowait(pcm)
        if self._loudspeaker is None or self._loudspeaker.done():
            self._loudspeaker = self._start(self._play_out())

    async def _play_out(self) -> None:
        end = time.monotonic()
        with suppress(TimeoutError):
            while True:
                pcm = await asyncio.wait_for(self._queue.get(), UNDERRUN)
                await self.card.wait()
                end = max(end, time.monotonic()) + len(pcm) / BYTES_A_SECOND
                await asyncio.sleep(end - time.monotonic())
                self._queue.task_done()

    async def _all_played(self) -> None:
        await self._queue.join()
        if self._loudspeaker is not None:
            await self._loudspeaker

    # The microphone

    def _open_microphone(self) -> None:
        if self._microphone is None:
            self._microphone = self._start(self._stream())

    async def _close_microphone(self) -> None:
        microphone, self._microphone = self._microphone, None
        if microphone is not None:
            microphone.cancel()
            await asyncio.wait([microphone])

    async def _stream(self) -> None:
        block_ends = time.monotonic()
        while True:
            block_ends += BLOCK / BYTES_A_SECOND
            await asyncio.sleep(block_ends - time.monotonic())
            spoken = bytes(self._room[:BLOCK])
            del self._room[:BLOCK]
            room = noise(BLOCK / BYTES_A_SECOND, 20, seed=len(self.said))
            await self._send("audio", spoken + room[len(spoken) :])

    # What goes out

    async def _send(self, kind: str, pcm: bytes | None = None) -> None:
        if self._socket is None:
            return  # nothing waits for a connection
        with suppress(ConnectionClosed):
            await self._socket.send(json.dumps({"type": kind}) if pcm is None else pcm)
            self.said.append(kind)
        await self._tell()

    async def _become(self, state: State) -> None:
        self.state = state
        await self._tell()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def leave(self) -> None:
        """Stop everything; what failed in it fails here."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


@asynccontextmanager
async def elder(url: str) -> AsyncIterator[ElderClient]:
    """An older client that is connected when the block begins, and has heard that it is in no session."""
    client = ElderClient(url)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(client.run())
        try:
            await client.until_heard("session_end")
            yield client
        finally:
            running.cancel()
            await client.leave()


def _abridged(kinds: list[str]) -> str:
    short = [kind for at, kind in enumerate(kinds) if kind != "audio" or kinds[at - 1 : at] != ["audio"]]
    return ", ".join(short) or "nothing"
