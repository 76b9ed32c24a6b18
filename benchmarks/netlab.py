"""The acceptance table of broken networks: the real programs in network namespaces, row by row.

python -m benchmarks.netlab [--json] [ROW...]

Some labs stand side by side, each with a process of its own; rows that measure milliseconds have the machine for
themselves. HYPOTHESIS_PROFILE=soak does every row twenty times, ten minutes where the table says ten minutes and a
day where it says a day.
"""

import json
import statistics
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence

import attrs
import trio

from benchmarks._programs import module
from benchmarks._table import Goal, Report, Row, Table, percentile, publish
from tests.netlab.rows import ROWS
from tests.netlab.table import FULL, Figures, goals, merge, repeat
from tests.netlab.table import Row as Acceptance

AT_A_TIME = 5
"""Labs side by side: their stories mostly wait."""


@attrs.frozen
class Case:
    """A row, over TLS or not."""

    row: Acceptance
    tls: bool

    @property
    def name(self) -> str:
        """What the row is called in the tables."""
        return f"{self.row.number} {self.row.fault}" + (", TLS" if self.tls else "")


def cases(numbers: Sequence[str]) -> list[Case]:
    """All rows, or those of these numbers, each with its variant."""
    chosen = [row for row in ROWS if not numbers or row.number in numbers]
    return [Case(row, tls) for row in chosen for tls in ((False, True) if row.tls else (False,))]


async def measure(chosen: Sequence[Case]) -> Mapping[Case, Figures]:
    """Every repetition of every case, in labs side by side."""
    results: defaultdict[Case, list[Figures]] = defaultdict(list)
    for alone in (False, True):
        limit = trio.CapacityLimiter(1 if alone else AT_A_TIME)

        async def one(case: Case, seed: int, limit: trio.CapacityLimiter = limit) -> None:
            async with limit:
                results[case].append(await in_own_process(case, seed))
                print(f"{case.name}: {len(results[case])}", file=sys.stderr)

        async with trio.open_nursery() as nursery:
            for case in chosen:
                if case.row.alone is alone:
                    for seed in range(case.row.times(full=FULL)):
                        nursery.start_soon(one, case, seed)
    return {case: merge(results[case]) for case in chosen}


async def in_own_process(case: Case, seed: int) -> Figures:
    """One repetition."""
    arguments = ("--one", case.row.number, int(case.tls), seed)
    done = await trio.run_process(module("benchmarks.netlab", *arguments), capture_stdout=True)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def one(number: str, tls: str, seed: str) -> None:
    """What such a process does: print the figures, as JSON, on the last line."""
    (row,) = [row for row in ROWS if row.number == number]
    print(json.dumps(trio.run(repeat_one, row, tls == "1", int(seed))))


async def repeat_one(row: Acceptance, tls: bool, seed: int) -> Figures:
    return await repeat(row, tls=tls, full=FULL, seed=seed)


def report(results: Mapping[Case, Figures]) -> Report:
    """A line for every figure of every row, and the goals."""
    lines: list[Row] = []
    reached: list[Goal] = []
    for case, figures in results.items():
        for name, values in figures.items():
            figure = (statistics.median(values), percentile(values, 95), min(values), max(values), len(values))
            lines.append(Row(name, figure, case.name))
        found = goals(case.row, figures, full=FULL)
        reached += [attrs.evolve(goal, what=goal.what + (", TLS" if case.tls else "")) for goal in found]
    columns = ("median", "p95", "least", "most", "times")
    return Report(
        "Broken networks",
        "The acceptance table of broken links, with the real tars-server and tars-pi as processes in network "
        "namespaces. Between them lies a wire that can be cut without a word (no FIN, no reset, no carrier lost), "
        "narrowed and delayed, or a router that stops forwarding. Rows that only concern the link, or that look "
        "at what reached the recogniser, use tars-server with ears, a brain and a voice that follow a script. "
        + ("Every row as often and as long as the table says." if FULL else _SHORT),
        (Table("What was measured (seconds, where a figure says nothing else)", columns, tuple(lines)),),
        tuple(reached),
    )


_SHORT = (
    "This is the short profile, as in CI: few repetitions, ten minutes are one, and the day of row 25 is twelve "
    "faults in a row. `HYPOTHESIS_PROFILE=soak python -m benchmarks netlab` does all of it."
)


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--json"]
    if arguments[:1] == ["--one"]:
        one(*arguments[1:])
    else:
        publish(report(trio.run(measure, cases(arguments))))
