"""Moments of a turn, and of the audio."""

from tars.server.conversation.trace import AudioClock, Moment, Speculation, TurnTrace
from tars.server.speech.recogniser import Utterance


def test_a_stage_counts_when_it_is_first_reached() -> None:
    trace = TurnTrace(began=100.0)
    trace.mark(Moment.FIRST_AUDIO, 100.02)
    trace.mark(Moment.FIRST_AUDIO, 100.5)
    fields = trace.fields()
    assert fields["first_audio_ms"] == 20.0
    assert fields["playback_end_ms"] is None
    assert fields["speculation"] == "none"


def test_the_last_utterance_counts() -> None:
    trace, clock = TurnTrace(began=0.0), AudioClock()
    clock.fed(5.0, 5.0)
    trace.mark_utterance(Utterance("", "general", 1.0, 1.2, 1.5), clock, 1.5)
    trace.mark_utterance(Utterance("what time is it", "grammar", 3.0, 4.0, 4.2), clock, 4.25)
    fields = trace.fields()
    assert (fields["speech_start_ms"], fields["speech_end_ms"]) == (3000.0, 4000.0)
    assert (fields["endpoint_ms"], fields["transcript_ms"]) == (4200.0, 4250.0)


def test_audio_that_comes_in_bursts_is_dated_by_its_earliest_arrival() -> None:
    clock = AudioClock()
    assert clock.when(0.0) is None
    clock.fed(0.0, 8.7)  # a little late
    clock.fed(1.5, 10.0)  # pre-roll: spoken before it was sent
    clock.fed(0.1, 10.1)
    clock.fed(0.1, 10.9)  # the link stalled for a moment
    clock.fed(0.7, 10.9)
    assert clock.when(1.5) == 10.0
    assert clock.when(0.0) == 8.5
    clock.gap()
    assert clock.when(2.0) is None
    clock.fed(0.1, 20.0)
    assert round(clock.when(2.4) or 0, 6) == 19.9 + 0.0


def test_speculation_is_named_in_the_trace() -> None:
    trace = TurnTrace(began=0.0, speculation=Speculation.USED)
    assert trace.fields()["speculation"] == "used"
