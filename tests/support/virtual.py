"""Run a trio program in virtual time, with deadlock and livelock turned into failures."""

import math
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any, TypeVar, TypeVarTuple

import attrs
import trio
from trio.testing import MockClock

T = TypeVar("T")
Args = TypeVarTuple("Args")


HANGS_FOR = 60.0
"""Seconds of real time after which a thread that hangs gives up by itself, so that a test that fails can end."""


class Livelock(AssertionError):
    """The program went on and on without the clock moving."""


@attrs.define(eq=False)
class _StepBudget(trio.abc.Instrument):
    """Cancels `scope` when too many steps run without the clock moving."""

    scope: trio.CancelScope
    limit: int
    now: float = -1.0
    steps: int = 0

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        if (now := trio.current_time()) != self.now:
            self.now, self.steps = now, 0
        self.steps += 1
        if self.steps == self.limit:
            self.scope.cancel()


def run_virtual(
    async_fn: Callable[[*Args], Awaitable[T]],
    *args: *Args,
    limit: float = 86_400.0,
    steps: int = 20_000,
    threads_in_no_time: bool = False,
) -> T:
    """Run `async_fn(*args)` on a clock that jumps; `TooSlowError` after `limit` virtual seconds.

    With `threads_in_no_time` the clock waits for threads that somebody waits for, unless they `hang`. Without it
    the clock takes no notice of threads.
    """
    clock = MockClock(autojump_threshold=0)

    async def main() -> T:
        with trio.CancelScope() as spin:
            trio.lowlevel.add_instrument(_StepBudget(spin, steps))
            with trio.fail_after(limit):
                return await async_fn(*args)
        raise Livelock(f"{steps} steps with the clock at {trio.current_time()}")

    with _Threads(clock).counted() if threads_in_no_time else nullcontext():
        return trio.run(main, clock=clock)


@attrs.define
class _Threads:
    """Keeps a clock from jumping while threads work."""

    clock: MockClock
    working: set[object] = attrs.field(factory=set)
    over: threading.Event = attrs.field(factory=threading.Event)

    def begin(self, call: object) -> None:
        self.working.add(call)
        self.clock.autojump_threshold = math.inf

    def end(self, call: object) -> None:
        self.working.discard(call)
        if not self.working:
            self.clock.autojump_threshold = 0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Take notice of all that `trio.to_thread.run_sync` runs."""
        run_sync = trio.to_thread.run_sync

        async def run_sync_counted(*args: Any, **kwargs: Any) -> Any:
            call = object()
            _call.set((self, call))  # which the thread sees as well
            self.begin(call)
            try:
                return await run_sync(*args, **kwargs)
            finally:
                self.end(call)

        trio.to_thread.run_sync = run_sync_counted  # type: ignore[assignment]
        try:
            yield
        finally:
            trio.to_thread.run_sync = run_sync
            self.over.set()


_call: ContextVar[tuple[_Threads, object]] = ContextVar("call")


def hang() -> None:
    """In a thread of such a program: hang, while virtual time goes by, until the program has ended."""
    threads, call = _call.get()
    trio.from_thread.run_sync(threads.end, call)
    assert threads.over.wait(HANGS_FOR), "nothing gave this thread up"
