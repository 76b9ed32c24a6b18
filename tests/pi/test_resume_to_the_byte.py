"""Wherever a session is cut, the server hears and the loudspeaker plays what an uncut session would have.

The device is whole, down to its player; only the server and the loudspeaker are scripts. Defects that are put in
on purpose show that the property would see them.
"""

import itertools
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import attrs
import pytest
import trio
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from tars.audio.formats import AudioFormat
from tars.link import LinkLost
from tars.messages import (
    AudioAck,
    FromDevice,
    FromServer,
    Resumed,
    SessionStarted,
    StartOfTtsStream,
    TtsStreamEnd,
)
from tars.pi.session import Session, SessionPolicy
from tars.pi.speech import Speech
from tars.pi.tape import Tape
from tests.pi.fakes import FakeServer
from tests.pi.kitchen import Kitchen, play

POLICY = SessionPolicy(resume_window=300.0, silence_timeout=10_000.0)
Step = tuple[str, int]
STEPS = st.one_of(
    st.tuples(st.sampled_from(["speak", "speak", "hear"]), st.integers(1, 60)),
    st.tuples(st.just("cut"), st.integers(0, 40)),
    st.tuples(st.sampled_from(["heal", "end", "ack", "wait"]), st.integers(0, 40)),
)
STORIES = st.lists(STEPS, min_size=6, max_size=16)


@attrs.define(eq=False)
class RecordingSpeaker:
    """Plays in no time, and remembers what."""

    volume: int = 100
    played_pcm: bytearray = attrs.field(factory=bytearray)
    _format: AudioFormat = attrs.field(factory=lambda: AudioFormat(16_000))
    _written: int = 0
    _heard: trio.Event = attrs.field(factory=trio.Event)

    async def start(self, audio_format: AudioFormat) -> None:
        self._format, self._written, self._heard = audio_format, 0, trio.Event()
        await trio.lowlevel.checkpoint()

    async def write(self, pcm: bytes) -> None:
        self.played_pcm += pcm
        self._written += len(pcm)
        self._heard.set()
        await trio.lowlevel.checkpoint()

    async def drain(self) -> None:
        await trio.lowlevel.checkpoint()

    def discard(self) -> None:
        pass

    @property
    def played(self) -> int:
        return self._written // self._format.frame_bytes

    async def wait_heard(self) -> float:
        await self._heard.wait()
        return trio.current_time()

    @property
    def heard_at(self) -> float | None:
        return trio.current_time() if self._heard.is_set() else None


@attrs.define
class Reply:
    """One utterance, as far as the server has made it."""

    utterance_id: str
    pieces: list[bytes] = attrs.field(factory=list)
    ended: bool = False

    def rest(self, session_id: str, received: int) -> Iterator[FromServer | bytes]:
        """What a device lacks that has so much of it."""
        yield StartOfTtsStream(self.utterance_id, 16_000, 1, 2, session_id)
        if rest := b"".join(self.pieces)[received:]:
            yield rest
        if self.ended:
            yield TtsStreamEnd(self.utterance_id, len(b"".join(self.pieces)))


@attrs.define(eq=False)
class ScriptedServer:
    """Does what the story says, and keeps its session while the link is away."""

    kitchen: Kitchen
    session_id: str = ""
    microphone: bytearray = attrs.field(factory=bytearray)
    told: list[tuple[str, str]] = attrs.field(factory=lambda: [("hotword_detected", "")])
    """What the device said, each thing once. A server that has the session has its beginning."""
    replies: list[Reply] = attrs.field(factory=list)
    up: bool = True
    _taken: int = 0
    _fill: Iterator[int] = attrs.field(factory=itertools.count)

    async def perform(self, step: str, number: int) -> None:
        match step:
            case "hear":
                self.kitchen.room.say(number)
            case "speak":
                await self.speak(number)
            case "end":
                await self.end()
            case "ack" if self.up:
                self.take(late=number)
                await self.kitchen.say(AudioAck(self.session_id, len(self.microphone)))
            case "cut" if self.up:
                self.up = False
                self.take(late=number)
                self.kitchen.server.refusal = LinkLost("the network is away")
                self.kitchen.server.now.lose()
            case "heal" if not self.up:
                await self.heal()
            case "wait":
                await trio.sleep(number / 10)
        await self.kitchen.settle()

    async def speak(self, size: int) -> None:
        if not self.replies or self.replies[-1].ended:
            self.replies.append(Reply(f"u{len(self.replies)}"))
            await self.say(StartOfTtsStream(self.replies[-1].utterance_id, 16_000, 1, 2, self.session_id))
        piece = b"".join(next(self._fill).to_bytes(2, "little") for _ in range(size))
        self.replies[-1].pieces.append(piece)
        await self.say(piece)

    async def end(self) -> None:
        if self.replies and not self.replies[-1].ended:
            self.replies[-1].ended = True
            await self.say(*list(self.replies[-1].rest(self.session_id, 0))[-1:])

    async def say(self, frame: FromServer | bytes) -> None:
        if self.up:
            await self.kitchen.say(frame)

    def take(self, late: int) -> None:
        """What the device has sent arrives, but for the last frames, which come `late` or, after a cut, never."""
        sent = self.kitchen.server.now.sent
        arrived = max(self._taken, len(sent) - late)
        for frame in sent[self._taken : arrived]:
            if isinstance(frame, bytes):
                self.microphone += frame
                continue
            message = json.loads(frame)
            told = message["type"], message.get("utterance_id", "")
            if told[0] == "playback_complete":
                assert told[1] in [reply.utterance_id for reply in self.replies if reply.ended]
            if message["type"] not in ("hello", "playback_progress") and told not in self.told:
                self.told.append(told)
        self._taken = arrived

    def resumed(self, hello: dict[str, Any]) -> Resumed | None:
        assert hello["resume"]["session_id"] == self.session_id
        return Resumed(self.session_id, len(self.microphone))

    async def heal(self) -> None:
        self._taken, self.up = 0, True
        self.kitchen.server.refusal = None
        self.kitchen.client.nudge()
        await trio.sleep(0.3)
        await self.kitchen.settle()
        held = self.kitchen.server.now.messages[0]["resume"].get("playback", {"utterance_id": ""})
        ids = [reply.utterance_id for reply in self.replies]
        first = ids.index(held["utterance_id"]) if held["utterance_id"] in ids else 0
        for reply in self.replies[first:]:
            received = held["received_bytes"] if reply.utterance_id == held["utterance_id"] else 0
            for frame in reply.rest(self.session_id, received):
                await self.kitchen.say(frame)


def run(steps: list[Step]) -> tuple[bytes, bytes, list[tuple[str, str]]]:
    """What the server heard, what the loudspeaker played, what the server was told."""
    speaker, result = RecordingSpeaker(), (b"", b"", [("", "")])

    async def story(kitchen: Kitchen) -> None:
        nonlocal result
        server = ScriptedServer(kitchen)
        kitchen.server.resumed = lambda hello: server.resumed(hello) if "resume" in hello else None
        server.session_id = await kitchen.wake()
        await kitchen.say(SessionStarted(server.session_id))
        for step, number in steps:
            await server.perform(step, number)
        for step in ("heal", "end", "ack"):
            await server.perform(step, 0)
        assert kitchen.ends() == []
        result = bytes(server.microphone), bytes(speaker.played_pcm), server.told

    play(story, FakeServer(), POLICY, speaker=speaker)
    return result


def whole(steps: list[Step]) -> list[Step]:
    return [(step, number) for step, number in steps if step not in ("cut", "heal")]


@settings(max_examples=80)
@given(steps=STORIES)
def test_cuts_neither_lose_nor_double_a_byte_in_either_direction(steps: list[Step]) -> None:
    assert run(steps) == run(whole(steps))


def forget_one_frame(self: Tape, position: int) -> Iterator[bytes | FromDevice]:
    for number, said in enumerate(SINCE(self, position)):
        if number != 1:
            yield said


def forget_messages(self: Tape, message: FromDevice) -> None:
    pass


def count_one_byte_less(self: Speech, pcm: bytes) -> None:
    ON_AUDIO(self, pcm)
    if self._incoming is not None and self._incoming.received_bytes == len(pcm):
        self._incoming.received_bytes -= 2


def start_again(self: Speech, start: StartOfTtsStream) -> bool:
    if self._incoming is not None:
        self._incoming.cut = False
    return BEGIN(self, start)


def acknowledge_too_much(self: Tape, received: int) -> None:
    ACKNOWLEDGE(self, received + 1280)


def go_on_from_the_end(self: Session, welcome: Any) -> int:
    return self.tape.end


def fall_silent(self: Speech, session_id: str) -> None:
    self.hush()


SINCE, ON_AUDIO, BEGIN, ACKNOWLEDGE = Tape.since, Speech.on_audio, Speech._begin, Tape.acknowledge
DEFECTS: list[tuple[type, str, Any]] = [
    (Tape, "since", forget_one_frame),
    (Tape, "say", forget_messages),
    (Tape, "acknowledge", acknowledge_too_much),
    (Session, "next_position", go_on_from_the_end),
    (Speech, "on_audio", count_one_byte_less),
    (Speech, "_begin", start_again),
    (Speech, "hold", fall_silent),
]


@pytest.mark.parametrize(("owner", "name", "defect"), DEFECTS, ids=lambda value: getattr(value, "__name__", value))
def test_the_property_finds_a_defect(owner: type, name: str, defect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, name, defect)

    def found(steps: list[Step]) -> bool:
        differs = True  # a device that breaks down over it differs as well
        with suppress(BaseExceptionGroup):
            differs = run(steps) != run(whole(steps))
        return differs

    # the same search each time: it must not miss once in a while
    search = settings(max_examples=600, phases=(Phase.generate,), derandomize=True, database=None)
    assert find(STORIES, found, settings=search)
