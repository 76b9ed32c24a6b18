"""The table: nothing is stuck, nothing is forgotten."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.server.conversation.states import (
    END_REASONS,
    TRANSITIONS,
    Action,
    Event,
    IllegalEvent,
    State,
    transition,
)


def test_every_state_can_be_reached() -> None:
    reached = {State.PASSIVE}
    while more := {step.state for state in reached for step in TRANSITIONS[state].values()} - reached:
        reached |= more
    assert reached == set(State)


@pytest.mark.parametrize("state", [state for state in State if state is not State.PASSIVE])
@pytest.mark.parametrize(
    "event", [Event.DISCONNECTED, Event.SHUTDOWN, Event.DEVICE_ENDS, Event.DEAF, Event.BROKEN]
)
def test_whatever_ends_a_session_does_so_everywhere(state: State, event: Event) -> None:
    step = transition(state, event)
    assert step.state is State.PASSIVE
    assert step.actions == (Action.DROP_ANSWER, Action.END)


@pytest.mark.parametrize("state", [State.PROCESSING, State.SPEAKING])
@pytest.mark.parametrize("event", [Event.ANSWER_FAILED, Event.REPLY_OVER, Event.INTERRUPT])
def test_an_answer_always_leads_back_to_listening(state: State, event: Event) -> None:
    step = transition(state, event)
    assert step.state is State.ACTIVE
    assert {Action.LISTEN, Action.LISTEN_BACK} & set(step.actions)


def test_exactly_the_events_that_end_a_session_have_a_reason() -> None:
    ending = {
        event for steps in TRANSITIONS.values() for event, step in steps.items() if Action.END in step.actions
    }
    assert ending == set(END_REASONS)
    for steps in TRANSITIONS.values():
        for step in steps.values():
            assert (step.state is State.PASSIVE) == (Action.END in step.actions)


@given(st.lists(st.sampled_from(Event), max_size=60))
def test_sessions_end_exactly_as_often_as_they_start(events: list[Event]) -> None:
    state, starts, ends = State.PASSIVE, 0, 0
    for event in events:
        if event in TRANSITIONS[state]:
            step = transition(state, event)
            starts += Action.ANNOUNCE in step.actions
            ends += Action.END in step.actions
            state = step.state
    assert starts - ends == (state is not State.PASSIVE)


def test_an_illegal_event_names_both() -> None:
    with pytest.raises(IllegalEvent, match="question while speaking"):
        transition(State.SPEAKING, Event.QUESTION)
