"""A client that says whatever it likes: bytes over a plain socket, with nothing of the project between."""

import contextlib
import json
import socket
import struct
import time
from collections.abc import Iterator

import attrs

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
    + KEY
    + b"\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: tars.v1\r\n\r\n"
)
TOKEN = "the-token-of-the-server-under-attack"
"""Attackers have it, but where they try to get in without."""
MASK = b"abcd"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
LIMIT = 10.0
"""Seconds for anything that a server has to do about an attack; its own limits are 5 s and less."""


def frame(
    opcode: int, payload: bytes = b"", *, final: bool = True, masked: bool = True, reserved: int = 0
) -> bytes:
    """One frame, right or wrong."""
    first = (0x80 if final else 0) | reserved << 4 | opcode
    return header(first, len(payload), masked=masked) + (_mask(payload) if masked else payload)


def header(first: int, claimed: int, *, masked: bool = True, length: int | None = None) -> bytes:
    """The beginning of a frame that claims to have so many bytes; `length` is in how many bytes it says so (0 for
    what fits into the second byte), as few as possible by default."""
    if length is None:
        length = 0 if claimed < 126 else 2 if claimed < 65536 else 8
    bit = 0x80 if masked else 0
    second = {0: claimed, 2: 126, 8: 127}[length]
    return bytes((first, bit | second)) + claimed.to_bytes(8)[8 - length :] + (MASK if masked else b"")


def _mask(payload: bytes) -> bytes:
    repeated = MASK * (len(payload) // 4 + 1)
    return (int.from_bytes(payload) ^ int.from_bytes(repeated[: len(payload)])).to_bytes(len(payload))


def text(message: object) -> bytes:
    """A message as JSON in a text frame."""
    return frame(TEXT, json.dumps(message).encode())


def hello(device_id: str, **fields: object) -> bytes:
    """A device's first message, in its frame."""
    return text({"type": "hello", "protocol": 1, "device_id": device_id, "token": TOKEN, **fields})


@attrs.define(eq=False)
class Attacker:
    """One connection to the server under attack."""

    sock: socket.socket
    unread: bytes = b""

    def send(self, data: bytes) -> bool:
        """Send it all; False where the server has left meanwhile, or reads no more."""
        try:
            self.sock.sendall(data)
        except OSError:
            return False
        return True

    def hello(self, device_id: str, **fields: object) -> None:
        """Go on as a device: upgrade, `hello`, `welcome`."""
        self.send(UPGRADE + hello(device_id, **fields))
        self.until_type("welcome")

    def http(self) -> tuple[int, bytes]:
        """The answer to a request: the status, and all that comes until the server hangs up."""
        answer = self.read_to_end()
        return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else 0, answer

    def until_status(self) -> None:
        """Wait for 101."""
        self.sock.settimeout(LIMIT)
        while b"\r\n\r\n" not in self.unread:
            more = self.sock.recv(65536)
            assert more, self.unread
            self.unread += more
        assert self.unread.startswith(b"HTTP/1.1 101 "), self.unread

    def read_to_end(self, limit: float = LIMIT) -> bytes:
        """All that comes until the server hangs up; `TimeoutError` when it does not."""
        deadline = time.monotonic() + limit
        data = self.unread
        while True:
            self.sock.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                more = self.sock.recv(65536)
            except ConnectionError:
                return data
            if not more:
                return data
            data += more

    def until_type(self, name: str) -> dict[str, object]:
        """The next message of that type."""
        for opcode, payload in self.frames():
            if opcode == TEXT:
                message: dict[str, object] = json.loads(payload)
                if message["type"] == name:
                    return message
        raise AssertionError(f"the server hung up before {name}")

    def close_code(self, limit: float = LIMIT) -> int | None:
        """The code with which the server closes; None where it hangs up without one."""
        for opcode, payload in self.frames(limit):
            if opcode == CLOSE:
                return int.from_bytes(payload[:2])
        return None

    def frames(self, limit: float = LIMIT) -> Iterator[tuple[int, bytes]]:
        """What the server sends, until it hangs up."""
        deadline = time.monotonic() + limit
        while True:
            if self.unread.startswith(b"HTTP/1.") and b"\r\n\r\n" in self.unread:
                self.unread = self.unread.partition(b"\r\n\r\n")[2]
            while (found := _first_frame(self.unread)) is not None:
                opcode, payload, self.unread = found
                yield opcode, payload
            self.sock.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                more = self.sock.recv(65536)
            except ConnectionError:
                return
            if not more:
                return
            self.unread += more

    def reset(self) -> None:
        """Leave without a goodbye, not even TCP's."""
        with contextlib.suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


def _first_frame(data: bytes) -> tuple[int, bytes, bytes] | None:
    """The opcode and payload of the frame at the beginning of `data`, and what follows it."""
    if len(data) < 2 or data.startswith(b"HTTP"):
        return None
    length, at = data[1] & 0x7F, 2
    if length >= 126:
        at = 4 if length == 126 else 10
        length = int.from_bytes(data[2:at])
    if len(data) < at + length:
        return None
    return data[0] & 0x0F, data[at : at + length], data[at + length :]
