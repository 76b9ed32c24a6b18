"""Tell the speaker's voice from softer voices behind it. Pure.

A television is speech to a voice activity detector: a question in front of one would never end. But it is softer
than the speaker, and it is heard for longer than the soft sounds within a sentence. Loudness is in decibels.
"""

import math
from collections import deque
from itertools import groupby

import attrs

from tars.server.stt.settings import SpeechSettings

_LOUD_FRAMES = 3
"""The speaker's loudness is what so many frames in a row reach: a door is as loud, but shorter."""
_SOFT_RUN = 12
"""Frames of soft voice in a row that are a background, 0.4 s. Of 40 real commands, one in eight has so long a soft
stretch."""
_FIRST_SOFT_RUN = 8
"""The same before the speaker's first sound."""
_REMEMBERED = 94
"""Voiced frames, 3 s."""
_QUIET = 48
"""Frames without any voice in a row, 1.5 s, after which there is no background any more. People who read the news
do not pause as long."""
_MARGIN = 4.0
"""Decibels above its usual loudness that a background may rise to."""
_DEEPEST = 24.0
"""Decibels below the speaker's loudness: what is softer is background wherever there is one."""
_NEXT_UTTERANCE = 6.0
"""Decibels by which the next utterance may be softer: people turn away, and others speak."""


@attrs.define
class Foreground:
    """Follows one session's voices, frame by frame."""

    settings: SpeechSettings
    speaker: float = -math.inf
    """Loudness of the speaker."""
    background: float | None = None
    """Loudness of the voices behind; None where there are none."""
    _voices: deque[float] = attrs.field(factory=lambda: deque(maxlen=_REMEMBERED))
    """Loudness of the last voiced frames."""
    _run: int = 0
    """Soft voiced frames in a row."""
    _silent: int = 0
    """Frames without voice in a row."""

    def feed(self, level: float, *, voiced: bool) -> bool:
        """Take a frame's loudness, and whether there is any voice in it; return whether it is the speaker's."""
        if not voiced:
            self._silent += 1
            if self._silent >= _QUIET:
                self.background = None
                self._voices.clear()
            return False
        self._silent = 0
        self._voices.append(level)
        louder = self._measure_speaker()
        self._run = self._run + 1 if level < self._soft else 0
        if louder or self._run >= _SOFT_RUN:
            self._measure_background()
        return not self._run or self.background is None or level > self._bar

    def end_utterance(self) -> None:
        """Expect another utterance, which may be softer."""
        self.speaker -= _NEXT_UTTERANCE
        self._run = 0

    def reset(self) -> None:
        """Forget everything."""
        self.speaker, self.background = -math.inf, None
        self._voices.clear()
        self._run = self._silent = 0

    def is_speaker(self, level: float) -> bool:
        """Whether a frame of speech is as loud as the speaker."""
        return level >= self._soft

    @property
    def _soft(self) -> float:
        return self.speaker - self.settings.background_drop

    @property
    def _bar(self) -> float:
        assert self.background is not None
        return min(max(self.background + _MARGIN, self.speaker - _DEEPEST), self._soft)

    def _measure_speaker(self) -> bool:
        """Whether the speaker is louder than was known."""
        if len(self._voices) < _LOUD_FRAMES:
            return False
        lasting = min(list(self._voices)[-_LOUD_FRAMES:])
        louder = lasting > self.speaker
        self.speaker = max(self.speaker, lasting)
        return louder

    def _measure_background(self) -> None:
        needed, levels = _FIRST_SOFT_RUN, list[float]()
        for soft, group in groupby(self._voices, lambda level: level < self._soft):
            run = list(group)
            if soft and len(run) >= needed:
                levels += run
            needed = _SOFT_RUN
        if levels:
            levels.sort()
            self.background = levels[len(levels) * 9 // 10]
