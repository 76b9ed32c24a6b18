"""Decodings in a thread: in the order of waiting, without the useless ones, and with their errors."""

import gc
import threading
import time
import weakref
from collections.abc import Callable

import attrs
import pytest

from tars.server.stt.decoding import DecodingThread
from tests.support.limits import HANG


@attrs.define(eq=False)
class Gate:
    """Holds the thread until it is opened."""

    entered: threading.Event = attrs.field(factory=threading.Event)
    opened: threading.Event = attrs.field(factory=threading.Event)

    def pass_through(self, wanted: Callable[[], bool]) -> None:
        self.entered.set()
        assert self.opened.wait(HANG)


@attrs.define(eq=False)
class Bench:
    woken: threading.Semaphore = attrs.field(factory=lambda: threading.Semaphore(0))
    results: list[str] = attrs.field(factory=list)
    thread: DecodingThread = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.thread = DecodingThread(self.woken.release, time.monotonic)
        self.thread.start()

    def hold(self) -> Gate:
        gate = Gate()
        self.thread.submit(0.0, gate.pass_through, lambda outcome: None)
        assert gate.entered.wait(HANG)
        return gate

    def keep(self, outcome: Callable[[], str]) -> None:
        self.results.append(outcome())

    def deliver(self, results: int) -> None:
        """Deliver so many results as they come."""
        for _ in range(results):
            assert self.woken.acquire(timeout=HANG)
            assert self.thread.deliver()


@pytest.fixture
def bench() -> Bench:
    return Bench()


def say(text: str) -> Callable[[Callable[[], bool]], str]:
    return lambda wanted: text


def test_the_longest_waiting_goes_first(bench: Bench) -> None:
    gate = bench.hold()
    for since, text in ((3.0, "third"), (1.0, "first"), (2.0, "second")):
        bench.thread.submit(since, say(text), bench.keep)
    assert not bench.thread.deliver()
    assert bench.thread.running_since is not None
    gate.opened.set()
    bench.deliver(4)
    assert bench.results == ["first", "second", "third"]
    assert bench.thread.running_since is None


def test_what_nobody_wants_is_not_begun_and_one_under_way_is_told(bench: Bench) -> None:
    begun, told, looked = threading.Event(), threading.Event(), threading.Event()

    def work(wanted: Callable[[], bool]) -> str:
        begun.set()
        assert told.wait(HANG)
        looked.set()
        return "wanted" if wanted() else "unwanted"

    under_way = bench.thread.submit(0.0, work, bench.keep)
    assert begun.wait(HANG)
    waiting = bench.thread.submit(1.0, say("useless"), bench.keep)
    bench.thread.submit(2.0, say("useful"), bench.keep)
    under_way.cancel()
    waiting.cancel()
    assert not under_way.is_wanted()
    told.set()
    assert bench.woken.acquire(timeout=HANG)
    assert bench.woken.acquire(timeout=HANG)
    assert bench.thread.deliver()
    assert looked.is_set()
    assert bench.results == ["useful"]
    assert not bench.thread.deliver()


def test_an_error_is_raised_where_the_result_is_wanted_and_the_next_is_done(bench: Bench) -> None:
    def fail(wanted: Callable[[], bool]) -> str:
        raise ValueError("no such sound")

    def check(outcome: Callable[[], str]) -> None:
        with pytest.raises(ValueError, match="no such sound"):
            outcome()
        bench.results.append("checked")

    bench.thread.submit(0.0, fail, check)
    bench.thread.submit(1.0, say("fine"), bench.keep)
    bench.deliver(2)
    assert bench.results == ["checked", "fine"]


class Owner:
    def take(self, outcome: Callable[[], str]) -> None:
        raise AssertionError("it is not wanted any more")


def test_a_cancelled_decoding_holds_nobody_in_memory(bench: Bench) -> None:
    gate = bench.hold()
    owner = Owner()
    decoding = bench.thread.submit(1.0, say("too late"), owner.take)
    gone = weakref.ref(owner)
    gc.disable()
    try:
        decoding.cancel()
        del owner
        assert gone() is None
    finally:
        gc.enable()
        gate.opened.set()
