"""What the demonstration makes of the programs' logs."""

import io

import pytest
from rich.console import Console

from tars.demo.programs import Event, read_event
from tars.demo.timeline import Timeline, sentence
from tars.demo.waterfall import waterfall


def test_a_log_line_is_an_event() -> None:
    line = b'{"event": "link_up", "time": "2026-01-01T00:00:00.000Z", "monotonic": 4.5, "attempt": 2}'
    event = read_event("tars-pi", line)
    assert event is not None
    assert (event.name, event.monotonic, event.fields["attempt"]) == ("link_up", 4.5, 2)


@pytest.mark.parametrize("line", [b"", b"Traceback", b"[]", b"{}", b'{"event": "x", "monotonic": null}', b"\xff"])
def test_anything_else_is_not(line: bytes) -> None:
    assert read_event("tars-pi", line) is None


@pytest.mark.parametrize(
    ("program", "name", "fields", "said"),
    [
        ("tars-pi", "hotword", {"hotword": "hey_jarvis", "score": 0.987}, "heard “hey_jarvis” (score 0.99)"),
        ("tars-pi", "transcript", {"text": "what time", "final": False}, None),
        ("tars-pi", "transcript", {"text": "what time is it", "final": True}, "heard: what time is it"),
        ("tars-server", "transcript", {"text": "what time is it", "final": True}, None),
        ("tars-pi", "link_down", {"reason": "gone", "retry_in": 0.2}, "link down: gone; next dial in 0.20 s"),
        ("tars-pi", "link_down", {"reason": "gone"}, "link_down {'reason': 'gone'}"),
        ("tars-server", "worker_ready", {}, None),
    ],
)
def test_a_person_reads_what_happened_once(
    program: str, name: str, fields: dict[str, object], said: str | None
) -> None:
    assert sentence(Event(program, name, 0.0, fields)) == said


def shown(*events: Event) -> str:
    out = io.StringIO()
    timeline = Timeline(Console(file=out, width=60).print, began=10.0)
    for event in events:
        timeline.show(event)
    return out.getvalue()


def test_the_timeline_counts_from_the_beginning() -> None:
    up, other = (Event("tars-pi", name, 12.25, {"attempt": 1}) for name in ("link_up", "of_no_interest"))
    assert shown(up, other).split() == ["2.25", "tars-pi", "link", "up,", "dial", "1"]


def test_a_dial_that_fails_as_the_one_before_did_is_no_news() -> None:
    refused, broken = (
        Event("tars-pi", "link_down", 12.0, {"reason": reason, "retry_in": 1.0})
        for reason in ("refused", "broken")
    )
    up = Event("tars-pi", "link_up", 12.0, {"attempt": 3})
    text = shown(broken, refused, refused, refused, up, refused)
    assert text.count("broken") == 1
    assert text.count("refused") == 2


def test_a_long_line_goes_on_below_its_beginning() -> None:
    first, second = shown(Event("tars-demo", "step", 11.0, {"text": "word " * 12})).splitlines()
    assert second.index("word") == first.index("word")


def test_the_waterfall_orders_the_stages_and_leaves_out_what_did_not_happen() -> None:
    out = io.StringIO()
    turn = {
        "text": "a",
        "reply": "b",
        "speech_end_ms": 1000,
        "endpoint_ms": 1200.4,
        "hotword_ms": 0,
        "transcript_ms": None,
    }
    Console(file=out, width=120).print(waterfall(turn))
    text = out.getvalue()
    assert "+200" in text
    assert "transcript" not in text
    assert text.index("hotword heard") < text.index("speech ends") < text.index("endpoint confirmed")


def test_the_bars_of_the_waterfall_follow_one_another_from_the_last_word_to_the_first_sound() -> None:
    out = io.StringIO()
    turn = {"speech_end_ms": 0, "endpoint_ms": 100, "transcript_ms": 150, "playback_start_ms": 200}
    turn |= {"playback_end_ms": 9000}
    Console(file=out, width=120).print(waterfall(turn))
    bars = [(line.find("━"), line.count("━")) for line in out.getvalue().splitlines() if "━" in line]
    (first, half), (second, quarter), (third, last) = bars
    assert (half, quarter, last) == (12, 6, 6)
    assert (second, third) == (first + half, first + half + quarter)


def test_an_empty_turn_has_an_empty_waterfall() -> None:
    assert waterfall({}).row_count == 0


def test_what_was_said_commands_no_terminal() -> None:
    nasty = "\x1b[2J\u202e"
    text = shown(Event("tars-pi", "transcript", 12.0, {"text": nasty, "final": True}))
    out = io.StringIO()
    Console(file=out, width=60).print(waterfall({"text": nasty, "reply": nasty}))
    assert all(line.isprintable() for line in (text + out.getvalue()).split("\n"))
    assert r"\x1b[2J\u202e" in text
