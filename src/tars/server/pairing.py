"""The paired devices: the file of them, and its changes.

A token is 256 random bits. Nobody can guess such a number, however fast they hash, so the file keeps plain SHA-256
digests: a slow hash, which passwords need, would only give strangers a way to keep the server busy. Whoever
reads the file learns no token from it.
"""

import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import attrs
from structlog import get_logger

from tars.errors import UserError
from tars.files import replace_file
from tars.messages import DEVICE_ID_PATTERN

TOKEN_BYTES = 32
VERSION = 1
"""Of the file's layout."""

log = get_logger()


def digest_of(token: str) -> bytes:
    """What is kept of a token, and compared."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


@attrs.frozen
class Pairing:
    """One paired device."""

    digest: bytes = attrs.field(repr=False)
    """SHA-256 of its token."""
    since: datetime
    legacy: bool = False
    """Whether the token is good in the path of an address, too: older clients have no other setting."""
    former: tuple[str, ...] = ()
    """The names that it had before `tars-server rename`: the device goes on saying the one it was paired by."""


def pair_device(
    path: Path, device_id: str, now: datetime | None = None, *, legacy: bool = False
) -> tuple[str, bool]:
    """A new token for `device_id`, and whether one that it had before has become worthless. Raises `UserError`."""
    _check_name(device_id)
    token = secrets.token_hex(TOKEN_BYTES)  # hexadecimal: a double click selects it whole, and no dash begins it
    with _editing(path) as pairings:
        replaced = device_id in pairings
        pairings[device_id] = Pairing(digest_of(token), now or datetime.now(UTC), legacy)
    return token, replaced


def rename_device(path: Path, old: str, new: str, before: Callable[[], None] = lambda: None) -> None:
    """Call the device `old` by the name `new`; it keeps its token, and is known by all its former names.

    `before` is called when nothing stands in the way any more, and before anything has changed. Raises
    `UserError`: `old` is not paired, `new` will not do, or is another device's.
    """
    _check_name(new)
    with _editing(path) as pairings:
        if old not in pairings:
            raise _not_paired(old)
        if new in pairings:
            raise UserError(f"a device {new!r} is paired already; choose another name, or unpair that one first")
        before()
        pairing = pairings.pop(old)
        former = (*(name for name in pairing.former if name not in (old, new)), old)
        pairings[new] = attrs.evolve(pairing, former=former)


def _check_name(device_id: str) -> None:
    if not re.match(DEVICE_ID_PATTERN, device_id):
        raise UserError(f"device id {device_id!r} will not do; use 1 to 64 of a-z A-Z 0-9 . _ - and nothing else")


def _not_paired(device_id: str) -> UserError:
    return UserError(f"no device {device_id!r} is paired; `tars-server devices` lists those that are")


def unpair_device(path: Path, device_id: str) -> int:
    """Make the token of `device_id` worthless; how many devices are left. Raises `UserError`: it has none."""
    with _editing(path) as pairings:
        if pairings.pop(device_id, None) is None:
            raise _not_paired(device_id)
        return len(pairings)


def read_pairings(path: Path) -> dict[str, Pairing]:
    """Every paired device, by its id; none where there is no such file. Raises `UserError`."""
    try:
        content = json.loads(path.read_bytes())
        if content["version"] != VERSION:
            raise UserError(f"{path} was written by a newer TARS: upgrade this one")
        return {
            str(device_id): Pairing(
                bytes.fromhex(entry["sha256"]),
                datetime.fromisoformat(entry["paired"]),
                entry.get("legacy", False) is True,
                tuple(map(str, entry.get("former", ()))),
            )
            for device_id, entry in content["devices"].items()
        }
    except FileNotFoundError:
        return {}
    except OSError as exc:
        raise UserError(
            f"{path}: the paired devices cannot be read ({exc.strerror}); run this as the server's user"
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise UserError(
            f"{path}: the file of the paired devices is damaged; restore it, or remove it and pair them again"
        ) from None


@contextmanager
def _editing(path: Path) -> Iterator[dict[str, Pairing]]:
    """The pairings, written back at the end of the block. Two who edit at once wait for each other: each locks the
    folder, so that there is no further file to own."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            pairings = read_pairings(path)
            yield pairings
            replace_file(path, _write(pairings))
        finally:
            os.close(folder)
    except OSError as exc:
        raise UserError(
            f"{path}: the paired devices cannot be written ({exc.strerror}); check [server] tokens_file,"
            " and run this as the server's user"
        ) from None


def _write(pairings: Mapping[str, Pairing]) -> str:
    devices = {
        device_id: {"sha256": pairing.digest.hex(), "paired": pairing.since.isoformat(timespec="seconds")}
        | ({"legacy": True} if pairing.legacy else {})
        | ({"former": list(pairing.former)} if pairing.former else {})
        for device_id, pairing in sorted(pairings.items())
    }
    return json.dumps({"version": VERSION, "devices": devices}, indent=1) + "\n"


class PairedDevices:
    """The paired devices as a running server sees them.

    `refresh` looks at the file, which is a `stat` on a local disk, and reads it when another program has replaced
    it.
    """

    def __init__(self, path: Path) -> None:
        """Raises `UserError` for a file that cannot be read: a server must not start without its devices."""
        self._path = path
        self._seen = self._look()
        self._pairings = read_pairings(path)
        self.generation = 0
        """Rises when the file has changed."""
        self.on_renamed: Callable[[Mapping[str, str]], None] = lambda names: None
        """Called with the new name of each device, by its former one, as soon as the change is seen."""
        self._trouble: str | None = None

    def __len__(self) -> int:
        return len(self._pairings)

    def refresh(self) -> None:
        """Take notice of what `tars-server pair` and `unpair` have done."""
        now = self._look()
        if now == self._seen and self._trouble is None:
            return
        before = self._pairings
        try:
            self._pairings = read_pairings(self._path)
        except UserError as exc:  # whoever was paired still is; the next look tries again, since it may pass
            if str(exc) != self._trouble:
                log.error("paired_devices_unreadable", reason=str(exc))
            self._trouble = str(exc)
            return
        self._seen, self._trouble = now, None
        self.generation += 1
        if names := self._renamed(before):
            self.on_renamed(names)

    def _renamed(self, before: Mapping[str, Pairing]) -> dict[str, str]:
        """The devices whose token has another name than `before`."""
        now = {pairing.digest: name for name, pairing in self._pairings.items()}
        names = {name: now.get(pairing.digest, name) for name, pairing in before.items()}
        return {old: new for old, new in names.items() if old != new}

    @property
    def trouble(self) -> str | None:
        """Why the file could not be read as it is now; who was paired before still is."""
        if self._trouble is None and self._path.exists() and not os.access(self._path, os.R_OK):
            return f"{self._path}: the paired devices cannot be read"
        return self._trouble

    def names(self) -> list[str]:
        """Who is paired."""
        return list(self._pairings)

    def digest(self, device_id: str) -> bytes | None:
        """Of the device's token; None where it has none."""
        pairing = self._pairings.get(device_id)
        return None if pairing is None else pairing.digest

    def answers_to(self, device_id: str, name: str) -> bool:
        """Whether the device may call itself `name`: by its own name, or by one that it had."""
        pairing = self._pairings.get(device_id)
        return name == device_id or (pairing is not None and name in pairing.former)

    def holder(self, digest: bytes, *, by_address: bool = False) -> str | None:
        """Whose token has that digest; `by_address`: only of those who may show it in the path of an address. It
        takes as long for a token that nobody has."""
        found = None
        for device_id, pairing in self._pairings.items():
            if hmac.compare_digest(pairing.digest, digest) and (pairing.legacy or not by_address):
                found = device_id
        return found

    def _look(self) -> tuple[int, int, int] | None:
        try:
            status = os.stat(self._path)
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size
