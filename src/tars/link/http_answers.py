"""What an HTTP answer that is no upgrade means for the one who dialled, in words that say what to do. No I/O."""

import re
from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit, urlunsplit

import attrs

from tars.link.errors import LinkLost, Patience, lost_by_code
from tars.link.http_head import retry_after
from tars.link.server_address import ServerAddress

Headers = Sequence[tuple[bytes, bytes]]

MAX_QUOTE = 200
"""Characters of the peer's own words that are quoted."""
MAX_REMARK_BYTES = 1024
"""Bytes of a body in which its first line ends."""
HTTP2_ONLY = "speaks HTTP/2 only, and a WebSocket needs HTTP/1.1: let it speak both"
"""Of a peer: what it does, and what to do."""
UNAUTHORISED, FORBIDDEN = 401, 403
_MOVED = frozenset({301, 302, 303, 307, 308})
_UNREACHABLE = frozenset({502, 504})
_UNWELCOME = frozenset({UNAUTHORISED, FORBIDDEN})
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_CHALLENGE = re.compile(r"(?:^|,)\s*([A-Za-z-]+)(?=\s+[^\s=,]|\s*(?:,|$))")
"""A scheme at the beginning of a challenge (RFC 9110, 11.6.1); a parameter has an equals sign after its name."""
_SOCKET_SCHEMES = {"http": "ws", "https": "wss"}


@attrs.frozen
class HttpAnswer:
    """An HTTP answer to a request for an upgrade that is not granted."""

    status: int
    headers: Headers = ()
    remark: str = ""
    """The first line of a body for people; empty without one."""

    def header(self, name: bytes) -> str | None:
        """The first value of a header; `name` in lower case."""
        for key, value in self.headers:
            if key.lower() == name:
                return value.decode("latin-1").strip()
        return None

    @property
    def text_length(self) -> int | None:
        """Bytes of the body to read for its first line; None where it is not for people, or of unknown length."""
        kind, length = self.header(b"content-type") or "", self.header(b"content-length") or ""
        if not kind.startswith("text/plain") or not length.isdigit():
            return None
        return min(int(length[:9]), MAX_REMARK_BYTES)

    @property
    def challenges(self) -> list[str]:
        """The authentication schemes that the peer asks for, in lower case (RFC 9110, 11.6.1)."""
        values = [value.decode("latin-1") for key, value in self.headers if key.lower() == b"www-authenticate"]
        bare = [_QUOTED.sub('""', value) for value in values]
        return [scheme.lower() for value in bare for scheme in _CHALLENGE.findall(value)]


class NotUpgraded(LinkLost):
    """The peer answered the request for an upgrade with something else."""

    def __init__(self, answer: HttpAnswer) -> None:
        super().__init__(f"the peer answered with HTTP status {answer.status}", code=answer.status)
        self.answer = answer


def loss_by_answer(answer: HttpAnswer, address: ServerAddress) -> LinkLost:
    """Say what `answer` to a dial of `address` means; its reason is one clause for a person."""
    status, wait = answer.status, retry_after(answer.headers)
    if status in _UNWELCOME and not _asks_for_user(answer):
        return _refused(answer, lost_by_code(status, retry_after=wait))
    what, advice = _meaning(answer, address)
    # who has the wrong address or no right to come in waits for a person; a proxy's server comes back by itself
    waits = status in _MOVED or status in _UNWELCOME or (200 <= status < 300) or status in (404, 410)
    patience = Patience.CAP if waits else Patience.BACKOFF
    return LinkLost(
        f"{what} (HTTP {status}){advice}", code=status, patience=patience, retry_after=wait, explained=True
    )


def _refused(answer: HttpAnswer, known: LinkLost) -> LinkLost:
    """`known`, and what the server says beyond it: a 403 has many reasons, and a person can mend some of them."""
    if answer.status != FORBIDDEN or answer.remark in ("", known.reason):
        return known
    reason = f'{known.reason}; it says: "{quoted(answer.remark)}"'
    return LinkLost(
        reason, code=known.code, patience=known.patience, retry_after=known.retry_after, explained=True
    )


def _asks_for_user(answer: HttpAnswer) -> bool:
    """Whether a proxy before the server wants to know a user: TARS itself asks for a Bearer token."""
    return bool(answer.challenges) and "bearer" not in answer.challenges


def _meaning(answer: HttpAnswer, address: ServerAddress) -> tuple[str, str]:
    """What has happened, and what to do about it."""
    status, where = answer.status, address.address
    if status in _MOVED:
        return _moved(answer, address)
    if status in _UNWELCOME:
        return _wants_user(answer, address)
    if status in _UNREACHABLE:
        return f"a proxy at {where} does not reach the TARS server behind it", ""
    if status == 505:
        return f"{where} {HTTP2_ONLY}", ""
    if status == 426 and "websocket" in (answer.header(b"upgrade") or "").lower():
        return f"a proxy before the TARS server at {where} does not pass on the request for a WebSocket", ""
    if status == 400 and not address.secure:
        return f"{where} did not understand the request", "; a server with a certificate is dialled by wss://"
    said = f'; it says: "{quoted(answer.remark)}"' if answer.remark else ""
    if status >= 500 or status in (408, 425, 429):
        return f"the server at {where}, or a proxy before it, cannot serve now", said
    if status in (400, 426):
        return f"{where} refuses the request for a WebSocket", said
    return f"{where} is not a TARS server, or the path in the address is wrong", said


def _moved(answer: HttpAnswer, address: ServerAddress) -> tuple[str, str]:
    moved = f"{address.address} sends elsewhere"
    location = answer.header(b"location")
    if not location:
        return f"{moved} without saying where", "; check the address"
    base = f"{'https' if address.secure else 'http'}://{address.host_header}{address.resource}"
    try:
        parts = urlsplit(urljoin(base, location))
    except ValueError:
        return f"{moved}, to {quoted(location)}, which is no address", "; check the address"
    scheme = _SOCKET_SCHEMES.get(parts.scheme, parts.scheme)
    # the path that was dialled may hold a token, and is not repeated
    path = parts.path if address.resource == "/" else "/..."
    there = urlunsplit((scheme, parts.netloc.rpartition("@")[2], path, "", ""))
    return moved, f"; if you trust it, dial {quoted(there)}"


def _wants_user(answer: HttpAnswer, address: ServerAddress) -> tuple[str, str]:
    if "basic" not in answer.challenges:
        schemes = quoted(", ".join(answer.challenges))
        return f"a proxy at {address.address} asks for {schemes}, which TARS does not speak", ""
    if address.credentials is not None:
        return f"a proxy at {address.address} does not accept the user and the password in the address", ""
    there = f"{'wss' if address.secure else 'ws'}://USER:PASSWORD@{address.address}/"
    return f"a proxy at {address.address} asks for a user and a password", f"; write them in the address: {there}"


def quoted(text: str) -> str:
    """The peer's own words, short, and without characters that could do something to a terminal."""
    return ascii(text[:MAX_QUOTE])[1:-1]


def speaks_http2(data: bytes) -> bool:
    """Whether an answer begins as HTTP/2 does: with SETTINGS or GOAWAY on stream 0 (RFC 9113, 3.4, 4.1)."""
    return len(data) >= 9 and data[:2] == b"\x00\x00" and data[3] in (4, 7) and data[5:9] == bytes(4)
