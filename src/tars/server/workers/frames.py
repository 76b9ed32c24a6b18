"""Frames over a pipe: length, kind, line, body. Pure; both ends use it.

    | 4 bytes: length of the body | 1 byte: kind | 4 bytes: line | body |

Little-endian. The pipe is between two processes of the same program, so a frame that makes no sense is a bug
and not an input: `BadFrame` ends the process that sees it.
"""

import enum
import struct
from collections.abc import Iterator

import attrs

_HEADER = struct.Struct("<IBI")
MAX_BODY = 4 * 1024 * 1024
"""Bytes. Far above any real frame (audio comes in pieces of at most 32 KiB): a larger length is a lost footing,
most likely native code that printed into the pipe."""
CONTROL = 0
"""The line number of frames that belong to no line."""


class BadFrame(Exception):
    """The bytes are no frame: something else wrote into the pipe."""


class Kind(enum.IntEnum):
    """What a frame is for."""

    SETUP = 1
    """To the child, first of all: what it needs to prepare itself. Later once more, where that has changed."""
    READY = 2
    """From the child: it has prepared itself."""
    PING = 3
    """To the child: still alive?"""
    PONG = 4
    """From the child: yes."""
    OPEN = 5
    """To the child: a new line, with its opening."""
    DATA = 6
    """Either way: a message on a line."""
    CLOSE = 7
    """To the child: nobody listens to this line any more. From it: there is no more to come."""
    FAIL = 8
    """From the child: this line is over, the body says why."""


_KINDS = frozenset(int(kind) for kind in Kind)


@attrs.frozen
class Frame:
    """One frame."""

    kind: Kind
    line: int = CONTROL
    body: bytes = b""

    def encode(self) -> bytes:
        """The frame as bytes."""
        return _HEADER.pack(len(self.body), self.kind, self.line) + self.body


@attrs.define(eq=False)
class FrameReader:
    """Puts frames together again from pieces of any size."""

    _buffer: bytearray = attrs.field(factory=bytearray)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Take more bytes; yield the frames that they complete. Raises `BadFrame`."""
        self._buffer += data
        while len(self._buffer) >= _HEADER.size:
            length, kind, line = _HEADER.unpack_from(self._buffer)
            if length > MAX_BODY or kind not in _KINDS:
                raise BadFrame(f"a frame of kind {kind} with {length} bytes")
            end = _HEADER.size + length
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[_HEADER.size : end])
            del self._buffer[:end]
            yield Frame(Kind(kind), line, body)
