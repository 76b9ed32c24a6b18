"""End of speech to the first sample of the reply: embedded recogniser, brain and voice.

python -m benchmarks.answer_latency [--json]
"""

import json
import statistics
import sys
from itertools import cycle

import attrs
import trio

from benchmarks._device import Answer, Clip, Device, clip, open_device
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
    "recogniser is some frames behind when a command follows right upon the hotword, because it hears the 1.5 s "
    "of audio before the hotword first; what comes after the transcript takes 2 ms."
)
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

    def after_speech(self, moment: str) -> float | None:
        """Milliseconds from the end of speech to that moment of the trace; None where it has none.

        The trace and the device have one moment in common: the first audio, which is under way for less than a
        millisecond on one machine.
        """
        at, first = self.turn.get(moment), self.turn.get("tts_first_byte_ms")
        if at is None or first is None or self.answer.latency is None:
            return None
        return float(1e3 * self.answer.latency - (first - at))

    @property
    def understood(self) -> bool:
        """Whether the transcript is what was said, to the word."""
        return self.answer.heard == self.said.text


async def ask(device: Device, server: Program, said: Clip) -> Asked:
    """Ask, and read the server's trace of the turn."""
    answer = await device.ask(said)
    turn: Event = {}
    if answer.latency is not None:
        turn = await server.event("turn", within=5)
    asked = Asked(said, answer, turn)
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
    command = [script("tars-server"), "--port", "0", "--no-web", "--log-format", "json", *options]
    async with open_program(command) as server:
        url = (await server.event("listening", within=HANG))["url"]
        async with open_device(url, "stopwatch") as device:
            await warm_up(device, server)
            return [await ask(device, server, said) for said in clips]


async def warm_up(device: Device, server: Program) -> None:
    """Ask until there is an answer: the models are loaded after it, and every cache is warm."""
    for _ in range(5):
        if (await ask(device, server, clip("what time is it", voice=VOICES[0]))).answer.latency is not None:
            return
    raise RuntimeError("tars-server answers nothing")


async def measure() -> dict[str, list[Asked]]:
    """The commands with and without speculation, and the sentences with a pause."""
    commands = [clip(text, voice=voice) for text, voice in zip(COMMANDS, cycle(VOICES), strict=False)]
    paused = [clip(*parts, voice=voice) for voice in VOICES[:2] for parts in PAUSED]
    return {
        SPECULATING: await measure_server((), commands),
        WAITING: await measure_server(("--session.no-speculate",), commands),
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
    """Where the time goes: the medians of what the trace says, from the end of speech."""
    names = {
        "the voice activity detector's end of speech": "speech_end_ms",
        "the endpoint": "endpoint_ms",
        "its transcript at the server's brain": "transcript_ms",
        "the first audio ready to be sent": "tts_first_byte_ms",
    }
    rows = []
    for name, field in names.items():
        times = [at for one in asked if (at := one.after_speech(field)) is not None]
        rows.append(Row(name, (statistics.median(times), percentile(times, 95))))
    return Table("After the end of speech, speculating, understood", ("median, ms", "p95, ms"), tuple(rows))


def report(results: dict[str, list[Asked]]) -> Report:
    """The tables, the goals, and what was cut off."""
    paused = results["paused"]
    understood = {name: [one for one in results[name] if one.understood] for name in (WAITING, SPECULATING)}
    ours = understood[SPECULATING]
    total = latencies(ours)
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
        for group, by_name in (("understood to the word", understood), ("all", results))
        for name, asked in by_name.items()
        if name in (WAITING, SPECULATING)
    )
    return Report(
        "Answer latency",
        f"{len(COMMANDS)} commands, complete sentences of the grammar, in {len(VOICES)} synthetic voices and a "
        "quiet room, each right after the hotword, streamed in real time in frames of 40 ms to a tars-server with "
        "everything embedded (pocketsphinx, templates, espeak-ng). From the voice's last sample to the arrival of "
        "the reply's first one at the device, on one machine. The endpoint is the one in the server's trace of "
        "the turn. The goals are about commands that were understood: what is misheard is a different sentence.",
        (Table("Commands that are complete sentences", columns, rows, WAITING), stages(ours)),
        (
            Goal("end of speech to first sample, median", 300, statistics.median(total), "ms"),
            Goal("end of speech to first sample, p95", 500, percentile(total, 95), "ms"),
            Goal(
                "confirmed endpoint to first sample, p95", 60, percentile(after_endpoint(ours), 95), "ms", why=LATE
            ),
            Goal(f"of {len(paused)} sentences with a pause of 400 ms, cut off", 0, cut, "sentences"),
        ),
        (
            "Speculation gains little here, because the embedded brain and voice need some milliseconds; it is "
            "there for those that need a second.",
            "What is not understood goes to the general model, whose last words take up to half a second, and "
            "waits for the longest pause. The recogniser's model is of American English; most of the misheard "
            "commands are in other accents.",
        ),
    )


if __name__ == "__main__":
    publish(report(trio.run(measure)))
