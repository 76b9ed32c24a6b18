"""Telling systemd how the program is, where it runs it (`Type=notify`); elsewhere nothing is told to nobody.

The protocol is a datagram of `NAME=value` lines to the socket that NOTIFY_SOCKET names; see sd_notify(3).
"""

import contextlib
import math
import os
import socket
from collections.abc import Callable, Mapping

import attrs
import trio

STATUS_INTERVAL = 5.0
"""Seconds until a change shows in `systemctl status`; who looks there is not in a hurry."""


@attrs.frozen
class ServiceManager:
    """The other end of the notification socket."""

    address: str | None
    """None where nobody listens."""
    watchdog: float | None = None
    """Seconds without a sign of life after which the program is ended and started again."""

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] = os.environ, pid: int | None = None
    ) -> "ServiceManager":
        """The one that started this process."""
        address = environment.get("NOTIFY_SOCKET", "")
        if address[:1] not in ("/", "@"):
            return cls(None)
        usec = environment.get("WATCHDOG_USEC", "")
        meant = environment.get("WATCHDOG_PID") in (None, str(pid or os.getpid()))
        return cls(address, int(usec) / 1e6 if meant and usec.isdigit() and int(usec) else None)

    def tell(self, **state: object) -> None:
        """Send these states, such as `READY=1`. Never waits; a manager that has gone is nothing to the program."""
        if self.address is None:
            return
        message = "\n".join(f"{name}={str(value).splitlines()[0]}" for name, value in state.items())
        address = self.address.replace("@", "\0", 1) if self.address.startswith("@") else self.address
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.sendto(message.encode(), address)

    async def keep_informed(self, status: Callable[[], str]) -> None:
        """Tell `status()` when it changes, and that the event loop runs, until cancelled.

        Run it in the main nursery: an event loop that is stuck feeds no watchdog. It is fed twice as often as it
        wants, so that one that is late is not taken for dead.
        """
        if self.address is None:
            return
        interval = min(STATUS_INTERVAL, (self.watchdog or math.inf) / 2)
        told = None
        while True:
            state: dict[str, object] = {} if self.watchdog is None else {"WATCHDOG": 1}
            if (now := status()) != told:
                state["STATUS"] = told = now
            if state:
                self.tell(**state)
            await trio.sleep(interval)
