"""Decodings one at a time, in a thread: voice activity never waits for one.

A decoding takes a tenth of a second. Those that wait are taken in the order in which their speakers fell silent.
"""

import heapq
import itertools
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import attrs

T = TypeVar("T")


@attrs.define(eq=False)
class Decoding:
    """One decoding, waiting or under way."""

    work: Callable[[Callable[[], bool]], Any]
    then: Callable[[Callable[[], Any]], None]
    wanted: bool = True

    def cancel(self) -> None:
        """Nobody wants the result any more: `then` is not called."""
        self.wanted = False
        self.then = _ignore  # a session that ends must not wait for its decoding to be freed

    def is_wanted(self) -> bool:
        """Whether the result is of any use."""
        return self.wanted


class DecodingQueue(Protocol):
    """Where decodings are handed in."""

    def submit(
        self,
        since: float,
        work: Callable[[Callable[[], bool]], T],
        then: Callable[[Callable[[], T]], None],
    ) -> Decoding:
        """Do `work`, which may ask whether it is still wanted, and call `then` with its outcome.

        `since` is the moment from which somebody waits: the earliest goes first. The outcome is a function that
        returns what `work` returned, or raises what `work` raised.
        """


class Decoder(DecodingQueue, Protocol):
    """A `DecodingQueue` with its results, as a worker sees it."""

    @property
    def running_since(self) -> float | None:
        """When the decoding under way began; None where there is none."""

    def deliver(self) -> bool:
        """Hand one result to who waits for it; False where there is none."""


@attrs.define(eq=False)
class DecodingThread:
    """A `Decoder` with a thread of its own. Everything but the decodings happens in the caller's thread."""

    wake: Callable[[], None]
    """Called in the thread when there is a result to `deliver`."""
    now: Callable[[], float]
    running_since: float | None = None
    _waiting: list[tuple[float, int, Decoding]] = attrs.field(factory=list)
    _done: deque[tuple[Decoding, Callable[[], Any]]] = attrs.field(factory=deque)
    _changed: threading.Condition = attrs.field(factory=threading.Condition)
    _numbers: "itertools.count[int]" = attrs.field(factory=itertools.count)

    def start(self) -> None:
        """Start the thread, which ends with the process."""
        threading.Thread(target=self._run, name="decoding", daemon=True).start()

    def submit(
        self,
        since: float,
        work: Callable[[Callable[[], bool]], T],
        then: Callable[[Callable[[], T]], None],
    ) -> Decoding:
        """See `DecodingQueue`."""
        decoding = Decoding(work, then)
        with self._changed:
            heapq.heappush(self._waiting, (since, next(self._numbers), decoding))
            self._changed.notify()
        return decoding

    def deliver(self) -> bool:
        """See `Decoder`."""
        while self._done:
            decoding, outcome = self._done.popleft()
            if decoding.wanted:
                decoding.then(outcome)
                return True
        return False

    def _run(self) -> None:
        while True:
            decoding = self._next()
            self.running_since = self.now()
            outcome = _outcome(decoding)
            self.running_since = None
            self._done.append((decoding, outcome))
            del decoding, outcome  # their sessions must not wait for the next one to be freed
            self.wake()

    def _next(self) -> Decoding:
        with self._changed:
            while True:
                while self._waiting:
                    decoding = heapq.heappop(self._waiting)[2]
                    if decoding.wanted:
                        return decoding
                self._changed.wait()


def _ignore(_: Callable[[], Any]) -> None:
    pass


def _outcome(decoding: Decoding) -> Callable[[], Any]:
    """Do the work; what goes wrong is raised where the result is wanted."""
    try:
        result = decoding.work(decoding.is_wanted)
    except Exception as exc:
        return _Raises(exc)
    return lambda: result


@attrs.frozen
class _Raises:
    failure: Exception

    def __call__(self) -> None:
        raise self.failure
