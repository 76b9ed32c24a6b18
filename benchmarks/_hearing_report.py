"""The hearing benchmark's figures, as tables and goals."""

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import attrs

from benchmarks._hearing_cases import Case, Heard
from benchmarks._hearing_cost import UTTERANCES, Memory
from benchmarks._recordings import SOURCES
from benchmarks._scoring import Fate, Result, share, word_error_rate
from benchmarks._table import Goal, Report, Row, Table, percentile
from tars.audio.formats import MICROPHONE

OURS, BASELINE = "Moonshine", "pocketsphinx"
ByName = Mapping[str, list[Result]]


@attrs.define
class Costs:
    """Processor time, and the audio that it was spent on."""

    commands: dict[str, list[float]] = attrs.field(factory=dict)
    """Seconds for each case, by recogniser."""
    audio: dict[str, float] = attrs.field(factory=dict)

    def add(self, name: str, case: Case, heard: Heard | None) -> None:
        """Note one case; what was not heard to its end is not counted."""
        if heard is not None:
            self.commands.setdefault(name, []).append(heard.seconds)
            self.audio[name] = self.audio.get(name, 0.0) + MICROPHONE.seconds(len(case.pcm))


@attrs.frozen
class NoisyFigures:
    """Commands in one noise at one level."""

    group: str
    results: ByName


@attrs.frozen
class Figures:
    """All that was measured."""

    name: str
    """Of the set."""
    commands: ByName
    uncalled: list[Result]
    """Commands that no hotword stands before."""
    outside: ByName
    real_outside: ByName
    noisy: list[NoisyFigures]
    orders: Mapping[str, Mapping[str, Sequence[bool]]]
    """Whether all slots were right, by condition and recogniser."""
    read: Mapping[str, Sequence[tuple[str, str]]]
    """What was read aloud and what was heard, by recogniser."""
    costs: Costs
    memory: Memory | None


def report(figures: Figures) -> Report:
    """The tables, and what was to be reached."""
    tables = [
        by_voice(figures.commands),
        fates("Commands, all voices", overall(figures)),
        outside(figures),
    ]
    if figures.noisy:
        rows = [(each.group, each.results) for each in figures.noisy]
        tables.append(fates("Commands in noise", rows))
    if figures.orders:
        tables.append(orders(figures.orders))
    if any(figures.read.values()):
        tables.append(reading(figures.read))
    return Report("Hearing", how(figures), (*tables, cost(figures)), tuple(goals(figures)), notes(figures))


def how(figures: Figures) -> str:
    """How it was measured."""
    voices = {result.voice for result in figures.commands[OURS]}
    engines = sorted({voice.partition(":")[0] for voice in voices})
    said = {result.said for result in figures.commands[OURS]}
    return (
        f"{len(said)} commands of the skills in {len(voices)} synthetic voices of {len(engines)} engines "
        f"({', '.join(engines)}), in a quiet room, right behind the hotword: the recogniser of a speech worker "
        "hears them, with its voice activity, its endpointing, its search and its gate, in this process and "
        "without waiting for time to pass. An intent is right where the brain understands what was heard as it "
        "understands what was said; a command that it does not know as text either counts as not understood. "
        "Voices, sentences and noise are the set "
        f'"{figures.name}" of `benchmarks/_hearing_sets.py`; no threshold was fitted to any of it. The baseline '
        "is pocketsphinx as TARS used it before, with the same grammar, without the hotword; it hears one in "
        "sixteen of these cases, spread over all voices, and all read sentences and orders in a quiet room."
    )


COLUMNS = ("intent right, %", "another command, %", "not understood, %", "no answer, %", "to the word, %", "said")


def fate_figures(results: Sequence[Result]) -> tuple[float | None, ...]:
    """The figures of `COLUMNS`."""
    if not results:
        return (None,) * (len(COLUMNS) - 1) + (0.0,)
    parts = [share(results, fate) for fate in (Fate.RIGHT, Fate.OTHER, Fate.REFUSED, Fate.SILENT)]
    return (*parts, 100 * sum(result.verbatim for result in results) / len(results), float(len(results)))


def fates(caption: str, groups: Iterable[tuple[str, ByName]]) -> Table:
    """What became of what was said, by group and recogniser."""
    rows = [
        Row(name, fate_figures(results), group) for group, by_name in groups for name, results in by_name.items()
    ]
    return Table(caption, COLUMNS, tuple(rows), BASELINE)


def by_voice(commands: ByName) -> Table:
    """The commands, voice by voice."""
    voices = list(dict.fromkeys(result.voice for result in commands[OURS]))
    return fates(
        "Commands, by voice",
        (
            (
                voice,
                {name: [each for each in results if each.voice == voice] for name, results in commands.items()},
            )
            for voice in voices
        ),
    )


def overall(figures: Figures) -> list[tuple[str, ByName]]:
    """The commands, all voices together."""
    return [
        ("behind the hotword", figures.commands),
        ("without it", {OURS: figures.uncalled, **_without(figures.commands)}),
    ]


def _without(commands: ByName) -> ByName:
    return {name: results for name, results in commands.items() if name == BASELINE}


def outside(figures: Figures) -> Table:
    """What is no command, and what it was taken for."""
    columns = ("taken for a command, %", "asked back first, %", "changes something, %", "said")
    rows = []
    for group, by_name in (("synthetic voices", figures.outside), ("real people", figures.real_outside)):
        for name, results in by_name.items():
            taken = [each for each in results if each.fate is Fate.OTHER]
            asked = sum(each.doubtful and each.changes for each in taken)
            harm = sum(each.harm for each in results)
            parts = [100 * count / len(results) for count in (len(taken), asked, harm)] if results else [None] * 3
            rows.append(Row(name, (*parts, len(results)), group))
    return Table("Questions and talk that are no commands", columns, tuple(rows), BASELINE)


def orders(by_condition: Mapping[str, Mapping[str, Sequence[bool]]]) -> Table:
    """The orders of real people."""
    rows = [
        Row(name, (sum(right), len(right)), condition)
        for condition, by_name in by_condition.items()
        for name, right in by_name.items()
    ]
    columns = ("all slots right", "orders")
    return Table("Real orders, with the orders' grammar", columns, tuple(rows), BASELINE)


def reading(read: Mapping[str, Sequence[tuple[str, str]]]) -> Table:
    """The sentences that were read aloud."""
    rows = [Row(name, (word_error_rate(pairs), len(pairs))) for name, pairs in read.items()]
    return Table("Sentences read aloud, as free words", ("word errors, %", "sentences"), tuple(rows), BASELINE)


def cost(figures: Figures) -> Table:
    """Processor time and memory."""
    rows = []
    for name, seconds in figures.costs.commands.items():
        times = (1e3 * statistics.median(seconds), 1e3 * percentile(seconds, 95))
        rows.append(Row(name, (*times, people(figures.costs, name))))
    columns = ("processor time for an utterance, median ms", "p95 ms", "people a core")
    return Table("Processor time, voice activity and pauses included", columns, tuple(rows), BASELINE)


def people(costs: Costs, name: str) -> float:
    """How many people who never stop speaking one core hears."""
    return costs.audio[name] / sum(costs.commands[name])


def goals(figures: Figures) -> Iterable[Goal]:
    """What was to be reached."""
    ours = figures.commands[OURS]
    right, other = share(ours, Fate.RIGHT), share(ours, Fate.OTHER)
    yield Goal("commands: intent right", 95, right, "%", at_least=True)
    yield Goal("commands: another command", 1, other, "%")
    yield Goal("commands: no answer", 0, share(ours, Fate.SILENT), "%")
    worst = worst_voice(figures.outside[OURS])
    yield Goal("outside: taken for a command, of 60 in the worst voice", 1, 60 * worst, "questions")
    harm = sum(each.harm for each in (*figures.outside[OURS], *figures.real_outside[OURS]))
    yield Goal("outside: change anything", 0, harm, "questions")
    if "quiet" in figures.orders:
        whole = figures.orders["quiet"][OURS]
        yield Goal(f"real orders: all slots right, of {len(whole)}", 39, sum(whole), "orders", at_least=True)
    if figures.read.get(OURS):
        yield Goal("read sentences: word errors", 3, word_error_rate(figures.read[OURS]), "%")
    seconds = figures.costs.commands[OURS]
    yield Goal("processor time for a command, median", 160, 1e3 * statistics.median(seconds), "ms")
    yield Goal("people a core who speak at once", 12, people(figures.costs, OURS), "people", at_least=True)
    if figures.memory is not None:
        yield Goal(f"speech worker, resident after {UTTERANCES} utterances", 200, figures.memory.late, "MB")


def worst_voice(results: Sequence[Result]) -> float:
    """The largest share of outside questions that were taken for commands in one voice."""
    said = Counter(each.voice for each in results)
    taken = Counter(each.voice for each in results if each.fate is Fate.OTHER)
    return max((taken[voice] / count for voice, count in said.items()), default=0.0)


def notes(figures: Figures) -> tuple[str, ...]:
    """What a reader must know besides."""
    said = [
        "In heavy noise every method fails; what counts there is that few other commands come out of it.",
        "Each case ends 1.5 s after the speech. No answer in noise means that the utterance had not ended by "
        "then, because voices 10 dB below the speaker's are taken for the speaker's own.",
        "Recordings are given by `--speech DIR`, and are in: " + "; ".join(SOURCES) + ".",
    ]
    if figures.memory is not None:
        memory = figures.memory
        said.append(
            f"A speech worker has {memory.ready:.0f} MB resident when it is ready, {memory.early:.0f} MB after "
            f"its first utterances and {memory.late:.0f} MB after {UTTERANCES} in different voices."
        )
    if any(figures.read.values()):
        said.append(
            "People who read to an audience pause for longer than people who ask, and free words end at such a "
            "pause: the row with a longest pause of 1.4 s shows how much that costs. It was chosen with these "
            "recordings."
        )
    if figures.commands.get(BASELINE):
        said.append(
            "The grammar has many more sentences than when TARS used pocketsphinx, which understood 88 % of the "
            "commands of that time in seven other voices."
        )
    else:
        said.append("The baseline, the noise and the memory were left out of this run (`--quick`).")
    if not figures.orders:
        said.append("No recordings were given in this run: only synthetic voices were heard.")
    return tuple(said)
