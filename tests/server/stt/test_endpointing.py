"""When somebody has finished speaking: voice activity by hand, `s` a frame of speech, `.` one of silence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.server.brains.grammar import Completeness
from tars.server.stt.endpointing import Endpointer, Step
from tars.server.stt.settings import SpeechSettings

FRAME = 0.032
SETTINGS = SpeechSettings()


END = "end"


def follow(pattern: str, words: Completeness) -> list[tuple[int, Step | str]]:
    """Frame number and step of everything that happens; the words are the same all the time."""
    endpointer = Endpointer(SETTINGS)
    steps: list[tuple[int, Step | str]] = []
    for number, letter in enumerate(pattern, start=1):
        if step := endpointer.feed(0.9 if letter == "s" else 0.1, FRAME):
            steps.append((number, step))
        if endpointer.is_over(words):
            steps.append((number, END))
            endpointer.end()
    return steps


def frames(seconds: float) -> int:
    return round(seconds / FRAME)


@pytest.mark.parametrize(
    ("words", "longest_pause"),
    [
        (Completeness.COMPLETE, 0.128),
        (Completeness.CONTINUING, 0.288),
        (Completeness.FOREIGN, 0.448),
        (Completeness.OPEN, 0.736),
    ],
)
def test_the_words_decide_how_long_a_pause_may_be(words: Completeness, longest_pause: float) -> None:
    speech = "s" * 20
    inside = follow(speech + "." * frames(longest_pause) + speech, words)
    assert END not in [step for _, step in inside]
    outside = follow(speech + "." * 40, words)
    assert [step for _, step in outside] == [Step.BEGIN, Step.PAUSE, END]


def test_a_whole_sentence_ends_within_a_persons_time_to_answer() -> None:
    (_, begin), (breath, pause), (over, end) = follow("s" * 20 + "." * 40, Completeness.COMPLETE)
    assert (begin, pause, end) == (Step.BEGIN, Step.PAUSE, END)
    assert (breath - 20) * FRAME <= 0.13
    assert (over - 20) * FRAME <= 0.16


@pytest.mark.parametrize("words", [Completeness.OPEN, Completeness.FOREIGN])
def test_a_pause_of_400_ms_in_a_sentence_that_is_not_whole_is_a_breath(words: Completeness) -> None:
    steps = follow("s" * 20 + "." * frames(0.4) + "s" * 20, words)
    assert [step for _, step in steps] == [Step.BEGIN, Step.PAUSE, Step.RESUME]


def test_clicks_are_no_speech() -> None:
    assert follow("..s..ss...s.ss" * 5, Completeness.OPEN) == []


def test_speech_flutters_less_than_its_probability() -> None:
    endpointer = Endpointer(SETTINGS)
    probabilities = [0.9] * 5 + [0.4] * 20
    assert [step for p in probabilities if (step := endpointer.feed(p, FRAME))] == [Step.BEGIN]
    assert endpointer.speech_end == pytest.approx(25 * FRAME)


def test_where_the_speech_was() -> None:
    endpointer = Endpointer(SETTINGS)
    for letter in "....." + "s" * 10 + "....":
        endpointer.feed(0.9 if letter == "s" else 0.1, FRAME)
    assert endpointer.speech_start == pytest.approx(5 * FRAME)
    assert endpointer.speech_end == pytest.approx(15 * FRAME)


@given(st.text(alphabet="s.", max_size=200), st.sampled_from(Completeness))
def test_steps_come_in_order(pattern: str, words: Completeness) -> None:
    allowed: dict[Step | str | None, set[Step | str]] = {
        None: {Step.BEGIN},
        Step.BEGIN: {Step.PAUSE},
        Step.PAUSE: {Step.RESUME, END},
        Step.RESUME: {Step.PAUSE},
        END: {Step.BEGIN},
    }
    last: Step | str | None = None
    for _, step in follow(pattern, words):
        assert step in allowed[last]
        last = step
