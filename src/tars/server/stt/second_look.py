"""A second look at a hotword of which the device was not sure: whether it is in the audio at all."""

import attrs

from tars.audio.formats import MICROPHONE
from tars.server.stt.recogniser import Activation
from tars.server.stt.settings import SpeechSettings

_AFTER = 0.2
"""Seconds behind the detection that are looked at as well: it may come before the hotword's last sound."""
_LONGEST = 3.0
"""Seconds before the detection that are looked at. No hotword is longer, whatever the device sends."""


@attrs.define(eq=False)
class SecondLook:
    """Collects the audio around a doubtful detection."""

    hotword: str
    _skipped: int
    """Bytes before those that are looked at."""
    _wanted: int
    _audio: bytearray = attrs.field(factory=bytearray)

    def feed(self, frame: bytes) -> bytes | None:
        """Take more audio; return all that is to be looked at, as soon as it is there."""
        self._audio += frame
        if len(self._audio) < self._skipped + self._wanted:
            return None
        return bytes(self._audio[self._skipped : self._skipped + self._wanted])


def second_look(settings: SpeechSettings, activation: Activation | None) -> SecondLook | None:
    """Return what to look at; None where the device was sure, or sends no audio from before the detection."""
    if activation is None or not activation.pre_roll or activation.score >= settings.doubtful_hotword:
        return None
    looked_at = min(activation.pre_roll, _LONGEST)
    skipped = MICROPHONE.bytes_in(activation.pre_roll - looked_at)
    return SecondLook(activation.hotword, skipped, MICROPHONE.bytes_in(looked_at + _AFTER))
