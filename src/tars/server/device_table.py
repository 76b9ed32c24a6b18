"""The list that `tars-server devices` prints. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import attrs

from tars.runtime.printable import printable
from tars.server.pairing import Pairing
from tars.server.roll import Entry

ONLINE = ("FROM", "SINCE", "ROUND TRIP", "PROGRAM")
"""The columns that only a running server can fill."""
LEGACY_ADDRESS = "older client, token in its address"
LEGACY = "older client"


@attrs.frozen
class DeviceRow:
    """What is known of one device."""

    device_id: str
    pairing: Pairing | None
    """None where it is not paired, and comes in by the token of all devices, or without any."""
    last_seen: datetime | None
    entry: Entry | None
    """What the running server says."""


def rows_of(
    pairings: Mapping[str, Pairing], seen: Mapping[str, datetime], known: Iterable[Entry]
) -> list[DeviceRow]:
    """The paired devices and those that a running server knows, by their names; each once.

    Of two servers, that counts to which the device is connected.
    """
    entries: dict[str, Entry] = {}
    for each in known:
        if each.device_id not in entries or each.online:
            entries[each.device_id] = each
    rows = []
    for name in sorted({*pairings, *entries}):
        entry, last = entries.get(name), seen.get(name)
        if entry is not None and not entry.online and entry.since is not None:
            last = max(entry.since, last or entry.since)
        rows.append(DeviceRow(name, pairings.get(name), last, entry))
    return rows


def as_table(rows: Sequence[DeviceRow], *, online: bool) -> str:
    """Lines for a terminal; `online`: with what only a running server knows."""
    head = ["DEVICE", "PAIRED", "LAST SEEN", *(ONLINE if online else ()), ""]
    lines = [head, *([*_known(row), *(_present(row) if online else ()), _remark(row)] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    padded = (
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
    return "\n".join(padded)


def _known(row: DeviceRow) -> list[str]:
    paired = "-" if row.pairing is None else _minute(row.pairing.since)
    is_here = row.entry is not None and row.entry.online
    return [printable(row.device_id), paired, "online" if is_here else _minute(row.last_seen)]


def _present(row: DeviceRow) -> list[str]:
    entry = row.entry
    if entry is None or not entry.online:
        return ["-", "-", "-", "-" if entry is None else printable(entry.client or "-")]
    trip = "-" if entry.round_trip is None else f"{entry.round_trip * 1000:.0f} ms"
    return [printable(entry.address or "-"), _minute(entry.since), trip, printable(entry.client or "-")]


def _remark(row: DeviceRow) -> str:
    if row.pairing is not None and row.pairing.legacy:
        return LEGACY_ADDRESS
    return LEGACY if row.entry is not None and row.entry.legacy else ""


def _minute(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M}"
