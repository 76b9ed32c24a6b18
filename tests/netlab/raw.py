"""A WebSocket client that does nothing by itself: no pong, no close, not a byte read unless it is told to.

It shares no code with the project's link, so that it can also be a peer that nobody should write.
"""

import base64
import json
import os
import struct
from collections.abc import Iterator

import attrs
import trio

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def frame(opcode: int, payload: bytes) -> bytes:
    """A whole frame of a client, masked by nothing but zeroes."""
    size = len(payload)
    if size < 126:
        length = struct.pack("!B", 0x80 | size)
    elif size < 1 << 16:
        length = struct.pack("!BH", 0x80 | 126, size)
    else:
        length = struct.pack("!BQ", 0x80 | 127, size)
    return bytes([0x80 | opcode]) + length + bytes(4) + payload


def request(token: str | None, host: str = "lab", **headers: str) -> bytes:
    """The request for an upgrade."""
    lines = [
        "GET / HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Protocol: tars.v1",
        *([f"Authorization: Bearer {token}"] if token else []),
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


@attrs.define(eq=False)
class Raw:
    """One connection."""

    stream: trio.abc.Stream
    received: bytearray = attrs.field(factory=bytearray)
    """What came and is no whole frame yet."""

    async def upgrade(self, token: str | None) -> int:
        """Ask for the upgrade; the HTTP status of the answer."""
        await self.stream.send_all(request(token))
        while b"\r\n\r\n" not in self.received:
            await self.read()
        head, _, rest = bytes(self.received).partition(b"\r\n\r\n")
        self.received = bytearray(rest)
        return int(head.split()[1])

    async def say(self, kind: str, **fields: object) -> None:
        """Send a message."""
        await self.send(TEXT, json.dumps({"type": kind, **fields}).encode())

    async def send(self, opcode: int, payload: bytes) -> None:
        """Send a frame."""
        await self.stream.send_all(frame(opcode, payload))

    async def read(self) -> None:
        """Read once; `EOFError` at the end."""
        data = await self.stream.receive_some(65_536)
        if not data:
            raise EOFError
        self.received += data

    async def until(self, kind: str) -> dict[str, object]:
        """Read until a message of this type comes, answering nothing; what else comes is forgotten."""
        while True:
            for opcode, payload in self.frames():
                if opcode == TEXT and (message := json.loads(payload))["type"] == kind:
                    return dict(message)
            await self.read()

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """The whole frames among what was read; `ValueError` for what a server must not send."""
        while len(self.received) >= 2:
            first, size = self.received[0], self.received[1]
            if first & 0x70 or first & 0x0F not in (0, TEXT, BINARY, CLOSE, PING, PONG) or size & 0x80:
                raise ValueError(f"not a server's frame: it begins with {bytes(self.received[:2])!r}")
            head = 2 + {126: 2, 127: 8}.get(size, 0)
            if len(self.received) < head:
                return
            if size >= 126:
                size = int.from_bytes(self.received[2:head], "big")
            if len(self.received) < head + size:
                return
            payload = bytes(self.received[head : head + size])
            del self.received[: head + size]
            yield first & 0x0F, payload
