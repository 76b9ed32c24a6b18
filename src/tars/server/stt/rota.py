"""Whose audio is heard next, where several speak at once. Pure: `now` is an argument.

Each session is heard for a moment in turn, so that one that has much to catch up with holds up nobody. For an
utterance it needs a decoder, of which there are not as many as there may be speakers; where all are lent it waits,
and its audio with it. A session to which nothing comes (its device is away, or about to be) needs none: it gives
its own up to one that is spoken to, and later hears again what it had heard.
"""

from typing import Generic, Protocol, TypeVar

import attrs

FRESH = 1.0
"""Seconds from one piece of audio to the next at most: devices send all the time while they are listened to."""


class Hearer(Protocol):
    """A session, as far as its turn depends on it."""

    fed_at: float
    """When something last came in for it."""

    @property
    def stuck(self) -> bool:
        """Whether it needs a decoder to go on."""

    @property
    def lent(self) -> bool:
        """Whether it has one."""

    def borrow(self) -> bool:
        """Take a decoder from the stock; False where there is none."""

    def put_down(self) -> None:
        """Give its decoder back, in the middle of an utterance."""


H = TypeVar("H", bound=Hearer)


@attrs.define(eq=False)
class Rota(Generic[H]):
    """The sessions, in the order of their turns."""

    _all: dict[H, None] = attrs.field(factory=dict)
    _queue: dict[H, None] = attrs.field(factory=dict)
    """Those that have something to hear. One that cannot go on keeps its place."""

    def __len__(self) -> int:
        return len(self._queue)

    def enter(self, session: H) -> None:
        """There is a new session."""
        self._all[session] = None

    def leave(self, session: H) -> None:
        """It is over."""
        self._all.pop(session, None)
        self.rest(session)

    def ask(self, session: H) -> None:
        """It has something to hear."""
        self._queue.setdefault(session)

    def rest(self, session: H) -> None:
        """It has nothing more to hear."""
        self._queue.pop(session, None)

    def next(self, now: float) -> H | None:
        """Who is heard now, by turns; those that nobody speaks to just now only when there is no other."""
        for fresh in (True, False):
            none_left = False
            for session in self._queue:
                if _is_fresh(session, now) is not fresh or (session.stuck and none_left):
                    continue
                if session.stuck and not self._equip(session, now):
                    none_left = True
                    continue
                del self._queue[session]
                self._queue[session] = None
                return session
        return None

    def _equip(self, session: H, now: float) -> bool:
        """Find it a decoder."""
        if session.borrow():
            return True
        if not _is_fresh(session, now):
            return False
        idle = [other for other in self._all if other.lent and not _is_fresh(other, now)]
        if not idle:
            return False
        min(idle, key=lambda other: other.fed_at).put_down()
        return session.borrow()


def _is_fresh(session: Hearer, now: float) -> bool:
    return now - session.fed_at < FRESH
