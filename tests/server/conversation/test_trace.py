"""Moments of a turn, and of the audio."""

from tars.server.conversation.trace import AudioClock, Moment, Speculation, TurnTrace


def test_a_stage_counts_when_it_is_first_reached() -> None:
    trace = TurnTrace(began=100.0)
    trace.mark(Moment.FIRST_AUDIO, 100.02)
    trace.mark(Moment.FIRST_AUDIO, 100.5)
    fields = trace.fields()
    assert fields["first_audio_ms"] == 20.0
    assert fields["playback_end_ms"] is None
    assert fields["speculation"] == "none"


def test_a_stage_can_be_reached_anew() -> None:
    trace = TurnTrace(began=0.0)
    trace.mark_again(Moment.SPEECH_END, 1.0)
    trace.mark_again(Moment.SPEECH_END, 4.0)
    trace.mark_again(Moment.SPEECH_END, None)
    assert trace.fields()["speech_end_ms"] == 4000.0


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
