"""Devices that have been away for long. Pure: `now` is an argument."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import attrs

from tars.server.authorisation import Admission

LONG = 3600.0
"""Seconds: whoever carries a device to another room, or updates it, is done."""
MOST = 2048
"""Devices that are watched, as many as are remembered: on a server without a token, a stranger may invent any
number of names."""


@attrs.frozen
class Absence:
    """A device that is away."""

    device_id: str
    admission: Admission
    """What let it in last: a device that would not be let in any more is not missed."""
    since: datetime
    """When it was last here, for people."""
    due: float
    """From when on it is away for long."""


class Absences:
    """Names each device once when it has been away for long; again only after it has been back."""

    def __init__(self) -> None:
        self._absent: dict[str, Absence] = {}  # in the order of their leaving

    def leave(self, device_id: str, admission: Admission, since: datetime, now: float) -> None:
        """A device has gone."""
        self._absent.pop(device_id, None)
        self._absent[device_id] = Absence(device_id, admission, since, now + LONG)
        if len(self._absent) > MOST:
            del self._absent[next(iter(self._absent))]

    def come_back(self, device_id: str) -> None:
        """A device is here."""
        self._absent.pop(device_id, None)

    def rename(self, names: Mapping[str, str]) -> None:
        """Devices have other names now."""
        absent, self._absent = self._absent, {}
        for former, absence in absent.items():
            name = names.get(former, former)
            admission = attrs.evolve(absence.admission, device_id=absence.admission.device_id and name)
            self._absent[name] = attrs.evolve(absence, device_id=name, admission=admission)

    def take_long(self, now: float) -> Iterator[Absence]:
        """Those that have been away for long by now, and were not taken before."""
        while self._absent and (first := next(iter(self._absent.values()))).due <= now:
            del self._absent[first.device_id]
            yield first
