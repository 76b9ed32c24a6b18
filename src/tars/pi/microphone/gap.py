"""Silence in place of a microphone that is away, so that the stream goes on in real time.

Positions in the stream stay times: what was heard before an outage does not become the pre-roll of what is said
after it, and a server that listens hears that nobody speaks, instead of nothing at all.
"""

from collections.abc import Callable

import attrs
import trio

from tars.pi.microphone.microphone import BLOCK, BLOCK_BYTES

SILENCE = bytes(BLOCK_BYTES)


@attrs.define(eq=False)
class Gap:
    """Begins when the microphone has failed, and ends with its first block."""

    _begun: trio.Event = attrs.field(factory=trio.Event)
    _ended: trio.Event = attrs.field(factory=trio.Event)

    def begin(self) -> None:
        """The microphone gives nothing any more."""
        self._begun.set()

    def end(self) -> None:
        """It gives something."""
        if self._begun.is_set():
            self._begun = trio.Event()
            self._ended.set()
            self._ended = trio.Event()

    async def fill(self, offer: Callable[[bytes], None]) -> None:
        """Offer a block of silence for every block that is missing, until cancelled."""
        while True:
            await self._begun.wait()
            due = trio.current_time()
            while self._begun.is_set():
                offer(SILENCE)
                # what was missed while the program stood still is not made up for
                due = max(due + BLOCK, trio.current_time())
                with trio.move_on_at(due):
                    await self._ended.wait()
