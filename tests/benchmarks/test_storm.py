import signal

import attrs

from benchmarks._storm_report import Storm, Streaming, bars, histogram, report
from benchmarks._table import Goal

SPREAD = Storm(
    name=signal.SIGTERM.name,
    away=1.5,
    devices=1000,
    greeted=[number / 50 for number in range(1000)],
    dials=[number / 50 for number in range(1000)],
    dropped=0,
    cpu=2.0,
    lag=0.05,
)
SPOKEN = Streaming(devices=200, sent=100_000, lost=0, round_trips=[0.002, 0.004], cpu=0.4, lag=0.03)


def missed(storm: Storm, spoken: Streaming = SPOKEN) -> list[str]:
    """What the goals say of it."""
    goals: tuple[Goal, ...] = report([storm], 30.0, spoken).goals
    assert all(goal.what.startswith("storm: ") for goal in goals)
    return [goal.what.rpartition(", ")[2] for goal in goals if not goal.reached]


def test_the_histogram_has_every_tenth_of_whole_seconds_and_loses_nobody() -> None:
    assert histogram([0.05, 0.31, 0.32, 1.0]) == [1, 0, 0, 2, *[0] * 6, 1, *[0] * 9]
    assert histogram([]) == [0] * 10
    assert sum(histogram(SPREAD.greeted)) == 1000


def test_only_nothing_looks_like_nothing_and_only_the_most_is_full() -> None:
    assert bars([0, 1, 50, 99, 100], most=100) == " ▁▄██"


def test_a_fleet_that_comes_evenly_misses_nothing() -> None:
    assert missed(SPREAD) == []


def test_lockstep_stragglers_and_a_full_queue_are_seen() -> None:
    waves = [float(number % 5) for number in range(1000)]
    assert missed(attrs.evolve(SPREAD, greeted=waves)) == ["of all"]
    assert missed(attrs.evolve(SPREAD, greeted=[*SPREAD.greeted[:-1], 30.1])) == [
        "all back after the server listens again"
    ]
    assert missed(attrs.evolve(SPREAD, dropped=1)) == ["turned away by a full accept queue"]


def test_lost_speech_is_seen() -> None:
    assert len(missed(SPREAD, attrs.evolve(SPOKEN, lost=1))) == 1


def test_the_report_draws_every_second() -> None:
    text = report([SPREAD], 30.0, SPOKEN).markdown()
    assert "| 0 s `██████████` | 50 | 5 | 50 |" in text
    assert "| 19 s `" in text
    assert "| 20 s `" not in text
