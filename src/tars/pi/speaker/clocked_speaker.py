"""Loudspeakers without a sound card: they play in real time into a WAV file, or into nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from tars.pi.speaker.play_buffer import PlayBuffer
from tars.pi.speaker.pulled_speaker import PulledSpeaker
from tars.pi.speaker.recording import RATE, Recording, open_recording
from tars.pi.speaker.speaker import BLOCK

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
    did. Raises `UserError` where the file cannot be written, also out of the body: what is in it by then is whole.
    """
    speaker = PulledSpeaker(PlayBuffer(RATE))
    async with open_recording(path) as recording, trio.open_nursery() as nursery:
        nursery.start_soon(_play, speaker, recording)
        yield speaker
        nursery.cancel_scope.cancel()


async def _play(speaker: PulledSpeaker, recording: Recording | None) -> None:
    tick = trio.current_time()
    frames = round(BLOCK * RATE)
    while True:
        waited = not speaker.buffer.queued
        if waited and recording is not None:
            await recording.write()
        await speaker.wait_pushed()
        now = trio.current_time()
        if waited or tick < now - LATEST:
            tick = max(tick, now)
        pcm = speaker.buffer.pull(frames, tick)
        if recording is not None:
            await recording.add(pcm, tick)
        speaker.pulled()
        tick += BLOCK
        await trio.sleep_until(tick)
