"""The HTTP around the upgrade: what a head may be, and what is said to those who want no WebSocket."""

from collections.abc import Iterable

MAX_HEAD = 16 * 1024
"""Bytes of an HTTP head; real ones have less than 1 KiB."""
NOT_A_WEBSOCKET = b"This is a TARS server. It speaks WebSocket (tars.v1): point tars-pi at this address.\n"


def plain_answer(head: bytes) -> bytes:
    """What a request that is no upgrade gets: a short page for a person."""
    status = b"400 Bad Request" if b"upgrade" in head.lower() else b"426 Upgrade Required"
    return (
        b"HTTP/1.1 " + status + b"\r\nConnection: close\r\nUpgrade: websocket\r\nContent-Type: text/plain\r\n"
        b"Content-Length: " + str(len(NOT_A_WEBSOCKET)).encode() + b"\r\n\r\n" + NOT_A_WEBSOCKET
    )


def retry_after(headers: Iterable[tuple[bytes, bytes]]) -> float | None:
    """The seconds of a `Retry-After` header; None without one, or with a date in it (RFC 9110, 10.2.3)."""
    for name, value in headers:
        if name.lower() == b"retry-after" and value.isdigit() and len(value) < 6:
            return float(value)
    return None
