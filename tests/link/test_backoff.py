import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.link import BackoffPolicy, LinkLost, Patience

POLICY = BackoffPolicy()
LOST = LinkLost("gone")


@given(failures=st.integers(1, 10**9), seed=st.integers())
def test_every_wait_is_under_its_ceiling(failures: int, seed: int) -> None:
    wait = POLICY.wait(failures, LOST, random.Random(seed))
    assert 0 <= wait <= POLICY.ceiling(failures) <= POLICY.cap
    assert math.isfinite(wait)


def test_the_ceiling_doubles_to_the_cap() -> None:
    assert [POLICY.ceiling(n) for n in range(1, 9)] == [0.25, 0.5, 1, 2, 4, 8, 10, 10]


@given(seed=st.integers())
def test_the_first_redial_comes_within_300_ms(seed: int) -> None:
    assert POLICY.wait(1, LOST, random.Random(seed)) < 0.3


def test_jitter_is_full_but_short_waits_are_the_rule() -> None:
    rng = random.Random(1)
    waits = sorted(POLICY.wait(99, LOST, rng) for _ in range(4000))
    assert waits[0] < 0.1
    assert waits[-1] > 9
    assert 2.3 < sum(waits) / len(waits) < 2.7


def test_a_device_is_back_soon_after_a_long_outage() -> None:
    """The server returns at a random moment of somebody's waiting; 95 % have dialled within 6 s."""
    rng = random.Random(2)
    left: list[float] = []
    for _ in range(4000):
        returns_at = rng.uniform(500, 600)
        now = 0.0
        while now < returns_at:
            now += POLICY.wait(99, LOST, rng)
        left.append(now - returns_at)
    assert sorted(left)[int(0.95 * len(left))] < 6


def back_after(absence: float, rng: random.Random) -> float:
    """When a device is back whose server is away for so long, and refuses every dial until then."""
    failures, dialled_at, now = 0, -math.inf, 0.0
    while True:
        failures += 1
        now = dialled_at = max(now + POLICY.wait(failures, LOST, rng), dialled_at + POLICY.spacing)
        if now >= absence:
            return now


@pytest.mark.parametrize("absence", [1.5, 2, 3, 10])
def test_fifty_devices_are_no_crowd_when_a_server_was_away_for_as_long_as_it_takes_to_start(
    absence: float,
) -> None:
    """Not so where it is back within a second: the first two dials of all devices lie within half a second."""
    rng = random.Random(4)
    crowds = []
    for _ in range(200):
        ups = sorted(back_after(absence, rng) for _ in range(50))
        crowds.append(max(sum(at <= other < at + 0.1 for other in ups) for at in ups))
    assert sum(crowd > 15 for crowd in crowds) <= 1


def test_a_refusal_on_purpose_waits_for_the_cap_at_once() -> None:
    refused = LinkLost("no", code=4401, patience=Patience.CAP)
    assert 9 <= POLICY.wait(1, refused, random.Random(0)) <= 10


@given(after=st.floats(0, 60), seed=st.integers())
def test_nobody_comes_before_the_server_asked_and_not_all_at_once(after: float, seed: int) -> None:
    wait = POLICY.wait(1, LinkLost("restarting", retry_after=after), random.Random(seed))
    assert after <= wait <= after + max(0.5, after / 2)


@given(after=st.floats(0, 60), seed=st.integers())
def test_an_appointment_is_kept_and_not_spread_once_more(after: float, seed: int) -> None:
    appointed = LinkLost("restarting", patience=Patience.APPOINTED, retry_after=after)
    for failures in (0, 1):
        wait = POLICY.wait(failures, appointed, random.Random(seed))
        assert after <= wait <= max(after + 0.05, 0.25)


def test_appointments_without_end_are_no_way_around_the_backoff() -> None:
    rng = random.Random(3)
    at_once = LinkLost("restarting", patience=Patience.APPOINTED, retry_after=0.0)
    waits = [POLICY.wait(failures, at_once, rng) for failures in range(1, 1000)]
    assert sum(waits) / len(waits) > 2


@pytest.mark.parametrize("patience", Patience)
def test_nobody_can_send_a_device_away_for_good(patience: Patience) -> None:
    for_good = LinkLost("restarting", patience=patience, retry_after=1e300)
    assert POLICY.wait(1, for_good, random.Random(0)) <= 1.5 * POLICY.longest_absence
    assert POLICY.asked_for(for_good) == POLICY.longest_absence
