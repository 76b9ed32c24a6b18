"""One attempt at an answer: made at once, shown and spoken only when the question is known to be whole."""

from collections.abc import Callable

import attrs
import trio
from structlog import get_logger

from tars.messages import Reply
from tars.server.brains.brain import Brain, BrainFailed, Outcome, Request, Say
from tars.server.conversation.answer import Answer
from tars.server.conversation.delivery import Delivery
from tars.server.conversation.line import Line
from tars.server.conversation.policy import SessionPolicy
from tars.server.conversation.question import Question
from tars.server.metrics import Part
from tars.server.tts.voice import Voice, VoiceFailed

log = get_logger()


@attrs.frozen
class Watcher:
    """Whom an attempt tells how it goes, once it is confirmed; none of these may wait."""

    on_meant: Callable[[], None]
    """There are words for it, or it was understood without any: it was said to TARS."""
    on_thought: Callable[[Outcome], None]
    """Its words are complete, and this follows from them; of what was not meant, nothing does."""
    on_start: Callable[[], None]
    """The first audio is about to be sent."""
    on_over: Callable[[bool], None]
    """It has been heard, or had no words; True when the conversation is over with it."""
    on_silence: Callable[[], None]
    """Nothing was understood, and there is nothing to say."""
    on_failure: Callable[[str, str], None]
    """It failed: the `error` message's code, and the reason."""


@attrs.frozen
class FixedReply:
    """A brain with one thing to say."""

    text: str

    async def think(self, request: Request, say: Say) -> Outcome:
        """Say it."""
        await say(self.text)
        return Outcome()


class Attempt:
    """Thinks, synthesises, and after `confirm` speaks. Run it in a task; `cancel` ends it wherever it is."""

    def __init__(
        self, question: Question, session_id: str, line: Line, brain: Brain, voice: Voice, policy: SessionPolicy
    ) -> None:
        self.question = question
        self.failed = False
        """It failed before it was confirmed, and is of no use."""
        self.answer = Answer(line.request(question), brain, voice, policy)
        self.delivery = Delivery(self.answer, session_id, line, voice.format, policy)
        self._session_id, self._line = session_id, line
        self._fixed = isinstance(brain, FixedReply)
        self._scope = trio.CancelScope()
        self._last = False
        self._meant = False
        self._watcher: Watcher | None = None

    @property
    def confirmed(self) -> bool:
        """Whether the question is known to be whole."""
        return self.answer.confirmed.is_set()

    def confirm(self, watcher: Watcher, *, last: bool) -> None:
        """The question is whole; `last` ends the conversation after the answer, whatever the brain says."""
        self._watcher, self._last = watcher, last
        if last:
            self._tell_meant()
        self.answer.confirm(self._show)
        self._show()

    def cancel(self) -> None:
        """Drop it; audio on its way is stopped."""
        self._scope.cancel()
        self.delivery.cut()

    async def run(self) -> None:
        """Do it all; failures go to the watcher."""
        failures: list[BaseException] = []
        with self._scope:
            try:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self.answer.make)
                    await self.answer.confirmed.wait()
                    nursery.start_soon(self._conclude)
                    assert self._watcher is not None
                    if not await self.delivery.run(self._watcher.on_start):
                        nursery.cancel_scope.cancel()  # nobody takes the rest
            except* (BrainFailed, VoiceFailed) as group:
                failures.extend(_leaves(group))
            finally:
                self.answer.audio.forget()
        if self._scope.cancel_called:
            return
        if failures:
            self._fail(failures[0])
        elif self._watcher is not None and not self._meant:
            self._watcher.on_silence()
        elif self._watcher is not None:
            outcome = self.answer.outcome
            self._watcher.on_over(self._last or (outcome is not None and outcome.end_session))

    def _tell_meant(self) -> None:
        assert self._watcher is not None
        if not self._meant:
            self._meant = True
            self._watcher.on_meant()

    def _show(self) -> None:
        final = self.answer.thought.is_set()
        if self.answer.text and not self._scope.cancel_called:
            self._tell_meant()
            self._line.post(Reply(self._session_id, self.answer.utterance_id, self.answer.text, final))

    async def _conclude(self) -> None:
        await self.answer.thought.wait()
        if self._scope.cancel_called:
            return  # in this very moment
        text, outcome = self.answer.text, self.answer.outcome
        assert outcome is not None
        assert self._watcher is not None
        if not self._fixed:
            self._line.tally.worked(Part.BRAIN)
        if outcome.understood:
            self._tell_meant()
        if not self._meant:
            return
        self._watcher.on_thought(outcome)
        log.info("reply", text=text, session_id=self._session_id, **self._line.log_fields)
        if not self._fixed:
            self._line.remember(text, outcome)

    def _fail(self, failure: BaseException) -> None:
        if self._watcher is None:
            self.failed = True
            log.info(
                "speculation_failed",
                reason=str(failure),
                session_id=self._session_id,
                **self._line.log_fields,
            )
            return
        self.delivery.cut()
        self._watcher.on_failure(
            "brain_failed" if isinstance(failure, BrainFailed) else "tts_failed", str(failure)
        )


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    return [
        leaf
        for exc in group.exceptions
        for leaf in (_leaves(exc) if isinstance(exc, BaseExceptionGroup) else [exc])
    ]
