"""An older server, written after what GemiTARS does, on the `websockets` library alone.

It knows the original message set and one device. It speaks without pacing, through a queue that its messages
overtake. While it speaks it listens to nobody until `playback_complete`, for however long that takes. Its library
pings every 20 s, and hangs up when a pong is 20 s late.
"""

import json
import logging
import math
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import attrs
import trio
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request
from websockets.protocol import State
from websockets.trio.server import ServerConnection, serve

SILENCE = 30.0
"""Seconds without a word in a session after which it ends the session."""
OPENING = 0.3
"""Seconds that its cloud takes for a session to begin; what is said meanwhile it does not hear."""
FRAME = 4096
"""Bytes of speech in one message."""

_silent = logging.getLogger("elder_server")
_silent.setLevel(logging.CRITICAL)


class Link(ServerConnection):
    """A link whose server sends a device away in the same breath in which it has granted the upgrade.

    The original runs on asyncio, where nothing comes between the two. Here a pong could.
    """

    away: int | None = None
    """The code with which the device is sent away."""

    async def send_data(self) -> None:
        if self.away is not None and self.protocol.state is State.OPEN:
            self.protocol.send_close(self.away, "Server busy, another client is connected.")
        await super().send_data()


@attrs.define(eq=False)
class ElderServer:
    """One device's conversation. The test says what it answers, and when."""

    state: str = "passive"
    """`passive`, `active` (it listens) or `speaking`."""
    heard: list[tuple[float, str]] = attrs.field(factory=list)
    """The messages of the device, and when they came."""
    audio: bytearray = attrs.field(factory=bytearray)
    """What it listened to."""
    ignored: int = 0
    """Hotwords to which it did not listen."""
    refused: int = 0
    """Devices that were told 1013, because it had one."""
    closed: list[int | None] = attrs.field(factory=list)
    """How the links of its devices ended: with which code of its own."""
    client: ServerConnection | None = None
    admit: Callable[[], int | None] = lambda: None
    """The code with which a device that comes is sent away, if it is."""
    _outgoing: trio.MemorySendChannel[bytes] | None = None
    _last_activity: float = 0.0
    _complete: trio.Event = attrs.field(factory=trio.Event)
    _session: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    _changed: trio.Event = attrs.field(factory=trio.Event)

    # ---- the link

    def consider(self, link: ServerConnection, _: Request) -> None:
        """Decide whether the device that comes is welcome."""
        assert isinstance(link, Link)
        link.away = 1013 if self.client is not None else self.admit()
        self.refused += link.away is not None

    async def handle(self, link: ServerConnection) -> None:
        """Serve a device that has connected, if it is the only one."""
        assert isinstance(link, Link)
        if link.away is not None:
            await link.wait_closed()
            return
        self.client = link
        self._outgoing, queue = trio.open_memory_channel[bytes](math.inf)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._play_queue, link, queue)
            try:
                await self._listen(link, nursery)
            except ConnectionClosed:
                pass
            finally:
                self.client = None
                self._passive()
                nursery.cancel_scope.cancel()
        self.closed.append(None if link.protocol.close_sent is None else link.protocol.close_sent.code)

    async def _listen(self, link: ServerConnection, nursery: trio.Nursery) -> None:
        async for message in link:
            if isinstance(message, bytes):
                if self.state == "active":
                    self.audio += message
                continue
            kind = json.loads(message).get("type")
            self.heard.append((trio.current_time(), kind))
            match kind:
                case "hotword_detected":
                    nursery.start_soon(self._activate)
                case "playback_complete":
                    self._complete.set()
                case "session_end":
                    self._passive()

    async def _play_queue(self, link: ServerConnection, queue: trio.MemoryReceiveChannel[bytes]) -> None:
        with _until_closed():
            async for chunk in queue:
                await link.send(chunk)
                if not queue.statistics().current_buffer_used:
                    self._note_change()

    async def _tell(self, kind: str) -> None:
        with _until_closed():
            if self.client is not None:
                await self.client.send(json.dumps({"type": kind}))

    # ---- the conversation

    async def _activate(self) -> None:
        if self.state != "passive":
            self.ignored += 1
            return
        await trio.sleep(OPENING)
        self._move("active")

    def _passive(self) -> None:
        self._session.cancel()
        self._move("passive")

    def _move(self, state: str) -> None:
        self.state, self._last_activity = state, trio.current_time()
        self._note_change()

    def _note_change(self) -> None:
        self._changed.set()
        self._changed = trio.Event()

    async def until(self, state: str) -> None:
        """Return when it is in this state."""
        while self.state != state:
            await self._changed.wait()

    async def until_sent(self) -> None:
        """Return when its queue is empty: the start of the next answer overtakes what waits there."""
        while self._outgoing is not None and self._outgoing.statistics().current_buffer_used:
            await self._changed.wait()

    async def keep_watch(self) -> None:
        """End a session in which nothing is said."""
        while True:
            if self.state == "active" and trio.current_time() - self._last_activity > SILENCE:
                await self.end_session()
            await trio.sleep(1)

    async def end_session(self) -> None:
        """End the session, as for a word of goodbye or for silence."""
        await self._tell("session_end")
        self._passive()

    async def answer(self, pcm: bytes, *, overtaken: int = 3, seconds_between: float = 0.0) -> None:
        """Speak, and listen again when the device has said that it has finished.

        The end overtakes the last `overtaken` pieces; `seconds_between` the pieces its voice takes its time.
        """
        with trio.CancelScope() as self._session:
            self._move("speaking")
            self._complete = trio.Event()
            await self._tell("start_of_tts_stream")
            pieces = [pcm[at : at + FRAME] for at in range(0, len(pcm), FRAME)]
            for number, piece in enumerate(pieces):
                assert self._outgoing is not None
                self._outgoing.send_nowait(piece)
                if number < len(pieces) - overtaken:
                    await trio.sleep(seconds_between)
            await self._tell("tts_stream_end")
            await self._complete.wait()  # noqa: ASYNC912 - without a limit, as the original
            self._move("active")

    # ---- what the test looks at

    @property
    def kinds(self) -> list[str]:
        """The messages that came."""
        return [kind for _, kind in self.heard]

    def at(self, kind: str, number: int = 0) -> float:
        """When a message of this type came."""
        return [when for when, what in self.heard if what == kind][number]


class _until_closed:  # noqa: N801 - used like a function
    """The original logs a message that can no longer be sent, and goes on."""

    def __enter__(self) -> None: ...

    def __exit__(self, _: object, exc: BaseException | None, __: object) -> bool:
        return isinstance(exc, ConnectionClosed)


@attrs.define(eq=False)
class _Memory(trio.abc.Listener[trio.abc.Stream]):
    """A listener that is no socket, in the shape that the library wants for its log."""

    _listener: trio.abc.Listener[Any]
    socket: Any = attrs.field(factory=lambda: SimpleNamespace(family=socket.AF_UNIX, getsockname=lambda: "memory"))

    async def accept(self) -> trio.abc.Stream:
        return cast("trio.abc.Stream", await self._listener.accept())

    async def aclose(self) -> None:
        await self._listener.aclose()


@asynccontextmanager
async def serving_elder(listener: trio.abc.Listener[Any] | None = None) -> AsyncIterator[tuple[ElderServer, str]]:
    """Run an older server while the block runs, on `listener` or else on loopback; the server and its address."""
    elder = ElderServer()
    if listener is None:
        listeners: list[Any] = await trio.open_tcp_listeners(0, host="127.0.0.1")
        address = f"ws://127.0.0.1:{listeners[0].socket.getsockname()[1]}"
    else:
        listeners, address = [_Memory(listener)], "ws://server"
    async with trio.open_nursery() as nursery:
        await nursery.start(
            partial(
                serve,
                elder.handle,
                listeners=listeners,
                logger=_silent,
                process_request=elder.consider,
                create_connection=Link,
            )
        )
        nursery.start_soon(elder.keep_watch)
        yield elder, address
        nursery.cancel_scope.cancel()
