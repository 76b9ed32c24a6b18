"""Whose audio is looked at next, where several send at once: a moment of each in turn."""

from typing import Generic, TypeVar

import attrs

S = TypeVar("S")


@attrs.define(eq=False)
class FairScheduler(Generic[S]):
    """The sessions that have something to do, in the order of their turns.

    One that has much to catch up with holds up nobody.
    """

    _queue: dict[S, None] = attrs.field(factory=dict)

    def add(self, session: S) -> None:
        """Give the session turns: it has something to do."""
        self._queue.setdefault(session)

    def remove(self, session: S) -> None:
        """Give the session no more turns."""
        self._queue.pop(session, None)

    def next(self) -> S | None:
        """Return the session whose turn it is; None where nobody has anything to do."""
        for session in self._queue:
            del self._queue[session]
            self._queue[session] = None
            return session
        return None
