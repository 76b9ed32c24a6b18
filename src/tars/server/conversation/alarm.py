"""One deadline at a time, that whoever runs the conversation moves as it goes."""

import math
from collections.abc import Callable

import trio


class Alarm:
    """Calls back once, some seconds from now, unless it is set anew or cleared before.

    `pause` stops its time, also for what is set while it stands still; `go_on` lets it run again.
    """

    def __init__(self) -> None:
        self._deadline = math.inf
        self._paused_with: float | None = None
        """Seconds that were left when its time was stopped."""
        self._action: Callable[[], None] | None = None
        self._scope = trio.CancelScope()

    async def run(self) -> None:
        """Keep time, until cancelled."""
        while True:
            with trio.CancelScope(deadline=self._deadline) as self._scope:
                await trio.sleep_forever()
            action = self._action
            if action is not None and trio.current_time() >= self._deadline:  # or it was moved in the last moment
                self.clear()
                action()

    def set(self, seconds: float, action: Callable[[], None]) -> None:
        """Call `action` in `seconds`, and forget what was set before."""
        self._action = action
        self._set_left(seconds)

    def clear(self) -> None:
        """Call nothing."""
        self._action = None
        self._set_left(math.inf)

    def pause(self) -> None:
        """Let no time pass."""
        if self._paused_with is None:
            self._paused_with = self.left
            self._move(math.inf)

    def go_on(self) -> None:
        """Let time pass again."""
        if self._paused_with is not None:
            left, self._paused_with = self._paused_with, None
            self._set_left(left)

    @property
    def left(self) -> float:
        """Seconds until it calls; infinite when it is not set."""
        return self._deadline - trio.current_time() if self._paused_with is None else self._paused_with

    def _set_left(self, seconds: float) -> None:
        if self._paused_with is None:
            self._move(trio.current_time() + seconds)
        else:
            self._paused_with = seconds

    def _move(self, deadline: float) -> None:
        self._deadline = deadline
        self._scope.deadline = deadline
