"""Whether there is room for another device. Pure: `now` is an argument."""

from collections.abc import Iterator

from tars.link.door import Door
from tars.server.findings import Finding

SHORTAGE_LASTS = 5.0
"""Seconds after an accept that failed in which the shortage is not over yet. The next accept comes within a tenth
of one, so this is for a client that has given up meanwhile."""


def door_findings(door: Door, now: float) -> Iterator[Finding]:
    """What keeps further devices from connecting."""
    if door.shortage_at is not None and now - door.shortage_at < SHORTAGE_LASTS:
        yield Finding(
            "no device can connect, since the system has no file descriptor left: allow more open files"
            " (LimitNOFILE= of the unit), or lower [limits] connections"
        )
    if door.full:
        yield Finding(f"no further device can connect, since {door.inside} are: raise [limits] connections")
    for address in door.full_addresses:
        yield Finding(
            f"no further device can connect from {address}: raise [limits] connections_per_address, or name the"
            " proxy in [server] trusted_proxies",
            minor=True,
        )
