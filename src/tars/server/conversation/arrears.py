"""How far the ears are behind what they were given. Pure: `now` is an argument."""

import attrs

PACE = 3.0
"""How many times faster than it was spoken the ears hear what came in at once, at the least."""


@attrs.define
class Arrears:
    """Audio that comes as it is spoken is heard as it comes; what comes in a burst takes a while."""

    _seconds: float = 0.0
    _at: float = 0.0

    def given(self, seconds: float, now: float) -> None:
        """The ears were given so much more audio."""
        self._seconds, self._at = self.unheard(now) + seconds, now

    def unheard(self, now: float) -> float:
        """Seconds of audio that they may not have heard yet."""
        return max(0.0, self._seconds - (now - self._at) * PACE)
