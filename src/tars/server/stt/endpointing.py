"""When somebody has finished speaking. Pure: it knows audio time only, no clock, no decoder.

| state | voice activity | leads to |
| --- | --- | --- |
| QUIET | speech for `onset` | SPEAKING, `Begin` |
| SPEAKING | silence for `short_pause` | PAUSED, `Breathe` |
| PAUSED | speech again | SPEAKING, `GoOn` |
| PAUSED | silence for the pause that suits the words so far | QUIET, `End` |

The words decide how long a pause may be: one that ends a whole sentence is short, one in the middle is long.
"""

import enum

import attrs

from tars.server.stt.settings import SpeechSettings


class Words(enum.Enum):
    """What the words of an utterance amount to so far."""

    COMPLETE = "a whole sentence that cannot go on"
    CONTINUING = "a whole sentence that might go on"
    OPEN = "no whole sentence"


class Step(enum.Enum):
    """What happened."""

    BEGIN = enum.auto()
    BREATHE = enum.auto()
    GO_ON = enum.auto()
    END = enum.auto()


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
    """Whether somebody spoke in the last frame."""
    _state: _State = _State.QUIET
    _run: float = 0.0
    """How long the speech has lasted that may become an onset."""

    @property
    def active(self) -> bool:
        """Whether an utterance is under way."""
        return self._state is not _State.QUIET

    @property
    def paused(self) -> bool:
        """Whether the speaker makes a pause just now."""
        return self._state is _State.PAUSED

    def hear(self, probability: float, duration: float) -> Step | None:
        """Take a frame with its probability of speech. `END` is not for here: ask `is_over`."""
        self.position += duration
        level = self.settings.silence_level if self.voiced else self.settings.speech_level
        self.voiced = probability >= level
        if self.voiced:
            self.speech_end = self.position
        match self._state:
            case _State.QUIET:
                return self._wait_for_onset(duration)
            case _State.SPEAKING if self.position - self.speech_end >= self.settings.short_pause - _EPSILON:
                self._state = _State.PAUSED
                return Step.BREATHE
            case _State.PAUSED if self.voiced:
                self._state = _State.SPEAKING
                return Step.GO_ON
        return None

    def is_over(self, words: Words) -> bool:
        """Whether the pause so far ends an utterance of these words."""
        pause = {
            Words.COMPLETE: self.settings.complete_pause,
            Words.CONTINUING: self.settings.continuing_pause,
            Words.OPEN: self.settings.open_pause,
        }[words]
        return self._state is _State.PAUSED and self.position - self.speech_end >= pause - _EPSILON

    def end(self) -> None:
        """The utterance is over, or is to be forgotten."""
        self._state = _State.QUIET
        self.voiced = False
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
