"""A microphone that goes deaf and a loudspeaker that sticks, while the link stands.

python -m benchmarks.watchdogs [--json]
"""

import signal
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import trio

from benchmarks._programs import Program, open_program, script
from benchmarks._table import Goal, Report, Row, Table, publish
from tars.audio.formats import MICROPHONE
from tars.audio.wav import WavWriter
from tests.support.limits import HANG
from tests.support.sound_card import SoundCard, open_sound_card
from tests.support.voices import noise

TIMES = 5
"""How often each of them fails."""
TOLD, BACK = 3.0, 12.0
"""Seconds until it is shown, and until it works again once it could: the longest pause between two openings is
8 s, and the sound server needs some time as well."""
AWAKE = 3.0
"""Seconds that the sound server needs before the microphone hears the room."""
ROOM = 60.0
"""Seconds of a quiet room's noise, which is played again and again."""

MUTED, STUCK = "only zeros", "nothing at all"
EVENTS = {"microphone": ("microphone_deaf", "microphone_back"), "loudspeaker": ("speaker_stuck", "speaker_back")}
"""What the log says when a part fails, and when it works again."""

Figures = defaultdict[str, list[float]]
"""Seconds, by what was measured."""


async def measure() -> tuple[Figures, int]:
    """What was measured, and how many links were lost meanwhile."""
    figures: Figures = defaultdict(list)
    with open_sound_card() as card:
        async with _programs(card) as device:
            for number in range(TIMES):
                print(f"{number + 1} of {TIMES}", file=sys.stderr)
                await _fail(card, device, MUTED, ["microphone"], figures)
                await _fail(card, device, STUCK, ["microphone", "loudspeaker"], figures)
            return figures, device.count("link_down")


@asynccontextmanager
async def _programs(card: SoundCard) -> AsyncIterator[Program]:
    """A server, and a device on that card in a room that is quiet but real: nothing else gives zeros."""
    with TemporaryDirectory() as folder:
        room = str(Path(folder) / "room.wav")
        wav = WavWriter(room, MICROPHONE)
        wav.write(noise(ROOM, 20))
        wav.close()
        server_command = [script("tars-server"), "--port", "0", "--no-web", "--log-format", "json"]
        async with open_program(server_command) as server, trio.open_nursery() as nursery:
            nursery.start_soon(_be_quiet, card, room)
            url = (await server.event("listening", within=HANG))["url"]
            device_command = [script("tars-pi"), "--server", url, "--log-format", "json"]
            async with open_program(device_command, env=card.env) as device:
                await device.event("link_up", within=HANG)
                await trio.sleep(AWAKE)
                yield device
            nursery.cancel_scope.cancel()


async def _be_quiet(card: SoundCard, room: str) -> None:
    while True:
        await trio.run_process(["paplay", "-d", "micfeed", room], env=card.env)


async def _fail(card: SoundCard, device: Program, what: str, parts: Sequence[str], figures: Figures) -> None:
    """Let it fail, wait until that is told of all its parts, mend it, and wait until they all work."""
    before = {event: device.count(event) for part in parts for event in EVENTS[part]}
    failed_at = time.monotonic()
    await _break(card, what, broken=True)
    for part in parts:
        told = await device.nth(EVENTS[part][0], before[EVENTS[part][0]] + 1, within=HANG)
        figures[f"{part}, {what}: told after"].append(told["monotonic"] - failed_at)
    mended_at = time.monotonic()
    await _break(card, what, broken=False)
    for part in parts:
        back = await device.nth(EVENTS[part][1], before[EVENTS[part][1]] + 1, within=HANG)
        figures[f"{part}, {what}: works again after"].append(back["monotonic"] - mended_at)
    await trio.sleep(AWAKE)


async def _break(card: SoundCard, what: str, *, broken: bool) -> None:
    if what == MUTED:
        await trio.to_thread.run_sync(partial(card.control, "set-source-mute", "mic", str(int(broken))))
    else:
        card.signal(signal.SIGSTOP if broken else signal.SIGCONT)


def report(figures: Figures, lost: int) -> Report:
    """A line for every figure, and the goals."""
    rows = [Row(name, (statistics.median(times), max(times), len(times))) for name, times in figures.items()]
    goals = [
        Goal(f"card: {name}", TOLD if name.endswith("told after") else BACK, max(times), "s")
        for name, times in figures.items()
    ]
    return Report(
        "Microphones and loudspeakers that fail",
        "tars-server and tars-pi with a sound card (PulseAudio's null sinks, through PortAudio), in a quiet room "
        "but never in silence. The microphone's mute switch gives zeros; a sound server that is stopped "
        "(SIGSTOP) gives and takes nothing. From then until the device's log tells it, and from the moment when "
        "it is mended until the log tells that.",
        (Table("Seconds", ("median", "longest", "times"), tuple(rows)),),
        (*goals, Goal("card: links lost meanwhile", 0, lost, "links")),
    )


if __name__ == "__main__":
    publish(report(*trio.run(measure)))
