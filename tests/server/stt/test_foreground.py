"""The speaker's voice and softer ones behind it, by loudness: pure."""

import pytest

from tars.server.brains.grammar import Completeness
from tars.server.stt.endpointing import Endpointer, Step
from tars.server.stt.foreground import Foreground
from tars.server.stt.settings import SpeechSettings
from tars.server.stt.vad import loudness

FRAME = 0.032
SETTINGS = SpeechSettings()
SPEAKER, TELEVISION = -25.0, -45.0


def feed(foreground: Foreground, level: float, frames: int, *, voiced: bool = True) -> list[bool]:
    return [foreground.feed(level, voiced=voiced) for _ in range(frames)]


def test_a_voice_alone_is_the_speakers_however_soft_it_is() -> None:
    assert all(feed(Foreground(SETTINGS), -60.0, 100))


def test_a_television_before_the_speaker_is_background_as_soon_as_the_speaker_is_silent() -> None:
    foreground = Foreground(SETTINGS)
    feed(foreground, TELEVISION, 40)
    assert all(feed(foreground, SPEAKER, 30))
    assert not any(feed(foreground, TELEVISION, 30))
    assert foreground.background == TELEVISION
    assert all(feed(foreground, SPEAKER - 6, 10))


def test_a_television_that_begins_later_is_background_after_a_moment() -> None:
    foreground = Foreground(SETTINGS)
    feed(foreground, SPEAKER, 30)
    heard = feed(foreground, TELEVISION, 30)
    assert heard.index(False) <= 0.4 / FRAME
    assert not any(heard[heard.index(False) :])


def test_the_soft_end_of_a_sentence_in_a_quiet_room_is_the_speakers() -> None:
    foreground = Foreground(SETTINGS)
    feed(foreground, -80.0, 30, voiced=False)
    feed(foreground, SPEAKER, 30)
    assert all(feed(foreground, SPEAKER - 20, 10))


def test_soft_sounds_louder_than_the_background_are_the_speakers() -> None:
    foreground = Foreground(SETTINGS)
    feed(foreground, -60.0, 40)
    feed(foreground, SPEAKER, 30)
    assert all(feed(foreground, SPEAKER - 18, 5))
    assert not any(feed(foreground, -60.0, 5))


def test_a_room_that_has_fallen_silent_has_no_background() -> None:
    foreground = Foreground(SETTINGS)
    feed(foreground, TELEVISION, 40)
    feed(foreground, SPEAKER, 30)
    feed(foreground, -80.0, 50, voiced=False)
    assert foreground.background is None
    assert all(feed(foreground, SPEAKER - 20, 10))


def test_a_door_does_not_turn_the_speaker_into_background() -> None:
    foreground = Foreground(SETTINGS)
    feed(foreground, SPEAKER, 20)
    feed(foreground, SPEAKER + 25, 2)
    assert all(feed(foreground, SPEAKER, 30))


def test_the_next_speaker_may_be_softer() -> None:
    foreground = Foreground(SETTINGS)
    feed(foreground, TELEVISION, 40)
    feed(foreground, SPEAKER, 30)
    foreground.end_utterance()
    assert all(feed(foreground, SPEAKER - 15, 30))


@pytest.mark.parametrize(("words", "pause"), [(Completeness.COMPLETE, 0.35), (Completeness.OPEN, 0.8)])
def test_a_question_before_a_television_ends_and_the_television_alone_begins_none(
    words: Completeness, pause: float
) -> None:
    endpointer = Endpointer(SETTINGS)
    for level, frames in ((TELEVISION, 30), (SPEAKER, 40)):
        for _ in range(frames):
            endpointer.feed(0.9, FRAME, level)
    steps, over_after = [], None
    for number in range(1, 60):
        if step := endpointer.feed(0.9, FRAME, TELEVISION):
            steps.append(step)
        if over_after is None and endpointer.is_over(words):
            over_after = number * FRAME
            endpointer.end()
    assert over_after == pytest.approx(pause, abs=FRAME)
    assert steps == [Step.PAUSE]


def test_loudness_is_in_decibels_below_full_scale() -> None:
    assert loudness(b"\xff\x7f" * 512) == pytest.approx(0.0, abs=0.1)
    assert loudness(b"\x00\x01" * 512) == pytest.approx(-42.1, abs=0.1)
    assert loudness(bytes(1024)) < -80
