"""What a wire does to packets. Pure: sizes and times in, times of arrival out."""

import random

import attrs


@attrs.frozen
class Conditions:
    """How the wire is, in both directions unless said otherwise."""

    delay: float = 0.0
    """Seconds that a packet is under way, one way: half of the round trip."""
    jitter: float = 0.0
    """Seconds that a packet may take longer, at random; packets keep their order."""
    loss: float = 0.0
    """Share of the packets that vanish, 0 to 1."""
    rate: float | None = None
    """Bytes per second each way; None for as fast as they come."""
    queue: float = 1.0
    """Seconds of traffic that wait at a wire of limited `rate`; what comes on top of that vanishes."""
    cut_rightwards: bool = False
    """Nothing arrives at the right end: no packet, no FIN, no word of the loss."""
    cut_leftwards: bool = False
    """Nothing arrives at the left end."""

    def cut(self) -> "Conditions":
        """The same wire with both directions cut."""
        return attrs.evolve(self, cut_rightwards=True, cut_leftwards=True)


NORMAL = Conditions()


@attrs.define
class Direction:
    """One direction of the wire: when each packet that enters it comes out."""

    rng: random.Random
    _free_at: float = 0.0
    """When the last packet will have left the narrow place."""
    _last_out: float = 0.0
    """When the last packet comes out."""

    def arrival(self, size: int, now: float, conditions: Conditions, *, cut: bool) -> float | None:
        """When a packet of `size` bytes that enters now comes out; None when it vanishes."""
        if cut or self.rng.random() < conditions.loss:
            return None
        leaves = now
        if conditions.rate is not None:
            start = max(now, self._free_at)
            if start - now > conditions.queue:
                return None
            leaves = self._free_at = start + size / conditions.rate
        under_way = (
            conditions.delay + conditions.jitter * self.rng.random() if conditions.jitter else conditions.delay
        )
        self._last_out = max(self._last_out, leaves + under_way)
        return self._last_out
