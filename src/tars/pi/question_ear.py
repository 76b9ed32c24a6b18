"""When somebody who speaks to a device without a server has said what he wanted to. Pure: no trio, no clock.

There is no recogniser here, only loudness, held against the room's own: good enough to stop a recording.
"""

import attrs
import numpy as np

from tars.audio.formats import MICROPHONE
from tars.audio.frames import Framer
from tars.audio.levels import rms

FRAME = MICROPHONE.bytes_in(0.04)
SILENT_ROOM = 0.004
"""What is softer than this is silence in any room: -48 dB."""
ABOVE_NOISE = 3.0
"""How much louder than the room speech is: 10 dB."""
NOISE_PERCENTILE = 20
"""Of the frames before: in four seconds that hold a hotword, more than a fifth are the room alone."""
A_WORD = 0.2
"""Seconds of sound that are more than a cough or a door."""
END = 1.5
"""Seconds of silence after which nothing more is coming: longer than people pause within a question, because
nobody is waiting for a quick answer."""
RECENT = 0.16
"""Seconds without sound that are a pause."""


@attrs.define(eq=False)
class QuestionEar:
    """Hears a question; `before` is what the room sounded like just before it."""

    threshold: float
    """The loudness of speech, as `rms` counts."""
    heard: float = 0.0
    """Seconds, so far."""
    quiet: float = 0.0
    """Of these, the last ones, without sound."""
    _loud: float = 0.0
    _framer: Framer = attrs.field(factory=lambda: Framer(FRAME))

    @classmethod
    def in_room(cls, before: bytes) -> "QuestionEar":
        """An ear for a room that sounded like this just before."""
        levels = [rms(frame) for frame in Framer(FRAME).feed(before)]
        noise = float(np.percentile(levels, NOISE_PERCENTILE)) if levels else 0.0
        return cls(max(SILENT_ROOM, ABOVE_NOISE * noise))

    def again(self) -> "QuestionEar":
        """A new one for the same room."""
        return QuestionEar(self.threshold)

    def hear(self, pcm: bytes) -> None:
        """Listen on."""
        for frame in self._framer.feed(pcm):
            seconds = MICROPHONE.seconds(len(frame))
            self.heard += seconds
            if rms(frame) < self.threshold:
                self.quiet += seconds
            else:
                self.quiet = 0.0
                self._loud += seconds

    @property
    def spoken(self) -> bool:
        """Whether anything was said."""
        return self._loud >= A_WORD

    @property
    def pausing(self) -> bool:
        """Whether nobody speaks at the moment."""
        return self.quiet >= RECENT

    @property
    def over(self) -> bool:
        """Whether somebody has spoken and has ended."""
        return self.spoken and self.quiet >= END
