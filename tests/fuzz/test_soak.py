"""A day of faults: some hours of it in every run, all of it in a night and in `python -m benchmarks soak`."""

import pytest

from tests.fuzz.soak import DAY, Sample, soak
from tests.support.limits import HANG
from tests.support.profile import SOAK


def left_over(before: Sample, after: Sample) -> tuple[int, int]:
    """Tasks and connections that have come to be."""
    return after.tasks - before.tasks, after.connections - before.connections


@pytest.mark.slow
@pytest.mark.timeout(0 if SOAK else 5 * HANG)
@pytest.mark.parametrize("resume", [0.0, 12.0])
def test_hours_of_faults_leave_nothing_behind(resume: float) -> None:
    day = soak(DAY if SOAK else 24, seed=1, resume=resume)
    assert len(day.recoveries) == len(day.faults)
    hour, end = day.samples[1], day.samples[-1]
    assert left_over(hour, end) == (0, 0)
    assert end.objects < 1.02 * hour.objects
    assert day.growth < 0.05
