import pytest

from benchmarks._device import Answer, clip
from tars.audio.formats import MICROPHONE
from tests.support.voices import voiced


def test_the_clip_says_to_the_sample_where_its_speech_ends() -> None:
    said = clip("what time is it", voice="en-us")
    _, end = voiced(said.sentence)
    assert said.speech_end == pytest.approx(MICROPHONE.seconds(end), abs=0.005)


def test_the_parts_of_a_clip_are_apart_by_the_pause() -> None:
    whole = clip("what is seven", "times eight", voice="en-us", pause=0.4)
    longer = clip("what is seven", "times eight", voice="en-us", pause=0.9)
    assert longer.speech_end - whole.speech_end == pytest.approx(0.5)
    assert whole.text == "what is seven times eight"


@pytest.mark.parametrize(
    ("transcripts", "first_sample", "cut_off"),
    [
        ([], None, False),
        ([(5.1, "what is seven times eight")], 5.2, False),
        ([(4.0, "what is seven"), (5.1, "times eight")], 5.2, True),
        ([], 4.9, True),
    ],
)
def test_a_sentence_is_cut_off_by_whatever_comes_before_its_end(
    transcripts: list[tuple[float, str]], first_sample: float | None, cut_off: bool
) -> None:
    assert Answer(3.0, 5.0, transcripts, first_sample).cut_off is cut_off
