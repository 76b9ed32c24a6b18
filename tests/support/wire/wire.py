"""Two network namespaces and the wire between them.

Nothing outlives its owner: the namespaces live as long as a process in each that ends when its standard
input does, and so does the program that carries the packets. Even a SIGKILL leaves nothing behind.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import attrs

from tests.support.wire.conditions import NORMAL, Conditions

LEFT = "192.0.2.1"
RIGHT = "192.0.2.2"
"""Addresses of the ends, from the range kept for documentation: nobody else has them."""

_PATIENCE = 10.0
"""Seconds for a small system program to do its work, or to leave; each takes some milliseconds."""


def obstacle() -> str | None:
    """What there is no wire for, in a few words; None when one can be opened here."""
    if missing := [command for command in ("ip", "unshare", "nsenter") if shutil.which(command) is None]:
        return f"the command `{missing[0]}` (Debian's packages iproute2 and util-linux have it)"
    if os.geteuid() != 0:
        return "root, for network namespaces"
    if not Path("/dev/net/tun").exists():
        return "/dev/net/tun, for the ends of the wire"
    probe = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False, timeout=_PATIENCE)
    return None if probe.returncode == 0 else "the right to make network namespaces"


@attrs.frozen
class Wire:
    """The two namespaces, and the wire between them."""

    left: int
    right: int
    """Process ids that hold the namespaces."""
    _pump: subprocess.Popen[bytes]

    def at_left(self, command: Sequence[str]) -> list[str]:
        """The command as it runs in the left namespace, whose address is `LEFT`."""
        return _inside(self.left, command)

    def at_right(self, command: Sequence[str]) -> list[str]:
        """The command as it runs in the right namespace, whose address is `RIGHT`."""
        return _inside(self.right, command)

    def change(self, conditions: Conditions) -> None:
        """Put the wire into these conditions; they hold when this returns (well under a millisecond)."""
        writer, reader = _pipes(self._pump)
        writer.write(json.dumps(attrs.asdict(conditions)).encode() + b"\n")
        writer.flush()
        if not reader.readline():
            raise RuntimeError("the program that carries the packets has died")


@contextmanager
def open_wire(conditions: Conditions = NORMAL, *, seed: int = 0) -> Iterator[Wire]:
    """A wire in these conditions; `RuntimeError` where there can be none.

    `seed` decides which packets are lost.
    """
    if what := obstacle():
        raise RuntimeError(f"a wire between two network namespaces needs {what}")
    with ExitStack() as stack:
        left = _hold_namespace(stack)
        right = _hold_namespace(stack)
        pump = _started(stack, [sys.executable, str(Path(__file__).with_name("pump.py")), str(seed)])
        names = _pipes(pump)[1].readline().split()
        if len(names) != 2:
            raise RuntimeError("the program that carries the packets did not start")
        for pid, name, address in ((left, names[0], LEFT), (right, names[1], RIGHT)):
            _plug_in(pid, name.decode(), address)
        wire = Wire(left, right, pump)
        wire.change(conditions)
        yield wire


def _hold_namespace(stack: ExitStack) -> int:
    holder = _started(stack, ["unshare", "--net", "sh", "-c", "echo; exec cat"])
    if not _pipes(holder)[1].readline():  # its line comes from inside the new namespace
        raise RuntimeError("no network namespace could be made")
    return holder.pid


def _plug_in(pid: int, device: str, address: str) -> None:
    _system(["ip", "link", "set", device, "netns", str(pid)])
    for command in (
        ["ip", "address", "add", f"{address}/24", "dev", device],
        ["ip", "link", "set", device, "up"],
        ["ip", "link", "set", "lo", "up"],
    ):
        _system(_inside(pid, command))


def _inside(pid: int, command: Sequence[str]) -> list[str]:
    return ["nsenter", f"--net=/proc/{pid}/ns/net", *command]


def _system(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, timeout=_PATIENCE)


def _started(stack: ExitStack, command: Sequence[str]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    stack.callback(_end, process)
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    writer, reader = _pipes(process)
    writer.close()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    reader.close()


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout
