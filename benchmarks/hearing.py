"""How well TARS hears: commands, orders, read sentences, noise, and what is no command; beside pocketsphinx.

python -m benchmarks.hearing [--json] [--speech DIR]... [--set report|dev] [--errors] [--quick] [--fit]

`--speech`: a folder of recordings with a manifest.json, or a checkout of a repository named in
`benchmarks._recordings`; several may be given. Without one only synthetic voices are heard. `--errors` prints
every error: for the sets `fit` and `dev`, as whoever mends what it sees may not publish the figure any more.
`--quick` leaves out the baseline and the noise. `--fit` fits the gate (see `benchmarks._hearing_fit`).
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path

import attrs
import trio

from benchmarks import _hearing_cases as cases
from benchmarks import _orders
from benchmarks._hearers import Hearer, open_baseline, open_product
from benchmarks._hearing_cases import Case, Heard, Noise
from benchmarks._hearing_cost import Memory, measure_memory
from benchmarks._hearing_fit import fit
from benchmarks._hearing_judge import Judge
from benchmarks._hearing_report import BASELINE, OURS, Costs, Figures, NoisyFigures, report
from benchmarks._hearing_set import HearingSet
from benchmarks._hearing_set_fit import FIT
from benchmarks._hearing_sets import SETS
from benchmarks._recordings import Recordings, find_recordings
from benchmarks._scoring import Fate, Result
from benchmarks._table import publish
from tars.logs import LogFormat, configure_logs
from tars.server.brains.skills.skill import Skill
from tars.server.brains.skills.table import SKILLS

DECIBELS = (20, 10, 5)
NOISY_EVERY = 8
"""Each voice says one command in so many in each noise: others in each voice."""
RHETORICAL_PAUSE = 1.4
"""Seconds: people who read to an audience pause for longer within a sentence than people who ask. Shown beside the
figure with the product's own pauses, which is the one that counts: this one was chosen with these recordings."""
UNCALLED_EVERY = 2
OUTSIDE_EVERY = 2
BASELINE_EVERY = 16
"""The baseline takes seconds for a sentence, and hears one in so many; but all read sentences, and all orders in a
quiet room."""
COMMANDS, UNCALLED, OUTSIDE = "commands", "commands without the hotword", "no commands"
REAL_OUTSIDE = "no commands, real people"


@attrs.frozen
class Options:
    """What was asked for."""

    speech: list[Path]
    set: HearingSet
    errors: bool
    quick: bool
    fit: bool


def main() -> None:
    """Measure, and print."""
    configure_logs(LogFormat.PRETTY, stream=sys.stderr)
    options = parse(sys.argv[1:])
    recordings = find_recordings(options.speech)
    if options.fit:
        print(fit(FIT, recordings))
        return
    publish(report(measure(options, recordings)))


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hearing", description="Measure how TARS hears.")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--speech", type=Path, action="append", default=[], metavar="DIR", help="recordings")
    parser.add_argument("--set", choices=sorted(SETS), default="report", help="which voices and sentences")
    parser.add_argument("--errors", action="store_true", help="print every error on standard error")
    parser.add_argument("--quick", action="store_true", help="no baseline, no noise, no memory")
    parser.add_argument("--fit", action="store_true", help="fit the gate instead of measuring")
    asked = parser.parse_args(arguments)
    return Options(asked.speech, SETS[asked.set], asked.errors, asked.quick, asked.fit)


def measure(options: Options, recordings: Recordings) -> Figures:
    """Let both hear everything, one after the other, so that neither costs the other any time."""
    ours = hear_everything(OURS, options, recordings)
    if options.quick:
        return figures(options, {OURS: ours}, None)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
        baseline = other.submit(hear_everything, BASELINE, options, recordings)
        memory = trio.run(measure_memory, mixed(list(cases.commands(options.set, called=False))))
        return figures(options, {OURS: ours, BASELINE: baseline.result()}, memory)


@cache
def judge() -> Judge:
    """The judge of everything that is heard in this process."""
    return Judge()


@attrs.define
class Results:
    """All that one recogniser heard; it crosses from one process to the other."""

    name: str
    errors: bool
    """Print every error."""
    costs: Costs = attrs.field(factory=Costs)
    groups: dict[str, list[Result]] = attrs.field(factory=dict)
    orders: dict[str, list[bool]] = attrs.field(factory=dict)
    read: list[tuple[str, str]] = attrs.field(factory=list)
    read_patiently: list[tuple[str, str]] = attrs.field(factory=list)

    def hear(self, hearer: Hearer, group: str, what: Iterable[Case]) -> None:
        """Let it hear some cases."""
        results = self.groups[group] = []
        for case in what:
            heard = hearer.hear(case.pcm, case.called)
            self.costs.add(self.name, case, heard)
            results.append(judge().result(case, heard))
        print(f"{self.name}, {group}: {summary(results)}", file=sys.stderr, flush=True)
        if self.errors:
            print_errors(results)


def hear_everything(name: str, options: Options, recordings: Recordings) -> Results:
    """Let one recogniser hear everything."""
    results = Results(name, options.errors)
    hearer = open_hearer(name, SKILLS)
    chosen = options.set
    uncalled = list(cases.commands(chosen, called=False, recordings=recordings))
    if name == OURS:
        called = cases.commands(chosen, called=True, recordings=recordings)
        results.hear(hearer, COMMANDS, called)
        results.hear(hearer, UNCALLED, some(uncalled, UNCALLED_EVERY))
    else:  # it gets them without the hotword, which can only help it
        results.hear(hearer, COMMANDS, some(uncalled, BASELINE_EVERY))
    every = 1 if name == OURS else BASELINE_EVERY
    results.hear(hearer, OUTSIDE, some(list(cases.outside(chosen)), OUTSIDE_EVERY * every))
    results.hear(hearer, REAL_OUTSIDE, some(list(cases.real_outside(recordings)), every))
    spoken = list(cases.read_sentences(recordings))
    results.read = [(each.said, hearer.write(each.pcm)) for each in spoken]
    if name == OURS:
        results.read_patiently = [(each.said, hearer.write(each.pcm, RHETORICAL_PAUSE)) for each in spoken]
    if not options.quick:
        for noise in noises(chosen, recordings):
            said = some(uncalled, NOISY_EVERY * every)
            results.hear(hearer, f"{noise.name}, {noise.decibels:g} dB", cases.noisy(said, noise))
    results.orders = hear_orders(name, options, recordings)
    return results


def open_hearer(name: str, skills: Sequence[Skill]) -> Hearer:
    """The recogniser of that name."""
    return open_product(skills) if name == OURS else open_baseline(skills)


def noises(chosen: HearingSet, recordings: Recordings) -> Iterator[Noise]:
    """Every noise at every level."""
    for name, sound in cases.noises(chosen, recordings).items():
        yield from (Noise(name, sound, decibels) for decibels in DECIBELS)


def figures(options: Options, by_name: Mapping[str, Results], memory: Memory | None) -> Figures:
    """What both heard, side by side."""
    ours = by_name[OURS]
    costs = Costs()
    for results in by_name.values():
        costs.commands |= results.costs.commands
        costs.audio |= results.costs.audio

    def side_by_side(group: str) -> dict[str, list[Result]]:
        return {name: results.groups[group] for name, results in by_name.items()}

    noisy = [group for group in ours.groups if group not in (COMMANDS, UNCALLED, OUTSIDE, REAL_OUTSIDE)]
    return Figures(
        name=options.set.name,
        commands=side_by_side(COMMANDS),
        uncalled=ours.groups[UNCALLED],
        outside=side_by_side(OUTSIDE),
        real_outside=side_by_side(REAL_OUTSIDE),
        noisy=[NoisyFigures(group, side_by_side(group)) for group in noisy],
        orders={
            condition: {
                name: results.orders[condition] for name, results in by_name.items() if condition in results.orders
            }
            for condition in ours.orders
        },
        read={name: results.read for name, results in by_name.items()}
        | {f"{OURS}, longest pause {RHETORICAL_PAUSE:g} s": ours.read_patiently},
        costs=costs,
        memory=memory,
    )


def some(what: Sequence[Case], every: int) -> list[Case]:
    """One case in so many: others in each voice."""
    return mixed(what)[: -(-len(what) // every)]


def mixed(what: Sequence[Case]) -> list[Case]:
    """The cases, one voice after the other: each voice begins elsewhere in its own."""
    voices = [list(group) for _, group in groupby(what, key=lambda case: case.voice)]
    shifts = [number * len(own) // len(voices) for number, own in enumerate(voices)]
    turned = [own[shift:] + own[:shift] for own, shift in zip(voices, shifts, strict=True)]
    longest = max(map(len, turned), default=0)
    return [own[place] for place in range(longest) for own in turned if place < len(own)]


def hear_orders(name: str, options: Options, recordings: Recordings) -> dict[str, list[bool]]:
    """Whether all slots of each order were heard, with the grammar of orders, by conditions."""
    if not recordings.orders:
        return {}
    hearer = open_hearer(name, [_orders.ORDER])
    quiet = list(cases.orders(recordings))
    conditions: dict[str, Iterable[Case]] = {"quiet": quiet}
    for noise, sound in () if options.quick or name == BASELINE else cases.noises(options.set, recordings).items():
        conditions[f"{noise}, 10 dB"] = cases.noisy(quiet, Noise(noise, sound, 10))
    return {
        condition: [order_right(each, hearer.hear(each.pcm)) for each in spoken]
        for condition, spoken in conditions.items()
    }


def order_right(case: Case, heard: Heard | None) -> bool:
    """Whether all slots of an order were heard."""
    return heard is not None and _orders.right(heard.text, case.slots)


def summary(results: Sequence[Result]) -> str:
    """One line for the one who watches."""
    counts = {fate.value: sum(result.fate is fate for result in results) for fate in Fate}
    harm = sum(result.harm for result in results)
    return f"{len(results)}: {counts}, changes something {harm}"


def print_errors(results: Iterable[Result]) -> None:
    """Every error, a line each."""
    for result in results:
        if result.fate is not Fate.RIGHT and (result.meant or result.taken):
            line = {"voice": result.voice, "said": result.said, "heard": result.heard, "fate": result.fate.value}
            print(json.dumps(line | {"doubtful": result.doubtful, "changes": result.changes}), file=sys.stderr)


if __name__ == "__main__":
    main()
