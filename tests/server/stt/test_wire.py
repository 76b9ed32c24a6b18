"""What a speech worker and the server say to each other."""

import attrs
import pytest

from tars.server.brains.skills.table import SKILLS
from tars.server.brains.templates import spec_of
from tars.server.stt.recogniser import (
    Activation,
    FalseWake,
    HotwordAlone,
    PartialTranscript,
    Pause,
    Resumed,
    SpeechEvent,
    SpeechStarted,
    StopWord,
    Utterance,
)
from tars.server.stt.settings import SpeechSettings
from tars.server.stt.wire import (
    Opening,
    Setup,
    decode_event,
    decode_opening,
    decode_setup,
    encode_event,
    encode_opening,
    encode_setup,
)


@pytest.mark.parametrize(
    "event",
    [
        SpeechStarted(1.25),
        PartialTranscript("what time", 1.5),
        Pause("what time is it", 2.0, 2.128),
        Pause("Turn it up.", 2.0, 2.128, "turn it up", doubtful=True, source="grammar"),
        Resumed(2.2),
        Utterance("what time is it", "grammar", 1.25, 2.0, 2.16),
        Utterance("What's 30%?", "grammar", 1.25, 2.0, 2.16, "what's 30 percent", doubtful=True, score=-6.5),
        HotwordAlone(1.4),
        FalseWake(1.4),
        StopWord(2.4),
    ],
)
def test_events_survive(event: SpeechEvent) -> None:
    assert decode_event(encode_event(7, event)) == (7, event)


def test_the_setup_survives() -> None:
    grammar = attrs.evolve(spec_of(SKILLS), names={"room": ("Kitchen", "Office")})
    setup = Setup(SpeechSettings(short_pause=0.2), grammar, ["hey_jarvis"])
    assert decode_setup(encode_setup(setup)) == setup


@pytest.mark.parametrize("activation", [None, Activation(0.0), Activation(1.5, "hey_jarvis", 0.75)])
def test_the_opening_survives(activation: Activation | None) -> None:
    opening = Opening("s1", activation)
    assert decode_opening(encode_opening(opening)) == opening
