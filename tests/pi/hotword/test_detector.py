"""The gate must cost not one hotword: the same audio, with it and without it."""

import pytest

from tars.pi.hotword.gate import Gate
from tests.pi.hotword.support import Scored, detections
from tests.support.voices import VOICES, in_room, mix, noise, silence, speak, voiced

NOISES = (0, 5, 20, 80, 300)


def test_behind_the_gate_the_models_give_the_same_scores_however_long_it_was_closed() -> None:
    words = [speak("hey jarvis", voice) for voice in ("en-us+m6", "en-gb-x-rp")]
    room = mix(silence(6) + words[0] + silence(2.5) + words[1] + silence(7) + words[0], noise(22, 20))
    found = Scored.of(room)
    assert len(found.detections(None)) == 3
    assert detections(room, gate=False) == found.detections(None)
    assert detections(room, gate=True) == found.detections(Gate()) == found.detections(None)


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize(("turn", "rms"), list(enumerate(NOISES)))
def test_not_one_hotword_fewer_behind_the_gate(turn: int, rms: float) -> None:
    heard = 0
    for number, voice in enumerate(VOICES):
        word = speak("hey jarvis, what time is it?" if number % 2 else "hey jarvis", voice)
        gain = (1.0, 0.2, 0.05)[(number + turn) % 3]
        room = mix(silence(4.6) + word + silence(0.9), noise(8, rms, seed=number), gain=gain)
        found = Scored.of(room)
        always = found.detections(None)
        assert found.detections(Gate()) == always, (voice, gain)
        heard += len(always)
    assert heard >= 6, "the models themselves hear too little for this to prove anything"


def test_it_fires_once_within_half_a_second_of_the_word() -> None:
    word = speak("hey jarvis", "en-us+m6")
    (found,) = detections(in_room(word, before=5.0, after=2.0), gate=True)
    end = voiced(word)[1] + 5 * 32_000
    assert found.hotword == "hey_jarvis"
    assert end - 0.1 * 32_000 < found.position < end + 0.5 * 32_000


def test_a_hotword_at_the_end_of_a_long_talk_is_heard() -> None:
    talk = speak("i was going to say that it is rather warm for the season, and then again it is not. " * 3)
    room = in_room(talk + speak("hey jarvis", "en-gb-x-rp"), rms=20, before=6)
    always = detections(room, gate=False)
    assert len(always) == 1
    assert detections(room, gate=True) == always


def test_a_hotword_in_the_very_first_second_is_heard() -> None:
    room = in_room(speak("hey jarvis", "en-us+m6"), rms=20, before=0.0)
    assert len(detections(room, gate=True)) == 1


def test_each_of_several_hotwords_is_heard_as_itself() -> None:
    room = in_room(speak("alexa", "en") + silence(1) + speak("hey jarvis"), before=1)
    assert [found.hotword for found in detections(room, gate=True, hotword="alexa")] == ["alexa"]
    assert [found.hotword for found in detections(room, gate=True)] == ["hey_jarvis"]


COMMANDS = (
    "what time is it",
    "set a timer for ten minutes",
    "turn on the lights in the kitchen",
    "what is the weather like today",
    "how much is seventeen times twenty three",
    "tell me a joke",
    "good morning, how are you",
    "play some music please",
    "set the volume to fifty percent",
    "what is the capital of france",
    "remind me to call my mother tomorrow",
    "never mind",
    "goodbye",
    "are you connected",
    "flip a coin",
    "roll two dice",
    "how many kilometres are in a mile",
    "who are you",
    "set your humour to seventy five percent",
    "could you repeat that",
)


@pytest.mark.slow
@pytest.mark.real
def test_what_is_said_to_an_assistant_is_no_hotword() -> None:
    for voice in ("en-us", "en-gb-x-rp", "en-us+f3", "en-us+m6"):
        for command in COMMANDS:
            assert not detections(in_room(speak(command, voice), before=0.5), gate=True), (voice, command)
