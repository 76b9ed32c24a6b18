"""When to dial again. Pure: randomness comes in as an argument, seconds come out."""

import math
import random

import attrs

from tars.link.errors import LinkLost, Patience

MAX_DOUBLINGS = 64
"""No ceiling is further than this many doublings from its base; a year of failures must not overflow a float."""


@attrs.frozen
class BackoffPolicy:
    """Full jitter under an exponential ceiling; all times in seconds."""

    first: float = 0.25
    """The ceiling of the first wait after a loss: most losses are over at once, so look at once."""
    base: float = 0.5
    """The ceiling of the second wait; each further one doubles it."""
    cap: float = 10.0
    """No ceiling is higher than this."""
    stable_after: float = 10.0
    """A link that lived this long ends a run of failures. A handshake does not: a server that accepts and drops
    would be dialled without any wait."""
    unpunctuality: float = 0.05
    """An appointment is kept to within this: enough for clocks that run alike, too little to make crowds of those
    who come every 20 ms."""
    spacing: float = 0.25
    """Two dials never start closer than this, nudged or not."""
    contested: float = 30.0
    """The shortest wait of a device that was taken over twice in a row: another one has its id, and each throws
    the other out for as long as nobody sees it. Once is no proof of that."""

    longest_absence: float = 300.0
    """A peer that asks for more than this is not believed: a planned stop takes seconds, and nobody may send a
    device away for good."""

    def asked_for(self, lost: LinkLost) -> float:
        """How many seconds the peer wants to be left alone for."""
        return min(self.longest_absence, lost.retry_after or 0.0)

    def ceiling(self, failures: int) -> float:
        """The longest wait after `failures` losses in a row (1 or more)."""
        if failures <= 1:
            return min(self.cap, self.first)
        return min(self.cap, math.ldexp(self.base, min(failures - 2, MAX_DOUBLINGS)))

    def wait(self, failures: int, lost: LinkLost, rng: random.Random, takeovers: int = 0) -> float:
        """Seconds to wait after the last of `failures` losses in a row, where nobody nudges.

        `takeovers` is how many of the last losses were that a newer link took over, this one included.
        """
        if takeovers > 1:
            return self.contested * rng.uniform(1.0, 1.1)
        if lost.patience is Patience.CAP:
            return self.cap * rng.uniform(0.9, 1.0)
        # One minus the cube root of a flat draw reaches over the whole range, as full jitter must, but is short
        # more often than long (a quarter of the ceiling at the mean). With a flat draw under a ceiling of 10 s a
        # device would be back only 7.8 s (p95) after its server; so it is 5.3 s.
        jitter = 1.0 - math.cbrt(rng.random())
        backoff = self.ceiling(failures) * jitter
        if lost.retry_after is not None and lost.patience is Patience.APPOINTED:
            # A moment of one's own, in a fleet that is spread already: jitter would bring the crowds back. A peer
            # that makes one appointment after the other is left alone like any other.
            return max(self.asked_for(lost) + self.unpunctuality * rng.random(), backoff)
        if lost.retry_after is not None:
            # everybody was told the same moment: spread the fleet behind it
            return self.asked_for(lost) + jitter * max(self.base, self.asked_for(lost) / 2)
        return backoff
