"""A WAV file as a microphone, in real time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio
from structlog import get_logger

from tars.audio.convert import Converter
from tars.audio.formats import MICROPHONE
from tars.audio.frames import Framer
from tars.audio.wav import WavReader
from tars.pi.beside_the_loop import run_beside
from tars.pi.microphone.gap import SILENCE
from tars.pi.microphone.microphone import BLOCK, BLOCK_BYTES, BLOCKS_WAITING, Microphone
from tars.pi.stand_ins import open_to_hear

log = get_logger()
PIECE = 1.0
"""Seconds of audio that are read at once."""
MAX_PIECE_BYTES = 1 << 20
"""Bytes that are read at once, however much of them a second takes."""
PIECES_AHEAD = 2
"""Pieces read before they are heard: a disk that is busy for a second makes no gap."""
CLOSE_LIMIT = 1.0
"""Seconds that closing the file may take; only a disk that hangs takes any."""
EARS_LIMIT = 180.0
"""Seconds that the file waits for somebody to listen. The slowest board loads its hotword models in twenty; what
takes this long hangs."""


@asynccontextmanager
async def open_wav_microphone(path: str, listened: trio.Event | None = None) -> AsyncIterator[Microphone]:
    """Hear the file once, in real time, then silence.

    The file begins when `listened` is set, so that a busy machine misses nothing of it; there is silence before.
    It is read as it is heard, in threads, so that neither its length nor a disk that hangs harms anybody. Raise
    `UserError` where the file cannot be used, also out of the body.
    """
    wav = await run_beside(lambda: open_to_hear(path), path)
    tx, rx = trio.open_memory_channel[bytes](BLOCKS_WAITING)
    to_play, pieces = trio.open_memory_channel[list[bytes]](PIECES_AHEAD)
    microphone = Microphone(rx)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_read, wav, to_play)
        nursery.start_soon(_Playing(path, wav.seconds, tx).run, listened, pieces, microphone.over)
        yield microphone
        nursery.cancel_scope.cancel()


async def _read(wav: WavReader, to_play: trio.MemorySendChannel[list[bytes]]) -> None:
    """Read the file in threads, piece by piece, and close it."""
    blocks = _Blocks(wav)
    try:
        with to_play:
            while piece := await run_beside(blocks.next_piece, wav.path):
                await to_play.send(piece)
    finally:
        with trio.move_on_after(CLOSE_LIMIT, shield=True):
            await trio.to_thread.run_sync(wav.close, abandon_on_cancel=True)


@attrs.define(eq=False)
class _Blocks:
    """What the file holds, as blocks of a microphone. Used in threads, by one at a time."""

    _wav: WavReader
    _converter: Converter = attrs.field(init=False)
    _framer: Framer = attrs.field(init=False, factory=lambda: Framer(BLOCK_BYTES))
    _ended: bool = attrs.field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        self._converter = Converter(self._wav.audio_format, MICROPHONE.rate)

    def next_piece(self) -> list[bytes]:
        """Return about the next second; nothing after the end. Raise `UserError`."""
        blocks: list[bytes] = []
        while not blocks and not self._ended:
            piece_bytes = min(self._wav.audio_format.bytes_in(PIECE), MAX_PIECE_BYTES)
            if pcm := self._wav.read(piece_bytes):
                blocks = self._framer.feed(self._converter.feed(pcm))
            else:
                self._ended = True
                blocks = self._framer.feed(self._converter.flush())
                if rest := self._framer.flush():
                    blocks.append(rest.ljust(BLOCK_BYTES, b"\0"))
        return blocks


@attrs.define(eq=False)
class _Playing:
    """Gives one block after the other to the microphone, each when its last sample would have been heard."""

    _path: str
    _seconds: float
    _tx: trio.MemorySendChannel[bytes]
    _due: float = attrs.field(init=False, factory=trio.current_time)

    async def run(
        self, listened: trio.Event | None, pieces: trio.MemoryReceiveChannel[list[bytes]], over: trio.Event
    ) -> None:
        """Give silence, the file, and silence again, for as long as anybody listens."""
        with self._tx:
            if listened is not None:
                with trio.move_on_after(EARS_LIMIT):
                    while not listened.is_set():
                        await self._silence()
            log.info("microphone_open", device=f"wav:{self._path}", seconds=round(self._seconds, 3))
            async for blocks in pieces:
                for block in blocks:
                    await self._give(block)
            over.set()
            while True:
                await self._silence()

    async def _give(self, block: bytes) -> None:
        self._due += BLOCK
        await trio.sleep_until(self._due)
        await self._tx.send(block)  # a file can wait: a listener who is late loses nothing

    async def _silence(self) -> None:
        self._due = max(self._due, trio.current_time() - BLOCK)
        await self._give(SILENCE)
