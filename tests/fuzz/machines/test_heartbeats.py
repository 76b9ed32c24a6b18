"""Two hearts and the cable between them: a dead cable is always noticed in time, a sound one never suspected.

And the waits between dials: never beyond their ceilings, whatever links were lost of.
"""

import math
import random
from collections import deque

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from tars.link import BackoffPolicy, LinkLost, Patience
from tars.link.heartbeat import Heartbeat, HeartbeatPolicy, Ping, Wait
from tests.fuzz.machines.running import Counted, run

POLICY = HeartbeatPolicy()
DELAY = 0.05
"""Seconds from one side to the other."""
NEVER = math.inf


class Hearts(Counted):
    """Each side beats as `Connection` does: it looks when its wait is over, or audio begins to flow."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0
        self.dial()

    def dial(self) -> None:
        """A new link."""
        self.hearts = [Heartbeat(POLICY, self.now), Heartbeat(POLICY, self.now)]
        self.look_at = [self.now, self.now]
        self.dead_at = [NEVER, NEVER]
        self.stalled_since: list[float | None] = [None, None]
        """For each side, since when nothing reaches it."""
        self.under_way: tuple[deque[tuple[float, str, bytes]], ...] = (deque(), deque())
        """To each side: when it arrives, and what it is."""

    @rule(seconds=st.integers(1, 60).map(lambda tenths: tenths / 10))
    def time_passes(self, seconds: float) -> None:
        end = self.now + seconds
        while (due := min(self._next_due(), end)) < end:
            self.now = max(self.now, due)
            for side in (0, 1):
                self._arrive(side)
                self._beat(side)
        self.now = end

    @precondition(lambda self: self._alive(0))
    @rule(frames=st.integers(1, 40))
    def audio_flows(self, frames: int) -> None:
        for _ in range(frames):
            if self._alive(0):
                if self.hearts[0].audio_sent(self.now):
                    self.look_at[0] = self.now
                self._send(0, "audio", b"")
            self.time_passes(0.08)

    @rule(side=st.integers(0, 1))
    def cable_dies(self, side: int) -> None:
        if self.stalled_since[side] is None:
            self.stalled_since[side] = self.now

    @precondition(lambda self: not self._alive(0) and not self._alive(1))
    @rule()
    def dials_again(self) -> None:
        self.dial()

    @invariant()
    def a_dead_cable_is_noticed_in_time(self) -> None:
        for side, since in enumerate(self.stalled_since):
            if since is not None and self._alive(side):
                assert self.now <= since + DELAY + POLICY.timeout + 1e-6, "a dead cable goes unnoticed"

    @invariant()
    def a_sound_cable_is_not_suspected(self) -> None:
        if self.stalled_since == [None, None]:
            assert self.dead_at == [NEVER, NEVER], "a sound link was given up"

    def _alive(self, side: int) -> bool:
        return self.dead_at[side] == NEVER

    def _next_due(self) -> float:
        arrivals = [pipe[0][0] for pipe in self.under_way if pipe]
        looks = [at for side, at in enumerate(self.look_at) if self._alive(side)]
        return min([*arrivals, *looks, NEVER])

    def _send(self, side: int, kind: str, payload: bytes) -> None:
        self.under_way[1 - side].append((self.now + DELAY, kind, payload))

    def _arrive(self, side: int) -> None:
        pipe, heart = self.under_way[side], self.hearts[side]
        while pipe and pipe[0][0] <= self.now:
            _, kind, payload = pipe.popleft()
            if self.stalled_since[side] is not None or not self._alive(side):
                continue
            heart.heard(self.now)
            match kind:
                case "audio":
                    heart.audio_heard(self.now)
                case "ping":
                    self._send(side, "pong", payload)
                case "pong":
                    heart.pong(payload, self.now)

    def _beat(self, side: int) -> None:
        heart = self.hearts[side]
        while self._alive(side) and self.look_at[side] <= self.now:
            if self.now >= heart.dead_at():
                self.dead_at[side] = self.now
                self.cable_dies(1 - side)  # it hangs up, and says nothing more
                return
            match heart.next(self.now):
                case Ping(payload):
                    self._send(side, "ping", payload)
                case Wait(until):
                    assert until > self.now, "a wait that is no wait"
                    self.look_at[side] = until


LOSSES = st.builds(
    LinkLost,
    st.just("lost"),
    code=st.sampled_from((None, 1001, 1013, 4409)),
    patience=st.sampled_from(tuple(Patience)),
    retry_after=st.sampled_from((None, None, 0.0, 3.0, 60.0)),
)


class Waits(Counted):
    """A device that loses link after link."""

    policy = BackoffPolicy()

    def __init__(self) -> None:
        super().__init__()
        self.failures = 0
        self.rng = random.Random(0)

    @initialize(seed=st.integers(0, 999))
    def draw(self, seed: int) -> None:
        self.rng.seed(seed)

    @rule(lost=LOSSES, takeovers=st.integers(0, 3))
    def link_is_lost(self, lost: LinkLost, takeovers: int) -> None:
        self.failures += 1
        wait = self.policy.wait(self.failures, lost, self.rng, takeovers)
        assert wait >= (0.0 if takeovers > 1 else lost.retry_after or 0.0) or lost.patience is Patience.CAP
        assert wait <= 1.1 * max(self.policy.contested, self.policy.cap, 1.5 * (lost.retry_after or 0.0) + 1)

    @rule(years=st.integers(0, 10**9))
    def fails_for_years(self, years: int) -> None:
        self.failures += years

    @rule()
    def link_is_stable(self) -> None:
        self.failures = 0

    @invariant()
    def ceilings_rise_to_the_cap(self) -> None:
        assert self.policy.ceiling(self.failures) <= self.policy.ceiling(self.failures + 1) <= self.policy.cap


@pytest.mark.parametrize(("machine", "least"), [(Hearts, 3_000), (Waits, 1_500)])
def test_the_link_is_never_stuck(machine: type[Counted], least: int) -> None:
    assert run(machine, runs=least // 35, steps=50) >= least


def test_the_machine_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Heartbeat, "dead_at", lambda self: self.last_heard + 3 * POLICY.timeout)
    with pytest.raises(AssertionError, match="goes unnoticed"):
        run(Hearts, runs=20, steps=30, shrink=False)
