"""How many bad messages a device may send before its link is closed."""

import attrs


@attrs.frozen
class ServicePolicy:
    """What a device may get wrong before its link is closed."""

    bad_messages: int = 50
    """Within `bad_messages_window`; a device with a bug says its wrong thing about once a turn."""
    bad_messages_window: float = 10.0
    """Seconds."""


DEFAULT_SERVICE_POLICY = ServicePolicy()


class BadMessageBudget:
    """At most `most` within any `window` seconds."""

    def __init__(self, most: int, window: float) -> None:
        self._most, self._window = most, window
        # mostly none, and never many; an empty deque has 700 bytes
        self._times: list[float] = []

    def spend(self, now: float) -> bool:
        """Another one came in; False when it was one too many."""
        self._times.append(now)
        while self._times[0] <= now - self._window:
            del self._times[0]
        return len(self._times) <= self._most
