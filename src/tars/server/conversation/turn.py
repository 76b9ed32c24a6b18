"""One turn: what somebody says, and what TARS answers."""

from collections.abc import Awaitable, Callable

import structlog

from tars.messages import BadMessage, Playback
from tars.server.brains.brain import Brain
from tars.server.conversation.attempt import Attempt, FixedReply
from tars.server.conversation.interlocutor import Providers
from tars.server.conversation.line import Line
from tars.server.conversation.policy import SessionPolicy
from tars.server.conversation.question import Question
from tars.server.conversation.trace import AudioClock, Moment, Speculation, TurnTrace
from tars.server.stt.recogniser import Utterance

Spawn = Callable[[Callable[[], Awaitable[None]]], None]


class Turn:
    """Its answers in the making, of which at most one is ever heard, and its trace."""

    def __init__(
        self,
        began: float,
        session_id: str,
        line: Line,
        providers: Providers,
        policy: SessionPolicy,
        spawn: Spawn,
    ) -> None:
        self.trace = TurnTrace(began)
        self._session_id, self._line, self._providers = session_id, line, providers
        self._policy, self._spawn = policy, spawn
        self._attempt: Attempt | None = None

    def heard(self, utterance: Utterance, clock: AudioClock, now: float) -> None:
        """Something was said; where it was nothing, what is said later counts."""
        self.trace.mark_again(Moment.SPEECH_START, clock.when(utterance.speech_start))
        self.trace.mark_again(Moment.SPEECH_END, clock.when(utterance.speech_end))
        self.trace.mark_again(Moment.ENDPOINT, clock.when(utterance.at))
        self.trace.mark_again(Moment.TRANSCRIPT, now)

    def prepare(self, question: Question) -> None:
        """This may be all of the question: begin to answer it."""
        if self._attempt is None or self._attempt.question != question:
            self.drop()
            self._try(question, self._providers.brain)

    def answer(self, question: Question) -> Attempt:
        """This is the question: the answer that was prepared for it, or a new one."""
        attempt = self._attempt
        if attempt is not None and question.is_answered_by(attempt.question) and not attempt.failed:
            self.trace.speculation = Speculation.USED
            return attempt
        self.drop()
        return self._try(question, self._providers.brain)

    def say(self, reply: str) -> Attempt:
        """No question, but something to say."""
        self.drop()
        return self._try(Question(""), FixedReply(reply))

    def drop(self) -> None:
        """Whatever is being answered is answered no further."""
        if self._attempt is None:
            return
        self._attempt.cancel()
        if not self._attempt.confirmed:
            self.trace.speculation = Speculation.DISCARDED
            self._attempt = None

    @property
    def speech_left(self) -> float:
        """Seconds until what is being said will have been heard; infinite while it is still being made."""
        return 0.0 if self._attempt is None else self._attempt.delivery.left

    def suspend(self) -> None:
        """The device is away: what is being thought is thought on, what is being said waits."""
        if self._attempt is not None:
            self._attempt.delivery.suspend()

    def resume(self, playback: Playback | None) -> bool:
        """The device is back, and has so much of the answer; False where that cannot be."""
        if self._attempt is None:
            return True
        delivery = self._attempt.delivery
        known = playback is not None and playback.utterance_id == delivery.utterance_id
        return delivery.resume(playback.received_bytes if playback is not None and known else None)

    def utterance(self, utterance_id: str) -> Attempt:
        """The answer that is being spoken under that name; raises `BadMessage` where there is none."""
        if self._attempt is None or self._attempt.answer.utterance_id != utterance_id:
            raise BadMessage("unknown_utterance", f"no utterance {utterance_id!r} is being played")
        return self._attempt

    def finish(self, log: structlog.typing.FilteringBoundLogger, ended_by: str) -> None:
        """Log the trace, where there was an answer."""
        attempt = self._attempt
        if attempt is None or not attempt.confirmed:
            return
        self._attempt = None
        self.trace.text, self.trace.reply = attempt.question.text, attempt.answer.text
        if attempt.answer.first_word_at is not None:
            self.trace.mark(Moment.BRAIN_FIRST_WORD, attempt.answer.first_word_at)
        self._line.tally.turn(self.trace)
        log.info("turn", ended_by=ended_by, **self.trace.fields())

    def _try(self, question: Question, brain: Brain) -> Attempt:
        voice = self._providers.voice
        attempt = Attempt(question, self._session_id, self._line, brain, voice, self._policy)
        self._attempt = attempt
        self._spawn(attempt.run)
        return attempt
