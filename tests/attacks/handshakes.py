"""What is wrong with a handshake, and the HTTP status that it gets."""

import os

from tests.attacks.raw import KEY, UPGRADE

_KEY_LINE = b"Sec-WebSocket-Key: " + KEY + b"\r\n"
_POST = b"POST / HTTP/1.1\r\nHost: x\r\n"

HANDSHAKES: dict[str, tuple[bytes, int]] = {
    "a port scanner": (b"\r\n\r\n", 400),
    "noise": (os.urandom(3000), 400),
    "zeros": (bytes(40_000), 400),
    "a TLS greeting": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(500), 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(64), 426),
    "SSH": (b"SSH-2.0-OpenSSH_9.9\r\n", 400),
    "a plain GET": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 426),
    "a GET of HTTP/1.0": (b"GET / HTTP/1.0\r\n\r\n", 426),
    "a POST with a long body": (
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n" + bytes(300_000),
        426,
    ),
    "a body in chunks without end": (
        _POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"fff\r\n" + bytes(4095) + b"\r\n",
        426,
    ),
    "an absolute target": (UPGRADE.replace(b"GET / ", b"GET http://other.example/ "), 101),
    "no host": (UPGRADE.replace(b"Host: x\r\n", b""), 400),
    "two hosts": (UPGRADE.replace(b"Host: x", b"Host: x\r\nHost: y"), 400),
    "a host that is no name": (UPGRADE.replace(b"Host: x", b"Host: " + b"x" * 70 + b"\xff"), 400),
    "no key": (UPGRADE.replace(_KEY_LINE, b""), 400),
    "an empty key": (UPGRADE.replace(KEY, b""), 400),
    "a key that is none": (UPGRADE.replace(KEY, b"short"), 400),
    "two keys": (UPGRADE.replace(_KEY_LINE, _KEY_LINE + _KEY_LINE), 400),
    "no version": (UPGRADE.replace(b"Sec-WebSocket-Version: 13\r\n", b""), 400),
    "another version": (UPGRADE.replace(b": 13", b": 99"), 400),
    "an upgrade to something else": (UPGRADE.replace(b"Upgrade: websocket", b"Upgrade: h2c"), 400),
    "no upgrade in Connection": (UPGRADE.replace(b"Connection: Upgrade", b"Connection: close"), 400),
    "a method with a body": (UPGRADE.replace(b"GET", b"POST"), 400),
    "a NUL in a header": (UPGRADE[:-2] + b"X-Nul: a\0b\r\n\r\n", 400),
    "a bare CR in a header": (UPGRADE[:-2] + b"X-Cr: a\rb\r\n\r\n", 400),
    "a folded header": (UPGRADE[:-2] + b"X-Fold: a\r\n b\r\n\r\n", 101),
    "a header without a name": (UPGRADE[:-2] + b": a\r\n\r\n", 400),
    "a target in another script": (UPGRADE.replace(b"GET / ", b"GET /\xff\xfe "), 400),
    "a subprotocol in another script": (UPGRADE.replace(b"tars.v1", b"\xff\xfe"), 400),
    "a smuggled body": (UPGRADE[:-2] + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    "a length below zero": (UPGRADE[:-2] + b"Content-Length: -5\r\n\r\n", 400),
    "a request behind the request": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 500, 426),
    "a long target": (UPGRADE.replace(b"GET / ", b"GET /" + b"a" * 30_000 + b" "), 400),
    "thousands of headers": (UPGRADE[:-2] + b"A: b\r\n" * 2_500 + b"\r\n", 101),
    "a head without end": (UPGRADE[:-2] + b"A: b\r\n" * 50_000, 400),
    "one line without end": (b"GET /" + b"a" * 1_000_000, 400),
}
"""101 is not wrong: such a request is good enough, however odd."""
