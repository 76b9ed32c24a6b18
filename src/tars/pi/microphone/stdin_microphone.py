"""Standard input as a microphone: another program records, and pipes raw audio into this one."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
from structlog import get_logger

from tars.audio.frames import Framer
from tars.errors import UserError
from tars.pi.microphone.gap import SILENCE
from tars.pi.microphone.microphone import BLOCK, BLOCK_BYTES, BLOCKS_WAITING, Microphone
from tars.pi.stand_ins import RAW_AUDIO, STDIN, check_stdin

log = get_logger()
LATEST = 2.0
"""Seconds that the other program may be late before silence takes the place of its audio. What comes within them
is heard at once, so that a program that stumbles does not stay behind."""
READ_BYTES = 8 * BLOCK_BYTES
"""At most, at a time; a pipe gives what it has."""


@asynccontextmanager
async def open_stdin_microphone() -> AsyncIterator[Microphone]:
    """Hear what another program pipes in: raw audio in the format `MICROPHONE`, in real time, then silence.

    Raises `UserError` where standard input is closed, is a terminal, or (out of the body) cannot be read.
    """
    check_stdin()
    tx, rx = trio.open_memory_channel[bytes](BLOCKS_WAITING)
    read_tx, read_rx = trio.open_memory_channel[bytes](0)  # the pipe itself is the buffer
    microphone = Microphone(rx)
    log.info("microphone_open", device=STDIN)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_read, sys.stdin.fileno(), read_tx)
        nursery.start_soon(play, read_rx, tx, microphone.over)
        yield microphone
        nursery.cancel_scope.cancel()


async def _read(descriptor: int, blocks: trio.MemorySendChannel[bytes]) -> None:
    framer = Framer(BLOCK_BYTES)
    with blocks:
        while piece := await trio.to_thread.run_sync(_read_some, descriptor, abandon_on_cancel=True):
            for block in framer.feed(piece):
                await blocks.send(block)
        if rest := framer.flush():
            await blocks.send(rest.ljust(BLOCK_BYTES, b"\0"))


def _read_some(descriptor: int) -> bytes:
    """Read in a thread: a pipe, a file and a device alike, without changing a descriptor that others share."""
    try:
        return os.read(descriptor, READ_BYTES)
    except OSError as exc:
        raise UserError(f"microphone stdin: cannot be read: {exc.strerror}; pipe {RAW_AUDIO} into it") from exc


async def play(
    blocks: trio.MemoryReceiveChannel[bytes], heard: trio.MemorySendChannel[bytes], over: trio.Event
) -> None:
    """Pass each block on when its last sample has been heard, no faster than real time; silence where none comes.

    Sets `over` at the end of `blocks`, and goes on with silence until cancelled.
    """
    due, silent = trio.current_time(), False
    with heard:
        while True:
            block = SILENCE
            try:
                with trio.move_on_at(due + LATEST):
                    block = await blocks.receive()
            except trio.EndOfChannel:
                over.set()
            if silent and block is not SILENCE:
                due = trio.current_time()  # the silence has taken the time of what was late: nothing to catch up
            silent = block is SILENCE
            due = max(due + BLOCK, trio.current_time() - LATEST)
            await trio.sleep_until(due)
            await heard.send(block)
