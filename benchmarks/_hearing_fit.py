"""Fit the gate: how well a sentence of the grammar must explain the sound to be believed.

What is fitted to: the voices and sentences of the set `fit`, in a quiet room and in its parts of the noises, and
orders of real people that no figure is published of, as speech that is no command. The search hears everything
once; then many combinations of thresholds judge what it found. Of those that take at most `OUTSIDE` of what is no
command for one, the best has most commands right, less `PRICE` for each that becomes another one.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import attrs

from benchmarks import _hearing_cases as cases
from benchmarks._hearing_cases import Case, Noise
from benchmarks._hearing_judge import Judge
from benchmarks._hearing_set import HearingSet
from benchmarks._recordings import Recordings, part_of
from benchmarks._scoring import Intent
from benchmarks._sound import at_level
from tars.server.brains.grammar import Grammar
from tars.server.brains.skills.table import SKILLS
from tars.server.brains.templates import spec_of
from tars.server.stt.gate import Evidence, Verdict, judge
from tars.server.stt.grammar_commands import GrammarCommands
from tars.server.stt.moonshine.constraint import GrammarConstraint
from tars.server.stt.moonshine.model import load_moonshine
from tars.server.stt.moonshine.vocabulary import Vocabulary
from tars.server.stt.settings import SpeechSettings

PRICE = 2.0
"""Commands that may be refused so that one less is mistaken for another."""
NOISE_WEIGHT = 0.2
"""What a command in noise counts against one in a quiet room."""
OUTSIDE = 0.5
"""Percent of what is no command that may be taken for one."""
ORDERS_PARTS = 8
"""One in so many of the real orders is heard."""
NOISY_EVERY = 7
"""One in so many sentences is heard in each noise."""
DECIBELS = (20, 10, 5)
FLOORS = (-1.4, -1.5, -1.6, -1.7, -1.8, -1.9, -2.0, -2.1, -2.2)
RIVAL_PRICES = (0.2, 0.3, 0.4)
UNLIKE_PRICES = (0.0, 0.7, 1.0, 1.4, 1.8, 2.2)
FAREWELL_FLOORS = (-0.6, -0.7, -0.8, -0.9, -1.0)
DOUBTFULS = (-6.0, -8.0, -12.0, -20.0)

Kind = Literal["commands", "no commands", "commands in noise", "no commands in noise"]


@attrs.frozen
class Sample:
    """What the search found in one case."""

    kind: Kind
    meant: Intent | None
    free: Intent | None
    """What the free words mean."""
    bound: Intent | None = None
    """What the sentence of the grammar means."""
    evidence: Evidence | None = None
    """What speaks for that sentence; None where there was none."""

    def taken(self, settings: SpeechSettings) -> tuple[Intent | None, Verdict]:
        """What it is taken for with these thresholds."""
        verdict = Verdict.REFUSED if self.evidence is None else judge(settings, self.evidence)
        return (self.free if verdict is Verdict.REFUSED else self.bound), verdict


@attrs.frozen
class Outcome:
    """What thresholds make of all the samples, in percent of each kind."""

    settings: SpeechSettings
    right: Mapping[Kind, float]
    other: Mapping[Kind, float]
    asked: float
    """Of the commands, those that are believed but would be asked back."""

    @property
    def worth(self) -> float:
        """The larger the better."""
        return self._worth("commands") + NOISE_WEIGHT * self._worth("commands in noise")

    def _worth(self, kind: Kind) -> float:
        return self.right.get(kind, 0) - PRICE * self.other.get(kind, 0)


def fit(hearing_set: HearingSet, recordings: Recordings) -> str:
    """Hear everything, and say which thresholds are best, as Markdown."""
    samples = list(hear(hearing_set, recordings))
    outcomes = [outcome(samples, settings) for settings in candidates()]
    good = [each for each in outcomes if each.other.get("no commands", 0) <= OUTSIDE]
    best = sorted(good or outcomes, key=lambda each: -each.worth)[:12]
    return table([outcome(samples, SpeechSettings()), *best], Counter(sample.kind for sample in samples))


def candidates() -> Iterator[SpeechSettings]:
    """All thresholds that are tried."""
    grid = itertools.product(FLOORS, RIVAL_PRICES, UNLIKE_PRICES, FAREWELL_FLOORS, DOUBTFULS)
    for floor, price, unlike, farewell, doubtful in grid:
        yield attrs.evolve(
            SpeechSettings(),
            floor=floor,
            rival_price=price,
            unlike_price=unlike,
            farewell_floor=farewell,
            doubtful=doubtful,
        )


def outcome(samples: Sequence[Sample], settings: SpeechSettings) -> Outcome:
    """What these thresholds make of the samples."""
    said = Counter(sample.kind for sample in samples)
    right: Counter[Kind] = Counter()
    other: Counter[Kind] = Counter()
    asked = 0
    for sample in samples:
        intent, verdict = sample.taken(settings)
        asked += sample.kind == "commands" and verdict is Verdict.DOUBTFUL
        if intent is not None:
            (right if intent == sample.meant else other)[sample.kind] += 1
    return Outcome(
        settings,
        {kind: 100 * count / said[kind] for kind, count in right.items()},
        {kind: 100 * count / said[kind] for kind, count in other.items()},
        100 * asked / (said["commands"] or 1),
    )


def hear(hearing_set: HearingSet, recordings: Recordings) -> Iterator[Sample]:
    """Let the search hear the whole set."""
    model = load_moonshine()
    commands = GrammarCommands(SpeechSettings(), model, Grammar(spec_of(SKILLS), [cases.HOTWORD]))
    constraint = GrammarConstraint(commands.grammar.graph, Vocabulary(model.tokenizer.pieces))
    understands = Judge()
    for kind, case in said(hearing_set, recordings):
        decoding = model.decode(case.pcm, constraint)
        meant, free = understands.intent(case.said), understands.intent(decoding.free.text)
        if (likeliest := commands.likeliest(decoding)) is None:
            yield Sample(kind, meant, free)
            continue
        text, evidence = likeliest
        yield Sample(kind, meant, free, understands.intent(commands.grammar.without_hotword(text)), evidence)


def said(hearing_set: HearingSet, recordings: Recordings) -> Iterator[tuple[Kind, Case]]:
    """All that is said, as an utterance reaches the search: a moment of the room on both sides."""
    commands = list(cases.commands(hearing_set, called=False, recordings=recordings, room=cases.CLOSE))
    outside = [*cases.outside(hearing_set, cases.CLOSE), *_orders(recordings)]
    yield from (("commands", case) for case in commands)
    yield from (("no commands", case) for case in outside)
    for name, sound in cases.noises(hearing_set, recordings).items():
        for decibels in DECIBELS:
            noise = Noise(name, sound, decibels)
            yield from (("commands in noise", case) for case in cases.noisy(commands[::NOISY_EVERY], noise))
            yield from (("no commands in noise", case) for case in cases.noisy(outside[::NOISY_EVERY], noise))


def _orders(recordings: Recordings) -> Iterable[Case]:
    few = [each for each in recordings.more_orders if part_of(each, ORDERS_PARTS) == 0]
    return [
        Case("an order", each.voice, cases.in_quiet_room(at_level(each.pcm()), room=cases.CLOSE)) for each in few
    ]


def table(outcomes: Iterable[Outcome], counts: Counter[Kind]) -> str:
    """The outcomes, the first of them that of today's settings."""
    kinds = list(counts)
    lines = [f"of {', '.join(f'{count} {kind}' for kind, count in counts.items())}, in percent", ""]
    for each in outcomes:
        settings = each.settings
        values = (
            f"floor {settings.floor}, rival price {settings.rival_price}, unlike price {settings.unlike_price}, "
            f"farewell {settings.farewell_floor}, doubtful {settings.doubtful}"
        )
        figures = [f"{kind} {each.right.get(kind, 0):.1f} / {each.other.get(kind, 0):.1f}" for kind in kinds]
        lines.append(f"- {values}: right / other: {'; '.join(figures)}; asked back {each.asked:.1f}")
    return "\n".join(lines)
