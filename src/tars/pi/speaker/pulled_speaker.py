"""The part that all loudspeakers share: conversion, pacing and counting around a `PlayBuffer`."""

import attrs
import trio

from tars.audio.convert import Converter
from tars.audio.formats import AudioFormat
from tars.pi.speaker.play_buffer import PlayBuffer
from tars.pi.speaker.speaker import SpeakerLost

QUEUED_AHEAD = 0.3
"""Seconds queued here before a writer waits: enough that a busy event loop makes no gap."""
STALLED_AFTER = 3.0
"""Seconds without the loudspeaker taking anything before it counts as lost: cards that wake from power saving
take one."""


@attrs.define(eq=False)
class PulledSpeaker:
    """A `Speaker` whose audio something else pulls out of `buffer`, saying so by `pulled`."""

    buffer: PlayBuffer
    _moved: trio.Event = attrs.field(init=False, factory=trio.Event)
    _written: int = attrs.field(init=False, default=0)
    _discarded: bool = attrs.field(init=False, default=False)
    _heard_all: bool = attrs.field(init=False, default=False)
    _format: AudioFormat = attrs.field(init=False)
    _converter: Converter = attrs.field(init=False)
    _pushed: trio.Event = attrs.field(init=False, factory=trio.Event)
    _lost: str | None = attrs.field(init=False, default=None)

    @_format.default
    def _default_format(self) -> AudioFormat:
        return AudioFormat(self.buffer.rate)

    @_converter.default
    def _default_converter(self) -> Converter:
        return Converter(self._format, self.buffer.rate)

    # ---- the face of a Speaker

    @property
    def volume(self) -> int:
        """Percent."""
        return self.buffer.volume

    @volume.setter
    def volume(self, percent: int) -> None:
        self.buffer.volume = max(0, min(100, percent))

    async def start(self, audio_format: AudioFormat) -> None:
        """Begin a piece."""
        self._converter = Converter(audio_format, self.buffer.rate)
        self._format = audio_format
        self._written, self._discarded, self._heard_all = 0, False, False
        self.buffer.reset()
        await trio.lowlevel.checkpoint()

    async def write(self, pcm: bytes) -> None:
        """Queue `pcm`; wait while much is queued."""
        self._written += len(pcm)
        self._push(self._converter.feed(pcm))
        await trio.lowlevel.checkpoint()
        while self.buffer.queued >= QUEUED_AHEAD:
            await self._wait_moved()

    async def drain(self) -> None:
        """Return when the last sample has left the loudspeaker."""
        self._push(self._converter.flush())
        self.buffer.finish()
        while (silent_at := self.buffer.silent_at) is None:
            await self._wait_moved()
        await trio.sleep_until(silent_at)
        self._heard_all = not self._discarded

    def discard(self) -> None:
        """Silence."""
        self._discarded = True
        self.buffer.discard()
        self.pulled()

    @property
    def played(self) -> int:
        """Frames heard, of the format given to `start`."""
        written = self._written // self._format.frame_bytes
        if self._heard_all:
            return written
        heard = self.buffer.heard(trio.current_time())
        return min(written, round(heard * self._format.rate / self.buffer.rate))

    @property
    def heard_at(self) -> float | None:
        """When the first sample leaves the loudspeaker."""
        return self.buffer.first_at

    async def wait_heard(self) -> float:
        """Return when the first sample has left the loudspeaker."""
        while (first_at := self.buffer.first_at) is None:
            await self._moved.wait()
        await trio.sleep_until(first_at)
        return first_at

    # ---- the side of whoever pulls; in trio's thread

    def pulled(self) -> None:
        """Audio was pulled: let those who wait for it look again."""
        self._moved.set()
        self._moved = trio.Event()

    async def wait_pushed(self) -> None:
        """Return when there is audio to pull."""
        while not self.buffer.queued:
            self._pushed = trio.Event()
            await self._pushed.wait()

    def lose(self, reason: str) -> None:
        """Nothing will pull for now: whoever writes or waits gets `SpeakerLost`."""
        self._lost = reason
        self.buffer.discard()
        self.pulled()

    def find(self) -> None:
        """It is pulled again."""
        self._lost = None

    def _push(self, pcm: bytes) -> None:
        if self._lost is not None:
            raise SpeakerLost(self._lost)
        if self._discarded:
            return  # a writer that was waiting when the piece was discarded comes here once before it is cancelled
        self.buffer.push(pcm)
        self._pushed.set()

    async def _wait_moved(self) -> None:
        with trio.move_on_after(STALLED_AFTER) as scope:
            await self._moved.wait()
        if scope.cancelled_caught:
            raise SpeakerLost(f"the loudspeaker took no audio for {STALLED_AFTER:g} s")
        if self._lost is not None:
            raise SpeakerLost(self._lost)
