"""How the server stops: for good or for a moment, and which device comes back when."""

import signal

import trio

FIRST_BACK = 2.0
"""Seconds from the last goodbye to the first device's return. By then the successor listens: the old process needs
half a second to leave, the new one a second or more to start. A device that is early finds its dial refused, and
tries again in a fraction of a second."""
BACK_PER_SECOND = 50
"""Devices that come back in a second: five in 100 ms, a third of what is harmless; a thousand are back in 22 s."""


def comebacks(count: int) -> list[float]:
    """For each of `count` devices, the seconds from the last goodbye to its return.

    By index, not by chance, which makes crowds: of a thousand at random, 12 come in the worst 100 ms; of these, 5.
    """
    return [FIRST_BACK + index / BACK_PER_SECOND for index in range(count)]


class Stop:
    """The server is to stop. It is asked once; the first to ask says how."""

    def __init__(self) -> None:
        self.comes_back = False
        """Whether this is a restart: the devices are told when to come back."""
        self._asked = trio.Event()

    @property
    def asked(self) -> bool:
        """Whether it is to stop."""
        return self._asked.is_set()

    def leave(self) -> None:
        """Stop at once, and say nothing of coming back."""
        self._asked.set()

    def restart(self) -> None:
        """Stop, in the way of a server that will be back."""
        if not self.asked:
            self.comes_back = True
            self._asked.set()

    def on_signal(self, number: int) -> None:
        """SIGTERM is how a service manager restarts, or stops: it does not say which. SIGHUP may be one's, too, or
        a terminal's that goes away. Ctrl-C is a person."""
        if number in (signal.SIGTERM, signal.SIGHUP):
            self.restart()
        else:
            self.leave()

    async def wait(self) -> None:
        """Return when it is to stop."""
        await self._asked.wait()
