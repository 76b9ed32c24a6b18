"""What a server says to a device (docs/protocol.md, "Server → device")."""

from typing import Any, Literal

import attrs

from tars.messages.fields import ByteCount, Channels, DeviceId, Identifier, Rate, Seconds, Width
from tars.messages.shared import Error, SessionEnd


@attrs.frozen
class Resumed:
    """The session goes on; the device sends its audio from `audio_received_bytes`."""

    session_id: Identifier
    audio_received_bytes: ByteCount


@attrs.frozen
class Welcome:
    """The answer to `hello`."""

    protocol: Literal[1]
    server: str
    """Name and version."""
    device_id: DeviceId
    resumed: Resumed | None = None
    settings: dict[str, Any] | None = None


@attrs.frozen
class SessionStarted:
    """The server has the session; sent before any work on it."""

    session_id: Identifier


@attrs.frozen
class AudioAck:
    """Microphone bytes received so far in this session."""

    session_id: Identifier
    received_bytes: ByteCount


@attrs.frozen
class Transcript:
    """What was heard."""

    session_id: Identifier
    text: str
    final: bool


@attrs.frozen
class Reply:
    """What TARS says, as text, as it is formed; each message carries the whole text so far."""

    session_id: Identifier
    utterance_id: Identifier
    text: str
    final: bool


@attrs.frozen
class StartOfTtsStream:
    """The binary frames that follow are this utterance's audio."""

    utterance_id: Identifier
    rate: Rate
    channels: Channels
    width: Width
    session_id: Identifier | None = None
    notification_id: Identifier | None = None
    text: str | None = None


@attrs.frozen
class TtsStreamEnd:
    """That was all of the utterance's audio."""

    utterance_id: Identifier
    total_bytes: ByteCount


@attrs.frozen
class StopPlayback:
    """Throw away what is not yet played of the utterance."""

    utterance_id: Identifier


@attrs.frozen
class Notification:
    """The server speaks first; its audio follows as an utterance with this `notification_id`."""

    notification_id: Identifier
    kind: Literal["announcement", "timer", "reminder"]
    text: str
    created_at: str | float
    """ISO 8601, or seconds since 1970; TARS sends ISO 8601."""
    expires_at: str | float | None = None


@attrs.frozen
class Settings:
    """Settings of the device that changed, such as `volume` (percent); sent where `hello` lists the capability."""

    settings: dict[str, Any]


@attrs.frozen
class Restarting:
    """A planned stop; come back after `retry_after_s` seconds, not before."""

    retry_after_s: Seconds


FromServer = (
    Welcome
    | SessionStarted
    | AudioAck
    | Transcript
    | Reply
    | StartOfTtsStream
    | TtsStreamEnd
    | StopPlayback
    | SessionEnd
    | Notification
    | Settings
    | Restarting
    | Error
)
