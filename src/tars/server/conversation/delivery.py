"""A reply on its way: streamed to the device, never far ahead of the loudspeaker, until it has been heard."""

import enum
import math
from collections.abc import Callable

import trio
from structlog import get_logger

from tars.audio.formats import MICROPHONE, AudioFormat
from tars.audio.resample import Resampler
from tars.messages import StartOfTtsStream, StopPlayback, TtsStreamEnd
from tars.server.conversation.answer import Answer
from tars.server.conversation.outlet import Outlet
from tars.server.conversation.pacing import Pacer
from tars.server.conversation.policy import SessionPolicy

FRAME = 0.08
"""Seconds of audio in a frame."""

log = get_logger()


class Stage(enum.Enum):
    """How far an utterance has come."""

    WAITING = enum.auto()
    STREAMING = enum.auto()
    PLAYING = enum.auto()
    """All of it is at the device."""
    OVER = enum.auto()


class Delivery:
    """One utterance: its frames contiguous, its end announced whatever happens."""

    def __init__(
        self, answer: Answer, session_id: str, outlet: Outlet, audio_format: AudioFormat, policy: SessionPolicy
    ) -> None:
        self.utterance_id = answer.utterance_id
        self.stage = Stage.WAITING
        self._answer, self._session_id = answer, session_id
        self._outlet, self._policy = outlet, policy
        sent_format = MICROPHONE if outlet.original else audio_format
        self._resampler = Resampler(audio_format.rate, sent_format.rate)
        self._frame = audio_format.bytes_in(FRAME)
        self._pacer = Pacer(sent_format, policy.audio_lead)
        self._heard = trio.Event()
        self._waiting = trio.CancelScope()

    async def run(self, on_start: Callable[[], None]) -> bool:
        """Stream the answer's audio, and have it played; `on_start` is called with the first of it.

        False when it was given up half way, because the loudspeaker stood still.
        """
        pcm = await self._answer.audio.take(self._frame)
        if not pcm or self.stage is Stage.OVER:  # which `cut` may have made it while this was about to go on
            return True
        on_start()
        sent = self._pacer.audio_format
        self.stage = Stage.STREAMING
        self._outlet.post(
            StartOfTtsStream(
                self.utterance_id, sent.rate, sent.channels, sent.width, self._session_id, text=self._answer.text
            )
        )
        while pcm and self.stage is Stage.STREAMING:
            if not await self._send(self._resampler.feed(pcm)):
                self.cut()
                return False
            pcm = await self._answer.audio.take(self._frame)
        await self._send(self._resampler.flush())
        if self.stage is Stage.OVER:
            return True
        self.stage = Stage.PLAYING
        self._outlet.post(TtsStreamEnd(self.utterance_id, self._pacer.sent))
        await self._wait_until_heard()
        self.stage = Stage.OVER
        return True

    @property
    def left(self) -> float:
        """Seconds until it will have been heard; infinite while it is still being made."""
        audio = self._answer.audio
        return audio.seconds + self._pacer.left(trio.current_time()) if audio.complete else math.inf

    def cut(self) -> None:
        """Stop it where it is; the device throws away what it has not played."""
        if self.stage is Stage.STREAMING:
            self._outlet.post(TtsStreamEnd(self.utterance_id, self._pacer.sent))
        if self.stage in (Stage.STREAMING, Stage.PLAYING):
            self._outlet.post(StopPlayback(self.utterance_id))
        self.stage = Stage.OVER

    def progress(self, played_bytes: int, at: float) -> float:
        """The device had played so much at the moment `at`; returns the moment when it began."""
        self._pacer.progress(played_bytes, at)
        self._waiting.deadline = self._playback_limit()
        return at - self._pacer.audio_format.seconds(played_bytes)

    def complete(self) -> bool:
        """The device has played it all; False where it has not even got it all."""
        if self.stage is not Stage.PLAYING:
            return False
        self._heard.set()
        return True

    async def _send(self, pcm: bytes) -> bool:
        """Send a frame when the lead allows it; False when the loudspeaker stands still."""
        if not pcm:
            return True
        with trio.move_on_after(self._policy.playback_stall) as stalled:
            while (wait := self._pacer.wait(trio.current_time())) > 0:  # noqa: ASYNC110 - reports change it
                await trio.sleep(wait)
        if stalled.cancelled_caught:
            log.warning("playback_stalled", utterance_id=self.utterance_id)
            return False
        await self._outlet.send_audio(pcm)
        self._pacer.send(len(pcm), trio.current_time())
        return True

    async def _wait_until_heard(self) -> None:
        with trio.CancelScope(deadline=self._playback_limit()) as self._waiting:
            await self._heard.wait()
        if self._waiting.cancelled_caught:
            log.warning("playback_unconfirmed", utterance_id=self.utterance_id)
            self.cut()

    def _playback_limit(self) -> float:
        now = trio.current_time()
        return now + self._pacer.left(now) + self._policy.playback_grace
