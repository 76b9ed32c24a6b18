"""What attackers cost an honest device and the server: the attack suite's figures.

python -m benchmarks.attacks [--json]
"""

import statistics
import sys
import tempfile
from pathlib import Path

import attrs

from benchmarks._table import Goal, Report, Row, Table, percentile, publish
from tests.attacks.attack import ATTACKS, WARM_UP, Attack
from tests.attacks.target import DESCRIPTORS, MEMORY_TOLERANCE, Honest, Target, middle, running

QUIET = "nobody attacks"
KINDS = {
    QUIET: "",
    "malformed handshakes": "handshake",
    "malformed frames, floods": "framing",
    "resets, slow peers, crowds": "behaviour",
}
QUIET_ROUND_TRIPS = 100


@attrs.frozen
class Outcome:
    """What one attack did."""

    attack: Attack
    figure: float | None
    during: tuple[float, ...]
    """The honest device's round trips meanwhile, in seconds."""
    after: float
    """The middle one of five when the attack was over."""
    descriptors: int
    memory: int
    """Beyond the baseline, when the attack was over."""
    grown: int
    """By this attack alone."""


def measure() -> tuple[list[float], list[Outcome], list[str]]:
    """The round trips before all attacks, what each attack did, and what the log should not hold."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder)) as target,
        target.honest("honest") as honest,
    ):
        for name in WARM_UP:
            with target.watched(honest):
                ATTACKS[name].run(target)
        target.settle()
        quiet = [honest.round_trip() for _ in range(QUIET_ROUND_TRIPS)]
        outcomes = [_one(attack, target, honest) for attack in ATTACKS.values()]
        return quiet, outcomes, target.troubles()


def _one(attack: Attack, target: Target, honest: Honest) -> Outcome:
    print(attack.name, file=sys.stderr)
    before = target.extra_memory()
    with target.watched(honest) as watch:
        figure = attack.run(target)
    descriptors = target.extra_descriptors()
    during = tuple(watch.round_trips) or (honest.round_trip(),)
    memory = target.extra_memory()
    return Outcome(attack, figure, during, middle(honest), descriptors, memory, memory - before)


def report(quiet: list[float], outcomes: list[Outcome], troubles: list[str]) -> Report:
    """The tables, and the goals."""
    by_kind = {name: [each for each in outcomes if each.attack.kind == kind] for name, kind in KINDS.items()}
    return Report(
        "Attacks",
        f"{len(outcomes)} named attacks (tests/attacks), one after the other, on one tars-server with its default "
        f"settings and {DESCRIPTORS} file descriptors. An honest device on a link that stands through all of them "
        "asks 40 times a second and is answered; the attackers share its address, and have the token where the "
        "attack is not about it. All are processes on one machine.",
        tables=(
            Table(
                "The honest device's round trips meanwhile",
                ("median, ms", "p99, ms", "longest, ms", "attacks"),
                tuple(_row(name, each, quiet) for name, each in by_kind.items()),
                QUIET,
            ),
            Table(
                "How long the server bears an attacker, or lets an honest newcomer wait",
                ("seconds",),
                tuple(Row(each.attack.name, (each.figure,)) for each in outcomes if _worth_a_line(each)),
            ),
        ),
        goals=tuple(_goals(quiet, outcomes, troubles)),
        notes=(
            "The memory that stays is what Python's allocator keeps of a crowd of 250 connections; it does not "
            "grow with a second one.",
            "That a message stopped half way is the last of its link is what `a reader that does not "
            "read` looks at, byte by byte.",
        ),
    )


def _row(name: str, outcomes: list[Outcome], quiet: list[float]) -> Row:
    trips = [1e3 * trip for each in outcomes for trip in each.during] or [1e3 * trip for trip in quiet]
    return Row(name, (statistics.median(trips), percentile(trips, 99), max(trips), float(len(outcomes))))


def _worth_a_line(outcome: Outcome) -> bool:
    return outcome.attack.kind == "behaviour" and outcome.figure is not None


def _goals(quiet: list[float], outcomes: list[Outcome], troubles: list[str]) -> list[Goal]:
    named = {each.attack.name: each for each in outcomes}
    slow = [named[name] for name in ("a reader that does not read", "a reader that falls asleep")]
    slow_writers = named["a request and a hello that take for ever"]
    bytes_wrong = [trip for each in outcomes if each.attack.kind != "behaviour" for trip in each.during]
    thousands = [each for name, each in named.items() if name.startswith("1,000 ")]
    crowds = [named[name] for name in ("300 half-open handshakes", "300 links without a hello")]
    beside_slow = percentile([trip for each in slow for trip in each.during], 99) - percentile(quiet, 99)
    by_bytes = 1e3 * percentile(bytes_wrong, 99)
    descriptors = max(0, *(each.descriptors for each in outcomes))
    memory = max(each.memory for each in outcomes)
    after = max(each.after for each in outcomes)
    return [
        Goal("attacks: a reader that sends on and does not read is left after", 2, _figure(slow[0]), "s"),
        Goal("attacks: a reader that falls asleep during a reply is left after", 2, _figure(slow[1]), "s"),
        Goal("attacks: a request or a hello without end is borne for", 6, _figure(slow_writers), "s"),
        Goal("attacks: memory more while peers do not read", 1, max(each.grown for each in slow) / 2**20, "MiB"),
        Goal("attacks: an honest device's p99 more while peers do not read", 20, 1e3 * beside_slow, "ms"),
        Goal("attacks: honest round trips meanwhile, attacks by bytes, p99", 100, by_bytes, "ms"),
        Goal("attacks: honest round trips right after any attack", 100, 1e3 * after, "ms"),
        Goal("attacks: a newcomer is served within", 7, max(map(_figure, crowds)), "s"),
        Goal("attacks: 1,000 of a kind, each is left after", 1, max(map(_figure, thousands)), "s"),
        Goal("attacks: descriptors more after any attack", 0, descriptors, ""),
        Goal("attacks: memory more after any attack", MEMORY_TOLERANCE / 2**20, memory / 2**20, "MiB"),
        Goal("attacks: tracebacks, errors and tokens in the log", 0, len(troubles), "lines"),
    ]  # fmt: skip


def _figure(outcome: Outcome) -> float:
    assert outcome.figure is not None, outcome.attack.name
    return outcome.figure


if __name__ == "__main__":
    publish(report(*measure()))
