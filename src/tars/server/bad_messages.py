"""How many bad messages a device may send before its link is closed."""

from collections import deque


class BadMessageBudget:
    """At most `most` within any `window` seconds."""

    def __init__(self, most: int, window: float) -> None:
        self._most, self._window = most, window
        self._times: deque[float] = deque()

    def spend(self, now: float) -> bool:
        """Another one came in; False when it was one too many."""
        self._times.append(now)
        while self._times[0] <= now - self._window:
            self._times.popleft()
        return len(self._times) <= self._most
