import pytest

from benchmarks.answer_latency import COMMANDS, PAUSED
from tars.server.brains.grammar import build_grammar

GRAMMAR = build_grammar(["hey_jarvis"])


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_are_whole_sentences_of_the_grammar(command: str) -> None:
    assert GRAMMAR.is_complete(command)


@pytest.mark.parametrize(("before", "after"), PAUSED)
def test_the_grammar_is_not_complete_where_the_pause_is(before: str, after: str) -> None:
    assert not GRAMMAR.is_complete(before)
    assert GRAMMAR.may_continue(before)
    assert GRAMMAR.is_complete(f"{before} {after}")
