"""What holds for every test."""

import os
from collections.abc import Iterator
from typing import NoReturn

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.support.log_events import LEVELS, why_not_documented
from tests.support.profile import SOAK, SOAK_FACTOR

# the programs that tests start speak by the voice that every installation has; Piper's tests open it themselves
os.environ.setdefault("TARS_TTS_USE", "espeak")
# a busy machine is no failure: no property here is about how long an example takes, or takes to make
settings.register_profile("tars", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("soak", settings.get_profile("tars"), max_examples=100 * SOAK_FACTOR)
settings.load_profile("soak" if SOAK else "tars")


@pytest.fixture(autouse=True)
def _logs_as_they_come() -> Iterator[None]:
    """Every test begins with structlog's own configuration, which shows everything, whatever the one before it has
    configured. `capture_logs` alone is not enough: it sees no more than the level that was left behind."""
    yield
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def _only_documented_events(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hold whatever a test sees the programs log against the guide's table: the event, its level, its fields."""
    capture, undocumented = structlog.testing.LogCapture.__call__, set[str]()

    def watch(
        self: structlog.testing.LogCapture,
        logger: structlog.typing.WrappedLogger,
        method: str,
        line: structlog.typing.EventDict,
    ) -> NoReturn:
        fields = frozenset(line) - {"event", "exc_info", "stack_info"}
        if (why := why_not_documented(line["event"], LEVELS[method], fields)) is not None:
            undocumented.add(f"{line['event']}: {why}")
        capture(self, logger, method, line)

    monkeypatch.setattr(structlog.testing.LogCapture, "__call__", watch)
    yield
    assert not undocumented
