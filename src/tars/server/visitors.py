"""When each paired device was last here, to the minute: kept in a file, for `tars-server devices`."""

import itertools
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import trio
from structlog import get_logger

from tars.files import replace_file
from tars.server.device_names import renamed

EVERY = 60.0
"""Seconds between two entries about a device that stays; a list for people needs no more."""
SOON = 2.0
"""Seconds after which a newcomer is in the file: who has just paired a device wants to see that it came. A
thousand that come at once still cost a few writes of a few milliseconds."""

log = get_logger()


def book_beside(tokens_file: Path) -> Path:
    """The book's file. It is not that of the tokens: only `pair` and `unpair` write that."""
    return tokens_file.with_name(f"{tokens_file.stem}-seen.json")


def read_book(path: Path) -> dict[str, datetime]:
    """When which device was last here; empty where nobody knows. It is not worth an error."""
    try:
        return {str(name): datetime.fromisoformat(text) for name, text in json.loads(path.read_bytes()).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_book(path: Path, seen: Mapping[str, datetime]) -> None:
    """Keep when which device was last here. Raises `OSError`."""
    lines = {name: when.isoformat(timespec="seconds") for name, when in sorted(seen.items())}
    # into the system's memory, not onto the disk: nobody else has to wait, and it is not worth more
    replace_file(path, json.dumps(lines, indent=1) + "\n", durable=False)


class VisitorsBook:
    """Written by the running server."""

    def __init__(self, path: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path, self._now = path, now
        self._seen = read_book(path)
        self._changed = False

    def note(self, device_id: str) -> None:
        """That device is here."""
        self._seen[device_id] = self._now()
        self._changed = True

    def last_seen(self, device_id: str) -> datetime | None:
        """When that device was last here; None where nobody knows."""
        return self._seen.get(device_id)

    def rename(self, names: Mapping[str, str]) -> None:
        """Devices have other names now."""
        self._seen = renamed(self._seen, names)
        self._changed = True

    async def keep(self, present: Callable[[], Iterable[str]], known: Callable[[], Iterable[str]]) -> None:
        """Note who is `present` every minute, and write down what is new, a last time when this is cancelled; of
        those who are not `known` any more, nothing is kept."""
        try:
            for turn in itertools.count(1):
                await trio.sleep(SOON)
                if turn % round(EVERY / SOON) == 0:
                    for device_id in present():
                        self.note(device_id)
                self._save(known())
        finally:
            self._save(known())

    def _save(self, known: Iterable[str]) -> None:
        if not self._changed:
            return
        self._changed = False
        names = set(known)
        self._seen = {name: when for name, when in self._seen.items() if name in names}
        try:
            write_book(self._path, self._seen)
        except OSError as exc:
            log.warning("visitors_not_saved", path=str(self._path), reason=exc.strerror)
