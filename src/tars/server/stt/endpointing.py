"""When somebody has finished speaking. Pure: it knows audio time only, no clock, no decoder.

| state | voice activity | leads to |
| --- | --- | --- |
| QUIET | speech for `onset` | SPEAKING, `BEGIN` |
| SPEAKING | silence for `short_pause` | PAUSED, `PAUSE` |
| PAUSED | speech again | SPEAKING, `RESUME` |
| PAUSED | silence for the pause that suits the words so far: `is_over` | QUIET, by `end` |

The words decide how long a pause may be: one that ends a whole sentence is short, one in the middle is long.
"""

import enum

import attrs

from tars.server.brains.grammar import Completeness
from tars.server.stt.foreground import Foreground
from tars.server.stt.room import Room
from tars.server.stt.settings import SpeechSettings


class Step(enum.Enum):
    """What happened."""

    BEGIN = enum.auto()
    PAUSE = enum.auto()
    RESUME = enum.auto()


class _State(enum.Enum):
    QUIET = enum.auto()
    SPEAKING = enum.auto()
    PAUSED = enum.auto()


@attrs.define
class Endpointer:
    """Follows one session's voice activity, frame by frame."""

    settings: SpeechSettings
    position: float = 0.0
    """Seconds heard."""
    speech_start: float = 0.0
    speech_end: float = 0.0
    """Where the last speech stopped, so far."""
    voiced: bool = False
    """Whether the speaker's voice is in the last frame."""
    foreground: Foreground = attrs.field(init=False)
    room: Room = attrs.field(factory=Room)
    _sounding: bool = False
    """Whether any voice is in the last frame."""
    _masked: bool = False
    """Whether another voice went on in the pause under way."""
    _state: _State = _State.QUIET
    _run: float = 0.0
    """How long the speech has lasted that may become an onset."""

    def __attrs_post_init__(self) -> None:
        self.foreground = Foreground(self.settings)

    @property
    def active(self) -> bool:
        """Whether an utterance is under way."""
        return self._state is not _State.QUIET

    @property
    def paused(self) -> bool:
        """Whether the speaker makes a pause just now."""
        return self._state is _State.PAUSED

    def feed(self, probability: float, duration: float, loudness: float = 0.0) -> Step | None:
        """Take a frame with its probability of speech and its loudness, in decibels."""
        self.position += duration
        level = self.settings.silence_level if self._sounding else self.settings.speech_level
        self._sounding = probability >= level and not self.room.is_alone(loudness, self.foreground.speaker)
        if not self._sounding:
            self.room.feed(loudness)
        self.voiced = self.foreground.feed(loudness, voiced=self._sounding)
        if self.voiced:
            self.speech_end = self.position
        self._masked = not self.voiced and (self._masked or self._sounding)
        match self._state:
            case _State.QUIET:
                return self._wait_for_onset(duration)
            case _State.SPEAKING if self.position - self.speech_end >= self.settings.short_pause - _EPSILON:
                self._state = _State.PAUSED
                return Step.PAUSE
            case _State.PAUSED if self.voiced:
                self._state = _State.SPEAKING
                return Step.RESUME
        return None

    def is_over(self, words: Completeness) -> bool:
        """Whether the pause so far ends an utterance of these words."""
        pause = {
            Completeness.COMPLETE: self.settings.complete_pause,
            Completeness.CONTINUING: self.settings.continuing_pause,
            Completeness.OPEN: self.settings.open_pause,
            Completeness.FOREIGN: self.settings.free_pause,
        }[words]
        if self._masked:
            pause = max(pause, self.settings.masked_pause)
        return self._state is _State.PAUSED and self.position - self.speech_end >= pause - _EPSILON

    def end(self) -> None:
        """The utterance is over, or is to be forgotten."""
        if self.active:
            self.foreground.end_utterance()
        self._state = _State.QUIET
        self.voiced = self._sounding = False
        self._run = 0.0

    def _wait_for_onset(self, duration: float) -> Step | None:
        if not self.voiced:
            self._run = 0.0
            return None
        self._run += duration
        if self._run < self.settings.onset - _EPSILON:
            return None
        self.speech_start = self.position - self._run
        self._state = _State.SPEAKING
        return Step.BEGIN


_EPSILON = 1e-6
"""Seconds: sums of frames are compared with settings that may be whole numbers of frames."""
