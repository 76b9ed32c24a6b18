"""Who is connected, from where and since when: what a running server tells `tars-server devices`."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import trio

from tars.server.devices import Device, DeviceRegistry


@attrs.frozen
class Entry:
    """One device, as the server knows it."""

    device_id: str
    online: bool
    since: datetime | None
    """When it connected, or when it left."""
    address: str | None = None
    """Where its link comes from."""
    round_trip: float | None = None
    """Seconds, as the heartbeat measured last."""
    client: str | None = None
    """Its program and version."""
    legacy: bool = False
    """Whether it speaks the original message set."""

    def to_json(self) -> dict[str, Any]:
        """The entry for the wire."""
        return attrs.asdict(self) | {"since": self.since.isoformat() if self.since is not None else None}

    @classmethod
    def from_json(cls, entry: dict[str, Any]) -> "Entry":
        """What another version of TARS may have sent: fields it does not know are left out. Raises `KeyError`,
        `TypeError`, `ValueError`."""
        known = {name: entry[name] for name in attrs.fields_dict(cls) if name in entry}
        since = known.get("since")
        return cls(**known | {"since": datetime.fromisoformat(since) if since is not None else None})


def entries(devices: DeviceRegistry) -> Iterator[Entry]:
    """Every device that has been here since the server started, or is."""
    for device in sorted(devices, key=lambda each: each.device_id):
        yield _entry(device)


def _entry(device: Device) -> Entry:
    link = device.link
    if link is None:
        return Entry(device.device_id, False, device.left_at, client=device.client)
    lasts = timedelta(seconds=trio.current_time() - link.up_since)
    since = device.now().astimezone(UTC) - lasts  # in a zone, it would be so long by the clocks, which change
    return Entry(
        device.device_id,
        True,
        since,
        link.connection.peer,
        device.round_trip,
        device.client,
        link.original,
    )
