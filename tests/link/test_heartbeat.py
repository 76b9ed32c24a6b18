"""The heartbeat by itself: a pure machine that is told the time."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.link.heartbeat import Heartbeat, HeartbeatPolicy, Ping, Wait

POLICY = HeartbeatPolicy()


def new(now: float = 100.0) -> Heartbeat:
    return Heartbeat(POLICY, last_heard=now)


def test_the_first_ping_is_due_at_once_and_its_pong_tells_the_round_trip() -> None:
    beat = new()
    ping = beat.next(100)
    assert isinstance(ping, Ping)
    beat.pong(ping.payload, 100.04)
    assert beat.round_trip == pytest.approx(0.04)


def test_a_pong_to_an_older_ping_tells_nothing() -> None:
    beat = new()
    old = beat.next(100)
    beat.heard(101)
    beat.next(102.5)
    assert isinstance(old, Ping)
    beat.pong(old.payload, 102.6)
    assert beat.round_trip is None


def test_silence_is_asked_about_once_and_then_is_death() -> None:
    beat = new()
    beat.next(100)
    beat.heard(100.1)
    assert beat.next(100.1) == Wait(101.6)
    assert isinstance(beat.next(101.6), Ping)
    assert beat.next(101.6) == Wait(103.1)
    assert beat.next(104.6) == Wait(100.1 + POLICY.timeout)
    assert beat.dead_at() == 100.1 + POLICY.timeout


def test_whoever_hears_audio_asks_no_more_often_but_gives_up_sooner() -> None:
    beat = new()
    beat.next(100)
    beat.heard(101)
    beat.audio_heard(101)
    assert beat.next(101) == Wait(101 + POLICY.interval)
    assert beat.dead_at() == 101 + POLICY.streaming_timeout


def test_whoever_does_not_read_shows_life_and_believes_in_the_peers() -> None:
    beat = new()
    ping = beat.next(100)
    assert isinstance(ping, Ping)
    beat.heard(100.1)
    beat.pause()
    assert beat.next(100.2) == Wait(101.5)
    for now in (101.5, 103.0, 104.5, 106.0):
        assert isinstance(beat.next(now), Ping)
    assert beat.dead_at() == math.inf
    beat.go_on(107)
    beat.pong(ping.payload, 107.1)
    assert beat.round_trip is None
    assert beat.dead_at() == 107 + POLICY.timeout


@pytest.mark.parametrize(("streaming", "longest"), [(False, 1.5), (True, 0.5)])
def test_a_well_link_is_never_silent_for_longer_than_the_interval(streaming: bool, longest: float) -> None:
    """Whoever obeys `next` looks again only when its `Wait` is over; what is heard meanwhile wakes nobody."""
    beat = new()
    now = 100.0
    heard = [now]
    while now < 200:
        if streaming:
            beat.audio_sent(now)
        step = beat.next(now)
        if isinstance(step, Ping):
            heard.append(now + 0.04)
            beat.heard(now + 0.04)
        else:
            now = step.until
    assert max(b - a for a, b in itertools.pairwise(heard)) <= longest + 0.1


def test_a_talkative_peer_is_still_asked_now_and_then() -> None:
    beat = new()
    pings = 0
    for tick in range(1000):
        now = 100 + tick * 0.04
        beat.heard(now)
        pings += isinstance(beat.next(now), Ping)
    assert pings == 4


def test_audio_shortens_the_patience_and_its_end_restores_it() -> None:
    beat = new()
    beat.next(100)
    beat.heard(101)
    assert beat.audio_sent(101)
    assert not beat.audio_sent(101.04)
    assert beat.next(101.04) == Wait(101.5)
    assert beat.dead_at() == pytest.approx(104.8)
    beat.heard(102.5)
    assert beat.dead_at() == 102.5 + POLICY.timeout


def test_an_answer_into_a_cut_link_does_not_prolong_its_life() -> None:
    beat = new()
    beat.heard(101)
    beat.audio_heard(101)
    beat.audio_sent(104)
    assert beat.dead_at() == 101 + POLICY.streaming_timeout


@given(silent_before=st.floats(0, 1.5), starts=st.floats(0, 2), frame=st.sampled_from([0.02, 0.04, 0.08, 1.0]))
def test_audio_that_begins_in_a_blackout_does_not_shorten_it_after_the_fact(
    silent_before: float, starts: float, frame: float
) -> None:
    """Idle, last heard `silent_before` the blackout; audio begins `starts` into it, and arrives 3.1 s later."""
    beat = new()
    now = 100 + silent_before + starts
    end = min(now + 3.1, 100 + 5.4)
    while now < end:
        beat.audio_sent(now)
        assert beat.dead_at() > now
        now += frame
    assert beat.dead_at() >= end


@given(
    hearings=st.lists(st.floats(0.01, 1.4), max_size=20),
    streaming=st.booleans(),
)
def test_death_comes_in_time_and_never_to_the_living(hearings: list[float], streaming: bool) -> None:
    beat = new()
    now = 100.0
    for gap in hearings:
        now += gap
        if streaming:
            beat.audio_sent(now)
        assert now < beat.dead_at()
        beat.heard(now)
    if streaming and hearings:
        beat.audio_sent(now)
        assert beat.dead_at() - now <= 4
    assert beat.dead_at() - now <= 6
