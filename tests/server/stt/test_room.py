"""The room alone, told from a voice that has just ended: by loudness, pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.server.brains.grammar import Completeness
from tars.server.stt.endpointing import Endpointer, Step
from tars.server.stt.room import Room
from tars.server.stt.settings import SpeechSettings

FRAME = 0.032
SPEAKER, QUIET = -20.0, -64.0
levels = st.floats(-90, 0)


def room(level: float, frames: int = 20) -> Room:
    room = Room()
    for _ in range(frames):
        room.feed(level)
    return room


def test_what_is_as_soft_as_the_room_is_the_room() -> None:
    assert room(QUIET).is_alone(QUIET + 2, SPEAKER)
    assert not room(QUIET).is_alone(QUIET + 5, SPEAKER)


def test_a_few_frames_do_not_tell_how_loud_a_room_is() -> None:
    assert not room(QUIET, 7).is_alone(QUIET, SPEAKER)
    assert room(QUIET, 8).is_alone(QUIET, SPEAKER)


def test_the_end_of_a_voice_does_not_make_a_room_loud() -> None:
    dying = room(QUIET, 30)
    for level in (-30.0, -32.0, -36.0, -50.0):
        dying.feed(level)
    assert not dying.is_alone(-50.0, SPEAKER)


def test_a_room_that_has_become_louder_is_known_after_a_moment() -> None:
    louder = room(QUIET, 100)
    for _ in range(round(0.8 / FRAME)):
        louder.feed(-50.0)
    assert louder.is_alone(-50.0, SPEAKER)


@given(st.lists(levels, max_size=60), levels, levels)
def test_in_a_loud_room_loudness_says_nothing(heard: list[float], level: float, speaker: float) -> None:
    room = Room()
    for each in heard:
        room.feed(each)
    assert not (room.is_alone(level, speaker) and level > speaker - 25)


def follow(frames: list[tuple[float, float]]) -> tuple[Endpointer, list[Step]]:
    """Hear frames, each a probability of speech and a loudness."""
    endpointer = Endpointer(SpeechSettings())
    return endpointer, [step for each in frames if (step := endpointer.feed(each[0], FRAME, each[1]))]


BEFORE = [(0.1, QUIET)] * 20
SPEECH = [(0.9, SPEAKER)] * 20


def test_a_pause_begins_where_the_voice_ends_however_long_the_detector_remembers_it() -> None:
    endpointer, steps = follow(BEFORE + SPEECH + [(0.9, QUIET), (0.4, QUIET)] + [(0.1, QUIET)] * 3)
    assert steps == [Step.BEGIN, Step.PAUSE]
    assert endpointer.speech_end == pytest.approx(40 * FRAME)
    assert endpointer.is_over(Completeness.COMPLETE)


@pytest.mark.parametrize("soft", [QUIET + 8, SPEAKER - 20])
def test_soft_sounds_of_the_speakers_own_are_no_pause(soft: float) -> None:
    endpointer, steps = follow(BEFORE + SPEECH + [(0.9, soft)] * 5)
    assert steps == [Step.BEGIN]
    assert endpointer.speech_end == pytest.approx(45 * FRAME)


def test_in_a_loud_room_the_detector_alone_says_where_speech_ends() -> None:
    loud = SPEAKER - 15
    endpointer, _ = follow([(0.1, loud)] * 20 + SPEECH + [(0.9, loud)] * 2 + [(0.1, loud)] * 3)
    assert endpointer.speech_end == pytest.approx(42 * FRAME)


def test_a_first_sound_is_speech_however_soft_it_is() -> None:
    _, steps = follow(BEFORE + [(0.9, QUIET)] * 4)
    assert steps == [Step.BEGIN]
