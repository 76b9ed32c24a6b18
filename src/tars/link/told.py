"""What the log was told a moment ago. Pure: `now` is an argument."""

from collections.abc import Hashable

import attrs

AGAIN = 3600.0
"""Seconds after which the same is news again: a reader of today's log need not look into yesterday's."""
MOST = 1024
"""Things that are remembered; a house has fewer, and a flood of others must not be kept for ever."""


@attrs.define
class Told:
    """Keeps whoever comes again and again from filling a log, and then a disk."""

    _at: dict[Hashable, float] = attrs.field(factory=dict)  # in the order of their telling

    def is_news(self, what: Hashable, now: float) -> bool:
        """Whether a line is worth it; from then on it is told."""
        told_at = self._at.get(what)
        if told_at is not None and now - told_at < AGAIN:
            return False
        self._at.pop(what, None)
        self._at[what] = now
        if len(self._at) > MOST:
            del self._at[next(iter(self._at))]
        return True
