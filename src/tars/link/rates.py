"""How fast a peer may send. Pure: `now` is an argument."""

import attrs


@attrs.frozen
class Rate:
    """So much a second for as long as one likes, and `burst` of it at once."""

    per_second: float
    burst: float


@attrs.define
class Budget:
    """What a peer may still send; it refills at `rate`, up to the burst."""

    rate: Rate
    _left: float = attrs.field(default=attrs.Factory(lambda self: self.rate.burst, takes_self=True))
    _at: float = 0.0

    def spend(self, amount: float, now: float) -> bool:
        """So much has come in; False when it is more than there was left."""
        self._left = min(self.rate.burst, self._left + (now - self._at) * self.rate.per_second) - amount
        self._at = now
        return self._left >= 0.0
