"""Where a turn's time went."""

import enum
from collections.abc import Mapping

import attrs


class Moment(enum.Enum):
    """A stage of a turn; its value is its name in the `turn` event, in milliseconds since the turn's begin."""

    HOTWORD = "hotword_ms"
    FIRST_AUDIO = "first_audio_ms"
    SPEECH_START = "speech_start_ms"
    SPEECH_END = "speech_end_ms"
    ENDPOINT = "endpoint_ms"
    TRANSCRIPT = "transcript_ms"
    BRAIN_FIRST_WORD = "brain_first_word_ms"
    TTS_FIRST_BYTE = "tts_first_byte_ms"
    PLAYBACK_START = "playback_start_ms"
    PLAYBACK_END = "playback_end_ms"


class Speculation(enum.StrEnum):
    """What became of the answer that was prepared while the speaker might have gone on."""

    NONE = "none"
    USED = "used"
    DISCARDED = "discarded"


@attrs.define
class TurnTrace:
    """The stages of one turn, on the server's clock; each is noted the first time it is reached."""

    began: float
    """The hotword, or for what follows without one, the moment when listening began again."""
    speculation: Speculation = Speculation.NONE
    text: str = ""
    reply: str = ""
    _moments: dict[Moment, float] = attrs.field(factory=dict)

    def mark(self, moment: Moment, at: float) -> None:
        """This stage was reached; a second time is not noted."""
        self._moments.setdefault(moment, at)

    def mark_again(self, moment: Moment, at: float | None) -> None:
        """This stage was reached, and what was noted of it before was of no account."""
        if at is not None:
            self._moments[moment] = at

    def at(self, moment: Moment) -> float | None:
        """When this stage was reached; None where it was not."""
        return self._moments.get(moment)

    def between(self, begin: Moment, end: Moment) -> float | None:
        """Seconds from one stage to another; None where either was not reached."""
        if begin in self._moments and end in self._moments:
            return self._moments[end] - self._moments[begin]
        return None

    def fields(self) -> Mapping[str, object]:
        """The `turn` event's fields; a stage that was not reached is null."""
        moments = {
            moment.value: round((self._moments[moment] - self.began) * 1000, 1)
            if moment in self._moments
            else None
            for moment in Moment
        }
        return {"text": self.text, "reply": self.reply, "speculation": self.speculation.value, **moments}


@attrs.define
class AudioClock:
    """Maps positions in the audio that was heard (seconds) to the moments when it was spoken, nearly.

    Audio that comes in bursts (pre-roll, a stalled link) arrives late, never early: the earliest arrival for its
    position counts.
    """

    position: float = 0.0
    """Seconds of audio fed so far."""
    _zero: float | None = None

    def fed(self, seconds: float, now: float) -> None:
        """So much more audio has arrived."""
        self.position += seconds
        zero = now - self.position
        if self._zero is None or zero < self._zero:
            self._zero = zero

    def gap(self) -> None:
        """What comes now does not follow upon what came before."""
        self._zero = None

    def when(self, position: float) -> float | None:
        """When the audio at `position` was spoken; None where no audio has arrived since the last gap."""
        return None if self._zero is None else self._zero + position
