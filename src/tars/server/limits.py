"""The `[limits]` table: how much anybody may ask of the server."""

import resource
from typing import Annotated

import attrs
from cyclopts import Parameter
from structlog import get_logger

from tars.audio.formats import MAX_AUDIO_FRAME, MICROPHONE
from tars.link import SERVER_POLICY, LinkPolicy
from tars.link.rates import Rate
from tars.runtime.help import number
from tars.server.bad_messages import DEFAULT_SERVICE_POLICY, ServicePolicy
from tars.server.devices import MOST_DEVICES

Count = Annotated[int, number("COUNT", gte=1, lte=1_000_000)]
Pace = Annotated[float, number("PER-SECOND", gte=1, lte=1_000_000)]
"""A second. What is less than one, or slower than real time, ends the links of honest devices, too."""
Burst = Annotated[float, number("COUNT", gte=10, lte=1_000_000)]
"""At once. An honest device says hello, answers pings, and reports what it plays, all within a moment."""
Backlog = Annotated[float, number("SECONDS", gte=3, lte=1_000_000)]
"""Seconds of audio at once. An honest device begins every session with the 1.5 s from before the hotword, and
catches up after each stutter of the network."""

OWN_DESCRIPTORS = 64
"""File descriptors for everything but clients: speech workers and their successors, voices, listeners, files."""
DOOR_SHARE = 4
"""Where descriptors are short, one part in so many is for clients that have not shown who they are."""

log = get_logger()


@attrs.frozen
class LimitSettings:
    """What is too much; whoever goes beyond hears the protocol's close code."""

    connections: Count = SERVER_POLICY.max_connections
    """Links at once. A further device is told 1013 and comes back later."""
    connections_per_address: Count = SERVER_POLICY.max_connections_per_address
    """Of these, links from one address (IPv6: one network of 64 bits)."""
    handshakes: Count = SERVER_POLICY.max_handshakes
    """Clients at once that have not said yet who they are. Of more, the one that has taken longest gives way."""
    handshakes_per_address: Count = SERVER_POLICY.max_handshakes_per_address
    """Of these, clients from one address."""
    handshake_timeout: Annotated[float, number("SECONDS", gt=0, lte=60)] = SERVER_POLICY.handshake_timeout
    """Longest time for TLS and the upgrade."""
    loopback: Annotated[bool, Parameter(negative="--limits.no-loopback")] = SERVER_POLICY.split_loopback
    """Hold the limits per address for programs on this machine, too."""
    message_bytes: Annotated[int, number("BYTES", gte=MAX_AUDIO_FRAME, lte=16 * 1024 * 1024)] = (
        SERVER_POLICY.max_message_bytes
    )
    """Longest message, whole or in fragments. A longer one ends the link with 1009."""
    messages_per_second: Pace = SERVER_POLICY.message_rate.per_second
    """Control messages of one link. More end it with 1008, as in all that follows."""
    messages_at_once: Burst = SERVER_POLICY.message_rate.burst
    """Control messages that may come faster than that."""
    frames_per_second: Pace = SERVER_POLICY.frame_rate.per_second
    """Pings, pongs and fragments of one link."""
    frames_at_once: Burst = SERVER_POLICY.frame_rate.burst
    """Pings, pongs and fragments that may come faster than that."""
    audio_speed: Annotated[float, number("TIMES", gte=1, lte=1_000_000)] = (
        SERVER_POLICY.audio_rate.per_second / MICROPHONE.bytes_per_second
    )
    """How many times faster than real time audio may come in for long."""
    audio_at_once: Backlog = SERVER_POLICY.audio_rate.burst / MICROPHONE.bytes_per_second
    """Audio that may come faster than that: a device that resumes a session sends what it kept."""
    bad_messages: Count = DEFAULT_SERVICE_POLICY.bad_messages
    """Bad messages of one link within 10 s."""
    devices: Count = MOST_DEVICES
    """Devices that are remembered. Of more, the one that has been away longest is forgotten."""

    def link_policy(self) -> LinkPolicy:
        """The limits of each link."""
        second = MICROPHONE.bytes_per_second
        return attrs.evolve(
            SERVER_POLICY,
            max_connections=self.connections,
            max_connections_per_address=self.connections_per_address,
            max_handshakes=self.handshakes,
            max_handshakes_per_address=self.handshakes_per_address,
            handshake_timeout=self.handshake_timeout,
            split_loopback=self.loopback,
            max_message_bytes=self.message_bytes,
            message_rate=Rate(self.messages_per_second, self.messages_at_once),
            frame_rate=Rate(self.frames_per_second, self.frames_at_once),
            audio_rate=Rate(self.audio_speed * second, self.audio_at_once * second),
        )

    def service_policy(self) -> ServicePolicy:
        """What a device may get wrong."""
        return ServicePolicy(bad_messages=self.bad_messages)

    def within(self, descriptors: int) -> "LimitSettings":
        """These limits, lowered so far that so many descriptors suffice for clients and for the rest."""
        room = max(2, descriptors - OWN_DESCRIPTORS)
        handshakes = min(self.handshakes, max(1, room // DOOR_SHARE))
        return attrs.evolve(self, handshakes=handshakes, connections=min(self.connections, room - handshakes))


def fit_descriptors(limits: LimitSettings) -> LimitSettings:
    """Ask the system for as many file descriptors as `limits` need, and lower them where it gives fewer: a
    server that runs out of descriptors can replace no worker and save no settings."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = limits.connections + limits.handshakes + OWN_DESCRIPTORS
    allowed = min(wanted, hard) if hard != resource.RLIM_INFINITY else wanted
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        soft = allowed
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return limits
    fitting = limits.within(soft)
    log.warning(
        "limits_lowered",
        descriptors=soft,
        connections=fitting.connections,
        handshakes=fitting.handshakes,
        hint=f"for all connections, allow {wanted} open files (ulimit -n, or LimitNOFILE= of the unit)",
    )
    return fitting
