"""Run a trio program in virtual time, with deadlock and livelock turned into failures."""

from collections.abc import Awaitable, Callable
from typing import TypeVar, TypeVarTuple

import attrs
import trio
from trio.testing import MockClock

T = TypeVar("T")
Args = TypeVarTuple("Args")


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
    async_fn: Callable[[*Args], Awaitable[T]], *args: *Args, limit: float = 86_400.0, steps: int = 20_000
) -> T:
    """Run `async_fn(*args)` on a clock that jumps; `TooSlowError` after `limit` virtual seconds."""

    async def main() -> T:
        with trio.CancelScope() as spin:
            trio.lowlevel.add_instrument(_StepBudget(spin, steps))
            with trio.fail_after(limit):
                return await async_fn(*args)
        raise Livelock(f"{steps} steps with the clock at {trio.current_time()}")

    return trio.run(main, clock=MockClock(autojump_threshold=0))
