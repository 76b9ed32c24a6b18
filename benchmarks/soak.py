"""A day with a fault every five minutes, in virtual time: everybody comes back, and nothing piles up.

python -m benchmarks.soak [--json]
"""

import statistics
import sys
import time
from collections import defaultdict

from benchmarks._table import Goal, Report, Row, Table, publish
from tests.fuzz import oracle
from tests.fuzz.soak import DAY, EVERY, Day, soak

HOURS_SHOWN = 4
MEGABYTE = 1e6


def recoveries(day: Day) -> Table:
    """For each kind of fault, how soon there was an answer again."""
    by_kind: dict[str, list[float]] = defaultdict(list)
    for fault, seconds in zip(day.faults, day.recoveries, strict=True):
        by_kind[fault].append(seconds)
    rows = [
        Row(kind, (len(times), statistics.median(times), max(times))) for kind, times in sorted(by_kind.items())
    ]
    caption = "From the end of a fault to the end of an answer, of which asking and answering take 2.9 s"
    return Table(caption, ("times", "median, s", "longest, s"), tuple(rows))


def held(day: Day) -> Table:
    """What the process holds, every few hours."""
    rows = [
        Row(
            f"{sample.at / 3600:.0f} h",
            (sample.tasks, sample.connections, sample.objects / 1000, sample.memory / MEGABYTE),
        )
        for index, sample in enumerate(day.samples)
        if index <= 1 or index % HOURS_SHOWN == 0
    ]
    columns = ("tasks", "open ends", "objects, thousands", "resident, MB")
    return Table("What device, server and network hold when all is quiet", columns, tuple(rows))


def report(day: Day, took: float) -> Report:
    """The tables, and the goals."""
    first, last = day.samples[1], day.samples[-1]
    return Report(
        "A day of faults",
        f"The device's and the server's programs over a network in memory, in virtual time ({len(day.faults)} "
        f"faults, one every {EVERY / 60:.0f} minutes, up to 30 s each, half of them in the middle of an answer; "
        f"{took:.0f} s of real time). After each fault somebody asks until there is an answer, and all that "
        "tests/fuzz/oracle.py promises is checked: one end for every session, one connection, no stray audio.",
        (recoveries(day), held(day)),
        (
            Goal("soak: faults of a day that were recovered from", DAY, len(day.recoveries), "", at_least=True),
            Goal("soak: longest recovery", oracle.RECOVERS_WITHIN, max(day.recoveries), "s"),
            Goal("soak: tasks left after a day", 0, last.tasks - first.tasks, ""),
            Goal("soak: connections left after a day", 0, last.connections - first.connections, ""),
            Goal("soak: memory after a day, against the first hour", 5, 100 * day.growth, "%"),
        ),
    )


def main() -> None:
    """The command."""
    began = time.monotonic()
    print(f"{DAY} faults, about a minute", file=sys.stderr)
    day = soak()
    publish(report(day, time.monotonic() - began))


if __name__ == "__main__":
    main()
