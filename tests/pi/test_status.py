import io
import json
from typing import Any

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tars.link.states import Dialling, Down, LinkState, Up
from tars.logs import LogFormat, configure_logs
from tars.pi import status
from tars.pi.display import render
from tars.pi.session_states import SessionState
from tars.pi.status import Status, StatusEvent, StatusFeed
from tars.pi.status_log import LinkLines, write_log
from tests.support.virtual import run_virtual

REFUSED = Down("connection refused", retry_in=4.0, attempt=9)
LOST = Down("the connection broke", retry_in=0.1, attempt=1)
UP = Up(attempt=2, peer="server:7456")


def logged(*events: StatusEvent, level: str = "info", every_change: bool = True) -> list[dict[str, Any]]:
    """The JSON log lines about these events."""
    output = io.StringIO()
    configure_logs(LogFormat.JSON, level=level, stream=output)

    async def main() -> None:
        feed = StatusFeed()
        incoming = feed.subscribe()
        for event in events:
            feed.publish(event)
        feed.close()
        await write_log(incoming, "ws://server:7456/", every_change=every_change)

    run_virtual(main)
    return [json.loads(line) for line in output.getvalue().splitlines()]


def test_log_events_have_their_promised_names_and_fields() -> None:
    lines = logged(
        status.LinkChanged(Dialling(1)),
        status.LinkChanged(UP),
        status.HotwordHeard("hey_jarvis", 0.87654, connected=True),
        status.SessionStarted("s"),
        status.SessionChanged(SessionState.LISTENING),
        status.TranscriptHeard("what time is it", final=True),
        status.ReplySaid("It", final=False),
        status.ReplySaid("It is noon.", final=True),
        status.PlaybackStarted("u"),
        status.PlaybackCompleted("u"),
        status.SessionSuspended("s", 30.0),
        status.SessionResumed("s", 640),
        status.SessionEnded("s", "timeout"),
        status.OfflineQuestion(status.OfflineStep.KEPT, 120.0),
        status.LinkChanged(LOST),
    )
    promised: dict[str, dict[str, object]] = {
        "link_up": {"server": "ws://server:7456/", "attempt": 2},
        "hotword": {"hotword": "hey_jarvis", "score": 0.877},
        "session_started": {},
        "transcript": {"text": "what time is it", "final": True},
        "reply": {"text": "It is noon."},
        "playback_started": {},
        "playback_complete": {},
        "session_suspended": {"window": 30.0},
        "session_resumed": {"sent_bytes": 640},
        "session_end": {"reason": "timeout"},
        "offline_question_kept": {"seconds": 120.0},
        "link_down": {"reason": "the connection broke", "retry_in": 0.1},
    }
    assert [line["event"] for line in lines] == list(promised)
    for line, fields in zip(lines, promised.values(), strict=True):
        assert {"time", "monotonic"} <= line.keys()
        assert fields.items() <= line.items()


def test_programs_are_told_of_every_change_of_the_link_and_people_of_what_is_new() -> None:
    outages = [status.LinkChanged(state) for _ in range(50) for state in (UP, LOST, REFUSED, REFUSED)]
    assert len(logged(*outages)) == 200
    assert len(logged(*outages, every_change=False)) == 30


def told(changes: list[tuple[float, Up | Down]]) -> int:
    lines = LinkLines()
    return sum(lines.worth(state, now) for now, state in changes)


def test_a_night_without_a_server_is_a_readable_log() -> None:
    night: list[tuple[float, Up | Down]] = [(5.0 * dial, REFUSED) for dial in range(7_200)]
    assert told([(0, UP), (1, LOST), *night, (36_001, UP)]) <= 2 + 61 + 1


def test_a_link_that_flaps_all_night_is_a_readable_log() -> None:
    flapping = [(5.0 * n, state) for n in range(3_600) for state in (UP, LOST)]
    assert told(flapping) <= 30 + 36_000 / 60


def test_every_one_of_a_few_outages_is_told() -> None:
    outages: list[tuple[float, Up | Down]] = []
    for n in range(5):
        outages += [(n * 60.0, LOST), (n * 60 + 1.0, REFUSED), (n * 60 + 5.0, REFUSED), (n * 60 + 9.0, UP)]
    assert told(outages) == 15


@pytest.mark.parametrize(
    ("link", "words"),
    [
        (UP, ["linked", "40 ms"]),
        (Dialling(3), ["dialling", "3"]),
        (REFUSED, ["connection refused", "next dial in 2.5 s"]),
    ],
)
def test_the_live_line_shows_the_link_with_round_trip_or_countdown(link: LinkState, words: list[str]) -> None:
    line = render(Status().after(status.LinkChanged(link), now=10.0), now=11.5, round_trip=0.04).plain
    for word in words:
        assert word in line


def test_the_live_line_shows_the_conversation_and_what_is_wrong() -> None:
    now = Status()
    for event in (
        status.LinkChanged(UP),
        status.SessionChanged(SessionState.SPEAKING),
        status.TranscriptHeard("what time is it", final=True),
        status.ReplySaid("It is noon.", final=True),
    ):
        now = now.after(event, 0.0)
    line = render(now, 0.0, None).plain
    assert "speaking" in line
    assert "“what time is it”  → It is noon." in line
    now = now.after(status.LinkChanged(REFUSED), 1.0).after(status.HotwordHeard("hey_jarvis", 1, False), 2.0)
    assert "heard hey_jarvis: not connected" in render(now, 2.0, None).plain
    assert "not connected" not in render(now.after(status.LinkChanged(UP), 3.0), 3.0, None).plain


def test_the_live_line_shows_a_deaf_device_until_it_is_back() -> None:
    lost = Status().after(status.DeviceTrouble("microphone", "no sound passed for 3 s"), 0.0)
    assert "microphone: no sound passed for 3 s" in render(lost, 0.0, None).plain
    back = lost.after(status.DeviceTrouble("microphone", None), 1.0)
    assert "microphone" not in render(back, 1.0, None).plain


def test_a_mute_is_shown_until_it_is_over_whatever_else_happens() -> None:
    muted = Status().after(status.MuteChanged(True), 0.0)
    for event in (status.HotwordHeard("hey_jarvis", 1.0, True), status.ReplySaid("It's noon.", True)):
        muted = muted.after(event, 1.0)
        assert "muted" in render(muted, 1.0, None).plain
    assert "It's noon." in render(muted, 1.0, None).plain
    assert "muted" not in render(muted.after(status.MuteChanged(False), 2.0), 2.0, None).plain


def test_a_consumer_that_is_too_slow_holds_nobody_up() -> None:
    async def main() -> None:
        feed = StatusFeed()
        slow, gone = feed.subscribe(), feed.subscribe()
        gone.close()
        for _ in range(status.FEED_LENGTH + 7):
            feed.publish(status.SessionStarted("s"))
        assert feed.lost == 7
        feed.close()
        count = 0
        async for _ in slow:
            count += 1
        assert count == status.FEED_LENGTH

    trio.run(main)


def test_a_session_that_waits_for_its_link_is_shown_and_a_hotword_does_not_hide_it() -> None:
    status_now = Status()
    waiting = "connection lost, going on when it is back"
    for event, shown in (
        (status.SessionChanged(SessionState.SPEAKING), False),
        (status.SessionSuspended("s", 30.0), True),
        (status.HotwordHeard("hey_jarvis", 0.9, connected=False), True),
        (status.SessionResumed("s", 640), False),
    ):
        status_now = status_now.after(event, 1.0)
        assert (waiting in render(status_now, 1.0, None).plain) is shown
    assert not status_now.notice


def test_what_becomes_of_a_question_without_a_link_is_shown() -> None:
    status_now = Status()
    for step, words in (
        (status.OfflineStep.RECORDING, "go ahead"),
        (status.OfflineStep.KEPT, "will ask when it is back"),
        (status.OfflineStep.GIVEN_UP, "gave up"),
    ):
        status_now = status_now.after(status.OfflineQuestion(step, 120.0), 1.0)
        assert words in render(status_now, 1.0, None).plain


nasty = st.text(st.characters(codec=None)) | st.sampled_from(
    ["\x1b[2J", "\x9b2J", "\u202e", "[red]x[/red]", "a\nb"]
)


@given(nasty, nasty, nasty, nasty)
def test_what_the_server_sends_commands_no_terminal(one: str, two: str, three: str, four: str) -> None:
    for event in (
        status.LinkChanged(Down(one, 1.0, 1)),
        status.TranscriptHeard(one, True),
        status.ReplySaid(two, True),
        status.Notified(two, three),
        status.Trouble(three, four),
        status.DeviceTrouble("speaker", one),
        status.HotwordHeard(four, 0.5, connected=False),
    ):
        assert render(Status().after(event, 0.0), 0.0, None).plain.isprintable()


def test_what_looks_like_markup_is_shown_as_it_is() -> None:
    screen = io.StringIO()
    console = Console(file=screen, width=80)
    console.print(render(Status().after(status.TranscriptHeard("[red]x[/red]", True), 0.0), 0.0, None))
    assert "“[red]x[/red]”" in screen.getvalue()


def test_an_unplanned_end_of_the_link_is_a_warning_and_a_planned_one_is_none() -> None:
    planned = Down("the server restarts", retry_in=2.0, attempt=1, planned=True)
    for every_change in (True, False):
        changes = [status.LinkChanged(state) for state in (UP, LOST, REFUSED, UP, planned)]
        lines = logged(*changes, every_change=every_change)
        assert [(line["event"], line["level"]) for line in lines] == [
            ("link_up", "info"), ("link_down", "warning"), ("link_down", "warning"), ("link_up", "info"),
            ("link_down", "info"),
        ]  # fmt: skip
