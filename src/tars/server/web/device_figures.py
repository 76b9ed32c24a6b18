"""Figures by device, for metrics that may name devices. Pure."""

from collections.abc import Iterable
from datetime import datetime

import attrs

from tars.server.devices import Device

MOST_NAMED = 200
"""Devices that get series of their own. Each costs the scraper memory for as long as it keeps history, and on a
server without a token a stranger may invent any number of names."""


@attrs.frozen
class DeviceFigures:
    """What metrics say of one device."""

    device_id: str
    connected: bool
    last_seen: float
    """Seconds since 1970."""
    round_trip: float | None = None
    """Seconds."""
    connections: int = 0
    sessions: int = 0


def device_figures(
    devices: Iterable[Device], last_seen: Iterable[tuple[str, datetime]], now: datetime
) -> list[DeviceFigures]:
    """The devices that are connected, and those that were here last; so many that no scraper suffers."""
    figures = {name: DeviceFigures(name, False, seen.timestamp()) for name, seen in last_seen}
    figures |= {device.device_id: _of(device, now) for device in devices}
    by_importance = sorted(figures.values(), key=lambda each: (each.connected, each.last_seen), reverse=True)
    return sorted(by_importance[:MOST_NAMED], key=lambda each: each.device_id)


def _of(device: Device, now: datetime) -> DeviceFigures:
    connected = device.link is not None
    seen = now if connected else device.left_at or now
    counters = device.counters
    return DeviceFigures(
        device.device_id,
        connected,
        seen.timestamp(),
        device.round_trip,
        counters.connections,
        counters.sessions,
    )
