"""What a client asks for by its upgrade request, and what refuses it. Pure."""

from collections.abc import Awaitable, Callable, Mapping

import attrs

from tars.link.errors import LinkLost, lost_by_code
from tars.link.forwarded import Client
from tars.link.http_head import text_answer

UNAUTHORISED, FORBIDDEN, REQUEST_TIMEOUT, UNAVAILABLE = 401, 403, 408, 503
"""HTTP status codes (RFC 9110, 15)."""


@attrs.frozen
class UpgradeRequest:
    """A client's request for a WebSocket. Both its path and its headers may hold a token: log neither."""

    path: str = attrs.field(default="/", repr=False)
    """With the query."""
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    """Names in lower case; the values of a name that comes several times, joined by a comma (RFC 9110, 5.3)."""
    client: Client = attrs.field(factory=Client)
    """Where it comes from."""

    @property
    def last_segment(self) -> str:
        """The end of the path, without a slash; a proxy may have put something before it."""
        return self.path.partition("?")[0].rstrip("/").rpartition("/")[2]


@attrs.frozen
class Refusal:
    """A client that is turned away before it has a WebSocket."""

    status: int
    """The HTTP status of the answer."""
    reason: str
    """For the log."""
    answer: str = ""
    """One sentence for the client; where it is empty, what the status means."""
    retry_after: int | None = None
    """Seconds for which the client is asked to wait."""
    kind: str = ""
    """What the log tells once, where the reason holds the client's own words, of which it has any number."""


class NoUpgrade(LinkLost):
    """What came in is no request for an upgrade. It can be answered all the same, for a person to read."""

    def __init__(self, reason: str, status: int, page: bytes, send: Callable[[bytes], Awaitable[None]]) -> None:
        super().__init__(reason, code=status)
        self.status = status
        self._page = page
        self._send = send

    async def answer(self) -> None:
        """Send the page that says what is wanted here. The caller closes the stream."""
        await self._send(self._page)


def write_refusal(refusal: Refusal) -> bytes:
    """The HTTP answer that turns a client away."""
    lines = [b"WWW-Authenticate: Bearer"] if refusal.status == UNAUTHORISED else []
    if refusal.retry_after is not None:
        lines.append(b"Retry-After: %d" % refusal.retry_after)
    words = refusal.answer or lost_by_code(refusal.status).reason
    return text_answer(refusal.status, f"{words}\n", *lines)
