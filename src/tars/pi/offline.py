"""A question asked while there is no link: recorded, kept for a while, asked when the link is back.

One at a time. Whoever has said the hotword and waits is told that there is no link and that the question will be
asked later; whoever speaks on in the same breath is told so when he has ended.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
import trio

from tars.pi import status
from tars.pi.chime import PAUSE
from tars.pi.listening import Listening
from tars.pi.session import Question, Session, Wake
from tars.pi.session_states import SessionEvent
from tars.pi.status import OfflineStep

if TYPE_CHECKING:
    from tars.pi.question_ear import QuestionEar  # numpy: loaded beside the link, not before it

LONGEST = 15.0
"""Seconds of a recording: no question takes longer, and a radio must not be recorded for ever."""
PATIENCE = 5.0
"""Seconds in which somebody who was told to go ahead begins to speak."""
ECHO = 0.3
"""Seconds after a prompt in which the loudspeaker's own delay and the room still sound of it."""


@attrs.define(eq=False)
class _Recording:
    """A question in the making."""

    wake: Wake
    start: int
    ear: "QuestionEar"
    audio: bytearray = attrs.field(factory=bytearray)
    prompting: bool = False
    """The device speaks itself: nothing that is heard meanwhile belongs to the question."""
    ended: trio.Event = attrs.field(factory=trio.Event)

    def hear(self, pcm: bytes) -> None:
        """Take microphone audio; `ended` once the question is over, or nobody begins to ask one."""
        if self.prompting:
            return
        self.audio += pcm
        self.ear.hear(pcm)
        if self.ear.over or (not self.ear.spoken and self.ear.heard >= PATIENCE):
            self.ended.set()

    def begin_again(self, start: int) -> None:
        """The question begins at `start`; what was heard before is none of it."""
        self.prompting = False
        self.ear = self.ear.again()
        self.audio.clear()
        self.start = start

    def question(self, now: int | None = None) -> Question:
        """It, complete; or as far as it has come, where `now` is the position in the microphone's stream."""
        if self.prompting:
            return Question(self.wake, b"", 0, now)
        position = None if now is None else self.start + len(self.audio)
        return Question(self.wake, bytes(self.audio), max(0, self.wake.position - self.start), position)


class OfflineQuestions:
    """Records a question, and keeps it until it is asked or `max_age` seconds old.

    `sound` plays a sound by its name and says how long it takes; `move` moves the session's state.
    """

    def __init__(
        self,
        listening: Listening,
        feed: status.StatusFeed,
        sound: Callable[[str], float],
        move: Callable[[SessionEvent], None],
        max_age: float,
    ) -> None:
        self._listening = listening
        self._feed = feed
        self._sound = sound
        self._move = move
        self._max_age = max_age
        self._recording: _Recording | None = None
        self._kept: Question | None = None
        self._kept_at = 0.0
        self._silent_at = 0.0
        self._scope = trio.CancelScope()
        self._nursery: trio.Nursery | None = None

    def begin(self, nursery: trio.Nursery, wake: Wake, start: int) -> None:
        """Record the question whose audio begins at `start`; it takes the place of any other."""
        if self._drop():
            self._tell(OfflineStep.REPLACED)
        from tars.pi.question_ear import QuestionEar

        ear = QuestionEar.in_room(self._listening.between(0, self._listening.position))
        self._recording = _Recording(wake, start, ear)
        self._listening.follow(start, self._recording.hear)
        self._move(SessionEvent.NOTE)
        self._tell(OfflineStep.RECORDING)
        self._scope, self._nursery = trio.CancelScope(), nursery
        nursery.start_soon(self._run, self._recording, self._scope)

    def take(self) -> Question | None:
        """The question, to be asked now: there is a link. One that is still spoken goes on in its session."""
        recording, question, age = self._recording, self._kept, trio.current_time() - self._kept_at
        if recording is not None:
            question, age = recording.question(self._listening.position), 0.0
        self._drop()
        if question is not None:
            self._tell(OfflineStep.ASKED, age)
        return question

    def keep_again(self, session: Session) -> bool:
        """Keep its question, if `session` began with one, and lost its link before the server said that it has it.

        One that was still being spoken is lost: it had gone on live.
        """
        question = session.question
        if question is None or question.position is not None or session.confirmed.is_set():
            return False
        assert self._nursery is not None
        self._kept, self._scope = question, trio.CancelScope()
        self._nursery.start_soon(self._go_on_waiting, self._scope)
        return True

    @property
    def waits(self) -> bool:
        """Whether there is a question, or one being spoken."""
        return self._recording is not None or self._kept is not None

    def stop(self) -> None:
        """Forget it."""
        self._drop()

    def _drop(self) -> bool:
        """Forget the question; True when there was one."""
        had_one = self.waits
        if self._recording is not None:
            self._listening.unfollow()
        self._recording = self._kept = None
        self._scope.cancel()
        return had_one

    def _tell(self, step: OfflineStep, seconds: float = 0.0) -> None:
        self._feed.publish(status.OfflineQuestion(step, seconds))

    async def _run(self, recording: _Recording, scope: trio.CancelScope) -> None:
        with scope:
            await self._record(recording)
            self._end(recording)
            await self._wait(scope)

    async def _go_on_waiting(self, scope: trio.CancelScope) -> None:
        with scope:
            await self._wait(scope)

    async def _wait(self, scope: trio.CancelScope) -> None:
        """Give up the question when it is too old, unless it is asked before."""
        await trio.sleep_until(self._kept_at + self._max_age)
        if not scope.cancel_called:
            self._kept = None
            self._tell(OfflineStep.GIVEN_UP, self._max_age)
            self._say("gave_up")

    async def _record(self, recording: _Recording) -> None:
        await self._wait_silent(recording)
        await trio.sleep(PAUSE)
        if recording.ear.pausing and self._recording is recording:
            self._say("ask_later")
            await self._wait_silent(recording)
        with trio.move_on_after(LONGEST):
            await recording.ended.wait()

    def _say(self, name: str) -> None:
        self._silent_at = trio.current_time() + self._sound(name) + ECHO

    async def _wait_silent(self, recording: _Recording) -> None:
        """Let the device finish its own words, also those about the question before this one."""
        if trio.current_time() >= self._silent_at:
            return
        recording.prompting = True
        await trio.sleep_until(self._silent_at)
        recording.begin_again(self._listening.position)
        if self._recording is recording:
            self._listening.follow(recording.start, recording.hear)

    def _end(self, recording: _Recording) -> None:
        """Keep what was recorded, unless it was taken, or another one took its place, at the very same moment."""
        if self._recording is not recording:
            return
        self._listening.unfollow()
        self._recording = None
        self._move(SessionEvent.NOTED)
        if not recording.ear.spoken:
            self._tell(OfflineStep.EMPTY)
            self._say("done")
            self._scope.cancel()
            return
        self._kept, self._kept_at = recording.question(), trio.current_time()
        self._tell(OfflineStep.KEPT, self._max_age)
        self._say("noted")
