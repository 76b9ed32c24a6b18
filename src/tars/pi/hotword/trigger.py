"""When scores become a detection. Pure: positions are bytes of audio, and there is no clock."""

from collections.abc import Mapping

import attrs

from tars.audio.formats import MICROPHONE
from tars.pi.hotword.detection import Detection


@attrs.define
class Trigger:
    """Fires once for one utterance of a hotword, however many chunks score high."""

    threshold: float = 0.5
    cooldown: float = 1.0
    """Seconds after a detection in which there is no other, whatever the hotword."""
    _fired_at: int | None = attrs.field(default=None, init=False)
    _loud: frozenset[str] = attrs.field(default=frozenset(), init=False)

    def decide(self, scores: Mapping[str, float], position: int) -> Detection | None:
        """The best hotword that has just risen to the threshold, if any may fire at `position`."""
        loud = frozenset(hotword for hotword, score in scores.items() if score >= self.threshold)
        risen, self._loud = loud - self._loud, loud
        if not risen or self._cooling(position):
            return None
        self._fired_at = position
        best = max(risen, key=lambda hotword: (scores[hotword], hotword))
        return Detection(best, scores[best], position)

    def _cooling(self, position: int) -> bool:
        if self._fired_at is None:
            return False
        return MICROPHONE.seconds(position - self._fired_at) < self.cooldown
