"""How far audio may run ahead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.audio.formats import MICROPHONE
from tars.server.conversation.pacing import TRUST, Pacer

SECOND = MICROPHONE.bytes_per_second


def test_the_first_two_seconds_go_at_once_and_the_rest_in_real_time() -> None:
    pacer = Pacer(MICROPHONE, lead=2.0)
    assert pacer.wait(10.0) == 0
    pacer.send(2 * SECOND, 10.0)
    assert pacer.wait(10.0) == 0
    pacer.send(SECOND, 10.0)
    assert pacer.wait(10.0) == pytest.approx(1.0)
    assert pacer.wait(10.4) == pytest.approx(0.6)
    assert pacer.wait(11.0) == 0


def test_a_late_loudspeaker_is_waited_for() -> None:
    pacer = Pacer(MICROPHONE, lead=2.0)
    pacer.send(3 * SECOND, 0.0)
    pacer.progress(0, 0.8)
    assert pacer.wait(1.0) == pytest.approx(0.8)


def test_a_loudspeaker_that_stopped_is_not_believed_to_play_on() -> None:
    pacer = Pacer(MICROPHONE, lead=2.0)
    pacer.send(10 * SECOND, 0.0)
    pacer.progress(SECOND, 1.0)
    assert pacer.heard(100.0) == pytest.approx(1.0 + TRUST)


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.sampled_from(["send", "report", "lie"]), st.integers(0, 400_000)),
        max_size=60,
    )
)
def test_nothing_unsent_is_ever_taken_as_heard(steps: list[tuple[int, str, int]]) -> None:
    pacer, now = Pacer(MICROPHONE, lead=2.0), 0.0
    for tenths, kind, byte_count in steps:
        now += tenths / 10
        if kind == "send" and pacer.wait(now) == 0:
            pacer.send(min(byte_count, 2560), now)
        elif kind != "send":
            pacer.progress(byte_count if kind == "lie" else min(byte_count, pacer.sent), now)
        assert 0 <= pacer.heard(now) <= MICROPHONE.seconds(pacer.sent)
        assert pacer.wait(now) < 1e9
