"""What `benchmarks.storm` measured, and how it is told."""

import sys
from collections import Counter
from collections.abc import Sequence

import attrs

from benchmarks._table import Goal, Report, Row, Table, percentile

BINS_A_SECOND = 10
"""In which handshakes are counted."""
BARS = " ▁▂▃▄▅▆▇█"
"""None, and then from few to as many as ever."""
CROWD = 15.0
"""Per cent of the fleet that may come within 100 ms: in lockstep it would be nearly all of it."""


@attrs.frozen(kw_only=True)
class Storm:
    """How a fleet came back; times in seconds from the moment when the server listened again."""

    name: str
    """Of the signal that ended the server."""
    devices: int
    away: float
    """Seconds from that signal until the server listened again."""
    greeted: Sequence[float]
    """When the server had greeted a device, by its own log: once each, unless links broke again."""
    dials: Sequence[float]
    """When the devices began to dial, by theirs."""
    dropped: int
    """Connections that the kernel turned away."""
    cpu: float
    """Seconds of the server's processor time until all were back."""
    lag: float
    """Seconds that the devices' process was late, at most."""

    @property
    def all_back(self) -> float:
        """Seconds from the moment when the server listened again until it had greeted the last device."""
        return max(self.greeted)

    @property
    def crowd(self) -> float:
        """Per cent of the devices that were greeted in the fullest 100 ms."""
        return 100 * max(histogram(self.greeted)) / self.devices


@attrs.frozen(kw_only=True)
class Streaming:
    """What devices that speak at once cost."""

    devices: int
    sent: int
    """Frames."""
    lost: float
    """Frames."""
    round_trips: Sequence[float]
    """Seconds, of all devices."""
    cpu: float
    """Share of a core that the server's process had."""
    lag: float
    """Seconds that the devices' process was late, at most."""


def histogram(times: Sequence[float]) -> list[int]:
    """How many of the times are in each 100 ms, from 0 to the end of the second of the last of them."""
    counts = Counter(int(at * BINS_A_SECOND) for at in times)
    seconds = max(counts, default=0) // BINS_A_SECOND + 1
    return [counts[number] for number in range(seconds * BINS_A_SECOND)]


def bars(counts: Sequence[int], most: int) -> str:
    """A picture of the counts, a character for each; only nothing looks like nothing."""
    return "".join(BARS[-(-count * (len(BARS) - 1) // most)] for count in counts)


def report(storms: Sequence[Storm], kib: float, spoken: Streaming) -> Report:
    """The tables and the goals; `kib` is the server's memory for each idle device."""
    many = storms[0].devices
    lag = max(storm.lag for storm in storms)
    return Report(
        "A fleet whose server restarts, and one that speaks",
        f"{many:,} devices in one process, each with the link, the greeting and the backoff of tars-pi and an id "
        "of its own, and a tars-server with everything embedded, on one machine over loopback. The server is "
        "killed (SIGKILL) and started again 4 s later; and it is restarted (SIGTERM, and started as soon as it "
        "has left), where it tells each device its own moment to come back. "
        f"Then {spoken.devices} devices send 16 kHz audio in frames of 40 ms, each in a session of its own, to a "
        "server whose recogniser only counts: what the links and the sessions cost, without recognition.",
        (_coming_back(storms), *map(_handshakes, storms), _speaking(spoken)),
        (
            *(goal for storm in storms for goal in _goals(storm)),
            Goal("storm: memory of the server for each idle device", 40, kib, "KiB"),
            Goal(f"storm: frames lost of {spoken.devices} devices that speak at once", 0, spoken.lost, "frames"),
        ),
        (
            "Devices, server and workers share the cores, and so many devices are work for one process: it was up "
            f"to {1000 * lag:.0f} ms late in the storms, and {1000 * spoken.lag:.0f} ms while it spoke. That is "
            "in the figures.",
        ),
    )


def _goals(storm: Storm) -> tuple[Goal, ...]:
    fleet = f"storm: {storm.devices:,} devices, {storm.name}"
    return (
        Goal(f"{fleet}, all back after the server listens again", 30, storm.all_back, "s"),
        Goal(f"{fleet}, most handshakes in 100 ms, of all", CROWD, storm.crowd, "%"),
        Goal(f"{fleet}, turned away by a full accept queue", 0, storm.dropped, "connections"),
    )


def _coming_back(storms: Sequence[Storm]) -> Table:
    columns = ("away, s", "median, s", "p95, s", "all back, s", "most in 100 ms", "server's CPU for each, ms")
    rows = [
        Row(
            storm.name,
            (
                storm.away,
                percentile(storm.greeted, 50),
                percentile(storm.greeted, 95),
                storm.all_back,
                max(histogram(storm.greeted)),
                1000 * storm.cpu / storm.devices,
            ),
        )
        for storm in storms
    ]
    return Table("From the moment when the server listens again to the greeting", columns, tuple(rows))


def _handshakes(storm: Storm) -> Table:
    """A line for each second, with a bar for each 100 ms of it."""
    counts, dials = histogram(storm.greeted), histogram(storm.dials)
    rows = []
    for second in range(len(counts) // BINS_A_SECOND):
        part = slice(second * BINS_A_SECOND, (second + 1) * BINS_A_SECOND)
        here = counts[part]
        rows.append(Row(f"{second} s `{bars(here, max(counts))}`", (sum(here), max(here), sum(dials[part]))))
    caption = f"{storm.name}: greeted in each second, and a bar for each 100 ms (the highest is {max(counts)})"
    return Table(caption, ("greeted", "most in 100 ms", "dials begun"), tuple(rows))


def _speaking(spoken: Streaming) -> Table:
    columns = ("frames sent", "lost", "round trip median, ms", "p99, ms", "server's CPU, % of a core")
    round_trips = [1000 * percentile(spoken.round_trips, share) for share in (50, 99)]
    row = Row(f"{spoken.devices} devices", (spoken.sent, spoken.lost, *round_trips, 100 * spoken.cpu))
    return Table("Speaking at once", columns, (row,))


def show(storms: Sequence[Storm]) -> None:
    """Print the histograms, a line for each 100 ms, for whoever watches."""
    for storm in storms:
        print(f"{storm.devices} devices, {storm.name}: handshakes in each 100 ms", file=sys.stderr)
        for number, count in enumerate(histogram(storm.greeted)):
            print(f"{number / BINS_A_SECOND:6.1f} s {count:4d} {'#' * count}", file=sys.stderr)
