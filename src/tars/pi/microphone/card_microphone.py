"""A sound card as a microphone."""

import time
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
from tars.pi.audio_devices import AudioDevice, Kind, choose, choose_again, list_devices, load_sounddevice
from tars.pi.beside_the_loop import run_beside
from tars.pi.card_stream import LATENCY, CardStream, OnTrouble, keep_open, open_first
from tars.pi.microphone.gap import Gap
from tars.pi.microphone.microphone import BLOCK, BLOCK_BYTES, BLOCKS_WAITING, Microphone
from tars.pi.portaudio import Stream
from tars.pi.vigilance import Pulse, is_flat

log = get_logger()


@asynccontextmanager
async def open_card_microphone(spec: str | None, on_trouble: OnTrouble) -> AsyncIterator[Microphone]:
    """Hear the device that `spec` means (a number, a name or a part of one; None is the default).

    Raises `UserError` where there is no such device or it cannot be opened, and `DeviceLost`, out of the body,
    where PortAudio hangs.
    """
    devices = await run_beside(list_devices, "the sound cards")
    device = choose(spec, Kind.MICROPHONE, devices)
    tx, rx = trio.open_memory_channel[bytes](BLOCKS_WAITING)
    microphone = Microphone(rx)
    ear = _Ear(spec, device, microphone, tx, on_trouble, trio.lowlevel.current_trio_token())
    card = CardStream(Kind.MICROPHONE, device.name, ear.open, ear.lost_or_back)
    async with trio.open_nursery() as nursery:
        await nursery.start(keep_open, card)
        log.info("microphone_open", device=device.name, rate=ear.heard_as.rate, channels=ear.heard_as.channels)
        nursery.start_soon(ear.gap.fill, ear.offer)
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

    _spec: str | None
    _device: AudioDevice
    _microphone: Microphone
    _blocks: trio.MemorySendChannel[bytes]
    _on_trouble: OnTrouble
    _trio: trio.lowlevel.TrioToken
    gap: Gap = attrs.field(factory=Gap)
    heard_as: AudioFormat = MICROPHONE
    """What the card agreed to."""
    _pulse: Pulse | None = None
    """Of the opening that counts: one that is given up may still hear something."""

    def lost_or_back(self, reason: str | None) -> None:
        """The card fails, or works again."""
        if reason is not None:
            self.gap.begin()
        self._on_trouble(reason)

    def open(self, pulse: Pulse) -> Stream:
        """Open the card, wherever it is now, in a thread."""
        if self._pulse is not None:
            self._trio.run_sync_soon(self.gap.begin)
        self._device = choose_again(self._spec, Kind.MICROPHONE, self._device, list_devices())
        stream = open_first([partial(self._open_as, pulse, asked) for asked in formats_to_try(self._device)])
        self._pulse = pulse
        return stream

    def _open_as(self, pulse: Pulse, asked: AudioFormat) -> Stream:
        stream: Stream = load_sounddevice().RawInputStream(
            samplerate=asked.rate,
            blocksize=round(BLOCK * asked.rate),
            channels=asked.channels,
            dtype="int16",
            device=self._device.number,
            latency=LATENCY,
            callback=self._callback(pulse, asked),
        )
        self.heard_as = asked
        return stream

    def _callback(self, pulse: Pulse, heard_as: AudioFormat) -> Callable[..., None]:
        converter = Converter(heard_as, MICROPHONE.rate)
        framer = Framer(BLOCK_BYTES)

        def arrived(pcm: bytes) -> None:
            """In trio's thread."""
            if pulse is self._pulse:
                self.gap.end()
                for block in framer.feed(converter.feed(pcm)):
                    self.offer(block)

        def hear(data: Any, frames: int, times: object, status: object) -> None:  # noqa: ANN401 - a cffi buffer
            """Called in PortAudio's thread, which must never wait: the block is copied and handed over."""
            pcm = bytes(data)
            pulse.feed(time.monotonic(), flat=is_flat(pcm, heard_as.frame_bytes))
            with suppress(trio.RunFinishedError):
                self._trio.run_sync_soon(arrived, pcm)

        return hear

    def offer(self, block: bytes) -> None:
        """Hand a block to whoever listens; never waits."""
        # a block may come after the microphone was closed: it was on its way
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            try:
                self._blocks.send_nowait(block)
            except trio.WouldBlock:
                self._microphone.lost_blocks += 1
                self._microphone.blocks.receive_nowait()
                self._blocks.send_nowait(block)
