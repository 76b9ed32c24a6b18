"""The one error that means "dial again"."""

import enum

from tars.messages import CloseCode


class Patience(enum.Enum):
    """How eagerly a lost link is dialled again."""

    BACKOFF = enum.auto()
    """Soon at first, then less and less often."""
    CAP = enum.auto()
    """At the longest wait at once: the peer refused on purpose, and only a person can change its mind."""
    APPOINTED = enum.auto()
    """At the moment that the peer named (`retry_after`) to this side alone: it spreads its peers itself."""


class LinkLost(Exception):
    """The link could not be made, or is gone. Redialling is the right answer; a bug is never reported by this.

    `reason` is one clause for people, such as `connection refused`. `code` is the WebSocket close code or the
    HTTP status that the peer gave, or None where it gave none. `retry_after` is how many seconds the peer asked
    to be left alone for. `explained`: the reason is for the person who can mend it, and no more is to be said.
    """

    def __init__(
        self,
        reason: str,
        *,
        code: int | None = None,
        patience: Patience = Patience.BACKOFF,
        retry_after: float | None = None,
        explained: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.patience = patience
        self.retry_after = retry_after
        self.explained = explained

    def again(self) -> "LinkLost":
        """The same loss as a new exception: one object raised in two tasks would mix their tracebacks."""
        return LinkLost(
            self.reason,
            code=self.code,
            patience=self.patience,
            retry_after=self.retry_after,
            explained=self.explained,
        )


_REFUSALS = frozenset({401, 403, CloseCode.UNAUTHORISED, CloseCode.TAKEN_OVER})

_MEANINGS: dict[int, str] = {
    CloseCode.NORMAL: "the peer closed the link",
    CloseCode.GOING_AWAY: "the peer is going away",
    CloseCode.POLICY: "the peer objects to what it was sent",
    CloseCode.TOO_BIG: "a message was too big for the peer",
    CloseCode.TRY_LATER: "the server is full",
    CloseCode.UNAUTHORISED: "the server does not accept the token",
    CloseCode.TAKEN_OVER: "the same device has connected again, and the newer link took over",
    401: "the server does not accept the token (HTTP 401)",
    403: "the server forbids the connection (HTTP 403)",
}


def lost_by_code(code: int, reason: str = "", retry_after: float | None = None) -> LinkLost:
    """The loss that a close code or an HTTP status means; `reason` is the peer's own word on it."""
    kind = "HTTP status" if code < 1000 else "close code"
    text = _MEANINGS.get(code, f"the peer answered with {kind} {code}")
    if reason:
        text = f"{text}: {reason}"
    patience = Patience.CAP if code in _REFUSALS else Patience.BACKOFF
    return LinkLost(text, code=code, patience=patience, retry_after=retry_after)


def os_reason(exc: BaseException) -> str:
    """What the operating system or TLS says below trio's error."""
    while exc.__cause__ is not None:
        exc = exc.__cause__
    return (getattr(exc, "strerror", None) or str(exc) or type(exc).__name__).lower()
