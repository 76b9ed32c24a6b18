"""What hears: the interface that every speech recogniser of the server offers.

Positions are seconds of audio: 0 is the first sample fed to the listening, so that everything here is about
what was said and not about when it arrived.
"""

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Literal, Protocol

import attrs

if TYPE_CHECKING:
    import trio  # not in the worker's process: 4 MB


PROGRESS = 0.25
"""Seconds of audio after which a recogniser that keeps up has told so."""


@attrs.frozen
class Activation:
    """How a session began: by a wake word (hotword) that the device detected."""

    pre_roll: float
    """Seconds of audio, from the first sample on, that the device recorded before the detection. They hold the
    hotword; with 0 the audio begins at the hotword's end, or after it."""
    hotword: str = ""
    """The name of the device's model, as `hotword_detected` has it."""
    score: float = 1.0
    """The device's score, 0 to 1."""


@attrs.frozen
class SpeechStarted:
    """Someone speaks."""

    at: float


@attrs.frozen
class PartialTranscript:
    """What has been heard so far of the utterance under way."""

    text: str
    at: float


@attrs.frozen
class Pause:
    """A first short pause: a reply to `text` may be prepared, and is thrown away if the speaker goes on."""

    text: str
    speech_end: float
    """Where the speech stopped, by the voice activity detector."""
    at: float
    words: str = ""
    """As in the `Utterance` that may follow: the reply that was prepared is given only where all of it agrees."""
    doubtful: bool = False
    source: Literal["grammar", "free"] = "free"


@attrs.frozen
class Resumed:
    """The speaker went on after a `Pause`."""

    at: float


@attrs.frozen
class Utterance:
    """The endpoint: the speaker has finished."""

    text: str
    """As it is written, with capitals, punctuation and digits, the hotword cut from its front; empty where nothing
    was understood."""
    source: Literal["grammar", "free"]
    """Whether the text is a sentence of the skills' grammar, or free words."""
    speech_start: float
    speech_end: float
    at: float
    words: str = ""
    """The same normalised for commands: lower case, numbers and signs as the grammar has them."""
    doubtful: bool = False
    """A sentence of the grammar that is probable but not sure: what it changes is asked back."""
    score: float | None = None
    """Log probability of the sentence less that of the best free words; None where no sentence was compared."""


@attrs.frozen
class HotwordAlone:
    """The speech that had started was the hotword and nothing more: the sentence is still to come."""

    at: float


@attrs.frozen
class FalseWake:
    """A second look at the audio found no hotword: the session was not meant."""

    at: float


@attrs.frozen
class StopWord:
    """A stop word was said over TARS's own voice; only after `watch_for_stop`."""

    at: float


SpeechEvent = SpeechStarted | PartialTranscript | Pause | Resumed | Utterance | HotwordAlone | FalseWake | StopWord


class RecogniserFailed(Exception):
    """The recogniser died or hung; the session that used it gets `stt_failed`, another may be opened at once."""


class Listening(Protocol):
    """One session's ears."""

    events: "trio.MemoryReceiveChannel[SpeechEvent]"
    """What was heard, in order. It closes when the listening ends."""

    @property
    def unheard(self) -> float:
        """Seconds of audio that were fed and may not have been looked at yet.

        Never less than it is, and at most `PROGRESS` more: what has not been heard is no silence.
        """

    def feed(self, pcm: bytes) -> None:
        """Hear more microphone audio (16 kHz mono 16-bit). Never waits."""

    def finish(self) -> None:
        """Take what has been heard as the whole utterance, now (it was too long, or the audio stopped)."""

    def restart(self) -> None:
        """Forget the utterance under way, and what is still in the pipe, and hear afresh."""

    def watch_for_stop(self) -> None:
        """Forget the utterance under way, and from here on report `StopWord` alone, until `restart`."""


class Recogniser(Protocol):
    """Opens ears."""

    @property
    def busy(self) -> bool:
        """Whether so many people speak at once that one more would have to wait for long."""

    def open(
        self, session_id: str, activation: Activation | None = None
    ) -> AbstractAsyncContextManager[Listening]:
        """Ears for one session; the block is left with `RecogniserFailed` when they die.

        `activation`: how the session began. None: no hotword was spoken (a button was pressed), or its audio is
        past.
        """
