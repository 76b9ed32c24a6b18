"""A sound card as a loudspeaker."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import attrs
import numpy as np
import trio
from structlog import get_logger

from tars.pi.audio_devices import AudioDevice, Kind, choose, choose_again, list_devices, load_sounddevice
from tars.pi.beside_the_loop import run_beside
from tars.pi.card_stream import LATENCY, CardStream, OnTrouble, keep_open, open_first
from tars.pi.portaudio import Stream
from tars.pi.speaker.play_buffer import PlayBuffer
from tars.pi.speaker.pulled_speaker import PulledSpeaker
from tars.pi.speaker.speaker import BLOCK
from tars.pi.vigilance import Pulse

log = get_logger()
LONGEST_LATENCY = 2.0
"""Seconds; a card that claims more has its clocks wrong, and what it was asked for is believed instead."""


@asynccontextmanager
async def open_card_speaker(spec: str | None, on_trouble: OnTrouble) -> AsyncIterator[PulledSpeaker]:
    """Play on the device that `spec` means (a number, a name or a part of one; None is the default).

    The stream stays open and plays silence between utterances: a card that sleeps takes up to two seconds to
    wake, which would be heard as a late answer, while the silence costs about 1 % of a core.
    Raises as `open_card_microphone`.
    """
    devices = await run_beside(list_devices, "the sound cards")
    mouth = _Mouth(spec, choose(spec, Kind.SPEAKER, devices), on_trouble)
    card = CardStream(Kind.SPEAKER, mouth.device.name, mouth.open, mouth.lost_or_back, mouth.playing)
    async with trio.open_nursery() as nursery:
        await nursery.start(keep_open, card)
        assert mouth.buffer is not None
        mouth.speaker = PulledSpeaker(mouth.buffer)
        log.info("speaker_open", device=mouth.device.name, rate=mouth.buffer.rate, latency=mouth.latency)
        yield mouth.speaker
        nursery.cancel_scope.cancel()


def formats_to_try(device: AudioDevice, agreed_rate: int | None = None) -> list[tuple[int, int]]:
    """Rates and channels to ask a card for: what nearly every card has, mono first; else what it likes. Only the
    rate that was agreed on before, where there is one, be it another card's."""
    rates = (48_000, round(device.rate), 44_100, 16_000) if agreed_rate is None else (agreed_rate,)
    channels = (1, min(2, device.outputs), device.outputs)
    return list(dict.fromkeys((rate, count) for rate in rates for count in channels))


@attrs.define(eq=False)
class _Mouth:
    """Takes to a card what waits in the buffer."""

    _spec: str | None
    device: AudioDevice
    _on_trouble: OnTrouble
    buffer: PlayBuffer | None = None
    """Made when the card has first agreed to a rate; a card that was lost must agree to the same again."""
    speaker: PulledSpeaker | None = None
    latency: float = LATENCY
    _trio: trio.lowlevel.TrioToken = attrs.field(factory=trio.lowlevel.current_trio_token)
    _clock_offset: float = attrs.field(factory=lambda: trio.current_time() - time.perf_counter())
    """Trio's clock is `time.perf_counter` plus this, and can be read in trio's thread only."""

    def lost_or_back(self, reason: str | None) -> None:
        """The card fails, or works again."""
        if self.speaker is not None:
            if reason is None:
                self.speaker.find()
            else:
                self.speaker.lose(reason)
        self._on_trouble(reason)

    def playing(self) -> bool:
        """Whether something is on its way to the card."""
        return self.buffer is not None and self.buffer.queued > 0

    def open(self, pulse: Pulse) -> Stream:
        """Open the card, wherever it is now, in a thread."""
        self.device = choose_again(self._spec, Kind.SPEAKER, self.device, list_devices())
        asked = formats_to_try(self.device, None if self.buffer is None else self.buffer.rate)
        return open_first([partial(self._open_as, pulse, rate, channels) for rate, channels in asked])

    def _open_as(self, pulse: Pulse, rate: int, channels: int) -> Stream:
        stream = load_sounddevice().RawOutputStream(
            samplerate=rate,
            blocksize=round(BLOCK * rate),
            channels=channels,
            dtype="int16",
            device=self.device.number,
            latency=LATENCY,
            callback=partial(self._fill, pulse, channels),
        )
        self.latency = stream.latency
        if self.buffer is None:
            self.buffer = PlayBuffer(rate)
        return stream  # type: ignore[no-any-return]

    def _fill(
        self,
        pulse: Pulse,
        channels: int,
        data: Any,  # noqa: ANN401 - a cffi buffer
        frames: int,
        times: Any,  # noqa: ANN401 - a cffi struct
        status: object,
    ) -> None:
        """Called in PortAudio's thread, which must never wait."""
        assert self.buffer is not None
        now = time.perf_counter() + self._clock_offset
        delay = times.outputBufferDacTime - times.currentTime
        if not 0 < delay < LONGEST_LATENCY:
            delay = self.latency
        playing = self.buffer.queued > 0
        pcm = self.buffer.pull(frames, now + delay)
        data[:] = pcm if channels == 1 else np.repeat(np.frombuffer(pcm, "<i2"), channels).tobytes()
        pulse.feed(time.monotonic())
        if playing:
            with suppress(trio.RunFinishedError):
                self._trio.run_sync_soon(self._pulled)

    def _pulled(self) -> None:
        if self.speaker is not None:
            self.speaker.pulled()
