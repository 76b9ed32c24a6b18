"""Voice activity and decodings by hand: for tests of the recogniser without models."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import attrs

from tars.server.brains.grammar import Completeness
from tars.server.stt.commands import Reading
from tars.server.stt.decoding import Decoding
from tars.server.stt.vad import FRAME_BYTES

T = TypeVar("T")
VOICE, SILENCE = b"\x01", b"\x00"


def audio(pattern: str) -> bytes:
    """Audio of which `LetterActivity` knows where somebody speaks: `s` a frame of speech, `.` one of silence."""
    return b"".join((VOICE if letter == "s" else SILENCE) * FRAME_BYTES for letter in pattern)


class LetterActivity:
    """A voice activity detector for `audio`."""

    def __call__(self, frame: bytes) -> float:
        return 0.9 if frame[:1] == VOICE else 0.1

    def reset(self) -> None:
        pass


@attrs.define(eq=False)
class HandQueue:
    """Decodings that happen when the test says so, in the order in which their speakers fell silent."""

    running_since: float | None = None
    waiting: list[tuple[float, Decoding]] = attrs.field(factory=list)

    def submit(
        self, since: float, work: Callable[[Callable[[], bool]], T], then: Callable[[Callable[[], T]], None]
    ) -> Decoding:
        decoding = Decoding(work, then)
        self.waiting.append((since, decoding))
        return decoding

    def deliver(self) -> bool:
        """Do one that is wanted; False where there is none."""
        while self.waiting:
            self.waiting.sort(key=lambda each: each[0])
            decoding = self.waiting.pop(0)[1]
            if decoding.wanted:
                decoding.then(partial(decoding.work, decoding.is_wanted))
                return True
        return False

    def run(self) -> int:
        """Do all that is wanted; returns how many there were."""
        done = 0
        while self.deliver():
            done += 1
        return done


@attrs.define(eq=False)
class FakeCommands:
    """Reads what the test says; `read_audio` has what it was given."""

    reading: Reading = attrs.field(factory=lambda: sentence("what time is it"))
    read_audio: list[bytes] = attrs.field(factory=list)
    expected: list[str | None] = attrs.field(factory=list)
    """The hotwords that were expected."""
    behind: list[float | None] = attrs.field(factory=list)
    """Where they were over."""
    stop_audio: list[bytes] = attrs.field(factory=list)
    hotword_audio: list[bytes] = attrs.field(factory=list)
    hotword: bool = True
    stop_word: bool = False
    breaks_at: int | None = None
    """The number of the reading that goes wrong, from 1 on."""
    names: dict[str, Sequence[str]] = attrs.field(factory=dict)

    def read(
        self, pcm: bytes, hotword: str | None, wanted: Callable[[], bool], behind: float | None = None
    ) -> Reading:
        self.read_audio.append(pcm)
        self.expected.append(hotword)
        self.behind.append(behind)
        if len(self.read_audio) == self.breaks_at:
            raise ValueError("no such sound")
        return self.reading

    def use_names(self, names: Mapping[str, Sequence[str]]) -> None:
        self.names.update(names)

    def has_stop_word(self, pcm: bytes, wanted: Callable[[], bool]) -> bool:
        self.stop_audio.append(pcm)
        return self.stop_word

    def has_hotword(self, pcm: bytes, hotword: str, wanted: Callable[[], bool]) -> bool:
        self.hotword_audio.append(pcm)
        return self.hotword


def sentence(text: str, completeness: Completeness = Completeness.COMPLETE, *, doubtful: bool = False) -> Reading:
    """A sentence of the grammar."""
    return Reading(
        text.capitalize(), text, completeness, "grammar", doubtful=doubtful, score=-6.0 if doubtful else 0.0
    )


def free(text: str) -> Reading:
    """Free words."""
    return Reading(text.capitalize(), text, Completeness.OPEN, "free")
