"""Wherever the link breaks, recogniser and loudspeaker get what they would have got over a link that holds."""

import functools
import random
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Literal

import pytest
import trio
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tars.messages import FromDevice
from tars.pi.speech import Speech
from tars.pi.tape import Tape
from tars.server.conversation.delivery import Delivery
from tars.server.conversation.engine import Conversation
from tests.resume.household import Fault, Outcome, hold, words
from tests.support.virtual import run_virtual

QUESTIONS = [words(1.5, seed=1), words(0.9, seed=2)]
ANSWERS = ["an answer of more than two seconds", "a short one"]

DIRECTIONS: list[Literal["up", "down"]] = ["up", "down"]
FAULTS = st.lists(
    st.builds(
        Fault,
        direction=st.sampled_from(DIRECTIONS),
        at=st.integers(0, 250_000),
        kind=st.sampled_from(["cut", "stall", "ghost"]),
        away=st.sampled_from([0.0, 0.5, 3.0, 15.0]),
    ),
    max_size=4,
)


def converse(faults: Sequence[Fault]) -> Outcome:
    return run_virtual(hold, QUESTIONS, ANSWERS, faults, limit=250.0, steps=500_000)


@functools.cache
def without_faults() -> Outcome:
    return converse([])


def test_a_conversation_without_faults() -> None:
    outcome = without_faults()
    assert outcome.heard == QUESTIONS
    assert [len(piece) for piece in outcome.played] == [len(answer) * 4_410 for answer in ANSWERS]
    assert outcome.ends == []
    assert outcome.dials == 1


# links that take audio and acknowledge none, after 30 s without any: the tape is full, and all of it is wanted
LATER_CUTS = [Fault("up", 1_767, "cut", 15.0), Fault("up", 58_653, "cut", 15.0)]


@example([*LATER_CUTS, Fault("up", 68_526, "stall", 0.0)], 0)
@example([*LATER_CUTS, *(Fault("up", at, "stall", 0.0) for at in (68_526, 500_000, 1_300_000))], 0)
@example([*LATER_CUTS, Fault("down", 937, "stall", 0.0)], 0)
@settings(max_examples=15)
@given(faults=FAULTS, schedule=st.random_module())
def test_no_byte_is_lost_or_doubled_wherever_the_link_breaks(faults: list[Fault], schedule: object) -> None:
    outcome, whole = converse(faults), without_faults()
    assert outcome.heard == whole.heard
    assert outcome.played == whole.played
    assert outcome.ends == whole.ends


# Proof that the property can fail


def forget_messages(self: Tape, message: FromDevice) -> None:
    pass


def begin_again(self: Speech, session_id: str) -> None:
    return None


def a_sample_less(self: Conversation) -> int:
    return max(0, self._acknowledger.received_bytes - 2)


def from_the_beginning(self: Delivery, received_bytes: int | None) -> bool:
    return RESUME(self, 0)


RESUME = Delivery.resume
DEFECTS: list[tuple[type, str, Any]] = [
    (Tape, "say", forget_messages),
    (Speech, "playback_of", begin_again),
    (Conversation, "received_bytes", property(a_sample_less)),
    (Delivery, "resume", from_the_beginning),
]


@pytest.mark.parametrize(("owner", "name", "defect"), DEFECTS, ids=lambda value: getattr(value, "__name__", ""))
def test_the_property_finds_a_defect(owner: type, name: str, defect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = without_faults()
    monkeypatch.setattr(owner, name, defect)
    rng = random.Random(1)

    def differs() -> bool:
        faults = [Fault(way, rng.randrange(250_000), "cut", rng.choice([0.5, 4.0])) for way in DIRECTIONS]
        outcome = None  # a program that breaks down over it differs as well
        with suppress(BaseExceptionGroup, trio.TooSlowError, AssertionError):
            outcome = converse(faults)
        return outcome is None or (outcome.heard, outcome.played) != (whole.heard, whole.played)

    assert any(differs() for _ in range(10))
