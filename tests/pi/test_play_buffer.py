"""The buffer below every loudspeaker: what is pulled, when it counts as heard, and how it ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.pi.speaker.play_buffer import CUSHION, PlayBuffer

RATE = 1_000
BLOCK = 20
LATENCY = 0.06


def tone(frames: int, level: int = 10_000) -> bytes:
    return np.full(frames, level, "<i2").tobytes()


def heard(pcm: bytes) -> int:
    return int(np.count_nonzero(np.frombuffer(pcm, "<i2")))


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("push"), st.integers(0, 300)),
            st.tuples(st.just("pull"), st.integers(1, 10)),
            st.tuples(st.just("discard"), st.just(0)),
        )
    )
)
def test_every_frame_is_played_once_and_heard_when_the_loudspeaker_says(steps: list[tuple[str, int]]) -> None:
    buffer, now = PlayBuffer(RATE), 0.0
    pushed = discarded = 0
    pulled = b""
    for step, amount in [*steps, ("pull", 1_000)]:
        match step:
            case "push":
                buffer.push(tone(amount))
                pushed += amount
            case "discard":
                discarded += round(buffer.queued * RATE)
                buffer.discard()
            case "pull":
                for _ in range(amount):
                    piece = buffer.pull(BLOCK, now + LATENCY)
                    assert len(piece) == 2 * BLOCK
                    pulled += piece
                    # nothing is heard before the card has let go of it
                    assert buffer.heard(now + LATENCY) <= heard(pulled)
                    now += BLOCK / RATE
    assert buffer.heard(now + 10) == pushed - discarded
    assert buffer.silent_at is not None


def test_the_first_frame_waits_for_a_cushion_but_not_for_long() -> None:
    buffer = PlayBuffer(RATE)
    buffer.push(tone(BLOCK))
    assert [heard(buffer.pull(BLOCK, n)) for n in range(3)] == [0, 0, BLOCK]
    buffer.reset()
    buffer.push(tone(round(CUSHION * RATE)))
    assert heard(buffer.pull(BLOCK, 10)) == BLOCK
    assert buffer.first_at == 10


def test_a_short_sound_that_is_finished_does_not_wait() -> None:
    buffer = PlayBuffer(RATE)
    buffer.push(tone(5))
    buffer.finish()
    assert heard(buffer.pull(BLOCK, 0)) == 5
    assert buffer.gaps == 0


def test_running_dry_is_counted_and_begins_again_with_a_cushion() -> None:
    buffer = PlayBuffer(RATE)
    buffer.push(tone(50))
    played = [heard(buffer.pull(BLOCK, n / 50)) for n in range(4)]
    assert played == [20, 20, 10, 0]
    assert buffer.gaps == 1
    buffer.push(tone(30))
    assert heard(buffer.pull(BLOCK, 1)) == 0


def test_what_is_on_its_way_inside_the_card_is_not_heard_yet() -> None:
    buffer = PlayBuffer(RATE)
    buffer.push(tone(100))
    buffer.finish()
    for n in range(5):
        buffer.pull(BLOCK, 1 + n * 0.02)
    assert buffer.heard(0.99) == 0
    assert buffer.heard(1.05) == pytest.approx(50, abs=1)
    assert buffer.silent_at == pytest.approx(1.1)


def test_discarded_audio_dies_away_within_a_block_without_a_click() -> None:
    buffer = PlayBuffer(48_000)
    buffer.push(tone(48_000))
    buffer.pull(960, 0)
    buffer.discard()
    tail = np.frombuffer(buffer.pull(960, 0.02), "<i2").astype(int)
    assert tail[0] == 10_000
    assert np.abs(np.diff(tail)).max() < 100
    assert tail[240:].max() == 0
    assert heard(buffer.pull(960, 0.04)) == 0


def test_volume_is_heard_at_once_also_in_what_is_queued() -> None:
    buffer = PlayBuffer(RATE)
    buffer.push(tone(100))
    buffer.volume = 50
    assert np.frombuffer(buffer.pull(BLOCK, 0), "<i2").max() == 2_500
    buffer.volume = 0
    assert heard(buffer.pull(BLOCK, 1)) == 0


def test_a_loudspeaker_that_is_late_is_heard_late() -> None:
    buffer = PlayBuffer(RATE, output_delay=1.5)
    buffer.push(tone(4 * BLOCK))
    buffer.finish()
    for number in range(4):
        buffer.pull(BLOCK, 10.0 + number * BLOCK / RATE)
    assert buffer.first_at == 11.5
    assert buffer.heard(11.4) == 0
    assert buffer.heard(11.5 + BLOCK / RATE) == BLOCK
    assert buffer.silent_at == pytest.approx(11.5 + 4 * BLOCK / RATE)
