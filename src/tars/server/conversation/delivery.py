"""A reply on its way: streamed to the device, never far ahead of the loudspeaker, until it has been heard."""

import enum
import math
from collections.abc import Callable

import trio
from structlog import get_logger

from tars.audio.formats import MICROPHONE, AudioFormat
from tars.messages import StartOfTtsStream, StopPlayback, TtsStreamEnd
from tars.server.conversation.answer import Answer
from tars.server.conversation.line import Line
from tars.server.conversation.pacing import Pacer
from tars.server.conversation.policy import LINK_DEATH, SessionPolicy
from tars.server.conversation.speech_tape import SpeechTape


class Stage(enum.Enum):
    """How far an utterance has come."""

    WAITING = enum.auto()
    STREAMING = enum.auto()
    PLAYING = enum.auto()
    """All of it is at the device."""
    OVER = enum.auto()


class Delivery:
    """One utterance: its frames contiguous, its end announced whatever happens.

    It goes over one link after another where it must, each time with a start, the frames that the device lacks,
    and an end. What is kept for that is what a dead link can have swallowed before it is known to be dead: the
    lead, and what is sent in `LINK_DEATH` at the loudspeaker's pace.
    """

    def __init__(
        self, answer: Answer, session_id: str, line: Line, audio_format: AudioFormat, policy: SessionPolicy
    ) -> None:
        self.utterance_id = answer.utterance_id
        self.stage = Stage.WAITING
        self._answer, self._session_id = answer, session_id
        self._line, self._policy = line, policy
        self._log = get_logger().bind(session_id=session_id, **line.log_fields)
        sent_format = MICROPHONE if line.original else audio_format
        kept = policy.audio_lead + LINK_DEATH if policy.resume_window else 0.0
        self._tape = SpeechTape(answer.audio, audio_format, sent_format, kept)
        self._pacer = Pacer(sent_format, policy.audio_lead)
        self._heard = trio.Event()
        self._waiting = trio.CancelScope()
        self._passage = trio.CancelScope()
        self._let_go = False
        """The device has had a part of it and will not play the rest."""

    async def run(self, on_start: Callable[[], None]) -> bool:
        """Stream the answer's audio, and have it played; `on_start` is called with the first of it.

        False when it was given up half way, because the loudspeaker stood still.
        """
        pcm = await self._tape.read(0)
        await self._line.present()
        if not pcm or self.stage is Stage.OVER:  # which `cut` may have made it while this was about to go on
            return True
        on_start()
        while True:
            with trio.CancelScope() as self._passage:
                return await self._pass()
            await self._line.present()

    def suspend(self) -> None:
        """The device is away: send nothing, and forget nothing."""
        self._passage.cancel()

    def resume(self, received_bytes: int | None) -> bool:
        """The device is back, and has so much of it; None where it does not say. False where that cannot be."""
        if self.stage in (Stage.WAITING, Stage.OVER):
            return True
        self._let_go = received_bytes is None and self._pacer.reported
        if self._let_go:
            return True  # its `playback_complete` or `interrupt` is on its way
        position = min(max(received_bytes or 0, self._tape.start), self._pacer.sent)
        position -= position % self._tape.audio_format.frame_bytes
        self._pacer.go_on(position, trio.current_time())
        return received_bytes in (None, position)

    @property
    def left(self) -> float:
        """Seconds until it will have been heard; infinite while it is still being made."""
        audio = self._answer.audio
        if not audio.complete:
            return math.inf
        unsent = self._pacer.audio_format.seconds(self._tape.end - self._pacer.sent)
        return audio.seconds + unsent + self._pacer.left(trio.current_time())

    def cut(self) -> None:
        """Stop it where it is; the device throws away what it has not played."""
        if self.stage is Stage.STREAMING:
            self._line.post(TtsStreamEnd(self.utterance_id, self._pacer.sent))
        if self.stage in (Stage.STREAMING, Stage.PLAYING):
            self._line.post(StopPlayback(self.utterance_id))
        self.stage = Stage.OVER

    def progress(self, played_bytes: int, at: float) -> float:
        """The device had played so much at the moment `at`; returns the moment when it began."""
        self._pacer.progress(played_bytes, at)
        self._waiting.deadline = self._playback_limit()
        return at - self._pacer.audio_format.seconds(played_bytes)

    def complete(self) -> bool:
        """The device has played it all; False where it has not even got it all."""
        if self.stage is not Stage.PLAYING and not (self._tape.whole and self._pacer.sent == self._tape.end):
            return False
        self._heard.set()
        return True

    async def _pass(self) -> bool:
        """All of it, from where the device is, over one link; False when it was given up half way."""
        self.stage = Stage.STREAMING
        if not self._let_go:
            sent = self._pacer.audio_format
            self._line.post(
                StartOfTtsStream(
                    self.utterance_id,
                    sent.rate,
                    sent.channels,
                    sent.width,
                    self._session_id,
                    text=self._answer.text,
                )
            )
            while self.stage is Stage.STREAMING and (pcm := await self._tape.read(self._pacer.sent)):
                if not await self._send(pcm):
                    self.cut()
                    return False
            if self.stage is Stage.OVER:
                return True
            self._line.post(TtsStreamEnd(self.utterance_id, self._pacer.sent))
        self.stage = Stage.PLAYING
        await self._wait_until_heard()
        self.stage = Stage.OVER
        return True

    async def _send(self, pcm: bytes) -> bool:
        """Send a frame when the lead allows it; False when the loudspeaker stands still."""
        with trio.move_on_after(self._policy.playback_stall) as stalled:
            while (wait := self._pacer.wait(trio.current_time())) > 0:  # noqa: ASYNC110 - reports change it
                await trio.sleep(wait)
        if stalled.cancelled_caught:
            self._log.warning("playback_stalled", utterance_id=self.utterance_id)
            return False
        await self._line.send_audio(pcm)
        self._pacer.send(len(pcm), trio.current_time())
        self._tape.sent(self._pacer.sent)
        return True

    async def _wait_until_heard(self) -> None:
        with trio.CancelScope(deadline=self._playback_limit()) as self._waiting:
            await self._heard.wait()
        if self._waiting.cancelled_caught:
            self._log.warning("playback_unconfirmed", utterance_id=self.utterance_id)
            self.cut()

    def _playback_limit(self) -> float:
        now = trio.current_time()
        return now + self._pacer.left(now) + self._policy.playback_grace
