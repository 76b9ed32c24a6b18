"""What a device says to its server (docs/protocol.md, "Device → server")."""

from typing import Literal

import attrs

from tars.messages.fields import ByteCount, ClientName, DeviceId, Identifier, Score
from tars.messages.shared import Error, SessionEnd


@attrs.frozen
class Playback:
    """How much of an utterance the device had received when its link broke."""

    utterance_id: Identifier
    received_bytes: ByteCount


@attrs.frozen
class Resume:
    """The session that the device would like to go on with."""

    session_id: Identifier
    playback: Playback | None = None


@attrs.frozen
class Hello:
    """The first message on a connection."""

    protocol: Literal[1]
    device_id: DeviceId
    name: str | None = None
    token: str | None = attrs.field(default=None, repr=False)
    capabilities: tuple[str, ...] | None = None
    resume: Resume | None = None
    device_time: float | None = None
    """Seconds on the device's monotonic clock when this was sent."""
    client: ClientName | None = None
    """The device's program and its version."""


@attrs.frozen
class HotwordDetected:
    """A session starts; its audio follows at once."""

    session_id: Identifier
    hotword: str
    """The model's name, or `"button"` for push-to-talk."""
    score: Score
    pre_roll_bytes: ByteCount | None = None
    """How much of the audio that follows was heard before the detection; None is 0."""
    device_time: float | None = None


@attrs.frozen
class PlaybackComplete:
    """The loudspeaker has played the last sample of the utterance."""

    utterance_id: Identifier
    device_time: float | None = None


@attrs.frozen
class PlaybackProgress:
    """How much of an utterance has been heard so far; 0 when its first sample leaves the loudspeaker."""

    utterance_id: Identifier
    played_bytes: ByteCount
    device_time: float | None = None


@attrs.frozen
class Interrupt:
    """Barge-in: stop speaking, listen."""

    utterance_id: Identifier | None = None


FromDevice = Hello | HotwordDetected | PlaybackComplete | PlaybackProgress | Interrupt | SessionEnd | Error
