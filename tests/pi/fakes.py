"""A server and a loudspeaker for the device's tests: no sockets, no sound, virtual time."""

import json
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, cast

import attrs
import trio

from tars.audio.formats import AudioFormat
from tars.link import Connection, LinkLost
from tars.messages import SUBPROTOCOL, FromServer, Resumed, Welcome, encode
from tars.pi.hotword.detection import Detection
from tars.pi.playback_events import (
    PlaybackComplete,
    PlaybackEvent,
    PlaybackStarted,
    PlaybackStopped,
    Progress,
)


@attrs.define(eq=False)
class FakeConnection:
    """What the device sees of one connection, and the server's hand on it."""

    subprotocol: str | None
    greet: bool
    resumed: Callable[[dict[str, Any]], Resumed | None]
    peer: str = "server:7456"
    round_trip: float | None = 0.04
    sent: list[str | bytes] = attrs.field(factory=list)
    """What the device sent, in order."""
    close_code: int | None = None
    """With which the device closed it."""
    blocked: bool = False
    full: bool = False
    """Whether audio has to wait at the device."""
    reads: bool = True
    """Whether the device reads what the server sends."""
    holds_messages: bool = False
    """Whether the device has read more than it has taken."""
    _lost: LinkLost | None = None
    _queue: list[str | bytes] = attrs.field(factory=list)
    _news: trio.Condition = attrs.field(factory=trio.Condition)
    _wake: trio.Event = attrs.field(factory=trio.Event)

    def takes_audio(self, byte_count: int) -> bool:
        return not self.full

    async def send(self, message: str | bytes) -> None:
        await trio.lowlevel.checkpoint()
        while self.blocked and self._lost is None:
            await self._wait()
        if self._lost is not None:
            raise self._lost
        self.sent.append(message)
        if self.greet and isinstance(message, str) and json.loads(message)["type"] == "hello":
            resumed = self.resumed(json.loads(message))
            self.say(Welcome(protocol=1, server="tars 0", device_id="kitchen", resumed=resumed))
        self._tell()

    async def receive(self) -> str | bytes:
        await trio.lowlevel.checkpoint()
        while not self._queue:
            if self._lost is not None:
                raise self._lost
            await self._wait()
        return self._queue.pop(0)

    async def wait_answered(self) -> None:
        await trio.lowlevel.checkpoint()
        if self._lost is not None:
            raise self._lost

    @contextmanager
    def not_reading(self) -> Iterator[None]:
        self.reads = False
        yield
        self.reads = True

    async def close(self, code: int = 1000, reason: str = "") -> None:
        await trio.lowlevel.checkpoint()
        self.close_code = code
        self.lose(LinkLost("closed by this side", code=code))

    def say(self, *frames: FromServer | str | bytes) -> None:
        """The server sends these."""
        self._queue += [frame if isinstance(frame, str | bytes) else encode(frame) for frame in frames]
        self._tell()

    def lose(self, lost: LinkLost | None = None) -> None:
        """The link is gone."""
        self._lost = lost or LinkLost("the connection broke")
        self._tell()

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages among what the device sent."""
        return [json.loads(frame) for frame in self.sent if isinstance(frame, str)]

    @property
    def types(self) -> list[str]:
        """Their types."""
        return [message["type"] for message in self.messages]

    @property
    def audio(self) -> bytes:
        """The audio among it."""
        return b"".join(frame for frame in self.sent if isinstance(frame, bytes))

    def last(self, kind: str) -> dict[str, Any]:
        """The last message of a type."""
        return [message for message in self.messages if message["type"] == kind][-1]

    def _tell(self) -> None:
        self._wake.set()
        self._wake = trio.Event()

    async def _wait(self) -> None:
        await self._wake.wait()


@attrs.define(eq=False)
class FakeServer:
    """Something to dial. `refusal` is raised by dials while it is set."""

    subprotocol: str | None = SUBPROTOCOL
    greet: bool = True
    resumed: Callable[[dict[str, Any]], Resumed | None] = lambda hello: None
    """What the server says to a hello of the session that the device would go on with."""
    refusal: LinkLost | None = None
    dials: list[float] = attrs.field(factory=list)
    connections: list[FakeConnection] = attrs.field(factory=list)
    closed: int = 0

    @asynccontextmanager
    async def dial(self) -> AsyncGenerator[Connection, None]:
        self.dials.append(trio.current_time())
        await trio.lowlevel.checkpoint()
        if self.refusal is not None:
            raise self.refusal
        connection = FakeConnection(self.subprotocol, self.greet, self.resumed)
        self.connections.append(connection)
        try:
            yield cast("Connection", connection)
        finally:
            self.closed += 1

    @property
    def now(self) -> FakeConnection:
        """The newest connection."""
        return self.connections[-1]


@attrs.define(eq=False)
class FakePlayer:
    """A loudspeaker that plays when the test says so."""

    events: trio.MemoryReceiveChannel[PlaybackEvent]
    _tell: trio.MemorySendChannel[PlaybackEvent]
    volume: int = 50
    sounds: list[str] = attrs.field(factory=list)
    playing: list[str] = attrs.field(factory=list)
    heard: bytearray = attrs.field(factory=bytearray)
    silenced_at: list[float] = attrs.field(factory=list)
    held: bool = False
    full: bool = False
    unpaced: bool = False
    """Whether the last utterance was said to be so."""
    muted_after_speech: bool | None = None
    """How it was muted last."""
    _incoming: str | None = None

    def mute(self, *, after_speech: bool) -> None:
        self.volume, self.muted_after_speech = 0, after_speech

    @property
    def utterance_id(self) -> str | None:
        return self.playing[0] if self.playing else None

    async def wait_for_room(self) -> None:
        await trio.lowlevel.checkpoint()

    def offer_start(self, utterance_id: str, audio_format: AudioFormat, *, unpaced: bool = False) -> None:
        self.unpaced = unpaced
        self.playing.append(utterance_id)
        self._incoming = utterance_id

    def offer_audio(self, pcm: bytes) -> None:
        if self._incoming in self.playing:
            self.heard += pcm

    def offer_end(self, utterance_id: str) -> None:
        self._incoming = None

    def stop(self, utterance_id: str) -> None:
        if utterance_id in self.playing:
            self.playing.remove(utterance_id)
            self._tell.send_nowait(PlaybackStopped(utterance_id, 0, 1.0))

    def interrupt(self) -> tuple[str, int] | None:
        if not self.playing:
            return None
        self.silenced_at.append(trio.current_time())
        first = self.playing[0]
        for utterance_id in list(self.playing):
            self.stop(utterance_id)
        return first, len(self.heard)

    def hold(self, on: bool) -> None:
        self.held = on

    def play_sound(self, name: str, *, urgent: bool = False) -> float:
        self.sounds.append(name)
        return 0.25

    def begins(self) -> None:
        """The first sample leaves the loudspeaker."""
        self._tell.send_nowait(PlaybackStarted(self.playing[0], 1.5))

    def plays(self, heard_bytes: int) -> None:
        """So much has been heard."""
        self._tell.send_nowait(Progress(self.playing[0], heard_bytes, 2.0))

    def finishes(self) -> None:
        """The last sample has left the loudspeaker."""
        self._tell.send_nowait(PlaybackComplete(self.playing.pop(0), len(self.heard), 2.5))


def make_player() -> FakePlayer:
    """A new one."""
    tell, events = trio.open_memory_channel[PlaybackEvent](100)
    return FakePlayer(events, tell)


@attrs.define(eq=False)
class FakeRoom:
    """A microphone and a hotword listener that hear what the test says."""

    blocks: trio.MemorySendChannel[bytes]
    detections: trio.MemorySendChannel[Detection]
    said: bytearray = attrs.field(factory=bytearray)
    offered: bytearray = attrs.field(factory=bytearray)

    def say(self, blocks: int, make: Callable[[int], bytes] | None = None) -> None:
        """Sound for `blocks` times 20 ms, each block different from all others unless `make` says otherwise."""
        for _ in range(blocks):
            number = len(self.said) // 640
            block = make(number) if make else number.to_bytes(4, "little") * 160
            self.said += block
            self.blocks.send_nowait(block)

    def hotword(self, position: int | None = None, score: float = 0.9) -> None:
        """The hotword, noticed at `position` in the stream (its end, if not given)."""
        at = len(self.said) if position is None else position
        self.detections.send_nowait(Detection("hey_jarvis", score, at))
