"""Decoders: never too many, and freed when nobody needs them any more. Real ones give their memory back."""

import importlib.util
import subprocess
import sys
import weakref
from pathlib import Path
from typing import TypeVar

import attrs
import pytest

from tars.server.brains.grammar import build_grammar
from tars.server.stt.stock import Decoder, Stock
from tests.server.stt.sounds import HOTWORDS
from tests.support.limits import HANG
from tests.support.real import need

REST = 60.0
D = TypeVar("D", bound=Decoder)


@attrs.define(eq=False)
class FakeDecoder:
    stopped: int = 0
    breaks: bool = False

    def stop(self) -> None:
        if self.breaks:
            raise RuntimeError("broken")
        self.stopped += 1


@attrs.define(eq=False)
class Clock:
    now: float = 0.0


def stock_of(most: int, clock: Clock) -> Stock[FakeDecoder]:
    return Stock(FakeDecoder, most, REST, kept=2, now=lambda: clock.now)


def _taken(stock: Stock[D]) -> D:
    decoder = stock.take()
    assert decoder is not None
    return decoder


def lend(stock: Stock[FakeDecoder], number: int) -> list[FakeDecoder]:
    return [_taken(stock) for _ in range(number)]


def tidy(stock: Stock[D]) -> int:
    freed = 0
    while stock.tidy():
        freed += 1
    return freed


def test_there_are_never_more_than_may_be_and_those_there_are_are_used_again() -> None:
    stock = stock_of(3, Clock())
    lent = lend(stock, 3)
    assert stock.take() is None
    stock.give_back(lent[1])
    assert lent[1].stopped == 1
    assert stock.take() is lent[1]
    assert stock.take() is None


def test_one_that_breaks_is_not_lent_again_and_makes_room_for_another() -> None:
    stock = stock_of(1, Clock())
    (broken,) = lend(stock, 1)
    broken.breaks = True
    with pytest.raises(RuntimeError):
        stock.give_back(broken)
    assert stock.take() is not broken


def test_after_a_rush_all_but_the_first_few_are_freed_when_they_have_had_their_rest() -> None:
    clock = Clock()
    stock = stock_of(6, clock)
    lent = lend(stock, 6)
    known = [weakref.ref(decoder) for decoder in lent]
    clock.now = 10
    while lent:
        stock.give_back(lent.pop())
    clock.now = 10 + REST - 1
    assert tidy(stock) == 0
    stock.give_back(lend(stock, 1)[0])  # one that is used rests anew
    clock.now = 10 + REST
    assert tidy(stock) == 4
    assert sum(one() is not None for one in known) == 2
    clock.now += 10 * REST
    assert tidy(stock) == 0


def _megabytes() -> float:
    with Path("/proc/self/smaps_rollup").open() as rollup:
        lines = [line.split() for line in rollup]
    return sum(int(line[1]) for line in lines if line[0] in ("Private_Dirty:", "Private_Clean:")) / 1024


def rush() -> None:
    """Lend four decoders, take them back, and print the memory before, meanwhile and after."""
    from tars.server.stt.decoders import GrammarDecoder

    grammar = build_grammar(HOTWORDS)
    stock = Stock(lambda: GrammarDecoder(grammar, HOTWORDS), 4, rest=0.0, kept=1)
    stock.prepare()
    memory = [_megabytes()]
    lent = [_taken(stock) for _ in range(4)]
    memory.append(_megabytes())
    while lent:
        stock.give_back(lent.pop())
    tidy(stock)
    print(*memory, _megabytes())


@pytest.mark.real
def test_the_memory_of_freed_decoders_goes_back_to_the_system() -> None:
    """In a process of its own: what else there is in this one has its part in what can go back."""
    need(importlib.util.find_spec("pocketsphinx") is not None, "pocketsphinx")
    command = [sys.executable, "-c", f"from {__name__} import rush; rush()"]
    printed = subprocess.run(command, capture_output=True, text=True, timeout=HANG, check=True).stdout
    before, meanwhile, after = map(float, printed.split())
    assert meanwhile - before > 60
    assert after - before < 15
