"""Two network namespaces and a router between them: real network devices, and a cut that neither end sees.

A router that stops forwarding says nothing to anybody: no carrier is lost, no FIN, RST or ICMP is sent. Clean-up
is as sure as the wire's: see there.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count

import attrs

from tests.support.wire.conditions import NORMAL, Conditions
from tests.support.wire.namespaces import end, hold_namespace, inside, system
from tests.support.wire.wire import LEFT, RIGHT, obstacle

_GATEWAY = "192.0.2.254"
"""The router, seen from either end."""


@attrs.define(eq=False)
class Router:
    """The three namespaces; used like a `Wire`."""

    left: int
    right: int
    """Process ids that hold the namespaces of the ends."""
    router: int
    """And the one between them."""
    left_device: str
    _stack: ExitStack
    _numbers: Iterator[int]

    def at_left(self, command: Sequence[str]) -> list[str]:
        """The command as it runs in the left namespace, whose address is `LEFT`."""
        return inside(self.left, command)

    def at_right(self, command: Sequence[str]) -> list[str]:
        """The command as it runs in the right namespace, whose address is `RIGHT`."""
        return inside(self.right, command)

    def change(self, conditions: Conditions) -> None:
        """`NORMAL`, or cut: a router does nothing else."""
        if conditions not in (NORMAL, NORMAL.cut()):
            raise ValueError("a router forwards or does not; delay, loss and the like need a wire")
        self._forward(forward=conditions == NORMAL)

    def plug(self, *, in_: bool) -> None:
        """Pull the plug at the left end, whose system sees that at once, or put it in again."""
        system(self.at_left(["ip", "link", "set", self.left_device, "up" if in_ else "down"]))
        if in_:
            _route_to_gateway(self.left, self.left_device)

    def exchange_left(self) -> None:
        """A power cut at the left end: it is gone in an instant, and a new one has its address.

        Whatever ran there has to be killed first; not even the end of its connections is heard of.
        """
        system(inside(self.router, ["ip", "link", "delete", f"to-{self.left_device}"]))
        self.left, self.left_device = _end(self._stack, self.router, LEFT, next(self._numbers))

    def further_end(self, address: str) -> int:
        """One more namespace, with this address: the process id that holds it."""
        return _end(self._stack, self.router, address, next(self._numbers))[0]

    def _forward(self, *, forward: bool) -> None:
        system(inside(self.router, ["sh", "-c", f"echo {int(forward)} >/proc/sys/net/ipv4/ip_forward"]))


@contextmanager
def open_router() -> Iterator[Router]:
    """A router between two namespaces; `RuntimeError` where there can be none."""
    if what := obstacle():
        raise RuntimeError(f"a router between two network namespaces needs {what}")
    with ExitStack() as stack:
        numbers = count()
        middle = hold_namespace(stack)
        left, left_device = _end(stack, middle.pid, LEFT, next(numbers))
        right, _ = _end(stack, middle.pid, RIGHT, next(numbers))
        router = Router(left, right, middle.pid, left_device, stack, numbers)
        router.change(NORMAL)
        yield router
        end(middle)  # its devices go with it, and those at their other ends


def _end(stack: ExitStack, router: int, address: str, number: int) -> tuple[int, str]:
    """A namespace with this address, joined to the router's: its holder, and its device."""
    pid = hold_namespace(stack).pid
    device = f"end{number}"
    for command in (
        ["ip", "link", "add", f"to-{device}", "type", "veth", "peer", "name", device, "netns", str(pid)],
        ["ip", "link", "set", f"to-{device}", "up"],
        ["ip", "address", "add", f"{_GATEWAY}/32", "dev", f"to-{device}"],
        ["ip", "route", "replace", f"{address}/32", "dev", f"to-{device}"],
    ):
        system(inside(router, command))
    system(inside(pid, ["ip", "address", "add", f"{address}/32", "dev", device]))
    system(inside(pid, ["ip", "link", "set", device, "up"]))
    _route_to_gateway(pid, device)
    return pid, device


def _route_to_gateway(pid: int, device: str) -> None:
    system(inside(pid, ["ip", "route", "replace", f"{_GATEWAY}/32", "dev", device]))
    system(inside(pid, ["ip", "route", "replace", "default", "via", _GATEWAY, "dev", device]))
