"""Who gets the synthesiser next, and who no longer wants it; without the native library."""

from collections.abc import Callable
from typing import cast

import attrs
import pytest

from tars.server.tts.synthesis_queue import Clause, SynthesisQueue
from tars.server.workers.child import ChildLine


@attrs.define
class FakeLine:
    """The child's end of a line, closed by the parent after `patience` pieces."""

    patience: int = 99
    sent: list[bytes] = attrs.field(factory=list)
    finished: bool = False

    def unwanted(self) -> bool:
        return len(self.sent) >= self.patience

    def send(self, body: bytes) -> None:
        self.sent.append(body)

    def finish(self) -> None:
        self.finished = True


@attrs.define
class FakeEspeak:
    """Makes one piece of audio for each word."""

    pieces: int = 0

    def synthesise(self, text: str, sink: Callable[[bytes], bool], /) -> None:
        for word in text.split():
            self.pieces += 1
            if sink(word.encode()):
                return


def synthesiser(espeak: FakeEspeak) -> SynthesisQueue:
    return SynthesisQueue(espeak)


def open_line(work: SynthesisQueue, line: FakeLine, text: str) -> Clause:
    sentence = work.open(cast("ChildLine", line), text.encode())
    assert isinstance(sentence, Clause)
    return sentence


def test_clauses_are_said_in_turn_and_their_lines_finished() -> None:
    work = synthesiser(FakeEspeak())
    one, two = FakeLine(), FakeLine()
    open_line(work, one, "how are you")
    open_line(work, two, "fine")
    assert work.idle()
    assert (one.sent, one.finished, two.sent) == ([b"how", b"are", b"you"], True, [])
    assert work.idle()
    assert (two.sent, two.finished) == ([b"fine"], True)
    assert not work.idle()


def test_a_clause_that_is_not_wanted_any_more_stops_at_the_next_piece() -> None:
    espeak = FakeEspeak()
    work = synthesiser(espeak)
    line = FakeLine(patience=2)
    open_line(work, line, "one two three four five")
    assert work.idle()
    assert line.sent == [b"one", b"two"]
    assert espeak.pieces == 3


def test_a_clause_that_was_given_up_while_it_waited_costs_nothing() -> None:
    espeak = FakeEspeak()
    work = synthesiser(espeak)
    open_line(work, FakeLine(), "never said").close()
    assert work.idle()
    assert espeak.pieces == 0


def test_a_line_takes_one_clause() -> None:
    with pytest.raises(ValueError, match="one clause"):
        open_line(synthesiser(FakeEspeak()), FakeLine(), "one").receive(b"two")


def test_an_empty_piece_only_asks_whether_the_clause_is_still_wanted() -> None:
    line = FakeLine(patience=1)
    clause = open_line(synthesiser(FakeEspeak()), line, "one")
    assert not clause.take(b"")
    assert line.sent == []
    assert not clause.take(b"pcm")
    assert clause.take(b"")
