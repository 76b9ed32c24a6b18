"""Standard input as a microphone: in real time, whatever the pace of the program that writes it."""

import io
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import trio

from tars.errors import UserError
from tars.pi.microphone import BLOCK_BYTES, open_microphone
from tars.pi.microphone.microphone import BLOCK, BLOCKS_WAITING
from tars.pi.microphone.stdin_microphone import LATEST, play
from tests.support.virtual import run_virtual

Say = Callable[[trio.MemorySendChannel[bytes]], Awaitable[None]]
SOUND, SILENCE = b"\1" * BLOCK_BYTES, bytes(BLOCK_BYTES)


def hear(say: Say, blocks: int) -> list[tuple[float, bytes]]:
    """The first blocks that are heard, each with its moment, while `say` writes."""
    heard: list[tuple[float, bytes]] = []

    async def listen() -> None:
        said_tx, said_rx = trio.open_memory_channel[bytes](0)
        tx, rx = trio.open_memory_channel[bytes](BLOCKS_WAITING)
        began, over = trio.current_time(), trio.Event()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(play, said_rx, tx, over)
            nursery.start_soon(say, said_tx)
            for _ in range(blocks):
                block = await rx.receive()
                heard.append((trio.current_time() - began, block))
            assert over.is_set() == (said_tx.statistics().open_send_channels == 0)
            nursery.cancel_scope.cancel()

    run_virtual(listen)
    return heard


def test_a_program_that_writes_at_once_is_heard_in_real_time_and_silence_follows() -> None:
    async def say(tx: trio.MemorySendChannel[bytes]) -> None:
        with tx:
            for _ in range(100):
                await tx.send(SOUND)

    heard = hear(say, 150)
    assert [block for _, block in heard] == [SOUND] * 100 + [SILENCE] * 50
    assert [moment for moment, _ in heard] == pytest.approx([BLOCK * n for n in range(1, 151)])


def test_a_program_that_stumbles_is_heard_whole_and_is_back_in_time_at_once() -> None:
    async def say(tx: trio.MemorySendChannel[bytes]) -> None:
        for n in range(200):
            if n == 50:
                await trio.sleep(LATEST - 1)
            await tx.send(SOUND)

    heard = hear(say, 200)
    assert all(block == SOUND for _, block in heard)
    assert heard[-1][0] == pytest.approx(4.0)


def test_a_program_that_pauses_is_silent_for_as_long_and_may_stumble_again() -> None:
    async def say(tx: trio.MemorySendChannel[bytes]) -> None:
        for pause in (5.0, LATEST - 0.5, 0.0):
            for _ in range(50):
                await tx.send(SOUND)
            await trio.sleep(pause)

    heard = hear(say, 300)
    between = [block for moment, block in heard if 1.01 < moment < 6]
    assert between == [SILENCE] * len(between)
    assert len(between) == pytest.approx((5 - LATEST) / BLOCK, abs=3)
    assert [block for _, block in heard].count(SOUND) == 150
    after = [block for moment, block in heard if 6.03 < moment < 8.5]
    assert after == [SOUND] * len(after)


def listen_to(stdin: object) -> bytes:
    """All that is heard of `stdin`."""

    async def listen() -> bytes:
        heard = b""
        async with open_microphone("stdin") as microphone:
            while not microphone.over.is_set():
                heard += await microphone.blocks.receive()
        return heard

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", stdin)
        return trio.run(listen)


def test_a_pipe_is_heard_to_its_last_byte() -> None:
    said = bytes(range(1, 251)) * 32  # a quarter of a second, and no whole number of blocks
    mine, theirs = os.pipe()
    with open(mine, "rb") as stdin:
        with open(theirs, "wb") as pipe:
            pipe.write(said)
        assert listen_to(stdin).rstrip(b"\0") == said


@pytest.mark.parametrize("closed", [True, False])
def test_nothing_to_hear_is_told(*, closed: bool) -> None:
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    with pytest.raises(
        UserError, match=r"standard input is [a-z ]+; pipe raw audio: 16 bits, little-endian, mono"
    ):
        listen_to(None if closed else terminal)


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with (
        open(tmp_path / "it", "wb") as stdin,  # not for reading
        pytest.RaisesGroup(pytest.RaisesExc(UserError, match="cannot be read: Bad file descriptor; pipe raw")),
    ):
        listen_to(stdin)
