"""What hearing hotwords costs: processor and memory, against openWakeWord's own loop on the same audio.

python -m benchmarks.hotword [--json]
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import attrs

from benchmarks._programs import ROOT, module
from benchmarks._table import Goal, Report, Row, Table, percentile, publish
from tars.audio.formats import MICROPHONE
from tars.pi.hotword import DEFAULT_HOTWORD
from tars.pi.hotword.catalogue import find_models
from tars.pi.hotword.chunk import CHUNK_BYTES, Chunk
from tars.pi.hotword.detector import load_detector
from tars.pi.hotword.trigger import Trigger
from tars.runtime.onnx import NO_TELEMETRY
from tests.support.voices import VOICES, in_room, mix, noise, silence, speak, voiced

SETTLE = 8.0
"""Seconds of each scene before anything is counted: longer than the gate needs to know a room."""
LENGTH = 40.0
"""Seconds of each scene that are counted."""
PACE = 4
"""Times real time: as many wake-ups for a second of audio as in life, in a quarter of the time."""
PLAIN, UNGATED, GATED = "openWakeWord's loop", "TARS, gate always open", "TARS"
PROGRAMS = {PLAIN: "plain", UNGATED: "ungated", GATED: "gated"}
SILENT, FAN = "silent room (rms 5)", "fan (rms 300)"
SPARSE, TALK = "one sentence, one hotword in 40 s (rms 20)", "talk without end (rms 20)"
RATES = (140, 160, 180)
PATIENCE = 300.0
"""Seconds for one program; it hears 4 × 48 s at `PACE`."""


def scenes() -> dict[str, bytes]:
    """What is heard, each of `SETTLE + LENGTH` seconds."""
    whole = SETTLE + LENGTH
    sentence = speak("i would like to know what the weather will be like tomorrow", "en-gb-x-rp")
    talk = speak(
        "i was going to say that it is rather warm for the season, and then again it is not, which is what one"
        " says when there is nothing to be said. "
    )
    sparse = silence(SETTLE + 8) + sentence + silence(14) + speak("hey jarvis", "en-us+m6")
    return {
        SILENT: noise(whole, 5, seed=1),
        FAN: noise(whole, 300, seed=2),
        SPARSE: mix(sparse, noise(whole, 20, seed=3)),
        TALK: mix((talk * 30)[: MICROPHONE.bytes_in(whole)], noise(whole, 20, seed=4)),
    }


@attrs.frozen
class Cost:
    """What one program used."""

    processor: dict[str, float]
    """By scene: processor time in percent of the audio's time."""
    heard: dict[str, int]
    resident: float
    """MB, once everything has been heard."""


def measure_costs() -> dict[str, Cost]:
    """Every program hears every scene, one program after the other."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, pcm in enumerate(scenes().values()):
            files.append(Path(folder, f"{number}.pcm"))
            files[-1].write_bytes(pcm)
        return {name: _run(name, files) for name in PROGRAMS}


def _run(name: str, files: list[Path]) -> Cost:
    print(name, file=sys.stderr)
    (hotword,) = find_models([DEFAULT_HOTWORD]).hotwords
    command = module("benchmarks._hotword_loops", PROGRAMS[name], hotword.path, PACE, SETTLE, *files)
    done = subprocess.run(
        command, stdout=subprocess.PIPE, cwd=ROOT, env=os.environ | NO_TELEMETRY, timeout=PATIENCE, check=True
    )
    printed = json.loads(done.stdout)
    by_scene = dict(zip((SILENT, FAN, SPARSE, TALK), printed["costs"], strict=True))
    return Cost(
        {scene: 100 * used / LENGTH for scene, (used, _) in by_scene.items()},
        {scene: heard for scene, (_, heard) in by_scene.items()},
        printed["resident"],
    )


def measure_delays() -> list[float | None]:
    """Milliseconds from the end of a word to its detection, for every voice and rate; None where not heard."""
    print("delays", file=sys.stderr)
    return [_delay(speak("hey jarvis", voice, rate)) for voice in VOICES for rate in RATES]


def _delay(word: bytes) -> float | None:
    before = 5.0
    room = in_room(word, 20, before=before, after=1.2)
    detector = load_detector(find_models([DEFAULT_HOTWORD]), Trigger(), gated=True)
    for end in range(CHUNK_BYTES, len(room) + 1, CHUNK_BYTES):
        if found := detector.listen(Chunk(room[end - CHUNK_BYTES : end], end)):
            return 1000 * MICROPHONE.seconds(found.position - MICROPHONE.bytes_in(before) - voiced(word)[1])
    return None


def report(costs: dict[str, Cost], delays: list[float | None]) -> Report:
    """The tables and the goals."""
    share = costs[GATED].processor[SILENT] / costs[PLAIN].processor[SILENT]
    fewer = sum(costs[UNGATED].heard.values()) - sum(costs[GATED].heard.values())
    return Report(
        "Hotword",
        f"The hotword {DEFAULT_HOTWORD} in three processes, one after the other, hearing the same audio at {PACE} "
        f"times real time in chunks of 80 ms; {LENGTH:.0f} s of each scene are counted, after {SETTLE:.0f} s in "
        "which the gate gets to know the room. Each has one loop that sleeps until the next chunk is there; "
        "TARS's figures contain the hand-over to the detector's thread. Speech is synthetic.",
        (_processor(costs), _memory(costs), _delays(delays)),
        (
            Goal("hotword CPU, room silent, against openWakeWord's loop", 1 / 8, share, "×"),
            Goal("hotwords of these scenes lost by the gate", 0, fewer, "hotwords"),
        ),
        (
            "That the gate loses no hotword is shown by tests/pi/hotword/test_detector.py over many voices and "
            "noises; and tests/pi/hotword/test_against_openwakeword.py shows that the scores are openWakeWord's.",
        ),
    )


def _processor(costs: dict[str, Cost]) -> Table:
    rows = (
        Row(name, (cost.processor[scene], cost.heard[scene]), scene)
        for scene in (SILENT, FAN, SPARSE, TALK)
        for name, cost in costs.items()
    )
    return Table("Processor time", ("% of a core", "hotwords heard"), tuple(rows), PLAIN)


def _memory(costs: dict[str, Cost]) -> Table:
    rows = (Row(name, (cost.resident,)) for name, cost in costs.items())
    return Table("Memory of the whole process", ("resident, MB",), tuple(rows), PLAIN)


def _delays(delays: list[float | None]) -> Table:
    heard = [delay for delay in delays if delay is not None]
    row = Row("TARS", (statistics.median(heard), percentile(heard, 90), len(heard), len(delays)))
    return Table(
        f"From the end of the word to its detection, {len(VOICES)} voices at {len(RATES)} speeds",
        ("median, ms", "p90, ms", "heard", "of"),
        (row,),
    )


if __name__ == "__main__":
    publish(report(measure_costs(), measure_delays()))
