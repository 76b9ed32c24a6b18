"""What is played to the recognisers: a room, the hotword, something said, and what else sounds meanwhile."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping

import attrs
import numpy as np

from benchmarks._hearing_set import HearingSet
from benchmarks._hearing_sets import BABBLE
from benchmarks._recordings import Recordings
from benchmarks._sound import SPEECH_RMS, Samples, at_level, read_sound, samples_of, speech_rms, to_pcm, with_noise
from benchmarks._voices import babble, installed, say
from tars.audio.formats import MICROPHONE
from tests.support.voices import noise

HOTWORD = "hey_jarvis"
CALL = "hey jarvis"
ROOM_RMS = 20
"""A quiet room, in samples' units."""
BREATH = 0.2
"""Seconds between the hotword and the command."""
DETECTION_DELAY = 0.1
PARTS = 3
"""Of a noise recording: one for each set."""
BABBLE_SECONDS = 60.0


@attrs.frozen
class Room:
    """How long a quiet room is heard, in seconds."""

    before: float
    after: float


WIDE = Room(0.5, 1.5)
"""Longer behind the speech than the longest pause that ends an utterance."""
CLOSE = Room(0.4, 0.1)
"""What reaches the search: the lead-in, and the pause in which it begins."""


@attrs.frozen
class Case:
    """One thing said."""

    said: str
    voice: str
    pcm: bytes
    slots: Mapping[str, str] = attrs.field(factory=dict)
    called: float | None = None
    """Where a device detected the hotword, in seconds."""


@attrs.frozen
class Heard:
    """What was heard first in some audio."""

    text: str
    words: str
    """Normalised for commands."""
    bound: bool
    """Whether it is a sentence of the grammar."""
    doubtful: bool = False
    score: float | None = None
    seconds: float = 0.0
    """Processor time for all of the audio."""


@attrs.frozen
class Noise:
    """What sounds while somebody speaks."""

    name: str
    sound: Samples
    decibels: float
    """How far the speech stands above it."""


def in_quiet_room(speech: bytes, called: bytes = b"", room: Room = WIDE) -> bytes:
    """The speech in a quiet room, behind the hotword where one is `called`."""
    breath = bytes(MICROPHONE.bytes_in(BREATH)) if called else b""
    padded = (
        bytes(MICROPHONE.bytes_in(room.before)) + called + breath + speech + bytes(MICROPHONE.bytes_in(room.after))
    )
    hum = samples_of(noise(MICROPHONE.seconds(len(padded)), ROOM_RMS))
    return to_pcm(samples_of(padded) + hum)


def voices_of(hearing_set: HearingSet) -> tuple[str, ...]:
    """The voices of a set that can be had on this machine."""
    return installed(hearing_set.voices)


def commands(
    hearing_set: HearingSet, *, called: bool, recordings: Recordings | None = None, room: Room = WIDE
) -> Iterator[Case]:
    """Every command in every voice, and recorded ones; `called`: right behind the hotword."""
    for voice in voices_of(hearing_set):
        call = say(voice, CALL) if called else b""
        for text in hearing_set.commands:
            yield Case(text, voice, in_quiet_room(say(voice, text), call, room), called=_detected(call))
    yield from _recorded(recordings, called=called, room=room)


def _recorded(recordings: Recordings | None, *, called: bool, room: Room) -> Iterator[Case]:
    listed = recordings.commands if recordings else ()
    calls = {each.voice: at_level(each.pcm()) for each in listed if each.text == CALL}
    for each in listed:
        if each.text != CALL:
            call = calls.get(each.voice, b"") if called else b""
            yield Case(
                each.text, each.voice, in_quiet_room(at_level(each.pcm()), call, room), called=_detected(call)
            )


def _detected(call: bytes) -> float | None:
    """Where a device detects the hotword: a moment after its end."""
    return WIDE.before + MICROPHONE.seconds(len(call)) + DETECTION_DELAY if call else None


def outside(hearing_set: HearingSet, room: Room = WIDE) -> Iterator[Case]:
    """Everything that is no command, in every voice."""
    for voice in voices_of(hearing_set):
        for text in hearing_set.outside:
            yield Case(text, voice, in_quiet_room(say(voice, text), room=room))


def real_outside(recordings: Recordings) -> Iterator[Case]:
    """What real people say that is no command: questions, orders, and sentences that they read."""
    for each in (*recordings.outside, *recordings.orders, *recordings.read):
        yield Case(each.text or "an order", each.voice, in_quiet_room(at_level(each.pcm())))


def orders(recordings: Recordings) -> Iterator[Case]:
    """The orders that figures are published of."""
    for each in recordings.orders:
        yield Case(each.path.name, each.voice, in_quiet_room(at_level(each.pcm())), each.slots)


def read_sentences(recordings: Recordings) -> Iterator[Case]:
    """The sentences that are read aloud."""
    for each in recordings.read:
        yield Case(each.text, each.voice, in_quiet_room(at_level(each.pcm())))


def noises(hearing_set: HearingSet, recordings: Recordings) -> dict[str, Samples]:
    """This set's part of every noise there is, by name."""
    sounds = {name: samples_of(read_sound(path)) for name, path in recordings.noises.items()}
    sounds["babble"] = samples_of(babble(installed(hearing_set.talkers), BABBLE, BABBLE_SECONDS))
    return {name: np.array_split(sound, PARTS)[hearing_set.noise_part] for name, sound in sounds.items()}


def noisy(cases: Iterable[Case], background: Noise) -> Iterator[Case]:
    """The cases with a passage of noise over each of them, chosen by what is said and by whom."""
    for case in cases:
        seed = int.from_bytes(hashlib.sha256(f"{case.voice}{case.said}".encode()).digest()[:4])
        level = SPEECH_RMS if case.voice != "a person" else speech_rms(case.pcm)
        mixed = with_noise(case.pcm, background.sound, background.decibels, level=level, seed=seed)
        yield attrs.evolve(case, pcm=mixed)
