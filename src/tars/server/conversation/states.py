"""The conversation's states and everything that can move it: one table, no clock, no I/O.

Everything that decides where a conversation stands is in this file. What its actions mean is in engine.py.
"""

import enum
from collections.abc import Mapping

import attrs

from tars.messages import EndReason


class State(enum.Enum):
    """Where a conversation stands."""

    PASSIVE = "passive"
    """There is none: the device listens for its hotword."""
    ACTIVE = "active"
    """Listening."""
    PROCESSING = "processing"
    """Something was said; the answer is in the making."""
    SPEAKING = "speaking"
    """The answer is on its way to the loudspeaker, or being played."""


class Event(enum.Enum):
    """What can happen to a conversation."""

    HOTWORD = "hotword"
    QUESTION = "question"
    """An utterance with words in it."""
    UNCLEAR = "unclear"
    """Something was said after the hotword, and there are no words in it, or the brain has none for it."""
    NOTHING = "nothing"
    """There was only the hotword, a click, or TARS's own echo."""
    NOT_MEANT = "not_meant"
    """A follow-up, said without a hotword, was not understood."""
    NOBODY = "nobody"
    """The same again: the people in the room, or their television, do not speak to TARS."""
    CALLED = "called"
    """The hotword was heard once more while TARS listens."""
    FALSE_WAKE = "false_wake"
    """A second look at the audio found no hotword in it."""
    REPLY_STARTS = "reply_starts"
    """The first of its audio is about to be sent."""
    REPLY_OVER = "reply_over"
    """It has been played to the end, or there was nothing to say."""
    FAREWELL_OVER = "farewell_over"
    """The same, and it was the last."""
    INTERRUPT = "interrupt"
    """Someone spoke the hotword, or pressed the button, over the answer."""
    STOPPED = "stopped"
    """Someone said "stop" over the answer."""
    ANSWER_FAILED = "answer_failed"
    """The brain or the voice gave up."""
    EARS_FAILED = "ears_failed"
    """The recogniser died; another is on its way."""
    DEAF = "deaf"
    """It died again and again."""
    SILENCE = "silence"
    """Nobody has spoken for the session's timeout."""
    DEVICE_ENDS = "device_ends"
    DISCONNECTED = "disconnected"
    SHUTDOWN = "shutdown"
    BROKEN = "broken"
    """A bug ended it."""


class Action(enum.Enum):
    """What is to be done when it has happened, in this order."""

    ANNOUNCE = "announce"
    """Tell the device that the session stands."""
    OPEN_EARS = "open_ears"
    ATTEND = "attend"
    """Take what is said next for meant, and wait for it as long as at the beginning."""
    LISTEN = "listen"
    """Hear afresh, from now on."""
    LISTEN_BACK = "listen_back"
    """Hear afresh, from a moment ago: the words after a barge-in are already here."""
    LISTEN_ON = "listen_on"
    """The same, and the silence goes on as if nobody had spoken."""
    WAIT_ON = "wait_on"
    """The silence goes on from where it stood when somebody seemed to speak."""
    IGNORE = "ignore"
    """The silence goes on as if nobody had spoken."""
    ANSWER = "answer"
    ASK_AGAIN = "ask_again"
    DROP_ANSWER = "drop_answer"
    """Stop thinking, speaking and playing."""
    END = "end"


@attrs.frozen
class Transition:
    """Where an event leads, and what is to be done on the way."""

    state: State
    actions: tuple[Action, ...] = ()


class IllegalEvent(Exception):
    """An event that cannot happen in that state: a bug in whoever reported it."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"{event.value} while {state.value}")


END_REASONS: Mapping[Event, EndReason] = {
    Event.FAREWELL_OVER: EndReason.GOODBYE,
    Event.STOPPED: EndReason.GOODBYE,
    Event.SILENCE: EndReason.TIMEOUT,
    Event.NOBODY: EndReason.TIMEOUT,
    Event.FALSE_WAKE: EndReason.FALSE_WAKE,
    Event.DEAF: EndReason.ERROR,
    Event.BROKEN: EndReason.ERROR,
    Event.DEVICE_ENDS: EndReason.DEVICE,
    Event.DISCONNECTED: EndReason.DISCONNECT,
    Event.SHUTDOWN: EndReason.SHUTDOWN,
}
"""The events that end a session, and what it says of them."""

_ENDED = Transition(State.PASSIVE, (Action.DROP_ANSWER, Action.END))
_AGAIN = Transition(State.ACTIVE, (Action.LISTEN,))
_GIVE_UP = Transition(State.ACTIVE, (Action.DROP_ANSWER, Action.LISTEN))
_BARGE_IN = Transition(State.ACTIVE, (Action.DROP_ANSWER, Action.ATTEND, Action.LISTEN_BACK))
_ASK_AGAIN = Transition(State.PROCESSING, (Action.DROP_ANSWER, Action.ASK_AGAIN))

_ANYWHERE = (Event.DEAF, Event.BROKEN, Event.DEVICE_ENDS, Event.DISCONNECTED, Event.SHUTDOWN)

TRANSITIONS: Mapping[State, Mapping[Event, Transition]] = {
    State.PASSIVE: {
        Event.HOTWORD: Transition(State.ACTIVE, (Action.ANNOUNCE, Action.OPEN_EARS)),
    },
    State.ACTIVE: {
        Event.QUESTION: Transition(State.PROCESSING, (Action.ANSWER,)),
        Event.UNCLEAR: _ASK_AGAIN,
        Event.NOTHING: Transition(State.ACTIVE, (Action.DROP_ANSWER, Action.WAIT_ON)),
        Event.NOT_MEANT: Transition(State.ACTIVE, (Action.DROP_ANSWER, Action.IGNORE)),
        Event.CALLED: Transition(State.ACTIVE, (Action.ATTEND,)),
        Event.EARS_FAILED: Transition(State.ACTIVE, (Action.DROP_ANSWER, Action.WAIT_ON)),
        Event.SILENCE: _ENDED,
        Event.NOBODY: _ENDED,
        Event.FALSE_WAKE: _ENDED,
        **dict.fromkeys(_ANYWHERE, _ENDED),
    },
    State.PROCESSING: {
        Event.REPLY_STARTS: Transition(State.SPEAKING),
        Event.REPLY_OVER: _AGAIN,
        Event.FAREWELL_OVER: _ENDED,
        Event.UNCLEAR: _ASK_AGAIN,
        Event.NOT_MEANT: Transition(State.ACTIVE, (Action.DROP_ANSWER, Action.LISTEN_ON)),
        Event.NOBODY: _ENDED,
        Event.FALSE_WAKE: _ENDED,
        Event.INTERRUPT: _BARGE_IN,
        Event.STOPPED: _ENDED,
        Event.ANSWER_FAILED: _GIVE_UP,
        Event.EARS_FAILED: Transition(State.PROCESSING),
        **dict.fromkeys(_ANYWHERE, _ENDED),
    },
    State.SPEAKING: {
        Event.REPLY_OVER: _AGAIN,
        Event.FAREWELL_OVER: _ENDED,
        Event.INTERRUPT: _BARGE_IN,
        Event.STOPPED: _ENDED,
        Event.ANSWER_FAILED: _GIVE_UP,
        Event.EARS_FAILED: Transition(State.SPEAKING),
        **dict.fromkeys(_ANYWHERE, _ENDED),
    },
}


def transition(state: State, event: Event) -> Transition:
    """Where `event` leads from `state`; raises `IllegalEvent`."""
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise IllegalEvent(state, event) from None
