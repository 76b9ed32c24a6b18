"""What becomes of utterances at the loudspeaker. Times are seconds on the device's monotonic clock."""

import attrs


@attrs.frozen
class PlaybackStarted:
    """The first sample has left the loudspeaker, at `at`."""

    utterance_id: str
    at: float


@attrs.frozen
class Progress:
    """So much has been heard, in bytes of the utterance's own format; told about every second."""

    utterance_id: str
    played_bytes: int
    at: float


@attrs.frozen
class PlaybackComplete:
    """The last sample has left the loudspeaker."""

    utterance_id: str
    played_bytes: int
    at: float


@attrs.frozen
class PlaybackStopped:
    """It was stopped (by `stop`, `interrupt` or `abandon`) after `played_bytes` had been heard."""

    utterance_id: str
    played_bytes: int
    at: float


@attrs.frozen
class PlaybackFailed:
    """It could not be played (to its end): `reason` is for people."""

    utterance_id: str
    played_bytes: int
    at: float
    reason: str


PlaybackEvent = PlaybackStarted | Progress | PlaybackComplete | PlaybackStopped | PlaybackFailed
"""Each utterance that is offered ends in exactly one of `PlaybackComplete`, `PlaybackStopped`, `PlaybackFailed`,
and `PlaybackStarted` comes once, before the others, if any of it is heard."""
