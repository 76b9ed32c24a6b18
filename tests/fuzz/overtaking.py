"""Messages that are taken in another order than they were sent in: programs are written by others, too."""

import contextlib
from collections.abc import Callable

import attrs
import trio

from tars.messages import (
    BadMessage,
    Interrupt,
    PlaybackComplete,
    PlaybackProgress,
    Reply,
    SessionEnd,
    SessionStarted,
    StopPlayback,
    Transcript,
)
from tests.fuzz.evidence import Evidence
from tests.fuzz.story import Side

LATE = 0.5
"""Seconds after which a message that nothing overtakes is taken all the same."""
OF_A_LIFE = (
    *(SessionStarted, SessionEnd, Transcript, Reply, StopPlayback),
    *(Interrupt, PlaybackProgress, PlaybackComplete),
)
"""Messages that can be late. Without what begins a session or an utterance, its audio would mean nothing."""


@attrs.define(eq=False)
class Overtaking:
    """Holds a message back, when the story wants it, until the next one was taken."""

    to: Side
    evidence: Evidence
    _held: Callable[[], None] | None = None

    def take(self, message: object, take: Callable[[], None], nursery: trio.Nursery) -> None:
        """Take a message; what is held meanwhile is taken late in `nursery`."""
        if self._held is not None:
            try:
                take()
            finally:
                self.release()
        elif self.evidence.swaps_due[self.to] and isinstance(message, OF_A_LIFE):
            self.evidence.swaps_due[self.to] -= 1
            self.evidence.note(self.to, f"does not take {type(message).__name__} yet")
            self._held = take
            nursery.start_soon(self._release_late, take)
        else:
            take()

    def release(self) -> None:
        """Take what is held: the link ends, and what has arrived has arrived."""
        take, self._held = self._held, None
        if take is not None:
            with contextlib.suppress(BadMessage):  # of a session that is over by now
                take()

    async def _release_late(self, take: Callable[[], None]) -> None:
        await trio.sleep(LATE)
        if self._held is take:
            self.release()
