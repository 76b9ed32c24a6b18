"""The time of day, in the zone that this machine has now.

The C library, and with it Python's `astimezone`, reads the zone once. It may change while the server runs:
`timedatectl set-timezone` links `/etc/localtime` to another file, and an update of the zone data replaces that.
"""

import os
import zoneinfo
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import attrs

LOCALTIME = Path("/etc/localtime")
"""The machine's zone, where the variable `TZ` names no other."""

Stamp = tuple[int, int, int, int]


@attrs.define(eq=False)
class LocalZone:
    """The zone in a file of the TZif format (RFC 9636), read again whenever the file is another."""

    path: Path | None
    """None where the zone is in no file."""
    _stamp: Stamp | None = None
    _zone: zoneinfo.ZoneInfo | None = None

    def at(self, moment: datetime) -> datetime:
        """Return `moment`, which has a zone, as this zone's clocks show it.

        A file that cannot be read changes nothing; where none ever could, the zone is the C library's.
        """
        self._read()
        return moment.astimezone(self._zone)

    def _read(self) -> None:
        try:
            if self.path is None or (stamp := _stamp_of(self.path)) == self._stamp:
                return
            with self.path.open("rb") as file:
                self._zone = zoneinfo.ZoneInfo.from_file(file)
        except Exception:
            return  # it is being replaced, or is no zone: `zoneinfo` raises whatever its parser trips over
        self._stamp = stamp


def zone_file(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the file that holds the zone: the one that `TZ` names, or the machine's; None where `TZ` spells the
    zone out, as `CET-1` does, or is empty."""
    if "TZ" not in environ:
        return LOCALTIME
    name = environ["TZ"].removeprefix(":")
    places = [Path(name)] if name.startswith("/") else [Path(folder, name) for folder in zoneinfo.TZPATH]
    return next((place for place in places if name and place.is_file()), None)


_ZONE = LocalZone(zone_file())


def local_time() -> datetime:
    """Return the time now, in the zone that this machine has now."""
    return _ZONE.at(datetime.now(UTC))


def _stamp_of(path: Path) -> Stamp:
    found = path.stat()  # of the file behind a link
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size
