"""Whether what is said is meant for TARS: always after a hotword, and for a while after an answer. Pure."""

import attrs

from tars.server.conversation.policy import SessionPolicy
from tars.server.conversation.states import Event


@attrs.define
class Attention:
    """What one session knows of who speaks to it; `now` is an argument."""

    policy: SessionPolicy
    _called_at: float
    """When the last hotword was heard, or the button pressed."""
    asked: str | None = None
    """The command that TARS's last words asked to confirm."""
    _called: bool = True
    """A hotword was heard, and what was said with it has had no answer yet."""
    _misses: int = 0
    """Follow-ups in a row that were not understood."""

    def call(self, now: float) -> None:
        """Take what is said next for meant: a hotword was heard."""
        self._called_at, self._called, self._misses = now, True, 0

    @property
    def follow_up(self) -> bool:
        """Whether what is said now has no hotword before it."""
        return not self._called

    @property
    def suspicious(self) -> bool:
        """Whether the last follow-up was not understood."""
        return self._misses > 0

    def answer(self) -> None:
        """Count what was said as meant: it is being answered."""
        self._called, self._misses = False, 0

    def miss(self) -> Event:
        """Count a follow-up that was not understood, and return what that is."""
        self._misses += 1
        return Event.NOBODY if self._misses >= self.policy.follow_up_misses else Event.NOT_MEANT

    def patience(self, now: float) -> float:
        """Return how many seconds to wait for somebody to speak, from now on."""
        if self._called:
            return self.policy.timeout
        if self.asked is not None:
            return self.policy.confirm_timeout
        return max(0.0, min(self.policy.timeout, self._called_at + self.policy.follow_up_limit - now))
