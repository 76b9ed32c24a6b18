"""What the recogniser makes of synthetic voices, rooms and noises: real models, the same in every run."""

import numpy as np
import pytest

from tars.server.stt.recogniser import (
    Activation,
    FalseWake,
    HotwordAlone,
    PartialTranscript,
    Pause,
    Resumed,
    SpeechStarted,
    StopWord,
    Utterance,
)
from tars.server.stt.vad import FRAME_BYTES
from tests.server.stt.hearing import Hearing
from tests.server.stt.hearing import hearing as loaded
from tests.server.stt.sounds import ROOM, room, said
from tests.support.voices import in_room, mix, noise, silence, speak, voiced

pytestmark = pytest.mark.real

RATE = 32_000  # bytes a second
WOKEN = Activation(1.5, "hey_jarvis", 0.9)
"""By a device that sends 1.5 s from before the detection."""


@pytest.fixture(scope="module")
def hearing() -> Hearing:
    return loaded()


@pytest.mark.parametrize("voice", ["en-us", "en-us+f2"])
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
    assert hearing.words(said(*parts, voice=voice), WOKEN) == [("what time is it", "grammar")]


@pytest.mark.parametrize("voice", ["en-us+f2", "en-gb-scotland"])
def test_the_hotword_alone_is_no_utterance_and_is_told(hearing: Hearing, voice: str) -> None:
    events = hearing.hear(said("hey jarvis", 1.2, "hey jarvis", after=1.2, voice=voice), WOKEN)
    assert [type(event) for event in events if not isinstance(event, Pause | PartialTranscript)] == [
        SpeechStarted,
        HotwordAlone,
    ] * 2


def test_a_question_behind_the_hotword_is_heard_as_something_however_unclear_it_is(hearing: Hearing) -> None:
    """In this voice the hotword alone explains the sound nearly as well as "head for tails" behind it."""
    voice = "en-gb-x-rp+f1"
    called = in_room(speak("hey jarvis", voice), 20, 0.5, 0.1)
    begin, end = voiced(question := speak("heads or tails", voice))
    pcm = called + in_room(question[begin:end], 20, 0.15, 1.5)
    (utterance,) = hearing.utterances(pcm, Activation(len(called) / RATE, "hey_jarvis", 0.9))
    assert utterance.text


@pytest.mark.parametrize("activation", [None, Activation(0.0), WOKEN], ids=["button", "no pre-roll", "pre-roll"])
@pytest.mark.parametrize("word", ["giraffes", "mute"])
def test_no_speech_is_taken_for_the_hotword_because_of_where_it_stands(
    hearing: Hearing, word: str, activation: Activation | None
) -> None:
    (utterance,) = hearing.utterances(said(word, before=0.1, after=2.0), activation)
    assert utterance.text


@pytest.mark.parametrize(
    ("words", "voice", "before"),
    [
        ("what day is it", "en-us+f2", 0.2),
        ("roll two dice", "en-us", 0.35),
        ("repeat that", "en-gb-x-rp", 0.35),
        ("tell me a joke", "en-us+f3", 0.2),
    ],
)
@pytest.mark.parametrize("activation", [Activation(0.0), WOKEN], ids=["no pre-roll", "pre-roll"])
def test_a_short_question_right_at_the_beginning_is_heard(
    hearing: Hearing, words: str, voice: str, before: float, activation: Activation
) -> None:
    begin, end = voiced(speak(words, voice))
    pcm = in_room(speak(words, voice)[begin:end], ROOM, before, 1.5, seed=1)
    (utterance,) = hearing.utterances(pcm, activation)
    assert utterance.text


def test_the_hotword_is_cut_when_it_is_said_again_in_a_session(hearing: Hearing) -> None:
    *_, again = hearing.utterances(said("what day is it", 3.0, "hey jarvis, where did you put my shoes"), WOKEN)
    assert again.text == "Where did you put my shoes?"


@pytest.mark.parametrize("voice", ["en-us", "en-us+f2", "en-us+m7"])
def test_the_hotword_is_cut_from_free_words_however_they_hide_it(hearing: Hearing, voice: str) -> None:
    """By themselves the free words begin with "Hanger of his", or the like."""
    (utterance,) = hearing.utterances(said("hey jarvis, where did you put my shoes", voice=voice), WOKEN)
    assert (utterance.text, utterance.source) == ("Where did you put my shoes?", "free")


def test_follow_ups_need_no_hotword(hearing: Hearing) -> None:
    pcm = said("hey jarvis, what time is it", 2.0, "what day is it", 2.0, "tell me a joke")
    assert [words for words, _ in hearing.words(pcm, WOKEN)] == [
        "what time is it",
        "what day is it",
        "tell me a joke",
    ]


def test_a_pause_of_400_ms_does_not_cut_a_sentence_that_is_not_whole(hearing: Hearing) -> None:
    events = hearing.hear(said("turn the volume", 0.4, "to thirty percent", voice="en-us+f2"))
    (utterance,) = [event for event in events if isinstance(event, Utterance)]
    assert utterance.words == "turn the volume to 30 percent"
    assert any(isinstance(event, Resumed) for event in events)


def test_the_reply_can_begin_before_a_person_would_answer(hearing: Hearing) -> None:
    speech = speak("hey jarvis, what time is it")
    events = hearing.hear(in_room(speech, ROOM, 0.5, 1.5), WOKEN)
    end = 0.5 + voiced(speech)[1] / RATE
    pause = [event for event in events if isinstance(event, Pause)][-1]
    utterance = next(event for event in events if isinstance(event, Utterance))
    assert (pause.text, pause.words) == (utterance.text, utterance.words)
    assert pause.at < utterance.at <= end + 0.24
    assert utterance.speech_end == pytest.approx(end, abs=0.12)


def test_an_utterance_has_its_text_as_written_and_its_words_as_commands_have_them(hearing: Hearing) -> None:
    (utterance,) = hearing.utterances(said("set the volume to thirty percent", voice="en-us+f2"))
    assert utterance.text == "Set the volume to 30%."
    assert utterance.source == "grammar"
    assert utterance.words == "set the volume to 30 percent"
    assert not utterance.doubtful


def test_other_sentences_are_free_text(hearing: Hearing) -> None:
    (utterance,) = hearing.utterances(said("when does the show start", voice="en-us+f2"))
    assert (utterance.text, utterance.words) == ("When does the show start?", "when does the show start")
    assert utterance.source == "free"


def test_what_was_heard_before_changes_nothing(hearing: Hearing) -> None:
    """Neither in the same session nor in another one on the same models."""
    words = said("what is the date tomorrow", voice="en-us+m7", before=2.0)
    (alone,) = hearing.utterances(words)
    hearing.utterances(said("cats and dogs are nice animals", voice="en-us+f3"))
    (later,) = hearing.utterances(words)
    assert (later.text, later.score) == (alone.text, alone.score)
    for before in ("tell me a joke", "this soup is really good"):
        earlier = said(before, voice="en-gb-scotland")
        whole_frames = earlier[: len(earlier) // FRAME_BYTES * FRAME_BYTES]
        *_, last = hearing.utterances(whole_frames + words)
        assert (last.text, last.words) == (alone.text, alone.words)
        assert last.score == pytest.approx(alone.score, abs=0.1)


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
    assert [each.text for each in hearing.utterances(in_a_room) if each.text] == []


@pytest.mark.parametrize(
    ("words", "false"),
    [("hey jarvis", False), ("hey jarvis, what time is it", False), ("tell me a joke", True)],
)
def test_a_second_look_finds_the_hotword_or_other_words_in_its_place(
    hearing: Hearing, words: str, false: bool
) -> None:
    events = hearing.hear(said(words, voice="en-us+f2"), Activation(1.5, "hey_jarvis", 0.6))
    assert any(isinstance(event, FalseWake) for event in events) is false


@pytest.mark.parametrize(("voice", "decibels"), [("en-us+f2", -20), ("en-us+m7", -20), ("en", -10)])
def test_a_stop_word_is_heard_through_tars_own_voice_and_that_alone_is_not_taken_for_it(
    hearing: Hearing, voice: str, decibels: int
) -> None:
    own_words = "it is a quarter past three. there are fifty three days until christmas"
    echo = level(speak(own_words, "en-us"), decibels)
    word = silence(1.5) + speak("be quiet", voice)
    spoken_over, alone = mix(word, echo, noise(5.0, ROOM)), mix(echo, noise(5.0, ROOM))
    assert [type(event) for event in hearing.watch(spoken_over)] == [StopWord]
    assert hearing.watch(alone) == []


NEWS = (
    "the council decided on monday to close the old bridge for repairs. traffic will be led around the city for at"
    " least three weeks. shop owners say that they were not asked. the mayor answered that there had been two"
    " meetings. in other news, heavy rain is expected in the north, and the rivers may rise again."
)


@pytest.mark.parametrize(("decibels", "voice"), [(-20, "en-us"), (-20, "en-us+f2"), (-30, "en-us+m7")])
def test_a_television_behind_the_speaker_holds_up_no_answer(hearing: Hearing, decibels: int, voice: str) -> None:
    question, news = speak("hey jarvis, what time is it", voice), speak(NEWS, "en-gb-scotland")
    begin = 2.0
    background = level(news, decibels)[RATE * 4 :][: RATE * 10]
    pcm = mix(silence(begin) + question, background, noise(10.0, ROOM))
    end = begin + voiced(question)[1] / RATE
    question_heard, *later = [one for one in hearing.utterances(pcm, Activation(2.0, "hey_jarvis")) if one.text]
    assert (question_heard.words, question_heard.source) == ("what time is it", "grammar")
    assert question_heard.at < end + 0.6
    assert [one.source for one in later] == ["free"] * len(
        later
    )  # the television, of which nobody makes a command


def level(pcm: bytes, decibels: float) -> bytes:
    return mix(pcm, gain=10 ** (decibels / 20))
