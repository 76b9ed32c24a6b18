"""What a session goes through on the device. Every transition is in the table below, and nowhere else.

The link has states of its own (`tars.link.states`). The two meet in one rule: a session begins with a link up and
ends with it, by `LINK_LOST`, which leads to `IDLE` from everywhere, unless it has a window in which the link may
come back. While it waits there its state is what it was, and moves on: TARS says what has come, or is interrupted.
"""

import enum


class SessionState(enum.Enum):
    """What the device is doing, as a person would say it."""

    IDLE = "idle"
    """No session: listens for a hotword."""
    LISTENING = "listening"
    """A session: someone may speak."""
    WAITING = "waiting"
    """A session: something was said, its answer is being made."""
    SPEAKING = "speaking"
    """A session: TARS speaks."""
    NOTING = "noting"
    """No session, because there is no link: someone may speak all the same, and what is said is asked later."""
    ANNOUNCING = "announcing"
    """No session: TARS speaks all the same, an announcement or the last words of a session that is over."""


class SessionEvent(enum.Enum):
    """What moves it."""

    WAKE = "wake"
    """A hotword or the button, with the link up."""
    NOTE = "note"
    """A hotword or the button, without a link: the question is recorded."""
    NOTED = "noted"
    """The recording has ended."""
    HEARING = "hearing"
    """The server hears someone speak."""
    HEARD = "heard"
    """The server has a whole utterance."""
    FAILED = "failed"
    """The server has no answer to what was said, and listens again."""
    SPEECH = "speech"
    """An utterance of the server's begins."""
    SPEECH_OVER = "speech_over"
    """The loudspeaker has nothing left to say."""
    END = "end"
    """The session is over; what TARS is saying may be finished."""
    ABORT = "abort"
    """The session is over, and there is silence."""
    LINK_LOST = "link_lost"
    """The link is gone, and the session with it."""


class IllegalTransition(Exception):
    """An event that cannot happen in this state: a bug."""

    def __init__(self, state: SessionState, event: SessionEvent) -> None:
        super().__init__(f"no transition for {event.name} in {state.name}")


S, E = SessionState, SessionEvent

TRANSITIONS: dict[tuple[SessionState, SessionEvent], SessionState] = {
    (S.IDLE, E.WAKE): S.LISTENING,
    (S.IDLE, E.NOTE): S.NOTING,
    (S.IDLE, E.SPEECH): S.ANNOUNCING,
    (S.IDLE, E.SPEECH_OVER): S.IDLE,
    (S.IDLE, E.ABORT): S.IDLE,
    (S.IDLE, E.LINK_LOST): S.IDLE,
    (S.LISTENING, E.WAKE): S.LISTENING,
    (S.LISTENING, E.HEARING): S.LISTENING,
    (S.LISTENING, E.HEARD): S.WAITING,
    (S.LISTENING, E.FAILED): S.LISTENING,
    (S.LISTENING, E.SPEECH): S.SPEAKING,
    (S.LISTENING, E.SPEECH_OVER): S.LISTENING,
    (S.LISTENING, E.END): S.IDLE,
    (S.LISTENING, E.ABORT): S.IDLE,
    (S.LISTENING, E.LINK_LOST): S.IDLE,
    (S.WAITING, E.WAKE): S.LISTENING,
    (S.WAITING, E.HEARING): S.LISTENING,
    (S.WAITING, E.HEARD): S.WAITING,
    (S.WAITING, E.FAILED): S.LISTENING,
    (S.WAITING, E.SPEECH): S.SPEAKING,
    (S.WAITING, E.SPEECH_OVER): S.WAITING,
    (S.WAITING, E.END): S.IDLE,
    (S.WAITING, E.ABORT): S.IDLE,
    (S.WAITING, E.LINK_LOST): S.IDLE,
    (S.SPEAKING, E.WAKE): S.LISTENING,
    (S.SPEAKING, E.HEARING): S.SPEAKING,
    (S.SPEAKING, E.HEARD): S.SPEAKING,
    (S.SPEAKING, E.FAILED): S.SPEAKING,
    (S.SPEAKING, E.SPEECH): S.SPEAKING,
    (S.SPEAKING, E.SPEECH_OVER): S.LISTENING,
    (S.SPEAKING, E.END): S.ANNOUNCING,
    (S.SPEAKING, E.ABORT): S.IDLE,
    (S.SPEAKING, E.LINK_LOST): S.IDLE,
    (S.ANNOUNCING, E.WAKE): S.LISTENING,
    (S.ANNOUNCING, E.NOTE): S.NOTING,
    (S.ANNOUNCING, E.SPEECH): S.ANNOUNCING,
    (S.ANNOUNCING, E.SPEECH_OVER): S.IDLE,
    (S.ANNOUNCING, E.ABORT): S.IDLE,
    (S.ANNOUNCING, E.LINK_LOST): S.IDLE,
    (S.NOTING, E.NOTE): S.NOTING,
    (S.NOTING, E.NOTED): S.IDLE,
    (S.NOTING, E.WAKE): S.LISTENING,
    (S.NOTING, E.SPEECH_OVER): S.NOTING,
    (S.NOTING, E.ABORT): S.IDLE,
    (S.NOTING, E.LINK_LOST): S.IDLE,
}
"""A pair that is missing here cannot happen: `HEARING`, `HEARD`, `FAILED` and `END` belong to a session,
`NOTE` and `NOTED` to the time without one and without a link, in which the server does not speak."""

IN_SESSION = frozenset({S.LISTENING, S.WAITING, S.SPEAKING})
"""The states in which microphone audio goes to the server."""
TALKING = frozenset({S.SPEAKING, S.ANNOUNCING})
"""The states in which TARS speaks."""


def next_state(state: SessionState, event: SessionEvent) -> SessionState:
    """Where `event` leads from `state`; raises `IllegalTransition`."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalTransition(state, event) from None
