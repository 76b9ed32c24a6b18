"""How often a dying worker is restarted."""

import pytest

from tars.server.workers.policy import WorkerPolicy


def test_the_first_restart_is_at_once_and_later_ones_wait_ever_longer() -> None:
    policy = WorkerPolicy(restart_base=0.1, restart_cap=10.0)
    delays = [policy.restart_delay(failures) for failures in range(1, 12)]
    assert delays == pytest.approx([0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10, 10])
    assert policy.restart_delay(10**9) == 10.0
