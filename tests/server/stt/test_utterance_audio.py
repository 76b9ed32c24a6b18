"""The audio of one utterance."""

import pytest

from tars.server.stt.utterance_audio import UtteranceAudio
from tars.server.stt.vad import FRAME, FRAME_BYTES


def audio_of(levels: list[float]) -> UtteranceAudio:
    audio = UtteranceAudio()
    for level in levels:
        audio.append(bytes(FRAME_BYTES), level)
    return audio


def test_it_knows_how_long_it_is() -> None:
    assert audio_of([-40.0] * 10).seconds == pytest.approx(10 * FRAME)


def test_the_softest_moment_is_a_gap_and_no_single_frame() -> None:
    voice, gap = -20.0, -60.0
    levels = [voice] * 20
    levels[5] = -65.0
    levels[10:13] = [gap] * 3
    assert audio_of(levels).softest(0.0, 20 * FRAME) == pytest.approx(11.5 * FRAME)


@pytest.mark.parametrize(("start", "end"), [(-1.0, -0.5), (1.0, 2.0)])
def test_there_is_no_moment_outside(start: float, end: float) -> None:
    assert audio_of([-20.0] * 20).softest(start, end) is None


def test_only_the_moments_between_the_positions_count() -> None:
    levels = [-60.0] * 5 + [-20.0, -30.0, -20.0] + [-60.0] * 5
    assert audio_of(levels).softest(5 * FRAME, 7 * FRAME) == pytest.approx(5.5 * FRAME)
