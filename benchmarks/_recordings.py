"""Recordings of real people, and of anything else that was recorded: found in folders that are given.

A folder has a `manifest.json`, or is a checkout of one of the `SOURCES`. Nothing of it belongs in this repository.
The manifest is an object of lists: `orders` (`file`, `slots`), `read`, `commands` and `outside` (`file`, `text`,
and `voice` where it is known), `alexa` (`file`). To have your own voice measured, write one.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from benchmarks._sound import read_sound

SOURCES = (
    "Picovoice/speech-to-intent-benchmark (orders and a kitchen's noise; Apache-2.0)",
    "GoogleCloudPlatform/python-docs-samples (short clips; Apache-2.0)",
    "livekit/agents (two questions under tests/test_realtime; Apache-2.0)",
    "rhasspy/wyoming-faster-whisper (a lamp and a light under tests; MIT)",
)
"""Repositories whose recordings are known here."""
KNOWN = {
    "dialogflow/resources/230pm.wav": "two thirty p.m.",
    "dialogflow/resources/book_a_room.wav": "book a room",
    "dialogflow/resources/half_an_hour.wav": "half an hour",
    "dialogflow/resources/mountain_view.wav": "mountain view",
    "dialogflow/resources/today.wav": "today",
    "dialogflow/resources/two_people.wav": "two people",
    "genai/live/hello_gemini_are_you_there.wav": "hello gemini are you there",
    "speech/snippets/resources/audio.wav": "how old is the brooklyn bridge",
    "speech/snippets/resources/audio_silence_padding.wav": "how old is the brooklyn bridge",
    "speech/snippets/resources/fair.wav": "the word is fair",
    "tests/test_realtime/hello_world.wav": "hello world",
    "tests/test_realtime/weather_question.wav": "what is the weather in paris",
    "tests/living_room_light_en.wav": "turn on the living room light",
    "tests/turn_on_the_living_room_lamp.wav": "turn on the living room lamp",
}
"""What is said in recordings of the `SOURCES` that have no manifest."""
ORDERS_LABELS = Path("data", "label", "label.json")
KITCHEN = Path("data", "noise", "kitchen.wav")


@attrs.frozen
class Recording:
    """One file, and what is said in it."""

    path: Path
    text: str = ""
    voice: str = "a person"
    slots: Mapping[str, str] = attrs.field(factory=dict)
    """Of an order."""

    def pcm(self) -> bytes:
        """The sound, as microphones send it."""
        return read_sound(self.path)


@attrs.frozen
class Recordings:
    """All that was found."""

    orders: tuple[Recording, ...] = ()
    """Those that figures are published of."""
    more_orders: tuple[Recording, ...] = ()
    """Others, to fit to."""
    read: tuple[Recording, ...] = ()
    commands: tuple[Recording, ...] = ()
    outside: tuple[Recording, ...] = ()
    alexa: tuple[Recording, ...] = ()
    noises: Mapping[str, Path] = attrs.field(factory=dict)


def find_recordings(folders: Sequence[Path]) -> Recordings:
    """Find the recordings in `folders`. `ValueError` where one has none that are known."""
    listed: dict[str, list[Recording]] = {name: [] for name in ("orders", "read", "commands", "outside", "alexa")}
    noises: dict[str, Path] = {}
    for folder in folders:
        found = dict(_of_folder(folder))
        if not found and not (folder / KITCHEN).exists():
            raise ValueError(f"{folder} has no manifest.json, and none of the recordings that are known by name")
        for name, recordings in found.items():
            listed.setdefault(name, []).extend(recordings)
        if (folder / KITCHEN).exists():
            noises["kitchen"] = folder / KITCHEN
    reported = {recording.path.name for recording in listed["orders"]}
    more = [each for each in listed.pop("more_orders", []) if each.path.name not in reported]
    return Recordings(
        more_orders=tuple(more), noises=noises, **{name: tuple(all_) for name, all_ in listed.items()}
    )


def part_of(recording: Recording, parts: int) -> int:
    """In which of some equal parts a recording belongs, by its name: the same in every run."""
    return hashlib.sha256(recording.path.name.encode()).digest()[0] % parts


def _of_folder(folder: Path) -> Iterator[tuple[str, list[Recording]]]:
    if (folder / "manifest.json").exists():
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        for name, entries in manifest.items():
            yield name, [_recording(folder, entry) for entry in entries]
    if (folder / ORDERS_LABELS).exists():
        labels = json.loads((folder / ORDERS_LABELS).read_text(encoding="utf-8"))
        speech = folder / "data" / "speech"
        orders = [Recording(speech / name, slots=label["slots"]) for name, label in sorted(labels.items())]
        yield "more_orders", [order for order in orders if order.path.exists()]
    if known := [Recording(folder / name, text) for name, text in KNOWN.items() if (folder / name).exists()]:
        yield "outside", known


def _recording(folder: Path, entry: Mapping[str, Any]) -> Recording:
    return Recording(
        folder / entry["file"],
        entry.get("text", ""),
        entry.get("voice", "a person"),
        entry.get("slots", {}),
    )
