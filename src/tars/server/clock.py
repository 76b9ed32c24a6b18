"""A device's clock, read at the server."""

import attrs


@attrs.define
class DeviceClock:
    """Maps moments of one device's monotonic clock to the server's.

    Each message that carries a `device_time` bounds the difference between the clocks from above by its own
    delay; the smallest seen, less half a round trip, is the best guess. A device that restarts gets a new one.
    """

    _smallest: float | None = None

    def observe(self, device_time: float, received: float) -> None:
        """A message stamped `device_time` came in at `received`."""
        difference = received - device_time
        if self._smallest is None or difference < self._smallest:
            self._smallest = difference

    def at_server(self, device_time: float, round_trip: float | None) -> float:
        """The moment `device_time`, on the server's clock; ask after the first `observe`."""
        assert self._smallest is not None
        return device_time + self._smallest - (round_trip or 0.0) / 2
