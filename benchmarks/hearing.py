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
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path

import attrs
import trio

from benchmarks import _hearing_cases as cases
from benchmarks import _orders
from benchmarks._hearers import Hearer, open_baseline, open_product
from benchmarks._hearing_cases import Case, Heard, Noise
from benchmarks._hearing_cost import measure_memory
from benchmarks._hearing_fit import fit
from benchmarks._hearing_judge import Judge
from benchmarks._hearing_report import Costs, Figures, NoisyFigures, report
from benchmarks._hearing_sets import FIT, SETS, HearingSet
from benchmarks._recordings import Recordings, find_recordings
from benchmarks._scoring import Fate, Result
from benchmarks._table import publish
from tars.logs import LogFormat, configure_logs
from tars.server.brains.skills.table import SKILLS

DECIBELS = (20, 10, 5)
NOISY_EVERY = 4
"""Each voice says one command in so many in noise: another fourth in each voice."""


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
    """Let both hear everything."""
    judge = Judge()
    product = open_product(SKILLS)
    hearers: dict[str, Hearer] = {"Moonshine": product}
    if not options.quick:
        hearers["pocketsphinx"] = open_baseline(SKILLS)
    costs = Costs()

    def hear(name: str, group: str, what: Iterable[Case]) -> list[Result]:
        results = []
        for case in what:
            heard = hearers[name].hear(case.pcm, case.called)
            costs.add(name, case, heard)
            results.append(judge.result(case, heard))
        print(f"{name}, {group}: {summary(results)}", file=sys.stderr, flush=True)
        if options.errors:
            print_errors(results)
        return results

    chosen = options.set
    commands = list(cases.commands(chosen, called=True, recordings=recordings))
    uncalled = list(cases.commands(chosen, called=False, recordings=recordings))
    outside = list(cases.outside(chosen))
    real = list(cases.real_outside(recordings))
    return Figures(
        name=chosen.name,
        commands={
            # the baseline gets them without the hotword, which can only help it
            name: hear(name, "commands", commands if name == "Moonshine" else uncalled)
            for name in hearers
        },
        uncalled=hear("Moonshine", "commands without the hotword", uncalled),
        outside={name: hear(name, "outside", outside) for name in hearers},
        real_outside={name: hear(name, "outside, real people", real) for name in hearers},
        noisy=[] if options.quick else list(in_noise(chosen, recordings, uncalled, hear)),
        orders=hear_orders(recordings, options),
        read=hear_read(recordings, hearers),
        costs=costs,
        memory=None if options.quick else trio.run(measure_memory, mixed(uncalled)),
    )


def in_noise(
    chosen: HearingSet,
    recordings: Recordings,
    commands: Sequence[Case],
    hear: Callable[[str, str, Iterable[Case]], list[Result]],
) -> Iterable[NoisyFigures]:
    """Some of the commands in every noise at every level."""
    few = mixed(commands)[: max(1, len(commands) // NOISY_EVERY)]
    for name, sound in cases.noises(chosen, recordings).items():
        for decibels in DECIBELS:
            noisy = list(cases.noisy(few, Noise(name, sound, decibels)))
            group = f"{name}, {decibels} dB"
            yield NoisyFigures(group, {each: hear(each, group, noisy) for each in ("Moonshine", "pocketsphinx")})


def mixed(what: Sequence[Case]) -> list[Case]:
    """The cases, one voice after the other: each voice begins elsewhere in its own."""
    voices = [list(group) for _, group in groupby(what, key=lambda case: case.voice)]
    shifts = [number * len(own) // len(voices) for number, own in enumerate(voices)]
    turned = [own[shift:] + own[:shift] for own, shift in zip(voices, shifts, strict=True)]
    longest = max(map(len, turned), default=0)
    return [own[place] for place in range(longest) for own in turned if place < len(own)]


def hear_orders(recordings: Recordings, options: Options) -> dict[str, dict[str, list[bool]]]:
    """Whether all slots of each order were heard, with the grammar of orders: by conditions and by name."""
    if not recordings.orders:
        return {}
    hearers: dict[str, Hearer] = {"Moonshine": open_product([_orders.ORDER])}
    if not options.quick:
        hearers["pocketsphinx"] = open_baseline([_orders.ORDER])
    quiet = list(cases.orders(recordings))
    conditions = {"quiet": quiet}
    for name, sound in cases.noises(options.set, recordings).items():
        conditions[f"{name}, 10 dB"] = list(cases.noisy(quiet, Noise(name, sound, 10)))
    return {
        condition: {name: [order_right(each, hearer.hear(each.pcm)) for each in spoken]
                    for name, hearer in hearers.items()}
        for condition, spoken in conditions.items()
    }  # fmt: skip


def order_right(case: Case, heard: Heard | None) -> bool:
    """Whether all slots of an order were heard."""
    return heard is not None and _orders.right(heard.words, case.slots)


def hear_read(recordings: Recordings, hearers: dict[str, Hearer]) -> dict[str, list[tuple[str, str]]]:
    """What was read aloud, and what was heard in free words."""
    spoken = list(cases.read_sentences(recordings))
    return {name: [(each.said, hearer.write(each.pcm)) for each in spoken] for name, hearer in hearers.items()}


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
