"""Loudspeakers without a sound card: they play in real time into a WAV file, or into nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio

from tars.audio.formats import AudioFormat
from tars.audio.wav import WavWriter
from tars.pi.speaker.play_buffer import SAMPLE_BYTES, PlayBuffer
from tars.pi.speaker.pulled_speaker import PulledSpeaker
from tars.pi.speaker.speaker import BLOCK

RATE = 24_000
"""Hertz of the recording: no voice that TARS uses has more."""
WRITE_EVERY = 1.0
"""Seconds of audio collected for one write to the file."""
LATEST = 0.1
"""Seconds that the event loop may be late without a gap being heard; a sound card's own buffer is as long."""


@asynccontextmanager
async def open_null_speaker() -> AsyncIterator[PulledSpeaker]:
    """A loudspeaker that takes its time and keeps nothing."""
    speaker = PulledSpeaker(PlayBuffer(RATE))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_play, speaker, None)
        yield speaker
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def open_wav_speaker(path: str) -> AsyncIterator[PulledSpeaker]:
    """A loudspeaker that records into `path`, mono and 16 bits, what would be heard, as it would be heard.

    The recording begins with the first sound and ends with the last; silence between sounds lasts as long as it
    did. Raises `UserError` where the file cannot be written.
    """
    speaker = PulledSpeaker(PlayBuffer(RATE))
    recording = _Recording(WavWriter(path, AudioFormat(RATE)))
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_play, speaker, recording)
            yield speaker
            nursery.cancel_scope.cancel()
    finally:
        recording.close()


@attrs.define
class _Recording:
    """Blocks collected for the file, and the silence between them.

    The file is written where the event loop runs: this is for use without a sound card, not for a device.
    """

    writer: WavWriter
    began: float | None = None
    recorded: int = 0
    """Frames since the beginning, silence included."""
    collected: bytearray = attrs.field(factory=bytearray)

    def add(self, pcm: bytes, at: float) -> None:
        """Record what is heard from `at` on."""
        if self.began is None:
            self.began = at
        silence = round((at - self.began) * RATE) - self.recorded
        if silence > BLOCK * RATE:  # less is the clock's rounding
            self.write()
            self.writer.skip(silence)
            self.recorded += silence
        self.collected += pcm
        self.recorded += len(pcm) // SAMPLE_BYTES
        if len(self.collected) >= WRITE_EVERY * RATE * SAMPLE_BYTES:
            self.write()

    def write(self) -> None:
        """Hand over to the file what is collected."""
        self.writer.write(bytes(self.collected))
        self.collected.clear()

    def close(self) -> None:
        """Write the rest."""
        self.write()
        self.writer.close()


async def _play(speaker: PulledSpeaker, recording: _Recording | None) -> None:
    tick = trio.current_time()
    frames = round(BLOCK * RATE)
    while True:
        waited = not speaker.buffer.queued
        if waited and recording is not None:
            recording.write()
        await speaker.wait_pushed()
        now = trio.current_time()
        if waited or tick < now - LATEST:
            tick = max(tick, now)
        pcm = speaker.buffer.pull(frames, tick)
        if recording is not None:
            recording.add(pcm, tick)
        speaker.pulled()
        tick += BLOCK
        await trio.sleep_until(tick)
