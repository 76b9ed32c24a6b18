"""A WAV file as a microphone, in real time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
from structlog import get_logger

from tars.audio.convert import to_microphone_format
from tars.audio.frames import Framer
from tars.audio.wav import read_wav
from tars.pi.microphone.microphone import BLOCK, BLOCK_BYTES, BLOCKS_WAITING, Microphone

log = get_logger()
SILENCE = bytes(BLOCK_BYTES)


@asynccontextmanager
async def open_wav_microphone(path: str) -> AsyncIterator[Microphone]:
    """Hear the file once, in real time, then silence. Raises `UserError` where it cannot be used."""
    audio_format, pcm = read_wav(path)
    blocks = _cut(to_microphone_format(pcm, audio_format))
    tx, rx = trio.open_memory_channel[bytes](BLOCKS_WAITING)
    microphone = Microphone(rx)
    log.info("microphone_open", device=f"wav:{path}", seconds=round(len(blocks) * BLOCK, 3))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_play, blocks, tx, microphone.over)
        yield microphone
        nursery.cancel_scope.cancel()


def _cut(pcm: bytes) -> list[bytes]:
    framer = Framer(BLOCK_BYTES)
    blocks = framer.feed(pcm)
    if rest := framer.flush():
        blocks.append(rest.ljust(BLOCK_BYTES, b"\0"))
    return blocks


async def _play(blocks: list[bytes], tx: trio.MemorySendChannel[bytes], over: trio.Event) -> None:
    due = trio.current_time()
    with tx:
        for block in blocks:
            due += BLOCK  # a block is known when its last sample has been heard
            await trio.sleep_until(due)
            await tx.send(block)  # a file can wait: a listener who is late loses nothing
        over.set()
        while True:
            due = max(due + BLOCK, trio.current_time())
            await trio.sleep_until(due)
            await tx.send(SILENCE)
