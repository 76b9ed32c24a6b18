"""What came of the questions in a device's input, for the program that reads its exit status. Pure: no I/O."""

import enum

import attrs

from tars.link.states import Down, Up
from tars.messages import EndReason
from tars.pi.session import LOST_ANSWERS
from tars.pi.session_states import SessionState
from tars.pi.status import (
    HotwordHeard,
    LinkChanged,
    OfflineQuestion,
    OfflineStep,
    PlaybackCompleted,
    PlaybackInterrupted,
    PlaybackStarted,
    SessionChanged,
    SessionEnded,
    SessionStarted,
    StatusEvent,
    Trouble,
)

SETTLED = frozenset({EndReason.GOODBYE, EndReason.DEVICE})
"""Ends of a session that someone asked for: "never mind" is not left without an answer."""


class ExitStatus(enum.IntEnum):
    """Exit statuses of `--exit-after-input`. Those below 3 are everybody's: done, a traceback, a mistake."""

    ANSWERED = 0
    NO_SERVER = 3
    NO_QUESTION = 4
    NOT_ANSWERED = 5


@attrs.frozen
class Outcome:
    """What has happened so far. A hotword or the button asks a question; speech heard to its end answers it."""

    reached: bool = False
    """Whether there was a link at any time."""
    down: str = ""
    """Why there was none, last."""
    asked: int = 0
    lost: int = 0
    """Questions that get no answer any more."""
    open: bool = False
    """The newest question may still be answered."""
    trouble: str = ""
    """What went wrong, last."""
    _in_session: bool = False
    _speaking: bool = False
    _state: SessionState = SessionState.IDLE

    def after(self, event: StatusEvent) -> "Outcome":
        """Return the outcome once `event` has happened."""
        match event:
            case LinkChanged(Up()):
                return attrs.evolve(self, reached=True)
            case LinkChanged(Down(reason)):
                return attrs.evolve(self, down=reason)
            case SessionStarted():
                return attrs.evolve(self, in_session=True)
            case SessionChanged(state):
                return attrs.evolve(self, state=state)
            case HotwordHeard():
                return self._after_hotword()
            case PlaybackStarted():
                return attrs.evolve(self, speaking=True)
            case PlaybackInterrupted():  # by a hotword, which has seen to it
                return attrs.evolve(self, speaking=False)
            case PlaybackCompleted():
                return attrs.evolve(self, speaking=False, open=False)
            case SessionEnded(reason=reason):
                return self._after_session(reason)
            case Trouble(code, message):
                after = attrs.evolve(self, trouble=message)
                return after._lose() if code in LOST_ANSWERS else after
            case OfflineQuestion(OfflineStep.GIVEN_UP | OfflineStep.EMPTY):
                return self._lose()
        return self

    def _after_hotword(self) -> "Outcome":
        if not self.open or self._speaking:  # who speaks over an answer has had it
            return attrs.evolve(self, asked=self.asked + 1, open=True, speaking=False)
        if self._in_session:  # asked once more
            return self
        return attrs.evolve(self, asked=self.asked + 1, lost=self.lost + 1)

    def _after_session(self, reason: str) -> "Outcome":
        after = attrs.evolve(self, in_session=False)
        if reason == EndReason.FALSE_WAKE:  # nobody has asked anything
            return attrs.evolve(after, asked=self.asked - self.open, open=False)
        if reason in SETTLED:
            return attrs.evolve(after, open=False)
        if reason in (EndReason.DISCONNECT, EndReason.ERROR) and self._state is SessionState.WAITING:
            return after._lose()
        return after

    def _lose(self) -> "Outcome":
        """Count the newest question as lost; where that has its answer, one that followed without a hotword."""
        return attrs.evolve(self, asked=self.asked + (not self.open), lost=self.lost + 1, open=False)

    @property
    def status(self) -> ExitStatus:
        """What the program ends with if nothing else happens."""
        if not self.reached:
            return ExitStatus.NO_SERVER
        if not self.asked:
            return ExitStatus.NO_QUESTION
        return ExitStatus.NOT_ANSWERED if self.lost or self.open else ExitStatus.ANSWERED

    def explain(self, server: str, microphone: str, hotwords: tuple[str, ...]) -> str:
        """Return the sentence for a status that is not 0."""
        match self.status:
            case ExitStatus.NO_SERVER:
                why = f": {self.down}" if self.down else ""
                return f"no server was reached at {server}{why}; start tars-server there, or check --server"
            case ExitStatus.NO_QUESTION:
                return f"no hotword was heard in {microphone}; it listened for {', '.join(hotwords)}"
            case _:
                missing = self.lost + self.open
                why = f": {self.trouble}" if self.trouble else "; nothing was said, or nothing was understood"
                return f"{missing} of {self.asked} questions got no answer{why}"
