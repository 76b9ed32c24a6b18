import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.pi.session_states import (
    IN_SESSION,
    TRANSITIONS,
    IllegalTransition,
    SessionEvent,
    SessionState,
    next_state,
)

SESSION_ONLY = {SessionEvent.HEARING, SessionEvent.HEARD, SessionEvent.FAILED, SessionEvent.END}


def cannot_be(state: SessionState, event: SessionEvent) -> bool:
    if event is SessionEvent.NOTE:
        return state in IN_SESSION
    if event is SessionEvent.NOTED:
        return state is not SessionState.NOTING
    if event is SessionEvent.SPEECH:
        return state is SessionState.NOTING  # there is no link
    return state not in IN_SESSION and event in SESSION_ONLY


@pytest.mark.parametrize("state", SessionState)
@pytest.mark.parametrize("event", SessionEvent)
def test_every_pair_is_a_transition_or_can_never_be(state: SessionState, event: SessionEvent) -> None:
    if cannot_be(state, event):
        with pytest.raises(IllegalTransition, match=f"{event.name} in {state.name}"):
            next_state(state, event)
    else:
        assert next_state(state, event) in SessionState


@pytest.mark.parametrize("state", SessionState)
def test_without_a_link_nothing_goes_on(state: SessionState) -> None:
    assert next_state(state, SessionEvent.LINK_LOST) is SessionState.IDLE
    assert next_state(state, SessionEvent.ABORT) is SessionState.IDLE


@given(st.lists(st.sampled_from(SessionEvent), max_size=40))
def test_sessions_begin_only_by_a_hotword_and_end_only_by_an_end(events: list[SessionEvent]) -> None:
    state = SessionState.IDLE
    for event in events:
        if (state, event) not in TRANSITIONS:
            continue
        before, state = state, next_state(state, event)
        if before not in IN_SESSION and state in IN_SESSION:
            assert event is SessionEvent.WAKE
        if before in IN_SESSION and state not in IN_SESSION:
            assert event in {SessionEvent.END, SessionEvent.ABORT, SessionEvent.LINK_LOST}
