import pytest

from benchmarks._device import Answer, Clip
from benchmarks.answer_latency import COMMANDS, PAUSED, STAGES, Asked
from tars.server.brains.templates import build_grammar

GRAMMAR = build_grammar(["hey_jarvis"])


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_are_whole_sentences_of_the_grammar(command: str) -> None:
    assert GRAMMAR.is_complete(command)


@pytest.mark.parametrize(("before", "after"), PAUSED)
def test_the_grammar_is_not_complete_where_the_pause_is(before: str, after: str) -> None:
    assert not GRAMMAR.is_complete(before)
    assert GRAMMAR.may_continue(before)
    assert GRAMMAR.is_complete(f"{before} {after}")


TURN = {
    "hotword_ms": 0.0,
    "speech_end_ms": 2055.0,
    "endpoint_ms": 2215.0,
    "transcript_ms": 2230.0,
    "brain_first_word_ms": 2190.0,
    "tts_first_byte_ms": 2233.0,
}


def asked(**turn: float | None) -> Asked:
    answer = Answer(hotword=100.0, speech_end=102.0, first_sample=102.241)
    return Asked(Clip("what time is it", b"", b"", 2.0), answer, {**TURN, **turn}, understood=True)


def test_the_stages_are_the_whole_latency_and_a_prepared_reply_costs_nothing() -> None:
    times = asked().stages()
    assert times is not None
    assert dict(zip(STAGES, times, strict=True)) == pytest.approx(
        dict(zip(STAGES, (59, 160, 15, 0, 3, 4), strict=True))
    )
    assert sum(times) == pytest.approx(241)


def test_a_turn_whose_trace_is_not_whole_has_no_stages() -> None:
    assert asked(brain_first_word_ms=None).stages() is None
