"""Audio that says whose it is: units of 20 ms, each with its origin written into it."""

import struct
from collections.abc import Iterator

import attrs

UNIT = 0.02
"""Seconds."""
UNIT_BYTES = 640
"""At 16 kHz, the format of both directions here."""
_MICROPHONE = struct.Struct("<4sHIIHH")
_REPLY = struct.Struct("<4s24sIII")
_HEARD, _SPOKEN = b"HEAR", b"TALK"
_LOUD = b"\x00\x20"


@attrs.frozen
class Heard:
    """A unit from a microphone."""

    room: int
    """Which microphone."""
    position: int
    """Units since it was switched on."""
    question: int
    """What is being said, 0 for silence."""
    part: int
    """Which unit of the question."""
    parts: int
    """How many units the question has."""

    def encode(self) -> bytes:
        """The unit as audio: loud where someone speaks."""
        mark = _MICROPHONE.pack(_HEARD, self.room, self.position, self.question, self.part, self.parts)
        fill = _LOUD if self.question else b"\x01\x00"
        return mark + fill * ((UNIT_BYTES - len(mark)) // 2)


@attrs.frozen
class Spoken:
    """A unit of a reply."""

    session_id: str
    """For which session it was made."""
    question: int
    """What it answers; 0 where it answers nothing."""
    part: int
    parts: int

    def encode(self) -> bytes:
        """The unit as audio."""
        mark = _REPLY.pack(_SPOKEN, self.session_id.encode(), self.question, self.part, self.parts)
        return mark.ljust(UNIT_BYTES, b"\x01")


@attrs.define
class Microphones:
    """Reads the units of one stream, in whatever frames it comes. Where a part of it was left out, a unit is what
    its beginning says."""

    _rest: bytes = b""

    def feed(self, pcm: bytes) -> Iterator[Heard]:
        """The units that `pcm` completes."""
        self._rest += pcm
        while (start := self._rest.find(_HEARD)) >= 0 and len(self._rest) >= start + UNIT_BYTES:
            _, *origin = _MICROPHONE.unpack_from(self._rest, start)
            self._rest = self._rest[start + UNIT_BYTES :]
            yield Heard(*origin)


def spoken_units(pcm: bytes) -> Iterator[Spoken]:
    """The reply units in `pcm`; none where it is one of the device's own sounds. A last one may be cut short."""
    for start in range(0, len(pcm) - UNIT_BYTES + 1, UNIT_BYTES):
        kind, session_id, question, part, parts = _REPLY.unpack_from(pcm, start)
        if kind == _SPOKEN:
            yield Spoken(session_id.rstrip(b"\0").decode(), question, part, parts)
