import pytest

from tars.server.web.health import Status, Workers, judge

WELL = (Workers("speech", 2, 2), Workers("voice", 1, 1))


@pytest.mark.parametrize(
    ("facts", "status", "problem"),
    [
        ({}, Status.OK, ""),
        ({"workers": (Workers("speech", 1, 2),)}, Status.OK, ""),
        ({"workers": (*WELL, Workers("ears", 0, 2))}, Status.DEGRADED, "no ears worker"),
        ({"listening": False}, Status.DEGRADED, "no device can connect"),
        ({"stopping": True, "workers": (Workers("speech", 0, 2),)}, Status.STOPPING, "told to stop"),
    ],
)
def test_how_it_is(facts: dict[str, object], status: Status, problem: str) -> None:
    health = judge(**{"stopping": False, "listening": True, "workers": WELL, **facts})  # type: ignore[arg-type]
    assert health.status is status
    assert health.http_status == (200 if status is Status.OK else 503)
    assert any(problem in each for each in health.problems) or not problem
    assert bool(health.problems) == bool(problem)
