"""What hears: the interface that every speech recogniser of the server offers.

Positions are seconds of audio: 0 is the first sample fed to the listening, so that everything here is about
what was said and not about when it arrived.
"""

from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol

import attrs
import trio


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


@attrs.frozen
class Resumed:
    """The speaker went on after a `Pause`."""

    at: float


@attrs.frozen
class Utterance:
    """The endpoint: the speaker has finished."""

    text: str
    """In lower case, the hotword cut from its front; empty where nothing was understood."""
    source: Literal["grammar", "general"]
    """Which model's transcript it is: the skills' own sentences, or general dictation."""
    speech_start: float
    speech_end: float
    at: float


@attrs.frozen
class HotwordAlone:
    """The speech that had started was the hotword and nothing more: the sentence is still to come."""

    at: float


SpeechEvent = SpeechStarted | PartialTranscript | Pause | Resumed | Utterance | HotwordAlone


class RecogniserFailed(Exception):
    """The recogniser died or hung; the session that used it gets `stt_failed`, another may be opened at once."""


class Listening(Protocol):
    """One session's ears."""

    events: trio.MemoryReceiveChannel[SpeechEvent]
    """What was heard, in order. It closes when the listening ends."""

    def feed(self, pcm: bytes) -> None:
        """Hear more microphone audio (16 kHz mono 16-bit). Never waits."""

    def finish(self) -> None:
        """Take what has been heard as the whole utterance, now (it was too long, or the audio stopped)."""

    def restart(self) -> None:
        """Forget the utterance under way, and what is still in the pipe, and hear afresh."""


class Recogniser(Protocol):
    """Opens ears."""

    @property
    def busy(self) -> bool:
        """Whether so many people speak at once that one more would have to wait for long."""

    def open(self, session_id: str, pre_roll: float | None = None) -> AbstractAsyncContextManager[Listening]:
        """Ears for one session; the block is left with `RecogniserFailed` when they die.

        `pre_roll`: the seconds of audio, from the first sample on, that the device recorded before it detected the
        hotword. They hold the hotword; with 0 the audio begins at the hotword's end, or after it. None: no hotword
        was spoken (a button was pressed), or its audio is past.
        """
