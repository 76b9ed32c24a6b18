"""Whether the server can do its work. Pure."""

import enum
from collections.abc import Iterable, Sequence

import attrs

from tars.server.findings import Finding


class Status(enum.StrEnum):
    """The short answer."""

    OK = "ok"
    DEGRADED = "degraded"
    """It runs, but no new conversation would succeed: send nobody here, and look at the log."""
    STOPPING = "stopping"
    """It says goodbye to its devices."""


@attrs.frozen
class Workers:
    """A pool of worker processes."""

    name: str
    ready: int
    wanted: int


@attrs.frozen
class Health:
    """The answer, with its reasons in words."""

    status: Status
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    """What does not keep a conversation from succeeding yet."""

    @property
    def http_status(self) -> int:
        """What a load balancer or a probe looks at."""
        return 200 if self.status is Status.OK else 503


def judge(
    *, stopping: bool, listening: bool, workers: Sequence[Workers], findings: Iterable[Finding] = ()
) -> Health:
    """How the server is. A pool that is one process short still works; one without any does not."""
    found = [*_of_workers(workers), *findings]
    warnings = tuple(finding.text for finding in found if finding.minor)
    if stopping:
        return Health(Status.STOPPING, ("the server was told to stop",), warnings)
    problems = [] if listening else ["no device can connect yet"]
    problems += [finding.text for finding in found if not finding.minor]
    return Health(Status.DEGRADED if problems else Status.OK, tuple(problems), warnings)


def _of_workers(pools: Sequence[Workers]) -> Iterable[Finding]:
    for pool in pools:
        if not pool.ready:
            yield Finding(f"no {pool.name} worker is ready")
        elif pool.ready < pool.wanted:
            yield Finding(f"only {pool.ready} of {pool.wanted} {pool.name} workers are ready", minor=True)
