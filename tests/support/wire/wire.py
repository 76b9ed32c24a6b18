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

import attrs

from tests.support.limits import HANG
from tests.support.wire.conditions import NORMAL, Conditions
from tests.support.wire.namespaces import hold_namespace, inside, pipes, started, system

LEFT = "192.0.2.1"
RIGHT = "192.0.2.2"
"""Addresses of the ends, from the range kept for documentation: nobody else has them."""


def obstacle() -> str | None:
    """What there is no wire for, in a few words; None when one can be opened here."""
    if missing := [command for command in ("ip", "unshare", "nsenter") if shutil.which(command) is None]:
        return f"the command `{missing[0]}` (Debian's packages iproute2 and util-linux have it)"
    if os.geteuid() != 0:
        return "root, for network namespaces"
    if not Path("/dev/net/tun").exists():
        return "/dev/net/tun, for the ends of the wire"
    probe = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False, timeout=HANG)
    return None if probe.returncode == 0 else "the right to make network namespaces"


@attrs.frozen
class Wire:
    """The two namespaces, and the wire between them."""

    left: int
    right: int
    """Process ids that hold the namespaces."""
    left_device: str
    """The name of the network device at the left end."""
    _pump: subprocess.Popen[bytes]

    def at_left(self, command: Sequence[str]) -> list[str]:
        """The command as it runs in the left namespace, whose address is `LEFT`."""
        return inside(self.left, command)

    def at_right(self, command: Sequence[str]) -> list[str]:
        """The command as it runs in the right namespace, whose address is `RIGHT`."""
        return inside(self.right, command)

    def change(self, conditions: Conditions) -> None:
        """Put the wire into these conditions; they hold when this returns (well under a millisecond)."""
        writer, reader = pipes(self._pump)
        writer.write(json.dumps(attrs.asdict(conditions)).encode() + b"\n")
        writer.flush()
        if not reader.readline():
            raise RuntimeError("the program that carries the packets has died")

    def plug(self, *, in_: bool) -> None:
        """Pull the plug at the left end, whose system sees that at once, or put it in again."""
        system(self.at_left(["ip", "link", "set", self.left_device, "up" if in_ else "down"]))


@contextmanager
def open_wire(conditions: Conditions = NORMAL, *, seed: int = 0) -> Iterator[Wire]:
    """A wire in these conditions; `RuntimeError` where there can be none.

    `seed` decides which packets are lost, and how late the others are.
    """
    if what := obstacle():
        raise RuntimeError(f"a wire between two network namespaces needs {what}")
    with ExitStack() as stack:
        left = hold_namespace(stack).pid
        right = hold_namespace(stack).pid
        pump = started(stack, [sys.executable, str(Path(__file__).with_name("pump.py")), str(seed)])
        names = [name.decode() for name in pipes(pump)[1].readline().split()]
        if len(names) != 2:
            raise RuntimeError("the program that carries the packets did not start")
        for pid, name, address in ((left, names[0], LEFT), (right, names[1], RIGHT)):
            system(["ip", "link", "set", name, "netns", str(pid)])
            system(inside(pid, ["ip", "address", "add", f"{address}/24", "dev", name]))
            system(inside(pid, ["ip", "link", "set", name, "up"]))
        wire = Wire(left, right, names[0], pump)
        wire.change(conditions)
        yield wire
