"""How far a reply's audio may run ahead of the loudspeaker."""

import attrs

from tars.audio.formats import AudioFormat

TRUST = 2.0
"""Seconds for which a loudspeaker that reports its progress is believed to play on between two reports; it
reports about every second. One that has stopped playing is thus sent no more than this beyond the lead."""
GRAIN = 0.001
"""Seconds not worth waiting for; without it, rounding would make a wait of next to nothing, again and again."""


@attrs.define
class Pacer:
    """Keeps the audio sent at most `lead` seconds ahead of the audio heard.

    What has been heard is the device's last report plus the time since; before the first report, and with a
    device that sends none, playing is taken to have begun with the first byte sent.
    """

    audio_format: AudioFormat
    lead: float
    sent: int = 0
    """Bytes."""
    _base: float = 0.0
    _base_at: float | None = None
    _reported: bool = False

    def send(self, byte_count: int, now: float) -> None:
        """So much more has been sent."""
        if self._base_at is None:
            self._base_at = now
        self.sent += byte_count

    @property
    def reported(self) -> bool:
        """Whether the device has said that it plays it."""
        return self._reported

    def go_on(self, received_bytes: int, now: float) -> None:
        """The device was away, and has got so much of it; it has played on meanwhile, as far as that goes."""
        received = self.audio_format.seconds(received_bytes)
        self.sent = received_bytes
        if self._base_at is not None:
            self._base = min(self._base + now - self._base_at, received)
            self._base_at = now

    def progress(self, played_bytes: int, now: float) -> None:
        """The device says how much of it has been heard; what it said before it was away is of no account."""
        if self._base_at is not None and now < self._base_at and self._reported:
            return
        self._base = self.audio_format.seconds(min(played_bytes, self.sent))
        self._base_at = now
        self._reported = True

    def heard(self, now: float) -> float:
        """Seconds of it that have been heard, as far as is known."""
        if self._base_at is None:
            return 0.0
        since = now - self._base_at
        return min(
            self._base + (min(since, TRUST) if self._reported else since), self.audio_format.seconds(self.sent)
        )

    def wait(self, now: float) -> float:
        """Seconds until more may be sent, if the loudspeaker plays on; 0 for at once."""
        wait = self.left(now) - self.lead
        return wait if wait > GRAIN else 0.0

    def left(self, now: float) -> float:
        """Seconds of audio that have been sent and are still to be heard."""
        return self.audio_format.seconds(self.sent) - self.heard(now)
