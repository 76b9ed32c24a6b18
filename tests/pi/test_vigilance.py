"""When a card counts as deaf or stuck, and when it is opened anew. Pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.pi.vigilance import (
    FIRST_BLOCK,
    FLAT_PAUSES,
    HEALED_AFTER,
    MUTED_BEFORE,
    SILENT_AFTER,
    STUCK_PAUSES,
    Finding,
    Pulse,
    Warden,
    is_flat,
)

BLOCK = 0.02


def fed(*blocks: tuple[float, bool]) -> Pulse:
    """A pulse that was fed blocks (when, whether flat), opened at 0."""
    pulse = Pulse(0.0)
    for now, flat in blocks:
        pulse.feed(now, flat=flat)
    return pulse


@pytest.mark.parametrize(
    ("block", "frame_bytes", "flat"),
    [
        (bytes(640), 2, True),
        (b"\x05\x00" * 320, 2, True),
        (b"\x05\x00\xfb\xff" * 160, 4, True),  # two channels, each with its own offset
        (b"\x05\x00\xfb\xff" * 160, 2, False),
        (bytes(638) + b"\x01\x00", 2, False),
    ],
)
def test_a_block_is_flat_when_every_frame_of_it_is_the_same(block: bytes, frame_bytes: int, flat: bool) -> None:
    assert is_flat(block, frame_bytes) is flat


@given(st.lists(st.integers(-1, 1), min_size=320, max_size=320))
def test_the_faintest_noise_is_not_flat(samples: list[int]) -> None:
    pcm = b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples)
    assert is_flat(pcm, 2) == (len(set(samples)) == 1)


def test_a_stream_is_awaited_until_it_has_shown_what_it_does() -> None:
    assert fed().feel(FIRST_BLOCK) is Finding.AWAITED
    assert fed().feel(FIRST_BLOCK + 0.01) is Finding.STUCK
    assert fed((1.0, True)).feel(1.1) is Finding.AWAITED
    assert fed((1.0, False)).feel(1.1) is Finding.WELL


def test_deaf_is_what_gives_nothing_or_the_same_for_two_and_a_half_seconds() -> None:
    sound_then_nothing = fed((1.0, False))
    assert sound_then_nothing.feel(1.0 + SILENT_AFTER) is Finding.WELL
    assert sound_then_nothing.feel(1.01 + SILENT_AFTER) is Finding.STUCK
    zeros = [(1.0 + n * BLOCK, True) for n in range(200)]
    assert fed(*zeros[:120]).feel(zeros[119][0]) is Finding.AWAITED
    assert fed(*zeros[:130]).feel(zeros[129][0]) is Finding.FLAT
    assert fed((1.0, False), *zeros[:120]).feel(zeros[119][0]) is Finding.WELL
    assert fed((1.0, False), *zeros[:130]).feel(zeros[129][0]) is Finding.FLAT


@given(
    gaps=st.lists(st.integers(1, 240).map(lambda n: n / 100), min_size=1, max_size=60),
    looks=st.integers(0, 10),
)
def test_sound_that_never_pauses_for_long_is_never_deaf(gaps: list[float], looks: int) -> None:
    pulse, now = Pulse(0.0), 0.0
    for gap in gaps:
        now += gap
        pulse.feed(now)
        for look in range(looks):
            assert pulse.feel(now + look * 0.24) is Finding.WELL


def watch(warden: Warden, *findings: tuple[float, Finding]) -> list[float]:
    """When each look at the stream says that it has to be closed."""
    return [now for now, finding in findings if warden.look(finding, now)]


def test_a_stuck_card_is_opened_anew_with_growing_pauses() -> None:
    warden = Warden()
    pauses = []
    for now in range(7):
        assert warden.look(Finding.STUCK, float(now))
        pauses.append(warden.opening())
    assert pauses == [*STUCK_PAUSES, STUCK_PAUSES[-1], STUCK_PAUSES[-1]]
    assert warden.trouble is Finding.STUCK


def test_a_flat_card_stays_open_for_its_pause_and_is_then_opened_anew_at_once() -> None:
    warden, now = Warden(), 0.0
    for pause in (*FLAT_PAUSES, FLAT_PAUSES[-1]):
        assert not warden.look(Finding.FLAT, now)
        assert not warden.look(Finding.FLAT, now + pause - 0.01)
        assert warden.look(Finding.FLAT, now + pause)
        assert warden.opening() == 0
        assert not warden.look(Finding.AWAITED, now + pause + 1)
        assert warden.trouble is Finding.FLAT  # it has not been heard yet
        now += pause + 4


def test_a_card_that_finds_its_voice_by_itself_is_hardly_disturbed_the_next_time() -> None:
    warden = Warden()
    watch(warden, (0, Finding.WELL), (3, Finding.FLAT), (4, Finding.WELL))
    assert warden.trouble is None
    closed = watch(warden, *((10.0 + n, Finding.FLAT) for n in range(100)))
    assert closed[0] == 10 + FLAT_PAUSES[MUTED_BEFORE]


def test_a_card_that_was_healed_by_opening_it_is_opened_as_soon_the_next_time() -> None:
    warden = Warden()
    assert watch(warden, (0, Finding.FLAT), (3, Finding.FLAT)) == [3]
    warden.opening()
    watch(warden, (4, Finding.AWAITED), (5, Finding.WELL), (5 + HEALED_AFTER, Finding.WELL))
    assert watch(warden, *((100.0 + n, Finding.FLAT) for n in range(9)))[0] == 100 + FLAT_PAUSES[0]


def test_only_long_good_work_ends_a_run_of_troubles() -> None:
    warden = Warden()
    pauses = []
    for start in (0, 100, 200):
        assert warden.look(Finding.STUCK, start)
        pauses.append(warden.opening())
        watch(warden, (start + 1, Finding.WELL), (start + 1 + HEALED_AFTER / 2, Finding.WELL))
    watch(warden, (300, Finding.WELL), (300 + HEALED_AFTER, Finding.WELL))
    assert warden.look(Finding.STUCK, 400)
    pauses.append(warden.opening())
    assert pauses == [0.5, 1, 2, 0.5]


@given(st.lists(st.tuples(st.sampled_from(Finding), st.integers(1, 100).map(lambda n: n / 4)), max_size=120))
def test_in_any_order_the_card_is_never_opened_in_a_hurry_and_the_trouble_is_the_truth(
    looks: list[tuple[Finding, float]],
) -> None:
    warden, now, opened = Warden(), 0.0, [0.0]
    for finding, passed in looks:
        now += passed
        closed = warden.look(finding, now)
        if finding is not Finding.AWAITED:
            assert warden.trouble is (None if finding is Finding.WELL else finding)
        if closed:
            assert finding in (Finding.STUCK, Finding.FLAT)
            now += warden.opening()
            assert now - opened[-1] >= STUCK_PAUSES[0]
            opened.append(now)
