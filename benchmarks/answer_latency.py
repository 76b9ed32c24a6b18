"""End of speech to the first sample of the reply, and which stage takes how much of it.

python -m benchmarks.answer_latency [--json]
"""

import json
import statistics
import sys

import attrs
import trio

from benchmarks._device import Answer, Clip, Device, clip, open_device
from benchmarks._hearing_judge import Judge
from benchmarks._programs import Event, Program, open_program, script
from benchmarks._table import Goal, Report, Row, Table, percentile, publish
from tests.support.limits import HANG
from tests.support.voices import VOICES

COMMANDS = (
    "what time is it",
    "what is the date",
    "what day is it",
    "what year is it",
    "flip a coin",
    "heads or tails",
    "roll the dice",
    "who are you",
    "what can you do",
    "are you connected",
    "tell me a joke",
    "what is twelve plus thirty",
    "what is seven times eight",
    "what is ninety minus eleven",
    "what is one hundred divided by four",
    "what is the square root of eighty one",
    "convert ten miles to kilometers",
    "how many feet are in three meters",
    "set your humor to fifty percent",
    "what is your honesty setting",
    "set the volume to forty percent",
    "what is your volume",
    "turn the volume up",
    "repeat that",
)
PAUSED = (
    ("what is twelve plus", "thirty"),
    ("what is seven", "times eight"),
    ("what is one hundred divided by", "four"),
    ("what is the square root of", "eighty one"),
    ("convert ten miles", "to kilometers"),
    ("how many feet are in", "three meters"),
    ("set your humor to", "fifty percent"),
    ("set the volume to", "forty percent"),
)
"""Sentences with a pause of 400 ms where what has been said so far is no sentence of the grammar."""
LATE = (
    "The endpoint is a position in the audio. The frame that holds it is complete up to 40 ms later, and the "
    "words must be known by then: a decoding that began in the first 64 ms of the pause takes a tenth of a second."
)
ROUNDS = 2
"""Times that every command is said while the server speculates, each time in another voice."""
SPECULATING = "speculating"
WAITING = "without speculation"
REST = 0.3
"""Seconds between two questions, for the server to settle."""


@attrs.frozen
class Asked:
    """One question and what came of it."""

    said: Clip
    answer: Answer
    turn: Event
    """The server's trace of the turn."""
    understood: bool
    """Whether what was heard means the same to the brain as what was said."""

    def after_speech(self, moment: str) -> float | None:
        """Milliseconds from the end of speech to that moment of the trace; None where it has none.

        The server's clock is laid on the device's by the hotword and the first audio: what is left between them is
        the link's, and half of it is taken for each way.
        """
        at, link = self.turn.get(moment), self.link
        if at is None or link is None:
            return None
        spoken = 1e3 * (self.answer.speech_end - self.answer.hotword)
        return float(at - self.turn["hotword_ms"] - spoken + link / 2)

    @property
    def link(self) -> float | None:
        """Milliseconds on the link, of the hotword and of the first audio together."""
        first, hotword = self.turn.get("tts_first_byte_ms"), self.turn.get("hotword_ms")
        if self.answer.first_sample is None or first is None or hotword is None:
            return None
        return float(1e3 * (self.answer.first_sample - self.answer.hotword) - (first - hotword))

    def stages(self) -> tuple[float, ...] | None:
        """Milliseconds that each of `STAGES` took; None where the trace lacks one. Their sum is the latency."""
        total = None if self.answer.latency is None else 1e3 * self.answer.latency
        marks = [self.after_speech(moment) for moment in _MARKS]
        if total is None or None in marks:
            return None
        reached, times = 0.0, []
        for mark in (*marks, total):
            assert mark is not None
            # a reply that was prepared in the pause has its first word before the endpoint, and costs nothing
            times.append(max(0.0, mark - reached))
            reached = max(reached, mark)
        return tuple(times)


STAGES = (
    "voice activity: the end of speech is seen late",
    "endpoint: the pause that the words ask for",
    "decoding, and the way from the worker",
    "brain",
    "voice",
    "link",
)
_MARKS = ("speech_end_ms", "endpoint_ms", "transcript_ms", "brain_first_word_ms", "tts_first_byte_ms")
_JUDGE = Judge()


async def ask(device: Device, server: Program, said: Clip) -> Asked:
    """Ask, and read the server's trace of the turn."""
    answer = await device.ask(said)
    turn: Event = {}
    if answer.latency is not None:
        turn = await server.event("turn", within=5)
    meant = _JUDGE.intent(said.text)
    asked = Asked(said, answer, turn, meant is not None and meant == _JUDGE.intent(answer.heard))
    print(describe(asked), file=sys.stderr)
    await trio.sleep(REST)
    return asked


def describe(asked: Asked) -> str:
    """One line about it, for the one who watches the measurement."""
    latency, endpoint = asked.answer.latency, asked.after_speech("endpoint_ms")
    return json.dumps(
        {
            "said": asked.said.text,
            "heard": asked.answer.heard,
            "ms": None if latency is None else round(1e3 * latency),
            "endpoint_ms": None if endpoint is None else round(endpoint),
            "speculation": asked.turn.get("speculation"),
            "cut_off": asked.answer.cut_off,
        }
    )


async def measure_server(options: tuple[str, ...], clips: list[Clip]) -> list[Asked]:
    """Start a server of our own and ask it everything."""
    command = [script("tars-server"), "--port", "0", "--no-web", "--log-format", "json", "--tts.use", "espeak"]
    async with open_program([*command, *options]) as server:
        url = (await server.event("listening", within=HANG))["url"]
        await server.event("ready", within=HANG)  # the models are loaded
        async with open_device(url, "stopwatch") as device:
            await warm_up(device, server)
            return [await ask(device, server, said) for said in clips]


async def warm_up(device: Device, server: Program) -> None:
    """Ask until there is an answer: every cache is warm after it."""
    for _ in range(5):
        if (await ask(device, server, clip("what time is it", voice=VOICES[0]))).answer.latency is not None:
            return
    raise RuntimeError("tars-server answers nothing")


async def measure() -> dict[str, list[Asked]]:
    """The commands with and without speculation, and the sentences with a pause."""
    rounds = [
        clip(text, voice=VOICES[(number + 5 * turn) % len(VOICES)])
        for turn in range(ROUNDS)
        for number, text in enumerate(COMMANDS)
    ]
    paused = [clip(*parts, voice=voice) for voice in VOICES[:2] for parts in PAUSED]
    return {
        SPECULATING: await measure_server((), rounds),
        WAITING: await measure_server(("--session.no-speculate",), rounds[: len(COMMANDS)]),
        "paused": await measure_server((), paused),
    }


def latencies(asked: list[Asked]) -> list[float]:
    """Milliseconds from the end of speech to the reply's first sample, of those that got one."""
    return [1e3 * one.answer.latency for one in asked if one.answer.latency is not None]


def after_endpoint(asked: list[Asked]) -> list[float]:
    """Milliseconds from the confirmed endpoint to the reply's first sample."""
    pairs = [(one.answer.latency, one.after_speech("endpoint_ms")) for one in asked]
    return [
        1e3 * latency - endpoint for latency, endpoint in pairs if latency is not None and endpoint is not None
    ]


def row(name: str, asked: list[Asked], group: str) -> Row:
    """Median and p95 of both times."""
    total, rest = latencies(asked), after_endpoint(asked)
    times = (statistics.median(total), percentile(total, 95), statistics.median(rest), percentile(rest, 95))
    return Row(name, (*times, len(asked)), group)


def stages(asked: list[Asked]) -> Table:
    """Where the time goes, stage by stage."""
    taken = [times for one in asked if (times := one.stages()) is not None]
    whole = sum(map(sum, taken))
    rows = []
    for number, name in enumerate(STAGES):
        spent = [each[number] for each in taken]
        share = 100 * sum(spent) / whole if whole else None
        rows.append(Row(name, (statistics.median(spent), percentile(spent, 95), share)))
    columns = ("median, ms", "p95, ms", "share of all the time, %")
    return Table("Where the time goes, speculating, commands that were understood", columns, tuple(rows))


def report(results: dict[str, list[Asked]]) -> Report:
    """The tables, the goals, and what was cut off."""
    paused = results["paused"]
    understood = {name: [one for one in results[name] if one.understood] for name in (WAITING, SPECULATING)}
    ours = understood[SPECULATING]
    total, every = latencies(ours), latencies(results[SPECULATING])
    cut = sum(one.answer.cut_off for one in paused)
    columns = (
        "end of speech to first sample, median ms",
        "p95 ms",
        "confirmed endpoint to first sample, median ms",
        "p95 ms",
        "commands",
    )
    rows = tuple(
        row(name, asked, group)
        for group, by_name in (("understood", understood), ("every answered turn", results))
        for name, asked in by_name.items()
        if name in (WAITING, SPECULATING)
    )
    return Report(
        "Answer latency",
        f"{len(COMMANDS)} commands, complete sentences of the grammar, in {len(VOICES)} synthetic voices and a "
        "quiet room, each right after the hotword, streamed in real time in frames of 40 ms to a tars-server with "
        "everything embedded (Moonshine, templates, espeak-ng). From the voice's last sample to the arrival of "
        "the reply's first one at the device, on one machine. A command is understood where the brain takes what "
        "was heard for what was said; every answered turn counts those too that were not.",
        (Table("Commands that are complete sentences", columns, rows, WAITING), stages(ours)),
        (
            Goal("end of speech to first sample, complete command, median", 250, statistics.median(total), "ms"),
            Goal("end of speech to first sample, complete command, p95", 400, percentile(total, 95), "ms"),
            Goal("end of speech to first sample, every answered turn, p95", 700, percentile(every, 95), "ms"),
            Goal(
                "confirmed endpoint to first sample, p95", 60, percentile(after_endpoint(ours), 95), "ms", why=LATE
            ),
            Goal(f"of {len(paused)} sentences with a pause of 400 ms, cut off", 0, cut, "sentences"),
        ),
        (
            f"Of {len(results[SPECULATING])} commands {len(ours)} were understood, and {len(every)} answered. "
            "What is no sentence of the grammar waits for a longer pause.",
            "Speculation gains little here, because the embedded brain and voice need some milliseconds; it is "
            "there for those that need a second.",
        ),
    )


if __name__ == "__main__":
    publish(report(trio.run(measure)))
