"""The other end of systemd's notification socket."""

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import attrs

from tests.support.limits import HANG


@attrs.define(eq=False)
class Notified:
    """What a program has told its service manager."""

    sock: socket.socket
    address: str
    """For NOTIFY_SOCKET."""
    said: list[tuple[float, str]] = attrs.field(factory=list)
    """Moment and line, of all that was read so far."""

    def drain(self) -> list[str]:
        """The lines that have come since."""
        lines = []
        self.sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                lines += self.sock.recv(4096).decode().split("\n")
        self.said += [(time.monotonic(), line) for line in lines]
        return lines

    def until(self, wanted: str) -> str:
        """The next line that begins like this."""
        deadline = time.monotonic() + HANG
        while time.monotonic() < deadline:
            self.sock.settimeout(max(0.01, deadline - time.monotonic()))
            with contextlib.suppress(TimeoutError):
                lines = self.sock.recv(4096).decode().split("\n")
                self.said += [(time.monotonic(), line) for line in lines]
                for line in lines:
                    if line.startswith(wanted):
                        return line
        raise AssertionError(f"{wanted} was not said within {HANG:g} s, but {self.said}")


@contextlib.contextmanager
def service_manager(folder: Path | None) -> Iterator[Notified]:
    """Listen on a socket in `folder`, or on an abstract one."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        address = f"@tars-{os.getpid()}-{time.monotonic_ns()}" if folder is None else str(folder / "notify")
        sock.bind(address.replace("@", "\0", 1) if folder is None else address)
        yield Notified(sock, address)
