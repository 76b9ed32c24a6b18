"""The device's end of the link: dials at start-up, greets, sends, receives, and dials again for ever."""

import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import attrs
import trio
from structlog import get_logger

from tars.link import BackoffPolicy, Connection, LinkLost, LinkState, Patience, Supervisor
from tars.messages import (
    BadMessage,
    CloseCode,
    Error,
    FromDevice,
    FromServer,
    Hello,
    Restarting,
    Resume,
    Welcome,
)
from tars.pi.greeting import GreetedLink, greet
from tars.pi.link_words import in_plain_words
from tars.pi.outbox import AUDIO_LIMIT, Outbox, OutboxOverflow

FAREWELL_LIMIT = 0.5
"""Seconds for what is still queued when the device stops; with the close (1 s at most) it stays under 2 s."""
LAST_WORDS = 0.1
"""Seconds in which the reader takes all that arrived before the link was lost: a few turns of the event loop."""
PAUSE_LIMIT = 5.0
"""Seconds without reading, for want of room, after which some is read all the same: only a reader finds out that
the link is dead. A loudspeaker that plays makes room sooner, even for a frame of 64 KiB (4 s at 8 kHz), but it may
take a minute to be opened."""
MAX_PAUSES = 20
"""Pauses of this length in a row after which the link is dropped. What is read between them has no room either."""
BAD_MESSAGES_LIMIT = 100
"""Unreadable messages on one link before it is dropped: this is not a server of ours, or one that went mad."""

log = get_logger()


WaitForRoom = Callable[[], Awaitable[None]]


class LinkListener(Protocol):
    """Who is told what happens on the link. None of these may wait: the link's reader calls them."""

    def on_link_state(self, state: LinkState) -> None:
        """The link is dialled, up, or down until the next dial."""

    def on_connected(self, welcome: Welcome | None) -> None:
        """Messages can be sent from now on. `welcome` is None when the server is an older one."""

    def on_connection_lost(self, reason: str) -> None:
        """Nothing can be sent any more, and what was queued is gone. Follows every `on_connected` but the last."""

    def resume(self) -> Resume | None:
        """What the next `hello` says of a session that waits for a link; asked at each dial."""

    def on_message(self, message: FromServer) -> None:
        """The server said something."""

    def on_audio(self, pcm: bytes) -> WaitForRoom | None:
        """The server sent audio of the utterance that it began last. Where there is no room for more, say how to
        wait for it: until then little or nothing is read from this link."""


class WebSocketClient:
    """Keeps one WebSocket to the server. Nothing of one link, neither audio nor message, goes over the next.

    `dial()` opens a connection; `rng` spreads the redials; `clock` is the device's monotonic clock, which goes
    into messages as `device_time`; `audio_limit` is how many bytes of audio may wait for one link.
    """

    def __init__(
        self,
        dial: Callable[[], AbstractAsyncContextManager[Connection]],
        hello: Hello,
        *,
        backoff: BackoffPolicy | None = None,
        rng: random.Random | None = None,
        clock: Callable[[], float] = time.monotonic,
        audio_limit: int = AUDIO_LIMIT,
    ) -> None:
        self._dial = dial
        self._hello = hello
        self._backoff = backoff or BackoffPolicy()
        self._rng = rng or random.Random()
        self._clock = clock
        self._outbox = Outbox()
        self._audio_limit = audio_limit
        self._listener: LinkListener | None = None
        self._supervisor: Supervisor[GreetedLink] | None = None
        self._link: GreetedLink | None = None
        self._stopping = False
        self._scope = trio.CancelScope()
        self._ended = trio.Event()

    @property
    def connected(self) -> bool:
        """Whether the link stands, so that what is sent now may arrive."""
        return self._link is not None

    @property
    def confirms(self) -> bool:
        """Whether the server is one that answers `hotword_detected` with `session_started`."""
        return self._link is not None and self._link.welcome is not None

    @property
    def round_trip(self) -> float | None:
        """Seconds, as the heartbeat measured last; None without a link or before the first answer."""
        return self._link.connection.round_trip if self._link else None

    @property
    def dropped_audio_bytes(self) -> int:
        """Microphone audio that the present link, or else the last one, was too slow for."""
        return self._outbox.dropped_audio_bytes

    def send(self, message: FromDevice) -> None:
        """Queue a message. Without a link, or where an older server would not know it, it is dropped."""
        if self._link is not None and (text := self._link.dialect.encode(message)) is not None:
            self._link.outbox.put(text)

    def send_audio(self, pcm: bytes) -> None:
        """Queue microphone audio; without a link it is dropped."""
        if self._link is not None:
            self._link.outbox.put(pcm)

    def forget_audio(self) -> None:
        """Throw away the audio that is queued: its session is over, and over a slow link that takes seconds."""
        self._outbox.forget_audio()

    def nudge(self) -> None:
        """Dial now: someone wants to talk, or the network has come up."""
        if self._supervisor is not None:
            self._supervisor.nudge()

    async def connect(self, listener: LinkListener) -> None:
        """The persistent loop: dial, serve the link until it is lost, wait, dial again; until `stop()`."""
        self._listener = listener
        self._supervisor = Supervisor(self._open_link, self._backoff, self._rng, listener.on_link_state)
        try:
            with self._scope:
                await self._supervisor.run(self._serve)
        finally:
            self._link = None
            self._ended.set()

    def start(self, nursery: trio.Nursery, listener: LinkListener) -> None:
        """Run `connect()` in the background, in `nursery`."""
        nursery.start_soon(self.connect, listener)

    async def stop(self) -> None:
        """Send what is queued, say goodbye, and end `connect()`. Takes no longer than the limits above."""
        self._stopping = True
        if (link := self._link) is not None:
            link.outbox.close()
            with trio.move_on_after(FAREWELL_LIMIT):
                await link.written.wait()
            await link.connection.close(CloseCode.NORMAL, "the device stops")
        self._scope.cancel()
        if self._supervisor is not None:
            await self._ended.wait()

    @asynccontextmanager
    async def _open_link(self) -> AsyncGenerator[GreetedLink, None]:
        try:
            async with self._dial() as connection:
                assert self._listener is not None
                resume, now = self._listener.resume(), self._clock()
                hello = attrs.evolve(self._hello, resume=resume, device_time=now)
                yield await greet(connection, hello, Outbox(self._audio_limit, connection.takes_audio))
        except LinkLost as lost:
            raise in_plain_words(lost) from lost

    async def _serve(self, link: GreetedLink) -> None:
        assert self._listener is not None
        self._link, self._outbox = link, link.outbox
        self._listener.on_connected(link.welcome)
        losses: list[LinkLost] = []
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._write, link)
                nursery.start_soon(self._read, link, self._listener)
        except* LinkLost as group:
            losses = [exc for exc in group.exceptions if isinstance(exc, LinkLost)]
        finally:
            self._link = None
        if self._stopping:
            return
        lost = in_plain_words(losses[0])
        self._listener.on_connection_lost(lost.reason)
        raise lost

    async def _write(self, link: GreetedLink) -> None:
        try:
            while True:
                await link.connection.send(await link.outbox.get())
        except trio.EndOfChannel:
            link.written.set()
            return
        except OutboxOverflow:
            raise LinkLost("too many messages wait to be sent") from None
        except LinkLost as exc:
            lost = exc
        # the reader hears of it as well, and what has arrived before says why, or when to come back
        await trio.sleep(LAST_WORDS)
        raise lost

    async def _read(self, link: GreetedLink, listener: LinkListener) -> None:
        restarting: Restarting | None = None
        bad_messages = pauses = 0
        try:
            while True:
                frame = await link.connection.receive()
                if isinstance(frame, bytes):
                    wait_for_room = listener.on_audio(frame)
                    if wait_for_room is not None and not link.connection.holds_messages:
                        pauses = 0 if await self._pause(link, wait_for_room) else pauses + 1
                        if pauses >= MAX_PAUSES:
                            raise LinkLost(f"there was no room for its audio for {pauses * PAUSE_LIMIT:.0f} s")
                    continue
                try:
                    message = link.dialect.decode(frame)
                except BadMessage as bad:
                    bad_messages += 1
                    self._answer(link, bad, bad_messages)
                    continue
                if isinstance(message, Restarting):
                    restarting = message
                listener.on_message(message)
        except LinkLost as lost:
            if restarting is None:
                raise
            raise LinkLost(
                "the server restarts",
                code=lost.code,
                patience=Patience.APPOINTED,
                retry_after=restarting.retry_after_s,
            ) from lost

    async def _pause(self, link: GreetedLink, wait_for_room: WaitForRoom) -> bool:
        """Read nothing until there is room for more audio; True when there is, False when it takes too long."""
        with link.connection.not_reading(), trio.move_on_after(PAUSE_LIMIT) as limit:
            await wait_for_room()
        return not limit.cancelled_caught

    def _answer(self, link: GreetedLink, bad: BadMessage, count: int) -> None:
        """Tell the server about a message that is none; a server that sends nothing else is not worth a link."""
        if count >= BAD_MESSAGES_LIMIT:
            raise LinkLost(f"the server sent {count} messages that are none; is it a TARS server?")
        if count == 1:
            log.warning("bad_message", code=bad.code, message=bad.message)
        if (text := link.dialect.encode(Error(bad.code, bad.message, fatal=False))) is not None:
            link.outbox.put(text)
