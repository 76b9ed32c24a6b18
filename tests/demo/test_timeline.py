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


def test_the_timeline_counts_from_the_beginning() -> None:
    out = io.StringIO()
    timeline = Timeline(Console(file=out, width=100), began=10.0)
    timeline.show(Event("tars-pi", "link_up", 12.25, {"attempt": 1}))
    timeline.show(Event("tars-pi", "of_no_interest", 12.5, {}))
    assert out.getvalue() == "   2.25 s  tars-pi     link up, dial 1\n"


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


def test_an_empty_turn_has_an_empty_waterfall() -> None:
    assert waterfall({}).row_count == 0
