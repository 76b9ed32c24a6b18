"""Wherever a session is cut, the recogniser hears and the device gets what they would have without a fault.

The server is whole, over the real link; the device is a script that follows docs/protocol.md, "Going on over a new
link". Defects that are put in on purpose show that the property would see them.
"""

import functools
import random
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Literal

import attrs
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from tars.audio.formats import MICROPHONE
from tars.link import LinkLost
from tars.messages import Playback
from tars.server.conversation.delivery import Delivery
from tars.server.conversation.engine import Conversation
from tars.server.conversation.line import Line
from tars.server.conversation.patience import Patience
from tars.server.conversation.policy import SessionPolicy
from tars.server.conversation.repetitions import Repetitions
from tars.server.conversation.speech_tape import SpeechTape
from tars.server.conversation.turn import Turn
from tests.server.attentive import AttentiveRecogniser, CountingVoice
from tests.server.fakes import FakeBrain, FakeProviders, Frame, HandDevice
from tests.server.house import House, open_house
from tests.support.virtual import run_virtual

FRAME = MICROPHONE.bytes_in(0.08)
QUESTIONS = [random.Random(turn).randbytes(FRAME * 20 + 518) for turn in range(2)]
"""1.6 s each. A part of a frame at their ends: nothing says that an utterance is whole frames."""
NOISE = random.Random(9).randbytes(FRAME * 8)
"""What the microphone hears while TARS speaks: nobody's."""
ANSWER = "an answer of more than three seconds"


@attrs.frozen
class Fault:
    """The link breaks."""

    after: Literal["microphone", "saying", "speech", "hearing"]
    """It breaks after audio or a message that the device has sent, audio or a message that it has received,"""
    at: int
    """as soon as so many bytes have been sent or received."""
    silent: bool
    """The server is not told: the next link takes over from a ghost."""
    lag: float
    """Seconds that the device's last words had to arrive."""
    away: float


AFTER: list[Literal["microphone", "saying", "speech", "hearing"]] = ["microphone", "saying", "speech", "hearing"]
FAULTS = st.lists(
    st.builds(
        Fault,
        after=st.sampled_from(AFTER),
        at=st.integers(0, 230_000),
        silent=st.booleans(),
        lag=st.sampled_from([0.0, 0.0, 0.05]),
        away=st.sampled_from([0.0, 0.3, 2.0, 14.0]),
    ),
    max_size=5,
)


@attrs.define(eq=False)
class Caller:
    """A device that keeps what it says until the server has it."""

    house: House
    faults: list[Fault]
    reports: bool
    """Whether it tells how far the loudspeaker has come."""
    tape: list[tuple[int, bytes | dict[str, Any]]] = attrs.field(factory=list)
    """What it said, and how many microphone bytes it had said before."""
    got: dict[str, bytearray] = attrs.field(factory=dict)
    """The audio of each utterance."""
    whole: set[str] = attrs.field(factory=set)
    texts: set[str] = attrs.field(factory=set)
    _news: trio.Event = attrs.field(factory=trio.Event)
    _current: str = ""
    _sent: int = 0
    """Microphone bytes that have ever left."""
    _fault: Fault | None = None
    _scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.keep_connected)
            self.say({"type": "hotword_detected", "session_id": "s1", "hotword": "hey_jarvis", "score": 0.9})
            for turn, question in enumerate(QUESTIONS):
                for at in range(0, len(question), FRAME):
                    self.say(question[at : at + FRAME])
                    await trio.sleep(0.08)
                await self.until(lambda: len(self.whole) > turn)  # noqa: B023 - it is over with the turn
                for at in range(0, len(NOISE), FRAME):
                    self.say(NOISE[at : at + FRAME])
                self.say({"type": "playback_complete", "utterance_id": self._current})
            await trio.sleep(60)
            nursery.cancel_scope.cancel()

    def say(self, item: bytes | dict[str, Any]) -> None:
        self.tape.append((self.end, item))
        self.tell()

    @property
    def end(self) -> int:
        return sum(len(item) for _, item in self.tape if isinstance(item, bytes))

    async def until(self, come: Any) -> None:
        while not come():
            await self._news.wait()

    def tell(self) -> None:
        news, self._news = self._news, trio.Event()
        news.set()

    async def keep_connected(self) -> None:
        place: int | None = None
        while True:
            device = await self.house.dial()
            if place is None:
                await device.hello()
            else:
                welcome = await device.hello(resume=self.resume())
                place = welcome["resumed"]["audio_received_bytes"] if "resumed" in welcome else 0
                assert "resumed" in welcome or self._sent == 0 or not device.all("session_started")
            for ghost in self.house.network.wires[:-1]:
                ghost.set_stalled(False)  # what it held back comes now
            self._fault = None
            with trio.CancelScope() as self._scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self.write, device, place or 0)
                    nursery.start_soon(self.read, device)
            assert self._fault is not None
            await trio.sleep(self._fault.lag)
            wire = self.house.network.wires[-1]
            wire.set_stalled(True) if self._fault.silent else wire.cut()
            await trio.sleep(self._fault.away)
            place = 0

    def resume(self) -> dict[str, Any]:
        playback = {"utterance_id": self._current, "received_bytes": len(self.got.get(self._current, b""))}
        return {"session_id": "s1", **({"playback": playback} if self._current else {})}

    def strike(self, after: str, count: int) -> bool:
        for fault in self.faults:
            if fault.after == after and fault.at <= count:
                self.faults.remove(fault)
                self._fault = fault
                self._scope.cancel()
                return True
        return False

    async def write(self, device: HandDevice, place: int) -> None:
        number = 0
        while True:
            await self.until(lambda: len(self.tape) > number)  # noqa: B023 - it is asked at once
            at, item = self.tape[number]
            number += 1
            with suppress(LinkLost):
                if isinstance(item, dict):
                    if at >= place:
                        await device.send(**item)
                        if self.strike("saying", self._sent):
                            return
                    continue
                rest = item[max(0, place - at) :]
                for fault in self.faults:  # in mid-frame
                    if fault.after == "microphone" and self._sent < fault.at < self._sent + len(rest):
                        rest = rest[: (fault.at - self._sent) // 2 * 2]
                if rest:
                    await device.send(rest)
                self._sent += len(rest)
            if self.strike("microphone", self._sent + 1):
                return

    async def read(self, device: HandDevice) -> None:
        number = 1
        while True:
            frame = await device.frame(number)
            self.take(frame)
            number += 1
            received = sum(map(len, self.got.values()))
            if self.reports and isinstance(frame, bytes):
                told = {"utterance_id": self._current, "played_bytes": len(self.got[self._current])}
                with suppress(LinkLost):
                    await device.send(type="playback_progress", **told)
            if self.strike("speech" if isinstance(frame, bytes) else "hearing", received):
                return

    def take(self, frame: Frame) -> None:
        if isinstance(frame, bytes):
            self.got[self._current] += frame
        elif frame["type"] == "start_of_tts_stream":
            self._current = frame["utterance_id"]
            self.got.setdefault(self._current, bytearray())
        elif frame["type"] == "tts_stream_end":
            assert frame["total_bytes"] == len(self.got[frame["utterance_id"]])
            self.whole.add(frame["utterance_id"])
        elif frame["type"] in ("transcript", "reply") and frame["final"]:
            self.texts.add(frame["text"])
        elif frame["type"] in ("error", "stop_playback", "session_end"):
            raise AssertionError(frame)
        self.tell()


Result = tuple[list[bytes], list[bytes], set[str]]


def run(faults: Sequence[Fault], reports: bool) -> Result:
    """What the recogniser heard of each question, what the device got of each answer, and what was shown."""
    recogniser = AttentiveRecogniser(lengths=[len(question) for question in QUESTIONS])
    brain = FakeBrain(replies={f"question {turn}": ANSWER for turn in range(len(QUESTIONS))})
    providers = FakeProviders(recogniser, brain, CountingVoice())

    async def story() -> Result:
        policy = SessionPolicy(resume_window=60.0, timeout=120.0)
        async with open_house(providers=providers, policy=policy) as house:
            caller = Caller(house, list(faults), reports)
            await caller.run()
            assert not house.events("session_broken")
            assert not house.events("session_end")
            return recogniser.heard, [bytes(audio) for audio in caller.got.values()], caller.texts

    return run_virtual(story, limit=1_000.0, steps=200_000)


@functools.cache
def whole(reports: bool) -> Result:
    """What comes of a session without a fault."""
    return run([], reports)


@settings(max_examples=30, deadline=None)
@given(faults=FAULTS, reports=st.booleans(), schedule=st.random_module())
def test_cuts_neither_lose_nor_double_a_byte(faults: list[Fault], reports: bool, schedule: object) -> None:
    heard, got, texts = run(faults, reports)
    assert (heard, got, texts) == whole(reports)
    assert heard == QUESTIONS


# Proof that the property can fail


def a_frame_too_far(self: Delivery, received_bytes: int | None) -> bool:
    return RESUME(self, None if received_bytes is None else received_bytes + FRAME)


def a_sample_too_early(self: Delivery, received_bytes: int | None) -> bool:
    RESUME(self, max(0, (received_bytes or 0) - 2))
    return True


def all_of_it_again(self: Turn, playback: Playback | None) -> bool:
    return self._attempt is None or self._attempt.delivery.resume(0)


def one_frame_more_than_came(self: Conversation) -> int:
    return self._acknowledger.received_bytes + FRAME


def what_was_sent_is_forgotten(self: SpeechTape, position: int) -> None:
    self._kept = 0
    SENT(self, position)


def nothing(self: object) -> None:
    pass


def say_nothing_again(self: Line) -> None:
    self._present.set()


def nothing_is_a_repetition(self: Repetitions, message: object) -> bool:
    return False


RESUME, SENT = Delivery.resume, SpeechTape.sent
DEFECTS: list[tuple[type, str, Any]] = [
    (Delivery, "resume", a_frame_too_far),
    (Delivery, "resume", a_sample_too_early),
    (Delivery, "suspend", nothing),
    (Turn, "resume", all_of_it_again),
    (Conversation, "received_bytes", property(one_frame_more_than_came)),
    (SpeechTape, "sent", what_was_sent_is_forgotten),
    (Patience, "pause", nothing),
    (Line, "come_back", say_nothing_again),
    (Repetitions, "is_one", nothing_is_a_repetition),
]


def stories(count: int) -> list[tuple[list[Fault], bool]]:
    rng = random.Random(4)
    return [
        (
            [
                Fault(
                    after=rng.choice(AFTER),
                    at=rng.choice([0, rng.randrange(150_000)]),
                    silent=rng.random() < 0.5,
                    lag=rng.choice([0.0, 0.05]),
                    away=rng.choice([0.0, 2.0, 14.0]),
                )
                for _ in range(3)
            ],
            rng.random() < 0.5,
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize(("owner", "name", "defect"), DEFECTS, ids=lambda value: getattr(value, "__name__", ""))
def test_the_property_finds_a_defect(owner: type, name: str, defect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = whole(reports=False)
    monkeypatch.setattr(owner, name, defect)

    def differs(faults: list[Fault], reports: bool) -> bool:
        result = None  # a device or a server that breaks down over it differs as well
        with suppress(BaseExceptionGroup, trio.TooSlowError, AssertionError):
            result = run(faults, reports)
        return result != expected

    assert any(differs(*story) for story in stories(40))
