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

LONGEST_CONTROL = 125
"""Bytes of a ping, a pong or a close (RFC 6455, 5.5)."""

_FINAL = 0x80
_CONTROL = 0x08
_MASKED = 0x80
_WHOLE_TEXT = _FINAL | TEXT
_WHOLE_BINARY = _FINAL | BINARY
_LONG = 640
"""Bytes from which numpy is the faster way to mask: audio frames are longer, control messages shorter."""


@attrs.frozen
class Uncommon:
    """One whole frame for the complete implementation of the protocol; or the head of one that it objects to."""

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
        start = 0
        while len(data) - start >= 2:
            second = data[start + 1]
            length = second & 0x7F
            payload = start + 2
            if length >= 126:
                payload += 2 if length == 126 else 8
                if len(data) < payload:
                    break
                length = int.from_bytes(data[start + 2 : payload], "big")
            if data[start] & _CONTROL and length > LONGEST_CONTROL:
                found.append(Uncommon(data[start:payload]))  # its head is enough to be objected to
                break
            if length > self._limit:
                found.append(TooBig())
                break
            if second & _MASKED:
                payload += 4
            end = payload + length
            if len(data) < end:
                break
            found.append(self._frame(data, start, payload, end))
            start = end
        self._left_over = data[start:]
        return found

    def _frame(self, data: bytes, start: int, payload: int, end: int) -> Found:
        """The frame at `start`, whose payload lies between `payload` and `end`."""
        first = data[start]
        if (
            (first != _WHOLE_BINARY and first != _WHOLE_TEXT)
            or data[start + 1] & _MASKED != self._mask_bit
            or self._fragments is not None
            or _wasteful(payload - start - (4 if self._mask_bit else 0), end - payload)
        ):
            return self._uncommon(data[start:end])
        message = unmask(data, payload, end) if self._mask_bit else data[payload:end]
        if first == _WHOLE_BINARY:
            return message
        try:
            return message.decode()
        except UnicodeDecodeError:
            return Uncommon(data[start:end])

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


def _wasteful(header: int, length: int) -> bool:
    """Whether the length is written longer than it need be, which is an error to report."""
    return header > 2 and length < (126 if header == 4 else 65536)


def unmask(data: bytes, start: int, end: int) -> bytes:
    """The bytes from `start` to `end`, with the key that stands before `start` taken off."""
    length = end - start
    if length < _LONG:
        key = (data[start - 4 : start] * (length // 4 + 1))[:length]
        return (int.from_bytes(data[start:end]) ^ int.from_bytes(key)).to_bytes(length)
    return _unmask_long(data, start, end)


def _unmask_long(data: bytes, start: int, end: int) -> bytes:
    import numpy as np  # not before the first audio: it takes a tenth of a second, and a device's first dial waits

    words = (end - start) // 4
    key = np.frombuffer(data, np.uint32, 1, start - 4)
    whole = (np.frombuffer(data, np.uint32, words, start) ^ key).tobytes()
    if start + 4 * words == end:
        return whole
    return whole + bytes(data[start + at] ^ data[start - 4 + at % 4] for at in range(4 * words, end - start))


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
    masked_payload = os.urandom(4) + payload  # to put a mask on is to take it off
    return header + masked_payload[:4] + unmask(masked_payload, 4, len(masked_payload))
