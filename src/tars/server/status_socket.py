"""A socket by which `tars-server devices` asks the running server, whatever its web port is set to.

It lies beside the file of the paired devices, which the command and the server have in common, and only the user
who may read that file can reach it. It speaks HTTP, like the web port, and within the same limits.
"""

import errno
import http.client
import json
import os
import re
import socket
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import trio
from structlog import get_logger

from tars.errors import UserError
from tars.files import PRIVATE
from tars.server.devices import DeviceRegistry
from tars.server.roll import Entry, entries
from tars.server.web.http import Page, Request, serve_pages

ANSWER_LIMIT = 5.0
"""Seconds for a server's answer, which takes milliseconds: it stands still."""
BACKLOG = 16
PATIENCE = 10.0
"""Seconds for another server to give the socket up: one that leaves takes up to five, with all its goodbyes."""
RETRY = 0.5
"""Seconds between two looks whether it has."""

log = get_logger()


def socket_beside(tokens_file: Path, port: int) -> Path:
    """The socket of the server on `port`: two servers may have their paired devices in common."""
    return tokens_file.with_name(f"{tokens_file.stem}-{port}.sock")


async def serve_status(
    path: Path, devices: DeviceRegistry, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Tell who asks at `path` about `devices`, until cancelled; where there can be no socket, log that.

    A predecessor that still says goodbye has the socket for some seconds more.
    """
    given_up = trio.current_time() + PATIENCE
    while True:
        try:
            with _listening(path) as listener:
                task_status.started()
                await serve_pages([listener], lambda request: _answer(request, devices))
        except OSError as exc:
            if exc.errno != errno.EADDRINUSE or trio.current_time() >= given_up:
                log.warning("status_socket_failed", path=str(path), reason=exc.strerror)
                return
        await trio.sleep(RETRY)


async def _answer(request: Request, devices: DeviceRegistry) -> Page:
    await trio.lowlevel.checkpoint()
    if request.path != "/devices":
        return Page(b"there is no such page\n", status=404)
    body = {"devices": [entry.to_json() for entry in entries(devices)]}
    return Page(json.dumps(body).encode(), "application/json")


def ask_devices(tokens_file: Path) -> list[Entry] | None:
    """The devices of all running servers that have `tokens_file`; None where none is running.

    Raises `UserError`: one is running, and does not answer, or not this user.
    """
    found: list[Entry] | None = None
    its_own = re.compile(re.escape(tokens_file.stem) + r"-[0-9]+\.sock")  # "paired-2-7456" is that of "paired-2"
    for path in sorted(path for path in tokens_file.parent.glob("*.sock") if its_own.fullmatch(path.name)):
        try:
            answer = _ask(path)
        except (ConnectionRefusedError, FileNotFoundError):
            continue  # of a server that was killed
        except PermissionError:
            raise UserError(f"{path}: only the server's user may ask the server; run this as that user") from None
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
            raise UserError(f"{path}: a server is running, and does not answer; look at its log") from None
        found = (found or []) + answer
    return found


def _ask(path: Path) -> list[Entry]:
    with _unix_socket() as stream, _within(path) as near:
        stream.settimeout(ANSWER_LIMIT)
        stream.connect(near)
        stream.sendall(b"GET /devices HTTP/1.1\r\nHost: tars\r\n\r\n")
        with closing(http.client.HTTPResponse(stream)) as response:
            response.begin()
            content = json.loads(response.read())
    return [Entry.from_json(entry) for entry in content["devices"]]


@contextmanager
def _listening(path: Path) -> Iterator[trio.SocketListener]:
    """A listening socket at `path`, for its owner alone; the file is removed with it. Raises `OSError`."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _unix_socket() as bound, _within(path) as near:
        os.fchmod(bound.fileno(), PRIVATE)
        if _is_left_over(near):
            path.unlink()
        bound.bind(near)
        identity = _identity(near)
        try:
            bound.listen(BACKLOG)
            bound.setblocking(False)
            yield trio.SocketListener(trio.socket.from_stdlib_socket(bound))
        finally:
            if _identity(near) == identity:  # else a successor has taken this one for left over
                path.unlink(missing_ok=True)


def _is_left_over(near: str) -> bool:
    """Whether the socket file is one of a server that was killed; any other file is somebody else's."""
    if _identity(near) is None:
        return False
    with _unix_socket() as stream:
        stream.setblocking(False)  # a server with a full backlog is one, and is not waited for
        return stream.connect_ex(near) == errno.ECONNREFUSED


def _identity(near: str) -> tuple[int, int] | None:
    """Return what tells the socket file of that name from a later one; None where there is none."""
    try:
        status = os.lstat(near)
    except FileNotFoundError:
        return None
    return (status.st_ino, status.st_mtime_ns) if stat.S_ISSOCK(status.st_mode) else None


def _unix_socket() -> socket.socket:
    return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)


@contextmanager
def _within(path: Path) -> Iterator[str]:
    """A name for `path` that is short: the system takes 107 bytes, and a home may be deep."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
