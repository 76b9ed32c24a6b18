"""Every limit of a link, in one value."""

import math

import attrs

from tars.audio.formats import MICROPHONE
from tars.link.heartbeat import HeartbeatPolicy
from tars.link.rates import Rate

AUDIO_RATE = Rate(4 * MICROPHONE.bytes_per_second, 40 * MICROPHONE.bytes_per_second)
MESSAGE_RATE = Rate(50, 1000)
FRAME_RATE = Rate(50, 500)


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
    inbox_audio_bytes: int = MICROPHONE.bytes_per_second * 40
    """Audio that waits to be taken: as much as may come at once, see `audio_rate`. Older audio is dropped, and
    counted."""
    inbox_controls: int = 256
    """Control messages that wait to be taken: more than a healthy peer sends in a minute."""
    audio_rate: Rate = AUDIO_RATE
    """Bytes of audio that may come in (server). A device that resumes a session sends the 35 s that it kept at
    once, and TCP delivers in one moment what a blackout held up; nobody speaks faster than real time for long."""
    least_audio_charge: int = 64
    """Bytes that an audio frame counts for at least: 2 ms. A frame costs work however short it is."""
    message_rate: Rate = MESSAGE_RATE
    """Control messages that may come in. A conversation makes a few a second; other people's tests, hundreds at
    once."""
    frame_rate: Rate = FRAME_RATE
    """Pings, pongs and fragments that may come in: two a second are usual, and TCP may save up some."""
    max_connections: int = 1024
    """Links at once (server); the next one is told 1013."""
    max_connections_per_address: int = 64
    """Of these, links from one address: a large house behind one router."""
    max_handshakes: int = 128
    """Clients at once that have not shown yet who they are (server). Further ones wait in the kernel's queue, or
    those make room that have taken longest. 128 TLS handshakes are less than half a second of computing."""
    max_handshakes_per_address: int = 32
    """Of these, clients from one address: half the links that an address may have, since they hardly ever all
    come in one moment; with one more, the oldest of them gives way."""
    handshake_grace: float = 0.5
    """How long a client has at a full door before it may have to give way; it needs a few round trips."""
    split_loopback: bool = False
    """Whether the limits per address hold for clients from this machine: its own programs, and its users'."""


CLIENT_POLICY = LinkPolicy(audio_rate=Rate(math.inf, math.inf))
"""An older server sends a long answer at once; what a device cannot play yet, it does not read (`not_reading`)."""
SERVER_POLICY = LinkPolicy()
