"""What the log was told a moment ago. Pure: `now` is an argument."""

from collections.abc import Hashable

import attrs

AGAIN = 3600.0
"""Seconds after which the same is news again: a reader of today's log need not look into yesterday's."""
MOST = 1024
"""Sources that are remembered; a house has fewer, and a flood of others must not be kept for ever."""
MOST_EACH = 8
"""Different things that one source may have told within that time: some hold the source's own words, of which it
can make up any number."""


@attrs.define
class Told:
    """Keeps whoever comes again and again from filling a log, and then a disk."""

    _told: dict[Hashable, dict[Hashable, float]] = attrs.field(factory=dict)  # the last to be heard of at the end

    def is_news(self, who: Hashable, what: Hashable, now: float) -> bool:
        """Whether that `what` comes from `who` is worth a line; from then on it is told."""
        earlier = self._told.pop(who, {})
        told = self._told[who] = {each: at for each, at in earlier.items() if now - at < AGAIN}
        if what in told or len(told) >= MOST_EACH:
            return False
        told[what] = now
        if len(self._told) > MOST:
            del self._told[next(iter(self._told))]
        return True
