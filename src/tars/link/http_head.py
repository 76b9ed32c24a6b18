"""The HTTP around the upgrade: what a head may be, and what is said to those who want no WebSocket."""

import base64
import binascii
import re
from collections.abc import Iterable
from http import HTTPStatus

from tars.link.errors import LinkLost

MAX_HEAD = 16 * 1024
"""Bytes of an HTTP head; real ones have less than 1 KiB."""
A_REQUEST = rb"[A-Z]{3,7} (?:/|\*|https?:)|CONNECT "
AN_ANSWER = rb"HTTP/1\.[01] \d"
"""What a head begins like."""
HTTP2_PREFACE = b"PRI * HTTP/2.0"
"""How a client begins that speaks HTTP/2 without having asked (RFC 9113, 3.4)."""
KEY_BYTES = 16
_END = re.compile(rb"\n\r?\n")
_LONGEST_END = len(b"\n\r\n")

PAGE = """\
This is a TARS server. There is nothing to see here for a browser: it talks to voice devices,
over WebSocket (subprotocol tars.v1).

To use it, point a device at this address:  tars-pi --server {scheme}://HOST:PORT/
"""
_NEEDS_TLS = "\nThis port speaks TLS, and what came in was not encrypted: use wss://, not ws://.\n"
_PROBLEM = "\nWhat was wrong with this request: {problem}.\n"


class NoHttp(LinkLost):
    """What came in is no HTTP, or none that is read to its end."""


def end_of_head(data: bytes, since: int = 0) -> int:
    """Where the head at the beginning of `data` ends; -1 while it does not. Bytes before `since` were looked at
    before. Lines may end without CR: people type requests by hand."""
    end = _END.search(data, max(0, since - _LONGEST_END + 1))
    return -1 if end is None else end.end()


def objection(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """What is wrong with the headers (names in lower case) of an upgrade request that is complete: things on which
    RFC 6455 insists (4.2.1) and wsproto does not. None where nothing is."""
    values: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        values.setdefault(name, []).append(value)
    if any(len(values.get(name, ())) > 1 for name in (b"sec-websocket-key", b"sec-websocket-version")):
        return "Sec-WebSocket-Key and Sec-WebSocket-Version may come once"
    try:
        key = base64.b64decode(values[b"sec-websocket-key"][0], validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        return "Sec-WebSocket-Key is not 16 bytes in Base64"
    if b"transfer-encoding" in values or values.get(b"content-length", [b"0"]) != [b"0"]:
        return "an upgrade request has no body"
    return None


def plain_answer(
    head: bytes, problem: str = "", *, needs_tls: bool = False, secure: bool = False
) -> tuple[int, bytes]:
    """What a request that is no upgrade gets: the status, and a short page for a person.

    `problem` says what is wrong with a request that means to be an upgrade; `secure` whether TLS is spoken here.
    """
    method = head.partition(b" ")[0]
    text = PAGE.format(scheme="wss" if secure or needs_tls else "ws")
    text += _NEEDS_TLS if needs_tls else _PROBLEM.format(problem=problem) if problem else ""
    bad = (problem and not head.startswith(HTTP2_PREFACE)) or needs_tls or not method.isalpha()
    status = 400 if bad else 426
    lines = (b"Upgrade: websocket", b"Sec-WebSocket-Version: 13")
    return status, text_answer(status, text, *lines, connection=b"close, Upgrade", with_body=method != b"HEAD")


def text_answer(
    status: int, text: str, *lines: bytes, connection: bytes = b"close", with_body: bool = True
) -> bytes:
    """An HTTP answer for people, with further header `lines`."""
    body = text.encode()
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode(),
        b"Connection: " + connection,
        *lines,
        b"Content-Type: text/plain; charset=utf-8",
        b"X-Content-Type-Options: nosniff",
        b"Content-Length: %d" % len(body),
    )
    return b"\r\n".join(head) + b"\r\n\r\n" + (body if with_body else b"")


def retry_after(headers: Iterable[tuple[bytes, bytes]]) -> float | None:
    """The seconds of a `Retry-After` header; None without one, or with a date in it (RFC 9110, 10.2.3)."""
    for name, value in headers:
        if name.lower() == b"retry-after" and value.isdigit() and len(value) < 6:
            return float(value)
    return None


def join_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by name, in lower case; the values of one that comes several times, joined (RFC 9110, 5.3)."""
    joined: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined
