"""Whether the server can do its work. Pure."""

import enum
from collections.abc import Sequence

import attrs


class Status(enum.StrEnum):
    """The short answer."""

    OK = "ok"
    DEGRADED = "degraded"
    """It runs, but no conversation would succeed: send nobody here, and look at the log."""
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

    @property
    def http_status(self) -> int:
        """What a load balancer or a probe looks at."""
        return 200 if self.status is Status.OK else 503


def judge(*, stopping: bool, listening: bool, workers: Sequence[Workers]) -> Health:
    """How the server is. A pool that is one process short still works; one without any does not."""
    if stopping:
        return Health(Status.STOPPING, ("the server was told to stop",))
    problems = [] if listening else ["no device can connect yet"]
    problems += [f"no {pool.name} worker is ready" for pool in workers if not pool.ready]
    return Health(Status.DEGRADED if problems else Status.OK, tuple(problems))
