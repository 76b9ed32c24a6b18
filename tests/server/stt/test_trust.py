"""Whether a sentence explains what was heard."""

import pytest

from tars.server.stt.settings import SpeechSettings
from tars.server.stt.trust import Segment, hears_hotword, trust

ENOUGH = SpeechSettings().trust
SPEECH = [True] * 25  # 800 ms


def sentence(*scores: float, frames: int = 20) -> list[Segment]:
    """Words of 200 ms, each with its score per frame."""
    return [Segment(f"word{n}", n * frames, frames, score * frames) for n, score in enumerate(scores)]


def test_likely_words_that_cover_the_speech_are_believed() -> None:
    assert trust(sentence(-5, -6, -5, -6), SPEECH) > ENOUGH


def test_one_unlikely_word_is_enough_to_doubt() -> None:
    assert trust(sentence(-5, -14, -5, -6), SPEECH) < ENOUGH


def test_speech_that_no_word_covers_is_a_reason_to_doubt() -> None:
    words = sentence(-5, -6)
    silence = Segment("<sil>", 40, 40, -1, silent=True)
    assert trust([*words, silence], SPEECH) < ENOUGH
    assert trust([*words, silence], [True] * 13 + [False] * 12) > ENOUGH


def test_the_hotword_may_be_said_badly_where_a_sentence_follows() -> None:
    hotword = Segment("hey_jarvis", 0, 20, -15 * 20, hotword=True)
    assert trust([hotword, *sentence(-5, -5, -5, -5)[1:]], SPEECH) > ENOUGH
    assert trust([hotword], SPEECH[:7]) < ENOUGH


@pytest.mark.parametrize("activity", [[], [False] * 10])
def test_nothing_explains_silence(activity: list[bool]) -> None:
    assert trust([], activity) < ENOUGH
    assert trust(sentence(-5), activity) < ENOUGH


@pytest.mark.parametrize(
    ("word", "frames", "score", "heard"),
    [
        ("hey_jarvis(3)", 85, -7.9, True),
        ("jarvis", 40, -6.0, True),
        ("jarvis(5)", 40, -10.4, False),
        ("jarvis(5)", 81, -7.9, False),
    ],
)
def test_a_hotword_that_was_said_is_told_from_a_forced_one(
    word: str, frames: int, score: float, heard: bool
) -> None:
    silence = Segment("<sil>", 0, 30, -100, silent=True)
    hotword = Segment(word, 30, frames, score * frames, hotword=True)
    assert hears_hotword([silence, hotword, *sentence(-5)]) is heard
    assert not hears_hotword([silence, *sentence(-5), hotword])
