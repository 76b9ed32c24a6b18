"""The device's table and the server's, with messages between them that take as long as they like.

The shells around the tables are played in their plainest form: which message leads to which event. A pair of
state and event that is not in its table raises; a session that begins has to end, once, at both sides; and from
wherever it stands, everything comes to rest, and a hotword is heard again.
"""

from collections import Counter, deque
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from tars.pi import session_states as device_table
from tars.pi.session_states import SessionEvent, SessionState, next_state
from tars.server.conversation import states as server_table
from tars.server.conversation.states import Action, Event, State, transition
from tests.fuzz.machines.running import Counted, run

Message = tuple[str, int]
"""Its type, and its session."""
BY_ITSELF = (
    Event.QUESTION, Event.UNCLEAR, Event.NOTHING, Event.REPLY_STARTS, Event.REPLY_OVER, Event.FAREWELL_OVER,
    Event.ANSWER_FAILED, Event.EARS_FAILED, Event.DEAF, Event.SILENCE, Event.BROKEN, Event.SHUTDOWN,
)  # fmt: skip
"""What happens to a conversation without its device's doing."""
SAYS = {Event.QUESTION: "transcript", Event.REPLY_STARTS: "speech", Event.ANSWER_FAILED: "error"}
IN_A_SESSION = {SessionState.LISTENING, SessionState.WAITING, SessionState.SPEAKING}


class Sessions(Counted):
    """One device and its server."""

    def __init__(self) -> None:
        super().__init__()
        self.linked = True
        self.up: deque[Message] = deque()
        self.down: deque[Message] = deque()
        self.device, self.session = SessionState.IDLE, 0
        self.server, self.conversation = State.PASSIVE, 0
        self.last_session = 0
        self.starts: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()

    def patient(self) -> bool:
        """Whether there was time for something to happen since the last end: else nothing ever would."""
        return self.age % 8 == 0

    # ---- the device

    def move(self, event: SessionEvent) -> None:
        self.device = next_state(self.device, event)

    def over(self) -> None:
        self.session = 0
        self.ends["device"] += 1

    def say(self, kind: str, session: int) -> None:
        if self.linked:
            self.up.append((kind, session))

    @rule()
    def hotword(self) -> None:
        if not self.linked:
            if not self.session:
                self.move(SessionEvent.NOTE)
            return
        if self.device in (SessionState.SPEAKING, SessionState.WAITING):
            self.say("interrupt", self.session)
        self.move(SessionEvent.WAKE)
        if not self.session:
            self.last_session += 1
            self.session = self.last_session
            self.starts["device"] += 1
            self.say("hotword", self.session)

    @precondition(lambda self: self.device is SessionState.LISTENING and self.patient())
    @rule()
    def button_ends_it(self) -> None:
        self.say("session_end", self.session)
        self.over()
        self.move(SessionEvent.ABORT)

    @precondition(lambda self: self.device is SessionState.NOTING)
    @rule()
    def recording_ends(self) -> None:
        self.move(SessionEvent.NOTED)

    @precondition(lambda self: self.device in (SessionState.SPEAKING, SessionState.ANNOUNCING))
    @rule()
    def loudspeaker_is_done(self) -> None:
        self.move(SessionEvent.SPEECH_OVER)

    @precondition(lambda self: self.down)
    @rule(count=st.integers(1, 4))
    def messages_reach_the_device(self, count: int) -> None:
        for _ in range(min(count, len(self.down))):
            self.message_reaches_the_device()

    def message_reaches_the_device(self) -> None:
        kind, session = self.down.popleft()
        if session != self.session:
            return  # of a session that is over
        match kind:
            case "transcript":
                self.move(SessionEvent.HEARD)
            case "speech":
                self.move(SessionEvent.SPEECH)
            case "error":
                self.move(SessionEvent.FAILED)
            case "session_end":
                self.over()
                self.move(SessionEvent.END)

    # ---- the server

    def step(self, event: Event) -> None:
        step = transition(self.server, event)
        self.server = step.state
        if (kind := SAYS.get(event)) is not None:
            self.tell(kind)
        if Action.END in step.actions:
            self.ends["server"] += 1
            self.tell("session_end")
            self.conversation = 0

    def tell(self, kind: str) -> None:
        if self.linked:
            self.down.append((kind, self.conversation))

    @precondition(lambda self: self.server is not State.PASSIVE)
    @rule(data=st.data())
    def something_happens_at_the_server(self, data: st.DataObject) -> None:
        possible = [event for event in BY_ITSELF if event in server_table.TRANSITIONS[self.server]]
        self.step(data.draw(st.sampled_from(possible)))

    @precondition(lambda self: self.up)
    @rule(count=st.integers(1, 4))
    def messages_reach_the_server(self, count: int) -> None:
        for _ in range(min(count, len(self.up))):
            self.message_reaches_the_server()

    def message_reaches_the_server(self) -> None:
        kind, session = self.up.popleft()
        if kind == "hotword":
            if self.conversation:
                self.step(Event.DEVICE_ENDS)
            self.conversation = session
            self.starts["server"] += 1
            self.step(Event.HOTWORD)
        elif session != self.conversation:
            return  # `no_session`
        elif kind == "session_end":
            self.step(Event.DEVICE_ENDS)
        elif self.server in (State.PROCESSING, State.SPEAKING):
            self.step(Event.INTERRUPT)

    # ---- the link

    @precondition(lambda self: self.linked and self.patient())
    @rule()
    def link_is_lost(self) -> None:
        self.linked = False
        self.up.clear()
        self.down.clear()
        if self.session:
            self.over()
        self.move(SessionEvent.LINK_LOST)
        if self.conversation:
            self.step(Event.DISCONNECTED)

    @precondition(lambda self: not self.linked)
    @rule()
    def link_is_back(self) -> None:
        self.linked = True

    # ---- what holds

    @invariant()
    def sessions_are_where_the_states_say(self) -> None:
        assert bool(self.session) == (self.device in IN_A_SESSION), f"{self.device} in session {self.session}"
        assert bool(self.conversation) == (self.server is not State.PASSIVE), f"{self.server} while there is none"

    @invariant()
    def nothing_ends_more_often_than_it_starts(self) -> None:
        for side, going in (("device", self.session), ("server", self.conversation)):
            assert self.starts[side] - self.ends[side] == bool(going), f"ends at the {side}: {self.ends[side]}"

    def teardown(self) -> None:
        self.linked = True
        if self.device is SessionState.NOTING:
            self.recording_ends()
        self._come_to_rest()
        before = self.starts["server"]
        self.hotword()
        self.message_reaches_the_server()
        assert (self.device, self.server) == (SessionState.LISTENING, State.ACTIVE), "stuck"
        assert self.starts["server"] == before + 1
        self._come_to_rest()
        assert self.ends == self.starts

    def _come_to_rest(self) -> None:
        """Everything under way arrives, the loudspeaker plays out, and nobody speaks any more."""
        for _ in range(200):
            if self.up:
                self.message_reaches_the_server()
            elif self.down:
                self.message_reaches_the_device()
            elif self.device in device_table.TALKING:
                self.loudspeaker_is_done()
            elif self.server in (State.PROCESSING, State.SPEAKING):
                self.step(Event.REPLY_OVER)
            elif self.server is State.ACTIVE:
                self.step(Event.SILENCE)
            else:
                assert self.device is SessionState.IDLE, f"stuck while {self.device}"
                return
        raise AssertionError("stuck: it never comes to rest")


def test_no_state_is_stuck_and_all_that_starts_ends_once() -> None:
    assert run(Sessions, runs=320, steps=50) >= 10_000


@pytest.mark.parametrize(
    ("table", "pair"),
    [
        (device_table.TRANSITIONS, (SessionState.WAITING, SessionEvent.FAILED)),
        (server_table.TRANSITIONS[State.PROCESSING], Event.INTERRUPT),
    ],
    ids=["device", "server"],
)
def test_the_machine_notices(table: Any, pair: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(table, pair)
    with pytest.raises((device_table.IllegalTransition, server_table.IllegalEvent)):
        run(Sessions, runs=200, steps=50, shrink=False)
