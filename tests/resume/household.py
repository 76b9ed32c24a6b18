"""Device and server, whole but for sound card, models and network, and somebody who talks to them."""

import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Literal

import attrs
import trio

from tars.audio.formats import MICROPHONE, AudioFormat
from tars.link import open_connection
from tars.messages import Hello
from tars.pi import status
from tars.pi.devices import Devices
from tars.pi.hotword.detection import Detection
from tars.pi.listening import Listening
from tars.pi.outbox import RESUMING_LIMIT
from tars.pi.playback import open_player
from tars.pi.session import SessionPolicy as DevicePolicy
from tars.pi.session_manager import SessionManager
from tars.pi.websocket_client import WebSocketClient
from tars.server.conversation.policy import SessionPolicy as ServerPolicy
from tests.server.attentive import AttentiveRecogniser, CountingVoice
from tests.server.fakes import FakeBrain, FakeProviders
from tests.server.house import URL, House, open_house
from tests.support.faulty_network import FaultyNetwork, Wire

BLOCK = 0.02
BLOCK_BYTES = MICROPHONE.bytes_in(BLOCK)
VOICE = AudioFormat(22_050)
"""Not the format of the device's own sounds."""
ECHO = b"\x11" * BLOCK_BYTES
"""What the microphone hears of TARS: nothing that the recogniser may ever hear."""
REACTION = 0.4
"""Seconds from the end of an answer to the next question."""
WINDOW = 60.0
QUIET = 3.0
"""Seconds in which nothing more may happen at the end."""


def words(seconds: float, seed: int) -> bytes:
    """Somebody speaks: no sample of it is silent."""
    rng = random.Random(seed)
    return bytes(rng.randrange(1, 256) for _ in range(MICROPHONE.bytes_in(seconds)))


@attrs.frozen
class Fault:
    """The network breaks when so many bytes have passed in one direction, wherever in a frame that is."""

    direction: Literal["up", "down"]
    at: int
    """Bytes on the wire, over all links."""
    kind: Literal["cut", "stall", "ghost"]
    """A reset; silence; or a reset of which only the device learns, so that its next link meets a ghost."""
    away: float
    """Seconds in which no dial succeeds."""


@attrs.define(eq=False)
class Tap(trio.abc.Stream):
    """The device's end of a wire, which tells the network what passes."""

    wire: Wire
    network: "CountingNetwork"
    deaf: bool = False

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        rest = bytes(data)
        while rest:
            count = self.network.room("up", len(rest))
            if not self.deaf:
                await self.wire.client.send_all(rest[:count])
            rest = rest[count:]
            self.network.passed("up", count, self)
            self.check()

    async def wait_send_all_might_not_block(self) -> None:
        await trio.lowlevel.checkpoint()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        count = self.network.room("down", max_bytes or 65_536)
        data = await self.wire.client.receive_some(count)
        self.check()
        self.network.passed("down", len(data), self)
        return data

    async def aclose(self) -> None:
        if self.deaf:
            self.wire.client.closed = True  # no FIN gets through
        await self.wire.client.aclose()

    def check(self) -> None:
        if self.deaf:
            raise trio.BrokenResourceError


@attrs.define(eq=False)
class CountingNetwork:
    """The network as the device sees it."""

    network: FaultyNetwork
    faults: list[Fault]
    nursery: trio.Nursery
    counts: dict[str, int] = attrs.field(factory=lambda: {"up": 0, "down": 0})

    async def open_stream(self) -> trio.abc.Stream:
        await self.network.open_stream()
        return Tap(self.network.wires[-1], self)

    def room(self, direction: str, wanted: int) -> int:
        """So many bytes may pass before the next fault, and one at least."""
        due = [fault.at - self.counts[direction] for fault in self.faults if fault.direction == direction]
        return max(1, min([wanted, *due]))

    def passed(self, direction: str, count: int, tap: Tap) -> None:
        self.counts[direction] += count
        for fault in self.faults:
            if fault.direction == direction and fault.at <= self.counts[direction]:
                self.faults.remove(fault)
                self.nursery.start_soon(self.strike, fault, tap)
                return

    async def strike(self, fault: Fault, tap: Tap) -> None:
        if fault.kind == "cut":
            tap.wire.cut()
        elif fault.kind == "stall":
            tap.wire.set_stalled(True)
        else:
            tap.wire.set_stalled(True)
            tap.deaf = True
            tap.wire.client.incoming.stalled = False
            tap.wire.client.incoming.end()
        self.network.mode = "refuse"
        await trio.sleep(fault.away)
        self.network.mode = "ok"


@attrs.define(eq=False)
class Loudspeaker:
    """Plays in real time, and remembers every piece in TARS's voice."""

    volume: int = 100
    pieces: list[bytes] = attrs.field(factory=list)
    speaking: bool = False
    _format: AudioFormat = VOICE
    _written: int = 0
    _ends: float = 0.0
    _heard: trio.Event = attrs.field(factory=trio.Event)
    _heard_at: float | None = None

    async def start(self, audio_format: AudioFormat) -> None:
        self._format, self._written, self._heard, self._heard_at = audio_format, 0, trio.Event(), None
        if audio_format == VOICE:
            self.pieces.append(b"")
        await trio.lowlevel.checkpoint()

    async def write(self, pcm: bytes) -> None:
        await trio.sleep_until(self._ends - 0.3)
        if self._heard_at is None:
            self._heard_at = trio.current_time()
            self._heard.set()
        self._ends = max(trio.current_time(), self._ends) + self._format.seconds(len(pcm))
        self._written += len(pcm)
        if self._format == VOICE:
            self.pieces[-1] += pcm
            self.speaking = True

    async def drain(self) -> None:
        await trio.sleep_until(self._ends)
        self.speaking = False
        await trio.sleep(0.1)  # what the sound card holds

    def discard(self) -> None:
        self._ends = trio.current_time()
        self.speaking = False

    @property
    def played(self) -> int:
        waiting = max(0.0, self._ends - trio.current_time())
        return max(0, self._written // self._format.frame_bytes - round(waiting * self._format.rate))

    async def wait_heard(self) -> float:
        await self._heard.wait()
        return trio.current_time()

    @property
    def heard_at(self) -> float | None:
        return self._heard_at


@attrs.frozen
class Outcome:
    """What came of it."""

    heard: list[bytes]
    """By the recogniser, of each question."""
    played: list[bytes]
    """By the loudspeaker, of each answer."""
    ends: list[str]
    """Why sessions ended at the device."""
    dials: int


@attrs.define(eq=False)
class Household:
    """Everything together, while it runs."""

    house: House
    network: CountingNetwork
    speaker: Loudspeaker
    client: WebSocketClient
    blocks: trio.MemorySendChannel[bytes]
    detections: trio.MemorySendChannel[Detection]
    feed: trio.MemoryReceiveChannel[status.StatusEvent]
    events: list[status.StatusEvent] = attrs.field(factory=list)
    position: int = 0
    _saying: bytes = b""

    async def listen(self) -> None:
        """The microphone."""
        while True:
            block, self._saying = self._saying[:BLOCK_BYTES], self._saying[BLOCK_BYTES:]
            block = block or (ECHO if self.speaker.speaking else bytes(BLOCK_BYTES))
            self.position += len(block)
            await self.blocks.send(block)
            await trio.sleep(BLOCK)

    async def watch(self) -> None:
        async for event in self.feed:
            self.events.append(event)

    async def converse(self, questions: Sequence[bytes]) -> None:
        """Say the hotword, and one question after the other, each when the last answer has been heard."""
        await trio.sleep(1.6)  # the pre-roll
        while not self.client.connected:  # noqa: ASYNC110 - the person is in no hurry
            await trio.sleep(0.1)
        self.detections.send_nowait(Detection("hey_jarvis", 0.9, self.position))
        for count, question in enumerate(questions, 1):
            await trio.sleep(REACTION)
            self._saying = question
            while sum(isinstance(event, status.PlaybackCompleted) for event in self.events) < count:  # noqa: ASYNC110
                assert not self.ends, f"the session ended before answer {count}: {self.events[-8:]}"
                await trio.sleep(0.1)
        await trio.sleep(QUIET)

    @property
    def ends(self) -> list[str]:
        """Why sessions ended, of those that have."""
        return [event.reason for event in self.events if isinstance(event, status.SessionEnded)]


@asynccontextmanager
async def open_household(faults: Sequence[Fault], providers: FakeProviders) -> AsyncGenerator[Household, None]:
    policy = ServerPolicy(resume_window=WINDOW, timeout=120.0)
    async with open_house(providers=providers, policy=policy, delay=0.02) as house, trio.open_nursery() as nursery:
        network = CountingNetwork(house.network, list(faults), nursery)
        client = WebSocketClient(
            partial(open_connection, URL, open_stream=network.open_stream),
            Hello(protocol=1, device_id="kitchen"),
            rng=random.Random(5),
            clock=trio.current_time,
            audio_limit=RESUMING_LIMIT,
        )
        feed = status.StatusFeed()
        manager = SessionManager(
            client, feed, Listening(), DevicePolicy(resume_window=WINDOW), clock=trio.current_time
        )
        blocks, heard = trio.open_memory_channel[bytes](100)
        detected, detections = trio.open_memory_channel[Detection](10)
        speaker = Loudspeaker()
        household = Household(house, network, speaker, client, blocks, detected, feed.subscribe())

        @asynccontextmanager
        async def open_devices() -> AsyncGenerator[Devices, None]:
            async with open_player(speaker, clock=trio.current_time) as player:
                yield Devices(heard, trio.Event(), lambda block: None, detections, player)

        nursery.start_soon(manager.run, open_devices)
        nursery.start_soon(household.listen)
        nursery.start_soon(household.watch)
        yield household
        nursery.cancel_scope.cancel()


async def hold(questions: Sequence[bytes], answers: Sequence[str], faults: Sequence[Fault]) -> Outcome:
    """Hold a conversation over a network with these faults."""
    recogniser = AttentiveRecogniser(lengths=[len(question) for question in questions])
    brain = FakeBrain(replies={f"question {turn}": answer for turn, answer in enumerate(answers)})
    providers = FakeProviders(recogniser, brain, CountingVoice(format=VOICE))
    async with open_household(faults, providers) as household:
        await household.converse(questions)
        assert not household.house.events("session_broken")
        dials = len(household.house.network.dials)
        return Outcome(recogniser.heard, household.speaker.pieces, household.ends, dials)
