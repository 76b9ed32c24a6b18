"""The acceptance table of broken networks: the real programs in network namespaces, row by row.

python -m benchmarks.netlab [--json] [ROW...]

Some labs stand side by side, each with a process of its own; rows that measure milliseconds have the machine for
themselves. HYPOTHESIS_PROFILE=soak does every row twenty times, ten minutes where the table says ten minutes and a
day where it says a day. Without --json the exit status is 1 when a figure was missed.
"""

import json
import statistics
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence

import trio

from benchmarks._programs import module
from benchmarks._table import Goal, Report, Row, Table, percentile, publish
from tests.netlab.rows import ROWS
from tests.netlab.table import FULL, Case, Figures, cases, goals, merge, repeat

AT_A_TIME = 5
"""Labs side by side: their stories mostly wait."""


ENDED = "repetitions that came to an end"
"""A repetition that came to none is no figure at all: the others of its night are worth having all the same."""


async def measure(chosen: Sequence[Case]) -> Mapping[Case, Figures]:
    """Every repetition of every case, in labs side by side; those first that nothing may run beside."""
    results: defaultdict[Case, list[Figures]] = defaultdict(list)
    for alone in (True, False):
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
    command = module("benchmarks.netlab", "--one", case.label, seed)
    done = await trio.run_process(command, capture_stdout=True, check=False)
    if done.returncode:
        print(f"{case.name}: repetition {seed} came to no end", file=sys.stderr)
        return {ENDED: [0]}
    figures: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return {**figures, ENDED: [1]}


async def one(label: str, seed: str) -> None:
    """What such a process does: print the figures, as JSON, on the last line."""
    (case,) = [case for case in cases(ROWS) if case.label == label]
    print(json.dumps(await repeat(case, full=FULL, seed=int(seed))))


def reached(case: Case, figures: Figures) -> list[Goal]:
    """The goals of one case; a repetition without an end is one that was missed."""
    ended, all_of_them = sum(figures[ENDED]), case.row.times(full=FULL)
    if ended < all_of_them:
        return [Goal(f"{case.label}: {ENDED}", all_of_them, ended, "", at_least=True)]
    return goals(case, figures, full=FULL)


def report(results: Mapping[Case, Figures]) -> Report:
    """A line for every figure of every row, and the goals."""
    lines: list[Row] = []
    for case, figures in results.items():
        for name, values in figures.items():
            if name != ENDED:
                figure = (statistics.median(values), percentile(values, 95), min(values), max(values), len(values))
                lines.append(Row(name, figure, case.name))
    columns = ("median", "p95", "least", "most", "times")
    return Report(
        "Broken networks",
        "The acceptance table of broken links, with the real tars-server and tars-pi as processes in network "
        "namespaces. Between them lies a wire that can be cut without a word (no FIN, no reset, no carrier lost), "
        "narrowed and delayed, or a router that stops forwarding. Rows that only concern the link, or that look "
        "at what reached the recogniser, use tars-server with ears, a brain and a voice that follow a script. "
        + ("Every row as often and as long as the table says." if FULL else _SHORT),
        (Table("What was measured (seconds, where a figure says nothing else)", columns, tuple(lines)),),
        tuple(goal for case, figures in results.items() for goal in reached(case, figures)),
    )


_SHORT = (
    "This is the short profile, as in CI: few repetitions, ten minutes are one, and the day of row 25 is twelve "
    "faults in a row. `HYPOTHESIS_PROFILE=soak nox -s netlab` does all of it."
)


def main() -> int:
    """The command."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--json"]
    if arguments[:1] == ["--one"]:
        label, seed = arguments[1:]
        trio.run(one, label, seed)
        return 0
    if unknown := set(arguments) - {row.number for row in ROWS}:
        known = "; ".join(row.number for row in ROWS)
        print(f"no row {', '.join(sorted(unknown))}; there are {known}", file=sys.stderr)
        return 2
    results = trio.run(measure, cases([row for row in ROWS if not arguments or row.number in arguments]))
    publish(report(results))
    missed = [goal for case, figures in results.items() for goal in reached(case, figures) if not goal.reached]
    return 1 if missed and "--json" not in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
