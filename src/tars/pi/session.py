"""One session on the device: who it is, and when it has gone wrong."""

import attrs
import trio

from tars.messages import EndReason, FromServer, StartOfTtsStream

BUTTON = "button"
"""The hotword's name when the button was pressed instead."""
BUTTON_PRE_ROLL = 0.3
"""Seconds: people begin to speak as they press."""
FATAL_ERRORS = frozenset({"stt_failed", "brain_failed", "tts_failed", "busy"})
"""What the server may report that leaves a session without an answer."""
GOOD_ENDS = frozenset({EndReason.TIMEOUT, EndReason.GOODBYE, EndReason.DEVICE})
"""Those after which nothing is wrong."""


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


@attrs.frozen
class Wake:
    """Why a session begins, and from where in the microphone's audio."""

    hotword: str
    score: float
    position: int
    """Bytes of the microphone's stream."""


@attrs.define(eq=False)
class Session:
    """A session that the device has opened."""

    session_id: str
    wake: Wake
    confirmed: trio.Event = attrs.field(factory=trio.Event)
    """The server has it: by `session_started`, or by whatever else it said about it."""
    over: trio.Event = attrs.field(factory=trio.Event)
    last_sign: float = attrs.field(factory=trio.current_time)
    """When the server last said anything, on trio's clock."""

    def take_note(self, message: FromServer) -> None:
        """The server said something. Whatever is about this session, an answer too, shows that it has it."""
        match message:
            case StartOfTtsStream(session_id=None, notification_id=None):
                self.confirmed.set()
            case _ if getattr(message, "session_id", None) == self.session_id:
                self.confirmed.set()

    async def wait_trouble(self, policy: SessionPolicy) -> str:
        """Why this session will not go on, as soon as that is known; waits for as long as all is well."""
        with trio.move_on_after(policy.confirm_timeout):
            await self.confirmed.wait()
        if not self.confirmed.is_set():
            return f"the server did not take the session within {policy.confirm_timeout:g} s"
        while trio.current_time() < (limit := self.last_sign + policy.silence_timeout):  # noqa: ASYNC110 - it moves
            await trio.sleep_until(limit)
        return f"the server has said nothing for {policy.silence_timeout:g} s"
