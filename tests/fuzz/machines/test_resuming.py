"""What a session says over links that are cut anywhere: the server has each byte and each message once, in order.

The device's tape and the server's memory of repetitions, with a cable between them that loses what is under way.
The tape is short: what it has no room for is not said at all, and all else arrives.
"""

from collections import deque

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from tars.messages import FromDevice, PlaybackProgress
from tars.pi.tape import Tape
from tars.server.conversation.repetitions import Repetitions
from tests.fuzz.machines.running import Counted, run


class Resuming(Counted):
    """A session, seen as what is said in it: audio and messages, in one order."""

    def __init__(self) -> None:
        super().__init__()
        self.tape, self.repetitions = Tape(capacity=160, reserve=80), Repetitions()
        self.linked = True
        self.under_way: deque[bytes | FromDevice] = deque()
        self.acks: deque[int] = deque()
        self.said: list[tuple[int, FromDevice]] = []
        self.audio = bytearray()
        self.taken: list[tuple[int, FromDevice]] = []
        self.received = bytearray()

    @rule(units=st.integers(1, 20))
    def hears(self, units: int) -> None:
        pcm = b"".join((len(self.audio) // 2 + unit).to_bytes(2, "little") for unit in range(units))
        if not self.tape.hear(pcm, connected=self.linked):
            return
        self.audio += pcm
        if self.linked:
            self.under_way.append(pcm)

    @rule()
    def says(self) -> None:
        message = PlaybackProgress("u1", len(self.said))
        self.said.append((len(self.audio), message))
        self.tape.say(message)
        if self.linked:
            self.under_way.append(message)

    @precondition(lambda self: self.under_way)
    @rule(count=st.integers(1, 8))
    def arrives(self, count: int) -> None:
        for _ in range(min(count, len(self.under_way))):
            match self.under_way.popleft():
                case bytes(pcm):
                    self.received += pcm
                    self.repetitions.audio()
                case message:
                    if not self.repetitions.is_one(message):
                        self.taken.append((len(self.received), message))

    @precondition(lambda self: self.linked)
    @rule()
    def acknowledges(self) -> None:
        self.acks.append(len(self.received))

    @precondition(lambda self: self.acks)
    @rule()
    def ack_arrives(self) -> None:
        self.tape.acknowledge(self.acks.popleft())

    @precondition(lambda self: self.linked)
    @rule()
    def is_cut(self) -> None:
        self.linked = False
        self.under_way.clear()
        self.acks.clear()

    @precondition(lambda self: not self.linked)
    @rule()
    def comes_back(self) -> None:
        self.linked = True
        self.repetitions.came_back()
        self.tape.begin_again()
        assert self.tape.holds(len(self.received)), "what is missing is not kept"
        self.under_way.extend(self.tape.since(len(self.received)))

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        assert self.received == self.audio[: len(self.received)], "audio was lost or doubled"
        assert self.taken == self.said[: len(self.taken)], "messages were lost, doubled or moved"

    def teardown(self) -> None:
        if not self.linked:
            self.comes_back()
        while self.under_way:
            self.arrives(8)
        assert (self.received, self.taken) == (self.audio, self.said), "not all arrived in the end"


def test_what_is_said_arrives_once_whatever_is_cut() -> None:
    assert run(Resuming, runs=100, steps=50) >= 3_000


def test_the_machine_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Repetitions, "is_one", lambda self, message: False)
    with pytest.raises(AssertionError, match=r"messages were|not all arrived"):
        run(Resuming, runs=100, steps=50, shrink=False)
