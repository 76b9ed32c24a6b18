"""A WAV file that is written while something plays, beside the event loop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

import attrs
import trio

from tars.audio.formats import AudioFormat
from tars.audio.wav import WavWriter
from tars.pi.beside_the_loop import run_beside
from tars.pi.speaker.play_buffer import SAMPLE_BYTES
from tars.pi.speaker.speaker import BLOCK

RATE = 24_000
"""Hertz of the recording: no voice that TARS uses has more."""
WRITE_EVERY = 1.0
"""Seconds of audio collected for one write to the file."""
PIECES_WAITING = 10
"""Writes that may wait for the disk, ten seconds of speech; then the loudspeaker stands still, and says so."""
CLOSE_LIMIT = 1.0
"""Seconds that the last writes may take when the loudspeaker is closed; only a disk that hangs takes as long."""


@attrs.frozen
class _Piece:
    """What is written at once."""

    silence: int
    """Frames without a sound before it."""
    pcm: bytes


@attrs.define(eq=False)
class Recording:
    """Collects what is heard, and the silence in between, for the file."""

    _pieces: trio.MemorySendChannel[_Piece]
    _began: float | None = None
    _frames: int = 0
    """Recorded since the beginning, silence included."""
    _silence: int = 0
    _collected: bytearray = attrs.field(factory=bytearray)

    async def add(self, pcm: bytes, at: float) -> None:
        """Record what is heard from `at` on, a time of trio's clock. Wait while the disk is far behind."""
        if self._began is None:
            self._began = at
        silence = round((at - self._began) * RATE) - self._frames
        if silence > BLOCK * RATE:  # less is the clock's rounding
            await self.write()
            self._silence = silence
            self._frames += silence
        self._collected += pcm
        self._frames += len(pcm) // SAMPLE_BYTES
        if len(self._collected) >= WRITE_EVERY * RATE * SAMPLE_BYTES:
            await self.write()

    async def write(self) -> None:
        """Hand what is collected over to the file's thread."""
        if self._collected:
            await self._pieces.send(self._take())

    def write_last(self) -> None:
        """Hand over the rest, where the disk is not far behind. Never waits."""
        with suppress(trio.WouldBlock, trio.BrokenResourceError):
            self._pieces.send_nowait(self._take())

    def _take(self) -> _Piece:
        piece = _Piece(self._silence, bytes(self._collected))
        self._collected.clear()
        self._silence = 0
        return piece


@asynccontextmanager
async def open_recording(path: str) -> AsyncIterator[Recording]:
    """Record into the WAV file at `path`.

    Raise `UserError` where it cannot be written, also out of the body, when the disk is full: what was recorded
    before is whole.
    """
    writer = await run_beside(lambda: WavWriter(path, AudioFormat(RATE)), path)
    to_write, pieces = trio.open_memory_channel[_Piece](PIECES_WAITING)
    patience = trio.CancelScope(shield=True)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_write, writer, pieces, patience)
        recording = Recording(to_write)
        with to_write:
            try:
                yield recording
            finally:
                recording.write_last()
                patience.deadline = trio.current_time() + CLOSE_LIMIT


async def _write(writer: WavWriter, pieces: trio.MemoryReceiveChannel[_Piece], patience: trio.CancelScope) -> None:
    """Write every piece, in order, in threads; then close the file."""
    in_order = trio.CapacityLimiter(1)
    in_thread = partial(trio.to_thread.run_sync, abandon_on_cancel=True, limiter=in_order)
    with patience, pieces:
        try:
            async for piece in pieces:
                await in_thread(_append, writer, piece)
        finally:
            await in_thread(writer.close)  # noqa: ASYNC102 - patience is its shield, and gets a deadline


def _append(writer: WavWriter, piece: _Piece) -> None:
    writer.skip(piece.silence)
    writer.write(piece.pcm)
