"""A conversation: the table of states.py brought to life.

Everything that happens (audio, messages, what the ears hear, deadlines) is handled at once, without waiting, and
moves the state by `_step`; whatever takes time runs in a task of the session's nursery, which ends with the
session.
"""

from collections.abc import Awaitable, Callable

import trio
from structlog import get_logger

from tars.messages import (
    BadMessage,
    EndReason,
    Error,
    FromDevice,
    Playback,
    SessionEnd,
    SessionStarted,
)
from tars.server.brains.brain import Outcome
from tars.server.conversation.acknowledger import Acknowledger
from tars.server.conversation.alarm import Alarm
from tars.server.conversation.attempt import Attempt, Watcher
from tars.server.conversation.ears import Ears
from tars.server.conversation.end_phrases import EndPhrases
from tars.server.conversation.fixed_replies import FIXED_REPLIES
from tars.server.conversation.interlocutor import Interlocutor, Providers
from tars.server.conversation.interpreter import Interpreter
from tars.server.conversation.line import Line
from tars.server.conversation.patience import Patience
from tars.server.conversation.policy import SessionPolicy
from tars.server.conversation.repetitions import Repetitions
from tars.server.conversation.states import END_REASONS, Action, Event, State, transition
from tars.server.conversation.trace import Moment
from tars.server.conversation.turn import Turn
from tars.server.metrics import Part
from tars.server.stt.recogniser import Activation, FalseWake, SpeechEvent, StopWord, Utterance


class Conversation:
    """One session with one device, from the hotword to its `session_end`.

    `run` is its life. `hear` and the methods after it tell it what the device sent; none of them waits, and those
    that answer a message raise `BadMessage` where it makes no sense now.

    Whether the device is there is nothing to the state: while it is away (`suspend`, `resume`), what is known of
    the question is thought about, what is to be said waits, and no time passes.
    """

    def __init__(
        self,
        session_id: str,
        device: Interlocutor,
        providers: Providers,
        policy: SessionPolicy,
        began: float,
        activation: Activation | None = None,
    ) -> None:
        self.session_id = session_id
        self.state = State.PASSIVE
        self.ended = trio.Event()
        self._line = Line(device)
        policy = policy.for_session(resumable=not device.original)
        self._providers, self._policy = providers, policy
        self._log = get_logger().bind(session_id=session_id, **device.log_fields)
        self._end_phrases = EndPhrases(policy.end_phrases)
        self._ears = Ears(
            session_id, activation, providers.recogniser, policy, self._on_speech, self._on_ears_failure
        )
        self._patience = Patience(policy, self._ears, lambda: self._step(Event.SILENCE))
        self._interpreter = Interpreter(session_id, self._line, self._ears, self._patience, policy, began)
        self._window = Alarm()
        """How long it waits for the device."""
        self._acknowledger = Acknowledger(session_id, self._line)
        self._repetitions = Repetitions()
        self._turn = self._new_turn(began)
        self._turn.trace.mark(Moment.HOTWORD, began)
        self._event = Event.HOTWORD
        self._winding_down = False
        """The server stops, and this session with it, as soon as it has nothing more to say."""
        self._ear_failures = 0
        self._nursery: trio.Nursery | None = None

    def start(self) -> None:
        """The session stands, and the device is told; call it at once, `run` may come a moment later."""
        self._step(Event.HOTWORD)

    async def run(self) -> None:
        """Converse, until the session ends; by then all that belongs to it has ended."""
        try:
            async with trio.open_nursery() as self._nursery:
                self._nursery.start_soon(self._ears.run)
                self._nursery.start_soon(self._patience.run)
                self._nursery.start_soon(self._window.run)
                await self.ended.wait()
                self._nursery.cancel_scope.cancel()
        finally:
            if not self.ended.is_set():
                self._step(Event.BROKEN)

    def end(self, event: Event) -> None:
        """Something outside ended it: the device, its link, the server. A second end is nothing."""
        if not self.ended.is_set():
            self._step(event)

    def wind_down(self, limit: float) -> float:
        """The server stops: end now, or after what is being said where that takes no longer than `limit` seconds.

        Returns how long it will take.
        """
        left = self._turn.speech_left
        if self.state is State.SPEAKING and self._line.is_up and left <= limit:
            self._winding_down = True
            return left
        self.end(Event.SHUTDOWN)
        return 0.0

    @property
    def cut_off(self) -> bool:
        """Whether it has ended with its device's link."""
        return self._event is Event.DISCONNECTED

    @property
    def received_bytes(self) -> int:
        """Microphone audio that has come in."""
        return self._acknowledger.received_bytes

    @property
    def away_since(self) -> float | None:
        """Since when it waits for its device; None while that is there."""
        return self._line.away_since

    def suspend(self) -> None:
        """The device's link is lost: wait for it as long as the policy says; without a window the session ends."""
        if not self._policy.resume_window or self._winding_down:
            self.end(Event.DISCONNECTED)
        elif not self.ended.is_set():
            self._log.info("session_suspended", window=self._policy.resume_window)
            self._line.leave()
            self._turn.suspend()
            self._patience.pause()
            self._window.set(self._policy.resume_window, lambda: self.end(Event.DISCONNECTED))

    def resume(self, playback: Playback | None) -> None:
        """The device is back, and goes on sending after `received_bytes`; `playback` is what it has of the answer.

        Raises `BadMessage` where it cannot have that; the session goes on all the same.
        """
        self._log.info("session_resumed", received_bytes=self.received_bytes)
        self._window.clear()
        self._repetitions.came_back()
        possible = self._turn.resume(playback)
        self._line.come_back()
        self._patience.go_on()
        if not possible:
            raise BadMessage("bad_message", "hello: resume.playback.received_bytes is not what was sent")

    def has_taken(self, message: FromDevice) -> bool:
        """Whether `message` repeats one that had arrived when the link was lost; asked once of each."""
        return self._repetitions.is_one(message)

    def hear(self, pcm: bytes) -> None:
        """Microphone audio came in."""
        self._repetitions.audio()
        self._turn.trace.mark(Moment.FIRST_AUDIO, trio.current_time())
        self._acknowledger.received(len(pcm))
        self._ears.hear(pcm)
        self._patience.heard_audio()

    def playback_progress(self, utterance_id: str, played_bytes: int, at: float) -> None:
        """So much of the utterance had been heard at the moment `at`."""
        began = self._turn.utterance(utterance_id).delivery.progress(played_bytes, at)
        self._turn.trace.mark(Moment.PLAYBACK_START, began)

    def playback_complete(self, utterance_id: str, at: float) -> None:
        """The loudspeaker played its last sample at the moment `at`."""
        if not self._turn.utterance(utterance_id).delivery.complete():
            raise BadMessage("bad_message", "playback_complete: the utterance is still being sent")
        self._ears.keep()
        self._turn.trace.mark(Moment.PLAYBACK_END, at)

    def interrupt(self, utterance_id: str | None = None) -> None:
        """Barge-in: someone speaks over the answer."""
        if self.state not in (State.PROCESSING, State.SPEAKING):
            raise BadMessage("not_speaking", "interrupt: nothing is being said")
        if utterance_id is not None:
            self._turn.utterance(utterance_id)
        self._step(Event.INTERRUPT)

    def call(self) -> None:
        """The hotword was heard again, or the button pressed: over an answer that is a barge-in."""
        self._step(Event.CALLED if self.state is State.ACTIVE else Event.INTERRUPT)

    # What moves the state

    def _step(self, event: Event) -> None:
        step = transition(self.state, event)
        self._event = event
        self.state = step.state
        for action in step.actions:
            self._act(action)

    def _new_turn(self, began: float) -> Turn:
        return Turn(began, self.session_id, self._line, self._providers, self._policy, self._spawn)

    def _spawn(self, async_fn: Callable[[], Awaitable[None]]) -> None:
        assert self._nursery is not None
        self._nursery.start_soon(async_fn)

    def _act(self, action: Action) -> None:
        match action:
            case Action.ANNOUNCE:
                self._line.post(SessionStarted(self.session_id))
            case Action.OPEN_EARS:
                self._patience.wait_for_speech(self._policy.timeout)
            case Action.ATTEND:
                self._interpreter.attention.call(trio.current_time())
                self._ears.called()
                self._patience.extend(self._policy.timeout)
            case Action.LISTEN | Action.LISTEN_BACK:
                self._listen(back=action is Action.LISTEN_BACK)
            case Action.LISTEN_ON:
                self._turn = self._new_turn(trio.current_time())
                self._patience.resume_as_silent()
                self._ears.listen(back=True)
            case Action.WAIT_ON:
                self._patience.resume()
            case Action.IGNORE:
                self._patience.resume_as_silent()
            case Action.ANSWER:
                question = self._interpreter.question
                last = self._end_phrases.match(question.text) and not question.doubtful
                self._answer(self._turn.answer(question), last=last)
            case Action.ASK_AGAIN:
                self._answer(self._turn.say(FIXED_REPLIES[self._event]), last=False)
            case Action.DROP_ANSWER:
                self._turn.drop()
            case Action.END:
                self._end()

    def _listen(self, *, back: bool) -> None:
        self._turn.finish(self._log, self._event.value)
        if self._winding_down:
            self._step(Event.SHUTDOWN)
            return
        now, trace = trio.current_time(), self._turn.trace
        self._interpreter.own_words.forget()
        if self._event is Event.REPLY_OVER:
            end = trace.at(Moment.PLAYBACK_END) or now
            self._interpreter.own_words.spoken(trace.reply, end, end - (trace.at(Moment.TTS_FIRST_BYTE) or end))
        self._line.forget_turn()
        self._turn = self._new_turn(now)
        self._patience.wait_for_speech(self._interpreter.attention.patience(now))
        self._ears.listen(back=back)
        if back:  # to before the hotword
            self._ears.called()

    def _answer(self, attempt: Attempt, *, last: bool) -> None:
        self._ears.hold()
        self._patience.stop()
        meant, silence = self._interpreter.meant, self._on_silence
        watcher = Watcher(meant, self._on_thought, self._on_start, self._on_over, silence, self._on_failure)
        attempt.confirm(watcher, last=last)

    def _end(self) -> None:
        reason = told = END_REASONS[self._event]
        if reason is EndReason.FALSE_WAKE and reason.value not in self._line.capabilities:
            told = EndReason.TIMEOUT  # a device that does not know the reason takes it for trouble
        self._patience.stop()
        self._window.clear()
        if self._event is not Event.NOBODY:
            self._turn.finish(self._log, self._event.value)
        if not (self._line.original and self._event is Event.DEVICE_ENDS):
            # an older device takes any session_end for its present session's, which may already be the next
            self._line.post(SessionEnd(self.session_id, told.value))
        self._log.info("session_end", reason=reason.value)
        self._line.tally.sessions_ended[reason] += 1
        self.ended.set()

    # What the ears hear, and how the answer goes

    def _on_speech(self, event: SpeechEvent) -> None:
        match self.state, event:
            case State.PROCESSING | State.SPEAKING, StopWord():
                self._step(Event.STOPPED)
            case State.PROCESSING, FalseWake():  # the first words were known before the second look was over
                self._step(Event.FALSE_WAKE)
        if self.state is not State.ACTIVE:
            return
        if isinstance(event, Utterance):
            self._ear_failures = 0
            self._line.tally.worked(Part.EARS)
        if (meaning := self._interpreter.read(event, self._turn)) is not None:
            self._step(meaning)

    def _on_ears_failure(self, reason: str) -> None:
        if self.ended.is_set():
            return
        self._ear_failures += 1
        self._line.tally.failed(Part.EARS)
        self._log.warning("stt_failed", reason=reason, failures=self._ear_failures)
        self._line.post(Error("stt_failed", f"speech recognition failed: {reason}", fatal=False))
        if self._ear_failures >= self._policy.ear_failures:
            self._step(Event.DEAF)
            return
        self._step(Event.EARS_FAILED)

    def _on_thought(self, outcome: Outcome) -> None:
        self._interpreter.attention.asked = outcome.asked

    def _on_silence(self) -> None:
        self._step(self._interpreter.not_understood())

    def _on_start(self) -> None:
        self._turn.trace.mark(Moment.TTS_FIRST_BYTE, trio.current_time())
        self._step(Event.REPLY_STARTS)

    def _on_over(self, last: bool) -> None:
        self._line.tally.worked(Part.VOICE)
        self._step(Event.FAREWELL_OVER if last else Event.REPLY_OVER)

    def _on_failure(self, code: str, reason: str) -> None:
        self._line.tally.failed(Part(code))
        self._log.warning(code, reason=reason)
        self._line.post(Error(code, reason, fatal=False))
        if self._interpreter.undecided:
            self._step(self._interpreter.not_understood())
        else:
            self._interpreter.attention.answer()  # what was said has had an error for an answer
            self._step(Event.ANSWER_FAILED)
