"""The one error that means "dial again"."""

import enum


class Patience(enum.Enum):
    """How eagerly a lost link is dialled again."""

    BACKOFF = enum.auto()
    """Soon at first, then less and less often."""
    CAP = enum.auto()
    """At the longest wait at once: the peer refused on purpose, and only a person can change its mind."""


class LinkLost(Exception):
    """The link could not be made, or is gone. Redialling is the right answer; a bug is never reported by this.

    `reason` is one clause for people, such as `connection refused`. `code` is the WebSocket close code or the
    HTTP status that the peer gave, or None where it gave none. `retry_after` is how many seconds the peer asked
    to be left alone for.
    """

    def __init__(
        self,
        reason: str,
        *,
        code: int | None = None,
        patience: Patience = Patience.BACKOFF,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.patience = patience
        self.retry_after = retry_after
