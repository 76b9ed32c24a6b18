"""A pool of worker processes, each replaced when it dies."""

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import attrs
import trio
from structlog import get_logger

from tars.server.workers.errors import WorkerFailed
from tars.server.workers.line import Line
from tars.server.workers.policy import WorkerPolicy
from tars.server.workers.process import WorkerProcess

log = get_logger()


@attrs.define(eq=False)
class WorkerPool:
    """Some worker processes of one kind. See `open_worker_pool`."""

    name: str
    module: str
    setup: bytes
    policy: WorkerPolicy
    deaths: int = 0
    """Processes that died or hung since the pool was opened."""
    _running: dict[int, WorkerProcess] = attrs.field(factory=dict)
    _changed: trio.Event = attrs.field(factory=trio.Event)
    _numbers: "itertools.count[int]" = attrs.field(factory=lambda: itertools.count(1))

    @property
    def wanted(self) -> int:
        """How many processes there should be."""
        return self.policy.processes

    @property
    def pids(self) -> list[int]:
        """The processes that are ready for work."""
        return [process.pid for process in self._running.values() if process.ready and process.pid is not None]

    @asynccontextmanager
    async def open(self, opening: bytes = b"") -> AsyncIterator[Line]:
        """A line to the least busy process.

        Waits up to `open_timeout` for one to be ready. Raises `WorkerFailed`: there was none, or it died, or
        hung, or failed this line while the block was under way.
        """
        process = await self._least_busy()
        line = process.open_line(next(self._numbers), opening)
        with line.scope:
            try:
                yield line
            finally:
                process.close_line(line)
        if line.scope.cancelled_caught and line.failure is not None:
            raise WorkerFailed(line.failure)

    def renew(self, setup: bytes) -> None:
        """Give every process another setup, those that are started later too. Never waits.

        The module's `Work` must be `Renewable`.
        """
        self.setup = setup
        for process in self._running.values():
            process.renew(setup)

    async def wait_ready(self) -> None:
        """Return when every process is ready."""
        while len(self.pids) < self.policy.processes:
            await self._changed.wait()

    async def keep_running(self, index: int) -> None:
        """Keep process `index` running, for ever."""
        name = f"{self.name}-{index}"
        failures = 0
        while True:
            process = WorkerProcess(name, self.module, self.policy, partial(self._announce, name))
            self._running[index] = process
            started = trio.current_time()
            try:
                reason = await process.run(self.setup)
            except OSError as exc:  # no memory, no file descriptors: may pass
                reason = f"could not be started: {exc}"
            finally:
                del self._running[index]
            stable = trio.current_time() - started >= self.policy.stable_after
            failures = 1 if stable else failures + 1
            delay = self.policy.restart_delay(failures)
            self.deaths += 1
            log.warning("worker_died", worker=name, pid=process.pid, reason=reason, restart_in=delay)
            await trio.sleep(delay)

    async def _least_busy(self) -> WorkerProcess:
        with trio.move_on_after(self.policy.open_timeout):
            while True:
                if ready := [process for process in self._running.values() if process.ready]:
                    return min(ready, key=lambda process: len(process.lines))
                await self._changed.wait()
        raise WorkerFailed(f"no {self.name} worker is ready")

    def _announce(self, name: str) -> None:
        log.info("worker_ready", worker=name)
        self._changed.set()
        self._changed = trio.Event()


@asynccontextmanager
async def open_worker_pool(
    name: str, module: str, setup: bytes = b"", policy: WorkerPolicy | None = None
) -> AsyncIterator[WorkerPool]:
    """Keep worker processes running while the block lasts; they load beside it, nothing waits for them.

    `name` is for the log, `module` is run with `python -m`, and `setup` is what its `prepare` gets.
    """
    pool = WorkerPool(name, module, setup, policy or WorkerPolicy())
    async with trio.open_nursery() as nursery:
        for index in range(pool.policy.processes):
            nursery.start_soon(pool.keep_running, index)
        try:
            yield pool
        finally:
            nursery.cancel_scope.cancel()


async def announce_ready(pools: Sequence[WorkerPool]) -> None:
    """Log when all models are loaded: a question before that is answered as well, but a second or two late."""
    began = trio.current_time()
    for pool in pools:
        await pool.wait_ready()
    log.info("ready", seconds=round(trio.current_time() - began, 1))
