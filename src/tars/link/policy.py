"""Every limit of a link, in one value."""

import attrs

from tars.audio.formats import MICROPHONE
from tars.link.heartbeat import HeartbeatPolicy


@attrs.frozen
class LinkPolicy:
    """The limits that both sides of a link keep; times in seconds."""

    dial_timeout: float = 5.0
    """From the name's resolution to the end of the upgrade; a frozen server answers nothing at all."""
    handshake_timeout: float = 5.0
    """How long a client may take over TLS and the upgrade before the server hangs up."""
    send_timeout: float = 3.5
    """A send that takes longer ends the link. A blackout of 2 s blocks a sender for up to 3.1 s (see
    `HeartbeatPolicy`)."""
    close_timeout: float = 1.0
    """How long a close waits for the peer's answer: two round trips of a bad network, and a program that is
    told to stop has 2 s for everything."""
    heartbeat: HeartbeatPolicy = attrs.field(factory=HeartbeatPolicy)
    """How silence is judged."""
    max_message_bytes: int = 64 * 1024
    """A longer message ends the link with 1009; no message of the protocol comes near it."""
    inbox_audio_bytes: int = MICROPHONE.bytes_per_second * 30
    """Audio that waits to be taken: the longest utterance; older audio is dropped, and counted."""
    inbox_controls: int = 256
    """Control messages that wait to be taken: more than a healthy peer sends in a minute."""
    max_connections: int = 1024
    """Links at once (server); the next one is told 1013."""
    max_handshakes: int = 256
    """Upgrades under way at once (server); further ones wait in the kernel's queue."""


CLIENT_POLICY = LinkPolicy()
SERVER_POLICY = LinkPolicy()
