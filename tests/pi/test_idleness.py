from collections.abc import Sequence

import trio

from tars.link.states import Down
from tars.pi import status
from tars.pi.idleness import LONGEST, wait_until_done
from tars.pi.session_states import SessionState
from tars.pi.status import StatusEvent, StatusFeed
from tests.support.virtual import run_virtual


def ends_at(*events: tuple[float, StatusEvent], over: float = 0.0, for_ever: Sequence[StatusEvent] = ()) -> float:
    """When a program ends whose input is over at `over` and in which this happens, some of it each second."""

    async def main() -> float:
        feed, input_over = StatusFeed(), trio.Event()

        async def happen() -> None:
            for at, event in events:
                await trio.sleep_until(at)
                feed.publish(event)

        async def go_on() -> None:
            while True:
                for event in for_ever:
                    feed.publish(event)
                await trio.sleep(1)

        async def end_input() -> None:
            await trio.sleep_until(over)
            input_over.set()

        async with trio.open_nursery() as nursery:
            incoming = feed.subscribe()
            nursery.start_soon(happen)
            nursery.start_soon(end_input)
            if for_ever:
                nursery.start_soon(go_on)
            await wait_until_done(input_over, incoming)
            nursery.cancel_scope.cancel()
        return trio.current_time()

    return run_virtual(main)


def state(at: float, which: SessionState) -> tuple[float, StatusEvent]:
    return at, status.SessionChanged(which)


def test_a_file_without_a_hotword_ends_soon_also_without_a_server() -> None:
    down = status.LinkChanged(Down("connection refused", 1.0, 1))
    assert ends_at(*((float(n), down) for n in range(1, 60)), over=10.0) == 13.0


def test_ends_when_the_answer_has_been_heard() -> None:
    assert (
        ends_at(
            state(1, SessionState.LISTENING),
            state(3, SessionState.WAITING),
            (10, status.ReplySaid("It is noon.", final=True)),
            state(10.5, SessionState.SPEAKING),
            state(18, SessionState.LISTENING),
            over=4.0,
        )
        == 21.0
    )


def test_waits_for_an_answer_but_not_for_ever() -> None:
    assert ends_at(state(1, SessionState.LISTENING), state(3, SessionState.WAITING), over=4.0) == 24.0
    assert ends_at(state(1, SessionState.LISTENING), over=4.0) == 14.0


def test_what_happens_before_the_end_of_the_input_ends_nothing() -> None:
    assert ends_at(state(1, SessionState.LISTENING), state(2, SessionState.IDLE), over=100.0) == 103.0


def test_what_waits_for_the_link_gets_its_time() -> None:
    waiting = (5.0, status.SessionSuspended("s", 60.0))
    resumed = (50.0, status.SessionResumed("s", 0))
    assert ends_at(state(1, SessionState.LISTENING), waiting, resumed) == 60.0
    kept = (5.0, status.OfflineQuestion(status.OfflineStep.KEPT, 120.0))
    assert ends_at(state(1, SessionState.NOTING), state(5, SessionState.IDLE), kept) == 128.0


def test_a_long_answer_is_heard_to_its_end() -> None:
    speaks = state(5, SessionState.SPEAKING)
    assert ends_at(state(1, SessionState.LISTENING), speaks, state(95, SessionState.LISTENING)) == 105.0


def test_a_server_that_never_stops_talking_is_left() -> None:
    grows = status.ReplySaid("and so on", final=False)
    assert ends_at(state(1, SessionState.SPEAKING), over=4.0, for_ever=[grows]) == 4.0 + LONGEST


def test_a_link_that_comes_and_goes_for_ever_is_left_after_the_longest_wait() -> None:
    flaps: list[StatusEvent] = [status.SessionSuspended("s", 60.0), status.SessionResumed("s", 0)]
    assert ends_at(state(1, SessionState.LISTENING), over=4.0, for_ever=flaps) == 4.0 + LONGEST + 60.0


def test_a_sound_card_that_comes_and_goes_is_no_reason_to_wait() -> None:
    flaps: list[StatusEvent] = [
        status.DeviceTrouble("speaker", "it was pulled out"),
        status.DeviceTrouble("speaker", None),
    ]
    assert ends_at(over=4.0, for_ever=flaps) == 7.0
