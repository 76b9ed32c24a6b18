"""A sound card as a microphone."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import attrs
import trio
from structlog import get_logger

from tars.audio.convert import Converter
from tars.audio.formats import MICROPHONE, AudioFormat
from tars.audio.frames import Framer
from tars.pi.audio_devices import AudioDevice, Kind, choose, list_devices, load_sounddevice
from tars.pi.card_stream import LATENCY, CardStream, Life, OnTrouble, Stream, keep_open, open_first
from tars.pi.microphone.microphone import BLOCK, BLOCK_BYTES, BLOCKS_WAITING, Microphone

log = get_logger()
SAMPLE_WIDTH = 2


@asynccontextmanager
async def open_card_microphone(spec: str | None, on_trouble: OnTrouble) -> AsyncIterator[Microphone]:
    """Hear the device that `spec` means (a number, a name or a part of one; None is the default).

    Raises `UserError` where there is no such device or it cannot be opened, and `DeviceLost`, out of the body,
    where it falls silent and does not come back.
    """
    devices = await trio.to_thread.run_sync(list_devices)
    device = choose(spec, Kind.MICROPHONE, devices)
    tx, rx = trio.open_memory_channel[bytes](BLOCKS_WAITING)
    microphone = Microphone(rx)
    ear = _Ear(device, microphone, tx, Life(), trio.lowlevel.current_trio_token())
    card = CardStream(Kind.MICROPHONE, device, ear.open, on_trouble, ear.life)
    async with trio.open_nursery() as nursery:
        await nursery.start(keep_open, card)
        log.info("microphone_open", device=device.name, rate=ear.heard_as.rate, channels=ear.heard_as.channels)
        yield microphone
        nursery.cancel_scope.cancel()


def formats_to_try(device: AudioDevice) -> list[AudioFormat]:
    """What to ask a card for: what is needed; else what it likes; else what nearly every card has."""
    two = min(2, device.inputs)
    asked = [
        AudioFormat(rate, channels)
        for rate in (MICROPHONE.rate, round(device.rate), 48_000, 44_100)
        for channels in (1, two, device.inputs)
    ]
    return list(dict.fromkeys(asked))


@attrs.define(eq=False)
class _Ear:
    """Brings what a card hears to trio, in blocks of the microphone format."""

    _device: AudioDevice
    _microphone: Microphone
    _blocks: trio.MemorySendChannel[bytes]
    life: Life
    _trio: trio.lowlevel.TrioToken
    heard_as: AudioFormat = MICROPHONE
    """What the card agreed to."""

    def open(self) -> Stream:
        """Open the card, in a thread."""
        return open_first([partial(self._open_as, asked) for asked in formats_to_try(self._device)])

    def _open_as(self, asked: AudioFormat) -> Stream:
        stream: Stream = load_sounddevice().RawInputStream(
            samplerate=asked.rate,
            blocksize=round(BLOCK * asked.rate),
            channels=asked.channels,
            dtype="int16",
            device=self._device.number,
            latency=LATENCY,
            callback=self._callback(asked),
        )
        self.heard_as = asked
        return stream

    def _callback(self, heard_as: AudioFormat) -> Callable[..., None]:
        converter = Converter(heard_as, MICROPHONE.rate)
        framer = Framer(BLOCK_BYTES)

        def arrived(pcm: bytes) -> None:
            for block in framer.feed(converter.feed(pcm)):
                self._offer(block)

        def hear(data: Any, frames: int, times: object, status: object) -> None:  # noqa: ANN401 - a cffi buffer
            """Called in PortAudio's thread, which must never wait: the block is copied and handed over."""
            self.life.beat()
            with suppress(trio.RunFinishedError):
                self._trio.run_sync_soon(arrived, bytes(data))

        return hear

    def _offer(self, block: bytes) -> None:
        # a block may come after the microphone was closed: it was on its way
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            try:
                self._blocks.send_nowait(block)
            except trio.WouldBlock:
                self._microphone.lost_blocks += 1
                self._microphone.blocks.receive_nowait()
                self._blocks.send_nowait(block)
