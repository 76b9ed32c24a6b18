import pytest

from tars.server.findings import Finding
from tars.server.web.health import Status, Workers, judge

WELL = (Workers("speech", 2, 2), Workers("voice", 1, 1))


@pytest.mark.parametrize(
    ("facts", "status", "problem"),
    [
        ({}, Status.OK, ""),
        ({"workers": (Workers("speech", 1, 2),)}, Status.OK, ""),
        ({"workers": (*WELL, Workers("ears", 0, 2))}, Status.DEGRADED, "no ears worker"),
        ({"findings": [Finding("the moon")]}, Status.DEGRADED, "the moon"),
        ({"findings": [Finding("the moon", minor=True)]}, Status.OK, ""),
        ({"listening": False}, Status.DEGRADED, "no device can connect"),
        ({"stopping": True, "workers": (Workers("speech", 0, 2),)}, Status.STOPPING, "told to stop"),
    ],
)
def test_how_it_is(facts: dict[str, object], status: Status, problem: str) -> None:
    health = judge(**{"stopping": False, "listening": True, "workers": WELL, **facts})  # type: ignore[arg-type]
    assert health.status is status
    assert health.http_status == (200 if status is Status.OK else 503)
    assert problem in "; ".join(health.problems)
    assert bool(health.problems) == bool(problem)
