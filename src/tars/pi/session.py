"""One session on the device: who it is, and when it has gone wrong."""

from collections.abc import Iterator

import attrs
import trio

from tars.messages import AudioAck, EndReason, FromServer, HotwordDetected, StartOfTtsStream, Welcome
from tars.pi.tape import PIECE, Tape

BUTTON = "button"
"""The hotword's name when the button was pressed instead."""
BUTTON_PRE_ROLL = 0.3
"""Seconds: people begin to speak as they press."""
LOST_ANSWERS = frozenset({"stt_failed", "brain_failed", "tts_failed"})
"""What the server may report that costs an answer; unless it is `fatal`, it goes on listening."""
REFUSAL = "busy"
"""The server takes no session now."""
GOOD_ENDS = frozenset({EndReason.TIMEOUT, EndReason.GOODBYE, EndReason.DEVICE})
"""Those after which nothing is wrong, and which have a sound."""
JUST_NOW = 2.0
"""Seconds within which a hotword and the end of its session can have crossed on the link."""


@attrs.frozen
class SessionPolicy:
    """The limits of a session; times in seconds."""

    confirm_timeout: float = 5.0
    """How long `session_started` may take: it is sent before any work, so that a few round trips are plenty."""
    silence_timeout: float = 45.0
    """How long the server may say nothing at all: longer than its own session timeout of 30 s, so that only a
    session that has gone dead ends by this."""
    listening_sound: bool = True
    """Whether a session begins with a sound, where the speaker waits for one."""
    resume_window: float = 0.0
    """How long a session outlives its link, waiting for the next one; with 0 it ends with it."""
    offline_questions: bool = False
    """Whether a question asked without a link is recorded, and asked when there is one."""
    offline_max_age: float = 120.0
    """How old it may grow."""


@attrs.frozen
class Wake:
    """Why a session begins, and from where in the microphone's audio."""

    hotword: str
    score: float
    position: int
    """Bytes of the microphone's stream."""


@attrs.frozen
class Question:
    """What was asked while there was no link."""

    wake: Wake
    pcm: bytes
    pre_roll_bytes: int
    position: int | None = None
    """Where in the microphone's stream it goes on; None when it was complete."""

    @property
    def pieces(self) -> Iterator[bytes]:
        """Its audio in frames."""
        for at in range(0, len(self.pcm), PIECE):
            yield self.pcm[at : at + PIECE]


@attrs.define(eq=False)
class Session:
    """A session that the device has opened."""

    session_id: str
    wake: Wake
    question: Question | None = None
    """With which it begins, where it was asked before there was a link."""
    confirmed: trio.Event = attrs.field(factory=trio.Event)
    """The server has it: by `session_started`, or by whatever else it said about it."""
    over: trio.Event = attrs.field(factory=trio.Event)
    last_sign: float = attrs.field(factory=trio.current_time)
    """When the server last said anything, on trio's clock."""
    tape: Tape = attrs.field(factory=Tape)
    suspended_at: float | None = None
    """Since when it waits for a link, on trio's clock; None while it has one."""
    _called_again: tuple[Wake, float] | None = None
    """The last hotword that was heard while the session listened, and when, on trio's clock."""
    _watch: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    """What waits for trouble; it begins again when the link goes or comes."""

    def take_note(self, message: FromServer) -> None:
        """The server said something. Whatever is about this session, an answer too, shows that it has it."""
        match message:
            case StartOfTtsStream(session_id=None, notification_id=None):
                self.confirmed.set()
            case _ if getattr(message, "session_id", None) == self.session_id:
                self.confirmed.set()
                if isinstance(message, AudioAck):
                    self.tape.acknowledge(message.received_bytes)

    def call_again(self, wake: Wake, device_time: float) -> HotwordDetected:
        """The hotword was heard while the session listens: what is said next is meant. What to tell the server."""
        self._called_again = wake, trio.current_time()
        return HotwordDetected(self.session_id, wake.hotword, wake.score, device_time=device_time)

    @property
    def called_just_now(self) -> Wake | None:
        """The hotword that the server cannot have known of when it said the session's end, where there was one."""
        wake, at = self._called_again or (None, 0.0)
        return wake if trio.current_time() - at < JUST_NOW else None

    def suspend(self) -> None:
        """Its link is gone; from now on it waits for another."""
        self.suspended_at = trio.current_time()
        self._watch.cancel()

    def go_on(self) -> None:
        """It has a link again."""
        self.suspended_at = None
        self.last_sign = trio.current_time()
        self._watch.cancel()

    def next_position(self, welcome: Welcome | None) -> int | None:
        """From where on a new link is told of it, by the server's greeting; None where it cannot go on.

        A server that never confirmed it may never have heard of it: that one gets all from the beginning.
        """
        if welcome is None:
            return None
        resumed = welcome.resumed
        if resumed is not None and resumed.session_id == self.session_id:
            self.confirmed.set()
            position = resumed.audio_received_bytes
            self.tape.forget_beginning()
            self.tape.acknowledge(position)
        elif not self.confirmed.is_set():
            position = 0
        else:
            return None
        return position if self.tape.holds(position) else None

    async def wait_trouble(self, policy: SessionPolicy) -> str:
        """Why this session will not go on, as soon as that is known; waits for as long as all is well.

        The time that it spends without a link counts against `resume_window` alone.
        """
        while True:
            with trio.CancelScope() as self._watch:
                trouble = await self._wait_here(policy)
                if not self._watch.cancel_called:  # the link may have come at this very moment
                    return trouble

    async def _wait_here(self, policy: SessionPolicy) -> str:
        if self.suspended_at is None:
            return await self._wait_silence(policy)
        await trio.sleep_until(self.suspended_at + policy.resume_window)
        return f"the link did not come back within {policy.resume_window:g} s"

    async def _wait_silence(self, policy: SessionPolicy) -> str:
        with trio.move_on_after(policy.confirm_timeout):
            await self.confirmed.wait()
        if not self.confirmed.is_set():
            return f"the server did not take the session within {policy.confirm_timeout:g} s"
        while trio.current_time() < (limit := self.last_sign + policy.silence_timeout):  # noqa: ASYNC110 - it moves
            await trio.sleep_until(limit)
        return f"the server has said nothing for {policy.silence_timeout:g} s"
