"""How many log lines a trouble that comes and goes is worth. Pure: `now` is an argument."""

import attrs

BURST = 30
"""Lines that may follow each other at once: enough to see a night's few outages whole."""
REFILL = 60.0
"""Seconds that each further one takes to earn: 60 an hour for what flaps for hours."""


@attrs.define
class LineBudget:
    """Lines earned by time and spent one by one."""

    _left: float = BURST
    _refilled_at: float = 0.0

    def spend(self, now: float) -> bool:
        """Whether there is a line left to write; it is gone then."""
        self._left = min(BURST, self._left + (now - self._refilled_at) / REFILL)
        self._refilled_at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
