"""Keeps a link standing: dials, serves, waits, and dials again."""

import random
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Generic, TypeVar

import trio

from tars.link.backoff import BackoffPolicy
from tars.link.errors import LinkLost, Patience
from tars.link.states import Dialling, Down, LinkState, Up
from tars.messages import CloseCode

T = TypeVar("T")


class Supervisor(Generic[T]):
    """Redials for as long as the only thing that goes wrong is `LinkLost`.

    `dial()` opens whatever is supervised, as an async context manager: a `Connection` to a server, or a worker
    process. `on_state` hears of every change; it must not wait.
    """

    def __init__(
        self,
        dial: Callable[[], AbstractAsyncContextManager[T]],
        policy: BackoffPolicy,
        rng: random.Random,
        on_state: Callable[[LinkState], None],
    ) -> None:
        self._dial = dial
        self._policy = policy
        self._rng = rng
        self._on_state = on_state
        self._failures = 0
        self._takeovers = 0
        self._nudged = trio.Event()

    async def run(self, serve: Callable[[T], Awaitable[None]]) -> None:
        """Call `serve` with one link after another; return when `serve` does.

        `LinkLost`, bare or in a group, from the dial or from `serve`, means another dial. Any other exception is
        a bug and comes out at once.
        """
        while True:
            dialled_at = trio.current_time()
            lost = await self._one_link(serve)
            if lost is None:
                return
            await self._wait(lost, dialled_at)

    def nudge(self) -> None:
        """Cut the present wait short: there is reason to think that a dial would succeed now."""
        self._nudged.set()

    async def _one_link(self, serve: Callable[[T], Awaitable[None]]) -> LinkLost | None:
        """Dial once and serve; what ended it, or None when `serve` returned."""
        attempt = self._failures + 1
        up_since: float | None = None
        losses: list[LinkLost] = []
        self._on_state(Dialling(attempt))
        try:
            async with self._dial() as link:
                up_since = trio.current_time()
                self._on_state(Up(attempt, peer=getattr(link, "peer", "")))
                await serve(link)
        except* LinkLost as group:
            losses = _flatten(group)
        if not losses:
            return None
        lost = _worst(losses)
        self._takeovers = self._takeovers + 1 if lost.code == CloseCode.TAKEN_OVER else 0
        if up_since is not None and trio.current_time() - up_since >= self._policy.stable_after:
            self._failures = 0
            if lost.patience is Patience.APPOINTED:
                return lost  # a planned end is no failure: what comes after the appointment is the first one
        self._failures += 1
        return lost

    async def _wait(self, lost: LinkLost, dialled_at: float) -> None:
        now = trio.current_time()
        # what neither impatience nor a nudge may undercut
        earliest = max(dialled_at + self._policy.spacing, now + self._policy.asked_for(lost))
        due = max(earliest, now + self._policy.wait(self._failures, lost, self._rng, self._takeovers))
        refused = lost.patience is Patience.CAP or self._takeovers > 0
        attempt = max(1, self._failures)
        planned = lost.patience is Patience.APPOINTED
        self._on_state(Down(lost.reason, due - now, attempt, refused=refused, planned=planned))
        self._nudged = trio.Event()
        with trio.move_on_at(due):
            await self._nudged.wait()
        await trio.sleep_until(earliest)


def _flatten(group: BaseExceptionGroup[LinkLost]) -> list[LinkLost]:
    losses: list[LinkLost] = []
    for exc in group.exceptions:
        losses += _flatten(exc) if isinstance(exc, BaseExceptionGroup) else [exc]
    return losses


def _worst(losses: list[LinkLost]) -> LinkLost:
    """The loss that says most: tasks that shared a link all report its end, some with less to go on."""
    return max(losses, key=lambda lost: (lost.patience is Patience.CAP, lost.retry_after or 0, lost.code or 0))
