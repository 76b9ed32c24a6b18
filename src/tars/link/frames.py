"""WebSocket frames of the usual kind, read and written without ceremony. No I/O.

Nearly every frame of a link is one whole, unfragmented message. Those are handled here in a few microseconds;
everything else (control frames, fragments, nonsense) is handed on, one whole frame at a time, to the complete
implementation of the protocol that the transport keeps beside this.
"""

import os
import struct

import attrs

TEXT = 0x1
BINARY = 0x2
PING = 0x9
PONG = 0xA

_FINAL = 0x80
_MASKED = 0x80
_WHOLE_TEXT = _FINAL | TEXT
_WHOLE_BINARY = _FINAL | BINARY
_XOR = tuple(bytes(byte ^ key for byte in range(256)) for key in range(256))


@attrs.frozen
class Uncommon:
    """One whole frame for the complete implementation of the protocol."""

    data: bytes


@attrs.frozen
class TooBig:
    """A message is longer than the limit; what follows it has no meaning any more."""


Found = bytes | str | Uncommon | TooBig


class FrameReader:
    """Cuts a stream of bytes into messages.

    `masked` says whether the peer masks its frames (clients do). A message over `limit` bytes is found `TooBig` as
    soon as its length is claimed, before its bytes arrive.
    """

    def __init__(self, *, masked: bool, limit: int) -> None:
        self._mask_bit = _MASKED if masked else 0
        self._limit = limit
        self._left_over = b""
        self._fragments: int | None = None

    def feed(self, data: bytes) -> list[Found]:
        """What `data` completes, in order."""
        if self._left_over:
            data = self._left_over + data
        found: list[Found] = []
        position = 0
        end = len(data)
        while end - position >= 2:
            size = self._frame_size(data, position)
            if size < 0:
                found.append(TooBig())
                break
            if position + size > end:
                break
            found.append(self._frame(data[position : position + size]))
            position += size
        self._left_over = data[position:]
        return found

    def _frame_size(self, data: bytes, at: int) -> int:
        """Bytes of the frame at `at`, header included, as far as they are known; -1 when they are too many."""
        second = data[at + 1]
        length = second & 0x7F
        header = 2
        if length >= 126:
            header = 4 if length == 126 else 10
            if len(data) < at + header:
                return header
            length = int.from_bytes(data[at + 2 : at + header], "big")
        if length > self._limit:
            return -1
        return header + (4 if second & _MASKED else 0) + length

    def _frame(self, frame: bytes) -> Found:
        first, second = frame[0], frame[1]
        common = first in (_WHOLE_BINARY, _WHOLE_TEXT) and second & _MASKED == self._mask_bit
        if not common or self._fragments is not None:
            return self._uncommon(frame)
        short = second & 0x7F
        header = 2 if short < 126 else 4 if short == 126 else 10
        body = frame[header:]
        payload = unmask(body[4:], body[:4]) if self._mask_bit else body
        if header > 2 and len(payload) < (126 if header == 4 else 65536):
            return Uncommon(frame)  # a length written longer than it need be is an error to report
        if first == _WHOLE_BINARY:
            return payload
        try:
            return payload.decode()
        except UnicodeDecodeError:
            return Uncommon(frame)

    def _uncommon(self, frame: bytes) -> Found:
        """Hand the frame on, but keep count of the fragmented message that it may be a part of."""
        opcode = frame[0] & 0x0F
        if opcode <= BINARY:
            self._fragments = (self._fragments or 0) + len(frame)
            if self._fragments > self._limit:
                return TooBig()
            if frame[0] & _FINAL:
                self._fragments = None
        return Uncommon(frame)


def unmask(payload: bytes, key: bytes) -> bytes:
    """`payload` with `key` taken off (or put on: it is the same)."""
    result = bytearray(payload)
    for offset in range(4):
        result[offset::4] = result[offset::4].translate(_XOR[key[offset]])
    return bytes(result)


def write_frame(opcode: int, payload: bytes, *, masked: bool) -> bytes:
    """One whole, final frame."""
    mask_bit = _MASKED if masked else 0
    length = len(payload)
    if length < 126:
        header = bytes((_FINAL | opcode, mask_bit | length))
    elif length < 65536:
        header = struct.pack("!BBH", _FINAL | opcode, mask_bit | 126, length)
    else:
        header = struct.pack("!BBQ", _FINAL | opcode, mask_bit | 127, length)
    if not masked:
        return header + payload
    key = os.urandom(4)
    return header + key + unmask(payload, key)
